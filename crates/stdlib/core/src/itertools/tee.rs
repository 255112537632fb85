//! `tee`: several iterators over one.
//!
//! What the source gave lies in a chain of blocks; every tee iterator holds the block it stands in, so
//! that blocks that all have passed die by themselves.

use std::cell::{Cell, RefCell};
use std::mem::offset_of;

use pyrox_macros::{pyclass, pyfunction};
use pyrox_objects::native::Raw;
use pyrox_objects::{Head, List, Obj, ObjCell, Object, Own, Owned, PyResult, PyType, Thread, Tuple, Type, intern};

/// Items in a block.
const BLOCK: usize = 57;

/// A block.
#[repr(C)]
pub struct TeeData {
    head: Head,
    iterator: ObjCell,
    values: RefCell<Vec<Obj>>,
    next: ObjCell,
    running: Cell<bool>,
}

impl TeeData {
    fn over(thread: &Thread, iterator: Obj) -> PyResult<Owned<TeeData>> {
        let made = TeeData {
            head: Head::unset(),
            iterator: ObjCell::new(Some(iterator)),
            values: RefCell::default(),
            next: ObjCell::empty(),
            running: Cell::new(false),
        };
        TeeData::ty().instantiate(thread, made)
    }

    fn get(&self, thread: &Thread, index: usize) -> PyResult<Option<Obj>> {
        if let Some(value) = self.values.borrow().get(index) {
            return Ok(Some(value.clone()));
        }
        if self.running.get() {
            return Err(thread.runtime_error("cannot re-enter the tee iterator"));
        }
        let Some(iterator) = self.iterator.get() else { return Ok(None) };
        self.running.set(true);
        let value = iterator.next(thread);
        self.running.set(false);
        let Some(value) = value? else { return Ok(None) };
        self.values.borrow_mut().push(value.clone());
        Ok(Some(value))
    }

    fn following(&self, thread: &Thread) -> PyResult<Option<Owned<TeeData>>> {
        if !self.next.is_set() {
            let Some(iterator) = self.iterator.get() else { return Ok(None) };
            self.next.set(Some(TeeData::over(thread, iterator)?.upcast()));
        }
        Ok(self.next.get().and_then(|next| next.downcast().ok()))
    }
}

/// teedataobject(iterable, values, next, /)
///
/// Data container common to multiple tee objects.
#[pyclass(name = "_tee_dataobject", module = "itertools", traverse = [iterator, values, next], dealloc = drop)]
impl TeeData {
    #[new(sig = "(iterable, values, next, /)", text = "")]
    fn create(_cls: &Type, thread: &Thread, iterable: &Object, values: &List, next: &Object) -> PyResult<Obj> {
        let made = TeeData::over(thread, iterable.own())?;
        let values = values.to_vec();
        if values.len() > BLOCK || (values.len() < BLOCK && !next.is_none()) {
            return Err(thread.value_error("Invalid arguments"));
        }
        *made.values.borrow_mut() = values;
        if !next.is_none() {
            if !next.is_exact::<TeeData>() {
                return Err(thread.value_error("Invalid arguments"));
            }
            made.next.set(Some(next.own()));
        }
        Ok(made.upcast())
    }
}

/// One of the iterators.
#[repr(C)]
pub struct Tee {
    head: Head,
    data: ObjCell,
    index: Cell<usize>,
    weakrefs: Cell<Raw>,
}

impl Tee {
    fn at(thread: &Thread, data: Obj, index: usize) -> PyResult<Owned<Tee>> {
        let made =
            Tee { head: Head::unset(), data: ObjCell::new(Some(data)), index: Cell::new(index), weakrefs: Cell::new(std::ptr::null_mut()) };
        Tee::ty().instantiate(thread, made)
    }

    fn copy(&self, thread: &Thread) -> PyResult<Owned<Tee>> {
        Tee::at(thread, self.data.get().unwrap_or_else(pyrox_objects::none), self.index.get())
    }

    fn over(thread: &Thread, iterable: &Object) -> PyResult<Owned<Tee>> {
        let iterator = iterable.iter(thread)?;
        match iterator.cast::<Tee>() {
            Some(tee) => tee.copy(thread),
            None => Tee::at(thread, TeeData::over(thread, iterator)?.upcast(), 0),
        }
    }
}

/// Iterator wrapped to make it copyable.
#[pyclass(name = "_tee", module = "itertools", traverse = [data], dealloc = drop, weaklistoffset = offset_of!(Tee, weakrefs) as isize)]
impl Tee {
    #[new(sig = "(iterable, /)")]
    fn create(_cls: &Type, thread: &Thread, iterable: &Object) -> PyResult<Obj> {
        Ok(Tee::over(thread, iterable)?.upcast())
    }
    #[slot]
    fn tp_iter(&self) -> Owned<Tee> {
        self.own_typed()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let Some(Ok(mut data)) = self.data.get().map(Obj::downcast::<TeeData>) else { return Ok(None) };
        if self.index.get() >= BLOCK {
            let Some(next) = data.following(thread)? else { return Ok(None) };
            self.data.set(Some(next.clone().upcast()));
            self.index.set(0);
            data = next;
        }
        let item = data.get(thread, self.index.get())?;
        if item.is_some() {
            self.index.set(self.index.get() + 1);
        }
        Ok(item)
    }
    /// Returns an independent iterator.
    #[method]
    fn __copy__(&self, thread: &Thread) -> PyResult<Owned<Tee>> {
        self.copy(thread)
    }
}

/// Returns a tuple of n independent iterators.
#[pyfunction(sig = "(iterable, n=2, /)")]
pub fn tee(thread: &Thread, iterable: &Object, n: isize) -> PyResult<Owned<Tuple>> {
    if n < 0 {
        return Err(thread.value_error("n must be >= 0"));
    }
    if n == 0 {
        return Ok(Tuple::empty());
    }
    let iterator = iterable.iter(thread)?;
    let mut copies = Vec::new();
    copies.try_reserve(n as usize).map_err(|_| thread.no_memory())?;
    let copy = match iterator.lookup_attr(thread, intern!("__copy__"))? {
        Some(copy) if !iterator.is_instance::<Tee>() => {
            copies.push(iterator);
            copy
        }
        _ => {
            let first = Tee::over(thread, &iterator)?.upcast();
            let copy = first.getattr(thread, intern!("__copy__"))?;
            copies.push(first);
            copy
        }
    };
    for _ in 1..n {
        copies.push(copy.call(thread, &[])?);
    }
    Tuple::from_vec(thread, copies)
}
