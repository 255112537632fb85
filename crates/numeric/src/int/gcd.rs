//! Greatest common divisors and integer square roots.

use super::digits::{from_u128, to_u64, to_u128, trim};
use super::large::{from_large, to_large};
use dashu_int::ops::{Gcd, SquareRoot};

/// The greatest common divisor of two machine words; `gcd(0, 0)` is 0.
pub fn gcd_u64(mut a: u64, mut b: u64) -> u64 {
    if a == 0 || b == 0 {
        return a | b;
    }
    let shift = (a | b).trailing_zeros();
    a >>= a.trailing_zeros();
    while b != 0 {
        b >>= b.trailing_zeros();
        if a > b {
            std::mem::swap(&mut a, &mut b);
        }
        b -= a;
    }
    a << shift
}

/// The greatest common divisor of two magnitudes; `gcd(0, 0)` is 0.
pub fn gcd(a: &[u32], b: &[u32]) -> Vec<u32> {
    let (a, b) = (trim(a), trim(b));
    if a.is_empty() || b.is_empty() {
        return if a.is_empty() { b.to_vec() } else { a.to_vec() };
    }
    if let (Some(a), Some(b)) = (to_u64(a), to_u64(b)) {
        return from_u128(gcd_u64(a, b) as u128);
    }
    from_large(&to_large(a).gcd(to_large(b)))
}

/// The largest integer whose square is not above `a`.
pub fn isqrt(a: &[u32]) -> Vec<u32> {
    match to_u128(a) {
        Some(small) => from_u128(small.isqrt()),
        None => from_large(&to_large(a).sqrt()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::int::BigInt;

    #[test]
    fn figures() {
        assert_eq!(gcd_u64(48, 36), 12);
        assert_eq!(gcd_u64(0, 5), 5);
        let int = |text: &str| BigInt::parse(text, 10).unwrap().digits;
        let a = int("120000000000000000000000000000000000000000000000");
        let b = int("180000000000000000000000000000000000000000");
        assert_eq!(gcd(&a, &b), int("60000000000000000000000000000000000000000"));
        assert_eq!(isqrt(&int("2")), [1]);
        let two = int(&format!("2{}", "0".repeat(100)));
        assert_eq!(isqrt(&two), int("141421356237309504880168872420969807856967187537694"));
    }
}
