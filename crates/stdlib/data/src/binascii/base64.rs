//! Base64.

use pyrox_macros::pyfunction;
use pyrox_objects::{Buffer, Bytes, Object, Owned, PyResult, Thread};

use super::{AsciiBuffer, ERROR};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const VALUES: [u8; 256] = {
    let mut values = [255; 256];
    let mut at = 0;
    while at < 64 {
        values[ALPHABET[at] as usize] = at as u8;
        at += 1;
    }
    values
};

/// Decode a line of base64 data.
///
/// With strict_mode, characters outside the alphabet and misplaced padding are errors.
#[pyfunction(sig = "(data, /, *, strict_mode=False)")]
pub fn a2b_base64(thread: &Thread, data: AsciiBuffer<'_>, strict_mode: Option<bool>) -> PyResult<Owned<Bytes>> {
    let strict = strict_mode.unwrap_or(false);
    let data = data.as_slice();
    let error = |message: &str| Err(ERROR.raise(thread, message));
    let lonely = |count: usize| {
        let message = format!("Invalid base64-encoded string: number of data characters ({count}) cannot be 1 more than a multiple of 4");
        Err(ERROR.raise(thread, &message))
    };
    let mut out = Vec::with_capacity(data.len() / 4 * 3 + 3);
    let (mut quad, mut left, mut pads) = (0u8, 0u8, 0u8);
    // Whole groups of four characters at a time, as long as there is nothing special.
    let mut rest = data;
    while let [a, b, c, d, more @ ..] = rest {
        let (a, b, c, d) = (VALUES[*a as usize], VALUES[*b as usize], VALUES[*c as usize], VALUES[*d as usize]);
        if (a | b | c | d) & 0x80 != 0 {
            break;
        }
        out.extend_from_slice(&[a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
        rest = more;
    }
    let start = data.len() - rest.len();
    for (at, &c) in rest.iter().enumerate() {
        if c == b'=' {
            if strict && pads > 0 && quad + pads >= 4 {
                return error("Excess padding not allowed");
            }
            if strict && quad == 0 {
                return error(if start + at == 0 { "Leading padding not allowed" } else { "Excess padding not allowed" });
            }
            if strict && quad == 1 {
                return lonely(out.len() / 3 * 4 + 1);
            }
            if quad >= 2 {
                pads = pads.saturating_add(1);
            }
            continue;
        }
        let value = VALUES[c as usize];
        if value == 255 {
            if strict {
                return error("Only base64 data is allowed");
            }
            continue;
        }
        if strict && pads > 0 {
            return error(if quad + pads >= 4 { "Excess data after padding" } else { "Discontinuous padding not allowed" });
        }
        pads = 0;
        match quad {
            0 => left = value,
            1 => {
                out.push(left << 2 | value >> 4);
                left = value & 15;
            }
            2 => {
                out.push(left << 4 | value >> 2);
                left = value & 3;
            }
            _ => out.push(left << 6 | value),
        }
        quad = (quad + 1) & 3;
    }
    if quad == 1 {
        return lonely(out.len() / 3 * 4 + 1);
    }
    if quad != 0 && quad.saturating_add(pads) < 4 {
        return error("Incorrect padding");
    }
    Bytes::from_slice(thread, &out)
}

/// Base64-code line of data.
#[pyfunction(sig = "(data, /, *, newline=True)")]
pub fn b2a_base64(thread: &Thread, data: &Object, newline: Option<bool>) -> PyResult<Owned<Bytes>> {
    let buffer = Buffer::simple(thread, data)?;
    let data = buffer.as_slice();
    let mut out = Vec::with_capacity(data.len() / 3 * 4 + 5);
    let letter = |bits: u32| ALPHABET[(bits & 63) as usize];
    let mut groups = data.chunks_exact(3);
    for group in &mut groups {
        let bits = (group[0] as u32) << 16 | (group[1] as u32) << 8 | group[2] as u32;
        out.extend_from_slice(&[letter(bits >> 18), letter(bits >> 12), letter(bits >> 6), letter(bits)]);
    }
    match groups.remainder() {
        [a] => out.extend_from_slice(&[letter(*a as u32 >> 2), letter((*a as u32) << 4), b'=', b'=']),
        [a, b] => {
            let bits = (*a as u32) << 8 | *b as u32;
            out.extend_from_slice(&[letter(bits >> 10), letter(bits >> 4), letter(bits << 2), b'=']);
        }
        _ => {}
    }
    if newline.unwrap_or(true) {
        out.push(b'\n');
    }
    Bytes::from_slice(thread, &out)
}
