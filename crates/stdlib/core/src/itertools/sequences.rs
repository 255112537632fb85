//! `batched`, `chain`, `cycle`, `pairwise`, `starmap`, `zip_longest`.

use std::cell::Cell;

use pyrox_macros::pyclass;
use pyrox_objects::abi;
use pyrox_objects::native::{Keywords, Rest};
use pyrox_objects::{Head, List, Obj, ObjCell, Object, PyResult, Thread, Tuple, Type, reusable_tuple};

use super::filters::no_keywords;

/// `batched(iterable, n)`
#[repr(C)]
pub struct Batched {
    head: Head,
    iterator: ObjCell,
    size: usize,
    strict: bool,
}

/// Batch data into tuples of length n. The last batch may be shorter than n.
///
/// Loops over the input iterable and accumulates data into tuples
/// up to size n.  The input is consumed lazily, just enough to
/// fill a batch.  The result is yielded as soon as a batch is full
/// or when the input iterable is exhausted.
///
/// If "strict" is True, raises a ValueError if the final batch is shorter
/// than n.
#[pyclass(name = "batched", module = "itertools", traverse = [iterator], dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE)]
impl Batched {
    #[new(sig = "(iterable, n, *, strict=False)")]
    fn create(cls: &Type, thread: &Thread, iterable: &Object, n: isize, strict: bool) -> PyResult<Obj> {
        if n < 1 {
            return Err(thread.value_error("n must be at least one"));
        }
        let iterator = ObjCell::new(Some(iterable.iter(thread)?));
        Ok(cls.instantiate(thread, Batched { head: Head::unset(), iterator, size: n as usize, strict })?.upcast())
    }
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let Some(iterator) = self.iterator.get() else { return Ok(None) };
        let mut items = Vec::with_capacity(self.size.min(1 << 12));
        while items.len() < self.size {
            match iterator.next(thread) {
                Ok(Some(item)) => items.push(item),
                Ok(None) => {
                    self.iterator.set(None);
                    break;
                }
                Err(raised) => {
                    self.iterator.set(None);
                    return Err(raised);
                }
            }
        }
        if items.is_empty() {
            return Ok(None);
        }
        if self.strict && items.len() < self.size {
            return Err(thread.value_error("batched(): incomplete batch"));
        }
        Ok(Some(Tuple::from_vec(thread, items)?.upcast()))
    }
}

/// `chain(*iterables)`
#[repr(C)]
pub struct Chain {
    head: Head,
    /// Gives the iterables.
    source: ObjCell,
    active: ObjCell,
}

/// Return a chain object whose .__next__() method returns elements from the
/// first iterable until it is exhausted, then elements from the next
/// iterable, until all of the iterables are exhausted.
#[pyclass(name = "chain", module = "itertools", traverse = [source, active], dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE)]
impl Chain {
    #[new(sig = "(*iterables, **kwargs)", text = "(*iterables)")]
    fn create(cls: &Type, thread: &Thread, iterables: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<Obj> {
        no_keywords(thread, &kwargs, "chain")?;
        // SAFETY: arguments of the running call.
        let iterables = unsafe { Tuple::from_raw_slice(thread, iterables.as_raw())? };
        Chain::over(cls, thread, iterables.iter(thread)?)
    }
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        loop {
            let active = match self.active.get() {
                Some(active) => active,
                None => {
                    let Some(source) = self.source.get() else { return Ok(None) };
                    match source.next(thread).and_then(|next| next.map(|iterable| iterable.iter(thread)).transpose()) {
                        Ok(Some(active)) => {
                            self.active.set(Some(active.clone()));
                            active
                        }
                        other => {
                            self.source.set(None);
                            other?;
                            return Ok(None);
                        }
                    }
                }
            };
            if let Some(item) = active.next(thread)? {
                return Ok(Some(item));
            }
            self.active.set(None);
        }
    }
    /// Alternative chain() constructor taking a single iterable argument that evaluates lazily.
    #[classmethod(sig = "(iterable, /)")]
    fn from_iterable(cls: &Type, thread: &Thread, iterable: &Object) -> PyResult<Obj> {
        Chain::over(cls, thread, iterable.iter(thread)?)
    }
    /// See PEP 585
    #[classmethod(sig = "(object, /)")]
    fn __class_getitem__(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
        pyrox_objects::generic_alias::new(thread, cls, object)
    }
}

impl Chain {
    fn over(cls: &Type, thread: &Thread, source: Obj) -> PyResult<Obj> {
        let made = Chain { head: Head::unset(), source: ObjCell::new(Some(source)), active: ObjCell::empty() };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
}

/// `cycle(iterable)`
#[repr(C)]
pub struct Cycle {
    head: Head,
    iterator: ObjCell,
    /// A list of what the iterator gave.
    saved: ObjCell,
    /// Where the next one is, once the iterator has ended.
    index: Cell<usize>,
}

/// Return elements from the iterable until it is exhausted. Then repeat the sequence indefinitely.
#[pyclass(name = "cycle", module = "itertools", traverse = [iterator, saved], dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE)]
impl Cycle {
    #[new(sig = "(iterable, /)")]
    fn create(cls: &Type, thread: &Thread, iterable: &Object) -> PyResult<Obj> {
        let iterator = ObjCell::new(Some(iterable.iter(thread)?));
        let saved = ObjCell::new(Some(List::new(thread)?.upcast()));
        Ok(cls.instantiate(thread, Cycle { head: Head::unset(), iterator, saved, index: Cell::new(0) })?.upcast())
    }
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let Some(Ok(saved)) = self.saved.get().map(Obj::downcast::<List>) else { return Ok(None) };
        if let Some(iterator) = self.iterator.get() {
            if let Some(item) = iterator.next(thread)? {
                saved.append(thread, item.clone())?;
                return Ok(Some(item));
            }
            self.iterator.set(None);
        }
        let at = self.index.get();
        let item = saved.get(at);
        self.index.set(if at + 1 >= saved.len() { 0 } else { at + 1 });
        Ok(item)
    }
}

/// `pairwise(iterable)`
#[repr(C)]
pub struct Pairwise {
    head: Head,
    iterator: ObjCell,
    old: ObjCell,
    result: ObjCell,
}

/// Return an iterator of overlapping pairs taken from the input iterator.
///
///     s -> (s0,s1), (s1,s2), (s2, s3), ...
#[pyclass(name = "pairwise", module = "itertools", traverse = [iterator, old, result], dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE)]
impl Pairwise {
    #[new(sig = "(iterable, /)")]
    fn create(cls: &Type, thread: &Thread, iterable: &Object) -> PyResult<Obj> {
        let iterator = ObjCell::new(Some(iterable.iter(thread)?));
        let made = Pairwise { head: Head::unset(), iterator, old: ObjCell::empty(), result: reusable_tuple::blank(thread, 2)? };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let Some(iterator) = self.iterator.get() else { return Ok(None) };
        let old = match self.old.get() {
            Some(old) => old,
            None => {
                let Some(first) = self.take(thread, &iterator)? else { return Ok(None) };
                self.old.set(Some(first.clone()));
                // Taking the item may have come back here and ended it.
                if !self.iterator.is_set() {
                    self.old.set(None);
                    return Ok(None);
                }
                first
            }
        };
        let Some(new) = self.take(thread, &iterator)? else {
            self.old.set(None);
            return Ok(None);
        };
        self.old.set(Some(new.clone()));
        Ok(Some(match reusable_tuple::take_unique(&self.result) {
            Some(result) => {
                // SAFETY: the tuple is the one of two items made at the start.
                unsafe {
                    reusable_tuple::put(&result, 0, old);
                    reusable_tuple::put(&result, 1, new);
                }
                reusable_tuple::finish(result)
            }
            None => Tuple::from_slice(thread, &[&old, &new])?.upcast(),
        }))
    }
}

impl Pairwise {
    /// The iterator's next item; at its end or when it fails it is let go.
    fn take(&self, thread: &Thread, iterator: &Object) -> PyResult<Option<Obj>> {
        let item = iterator.next(thread);
        if !matches!(item, Ok(Some(_))) {
            self.iterator.set(None);
            self.old.set(None);
        }
        item
    }
}

/// `starmap(function, iterable)`
#[repr(C)]
pub struct StarMap {
    head: Head,
    function: ObjCell,
    iterator: ObjCell,
}

/// Return an iterator whose values are returned from the function evaluated with an argument tuple taken from the given sequence.
#[pyclass(name = "starmap", module = "itertools", traverse = [function, iterator], dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE)]
impl StarMap {
    #[new(sig = "(function, iterable, /)")]
    fn create(cls: &Type, thread: &Thread, function: &Object, iterable: &Object) -> PyResult<Obj> {
        let iterator = ObjCell::new(Some(iterable.iter(thread)?));
        Ok(cls.instantiate(thread, StarMap { head: Head::unset(), function: ObjCell::new(Some(function.own())), iterator })?.upcast())
    }
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let (Some(function), Some(iterator)) = (self.function.get(), self.iterator.get()) else { return Ok(None) };
        let Some(arguments) = iterator.next(thread)? else { return Ok(None) };
        let arguments = Tuple::from_iterable(thread, &arguments)?;
        function.call_tuple(thread, &arguments, None).map(Some)
    }
}

/// `zip_longest(*iterables, fillvalue)`
#[repr(C)]
pub struct ZipLongest {
    head: Head,
    /// A list of the iterators; `None` stands for one that has ended.
    iterators: ObjCell,
    active: Cell<usize>,
    result: ObjCell,
    fill: ObjCell,
}

/// Return a zip_longest object whose .__next__() method returns a tuple where
/// the i-th element comes from the i-th iterable argument.  The .__next__()
/// method continues until the longest iterable in the argument sequence
/// is exhausted and then it raises StopIteration.  When the shorter iterables
/// are exhausted, the fillvalue is substituted in their place.  The fillvalue
/// defaults to None or can be specified by a keyword argument.
#[pyclass(name = "zip_longest", module = "itertools", traverse = [iterators, result, fill], dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE)]
impl ZipLongest {
    #[new(sig = "(*iterables, **kwargs)", text = "(*iterables, fillvalue=None)")]
    fn create(cls: &Type, thread: &Thread, iterables: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<Obj> {
        let mut fill = None;
        for (name, value) in kwargs.iter() {
            if !name.equals_str("fillvalue") {
                return Err(thread.type_error("zip_longest() got an unexpected keyword argument"));
            }
            fill = Some(value.own());
        }
        let mut iterators = Vec::with_capacity(iterables.len());
        for iterable in iterables.iter() {
            iterators.push(iterable.iter(thread)?);
        }
        let made = ZipLongest {
            head: Head::unset(),
            active: Cell::new(iterators.len()),
            result: reusable_tuple::blank(thread, iterators.len())?,
            iterators: ObjCell::new(Some(List::from_vec(thread, iterators)?.upcast())),
            fill: ObjCell::new(Some(fill.unwrap_or_else(pyrox_objects::none))),
        };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let Some(Ok(iterators)) = self.iterators.get().map(Obj::downcast::<List>) else { return Ok(None) };
        if iterators.len() == 0 || self.active.get() == 0 {
            return Ok(None);
        }
        match reusable_tuple::take_unique(&self.result) {
            Some(result) => {
                for at in 0..iterators.len() {
                    match self.item(thread, &iterators, at)? {
                        // SAFETY: the tuple has an item for each iterator.
                        Some(item) => unsafe { reusable_tuple::put(&result, at, item) },
                        None => return Ok(None),
                    }
                }
                Ok(Some(reusable_tuple::finish(result)))
            }
            None => {
                let mut items = Vec::with_capacity(iterators.len());
                for at in 0..iterators.len() {
                    match self.item(thread, &iterators, at)? {
                        Some(item) => items.push(item),
                        None => return Ok(None),
                    }
                }
                Ok(Some(Tuple::from_vec(thread, items)?.upcast()))
            }
        }
    }
}

impl ZipLongest {
    /// The next item of the iterator at `at`, or what fills its place; `None` when the last has ended.
    fn item(&self, thread: &Thread, iterators: &List, at: usize) -> PyResult<Option<Obj>> {
        let iterator = iterators.get(at).filter(|i| !i.is_none());
        if let Some(iterator) = iterator {
            match iterator.next(thread) {
                Ok(Some(item)) => return Ok(Some(item)),
                Ok(None) => {
                    let left = self.active.get().saturating_sub(1);
                    self.active.set(left);
                    if left == 0 {
                        return Ok(None);
                    }
                    drop(iterators.replace(at, pyrox_objects::none()));
                }
                Err(raised) => {
                    self.active.set(0);
                    return Err(raised);
                }
            }
        }
        Ok(Some(self.fill.get().unwrap_or_else(pyrox_objects::none)))
    }
}
