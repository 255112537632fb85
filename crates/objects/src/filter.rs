//! `filter`.

use pyrox_abi as abi;
use pyrox_macros::pyclass;

use crate::object::{Head, Obj, ObjCell, Object, Owned, PyType};
use crate::{Bool, PyResult, Thread, Tuple, Type};

/// `filter(function, iterable)`.
#[repr(C)]
pub struct Filter {
    head: Head,
    function: ObjCell,
    iterator: ObjCell,
}

/// Return an iterator yielding those items of iterable for which
/// function(item) is true.  If function is None, return the items that
/// are true.
#[pyclass(name = "filter", symbol = "PyFilter_Type", traverse = [function, iterator], dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE)]
impl Filter {
    #[new(sig = "(function, iterable, /)")]
    fn create(cls: &Type, thread: &Thread, function: &Object, iterable: &Object) -> PyResult<Obj> {
        let iterator = iterable.iter(thread)?;
        let made = Filter { head: Head::unset(), function: ObjCell::new(Some(function.own())), iterator: ObjCell::new(Some(iterator)) };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let (Some(function), Some(iterator)) = (self.function.get(), self.iterator.get()) else { return Ok(None) };
        let truth_only = function.is_none() || function.is(Bool::ty());
        while let Some(item) = iterator.next(thread)? {
            let keep = if truth_only { item.is_true(thread)? } else { function.call(thread, &[&item])?.is_true(thread)? };
            if keep {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }
    /// Return state information for pickling.
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let fields = [&self.function, &self.iterator].map(|field| field.get().unwrap_or_else(crate::none));
        Tuple::from_vec(thread, vec![(**self.ty()).own(), Tuple::from_vec(thread, fields.to_vec())?.upcast()])
    }
}

const _: () = assert!(size_of::<Filter>() == 32);
