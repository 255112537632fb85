//! `&`, `|`, `^` and `~` on two's complement, which for a negative value goes on with ones for ever.

use super::MASK;
use super::digits::{increment, normalize, sub, trim};

/// A binary operation on bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BitOperation {
    /// `&`
    And,
    /// `|`
    Or,
    /// `^`
    Xor,
}

/// Replaces `digits` by their two's complement.
fn complement(digits: &mut [u32]) {
    let mut carry = 1;
    for digit in digits {
        carry += *digit ^ MASK;
        *digit = carry & MASK;
        carry >>= super::SHIFT;
    }
}

/// Applies `operation` to two signed values, each a (is negative, magnitude) pair.
pub fn bitwise(operation: BitOperation, (a_negative, a): (bool, &[u32]), (b_negative, b): (bool, &[u32])) -> (bool, Vec<u32>) {
    let (a, b) = (trim(a), trim(b));
    let negative = match operation {
        BitOperation::And => a_negative && b_negative,
        BitOperation::Or => a_negative || b_negative,
        BitOperation::Xor => a_negative != b_negative,
    };
    // One digit more holds the sign, which the complement of a power of the base needs.
    let length = a.len().max(b.len()) + 1;
    let mut out = a.to_vec();
    out.resize(length, 0);
    if a_negative {
        complement(&mut out);
    }
    let mut carry = b_negative as u32;
    for (index, out) in out.iter_mut().enumerate() {
        let mut other = b.get(index).copied().unwrap_or(0);
        if b_negative {
            carry += other ^ MASK;
            other = carry & MASK;
            carry >>= super::SHIFT;
        }
        match operation {
            BitOperation::And => *out &= other,
            BitOperation::Or => *out |= other,
            BitOperation::Xor => *out ^= other,
        }
    }
    if negative {
        complement(&mut out);
    }
    normalize(&mut out);
    (negative, out)
}

/// `~a`, that is, `-a - 1`.
pub fn invert((negative, a): (bool, &[u32])) -> (bool, Vec<u32>) {
    if negative {
        (false, sub(trim(a), &[1]))
    } else {
        let mut out = trim(a).to_vec();
        increment(&mut out);
        (true, out)
    }
}
