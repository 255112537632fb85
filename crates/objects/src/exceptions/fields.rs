//! Exceptions with fields of their own: `StopIteration`, `SystemExit`, `KeyError`'s text,
//! `NameError` and `AttributeError` with what suggestions need.

use std::ffi::c_void;

use pyrox_abi as abi;
use pyrox_abi::{PyAttributeErrorObject, PyNameErrorObject, PyObject, PyStopIterationObject, PySystemExitObject};
use pyrox_macros::pyclass;

use super::base::{BaseException, clear_fields, traverse_fields};
use crate::native::{NO_MEMBER, object_member};
use crate::object::{Obj, Object, Own, Owned, PyType, xdecref};
use crate::{Dict, PyResult, Str, Thread, Tuple};

type Raw = *mut PyObject;

macro_rules! memory {
    ($ty:ty, $($field:ident),*) => {
        unsafe fn free(object: Raw) {
            // SAFETY: a destructor contract.
            unsafe {
                crate::gc::untrack(object);
                let raw = &*(object as *const $ty);
                $(xdecref(raw.$field.replace(std::ptr::null_mut()));)*
                clear_fields(object);
                crate::dealloc::free_instance(object, (*object).ob_type.get());
            }
        }
        unsafe fn walk(object: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
            // SAFETY: a traverseproc contract.
            unsafe {
                let raw = &*(object as *const $ty);
                $(if !raw.$field.get().is_null() {
                    let status = visit(raw.$field.get(), data);
                    if status != 0 { return status; }
                })*
                traverse_fields(object, visit, data)
            }
        }
    };
}

/// `StopIteration`, whose value a generator returned.
#[repr(transparent)]
pub struct StopIteration(PyStopIterationObject);

mod stop_iteration_memory {
    use super::*;
    memory!(PyStopIterationObject, value);
    pub unsafe fn free_(object: Raw) {
        // SAFETY: by contract.
        unsafe { free(object) }
    }
    pub unsafe fn walk_(object: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
        // SAFETY: by contract.
        unsafe { walk(object, visit, data) }
    }
}

impl StopIteration {
    pub fn value(&self) -> Obj {
        // SAFETY: the exception owns its fields.
        unsafe { Object::from_ptr_or_null(self.0.value.get()) }.map_or_else(crate::none, Object::own)
    }
}

/// Signal the end from iterator.__next__().
#[pyclass(name = "StopIteration", symbol = "_PyExc_StopIteration", gc, base = super::hierarchy::EXCEPTION, new = inherit,
    flags = abi::Py_TPFLAGS_BASETYPE, members = &[object_member(c"value", 72, false), NO_MEMBER])]
impl StopIteration {
    #[slot]
    fn tp_init(&self, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<()> {
        init_args(thread, self, args, kwargs)?;
        let value = if args.len() > 0 { args.get(0).own() } else { crate::none() };
        let old = self.0.value.replace(value.into_raw());
        // SAFETY: the exception owned it.
        unsafe { xdecref(old) };
        Ok(())
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe { stop_iteration_memory::free_(object) }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
        // SAFETY: by contract.
        unsafe { stop_iteration_memory::walk_(object, visit, data) }
    }
}

fn init_args(thread: &Thread, object: &Object, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<()> {
    if kwargs.is_some_and(|k| k.len() > 0) {
        return Err(thread.type_error(&format!("{}() takes no keyword arguments", object.ty().full_name())));
    }
    if let Some(exception) = BaseException::of(object) {
        exception.set_args(args.own_typed());
    }
    Ok(())
}

/// `SystemExit` with its exit status.
#[repr(transparent)]
pub struct SystemExit(PySystemExitObject);

mod system_exit_memory {
    use super::*;
    memory!(PySystemExitObject, code);
    pub unsafe fn free_(object: Raw) {
        // SAFETY: by contract.
        unsafe { free(object) }
    }
    pub unsafe fn walk_(object: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
        // SAFETY: by contract.
        unsafe { walk(object, visit, data) }
    }
}

impl SystemExit {
    pub fn code(&self) -> Option<Obj> {
        // SAFETY: the exception owns its fields.
        unsafe { Object::from_ptr_or_null(self.0.code.get()) }.map(Object::own)
    }
}

/// Request to exit from the interpreter.
#[pyclass(name = "SystemExit", symbol = "_PyExc_SystemExit", gc, base = BaseException::TYPE, new = inherit,
    flags = abi::Py_TPFLAGS_BASETYPE, members = &[object_member(c"code", 72, false), NO_MEMBER])]
impl SystemExit {
    #[slot]
    fn tp_init(&self, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<()> {
        init_args(thread, self, args, kwargs)?;
        let code = match args.len() {
            0 => return Ok(()),
            1 => args.get(0).own(),
            _ => (**args).own(),
        };
        let old = self.0.code.replace(code.into_raw());
        // SAFETY: the exception owned it.
        unsafe { xdecref(old) };
        Ok(())
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe { system_exit_memory::free_(object) }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
        // SAFETY: by contract.
        unsafe { system_exit_memory::walk_(object, visit, data) }
    }
}

/// `KeyError`, whose text is the key's repr.
#[repr(transparent)]
pub struct KeyError(abi::PyBaseExceptionObject);

/// Mapping key not found.
#[pyclass(name = "KeyError", symbol = "_PyExc_KeyError", base = super::hierarchy::LOOKUP_ERROR, new = inherit,
    flags = abi::Py_TPFLAGS_BASETYPE)]
impl KeyError {
    #[slot]
    fn tp_str(this: &Object, thread: &Thread) -> PyResult<Owned<Str>> {
        let args = BaseException::of(this).map_or_else(Tuple::empty, BaseException::args);
        match args.len() {
            0 => Ok(Str::empty()),
            1 => args.get(0).repr(thread),
            _ => args.str(thread),
        }
    }
}

macro_rules! keyword_fields {
    ($name:ident, $raw:ident, $module:ident, $($field:ident),*) => {
        #[doc = concat!("See `", stringify!($raw), "`.")]
        #[repr(transparent)]
        pub struct $name($raw);

        mod $module {
            use super::*;
            memory!($raw, $($field),*);
            pub unsafe fn free_(object: Raw) {
                // SAFETY: by contract.
        unsafe { free(object) }
            }
            pub unsafe fn walk_(object: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
                // SAFETY: by contract.
        unsafe { walk(object, visit, data) }
            }
        }

        impl $name {
            fn fill(&self, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<()> {
                init_args(thread, self, args, None)?;
                for (key, value) in kwargs.map(|k| k.items_vec()).unwrap_or_default() {
                    let Some(key) = key.cast::<Str>() else { continue };
                    $(if key.equals_str(stringify!($field)) {
                        let old = self.0.$field.replace(value.into_raw());
                        // SAFETY: the exception owned it.
                        unsafe { xdecref(old) };
                        continue;
                    })*
                    return Err(thread.type_error(&format!("{}() got an unexpected keyword argument '{key}'", stringify!($name))));
                }
                Ok(())
            }
        }
    };
}
keyword_fields!(NameError, PyNameErrorObject, name_error_memory, name);
keyword_fields!(AttributeError, PyAttributeErrorObject, attribute_error_memory, obj, name);

/// Name not found globally.
#[pyclass(name = "NameError", symbol = "_PyExc_NameError", gc, base = super::hierarchy::EXCEPTION, new = inherit,
    flags = abi::Py_TPFLAGS_BASETYPE, members = &[object_member(c"name", 72, false), NO_MEMBER])]
impl NameError {
    #[slot]
    fn tp_init(&self, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<()> {
        self.fill(thread, args, kwargs)
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe { name_error_memory::free_(object) }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
        // SAFETY: by contract.
        unsafe { name_error_memory::walk_(object, visit, data) }
    }
}

/// Attribute not found.
#[pyclass(name = "AttributeError", symbol = "_PyExc_AttributeError", gc, base = super::hierarchy::EXCEPTION, new = inherit,
    flags = abi::Py_TPFLAGS_BASETYPE, members = &[object_member(c"name", 80, false), object_member(c"obj", 72, false), NO_MEMBER])]
impl AttributeError {
    /// The state that is kept: not `obj`, which often cannot be pickled.
    fn state(&self, thread: &Thread) -> PyResult<Owned<Dict>> {
        let state = match self.instance_dict(thread)? {
            Some(dict) => dict.copy(thread)?,
            None => Dict::new(thread)?,
        };
        // SAFETY: the exception owns its fields.
        if let Some(name) = unsafe { Object::from_ptr_or_null(self.0.name.get()) } {
            state.set_text(thread, "name", name)?;
        }
        state.set_text(thread, "args", &BaseException::of(self).map_or_else(Tuple::empty, BaseException::args))?;
        Ok(state)
    }
    #[method]
    fn __getstate__(&self, thread: &Thread) -> PyResult<Owned<Dict>> {
        self.state(thread)
    }
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let args = BaseException::of(self).map_or_else(Tuple::empty, BaseException::args);
        Tuple::from_vec(thread, vec![(**self.ty()).own(), args.upcast(), self.state(thread)?.upcast()])
    }
    #[slot]
    fn tp_init(&self, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<()> {
        self.fill(thread, args, kwargs)
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe { attribute_error_memory::free_(object) }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
        // SAFETY: by contract.
        unsafe { attribute_error_memory::walk_(object, visit, data) }
    }
}
