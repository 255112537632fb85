//! What a function of the API that is not yet built does: it raises, and gives back what tells its caller so.

use std::ffi::{c_char, c_int};

/// `PyStatus`.
#[repr(C)]
pub struct PyStatus {
    kind: c_int,
    function: *const c_char,
    message: *const c_char,
    exit_code: c_int,
}

/// A result that tells of an error.
pub trait Failed {
    fn failed() -> Self;
}

impl Failed for *mut u8 {
    fn failed() -> Self {
        std::ptr::null_mut()
    }
}

impl Failed for isize {
    fn failed() -> Self {
        -1
    }
}

impl Failed for f64 {
    fn failed() -> Self {
        -1.0
    }
}

impl Failed for () {
    fn failed() -> Self {}
}

impl Failed for PyStatus {
    fn failed() -> Self {
        PyStatus { kind: 1, function: std::ptr::null(), message: c"not supported by Pyrox".as_ptr(), exit_code: 0 }
    }
}

/// Raise for the function of that name.
#[cold]
pub fn raise<T: Failed>(name: &str) -> T {
    let thread = pyrox_objects::Thread::attached();
    // SAFETY: the attached state of this thread, if there is one.
    if let Some(thread) = unsafe { thread.as_ref() } {
        if thread.raised().is_none() {
            thread.system_error(&format!("{name}() is not yet supported by Pyrox"));
        }
    }
    T::failed()
}

/// Functions that are not yet built, with what they give back.
macro_rules! missing {
    ($result:ty; $($name:ident,)*) => { $(
        #[doc = concat!("`", stringify!($name), "` is not yet built: it raises `SystemError`.")]
        #[unsafe(no_mangle)]
        pub extern "C-unwind" fn $name() -> $result {
            $crate::unbuilt::raise(stringify!($name))
        }
    )* };
}
pub(crate) use missing;
