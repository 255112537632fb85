# Decorators of functions and classes: order, arguments, any expression.
def trace(label):
    print("made", label)

    def decorate(function):
        print("applied", label, function.__name__)

        def wrapper(*args, **kwargs):
            print("call", label)
            return function(*args, **kwargs)

        wrapper.__name__ = function.__name__
        return wrapper

    return decorate


@trace("outer")
@trace("inner")
def add(a, b):
    return a + b


print(add(1, b=2), add.__name__)


def register(registry):
    return lambda item: registry.setdefault(item.__name__, item)


known = {}


@register(known)
class Thing:
    @register(known)
    def method(self):
        return "method"

    @property
    def value(self):
        return 5

    @classmethod
    @trace("class method")
    def make(cls):
        return cls.__name__


print(sorted(known), Thing().method(), Thing().value, Thing.make())
decorators = [lambda f: ("wrapped", f())]


@decorators[0]
def gone():
    return "value"


print(gone)


@(lambda f: f.__name__.upper())
def shout(): pass


print(shout)


class Counter:
    def __init__(self, function):
        self.function, self.calls = function, 0

    def __call__(self, *args):
        self.calls += 1
        return self.function(*args)


@Counter
def square(n):
    return n * n


print(square(3), square(4), square.calls)


def cached(function):
    memory = {}

    def lookup(n):
        if n not in memory:
            memory[n] = function(n)
        return memory[n]

    lookup.memory = memory
    return lookup


@cached
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


print(fib(80), len(fib.memory))
try:
    @5
    def impossible(): pass
except TypeError as error:
    print(error)
