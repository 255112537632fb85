import importlib.machinery
import importlib.util
import os
import re
import sys

import c_modules as c

print(c.__name__, c.__doc__, c.text, c.PY_MAJOR_VERSION, os.path.basename(c.__file__), c.__spec__.loader.__class__.__name__)
print(c.call(), c.call(), c.call.__doc__, c.call.__text_signature__, c.call.__module__, c.call.__self__ is c)
print(c.counts())
del sys.modules["c_modules"]
import c_modules as again
print(again is c, again.counts(), again.call(), c.call())


def load(name, path=c.__file__):
    loader = importlib.machinery.ExtensionFileLoader(name, path)
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    try:
        module = importlib.util.module_from_spec(spec)
        loader.exec_module(module)
        return module
    except BaseException as error:
        text = str(error).replace(os.path.dirname(c.__file__), "")
        return type(error).__name__, text, type(error.__cause__).__name__, getattr(error, "name", None)


for name in ("c_modules_null", "c_modules_raises", "c_modules_object", "c_modules_unreported", "c_modules_missing", "ümlaut"):
    print(ascii(load(name)))
print(load("package.c_modules").__name__)
print(load("x", "/nonexistent.so"))
again = sys.modules["c_modules"]
print(again.capsule(), type(again.capsule).__name__)
for a, b in ((7, 2), (2.5, 2), ([1, 2, 3], 2), ([1, 2], [3]), ((1, 2), 1), ("text", "x"), ({"k": 1}, "k"), (b"ab", b"c"),
             ({1, 2}, 1), (None, None), (int, 3), (range(5), 2), (len, "abc")):
    print("==", ascii((a, b)))
    for result in c.protocols(a, b):
        # CPython has a type of its own for iterators over ASCII.
        print("  ", re.sub("0x[0-9a-f]+", "0x", ascii(result)).replace("str_ascii_iterator", "str_iterator"))
print(c.run("x + 1", 258), c.run("y = x * 2", 257))
for source in ("1/0", "x +"):
    try:
        c.run(source, 258)
    except Exception as error:
        print(type(error).__name__, error)
print(c.states())
