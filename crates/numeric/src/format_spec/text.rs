//! Formatted text under construction.

use super::FormatError;

/// A text that is ASCII as long as nothing else was put in, which is nearly always.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    /// ASCII only.
    Ascii(String),
    /// Code points, lone surrogates possible.
    Wide(Vec<u32>),
}

impl Text {
    /// An empty text with room for `length` characters.
    pub fn with_capacity(length: usize) -> Result<Text, FormatError> {
        let mut text = String::new();
        text.try_reserve_exact(length).map_err(|_| FormatError::Memory)?;
        Ok(Text::Ascii(text))
    }

    /// Appends one code point `count` times.
    pub fn push_repeated(&mut self, c: u32, count: usize) {
        if count == 0 {
            return;
        }
        match (self, u8::try_from(c)) {
            (Text::Ascii(text), Ok(c)) if c.is_ascii() => text.extend(std::iter::repeat_n(c as char, count)),
            (this, _) => this.widen().extend(std::iter::repeat_n(c, count)),
        }
    }

    /// Appends ASCII or other text.
    pub fn push_str(&mut self, more: &str) {
        match self {
            Text::Ascii(text) if more.is_ascii() => text.push_str(more),
            this => this.widen().extend(more.chars().map(u32::from)),
        }
    }

    /// Appends code points.
    pub fn push_code_points(&mut self, more: &[u32]) {
        match self {
            Text::Ascii(text) if more.iter().all(|&c| c < 0x80) => text.extend(more.iter().map(|&c| c as u8 as char)),
            this => this.widen().extend_from_slice(more),
        }
    }

    fn widen(&mut self) -> &mut Vec<u32> {
        if let Text::Ascii(text) = self {
            *self = Text::Wide(text.bytes().map(u32::from).collect());
        }
        match self {
            Text::Wide(wide) => wide,
            Text::Ascii(_) => unreachable!("just widened"),
        }
    }

    /// The code points.
    pub fn into_code_points(self) -> Vec<u32> {
        match self {
            Text::Ascii(text) => text.bytes().map(u32::from).collect(),
            Text::Wide(wide) => wide,
        }
    }
}
