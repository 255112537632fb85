//! `None`, `NotImplemented`, `Ellipsis`, `True` and `False`: objects at fixed, exported addresses.

use std::cell::Cell;

use pyrox_abi as abi;
use pyrox_abi::{_PyLongValue, PyLongObject, PyObject, Static};
use pyrox_macros::pyclass;

use crate::native::{Keywords, Rest};
use crate::object::{Head, Obj, Object, PyType};
use crate::{Bool, PyResult, Thread, Type};

const fn immortal(ty: *mut abi::PyTypeObject) -> PyObject {
    PyObject { ob_refcnt_full: Cell::new(abi::STATIC_REFCNT), ob_type: Cell::new(ty) }
}

#[unsafe(export_name = "_Py_NoneStruct")]
pub static NONE: Static<PyObject> = Static::new(immortal(NoneType::TYPE));
#[unsafe(export_name = "_Py_NotImplementedStruct")]
pub static NOT_IMPLEMENTED: Static<PyObject> = Static::new(immortal(NotImplementedType::TYPE));
#[unsafe(export_name = "_Py_EllipsisObject")]
pub static ELLIPSIS: Static<PyObject> = Static::new(immortal(EllipsisType::TYPE));

const fn boolean(value: u32) -> PyLongObject {
    PyLongObject {
        ob_base: immortal(Bool::TYPE),
        // One digit with sign 0, or none with sign 1 (zero).
        long_value: _PyLongValue { lv_tag: Cell::new(if value == 0 { 1 } else { 1 << 3 }), ob_digit: Cell::new([value]) },
    }
}

#[unsafe(export_name = "_Py_FalseStruct")]
pub static FALSE: Static<PyLongObject> = Static::new(boolean(0));
#[unsafe(export_name = "_Py_TrueStruct")]
pub static TRUE: Static<PyLongObject> = Static::new(boolean(1));

#[inline(always)]
pub fn true_ptr() -> *mut PyObject {
    TRUE.get() as *mut PyObject
}

#[inline(always)]
pub fn false_ptr() -> *mut PyObject {
    FALSE.get() as *mut PyObject
}

/// The layout of `None`, `NotImplemented` and `Ellipsis`: nothing but the head.
#[repr(C)]
pub struct NoneType {
    _head: Head,
}
#[repr(C)]
pub struct NotImplementedType {
    _head: Head,
}
#[repr(C)]
pub struct EllipsisType {
    _head: Head,
}

/// Instances of these types are the singletons, made by nobody.
unsafe extern "C-unwind" fn never_dies(object: *mut PyObject) {
    // SAFETY: a valid object; old extensions may have counted an immortal down.
    unsafe { (*object).ob_refcnt_full.set(abi::STATIC_REFCNT) }
}

fn no_arguments(thread: &Thread, name: &str, args: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<()> {
    if args.len() > 0 || !kwargs.is_empty() {
        return Err(thread.type_error(&format!("{name} takes no arguments")));
    }
    Ok(())
}

/// The type of the None singleton.
#[pyclass(name = "NoneType", symbol = "_PyNone_Type", basicsize = 16)]
impl NoneType {
    #[new(sig = "(*args, **kwargs)", text = "")]
    fn new(_cls: &Type, thread: &Thread, args: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<Obj> {
        no_arguments(thread, "NoneType", args, kwargs)?;
        Ok(crate::none())
    }

    #[slot]
    fn tp_repr(&self) -> &'static str {
        "None"
    }

    #[slot]
    fn nb_bool(&self) -> bool {
        false
    }

    #[slot]
    fn tp_hash(&self) -> isize {
        0xfca86420
    }

    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: *mut PyObject) {
        // SAFETY: by contract.
        unsafe { never_dies(object) }
    }
}

/// The type of the NotImplemented singleton.
#[pyclass(name = "NotImplementedType", symbol = "_PyNotImplemented_Type", basicsize = 16)]
impl NotImplementedType {
    #[new(sig = "(*args, **kwargs)", text = "")]
    fn new(_cls: &Type, thread: &Thread, args: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<Obj> {
        no_arguments(thread, "NotImplementedType", args, kwargs)?;
        Ok(crate::not_implemented())
    }

    #[slot]
    fn tp_repr(&self) -> &'static str {
        "NotImplemented"
    }

    #[slot]
    fn nb_bool(&self, thread: &Thread) -> PyResult<bool> {
        Err(thread.type_error("NotImplemented should not be used in a boolean context"))
    }

    #[method]
    fn __reduce__(&self) -> &'static str {
        "NotImplemented"
    }

    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: *mut PyObject) {
        // SAFETY: by contract.
        unsafe { never_dies(object) }
    }
}

/// The type of the Ellipsis singleton.
#[pyclass(name = "ellipsis", symbol = "PyEllipsis_Type", basicsize = 16)]
impl EllipsisType {
    #[new(sig = "(*args, **kwargs)", text = "")]
    fn new(_cls: &Type, thread: &Thread, args: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<Obj> {
        no_arguments(thread, "EllipsisType", args, kwargs)?;
        Ok(ellipsis_ref().own())
    }

    #[slot]
    fn tp_repr(&self) -> &'static str {
        "Ellipsis"
    }

    #[method]
    fn __reduce__(&self) -> &'static str {
        "Ellipsis"
    }

    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: *mut PyObject) {
        // SAFETY: by contract.
        unsafe { never_dies(object) }
    }
}

#[inline(always)]
pub fn none_ref() -> &'static Object {
    // SAFETY: a static object.
    unsafe { Object::from_ptr(NONE.get()) }
}

#[inline(always)]
pub fn none() -> Obj {
    none_ref().own()
}

#[inline(always)]
pub fn not_implemented() -> Obj {
    // SAFETY: a static object.
    unsafe { Object::from_ptr(NOT_IMPLEMENTED.get()) }.own()
}

#[inline(always)]
pub fn ellipsis_ref() -> &'static Object {
    // SAFETY: a static object.
    unsafe { Object::from_ptr(ELLIPSIS.get()) }
}

#[inline(always)]
pub fn bool_ref(value: bool) -> &'static Object {
    // SAFETY: static objects.
    unsafe { Object::from_ptr(if value { true_ptr() } else { false_ptr() }) }
}

#[inline(always)]
pub fn bool_obj(value: bool) -> Obj {
    bool_ref(value).own()
}
