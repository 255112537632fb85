"""sys.monitoring: events with their places, switching them off, refusals."""
import sys
m=sys.monitoring
E=m.events
m.use_tool_id(0,'t')
ev=[n for n in dir(E) if n.isupper() and n not in('NO_EVENTS','BRANCH','INSTRUCTION')]
log=[]
def mk(n):
    def cb(code,*a):
        if code.co_filename!=__file__: return
        log.append((n,code.co_name)+tuple(x if isinstance(x,int) else getattr(x,'__name__',None) or ('MISSING' if x is m.MISSING else type(x).__name__) for x in a))
    return cb
for n in ev: m.register_callback(0,getattr(E,n),mk(n))
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
    while b > 5: b -= 3
    if b: b=1
    else: b=2
    return len([b])
class K:
    def __init__(self): self.x=1
    def m(self): return self.x
def g():
    try: raise ValueError
    finally: pass
def h():
    int('x')
async def co(): return 1
async def aw(): return await co()
total=0
for n in ev:
    if n not in('C_RETURN','C_RAISE'): total|=getattr(E,n)
m.set_events(0,total)
f(1)
K().m()
try: g()
except ValueError: pass
try: h()
except ValueError: pass
gg=gen(); next(gg)
try: gg.throw(KeyError)
except KeyError: pass
try: aw().send(None)
except StopIteration: pass
m.set_events(0,0)
for l in log: print(l)
# disable
log.clear()
def once(code,line):
    if code.co_filename==__file__: log.append(line)
    return m.DISABLE
m.register_callback(0,E.LINE,once)
m.set_local_events(0,f.__code__,E.LINE)
f(1);f(1)
print(log); m.restart_events(); f(1); print(len(log))
print(m.get_local_events(0,f.__code__), m.get_events(0), m._all_events())
m.set_local_events(0,f.__code__,0)
for a in [(0,1<<30),(0,E.C_RETURN),(9,1),(3,1)]:
    try: m.set_events(*a)
    except ValueError as e: print(e)
try: m.set_local_events(0,f.__code__,E.RAISE)
except ValueError as e: print(e)
m.register_callback(0,E.PY_UNWIND,lambda *a: m.DISABLE)
m.set_events(0,E.PY_UNWIND)
try: g()
except ValueError as e: print(repr(e))
m.free_tool_id(0)
