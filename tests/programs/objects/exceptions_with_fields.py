# OSError, ImportError and SyntaxError.
def show(function):
    try:
        print(repr(function()))
    except Exception as error:
        print(type(error).__name__, error)

for number in (2, 17, 13, 1, 4, 11, 20, 21, 32, 10, 3, 110, 111, 104, 103, 5, 99999):
    print(number, type(OSError(number, 'x')).__name__)
error = OSError(2, 'x', 'f', None, 'g')
print(error, repr(error), error.args, error.errno, error.strerror, error.filename, error.filename2, error.__reduce__())
print(OSError(2, 'x', 'f').__reduce__(), str(OSError(2, 'x')), str(OSError('a')), OSError('a').errno, str(OSError()))
print(OSError(1, 2, 3, 4, 5, 6).args, OSError(2, 'x', None).args)
show(lambda: OSError(2, 'x').characters_written)
blocked = BlockingIOError(11, 'x', 5)
print(blocked.characters_written, blocked.filename, blocked)
blocked.characters_written = 7
print(blocked.characters_written)
del blocked.characters_written
show(lambda: blocked.characters_written)
show(lambda: OSError(x=1))
class Sub(OSError):
    def __init__(self, text, code):
        super().__init__(code, text)
print(repr(Sub('no', 2)), Sub('no', 2).errno, type(Sub('no', 2)).__name__)
class New(OSError):
    def __new__(cls, *args):
        return super().__new__(cls, *args)
print(New(2, 'x').errno, type(New(2, 'x')).__name__)
error = ImportError('a', name='n', path='p')
print(error, repr(error), error.msg, error.name, error.path, error.name_from, error.__reduce__())
print(ModuleNotFoundError('m', name='n').name, str(ImportError('a', 'b')), ImportError('a', 'b').msg, str(ImportError(3)))
show(lambda: ImportError('a', foo=1))
for args in (('m', ('d/g.py', 3, 4, 'text')), ('m', (None, 3, 4, 'text')), ('m', ('f', None, 4, 'text')), ('m',), (),
             ('m', ('f', 2 ** 100, 4, 'text'))):
    print(SyntaxError(*args))
error = SyntaxError('m', ('f', 1, 2, 'text', 3, 4, 'meta'))
print(error.msg, error.filename, error.lineno, error.offset, error.text, error.end_lineno, error.end_offset, error._metadata, error.args)
show(lambda: SyntaxError('m', (1, 2)))
show(lambda: SyntaxError('m', (1, 2, 3, 4, 5)))
show(lambda: SyntaxError('m', (1, 2, 3, 4, 5, 6, 7, 8)))
show(lambda: SyntaxError('m', 5))
print(issubclass(IndentationError, SyntaxError), str(TabError('t', ('f', 1, 1, 'x'))))
