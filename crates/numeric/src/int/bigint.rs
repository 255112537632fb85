//! The signed integer value.

use super::bitwise::{BitOperation, bitwise, invert};
use super::digits::{add, any_low_bits, bit_length, compare, from_u128, increment, shl, shr, sub_signed, to_u64, to_u128};
use super::div::{divmod_floor, divrem};
use super::floats;
use super::mul::mul;
use super::text::{self, ParseIntError};
use super::{IntError, SHIFT};
use std::cmp::Ordering;
use std::fmt;

/// A signed integer of any size: sign and magnitude. Zero is never negative, and the highest digit is never zero.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BigInt {
    /// Whether the value is below zero.
    pub negative: bool,
    /// The magnitude, little-endian digits of 30 bits.
    pub digits: Vec<u32>,
}

impl BigInt {
    /// Zero.
    pub const ZERO: BigInt = BigInt { negative: false, digits: Vec::new() };

    /// The value with that sign and magnitude, which may have zeros on top.
    pub fn new(negative: bool, mut digits: Vec<u32>) -> BigInt {
        super::digits::normalize(&mut digits);
        BigInt { negative: negative && !digits.is_empty(), digits }
    }

    /// The value with that sign and magnitude.
    pub fn from_pair((negative, digits): (bool, Vec<u32>)) -> BigInt {
        BigInt::new(negative, digits)
    }

    /// (is negative, magnitude).
    pub fn as_pair(&self) -> (bool, &[u32]) {
        (self.negative, &self.digits)
    }

    /// Whether the value is zero.
    pub fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// -1, 0 or 1.
    pub fn sign(&self) -> i32 {
        if self.negative { -1 } else { !self.digits.is_empty() as i32 }
    }

    /// Reads `text` as `int(text, base)` does, with no limit on the number of digits.
    pub fn parse(text: &str, base: u32) -> Result<BigInt, ParseIntError> {
        text::parse(text.as_bytes(), base, 0)
    }

    /// The text in `radix`, with the sign and without prefix.
    pub fn to_text(&self, radix: u32) -> String {
        let text = text::to_text(&self.digits, radix);
        if self.negative { format!("-{text}") } else { text }
    }

    /// The value, if it fits.
    pub fn to_i64(&self) -> Option<i64> {
        let magnitude = to_u64(&self.digits)?;
        if self.negative { 0i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
    }

    /// The value, if it is not negative and fits.
    pub fn to_u64(&self) -> Option<u64> {
        if self.negative { None } else { to_u64(&self.digits) }
    }

    /// The value, if it fits.
    pub fn to_i128(&self) -> Option<i128> {
        let magnitude = to_u128(&self.digits)?;
        if self.negative { 0i128.checked_sub_unsigned(magnitude) } else { i128::try_from(magnitude).ok() }
    }

    /// The nearest float; `None` if there is none.
    pub fn to_f64(&self) -> Option<f64> {
        let value = floats::to_f64(&self.digits)?;
        Some(if self.negative { -value } else { value })
    }

    /// A finite float's integer part.
    pub fn from_f64(value: f64) -> BigInt {
        BigInt::new(value < 0.0, floats::from_f64(value))
    }

    /// Bits of the magnitude.
    pub fn bit_length(&self) -> u64 {
        bit_length(&self.digits)
    }

    /// The absolute value.
    pub fn abs(mut self) -> BigInt {
        self.negative = false;
        self
    }

    /// The opposite.
    pub fn neg(mut self) -> BigInt {
        self.negative = !self.negative && !self.digits.is_empty();
        self
    }

    /// `self + other`.
    pub fn add(&self, other: &BigInt) -> BigInt {
        BigInt::from_pair(add_signed(self.as_pair(), other.as_pair()))
    }

    /// `self - other`.
    pub fn sub(&self, other: &BigInt) -> BigInt {
        BigInt::from_pair(add_signed(self.as_pair(), (!other.negative, &other.digits)))
    }

    /// `self * other`.
    pub fn mul(&self, other: &BigInt) -> BigInt {
        BigInt::new(self.negative != other.negative, mul(&self.digits, &other.digits))
    }

    /// `divmod(self, other)`: the quotient is rounded down.
    pub fn divmod(&self, other: &BigInt) -> Result<(BigInt, BigInt), IntError> {
        let (quotient, remainder) = divmod_floor(self.as_pair(), other.as_pair())?;
        Ok((BigInt::from_pair(quotient), BigInt::from_pair(remainder)))
    }

    /// Quotient rounded towards zero, and the remainder that goes with it.
    pub fn divrem(&self, other: &BigInt) -> Result<(BigInt, BigInt), IntError> {
        let (quotient, remainder) = divrem(&self.digits, &other.digits)?;
        Ok((BigInt::new(self.negative != other.negative, quotient), BigInt::new(self.negative, remainder)))
    }

    /// `self ** exponent`, for an exponent that is not negative.
    pub fn pow(&self, exponent: &BigInt) -> Result<BigInt, IntError> {
        let odd = exponent.digits.first().is_some_and(|digit| digit & 1 == 1);
        Ok(BigInt::new(self.negative && odd, super::pow::pow(&self.digits, &exponent.digits)?))
    }

    /// `self << bits`.
    pub fn shl(&self, bits: u64) -> Result<BigInt, IntError> {
        Ok(BigInt::new(self.negative, shl(&self.digits, bits)?))
    }

    /// `self >> bits`, rounded down.
    pub fn shr(&self, bits: u64) -> BigInt {
        BigInt::from_pair(shr_floor(self.as_pair(), bits))
    }

    /// `self & other`, `self | other` or `self ^ other`.
    pub fn bitwise(&self, operation: BitOperation, other: &BigInt) -> BigInt {
        BigInt::from_pair(bitwise(operation, self.as_pair(), other.as_pair()))
    }

    /// `~self`.
    pub fn invert(&self) -> BigInt {
        BigInt::from_pair(invert(self.as_pair()))
    }
}

/// The sum of two signed values.
pub fn add_signed((a_negative, a): (bool, &[u32]), (b_negative, b): (bool, &[u32])) -> (bool, Vec<u32>) {
    if a_negative == b_negative {
        return (a_negative, add(a, b));
    }
    let (less, digits) = sub_signed(a, b);
    (a_negative != less && !digits.is_empty(), digits)
}

/// A signed value shifted right, rounded down.
pub fn shr_floor((negative, a): (bool, &[u32]), bits: u64) -> (bool, Vec<u32>) {
    let mut out = shr(a, bits);
    if negative && any_low_bits(a, bits) {
        increment(&mut out);
    }
    (negative && !out.is_empty(), out)
}

/// Compares two signed values.
pub fn compare_signed((a_negative, a): (bool, &[u32]), (b_negative, b): (bool, &[u32])) -> Ordering {
    match (a_negative, b_negative) {
        (false, true) => Ordering::Greater,
        (true, false) => Ordering::Less,
        (false, false) => compare(a, b),
        (true, true) => compare(b, a),
    }
}

/// The value's place in the order of floats: compares an int with a float exactly. `None` for a NaN.
pub fn compare_f64((negative, a): (bool, &[u32]), value: f64) -> Option<Ordering> {
    if value.is_nan() {
        return None;
    }
    if value.is_infinite() {
        return Some(if value > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    let whole = BigInt::from_f64(value);
    let order = compare_signed((negative, a), whole.as_pair());
    if order != Ordering::Equal {
        return Some(order);
    }
    // The float's fraction points away from zero.
    0.0.partial_cmp(&value.fract())
}

/// Python's hash of an int: the value modulo 2**61 - 1 with its sign, -2 in place of -1.
pub fn hash((negative, a): (bool, &[u32])) -> i64 {
    const MODULUS: u64 = (1 << 61) - 1;
    let mut value = 0u64;
    for &digit in a.iter().rev() {
        value = (value << SHIFT & MODULUS | value >> (61 - SHIFT)) + digit as u64;
        if value >= MODULUS {
            value -= MODULUS;
        }
    }
    let hash = if negative { -(value as i64) } else { value as i64 };
    if hash == -1 { -2 } else { hash }
}

impl PartialOrd for BigInt {
    fn partial_cmp(&self, other: &BigInt) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for BigInt {
    fn cmp(&self, other: &BigInt) -> Ordering {
        compare_signed(self.as_pair(), other.as_pair())
    }
}

impl fmt::Display for BigInt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text(10))
    }
}

impl From<i128> for BigInt {
    fn from(value: i128) -> BigInt {
        BigInt { negative: value < 0, digits: from_u128(value.unsigned_abs()) }
    }
}

impl From<i64> for BigInt {
    fn from(value: i64) -> BigInt {
        BigInt::from(value as i128)
    }
}

impl From<u64> for BigInt {
    fn from(value: u64) -> BigInt {
        BigInt::from(value as i128)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(text: &str) -> BigInt {
        BigInt::parse(text, 10).unwrap()
    }

    #[test]
    fn small_values_agree_with_machine_arithmetic() {
        let values: Vec<i128> = [0, 1, 2, 3, 7, 1 << 29, 1 << 30, (1 << 30) - 1, 1 << 31, 1 << 60, (1 << 61) + 5]
            .into_iter()
            .flat_map(|value| [value, -value])
            .collect();
        for &a in &values {
            for &b in &values {
                let (x, y) = (BigInt::from(a), BigInt::from(b));
                assert_eq!(x.add(&y), BigInt::from(a + b));
                assert_eq!(x.sub(&y), BigInt::from(a - b));
                assert_eq!(x.mul(&y), BigInt::from(a * b));
                assert_eq!(x.cmp(&y), a.cmp(&b));
                assert_eq!(x.bitwise(BitOperation::And, &y), BigInt::from(a & b), "{a} & {b}");
                assert_eq!(x.bitwise(BitOperation::Or, &y), BigInt::from(a | b));
                assert_eq!(x.bitwise(BitOperation::Xor, &y), BigInt::from(a ^ b));
                if b != 0 {
                    let (quotient, remainder) = x.divmod(&y).unwrap();
                    assert_eq!(remainder, BigInt::from(a - b * quotient.to_i128().unwrap()));
                    assert_eq!(quotient.mul(&y).add(&remainder), x);
                    assert!(remainder.is_zero() || remainder.negative == (b < 0));
                }
            }
            for bits in [0, 1, 29, 30, 31, 100] {
                assert_eq!(BigInt::from(a).shr(bits), BigInt::from(a >> bits));
            }
            assert_eq!(BigInt::from(a).invert(), BigInt::from(!a));
            assert_eq!(BigInt::from(a).to_i128(), Some(a));
        }
    }

    #[test]
    fn hashes_are_cpythons() {
        for (text, expected) in [
            ("0", 0),
            ("1", 1),
            ("-1", -2),
            ("-2", -2),
            ("2305843009213693951", 0),
            ("2305843009213693952", 1),
            ("-2305843009213693952", -2),
            ("123456789012345678901234567890", 248789772095949448),
        ] {
            let value = int(text);
            assert_eq!(hash(value.as_pair()), expected, "{text}");
        }
    }

    #[test]
    fn order_among_floats() {
        let order = |text: &str, value: f64| compare_f64(int(text).as_pair(), value);
        assert_eq!(order("9007199254740993", 9007199254740992.0), Some(Ordering::Greater));
        assert_eq!(order("1", 1.5), Some(Ordering::Less));
        assert_eq!(order("-1", -1.5), Some(Ordering::Greater));
        assert_eq!(order("0", -0.5), Some(Ordering::Greater));
        assert_eq!(order("0", f64::NAN), None);
        assert_eq!(order("5", f64::NEG_INFINITY), Some(Ordering::Greater));
    }
}
