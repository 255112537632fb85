//! `type`: the handle [`Type`], attribute look-up along the MRO with its cache, and calls.
//!
//! `ready.rs` finishes static types, `create.rs` makes classes, `mro.rs` orders bases, `slots.rs`
//! pairs special methods with C slots, `update.rs` keeps slots true when a class changes,
//! `properties.rs` holds the attributes of `type` itself.

mod create;
mod from_spec;
mod mro;
mod properties;
mod ready;
mod slots;
mod update;

use std::cell::{Cell, UnsafeCell};
use std::ffi::CStr;

use pyrox_abi as abi;
use pyrox_abi::{PyHeapTypeObject, PyObject, PyTypeObject};

use crate::object::{Obj, Object, Owned, PyType};
use crate::{Dict, PyResult, Raised, Str, Thread, Tuple};

pub(crate) use create::has_slot_of_static_base;
pub use create::{allocate_generic, generic_alloc, subtype_clear, subtype_dealloc, subtype_traverse, winning_metatype};
pub use from_spec::{FromSpec, from_spec};
pub use mro::best_base;
pub use ready::ready;
pub use slots::{SlotDefinition, Wrapper, hash_not_implemented, makes_by_python, next_not_implemented, slot_pointer};
pub use update::{fix_all, update_slot_of_name};

type Raw = *mut PyObject;

/// A type object.
#[repr(transparent)]
pub struct Type(PyTypeObject);

impl Type {
    #[inline(always)]
    pub fn raw(&self) -> &PyTypeObject {
        &self.0
    }

    #[inline(always)]
    pub fn as_type_ptr(&self) -> *mut PyTypeObject {
        self as *const Type as *mut PyTypeObject
    }

    /// # Safety
    /// `pointer` is a valid type object for `'a`.
    #[inline(always)]
    pub unsafe fn from_ptr<'a>(pointer: *mut PyTypeObject) -> &'a Type {
        // SAFETY: by contract.
        unsafe { &*(pointer as *const Type) }
    }

    /// `type` itself.
    pub fn type_type() -> &'static Type {
        <Type as PyType>::ty()
    }

    #[inline(always)]
    pub fn flags(&self) -> u64 {
        self.0.tp_flags.get() as u64
    }

    pub fn set_flags(&self, flags: u64) {
        self.0.tp_flags.set(flags as _);
    }

    pub fn is_heap(&self) -> bool {
        self.flags() & abi::Py_TPFLAGS_HEAPTYPE != 0
    }

    /// `tp_name`, which for built-in types has the module before the last dot.
    pub fn full_name(&self) -> &str {
        let name = self.0.tp_name.get();
        if name.is_null() {
            return "";
        }
        // SAFETY: NUL-terminated and owned by the type.
        unsafe { CStr::from_ptr(name) }.to_str().unwrap_or("?")
    }

    /// `__name__`.
    pub fn name(&self) -> &str {
        let name = self.full_name();
        if self.is_heap() { name } else { name.rsplit('.').next().unwrap_or(name) }
    }

    pub fn base(&self) -> Option<&Type> {
        // SAFETY: a type owns its base.
        unsafe { (self.0.tp_base.get() as *const Type).as_ref() }
    }

    /// The MRO as a tuple; `None` before the type is ready.
    #[inline(always)]
    pub fn mro(&self) -> Option<&Tuple> {
        // SAFETY: the type owns its MRO.
        unsafe { (self.0.tp_mro.get() as *const Tuple).as_ref() }
    }

    pub fn bases(&self) -> Option<&Tuple> {
        // SAFETY: the type owns its bases.
        unsafe { (self.0.tp_bases.get() as *const Tuple).as_ref() }
    }

    /// The type's own dict. Whoever changes it calls [`Type::modified`].
    #[inline(always)]
    pub fn dict(&self) -> &Dict {
        debug_assert!(!self.0.tp_dict.get().is_null());
        // SAFETY: a ready type has a dict.
        unsafe { &*(self.0.tp_dict.get() as *const Dict) }
    }

    /// The heap type's fields.
    ///
    /// # Safety
    /// The type has `Py_TPFLAGS_HEAPTYPE`.
    pub unsafe fn heap(&self) -> &PyHeapTypeObject {
        // SAFETY: by contract.
        unsafe { &*(self as *const Type as *const PyHeapTypeObject) }
    }

    /// `issubclass(self, other)` by the MRO.
    #[inline]
    pub fn is_subtype(&self, other: &Type) -> bool {
        if std::ptr::eq(self, other) {
            return true;
        }
        match self.mro() {
            Some(mro) => mro.raw_items().iter().any(|&item| std::ptr::eq(item as *const Type, other)),
            None => {
                let mut ty = self.base();
                while let Some(base) = ty {
                    if std::ptr::eq(base, other) {
                        return true;
                    }
                    ty = base.base();
                }
                other.as_type_ptr() == <Object as PyType>::TYPE
            }
        }
    }

    /// Whether the slot at `offset` holds `function`.
    pub fn slot_is(&self, offset: usize, function: *const ()) -> bool {
        // SAFETY: a valid type.
        unsafe { slots::slot_pointer(self.as_type_ptr(), offset).is_some_and(|slot| std::ptr::eq(*slot as *const (), function)) }
    }

    /// Look `name` up along the MRO. The borrow must not outlive a change of the type: take a
    /// reference before running anything.
    #[inline]
    pub fn lookup(&self, name: &Str) -> Option<&Object> {
        let version = self.0.tp_version_tag.get();
        let entry = cache_entry(version, name);
        if version != 0 && entry.version.get() == version && entry.name.get() == name.as_ptr() {
            // SAFETY: the version proves that the borrowed value is still in a dict of the MRO.
            return unsafe { Object::from_ptr_or_null(entry.value.get()) };
        }
        self.lookup_slow(name)
    }

    #[cold]
    fn lookup_slow(&self, name: &Str) -> Option<&Object> {
        let found = self.lookup_in_mro(name).map_or(std::ptr::null_mut(), |o| o.as_ptr());
        if name.is_interned() && self.assign_version() {
            let entry = cache_entry(self.0.tp_version_tag.get(), name);
            entry.version.set(self.0.tp_version_tag.get());
            entry.value.set(found);
            // The entry owns its name, so that no other string can take the address.
            let old = entry.name.replace((**name).own().into_raw());
            // SAFETY: the entry owned it; a dying string runs no code.
            unsafe { crate::object::xdecref(old) };
        }
        // SAFETY: alive in its dict.
        unsafe { Object::from_ptr_or_null(found) }
    }

    /// Look `name` up along the MRO without the cache.
    pub fn lookup_in_mro(&self, name: &Str) -> Option<&Object> {
        let mro = self.mro()?;
        for &item in mro.raw_items() {
            // SAFETY: the MRO holds types.
            let ty = unsafe { Type::from_ptr(item as *mut PyTypeObject) };
            if ty.0.tp_dict.get().is_null() {
                continue;
            }
            if let Some(value) = ty.dict().get_str_borrowed(name) {
                return Some(value);
            }
        }
        None
    }

    pub fn lookup_text(&self, thread: &Thread, name: &str) -> PyResult<Option<Obj>> {
        Ok(self.lookup(&*Str::intern_str(thread, name)?).map(Object::own))
    }

    /// Attributes of instances are read as `object.__getattribute__` reads them.
    pub fn has_generic_getattr(&self) -> bool {
        self.0.tp_getattro.get().is_some_and(|f| f as usize == crate::protocol::attribute::generic_getattr as *const () as usize)
    }

    /// Attributes of instances are set as `object.__setattr__` sets them.
    pub fn has_generic_setattr(&self) -> bool {
        self.0.tp_setattro.get().is_some_and(|f| f as usize == crate::protocol::attribute::generic_setattr as *const () as usize)
    }

    /// Give the type and its bases version numbers, if they have none and some are left.
    pub fn assign_version(&self) -> bool {
        if self.0.tp_version_tag.get() != 0 {
            return true;
        }
        if self.flags() & abi::Py_TPFLAGS_READY == 0 {
            return false;
        }
        if let Some(bases) = self.bases() {
            for &base in bases.raw_items() {
                // SAFETY: bases are types.
                if !unsafe { Type::from_ptr(base as *mut PyTypeObject) }.assign_version() {
                    return false;
                }
            }
        }
        let next = NEXT_VERSION.with(|n| n.replace(n.get().saturating_add(1)));
        if next >= u32::MAX - 1 {
            return false;
        }
        self.0.tp_version_tag.set(next);
        true
    }

    /// Forget what was cached about the type and its subclasses (`PyType_Modified`).
    pub fn modified(&self) {
        if self.0.tp_version_tag.get() == 0 {
            return;
        }
        if self.0.tp_watched.get() != 0 {
            if let Some(tell) = WATCHER.get() {
                tell(self);
            }
        }
        self.0.tp_version_tag.set(0);
        // Specializations of the type's methods are void too.
        if self.is_heap() {
            // SAFETY: just checked.
            unsafe { self.heap()._spec_cache.set([0; 3]) };
        }
        for subclass in self.subclasses() {
            subclass.modified();
        }
    }

    /// The living direct subclasses, in order of creation.
    pub fn subclasses(&self) -> Vec<Owned<Type>> {
        let list = self.0.tp_subclasses.get() as *const UnsafeCell<Vec<*mut PyTypeObject>>;
        if list.is_null() {
            return Vec::new();
        }
        // SAFETY: subclasses take themselves out of the list before they die.
        unsafe {
            (*(*list).get())
                .iter()
                .map(|&ty| {
                    abi::incref(ty as Raw);
                    Owned::from_raw(ty as Raw)
                })
                .collect()
        }
    }

    fn add_subclass(&self, subclass: *mut PyTypeObject) {
        let mut list = self.0.tp_subclasses.get() as *mut UnsafeCell<Vec<*mut PyTypeObject>>;
        if list.is_null() {
            list = Box::into_raw(Box::new(UnsafeCell::new(Vec::new())));
            self.0.tp_subclasses.set(list as *mut _);
        }
        // SAFETY: the list is ours.
        unsafe { (*(*list).get()).push(subclass) };
    }

    fn remove_subclass(&self, subclass: *mut PyTypeObject) {
        let list = self.0.tp_subclasses.get() as *mut UnsafeCell<Vec<*mut PyTypeObject>>;
        if !list.is_null() {
            // SAFETY: the list is ours.
            unsafe { (*(*list).get()).retain(|&ty| ty != subclass) };
        }
    }

    /// Allocate an instance with `items` variable-size items by `tp_alloc`, zeroed behind the head.
    #[inline]
    pub fn allocate(&self, thread: &Thread, items: usize) -> PyResult<Obj> {
        match self.0.tp_alloc.get() {
            // SAFETY: an allocfunc contract.
            Some(alloc) => unsafe { Owned::from_raw_or_null(alloc(self.as_type_ptr() as *mut _, items as isize)).ok_or(Raised) },
            None => allocate_generic(thread, self, items, true),
        }
    }

    /// As [`Type::allocate`], but the collector does not track the object yet.
    pub fn allocate_untracked(&self, thread: &Thread, items: usize) -> PyResult<Obj> {
        allocate_generic(thread, self, items, false)
    }

    /// Set an attribute of the type itself, slots and versions following.
    pub fn set_attribute(&self, thread: &Thread, name: &Str, value: Option<&Object>) -> PyResult<()> {
        // Extensions put things into types that are not yet ready.
        if self.0.tp_dict.get().is_null() {
            self.0.tp_dict.set(Dict::new(thread)?.into_raw());
        }
        match value {
            Some(value) => self.dict().set(thread, name, value)?,
            None => {
                if !self.dict().remove(thread, name)? {
                    return Err(crate::protocol::attribute::no_attribute(thread, self, name));
                }
            }
        }
        self.modified();
        update_slot_of_name(thread, self, name);
        Ok(())
    }
}

thread_local! {
    static WATCHER: Cell<Option<fn(&Type)>> = const { Cell::new(None) };
    // Version 0 means none; a thread local stands for the interpreter's counter while there is one thread.
    static NEXT_VERSION: Cell<u32> = const { Cell::new(1000) };
}

struct CacheEntry {
    version: Cell<u32>,
    name: Cell<Raw>,
    value: Cell<Raw>,
}

struct Cache(UnsafeCell<[CacheEntry; 4096]>);

// SAFETY: accessed under the GIL only.
unsafe impl Sync for Cache {}

static CACHE: Cache = Cache(UnsafeCell::new(
    [const { CacheEntry { version: Cell::new(0), name: Cell::new(std::ptr::null_mut()), value: Cell::new(std::ptr::null_mut()) } }; 4096],
));

#[inline(always)]
fn cache_entry(version: u32, name: &Str) -> &'static CacheEntry {
    let at = (version as usize ^ (name.as_ptr() as usize >> 4)) & 4095;
    // SAFETY: entries are only reached through shared borrows of cells.
    unsafe { &(*CACHE.0.get())[at] }
}

/// Let `tell` hear of changes of the types whose `tp_watched` is not 0.
pub fn set_watcher(tell: fn(&Type)) {
    WATCHER.set(Some(tell));
}

/// Empty the method cache.
pub fn clear_cache() {
    // SAFETY: the lock is held; entries are only replaced.
    for entry in unsafe { &*CACHE.0.get() } {
        entry.version.set(0);
        entry.value.set(std::ptr::null_mut());
    }
}

/// `type.__getattribute__` with absence as `None`.
pub fn lookup_type_attr(thread: &Thread, ty: &Type, name: &Str) -> PyResult<Option<Obj>> {
    let meta = ty.ty();
    let descriptor = meta.lookup(name).map(Object::own);
    let mut getter = None;
    if let Some(descriptor) = &descriptor {
        let kind = descriptor.ty().raw();
        getter = kind.tp_descr_get.get();
        if let (Some(get), true) = (getter, kind.tp_descr_set.get().is_some()) {
            // SAFETY: a descrgetfunc contract.
            let result = unsafe { Owned::from_raw_or_null(get(descriptor.as_ptr(), ty.as_ptr(), meta.as_ptr())).ok_or(Raised) };
            return thread.optional(result, crate::exceptions::attribute_error());
        }
    }
    if let Some(attribute) = ty.lookup(name).map(Object::own) {
        return match attribute.ty().raw().tp_descr_get.get() {
            // SAFETY: a descrgetfunc contract.
            Some(get) => unsafe {
                let result = Owned::from_raw_or_null(get(attribute.as_ptr(), std::ptr::null_mut(), ty.as_ptr())).ok_or(Raised);
                thread.optional(result, crate::exceptions::attribute_error())
            },
            None => Ok(Some(attribute)),
        };
    }
    match (descriptor, getter) {
        // SAFETY: a descrgetfunc contract.
        (Some(descriptor), Some(get)) => unsafe {
            let result = Owned::from_raw_or_null(get(descriptor.as_ptr(), ty.as_ptr(), meta.as_ptr())).ok_or(Raised);
            thread.optional(result, crate::exceptions::attribute_error())
        },
        (descriptor, _) => Ok(descriptor),
    }
}

/// `type.__getattribute__`.
///
/// # Safety
/// A getattrofunc contract; `this` is a type.
pub unsafe extern "C-unwind" fn getattro(this: Raw, name: Raw) -> Raw {
    // SAFETY: by contract.
    unsafe {
        let thread = Thread::current();
        let ty = Type::from_ptr(this as *mut PyTypeObject);
        let Some(name) = Object::from_ptr(name).cast::<Str>() else {
            crate::protocol::attribute::bad_name(thread, Object::from_ptr(name));
            return std::ptr::null_mut();
        };
        let meta = ty.ty();
        let descriptor = meta.lookup(name).map(Object::own);
        let mut getter = None;
        if let Some(descriptor) = &descriptor {
            let kind = descriptor.ty().raw();
            getter = kind.tp_descr_get.get();
            if let (Some(get), true) = (getter, kind.tp_descr_set.get().is_some()) {
                return get(descriptor.as_ptr(), ty.as_ptr(), meta.as_ptr());
            }
        }
        if let Some(attribute) = ty.lookup(name).map(Object::own) {
            return match attribute.ty().raw().tp_descr_get.get() {
                Some(get) => get(attribute.as_ptr(), std::ptr::null_mut(), ty.as_ptr()),
                None => attribute.into_raw(),
            };
        }
        match (descriptor, getter) {
            (Some(descriptor), Some(get)) => get(descriptor.as_ptr(), ty.as_ptr(), meta.as_ptr()),
            (Some(descriptor), None) => descriptor.into_raw(),
            (None, _) => {
                crate::protocol::attribute::no_attribute(thread, ty, name);
                std::ptr::null_mut()
            }
        }
    }
}
