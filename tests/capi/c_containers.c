/* tuple, list, dict, set, slice and iterators as C sees them. */
#include <Python.h>

static PyObject *tuples(PyObject *self, PyObject *unused)
{
    PyObject *tuple = PyTuple_New(3);
    for (int at = 0; at < 3; at++)
        PyTuple_SET_ITEM(tuple, at, PyLong_FromLong(at * 1000));
    PyObject *slice = PyTuple_GetSlice(tuple, -5, 2);
    if (_PyTuple_Resize(&tuple, 5) < 0)
        return NULL;
    PyTuple_SetItem(tuple, 3, PyUnicode_FromString("three"));
    PyTuple_SetItem(tuple, 4, PyUnicode_FromString("four"));
    PyObject *small = PyTuple_New(2);
    PyTuple_SET_ITEM(small, 0, Py_NewRef(Py_None));
    PyTuple_SET_ITEM(small, 1, Py_NewRef(Py_True));
    if (_PyTuple_Resize(&small, 1) < 0)
        return NULL;
    return Py_BuildValue("(NNNn)", tuple, slice, small, PyTuple_Size(slice));
}

static PyObject *lists(PyObject *self, PyObject *unused)
{
    PyObject *list = PyList_New(2);
    PyList_SET_ITEM(list, 0, PyLong_FromLong(5));
    PyList_SetItem(list, 1, PyLong_FromLong(3));
    PyObject *item = PyUnicode_FromString("x");
    PyList_Append(list, PyList_GET_ITEM(list, 0));
    PyList_Insert(list, -100, PyList_GET_ITEM(list, 1));
    PyList_Insert(list, 1, PyList_GET_ITEM(list, 1));
    PyObject *copy = PyList_GetSlice(list, 1, 100);
    PyList_Sort(list);
    PyList_Reverse(copy);
    PyList_SetSlice(copy, 1, 2, list);
    PyList_Extend(copy, item);
    PyObject *tuple = PyList_AsTuple(copy);
    PyList_SetSlice(copy, 0, 3, NULL);
    Py_DECREF(item);
    return Py_BuildValue("(NNN)", list, copy, tuple);
}

static PyObject *dicts(PyObject *self, PyObject *key)
{
    PyObject *dict = PyDict_New(), *found, *list = PyList_New(0);
    PyObject *one = PyLong_FromLong(1111);
    int answers[8];
    answers[0] = PyDict_SetItem(dict, key, one);
    answers[1] = PyDict_GetItemRef(dict, key, &found);
    Py_XDECREF(found);
    answers[2] = PyDict_SetDefaultRef(dict, Py_None, key, &found);
    Py_XDECREF(found);
    answers[3] = PyDict_SetDefaultRef(dict, Py_None, one, &found);
    Py_XDECREF(found);
    PyDict_SetItemString(dict, "text", one);
    answers[4] = PyDict_ContainsString(dict, "text");
    answers[5] = PyDict_Pop(dict, Py_None, &found);
    PyList_Append(list, found ? found : Py_None);
    Py_XDECREF(found);
    answers[6] = PyDict_PopString(dict, "missing", &found);
    answers[7] = PyDict_Contains(dict, Py_None);
    Py_ssize_t position = 0;
    PyObject *k, *v;
    while (PyDict_Next(dict, &position, &k, &v)) {
        PyObject *pair = PyTuple_Pack(2, k, v);
        PyList_Append(list, pair);
        Py_DECREF(pair);
    }
    PyObject *other = Py_BuildValue("{s:i,s:i}", "text", 2, "more", 3);
    PyObject *kept = PyDict_Copy(dict);
    PyDict_Merge(kept, other, 0);
    PyDict_Update(dict, other);
    Py_DECREF(other);
    Py_DECREF(one);
    PyObject *keys = PyDict_Keys(dict), *values = PyDict_Values(dict), *items = PyDict_Items(kept);
    Py_DECREF(kept);
    Py_DECREF(dict);
    PyObject *marks = PyList_New(8);
    for (int at = 0; at < 8; at++)
        PyList_SET_ITEM(marks, at, PyLong_FromLong(answers[at]));
    return Py_BuildValue("(NNNNN)", marks, list, keys, values, items);
}

static PyObject *sets(PyObject *self, PyObject *iterable)
{
    PyObject *set = PySet_New(iterable);
    if (!set)
        return NULL;
    PyObject *frozen = PyFrozenSet_New(NULL);
    PySet_Add(frozen, Py_None);
    PyObject *one = PyLong_FromLong(1);
    int had = PySet_Contains(set, one), gone = PySet_Discard(set, one);
    Py_ssize_t size = PySet_Size(set);
    PySet_Clear(set);
    PyObject *none = PySet_Pop(set);
    PyErr_Clear();
    Py_DECREF(one);
    return Py_BuildValue("(NNiinO)", set, frozen, had, gone, size, none ? none : Py_None);
}

static PyObject *slices(PyObject *self, PyObject *args)
{
    PyObject *slice;
    Py_ssize_t length, start, stop, step, count;
    if (!PyArg_ParseTuple(args, "On", &slice, &length) || PySlice_Unpack(slice, &start, &stop, &step) < 0)
        return NULL;
    count = PySlice_AdjustIndices(length, &start, &stop, step);
    return Py_BuildValue("(nnnn)", start, stop, step, count);
}

static PyObject *unfilled(PyObject *self, PyObject *unused)
{
    /* Places that are not filled yet, while the collector runs. */
    PyObject *list = PyList_New(10), *tuple = PyTuple_New(10);
    PyGC_Collect();
    PyList_Clear(list);
    Py_DECREF(tuple);
    return list;
}

static PyObject *weak(PyObject *self, PyObject *object)
{
    PyObject *reference = PyWeakref_NewRef(object, NULL), *found;
    if (!reference)
        return NULL;
    int alive = PyWeakref_GetRef(reference, &found);
    Py_XDECREF(found);
    return Py_BuildValue("(Nii)", reference, alive, PyWeakref_IsDead(reference));
}

static PyObject *iterators(PyObject *self, PyObject *args)
{
    PyObject *sequence, *callable, *sentinel;
    if (!PyArg_ParseTuple(args, "OOO", &sequence, &callable, &sentinel))
        return NULL;
    PyObject *a = PySeqIter_New(sequence), *b = PyCallIter_New(callable, sentinel);
    if (!a || !b)
        return NULL;
    PyObject *result = Py_BuildValue("(NN)", PySequence_List(a), PySequence_List(b));
    Py_DECREF(a);
    Py_DECREF(b);
    return result;
}

static PyObject *errors(PyObject *self, PyObject *thing)
{
    PyObject *list = PyList_New(0), *out;
#define TRY(expression) \
    do { \
        expression; \
        PyObject *exception = PyErr_GetRaisedException(); \
        PyObject *text = exception ? PyUnicode_FromFormat("%s", Py_TYPE(exception)->tp_name) : PyUnicode_FromString("-"); \
        PyList_Append(list, text); \
        Py_DECREF(text); \
        Py_XDECREF(exception); \
    } while (0)
    TRY(PyList_Size(thing));
    TRY(PyList_GetItem(thing, 99));
    TRY(PyList_GetItemRef(thing, 99));
    TRY(PyTuple_Size(thing));
    TRY(PyTuple_GetItem(thing, 99));
    TRY(PyDict_Size(thing));
    TRY(PyDict_GetItemWithError(thing, thing));
    TRY(PyDict_GetItemRef(thing, thing, &out));
    TRY(PyDict_DelItem(thing, Py_None));
    TRY(PySet_Size(thing));
    TRY(PySet_Contains(thing, thing));
    TRY(PySet_Add(thing, thing));
    TRY(PyBytes_Size(thing));
    TRY(PyUnicode_GetLength(thing));
    TRY(PyCell_Get(thing));
    TRY(PyMethod_Self(thing));
    TRY(PyFunction_GetCode(thing));
    return list;
}

static PyMethodDef methods[] = {
    {"tuples", tuples, METH_NOARGS, NULL},   {"lists", lists, METH_NOARGS, NULL}, {"dicts", dicts, METH_O, NULL},
    {"sets", sets, METH_O, NULL},            {"slices", slices, METH_VARARGS, NULL}, {"unfilled", unfilled, METH_NOARGS, NULL},
    {"weak", weak, METH_O, NULL},            {"iterators", iterators, METH_VARARGS, NULL}, {"errors", errors, METH_O, NULL},
    {NULL},
};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "c_containers", NULL, -1, methods};
PyMODINIT_FUNC PyInit_c_containers(void) { return PyModule_Create(&module); }
