//! `__format__` of the built-in types.

use crate::object::{Object, Owned};
use crate::{Int, PyResult, Str, Thread};

/// `format(int, spec)`.
pub fn format_int(thread: &Thread, value: &Int, spec: &Str) -> PyResult<Owned<Str>> {
    if spec.len() == 0 {
        return Str::from_str(thread, &value.to_decimal(thread)?);
    }
    Err(thread.not_implemented_error("format specifications"))
}

/// `format(float, spec)`.
pub fn format_float(thread: &Thread, value: f64, spec: &Str, object: &Object) -> PyResult<Owned<Str>> {
    let _ = value;
    if spec.len() == 0 {
        return object.str(thread);
    }
    Err(thread.not_implemented_error("format specifications"))
}
