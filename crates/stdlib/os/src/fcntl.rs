//! `fcntl`: control of descriptors, devices and locks.

use std::ffi::c_int;

use pyrox_interpreter::interrupts;
use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::buffer::Buffer;
use pyrox_objects::{Bytes, Int, Module, Obj, Object, PyResult, Str, Thread, abi};

use crate::paths::Fileno;
use crate::system::{add_constants, last_errno, retry};

pymodule!(
    name = "fcntl",
    doc = "File control, device control and locks on file descriptors.",
    functions = [fcntl, ioctl, flock, lockf],
    exec = exec
);

/// Linux's numbers.
const CONSTANTS: &[(&str, i64)] = &[
    ("DN_ACCESS", 1),
    ("DN_ATTRIB", 32),
    ("DN_CREATE", 4),
    ("DN_DELETE", 8),
    ("DN_MODIFY", 2),
    ("DN_MULTISHOT", 2147483648),
    ("DN_RENAME", 16),
    ("FASYNC", 8192),
    ("FD_CLOEXEC", 1),
    ("FICLONE", 1074041865),
    ("FICLONERANGE", 1075876877),
    ("F_ADD_SEALS", 1033),
    ("F_DUPFD", 0),
    ("F_DUPFD_CLOEXEC", 1030),
    ("F_DUPFD_QUERY", 1027),
    ("F_EXLCK", 4),
    ("F_GETFD", 1),
    ("F_GETFL", 3),
    ("F_GETLEASE", 1025),
    ("F_GETLK", 5),
    ("F_GETLK64", 5),
    ("F_GETOWN", 9),
    ("F_GETOWN_EX", 16),
    ("F_GETPIPE_SZ", 1032),
    ("F_GETSIG", 11),
    ("F_GET_FILE_RW_HINT", 1037),
    ("F_GET_RW_HINT", 1035),
    ("F_GET_SEALS", 1034),
    ("F_NOTIFY", 1026),
    ("F_OFD_GETLK", 36),
    ("F_OFD_SETLK", 37),
    ("F_OFD_SETLKW", 38),
    ("F_OWNER_PGRP", 2),
    ("F_OWNER_PID", 1),
    ("F_OWNER_TID", 0),
    ("F_RDLCK", 0),
    ("F_SEAL_FUTURE_WRITE", 16),
    ("F_SEAL_GROW", 4),
    ("F_SEAL_SEAL", 1),
    ("F_SEAL_SHRINK", 2),
    ("F_SEAL_WRITE", 8),
    ("F_SETFD", 2),
    ("F_SETFL", 4),
    ("F_SETLEASE", 1024),
    ("F_SETLK", 6),
    ("F_SETLK64", 6),
    ("F_SETLKW", 7),
    ("F_SETLKW64", 7),
    ("F_SETOWN", 8),
    ("F_SETOWN_EX", 15),
    ("F_SETPIPE_SZ", 1031),
    ("F_SETSIG", 10),
    ("F_SET_FILE_RW_HINT", 1038),
    ("F_SET_RW_HINT", 1036),
    ("F_SHLCK", 8),
    ("F_UNLCK", 2),
    ("F_WRLCK", 1),
    ("LOCK_EX", 2),
    ("LOCK_MAND", 32),
    ("LOCK_NB", 4),
    ("LOCK_READ", 64),
    ("LOCK_RW", 192),
    ("LOCK_SH", 1),
    ("LOCK_UN", 8),
    ("LOCK_WRITE", 128),
    ("RWH_WRITE_LIFE_EXTREME", 5),
    ("RWH_WRITE_LIFE_LONG", 4),
    ("RWH_WRITE_LIFE_MEDIUM", 3),
    ("RWH_WRITE_LIFE_NONE", 1),
    ("RWH_WRITE_LIFE_NOT_SET", 0),
    ("RWH_WRITE_LIFE_SHORT", 2),
];

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    add_constants(thread, module, CONSTANTS)
}

/// The most that an argument by value may hold.
const ROOM: usize = 1024;

/// What is given as the last argument of a control call.
enum Argument {
    Number(c_int),
    Bytes(Vec<u8>),
    Memory(Buffer),
}

fn argument(thread: &Thread, function: &str, given: Option<&Object>, in_place: bool) -> PyResult<Argument> {
    let Some(given) = given else { return Ok(Argument::Number(0)) };
    if given.has_index() {
        let value = given.index(thread)?;
        // The call takes any bits that fit an int, signed or not.
        return match value.to_i64().filter(|v| (i32::MIN as i64..=u32::MAX as i64).contains(v)) {
            Some(value) => Ok(Argument::Number(value as c_int)),
            None => Err(thread.overflow_error("Python int too large to convert to C int")),
        };
    }
    if in_place {
        match Buffer::get(thread, given, abi::PyBUF_WRITABLE) {
            Ok(buffer) => return Ok(Argument::Memory(buffer)),
            Err(_) => thread.set_raised(None),
        }
    }
    let bytes = match given.cast::<Str>() {
        Some(text) => text.to_rust(thread)?.into_bytes(),
        None if pyrox_objects::buffer::is_buffer(given) => Buffer::simple(thread, given)?.as_slice().to_vec(),
        None => {
            return Err(thread.type_error(&format!(
                "{function}() argument 3 must be an integer, a bytes-like object, or a string, not {}",
                given.ty().name()
            )));
        }
    };
    if bytes.len() > ROOM {
        return Err(thread.value_error(&format!("{function} argument 3 is too long")));
    }
    Ok(Argument::Bytes(bytes))
}

/// A call on a copy of bytes; what it left there comes back.
fn on_copy(thread: &Thread, function: &str, bytes: &[u8], mut call: impl FnMut(*mut u8) -> c_int) -> PyResult<Obj> {
    // What follows the copy shows whether the call wrote beyond it.
    const GUARD: [u8; 8] = *b"\xdb\xc1\x9b\x59\x2f\x0a\xe7\x03";
    let mut memory = [0u8; ROOM + GUARD.len()];
    memory[..bytes.len()].copy_from_slice(bytes);
    memory[bytes.len()..bytes.len() + GUARD.len()].copy_from_slice(&GUARD);
    retry(thread, || call(memory.as_mut_ptr()))?;
    if memory[bytes.len()..bytes.len() + GUARD.len()] != GUARD {
        return Err(thread.system_error(&format!("{function}: buffer overflow")));
    }
    Ok(Bytes::from_slice(thread, &memory[..bytes.len()])?.upcast())
}

/// Perform the operation cmd on file descriptor fd.
///
/// arg is an integer, or bytes or text that is given as a struct; for these the struct that the call
/// leaves is the result, else the call's number.
#[pyfunction(sig = "(fd, cmd, arg=0, /)")]
pub fn fcntl(thread: &Thread, fd: Fileno, cmd: i32, arg: Option<&Object>) -> PyResult<Obj> {
    match argument(thread, "fcntl", arg, false)? {
        Argument::Number(number) => {
            // SAFETY: the number is no address: commands that take one are given bytes.
            let result = retry(thread, || unsafe { libc::fcntl(fd.0, cmd, number) })?;
            Ok(Int::from(result as i64).upcast())
        }
        Argument::Bytes(bytes) => {
            // SAFETY: memory larger than any struct that a command takes.
            on_copy(thread, "fcntl", &bytes, |memory| unsafe { libc::fcntl(fd.0, cmd, memory) })
        }
        // Only made for `ioctl`.
        Argument::Memory(_) => Ok(pyrox_objects::none()),
    }
}

/// Perform the operation request on file descriptor fd.
///
/// As fcntl(); a writable buffer is changed in place if mutate_flag is true.
#[pyfunction(sig = "(fd, request, arg=0, mutate_flag=True, /)")]
pub fn ioctl(thread: &Thread, fd: Fileno, request: &Object, arg: Option<&Object>, mutate_flag: bool) -> PyResult<Obj> {
    let request = request.index(thread)?;
    let Some(request) = request.to_i64() else {
        return Err(thread.overflow_error("Python int too large to convert to C unsigned long"));
    };
    let request = request as libc::Ioctl;
    match argument(thread, "ioctl", arg, mutate_flag)? {
        Argument::Number(number) => {
            // SAFETY: the number is no address: requests that take one are given bytes.
            let result = retry(thread, || unsafe { libc::ioctl(fd.0, request, number) })?;
            Ok(Int::from(result as i64).upcast())
        }
        Argument::Bytes(bytes) => {
            // SAFETY: memory larger than any struct that a request takes.
            on_copy(thread, "ioctl", &bytes, |memory| unsafe { libc::ioctl(fd.0, request, memory) })
        }
        Argument::Memory(buffer) if buffer.len() <= ROOM => {
            // A small buffer is copied, so that a request for a larger struct does no harm.
            let mut memory = [0u8; ROOM + 8];
            memory[..buffer.len()].copy_from_slice(buffer.as_slice());
            // SAFETY: memory larger than any struct that a request takes.
            let result = retry(thread, || unsafe { libc::ioctl(fd.0, request, memory.as_mut_ptr()) })?;
            // SAFETY: the export keeps that many bytes in place.
            unsafe { std::ptr::copy_nonoverlapping(memory.as_ptr(), buffer.as_mut_ptr(), buffer.len()) };
            Ok(Int::from(result as i64).upcast())
        }
        Argument::Memory(buffer) => {
            // SAFETY: the export keeps the bytes in place.
            let result = retry(thread, || unsafe { libc::ioctl(fd.0, request, buffer.as_mut_ptr()) })?;
            Ok(Int::from(result as i64).upcast())
        }
    }
}

/// Perform the lock operation on file descriptor fd.
#[pyfunction(sig = "(fd, operation, /)")]
pub fn flock(thread: &Thread, fd: Fileno, operation: i32) -> PyResult<()> {
    // SAFETY: a plain call.
    retry(thread, || unsafe { libc::flock(fd.0, operation) }).map(drop)
}

fn position(thread: &Thread, given: Option<&Object>) -> PyResult<i64> {
    match given {
        Some(given) => given.index(thread)?.to_i64().ok_or_else(|| thread.overflow_error("int too big to convert")),
        None => Ok(0),
    }
}

/// A wrapper around the fcntl() locking calls.
///
/// cmd is one of LOCK_UN, LOCK_SH and LOCK_EX, the last two perhaps with LOCK_NB. len, start and whence say
/// which bytes; a len of 0 is up to the end of the file.
#[pyfunction(sig = "(fd, cmd, len=0, start=0, whence=0, /)")]
pub fn lockf(thread: &Thread, fd: Fileno, cmd: i32, len: Option<&Object>, start: Option<&Object>, whence: i32) -> PyResult<()> {
    // SAFETY: plain data.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = if cmd == libc::LOCK_UN {
        libc::F_UNLCK as i16
    } else if cmd & libc::LOCK_SH != 0 {
        libc::F_RDLCK as i16
    } else if cmd & libc::LOCK_EX != 0 {
        libc::F_WRLCK as i16
    } else {
        return Err(thread.value_error("unrecognized lockf argument"));
    };
    lock.l_start = position(thread, start)?;
    lock.l_len = position(thread, len)?;
    lock.l_whence = whence as i16;
    let command = if cmd & libc::LOCK_NB != 0 { libc::F_SETLK } else { libc::F_SETLKW };
    loop {
        // SAFETY: the struct lives across the call.
        if unsafe { libc::fcntl(fd.0, command, &lock) } != -1 {
            return Ok(());
        }
        match last_errno() {
            libc::EINTR => interrupts::check(thread)?,
            errno => return Err(thread.os_error(errno, None)),
        }
    }
}
