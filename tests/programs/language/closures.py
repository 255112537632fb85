# Cells, nonlocal, late binding and lifetime of closures.
def counter(start=0):
    count = start

    def step(by=1):
        nonlocal count
        count += by
        return count

    def reset():
        nonlocal count
        count = start

    return step, reset


step, reset = counter(10)
print(step(), step(5), step())
reset()
print(step(), step.__code__.co_freevars, step.__closure__[0].cell_contents)
other, _ = counter()
print(other(), step())

# Closures see the variable, not its value at the time they were made.
functions = [lambda: i for i in range(3)]
print([f() for f in functions])
functions = [lambda i=i: i for i in range(3)]
print([f() for f in functions])


def make():
    result = []
    for i in range(3):
        def get():
            return i
        result.append(get)
    i = "after"
    return result


print([f() for f in make()])


def unbound():
    def get():
        return later
    try:
        get()
    except NameError as error:
        print(error)
    later = 1
    print(get())
    del later
    try:
        get()
    except NameError as error:
        print(error)


unbound()


def local_before():
    try:
        print(value)
    except UnboundLocalError as error:
        print(error)
    value = 1


local_before()


def layers(a):
    def middle(b):
        def inner(c):
            nonlocal a
            a += 1
            return a, b, c
        return inner
    return middle


f = layers(1)("b")
print(f("c"), f("d"))


# A class body does not hide names from the functions in it.
x = "global"


def scope():
    x = "enclosing"

    class Body:
        y = x
        x = "class"
        z = x

        def method(self):
            return x

    return Body.y, Body.z, Body().method()


print(scope())


def parameter_cell(n, *args, **kwargs):
    return lambda: (n, args, kwargs)


print(parameter_cell(1, 2, k=3)())


def recursive():
    def fib(n):
        return n if n < 2 else fib(n - 1) + fib(n - 2)
    return fib


print([recursive()(n) for n in range(10)])
