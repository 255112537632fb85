"""Files and buffered binary streams: what is read, written and where the position is."""
import _io

PATH = "/tmp/pyrox-io-binary.bin"
DATA = b"".join(b"line %d\n" % n for n in range(3000))

with _io.open(PATH, "wb") as f:
    print(f.write(DATA[:10]), f.write(bytearray(DATA[10:20])), f.write(memoryview(DATA)[20:]), f.tell())
    print(f.seek(0, 2), f.writable(), f.seekable(), f.isatty(), f.mode, f.name)
with _io.open(PATH, "rb") as f:
    print(f.read() == DATA, f.read(), f.read(5), f.tell() == len(DATA))
    f.seek(0)
    print(list(f) == DATA.splitlines(True))
    f.seek(7)
    print(f.readline(), f.readline(3), f.readline(0), f.readline(100), f.tell(), len(f.peek()) > 0, f.read1(4), f.read1(0))
    b = bytearray(10); print(f.readinto(b), b, f.readinto1(memoryview(b)[:3]), b)
    print(f.seek(-5, 2), f.read(100), f.seek(3), f.seek(4, 1), f.read(3), f.readable(), f.writable())
    print(len(f.readlines(50)), f.tell(), len(f.readlines()))
    f.seek(100); print(f.read(20), f.read(20000)[-5:], f.tell())
for size in (1, 2, 7, 16, 64, 5000, 100000):
    with _io.open(PATH, "rb", buffering=size) if size > 1 else _io.BufferedReader(_io.FileIO(PATH), 1) as f:
        pieces, n = [], 1
        while True:
            p = f.read(n)
            if not p:
                break
            pieces.append(p); n = n * 3 % 1001 + 1
        f.seek(11); lines = list(f); f.seek(5)
        print(size, b"".join(pieces) == DATA, b"".join(lines) == DATA[11:], f.readline(), f.tell(), f.peek()[:1], f.tell())
with _io.open(PATH, "r+b", buffering=16) as f:
    print(f.read(5), f.write(b"WXYZ"), f.tell(), f.read(6), f.seek(0), f.read(20), f.truncate(30), f.seek(0, 2), f.tell())
    f.seek(2); f.write(b"0123456789abcdefghijkl"); print(f.read(3), f.seek(0), f.read())
    f.write(b"end"); print(f.tell(), f.seek(-3, 1), f.read())
    f.seek(5); print(f.peek()[:2]); f.write(b"!!"); f.flush(); f.seek(0); print(f.readline())
with _io.open(PATH, "ab") as f:
    print(f.tell(), f.write(b"more"), f.tell(), f.mode)
with _io.open(PATH, "rb", buffering=0) as f:
    print(type(f).__name__, f.read(3), f.read(), f.seek(0), f.readall(), f.tell(), f.closefd, f.mode)
    fd = f.fileno(); g = _io.FileIO(fd, closefd=False); print(g.seek(1), g.read(2), g.name == fd); g.close(); print(f.tell())
with _io.FileIO(PATH, "w+") as f:
    print(f.mode, f.write(b"abc"), f.seek(0), f.read(2), f.truncate(), f.seek(0, 2), f.truncate(10), f.seek(0), f.read())
try:
    _io.open(PATH, "x")
except FileExistsError as e:
    print(e.errno, e.filename)


class Raw(_io._RawIOBase):
    """A raw stream in Python that gives a few bytes at a time, and sometimes nothing."""
    def __init__(self, chunks): self.chunks, self.log, self.at = list(chunks), [], 0
    def readable(self): return True
    def writable(self): return True
    def readinto(self, b):
        self.log.append(len(b))
        if not self.chunks: return 0
        c = self.chunks.pop(0)
        if c is None: return None
        n = min(len(c), len(b)); b[:n] = c[:n]
        if c[n:]: self.chunks.insert(0, c[n:])
        return n
    def write(self, b):
        self.log.append(bytes(b)); return len(b)


r = Raw([b"abc", b"d\nef", None, b"gh", b"ijklm"]); b = _io.BufferedReader(r, 8)
print(b.read(2), b.read(4), b.read(100), b.read(3), b.peek(), b.read1(), b.read(), b.read(), r.log)
r = Raw([b"ab", b"c\nd", None, b"\n", b"x"]); b = _io.BufferedReader(r, 4)
print(b.readline(), b.readline(), b.readline(), b.readline(), b.readline(), r.log)
r = Raw([None, b"abc", None]); b = _io.BufferedReader(r); print(b.read(3), b.read(3), b.read(), b.readline(), r.log)
r = Raw([b"abc", b"def"]); print(r.read(2), r.read(), r.readall(), r.log)
r = Raw([b"abcdef", b"ghi", b"jkl"]); b = _io.BufferedReader(r, 4); a = bytearray(9); print(b.readinto(a), a, b.readinto1(a), a, r.log)
r = Raw([]); w = _io.BufferedWriter(r, 8)
print(w.write(b"abc"), w.write(b"defgh"), w.write(b"i"), w.write(b"0123456789abcdef"), w.write(b""), r.log); w.flush(); print(r.log)
w.write(b"tail"); w.close(); print(r.log, r.closed, w.closed)
p = _io.BufferedRWPair(Raw([b"hello\nworld"]), Raw([]), 4); print(p.read(2), p.readline(), p.write(b"abcdef"), p.peek(), p.read1(2), p.isatty(), p.readable(), p.closed); p.close(); print(p.closed)


class Closer(Raw):
    def close(self):
        super().close(); print("closed once")


w = _io.BufferedWriter(Closer([])); w.write(b"x"); raw = w.raw; del w; print(raw.log, raw.closed)
del raw


class Sub(_io.BufferedReader):
    def readline(self, *a): return super().readline(*a).upper()


s = Sub(_io.BytesIO(b"a\nb\n")); s.extra = 1; print(list(s), s.__dict__); import _weakref; print(_weakref.ref(s)() is s)

b = _io.BytesIO(b"one\ntwo\nthree")
print(b.read(2), b.readline(), b.tell(), b.getvalue(), list(b), b.seek(20), b.write(b"x"), b.getvalue(), b.truncate(5), b.tell(), b.read(), b.seek(-2, 2), b.read())
with b.getbuffer() as v:
    v[0] = 65; print(len(v), v.readonly, b.getvalue(), b.seek(1), b.readinto(v[2:]), b.getvalue())
b.writelines([b"p", bytearray(b"q")]); print(b.getvalue(), b.readlines(), b.seek(0), b.readlines(3), b.__getstate__())
c = _io.BytesIO(); c.x = 3; c.__setstate__((b"abc", 1, {"y": 4})); print(c.read(), c.x, c.y, c.__getstate__()); c.close(); print(c.closed)
class B2(_io.BytesIO): pass
print(B2(b"q").read(), B2(initial_bytes=bytearray(b"zz")).getvalue())


class OnlyRead(_io._IOBase):
    def __init__(self, d): self.d = d
    def read(self, n): r, self.d = self.d[:n], self.d[n:]; return r


o = OnlyRead(b"ab\ncd\n\nef"); print(o.readline(), o.readline(1), o.readlines()); print(list(OnlyRead(b"1\n2\n")), OnlyRead(b"1\n2\n3\n").readlines(2))
with o: pass
print(o.closed)
try:
    o.readlines()
except ValueError as e:
    print(e)
