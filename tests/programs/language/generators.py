# Generators: yield, send, throw, close, yield from, return values and state.
def count(n):
    print("start")
    for i in range(n):
        yield i
    print("end")
    return "result"


g = count(2)
print(next(g), next(g))
try:
    next(g)
except StopIteration as stop:
    print("stopped with", stop.value)
print(list(g), next(g, "default"))


def echo():
    received = []
    while True:
        try:
            got = yield len(received)
            received.append(got)
        except ValueError as error:
            received.append(str(error))
        except GeneratorExit:
            print("closing with", received)
            raise


e = echo()
print(next(e), e.send("a"), e.send("b"), e.throw(ValueError("thrown")))
e.close()
e.close()
try:
    e.send(1)
except StopIteration:
    print("finished")
try:
    echo().send("early")
except TypeError as error:
    print(error)


def inner():
    got = yield "inner 1"
    print("inner got", got)
    try:
        yield "inner 2"
    except KeyError as error:
        print("inner caught", error)
        yield "recovered"
    return "inner result"


def outer():
    result = yield from inner()
    print("outer has", result)
    yield from [1, 2]
    yield from "xy"


o = outer()
print(next(o), o.send("hello"), o.throw(KeyError("k")), list(o))


def refuses():
    try:
        yield 1
    except GeneratorExit:
        yield 2


r = refuses()
next(r)
try:
    r.close()
except RuntimeError as error:
    print(error)


def bad():
    yield 1
    raise StopIteration("inside")


try:
    list(bad())
except RuntimeError as error:
    print(error, repr(error.__cause__))


def itself():
    yield next(me)


me = itself()
try:
    next(me)
except ValueError as error:
    print(error)

squares = (x * x for x in range(5) if x % 2)
print(next(squares), list(squares), squares.__name__, type(squares).__name__)


def fibonacci():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b


print([x for x, _ in zip(fibonacci(), range(15))])


def tree(node):
    if node:
        left, value, right = node
        yield from tree(left)
        yield value
        yield from tree(right)


print(list(tree(((None, 1, None), 2, ((None, 3, None), 4, None)))))


def with_finally():
    try:
        yield 1
    finally:
        print("cleaned up")


w = with_finally()
next(w)
del w
print("after del")


def returns_at_once():
    return 5
    yield


print(list(returns_at_once()))
state = count(1)
print(state.gi_running, state.gi_frame is not None, state.gi_yieldfrom, state.gi_code.co_name)


class Iterable:
    def __iter__(self):
        yield from (1, 2)


print([*Iterable()], sum(Iterable()), max(Iterable()), sorted(Iterable(), reverse=True))
