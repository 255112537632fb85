# Tuples with named fields.
import posix, time


def t(f):
    try:
        print(repr(f()))
    except BaseException as e:
        print(type(e).__name__, e)


S=time.struct_time
for f in [lambda:S(), lambda:S(1), lambda:S((1,2)), lambda:S(range(20)), lambda:S(range(9),{'tm_zone':3}).tm_zone, lambda:S(range(9),{'x':3}),
 lambda:S(range(11),{'tm_zone':3}), lambda:S(range(10),{'tm_zone':3}), lambda:S(range(9),3), lambda:S(range(9),foo=3), lambda:S(range(9)).__replace__(tm_year=3),
 lambda:S(range(9)).__replace__(tm_zone=3).tm_zone, lambda:S(range(9)).__replace__(x=3), lambda:S(range(9)).__replace__(3), lambda:posix.stat('/').__replace__(st_mode=3),
 lambda:posix.terminal_size((1,)), lambda:posix.terminal_size((1,2)), lambda:S(range(9)).tm_zone, lambda:posix.terminal_size((1,2)).__replace__(x=1),
 lambda:S.__new__.__doc__, lambda:S.__text_signature__, lambda:S.__replace__.__text_signature__, lambda:S.tm_year.__doc__, lambda:S.__module__,
 lambda:setattr(S(range(9)),'tm_year',3), 
 lambda:S(range(9))==tuple(range(9)), lambda:hash(S(range(9)))==hash(tuple(range(9))), lambda:S(sequence=range(9),dict=None), lambda:S(sequence=range(9),dict={}), lambda:S(range(9))[2:4],
 lambda:S(range(9))+(1,), lambda:S.__match_args__, lambda:(S.n_fields,S.n_sequence_fields,S.n_unnamed_fields), lambda:posix.stat_result.__match_args__,
 lambda:S(range(9)).__reduce__(), lambda:posix.stat_result(range(10)), lambda:posix.stat_result(range(10)).st_atime, lambda:posix.stat_result(range(19)).__reduce__(),
 lambda: posix.sched_param(3), lambda:posix.sched_param(sched_priority=3).__reduce__(), lambda:posix.sched_param(), lambda: len(posix.stat('/')),
 ]: t(f)
