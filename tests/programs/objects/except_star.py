# except*: what each clause gets and what is raised in the end.
group = ExceptionGroup('outer', [ValueError(1), ExceptionGroup('inner', [TypeError(2), ValueError(3)]), KeyError(4)])
try:
    raise group
except* ValueError as caught:
    print('values', repr(caught))
except* TypeError as caught:
    print('types', repr(caught))
except* KeyError as caught:
    print('keys', repr(caught))
try:
    try:
        raise group
    except* ValueError:
        raise OSError('new')
except BaseException as left:
    print(repr(left), repr(left.exceptions[0].__context__))
try:
    raise ValueError('plain')
except* ValueError as caught:
    print(repr(caught))
