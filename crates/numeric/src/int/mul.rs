//! Multiplication of magnitudes.

use super::digits::{is_zero, normalize, trim};
use super::large::{from_large, to_large};
use super::{MASK, SHIFT};

/// From this many digits in the shorter operand on, repacking pays (measured).
const LARGE: usize = 25;

/// `a * b`.
pub fn mul(a: &[u32], b: &[u32]) -> Vec<u32> {
    let (a, b) = (trim(a), trim(b));
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    if short.is_empty() {
        return Vec::new();
    }
    if short.len() >= LARGE {
        return from_large(&(to_large(long) * to_large(short)));
    }
    let mut out = vec![0; long.len() + short.len()];
    mul_into(&mut out, long, short);
    normalize(&mut out);
    out
}

/// Writes `a * b` to `out`, which is zeroed and as long as both together: the quadratic algorithm, for few digits.
pub fn mul_into(out: &mut [u32], a: &[u32], b: &[u32]) {
    for (index, &factor) in b.iter().enumerate() {
        if factor == 0 {
            continue;
        }
        let mut carry = 0u64;
        let row = &mut out[index..];
        for (out, &digit) in row.iter_mut().zip(a) {
            carry += digit as u64 * factor as u64 + *out as u64;
            *out = carry as u32 & MASK;
            carry >>= SHIFT;
        }
        row[a.len()] = carry as u32;
    }
}

/// `a * a`.
pub fn square(a: &[u32]) -> Vec<u32> {
    let a = trim(a);
    if is_zero(a) {
        return Vec::new();
    }
    if a.len() >= LARGE {
        return from_large(&to_large(a).sqr());
    }
    let mut out = vec![0u32; 2 * a.len()];
    for (index, &digit) in a.iter().enumerate() {
        let mut carry = out[2 * index] as u64 + digit as u64 * digit as u64;
        out[2 * index] = carry as u32 & MASK;
        carry >>= SHIFT;
        // Each mixed product counts twice. With the doubled factor at most 31 bits wide the sum stays below 2**62.
        let twice = (digit as u64) << 1;
        let mut position = 2 * index + 1;
        for &other in &a[index + 1..] {
            carry += out[position] as u64 + other as u64 * twice;
            out[position] = carry as u32 & MASK;
            carry >>= SHIFT;
            position += 1;
        }
        while carry != 0 {
            carry += out[position] as u64;
            out[position] = carry as u32 & MASK;
            carry >>= SHIFT;
            position += 1;
        }
    }
    normalize(&mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_are_products() {
        for length in [1usize, 2, 3, 10, 39, 41, 200] {
            let a = vec![MASK; length];
            let mut schoolbook = vec![0; 2 * length];
            mul_into(&mut schoolbook, &a, &a);
            normalize(&mut schoolbook);
            assert_eq!(mul(&a, &a), schoolbook);
            assert_eq!(square(&a), schoolbook);
        }
    }
}
