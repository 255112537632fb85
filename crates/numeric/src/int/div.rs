//! Division of magnitudes.

use super::digits::{compare, div_small, rem_small, sub, trim};
use super::large::{from_large, to_large};
use super::{BASE, IntError, MASK, SHIFT};
use dashu_int::ops::DivRem;
use std::cmp::Ordering;

/// From this many digits in divisor and quotient on, repacking pays (measured).
const LARGE: usize = 30;

/// Quotient and remainder of `a / b`.
pub fn divrem(a: &[u32], b: &[u32]) -> Result<(Vec<u32>, Vec<u32>), IntError> {
    let (a, b) = (trim(a), trim(b));
    match b {
        [] => return Err(IntError::DivisionByZero),
        &[divisor] => {
            let mut quotient = a.to_vec();
            let remainder = div_small(&mut quotient, divisor);
            return Ok((quotient, if remainder == 0 { Vec::new() } else { vec![remainder] }));
        }
        _ => {}
    }
    if compare(a, b) == Ordering::Less {
        return Ok((Vec::new(), a.to_vec()));
    }
    if b.len() >= LARGE && a.len() - b.len() >= LARGE {
        let (quotient, remainder) = to_large(a).div_rem(to_large(b));
        return Ok((from_large(&quotient), from_large(&remainder)));
    }
    Ok(knuth(a, b))
}

/// The remainder of `a / b`.
pub fn rem(a: &[u32], b: &[u32]) -> Result<Vec<u32>, IntError> {
    if let &[divisor] = trim(b) {
        let remainder = rem_small(a, divisor);
        return Ok(if remainder == 0 { Vec::new() } else { vec![remainder] });
    }
    Ok(divrem(a, b)?.1)
}

/// The quotient rounded up.
pub fn div_ceil(a: &[u32], b: &[u32]) -> Result<Vec<u32>, IntError> {
    let (mut quotient, remainder) = divrem(a, b)?;
    if !remainder.is_empty() {
        super::digits::increment(&mut quotient);
    }
    Ok(quotient)
}

/// Knuth's algorithm D, for a divisor of at least two digits that is not above `a`.
fn knuth(a: &[u32], b: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let shift = b[b.len() - 1].leading_zeros() - (32 - SHIFT);
    let divisor = shifted_left(b, shift);
    let mut rest = shifted_left(a, shift);
    let size = b.len();
    // The copies have one digit more than their sources; the divisor's is zero by the choice of the shift.
    let divisor = &divisor[..size];
    let (top, next) = (divisor[size - 1] as u64, divisor[size - 2] as u64);
    let steps = rest.len() - size;
    let mut quotient = vec![0; steps];
    for step in (0..steps).rev() {
        let window = &mut rest[step..step + size + 1];
        let leading = (window[size] as u64) << SHIFT | window[size - 1] as u64;
        let mut guess = leading / top;
        let mut remainder = leading % top;
        while guess >= BASE as u64 || guess * next > (remainder << SHIFT | window[size - 2] as u64) {
            guess -= 1;
            remainder += top;
            if remainder >= BASE as u64 {
                break;
            }
        }
        let mut borrow = 0i64;
        for (digit, &part) in window.iter_mut().zip(divisor) {
            borrow += *digit as i64 - (guess * part as u64) as i64;
            *digit = borrow as u32 & MASK;
            borrow >>= SHIFT;
        }
        borrow += window[size] as i64;
        window[size] = 0;
        if borrow < 0 {
            guess -= 1;
            let mut carry = 0;
            for (digit, &part) in window.iter_mut().zip(divisor) {
                carry += *digit + part;
                *digit = carry & MASK;
                carry >>= SHIFT;
            }
        }
        quotient[step] = guess as u32;
    }
    super::digits::normalize(&mut quotient);
    rest.truncate(size);
    (quotient, super::digits::shr(&rest, shift as u64))
}

/// `a << shift` for `shift < SHIFT`, with one digit more than `a`.
fn shifted_left(a: &[u32], shift: u32) -> Vec<u32> {
    let mut out = Vec::with_capacity(a.len() + 2);
    let mut carry = 0u64;
    for &digit in a {
        carry |= (digit as u64) << shift;
        out.push(carry as u32 & MASK);
        carry >>= SHIFT;
    }
    out.push(carry as u32);
    out
}

/// Floor division's quotient and remainder for signed operands: the remainder has the divisor's sign.
///
/// Takes and returns (is negative, magnitude) pairs; the magnitude of a negative value is never zero.
#[allow(clippy::type_complexity)]
pub fn divmod_floor(
    (a_negative, a): (bool, &[u32]),
    (b_negative, b): (bool, &[u32]),
) -> Result<((bool, Vec<u32>), (bool, Vec<u32>)), IntError> {
    let (mut quotient, mut remainder) = divrem(a, b)?;
    let mut quotient_negative = a_negative != b_negative;
    if quotient_negative && !remainder.is_empty() {
        super::digits::increment(&mut quotient);
        remainder = sub(trim(b), &remainder);
    }
    quotient_negative &= !quotient.is_empty();
    let remainder_negative = b_negative && !remainder.is_empty();
    Ok(((quotient_negative, quotient), (remainder_negative, remainder)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::int::digits::add;
    use crate::int::mul::mul;

    #[test]
    fn quotient_times_divisor_plus_remainder() {
        let mut state = 7u64;
        let mut next = |length: usize| -> Vec<u32> {
            (0..length)
                .map(|_| {
                    state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                    // Many extreme digits, so that the guess is corrected now and then.
                    match state >> 60 {
                        0..=3 => MASK,
                        4..=7 => 0,
                        8 => 1 << 29,
                        _ => (state >> 20) as u32 & MASK,
                    }
                })
                .chain([1 + (length as u32 & 3)])
                .collect()
        };
        for a_length in [1, 2, 3, 5, 9, 20, 70, 130] {
            for b_length in [1, 2, 3, 4, 8, 35, 60] {
                for _ in 0..20 {
                    let (a, b) = (next(a_length), next(b_length));
                    let (quotient, remainder) = divrem(&a, &b).unwrap();
                    assert_eq!(compare(&remainder, &b), Ordering::Less);
                    assert_eq!(add(&mul(&quotient, &b), &remainder), a);
                }
            }
        }
        assert_eq!(divrem(&[1], &[0]), Err(IntError::DivisionByZero));
    }

    #[test]
    fn remainders_take_the_divisors_sign() {
        assert_eq!(divmod_floor((true, &[7]), (false, &[2])).unwrap(), ((true, vec![4]), (false, vec![1])));
        assert_eq!(divmod_floor((false, &[7]), (true, &[2])).unwrap(), ((true, vec![4]), (true, vec![1])));
        assert_eq!(divmod_floor((true, &[7]), (true, &[2])).unwrap(), ((false, vec![3]), (true, vec![1])));
    }
}
