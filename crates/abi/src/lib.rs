//! CPython 3.14's memory layouts, constants and inline operations (GIL build, 64-bit).
//!
//! This crate knows no behaviour: what a type does is said in `objects`. It may depend on nothing
//! but the allocator. Everything here is `unsafe` to use on pointers that are not valid objects; the
//! invariants are those that CPython's headers assume. `tests/layout.rs` checks every offset.

mod alloc;
mod constants;
mod refcount;
mod structs;
mod tables;

pub use alloc::*;
pub use constants::*;
pub use refcount::*;
pub use structs::*;
pub use tables::*;

/// A value that may sit in a `static` though it holds pointers and is written to: type objects,
/// method tables, module definitions. Access is under the GIL.
#[repr(transparent)]
pub struct Static<T>(std::cell::UnsafeCell<T>);

// SAFETY: statics of this kind are only accessed while the GIL is held.
unsafe impl<T> Sync for Static<T> {}

impl<T> Static<T> {
    pub const fn new(value: T) -> Self {
        Static(std::cell::UnsafeCell::new(value))
    }

    /// The address, as C code sees it.
    pub const fn get(&'static self) -> *mut T {
        self.0.get()
    }
}

impl<T: Copy> Static<T> {
    /// A copy of the value.
    pub fn value(&'static self) -> T {
        // SAFETY: under the GIL.
        unsafe { *self.get() }
    }
}
