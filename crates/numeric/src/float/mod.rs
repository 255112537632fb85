//! Floats: text, rounding, hashing, exact parts.

pub mod format;
pub mod hex;
pub mod parse;
pub mod repr;
pub mod round;

use crate::int::BigInt;
use crate::int::digits::{from_u64, shl};
use crate::int::floats::decompose;

/// The hash of every infinity but the negative one, whose hash is the opposite.
pub const HASH_INFINITY: i64 = 314159;

/// Python's hash of a float that is not a NaN: equal to that of an equal int. (A NaN's hash is that of its address.)
pub fn hash(value: f64) -> i64 {
    const MODULUS_BITS: i32 = 61;
    const MODULUS: u64 = (1 << MODULUS_BITS) - 1;
    if value.is_infinite() {
        return if value > 0.0 { HASH_INFINITY } else { -HASH_INFINITY };
    }
    if value.is_nan() {
        return 0;
    }
    let (mantissa, exponent) = decompose(value);
    // Modulo 2**61 - 1, multiplying by a power of two is rotating 61 bits.
    let shift = exponent.rem_euclid(MODULUS_BITS) as u32;
    let magnitude = if shift == 0 { mantissa } else { mantissa << shift & MODULUS | mantissa >> (MODULUS_BITS as u32 - shift) };
    let hash = if value < 0.0 { -(magnitude as i64) } else { magnitude as i64 };
    if hash == -1 { -2 } else { hash }
}

/// Python's hash of a complex number from its parts' hashes.
pub fn hash_complex(real: i64, imaginary: i64) -> i64 {
    let hash = real.wrapping_add(imaginary.wrapping_mul(1000003));
    if hash == -1 { -2 } else { hash }
}

/// A finite float as a fraction in lowest terms: numerator, and the denominator's magnitude.
pub fn as_integer_ratio(value: f64) -> (BigInt, Vec<u32>) {
    let (mut mantissa, mut exponent) = decompose(value);
    if mantissa == 0 {
        return (BigInt::ZERO, vec![1]);
    }
    let zeros = mantissa.trailing_zeros() as i32;
    mantissa >>= zeros;
    exponent += zeros;
    let numerator = from_u64(mantissa);
    // Neither shift exceeds some eleven hundred bits.
    let (numerator, denominator) = if exponent >= 0 {
        (shl(&numerator, exponent as u64).unwrap_or_default(), vec![1])
    } else {
        (numerator, shl(&[1], exponent.unsigned_abs() as u64).unwrap_or_default())
    };
    (BigInt::new(value < 0.0, numerator), denominator)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::int::bigint;

    #[test]
    fn hashes() {
        for (value, expected) in [
            (0.0, 0),
            (-0.0, 0),
            (1.0, 1),
            (-1.0, -2),
            (0.5, 1152921504606846976),
            (3.125, 288230376151711747),
            (1e300, 1224995262755759164),
            (5e-324, 16777216),
            (-1.5, -1152921504606846977),
            (f64::INFINITY, 314159),
        ] {
            assert_eq!(hash(value), expected, "{value}");
        }
        for value in [1e18, 1e22, 123456789.0, 2f64.powi(61), 2f64.powi(1000)] {
            assert_eq!(hash(value), bigint::hash(BigInt::from_f64(value).as_pair()));
        }
    }

    #[test]
    fn ratios() {
        let (numerator, denominator) = as_integer_ratio(-0.1);
        assert_eq!(numerator.to_string(), "-3602879701896397");
        assert_eq!(BigInt::new(false, denominator).to_string(), "36028797018963968");
        assert_eq!(as_integer_ratio(1e16).0.to_string(), "10000000000000000");
        assert_eq!(as_integer_ratio(5e-324).1.len(), 36);
    }
}
