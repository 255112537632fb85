//! Building strings piece by piece.

use crate::object::Owned;
use crate::str::Chars;
use crate::{PyResult, Str, Thread};

/// Collects text: bytes while all is ASCII, code points from the first wider character on.
#[derive(Default)]
pub struct TextWriter {
    ascii: Vec<u8>,
    wide: Option<Vec<u32>>,
}

impl TextWriter {
    pub fn new() -> Self {
        TextWriter::default()
    }

    pub fn push_char(&mut self, c: u32) {
        match &mut self.wide {
            Some(wide) => wide.push(c),
            None if c < 0x80 => self.ascii.push(c as u8),
            None => self.widen().push(c),
        }
    }

    fn widen(&mut self) -> &mut Vec<u32> {
        let ascii = std::mem::take(&mut self.ascii);
        self.wide.get_or_insert_with(|| ascii.into_iter().map(u32::from).collect())
    }

    pub fn push_str(&mut self, text: &str) {
        if text.is_ascii() && self.wide.is_none() {
            self.ascii.extend_from_slice(text.as_bytes());
        } else {
            self.widen().extend(text.chars().map(|c| c as u32));
        }
    }

    pub fn push(&mut self, text: &Str) {
        self.push_chars(text.as_chars());
    }

    pub fn push_chars(&mut self, chars: Chars<'_>) {
        match (chars, &mut self.wide) {
            (Chars::Ascii(bytes), None) => self.ascii.extend_from_slice(bytes),
            (chars, _) => self.widen().extend(chars.iter()),
        }
    }

    pub fn len(&self) -> usize {
        self.wide.as_ref().map_or(self.ascii.len(), Vec::len)
    }

    pub fn finish(self, thread: &Thread) -> PyResult<Owned<Str>> {
        match self.wide {
            Some(wide) => Str::from_code_points(thread, &wide),
            None => Str::from_ascii(thread, &self.ascii),
        }
    }
}
