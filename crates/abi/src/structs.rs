//! CPython 3.14's structs (GIL build, 64-bit), field by field.
//!
//! Fields that change after construction are `Cell`s, which have the layout of what they hold. The
//! test `layout` compares every size and offset with the recorded figures of CPython.
#![allow(non_camel_case_types, non_snake_case)]

use std::cell::Cell;
use std::ffi::{c_char, c_int, c_uint, c_ulong, c_void};

pub type PyCFunction = Option<unsafe extern "C-unwind" fn(*mut PyObject, *mut PyObject) -> *mut PyObject>;
pub type PyCFunctionFast = Option<unsafe extern "C-unwind" fn(*mut PyObject, *const *mut PyObject, isize) -> *mut PyObject>;
pub type PyCFunctionFastWithKeywords =
    Option<unsafe extern "C-unwind" fn(*mut PyObject, *const *mut PyObject, isize, *mut PyObject) -> *mut PyObject>;
pub type PyCFunctionWithKeywords = Option<unsafe extern "C-unwind" fn(*mut PyObject, *mut PyObject, *mut PyObject) -> *mut PyObject>;
pub type PyCMethod =
    Option<unsafe extern "C-unwind" fn(*mut PyObject, *mut PyTypeObject, *const *mut PyObject, isize, *mut PyObject) -> *mut PyObject>;
pub type PyCapsule_Destructor = Option<unsafe extern "C-unwind" fn(*mut PyObject)>;
pub type PyOS_sighandler_t = Option<unsafe extern "C-unwind" fn(c_int)>;
pub type PyType_WatchCallback = Option<unsafe extern "C-unwind" fn(*mut PyTypeObject) -> c_int>;
pub type Py_AuditHookFunction = Option<unsafe extern "C-unwind" fn(*const c_char, *mut PyObject, *mut c_void) -> c_int>;
pub type Py_OpenCodeHookFunction = Option<unsafe extern "C-unwind" fn(*mut PyObject, *mut c_void) -> *mut PyObject>;
pub type Py_tracefunc = Option<unsafe extern "C-unwind" fn(*mut PyObject, *mut PyFrameObject, c_int, *mut PyObject) -> c_int>;
pub type _PyFrameEvalFunction = Option<unsafe extern "C-unwind" fn(*mut PyThreadState, *mut _PyInterpreterFrame, c_int) -> *mut PyObject>;
pub type allocfunc = Option<unsafe extern "C-unwind" fn(*mut PyTypeObject, isize) -> *mut PyObject>;
pub type binaryfunc = Option<unsafe extern "C-unwind" fn(*mut PyObject, *mut PyObject) -> *mut PyObject>;
pub type descrgetfunc = Option<unsafe extern "C-unwind" fn(*mut PyObject, *mut PyObject, *mut PyObject) -> *mut PyObject>;
pub type descrsetfunc = Option<unsafe extern "C-unwind" fn(*mut PyObject, *mut PyObject, *mut PyObject) -> c_int>;
pub type destructor = Option<unsafe extern "C-unwind" fn(*mut PyObject)>;
pub type freefunc = Option<unsafe extern "C-unwind" fn(*mut c_void)>;
pub type gcvisitobjects_t = Option<unsafe extern "C-unwind" fn(*mut PyObject, *mut c_void) -> c_int>;
pub type getattrfunc = Option<unsafe extern "C-unwind" fn(*mut PyObject, *mut c_char) -> *mut PyObject>;
pub type getattrofunc = Option<unsafe extern "C-unwind" fn(*mut PyObject, *mut PyObject) -> *mut PyObject>;
pub type getbufferproc = Option<unsafe extern "C-unwind" fn(*mut PyObject, *mut Py_buffer, c_int) -> c_int>;
pub type getiterfunc = Option<unsafe extern "C-unwind" fn(*mut PyObject) -> *mut PyObject>;
pub type getter = Option<unsafe extern "C-unwind" fn(*mut PyObject, *mut c_void) -> *mut PyObject>;
pub type hashfunc = Option<unsafe extern "C-unwind" fn(*mut PyObject) -> isize>;
pub type initproc = Option<unsafe extern "C-unwind" fn(*mut PyObject, *mut PyObject, *mut PyObject) -> c_int>;
pub type inquiry = Option<unsafe extern "C-unwind" fn(*mut PyObject) -> c_int>;
pub type iternextfunc = Option<unsafe extern "C-unwind" fn(*mut PyObject) -> *mut PyObject>;
pub type lenfunc = Option<unsafe extern "C-unwind" fn(*mut PyObject) -> isize>;
pub type newfunc = Option<unsafe extern "C-unwind" fn(*mut PyTypeObject, *mut PyObject, *mut PyObject) -> *mut PyObject>;
pub type objobjargproc = Option<unsafe extern "C-unwind" fn(*mut PyObject, *mut PyObject, *mut PyObject) -> c_int>;
pub type objobjproc = Option<unsafe extern "C-unwind" fn(*mut PyObject, *mut PyObject) -> c_int>;
pub type releasebufferproc = Option<unsafe extern "C-unwind" fn(*mut PyObject, *mut Py_buffer)>;
pub type reprfunc = Option<unsafe extern "C-unwind" fn(*mut PyObject) -> *mut PyObject>;
pub type richcmpfunc = Option<unsafe extern "C-unwind" fn(*mut PyObject, *mut PyObject, c_int) -> *mut PyObject>;
pub type sendfunc = Option<unsafe extern "C-unwind" fn(*mut PyObject, *mut PyObject, *mut *mut PyObject) -> c_int>;
pub type setattrfunc = Option<unsafe extern "C-unwind" fn(*mut PyObject, *mut c_char, *mut PyObject) -> c_int>;
pub type setattrofunc = Option<unsafe extern "C-unwind" fn(*mut PyObject, *mut PyObject, *mut PyObject) -> c_int>;
pub type setter = Option<unsafe extern "C-unwind" fn(*mut PyObject, *mut PyObject, *mut c_void) -> c_int>;
pub type ssizeargfunc = Option<unsafe extern "C-unwind" fn(*mut PyObject, isize) -> *mut PyObject>;
pub type ssizeobjargproc = Option<unsafe extern "C-unwind" fn(*mut PyObject, isize, *mut PyObject) -> c_int>;
pub type ssizessizeargfunc = Option<unsafe extern "C-unwind" fn(*mut PyObject, isize, isize) -> *mut PyObject>;
pub type ssizessizeobjargproc = Option<unsafe extern "C-unwind" fn(*mut PyObject, isize, isize, *mut PyObject) -> c_int>;
pub type ternaryfunc = Option<unsafe extern "C-unwind" fn(*mut PyObject, *mut PyObject, *mut PyObject) -> *mut PyObject>;
pub type traverseproc = Option<unsafe extern "C-unwind" fn(*mut PyObject, visitproc, *mut c_void) -> c_int>;
pub type unaryfunc = Option<unsafe extern "C-unwind" fn(*mut PyObject) -> *mut PyObject>;
pub type vectorcallfunc = Option<unsafe extern "C-unwind" fn(*mut PyObject, *const *mut PyObject, usize, *mut PyObject) -> *mut PyObject>;
pub type visitproc = unsafe extern "C-unwind" fn(*mut PyObject, *mut c_void) -> c_int;
pub type wrapperfunc = Option<unsafe extern "C-unwind" fn(*mut PyObject, *mut PyObject, *mut c_void) -> *mut PyObject>;
pub type wrapperfunc_kwds = Option<unsafe extern "C-unwind" fn(*mut PyObject, *mut PyObject, *mut c_void, *mut PyObject) -> *mut PyObject>;

/// What every object begins with: the reference count (its low 32 bits; the rest is 0 for mortal
/// objects) and the type.
#[repr(C)]
pub struct PyObject {
    pub ob_refcnt_full: Cell<i64>,
    pub ob_type: Cell<*mut PyTypeObject>,
}

#[repr(C)]
pub struct PyVarObject {
    pub ob_base: PyObject,
    pub ob_size: Cell<isize>,
}

#[repr(C)]
pub struct PyTypeObject {
    pub ob_base: PyVarObject,
    pub tp_name: Cell<*const c_char>,
    pub tp_basicsize: Cell<isize>,
    pub tp_itemsize: Cell<isize>,
    pub tp_dealloc: Cell<destructor>,
    pub tp_vectorcall_offset: Cell<isize>,
    pub tp_getattr: Cell<getattrfunc>,
    pub tp_setattr: Cell<setattrfunc>,
    pub tp_as_async: Cell<*const PyAsyncMethods>,
    pub tp_repr: Cell<reprfunc>,
    pub tp_as_number: Cell<*const PyNumberMethods>,
    pub tp_as_sequence: Cell<*const PySequenceMethods>,
    pub tp_as_mapping: Cell<*const PyMappingMethods>,
    pub tp_hash: Cell<hashfunc>,
    pub tp_call: Cell<ternaryfunc>,
    pub tp_str: Cell<reprfunc>,
    pub tp_getattro: Cell<getattrofunc>,
    pub tp_setattro: Cell<setattrofunc>,
    pub tp_as_buffer: Cell<*const PyBufferProcs>,
    pub tp_flags: Cell<c_ulong>,
    pub tp_doc: Cell<*const c_char>,
    pub tp_traverse: Cell<traverseproc>,
    pub tp_clear: Cell<inquiry>,
    pub tp_richcompare: Cell<richcmpfunc>,
    pub tp_weaklistoffset: Cell<isize>,
    pub tp_iter: Cell<getiterfunc>,
    pub tp_iternext: Cell<iternextfunc>,
    pub tp_methods: Cell<*const PyMethodDef>,
    pub tp_members: Cell<*const PyMemberDef>,
    pub tp_getset: Cell<*const PyGetSetDef>,
    pub tp_base: Cell<*mut PyTypeObject>,
    pub tp_dict: Cell<*mut PyObject>,
    pub tp_descr_get: Cell<descrgetfunc>,
    pub tp_descr_set: Cell<descrsetfunc>,
    pub tp_dictoffset: Cell<isize>,
    pub tp_init: Cell<initproc>,
    pub tp_alloc: Cell<allocfunc>,
    pub tp_new: Cell<newfunc>,
    pub tp_free: Cell<freefunc>,
    pub tp_is_gc: Cell<inquiry>,
    pub tp_bases: Cell<*mut PyObject>,
    pub tp_mro: Cell<*mut PyObject>,
    pub tp_cache: Cell<*mut PyObject>,
    pub tp_subclasses: Cell<*mut c_void>,
    pub tp_weaklist: Cell<*mut PyObject>,
    pub tp_del: Cell<destructor>,
    pub tp_version_tag: Cell<c_uint>,
    pub tp_finalize: Cell<destructor>,
    pub tp_vectorcall: Cell<vectorcallfunc>,
    pub tp_watched: Cell<u8>,
    pub tp_versions_used: Cell<u16>,
}

#[repr(C)]
pub struct PyHeapTypeObject {
    pub ht_type: PyTypeObject,
    pub as_async: PyAsyncMethods,
    pub as_number: PyNumberMethods,
    pub as_mapping: PyMappingMethods,
    pub as_sequence: PySequenceMethods,
    pub as_buffer: PyBufferProcs,
    pub ht_name: Cell<*mut PyObject>,
    pub ht_slots: Cell<*mut PyObject>,
    pub ht_qualname: Cell<*mut PyObject>,
    pub ht_cached_keys: Cell<*mut c_void>,
    pub ht_module: Cell<*mut PyObject>,
    pub _ht_tpname: Cell<*mut c_char>,
    pub ht_token: Cell<*mut c_void>,
    pub _spec_cache: Cell<[usize; 3]>,
}

#[derive(Clone, Copy)]
#[repr(C)]
pub struct PyNumberMethods {
    pub nb_add: binaryfunc,
    pub nb_subtract: binaryfunc,
    pub nb_multiply: binaryfunc,
    pub nb_remainder: binaryfunc,
    pub nb_divmod: binaryfunc,
    pub nb_power: ternaryfunc,
    pub nb_negative: unaryfunc,
    pub nb_positive: unaryfunc,
    pub nb_absolute: unaryfunc,
    pub nb_bool: inquiry,
    pub nb_invert: unaryfunc,
    pub nb_lshift: binaryfunc,
    pub nb_rshift: binaryfunc,
    pub nb_and: binaryfunc,
    pub nb_xor: binaryfunc,
    pub nb_or: binaryfunc,
    pub nb_int: unaryfunc,
    pub nb_reserved: *mut c_void,
    pub nb_float: unaryfunc,
    pub nb_inplace_add: binaryfunc,
    pub nb_inplace_subtract: binaryfunc,
    pub nb_inplace_multiply: binaryfunc,
    pub nb_inplace_remainder: binaryfunc,
    pub nb_inplace_power: ternaryfunc,
    pub nb_inplace_lshift: binaryfunc,
    pub nb_inplace_rshift: binaryfunc,
    pub nb_inplace_and: binaryfunc,
    pub nb_inplace_xor: binaryfunc,
    pub nb_inplace_or: binaryfunc,
    pub nb_floor_divide: binaryfunc,
    pub nb_true_divide: binaryfunc,
    pub nb_inplace_floor_divide: binaryfunc,
    pub nb_inplace_true_divide: binaryfunc,
    pub nb_index: unaryfunc,
    pub nb_matrix_multiply: binaryfunc,
    pub nb_inplace_matrix_multiply: binaryfunc,
}

#[derive(Clone, Copy)]
#[repr(C)]
pub struct PySequenceMethods {
    pub sq_length: lenfunc,
    pub sq_concat: binaryfunc,
    pub sq_repeat: ssizeargfunc,
    pub sq_item: ssizeargfunc,
    pub was_sq_slice: *mut c_void,
    pub sq_ass_item: ssizeobjargproc,
    pub was_sq_ass_slice: *mut c_void,
    pub sq_contains: objobjproc,
    pub sq_inplace_concat: binaryfunc,
    pub sq_inplace_repeat: ssizeargfunc,
}

#[derive(Clone, Copy)]
#[repr(C)]
pub struct PyMappingMethods {
    pub mp_length: lenfunc,
    pub mp_subscript: binaryfunc,
    pub mp_ass_subscript: objobjargproc,
}

#[derive(Clone, Copy)]
#[repr(C)]
pub struct PyAsyncMethods {
    pub am_await: unaryfunc,
    pub am_aiter: unaryfunc,
    pub am_anext: unaryfunc,
    pub am_send: sendfunc,
}

#[derive(Clone, Copy)]
#[repr(C)]
pub struct PyBufferProcs {
    pub bf_getbuffer: getbufferproc,
    pub bf_releasebuffer: releasebufferproc,
}

#[repr(C)]
pub struct PyLongObject {
    pub ob_base: PyObject,
    pub long_value: _PyLongValue,
}

#[repr(C)]
pub struct _PyLongValue {
    pub lv_tag: Cell<usize>,
    pub ob_digit: Cell<[u32; 1]>,
}

#[repr(C)]
pub struct PyFloatObject {
    pub ob_base: PyObject,
    pub ob_fval: Cell<f64>,
}

#[repr(C)]
pub struct PyComplexObject {
    pub ob_base: PyObject,
    pub cval: Py_complex,
}

#[derive(Clone, Copy)]
#[repr(C)]
pub struct Py_complex {
    pub real: f64,
    pub imag: f64,
}

#[repr(C)]
pub struct PyBytesObject {
    pub ob_base: PyVarObject,
    pub ob_shash: Cell<isize>,
    pub ob_sval: Cell<[c_char; 1]>,
}

#[repr(C)]
pub struct PyByteArrayObject {
    pub ob_base: PyVarObject,
    pub ob_alloc: Cell<isize>,
    pub ob_bytes: Cell<*mut c_char>,
    pub ob_start: Cell<*mut c_char>,
    pub ob_exports: Cell<isize>,
}

#[repr(C)]
pub struct PyASCIIObject {
    pub ob_base: PyObject,
    pub length: Cell<isize>,
    pub hash: Cell<isize>,
    pub state: Cell<u32>,
}

#[repr(C)]
pub struct PyCompactUnicodeObject {
    pub _base: PyASCIIObject,
    pub utf8_length: Cell<isize>,
    pub utf8: Cell<*mut c_char>,
}

#[repr(C)]
pub struct PyUnicodeObject {
    pub _base: PyCompactUnicodeObject,
    /// `data.any`: the characters of a string that is not compact.
    pub data: Cell<*mut c_void>,
}

#[repr(C)]
pub struct PyTupleObject {
    pub ob_base: PyVarObject,
    pub ob_hash: Cell<isize>,
    pub ob_item: Cell<[*mut PyObject; 1]>,
}

#[repr(C)]
pub struct PyListObject {
    pub ob_base: PyVarObject,
    pub ob_item: Cell<*mut *mut PyObject>,
    pub allocated: Cell<isize>,
}

#[repr(C)]
pub struct PyDictObject {
    pub ob_base: PyObject,
    pub ma_used: Cell<isize>,
    pub _ma_watcher_tag: Cell<u64>,
    pub ma_keys: Cell<*mut c_void>,
    pub ma_values: Cell<*mut c_void>,
}

#[repr(C)]
pub struct PySetObject {
    pub ob_base: PyObject,
    pub fill: Cell<isize>,
    pub used: Cell<isize>,
    pub mask: Cell<isize>,
    pub table: Cell<*mut setentry>,
    pub hash: Cell<isize>,
    pub finger: Cell<isize>,
    pub smalltable: Cell<[setentry; 8]>,
    pub weakreflist: Cell<*mut PyObject>,
}

#[repr(C)]
pub struct setentry {
    pub key: Cell<*mut PyObject>,
    pub hash: Cell<isize>,
}

#[repr(C)]
pub struct PySliceObject {
    pub ob_base: PyObject,
    pub start: Cell<*mut PyObject>,
    pub stop: Cell<*mut PyObject>,
    pub step: Cell<*mut PyObject>,
}

#[repr(C)]
pub struct PyCFunctionObject {
    pub ob_base: PyObject,
    pub m_ml: Cell<*const PyMethodDef>,
    pub m_self: Cell<*mut PyObject>,
    pub m_module: Cell<*mut PyObject>,
    pub m_weakreflist: Cell<*mut PyObject>,
    pub vectorcall: Cell<vectorcallfunc>,
}

#[repr(C)]
pub struct PyCMethodObject {
    pub func: PyCFunctionObject,
    pub mm_class: Cell<*mut PyTypeObject>,
}

#[repr(C)]
pub struct PyMethodObject {
    pub ob_base: PyObject,
    pub im_func: Cell<*mut PyObject>,
    pub im_self: Cell<*mut PyObject>,
    pub im_weakreflist: Cell<*mut PyObject>,
    pub vectorcall: Cell<vectorcallfunc>,
}

#[repr(C)]
pub struct PyInstanceMethodObject {
    pub ob_base: PyObject,
    pub func: Cell<*mut PyObject>,
}

#[repr(C)]
pub struct PyFunctionObject {
    pub ob_base: PyObject,
    pub func_globals: Cell<*mut PyObject>,
    pub func_builtins: Cell<*mut PyObject>,
    pub func_name: Cell<*mut PyObject>,
    pub func_qualname: Cell<*mut PyObject>,
    pub func_code: Cell<*mut PyObject>,
    pub func_defaults: Cell<*mut PyObject>,
    pub func_kwdefaults: Cell<*mut PyObject>,
    pub func_closure: Cell<*mut PyObject>,
    pub func_doc: Cell<*mut PyObject>,
    pub func_dict: Cell<*mut PyObject>,
    pub func_weakreflist: Cell<*mut PyObject>,
    pub func_module: Cell<*mut PyObject>,
    pub func_annotations: Cell<*mut PyObject>,
    pub func_annotate: Cell<*mut PyObject>,
    pub func_typeparams: Cell<*mut PyObject>,
    pub vectorcall: Cell<vectorcallfunc>,
    pub func_version: Cell<u32>,
}

#[repr(C)]
pub struct PyCodeObject {
    pub ob_base: PyVarObject,
    pub co_consts: Cell<*mut PyObject>,
    pub co_names: Cell<*mut PyObject>,
    pub co_exceptiontable: Cell<*mut PyObject>,
    pub co_flags: Cell<c_int>,
    pub co_argcount: Cell<c_int>,
    pub co_posonlyargcount: Cell<c_int>,
    pub co_kwonlyargcount: Cell<c_int>,
    pub co_stacksize: Cell<c_int>,
    pub co_firstlineno: Cell<c_int>,
    pub co_nlocalsplus: Cell<c_int>,
    pub co_framesize: Cell<c_int>,
    pub co_nlocals: Cell<c_int>,
    pub co_ncellvars: Cell<c_int>,
    pub co_nfreevars: Cell<c_int>,
    pub co_version: Cell<u32>,
    pub co_localsplusnames: Cell<*mut PyObject>,
    pub co_localspluskinds: Cell<*mut PyObject>,
    pub co_filename: Cell<*mut PyObject>,
    pub co_name: Cell<*mut PyObject>,
    pub co_qualname: Cell<*mut PyObject>,
    pub co_linetable: Cell<*mut PyObject>,
    pub co_weakreflist: Cell<*mut PyObject>,
    pub co_executors: Cell<*mut c_void>,
    pub _co_cached: Cell<*mut c_void>,
    pub _co_instrumentation_version: Cell<usize>,
    pub _co_monitoring: Cell<*mut c_void>,
    pub _co_unique_id: Cell<isize>,
    pub _co_firsttraceable: Cell<c_int>,
    pub co_extra: Cell<*mut c_void>,
    pub co_code_adaptive: Cell<[c_char; 1]>,
}

#[repr(C)]
pub struct _PyCoCached {
    pub _co_code: Cell<*mut PyObject>,
    pub _co_varnames: Cell<*mut PyObject>,
    pub _co_cellvars: Cell<*mut PyObject>,
    pub _co_freevars: Cell<*mut PyObject>,
}

#[repr(C)]
pub struct PyCellObject {
    pub ob_base: PyObject,
    pub ob_ref: Cell<*mut PyObject>,
}

#[repr(C)]
pub struct PyBaseExceptionObject {
    pub ob_base: PyObject,
    pub dict: Cell<*mut PyObject>,
    pub args: Cell<*mut PyObject>,
    pub notes: Cell<*mut PyObject>,
    pub traceback: Cell<*mut PyObject>,
    pub context: Cell<*mut PyObject>,
    pub cause: Cell<*mut PyObject>,
    pub suppress_context: Cell<c_char>,
}

#[repr(C)]
pub struct PyBaseExceptionGroupObject {
    pub ob_base: PyObject,
    pub dict: Cell<*mut PyObject>,
    pub args: Cell<*mut PyObject>,
    pub notes: Cell<*mut PyObject>,
    pub traceback: Cell<*mut PyObject>,
    pub context: Cell<*mut PyObject>,
    pub cause: Cell<*mut PyObject>,
    pub suppress_context: Cell<c_char>,
    pub msg: Cell<*mut PyObject>,
    pub excs: Cell<*mut PyObject>,
    pub excs_str: Cell<*mut PyObject>,
}

#[repr(C)]
pub struct PySyntaxErrorObject {
    pub ob_base: PyObject,
    pub dict: Cell<*mut PyObject>,
    pub args: Cell<*mut PyObject>,
    pub notes: Cell<*mut PyObject>,
    pub traceback: Cell<*mut PyObject>,
    pub context: Cell<*mut PyObject>,
    pub cause: Cell<*mut PyObject>,
    pub suppress_context: Cell<c_char>,
    pub msg: Cell<*mut PyObject>,
    pub filename: Cell<*mut PyObject>,
    pub lineno: Cell<*mut PyObject>,
    pub offset: Cell<*mut PyObject>,
    pub end_lineno: Cell<*mut PyObject>,
    pub end_offset: Cell<*mut PyObject>,
    pub text: Cell<*mut PyObject>,
    pub print_file_and_line: Cell<*mut PyObject>,
    pub metadata: Cell<*mut PyObject>,
}

#[repr(C)]
pub struct PyImportErrorObject {
    pub ob_base: PyObject,
    pub dict: Cell<*mut PyObject>,
    pub args: Cell<*mut PyObject>,
    pub notes: Cell<*mut PyObject>,
    pub traceback: Cell<*mut PyObject>,
    pub context: Cell<*mut PyObject>,
    pub cause: Cell<*mut PyObject>,
    pub suppress_context: Cell<c_char>,
    pub msg: Cell<*mut PyObject>,
    pub name: Cell<*mut PyObject>,
    pub path: Cell<*mut PyObject>,
    pub name_from: Cell<*mut PyObject>,
}

#[repr(C)]
pub struct PyUnicodeErrorObject {
    pub ob_base: PyObject,
    pub dict: Cell<*mut PyObject>,
    pub args: Cell<*mut PyObject>,
    pub notes: Cell<*mut PyObject>,
    pub traceback: Cell<*mut PyObject>,
    pub context: Cell<*mut PyObject>,
    pub cause: Cell<*mut PyObject>,
    pub suppress_context: Cell<c_char>,
    pub encoding: Cell<*mut PyObject>,
    pub object: Cell<*mut PyObject>,
    pub start: Cell<isize>,
    pub end: Cell<isize>,
    pub reason: Cell<*mut PyObject>,
}

#[repr(C)]
pub struct PySystemExitObject {
    pub ob_base: PyObject,
    pub dict: Cell<*mut PyObject>,
    pub args: Cell<*mut PyObject>,
    pub notes: Cell<*mut PyObject>,
    pub traceback: Cell<*mut PyObject>,
    pub context: Cell<*mut PyObject>,
    pub cause: Cell<*mut PyObject>,
    pub suppress_context: Cell<c_char>,
    pub code: Cell<*mut PyObject>,
}

#[repr(C)]
pub struct PyOSErrorObject {
    pub ob_base: PyObject,
    pub dict: Cell<*mut PyObject>,
    pub args: Cell<*mut PyObject>,
    pub notes: Cell<*mut PyObject>,
    pub traceback: Cell<*mut PyObject>,
    pub context: Cell<*mut PyObject>,
    pub cause: Cell<*mut PyObject>,
    pub suppress_context: Cell<c_char>,
    pub myerrno: Cell<*mut PyObject>,
    pub strerror: Cell<*mut PyObject>,
    pub filename: Cell<*mut PyObject>,
    pub filename2: Cell<*mut PyObject>,
    pub written: Cell<isize>,
}

#[repr(C)]
pub struct PyStopIterationObject {
    pub ob_base: PyObject,
    pub dict: Cell<*mut PyObject>,
    pub args: Cell<*mut PyObject>,
    pub notes: Cell<*mut PyObject>,
    pub traceback: Cell<*mut PyObject>,
    pub context: Cell<*mut PyObject>,
    pub cause: Cell<*mut PyObject>,
    pub suppress_context: Cell<c_char>,
    pub value: Cell<*mut PyObject>,
}

#[repr(C)]
pub struct PyNameErrorObject {
    pub ob_base: PyObject,
    pub dict: Cell<*mut PyObject>,
    pub args: Cell<*mut PyObject>,
    pub notes: Cell<*mut PyObject>,
    pub traceback: Cell<*mut PyObject>,
    pub context: Cell<*mut PyObject>,
    pub cause: Cell<*mut PyObject>,
    pub suppress_context: Cell<c_char>,
    pub name: Cell<*mut PyObject>,
}

#[repr(C)]
pub struct PyAttributeErrorObject {
    pub ob_base: PyObject,
    pub dict: Cell<*mut PyObject>,
    pub args: Cell<*mut PyObject>,
    pub notes: Cell<*mut PyObject>,
    pub traceback: Cell<*mut PyObject>,
    pub context: Cell<*mut PyObject>,
    pub cause: Cell<*mut PyObject>,
    pub suppress_context: Cell<c_char>,
    pub obj: Cell<*mut PyObject>,
    pub name: Cell<*mut PyObject>,
}

#[repr(C)]
pub struct PyEnvironmentErrorObject {
    pub ob_base: PyObject,
    pub dict: Cell<*mut PyObject>,
    pub args: Cell<*mut PyObject>,
    pub notes: Cell<*mut PyObject>,
    pub traceback: Cell<*mut PyObject>,
    pub context: Cell<*mut PyObject>,
    pub cause: Cell<*mut PyObject>,
    pub suppress_context: Cell<c_char>,
    pub myerrno: Cell<*mut PyObject>,
    pub strerror: Cell<*mut PyObject>,
    pub filename: Cell<*mut PyObject>,
    pub filename2: Cell<*mut PyObject>,
    pub written: Cell<isize>,
}

#[repr(C)]
pub struct PyMemoryViewObject {
    pub ob_base: PyVarObject,
    pub mbuf: Cell<*mut _PyManagedBufferObject>,
    pub hash: Cell<isize>,
    pub flags: Cell<c_int>,
    pub exports: Cell<isize>,
    pub view: Py_buffer,
    pub weakreflist: Cell<*mut PyObject>,
    pub ob_array: Cell<[isize; 1]>,
}

#[repr(C)]
pub struct _PyManagedBufferObject {
    pub ob_base: PyObject,
    pub flags: Cell<c_int>,
    pub exports: Cell<isize>,
    pub master: Py_buffer,
}

#[derive(Clone, Copy)]
#[repr(C)]
pub struct Py_buffer {
    pub buf: *mut c_void,
    pub obj: *mut PyObject,
    pub len: isize,
    pub itemsize: isize,
    pub readonly: c_int,
    pub ndim: c_int,
    pub format: *mut c_char,
    pub shape: *mut isize,
    pub strides: *mut isize,
    pub suboffsets: *mut isize,
    pub internal: *mut c_void,
}

#[repr(C)]
pub struct PyModuleDef_Base {
    pub ob_base: PyObject,
    pub m_init: *mut c_void,
    pub m_index: isize,
    pub m_copy: *mut PyObject,
}

#[repr(C)]
pub struct PyModuleDef {
    pub m_base: PyModuleDef_Base,
    pub m_name: *const c_char,
    pub m_doc: *const c_char,
    pub m_size: isize,
    pub m_methods: *const PyMethodDef,
    pub m_slots: *const PyModuleDef_Slot,
    pub m_traverse: traverseproc,
    pub m_clear: inquiry,
    pub m_free: freefunc,
}

#[derive(Clone, Copy)]
#[repr(C)]
pub struct PyModuleDef_Slot {
    pub slot: c_int,
    pub value: *mut c_void,
}

#[derive(Clone, Copy)]
#[repr(C)]
pub struct PyMethodDef {
    pub ml_name: *const c_char,
    pub ml_meth: PyCFunction,
    pub ml_flags: c_int,
    pub ml_doc: *const c_char,
}

#[derive(Clone, Copy)]
#[repr(C)]
pub struct PyMemberDef {
    pub name: *const c_char,
    pub r#type: c_int,
    pub offset: isize,
    pub flags: c_int,
    pub doc: *const c_char,
}

#[derive(Clone, Copy)]
#[repr(C)]
pub struct PyGetSetDef {
    pub name: *const c_char,
    pub get: getter,
    pub set: setter,
    pub doc: *const c_char,
    pub closure: *mut c_void,
}

#[repr(C)]
pub struct PyType_Spec {
    pub name: *const c_char,
    pub basicsize: c_int,
    pub itemsize: c_int,
    pub flags: c_uint,
    pub slots: *const PyType_Slot,
}

#[repr(C)]
pub struct PyType_Slot {
    pub slot: c_int,
    pub pfunc: *mut c_void,
}

#[repr(C)]
pub struct PyDescrObject {
    pub ob_base: PyObject,
    pub d_type: Cell<*mut PyTypeObject>,
    pub d_name: Cell<*mut PyObject>,
    pub d_qualname: Cell<*mut PyObject>,
}

#[repr(C)]
pub struct PyMethodDescrObject {
    pub d_common: PyDescrObject,
    pub d_method: Cell<*const PyMethodDef>,
    pub vectorcall: Cell<vectorcallfunc>,
}

#[repr(C)]
pub struct PyMemberDescrObject {
    pub d_common: PyDescrObject,
    pub d_member: Cell<*const PyMemberDef>,
}

#[repr(C)]
pub struct PyGetSetDescrObject {
    pub d_common: PyDescrObject,
    pub d_getset: Cell<*const PyGetSetDef>,
}

#[repr(C)]
pub struct PyWrapperDescrObject {
    pub d_common: PyDescrObject,
    pub d_base: Cell<*const wrapperbase>,
    pub d_wrapped: Cell<*mut c_void>,
}

#[repr(C)]
pub struct wrapperbase {
    pub name: *const c_char,
    pub offset: c_int,
    pub function: *mut c_void,
    pub wrapper: wrapperfunc,
    pub doc: *const c_char,
    pub flags: c_int,
    pub name_strobj: *mut PyObject,
}

#[repr(C)]
pub struct PyWeakReference {
    pub ob_base: PyObject,
    pub wr_object: Cell<*mut PyObject>,
    pub wr_callback: Cell<*mut PyObject>,
    pub hash: Cell<isize>,
    pub wr_prev: Cell<*mut PyWeakReference>,
    pub wr_next: Cell<*mut PyWeakReference>,
    pub vectorcall: Cell<vectorcallfunc>,
}

#[repr(C)]
pub struct PyTracebackObject {
    pub ob_base: PyObject,
    pub tb_next: Cell<*mut PyTracebackObject>,
    pub tb_frame: Cell<*mut PyFrameObject>,
    pub tb_lasti: Cell<c_int>,
    pub tb_lineno: Cell<c_int>,
}

#[repr(C)]
pub struct PyFrameLocalsProxyObject {
    pub ob_base: PyObject,
    pub frame: Cell<*mut PyFrameObject>,
}

#[repr(C)]
pub struct PyStructSequence {
    pub ob_base: PyVarObject,
    pub ob_hash: Cell<isize>,
    pub ob_item: Cell<[*mut PyObject; 1]>,
}

#[repr(C)]
pub struct PyStructSequence_Desc {
    pub name: *const c_char,
    pub doc: *const c_char,
    pub fields: *const PyStructSequence_Field,
    pub n_in_sequence: c_int,
}

#[repr(C)]
pub struct PyStructSequence_Field {
    pub name: *const c_char,
    pub doc: *const c_char,
}

#[repr(C)]
pub struct PyThreadState {
    pub prev: Cell<*mut PyThreadState>,
    pub next: Cell<*mut PyThreadState>,
    pub interp: Cell<*mut c_void>,
    pub eval_breaker: Cell<usize>,
    pub _status: Cell<c_uint>,
    pub holds_gil: Cell<c_int>,
    pub _whence: Cell<c_int>,
    pub state: Cell<c_int>,
    pub py_recursion_remaining: Cell<c_int>,
    pub py_recursion_limit: Cell<c_int>,
    pub recursion_headroom: Cell<c_int>,
    pub tracing: Cell<c_int>,
    pub what_event: Cell<c_int>,
    pub current_frame: Cell<*mut _PyInterpreterFrame>,
    pub c_profilefunc: Cell<Py_tracefunc>,
    pub c_tracefunc: Cell<Py_tracefunc>,
    pub c_profileobj: Cell<*mut PyObject>,
    pub c_traceobj: Cell<*mut PyObject>,
    pub current_exception: Cell<*mut PyObject>,
    pub exc_info: Cell<*mut _PyErr_StackItem>,
    pub dict: Cell<*mut PyObject>,
    pub gilstate_counter: Cell<c_int>,
    pub async_exc: Cell<*mut PyObject>,
    pub thread_id: Cell<c_ulong>,
    pub native_thread_id: Cell<c_ulong>,
    pub delete_later: Cell<*mut PyObject>,
    pub critical_section: Cell<usize>,
    pub coroutine_origin_tracking_depth: Cell<c_int>,
    pub async_gen_firstiter: Cell<*mut PyObject>,
    pub async_gen_finalizer: Cell<*mut PyObject>,
    pub context: Cell<*mut PyObject>,
    pub context_ver: Cell<u64>,
    pub id: Cell<u64>,
    pub datastack_chunk: Cell<*mut _PyStackChunk>,
    pub datastack_top: Cell<*mut *mut PyObject>,
    pub datastack_limit: Cell<*mut *mut PyObject>,
    pub exc_state: _PyErr_StackItem,
    pub current_executor: Cell<*mut PyObject>,
    pub dict_global_version: Cell<u64>,
    pub threading_local_key: Cell<*mut PyObject>,
    pub threading_local_sentinel: Cell<*mut PyObject>,
    pub remote_debugger_support: [u64; 65],
    pub datastack_cached_chunk: Cell<*mut _PyStackChunk>,
}

#[repr(C)]
pub struct _PyErr_StackItem {
    pub exc_value: Cell<*mut PyObject>,
    pub previous_item: Cell<*mut _PyErr_StackItem>,
}

#[repr(C)]
pub struct _PyStackChunk {
    pub previous: Cell<*mut _PyStackChunk>,
    pub size: Cell<usize>,
    pub top: Cell<usize>,
    pub data: Cell<[*mut PyObject; 1]>,
}

#[repr(C)]
pub struct PyDateTime_Delta {
    pub ob_base: PyObject,
    pub hashcode: Cell<isize>,
    pub days: Cell<c_int>,
    pub seconds: Cell<c_int>,
    pub microseconds: Cell<c_int>,
}

#[repr(C)]
pub struct PyDateTime_TZInfo {
    pub ob_base: PyObject,
}

#[repr(C)]
pub struct PyDateTime_Time {
    pub ob_base: PyObject,
    pub hashcode: Cell<isize>,
    pub hastzinfo: Cell<c_char>,
    pub data: Cell<[u8; 6]>,
    pub fold: Cell<u8>,
    pub tzinfo: Cell<*mut PyObject>,
}

#[repr(C)]
pub struct PyDateTime_Date {
    pub ob_base: PyObject,
    pub hashcode: Cell<isize>,
    pub hastzinfo: Cell<c_char>,
    pub data: Cell<[u8; 4]>,
}

#[repr(C)]
pub struct PyDateTime_DateTime {
    pub ob_base: PyObject,
    pub hashcode: Cell<isize>,
    pub hastzinfo: Cell<c_char>,
    pub data: Cell<[u8; 10]>,
    pub fold: Cell<u8>,
    pub tzinfo: Cell<*mut PyObject>,
}

#[repr(C)]
pub struct _PyDateTime_BaseTZInfo {
    pub ob_base: PyObject,
    pub hashcode: Cell<isize>,
    pub hastzinfo: Cell<c_char>,
}

#[repr(C)]
pub struct _PyDateTime_BaseTime {
    pub ob_base: PyObject,
    pub hashcode: Cell<isize>,
    pub hastzinfo: Cell<c_char>,
    pub data: Cell<[u8; 6]>,
}

#[repr(C)]
pub struct _PyDateTime_BaseDateTime {
    pub ob_base: PyObject,
    pub hashcode: Cell<isize>,
    pub hastzinfo: Cell<c_char>,
    pub data: Cell<[u8; 10]>,
}

#[repr(C)]
pub struct _specialization_cache {
    pub getitem: Cell<*mut PyObject>,
    pub getitem_version: Cell<u32>,
    pub init: Cell<*mut PyObject>,
}

#[repr(C)]
pub struct PyGC_Head {
    pub _gc_next: Cell<usize>,
    pub _gc_prev: Cell<usize>,
}

#[repr(C)]
pub struct _PyInterpreterFrame {
    pub f_executable: Cell<usize>,
    pub previous: Cell<*mut _PyInterpreterFrame>,
    pub f_funcobj: Cell<usize>,
    pub f_globals: Cell<*mut PyObject>,
    pub f_builtins: Cell<*mut PyObject>,
    pub f_locals: Cell<*mut PyObject>,
    pub frame_obj: Cell<*mut PyFrameObject>,
    pub instr_ptr: Cell<*mut u16>,
    pub stackpointer: Cell<*mut usize>,
    pub return_offset: Cell<u16>,
    pub owner: Cell<c_char>,
    pub visited: Cell<u8>,
    pub localsplus: Cell<[usize; 1]>,
}

#[repr(C)]
pub struct PyFrameObject {
    pub ob_base: PyObject,
    pub f_back: Cell<*mut PyFrameObject>,
    pub f_frame: Cell<*mut _PyInterpreterFrame>,
    pub f_trace: Cell<*mut PyObject>,
    pub f_lineno: Cell<c_int>,
    pub f_trace_lines: Cell<c_char>,
    pub f_trace_opcodes: Cell<c_char>,
    pub f_extra_locals: Cell<*mut PyObject>,
    pub f_locals_cache: Cell<*mut PyObject>,
    pub f_overwritten_fast_locals: Cell<*mut PyObject>,
    pub _f_frame_data: Cell<[*mut PyObject; 1]>,
}

#[repr(C)]
pub struct PyGenObject {
    pub ob_base: PyObject,
    pub gi_weakreflist: Cell<*mut PyObject>,
    pub gi_name: Cell<*mut PyObject>,
    pub gi_qualname: Cell<*mut PyObject>,
    pub gi_exc_state: _PyErr_StackItem,
    pub gi_origin_or_finalizer: Cell<*mut PyObject>,
    pub gi_hooks_inited: Cell<c_char>,
    pub gi_closed: Cell<c_char>,
    pub gi_running_async: Cell<c_char>,
    pub gi_frame_state: Cell<i8>,
    pub gi_iframe: _PyInterpreterFrame,
}

#[repr(C)]
pub struct PyCoroObject {
    pub ob_base: PyObject,
    pub cr_weakreflist: Cell<*mut PyObject>,
    pub cr_name: Cell<*mut PyObject>,
    pub cr_qualname: Cell<*mut PyObject>,
    pub cr_exc_state: _PyErr_StackItem,
    pub cr_origin_or_finalizer: Cell<*mut PyObject>,
    pub cr_hooks_inited: Cell<c_char>,
    pub cr_closed: Cell<c_char>,
    pub cr_running_async: Cell<c_char>,
    pub cr_frame_state: Cell<i8>,
    pub cr_iframe: _PyInterpreterFrame,
}

#[repr(C)]
pub struct PyAsyncGenObject {
    pub ob_base: PyObject,
    pub ag_weakreflist: Cell<*mut PyObject>,
    pub ag_name: Cell<*mut PyObject>,
    pub ag_qualname: Cell<*mut PyObject>,
    pub ag_exc_state: _PyErr_StackItem,
    pub ag_origin_or_finalizer: Cell<*mut PyObject>,
    pub ag_hooks_inited: Cell<c_char>,
    pub ag_closed: Cell<c_char>,
    pub ag_running_async: Cell<c_char>,
    pub ag_frame_state: Cell<i8>,
    pub ag_iframe: _PyInterpreterFrame,
}

#[repr(C)]
pub struct PyModuleObject {
    pub ob_base: PyObject,
    pub md_dict: Cell<*mut PyObject>,
    pub md_def: Cell<*const PyModuleDef>,
    pub md_state: Cell<*mut c_void>,
    pub md_weaklist: Cell<*mut PyObject>,
    pub md_name: Cell<*mut PyObject>,
}

#[repr(C)]
pub struct PyContext {
    pub ob_base: PyObject,
    pub ctx_prev: Cell<*mut PyContext>,
    pub ctx_vars: Cell<*mut PyObject>,
    pub ctx_weakreflist: Cell<*mut PyObject>,
    pub ctx_entered: Cell<c_int>,
}

#[repr(C)]
pub struct PyContextVar {
    pub ob_base: PyObject,
    pub var_name: Cell<*mut PyObject>,
    pub var_default: Cell<*mut PyObject>,
    pub var_cached: Cell<*mut PyObject>,
    pub var_cached_tsid: Cell<u64>,
    pub var_cached_tsver: Cell<u64>,
    pub var_hash: Cell<isize>,
}

#[repr(C)]
pub struct PyContextToken {
    pub ob_base: PyObject,
    pub tok_ctx: Cell<*mut PyContext>,
    pub tok_var: Cell<*mut PyContextVar>,
    pub tok_oldval: Cell<*mut PyObject>,
    pub tok_used: Cell<c_int>,
}
