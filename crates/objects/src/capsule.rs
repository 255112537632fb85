//! `PyCapsule`: a C pointer that extensions hand to one another, with a name that says what it is.

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int, c_void};

use pyrox_abi as abi;
use pyrox_macros::pyclass;

use crate::native::Raw;
use crate::object::{Head, Owned, PyType};
use crate::{PyResult, Thread};

/// A pointer with a name, a context and a destructor.
#[repr(C)]
pub struct Capsule {
    head: Head,
    pub pointer: Cell<*mut c_void>,
    pub name: Cell<*const c_char>,
    pub context: Cell<*mut c_void>,
    pub destructor: Cell<abi::PyCapsule_Destructor>,
    /// What the collector calls, if the holder set it.
    pub traverse: Cell<abi::traverseproc>,
    pub clear: Cell<abi::inquiry>,
}

impl Capsule {
    /// A capsule of a pointer that is not null.
    pub fn new(
        thread: &Thread,
        pointer: *mut c_void,
        name: *const c_char,
        destructor: abi::PyCapsule_Destructor,
    ) -> PyResult<Owned<Capsule>> {
        if pointer.is_null() {
            return Err(thread.value_error("PyCapsule_New called with null pointer"));
        }
        let object = Capsule::ty().allocate_untracked(thread, 0)?;
        // SAFETY: a fresh instance of this layout, zeroed behind its head.
        let capsule: Owned<Capsule> = unsafe { object.cast_unchecked() };
        capsule.pointer.set(pointer);
        capsule.name.set(name);
        capsule.destructor.set(destructor);
        Ok(capsule)
    }

    /// The capsule holds a pointer and has this name.
    ///
    /// # Safety
    /// `name` is null or NUL-terminated text.
    pub unsafe fn is_named(&self, name: *const c_char) -> bool {
        let own = self.name.get();
        if self.pointer.get().is_null() {
            return false;
        }
        if own.is_null() || name.is_null() {
            return own == name;
        }
        // SAFETY: both are NUL-terminated: by contract, and because whoever made the capsule said so.
        unsafe { CStr::from_ptr(own) == CStr::from_ptr(name) }
    }

    /// Let the collector see what the pointer leads to.
    ///
    /// # Safety
    /// The functions are a traverse and a clear function for this capsule.
    pub unsafe fn set_traverse(&self, traverse: abi::traverseproc, clear: abi::inquiry) {
        self.traverse.set(traverse);
        self.clear.set(clear);
        // SAFETY: a valid object of a type that takes part in collection.
        unsafe {
            if !crate::gc::is_tracked(self.as_ptr()) {
                crate::gc::track(self.as_ptr());
            }
        }
    }
}

/// Capsule objects let you wrap a C "void *" pointer in a Python
/// object.  They're a way of passing data through the Python interpreter
/// without creating your own custom type.
///
/// Capsules are used for communication between extension modules.
/// They provide a way for an extension module to export a C interface
/// to other extension modules, so that extension modules can use the
/// Python import mechanism to link to one another.
#[pyclass(name = "PyCapsule", symbol = "PyCapsule_Type", gc)]
impl Capsule {
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract; the destructor is the holder's.
        unsafe {
            crate::gc::untrack(object);
            if let Some(destructor) = (*(object as *const Capsule)).destructor.get() {
                destructor(object);
            }
            crate::dealloc::free_instance(object, (*object).ob_type.get());
        }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut c_void) -> c_int {
        // SAFETY: the function was given for this capsule.
        unsafe { (*(object as *const Capsule)).traverse.get().map_or(0, |traverse| traverse(object, visit, data)) }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_clear(object: Raw) -> c_int {
        // SAFETY: as above.
        unsafe { (*(object as *const Capsule)).clear.get().map_or(0, |clear| clear(object)) }
    }
    #[slot]
    fn tp_repr(&self) -> String {
        let address = (**self).as_ptr() as usize;
        if self.name.get().is_null() {
            return format!("<capsule object NULL at {address:#x}>");
        }
        // SAFETY: the name is NUL-terminated text, as whoever made the capsule said.
        let name = unsafe { CStr::from_ptr(self.name.get()) };
        format!("<capsule object \"{}\" at {address:#x}>", name.to_string_lossy())
    }
}

const _: () = assert!(size_of::<Capsule>() == 64);
