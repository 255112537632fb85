//! Instance attributes: inline values behind the object, and the dict that appears when asked for.
//!
//! An instance of a class with `MANAGED_DICT` has a dict pointer at -24. With `INLINE_VALUES` its
//! attributes lie behind the basic size, in the places that the class's shared keys name; the dict
//! pointer stays null until somebody asks for `__dict__`, and the dict then lies over the same values.

use std::cell::Cell;

use pyrox_abi as abi;
use pyrox_abi::PyObject;

use crate::dict::{Keys, shared_insert};
use crate::object::{Obj, Object, Owned, decref, xdecref};
use crate::{Dict, PyResult, Str, Thread, Type};

type Raw = *mut PyObject;

/// Values of one instance, by entry of the shared keys, and the order they were added in:
/// this header, then `capacity` values, then `capacity` bytes of order.
#[repr(C)]
pub struct Values {
    count: Cell<u8>,
    capacity: u8,
    /// The values are the instance's: no dict has taken other storage.
    valid: Cell<bool>,
    _padding: [u8; 5],
}

impl Values {
    const fn byte_size(capacity: usize) -> usize {
        (size_of::<Values>() + capacity * 9 + 7) & !7
    }

    #[inline(always)]
    fn value_cell(&self, at: usize) -> &Cell<Raw> {
        debug_assert!(at < self.capacity as usize);
        // SAFETY: the values follow the header; shared keys give no entry beyond the capacity.
        unsafe { &*((self as *const Values).add(1) as *const Cell<Raw>).add(at) }
    }

    #[inline(always)]
    fn order_cell(&self, position: usize) -> &Cell<u8> {
        debug_assert!(position < self.capacity as usize);
        // SAFETY: the order follows the values.
        unsafe {
            let first = ((self as *const Values).add(1) as *const Raw).add(self.capacity as usize) as *const Cell<u8>;
            &*first.add(position)
        }
    }

    /// Whether the entry `at` of the shared keys has a place here.
    #[inline(always)]
    pub fn has_room(&self, at: usize) -> bool {
        at < self.capacity as usize
    }

    /// The value of entry `at`, or null.
    #[inline(always)]
    pub fn get(&self, at: usize) -> Raw {
        if at < self.capacity as usize { self.value_cell(at).get() } else { std::ptr::null_mut() }
    }

    #[inline(always)]
    pub fn put(&self, at: usize, value: Raw) {
        self.value_cell(at).set(value);
    }

    pub fn len(&self) -> usize {
        self.count.get() as usize
    }

    pub fn order(&self, position: usize) -> usize {
        self.order_cell(position).get() as usize
    }

    /// Set a value that was not there.
    #[inline]
    pub fn add(&self, at: usize, value: Raw) {
        self.value_cell(at).set(value);
        let count = self.count.get();
        self.order_cell(count as usize).set(at as u8);
        self.count.set(count + 1);
    }

    /// Take a value out and close the gap in the order.
    pub fn remove(&self, at: usize) -> Raw {
        let count = self.count.get() as usize;
        if let Some(position) = (0..count).find(|&p| self.order(p) == at) {
            for p in position..count - 1 {
                self.order_cell(p).set(self.order_cell(p + 1).get());
            }
            self.count.set(count as u8 - 1);
        }
        self.value_cell(at).replace(std::ptr::null_mut())
    }

    /// The values' references were moved elsewhere.
    ///
    /// # Safety
    /// `this` is valid and not used as values any more.
    pub unsafe fn forget(this: *mut Values) {
        // SAFETY: by contract.
        unsafe {
            (*this).valid.set(false);
            (*this).count.set(0);
            for at in 0..(*this).capacity as usize {
                (*this).put(at, std::ptr::null_mut());
            }
        }
    }

    /// Drop all values.
    ///
    /// # Safety
    /// As [`Values::forget`].
    pub unsafe fn clear_and_forget(this: *mut Values) {
        // SAFETY: by contract; references leave the storage before anything can run.
        unsafe {
            let held: Vec<Raw> = (0..(*this).len()).map(|p| (*this).get((*this).order(p))).collect();
            Values::forget(this);
            for value in held {
                xdecref(value);
            }
        }
    }
}

/// How many values a new instance of `ty` has room for: what is used so far and some more.
#[inline(always)]
fn capacity(ty: &Type) -> usize {
    // SAFETY: shared keys of a heap type are valid, or null without memory for them.
    unsafe { shared_keys(ty).as_ref() }.map_or(0, |keys| keys.count.get() as usize + keys.usable.get().max(0) as usize)
}

/// Bytes behind the basic size that a new instance of `ty` needs for its values.
#[inline(always)]
pub fn inline_size(ty: &Type) -> usize {
    Values::byte_size(capacity(ty))
}

/// Where the inline values of an instance lie.
///
/// # Safety
/// The type of the object has `INLINE_VALUES`.
#[inline(always)]
pub unsafe fn inline_values<'a>(object: Raw, ty: &Type) -> &'a Values {
    // SAFETY: by contract.
    unsafe { &*((object as *mut u8).add(ty.raw().tp_basicsize.get() as usize) as *const Values) }
}

/// # Safety
/// `object` is fresh memory for an instance of `ty`, which has `INLINE_VALUES`.
pub unsafe fn init_inline(object: Raw, ty: &Type) {
    // SAFETY: by contract.
    unsafe {
        let values = (object as *mut u8).add(ty.raw().tp_basicsize.get() as usize) as *mut Values;
        let capacity = capacity(ty);
        std::ptr::write_bytes(values as *mut u8, 0, size_of::<Values>() + capacity * size_of::<Raw>());
        (&raw mut (*values).capacity).write(capacity as u8);
        (*values).valid.set(capacity > 0);
        // Each instance narrows the room for keys that none has used yet, so that later instances
        // are small.
        if let Some(keys) = shared_keys(ty).as_ref() {
            if keys.usable.get() > 1 {
                keys.usable.set(keys.usable.get() - 1);
            }
        }
    }
}

/// The managed dict pointer.
///
/// # Safety
/// The type of the object has `MANAGED_DICT`.
#[inline(always)]
pub unsafe fn dict_slot<'a>(object: Raw) -> &'a Cell<Raw> {
    // SAFETY: by contract the word lies in front of the object.
    unsafe { &*((object as *mut u8).offset(abi::MANAGED_DICT_OFFSET as isize) as *const Cell<Raw>) }
}

/// Where `tp_dictoffset` says that the dict is; negative offsets other than -1 count from the end.
unsafe fn offset_slot<'a>(object: &Object, offset: isize) -> &'a Cell<Raw> {
    // SAFETY: the type's layout has the field.
    unsafe {
        let mut offset = offset;
        if offset < 0 {
            let size = (*(object.as_ptr() as *const abi::PyVarObject)).ob_size.get().unsigned_abs();
            let raw = object.ty().raw();
            let total = (raw.tp_basicsize.get() as usize + size * raw.tp_itemsize.get() as usize + 7) & !7;
            offset += total as isize;
        }
        &*((object.as_ptr() as *mut u8).offset(offset) as *const Cell<Raw>)
    }
}

#[inline(always)]
fn shared_keys(ty: &Type) -> *mut Keys {
    // SAFETY: only heap types have inline values.
    unsafe { ty.heap() }.ht_cached_keys.get() as *mut Keys
}

/// The attribute that the instance itself holds.
#[inline]
pub fn get(_thread: &Thread, object: &Object, name: &Str) -> PyResult<Option<Obj>> {
    let ty = object.ty();
    let flags = ty.flags();
    // SAFETY: the flags prove the layout.
    unsafe {
        if flags & abi::Py_TPFLAGS_MANAGED_DICT != 0 {
            let dict = dict_slot(object.as_ptr()).get();
            if !dict.is_null() {
                return get_in_dict(dict, name);
            }
            if flags & abi::Py_TPFLAGS_INLINE_VALUES != 0 {
                let at = (*shared_keys(ty)).find_str(name.as_ptr(), name.hash_value());
                if at < 0 {
                    return Ok(None);
                }
                let value = inline_values(object.as_ptr(), ty).get(at as usize);
                return Ok(Object::from_ptr_or_null(value).map(Object::own));
            }
            return Ok(None);
        }
        let offset = ty.raw().tp_dictoffset.get();
        if offset == 0 {
            return Ok(None);
        }
        let dict = offset_slot(object, offset).get();
        if dict.is_null() { Ok(None) } else { get_in_dict(dict, name) }
    }
}

unsafe fn get_in_dict(dict: Raw, name: &Str) -> PyResult<Option<Obj>> {
    // SAFETY: instance dicts are dicts.
    let dict = unsafe { &*(dict as *const Dict) };
    Ok(dict.get_str(name))
}

/// How storing an attribute went.
pub enum Stored {
    Done,
    /// To be deleted, but not there.
    Missing,
    /// Instances of this type have no room for attributes.
    NoDict,
}

/// Set or delete an attribute of the instance itself.
pub fn set(thread: &Thread, object: &Object, name: &Str, value: Option<&Object>) -> PyResult<Stored> {
    let ty = object.ty();
    let flags = ty.flags();
    // SAFETY: the flags prove the layout.
    unsafe {
        if flags & abi::Py_TPFLAGS_INLINE_VALUES != 0 && dict_slot(object.as_ptr()).get().is_null() {
            let values = inline_values(object.as_ptr(), ty);
            let keys = shared_keys(ty);
            match value {
                Some(new) => {
                    if values.valid.get() && !keys.is_null() {
                        let interned;
                        let name = if name.is_exact::<Str>() {
                            name
                        } else {
                            interned = Str::intern(thread, name);
                            &*interned
                        };
                        if let Some(at) = shared_insert(keys, name).filter(|&at| values.has_room(at)) {
                            let old = values.get(at);
                            if old.is_null() {
                                values.add(at, new.own().into_raw());
                            } else {
                                values.put(at, new.own().into_raw());
                                decref(old);
                            }
                            return Ok(Stored::Done);
                        }
                    }
                }
                None => {
                    let at = (*keys).find_str(name.as_ptr(), name.hash_value());
                    if at < 0 || values.get(at as usize).is_null() {
                        return Ok(Stored::Missing);
                    }
                    decref(values.remove(at as usize));
                    return Ok(Stored::Done);
                }
            }
        }
    }
    let Some(dict) = dict_of(thread, object)? else { return Ok(Stored::NoDict) };
    match value {
        Some(value) => dict.set(thread, name, value)?,
        None => {
            if !dict.remove(thread, name)? {
                return Ok(Stored::Missing);
            }
        }
    }
    Ok(Stored::Done)
}

/// The instance's dict, made now if there is none yet; `None` if its type has no room for one.
pub fn dict_of(thread: &Thread, object: &Object) -> PyResult<Option<Owned<Dict>>> {
    let ty = object.ty();
    let flags = ty.flags();
    // SAFETY: the flags prove the layout; instance dicts are dicts.
    unsafe {
        let slot = if flags & abi::Py_TPFLAGS_MANAGED_DICT != 0 {
            dict_slot(object.as_ptr())
        } else {
            match ty.raw().tp_dictoffset.get() {
                0 => return Ok(None),
                offset => offset_slot(object, offset),
            }
        };
        if slot.get().is_null() {
            let dict = if flags & abi::Py_TPFLAGS_INLINE_VALUES != 0 && inline_values(object.as_ptr(), ty).valid.get() {
                let values = inline_values(object.as_ptr(), ty);
                Dict::over_values(thread, shared_keys(ty), values as *const Values as *mut Values, values.len())?
            } else {
                Dict::new(thread)?
            };
            slot.set(dict.into_raw());
        }
        Ok(Some(Object::from_ptr(slot.get()).own().cast_unchecked()))
    }
}

/// Where the instance's dict pointer lies, a managed dict being made now; `None` if its type has no room for one.
pub fn dict_place<'a>(thread: &Thread, object: &'a Object) -> PyResult<Option<&'a Cell<Raw>>> {
    let ty = object.ty();
    // SAFETY: the flags prove the layout.
    unsafe {
        if ty.flags() & abi::Py_TPFLAGS_MANAGED_DICT != 0 {
            dict_of(thread, object)?;
            return Ok(Some(dict_slot(object.as_ptr())));
        }
        Ok(match ty.raw().tp_dictoffset.get() {
            0 => None,
            offset => Some(offset_slot(object, offset)),
        })
    }
}

/// `PyObject_VisitManagedDict`.
///
/// # Safety
/// A traverseproc contract.
pub unsafe fn traverse_own(object: Raw, visit: abi::visitproc, data: *mut std::ffi::c_void) -> i32 {
    // SAFETY: by contract.
    unsafe {
        let ty = Type::from_ptr((*object).ob_type.get());
        if ty.flags() & abi::Py_TPFLAGS_MANAGED_DICT == 0 {
            return 0;
        }
        traverse(object, ty, <Object as crate::PyType>::ty(), visit, data)
    }
}

/// `object.__dict__ = value`; deletion gives an empty dict at the next use.
pub fn replace_dict(thread: &Thread, object: &Object, value: Option<&Object>) -> PyResult<()> {
    let new = match value {
        Some(value) => match value.cast::<Dict>() {
            Some(dict) => (**dict).own().into_raw(),
            None => {
                return Err(thread.type_error(&format!("__dict__ must be set to a dictionary, not a '{}'", value.ty().full_name())));
            }
        },
        None => std::ptr::null_mut(),
    };
    // The old dict takes its values with it.
    let Some(old) = dict_of(thread, object)? else {
        // SAFETY: owned.
        unsafe { xdecref(new) };
        return Err(thread.attribute_error("This object has no __dict__"));
    };
    old.unshare(thread)?;
    let ty = object.ty();
    // SAFETY: `dict_of` found a dict, so there is a slot.
    unsafe {
        let slot = if ty.flags() & abi::Py_TPFLAGS_MANAGED_DICT != 0 {
            dict_slot(object.as_ptr())
        } else {
            offset_slot(object, ty.raw().tp_dictoffset.get())
        };
        let previous = slot.replace(new);
        xdecref(previous);
    }
    Ok(())
}

/// Drop the attributes of a dying (or collected) instance.
///
/// # Safety
/// The type of the object has `MANAGED_DICT`.
pub unsafe fn clear(object: Raw) {
    // SAFETY: by contract.
    unsafe {
        let ty = Type::from_ptr((*object).ob_type.get());
        let dict = dict_slot(object).replace(std::ptr::null_mut());
        if !dict.is_null() {
            let borrowed = &*(dict as *const Dict);
            // A dict that outlives the instance must not point into its memory.
            if !borrowed.values_ptr().is_null() {
                if Object::from_ptr(dict).refcount() > 1 {
                    let thread = Thread::current();
                    if thread.aside(|| borrowed.unshare(thread)).is_err() {
                        borrowed.clear();
                    }
                } else {
                    borrowed.clear();
                }
            }
            decref(dict);
            return;
        }
        if ty.flags() & abi::Py_TPFLAGS_INLINE_VALUES != 0 {
            let values = inline_values(object, ty);
            if values.valid.get() && values.len() > 0 {
                Values::clear_and_forget(values as *const Values as *mut Values);
                values.valid.set(true);
            }
        }
    }
}

/// Visit the attributes of an instance whose class is `ty` and whose native base is `base`.
///
/// # Safety
/// A traverseproc contract.
pub unsafe fn traverse(object: Raw, ty: &Type, base: &Type, visit: abi::visitproc, data: *mut std::ffi::c_void) -> i32 {
    // SAFETY: by contract; the flags prove the layout.
    unsafe {
        let flags = ty.flags();
        if flags & abi::Py_TPFLAGS_MANAGED_DICT != 0 {
            // The base visits its own.
            if base.flags() & abi::Py_TPFLAGS_MANAGED_DICT != 0 {
                return 0;
            }
            let dict = dict_slot(object).get();
            if !dict.is_null() {
                return visit(dict, data);
            }
            if flags & abi::Py_TPFLAGS_INLINE_VALUES != 0 {
                let values = inline_values(object, ty);
                for position in 0..values.len() {
                    let value = values.get(values.order(position));
                    if !value.is_null() {
                        let status = visit(value, data);
                        if status != 0 {
                            return status;
                        }
                    }
                }
            }
        } else if ty.raw().tp_dictoffset.get() > 0 && base.raw().tp_dictoffset.get() == 0 {
            let dict = offset_slot(Object::from_ptr(object), ty.raw().tp_dictoffset.get()).get();
            if !dict.is_null() {
                return visit(dict, data);
            }
        }
        0
    }
}

/// The instance keeps its attributes inline, and no dict was made of them yet or the dict lies over them.
///
/// # Safety
/// The type has `INLINE_VALUES`.
#[inline(always)]
pub unsafe fn values_if_valid<'a>(object: &Object, ty: &Type) -> Option<&'a Values> {
    // SAFETY: by contract.
    let values = unsafe { inline_values(object.as_ptr(), ty) };
    values.valid.get().then_some(values)
}

/// As [`values_if_valid`], only for instances without a dict: values may be added.
///
/// # Safety
/// As there.
#[inline(always)]
pub unsafe fn values_without_dict<'a>(object: &Object, ty: &Type) -> Option<&'a Values> {
    // SAFETY: by contract; inline values come with a managed dict.
    unsafe { if dict_slot(object.as_ptr()).get().is_null() { values_if_valid(object, ty) } else { None } }
}

/// Whether the instance keeps its attributes inline.
pub fn has_inline_values(object: &Object) -> bool {
    let ty = object.ty();
    // SAFETY: the flag is checked first.
    ty.flags() & abi::Py_TPFLAGS_INLINE_VALUES != 0 && unsafe { values_if_valid(object, ty) }.is_some()
}

/// Where the instances of a class keep the attribute `name`, if any of them has or had it.
pub fn shared_index(ty: &Type, name: &Str) -> Option<u16> {
    // SAFETY: shared keys of a heap type are valid, or null.
    let keys = unsafe { shared_keys(ty).as_ref() }?;
    u16::try_from(keys.find_str(name.as_ptr(), name.hash_value())).ok()
}

/// A version of the names that instances of a class have; it changes when one is added.
pub fn shared_version(ty: &Type) -> Option<u32> {
    // SAFETY: as above.
    let keys = unsafe { shared_keys(ty).as_ref() }?;
    if keys.version.get() == 0 {
        keys.version.set(crate::dict::next_version());
    }
    Some(keys.version.get())
}

/// The version without giving one.
#[inline(always)]
pub fn known_shared_version(ty: &Type) -> u32 {
    // SAFETY: as above.
    unsafe { shared_keys(ty).as_ref() }.map_or(0, |keys| keys.version.get())
}
