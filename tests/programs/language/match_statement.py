# match: literals, captures, sequences, mappings, classes, alternatives and guards.
class Point:
    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y


class Color:
    RED = "red"


def describe(value):
    match value:
        case 0 | 1:
            return "zero or one"
        case -1 | 2.5 | "text" | b"bytes":
            return "literal"
        case None | True | False:
            return f"singleton {value}"
        case Color.RED:
            return "red"
        case int(n) if n > 100:
            return f"big {n}"
        case int() | float() as number:
            return f"number {number}"
        case []:
            return "empty"
        case [x]:
            return f"one {x}"
        case ["go", ("north" | "south") as way, *rest]:
            return f"go {way} {rest}"
        case [first, *_, last] if first == last:
            return f"same ends {first}"
        case (a, b):
            return f"pair {a} {b}"
        case [_, *middle, _]:
            return f"middle {middle}"
        case {"kind": "circle", "r": r, **rest}:
            return f"circle {r} {rest}"
        case {"kind": kind}:
            return f"kind {kind}"
        case {}:
            return "mapping"
        case Point(0, y=0):
            return "origin"
        case Point(x, y) if x == y:
            return f"diagonal {x}"
        case Point(x=px):
            return f"point {px}"
        case str(s):
            return f"str {s!r}"
        case _:
            return f"other {type(value).__name__}"


for value in (0, True, -1, 2.5, "text", b"bytes", None, "red", 101, 7, 1.25, [], [9], ["go", "north", 1, 2], ["go", "east"], (1, 2), [1, 2, 1],
              [1, 2, 3], {"kind": "circle", "r": 2, "z": 0}, {"kind": "x"}, {}, {"q": 1}, Point(0, 0), Point(2, 2), Point(1, 5), "word", {1, 2}, range(2)):
    print(describe(value))


def bindings(value):
    match value:
        case [a, b] if a > b:
            pass
        case [a, b, *c] | {"a": a, "b": b, "c": c}:
            return a, b, c
    return a, b


print(bindings([2, 1]), bindings([1, 2, 3]), bindings({"a": 1, "b": 2, "c": 3}))


class NoArgs: pass
class BadArgs: __match_args__ = "x"
class Twice:
    __match_args__ = ("x",)
    x = 1


for subject, text in ((NoArgs(), "case NoArgs(1): pass"), (BadArgs(), "case BadArgs(1): pass"), (Twice(), "case Twice(1, x=1): pass"), (Twice(), "case Twice(1, 2): pass"), (1, "case NotAType(): pass"), (1, "case int(1, 2): pass")):
    NotAType = 5
    try:
        exec("match subject:\n    " + text)
        print("no error")
    except TypeError as error:
        print(error)
match 5:
    case 6:
        print("no")
print("no case matched")
match = case = type = "soft keywords"
print(match, case, type)
