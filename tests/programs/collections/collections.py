from _collections import deque, OrderedDict, defaultdict
import _collections
def mask(text):
    # Addresses differ from run to run.
    parts = str(text).split('0x')
    return parts[0] + ''.join('0x' + part.lstrip('0123456789abcdef') for part in parts[1:])
def t(f,*a,**k):
    try: print(mask(f(*a,**k)))
    except BaseException as e: print(type(e).__name__,mask(e))
t(deque,3); t(deque,[1],-1); t(deque,[],'a'); t(deque,1,2,3); t(deque,a=1); t(deque,iterable=[1],maxlen=2)
d=deque([1,2,3]);t(d.pop,1);t(deque().pop);t(deque().popleft);t(lambda:d[5]);t(lambda:d['a']);t(lambda:d[1:2]);t(d.index,9);t(d.index,1,1);t(d.remove,9);t(d.rotate,1,2);t(d.rotate,'a')
t(lambda:d+[1]);t(lambda:d*'a');t(lambda:d+deque([4]));t(lambda:d*2);t(deque([1],1).insert,0,3);t(repr,deque([1],3));t(d.__reduce__);t(deque([1],2).__reduce__);t(hash,d);t(lambda:d<[1]);t(lambda:d<deque([2]))
class S(deque): pass
s=S([1,2],5); s.x=1; t(s.__reduce__); t(s.copy); t(repr,s); t(lambda:s+s); t(lambda: s*3)
it=iter(d); next(it); t(it.__reduce__); t(it.__length_hint__); d.append(1); t(next,it); t(type(reversed(d)),d); t(type(it),d,2); t(next,type(it)(d,2))
t(d.extend,3); t(d.__setitem__,9,1); t(d.__delitem__,9); t(d.__init__,3)
def m():
    for x in d: d.append(3)
t(m)
class E:
    def __eq__(s,o): d.append(1); return False
t(d.index,E()); t(d.count,E()); t(d.remove,E()); t(lambda:E() in d)
t(defaultdict,3); t(defaultdict(None).__missing__,3); t(repr,defaultdict(int,{1:2})); t(defaultdict(int,a=1).__reduce__); t(lambda: defaultdict(int)|{1:2}); t(lambda: {1:2}|defaultdict(int)); t(lambda:defaultdict(int)|3); t(defaultdict(int,{1:2}).copy); t(defaultdict().default_factory)
class DD(defaultdict): pass
x=DD(int); x[3]; t(repr,x); t(x.copy)
o=OrderedDict(a=1,b=2); t(repr,o); t(repr,OrderedDict()); t(o.__reduce__); t(o.popitem); t(OrderedDict().popitem); t(o.move_to_end,'z'); t(o.pop,'z'); t(o.pop,'z',4); t(o.pop,'z',default=4); t(o.keys); t(o.items);t(o.values); t(repr,iter(o)); t(type,iter(o)); t(type,iter(o.items())); t(o.__eq__,3); t(lambda:o==OrderedDict(a=1)); t(OrderedDict,3); t(OrderedDict,1,2); t(OrderedDict.fromkeys,'ab',3); t(o.setdefault,'q'); t(lambda:OrderedDict(a=1)|{'b':2}); t(lambda:{'b':2}|OrderedDict(a=1)); t(lambda:OrderedDict(a=1)|3); t(lambda:{**o}); t(iter(o).__reduce__); t(lambda:o.__delitem__('zz')); t(lambda:o['zz'])
class OD(OrderedDict): pass
z=OD(a=1); z.y=3; t(z.__reduce__); t(repr,z); t(z.copy); t(OD.fromkeys,'a'); t(lambda: list(reversed(z.items()))); t(o.update,3); t(o.update,1,2); t(o.move_to_end,'a',9,9)
def m2():
    for k in o: o['zzz']=1
t(m2)
def m3():
    for k in o: o.move_to_end(k)
t(m3); t(type, reversed(o)); t(type,reversed(o.items())); t(type(o.keys()).__mro__.__str__);t(z.__dict__.__str__); t(hash,o); t(lambda:OD.__eq__(z,{'a':1})); t(lambda:z!=OrderedDict(a=1)); t(o.keys().__reversed__.__name__); 
print(dir(type(o.keys()))==dir(type({}.keys())), dir(type(iter(o))))
g=_collections._tuplegetter; t(g); t(g,1,2); t(repr,g(1,'doc')); t(g(1,'doc').__reduce__); t(g(1,'d').__get__,(1,)); t(g(0,'d').__get__,3); t(g(1,'d').__get__,None); t(lambda:g(0,'d').__set__((1,),3)); t(lambda:g(0,'d').__delete__((1,))); t(lambda:g(0,'d').__get__((1,2),None)); t(lambda: g(0,'x').__doc__)
t(_collections._count_elements,{},3); c={}; t(_collections._count_elements,c,'abca'); print(c); t(_collections._count_elements,3,'a'); t(_collections._count_elements,{},[[]])
