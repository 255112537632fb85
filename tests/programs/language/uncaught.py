# exit: 1
# An uncaught exception: the traceback with its markers, chained and noted.
def divide(a, b):
    return a / b


def middle(values):
    return [divide(v, v - 2) for v in values]


def convert(text):
    try:
        return middle([1, 2, 3])
    except ZeroDivisionError as error:
        raise ValueError(f"cannot use {text!r}") from error


print("before")
try:
    convert("input")
except ValueError as error:
    error.add_note("a note")
    error.add_note("on two\nlines")
    raise
