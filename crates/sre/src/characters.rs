//! Categories and case of characters, by ASCII, by Unicode and by a locale.

use crate::constants::category;
use pyrox_unicode::{case, ctype};

/// A one-byte locale's case mapping and alphanumerics, for patterns with the flag `LOCALE`.
#[derive(Clone, Debug)]
pub struct LocaleTables {
    /// `tolower`
    pub lower: [u8; 256],
    /// `toupper`
    pub upper: [u8; 256],
    /// `isalnum`
    pub alnum: [bool; 256],
}

impl LocaleTables {
    /// The tables of the locale `C`.
    pub fn c() -> LocaleTables {
        let bytes: [u8; 256] = std::array::from_fn(|byte| byte as u8);
        LocaleTables {
            lower: bytes.map(|byte| byte.to_ascii_lowercase()),
            upper: bytes.map(|byte| byte.to_ascii_uppercase()),
            alnum: bytes.map(|byte| byte.is_ascii_alphanumeric()),
        }
    }

    pub(crate) fn lower(&self, c: u32) -> u32 {
        self.lower.get(c as usize).map_or(c, |&c| c as u32)
    }

    pub(crate) fn upper(&self, c: u32) -> u32 {
        self.upper.get(c as usize).map_or(c, |&c| c as u32)
    }

    pub(crate) fn is_word(&self, c: u32) -> bool {
        c == '_' as u32 || self.alnum.get(c as usize).copied().unwrap_or(false)
    }
}

/// `_sre.ascii_tolower`
#[inline]
pub fn ascii_tolower(c: u32) -> u32 {
    if c.wrapping_sub('A' as u32) < 26 { c + 32 } else { c }
}

/// `_sre.ascii_iscased`
pub fn ascii_iscased(c: u32) -> bool {
    (c | 0x20).wrapping_sub('a' as u32) < 26
}

/// `_sre.unicode_tolower`
#[inline]
pub fn unicode_tolower(c: u32) -> u32 {
    case::to_lower_simple(c)
}

pub(crate) fn unicode_toupper(c: u32) -> u32 {
    case::to_upper_simple(c)
}

/// `_sre.unicode_iscased`
pub fn unicode_iscased(c: u32) -> bool {
    c != unicode_tolower(c) || c != unicode_toupper(c)
}

#[inline]
pub(crate) fn is_linebreak(c: u32) -> bool {
    c == '\n' as u32
}

#[inline]
pub(crate) fn is_word(c: u32) -> bool {
    c == '_' as u32 || c.wrapping_sub('0' as u32) < 10 || ascii_iscased(c)
}

#[inline]
pub(crate) fn is_unicode_word(c: u32) -> bool {
    c == '_' as u32 || ctype::is_alnum(c)
}

/// Whether `c` is in a category.
pub(crate) fn in_category(kind: u32, c: u32, locale: &LocaleTables) -> bool {
    let is_space = |c: u32| c == 0x20 || c.wrapping_sub(9) < 5;
    match kind {
        category::DIGIT => c.wrapping_sub('0' as u32) < 10,
        category::NOT_DIGIT => c.wrapping_sub('0' as u32) >= 10,
        category::SPACE => is_space(c),
        category::NOT_SPACE => !is_space(c),
        category::WORD => is_word(c),
        category::NOT_WORD => !is_word(c),
        category::LINEBREAK => is_linebreak(c),
        category::NOT_LINEBREAK => !is_linebreak(c),
        category::LOC_WORD => locale.is_word(c),
        category::LOC_NOT_WORD => !locale.is_word(c),
        category::UNI_DIGIT => ctype::is_decimal(c),
        category::UNI_NOT_DIGIT => !ctype::is_decimal(c),
        category::UNI_SPACE => ctype::is_space(c),
        category::UNI_NOT_SPACE => !ctype::is_space(c),
        category::UNI_WORD => is_unicode_word(c),
        category::UNI_NOT_WORD => !is_unicode_word(c),
        category::UNI_LINEBREAK => ctype::is_linebreak(c),
        category::UNI_NOT_LINEBREAK => !ctype::is_linebreak(c),
        _ => false,
    }
}
