//! What happens between instructions: signals and, later, pending calls.
//!
//! A C signal handler may do next to nothing, so it only notes the signal's number and raises a bit in
//! the main thread's `interrupts`. The evaluation loop looks at that word at every backward jump and
//! every call, and comes here; the module `_signal` runs the Python handler then.

use std::cell::Cell;
use std::ffi::c_int;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use pyrox_objects::{PyResult, Thread, exceptions};

/// `KeyboardInterrupt` is asked for.
pub const KEYBOARD: u32 = 1;
/// A signal with a handler in Python has arrived.
pub const SIGNAL: u32 = 2;

/// Signal numbers are below this.
pub const SIGNAL_COUNT: usize = 65;

/// Calls the Python handler of a signal.
pub type Runner = fn(&Thread, c_int) -> PyResult<()>;

static PENDING: [AtomicBool; SIGNAL_COUNT] = [const { AtomicBool::new(false) }; SIGNAL_COUNT];
static MAIN: AtomicPtr<Thread> = AtomicPtr::new(std::ptr::null_mut());

thread_local! {
    static RUNNER: Cell<Option<Runner>> = const { Cell::new(None) };
}

/// From now on signals are handled on this thread, by `runner`.
pub fn watch_signals(thread: &Thread, runner: Runner) {
    RUNNER.set(Some(runner));
    MAIN.store(thread as *const Thread as *mut Thread, Ordering::Release);
}

/// The thread that handles signals is this one.
pub fn is_signal_thread(thread: &Thread) -> bool {
    std::ptr::eq(MAIN.load(Ordering::Acquire), thread)
}

/// Note that a signal has arrived. Callable from a signal handler: it touches atomics only.
pub fn signal_arrived(number: c_int) {
    if let Some(pending) = usize::try_from(number).ok().and_then(|n| PENDING.get(n)) {
        pending.store(true, Ordering::Release);
        // SAFETY: threads' states live for ever.
        if let Some(main) = unsafe { MAIN.load(Ordering::Acquire).as_ref() } {
            main.interrupts.raise(SIGNAL);
        }
    }
}

/// Forget signals that have arrived but were not handled: a child process does so.
pub fn forget_signals() {
    for pending in &PENDING {
        pending.store(false, Ordering::Release);
    }
}

/// Act on what `thread.interrupts` says.
///
/// # Errors
/// `KeyboardInterrupt`, or what a signal handler raised.
#[cold]
pub fn handle(thread: &Thread) -> PyResult<()> {
    let what = thread.interrupts.replace(0);
    if what & KEYBOARD != 0 {
        if what & SIGNAL != 0 {
            thread.interrupts.raise(SIGNAL);
        }
        let exception = exceptions::keyboard_interrupt().call(thread, &[])?;
        return Err(thread.raise(exception));
    }
    if what & SIGNAL != 0 {
        return run_handlers(thread);
    }
    Ok(())
}

fn run_handlers(thread: &Thread) -> PyResult<()> {
    let Some(runner) = RUNNER.get() else { return Ok(()) };
    for (number, pending) in PENDING.iter().enumerate() {
        if pending.swap(false, Ordering::AcqRel) {
            if let Err(raised) = runner(thread, number as c_int) {
                // The signals that are left have their turn at the next look.
                thread.interrupts.raise(SIGNAL);
                return Err(raised);
            }
        }
    }
    Ok(())
}

/// Run the handlers of signals that have arrived, as `PyErr_CheckSignals`.
pub fn check(thread: &Thread) -> PyResult<()> {
    if thread.interrupts.get() != 0 { handle(thread) } else { Ok(()) }
}

/// Make a system call again as long as signals interrupt it and their handlers raise nothing (PEP 475).
/// `Ok(Err(errno))` is any other failure.
pub fn retry<T: Copy>(thread: &Thread, mut call: impl FnMut() -> T, failed: impl Fn(T) -> bool) -> PyResult<Result<T, c_int>> {
    loop {
        let result = call();
        if !failed(result) {
            return Ok(Ok(result));
        }
        match std::io::Error::last_os_error().raw_os_error().unwrap_or(0) {
            libc::EINTR => check(thread)?,
            errno => return Ok(Err(errno)),
        }
    }
}
