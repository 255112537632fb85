//! `PyOS_*`: numbers as text, text without case, signals, forks.

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int, c_long, c_ulong, c_void};

use pyrox_numeric::float::format::{Flags, double_to_string};
use pyrox_numeric::float::parse::parse_prefix;
use pyrox_objects::{Type, exceptions};

use crate::imports::Shared;
use crate::support::*;

/// Compare without regard to case of ASCII letters.
fn compare(a: &[u8], b: &[u8]) -> c_int {
    let lower = |bytes: &[u8]| bytes.to_ascii_lowercase();
    let (a, b) = (lower(a), lower(b));
    let at = a.iter().zip(&b).position(|(x, y)| x != y).unwrap_or(a.len().min(b.len()));
    a.get(at).copied().unwrap_or(0) as c_int - b.get(at).copied().unwrap_or(0) as c_int
}

api! {
    /// Read a float at the start of a text.
    fn PyOS_string_to_double(thread; source: *const c_char, end: *mut *mut c_char, overflow: Raw) -> f64 {
        let bytes = CStr::from_ptr(source).to_bytes();
        let shown = || text(source).chars().take(200).collect::<String>();
        let found = parse_prefix(bytes);
        let (value, length) = found.unwrap_or((-1.0, 0));
        if length == 0 || (end.is_null() && length < bytes.len()) {
            thread.value_error(&format!("could not convert string to float: '{}'", shown()));
            if !end.is_null() {
                *end = source as *mut c_char;
            }
            return -1.0;
        }
        if !end.is_null() {
            *end = source.add(length) as *mut c_char;
        }
        let named = bytes[..length].iter().any(|b| matches!(b, b'n' | b'N'));
        if value.is_infinite() && !named {
            if let Some(class) = typed::<Type>(overflow) {
                thread.error(class, &format!("value too large to convert to float: '{}'", shown()));
                return -1.0;
            }
        }
        value
    }
    /// A float as text, in memory of `PyMem_Malloc`.
    fn PyOS_double_to_string(thread; value: f64, format: c_char, precision: c_int, flags: c_int, kind: *mut c_int) -> *mut c_char {
        let conversion = format as u8 as char;
        if !matches!(conversion, 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'r') || (conversion == 'r' && precision != 0) {
            bad_internal_call(thread);
            return std::ptr::null_mut();
        }
        let flags = Flags {
            always_sign: flags & 1 != 0,
            add_dot_zero: flags & 2 != 0,
            alternate: flags & 4 != 0,
            no_negative_zero: flags & 8 != 0,
        };
        let shown = double_to_string(value, conversion, precision.max(0) as usize, flags);
        if !kind.is_null() {
            *kind = if value.is_nan() { 2 } else if value.is_infinite() { 1 } else { 0 };
        }
        let memory = pyrox_abi::allocate(shown.len() + 1);
        if memory.is_null() {
            thread.no_memory();
            return std::ptr::null_mut();
        }
        std::ptr::copy_nonoverlapping(shown.as_ptr(), memory, shown.len());
        *memory.add(shown.len()) = 0;
        memory as *mut c_char
    }
    /// C's `strtoul`.
    fn PyOS_strtoul(source: *const c_char, end: *mut *mut c_char, base: c_int) -> c_ulong { libc::strtoul(source, end, base) }
    /// C's `strtol`.
    fn PyOS_strtol(source: *const c_char, end: *mut *mut c_char, base: c_int) -> c_long { libc::strtol(source, end, base) }
    /// Compare without regard to case.
    fn PyOS_mystricmp(a: *const c_char, b: *const c_char) -> c_int { compare(CStr::from_ptr(a).to_bytes(), CStr::from_ptr(b).to_bytes()) }
    /// Compare the first characters without regard to case.
    fn PyOS_mystrnicmp(a: *const c_char, b: *const c_char, size: isize) -> c_int {
        if size <= 0 {
            return 0;
        }
        let size = size as usize;
        let part = |text: *const c_char| std::slice::from_raw_parts(text as *const u8, libc::strnlen(text, size));
        compare(part(a), part(b))
    }
    /// The handler of a signal.
    fn PyOS_getsig(number: c_int) -> *mut c_void {
        let mut action: libc::sigaction = std::mem::zeroed();
        if libc::sigaction(number, std::ptr::null(), &mut action) != 0 {
            return libc::SIG_ERR as *mut c_void;
        }
        action.sa_sigaction as *mut c_void
    }
    /// Set the handler of a signal; gives the old one.
    fn PyOS_setsig(number: c_int, handler: *mut c_void) -> *mut c_void {
        let (mut new, mut old): (libc::sigaction, libc::sigaction) = (std::mem::zeroed(), std::mem::zeroed());
        new.sa_sigaction = handler as usize;
        libc::sigemptyset(&mut new.sa_mask);
        new.sa_flags = libc::SA_ONSTACK;
        if libc::sigaction(number, &new, &mut old) != 0 {
            return libc::SIG_ERR as *mut c_void;
        }
        old.sa_sigaction as *mut c_void
    }
    /// Whether an interrupt has arrived, which is then forgotten.
    fn PyOS_InterruptOccurred(thread; ) -> c_int {
        match pyrox_interpreter::interrupts::check(thread) {
            Ok(()) => 0,
            Err(_) => thread.take_if(exceptions::keyboard_interrupt()) as c_int,
        }
    }
    /// Nothing is to be done before a fork of a process with one thread.
    fn PyOS_BeforeFork() {}
    /// As above, in the parent.
    fn PyOS_AfterFork_Parent() {}
    /// As above, in the child.
    fn PyOS_AfterFork_Child() { pyrox_interpreter::interrupts::forget_signals() }
    /// As above, in the child.
    fn PyOS_AfterFork() { pyrox_interpreter::interrupts::forget_signals() }
}

/// What a toolkit has called while the prompt waits.
#[unsafe(no_mangle)]
pub static PyOS_InputHook: Shared<Cell<*mut c_void>> = Shared(Cell::new(std::ptr::null_mut()));
/// What reads a line at the prompt.
#[unsafe(no_mangle)]
pub static PyOS_ReadlineFunctionPointer: Shared<Cell<*mut c_void>> = Shared(Cell::new(std::ptr::null_mut()));
