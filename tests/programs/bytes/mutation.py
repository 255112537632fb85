# bytearray: growing and shrinking at both ends, slices, aliasing.
a = bytearray()
for i in range(300):
    a.append(i % 256)
    if i % 7 == 0:
        del a[:3]
    if i % 11 == 0:
        a.insert(i % (len(a) + 1), 65)
    if i % 13 == 0 and a:
        a.pop(0)
print(len(a), sum(a), a[:5], a[-5:])
a[2:5] = b'longer than before'
a[10:20] = b''
a[::3] = bytes(len(a[::3]))
del a[::2]
print(bytes(a[:40]))
try:
    a += a
except BufferError as error:
    print(error)
a += bytes(a)
print(len(a))
a *= 2
print(len(a), a.count(0))
a.extend(x for x in b'xyz')
a.extend(a[-3:])
print(a[-6:])
a.reverse()
print(a[:6], a.find(b'zy'), a.index(120))
b = a[:]
b.clear()
print(b, len(a) > 0, a == bytes(a), a > b)
b.resize(3)
print(b, b.copy() is b)
c = bytearray(b'abc')
c[1:1] = c
print(c)
c[:] = (1, 2, 3)
print(c, list(c), bytes(c), c.hex(), [x for x in reversed(c)])
class D(bytearray): pass
d = D(b'abc')
d.x = 1
print(d, d + b'd', type(d.upper()).__name__, d.x, bytes(d) == b'abc')
class E(bytes): pass
e = E(b'abc')
print(e, hash(e) == hash(b'abc'), type(e[:]).__name__, {e: 1}[b'abc'], e.__bytes__())
print(b'%s-%d-%r-%c-%5.1f|%-4s|%04x' % (b'x', 5, 'é', 65, 1.25, b'q', 255))
