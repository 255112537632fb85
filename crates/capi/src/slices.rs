//! `slice`, and iterators over sequences and calls.

use std::ffi::c_int;

use pyrox_objects::iterators::{CallIterator, SequenceIterator};
use pyrox_objects::slice::Range;
use pyrox_objects::{Int, Obj, Object, Owned, PyResult, Slice, Thread};

use crate::api::{bad_call, present};
use crate::support::{Raw, give, status};

/// The object or `None`.
unsafe fn or_none<'a>(object: Raw) -> &'a Object {
    // SAFETY: by the API's contract.
    unsafe { Object::from_ptr_or_null(object) }.unwrap_or(pyrox_objects::none_ref())
}

/// A slice's parts as they were given.
unsafe fn unpack(thread: &Thread, slice: Raw) -> PyResult<Range> {
    // SAFETY: by the API's contract.
    let object = unsafe { present(thread, slice) }?;
    object.cast::<Slice>().ok_or_else(|| bad_call(thread))?.unpack(thread)
}

/// Start and stop clipped to a length, and how many items they select. C may give any length, also a negative one.
fn adjust(count: isize, start: isize, stop: isize, step: isize) -> (isize, isize, isize) {
    let clip = |at: isize| {
        if at < 0 {
            let at = at.wrapping_add(count);
            if at < 0 { if step < 0 { -1 } else { 0 } } else { at }
        } else if at >= count {
            if step < 0 { count - 1 } else { count }
        } else {
            at
        }
    };
    let (start, stop) = (clip(start), clip(stop));
    let selected = if step < 0 {
        if stop < start { (start - stop - 1) / step.wrapping_neg().max(1) + 1 } else { 0 }
    } else if start < stop {
        (stop - start - 1) / step.max(1) + 1
    } else {
        0
    };
    (start, stop, selected)
}

crate::api! {
    /// `slice(start, stop, step)`; null is `None`.
    fn PySlice_New(thread; start: Raw, stop: Raw, step: Raw) -> Raw = give {
        Slice::new(thread, or_none(start), or_none(stop), or_none(step)).map(Owned::upcast)
    }

    /// `slice(start, stop)`.
    fn _PySlice_FromIndices(thread; start: isize, stop: isize) -> Raw = give {
        let (start, stop): (Obj, Obj) = (Int::from(start as i64).upcast(), Int::from(stop as i64).upcast());
        Slice::new(thread, &start, &stop, pyrox_objects::none_ref()).map(Owned::upcast)
    }

    /// The indices for a length, which plain ints must give; -1 without an exception otherwise.
    fn PySlice_GetIndices(thread; slice: Raw, count: isize, start: *mut isize, stop: *mut isize, step: *mut isize) -> c_int {
        let Some(slice) = Object::from_ptr_or_null(slice).and_then(|object| object.cast::<Slice>()) else { return -1 };
        let number = |part: Obj, default: isize| match part.cast::<Int>() {
            _ if part.is_none() => Some(default),
            Some(int) => int.to_i64().map(|n| if n < 0 { n as isize + count } else { n as isize }),
            None => None,
        };
        let its_step = match slice.step() {
            part if part.is_none() => 1,
            part => match part.cast::<Int>().and_then(Int::to_i64) {
                Some(n) => n as isize,
                None => return -1,
            },
        };
        *step = its_step;
        let (first, last) = if its_step < 0 { (count - 1, -1) } else { (0, count) };
        let (Some(from), Some(to)) = (number(slice.start(), first), number(slice.stop(), last)) else { return -1 };
        *start = from;
        *stop = to;
        if to > count || from >= count || its_step == 0 {
            return -1;
        }
        thread.set_raised(None);
        0
    }

    /// The parts of a slice, clipped to what fits.
    fn PySlice_Unpack(thread; slice: Raw, start: *mut isize, stop: *mut isize, step: *mut isize) -> c_int = status {
        let range = unpack(thread, slice)?;
        (*start, *stop, *step) = (range.start, range.stop, range.step);
        Ok(())
    }

    /// Clip start and stop to a length; gives how many items are selected.
    fn PySlice_AdjustIndices(count: isize, start: *mut isize, stop: *mut isize, step: isize) -> isize {
        let (from, to, selected) = adjust(count, *start, *stop, step);
        (*start, *stop) = (from, to);
        selected
    }

    /// The parts of a slice for a length, and how many items are selected.
    fn PySlice_GetIndicesEx(
        thread; slice: Raw, count: isize, start: *mut isize, stop: *mut isize, step: *mut isize, selected: *mut isize
    ) -> c_int = status {
        let range = unpack(thread, slice)?;
        *step = range.step;
        (*start, *stop, *selected) = adjust(count, range.start, range.stop, range.step);
        Ok(())
    }

    /// The parts of a slice for a length of any size, as ints.
    fn _PySlice_GetLongIndices(thread; slice: Raw, length: Raw, start: *mut Raw, stop: *mut Raw, step: *mut Raw) -> c_int = status {
        let slice = present(thread, slice)?;
        let indices = slice.call_method(thread, pyrox_objects::intern!("indices"), &[present(thread, length)?])?;
        let items = indices.to_items(thread)?;
        let [a, b, c] = items.as_slice() else { return Err(bad_call(thread)) };
        (*start, *stop, *step) = (a.clone().into_raw(), b.clone().into_raw(), c.clone().into_raw());
        Ok(())
    }

    /// An iterator over `sequence[0]`, `sequence[1]`, ...
    fn PySeqIter_New(thread; sequence: Raw) -> Raw = give {
        match Object::from_ptr_or_null(sequence).filter(|object| object.is_sequence()) {
            Some(sequence) => SequenceIterator::new(thread, sequence).map(Owned::upcast),
            None => Err(bad_call(thread)),
        }
    }

    /// An iterator that calls until the sentinel comes.
    fn PyCallIter_New(thread; callable: Raw, sentinel: Raw) -> Raw = give {
        CallIterator::new(thread, present(thread, callable)?, present(thread, sentinel)?).map(Owned::upcast)
    }
}
