//! The module `sys`.

pub mod hooks;
mod info;
mod jit;
mod monitoring;
mod names;
mod state;

pub use hooks::{keep_last, print_uncaught, report_unraisable};
pub use info::configure;
pub use state::{asyncgen_hooks, origin_depth};

use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::{Dict, Int, Obj, Object, Owned, PyResult, Str, Thread, Tuple, exceptions};

use crate::frame;

pymodule!(
    name = "sys",
    doc = "This module provides access to some objects used or maintained by the interpreter.",
    functions = [
        exit,
        getrefcount,
        getrecursionlimit,
        setrecursionlimit,
        exc_info,
        exception,
        intern,
        getsizeof,
        _getframe,
        _getframemodulename,
        _current_frames,
        _current_exceptions,
        displayhook,
        get_int_max_str_digits,
        set_int_max_str_digits,
        getdefaultencoding,
        getfilesystemencoding,
        getfilesystemencodeerrors,
        is_finalizing,
        _is_interned,
        _is_immortal,
        _is_gil_enabled,
        _clear_internal_caches,
        _clear_type_cache,
        _clear_type_descriptors,
        _get_cpu_count_config,
        call_tracing,
        hooks::excepthook,
        hooks::unraisablehook,
        hooks::breakpointhook,
        hooks::audit,
        hooks::addaudithook,
        state::settrace,
        state::gettrace,
        state::setprofile,
        state::getprofile,
        state::is_remote_debug_enabled,
        state::remote_exec,
        state::_settraceallthreads,
        state::_setprofileallthreads,
        state::getswitchinterval,
        state::setswitchinterval,
        state::getdlopenflags,
        state::setdlopenflags,
        state::get_asyncgen_hooks,
        state::set_asyncgen_hooks,
        state::get_coroutine_origin_tracking_depth,
        state::set_coroutine_origin_tracking_depth,
    ],
    exec = info::exec
);

/// Exit the interpreter by raising SystemExit(status).
///
/// If the status is omitted or None, it defaults to zero (i.e., success). If the status is an
/// integer, it will be used as the system exit status. If it is another kind of object, it will be
/// printed and the system exit status will be one (i.e., failure).
#[pyfunction(sig = "(status=None, /)")]
pub fn exit(thread: &Thread, status: Option<&Object>) -> PyResult<()> {
    let exception = match status.filter(|s| !s.is_none()) {
        Some(status) => exceptions::system_exit().call(thread, &[status])?,
        None => exceptions::system_exit().call(thread, &[])?,
    };
    Err(thread.raise(exception))
}

/// Return the reference count of object.
#[pyfunction(sig = "(object, /)")]
pub fn getrefcount(object: &Object) -> u32 {
    object.refcount()
}

/// Return the current value of the recursion limit.
#[pyfunction]
pub fn getrecursionlimit(thread: &Thread) -> i32 {
    thread.state.py_recursion_limit.get()
}

/// Set the maximum depth of the Python interpreter stack to n.
#[pyfunction(sig = "(limit, /)")]
pub fn setrecursionlimit(thread: &Thread, limit: i32) -> PyResult<()> {
    if limit < 1 {
        return Err(thread.value_error("recursion limit must be greater or equal than 1"));
    }
    let state = &thread.state;
    let depth = state.py_recursion_limit.get() - state.py_recursion_remaining.get();
    if depth >= limit {
        return Err(thread
            .recursion_error(&format!("cannot set the recursion limit to {limit} at the recursion depth {depth}: the limit is too low")));
    }
    state.py_recursion_limit.set(limit);
    state.py_recursion_remaining.set(limit - depth);
    Ok(())
}

/// Return information about the exception currently being handled.
#[pyfunction]
pub fn exc_info(thread: &Thread) -> PyResult<Owned<Tuple>> {
    let items = match thread.handled() {
        None => vec![pyrox_objects::none(), pyrox_objects::none(), pyrox_objects::none()],
        Some(exception) => {
            let traceback = exceptions::BaseException::of(&exception).and_then(|e| e.traceback()).unwrap_or_else(pyrox_objects::none);
            vec![(**exception.ty()).own(), exception, traceback]
        }
    };
    Tuple::from_vec(thread, items)
}

/// Return the current exception.
#[pyfunction]
pub fn exception(thread: &Thread) -> Option<Obj> {
    thread.handled()
}

/// "Intern" the given string.
#[pyfunction(sig = "(string, /)")]
pub fn intern(thread: &Thread, string: &Str) -> PyResult<Owned<Str>> {
    if !string.is_exact::<Str>() {
        return Err(thread.type_error(&format!("can't intern {}", string.ty().full_name())));
    }
    Ok(Str::intern(thread, string))
}

/// getsizeof(object [, default]) -> int
///
/// Return the size of object in bytes.
#[pyfunction(sig = "(object, default=None)", text = "")]
pub fn getsizeof(thread: &Thread, object: &Object, default: Option<&Object>) -> PyResult<Obj> {
    let size = match object.call_special(thread, pyrox_objects::intern!("__sizeof__"), &[]) {
        Ok(Some(size)) => size.as_isize(thread)?,
        Ok(None) => return Err(thread.type_error(&format!("Type {} doesn't define __sizeof__", object.ty().full_name()))),
        Err(raised) => {
            return match default {
                Some(default) if thread.take_if(exceptions::type_error()) => Ok(default.own()),
                _ => Err(raised),
            };
        }
    };
    if size < 0 {
        return Err(thread.value_error("__sizeof__() should return >= 0"));
    }
    // SAFETY: a valid object.
    let front = if unsafe { pyrox_objects::gc::is_gc(object.as_ptr()) } { pyrox_objects::gc::front_size(object.ty().flags()) } else { 0 };
    Ok(Int::from(size as i64 + front as i64).upcast())
}

/// Return a frame object from the call stack.
#[pyfunction(sig = "(depth=0, /)")]
pub fn _getframe(thread: &Thread, depth: i32) -> PyResult<Obj> {
    let mut current = frame::current(thread);
    for _ in 0..depth.max(0) {
        if current.is_null() {
            break;
        }
        // SAFETY: the chain of running frames.
        current = unsafe { (*current).previous() };
    }
    if current.is_null() {
        return Err(thread.value_error("call stack is not deep enough"));
    }
    // SAFETY: a running frame.
    Ok(unsafe { &*current }.object(thread)?.upcast())
}

/// Print an object to sys.stdout and also save it in builtins._
#[pyfunction(sig = "(object, /)")]
pub fn displayhook(thread: &Thread, object: &Object) -> PyResult<()> {
    if object.is_none() {
        return Ok(());
    }
    let builtins: Owned<Dict> = crate::builtins_dict(thread)?;
    builtins.set_text(thread, "_", pyrox_objects::none_ref())?;
    let text = Str::from_str(thread, &format!("{}\n", object.repr(thread)?))?;
    match pyrox_objects::hooks::sys(thread, "stdout") {
        Some(stream) => stream.call_method(thread, pyrox_objects::intern!("write"), &[&text])?,
        None => return Err(thread.runtime_error("lost sys.stdout")),
    };
    builtins.set_text(thread, "_", object)
}

/// Return the maximum string digits limit for non-binary int<->str conversions.
#[pyfunction]
pub fn get_int_max_str_digits() -> usize {
    pyrox_objects::int::max_str_digits()
}

/// Set the maximum string digits limit for non-binary int<->str conversions.
#[pyfunction(sig = "(maxdigits)")]
pub fn set_int_max_str_digits(thread: &Thread, maxdigits: i32) -> PyResult<()> {
    if maxdigits != 0 && maxdigits < 640 {
        return Err(thread.value_error("maxdigits must be >= 640 or 0 for unlimited"));
    }
    pyrox_objects::int::set_max_str_digits(maxdigits as usize);
    pyrox_compiler::literals::set_int_max_str_digits(maxdigits as usize);
    Ok(())
}

/// Return the current default encoding used by the Unicode implementation.
#[pyfunction]
pub fn getdefaultencoding() -> &'static str {
    "utf-8"
}

/// Return True if Python is exiting.
#[pyfunction]
pub fn is_finalizing() -> bool {
    false
}

/// Return the encoding used to convert Unicode filenames in OS filenames.
#[pyfunction]
pub fn getfilesystemencoding() -> &'static str {
    "utf-8"
}

/// Return the error mode used Unicode to OS filename conversion.
#[pyfunction]
pub fn getfilesystemencodeerrors() -> &'static str {
    "surrogateescape"
}

/// Return the name of the module for the calling frame.
///
/// The default depth returns the module containing the call to this function.
#[pyfunction(sig = "(depth=0)")]
pub fn _getframemodulename(thread: &Thread, depth: i32) -> PyResult<Obj> {
    let mut current = frame::current(thread);
    for _ in 0..depth.max(0) {
        // SAFETY: the chain of running frames.
        match unsafe { current.as_ref() } {
            Some(frame) => current = frame.previous(),
            None => break,
        }
    }
    // SAFETY: as above.
    match unsafe { current.as_ref() }.and_then(|frame| frame.function()) {
        Some(function) => Ok(function.getattr(thread, pyrox_objects::intern!("__module__"))?),
        None => Ok(pyrox_objects::none()),
    }
}

/// Return a dict mapping each thread's thread id to its current stack frame.
#[pyfunction]
pub fn _current_frames(thread: &Thread) -> PyResult<Owned<Dict>> {
    let frames = Dict::new(thread)?;
    // SAFETY: null or the running frame.
    if let Some(frame) = unsafe { frame::current(thread).as_ref() } {
        frames.set(thread, &Int::from_u64(thread_id()), &*frame.object(thread)?)?;
    }
    Ok(frames)
}

/// Return a dict mapping each thread's identifier to its current raised exception.
#[pyfunction]
pub fn _current_exceptions(thread: &Thread) -> PyResult<Owned<Dict>> {
    let found = Dict::new(thread)?;
    found.set(thread, &Int::from_u64(thread_id()), &thread.handled().unwrap_or_else(pyrox_objects::none))?;
    Ok(found)
}

/// The calling thread's identifier, as `_thread.get_ident` gives it.
fn thread_id() -> u64 {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::pthread_self() as u64 }
}

/// Return True if the given string is "interned".
#[pyfunction(sig = "(string, /)")]
pub fn _is_interned(string: &Str) -> bool {
    string.is_interned()
}

/// Return True if the given object is "immortal" per PEP 683.
#[pyfunction(sig = "(op, /)")]
pub fn _is_immortal(op: &Object) -> bool {
    // SAFETY: a live object.
    unsafe { pyrox_objects::abi::is_immortal(op.as_ptr()) }
}

/// Return True if the GIL is currently enabled.
#[pyfunction]
pub fn _is_gil_enabled() -> bool {
    true
}

/// Clear all internal performance-related caches.
#[pyfunction]
pub fn _clear_internal_caches() {
    pyrox_objects::type_object::clear_cache();
}

/// Clear the internal type lookup cache.
#[pyfunction]
pub fn _clear_type_cache() {
    pyrox_objects::type_object::clear_cache();
}

/// Private function for clearing certain descriptors from a type's dictionary.
///
/// See gh-135228 for context.
#[pyfunction(sig = "(type, /)")]
pub fn _clear_type_descriptors(thread: &Thread, r#type: &pyrox_objects::Type) -> PyResult<()> {
    if r#type.flags() & pyrox_objects::abi::Py_TPFLAGS_IMMUTABLETYPE != 0 {
        return Err(thread.type_error("argument is immutable"));
    }
    for name in [pyrox_objects::intern!("__dict__"), pyrox_objects::intern!("__weakref__")] {
        r#type.dict().remove(thread, name)?;
    }
    r#type.modified();
    Ok(())
}

/// Private function for getting PyConfig.cpu_count
#[pyfunction]
pub fn _get_cpu_count_config() -> i32 {
    -1
}

/// Call func(*args), while tracing is enabled.
#[pyfunction(sig = "(func, args, /)")]
pub fn call_tracing(thread: &Thread, func: &Object, args: &Tuple) -> PyResult<Obj> {
    crate::tracing::with_tracing(thread, || func.call_tuple(thread, args, None))
}
