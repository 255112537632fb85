# Views: items, slices, casts, release, comparison.
def t(n, f):
    try:
        print(n, repr(f()))
    except BaseException as e:
        print(n, type(e).__name__, e)

a = bytearray(b'abcdef')
m = memoryview(a)
t(1, lambda: (m[0], m[-1], m[1:3].tobytes(), m[::-2].tolist(), len(m)))
t(2, lambda: m[9])
m[0] = 65
m[1:3] = b'xy'
t(3, lambda: a)
t(4, lambda: m.__setitem__(0, 300))
t(5, lambda: m.__setitem__(0, 'a'))
t(6, lambda: m.__setitem__(slice(0, 2), b'abc'))
t(7, lambda: a.append(1))
t(8, lambda: (m.format, m.itemsize, m.ndim, m.shape, m.strides, m.suboffsets, m.readonly, m.nbytes, m.contiguous, m.obj is a))
n = memoryview(bytes(range(24))).cast('B', [2, 3, 4])
t(9, lambda: n.tolist())
t(10, lambda: (n[1, 2, 3], n.shape, n.strides))
t(11, lambda: n[0])
t(12, lambda: n[0, 0])
t(13, lambda: n[0, 9, 0])
t(14, lambda: memoryview(bytes(8)).cast('d').tolist())
t(15, lambda: memoryview(bytes(7)).cast('i'))
t(16, lambda: memoryview(bytes(8)).cast('z'))
t(17, lambda: memoryview(b'abc') == b'abc')
t(18, lambda: hash(memoryview(b'abc')) == hash(b'abc'))
t(19, lambda: hash(m))
t(20, lambda: memoryview(1))
t(21, lambda: memoryview(b'abc').hex('-'))
t(22, lambda: list(memoryview(b'abc')))
with memoryview(b'abc') as w:
    t(23, lambda: w.index(98))
t(24, lambda: w.tolist())
t(25, lambda: repr(w).startswith('<released memory at'))
m.release()
a.append(1)
t(26, lambda: a)
t(27, lambda: memoryview(b'ab').toreadonly().readonly)
t(28, lambda: del_item())
def del_item():
    x = memoryview(bytearray(b'a'))
    del x[0]
x = memoryview(bytearray(16)).cast('h')
x[0] = -5
x[1:3] = memoryview(bytearray(b'\1\0\2\0')).cast('h')
t(29, lambda: x.tolist())
t(30, lambda: x.__setitem__(0, 40000))
t(31, lambda: memoryview(b'a')[None])
t(32, lambda: memoryview(b'abab').count(97))
t(33, lambda: x.tobytes('F'))
t(34, lambda: memoryview(b'a').cast('B', []).shape)
t(35, lambda: memoryview(b'a').cast('B', [])[()])
class B:
    def __init__(self): self.log = []
    def __buffer__(self, flags):
        self.log.append('get')
        return memoryview(b'hello')
    def __release_buffer__(self, view):
        self.log.append('release')
b = B()
t(36, lambda: bytes(b))
t(37, lambda: b.log)
