# global, nonlocal, globals(), locals(), exec and eval with their own names.
counter = 0


def bump():
    global counter, made_here
    counter += 1
    made_here = "by bump"


bump()
bump()
print(counter, made_here, globals()["counter"], __name__)


def show():
    a = 1
    b = 2
    names = locals()
    c = 3
    return names, sorted(locals())


print(show())


class Body:
    first = 1
    print(sorted(name for name in locals() if not name.startswith("__")))
    locals()["second"] = 2


print(Body.second)


def delete():
    global made_here
    del made_here


delete()
try:
    made_here
except NameError as error:
    print(error)

names = {"x": 5}
exec("y = x * 2\ndef f(): return y + 1", names)
print(names["y"], names["f"](), eval("x + y", names), eval("x + z", {"x": 1}, {"z": 2}))
print("__builtins__" in names)
try:
    eval("missing", {"__builtins__": {}})
except NameError as error:
    print(error)
try:
    eval("len([])", {"__builtins__": {}})
except NameError as error:
    print(error)
try:
    eval("1 +")
except SyntaxError as error:
    print(error.msg, error.lineno, error.offset, repr(error.text))

# A global may hide a builtin and show it again.
len = lambda x: "mine"
print(len([]))
del len
print(len([]))

code = compile("a + 1\n", "<made>", "eval")
print(eval(code, {"a": 41}), code.co_filename, code.co_names)
print(vars() is globals(), "counter" in dir())
