//! UTF-8, UTF-16 and UTF-32.

use std::borrow::Cow;

use super::errors::{Policy, Replacement};
use crate::object::Owned;
use crate::str::Chars;
use crate::text_writer::TextWriter;
use crate::{PyResult, Str, Thread};

/// The order of bytes in UTF-16 and UTF-32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    Little,
    Big,
    /// The machine's, with a mark in front; a mark decides when decoding.
    Marked,
}

/// A decoded text, how many bytes of the input it took, and the byte order that was found.
pub struct Decoded {
    pub text: Owned<Str>,
    pub consumed: usize,
    pub order: ByteOrder,
}

pub(super) fn push_points(out: &mut TextWriter, points: &[u32]) {
    points.iter().for_each(|&c| out.push_char(c));
}

/// Decode UTF-8. Without `last`, an incomplete character at the end is left.
pub fn decode_utf8(thread: &Thread, bytes: &[u8], errors: &Policy, last: bool) -> PyResult<(Owned<Str>, usize)> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok((Str::from_str(thread, text)?, bytes.len()));
    }
    let mut input = Cow::Borrowed(bytes);
    let mut out = TextWriter::new();
    let mut at = 0;
    while at < input.len() {
        let (start, width) = match std::str::from_utf8(&input[at..]) {
            Ok(text) => {
                out.push_str(text);
                at = input.len();
                break;
            }
            Err(error) => {
                let valid = error.valid_up_to();
                if let Ok(text) = std::str::from_utf8(&input[at..at + valid]) {
                    out.push_str(text);
                }
                (at + valid, error.error_len())
            }
        };
        if width.is_none() && !last {
            at = start;
            break;
        }
        let (end, reason) = match width {
            None => (input.len(), "unexpected end of data"),
            Some(_) if !matches!(input[start], 0xc2..=0xf4) => (start + 1, "invalid start byte"),
            Some(width) => (start + width, "invalid continuation byte"),
        };
        let (points, next) = errors.decode(thread, "utf-8", &mut input, start, end, reason)?;
        push_points(&mut out, &points);
        at = next;
    }
    Ok((out.finish(thread)?, at))
}

/// Encode characters, asking the handler for what `put` refuses. Runs of such characters are handled
/// together if `runs`; a replacement text must be ASCII if `ascii_only`, and always encodable.
pub(super) fn encode_with(
    thread: &Thread,
    text: &Str,
    encoding: &str,
    errors: &Policy,
    reason: &str,
    (runs, ascii_only, unit): (bool, bool, usize),
    put: &dyn Fn(u32, &mut Vec<u8>) -> bool,
) -> PyResult<Vec<u8>> {
    let chars = text.as_chars();
    let mut out = Vec::with_capacity(chars.len() * unit);
    let mut at = 0;
    while at < chars.len() {
        if put(chars.at(at), &mut out) {
            at += 1;
            continue;
        }
        let start = at;
        let mut end = at + 1;
        let mut scratch = Vec::new();
        while runs && end < chars.len() && !put(chars.at(end), &mut scratch) {
            end += 1;
        }
        let refuse = || crate::exceptions::unicode_encode_error(thread, encoding, text, start, end, reason);
        let (replacement, next) = errors.encode(thread, encoding, text, start, end, reason)?;
        match replacement {
            Replacement::Bytes(bytes) if bytes.len() % unit == 0 => out.extend(bytes),
            Replacement::Bytes(_) => return Err(refuse()),
            Replacement::Text(points) => {
                for c in points {
                    if (ascii_only && c >= 0x80) || !put(c, &mut out) {
                        return Err(refuse());
                    }
                }
            }
        }
        at = next;
    }
    Ok(out)
}

/// Encode in UTF-8.
pub fn encode_utf8(thread: &Thread, text: &Str, errors: &Policy) -> PyResult<Vec<u8>> {
    match text.as_chars() {
        Chars::Ascii(bytes) => Ok(bytes.to_vec()),
        Chars::Latin1(_) => Ok(text.to_wtf8()),
        _ => encode_with(thread, text, "utf-8", errors, "surrogates not allowed", (true, true, 1), &|c, out| {
            let fine = !(0xd800..0xe000).contains(&c);
            if fine {
                crate::str::push_wtf8(out, c);
            }
            fine
        }),
    }
}

fn big(order: ByteOrder) -> bool {
    order == ByteOrder::Big || (order == ByteOrder::Marked && cfg!(target_endian = "big"))
}

fn name(bits: u32, order: ByteOrder) -> &'static str {
    match (bits, order) {
        (16, ByteOrder::Marked) => "utf-16",
        (16, ByteOrder::Little) => "utf-16-le",
        (16, ByteOrder::Big) => "utf-16-be",
        (_, ByteOrder::Marked) => "utf-32",
        (_, ByteOrder::Little) => "utf-32-le",
        (_, ByteOrder::Big) => "utf-32-be",
    }
}

/// Encode in UTF-16.
pub fn encode_utf16(thread: &Thread, text: &Str, errors: &Policy, order: ByteOrder) -> PyResult<Vec<u8>> {
    let big = big(order);
    let unit = move |unit: u16, out: &mut Vec<u8>| out.extend(if big { unit.to_be_bytes() } else { unit.to_le_bytes() });
    let mut out = Vec::new();
    if order == ByteOrder::Marked {
        unit(0xfeff, &mut out);
    }
    let body = encode_with(thread, text, name(16, order), errors, "surrogates not allowed", (false, true, 2), &|c, out| {
        match c {
            0xd800..0xe000 => return false,
            0..0x10000 => unit(c as u16, out),
            _ => {
                unit(0xd7c0 + (c >> 10) as u16, out);
                unit(0xdc00 | (c & 0x3ff) as u16, out);
            }
        }
        true
    })?;
    out.extend(body);
    Ok(out)
}

/// Encode in UTF-32.
pub fn encode_utf32(thread: &Thread, text: &Str, errors: &Policy, order: ByteOrder) -> PyResult<Vec<u8>> {
    let big = big(order);
    let unit = move |c: u32, out: &mut Vec<u8>| out.extend(if big { c.to_be_bytes() } else { c.to_le_bytes() });
    let mut out = Vec::new();
    if order == ByteOrder::Marked {
        unit(0xfeff, &mut out);
    }
    let body = encode_with(thread, text, name(32, order), errors, "surrogates not allowed", (false, true, 4), &|c, out| {
        let fine = !(0xd800..0xe000).contains(&c);
        if fine {
            unit(c, out);
        }
        fine
    })?;
    out.extend(body);
    Ok(out)
}

fn native_order() -> ByteOrder {
    if cfg!(target_endian = "big") { ByteOrder::Big } else { ByteOrder::Little }
}

/// Decode UTF-16. Without `last`, an incomplete character at the end is left.
pub fn decode_utf16(thread: &Thread, bytes: &[u8], errors: &Policy, order: ByteOrder, last: bool) -> PyResult<Decoded> {
    let mut input = Cow::Borrowed(bytes);
    let mut at = 0;
    let (mut found, mut reading) = (order, order);
    if order == ByteOrder::Marked {
        match bytes {
            [0xff, 0xfe, ..] => (found, reading, at) = (ByteOrder::Little, ByteOrder::Little, 2),
            [0xfe, 0xff, ..] => (found, reading, at) = (ByteOrder::Big, ByteOrder::Big, 2),
            _ => reading = native_order(),
        }
    }
    let unit = |input: &[u8], at: usize| match input.get(at..at + 2) {
        Some(&[a, b]) => Some((if reading == ByteOrder::Big { u16::from_be_bytes([a, b]) } else { u16::from_le_bytes([a, b]) }) as u32),
        _ => None,
    };
    let mut out = TextWriter::new();
    while at < input.len() {
        let (end, reason) = match unit(&input, at) {
            None if !last => break,
            None => (input.len(), "truncated data"),
            Some(high @ 0xd800..0xdc00) => match unit(&input, at + 2) {
                Some(low @ 0xdc00..0xe000) => {
                    out.push_char(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
                    at += 4;
                    continue;
                }
                None if !last => break,
                None => (input.len(), "unexpected end of data"),
                Some(_) => (at + 2, "illegal UTF-16 surrogate"),
            },
            Some(0xdc00..0xe000) => (at + 2, "illegal encoding"),
            Some(c) => {
                out.push_char(c);
                at += 2;
                continue;
            }
        };
        let (points, next) = errors.decode(thread, name(16, reading), &mut input, at, end, reason)?;
        push_points(&mut out, &points);
        at = next;
    }
    Ok(Decoded { text: out.finish(thread)?, consumed: at, order: found })
}

/// Decode UTF-32. Without `last`, an incomplete character at the end is left.
pub fn decode_utf32(thread: &Thread, bytes: &[u8], errors: &Policy, order: ByteOrder, last: bool) -> PyResult<Decoded> {
    let mut input = Cow::Borrowed(bytes);
    let mut at = 0;
    let (mut found, mut reading) = (order, order);
    if order == ByteOrder::Marked {
        match bytes {
            [0xff, 0xfe, 0, 0, ..] => (found, reading, at) = (ByteOrder::Little, ByteOrder::Little, 4),
            [0, 0, 0xfe, 0xff, ..] => (found, reading, at) = (ByteOrder::Big, ByteOrder::Big, 4),
            _ => reading = native_order(),
        }
    }
    let mut out = TextWriter::new();
    while at < input.len() {
        let unit = match input.get(at..at + 4) {
            Some(&[a, b, c, d]) if reading == ByteOrder::Big => Some(u32::from_be_bytes([a, b, c, d])),
            Some(&[a, b, c, d]) => Some(u32::from_le_bytes([a, b, c, d])),
            _ => None,
        };
        let (end, reason) = match unit {
            None if !last => break,
            None => (input.len(), "truncated data"),
            Some(0xd800..0xe000) => (at + 4, "code point in surrogate code point range(0xd800, 0xe000)"),
            Some(0x110000..) => (at + 4, "code point not in range(0x110000)"),
            Some(c) => {
                out.push_char(c);
                at += 4;
                continue;
            }
        };
        let (points, next) = errors.decode(thread, name(32, reading), &mut input, at, end, reason)?;
        push_points(&mut out, &points);
        at = next;
    }
    Ok(Decoded { text: out.finish(thread)?, consumed: at, order: found })
}
