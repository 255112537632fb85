# str.format and % with values of many kinds.
class A:
    x = 5
    def __format__(self, spec): return 'A<' + spec + '>'
    def __getitem__(self, key): return ('item', key)
    def __str__(self): return 'str-A'
    def __repr__(self): return 'repr-A'
print('{0.x} {0[k]} {0[3]} {0:abc} {0!r:>8} {0!s}'.format(A()))
print('{:,} {:_} {:x} {:#X} {:08b} {:+d} {: d}'.format(1234567, 1234567, 255, 255, 5, 3, 3))
print('{:.3f} {:e} {:g} {:%} {:10.2f}| {:<10}| {:^10}| {:=+8}'.format(3.14159, 12345.678, 1e20, .25, 2.5, 'l', 'c', 42))
print('{:{w}.{p}}|{:*^{w}}'.format(3.14159, 'mid', w=9, p=3))
print('{a[b][0]}{{}}'.format(a={'b': [7]}))
print(f'{1+1:>{3+2}}|{"x"!r:5}|{A()}|{A()!s}')
print('%s %r %5d|%-5d|%05d|%+d|% d|%x|%#o|%e|%g|%c|%%' % ('s', 'r', 1, 2, 3, 4, 5, 255, 8, 1.5, 1e10, 'z'))
print('%(a)s %(b)05.1f %(a)r' % {'a': 'é', 'b': 2.25})
print('%*d|%-*d|%.*f' % (5, 1, 5, 2, 2, 3.14159))
print('%s' % (None,), '%s %s' % (A(), [A()]))
class S(str): pass
s = S('abc')
print(type(s + '').__name__, type(s[:]).__name__, type(s.strip()).__name__, s == 'abc', hash(s) == hash('abc'), {s: 1}['abc'], type(str(s)).__name__)
print('{}'.format(s), '%s' % s, f'{s:>5}', S('é').encode(), S(b'x', 'ascii'), S())
