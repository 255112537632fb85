//! The end of objects: `_Py_Dealloc` with bounded depth, and the freeing of memory.
//!
//! A long chain of objects (a list nested a million deep) would recurse once for each link. When the
//! native stack runs low, objects that the collector knows are put on a list in the thread state
//! (`delete_later`, linked through the collector's head) and freed when the outermost dealloc is done.

use pyrox_abi as abi;
use pyrox_abi::{PyObject, PyTypeObject};

use crate::Thread;

/// Deallocate an object whose count reached zero.
///
/// # Safety
/// The count is 0 and nobody else refers to the object.
#[cold]
#[inline(never)]
pub unsafe fn dealloc(object: *mut PyObject) {
    // SAFETY: by contract.
    unsafe {
        let ty = (*object).ob_type.get();
        let Some(function) = (*ty).tp_dealloc.get() else { return };
        if (*ty).tp_flags.get() & abi::Py_TPFLAGS_HAVE_GC == 0 {
            function(object);
            return;
        }
        let thread = Thread::current();
        let depth = thread.dealloc_depth.get();
        if depth >= 200 && (thread.stack_is_low() || depth >= 2000) {
            // Untracked objects have a free collector's head to be linked by.
            crate::gc::untrack(object);
            crate::gc::set_link(object, thread.state.delete_later.get());
            thread.state.delete_later.set(object);
            return;
        }
        thread.dealloc_depth.set(depth + 1);
        function(object);
        thread.dealloc_depth.set(depth);
        if depth == 0 && !thread.state.delete_later.get().is_null() {
            free_put_off(thread);
        }
    }
}

#[cold]
unsafe fn free_put_off(thread: &Thread) {
    // SAFETY: the list holds objects of count zero that only it refers to.
    unsafe {
        thread.dealloc_depth.set(1);
        loop {
            let object = thread.state.delete_later.get();
            if object.is_null() {
                break;
            }
            thread.state.delete_later.set(crate::gc::link(object));
            crate::gc::set_link(object, std::ptr::null_mut());
            let ty = (*object).ob_type.get();
            if let Some(function) = (*ty).tp_dealloc.get() {
                function(object);
            }
        }
        thread.dealloc_depth.set(0);
    }
}

/// Free an instance's memory by its type's `tp_free`. The reference to a heap type is given back if the type has its
/// `tp_dealloc` from here: otherwise that function, which has called this one, does it.
///
/// # Safety
/// The object's fields are dropped already.
pub unsafe fn free_instance(object: *mut PyObject, ty: *mut PyTypeObject) {
    // SAFETY: by contract.
    unsafe {
        if let Some(free) = (*ty).tp_free.get() {
            free(object as *mut _);
        }
        if (*ty).tp_flags.get() & abi::Py_TPFLAGS_HEAPTYPE != 0
            && crate::type_object::has_slot_of_static_base(crate::Type::from_ptr(ty), |t| t.tp_dealloc.get().map(|f| f as usize))
        {
            crate::object::decref(ty as *mut PyObject);
        }
    }
}
