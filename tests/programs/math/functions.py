import math,sys
def t(n,*a,**k):
    try: r=repr(getattr(math,n)(*a,**k))
    except BaseException as e: r=type(e).__name__+": "+str(e)
    print(n,[x if isinstance(x,(int,float,str,list,tuple,type(None))) else type(x).__name__ for x in a],k,'->',r)
inf=math.inf;nan=math.nan
for n in ['acos','asin','atan','atanh','ceil','cos','cosh','degrees','exp','exp2','expm1','fabs','factorial','floor','frexp','gamma','isfinite','isinf','isnan','isqrt','lgamma','log','log10','log1p','log2','modf','radians','sin','sinh','sqrt','tan','tanh','trunc','ulp','fsum','prod','hypot','gcd','lcm','perm']:
    for v in [1.0,0.0,-0.0,-1,-1.5,2,5,30,171,1000.,-1000.,inf,-inf,nan,10**400,-10**400,'a',None,True]:
        t(n,v)
for n in ['atan2','copysign','fmod','remainder','pow','ldexp','nextafter','comb','perm','dist','sumprod','isclose','log','gcd','lcm','hypot']:
    for v in [(1,2),(0.0,-1),(-1,0.0),(0,0),(5,-3),(inf,2),(2,inf),(nan,1),(-8,1/3),(10**400,2),(2,10**400),(3,5000),('a',1),(1,'a'),([1,2],[3,4]),((1.,2),(3,))]:
        t(n,*v)
t('fma',1,2,3);t('fma',inf,0,1);t('fma',inf,0,nan);t('fma',1e308,10,1);t('fma',inf,1,-inf);t('fma',1,2);t('fma','a',1,1)
t('perm',5);t('perm',5,None);t('perm',-1);t('perm',5,-1);t('perm',1.5);t('comb',5,2);t('comb',5,6);t('comb',-5,2);t('comb',5,-2);t('comb',5);t('comb',2**70,2**70-1);t('comb',2**70,2**65);t('perm',2**70,2**65);t('perm',2**70,1);t('comb',5.0,1);t('factorial',5.0);t('factorial',2**70)
t('log',8,2);t('log',8,1);t('log',8,0);t('log',8,-1);t('log',0,2);t('log');t('log',1,2,3);t('log',10**400,10);t('log2',2**1000);t('log10',10**500);pass
t('dist',[1,2],[3,4]);t('dist',[1],[3,4]);t('dist',(1,2),(3,4));t('dist',(1,2),'ab');t('dist',(inf,nan),(0,0));t('dist',(),());t('dist',(1,2),5)
t('hypot');t('hypot',3,4);t('hypot',1e308,1e308);t('hypot',5e-324,5e-324);t('hypot',nan,inf);t('hypot','a');t('hypot',1,2,3,4,5)
t('isclose',1,1.0000000001);t('isclose',1,1.1,rel_tol=.2);t('isclose',1,2,rel_tol=-1);t('isclose',1,2,abs_tol=-1);t('isclose',inf,inf);t('isclose',inf,-inf);t('isclose',1);t('isclose',1,2,3)
t('nextafter',1,2,steps=3);t('nextafter',1,2,steps=-3);t('nextafter',1,2,steps=10**30);t('nextafter',0,1,steps=10**30);t('nextafter',-1.,1,steps=2**62);t('nextafter',1,2,3);t('nextafter',1,2,steps=1.5);t('nextafter',1,1);t('nextafter',0.0,-0.0);t('nextafter',1,nan,steps=2);t('nextafter',1,2,steps=0);t('nextafter',1,2,steps=None)
t('ldexp',1,5000);t('ldexp',1.,-5000);t('ldexp',0,10**30);t('ldexp',1,10**30);t('ldexp',-1,-10**30);t('ldexp',1,1.);t('ldexp','a',1);t('ldexp',inf,10**30)
t('fsum',[1e308,1e308,-1e308]);t('fsum',[inf,-inf]);t('fsum',[.1]*10);t('fsum',[inf]);t('fsum',[nan]);t('fsum',['a']);t('fsum',[1e308]*2);t('fsum',5);t('fsum',[inf,nan]);t('fsum',[10**400])
t('sumprod',[1,2],[3,4]);t('sumprod',[1.5,2],[3,4]);t('sumprod',[1],[3,4]);t('sumprod',[1,2],[3]);t('sumprod',['a'],[3]);t('sumprod',['a'],['b']);t('sumprod',[inf],[0]);t('sumprod',[True,2.5],[False,1]);t('sumprod',[10**20,1],[10**20,2]);t('sumprod',[.1]*10,[1]*10);t('sumprod',1,2);t('sumprod',[10**400],[1.]);t('sumprod',[],[]);t('sumprod',[1j],[2]);t('sumprod',[1.0,2**63],[1,1]);t('sumprod',[1.,'ab'],[3,2])
t('prod',[1,2,3]);t('prod',[1.5,2]);t('prod',[]);t('prod',[],start=5);t('prod',['a',3]);t('prod',[1,2],3);t('prod',[2]*100);t('prod',[2,3.0,4]);t('prod',[2**40]*3+[1.5]);t('prod',[1,'a']);t('prod',5);t('prod',[2],start='ab');t('prod',[0,[1]]);t('prod',[1.0, 10**400])
t('gcd');t('gcd',4);t('gcd',-4);t('gcd',2**100,2**90*3,6);t('gcd',1.5);t('gcd',4,1.5);t('lcm');t('lcm',0,5);t('lcm',4,6,10**30);t('lcm',-4);t('lcm',1.,2);t('lcm',0,1.5)
t('isqrt',10**100);t('isqrt',1.5);t('isqrt',-1);pass
t('pow',0,-1);t('pow',-8,.5);t('pow',0.0,-inf);t('pow',-1,inf);t('pow',1,nan);t('pow',nan,0);t('pow',10.,400);t('pow',-0.0,-3);t('pow',2,-5000);t('pow',-2.0,1025)
t('fmod',5,0);t('fmod',inf,1);t('fmod',5,inf);t('fmod',5,-3);t('fmod',nan,0)
t('remainder',5,0);t('remainder',inf,1);t('remainder',5,inf);t('remainder',5,3);t('remainder',-5.5,2);t('remainder',nan,1)
class A:
    def __ceil__(s): return 'c'
    def __floor__(s): return 'f'
    def __trunc__(s): return 't'
t('ceil',A());t('floor',A());t('trunc',A());t('trunc',object());t('ceil',object());
class B:
    def __float__(s): return 2.5
class C:
    def __index__(s): return 2
for n in ['ceil','floor','trunc','sin','sqrt','factorial','log','log2','gamma','frexp','isqrt','fsum']: t(n,B());t(n,C())
t('trunc',2.5);t('atan2',1);t('frexp',5e-324);t('frexp',10.5);t('modf',-2.5);t('modf',inf);t('lgamma',-1);t('lgamma',0.);t('lgamma',-2.5);t('lgamma',1e306);t('lgamma',1e305);t('gamma',171.7);t('gamma',-170.5);t('gamma',-200.5);t('gamma',1e-310);t('gamma',0.5);t('gamma',20.);t('gamma',171.6)
t('perm',100,50);t('comb',100,50);t('comb',1000,500);t('factorial',100);t('comb',62,31);t('comb',67,33);t('perm',20,20);t('perm',21,21);t('comb',200,3)
for i in range(-400,400,7): t('gamma',i/10+.05);t('lgamma',i/3.)
