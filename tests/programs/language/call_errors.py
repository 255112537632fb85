# What a call with the wrong arguments says.
def none(): pass
def one(a): pass
def two(a, b): pass
def three(a, b, c): pass
def default(a, b=1): pass
def keyword(*, k): pass
def keywords(*, k, m, n): pass
def positional(a, b, /, c): pass
def optional(a, *, k=1): pass
def star(a, *rest): pass


class Thing:
    def __init__(self, x):
        self.x = x

    def method(self, y):
        pass


thing = Thing(1)
calls = [
    lambda: none(1),
    lambda: none(1, 2),
    lambda: one(),
    lambda: one(1, 2),
    lambda: two(),
    lambda: two(1),
    lambda: three(),
    lambda: three(1, 2, 3, 4),
    lambda: default(),
    lambda: default(1, 2, 3),
    lambda: keyword(),
    lambda: keyword(1),
    lambda: keywords(),
    lambda: keywords(k=1),
    lambda: positional(1, 2),
    lambda: positional(a=1, b=2, c=3),
    lambda: positional(1, b=2, c=3),
    lambda: optional(1, 2),
    lambda: optional(1, 2, k=3),
    lambda: star(),
    lambda: one(b=1),
    lambda: one(1, b=1),
    lambda: one(1, a=1),
    lambda: keyword(k=1, kk=2),
    lambda: two(1, *[2], **{"b": 3}),
    lambda: one(**{"a": 1}, **{"a": 2}),
    lambda: one(**{1: 2}),
    lambda: one(*5),
    lambda: one(**5),
    lambda: Thing(),
    lambda: Thing(1, 2),
    lambda: thing.method(),
    lambda: thing.method(1, 2),
    lambda: thing.x(),
    lambda: None(),
    lambda: "text"(1),
    lambda: len(),
    lambda: len(1, 2),
    lambda: len(x=[]),
    lambda: len(5),
    lambda: isinstance(1),
    lambda: isinstance(1, 1),
    lambda: int("12", nonsense=1),
    lambda: [].append(),
    lambda: [].append(1, 2),
    lambda: {}.get(),
    lambda: "a".join(5),
    lambda: "a".join([1]),
    lambda: range(),
    lambda: range("a"),
    lambda: object(1),
    lambda: (lambda x: x)(),
]
for call in calls:
    try:
        call()
        print("no error")
    except TypeError as error:
        print(error)
