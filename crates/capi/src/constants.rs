//! Objects that everybody shares.

use std::ffi::{c_char, c_int, c_uint};

use pyrox_objects::{Bytes, Int, Obj, PyResult, Str, Thread, Tuple};

use crate::api::{bad_call, lend};
use crate::support::{Raw, give};

/// The constant of a number; all live for ever.
fn constant(thread: &Thread, id: c_uint) -> PyResult<Obj> {
    Ok(match id {
        0 => pyrox_objects::none(),
        1 => pyrox_objects::bool_obj(false),
        2 => pyrox_objects::bool_obj(true),
        3 => pyrox_objects::ellipsis_ref().own(),
        4 => pyrox_objects::not_implemented(),
        5 => Int::from(0).upcast(),
        6 => Int::from(1).upcast(),
        7 => Str::empty().upcast(),
        8 => Bytes::from_slice(thread, &[])?.upcast(),
        9 => Tuple::empty().upcast(),
        _ => return Err(bad_call(thread)),
    })
}

crate::api! {
    /// A constant by its number.
    fn Py_GetConstant(thread; id: c_uint) -> Raw = give { constant(thread, id) }
    /// Whether the interpreter checks itself: not in the way that this asks for.
    fn _Py_GetBuiltWithAssert() -> c_int { 0 }
    /// A constant by its number, borrowed.
    fn Py_GetConstantBorrowed(thread; id: c_uint) -> Raw = lend { constant(thread, id).map(Some) }
}

/// A pointer that other threads may read.
#[repr(transparent)]
pub struct Text(*const c_char);

// SAFETY: constant text.
unsafe impl Sync for Text {}

/// The digits of hexadecimal numbers.
#[unsafe(no_mangle)]
pub static Py_hexdigits: Text = Text(c"0123456789abcdef".as_ptr());

/// What stands in a definition for a field without a name.
#[unsafe(no_mangle)]
pub static PyStructSequence_UnnamedField: Text = Text(c"unnamed field".as_ptr());

impl Text {
    /// The address, which is how it is recognized.
    pub fn address(&self) -> *const c_char {
        self.0
    }
}
