import c_containers as c

print(c.tuples())
print(c.lists())
print(c.dicts("key"))
print(c.dicts(3.5))
print(c.sets([1, 2, 2]), c.sets("a"))
for part in (slice(None), slice(1, -1), slice(None, None, -2), slice(100, -100, -1), slice(-3, None)):
    print(part, c.slices(part, 7))
print(c.unfilled())
class Thing:
    pass
thing = Thing()
reference, alive, dead = c.weak(thing)
print(reference() is thing, alive, dead)
try:
    c.weak(5)
except TypeError as error:
    print(error)
class Numbers:
    def __getitem__(self, at):
        if at == 3:
            raise IndexError
        return at * at
print(c.iterators(Numbers(), iter("abcd").__next__, "c"))
for thing in ([], (), {}, set(), frozenset(), b"", "", len, Thing, None):
    print(type(thing).__name__, c.errors(thing))
