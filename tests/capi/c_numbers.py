import c_numbers as c

for number in (0, 1, -1, 255, -256, 2**31, -(2**31), 2**62, -(2**63), 2**63, 2**64 - 1, 2**64, -(2**70), 2**95, -(2**95), 10**40):
    print(number, c.ints(number))
class Index:
    def __index__(self):
        return 12
for thing in (5, -5, 2**70, -(2**70), 10**400, 1.5, "x", None, Index(), 2 + 3j):
    print(type(thing).__name__, c.errors(thing))
print(c.digits())
for text, base in (("12", 10), (" 0x1F ", 0), ("1_000", 10), ("-z", 36)):
    print(c.parse(text, base))
for text, base in (("12x", 10), ("", 0), ("5", 1)):
    try:
        c.parse(text, base)
    except ValueError as error:
        print(error)
for value in (0.0, -0.0, 1.5, -2.25, 1 / 3, 65504.0, 6e-8, 1e-9, float("inf")):
    print(c.pack(value))
for value in (65520.0, 1e300):
    try:
        c.pack(value)
    except OverflowError as error:
        print(error)
print(c.complexes(3 + 4j), c.complexes(2), c.complexes(1.5))
