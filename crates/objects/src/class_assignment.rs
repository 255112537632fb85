//! `object.__class__ = class`.

use pyrox_abi as abi;

use crate::object::{Object, decref};
use crate::{PyResult, Thread, Type};

/// Give `object` another class, if the layouts agree.
pub fn assign(thread: &Thread, object: &Object, new: &Type) -> PyResult<()> {
    let old = object.ty();
    let module = object.is_instance::<crate::Module>() && new.is_subtype(<crate::Module as crate::PyType>::ty());
    if !module && (new.flags() | old.flags()) & abi::Py_TPFLAGS_IMMUTABLETYPE != 0 {
        return Err(thread.type_error("__class__ assignment only supported for mutable types or ModuleType subclasses"));
    }
    if !same_layout(old, new) {
        return Err(thread.type_error(&format!(
            "__class__ assignment: '{}' object layout differs from '{}'",
            new.full_name(),
            old.full_name()
        )));
    }
    if old.flags() & abi::Py_TPFLAGS_INLINE_VALUES != 0 {
        // The keys of the inline values are the old class's.
        if let Some(dict) = object.instance_dict(thread)? {
            dict.unshare(thread)?;
        }
    }
    // SAFETY: the layouts agree; the object owns a reference to a heap type.
    unsafe {
        let raw = object.as_ptr();
        if new.is_heap() {
            abi::incref(new.as_ptr());
        }
        let old_raw = (*raw).ob_type.replace(new.as_type_ptr());
        if (*old_raw).tp_flags.get() as u64 & abi::Py_TPFLAGS_HEAPTYPE != 0 {
            decref(old_raw as *mut _);
        }
    }
    Ok(())
}

fn same_layout(a: &Type, b: &Type) -> bool {
    let (x, y) = (a.raw(), b.raw());
    let front = |t: &Type| {
        t.flags()
            & (abi::Py_TPFLAGS_MANAGED_DICT | abi::Py_TPFLAGS_MANAGED_WEAKREF | abi::Py_TPFLAGS_HAVE_GC | abi::Py_TPFLAGS_INLINE_VALUES)
    };
    let native = |t: &'_ Type| {
        let mut t = t;
        while t.is_heap() {
            match t.base() {
                Some(base) => t = base,
                None => break,
            }
        }
        t.as_type_ptr()
    };
    x.tp_basicsize.get() == y.tp_basicsize.get()
        && x.tp_itemsize.get() == y.tp_itemsize.get()
        && x.tp_dictoffset.get() == y.tp_dictoffset.get()
        && x.tp_weaklistoffset.get() == y.tp_weaklistoffset.get()
        && front(a) == front(b)
        && native(a) == native(b)
        && slots(a) == slots(b)
}

/// Names of the slots of a class and its bases, in the order of their places.
fn slots(ty: &Type) -> Vec<String> {
    let mut names = Vec::new();
    let mut class = Some(ty);
    while let Some(ty) = class {
        if ty.is_heap() {
            // SAFETY: just checked; the field is null or a tuple of strings.
            let given = unsafe { (ty.heap().ht_slots.get() as *const crate::Tuple).as_ref() };
            if let Some(given) = given {
                names
                    .push(given.items().iter().filter_map(|s| s.cast::<crate::Str>()).map(|s| s.to_string()).collect::<Vec<_>>().join(","));
            }
        }
        class = ty.base();
    }
    names.retain(|n| !n.is_empty());
    names
}
