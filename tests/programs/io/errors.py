"""What each class says when it is misused."""
import _io

open = _io.open
PATH = "/tmp/pyrox-io-errors.txt"


def t(f):
    try:
        print(repr(f()))
    except BaseException as e:
        print(type(e).__module__, type(e).__name__, e)


def attr(o, n, *v):
    return setattr(o, n, *v) if v else delattr(o, n)


f = open(PATH, "w"); print(f.encoding, f); f.close(); print(f)
t(lambda: f.__getstate__()); t(lambda: f.write("x")); t(lambda: f.buffer.write(b"x")); t(lambda: f.buffer.raw.write(b"x"))
for mode in ("wr", "q", "rr", "", "rtb", "U", "+"):
    t(lambda: open(PATH, mode))
for kw in ({"encoding": "x"}, {"errors": "x"}, {"newline": "x"}):
    t(lambda: open(PATH, "rb", **kw))
t(lambda: open(PATH, newline="x")); t(lambda: open(PATH, encoding=3)); t(lambda: open(PATH, newline=3)); t(lambda: open(PATH, errors=3))
t(lambda: open("/tmp")); t(lambda: open(3.5)); t(lambda: open("/tmp/a\0b")); t(lambda: open(-1))
g = open(PATH, "w"); t(g.read); t(g.readline); g.close()
g = open(PATH, "wb"); t(g.read); g.close()
g = open(PATH, "r"); t(lambda: g.write("")); g.close()
g = _io.FileIO(PATH); t(lambda: g.write(b"")); t(lambda: g.read("a")); g.close()
t(lambda: _io.FileIO(PATH, "zz")); t(lambda: _io.FileIO(PATH, "rw")); t(lambda: _io.FileIO(PATH, "r++"))
t(lambda: _io.BytesIO(3)); t(lambda: _io.BytesIO().seek(-1)); t(lambda: _io.BytesIO().seek(0, 7)); t(lambda: _io.BytesIO().read("a"))
t(lambda: _io.BytesIO(b"ab").truncate(-3)); t(lambda: _io.BytesIO(b"ab").__setstate__(3)); t(lambda: _io.BytesIO(b"ab").__setstate__((1, 2, 3)))
t(lambda: _io.BytesIO(b"ab").__setstate__((b"", -2, 3))); t(lambda: _io.BytesIO(b"ab").__setstate__((b"", "a", 3))); t(lambda: _io.BytesIO(b"ab").__setstate__((b"", 1, 3)))
b = _io.BytesIO(b"abc"); v = b.getbuffer(); t(lambda: b.write(b"a")); t(b.close); t(lambda: type(v.obj)); t(lambda: b.__getstate__()); v.release()
t(lambda: _io._BytesIOBuffer())
S = _io.StringIO
t(lambda: S(3)); t(lambda: S(newline="x")); t(lambda: S(newline=3)); t(lambda: S().seek(-1)); t(lambda: S().seek(1, 1)); t(lambda: S().seek(1, 9)); t(lambda: S().write(3)); t(lambda: S().truncate(-3))
t(lambda: S("a").__getstate__())
for state in ((), 3, (1, 2, 3, 4), ("1", "2", "3", 4), ("1", "\n", "3", 4), ("1", "\n", -3, 4), ("1", "\n", 3, 4)):
    t(lambda: S("a").__setstate__(state))
s = S(); s.close(); t(s.read); t(lambda: s.closed); t(lambda: s.line_buffering)
for cls in (_io.StringIO, _io.TextIOWrapper, _io.BufferedReader, _io.BufferedWriter, _io.BufferedRandom, _io.FileIO, _io.BufferedRWPair):
    raw = cls.__new__(cls)
    t(lambda: raw.read()); t(lambda: raw.closed); t(lambda: repr(raw)[:20]); t(lambda: raw.flush())
t(lambda: _io.IncrementalNewlineDecoder.__new__(_io.IncrementalNewlineDecoder).decode(""))


class R(_io._RawIOBase):
    def readable(s): return True
    def readinto(s, b): return 99999999


t(lambda: _io.BufferedReader(R()).read(3)); t(lambda: R().read(4)); t(lambda: _io.BufferedReader(R(), 0)); t(lambda: _io.BufferedWriter(R()))
t(lambda: _io.BufferedReader(_io.BytesIO(b"abc")).read(-2)); t(lambda: _io.BufferedReader(_io.BytesIO(b"abc")).seek(0, 9))
x = _io.BufferedReader(_io.BytesIO(b"abc")); x.detach(); t(x.read); t(lambda: repr(x)); t(lambda: x.closed); t(lambda: x.name); t(lambda: x.raw)
x = _io.TextIOWrapper(_io.BytesIO(b"abc")); x.detach(); t(x.read); t(lambda: repr(x)); t(lambda: x.closed); t(lambda: x.name); t(lambda: x.buffer); t(lambda: x.encoding); t(lambda: x.errors)
x = _io.TextIOWrapper(_io.BytesIO(b"abc"), "utf-8"); t(lambda: repr(x)); t(lambda: x.seek(1, 1)); t(lambda: x.seek(-1)); t(lambda: x.seek(2, 2)); t(lambda: x.seek(2, 7))
next(x); t(lambda: x.tell()); t(lambda: x.write(3)); t(lambda: attr(x, "_CHUNK_SIZE", 0)); t(lambda: attr(x, "_CHUNK_SIZE", "a"))
x = _io.TextIOWrapper(_io.BytesIO(b"abc"), "utf-8"); x.read(1)
t(lambda: x.reconfigure(encoding="latin1")); t(lambda: x.reconfigure(newline="\n"))
x = _io.TextIOWrapper(_io.BytesIO(b"abc"), "utf-8")
t(lambda: x.reconfigure(newline="q")); t(lambda: x.reconfigure(errors=3)); t(lambda: x.reconfigure(newline=3)); t(lambda: x.reconfigure(line_buffering="a"))


class RP(_io._IOBase): pass


t(lambda: RP().seek(0)); t(lambda: RP().fileno()); t(lambda: RP()._checkReadable()); t(lambda: RP()._checkWritable()); t(lambda: RP()._checkSeekable()); t(lambda: RP().truncate()); t(lambda: RP().readline())
t(lambda: RP().tell()); t(lambda: _io._BufferedIOBase().read()); t(lambda: _io._RawIOBase().readinto(b"")); t(lambda: _io._RawIOBase().write(b"")); t(lambda: _io._TextIOBase().read()); t(lambda: _io._BufferedIOBase().detach())
x = _io.BufferedRWPair(_io.BytesIO(), _io.BytesIO()); t(lambda: x.detach()); t(lambda: _io.BufferedRWPair(1, 2)); t(lambda: x.read())


class W(_io._RawIOBase):
    give = None
    def writable(s): return True
    def write(s, b): return s.give


w = _io.BufferedWriter(W(), 4); t(lambda: w.write(b"abcdefghij")); t(lambda: w.flush())
try:
    w.write(b"klm")
except BlockingIOError as e:
    print(e.characters_written)
w.raw.give = 1
t(lambda: w.write(b"xy")); t(w.flush)
w.raw.give = 1000; t(lambda: w.write(b"abcdefghij"))
w.detach


class C:
    readable = writable = seekable = lambda s: True
    closed = False


t(lambda: _io.TextIOWrapper(C())); t(lambda: _io.open_code(3)); t(lambda: _io.text_encoding(None)); t(lambda: _io.text_encoding("a"))
t(lambda: _io.BufferedRandom(W())); t(lambda: _io.TextIOWrapper(_io.BytesIO(), newline="\n").newlines)
D = _io.IncrementalNewlineDecoder
t(lambda: D(None, True).getstate()); t(lambda: D(None, True).decode(3)); t(lambda: D(None, True).setstate(3)); t(lambda: D(None, True).setstate((b"", "a")))
f = _io.FileIO(PATH); t(lambda: f.seek(1.5)); t(lambda: f.seek(1 << 70)); t(lambda: f.truncate()); t(lambda: f.readinto(b"abc")); t(lambda: f.mode); t(lambda: f); t(lambda: f.__getstate__()); f.close(); t(lambda: f); t(lambda: f.read()); t(lambda: f.isatty()); t(lambda: f.fileno())
t(lambda: _io.FileIO("x", closefd=False)); t(lambda: _io.FileIO("x", opener=lambda a, b: "x")); t(lambda: _io.FileIO("x", opener=lambda a, b: -3))
t(lambda: open("/nowhere/x", buffering=0)); t(lambda: open(PATH, buffering=0)); t(lambda: open(PATH, "rb", buffering=-5).close()); t(lambda: open(PATH, mode=3)); t(lambda: open())
t(lambda: _io.DEFAULT_BUFFER_SIZE); t(lambda: _io.UnsupportedOperation.__mro__); t(lambda: _io.BlockingIOError is BlockingIOError)
for name in sorted(n for n in dir(_io) if isinstance(getattr(_io, n), type) and n != "__loader__"):
    c = getattr(_io, name)
    print(name, c.__module__, c.__bases__, [k for k in sorted(vars(c)) if k not in ("__doc__", "__new__", "__module__", "__weakref__")])
w.raw.give = 0
_io.FileIO(PATH, "w").close()
w.detach()
