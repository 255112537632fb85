//! Formatting: `isoformat`, `strftime`, and the parsing that `_strptime` does.

use pyrox_interpreter::import::import_module;
use pyrox_objects::text_writer::TextWriter;
use pyrox_objects::{Int, Obj, Object, Owned, PyResult, Str, Thread, Tuple, intern};

use super::calendar::Moment;
use super::zone;

/// A time of day as ISO text, as exact as `timespec` says.
pub fn iso_time(thread: &Thread, moment: &Moment, timespec: Option<&Str>) -> PyResult<String> {
    let spec = timespec.map_or("auto".into(), |t| t.to_string_lossy());
    let spec = match &*spec {
        "auto" if moment.micro == 0 => "seconds",
        "auto" => "microseconds",
        other => other,
    };
    let Moment { hour, minute, second, micro, .. } = moment;
    Ok(match spec {
        "hours" => format!("{hour:02}"),
        "minutes" => format!("{hour:02}:{minute:02}"),
        "seconds" => format!("{hour:02}:{minute:02}:{second:02}"),
        "milliseconds" => format!("{hour:02}:{minute:02}:{second:02}.{:03}", micro / 1000),
        "microseconds" => format!("{hour:02}:{minute:02}:{second:02}.{micro:06}"),
        _ => return Err(thread.value_error("Unknown timespec value")),
    })
}

/// A `time.struct_time`.
pub fn time_tuple(thread: &Thread, moment: &Moment, dst: i32) -> PyResult<Obj> {
    let weekday = super::calendar::weekday(moment.year, moment.month, moment.day);
    let year_day = super::calendar::days_before_month(moment.year, moment.month) + moment.day;
    raw_tuple(thread, moment, weekday, year_day, dst)
}

fn raw_tuple(thread: &Thread, m: &Moment, weekday: i32, year_day: i32, dst: i32) -> PyResult<Obj> {
    let parts = [m.year, m.month, m.day, m.hour, m.minute, m.second, weekday, year_day, dst];
    let items = Tuple::from_vec(thread, parts.iter().map(|&part| Int::from(part as i64).upcast()).collect())?;
    import_module(thread, "time")?.getattr(thread, intern!("struct_time"))?.call(thread, &[&*items])
}

/// What `%z`, `%Z` and `%f` are made of.
pub struct Details<'a> {
    pub micro: i32,
    pub zone: Option<&'a Object>,
    /// What the zone's methods are given.
    pub argument: &'a Object,
}

/// `object.strftime(format)`: what `time.strftime` does not know is replaced before it is called.
pub fn strftime(thread: &Thread, format: &Str, moment: &Moment, tuple: &Object, details: Details<'_>) -> PyResult<Obj> {
    let time = import_module(thread, "time")?;
    let letters: Vec<u32> = format.chars().collect();
    let mut out = TextWriter::new();
    let mut at = 0;
    let letter = |at: usize| letters.get(at).and_then(|&c| char::from_u32(c));
    while let Some(&c) = letters.get(at) {
        at += 1;
        if c != '%' as u32 {
            out.push_char(c);
            continue;
        }
        let offset = |thread: &Thread, colon: &str| -> PyResult<String> {
            let offset = zone::offset_by(thread, details.zone, intern!("utcoffset"), details.argument)?;
            Ok(offset.map_or(String::new(), |micros| zone::offset_text(micros, colon)))
        };
        match letter(at) {
            Some('z') => out.push_str(&offset(thread, "")?),
            Some(':') if letter(at + 1) == Some('z') => {
                at += 1;
                out.push_str(&offset(thread, ":")?);
            }
            Some('Z') => {
                let name = zone::name_of(thread, details.zone, details.argument)?;
                if let Some(name) = name.cast::<Str>() {
                    for c in name.chars() {
                        out.push_char(c);
                        if c == '%' as u32 {
                            out.push_char(c);
                        }
                    }
                }
            }
            Some('f') => out.push_str(&format!("{:06}", details.micro)),
            // The C library does not fill small years with zeros.
            Some('Y') => out.push_str(&format!("{:04}", moment.year)),
            Some('F') => out.push_str(&format!("{:04}-{:02}-{:02}", moment.year, moment.month, moment.day)),
            Some('C') => out.push_str(&format!("{:02}", moment.year / 100)),
            Some('G') => {
                let year = time.call_method(thread, intern!("strftime"), &[&*Str::from_str(thread, "%G")?, tuple])?;
                out.push_str(&format!("{:0>4}", year.str(thread)?.to_string_lossy()));
            }
            Some(other) => {
                out.push_char('%' as u32);
                out.push_char(other as u32);
            }
            None => {
                out.push_char('%' as u32);
                at -= usize::from(at > letters.len());
                if at >= letters.len() {
                    break;
                }
                // A lone surrogate behind the percent sign.
                out.push_char(letters[at]);
            }
        }
        at += 1;
    }
    let format = out.finish(thread)?;
    time.call_method(thread, intern!("strftime"), &[&*format, tuple])
}

/// `Sat Jan  1 00:00:00 2000`
pub fn ctime(thread: &Thread, m: &Moment) -> PyResult<Owned<Str>> {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let day = DAYS.get(super::calendar::weekday(m.year, m.month, m.day) as usize).unwrap_or(&"");
    let month = MONTHS.get((m.month - 1) as usize).unwrap_or(&"");
    let text = format!("{day} {month} {:2} {:02}:{:02}:{:02} {:04}", m.day, m.hour, m.minute, m.second, m.year);
    Str::from_str(thread, &text)
}

/// `object.__format__(spec)`: `str(object)` for an empty spec, else `object.strftime(spec)`.
pub fn format(thread: &Thread, object: &Object, spec: &Object) -> PyResult<Obj> {
    let Some(text) = spec.cast::<Str>() else {
        return Err(thread.type_error(&format!("__format__() argument 1 must be str, not {}", super::shown_type(spec))));
    };
    if text.len() == 0 {
        return Ok(object.str(thread)?.upcast());
    }
    object.call_method(thread, intern!("strftime"), &[spec])
}

/// Have `_strptime` parse text for a class.
pub fn strptime(thread: &Thread, function: &str, class: &Object, text: &Str, format: &Str) -> PyResult<Obj> {
    import_module(thread, "_strptime")?.getattr_str(thread, function)?.call(thread, &[class, text, format])
}

/// The code points of an ISO text, or the errors of `fromisoformat`.
pub fn iso_text(thread: &Thread, object: &Object) -> PyResult<Vec<u32>> {
    match object.cast::<Str>() {
        Some(text) => Ok(text.chars().collect()),
        None => Err(thread.type_error("fromisoformat: argument must be str")),
    }
}

/// `Invalid isoformat string: ...`
pub fn invalid_iso(thread: &Thread, object: &Object) -> pyrox_objects::Raised {
    match object.repr(thread) {
        Ok(shown) => match shown.to_rust(thread) {
            Ok(shown) => thread.value_error(&format!("Invalid isoformat string: {shown}")),
            Err(raised) => raised,
        },
        Err(raised) => raised,
    }
}
