//! `_codecs`: the registry of codecs, and the codecs that are native.

use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::codecs::{self, ByteOrder, Decoded, Direction, Policy};
use pyrox_objects::{Buffer, Bytes, Dict, Int, Obj, Object, Owned, PyResult, Str, Thread, Tuple};

pymodule!(
    name = "_codecs",
    doc = "The registry of codecs and the native ones.",
    functions = [
        register,
        unregister,
        lookup,
        encode,
        decode,
        register_error,
        lookup_error,
        _unregister_error,
        utf_8_encode,
        utf_8_decode,
        utf_7_encode,
        utf_7_decode,
        utf_16_encode,
        utf_16_le_encode,
        utf_16_be_encode,
        utf_16_decode,
        utf_16_le_decode,
        utf_16_be_decode,
        utf_16_ex_decode,
        utf_32_encode,
        utf_32_le_encode,
        utf_32_be_encode,
        utf_32_decode,
        utf_32_le_decode,
        utf_32_be_decode,
        utf_32_ex_decode,
        unicode_escape_encode,
        unicode_escape_decode,
        raw_unicode_escape_encode,
        raw_unicode_escape_decode,
        latin_1_encode,
        latin_1_decode,
        ascii_encode,
        ascii_decode,
        charmap_encode,
        charmap_decode,
        charmap_build,
        escape_encode,
        escape_decode,
        readbuffer_encode,
    ]
);

/// Register a codec search function.
///
/// Search functions are expected to take one argument, the encoding name in all lower case letters, and
/// either return None, or a tuple of functions (encoder, decoder, stream_reader, stream_writer) (or a
/// CodecInfo object).
#[pyfunction(sig = "(search_function, /)")]
fn register(thread: &Thread, search_function: &Object) -> PyResult<()> {
    codecs::register(thread, search_function)
}

/// Unregister a codec search function and clear the registry's cache.
///
/// If the search function is not registered, do nothing.
#[pyfunction(sig = "(search_function, /)")]
fn unregister(thread: &Thread, search_function: &Object) -> PyResult<()> {
    codecs::unregister(thread, search_function)
}

/// Looks up a codec tuple in the Python codec registry and returns a CodecInfo object.
#[pyfunction(sig = "(encoding, /)")]
fn lookup(thread: &Thread, encoding: &Str) -> PyResult<Obj> {
    Ok(codecs::lookup(thread, &encoding.to_rust(thread)?)?.upcast())
}

fn named(thread: &Thread, errors: Option<&Str>) -> PyResult<Option<String>> {
    errors.map(|errors| errors.to_rust(thread)).transpose()
}

fn policy(thread: &Thread, errors: Option<&Str>) -> PyResult<Policy> {
    Ok(Policy::named(named(thread, errors)?.as_deref()))
}

/// Encodes obj using the codec registered for encoding.
///
/// The default encoding is 'utf-8'.  errors may be given to set a different error handling scheme.
/// Default is 'strict' meaning that encoding errors raise a ValueError.  Other possible values are
/// 'ignore', 'replace' and 'backslashreplace' as well as any other name registered with
/// codecs.register_error that can handle ValueErrors.
#[pyfunction(sig = "(obj, encoding='utf-8', errors='strict')")]
fn encode(thread: &Thread, obj: &Object, encoding: Option<&Str>, errors: Option<&Str>) -> PyResult<Obj> {
    let (encoding, errors) = (named(thread, encoding)?, named(thread, errors)?);
    codecs::convert(thread, obj, encoding.as_deref().unwrap_or("utf-8"), errors.as_deref(), Direction::Encode, false)
}

/// Decodes obj using the codec registered for encoding.
///
/// Default encoding is 'utf-8'.  errors may be given to set a different error handling scheme.  Default
/// is 'strict' meaning that encoding errors raise a ValueError.  Other possible values are 'ignore',
/// 'replace' and 'backslashreplace' as well as any other name registered with codecs.register_error that
/// can handle ValueErrors.
#[pyfunction(sig = "(obj, encoding='utf-8', errors='strict')")]
fn decode(thread: &Thread, obj: &Object, encoding: Option<&Str>, errors: Option<&Str>) -> PyResult<Obj> {
    let (encoding, errors) = (named(thread, encoding)?, named(thread, errors)?);
    codecs::convert(thread, obj, encoding.as_deref().unwrap_or("utf-8"), errors.as_deref(), Direction::Decode, false)
}

/// Register the specified error handler under the name errors.
///
/// handler must be a callable object, that will be called with an exception instance containing
/// information about the location of the encoding/decoding error and must return a (replacement, new
/// position) tuple.
#[pyfunction(sig = "(errors, handler, /)")]
fn register_error(thread: &Thread, errors: &Str, handler: &Object) -> PyResult<()> {
    codecs::register_error(thread, &errors.to_rust(thread)?, handler)
}

/// Un-register the specified error handler for the error handling `errors'.
///
/// Only custom error handlers can be un-registered. An exception is raised if the error handling is a
/// built-in one. Returns True if the handler was there.
#[pyfunction(sig = "(errors, /)")]
fn _unregister_error(thread: &Thread, errors: &Str) -> PyResult<bool> {
    codecs::unregister_error(thread, &errors.to_rust(thread)?)
}

/// lookup_error(errors) -> handler
///
/// Return the error handler for the specified error handling name or raise a LookupError, if no handler
/// exists under this name.
#[pyfunction(sig = "(name, /)")]
fn lookup_error(thread: &Thread, name: &Str) -> PyResult<Obj> {
    codecs::lookup_error(thread, &name.to_rust(thread)?)
}

fn pair(thread: &Thread, first: Obj, count: usize) -> PyResult<Owned<Tuple>> {
    Tuple::from_vec(thread, vec![first, Int::from(count as i64).upcast()])
}

fn encoded(thread: &Thread, text: &Str, bytes: &[u8]) -> PyResult<Owned<Tuple>> {
    pair(thread, Bytes::from_slice(thread, bytes)?.upcast(), text.len())
}

fn decoded(thread: &Thread, (text, consumed): (Owned<Str>, usize)) -> PyResult<Owned<Tuple>> {
    pair(thread, text.upcast(), consumed)
}

macro_rules! encoders {
    ($($name:ident => |$thread:ident, $text:ident, $errors:ident| $body:expr;)*) => { $(
        #[pyfunction(sig = "(str, errors=None, /)")]
        fn $name($thread: &Thread, str: &Str, errors: Option<&Str>) -> PyResult<Owned<Tuple>> {
            let ($text, $errors) = (str, &policy($thread, errors)?);
            let _ = $errors;
            encoded($thread, $text, &$body)
        }
    )* };
}

encoders! {
    utf_8_encode => |thread, text, errors| codecs::encode_utf8(thread, text, errors)?;
    utf_7_encode => |thread, text, errors| codecs::encode_utf7(text);
    utf_16_le_encode => |thread, text, errors| codecs::encode_utf16(thread, text, errors, ByteOrder::Little)?;
    utf_16_be_encode => |thread, text, errors| codecs::encode_utf16(thread, text, errors, ByteOrder::Big)?;
    utf_32_le_encode => |thread, text, errors| codecs::encode_utf32(thread, text, errors, ByteOrder::Little)?;
    utf_32_be_encode => |thread, text, errors| codecs::encode_utf32(thread, text, errors, ByteOrder::Big)?;
    unicode_escape_encode => |thread, text, errors| codecs::encode_unicode_escape(text);
    raw_unicode_escape_encode => |thread, text, errors| codecs::encode_raw_unicode_escape(text);
    latin_1_encode => |thread, text, errors| codecs::encode_latin1(thread, text, errors)?;
    ascii_encode => |thread, text, errors| codecs::encode_ascii(thread, text, errors)?;
}

macro_rules! decoders {
    ($($name:ident => |$thread:ident, $bytes:ident, $errors:ident, $last:ident| $body:expr;)*) => { $(
        #[pyfunction(sig = "(data, errors=None, final=False, /)")]
        fn $name($thread: &Thread, data: &Object, errors: Option<&Str>, r#final: bool) -> PyResult<Owned<Tuple>> {
            let (buffer, $errors, $last) = (Buffer::simple($thread, data)?, &policy($thread, errors)?, r#final);
            let $bytes = buffer.as_slice();
            decoded($thread, $body)
        }
    )* };
}

fn without_order(decoded: Decoded) -> (Owned<Str>, usize) {
    (decoded.text, decoded.consumed)
}

decoders! {
    utf_8_decode => |thread, bytes, errors, last| codecs::decode_utf8(thread, bytes, errors, last)?;
    utf_7_decode => |thread, bytes, errors, last| codecs::decode_utf7(thread, bytes, errors, last)?;
    utf_16_decode => |thread, bytes, errors, last| without_order(codecs::decode_utf16(thread, bytes, errors, ByteOrder::Marked, last)?);
    utf_16_le_decode => |thread, bytes, errors, last| without_order(codecs::decode_utf16(thread, bytes, errors, ByteOrder::Little, last)?);
    utf_16_be_decode => |thread, bytes, errors, last| without_order(codecs::decode_utf16(thread, bytes, errors, ByteOrder::Big, last)?);
    utf_32_decode => |thread, bytes, errors, last| without_order(codecs::decode_utf32(thread, bytes, errors, ByteOrder::Marked, last)?);
    utf_32_le_decode => |thread, bytes, errors, last| without_order(codecs::decode_utf32(thread, bytes, errors, ByteOrder::Little, last)?);
    utf_32_be_decode => |thread, bytes, errors, last| without_order(codecs::decode_utf32(thread, bytes, errors, ByteOrder::Big, last)?);
}

fn order(number: i32) -> ByteOrder {
    match number {
        ..0 => ByteOrder::Little,
        0 => ByteOrder::Marked,
        1.. => ByteOrder::Big,
    }
}

#[pyfunction(sig = "(str, errors=None, byteorder=0, /)")]
fn utf_16_encode(thread: &Thread, str: &Str, errors: Option<&Str>, byteorder: i32) -> PyResult<Owned<Tuple>> {
    encoded(thread, str, &codecs::encode_utf16(thread, str, &policy(thread, errors)?, order(byteorder))?)
}

#[pyfunction(sig = "(str, errors=None, byteorder=0, /)")]
fn utf_32_encode(thread: &Thread, str: &Str, errors: Option<&Str>, byteorder: i32) -> PyResult<Owned<Tuple>> {
    encoded(thread, str, &codecs::encode_utf32(thread, str, &policy(thread, errors)?, order(byteorder))?)
}

fn with_order(thread: &Thread, result: Decoded) -> PyResult<Owned<Tuple>> {
    let number = match result.order {
        ByteOrder::Little => -1,
        ByteOrder::Marked => 0,
        ByteOrder::Big => 1,
    };
    let items = vec![result.text.upcast(), Int::from(result.consumed as i64).upcast(), Int::from(number).upcast()];
    Tuple::from_vec(thread, items)
}

#[pyfunction(sig = "(data, errors=None, byteorder=0, final=False, /)")]
fn utf_16_ex_decode(thread: &Thread, data: &Object, errors: Option<&Str>, byteorder: i32, r#final: bool) -> PyResult<Owned<Tuple>> {
    let buffer = Buffer::simple(thread, data)?;
    let result = codecs::decode_utf16(thread, buffer.as_slice(), &policy(thread, errors)?, order(byteorder), r#final)?;
    with_order(thread, result)
}

#[pyfunction(sig = "(data, errors=None, byteorder=0, final=False, /)")]
fn utf_32_ex_decode(thread: &Thread, data: &Object, errors: Option<&Str>, byteorder: i32, r#final: bool) -> PyResult<Owned<Tuple>> {
    let buffer = Buffer::simple(thread, data)?;
    let result = codecs::decode_utf32(thread, buffer.as_slice(), &policy(thread, errors)?, order(byteorder), r#final)?;
    with_order(thread, result)
}

/// Call with the bytes of a bytes-like object, or of a text as UTF-8.
fn with_text_or_bytes<T>(thread: &Thread, data: &Object, work: impl FnOnce(&[u8]) -> PyResult<T>) -> PyResult<T> {
    match data.cast::<Str>() {
        Some(text) => work(&codecs::encode_utf8(thread, text, &Policy::Strict)?),
        None => work(Buffer::simple(thread, data)?.as_slice()),
    }
}

#[pyfunction(sig = "(data, errors=None, final=True, /)")]
fn unicode_escape_decode(thread: &Thread, data: &Object, errors: Option<&Str>, r#final: bool) -> PyResult<Owned<Tuple>> {
    let errors = policy(thread, errors)?;
    with_text_or_bytes(thread, data, |bytes| decoded(thread, codecs::decode_unicode_escape(thread, bytes, &errors, r#final)?))
}

#[pyfunction(sig = "(data, errors=None, final=True, /)")]
fn raw_unicode_escape_decode(thread: &Thread, data: &Object, errors: Option<&Str>, r#final: bool) -> PyResult<Owned<Tuple>> {
    let errors = policy(thread, errors)?;
    with_text_or_bytes(thread, data, |bytes| decoded(thread, codecs::decode_raw_unicode_escape(thread, bytes, &errors, r#final)?))
}

#[pyfunction(sig = "(data, errors=None, /)")]
fn latin_1_decode(thread: &Thread, data: &Object, errors: Option<&Str>) -> PyResult<Owned<Tuple>> {
    let _ = policy(thread, errors)?;
    let buffer = Buffer::simple(thread, data)?;
    decoded(thread, (Str::from_latin1(thread, buffer.as_slice())?, buffer.len()))
}

#[pyfunction(sig = "(data, errors=None, /)")]
fn ascii_decode(thread: &Thread, data: &Object, errors: Option<&Str>) -> PyResult<Owned<Tuple>> {
    let buffer = Buffer::simple(thread, data)?;
    decoded(thread, (codecs::decode_ascii(thread, buffer.as_slice(), &policy(thread, errors)?)?, buffer.len()))
}

#[pyfunction(sig = "(data, errors=None, mapping=None, /)")]
fn charmap_decode(thread: &Thread, data: &Object, errors: Option<&Str>, mapping: Option<&Object>) -> PyResult<Owned<Tuple>> {
    let buffer = Buffer::simple(thread, data)?;
    let text = match mapping.filter(|m| !m.is_none()) {
        Some(mapping) => codecs::decode_charmap(thread, buffer.as_slice(), &policy(thread, errors)?, mapping)?,
        None => Str::from_latin1(thread, buffer.as_slice())?,
    };
    decoded(thread, (text, buffer.len()))
}

#[pyfunction(sig = "(str, errors=None, mapping=None, /)")]
fn charmap_encode(thread: &Thread, str: &Str, errors: Option<&Str>, mapping: Option<&Object>) -> PyResult<Owned<Tuple>> {
    let errors = policy(thread, errors)?;
    let bytes = match mapping.filter(|m| !m.is_none()) {
        Some(mapping) => codecs::encode_charmap(thread, str, &errors, mapping)?,
        None => codecs::encode_latin1(thread, str, &errors)?,
    };
    encoded(thread, str, &bytes)
}

/// The table for encoding that a table for decoding stands for: code points to bytes.
#[pyfunction(sig = "(map, /)")]
fn charmap_build(thread: &Thread, map: &Str) -> PyResult<Owned<Dict>> {
    let table = Dict::new(thread)?;
    for (byte, point) in map.chars().enumerate().take(256) {
        // U+FFFE stands for nothing.
        if point != 0xfffe {
            table.set(thread, &Int::from(point as i64), &Int::from(byte as i64))?;
        }
    }
    Ok(table)
}

#[pyfunction(sig = "(data, errors=None, /)")]
fn escape_encode(thread: &Thread, data: &Object, errors: Option<&Str>) -> PyResult<Owned<Tuple>> {
    let _ = policy(thread, errors)?;
    let Some(bytes) = data.cast::<Bytes>() else {
        let message = format!("escape_encode() argument 1 must be bytes, not {}", data.ty().name());
        return Err(thread.type_error(&message));
    };
    pair(thread, Bytes::from_slice(thread, &codecs::encode_bytes_escape(bytes.as_slice()))?.upcast(), bytes.len())
}

#[pyfunction(sig = "(data, errors=None, /)")]
fn escape_decode(thread: &Thread, data: &Object, errors: Option<&Str>) -> PyResult<Owned<Tuple>> {
    let errors = named(thread, errors)?;
    with_text_or_bytes(thread, data, |bytes| {
        let made = codecs::decode_bytes_escape(thread, bytes, errors.as_deref())?;
        pair(thread, Bytes::from_slice(thread, &made)?.upcast(), bytes.len())
    })
}

#[pyfunction(sig = "(data, errors=None, /)")]
fn readbuffer_encode(thread: &Thread, data: &Object, errors: Option<&Str>) -> PyResult<Owned<Tuple>> {
    let _ = policy(thread, errors)?;
    with_text_or_bytes(thread, data, |bytes| pair(thread, Bytes::from_slice(thread, bytes)?.upcast(), bytes.len()))
}
