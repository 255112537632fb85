//! `repr` of strings.

use pyrox_unicode::ctype;

use super::{Chars, Str};
use crate::object::Owned;
use crate::text_writer::TextWriter;
use crate::{PyResult, Thread};

/// Append `\x41`, `\u0041` or `\U00000041`, whichever is the shortest that holds `c`.
pub fn push_escape(out: &mut Vec<u8>, c: u32) {
    use std::io::Write;
    // Writing to a vector does not fail.
    let _ = match c {
        0..0x100 => write!(out, "\\x{c:02x}"),
        0x100..0x10000 => write!(out, "\\u{c:04x}"),
        _ => write!(out, "\\U{c:08x}"),
    };
}

fn push_quoted(out: &mut TextWriter, c: u32, quote: u32) {
    match c {
        _ if c == quote || c == '\\' as u32 => {
            out.push_char('\\' as u32);
            out.push_char(c);
        }
        9 => out.push_str("\\t"),
        10 => out.push_str("\\n"),
        13 => out.push_str("\\r"),
        0x20..=0x7e => out.push_char(c),
        0x80.. if ctype::is_printable(c) => out.push_char(c),
        _ => {
            let mut escape = Vec::new();
            push_escape(&mut escape, c);
            out.push_str(&String::from_utf8_lossy(&escape));
        }
    }
}

impl Str {
    /// `repr(self)`.
    pub fn quoted(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        let chars = self.as_chars();
        let has = |wanted: char| match chars {
            Chars::Ascii(s) | Chars::Latin1(s) => memchr::memchr(wanted as u8, s).is_some(),
            _ => chars.iter().any(|c| c == wanted as u32),
        };
        let quote = if has('\'') && !has('"') { '"' } else { '\'' } as u32;
        if let Chars::Ascii(text) = chars {
            if text.iter().all(|&c| (0x20..0x7f).contains(&c) && c != b'\\' && c as u32 != quote) {
                let result = Str::uninit(thread, text.len() + 2, 0x7f)?;
                result.write(0, Chars::Ascii(&[quote as u8]));
                result.write(1, chars);
                result.write(text.len() + 1, Chars::Ascii(&[quote as u8]));
                return Ok(result);
            }
        }
        let mut out = TextWriter::new();
        out.push_char(quote);
        for c in chars.iter() {
            push_quoted(&mut out, c, quote);
        }
        out.push_char(quote);
        out.finish(thread)
    }
}
