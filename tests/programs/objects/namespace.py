# types.SimpleNamespace.
import sys
def show(function):
    try:
        print(repr(function()))
    except Exception as error:
        print(type(error).__name__, error)

N = type(sys.implementation)
space = N(a=1, b='x')
print(space, N({'a': 1}, b=2), N([('z', 1)]), space.a, vars(space), N(a=1) == N(a=1), N(a=1) != N(a=2))
space.c = space
print(space)
del space.c
show(lambda: N(1))
show(lambda: N({1: 2}))
show(lambda: N({}, {}))
show(lambda: N(a=1) < N(a=1))
show(lambda: hash(N()))
show(lambda: space.nothing)
print(space.__reduce__(), space.__replace__(a=2, d=3))
show(lambda: space.__replace__(1))
class Sub(N):
    pass
print(Sub(q=1), Sub(q=1).__replace__(q=2))
