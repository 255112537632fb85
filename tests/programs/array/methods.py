import array,io
def t(f,*a,**k):
    try: r=repr(f(*a,**k))
    except BaseException as e: r=type(e).__name__+": "+str(e)
    print(getattr(f,'__name__',f),a,k,'->',r[:150])
A=array.array
for a in [('b',),('x',),('i',5),('i','abc'),('u','abc'),('w','abc\U0001F600'),('u',A('w','x')),('i',[1,2.0]),('b',b'ab'),('h',b'abc'),('i',[2**31]),('B',[256]),('B',[-1]),('H',[-1]),('H',[65536]),('I',[-1]),('I',[2**32]),('L',[-1]),('L',[2**64]),('Q',[-1]),('Q',[2**64]),('q',[2**63]),('l',[2**63]),('h',[40000]),('h',[-40000]),('b',[200]),('b',[-200]),('b',['a']),('f',['a']),('d',['a']),('u',[1]),('w',['ab']),('w',[1]),('F',),('bb',),(5,),(),('i',1,2),('i',A('d',[1.])),('d',A('i',[1])),('I',[1.5]),('L',[1.5]),('Q',[1.5]),('q',[1.5]),('w','x'),('i',None),('w',5),('i',(1,2)),('i',range(3)),('d',[1,2])]:
    t(A,*a)
a=A('i',[1,2,3])
t(a.append,'x');t(a.append,2**40);t(a.insert,-1,9);t(a.insert,100,10);t(a.pop);t(a.pop,10);t(a.pop,0);t(a.remove,99);t(a.remove,2);t(a.index,3);t(a.index,77);t(a.index,3,5);t(a.count,3);t(a.extend,[4,5]);t(a.extend,A('d',[1]));t(a.extend,5);t(a.fromlist,(1,));t(a.fromlist,[1,'a']);t(a.tolist);t(a.tobytes);t(a.frombytes,b'abc');t(a.frombytes,b'abcd');t(a.frombytes,'abc');t(a.tounicode);t(a.fromunicode,'a');t(a.byteswap);t(a.buffer_info,1);t(a.__reduce_ex__,2);t(a.__reduce_ex__,3);t(a.__reduce_ex__,'a');t(a.__copy__);t(a.__deepcopy__,{})
print(a[0:2],a[::-1],a[1],a[-1]);
def ex(s,**k):
    d=dict(a=A('i',[1,2,3,4]),A=A);d.update(k)
    try: exec(s,d); r=repr(d['a'])
    except BaseException as e: r=type(e).__name__+": "+str(e)
    print(s,'->',r)
for s in ['a[1:2]=A("i",[7,8])','a[::2]=A("i",[7,8])','a[::2]=A("i",[7])','a[1:2]=[1]','a[1:2]=A("d",[1])','a[0]="x"','a[9]=1','a[9]','a["x"]','a["x"]=1','del a[0]','del a[1:3]','del a[::2]','del a[9]','a*2','a=a*2','a=2*a','a*=0','a=a+a','a+=a','a+[1]','a+=[1]','a+=A("d")','a==A("d",[1,2,3,4])','a=[a==A("d",[1,2,3,4]),a<A("i",[2]),a!=a,a==3]','a[::-1]=a','a[1:3]=a','a*="x"','a=3 in a','m=memoryview(a);a.append(1)','m=memoryview(a);a.pop()','m=memoryview(a);a=(m.format,m.itemsize,m.shape,m.strides)','m=memoryview(a);a[1:2]=A("i")','m=memoryview(a);a*=2','m=memoryview(a);a.extend([])','m=memoryview(a);a*=1','hash(a)','a=a.itemsize','a=array','a[1.5]','a[1:"x"]','a[2**70]','a[0]=2**40','a.clear();','a=list(reversed(a))','a.extend(a)','a=A[int]','a=A("w","aé").tounicode()','a=A("u","aé")','a=A("w","abc")[1]','a=[A("w","abc")=="abc"]','it=iter(a);next(it);a=it.__reduce__()','it=iter(a);list(it);a=it.__reduce__()','it=iter(a);it.__setstate__(2);a=list(it)','a=A("w","abc").__reduce_ex__(3)','a=A("d",[1.5]).__reduce_ex__(4)','a=A("w","abc").__reduce_ex__(2)','a=a.__reduce_ex__(0)','a=A("f",[1.5,float("nan")])','A("B",[1]).tofile(5)','import io;f=io.BytesIO();a.tofile(f);a=f.getvalue()','import io;a.fromfile(io.BytesIO(b"abcdefgh"),2)','import io;a.fromfile(io.BytesIO(b"abcdefgh"),3)','import io;a.fromfile(io.BytesIO(b"abcdef"),1)','import io;a.fromfile(io.BytesIO(b"abcdef"),-1)','import io;a.fromfile(io.StringIO("abcdef"),1)','a.index(1,1,9)','a=a.index(1,-9,9)','a.index(x=1)']: ex(s)
R=array._array_reconstructor
t(R,A,'i',9,b'abcdefgh');t(R,A,'i',8,b'abcd');t(R,A,'d',16,b'12345678');t(R,A,'w',20,b'a\0\0\0');t(R,A,'w',18,b'a\0b\0');t(R,A,'x',8,b'');t(R,A,'i',99,b'');t(R,A,'i',8,'a');t(R,int,'i',8,b'');t(R,A,'i',8,b'abc');
class X(A):
    def __init__(self,*a): self.y=1
t(X,'i',[1]);t(X('i',[1]).__reduce_ex__,3);t(A,'i',x=1);t(X,'i',x=1)
