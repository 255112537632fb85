# ExceptionGroup: making, showing, splitting.
def show(function):
    try:
        print(repr(function()))
    except Exception as error:
        print(type(error).__name__, error)

print(ExceptionGroup.__mro__ == (ExceptionGroup, BaseExceptionGroup, Exception, BaseException, object))
print(repr(BaseExceptionGroup('a', [ValueError(1)])), repr(BaseExceptionGroup('a', [KeyboardInterrupt()])))
print(ExceptionGroup('a', [ValueError(1), ValueError(2)]), ExceptionGroup('a', [ValueError(1)]), repr(ExceptionGroup('a', (ValueError(1),))))
for args in ((), ('a',), (1, []), (None, []), ('a', 1), ('a', []), ('a', [1]), ('a', {1: 2}), ('a', [KeyboardInterrupt()])):
    show(lambda: ExceptionGroup(*args))
show(lambda: ExceptionGroup('a', [ValueError()], x=1))
class Both(ExceptionGroup, ValueError):
    pass
show(lambda: Both('a', [KeyboardInterrupt()]))
group = ExceptionGroup('outer', [ValueError(1), ExceptionGroup('inner', [TypeError(2), ValueError(3)]), KeyError(4)])
group.add_note('note')
print(group.split(ValueError))
print(group.split((TypeError, KeyError)))
print(group.subgroup(lambda e: isinstance(e, TypeError)), group.subgroup(OSError), group.split(OSError)[1] is not group)
print(group.subgroup(ExceptionGroup) is group, group.subgroup(ValueError).__notes__, group.message, len(group.exceptions))
show(lambda: group.split(1))
show(lambda: group.split((1,)))
show(lambda: group.derive([KeyboardInterrupt()]))
class Mine(ExceptionGroup):
    def derive(self, excs):
        return Mine(self.message + '!', excs)
print(repr(Mine('m', [ValueError(1), TypeError(2)]).subgroup(ValueError)))
class Bad(ExceptionGroup):
    def derive(self, excs):
        return 5
show(lambda: Bad('m', [ValueError(1), TypeError(2)]).subgroup(ValueError))
