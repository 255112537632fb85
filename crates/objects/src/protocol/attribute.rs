//! Attribute access.

use pyrox_abi as abi;

use crate::object::{Obj, ObjCell, Object, Owned};
use crate::{Dict, PyResult, Raised, Str, Thread, Type, exceptions, type_object};

impl Object {
    /// `getattr(self, name)`.
    #[inline]
    pub fn getattr(&self, thread: &Thread, name: &Str) -> PyResult<Obj> {
        // SAFETY: slots of a ready type are callable.
        unsafe {
            match self.ty().raw().tp_getattro.get() {
                Some(function) => match Owned::from_raw_or_null(function(self.as_ptr(), name.as_ptr())) {
                    Some(value) => Ok(value),
                    None => Err(with_context(thread, self, name)),
                },
                // Types of old extensions take the name as C text.
                None => match (self.ty().raw().tp_getattr.get(), std::ffi::CString::new(name.to_wtf8())) {
                    (Some(function), Ok(text)) => Owned::from_raw_or_null(function(self.as_ptr(), text.as_ptr() as *mut _)).ok_or(Raised),
                    _ => Err(no_attribute(thread, self, name)),
                },
            }
        }
    }

    /// `getattr(self, name, None)` that tells absence: only `AttributeError` counts as such.
    pub fn lookup_attr(&self, thread: &Thread, name: &Str) -> PyResult<Option<Obj>> {
        if self.ty().raw().tp_getattro.get().map(|f| f as usize) == Some(generic_getattr as *const () as usize) {
            return generic_lookup(thread, self, name);
        }
        if self.ty().raw().tp_getattro.get().map(|f| f as usize) == Some(type_object::getattro as *const () as usize) {
            // SAFETY: the slot is that of `type`.
            return type_object::lookup_type_attr(thread, unsafe { &*(self as *const Object as *const Type) }, name);
        }
        thread.optional(self.getattr(thread, name), exceptions::attribute_error())
    }

    pub fn getattr_str(&self, thread: &Thread, name: &str) -> PyResult<Obj> {
        self.getattr(thread, &*Str::intern_str(thread, name)?)
    }

    pub fn hasattr(&self, thread: &Thread, name: &Str) -> PyResult<bool> {
        Ok(self.lookup_attr(thread, name)?.is_some())
    }

    /// `setattr(self, name, value)`; `delattr` without a value.
    pub fn setattr(&self, thread: &Thread, name: &Str, value: Option<&Object>) -> PyResult<()> {
        let ty = self.ty();
        let Some(function) = ty.raw().tp_setattro.get() else {
            if let (Some(function), Ok(text)) = (ty.raw().tp_setattr.get(), std::ffi::CString::new(name.to_wtf8())) {
                let value = value.map_or(std::ptr::null_mut(), |v| v.as_ptr());
                // SAFETY: the slot's contract.
                let status = unsafe { function(self.as_ptr(), text.as_ptr() as *mut _, value) };
                return if status < 0 { Err(Raised) } else { Ok(()) };
            }
            let what = if ty.raw().tp_getattro.get().is_none() { "no" } else { "only read-only" };
            return Err(thread.type_error(&format!(
                "'{}' object has {what} attributes ({} .{})",
                ty.full_name(),
                if value.is_some() { "assign to" } else { "del" },
                name.to_string_lossy()
            )));
        };
        let value = value.map_or(std::ptr::null_mut(), |v| v.as_ptr());
        // SAFETY: the slot's contract.
        if unsafe { function(self.as_ptr(), name.as_ptr(), value) } < 0 { Err(Raised) } else { Ok(()) }
    }

    pub fn setattr_str(&self, thread: &Thread, name: &str, value: &Object) -> PyResult<()> {
        self.setattr(thread, &*Str::intern_str(thread, name)?, Some(value))
    }

    /// A method to call as `(function, true)` with `self` first, or `(callable, false)` without:
    /// no bound method is made for plain functions.
    pub fn get_method(&self, thread: &Thread, name: &Str) -> PyResult<(Obj, bool)> {
        let ty = self.ty();
        if ty.raw().tp_getattro.get().map(|f| f as usize) != Some(generic_getattr as *const () as usize) {
            return Ok((self.getattr(thread, name)?, false));
        }
        let descriptor = ty.lookup(name).map(Object::own);
        let mut getter = None;
        if let Some(descriptor) = &descriptor {
            if descriptor.has_flag(abi::Py_TPFLAGS_METHOD_DESCRIPTOR) {
                return match instance_value(thread, self, name)? {
                    Some(value) => Ok((value, false)),
                    None => Ok((descriptor.clone(), true)),
                };
            }
            getter = descriptor.ty().raw().tp_descr_get.get();
            if let (Some(get), true) = (getter, descriptor.ty().raw().tp_descr_set.get().is_some()) {
                return Ok((bind(get, descriptor, self)?, false));
            }
        }
        if let Some(value) = instance_value(thread, self, name)? {
            return Ok((value, false));
        }
        match (descriptor, getter) {
            (Some(descriptor), Some(get)) => Ok((bind(get, &descriptor, self)?, false)),
            (Some(descriptor), None) => Ok((descriptor, false)),
            (None, _) => Err(no_attribute(thread, self, name)),
        }
    }

    /// The special method `name` of the type: `(function, true)` to be called with `self` first, or
    /// what its descriptor made of it.
    pub fn special(&self, _thread: &Thread, name: &Str) -> PyResult<Option<(Obj, bool)>> {
        let Some(descriptor) = self.ty().lookup(name) else { return Ok(None) };
        let descriptor = descriptor.own();
        if descriptor.has_flag(abi::Py_TPFLAGS_METHOD_DESCRIPTOR) {
            return Ok(Some((descriptor, true)));
        }
        match descriptor.ty().raw().tp_descr_get.get() {
            Some(get) => Ok(Some((bind(get, &descriptor, self)?, false))),
            None => Ok(Some((descriptor, false))),
        }
    }

    /// The instance dict, made if the type has room for one; `None` if it has not.
    pub fn instance_dict(&self, thread: &Thread) -> PyResult<Option<Owned<Dict>>> {
        crate::managed::dict_of(thread, self)
    }
}

type Getter = unsafe extern "C-unwind" fn(*mut abi::PyObject, *mut abi::PyObject, *mut abi::PyObject) -> *mut abi::PyObject;

fn bind(get: Getter, descriptor: &Object, object: &Object) -> PyResult<Obj> {
    // SAFETY: a tp_descr_get contract; all three are alive.
    unsafe { Owned::from_raw_or_null(get(descriptor.as_ptr(), object.as_ptr(), object.type_ptr() as *mut _)).ok_or(Raised) }
}

/// What the instance itself holds under `name`: inline values or its dict.
#[inline]
pub fn instance_value(thread: &Thread, object: &Object, name: &Str) -> PyResult<Option<Obj>> {
    crate::managed::get(thread, object, name)
}

/// `object.__getattribute__`, with absence as `None` (an `AttributeError` raised by a descriptor
/// counts as absence too).
pub fn generic_lookup(thread: &Thread, object: &Object, name: &Str) -> PyResult<Option<Obj>> {
    let ty = object.ty();
    let descriptor = ty.lookup(name).map(Object::own);
    let mut getter = None;
    if let Some(descriptor) = &descriptor {
        let kind = descriptor.ty().raw();
        getter = kind.tp_descr_get.get();
        if let (Some(get), true) = (getter, kind.tp_descr_set.get().is_some()) {
            return thread.optional(bind(get, descriptor, object), exceptions::attribute_error());
        }
    }
    if let Some(value) = instance_value(thread, object, name)? {
        return Ok(Some(value));
    }
    match (descriptor, getter) {
        (Some(descriptor), Some(get)) => thread.optional(bind(get, &descriptor, object), exceptions::attribute_error()),
        (descriptor, _) => Ok(descriptor),
    }
}

/// `object.__getattribute__` (`PyObject_GenericGetAttr`).
///
/// # Safety
/// A `tp_getattro` contract.
#[unsafe(export_name = "PyObject_GenericGetAttr")]
pub unsafe extern "C-unwind" fn generic_getattr(object: *mut abi::PyObject, name: *mut abi::PyObject) -> *mut abi::PyObject {
    // SAFETY: by contract.
    unsafe {
        let thread = Thread::current();
        let object = Object::from_ptr(object);
        let Some(name) = Object::from_ptr(name).cast::<Str>() else {
            bad_name(thread, Object::from_ptr(name));
            return std::ptr::null_mut();
        };
        let ty = object.ty();
        let descriptor = ty.lookup(name).map(Object::own);
        let mut getter = None;
        if let Some(descriptor) = &descriptor {
            let kind = descriptor.ty().raw();
            getter = kind.tp_descr_get.get();
            if let (Some(get), true) = (getter, kind.tp_descr_set.get().is_some()) {
                return get(descriptor.as_ptr(), object.as_ptr(), object.type_ptr() as *mut _);
            }
        }
        match instance_value(thread, object, name) {
            Ok(Some(value)) => return value.into_raw(),
            Ok(None) => {}
            Err(Raised) => return std::ptr::null_mut(),
        }
        match (descriptor, getter) {
            (Some(descriptor), Some(get)) => get(descriptor.as_ptr(), object.as_ptr(), object.type_ptr() as *mut _),
            (Some(descriptor), None) => descriptor.into_raw(),
            (None, _) => {
                no_attribute(thread, object, name);
                std::ptr::null_mut()
            }
        }
    }
}

/// `object.__setattr__` and `__delattr__` (`PyObject_GenericSetAttr`).
///
/// # Safety
/// A `tp_setattro` contract.
#[unsafe(export_name = "PyObject_GenericSetAttr")]
pub unsafe extern "C-unwind" fn generic_setattr(
    object: *mut abi::PyObject,
    name: *mut abi::PyObject,
    value: *mut abi::PyObject,
) -> std::ffi::c_int {
    // SAFETY: by contract.
    unsafe {
        let thread = Thread::current();
        let Some(name) = Object::from_ptr(name).cast::<Str>() else {
            bad_name(thread, Object::from_ptr(name));
            return -1;
        };
        crate::native::status(generic_set(thread, Object::from_ptr(object), name, Object::from_ptr_or_null(value)))
    }
}

/// `object.__setattr__`.
pub fn generic_set(thread: &Thread, object: &Object, name: &Str, value: Option<&Object>) -> PyResult<()> {
    let ty = object.ty();
    let descriptor = ty.lookup(name).map(Object::own);
    if let Some(descriptor) = &descriptor {
        if let Some(set) = descriptor.ty().raw().tp_descr_set.get() {
            let value = value.map_or(std::ptr::null_mut(), |v| v.as_ptr());
            // SAFETY: a tp_descr_set contract.
            return if unsafe { set(descriptor.as_ptr(), object.as_ptr(), value) } < 0 { Err(Raised) } else { Ok(()) };
        }
    }
    match crate::managed::set(thread, object, name, value)? {
        crate::managed::Stored::Done => Ok(()),
        crate::managed::Stored::Missing => Err(no_attribute(thread, object, name)),
        crate::managed::Stored::NoDict => {
            let text = name.to_string_lossy();
            let message = match descriptor {
                Some(_) => format!("'{}' object attribute '{text}' is read-only", ty.full_name()),
                None if ty.raw().tp_setattro.get().map(|f| f as usize) == Some(generic_setattr as *const () as usize) => {
                    format!("'{}' object has no attribute '{text}' and no __dict__ for setting new attributes", ty.full_name())
                }
                None => format!("'{}' object has no attribute '{text}'", ty.full_name()),
            };
            Err(attribute_error(thread, object, name, &message))
        }
    }
}

#[cold]
pub fn bad_name(thread: &Thread, name: &Object) -> Raised {
    thread.type_error(&format!("attribute name must be string, not '{}'", name.ty().full_name()))
}

/// Give a raised `AttributeError` that names nothing the object and name that suggestions need.
#[cold]
fn with_context(thread: &Thread, object: &Object, name: &Str) -> Raised {
    if let Some(exception) = thread.raised().filter(|e| e.is_instance_of(exceptions::attribute_error())) {
        // SAFETY: an AttributeError has this layout, ObjCell is its fields' Rust form; the fields are empty.
        unsafe {
            let fields = &*(exception.as_ptr() as *const abi::PyAttributeErrorObject);
            if fields.obj.get().is_null() && fields.name.get().is_null() {
                fields.obj.set(object.own().into_raw());
                fields.name.set((**name).own().into_raw());
            }
        }
    }
    Raised
}

/// Raise `AttributeError` with the object and name that suggestions need.
#[cold]
pub fn attribute_error(thread: &Thread, object: &Object, name: &Str, message: &str) -> Raised {
    let raised = thread.attribute_error(message);
    if let Some(exception) = thread.raised() {
        if exception.is_instance_of(exceptions::attribute_error()) {
            // SAFETY: an AttributeError has this layout; ObjCell is its fields' Rust form.
            unsafe {
                let fields = &*(exception.as_ptr() as *const abi::PyAttributeErrorObject);
                let cell = |field: &std::cell::Cell<*mut abi::PyObject>| &*(field as *const _ as *const ObjCell);
                cell(&fields.obj).set(Some(object.own()));
                cell(&fields.name).set(Some((**name).own()));
            }
        }
    }
    raised
}

/// Raise the `AttributeError` of a failed look-up.
#[cold]
pub fn no_attribute(thread: &Thread, object: &Object, name: &Str) -> Raised {
    let text = name.to_string_lossy();
    let message = match object.cast::<Type>() {
        Some(ty) => format!("type object '{}' has no attribute '{text}'", ty.full_name()),
        None => format!("'{}' object has no attribute '{text}'", object.ty().full_name()),
    };
    attribute_error(thread, object, name, &message)
}
