//! `PyMem_*`, `PyObject_Malloc` and their kin: one allocator behind all of them.

use std::cell::Cell;
use std::ffi::{c_char, c_int, c_uint, c_void};

use pyrox_abi as abi;

use crate::support::*;

/// `count * size`, or nothing if that is too much.
fn product(count: usize, size: usize) -> Option<usize> {
    count.checked_mul(size).filter(|&n| n <= isize::MAX as usize)
}

macro_rules! family {
    ($malloc:ident $calloc:ident $realloc:ident $free:ident) => {
        family!(@ $malloc $calloc $realloc);
        api! {
            /// Free memory of the same family.
            fn $free(memory: *mut c_void) { abi::free(memory as *mut u8) }
        }
    };
    (@ $malloc:ident $calloc:ident $realloc:ident) => {
        api! {
            /// Memory of `size` bytes, of one byte for 0; null if there is none.
            fn $malloc(size: usize) -> *mut c_void {
                if size > isize::MAX as usize { return std::ptr::null_mut(); }
                abi::allocate(size.max(1)) as *mut c_void
            }
            /// Zeroed memory for `count` elements of `size` bytes.
            fn $calloc(count: usize, size: usize) -> *mut c_void {
                match product(count, size) {
                    Some(total) => abi::allocate_zeroed(total.max(1)) as *mut c_void,
                    None => std::ptr::null_mut(),
                }
            }
            /// Change the size of memory; null gives new memory.
            fn $realloc(memory: *mut c_void, size: usize) -> *mut c_void {
                if size > isize::MAX as usize { return std::ptr::null_mut(); }
                abi::reallocate(memory as *mut u8, size.max(1)) as *mut c_void
            }
        }
    };
}
family!(PyMem_RawMalloc PyMem_RawCalloc PyMem_RawRealloc PyMem_RawFree);
family!(PyMem_Malloc PyMem_Calloc PyMem_Realloc PyMem_Free);
// `PyObject_Free` is the `tp_free` of types and lives with the collector.
family!(@ PyObject_Malloc PyObject_Calloc PyObject_Realloc);

/// `PyMemAllocatorEx`.
#[repr(C)]
pub struct PyMemAllocatorEx {
    context: *mut c_void,
    malloc: Option<unsafe extern "C-unwind" fn(*mut c_void, usize) -> *mut c_void>,
    calloc: Option<unsafe extern "C-unwind" fn(*mut c_void, usize, usize) -> *mut c_void>,
    realloc: Option<unsafe extern "C-unwind" fn(*mut c_void, *mut c_void, usize) -> *mut c_void>,
    free: Option<unsafe extern "C-unwind" fn(*mut c_void, *mut c_void)>,
}

unsafe extern "C-unwind" fn with_context_malloc(_: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: plain allocation.
    unsafe { PyMem_RawMalloc(size) }
}
unsafe extern "C-unwind" fn with_context_calloc(_: *mut c_void, count: usize, size: usize) -> *mut c_void {
    // SAFETY: plain allocation.
    unsafe { PyMem_RawCalloc(count, size) }
}
unsafe extern "C-unwind" fn with_context_realloc(_: *mut c_void, memory: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: memory of this family.
    unsafe { PyMem_RawRealloc(memory, size) }
}
unsafe extern "C-unwind" fn with_context_free(_: *mut c_void, memory: *mut c_void) {
    // SAFETY: memory of this family.
    unsafe { PyMem_RawFree(memory) }
}

/// `PyObjectArenaAllocator`.
#[repr(C)]
pub struct PyObjectArenaAllocator {
    context: *mut c_void,
    alloc: Option<unsafe extern "C-unwind" fn(*mut c_void, usize) -> *mut c_void>,
    free: Option<unsafe extern "C-unwind" fn(*mut c_void, *mut c_void, usize)>,
}

unsafe extern "C-unwind" fn arena_free(_: *mut c_void, memory: *mut c_void, _: usize) {
    // SAFETY: memory of this family.
    unsafe { PyMem_RawFree(memory) }
}

api! {
    /// The allocator of a domain: one serves all.
    fn PyMem_GetAllocator(_domain: c_int, allocator: *mut PyMemAllocatorEx) {
        *allocator = PyMemAllocatorEx {
            context: std::ptr::null_mut(),
            malloc: Some(with_context_malloc),
            calloc: Some(with_context_calloc),
            realloc: Some(with_context_realloc),
            free: Some(with_context_free),
        };
    }
    /// Allocators cannot be replaced here: the objects' own memory is not taken from the hooks. What was
    /// allocated before stays valid, which is all that a wrapping allocator relies on.
    fn PyMem_SetAllocator(_domain: c_int, _allocator: *mut PyMemAllocatorEx) {}
    /// There are no debug hooks to set up.
    fn PyMem_SetupDebugHooks() {}
    /// Where arenas come from.
    fn PyObject_GetArenaAllocator(allocator: *mut PyObjectArenaAllocator) {
        *allocator = PyObjectArenaAllocator { context: std::ptr::null_mut(), alloc: Some(with_context_malloc), free: Some(arena_free) };
    }
    /// Arenas are not used; what was allocated stays valid.
    fn PyObject_SetArenaAllocator(_allocator: *mut PyObjectArenaAllocator) {}
    /// A copy of a C string.
    fn _PyMem_Strdup(text: *const c_char) -> *mut c_char {
        let size = libc::strlen(text) + 1;
        let copy = PyMem_Malloc(size) as *mut c_char;
        if !copy.is_null() {
            std::ptr::copy_nonoverlapping(text, copy, size);
        }
        copy
    }
    /// A copy of a C string.
    fn _PyMem_RawStrdup(text: *const c_char) -> *mut c_char { _PyMem_Strdup(text) }
    /// A copy of a wide C string.
    fn _PyMem_RawWcsdup(text: *const libc::wchar_t) -> *mut libc::wchar_t {
        let size = (libc::wcslen(text) + 1) * size_of::<libc::wchar_t>();
        let copy = PyMem_RawMalloc(size) as *mut libc::wchar_t;
        if !copy.is_null() {
            std::ptr::copy_nonoverlapping(text as *const u8, copy as *mut u8, size);
        }
        copy
    }
    /// Tell tracemalloc of memory: it is not tracing.
    fn PyTraceMalloc_Track(_domain: c_uint, _address: usize, _size: usize) -> c_int { -2 }
    /// As above.
    fn PyTraceMalloc_Untrack(_domain: c_uint, _address: usize) -> c_int { -2 }
    /// As above: there is no traceback.
    fn _PyTraceMalloc_GetTraceback(_domain: c_uint, _address: usize) -> Raw { pyrox_objects::none().into_raw() }
}

thread_local! {
    static TRACER: Cell<(Option<RefTracer>, *mut c_void)> = const { Cell::new((None, std::ptr::null_mut())) };
}

/// `PyRefTracer`.
pub type RefTracer = unsafe extern "C-unwind" fn(Raw, c_int, *mut c_void) -> c_int;

api! {
    /// Keep a tracer of references. Objects are made and freed without telling it.
    fn PyRefTracer_SetTracer(tracer: Option<RefTracer>, data: *mut c_void) -> c_int {
        if tracer.is_some() {
            thread().not_implemented_error("references cannot be traced");
            return -1;
        }
        TRACER.set((None, data));
        0
    }
    /// The tracer that was set.
    fn PyRefTracer_GetTracer(data: *mut *mut c_void) -> Option<RefTracer> {
        let (tracer, own) = TRACER.get();
        if !data.is_null() {
            *data = own;
        }
        tracer
    }
}
