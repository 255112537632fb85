//! Reading string literals.

use pyrox_macros::pyfunction;
use pyrox_objects::str::Chars;
use pyrox_objects::text_writer::TextWriter;
use pyrox_objects::{Int, Object, Owned, PyResult, Str, Thread, Tuple};

use super::{decode_error, text_argument};

/// A character of one of the widths that text is stored in.
pub trait Unit: Copy + Into<u32> {}
impl Unit for u8 {}
impl Unit for u16 {}
impl Unit for u32 {}

/// Four hexadecimal digits.
fn hex<T: Unit>(units: &[T]) -> Option<u32> {
    let mut value = 0;
    for &unit in units {
        value = value << 4 | char::from_u32(unit.into())?.to_digit(16)?;
    }
    Some(value)
}

/// Read a string literal from after its opening quote; gives the text and where it ends.
pub fn scan_string<T: Unit>(thread: &Thread, source: &Str, text: &[T], start: usize, strict: bool) -> PyResult<(Owned<Str>, usize)> {
    let unterminated = || decode_error(thread, "Unterminated string starting at", source, start as isize - 1);
    let mut out: Option<TextWriter> = None;
    let mut at = start;
    loop {
        let run = at;
        let quote = loop {
            let Some(&unit) = text.get(at) else { return Err(unterminated()) };
            match unit.into() {
                0x22 => break true,
                0x5c => break false,
                0..=0x1f if strict => return Err(decode_error(thread, "Invalid control character at", source, at as isize)),
                _ => at += 1,
            }
        };
        if quote {
            let value = match out {
                None => source.substring(thread, run, at)?,
                Some(mut out) => {
                    out.push_chars(source.as_chars().slice(run, at));
                    out.finish(thread)?
                }
            };
            return Ok((value, at + 1));
        }
        let out = out.get_or_insert_with(TextWriter::new);
        out.push_chars(source.as_chars().slice(run, at));
        at += 1;
        let Some(&unit) = text.get(at) else { return Err(unterminated()) };
        at += 1;
        let c = match unit.into() {
            c @ (0x22 | 0x5c | 0x2f) => c,
            0x62 => 0x08,
            0x66 => 0x0c,
            0x6e => 0x0a,
            0x72 => 0x0d,
            0x74 => 0x09,
            0x75 => {
                let bad = |at: usize| decode_error(thread, "Invalid \\uXXXX escape", source, at as isize);
                // The closing quote must follow, too.
                let Some(digits) = text.get(at..at + 4).filter(|_| at + 4 < text.len()) else { return Err(bad(at - 1)) };
                let Some(mut c) = hex(digits) else { return Err(bad(at - 1)) };
                at += 4;
                if (0xd800..0xdc00).contains(&c)
                    && at + 6 < text.len()
                    && let Some([backslash, u, low @ ..]) = text.get(at..at + 6)
                    && ((*backslash).into(), (*u).into()) == (0x5c, 0x75)
                {
                    let Some(low) = hex(low) else { return Err(bad(at + 1)) };
                    if (0xdc00..0xe000).contains(&low) {
                        c = 0x10000 + ((c & 0x3ff) << 10 | low & 0x3ff);
                        at += 6;
                    }
                }
                c
            }
            _ => return Err(decode_error(thread, "Invalid \\escape", source, at as isize - 2)),
        };
        out.push_char(c);
    }
}

/// scanstring(string, end, strict=True) -> (string, end)
///
/// Scan the string s for a JSON string. End is the index of the
/// character in s after the quote that started the JSON string.
/// Unescapes all valid JSON string escape sequences and raises ValueError
/// on attempt to decode an invalid string. If strict is False then literal
/// control characters are allowed in the string.
///
/// Returns a tuple of the decoded string and the index of the character in s
/// after the end quote.
#[pyfunction(sig = "(string, end, strict=True, /)", text = "")]
pub fn scanstring(thread: &Thread, string: &Object, end: &Object, strict: bool) -> PyResult<Owned<Tuple>> {
    let Some(end) = end.index(thread)?.to_i64() else {
        return Err(thread.overflow_error("Python int too large to convert to C ssize_t"));
    };
    let source = text_argument(thread, string)?;
    let Some(start) = usize::try_from(end).ok().filter(|&end| end <= source.len()) else {
        return Err(thread.value_error("end is out of bounds"));
    };
    let (value, end) = match source.as_chars() {
        Chars::Ascii(text) | Chars::Latin1(text) => scan_string(thread, source, text, start, strict)?,
        Chars::Ucs2(text) => scan_string(thread, source, text, start, strict)?,
        Chars::Ucs4(text) => scan_string(thread, source, text, start, strict)?,
    };
    Tuple::from_vec(thread, vec![value.upcast(), Int::from(end as i64).upcast()])
}
