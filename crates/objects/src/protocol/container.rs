//! Lengths, subscripts, membership, iteration.

use crate::object::{Obj, Object, Owned};
use crate::protocol::call::check;
use crate::{Int, List, PyResult, Raised, Thread, Tuple, Type, exceptions};

impl Object {
    /// `len(self)`.
    pub fn len(&self, thread: &Thread) -> PyResult<usize> {
        let ty = self.ty().raw();
        // SAFETY: lenfunc contracts.
        unsafe {
            let function =
                (ty.tp_as_sequence.get().as_ref().and_then(|t| t.sq_length)).or(ty.tp_as_mapping.get().as_ref().and_then(|t| t.mp_length));
            match function {
                Some(function) => usize::try_from(function(self.as_ptr())).map_err(|_| Raised),
                None => Err(thread.type_error(&format!("object of type '{}' has no len()", self.ty().full_name()))),
            }
        }
    }

    /// `operator.length_hint(self, default)`.
    pub fn length_hint(&self, thread: &Thread, default: usize) -> PyResult<usize> {
        let ty = self.ty().raw();
        // SAFETY: the tables of a type live while it does.
        let sized = unsafe {
            ty.tp_as_sequence.get().as_ref().is_some_and(|t| t.sq_length.is_some())
                || ty.tp_as_mapping.get().as_ref().is_some_and(|t| t.mp_length.is_some())
        };
        if sized {
            match self.len(thread) {
                Ok(length) => return Ok(length),
                Err(raised) if !thread.take_if(exceptions::type_error()) => return Err(raised),
                Err(_) => {}
            }
        }
        let result = match self.call_special(thread, crate::intern!("__length_hint__"), &[]) {
            Ok(Some(result)) => result,
            Ok(None) => return Ok(default),
            Err(_) if thread.take_if(exceptions::type_error()) => return Ok(default),
            Err(raised) => return Err(raised),
        };
        if result.is_not_implemented() {
            return Ok(default);
        }
        let Some(hint) = result.cast::<Int>() else {
            return Err(thread.type_error(&format!("__length_hint__ must be an integer, not {}", result.ty().full_name())));
        };
        match hint.to_i64() {
            Some(value) if value >= 0 => Ok(value as usize),
            Some(_) => Err(thread.value_error("__length_hint__() should return >= 0")),
            None if hint.is_negative() => Err(thread.value_error("__length_hint__() should return >= 0")),
            None => Err(thread.overflow_error("cannot fit 'int' into an index-sized integer")),
        }
    }

    /// `self[key]`.
    pub fn get_item(&self, thread: &Thread, key: &Object) -> PyResult<Obj> {
        let ty = self.ty().raw();
        // SAFETY: slot contracts.
        unsafe {
            if let Some(function) = ty.tp_as_mapping.get().as_ref().and_then(|t| t.mp_subscript) {
                return check(thread, function(self.as_ptr(), key.as_ptr()));
            }
            if ty.tp_as_sequence.get().as_ref().is_some_and(|t| t.sq_item.is_some()) {
                if !key.has_index() {
                    return Err(thread.type_error(&format!("sequence index must be integer, not '{}'", key.ty().full_name())));
                }
                return self.sequence_item(thread, key.as_subscript(thread)?);
            }
        }
        if let Some(class) = self.cast::<Type>() {
            if std::ptr::eq(class, Type::type_type()) {
                return crate::generic_alias::new(thread, self, key);
            }
            if let Some(method) = self.lookup_attr(thread, crate::intern!("__class_getitem__"))? {
                if !method.is_none() {
                    return method.call(thread, &[key]);
                }
            }
            return Err(thread.type_error(&format!("type '{}' is not subscriptable", class.full_name())));
        }
        Err(thread.type_error(&format!("'{}' object is not subscriptable", self.ty().full_name())))
    }

    /// `PySequence_GetItem`: negative indices count from the end if there is a length.
    pub fn sequence_item(&self, thread: &Thread, index: isize) -> PyResult<Obj> {
        let ty = self.ty().raw();
        // SAFETY: slot contracts.
        unsafe {
            let Some(table) = ty.tp_as_sequence.get().as_ref() else {
                return Err(thread.type_error(&format!("'{}' object does not support indexing", self.ty().full_name())));
            };
            let Some(function) = table.sq_item else {
                return Err(thread.type_error(&format!("'{}' object does not support indexing", self.ty().full_name())));
            };
            let mut index = index;
            if index < 0 {
                if let Some(length) = table.sq_length {
                    let length = length(self.as_ptr());
                    if length < 0 {
                        return Err(Raised);
                    }
                    index += length;
                }
            }
            check(thread, function(self.as_ptr(), index))
        }
    }

    /// `self[key] = value`, or `del self[key]` without a value.
    pub fn set_item(&self, thread: &Thread, key: &Object, value: Option<&Object>) -> PyResult<()> {
        let ty = self.ty().raw();
        let raw = value.map_or(std::ptr::null_mut(), |v| v.as_ptr());
        // SAFETY: slot contracts.
        unsafe {
            if let Some(function) = ty.tp_as_mapping.get().as_ref().and_then(|t| t.mp_ass_subscript) {
                return if function(self.as_ptr(), key.as_ptr(), raw) < 0 { Err(Raised) } else { Ok(()) };
            }
            if let Some(table) = ty.tp_as_sequence.get().as_ref() {
                if let Some(function) = table.sq_ass_item {
                    if key.has_index() {
                        let mut index = key.as_subscript(thread)?;
                        if let (true, Some(length)) = (index < 0, table.sq_length) {
                            let length = length(self.as_ptr());
                            if length < 0 {
                                return Err(Raised);
                            }
                            index += length;
                        }
                        return if function(self.as_ptr(), index, raw) < 0 { Err(Raised) } else { Ok(()) };
                    }
                    if table.sq_item.is_some() {
                        return Err(thread.type_error(&format!("sequence index must be integer, not '{}'", key.ty().full_name())));
                    }
                }
            }
        }
        // Sequences are asked for positions by another function, whose wording differs.
        let by_position = !ty.tp_as_sequence.get().is_null() && key.has_index();
        let what = match value {
            Some(_) => "does not support item assignment",
            None if by_position => "doesn't support item deletion",
            None => "does not support item deletion",
        };
        Err(thread.type_error(&format!("'{}' object {what}", self.ty().full_name())))
    }

    /// `value in self`.
    pub fn contains(&self, thread: &Thread, value: &Object) -> PyResult<bool> {
        // SAFETY: an objobjproc contract.
        unsafe {
            if let Some(function) = self.ty().raw().tp_as_sequence.get().as_ref().and_then(|t| t.sq_contains) {
                return match function(self.as_ptr(), value.as_ptr()) {
                    -1 => Err(Raised),
                    status => Ok(status != 0),
                };
            }
        }
        let iterator = match self.iter(thread) {
            Ok(iterator) => iterator,
            Err(raised) => {
                if thread.take_if(exceptions::type_error()) {
                    return Err(thread.type_error(&format!("argument of type '{}' is not a container or iterable", self.ty().full_name())));
                }
                return Err(raised);
            }
        };
        while let Some(item) = iterator.next(thread)? {
            if item.eq(thread, value)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// `iter(self)`.
    pub fn iter(&self, thread: &Thread) -> PyResult<Obj> {
        let ty = self.ty().raw();
        match ty.tp_iter.get() {
            Some(function) => {
                // SAFETY: a unaryfunc contract.
                let result = unsafe { check(thread, function(self.as_ptr()))? };
                if !result.is_iterator() {
                    return Err(thread.type_error(&format!("iter() returned non-iterator of type '{}'", result.ty().full_name())));
                }
                Ok(result)
            }
            None if self.is_sequence() => Ok(crate::iterators::SequenceIterator::new(thread, self)?.upcast()),
            None => Err(thread.type_error(&format!("'{}' object is not iterable", self.ty().full_name()))),
        }
    }

    /// The object has a `__next__`.
    pub fn is_iterator(&self) -> bool {
        match self.ty().raw().tp_iternext.get() {
            Some(function) => function as usize != crate::type_object::next_not_implemented as *const () as usize,
            None => false,
        }
    }

    /// `PySequence_Check`: subscriptable by position, and no dict.
    pub fn is_sequence(&self) -> bool {
        if self.has_flag(pyrox_abi::Py_TPFLAGS_DICT_SUBCLASS) {
            return false;
        }
        // SAFETY: the tables of a type live while it does.
        unsafe { self.ty().raw().tp_as_sequence.get().as_ref().is_some_and(|t| t.sq_item.is_some()) }
    }

    /// The next item of an iterator, or `None` at its end.
    #[inline]
    pub fn next(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let Some(function) = self.ty().raw().tp_iternext.get() else {
            return Err(thread.type_error(&format!("'{}' object is not an iterator", self.ty().full_name())));
        };
        // SAFETY: an iternextfunc contract.
        match unsafe { Owned::from_raw_or_null(function(self.as_ptr())) } {
            Some(item) => Ok(Some(item)),
            None if thread.state.current_exception.get().is_null() => Ok(None),
            None if thread.take_if(exceptions::stop_iteration()) => Ok(None),
            None => Err(Raised),
        }
    }

    /// As [`Object::next`], with a `StopIteration` that has a value left raised: what `yield from` needs.
    pub fn next_keeping_stop(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let Some(function) = self.ty().raw().tp_iternext.get() else {
            return Err(thread.type_error(&format!("'{}' object is not an iterator", self.ty().full_name())));
        };
        // SAFETY: an iternextfunc contract.
        match unsafe { Owned::from_raw_or_null(function(self.as_ptr())) } {
            Some(item) => Ok(Some(item)),
            None if thread.state.current_exception.get().is_null() => Ok(None),
            None => Err(Raised),
        }
    }

    /// Call `each` for every item of the iterable.
    pub fn for_each(&self, thread: &Thread, mut each: impl FnMut(Obj) -> PyResult<()>) -> PyResult<()> {
        if let Some(tuple) = self.exact::<Tuple>() {
            for item in tuple.to_vec() {
                each(item)?;
            }
            return Ok(());
        }
        if let Some(list) = self.exact::<List>() {
            let mut at = 0;
            while let Some(item) = list.get(at) {
                each(item)?;
                at += 1;
            }
            return Ok(());
        }
        let iterator = self.iter(thread)?;
        while let Some(item) = iterator.next(thread)? {
            each(item)?;
        }
        Ok(())
    }

    /// All items of the iterable.
    pub fn to_items(&self, thread: &Thread) -> PyResult<Vec<Obj>> {
        if let Some(tuple) = self.exact::<Tuple>() {
            return Ok(tuple.to_vec());
        }
        if let Some(list) = self.exact::<List>() {
            return Ok(list.to_vec());
        }
        let mut items = Vec::new();
        let hint = self.length_hint(thread, 8)?;
        items.try_reserve(hint).map_err(|_| thread.no_memory())?;
        let iterator = self.iter(thread)?;
        while let Some(item) = iterator.next(thread)? {
            items.push(item);
        }
        Ok(items)
    }
}
