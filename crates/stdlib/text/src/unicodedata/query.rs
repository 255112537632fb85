//! The questions that `unicodedata` answers, of either version of the data.

use pyrox_objects::str::Chars;
use pyrox_objects::{Float, Int, Obj, Object, PyResult, Raised, Str, Thread};
use pyrox_unicode::database::Version;
use pyrox_unicode::names::{self, Named};
use pyrox_unicode::normalize::{self as normalization, Form, QuickCheck};

/// The one character of an argument.
fn character(thread: &Thread, function: &str, which: &str, value: &Object) -> PyResult<u32> {
    match value.cast::<Str>() {
        Some(text) if text.len() == 1 => Ok(text.at(0)),
        Some(text) => {
            let message = format!("{function}(): {which} must be a unicode character, not a string of length {}", text.len());
            Err(thread.type_error(&message))
        }
        None => {
            let got = if value.is_none() { "None" } else { value.ty().full_name() };
            Err(thread.type_error(&format!("{function}() {which} must be a unicode character, not {got}")))
        }
    }
}

/// The value, or what is said to be returned instead, or an error.
fn or_default(thread: &Thread, value: Option<Obj>, default: Option<&Object>, message: &str) -> PyResult<Obj> {
    match (value, default) {
        (Some(value), _) => Ok(value),
        (None, Some(default)) => Ok(default.own()),
        (None, None) => Err(thread.value_error(message)),
    }
}

pub fn decimal(thread: &Thread, version: Version, chr: &Object, default: Option<&Object>) -> PyResult<Obj> {
    let value = version.decimal(character(thread, "decimal", "argument 1", chr)?);
    or_default(thread, value.map(|v| Int::from(v as i64).upcast()), default, "not a decimal")
}

pub fn digit(thread: &Thread, version: Version, chr: &Object, default: Option<&Object>) -> PyResult<Obj> {
    let value = version.digit(character(thread, "digit", "argument 1", chr)?);
    or_default(thread, value.map(|v| Int::from(v as i64).upcast()), default, "not a digit")
}

pub fn numeric(thread: &Thread, version: Version, chr: &Object, default: Option<&Object>) -> PyResult<Obj> {
    let value = version.numeric(character(thread, "numeric", "argument 1", chr)?);
    or_default(thread, value.map(|v| Float::new(v).upcast()), default, "not a numeric character")
}

pub fn category(thread: &Thread, version: Version, chr: &Object) -> PyResult<&'static str> {
    Ok(version.category(character(thread, "category", "argument", chr)?))
}

pub fn bidirectional(thread: &Thread, version: Version, chr: &Object) -> PyResult<&'static str> {
    Ok(version.bidirectional(character(thread, "bidirectional", "argument", chr)?))
}

pub fn combining(thread: &Thread, version: Version, chr: &Object) -> PyResult<i32> {
    Ok(version.combining(character(thread, "combining", "argument", chr)?) as i32)
}

pub fn mirrored(thread: &Thread, version: Version, chr: &Object) -> PyResult<i32> {
    Ok(version.mirrored(character(thread, "mirrored", "argument", chr)?) as i32)
}

pub fn east_asian_width(thread: &Thread, version: Version, chr: &Object) -> PyResult<&'static str> {
    Ok(version.east_asian_width(character(thread, "east_asian_width", "argument", chr)?))
}

pub fn decomposition(thread: &Thread, version: Version, chr: &Object) -> PyResult<String> {
    Ok(version.decomposition(character(thread, "decomposition", "argument", chr)?))
}

pub fn name(thread: &Thread, version: Version, chr: &Object, default: Option<&Object>) -> PyResult<Obj> {
    let found = match names::name(version, character(thread, "name", "argument 1", chr)?) {
        Some(name) => Some(Str::from_str(thread, &name)?.upcast()),
        None => None,
    };
    or_default(thread, found, default, "no such name")
}

pub fn lookup(thread: &Thread, version: Version, name: &Object) -> PyResult<Obj> {
    let Some(text) = name.cast::<Str>() else {
        return Err(thread.type_error(&format!("a bytes-like object is required, not '{}'", name.ty().full_name())));
    };
    let name = text.to_rust(thread)?;
    if name.len() > names::LONGEST_NAME {
        return Err(key_error(thread, "name too long"));
    }
    // The old version knows neither aliases nor sequences.
    let is_current = version == Version::Current;
    let found = names::lookup(&name, is_current, is_current);
    match found {
        Some(Named::Character(c)) => Ok(Str::from_char(thread, c).upcast()),
        Some(Named::Sequence(points)) => Ok(Str::from_code_points(thread, points)?.upcast()),
        None => Err(key_error(thread, &format!("undefined character name '{name}'"))),
    }
}

fn key_error(thread: &Thread, message: &str) -> Raised {
    match Str::from_str(thread, message) {
        Ok(message) => thread.key_error(&message),
        Err(raised) => raised,
    }
}

fn form(thread: &Thread, form: &Str) -> PyResult<Form> {
    form.ascii_text().and_then(Form::from_name).ok_or_else(|| thread.value_error("invalid normalization form"))
}

pub fn is_normalized(thread: &Thread, version: Version, form: &Str, unistr: &Str) -> PyResult<bool> {
    // The empty text is normalized in any form, real or not.
    if unistr.len() == 0 {
        return Ok(true);
    }
    let form = self::form(thread, form)?;
    Ok(match unistr.as_chars() {
        Chars::Ascii(_) => true,
        Chars::Latin1(text) => normalization::is_normalized(version, form, text),
        Chars::Ucs2(text) => normalization::is_normalized(version, form, text),
        Chars::Ucs4(text) => normalization::is_normalized(version, form, text),
    })
}

pub fn normalize(thread: &Thread, version: Version, form: &Str, unistr: &Str) -> PyResult<Obj> {
    let same = || {
        if unistr.is_exact::<Str>() { Ok((**unistr).own()) } else { Ok(unistr.substring(thread, 0, unistr.len())?.upcast()) }
    };
    if unistr.len() == 0 {
        return same();
    }
    let form = self::form(thread, form)?;
    fn points<T: Copy + Into<u32>>(version: Version, form: Form, text: &[T]) -> Option<Vec<u32>> {
        // The check speaks of the current version only.
        if version == Version::Current && normalization::quick_check(form, text) == QuickCheck::Yes {
            return None;
        }
        Some(normalization::normalize(version, form, text))
    }
    let points = match unistr.as_chars() {
        Chars::Ascii(_) => None,
        Chars::Latin1(text) => points(version, form, text),
        Chars::Ucs2(text) => points(version, form, text),
        Chars::Ucs4(text) => points(version, form, text),
    };
    match points {
        None => same(),
        Some(points) => Ok(Str::from_code_points(thread, &points)?.upcast()),
    }
}
