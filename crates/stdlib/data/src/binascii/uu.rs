//! uuencoding, a line at a time.

use pyrox_macros::pyfunction;
use pyrox_objects::{Buffer, Bytes, Object, Owned, PyResult, Thread};

use super::{AsciiBuffer, ERROR};

/// Decode a line of uuencoded data.
#[pyfunction(sig = "(data, /)")]
pub fn a2b_uu(thread: &Thread, data: AsciiBuffer<'_>) -> PyResult<Owned<Bytes>> {
    let Some((&length, mut rest)) = data.as_slice().split_first() else {
        return Err(ERROR.raise(thread, "Missing length byte"));
    };
    let length = (length.wrapping_sub(b' ') & 63) as usize;
    let mut out = Vec::with_capacity(length);
    let (mut bits, mut count) = (0u32, 0);
    while out.len() < length {
        let value = match rest.split_first() {
            // Blanks at the end of a line may have been eaten.
            None => 0,
            Some((&c, more)) => {
                rest = more;
                match c {
                    b'\n' | b'\r' => 0,
                    b' '..=0x60 => (c - b' ') & 63,
                    _ => return Err(ERROR.raise(thread, "Illegal char")),
                }
            }
        };
        bits = bits << 6 | value as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    if rest.iter().any(|c| !matches!(c, b' ' | b'`' | b'\n' | b'\r')) {
        return Err(ERROR.raise(thread, "Trailing garbage"));
    }
    Bytes::from_slice(thread, &out)
}

/// Uuencode line of data.
#[pyfunction(sig = "(data, /, *, backtick=False)")]
pub fn b2a_uu(thread: &Thread, data: &Object, backtick: Option<bool>) -> PyResult<Owned<Bytes>> {
    let buffer = Buffer::simple(thread, data)?;
    let data = buffer.as_slice();
    if data.len() > 45 {
        return Err(ERROR.raise(thread, "At most 45 bytes at once"));
    }
    let backtick = backtick.unwrap_or(false);
    let letter = |value: u32| match value & 63 {
        0 if backtick => b'`',
        value => b' ' + value as u8,
    };
    let mut out = vec![letter(data.len() as u32)];
    for group in data.chunks(3) {
        let at = |n: usize| group.get(n).copied().unwrap_or(0) as u32;
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        out.extend_from_slice(&[letter(bits >> 18), letter(bits >> 12), letter(bits >> 6), letter(bits)]);
    }
    out.push(b'\n');
    Bytes::from_slice(thread, &out)
}
