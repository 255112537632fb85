//! Exception classes that a module makes when it is first imported.

use std::ffi::c_void;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyrox_objects::{Dict, Module, PyResult, Raised, Str, Thread, Tuple, Type, intern};

/// An exception class of a module; it lives as long as the process.
pub struct ExceptionClass(AtomicPtr<c_void>);

impl ExceptionClass {
    pub const fn new() -> Self {
        ExceptionClass(AtomicPtr::new(std::ptr::null_mut()))
    }

    /// Make the class `module.name` (once) and add it to the module as `name`.
    pub fn add(&self, thread: &Thread, module: &Module, module_name: &str, name: &str, base: &Type) -> PyResult<()> {
        if self.0.load(Ordering::Relaxed).is_null() {
            let dict = Dict::new(thread)?;
            dict.set(thread, intern!("__module__"), &*Str::from_str(thread, module_name)?)?;
            let class = Type::type_type().call(thread, &[&*Str::from_str(thread, name)?, &*Tuple::from_slice(thread, &[base])?, &*dict])?;
            self.0.store(class.into_raw() as *mut c_void, Ordering::Relaxed);
        }
        match self.class() {
            Some(class) => module.add(thread, name, class),
            None => Ok(()),
        }
    }

    fn class(&self) -> Option<&'static Type> {
        // SAFETY: a class that `add` made and never gives up.
        unsafe { (self.0.load(Ordering::Relaxed) as *const Type).as_ref() }
    }

    /// Raise it.
    #[cold]
    pub fn raise(&self, thread: &Thread, message: &str) -> Raised {
        match self.class() {
            Some(class) => thread.error(class, message),
            None => thread.system_error("the module is not initialized"),
        }
    }
}
