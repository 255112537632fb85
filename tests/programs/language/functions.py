# Definitions, defaults, annotations, recursion, attributes and the names of functions.
def add(a, b=10, *rest, c=100, **more):
    """Add them all."""
    return a + b + c + sum(rest) + sum(more.values())


print(add(1), add(1, 2), add(1, 2, 3, 4), add(1, c=5), add(1, 2, 3, c=4, d=5, e=6))
print(add.__name__, add.__qualname__, add.__doc__, add.__defaults__, add.__kwdefaults__, add.__module__)
print(add.__code__.co_varnames, add.__code__.co_argcount, add.__code__.co_kwonlyargcount)


# A default is evaluated once, when the function is defined.
def collect(item, into=[]):
    into.append(item)
    return into


print(collect(1), collect(2), collect(3, []), collect.__defaults__)


def positional(a, b, /, c, *, d):
    return a, b, c, d


print(positional(1, 2, 3, d=4), positional(1, 2, c=3, d=4))
print(positional(*[1, 2], *(3,), **{"d": 4}))


def star(*args, **kwargs):
    return args, kwargs


print(star(), star(1, *range(2, 4), x=1, **{"y": 2}), star(*"ab", *[], **{}))
print(star(*[1], 2, *[3], a=1, **{"b": 2}, c=3))


def factorial(n):
    return 1 if n < 2 else n * factorial(n - 1)


print(factorial(30))
print((lambda x, *y, z=3: (x, y, z))(1, 2), (lambda: None)())


def nothing():
    pass


print(nothing())
nothing.tag = "attribute"
print(nothing.tag, nothing.__dict__)


def outer():
    def inner():
        pass
    return inner


print(outer().__qualname__, (lambda: 0).__name__)


# Annotations are evaluated when they are asked for.
def annotated(a: int, b: Missing = 1) -> str:
    return a


try:
    annotated.__annotations__
except NameError as error:
    print(error)
Missing = float
print(annotated.__annotations__)

# Replacing defaults changes later calls.
collect.__defaults__ = (["fresh"],)
print(collect(1))


def depth(n):
    return depth(n + 1)


try:
    depth(0)
except RecursionError as error:
    print(error)
print(sorted(["b", "A", "c"], key=lambda s: s.lower()), list(map(lambda a, b: a * b, [1, 2], [3, 4])))
