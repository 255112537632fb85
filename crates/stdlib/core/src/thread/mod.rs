//! `_thread`: locks, thread identity and thread-local data.
//!
//! Starting threads is not there yet: it raises `RuntimeError` as when the system refuses. The rest is
//! written for many threads.

mod handle;
mod local;
mod lock;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use pyrox_interpreter::interrupts;
use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::struct_sequence::{StructSequence, plain_field};
use pyrox_objects::{Dict, Module, Object, Owned, PyResult, PyType, Raised, Str, Thread, Tuple, exceptions, intern};

use handle::ThreadHandle;
use lock::{Lock, RLock};

pymodule!(
    name = "_thread",
    doc = "This module provides primitive operations to write multi-threaded programs.\nThe 'threading' module provides a more convenient interface.",
    functions = [
        allocate_lock,
        allocate,
        start_new_thread,
        start_new,
        start_joinable_thread,
        daemon_threads_allowed,
        exit,
        exit_thread,
        interrupt_main,
        get_ident,
        get_native_id,
        _count,
        stack_size,
        _excepthook,
        _is_main_interpreter,
        _shutdown,
        _make_thread_handle,
        _get_main_thread_ident,
        set_name,
        _get_name,
    ],
    exec = exec
);

/// The longest wait, in seconds: what fits a count of nanoseconds.
const TIMEOUT_MAX: f64 = 9223372036.0;
const NAME_MAXLEN: usize = 15;
const SMALLEST_STACK: isize = 53248;

static MAIN_THREAD: AtomicU64 = AtomicU64::new(0);
static STACK_SIZE: AtomicUsize = AtomicUsize::new(0);

static EXCEPT_HOOK_ARGS: StructSequence = StructSequence::new(
    c"_thread._ExceptHookArgs",
    c"ExceptHookArgs\n\nType used to pass arguments to threading.excepthook.",
    &[plain_field(c"exc_type"), plain_field(c"exc_value"), plain_field(c"exc_traceback"), plain_field(c"thread")],
    4,
);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    let _ = MAIN_THREAD.compare_exchange(0, ident(), Ordering::AcqRel, Ordering::Acquire);
    module.add_type::<Lock>(thread)?;
    module.add(thread, "LockType", Lock::ty())?;
    module.add_type::<RLock>(thread)?;
    module.add_type::<ThreadHandle>(thread)?;
    module.add_type::<local::Local>(thread)?;
    EXCEPT_HOOK_ARGS.add_to(thread, module)?;
    module.add(thread, "error", exceptions::runtime_error())?;
    module.add(thread, "TIMEOUT_MAX", &pyrox_objects::Float::new(TIMEOUT_MAX))?;
    module.add_int(thread, "_NAME_MAXLEN", NAME_MAXLEN as i64)
}

/// The calling thread's identity.
pub fn ident() -> u64 {
    // SAFETY: a plain call.
    unsafe { libc::pthread_self() as u64 }
}

/// Create a new lock object. See help(type(threading.Lock())) for
/// information about locks.
#[pyfunction]
pub fn allocate_lock(thread: &Thread) -> PyResult<Owned<Lock>> {
    Lock::create(thread)
}

/// An obsolete synonym of allocate_lock().
#[pyfunction]
pub fn allocate(thread: &Thread) -> PyResult<Owned<Lock>> {
    Lock::create(thread)
}

#[cold]
fn no_threads(thread: &Thread) -> Raised {
    thread.runtime_error("can't start new thread")
}

fn check_start(thread: &Thread, function: &Object, args: &Object, kwargs: Option<&Object>) -> Raised {
    if !function.is_callable() {
        return thread.type_error("first arg must be callable");
    }
    if !args.is_instance::<Tuple>() {
        return thread.type_error("2nd arg must be a tuple");
    }
    if kwargs.is_some_and(|k| !k.is_instance::<Dict>()) {
        return thread.type_error("optional 3rd arg must be a dictionary");
    }
    no_threads(thread)
}

/// Start a new thread and return its identifier.
///
/// The thread will call the function with positional arguments from the
/// tuple args and keyword arguments taken from the optional dictionary
/// kwargs.  The thread exits when the function returns; the return value
/// is ignored.  The thread will also exit when the function raises an
/// unhandled exception; a stack trace will be printed unless the exception
/// is SystemExit.
#[pyfunction(sig = "(function, args, kwargs={}, /)")]
pub fn start_new_thread(thread: &Thread, function: &Object, args: &Object, kwargs: Option<&Object>) -> PyResult<()> {
    Err(check_start(thread, function, args, kwargs))
}

/// An obsolete synonym of start_new_thread().
#[pyfunction(sig = "(function, args, kwargs={}, /)")]
pub fn start_new(thread: &Thread, function: &Object, args: &Object, kwargs: Option<&Object>) -> PyResult<()> {
    Err(check_start(thread, function, args, kwargs))
}

/// *For internal use only*: start a new thread.
///
/// Like start_new_thread(), this starts a new thread calling the given function.
/// Unlike start_new_thread(), this returns a handle object with methods to join
/// or detach the given thread.
/// This function is not for third-party code, please use the
/// `threading` module instead. During finalization the runtime will not wait for
/// the thread to exit if daemon is True. If handle is provided it must be a
/// newly created thread._ThreadHandle instance.
#[pyfunction(sig = "(function, handle=None, daemon=True)")]
pub fn start_joinable_thread(thread: &Thread, function: &Object, handle: Option<&Object>, daemon: bool) -> PyResult<()> {
    let _ = daemon;
    if !function.is_callable() {
        return Err(thread.type_error("thread function must be callable"));
    }
    if handle.is_some_and(|h| !h.is_none() && !h.is_instance::<ThreadHandle>()) {
        return Err(thread.type_error("'handle' must be a _ThreadHandle"));
    }
    Err(no_threads(thread))
}

/// Return True if daemon threads are allowed in the current interpreter,
/// and False otherwise.
#[pyfunction]
pub fn daemon_threads_allowed() -> bool {
    true
}

/// This is synonymous to ``raise SystemExit''.  It will cause the current
/// thread to exit silently unless the exception is caught.
#[pyfunction]
pub fn exit(thread: &Thread) -> PyResult<()> {
    let exception = exceptions::system_exit().call(thread, &[])?;
    Err(thread.raise(exception))
}

/// An obsolete synonym of exit().
#[pyfunction]
pub fn exit_thread(thread: &Thread) -> PyResult<()> {
    exit(thread)
}

/// Simulate the arrival of the given signal in the main thread,
/// where the corresponding signal handler will be executed.
/// If *signum* is omitted, SIGINT is assumed.
/// A subthread can use this function to interrupt the main thread.
///
/// Note: the default signal handler for SIGINT raises ``KeyboardInterrupt``.
#[pyfunction(sig = "(signum=None, /)", text = "($module, signum=signal.SIGINT, /)")]
pub fn interrupt_main(thread: &Thread, signum: Option<i32>) -> PyResult<()> {
    let signum = signum.unwrap_or(libc::SIGINT);
    if !(1..interrupts::SIGNAL_COUNT as i32).contains(&signum) {
        return Err(thread.value_error("signal number out of range"));
    }
    if signum == libc::SIGINT && !interrupts::is_signal_thread(thread) {
        // No handlers in Python are set up: what SIGINT does by default.
        thread.interrupts.raise(interrupts::KEYBOARD);
    } else {
        interrupts::signal_arrived(signum);
    }
    Ok(())
}

/// Return a non-zero integer that uniquely identifies the current thread
/// amongst other threads that exist simultaneously.
///
/// This may be used to identify per-thread resources.  Even though on
/// some platforms threads identities may appear to be allocated
/// consecutive numbers starting at 1, this behavior should not be relied
/// upon, and the number should be seen purely as a magic cookie.
/// A thread's identity may be reused for another thread after it exits.
#[pyfunction]
pub fn get_ident() -> u64 {
    ident()
}

/// Return a non-negative integer identifying the thread as reported
/// by the OS (kernel). This may be used to uniquely identify a
/// particular thread within a system.
#[pyfunction]
pub fn get_native_id() -> i64 {
    // SAFETY: a plain system call.
    unsafe { libc::syscall(libc::SYS_gettid) }
}

/// Return the number of currently running Python threads, excluding
/// the main thread. The returned number comprises all threads created
/// through `start_new_thread()` as well as `threading.Thread`, and not
/// yet finished.
///
/// This function is meant for internal and specialized purposes only.
/// In most applications `threading.enumerate()` should be used instead.
#[pyfunction]
pub fn _count() -> i64 {
    0
}

/// Return the thread stack size used when creating new threads.  The
/// optional size argument specifies the stack size (in bytes) to be used
/// for subsequent threads.
#[pyfunction(sig = "(size=0, /)")]
pub fn stack_size(thread: &Thread, size: isize) -> PyResult<usize> {
    if size != 0 && size < SMALLEST_STACK {
        return Err(thread.value_error(&format!("size must be at least {SMALLEST_STACK} bytes")));
    }
    Ok(STACK_SIZE.swap(size as usize, Ordering::AcqRel))
}

/// Handle uncaught Thread.run() exception.
#[pyfunction(sig = "(args, /)")]
pub fn _excepthook(thread: &Thread, args: &Object) -> PyResult<()> {
    if !std::ptr::eq(args.ty(), EXCEPT_HOOK_ARGS.ty(thread)?) {
        return Err(thread.type_error("_thread.excepthook argument type must be ExceptHookArgs"));
    }
    let Some([class, value, _traceback, failed]) = args.cast::<Tuple>().map(Tuple::items) else { return Ok(()) };
    // SystemExit ends a thread silently.
    if class.is(exceptions::system_exit()) {
        return Ok(());
    }
    let file = match pyrox_objects::hooks::sys(thread, "stderr").filter(|file| !file.is_none()) {
        Some(file) => file,
        None if failed.is_none() => return Ok(()),
        None => match failed.lookup_attr(thread, intern!("_stderr"))?.filter(|file| !file.is_none()) {
            Some(file) => file,
            None => return Ok(()),
        },
    };
    let name = if failed.is_none() { None } else { failed.lookup_attr(thread, intern!("name"))? };
    let name = match name {
        Some(name) => name.str(thread)?.to_string_lossy().into_owned(),
        None => ident().to_string(),
    };
    let text = pyrox_interpreter::traceback::format_exception(thread, value);
    let text = Str::from_str(thread, &format!("Exception in thread {name}:\n{text}"))?;
    file.call_method(thread, intern!("write"), &[&text])?;
    file.call_method(thread, intern!("flush"), &[])?;
    Ok(())
}

/// Return True if the current interpreter is the main Python interpreter.
#[pyfunction]
pub fn _is_main_interpreter() -> bool {
    true
}

/// Wait for all non-daemon threads (other than the calling thread) to stop.
#[pyfunction]
pub fn _shutdown() {
    // No thread but the calling one can have been started.
}

/// Internal only. Make a thread handle for threads not spawned
/// by the _thread or threading module.
#[pyfunction(sig = "(ident, /)")]
pub fn _make_thread_handle(thread: &Thread, ident: u64) -> PyResult<Owned<ThreadHandle>> {
    ThreadHandle::running(thread, ident)
}

/// Internal only. Return a non-zero integer that uniquely identifies the main thread
/// of the main interpreter.
#[pyfunction]
pub fn _get_main_thread_ident() -> u64 {
    MAIN_THREAD.load(Ordering::Acquire)
}

/// Set the name of the current thread.
#[pyfunction(sig = "(name)")]
pub fn set_name(name: String) {
    let mut bytes: Vec<u8> = name.into_bytes().into_iter().take_while(|&b| b != 0).take(NAME_MAXLEN).collect();
    bytes.push(0);
    // SAFETY: NUL-terminated text that lives for the call.
    unsafe { libc::pthread_setname_np(libc::pthread_self(), bytes.as_ptr() as *const libc::c_char) };
}

/// Get the name of the current thread.
#[pyfunction]
pub fn _get_name() -> String {
    let mut bytes = [0u8; NAME_MAXLEN + 1];
    // SAFETY: a buffer of that length.
    unsafe { libc::pthread_getname_np(libc::pthread_self(), bytes.as_mut_ptr() as *mut libc::c_char, bytes.len()) };
    let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}
