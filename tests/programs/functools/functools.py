import _functools as functools, _operator as operator, _abc, _weakref, atexit
partial=functools.partial; reduce=functools.reduce; cmp_to_key=functools.cmp_to_key; Placeholder=functools.Placeholder
def mask(text):
    # Addresses differ from run to run.
    parts = str(text).split('0x')
    return parts[0] + ''.join('0x' + part.lstrip('0123456789abcdef') for part in parts[1:])
def t(f,*a,**k):
    try: print(mask(f(*a,**k)))
    except BaseException as e: print(type(e).__name__,mask(e))
class P(partial): pass
t(repr,P(int)); t(partial); t(partial,3); t(partial,int,Placeholder); t(partial,int,a=Placeholder)
t(lambda: partial(int,Placeholder,2)())
t(lambda: cmp_to_key()); K=cmp_to_key(lambda a,b:a-b); t(K); t(K,1,2); t(lambda:K(1)<3); t(hash,K(1)); t(type,K(1)); t(lambda:K<K); t(lambda:K(obj=3).obj)
t(lambda:(K(1)<K(2),K(1)==K(1),K(3)<=K(2))); t(sorted,[3,1,2],key=K)
t(operator.indexOf,3,4); t(operator.countOf,3,4); t(operator.concat,1,2);t(operator.concat,[],2); t(operator.iconcat,1,2); t(operator.length_hint,3,'a'); t(operator.length_hint,3,-1)
t(operator.itemgetter); t(operator.itemgetter(1)); t(operator.itemgetter(1),1,2); t(operator.itemgetter(1),[],a=2); t(operator.attrgetter); t(operator.attrgetter,3); t(operator.methodcaller); t(operator.methodcaller,3); t(repr,operator.methodcaller('a',1,b=2)); t(operator.attrgetter('a'),1,2); t(operator.methodcaller('a'),1,2); t(operator.methodcaller('a'))
t(operator._compare_digest,'é','a');t(operator._compare_digest,'a',b'a');t(operator._compare_digest,'ab','ab');t(operator._compare_digest,b'ab',b'abc');t(operator._compare_digest,b'ab',bytearray(b'ab')); t(repr,operator.itemgetter(1,2)); t(operator.itemgetter(1,2).__reduce__)
t(functools._lru_cache_wrapper,3,1,1,1); t(functools._lru_cache_wrapper,int,'a',True,int); t(reduce,int,3); t(reduce,int,[]); t(reduce,int); t(partial(int).__setstate__,3); t(functools._PlaceholderType,1); t(lambda: partial(int,**{'a':1}).__reduce__())
t(lambda:operator.itemgetter(1,a=1)); t(lambda:operator.attrgetter('a',a=1)); t(lambda:operator.methodcaller('a')(1,x=1))
t(operator.call); t(operator.index,'a'); t(operator.call,print,1,2,sep='-')
def f(*a,**k): return a,k
p=partial(f,1,Placeholder,3,a=1,b=2)
t(p,2); t(p,2,4,b=5,c=6); print(mask(p)); t(partial(p,9)); q=partial(p,9,8,c=7); t(q,5); print(mask(q)); print(q.args,q.keywords)
t(reduce,lambda a,b:a*10+b,[1,2,3]); t(reduce,lambda a,b:a*10+b,[1,2,3],initial=9); t(reduce,operator.add,[],7)
class M:
    pm=partial(f,1); x=5
    class y: z=7
m=M(); t(lambda:m.pm(2)[0][0]); print(operator.attrgetter('x','y.z')(m)); print(operator.attrgetter('y.z')(m)); print(operator.itemgetter(1)([1,2]),operator.itemgetter(1,0)((1,2)), operator.itemgetter('a')({'a':3}),operator.itemgetter(-1)((1,2)))
print(operator.methodcaller('split',',',maxsplit=1)('a,b,c'), operator.methodcaller('upper')('x'))
def info(*a): return a
calls=[]
def g(*a,**k): calls.append((a,k)); return len(calls)
for ms in (None,0,2):
    calls.clear()
    c=functools._lru_cache_wrapper(g,ms,False,info)
    print([c(1),c(2),c(1),c(3),c(2),c(1),c(1.0),c(a=1),c(a=1),c(1,2),c(1,2),c('x')],c.cache_info()); c.cache_clear(); print(c.cache_info()); c.foo=3; print(c.__dict__)
c=functools._lru_cache_wrapper(g,5,True,info); print(c(1)==c(1.0), c(a=1)==c(a=1.0))
def fib(n): return n if n<2 else fib(n-1)+fib(n-2)
fib=functools._lru_cache_wrapper(fib,None,False,info); print(fib(80))
class H: 
    c=functools._lru_cache_wrapper(g,5,True,info)
h=H(); print(h.c(1)==h.c(1)); r=_weakref.ref(c); print(r() is c); del c; print(r())
# abc
class Meta(type):
    def __new__(m,n,b,ns,**k):
        c=super().__new__(m,n,b,ns,**k); _abc._abc_init(c); return c
    def register(c,s): return _abc._abc_register(c,s)
    def __instancecheck__(c,i): return _abc._abc_instancecheck(c,i)
    def __subclasscheck__(c,s): return _abc._abc_subclasscheck(c,s)
class A(metaclass=Meta):
    def foo(self): pass
    foo.__isabstractmethod__=True
    __abc_tpflags__=1<<5
t(A); print(A.__abstractmethods__)
class B(A):
    def foo(self): pass
class C: pass
print(isinstance(B(),A),isinstance(C(),A),issubclass(C,A)); tok=_abc.get_cache_token(); A.register(C); print(isinstance(C(),A),issubclass(C,A),_abc.get_cache_token()-tok, hasattr(A,'__abc_tpflags__'))
match C():
    case [*_]: print('seq')
    case _: print('no')
t(A.register,3); t(B.register,A); t(issubclass,3,A); t(isinstance,3,A); t(_abc._get_dump,int); print(len(_abc._get_dump(A)))
class D(metaclass=Meta):
    @classmethod
    def __subclasshook__(c,s): return True if s is int else NotImplemented
print(issubclass(int,D),isinstance(3,D),isinstance('a',D))
def cb(r): print('cb')
class O: pass
o=O(); r=_weakref.ref(o,cb); p=_weakref.proxy(o); print(_weakref.getweakrefcount(o),len(_weakref.getweakrefs(o))); d={1:_weakref.ref(o)}; _weakref._remove_dead_weakref(d,1); print(len(d)); del o; _weakref._remove_dead_weakref(d,1); print(len(d)); t(lambda:p.x); t(_weakref._remove_dead_weakref,{1:2},1)
atexit.register(print,1,sep=2); print(atexit._ncallbacks()); atexit.unregister(print); print(atexit._ncallbacks()); t(atexit.register); t(atexit.register,3)
def fn(*a): print('exit',a)
atexit.register(fn,1); atexit.register(fn,2); atexit._run_exitfuncs(); print(atexit._ncallbacks())
print(functools.partial.__text_signature__, functools.reduce.__text_signature__,operator.itemgetter.__text_signature__, operator.mod.__name__,operator.imod.__name__,operator.mod(7,4))
