//! `tuple`.

use pyrox_abi as abi;
use pyrox_abi::{PyObject, PyTupleObject};
use pyrox_macros::pyclass;
use pyrox_numeric::hash::SequenceHash;

use crate::native::Count;
use crate::object::{Obj, Object, Own, Owned, PyType, xdecref};
use crate::slice::Range;
use crate::{CompareOp, PyResult, Str, Thread, Type};

type Raw = *mut PyObject;

/// A tuple: its items lie behind the head.
#[repr(transparent)]
pub struct Tuple(PyTupleObject);

impl Tuple {
    /// A tuple with room for `length` items, all null, not yet tracked.
    pub fn uninit(thread: &Thread, length: usize) -> PyResult<Owned<Tuple>> {
        if length > (isize::MAX as usize - 64) / 8 {
            return Err(thread.no_memory());
        }
        let memory = crate::gc::allocate_object(16, 32 + length * 8, true);
        if memory.is_null() {
            return Err(thread.no_memory());
        }
        // SAFETY: fresh memory of that size.
        unsafe {
            let tuple = &*(memory as *const PyTupleObject);
            tuple.ob_base.ob_base.ob_refcnt_full.set(1);
            tuple.ob_base.ob_base.ob_type.set(Tuple::TYPE);
            tuple.ob_base.ob_size.set(length as isize);
            tuple.ob_hash.set(-1);
            std::ptr::write_bytes(memory.add(32) as *mut Raw, 0, length);
            Ok(Owned::from_raw(memory as Raw))
        }
    }

    pub fn empty() -> Owned<Tuple> {
        thread_local! { static EMPTY: std::cell::Cell<Raw> = const { std::cell::Cell::new(std::ptr::null_mut()) }; }
        EMPTY.with(|empty| {
            if empty.get().is_null() {
                // SAFETY: whoever makes tuples holds the lock.
                let thread = unsafe { Thread::current() };
                if let Ok(tuple) = Tuple::uninit(thread, 0) {
                    // SAFETY: fresh.
                    unsafe { (*tuple.as_ptr()).ob_refcnt_full.set(abi::STATIC_REFCNT) };
                    empty.set(tuple.into_raw());
                }
            }
            // SAFETY: immortal.
            unsafe { Object::from_ptr(empty.get()).own().cast_unchecked() }
        })
    }

    /// Put an item in the place of the `None` of a tuple that is being made and that only its maker knows.
    pub fn complete(&self, index: usize, item: Obj) {
        if index < self.len() {
            // SAFETY: in bounds; the tuple owned what was there.
            unsafe {
                let place = self.items_ptr().add(index);
                let old = std::ptr::replace(place, item.into_raw());
                crate::object::xdecref(old);
            }
        }
    }

    pub fn from_vec(thread: &Thread, items: Vec<Obj>) -> PyResult<Owned<Tuple>> {
        if items.is_empty() {
            return Ok(Tuple::empty());
        }
        let tuple = Tuple::uninit(thread, items.len())?;
        for (at, item) in items.into_iter().enumerate() {
            // SAFETY: fresh, of that length.
            unsafe { *tuple.items_ptr().add(at) = item.into_raw() };
        }
        tuple.track_if_needed();
        Ok(tuple)
    }

    /// Tell the collector of a complete tuple, unless it holds nothing that can be part of a cycle.
    #[inline]
    fn track_if_needed(&self) {
        // SAFETY: a complete tuple of living objects.
        unsafe {
            let may_lead_on = |&item: &Raw| {
                let ty = (*item).ob_type.get();
                // Types that are not ready yet have no type themselves.
                ty.is_null() || (crate::gc::is_gc(item) && (ty != Tuple::TYPE || crate::gc::is_tracked(item)))
            };
            if self.raw_items().iter().any(may_lead_on) {
                crate::gc::track(self.as_ptr());
            }
        }
    }

    /// A tuple that takes over the references at `items`.
    ///
    /// # Safety
    /// `count` references there are the caller's to give; they are taken even if memory runs out.
    #[inline]
    pub unsafe fn from_stolen(thread: &Thread, items: *const Raw, count: usize) -> PyResult<Owned<Tuple>> {
        if count == 0 {
            return Ok(Tuple::empty());
        }
        // SAFETY: by contract; the tuple is fresh and of that length.
        unsafe {
            match Tuple::uninit(thread, count) {
                Ok(tuple) => {
                    std::ptr::copy_nonoverlapping(items, tuple.items_ptr(), count);
                    tuple.track_if_needed();
                    Ok(tuple)
                }
                Err(raised) => {
                    (0..count).for_each(|at| xdecref(*items.add(at)));
                    Err(raised)
                }
            }
        }
    }

    pub fn from_slice(thread: &Thread, items: &[&Object]) -> PyResult<Owned<Tuple>> {
        // SAFETY: borrows are valid pointers.
        unsafe { Tuple::from_raw_slice(thread, std::slice::from_raw_parts(items.as_ptr() as *const Raw, items.len())) }
    }

    /// New references to the items.
    ///
    /// # Safety
    /// All are valid objects.
    pub unsafe fn from_raw_slice(thread: &Thread, items: &[Raw]) -> PyResult<Owned<Tuple>> {
        if items.is_empty() {
            return Ok(Tuple::empty());
        }
        let tuple = Tuple::uninit(thread, items.len())?;
        // SAFETY: by contract; the tuple is fresh.
        unsafe {
            for (at, &item) in items.iter().enumerate() {
                abi::incref(item);
                *tuple.items_ptr().add(at) = item;
            }
        }
        tuple.track_if_needed();
        Ok(tuple)
    }

    #[inline(always)]
    pub fn len(&self) -> usize {
        self.0.ob_base.ob_size.get() as usize
    }

    #[inline(always)]
    pub fn items_ptr(&self) -> *mut Raw {
        // SAFETY: the items follow the hash.
        unsafe { (self as *const Tuple as *mut u8).add(32) as *mut Raw }
    }

    /// The items' addresses. They live as long as the tuple.
    #[inline(always)]
    pub fn raw_items(&self) -> &[Raw] {
        // SAFETY: a tuple's items do not change once others see it.
        unsafe { std::slice::from_raw_parts(self.items_ptr(), self.len()) }
    }

    /// The items.
    pub fn items(&self) -> &[&Object] {
        // SAFETY: as above; items are never null once others see the tuple.
        unsafe { std::slice::from_raw_parts(self.items_ptr() as *const &Object, self.len()) }
    }

    /// The item at `index`, which is within the tuple.
    #[inline(always)]
    pub fn get(&self, index: usize) -> &Object {
        self.items()[index]
    }

    pub fn to_vec(&self) -> Vec<Obj> {
        self.items().iter().map(|item| item.own()).collect()
    }

    pub fn own_tuple(&self) -> Owned<Tuple> {
        self.own_typed()
    }

    /// `(first, *self)`.
    pub fn prepend(&self, thread: &Thread, first: &Object) -> PyResult<Owned<Tuple>> {
        let mut items = Vec::with_capacity(self.len() + 1);
        items.push(first.own());
        items.extend(self.to_vec());
        Tuple::from_vec(thread, items)
    }

    pub fn from_iterable(thread: &Thread, iterable: &Object) -> PyResult<Owned<Tuple>> {
        if let Some(tuple) = iterable.exact::<Tuple>() {
            return Ok(tuple.own_typed());
        }
        Tuple::from_vec(thread, iterable.to_items(thread)?)
    }

    fn slice(&self, thread: &Thread, range: &Range) -> PyResult<Owned<Tuple>> {
        if range.step == 1 && range.length == self.len() && self.is_exact::<Tuple>() {
            return Ok(self.own_typed());
        }
        Tuple::from_vec(thread, range.indices().map(|at| self.get(at).own()).collect())
    }
}

/// Built-in immutable sequence.
///
/// If no argument is given, the constructor returns an empty tuple. If iterable is specified the
/// tuple is initialized from iterable's items.
#[pyclass(name = "tuple", symbol = "PyTuple_Type", gc, basicsize = 32, itemsize = 8,
    flags = abi::Py_TPFLAGS_BASETYPE | abi::Py_TPFLAGS_TUPLE_SUBCLASS | abi::Py_TPFLAGS_SEQUENCE | abi::_Py_TPFLAGS_MATCH_SELF)]
impl Tuple {
    #[new(sig = "(iterable=(), /)")]
    fn new(cls: &Type, thread: &Thread, iterable: Option<&Object>) -> PyResult<Obj> {
        let plain = match iterable {
            Some(iterable) => Tuple::from_iterable(thread, iterable)?,
            None => Tuple::empty(),
        };
        if std::ptr::eq(cls, Tuple::ty()) {
            return Ok(plain.upcast());
        }
        let object = cls.allocate(thread, plain.len())?;
        // SAFETY: an instance of a subtype has tuple's layout; it is fresh.
        unsafe {
            let tuple = &*(object.as_ptr() as *const Tuple);
            tuple.0.ob_hash.set(-1);
            for (at, item) in plain.items().iter().enumerate() {
                *tuple.items_ptr().add(at) = item.own().into_raw();
            }
        }
        Ok(object)
    }

    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe {
            crate::gc::untrack(object);
            let tuple = &*(object as *const Tuple);
            let (items, length) = (tuple.items_ptr(), tuple.len());
            crate::native::drop_all(items, length);
            crate::dealloc::free_instance(object, (*object).ob_type.get());
        }
    }

    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut std::ffi::c_void) -> i32 {
        // SAFETY: by contract.
        unsafe {
            for &item in (*(object as *const Tuple)).raw_items() {
                if !item.is_null() {
                    let status = visit(item, data);
                    if status != 0 {
                        return status;
                    }
                }
            }
        }
        0
    }

    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        if self.len() == 0 {
            return Str::from_str(thread, "()");
        }
        let Some(_guard) = crate::repr_guard::enter(self) else { return Str::from_str(thread, "(...)") };
        let mut out = crate::text_writer::TextWriter::new();
        out.push_str("(");
        for (at, &item) in self.raw_items().iter().enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            // SAFETY: the tuple owns its items; places that an extension has not filled are null.
            match unsafe { Object::from_ptr_or_null(item) } {
                Some(item) => out.push(&*item.repr(thread)?),
                None => out.push_str("<NULL>"),
            }
        }
        out.push_str(if self.len() == 1 { ",)" } else { ")" });
        out.finish(thread)
    }

    #[slot]
    fn tp_hash(&self, thread: &Thread) -> PyResult<isize> {
        let cached = self.0.ob_hash.get();
        if cached != -1 {
            return Ok(cached);
        }
        thread.check_stack(" in hash()")?;
        let mut hash = SequenceHash::default();
        for item in self.items() {
            hash.push(item.hash(thread)? as i64);
        }
        let hash = hash.finish_tuple(self.len()) as isize;
        self.0.ob_hash.set(hash);
        Ok(hash)
    }

    #[slot]
    fn tp_richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        let Some(other) = other.cast::<Tuple>() else { return Ok(crate::not_implemented()) };
        for (a, b) in self.items().iter().zip(other.items()) {
            if !a.eq(thread, b)? {
                return match op {
                    CompareOp::Eq => Ok(crate::bool_obj(false)),
                    CompareOp::Ne => Ok(crate::bool_obj(true)),
                    _ => a.richcompare(thread, b, op),
                };
            }
        }
        Ok(crate::bool_obj(op.holds(self.len().cmp(&other.len()))))
    }

    #[slot]
    fn tp_iter(&self, thread: &Thread) -> PyResult<Obj> {
        Ok(crate::iterators::TupleIterator::new(thread, self)?.upcast())
    }

    #[slot]
    fn sq_length(&self) -> usize {
        self.len()
    }

    #[slot]
    fn sq_concat(&self, thread: &Thread, other: &Object) -> PyResult<Owned<Tuple>> {
        let Some(right) = other.cast::<Tuple>() else {
            return Err(thread.type_error(&format!("can only concatenate tuple (not \"{}\") to tuple", other.ty().full_name())));
        };
        if self.len() == 0 && right.is_exact::<Tuple>() {
            return Ok(right.own_typed());
        }
        if right.len() == 0 && self.is_exact::<Tuple>() {
            return Ok(self.own_typed());
        }
        let mut items = self.to_vec();
        items.extend(right.to_vec());
        Tuple::from_vec(thread, items)
    }

    #[slot]
    fn sq_repeat(&self, thread: &Thread, count: isize) -> PyResult<Owned<Tuple>> {
        if (self.len() == 0 || count == 1) && self.is_exact::<Tuple>() {
            return Ok(self.own_typed());
        }
        if count <= 0 || self.len() == 0 {
            return Ok(Tuple::empty());
        }
        let count = count as usize;
        let total = self.len().checked_mul(count).filter(|&n| n <= isize::MAX as usize / 8).ok_or_else(|| thread.no_memory())?;
        let tuple = Tuple::uninit(thread, total)?;
        for at in 0..total {
            // SAFETY: fresh, of that length.
            unsafe { *tuple.items_ptr().add(at) = self.get(at % self.len()).own().into_raw() };
        }
        // SAFETY: complete.
        unsafe { crate::gc::track(tuple.as_ptr()) };
        Ok(tuple)
    }

    #[slot]
    fn sq_item(&self, thread: &Thread, index: isize) -> PyResult<Obj> {
        match usize::try_from(index).ok().filter(|&at| at < self.len()) {
            Some(at) => Ok(self.get(at).own()),
            None => Err(thread.index_error("tuple index out of range")),
        }
    }

    #[slot]
    fn sq_contains(&self, thread: &Thread, value: &Object) -> PyResult<bool> {
        for item in self.items() {
            if item.eq(thread, value)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    #[slot]
    fn mp_length(&self) -> usize {
        self.len()
    }

    #[slot]
    fn mp_subscript(&self, thread: &Thread, key: &Object) -> PyResult<Obj> {
        if key.has_index() {
            let index = key.as_subscript(thread)?;
            let index = if index < 0 { index + self.len() as isize } else { index };
            return self.sq_item(thread, index);
        }
        match crate::slice::Range::of(thread, key, self.len())? {
            Some(range) => Ok(self.slice(thread, &range)?.upcast()),
            None => Err(thread.type_error(&format!("tuple indices must be integers or slices, not {}", key.ty().full_name()))),
        }
    }

    /// Return first index of value.
    ///
    /// Raises ValueError if the value is not present.
    #[method(sig = "(value, start=0, stop=sys.maxsize, /)", text = "($self, value, start=0, stop=sys.maxsize, /)")]
    fn index(&self, thread: &Thread, value: &Object, start: Count, stop: Option<Count>) -> PyResult<usize> {
        let length = self.len() as isize;
        let clip = |at: isize| if at < 0 { (at + length).max(0) } else { at.min(length) };
        let (start, stop) = (clip(start.0), clip(stop.map_or(isize::MAX, |s| s.0)));
        for at in start..stop {
            if self.get(at as usize).eq(thread, value)? {
                return Ok(at as usize);
            }
        }
        Err(thread.value_error("tuple.index(x): x not in tuple"))
    }

    /// Return number of occurrences of value.
    #[method]
    fn count(&self, thread: &Thread, value: &Object) -> PyResult<usize> {
        let mut count = 0;
        for item in self.items() {
            count += item.eq(thread, value)? as usize;
        }
        Ok(count)
    }

    #[method]
    fn __getnewargs__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let plain = Tuple::from_vec(thread, self.to_vec())?;
        Tuple::from_vec(thread, vec![plain.upcast()])
    }

    /// See PEP 585
    #[classmethod(sig = "(object, /)", text = "")]
    fn __class_getitem__(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
        crate::generic_alias::new(thread, cls, object)
    }
}
