//! Codecs of one byte a character: ASCII, Latin-1 and charmap.

use std::borrow::Cow;

use super::errors::{Policy, Replacement};
use super::utf::{encode_with, push_points};
use crate::object::{Object, Owned};
use crate::str::Chars;
use crate::text_writer::TextWriter;
use crate::{Bytes, Int, PyResult, Str, Thread};

/// Encode in ASCII.
pub fn encode_ascii(thread: &Thread, text: &Str, errors: &Policy) -> PyResult<Vec<u8>> {
    if let Chars::Ascii(bytes) = text.as_chars() {
        return Ok(bytes.to_vec());
    }
    encode_with(thread, text, "ascii", errors, "ordinal not in range(128)", (true, false, 1), &|c, out| {
        let fine = c < 128;
        if fine {
            out.push(c as u8);
        }
        fine
    })
}

/// Encode in Latin-1.
pub fn encode_latin1(thread: &Thread, text: &Str, errors: &Policy) -> PyResult<Vec<u8>> {
    if let Chars::Ascii(bytes) | Chars::Latin1(bytes) = text.as_chars() {
        return Ok(bytes.to_vec());
    }
    encode_with(thread, text, "latin-1", errors, "ordinal not in range(256)", (true, false, 1), &|c, out| {
        let fine = c < 256;
        if fine {
            out.push(c as u8);
        }
        fine
    })
}

/// Decode ASCII.
pub fn decode_ascii(thread: &Thread, bytes: &[u8], errors: &Policy) -> PyResult<Owned<Str>> {
    if bytes.is_ascii() {
        return Str::from_ascii(thread, bytes);
    }
    let mut input = Cow::Borrowed(bytes);
    let mut out = TextWriter::new();
    let mut at = 0;
    while let Some(&byte) = input.get(at) {
        if byte < 128 {
            out.push_char(byte as u32);
            at += 1;
            continue;
        }
        let (points, next) = errors.decode(thread, "ascii", &mut input, at, at + 1, "ordinal not in range(128)")?;
        push_points(&mut out, &points);
        at = next;
    }
    out.finish(thread)
}

const UNDEFINED: &str = "character maps to <undefined>";

/// What a mapping gives for `key`; `None` if it has none.
fn mapped(thread: &Thread, mapping: &Object, key: u32) -> PyResult<Option<crate::Obj>> {
    match mapping.get_item(thread, &Int::from(key as i64)) {
        Ok(value) if value.is_none() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(_) if thread.take_if(crate::exceptions::lookup_error()) => Ok(None),
        Err(raised) => Err(raised),
    }
}

/// Decode by a mapping from bytes: a string indexed by them, or an object with items.
pub fn decode_charmap(thread: &Thread, bytes: &[u8], errors: &Policy, mapping: &Object) -> PyResult<Owned<Str>> {
    let mut input = Cow::Borrowed(bytes);
    let mut out = TextWriter::new();
    let mut at = 0;
    while let Some(&byte) = input.get(at) {
        let mut defined = true;
        if let Some(table) = mapping.exact::<Str>() {
            match (byte as usize) < table.len() {
                true if table.at(byte as usize) != 0xfffe => out.push_char(table.at(byte as usize)),
                _ => defined = false,
            }
        } else {
            match mapped(thread, mapping, byte as u32)? {
                None => defined = false,
                Some(value) => {
                    if let Some(number) = value.cast::<Int>() {
                        match number.to_i64() {
                            Some(0xfffe) => defined = false,
                            Some(c @ 0..0x110000) => out.push_char(c as u32),
                            _ => return Err(thread.type_error("character mapping must be in range(0x110000)")),
                        }
                    } else if let Some(text) = value.cast::<Str>() {
                        if text.equals_str("\u{fffe}") {
                            defined = false;
                        } else {
                            out.push(text);
                        }
                    } else {
                        return Err(thread.type_error("character mapping must return integer, None or str"));
                    }
                }
            }
        }
        if defined {
            at += 1;
            continue;
        }
        let (points, next) = errors.decode(thread, "charmap", &mut input, at, at + 1, UNDEFINED)?;
        push_points(&mut out, &points);
        at = next;
    }
    out.finish(thread)
}

/// The bytes of a character in a mapping from characters; `None` if it has none.
fn encoded(thread: &Thread, mapping: &Object, c: u32) -> PyResult<Option<Vec<u8>>> {
    let Some(value) = mapped(thread, mapping, c)? else { return Ok(None) };
    if let Some(number) = value.cast::<Int>() {
        return match number.to_i64().and_then(|n| u8::try_from(n).ok()) {
            Some(byte) => Ok(Some(vec![byte])),
            None => Err(thread.type_error("character mapping must be in range(256)")),
        };
    }
    match value.cast::<Bytes>() {
        Some(bytes) => Ok(Some(bytes.as_slice().to_vec())),
        None => Err(thread.type_error(&format!("character mapping must return integer, bytes or None, not {}", value.ty().full_name()))),
    }
}

/// Encode by a mapping from characters to bytes.
pub fn encode_charmap(thread: &Thread, text: &Str, errors: &Policy, mapping: &Object) -> PyResult<Vec<u8>> {
    let chars = text.as_chars();
    let (mut out, mut at) = (Vec::with_capacity(chars.len()), 0);
    while at < chars.len() {
        if let Some(bytes) = encoded(thread, mapping, chars.at(at))? {
            out.extend(bytes);
            at += 1;
            continue;
        }
        let (start, mut end) = (at, at + 1);
        while end < chars.len() && encoded(thread, mapping, chars.at(end))?.is_none() {
            end += 1;
        }
        let (replacement, next) = errors.encode(thread, "charmap", text, start, end, UNDEFINED)?;
        match replacement {
            Replacement::Bytes(bytes) => out.extend(bytes),
            Replacement::Text(points) => {
                for c in points {
                    match encoded(thread, mapping, c)? {
                        Some(bytes) => out.extend(bytes),
                        None => {
                            return Err(crate::exceptions::unicode_encode_error(thread, "charmap", text, start, end, UNDEFINED));
                        }
                    }
                }
            }
        }
        at = next;
    }
    Ok(out)
}
