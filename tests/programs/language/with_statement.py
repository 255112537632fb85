# with: order of entering and leaving, suppression, several managers, and what is missing.
class Manager:
    def __init__(self, name, suppress=False):
        self.name, self.suppress = name, suppress

    def __enter__(self):
        print("enter", self.name)
        return self.name.upper()

    def __exit__(self, kind, error, traceback):
        print("exit", self.name, kind.__name__ if kind else None, error, traceback is not None)
        return self.suppress


with Manager("a") as a, Manager("b") as b:
    print(a, b)
with (Manager("c"), Manager("d") as d,):
    print(d)
with Manager("e", suppress=True):
    raise ValueError("swallowed")
try:
    with Manager("f"), Manager("g"):
        1 / 0
except ZeroDivisionError as error:
    print("out came", error)


def leaves(way):
    for i in range(2):
        with Manager(way):
            if way == "return":
                return "returned"
            if way == "break":
                break
            if way == "continue":
                continue


print(leaves("return"), leaves("break"), leaves("continue"))
with Manager("h") as (x, *y):
    print(x, y)


class Broken:
    def __enter__(self): return self
    def __exit__(self, *rest): raise KeyError("from exit")


try:
    with Broken():
        raise ValueError("from body")
except KeyError as error:
    print(error, repr(error.__context__))


class Nothing: pass
class Half:
    def __enter__(self): pass
class Async:
    async def __aenter__(self): pass
    async def __aexit__(self, *rest): pass


for bad in (Nothing(), Half(), 5, Async()):
    try:
        with bad:
            pass
    except TypeError as error:
        print(error)


class Refuses:
    def __enter__(self): raise RuntimeError("no entry")
    def __exit__(self, *rest): print("never")


try:
    with Manager("outer"), Refuses():
        print("never")
except RuntimeError as error:
    print(error)
# The methods are looked up on the type.
m = Manager("type")
m.__enter__ = lambda: print("never")
with m:
    pass
