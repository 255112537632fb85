# Annotations of modules, classes and functions, got and set.
import builtins
import re


def print(*values):
    builtins.print(re.sub(r'0x[0-9a-f]+', '0x', ' '.join(map(str, values))))


import types
m=types.ModuleType('m')
def t(f):
    try: print(repr(f()))
    except BaseException as e: print(type(e).__name__,e)
t(lambda: m.__annotations__); t(lambda: m.__annotate__)
t(lambda: m.__dict__.keys())
m2=types.ModuleType('m2')
exec('x:int=1\nif True: y:str', m2.__dict__)
t(lambda: m2.__annotations__); t(lambda: sorted(m2.__dict__)); t(lambda: m2.__annotate__)
m2.__annotate__=None
t(lambda: m2.__annotations__)
m2.__annotate__=lambda f:{'q':f}
t(lambda: m2.__annotations__); 
del m2.__annotations__
t(lambda: m2.__annotations__); 
t(lambda: setattr(m2,'__annotate__',3)); t(lambda: delattr(m2,'__annotate__'))
t(lambda: setattr(m2,'__annotations__',3)); t(lambda: delattr(m2,'__annotations__')); t(lambda: delattr(m2,'__annotations__'))
m2.__annotate__=lambda f:3
t(lambda: m2.__annotations__); 
class C: 
    def __annotate__(f): return {'x': f}
    __annotate__=__annotate__
t(lambda: C.__annotations__); t(lambda: C.__annotate__)
class D:
    a: int
    def __annotate__(f): return {'a': str}
t(lambda: D.__annotations__)
class E:
    __annotate__ = lambda f: {'x':1}
t(lambda: E.__annotations__); t(lambda: type(E.__annotate__)); t(lambda: [k for k in E.__dict__ if 'ann' in k])
class F:
    x: int
t(lambda: [k for k in F.__dict__ if 'ann' in k]); F.__annotations__;t(lambda: [k for k in F.__dict__ if 'ann' in k])
def f(x:int): pass
t(lambda: f.__annotate__.__qualname__); t(lambda: F.__annotate__.__qualname__); 
class G:
  def f(self,x:int): pass
t(lambda: G.f.__annotate__.__qualname__)
exec("class K:\n  x: int\nprint(K.__annotate__.__qualname__)")
t(lambda: [x for x in vars(type) if 'ann' in x]); t(lambda: [x for x in vars(types.ModuleType) if 'ann' in x])
t(lambda: type.__annotations__); t(lambda: int.__annotations__); t(lambda: int.__annotate__); t(lambda: setattr(int,'__annotations__',{})); t(lambda: setattr(int,'__annotate__',None))
t(lambda: type.__type_params__)
t(lambda: list.append.__module__); t(lambda: [].append.__module__); t(lambda: list.__dict__['__class_getitem__'].__module__)
t(lambda: int.__add__.__module__); t(lambda: (1).__add__.__module__)
try:
    exec('''class X:
    if True:
        x: int
    else: y: int
    __conditional_annotations__ = 3
print(X.__annotations__)''')
except BaseException as e: print(type(e), e)
try:
    exec('''
if True:
        x: int
__conditional_annotations__ = 3
if 1: y:int
''', {})
except BaseException as e: print(type(e), e)
class D:
    a: int
    def __annotate__(f): return {'a': str}
print([k for k in D.__dict__ if 'ann' in k], D.__annotate__, D.__annotations__)
print([k for k in D.__dict__ if 'ann' in k])
class D:
    def __annotate__(f): return {'a': str}
    a: int
print([k for k in D.__dict__ if 'ann' in k], D.__annotate__, D.__annotations__)
D.__annotate__ = lambda f: {'z':1}
print([k for k in D.__dict__ if 'ann' in k], D.__annotate__, D.__annotations__)
class E:
    __annotate_func__ = 5
    a: int
print([k for k in E.__dict__ if 'ann' in k], E.__annotate__)
E.__annotate__ = None
print([k for k in E.__dict__ if 'ann' in k], E.__annotate__)
class F:
    __annotate__ = None
    __annotations__ = {'a': 3}
    a: int
print([k for k in F.__dict__ if 'ann' in k], F.__annotate__, F.__annotations__)
import types
def f(): pass
class X: pass
mod = types.ModuleType("mod")
for o in (f, mod, X):
    print(o.__annotations__, o.__annotate__)
    o.__annotate__ = lambda x: {"x": x}
    print(o.__annotations__)
    o.__annotate__ = None
    print(o.__annotations__)
    o.__annotations__={'q':1}
    print(o.__annotations__, o.__annotate__)
    del o.__annotations__
    print(o.__annotations__, o.__annotate__)
def f(x:int): pass
print(f.__annotate__.__qualname__, f.__annotate__.__code__.co_qualname)
class F:
    x: int
print(F.__annotate__.__qualname__, F.__annotate__.__code__.co_qualname)
def outer():
    def g(x:int): pass
    return g
print(outer().__annotate__.__qualname__, outer().__annotate__.__code__.co_qualname)
