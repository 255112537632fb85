//! `slice`.

use std::cell::Cell;

use pyrox_abi as abi;
use pyrox_abi::{PyObject, PySliceObject};
use pyrox_macros::pyclass;
use pyrox_numeric::hash::SequenceHash;

use crate::native::{NO_MEMBER, object_member};
use crate::object::{Obj, Object, Owned, PyType, xdecref};
use crate::{CompareOp, Int, PyResult, Thread, Tuple, Type};

type Raw = *mut PyObject;

/// `slice(start, stop, step)`.
#[repr(transparent)]
pub struct Slice(PySliceObject);

/// A slice applied to a length.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    pub start: isize,
    pub stop: isize,
    pub step: isize,
    /// How many items are selected.
    pub length: usize,
}

impl Range {
    /// What `key` selects of a sequence of `length` items; `None` if it is no slice.
    pub fn of(thread: &Thread, key: &Object, length: usize) -> PyResult<Option<Range>> {
        match key.exact::<Slice>() {
            Some(slice) => Ok(Some(slice.unpack(thread)?.adjust(length))),
            None => Ok(None),
        }
    }

    /// The selected positions, in order.
    pub fn indices(self) -> impl DoubleEndedIterator<Item = usize> + ExactSizeIterator {
        (0..self.length).map(move |n| (self.start + n as isize * self.step) as usize)
    }

    /// Clip start and stop to a length.
    pub fn adjust(self, length: usize) -> Range {
        let length = length as isize;
        let clip = |at: isize| {
            if at < 0 {
                let at = at.saturating_add(length);
                if at < 0 { if self.step < 0 { -1 } else { 0 } } else { at }
            } else if at >= length {
                if self.step < 0 { length - 1 } else { length }
            } else {
                at
            }
        };
        let (start, stop) = (clip(self.start), clip(self.stop));
        let count = if self.step < 0 {
            if stop < start { (start - stop - 1) / -self.step + 1 } else { 0 }
        } else if start < stop {
            (stop - start - 1) / self.step + 1
        } else {
            0
        };
        Range { start, stop, step: self.step, length: count as usize }
    }
}

/// An index of a slice: `None` is the default, other values by `__index__`, clipped.
fn index(thread: &Thread, object: &Object, default: isize) -> PyResult<isize> {
    if object.is_none() {
        return Ok(default);
    }
    if !object.has_index() {
        return Err(thread.type_error("slice indices must be integers or None or have an __index__ method"));
    }
    object.as_isize_clipped(thread)
}

/// What [`Range::adjust`] does, for integers of any size.
fn big_indices(thread: &Thread, given: [Option<Owned<Int>>; 3], length: &Int) -> PyResult<Owned<Tuple>> {
    let [start, stop, step] = given;
    let number = |n: i64| Int::from(n).upcast();
    let backwards = step.as_ref().is_some_and(|s| s.is_negative());
    let one_less = crate::protocol::number::binary(thread, &crate::protocol::number::SUBTRACT, length, &number(1))?;
    let (lower, upper) = if backwards { (number(-1), one_less) } else { (number(0), (**length).own()) };
    let clip = |value: Option<Owned<Int>>, default: &Obj| -> PyResult<Obj> {
        let Some(value) = value else { return Ok(default.clone()) };
        if value.is_negative() {
            let moved = crate::protocol::number::binary(thread, &crate::protocol::number::ADD, &value, length)?;
            let below = moved.richcompare(thread, &lower, CompareOp::Lt)?.is_true(thread)?;
            return Ok(if below { lower.clone() } else { moved });
        }
        let above = value.richcompare(thread, &upper, CompareOp::Gt)?.is_true(thread)?;
        Ok(if above { upper.clone() } else { value.upcast() })
    };
    let (first, last) = if backwards { (&upper, &lower) } else { (&lower, &upper) };
    let (start, stop) = (clip(start, first)?, clip(stop, last)?);
    Tuple::from_vec(thread, vec![start, stop, step.map_or_else(|| number(1), Owned::upcast)])
}

impl Slice {
    pub fn new(thread: &Thread, start: &Object, stop: &Object, step: &Object) -> PyResult<Owned<Slice>> {
        let object = Slice::ty().allocate_untracked(thread, 0)?;
        // SAFETY: fresh.
        unsafe {
            let raw = &*(object.as_ptr() as *const PySliceObject);
            raw.start.set(start.own().into_raw());
            raw.stop.set(stop.own().into_raw());
            raw.step.set(step.own().into_raw());
            crate::gc::track(object.as_ptr());
            Ok(object.cast_unchecked())
        }
    }

    fn field(&self, field: &Cell<Raw>) -> Obj {
        // SAFETY: a slice's fields are set for its life.
        unsafe { Object::from_ptr(field.get()) }.own()
    }

    pub fn start(&self) -> Obj {
        self.field(&self.0.start)
    }
    pub fn stop(&self) -> Obj {
        self.field(&self.0.stop)
    }
    pub fn step(&self) -> Obj {
        self.field(&self.0.step)
    }

    /// The three indices, not yet applied to a length.
    pub fn unpack(&self, thread: &Thread) -> PyResult<Range> {
        let step = index(thread, &self.step(), 1)?.max(-isize::MAX);
        if step == 0 {
            return Err(thread.value_error("slice step cannot be zero"));
        }
        let start = index(thread, &self.start(), if step < 0 { isize::MAX } else { 0 })?;
        let stop = index(thread, &self.stop(), if step < 0 { isize::MIN } else { isize::MAX })?;
        Ok(Range { start, stop, step, length: 0 })
    }
}

/// slice(stop)
/// slice(start, stop[, step])
///
/// Create a slice object. This is used for extended slicing (e.g. a[0:10:2]).
#[pyclass(name = "slice", symbol = "PySlice_Type", gc, members = &[
    object_member(c"start", 16, true), object_member(c"stop", 24, true), object_member(c"step", 32, true), NO_MEMBER])]
impl Slice {
    #[new(sig = "(start, stop=None, step=None, /)", text = "")]
    fn create(_cls: &Type, thread: &Thread, start: &Object, stop: Option<&Object>, step: Option<&Object>) -> PyResult<Owned<Slice>> {
        let none = crate::none_ref();
        match stop {
            None => Slice::new(thread, none, start, none),
            Some(stop) => Slice::new(thread, start, stop, step.unwrap_or(none)),
        }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe {
            crate::gc::untrack(object);
            let raw = &*(object as *const PySliceObject);
            for field in [&raw.start, &raw.stop, &raw.step] {
                xdecref(field.get());
            }
            crate::dealloc::free_instance(object, (*object).ob_type.get());
        }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut std::ffi::c_void) -> i32 {
        // SAFETY: by contract.
        unsafe {
            let raw = &*(object as *const PySliceObject);
            for field in [&raw.start, &raw.stop, &raw.step] {
                let status = visit(field.get(), data);
                if status != 0 {
                    return status;
                }
            }
        }
        0
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<String> {
        Ok(format!("slice({}, {}, {})", self.start().repr(thread)?, self.stop().repr(thread)?, self.step().repr(thread)?))
    }
    #[slot]
    fn tp_hash(&self, thread: &Thread) -> PyResult<isize> {
        let mut hash = SequenceHash::default();
        for item in [self.start(), self.stop(), self.step()] {
            hash.push(item.hash(thread)? as i64);
        }
        Ok(hash.finish_slice() as isize)
    }
    #[slot]
    fn tp_richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        let Some(other) = other.exact::<Slice>() else { return Ok(crate::not_implemented()) };
        let all = |s: &Slice| Tuple::from_vec(thread, vec![s.start(), s.stop(), s.step()]);
        all(self)?.richcompare(thread, &*all(other)?, op)
    }
    /// S.indices(len) -> (start, stop, stride)
    ///
    /// The start and stop indices, and the stride length of the extended slice described by S.
    #[method(sig = "(len, /)", text = "")]
    fn indices(&self, thread: &Thread, len: &Object) -> PyResult<Owned<Tuple>> {
        let length = len.index(thread)?;
        if length.is_negative() {
            return Err(thread.value_error("length should not be negative"));
        }
        let fields = [self.start(), self.stop(), self.step()];
        let mut small = length.to_i64().is_some_and(|n| n < i64::MAX);
        let mut given: [Option<Owned<Int>>; 3] = [None, None, None];
        for at in [2, 0, 1] {
            if !fields[at].is_none() {
                if !fields[at].has_index() {
                    return Err(thread.type_error("slice indices must be integers or None or have an __index__ method"));
                }
                let value = fields[at].index(thread)?;
                small &= value.to_i64().is_some_and(|n| n > i64::MIN && n < i64::MAX);
                if at == 2 && value.to_i64() == Some(0) {
                    return Err(thread.value_error("slice step cannot be zero"));
                }
                given[at] = Some(value);
            }
        }
        if small {
            let value = |at: usize| given[at].as_ref().and_then(|n| n.to_i64()).map(|n| n as isize);
            let step = value(2).unwrap_or(1);
            let start = value(0).unwrap_or(if step < 0 { isize::MAX } else { 0 });
            let stop = value(1).unwrap_or(if step < 0 { isize::MIN } else { isize::MAX });
            let range = Range { start, stop, step, length: 0 }.adjust(length.to_i64().unwrap_or(i64::MAX) as usize);
            return Tuple::from_vec(thread, [range.start, range.stop, range.step].map(|n| Int::from(n as i64).upcast()).to_vec());
        }
        big_indices(thread, given, &length)
    }
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Obj> {
        let fields = Tuple::from_vec(thread, vec![self.start(), self.stop(), self.step()])?;
        Ok(Tuple::from_vec(thread, vec![(**self.ty()).own(), fields.upcast()])?.upcast())
    }
}
