//! Cyclic redundancy checks.

use pyrox_macros::pyfunction;
use pyrox_objects::{Buffer, Object, PyResult, Thread};

/// The low 32 bits of an integer of any size.
pub(crate) fn low_word(thread: &Thread, value: Option<&Object>, default: u32) -> PyResult<u32> {
    let Some(value) = value else { return Ok(default) };
    let value = value.index(thread)?;
    let low = pyrox_numeric::int::digits::low_u64(value.digits()) as u32;
    Ok(if value.is_negative() { low.wrapping_neg() } else { low })
}

const fn table(shift: u32) -> [u32; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let mut value = at as u32;
        let mut bit = 0;
        while bit < 8 * (shift + 1) {
            value = if value & 1 != 0 { value >> 1 ^ 0xedb8_8320 } else { value >> 1 };
            bit += 1;
        }
        table[at] = value;
        at += 1;
    }
    table
}

/// Tables for four bytes at a time.
static TABLES: [[u32; 256]; 4] = [table(0), table(1), table(2), table(3)];

/// The CRC-32 of `data` after data with the checksum `crc`.
pub(crate) fn crc32_of(crc: u32, data: &[u8]) -> u32 {
    let mut crc = !crc;
    let mut words = data.chunks_exact(4);
    for word in &mut words {
        let x = crc ^ u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
        let [a, b, c, d] = x.to_le_bytes();
        crc = TABLES[3][a as usize] ^ TABLES[2][b as usize] ^ TABLES[1][c as usize] ^ TABLES[0][d as usize];
    }
    for &byte in words.remainder() {
        crc = crc >> 8 ^ TABLES[0][(crc as u8 ^ byte) as usize];
    }
    !crc
}

/// Compute CRC-32 incrementally.
#[pyfunction(sig = "(data, crc=0, /)")]
pub fn crc32(thread: &Thread, data: &Object, crc: Option<&Object>) -> PyResult<u32> {
    let buffer = Buffer::simple(thread, data)?;
    let crc = low_word(thread, crc, 0)?;
    Ok(crc32_of(crc, buffer.as_slice()))
}

/// Compute CRC-CCITT incrementally.
#[pyfunction(sig = "(data, crc, /)")]
pub fn crc_hqx(thread: &Thread, data: &Object, crc: &Object) -> PyResult<u32> {
    let buffer = Buffer::simple(thread, data)?;
    let mut crc = low_word(thread, Some(crc), 0)? & 0xffff;
    for &byte in buffer.as_slice() {
        crc ^= (byte as u32) << 8;
        for _ in 0..8 {
            crc = if crc & 0x8000 != 0 { crc << 1 ^ 0x1021 } else { crc << 1 };
        }
        crc &= 0xffff;
    }
    Ok(crc)
}
