# int, bool and float: conversion, representation, methods, limits and hashing.
print(int("42"), int("-0x1f", 16), int("0b101", 0), int("z", 36), int(3.99), int(-3.99), int(" 7 "), int("1_000"), int(True), int())
print(bin(10), oct(-8), hex(255), (255).bit_length(), (-256).bit_count(), (5).as_integer_ratio(), (10).to_bytes(2, "big"), int.from_bytes(b"\x01\x00", "little"))
print(float("1.5"), float("inf"), float("-nan"), float("1e400"), float(10 ** 20), float("  2_0.5 "), (1.5).is_integer(), (2.5).as_integer_ratio(), (0.1).hex(), float.fromhex("0x1.8p1"))
print(1e22, 1e23, 123456789012345678.0, 0.1, 1 / 3, 5e-324, 1.7976931348623157e308, 100000000000000000000.0, 1e15, 1e16, 0.0001, 0.00001)
print(10 ** 30, -(10 ** 30), 10 ** 30 // 7, -(10 ** 30) % 7, (10 ** 30) * (10 ** 30), 3 ** 200, (1 << 200) >> 190, (2 ** 70) & (2 ** 65 - 1), -(2 ** 70) | 1, ~(2 ** 70))
print(hash(1) == hash(1.0) == hash(True), hash(2 ** 61 - 1), hash(2 ** 61), hash(-1), hash(0.5), hash(float("inf")), hash(10 ** 30), hash(-2 ** 63))
print(2 ** 53 == float(2 ** 53), 2 ** 53 + 1 == float(2 ** 53), 10 ** 400 > 1e308, float("nan") == float("nan"), 0.0 == -0.0, 1 < 1.5 < 2)
print(True + True, True * 5, isinstance(True, int), bool("False"), bool(0.0), str(True), repr(False), True & False, True ^ True, ~True if False else -2)
print(round(1234.5678, -2), round(1234, -2), round(0.5), round(1.5), round(-2.5), round(5.015, 2), round(10 ** 20 + 0.5), divmod(10 ** 20, -3), pow(2, -1), pow(5, -1, 7), pow(2, 1000, 10 ** 9))
print((7).__floordiv__(2), (7).__add__("x"), (5).__truediv__(2), int.__add__(1, 2), (3).real, (3).imag, (3).numerator, 3 .denominator, 5 .__class__)
print(7.0 // 2, -7.0 // 2, 7.5 % 2, -7.5 % 2, 1e300 * 1e10, -1e300 * 1e10, 0.1 + 0.1 + 0.1, 2.0 ** 0.5, (-8.0) // 3, 2 ** 0.5, 1.0 % -0.3)
for attempt in (lambda: int("abc"), lambda: int(""), lambda: int("9", 8), lambda: int("1", 99), lambda: int(None), lambda: int([]), lambda: int("1.5"), lambda: int(float("nan")), lambda: int(float("inf")), lambda: float("abc"), lambda: float([]), lambda: float(10 ** 400), lambda: 2.0 ** 5000,
                lambda: 10 ** 400 / 3, lambda: 10 ** 400 * 1.0, lambda: pow(2, 5, 0), lambda: pow(2, -1, 4), lambda: round(1.5, "a"), lambda: 1 .to_bytes(0, "big"), lambda: (-1).to_bytes(1, "big"), lambda: "a" + 1, lambda: 1 + None, lambda: 1.5 & 1, lambda: int("1" * 5000), lambda: str(10 ** 5000), lambda: round("a"), lambda: abs("a"), lambda: divmod(1, 0), lambda: chr(10 ** 10), lambda: bin(1.5), lambda: int("12", 1.5), lambda: (1).foo):
    try:
        print(attempt())
    except Exception as error:
        print(type(error).__name__, error)


class Whole:
    def __int__(self): return 7
    def __float__(self): return 1.5
    def __index__(self): return 3
    def __round__(self, digits=None): return ("rounded", digits)
    def __abs__(self): return "abs"
    def __trunc__(self): return 9


w = Whole()
print(int(w), float(w), hex(w), [0, 1, 2, 3][w], round(w), round(w, 2), abs(w), range(w), "x" * w)


class MyInt(int):
    def __repr__(self): return f"MyInt({int(self)})"
    def __add__(self, other): return MyInt(int(self) + other)


print(MyInt(5), MyInt(5) + 1, 1 + MyInt(5), MyInt(5) * 2, type(MyInt(5) * 2).__name__, MyInt(5) == 5, {5: "five"}[MyInt(5)], f"{MyInt(5)}")
