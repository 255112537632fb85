//! Integers as text, in bases from 2 to 36.

use super::digits::{bit_length, from_u128, normalize, to_u128, trim};
use super::large::{from_large, to_large};
use super::{BigInt, MASK, SHIFT};
use dashu_int::UBig;

/// `sys.int_info.default_max_str_digits`.
pub const DEFAULT_MAX_STR_DIGITS: usize = 4300;
/// `sys.int_info.str_digits_check_threshold`: shorter texts are never refused.
pub const MAX_STR_DIGITS_THRESHOLD: usize = 640;

/// Why a text is not an int.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseIntError {
    /// Not the text of an int in that base (`ValueError: invalid literal for int() with base 10: ...`).
    Invalid,
    /// More digits than the limit allows; this many.
    TooManyDigits(usize),
}

/// The `ValueError` for a text with `count` digits.
pub fn limit_message_parse(limit: usize, count: usize) -> String {
    format!(
        "Exceeds the limit ({limit} digits) for integer string conversion: value has {count} digits; \
         use sys.set_int_max_str_digits() to increase the limit"
    )
}

/// The `ValueError` for an int whose decimal text would be too long.
pub fn limit_message_format(limit: usize) -> String {
    format!(
        "Exceeds the limit ({limit} digits) for integer string conversion; \
         use sys.set_int_max_str_digits() to increase the limit"
    )
}

/// The magnitude's digits in `radix` (2 to 36), lower case, without sign and prefix.
pub fn to_text(a: &[u32], radix: u32) -> String {
    let a = trim(a);
    if a.is_empty() {
        return "0".to_owned();
    }
    if radix.is_power_of_two() {
        return to_text_power_of_two(a, radix.trailing_zeros());
    }
    if let Some(mut value) = to_u128(a) {
        if radix == 10 {
            return value.to_string();
        }
        let mut text = Vec::new();
        while value != 0 {
            text.push(digit_char((value % radix as u128) as u32));
            value /= radix as u128;
        }
        return text.into_iter().rev().collect();
    }
    let large = to_large(a);
    if radix == 10 { large.to_string() } else { large.in_radix(radix.clamp(2, 36) as u8).to_string() }
}

/// The decimal text, or `None` if it has more than `limit` digits (0: no limit).
pub fn to_decimal_limited(a: &[u32], limit: usize) -> Option<String> {
    // Refuse what is certainly too long before the work is done.
    if limit != 0 && a.len() > 70 && bit_length(a) as f64 * std::f64::consts::LOG10_2 > limit as f64 + 2.0 {
        return None;
    }
    let text = to_text(a, 10);
    (limit == 0 || text.len() <= limit || text.len() <= MAX_STR_DIGITS_THRESHOLD).then_some(text)
}

fn digit_char(value: u32) -> char {
    char::from_digit(value, 36).unwrap_or('0')
}

fn to_text_power_of_two(a: &[u32], bits: u32) -> String {
    let length = bit_length(a).div_ceil(bits as u64) as usize;
    let mut out = vec![b'0'; length];
    let mut gathered = 0u64;
    let mut available = 0;
    let mut source = a.iter();
    for byte in out.iter_mut().rev() {
        if available < bits {
            gathered |= (source.next().copied().unwrap_or(0) as u64) << available;
            available += SHIFT;
        }
        *byte = digit_char(gathered as u32 & ((1 << bits) - 1)) as u8;
        gathered >>= bits;
        available -= bits;
    }
    out.into_iter().map(char::from).collect()
}

/// The magnitude that `text` (digits of `radix` only, no underscores) stands for.
pub fn from_digits(text: &[u8], radix: u32) -> Option<Vec<u32>> {
    if radix.is_power_of_two() {
        return from_digits_power_of_two(text, radix);
    }
    // 24 digits of base 36 fit in 128 bits; decimal has room for 38.
    if text.len() <= if radix <= 10 { 38 } else { 24 } {
        let value = text.iter().try_fold(0u128, |value, &byte| Some(value * radix as u128 + (byte as char).to_digit(radix)? as u128))?;
        return Some(from_u128(value));
    }
    let text = std::str::from_utf8(text).ok()?;
    if !text.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    Some(from_large(&UBig::from_str_radix(text, radix).ok()?))
}

fn from_digits_power_of_two(text: &[u8], radix: u32) -> Option<Vec<u32>> {
    let bits = radix.trailing_zeros();
    let mut digits = Vec::with_capacity(text.len() * bits as usize / SHIFT as usize + 1);
    let mut gathered = 0u64;
    let mut available = 0;
    for &byte in text.iter().rev() {
        gathered |= ((byte as char).to_digit(radix)? as u64) << available;
        available += bits;
        if available >= SHIFT {
            digits.push(gathered as u32 & MASK);
            gathered >>= SHIFT;
            available -= SHIFT;
        }
    }
    if gathered != 0 {
        digits.push(gathered as u32);
    }
    normalize(&mut digits);
    Some(digits)
}

/// Reads an int as `int(text, base)` does: blanks around it, a sign, a prefix that fits the base (any, for base 0), and
/// single underscores between digits. `text` is ASCII: the caller has replaced other scripts' digits and blanks.
///
/// `limit` is the largest number of digits for a base that is not a power of two; 0 means no limit.
pub fn parse(text: &[u8], base: u32, limit: usize) -> Result<BigInt, ParseIntError> {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let mut rest = text;
    while let [first, tail @ ..] = rest
        && is_space(first)
    {
        rest = tail;
    }
    while let [head @ .., last] = rest
        && is_space(last)
    {
        rest = head;
    }
    let mut negative = false;
    if let [sign @ (b'+' | b'-'), tail @ ..] = rest {
        negative = *sign == b'-';
        rest = tail;
    }
    let prefix = match rest {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'o' | b'O', ..] => 8,
        [b'0', b'b' | b'B', ..] => 2,
        _ => 0,
    };
    let mut radix = base;
    let mut only_zero = false;
    if base == 0 {
        radix = if prefix != 0 { prefix } else { 10 };
        only_zero = prefix == 0 && rest.first() == Some(&b'0');
    }
    if prefix != 0 && prefix == radix {
        rest = &rest[2..];
        if let [b'_', tail @ ..] = rest {
            rest = tail;
        }
    }
    let mut digits = Vec::with_capacity(rest.len());
    let mut previous = b'_';
    for &byte in rest {
        if byte == b'_' {
            if previous == b'_' {
                return Err(ParseIntError::Invalid);
            }
        } else if (byte as char).is_digit(radix) {
            digits.push(byte);
        } else {
            return Err(ParseIntError::Invalid);
        }
        previous = byte;
    }
    if previous == b'_' {
        return Err(ParseIntError::Invalid);
    }
    if !radix.is_power_of_two() && limit != 0 && digits.len() > limit.max(MAX_STR_DIGITS_THRESHOLD) {
        return Err(ParseIntError::TooManyDigits(digits.len()));
    }
    let digits = from_digits(&digits, radix).ok_or(ParseIntError::Invalid)?;
    if only_zero && !digits.is_empty() {
        return Err(ParseIntError::Invalid);
    }
    Ok(BigInt { negative: negative && !digits.is_empty(), digits })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, base: u32) -> Option<String> {
        parse(text.as_bytes(), base, 0).ok().map(|value| value.to_string())
    }

    #[test]
    fn grammar() {
        assert_eq!(read("  -1_000\n", 10).as_deref(), Some("-1000"));
        assert_eq!(read("0x_ff", 16).as_deref(), Some("255"));
        assert_eq!(read("0xff", 0).as_deref(), Some("255"));
        assert_eq!(read("0b11", 16).as_deref(), Some("2833"));
        assert_eq!(read("00_0", 0).as_deref(), Some("0"));
        assert_eq!(read("z", 36).as_deref(), Some("35"));
        assert_eq!(read("-0", 10).as_deref(), Some("0"));
        for bad in ["", "-", "1__0", "_1", "1_", "0x", "1 2", "- 1", "0x__f", "9a"] {
            assert_eq!(read(bad, 10), None, "{bad}");
        }
        assert_eq!(read("0x", 16), None);
        assert_eq!(read("01", 0), None);
    }

    #[test]
    fn limits() {
        let text = "1".repeat(4301);
        assert_eq!(parse(text.as_bytes(), 10, 4300), Err(ParseIntError::TooManyDigits(4301)));
        assert!(parse(text.as_bytes(), 16, 4300).is_ok());
        let value = parse(text.as_bytes(), 10, 0).unwrap();
        assert_eq!(to_decimal_limited(&value.digits, 4300), None);
        assert_eq!(to_decimal_limited(&value.digits, 4301).as_deref(), Some(text.as_str()));
    }

    #[test]
    fn every_base_there_and_back() {
        let value = parse(b"123456789012345678901234567890123456789012345678901234567890", 10, 0).unwrap();
        for radix in 2..=36 {
            let text = to_text(&value.digits, radix);
            assert_eq!(from_digits(text.as_bytes(), radix).unwrap(), value.digits);
        }
        assert_eq!(to_text(&[255], 16), "ff");
        assert_eq!(to_text(&[8], 2), "1000");
    }
}
