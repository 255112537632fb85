//! The type `str`.

use pyrox_abi as abi;
use pyrox_abi::PyObject;
use pyrox_macros::pyclass;

use super::Str;
use crate::object::{Obj, Object, Owned, PyType};
use crate::{CompareOp, PyResult, Thread, Type};

/// str(object='') -> str
#[pyclass(name = "str", symbol = "PyUnicode_Type", basicsize = 64,
    flags = abi::Py_TPFLAGS_BASETYPE | abi::Py_TPFLAGS_UNICODE_SUBCLASS | abi::_Py_TPFLAGS_MATCH_SELF)]
impl Str {
    #[new(sig = "(object='', /)", text = "")]
    fn create(cls: &Type, thread: &Thread, object: Option<&Object>) -> PyResult<Obj> {
        let text = match object {
            Some(object) => object.str(thread)?,
            None => Str::empty(),
        };
        if std::ptr::eq(cls, Str::ty()) { Ok(text.upcast()) } else { text.subclass_instance(thread, cls) }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: *mut PyObject) {
        // SAFETY: by contract.
        unsafe { super::dealloc(object) }
    }
    #[slot]
    fn tp_repr(&self) -> String {
        format!("'{self}'")
    }
    #[slot]
    fn tp_str(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        self.substring(thread, 0, self.len())
    }
    #[slot]
    fn tp_hash(&self) -> isize {
        self.hash_value()
    }
    #[slot]
    fn tp_iter(&self, thread: &Thread) -> PyResult<Obj> {
        Ok(crate::iterators::StrIterator::new(thread, self)?.upcast())
    }
    #[slot]
    fn tp_richcompare(&self, other: &Object, op: CompareOp) -> Obj {
        match other.cast::<Str>() {
            Some(other) => crate::bool_obj(op.holds(self.chars().cmp(other.chars()))),
            None => crate::not_implemented(),
        }
    }
    #[slot]
    fn sq_length(&self) -> usize {
        self.len()
    }
    #[slot]
    fn sq_concat(&self, thread: &Thread, other: &Object) -> PyResult<Owned<Str>> {
        match other.cast::<Str>() {
            Some(other) => self.concat(thread, other),
            None => Err(thread.type_error(&format!("can only concatenate str (not \"{}\") to str", other.ty().name()))),
        }
    }
}
