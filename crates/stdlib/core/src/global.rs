//! State that there is one of in a process, guarded by the interpreter's lock.

use std::cell::RefCell;

use pyrox_objects::Thread;

/// A value that whoever holds the lock may use. The borrow ends before anything can run Python code:
/// the closures get no thread token, and take references out instead of calling.
pub struct Global<T>(RefCell<T>);

// SAFETY: `with` asks for the token, which proves that the interpreter's lock is held.
unsafe impl<T> Sync for Global<T> {}

impl<T> Global<T> {
    pub const fn new(value: T) -> Self {
        Global(RefCell::new(value))
    }

    /// Use the value for a moment.
    pub fn with<R>(&self, _: &Thread, work: impl FnOnce(&mut T) -> R) -> R {
        work(&mut self.0.borrow_mut())
    }
}
