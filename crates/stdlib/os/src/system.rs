//! What every module here needs of the C library: error numbers, retrying, tables of constants.

use std::ffi::c_int;

use pyrox_interpreter::interrupts;
use pyrox_objects::{Module, Object, PyResult, Raised, Thread};

/// A C function's way to say -1.
pub trait Outcome: Copy {
    fn failed(self) -> bool;
}

macro_rules! outcomes {
    ($($ty:ty),*) => { $(impl Outcome for $ty {
        fn failed(self) -> bool { self == -1 }
    })* };
}
outcomes!(i32, i64, isize);

/// `errno`.
pub fn last_errno() -> c_int {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// Raise the `OSError` of `errno`.
#[cold]
pub fn fail(thread: &Thread) -> Raised {
    thread.os_error(last_errno(), None)
}

/// The result, or the `OSError` of `errno` if it is -1.
pub fn check<T: Outcome>(thread: &Thread, result: T) -> PyResult<T> {
    if result.failed() { Err(fail(thread)) } else { Ok(result) }
}

/// As [`check`], the error being about a file.
pub fn check_file<T: Outcome>(thread: &Thread, result: T, file: &Object) -> PyResult<T> {
    if result.failed() { Err(thread.os_error(last_errno(), Some(file))) } else { Ok(result) }
}

/// Call until it is not interrupted, signal handlers running in between (PEP 475).
pub fn retry<T: Outcome>(thread: &Thread, call: impl FnMut() -> T) -> PyResult<T> {
    match interrupts::retry(thread, call, |result| result.failed())? {
        Ok(result) => Ok(result),
        Err(errno) => Err(thread.os_error(errno, None)),
    }
}

/// As [`retry`], the error being about a file.
pub fn retry_file<T: Outcome>(thread: &Thread, file: &Object, call: impl FnMut() -> T) -> PyResult<T> {
    match interrupts::retry(thread, call, |result| result.failed())? {
        Ok(result) => Ok(result),
        Err(errno) => Err(thread.os_error(errno, Some(file))),
    }
}

/// Add a table of integers.
pub fn add_constants(thread: &Thread, module: &Module, table: &[(&str, i64)]) -> PyResult<()> {
    for (name, value) in table {
        module.add_int(thread, name, *value)?;
    }
    Ok(())
}

/// `[("EPERM", libc::EPERM as i64), ...]`.
macro_rules! constants {
    ($($name:ident),* $(,)?) => { &[$((stringify!($name), libc::$name as i64)),*] };
}
pub(crate) use constants;
