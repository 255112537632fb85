//! Result tuples that an iterator makes once and hands out again when nobody else kept them.

use pyrox_abi::{PyObject, PyTupleObject};

use crate::object::{Obj, ObjCell, Owned, decref};
use crate::{PyResult, Thread, Tuple};

/// Take the tuple out for refilling if the cell holds the only reference. While it is refilled it has a
/// second reference, so that a call into the same iterator meanwhile makes a tuple of its own.
pub fn take_unique(cell: &ObjCell) -> Option<Owned<Tuple>> {
    let held = cell.peek()?;
    if held.refcount() != 1 {
        return None;
    }
    // SAFETY: the cell is given tuples only.
    Some(unsafe { held.own().cast_unchecked() })
}

/// Replace an item of a tuple that [`take_unique`] gave.
///
/// # Safety
/// The tuple is such a one and longer than `at`.
pub unsafe fn put(tuple: &Tuple, at: usize, item: Obj) {
    // SAFETY: by contract; the old item dies after the new one is in place.
    unsafe {
        let old: *mut PyObject = std::ptr::replace(tuple.items_ptr().add(at), item.into_raw());
        decref(old);
    }
}

/// Make a refilled tuple as good as new: no cached hash, watched by the collector.
pub fn finish(tuple: Owned<Tuple>) -> Obj {
    // SAFETY: a valid tuple.
    unsafe {
        (*(tuple.as_ptr() as *const PyTupleObject)).ob_hash.set(-1);
        if !crate::gc::is_tracked(tuple.as_ptr()) {
            crate::gc::track(tuple.as_ptr());
        }
    }
    tuple.upcast()
}

/// A cell with a tuple of `length` times `None` in it.
pub fn blank(thread: &Thread, length: usize) -> PyResult<ObjCell> {
    Ok(ObjCell::new(Some(Tuple::from_vec(thread, vec![crate::none(); length])?.upcast())))
}
