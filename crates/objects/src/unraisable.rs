//! Exceptions that nobody can catch: raised in `__del__`, weak reference callbacks and the like.

use crate::{Object, Thread};

/// Report the raised exception through `sys.unraisablehook` and clear it.
pub fn write(thread: &Thread, message: Option<&str>, object: Option<&Object>) {
    crate::hooks::unraisable(thread, message, object)
}
