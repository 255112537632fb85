//! Settings that `sys` keeps for others: tracing, hooks of asynchronous generators, dlopen flags.

use std::cell::{Cell, RefCell};

use pyrox_macros::pyfunction;
use pyrox_objects::struct_sequence::{StructSequence, plain_field};
use pyrox_objects::{Obj, Object, PyResult, Thread};

thread_local! {
    static SWITCH_INTERVAL: Cell<f64> = const { Cell::new(0.005) };
    static DLOPEN_FLAGS: Cell<i32> = const { Cell::new(libc::RTLD_NOW) };
    static FIRST_ITERATION: RefCell<Option<Obj>> = const { RefCell::new(None) };
    static FINALIZER: RefCell<Option<Obj>> = const { RefCell::new(None) };
    static ORIGIN_DEPTH: Cell<i32> = const { Cell::new(0) };
}

static ASYNCGEN_HOOKS: StructSequence = StructSequence::new(
    c"sys.asyncgen_hooks",
    c"Hooks of asynchronous generators.",
    &[plain_field(c"firstiter"), plain_field(c"finalizer")],
    2,
);

/// Set the global debug tracing function.
///
/// It will be called on each function call. See the debugger chapter in the library manual.
#[pyfunction(sig = "(function, /)")]
pub fn settrace(thread: &Thread, function: &Object) {
    crate::tracing::set_tracer(thread, Some(function.own()).filter(|f| !f.is_none()));
}

/// Return the global debug tracing function set with sys.settrace.
#[pyfunction]
pub fn gettrace() -> Option<Obj> {
    crate::tracing::tracer()
}

/// Set the profiling function.
///
/// It will be called on each function call and return. See the profiler chapter in the library manual.
#[pyfunction(sig = "(function, /)")]
pub fn setprofile(thread: &Thread, function: &Object) {
    crate::tracing::set_profiler(thread, Some(function.own()).filter(|f| !f.is_none()));
}

/// Return the profiling function set with sys.setprofile.
#[pyfunction]
pub fn getprofile() -> Option<Obj> {
    crate::tracing::profiler()
}

/// Set the global debug tracing function in all running threads belonging to the current interpreter.
#[pyfunction(sig = "(arg, /)")]
pub fn _settraceallthreads(thread: &Thread, arg: &Object) {
    settrace(thread, arg);
}

/// Set the profiling function in all running threads belonging to the current interpreter.
#[pyfunction(sig = "(arg, /)")]
pub fn _setprofileallthreads(thread: &Thread, arg: &Object) {
    setprofile(thread, arg);
}

/// Return True if remote debugging is enabled, False otherwise.
#[pyfunction]
pub fn is_remote_debug_enabled() -> bool {
    false
}

/// Executes a file containing Python code in a given remote Python process.
#[pyfunction(sig = "(pid, script)")]
pub fn remote_exec(thread: &Thread, pid: i32, script: &Object) -> PyResult<()> {
    let _ = (pid, script);
    Err(thread.not_implemented_error("sys.remote_exec() is not implemented yet"))
}

/// Return the current thread switch interval; see sys.setswitchinterval().
#[pyfunction]
pub fn getswitchinterval() -> f64 {
    SWITCH_INTERVAL.get()
}

/// Set the ideal thread switching delay inside the Python interpreter.
#[pyfunction(sig = "(interval, /)")]
pub fn setswitchinterval(thread: &Thread, interval: f64) -> PyResult<()> {
    // Not a number is refused, too.
    if interval > 0.0 {
        SWITCH_INTERVAL.set(interval);
        return Ok(());
    }
    Err(thread.value_error("switch interval must be strictly positive"))
}

/// Return the current value of the flags that are used for dlopen calls.
#[pyfunction]
pub fn getdlopenflags() -> i32 {
    DLOPEN_FLAGS.get()
}

/// Set the flags used by the interpreter for dlopen calls.
#[pyfunction(sig = "(flags, /)")]
pub fn setdlopenflags(flags: i32) {
    DLOPEN_FLAGS.set(flags);
}

/// The hook that sees an asynchronous generator before its first step, and the one that finalizes it.
pub fn asyncgen_hooks() -> (Option<Obj>, Option<Obj>) {
    (FIRST_ITERATION.with_borrow(|h| h.clone()), FINALIZER.with_borrow(|h| h.clone()))
}

/// Return the installed asynchronous generators hooks.
///
/// This returns a namedtuple of the form (firstiter, finalizer).
#[pyfunction]
pub fn get_asyncgen_hooks(thread: &Thread) -> PyResult<Obj> {
    let (first, last) = asyncgen_hooks();
    ASYNCGEN_HOOKS.make(thread, [first, last].map(|hook| hook.unwrap_or_else(pyrox_objects::none)))
}

/// set_asyncgen_hooks([firstiter] [, finalizer])
///
/// Set a finalizer for async generators objects.
#[pyfunction(sig = "(firstiter=<unset>, finalizer=<unset>)", text = "")]
pub fn set_asyncgen_hooks(thread: &Thread, firstiter: Option<&Object>, finalizer: Option<&Object>) -> PyResult<()> {
    for (name, hook) in [("finalizer", finalizer), ("firstiter", firstiter)] {
        if let Some(hook) = hook.filter(|h| !h.is_none() && !h.is_callable()) {
            return Err(thread.type_error(&format!("callable {name} expected, got {}", hook.ty().full_name())));
        }
    }
    let kept = |hook: &Object| Some(hook.own()).filter(|h| !h.is_none());
    if let Some(hook) = finalizer {
        drop(FINALIZER.replace(kept(hook)));
    }
    if let Some(hook) = firstiter {
        drop(FIRST_ITERATION.replace(kept(hook)));
    }
    Ok(())
}

/// How many frames of a coroutine's creation are noted.
pub fn origin_depth() -> i32 {
    ORIGIN_DEPTH.get()
}

/// Check status of origin tracking for coroutine objects in this thread.
#[pyfunction]
pub fn get_coroutine_origin_tracking_depth() -> i32 {
    ORIGIN_DEPTH.get()
}

/// Enable or disable origin tracking for coroutine objects in this thread.
///
/// Coroutine objects will track 'depth' frames of traceback information about where they came from,
/// available in their cr_origin attribute. Set a depth of 0 to disable.
#[pyfunction(sig = "(depth)")]
pub fn set_coroutine_origin_tracking_depth(thread: &Thread, depth: i32) -> PyResult<()> {
    if depth < 0 {
        return Err(thread.value_error("depth must be >= 0"));
    }
    ORIGIN_DEPTH.set(depth);
    Ok(())
}
