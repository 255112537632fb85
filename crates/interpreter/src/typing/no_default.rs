//! `typing.NoDefault`: the default of a type parameter that has none.

use std::cell::Cell;

use pyrox_macros::pyclass;
use pyrox_objects::abi::{self, PyObject, Static};
use pyrox_objects::native::{Keywords, Rest};
use pyrox_objects::{Head, Obj, Object, PyResult, PyType, Thread, Type};

static NO_DEFAULT: Static<PyObject> =
    Static::new(PyObject { ob_refcnt_full: Cell::new(abi::STATIC_REFCNT), ob_type: Cell::new(NoDefaultType::TYPE) });

/// The singleton.
pub fn no_default() -> &'static Object {
    // SAFETY: a static object, never freed.
    unsafe { Object::from_ptr(NO_DEFAULT.get()) }
}

/// Its layout: nothing but the head.
#[repr(C)]
pub struct NoDefaultType {
    _head: Head,
}

/// The type of the NoDefault singleton.
#[pyclass(name = "NoDefaultType")]
impl NoDefaultType {
    #[new(sig = "(*args, **kwargs)", text = "")]
    fn new(_cls: &Type, thread: &Thread, args: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<Obj> {
        if args.len() > 0 || !kwargs.is_empty() {
            return Err(thread.type_error("NoDefaultType takes no arguments"));
        }
        Ok(no_default().own())
    }
    #[slot]
    fn tp_repr(&self) -> &'static str {
        "typing.NoDefault"
    }
    #[method(text = "($self, /)")]
    fn __reduce__(&self) -> &'static str {
        "NoDefault"
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: *mut PyObject) {
        // SAFETY: the singleton; old extensions may have counted an immortal down.
        unsafe { (*object).ob_refcnt_full.set(abi::STATIC_REFCNT) }
    }
}
