//! What is left over: arguments of the process, text in the locale's encoding, pending calls, scopes of monitoring.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::time::{Duration, Instant};

use pyrox_abi as abi;
use pyrox_abi::PyThreadState;
use pyrox_objects::pickle_buffer::PickleBuffer;
use pyrox_objects::{Owned, Raised, Tuple};

use crate::support::*;

/// Bytes as wide characters: UTF-8, and lone surrogates for what is not.
fn widen(bytes: &[u8]) -> Vec<libc::wchar_t> {
    let mut wide = Vec::with_capacity(bytes.len() + 1);
    for chunk in bytes.utf8_chunks() {
        wide.extend(chunk.valid().chars().map(|c| c as libc::wchar_t));
        wide.extend(chunk.invalid().iter().map(|&b| 0xdc00 + b as libc::wchar_t));
    }
    wide
}

/// A copy in the allocator's memory with a closing zero; null without memory.
fn copy_out<T: Copy + Default>(items: &[T]) -> *mut T {
    let memory = abi::allocate((items.len() + 1) * size_of::<T>()) as *mut T;
    if !memory.is_null() {
        // SAFETY: fresh memory of that size.
        unsafe {
            std::ptr::copy_nonoverlapping(items.as_ptr(), memory, items.len());
            *memory.add(items.len()) = T::default();
        }
    }
    memory
}

/// `argv` as wide text, made once.
fn arguments() -> (c_int, *mut *mut libc::wchar_t) {
    static ONCE: std::sync::OnceLock<(c_int, usize)> = std::sync::OnceLock::new();
    let (count, list) = ONCE.get_or_init(|| {
        let all: Vec<usize> = std::env::args_os().map(|a| copy_out(&widen(a.as_bytes())) as usize).collect();
        (all.len() as c_int, copy_out(&all) as usize)
    });
    (*count, *list as *mut *mut libc::wchar_t)
}

/// `PyMonitoringState`.
#[repr(C)]
pub struct PyMonitoringState {
    active: u8,
    opaque: u8,
}

crate::api! {
    /// The arguments of the process.
    fn Py_GetArgcArgv(count: *mut c_int, list: *mut *mut *mut libc::wchar_t) {
        let (number, all) = arguments();
        *count = number;
        *list = all;
    }
    /// Text of the system as wide characters.
    fn Py_DecodeLocale(source: *const c_char, size: *mut usize) -> *mut libc::wchar_t {
        let wide = widen(CStr::from_ptr(source).to_bytes());
        let copy = copy_out(&wide);
        if !size.is_null() {
            *size = if copy.is_null() { usize::MAX } else { wide.len() };
        }
        copy
    }
    /// Wide characters as text of the system.
    fn Py_EncodeLocale(source: *const libc::wchar_t, bad: *mut usize) -> *mut c_char {
        let wide = std::slice::from_raw_parts(source, libc::wcslen(source));
        let mut bytes = Vec::with_capacity(wide.len() + 1);
        for (at, &c) in wide.iter().enumerate() {
            match c as u32 {
                c @ 0xdc80..=0xdcff => bytes.push((c - 0xdc00) as u8),
                c => match char::from_u32(c) {
                    Some(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                    None => {
                        if !bad.is_null() {
                            *bad = at;
                        }
                        return std::ptr::null_mut();
                    }
                },
            }
        }
        if !bad.is_null() {
            *bad = usize::MAX;
        }
        copy_out(&bytes) as *mut c_char
    }
    /// Make an object immortal.
    fn _Py_SetImmortal(object: Raw) {
        if !abi::is_immortal(object) {
            *(object as *mut u32) = abi::IMMORTAL_REFCNT;
        }
    }
    /// Call by `tp_call`.
    fn _PyObject_MakeTpCall(thread; _state: *mut PyThreadState, callable: Raw, arguments: *const Raw, count: isize, keywords: Raw) -> Raw = give {
        let given = if count > 0 { std::slice::from_raw_parts(arguments, count as usize) } else { &[] };
        let tuple = Tuple::from_raw_slice(thread, given)?;
        let Some(call) = borrow(callable).ty().raw().tp_call.get() else {
            return Err(thread.type_error(&format!("'{}' object is not callable", borrow(callable).ty().full_name())));
        };
        let made;
        let keywords = match borrow_or_null(keywords) {
            Some(names) if names.is_instance::<Tuple>() => {
                made = crate::protocols::_PyStack_AsDict(arguments.add(count.max(0) as usize), names.as_ptr());
                if made.is_null() {
                    return Err(Raised);
                }
                made
            }
            Some(dict) => dict.own().into_raw(),
            None => std::ptr::null_mut(),
        };
        let result = call(callable, tuple.as_ptr(), keywords);
        pyrox_objects::object::xdecref(keywords);
        pyrox_objects::protocol::call::check(thread, result)
    }
    /// Call a function between two instructions of the main thread.
    fn Py_AddPendingCall(function: Option<unsafe extern "C-unwind" fn(*mut c_void) -> c_int>, argument: *mut c_void) -> c_int {
        let Some(function) = function else { return -1 };
        let argument = argument as usize;
        let call = move |thread: &pyrox_objects::Thread| {
            // SAFETY: as the caller of `Py_AddPendingCall` asked.
            match unsafe { function(argument as *mut c_void) } {
                0 => Ok(()),
                _ if thread.raised().is_some() => Err(Raised),
                _ => Err(thread.system_error("a pending call failed without setting an exception")),
            }
        };
        if pyrox_interpreter::interrupts::add_pending_call(Box::new(call)) { 0 } else { -1 }
    }
    /// Run the pending calls.
    fn Py_MakePendingCalls(thread; ) -> c_int = status { pyrox_interpreter::interrupts::check(thread) }
    /// A slice's bound as an index, clipped; 0 for raised.
    fn _PyEval_SliceIndex(object: Raw, index: *mut isize) -> c_int {
        if borrow(object).is_none() { 1 } else { _PyEval_SliceIndexNotNone(object, index) }
    }
    /// As above, where `None` is no bound.
    fn _PyEval_SliceIndexNotNone(thread; object: Raw, index: *mut isize) -> c_int {
        let object = borrow(object);
        if !object.has_index() {
            thread.type_error("slice indices must be integers or have an __index__ method");
            return 0;
        }
        match object.as_isize_clipped(thread) {
            Ok(value) => {
                *index = value;
                1
            }
            Err(Raised) => 0,
        }
    }
    /// Take a mutex within nanoseconds; for ever if they are negative.
    fn _PyMutex_LockTimed(mutex: *mut u8, nanoseconds: i64, _flags: c_int) -> c_int {
        let end = u64::try_from(nanoseconds).ok().and_then(|n| Instant::now().checked_add(Duration::from_nanos(n)));
        loop {
            let bits = std::sync::atomic::AtomicU8::from_ptr(mutex);
            if bits.compare_exchange(0, 1, std::sync::atomic::Ordering::Acquire, std::sync::atomic::Ordering::Relaxed).is_ok() {
                return 1;
            }
            if nanoseconds >= 0 && end.is_none_or(|end| Instant::now() >= end) {
                return 0;
            }
            std::thread::sleep(Duration::from_micros(50));
        }
    }
    /// Whether a stream is a terminal.
    fn Py_FdIsInteractive(file: *mut libc::FILE, _name: *const c_char) -> c_int { libc::isatty(libc::fileno(file)) }
    /// The interpreter runs already: its name is set.
    fn Py_SetProgramName(_name: *const libc::wchar_t) {}
    /// The interpreter runs already: its home is set.
    fn Py_SetPythonHome(_home: *const libc::wchar_t) {}
    /// The interpreter runs already: its path is set.
    fn Py_SetPath(_path: *const libc::wchar_t) {}
    /// No tool of `sys.monitoring` hears of C code, so that no event of the scope is active.
    fn PyMonitoring_EnterScope(states: *mut PyMonitoringState, version: *mut u64, _events: *const u8, count: isize) -> c_int {
        for at in 0..count.max(0) as usize {
            (*states.add(at)).active = 0;
        }
        *version = 1;
        0
    }
    /// The end of a scope.
    fn PyMonitoring_ExitScope() -> c_int { 0 }
    /// Drop a state that is attached, and detach it.
    fn PyThreadState_DeleteCurrent() { pyrox_objects::Thread::swap(std::ptr::null()); }
    /// The main thread's state lives as long as the process; there is no other.
    fn PyThreadState_Delete(_state: *mut PyThreadState) {}
    /// The name of the allocator.
    fn _PyMem_GetCurrentAllocatorName() -> *const c_char { c"mimalloc".as_ptr() }
}

crate::api! {
    /// A buffer that pickling may pass on out of band.
    fn PyPickleBuffer_FromObject(thread; object: Raw) -> Raw = give { PickleBuffer::new(thread, borrow(object)).map(Owned::upcast) }
    /// The view of the wrapped object, borrowed.
    fn PyPickleBuffer_GetBuffer(thread; object: Raw) -> *const abi::Py_buffer {
        match typed::<PickleBuffer>(object) {
            Some(buffer) => buffer.view(thread).unwrap_or(std::ptr::null()),
            None => {
                thread.type_error(&format!("expected PickleBuffer, {} found", borrow(object).ty().full_name()));
                std::ptr::null()
            }
        }
    }
    /// Give the view back.
    fn PyPickleBuffer_Release(thread; object: Raw) -> c_int = status {
        match typed::<PickleBuffer>(object) {
            Some(buffer) => {
                buffer.give_back();
                Ok(())
            }
            None => Err(thread.type_error(&format!("expected PickleBuffer, {} found", borrow(object).ty().full_name()))),
        }
    }
}

/// A clock in nanoseconds.
fn clock(kind: libc::clockid_t) -> i64 {
    // SAFETY: a struct of our own.
    unsafe {
        let mut time: libc::timespec = std::mem::zeroed();
        libc::clock_gettime(kind, &mut time);
        time.tv_sec.saturating_mul(1_000_000_000).saturating_add(time.tv_nsec)
    }
}

crate::api! {
    /// The clock of the world.
    fn PyTime_Time(result: *mut i64) -> c_int { *result = clock(libc::CLOCK_REALTIME); 0 }
    /// The clock of the world.
    fn PyTime_TimeRaw(result: *mut i64) -> c_int { *result = clock(libc::CLOCK_REALTIME); 0 }
    /// The clock that never goes back.
    fn PyTime_Monotonic(result: *mut i64) -> c_int { *result = clock(libc::CLOCK_MONOTONIC); 0 }
    /// The clock that never goes back.
    fn PyTime_MonotonicRaw(result: *mut i64) -> c_int { *result = clock(libc::CLOCK_MONOTONIC); 0 }
    /// The finest clock.
    fn PyTime_PerfCounter(result: *mut i64) -> c_int { *result = clock(libc::CLOCK_MONOTONIC); 0 }
    /// The finest clock.
    fn PyTime_PerfCounterRaw(result: *mut i64) -> c_int { *result = clock(libc::CLOCK_MONOTONIC); 0 }
    /// Nanoseconds as seconds.
    fn PyTime_AsSecondsDouble(time: i64) -> f64 { time as f64 / 1e9 }
}
