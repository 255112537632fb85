//! Raw memory: mimalloc beneath everything that `PyObject_Malloc` and `PyMem_Malloc` serve.

use mimalloc::MiMalloc;
use std::alloc::{GlobalAlloc, Layout};

/// The allocator of a program that hosts Pyrox; objects come from it in any case.
pub static ALLOCATOR: MiMalloc = MiMalloc;

/// Uninitialized memory of `size` bytes, aligned to 16; null if there is none.
#[inline]
pub fn allocate(size: usize) -> *mut u8 {
    if size > isize::MAX as usize - 64 {
        return std::ptr::null_mut();
    }
    // SAFETY: the layout's size is not zero and within bounds.
    unsafe { ALLOCATOR.alloc(Layout::from_size_align_unchecked(size.max(1), 16)) }
}

/// Memory of `size` zero bytes, aligned to 16; null if there is none.
#[inline]
pub fn allocate_zeroed(size: usize) -> *mut u8 {
    if size > isize::MAX as usize - 64 {
        return std::ptr::null_mut();
    }
    // SAFETY: as above.
    unsafe { ALLOCATOR.alloc_zeroed(Layout::from_size_align_unchecked(size.max(1), 16)) }
}

/// Change the size of memory from [`allocate`]; null (and the old memory kept) if there is none.
///
/// # Safety
/// `memory` comes from this module or is null.
#[inline]
pub unsafe fn reallocate(memory: *mut u8, size: usize) -> *mut u8 {
    if memory.is_null() {
        return allocate(size);
    }
    if size > isize::MAX as usize - 64 {
        return std::ptr::null_mut();
    }
    // SAFETY: mimalloc's realloc does not need the old size; the layout gives the alignment.
    unsafe { ALLOCATOR.realloc(memory, Layout::from_size_align_unchecked(1, 16), size.max(1)) }
}

/// Give memory back.
///
/// # Safety
/// `memory` comes from this module or is null.
#[inline]
pub unsafe fn free(memory: *mut u8) {
    if !memory.is_null() {
        // SAFETY: mimalloc's free does not need the size.
        unsafe { ALLOCATOR.dealloc(memory, Layout::from_size_align_unchecked(1, 16)) }
    }
}
