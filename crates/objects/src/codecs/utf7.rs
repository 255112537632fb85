//! UTF-7 (RFC 2152).

use std::borrow::Cow;

use super::errors::Policy;
use super::utf::push_points;
use crate::object::Owned;
use crate::text_writer::TextWriter;
use crate::{PyResult, Str, Thread};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn value(byte: u8) -> Option<u32> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    } as u32)
}

/// Characters that stand for themselves when encoding: all of ASCII that is printable but `+`, `\`
/// and `~`, with white space.
fn is_direct(c: u32) -> bool {
    matches!(c, 9 | 10 | 13 | 0x20..=0x7d) && c != '+' as u32 && c != '\\' as u32
}

/// Encode in UTF-7.
pub fn encode_utf7(text: &Str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() * 2);
    let (mut shifted, mut bits, mut buffer) = (false, 0u32, 0u32);
    for c in text.chars() {
        if shifted && is_direct(c) {
            if bits > 0 {
                out.push(ALPHABET[(buffer << (6 - bits) & 0x3f) as usize]);
            }
            (shifted, bits, buffer) = (false, 0, 0);
            // Characters that could be taken for base 64 need the end told.
            if u8::try_from(c).is_ok_and(|b| value(b).is_some()) || c == '-' as u32 {
                out.push(b'-');
            }
        }
        if !shifted {
            if c == '+' as u32 {
                out.extend(b"+-");
                continue;
            }
            if is_direct(c) {
                out.push(c as u8);
                continue;
            }
            out.push(b'+');
            shifted = true;
        }
        let mut push = |unit: u32| {
            buffer = (buffer << 16 | unit) & 0x3f_ffff;
            bits += 16;
            while bits >= 6 {
                bits -= 6;
                out.push(ALPHABET[(buffer >> bits & 0x3f) as usize]);
            }
            buffer &= (1 << bits) - 1;
        };
        if c >= 0x10000 {
            push(0xd7c0 + (c >> 10));
            push(0xdc00 | (c & 0x3ff));
        } else {
            push(c);
        }
    }
    if shifted {
        if bits > 0 {
            out.push(ALPHABET[(buffer << (6 - bits) & 0x3f) as usize]);
        }
        out.push(b'-');
    }
    out
}

/// Decode UTF-7. Without `last`, a shift sequence that is not ended is left.
pub fn decode_utf7(thread: &Thread, bytes: &[u8], errors: &Policy, last: bool) -> PyResult<(Owned<Str>, usize)> {
    let mut input = Cow::Borrowed(bytes);
    let mut out: Vec<u32> = Vec::new();
    let (mut at, mut start) = (0, 0);
    let (mut shifted, mut bits, mut buffer, mut surrogate, mut shift_out) = (false, 0u32, 0u64, 0u32, 0usize);
    loop {
        let failed: Option<(usize, &str)> = match input.get(at).copied() {
            None if shifted && last => {
                // A sequence may end with the input if nothing is left of it.
                let lost = surrogate != 0 || bits >= 6 || (bits > 0 && buffer & ((1 << bits) - 1) != 0);
                if !lost {
                    break;
                }
                shifted = false;
                Some((input.len(), "unterminated shift sequence"))
            }
            None => break,
            Some(byte) if shifted => match value(byte) {
                Some(six) => {
                    buffer = (buffer << 6 | six as u64) & 0xffff_ffff;
                    bits += 6;
                    at += 1;
                    if bits >= 16 {
                        bits -= 16;
                        let unit = (buffer >> bits) as u32 & 0xffff;
                        buffer &= (1 << bits) - 1;
                        if surrogate != 0 {
                            if (0xdc00..0xe000).contains(&unit) {
                                out.push(0x10000 + ((surrogate - 0xd800) << 10) + (unit - 0xdc00));
                                surrogate = 0;
                                continue;
                            }
                            out.push(surrogate);
                            surrogate = 0;
                        }
                        if (0xd800..0xdc00).contains(&unit) { surrogate = unit } else { out.push(unit) }
                    }
                    continue;
                }
                None => {
                    shifted = false;
                    let mut failed = None;
                    if bits >= 6 {
                        at += 1;
                        failed = Some((at, "partial character in shift sequence"));
                    } else if bits > 0 && buffer != 0 {
                        at += 1;
                        failed = Some((at, "non-zero padding bits in shift sequence"));
                    } else {
                        if surrogate != 0 && value(byte).is_none() {
                            out.push(surrogate);
                        }
                        if byte == b'-' {
                            at += 1;
                        }
                    }
                    surrogate = 0;
                    if failed.is_none() {
                        continue;
                    }
                    failed
                }
            },
            Some(b'+') => {
                start = at;
                at += 1;
                match input.get(at) {
                    Some(b'-') => {
                        at += 1;
                        out.push('+' as u32);
                        continue;
                    }
                    Some(&next) if value(next).is_none() => {
                        at += 1;
                        Some((at, "ill-formed sequence"))
                    }
                    _ => {
                        (shifted, bits, buffer, surrogate) = (true, 0, 0, 0);
                        shift_out = out.len();
                        continue;
                    }
                }
            }
            Some(byte) if byte < 128 => {
                out.push(byte as u32);
                at += 1;
                continue;
            }
            Some(_) => {
                start = at;
                Some((at + 1, "unexpected special character"))
            }
        };
        if let Some((end, reason)) = failed {
            let (points, next) = errors.decode(thread, "utf7", &mut input, start, end, reason)?;
            out.extend(points);
            at = next;
        }
    }
    if shifted && !last {
        // Begin again at the shift when more comes.
        out.truncate(shift_out);
        at = start;
    }
    let mut text = TextWriter::new();
    push_points(&mut text, &out);
    Ok((text.finish(thread)?, at))
}
