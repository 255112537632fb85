import c_text as c
import pathlib

print(c.make())
class Text(str):
    pass
for text in ("", "plain", "naïve", "€uro", "😀!", Text("sub"), Text("süb")):
    print(ascii(c.utf8(text)), ascii(c.wide(text)) if text else "")
try:
    c.utf8("\ud800")
except UnicodeEncodeError as error:
    print(error)
print(c.search("banana", "an"), c.search("banana", "x"), c.search("ünïcode", "ï"))
print(c.parts("a-b c-d\ne", "-"))
print(ascii(c.codecs("aé€")))
print(c.interning())
print(ascii(c.writer("it's")), ascii(c.writer(12)))
print(c.bytes())
print(c.kinds(" aZ5é٣\n"))
print(c.path("a/b"), c.path(b"c"), c.path(pathlib.PurePosixPath("d/e")))
for bad in ("a\0b", 5):
    try:
        c.path(bad)
    except (ValueError, TypeError) as error:
        print(error)
