import _random
r = _random.Random(5)
print([r.random() for _ in range(3)], [r.getrandbits(k) for k in (1, 31, 32, 33, 64, 100)])
state = r.getstate()
print(len(state), r.random())
r.setstate(state)
print(r.random())
for seed in ("abc".__len__(), -5, 2**100, True, 1.5):
    r.seed(seed)
    print(seed, r.random())
