//! `types.GenericAlias`: `list[int]` and the like.

use crate::object::{Obj, Object};
use crate::{PyResult, Thread};

/// `origin[arguments]`.
pub fn new(thread: &Thread, origin: &Object, _arguments: &Object) -> PyResult<Obj> {
    let name = origin.cast::<crate::Type>().map_or("object", |t| t.name());
    Err(thread.not_implemented_error(&format!("generic aliases ({name}[...]) are not implemented yet")))
}
