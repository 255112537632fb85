# Coroutines and asynchronous generators, driven by hand.
class Suspend:
    def __init__(self, value): self.value = value
    def __await__(self):
        got = yield self.value
        return got


async def inner(n):
    got = await Suspend(n)
    print("inner got", got)
    return got * 2


async def outer():
    total = 0
    for n in (1, 2):
        total += await inner(n)
    return total


def drive(coroutine, *answers):
    try:
        value = coroutine.send(None)
        for answer in answers:
            print("suspended with", value)
            value = coroutine.send(answer)
    except StopIteration as stop:
        return stop.value


print(drive(outer(), 10, 20))


class Manager:
    async def __aenter__(self):
        print("aenter")
        return self

    async def __aexit__(self, kind, error, traceback):
        print("aexit", kind and kind.__name__)
        return True


async def managed():
    async with Manager():
        raise ValueError
    return "suppressed"


print(drive(managed()))


async def numbers(n):
    try:
        for i in range(n):
            yield i
    finally:
        print("numbers done")


class Three:
    def __init__(self): self.n = 0
    def __aiter__(self): return self
    async def __anext__(self):
        self.n += 1
        if self.n > 3:
            raise StopAsyncIteration
        return self.n


async def loops():
    result = [n async for n in numbers(3) if n]
    async for n in Three():
        result.append(n)
    else:
        result.append("else")
    result.append({k: await inner(0) async for k in numbers(1)} if False else [n * 2 async for n in Three()])
    return result


print(drive(loops()))


async def bad():
    await 5


for make in (bad,):
    try:
        drive(make())
    except TypeError as error:
        print(error)
c = outer()
print(type(c).__name__, c.cr_running, c.cr_await)
c.close()
try:
    c.send(None)
except RuntimeError as error:
    print(error)


async def thrown():
    try:
        await Suspend("waiting")
    except KeyError as error:
        return f"caught {error}"


t = thrown()
print(t.send(None))
try:
    t.throw(KeyError("k"))
except StopIteration as stop:
    print(stop.value)


async def looping():
    async for _ in [1]:
        pass


try:
    drive(looping())
except TypeError as error:
    print(error)
