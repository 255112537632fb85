# Classes: attributes, methods, inheritance, properties, special methods, metaclasses.
class Point:
    """A point."""
    dimensions = 2
    origin: "Point"

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __repr__(self):
        return f"Point({self.x}, {self.y})"

    def __eq__(self, other):
        return isinstance(other, Point) and (self.x, self.y) == (other.x, other.y)

    def __hash__(self):
        return hash((self.x, self.y))

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)

    def __getitem__(self, index):
        return (self.x, self.y)[index]

    @property
    def squared(self):
        "The square of the length."
        return self.x ** 2 + self.y ** 2

    @squared.setter
    def squared(self, value):
        self.x, self.y = value, 0

    @classmethod
    def zero(cls):
        return cls(0, 0)

    @staticmethod
    def name():
        return "point"


p = Point(3, 4)
print(p, p + Point(1, 1), p == Point(3, 4), p != Point(0, 0), hash(p) == hash((3, 4)))
print(p[0], list(p), p.squared, Point.zero(), Point.name(), p.name(), Point.dimensions, p.__dict__)
p.squared = 9
print(p, Point.squared.__doc__, Point.__doc__, Point.__name__, Point.__module__, Point.__bases__)
print(Point.__annotations__, type(p) is Point, p.__class__.__qualname__)


class Named(Point):
    def __init__(self, x, y, label):
        super().__init__(x, y)
        self.label = label

    def __repr__(self):
        return self.label + ":" + super().__repr__()


n = Named(1, 2, "n")
print(n, isinstance(n, Point), issubclass(Named, Point), Named.__mro__, Named.zero.__self__)
del n.label
for attempt in (lambda: n.label, lambda: Named.missing, lambda: setattr(Point(0, 0), "name", 1), lambda: Named(1), lambda: Named.zero()):
    try:
        print(attempt())
    except (AttributeError, TypeError) as error:
        print(type(error).__name__, error)


# Method resolution with a diamond, and cooperative super().
class A:
    def who(self): return ["A"]
class B(A):
    def who(self): return ["B"] + super().who()
class C(A):
    def who(self): return ["C"] + super().who()
class D(B, C):
    def who(self): return ["D"] + super().who()


print(D().who(), [c.__name__ for c in D.__mro__])
try:
    class Bad(A, B): pass
except TypeError as error:
    print(error)


class Slotted:
    __slots__ = ("a", "b")


s = Slotted()
s.a = 1
for attempt in (lambda: s.b, lambda: setattr(s, "c", 1), lambda: s.__dict__):
    try:
        print(attempt())
    except AttributeError as error:
        print(error)


# __getattr__, __setattr__, __delattr__, __call__, __len__, __bool__, __contains__.
class Magic:
    def __getattr__(self, name): return "got " + name
    def __setattr__(self, name, value): print("set", name, value)
    def __delattr__(self, name): print("del", name)
    def __call__(self, *args, **kwargs): return args, kwargs
    def __len__(self): return 0
    def __contains__(self, item): return item == "in"


m = Magic()
m.x = 1
del m.x
print(m.anything, m(1, k=2), bool(m), "in" in m, "out" in m)


class Meta(type):
    def __new__(meta, name, bases, namespace, **options):
        namespace["made_by"] = meta.__name__
        return super().__new__(meta, name, bases, namespace)

    def __init__(cls, name, bases, namespace, **options):
        super().__init__(name, bases, namespace)
        cls.options = options

    def __call__(cls, *args):
        print("creating", cls.__name__)
        return super().__call__(*args)


class Made(metaclass=Meta, flag=True):
    pass


print(Made.made_by, Made.options, type(Made), type(Made()) is Made)


class Registry:
    known = []

    def __init_subclass__(cls, /, tag=None, **kwargs):
        super().__init_subclass__(**kwargs)
        Registry.known.append((cls.__name__, tag))


class First(Registry, tag=1): pass
class Second(First): pass


print(Registry.known)


class Field:
    def __set_name__(self, owner, name): self.name = name
    def __get__(self, instance, owner): return self if instance is None else instance.__dict__.get(self.name, "unset")
    def __set__(self, instance, value): instance.__dict__[self.name] = value * 2


class Record:
    size = Field()


r = Record()
print(r.size, Record.size.name)
r.size = 21
print(r.size, vars(r))
print(type("Dynamic", (Point,), {"extra": 5})(1, 2).extra)


class Private:
    def __init__(self): self.__secret = 1
    def get(self): return self.__secret


print(Private().get(), Private().__dict__)
