from itertools import *
import itertools
def mask(text):
    # Addresses differ from run to run.
    parts = str(text).split('0x')
    return parts[0] + ''.join('0x' + part.lstrip('0123456789abcdef') for part in parts[1:])
def t(f,*a,**k):
    try: print(mask(f(*a,**k)))
    except BaseException as e: print(type(e).__name__,mask(e))
def L(f,*a,**k):
    try: print(list(islice(f(*a,**k),20)))
    except BaseException as e: print(type(e).__name__,e)
L(accumulate,[1,2,3]); L(accumulate,[1,2,3],lambda a,b:a*b); L(accumulate,[1,2],initial=5); L(accumulate,[],initial=None); L(accumulate,[1,2],None)
L(batched,'abcdefg',3); L(batched,'abcdefg',3,strict=True); t(batched,'a',0); L(batched,'',3)
L(chain,'ab','cd'); L(chain.from_iterable,['ab','cd']); L(chain.from_iterable,3); L(chain,'a',3)
L(combinations,'abcd',2); L(combinations,'abc',4); L(combinations,'abc',0); t(combinations,'abc',-1); L(combinations_with_replacement,'abc',2); L(combinations_with_replacement,'',0);L(combinations_with_replacement,'',1)
L(compress,'abcdef',[1,0,1,0,1]); L(count); L(count,5,2); L(count,1.5,.5); t(repr,count(5)); t(repr,count(5,2)); t(repr,count(1.5)); t(count,'a'); L(count,2**63-2); L(count,2**70,-1); L(count,0,0); L(count,step=3)
L(cycle,'abc'); L(cycle,''); L(dropwhile,lambda x:x<3,[1,2,3,1]); L(takewhile,lambda x:x<3,[1,2,3,1]); L(filterfalse,None,[0,1,2,'']); L(filterfalse,lambda x:x%2,range(5)); L(filterfalse,bool,[0,1])
print([(k,list(g)) for k,g in groupby('aabbbc')]); print([(k,list(g)) for k,g in groupby([1,3,2,4,5],lambda x:x%2)]); print([k for k,g in groupby('aab')])
g=groupby('aab'); k,a=next(g); next(g); print(list(a))
L(islice,range(10),3); L(islice,range(10),2,None); L(islice,range(10),1,8,3); t(islice,[],-1); t(islice,[],'a'); t(islice,[],0,-1); t(islice,[],0,1,0); t(islice,[],None); t(islice,[],0,1,2,3); t(islice,[],a=1)
L(pairwise,'abcd'); L(pairwise,'a'); L(permutations,'abc'); L(permutations,'abc',2); L(permutations,'abc',4); t(permutations,'a',-1); t(permutations,'a','x'); L(permutations,'abc',None); L(permutations,'abc',0)
L(product,'ab','cd'); L(product,'ab',repeat=2); L(product); L(product,'',  'a'); t(product,repeat=-1); L(product,repeat=0); t(product,'a',x=1)
L(repeat,1); L(repeat,1,3); t(repr,repeat(1)); t(repr,repeat(1,3)); t(repeat(1,3).__length_hint__); t(repeat(1).__length_hint__); L(repeat,1,-3); L(repeat,object=1,times=2); t(repeat,1,'a')
L(starmap,lambda a,b:a+b,[(1,2),[3,4]]); L(starmap,lambda a,b:a+b,[3]); 
a,b=tee('abc'); print(list(a),list(b)); print(len(tee([],3)),tee([],0)); t(tee,[],-1); t(tee,3); a,b=tee(iter([1,2,3])); next(a); c=a.__copy__(); print(list(c),list(b),list(a)); d,e=tee(b); print(type(a))
def rec():
    yield next(x)
x,y=tee(rec()); t(next,x)
L(zip_longest,'abc','d'); L(zip_longest,'abc','d',fillvalue=0); L(zip_longest); t(zip_longest,'a',x=3); L(zip_longest,'a',3)
t(lambda:chain.__class_getitem__(int));
class Bad:
    def __iter__(s): return s
    def __next__(s): raise ValueError('x')
for f in (chain,cycle,pairwise,accumulate,lambda b:compress(b,[1]),lambda b:islice(b,2),groupby,lambda b:zip_longest(b,'a'),product,lambda b: batched(b,2)): L(f,Bad())
import sys
t(lambda:next(batched([1],5)));t(lambda:list(accumulate([1,2],lambda:0)))
