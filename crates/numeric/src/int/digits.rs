//! Linear operations on magnitudes: comparison, addition, subtraction, shifts, and arithmetic with one digit.

use super::{IntError, MASK, SHIFT, reserve_check};
use std::cmp::Ordering;

/// `a` without the zero digits on top.
#[inline]
pub fn trim(a: &[u32]) -> &[u32] {
    let mut length = a.len();
    while length > 0 && a[length - 1] == 0 {
        length -= 1;
    }
    &a[..length]
}

/// Drops the zero digits on top of `a`.
#[inline]
pub fn normalize(a: &mut Vec<u32>) {
    let length = trim(a).len();
    a.truncate(length);
}

/// Whether the magnitude is zero.
#[inline]
pub fn is_zero(a: &[u32]) -> bool {
    trim(a).is_empty()
}

/// Compares two magnitudes.
#[inline]
pub fn compare(a: &[u32], b: &[u32]) -> Ordering {
    let (a, b) = (trim(a), trim(b));
    a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

/// The digits of `value`.
pub fn from_u64(value: u64) -> Vec<u32> {
    from_u128(value as u128)
}

/// The digits of `value`.
pub fn from_u128(mut value: u128) -> Vec<u32> {
    let mut digits = Vec::with_capacity(3);
    while value != 0 {
        digits.push(value as u32 & MASK);
        value >>= SHIFT;
    }
    digits
}

/// The value, if it fits.
pub fn to_u64(a: &[u32]) -> Option<u64> {
    match *trim(a) {
        [] => Some(0),
        [low] => Some(low as u64),
        [low, middle] => Some(low as u64 | (middle as u64) << SHIFT),
        [low, middle, high] if high < 16 => Some(low as u64 | (middle as u64) << SHIFT | (high as u64) << (2 * SHIFT)),
        _ => None,
    }
}

/// The value, if it fits.
pub fn to_u128(a: &[u32]) -> Option<u128> {
    let a = trim(a);
    if bit_length(a) > 128 {
        return None;
    }
    Some(a.iter().rev().fold(0, |value, &digit| value << SHIFT | digit as u128))
}

/// The value's low 64 bits, whatever its size.
pub fn low_u64(a: &[u32]) -> u64 {
    a.iter().take(3).rev().fold(0, |value, &digit| value << SHIFT | digit as u64)
}

/// Bits up to and including the highest one that is set; 0 for zero.
#[inline]
pub fn bit_length(a: &[u32]) -> u64 {
    let a = trim(a);
    match a.last() {
        None => 0,
        Some(top) => (a.len() as u64 - 1) * SHIFT as u64 + (32 - top.leading_zeros()) as u64,
    }
}

/// How many bits are set.
pub fn bit_count(a: &[u32]) -> u64 {
    a.iter().map(|digit| digit.count_ones() as u64).sum()
}

/// How many zero bits are at the bottom; `None` for zero.
pub fn trailing_zeros(a: &[u32]) -> Option<u64> {
    let index = a.iter().position(|&digit| digit != 0)?;
    Some(index as u64 * SHIFT as u64 + a[index].trailing_zeros() as u64)
}

/// The bit at `index`.
pub fn bit(a: &[u32], index: u64) -> bool {
    usize::try_from(index / SHIFT as u64).ok().and_then(|digit| a.get(digit)).is_some_and(|digit| digit >> (index % SHIFT as u64) & 1 == 1)
}

/// Writes `a + b` to `out`, which has one digit more than the longer of the two; returns how many are in use.
pub fn add_into(out: &mut [u32], a: &[u32], b: &[u32]) -> usize {
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let mut carry = 0;
    let (low, high) = long.split_at(short.len());
    for ((out, &x), &y) in out.iter_mut().zip(low).zip(short) {
        carry += x + y;
        *out = carry & MASK;
        carry >>= SHIFT;
    }
    for (out, &x) in out[short.len()..].iter_mut().zip(high) {
        carry += x;
        *out = carry & MASK;
        carry >>= SHIFT;
    }
    out[long.len()] = carry;
    trim(&out[..=long.len()]).len()
}

/// `a + b`.
pub fn add(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut out = vec![0; a.len().max(b.len()) + 1];
    let length = add_into(&mut out, a, b);
    out.truncate(length);
    out
}

/// Writes `a - b`, where `a >= b`, to `out`, which is as long as `a`; returns how many digits are in use.
pub fn sub_into(out: &mut [u32], a: &[u32], b: &[u32]) -> usize {
    let b = trim(b);
    let mut borrow = 0u32;
    let (low, high) = a.split_at(b.len().min(a.len()));
    for ((out, &x), &y) in out.iter_mut().zip(low).zip(b) {
        borrow = x.wrapping_sub(y).wrapping_sub(borrow);
        *out = borrow & MASK;
        borrow = borrow >> SHIFT & 1;
    }
    for (out, &x) in out[low.len()..].iter_mut().zip(high) {
        borrow = x.wrapping_sub(borrow);
        *out = borrow & MASK;
        borrow = borrow >> SHIFT & 1;
    }
    debug_assert!(borrow == 0, "subtraction below zero");
    trim(&out[..a.len()]).len()
}

/// `a - b`, where `a >= b`.
pub fn sub(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut out = vec![0; a.len()];
    let length = sub_into(&mut out, a, b);
    out.truncate(length);
    out
}

/// Whether `a - b` is negative, and its magnitude.
pub fn sub_signed(a: &[u32], b: &[u32]) -> (bool, Vec<u32>) {
    match compare(a, b) {
        Ordering::Less => (true, sub(trim(b), a)),
        Ordering::Equal => (false, Vec::new()),
        Ordering::Greater => (false, sub(trim(a), b)),
    }
}

/// Adds `1` in place.
pub fn increment(a: &mut Vec<u32>) {
    for digit in a.iter_mut() {
        if *digit != MASK {
            *digit += 1;
            return;
        }
        *digit = 0;
    }
    a.push(1);
}

/// `a * factor + addend`, in place; `factor` and `addend` may use all 32 bits.
pub fn mul_small_add(a: &mut Vec<u32>, factor: u32, addend: u32) {
    let mut carry = addend as u64;
    for digit in a.iter_mut() {
        carry += *digit as u64 * factor as u64;
        *digit = carry as u32 & MASK;
        carry >>= SHIFT;
    }
    while carry != 0 {
        a.push(carry as u32 & MASK);
        carry >>= SHIFT;
    }
}

/// Divides `a` in place by `divisor`, which is not zero, and returns the remainder. `divisor` may use all 32 bits.
pub fn div_small(a: &mut Vec<u32>, divisor: u32) -> u32 {
    let mut remainder = 0u64;
    for digit in a.iter_mut().rev() {
        remainder = remainder << SHIFT | *digit as u64;
        *digit = (remainder / divisor as u64) as u32;
        remainder %= divisor as u64;
    }
    normalize(a);
    remainder as u32
}

/// `a % divisor`, where `divisor` is not zero and may use all 32 bits.
pub fn rem_small(a: &[u32], divisor: u32) -> u32 {
    let mut remainder = 0u64;
    for &digit in a.iter().rev() {
        remainder = (remainder << SHIFT | digit as u64) % divisor as u64;
    }
    remainder as u32
}

/// `a << bits`.
pub fn shl(a: &[u32], bits: u64) -> Result<Vec<u32>, IntError> {
    let a = trim(a);
    if a.is_empty() {
        return Ok(Vec::new());
    }
    let (whole, rest) = (bits / SHIFT as u64, (bits % SHIFT as u64) as u32);
    let total = whole.checked_add(a.len() as u64 + 1).ok_or(IntError::TooManyDigits)?;
    reserve_check(total)?;
    let whole = whole as usize;
    let mut out = vec![0; total as usize];
    if rest == 0 {
        out[whole..whole + a.len()].copy_from_slice(a);
    } else {
        let mut carry = 0u32;
        for (out, &digit) in out[whole..].iter_mut().zip(a) {
            *out = digit << rest & MASK | carry;
            carry = digit >> (SHIFT - rest);
        }
        out[whole + a.len()] = carry;
    }
    normalize(&mut out);
    Ok(out)
}

/// `a >> bits`, dropping what falls out.
pub fn shr(a: &[u32], bits: u64) -> Vec<u32> {
    let a = trim(a);
    let (whole, rest) = (bits / SHIFT as u64, (bits % SHIFT as u64) as u32);
    if whole >= a.len() as u64 {
        return Vec::new();
    }
    let a = &a[whole as usize..];
    let mut out = Vec::with_capacity(a.len());
    if rest == 0 {
        out.extend_from_slice(a);
    } else {
        for (index, &digit) in a.iter().enumerate() {
            let above = a.get(index + 1).copied().unwrap_or(0);
            out.push(digit >> rest | above << (SHIFT - rest) & MASK);
        }
    }
    normalize(&mut out);
    out
}

/// Whether any of the lowest `bits` bits is set.
pub fn any_low_bits(a: &[u32], bits: u64) -> bool {
    let (whole, rest) = (bits / SHIFT as u64, (bits % SHIFT as u64) as u32);
    if whole >= a.len() as u64 {
        return !is_zero(a);
    }
    let whole = whole as usize;
    !is_zero(&a[..whole]) || a[whole] & ((1u32 << rest) - 1) != 0
}

/// `2 ** bits - 1`, for `bits` that are known to be few.
pub fn ones(bits: u64) -> Vec<u32> {
    let mut out = vec![MASK; (bits / SHIFT as u64) as usize];
    if !bits.is_multiple_of(SHIFT as u64) {
        out.push((1 << (bits % SHIFT as u64)) - 1);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carries_run_to_the_top() {
        assert_eq!(add(&[MASK, MASK], &[1]), [0, 0, 1]);
        assert_eq!(sub(&[0, 0, 1], &[1]), [MASK, MASK]);
        assert_eq!(sub_signed(&[1], &[0, 1]), (true, vec![MASK]));
        assert_eq!(sub_signed(&[5, 0], &[5]), (false, vec![]));
    }

    #[test]
    fn shifts_are_inverse() {
        let a = [123456789, 987654321, 5];
        for bits in [0, 1, 29, 30, 31, 60, 95] {
            assert_eq!(shr(&shl(&a, bits).unwrap(), bits), a);
        }
        assert_eq!(shl(&a, u64::MAX), Err(IntError::TooManyDigits));
        assert_eq!(shr(&a, u64::MAX), []);
        assert!(any_low_bits(&[0, 4], 33));
        assert!(!any_low_bits(&[0, 4], 32));
    }

    #[test]
    fn lengths() {
        assert_eq!(bit_length(&[]), 0);
        assert_eq!(bit_length(&from_u64(u64::MAX)), 64);
        assert_eq!(to_u64(&from_u64(u64::MAX)), Some(u64::MAX));
        assert_eq!(to_u64(&from_u128(1 << 64)), None);
        assert_eq!(to_u128(&from_u128(u128::MAX)), Some(u128::MAX));
        assert_eq!(ones(31), [MASK, 1]);
    }
}
