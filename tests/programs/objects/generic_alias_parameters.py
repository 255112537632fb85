# Aliases and unions over type variables.
GenericAlias = type(list[int])
def show(function):
    try:
        print(repr(function()))
    except Exception as error:
        print(type(error).__name__, error)

def generic[T, *Ts, **P]():
    return T, Ts, P
T, Ts, P = generic()
print(list[T].__parameters__, list[T][int], dict[str, list[T]][bool], tuple[T, *Ts][int, str, float])
show(lambda: list[T][int, str])
print((int | T)[str], (int | T).__parameters__)
