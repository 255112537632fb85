//! Fields of exceptions behind those of `BaseException`: reading, writing, freeing, traversing.

use std::cell::Cell;
use std::ffi::c_void;

use pyrox_abi as abi;
use pyrox_abi::PyObject;

use super::base::{BaseException, clear_fields, traverse_fields};
use crate::object::{Obj, Object, Own, xdecref};
use crate::{Dict, PyResult, Thread, Tuple};

type Raw = *mut PyObject;

/// A new reference to what the field holds.
pub(super) fn read(field: &Cell<Raw>) -> Option<Obj> {
    // SAFETY: the exception owns its fields.
    unsafe { Object::from_ptr_or_null(field.get()) }.map(Object::own)
}

/// Replace what the field holds.
pub(super) fn write(field: &Cell<Raw>, value: Option<Obj>) {
    let old = field.replace(value.map_or(std::ptr::null_mut(), Obj::into_raw));
    // SAFETY: the exception owned it.
    unsafe { xdecref(old) }
}

unsafe fn field<'a>(object: Raw, offset: usize) -> &'a Cell<Raw> {
    // SAFETY: the caller's layout has a reference there.
    unsafe { &*((object as *mut u8).add(offset) as *const Cell<Raw>) }
}

/// `tp_clear`.
///
/// # Safety
/// The exception's layout has references at `offsets`.
pub(super) unsafe fn clear(object: Raw, offsets: &[usize]) {
    // SAFETY: by contract.
    unsafe {
        for &offset in offsets {
            xdecref(field(object, offset).replace(std::ptr::null_mut()));
        }
        clear_fields(object);
    }
}

/// `tp_dealloc`.
///
/// # Safety
/// As [`clear`], and a destructor's contract.
pub(super) unsafe fn free(object: Raw, offsets: &[usize]) {
    // SAFETY: by contract.
    unsafe {
        crate::gc::untrack(object);
        clear(object, offsets);
        crate::dealloc::free_instance(object, (*object).ob_type.get());
    }
}

/// `tp_traverse`.
///
/// # Safety
/// As [`clear`], and a traverseproc's contract.
pub(super) unsafe fn traverse(object: Raw, offsets: &[usize], visit: abi::visitproc, data: *mut c_void) -> i32 {
    // SAFETY: by contract.
    unsafe {
        for &offset in offsets {
            let value = field(object, offset).get();
            if !value.is_null() {
                let status = visit(value, data);
                if status != 0 {
                    return status;
                }
            }
        }
        traverse_fields(object, visit, data)
    }
}

/// `BaseException.__init__`: keep the arguments, refuse keywords.
pub(super) fn init_args(thread: &Thread, object: &Object, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<()> {
    if kwargs.is_some_and(|k| k.len() > 0) {
        return Err(thread.type_error(&format!("{}() takes no keyword arguments", object.ty().full_name())));
    }
    if let Some(exception) = BaseException::of(object) {
        exception.set_args(args.own_typed());
    }
    Ok(())
}

/// `str` as `BaseException` has it: nothing, the only argument, or all of them.
pub(super) fn plain_str(thread: &Thread, object: &Object) -> PyResult<crate::Owned<crate::Str>> {
    let args = BaseException::of(object).map_or_else(Tuple::empty, BaseException::args);
    match args.len() {
        0 => Ok(crate::Str::empty()),
        1 => args.get(0).str(thread),
        _ => args.str(thread),
    }
}
