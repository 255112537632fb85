//! `_datetime`: dates, times of day, durations and zones, with C's layouts.
//!
//! `calendar.rs` is the arithmetic, without objects; `delta.rs`, `date.rs`, `time.rs`, `stamp.rs` and
//! `zone.rs` are the classes; `parse.rs` and `text.rs` are ISO 8601 and `strftime`; `local.rs` asks the
//! system for its zone; `capi.rs` is the table for extensions.

mod calendar;
mod capi;
mod date;
mod delta;
mod local;
mod parse;
mod stamp;
mod text;
mod time;
mod zone;

use pyrox_macros::pymodule;
use pyrox_objects::{Bytes, Module, Object, Owned, PyResult, PyType, Str, Thread, type_object};

/// An int argument of C's size.
fn small_int(thread: &Thread, value: &Object) -> PyResult<i32> {
    let value = value.index(thread)?;
    match value.to_i64().map(i32::try_from) {
        Some(Ok(value)) => Ok(value),
        _ if value.to_i64().is_none() => Err(thread.overflow_error("Python int too large to convert to C long")),
        _ if value.is_negative() => Err(thread.overflow_error("signed integer is less than minimum")),
        _ => Err(thread.overflow_error("signed integer is greater than maximum")),
    }
}

/// An optional int argument.
fn field(thread: &Thread, value: Option<&Object>, default: i32) -> PyResult<i32> {
    value.map_or(Ok(default), |value| small_int(thread, value))
}

/// The state of a pickle: bytes of that length, or a `str` of Python 2's.
fn state_bytes<const N: usize>(thread: &Thread, value: &Object) -> PyResult<Option<[u8; N]>> {
    let _ = thread;
    if let Some(bytes) = value.cast::<Bytes>() {
        return Ok(bytes.as_slice().try_into().ok());
    }
    let Some(text) = value.cast::<Str>().filter(|text| text.len() == N) else { return Ok(None) };
    let mut out = [0; N];
    for (to, c) in out.iter_mut().zip(text.chars()) {
        match u8::try_from(c) {
            Ok(byte) => *to = byte,
            Err(_) => return Ok(None),
        }
    }
    Ok(Some(out))
}

/// A type's name as messages about arguments have it.
fn shown_type(object: &Object) -> &str {
    if object.is_none() { "None" } else { object.ty().full_name() }
}

/// The end of the `repr` of a time: zone and fold, where there are some.
fn finish_repr(thread: &Thread, mut out: String, zone: Option<&Object>, fold: i32) -> PyResult<Owned<Str>> {
    if let Some(zone) = zone {
        out.push_str(", tzinfo=");
        out.push_str(&zone.repr(thread)?.to_string_lossy());
    }
    if fold != 0 {
        out.push_str(&format!(", fold={fold}"));
    }
    out.push(')');
    Str::from_str(thread, &out)
}

/// Seconds and microseconds since the epoch.
fn now(thread: &Thread) -> PyResult<(i64, i32)> {
    match std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH) {
        Ok(passed) => Ok((passed.as_secs() as i64, passed.subsec_micros() as i32)),
        Err(_) => Err(thread.overflow_error("timestamp out of range for platform time_t")),
    }
}

pymodule!(name = "_datetime", doc = "Fast implementation of the datetime module.", functions = [], exec = exec);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    module.add_type::<delta::Delta>(thread)?;
    module.add_type::<date::Date>(thread)?;
    module.add_type::<time::Time>(thread)?;
    module.add_type::<stamp::DateTime>(thread)?;
    module.add_type::<zone::TzInfo>(thread)?;
    module.add_type::<zone::TimeZone>(thread)?;
    type_object::ready(thread, date::IsoCalendarDate::ty())?;
    delta::add_constants(thread)?;
    date::add_constants(thread)?;
    time::add_constants(thread)?;
    stamp::add_constants(thread)?;
    zone::add_constants(thread)?;
    capi::add(thread, module)?;
    module.add_int(thread, "MINYEAR", calendar::MIN_YEAR as i64)?;
    module.add_int(thread, "MAXYEAR", calendar::MAX_YEAR as i64)?;
    module.add(thread, "UTC", &*zone::utc(thread)?)
}
