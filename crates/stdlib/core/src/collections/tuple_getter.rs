//! The property of a named tuple's field.

use std::mem::offset_of;

use pyrox_macros::pyclass;
use pyrox_objects::native::{NO_MEMBER, object_member};
use pyrox_objects::{Head, Int, Obj, ObjCell, Object, Owned, PyResult, Thread, Tuple, Type};

/// Gives the item at `index` of a tuple.
#[repr(C)]
pub struct TupleGetter {
    head: Head,
    index: isize,
    doc: ObjCell,
}

#[pyclass(name = "_tuplegetter", module = "collections", traverse = [doc], dealloc = drop,
    members = &[object_member(c"__doc__", offset_of!(TupleGetter, doc), false), NO_MEMBER])]
impl TupleGetter {
    #[new(sig = "(index, doc, /)", text = "")]
    fn create(cls: &Type, thread: &Thread, index: isize, doc: &Object) -> PyResult<Obj> {
        Ok(cls.instantiate(thread, TupleGetter { head: Head::unset(), index, doc: ObjCell::new(Some(doc.own())) })?.upcast())
    }
    #[slot]
    fn tp_descr_get(&self, thread: &Thread, object: Option<&Object>, _class: Option<&Object>) -> PyResult<Obj> {
        let Some(object) = object.filter(|o| !o.is_none()) else { return Ok((**self).own()) };
        let Some(tuple) = object.cast::<Tuple>() else {
            return Err(thread.type_error(&format!(
                "descriptor for index '{}' for tuple subclasses doesn't apply to '{}' object",
                self.index,
                object.ty().name()
            )));
        };
        let item = usize::try_from(self.index).ok().and_then(|at| tuple.items().get(at).copied());
        item.map(Object::own).ok_or_else(|| thread.index_error("tuple index out of range"))
    }
    #[slot]
    fn tp_descr_set(&self, thread: &Thread, _object: &Object, value: Option<&Object>) -> PyResult<()> {
        let message = if value.is_some() { "can't set attribute" } else { "can't delete attribute" };
        Err(thread.attribute_error(message))
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<String> {
        let doc = self.doc.get().unwrap_or_else(pyrox_objects::none);
        Ok(format!("{}({}, {})", self.ty().name(), self.index, doc.repr(thread)?))
    }
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let doc = self.doc.get().unwrap_or_else(pyrox_objects::none);
        let arguments = Tuple::from_vec(thread, vec![Int::from(self.index as i64).upcast(), doc])?;
        Tuple::from_vec(thread, vec![(**self.ty()).own(), arguments.upcast()])
    }
}
