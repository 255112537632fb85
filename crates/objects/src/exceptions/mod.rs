//! The exception classes.
//!
//! `base.rs` is `BaseException`; `hierarchy.rs` lists the classes that add nothing but their name;
//! the classes with fields of their own have files of theirs.

mod base;
mod fields;
pub mod group;
mod hierarchy;
mod import_error;
mod memory;
mod os_error;
pub mod syntax_error;
pub mod unicode;

pub use base::{BaseException, add_note, set_context_without_cycle};
pub use fields::{StopIteration, SystemExit};
pub use group::{BaseExceptionGroup, ExceptionGroup};
pub use hierarchy::*;
pub use import_error::ImportError;
pub use os_error::{OsError, class_of_errno, strerror};
pub use syntax_error::SyntaxError;
pub use unicode::unicode_encode_error;

use crate::{PyResult, Thread};

/// Make all exception classes ready and add them to a module.
pub fn add_all(thread: &Thread, module: &crate::Module) -> PyResult<()> {
    for ty in all_types() {
        crate::type_object::ready(thread, ty)?;
        module.add(thread, ty.name(), ty)?;
    }
    for ty in hierarchy::other_types() {
        crate::type_object::ready(thread, ty)?;
    }
    module.add(thread, "EnvironmentError", os_error())?;
    module.add(thread, "IOError", os_error())
}
