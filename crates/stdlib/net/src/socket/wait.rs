//! Waiting: the loop around each system call that may block, and time limits.
//!
//! A socket with a time limit is non-blocking to the system; before each attempt `poll` waits for it.

use std::ffi::c_int;

use pyrox_interpreter::interrupts;
use pyrox_objects::{Object, PyResult, Raised, Thread, exceptions};
use pyrox_stdlib_os::clock::{Rounding, nanoseconds};
use pyrox_stdlib_os::system::{Outcome, last_errno};
use pyrox_stdlib_os::time::monotonic_clock;

use super::Socket;

/// What is waited for.
#[derive(Clone, Copy, PartialEq)]
pub enum Direction {
    Read,
    Write,
    /// A connection that is being made.
    Connect,
}

/// Why an attempt gave nothing.
#[derive(Clone, Copy, PartialEq)]
pub enum Failure {
    Errno(c_int),
    TimedOut,
}

impl Failure {
    #[cold]
    pub fn raise(self, thread: &Thread) -> Raised {
        match self {
            Failure::Errno(errno) => thread.os_error(errno, None),
            Failure::TimedOut => thread.error(exceptions::timeout_error(), "timed out"),
        }
    }
}

/// A time limit as Python gives it, in nanoseconds; -1 is none.
pub fn parse_timeout(thread: &Thread, value: &Object) -> PyResult<i64> {
    if value.is_none() {
        return Ok(-1);
    }
    let timeout = nanoseconds(thread, value, Rounding::Up)?;
    if timeout < 0 {
        return Err(thread.value_error("Timeout value out of range"));
    }
    Ok(timeout)
}

fn milliseconds(ns: i64) -> i64 {
    ns.saturating_add(999_999) / 1_000_000
}

/// The end of a time limit on the monotonic clock.
pub fn deadline(timeout: i64) -> Option<i64> {
    (timeout > 0).then(|| monotonic_clock().saturating_add(timeout))
}

impl Socket {
    /// Wait until `direction` is possible.
    fn wait(&self, thread: &Thread, direction: Direction, deadline: Option<i64>) -> PyResult<Result<(), Failure>> {
        let mut first = true;
        loop {
            let fd = self.fd.get();
            if fd < 0 {
                return Ok(Ok(()));
            }
            let left = deadline.map_or(-1, |at| at.saturating_sub(monotonic_clock()));
            if deadline.is_some() && left < 0 && !first {
                return Ok(Err(Failure::TimedOut));
            }
            first = false;
            let wait = if deadline.is_some() { c_int::try_from(milliseconds(left.max(0))).unwrap_or(c_int::MAX) } else { -1 };
            let events = match direction {
                Direction::Read => libc::POLLIN,
                Direction::Write => libc::POLLOUT,
                Direction::Connect => libc::POLLOUT | libc::POLLERR,
            };
            let mut file = libc::pollfd { fd, events, revents: 0 };
            // SAFETY: one struct, which lives across the call.
            match unsafe { libc::poll(&mut file, 1, wait) } {
                // `poll` counts milliseconds in an int: a longer wait comes in several.
                0 if deadline.is_some_and(|at| at > monotonic_clock()) => {}
                0 => return Ok(Err(Failure::TimedOut)),
                -1 => match last_errno() {
                    libc::EINTR => interrupts::check(thread)?,
                    errno => return Ok(Err(Failure::Errno(errno))),
                },
                _ => return Ok(Ok(())),
            }
        }
    }

    /// Make a call within a time limit (in ns: 0 does not wait, negative waits for ever).
    pub fn attempt<T: Outcome>(
        &self,
        thread: &Thread,
        direction: Direction,
        timeout: i64,
        mut call: impl FnMut(c_int) -> T,
    ) -> PyResult<Result<T, Failure>> {
        let deadline = deadline(timeout);
        loop {
            if deadline.is_some() || direction == Direction::Connect {
                if let Err(failure) = self.wait(thread, direction, deadline)? {
                    return Ok(Err(failure));
                }
            }
            loop {
                let result = call(self.fd.get());
                if !result.failed() {
                    return Ok(Ok(result));
                }
                match last_errno() {
                    libc::EINTR => interrupts::check(thread)?,
                    // It only looked ready.
                    libc::EAGAIN if deadline.is_some() => break,
                    errno => return Ok(Err(Failure::Errno(errno))),
                }
            }
        }
    }

    /// As [`Socket::attempt`] with the socket's own limit, failures raised.
    pub fn run<T: Outcome>(&self, thread: &Thread, direction: Direction, call: impl FnMut(c_int) -> T) -> PyResult<T> {
        self.attempt(thread, direction, self.timeout.get(), call)?.map_err(|failure| failure.raise(thread))
    }

    /// Let calls on the descriptor block, or not.
    pub fn set_blocking(&self, thread: &Thread, block: bool) -> PyResult<()> {
        let fd = self.fd.get();
        // SAFETY: plain calls.
        let failed = unsafe {
            let old = libc::fcntl(fd, libc::F_GETFL, 0);
            let new = if block { old & !libc::O_NONBLOCK } else { old | libc::O_NONBLOCK };
            old == -1 || (new != old && libc::fcntl(fd, libc::F_SETFL, new) == -1)
        };
        if failed { Err(thread.os_error(last_errno(), None)) } else { Ok(()) }
    }

    /// Connect. `Err` is the failure that `connect` raises and `connect_ex` tells.
    pub fn connect_to(&self, thread: &Thread, address: &super::address::Address) -> PyResult<Result<(), Failure>> {
        let fd = self.fd.get();
        // SAFETY: an address of that length.
        if unsafe { libc::connect(fd, address.raw(), address.len) } != -1 {
            return Ok(Ok(()));
        }
        let errno = last_errno();
        let timeout = self.timeout.get();
        let wait = if errno == libc::EINTR {
            interrupts::check(thread)?;
            timeout != 0
        } else {
            timeout > 0 && errno == libc::EINPROGRESS
        };
        if !wait {
            return Ok(Err(Failure::Errno(errno)));
        }
        let mut status: c_int = 0;
        let asked = self.attempt(thread, Direction::Connect, timeout, |fd| {
            let mut size = size_of::<c_int>() as libc::socklen_t;
            // SAFETY: room for an int.
            unsafe { libc::getsockopt(fd, libc::SOL_SOCKET, libc::SO_ERROR, (&raw mut status).cast(), &mut size) }
        })?;
        Ok(match (asked, status) {
            (Err(failure), _) => Err(failure),
            (Ok(_), 0 | libc::EISCONN) => Ok(()),
            (Ok(_), errno) => Err(Failure::Errno(errno)),
        })
    }
}
