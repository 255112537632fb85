//! Hashes.

use std::ffi::{c_char, c_int, c_void};

use pyrox_objects::str::hash_secret;

use crate::support::Raw;

/// `PyHash_FuncDef`: how bytes are hashed.
#[repr(C)]
pub struct HashFunction {
    hash: unsafe extern "C" fn(*const c_void, isize) -> isize,
    name: *const c_char,
    hash_bits: c_int,
    seed_bits: c_int,
}

// SAFETY: constant data.
unsafe impl Sync for HashFunction {}

crate::api! {
    /// The hash of bytes, which is also that of a string of them.
    fn Py_HashBuffer(from: *const c_void, size: isize) -> isize {
        if size <= 0 {
            return 0;
        }
        hash_secret().hash(std::slice::from_raw_parts(from as *const u8, size as usize)) as isize
    }
    /// The hash of a float; a NaN hashes by its object.
    fn _Py_HashDouble(object: Raw, value: f64) -> isize {
        if value.is_nan() {
            return pyrox_numeric::hash::hash_pointer(object as usize) as isize;
        }
        pyrox_numeric::float::hash(value) as isize
    }
    /// The hash of an address.
    fn Py_HashPointer(address: *const c_void) -> isize { pyrox_numeric::hash::hash_pointer(address as usize) as isize }
    /// How bytes are hashed.
    fn PyHash_GetFuncDef() -> *const HashFunction {
        static FUNCTION: HashFunction =
            HashFunction { hash: Py_HashBuffer, name: c"siphash13".as_ptr(), hash_bits: 64, seed_bits: 128 };
        &FUNCTION
    }
}
