//! `PyCapsule_*`: C pointers handed from one extension to another.

use std::ffi::{CStr, c_char, c_int, c_void};

use pyrox_abi as abi;
use pyrox_objects::capsule::Capsule;
use pyrox_objects::{Obj, Owned, PyResult, Str, Thread};

use crate::support::*;

/// A capsule that holds something.
fn legal<'a>(thread: &Thread, object: Raw, function: &str) -> PyResult<&'a Capsule> {
    // SAFETY: null or a live object.
    match unsafe { typed::<Capsule>(object) }.filter(|c| !c.pointer.get().is_null()) {
        Some(capsule) => Ok(capsule),
        None => Err(thread.value_error(&format!("{function} called with invalid PyCapsule object"))),
    }
}

api! {
    /// A capsule of a pointer.
    fn PyCapsule_New(thread; pointer: *mut c_void, name: *const c_char, destructor: abi::PyCapsule_Destructor) -> Raw = give {
        Capsule::new(thread, pointer, name, destructor).map(Owned::upcast)
    }
    /// Whether the object is a capsule of that name that holds something.
    fn PyCapsule_IsValid(object: Raw, name: *const c_char) -> c_int { typed::<Capsule>(object).is_some_and(|c| c.is_named(name)) as c_int }
    /// The pointer.
    fn PyCapsule_GetPointer(thread; object: Raw, name: *const c_char) -> *mut c_void {
        match legal(thread, object, "PyCapsule_GetPointer") {
            Ok(capsule) if capsule.is_named(name) => capsule.pointer.get(),
            Ok(_) => {
                thread.value_error("PyCapsule_GetPointer called with incorrect name");
                std::ptr::null_mut()
            }
            Err(_) => std::ptr::null_mut(),
        }
    }
    /// The name.
    fn PyCapsule_GetName(thread; object: Raw) -> *const c_char {
        legal(thread, object, "PyCapsule_GetName").map_or(std::ptr::null(), |c| c.name.get())
    }
    /// The destructor.
    fn PyCapsule_GetDestructor(thread; object: Raw) -> abi::PyCapsule_Destructor {
        legal(thread, object, "PyCapsule_GetDestructor").map_or(None, |c| c.destructor.get())
    }
    /// The context.
    fn PyCapsule_GetContext(thread; object: Raw) -> *mut c_void {
        legal(thread, object, "PyCapsule_GetContext").map_or(std::ptr::null_mut(), |c| c.context.get())
    }
    /// Set the pointer.
    fn PyCapsule_SetPointer(thread; object: Raw, pointer: *mut c_void) -> c_int = status {
        let capsule = legal(thread, object, "PyCapsule_SetPointer")?;
        if pointer.is_null() {
            return Err(thread.value_error("PyCapsule_SetPointer called with null pointer"));
        }
        capsule.pointer.set(pointer);
        Ok(())
    }
    /// Set the name.
    fn PyCapsule_SetName(thread; object: Raw, name: *const c_char) -> c_int = status { legal(thread, object, "PyCapsule_SetName").map(|c| c.name.set(name)) }
    /// Set the destructor.
    fn PyCapsule_SetDestructor(thread; object: Raw, destructor: abi::PyCapsule_Destructor) -> c_int = status {
        legal(thread, object, "PyCapsule_SetDestructor").map(|c| c.destructor.set(destructor))
    }
    /// Set the context.
    fn PyCapsule_SetContext(thread; object: Raw, context: *mut c_void) -> c_int = status { legal(thread, object, "PyCapsule_SetContext").map(|c| c.context.set(context)) }
    /// Let the collector see what the pointer leads to.
    fn _PyCapsule_SetTraverse(thread; object: Raw, traverse: abi::traverseproc, clear: abi::inquiry) -> c_int = status {
        legal(thread, object, "_PyCapsule_SetTraverse").map(|c| c.set_traverse(traverse, clear))
    }
    /// Import a module and give the pointer of a capsule in it, whose name is the dotted one.
    fn PyCapsule_Import(thread; name: *const c_char, _no_block: c_int) -> *mut c_void {
        let work = || -> PyResult<Obj> {
            let whole = CStr::from_ptr(name).to_string_lossy();
            let mut parts = CStr::from_ptr(name).to_bytes().split(|&b| b == b'.');
            let first = String::from_utf8_lossy(parts.next().unwrap_or_default());
            let mut object = match pyrox_interpreter::import::import_module(thread, &first) {
                Ok(module) => module,
                Err(_) => return Err(thread.import_error(&format!("PyCapsule_Import could not import module \"{first}\""))),
            };
            for part in parts {
                let part = crate::build_value::decode(thread, part)?;
                let Some(part) = part.cast::<Str>() else { return Err(bad_internal_call(thread)) };
                object = object.getattr(thread, part)?;
            }
            match object.cast::<Capsule>().is_some_and(|c| c.is_named(name)) {
                true => Ok(object),
                false => Err(thread.attribute_error(&format!("PyCapsule_Import \"{whole}\" is not valid"))),
            }
        };
        match work() {
            // The module keeps the capsule.
            Ok(object) => object.cast::<Capsule>().map_or(std::ptr::null_mut(), |c| c.pointer.get()),
            Err(_) => std::ptr::null_mut(),
        }
    }
}
