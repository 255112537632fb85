//! `bytes` and `bytearray`.

use pyrox_abi as abi;
use pyrox_abi::{PyBytesObject, PyObject};
use pyrox_macros::pyclass;

use crate::object::{Owned, PyType};
use crate::{PyResult, Thread};

/// Immutable bytes.
#[repr(transparent)]
pub struct Bytes(PyBytesObject);

impl Bytes {
    pub fn from_slice(thread: &Thread, bytes: &[u8]) -> PyResult<Owned<Bytes>> {
        let object = Bytes::ty().allocate(thread, bytes.len())?;
        // SAFETY: fresh, with room for the bytes and a NUL.
        unsafe {
            let result: Owned<Bytes> = object.cast_unchecked();
            result.0.ob_shash.set(-1);
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), result.data(), bytes.len());
            Ok(result)
        }
    }
    fn data(&self) -> *mut u8 {
        // SAFETY: the bytes lie at offset 32.
        unsafe { (self as *const Bytes as *mut u8).add(32) }
    }
    pub fn as_slice(&self) -> &[u8] {
        // SAFETY: bytes do not change.
        unsafe { std::slice::from_raw_parts(self.data(), self.0.ob_base.ob_size.get() as usize) }
    }
}

/// Immutable bytes.
#[pyclass(name = "bytes", symbol = "PyBytes_Type", basicsize = 33, itemsize = 1,
    flags = abi::Py_TPFLAGS_BASETYPE | abi::Py_TPFLAGS_BYTES_SUBCLASS | abi::_Py_TPFLAGS_MATCH_SELF)]
impl Bytes {
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: *mut PyObject) {
        // SAFETY: by contract.
        unsafe { crate::dealloc::free_instance(object, (*object).ob_type.get()) }
    }
    #[slot]
    fn sq_length(&self) -> usize {
        self.as_slice().len()
    }
}

/// Mutable bytes.
#[repr(transparent)]
pub struct ByteArray(abi::PyByteArrayObject);

/// Mutable bytes.
#[pyclass(name = "bytearray", symbol = "PyByteArray_Type", flags = abi::Py_TPFLAGS_BASETYPE | abi::_Py_TPFLAGS_MATCH_SELF)]
impl ByteArray {}
