//! `unicode_escape`, `raw_unicode_escape` and the escapes of bytes.

use std::borrow::Cow;

use pyrox_unicode::names::{self, Named};

use super::errors::Policy;
use super::utf::push_points;
use crate::object::Owned;
use crate::text_writer::TextWriter;
use crate::{PyResult, Str, Thread};

/// The value of up to `count` hexadecimal digits at `at`, and how many there are.
fn hex(input: &[u8], at: usize, count: usize) -> (u32, usize) {
    let (mut value, mut seen) = (0u32, 0);
    while seen < count {
        let Some(digit) = input.get(at + seen).and_then(|&b| (b as char).to_digit(16)) else { break };
        value = value << 4 | digit;
        seen += 1;
    }
    (value, seen)
}

/// A decoded escape, or what is wrong with it: where it ends, and why. `at` is behind the backslash.
enum Escape {
    Char(u32, usize),
    Nothing(usize),
    /// Not an escape: the backslash stands for itself.
    Unknown,
    Bad(usize, &'static str),
    /// The input ends within it.
    Cut(usize, &'static str),
}

fn numeric(input: &[u8], at: usize, count: usize, reason: &'static str) -> Escape {
    let (value, seen) = hex(input, at, count);
    match seen == count {
        true if value < 0x110000 => Escape::Char(value, at + count),
        true => Escape::Bad(at + count, "illegal Unicode character"),
        false if at + seen >= input.len() => Escape::Cut(at + seen, reason),
        false => Escape::Bad(at + seen, reason),
    }
}

fn named(input: &[u8], at: usize) -> Escape {
    const MALFORMED: &str = "malformed \\N character escape";
    match input.get(at) {
        Some(b'{') => {}
        Some(_) => return Escape::Bad(at, MALFORMED),
        None => return Escape::Cut(at, MALFORMED),
    }
    let Some(length) = memchr::memchr(b'}', &input[at + 1..]) else { return Escape::Cut(input.len(), MALFORMED) };
    let end = at + 1 + length;
    if length == 0 {
        return Escape::Bad(end + 1, MALFORMED);
    }
    let found = std::str::from_utf8(&input[at + 1..end]).ok().and_then(|name| names::lookup(name, true, false));
    match found {
        Some(Named::Character(c)) => Escape::Char(c, end + 1),
        _ => Escape::Bad(end + 1, "unknown Unicode character name"),
    }
}

fn escape(input: &[u8], at: usize) -> Escape {
    let Some(&c) = input.get(at) else { return Escape::Cut(at, "\\ at end of string") };
    let next = at + 1;
    let plain = |c: u8| Escape::Char(c as u32, next);
    match c {
        b'\n' => Escape::Nothing(next),
        b'\\' | b'\'' | b'"' => plain(c),
        b'b' => plain(8),
        b't' => plain(9),
        b'n' => plain(10),
        b'r' => plain(13),
        b'f' => plain(12),
        b'v' => plain(11),
        b'a' => plain(7),
        b'0'..=b'7' => {
            let (mut value, mut end) = (0, at);
            while let Some(&digit @ b'0'..=b'7') = input.get(end).filter(|_| end < at + 3) {
                value = value << 3 | (digit - b'0') as u32;
                end += 1;
            }
            Escape::Char(value, end)
        }
        b'x' => numeric(input, next, 2, "truncated \\xXX escape"),
        b'u' => numeric(input, next, 4, "truncated \\uXXXX escape"),
        b'U' => numeric(input, next, 8, "truncated \\UXXXXXXXX escape"),
        b'N' => named(input, next),
        _ => Escape::Unknown,
    }
}

/// Decode `unicode_escape`. Without `last`, an escape that the end cuts is left.
pub fn decode_unicode_escape(thread: &Thread, bytes: &[u8], errors: &Policy, last: bool) -> PyResult<(Owned<Str>, usize)> {
    let mut input = Cow::Borrowed(bytes);
    let mut out = TextWriter::new();
    let (mut at, mut unknown) = (0, None);
    while let Some(&byte) = input.get(at) {
        if byte != b'\\' {
            out.push_char(byte as u32);
            at += 1;
            continue;
        }
        let (end, reason) = match escape(&input, at + 1) {
            Escape::Char(c, next) => {
                if c > 0xff && matches!(input.get(at + 1), Some(b'0'..=b'7')) {
                    unknown.get_or_insert(at);
                }
                out.push_char(c);
                at = next;
                continue;
            }
            Escape::Nothing(next) => {
                at = next;
                continue;
            }
            Escape::Unknown => {
                unknown.get_or_insert(at);
                out.push_char('\\' as u32);
                at += 1;
                continue;
            }
            Escape::Cut(..) if !last => break,
            Escape::Cut(end, reason) | Escape::Bad(end, reason) => (end, reason),
        };
        let (points, next) = errors.decode(thread, "unicodeescape", &mut input, at, end, reason)?;
        push_points(&mut out, &points);
        at = next;
    }
    if let Some(first) = unknown {
        warn_invalid(thread, &input, first)?;
    }
    Ok((out.finish(thread)?, at))
}

/// The `DeprecationWarning` about the escape at `at`.
fn warn_invalid(thread: &Thread, input: &[u8], at: usize) -> PyResult<()> {
    let rest = input.get(at + 1..).unwrap_or(&[]);
    match rest {
        [b'0'..=b'7', ..] => {
            let shown: String = rest.iter().take(3).map(|&b| b as char).collect();
            crate::warn::deprecation(
                thread,
                &format!("\"\\{shown}\" is an invalid octal escape sequence. Such sequences will not work in the future. "),
            )
        }
        [c, ..] => crate::warn::deprecation(
            thread,
            &format!("\"\\{}\" is an invalid escape sequence. Such sequences will not work in the future. ", *c as char),
        ),
        [] => Ok(()),
    }
}

/// Encode in `unicode_escape`.
pub fn encode_unicode_escape(text: &Str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        match c {
            9 => out.extend(b"\\t"),
            10 => out.extend(b"\\n"),
            13 => out.extend(b"\\r"),
            0x5c => out.extend(b"\\\\"),
            0x20..=0x7e => out.push(c as u8),
            _ => crate::str::repr::push_escape(&mut out, c),
        }
    }
    out
}

/// Decode `raw_unicode_escape`: Latin-1 with `\u` and `\U`.
pub fn decode_raw_unicode_escape(thread: &Thread, bytes: &[u8], errors: &Policy, last: bool) -> PyResult<(Owned<Str>, usize)> {
    let mut input = Cow::Borrowed(bytes);
    let mut out = TextWriter::new();
    let mut at = 0;
    while let Some(&byte) = input.get(at) {
        if byte != b'\\' {
            out.push_char(byte as u32);
            at += 1;
            continue;
        }
        let escape = match input.get(at + 1) {
            Some(b'u') => numeric(&input, at + 2, 4, "truncated \\uXXXX escape"),
            Some(b'U') => numeric(&input, at + 2, 8, "truncated \\UXXXXXXXX escape"),
            None if !last => break,
            Some(&other) => {
                // An even number of backslashes escapes nothing.
                out.push_char('\\' as u32);
                out.push_char(other as u32);
                at += 2;
                continue;
            }
            None => {
                out.push_char('\\' as u32);
                at += 1;
                continue;
            }
        };
        let (end, reason) = match escape {
            Escape::Char(c, next) => {
                out.push_char(c);
                at = next;
                continue;
            }
            Escape::Cut(..) if !last => break,
            Escape::Cut(end, reason) => (end, reason),
            Escape::Bad(end, "illegal Unicode character") => (end, "\\Uxxxxxxxx out of range"),
            Escape::Bad(end, reason) => (end, reason),
            Escape::Nothing(next) => {
                at = next;
                continue;
            }
            Escape::Unknown => {
                at += 1;
                continue;
            }
        };
        let (points, next) = errors.decode(thread, "rawunicodeescape", &mut input, at, end, reason)?;
        push_points(&mut out, &points);
        at = next;
    }
    Ok((out.finish(thread)?, at))
}

/// Encode in `raw_unicode_escape`.
pub fn encode_raw_unicode_escape(text: &Str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        match c {
            0..0x100 => out.push(c as u8),
            _ => crate::str::repr::push_escape(&mut out, c),
        }
    }
    out
}

/// `codecs.escape_decode`: the escapes of a bytes literal. `errors` may be strict, ignore or replace.
pub fn decode_bytes_escape(thread: &Thread, input: &[u8], errors: Option<&str>) -> PyResult<Vec<u8>> {
    let (mut out, mut at, mut unknown) = (Vec::with_capacity(input.len()), 0, None);
    while let Some(&byte) = input.get(at) {
        at += 1;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match input.get(at) {
            None => return Err(thread.value_error("Trailing \\ in string")),
            Some(b'x') => match hex(input, at + 1, 2) {
                (value, 2) => {
                    out.push(value as u8);
                    at += 3;
                }
                (_, seen) => {
                    match errors {
                        None | Some("strict") => {
                            return Err(thread.value_error(&format!("invalid \\x escape at position {}", at - 1)));
                        }
                        Some("replace") => out.push(b'?'),
                        Some("ignore") => {}
                        Some(other) => {
                            return Err(thread.value_error(&format!("decoding error; unknown error handling code: {other}")));
                        }
                    }
                    at += 1 + seen;
                }
            },
            Some(b'u' | b'U' | b'N') => {
                unknown.get_or_insert(at - 1);
                out.push(b'\\');
            }
            Some(_) => match escape(input, at) {
                Escape::Char(c, next) => {
                    if c > 0xff {
                        unknown.get_or_insert(at - 1);
                    }
                    out.push(c as u8);
                    at = next;
                }
                Escape::Nothing(next) => at = next,
                _ => {
                    unknown.get_or_insert(at - 1);
                    out.push(b'\\');
                }
            },
        }
    }
    if let Some(first) = unknown {
        warn_invalid(thread, input, first)?;
    }
    Ok(out)
}

/// `codecs.escape_encode`: what `repr(bytes)` shows between the quotes.
pub fn encode_bytes_escape(input: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(input.len());
    for &byte in input {
        match byte {
            b'\'' | b'\\' => out.extend([b'\\', byte]),
            b'\t' => out.extend(b"\\t"),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            0x20..=0x7e => out.push(byte),
            _ => crate::str::repr::push_escape(&mut out, byte as u32),
        }
    }
    out
}
