# stderr
# Doubtful code is warned of on standard error, and then runs.
def finally_returns():
    try:
        raise ValueError
    finally:
        return "returned"


print(finally_returns())
x = 5
print(x is 5)
print("\d")
assert (x, "always true")
