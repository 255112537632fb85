# errno and _stat: names, numbers and what modes mean.
import errno, _stat

print(sorted(errno.errorcode.items()))
print({n: getattr(errno, n) for n in dir(errno) if n[0] == 'E'})
print({n: getattr(_stat, n) for n in dir(_stat) if type(getattr(_stat, n)) is int})
for mode in ['x', -1, 2**40, 1.5, None, 2**64, True, 0o100644, 0o41777, 0o104755, 0o140000, 0o120777, 0o106000]:
    for f in (_stat.S_ISDIR, _stat.S_ISREG, _stat.S_ISLNK, _stat.S_IMODE, _stat.S_IFMT, _stat.filemode):
        try:
            print(f.__name__, mode, f(mode))
        except Exception as e:
            print(f.__name__, mode, type(e).__name__, e)
