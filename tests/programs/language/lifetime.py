# Objects die as soon as the last reference goes; cycles wait for the collector.
class Noisy:
    def __init__(self, name): self.name = name
    def __del__(self): print("del", self.name)


a = Noisy("a")
b = a
del a
print("still", b.name)
b = None
print("gone")
Noisy("temporary")
print("after temporary")


def scope():
    local = Noisy("local")
    print("in scope")


scope()
print("after scope")
items = [Noisy("in list"), Noisy("second")]
items.pop(0)
print("popped")
items[0] = None
print("replaced")
d = {"k": Noisy("in dict")}
del d["k"]
print("removed")
for item in [Noisy("looped")]:
    print("loop")
del item
print("after loop")
x = Noisy("x1")
x = Noisy("x2")
print("rebound")
del x


class Resurrect:
    kept = []
    def __del__(self):
        print("resurrecting")
        Resurrect.kept.append(self)


r = Resurrect()
del r
print(len(Resurrect.kept))
Resurrect.kept.clear()
print("cleared", len(Resurrect.kept))


def raising():
    local = Noisy("kept by the traceback")
    raise ValueError


try:
    raising()
except ValueError as error:
    print("handling")
print("handled")


class Holder:
    def __init__(self): self.child = Noisy("child")
    def __del__(self): print("del holder")


h = Holder()
del h
print("end")
# Very deep structures are freed without deep native recursion.
deep = None
for _ in range(200000):
    deep = (deep,)
del deep
print("deep structure freed")
