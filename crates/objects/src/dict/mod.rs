//! `dict`: a compact, insertion-ordered hash table; see `keys.rs` for its memory.
//!
//! `methods.rs` is the Python type, `views.rs` its views and iterators. A dict whose values lie with
//! an instance (`ma_values` set) shares its keys with the other instances of the class.
//!
//! Comparing keys can run Python code that changes the dict: every search that may do so holds a
//! reference to the candidate and starts again when the table is another one afterwards.

mod keys;
mod methods;
mod views;

use pyrox_abi as abi;
use pyrox_abi::{PyDictObject, PyObject};

use keys::{DUMMY, EMPTY, PERTURB_SHIFT};
pub use keys::{Keys, SHARED_CAPACITY};
pub use views::{
    DictItemIterator, DictItems, DictKeyIterator, DictKeys, DictReverseItemIterator, DictReverseKeyIterator, DictReverseValueIterator,
    DictValueIterator, DictValues,
};

use crate::managed::Values;
use crate::object::{Obj, Object, Owned, decref};
use crate::{PyResult, Str, Thread, Type};

type Raw = *mut PyObject;

/// A dict.
#[repr(transparent)]
pub struct Dict(PyDictObject);

/// Where a key is.
enum Found {
    At(usize),
    Missing,
}

impl Dict {
    pub fn new(thread: &Thread) -> PyResult<Owned<Dict>> {
        let object = <Dict as crate::PyType>::ty().allocate_untracked(thread, 0)?;
        // SAFETY: a fresh dict.
        let dict: Owned<Dict> = unsafe { object.cast_unchecked() };
        dict.0.ma_keys.set(keys::empty() as *mut _);
        unsafe { crate::gc::track(dict.as_ptr()) };
        Ok(dict)
    }

    /// A dict over an instance's values and its class's shared keys, of which it takes references.
    pub(crate) fn over_values(thread: &Thread, keys: *mut Keys, values: *mut Values, used: usize) -> PyResult<Owned<Dict>> {
        let dict = Dict::new(thread)?;
        // SAFETY: shared keys are alive.
        unsafe { (*keys).retain() };
        dict.0.ma_keys.set(keys as *mut _);
        dict.0.ma_values.set(values as *mut _);
        dict.0.ma_used.set(used as isize);
        Ok(dict)
    }

    /// Make a fresh `tp_alloc`ed dict usable.
    pub(crate) fn init_empty(&self) {
        if self.0.ma_keys.get().is_null() {
            self.0.ma_keys.set(keys::empty() as *mut _);
        }
    }

    #[inline(always)]
    pub fn keys(&self) -> &Keys {
        // SAFETY: a dict always has a table.
        unsafe { &*(self.0.ma_keys.get() as *const Keys) }
    }

    #[inline(always)]
    fn keys_ptr(&self) -> *mut Keys {
        self.0.ma_keys.get() as *mut Keys
    }

    #[inline(always)]
    pub(crate) fn values_ptr(&self) -> *mut Values {
        self.0.ma_values.get() as *mut Values
    }

    #[inline(always)]
    pub fn len(&self) -> usize {
        self.0.ma_used.get() as usize
    }

    fn set_len(&self, len: usize) {
        self.0.ma_used.set(len as isize);
    }

    /// Any change of the dict makes what caches know of it void.
    #[inline(always)]
    fn changed(&self) {
        self.keys().version.set(0);
    }

    /// The value of an entry, null if it is deleted.
    #[inline(always)]
    fn value_at(&self, at: usize) -> Raw {
        if self.0.ma_values.get().is_null() {
            self.keys().entry(at).1
        } else {
            // SAFETY: values are as many as the shared keys' capacity.
            unsafe { (*self.values_ptr()).get(at) }
        }
    }

    /// Find a key by hash and equality.
    fn find(&self, thread: &Thread, key: &Object, hash: isize) -> PyResult<Found> {
        'again: loop {
            let table = self.keys_ptr();
            let keys = self.keys();
            if keys.unicode && key.is_exact::<Str>() {
                return Ok(match keys.find_str(key.as_ptr(), hash) {
                    at if at >= 0 && !self.value_at(at as usize).is_null() => Found::At(at as usize),
                    _ => Found::Missing,
                });
            }
            let mask = keys.size() - 1;
            let mut perturb = hash as usize;
            let mut slot = perturb & mask;
            loop {
                let at = keys.index(slot);
                if at >= 0 {
                    let at = at as usize;
                    let candidate = keys.entry(at).0;
                    if candidate == key.as_ptr() {
                        return Ok(if self.value_at(at).is_null() { Found::Missing } else { Found::At(at) });
                    }
                    if keys.hash_at(at) == hash {
                        // SAFETY: the table owns its keys; the reference outlives the comparison.
                        let candidate = unsafe { Object::from_ptr(candidate) }.own();
                        let equal = candidate.eq(thread, key)?;
                        if self.keys_ptr() != table || keys.count.get() as usize <= at || keys.entry(at).0 != candidate.as_ptr() {
                            continue 'again;
                        }
                        if equal {
                            return Ok(if self.value_at(at).is_null() { Found::Missing } else { Found::At(at) });
                        }
                    }
                } else if at == EMPTY {
                    return Ok(Found::Missing);
                }
                perturb >>= PERTURB_SHIFT;
                slot = (slot.wrapping_mul(5).wrapping_add(perturb).wrapping_add(1)) & mask;
            }
        }
    }

    /// `self[key]`, or `None`. The hash is computed.
    pub fn get(&self, thread: &Thread, key: &Object) -> PyResult<Option<Obj>> {
        let hash = hash_key(thread, key)?;
        self.get_known(thread, key, hash)
    }

    /// As [`Dict::get`] with the key's hash.
    #[inline]
    pub fn get_known(&self, thread: &Thread, key: &Object, hash: isize) -> PyResult<Option<Obj>> {
        Ok(match self.find(thread, key, hash)? {
            // SAFETY: the dict owns the value.
            Found::At(at) => Some(unsafe { Object::from_ptr(self.value_at(at)) }.own()),
            Found::Missing => None,
        })
    }

    pub fn contains_key(&self, thread: &Thread, key: &Object) -> PyResult<bool> {
        let hash = hash_key(thread, key)?;
        Ok(matches!(self.find(thread, key, hash)?, Found::At(_)))
    }

    /// Look up an exact string without a chance of running Python code. Keys of other types that
    /// would have to be compared by calling are passed over.
    #[inline]
    pub fn get_str_borrowed(&self, key: &Str) -> Option<&Object> {
        let hash = key.hash_value();
        let keys = self.keys();
        if keys.unicode {
            let at = keys.find_str(key.as_ptr(), hash);
            if at < 0 {
                return None;
            }
            // SAFETY: the dict owns the value; null means deleted.
            return unsafe { Object::from_ptr_or_null(self.value_at(at as usize)) };
        }
        let mask = keys.size() - 1;
        let mut perturb = hash as usize;
        let mut slot = perturb & mask;
        loop {
            let at = keys.index(slot);
            if at >= 0 {
                let candidate = keys.entry(at as usize).0;
                let equal = candidate == key.as_ptr()
                    || (keys.hash_at(at as usize) == hash
                        // SAFETY: the table owns its keys.
                        && unsafe { Object::from_ptr(candidate) }.cast::<Str>().is_some_and(|c| c.same_as(key)));
                if equal {
                    // SAFETY: as above.
                    return unsafe { Object::from_ptr_or_null(self.value_at(at as usize)) };
                }
            } else if at == EMPTY {
                return None;
            }
            perturb >>= PERTURB_SHIFT;
            slot = (slot.wrapping_mul(5).wrapping_add(perturb).wrapping_add(1)) & mask;
        }
    }

    /// As [`Dict::get_str_borrowed`], a new reference.
    #[inline]
    pub fn get_str(&self, key: &Str) -> Option<Obj> {
        self.get_str_borrowed(key).map(Object::own)
    }

    /// The entry of an exact string key in a table of strings, for caches.
    pub fn entry_of_str(&self, key: &Str) -> Option<usize> {
        let keys = self.keys();
        if !keys.unicode {
            return None;
        }
        let at = keys.find_str(key.as_ptr(), key.hash_value());
        usize::try_from(at).ok()
    }

    /// The value of an entry, for caches that know where a key is.
    #[inline(always)]
    pub fn value_of_entry(&self, at: usize) -> Option<&Object> {
        if at >= self.keys().count.get() as usize {
            return None;
        }
        // SAFETY: within the entries; the dict owns the value, null means deleted.
        unsafe { Object::from_ptr_or_null(self.value_at(at)) }
    }

    /// The version of the keys without giving one.
    #[inline(always)]
    pub fn known_keys_version(&self) -> u32 {
        self.keys().version.get()
    }

    /// A version of the table's keys for caches: equal versions mean that the same keys are in the
    /// same entries. 0 if there are none left to give.
    pub fn keys_version(&self) -> u32 {
        let keys = self.keys();
        if keys.version.get() == 0 && !std::ptr::eq(keys, keys::empty()) {
            keys.version.set(next_version());
        }
        keys.version.get()
    }

    pub fn get_text(&self, thread: &Thread, key: &str) -> PyResult<Option<Obj>> {
        Ok(self.get_str(&*Str::intern_str(thread, key)?))
    }

    pub fn set_text(&self, thread: &Thread, key: &str, value: &Object) -> PyResult<()> {
        self.set(thread, &*Str::intern_str(thread, key)?, value)
    }

    /// `self[key] = value`.
    #[inline]
    pub fn set(&self, thread: &Thread, key: &Object, value: &Object) -> PyResult<()> {
        let hash = hash_key(thread, key)?;
        self.set_known(thread, key, hash, value)
    }

    /// As [`Dict::set`] with the key's hash.
    pub fn set_known(&self, thread: &Thread, key: &Object, hash: isize, value: &Object) -> PyResult<()> {
        match self.find(thread, key, hash)? {
            Found::At(at) => {
                let old = self.value_at(at);
                self.put_value(at, value.own().into_raw());
                // SAFETY: the dict owned it.
                unsafe { decref(old) };
                Ok(())
            }
            Found::Missing => self.insert_new(thread, key, hash, value),
        }
    }

    #[inline]
    fn put_value(&self, at: usize, value: Raw) {
        if self.0.ma_values.get().is_null() {
            self.keys().set_value(at, value);
        } else {
            // SAFETY: at is an entry of the shared keys.
            unsafe { (*self.values_ptr()).put(at, value) };
        }
    }

    /// Add a key that is not there.
    fn insert_new(&self, thread: &Thread, key: &Object, hash: isize, value: &Object) -> PyResult<()> {
        if !self.0.ma_values.get().is_null() {
            // Shared keys may have the key already, for another instance, or room for it.
            if key.is_exact::<Str>() {
                // SAFETY: just checked.
                let name = unsafe { key.cast_unchecked::<Str>() };
                // SAFETY: the values live as long as the dict lies over them.
                let room = |at: &usize| unsafe { (*self.values_ptr()).has_room(*at) };
                if let Some(at) = shared_insert(self.keys_ptr(), name).filter(room) {
                    // SAFETY: at is within the values.
                    unsafe { (*self.values_ptr()).add(at, value.own().into_raw()) };
                    self.set_len(self.len() + 1);
                    return Ok(());
                }
            }
            self.unshare(thread)?;
        }
        let is_str = key.is_exact::<Str>();
        if self.keys().usable.get() <= 0 || (self.keys().unicode && !is_str) {
            self.grow(thread, is_str)?;
        }
        let keys = self.keys();
        let slot = keys.find_empty(hash);
        let at = keys.count.get() as usize;
        keys.set_index(slot, at as isize);
        keys.set_entry(at, hash, key.own().into_raw(), value.own().into_raw());
        keys.count.set(at as u32 + 1);
        keys.usable.set(keys.usable.get() - 1);
        self.set_len(self.len() + 1);
        self.changed();
        Ok(())
    }

    /// Make room: a table of three times the used entries.
    fn grow(&self, thread: &Thread, next_is_str: bool) -> PyResult<()> {
        let unicode = self.keys().unicode && next_is_str;
        let wanted = if std::ptr::eq(self.keys(), keys::empty()) { 5 } else { (self.len() * 3 * 2).div_ceil(3).max(self.len() + 1) };
        self.rebuild(thread, keys::log2_for(wanted), unicode)
    }

    /// Make room for `count` entries in all.
    pub fn reserve(&self, thread: &Thread, count: usize) -> PyResult<()> {
        if self.0.ma_values.get().is_null() && count > self.len() + self.keys().usable.get().max(0) as usize {
            self.rebuild(thread, keys::log2_for(count), self.keys().unicode)?;
        }
        Ok(())
    }

    /// Move all entries to a new table.
    fn rebuild(&self, thread: &Thread, log2_size: u8, unicode: bool) -> PyResult<()> {
        if log2_size > 30 {
            return Err(thread.no_memory());
        }
        let table = Keys::new(log2_size, unicode, false);
        if table.is_null() {
            return Err(thread.no_memory());
        }
        let old = self.keys_ptr();
        // SAFETY: both tables are valid; references move from the old one to the new one.
        unsafe {
            let (from, to) = (&*old, &*table);
            let mut count = 0;
            for at in 0..from.count.get() as usize {
                let (key, value) = from.entry(at);
                if value.is_null() {
                    debug_assert!(key.is_null());
                    continue;
                }
                let hash = from.hash_at(at);
                to.set_entry(count, hash, key, value);
                to.set_index(to.find_empty(hash), count as isize);
                count += 1;
            }
            to.count.set(count as u32);
            to.usable.set(to.usable.get() - count as i32);
            self.0.ma_keys.set(table as *mut _);
            Keys::free_moved(old);
        }
        Ok(())
    }

    /// Give a dict over shared keys a table of its own.
    pub(crate) fn unshare(&self, thread: &Thread) -> PyResult<()> {
        let values = self.values_ptr();
        if values.is_null() {
            return Ok(());
        }
        let table = Keys::new(keys::log2_for(self.len() + 1), true, false);
        if table.is_null() {
            return Err(thread.no_memory());
        }
        // SAFETY: values and keys are valid; the values' references move.
        unsafe {
            let (from, to) = (self.keys_ptr(), &*table);
            let mut count = 0;
            for order in 0..(*values).len() {
                let at = (*values).order(order);
                let value = (*values).get(at);
                if value.is_null() {
                    continue;
                }
                let key = (*from).entry(at).0;
                let hash = (*from).hash_at(at);
                abi::incref(key);
                to.set_entry(count, hash, key, value);
                to.set_index(to.find_empty(hash), count as isize);
                count += 1;
            }
            to.count.set(count as u32);
            to.usable.set(to.usable.get() - count as i32);
            self.0.ma_keys.set(table as *mut _);
            self.0.ma_values.set(std::ptr::null_mut());
            Values::forget(values);
            Keys::release(from);
        }
        Ok(())
    }

    /// Take the entry at `at` out: key and value, owned.
    fn take_entry(&self, at: usize) -> (Obj, Obj) {
        // SAFETY: the dict owns both; they move to the caller.
        unsafe {
            if self.0.ma_values.get().is_null() {
                let keys = self.keys();
                let (key, value) = keys.entry(at);
                let slot = keys.slot_of(keys.hash_at(at), at as isize);
                keys.set_index(slot, DUMMY);
                keys.set_entry(at, 0, std::ptr::null_mut(), std::ptr::null_mut());
                self.set_len(self.len() - 1);
                self.changed();
                (Owned::from_raw(key), Owned::from_raw(value))
            } else {
                let key = Object::from_ptr(self.keys().entry(at).0).own();
                let value = (*self.values_ptr()).remove(at);
                self.set_len(self.len() - 1);
                (key, Owned::from_raw(value))
            }
        }
    }

    /// Remove `key`; false if it is not there.
    pub fn remove(&self, thread: &Thread, key: &Object) -> PyResult<bool> {
        Ok(self.pop(thread, key)?.is_some())
    }

    /// Remove `key` and give its value.
    pub fn pop(&self, thread: &Thread, key: &Object) -> PyResult<Option<Obj>> {
        if self.len() == 0 {
            hash_key(thread, key)?;
            return Ok(None);
        }
        let hash = hash_key(thread, key)?;
        self.pop_known(thread, key, hash)
    }

    /// As [`Dict::pop`] with the key's hash.
    pub fn pop_known(&self, thread: &Thread, key: &Object, hash: isize) -> PyResult<Option<Obj>> {
        match self.find(thread, key, hash)? {
            Found::At(at) => {
                let (key, value) = self.take_entry(at);
                drop(key);
                Ok(Some(value))
            }
            Found::Missing => Ok(None),
        }
    }

    /// Remove and give the newest entry.
    pub fn pop_item(&self, thread: &Thread) -> PyResult<Option<(Obj, Obj)>> {
        self.unshare(thread)?;
        let keys = self.keys();
        let mut at = keys.count.get() as usize;
        while at > 0 {
            at -= 1;
            if !keys.entry(at).1.is_null() {
                let entry = self.take_entry(at);
                // The place can be used again.
                keys.count.set(at as u32);
                keys.usable.set(keys.usable.get() + 1);
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// Remove everything.
    pub fn clear(&self) {
        // SAFETY: the old table and values are given back after the dict is empty.
        unsafe {
            let values = self.values_ptr();
            let old = self.keys_ptr();
            if values.is_null() {
                self.0.ma_keys.set(keys::empty() as *mut _);
                self.set_len(0);
                Keys::release(old);
            } else {
                self.0.ma_keys.set(keys::empty() as *mut _);
                self.0.ma_values.set(std::ptr::null_mut());
                self.set_len(0);
                Values::clear_and_forget(values);
                Keys::release(old);
            }
        }
    }

    /// The next entry from `position` on, in order; borrows that end with the next change.
    #[inline]
    pub fn next_borrowed(&self, position: &mut usize) -> Option<(&Object, &Object)> {
        let values = self.values_ptr();
        // SAFETY: entries own their keys and values.
        unsafe {
            if values.is_null() {
                let keys = self.keys();
                while *position < keys.count.get() as usize {
                    let (key, value) = keys.entry(*position);
                    *position += 1;
                    if !value.is_null() {
                        return Some((Object::from_ptr(key), Object::from_ptr(value)));
                    }
                }
                None
            } else {
                while *position < (*values).len() {
                    let at = (*values).order(*position);
                    *position += 1;
                    let value = (*values).get(at);
                    if !value.is_null() {
                        return Some((Object::from_ptr(self.keys().entry(at).0), Object::from_ptr(value)));
                    }
                }
                None
            }
        }
    }

    /// The entry before `position`, walking back.
    pub(crate) fn previous(&self, position: &mut usize) -> Option<(Obj, Obj)> {
        let values = self.values_ptr();
        // SAFETY: as above.
        unsafe {
            while *position > 0 {
                *position -= 1;
                let (key, value) = if values.is_null() {
                    if *position >= self.keys().count.get() as usize {
                        continue;
                    }
                    self.keys().entry(*position)
                } else {
                    let at = (*values).order(*position);
                    (self.keys().entry(at).0, (*values).get(at))
                };
                if !value.is_null() {
                    return Some((Object::from_ptr(key).own(), Object::from_ptr(value).own()));
                }
            }
        }
        None
    }

    /// One past the last position that [`Dict::next_borrowed`] can take.
    pub(crate) fn end_position(&self) -> usize {
        let values = self.values_ptr();
        // SAFETY: as above.
        if values.is_null() { self.keys().count.get() as usize } else { unsafe { (*values).len() } }
    }

    /// All entries, owned.
    pub fn items_vec(&self) -> Vec<(Obj, Obj)> {
        let mut items = Vec::with_capacity(self.len());
        let mut position = 0;
        while let Some((key, value)) = self.next_borrowed(&mut position) {
            items.push((key.own(), value.own()));
        }
        items
    }

    pub fn keys_vec(&self) -> Vec<Obj> {
        self.items_vec().into_iter().map(|(key, _)| key).collect()
    }

    /// The keys with their hashes, in order.
    pub fn keys_with_hashes(&self) -> Vec<(Obj, isize)> {
        let mut keys = Vec::with_capacity(self.len());
        let mut position = 0;
        while let Some((key, _)) = self.next_borrowed(&mut position) {
            let hash = match key.exact::<Str>() {
                Some(text) => text.hash_value(),
                None => self.keys().hash_at(position - 1),
            };
            keys.push((key.own(), hash));
        }
        keys
    }

    pub fn values_vec(&self) -> Vec<Obj> {
        self.items_vec().into_iter().map(|(_, value)| value).collect()
    }

    /// A shallow copy, a plain `dict`.
    pub fn copy(&self, thread: &Thread) -> PyResult<Owned<Dict>> {
        let copy = Dict::new(thread)?;
        copy.reserve(thread, self.len())?;
        let mut position = 0;
        // No key is compared: they are all different. So nothing runs in between.
        while let Some((key, value)) = self.next_borrowed(&mut position) {
            let hash = match key.exact::<Str>() {
                Some(text) => text.hash_value(),
                None => self.keys().hash_at(position - 1),
            };
            copy.insert_new(thread, key, hash, value)?;
        }
        Ok(copy)
    }

    /// `self.setdefault(key, default)`.
    pub fn set_default(&self, thread: &Thread, key: &Object, default: &Object) -> PyResult<Obj> {
        Ok(self.get_or_insert(thread, key, default)?.0)
    }

    /// The value of `key`, put there if it was missing, and whether it was there before.
    pub fn get_or_insert(&self, thread: &Thread, key: &Object, default: &Object) -> PyResult<(Obj, bool)> {
        let hash = hash_key(thread, key)?;
        if let Found::At(at) = self.find(thread, key, hash)? {
            // SAFETY: the dict owns the value.
            return Ok((unsafe { Object::from_ptr(self.value_at(at)) }.own(), true));
        }
        self.insert_new(thread, key, hash, default)?;
        Ok((default.own(), false))
    }

    /// `self.update(other)`, from a mapping or an iterable of pairs; existing keys are overwritten.
    pub fn update(&self, thread: &Thread, other: &Object) -> PyResult<()> {
        if let Some(dict) = other.cast::<Dict>() {
            let plain =
                other.ty().raw().tp_iter.get().map(|f| f as usize) == <Dict as crate::PyType>::ty().raw().tp_iter.get().map(|f| f as usize);
            if plain {
                if std::ptr::eq(self, dict) {
                    return Ok(());
                }
                self.reserve(thread, self.len().max(dict.len()))?;
                let length = dict.len();
                let values = dict.values_vec();
                for ((key, hash), value) in dict.keys_with_hashes().into_iter().zip(values) {
                    self.set_known(thread, &key, hash, &value)?;
                    if dict.len() != length {
                        return Err(thread.runtime_error("dict mutated during update"));
                    }
                }
                return Ok(());
            }
        }
        if let Some(keys) = other.lookup_attr(thread, crate::intern!("keys"))? {
            let keys = keys.call(thread, &[])?;
            if keys.ty().raw().tp_iter.get().is_none() && !keys.is_sequence() {
                return Err(thread.type_error(&format!(
                    "{}.keys() returned a non-iterable (type {})",
                    other.ty().full_name(),
                    keys.ty().full_name()
                )));
            }
            return keys.for_each(thread, |key| {
                let value = other.get_item(thread, &key)?;
                self.set(thread, &key, &value)
            });
        }
        self.update_pairs(thread, other)
    }

    /// Add pairs of an iterable.
    pub fn update_pairs(&self, thread: &Thread, pairs: &Object) -> PyResult<()> {
        let mut at = 0;
        pairs.for_each(thread, |pair| {
            let items = match pair.to_items(thread) {
                Ok(items) => items,
                Err(raised) => {
                    if thread.take_if(crate::exceptions::type_error()) {
                        let raised = thread.type_error("object is not iterable");
                        let note = format!("Cannot convert dictionary update sequence element #{at} to a sequence");
                        if let Some(exception) = thread.take_raised() {
                            crate::exceptions::add_note(thread, &exception, &note)?;
                            thread.set_raised(Some(exception));
                        }
                        return Err(raised);
                    }
                    return Err(raised);
                }
            };
            let [key, value] = items.as_slice() else {
                return Err(
                    thread.value_error(&format!("dictionary update sequence element #{at} has length {}; 2 is required", items.len()))
                );
            };
            at += 1;
            self.set(thread, key, value)
        })
    }
}

/// The hash of a key; the error of an unhashable one says that it was to be a key.
#[inline]
fn hash_key(thread: &Thread, key: &Object) -> PyResult<isize> {
    match key.exact::<Str>() {
        Some(text) => Ok(text.hash_value()),
        None => key.hash(thread).map_err(|raised| unhashable(thread, key, "a dict key", raised)),
    }
}

/// Say in a raised `TypeError` what the unhashable object was to be.
#[cold]
pub(crate) fn unhashable(thread: &Thread, key: &Object, place: &str, raised: crate::Raised) -> crate::Raised {
    let plain = thread.raised().is_some_and(|e| std::ptr::eq(e.ty(), crate::exceptions::type_error()));
    if !plain {
        return raised;
    }
    let Some(exception) = thread.take_raised() else { return raised };
    match exception.str(thread) {
        Ok(text) => thread.type_error(&format!("cannot use '{}' as {place} ({text})", key.ty().full_name())),
        Err(raised) => raised,
    }
}

/// Find or add a name in a class's shared keys; `None` if there is no room.
pub(crate) fn shared_insert(keys: *mut Keys, name: &Str) -> Option<usize> {
    // SAFETY: shared keys live as long as their class or a dict that uses them.
    let keys = unsafe { &*keys };
    let hash = name.hash_value();
    let at = keys.find_str(name.as_ptr(), hash);
    if at >= 0 {
        return Some(at as usize);
    }
    if keys.usable.get() <= 0 {
        return None;
    }
    let at = keys.count.get() as usize;
    let slot = keys.find_empty(hash);
    keys.set_index(slot, at as isize);
    keys.set_entry(at, hash, (**name).own().into_raw(), std::ptr::null_mut());
    keys.count.set(at as u32 + 1);
    keys.usable.set(keys.usable.get() - 1);
    keys.version.set(0);
    Some(at)
}

/// Keys for the instances of a new class; null if there is no memory, which means no inline values.
pub fn new_shared_keys() -> *mut Keys {
    Keys::new(6, true, true)
}

/// # Safety
/// The caller owned the reference.
pub unsafe fn release_shared_keys(keys: *mut Keys) {
    if !keys.is_null() {
        // SAFETY: by contract.
        unsafe { Keys::release(keys) }
    }
}

/// Bytes of a class's shared keys.
pub fn shared_keys_size(ty: &Type) -> usize {
    if !ty.is_heap() {
        return 0;
    }
    // SAFETY: just checked.
    let keys = unsafe { ty.heap() }.ht_cached_keys.get() as *mut Keys;
    // SAFETY: null or valid.
    unsafe { keys.as_ref() }.map_or(0, |k| Keys::byte_size(k.log2_size, k.unicode))
}

/// A new version for the interpreter's caches; 0 when none are left.
pub(crate) fn next_version() -> u32 {
    thread_local! { static NEXT: std::cell::Cell<u32> = const { std::cell::Cell::new(1) }; }
    NEXT.with(|next| {
        let version = next.get();
        if version == u32::MAX {
            return 0;
        }
        next.set(version + 1);
        version
    })
}

/// Drop what a dying dict holds.
///
/// # Safety
/// A destructor contract.
unsafe fn dealloc(object: Raw) {
    // SAFETY: by contract.
    unsafe {
        crate::gc::untrack(object);
        let dict = &*(object as *const Dict);
        let values = dict.values_ptr();
        if !dict.0.ma_keys.get().is_null() {
            if !values.is_null() {
                Values::clear_and_forget(values);
            }
            Keys::release(dict.keys_ptr());
        }
        crate::dealloc::free_instance(object, (*object).ob_type.get());
    }
}

unsafe fn traverse(object: Raw, visit: abi::visitproc, data: *mut std::ffi::c_void) -> i32 {
    // SAFETY: a traverseproc contract.
    unsafe {
        let dict = &*(object as *const Dict);
        if dict.0.ma_keys.get().is_null() {
            return 0;
        }
        let mut position = 0;
        while let Some((key, value)) = dict.next_borrowed(&mut position) {
            for item in [key, value] {
                let status = visit(item.as_ptr(), data);
                if status != 0 {
                    return status;
                }
            }
        }
        0
    }
}
