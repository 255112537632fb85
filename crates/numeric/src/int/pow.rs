//! Powers, with and without a modulus.

use super::digits::{bit_length, is_zero, shl, shr, sub, to_u64, trailing_zeros, trim};
use super::div::rem;
use super::large::{from_large, to_large};
use super::mul::{mul, square};
use super::{BigInt, IntError, SHIFT, reserve_check};
use dashu_int::UBig;
use dashu_int::fast_div::ConstDivisor;
use dashu_int::monty::MontgomeryRepr;

/// Below this many bits of result, the loop over digits is used.
const SMALL_RESULT: u64 = 40 * SHIFT as u64;

/// The magnitude `base ** exponent`.
pub fn pow(base: &[u32], exponent: &[u32]) -> Result<Vec<u32>, IntError> {
    let base = trim(base);
    if is_zero(exponent) {
        return Ok(vec![1]);
    }
    if base.is_empty() || base == [1] {
        return Ok(base.to_vec());
    }
    let exponent = to_u64(exponent).ok_or(IntError::TooManyDigits)?;
    let zeros = trailing_zeros(base).unwrap_or(0);
    if zeros > 0 {
        let odd = pow(&shr(base, zeros), &super::digits::from_u64(exponent))?;
        return shl(&odd, zeros.checked_mul(exponent).ok_or(IntError::TooManyDigits)?);
    }
    let bits = bit_length(base).checked_mul(exponent).ok_or(IntError::TooManyDigits)?;
    reserve_check(bits / SHIFT as u64 + 1)?;
    if bits > SMALL_RESULT {
        let exponent = usize::try_from(exponent).map_err(|_| IntError::TooManyDigits)?;
        return Ok(from_large(&to_large(base).pow(exponent)));
    }
    let mut result = base.to_vec();
    for index in (0..63 - exponent.leading_zeros()).rev() {
        result = square(&result);
        if exponent >> index & 1 == 1 {
            result = mul(&result, base);
        }
    }
    Ok(result)
}

/// Python's `pow(base, exponent, modulus)`: the result has the modulus's sign, and a negative exponent takes the inverse.
///
/// `DivisionByZero` stands for `ValueError: pow() 3rd argument cannot be 0`.
pub fn pow_mod(base: &BigInt, exponent: &BigInt, modulus: &BigInt) -> Result<BigInt, IntError> {
    if modulus.is_zero() {
        return Err(IntError::DivisionByZero);
    }
    if modulus.digits == [1] {
        return Ok(BigInt::ZERO);
    }
    let mut reduced = rem(&base.digits, &modulus.digits)?;
    if base.negative && !reduced.is_empty() {
        reduced = sub(&modulus.digits, &reduced);
    }
    let magnitude = pow_mod_magnitude(&reduced, exponent, &modulus.digits)?;
    if modulus.negative && !magnitude.is_empty() {
        return Ok(BigInt { negative: true, digits: sub(&modulus.digits, &magnitude) });
    }
    Ok(BigInt { negative: false, digits: magnitude })
}

/// `base ** exponent % modulus`, for `base < modulus` and `modulus > 1`.
fn pow_mod_magnitude(base: &[u32], exponent: &BigInt, modulus: &[u32]) -> Result<Vec<u32>, IntError> {
    if let (Some(small_modulus @ ..=0xffff_ffff), Some(small_base), Some(small_exponent), false) =
        (to_u64(modulus), to_u64(base), to_u64(&exponent.digits), exponent.negative)
    {
        return Ok(super::digits::from_u64(pow_mod_u32(small_base, small_exponent, small_modulus)));
    }
    let large_exponent = to_large(&exponent.digits);
    let odd = modulus[0] & 1 == 1;
    // Montgomery's form wins for middling odd moduli; it pays only if there is more than a handful of multiplications.
    if odd && !exponent.negative && modulus.len() > 4 && modulus.len() < 300 && exponent.digits.len() > 1 {
        let ring = MontgomeryRepr::new(to_large(modulus));
        return Ok(from_large(&ring.reduce(to_large(base)).pow(&large_exponent).residue()));
    }
    let ring = ConstDivisor::new(to_large(modulus));
    let mut element = ring.reduce(to_large(base));
    if exponent.negative {
        if is_zero(base) {
            return Err(IntError::NotInvertible);
        }
        element = element.inv().ok_or(IntError::NotInvertible)?;
    }
    if large_exponent == UBig::ONE {
        return Ok(from_large(&element.residue()));
    }
    Ok(from_large(&element.pow(&large_exponent).residue()))
}

/// `base ** exponent % modulus` where products of residues fit in 64 bits.
fn pow_mod_u32(base: u64, mut exponent: u64, modulus: u64) -> u64 {
    let mut result = 1 % modulus;
    let mut power = base % modulus;
    while exponent != 0 {
        if exponent & 1 == 1 {
            result = result * power % modulus;
        }
        exponent >>= 1;
        if exponent != 0 {
            power = power * power % modulus;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(text: &str) -> BigInt {
        BigInt::parse(text, 10).unwrap()
    }

    fn modular(a: &str, b: &str, c: &str) -> String {
        pow_mod(&int(a), &int(b), &int(c)).unwrap().to_string()
    }

    #[test]
    fn powers() {
        assert_eq!(int("7").pow(&int("30")).unwrap().to_string(), "22539340290692258087863249");
        assert_eq!(int("-3").pow(&int("5")).unwrap().to_string(), "-243");
        assert_eq!(int("0").pow(&int("0")).unwrap().to_string(), "1");
        assert_eq!(int("12").pow(&int("400")).unwrap().to_string().len(), 432);
        assert_eq!(int("3").pow(&int("100000000000000000000")), Err(IntError::TooManyDigits));
        assert_eq!(int("1").pow(&int("100000000000000000000")).unwrap(), int("1"));
    }

    #[test]
    fn with_modulus() {
        assert_eq!(modular("3", "200", "13"), "9");
        assert_eq!(modular("3", "200", "-13"), "-4");
        assert_eq!(modular("-3", "201", "13"), "12");
        assert_eq!(modular("38", "-1", "97"), "23");
        assert_eq!(modular("38", "-1", "-97"), "-74");
        assert_eq!(modular("5", "-3", "1"), "0");
        let prime = "170141183460469231731687303715884105727";
        assert_eq!(modular("3", "170141183460469231731687303715884105726", prime), "1");
        assert_eq!(
            modular("3", "100000000000000000000000", "100000000000000000000000000000000000000000000000000000"),
            "10173485069328008084427865522000000000000000000000001"
        );
        assert_eq!(pow_mod(&int("2"), &int("-1"), &int("4")), Err(IntError::NotInvertible));
        assert_eq!(pow_mod(&int("0"), &int("-1"), &int("7")), Err(IntError::NotInvertible));
        assert_eq!(pow_mod(&int("2"), &int("1"), &int("0")), Err(IntError::DivisionByZero));
    }
}
