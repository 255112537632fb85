# A property whose getter is exchanged under a warm cache (CPython goes on with the old one, which lives here in the
# class), and a class that only has a type's name.
class A:
    def one(self): return "one"
    def two(self): return "two"
    p = property(one)


def read(a): return a.p


a = A()
print([read(a) for _ in range(5)])
A.__dict__["p"].__init__(A.two)
print(all(read(a) in ("one", "two") for _ in range(50)), getattr(a, "p"))


class code: pass


def f(): pass


try:
    f.__code__ = code()
except TypeError as error:
    print(error)
try:
    type(f)(code(), {})
except TypeError as error:
    print(error)


class Deep:
    def __init__(self, n):
        if n: Deep(n - 1)

    def __del__(self): assert self is not None


try:
    Deep(10 ** 6)
except RecursionError as error:
    print(error)
