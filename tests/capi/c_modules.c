/* Single-phase modules: their names, their state, their second import. */
#include <Python.h>

static int inits;
typedef struct { int calls; } State;
static struct PyModuleDef definition;

static PyObject *call(PyObject *self, PyObject *unused)
{
    State *state = PyModule_GetState(self);
    return Py_BuildValue("iNi", ++state->calls, PyModule_GetNameObject(self), PyState_FindModule(&definition) == self);
}
static PyObject *counts(PyObject *self, PyObject *unused) { return PyLong_FromLong(inits); }
static PyObject *capsule(PyObject *self, PyObject *unused)
{
    static int value = 77;
    PyObject *made = PyCapsule_New(&value, "c_modules.capsule", NULL);
    if (!made || PyCapsule_IsValid(made, "other") || !PyCapsule_IsValid(made, "c_modules.capsule"))
        return NULL;
    if (PyModule_AddObjectRef(self, "capsule", made) < 0)
        return NULL;
    int *found = PyCapsule_Import("c_modules.capsule", 0);
    if (!found)
        return NULL;
    PyObject *result = Py_BuildValue("Ni", PyUnicode_FromString(PyCapsule_GetName(made)), *found);
    if (PyCapsule_GetPointer(made, "wrong") != NULL)
        return NULL;
    PyErr_Clear();
    Py_DECREF(made);
    return result;
}
static PyObject *protocols(PyObject *self, PyObject *args)
{
    PyObject *a, *b;
    if (!PyArg_ParseTuple(args, "OO", &a, &b))
        return NULL;
    PyObject *list = PyList_New(0);
#define ADD(expr) do { PyObject *r = (expr); if (!r) { PyObject *e = PyErr_GetRaisedException(); \
        r = e ? Py_BuildValue("sN", Py_TYPE(e)->tp_name, PyObject_Str(e)) : PyUnicode_FromString("null"); Py_XDECREF(e); } \
        PyList_Append(list, r); Py_DECREF(r); } while (0)
#define INT(expr) do { long r = (expr); PyObject *e = PyErr_GetRaisedException(); \
        PyObject *o = e ? Py_BuildValue("sN", Py_TYPE(e)->tp_name, PyObject_Str(e)) : PyLong_FromLong(r); Py_XDECREF(e); \
        PyList_Append(list, o); Py_DECREF(o); } while (0)
    ADD(PyNumber_Add(a, b)); ADD(PyNumber_Multiply(a, b)); ADD(PyNumber_TrueDivide(a, b)); ADD(PyNumber_Power(a, b, Py_None));
    ADD(PyNumber_Negative(a)); ADD(PyNumber_Long(a)); ADD(PyNumber_Float(a)); ADD(PyNumber_Index(a)); ADD(PyNumber_ToBase(a, 16));
    ADD(PyNumber_InPlaceAdd(a, b)); ADD(PyNumber_Divmod(a, b)); ADD(PyNumber_And(a, b));
    INT(PyNumber_Check(a)); INT(PyIndex_Check(a)); INT(PyNumber_AsSsize_t(a, PyExc_IndexError));
    INT(PySequence_Check(a)); INT(PySequence_Size(a)); ADD(PySequence_GetItem(a, -1)); ADD(PySequence_GetSlice(a, 0, 2));
    ADD(PySequence_Concat(a, b)); ADD(PySequence_Repeat(a, 2)); INT(PySequence_Count(a, b)); INT(PySequence_Index(a, b));
    INT(PySequence_Contains(a, b)); ADD(PySequence_Tuple(a)); ADD(PySequence_List(a)); ADD(PySequence_Fast(a, "not fast"));
    INT(PySequence_SetItem(a, 0, b)); INT(PySequence_DelItem(a, 0));
    INT(PyMapping_Check(a)); INT(PyMapping_Size(a)); ADD(PyMapping_Keys(a)); ADD(PyMapping_Items(a));
    ADD(PyMapping_GetItemString(a, "k")); INT(PyMapping_HasKeyWithError(a, b));
    INT(PyObject_Size(a)); INT(PyObject_Hash(a) == PyObject_Hash(a)); INT(PyObject_IsTrue(a)); INT(PyObject_Not(a));
    ADD(PyObject_GetItem(a, b)); INT(PyObject_SetItem(a, b, b)); INT(PyObject_DelItem(a, b));
    INT(PyObject_RichCompareBool(a, b, Py_LT)); ADD(PyObject_RichCompare(a, b, Py_EQ)); ADD(PyObject_GetIter(b)); 
    ADD(PyObject_GetAttrString(a, "nothing")); INT(PyObject_HasAttrStringWithError(a, "__class__")); ADD(PyObject_Type(a));
    ADD(PyObject_Bytes(a)); ADD(PyObject_ASCII(a)); ADD(PyObject_Format(a, NULL)); INT(PyObject_IsInstance(a, b));
    INT(PyObject_IsSubclass(b, a)); INT(PyCallable_Check(a)); ADD(PyObject_CallNoArgs(a)); ADD(PyObject_CallFunction(a, "i", 3));
    ADD(PyObject_CallMethod(a, "__eq__", "(O)", b)); ADD(PyObject_CallMethod(a, "__len__", NULL));
    ADD(PyObject_CallMethodObjArgs(a, PyUnicode_InternFromString("__eq__"), b, NULL));
    ADD(PyObject_CallFunctionObjArgs(b, a, NULL)); INT(PyObject_LengthHint(a, 9));
    return list;
}
static PyObject *run(PyObject *self, PyObject *args)
{
    const char *source; int start;
    if (!PyArg_ParseTuple(args, "si", &source, &start))
        return NULL;
    PyObject *globals = PyDict_New();
    PyDict_SetItemString(globals, "x", PyLong_FromLong(20));
    PyObject *result = PyRun_StringFlags(source, start, globals, globals, NULL);
    if (result && start == Py_file_input) {
        Py_DECREF(result);
        result = Py_XNewRef(PyDict_GetItemString(globals, "y"));
    }
    Py_DECREF(globals);
    return result;
}
static PyObject *states(PyObject *self, PyObject *unused)
{
    PyThreadState *before = PyThreadState_Get();
    PyGILState_STATE state = PyGILState_Ensure();
    PyGILState_Release(state);
    PyThreadState *saved = PyEval_SaveThread();
    int held = PyGILState_Check();
    PyGILState_STATE again = PyGILState_Ensure();
    int held_again = PyGILState_Check();
    PyGILState_Release(again);
    PyEval_RestoreThread(saved);
    PyThread_type_lock lock = PyThread_allocate_lock();
    int first = PyThread_acquire_lock(lock, 1), second = PyThread_acquire_lock(lock, 0);
    PyThread_release_lock(lock);
    PyThread_free_lock(lock);
    Py_tss_t key = Py_tss_NEEDS_INIT;
    PyThread_tss_create(&key);
    PyThread_tss_set(&key, &first);
    int kept = PyThread_tss_get(&key) == &first;
    PyThread_tss_delete(&key);
    PyMutex mutex = {0};
    PyMutex_Lock(&mutex);
    int locked = PyMutex_IsLocked(&mutex);
    PyMutex_Unlock(&mutex);
    return Py_BuildValue("iiiiiiiii", before == saved, held, held_again, first, second, kept, locked, Py_IsInitialized(),
                         PyInterpreterState_GetID(PyInterpreterState_Get()) == 0);
}
static PyMethodDef methods[] = {{"call", call, METH_NOARGS, "call()\n--\n\nCount."}, {"counts", counts, METH_NOARGS, NULL},
                                {"capsule", capsule, METH_NOARGS, NULL}, {"protocols", protocols, METH_VARARGS, NULL},
                                {"run", run, METH_VARARGS, NULL}, {"states", states, METH_NOARGS, NULL}, {NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "c_modules", "Doc.", sizeof(State), methods};

PyMODINIT_FUNC PyInit_c_modules(void)
{
    inits++;
    PyObject *module = PyModule_Create(&definition);
    if (!module)
        return NULL;
    PyModule_AddStringConstant(module, "text", "constant");
    PyModule_AddIntMacro(module, PY_MAJOR_VERSION);
    return module;
}
PyMODINIT_FUNC PyInit_c_modules_null(void) { return NULL; }
PyMODINIT_FUNC PyInit_c_modules_raises(void) { PyErr_SetString(PyExc_RuntimeError, "no module today"); return NULL; }
PyMODINIT_FUNC PyInit_c_modules_object(void) { return PyLong_FromLong(5); }
PyMODINIT_FUNC PyInit_c_modules_unreported(void) { PyErr_SetString(PyExc_RuntimeError, "unreported"); return PyModule_Create(&definition); }
