import _struct
def t(f,*a,**k):
    try: r=repr(f(*a,**k))
    except BaseException as e: r=type(e).__name__+": "+str(e)
    print(getattr(f,'__name__',f),a,k,'->',r[:150])
S=_struct
for c in 'cbB?hHiIlLqQnNefdspPFDx':
    for p in ('','<','>','@','=','!'):
        t(S.calcsize,p+c)
for f in ['3','i3','<3n','z','2h3x','xi','hi','hii0l','q2','i 3','é',b'ih',5,'99999999999999999999i','9223372036854775807i','0s','0p','ic','bQ','bP',' ','<\0','']: t(S.calcsize,f)
for c,vals in [('c',[b'a',b'ab','a',5]),('b',[1,-129,128,1.5,'a',2**70]),('B',[-1,256,1.5]),('h',[40000,'a',-40000]),('H',[-1,70000,1.0]),('i',[2**31,1.,2**70]),('I',[-1,2**32]),('l',[2**63,2**70,1.]),('L',[-1,2**64,1.0]),('q',[2**63,'a',1.0]),('Q',[-1,2**64,1.]),('n',[2**63,1.]),('N',[-1,2**64,1.]),('?',[0,[1],'']),('e',[1.0,65520.,'a',1e10,float('inf')]),('f',[1e39,'a',1,3.4028235677973366e38]),('d',['a',1]),('s',[b'a','a',5,bytearray(b'x')]),('p',[b'a','a',b'x'*300]),('P',[-1,2**64,1.,5]),('F',[1+2j,'a',1]),('D',[1j,'a',2.5]),('x',[1])]:
    for v in vals:
        for p in ('','<','>'):
            if p and c in 'nNP': continue
            t(S.pack,p+c,v)
t(S.pack,'3s',b'ab');t(S.pack,'3s',b'abcd');t(S.pack,'3p',b'abcd');t(S.pack,'0p',b'abcd');t(S.pack,'300p',b'x'*300);t(S.pack,'i');t(S.pack,'i',1,2);t(S.pack);t(S.pack,5);t(S.pack,'2i',1);t(S.pack_into,'i',bytearray(4),0,1);t(S.pack_into,'i',bytearray(3),0,1);t(S.pack_into,'i',bytearray(8),-3,1);t(S.pack_into,'i',bytearray(8),-9,1);t(S.pack_into,'i',bytearray(8),6,1);t(S.pack_into,'i',b'aaaa',0,1);t(S.pack_into,'i');t(S.pack_into,'i',bytearray(4));t(S.pack_into,'i',bytearray(4),0);t(S.pack_into,'i',bytearray(4),'a',1);t(S.pack_into,'i',bytearray(4),2**70,1)
t(S.unpack,'i',b'abc');t(S.unpack,'i',b'abcd');t(S.unpack,'i','a');t(S.unpack,'3p',b'\xff12');t(S.unpack,'p',b'\x01');t(S.unpack_from,'i',b'abc');t(S.unpack_from,'i',b'abcdef',3);t(S.unpack_from,'i',b'abcdef',-3);t(S.unpack_from,'i',b'abcdef',-9);t(S.unpack_from,'i',b'abcdefgh',4);t(S.unpack_from,'i',buffer=b'abcd',offset=0);t(S.unpack_from,'i',b'abcdef',7)
t(S.iter_unpack,'i',b'abc');t(S.iter_unpack,'',b'abc');print(list(S.iter_unpack('h',b'abcd')))
s=S.Struct('<ih');t(s.pack,1,2);t(s.pack,1);t(s.unpack,b'a');t(s.unpack_from,b'abcdefgh',2);t(s.unpack_from,buffer=b'abcdefgh',offset=2);t(s.pack_into,bytearray(6),0,1,2);t(s.pack_into,bytearray(6),0,1);t(s.pack_into,bytearray(6));t(s.pack_into);t(s.iter_unpack,b'a');print(s,s.format,s.size);t(S.Struct,1);t(S.Struct);t(S.Struct,'z');t(S.Struct,b'i');t(S.Struct,format='i');t(S._clearcache)
