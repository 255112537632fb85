//! What the system tells of itself, the environment, random bytes.

use std::ffi::{CStr, c_char};

use pyrox_macros::pyfunction;
use pyrox_objects::struct_sequence::{StructSequence, field};
use pyrox_objects::{Bytes, Dict, Float, Obj, Object, Owned, PyResult, Str, Thread, Tuple};

use super::files::configuration_number;
use crate::paths::{Name, decode_name};
use crate::system::{check, fail, last_errno, retry};

pub static UNAME_RESULT: StructSequence = StructSequence::new(
    c"posix.uname_result",
    c"What uname() tells of the system: (sysname, nodename, release, version, machine).",
    &[
        field(c"sysname", c"operating system name"),
        field(c"nodename", c"name of machine on network (implementation-defined)"),
        field(c"release", c"operating system release"),
        field(c"version", c"operating system version"),
        field(c"machine", c"hardware identifier"),
    ],
    5,
);

pub static TIMES_RESULT: StructSequence = StructSequence::new(
    c"posix.times_result",
    c"What times() tells, in seconds: (user, system, children_user, children_system, elapsed).",
    &[
        field(c"user", c"user time"),
        field(c"system", c"system time"),
        field(c"children_user", c"user time of children"),
        field(c"children_system", c"system time of children"),
        field(c"elapsed", c"elapsed time since an arbitrary point in the past"),
    ],
    5,
);

/// Return an object identifying the current operating system.
#[pyfunction]
pub fn uname(thread: &Thread) -> PyResult<Obj> {
    // SAFETY: plain data that the call fills with NUL-terminated texts.
    let mut name: libc::utsname = unsafe { std::mem::zeroed() };
    // SAFETY: as above.
    check(thread, unsafe { libc::uname(&mut name) })?;
    let text = |field: &[c_char]| -> PyResult<Obj> {
        let bytes: Vec<u8> = field.iter().map(|&c| c as u8).take_while(|&c| c != 0).collect();
        Ok(decode_name(thread, &bytes)?.upcast())
    };
    let fields = [text(&name.sysname)?, text(&name.nodename)?, text(&name.release)?, text(&name.version)?, text(&name.machine)?];
    UNAME_RESULT.make(thread, fields)
}

/// Return a collection containing process timing information.
#[pyfunction]
pub fn times(thread: &Thread) -> PyResult<Obj> {
    // SAFETY: plain data that the call fills.
    let mut times: libc::tms = unsafe { std::mem::zeroed() };
    // SAFETY: as above.
    let elapsed = check(thread, unsafe { libc::times(&mut times) })?;
    // SAFETY: a plain call.
    let ticks = unsafe { libc::sysconf(libc::_SC_CLK_TCK) }.max(1) as f64;
    let fields = [times.tms_utime, times.tms_stime, times.tms_cutime, times.tms_cstime, elapsed];
    TIMES_RESULT.make(thread, fields.map(|time| Float::new(time as f64 / ticks).upcast()))
}

/// Return average recent system load information.
///
/// The number of processes in the run queue averaged over the last 1, 5, and 15 minutes, as a tuple of
/// three floats. Raises OSError if it cannot be had.
#[pyfunction]
pub fn getloadavg(thread: &Thread) -> PyResult<Owned<Tuple>> {
    let mut loads = [0f64; 3];
    // SAFETY: room for three.
    if unsafe { libc::getloadavg(loads.as_mut_ptr(), 3) } != 3 {
        return Err(thread.error(pyrox_objects::exceptions::os_error(), "Load averages are unobtainable"));
    }
    Tuple::from_vec(thread, loads.map(|load| Float::new(load).upcast()).to_vec())
}

/// Return the number of logical CPUs in the system.
///
/// Return None if indeterminable.
#[pyfunction]
pub fn cpu_count() -> Option<Obj> {
    // SAFETY: a plain call.
    let count = unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) };
    (count > 0).then(|| pyrox_objects::Int::from(count).upcast())
}

/// Return an integer-valued system configuration variable.
#[pyfunction(sig = "(name, /)")]
pub fn sysconf(thread: &Thread, name: &Object) -> PyResult<i64> {
    let number = configuration_number(thread, super::names::SYSCONF, name)?;
    // SAFETY: plain calls; an unset errno tells "no limit" from failure.
    let value = unsafe {
        *libc::__errno_location() = 0;
        libc::sysconf(number)
    };
    if value == -1 && last_errno() != 0 { Err(fail(thread)) } else { Ok(value) }
}

/// Return a string-valued system configuration variable.
#[pyfunction(sig = "(name, /)")]
pub fn confstr(thread: &Thread, name: &Object) -> PyResult<Option<Obj>> {
    let number = configuration_number(thread, super::names::CONFSTR, name)?;
    let mut buffer = vec![0u8; 255];
    loop {
        // SAFETY: the buffer's length is told; an unset errno tells "no value" from failure.
        let length = unsafe {
            *libc::__errno_location() = 0;
            libc::confstr(number, buffer.as_mut_ptr() as *mut c_char, buffer.len())
        };
        if length == 0 {
            return if last_errno() != 0 { Err(fail(thread)) } else { Ok(None) };
        }
        if length <= buffer.len() {
            return Ok(Some(decode_name(thread, buffer.get(..length - 1).unwrap_or_default())?.upcast()));
        }
        buffer.resize(length, 0);
    }
}

/// Translate an error code to a message string.
#[pyfunction(sig = "(code, /)")]
pub fn strerror(thread: &Thread, code: i32) -> PyResult<Owned<Str>> {
    decode_name(thread, pyrox_objects::exceptions::strerror(code).as_bytes())
}

/// The environment as a dict of bytes; the first of equal names counts.
pub fn environment(thread: &Thread) -> PyResult<Owned<Dict>> {
    unsafe extern "C" {
        static environ: *const *const c_char;
    }
    let dict = Dict::new(thread)?;
    // SAFETY: the environment is a null-terminated array of texts; nothing changes it meanwhile.
    unsafe {
        let mut entry = environ;
        while !entry.is_null() && !(*entry).is_null() {
            let text = CStr::from_ptr(*entry).to_bytes();
            entry = entry.add(1);
            let Some(equals) = text.iter().position(|&byte| byte == b'=') else { continue };
            let (name, value) = (Bytes::from_slice(thread, &text[..equals])?, Bytes::from_slice(thread, &text[equals + 1..])?);
            dict.set_default(thread, &name, &value)?;
        }
    }
    Ok(dict)
}

/// Create the environment dictionary.
#[pyfunction]
pub fn _create_environ(thread: &Thread) -> PyResult<Owned<Dict>> {
    environment(thread)
}

/// Change or add an environment variable.
#[pyfunction(sig = "(name, value, /)")]
pub fn putenv(thread: &Thread, name: Name, value: Name) -> PyResult<()> {
    if name.0.as_bytes().contains(&b'=') {
        return Err(thread.value_error("illegal environment variable name"));
    }
    // SAFETY: both end in NUL; the lock is held.
    check(thread, unsafe { libc::setenv(name.c(), value.c(), 1) }).map(drop)
}

/// Delete an environment variable.
#[pyfunction(sig = "(name, /)")]
pub fn unsetenv(thread: &Thread, name: Name) -> PyResult<()> {
    // SAFETY: the name ends in NUL; the lock is held.
    check(thread, unsafe { libc::unsetenv(name.c()) }).map(drop)
}

/// Return a bytes object containing random bytes suitable for cryptographic use.
#[pyfunction(sig = "(size, /)")]
pub fn urandom(thread: &Thread, size: isize) -> PyResult<Owned<Bytes>> {
    let Ok(size) = usize::try_from(size) else { return Err(thread.value_error("negative argument not allowed")) };
    let mut bytes: Vec<u8> = Vec::new();
    bytes.try_reserve_exact(size).map_err(|_| thread.no_memory())?;
    bytes.resize(size, 0);
    let mut done = 0;
    while done < size {
        let rest = &mut bytes[done..];
        // SAFETY: room for as many as told.
        done += retry(thread, || unsafe { libc::getrandom(rest.as_mut_ptr() as *mut _, rest.len(), 0) })? as usize;
    }
    Bytes::from_slice(thread, &bytes)
}

/// Obtain a series of random bytes.
#[pyfunction(sig = "(size, flags=0)")]
pub fn getrandom(thread: &Thread, size: isize, flags: i32) -> PyResult<Owned<Bytes>> {
    let Ok(size) = usize::try_from(size) else { return Err(thread.os_error(libc::EINVAL, None)) };
    let mut bytes: Vec<u8> = Vec::new();
    bytes.try_reserve_exact(size).map_err(|_| thread.no_memory())?;
    bytes.resize(size, 0);
    // SAFETY: room for as many as told.
    let count = retry(thread, || unsafe { libc::getrandom(bytes.as_mut_ptr() as *mut _, bytes.len(), flags as libc::c_uint) })?;
    Bytes::from_slice(thread, bytes.get(..count as usize).unwrap_or_default())
}

/// Calls the hook that waits for input, if there is one.
#[pyfunction]
pub fn _inputhook() -> i32 {
    0
}

/// Checks if a hook is installed that waits for input.
#[pyfunction]
pub fn _is_inputhook_installed() -> bool {
    false
}
