//! The form in which the functions on concrete objects are written.

use pyrox_objects::{Obj, Object, PyResult, Raised, Str, Thread};
use std::ffi::c_int;

use crate::support::Raw;

/// Functions of the API, each exported under its name.
///
/// `fn Name(thread; a: A) -> R = how { body }` has the thread's token in `thread`, a body that is a
/// [`PyResult`], and `how`, a function that turns it into what C gets. Without `= how` the body is the result itself.
/// A body's raw pointers are as the API demands of its caller, which is what its unsafe operations lean on.
#[macro_export]
macro_rules! api {
    ($( $(#[$meta:meta])* fn $name:ident $arguments:tt $(-> $result:ty)? $(= $how:ident)? $body:block )*) => {
        $( $crate::api_function! { [$(#[$meta])*] $name $arguments [$($result)?] [$($how)?] $body } )*
    };
}

/// One function of [`api!`]. Its body is unsafe as a whole: it works on what its caller vouches for.
#[macro_export]
macro_rules! api_function {
    ([$(#[$meta:meta])*] $name:ident ($thread:ident; $($argument:ident: $ty:ty),* $(,)?) [$result:ty] [$how:ident] $body:block) => {
        $(#[$meta])*
        #[unsafe(no_mangle)]
        #[allow(unused_unsafe, clippy::redundant_closure_call)]
        pub unsafe extern "C" fn $name($($argument: $ty),*) -> $result {
            // SAFETY: as the API demands of its caller.
            unsafe {
                let $thread = $crate::support::thread();
                $how((move || $body)())
            }
        }
    };
    ([$(#[$meta:meta])*] $name:ident ($thread:ident; $($argument:ident: $ty:ty),* $(,)?) [$($result:ty)?] [] $body:block) => {
        $(#[$meta])*
        #[unsafe(no_mangle)]
        #[allow(unused_unsafe)]
        pub unsafe extern "C" fn $name($($argument: $ty),*) $(-> $result)? {
            // SAFETY: as the API demands of its caller.
            unsafe {
                let $thread = $crate::support::thread();
                $body
            }
        }
    };
    ([$(#[$meta:meta])*] $name:ident ($($argument:ident: $ty:ty),* $(,)?) [$($result:ty)?] [] $body:block) => {
        $(#[$meta])*
        #[unsafe(no_mangle)]
        #[allow(unused_unsafe)]
        pub unsafe extern "C" fn $name($($argument: $ty),*) $(-> $result)? {
            // SAFETY: as the API demands of its caller.
            unsafe { $body }
        }
    };
}

/// Raise what a function raises that was called with an object of a type it does not take.
#[cold]
pub fn bad_call(thread: &Thread) -> Raised {
    thread.system_error("bad argument to internal function")
}

/// The object as a `T` or a subtype, or the error of [`bad_call`].
///
/// # Safety
/// `object` is null or alive.
pub unsafe fn expect<'a, T: pyrox_objects::object::PyType>(thread: &Thread, object: Raw) -> PyResult<&'a T> {
    // SAFETY: by contract.
    match unsafe { Object::from_ptr_or_null(object) }.and_then(|object| object.cast::<T>()) {
        Some(value) => Ok(value),
        None => Err(bad_call(thread)),
    }
}

/// The object behind a pointer, or the error of a null argument.
///
/// # Safety
/// `object` is null or alive.
pub unsafe fn present<'a>(thread: &Thread, object: Raw) -> PyResult<&'a Object> {
    // SAFETY: by contract.
    match unsafe { Object::from_ptr_or_null(object) } {
        Some(object) => Ok(object),
        None if thread.raised().is_some() => Err(Raised),
        None => Err(thread.system_error("null argument to internal routine")),
    }
}

/// The name of an object's type as the format `%T` gives it: with its module, unless that is `builtins`.
pub fn type_text(thread: &Thread, object: &Object) -> String {
    let ty = object.ty();
    thread.aside(|| {
        let module = match ty.module_name(thread) {
            Ok(Some(module)) => module.cast::<Str>().map(|m| m.to_string_lossy().into_owned()),
            _ => None,
        };
        let name = match ty.qualname(thread) {
            Ok(name) => name.to_string_lossy().into_owned(),
            Err(_) => ty.name().to_string(),
        };
        match module {
            Some(module) if module != "builtins" && module != "__main__" => format!("{module}.{name}"),
            _ => name,
        }
    })
}

/// A borrowed result: whoever else holds the object keeps it alive.
pub fn lend(result: PyResult<Option<Obj>>) -> Raw {
    match result {
        Ok(Some(object)) => object.as_ptr(),
        _ => std::ptr::null_mut(),
    }
}

/// A number, -1 with the exception set.
pub fn length(result: PyResult<isize>) -> isize {
    result.unwrap_or(-1)
}

/// A pointer, null with the exception set.
pub fn pointer<T>(result: PyResult<*mut T>) -> *mut T {
    result.unwrap_or(std::ptr::null_mut())
}

/// A C `int`, -1 with the exception set.
pub fn int(result: PyResult<c_int>) -> c_int {
    result.unwrap_or(-1)
}
