# Arithmetic, comparison and boolean operators, and the order in which operands are evaluated.
def shown(label, value):
    print(label, end=" ")
    return value


print(7 // 2, -7 // 2, 7 % 3, -7 % 3, 7 % -3, 2 ** 10, 2 ** -1, 7 / 2)
print(1_000_000 * 1_000_000, 2 ** 100, -(2 ** 64) // 3, (2 ** 64) % 1000)
print(0b1010 & 0x6, 0o17 | 16, 5 ^ 1, ~5, 1 << 70, -1 >> 3)
print(0.1 + 0.2, 1e16, 1e-5, 1.0, -0.0, 1e308 * 10, 1.5 // 0.4, -1.5 % 0.4)
print(divmod(-7, 2), divmod(7.5, 2), pow(3, 20, 7), round(2.5), round(3.5), round(2.675, 2), abs(-3))

# Operands go from left to right; ** groups to the right.
print(shown("a", 1) + shown("b", 2) * shown("c", 3))
print(2 ** 3 ** 2, -2 ** 2, not 1 == 2)

# A chain of comparisons evaluates each operand once and stops at the first that fails.
print(shown("x", 1) < shown("y", 2) < shown("z", 3))
print(shown("x", 3) < shown("y", 2) < shown("z", 1))
print(1 < 2 > 0 != 5, 1 == 1.0 == True)

# `and` and `or` give an operand, not a bool.
print(shown("l", 0) or shown("r", []))
print(shown("l", "") and shown("r", 1))
print(0 or None or "last", 1 and [] and "never", not [] and not "")

print("yes" if [0] else "no", "yes" if [] else "no")
print(1 in [1, 2], 3 not in (1, 2), "b" in "abc", None is None, [] is not [])
print([1, 2] + [3] * 2, "ab" * 3, (1,) * 0, "a" "b" 'c')
print([1, 2, 3] < [1, 2, 4], (1, 2) < (1, 2, 0), "a" < "b" <= "b", {1} < {1, 2})

# The walrus binds in the scope around it.
if (n := len("seven")) > 4:
    print("n is", n)
print([y := 1, y + 1, (y := 10), y], y)

for left, right in ((1, "a"), ("a", 1), ([], {}), (None, 1)):
    for symbol, operation in (("+", lambda a, b: a + b), ("<", lambda a, b: a < b), ("-", lambda a, b: a - b)):
        try:
            print(operation(left, right))
        except TypeError as error:
            print(symbol, error)

for make in (lambda: 1 // 0, lambda: 1 % 0, lambda: 1 / 0, lambda: 1.0 // 0, lambda: 0 ** -1, lambda: 1 << -1, lambda: -"a", lambda: ~1.5):
    try:
        print(make())
    except (ZeroDivisionError, ValueError, TypeError) as error:
        print(type(error).__name__, error)
