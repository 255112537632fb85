//! Quoted-printable, and the `Q` encoding of headers.

use pyrox_macros::pyfunction;
use pyrox_objects::{Buffer, Bytes, Object, Owned, PyResult, Thread};

use super::{AsciiBuffer, hex_value};

const LINE: usize = 76;

/// Decode a string of qp-encoded data.
#[pyfunction(sig = "(data, header=False)")]
pub fn a2b_qp(thread: &Thread, data: AsciiBuffer<'_>, header: Option<bool>) -> PyResult<Owned<Bytes>> {
    let header = header.unwrap_or(false);
    let mut rest = data.as_slice();
    let mut out = Vec::with_capacity(rest.len());
    while let Some((&c, more)) = rest.split_first() {
        rest = more;
        if c == b'=' {
            match rest {
                [] => break,
                // A soft line break.
                [b'\n' | b'\r', ..] => rest = rest.iter().position(|&c| c == b'\n').map_or(&[][..], |at| &rest[at + 1..]),
                [b'=', more @ ..] => {
                    out.push(b'=');
                    rest = more;
                }
                [a, b, more @ ..] => match (hex_value(*a), hex_value(*b)) {
                    (Some(high), Some(low)) => {
                        out.push(high << 4 | low);
                        rest = more;
                    }
                    _ => out.push(b'='),
                },
                _ => out.push(b'='),
            }
        } else {
            out.push(if header && c == b'_' { b' ' } else { c });
        }
    }
    Bytes::from_slice(thread, &out)
}

fn push_hex(out: &mut Vec<u8>, byte: u8) {
    let digit = |d: u8| b"0123456789ABCDEF"[d as usize & 15];
    out.extend_from_slice(&[digit(byte >> 4), digit(byte)]);
}

/// Encode a string using quoted-printable encoding.
///
/// With istext, newlines are kept and blanks at the ends of lines are encoded; with quotetabs, all blanks are.
#[pyfunction(sig = "(data, quotetabs=False, istext=True, header=False)")]
pub fn b2a_qp(
    thread: &Thread,
    data: &Object,
    quotetabs: Option<bool>,
    istext: Option<bool>,
    header: Option<bool>,
) -> PyResult<Owned<Bytes>> {
    let buffer = Buffer::simple(thread, data)?;
    let data = buffer.as_slice();
    let (quotetabs, istext, header) = (quotetabs.unwrap_or(false), istext.unwrap_or(true), header.unwrap_or(false));
    // The first line's end tells those of all.
    let crlf = data.iter().position(|&c| c == b'\n').is_some_and(|at| at > 0 && data[at - 1] == b'\r');
    let mut out = Vec::with_capacity(data.len() + data.len() / 8);
    let (mut at, mut line) = (0, 0);
    let soft_break = |out: &mut Vec<u8>| out.extend_from_slice(if crlf { b"=\r\n" } else { b"=\n" });
    while let Some(&c) = data.get(at) {
        let next = data.get(at + 1).copied();
        let quote = c > 126
            || c == b'='
            || (header && c == b'_')
            || (c == b'.' && line == 0 && matches!(next, None | Some(b'\n' | b'\r' | 0)))
            || (!istext && matches!(c, b'\r' | b'\n'))
            || (matches!(c, b'\t' | b' ') && next.is_none())
            || (c < 33 && !matches!(c, b'\r' | b'\n') && (quotetabs || !matches!(c, b'\t' | b' ')));
        if quote {
            if line + 3 >= LINE {
                line = 0;
                soft_break(&mut out);
            }
            line += 3;
            out.push(b'=');
            push_hex(&mut out, c);
            at += 1;
        } else if istext && (c == b'\n' || (c == b'\r' && next == Some(b'\n'))) {
            line = 0;
            if let Some(&blank @ (b' ' | b'\t')) = out.last() {
                out.pop();
                out.push(b'=');
                push_hex(&mut out, blank);
            }
            out.extend_from_slice(if crlf { b"\r\n" } else { b"\n" });
            at += if c == b'\r' { 2 } else { 1 };
        } else {
            if next.is_some_and(|n| n != b'\n') && line + 1 >= LINE {
                line = 0;
                soft_break(&mut out);
            }
            line += 1;
            out.push(if header && c == b' ' { b'_' } else { c });
            at += 1;
        }
    }
    Bytes::from_slice(thread, &out)
}
