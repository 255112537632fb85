# exit: 1
# A program that does not parse prints where, and nothing of it runs.
print("never printed")
values = [1, 2
print(values)
