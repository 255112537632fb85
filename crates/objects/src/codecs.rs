//! Codecs: from text to bytes and back.
//!
//! `str.encode` and `bytes.decode` know the common encodings natively ([`Native`]) and go through the
//! registry for all others. `errors.rs` holds what happens to what cannot be converted; `utf.rs`,
//! `simple.rs`, `escape.rs` and `utf7.rs` are the codecs.

mod errors;
mod escape;
mod registry;
mod simple;
mod utf;
mod utf7;

pub use errors::{Policy, Replacement, is_codec_error, lookup_error, register_error, unregister_error};
pub use escape::{
    decode_bytes_escape, decode_raw_unicode_escape, decode_unicode_escape, encode_bytes_escape, encode_raw_unicode_escape,
    encode_unicode_escape,
};
pub use registry::{Direction, convert, lookup, normalize, register, unregister};
pub use simple::{decode_ascii, decode_charmap, encode_ascii, encode_charmap, encode_latin1};
pub use utf::{ByteOrder, Decoded, decode_utf8, decode_utf16, decode_utf32, encode_utf8, encode_utf16, encode_utf32};
pub use utf7::{decode_utf7, encode_utf7};

use crate::buffer::{Buffer, is_buffer};
use crate::object::{Obj, Object, Own, Owned};
use crate::{ByteArray, Bytes, PyResult, Str, Thread};

/// The encodings that need no registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Native {
    Utf8,
    Latin1,
    Ascii,
    Utf16(ByteOrder),
    Utf32(ByteOrder),
    Utf7,
    UnicodeEscape,
    RawUnicodeEscape,
}

impl Native {
    /// The native codec of this name.
    pub fn named(name: &str) -> Option<Native> {
        Some(match name {
            "utf-8" | "utf8" | "utf_8" => Native::Utf8,
            _ => match normalize(name).as_str() {
                "utf8" | "utf_8" => Native::Utf8,
                "latin1" | "latin_1" | "iso8859_1" | "iso_8859_1" => Native::Latin1,
                "ascii" | "us_ascii" => Native::Ascii,
                "utf16" | "utf_16" => Native::Utf16(ByteOrder::Marked),
                "utf_16_le" | "utf_16le" => Native::Utf16(ByteOrder::Little),
                "utf_16_be" | "utf_16be" => Native::Utf16(ByteOrder::Big),
                "utf32" | "utf_32" => Native::Utf32(ByteOrder::Marked),
                "utf_32_le" | "utf_32le" => Native::Utf32(ByteOrder::Little),
                "utf_7" | "utf7" => Native::Utf7,
                "unicode_escape" => Native::UnicodeEscape,
                "raw_unicode_escape" => Native::RawUnicodeEscape,
                "utf_32_be" | "utf_32be" => Native::Utf32(ByteOrder::Big),
                _ => return None,
            },
        })
    }

    pub fn encode(self, thread: &Thread, text: &Str, errors: &Policy) -> PyResult<Vec<u8>> {
        match self {
            Native::Utf8 => encode_utf8(thread, text, errors),
            Native::Latin1 => encode_latin1(thread, text, errors),
            Native::Ascii => encode_ascii(thread, text, errors),
            Native::Utf16(order) => encode_utf16(thread, text, errors, order),
            Native::Utf32(order) => encode_utf32(thread, text, errors, order),
            Native::Utf7 => Ok(encode_utf7(text)),
            Native::UnicodeEscape => Ok(encode_unicode_escape(text)),
            Native::RawUnicodeEscape => Ok(encode_raw_unicode_escape(text)),
        }
    }

    pub fn decode(self, thread: &Thread, bytes: &[u8], errors: &Policy) -> PyResult<Owned<Str>> {
        match self {
            Native::Utf8 => Ok(decode_utf8(thread, bytes, errors, true)?.0),
            Native::Latin1 => Str::from_latin1(thread, bytes),
            Native::Ascii => decode_ascii(thread, bytes, errors),
            Native::Utf16(order) => Ok(decode_utf16(thread, bytes, errors, order, true)?.text),
            Native::Utf32(order) => Ok(decode_utf32(thread, bytes, errors, order, true)?.text),
            Native::Utf7 => Ok(decode_utf7(thread, bytes, errors, true)?.0),
            Native::UnicodeEscape => Ok(decode_unicode_escape(thread, bytes, errors, true)?.0),
            Native::RawUnicodeEscape => Ok(decode_raw_unicode_escape(thread, bytes, errors, true)?.0),
        }
    }
}

/// A name as Rust text, without NULs.
fn plain_name(thread: &Thread, name: Option<&Str>) -> PyResult<Option<String>> {
    let Some(name) = name else { return Ok(None) };
    let text = name.to_rust(thread)?;
    if text.contains('\0') {
        return Err(thread.value_error("embedded null character"));
    }
    Ok(Some(text))
}

/// `text.encode(encoding, errors)`: always a `bytes` object.
pub fn encode_text(thread: &Thread, text: &Str, encoding: Option<&Str>, errors: Option<&Str>) -> PyResult<Obj> {
    if encoding.is_none_or(|e| e.equals_str("utf-8")) && text.is_ascii() {
        return Ok(Bytes::from_slice(thread, text.as_chars().as_bytes())?.upcast());
    }
    let (encoding, errors) = (plain_name(thread, encoding)?, plain_name(thread, errors)?);
    let encoding = encoding.as_deref().unwrap_or("utf-8");
    let errors = errors.as_deref();
    if let Some(native) = Native::named(encoding) {
        return Ok(Bytes::from_slice(thread, &native.encode(thread, text, &Policy::named(errors))?)?.upcast());
    }
    let result = convert(thread, text, encoding, errors, Direction::Encode, true)?;
    if result.is_instance::<Bytes>() {
        return Ok(result);
    }
    if let Some(array) = result.cast::<ByteArray>() {
        crate::warn::runtime(
            thread,
            &format!("encoder {encoding} returned bytearray instead of bytes; use codecs.encode() to encode to arbitrary types"),
        )?;
        return Ok(Bytes::from_slice(thread, array.as_slice())?.upcast());
    }
    Err(thread.type_error(&format!(
        "'{encoding}' encoder returned '{}' instead of 'bytes'; use codecs.encode() to encode to arbitrary types",
        result.ty().full_name()
    )))
}

/// Decode the bytes of `object` into a text.
pub fn decode_buffer(thread: &Thread, object: &Object, encoding: Option<&Str>, errors: Option<&Str>) -> PyResult<Owned<Str>> {
    let (encoding, errors) = (plain_name(thread, encoding)?, plain_name(thread, errors)?);
    let encoding = encoding.as_deref().unwrap_or("utf-8");
    let errors = errors.as_deref();
    if let Some(native) = Native::named(encoding) {
        let buffer = Buffer::simple(thread, object)?;
        return native.decode(thread, buffer.as_slice(), &Policy::named(errors));
    }
    let result = convert(thread, object, encoding, errors, Direction::Decode, true)?;
    result.downcast::<Str>().map_err(|other| {
        thread.type_error(&format!(
            "'{encoding}' decoder returned '{}' instead of 'str'; use codecs.decode() to decode to arbitrary types",
            other.ty().full_name()
        ))
    })
}

/// `bytes.decode(encoding, errors)`.
pub fn decode_bytes(thread: &Thread, object: &Object, encoding: Option<&Str>, errors: Option<&Str>) -> PyResult<Obj> {
    Ok(decode_buffer(thread, object, encoding, errors)?.upcast())
}

/// `str(object, encoding, errors)`.
pub fn decode_object(thread: &Thread, object: &Object, encoding: Option<&Str>, errors: Option<&Str>) -> PyResult<Owned<Str>> {
    if object.is_instance::<Str>() {
        return Err(thread.type_error("decoding str is not supported"));
    }
    if !is_buffer(object) {
        return Err(thread.type_error(&format!("decoding to str: need a bytes-like object, {} found", object.ty().full_name())));
    }
    // A registered decoder gets a read-only view, as the buffer may change.
    if object.is_instance::<Bytes>() {
        return decode_buffer(thread, object, encoding, errors);
    }
    let copy = {
        let buffer = Buffer::simple(thread, object)?;
        Bytes::from_slice(thread, buffer.as_slice())?
    };
    decode_buffer(thread, &copy.own_typed(), encoding, errors)
}
