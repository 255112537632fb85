# Assignment targets, starred targets, chained and augmented assignment, swaps.
a, b = 1, 2
a, b = b, a
print(a, b)
first, *middle, last = range(6)
print(first, middle, last)
*start, end = "xyz"
head, *tail = [1]
print(start, end, head, tail)
(a, [b, (c, *d)]), e = (1, [2, (3, 4, 5)]), 6
print(a, b, c, d, e)
x = y = z = []
x.append(1)
print(y, z is x)
[p, q] = {1: "a", 2: "b"}
print(p, q)

# The right side first, then the targets from left to right.
i = 0
row = [0, 0, 0]
i, row[i] = 1, "set"
print(i, row)


class Log:
    def __setattr__(self, name, value): print("attribute", name, value)
    def __setitem__(self, key, value): print("item", key, value)


log = Log()
log.a, log["k"], (log.b, log[0]) = 1, 2, (3, 4)
print({**{"a": 1}, "b": 2, **{"a": 3}}, [*"ab", *range(2)], (*[1], 2))

n = 5
n += 1; n -= 2; n *= 10; n //= 3; n **= 2; n %= 50; n <<= 2; n >>= 1; n |= 1; n &= 0xFF; n ^= 2
print(n)
items = [1]
alias = items
items += [2]
items *= 2
print(alias, items is alias)
t = (1, [2])
try:
    t[1] += [3]
except TypeError as error:
    print(error, t)

for source, count in (((1, 2), 3), ((1, 2, 3), 2), ((), 1), ("abcd", 3)):
    try:
        if count == 3:
            a, b, c = source
        elif count == 2:
            a, b = source
        else:
            a, = source
        print(a)
    except ValueError as error:
        print(error)
try:
    a, *b, c, d = [1, 2]
except ValueError as error:
    print(error)
for bad in (5, None):
    try:
        a, b = bad
    except TypeError as error:
        print(error)
try:
    a, b = iter([1, 2, 3])
except ValueError as error:
    print(error)


def many():
    return 1, *[2, 3], 4


print(many(), *many(), sep="|")
for index, (key, value) in enumerate({"a": 1, "b": 2}.items(), start=1):
    print(index, key, value)
value: int = 5
pair: tuple = 1, 2
print(value, pair, __annotations__ if "__annotations__" in globals() else "lazy")
del a, (b, c), items[0], log
print("a" in globals(), alias)
