//! Weak references and proxies.

use std::ffi::c_int;

use pyrox_objects::object::PyType;
use pyrox_objects::weakref::{self, WeakRef};
use pyrox_objects::weakref_proxy::{self, CallableProxy, Proxy};
use pyrox_objects::{Obj, Object, Owned, PyResult};

use crate::api::{bad_call, pointer, present, type_text};
use crate::support::{Raw, give, truth};

/// A reference or a proxy: all have the same layout.
unsafe fn reference<'a>(object: Raw) -> Option<&'a WeakRef> {
    // SAFETY: by the API's contract.
    let object = unsafe { Object::from_ptr_or_null(object) }?;
    let is = object.is_instance::<WeakRef>() || object.is_exact::<Proxy>() || object.is_exact::<CallableProxy>();
    // SAFETY: just checked.
    is.then(|| unsafe { &*(object as *const Object as *const WeakRef) })
}

unsafe fn callback<'a>(object: Raw) -> Option<&'a Object> {
    // SAFETY: by the API's contract.
    unsafe { Object::from_ptr_or_null(object) }.filter(|object| !object.is_none())
}

fn borrowed(result: PyResult<Raw>) -> Raw {
    pointer(result)
}

crate::api! {
    /// `weakref.ref(object, callback)`.
    fn PyWeakref_NewRef(thread; object: Raw, on_death: Raw) -> Raw = give {
        WeakRef::new(thread, WeakRef::ty(), present(thread, object)?, callback(on_death)).map(Owned::upcast)
    }

    /// `weakref.proxy(object, callback)`.
    fn PyWeakref_NewProxy(thread; object: Raw, on_death: Raw) -> Raw = give {
        weakref_proxy::proxy(thread, present(thread, object)?, callback(on_death))
    }

    /// Store the referent if it lives: 1, 0 or -1.
    fn PyWeakref_GetRef(thread; object: Raw, to: *mut Raw) -> c_int = truth {
        *to = std::ptr::null_mut();
        if object.is_null() {
            return Err(bad_call(thread));
        }
        let Some(reference) = reference(object) else { return Err(thread.type_error("expected a weakref")) };
        let found: Option<Obj> = reference.referent();
        let lives = found.is_some();
        *to = found.map_or(std::ptr::null_mut(), Owned::into_raw);
        Ok(lives)
    }

    /// The referent or `None`, borrowed.
    fn PyWeakref_GetObject(thread; object: Raw) -> Raw = borrowed {
        let reference = reference(object).ok_or_else(|| bad_call(thread))?;
        Ok(reference.referent().map_or_else(|| pyrox_objects::none_ref().as_ptr(), |found| found.as_ptr()))
    }

    /// Whether the referent is gone.
    fn PyWeakref_IsDead(thread; object: Raw) -> c_int = truth {
        if object.is_null() {
            return Err(bad_call(thread));
        }
        match reference(object) {
            Some(reference) => Ok(reference.referent().is_none()),
            None => Err(thread.type_error(&format!("expected a weakref, got {}", type_text(thread, Object::from_ptr(object))))),
        }
    }

    /// Whether the referent is gone.
    fn _PyWeakref_IsDead(object: Raw) -> c_int { reference(object).is_none_or(|reference| reference.referent().is_none()) as c_int }

    /// Void a reference without calling anything.
    fn _PyWeakref_ClearRef(object: Raw) { weakref::void(object) }
}
