//! `PyUnicode_FromFormat` and `PyBytes_FromFormat`: their own conversions beside C's.

use std::ffi::{CStr, c_char};

use pyrox_objects::{Bytes, Obj, Owned, PyResult, Str, Thread, Type};

use crate::support::*;
use crate::va::VaList;

/// What stands between `%` and the conversion.
#[derive(Default)]
struct Spec {
    minus: bool,
    zero: bool,
    alternate: bool,
    width: Option<usize>,
    precision: Option<usize>,
    size: Size,
}

/// The length modifier.
#[derive(Clone, Copy, Default, PartialEq)]
enum Size {
    #[default]
    Int,
    Long,
    LongLong,
    Ssize,
    Ptrdiff,
    Max,
}

/// Collects code points.
#[derive(Default)]
struct Text(Vec<u32>);

impl Text {
    /// Text within its width, cut to the precision.
    fn pad(&mut self, text: &[u32], spec: &Spec) {
        let text = &text[..spec.precision.unwrap_or(usize::MAX).min(text.len())];
        let fill = spec.width.unwrap_or(0).saturating_sub(text.len());
        if !spec.minus {
            self.0.extend(std::iter::repeat_n(32, fill));
        }
        self.0.extend_from_slice(text);
        if spec.minus {
            self.0.extend(std::iter::repeat_n(32, fill));
        }
    }

    fn push_str(&mut self, text: &str) {
        self.0.extend(text.chars().map(u32::from));
    }

    /// Bytes of a C string, decoded with replacement.
    fn pad_bytes(&mut self, bytes: &[u8], spec: &Spec) {
        let points: Vec<u32> = String::from_utf8_lossy(bytes).chars().map(u32::from).collect();
        self.pad(&points, &Spec { precision: None, width: spec.width, minus: spec.minus, ..Spec::default() });
    }

    fn pad_str(&mut self, text: &Str, spec: &Spec) {
        let points: Vec<u32> = text.chars().collect();
        self.pad(&points, spec);
    }
}

/// The bytes of a C string, no more than `limit` of them being read.
unsafe fn c_bytes<'a>(text: *const c_char, limit: Option<usize>) -> &'a [u8] {
    if text.is_null() {
        return b"(null)";
    }
    // SAFETY: NUL-terminated text, or at least `limit` bytes long.
    unsafe {
        match limit {
            Some(limit) => std::slice::from_raw_parts(text as *const u8, libc::strnlen(text, limit)),
            None => CStr::from_ptr(text).to_bytes(),
        }
    }
}

unsafe fn c_wide(text: *const libc::wchar_t, limit: Option<usize>) -> Vec<u32> {
    let mut points = Vec::new();
    // SAFETY: as above.
    unsafe {
        while points.len() < limit.unwrap_or(usize::MAX) {
            let c = *text.add(points.len());
            if c == 0 {
                break;
            }
            points.push(c as u32);
        }
    }
    points
}

/// A number's digits within precision and width.
fn number(out: &mut Text, negative: bool, digits: &str, spec: &Spec) {
    let zeros = spec.precision.unwrap_or(0).saturating_sub(digits.len());
    let mut body = "0".repeat(zeros) + digits;
    let sign = if negative { "-" } else { "" };
    let length = sign.len() + body.len();
    let fill = spec.width.unwrap_or(0).saturating_sub(length);
    if spec.zero && !spec.minus {
        body = "0".repeat(fill) + &body;
        out.push_str(&format!("{sign}{body}"));
    } else if spec.minus {
        out.push_str(&format!("{sign}{body}{}", " ".repeat(fill)));
    } else {
        out.push_str(&format!("{}{sign}{body}", " ".repeat(fill)));
    }
}

fn type_name(thread: &Thread, ty: &Type, colon: bool) -> PyResult<Owned<Str>> {
    let name = crate::types::full_name(thread, ty)?;
    if !colon {
        return Ok(name);
    }
    // The module and the name, a colon between them.
    match ty.module_name(thread)?.and_then(|m| m.downcast::<Str>().ok()) {
        Some(module) if !module.equals_str("builtins") && !module.equals_str("__main__") => {
            Str::from_str(thread, &format!("{}:{}", module.to_string_lossy(), ty.qualname(thread)?.to_string_lossy()))
        }
        _ => Ok(name),
    }
}

/// Format by a list of arguments, which stays as it is.
///
/// # Safety
/// The arguments are what the format says.
pub unsafe fn format_list(thread: &Thread, format: *const c_char, list: *mut VaList) -> PyResult<Owned<Str>> {
    let mut out = Text::default();
    // SAFETY: by contract.
    unsafe {
        let mut list = *list;
        let bytes = CStr::from_ptr(format).to_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let next = bytes[at..].iter().position(|&b| b == b'%').map_or(bytes.len(), |n| at + n);
            if next > at {
                if !bytes[at..next].is_ascii() {
                    let bad = bytes[at..next].iter().find(|b| !b.is_ascii()).copied().unwrap_or(0);
                    return Err(thread.value_error(&format!(
                        "PyUnicode_FromFormatV() expects an ASCII-encoded format string, got a non-ASCII byte: 0x{bad:02x}"
                    )));
                }
                out.0.extend(bytes[at..next].iter().map(|&b| b as u32));
            }
            if next == bytes.len() {
                break;
            }
            at = one(thread, &mut out, bytes, next + 1, &mut list)?;
        }
    }
    Str::from_code_points(thread, &out.0)
}

fn digits(bytes: &[u8], at: &mut usize) -> Option<usize> {
    let start = *at;
    while bytes.get(*at).is_some_and(u8::is_ascii_digit) {
        *at += 1;
    }
    std::str::from_utf8(&bytes[start..*at]).ok()?.parse().ok()
}

/// One conversion, which begins behind its `%`; gives where the next text begins.
unsafe fn one(thread: &Thread, out: &mut Text, bytes: &[u8], start: usize, list: &mut VaList) -> PyResult<usize> {
    let mut at = start;
    let mut spec = Spec::default();
    let bad = |thread: &Thread| {
        let shown = String::from_utf8_lossy(&bytes[start - 1..]).into_owned();
        thread.system_error(&format!("invalid format string: {shown}"))
    };
    loop {
        match bytes.get(at) {
            Some(b'-') => spec.minus = true,
            Some(b'0') => spec.zero = true,
            Some(b'#') => spec.alternate = true,
            _ => break,
        }
        at += 1;
    }
    // SAFETY: the arguments are what the format says.
    unsafe {
        if bytes.get(at) == Some(&b'*') {
            let width = list.int();
            spec.minus |= width < 0;
            spec.width = Some(width.unsigned_abs() as usize);
            at += 1;
        } else if bytes.get(at).is_some_and(u8::is_ascii_digit) {
            spec.width =
                Some(digits(bytes, &mut at).filter(|&n| n <= i32::MAX as usize).ok_or_else(|| thread.value_error("width too big"))?);
        }
        if bytes.get(at) == Some(&b'.') {
            at += 1;
            if bytes.get(at) == Some(&b'*') {
                let precision = list.int();
                spec.precision = usize::try_from(precision).ok();
                at += 1;
            } else if bytes.get(at).is_some_and(u8::is_ascii_digit) {
                let precision = digits(bytes, &mut at).filter(|&n| n <= i32::MAX as usize);
                spec.precision = Some(precision.ok_or_else(|| thread.value_error("precision too big"))?);
            } else {
                spec.precision = Some(0);
            }
        }
        match bytes.get(at) {
            Some(b'l') if bytes.get(at + 1) == Some(&b'l') => {
                spec.size = Size::LongLong;
                at += 2;
            }
            Some(b'l') => {
                spec.size = Size::Long;
                at += 1;
            }
            Some(b'z') => {
                spec.size = Size::Ssize;
                at += 1;
            }
            Some(b't') => {
                spec.size = Size::Ptrdiff;
                at += 1;
            }
            Some(b'j') => {
                spec.size = Size::Max;
                at += 1;
            }
            _ => {}
        }
        let Some(&conversion) = bytes.get(at) else { return Err(bad(thread)) };
        match conversion {
            b'%' => out.0.push('%' as u32),
            b'c' => {
                let ordinal = list.int();
                if !(0..=0x10ffff).contains(&ordinal) {
                    return Err(thread.overflow_error("character argument not in range(0x110000)"));
                }
                out.pad(&[ordinal as u32], &Spec { precision: None, ..spec });
            }
            b'd' | b'i' => {
                let word = list.word();
                let value = if spec.size == Size::Int { word as i32 as i64 } else { word as i64 };
                number(out, value < 0, &value.unsigned_abs().to_string(), &spec);
            }
            b'u' | b'x' | b'X' | b'o' => {
                let word = list.word();
                let value = if spec.size == Size::Int { word as u32 as u64 } else { word };
                let shown = match conversion {
                    b'u' => value.to_string(),
                    b'x' => format!("{value:x}"),
                    b'X' => format!("{value:X}"),
                    _ => format!("{value:o}"),
                };
                number(out, false, &shown, &spec);
            }
            b'p' => {
                let address: *const u8 = list.pointer();
                let points: Vec<u32> = format!("{:#x}", address as usize).chars().map(u32::from).collect();
                out.pad(&points, &Spec { precision: None, ..spec });
            }
            b's' if spec.size == Size::Long => {
                let wide: *const libc::wchar_t = list.pointer();
                let points = c_wide(wide, spec.precision);
                out.pad(&points, &spec);
            }
            b's' => {
                let text: *const c_char = list.pointer();
                let bytes = c_bytes(text, spec.precision);
                out.pad_bytes(bytes, &spec);
            }
            b'A' | b'S' | b'R' | b'U' | b'V' => {
                let object: Raw = list.pointer();
                let text = match (conversion, borrow_or_null(object)) {
                    (b'V', object) => {
                        let other: *const c_char = list.pointer();
                        match object {
                            Some(object) => object.own(),
                            None if spec.size == Size::Long => {
                                let points = c_wide(other as *const libc::wchar_t, spec.precision);
                                out.pad(&points, &spec);
                                return Ok(at + 1);
                            }
                            None => {
                                let bytes = c_bytes(other, spec.precision);
                                out.pad_bytes(bytes, &spec);
                                return Ok(at + 1);
                            }
                        }
                    }
                    (_, None) => Str::from_str(thread, "<NULL>")?.upcast(),
                    (b'A', Some(object)) => object.ascii(thread)?.upcast(),
                    (b'S', Some(object)) => object.str(thread)?.upcast(),
                    (b'R', Some(object)) => object.repr(thread)?.upcast(),
                    (_, Some(object)) => object.own(),
                };
                match text.cast::<Str>() {
                    Some(text) => out.pad_str(text, &spec),
                    None => return Err(bad_internal_call(thread)),
                }
            }
            b'T' | b'N' => {
                let object: Raw = list.pointer();
                let Some(object) = borrow_or_null(object) else { return Err(bad_internal_call(thread)) };
                let ty = match conversion {
                    b'T' => object.ty(),
                    _ => object.cast::<Type>().ok_or_else(|| thread.type_error("%N argument must be a type"))?,
                };
                let name = type_name(thread, ty, spec.alternate)?;
                out.pad_str(&name, &spec);
            }
            _ => return Err(bad(thread)),
        }
    }
    Ok(at + 1)
}

unsafe fn format_bytes(thread: &Thread, format: *const c_char, list: *mut VaList) -> PyResult<Obj> {
    let mut out: Vec<u8> = Vec::new();
    // SAFETY: as the API demands of its caller.
    unsafe {
        let mut list = *list;
        let bytes = CStr::from_ptr(format).to_bytes();
        let mut at = 0;
        while at < bytes.len() {
            if bytes[at] != b'%' {
                out.push(bytes[at]);
                at += 1;
                continue;
            }
            let start = at;
            at += 1;
            while bytes.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
            let mut precision = 0;
            if bytes.get(at) == Some(&b'.') {
                at += 1;
                precision = digits(bytes, &mut at).unwrap_or(0);
            }
            while bytes.get(at).is_some_and(|&b| b != b'%' && !b.is_ascii_alphabetic()) {
                at += 1;
            }
            let mut long = false;
            if matches!((bytes.get(at), bytes.get(at + 1)), (Some(b'l' | b'z'), Some(b'd' | b'u'))) {
                long = true;
                at += 1;
            }
            match bytes.get(at) {
                Some(b'c') => {
                    let value = list.int();
                    if !(0..=255).contains(&value) {
                        return Err(thread.overflow_error("PyBytes_FromFormatV(): %c format expects an integer in range [0; 255]"));
                    }
                    out.push(value as u8);
                }
                Some(b'd' | b'i') => {
                    let word = list.word();
                    let value = if long { word as i64 } else { word as i32 as i64 };
                    out.extend_from_slice(value.to_string().as_bytes());
                }
                Some(b'u') => {
                    let word = list.word();
                    let value = if long { word } else { word as u32 as u64 };
                    out.extend_from_slice(value.to_string().as_bytes());
                }
                Some(b'x') => out.extend_from_slice(format!("{:x}", list.word() as u32).as_bytes()),
                Some(b's') => {
                    let text: *const c_char = list.pointer();
                    out.extend_from_slice(c_bytes(text, if precision > 0 { Some(precision) } else { None }));
                }
                Some(b'p') => out.extend_from_slice(format!("{:#x}", list.word()).as_bytes()),
                Some(b'%') => out.push(b'%'),
                _ => {
                    // What is not understood is copied with all that follows.
                    out.extend_from_slice(&bytes[start..]);
                    break;
                }
            }
            at += 1;
        }
    }
    Ok(Bytes::from_slice(thread, &out)?.upcast())
}

api! {
    /// A formatted str.
    fn PyUnicode_FromFormatV(format: *const c_char, list: *mut VaList) -> Raw { give(format_list(thread(), format, list).map(Owned::upcast)) }
    /// Formatted bytes.
    fn PyBytes_FromFormatV(format: *const c_char, list: *mut VaList) -> Raw { give(format_bytes(thread(), format, list)) }
}
