# complex: constructor, arithmetic, powers, looks.
def show(function):
    try:
        print(repr(function()))
    except Exception as error:
        print(type(error).__name__, error)

inf, nan = float('inf'), float('nan')
print(1j, 1 + 2j, -1j, complex(0, -0.0), complex(-0.0, 0), complex(nan, inf), complex('1+j'), complex(' ( 1e3-2.5J ) '), complex(imag=3))
for text in ('x', '', '1+', '1 + j', '(1', '1j2'):
    show(lambda: complex(text))
show(lambda: complex(1, '2'))
show(lambda: complex('1', 2))
show(lambda: complex([]))
show(lambda: complex(1, []))
show(lambda: complex(1, 2, 3))
show(lambda: complex(1, x=3))
show(lambda: complex(b'1'))
class Number:
    def __complex__(self):
        return 3 + 4j
class Wrong:
    def __complex__(self):
        return 3
print(complex(Number()), complex.from_number(3), abs(3 + 4j))
show(lambda: complex(Wrong()))
print((1 + 2j) * (3 - 1j), (1 + 2j) / (3 - 1j), (1 + 2j) - 1, 2 - 0j, -0.0 + 0j, 2 * (1 + 1j), (1 + 1j) / 2, 2 / (1 + 1j))
print((1 + 2j) ** 2, (1 + 2j) ** -3, (1 + 2j) ** 0.5, (1 + 2j) ** (1 + 1j), 0j ** 0, (1 + 2j) ** 101, (-8) ** (1 / 3), (-8.0) ** 0.5)
show(lambda: 1j / 0)
show(lambda: 0j ** -1)
show(lambda: pow(1j, 2, 3))
show(lambda: (1e200 + 1j) ** 2)
show(lambda: abs(complex(1.7e308, 1.7e308)))
show(lambda: 1j // 2)
show(lambda: 1j < 2j)
show(lambda: int(1j))
show(lambda: float(1j))
values = [complex(inf, inf), complex(1, inf), complex(inf, nan), complex(nan, 1), 1 + 1j, complex(0, -0.0)]
for a in values:
    for b in values:
        show(lambda: a * b)
        show(lambda: a / b)
    show(lambda: 2.0 / a)
print(1 + 0j == 1, 1j == 1, 1j != 2j, 2 ** 53 + 1 == complex(2 ** 53), hash(1 + 2j), hash(3 + 0j) == hash(3), bool(0j), bool(1j))
print((1 + 2j).real, (1 + 2j).imag, (1 + 2j).conjugate(), (1 + 2j).__getnewargs__(), +1j)
print(format(1 + 2j, '.2f'), format(1 + 2j, '>12'), format(1.5 + 2j, 'e'), f'{1 + 2j}')
class Sub(complex):
    pass
print(Sub(1, 2), type(Sub(1) + 1).__name__, complex(Sub(1)))
