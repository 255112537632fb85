//! `_weakref`: weak references and proxies, and what is known of those to an object.

use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::weakref::{WeakRef, references};
use pyrox_objects::weakref_proxy::{CallableProxy, Proxy};
use pyrox_objects::{Dict, List, Module, Obj, Object, Owned, PyResult, PyType, Thread};

pymodule!(
    name = "_weakref",
    doc = "Weak-reference support module.",
    functions = [getweakrefcount, getweakrefs, proxy, _remove_dead_weakref],
    exec = exec
);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    module.add(thread, "ref", WeakRef::ty())?;
    module.add(thread, "ReferenceType", WeakRef::ty())?;
    module.add_type::<Proxy>(thread)?;
    module.add_type::<CallableProxy>(thread)
}

/// Return the number of weak references to 'object'.
#[pyfunction(sig = "(object, /)")]
pub fn getweakrefcount(object: &Object) -> usize {
    references(object).len()
}

/// Return a list of all weak reference objects pointing to 'object'.
#[pyfunction(sig = "(object, /)")]
pub fn getweakrefs(thread: &Thread, object: &Object) -> PyResult<Owned<List>> {
    List::from_vec(thread, references(object))
}

/// Create a proxy object that weakly references 'object'.
///
/// 'callback', if given, is called with a reference to the
/// proxy when 'object' is about to be finalized.
#[pyfunction(sig = "(object, callback=None, /)")]
pub fn proxy(thread: &Thread, object: &Object, callback: Option<&Object>) -> PyResult<Obj> {
    pyrox_objects::weakref_proxy::proxy(thread, object, callback)
}

/// Atomically remove key from dict if it points to a dead weakref.
#[pyfunction(sig = "(dct, key, /)")]
pub fn _remove_dead_weakref(thread: &Thread, dct: &Dict, key: &Object) -> PyResult<()> {
    let Some(value) = dct.get(thread, key)? else { return Ok(()) };
    let dead = match value.cast::<WeakRef>() {
        Some(reference) => reference.referent().is_none(),
        None if value.is_instance::<Proxy>() || value.is_instance::<CallableProxy>() => {
            // SAFETY: proxies have the layout of weak references.
            unsafe { &*(value.as_ptr() as *const WeakRef) }.referent().is_none()
        }
        None => return Err(thread.type_error("not a weakref")),
    };
    if dead {
        dct.remove(thread, key)?;
    }
    Ok(())
}
