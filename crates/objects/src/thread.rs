//! The thread token: proof that the interpreter's lock is held, and the thread's state.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};

use pyrox_abi as abi;
use pyrox_abi::{PyObject, PyThreadState};

use crate::object::{Obj, Object, Owned};

/// The state of a thread that runs Python; whatever may run Python code asks for a borrow of it.
///
/// It begins with CPython's `PyThreadState`, whose fields extensions read and write.
#[repr(C)]
pub struct Thread {
    pub state: PyThreadState,
    /// Native stack address below which recursion is refused.
    stack_limit: Cell<usize>,
    stack_base: Cell<usize>,
    /// How deep `dealloc` is in itself, and the objects it put off.
    pub(crate) dealloc_depth: Cell<u32>,
    /// Raised asynchronously: signals, pending calls.
    pub interrupts: Interrupts,
}

/// Bits that ask the evaluation loop to stop and look. Signal handlers may raise them.
#[repr(transparent)]
pub struct Interrupts(AtomicU32);

impl Interrupts {
    #[inline(always)]
    pub fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    pub fn set(&self, bits: u32) {
        self.0.store(bits, Ordering::Relaxed);
    }

    /// Take `bits` away.
    pub fn lower(&self, bits: u32) {
        self.0.fetch_and(!bits, Ordering::AcqRel);
    }

    /// Take all bits and put `bits` in their place.
    pub fn replace(&self, bits: u32) -> u32 {
        self.0.swap(bits, Ordering::AcqRel)
    }

    /// Add `bits`. Callable from a signal handler.
    pub fn raise(&self, bits: u32) {
        self.0.fetch_or(bits, Ordering::AcqRel);
    }
}

thread_local! {
    static CURRENT: Cell<*const Thread> = const { Cell::new(std::ptr::null()) };
}

impl Thread {
    /// The running thread's token.
    ///
    /// # Safety
    /// The calling thread is attached and holds the lock, as it does in every function that
    /// Python code or an extension calls.
    #[inline(always)]
    pub unsafe fn current<'a>() -> &'a Thread {
        let pointer = CURRENT.get();
        debug_assert!(!pointer.is_null(), "no Python thread state");
        // SAFETY: by contract.
        unsafe { &*pointer }
    }

    /// The state that is attached to the calling OS thread, if one is.
    #[inline(always)]
    pub fn attached() -> *const Thread {
        CURRENT.get()
    }

    /// Attach another state to the calling OS thread, or none; gives the one that was.
    ///
    /// # Safety
    /// The pointer is null or a state of this OS thread, and whoever holds a token does not use it while its state is
    /// not attached.
    pub unsafe fn swap(state: *const Thread) -> *const Thread {
        CURRENT.replace(state)
    }

    /// Make a state for the calling OS thread and attach it. It lives for ever.
    pub fn attach() -> &'static Thread {
        let memory = abi::allocate_zeroed(size_of::<Thread>()) as *mut Thread;
        assert!(!memory.is_null(), "no memory for a thread state");
        // SAFETY: all-zero is a valid state; the address is stable.
        let thread: &'static Thread = unsafe { &*memory };
        let state = &thread.state;
        state.exc_info.set(&state.exc_state as *const _ as *mut _);
        state.py_recursion_limit.set(1000);
        state.py_recursion_remaining.set(1000);
        // SAFETY: takes nothing and cannot fail.
        state.thread_id.set(unsafe { libc::pthread_self() } as _);
        state.id.set(1);
        thread.measure_stack();
        CURRENT.set(memory);
        thread
    }

    /// Find this OS thread's stack and set the limit a safe margin above its end.
    fn measure_stack(&self) {
        let here = stack_address();
        // SAFETY: plain calls of the C library on zeroed structs.
        let (low, high) = unsafe {
            let mut attributes: libc::pthread_attr_t = std::mem::zeroed();
            let (mut start, mut size) = (std::ptr::null_mut(), 0usize);
            if libc::pthread_getattr_np(libc::pthread_self(), &mut attributes) == 0 {
                libc::pthread_attr_getstack(&attributes, &mut start, &mut size);
                libc::pthread_attr_destroy(&mut attributes);
            }
            if size == 0 { (here.saturating_sub(1 << 20), here) } else { (start as usize, start as usize + size) }
        };
        // An unlimited stack is taken as 64 MiB.
        let low = low.max(high.saturating_sub(64 << 20));
        self.stack_base.set(high);
        self.stack_limit.set(low + (256 << 10));
    }

    /// Refuse deeper native recursion with `RecursionError` when the stack is nearly used up.
    /// `place` completes the message: `" while calling a Python object"`.
    #[inline(always)]
    pub fn check_stack(&self, place: &str) -> crate::PyResult<()> {
        if stack_address() < self.stack_limit.get() { Err(self.stack_overflow(place)) } else { Ok(()) }
    }

    #[cold]
    fn stack_overflow(&self, place: &str) -> crate::Raised {
        let used = (self.stack_base.get() - stack_address()) >> 10;
        // Room to make the exception in.
        let limit = self.stack_limit.get();
        self.stack_limit.set(limit - (128 << 10));
        let raised = self.error(crate::exceptions::recursion_error(), &format!("Stack overflow (used {used} kB){place}"));
        self.stack_limit.set(limit);
        raised
    }

    /// Whether less than a tenth of the usual margin is left: `dealloc` uses it to put off work.
    #[inline(always)]
    pub fn stack_is_low(&self) -> bool {
        stack_address() < self.stack_limit.get() + (256 << 10)
    }

    /// The raised exception, taken.
    #[inline]
    pub fn take_raised(&self) -> Option<Obj> {
        // SAFETY: the field owns its reference.
        unsafe { Owned::from_raw_or_null(self.state.current_exception.replace(std::ptr::null_mut())) }
    }

    /// Set the raised exception, as `PyErr_SetRaisedException`.
    #[inline]
    pub fn set_raised(&self, exception: Option<Obj>) {
        let new = exception.map_or(std::ptr::null_mut(), Obj::into_raw);
        let old = self.state.current_exception.replace(new);
        // SAFETY: the field owned it.
        unsafe { crate::object::xdecref(old) }
    }

    /// The raised exception, borrowed.
    #[inline]
    pub fn raised(&self) -> Option<&Object> {
        // SAFETY: the field owns its reference.
        unsafe { Object::from_ptr_or_null(self.state.current_exception.get()) }
    }

    /// The exception being handled, as `sys.exception()` gives it.
    pub fn handled(&self) -> Option<Obj> {
        let mut item = self.state.exc_info.get();
        // SAFETY: the chain of items is that of the running frames and generators.
        unsafe {
            while !item.is_null() {
                let value: *mut PyObject = (*item).exc_value.get();
                if let Some(value) = Object::from_ptr_or_null(value) {
                    if !value.is_none() {
                        return Some(value.own());
                    }
                }
                item = (*item).previous_item.get();
            }
        }
        None
    }
}

/// About where the native stack ends now.
#[inline(always)]
pub fn stack_address() -> usize {
    let address: usize;
    // SAFETY: reads a register.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        std::arch::asm!("mov {}, rsp", out(reg) address, options(nomem, nostack, preserves_flags))
    };
    #[cfg(target_arch = "aarch64")]
    unsafe {
        std::arch::asm!("mov {}, sp", out(reg) address, options(nomem, nostack, preserves_flags))
    };
    address
}
