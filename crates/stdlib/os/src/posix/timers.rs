//! Timers that are file descriptors.

use pyrox_macros::pyfunction;
use pyrox_objects::{Float, Int, Obj, Object, Owned, PyResult, Thread, Tuple};

use crate::clock::{Rounding, SECOND, nanoseconds, timespec};
use crate::paths::Fileno;
use crate::system::check;

/// Create and return a timer file descriptor.
#[pyfunction(sig = "(clockid, /, *, flags=0)")]
pub fn timerfd_create(thread: &Thread, clockid: i32, flags: i32) -> PyResult<i32> {
    // SAFETY: a plain call.
    check(thread, unsafe { libc::timerfd_create(clockid, flags | libc::TFD_CLOEXEC) })
}

/// `(until the next expiration, interval)` of a setting.
fn setting(thread: &Thread, value: &libc::itimerspec, as_ns: bool) -> PyResult<Owned<Tuple>> {
    let number = |time: &libc::timespec| -> Obj {
        let ns = time.tv_sec.saturating_mul(SECOND).saturating_add(time.tv_nsec);
        if as_ns { Int::from(ns).upcast() } else { Float::new(time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9).upcast() }
    };
    Tuple::from_vec(thread, vec![number(&value.it_value), number(&value.it_interval)])
}

fn set(thread: &Thread, fd: Fileno, flags: i32, initial: i64, interval: i64, as_ns: bool) -> PyResult<Owned<Tuple>> {
    let new = libc::itimerspec { it_interval: timespec(interval), it_value: timespec(initial) };
    let mut old = libc::itimerspec { it_interval: timespec(0), it_value: timespec(0) };
    // SAFETY: both structs live across the call.
    check(thread, unsafe { libc::timerfd_settime(fd.0, flags, &new, &mut old) })?;
    setting(thread, &old, as_ns)
}

fn get(thread: &Thread, fd: Fileno, as_ns: bool) -> PyResult<Owned<Tuple>> {
    let mut now = libc::itimerspec { it_interval: timespec(0), it_value: timespec(0) };
    // SAFETY: the struct lives across the call.
    check(thread, unsafe { libc::timerfd_gettime(fd.0, &mut now) })?;
    setting(thread, &now, as_ns)
}

fn duration(thread: &Thread, given: Option<&Object>) -> PyResult<i64> {
    given.map_or(Ok(0), |value| nanoseconds(thread, value, Rounding::Floor))
}

/// Alter a timer file descriptor's internal timer in seconds.
#[pyfunction(sig = "(fd, /, *, flags=0, initial=0.0, interval=0.0)")]
pub fn timerfd_settime(
    thread: &Thread,
    fd: Fileno,
    flags: i32,
    initial: Option<&Object>,
    interval: Option<&Object>,
) -> PyResult<Owned<Tuple>> {
    set(thread, fd, flags, duration(thread, initial)?, duration(thread, interval)?, false)
}

/// Alter a timer file descriptor's internal timer in nanoseconds.
#[pyfunction(sig = "(fd, /, *, flags=0, initial=0, interval=0)")]
pub fn timerfd_settime_ns(thread: &Thread, fd: Fileno, flags: i32, initial: i64, interval: i64) -> PyResult<Owned<Tuple>> {
    set(thread, fd, flags, initial, interval, true)
}

/// Return a tuple of a timer file descriptor's (interval, next expiration) in float seconds.
#[pyfunction(sig = "(fd, /)")]
pub fn timerfd_gettime(thread: &Thread, fd: Fileno) -> PyResult<Owned<Tuple>> {
    get(thread, fd, false)
}

/// Return a tuple of a timer file descriptor's (interval, next expiration) in nanoseconds.
#[pyfunction(sig = "(fd, /)")]
pub fn timerfd_gettime_ns(thread: &Thread, fd: Fileno) -> PyResult<Owned<Tuple>> {
    get(thread, fd, true)
}
