/* str and bytes as C sees them. */
#include <Python.h>

static PyObject *make(PyObject *self, PyObject *unused)
{
    PyObject *text = PyUnicode_New(4, 0x20ac);
    for (int at = 0; at < 4; at++)
        PyUnicode_WRITE(PyUnicode_KIND(text), PyUnicode_DATA(text), at, 0x20ac + at);
    PyObject *ascii = PyUnicode_New(3, 127);
    memcpy(PyUnicode_DATA(ascii), "abc", 3);
    PyObject *joined = PyUnicode_FromString("head:");
    PyUnicode_Append(&joined, ascii);
    PyUnicode_Append(&joined, text);
    if (PyUnicode_Resize(&ascii, 2) < 0)
        return NULL;
    return Py_BuildValue("(NNN)", text, ascii, joined);
}

static PyObject *utf8(PyObject *self, PyObject *text)
{
    Py_ssize_t size;
    const char *bytes = PyUnicode_AsUTF8AndSize(text, &size);
    if (!bytes)
        return NULL;
    int same = bytes == PyUnicode_AsUTF8(text);
    return Py_BuildValue("(y#iii)", bytes, size, same, PyUnicode_EqualToUTF8AndSize(text, bytes, size),
                         PyUnicode_CompareWithASCIIString(text, "m"));
}

static PyObject *search(PyObject *self, PyObject *args)
{
    PyObject *text, *part;
    if (!PyArg_ParseTuple(args, "UU", &text, &part))
        return NULL;
    return Py_BuildValue("(nnnnni)", PyUnicode_Find(text, part, 0, PY_SSIZE_T_MAX, 1), PyUnicode_Find(text, part, 0, PY_SSIZE_T_MAX, -1),
                         PyUnicode_Count(text, part, 0, PY_SSIZE_T_MAX), PyUnicode_Tailmatch(text, part, 0, PY_SSIZE_T_MAX, -1),
                         PyUnicode_Tailmatch(text, part, 0, PY_SSIZE_T_MAX, 1), PyUnicode_Contains(text, part));
}

static PyObject *parts(PyObject *self, PyObject *args)
{
    PyObject *text, *part;
    if (!PyArg_ParseTuple(args, "UU", &text, &part))
        return NULL;
    return Py_BuildValue("(NNNNNNN)", PyUnicode_Split(text, part, -1), PyUnicode_RSplit(text, NULL, 1), PyUnicode_Splitlines(text, 1),
                         PyUnicode_Partition(text, part), PyUnicode_RPartition(text, part), PyUnicode_Replace(text, part, text, 1),
                         PyUnicode_Substring(text, 1, 3));
}

static PyObject *codecs(PyObject *self, PyObject *text)
{
    PyObject *utf16 = PyUnicode_AsUTF16String(text);
    if (!utf16)
        return NULL;
    int order = 0;
    PyObject *back = PyUnicode_DecodeUTF16(PyBytes_AS_STRING(utf16), PyBytes_GET_SIZE(utf16), NULL, &order);
    PyObject *escaped = PyUnicode_AsUnicodeEscapeString(text);
    PyObject *latin = PyUnicode_AsEncodedString(text, "latin-1", "xmlcharrefreplace");
    PyObject *cp = PyUnicode_AsEncodedString(text, "cp1252", "replace");
    Py_ssize_t taken = -5;
    PyObject *partial = PyUnicode_DecodeUTF8Stateful("a\xe2\x82", 3, NULL, &taken);
    return Py_BuildValue("(NNiNNNNn)", utf16, back, order, escaped, latin, cp, partial, taken);
}

static PyObject *wide(PyObject *self, PyObject *text)
{
    Py_ssize_t size;
    wchar_t *all = PyUnicode_AsWideCharString(text, &size);
    if (!all)
        return NULL;
    PyObject *back = PyUnicode_FromWideChar(all, size);
    PyMem_Free(all);
    wchar_t some[3];
    Py_ssize_t count = PyUnicode_AsWideChar(text, some, 3);
    Py_UCS4 *points = PyUnicode_AsUCS4Copy(text);
    Py_UCS4 first = points[0];
    PyMem_Free(points);
    return Py_BuildValue("(NnnI)", back, size, count, first);
}

static PyObject *interning(PyObject *self, PyObject *unused)
{
    PyObject *a = PyUnicode_InternFromString("some_interned_name");
    PyObject *b = PyUnicode_FromString("some_interned_name");
    PyUnicode_InternInPlace(&b);
    int same = a == b;
    Py_DECREF(a);
    Py_DECREF(b);
    return PyBool_FromLong(same);
}

static PyObject *writer(PyObject *self, PyObject *object)
{
    PyUnicodeWriter *w = PyUnicodeWriter_Create(0);
    if (!w)
        return NULL;
    if (PyUnicodeWriter_WriteUTF8(w, "caf\xc3\xa9 ", -1) < 0 || PyUnicodeWriter_WriteChar(w, 0x1f600) < 0 ||
        PyUnicodeWriter_WriteStr(w, object) < 0 || PyUnicodeWriter_WriteRepr(w, object) < 0 ||
        PyUnicodeWriter_WriteWideChar(w, L"wide", 2) < 0) {
        PyUnicodeWriter_Discard(w);
        return NULL;
    }
    return PyUnicodeWriter_Finish(w);
}

static PyObject *bytes(PyObject *self, PyObject *unused)
{
    PyObject *made = PyBytes_FromStringAndSize(NULL, 6);
    memcpy(PyBytes_AS_STRING(made), "abcdef", 6);
    if (_PyBytes_Resize(&made, 4) < 0)
        return NULL;
    PyObject *more = PyBytes_FromString("xyz");
    PyBytes_ConcatAndDel(&made, more);
    PyObject *array = PyByteArray_FromStringAndSize("hello", 5);
    PyByteArray_Resize(array, 7);
    memcpy(PyByteArray_AS_STRING(array) + 5, "!!", 2);
    PyObject *list = Py_BuildValue("[iii]", 1, 2, 255);
    PyObject *of_list = PyBytes_FromObject(list);
    Py_DECREF(list);
    return Py_BuildValue("(NNNi)", made, array, of_list, PyByteArray_AS_STRING(array)[7]);
}

static PyObject *kinds(PyObject *self, PyObject *text)
{
    PyObject *list = PyList_New(0);
    for (Py_ssize_t at = 0; at < PyUnicode_GET_LENGTH(text); at++) {
        Py_UCS4 c = PyUnicode_READ_CHAR(text, at);
        PyObject *item = Py_BuildValue("(iiiiiI)", Py_UNICODE_ISSPACE(c), Py_UNICODE_ISALPHA(c), Py_UNICODE_ISDIGIT(c), Py_UNICODE_ISLOWER(c),
                                       Py_UNICODE_TODECIMAL(c), Py_UNICODE_TOUPPER(c));
        PyList_Append(list, item);
        Py_DECREF(item);
    }
    return list;
}

static PyObject *path(PyObject *self, PyObject *object)
{
    PyObject *bytes, *text;
    if (!PyUnicode_FSConverter(object, &bytes))
        return NULL;
    if (!PyUnicode_FSDecoder(object, &text)) {
        Py_DECREF(bytes);
        return NULL;
    }
    return Py_BuildValue("(NN)", bytes, text);
}

static PyMethodDef methods[] = {
    {"make", make, METH_NOARGS, NULL},       {"utf8", utf8, METH_O, NULL},
    {"search", search, METH_VARARGS, NULL},  {"parts", parts, METH_VARARGS, NULL},
    {"codecs", codecs, METH_O, NULL},        {"wide", wide, METH_O, NULL},
    {"interning", interning, METH_NOARGS, NULL}, {"writer", writer, METH_O, NULL},
    {"bytes", bytes, METH_NOARGS, NULL},     {"kinds", kinds, METH_O, NULL},
    {"path", path, METH_O, NULL},            {NULL},
};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "c_text", NULL, -1, methods};
PyMODINIT_FUNC PyInit_c_text(void) { return PyModule_Create(&module); }
