//! `float.hex` and `float.fromhex`.

use super::parse::parse_prefix;
use crate::int::floats::{decompose, round_scaled};

/// Why a text is not a hexadecimal float.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HexError {
    /// `ValueError`
    Invalid,
    /// `OverflowError`
    TooLarge,
}

impl HexError {
    /// CPython's message.
    pub fn message(self) -> &'static str {
        match self {
            HexError::Invalid => "invalid hexadecimal floating-point string",
            HexError::TooLarge => "hexadecimal value too large to represent as a float",
        }
    }
}

/// `value.hex()`.
pub fn hex(value: f64) -> String {
    if !value.is_finite() {
        return super::repr::repr(value);
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let (mantissa, exponent) = decompose(value);
    if mantissa == 0 {
        return format!("{sign}0x0.0p+0");
    }
    format!("{sign}0x{}.{:013x}p{:+}", mantissa >> 52, mantissa & ((1 << 52) - 1), exponent + 52)
}

/// Reads the whole of `text` as `float.fromhex` does, blanks around it included.
pub fn from_hex(text: &[u8]) -> Result<f64, HexError> {
    let text = text.trim_ascii();
    // Python's blanks include the vertical tab, Rust's do not.
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let start = text.iter().position(|byte| !is_space(byte)).ok_or(HexError::Invalid)?;
    let end = text.iter().rposition(|byte| !is_space(byte)).map_or(start, |last| last + 1);
    let text = &text[start..end];
    let (negative, unsigned) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if matches!(unsigned.first(), Some(b'i' | b'I' | b'n' | b'N')) {
        return match parse_prefix(text) {
            Some((value, length)) if length == text.len() => Ok(value),
            _ => Err(HexError::Invalid),
        };
    }
    let mut rest = match unsigned {
        [b'0', b'x' | b'X', rest @ ..] => rest,
        _ => unsigned,
    };
    let mut mantissa = 0u64;
    let mut sticky = false;
    let mut exponent = 0i64;
    let (mut any, mut point) = (false, false);
    while let [byte, tail @ ..] = rest {
        if *byte == b'.' && !point {
            point = true;
        } else if let Some(digit) = (*byte as char).to_digit(16) {
            any = true;
            if mantissa >> 60 == 0 {
                mantissa = mantissa << 4 | digit as u64;
                exponent -= 4 * point as i64;
            } else {
                sticky |= digit != 0;
                exponent += 4 * !point as i64;
            }
        } else {
            break;
        }
        rest = tail;
    }
    if !any {
        return Err(HexError::Invalid);
    }
    if let [b'p' | b'P', tail @ ..] = rest {
        let (minus, digits) = match tail {
            [b'-', digits @ ..] => (true, digits),
            [b'+', digits @ ..] => (false, digits),
            _ => (false, tail),
        };
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return Err(HexError::Invalid);
        }
        let mut written = 0i64;
        for &digit in digits {
            written = written.saturating_mul(10).saturating_add((digit - b'0') as i64);
        }
        exponent = exponent.saturating_add(if minus { -written } else { written });
        rest = &[];
    }
    if !rest.is_empty() {
        return Err(HexError::Invalid);
    }
    let value = round_scaled(mantissa, sticky, exponent).ok_or(HexError::TooLarge)?;
    Ok(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for (value, text) in [
            (1.0, "0x1.0000000000000p+0"),
            (-0.1, "-0x1.999999999999ap-4"),
            (0.0, "0x0.0p+0"),
            (5e-324, "0x0.0000000000001p-1022"),
            (f64::MAX, "0x1.fffffffffffffp+1023"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(hex(value), text);
            assert_eq!(from_hex(text.as_bytes()), Ok(value));
        }
    }

    #[test]
    fn reading() {
        assert_eq!(from_hex(b" 0x.8 \n"), Ok(0.5));
        assert_eq!(from_hex(b"ff"), Ok(255.0));
        assert_eq!(from_hex(b"1.8p1"), Ok(3.0));
        assert_eq!(from_hex(b"0x1.00000000000008p0"), Ok(1.0));
        assert_eq!(from_hex(b"0x1.000000000000080000000000000000001p0"), Ok(1.0000000000000002));
        assert_eq!(from_hex(b"0x1p-1075"), Ok(0.0));
        assert_eq!(from_hex(b"0x1.1p-1075"), Ok(5e-324));
        assert_eq!(from_hex(b"0x1p1024"), Err(HexError::TooLarge));
        assert_eq!(from_hex(b"0x1.fffffffffffff8p1023"), Err(HexError::TooLarge));
        assert_eq!(from_hex(b"0x0p99999999999999999999"), Ok(0.0));
        assert_eq!(from_hex(b"0x1p-99999999999999999999"), Ok(0.0));
        for bad in ["", ".", "0x", "0x1p", "0x1p+", "1..2", "g", "0x1p1.5", "infx"] {
            assert_eq!(from_hex(bad.as_bytes()), Err(HexError::Invalid), "{bad}");
        }
    }
}
