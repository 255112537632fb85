//! `compress`, `dropwhile`, `filterfalse`, `takewhile`.

use std::cell::Cell;

use pyrox_macros::pyclass;
use pyrox_objects::abi;
use pyrox_objects::native::Keywords;
use pyrox_objects::{Bool, Head, Obj, ObjCell, Object, PyResult, PyType, Thread, Type};

/// Keywords are refused by name of the class.
pub fn no_keywords(thread: &Thread, kwargs: &Keywords<'_>, name: &str) -> PyResult<()> {
    if kwargs.is_empty() { Ok(()) } else { Err(thread.type_error(&format!("{name}() takes no keyword arguments"))) }
}

/// `compress(data, selectors)`
#[repr(C)]
pub struct Compress {
    head: Head,
    data: ObjCell,
    selectors: ObjCell,
}

/// Return data elements corresponding to true selector elements.
///
/// Forms a shorter iterator from selected data elements using the selectors to
/// choose the data elements.
#[pyclass(name = "compress", module = "itertools", traverse = [data, selectors], dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE)]
impl Compress {
    #[new(sig = "(data, selectors)")]
    fn create(cls: &Type, thread: &Thread, data: &Object, selectors: &Object) -> PyResult<Obj> {
        let data = ObjCell::new(Some(data.iter(thread)?));
        let selectors = ObjCell::new(Some(selectors.iter(thread)?));
        Ok(cls.instantiate(thread, Compress { head: Head::unset(), data, selectors })?.upcast())
    }
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let (Some(data), Some(selectors)) = (self.data.get(), self.selectors.get()) else { return Ok(None) };
        loop {
            let Some(datum) = data.next(thread)? else { return Ok(None) };
            let Some(selector) = selectors.next(thread)? else { return Ok(None) };
            if selector.is_true(thread)? {
                return Ok(Some(datum));
            }
        }
    }
}

/// `dropwhile(predicate, iterable)`
#[repr(C)]
pub struct DropWhile {
    head: Head,
    predicate: ObjCell,
    iterator: ObjCell,
    started: Cell<bool>,
}

/// Drop items from the iterable while predicate(item) is true.
///
/// Afterwards, return every element until the iterable is exhausted.
#[pyclass(name = "dropwhile", module = "itertools", traverse = [predicate, iterator], dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE)]
impl DropWhile {
    #[new(sig = "(predicate, iterable, /)")]
    fn create(cls: &Type, thread: &Thread, predicate: &Object, iterable: &Object) -> PyResult<Obj> {
        let iterator = ObjCell::new(Some(iterable.iter(thread)?));
        let made = DropWhile { head: Head::unset(), predicate: ObjCell::new(Some(predicate.own())), iterator, started: Cell::new(false) };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let (Some(predicate), Some(iterator)) = (self.predicate.get(), self.iterator.get()) else { return Ok(None) };
        loop {
            let Some(item) = iterator.next(thread)? else { return Ok(None) };
            if self.started.get() {
                return Ok(Some(item));
            }
            if !predicate.call(thread, &[&item])?.is_true(thread)? {
                self.started.set(true);
                return Ok(Some(item));
            }
        }
    }
}

/// `filterfalse(function, iterable)`
#[repr(C)]
pub struct FilterFalse {
    head: Head,
    function: ObjCell,
    iterator: ObjCell,
}

/// Return those items of iterable for which function(item) is false.
///
/// If function is None, return the items that are false.
#[pyclass(name = "filterfalse", module = "itertools", traverse = [function, iterator], dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE)]
impl FilterFalse {
    #[new(sig = "(function, iterable, /)")]
    fn create(cls: &Type, thread: &Thread, function: &Object, iterable: &Object) -> PyResult<Obj> {
        let iterator = ObjCell::new(Some(iterable.iter(thread)?));
        let made = FilterFalse { head: Head::unset(), function: ObjCell::new(Some(function.own())), iterator };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let (Some(function), Some(iterator)) = (self.function.get(), self.iterator.get()) else { return Ok(None) };
        let plain = function.is_none() || function.is(Bool::ty());
        loop {
            let Some(item) = iterator.next(thread)? else { return Ok(None) };
            let truth = if plain { item.is_true(thread)? } else { function.call(thread, &[&item])?.is_true(thread)? };
            if !truth {
                return Ok(Some(item));
            }
        }
    }
}

/// `takewhile(predicate, iterable)`
#[repr(C)]
pub struct TakeWhile {
    head: Head,
    predicate: ObjCell,
    iterator: ObjCell,
    stopped: Cell<bool>,
}

/// Return successive entries from an iterable as long as the predicate evaluates to true for each entry.
#[pyclass(name = "takewhile", module = "itertools", traverse = [predicate, iterator], dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE)]
impl TakeWhile {
    #[new(sig = "(predicate, iterable, /)")]
    fn create(cls: &Type, thread: &Thread, predicate: &Object, iterable: &Object) -> PyResult<Obj> {
        let iterator = ObjCell::new(Some(iterable.iter(thread)?));
        let made = TakeWhile { head: Head::unset(), predicate: ObjCell::new(Some(predicate.own())), iterator, stopped: Cell::new(false) };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        if self.stopped.get() {
            return Ok(None);
        }
        let (Some(predicate), Some(iterator)) = (self.predicate.get(), self.iterator.get()) else { return Ok(None) };
        let Some(item) = iterator.next(thread)? else { return Ok(None) };
        if predicate.call(thread, &[&item])?.is_true(thread)? {
            return Ok(Some(item));
        }
        self.stopped.set(true);
        Ok(None)
    }
}
