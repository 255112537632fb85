//! The shortest text that reads back as the same float.

use crate::int::floats::decompose;
use std::fmt::Write;

/// A small text on the stack.
struct Buffer {
    bytes: [u8; 32],
    length: usize,
}

impl Write for Buffer {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.length + text.len();
        self.bytes.get_mut(self.length..end).ok_or(std::fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

/// The shortest decimal digits of a finite float's magnitude.
pub struct ShortestDigits {
    digits: [u8; 20],
    length: usize,
    /// Where the decimal point is, counted from the first digit: the value is `0.DIGITS * 10**point`.
    pub point: i32,
}

impl ShortestDigits {
    /// The digits of `value`, which is finite.
    pub fn new(value: f64) -> ShortestDigits {
        let mut buffer = Buffer { bytes: [0; 32], length: 0 };
        let mut out = ShortestDigits { digits: [b'0'; 20], length: 0, point: 1 };
        // At most 17 digits, a point, `e-308`: this cannot be too long.
        let _ = write!(buffer, "{:e}", value.abs());
        let mut text = buffer.bytes[..buffer.length].split(|&byte| byte == b'e');
        for &byte in text.next().unwrap_or(b"0") {
            if byte != b'.' && out.length < out.digits.len() {
                out.digits[out.length] = byte;
                out.length += 1;
            }
        }
        let exponent = text.next().and_then(|text| std::str::from_utf8(text).ok()?.parse::<i32>().ok());
        out.point = exponent.unwrap_or(0) + 1;
        out.settle_tie(value);
        out
    }

    /// Where two texts of the same length are equally near, Rust takes the upper, Python the even one.
    fn settle_tie(&mut self, value: f64) {
        let (mantissa, exponent) = decompose(value);
        if mantissa == 0 || self.digits[self.length - 1] & 1 == 0 {
            return;
        }
        // In a tie the exact value has one decimal more than the text, or is an integer that the text rounds.
        let exponent = exponent + mantissa.trailing_zeros() as i32;
        let missing = self.point - self.length as i32;
        if !(exponent < 0 && -exponent == 1 - missing || exponent >= 0 && missing > 0) {
            return;
        }
        let (even, point) = super::format::significant(value.abs(), self.length);
        if point == self.point && even.as_bytes() != &self.digits[..self.length] {
            let same = format!("0.{even}e{point}").parse::<f64>().is_ok_and(|read| read == value.abs());
            if same && even.len() == self.length {
                self.digits[..self.length].copy_from_slice(even.as_bytes());
            }
        }
    }

    /// The digits, as ASCII.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.digits[..self.length]).unwrap_or("0")
    }
}

/// `repr(value)`.
pub fn repr(value: f64) -> String {
    super::format::double_to_string(value, 'r', 0, super::format::Flags { add_dot_zero: true, ..Default::default() })
}

/// `repr(complex(real, imaginary))`.
pub fn repr_complex(real: f64, imaginary: f64) -> String {
    use super::format::{Flags, double_to_string};
    let plain = Flags::default();
    if real == 0.0 && real.is_sign_positive() {
        return double_to_string(imaginary, 'r', 0, plain) + "j";
    }
    let real = double_to_string(real, 'r', 0, plain);
    let imaginary = double_to_string(imaginary, 'r', 0, Flags { always_sign: true, ..plain });
    format!("({real}{imaginary}j)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures() {
        for (value, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e16, "1e+16"),
            (9999999999999998.0, "9999999999999998.0"),
            (1e15, "1000000000000000.0"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (1e100, "1e+100"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (123456.789, "123456.789"),
            (-264429661901102.62, "-264429661901102.62"),
            (2.0f64.powi(-44), "5.684341886080802e-14"),
            (9007199254740993.0 * 1024.0, "9.223372036854776e+18"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
        ] {
            assert_eq!(repr(value), text);
        }
        assert_eq!(repr_complex(0.0, 1.0), "1j");
        assert_eq!(repr_complex(-0.0, -1.5), "(-0-1.5j)");
        assert_eq!(repr_complex(1e20, f64::NAN), "(1e+20+nanj)");
    }
}
