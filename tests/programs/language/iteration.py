# The iteration protocol and the builtins that use it.
class Countdown:
    def __init__(self, n): self.n = n
    def __iter__(self): return self
    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        return self.n


class Sequence:
    def __getitem__(self, index):
        if index >= 3:
            raise IndexError
        return index * 10


print(list(Countdown(3)), [*Sequence()], 20 in Sequence(), tuple(Countdown(2)), sum(Sequence()))
print(list(zip("abc", range(5), [True, False])), list(enumerate("ab", 5)), list(reversed([1, 2, 3])))
print(list(map(str, [1, 2])), list(filter(None, [0, 1, "", "a"])), list(filter(lambda n: n > 1, range(4))))
print(min(3, 1, 2), max("abc"), min([], default="none"), max([1, -5], key=abs), sorted("bca"), sorted([3, 1], reverse=True))
print(sum([1.5, 2]), sum([[1], [2]], []), all([]), any([]), list(range(5, 0, -2)), range(10)[2:5], len(range(0, 10, 3)))
it = iter([1, 2, 3])
print(next(it), list(it), next(it, "done"))
values = iter([1, 2, 0, 3])
print(list(iter(lambda: next(values), 0)))
print(list(zip()), list(zip([1, 2], [3, 4], strict=True)))
d = {"a": 1, "b": 2}
print(list(d), list(d.values()), list(d.items()), list(reversed(d)))


class NoIter: pass
class BadIter:
    def __iter__(self): return 5
class NotIterable:
    __iter__ = None
    def __getitem__(self, i): return i


for attempt in (lambda: iter(NoIter()), lambda: iter(BadIter()), lambda: iter(NotIterable()), lambda: next(5), lambda: next(iter([])), lambda: list(zip([1], [], strict=True)),
                lambda: min([]), lambda: sum(["a"]), lambda: reversed(5), lambda: sorted([1, "a"]), lambda: list(5), lambda: max(1), lambda: 5 in 5, lambda: range(1, 2, 0), lambda: enumerate(5), lambda: dict([1])):
    try:
        print(attempt())
    except (TypeError, StopIteration, ValueError) as error:
        print(type(error).__name__, error)


def changing():
    for key in d:
        d[key + "x"] = 1


try:
    changing()
except RuntimeError as error:
    print(error)
s = {1, 2}
try:
    for x in s:
        s.add(x + 10)
except RuntimeError as error:
    print(error)
lst = [1, 2, 3, 4]
for x in lst:
    lst.remove(x)
print(lst)
