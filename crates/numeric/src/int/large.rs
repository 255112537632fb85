//! The passage to 64-bit words, for sizes at which the `dashu-int` crate is faster than loops over 30-bit digits.

use super::{MASK, SHIFT, digits::trim};
use dashu_int::UBig;

const WORD_BITS: u32 = u64::BITS;
const _: () = assert!(dashu_int::Word::BITS == WORD_BITS, "large integers are repacked into 64-bit words");

/// Repacks digits into words.
pub fn to_large(a: &[u32]) -> UBig {
    let a = trim(a);
    let mut words = Vec::with_capacity(a.len() * SHIFT as usize / WORD_BITS as usize + 1);
    let mut gathered = 0u128;
    let mut bits = 0;
    for &digit in a {
        gathered |= (digit as u128) << bits;
        bits += SHIFT;
        if bits >= WORD_BITS {
            words.push(gathered as u64);
            gathered >>= WORD_BITS;
            bits -= WORD_BITS;
        }
    }
    if gathered != 0 {
        words.push(gathered as u64);
    }
    UBig::from_words(&words)
}

/// Repacks words into digits.
pub fn from_large(value: &UBig) -> Vec<u32> {
    let words = value.as_words();
    let mut digits = Vec::with_capacity(words.len() * WORD_BITS as usize / SHIFT as usize + 2);
    let mut gathered = 0u128;
    let mut bits = 0;
    for &word in words {
        gathered |= (word as u128) << bits;
        bits += WORD_BITS;
        while bits >= SHIFT {
            digits.push(gathered as u32 & MASK);
            gathered >>= SHIFT;
            bits -= SHIFT;
        }
    }
    if gathered != 0 {
        digits.push(gathered as u32);
    }
    super::digits::normalize(&mut digits);
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repacking_loses_nothing() {
        let mut state = 1u32;
        for length in 0..70 {
            let digits: Vec<u32> = (0..length)
                .map(|_| {
                    state = state.wrapping_mul(1664525).wrapping_add(1013904223);
                    state >> 2 | 1
                })
                .collect();
            assert_eq!(from_large(&to_large(&digits)), digits);
        }
    }
}
