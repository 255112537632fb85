//! `collections.deque` and its iterators.
//!
//! The items are in a ring buffer. Every change raises `state`, by which iterators and searches notice
//! that the deque changed under them.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ffi::{c_int, c_void};
use std::mem::offset_of;

use pyrox_macros::pyclass;
use pyrox_objects::abi;
use pyrox_objects::native::{Raw, Traverse};
use pyrox_objects::text_writer::TextWriter;
use pyrox_objects::{
    CompareOp, Dict, Head, Int, List, Obj, ObjCell, Object, Own, Owned, PyResult, PyType, Raised, Str, Thread, Tuple, Type, intern,
};

/// The buffer. It lends nothing: references are copied out or taken, and die when it is free again.
#[derive(Default)]
struct Items(RefCell<VecDeque<Obj>>);

impl Traverse for Items {
    unsafe fn traverse(&self, visit: abi::visitproc, data: *mut c_void) -> c_int {
        let Ok(items) = self.0.try_borrow() else { return 0 };
        for item in items.iter() {
            // SAFETY: by contract.
            let status = unsafe { visit(item.as_ptr(), data) };
            if status != 0 {
                return status;
            }
        }
        0
    }

    fn clear(&self) {
        let old = self.0.take();
        drop(old);
    }
}

/// A double-ended queue.
#[repr(C)]
pub struct Deque {
    head: Head,
    items: Items,
    maxlen: Cell<Option<usize>>,
    state: Cell<usize>,
    weakrefs: Cell<Raw>,
}

impl Deque {
    fn blank(maxlen: Option<usize>) -> Deque {
        Deque {
            head: Head::unset(),
            items: Items::default(),
            maxlen: Cell::new(maxlen),
            state: Cell::new(0),
            weakrefs: Cell::new(std::ptr::null_mut()),
        }
    }

    pub fn len(&self) -> usize {
        self.items.0.borrow().len()
    }

    fn at(&self, index: usize) -> Option<Obj> {
        self.items.0.borrow().get(index).cloned()
    }

    fn changed(&self) {
        self.state.set(self.state.get().wrapping_add(1));
    }

    fn to_vec(&self) -> Vec<Obj> {
        self.items.0.borrow().iter().cloned().collect()
    }

    fn push_back(&self, item: Obj) {
        self.changed();
        let overflow = {
            let mut items = self.items.0.borrow_mut();
            items.push_back(item);
            if self.maxlen.get().is_some_and(|most| items.len() > most) { items.pop_front() } else { None }
        };
        drop(overflow);
    }

    fn push_front(&self, item: Obj) {
        self.changed();
        let overflow = {
            let mut items = self.items.0.borrow_mut();
            items.push_front(item);
            if self.maxlen.get().is_some_and(|most| items.len() > most) { items.pop_back() } else { None }
        };
        drop(overflow);
    }

    fn extend_from(&self, thread: &Thread, iterable: &Object, push: fn(&Deque, Obj)) -> PyResult<()> {
        if iterable.is(self) {
            for item in self.to_vec() {
                push(self, item);
            }
            return Ok(());
        }
        let iterator = iterable.iter(thread)?;
        while let Some(item) = iterator.next(thread)? {
            push(self, item);
        }
        Ok(())
    }

    fn turn(&self, by: isize) {
        let mut items = self.items.0.borrow_mut();
        let length = items.len() as isize;
        if length > 1 {
            items.rotate_right(by.rem_euclid(length) as usize);
            self.changed();
        }
    }

    fn mutated(&self, thread: &Thread) -> Raised {
        thread.runtime_error("deque mutated during iteration")
    }

    /// The first index from `start` up to `stop` whose item equals `value`.
    fn find(&self, thread: &Thread, value: &Object, start: usize, stop: usize) -> PyResult<Option<usize>> {
        let state = self.state.get();
        for at in start..stop {
            let Some(item) = self.at(at) else { break };
            let equal = item.eq(thread, value)?;
            if self.state.get() != state {
                return Err(self.mutated(thread));
            }
            if equal {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    fn place(&self, thread: &Thread, index: isize) -> PyResult<usize> {
        usize::try_from(index).ok().filter(|&at| at < self.len()).ok_or_else(|| thread.index_error("deque index out of range"))
    }

    fn maxlen_object(&self) -> Obj {
        self.maxlen.get().map_or_else(pyrox_objects::none, |most| Int::from(most as i64).upcast())
    }

    fn duplicate(&self, thread: &Thread) -> PyResult<Obj> {
        if self.is_exact::<Deque>() {
            let copy = Deque::blank(self.maxlen.get());
            *copy.items.0.borrow_mut() = self.items.0.borrow().clone();
            return Ok(Deque::ty().instantiate(thread, copy)?.upcast());
        }
        let made = match self.maxlen.get() {
            None => self.ty().call(thread, &[self])?,
            Some(_) => self.ty().call(thread, &[self, &self.maxlen_object()])?,
        };
        if !made.is_instance::<Deque>() {
            return Err(thread.type_error(&format!("{}() must return a deque, not {}", self.ty().name(), made.ty().name())));
        }
        Ok(made)
    }

    fn repeat(&self, thread: &Thread, count: isize) -> PyResult<()> {
        let items = self.to_vec();
        if count <= 0 {
            self.wipe();
            return Ok(());
        }
        let (mut count, size) = (count as usize, items.len());
        if size == 0 || count == 1 {
            return Ok(());
        }
        if let Some(most) = self.maxlen.get() {
            if count.checked_mul(size).is_none_or(|total| total > most) {
                count = most.div_ceil(size).max(1);
            }
        }
        let total = count.checked_mul(size).filter(|&total| total <= isize::MAX as usize / 8).ok_or_else(|| thread.no_memory())?;
        self.items.0.borrow_mut().try_reserve(total - size).map_err(|_| thread.no_memory())?;
        for _ in 1..count {
            for item in &items {
                self.push_back(item.clone());
            }
        }
        Ok(())
    }

    fn wipe(&self) {
        self.changed();
        let old = self.items.0.take();
        drop(old);
    }
}

fn bound(thread: &Thread, value: Option<&Object>, default: isize, length: usize) -> PyResult<usize> {
    let value = match value {
        None => default,
        Some(value) if value.has_index() => value.as_isize_clipped(thread)?,
        Some(_) => return Err(thread.type_error("slice indices must be integers or have an __index__ method")),
    };
    let value = if value < 0 { value.saturating_add(length as isize).max(0) } else { value };
    Ok((value as usize).min(length))
}

/// A list-like sequence optimized for data accesses near its endpoints.
#[pyclass(name = "deque", module = "collections", traverse = [items], dealloc = drop,
    flags = abi::Py_TPFLAGS_BASETYPE | abi::Py_TPFLAGS_SEQUENCE, weaklistoffset = offset_of!(Deque, weakrefs) as isize)]
impl Deque {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, _args: &Tuple, _kwargs: Option<&Dict>) -> PyResult<Obj> {
        Ok(cls.instantiate(thread, Deque::blank(None))?.upcast())
    }
    #[init(sig = "(iterable=None, maxlen=None)", text = "([iterable[, maxlen]])")]
    fn init(&self, thread: &Thread, iterable: Option<&Object>, maxlen: Option<&Object>) -> PyResult<()> {
        let maxlen = match maxlen.filter(|m| !m.is_none()) {
            None => None,
            Some(most) if most.is_int() => match most.as_isize(thread)? {
                most if most < 0 => return Err(thread.value_error("maxlen must be non-negative")),
                most => Some(most as usize),
            },
            Some(_) => return Err(thread.type_error("an integer is required")),
        };
        self.maxlen.set(maxlen);
        if self.len() > 0 {
            self.wipe();
        }
        match iterable {
            Some(iterable) => self.extend_from(thread, iterable, Deque::push_back),
            None => Ok(()),
        }
    }
    #[slot]
    fn tp_iter(&self, thread: &Thread) -> PyResult<Owned<DequeIterator>> {
        DequeIterator::new(thread, self, 0)
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        let Some(_guard) = pyrox_objects::repr_guard::enter(self) else { return Str::from_str(thread, "[...]") };
        let list = List::from_vec(thread, self.to_vec())?;
        let mut out = TextWriter::new();
        out.push_str(self.ty().name());
        out.push_str("(");
        out.push(&*list.repr(thread)?);
        if let Some(most) = self.maxlen.get() {
            out.push_str(&format!(", maxlen={most}"));
        }
        out.push_str(")");
        out.finish(thread)
    }
    #[slot]
    fn tp_richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        let Some(other) = other.cast::<Deque>() else { return Ok(pyrox_objects::not_implemented()) };
        let (left, right) = (self.len(), other.len());
        match op {
            _ if self.is(other) => return Ok(pyrox_objects::bool_obj(matches!(op, CompareOp::Eq | CompareOp::Le | CompareOp::Ge))),
            CompareOp::Eq if left != right => return Ok(pyrox_objects::bool_obj(false)),
            CompareOp::Ne if left != right => return Ok(pyrox_objects::bool_obj(true)),
            _ => {}
        }
        let (a, b) = (DequeIterator::new(thread, self, 0)?, DequeIterator::new(thread, other, 0)?);
        loop {
            match (a.next(thread)?, b.next(thread)?) {
                (Some(x), Some(y)) => {
                    if x.eq(thread, &y)? {
                        continue;
                    }
                    return match op {
                        CompareOp::Eq => Ok(pyrox_objects::bool_obj(false)),
                        CompareOp::Ne => Ok(pyrox_objects::bool_obj(true)),
                        _ => x.richcompare(thread, &y, op),
                    };
                }
                (x, y) => return Ok(pyrox_objects::bool_obj(op.holds(x.is_some().cmp(&y.is_some())))),
            }
        }
    }
    #[slot]
    fn sq_length(&self) -> usize {
        self.len()
    }
    #[slot]
    fn sq_item(&self, thread: &Thread, index: isize) -> PyResult<Obj> {
        let at = self.place(thread, index)?;
        self.at(at).ok_or_else(|| thread.index_error("deque index out of range"))
    }
    #[slot]
    fn sq_ass_item(&self, thread: &Thread, index: isize, value: Option<&Object>) -> PyResult<()> {
        let at = self.place(thread, index)?;
        let old = match value {
            Some(value) => {
                let mut items = self.items.0.borrow_mut();
                items.get_mut(at).map(|place| std::mem::replace(place, value.own()))
            }
            None => {
                self.changed();
                self.items.0.borrow_mut().remove(at)
            }
        };
        drop(old);
        Ok(())
    }
    #[slot]
    fn sq_contains(&self, thread: &Thread, value: &Object) -> PyResult<bool> {
        Ok(self.find(thread, value, 0, self.len())?.is_some())
    }
    #[slot]
    fn sq_concat(&self, thread: &Thread, other: &Object) -> PyResult<Obj> {
        if !other.is_instance::<Deque>() {
            return Err(thread.type_error(&format!("can only concatenate deque (not \"{}\") to deque", other.ty().name())));
        }
        let made = self.duplicate(thread)?;
        if let Some(deque) = made.cast::<Deque>() {
            deque.extend_from(thread, other, Deque::push_back)?;
        }
        Ok(made)
    }
    #[slot]
    fn sq_inplace_concat(&self, thread: &Thread, other: &Object) -> PyResult<Obj> {
        self.extend_from(thread, other, Deque::push_back)?;
        Ok((**self).own())
    }
    #[slot]
    fn sq_repeat(&self, thread: &Thread, count: isize) -> PyResult<Obj> {
        let made = self.duplicate(thread)?;
        if let Some(deque) = made.cast::<Deque>() {
            deque.repeat(thread, count)?;
        }
        Ok(made)
    }
    #[slot]
    fn sq_inplace_repeat(&self, thread: &Thread, count: isize) -> PyResult<Obj> {
        self.repeat(thread, count)?;
        Ok((**self).own())
    }
    /// Add an element to the right side of the deque.
    #[method(sig = "(item, /)")]
    fn append(&self, item: &Object) {
        self.push_back(item.own());
    }
    /// Add an element to the left side of the deque.
    #[method(sig = "(item, /)")]
    fn appendleft(&self, item: &Object) {
        self.push_front(item.own());
    }
    /// Extend the right side of the deque with elements from the iterable.
    #[method(sig = "(iterable, /)")]
    fn extend(&self, thread: &Thread, iterable: &Object) -> PyResult<()> {
        self.extend_from(thread, iterable, Deque::push_back)
    }
    /// Extend the left side of the deque with elements from the iterable.
    #[method(sig = "(iterable, /)")]
    fn extendleft(&self, thread: &Thread, iterable: &Object) -> PyResult<()> {
        self.extend_from(thread, iterable, Deque::push_front)
    }
    /// Remove and return the rightmost element.
    #[method]
    fn pop(&self, thread: &Thread) -> PyResult<Obj> {
        let item = self.items.0.borrow_mut().pop_back();
        self.changed();
        item.ok_or_else(|| thread.index_error("pop from an empty deque"))
    }
    /// Remove and return the leftmost element.
    #[method]
    fn popleft(&self, thread: &Thread) -> PyResult<Obj> {
        let item = self.items.0.borrow_mut().pop_front();
        self.changed();
        item.ok_or_else(|| thread.index_error("pop from an empty deque"))
    }
    /// Remove all elements from the deque.
    #[method]
    fn clear(&self) {
        self.wipe();
    }
    /// Return a shallow copy of a deque.
    #[method]
    fn copy(&self, thread: &Thread) -> PyResult<Obj> {
        self.duplicate(thread)
    }
    /// Return a shallow copy of a deque.
    #[method]
    fn __copy__(&self, thread: &Thread) -> PyResult<Obj> {
        self.duplicate(thread)
    }
    /// Return number of occurrences of value.
    #[method(sig = "(value, /)")]
    fn count(&self, thread: &Thread, value: &Object) -> PyResult<usize> {
        let (mut count, mut from, length) = (0, 0, self.len());
        while let Some(at) = self.find(thread, value, from, length)? {
            count += 1;
            from = at + 1;
        }
        Ok(count)
    }
    /// Return first index of value.
    ///
    /// Raises ValueError if the value is not present.
    #[method(sig = "(value, start=0, stop=0, /)", text = "($self, value, [start, [stop]])")]
    fn index(&self, thread: &Thread, value: &Object, start: Option<&Object>, stop: Option<&Object>) -> PyResult<usize> {
        let length = self.len();
        let (start, stop) = (bound(thread, start, 0, length)?, bound(thread, stop, isize::MAX, length)?);
        self.find(thread, value, start, stop)?.ok_or_else(|| thread.value_error("deque.index(x): x not in deque"))
    }
    /// Insert value before index.
    #[method(sig = "(index, value, /)")]
    fn insert(&self, thread: &Thread, index: isize, value: &Object) -> PyResult<()> {
        let length = self.len();
        if self.maxlen.get() == Some(length) {
            return Err(thread.index_error("deque already at its maximum size"));
        }
        let at = if index < 0 { index.saturating_add(length as isize).max(0) as usize } else { (index as usize).min(length) };
        self.changed();
        self.items.0.borrow_mut().insert(at, value.own());
        Ok(())
    }
    /// Remove first occurrence of value.
    #[method(sig = "(value, /)")]
    fn remove(&self, thread: &Thread, value: &Object) -> PyResult<()> {
        let state = self.state.get();
        for at in 0..self.len() {
            let Some(item) = self.at(at) else { break };
            let equal = item.eq(thread, value)?;
            if self.state.get() != state {
                return Err(thread.index_error("deque mutated during remove()."));
            }
            if equal {
                self.changed();
                let gone = self.items.0.borrow_mut().remove(at);
                drop(gone);
                return Ok(());
            }
        }
        Err(thread.value_error("deque.remove(x): x not in deque"))
    }
    /// Reverse *IN PLACE*.
    #[method]
    fn reverse(&self) {
        self.items.0.borrow_mut().make_contiguous().reverse();
        self.changed();
    }
    /// Rotate the deque n steps to the right.  If n is negative, rotates left.
    #[method(sig = "(n=1, /)")]
    fn rotate(&self, n: isize) {
        self.turn(n);
    }
    /// Return a reverse iterator over the deque.
    #[method]
    fn __reversed__(&self, thread: &Thread) -> PyResult<Owned<DequeReverseIterator>> {
        DequeReverseIterator::new(thread, self, 0)
    }
    /// Return the size of the deque in memory, in bytes.
    #[method]
    fn __sizeof__(&self) -> usize {
        size_of::<Deque>() + self.items.0.borrow().capacity() * size_of::<Obj>()
    }
    /// maximum size of a deque or None if unbounded
    #[getter]
    fn maxlen(&self) -> Obj {
        self.maxlen_object()
    }
    /// Return state information for pickling.
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let state = self.call_method(thread, intern!("__getstate__"), &[])?;
        let iterator = self.iter(thread)?;
        let arguments = match self.maxlen.get() {
            None => Tuple::empty(),
            Some(_) => Tuple::from_vec(thread, vec![Tuple::empty().upcast(), self.maxlen_object()])?,
        };
        Tuple::from_vec(thread, vec![(**self.ty()).own(), arguments.upcast(), state, iterator])
    }
    /// See PEP 585
    #[classmethod(sig = "(object, /)")]
    fn __class_getitem__(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
        pyrox_objects::generic_alias::new(thread, cls, object)
    }
}

macro_rules! iterator {
    ($name:ident $python:literal |$deque:ident, $left:ident| $index:expr) => {
        /// Iterator over a deque; it fails if the deque changes.
        #[repr(C)]
        pub struct $name {
            head: Head,
            deque: ObjCell,
            state: usize,
            left: Cell<usize>,
        }

        impl $name {
            fn new(thread: &Thread, deque: &Deque, passed: usize) -> PyResult<Owned<$name>> {
                let made = $name {
                    head: Head::unset(),
                    deque: ObjCell::new(Some((**deque).own())),
                    state: deque.state.get(),
                    left: Cell::new(deque.len().saturating_sub(passed)),
                };
                $name::ty().instantiate(thread, made)
            }

            fn deque(&self) -> Option<Owned<Deque>> {
                self.deque.get().and_then(|d| d.downcast().ok())
            }
        }

        #[pyclass(name = $python, module = "collections", traverse = [deque], dealloc = drop)]
        impl $name {
            #[new(sig = "(deque, index=0, /)", text = "")]
            fn create(_cls: &Type, thread: &Thread, deque: &Object, index: isize) -> PyResult<Obj> {
                let Some(deque) = deque.cast::<Deque>() else {
                    return Err(thread.type_error(&format!("argument 1 must be collections.deque, not {}", deque.ty().name())));
                };
                Ok($name::new(thread, deque, index.max(0) as usize)?.upcast())
            }
            #[slot]
            fn tp_iter(&self) -> Owned<$name> {
                self.own_typed()
            }
            #[slot]
            fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
                let Some(Some($deque)) = self.deque.peek().map(|d| d.cast::<Deque>()) else { return Ok(None) };
                if $deque.state.get() != self.state {
                    self.left.set(0);
                    return Err($deque.mutated(thread));
                }
                let $left = self.left.get();
                if $left == 0 {
                    return Ok(None);
                }
                self.left.set($left - 1);
                Ok($deque.at($index))
            }
            /// Private method returning an estimate of len(list(it)).
            #[method]
            fn __length_hint__(&self) -> usize {
                self.left.get()
            }
            /// Return state information for pickling.
            #[method]
            fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
                let Some(deque) = self.deque() else { return Err(thread.runtime_error("the iterator has been cleared")) };
                let passed = Int::from(deque.len().saturating_sub(self.left.get()) as i64);
                let arguments = Tuple::from_vec(thread, vec![deque.upcast(), passed.upcast()])?;
                Tuple::from_vec(thread, vec![(**self.ty()).own(), arguments.upcast()])
            }
        }
    };
}
iterator!(DequeIterator "_deque_iterator" |deque, left| deque.len().saturating_sub(left));
iterator!(DequeReverseIterator "_deque_reverse_iterator" |deque, left| left - 1);
