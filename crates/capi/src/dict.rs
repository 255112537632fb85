//! `dict`, `mappingproxy` and `OrderedDict`.

use std::ffi::{c_char, c_int, c_void};

use pyrox_objects::object::PyType;
use pyrox_objects::{Dict, List, MappingProxy, Obj, Object, Owned, PyResult, Raised, Str, Thread, Tuple, unraisable};

use crate::api::{bad_call, expect, lend, length, present};
use crate::support::{Raw, give, status, text, truth};

/// A key given as a C string.
unsafe fn name(thread: &Thread, key: *const c_char) -> PyResult<Owned<Str>> {
    // SAFETY: by the API's contract.
    unsafe { Str::from_str(thread, &text(key)) }
}

/// Store what was found, null for nothing: 1, 0 or -1.
unsafe fn deliver(found: PyResult<Option<Obj>>, to: *mut Raw) -> c_int {
    // SAFETY: by the API's contract; the place may be null.
    unsafe {
        let (value, answer) = match found {
            Ok(Some(value)) => (value.into_raw(), 1),
            Ok(None) => (std::ptr::null_mut(), 0),
            Err(Raised) => (std::ptr::null_mut(), -1),
        };
        if to.is_null() {
            pyrox_objects::object::xdecref(value);
        } else {
            *to = value;
        }
        answer
    }
}

/// Look up without ever raising: errors are reported and dropped.
fn quiet(thread: &Thread, message: &str, find: impl FnOnce() -> PyResult<Option<Obj>>) -> Raw {
    thread.aside(|| match find() {
        Ok(found) => lend(Ok(found)),
        Err(Raised) => {
            unraisable::write(thread, Some(message), None);
            std::ptr::null_mut()
        }
    })
}

/// What is done with keys that are there already.
#[derive(Clone, Copy, PartialEq)]
enum Existing {
    Keep,
    Overwrite,
    Refuse,
}

impl Existing {
    fn of(mode: c_int) -> Existing {
        match mode {
            0 => Existing::Keep,
            1 => Existing::Overwrite,
            _ => Existing::Refuse,
        }
    }
}

fn put(thread: &Thread, dict: &Dict, key: &Object, value: &Object, existing: Existing) -> PyResult<()> {
    if existing != Existing::Overwrite && dict.contains_key(thread, key)? {
        return if existing == Existing::Keep { Ok(()) } else { Err(thread.key_error(key)) };
    }
    dict.set(thread, key, value)
}

unsafe fn merge(thread: &Thread, dict: Raw, other: Raw, existing: Existing) -> PyResult<()> {
    // SAFETY: by the API's contract.
    let (dict, other) = unsafe {
        let dict: &Dict = expect(thread, dict)?;
        let Some(other) = Object::from_ptr_or_null(other) else { return Err(bad_call(thread)) };
        (dict, other)
    };
    let plain = |d: &Dict| d.ty().raw().tp_iter.get().map(|f| f as usize) == Dict::ty().raw().tp_iter.get().map(|f| f as usize);
    if let Some(source) = other.cast::<Dict>().filter(|source| plain(source)) {
        if existing == Existing::Overwrite {
            return dict.update(thread, source);
        }
        let count = source.len();
        for (key, value) in source.items_vec() {
            put(thread, dict, &key, &value, existing)?;
            if source.len() != count {
                return Err(thread.runtime_error("dict mutated during update"));
            }
        }
        return Ok(());
    }
    let keys = other.call_method(thread, pyrox_objects::intern!("keys"), &[])?;
    keys.for_each(thread, |key| {
        let value = other.get_item(thread, &key)?;
        put(thread, dict, &key, &value, existing)
    })
}

fn list_of(thread: &Thread, items: Vec<Obj>) -> PyResult<Obj> {
    List::from_vec(thread, items).map(Owned::upcast)
}

/// `collections.OrderedDict`.
fn ordered_dict(thread: &Thread) -> PyResult<Obj> {
    pyrox_interpreter::import::import_module(thread, "collections")?.getattr_str(thread, "OrderedDict")
}

crate::api! {
    /// An empty dict.
    fn PyDict_New(thread;) -> Raw = give { Dict::new(thread).map(Owned::upcast) }

    /// An empty dict with room.
    fn _PyDict_NewPresized(thread; count: isize) -> Raw = give {
        let dict = Dict::new(thread)?;
        dict.reserve(thread, count.clamp(0, 1 << 17) as usize)?;
        Ok(dict.upcast())
    }

    /// Remove all entries.
    fn PyDict_Clear(dict: Raw) {
        if let Some(dict) = Object::from_ptr_or_null(dict).and_then(|object| object.cast::<Dict>()) {
            dict.clear();
        }
    }

    /// How many entries there are.
    fn PyDict_Size(thread; dict: Raw) -> isize = length { Ok(expect::<Dict>(thread, dict)?.len() as isize) }

    /// A value, borrowed; errors are reported and dropped.
    fn PyDict_GetItem(thread; dict: Raw, key: Raw) -> Raw {
        let Some(dict) = Object::from_ptr_or_null(dict).and_then(|object| object.cast::<Dict>()) else { return std::ptr::null_mut() };
        quiet(
            thread,
            "Exception ignored in PyDict_GetItem(); consider using PyDict_GetItemRef() or PyDict_GetItemWithError()",
            || {
                let key = Object::from_ptr(key);
                dict.get_known(thread, key, key.hash(thread)?)
            },
        )
    }

    /// A value, borrowed; errors are reported and dropped.
    fn PyDict_GetItemString(thread; dict: Raw, key: *const c_char) -> Raw {
        let Some(dict) = Object::from_ptr_or_null(dict).and_then(|object| object.cast::<Dict>()) else { return std::ptr::null_mut() };
        quiet(
            thread,
            "Exception ignored in PyDict_GetItemString(); consider using PyDict_GetItemRefString()",
            || {
                let key = crate::unicode::from_utf8(thread, std::ffi::CStr::from_ptr(key).to_bytes())?;
                dict.get(thread, &key)
            },
        )
    }

    /// A value, borrowed.
    fn PyDict_GetItemWithError(thread; dict: Raw, key: Raw) -> Raw = lend {
        expect::<Dict>(thread, dict)?.get(thread, Object::from_ptr(key))
    }

    /// A value, borrowed.
    fn _PyDict_GetItemWithError(thread; dict: Raw, key: Raw) -> Raw = lend {
        expect::<Dict>(thread, dict)?.get(thread, Object::from_ptr(key))
    }

    /// A value, borrowed.
    fn _PyDict_GetItemStringWithError(thread; dict: Raw, key: *const c_char) -> Raw = lend {
        expect::<Dict>(thread, dict)?.get(thread, &*name(thread, key)?)
    }

    /// A value, borrowed, of a key whose hash is known.
    fn _PyDict_GetItem_KnownHash(thread; dict: Raw, key: Raw, hash: isize) -> Raw = lend {
        expect::<Dict>(thread, dict)?.get_known(thread, Object::from_ptr(key), hash)
    }

    /// Store a value, if it is there: 1, 0 or -1.
    fn PyDict_GetItemRef(thread; dict: Raw, key: Raw, to: *mut Raw) -> c_int {
        deliver(expect::<Dict>(thread, dict).and_then(|dict| dict.get(thread, Object::from_ptr(key))), to)
    }

    /// Store a value, if it is there: 1, 0 or -1.
    fn _PyDict_GetItemRef_KnownHash_LockHeld(thread; dict: Raw, key: Raw, hash: isize, to: *mut Raw) -> c_int {
        deliver(expect::<Dict>(thread, dict).and_then(|dict| dict.get_known(thread, Object::from_ptr(key), hash)), to)
    }

    /// Store a value, if it is there: 1, 0 or -1.
    fn PyDict_GetItemStringRef(thread; dict: Raw, key: *const c_char, to: *mut Raw) -> c_int {
        let found = crate::unicode::from_utf8(thread, std::ffi::CStr::from_ptr(key).to_bytes())
            .and_then(|key| expect::<Dict>(thread, dict)?.get(thread, &key));
        deliver(found, to)
    }

    /// `dict[key] = value`.
    fn PyDict_SetItem(thread; dict: Raw, key: Raw, value: Raw) -> c_int = status {
        expect::<Dict>(thread, dict)?.set(thread, Object::from_ptr(key), Object::from_ptr(value))
    }

    /// `dict[key] = value`.
    fn PyDict_SetItemString(thread; dict: Raw, key: *const c_char, value: Raw) -> c_int = status {
        let key = crate::unicode::from_utf8(thread, std::ffi::CStr::from_ptr(key).to_bytes())?;
        let key = Str::intern(thread, &key);
        expect::<Dict>(thread, dict)?.set(thread, &key, Object::from_ptr(value))
    }

    /// `dict[key] = value`.
    fn _PyDict_SetItem_KnownHash(thread; dict: Raw, key: Raw, value: Raw, hash: isize) -> c_int = status {
        expect::<Dict>(thread, dict)?.set_known(thread, Object::from_ptr(key), hash, Object::from_ptr(value))
    }

    /// `dict[key] = value`.
    fn _PyDict_SetItem_KnownHash_LockHeld(thread; dict: Raw, key: Raw, value: Raw, hash: isize) -> c_int = status {
        expect::<Dict>(thread, dict)?.set_known(thread, Object::from_ptr(key), hash, Object::from_ptr(value))
    }

    /// `dict[key] = value`, taking both references.
    fn _PyDict_SetItem_Take2(thread; dict: Raw, key: Raw, value: Raw) -> c_int = status {
        let (key, value): (Obj, Obj) = (Owned::from_raw(key), Owned::from_raw(value));
        expect::<Dict>(thread, dict)?.set(thread, &key, &value)
    }

    /// `del dict[key]`.
    fn PyDict_DelItem(thread; dict: Raw, key: Raw) -> c_int = status { delete(thread, dict, Object::from_ptr(key), None) }

    /// `del dict[key]`.
    fn PyDict_DelItemString(thread; dict: Raw, key: *const c_char) -> c_int = status {
        let key = crate::unicode::from_utf8(thread, std::ffi::CStr::from_ptr(key).to_bytes())?;
        delete(thread, dict, &key, None)
    }

    /// `del dict[key]`.
    fn _PyDict_DelItem_KnownHash(thread; dict: Raw, key: Raw, hash: isize) -> c_int = status {
        delete(thread, dict, Object::from_ptr(key), Some(hash))
    }

    /// Delete an entry if a predicate says so of its value: 1, 0 or -1.
    fn _PyDict_DelItemIf(
        thread; dict: Raw, key: Raw, predicate: unsafe extern "C" fn(Raw, *mut c_void) -> c_int, data: *mut c_void
    ) -> c_int = truth {
        let dict: &Dict = expect(thread, dict)?;
        let key = Object::from_ptr(key);
        let Some(value) = dict.get(thread, key)? else { return Err(thread.key_error(key)) };
        match predicate(value.as_ptr(), data) {
            0 => Ok(false),
            answer if answer < 0 => Err(Raised),
            _ => dict.remove(thread, key),
        }
    }

    /// Whether a key is there.
    fn PyDict_Contains(thread; dict: Raw, key: Raw) -> c_int = truth {
        expect::<Dict>(thread, dict)?.contains_key(thread, Object::from_ptr(key))
    }

    /// Whether a key is there.
    fn PyDict_ContainsString(thread; dict: Raw, key: *const c_char) -> c_int = truth {
        let key = crate::unicode::from_utf8(thread, std::ffi::CStr::from_ptr(key).to_bytes())?;
        expect::<Dict>(thread, dict)?.contains_key(thread, &key)
    }

    /// The next entry, borrowed; 0 at the end.
    fn PyDict_Next(dict: Raw, position: *mut isize, key: *mut Raw, value: *mut Raw) -> c_int {
        let Some(dict) = Object::from_ptr_or_null(dict).and_then(|object| object.cast::<Dict>()) else { return 0 };
        let mut at = (*position).max(0) as usize;
        let found = dict.next_borrowed(&mut at);
        *position = at as isize;
        let Some((k, v)) = found else { return 0 };
        if !key.is_null() {
            *key = k.as_ptr();
        }
        if !value.is_null() {
            *value = v.as_ptr();
        }
        1
    }

    /// The keys as a list.
    fn PyDict_Keys(thread; dict: Raw) -> Raw = give { list_of(thread, expect::<Dict>(thread, dict)?.keys_vec()) }
    /// The values as a list.
    fn PyDict_Values(thread; dict: Raw) -> Raw = give { list_of(thread, expect::<Dict>(thread, dict)?.values_vec()) }
    /// The entries as a list of pairs.
    fn PyDict_Items(thread; dict: Raw) -> Raw = give {
        let pairs = expect::<Dict>(thread, dict)?.items_vec();
        let pairs: PyResult<Vec<Obj>> =
            pairs.into_iter().map(|(key, value)| Tuple::from_vec(thread, vec![key, value]).map(Owned::upcast)).collect();
        list_of(thread, pairs?)
    }

    /// A shallow copy.
    fn PyDict_Copy(thread; dict: Raw) -> Raw = give { expect::<Dict>(thread, dict)?.copy(thread).map(Owned::upcast) }

    /// Add the entries of a mapping.
    fn PyDict_Update(thread; dict: Raw, other: Raw) -> c_int = status { merge(thread, dict, other, Existing::Overwrite) }
    /// Add the entries of a mapping.
    fn PyDict_Merge(thread; dict: Raw, other: Raw, existing: c_int) -> c_int = status {
        merge(thread, dict, other, if existing == 0 { Existing::Keep } else { Existing::Overwrite })
    }
    /// Add the entries of a mapping; a mode of 2 refuses keys that are there.
    fn _PyDict_MergeEx(thread; dict: Raw, other: Raw, existing: c_int) -> c_int = status {
        merge(thread, dict, other, Existing::of(existing))
    }

    /// Add pairs.
    fn PyDict_MergeFromSeq2(thread; dict: Raw, pairs: Raw, existing: c_int) -> c_int = status {
        let dict: &Dict = expect(thread, dict)?;
        let pairs = present(thread, pairs)?;
        if existing != 0 {
            return dict.update_pairs(thread, pairs);
        }
        // Pairs that come first win, so they are read into a dict of their own.
        let fresh = Dict::new(thread)?;
        let mut collected = Vec::new();
        pairs.for_each(thread, |pair| {
            let one = List::from_vec(thread, vec![pair])?;
            let single = Dict::new(thread)?;
            single.update_pairs(thread, &one)?;
            collected.extend(single.items_vec());
            Ok(())
        })?;
        for (key, value) in collected {
            put(thread, &fresh, &key, &value, Existing::Keep)?;
        }
        for (key, value) in fresh.items_vec() {
            put(thread, dict, &key, &value, Existing::Keep)?;
        }
        Ok(())
    }

    /// The value of a key, borrowed, put there if it is missing.
    fn PyDict_SetDefault(thread; dict: Raw, key: Raw, default: Raw) -> Raw = lend {
        Ok(Some(expect::<Dict>(thread, dict)?.set_default(thread, Object::from_ptr(key), Object::from_ptr(default))?))
    }

    /// Store the value of a key, put there if it is missing: 1 if it was there, 0 if not.
    fn PyDict_SetDefaultRef(thread; dict: Raw, key: Raw, default: Raw, to: *mut Raw) -> c_int {
        let result = expect::<Dict>(thread, dict)
            .and_then(|dict| dict.get_or_insert(thread, Object::from_ptr(key), Object::from_ptr(default)));
        match result {
            Ok((value, was_there)) => {
                if !to.is_null() {
                    *to = value.into_raw();
                }
                was_there as c_int
            }
            Err(Raised) => {
                if !to.is_null() {
                    *to = std::ptr::null_mut();
                }
                -1
            }
        }
    }

    /// Remove a key and store its value: 1, 0 or -1.
    fn PyDict_Pop(thread; dict: Raw, key: Raw, to: *mut Raw) -> c_int {
        let found = expect::<Dict>(thread, dict)
            .and_then(|dict| if dict.len() == 0 { Ok(None) } else { dict.pop(thread, Object::from_ptr(key)) });
        deliver(found, to)
    }

    /// Remove a key and store its value: 1, 0 or -1.
    fn PyDict_PopString(thread; dict: Raw, key: *const c_char, to: *mut Raw) -> c_int {
        let found = crate::unicode::from_utf8(thread, std::ffi::CStr::from_ptr(key).to_bytes())
            .and_then(|key| expect::<Dict>(thread, dict)?.pop(thread, &key));
        deliver(found, to)
    }

    /// Remove a key and give its value or the default.
    fn _PyDict_Pop(thread; dict: Raw, key: Raw, default: Raw) -> Raw = give {
        let key = Object::from_ptr(key);
        match expect::<Dict>(thread, dict)?.pop(thread, key)? {
            Some(value) => Ok(value),
            None => Object::from_ptr_or_null(default).map(Object::own).ok_or_else(|| thread.key_error(key)),
        }
    }

    /// A dict of keys and values that lie in arrays.
    fn _PyDict_FromItems(
        thread; keys: *const Raw, key_step: isize, values: *const Raw, value_step: isize, count: isize
    ) -> Raw = give {
        let dict = Dict::new(thread)?;
        for at in 0..count.max(0) {
            dict.set(thread, Object::from_ptr(*keys.offset(at * key_step)), Object::from_ptr(*values.offset(at * value_step)))?;
        }
        Ok(dict.upcast())
    }

    /// A global or builtin, borrowed.
    fn _PyDict_LoadGlobal(thread; globals: Raw, builtins: Raw, key: Raw) -> Raw = lend {
        let key = Object::from_ptr(key);
        match (*(globals as *const Dict)).get(thread, key)? {
            Some(value) => Ok(Some(value)),
            None => (*(builtins as *const Dict)).get(thread, key),
        }
    }

    /// Bytes that a dict takes.
    fn _PyDict_SizeOf(thread; dict: Raw) -> isize = length {
        let method = pyrox_objects::intern!("__sizeof__");
        Object::from_ptr(dict).call_method(thread, method, &[])?.as_isize(thread)
    }

    /// A read-only view of a mapping.
    fn PyDictProxy_New(thread; mapping: Raw) -> Raw = give {
        MappingProxy::ty().call(thread, &[present(thread, mapping)?])
    }

    /// `OrderedDict()`.
    fn PyODict_New(thread;) -> Raw = give { ordered_dict(thread)?.call(thread, &[]) }
    /// `dict[key] = value` of an ordered dict.
    fn PyODict_SetItem(thread; dict: Raw, key: Raw, value: Raw) -> c_int = status {
        Object::from_ptr(dict).set_item(thread, Object::from_ptr(key), Some(Object::from_ptr(value)))
    }
    /// `del dict[key]` of an ordered dict.
    fn PyODict_DelItem(thread; dict: Raw, key: Raw) -> c_int = status {
        Object::from_ptr(dict).set_item(thread, Object::from_ptr(key), None)
    }
}

unsafe fn delete(thread: &Thread, dict: Raw, key: &Object, hash: Option<isize>) -> PyResult<()> {
    // SAFETY: by the API's contract.
    let dict: &Dict = unsafe { expect(thread, dict) }?;
    let removed = match hash {
        Some(hash) => dict.pop_known(thread, key, hash)?,
        None => dict.pop(thread, key)?,
    };
    match removed {
        Some(_) => Ok(()),
        None => Err(thread.key_error(key)),
    }
}
