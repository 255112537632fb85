//! What `str`'s predicates ask of one character.

use crate::tables::flags::*;
use crate::tables::types::{NUMERIC, TYPE_BLOCKS, TYPE_INDEX, TYPE_RECORDS, TYPE_SHIFT};

/// A character's properties; many characters share one.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    pub(crate) flags: u16,
    /// The decimal digit's value, or 255.
    pub(crate) decimal: u8,
    /// The digit's value, or 255.
    pub(crate) digit: u8,
    /// What to add for the simple case mappings.
    pub(crate) lower: i32,
    pub(crate) upper: i32,
    pub(crate) title: i32,
}

static NOTHING: Record = Record { flags: 0, decimal: 255, digit: 255, lower: 0, upper: 0, title: 0 };

/// The properties of `c`; those of nothing, if it is no code point.
#[inline]
pub(crate) fn record(c: u32) -> &'static Record {
    let Some(&block) = TYPE_INDEX.get((c >> TYPE_SHIFT) as usize) else {
        return &NOTHING;
    };
    let place = (block as usize) << TYPE_SHIFT | c as usize & ((1 << TYPE_SHIFT) - 1);
    match TYPE_BLOCKS.get(place) {
        Some(&number) => TYPE_RECORDS.get(number as usize).unwrap_or(&NOTHING),
        None => &NOTHING,
    }
}

#[inline]
pub(crate) fn has(c: u32, flag: u16) -> bool {
    record(c).flags & flag != 0
}

/// As `str.isalpha`.
#[inline]
pub fn is_alpha(c: u32) -> bool {
    if c < 0x80 { (c | 0x20).wrapping_sub('a' as u32) < 26 } else { has(c, ALPHA) }
}

/// As `str.isdecimal`.
#[inline]
pub fn is_decimal(c: u32) -> bool {
    if c < 0x80 { c.wrapping_sub('0' as u32) < 10 } else { has(c, DECIMAL) }
}

/// As `str.isdigit`.
#[inline]
pub fn is_digit(c: u32) -> bool {
    if c < 0x80 { c.wrapping_sub('0' as u32) < 10 } else { has(c, DIGIT) }
}

/// As `str.isnumeric`.
#[inline]
pub fn is_numeric(c: u32) -> bool {
    if c < 0x80 { c.wrapping_sub('0' as u32) < 10 } else { has(c, NUMERIC_FLAG) }
}

/// As `str.isalnum`.
#[inline]
pub fn is_alnum(c: u32) -> bool {
    has(c, ALPHA | DECIMAL | DIGIT | NUMERIC_FLAG)
}

/// As `str.isspace`.
#[inline]
pub fn is_space(c: u32) -> bool {
    if c < 0x80 { c == 0x20 || c.wrapping_sub(9) < 5 || c.wrapping_sub(0x1c) < 4 } else { has(c, SPACE) }
}

/// Whether `str.splitlines` splits there.
#[inline]
pub fn is_linebreak(c: u32) -> bool {
    if c < 0x80 { c.wrapping_sub(10) < 4 || c.wrapping_sub(0x1c) < 3 } else { has(c, LINEBREAK) }
}

/// As `str.isupper`.
#[inline]
pub fn is_upper(c: u32) -> bool {
    if c < 0x80 { c.wrapping_sub('A' as u32) < 26 } else { has(c, UPPER) }
}

/// As `str.islower`.
#[inline]
pub fn is_lower(c: u32) -> bool {
    if c < 0x80 { c.wrapping_sub('a' as u32) < 26 } else { has(c, LOWER) }
}

/// Whether the character is a title case letter (category Lt).
#[inline]
pub fn is_title(c: u32) -> bool {
    has(c, TITLE)
}

/// Whether the character has the property Cased.
#[inline]
pub fn is_cased(c: u32) -> bool {
    has(c, CASED)
}

/// Whether the character has the property Case_Ignorable.
#[inline]
pub fn is_case_ignorable(c: u32) -> bool {
    has(c, CASE_IGNORABLE)
}

/// As `str.isprintable`.
#[inline]
pub fn is_printable(c: u32) -> bool {
    if c < 0x80 { c.wrapping_sub(0x20) < 0x5f } else { has(c, PRINTABLE) }
}

/// Whether the character has the property XID_Start (`_` has not).
#[inline]
pub fn is_xid_start(c: u32) -> bool {
    has(c, XID_START)
}

/// Whether the character has the property XID_Continue.
#[inline]
pub fn is_xid_continue(c: u32) -> bool {
    has(c, XID_CONTINUE)
}

/// As `str.isidentifier`.
pub fn is_identifier<T: Copy + Into<u32>>(text: &[T]) -> bool {
    let Some((&first, rest)) = text.split_first() else {
        return false;
    };
    let first = first.into();
    (first == '_' as u32 || is_xid_start(first)) && rest.iter().all(|&c| is_xid_continue(c.into()))
}

/// The value of a decimal digit.
#[inline]
pub fn decimal(c: u32) -> Option<u32> {
    if c < 0x80 {
        let value = c.wrapping_sub('0' as u32);
        return (value < 10).then_some(value);
    }
    Some(record(c).decimal).filter(|&value| value != 255).map(u32::from)
}

/// The value of a digit (decimal or in another shape, such as superscript).
#[inline]
pub fn digit(c: u32) -> Option<u32> {
    Some(record(c).digit).filter(|&value| value != 255).map(u32::from)
}

/// The value of a numeric character.
pub fn numeric(c: u32) -> Option<f64> {
    let place = NUMERIC.binary_search_by_key(&c, |&(code, _)| code).ok()?;
    NUMERIC.get(place).map(|&(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sum over all code points that have the property.
    fn sum(property: fn(u32) -> bool) -> u64 {
        (0..0x110000).filter(|&c| property(c)).map(u64::from).sum()
    }

    #[test]
    fn sums_over_all_code_points() {
        assert_eq!(sum(is_alpha), 15240929258);
        assert_eq!(sum(is_decimal), 39891450);
        assert_eq!(sum(is_digit), 43636784);
        assert_eq!(sum(is_numeric), 115015654);
        assert_eq!(sum(is_alnum), 15351581153);
        assert_eq!(sum(is_space), 141704);
        assert_eq!(sum(is_upper), 97237165);
        assert_eq!(sum(is_lower), 117919901);
        assert_eq!(sum(is_printable), 16317358124);
        assert_eq!(sum(is_linebreak), 16731);
        assert_eq!(sum(is_xid_continue), 15610123948);
    }

    #[test]
    fn values() {
        assert_eq!(decimal('7' as u32), Some(7));
        assert_eq!(decimal(0x0663), Some(3));
        assert_eq!(decimal(0xb2), None);
        assert_eq!(digit(0xb2), Some(2));
        assert_eq!(numeric(0xbd), Some(0.5));
        assert_eq!(numeric(0x4e00), Some(1.0));
        assert_eq!(numeric('a' as u32), None);
        assert!(!is_alpha(0x110000) && !is_alpha(u32::MAX));
        assert!(is_identifier(&"_a1é".chars().map(u32::from).collect::<Vec<_>>()));
        assert!(!is_identifier(b"1a") && !is_identifier::<u8>(&[]));
    }
}
