//! Raw memory: mimalloc beneath everything that `PyObject_Malloc` and `PyMem_Malloc` serve.

use mimalloc::MiMalloc;
use std::alloc::{GlobalAlloc, Layout};
use std::sync::OnceLock;

/// What objects come from, and for a program that hosts Pyrox to use for all else (`#[global_allocator]`).
pub struct Allocator;

static ALLOCATOR: MiMalloc = MiMalloc;

/// From here on a size is compared with the machine's memory.
const LARGE: usize = 1 << 30;

/// Whether the machine cannot have that much: mimalloc would reserve it all the same, and the process be killed when
/// it is used.
#[inline(always)]
fn is_absurd(size: usize) -> bool {
    size >= LARGE && exceeds_machine(size)
}

#[cold]
fn exceeds_machine(size: usize) -> bool {
    static MEMORY: OnceLock<usize> = OnceLock::new();
    let memory = *MEMORY.get_or_init(|| {
        // SAFETY: fills the struct that it is given.
        unsafe {
            let mut info: libc::sysinfo = std::mem::zeroed();
            match libc::sysinfo(&mut info) {
                0 => (info.totalram as usize).saturating_add(info.totalswap as usize).saturating_mul(info.mem_unit as usize),
                _ => isize::MAX as usize,
            }
        }
    });
    size > memory.min(isize::MAX as usize - 64)
}

// SAFETY: mimalloc's own allocator, which may refuse.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: by contract.
        if is_absurd(layout.size()) { std::ptr::null_mut() } else { unsafe { ALLOCATOR.alloc(layout) } }
    }
    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: by contract.
        if is_absurd(layout.size()) { std::ptr::null_mut() } else { unsafe { ALLOCATOR.alloc_zeroed(layout) } }
    }
    #[inline]
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: by contract.
        if is_absurd(size) { std::ptr::null_mut() } else { unsafe { ALLOCATOR.realloc(memory, layout, size) } }
    }
    #[inline]
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: by contract.
        unsafe { ALLOCATOR.dealloc(memory, layout) }
    }
}

/// Uninitialized memory of `size` bytes, aligned to 16; null if there is none.
#[inline]
pub fn allocate(size: usize) -> *mut u8 {
    if is_absurd(size) {
        return std::ptr::null_mut();
    }
    // SAFETY: the layout's size is not zero and within bounds.
    unsafe { ALLOCATOR.alloc(Layout::from_size_align_unchecked(size.max(1), 16)) }
}

/// Memory of `size` zero bytes, aligned to 16; null if there is none.
#[inline]
pub fn allocate_zeroed(size: usize) -> *mut u8 {
    if is_absurd(size) {
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
    if is_absurd(size) {
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
