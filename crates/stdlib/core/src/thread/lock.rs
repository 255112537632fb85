//! `lock` and `RLock`.

use std::cell::Cell;
use std::mem::offset_of;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use pyrox_interpreter::interrupts;
use pyrox_macros::pyclass;
use pyrox_objects::abi;
use pyrox_objects::native::{Raw, Rest};
use pyrox_objects::{Float, Head, Int, Obj, Object, Owned, PyResult, PyType, Thread, Tuple, Type};

use super::ident;

/// While it waits, a thread looks for signals this often.
const LOOK: Duration = Duration::from_millis(20);

/// A lock of the operating system's threads that anybody may release.
#[derive(Default)]
pub struct RawLock {
    held: Mutex<bool>,
    freed: Condvar,
}

impl RawLock {
    fn try_acquire(&self) -> bool {
        !std::mem::replace(&mut *self.held.lock().unwrap_or_else(PoisonError::into_inner), true)
    }

    pub fn is_held(&self) -> bool {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// False if it was not held.
    fn release(&self) -> bool {
        let was = std::mem::replace(&mut *self.held.lock().unwrap_or_else(PoisonError::into_inner), false);
        if was {
            self.freed.notify_one();
        }
        was
    }

    /// Acquire it within `timeout` (for ever without one). Handlers of signals run meanwhile.
    pub fn acquire(&self, thread: &Thread, timeout: Option<Duration>) -> PyResult<bool> {
        if self.try_acquire() {
            return Ok(true);
        }
        let end = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        loop {
            let left = match end {
                Some(end) => end.saturating_duration_since(Instant::now()),
                None if timeout.is_some() => Duration::MAX,
                None => Duration::MAX,
            };
            if left.is_zero() {
                return Ok(false);
            }
            {
                let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
                if *held {
                    let _ = self.freed.wait_timeout(held, left.min(LOOK));
                }
            }
            if self.try_acquire() {
                return Ok(true);
            }
            interrupts::check(thread)?;
        }
    }
}

/// Seconds of a time argument; -1 (nothing given) is `None`.
pub fn timeout_of(thread: &Thread, value: &Object) -> PyResult<Option<Duration>> {
    let out_of_range = || thread.overflow_error("timestamp out of range for C PyTime_t");
    let seconds = match value.cast::<Float>() {
        Some(float) => float.value(),
        None => value.index(thread)?.to_i64().map(|n| n as f64).ok_or_else(out_of_range)?,
    };
    if seconds.is_nan() {
        return Err(thread.value_error("Invalid value NaN (not a number)"));
    }
    if seconds == -1.0 {
        return Ok(None);
    }
    if seconds.abs() > 9223372036.854775 {
        return Err(out_of_range());
    }
    if seconds < 0.0 {
        return Err(thread.value_error("timeout value must be a non-negative number"));
    }
    Ok(Some(Duration::from_secs_f64(seconds)))
}

/// How long the arguments of `acquire` say to wait.
fn patience(thread: &Thread, blocking: bool, timeout: Option<&Object>) -> PyResult<Option<Duration>> {
    let given = match timeout {
        Some(timeout) => timeout_of(thread, timeout)?,
        None => None,
    };
    match (blocking, given) {
        (false, Some(_)) => Err(thread.value_error("can't specify a timeout for a non-blocking call")),
        (false, None) => Ok(Some(Duration::ZERO)),
        (true, given) => Ok(given),
    }
}

/// `_thread.lock`.
#[repr(C)]
pub struct Lock {
    head: Head,
    raw: RawLock,
    weakrefs: Cell<Raw>,
}

impl Lock {
    pub fn create(thread: &Thread) -> PyResult<Owned<Lock>> {
        Lock::ty().instantiate(thread, Lock::blank())
    }

    fn blank() -> Lock {
        Lock { head: Head::unset(), raw: RawLock::default(), weakrefs: Cell::new(std::ptr::null_mut()) }
    }

    fn free(&self, thread: &Thread) -> PyResult<()> {
        if self.raw.release() { Ok(()) } else { Err(thread.runtime_error("release unlocked lock")) }
    }
}

/// A lock object is a synchronization primitive.
///
/// To create a lock, call threading.Lock().  Methods are:
///
/// acquire() -- lock the lock, possibly blocking until it can be obtained
/// release() -- unlock of the lock
/// locked() -- test whether the lock is currently locked
#[pyclass(name = "lock", module = "_thread", dealloc = drop, weaklistoffset = offset_of!(Lock, weakrefs) as isize)]
impl Lock {
    #[new(sig = "()")]
    fn make(cls: &Type, thread: &Thread) -> PyResult<Obj> {
        Ok(cls.instantiate(thread, Lock::blank())?.upcast())
    }
    /// Lock the lock.
    ///
    /// Without argument, this blocks if the lock is already locked (even by
    /// the same thread), waiting for another thread to release the lock, and
    /// return True once the lock is acquired. With an argument, this will only
    /// block if the argument is true, and the return value reflects whether
    /// the lock is acquired. The blocking operation is interruptible.
    #[method(sig = "(blocking=True, timeout=-1)", text = "($self, /, blocking=True, timeout=-1)")]
    fn acquire(&self, thread: &Thread, blocking: bool, timeout: Option<&Object>) -> PyResult<bool> {
        let timeout = patience(thread, blocking, timeout)?;
        self.raw.acquire(thread, timeout)
    }
    /// An obsolete synonym of acquire().
    #[method(sig = "(blocking=True, timeout=-1)", text = "($self, /, blocking=True, timeout=-1)")]
    fn acquire_lock(&self, thread: &Thread, blocking: bool, timeout: Option<&Object>) -> PyResult<bool> {
        self.acquire(thread, blocking, timeout)
    }
    /// Release the lock.
    ///
    /// Allows another thread that is blocked waiting for
    /// the lock to acquire the lock.  The lock must be in the locked state,
    /// but it needn't be locked by the same thread that unlocks it.
    #[method]
    fn release(&self, thread: &Thread) -> PyResult<()> {
        self.free(thread)
    }
    /// An obsolete synonym of release().
    #[method]
    fn release_lock(&self, thread: &Thread) -> PyResult<()> {
        self.free(thread)
    }
    /// Return whether the lock is in the locked state.
    #[method]
    fn locked(&self) -> bool {
        self.raw.is_held()
    }
    /// An obsolete synonym of locked().
    #[method]
    fn locked_lock(&self) -> bool {
        self.raw.is_held()
    }
    /// Lock the lock.
    #[method]
    fn __enter__(&self, thread: &Thread) -> PyResult<bool> {
        self.raw.acquire(thread, None)
    }
    /// Release the lock.
    #[method(sig = "(*exc_info)", text = "($self, /, *exc_info)")]
    fn __exit__(&self, thread: &Thread, exc_info: Rest<'_>) -> PyResult<()> {
        let _ = exc_info;
        self.free(thread)
    }
    #[method]
    fn _at_fork_reinit(&self) {
        self.raw.release();
    }
    #[slot]
    fn tp_repr(&self) -> String {
        let state = if self.raw.is_held() { "locked" } else { "unlocked" };
        format!("<{state} {} object at {:#x}>", self.ty().full_name(), self.as_ptr() as usize)
    }
}

/// `_thread.RLock`: its owner may acquire it again.
#[repr(C)]
pub struct RLock {
    head: Head,
    raw: RawLock,
    owner: Cell<u64>,
    count: Cell<usize>,
    weakrefs: Cell<Raw>,
}

impl RLock {
    fn owned(&self) -> bool {
        self.owner.get() == ident() && self.count.get() > 0
    }

    fn enter(&self, thread: &Thread, timeout: Option<Duration>) -> PyResult<bool> {
        if self.owned() {
            match self.count.get().checked_add(1) {
                Some(count) => self.count.set(count),
                None => return Err(thread.overflow_error("Internal lock count overflowed")),
            }
            return Ok(true);
        }
        let acquired = self.raw.acquire(thread, timeout)?;
        if acquired {
            self.owner.set(ident());
            self.count.set(1);
        }
        Ok(acquired)
    }

    fn leave(&self, thread: &Thread) -> PyResult<()> {
        if !self.owned() {
            return Err(thread.runtime_error("cannot release un-acquired lock"));
        }
        self.count.set(self.count.get() - 1);
        if self.count.get() == 0 {
            self.owner.set(0);
            self.raw.release();
        }
        Ok(())
    }
}

#[pyclass(name = "RLock", module = "_thread", dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE,
    weaklistoffset = offset_of!(RLock, weakrefs) as isize)]
impl RLock {
    #[new(sig = "(*args, **kwargs)", text = "")]
    fn make(cls: &Type, thread: &Thread, args: Rest<'_>, kwargs: pyrox_objects::native::Keywords<'_>) -> PyResult<Obj> {
        let _ = (args, kwargs);
        let made = RLock {
            head: Head::unset(),
            raw: RawLock::default(),
            owner: Cell::new(0),
            count: Cell::new(0),
            weakrefs: Cell::new(std::ptr::null_mut()),
        };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    /// Lock the lock.
    ///
    /// `blocking` indicates whether we should wait
    /// for the lock to be available or not.  If `blocking` is False
    /// and another thread holds the lock, the method will return False
    /// immediately.  If `blocking` is True and another thread holds
    /// the lock, the method will wait for the lock to be released,
    /// take it and then return True.
    /// (note: the blocking operation is interruptible.)
    #[method(sig = "(blocking=True, timeout=-1)", text = "($self, /, blocking=True, timeout=-1)")]
    fn acquire(&self, thread: &Thread, blocking: bool, timeout: Option<&Object>) -> PyResult<bool> {
        let timeout = patience(thread, blocking, timeout)?;
        self.enter(thread, timeout)
    }
    /// Release the lock.
    ///
    /// Allows another thread that is blocked waiting for
    /// the lock to acquire the lock.  The lock must be in the locked state,
    /// and must be locked by the same thread that unlocks it; otherwise a
    /// `RuntimeError` is raised.
    #[method]
    fn release(&self, thread: &Thread) -> PyResult<()> {
        self.leave(thread)
    }
    /// Return a boolean indicating whether this object is locked right now.
    #[method]
    fn locked(&self) -> bool {
        self.count.get() > 0
    }
    /// For internal use by `threading.Condition`.
    #[method]
    fn _is_owned(&self) -> bool {
        self.owned()
    }
    /// For internal use by reentrancy checks.
    #[method]
    fn _recursion_count(&self) -> usize {
        if self.owned() { self.count.get() } else { 0 }
    }
    /// For internal use by `threading.Condition`.
    #[method(sig = "(state, /)")]
    fn _acquire_restore(&self, thread: &Thread, state: &Tuple) -> PyResult<()> {
        let [count, owner] = state.items() else {
            return Err(thread.type_error(&format!("function missing required argument 'state' ({} items)", state.len())));
        };
        let count = count.as_isize(thread)?.max(0) as usize;
        let owner = owner.index(thread)?.to_u64().unwrap_or(0);
        self.raw.acquire(thread, None)?;
        self.owner.set(owner);
        self.count.set(count);
        Ok(())
    }
    /// For internal use by `threading.Condition`.
    #[method]
    fn _release_save(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        if self.count.get() == 0 {
            return Err(thread.runtime_error("cannot release un-acquired lock"));
        }
        let state = vec![Int::from(self.count.replace(0) as i64).upcast(), Int::from_u64(self.owner.replace(0)).upcast()];
        self.raw.release();
        Tuple::from_vec(thread, state)
    }
    /// Lock the lock.
    #[method]
    fn __enter__(&self, thread: &Thread) -> PyResult<bool> {
        self.enter(thread, None)
    }
    /// Release the lock.
    #[method(sig = "(*exc_info)", text = "($self, /, *exc_info)")]
    fn __exit__(&self, thread: &Thread, exc_info: Rest<'_>) -> PyResult<()> {
        let _ = exc_info;
        self.leave(thread)
    }
    #[method]
    fn _at_fork_reinit(&self) {
        self.owner.set(0);
        self.count.set(0);
        self.raw.release();
    }
    #[slot]
    fn tp_repr(&self) -> String {
        let state = if self.count.get() > 0 { "locked" } else { "unlocked" };
        let (owner, count) = (self.owner.get(), self.count.get());
        format!("<{state} {} object owner={owner} count={count} at {:#x}>", self.ty().full_name(), self.as_ptr() as usize)
    }
}
