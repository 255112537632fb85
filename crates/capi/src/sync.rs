//! Locks and thread-local storage for C: `PyThread_*`, `PyMutex_*`, critical sections.

use std::ffi::{c_int, c_longlong, c_ulong, c_void};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::support::*;

/// What `PyThread_allocate_lock` gives: any thread may release it.
pub struct Lock {
    held: Mutex<bool>,
    released: Condvar,
}

impl Lock {
    /// Take the lock, waiting that long at most; `None` is for ever.
    fn acquire(&self, wait: Option<Duration>) -> bool {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let end = wait.and_then(|wait| Instant::now().checked_add(wait));
        while *held {
            held = match (wait, end) {
                (Some(wait), _) if wait.is_zero() => return false,
                (_, Some(end)) => {
                    let left = end.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return false;
                    }
                    self.released.wait_timeout(held, left).unwrap_or_else(PoisonError::into_inner).0
                }
                _ => self.released.wait(held).unwrap_or_else(PoisonError::into_inner),
            };
        }
        *held = true;
        true
    }

    fn release(&self) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.released.notify_one();
    }
}

/// `Py_tss_t`.
#[repr(C)]
pub struct Py_tss_t {
    initialized: c_int,
    key: libc::pthread_key_t,
}

unsafe extern "C" fn run_thread(start: *mut c_void) -> *mut c_void {
    // SAFETY: made by `PyThread_start_new_thread`.
    let start = unsafe { Box::from_raw(start as *mut (unsafe extern "C-unwind" fn(*mut c_void), usize)) };
    // SAFETY: as the caller of that asked.
    unsafe { (start.0)(start.1 as *mut c_void) };
    std::ptr::null_mut()
}

/// The byte of a `PyMutex`.
unsafe fn bits<'a>(mutex: *mut u8) -> &'a AtomicU8 {
    // SAFETY: by the caller.
    unsafe { AtomicU8::from_ptr(mutex) }
}

api! {
    /// Threads need no preparation.
    fn PyThread_init_thread() {}
    /// A new lock, not held.
    fn PyThread_allocate_lock() -> *mut Lock { Box::into_raw(Box::new(Lock { held: Mutex::new(false), released: Condvar::new() })) }
    /// Free a lock.
    fn PyThread_free_lock(lock: *mut Lock) { drop(Box::from_raw(lock)) }
    /// Take a lock; 1 if that was done.
    fn PyThread_acquire_lock(lock: *mut Lock, wait: c_int) -> c_int {
        (*lock).acquire(if wait != 0 { None } else { Some(Duration::ZERO) }) as c_int
    }
    /// Take a lock within microseconds; for ever if they are negative.
    fn PyThread_acquire_lock_timed(lock: *mut Lock, microseconds: c_longlong, _interruptible: c_int) -> c_int {
        (*lock).acquire(u64::try_from(microseconds).ok().map(Duration::from_micros)) as c_int
    }
    /// Release a lock.
    fn PyThread_release_lock(lock: *mut Lock) { (*lock).release() }
    /// Start an OS thread.
    fn PyThread_start_new_thread(function: Option<unsafe extern "C-unwind" fn(*mut c_void)>, argument: *mut c_void) -> c_ulong {
        let Some(function) = function else { return c_ulong::MAX };
        let start = Box::into_raw(Box::new((function, argument as usize)));
        let mut id: libc::pthread_t = 0;
        if libc::pthread_create(&mut id, std::ptr::null(), std::mem::transmute(run_thread as *const ()), start as *mut c_void) != 0 {
            drop(Box::from_raw(start));
            return c_ulong::MAX;
        }
        libc::pthread_detach(id);
        id as c_ulong
    }
    /// End this OS thread.
    fn PyThread_exit_thread() { libc::pthread_exit(std::ptr::null_mut()) }
    /// The size of new threads' stacks: the system's.
    fn PyThread_get_stacksize() -> usize { 0 }
    /// Only the system's size of stacks is used.
    fn PyThread_set_stacksize(size: usize) -> c_int { if size == 0 { 0 } else { -2 } }
    /// A key that is not yet created.
    fn PyThread_tss_alloc() -> *mut Py_tss_t { Box::into_raw(Box::new(Py_tss_t { initialized: 0, key: 0 })) }
    /// Free a key.
    fn PyThread_tss_free(key: *mut Py_tss_t) {
        if !key.is_null() {
            PyThread_tss_delete(key);
            drop(Box::from_raw(key));
        }
    }
    /// Create a key, once.
    fn PyThread_tss_create(key: *mut Py_tss_t) -> c_int {
        if (*key).initialized != 0 {
            return 0;
        }
        if libc::pthread_key_create(&mut (*key).key, None) != 0 {
            return -1;
        }
        (*key).initialized = 1;
        0
    }
    /// Whether a key was created.
    fn PyThread_tss_is_created(key: *mut Py_tss_t) -> c_int { (*key).initialized }
    /// Delete a key.
    fn PyThread_tss_delete(key: *mut Py_tss_t) {
        if (*key).initialized != 0 {
            libc::pthread_key_delete((*key).key);
            (*key).initialized = 0;
        }
    }
    /// This thread's value.
    fn PyThread_tss_get(key: *mut Py_tss_t) -> *mut c_void {
        if (*key).initialized == 0 { std::ptr::null_mut() } else { libc::pthread_getspecific((*key).key) }
    }
    /// Set this thread's value.
    fn PyThread_tss_set(key: *mut Py_tss_t, value: *mut c_void) -> c_int {
        if libc::pthread_setspecific((*key).key, value) != 0 { -1 } else { 0 }
    }
    /// A key in the old manner.
    fn PyThread_create_key() -> c_int {
        let mut key = 0;
        if libc::pthread_key_create(&mut key, None) != 0 { -1 } else { key as c_int }
    }
    /// Delete a key in the old manner.
    fn PyThread_delete_key(key: c_int) { libc::pthread_key_delete(key as libc::pthread_key_t); }
    /// This thread's value, in the old manner.
    fn PyThread_get_key_value(key: c_int) -> *mut c_void { libc::pthread_getspecific(key as libc::pthread_key_t) }
    /// Set this thread's value, in the old manner.
    fn PyThread_set_key_value(key: c_int, value: *mut c_void) -> c_int {
        if libc::pthread_setspecific(key as libc::pthread_key_t, value) != 0 { -1 } else { 0 }
    }
    /// Delete this thread's value, in the old manner.
    fn PyThread_delete_key_value(key: c_int) { libc::pthread_setspecific(key as libc::pthread_key_t, std::ptr::null()); }
    /// Keys are good after a fork.
    fn PyThread_ReInitTLS() {}
    /// What threads are made of.
    fn PyThread_GetInfo(thread; ) -> Raw = give {
        match pyrox_objects::hooks::sys(thread, "thread_info") {
            Some(info) => Ok(info),
            None => Err(thread.runtime_error("lost sys.thread_info")),
        }
    }
    /// Take a mutex.
    fn PyMutex_Lock(mutex: *mut u8) {
        let mut turns = 0u32;
        while bits(mutex).compare_exchange_weak(0, 1, Ordering::Acquire, Ordering::Relaxed).is_err() {
            turns += 1;
            if turns > 64 {
                std::thread::sleep(Duration::from_micros(50));
            } else {
                std::thread::yield_now();
            }
        }
    }
    /// Release a mutex.
    fn PyMutex_Unlock(mutex: *mut u8) {
        if bits(mutex).swap(0, Ordering::Release) & 1 == 0 {
            crate::lifecycle::fatal("PyMutex_Unlock", "unlocking mutex that is not locked");
        }
    }
    /// Whether a mutex is held.
    fn PyMutex_IsLocked(mutex: *mut u8) -> c_int { (bits(mutex).load(Ordering::Relaxed) & 1) as c_int }
    /// Under the lock every section is critical.
    fn PyCriticalSection_Begin(_section: *mut c_void, _object: Raw) {}
    /// As above.
    fn PyCriticalSection_BeginMutex(_section: *mut c_void, _mutex: *mut u8) {}
    /// As above.
    fn PyCriticalSection_End(_section: *mut c_void) {}
    /// As above.
    fn PyCriticalSection2_Begin(_section: *mut c_void, _a: Raw, _b: Raw) {}
    /// As above.
    fn PyCriticalSection2_BeginMutex(_section: *mut c_void, _a: *mut u8, _b: *mut u8) {}
    /// As above.
    fn PyCriticalSection2_End(_section: *mut c_void) {}
}
