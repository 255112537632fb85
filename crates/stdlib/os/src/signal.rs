//! `_signal`: handlers of signals in Python.
//!
//! The C handler notes the signal's number ([`interrupts::signal_arrived`]) and writes it to the wakeup
//! descriptor; the Python handler runs between two instructions of the main thread.

use std::ffi::{CStr, c_int};
use std::mem::zeroed;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use pyrox_interpreter::interrupts::{self, SIGNAL_COUNT};
use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::struct_sequence::{StructSequence, field};
use pyrox_objects::{
    Dict, Float, Int, List, Module, Obj, ObjCell, Object, Owned, PyResult, PyType, Raised, Set, Str, Thread, Tuple, Type, exceptions,
};

use crate::clock::{Rounding, nanoseconds, timespec, timeval};
use crate::paths::decode_name;
use crate::system::{add_constants, check, constants, fail, last_errno, retry};

pymodule!(
    name = "_signal",
    doc = "Functions to set handlers of signals and to send and wait for signals.",
    functions = [
        signal,
        getsignal,
        default_int_handler,
        raise_signal,
        strsignal,
        siginterrupt,
        set_wakeup_fd,
        alarm,
        pause,
        setitimer,
        getitimer,
        pthread_sigmask,
        pthread_kill,
        sigpending,
        sigwait,
        sigwaitinfo,
        sigtimedwait,
        valid_signals,
        pidfd_send_signal
    ],
    exec = exec
);

#[rustfmt::skip]
const CONSTANTS: &[(&str, i64)] = constants![
    SIGABRT, SIGALRM, SIGBUS, SIGCHLD, SIGCONT, SIGFPE, SIGHUP, SIGILL, SIGINT, SIGIO, SIGIOT, SIGKILL, SIGPIPE, SIGPOLL, SIGPROF,
    SIGPWR, SIGQUIT, SIGSEGV, SIGSTKFLT, SIGSTOP, SIGSYS, SIGTERM, SIGTRAP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGUSR1, SIGUSR2,
    SIGVTALRM, SIGWINCH, SIGXCPU, SIGXFSZ, SIG_BLOCK, SIG_DFL, SIG_IGN, SIG_SETMASK, SIG_UNBLOCK, ITIMER_PROF, ITIMER_REAL,
    ITIMER_VIRTUAL,
];

static SIGINFO: StructSequence = StructSequence::new(
    c"signal.struct_siginfo",
    c"What sigwaitinfo() and sigtimedwait() tell of a signal:\n(si_signo, si_code, si_errno, si_pid, si_uid, si_status, si_band)",
    &[
        field(c"si_signo", c"signal number"),
        field(c"si_code", c"signal code"),
        field(c"si_errno", c"errno associated with this signal"),
        field(c"si_pid", c"sending process ID"),
        field(c"si_uid", c"real user ID of sending process"),
        field(c"si_status", c"exit value or signal"),
        field(c"si_band", c"band event for SIGPOLL"),
    ],
    7,
);

thread_local! {
    /// The handler of each signal: `SIG_DFL`, `SIG_IGN`, a callable, or nothing if it is not Python's.
    static HANDLERS: [ObjCell; SIGNAL_COUNT] = const { [const { ObjCell::empty() }; SIGNAL_COUNT] };
    static ITIMER_ERROR: ObjCell = const { ObjCell::empty() };
}

static WAKEUP_FD: AtomicI32 = AtomicI32::new(-1);
static WARN_ON_FULL: AtomicBool = AtomicBool::new(true);
/// Why the last write to the wakeup descriptor failed, 0 if it did not.
static WAKEUP_ERRNO: AtomicI32 = AtomicI32::new(0);

/// The C handler of every signal that has a Python handler.
extern "C" fn arrived(number: c_int) {
    // SAFETY: atomics and async-signal-safe calls only; errno is left as it was.
    unsafe {
        let errno = *libc::__errno_location();
        interrupts::signal_arrived(number);
        let fd = WAKEUP_FD.load(Ordering::Relaxed);
        if fd != -1 {
            let byte = number as u8;
            if libc::write(fd, (&raw const byte).cast(), 1) == -1 {
                let why = *libc::__errno_location();
                if WARN_ON_FULL.load(Ordering::Relaxed) || (why != libc::EAGAIN && why != libc::EWOULDBLOCK) {
                    WAKEUP_ERRNO.store(why, Ordering::Relaxed);
                }
            }
        }
        *libc::__errno_location() = errno;
    }
}

fn set_action(number: c_int, action: libc::sighandler_t) -> bool {
    // SAFETY: a zeroed struct with a handler and an empty mask.
    unsafe {
        let mut new: libc::sigaction = zeroed();
        new.sa_sigaction = action;
        new.sa_flags = libc::SA_ONSTACK;
        libc::sigemptyset(&mut new.sa_mask);
        libc::sigaction(number, &new, std::ptr::null_mut()) == 0
    }
}

fn handler_of(number: c_int) -> Option<Obj> {
    HANDLERS.with(|handlers| usize::try_from(number).ok().and_then(|at| handlers.get(at)?.get()))
}

fn set_handler(number: c_int, handler: Option<Obj>) {
    let old = HANDLERS.with(|handlers| {
        let cell = usize::try_from(number).ok().and_then(|at| handlers.get(at))?;
        let old = cell.take();
        cell.set(handler);
        old
    });
    drop(old);
}

/// Whether the object is `SIG_DFL` or `SIG_IGN`, and which.
fn system_handler(object: &Object) -> Option<libc::sighandler_t> {
    match object.cast::<Int>()?.to_i64()? {
        0 => Some(libc::SIG_DFL),
        1 => Some(libc::SIG_IGN),
        _ => None,
    }
}

/// Call the Python handler of a signal that has arrived.
fn run_handler(thread: &Thread, number: c_int) -> PyResult<()> {
    let why = WAKEUP_ERRNO.swap(0, Ordering::Relaxed);
    if why != 0 {
        thread.os_error(why, None);
        pyrox_objects::unraisable::write(thread, Some("Exception ignored when trying to write to the signal wakeup fd"), None);
    }
    let Some(handler) = handler_of(number).filter(|h| system_handler(h).is_none()) else { return Ok(()) };
    let current = pyrox_interpreter::frame::current(thread);
    let frame = if current.is_null() {
        pyrox_objects::none()
    } else {
        // SAFETY: the running frame.
        unsafe { &*current }.object(thread)?.upcast()
    };
    handler.call(thread, &[&Int::from(number as i64), &frame]).map(drop)
}

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    add_constants(thread, module, CONSTANTS)?;
    let (first, last) = (libc::SIGRTMIN() as i64, libc::SIGRTMAX() as i64);
    let others = [("SIGCLD", libc::SIGCHLD as i64), ("SIGRTMIN", first), ("SIGRTMAX", last), ("NSIG", SIGNAL_COUNT as i64)];
    add_constants(thread, module, &others)?;
    SIGINFO.add_to(thread, module)?;
    let bases = Tuple::from_slice(thread, &[exceptions::os_error()])?;
    let namespace = Dict::new(thread)?;
    namespace.set_text(thread, "__module__", &**Str::intern_str(thread, "signal")?)?;
    let error = (**Type::type_type()).call(thread, &[&**Str::intern_str(thread, "ItimerError")?, &bases, &namespace])?;
    module.add(thread, "ItimerError", &error)?;
    ITIMER_ERROR.with(|cell| cell.set(Some(error)));
    interrupts::watch_signals(thread, run_handler);
    // A file that grows too large is an error of `write`, not the end of the process.
    set_action(libc::SIGXFSZ, libc::SIG_IGN);
    for number in 1..SIGNAL_COUNT as c_int {
        // SAFETY: a struct that the call fills.
        let action = unsafe {
            let mut action: libc::sigaction = zeroed();
            if libc::sigaction(number, std::ptr::null(), &mut action) != 0 {
                continue;
            }
            action.sa_sigaction
        };
        if action == libc::SIG_DFL || action == libc::SIG_IGN {
            set_handler(number, Some(Int::from((action == libc::SIG_IGN) as i64).upcast()));
        }
    }
    if handler_of(libc::SIGINT).is_some_and(|h| system_handler(&h) == Some(libc::SIG_DFL)) {
        set_handler(libc::SIGINT, module.get(thread, "default_int_handler")?);
        set_action(libc::SIGINT, arrived as *const () as libc::sighandler_t);
    }
    Ok(())
}

fn check_number(thread: &Thread, number: c_int) -> PyResult<()> {
    if number < 1 || number as usize >= SIGNAL_COUNT {
        return Err(thread.value_error("signal number out of range"));
    }
    Ok(())
}

/// Set the action for the given signal.
///
/// The action can be SIG_DFL, SIG_IGN, or a callable Python object, which is called with the signal's
/// number and the interrupted frame. The previous action is returned.
#[pyfunction(sig = "(signalnum, handler, /)")]
pub fn signal(thread: &Thread, signalnum: i32, handler: &Object) -> PyResult<Option<Obj>> {
    if !interrupts::is_signal_thread(thread) {
        return Err(thread.value_error("signal only works in main thread of the main interpreter"));
    }
    check_number(thread, signalnum)?;
    let (action, kept) = match system_handler(handler) {
        Some(action) => (action, Int::from((action == libc::SIG_IGN) as i64).upcast()),
        None if handler.is_callable() => (arrived as *const () as libc::sighandler_t, handler.own()),
        None => {
            return Err(thread.type_error("signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object"));
        }
    };
    interrupts::check(thread)?;
    if !set_action(signalnum, action) {
        return Err(fail(thread));
    }
    let old = handler_of(signalnum);
    set_handler(signalnum, Some(kept));
    Ok(old)
}

/// Return the current action for the given signal.
///
/// SIG_IGN, SIG_DFL, a callable, or None if the handler in effect was not set from Python.
#[pyfunction(sig = "(signalnum, /)")]
pub fn getsignal(thread: &Thread, signalnum: i32) -> PyResult<Option<Obj>> {
    check_number(thread, signalnum)?;
    Ok(handler_of(signalnum))
}

/// The default handler for SIGINT installed by Python.
///
/// It raises KeyboardInterrupt.
#[pyfunction(sig = "(signalnum, frame, /)")]
pub fn default_int_handler(thread: &Thread, signalnum: i32, frame: &Object) -> PyResult<()> {
    let _ = (signalnum, frame);
    let exception = exceptions::keyboard_interrupt().call(thread, &[])?;
    Err(thread.raise(exception))
}

/// Send a signal to the executing process.
#[pyfunction(sig = "(signalnum, /)")]
pub fn raise_signal(thread: &Thread, signalnum: i32) -> PyResult<()> {
    // SAFETY: a plain call.
    check(thread, if unsafe { libc::raise(signalnum) } == 0 { 0 } else { -1 })?;
    interrupts::check(thread)
}

/// Return the system description of the given signal.
///
/// None if the signal is not known.
#[pyfunction(sig = "(signalnum, /)")]
pub fn strsignal(thread: &Thread, signalnum: i32) -> PyResult<Option<Obj>> {
    check_number(thread, signalnum)?;
    // SAFETY: the text is good until the next call; the lock is held.
    let text = unsafe {
        *libc::__errno_location() = 0;
        let text = libc::strsignal(signalnum);
        if text.is_null() || last_errno() != 0 {
            return Ok(None);
        }
        CStr::from_ptr(text).to_bytes()
    };
    if text.starts_with(b"Unknown signal") {
        return Ok(None);
    }
    Ok(Some(decode_name(thread, text)?.upcast()))
}

/// Change system call restart behaviour.
///
/// If flag is False, system calls are restarted when interrupted by the signal, else interrupted.
#[pyfunction(sig = "(signalnum, flag, /)")]
pub fn siginterrupt(thread: &Thread, signalnum: i32, flag: i32) -> PyResult<()> {
    check_number(thread, signalnum)?;
    // SAFETY: structs that the calls read and fill.
    unsafe {
        let mut action: libc::sigaction = zeroed();
        check(thread, libc::sigaction(signalnum, std::ptr::null(), &mut action))?;
        if flag != 0 {
            action.sa_flags &= !libc::SA_RESTART;
        } else {
            action.sa_flags |= libc::SA_RESTART;
        }
        check(thread, libc::sigaction(signalnum, &action, std::ptr::null_mut())).map(drop)
    }
}

/// Sets the fd to be written to (with the signal number) when a signal comes in.
///
/// Returns the previous fd. The fd must be non-blocking.
#[pyfunction(sig = "(fd, /, *, warn_on_full_buffer=True)")]
pub fn set_wakeup_fd(thread: &Thread, fd: i32, warn_on_full_buffer: bool) -> PyResult<i32> {
    if !interrupts::is_signal_thread(thread) {
        return Err(thread.value_error("set_wakeup_fd only works in main thread of the main interpreter"));
    }
    if fd != -1 {
        // SAFETY: plain calls.
        let flags = unsafe { check(thread, libc::fcntl(fd, libc::F_GETFL))? };
        if flags & libc::O_NONBLOCK == 0 {
            return Err(thread.value_error(&format!("the fd {fd} must be in non-blocking mode")));
        }
    }
    WARN_ON_FULL.store(warn_on_full_buffer, Ordering::Relaxed);
    Ok(WAKEUP_FD.swap(fd, Ordering::Relaxed))
}

/// Arrange for SIGALRM to arrive after the given number of seconds.
#[pyfunction(sig = "(seconds, /)")]
pub fn alarm(seconds: i32) -> u32 {
    // SAFETY: a plain call.
    unsafe { libc::alarm(seconds as libc::c_uint) }
}

/// Wait until a signal arrives.
#[pyfunction]
pub fn pause(thread: &Thread) -> PyResult<()> {
    // SAFETY: a plain call.
    unsafe { libc::pause() };
    interrupts::check(thread)
}

fn itimer_failed(thread: &Thread) -> Raised {
    let errno = last_errno();
    let Some(class) = ITIMER_ERROR.with(ObjCell::get) else { return thread.os_error(errno, None) };
    let made = Str::from_str(thread, &exceptions::strerror(errno)).and_then(|text| class.call(thread, &[&Int::from(errno as i64), &text]));
    match made {
        Ok(exception) => thread.raise(exception),
        Err(raised) => raised,
    }
}

fn timer_object(thread: &Thread, timer: &libc::itimerval) -> PyResult<Owned<Tuple>> {
    let number = |time: &libc::timeval| Float::new(time.tv_sec as f64 + time.tv_usec as f64 / 1e6).upcast();
    Tuple::from_vec(thread, vec![number(&timer.it_value), number(&timer.it_interval)])
}

/// Sets given itimer (one of ITIMER_REAL, ITIMER_VIRTUAL or ITIMER_PROF).
///
/// The timer will fire after value seconds and after that every interval seconds; 0 seconds clear it.
/// Returns old values as a tuple.
#[pyfunction(sig = "(which, seconds, interval=0.0, /)")]
pub fn setitimer(thread: &Thread, which: i32, seconds: &Object, interval: Option<&Object>) -> PyResult<Owned<Tuple>> {
    let microseconds = |ns: i64| timeval(ns.saturating_add(999));
    let it_value = microseconds(nanoseconds(thread, seconds, Rounding::Ceiling)?);
    let it_interval = match interval {
        Some(interval) => microseconds(nanoseconds(thread, interval, Rounding::Ceiling)?),
        None => timeval(0),
    };
    let new = libc::itimerval { it_interval, it_value };
    let mut old = libc::itimerval { it_interval: timeval(0), it_value: timeval(0) };
    // SAFETY: both structs live across the call.
    if unsafe { libc::setitimer(which as _, &new, &mut old) } != 0 {
        return Err(itimer_failed(thread));
    }
    timer_object(thread, &old)
}

/// Returns current value of given itimer.
#[pyfunction(sig = "(which, /)")]
pub fn getitimer(thread: &Thread, which: i32) -> PyResult<Owned<Tuple>> {
    let mut now = libc::itimerval { it_interval: timeval(0), it_value: timeval(0) };
    // SAFETY: the struct lives across the call.
    if unsafe { libc::getitimer(which as _, &mut now) } != 0 {
        return Err(itimer_failed(thread));
    }
    timer_object(thread, &now)
}

/// A C set of the signal numbers that an iterable gives.
pub fn signal_set(thread: &Thread, signals: &Object) -> PyResult<libc::sigset_t> {
    // SAFETY: plain calls on an initialized set.
    unsafe {
        let mut set: libc::sigset_t = zeroed();
        libc::sigemptyset(&mut set);
        for item in signals.to_items(thread)? {
            let number = item.index(thread)?;
            let Some(number) = number.to_i64() else {
                return Err(thread.overflow_error("Python int too large to convert to C long"));
            };
            if number < 1 || number >= SIGNAL_COUNT as i64 {
                return Err(thread.value_error(&format!("signal number {number} out of range [1; {}]", SIGNAL_COUNT - 1)));
            }
            if libc::sigaddset(&mut set, number as c_int) != 0 {
                if last_errno() != libc::EINVAL {
                    return Err(fail(thread));
                }
                let message = format!("invalid signal number {number}, please use valid_signals()");
                pyrox_objects::warn::runtime(thread, &message)?;
            }
        }
        Ok(set)
    }
}

fn set_object(thread: &Thread, set: &libc::sigset_t) -> PyResult<Obj> {
    let members = (1..SIGNAL_COUNT as c_int)
        // SAFETY: an initialized set.
        .filter(|&number| unsafe { libc::sigismember(set, number) } == 1)
        .map(|number| Int::from(number as i64).upcast());
    let members = List::from_vec(thread, members.collect())?;
    (**Set::ty()).call(thread, &[&members])
}

/// Fetch and/or change the signal mask of the calling thread.
#[pyfunction(sig = "(how, mask, /)")]
pub fn pthread_sigmask(thread: &Thread, how: i32, mask: &Object) -> PyResult<Obj> {
    let new = signal_set(thread, mask)?;
    // SAFETY: both sets live across the call.
    let old = unsafe {
        let mut old: libc::sigset_t = zeroed();
        match libc::pthread_sigmask(how, &new, &mut old) {
            0 => old,
            errno => return Err(thread.os_error(errno, None)),
        }
    };
    interrupts::check(thread)?;
    set_object(thread, &old)
}

/// Send a signal to a thread.
#[pyfunction(sig = "(thread_id, signalnum, /)")]
pub fn pthread_kill(thread: &Thread, thread_id: u64, signalnum: i32) -> PyResult<()> {
    // SAFETY: the caller vouches for the thread's being alive, as in C.
    match unsafe { libc::pthread_kill(thread_id as libc::pthread_t, signalnum) } {
        0 => interrupts::check(thread),
        errno => Err(thread.os_error(errno, None)),
    }
}

/// Examine pending signals.
///
/// Returns a set of signal numbers that are pending for delivery to the calling thread.
#[pyfunction]
pub fn sigpending(thread: &Thread) -> PyResult<Obj> {
    // SAFETY: a set that the call fills.
    let set = unsafe {
        let mut set: libc::sigset_t = zeroed();
        check(thread, libc::sigpending(&mut set))?;
        set
    };
    set_object(thread, &set)
}

/// Wait for a signal.
///
/// Suspend execution of the calling thread until the delivery of one of the signals in sigset; its
/// number is returned.
#[pyfunction(sig = "(sigset, /)")]
pub fn sigwait(thread: &Thread, sigset: &Object) -> PyResult<i32> {
    let set = signal_set(thread, sigset)?;
    let mut number = 0;
    loop {
        // SAFETY: an initialized set, room for the number.
        match unsafe { libc::sigwait(&set, &mut number) } {
            0 => return Ok(number),
            libc::EINTR => interrupts::check(thread)?,
            errno => return Err(thread.os_error(errno, None)),
        }
    }
}

fn info_object(thread: &Thread, info: &libc::siginfo_t) -> PyResult<Obj> {
    // SAFETY: a filled struct; what does not belong to the signal's kind is arbitrary, as in C.
    let (pid, uid, status) = unsafe { (info.si_pid(), info.si_uid(), info.si_status()) };
    // SI_POLL's band lies where other kinds have the process id.
    // SAFETY: the union begins behind three ints and their padding.
    let band = unsafe { *(&raw const *info).byte_add(16).cast::<i64>() };
    let uid = crate::paths::Uid::to_object(uid);
    let fields = [info.si_signo as i64, info.si_code as i64, info.si_errno as i64, pid as i64, uid, status as i64, band];
    SIGINFO.make(thread, fields.map(|value| Int::from(value).upcast()))
}

/// Wait synchronously until one of the signals in sigset is delivered.
///
/// Returns a struct_siginfo containing information about the signal.
#[pyfunction(sig = "(sigset, /)")]
pub fn sigwaitinfo(thread: &Thread, sigset: &Object) -> PyResult<Obj> {
    let set = signal_set(thread, sigset)?;
    // SAFETY: a struct that the call fills.
    let mut info: libc::siginfo_t = unsafe { zeroed() };
    // SAFETY: an initialized set.
    retry(thread, || unsafe { libc::sigwaitinfo(&set, &mut info) })?;
    info_object(thread, &info)
}

/// Like sigwaitinfo(), but with a timeout.
///
/// The timeout is in seconds; None is returned when it has passed.
#[pyfunction(sig = "(sigset, timeout, /)")]
pub fn sigtimedwait(thread: &Thread, sigset: &Object, timeout: &Object) -> PyResult<Option<Obj>> {
    let set = signal_set(thread, sigset)?;
    let mut left = nanoseconds(thread, timeout, Rounding::Ceiling)?;
    if left < 0 {
        return Err(thread.value_error("timeout must be non-negative"));
    }
    let deadline = crate::time::monotonic_clock().saturating_add(left);
    // SAFETY: a struct that the call fills.
    let mut info: libc::siginfo_t = unsafe { zeroed() };
    loop {
        // SAFETY: an initialized set; the structs live across the call.
        if unsafe { libc::sigtimedwait(&set, &mut info, &timespec(left)) } != -1 {
            return info_object(thread, &info).map(Some);
        }
        match last_errno() {
            libc::EAGAIN => return Ok(None),
            libc::EINTR => interrupts::check(thread)?,
            errno => return Err(thread.os_error(errno, None)),
        }
        left = deadline.saturating_sub(crate::time::monotonic_clock());
        if left < 0 {
            return Ok(None);
        }
    }
}

/// Return a set of valid signal numbers on this platform.
#[pyfunction]
pub fn valid_signals(thread: &Thread) -> PyResult<Obj> {
    // SAFETY: a set that the call fills.
    let set = unsafe {
        let mut set: libc::sigset_t = zeroed();
        check(thread, libc::sigfillset(&mut set))?;
        set
    };
    set_object(thread, &set)
}

/// Send a signal to a process referred to by a pid file descriptor.
#[pyfunction(sig = "(pidfd, signalnum, siginfo=None, flags=0, /)")]
pub fn pidfd_send_signal(thread: &Thread, pidfd: i32, signalnum: i32, siginfo: Option<&Object>, flags: u32) -> PyResult<()> {
    if siginfo.is_some_and(|info| !info.is_none()) {
        return Err(thread.type_error("siginfo must be None"));
    }
    // SAFETY: a plain call.
    check(thread, unsafe { libc::syscall(libc::SYS_pidfd_send_signal, pidfd, signalnum, std::ptr::null::<u8>(), flags) })?;
    interrupts::check(thread)
}
