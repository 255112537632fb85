"""Text streams: decoding, line endings, positions."""
import _io

PATH = "/tmp/pyrox-io-text.txt"
T, B, S = _io.TextIOWrapper, _io.BytesIO, _io.StringIO
TEXT = "a\nbé\r\nc€\r\rd\U0001f40d\n\nlast"
RAW = TEXT.encode()

for newline in (None, "", "\n", "\r", "\r\n"):
    for chunk in (1, 2, 3, 8192):
        f = T(B(RAW), "utf-8", newline=newline); f._CHUNK_SIZE = chunk
        lines = list(f)
        g = T(B(RAW), "utf-8", newline=newline); g._CHUNK_SIZE = chunk
        some = []
        while True:
            s = g.read(2)
            if not s: break
            some.append(s)
        h = T(B(RAW), "utf-8", newline=newline); h._CHUNK_SIZE = chunk
        print(repr(newline), chunk, ascii(lines), "".join(some) == "".join(lines), h.read() == "".join(lines), f.newlines == g.newlines == h.newlines, f.newlines)
    f = T(B(RAW), "utf-8", newline=newline); print(ascii([f.readline(1), f.readline(3), f.readline(0), f.readline(2), f.read(1), f.readline()]))
    b = B(); f = T(b, "utf-8", newline=newline); print(f.write("x\ny\r\nz"), b.getvalue(), f.flush(), b.getvalue())
    s = S("a\nb\r\nc\rd", newline=newline); print(s.getvalue().encode(), list(s), s.newlines, s.write("q\n"), s.getvalue().encode(), s.__getstate__())

# A position after every read leads back to the same text.
for encoding in ("utf-8", "latin-1", "ascii"):
    raw = {"utf-8": RAW * 3, "latin-1": b"abc\xe9\r\ndef\n" * 5, "ascii": b"hello\r\nworld\n" * 4}[encoding]
    for newline in (None, "", "\n"):
        for chunk in (1, 3, 5, 8192):
            f = T(B(raw), encoding, newline=newline); f._CHUNK_SIZE = chunk
            whole = T(B(raw), encoding, newline=newline).read()
            spots, done = [], 0
            while True:
                spots.append((f.tell(), done))
                s = f.read(3)
                if not s: break
                done += len(s)
            bad = [p for p, n in spots if (f.seek(p), f.read())[1] != whole[n:]]
            print(encoding, repr(newline), chunk, bad, spots[-1], spots[2][0])

f = T(B(), "utf-8"); f.write("é€"); print(f.tell(), f.seek(0), f.read(), f.seek(0, 2), f.write("x"), f.seek(0), ascii(f.read()), f.truncate(2), f.seek(0), ascii(f.read()))
for errors in ("strict", "ignore", "replace", "backslashreplace", "surrogateescape"):
    for enc, raw in (("utf-8", b"a\xffb\xe2\x82"), ("ascii", b"a\xc3b")):
        try:
            f = T(B(raw), enc, errors); f._CHUNK_SIZE = 2; print(errors, enc, ascii(f.read(10)), f.errors)
        except UnicodeDecodeError as e:
            print(e)
    for enc in ("ascii", "latin-1", "utf-8"):
        try:
            b = B(); f = T(b, enc, errors); f.write("a€\udcffé"); f.flush(); print(errors, enc, b.getvalue())
        except UnicodeEncodeError as e:
            print(e)
f = T(B(b"a\nb"), "UTF-8"); print(f.encoding, f.errors, f.line_buffering, f.write_through, f._CHUNK_SIZE, f.readable(), f.writable(), f.seekable(), f.isatty(), f.closed); f.close(); print(f.closed, f.buffer.closed)
b = B(); f = T(b, "utf-8", line_buffering=True); f.write("x"); print(b.getvalue()); f.write("y\nz"); print(b.getvalue()); f.write("\r"); print(b.getvalue())
b = B(); f = T(b, "utf-8", write_through=True); f.write("x"); print(b.getvalue())
b = B(); f = T(b, "utf-8"); f.write("a"); f.reconfigure(encoding="latin-1", errors="replace"); f.write("é€"); f.reconfigure(newline="\r\n", line_buffering=True); f.write("\n"); print(b.getvalue(), f.encoding, f.errors, f.line_buffering)
b = B(); f = T(b, "utf-8"); f.write("x" * 8191); print(len(b.getvalue())); f.write("y"); print(len(b.getvalue())); f.write("z" * 3); f.write("w" * 9000); print(len(b.getvalue())); print(f.detach() is b, len(b.getvalue()))


class Log(B):
    def write(self, d): print("write", bytes(d)[:8], len(d)); return super().write(d)


f = T(Log(), "utf-8"); f._CHUNK_SIZE = 10
for n in (4, 4, 4, 20, 1): f.write("é" * n)
f.flush()
with _io.open(PATH, "w", encoding="utf-8") as f:
    print("hello", 3, "wörld", file=f, sep="-"); print(f.write("€\n" * 3), f.tell(), f.name, f.mode)
with _io.open(PATH, encoding="utf-8") as f:
    print(ascii(f.readlines()), f.read(), f.newlines); f.seek(0); print(next(f) == "hello-3-wörld\n", ascii(f.readlines(2)))
with _io.open(PATH, "r+", encoding="utf-8") as f:
    print(f.read(5), f.tell(), f.seek(5), f.write("++"), f.seek(0), ascii(f.readline()))
with _io.open(PATH, "a", encoding="utf-8") as f:
    print(f.tell(), f.write("end"))
with _io.open(PATH, "rb") as f: print(f.read())


class Up(T):
    def readline(self, *a): return super().readline(*a).upper()


u = Up(B(b"a\nb\n"), "utf-8"); u.x = 1; print(list(u), u.__dict__, u.tell())
s = S(); print(s.write("ab"), s.write("é"), s.write("€"), s.write("\U0001f40d"), ascii(s.getvalue()), s.seek(1), s.write("Z€"), ascii(s.getvalue()), s.seek(7), s.write("e"), ascii(s.getvalue()), s.truncate(2), s.tell(), ascii(s.getvalue()), s.read(), s.seek(0), s.read(1), s.readline(), s.seek(0, 2), s.seek(0, 1))
s = S("x\ny\n"); print(s.readline(), s.tell(), s.readlines(), s.read(), s.closed, s.line_buffering, s.newlines); s.close(); print(s.closed)
class S2(S):
    def readline(self, *a): return super().readline(*a)[:1]
print(next(S2("abc\n")))
D = _io.IncrementalNewlineDecoder
for tr in (True, False):
    d = D(None, tr); print([d.decode(x) for x in ("a\r", "\nb", "c\r", "d\n", "\r", "")], d.decode("", True), d.newlines, d.getstate()); d.decode("x\r"); print(d.getstate()); d.setstate((b"", 0)); print(d.decode("\n")); d.reset(); print(d.newlines)


class Dec:
    def decode(self, b, final=False): return bytes(b).decode("latin-1")
    def getstate(self): return (b"pend", 5)
    def setstate(self, s): print("setstate", s)
    def reset(self): print("reset")


d = D(Dec(), True); print(d.decode(b"a\r"), d.getstate()); d.setstate((b"x", 7)); d.reset(); print(d.decode(b"z\r\n"), d.newlines)


class NB(B):
    def read(self, n=-1): return None
    def read1(self, n=-1): return 3


try: T(NB()).read()
except BlockingIOError as e: print(e)
try: T(NB()).readline()
except TypeError as e: print(e)
