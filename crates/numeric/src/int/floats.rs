//! Between ints and floats, always correctly rounded.

use super::IntError;
use super::digits::{any_low_bits, bit_length, from_u64, is_zero, low_u64, shl, shr, to_u64};
use super::div::divrem;

/// `mantissa * 2**exponent`, rounded half to even; `None` if it is too large for a float.
///
/// `sticky` says that the exact value is above that by less than one unit of the mantissa, which then has at least 55
/// significant bits.
pub fn round_scaled(mantissa: u64, sticky: bool, exponent: i64) -> Option<f64> {
    if mantissa == 0 {
        return Some(0.0);
    }
    let zeros = mantissa.leading_zeros();
    let mantissa = mantissa << zeros;
    // The value is at least 2**top and below 2**(top + 1).
    let top = exponent.saturating_add(63 - zeros as i64);
    if top > 1023 {
        return None;
    }
    let kept = if top >= -1022 { 53 } else { top + 1075 };
    if kept < 0 {
        return Some(0.0);
    }
    let dropped = 64 - kept as u32;
    let mut quotient = (mantissa as u128 >> dropped) as u64;
    let rest = mantissa as u128 & ((1 << dropped) - 1);
    let half = 1u128 << (dropped - 1);
    if rest > half || rest == half && (sticky || quotient & 1 == 1) {
        quotient += 1;
    }
    // A carry out of the significand moves into the exponent, as it should.
    let bits = if top >= -1022 { (((top + 1022) as u64) << 52) + quotient } else { quotient };
    let value = f64::from_bits(bits);
    value.is_finite().then_some(value)
}

/// The top 64 bits (fewer, if there are fewer), whether anything below them is set, and the exponent of their unit.
fn leading(a: &[u32]) -> (u64, bool, i64) {
    let bits = bit_length(a);
    if bits <= 64 {
        return (low_u64(a), false, 0);
    }
    let dropped = bits - 64;
    (low_u64(&shr(a, dropped)), any_low_bits(a, dropped), dropped as i64)
}

/// The nearest float; `None` if there is none (`OverflowError: int too large to convert to float`).
pub fn to_f64(a: &[u32]) -> Option<f64> {
    if bit_length(a) <= 53 {
        return Some(low_u64(a) as f64);
    }
    let (mantissa, sticky, exponent) = leading(a);
    round_scaled(mantissa, sticky, exponent)
}

/// `a` as `m * 2**e` with `0.5 <= m < 1.0`, rounded half to even; `(0.0, 0)` for zero.
pub fn frexp(a: &[u32]) -> (f64, i64) {
    let bits = bit_length(a);
    if bits == 0 {
        return (0.0, 0);
    }
    let (mantissa, sticky, _) = leading(a);
    let width = bits.min(64) as i64;
    match round_scaled(mantissa, sticky, -width) {
        Some(1.0) => (0.5, bits as i64 + 1),
        Some(value) => (value, bits as i64),
        None => (0.0, 0),
    }
}

/// The magnitude of a finite float's integer part.
pub fn from_f64(value: f64) -> Vec<u32> {
    let (mantissa, exponent) = decompose(value);
    if exponent <= 0 {
        return if exponent <= -64 { Vec::new() } else { from_u64(mantissa >> -exponent) };
    }
    // At most 1,024 bits.
    shl(&from_u64(mantissa), exponent as u64).unwrap_or_default()
}

/// A finite float's magnitude as `mantissa * 2**exponent`.
pub fn decompose(value: f64) -> (u64, i32) {
    let bits = value.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32;
    let mantissa = bits & ((1 << 52) - 1);
    if exponent == 0 { (mantissa, -1074) } else { (mantissa | 1 << 52, exponent - 1075) }
}

/// The magnitude of `a / b`, rounded half to even once; `Ok(None)` if it is too large
/// (`OverflowError: integer division result too large for a float`).
pub fn true_divide(a: &[u32], b: &[u32]) -> Result<Option<f64>, IntError> {
    if is_zero(b) {
        return Err(IntError::DivisionByZero);
    }
    const EXACT: u64 = 1 << 53;
    if let (Some(a @ ..=EXACT), Some(b @ ..=EXACT)) = (to_u64(a), to_u64(b)) {
        return Ok(Some(a as f64 / b as f64));
    }
    if is_zero(a) {
        return Ok(Some(0.0));
    }
    let difference = bit_length(a) as i64 - bit_length(b) as i64;
    if difference > 1025 {
        return Ok(None);
    }
    if difference < -1080 {
        return Ok(Some(0.0));
    }
    // The quotient gets 63 or 64 bits.
    let shift = 63 - difference;
    let (quotient, remainder) = if shift >= 0 { divrem(&shl(a, shift as u64)?, b)? } else { divrem(a, &shl(b, shift.unsigned_abs())?)? };
    Ok(round_scaled(low_u64(&quotient), !remainder.is_empty(), -shift))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::int::BigInt;

    #[test]
    fn ties_go_to_even() {
        assert_eq!(to_f64(&from_u64((1 << 53) + 1)), Some(9007199254740992.0));
        assert_eq!(to_f64(&from_u64((1 << 53) + 3)), Some(9007199254740996.0));
        assert_eq!(to_f64(&from_u64(u64::MAX)), Some(18446744073709551616.0));
        let max = from_f64(f64::MAX);
        assert_eq!(to_f64(&max), Some(f64::MAX));
        assert_eq!(to_f64(&shl(&[1], 1024).unwrap()), None);
        // Half a unit above the largest float rounds away.
        let half = shl(&from_u64((1 << 54) - 1), 970).unwrap();
        assert_eq!(to_f64(&half), None);
    }

    #[test]
    fn division_is_rounded_once() {
        let int = |text: &str| BigInt::parse(text, 10).unwrap().digits;
        let divide = |a: &str, b: &str| true_divide(&int(a), &int(b)).unwrap();
        assert_eq!(divide("10000000000000000000000", "3"), Some(3.3333333333333335e+21));
        assert_eq!(divide("1", "3"), Some(1.0 / 3.0));
        let tiny = shl(&[1], 1074).unwrap();
        assert_eq!(true_divide(&[1], &tiny).unwrap(), Some(5e-324));
        assert_eq!(true_divide(&[1], &shl(&[1], 1075).unwrap()).unwrap(), Some(0.0));
        assert_eq!(true_divide(&[3], &shl(&[1], 1075).unwrap()).unwrap(), Some(1e-323));
        assert_eq!(true_divide(&shl(&[1], 1024).unwrap(), &[1]).unwrap(), None);
        assert_eq!(true_divide(&shl(&[1], 2000).unwrap(), &shl(&[1], 1000).unwrap()).unwrap(), Some(2f64.powi(1000)));
        assert_eq!(true_divide(&[1], &[]), Err(IntError::DivisionByZero));
    }

    #[test]
    fn frexp_parts() {
        assert_eq!(frexp(&[1]), (0.5, 1));
        assert_eq!(frexp(&from_u64(u64::MAX)), (0.5, 65));
        assert_eq!(frexp(&shl(&[3], 5000).unwrap()), (0.75, 5002));
    }
}
