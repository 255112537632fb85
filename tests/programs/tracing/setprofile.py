"""sys.setprofile: calls and returns, of native functions too."""
import sys
def gen():
    yield 1
    yield 2
def f(a):
    b = a + 1
    for i in range(2):
        b += i
    try:
        1/0
    except ZeroDivisionError:
        pass
    for x in gen():
        b += x
    l = [y for y in (1,2)]
    while b > 5: b -= 3
    return b
def one(): return 5
def lam():
    return (lambda x: x+1)(2)
class K:
    def __init__(self): self.x = 1
    def m(self): return self.x
def g():
    raise ValueError
def prof(frame, event, arg):
    print(event, frame.f_code.co_name, arg.__name__ if event.startswith('c_') else arg)
sys.setprofile(prof)
f(1)
len([1])
[].append(1)
try: int('x')
except ValueError: pass
K().m()
sys.setprofile(None)
