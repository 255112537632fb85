//! Points in time and durations between Python's numbers and the system's structs.

use pyrox_objects::int::parse_int;
use pyrox_objects::{Float, Int, Obj, Object, Owned, PyResult, Thread};

pub const SECOND: i64 = 1_000_000_000;

/// How a number of seconds becomes one of nanoseconds.
#[derive(Clone, Copy, PartialEq)]
pub enum Rounding {
    /// To the past.
    Floor,
    /// To the future.
    Ceiling,
    /// Away from zero: a timeout is never shorter than was asked for.
    Up,
}

impl Rounding {
    fn apply(self, value: f64) -> f64 {
        match self {
            Rounding::Floor => value.floor(),
            Rounding::Ceiling => value.ceil(),
            Rounding::Up if value >= 0.0 => value.ceil(),
            Rounding::Up => value.floor(),
        }
    }
}

fn too_large(thread: &Thread) -> pyrox_objects::Raised {
    thread.overflow_error("timestamp out of range for C PyTime_t")
}

/// Seconds, an int or a float, as nanoseconds.
pub fn nanoseconds(thread: &Thread, seconds: &Object, rounding: Rounding) -> PyResult<i64> {
    if let Some(value) = seconds.cast::<Float>() {
        let value = value.value();
        if value.is_nan() {
            return Err(thread.value_error("Invalid value NaN (not a number)"));
        }
        let value = rounding.apply(value * 1e9);
        if !(-(2f64.powi(63))..2f64.powi(63)).contains(&value) {
            return Err(too_large(thread));
        }
        return Ok(value as i64);
    }
    let whole = whole_number(thread, seconds)?;
    whole.to_i64().and_then(|value| value.checked_mul(SECOND)).ok_or_else(|| too_large(thread))
}

fn whole_number(thread: &Thread, seconds: &Object) -> PyResult<Owned<Int>> {
    if !seconds.has_index() {
        return Err(thread.type_error(&format!("'{}' object cannot be interpreted as an integer or float", seconds.ty().name())));
    }
    seconds.index(thread)
}

fn out_of_range(thread: &Thread) -> pyrox_objects::Raised {
    thread.overflow_error("timestamp out of range for platform time_t")
}

/// Whole seconds and nanoseconds of an int or a float.
pub fn timespec_of(thread: &Thread, seconds: &Object, rounding: Rounding) -> PyResult<libc::timespec> {
    if let Some(value) = seconds.cast::<Float>() {
        let value = value.value();
        if value.is_nan() {
            return Err(thread.value_error("Invalid value NaN (not a number)"));
        }
        let mut whole = value.trunc();
        let mut part = rounding.apply((value - whole) * 1e9);
        if part >= 1e9 {
            part -= 1e9;
            whole += 1.0;
        } else if part < 0.0 {
            part += 1e9;
            whole -= 1.0;
        }
        if !(-(2f64.powi(63))..2f64.powi(63)).contains(&whole) {
            return Err(out_of_range(thread));
        }
        return Ok(libc::timespec { tv_sec: whole as i64, tv_nsec: part as i64 });
    }
    if !seconds.has_index() {
        return Err(thread.type_error(&format!("argument must be int or float, not {}", seconds.ty().name())));
    }
    let tv_sec = seconds.index(thread)?.to_i64().ok_or_else(|| out_of_range(thread))?;
    Ok(libc::timespec { tv_sec, tv_nsec: 0 })
}

/// Whole seconds of an int or a float, rounded down.
pub fn time_t_of(thread: &Thread, seconds: &Object) -> PyResult<libc::time_t> {
    if let Some(value) = seconds.cast::<Float>() {
        let value = value.value();
        if value.is_nan() {
            return Err(thread.value_error("Invalid value NaN (not a number)"));
        }
        let whole = value.floor();
        if !(-(2f64.powi(63))..2f64.powi(63)).contains(&whole) {
            return Err(out_of_range(thread));
        }
        return Ok(whole as libc::time_t);
    }
    seconds.index(thread)?.to_i64().ok_or_else(|| out_of_range(thread))
}

/// `ns` nanoseconds as a struct.
pub fn timespec(ns: i64) -> libc::timespec {
    libc::timespec { tv_sec: ns.div_euclid(SECOND), tv_nsec: ns.rem_euclid(SECOND) }
}

/// `ns` nanoseconds as a struct, cut to microseconds.
pub fn timeval(ns: i64) -> libc::timeval {
    libc::timeval { tv_sec: ns.div_euclid(SECOND), tv_usec: ns.rem_euclid(SECOND) / 1000 }
}

/// A struct's time as an int of nanoseconds, of any size.
pub fn total_nanoseconds(thread: &Thread, seconds: i64, part: i64) -> PyResult<Obj> {
    match seconds.checked_mul(SECOND).and_then(|ns| ns.checked_add(part)) {
        Some(ns) => Ok(Int::from(ns).upcast()),
        None => {
            let text = (seconds as i128 * SECOND as i128 + part as i128).to_string();
            Ok(parse_int(thread, text.as_bytes(), 10, pyrox_objects::none_ref())?.upcast())
        }
    }
}

/// Nanoseconds as a float of seconds, exact where the seconds are whole.
pub fn seconds(ns: i64) -> f64 {
    if ns % SECOND == 0 { (ns / SECOND) as f64 } else { ns as f64 / 1e9 }
}
