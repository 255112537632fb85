//! Exceptions that nobody can catch: raised in `__del__`, weak reference callbacks and the like.

use crate::{Object, Thread};

/// Report the raised exception through `sys.unraisablehook` and clear it. A message that ends in a blank goes on
/// with the object's `repr`.
pub fn write(thread: &Thread, message: Option<&str>, object: Option<&Object>) {
    if let (Some(message), Some(object)) = (message.filter(|m| m.ends_with(' ')), object) {
        let shown = thread.aside(|| match object.repr(thread) {
            Ok(text) => format!("{message}{text}"),
            Err(_) => {
                thread.set_raised(None);
                format!("{message}<object repr() failed>")
            }
        });
        return crate::hooks::unraisable(thread, Some(&shown), None);
    }
    crate::hooks::unraisable(thread, message, object)
}
