# What the interactive compiler takes, and its errors.
def t(s,mode='single'):
    try: compile(s,'f',mode); print(repr(s),'ok')
    except SyntaxError as e: print(repr(s),type(e).__name__,e.msg,e.lineno,e.offset,e.end_lineno,e.end_offset,repr(e.text))
    except BaseException as e: print(repr(s[:20]),type(e).__name__,e)
for s in ['1\n2','def f(): pass','a = 13\nb = 187','f()\n# blah\nblah()','f()\nxy # blah\nblah()',"c = '''\nd=1\n'''\na = 1\n\nb = 2\n",'def f(): pass\n','if 1: pass','if 1:\n  pass','if 1:\n  pass\n','if 1:\n  pass\n\n','if 1:\n  pass\n\nx','class A: pass','while 1: pass # c','@d\ndef f(): pass','x; y','x\n\n\n# c','if 1: pass\nelse: pass', 'match x:\n case 1: pass','for x in y: pass;','with a: pass\n#c']: t(s)
for s in ['x = 5 # comment\nx = 6\n','x; y\nz','x;  \nz','\n\nx\ny','x\nif 1: pass','if 1:\n  pass\nx','if 1:\n  pass\nx\n','if 1: pass\nx','if 1: pass\n\nx','if 1: pass\nx\n','def f():\n  pass\nclass A: pass\n','if 1:\n  if 2: pass','  \n  # c\nx\ny','x\\\n+1\ny','(1,\n2)\ny']: t(s)
