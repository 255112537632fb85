# Type parameters, type aliases and their lazy evaluation.
def first[T](items: list[T]) -> T:
    return items[0]


class Box[T: (int, str), *Ts, **P]:
    def __init__(self, value: T):
        self.value = value

    def map[U](self, f) -> "Box[U]":
        return Box(f(self.value))


type Pair[A, B = int] = tuple[A, B]
type Lazy = missing_name
print(first([1, 2]), first.__type_params__, Box.__type_params__, Box(1).map(str).value)
T = first.__type_params__[0]
print(T.__name__, T.__bound__, T.__constraints__, Box.__type_params__[0].__constraints__)
print(Pair, Pair.__value__, Pair.__type_params__, Pair[str, int])
try:
    Lazy.__value__
except NameError as error:
    print(error)
missing_name = float
print(Lazy.__value__, list[int], dict[str, list[int]], int | None, (int | str).__args__, isinstance(5, int | str))
print(Pair.__type_params__[1].__default__, tuple[int, ...], type[int], list[int] == list[int])
for attempt in (lambda: isinstance(1, list[int]), lambda: int[str], lambda: 5 | int):
    try:
        print(attempt())
    except TypeError as error:
        print(error)
