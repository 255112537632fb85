//! Changes of case, with a path for ASCII.

use pyrox_unicode::case;

use super::{Chars, Str};
use crate::object::Owned;
use crate::{PyResult, Thread};

/// Run `$body` with `$slice` being the characters as a slice of their width.
macro_rules! by_width {
    ($chars:expr, $slice:ident => $body:expr) => {
        match $chars {
            Chars::Ascii($slice) | Chars::Latin1($slice) => $body,
            Chars::Ucs2($slice) => $body,
            Chars::Ucs4($slice) => $body,
        }
    };
}
pub(super) use by_width;

impl Str {
    fn map_ascii(&self, thread: &Thread, bytes: &[u8], change: impl Fn(usize, u8) -> u8) -> PyResult<Owned<Str>> {
        if bytes.is_empty() {
            return Ok(Str::empty());
        }
        let result = Str::uninit(thread, bytes.len(), 0x7f)?;
        result.fill(bytes.iter().enumerate().map(|(at, &byte)| change(at, byte) as u32));
        result.shared_if_small(thread)
    }

    pub(super) fn to_lower(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        match self.as_chars() {
            Chars::Ascii(s) => self.map_ascii(thread, s, |_, c| c.to_ascii_lowercase()),
            chars => Str::from_code_points(thread, &by_width!(chars, s => case::lower(s))),
        }
    }

    pub(super) fn to_upper(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        match self.as_chars() {
            Chars::Ascii(s) => self.map_ascii(thread, s, |_, c| c.to_ascii_uppercase()),
            chars => Str::from_code_points(thread, &by_width!(chars, s => case::upper(s))),
        }
    }

    pub(super) fn to_folded(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        match self.as_chars() {
            Chars::Ascii(s) => self.map_ascii(thread, s, |_, c| c.to_ascii_lowercase()),
            chars => Str::from_code_points(thread, &by_width!(chars, s => case::casefold(s))),
        }
    }

    pub(super) fn to_capitalized(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        match self.as_chars() {
            Chars::Ascii(s) => self.map_ascii(thread, s, |at, c| if at == 0 { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }),
            chars => Str::from_code_points(thread, &by_width!(chars, s => case::capitalize(s))),
        }
    }

    pub(super) fn to_titled(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        Str::from_code_points(thread, &by_width!(self.as_chars(), s => case::title(s)))
    }

    pub(super) fn to_swapped(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        match self.as_chars() {
            Chars::Ascii(s) => {
                self.map_ascii(thread, s, |_, c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
            }
            chars => Str::from_code_points(thread, &by_width!(chars, s => case::swapcase(s))),
        }
    }
}
