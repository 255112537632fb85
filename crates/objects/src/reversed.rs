//! `reversed`: what `__reversed__` gives, or an iterator by falling index.

use std::cell::Cell;

use pyrox_abi as abi;
use pyrox_macros::pyclass;

use crate::object::{Head, Obj, ObjCell, Object, Owned};
use crate::{Int, PyResult, Thread, Tuple, Type, exceptions};

/// `reversed(sequence)` of a sequence without a `__reversed__` of its own.
#[repr(C)]
pub struct Reversed {
    head: Head,
    /// The next position; negative at the end.
    index: Cell<isize>,
    sequence: ObjCell,
}

/// Return a reverse iterator over the values of the given sequence.
#[pyclass(name = "reversed", symbol = "PyReversed_Type", traverse = [sequence], dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE)]
impl Reversed {
    #[new(sig = "(sequence, /)")]
    fn create(cls: &Type, thread: &Thread, sequence: &Object) -> PyResult<Obj> {
        let not_reversible = || thread.type_error(&format!("'{}' object is not reversible", sequence.ty().full_name()));
        if let Some((function, needs_self)) = sequence.special(thread, crate::intern!("__reversed__"))? {
            if function.is_none() {
                return Err(not_reversible());
            }
            return if needs_self { function.call(thread, &[sequence]) } else { function.call(thread, &[]) };
        }
        if !sequence.is_sequence() {
            return Err(not_reversible());
        }
        let length = sequence.len(thread)?;
        let made = Reversed { head: Head::unset(), index: Cell::new(length as isize - 1), sequence: ObjCell::new(Some(sequence.own())) };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let index = self.index.get();
        let Some(sequence) = self.sequence.get() else { return Ok(None) };
        if index >= 0 {
            match sequence.sequence_item(thread, index) {
                Ok(item) => {
                    self.index.set(index - 1);
                    return Ok(Some(item));
                }
                Err(raised) => {
                    if !thread.take_if(exceptions::index_error()) && !thread.take_if(exceptions::stop_iteration()) {
                        return Err(raised);
                    }
                }
            }
        }
        self.index.set(-1);
        self.sequence.set(None);
        Ok(None)
    }
    /// Private method returning an estimate of len(list(it)).
    #[method]
    fn __length_hint__(&self, thread: &Thread) -> PyResult<isize> {
        let Some(sequence) = self.sequence.get() else { return Ok(0) };
        let length = sequence.len(thread)? as isize;
        let position = self.index.get().saturating_add(1);
        Ok(if length < position { 0 } else { position })
    }
    /// Return state information for pickling.
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let class = (**self.ty()).own();
        match self.sequence.get() {
            Some(sequence) => {
                let arguments = Tuple::from_vec(thread, vec![sequence])?.upcast();
                Tuple::from_vec(thread, vec![class, arguments, Int::from(self.index.get() as i64).upcast()])
            }
            None => Tuple::from_vec(thread, vec![class, Tuple::from_vec(thread, vec![Tuple::empty().upcast()])?.upcast()]),
        }
    }
    /// Set state information for unpickling.
    #[method(sig = "(object, /)")]
    fn __setstate__(&self, thread: &Thread, object: &Object) -> PyResult<()> {
        let index = object.as_isize(thread)?;
        if let Some(sequence) = self.sequence.get() {
            let length = sequence.len(thread)? as isize;
            self.index.set(index.clamp(-1, length - 1));
        }
        Ok(())
    }
}

const _: () = assert!(size_of::<Reversed>() == 32);
