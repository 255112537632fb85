//! Local time, as the C library knows it.

use pyrox_objects::{PyResult, Raised, Thread};

use super::calendar::{DAY_SECONDS, EPOCH, Moment};

/// A local time and where it stands.
pub struct Local {
    pub moment: Moment,
    /// East of UTC, in seconds.
    pub offset: i64,
    pub zone: String,
}

#[cold]
fn out_of_range(thread: &Thread) -> Raised {
    thread.overflow_error("timestamp out of range for platform time_t")
}

/// The local time of seconds since the epoch.
pub fn local(thread: &Thread, seconds: i64) -> PyResult<Local> {
    // SAFETY: zeros are a valid `tm`; the call fills it.
    unsafe {
        let mut tm: libc::tm = std::mem::zeroed();
        if libc::localtime_r(&seconds, &mut tm).is_null() {
            return Err(out_of_range(thread));
        }
        let zone = if tm.tm_zone.is_null() { String::new() } else { std::ffi::CStr::from_ptr(tm.tm_zone).to_string_lossy().into_owned() };
        let moment = Moment {
            year: tm.tm_year.saturating_add(1900),
            month: tm.tm_mon + 1,
            day: tm.tm_mday,
            hour: tm.tm_hour,
            minute: tm.tm_min,
            // No leap seconds here.
            second: tm.tm_sec.min(59),
            micro: 0,
        };
        if !(1..=9999).contains(&moment.year) {
            return Err(thread.value_error(&format!("year must be in 1..9999, not {}", moment.year)));
        }
        Ok(Local { moment, offset: tm.tm_gmtoff, zone })
    }
}

/// Seconds of the local time at a time, both since the day before year 1.
fn local_seconds(thread: &Thread, utc: i64) -> PyResult<i64> {
    Ok(local(thread, utc - EPOCH)?.moment.seconds())
}

/// The UTC of a local time: of two, `fold` chooses the later; in a gap, it goes by the offset before or after.
pub fn to_utc(thread: &Thread, moment: &Moment, fold: bool) -> PyResult<i64> {
    let t = moment.seconds();
    let a = local_seconds(thread, t)? - t;
    let u1 = t - a;
    let t1 = local_seconds(thread, u1)?;
    let b = if t1 == t {
        // The other solution, if there is one, is within a day.
        let u2 = if fold { u1 + DAY_SECONDS } else { u1 - DAY_SECONDS };
        let b = local_seconds(thread, u2)? - u2;
        if a == b {
            return Ok(u1);
        }
        b
    } else {
        t1 - u1
    };
    let u2 = t - b;
    if local_seconds(thread, u2)? == t {
        return Ok(u2);
    }
    if t1 == t {
        return Ok(u1);
    }
    Ok(if fold { u1.min(u2) } else { u1.max(u2) })
}

/// Whether the local time of a timestamp is the second of two with these fields.
pub fn is_folded(thread: &Thread, seconds: i64, moment: &Moment) -> PyResult<bool> {
    let result = moment.seconds();
    let utc = seconds + EPOCH;
    if utc - DAY_SECONDS < DAY_SECONDS {
        return Ok(false);
    }
    let change = result - local_seconds(thread, utc - DAY_SECONDS)? - DAY_SECONDS;
    Ok(change < 0 && local_seconds(thread, utc + change)? == result)
}

/// Seconds and microseconds of a timestamp, a tie going to the even microsecond.
pub fn timestamp(thread: &Thread, value: &pyrox_objects::Object) -> PyResult<(i64, i32)> {
    use pyrox_objects::Float;
    let Some(float) = value.cast::<Float>() else {
        return whole_timestamp(thread, value).map(|seconds| (seconds, 0));
    };
    let value = float.value();
    if value.is_nan() {
        return Err(thread.value_error("Invalid value NaN (not a number)"));
    }
    let mut whole = value.trunc();
    let mut micros = ((value - whole) * 1e6).round_ties_even();
    if micros >= 1e6 {
        micros -= 1e6;
        whole += 1.0;
    } else if micros < 0.0 {
        micros += 1e6;
        whole -= 1.0;
    }
    if !(-9.223_372_036_854_776e18..9.223_372_036_854_776e18).contains(&whole) {
        return Err(out_of_range(thread));
    }
    Ok((whole as i64, micros as i32))
}

/// Whole seconds of a timestamp that is an int.
pub fn whole_timestamp(thread: &Thread, value: &pyrox_objects::Object) -> PyResult<i64> {
    let int = value.index(thread)?;
    int.to_i64().ok_or_else(|| out_of_range(thread))
}
