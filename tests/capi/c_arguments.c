/* Arguments by format, values by format, messages by format. */
#include <Python.h>

static PyObject *numbers(PyObject *self, PyObject *args)
{
    unsigned char b = 0, B = 0; short h = 0; unsigned short H = 0; int i = 0; unsigned int I = 0;
    long l = 0; unsigned long k = 0; long long L = 0; unsigned long long K = 0; Py_ssize_t n = 0;
    float f = 0; double d = 0; Py_complex D = {0, 0}; int p = 0;
    if (!PyArg_ParseTuple(args, "bBhHiIlkLKnfdDp:numbers", &b, &B, &h, &H, &i, &I, &l, &k, &L, &K, &n, &f, &d, &D, &p))
        return NULL;
    return Py_BuildValue("BBhHiIlkLKnfdDp", b, B, h, H, i, I, l, k, L, K, n, f, d, &D, p);
}

static PyObject *one(PyObject *self, PyObject *args)
{
    const char *format;
    PyObject *value;
    if (!PyArg_ParseTuple(args, "sO", &format, &value))
        return NULL;
    PyObject *tuple = PyTuple_Pack(1, value), *result = NULL;
    if (!tuple)
        return NULL;
    switch (format[0]) {
    case 's': case 'z': case 'y':
        if (format[1] == '*') {
            Py_buffer view;
            if (PyArg_ParseTuple(tuple, format, &view)) {
                result = view.buf ? PyBytes_FromStringAndSize(view.buf, view.len) : Py_NewRef(Py_None);
                PyBuffer_Release(&view);
            }
        } else if (format[1] == '#') {
            const char *text; Py_ssize_t size;
            if (PyArg_ParseTuple(tuple, format, &text, &size))
                result = Py_BuildValue("y#n", text, size, size);
        } else {
            const char *text;
            if (PyArg_ParseTuple(tuple, format, &text))
                result = Py_BuildValue("y", text);
        }
        break;
    case 'e': {
        char *text = NULL; Py_ssize_t size = 0;
        int done = format[2] == '#' ? PyArg_ParseTuple(tuple, format, "latin-1", &text, &size)
                                    : PyArg_ParseTuple(tuple, format, "latin-1", &text);
        if (done) {
            result = Py_BuildValue("yn", text, size);
            PyMem_Free(text);
        }
        break;
    }
    case 'w': {
        Py_buffer view;
        if (PyArg_ParseTuple(tuple, format, &view)) {
            ((char *)view.buf)[0] = '!';
            PyBuffer_Release(&view);
            result = Py_NewRef(value);
        }
        break;
    }
    case 'c': {
        char c;
        if (PyArg_ParseTuple(tuple, format, &c))
            result = Py_BuildValue("c", c);
        break;
    }
    case 'C': {
        int c;
        if (PyArg_ParseTuple(tuple, format, &c))
            result = Py_BuildValue("C", c);
        break;
    }
    case '(': {
        long a; PyObject *b;
        if (PyArg_ParseTuple(tuple, format, &a, &b))
            result = Py_BuildValue("{s:l,s:O}", "a", a, "b", b);
        break;
    }
    default: {
        PyObject *object;
        int done = format[1] == '!' ? PyArg_ParseTuple(tuple, format, &PyList_Type, &object) : PyArg_ParseTuple(tuple, format, &object);
        if (done)
            result = Py_BuildValue("[O]", object);
    }
    }
    Py_DECREF(tuple);
    return result;
}

static PyObject *keywords(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"", "b", "c", "d", NULL};
    long a = -1, b = -2, c = -3, d = -4;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "ll|l$l:keywords", names, &a, &b, &c, &d))
        return NULL;
    return Py_BuildValue("llll", a, b, c, d);
}

static PyObject *optional(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"first", "second", NULL};
    PyObject *a = NULL; const char *b = "none";
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|Os", names, &a, &b))
        return NULL;
    return Py_BuildValue("NOs", a ? Py_NewRef(a) : Py_NewRef(Py_Ellipsis), a ? a : Py_None, b);
}

static PyObject *unpack(PyObject *self, PyObject *args)
{
    PyObject *a = NULL, *b = NULL, *c = NULL;
    if (!PyArg_UnpackTuple(args, "unpack", 1, 3, &a, &b, &c))
        return NULL;
    return Py_BuildValue("(OOO)", a, b ? b : Py_None, c ? c : Py_None);
}

static int convert(PyObject *object, void *address)
{
    if (object == NULL) {
        printf("cleaned %ld\n", *(long *)address);
        fflush(stdout);
        return 1;
    }
    *(long *)address = PyLong_AsLong(object) * 2;
    return PyErr_Occurred() ? 0 : Py_CLEANUP_SUPPORTED;
}

static PyObject *converted(PyObject *self, PyObject *args)
{
    long a = 0, b = 0;
    if (!PyArg_ParseTuple(args, "O&l;one even and one number", convert, &a, &b))
        return NULL;
    return Py_BuildValue("ll", a, b);
}

static PyObject *format(PyObject *self, PyObject *object)
{
    return PyUnicode_FromFormat(
        "%d|%5d|%-5d|%05i|%u|%x|%#X|%o|%ld|%lld|%zd|%zu|%c|%%|%s|%10s|%-10s|%.3s|%R|%S|%A|%U|%V|%T|%N|%#T|%p|%*d|%.*s|%-8R|",
        -7, 42, 42, 42, 42u, 255, 255, 8, -5L, -6LL, (Py_ssize_t)-9, (size_t)9, 0x20ac, "text", "right", "left", "cutoff",
        object, object, object, PyUnicode_FromString("str"), NULL, "fallback", object, Py_TYPE(object), object, (void *)0x1234,
        6, 77, 2, "abcdef", object);
}

static PyObject *build(PyObject *self, PyObject *unused)
{
    return Py_BuildValue("[(iii)(){s:[s#],s:()}(y#sz)dDNO(p)]", 1, 2, 3, "key", "value", (Py_ssize_t)3, "empty", "a\0b", (Py_ssize_t)3,
                         "text", NULL, 0.5, &(Py_complex){1, 2}, PyLong_FromLong(99), Py_None, 5);
}

static PyObject *raise_(PyObject *self, PyObject *args)
{
    const char *kind;
    PyObject *value;
    if (!PyArg_ParseTuple(args, "sO", &kind, &value))
        return NULL;
    if (!strcmp(kind, "format"))
        return PyErr_Format(PyExc_KeyError, "no %R in %s at %zd", value, "map", (Py_ssize_t)3);
    if (!strcmp(kind, "object"))
        PyErr_SetObject(PyExc_ValueError, value);
    if (!strcmp(kind, "none"))
        PyErr_SetNone(PyExc_StopIteration);
    if (!strcmp(kind, "memory"))
        return PyErr_NoMemory();
    if (!strcmp(kind, "errno")) {
        errno = ENOENT;
        return PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, value);
    }
    if (!strcmp(kind, "class"))
        PyErr_SetString(value, "no class");
    if (!strcmp(kind, "warn"))
        return PyErr_WarnFormat(PyExc_UserWarning, 1, "beware of %R", value) < 0 ? NULL : Py_NewRef(Py_None);
    if (!strcmp(kind, "fetch")) {
        PyObject *t, *v, *tb;
        PyErr_SetString(PyExc_ValueError, "inner");
        PyErr_Fetch(&t, &v, &tb);
        PyErr_NormalizeException(&t, &v, &tb);
        PyObject *result = Py_BuildValue("OOi", t, v, tb == NULL);
        PyErr_Restore(t, v, tb);
        PyErr_Clear();
        return result;
    }
    if (!strcmp(kind, "new")) {
        PyObject *class = PyErr_NewExceptionWithDoc("c_arguments.Error", "What went wrong.", PyExc_LookupError, NULL);
        return class;
    }
    return NULL;
}

static PyMethodDef methods[] = {
    {"numbers", numbers, METH_VARARGS, NULL},
    {"one", one, METH_VARARGS, NULL},
    {"keywords", (PyCFunction)keywords, METH_VARARGS | METH_KEYWORDS, NULL},
    {"optional", (PyCFunction)optional, METH_VARARGS | METH_KEYWORDS, NULL},
    {"unpack", unpack, METH_VARARGS, NULL},
    {"converted", converted, METH_VARARGS, NULL},
    {"format", format, METH_O, NULL},
    {"build", build, METH_NOARGS, NULL},
    {"raise_", raise_, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "c_arguments", "Arguments.", -1, methods};

PyMODINIT_FUNC PyInit_c_arguments(void)
{
    return PyModule_Create(&definition);
}
