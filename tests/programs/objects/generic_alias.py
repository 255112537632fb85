# list[int] and unions of types.
GenericAlias = type(list[int])
def show(function):
    try:
        print(repr(function()))
    except Exception as error:
        print(type(error).__name__, error)

print(list[int], dict[str, list[int]], tuple[int, ...], list[()], list[[int, str]], list['a'], list[None], list[type(None)])
alias = list[int]
print(alias.__origin__, alias.__args__, alias.__parameters__, alias.__unpacked__, alias.__name__, alias.__module__)
print(alias == list[int], alias == list[str], hash(alias) == hash(list[int]), alias([1]), alias.append is list.append)
show(lambda: isinstance([], list[int]))
show(lambda: issubclass(list, list[int]))
show(lambda: list[int][str])
show(lambda: alias.nothing)
show(lambda: GenericAlias(list))
print(alias.__reduce__(), alias.__mro_entries__(()), type(alias), *alias)
class Names(list[str]):
    pass
print(Names.__mro__[1], Names.__orig_bases__)
class Box:
    __class_getitem__ = classmethod(GenericAlias)
print(Box[int]().__orig_class__.__args__)
print(int | str, int | None, None | int, int | int, int | str | int, list[int] | None, (int | str) | (str | bytes))
union = int | str
print(union.__args__, union == (str | int), hash(union) == hash(str | int), union.__parameters__, type(union).__name__)
print(isinstance(1, union), isinstance(b'', union), isinstance(None, int | None), issubclass(bool, union), union.__origin__)
show(lambda: int | 1)
show(lambda: isinstance([], str | list[int]))
show(lambda: union[int])
show(lambda: union < union)
show(lambda: union.nothing)
class Sub:
    pass
show(lambda: type('X', (union,), {}))
