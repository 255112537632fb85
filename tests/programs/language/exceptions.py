# raise, try, except, else, finally, chaining, notes and custom exceptions.
def run(action):
    try:
        result = action()
    except (ValueError, KeyError) as error:
        return "value or key", error
    except ArithmeticError as error:
        return "arithmetic", error
    except Exception as error:
        return type(error).__name__, error
    else:
        return "fine", result
    finally:
        print("finally", end=" ")


def raises(error):
    raise error


for action in (lambda: 1, lambda: 1 / 0, lambda: int("x"), lambda: {}["k"], lambda: [][0], lambda: raises(ValueError), lambda: raises(OSError(2, "gone"))):
    print(run(action))


class Custom(Exception):
    def __init__(self, code, *rest):
        super().__init__(code, *rest)
        self.code = code

    def __str__(self):
        return f"code {self.code}"


try:
    raise Custom(7, "more")
except Custom as error:
    print(error, repr(error), error.args, error.code)
try:
    error
except NameError as gone:
    print(gone)

# Explicit cause, implicit context and their suppression.
try:
    try:
        1 / 0
    except ZeroDivisionError as error:
        raise ValueError("second") from error
except ValueError as error:
    print(repr(error.__cause__), repr(error.__context__), error.__suppress_context__)
try:
    try:
        {}["missing"]
    except KeyError:
        raise ValueError("other")
except ValueError as error:
    print(error.__cause__, repr(error.__context__), error.__suppress_context__)
try:
    try:
        {}["missing"]
    except KeyError:
        raise ValueError("hidden") from None
except ValueError as error:
    print(error.__cause__, repr(error.__context__), error.__suppress_context__)

# A bare raise raises what is being handled.
try:
    try:
        raise LookupError("again")
    except LookupError:
        raise
except LookupError as error:
    print("reraised", error, error.__context__)
try:
    raise
except RuntimeError as error:
    print(error)


def finally_wins():
    try:
        raise ValueError
    finally:
        return "finally returned"


print(finally_wins())


def nested():
    for i in range(3):
        try:
            try:
                if i == 1:
                    raise KeyError(i)
                print("body", i)
            finally:
                print("inner", i)
        except KeyError as error:
            print("caught", error)


nested()
for bad in (5, "text", int, None):
    try:
        raise bad
    except TypeError as error:
        print(error)
try:
    try:
        1 / 0
    except "not a class":
        pass
except TypeError as error:
    print(error)
try:
    raise ValueError from 5
except TypeError as error:
    print(error)

e = ValueError("noted")
e.add_note("first")
e.add_note("second")
print(e.__notes__, e.with_traceback(None) is e)
print(ValueError("a") == ValueError("a"), issubclass(KeyError, LookupError), BaseException.__subclasses__().__len__() > 3)
print(str(KeyError("k")), str(KeyError()), repr(ValueError(1, "two")), str(OSError(2, "gone", "file")), repr(Exception()))
try:
    [].nothing
except AttributeError as error:
    print(error, error.name, error.obj)

group = ExceptionGroup("several", [ValueError(1), TypeError(2), ExceptionGroup("inner", [KeyError(3)])])
try:
    raise group
except* ValueError as part:
    print("star", part, part.exceptions)
except* (TypeError, KeyError) as part:
    print("star", repr(part))
try:
    try:
        raise group
    except* KeyError:
        print("took the key")
except ExceptionGroup as rest:
    print(rest, rest.exceptions)
try:
    raise SystemExit(3)
except SystemExit as error:
    print(error.code, repr(error))
