//! Integer arithmetic on 30-bit digits.
//!
//! [`digits`] has the linear operations on magnitudes, [`mul`] and [`div`] the others; [`BigInt`] adds the sign and
//! Python's semantics (floor division, two's complement, arithmetic shift). Everything above a few dozen digits goes
//! through [`large`], which repacks into 64-bit words for the `dashu-int` crate (Karatsuba, Toom-3, number-theoretic
//! transform, divide-and-conquer division and radix conversion): repacking is linear, and 64-bit words alone make the
//! quadratic algorithms four times as fast as 30-bit digits do.

pub mod bigint;
pub mod bitwise;
pub mod bytes;
pub mod digits;
pub mod div;
pub mod floats;
pub mod gcd;
pub mod large;
pub mod mul;
pub mod pow;
pub mod text;

pub use bigint::BigInt;

/// Bits in a digit.
pub const SHIFT: u32 = 30;
/// One more than the largest digit.
pub const BASE: u32 = 1 << SHIFT;
/// The largest digit.
pub const MASK: u32 = BASE - 1;

/// Why an integer operation has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntError {
    /// The result needs more digits than an int can have (`OverflowError: too many digits in integer`).
    TooManyDigits,
    /// The result does not fit in memory (`MemoryError`).
    Memory,
    /// The divisor or modulus is zero (`ZeroDivisionError`, worded by the operation).
    DivisionByZero,
    /// `pow()` with a negative exponent and no inverse (`ValueError`).
    NotInvertible,
}

impl IntError {
    /// CPython's message, where it does not depend on the operation.
    pub fn message(self) -> &'static str {
        match self {
            IntError::TooManyDigits => "too many digits in integer",
            IntError::Memory => "",
            IntError::DivisionByZero => "division by zero",
            IntError::NotInvertible => "base is not invertible for the given modulus",
        }
    }
}

/// Checks that `count` digits can be had, so that the allocation that follows does not end the process.
pub(crate) fn reserve_check(count: u64) -> Result<(), IntError> {
    // CPython's limit: the size shares its word with the sign bits, and the bit length must fit in an i64.
    if count > (i64::MAX as u64) / 32 {
        return Err(IntError::TooManyDigits);
    }
    if count > 1 << 22 {
        let mut probe: Vec<u32> = Vec::new();
        // Intermediate values of the large algorithms need several times the result.
        let wanted = usize::try_from(count).ok().and_then(|count| count.checked_mul(4)).ok_or(IntError::Memory)?;
        probe.try_reserve_exact(wanted).map_err(|_| IntError::Memory)?;
    }
    Ok(())
}
