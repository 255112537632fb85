import unicodedata
from unicodedata import *
def t(s):
    try: print(s,'->',repr(eval(s)))
    except BaseException as e: print(s,'->',type(e).__name__,e)
for s in r'''category('ab')
category('')
category(1)
decimal('x')
decimal('x',1,2)
decimal('ab')
decimal('5')
decimal('x',None)
digit('²')
digit('x')
numeric('½')
numeric('x')
name('\x00')
name('a')
name('\x00','z')
name('ab')
name('한')
lookup('LATIN SMALL LETTER A')
lookup('nope')
lookup('latin small letter a with macron and grave')
lookup('LATIN SMALL LETTER A WITH MACRON AND GRAVE')
lookup('BELL')
lookup('NULL')
lookup('\xe9')
lookup('x'*300)
lookup(1)
lookup('a\ud800')
normalize('NFC','e\u0301')
normalize('NFX','')
normalize('NFX','a')
normalize('NFC',1)
normalize(1,'a')
normalize('NFC')
is_normalized('NFC','e\u0301')
is_normalized('NFC','')
is_normalized('X','')
is_normalized('X','a')
is_normalized('NFKD','a'*10)
mirrored('(')
combining('\u0301')
east_asian_width('한')
decomposition('é')
bidirectional('a')
ucd_3_2_0.unidata_version
ucd_3_2_0.category('\u0221')
ucd_3_2_0.name('\u0221','?')
ucd_3_2_0.name('a')
ucd_3_2_0.lookup('LATIN SMALL LETTER A WITH MACRON AND GRAVE')
ucd_3_2_0.lookup('LATIN SMALL LETTER D WITH CURL')
ucd_3_2_0.normalize('NFD','é')
ucd_3_2_0.is_normalized('NFD','é')
ucd_3_2_0.decimal('x')
ucd_3_2_0.category('ab')
ucd_3_2_0.foo
type(ucd_3_2_0)
name('\U000e0100')
name('\uf900')
"\N{BELL}"
decimal()'''.splitlines(): t(s)
acc=0
for u in (unicodedata, ucd_3_2_0):
    for c in range(0,0x3000):
        c=chr(c)
        r=(u.category(c),u.bidirectional(c),u.combining(c),u.mirrored(c),u.east_asian_width(c),u.decomposition(c),u.name(c,None),u.decimal(c,None),u.digit(c,None),u.numeric(c,None))
        for x in r: 
            for y in repr(x).encode(): acc=(acc*31+y)&0xffffffffffff
        if ord(c)%7==0: 
            for f in ('NFC','NFKD'):
                for y in u.normalize(f,c+'\u0301a').encode('utf8','surrogatepass'): acc=(acc*31+y)&0xffffffffffff
        if ord(c)>0x30000 and ord(c)<0xe0000: pass
    print(acc)
