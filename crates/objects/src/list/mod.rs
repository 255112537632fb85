//! `list`. `methods.rs` is the Python type, `sort.rs` its sort.

mod methods;
mod sort;

use pyrox_abi as abi;
use pyrox_abi::{PyListObject, PyObject};

use crate::object::{Obj, Object, Owned, PyType};
use crate::{PyResult, Thread};

type Raw = *mut PyObject;

/// A list.
#[repr(transparent)]
pub struct List(PyListObject);

impl List {
    pub fn new(thread: &Thread) -> PyResult<Owned<List>> {
        let object = List::ty().allocate(thread, 0)?;
        // SAFETY: an empty list is all zero.
        unsafe {
            let list: Owned<List> = object.cast_unchecked();
            list.0.ob_base.ob_size.set(0);
            Ok(list)
        }
    }

    pub fn from_vec(thread: &Thread, items: Vec<Obj>) -> PyResult<Owned<List>> {
        let list = List::new(thread)?;
        list.extend_vec(thread, items)?;
        Ok(list)
    }

    pub fn from_iterable(thread: &Thread, iterable: &Object) -> PyResult<Owned<List>> {
        List::from_vec(thread, iterable.to_items(thread)?)
    }

    #[inline(always)]
    pub fn len(&self) -> usize {
        self.0.ob_base.ob_size.get() as usize
    }

    fn set_len(&self, length: usize) {
        self.0.ob_base.ob_size.set(length as isize);
    }

    #[inline(always)]
    pub fn items_ptr(&self) -> *mut Raw {
        self.0.ob_item.get()
    }

    /// The item at `index`, a new reference.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<Obj> {
        if index >= self.len() {
            return None;
        }
        // SAFETY: within the list, which owns its items.
        Some(unsafe { Object::from_ptr(*self.items_ptr().add(index)) }.own())
    }

    pub fn to_vec(&self) -> Vec<Obj> {
        // SAFETY: the list owns its items.
        (0..self.len()).map(|at| unsafe { Object::from_ptr(*self.items_ptr().add(at)) }.own()).collect()
    }

    /// Make room for `length` items, growing by an eighth and some more as CPython does.
    fn reserve(&self, thread: &Thread, length: usize) -> PyResult<()> {
        let allocated = self.0.allocated.get() as usize;
        if length <= allocated {
            return Ok(());
        }
        let mut target = (length + (length >> 3) + 6) & !3;
        if length - self.len() > target - length {
            target = (length + 3) & !3;
        }
        self.set_capacity(thread, target)
    }

    fn set_capacity(&self, thread: &Thread, capacity: usize) -> PyResult<()> {
        let Some(size) = capacity.checked_mul(8).filter(|&n| n <= isize::MAX as usize) else { return Err(thread.no_memory()) };
        // SAFETY: the list owns the array.
        unsafe {
            let memory = abi::reallocate(self.items_ptr() as *mut u8, size);
            if memory.is_null() {
                return Err(thread.no_memory());
            }
            self.0.ob_item.set(memory as *mut Raw);
        }
        self.0.allocated.set(capacity as isize);
        Ok(())
    }

    #[inline]
    pub fn append(&self, thread: &Thread, item: Obj) -> PyResult<()> {
        let length = self.len();
        if length >= self.0.allocated.get() as usize {
            self.reserve(thread, length + 1)?;
        }
        // SAFETY: there is room.
        unsafe { *self.items_ptr().add(length) = item.into_raw() };
        self.set_len(length + 1);
        Ok(())
    }

    pub fn extend_vec(&self, thread: &Thread, items: Vec<Obj>) -> PyResult<()> {
        if items.is_empty() {
            return Ok(());
        }
        let length = self.len();
        if length == 0 && self.0.allocated.get() == 0 {
            self.set_capacity(thread, items.len())?;
        } else {
            self.reserve(thread, length + items.len())?;
        }
        for (at, item) in items.into_iter().enumerate() {
            // SAFETY: there is room.
            unsafe { *self.items_ptr().add(length + at) = item.into_raw() };
            self.set_len(length + at + 1);
        }
        Ok(())
    }

    /// Add all items of an iterable.
    pub fn extend(&self, thread: &Thread, iterable: &Object) -> PyResult<()> {
        if iterable.is_exact::<List>() || iterable.is_exact::<crate::Tuple>() {
            let items = iterable.to_items(thread)?;
            return self.extend_vec(thread, items);
        }
        let iterator = iterable.iter(thread)?;
        let hint = iterable.length_hint(thread, 8)?;
        if hint > 1 << 24 && hint <= isize::MAX as usize - self.len() {
            // What cannot fit is refused before it is tried. A sum beyond all bounds is taken for a lie, as CPython does.
            Vec::<Raw>::new().try_reserve_exact(hint).map_err(|_| thread.no_memory())?;
        }
        while let Some(item) = iterator.next(thread)? {
            self.append(thread, item)?;
        }
        Ok(())
    }

    /// Replace the item at `index`, which is within the list; the old one dies afterwards.
    #[inline]
    pub fn replace(&self, index: usize, item: Obj) -> Obj {
        debug_assert!(index < self.len());
        // SAFETY: within the list.
        unsafe {
            let slot = self.items_ptr().add(index);
            let old = *slot;
            *slot = item.into_raw();
            Owned::from_raw(old)
        }
    }

    /// Put `items` in the place of those from `start` to `end`; gives the old ones.
    pub fn splice(&self, thread: &Thread, start: usize, end: usize, items: Vec<Obj>) -> PyResult<Vec<Obj>> {
        let length = self.len();
        let (end, start) = (end.min(length), start.min(length));
        let end = end.max(start);
        let removed = end - start;
        if items.len() > removed {
            self.reserve(thread, length - removed + items.len())?;
        }
        // SAFETY: there is room; references move without being counted.
        unsafe {
            // Places that an extension has not filled yet hold nothing.
            let old: Vec<Obj> = (start..end).filter_map(|at| Owned::from_raw_or_null(*self.items_ptr().add(at))).collect();
            let tail = length - end;
            std::ptr::copy(self.items_ptr().add(end), self.items_ptr().add(start + items.len()), tail);
            let count = items.len();
            for (at, item) in items.into_iter().enumerate() {
                *self.items_ptr().add(start + at) = item.into_raw();
            }
            self.set_len(length - removed + count);
            self.shrink(thread);
            Ok(old)
        }
    }

    /// Give memory back when less than half of it is used.
    fn shrink(&self, thread: &Thread) {
        let (length, allocated) = (self.len(), self.0.allocated.get() as usize);
        if length == 0 && allocated > 0 {
            // SAFETY: the list owns the array, which holds nothing.
            unsafe { abi::free(self.items_ptr() as *mut u8) };
            self.0.ob_item.set(std::ptr::null_mut());
            self.0.allocated.set(0);
        } else if length < allocated / 2 {
            let target = (length + (length >> 3) + 6) & !3;
            // Failing to shrink is no failure.
            if target < allocated && self.set_capacity(thread, target).is_err() {
                thread.set_raised(None);
            }
        }
    }

    pub fn insert(&self, thread: &Thread, index: usize, item: Obj) -> PyResult<()> {
        self.splice(thread, index, index, vec![item]).map(drop)
    }

    /// Take all items out.
    pub fn take_all(&self) -> Vec<Obj> {
        let length = self.len();
        let items = self.items_ptr();
        self.set_len(0);
        self.0.ob_item.set(std::ptr::null_mut());
        self.0.allocated.set(0);
        // SAFETY: the references move to the caller; the array is freed.
        unsafe {
            let taken = (0..length).filter_map(|at| Owned::from_raw_or_null(*items.add(at))).collect();
            abi::free(items as *mut u8);
            taken
        }
    }

    /// Sort by `<`, stably.
    pub fn sort(&self, thread: &Thread) -> PyResult<()> {
        self.sort_by(thread, None, false)
    }

    pub fn sort_by(&self, thread: &Thread, key: Option<&Object>, reverse: bool) -> PyResult<()> {
        sort::sort(thread, self, key, reverse)
    }
}

/// # Safety
/// A destructor contract.
unsafe fn dealloc(object: Raw) {
    // SAFETY: by contract.
    unsafe {
        crate::gc::untrack(object);
        let list = &*(object as *const List);
        let (items, length) = (list.items_ptr(), list.len());
        if !items.is_null() {
            // Last first, as CPython drops them.
            for at in (0..length).rev() {
                crate::object::xdecref(*items.add(at));
            }
            abi::free(items as *mut u8);
        }
        crate::dealloc::free_instance(object, (*object).ob_type.get());
    }
}
