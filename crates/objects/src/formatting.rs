//! `__format__` of the built-in types: the mini-language of `pyrox_numeric` on objects.

use std::ffi::CStr;

use pyrox_numeric::format_spec::{self, FormatError, FormatSpec, LocaleInfo, SpecDefaults, Text};

use crate::object::{Object, Owned};
use crate::{Int, PyResult, Raised, Str, Thread};

/// What went wrong: CPython's message, or an exception that is raised already.
enum Failure {
    Format(FormatError),
    Raised(Raised),
}

impl From<FormatError> for Failure {
    fn from(error: FormatError) -> Self {
        Failure::Format(error)
    }
}

/// Raise a format error; messages name the object's own type where it is a subclass.
fn raise(thread: &Thread, error: FormatError, base: &str, own: &str) -> Raised {
    match error {
        FormatError::Value(message) => {
            let general = format!("for object of type '{base}'");
            match message.strip_suffix(general.as_str()) {
                Some(start) if base != own => thread.value_error(&format!("{start}for object of type '{own}'")),
                _ => thread.value_error(&message),
            }
        }
        FormatError::Overflow(message) => thread.overflow_error(&message),
        FormatError::Memory => thread.no_memory(),
    }
}

/// The current C locale's way of writing numbers, for the type `n`.
fn locale() -> LocaleInfo {
    let text = |pointer: *const libc::c_char| {
        if pointer.is_null() {
            return String::new();
        }
        // SAFETY: localeconv's texts end in NUL and live until the locale changes, which the lock forbids meanwhile.
        unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
    };
    // SAFETY: localeconv returns a static structure.
    unsafe {
        let info = libc::localeconv();
        if info.is_null() {
            return LocaleInfo::c();
        }
        let info = &*info;
        let grouping = if info.grouping.is_null() { Vec::new() } else { CStr::from_ptr(info.grouping).to_bytes().to_vec() };
        LocaleInfo { decimal_point: text(info.decimal_point), thousands_separator: text(info.thousands_sep), grouping }
    }
}

fn locale_for(spec: &FormatSpec) -> LocaleInfo {
    if spec.kind == 'n' as u32 { locale() } else { LocaleInfo::c() }
}

fn parse(thread: &Thread, spec: &Str, defaults: SpecDefaults<'static>, own: &str) -> PyResult<FormatSpec> {
    let points: Vec<u32> = spec.chars().collect();
    let base = defaults.type_name;
    FormatSpec::parse(&points, defaults, &pyrox_unicode::ctype::decimal).map_err(|error| raise(thread, error, base, own))
}

fn finish(thread: &Thread, text: Text) -> PyResult<Owned<Str>> {
    match text {
        Text::Ascii(text) => Str::from_ascii(thread, text.as_bytes()),
        Text::Wide(points) => Str::from_code_points(thread, &points),
    }
}

/// `format(int, spec)`.
pub fn format_int(thread: &Thread, value: &Int, spec: &Str) -> PyResult<Owned<Str>> {
    let object: &Object = value;
    if spec.len() == 0 {
        if object.is_exact::<Int>() {
            return Str::from_str(thread, &value.to_decimal(thread)?);
        }
        return object.str(thread);
    }
    let own = object.ty().full_name();
    let spec = parse(thread, spec, SpecDefaults::INT, own)?;
    let to_float = || value.to_f64(thread).map_err(Failure::Raised);
    let limit = crate::int::max_str_digits();
    match format_spec::format_int(&spec, value.pair(), limit, &locale_for(&spec), to_float) {
        Ok(text) => finish(thread, text),
        Err(Failure::Format(error)) => Err(raise(thread, error, "int", own)),
        Err(Failure::Raised(raised)) => Err(raised),
    }
}

/// `format(float, spec)`; `object` is the float, perhaps of a subclass.
pub fn format_float(thread: &Thread, value: f64, spec: &Str, object: &Object) -> PyResult<Owned<Str>> {
    if spec.len() == 0 {
        return object.str(thread);
    }
    let own = object.ty().full_name();
    let spec = parse(thread, spec, SpecDefaults::FLOAT, own)?;
    match format_spec::format_float(&spec, value, &locale_for(&spec)) {
        Ok(text) => finish(thread, text),
        Err(error) => Err(raise(thread, error, "float", own)),
    }
}

/// `format(complex, spec)`; `object` is the complex number, perhaps of a subclass.
pub fn format_complex(thread: &Thread, (real, imaginary): (f64, f64), spec: &Str, object: &Object) -> PyResult<Owned<Str>> {
    if spec.len() == 0 {
        return object.str(thread);
    }
    let own = object.ty().full_name();
    let spec = parse(thread, spec, SpecDefaults::COMPLEX, own)?;
    match format_spec::format_complex(&spec, real, imaginary, &locale_for(&spec)) {
        Ok(text) => finish(thread, text),
        Err(error) => Err(raise(thread, error, "complex", own)),
    }
}

/// `format(str, spec)`.
pub fn format_str(thread: &Thread, value: &Str, spec: &Str) -> PyResult<Owned<Str>> {
    let object: &Object = value;
    if spec.len() == 0 {
        if object.is_exact::<Str>() {
            return value.substring(thread, 0, value.len());
        }
        return object.str(thread);
    }
    let own = object.ty().full_name();
    let spec = parse(thread, spec, SpecDefaults::STR, own)?;
    let points: Vec<u32> = value.chars().collect();
    match format_spec::format_str(&spec, &points) {
        Ok(text) => finish(thread, text),
        Err(error) => Err(raise(thread, error, "str", own)),
    }
}
