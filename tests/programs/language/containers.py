# list, tuple, dict, set and their methods, slices, order and representation.
a = [3, 1, 2]
a.append(5); a.extend("xy"); a.insert(0, "first"); a.remove("x")
print(a, a.pop(), a.pop(0), a.index(5), a.count(1))
a.sort(); print(a)
a.reverse(); print(a, a.copy() is a, a == a.copy())
a[1:3] = ["s", "l", "i"]; print(a)
a[::2] = [0, 0, 0]; print(a)
del a[1::2]; print(a)
a.clear(); print(a, [1, [2, [3]]], [[]] * 2)
loop = [1]
loop.append(loop)
print(loop, [(1,), (), (1, 2)])
print(sorted([(2, "b"), (1, "z"), (2, "a")]), sorted(["aa", "b"], key=len), [1, 2, 3].__contains__(2))
d = {"b": 1, "a": 2}
d["c"] = 3
d["b"] = 10
print(d, d.get("z"), d.get("z", 0), d.pop("a"), d.pop("zz", "none"), d.setdefault("n", []), len(d))
d.update({"x": 1}, y=2)
del d["b"]
print(d, list(d), "x" in d, d.popitem(), d.keys() & {"x", "q"}, d | {"k": 1}, dict(a=1, **{"b": 2}), dict.fromkeys("ab", 0))
d |= [("z", 26)]
print(d == {"z": 26, "n": [], "x": 1, "c": 3}, {1: "int", 1.0: "float", True: "bool"}, {}.items(), d.values())
s = {3, 1, 2}
s.add(4); s.discard(9); s.remove(1)
print(s, s | {9}, s & {2, 3}, s - {2}, s ^ {2, 10}, s <= {2, 3, 4, 5}, s.isdisjoint({7}), set(), frozenset({1}), {1, 2} == {2, 1})
s -= {2}; s |= {7}; print(s, {frozenset(): 1}, len({1, 1.0, True}))
print({"a", "b", "c", "d", "e"}, {i * 7 for i in range(8)}, {"one": {"two": (3, [4])}})
t = (1, 2, 3, 2)
print(t.count(2), t.index(3), t[1:], t + (4,), t * 2, (1,), hash((1, 2)) == hash((1, 2)), t[-1])
print(slice(1, 2), slice(None, 5).indices(3), [1, 2, 3][slice(0, 2)], [0, 1, 2, 3, 4][-2:0:-1])
for attempt in (lambda: [].pop(), lambda: [1].remove(2), lambda: [1].index(5), lambda: {}.pop("k"), lambda: {}.popitem(), lambda: set().pop(), lambda: {1}.remove(2), lambda: {[]: 1}, lambda: {{}}, lambda: [1, 2].sort(key=5), lambda: (1,).__setitem__(0, 1),
                lambda: [1][1:2:0], lambda: [].__getitem__("a"), lambda: [1, 2].__setitem__(slice(None, None, 2), [1, 2, 3]), lambda: [] + (), lambda: {} | [], lambda: {1} | [1], lambda: dict(1), lambda: [1].insert("a", 1), lambda: [3, "a"].sort(), lambda: list(1, 2), lambda: [0] * 1.5):
    try:
        print(attempt())
    except Exception as error:
        print(type(error).__name__, error)


class Key:
    def __init__(self, n): self.n = n
    def __hash__(self): return 1
    def __eq__(self, other): return self.n == other.n


table = {Key(n): n for n in range(5)}
print(table[Key(3)], Key(9) in table, len(table))
