def f[T:int, *Ts, **P](a:T,*args:*Ts)->T: return a
print(f.__type_params__, f.__type_params__[0].__bound__)
class C[T, U=int]:
    x:T
    def m[V:(int,str)](self): return V
print(C.__type_params__, C.__orig_bases__, C.__parameters__, C[int,str], C.__mro__, C[int])
print(C().m().__constraints__)
type A[T]=list[T]|B
type B=int
print(A, A[int], A.__value__, A.__type_params__, A.__module__, A.__type_params__[0].__module__)
import typing, pickle
T=typing.TypeVar('T')
print(pickle.loads(pickle.dumps(T)) is T, typing.List[T][int], list[T][int], typing.Callable[[T],T][int], typing.Dict[str,T])
P=typing.ParamSpec('P'); print(typing.Callable[P,T][[int,str],int])
Ts=typing.TypeVarTuple('Ts'); print(tuple[*Ts][int,str], typing.Generic[T,*Ts])
class G(typing.Generic[T]): pass
print(G[int], G[T][str], G.__parameters__, isinstance(G[int](),G))
try: G[int,str]
except TypeError as e: print(e)
class Z[*Ts=*tuple[int,str]]: pass
print(Z.__type_params__[0].__default__, Z.__type_params__[0].has_default())
import copy; print(copy.copy(T) is T, copy.deepcopy(P) is P)
def g[T=undefined](): pass
try: g.__type_params__[0].__default__
except NameError as e: print(e)
print(typing.get_type_hints(f), f.__annotations__)
type Rec = dict[str, Rec]
print(Rec.__value__)
print(T | None, typing.Optional[T], typing.Union[int, T])
import annotationlib
print(annotationlib.call_evaluate_function(g.__type_params__[0].evaluate_default, annotationlib.Format.STRING))
class NT(typing.NamedTuple):
    a:int
    b:str='x'
print(NT(1))
class TD(typing.TypedDict):
    a:int
print(TD(a=1), typing.get_type_hints(TD))
class Pr(typing.Protocol):
    def m(self): ...
print(isinstance(3,typing.Hashable), issubclass(int, typing.Hashable))
import weakref; weakref.ref(T); weakref.ref(P.args)
try: type("X",(typing.Generic[T],),{})
except TypeError as e: print(e)
import gc
def cyc():
    v=typing.TypeVar('v'); v.me=v
for i in range(100): cyc()
gc.collect()
