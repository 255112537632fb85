//! `select`: waiting until descriptors are ready.

use std::cell::{Cell, RefCell};

use pyrox_interpreter::interrupts;
use pyrox_macros::{pyclass, pyfunction, pymodule};
use pyrox_objects::{Float, Head, Int, List, Module, Obj, Object, Owned, PyResult, PyType, Raised, Thread, Tuple, Type, exceptions};

use crate::clock::{Rounding, nanoseconds, timeval};
use crate::paths::Fileno;
use crate::system::{add_constants, check, constants, fail, last_errno};
use crate::time::monotonic_clock;

pymodule!(
    name = "select",
    doc = "Waiting for input and output on several files at once: select(), poll() and epoll().",
    functions = [select, poll],
    exec = exec
);

#[rustfmt::skip]
const CONSTANTS: &[(&str, i64)] = constants![
    POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLPRI, POLLRDBAND, POLLRDHUP, POLLRDNORM, POLLWRBAND, POLLWRNORM,
    EPOLLERR, EPOLLEXCLUSIVE, EPOLLHUP, EPOLLIN, EPOLLMSG, EPOLLONESHOT, EPOLLOUT, EPOLLPRI, EPOLLRDBAND, EPOLLRDHUP, EPOLLRDNORM,
    EPOLLWAKEUP, EPOLLWRBAND, EPOLLWRNORM, EPOLL_CLOEXEC, PIPE_BUF,
];

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    add_constants(thread, module, CONSTANTS)?;
    module.add_int(thread, "EPOLLET", 1 << 31)?;
    module.add_int(thread, "POLLMSG", 0x400)?;
    pyrox_objects::type_object::ready(thread, Poll::ty())?;
    module.add_type::<Epoll>(thread)?;
    module.add(thread, "error", exceptions::os_error())
}

/// When to stop waiting, on the monotonic clock.
struct Deadline(Option<i64>);

impl Deadline {
    fn after(timeout: Option<i64>) -> Deadline {
        Deadline(timeout.map(|ns| monotonic_clock().saturating_add(ns)))
    }

    /// What is left, never negative.
    fn left(&self) -> Option<i64> {
        self.0.map(|at| at.saturating_sub(monotonic_clock()).max(0))
    }
}

/// Wait until one or more file descriptors are ready for some kind of I/O.
///
/// The first three arguments are iterables of descriptors, or objects with fileno(), to wait for: to be
/// read from, written to, and for an exceptional condition. The timeout is in seconds. The result is
/// three lists of what is ready, empty when the time is over.
#[pyfunction(sig = "(rlist, wlist, xlist, timeout=None, /)")]
pub fn select(thread: &Thread, rlist: &Object, wlist: &Object, xlist: &Object, timeout: Option<&Object>) -> PyResult<Owned<Tuple>> {
    let timeout = match timeout.filter(|t| !t.is_none()) {
        None => None,
        Some(timeout) if timeout.is_instance::<Float>() || timeout.has_index() => Some(nanoseconds(thread, timeout, Rounding::Up)?),
        Some(_) => return Err(thread.type_error("timeout must be a float or None")),
    };
    if timeout.is_some_and(|timeout| timeout < 0) {
        return Err(thread.value_error("timeout must be non-negative"));
    }
    let mut lists: [Vec<(i32, Obj)>; 3] = Default::default();
    let mut highest = -1;
    for (to, from) in lists.iter_mut().zip([rlist, wlist, xlist]) {
        let items = match from.to_items(thread) {
            Ok(items) => items,
            Err(_) if thread.take_if(exceptions::type_error()) => return Err(thread.type_error("arguments 1-3 must be sequences")),
            Err(raised) => return Err(raised),
        };
        for item in items {
            let fd = Fileno::of(thread, &item)?.0;
            if fd as usize >= libc::FD_SETSIZE {
                return Err(thread.value_error("filedescriptor out of range in select()"));
            }
            highest = highest.max(fd);
            to.push((fd, item));
        }
    }
    let deadline = Deadline::after(timeout);
    let mut sets: [libc::fd_set; 3];
    loop {
        // SAFETY: sets of zeros are empty; descriptors are below their size.
        sets = unsafe { std::mem::zeroed() };
        for (set, list) in sets.iter_mut().zip(&lists) {
            for (fd, _) in list {
                // SAFETY: as above.
                unsafe { libc::FD_SET(*fd, set) };
            }
        }
        let mut left = deadline.left().map(|ns| timeval(ns.saturating_add(999)));
        let [read, write, except] = &mut sets;
        let left = left.as_mut().map_or(std::ptr::null_mut(), |left| left as *mut _);
        // SAFETY: all structs live across the call.
        if unsafe { libc::select(highest + 1, read, write, except, left) } >= 0 {
            break;
        }
        match last_errno() {
            libc::EINTR => interrupts::check(thread)?,
            errno => return Err(thread.os_error(errno, None)),
        }
    }
    let mut ready = Vec::with_capacity(3);
    for (set, list) in sets.iter().zip(&lists) {
        // SAFETY: as above.
        let members = list.iter().filter(|(fd, _)| unsafe { libc::FD_ISSET(*fd, set) }).map(|(_, object)| object.clone());
        ready.push(List::from_vec(thread, members.collect())?.upcast());
    }
    Tuple::from_vec(thread, ready)
}

fn event_mask(thread: &Thread, mask: Option<&Object>, default: i16) -> PyResult<i16> {
    let Some(mask) = mask else { return Ok(default) };
    let value = mask.index(thread)?;
    if value.is_negative() {
        return Err(thread.value_error("Cannot convert negative int"));
    }
    (value.to_u64().and_then(|v| u16::try_from(v).ok()).map(|v| v as i16))
        .ok_or_else(|| thread.overflow_error("Python int too large for C unsigned short"))
}

/// A polling object: descriptors and the events that are waited for.
#[repr(C)]
pub struct Poll {
    head: Head,
    files: RefCell<Vec<libc::pollfd>>,
    polling: Cell<bool>,
}

/// Returns a polling object.
///
/// It supports registering and unregistering file descriptors, and then polling them for I/O events.
#[pyfunction]
pub fn poll(thread: &Thread) -> PyResult<Obj> {
    let made = Poll { head: Head::unset(), files: RefCell::default(), polling: Cell::new(false) };
    Ok(Poll::ty().instantiate(thread, made)?.upcast())
}

fn missing(thread: &Thread, fd: i32) -> Raised {
    thread.error_with(exceptions::key_error(), &Int::from(fd as i64))
}

#[pyclass(name = "poll", module = "select", dealloc = drop)]
impl Poll {
    /// Register a file descriptor with the polling object.
    #[method(sig = "(fd, eventmask=None, /)", text = "($self, fd, eventmask=select.POLLIN | select.POLLPRI | select.POLLOUT, /)")]
    fn register(&self, thread: &Thread, fd: Fileno, eventmask: Option<&Object>) -> PyResult<()> {
        let events = event_mask(thread, eventmask, libc::POLLIN | libc::POLLPRI | libc::POLLOUT)?;
        let mut files = self.files.borrow_mut();
        match files.iter_mut().find(|file| file.fd == fd.0) {
            Some(file) => file.events = events,
            None => files.push(libc::pollfd { fd: fd.0, events, revents: 0 }),
        }
        Ok(())
    }

    /// Modify an already registered file descriptor.
    #[method(sig = "(fd, eventmask, /)")]
    fn modify(&self, thread: &Thread, fd: Fileno, eventmask: &Object) -> PyResult<()> {
        let events = event_mask(thread, Some(eventmask), 0)?;
        let found = self.files.borrow_mut().iter_mut().find(|file| file.fd == fd.0).map(|file| file.events = events);
        found.ok_or_else(|| thread.os_error(libc::ENOENT, None))
    }

    /// Remove a file descriptor being tracked by the polling object.
    #[method(sig = "(fd, /)")]
    fn unregister(&self, thread: &Thread, fd: Fileno) -> PyResult<()> {
        let at = self.files.borrow().iter().position(|file| file.fd == fd.0);
        match at {
            Some(at) => {
                self.files.borrow_mut().remove(at);
                Ok(())
            }
            None => Err(missing(thread, fd.0)),
        }
    }

    /// Polls the set of registered file descriptors.
    ///
    /// The timeout is in milliseconds. The result is a list of (descriptor, events).
    #[method(sig = "(timeout=None, /)")]
    fn poll(&self, thread: &Thread, timeout: Option<&Object>) -> PyResult<Owned<List>> {
        let timeout = match timeout.filter(|t| !t.is_none()) {
            None => None,
            Some(timeout) => milliseconds(thread, timeout)?,
        };
        if self.polling.replace(true) {
            return Err(thread.runtime_error("concurrent poll() invocation"));
        }
        let result = self.wait(thread, timeout);
        self.polling.set(false);
        let ready = result?.into_iter().map(|file| pair(thread, file.fd as i64, (file.revents as u16) as i64));
        List::from_vec(thread, ready.collect::<PyResult<_>>()?)
    }
}

/// A timeout in milliseconds as nanoseconds; negative is for ever.
fn milliseconds(thread: &Thread, timeout: &Object) -> PyResult<Option<i64>> {
    if !timeout.is_instance::<Float>() && !timeout.has_index() {
        return Err(thread.type_error("timeout must be an integer or None"));
    }
    let value = timeout.as_f64(thread)?;
    if value.is_nan() {
        return Err(thread.value_error("Invalid value NaN (not a number)"));
    }
    if value >= i32::MAX as f64 {
        return Err(thread.overflow_error("timeout is too large"));
    }
    Ok((value >= 0.0).then_some((value * 1e6).ceil() as i64))
}

fn pair(thread: &Thread, first: i64, second: i64) -> PyResult<Obj> {
    Ok(Tuple::from_vec(thread, vec![Int::from(first).upcast(), Int::from(second).upcast()])?.upcast())
}

/// Nanoseconds as the milliseconds that system calls take, rounded up; -1 is for ever.
fn wait_time(left: Option<i64>) -> i32 {
    left.map_or(-1, |ns| i32::try_from(ns.saturating_add(999_999) / 1_000_000).unwrap_or(i32::MAX))
}

impl Poll {
    fn wait(&self, thread: &Thread, timeout: Option<i64>) -> PyResult<Vec<libc::pollfd>> {
        // Handlers of signals may register more meanwhile, so a copy is polled.
        let mut files = self.files.borrow().clone();
        let deadline = Deadline::after(timeout);
        loop {
            // SAFETY: as many structs as told.
            let count = unsafe { libc::poll(files.as_mut_ptr(), files.len() as libc::nfds_t, wait_time(deadline.left())) };
            if count >= 0 {
                files.retain(|file| file.revents != 0);
                return Ok(files);
            }
            match last_errno() {
                libc::EINTR => interrupts::check(thread)?,
                errno => return Err(thread.os_error(errno, None)),
            }
        }
    }
}

/// An epoll descriptor, -1 once it is closed.
#[repr(C)]
pub struct Epoll {
    head: Head,
    fd: Cell<i32>,
}

impl Drop for Epoll {
    fn drop(&mut self) {
        self.shut();
    }
}

impl Epoll {
    fn shut(&self) -> i32 {
        match self.fd.replace(-1) {
            -1 => 0,
            // SAFETY: ours.
            fd => unsafe { libc::close(fd) },
        }
    }

    fn open(&self, thread: &Thread) -> PyResult<i32> {
        match self.fd.get() {
            -1 => Err(thread.value_error("I/O operation on closed epoll object")),
            fd => Ok(fd),
        }
    }

    fn control(&self, thread: &Thread, operation: i32, fd: Fileno, events: u32) -> PyResult<()> {
        let own = self.open(thread)?;
        let mut event = libc::epoll_event { events, u64: fd.0 as u64 };
        // SAFETY: the struct lives across the call.
        check(thread, unsafe { libc::epoll_ctl(own, operation, fd.0, &mut event) }).map(drop)
    }
}

/// select.epoll(sizehint=-1, flags=0)
///
/// Returns an epolling object. sizehint and flags are of no use any more.
#[pyclass(name = "epoll", module = "select", dealloc = drop)]
impl Epoll {
    #[new(sig = "(sizehint=-1, flags=0)", text = "")]
    fn new(cls: &Type, thread: &Thread, sizehint: i32, flags: i32) -> PyResult<Obj> {
        if sizehint != -1 && sizehint <= 0 {
            return Err(thread.value_error("negative sizehint"));
        }
        if flags != 0 && flags != libc::EPOLL_CLOEXEC {
            return Err(thread.error(exceptions::os_error(), "invalid flags"));
        }
        // SAFETY: a plain call.
        let fd = check(thread, unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
        Ok(cls.instantiate(thread, Epoll { head: Head::unset(), fd: Cell::new(fd) })?.upcast())
    }

    /// Create an epoll object from a given control fd.
    #[classmethod(sig = "(fd, /)")]
    fn fromfd(cls: &Type, thread: &Thread, fd: i32) -> PyResult<Obj> {
        Ok(cls.instantiate(thread, Epoll { head: Head::unset(), fd: Cell::new(fd) })?.upcast())
    }

    /// Close the epoll control file descriptor.
    #[method]
    fn close(&self, thread: &Thread) -> PyResult<()> {
        if self.shut() == -1 { Err(fail(thread)) } else { Ok(()) }
    }

    /// Return the epoll control file descriptor.
    #[method]
    fn fileno(&self, thread: &Thread) -> PyResult<i32> {
        self.open(thread)
    }

    /// True if the epoll handler is closed
    #[getter]
    fn closed(&self) -> bool {
        self.fd.get() == -1
    }

    /// Registers a new fd or raises an OSError if the fd is already registered.
    #[method(sig = "(fd, eventmask=None)", text = "($self, /, fd, eventmask=select.EPOLLIN | select.EPOLLPRI | select.EPOLLOUT)")]
    fn register(&self, thread: &Thread, fd: Fileno, eventmask: Option<u32>) -> PyResult<()> {
        let default = (libc::EPOLLIN | libc::EPOLLPRI | libc::EPOLLOUT) as u32;
        self.control(thread, libc::EPOLL_CTL_ADD, fd, eventmask.unwrap_or(default))
    }

    /// Modify event mask for a registered file descriptor.
    #[method(sig = "(fd, eventmask)")]
    fn modify(&self, thread: &Thread, fd: Fileno, eventmask: u32) -> PyResult<()> {
        self.control(thread, libc::EPOLL_CTL_MOD, fd, eventmask)
    }

    /// Remove a registered file descriptor from the epoll object.
    #[method(sig = "(fd)")]
    fn unregister(&self, thread: &Thread, fd: Fileno) -> PyResult<()> {
        self.control(thread, libc::EPOLL_CTL_DEL, fd, 0)
    }

    /// Wait for events on the epoll file descriptor.
    ///
    /// timeout is in seconds; maxevents says how many events are fetched at most, -1 being as many as come.
    /// The result is a list of (descriptor, events).
    #[method(sig = "(timeout=None, maxevents=-1)")]
    fn poll(&self, thread: &Thread, timeout: Option<&Object>, maxevents: i32) -> PyResult<Owned<List>> {
        let own = self.open(thread)?;
        let timeout = match timeout.filter(|t| !t.is_none()) {
            None => None,
            Some(timeout) if timeout.is_instance::<Float>() || timeout.has_index() => {
                let ns = nanoseconds(thread, timeout, Rounding::Up)?;
                if ns / 1_000_000 > i32::MAX as i64 {
                    return Err(thread.overflow_error("timeout is too large"));
                }
                (ns >= 0).then_some(ns)
            }
            Some(_) => return Err(thread.type_error("timeout must be an integer or None")),
        };
        let room = match maxevents {
            -1 => 1023,
            count if count < 1 => {
                return Err(thread.value_error(&format!("maxevents must be greater than 0, got {count}")));
            }
            count => count,
        };
        let mut events = vec![libc::epoll_event { events: 0, u64: 0 }; room.min(1 << 16) as usize];
        let deadline = Deadline::after(timeout);
        let count = loop {
            let wait = wait_time(deadline.left());
            // SAFETY: room for as many events as told.
            match unsafe { libc::epoll_wait(own, events.as_mut_ptr(), events.len() as i32, wait) } {
                -1 if last_errno() == libc::EINTR => interrupts::check(thread)?,
                -1 => return Err(fail(thread)),
                count => break count as usize,
            }
        };
        let ready = events.iter().take(count).map(|event| pair(thread, event.u64 as i64, event.events as i64));
        List::from_vec(thread, ready.collect::<PyResult<_>>()?)
    }

    #[method]
    fn __enter__(&self, thread: &Thread) -> PyResult<Obj> {
        self.open(thread)?;
        Ok((**self).own())
    }

    #[method(sig = "(exc_type=None, exc_value=None, exc_tb=None, /)")]
    fn __exit__(&self, thread: &Thread, exc_type: Option<&Object>, exc_value: Option<&Object>, exc_tb: Option<&Object>) -> PyResult<()> {
        let _ = (exc_type, exc_value, exc_tb);
        self.close(thread)
    }
}
