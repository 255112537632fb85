//! Strings as JSON has them, between quotes.

use pyrox_macros::pyfunction;
use pyrox_objects::str::Chars;
use pyrox_objects::text_writer::TextWriter;
use pyrox_objects::{Object, Owned, PyResult, Str, Thread};

use super::text_argument;

/// The short escape of a character.
fn short(c: u32) -> Option<&'static [u8]> {
    Some(match c {
        0x22 => b"\\\"",
        0x5c => b"\\\\",
        0x08 => b"\\b",
        0x0c => b"\\f",
        0x0a => b"\\n",
        0x0d => b"\\r",
        0x09 => b"\\t",
        _ => return None,
    })
}

fn push_unit(out: &mut TextWriter, unit: u32) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let digit = |shift: u32| HEX[(unit >> shift & 15) as usize];
    out.push_chars(Chars::Ascii(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]));
}

fn push_escape(out: &mut TextWriter, c: u32) {
    match short(c) {
        Some(text) => out.push_chars(Chars::Ascii(text)),
        None if c >= 0x10000 => {
            let c = c - 0x10000;
            push_unit(out, 0xd800 | c >> 10);
            push_unit(out, 0xdc00 | c & 0x3ff);
        }
        None => push_unit(out, c),
    }
}

/// Write `text` quoted: with `ascii`, whatever is not printable ASCII escaped; else control characters only.
pub fn push_quoted(out: &mut TextWriter, text: &Str, ascii: bool) {
    let plain = |c: u32| c >= 0x20 && c != 0x22 && c != 0x5c && (!ascii || c < 0x7f);
    out.push_chars(Chars::Ascii(b"\""));
    let chars = text.as_chars();
    let mut start = 0;
    let mut flush = |out: &mut TextWriter, end: usize, next: usize| {
        if end > start {
            out.push_chars(match chars.slice(start, end) {
                // What is left of it needs no escape.
                Chars::Latin1(run) if ascii => Chars::Ascii(run),
                run => run,
            });
        }
        start = next;
    };
    match chars {
        Chars::Ascii(bytes) => {
            for (at, &byte) in bytes.iter().enumerate() {
                if !plain(byte as u32) {
                    flush(out, at, at + 1);
                    push_escape(out, byte as u32);
                }
            }
        }
        chars if ascii => {
            for c in chars.iter() {
                if plain(c) { out.push_char(c) } else { push_escape(out, c) }
            }
            start = chars.len();
            out.push_chars(Chars::Ascii(b"\""));
            let _ = start;
            return;
        }
        chars => {
            for (at, c) in chars.iter().enumerate() {
                if !plain(c) {
                    flush(out, at, at + 1);
                    push_escape(out, c);
                }
            }
        }
    }
    flush(out, chars.len(), chars.len());
    out.push_chars(Chars::Ascii(b"\""));
}

fn quoted(thread: &Thread, value: &Object, ascii: bool) -> PyResult<Owned<Str>> {
    let text = text_argument(thread, value)?;
    let mut out = TextWriter::new();
    push_quoted(&mut out, text, ascii);
    out.finish(thread)
}

/// encode_basestring_ascii(string) -> string
///
/// Return an ASCII-only JSON representation of a Python string
#[pyfunction(sig = "(object, /)", text = "($self, object, /)")]
pub fn encode_basestring_ascii(thread: &Thread, object: &Object) -> PyResult<Owned<Str>> {
    quoted(thread, object, true)
}

/// encode_basestring(string) -> string
///
/// Return a JSON representation of a Python string
#[pyfunction(sig = "(object, /)", text = "($self, object, /)")]
pub fn encode_basestring(thread: &Thread, object: &Object) -> PyResult<Owned<Str>> {
    quoted(thread, object, false)
}
