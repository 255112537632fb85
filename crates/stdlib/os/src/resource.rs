//! `resource`: what a process may use and what it has used.

use std::ffi::c_int;

use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::struct_sequence::{StructSequence, field};
use pyrox_objects::{Float, Int, Module, Obj, Object, Owned, PyResult, Thread, Tuple};

use crate::system::{add_constants, check, constants, last_errno};

pymodule!(
    name = "resource",
    doc = "Limits and use of the system's resources.",
    functions = [getrusage, getrlimit, setrlimit, prlimit, getpagesize],
    exec = exec
);

pub static RUSAGE: StructSequence = StructSequence::new(
    c"resource.struct_rusage",
    c"What getrusage() tells. Times are floats of seconds, all else is integers.",
    &[
        field(c"ru_utime", c"user time used"),
        field(c"ru_stime", c"system time used"),
        field(c"ru_maxrss", c"max. resident set size"),
        field(c"ru_ixrss", c"shared memory size"),
        field(c"ru_idrss", c"unshared data size"),
        field(c"ru_isrss", c"unshared stack size"),
        field(c"ru_minflt", c"page faults not requiring I/O"),
        field(c"ru_majflt", c"page faults requiring I/O"),
        field(c"ru_nswap", c"number of swap outs"),
        field(c"ru_inblock", c"block input operations"),
        field(c"ru_oublock", c"block output operations"),
        field(c"ru_msgsnd", c"IPC messages sent"),
        field(c"ru_msgrcv", c"IPC messages received"),
        field(c"ru_nsignals", c"signals received"),
        field(c"ru_nvcsw", c"voluntary context switches"),
        field(c"ru_nivcsw", c"involuntary context switches"),
    ],
    16,
);

const CONSTANTS: &[(&str, i64)] = constants![
    RLIMIT_AS,
    RLIMIT_CORE,
    RLIMIT_CPU,
    RLIMIT_DATA,
    RLIMIT_FSIZE,
    RLIMIT_MEMLOCK,
    RLIMIT_MSGQUEUE,
    RLIMIT_NICE,
    RLIMIT_NOFILE,
    RLIMIT_NPROC,
    RLIMIT_RSS,
    RLIMIT_RTPRIO,
    RLIMIT_RTTIME,
    RLIMIT_SIGPENDING,
    RLIMIT_STACK,
    RUSAGE_CHILDREN,
    RUSAGE_SELF,
    RUSAGE_THREAD,
];

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    add_constants(thread, module, CONSTANTS)?;
    module.add_int(thread, "RLIMIT_OFILE", libc::RLIMIT_NOFILE as i64)?;
    module.add_int(thread, "RLIM_INFINITY", -1)?;
    module.add(thread, "error", pyrox_objects::exceptions::os_error())?;
    RUSAGE.add_to(thread, module)
}

/// A filled struct as an object.
pub fn rusage_object(thread: &Thread, usage: &libc::rusage) -> PyResult<Obj> {
    let time = |time: &libc::timeval| Float::new(time.tv_sec as f64 + time.tv_usec as f64 * 1e-6).upcast();
    let counts = [
        usage.ru_maxrss,
        usage.ru_ixrss,
        usage.ru_idrss,
        usage.ru_isrss,
        usage.ru_minflt,
        usage.ru_majflt,
        usage.ru_nswap,
        usage.ru_inblock,
        usage.ru_oublock,
        usage.ru_msgsnd,
        usage.ru_msgrcv,
        usage.ru_nsignals,
        usage.ru_nvcsw,
        usage.ru_nivcsw,
    ];
    let counts = counts.map(|count| Int::from(count).upcast());
    RUSAGE.make(thread, [time(&usage.ru_utime), time(&usage.ru_stime)].into_iter().chain(counts))
}

#[pyfunction(sig = "(who, /)")]
pub fn getrusage(thread: &Thread, who: i32) -> PyResult<Obj> {
    // SAFETY: plain data that the call fills.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: as above.
    if unsafe { libc::getrusage(who, &mut usage) } == -1 {
        if last_errno() == libc::EINVAL {
            return Err(thread.value_error("invalid who parameter"));
        }
        return Err(crate::system::fail(thread));
    }
    rusage_object(thread, &usage)
}

fn check_resource(thread: &Thread, resource: c_int) -> PyResult<()> {
    // One more than the last is RLIM_NLIMITS.
    if !(0..16).contains(&resource) {
        return Err(thread.value_error("invalid resource specified"));
    }
    Ok(())
}

fn limit_of(thread: &Thread, object: &Object) -> PyResult<libc::rlim_t> {
    let value = object.index(thread)?;
    match value.to_i64() {
        Some(-1) => Ok(libc::RLIM_INFINITY),
        Some(value) => Ok(value as libc::rlim_t),
        None => value.to_u64().ok_or_else(|| thread.overflow_error("int too big to convert")),
    }
}

fn limits_of(thread: &Thread, limits: &Object) -> PyResult<libc::rlimit> {
    let pair = limits.to_items(thread)?;
    let [current, most] = &pair[..] else { return Err(thread.value_error("expected a tuple of 2 integers")) };
    Ok(libc::rlimit { rlim_cur: limit_of(thread, current)?, rlim_max: limit_of(thread, most)? })
}

fn limits_object(thread: &Thread, limits: &libc::rlimit) -> PyResult<Owned<Tuple>> {
    let number = |limit: libc::rlim_t| Int::from(limit as i64).upcast();
    Tuple::from_vec(thread, vec![number(limits.rlim_cur), number(limits.rlim_max)])
}

#[pyfunction(sig = "(resource, /)")]
pub fn getrlimit(thread: &Thread, resource: i32) -> PyResult<Owned<Tuple>> {
    check_resource(thread, resource)?;
    let mut limits = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the struct lives across the call.
    check(thread, unsafe { libc::getrlimit(resource as _, &mut limits) })?;
    limits_object(thread, &limits)
}

#[pyfunction(sig = "(resource, limits, /)")]
pub fn setrlimit(thread: &Thread, resource: i32, limits: &Object) -> PyResult<()> {
    check_resource(thread, resource)?;
    let limits = limits_of(thread, limits)?;
    // SAFETY: the struct lives across the call.
    if unsafe { libc::setrlimit(resource as _, &limits) } == -1 {
        return Err(match last_errno() {
            libc::EINVAL => thread.value_error("current limit exceeds maximum limit"),
            libc::EPERM => thread.value_error("not allowed to raise maximum limit"),
            errno => thread.os_error(errno, None),
        });
    }
    Ok(())
}

/// prlimit(pid, resource[, limits])
#[pyfunction(sig = "(pid, resource, limits=None, /)", text = "")]
pub fn prlimit(thread: &Thread, pid: i32, resource: i32, limits: Option<&Object>) -> PyResult<Owned<Tuple>> {
    check_resource(thread, resource)?;
    let new = match limits.filter(|l| !l.is_none()) {
        Some(limits) => Some(limits_of(thread, limits)?),
        None => None,
    };
    let mut old = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    let new = new.as_ref().map_or(std::ptr::null(), |new| new as *const _);
    // SAFETY: the structs live across the call.
    if unsafe { libc::prlimit(pid, resource as _, new, &mut old) } == -1 {
        return Err(match last_errno() {
            libc::EINVAL => thread.value_error("current limit exceeds maximum limit"),
            errno => thread.os_error(errno, None),
        });
    }
    limits_object(thread, &old)
}

#[pyfunction]
pub fn getpagesize() -> i64 {
    // SAFETY: a plain call.
    unsafe { libc::sysconf(libc::_SC_PAGESIZE) }
}
