//! What `cmp_to_key` gives: called with an object, it makes a key that compares by the function.

use std::mem::offset_of;

use pyrox_macros::pyclass;
use pyrox_objects::native::{NO_MEMBER, object_member};
use pyrox_objects::{CompareOp, Dict, Head, Int, Obj, ObjCell, Object, Owned, PyResult, PyType, Raised, Thread, Tuple, intern};

/// The function alone, or with the object that it stands for.
#[repr(C)]
pub struct KeyWrapper {
    head: Head,
    compare: ObjCell,
    object: ObjCell,
}

impl KeyWrapper {
    pub fn new(thread: &Thread, compare: Obj, object: Option<Obj>) -> PyResult<Owned<KeyWrapper>> {
        KeyWrapper::ty()
            .instantiate(thread, KeyWrapper { head: Head::unset(), compare: ObjCell::new(Some(compare)), object: ObjCell::new(object) })
    }

    fn no_object(&self, thread: &Thread) -> Raised {
        thread.attribute_error("object")
    }
}

#[pyclass(name = "KeyWrapper", module = "functools", traverse = [compare, object], dealloc = drop,
    members = &[object_member(c"obj", offset_of!(KeyWrapper, object), false), NO_MEMBER])]
impl KeyWrapper {
    #[slot]
    fn tp_call(&self, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Owned<KeyWrapper>> {
        let named = kwargs.map_or(0, Dict::len);
        let given = args.len() + named;
        if given > 1 {
            return Err(thread.type_error(&format!("K() takes at most 1 argument ({given} given)")));
        }
        let by_name = || kwargs.and_then(|k| k.get_str(intern!("obj")));
        let Some(object) = args.items().first().map(|o| o.own()).or_else(by_name) else {
            return Err(thread.type_error("K() missing required argument 'obj' (pos 1)"));
        };
        KeyWrapper::new(thread, self.compare.get().unwrap_or_else(pyrox_objects::none), Some(object))
    }
    #[slot]
    fn tp_richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        let Some(other) = other.exact::<KeyWrapper>() else { return Err(thread.type_error("other argument must be K instance")) };
        let (Some(a), Some(b)) = (self.object.get(), other.object.get()) else { return Err(self.no_object(thread)) };
        let compare = self.compare.get().unwrap_or_else(pyrox_objects::none);
        let order = compare.call(thread, &[&a, &b])?;
        order.richcompare(thread, &Int::from(0), op)
    }
}
