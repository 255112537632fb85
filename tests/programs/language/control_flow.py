# if, while, for, break, continue, else clauses, pass, assert and del.
def classify(n):
    if n < 0:
        return "negative"
    elif n == 0:
        return "zero"
    else:
        return "positive"


print([classify(n) for n in (-5, 0, 5)])

# The else clause of a loop runs unless break left the loop.
for limit in (10, 3):
    for i in range(5):
        if i == limit:
            print("broke at", i)
            break
    else:
        print("no break up to", limit)

n = 0
while n < 10:
    n += 1
    if n % 2:
        continue
    if n > 6:
        break
    print("even", n)
else:
    print("not reached")
print("n", n)

# The loop variable outlives the loop, and the list may change under it.
items = [1, 2, 3]
for item in items:
    if item < 3:
        items.append(item + 10)
print(items, item)

for _ in ():
    pass
else:
    print("an empty loop runs its else")

for a, (b, *c) in [(1, (2, 3, 4)), (5, "xyz")]:
    print(a, b, c)

for i in range(3):
    for j in range(3):
        if j == i:
            break
        print(i, j, end="; ")
    else:
        continue
print()

try:
    assert 1 + 1 == 3, "arithmetic " + "works"
except AssertionError as error:
    print("AssertionError:", error, error.args)
try:
    assert ()
except AssertionError as error:
    print(repr(error))

x = 1
del x
try:
    x
except NameError as error:
    print(error, error.name)

for bad in (5, None, 1.5):
    try:
        for _ in bad:
            pass
    except TypeError as error:
        print(error)

# finally runs on every way out of a loop.
for i in range(3):
    try:
        if i == 0:
            continue
        if i == 1:
            break
    finally:
        print("finally", i)


def returns_twice():
    for i in range(3):
        try:
            return "from try"
        finally:
            print("leaving")


print(returns_twice())
