//! `set` and `frozenset`.

use std::ffi::c_int;

use pyrox_objects::object::PyType;
use pyrox_objects::{FrozenSet, Obj, Object, Owned, PyResult, Set, Thread, Type, set};

use crate::api::{bad_call, expect, length};
use crate::support::{Raw, give, status, truth};

/// The table of a set or frozenset.
unsafe fn any<'a>(thread: &Thread, object: Raw) -> PyResult<&'a Set> {
    // SAFETY: by the API's contract.
    unsafe { Object::from_ptr_or_null(object) }.and_then(set::table).ok_or_else(|| bad_call(thread))
}

unsafe fn make(thread: &Thread, class: &Type, iterable: Raw) -> PyResult<Obj> {
    // SAFETY: by the API's contract.
    match unsafe { Object::from_ptr_or_null(iterable) } {
        Some(iterable) => class.call(thread, &[iterable]),
        // A fresh frozenset may be filled by its maker, so the shared empty one will not do.
        None if std::ptr::eq(class, FrozenSet::ty()) => Set::frozen(thread, &[]),
        None => class.call(thread, &[]),
    }
}

crate::api! {
    /// `set(iterable)`; null gives an empty one.
    fn PySet_New(thread; iterable: Raw) -> Raw = give { make(thread, Set::ty(), iterable) }
    /// `frozenset(iterable)`; null gives an empty one.
    fn PyFrozenSet_New(thread; iterable: Raw) -> Raw = give { make(thread, FrozenSet::ty(), iterable) }

    /// How many keys there are.
    fn PySet_Size(thread; set: Raw) -> isize = length { Ok(any(thread, set)?.len() as isize) }

    /// Remove all keys.
    fn PySet_Clear(thread; set: Raw) -> c_int = status {
        expect::<Set>(thread, set)?.clear();
        Ok(())
    }

    /// Whether a key is in the set.
    fn PySet_Contains(thread; set: Raw, key: Raw) -> c_int = truth { any(thread, set)?.contains(thread, Object::from_ptr(key)) }
    /// Whether a key is in the set; a set counts as a frozenset.
    fn _PySet_Contains(thread; set: Raw, key: Raw) -> c_int = truth { any(thread, set)?.contains_any(thread, Object::from_ptr(key)) }

    /// Remove a key, if it is there.
    fn PySet_Discard(thread; set: Raw, key: Raw) -> c_int = truth { expect::<Set>(thread, set)?.discard(thread, Object::from_ptr(key)) }

    /// Add a key, to a frozenset only while nobody else has it.
    fn PySet_Add(thread; set: Raw, key: Raw) -> c_int = status {
        let table = any(thread, set)?;
        let object = Object::from_ptr(set);
        if !object.is_instance::<Set>() && object.refcount() != 1 {
            return Err(bad_call(thread));
        }
        table.add(thread, Object::from_ptr(key))
    }

    /// Add a key, taking the reference.
    fn _PySet_AddTakeRef(thread; set: Raw, key: Raw) -> c_int = status {
        let key: Obj = Owned::from_raw(key);
        any(thread, set)?.add(thread, &key)
    }

    /// Remove some key and give it.
    fn PySet_Pop(thread; set: Raw) -> Raw = give {
        expect::<Set>(thread, set)?.call_method(thread, pyrox_objects::intern!("pop"), &[])
    }

    /// Add all keys of an iterable.
    fn _PySet_Update(thread; set: Raw, iterable: Raw) -> c_int = status {
        expect::<Set>(thread, set)?.update(thread, crate::api::present(thread, iterable)?)
    }

    /// The next key, borrowed, with its hash; 0 at the end.
    fn _PySet_NextEntry(thread; set: Raw, position: *mut isize, key: *mut Raw, hash: *mut isize) -> c_int {
        let found = next(thread, set, position, hash);
        if let Ok(Some(found)) = &found {
            *key = found.as_ptr();
        }
        answer(found)
    }

    /// The next key with its hash; 0 at the end.
    fn _PySet_NextEntryRef(thread; set: Raw, position: *mut isize, key: *mut Raw, hash: *mut isize) -> c_int {
        let found = next(thread, set, position, hash);
        if let Ok(Some(found)) = &found {
            *key = found.clone().into_raw();
        }
        answer(found)
    }
}

unsafe fn next(thread: &Thread, set: Raw, position: *mut isize, hash: *mut isize) -> PyResult<Option<Obj>> {
    // SAFETY: by the API's contract.
    unsafe {
        let mut at = (*position).max(0) as usize;
        let found = any(thread, set)?.next(&mut at);
        *position = at as isize;
        Ok(found.map(|(key, its_hash)| {
            *hash = its_hash;
            key
        }))
    }
}

fn answer(found: PyResult<Option<Obj>>) -> c_int {
    truth(found.map(|key| key.is_some()))
}
