//! References on the evaluation stack and in local variables.
//!
//! A [`Ref`] is an object's address; its lowest bit says that the reference is borrowed (not counted): made
//! by `LOAD_FAST_BORROW`, when the compiler proved that the local variable outlives its use.

use pyrox_objects::abi::{self, PyObject};
use pyrox_objects::object::decref;
use pyrox_objects::{Obj, Object, Owned};

const BORROWED: usize = 1;

/// A stack entry: nothing, an owned or a borrowed reference. Copying it does not count.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Ref(pub usize);

impl Ref {
    pub const NULL: Ref = Ref(0);

    #[inline(always)]
    pub fn new(object: Obj) -> Ref {
        Ref(object.into_raw() as usize)
    }

    #[inline(always)]
    pub fn borrowed(object: *mut PyObject) -> Ref {
        Ref(object as usize | BORROWED)
    }

    #[inline(always)]
    pub fn is_null(self) -> bool {
        self.0 == 0
    }

    #[inline(always)]
    pub fn ptr(self) -> *mut PyObject {
        (self.0 & !BORROWED) as *mut PyObject
    }

    /// # Safety
    /// Not null, and alive for `'a`.
    #[inline(always)]
    pub unsafe fn object<'a>(self) -> &'a Object {
        // SAFETY: by contract.
        unsafe { Object::from_ptr(self.ptr()) }
    }

    /// A counted copy.
    ///
    /// # Safety
    /// Not null, and alive.
    #[inline(always)]
    pub unsafe fn duplicate(self) -> Ref {
        // SAFETY: by contract.
        unsafe { abi::incref(self.ptr()) };
        Ref(self.0 & !BORROWED)
    }

    /// The entry as an owned reference: a borrowed one gets counted.
    ///
    /// # Safety
    /// Null, or alive.
    #[inline(always)]
    pub unsafe fn counted(self) -> Ref {
        if self.0 & BORROWED != 0 {
            // SAFETY: by contract.
            unsafe { abi::incref(self.ptr()) };
        }
        Ref(self.0 & !BORROWED)
    }

    /// Take the reference over, counting a borrowed one.
    ///
    /// # Safety
    /// Not null; the entry is not used afterwards.
    #[inline(always)]
    pub unsafe fn take(self) -> Obj {
        // SAFETY: by contract.
        unsafe {
            if self.0 & BORROWED != 0 {
                abi::incref(self.ptr());
            }
            Owned::from_raw(self.ptr())
        }
    }

    /// Give the reference back.
    ///
    /// # Safety
    /// Not null; the entry is not used afterwards.
    #[inline(always)]
    pub unsafe fn close(self) {
        if self.0 & BORROWED == 0 {
            // SAFETY: by contract.
            unsafe { decref(self.ptr()) }
        }
    }

    /// As [`Ref::close`], nothing for null.
    ///
    /// # Safety
    /// As there.
    #[inline(always)]
    pub unsafe fn xclose(self) {
        if !self.is_null() {
            // SAFETY: by contract.
            unsafe { self.close() }
        }
    }
}
