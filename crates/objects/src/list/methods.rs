//! The type `list`.

use pyrox_abi as abi;
use pyrox_abi::PyObject;
use pyrox_macros::pyclass;

use super::List;
use crate::native::Count;
use crate::object::{Obj, Object, Owned};
use crate::slice::Range;
use crate::{CompareOp, Dict, PyResult, Str, Thread, Tuple, Type};

type Raw = *mut PyObject;

impl List {
    fn position(&self, thread: &Thread, index: isize, message: &str) -> PyResult<usize> {
        let at = if index < 0 { index + self.len() as isize } else { index };
        usize::try_from(at).ok().filter(|&at| at < self.len()).ok_or_else(|| thread.index_error(message))
    }

    fn assign_slice(&self, thread: &Thread, range: Range, value: Option<&Object>) -> PyResult<()> {
        let items = match value {
            None => Vec::new(),
            Some(value) => match value.to_items(thread) {
                Ok(items) => items,
                Err(raised) => {
                    let iterable = value.ty().raw().tp_iter.get().is_some() || value.is_sequence();
                    if !iterable && thread.take_if(crate::exceptions::type_error()) {
                        return Err(thread.type_error(if range.step == 1 {
                            "can only assign an iterable"
                        } else {
                            "must assign iterable to extended slice"
                        }));
                    }
                    return Err(raised);
                }
            },
        };
        // The value may have changed the list.
        let range = Range { length: 0, ..range }.adjust(self.len());
        if range.step == 1 {
            let stop = range.stop.max(range.start);
            drop(self.splice(thread, range.start as usize, stop as usize, items)?);
            return Ok(());
        }
        if value.is_none() {
            let mut doomed: Vec<usize> = range.indices().collect();
            doomed.sort_unstable();
            let mut kept = Vec::new();
            let mut dropped = Vec::new();
            for (at, item) in self.take_all().into_iter().enumerate() {
                if doomed.binary_search(&at).is_ok() { dropped.push(item) } else { kept.push(item) }
            }
            return self.extend_vec(thread, kept);
        }
        if items.len() != range.length {
            return Err(thread.value_error(&format!(
                "attempt to assign sequence of size {} to extended slice of size {}",
                items.len(),
                range.length
            )));
        }
        let old: Vec<Obj> = range.indices().zip(items).map(|(at, item)| self.replace(at, item)).collect();
        drop(old);
        Ok(())
    }

    fn repeated(&self, thread: &Thread, count: isize) -> PyResult<Vec<Obj>> {
        let count = count.max(0) as usize;
        let total = self.len().checked_mul(count).filter(|&n| n <= isize::MAX as usize / 8).ok_or_else(|| thread.no_memory())?;
        let mut items = Vec::new();
        items.try_reserve_exact(total).map_err(|_| thread.no_memory())?;
        let own = self.to_vec();
        for _ in 0..count {
            items.extend(own.iter().cloned());
        }
        Ok(items)
    }
}

/// Built-in mutable sequence.
///
/// If no argument is given, the constructor creates a new empty list. The argument must be an
/// iterable if specified.
#[pyclass(name = "list", symbol = "PyList_Type", gc,
    flags = abi::Py_TPFLAGS_BASETYPE | abi::Py_TPFLAGS_LIST_SUBCLASS | abi::Py_TPFLAGS_SEQUENCE | abi::_Py_TPFLAGS_MATCH_SELF)]
impl List {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, _args: &Tuple, _kwargs: Option<&Dict>) -> PyResult<Obj> {
        let object = cls.allocate(thread, 0)?;
        Ok(object)
    }
    #[init(sig = "(iterable=(), /)")]
    fn init(&self, thread: &Thread, iterable: Option<&Object>) -> PyResult<()> {
        drop(self.take_all());
        match iterable {
            Some(iterable) => self.extend(thread, iterable),
            None => Ok(()),
        }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe { super::dealloc(object) }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut std::ffi::c_void) -> i32 {
        // SAFETY: by contract.
        unsafe {
            let list = &*(object as *const List);
            for at in 0..list.len() {
                let item = *list.items_ptr().add(at);
                if item.is_null() {
                    // A place that an extension has not filled yet.
                    continue;
                }
                let status = visit(item, data);
                if status != 0 {
                    return status;
                }
            }
        }
        0
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_clear(object: Raw) -> i32 {
        // SAFETY: by contract.
        unsafe { drop((*(object as *const List)).take_all()) };
        0
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        if self.len() == 0 {
            return Str::from_str(thread, "[]");
        }
        let Some(_guard) = crate::repr_guard::enter(self) else { return Str::from_str(thread, "[...]") };
        let mut out = crate::text_writer::TextWriter::new();
        out.push_str("[");
        let mut at = 0;
        while at < self.len() {
            if at > 0 {
                out.push_str(", ");
            }
            // SAFETY: within the list, which owns its items; places that an extension has not filled are null.
            match unsafe { Object::from_ptr_or_null(*self.items_ptr().add(at)) }.map(Object::own) {
                Some(item) => out.push(&*item.repr(thread)?),
                None => out.push_str("<NULL>"),
            }
            at += 1;
        }
        out.push_str("]");
        out.finish(thread)
    }
    #[slot]
    fn tp_richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        let Some(other) = other.cast::<List>() else { return Ok(crate::not_implemented()) };
        if self.len() != other.len() && matches!(op, CompareOp::Eq | CompareOp::Ne) {
            return Ok(crate::bool_obj(op == CompareOp::Ne));
        }
        let mut at = 0;
        while let (Some(a), Some(b)) = (self.get(at), other.get(at)) {
            if !a.eq(thread, &b)? {
                return match op {
                    CompareOp::Eq => Ok(crate::bool_obj(false)),
                    CompareOp::Ne => Ok(crate::bool_obj(true)),
                    _ => a.richcompare(thread, &b, op),
                };
            }
            at += 1;
        }
        Ok(crate::bool_obj(op.holds(self.len().cmp(&other.len()))))
    }
    #[slot]
    fn tp_iter(&self, thread: &Thread) -> PyResult<Obj> {
        Ok(crate::iterators::ListIterator::new(thread, self)?.upcast())
    }
    #[slot]
    fn sq_length(&self) -> usize {
        self.len()
    }
    #[slot]
    fn sq_concat(&self, thread: &Thread, other: &Object) -> PyResult<Owned<List>> {
        let Some(right) = other.cast::<List>() else {
            return Err(thread.type_error(&format!("can only concatenate list (not \"{}\") to list", other.ty().full_name())));
        };
        let mut items = self.to_vec();
        items.extend(right.to_vec());
        List::from_vec(thread, items)
    }
    #[slot]
    fn sq_inplace_concat(&self, thread: &Thread, other: &Object) -> PyResult<Obj> {
        self.extend(thread, other)?;
        Ok((**self).own())
    }
    #[slot]
    fn sq_repeat(&self, thread: &Thread, count: isize) -> PyResult<Owned<List>> {
        List::from_vec(thread, self.repeated(thread, count)?)
    }
    #[slot]
    fn sq_inplace_repeat(&self, thread: &Thread, count: isize) -> PyResult<Obj> {
        let items = self.repeated(thread, count)?;
        drop(self.splice(thread, 0, self.len(), items)?);
        Ok((**self).own())
    }
    #[slot]
    fn sq_item(&self, thread: &Thread, index: isize) -> PyResult<Obj> {
        usize::try_from(index).ok().and_then(|at| self.get(at)).ok_or_else(|| thread.index_error("list index out of range"))
    }
    #[slot]
    fn sq_ass_item(&self, thread: &Thread, index: isize, value: Option<&Object>) -> PyResult<()> {
        let Some(at) = usize::try_from(index).ok().filter(|&at| at < self.len()) else {
            return Err(thread.index_error("list assignment index out of range"));
        };
        match value {
            Some(value) => drop(self.replace(at, value.own())),
            None => drop(self.splice(thread, at, at + 1, Vec::new())?),
        }
        Ok(())
    }
    #[slot]
    fn sq_contains(&self, thread: &Thread, value: &Object) -> PyResult<bool> {
        let mut at = 0;
        while let Some(item) = self.get(at) {
            if item.eq(thread, value)? {
                return Ok(true);
            }
            at += 1;
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
            let at = self.position(thread, key.as_subscript(thread)?, "list index out of range")?;
            return self.get(at).ok_or_else(|| thread.index_error("list index out of range"));
        }
        match Range::of(thread, key, self.len())? {
            Some(range) => {
                let items = range.indices().filter_map(|at| self.get(at)).collect();
                Ok(List::from_vec(thread, items)?.upcast())
            }
            None => Err(thread.type_error(&format!("list indices must be integers or slices, not {}", key.ty().full_name()))),
        }
    }
    #[slot]
    fn mp_ass_subscript(&self, thread: &Thread, key: &Object, value: Option<&Object>) -> PyResult<()> {
        if key.has_index() {
            let index = key.as_subscript(thread)?;
            let index = if index < 0 { index + self.len() as isize } else { index };
            return self.sq_ass_item(thread, index, value);
        }
        match key.exact::<crate::Slice>() {
            Some(slice) => self.assign_slice(thread, slice.unpack(thread)?, value),
            None => Err(thread.type_error(&format!("list indices must be integers or slices, not {}", key.ty().full_name()))),
        }
    }
    /// Append object to the end of the list.
    #[method(name = "append", sig = "(object, /)")]
    fn py_append(&self, thread: &Thread, object: &Object) -> PyResult<()> {
        self.append(thread, object.own())
    }
    /// Extend list by appending elements from the iterable.
    #[method(name = "extend", sig = "(iterable, /)")]
    fn py_extend(&self, thread: &Thread, iterable: &Object) -> PyResult<()> {
        self.extend(thread, iterable)
    }
    /// Insert object before index.
    #[method(name = "insert", sig = "(index, object, /)")]
    fn py_insert(&self, thread: &Thread, index: isize, object: &Object) -> PyResult<()> {
        let length = self.len() as isize;
        let at = if index < 0 { (index + length).max(0) } else { index.min(length) };
        self.insert(thread, at as usize, object.own())
    }
    /// Remove and return item at index (default last).
    ///
    /// Raises IndexError if list is empty or index is out of range.
    #[method(sig = "(index=-1, /)")]
    fn pop(&self, thread: &Thread, index: isize) -> PyResult<Obj> {
        if self.len() == 0 {
            return Err(thread.index_error("pop from empty list"));
        }
        let at = self.position(thread, index, "pop index out of range")?;
        let mut taken = self.splice(thread, at, at + 1, Vec::new())?;
        taken.pop().ok_or_else(|| thread.index_error("pop index out of range"))
    }
    /// Remove first occurrence of value.
    ///
    /// Raises ValueError if the value is not present.
    #[method]
    fn remove(&self, thread: &Thread, value: &Object) -> PyResult<()> {
        let mut at = 0;
        while let Some(item) = self.get(at) {
            if item.eq(thread, value)? {
                drop(self.splice(thread, at, at + 1, Vec::new())?);
                return Ok(());
            }
            at += 1;
        }
        Err(thread.value_error("list.remove(x): x not in list"))
    }
    /// Remove all items from list.
    #[method]
    fn clear(&self) {
        drop(self.take_all());
    }
    /// Return a shallow copy of the list.
    #[method]
    fn copy(&self, thread: &Thread) -> PyResult<Owned<List>> {
        List::from_vec(thread, self.to_vec())
    }
    /// Return first index of value.
    ///
    /// Raises ValueError if the value is not present.
    #[method(sig = "(value, start=0, stop=sys.maxsize, /)")]
    fn index(&self, thread: &Thread, value: &Object, start: Count, stop: Option<Count>) -> PyResult<usize> {
        let length = self.len() as isize;
        let clip = |at: isize| if at < 0 { (at + length).max(0) } else { at };
        let (start, stop) = (clip(start.0), clip(stop.map_or(isize::MAX, |s| s.0)));
        let mut at = start as usize;
        while (at as isize) < stop {
            let Some(item) = self.get(at) else { break };
            if item.eq(thread, value)? {
                return Ok(at);
            }
            at += 1;
        }
        Err(thread.value_error("list.index(x): x not in list"))
    }
    /// Return number of occurrences of value.
    #[method]
    fn count(&self, thread: &Thread, value: &Object) -> PyResult<usize> {
        let (mut count, mut at) = (0, 0);
        while let Some(item) = self.get(at) {
            count += item.eq(thread, value)? as usize;
            at += 1;
        }
        Ok(count)
    }
    /// Reverse *IN PLACE*.
    #[method]
    fn reverse(&self) {
        // SAFETY: the list's own array; nothing runs meanwhile.
        unsafe {
            if self.len() > 1 {
                std::slice::from_raw_parts_mut(self.items_ptr(), self.len()).reverse();
            }
        }
    }
    /// Sort the list in ascending order and return None.
    ///
    /// The sort is in-place and stable. If a key function is given, apply it once to each list item
    /// and sort them, ascending or descending, according to their function values.
    #[method(name = "sort", sig = "(*, key=None, reverse=False)")]
    fn py_sort(&self, thread: &Thread, key: Option<&Object>, reverse: bool) -> PyResult<()> {
        self.sort_by(thread, key.filter(|k| !k.is_none()), reverse)
    }
    /// Return a reverse iterator over the list.
    #[method]
    fn __reversed__(&self, thread: &Thread) -> PyResult<Obj> {
        Ok(crate::iterators::ListReverseIterator::new(thread, self)?.upcast())
    }
    /// Return the size of the list in memory, in bytes.
    #[method]
    fn __sizeof__(&self) -> usize {
        40 + 8 * self.0.allocated.get() as usize
    }
    /// See PEP 585
    #[classmethod(sig = "(object, /)", text = "")]
    fn __class_getitem__(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
        crate::generic_alias::new(thread, cls, object)
    }
}
