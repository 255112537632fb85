//! What happens between instructions: signals and pending calls.
//!
//! A C signal handler may do next to nothing, so it only notes the signal's number and raises a bit in
//! the main thread's `interrupts`. The evaluation loop looks at that word at every backward jump and
//! every call, and comes here; the module `_signal` runs the Python handler then.

use std::cell::Cell;
use std::collections::VecDeque;
use std::ffi::c_int;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use std::sync::{Mutex, PoisonError};

use pyrox_objects::{PyResult, Thread, exceptions};

/// `KeyboardInterrupt` is asked for.
pub const KEYBOARD: u32 = 1;
/// A signal with a handler in Python has arrived.
pub const SIGNAL: u32 = 2;
/// C code has asked for calls.
pub const CALLS: u32 = 4;

/// A call that C code has asked for.
pub type PendingCall = Box<dyn FnOnce(&Thread) -> PyResult<()> + Send>;

static CALLS_WAITING: Mutex<VecDeque<PendingCall>> = Mutex::new(VecDeque::new());
/// No more wait at a time, as with CPython.
const MOST_CALLS: usize = 32;

/// Have `call` made on the main thread soon; false if too many wait. Callable from any thread.
pub fn add_pending_call(call: PendingCall) -> bool {
    let mut waiting = CALLS_WAITING.lock().unwrap_or_else(PoisonError::into_inner);
    if waiting.len() >= MOST_CALLS {
        return false;
    }
    waiting.push_back(call);
    // SAFETY: threads' states live for ever.
    if let Some(main) = unsafe { MAIN.load(Ordering::Acquire).as_ref() } {
        main.interrupts.raise(CALLS);
    }
    true
}

fn run_pending_calls(thread: &Thread) -> PyResult<()> {
    // Those that the calls ask for have their turn at the next look.
    let waiting = std::mem::take(&mut *CALLS_WAITING.lock().unwrap_or_else(PoisonError::into_inner));
    let mut waiting = waiting.into_iter();
    while let Some(call) = waiting.next() {
        if let Err(raised) = call(thread) {
            let mut queue = CALLS_WAITING.lock().unwrap_or_else(PoisonError::into_inner);
            for left in waiting.rev() {
                queue.push_front(left);
            }
            thread.interrupts.raise(CALLS);
            return Err(raised);
        }
    }
    Ok(())
}

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
    // That something is traced stays as it is.
    let what = thread.interrupts.replace(thread.interrupts.get() & crate::tracing::TRACE);
    if what & KEYBOARD != 0 {
        if what & (SIGNAL | CALLS) != 0 {
            thread.interrupts.raise(what & (SIGNAL | CALLS));
        }
        let exception = exceptions::keyboard_interrupt().call(thread, &[])?;
        return Err(thread.raise(exception));
    }
    if what & SIGNAL != 0 {
        if let Err(raised) = run_handlers(thread) {
            thread.interrupts.raise(what & CALLS);
            return Err(raised);
        }
    }
    if what & CALLS != 0 {
        return run_pending_calls(thread);
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
