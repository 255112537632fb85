# Locals of frames, written through: PEP 667.
import builtins
import re


def print(*values):
    builtins.print(re.sub(r'0x[0-9a-f]+', '0x', ' '.join(map(str, values))))


import sys
def t(f):
    try: return repr(f())
    except BaseException as e: return type(e).__name__+': '+str(e)
def f(a, b=2):
    c = [1]
    def g(): return c, a
    p = sys._getframe().f_locals
    print(type(p), type(p).__module__, [x for x in dir(p) if x not in dir(object)])
    print(t(lambda: p['zz']), t(lambda: p[1]), t(lambda: p['a']), t(lambda: p['c']))
    p['a'] = 10; p['new']=1; p[5]=6
    print(a, p, len(p), list(p), list(reversed(p)), p.keys(), p.values(), p.items())
    print(t(lambda: p.pop('a')), t(lambda: p.pop('new')), t(lambda: p.pop('new')), t(lambda: p.pop('new',3)), t(lambda: p.popitem()), t(lambda: p.clear()))
    def d(k):
        def q(): del p[k]
        return q
    print(t(d('a')), t(d(5)), t(d(5)), t(d('nope')), t(d([])))
    print(t(lambda: p.setdefault('a',3)), t(lambda: p.setdefault('w',3)), t(lambda: p.setdefault('v')), t(lambda: p.setdefault()))
    print(t(lambda: p.get('a')), t(lambda: p.get('a1')), t(lambda: p.get('a1',2)), t(lambda: p.get()))
    print('a' in p, 'zz' in p, 3 in p, t(lambda: [] in p), t(lambda: p == p), t(lambda: p == dict(p)), t(lambda: p==sys._getframe().f_locals), t(lambda: p==3), t(lambda:p<p), t(lambda: p!=p))
    print(t(lambda: hash(p)), t(lambda: type(p)()), t(lambda: type(p)(3)), t(lambda: type(p)(x=3)),t(lambda: p | {'z':1}), t(lambda: {'z':1} | p), t(lambda: p | 3), type(p|{}))
    print(t(lambda: p.update({'b':7})), b, t(lambda: p.update(3)), t(lambda: p.update([(1,2)])), t(lambda: p.update(q=1)),t(lambda: p.update()), t(lambda: p.copy()))
    p |= {'b': 9}; print(b, type(p))
    try: p |= 3
    except TypeError as e: print(e)
    print(t(lambda: p.__init_subclass__()), t(lambda: type('X',(type(p),),{})))
    x = 1; x2 = p; del x; print('x' in p); p['x']=4; print(x)
    print(sys._getframe().f_locals is sys._getframe().f_locals, locals() is locals(), type(p).__name__, isinstance(p, __import__('collections').abc.Mapping), p.__class__.__flags__&(1<<6))
    del p
    return sys._getframe()
fr=f(1)
print(sorted(map(str,fr.f_locals)))
fr.f_locals['a']=99; print(fr.f_locals['a'])
fr.clear(); print(dict(fr.f_locals))
print(sys._getframe().f_locals is globals())
class C:
    y=[sys._getframe().f_locals for i in [0]][0]
    print(type(y), y)
    z=[dict(sys._getframe().f_locals) for i in [0]][0]
    print(z)
    w=[locals() for i in [1]][0]; print(w)
    v=[eval('i') for i in [1]][0]; print(v)
def gen(a):
    yield 1
    yield a
g=gen(5); next(g); g.gi_frame.f_locals['a']=8; print(next(g))
