//! `bool`.

use pyrox_abi as abi;
use pyrox_abi::PyObject;
use pyrox_macros::pyclass;

use super::Int;
use crate::object::{Obj, Object, PyType};
use crate::{PyResult, Thread, Type};

/// `True` or `False`: an int of value 1 or 0.
#[repr(transparent)]
pub struct Bool(abi::PyLongObject);

fn value(object: &Object) -> Option<bool> {
    object.exact::<Bool>().map(|b| std::ptr::eq(b.as_ptr(), crate::singletons::true_ptr()))
}

/// The operands as bools, or the operation of ints.
fn logic(thread: &Thread, a: &Object, b: &Object, bools: fn(bool, bool) -> bool, ints: fn(&Int, &Int) -> Obj) -> PyResult<Obj> {
    let _ = thread;
    match (value(a), value(b)) {
        (Some(x), Some(y)) => Ok(crate::bool_obj(bools(x, y))),
        _ => match (a.cast::<Int>(), b.cast::<Int>()) {
            (Some(x), Some(y)) => Ok(ints(x, y)),
            _ => Ok(crate::not_implemented()),
        },
    }
}

/// Returns True when the argument is true, False otherwise.
///
/// The builtins True and False are the only two instances of the class bool. The class bool is a
/// subclass of the class int, and cannot be subclassed.
#[pyclass(name = "bool", symbol = "PyBool_Type", base = Int::TYPE, basicsize = 24, itemsize = 4)]
impl Bool {
    #[new(sig = "(object=False, /)")]
    fn new(_cls: &Type, thread: &Thread, object: Option<&Object>) -> PyResult<Obj> {
        Ok(crate::bool_obj(match object {
            Some(object) => object.is_true(thread)?,
            None => false,
        }))
    }
    #[slot]
    fn tp_repr(this: &Object) -> &'static str {
        if value(this) == Some(true) { "True" } else { "False" }
    }
    #[slot]
    fn nb_and(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        logic(thread, a, b, |x, y| x & y, Int::and)
    }
    #[slot]
    fn nb_or(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        logic(thread, a, b, |x, y| x | y, Int::or)
    }
    #[slot]
    fn nb_xor(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        logic(thread, a, b, |x, y| x ^ y, Int::xor)
    }
    #[slot]
    fn nb_invert(this: &Object, thread: &Thread) -> PyResult<Obj> {
        crate::warn::deprecation(
            thread,
            "Bitwise inversion '~' on bool is deprecated and will be removed in Python 3.16. This returns the bitwise inversion of the underlying int object and is usually not what you expect from the negation of a bool object. Use the 'not' operator for boolean negation or ~int(x) for the bitwise inversion of the underlying int.",
        )?;
        Ok(Int::from(if value(this) == Some(true) { -2 } else { -1 }).upcast())
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: *mut PyObject) {
        // SAFETY: an extension counted an immortal down.
        unsafe { (*object).ob_refcnt_full.set(abi::STATIC_REFCNT) }
    }
}
