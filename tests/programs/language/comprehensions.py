# List, set, dict comprehensions and generator expressions: nesting, conditions and scope.
print([x * y for x in range(1, 4) for y in range(x) if (x + y) % 2])
print({x % 3 for x in range(10)}, {x: x ** 2 for x in range(4)}, {k: v for k, v in zip("abc", range(3)) if v})
print([[cell * 2 for cell in row] for row in [[1, 2], [3]]])
print(list((a, b) for a in "ab" for b in (1, 2)))
x = "outer"
print([x for x in range(3)], x)
print([y := n * 2 for n in range(3)], y)
print([(lambda: n)() for n in range(3)], [f() for f in [lambda: n for n in range(3)]])


class Scope:
    items = [1, 2, 3]
    doubled = [i * 2 for i in items]
    try:
        product = [i * j for i in items for j in items]
    except NameError as error:
        print(error)


print(Scope.doubled)


def nested(n):
    return [[i * n for i in range(m)] for m in range(n)]


print(nested(3))


def captured():
    n = 1
    result = [lambda: n + i for i in range(3)]
    n = 10
    return [f() for f in result]


print(captured())
print([a + b for a, b in [(1, 2), (3, 4)]], [first for first, *_ in ["abc", "de"]])
print([x if x > 1 else -x for x in range(4)], [x for x in range(20) if x % 2 if x % 3])


# The first iterable is evaluated at once, the rest when the generator runs.
def source(name):
    print("source", name)
    return range(2)


g = (a + b for a in source("first") for b in source("second"))
print("made")
print(list(g))
try:
    (i for i in 5)
except TypeError as error:
    print(error)
print(any(n > 2 for n in range(5)), all(n > 2 for n in range(5)), sum(n for n in range(101)))
print({**{n: n for n in range(2)}, 5: 6}, [*(n for n in "ab"), *[1]], {*range(3), *"a"} == {0, 1, 2, "a"})
print(dict([(1, 2), (3, 4)]), sorted({"b": 1, "a": 2}), [*{"k": 1}.items()])
try:
    [1 / n for n in (1, 0)]
except ZeroDivisionError as error:
    print(error)
