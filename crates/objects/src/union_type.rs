//! `typing.Union`: `int | str`.

use crate::object::{Obj, Object};
use crate::{PyResult, Thread, Type};

/// `a | b` of types.
pub fn or(thread: &Thread, a: &Object, b: &Object) -> PyResult<Obj> {
    let unionable = |o: &Object| o.is_none() || o.is_instance::<Type>();
    if !unionable(a) || !unionable(b) {
        return Ok(crate::not_implemented());
    }
    Err(thread.not_implemented_error("unions of types are not implemented yet"))
}
