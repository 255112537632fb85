//! Weak references: `weakref.ref` and the lists that referents keep.
//!
//! The references to an object form a doubly linked list that starts in the object (at
//! `tp_weaklistoffset`); the plain reference without a callback comes first, so that it is shared.

use std::cell::Cell;

use pyrox_abi as abi;
use pyrox_abi::{PyObject, PyWeakReference};
use pyrox_macros::pyclass;

use crate::native::{Keywords, Rest};
use crate::object::{Obj, Object, Owned, PyType, xdecref};
use crate::{CompareOp, PyResult, Thread, Type};

type Raw = *mut PyObject;

/// A weak reference.
#[repr(transparent)]
pub struct WeakRef(PyWeakReference);

/// Where the list of an object's references starts.
unsafe fn list_of<'a>(object: Raw) -> Option<&'a Cell<*mut PyWeakReference>> {
    // SAFETY: the type says where the field is.
    unsafe {
        let offset = (*(*object).ob_type.get()).tp_weaklistoffset.get();
        if offset == 0 { None } else { Some(&*((object as *mut u8).offset(offset) as *const Cell<*mut PyWeakReference>)) }
    }
}

unsafe fn unlink(reference: &PyWeakReference) {
    // SAFETY: a reference's neighbours are valid; its object is alive or dying.
    unsafe {
        let object = reference.wr_object.get();
        if object.is_null() || object == crate::none_ref().as_ptr() {
            return;
        }
        if let Some(list) = list_of(object) {
            if std::ptr::eq(list.get(), reference) {
                list.set(reference.wr_next.get());
            }
        }
        if let Some(previous) = reference.wr_prev.get().as_ref() {
            previous.wr_next.set(reference.wr_next.get());
        }
        if let Some(next) = reference.wr_next.get().as_ref() {
            next.wr_prev.set(reference.wr_prev.get());
        }
        reference.wr_prev.set(std::ptr::null_mut());
        reference.wr_next.set(std::ptr::null_mut());
        reference.wr_object.set(crate::none_ref().as_ptr());
    }
}

impl WeakRef {
    /// `weakref.ref(object, callback)`.
    pub fn new(thread: &Thread, class: &Type, object: &Object, callback: Option<&Object>) -> PyResult<Owned<WeakRef>> {
        // SAFETY: a valid object.
        let Some(list) = (unsafe { list_of(object.as_ptr()) }) else {
            return Err(thread.type_error(&format!("cannot create weak reference to '{}' object", object.ty().full_name())));
        };
        let plain = callback.is_none() && std::ptr::eq(class, WeakRef::ty());
        // SAFETY: the list holds valid references.
        unsafe {
            if plain {
                if let Some(first) = list.get().as_ref() {
                    if first.wr_callback.get().is_null() && first.ob_base.ob_type.get() == WeakRef::TYPE {
                        return Ok(Object::from_ptr(list.get() as Raw).own().cast_unchecked());
                    }
                }
            }
            let made = class.allocate(thread, 0)?;
            let reference = &*(made.as_ptr() as *const PyWeakReference);
            reference.wr_object.set(object.as_ptr());
            reference.wr_callback.set(callback.map_or(std::ptr::null_mut(), |c| c.own().into_raw()));
            reference.hash.set(-1);
            reference.vectorcall.set(Some(vectorcall));
            let first = list.get();
            let pointer = made.as_ptr() as *mut PyWeakReference;
            let shared = first.as_ref().is_some_and(|f| f.wr_callback.get().is_null() && f.ob_base.ob_type.get() == WeakRef::TYPE);
            if shared && !plain {
                // Behind the shared one.
                let next = (*first).wr_next.get();
                reference.wr_prev.set(first);
                reference.wr_next.set(next);
                (*first).wr_next.set(pointer);
                if let Some(next) = next.as_ref() {
                    next.wr_prev.set(pointer);
                }
            } else {
                reference.wr_next.set(first);
                if let Some(first) = first.as_ref() {
                    first.wr_prev.set(pointer);
                }
                list.set(pointer);
            }
            Ok(made.cast_unchecked())
        }
    }

    /// The referent, if it lives.
    pub fn referent(&self) -> Option<Obj> {
        // SAFETY: the field is None or a living object; one that is dying has count 0.
        unsafe {
            let object = Object::from_ptr_or_null(self.0.wr_object.get())?;
            if object.is_none() || object.refcount() == 0 { None } else { Some(object.own()) }
        }
    }
}

unsafe extern "C-unwind" fn vectorcall(callable: Raw, _args: *const Raw, nargsf: usize, kwnames: Raw) -> Raw {
    // SAFETY: a vectorcallfunc contract.
    unsafe {
        if nargsf & !(1 << 63) != 0 || !kwnames.is_null() {
            Thread::current().type_error(&format!("weakref expected 0 arguments, got {}", nargsf & !(1 << 63)));
            return std::ptr::null_mut();
        }
        (*(callable as *const WeakRef)).referent().unwrap_or_else(crate::none).into_raw()
    }
}

/// Void one reference; its callback is not called and stays.
///
/// # Safety
/// It is a weak reference or a proxy.
pub unsafe fn void(reference: Raw) {
    // SAFETY: by contract.
    unsafe { unlink(&*(reference as *const PyWeakReference)) }
}

/// The shared plain reference, or any, to an object: what `__weakref__` gives.
pub fn first_reference(object: &Object) -> Option<Obj> {
    // SAFETY: a valid object; the list holds valid references.
    unsafe {
        let list = list_of(object.as_ptr())?;
        Object::from_ptr_or_null(list.get() as Raw).map(Object::own)
    }
}

/// All references to an object.
pub fn references(object: &Object) -> Vec<Obj> {
    let mut found = Vec::new();
    // SAFETY: as above.
    unsafe {
        if let Some(list) = list_of(object.as_ptr()) {
            let mut reference = list.get();
            while !reference.is_null() {
                found.push(Object::from_ptr(reference as Raw).own());
                reference = (*reference).wr_next.get();
            }
        }
    }
    found
}

/// Void all references to a dying object and run their callbacks.
///
/// # Safety
/// The object has room for weak references; its fields are still valid.
pub unsafe fn clear_weakrefs(object: Raw) {
    // SAFETY: by contract.
    unsafe {
        let Some(list) = list_of(object) else { return };
        if list.get().is_null() {
            return;
        }
        let mut pending: Vec<(Obj, Obj)> = Vec::new();
        while let Some(reference) = list.get().as_ref() {
            unlink(reference);
            let callback = reference.wr_callback.replace(std::ptr::null_mut());
            let pointer = reference as *const PyWeakReference as Raw;
            if let Some(callback) = Owned::<Object>::from_raw_or_null(callback) {
                if abi::refcnt(pointer) > 0 {
                    pending.push((Object::from_ptr(pointer).own(), callback));
                }
            }
        }
        if pending.is_empty() {
            return;
        }
        let thread = Thread::current();
        thread.aside(|| {
            for (reference, callback) in pending {
                if callback.call(thread, &[&reference]).is_err() {
                    crate::unraisable::write(thread, Some("Exception ignored while calling weakref callback "), Some(&callback));
                }
            }
        });
    }
}

/// Void all references to an object without calling back.
///
/// # Safety
/// As [`clear_weakrefs`].
pub unsafe fn clear_weakrefs_silently(object: Raw) {
    // SAFETY: by contract.
    unsafe {
        let Some(list) = list_of(object) else { return };
        let mut callbacks: Vec<Option<Obj>> = Vec::new();
        while let Some(reference) = list.get().as_ref() {
            unlink(reference);
            callbacks.push(Owned::from_raw_or_null(reference.wr_callback.replace(std::ptr::null_mut())));
        }
        drop(callbacks);
    }
}

/// Before a collection finalizes: void references to `object`; callbacks run only for references
/// that are not themselves about to be collected.
///
/// # Safety
/// `doomed` holds references to all that is to be collected.
pub unsafe fn clear_for_collection(thread: &Thread, object: &Object, doomed: &[Obj]) {
    // SAFETY: by contract.
    unsafe {
        let Some(list) = list_of(object.as_ptr()) else { return };
        let mut pending = Vec::new();
        let mut next = list.get();
        while let Some(reference) = next.as_ref() {
            next = reference.wr_next.get();
            if reference.wr_callback.get().is_null() && object.ty().raw().tp_finalize.get().is_some() {
                // A finalizer may still ask for its object by a plain reference.
                continue;
            }
            let pointer = reference as *const PyWeakReference as Raw;
            let own_garbage = doomed.iter().any(|o| o.as_ptr() == pointer);
            unlink(reference);
            if let Some(callback) = Owned::<Object>::from_raw_or_null(reference.wr_callback.replace(std::ptr::null_mut())) {
                if !own_garbage {
                    pending.push((Object::from_ptr(pointer).own(), callback));
                }
            }
        }
        for (reference, callback) in pending {
            if callback.call(thread, &[&reference]).is_err() {
                crate::unraisable::write(thread, Some("Exception ignored while calling weakref callback "), Some(&callback));
            }
        }
    }
}

#[pyclass(name = "ReferenceType", module = "weakref", symbol = "_PyWeakref_RefType", gc, vectorcalloffset = 56,
    flags = abi::Py_TPFLAGS_BASETYPE | abi::Py_TPFLAGS_HAVE_VECTORCALL)]
impl WeakRef {
    #[new(sig = "(*args, **kwargs)", text = "")]
    fn create(cls: &Type, thread: &Thread, args: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<Owned<WeakRef>> {
        let (object, callback) = match (args.get(0), args.get(1)) {
            (Some(object), callback) if args.len() <= 2 => (object, callback),
            (None, _) => return Err(thread.type_error("__new__ expected at least 1 argument, got 0")),
            _ => return Err(thread.type_error(&format!("__new__ expected at most 2 arguments, got {}", args.len()))),
        };
        if std::ptr::eq(cls, WeakRef::ty()) && !kwargs.is_empty() {
            return Err(thread.type_error("ref() takes no keyword arguments"));
        }
        WeakRef::new(thread, cls, object, callback.filter(|c| !c.is_none()))
    }
    #[slot]
    fn tp_init(_this: &Object, thread: &Thread, args: &crate::Tuple, kwargs: Option<&crate::Dict>) -> PyResult<()> {
        if args.len() == 0 || args.len() > 2 {
            return Err(thread.type_error(&format!("ref() expected at most 2 arguments, got {}", args.len())));
        }
        if kwargs.is_some_and(|k| k.len() > 0) {
            return Err(thread.type_error("ref() takes no keyword arguments"));
        }
        Ok(())
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe {
            crate::gc::untrack(object);
            let reference = &*(object as *const PyWeakReference);
            unlink(reference);
            xdecref(reference.wr_callback.replace(std::ptr::null_mut()));
            crate::dealloc::free_instance(object, (*object).ob_type.get());
        }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut std::ffi::c_void) -> i32 {
        // SAFETY: by contract.
        unsafe {
            let callback = (*(object as *const PyWeakReference)).wr_callback.get();
            if callback.is_null() { 0 } else { visit(callback, data) }
        }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_clear(object: Raw) -> i32 {
        // SAFETY: by contract.
        unsafe {
            let reference = &*(object as *const PyWeakReference);
            unlink(reference);
            xdecref(reference.wr_callback.replace(std::ptr::null_mut()));
        }
        0
    }
    #[slot]
    fn tp_call(&self, thread: &Thread, args: &crate::Tuple, kwargs: Option<&crate::Dict>) -> PyResult<Obj> {
        if args.len() > 0 || kwargs.is_some_and(|k| k.len() > 0) {
            return Err(thread.type_error(&format!("weakref expected 0 arguments, got {}", args.len())));
        }
        Ok(self.referent().unwrap_or_else(crate::none))
    }
    #[slot]
    fn tp_hash(&self, thread: &Thread) -> PyResult<isize> {
        if self.0.hash.get() != -1 {
            return Ok(self.0.hash.get());
        }
        let Some(object) = self.referent() else { return Err(thread.type_error("weak object has gone away")) };
        let hash = object.hash(thread)?;
        self.0.hash.set(hash);
        Ok(hash)
    }
    #[slot]
    fn tp_richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        let Some(other) = other.cast::<WeakRef>().filter(|_| matches!(op, CompareOp::Eq | CompareOp::Ne)) else {
            return Ok(crate::not_implemented());
        };
        match (self.referent(), other.referent()) {
            (Some(a), Some(b)) => a.richcompare(thread, &b, op),
            _ => Ok(crate::bool_obj((std::ptr::eq(self, other)) == (op == CompareOp::Eq))),
        }
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<String> {
        let address = self.as_ptr() as usize;
        let Some(object) = self.referent() else { return Ok(format!("<weakref at {address:#x}; dead>")) };
        let name = object.lookup_attr(thread, crate::intern!("__name__"))?.and_then(|n| n.downcast::<crate::Str>().ok());
        let (ty, at) = (object.ty().full_name().to_string(), object.as_ptr() as usize);
        Ok(match name {
            Some(name) => format!("<weakref at {address:#x}; to '{ty}' at {at:#x} ({name})>"),
            None => format!("<weakref at {address:#x}; to '{ty}' at {at:#x}>"),
        })
    }
    #[getter]
    fn __callback__(&self) -> Option<Obj> {
        // SAFETY: the reference owns its callback.
        unsafe { Object::from_ptr_or_null(self.0.wr_callback.get()) }.map(Object::own)
    }
    /// See PEP 585
    #[classmethod(sig = "(object, /)", text = "")]
    fn __class_getitem__(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
        crate::generic_alias::new(thread, cls, object)
    }
}
