# What raise and except* do to tracebacks.
def n(e):
    c=0; t=e.__traceback__; l=[]
    while t: l.append(t.tb_lineno); t=t.tb_next
    return l
try:
    try: raise ValueError
    except ValueError:
        raise
except ValueError as e: print(n(e))
try:
    try: raise ValueError
    except ValueError as f:
        raise f
except ValueError as e: print(n(e))
try:
    try: raise ExceptionGroup('eg',[TypeError(1),ValueError(2)])
    except* TypeError:
        print(n(__import__('sys').exception()))
        raise
except Exception as e: print(repr(e), n(e))
