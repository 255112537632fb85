/* Types of extensions: static ones, ones from specs, their slots, and classes on top of them. */
#include <Python.h>
#include <stddef.h>

/* ---- a static type ---- */
typedef struct {
    PyObject_HEAD
    PyObject *value;
    long count;
    char flag;
    double ratio;
    PyObject *dict;
    PyObject *weak;
} Static;

static int static_init(Static *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"value", "count", NULL};
    PyObject *value = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|Ol:Static", names, &value, &self->count))
        return -1;
    Py_XSETREF(self->value, Py_NewRef(value));
    return 0;
}
static int static_traverse(Static *self, visitproc visit, void *arg)
{
    Py_VISIT(self->value);
    Py_VISIT(self->dict);
    return 0;
}
static int static_clear(Static *self)
{
    Py_CLEAR(self->value);
    Py_CLEAR(self->dict);
    return 0;
}
static int alive;
static void static_dealloc(Static *self)
{
    PyObject_GC_UnTrack(self);
    if (self->weak)
        PyObject_ClearWeakRefs((PyObject *)self);
    static_clear(self);
    alive--;
    Py_TYPE(self)->tp_free((PyObject *)self);
}
static PyObject *static_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Static *self = (Static *)type->tp_alloc(type, 0);
    if (self) {
        alive++;
        self->ratio = 0.25;
    }
    return (PyObject *)self;
}
static PyObject *static_repr(Static *self) { return PyUnicode_FromFormat("Static(%R, %ld)", self->value, self->count); }
static PyObject *static_add(PyObject *a, PyObject *b)
{
    if (!PyLong_Check(b))
        Py_RETURN_NOTIMPLEMENTED;
    return Py_BuildValue("(sOl)", "add", ((Static *)a)->value, PyLong_AsLong(b));
}
static Py_ssize_t static_length(Static *self) { return self->count; }
static PyObject *static_item(Static *self, Py_ssize_t at)
{
    if (at < 0 || at >= self->count) {
        PyErr_SetString(PyExc_IndexError, "out of range");
        return NULL;
    }
    return PyLong_FromSsize_t(at * 10);
}
static int static_contains(Static *self, PyObject *value) { return PyObject_RichCompareBool(self->value, value, Py_EQ); }
static PyObject *static_call(Static *self, PyObject *args, PyObject *kwargs) { return Py_BuildValue("OOO", self->value, args, kwargs ? kwargs : Py_None); }
static PyObject *static_compare(Static *a, PyObject *b, int op)
{
    if (!PyObject_TypeCheck(b, Py_TYPE(a)))
        Py_RETURN_NOTIMPLEMENTED;
    Py_RETURN_RICHCOMPARE(a->count, ((Static *)b)->count, op);
}
static PyObject *noargs(PyObject *self, PyObject *unused) { return Py_BuildValue("s", "noargs"); }
static PyObject *o(PyObject *self, PyObject *arg) { return Py_BuildValue("sO", "o", arg); }
static PyObject *varargs(PyObject *self, PyObject *args) { return Py_BuildValue("sO", "varargs", args); }
static PyObject *varkw(PyObject *self, PyObject *args, PyObject *kwargs) { return Py_BuildValue("sOO", "varkw", args, kwargs ? kwargs : Py_None); }
static PyObject *fast(PyObject *self, PyObject *const *args, Py_ssize_t n) { return Py_BuildValue("snO", "fast", n, n ? args[0] : Py_None); }
static PyObject *fastkw(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *names)
{
    return Py_BuildValue("snOO", "fastkw", n, names ? names : Py_None, names ? args[n] : Py_None);
}
static PyObject *class_(PyObject *cls, PyObject *unused) { return Py_BuildValue("sO", "class", cls); }
static PyObject *static_(PyObject *nothing, PyObject *arg) { return Py_BuildValue("sOi", "static", arg, nothing == NULL); }
static PyObject *coexist(PyObject *self, PyObject *arg) { return Py_BuildValue("sO", "coexist", arg); }
static PyMethodDef static_methods[] = {
    {"noargs", noargs, METH_NOARGS, "noargs($self, /)\n--\n\nTakes nothing."},
    {"o", o, METH_O, NULL},
    {"varargs", varargs, METH_VARARGS, NULL},
    {"varkw", (PyCFunction)varkw, METH_VARARGS | METH_KEYWORDS, NULL},
    {"fast", (PyCFunction)fast, METH_FASTCALL, NULL},
    {"fastkw", (PyCFunction)fastkw, METH_FASTCALL | METH_KEYWORDS, NULL},
    {"class_", class_, METH_NOARGS | METH_CLASS, NULL},
    {"static_", static_, METH_O | METH_STATIC, NULL},
    {"__contains__", coexist, METH_O | METH_COEXIST, NULL},
    {NULL},
};
static PyMemberDef static_members[] = {
    {"value", Py_T_OBJECT_EX, offsetof(Static, value), 0, "the value"},
    {"count", Py_T_LONG, offsetof(Static, count), 0, NULL},
    {"flag", Py_T_BOOL, offsetof(Static, flag), 0, NULL},
    {"ratio", Py_T_DOUBLE, offsetof(Static, ratio), Py_READONLY, NULL},
    {NULL},
};
static PyObject *get_double(Static *self, void *closure) { return PyLong_FromLong(self->count * *(long *)closure); }
static int set_double(Static *self, PyObject *value, void *closure)
{
    if (!value) {
        PyErr_SetString(PyExc_TypeError, "cannot delete");
        return -1;
    }
    self->count = PyLong_AsLong(value) / *(long *)closure;
    return PyErr_Occurred() ? -1 : 0;
}
static long two = 2;
static PyGetSetDef static_getset[] = {
    {"double", (getter)get_double, (setter)set_double, "twice the count", &two},
    {"readonly", (getter)get_double, NULL, NULL, &two},
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {NULL},
};
static PyNumberMethods static_number = {.nb_add = static_add};
static PySequenceMethods static_sequence = {.sq_length = (lenfunc)static_length, .sq_item = (ssizeargfunc)static_item,
                                            .sq_contains = (objobjproc)static_contains};
static PyTypeObject Static_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "c_types.Static",
    .tp_basicsize = sizeof(Static),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "Static(value=None, count=0)\n--\n\nA static type.",
    .tp_new = static_new, .tp_init = (initproc)static_init, .tp_dealloc = (destructor)static_dealloc,
    .tp_traverse = (traverseproc)static_traverse, .tp_clear = (inquiry)static_clear,
    .tp_repr = (reprfunc)static_repr, .tp_call = (ternaryfunc)static_call, .tp_richcompare = (richcmpfunc)static_compare,
    .tp_as_number = &static_number, .tp_as_sequence = &static_sequence,
    .tp_methods = static_methods, .tp_members = static_members, .tp_getset = static_getset,
    .tp_dictoffset = offsetof(Static, dict), .tp_weaklistoffset = offsetof(Static, weak),
};

/* ---- a static type on top of it, and one on top of dict ---- */
static PyTypeObject Derived_Type = {
    PyVarObject_HEAD_INIT(NULL, 0) .tp_name = "c_types.Derived", .tp_base = &Static_Type,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
};
typedef struct { PyDictObject base; long extra; } Map;
static void map_dealloc(PyObject *self) { PyDict_Type.tp_dealloc(self); }
static PyMemberDef map_members[] = {{"extra", Py_T_LONG, sizeof(PyDictObject), 0, NULL}, {NULL}};
static PyTypeObject Map_Type = {
    PyVarObject_HEAD_INIT(NULL, 0) .tp_name = "c_types.Map", .tp_base = &PyDict_Type, .tp_basicsize = sizeof(Map),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, .tp_members = map_members, .tp_dealloc = map_dealloc,
};
/* neither new nor init */
static PyTypeObject Opaque_Type = {
    PyVarObject_HEAD_INIT(NULL, 0) .tp_name = "c_types.Opaque", .tp_basicsize = sizeof(PyObject), .tp_flags = Py_TPFLAGS_DEFAULT,
};

/* ---- types from specs ---- */
typedef struct { PyObject_HEAD long number; vectorcallfunc call; PyObject *weak; PyObject *dict; } Heap;
static PyObject *heap_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names)
{
    return Py_BuildValue("snO", "vectorcall", PyVectorcall_NARGS(nargsf), names ? names : Py_None);
}
static PyObject *heap_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Heap *self = (Heap *)type->tp_alloc(type, 0);
    if (self) {
        self->number = 7;
        self->call = heap_vectorcall;
        alive++;
    }
    return (PyObject *)self;
}
static int heap_traverse(Heap *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->dict);
    return 0;
}
static void heap_dealloc(Heap *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    if (self->weak)
        PyObject_ClearWeakRefs((PyObject *)self);
    Py_CLEAR(self->dict);
    alive--;
    type->tp_free(self);
    Py_DECREF(type);
}
static PyObject *heap_iter(PyObject *self) { return Py_NewRef(self); }
static PyObject *heap_next(Heap *self) { return self->number-- > 0 ? PyLong_FromLong(self->number) : NULL; }
static PyObject *defining(PyObject *self, PyTypeObject *cls, PyObject *const *args, Py_ssize_t n, PyObject *names)
{
    PyObject *module = PyType_GetModule(cls);
    long *state = module ? PyModule_GetState(module) : NULL;
    return Py_BuildValue("sOnl", "method", cls, n, state ? *state : -1);
}
static PyMethodDef heap_methods[] = {
    {"defining", (PyCFunction)defining, METH_METHOD | METH_FASTCALL | METH_KEYWORDS, NULL},
    {NULL},
};
static PyMemberDef heap_members[] = {
    {"number", Py_T_LONG, offsetof(Heap, number), 0, NULL},
    {"__vectorcalloffset__", Py_T_PYSSIZET, offsetof(Heap, call), Py_READONLY, NULL},
    {"__weaklistoffset__", Py_T_PYSSIZET, offsetof(Heap, weak), Py_READONLY, NULL},
    {"__dictoffset__", Py_T_PYSSIZET, offsetof(Heap, dict), Py_READONLY, NULL},
    {NULL},
};
static PyType_Slot heap_slots[] = {
    {Py_tp_new, heap_new}, {Py_tp_dealloc, heap_dealloc}, {Py_tp_traverse, heap_traverse}, {Py_tp_iter, heap_iter},
    {Py_tp_iternext, heap_next}, {Py_tp_call, PyVectorcall_Call}, {Py_tp_methods, heap_methods}, {Py_tp_members, heap_members},
    {Py_tp_doc, "A type from a spec."}, {0, NULL},
};
static PyType_Spec heap_spec = {"c_types.Heap", sizeof(Heap), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL, heap_slots};

typedef struct { long a; PyObject *b; } Part;
static PyMemberDef part_members[] = {
    {"a", Py_T_LONG, offsetof(Part, a), Py_RELATIVE_OFFSET, NULL},
    {"b", Py_T_OBJECT_EX, offsetof(Part, b), Py_RELATIVE_OFFSET, NULL},
    {NULL},
};
static PyObject *part_sum(PyObject *self, PyTypeObject *cls, PyObject *const *args, Py_ssize_t n, PyObject *names)
{
    Part *part = PyObject_GetTypeData(self, cls);
    part->a += 1;
    return PyLong_FromLong(part->a);
}
static PyMethodDef part_methods[] = {{"sum", (PyCFunction)part_sum, METH_METHOD | METH_FASTCALL | METH_KEYWORDS, NULL}, {NULL}};
static PyType_Slot part_slots[] = {{Py_tp_members, part_members}, {Py_tp_methods, part_methods}, {0, NULL}};
static PyType_Spec part_spec = {"c_types.Part", -(int)sizeof(Part), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, part_slots};

static PyType_Slot managed_slots[] = {{0, NULL}};
static PyType_Spec managed_spec = {"c_types.Plain", 0, 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, managed_slots};

static PyObject *count(PyObject *self, PyObject *unused) { return PyLong_FromLong(alive); }
static PyObject *slots(PyObject *self, PyObject *arg)
{
    PyTypeObject *type = (PyTypeObject *)arg;
    return Py_BuildValue("iiiiN", PyType_GetSlot(type, Py_tp_new) != NULL, PyType_GetSlot(type, Py_nb_add) != NULL,
                         PyType_GetSlot(type, Py_tp_call) != NULL, (PyType_GetFlags(type) & Py_TPFLAGS_HAVE_GC) != 0,
                         PyType_GetFullyQualifiedName(type));
}
static PyObject *metaclass(PyObject *self, PyObject *args)
{
    PyTypeObject *meta; PyObject *bases;
    if (!PyArg_ParseTuple(args, "O!O", &PyType_Type, &meta, &bases))
        return NULL;
    return PyType_FromMetaclass(meta, self, &managed_spec, bases == Py_None ? NULL : bases);
}
static PyMethodDef methods[] = {{"count", count, METH_NOARGS, NULL}, {"slots", slots, METH_O, NULL},
                                {"metaclass", metaclass, METH_VARARGS, NULL}, {NULL}};

static int execute(PyObject *module)
{
    *(long *)PyModule_GetState(module) = 1234;
    if (PyModule_AddType(module, &Static_Type) < 0 || PyModule_AddType(module, &Derived_Type) < 0 ||
        PyModule_AddType(module, &Map_Type) < 0 || PyModule_AddType(module, &Opaque_Type) < 0)
        return -1;
    PyObject *heap = PyType_FromModuleAndSpec(module, &heap_spec, NULL);
    if (!heap || PyModule_Add(module, "Heap", heap) < 0)
        return -1;
    if (PyModule_Add(module, "Part", PyType_FromModuleAndSpec(module, &part_spec, NULL)) < 0)
        return -1;
    if (PyModule_Add(module, "ListPart", PyType_FromSpecWithBases(&part_spec, (PyObject *)&PyList_Type)) < 0)
        return -1;
    return 0;
}
static int clear_calls;
static void module_free(void *module) { clear_calls++; }
static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, execute}, {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
                                          {Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "c_types", "Types.", sizeof(long), methods, module_slots,
                                        .m_free = module_free};
PyMODINIT_FUNC PyInit_c_types(void) { return PyModuleDef_Init(&definition); }
