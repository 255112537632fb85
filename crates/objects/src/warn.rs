//! Issuing warnings.

use crate::{PyResult, Thread, exceptions};

/// Issue a `DeprecationWarning` at the running line; an error if the filters make it one.
pub fn deprecation(thread: &Thread, message: &str) -> PyResult<()> {
    crate::hooks::warn(thread, exceptions::deprecation_warning(), message)
}

/// Issue a `RuntimeWarning`.
pub fn runtime(thread: &Thread, message: &str) -> PyResult<()> {
    crate::hooks::warn(thread, exceptions::runtime_warning(), message)
}
