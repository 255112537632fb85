//! `dict_keys`, `dict_values`, `dict_items` and the iterators.

use std::cell::Cell;

use pyrox_macros::pyclass;

use super::Dict;
use crate::object::{Head, Obj, ObjCell, Object, Owned, PyType};
use crate::{CompareOp, PyResult, Str, Thread, Tuple};

macro_rules! iterator {
    ($name:ident $python:literal $symbol:literal $reverse:literal |$thread:ident, $key:ident, $value:ident| $item:expr) => {
        /// Iterator over a dict; it fails if the dict's size changes.
        #[repr(C)]
        pub struct $name {
            head: Head,
            dict: ObjCell,
            length: Cell<usize>,
            position: Cell<usize>,
            left: Cell<usize>,
            _reserved: usize,
        }

        impl $name {
            pub fn new(thread: &Thread, dict: &Dict) -> PyResult<Owned<$name>> {
                Self::ty().instantiate(
                    thread,
                    $name {
                        head: Head::unset(),
                        dict: ObjCell::new(Some((**dict).own())),
                        length: Cell::new(dict.len()),
                        position: Cell::new(if $reverse { dict.end_position() } else { 0 }),
                        left: Cell::new(dict.len()),
                        _reserved: 0,
                    },
                )
            }
        }

        #[pyclass(name = $python, symbol = $symbol, traverse = [dict], dealloc = drop)]
        impl $name {
            #[slot]
            fn tp_iter(this: &Object) -> Obj {
                this.own()
            }
            #[slot]
            fn tp_iternext(&self, $thread: &Thread) -> PyResult<Option<Obj>> {
                let Some(dict) = self.dict.get() else { return Ok(None) };
                // SAFETY: the iterator was made of a dict.
                let dict = unsafe { dict.cast_unchecked::<Dict>() };
                if dict.len() != self.length.get() {
                    self.length.set(usize::MAX);
                    return Err($thread.runtime_error("dictionary changed size during iteration"));
                }
                let mut position = self.position.get();
                let entry = if $reverse {
                    dict.previous(&mut position)
                } else {
                    dict.next_borrowed(&mut position).map(|(key, value)| (key.own(), value.own()))
                };
                self.position.set(position);
                let Some(($key, $value)) = entry else {
                    self.dict.set(None);
                    return Ok(None);
                };
                if self.left.get() == 0 {
                    return Err($thread.runtime_error("dictionary keys changed during iteration"));
                }
                self.left.set(self.left.get() - 1);
                Ok(Some($item))
            }
            /// Private method returning an estimate of len(list(it)).
            #[method]
            fn __length_hint__(&self) -> usize {
                match self.dict.get() {
                    // SAFETY: the iterator was made of a dict.
                    Some(dict) if unsafe { (*dict).cast_unchecked::<Dict>() }.len() == self.length.get() => self.left.get(),
                    _ => 0,
                }
            }
            /// Return state information for pickling.
            #[method]
            fn __reduce__(this: &Object, thread: &Thread) -> PyResult<Owned<Tuple>> {
                // A copy goes on where this one stands.
                // SAFETY: the method of this type.
                let own = unsafe { this.cast_unchecked::<$name>() };
                let copy = $name {
                    head: Head::unset(),
                    dict: ObjCell::new(own.dict.get()),
                    length: Cell::new(own.length.get()),
                    position: Cell::new(own.position.get()),
                    left: Cell::new(own.left.get()),
                    _reserved: 0,
                };
                let copy = $name::ty().instantiate(thread, copy)?;
                let rest = crate::List::from_iterable(thread, &copy)?;
                let iter = crate::hooks::builtin(thread, "iter")?;
                Tuple::from_vec(thread, vec![iter, Tuple::from_vec(thread, vec![rest.upcast()])?.upcast()])
            }
        }
    };
}
iterator!(DictKeyIterator "dict_keyiterator" "PyDictIterKey_Type" false |thread, key, _value| { let _ = thread; key });
iterator!(DictValueIterator "dict_valueiterator" "PyDictIterValue_Type" false |thread, _key, value| { let _ = thread; value });
iterator!(DictItemIterator "dict_itemiterator" "PyDictIterItem_Type" false
    |thread, key, value| Tuple::from_vec(thread, vec![key, value])?.upcast());
iterator!(DictReverseKeyIterator "dict_reversekeyiterator" "PyDictRevIterKey_Type" true |thread, key, _value| { let _ = thread; key });
iterator!(DictReverseValueIterator "dict_reversevalueiterator" "PyDictRevIterValue_Type" true |thread, _key, value| { let _ = thread; value });
iterator!(DictReverseItemIterator "dict_reverseitemiterator" "PyDictRevIterItem_Type" true
    |thread, key, value| Tuple::from_vec(thread, vec![key, value])?.upcast());

macro_rules! view {
    ($name:ident $python:literal $symbol:literal $iterator:ident $reverse:ident { $($extra:tt)* }) => {
        /// A view of a dict that follows its changes.
        #[repr(C)]
        pub struct $name {
            head: Head,
            dict: ObjCell,
        }

        impl $name {
            pub fn new(thread: &Thread, dict: &Dict) -> PyResult<Owned<$name>> {
                Self::ty().instantiate(thread, $name { head: Head::unset(), dict: ObjCell::new(Some((**dict).own())) })
            }

            fn source(&self, thread: &Thread) -> PyResult<Owned<Dict>> {
                self.dict.get().and_then(|d| d.downcast().ok()).ok_or_else(|| thread.runtime_error("view without a dict"))
            }
        }

        #[pyclass(name = $python, symbol = $symbol, traverse = [dict], dealloc = drop)]
        impl $name {
            #[slot]
            fn tp_iter(&self, thread: &Thread) -> PyResult<Obj> {
                Ok($iterator::new(thread, &*self.source(thread)?)?.upcast())
            }
            #[slot]
            fn sq_length(&self, thread: &Thread) -> PyResult<usize> {
                Ok(self.source(thread)?.len())
            }
            #[slot]
            fn tp_repr(this: &Object, thread: &Thread) -> PyResult<Owned<Str>> {
                let Some(_guard) = crate::repr_guard::enter(this) else { return Str::from_str(thread, "...") };
                let list = crate::List::from_iterable(thread, this)?;
                Str::from_str(thread, &format!(concat!($python, "({})"), list.repr(thread)?))
            }
            /// Return a reverse iterator over the view.
            #[method]
            fn __reversed__(&self, thread: &Thread) -> PyResult<Obj> {
                Ok($reverse::new(thread, &*self.source(thread)?)?.upcast())
            }
            /// dictionary that this view refers to
            #[getter]
            fn mapping(&self, thread: &Thread) -> PyResult<Obj> {
                Ok(crate::descriptors::MappingProxy::new(thread, &**self.source(thread)?)?.upcast())
            }
            $($extra)*
        }
    };
}

fn all_in(thread: &Thread, items: &Object, container: &Object) -> PyResult<bool> {
    let iterator = items.iter(thread)?;
    while let Some(item) = iterator.next(thread)? {
        if !container.contains(thread, &item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn compare_views(thread: &Thread, a: &Object, b: &Object, op: CompareOp) -> PyResult<Obj> {
    let set_like = |o: &Object| o.is_instance::<DictKeys>() || o.is_instance::<DictItems>() || crate::set::is_set(o);
    if !set_like(b) {
        return Ok(crate::not_implemented());
    }
    let (left, right) = (a.len(thread)?, b.len(thread)?);
    let result = match op {
        CompareOp::Eq => left == right && all_in(thread, a, b)?,
        CompareOp::Ne => !(left == right && all_in(thread, a, b)?),
        CompareOp::Lt => left < right && all_in(thread, a, b)?,
        CompareOp::Le => left <= right && all_in(thread, a, b)?,
        CompareOp::Gt => left > right && all_in(thread, b, a)?,
        CompareOp::Ge => left >= right && all_in(thread, b, a)?,
    };
    Ok(crate::bool_obj(result))
}

/// A set of the left operand's items, changed by a method of `set` with the right operand.
fn as_set(thread: &Thread, a: &Object, b: &Object, method: &str) -> PyResult<Obj> {
    let set = crate::set::from_iterable(thread, a)?;
    set.call_method(thread, &*Str::intern_str(thread, method)?, &[b])?;
    Ok(set)
}

/// The items of one operand that the other has: as CPython, the smaller one is walked.
fn intersection(thread: &Thread, a: &Object, b: &Object) -> PyResult<Obj> {
    let is_view = |o: &Object| o.is_instance::<DictKeys>() || o.is_instance::<DictItems>();
    let (mut view, mut other) = if is_view(a) { (a, b) } else { (b, a) };
    let length = view.len(thread)?;
    let exact_set = other.is_exact::<crate::set::Set>() || other.is_exact::<crate::set::FrozenSet>();
    if exact_set && length <= other.len(thread)? {
        return other.call_method(thread, crate::intern!("intersection"), &[view]);
    }
    if is_view(other) && other.len(thread)? > length {
        std::mem::swap(&mut view, &mut other);
    }
    let result = crate::set::Set::new(thread)?;
    other.for_each(thread, |item| {
        if view.contains(thread, &item)? {
            result.add(thread, &item)?;
        }
        Ok(())
    })?;
    Ok(result.upcast())
}

view!(DictKeys "dict_keys" "PyDictKeys_Type" DictKeyIterator DictReverseKeyIterator {
    #[slot]
    fn sq_contains(&self, thread: &Thread, key: &Object) -> PyResult<bool> {
        self.source(thread)?.contains_key(thread, key)
    }
    #[slot]
    fn tp_richcompare(this: &Object, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        compare_views(thread, this, other, op)
    }
    #[slot]
    fn nb_subtract(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        as_set(thread, a, b, "difference_update")
    }
    #[slot]
    fn nb_and(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        intersection(thread, a, b)
    }
    #[slot]
    fn nb_or(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        as_set(thread, a, b, "update")
    }
    #[slot]
    fn nb_xor(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        as_set(thread, a, b, "symmetric_difference_update")
    }
    /// Return True if the view and the given iterable have a null intersection.
    #[method]
    fn isdisjoint(this: &Object, thread: &Thread, other: &Object) -> PyResult<bool> {
        let iterator = other.iter(thread)?;
        while let Some(item) = iterator.next(thread)? {
            if this.contains(thread, &item)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
});
view!(DictItems "dict_items" "PyDictItems_Type" DictItemIterator DictReverseItemIterator {
    #[slot]
    fn sq_contains(&self, thread: &Thread, item: &Object) -> PyResult<bool> {
        let Some(pair) = item.cast::<Tuple>().filter(|t| t.len() == 2) else { return Ok(false) };
        match self.source(thread)?.get(thread, pair.get(0))? {
            Some(value) => value.eq(thread, pair.get(1)),
            None => Ok(false),
        }
    }
    #[slot]
    fn tp_richcompare(this: &Object, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        compare_views(thread, this, other, op)
    }
    #[slot]
    fn nb_subtract(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        as_set(thread, a, b, "difference_update")
    }
    #[slot]
    fn nb_and(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        intersection(thread, a, b)
    }
    #[slot]
    fn nb_or(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        as_set(thread, a, b, "update")
    }
    #[slot]
    fn nb_xor(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        as_set(thread, a, b, "symmetric_difference_update")
    }
    /// Return True if the view and the given iterable have a null intersection.
    #[method]
    fn isdisjoint(this: &Object, thread: &Thread, other: &Object) -> PyResult<bool> {
        let iterator = other.iter(thread)?;
        while let Some(item) = iterator.next(thread)? {
            if this.contains(thread, &item)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
});
view!(DictValues "dict_values" "PyDictValues_Type" DictValueIterator DictReverseValueIterator {});
