//! Reference counts with CPython 3.14's rule of immortality.
//!
//! The count is the low 32 bits of an object's first word. A count of `3 << 30` or more does not
//! grow; one with bit 31 set does not shrink: immortality is a range, because old extensions count
//! with plain arithmetic. The upper 32 bits of a mortal object stay 0.

use crate::PyObject;

/// From here on a count does not grow.
pub const IMMORTAL_REFCNT: u32 = 3 << 30;
/// The first word of a static object: immortal, with the flags "immortal" and "static".
pub const STATIC_REFCNT: i64 = (5 << 48) | (IMMORTAL_REFCNT as i64);

/// Add a reference.
///
/// # Safety
/// `object` is a valid object.
#[inline(always)]
pub unsafe fn incref(object: *mut PyObject) {
    let count = object as *mut u32;
    // SAFETY: the count is the first word of a valid object.
    unsafe {
        let value = *count;
        if value < IMMORTAL_REFCNT {
            *count = value + 1;
        }
    }
}

/// Take a reference away; true if it was the last one, and the caller must deallocate.
///
/// # Safety
/// `object` is a valid object, of which the caller owns a reference.
#[inline(always)]
pub unsafe fn decref_is_last(object: *mut PyObject) -> bool {
    let count = object as *mut u32;
    // SAFETY: as above.
    unsafe {
        let value = *count;
        if value as i32 <= 0 {
            debug_assert!(value != 0, "reference count below zero");
            return false;
        }
        *count = value - 1;
        value == 1
    }
}

/// The reference count as `Py_REFCNT` gives it.
///
/// # Safety
/// `object` is a valid object.
#[inline(always)]
pub unsafe fn refcnt(object: *const PyObject) -> u32 {
    // SAFETY: as above.
    unsafe { *(object as *const u32) }
}

/// Whether the count of `object` never changes its fate.
///
/// # Safety
/// `object` is a valid object.
#[inline(always)]
pub unsafe fn is_immortal(object: *const PyObject) -> bool {
    // SAFETY: as above.
    unsafe { (refcnt(object) as i32) < 0 }
}
