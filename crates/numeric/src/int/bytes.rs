//! Integers as bytes of either order, unsigned or in two's complement.

use super::digits::{bit_length, increment, normalize, trailing_zeros};
use super::{BigInt, MASK, SHIFT};

/// Why an int does not fit into the bytes asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToBytesError {
    /// More bytes are needed.
    TooBig,
    /// A negative int has no unsigned form.
    Negative,
}

impl ToBytesError {
    /// The text of the `OverflowError`.
    pub fn message(self) -> &'static str {
        match self {
            ToBytesError::TooBig => "int too big to convert",
            ToBytesError::Negative => "can't convert negative int to unsigned",
        }
    }
}

/// The int whose bytes these are.
pub fn from_bytes(bytes: &[u8], little_endian: bool, signed: bool) -> BigInt {
    let top = if little_endian { bytes.last() } else { bytes.first() };
    let negative = signed && top.is_some_and(|&top| top & 0x80 != 0);
    let flip = if negative { 0xff } else { 0 };
    let mut digits = Vec::with_capacity(bytes.len() * 8 / SHIFT as usize + 2);
    let mut gathered = 0u64;
    let mut bits = 0;
    let mut take = |byte: u8| {
        gathered |= ((byte ^ flip) as u64) << bits;
        bits += 8;
        if bits >= SHIFT {
            digits.push(gathered as u32 & MASK);
            gathered >>= SHIFT;
            bits -= SHIFT;
        }
    };
    if little_endian {
        bytes.iter().for_each(|&byte| take(byte));
    } else {
        bytes.iter().rev().for_each(|&byte| take(byte));
    }
    if gathered != 0 {
        digits.push(gathered as u32);
    }
    normalize(&mut digits);
    if negative {
        increment(&mut digits);
    }
    BigInt { negative, digits }
}

/// Fills `out` with the int's bytes.
pub fn to_bytes((negative, a): (bool, &[u32]), out: &mut [u8], little_endian: bool, signed: bool) -> Result<(), ToBytesError> {
    if negative && !signed {
        return Err(ToBytesError::Negative);
    }
    let bits = bit_length(a);
    let room = out.len() as u64 * 8;
    let fits = match (signed, negative) {
        (false, _) => bits <= room,
        (true, false) => bits < room || bits == 0,
        // The lowest negative value is a power of two and needs no further bit for the sign.
        (true, true) => bits < room || bits == room && trailing_zeros(a) == Some(bits - 1),
    };
    if !fits {
        return Err(ToBytesError::TooBig);
    }
    let mut digits = a.iter();
    let mut gathered = 0u64;
    let mut available = 0;
    let mut carry = true;
    let mut next = || {
        if available < 8 {
            gathered |= (digits.next().copied().unwrap_or(0) as u64) << available;
            available += SHIFT;
        }
        let byte = gathered as u8;
        gathered >>= 8;
        available -= 8;
        if !negative {
            return byte;
        }
        let (byte, overflow) = (!byte).overflowing_add(carry as u8);
        carry = overflow;
        byte
    };
    if little_endian {
        out.iter_mut().for_each(|byte| *byte = next());
    } else {
        out.iter_mut().rev().for_each(|byte| *byte = next());
    }
    Ok(())
}

/// The int's lowest `out.len()` bytes in two's complement, whatever its size.
pub fn to_bytes_wrapping((negative, a): (bool, &[u32]), out: &mut [u8], little_endian: bool) {
    let digits = (out.len() as u64 * 8).div_ceil(SHIFT as u64) as usize;
    let mut low: Vec<u32> = a.iter().take(digits).copied().collect();
    // Leading zero digits beyond make the value positive and small enough; the sign is applied by hand.
    normalize(&mut low);
    let bytes = out.len();
    let mut gathered = 0u64;
    let mut available = 0;
    let mut source = low.into_iter();
    let mut carry = true;
    for index in 0..bytes {
        if available < 8 {
            gathered |= (source.next().unwrap_or(0) as u64) << available;
            available += SHIFT;
        }
        let mut byte = gathered as u8;
        gathered >>= 8;
        available -= 8;
        if negative {
            let (sum, overflow) = (!byte).overflowing_add(carry as u8);
            carry = overflow;
            byte = sum;
        }
        out[if little_endian { index } else { bytes - 1 - index }] = byte;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: i128, length: usize, signed: bool, little: &[u8]) {
        let int = BigInt::from(value);
        let mut out = vec![0; length];
        to_bytes(int.as_pair(), &mut out, true, signed).unwrap();
        assert_eq!(out, little);
        assert_eq!(from_bytes(&out, true, signed), int);
        let mut wrapped = vec![0; length];
        to_bytes_wrapping(int.as_pair(), &mut wrapped, true);
        assert_eq!(wrapped, little);
        to_bytes(int.as_pair(), &mut out, false, signed).unwrap();
        assert_eq!(from_bytes(&out, false, signed), int);
    }

    #[test]
    fn both_orders_and_signs() {
        check(0, 0, true, &[]);
        check(-128, 1, true, &[0x80]);
        check(127, 1, true, &[0x7f]);
        check(255, 1, false, &[0xff]);
        check(-1, 5, true, &[0xff; 5]);
        check(-(1 << 63), 8, true, &[0, 0, 0, 0, 0, 0, 0, 0x80]);
        check(0x0123_4567_89ab_cdef_0102, 11, false, &[2, 1, 0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 1, 0]);
    }

    #[test]
    fn what_does_not_fit() {
        let mut out = [0];
        let mut convert = |value: i128, signed| to_bytes(BigInt::from(value).as_pair(), &mut out, true, signed);
        assert_eq!(convert(256, false), Err(ToBytesError::TooBig));
        assert_eq!(convert(128, true), Err(ToBytesError::TooBig));
        assert_eq!(convert(-129, true), Err(ToBytesError::TooBig));
        assert_eq!(convert(-1, false), Err(ToBytesError::Negative));
        assert_eq!(to_bytes((true, &[1]), &mut [], true, true), Err(ToBytesError::TooBig));
    }
}
