# Operator methods: reflected, in place, NotImplemented, rich comparison and index.
class Noisy:
    def __init__(self, name): self.name = name
    def __repr__(self): return self.name
    def __add__(self, other): print("add", self, other); return NotImplemented
    def __radd__(self, other): print("radd", self, other); return "radd"
    def __mul__(self, other): return ("mul", self, other)
    def __rmul__(self, other): return ("rmul", self, other)
    def __imul__(self, other): return ("imul", self, other)
    def __matmul__(self, other): return "matmul"
    def __neg__(self): return "neg"
    def __invert__(self): return "invert"
    def __lt__(self, other): print("lt", self, other); return NotImplemented
    def __gt__(self, other): print("gt", self, other); return True
    def __index__(self): return 2
    def __bool__(self): print("bool", self); return False


class Child(Noisy):
    def __radd__(self, other): print("child radd"); return "child"


a, b, c = Noisy("a"), Noisy("b"), Child("c")
print(a + c)
print(1 + a)
for attempt in (lambda: a + b, lambda: a + 1, lambda: a - b, lambda: a >= b, lambda: a ** b, lambda: +a):
    try:
        print(attempt())
    except TypeError as error:
        print("TypeError:", error)
print(a * 2, 2 * a, a @ b, -a, ~a)
d = a
d *= 3
print(d, a)
d = a
try:
    d += 1
except TypeError as error:
    print("TypeError:", error)
print(a < b, a > b)
print([10, 20, 30][a], "abc"[a], [1, 2, 3, 4][a:], hex(a), not a, "yes" if a else "no")


class Only:
    def __eq__(self, other): return NotImplemented


print(Only() == Only(), Only() != 1, Only.__hash__)
try:
    hash(Only())
except TypeError as error:
    print(error)


class Container:
    def __init__(self): self.log = []
    def __getitem__(self, key): return key
    def __setitem__(self, key, value): self.log.append((key, value))
    def __delitem__(self, key): self.log.append(("del", key))


k = Container()
print(k[1], k[1:2], k[::3], k[1, 2], k[..., 1:], k[()])
k[0] = 1
k[1:2, "x"] = 2
del k[5]
k[7] += "!" if False else 1
print(k.log)
for attempt in (lambda: [1][5], lambda: [1]["a"], lambda: (1)[0], lambda: {}["k"], lambda: "abc"[1.0], lambda: {[]: 1}, lambda: None[0]):
    try:
        print(attempt())
    except (IndexError, KeyError, TypeError) as error:
        print(type(error).__name__, error)


class BadBool:
    def __bool__(self): return 1
class BadLen:
    def __len__(self): return -1


for thing in (BadBool(), BadLen()):
    try:
        bool(thing)
    except (TypeError, ValueError) as error:
        print(type(error).__name__, error)
