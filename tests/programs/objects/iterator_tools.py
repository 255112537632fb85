# enumerate, zip, map, filter and reversed.
def show(function):
    try:
        print(repr(function()))
    except Exception as error:
        print(type(error).__name__, error)

print(list(enumerate('ab')), list(enumerate('ab', 5)), list(enumerate(iterable='a', start=2 ** 63 - 1)), list(enumerate('ab', 2 ** 63 - 1)))
show(lambda: enumerate())
show(lambda: enumerate([], x=1))
show(lambda: enumerate([], 1.5))
show(lambda: enumerate(1))
show(lambda: enumerate(1, 2, 3))
print(list(zip()), list(zip('ab', [1, 2, 3])), list(zip('a')), dict(zip('ab', range(2))))
kept = [pair for pair in zip('abc', 'def')]
print(kept, len({id(pair) for pair in kept}))
show(lambda: list(zip([1], [2, 3], strict=True)))
show(lambda: list(zip([1], [2], [], strict=True)))
show(lambda: list(zip([1, 2], [2], strict=True)))
show(lambda: list(zip([1], [2], [3, 4], strict=True)))
show(lambda: zip(1))
show(lambda: zip(x=1))
print(zip('ab', strict=True).__reduce__()[2], len(zip('ab').__reduce__()))
print(list(map(str, range(3))), list(map(lambda *a: a, 'ab', 'cd')), list(map(lambda *a: a, 'a', 'b', 'c', 'd', 'e', 'f')))
show(lambda: map())
show(lambda: map(str))
show(lambda: map(str, [1], x=2))
show(lambda: list(map(lambda *a: a, [1], [2, 3], strict=True)))
show(lambda: list(map(lambda *a: a, [1, 2], [3], strict=True)))
show(lambda: list(map(int, ['1', 'x'])))
print(list(filter(None, [0, 1, '', 'a'])), list(filter(bool, [0, 2])), list(filter(lambda n: n % 2, range(6))))
show(lambda: filter())
show(lambda: filter(None, [], x=1))
print(list(reversed([1, 2, 3])), list(reversed('abc')), list(reversed((1, 2))), list(reversed({'a': 1, 'b': 2})))
show(lambda: reversed(1))
show(lambda: reversed({1}))
show(lambda: reversed())
show(lambda: reversed([], x=1))
class Sequence:
    def __len__(self):
        return 3
    def __getitem__(self, at):
        return at * 10
backwards = reversed(Sequence())
print(backwards.__length_hint__(), next(backwards), backwards.__reduce__()[2], list(backwards), backwards.__length_hint__())
class Never:
    __reversed__ = None
    __len__ = Sequence.__len__
    __getitem__ = Sequence.__getitem__
show(lambda: reversed(Never()))
class Sub(zip):
    pass
print(list(Sub('a', 'b')), type(Sub()).__name__)
