import re
import warnings

import c_arguments as c


def show(function, *args, **kwargs):
    try:
        print(re.sub("at 0x[0-9a-f]+", "at 0x", ascii(function(*args, **kwargs))))
    except BaseException as error:
        print(type(error).__name__, ascii(str(error)))


show(c.numbers, 1, 300, -3, 70000, 5, 2**33, 7, -8, 9, 2**64 + 10, 11, 1.5, 2.5, 3 + 4j, [])
show(c.numbers, 256, *[0] * 14)
show(c.numbers, -1, *[0] * 14)
show(c.numbers, 1, 1, 2**15, *[0] * 12)
show(c.numbers, 1, 1, 1, 1, 2**31, *[0] * 10)
show(c.numbers, 1, 1, 1, 1, 1, 1, 2**63, *[0] * 8)
show(c.numbers, 1, 1, 1, 1, 1, 1, 1, "k", *[0] * 7)
show(c.numbers, "x", *[0] * 14)
show(c.numbers, 1.5, *[0] * 14)
show(c.numbers, 1, 2)
show(c.numbers, *range(16))
for unit in ("s", "z", "y", "s*", "z*", "y*", "s#", "z#", "y#", "es", "et", "es#", "et#", "c", "C", "S", "Y", "U", "O", "O!", "w*"):
    for value in ("text", "t\xe9xt", "\u20ac", "a\0b", b"bytes", b"x", "x", bytearray(b"array"), None, 5, memoryview(b"view"), [1]):
        print(unit, end=" ")
        show(c.one, unit, value)
for value in ((1, 2), (1,), [3, 4], 5, b"ab", ("x", 2), (1, 2, 3)):
    show(c.one, "(lO)", value)
    show(c.one, "(lO):name", value)
    show(c.one, "(lO);the message", value)
show(c.one, "?", 1)
show(c.keywords, 1, 2)
show(c.keywords, 1, b=2, d=4)
show(c.keywords, 1, 2, 3, 4)
show(c.keywords, 1)
show(c.keywords)
show(c.keywords, 1, 2, b=3)
show(c.keywords, 1, 2, e=3)
show(c.keywords, 1, 2, 3, 4, 5)
show(c.keywords, a=1, b=2)
show(c.keywords, 1, "x")
show(c.optional)
show(c.optional, 1, "two")
show(c.optional, second="two")
show(c.optional, secnd="two")
show(c.optional, 1, 2)
show(c.optional, 1, "2", 3)
show(c.optional, 1, first=2)
show(c.unpack)
show(c.unpack, 1)
show(c.unpack, 1, 2, 3)
show(c.unpack, 1, 2, 3, 4)
show(c.converted, 4, 5)
show(c.converted, 4, "x")
show(c.converted, "x", 5)
show(c.converted, 1)
show(c.format, "o\u20acj")
show(c.format, Exception("x"))
show(c.build)
for kind, value in (("format", "k"), ("object", 5), ("object", (1, 2)), ("object", None), ("object", KeyError("k")), ("none", 0), ("memory", 0),
                    ("errno", "/file"), ("class", int), ("class", 5), ("fetch", 0), ("null", 0)):
    print(kind, end=" ")
    show(c.raise_, kind, value)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    show(c.raise_, "warn", "dog")
    print([(w.category.__name__, str(w.message)) for w in caught])
error = c.raise_("new", 0)
print(error, error.__mro__, error.__doc__, error.__module__)
print(c, c.__doc__, c.__name__)
