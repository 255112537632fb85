/* Code, frames, tracebacks, functions, methods, contexts, struct sequences and datetime as C sees them. */
#include <Python.h>
#include <frameobject.h>
#include <datetime.h>

static PyObject *fail(PyObject *self, PyObject *args)
{
    PyErr_SetString(PyExc_ValueError, "out of C");
    PyObject *exception = PyErr_GetRaisedException();
    PyCodeObject *code = PyCode_NewEmpty("module.pyx", "work", 77);
    PyObject *globals = PyDict_New();
    PyFrameObject *frame = PyFrame_New(PyThreadState_Get(), code, globals, NULL);
    PyErr_SetRaisedException(exception);
    PyTraceBack_Here(frame);
    Py_DECREF(frame);
    Py_DECREF(code);
    Py_DECREF(globals);
    return NULL;
}

static PyObject *where(PyObject *self, PyObject *unused)
{
    PyFrameObject *frame = PyEval_GetFrame();
    PyCodeObject *code = PyFrame_GetCode(frame);
    PyFrameObject *back = PyFrame_GetBack(frame);
    PyObject *result = Py_BuildValue("(OiNii)", code->co_name, PyFrame_GetLineNumber(frame), PyFrame_GetLocals(frame), back != NULL,
                                     PyCode_Addr2Line(code, -1) == code->co_firstlineno);
    Py_DECREF(code);
    Py_XDECREF(back);
    return result;
}

static PyObject *code(PyObject *self, PyObject *code)
{
    return Py_BuildValue("(NNNNi)", PyCode_GetVarnames((PyCodeObject *)code), PyCode_GetCellvars((PyCodeObject *)code),
                         PyCode_GetFreevars((PyCodeObject *)code), PyCode_GetCode((PyCodeObject *)code),
                         PyCode_GetNumFree((PyCodeObject *)code));
}

static PyObject *function(PyObject *self, PyObject *args)
{
    PyObject *code, *globals, *receiver;
    if (!PyArg_ParseTuple(args, "OOO", &code, &globals, &receiver))
        return NULL;
    PyObject *function = PyFunction_New(code, globals);
    if (!function)
        return NULL;
    PyObject *defaults = Py_BuildValue("(s)", "default");
    PyFunction_SetDefaults(function, defaults);
    Py_DECREF(defaults);
    PyObject *method = PyMethod_New(function, receiver);
    Py_DECREF(function);
    PyObject *result = PyObject_CallNoArgs(method);
    Py_DECREF(method);
    return result;
}

static PyObject *contexts(PyObject *self, PyObject *unused)
{
    PyObject *variable = PyContextVar_New("variable", NULL), *value;
    PyObject *context = PyContext_CopyCurrent();
    PyContext_Enter(context);
    PyObject *token = PyContextVar_Set(variable, Py_True);
    PyContextVar_Get(variable, NULL, &value);
    int inside = value == Py_True;
    Py_XDECREF(value);
    PyContext_Exit(context);
    PyContextVar_Get(variable, Py_None, &value);
    int outside = value == Py_None;
    Py_XDECREF(value);
    PyContextVar_Get(variable, NULL, &value);
    Py_XDECREF(token);
    Py_DECREF(context);
    Py_DECREF(variable);
    return Py_BuildValue("(iii)", inside, outside, value == NULL);
}

static PyStructSequence_Field fields[] = {{"first", "the first"}, {"second", NULL}, {"hidden", "not in the tuple"}, {NULL}};
static PyStructSequence_Desc description = {"c_frames.Record", "A record.", fields, 2};
static PyTypeObject static_record;

static PyObject *record(PyTypeObject *type)
{
    PyObject *made = PyStructSequence_New(type);
    PyStructSequence_SetItem(made, 0, PyLong_FromLong(1));
    PyStructSequence_SetItem(made, 1, PyUnicode_FromString("two"));
    PyStructSequence_SetItem(made, 2, PyFloat_FromDouble(3.0));
    return made;
}

static PyObject *records(PyObject *self, PyObject *unused)
{
    PyTypeObject *type = PyStructSequence_NewType(&description);
    if (!type)
        return NULL;
    PyObject *a = record(type), *b = record(&static_record);
    Py_DECREF(type);
    return Py_BuildValue("(NN)", a, b);
}

static PyObject *dates(PyObject *self, PyObject *args)
{
    PyObject *moment, *delta;
    if (!PyArg_ParseTuple(args, "OO", &moment, &delta))
        return NULL;
    PyObject *zone = PyTimeZone_FromOffset(delta);
    PyObject *stamp = PyDateTimeAPI->DateTime_FromDateAndTime(2024, 2, 29, 1, 2, 3, 4, zone, PyDateTimeAPI->DateTimeType);
    PyObject *seconds = Py_BuildValue("(i)", 86400);
    PyObject *day = PyDate_FromTimestamp(seconds);
    Py_DECREF(seconds);
    PyObject *bad = PyDate_FromDate(2024, 13, 1);
    PyErr_Clear();
    return Py_BuildValue("(iiiiiiNNNNNOi)", PyDateTime_GET_YEAR(moment), PyDateTime_GET_MONTH(moment), PyDateTime_GET_DAY(moment),
                         PyDateTime_DATE_GET_MICROSECOND(moment), PyDateTime_DELTA_GET_SECONDS(delta), PyDateTime_Check(moment),
                         PyDate_FromDate(2020, 1, 2), PyTime_FromTime(3, 4, 5, 6), PyDelta_FromDSU(-1, 90000, 5), stamp, day,
                         PyDateTime_TimeZone_UTC, bad == NULL);
}

static PyObject *views(PyObject *self, PyObject *object)
{
    Py_buffer view;
    if (PyObject_GetBuffer(object, &view, PyBUF_FULL_RO) < 0)
        return NULL;
    PyObject *copy = PyBytes_FromStringAndSize(NULL, view.len);
    PyBuffer_ToContiguous(PyBytes_AS_STRING(copy), &view, view.len, 'C');
    PyObject *result = Py_BuildValue("(sniniiN)", view.format, view.len, view.ndim, view.itemsize, view.readonly,
                                     PyBuffer_IsContiguous(&view, 'C'), copy);
    PyBuffer_Release(&view);
    return result;
}

static char memory[] = "some memory";
static PyObject *memoryviews(PyObject *self, PyObject *object)
{
    return Py_BuildValue("(NN)", PyMemoryView_FromMemory(memory, 4, PyBUF_WRITE), PyMemoryView_GetContiguous(object, PyBUF_READ, 'C'));
}

static PyMethodDef methods[] = {
    {"fail", fail, METH_NOARGS, NULL},         {"where", where, METH_NOARGS, NULL},     {"code", code, METH_O, NULL},
    {"function", function, METH_VARARGS, NULL}, {"contexts", contexts, METH_NOARGS, NULL}, {"records", records, METH_NOARGS, NULL},
    {"dates", dates, METH_VARARGS, NULL},      {"views", views, METH_O, NULL},          {"memoryviews", memoryviews, METH_O, NULL},
    {NULL},
};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "c_frames", NULL, -1, methods};
PyMODINIT_FUNC PyInit_c_frames(void)
{
    PyDateTime_IMPORT;
    if (!PyDateTimeAPI || PyStructSequence_InitType2(&static_record, &description) < 0)
        return NULL;
    PyObject *made = PyModule_Create(&module);
    if (made) {
        PyObject *with_new = PyInstanceMethod_New(PyUnicode_InternFromString("text"));
        PyModule_AddObject(made, "instancemethod", with_new);
        PyModule_AddObjectRef(made, "none", Py_GetConstantBorrowed(Py_CONSTANT_NONE));
    }
    return made;
}
