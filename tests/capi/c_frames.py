import datetime
import traceback
import c_frames as c

def caller():
    c.fail()
try:
    caller()
except ValueError as error:
    levels = traceback.extract_tb(error.__traceback__)
    print(error, [(level.filename, level.name, level.lineno) for level in levels if level.name == "work"])
    frame = error.__traceback__.tb_next.tb_next.tb_frame
    print(frame.f_code.co_name, frame.f_lineno, frame.f_locals, frame.f_back)

def here(argument):
    local = 5
    return c.where()
print(here("x"))
def outer(a, b=2, *, k=3):
    x = a
    def inner():
        return x, b
    return inner
print(c.code(outer.__code__)[:3], c.code(outer.__code__)[3] == outer.__code__.co_code, c.code(outer(1).__code__)[2:3])
def method(self, value):
    return self, value
print(c.function(method.__code__, {"__name__": "m"}, "me"))
print(c.contexts())
for record in c.records():
    print(record, record.hidden, len(record), record[1], type(record).n_fields, type(record).__match_args__)
    print(type(record)((7, 8, 9)).hidden)
print(c.dates(datetime.datetime(2001, 2, 3, 4, 5, 6, 7), datetime.timedelta(seconds=3600)))
class Stamp(datetime.datetime):
    pass
print(c.views(b"abc"), c.views(memoryview(b"abcdef")[::2]), c.views(bytearray(4)))
a, b = c.memoryviews(memoryview(b"abcdef")[::-2])
print(bytes(a), a.readonly, bytes(b))
print(c.instancemethod.__func__, c.none)
