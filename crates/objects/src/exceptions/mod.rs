//! The exception classes.
//!
//! `base.rs` is `BaseException`; `hierarchy.rs` lists the classes that add nothing but their name;
//! the classes with fields of their own have files of theirs.

mod base;
mod fields;
mod hierarchy;

pub use base::{BaseException, add_note, set_context_without_cycle};
pub use fields::{StopIteration, SystemExit};
pub use hierarchy::*;

use crate::{PyResult, Raised, Str, Thread};

/// Raise `UnicodeEncodeError` for the characters from `start` to `end`.
#[cold]
pub fn unicode_encode_error(thread: &Thread, encoding: &str, text: &Str, start: usize, end: usize, reason: &str) -> Raised {
    let _ = end;
    let c = text.chars().nth(start).unwrap_or(0);
    let shown = match c {
        0..0x100 => format!("\\x{c:02x}"),
        0x100..0x10000 => format!("\\u{c:04x}"),
        _ => format!("\\U{c:08x}"),
    };
    thread.error(unicode_encode_error_type(), &format!("'{encoding}' codec can't encode character '{shown}' in position {start}: {reason}"))
}

/// Make all exception classes ready and add them to a module.
pub fn add_all(thread: &Thread, module: &crate::Module) -> PyResult<()> {
    for ty in all_types() {
        crate::type_object::ready(thread, ty)?;
        module.add(thread, ty.name(), ty)?;
    }
    module.add(thread, "EnvironmentError", os_error())?;
    module.add(thread, "IOError", os_error())
}
