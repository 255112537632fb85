//! `_locale`: what the C library's locale says.

use std::ffi::{CStr, CString, c_char};

use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::{Dict, Int, List, Module, Obj, ObjCell, Object, Owned, PyResult, Raised, Str, Thread, Tuple, Type, exceptions};

use crate::paths::{decode_name, encode_name};
use crate::system::add_constants;

pymodule!(
    name = "_locale",
    doc = "Support for POSIX locales.",
    functions = [setlocale, localeconv, strcoll, strxfrm, nl_langinfo, getencoding],
    exec = exec
);

/// The C library's numbers.
const CONSTANTS: &[(&str, i64)] = &[
    ("ABDAY_1", 131072),
    ("ABDAY_2", 131073),
    ("ABDAY_3", 131074),
    ("ABDAY_4", 131075),
    ("ABDAY_5", 131076),
    ("ABDAY_6", 131077),
    ("ABDAY_7", 131078),
    ("ABMON_1", 131086),
    ("ABMON_10", 131095),
    ("ABMON_11", 131096),
    ("ABMON_12", 131097),
    ("ABMON_2", 131087),
    ("ABMON_3", 131088),
    ("ABMON_4", 131089),
    ("ABMON_5", 131090),
    ("ABMON_6", 131091),
    ("ABMON_7", 131092),
    ("ABMON_8", 131093),
    ("ABMON_9", 131094),
    ("ALT_DIGITS", 131119),
    ("AM_STR", 131110),
    ("CHAR_MAX", 127),
    ("CODESET", 14),
    ("CRNCYSTR", 262159),
    ("DAY_1", 131079),
    ("DAY_2", 131080),
    ("DAY_3", 131081),
    ("DAY_4", 131082),
    ("DAY_5", 131083),
    ("DAY_6", 131084),
    ("DAY_7", 131085),
    ("D_FMT", 131113),
    ("D_T_FMT", 131112),
    ("ERA", 131116),
    ("ERA_D_FMT", 131118),
    ("ERA_D_T_FMT", 131120),
    ("ERA_T_FMT", 131121),
    ("LC_ALL", 6),
    ("LC_COLLATE", 3),
    ("LC_CTYPE", 0),
    ("LC_MESSAGES", 5),
    ("LC_MONETARY", 4),
    ("LC_NUMERIC", 1),
    ("LC_TIME", 2),
    ("MON_1", 131098),
    ("MON_10", 131107),
    ("MON_11", 131108),
    ("MON_12", 131109),
    ("MON_2", 131099),
    ("MON_3", 131100),
    ("MON_4", 131101),
    ("MON_5", 131102),
    ("MON_6", 131103),
    ("MON_7", 131104),
    ("MON_8", 131105),
    ("MON_9", 131106),
    ("NOEXPR", 327681),
    ("PM_STR", 131111),
    ("RADIXCHAR", 65536),
    ("THOUSEP", 65537),
    ("T_FMT", 131114),
    ("T_FMT_AMPM", 131115),
    ("YESEXPR", 327680),
    ("_DATE_FMT", 131180),
];

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    add_constants(thread, module, CONSTANTS)?;
    let bases = Tuple::from_slice(thread, &[exceptions::exception()])?;
    let namespace = Dict::new(thread)?;
    namespace.set_text(thread, "__module__", &**Str::intern_str(thread, "locale")?)?;
    let error = (**Type::type_type()).call(thread, &[&**Str::intern_str(thread, "Error")?, &bases, &namespace])?;
    module.add(thread, "Error", &error)?;
    ERROR.with(|cell| cell.set(Some(error)));
    Ok(())
}

thread_local! {
    static ERROR: ObjCell = const { ObjCell::empty() };
}

/// Raise `locale.Error`.
fn failed(thread: &Thread, message: &str) -> Raised {
    match (ERROR.with(ObjCell::get), Str::from_str(thread, message)) {
        (Some(class), Ok(message)) => match class.call(thread, &[&message]) {
            Ok(exception) => thread.raise(exception),
            Err(raised) => raised,
        },
        _ => thread.value_error(message),
    }
}

/// Text of the C library.
fn text(thread: &Thread, text: *const c_char) -> PyResult<Obj> {
    if text.is_null() {
        return Ok(pyrox_objects::none());
    }
    // SAFETY: NUL-terminated and good until the next call; the lock is held.
    Ok(decode_name(thread, unsafe { CStr::from_ptr(text) }.to_bytes())?.upcast())
}

fn c_text(thread: &Thread, text: &Str) -> PyResult<CString> {
    CString::new(encode_name(thread, text)?).map_err(|_| thread.value_error("embedded null character"))
}

/// Activates/queries locale processing.
#[pyfunction(sig = "(category, locale=None, /)")]
pub fn setlocale(thread: &Thread, category: i32, locale: Option<&Object>) -> PyResult<Obj> {
    let name = match locale.filter(|l| !l.is_none()) {
        None => None,
        Some(locale) => match locale.cast::<Str>() {
            Some(name) => Some(c_text(thread, name)?),
            None => {
                let got = locale.ty().name();
                return Err(thread.type_error(&format!("setlocale() argument 2 must be str or None, not {got}")));
            }
        },
    };
    // SAFETY: the name ends in NUL; the lock is held.
    let now = unsafe { libc::setlocale(category, name.as_ref().map_or(std::ptr::null(), |n| n.as_ptr())) };
    if now.is_null() {
        return Err(failed(thread, if name.is_some() { "unsupported locale setting" } else { "locale query failed" }));
    }
    text(thread, now)
}

/// A list of group sizes; what closes them is part of it.
fn grouping(thread: &Thread, from: *const c_char) -> PyResult<Obj> {
    let mut numbers = Vec::new();
    // SAFETY: a string of small numbers, closed by 0 or CHAR_MAX.
    unsafe {
        let mut at = from;
        while *at != 0 {
            numbers.push(Int::from(*at as i64).upcast());
            if *at == c_char::MAX {
                return Ok(List::from_vec(thread, numbers)?.upcast());
            }
            at = at.add(1);
        }
    }
    if !numbers.is_empty() {
        numbers.push(Int::from(0).upcast());
    }
    Ok(List::from_vec(thread, numbers)?.upcast())
}

/// Returns numeric and monetary locale-specific parameters.
#[pyfunction]
pub fn localeconv(thread: &Thread) -> PyResult<Owned<Dict>> {
    // SAFETY: the struct is good until the next call; the lock is held.
    let c = unsafe { &*libc::localeconv() };
    let number = |value: c_char| Int::from(value as i64).upcast();
    let entries = [
        ("int_curr_symbol", text(thread, c.int_curr_symbol)?),
        ("currency_symbol", text(thread, c.currency_symbol)?),
        ("mon_decimal_point", text(thread, c.mon_decimal_point)?),
        ("mon_thousands_sep", text(thread, c.mon_thousands_sep)?),
        ("mon_grouping", grouping(thread, c.mon_grouping)?),
        ("positive_sign", text(thread, c.positive_sign)?),
        ("negative_sign", text(thread, c.negative_sign)?),
        ("int_frac_digits", number(c.int_frac_digits)),
        ("frac_digits", number(c.frac_digits)),
        ("p_cs_precedes", number(c.p_cs_precedes)),
        ("p_sep_by_space", number(c.p_sep_by_space)),
        ("n_cs_precedes", number(c.n_cs_precedes)),
        ("n_sep_by_space", number(c.n_sep_by_space)),
        ("p_sign_posn", number(c.p_sign_posn)),
        ("n_sign_posn", number(c.n_sign_posn)),
        ("decimal_point", text(thread, c.decimal_point)?),
        ("thousands_sep", text(thread, c.thousands_sep)?),
        ("grouping", grouping(thread, c.grouping)?),
    ];
    let dict = Dict::new(thread)?;
    for (name, value) in &entries {
        dict.set_text(thread, name, value)?;
    }
    Ok(dict)
}

/// Compares two strings according to the locale.
#[pyfunction(sig = "(os1, os2, /)")]
pub fn strcoll(thread: &Thread, os1: &Str, os2: &Str) -> PyResult<i32> {
    let (a, b) = (c_text(thread, os1)?, c_text(thread, os2)?);
    // SAFETY: both end in NUL.
    Ok(unsafe { libc::strcoll(a.as_ptr(), b.as_ptr()) })
}

/// Return a string that can be used as a key for locale-aware comparisons.
#[pyfunction(sig = "(string, /)")]
pub fn strxfrm(thread: &Thread, string: &Str) -> PyResult<Owned<Str>> {
    let source = c_text(thread, string)?;
    let mut room = source.as_bytes().len() + 1;
    loop {
        let mut key = vec![0u8; room];
        // SAFETY: the buffer's length is told; the text ends in NUL.
        let length = unsafe { libc::strxfrm(key.as_mut_ptr() as *mut c_char, source.as_ptr(), room) };
        if length < room {
            return decode_name(thread, key.get(..length).unwrap_or_default());
        }
        room = length + 1;
    }
}

/// Return the value for the locale information associated with key.
#[pyfunction(sig = "(key, /)")]
pub fn nl_langinfo(thread: &Thread, key: i32) -> PyResult<Obj> {
    let known = |(name, number): &(&str, i64)| *number == key as i64 && !name.starts_with("LC_") && *name != "CHAR_MAX";
    if !CONSTANTS.iter().any(known) {
        return Err(thread.value_error("unsupported langinfo constant"));
    }
    // SAFETY: a known key, whose value is text.
    text(thread, unsafe { libc::nl_langinfo(key as libc::nl_item) })
}

/// Get the current locale encoding.
#[pyfunction]
pub fn getencoding(thread: &Thread) -> PyResult<Obj> {
    // SAFETY: a known key, whose value is text.
    let (codeset, name) = unsafe {
        let codeset = libc::nl_langinfo(libc::CODESET);
        (codeset, CStr::from_ptr(codeset).to_bytes())
    };
    // The C locale's text is taken as UTF-8 (PEP 540).
    if name.is_empty() || name == b"ANSI_X3.4-1968" { Ok(Str::from_str(thread, "utf-8")?.upcast()) } else { text(thread, codeset) }
}
