import gc
import weakref

import c_types as c
from c_types import Derived, Heap, ListPart, Map, Opaque, Part, Static


def show(function, *args, **kwargs):
    try:
        print(ascii(function(*args, **kwargs)))
    except BaseException as error:
        print(type(error).__name__, ascii(str(error)))


print(c.__name__, c.__doc__, c.__spec__.name, c.__loader__.__class__.__name__)
print(Static, Static.__doc__, Static.__text_signature__, Static.__module__, Static.__flags__ & (1 << 8) != 0)
print([base.__name__ for base in Derived.__mro__], Derived.__basicsize__ == Static.__basicsize__)
s = Static("v", count=3)
print(s, len(s), list(s), s[-1], s + 5, s(1, x=2), s("a"))
show(lambda: s + "x")
show(lambda: 5 + s)
show(lambda: s[9])
print("v" in s, s.__contains__("v"), Static.__contains__)
print(s == Static(0, 3), s < Static(0, 4), s != 5)
show(lambda: s < 5)
show(hash, s)
print(s.noargs(), s.o(1), s.varargs(1, 2), s.varkw(1, k=2), s.varkw(), s.fast(), s.fast(1), s.fastkw(1, k=2), s.fastkw())
print(s.class_(), Static.class_(), s.static_(1), Static.static_(2), Static.noargs.__doc__, Static.noargs.__text_signature__)
show(s.noargs, 1)
show(s.o)
show(s.o, 1, 2)
show(s.fast, k=1)
show(Static.o, 1, 2)
show(Static.noargs)
show(Static, 1, 2, 3)
show(Static, wrong=1)
s.count, s.flag = 10, True
print(s.count, s.flag, s.ratio, s.double, s.readonly, s.value, Static.value.__doc__)
s.double = 8
print(s.count)
for name, value in (("ratio", 1), ("flag", 1), ("count", "x"), ("readonly", 1)):
    show(setattr, s, name, value)
show(delattr, s, "double")
del s.value
show(lambda: s.value)
s.attribute = 1
print(s.__dict__, weakref.ref(s)() is s)
show(setattr, Static, "new", 1)
show(Opaque)
show(type, "X", (Opaque,), {})


class Sub(Static):
    def __init__(self, value):
        super().__init__(value, 2)
        self.own = [self]

    def __len__(self):
        return 100

    def __del__(self):
        print("del", self.value)


class Slotted(Static):
    __slots__ = ("x",)


sub = Sub("sub")
print(sub, len(sub), sub.own[0] is sub, sub[1], sub.__dict__.keys(), isinstance(sub, Static), Sub.__mro__[1])
before = c.count()
reference = weakref.ref(sub)
del sub
gc.collect()
print(reference(), before - c.count())
slotted = Slotted(5)
slotted.x = 6
print(slotted.x, slotted, slotted.__dict__)
before = c.count()
del slotted
print(before - c.count())
d = Derived(1, 2)
print(d, d.o(3), len(d))
m = Map(a=1)
m.extra = 5
m["b"] = 2
print(m, m.extra, len(m), isinstance(m, dict))


class SubMap(Map):
    pass


sm = SubMap(x=1)
sm.extra, sm.y = 3, 4
print(sm, sm.extra, sm.__dict__)
cycle = SubMap()
cycle["self"] = cycle
del m, sm, cycle
gc.collect()
for _ in range(1000):
    SubMap(a=[])

print(Heap, Heap.__doc__, Heap.__module__, Heap.__qualname__, "__vectorcalloffset__" in Heap.__dict__)
h = Heap()
print(h.number, list(h), h(1, 2, k=3), h.defining(1), weakref.ref(h)() is h)
h.x = 1
print(h.__dict__ if hasattr(h, "__dict__") else "no dict", h.x)
Heap.attribute = 5
print(h.attribute)


class SubHeap(Heap):
    def __iter__(self):
        return iter("abc")


sh = SubHeap()
print(list(sh), sh.defining(), sh(1), next(sh))
before = c.count()
del sh, h
print(before - c.count())
show(object.__new__, Heap)
show(Heap.__new__, int)
part = Part()
part.a, part.b = 40, "b"
print(part.sum(), part.sum(), part.b)
lp = ListPart([1, 2, 3])
lp.a = 5
lp.append(4)
print(lp, lp.a, len(lp))
show(lambda: lp.b)


class SubPart(ListPart):
    pass


sp = SubPart("ab")
sp.a, sp.c = 7, 8
print(sp, sp.a, sp.c)
for type_ in (Static, Heap, int, Sub, SubHeap, Opaque):
    print(c.slots(type_))


class Meta(type):
    def hello(cls):
        return "hello " + cls.__name__


class NewMeta(type):
    def __new__(mcls, *args):
        return super().__new__(mcls, *args)


class Base(metaclass=Meta):
    def method(self):
        return "method"


made = c.metaclass(Meta, None)
print(made, type(made), made.hello(), made().__class__)
made = c.metaclass(type, Base)
print(made, type(made), made().method())
show(c.metaclass, NewMeta, None)
show(c.metaclass, type, bool)
for _ in range(300):
    class Temporary(Heap):
        __slots__ = ("a", "b")
    t = Temporary()
    t.a = t
gc.collect()
print(c.count() >= 0)
