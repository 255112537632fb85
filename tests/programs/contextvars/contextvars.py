import _contextvars
from _contextvars import *
def mask(text):
    # Addresses differ from run to run.
    parts = str(text).split('0x')
    return parts[0] + ''.join('0x' + part.lstrip('0123456789abcdef') for part in parts[1:])
def t(f,*a,**k):
    try: print(mask(f(*a,**k)))
    except BaseException as e: print(type(e).__name__,mask(e))
v=ContextVar('v'); w=ContextVar('w',default=3); t(v.get); t(v.get,5); t(w.get); t(w.get,7); tok=v.set(1); t(v.get); t(lambda:tok.var is v); t(lambda:tok.old_value); t(lambda:tok.old_value is Token.MISSING); t(repr,Token.MISSING); t(v.reset,tok); t(v.reset,tok); t(v.get); t(v.reset,3); t(w.reset,v.set(2)); t(repr,v); t(repr,w); t(repr,tok); t(repr,v.set(9))
c=copy_context(); t(len,c); t(lambda:v in c); t(lambda:w in c); t(lambda:c[v]); t(lambda:c[w]); t(lambda:c[3]); t(lambda:3 in c); t(c.get,v); t(c.get,w); t(c.get,w,8); print(list(c)==[v],list(c.keys())==[v],list(c.values()),len(list(c.items()))); t(lambda:c==copy_context()); t(c.run); t(c.run,lambda:c.run(int)); t(c.run,v.set,11); t(lambda:c[v]); t(v.get); t(hash,c); t(ContextVar); t(ContextVar,3); t(Token); t(Context,1); t(lambda:ContextVar[int]); t(lambda:Token[int]); t(c.run,lambda *a,**k:(a,k),1,x=2); t(lambda: v.name); t(setattr,v,'name',3)
with v.set(100) as tk: print(v.get(), type(tk))
t(v.get); e=Context(); t(e.run,v.get); t(e.run,lambda:v.reset(tk)); t(lambda:e.copy()==e); tk2=v.set(4); t(e.run,v.reset,tk2); t(len,e)
vs=[ContextVar(str(i)) for i in range(300)]
def many():
    ts=[x.set(i) for i,x in enumerate(vs)]
    assert [x.get() for x in vs]==list(range(300)); print(len(copy_context()))
    for x,tt in list(zip(vs,ts))[::2]: x.reset(tt)
    print(len(copy_context()), [x.get(None) for x in vs][:6])
e.run(many); t(len,e); t(c.run,lambda:1/0); t(lambda:Context()==3); t(v.__hash__()==hash(v).__index__); t(lambda:c.__setitem__)
