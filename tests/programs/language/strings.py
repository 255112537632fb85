# str: literals, escapes, f-strings, methods and formatting.
name, width, value = "world", 8, 3.14159
print(f"hello {name!r:>{width}}|{value:.2f}|{value:{width}.{2}f}|{{}}|{name=}|{1 + 1 = }")
print(f"{'nested ' + f'{name}'}", f"{name:*^11}", f"{255:#x} {255:b} {1234567:,} {-5:+d} {0.25:%} {1e10:g} {12:05d}", f"{True!s:>6}")
print("tab\tq\"uote\\ \x41 \u00e9 \N{GREEK SMALL LETTER ALPHA} \101", r"raw\n", "a\
b", """two
lines""")
print(repr("it's"), repr('say "x"'), repr("both ' \""), repr("\n\t\\\x00\x7f\u00e9\u200b\U0001f600"), ascii("é😀"))
s = "The quick brown fox"
print(s.upper(), s.lower(), s.swapcase(), s.title(), s.split(), s.split("o"), s.rsplit(" ", 1), s.partition(" "))
print(s.find("quick"), s.index("b"), s.count("o"), s.replace("o", "0", 1), s.startswith(("A", "The")), s.endswith("fox"))
print("  pad ".strip() + "|", "xxaxx".strip("x"), "a".center(5, "-"), "a".ljust(3) + "|", "7".zfill(3), "-7".zfill(4), "\t.".expandtabs(4))
print(",".join(["a", "b"]), "a-b_c".translate({45: "+", 95: None}), "prefix-x".removeprefix("prefix-"), "l1\nl2\r\nl3".splitlines())
print(s[4:9], s[::-1], s[-3:], s[100:], "abc"[1], s[::5])
print("abc" < "abd", "a" * 3, "é" == "\u00e9", len("😀é"), ord("A"), chr(128512), "x" in s, hash("a") == hash("a"))
print("12".isdigit(), "a1".isalnum(), "A".isupper(), " ".isspace(), "id_1".isidentifier(), "Ab".istitle(), "".isalpha(), "½".isnumeric())
print("{} {1}".replace("1", "") .format("a", "b"), "{0} {1} {0}".format("a", "b"), "{x[0]} {x.real}".format_map({"x": 5}) if False else "{k:>5}".format(k=1), "{!r}".format("q"))
print("%s is %d and %5.1f %r %x %%" % ("a", 5, 2.25, "q", 255), "%(k)s" % {"k": 1}, "%-5s|%+d|%05d" % ("a", 1, 42), "%c%c" % (65, "B"))
print("straße".upper(), "ß".casefold(), "İ".lower().__len__(), "ΑΣ".lower(), "ǆ".title(), "hello world".capitalize())
for attempt in (lambda: "a" + 1, lambda: "abc".index("z"), lambda: "abc"[5], lambda: "%d" % "a", lambda: "%s %s" % ("a",), lambda: "%s" % (1, 2), lambda: "{} {}".format(1), lambda: "{a}".format(), lambda: "{:d}".format("a"),
                lambda: f"{1:s}", lambda: "a".split(""), lambda: chr(-1), lambda: ord("ab"), lambda: int("12a"), lambda: float("x"), lambda: "a" * "b", lambda: "abc".replace("a"), lambda: "{".format(), lambda: "a".encode("ascii", 5), lambda: "a" in 5, lambda: 5 in "a"):
    try:
        print(attempt())
    except Exception as error:
        print(type(error).__name__, error)
print("é😀".encode(), b"\xc3\xa9".decode(), b"abc"[1], b"a" + b"b", repr(b"'\x00\xff"), bytes([65, 66]), bytearray(b"x"), "é".encode("latin-1"))
try:
    b"\xff".decode()
except UnicodeDecodeError as error:
    print(error)
try:
    "\ud800".encode()
except UnicodeEncodeError as error:
    print(error)
