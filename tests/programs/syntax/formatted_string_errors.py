# Errors in formatted strings and at the ends of numbers.
def t(s,mode='exec'):
    try: compile(s,'f',mode); print(repr(s),'ok')
    except SyntaxError as e: print(repr(s),type(e).__name__,e.msg,e.lineno,e.offset,e.end_lineno,e.end_offset,repr(e.text))
    except BaseException as e: print(repr(s[:20]),type(e).__name__,e)
for s in ["f'{!x}'","f'{ !x}'","f'{ !xr}'","f'{!x:}'","f'{!x:a}'","f'{ !xr:}'","f'{ !xr:a}'","f'{!}'","f'{:}'","f'{,}'","f'{:x'","f'{!'","f'{!s'","f'{!s:'","f'{!s:}'","f'{:]}'","f'{)}'","f'{a $ b}'","f'{f\"{a b}\"}'","f'{a:{1:{b}}}'","f'{\\\n}'","f'\\{6*7}'",'f"{a:{b:{c:{d}}}}"',"f'{f\"{'","f'{a b}'","f'{a","f'{a!x}'","f'{a!}'","f'{a!s:'","f'}'","f'{a}}'","f'{(a}'","f'{a)}'","f'{a[}'","f'{lambda x:x}'","f'{*a}'","f'{**a}'","f'{yield}'","f'{a=!x}'","f'{#}'","f'{a#}'","f'{\n#\n}'","f'''{\n#\n}'''", "0xf\u2044","1\u2044","0b1\u2044","0o7\u00e9","1.5\u00e9","1j\u00e9","0xf\u00b2","1_\u00e9", "1e5\u2044"]: t(s)
deep="f'"+"{1:"*5+"}"*5+"'"; t(deep)
a="a"
s="f'{1}'"
for i in range(160):
    s = "f'''{"+s+"}'''" if i%2 else 'f"""{'+s+'}"""'
t(s)
print()
for s in ["f'{a:{b:{c}}}'","f'{a:{b:{c:}}}'","f'{a:{b:{c:{d}}}}'","f'{a:{{b:{c:{d}}}}}'","f'{a:{f\"{b:{c:{d:{e}}}}\"}}'","t'{a:{b:{c:{d}}}}'"]: t(s)
for n in (140,148,149,150,151):
    s="f'{1}'"
    for i in range(n):
        s = "f'''{"+s+"}'''" if i%2 else 'f"""{'+s+'}"""'
    try: compile(s,'f','exec'); print(n,'ok')
    except SyntaxError as e: print(n,e.msg,e.lineno,e.offset,e.end_offset)
