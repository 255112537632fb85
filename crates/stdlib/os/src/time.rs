//! `time`: clocks, calendar times, sleeping.

use std::ffi::{CStr, CString, c_char, c_int};
use std::mem::zeroed;

use pyrox_interpreter::interrupts;
use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::native::Rest;
use pyrox_objects::struct_sequence::{StructSequence, field};
use pyrox_objects::text_writer::TextWriter;
use pyrox_objects::{Dict, Float, Int, Module, Obj, Object, Owned, PyResult, Str, Thread, Tuple, exceptions, intern, none};

use crate::clock::{Rounding, SECOND, nanoseconds, seconds, time_t_of, timespec, total_nanoseconds};
use crate::paths::decode_name;
use crate::system::{add_constants, check, constants, last_errno};

pymodule!(
    name = "time",
    doc = "This module provides various functions to manipulate time values.\n\nA time is either a number of seconds since the Epoch, 1970 in UTC, or a struct_time, a tuple of nine integers\nin UTC or in local time.",
    functions = [
        time,
        time_ns,
        clock_gettime,
        clock_gettime_ns,
        clock_settime,
        clock_settime_ns,
        clock_getres,
        pthread_getcpuclockid,
        sleep,
        gmtime,
        localtime,
        asctime,
        ctime,
        mktime,
        strftime,
        strptime,
        tzset,
        monotonic,
        monotonic_ns,
        process_time,
        process_time_ns,
        thread_time,
        thread_time_ns,
        perf_counter,
        perf_counter_ns,
        get_clock_info
    ],
    exec = exec
);

pub static STRUCT_TIME: StructSequence = StructSequence::new(
    c"time.struct_time",
    c"A calendar time, as gmtime(), localtime() and strptime() give it and asctime(), mktime() and strftime()\ntake it. As a sequence, nine integers; the zone's name and offset are attributes only.",
    &[
        field(c"tm_year", c"year, for example, 1993"),
        field(c"tm_mon", c"month of year, range [1, 12]"),
        field(c"tm_mday", c"day of month, range [1, 31]"),
        field(c"tm_hour", c"hours, range [0, 23]"),
        field(c"tm_min", c"minutes, range [0, 59]"),
        field(c"tm_sec", c"seconds, range [0, 61])"),
        field(c"tm_wday", c"day of week, range [0, 6], Monday is 0"),
        field(c"tm_yday", c"day of year, range [1, 366]"),
        field(c"tm_isdst", c"1 if summer time is in effect, 0 if not, and -1 if unknown"),
        field(c"tm_zone", c"abbreviation of timezone name"),
        field(c"tm_gmtoff", c"offset from UTC in seconds"),
    ],
    9,
);

const CONSTANTS: &[(&str, i64)] = constants![
    CLOCK_BOOTTIME,
    CLOCK_MONOTONIC,
    CLOCK_MONOTONIC_RAW,
    CLOCK_PROCESS_CPUTIME_ID,
    CLOCK_REALTIME,
    CLOCK_TAI,
    CLOCK_THREAD_CPUTIME_ID,
];

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    add_constants(thread, module, CONSTANTS)?;
    module.add_int(thread, "_STRUCT_TM_ITEMS", 11)?;
    STRUCT_TIME.add_to(thread, module)?;
    add_zone(thread, module)
}

// --- clocks

/// What a clock shows, in nanoseconds.
pub fn read_clock(clock: libc::clockid_t) -> Option<i64> {
    let mut now = timespec(0);
    // SAFETY: the struct lives across the call.
    (unsafe { libc::clock_gettime(clock, &mut now) } == 0).then(|| now.tv_sec.saturating_mul(SECOND).saturating_add(now.tv_nsec))
}

/// The monotonic clock, in nanoseconds.
pub fn monotonic_clock() -> i64 {
    read_clock(libc::CLOCK_MONOTONIC).unwrap_or(0)
}

macro_rules! clocks {
    ($($name:ident $ns:ident $clock:ident $doc:literal;)*) => { $(
        #[doc = $doc]
        #[pyfunction(text = "($self, /)")]
        pub fn $name(thread: &Thread) -> PyResult<f64> {
            read_clock(libc::$clock).map(seconds).ok_or_else(|| crate::system::fail(thread))
        }
        #[doc = concat!($doc, " In nanoseconds.")]
        #[pyfunction(text = "($self, /)")]
        pub fn $ns(thread: &Thread) -> PyResult<i64> {
            read_clock(libc::$clock).ok_or_else(|| crate::system::fail(thread))
        }
    )* };
}
clocks! {
    time time_ns CLOCK_REALTIME "Return the current time in seconds since the Epoch.";
    monotonic monotonic_ns CLOCK_MONOTONIC "Monotonic clock, cannot go backward.";
    perf_counter perf_counter_ns CLOCK_MONOTONIC "Performance counter for benchmarking.";
    process_time process_time_ns CLOCK_PROCESS_CPUTIME_ID "Process time for profiling: sum of the kernel and user-space CPU time.";
    thread_time thread_time_ns CLOCK_THREAD_CPUTIME_ID "Thread time for profiling: sum of the kernel and user-space CPU time.";
}

/// Return the time of the specified clock clk_id as a float.
#[pyfunction(sig = "(clk_id, /)")]
pub fn clock_gettime(thread: &Thread, clk_id: i32) -> PyResult<f64> {
    let mut now = timespec(0);
    // SAFETY: the struct lives across the call.
    check(thread, unsafe { libc::clock_gettime(clk_id, &mut now) })?;
    Ok(seconds(now.tv_sec.saturating_mul(SECOND).saturating_add(now.tv_nsec)))
}

/// Return the time of the specified clock clk_id as nanoseconds (int).
#[pyfunction(sig = "(clk_id, /)")]
pub fn clock_gettime_ns(thread: &Thread, clk_id: i32) -> PyResult<Obj> {
    let mut now = timespec(0);
    // SAFETY: the struct lives across the call.
    check(thread, unsafe { libc::clock_gettime(clk_id, &mut now) })?;
    total_nanoseconds(thread, now.tv_sec, now.tv_nsec)
}

/// clock_settime(clk_id, time)
///
/// Set the time of the specified clock clk_id.
#[pyfunction(sig = "(clk_id, time, /)", text = "")]
pub fn clock_settime(thread: &Thread, clk_id: i32, time: &Object) -> PyResult<()> {
    let new = timespec(nanoseconds(thread, time, Rounding::Floor)?);
    // SAFETY: the struct lives across the call.
    check(thread, unsafe { libc::clock_settime(clk_id, &new) }).map(drop)
}

/// clock_settime_ns(clk_id, time)
///
/// Set the time of the specified clock clk_id with nanoseconds.
#[pyfunction(sig = "(clk_id, time, /)", text = "")]
pub fn clock_settime_ns(thread: &Thread, clk_id: i32, time: &Object) -> PyResult<()> {
    if !time.is_int() {
        return Err(thread.type_error(&format!("expect int, got {}", time.ty().name())));
    }
    let time = time.index(thread)?.to_i64().ok_or_else(|| thread.overflow_error("int too big to convert"))?;
    // SAFETY: the struct lives across the call.
    check(thread, unsafe { libc::clock_settime(clk_id, &timespec(time)) }).map(drop)
}

fn resolution(clock: libc::clockid_t) -> Option<f64> {
    let mut unit = timespec(0);
    // SAFETY: the struct lives across the call.
    (unsafe { libc::clock_getres(clock, &mut unit) } == 0).then_some(unit.tv_sec as f64 + unit.tv_nsec as f64 * 1e-9)
}

/// clock_getres(clk_id) -> floating-point number
///
/// Return the resolution (precision) of the specified clock clk_id.
#[pyfunction(sig = "(clk_id, /)", text = "")]
pub fn clock_getres(thread: &Thread, clk_id: i32) -> PyResult<f64> {
    resolution(clk_id).ok_or_else(|| crate::system::fail(thread))
}

/// pthread_getcpuclockid(thread_id) -> int
///
/// Return the clk_id of a thread's CPU time clock.
#[pyfunction(sig = "(thread_id, /)", text = "")]
pub fn pthread_getcpuclockid(thread: &Thread, thread_id: u64) -> PyResult<i32> {
    unsafe extern "C" {
        fn pthread_getcpuclockid(thread: libc::pthread_t, clock: *mut libc::clockid_t) -> c_int;
    }
    let mut clock = 0;
    // SAFETY: the caller vouches for the thread's being alive, as in C.
    match unsafe { pthread_getcpuclockid(thread_id as libc::pthread_t, &mut clock) } {
        0 => Ok(clock),
        errno => Err(thread.os_error(errno, None)),
    }
}

/// get_clock_info(name: str) -> dict
///
/// Get information of the specified clock.
#[pyfunction(sig = "(name, /)", text = "")]
pub fn get_clock_info(thread: &Thread, name: &Str) -> PyResult<Obj> {
    let (clock, text, monotonic, adjustable) = match &*name.to_string_lossy() {
        "time" => (libc::CLOCK_REALTIME, "CLOCK_REALTIME", false, true),
        "monotonic" | "perf_counter" => (libc::CLOCK_MONOTONIC, "CLOCK_MONOTONIC", true, false),
        "process_time" => (libc::CLOCK_PROCESS_CPUTIME_ID, "CLOCK_PROCESS_CPUTIME_ID", true, false),
        "thread_time" => (libc::CLOCK_THREAD_CPUTIME_ID, "CLOCK_THREAD_CPUTIME_ID", true, false),
        _ => return Err(thread.value_error("unknown clock")),
    };
    let info = Dict::new(thread)?;
    info.set_text(thread, "implementation", &**Str::from_str(thread, &format!("clock_gettime({text})"))?)?;
    info.set_text(thread, "monotonic", pyrox_objects::bool_ref(monotonic))?;
    info.set_text(thread, "adjustable", pyrox_objects::bool_ref(adjustable))?;
    info.set_text(thread, "resolution", &Float::new(resolution(clock).unwrap_or(1e-9)))?;
    Ok(pyrox_objects::namespace::Namespace::new(thread, Some(&info))?.upcast())
}

/// sleep(seconds)
///
/// Delay execution for a given number of seconds. A float gives fractions of seconds.
#[pyfunction(sig = "(object, /)", text = "($self, object, /)")]
pub fn sleep(thread: &Thread, object: &Object) -> PyResult<()> {
    let length = nanoseconds(thread, object, Rounding::Up)?;
    if length < 0 {
        return Err(thread.value_error("sleep length must be non-negative"));
    }
    // To a point in time, so that interruptions do not make it longer.
    let deadline = timespec(monotonic_clock().saturating_add(length));
    loop {
        // SAFETY: the struct lives across the call.
        match unsafe { libc::clock_nanosleep(libc::CLOCK_MONOTONIC, libc::TIMER_ABSTIME, &deadline, std::ptr::null_mut()) } {
            0 => return interrupts::check(thread),
            libc::EINTR => interrupts::check(thread)?,
            errno => return Err(thread.os_error(errno, None)),
        }
    }
}

// --- calendar times

/// The object of a filled struct.
fn time_object(thread: &Thread, tm: &libc::tm) -> PyResult<Obj> {
    let int = |value: c_int| Int::from(value as i64).upcast();
    let zone = match tm.tm_zone.is_null() {
        true => none(),
        // SAFETY: the C library's text for the zone.
        false => decode_name(thread, unsafe { CStr::from_ptr(tm.tm_zone) }.to_bytes())?.upcast(),
    };
    let fields = [
        Int::from(tm.tm_year as i64 + 1900).upcast(),
        int(tm.tm_mon + 1),
        int(tm.tm_mday),
        int(tm.tm_hour),
        int(tm.tm_min),
        int(tm.tm_sec),
        int((tm.tm_wday + 6) % 7),
        int(tm.tm_yday + 1),
        int(tm.tm_isdst),
        zone,
        Int::from(tm.tm_gmtoff).upcast(),
    ];
    STRUCT_TIME.make(thread, fields)
}

fn when(thread: &Thread, given: Option<&Object>) -> PyResult<libc::time_t> {
    match given.filter(|g| !g.is_none()) {
        Some(given) => time_t_of(thread, given),
        // SAFETY: a plain call.
        None => Ok(unsafe { libc::time(std::ptr::null_mut()) }),
    }
}

fn break_down(thread: &Thread, time: libc::time_t, local: bool) -> PyResult<libc::tm> {
    // SAFETY: both structs live across the call.
    unsafe {
        let mut tm: libc::tm = zeroed();
        let done = if local { libc::localtime_r(&time, &mut tm) } else { libc::gmtime_r(&time, &mut tm) };
        if done.is_null() {
            let errno = last_errno();
            return Err(thread.os_error(if errno == 0 { libc::EINVAL } else { errno }, None));
        }
        Ok(tm)
    }
}

/// gmtime([seconds]) -> struct_time
///
/// Convert seconds since the Epoch to a time tuple expressing UTC (a.k.a. GMT). Without seconds, the
/// current time is converted.
#[pyfunction(sig = "(seconds=None, /)", text = "")]
pub fn gmtime(thread: &Thread, seconds: Option<&Object>) -> PyResult<Obj> {
    let tm = break_down(thread, when(thread, seconds)?, false)?;
    time_object(thread, &tm)
}

/// localtime([seconds]) -> struct_time
///
/// Convert seconds since the Epoch to a time tuple expressing local time. Without seconds, the current
/// time is converted.
#[pyfunction(sig = "(seconds=None, /)", text = "")]
pub fn localtime(thread: &Thread, seconds: Option<&Object>) -> PyResult<Obj> {
    let tm = break_down(thread, when(thread, seconds)?, true)?;
    time_object(thread, &tm)
}

/// A struct out of a tuple, and the zone's name that it may point at.
fn read_tuple(thread: &Thread, function: &str, given: &Object) -> PyResult<(libc::tm, Option<CString>)> {
    let Some(tuple) = given.cast::<Tuple>() else { return Err(thread.type_error("Tuple or struct_time argument required")) };
    if tuple.len() != 9 {
        return Err(thread.type_error(&format!("{function}(): illegal time tuple argument")));
    }
    let mut fields = [0 as c_int; 9];
    for (item, to) in tuple.to_vec().iter().zip(&mut fields) {
        if !item.has_index() {
            return Err(thread.type_error(&format!("'{}' object cannot be interpreted as an integer", item.ty().name())));
        }
        let value = item.index(thread)?;
        *to = match value.to_i64().map(c_int::try_from) {
            Some(Ok(value)) => value,
            _ if value.is_negative() => return Err(thread.overflow_error("signed integer is less than minimum")),
            _ => return Err(thread.overflow_error("signed integer is greater than maximum")),
        };
    }
    let [year, month, day, hour, minute, second, weekday, yearday, isdst] = fields;
    // SAFETY: plain data.
    let mut tm: libc::tm = unsafe { zeroed() };
    tm.tm_year = year.checked_sub(1900).ok_or_else(|| thread.overflow_error("year out of range"))?;
    tm.tm_mon = month.wrapping_sub(1);
    tm.tm_mday = day;
    tm.tm_hour = hour;
    tm.tm_min = minute;
    tm.tm_sec = second;
    tm.tm_wday = weekday.wrapping_add(1) % 7;
    tm.tm_yday = yearday.wrapping_sub(1);
    tm.tm_isdst = isdst;
    let mut zone = None;
    if given.is_instance_of(STRUCT_TIME.ty(thread)?) {
        let offset = given.getattr(thread, intern!("tm_gmtoff"))?;
        if !offset.is_none() {
            tm.tm_gmtoff = offset.index(thread)?.to_i64().ok_or_else(|| thread.overflow_error("int too big to convert"))?;
        }
        if let Some(name) = given.getattr(thread, intern!("tm_zone"))?.cast::<Str>() {
            zone = CString::new(crate::paths::encode_name(thread, name)?).ok();
        }
    }
    if let Some(zone) = &zone {
        tm.tm_zone = zone.as_ptr();
    }
    Ok((tm, zone))
}

/// Refuse what strftime() and asctime() must not see; zeros that mean "not known" become the first.
fn check_struct(thread: &Thread, tm: &mut libc::tm) -> PyResult<()> {
    let refuse = |what: &str| Err(thread.value_error(&format!("{what} out of range")));
    if tm.tm_mon == -1 {
        tm.tm_mon = 0;
    } else if !(0..=11).contains(&tm.tm_mon) {
        return refuse("month");
    }
    if tm.tm_mday == 0 {
        tm.tm_mday = 1;
    } else if !(0..=31).contains(&tm.tm_mday) {
        return refuse("day of month");
    }
    if !(0..=23).contains(&tm.tm_hour) {
        return refuse("hour");
    }
    if !(0..=59).contains(&tm.tm_min) {
        return refuse("minute");
    }
    if !(0..=61).contains(&tm.tm_sec) {
        return refuse("seconds");
    }
    if tm.tm_wday < 0 {
        return refuse("day of week");
    }
    if tm.tm_yday == -1 {
        tm.tm_yday = 0;
    } else if !(0..=365).contains(&tm.tm_yday) {
        return refuse("day of year");
    }
    Ok(())
}

fn ascii_time(tm: &libc::tm) -> String {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let name = |names: &[&'static str], at: c_int| usize::try_from(at).ok().and_then(|at| names.get(at)).copied().unwrap_or("???");
    format!(
        "{} {}{:3} {:02}:{:02}:{:02} {}",
        name(&DAYS, tm.tm_wday),
        name(&MONTHS, tm.tm_mon),
        tm.tm_mday,
        tm.tm_hour,
        tm.tm_min,
        tm.tm_sec,
        1900 + tm.tm_year as i64
    )
}

/// asctime([time_tuple]) -> string
///
/// Convert a time tuple to a string, e.g. 'Sat Jun 06 16:26:11 1998'. Without one, it is the current
/// local time.
#[pyfunction(sig = "(time_tuple=None, /)", text = "")]
pub fn asctime(thread: &Thread, time_tuple: Option<&Object>) -> PyResult<String> {
    match time_tuple {
        None => Ok(ascii_time(&break_down(thread, when(thread, None)?, true)?)),
        Some(given) => {
            let (mut tm, _zone) = read_tuple(thread, "asctime", given)?;
            check_struct(thread, &mut tm)?;
            Ok(ascii_time(&tm))
        }
    }
}

/// ctime(seconds) -> string
///
/// Convert a time in seconds since the Epoch to a string in local time. Without seconds, it is the
/// current time.
#[pyfunction(sig = "(seconds=None, /)", text = "")]
pub fn ctime(thread: &Thread, seconds: Option<&Object>) -> PyResult<String> {
    Ok(ascii_time(&break_down(thread, when(thread, seconds)?, true)?))
}

/// mktime(tuple) -> floating-point number
///
/// Convert a time tuple in local time to seconds since the Epoch.
#[pyfunction(sig = "(object, /)", text = "($self, object, /)")]
pub fn mktime(thread: &Thread, object: &Object) -> PyResult<f64> {
    let (mut tm, _zone) = read_tuple(thread, "mktime", object)?;
    // A weekday that stays as it is tells failure from the last second before 1970.
    tm.tm_wday = -1;
    // SAFETY: the struct lives across the call.
    let time = unsafe { libc::mktime(&mut tm) };
    if time == -1 && tm.tm_wday == -1 {
        return Err(thread.overflow_error("mktime argument out of range"));
    }
    Ok(time as f64)
}

/// Format with ASCII text without NUL.
fn format_run(thread: &Thread, format: &[u8], tm: &libc::tm, out: &mut TextWriter) -> PyResult<()> {
    // A letter in front tells an empty result from too little room.
    let mut text = Vec::with_capacity(format.len() + 2);
    text.push(b'x');
    text.extend_from_slice(format);
    text.push(0);
    let mut room = 1024;
    loop {
        let mut buffer = vec![0u8; room];
        // SAFETY: the buffer's length is told; the format ends in NUL; the struct was checked.
        let length = unsafe { libc::strftime(buffer.as_mut_ptr() as *mut c_char, room, text.as_ptr() as *const c_char, tm) };
        if length > 0 {
            out.push(&*decode_name(thread, buffer.get(1..length).unwrap_or_default())?);
            return Ok(());
        }
        if room >= 1 << 24 {
            return Err(thread.no_memory());
        }
        room *= 4;
    }
}

/// strftime(format[, tuple]) -> string
///
/// Convert a time tuple to a string according to a format specification. Without a tuple, it is the
/// current local time.
#[pyfunction(sig = "(format, time_tuple=None, /)", text = "")]
pub fn strftime(thread: &Thread, format: &Str, time_tuple: Option<&Object>) -> PyResult<Owned<Str>> {
    let (mut tm, _zone) = match time_tuple {
        None => (break_down(thread, when(thread, None)?, true)?, None),
        Some(given) => {
            let (mut tm, zone) = read_tuple(thread, "strftime", given)?;
            check_struct(thread, &mut tm)?;
            (tm, zone)
        }
    };
    tm.tm_isdst = tm.tm_isdst.clamp(-1, 1);
    let mut out = TextWriter::new();
    let mut run: Vec<u8> = Vec::new();
    for c in format.chars() {
        match u8::try_from(c) {
            Ok(byte @ 1..=127) => run.push(byte),
            // What the C library cannot be given stands for itself.
            _ => {
                if !run.is_empty() {
                    format_run(thread, &run, &tm, &mut out)?;
                    run.clear();
                }
                out.push_char(c);
            }
        }
    }
    if !run.is_empty() {
        format_run(thread, &run, &tm, &mut out)?;
    }
    out.finish(thread)
}

/// strptime(string, format) -> struct_time
///
/// Parse a string to a time tuple according to a format specification.
#[pyfunction(sig = "(*args)", text = "")]
pub fn strptime(thread: &Thread, args: Rest<'_>) -> PyResult<Obj> {
    let module = pyrox_interpreter::import::import(thread, intern!("_strptime"), None, None, 0)?;
    let function = module.getattr(thread, intern!("_strptime_time"))?;
    let arguments: Vec<&Object> = args.iter().collect();
    function.call(thread, &arguments)
}

// --- time zones

/// `timezone`, `altzone`, `daylight`, `tzname` out of this winter's and summer's local time.
fn add_zone(thread: &Thread, module: &Module) -> PyResult<()> {
    const YEAR: libc::time_t = (365 * 24 + 6) * 3600;
    // SAFETY: a plain call.
    let start = unsafe { libc::time(std::ptr::null_mut()) } / YEAR * YEAR;
    let zone = |time: libc::time_t| -> PyResult<(i64, Obj)> {
        let tm = break_down(thread, time, true)?;
        let name = if tm.tm_zone.is_null() {
            Vec::new()
        } else {
            // SAFETY: the C library's text for the zone.
            unsafe { CStr::from_ptr(tm.tm_zone) }.to_bytes().to_vec()
        };
        Ok((-tm.tm_gmtoff, decode_name(thread, &name)?.upcast()))
    };
    let (january, july) = (zone(start)?, zone(start + YEAR / 2)?);
    const MOST: i64 = 48 * 3600;
    if january.0.abs() > MOST || july.0.abs() > MOST {
        return Err(thread.error(exceptions::runtime_error(), "invalid GMT offset"));
    }
    // In the south, January is in summer.
    let (standard, summer) = if january.0 < july.0 { (july, january) } else { (january, july) };
    module.add_int(thread, "timezone", standard.0)?;
    module.add_int(thread, "altzone", summer.0)?;
    module.add_int(thread, "daylight", (standard.0 != summer.0) as i64)?;
    module.add(thread, "tzname", &**Tuple::from_vec(thread, vec![standard.1, summer.1])?)
}

/// tzset()
///
/// Initialize, or reinitialize, the local timezone to the value stored in os.environ['TZ'].
#[pyfunction(text = "($self, /)")]
pub fn tzset(module: &Module, thread: &Thread) -> PyResult<()> {
    unsafe extern "C" {
        fn tzset();
    }
    // SAFETY: a plain call; the lock is held.
    unsafe { tzset() };
    add_zone(thread, module)
}
