//! The exception classes `socket.herror` and `socket.gaierror`, and raising them.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::atomic::{AtomicPtr, Ordering};

use pyrox_objects::{Dict, Int, Module, PyResult, Raised, Str, Thread, Tuple, Type, exceptions, intern};
use pyrox_stdlib_os::system::fail;

/// A subclass of `OSError` that lives as long as the process.
pub struct ErrorClass(AtomicPtr<c_void>);

/// An error of `gethostbyname` and its like.
pub static HERROR: ErrorClass = ErrorClass(AtomicPtr::new(std::ptr::null_mut()));
/// An error of `getaddrinfo` and its like.
pub static GAIERROR: ErrorClass = ErrorClass(AtomicPtr::new(std::ptr::null_mut()));

impl ErrorClass {
    /// Make the class (once) and add it to the module.
    pub fn add(&self, thread: &Thread, module: &Module, name: &str) -> PyResult<()> {
        if self.0.load(Ordering::Acquire).is_null() {
            let dict = Dict::new(thread)?;
            dict.set(thread, intern!("__module__"), &*Str::from_str(thread, "socket")?)?;
            let bases = Tuple::from_slice(thread, &[exceptions::os_error()])?;
            let class = Type::type_type().call(thread, &[&*Str::from_str(thread, name)?, &*bases, &*dict])?;
            self.0.store(class.into_raw() as *mut c_void, Ordering::Release);
        }
        self.class().map_or(Ok(()), |class| module.add(thread, name, class))
    }

    fn class(&self) -> Option<&'static Type> {
        // SAFETY: a class that `add` made and never gives up.
        unsafe { (self.0.load(Ordering::Acquire) as *const Type).as_ref() }
    }

    fn raise(&self, thread: &Thread, code: c_int, text: *const c_char) -> Raised {
        let text = if text.is_null() {
            "unknown error".to_string()
        } else {
            // SAFETY: the library's texts are never freed.
            unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
        };
        let make = || {
            let class = self.class().unwrap_or(exceptions::os_error());
            class.call(thread, &[&*Int::from(code as i64), &*Str::from_str(thread, &text)?])
        };
        match make() {
            Ok(exception) => thread.raise(exception),
            Err(raised) => raised,
        }
    }
}

/// Raise what a code of `getaddrinfo` says.
#[cold]
pub fn gai_error(thread: &Thread, code: c_int) -> Raised {
    if code == libc::EAI_SYSTEM {
        return fail(thread);
    }
    // SAFETY: any number is taken.
    GAIERROR.raise(thread, code, unsafe { libc::gai_strerror(code) })
}

/// Raise what an `h_errno` says.
#[cold]
pub fn host_error(thread: &Thread, code: c_int) -> Raised {
    // SAFETY: any number is taken.
    HERROR.raise(thread, code, unsafe { libc::hstrerror(code) })
}
