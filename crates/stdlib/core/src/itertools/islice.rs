//! `islice`.

use std::cell::Cell;

use pyrox_macros::pyclass;
use pyrox_objects::abi;
use pyrox_objects::native::{Keywords, Rest};
use pyrox_objects::{Head, Obj, ObjCell, Object, PyResult, Thread, Type};

use super::filters::no_keywords;

/// `islice(iterable, start, stop, step)`
#[repr(C)]
pub struct ISlice {
    head: Head,
    iterator: ObjCell,
    /// The index of the next item to give.
    next: Cell<usize>,
    stop: Option<usize>,
    step: usize,
    /// How many items have been taken from the iterator.
    taken: Cell<usize>,
}

/// A bound as a number; -1 stands for one that is none, as the checks below want it.
fn bound(thread: &Thread, value: &Object) -> isize {
    value.as_isize(thread).unwrap_or_else(|_| {
        thread.set_raised(None);
        -1
    })
}

/// islice(iterable, stop) --> islice object
/// islice(iterable, start, stop[, step]) --> islice object
///
/// Return an iterator whose next() method returns selected values from an
/// iterable.  If start is specified, will skip all preceding elements;
/// otherwise, start defaults to zero.  Step defaults to one.  If
/// specified as another value, step determines how many values are
/// skipped between successive calls.  Works like a slice() on a list
/// but returns an iterator.
#[pyclass(name = "islice", module = "itertools", traverse = [iterator], dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE)]
impl ISlice {
    #[new(sig = "(*args, **kwargs)", text = "")]
    fn create(cls: &Type, thread: &Thread, args: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<Obj> {
        no_keywords(thread, &kwargs, "islice")?;
        let count = args.len();
        let Some(iterable) = args.get(0).filter(|_| (2..=4).contains(&count)) else {
            let (word, limit) = if count < 2 { ("least", 2) } else { ("most", 4) };
            return Err(thread.type_error(&format!("islice expected at {word} {limit} arguments, got {count}")));
        };
        let given = |at: usize| args.get(at).filter(|value| !value.is_none());
        let (start, stop, step) = if count == 2 { (None, given(1), None) } else { (given(1), given(2), given(3)) };
        let start = start.map_or(0, |start| bound(thread, start));
        let stop = stop.map(|stop| bound(thread, stop));
        if stop == Some(-1) {
            return Err(thread.value_error("Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize."));
        }
        if start < 0 || stop.is_some_and(|stop| stop < 0) {
            return Err(thread.value_error("Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize."));
        }
        let step = step.map_or(1, |step| bound(thread, step));
        if step < 1 {
            return Err(thread.value_error("Step for islice() must be a positive integer or None."));
        }
        let made = ISlice {
            head: Head::unset(),
            iterator: ObjCell::new(Some(iterable.iter(thread)?)),
            next: Cell::new(start as usize),
            stop: stop.map(|stop| stop as usize),
            step: step as usize,
            taken: Cell::new(0),
        };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let Some(iterator) = self.iterator.get() else { return Ok(None) };
        let item = self.advance(thread, &iterator)?;
        if item.is_none() {
            self.iterator.set(None);
        }
        Ok(item)
    }
}

impl ISlice {
    fn advance(&self, thread: &Thread, iterator: &Object) -> PyResult<Option<Obj>> {
        while self.taken.get() < self.next.get() {
            if iterator.next(thread)?.is_none() {
                return Ok(None);
            }
            self.taken.set(self.taken.get() + 1);
        }
        if self.stop.is_some_and(|stop| self.taken.get() >= stop) {
            return Ok(None);
        }
        let Some(item) = iterator.next(thread)? else { return Ok(None) };
        self.taken.set(self.taken.get() + 1);
        let next = self.next.get().saturating_add(self.step);
        self.next.set(self.stop.map_or(next, |stop| next.min(stop)));
        Ok(Some(item))
    }
}
