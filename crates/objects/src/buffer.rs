//! The buffer protocol.

use std::ffi::c_void;

use pyrox_abi::Py_buffer;

use crate::object::{Obj, Object};
use crate::{Bytes, Dict, PyResult, Thread, Tuple};

/// A copy of the bytes of a bytes-like object; `None` if it is none.
pub fn contiguous_bytes(_thread: &Thread, object: &Object) -> PyResult<Option<Vec<u8>>> {
    Ok(object.cast::<Bytes>().map(|b| b.as_slice().to_vec()))
}

/// The bytes of a bytes-like object or of an iterable of ints.
pub fn bytes_of(thread: &Thread, object: &Object) -> PyResult<Vec<u8>> {
    match contiguous_bytes(thread, object)? {
        Some(bytes) => Ok(bytes),
        None => Err(thread.type_error(&format!("cannot convert '{}' object to bytes", object.ty().name()))),
    }
}

/// `bf_getbuffer` of classes with `__buffer__`.
pub fn slot_getbuffer(thread: &Thread, _object: &Object, _view: &mut Py_buffer, _flags: i32) -> PyResult<()> {
    Err(thread.not_implemented_error("__buffer__ of Python classes"))
}

/// `bf_releasebuffer` of classes with `__release_buffer__`.
pub fn slot_releasebuffer(_thread: &Thread, _object: &Object, _view: &mut Py_buffer) {}

/// `__buffer__` of native types.
pub fn wrap_buffer(thread: &Thread, _this: &Object, _args: &Tuple, _slot: *mut c_void, _: Option<&Dict>) -> PyResult<Obj> {
    Err(thread.not_implemented_error("__buffer__"))
}

/// `__release_buffer__` of native types.
pub fn wrap_releasebuffer(thread: &Thread, _this: &Object, _args: &Tuple, _slot: *mut c_void, _: Option<&Dict>) -> PyResult<Obj> {
    Err(thread.not_implemented_error("__release_buffer__"))
}
