//! `__annotations__` and `__annotate__` of classes and modules (PEP 649, PEP 749).

use crate::object::{Obj, Object};
use crate::{Dict, PyResult, Thread, Type};

fn cached(thread: &Thread, ty: &Type) -> PyResult<Option<Obj>> {
    let dict = ty.dict();
    let found = match dict.get_str(crate::intern!("__annotations__")) {
        Some(found) => Some(found),
        None => dict.get_str(crate::intern!("__annotations_cache__")),
    };
    match found {
        Some(found) => match found.ty().raw().tp_descr_get.get() {
            // SAFETY: a descrgetfunc contract.
            Some(get) => unsafe { crate::protocol::call::check(thread, get(found.as_ptr(), std::ptr::null_mut(), ty.as_ptr())).map(Some) },
            None => Ok(Some(found)),
        },
        None => Ok(None),
    }
}

/// `cls.__annotations__`, computed by `__annotate__` at the first use.
pub fn of_type(thread: &Thread, ty: &Type) -> PyResult<Obj> {
    if !ty.is_heap() {
        return Err(crate::protocol::attribute::no_attribute(thread, ty, crate::intern!("__annotations__")));
    }
    if let Some(found) = cached(thread, ty)? {
        return Ok(found);
    }
    let annotate = annotate_of_type(thread, ty)?;
    let made: Obj = if annotate.is_none() { Dict::new(thread)?.upcast() } else { evaluate(thread, &annotate)? };
    ty.dict().set(thread, crate::intern!("__annotations_cache__"), &made)?;
    ty.modified();
    Ok(made)
}

/// What an `__annotate__` says of the values.
fn evaluate(thread: &Thread, annotate: &Object) -> PyResult<Obj> {
    let made = annotate.call(thread, &[&crate::Int::from(1)])?;
    if !made.is_instance::<Dict>() {
        return Err(thread.type_error(&format!("__annotate__ returned non-dict of type '{}'", made.ty().full_name())));
    }
    Ok(made)
}

/// `module.__annotations__`, computed by `__annotate__` at the first use; not kept while the module is initialized.
pub fn of_module(thread: &Thread, dict: &Dict) -> PyResult<Obj> {
    if let Some(found) = dict.get_str(crate::intern!("__annotations__")) {
        return Ok(found);
    }
    let initializing = match dict.get_str(crate::intern!("__spec__")).filter(|spec| !spec.is_none()) {
        Some(spec) => match spec.lookup_attr(thread, crate::intern!("_initializing"))? {
            Some(flag) => flag.is_true(thread)?,
            None => false,
        },
        None => false,
    };
    let made = match dict.get_str(crate::intern!("__annotate__")).filter(|annotate| annotate.is_callable()) {
        Some(annotate) => evaluate(thread, &annotate)?,
        None => Dict::new(thread)?.upcast(),
    };
    if !initializing {
        dict.set(thread, crate::intern!("__annotations__"), &made)?;
    }
    Ok(made)
}

/// `module.__annotations__ = value`.
pub fn set_of_module(thread: &Thread, dict: &Dict, value: Option<&Object>) -> PyResult<()> {
    let key = crate::intern!("__annotations__");
    match value {
        Some(value) => dict.set(thread, key, value)?,
        None => {
            if !dict.remove(thread, key)? {
                return Err(thread.attribute_error("__annotations__"));
            }
        }
    }
    dict.remove(thread, crate::intern!("__annotate__"))?;
    Ok(())
}

/// `module.__annotate__`.
pub fn annotate_of_module(thread: &Thread, dict: &Dict) -> PyResult<Obj> {
    let key = crate::intern!("__annotate__");
    if let Some(found) = dict.get_str(key) {
        return Ok(found);
    }
    dict.set(thread, key, crate::none_ref())?;
    Ok(crate::none())
}

/// `module.__annotate__ = value`.
pub fn set_annotate_of_module(thread: &Thread, dict: &Dict, value: Option<&Object>) -> PyResult<()> {
    let value = settable_annotate(thread, value)?;
    dict.set(thread, crate::intern!("__annotate__"), value)?;
    if !value.is_none() {
        dict.remove(thread, crate::intern!("__annotations__"))?;
    }
    Ok(())
}

fn settable_annotate<'a>(thread: &Thread, value: Option<&'a Object>) -> PyResult<&'a Object> {
    let Some(value) = value else { return Err(thread.type_error("cannot delete __annotate__ attribute")) };
    if !value.is_none() && !value.is_callable() {
        return Err(thread.type_error("__annotate__ must be callable or None"));
    }
    Ok(value)
}

/// `cls.__annotations__ = value`.
pub fn set_of_type(thread: &Thread, ty: &Type, value: Option<&Object>) -> PyResult<()> {
    immutable(thread, ty, "__annotations__")?;
    let dict = ty.dict();
    let key = crate::intern!("__annotations__");
    let cache = crate::intern!("__annotations_cache__");
    match value {
        Some(value) => {
            let target = if dict.get_str_borrowed(key).is_some() { key } else { cache };
            dict.set(thread, target, value)?;
        }
        None => {
            if !dict.remove(thread, key)? && !dict.remove(thread, cache)? {
                return Err(thread.attribute_error("__annotations__"));
            }
        }
    }
    dict.remove(thread, crate::intern!("__annotate__"))?;
    dict.remove(thread, crate::intern!("__annotate_func__"))?;
    ty.modified();
    Ok(())
}

/// `cls.__annotate__`.
pub fn annotate_of_type(thread: &Thread, ty: &Type) -> PyResult<Obj> {
    if !ty.is_heap() {
        return Err(crate::protocol::attribute::no_attribute(thread, ty, crate::intern!("__annotate__")));
    }
    for name in [crate::intern!("__annotate__"), crate::intern!("__annotate_func__")] {
        if let Some(found) = ty.dict().get_str(name) {
            return match found.ty().raw().tp_descr_get.get() {
                // SAFETY: a descrgetfunc contract.
                Some(get) => unsafe { crate::protocol::call::check(thread, get(found.as_ptr(), std::ptr::null_mut(), ty.as_ptr())) },
                None => Ok(found),
            };
        }
    }
    ty.dict().set(thread, crate::intern!("__annotate_func__"), crate::none_ref())?;
    ty.modified();
    Ok(crate::none())
}

/// `cls.__annotate__ = value`.
pub fn set_annotate_of_type(thread: &Thread, ty: &Type, value: Option<&Object>) -> PyResult<()> {
    immutable(thread, ty, "__annotate__")?;
    let value = settable_annotate(thread, value)?;
    ty.dict().set(thread, crate::intern!("__annotate_func__"), value)?;
    if !value.is_none() {
        ty.dict().remove(thread, crate::intern!("__annotations_cache__"))?;
    }
    ty.modified();
    Ok(())
}

fn immutable(thread: &Thread, ty: &Type, name: &str) -> PyResult<()> {
    if ty.flags() & pyrox_abi::Py_TPFLAGS_IMMUTABLETYPE != 0 {
        return Err(thread.type_error(&format!("cannot set '{name}' attribute of immutable type '{}'", ty.full_name())));
    }
    Ok(())
}
