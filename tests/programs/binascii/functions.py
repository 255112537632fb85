import binascii
def t(f,*a,**k):
    try: r=repr(f(*a,**k))
    except BaseException as e: r=type(e).__name__+": "+str(e)
    print(getattr(f,'__name__',f),a,k,'->',r[:150])
b=binascii
for a in [b'a',b'ab',b'abc',b'AAAA',b'AA=',b'A',b'AAA=\n',b'=A',b'A===',b'AA==A',b'A A A A',b'YWJj\x00',b'',b'YQ==YQ==','YQ==','é',5,b'YQ=',b'Y',b'YWJjZ',b'====',b'Y=Q=',b'YQ=a',b'YQ==\n',b'YQ==a', b'YWI=Y',b'+/+/']:
    t(b.a2b_base64,a);t(b.a2b_base64,a,strict_mode=True)
t(b.b2a_base64,b'abc');t(b.b2a_base64,b'abcd',newline=False);t(b.b2a_base64,'a');t(b.b2a_base64,b'a',False)
for a in [b'',b'61',b'6',b'6g',b'g6','61','é',5,'6 1']: t(b.unhexlify,a);
t(b.a2b_hex,b'zz')
t(b.hexlify,b'abcdef','-');t(b.hexlify,b'abcdef',b'-',2);t(b.hexlify,b'abcdef',b'-',-4);t(b.hexlify,b'abc','--');t(b.hexlify,b'abc','é');t(b.hexlify,b'abc',5);t(b.hexlify,'a');t(b.hexlify,b'abc',sep=':',bytes_per_sep=0);t(b.hexlify,data=b'a');t(b.b2a_hex,b'abc',None);t(b.hexlify,b'abc','');t(b.hexlify,b'a','\xff');t(b.hexlify,b'aaa',':',2**40)
t(b.crc32,b'abc');t(b.crc32,b'abc',5);t(b.crc32,b'abc',-5);t(b.crc32,b'abc',2**70);t(b.crc32,'a');t(b.crc32,b'a',1.5);t(b.crc_hqx,b'abc',0);t(b.crc_hqx,b'abc',2**33+5);t(b.crc_hqx,b'a',-1);t(b.crc_hqx,b'a',2**70)
t(b.b2a_uu,b'abc');t(b.b2a_uu,b'abcd',backtick=True);t(b.b2a_uu,b'\0\0\0\0',backtick=True);t(b.b2a_uu,b'\0'*4);t(b.b2a_uu,b'a'*46);t(b.b2a_uu,b'a'*45);t(b.b2a_uu,b'')
for a in [b'#86)C\n',b'',b'!',b'#86)Cx',b'#8',b'$86)C9    ',b'$86)C9`\n',b'\x7f',b'#\x7f',b'#86)C  \n',b'86)C',b'#86)C!','#86)C\n',b'$86)C\n',b'#86)C',b'    ',b'#    ']: t(b.a2b_uu,a)
for a in [b'a=20b',b'a=\nb',b'a=\r\nb',b'=',b'==',b'=zz',b'a_b',b'=3',b'=3D',b'a=',b'=\nx',b'= \n','a=20']: t(b.a2b_qp,a);t(b.a2b_qp,a,header=True)
for a in [b'a b ',b'a\tb\n',b'a \nb',b'a'*80,b'.',b'.\n',b'a=b_c',b'\xff\xfe',b'a\r\nb\r\n',b' ',b'x'*74+b'\xff'+b'y',b'a \r\n',b'x'*75+b' ',b'x'*75,b'x'*76,b'x'*77,b'a\t',b'\t\n',b'\r',b'a\r']:
    t(b.b2a_qp,a);t(b.b2a_qp,a,quotetabs=True);t(b.b2a_qp,a,istext=False);t(b.b2a_qp,a,header=True)
