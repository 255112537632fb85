//! The cycle collector, and the memory of objects with what lies in front of them.
//!
//! Every object that can be part of a cycle has two words in front (`next` and `prev`), which link it
//! into the list of its generation. A collection finds the objects of the young generations that are
//! reachable only from each other: it copies reference counts, subtracts the references that come from
//! within, and whatever keeps a count above zero (with all it reaches) survives. The rest is finalized
//! (`__del__`), its weak references cleared, checked for resurrection, and cleared by `tp_clear`.
//! The algorithm is CPython's, described in its developer's guide ("Garbage collector design").

use std::cell::{Cell, RefCell, UnsafeCell};
use std::ffi::{c_int, c_void};
use std::mem::ManuallyDrop;

use pyrox_abi as abi;
use pyrox_abi::{PyObject, visitproc};

use crate::object::{Obj, Object, Owned};
use crate::{Dict, Int, List, PyResult, Str, Thread, Type};

type Raw = *mut PyObject;

/// The two words in front of a collectable object.
#[repr(C)]
struct Head {
    /// The next object's head, or null if untracked.
    next: Cell<*mut Head>,
    /// The previous object's head; flags in the low bits.
    prev: Cell<usize>,
}

const FINALIZED: usize = 1;
const COLLECTING: usize = 2;
const FLAGS: usize = 3;
/// While collecting, the copied count lies above the flags.
const COUNT_SHIFT: u32 = 2;

const GENERATIONS: usize = 3;
/// The list that a collection keeps its garbage in meanwhile.
const TEMPORARY: usize = GENERATIONS;
/// Objects that no collection looks at.
const PERMANENT: usize = GENERATIONS + 1;
const LISTS_COUNT: usize = GENERATIONS + 2;

struct Lists(UnsafeCell<[Head; LISTS_COUNT]>);

// SAFETY: touched only under the GIL.
unsafe impl Sync for Lists {}

static LISTS: Lists = Lists(UnsafeCell::new([const { Head { next: Cell::new(std::ptr::null_mut()), prev: Cell::new(0) } }; LISTS_COUNT]));

/// The collector's settings and figures.
pub struct State {
    pub enabled: Cell<bool>,
    pub thresholds: [Cell<usize>; GENERATIONS],
    pub counts: [Cell<usize>; GENERATIONS],
    pub collecting: Cell<bool>,
    pub debug: Cell<i64>,
    pub stats: [Cell<(usize, usize, usize)>; GENERATIONS],
    /// `gc.garbage` and `gc.callbacks`, once the module made them.
    pub garbage: RefCell<Option<Owned<List>>>,
    pub callbacks: RefCell<Option<Owned<List>>>,
}

thread_local! {
    // Never dropped: objects die until the thread has ended.
    static STATE: ManuallyDrop<State> = const { ManuallyDrop::new(State {
        enabled: Cell::new(true),
        thresholds: [Cell::new(2000), Cell::new(10), Cell::new(10)],
        counts: [const { Cell::new(0) }; GENERATIONS],
        collecting: Cell::new(false),
        debug: Cell::new(0),
        stats: [const { Cell::new((0, 0, 0)) }; GENERATIONS],
        garbage: RefCell::new(None),
        callbacks: RefCell::new(None),
    }) };
}

/// Read or change the collector's state.
pub fn with_state<R>(work: impl FnOnce(&State) -> R) -> R {
    STATE.with(|state| work(state))
}

fn list(generation: usize) -> *mut Head {
    // SAFETY: a place in the static.
    let head = unsafe { &raw mut (*LISTS.0.get())[generation] };
    // SAFETY: as above.
    unsafe {
        if (*head).next.get().is_null() {
            (*head).next.set(head);
            (*head).prev.set(head as usize);
        }
    }
    head
}

#[inline(always)]
unsafe fn head_of(object: Raw) -> *mut Head {
    // SAFETY: collectable objects have the head in front.
    unsafe { (object as *mut Head).sub(1) }
}

#[inline(always)]
unsafe fn object_of(head: *mut Head) -> Raw {
    // SAFETY: the object follows its head.
    unsafe { head.add(1) as Raw }
}

impl Head {
    fn prev_ptr(&self) -> *mut Head {
        (self.prev.get() & !FLAGS) as *mut Head
    }

    fn set_prev_ptr(&self, to: *mut Head) {
        self.prev.set(to as usize | self.prev.get() & FLAGS);
    }
}

unsafe fn append(node: *mut Head, to: *mut Head) {
    // SAFETY: valid nodes.
    unsafe {
        let last = (*to).prev_ptr();
        (*last).next.set(node);
        (*node).set_prev_ptr(last);
        (*node).next.set(to);
        (*to).set_prev_ptr(node);
    }
}

unsafe fn unlink(node: *mut Head) {
    // SAFETY: a linked node.
    unsafe {
        let (prev, next) = ((*node).prev_ptr(), (*node).next.get());
        (*prev).next.set(next);
        (*next).set_prev_ptr(prev);
    }
}

unsafe fn merge(from: *mut Head, to: *mut Head) {
    // SAFETY: valid lists.
    unsafe {
        if (*from).next.get() != from {
            let (first, last) = ((*from).next.get(), (*from).prev_ptr());
            let end = (*to).prev_ptr();
            (*end).next.set(first);
            (*first).set_prev_ptr(end);
            (*last).next.set(to);
            (*to).set_prev_ptr(last);
        }
        (*from).next.set(from);
        (*from).prev.set(from as usize);
    }
}

/// Bytes in front of an instance: the managed dict, weak references and the collector's head.
#[inline(always)]
pub fn front_size(flags: u64) -> usize {
    let managed = flags & (abi::Py_TPFLAGS_MANAGED_DICT | abi::Py_TPFLAGS_MANAGED_WEAKREF) != 0;
    if managed {
        32
    } else if flags & abi::Py_TPFLAGS_HAVE_GC != 0 {
        16
    } else {
        0
    }
}

/// Memory for an object with `front` bytes before it; the front is zeroed. May collect first.
#[inline]
pub fn allocate_object(front: usize, size: usize, gc: bool) -> *mut u8 {
    if gc {
        STATE.with(|state| {
            let count = state.counts[0].get() + 1;
            state.counts[0].set(count);
            if count > state.thresholds[0].get() && state.thresholds[0].get() != 0 {
                collect_if_due(state);
            }
        });
    }
    let memory = abi::allocate(front + size);
    if memory.is_null() {
        return memory;
    }
    // SAFETY: fresh memory of that size.
    unsafe {
        let words = memory as *mut u64;
        for at in 0..front / 8 {
            *words.add(at) = 0;
        }
        memory.add(front)
    }
}

/// Start to track an object.
///
/// # Safety
/// The object is complete and has the collector's head.
#[inline]
pub unsafe fn track(object: Raw) {
    // SAFETY: by contract.
    unsafe {
        let head = head_of(object);
        if (*head).next.get().is_null() {
            append(head, list(0));
        }
    }
}

/// Stop tracking an object; nothing happens if it is not tracked.
///
/// # Safety
/// The object has the collector's head.
#[inline]
pub unsafe fn untrack(object: Raw) {
    // SAFETY: by contract.
    unsafe {
        let head = head_of(object);
        if !(*head).next.get().is_null() {
            unlink(head);
            (*head).next.set(std::ptr::null_mut());
            (*head).prev.set((*head).prev.get() & FINALIZED);
        }
    }
}

/// Whether the object is tracked.
///
/// # Safety
/// A valid object.
pub unsafe fn is_tracked(object: Raw) -> bool {
    // SAFETY: by contract.
    unsafe { is_gc(object) && !(*head_of(object)).next.get().is_null() }
}

/// `PyObject_IS_GC`.
///
/// # Safety
/// A valid object.
pub unsafe fn is_gc(object: Raw) -> bool {
    // SAFETY: by contract.
    unsafe {
        let ty = (*object).ob_type.get();
        (*ty).tp_flags.get() as u64 & abi::Py_TPFLAGS_HAVE_GC != 0 && (*ty).tp_is_gc.get().is_none_or(|f| f(object) != 0)
    }
}

/// The link of an object that `dealloc` put off.
///
/// # Safety
/// An untracked object with the collector's head.
pub unsafe fn link(object: Raw) -> Raw {
    // SAFETY: by contract.
    unsafe { ((*head_of(object)).prev.get() & !FLAGS) as Raw }
}

/// # Safety
/// As [`link`].
pub unsafe fn set_link(object: Raw, to: Raw) {
    // SAFETY: by contract.
    unsafe {
        let head = head_of(object);
        (*head).prev.set(to as usize | (*head).prev.get() & FINALIZED);
    }
}

/// `tp_free` of instances without a front.
///
/// # Safety
/// Memory of the allocator, or null.
#[unsafe(export_name = "PyObject_Free")]
pub unsafe extern "C-unwind" fn free_plain(memory: *mut c_void) {
    // SAFETY: instances without a front.
    unsafe { abi::free(memory as *mut u8) }
}

/// `tp_free` of collectable instances.
///
/// # Safety
/// An object with the collector's head, its fields dropped.
#[unsafe(export_name = "PyObject_GC_Del")]
pub unsafe extern "C-unwind" fn free_collectable(memory: *mut c_void) {
    // SAFETY: the type says how much lies in front.
    unsafe {
        let object = memory as Raw;
        let flags = (*(*object).ob_type.get()).tp_flags.get() as u64;
        untrack(object);
        // What a thread keeps may die after the collector's state has.
        let _ = STATE.try_with(|state| state.counts[0].set(state.counts[0].get().saturating_sub(1)));
        abi::free((memory as *mut u8).sub(front_size(flags)));
    }
}

/// `tp_free` for collectable and other instances.
pub fn free_function(gc: bool) -> unsafe extern "C-unwind" fn(*mut c_void) {
    if gc { free_collectable } else { free_plain }
}

/// `PyObject_Free` as `object`'s `tp_free`.
///
/// # Safety
/// Memory of an instance without a front.
pub unsafe fn object_free(memory: *mut c_void) {
    // SAFETY: by contract.
    unsafe { free_plain(memory) }
}

/// Run `tp_finalize` of a dying object once; false if it was resurrected.
///
/// # Safety
/// The object's count is 0.
pub unsafe fn call_finalizer(object: Raw) -> bool {
    // SAFETY: by contract; the count is raised meanwhile.
    unsafe {
        let Some(finalize) = (*(*object).ob_type.get()).tp_finalize.get() else { return true };
        let gc = is_gc(object);
        if gc && (*head_of(object)).prev.get() & FINALIZED != 0 {
            return true;
        }
        (*object).ob_refcnt_full.set(1);
        finalize(object);
        if gc {
            let head = head_of(object);
            (*head).prev.set((*head).prev.get() | FINALIZED);
        }
        let count = abi::refcnt(object) - 1;
        (*object).ob_refcnt_full.set(count as i64);
        count == 0
    }
}

#[cold]
fn collect_if_due(state: &State) {
    if !state.enabled.get() || state.collecting.get() {
        return;
    }
    // SAFETY: objects are allocated with the lock held.
    let thread = unsafe { Thread::current() };
    // Not while an exception is on its way: finalizers must not see it.
    let generation = if state.counts[2].get() > state.thresholds[2].get() {
        2
    } else if state.counts[1].get() > state.thresholds[1].get() {
        1
    } else {
        0
    };
    thread.aside(|| collect(thread, generation));
}

unsafe extern "C-unwind" fn visit_decref(object: Raw, _: *mut c_void) -> c_int {
    // SAFETY: visited by a traverse function.
    unsafe {
        if is_gc(object) {
            let head = head_of(object);
            if (*head).prev.get() & COLLECTING != 0 && !(*head).next.get().is_null() {
                (*head).prev.set((*head).prev.get() - (1 << COUNT_SHIFT));
            }
        }
    }
    0
}

/// Traverse an object by its type's function.
unsafe fn traverse(object: Raw, visit: visitproc, data: *mut c_void) {
    // SAFETY: by the caller.
    unsafe {
        if let Some(function) = (*(*object).ob_type.get()).tp_traverse.get() {
            function(object, visit, data);
        }
    }
}

unsafe extern "C-unwind" fn visit_reachable(object: Raw, data: *mut c_void) -> c_int {
    // SAFETY: visited by a traverse function; data is the work list.
    unsafe {
        if is_gc(object) {
            let head = head_of(object);
            if (*head).prev.get() & COLLECTING != 0 && !(*head).next.get().is_null() {
                (*head).prev.set((*head).prev.get() & FINALIZED);
                (*(data as *mut Vec<Raw>)).push(object);
            }
        }
    }
    0
}

unsafe fn objects_in(list: *mut Head) -> Vec<Raw> {
    let mut objects = Vec::new();
    // SAFETY: a valid list.
    unsafe {
        let mut node = (*list).next.get();
        while node != list {
            objects.push(object_of(node));
            node = (*node).next.get();
        }
    }
    objects
}

/// The objects of `candidates` that nothing outside of them refers to.
unsafe fn unreachable(candidates: &[Raw]) -> Vec<Raw> {
    // SAFETY: tracked objects. While their `prev` words hold counts, lists are singly linked.
    unsafe {
        for &object in candidates {
            let head = head_of(object);
            let count = abi::refcnt(object) as usize;
            (*head).prev.set(count << COUNT_SHIFT | COLLECTING | (*head).prev.get() & FINALIZED);
        }
        for &object in candidates {
            traverse(object, visit_decref, std::ptr::null_mut());
        }
        let mut work: Vec<Raw> = Vec::new();
        for &object in candidates {
            let head = head_of(object);
            if (*head).prev.get() & COLLECTING != 0 && (*head).prev.get() >> COUNT_SHIFT != 0 {
                (*head).prev.set((*head).prev.get() & FINALIZED);
                work.push(object);
            }
        }
        while let Some(object) = work.pop() {
            traverse(object, visit_reachable, &raw mut work as *mut c_void);
        }
        candidates.iter().copied().filter(|&object| (*head_of(object)).prev.get() & COLLECTING != 0).collect()
    }
}

/// Link `objects` into `list` anew.
unsafe fn relink(objects: &[Raw], list: *mut Head) {
    // SAFETY: objects that were taken off their list.
    unsafe {
        for &object in objects {
            let head = head_of(object);
            (*head).prev.set((*head).prev.get() & FINALIZED);
            append(head, list);
        }
    }
}

/// Collect `generation` and the younger ones; gives the number of unreachable objects.
pub fn collect(thread: &Thread, generation: usize) -> usize {
    if STATE.with(|state| state.collecting.replace(true)) {
        return 0;
    }
    call_back(thread, "start", generation, 0);
    // SAFETY: the lists hold tracked objects; references are held while Python code can run.
    let found = unsafe {
        STATE.with(|state| {
            for count in &state.counts[..=generation] {
                count.set(0);
            }
            if generation + 1 < GENERATIONS {
                state.counts[generation + 1].set(state.counts[generation + 1].get() + 1);
            }
        });
        let young = list(generation);
        for younger in 0..generation {
            merge(list(younger), young);
        }
        let candidates = objects_in(young);
        (*young).next.set(young);
        (*young).prev.set(young as usize);
        let garbage = unreachable(&candidates);
        let older = list((generation + 1).min(GENERATIONS - 1));
        let survivors: Vec<Raw> = candidates.iter().copied().filter(|&object| (*head_of(object)).prev.get() & COLLECTING == 0).collect();
        relink(&survivors, older);
        let temporary = list(TEMPORARY);
        relink(&garbage, temporary);
        let count = garbage.len();
        if count > 0 {
            let held: Vec<Obj> = garbage.iter().map(|&object| Object::from_ptr(object).own()).collect();
            dispose(thread, held);
        }
        // Whatever is still there was resurrected.
        merge(temporary, older);
        count
    };
    STATE.with(|state| {
        let (collections, collected, uncollectable) = state.stats[generation].get();
        state.stats[generation].set((collections + 1, collected + found, uncollectable));
    });
    // Callbacks start no collection either.
    call_back(thread, "stop", generation, found);
    STATE.with(|state| state.collecting.set(false));
    found
}

/// Tell `gc.callbacks` of a collection.
fn call_back(thread: &Thread, phase: &str, generation: usize, collected: usize) {
    let Some(callbacks) = STATE.with(|state| state.callbacks.borrow().clone()).filter(|c| c.len() > 0) else { return };
    let tell = || -> PyResult<()> {
        let info = Dict::new(thread)?;
        info.set_text(thread, "generation", &Int::from(generation as i64))?;
        info.set_text(thread, "collected", &Int::from(collected as i64))?;
        info.set_text(thread, "uncollectable", &Int::from(0))?;
        let phase = Str::from_str(thread, phase)?;
        for callback in callbacks.to_vec() {
            if callback.call(thread, &[&phase, &info]).is_err() {
                crate::unraisable::write(thread, Some("Exception ignored while calling GC callback "), Some(&callback));
            }
        }
        Ok(())
    };
    thread.aside(|| {
        let _ = tell();
    });
}

/// Whether the collector knows the object.
pub fn knows(object: &Object) -> bool {
    // SAFETY: a valid object; collectable ones have the head.
    unsafe { is_gc(object.as_ptr()) && !(*head_of(object.as_ptr())).next.get().is_null() }
}

/// Put all tracked objects where no collection looks.
pub fn freeze() {
    // SAFETY: valid lists.
    (0..GENERATIONS).for_each(|generation| unsafe { merge(list(generation), list(PERMANENT)) });
}

/// Put the frozen objects into the oldest generation.
pub fn unfreeze() {
    // SAFETY: valid lists.
    unsafe { merge(list(PERMANENT), list(GENERATIONS - 1)) };
}

/// How many objects are frozen.
pub fn frozen_count() -> usize {
    // SAFETY: tracked objects.
    unsafe { objects_in(list(PERMANENT)) }.len()
}

/// Finalize and clear unreachable objects.
unsafe fn dispose(thread: &Thread, held: Vec<Obj>) {
    // SAFETY: every object is held by `held` until the end.
    unsafe {
        for object in &held {
            crate::weakref::clear_for_collection(thread, object, &held);
        }
        let mut finalized = false;
        for object in &held {
            let head = head_of(object.as_ptr());
            if let Some(finalize) = (*object.type_ptr()).tp_finalize.get() {
                if (*head).prev.get() & FINALIZED == 0 {
                    (*head).prev.set((*head).prev.get() | FINALIZED);
                    finalize(object.as_ptr());
                    finalized = true;
                }
            }
        }
        let doomed: Vec<Raw> = if finalized {
            // A finalizer may have made some reachable again. Our own references count once each.
            let tracked: Vec<Raw> = held.iter().map(|o| o.as_ptr()).filter(|&o| !(*head_of(o)).next.get().is_null()).collect();
            still_unreachable(&tracked)
        } else {
            held.iter().map(|o| o.as_ptr()).collect()
        };
        let save_all = STATE.with(|state| state.debug.get() & 32 != 0);
        for &object in &doomed {
            if save_all {
                let garbage = STATE.with(|state| state.garbage.borrow().clone());
                if let Some(garbage) = garbage {
                    let _ = garbage.append(thread, Object::from_ptr(object).own());
                }
                continue;
            }
            if let Some(clear) = (*(*object).ob_type.get()).tp_clear.get() {
                clear(object);
            }
        }
        drop(held);
    }
}

/// As [`unreachable`] for objects of which the caller holds one reference each; their links stay.
unsafe fn still_unreachable(objects: &[Raw]) -> Vec<Raw> {
    // SAFETY: tracked, linked in the temporary list; links are restored.
    unsafe {
        for &object in objects {
            unlink(head_of(object));
        }
        for &object in objects {
            let head = head_of(object);
            let count = abi::refcnt(object) as usize - 1;
            (*head).prev.set(count << COUNT_SHIFT | COLLECTING | (*head).prev.get() & FINALIZED);
        }
        for &object in objects {
            traverse(object, visit_decref, std::ptr::null_mut());
        }
        let mut work: Vec<Raw> = Vec::new();
        for &object in objects {
            let head = head_of(object);
            if (*head).prev.get() & COLLECTING != 0 && (*head).prev.get() >> COUNT_SHIFT != 0 {
                (*head).prev.set((*head).prev.get() & FINALIZED);
                work.push(object);
            }
        }
        while let Some(object) = work.pop() {
            traverse(object, visit_reachable, &raw mut work as *mut c_void);
        }
        let dead: Vec<Raw> = objects.iter().copied().filter(|&o| (*head_of(o)).prev.get() & COLLECTING != 0).collect();
        relink(objects, list(TEMPORARY));
        dead
    }
}

/// All tracked objects of `generation`, or of all.
pub fn objects(generation: Option<usize>) -> Vec<Obj> {
    let range = generation.map_or(0..GENERATIONS, |g| g..g + 1);
    // SAFETY: tracked objects are alive.
    range.flat_map(|g| unsafe { objects_in(list(g)) }).map(|o| unsafe { Object::from_ptr(o) }.own()).collect()
}

unsafe extern "C-unwind" fn visit_collect(object: Raw, data: *mut c_void) -> c_int {
    // SAFETY: visited by a traverse function; data is the list of referents.
    unsafe { (*(data as *mut Vec<Raw>)).push(object) };
    0
}

/// What an object refers to directly.
pub fn referents(object: &Object) -> Vec<Obj> {
    let mut found: Vec<Raw> = Vec::new();
    // SAFETY: a valid object.
    unsafe {
        if is_gc(object.as_ptr()) {
            traverse(object.as_ptr(), visit_collect, &raw mut found as *mut c_void);
        }
        found.into_iter().map(|o| Object::from_ptr(o).own()).collect()
    }
}

/// Whether `tp_finalize` of the object has run.
pub fn is_finalized(object: &Object) -> bool {
    // SAFETY: a valid object.
    unsafe { is_gc(object.as_ptr()) && (*head_of(object.as_ptr())).prev.get() & FINALIZED != 0 }
}

/// Note that `tp_finalize` of the object has run.
pub fn set_finalized(object: &Object) {
    // SAFETY: a valid object; collectable ones have the head.
    unsafe {
        if is_gc(object.as_ptr()) {
            let head = head_of(object.as_ptr());
            (*head).prev.set((*head).prev.get() | FINALIZED);
        }
    }
}

/// The type's flag that its instances take part.
pub fn participates(ty: &Type) -> bool {
    ty.flags() & abi::Py_TPFLAGS_HAVE_GC != 0
}
