import warnings
warnings.simplefilter("ignore")
import _tokenize
t=_tokenize.TokenizerIter
def T(s,extra=False,enc=None):
    it=iter(s.splitlines(True))
    kw={} if enc is None else {'encoding':enc}
    try:
        for x in t(it.__next__,extra_tokens=extra,**kw): print('  ',x)
    except BaseException as e:
        print('  ERR',type(e),e.args, getattr(e,'lineno',0),getattr(e,'offset',0), getattr(e,'text',0))
src='def f(x):\n    # c\n\n    return f"a{x!r:>{w}}b{{" t"{x=}"\n\nÿ = 1 # é\nx = """a\nb"""\n(1,\n 2) + \\\n 3 != 4\n'
for ex in (False,True):
    print(ex);T(src,ex)
for s in ['x','x\n  ','if 1:\n  x','(\n','"abc','"""abc\n','  x\n y\n','if 1:\n    x\n  y\n','1a\n','0777\n','a$b\n','a ? b','f"{x','f"abc','\\','\\ x\n','x\n\x0c  y\n',')','(]','0xg','1__0','1_','1e','0b2','0o8','f"""{\n','!','a\r\nb\r\n','é“\n', 'if 1:\n\tx\n        y\n','𝐱𝐲 = 1\n', 'x = (\n\n# c\n)\n', 'a;b\n\n\n', '','\n','#c', '   #c\n','f"{x:{y}}}"', 'f"{x!}"','f"\\N{DIGIT ONE}{a}"', "f'''a\nb{c\n}'''", "rf'\\{x}'", 'f"{a:%Y\n}"\n', "f'{lambda x:1}'", '1if 2else 3', '1.e5j','0_7','1.0abc','a\x00b\n','f"{"', 'x = \\\n\\ y\n','a\rb\n', "bu'x'\n","'a\\'\n","ft''","t'{a!r:x}{b}'","f'{a}{b}'","f'{{}}}}'","f'{a:{b:{c:{d}}}}'","x=1\\\n\n", "  \\\n  x=1\n y","if x:\n  \\\n    y\n", "def f(): pass\n\n\n# x\n  # y\nz","class A:\n  def f(self):\n    pass\n  # c\n\n  x=1\n#d\ny","a <> b ... .. . -> := //= **= >>=","f'''\n{x:\n}\n'''\n","f'{x:\\n}'","f'{\\'","f'\\{x}'","\ufeffx","f'{a[\"b\"]}'","f'{(}'","f'{)}'","f'{a]}'","\x01","π²=3","1_000.0_1e1_0j","0xFF_FFL","0b101","0o17_7","1 if 1else 0", "1or 2","f'{1:0>5.2f}'","'''a\nb","f'''a\nb","x = '''a\nb''' + y\n", "é = 'ñ' + ü; ö"]:
    print(repr(s)); T(s); print(' extra'); T(s,True)
