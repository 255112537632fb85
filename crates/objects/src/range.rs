//! `range` and its iterators.
//!
//! A range keeps its four numbers as Python ints, as large as they come. Iterating one that fits machine
//! words goes through [`RangeIterator`], which counts in registers; others go through [`LongRangeIterator`].

use std::cell::Cell;

use pyrox_macros::pyclass;
use pyrox_numeric::hash::SequenceHash;
use pyrox_numeric::int::BigInt;

use crate::native::{NO_MEMBER, object_member};
use crate::object::{Head, Obj, ObjCell, Object, Own, Owned, PyType};
use crate::{Bool, CompareOp, Int, PyResult, Slice, Thread, Tuple, Type};

/// `range(start, stop, step)`.
#[repr(C)]
pub struct RangeObject {
    head: Head,
    start: Owned<Int>,
    stop: Owned<Int>,
    step: Owned<Int>,
    length: Owned<Int>,
}

/// `operator.index(object)`, as an int that is of no subclass.
pub(crate) fn exact_index(thread: &Thread, object: &Object) -> PyResult<Owned<Int>> {
    let value = object.index(thread)?;
    if value.is_exact::<Int>() { Ok(value) } else { Ok(Int::from_pair(value.pair())) }
}

/// How many numbers `start`, `start + step`, ... lie before `stop`.
fn count_between(start: &Int, stop: &Int, step: &Int) -> Owned<Int> {
    if let (Some(start), Some(stop), Some(step)) = (start.to_i64(), stop.to_i64(), step.to_i64()) {
        let distance = if step > 0 { stop as i128 - start as i128 } else { start as i128 - stop as i128 };
        if distance <= 0 {
            return Int::from(0);
        }
        // At most 2**64 - 1, which a machine word holds.
        return Int::from_u64(((distance - 1) / (step as i128).abs() + 1) as u64);
    }
    let (low, high, step) = if step.is_negative() {
        (stop.to_big(), start.to_big(), step.to_big().neg())
    } else {
        (start.to_big(), stop.to_big(), step.to_big())
    };
    let one = BigInt::new(false, vec![1]);
    let distance = high.sub(&low);
    if distance.sign() <= 0 {
        return Int::from(0);
    }
    match distance.sub(&one).divmod(&step) {
        Ok((quotient, _)) => Int::from_big(&quotient.add(&one)),
        Err(_) => Int::from(0),
    }
}

fn plus_times(start: &Int, index: &Int, step: &Int) -> Owned<Int> {
    if let (Some(a), Some(b), Some(c)) = (start.to_i64(), index.to_i64(), step.to_i64()) {
        if let Some(value) = b.checked_mul(c).and_then(|product| a.checked_add(product)) {
            return Int::from(value);
        }
    }
    Int::from_big(&start.to_big().add(&index.to_big().mul(&step.to_big())))
}

fn minus(a: &Int, b: &Int) -> Owned<Int> {
    match (a.to_i64(), b.to_i64()) {
        (Some(x), Some(y)) if x.checked_sub(y).is_some() => Int::from(x.wrapping_sub(y)),
        _ => Int::from_big(&a.to_big().sub(&b.to_big())),
    }
}

impl RangeObject {
    /// A range of ints; `step` is not zero.
    pub fn new(thread: &Thread, start: Owned<Int>, stop: Owned<Int>, step: Owned<Int>) -> PyResult<Owned<RangeObject>> {
        let length = count_between(&start, &stop, &step);
        RangeObject::ty().instantiate(thread, RangeObject { head: Head::unset(), start, stop, step, length })
    }

    pub fn start(&self) -> &Int {
        &self.start
    }
    pub fn stop(&self) -> &Int {
        &self.stop
    }
    pub fn step(&self) -> &Int {
        &self.step
    }
    /// How many numbers there are.
    pub fn length(&self) -> &Int {
        &self.length
    }

    /// The number at `index`, which is within the range.
    fn item(&self, index: &Int) -> Owned<Int> {
        plus_times(&self.start, index, &self.step)
    }

    fn item_checked(&self, thread: &Thread, index: &Int) -> PyResult<Owned<Int>> {
        let index = if index.is_negative() { plus_times(&self.length, index, &Int::from(1)) } else { index.own_typed() };
        if index.is_negative() || index.compare(&self.length).is_ge() {
            return Err(thread.index_error("range object index out of range"));
        }
        Ok(self.item(&index))
    }

    /// The int is one of the numbers.
    fn holds(&self, value: &Int) -> bool {
        let (low, high) = (value.compare(&self.start), value.compare(&self.stop));
        let within = if self.step.is_negative() { low.is_le() && high.is_gt() } else { low.is_ge() && high.is_lt() };
        if !within {
            return false;
        }
        if let (Some(value), Some(start), Some(step)) = (value.to_i64(), self.start.to_i64(), self.step.to_i64()) {
            return (value as i128 - start as i128) % step as i128 == 0;
        }
        value.to_big().sub(&self.start.to_big()).divmod(&self.step.to_big()).is_ok_and(|(_, rest)| rest.is_zero())
    }

    /// Ints and bools are looked up by arithmetic; subclasses may compare as they like.
    fn plain_int(value: &Object) -> Option<&Int> {
        if value.is_exact::<Int>() || value.is_exact::<Bool>() { value.cast::<Int>() } else { None }
    }

    fn sliced(&self, thread: &Thread, slice: &Slice) -> PyResult<Owned<RangeObject>> {
        let (start, stop, step) = slice_bounds(thread, slice, &self.length)?;
        let substep = plus_times(&Int::from(0), &self.step, &step);
        RangeObject::new(thread, self.item(&start), self.item(&stop), substep)
    }

    /// What decides equality: the length, the first number unless empty, the step if it matters.
    fn identity(&self) -> (Obj, Obj, Obj) {
        let length = self.length.clone().upcast();
        if self.length.is_zero() {
            return (length, crate::none(), crate::none());
        }
        let start = self.start.clone().upcast();
        if self.length.to_i64() == Some(1) {
            return (length, start, crate::none());
        }
        (length, start, self.step.clone().upcast())
    }

    /// An iterator over `length` numbers from `start`.
    fn iterate(thread: &Thread, start: &Int, step: &Int, length: &Int) -> PyResult<Obj> {
        if let (Some(first), Some(by), Some(count)) = (start.to_i64(), step.to_i64(), length.to_i64()) {
            if by.checked_mul(count).and_then(|way| first.checked_add(way)).is_some() {
                return Ok(RangeIterator::new(thread, first, by, count)?.upcast());
            }
        }
        let made = LongRangeIterator {
            head: Head::unset(),
            start: ObjCell::new(Some((**start).own())),
            step: ObjCell::new(Some((**step).own())),
            length: ObjCell::new(Some((**length).own())),
        };
        Ok(LongRangeIterator::ty().instantiate(thread, made)?.upcast())
    }
}

/// The bounds of a slice applied to a length of any size, as `slice.indices` counts them.
pub(crate) fn slice_bounds(thread: &Thread, slice: &Slice, length: &Int) -> PyResult<(Owned<Int>, Owned<Int>, Owned<Int>)> {
    let index = |object: &Object| {
        if object.has_index() {
            exact_index(thread, object)
        } else {
            Err(thread.type_error("slice indices must be integers or None or have an __index__ method"))
        }
    };
    let (start, stop, step) = (slice.start(), slice.stop(), slice.step());
    let step = if step.is_none() { Int::from(1) } else { index(&step)? };
    if step.is_zero() {
        return Err(thread.value_error("slice step cannot be zero"));
    }
    let backwards = step.is_negative();
    let (lower, upper) = if backwards { (Int::from(-1), minus(length, &Int::from(1))) } else { (Int::from(0), length.own_typed()) };
    let clip = |object: &Object, default: &Owned<Int>| -> PyResult<Owned<Int>> {
        if object.is_none() {
            return Ok(default.clone());
        }
        let mut value = index(object)?;
        if value.is_negative() {
            value = plus_times(&value, length, &Int::from(1));
        }
        Ok(if value.compare(&lower).is_lt() {
            lower.clone()
        } else if value.compare(&upper).is_gt() {
            upper.clone()
        } else {
            value
        })
    };
    let (first, last) = if backwards { (&upper, &lower) } else { (&lower, &upper) };
    let start = clip(&start, first)?;
    let stop = clip(&stop, last)?;
    Ok((start, stop, step))
}

/// range(stop) -> range object
/// range(start, stop[, step]) -> range object
///
/// Return an object that produces a sequence of integers from start (inclusive)
/// to stop (exclusive) by step.  range(i, j) produces i, i+1, i+2, ..., j-1.
/// start defaults to 0, and stop is omitted!  range(4) produces 0, 1, 2, 3.
/// These are exactly the valid indices for a list of 4 elements.
/// When step is given, it specifies the increment (or decrement).
#[pyclass(name = "range", symbol = "PyRange_Type", dealloc = drop, flags = crate::abi::Py_TPFLAGS_SEQUENCE,
    members = &[object_member(c"start", 16, true), object_member(c"stop", 24, true), object_member(c"step", 32, true), NO_MEMBER])]
impl RangeObject {
    #[new(sig = "(start, stop=None, step=1, /)", text = "")]
    fn create(_cls: &Type, thread: &Thread, start: &Object, stop: Option<&Object>, step: Option<&Object>) -> PyResult<Owned<RangeObject>> {
        let Some(stop) = stop else {
            return RangeObject::new(thread, Int::from(0), exact_index(thread, start)?, Int::from(1));
        };
        let start = exact_index(thread, start)?;
        let stop = exact_index(thread, stop)?;
        let step = match step {
            Some(step) => exact_index(thread, step)?,
            None => Int::from(1),
        };
        if step.is_zero() {
            return Err(thread.value_error("range() arg 3 must not be zero"));
        }
        RangeObject::new(thread, start, stop, step)
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<String> {
        let (start, stop) = (self.start.repr(thread)?, self.stop.repr(thread)?);
        if self.step.to_i64() == Some(1) {
            return Ok(format!("range({start}, {stop})"));
        }
        Ok(format!("range({start}, {stop}, {})", self.step.repr(thread)?))
    }
    #[slot]
    fn tp_hash(&self, thread: &Thread) -> PyResult<isize> {
        let (length, start, step) = self.identity();
        let mut hash = SequenceHash::default();
        for item in [length, start, step] {
            hash.push(item.hash(thread)? as i64);
        }
        Ok(hash.finish_tuple(3) as isize)
    }
    #[slot]
    fn tp_richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        let Some(other) = other.exact::<RangeObject>().filter(|_| matches!(op, CompareOp::Eq | CompareOp::Ne)) else {
            return Ok(crate::not_implemented());
        };
        let (a, b) = (self.identity(), other.identity());
        let equal = std::ptr::eq(self, other) || (a.0.eq(thread, &b.0)? && a.1.eq(thread, &b.1)? && a.2.eq(thread, &b.2)?);
        Ok(crate::bool_obj(equal == (op == CompareOp::Eq)))
    }
    #[slot]
    fn tp_iter(&self, thread: &Thread) -> PyResult<Obj> {
        RangeObject::iterate(thread, &self.start, &self.step, &self.length)
    }
    #[slot]
    fn nb_bool(&self) -> bool {
        !self.length.is_zero()
    }
    #[slot]
    fn sq_length(&self, thread: &Thread) -> PyResult<usize> {
        match self.length.to_i64() {
            Some(length) => Ok(length as usize),
            None => Err(thread.overflow_error("Python int too large to convert to C ssize_t")),
        }
    }
    #[slot]
    fn sq_item(&self, thread: &Thread, index: isize) -> PyResult<Owned<Int>> {
        self.item_checked(thread, &Int::from(index as i64))
    }
    #[slot]
    fn sq_contains(&self, thread: &Thread, value: &Object) -> PyResult<bool> {
        if let Some(int) = RangeObject::plain_int(value) {
            return Ok(self.holds(int));
        }
        let iterator = self.tp_iter(thread)?;
        while let Some(item) = iterator.next(thread)? {
            if item.eq(thread, value)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
    #[slot]
    fn mp_length(&self, thread: &Thread) -> PyResult<usize> {
        self.sq_length(thread)
    }
    #[slot]
    fn mp_subscript(&self, thread: &Thread, key: &Object) -> PyResult<Obj> {
        if key.has_index() {
            return Ok(self.item_checked(thread, &*key.index(thread)?)?.upcast());
        }
        match key.exact::<Slice>() {
            Some(slice) => Ok(self.sliced(thread, slice)?.upcast()),
            None => Err(thread.type_error(&format!("range indices must be integers or slices, not {}", key.ty().full_name()))),
        }
    }
    /// Return a reverse iterator.
    #[method]
    fn __reversed__(&self, thread: &Thread) -> PyResult<Obj> {
        let last = if self.length.is_zero() { self.start.clone() } else { self.item(&minus(&self.length, &Int::from(1))) };
        let back = minus(&Int::from(0), &self.step);
        RangeObject::iterate(thread, &last, &back, &self.length)
    }
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let fields = vec![self.start.clone().upcast(), self.stop.clone().upcast(), self.step.clone().upcast()];
        Tuple::from_vec(thread, vec![(**self.ty()).own(), Tuple::from_vec(thread, fields)?.upcast()])
    }
    /// rangeobject.count(value) -> integer -- return number of occurrences of value
    #[method(sig = "(object, /)")]
    fn count(&self, thread: &Thread, object: &Object) -> PyResult<usize> {
        if let Some(int) = RangeObject::plain_int(object) {
            return Ok(self.holds(int) as usize);
        }
        let mut count = 0;
        let iterator = self.tp_iter(thread)?;
        while let Some(item) = iterator.next(thread)? {
            count += item.eq(thread, object)? as usize;
        }
        Ok(count)
    }
    /// rangeobject.index(value) -> integer -- return index of value.
    /// Raise ValueError if the value is not present.
    #[method(sig = "(object, /)")]
    fn index(&self, thread: &Thread, object: &Object) -> PyResult<Obj> {
        if let Some(int) = RangeObject::plain_int(object) {
            if !self.holds(int) {
                return Err(thread.value_error("range.index(x): x not in range"));
            }
            return Ok(minus(int, &self.start).div_mod(thread, &self.step, "integer division or modulo by zero")?.0);
        }
        let mut at = 0i64;
        let iterator = self.tp_iter(thread)?;
        while let Some(item) = iterator.next(thread)? {
            if item.eq(thread, object)? {
                return Ok(Int::from(at).upcast());
            }
            at += 1;
        }
        Err(thread.value_error("sequence.index(x): x not in sequence"))
    }
}

/// What both iterators reduce to: `iter` of the range that is left.
fn reduced(thread: &Thread, start: Owned<Int>, step: Owned<Int>, length: &Int) -> PyResult<Owned<Tuple>> {
    let stop = plus_times(&start, length, &step);
    let range = RangeObject::new(thread, start, stop, step)?.upcast();
    let iter = crate::hooks::builtin(thread, "iter")?;
    Tuple::from_vec(thread, vec![iter, Tuple::from_vec(thread, vec![range])?.upcast(), crate::none()])
}

/// Iterator over a range of machine words.
#[repr(C)]
pub struct RangeIterator {
    head: Head,
    start: Cell<i64>,
    step: Cell<i64>,
    length: Cell<i64>,
}

impl RangeIterator {
    /// `length` numbers from `start`; all of them, and the one after the last, fit the word.
    pub fn new(thread: &Thread, start: i64, step: i64, length: i64) -> PyResult<Owned<RangeIterator>> {
        RangeIterator::ty().instantiate(
            thread,
            RangeIterator { head: Head::unset(), start: Cell::new(start), step: Cell::new(step), length: Cell::new(length) },
        )
    }

    /// The next number.
    #[inline(always)]
    pub fn advance(&self) -> Option<i64> {
        let left = self.length.get();
        if left <= 0 {
            return None;
        }
        let value = self.start.get();
        self.start.set(value.wrapping_add(self.step.get()));
        self.length.set(left - 1);
        Some(value)
    }

    /// How many numbers are left.
    #[inline(always)]
    pub fn remaining(&self) -> i64 {
        self.length.get().max(0)
    }
}

#[pyclass(name = "range_iterator", symbol = "PyRangeIter_Type", dealloc = drop, basicsize = 40)]
impl RangeIterator {
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self) -> PyResult<Option<Obj>> {
        Ok(self.advance().map(|value| Int::from(value).upcast()))
    }
    /// Private method returning an estimate of len(list(it)).
    #[method]
    fn __length_hint__(&self) -> i64 {
        self.remaining()
    }
    /// Return state information for pickling.
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        reduced(thread, Int::from(self.start.get()), Int::from(self.step.get()), &Int::from(self.remaining()))
    }
    /// Set state information for unpickling.
    #[method(sig = "(object, /)")]
    fn __setstate__(&self, thread: &Thread, object: &Object) -> PyResult<()> {
        let skip = match object.cast::<Int>() {
            Some(int) => int.to_i64().ok_or_else(|| thread.overflow_error("Python int too large to convert to C long"))?,
            None => object.as_isize(thread)? as i64,
        };
        let skip = skip.clamp(0, self.remaining());
        self.start.set(self.start.get().wrapping_add(skip.wrapping_mul(self.step.get())));
        self.length.set(self.remaining() - skip);
        Ok(())
    }
}

/// Iterator over a range beyond machine words.
#[repr(C)]
pub struct LongRangeIterator {
    head: Head,
    start: ObjCell,
    step: ObjCell,
    length: ObjCell,
}

impl LongRangeIterator {
    fn field(cell: &ObjCell) -> Owned<Int> {
        cell.get().and_then(|value| value.downcast::<Int>().ok()).unwrap_or_else(|| Int::from(0))
    }
}

#[pyclass(name = "longrange_iterator", symbol = "PyLongRangeIter_Type", dealloc = drop, basicsize = 40)]
impl LongRangeIterator {
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self) -> PyResult<Option<Obj>> {
        let length = Self::field(&self.length);
        if length.is_zero() || length.is_negative() {
            return Ok(None);
        }
        let (start, one) = (Self::field(&self.start), Int::from(1));
        self.start.set(Some(plus_times(&start, &Self::field(&self.step), &one).upcast()));
        self.length.set(Some(minus(&length, &one).upcast()));
        Ok(Some(start.upcast()))
    }
    /// Private method returning an estimate of len(list(it)).
    #[method]
    fn __length_hint__(&self) -> Obj {
        Self::field(&self.length).upcast()
    }
    /// Return state information for pickling.
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        reduced(thread, Self::field(&self.start), Self::field(&self.step), &Self::field(&self.length))
    }
    /// Set state information for unpickling.
    #[method(sig = "(object, /)")]
    fn __setstate__(&self, thread: &Thread, object: &Object) -> PyResult<()> {
        let Some(skip) = object.cast::<Int>() else {
            return Err(thread.type_error(&format!("state must be an int, not {}", object.ty().full_name())));
        };
        let length = Self::field(&self.length);
        let skip = if skip.is_negative() {
            Int::from(0)
        } else if skip.compare(&length).is_gt() {
            length.clone()
        } else {
            Int::from_pair(skip.pair())
        };
        self.start.set(Some(plus_times(&Self::field(&self.start), &skip, &Self::field(&self.step)).upcast()));
        self.length.set(Some(minus(&length, &skip).upcast()));
        Ok(())
    }
}

const _: () = assert!(size_of::<RangeObject>() == 48 && size_of::<RangeIterator>() == 40 && size_of::<LongRangeIterator>() == 40);
