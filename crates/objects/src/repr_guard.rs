//! `Py_ReprEnter`: containers that hold themselves show `...` instead of recursing.

use std::cell::RefCell;

use crate::object::{Object, address};

thread_local! {
    static ACTIVE: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Held while an object's `repr` is being made.
pub struct Guard(usize);

/// Begin the `repr` of `object`; `None` if it is being made already.
pub fn enter(object: &Object) -> Option<Guard> {
    let key = address(object);
    ACTIVE.with_borrow_mut(|active| {
        if active.contains(&key) {
            return None;
        }
        active.push(key);
        Some(Guard(key))
    })
}

impl Drop for Guard {
    fn drop(&mut self) {
        ACTIVE.with_borrow_mut(|active| {
            if let Some(at) = active.iter().rposition(|&key| key == self.0) {
                active.remove(at);
            }
        });
    }
}
