//! The life of objects: their making, their counts, the collector, and their end.

use std::cell::RefCell;
use std::ffi::{c_char, c_int, c_void};

use pyrox_abi as abi;
use pyrox_abi::{PyTypeObject, PyVarObject};
use pyrox_objects::object::{decref, xdecref};
use pyrox_objects::{gc, managed};

use crate::support::*;

/// The size of an instance with that many items.
unsafe fn instance_size(ty: *mut PyTypeObject, items: isize) -> Option<usize> {
    // SAFETY: a live type.
    unsafe {
        let size = (*ty).tp_basicsize.get().max(0) as usize;
        let items = (*ty).tp_itemsize.get().max(0) as usize * usize::try_from(items).ok()?;
        size.checked_add(items)?.checked_add(7).map(|n| n & !7).filter(|&n| n < isize::MAX as usize)
    }
}

unsafe fn begin(object: Raw, ty: *mut PyTypeObject) {
    // SAFETY: fresh memory and a live type.
    unsafe {
        (*object).ob_type.set(ty);
        if (*ty).tp_flags.get() as u64 & abi::Py_TPFLAGS_HEAPTYPE != 0 {
            abi::incref(ty as Raw);
        }
        (*object).ob_refcnt_full.set(1);
    }
}

unsafe fn no_memory() -> Raw {
    // SAFETY: extensions hold the lock.
    unsafe { thread() }.no_memory();
    std::ptr::null_mut()
}

unsafe fn new_plain(ty: *mut PyTypeObject, items: isize) -> Raw {
    // SAFETY: a live type.
    unsafe {
        let Some(size) = instance_size(ty, items) else { return no_memory() };
        let object = abi::allocate(size) as Raw;
        if object.is_null() {
            return no_memory();
        }
        begin(object, ty);
        object
    }
}

unsafe fn new_collectable(ty: *mut PyTypeObject, items: isize, extra: usize) -> Raw {
    // SAFETY: a live type.
    unsafe {
        let flags = (*ty).tp_flags.get() as u64;
        let Some(size) = instance_size(ty, items).and_then(|s| s.checked_add(extra)) else { return no_memory() };
        let values = if flags & abi::Py_TPFLAGS_INLINE_VALUES != 0 { managed::inline_size(type_of(ty)) } else { 0 };
        let memory = gc::allocate_object(gc::front_size(flags | abi::Py_TPFLAGS_HAVE_GC), size + values, true);
        if memory.is_null() {
            return no_memory();
        }
        let object = memory as Raw;
        begin(object, ty);
        if values != 0 {
            managed::init_inline(object, type_of(ty));
        }
        if extra != 0 {
            let head = size_of::<abi::PyObject>();
            std::ptr::write_bytes(memory.add(head), 0, size.saturating_sub(head));
        }
        object
    }
}

thread_local! {
    static REPRS: RefCell<Vec<(usize, pyrox_objects::repr_guard::Guard)>> = const { RefCell::new(Vec::new()) };
}

api! {
    /// Make memory an object.
    fn PyObject_Init(object: Raw, ty: *mut PyTypeObject) -> Raw {
        if object.is_null() {
            return no_memory();
        }
        begin(object, ty);
        object
    }
    /// Make memory an object with a size.
    fn PyObject_InitVar(object: *mut PyVarObject, ty: *mut PyTypeObject, items: isize) -> *mut PyVarObject {
        if object.is_null() {
            return no_memory() as *mut PyVarObject;
        }
        begin(object as Raw, ty);
        (*object).ob_size.set(items);
        object
    }
    /// A new object, its fields unset.
    fn _PyObject_New(ty: *mut PyTypeObject) -> Raw { new_plain(ty, 0) }
    /// A new object with items, its fields unset.
    fn _PyObject_NewVar(ty: *mut PyTypeObject, items: isize) -> *mut PyVarObject {
        let object = new_plain(ty, items) as *mut PyVarObject;
        if !object.is_null() {
            (*object).ob_size.set(items);
        }
        object
    }
    /// A new object that the collector will follow.
    fn _PyObject_GC_New(ty: *mut PyTypeObject) -> Raw { new_collectable(ty, 0, 0) }
    /// A new object with items that the collector will follow.
    fn _PyObject_GC_NewVar(ty: *mut PyTypeObject, items: isize) -> *mut PyVarObject {
        if items < 0 {
            bad_internal_call(thread());
            return std::ptr::null_mut();
        }
        let object = new_collectable(ty, items, 0) as *mut PyVarObject;
        if !object.is_null() {
            (*object).ob_size.set(items);
        }
        object
    }
    /// A new object that the collector will follow, with zeroed bytes behind it.
    fn PyUnstable_Object_GC_NewWithExtraData(ty: *mut PyTypeObject, extra: usize) -> Raw { new_collectable(ty, 0, extra) }
    /// Change the number of items of an untracked object.
    fn _PyObject_GC_Resize(object: *mut PyVarObject, items: isize) -> *mut PyVarObject {
        let raw = object as Raw;
        let ty = (*raw).ob_type.get();
        let front = gc::front_size((*ty).tp_flags.get() as u64);
        let Some(size) = instance_size(ty, items) else { return no_memory() as *mut PyVarObject };
        let memory = abi::reallocate((raw as *mut u8).sub(front), front + size);
        if memory.is_null() {
            return no_memory() as *mut PyVarObject;
        }
        let object = memory.add(front) as *mut PyVarObject;
        (*object).ob_size.set(items);
        object
    }
    /// Let the collector follow an object.
    fn PyObject_GC_Track(object: *mut c_void) { gc::track(object as Raw) }
    /// Let the collector follow an object no more.
    fn PyObject_GC_UnTrack(object: *mut c_void) { gc::untrack(object as Raw) }
    /// Whether the collector follows an object.
    fn PyObject_GC_IsTracked(object: Raw) -> c_int { gc::is_tracked(object) as c_int }
    /// Whether an object's finalizer has run.
    fn PyObject_GC_IsFinalized(object: Raw) -> c_int { gc::is_finalized(borrow(object)) as c_int }
    /// Whether an object takes part in collection.
    fn PyObject_IS_GC(object: Raw) -> c_int { gc::is_gc(object) as c_int }
    /// Collect all generations.
    fn PyGC_Collect() -> isize {
        let thread = thread();
        thread.aside(|| gc::collect(thread, 2)) as isize
    }
    /// Switch collection on; whether it was.
    fn PyGC_Enable() -> c_int { gc::with_state(|state| state.enabled.replace(true)) as c_int }
    /// Switch collection off; whether it was on.
    fn PyGC_Disable() -> c_int { gc::with_state(|state| state.enabled.replace(false)) as c_int }
    /// Whether collection is on.
    fn PyGC_IsEnabled() -> c_int { gc::with_state(|state| state.enabled.get()) as c_int }
    /// Visit all objects that the collector follows.
    fn PyUnstable_GC_VisitObjects(visit: Option<unsafe extern "C-unwind" fn(Raw, *mut c_void) -> c_int>, data: *mut c_void) {
        let Some(visit) = visit else { return };
        let was = PyGC_Disable();
        for object in gc::objects(None) {
            if visit(object.as_ptr(), data) == 0 {
                break;
            }
        }
        if was != 0 {
            PyGC_Enable();
        }
    }
    /// Add a reference.
    fn Py_IncRef(object: Raw) {
        if !object.is_null() {
            abi::incref(object)
        }
    }
    /// Take a reference away.
    fn Py_DecRef(object: Raw) { xdecref(object) }
    /// Add a reference.
    fn _Py_IncRef(object: Raw) { abi::incref(object) }
    /// Take a reference away.
    fn _Py_DecRef(object: Raw) { decref(object) }
    /// The object with one reference more.
    fn Py_NewRef(object: Raw) -> Raw { abi::incref(object); object }
    /// The object with one reference more, if it is one.
    fn Py_XNewRef(object: Raw) -> Raw {
        if !object.is_null() {
            abi::incref(object);
        }
        object
    }
    /// The reference count.
    fn Py_REFCNT(object: Raw) -> isize { abi::refcnt(object) as isize }
    /// The type, borrowed.
    fn Py_TYPE(object: Raw) -> *mut PyTypeObject { (*object).ob_type.get() }
    /// Set the reference count of a mortal object.
    fn _Py_SetRefcnt(object: Raw, count: isize) {
        if !abi::is_immortal(object) {
            *(object as *mut u32) = count as u32;
        }
    }
    /// Deallocate an object whose count is 0.
    fn _Py_Dealloc(object: Raw) { pyrox_objects::dealloc::dealloc(object) }
    /// Begin an object's count.
    fn _Py_NewReference(object: Raw) { (*object).ob_refcnt_full.set(1) }
    /// Begin an object's count.
    fn _Py_NewReferenceNoTotal(object: Raw) { (*object).ob_refcnt_full.set(1) }
    /// Begin an object's count anew.
    fn _Py_ResurrectReference(object: Raw) { (*object).ob_refcnt_full.set(1) }
    /// Nothing is kept of references.
    fn _Py_ForgetReference(_object: Raw) {}
    /// The count that negative counts are reported with, in a debug build; here nothing is to report.
    fn _Py_NegativeRefcount(_file: *const c_char, _line: c_int, _object: Raw) {}
    /// Clear the weak references to a dying object.
    fn PyObject_ClearWeakRefs(object: Raw) {
        if object.is_null() || (*(*object).ob_type.get()).tp_weaklistoffset.get() == 0 {
            bad_internal_call(thread());
            return;
        }
        pyrox_objects::weakref::clear_weakrefs(object)
    }
    /// Run `tp_finalize`, once for objects that the collector follows.
    fn PyObject_CallFinalizer(object: Raw) {
        let ty = (*object).ob_type.get();
        let Some(finalize) = (*ty).tp_finalize.get() else { return };
        if gc::is_finalized(borrow(object)) {
            return;
        }
        finalize(object);
        gc::set_finalized(borrow(object));
    }
    /// Run `tp_finalize` of a dying object; -1 if it lives on.
    fn PyObject_CallFinalizerFromDealloc(object: Raw) -> c_int { if gc::call_finalizer(object) { 0 } else { -1 } }
    /// Begin a `repr`: 1 if the object's is being made already.
    fn Py_ReprEnter(object: Raw) -> c_int {
        match pyrox_objects::repr_guard::enter(borrow(object)) {
            Some(guard) => {
                REPRS.with_borrow_mut(|reprs| reprs.push((object as usize, guard)));
                0
            }
            None => 1,
        }
    }
    /// End a `repr`.
    fn Py_ReprLeave(object: Raw) {
        REPRS.with_borrow_mut(|reprs| {
            if let Some(at) = reprs.iter().rposition(|(address, _)| *address == object as usize) {
                reprs.remove(at);
            }
        })
    }
    /// Whether two pointers are the same object.
    fn Py_Is(a: Raw, b: Raw) -> c_int { (a == b) as c_int }
    /// Whether the object is `None`.
    fn Py_IsNone(object: Raw) -> c_int { borrow(object).is_none() as c_int }
    /// Whether the object is `True`.
    fn Py_IsTrue(object: Raw) -> c_int { (object == pyrox_objects::singletons::true_ptr()) as c_int }
    /// Whether the object is `False`.
    fn Py_IsFalse(object: Raw) -> c_int { (object == pyrox_objects::singletons::false_ptr()) as c_int }
    /// Whether the count never reaches 0.
    fn PyUnstable_IsImmortal(object: Raw) -> c_int { abi::is_immortal(object) as c_int }
    /// Whether nobody else refers to the object.
    fn PyUnstable_Object_IsUniquelyReferenced(object: Raw) -> c_int { (abi::refcnt(object) == 1) as c_int }
    /// Whether the object is known to be a temporary that only the evaluation stack refers to: a count of 1 may be
    /// that of a variable which lends its reference, so that none is.
    fn PyUnstable_Object_IsUniqueReferencedTemporary(_object: Raw) -> c_int { 0 }
    /// Deferred counts are of builds without the lock.
    fn PyUnstable_Object_EnableDeferredRefcount(_object: Raw) -> c_int { 0 }
    /// Counts need no preparation with the lock.
    fn PyUnstable_EnableTryIncRef(_object: Raw) {}
    /// Add a reference to an object that may be dying.
    fn PyUnstable_TryIncRef(object: Raw) -> c_int {
        if abi::refcnt(object) == 0 {
            return 0;
        }
        abi::incref(object);
        1
    }
    /// Clear the weak references to an object without calling back.
    fn PyUnstable_Object_ClearWeakRefsNoCallbacks(object: Raw) {
        if (*(*object).ob_type.get()).tp_weaklistoffset.get() != 0 {
            pyrox_objects::weakref::clear_weakrefs_silently(object)
        }
    }
    /// Where an object's list of weak references begins.
    fn PyObject_GET_WEAKREFS_LISTPTR(object: Raw) -> *mut Raw {
        (object as *mut u8).offset((*(*object).ob_type.get()).tp_weaklistoffset.get()) as *mut Raw
    }
    /// Deallocation is bounded by `_Py_Dealloc` itself.
    fn _PyTrash_thread_deposit_object(_state: *mut abi::PyThreadState, object: Raw) { pyrox_objects::dealloc::dealloc(object) }
    /// As above: nothing waits.
    fn _PyTrash_thread_destroy_chain(_state: *mut abi::PyThreadState) {}
    /// Begin a nested deallocation: it is bounded by `_Py_Dealloc` itself.
    fn _PyTrash_begin(_state: *mut abi::PyThreadState, _object: Raw) -> c_int { 0 }
    /// End a nested deallocation.
    fn _PyTrash_end(_state: *mut abi::PyThreadState) {}
    /// Write what an object is to the error stream.
    fn _PyObject_Dump(object: Raw) {
        if object.is_null() {
            eprintln!("<object at NULL>");
            return;
        }
        eprintln!("object address  : {object:p}");
        eprintln!("object refcount : {}", abi::refcnt(object));
        eprintln!("object type     : {:p}", (*object).ob_type.get());
        eprintln!("object type name: {}", borrow(object).ty().full_name());
        let thread = thread();
        let shown = thread.aside(|| borrow(object).repr(thread).map(|r| r.to_string_lossy().into_owned()).unwrap_or_default());
        eprintln!("object repr     : {shown}");
    }
    /// Whether an object's memory was freed, as far as one can tell: its pointers are impossible.
    fn _PyObject_IsFreed(object: Raw) -> c_int {
        let bad = |word: usize| word < 16 || matches!(word, 0xcdcdcdcdcdcdcdcd | 0xdddddddddddddddd | 0xfdfdfdfdfdfdfdfd);
        (bad(object as usize) || bad((*object).ob_type.get() as usize)) as c_int
    }
    /// Where an object's dict pointer lies; null if it has none.
    fn _PyObject_GetDictPtr(object: Raw) -> *mut Raw {
        let thread = thread();
        match managed::dict_place(thread, borrow(object)) {
            Ok(Some(cell)) => cell.as_ptr(),
            Ok(None) => std::ptr::null_mut(),
            Err(_) => {
                thread.set_raised(None);
                std::ptr::null_mut()
            }
        }
    }
    /// Visit what the managed dict of an object holds.
    fn PyObject_VisitManagedDict(object: Raw, visit: abi::visitproc, data: *mut c_void) -> c_int {
        managed::traverse_own(object, visit, data)
    }
    /// Clear the managed dict of an object.
    fn PyObject_ClearManagedDict(object: Raw) {
        if (*(*object).ob_type.get()).tp_flags.get() as u64 & abi::Py_TPFLAGS_MANAGED_DICT != 0 {
            managed::clear(object)
        }
    }
    /// Visit what the managed dict of an object holds.
    fn _PyObject_VisitManagedDict(object: Raw, visit: abi::visitproc, data: *mut c_void) -> c_int { PyObject_VisitManagedDict(object, visit, data) }
    /// Clear the managed dict of an object.
    fn _PyObject_ClearManagedDict(object: Raw) { PyObject_ClearManagedDict(object) }
    /// Replace the managed dict of an object.
    fn _PyObject_SetManagedDict(object: Raw, dict: Raw) -> c_int { status(managed::replace_dict(thread(), borrow(object), borrow_or_null(dict))) }
}
