//! A doubly linked list of Python objects, whose links lie in the objects.
//!
//! The list owns a reference to each of its members. A member knows whether it is in the list, so that
//! taking it out twice does nothing.

use std::cell::Cell;
use std::ffi::{c_int, c_void};

use pyrox_objects::abi;
use pyrox_objects::native::{Raw, Traverse};
use pyrox_objects::{Owned, PyType};

/// A member's links.
pub struct Place<T> {
    previous: Cell<*const T>,
    next: Cell<*const T>,
    linked: Cell<bool>,
}

impl<T> Place<T> {
    pub const fn new() -> Place<T> {
        Place { previous: Cell::new(std::ptr::null()), next: Cell::new(std::ptr::null()), linked: Cell::new(false) }
    }
}

/// What can be a member.
pub trait Linked: PyType + Sized {
    fn place(&self) -> &Place<Self>;
}

/// The list. All zero is an empty one.
pub struct LinkedList<T: Linked> {
    first: Cell<*const T>,
    last: Cell<*const T>,
}

/// A new reference to what a list's pointer points to.
fn own<T: Linked>(pointer: *const T) -> Option<Owned<T>> {
    // SAFETY: null, or a member that the list owns.
    unsafe { pointer.as_ref().map(pyrox_objects::Own::own_typed) }
}

impl<T: Linked> LinkedList<T> {
    pub const fn new() -> Self {
        LinkedList { first: Cell::new(std::ptr::null()), last: Cell::new(std::ptr::null()) }
    }

    pub fn first(&self) -> Option<Owned<T>> {
        own(self.first.get())
    }

    pub fn last(&self) -> Option<Owned<T>> {
        own(self.last.get())
    }

    /// The member after this one.
    pub fn after(&self, member: &T) -> Option<Owned<T>> {
        own(member.place().next.get())
    }

    /// The member before this one.
    pub fn before(&self, member: &T) -> Option<Owned<T>> {
        own(member.place().previous.get())
    }

    pub fn append(&self, member: Owned<T>) {
        self.insert(member, true);
    }

    pub fn prepend(&self, member: Owned<T>) {
        self.insert(member, false);
    }

    fn insert(&self, member: Owned<T>, at_end: bool) {
        if member.place().linked.replace(true) {
            return;
        }
        let place = member.place();
        let (previous, next) = if at_end { (self.last.get(), std::ptr::null()) } else { (std::ptr::null(), self.first.get()) };
        place.previous.set(previous);
        place.next.set(next);
        let pointer = member.into_raw() as *const T;
        // SAFETY: neighbours are members, which the list owns.
        unsafe {
            match previous.as_ref() {
                Some(previous) => previous.place().next.set(pointer),
                None => self.first.set(pointer),
            }
            match next.as_ref() {
                Some(next) => next.place().previous.set(pointer),
                None => self.last.set(pointer),
            }
        }
    }

    /// Take a member out, if it is in: the list's reference is handed on.
    pub fn extract(&self, member: &T) -> Option<Owned<T>> {
        let place = member.place();
        if !place.linked.replace(false) {
            return None;
        }
        let (previous, next) = (place.previous.replace(std::ptr::null()), place.next.replace(std::ptr::null()));
        // SAFETY: neighbours are members, which the list owns; so was this one.
        unsafe {
            match previous.as_ref() {
                Some(previous) => previous.place().next.set(next),
                None => self.first.set(next),
            }
            match next.as_ref() {
                Some(next) => next.place().previous.set(previous),
                None => self.last.set(previous),
            }
            Some(Owned::from_raw(member as *const T as Raw))
        }
    }

    pub fn pop_first(&self) -> Option<Owned<T>> {
        // SAFETY: null, or a member that the list owns.
        self.extract(unsafe { self.first.get().as_ref()? })
    }

    /// Take all out; the first dies when the list is empty.
    pub fn remove_all(&self) {
        let mut members = Vec::new();
        while let Some(member) = self.pop_first() {
            members.push(member);
        }
    }
}

impl<T: Linked> Traverse for LinkedList<T> {
    unsafe fn traverse(&self, visit: abi::visitproc, data: *mut c_void) -> c_int {
        let mut at = self.first.get();
        // SAFETY: the list owns its members; by contract.
        unsafe {
            while let Some(member) = at.as_ref() {
                let status = visit(at as Raw, data);
                if status != 0 {
                    return status;
                }
                at = member.place().next.get();
            }
        }
        0
    }

    fn clear(&self) {
        self.remove_all();
    }
}

impl<T: Linked> Drop for LinkedList<T> {
    fn drop(&mut self) {
        self.remove_all();
    }
}
