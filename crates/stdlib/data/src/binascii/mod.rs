//! `binascii`: between bytes and ASCII text.

mod base64;
mod checksum;
mod quoted_printable;
mod uu;

use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::native::{FromArgument, Place};
use pyrox_objects::{Buffer, Bytes, Module, Object, Owned, PyResult, Str, Thread, exceptions};

use crate::global::ExceptionClass;

/// `binascii.Error`.
pub(crate) static ERROR: ExceptionClass = ExceptionClass::new();
static INCOMPLETE: ExceptionClass = ExceptionClass::new();

/// Bytes, or a `str` of ASCII.
pub(crate) enum AsciiBuffer<'a> {
    Text(&'a str),
    Bytes(Buffer),
}

impl AsciiBuffer<'_> {
    pub fn as_slice(&self) -> &[u8] {
        match self {
            AsciiBuffer::Text(text) => text.as_bytes(),
            AsciiBuffer::Bytes(buffer) => buffer.as_slice(),
        }
    }
}

impl<'a> FromArgument<'a> for AsciiBuffer<'a> {
    fn from_argument(thread: &Thread, value: &'a Object, _: &Place) -> PyResult<Self> {
        if let Some(text) = value.cast::<Str>() {
            return match text.ascii_text() {
                Some(text) => Ok(AsciiBuffer::Text(text)),
                None => Err(thread.value_error("string argument should contain only ASCII characters")),
            };
        }
        if !pyrox_objects::buffer::is_buffer(value) {
            let message = format!("argument should be bytes, buffer or ASCII string, not '{}'", value.ty().name());
            return Err(thread.type_error(&message));
        }
        Ok(AsciiBuffer::Bytes(Buffer::simple(thread, value)?))
    }
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Hexadecimal digits, groups of `|group|` bytes separated: counted from the right if positive.
fn hex_bytes(data: &[u8], sep: Option<u8>, group: i32) -> Vec<u8> {
    let size = group.unsigned_abs() as usize;
    let mut out = Vec::with_capacity(data.len() * 2);
    for (at, byte) in data.iter().enumerate() {
        if let (Some(sep), true, true) = (sep, at > 0, size > 0) {
            let place = if group > 0 { data.len() - at } else { at };
            if place % size == 0 {
                out.push(sep);
            }
        }
        out.push(DIGITS[(byte >> 4) as usize]);
        out.push(DIGITS[(byte & 15) as usize]);
    }
    out
}

fn hexadecimal(thread: &Thread, data: &Object, sep: Option<&Object>, group: Option<i32>) -> PyResult<Owned<Bytes>> {
    let buffer = Buffer::simple(thread, data)?;
    let sep = match sep {
        None => None,
        Some(sep) => {
            if sep.len(thread)? != 1 {
                return Err(thread.value_error("sep must be length 1."));
            }
            match (sep.cast::<Str>(), sep.cast::<Bytes>()) {
                (Some(text), _) if text.at(0) < 256 => Some(text.at(0) as u8),
                (Some(_), _) => return Err(thread.value_error("sep must be ASCII.")),
                (_, Some(bytes)) => bytes.as_slice().first().copied(),
                _ => return Err(thread.type_error("sep must be str or bytes.")),
            }
        }
    };
    Bytes::from_slice(thread, &hex_bytes(buffer.as_slice(), sep, group.unwrap_or(1)))
}

/// Hexadecimal representation of binary data.
///
/// sep separates groups of bytes_per_sep bytes, which are counted from the right or, if negative, from the left.
#[pyfunction(sig = "(data, sep=<unrepresentable>, bytes_per_sep=1)", text = "($module, /, data, sep=<unrepresentable>, bytes_per_sep=1)")]
fn hexlify(thread: &Thread, data: &Object, sep: Option<&Object>, bytes_per_sep: Option<i32>) -> PyResult<Owned<Bytes>> {
    hexadecimal(thread, data, sep, bytes_per_sep)
}

/// Hexadecimal representation of binary data.
///
/// This function is also available as hexlify().
#[pyfunction(sig = "(data, sep=<unrepresentable>, bytes_per_sep=1)", text = "($module, /, data, sep=<unrepresentable>, bytes_per_sep=1)")]
fn b2a_hex(thread: &Thread, data: &Object, sep: Option<&Object>, bytes_per_sep: Option<i32>) -> PyResult<Owned<Bytes>> {
    hexadecimal(thread, data, sep, bytes_per_sep)
}

fn hex_value(c: u8) -> Option<u8> {
    (c as char).to_digit(16).map(|d| d as u8)
}

fn from_hexadecimal(thread: &Thread, text: &[u8]) -> PyResult<Owned<Bytes>> {
    if !text.len().is_multiple_of(2) {
        return Err(ERROR.raise(thread, "Odd-length string"));
    }
    let mut out = Vec::with_capacity(text.len() / 2);
    for pair in text.chunks_exact(2) {
        match (hex_value(pair[0]), hex_value(pair[1])) {
            (Some(high), Some(low)) => out.push(high << 4 | low),
            _ => return Err(ERROR.raise(thread, "Non-hexadecimal digit found")),
        }
    }
    Bytes::from_slice(thread, &out)
}

/// Binary data of hexadecimal representation.
#[pyfunction(sig = "(hexstr, /)")]
fn unhexlify(thread: &Thread, hexstr: AsciiBuffer<'_>) -> PyResult<Owned<Bytes>> {
    from_hexadecimal(thread, hexstr.as_slice())
}

/// Binary data of hexadecimal representation.
///
/// This function is also available as unhexlify().
#[pyfunction(sig = "(hexstr, /)")]
fn a2b_hex(thread: &Thread, hexstr: AsciiBuffer<'_>) -> PyResult<Owned<Bytes>> {
    from_hexadecimal(thread, hexstr.as_slice())
}

pymodule!(
    name = "binascii",
    doc = "Conversion between binary data and ASCII",
    functions = [
        hexlify,
        b2a_hex,
        unhexlify,
        a2b_hex,
        base64::a2b_base64,
        base64::b2a_base64,
        uu::a2b_uu,
        uu::b2a_uu,
        quoted_printable::a2b_qp,
        quoted_printable::b2a_qp,
        checksum::crc32,
        checksum::crc_hqx,
    ],
    exec = exec
);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    ERROR.add(thread, module, "binascii", "Error", exceptions::value_error())?;
    INCOMPLETE.add(thread, module, "binascii", "Incomplete", exceptions::exception())
}
