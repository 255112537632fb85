/* int, float and complex as C sees them. */
#include <Python.h>

static PyObject *ints(PyObject *self, PyObject *object)
{
    PyObject *list = PyList_New(0);
    int overflow;
    long number = PyLong_AsLongAndOverflow(object, &overflow);
    PyErr_Clear();
    PyObject *item = Py_BuildValue("(li)", number, overflow);
    PyList_Append(list, item);
    Py_DECREF(item);
    unsigned long long mask = PyLong_AsUnsignedLongLongMask(object);
    item = PyLong_FromUnsignedLongLong(mask);
    PyList_Append(list, item);
    Py_DECREF(item);
    unsigned char bytes[12];
    Py_ssize_t needed = PyLong_AsNativeBytes(object, bytes, sizeof bytes, Py_ASNATIVEBYTES_BIG_ENDIAN);
    item = Py_BuildValue("(ny#)", needed, (char *)bytes, (Py_ssize_t)sizeof bytes);
    PyList_Append(list, item);
    Py_DECREF(item);
    PyLongExport export;
    if (PyLong_Export(object, &export) == 0) {
        if (export.digits) {
            item = Py_BuildValue("(Lin)", export.value, (int)export.negative, export.ndigits);
            PyLong_FreeExport(&export);
        }
        else {
            item = PyLong_FromLongLong(export.value);
        }
        PyList_Append(list, item);
        Py_DECREF(item);
    }
    int sign = 7;
    PyLong_GetSign(object, &sign);
    item = PyLong_FromLong(sign);
    PyList_Append(list, item);
    Py_DECREF(item);
    return list;
}

#define TRY(expression) \
    do { \
        expression; \
        if (PyErr_Occurred()) { \
            PyObject *exception = PyErr_GetRaisedException(); \
            PyObject *text = PyUnicode_FromFormat("%s: %S", Py_TYPE(exception)->tp_name, exception); \
            PyList_Append(list, text); \
            Py_DECREF(text); \
            Py_DECREF(exception); \
        } \
        else \
            PyList_Append(list, Py_None); \
    } while (0)

static PyObject *errors(PyObject *self, PyObject *object)
{
    PyObject *list = PyList_New(0);
    TRY(PyLong_AsLong(object));
    TRY(PyLong_AsInt(object));
    TRY(PyLong_AsSsize_t(object));
    TRY(PyLong_AsSize_t(object));
    TRY(PyLong_AsUnsignedLong(object));
    TRY(PyLong_AsUnsignedLongLong(object));
    TRY(PyLong_AsLongLong(object));
    TRY(PyLong_AsDouble(object));
    TRY(PyLong_AsVoidPtr(object));
    TRY(PyFloat_AsDouble(object));
    TRY(PyComplex_AsCComplex(object));
    return list;
}

static PyObject *digits(PyObject *self, PyObject *unused)
{
    void *place;
    PyLongWriter *writer = PyLongWriter_Create(1, 3, &place);
    if (!writer)
        return NULL;
    ((uint32_t *)place)[0] = 5;
    ((uint32_t *)place)[1] = 6;
    ((uint32_t *)place)[2] = 0;
    return PyLongWriter_Finish(writer);
}

static PyObject *parse(PyObject *self, PyObject *args)
{
    const char *text;
    int base;
    char *end;
    if (!PyArg_ParseTuple(args, "si", &text, &base))
        return NULL;
    PyObject *number = PyLong_FromString(text, &end, base);
    if (!number)
        return NULL;
    return Py_BuildValue("(Nn)", number, (Py_ssize_t)(end - text));
}

static PyObject *pack(PyObject *self, PyObject *object)
{
    double value = PyFloat_AsDouble(object);
    if (value == -1.0 && PyErr_Occurred())
        return NULL;
    char half[2], single[4], full[8];
    if (PyFloat_Pack2(value, half, 0) < 0 || PyFloat_Pack4(value, single, 0) < 0 || PyFloat_Pack8(value, full, 1) < 0)
        return NULL;
    return Py_BuildValue("(y#y#y#ddd)", half, (Py_ssize_t)2, single, (Py_ssize_t)4, full, (Py_ssize_t)8, PyFloat_Unpack2(half, 0),
                         PyFloat_Unpack4(single, 0), PyFloat_Unpack8(full, 1));
}

static PyObject *complexes(PyObject *self, PyObject *object)
{
    Py_complex value = PyComplex_AsCComplex(object);
    if (PyErr_Occurred())
        return NULL;
    Py_complex square = _Py_c_prod(value, value);
    return Py_BuildValue("(NNd)", PyComplex_FromCComplex(square), PyComplex_FromDoubles(value.imag, value.real), _Py_c_abs(value));
}

static PyMethodDef methods[] = {
    {"ints", ints, METH_O, NULL},
    {"errors", errors, METH_O, NULL},
    {"digits", digits, METH_NOARGS, NULL},
    {"parse", parse, METH_VARARGS, NULL},
    {"pack", pack, METH_O, NULL},
    {"complexes", complexes, METH_O, NULL},
    {NULL},
};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "c_numbers", NULL, -1, methods};
PyMODINIT_FUNC PyInit_c_numbers(void) { return PyModule_Create(&module); }
