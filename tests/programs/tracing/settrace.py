"""sys.settrace: events, their lines and arguments."""
import sys
import warnings

warnings.simplefilter("ignore")
def tracer(frame, event, arg):
    print(event, frame.f_code.co_name, frame.f_lineno, type(arg).__name__ if event!='exception' else arg[0].__name__)
    return tracer
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
sys.settrace(tracer)
f(1)
one()
lam()
K().m()
try: g()
except ValueError: pass
gg = gen(); next(gg); gg.close()
async def co():
    return 1
try: co().send(None)
except StopIteration: pass
exec("x=1\ny=2")
sys.settrace(None)

def dbg():
    x = 1
    sys._getframe().f_trace = tracer
    sys.settrace(tracer)
    y = 2
    return y
dbg()
sys.settrace(None)

# A debugger goes on at another line.
def jumper(frame, event, arg):
    if event == 'line' and frame.f_lineno == frame.f_code.co_firstlineno + 2 and not seen:
        seen.append(1)
        try:
            frame.f_lineno = frame.f_code.co_firstlineno + target
        except ValueError as error:
            print('ValueError:', error)
    return jumper
def jumped():
    out = [1]
    out.append(2)
    out.append(3)
    for i in 1, 2:
        out.append(i)
    try:
        out.append(4)
    except ValueError:
        out.append(5)
    return out
for target in 3, 1, 5, 9, 10, 0, -3, 40:
    seen = []
    sys.settrace(jumper)
    result = jumped()
    sys.settrace(None)
    print(target, result)
try:
    sys._getframe().f_lineno = 1
except ValueError as error:
    print(error)

# What a tracing function raises comes up in the traced frame, and ends the tracing.
def failing(frame, event, arg):
    raise RuntimeError('in tracer')
sys.settrace(failing)
try:
    one()
except RuntimeError as error:
    print(error, sys.gettrace())
