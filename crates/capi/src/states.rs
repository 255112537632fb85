//! Thread states, the lock as extensions see it, and the one interpreter.

use std::cell::{Cell, UnsafeCell};
use std::ffi::{c_char, c_int, c_long, c_ulong, c_void};

use pyrox_abi::PyThreadState;
use pyrox_objects::{Dict, Owned, Raised, Str, Thread};

use crate::support::*;

/// `PyInterpreterState`, of which extensions have but the address.
#[repr(C)]
pub struct Interpreter(UnsafeCell<[u64; 64]>);

// SAFETY: nothing is read from or written to it; its address is its identity.
unsafe impl Sync for Interpreter {}

static MAIN: Interpreter = Interpreter(UnsafeCell::new([0; 64]));

thread_local! {
    /// The state that belongs to this OS thread, attached or not.
    static OWN: Cell<*const Thread> = const { Cell::new(std::ptr::null()) };
    static INTERPRETER_DICT: Cell<Raw> = const { Cell::new(std::ptr::null_mut()) };
}

fn main_interpreter() -> *mut c_void {
    &raw const MAIN as *mut c_void
}

/// Note the state of the thread that starts the interpreter.
pub fn adopt(thread: &Thread) {
    thread.state.interp.set(main_interpreter());
    // pybind11 counts in this field, too, and deletes a state whose count comes to 0.
    thread.state.gilstate_counter.set(1);
    OWN.set(thread);
}

fn state(thread: *const Thread) -> *mut PyThreadState {
    // The C struct stands first.
    thread as *mut PyThreadState
}

/// The attached state; a process without one cannot go on, as the caller relies on it.
fn attached(function: &str) -> *mut PyThreadState {
    let thread = Thread::attached();
    if thread.is_null() {
        crate::lifecycle::fatal(
            function,
            "the function must be called with the GIL held, after Python initialization and before Python finalization, \
             but the GIL is released (the current Python thread state is NULL)",
        );
    }
    state(thread)
}

fn lend_dict(place: &Cell<Raw>) -> Raw {
    // SAFETY: extensions hold the lock.
    let thread = unsafe { thread() };
    if place.get().is_null() {
        match Dict::new(thread) {
            Ok(dict) => place.set(dict.into_raw()),
            Err(Raised) => thread.set_raised(None),
        }
    }
    place.get()
}

/// `PyGILState_STATE`.
const LOCKED: c_int = 0;
const UNLOCKED: c_int = 1;

api! {
    /// The attached state.
    fn PyThreadState_Get() -> *mut PyThreadState { attached("PyThreadState_Get") }
    /// The attached state, or null.
    fn PyThreadState_GetUnchecked() -> *mut PyThreadState { state(Thread::attached()) }
    /// The attached state, or null.
    fn _PyThreadState_UncheckedGet() -> *mut PyThreadState { state(Thread::attached()) }
    /// The attached state, or null.
    fn _PyThreadState_GetCurrent() -> *mut PyThreadState { state(Thread::attached()) }
    /// Attach another state, or none; gives the one that was.
    fn PyThreadState_Swap(new: *mut PyThreadState) -> *mut PyThreadState { state(Thread::swap(new as *const Thread)) }
    /// Detach the state while the caller does not touch objects.
    fn PyEval_SaveThread() -> *mut PyThreadState {
        attached("PyEval_SaveThread");
        state(Thread::swap(std::ptr::null()))
    }
    /// Attach a state again.
    fn PyEval_RestoreThread(saved: *mut PyThreadState) { Thread::swap(saved as *const Thread); }
    /// Attach a state.
    fn PyEval_AcquireThread(saved: *mut PyThreadState) { Thread::swap(saved as *const Thread); }
    /// Detach the attached state.
    fn PyEval_ReleaseThread(_saved: *mut PyThreadState) { Thread::swap(std::ptr::null()); }
    /// The lock is there from the start.
    fn PyEval_InitThreads() {}
    /// The lock is there from the start.
    fn PyEval_ThreadsInitialized() -> c_int { 1 }
    /// Attach this OS thread's state, if it is not.
    fn PyGILState_Ensure() -> c_int {
        if let Some(thread) = Thread::attached().as_ref() {
            thread.state.gilstate_counter.set(thread.state.gilstate_counter.get() + 1);
            return LOCKED;
        }
        let own = OWN.get();
        if own.is_null() {
            crate::lifecycle::fatal("PyGILState_Ensure", "Python code can run on the main thread only, until threads are supported");
        }
        (*own).state.gilstate_counter.set((*own).state.gilstate_counter.get() + 1);
        Thread::swap(own);
        UNLOCKED
    }
    /// Leave the state as it was before `PyGILState_Ensure`.
    fn PyGILState_Release(before: c_int) {
        if let Some(thread) = Thread::attached().as_ref() {
            thread.state.gilstate_counter.set(thread.state.gilstate_counter.get() - 1);
        }
        if before == UNLOCKED {
            Thread::swap(std::ptr::null());
        }
    }
    /// Whether this OS thread's state is attached.
    fn PyGILState_Check() -> c_int { !Thread::attached().is_null() as c_int }
    /// This OS thread's state, attached or not; null if it has none.
    fn PyGILState_GetThisThreadState() -> *mut PyThreadState { state(OWN.get()) }
    /// A dict for what extensions keep by thread, borrowed.
    fn PyThreadState_GetDict() -> Raw {
        let thread = Thread::attached();
        if thread.is_null() { std::ptr::null_mut() } else { lend_dict(&(*thread).state.dict) }
    }
    /// As above, of a state.
    fn _PyThreadState_GetDict(state: *mut PyThreadState) -> Raw { lend_dict(&(*state).dict) }
    /// The number of a state.
    fn PyThreadState_GetID(state: *mut PyThreadState) -> u64 { (*state).id.get() }
    /// The interpreter of a state.
    fn PyThreadState_GetInterpreter(_state: *mut PyThreadState) -> *mut c_void { main_interpreter() }
    /// A new state cannot be made until threads are supported.
    fn PyThreadState_New(_interpreter: *mut c_void) -> *mut PyThreadState { std::ptr::null_mut() }
    /// Drop what a state holds.
    fn PyThreadState_Clear(state: *mut PyThreadState) {
        if let Some(dict) = Owned::<Dict>::from_raw_or_null((*state).dict.replace(std::ptr::null_mut())) {
            dict.clear();
        }
    }
    /// The states of a list of one.
    fn PyInterpreterState_ThreadHead(_interpreter: *mut c_void) -> *mut PyThreadState { state(OWN.get()) }
    /// There is no further state.
    fn PyThreadState_Next(_state: *mut PyThreadState) -> *mut PyThreadState { std::ptr::null_mut() }
    /// Stop tracing while C code runs.
    fn PyThreadState_EnterTracing(state: *mut PyThreadState) { (*state).tracing.set((*state).tracing.get() + 1) }
    /// Go on tracing.
    fn PyThreadState_LeaveTracing(state: *mut PyThreadState) { (*state).tracing.set((*state).tracing.get() - 1) }
    /// The interpreter.
    fn PyInterpreterState_Get() -> *mut c_void { attached("PyInterpreterState_Get"); main_interpreter() }
    /// The interpreter.
    fn PyInterpreterState_Main() -> *mut c_void { main_interpreter() }
    /// The interpreter.
    fn _PyInterpreterState_Main() -> *mut c_void { main_interpreter() }
    /// The interpreter.
    fn PyInterpreterState_Head() -> *mut c_void { main_interpreter() }
    /// There is no further interpreter.
    fn PyInterpreterState_Next(_interpreter: *mut c_void) -> *mut c_void { std::ptr::null_mut() }
    /// The number of the interpreter.
    fn PyInterpreterState_GetID(_interpreter: *mut c_void) -> i64 { 0 }
    /// A dict for what extensions keep by interpreter, borrowed.
    fn PyInterpreterState_GetDict(_interpreter: *mut c_void) -> Raw { INTERPRETER_DICT.with(lend_dict) }
    /// Begin to nest calls; -1 if the stack is nearly used up.
    fn Py_EnterRecursiveCall(thread; place: *const c_char) -> c_int { status(thread.check_stack(&text(place))) }
    /// End a nested call.
    fn Py_LeaveRecursiveCall() {}
    /// As `Py_EnterRecursiveCall`.
    fn _Py_CheckRecursiveCall(thread; _state: *mut PyThreadState, place: *const c_char) -> c_int { status(thread.check_stack(&text(place))) }
    /// Whether the stack is nearly used up.
    fn _Py_ReachedRecursionLimitWithMargin(thread; _state: *mut PyThreadState, _margin: c_int) -> c_int { thread.stack_is_low() as c_int }
    /// The limit of nested Python calls.
    fn Py_GetRecursionLimit(thread; ) -> c_int { thread.state.py_recursion_limit.get() }
    /// Set the limit of nested Python calls.
    fn Py_SetRecursionLimit(thread; limit: c_int) {
        if pyrox_interpreter::sys::setrecursionlimit(thread, limit).is_err() {
            thread.set_raised(None);
        }
    }
    /// The number of this OS thread.
    fn PyThread_get_thread_ident() -> c_ulong { libc::pthread_self() as c_ulong }
    /// The kernel's number of this OS thread.
    fn PyThread_get_thread_native_id() -> c_ulong { libc::syscall(libc::SYS_gettid) as c_ulong }
    /// Whether this is the thread that started the interpreter.
    fn _Py_IsMainThread() -> c_int { (libc::getpid() as c_long == libc::syscall(libc::SYS_gettid)) as c_int }
    /// A name of the interpreter's for messages.
    fn _PyInterpreterState_GetName(thread; ) -> Raw = give { Ok(Str::from_str(thread, "main")?.upcast()) }
}

const _: () = assert!(std::mem::offset_of!(Thread, state) == 0);
