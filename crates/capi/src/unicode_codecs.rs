//! `str`: encoding and decoding.

use std::ffi::{CStr, c_char, c_int, c_void};

use pyrox_objects::codecs::{self, ByteOrder, Decoded, Native, Policy};
use pyrox_objects::object::{Own, decref};
use pyrox_objects::{Bytes, Obj, Object, Owned, PyResult, Str, Thread, exceptions, warn};

use crate::api::bad_call;
use crate::support::{Raw, give, text};
use crate::unicode::{argument, bytes_at, operand, string};

/// The policy that a handler's name stands for.
unsafe fn policy(errors: *const c_char) -> Policy {
    // SAFETY: by the API's contract.
    if errors.is_null() { Policy::Strict } else { Policy::named(Some(&unsafe { text(errors) })) }
}

/// A name as a string object, if there is one.
unsafe fn name(thread: &Thread, text: *const c_char) -> PyResult<Option<Owned<Str>>> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: by the API's contract.
    crate::unicode::from_utf8(thread, unsafe { CStr::from_ptr(text) }.to_bytes()).map(Some)
}

fn bytes(thread: &Thread, encoded: PyResult<Vec<u8>>) -> PyResult<Obj> {
    Ok(Bytes::from_slice(thread, &encoded?)?.upcast())
}

/// The bytes to decode; a negative size is a mistake of the caller.
unsafe fn input<'a>(thread: &Thread, at: *const c_char, size: isize) -> PyResult<&'a [u8]> {
    if size > crate::unicode::LARGEST {
        return Err(thread.no_memory());
    }
    match usize::try_from(size) {
        // SAFETY: by the API's contract.
        Ok(size) => Ok(unsafe { bytes_at(at, size) }),
        Err(_) => Err(bad_call(thread)),
    }
}

/// Give the text and tell how much of the input it took, to whom wants to know.
unsafe fn stateful(result: PyResult<(Owned<Str>, usize)>, consumed: *mut isize) -> PyResult<Owned<Str>> {
    let (text, taken) = result?;
    if !consumed.is_null() {
        // SAFETY: by the API's contract.
        unsafe { *consumed = taken as isize };
    }
    Ok(text)
}

unsafe fn byte_order(order: *mut c_int) -> ByteOrder {
    // SAFETY: by the API's contract.
    match if order.is_null() { 0 } else { unsafe { *order } } {
        0 => ByteOrder::Marked,
        n if n < 0 => ByteOrder::Little,
        _ => ByteOrder::Big,
    }
}

type Decoder = fn(&Thread, &[u8], &Policy, ByteOrder, bool) -> PyResult<Decoded>;

unsafe fn ordered(
    thread: &Thread,
    decode: Decoder,
    at: *const c_char,
    size: isize,
    errors: *const c_char,
    order: *mut c_int,
    consumed: *mut isize,
) -> PyResult<Owned<Str>> {
    // SAFETY: by the API's contract.
    unsafe {
        let decoded = decode(thread, input(thread, at, size)?, &policy(errors), byte_order(order), consumed.is_null())?;
        if !order.is_null() {
            *order = match decoded.order {
                ByteOrder::Little => -1,
                ByteOrder::Big => 1,
                ByteOrder::Marked => 0,
            };
        }
        if !consumed.is_null() {
            *consumed = decoded.consumed as isize;
        }
        Ok(decoded.text)
    }
}

fn order_of(order: c_int) -> ByteOrder {
    match order {
        0 => ByteOrder::Marked,
        n if n < 0 => ByteOrder::Little,
        _ => ByteOrder::Big,
    }
}

unsafe fn decode(thread: &Thread, bytes: &[u8], encoding: *const c_char, errors: *const c_char) -> PyResult<Owned<Str>> {
    // SAFETY: by the API's contract.
    unsafe {
        let encoding_text = if encoding.is_null() { "utf-8".into() } else { text(encoding) };
        if let Some(native) = Native::named(&encoding_text) {
            return native.decode(thread, bytes, &policy(errors));
        }
        let (encoding, errors) = (name(thread, encoding)?, name(thread, errors)?);
        codecs::decode_buffer(thread, &*Bytes::from_slice(thread, bytes)?, encoding.as_deref(), errors.as_deref())
    }
}

/// The handlers that locale codecs know.
unsafe fn locale_policy(thread: &Thread, errors: *const c_char) -> PyResult<Policy> {
    // SAFETY: by the API's contract.
    match if errors.is_null() { "strict".into() } else { unsafe { text(errors) } }.as_ref() {
        "strict" => Ok(Policy::Strict),
        "surrogateescape" => Ok(Policy::SurrogateEscape),
        "surrogatepass" => Ok(Policy::SurrogatePass),
        _ => Err(thread.value_error("unsupported error handler")),
    }
}

fn decode_locale(thread: &Thread, bytes: &[u8], policy: &Policy) -> PyResult<Owned<Str>> {
    if *policy == Policy::Strict {
        if let Err(error) = std::str::from_utf8(bytes) {
            let (at, object) = (error.valid_up_to(), Bytes::from_slice(thread, bytes)?);
            let raised = exceptions::unicode::make(thread, true, "locale", &object, at, at + 1, "decoding error")?;
            return Err(thread.raise(raised));
        }
    }
    Ok(codecs::decode_utf8(thread, bytes, policy, true)?.0)
}

/// The text of a path, which is `str`, `bytes` or has `__fspath__`.
pub fn fs_path(thread: &Thread, path: &Object) -> PyResult<Obj> {
    if path.is_instance::<Str>() || path.is_instance::<Bytes>() {
        return Ok(path.own());
    }
    let found = match path.ty().lookup(pyrox_objects::intern!("__fspath__")) {
        Some(_) => path.call_special(thread, pyrox_objects::intern!("__fspath__"), &[])?,
        None => None,
    };
    let Some(found) = found else {
        return Err(thread.type_error(&format!("expected str, bytes or os.PathLike object, not {}", path.ty().full_name())));
    };
    if found.is_instance::<Str>() || found.is_instance::<Bytes>() {
        return Ok(found);
    }
    Err(thread.type_error(&format!(
        "expected {}.__fspath__() to return str or bytes, not {}",
        path.ty().full_name(),
        found.ty().full_name()
    )))
}

/// A path as the system takes it.
pub fn fs_encode(thread: &Thread, text: &Str) -> PyResult<Owned<Bytes>> {
    Bytes::from_slice(thread, &codecs::encode_utf8(thread, text, &Policy::SurrogateEscape)?)
}

/// A path as the system gives it.
pub fn fs_decode(thread: &Thread, bytes: &[u8]) -> PyResult<Owned<Str>> {
    Ok(codecs::decode_utf8(thread, bytes, &Policy::SurrogateEscape, true)?.0)
}

fn answer(result: PyResult<c_int>) -> c_int {
    result.unwrap_or(0)
}

/// What a converter gives that wants to be called again to clean up.
const CLEANUP: c_int = 0x20000;

crate::api! {
    /// Decode.
    fn PyUnicode_Decode(thread; at: *const c_char, size: isize, encoding: *const c_char, errors: *const c_char) -> Raw = string {
        decode(thread, input(thread, at, size)?, encoding, errors)
    }

    /// `str(object, encoding, errors)`.
    fn PyUnicode_FromEncodedObject(thread; object: Raw, encoding: *const c_char, errors: *const c_char) -> Raw = string {
        let Some(object) = Object::from_ptr_or_null(object) else { return Err(bad_call(thread)) };
        let (encoding, errors) = (name(thread, encoding)?, name(thread, errors)?);
        codecs::decode_object(thread, object, encoding.as_deref(), errors.as_deref())
    }

    /// `text.encode(encoding, errors)`.
    fn PyUnicode_AsEncodedString(thread; text: Raw, encoding: *const c_char, errors: *const c_char) -> Raw = give {
        let text = argument(thread, text)?;
        let (encoding, errors) = (name(thread, encoding)?, name(thread, errors)?);
        codecs::encode_text(thread, text, encoding.as_deref(), errors.as_deref())
    }

    /// Encode by a codec that need not give bytes.
    fn PyUnicode_AsEncodedObject(thread; text: Raw, encoding: *const c_char, errors: *const c_char) -> Raw = give {
        let text = argument(thread, text)?;
        deprecated(thread, "AsEncodedObject", "PyUnicode_AsEncodedString() to encode from str to bytes or PyCodec_Encode() for generic encoding")?;
        crate::codecs::encode(thread, text, encoding, errors)
    }

    /// Encode by a codec that gives text.
    fn PyUnicode_AsEncodedUnicode(thread; text: Raw, encoding: *const c_char, errors: *const c_char) -> Raw = give {
        let this = argument(thread, text)?;
        deprecated(thread, "AsEncodedUnicode", "PyCodec_Encode() to encode from str to str")?;
        must_be_text(thread, crate::codecs::encode(thread, this, encoding, errors)?, "encoder", encoding, "codecs.encode() to encode")
    }

    /// Decode by a codec that takes text.
    fn PyUnicode_AsDecodedObject(thread; text: Raw, encoding: *const c_char, errors: *const c_char) -> Raw = give {
        let text = argument(thread, text)?;
        deprecated(thread, "AsDecodedObject", "PyCodec_Decode() to decode from str")?;
        crate::codecs::decode(thread, text, encoding, errors)
    }

    /// Decode by a codec that takes and gives text.
    fn PyUnicode_AsDecodedUnicode(thread; text: Raw, encoding: *const c_char, errors: *const c_char) -> Raw = give {
        let this = argument(thread, text)?;
        deprecated(thread, "AsDecodedUnicode", "PyCodec_Decode() to decode from str to str")?;
        must_be_text(thread, crate::codecs::decode(thread, this, encoding, errors)?, "decoder", encoding, "codecs.decode() to decode")
    }

    /// `"utf-8"`.
    fn PyUnicode_GetDefaultEncoding() -> *const c_char { c"utf-8".as_ptr() }

    /// Decode UTF-8.
    fn PyUnicode_DecodeUTF8(thread; at: *const c_char, size: isize, errors: *const c_char) -> Raw = string {
        Ok(codecs::decode_utf8(thread, input(thread, at, size)?, &policy(errors), true)?.0)
    }
    /// Decode UTF-8 as far as it is complete.
    fn PyUnicode_DecodeUTF8Stateful(thread; at: *const c_char, size: isize, errors: *const c_char, consumed: *mut isize) -> Raw = string {
        stateful(codecs::decode_utf8(thread, input(thread, at, size)?, &policy(errors), consumed.is_null()), consumed)
    }
    /// Encode in UTF-8.
    fn PyUnicode_AsUTF8String(thread; text: Raw) -> Raw = give {
        bytes(thread, codecs::encode_utf8(thread, argument(thread, text)?, &Policy::Strict))
    }
    /// Encode in UTF-8.
    fn _PyUnicode_AsUTF8String(thread; text: Raw, errors: *const c_char) -> Raw = give {
        bytes(thread, codecs::encode_utf8(thread, argument(thread, text)?, &policy(errors)))
    }

    /// Decode UTF-7.
    fn PyUnicode_DecodeUTF7(thread; at: *const c_char, size: isize, errors: *const c_char) -> Raw = string {
        Ok(codecs::decode_utf7(thread, input(thread, at, size)?, &policy(errors), true)?.0)
    }
    /// Decode UTF-7 as far as it is complete.
    fn PyUnicode_DecodeUTF7Stateful(thread; at: *const c_char, size: isize, errors: *const c_char, consumed: *mut isize) -> Raw = string {
        stateful(codecs::decode_utf7(thread, input(thread, at, size)?, &policy(errors), consumed.is_null()), consumed)
    }

    /// Decode UTF-16.
    fn PyUnicode_DecodeUTF16(thread; at: *const c_char, size: isize, errors: *const c_char, order: *mut c_int) -> Raw = string {
        ordered(thread, codecs::decode_utf16, at, size, errors, order, std::ptr::null_mut())
    }
    /// Decode UTF-16 as far as it is complete.
    fn PyUnicode_DecodeUTF16Stateful(
        thread; at: *const c_char, size: isize, errors: *const c_char, order: *mut c_int, consumed: *mut isize
    ) -> Raw = string {
        ordered(thread, codecs::decode_utf16, at, size, errors, order, consumed)
    }
    /// Encode in UTF-16 with a mark.
    fn PyUnicode_AsUTF16String(thread; text: Raw) -> Raw = give {
        bytes(thread, codecs::encode_utf16(thread, argument(thread, text)?, &Policy::Strict, ByteOrder::Marked))
    }
    /// Encode in UTF-16.
    fn _PyUnicode_EncodeUTF16(thread; text: Raw, errors: *const c_char, order: c_int) -> Raw = give {
        bytes(thread, codecs::encode_utf16(thread, argument(thread, text)?, &policy(errors), order_of(order)))
    }

    /// Decode UTF-32.
    fn PyUnicode_DecodeUTF32(thread; at: *const c_char, size: isize, errors: *const c_char, order: *mut c_int) -> Raw = string {
        ordered(thread, codecs::decode_utf32, at, size, errors, order, std::ptr::null_mut())
    }
    /// Decode UTF-32 as far as it is complete.
    fn PyUnicode_DecodeUTF32Stateful(
        thread; at: *const c_char, size: isize, errors: *const c_char, order: *mut c_int, consumed: *mut isize
    ) -> Raw = string {
        ordered(thread, codecs::decode_utf32, at, size, errors, order, consumed)
    }
    /// Encode in UTF-32 with a mark.
    fn PyUnicode_AsUTF32String(thread; text: Raw) -> Raw = give {
        bytes(thread, codecs::encode_utf32(thread, argument(thread, text)?, &Policy::Strict, ByteOrder::Marked))
    }
    /// Encode in UTF-32.
    fn _PyUnicode_EncodeUTF32(thread; text: Raw, errors: *const c_char, order: c_int) -> Raw = give {
        bytes(thread, codecs::encode_utf32(thread, argument(thread, text)?, &policy(errors), order_of(order)))
    }

    /// Decode escapes.
    fn PyUnicode_DecodeUnicodeEscape(thread; at: *const c_char, size: isize, errors: *const c_char) -> Raw = string {
        Ok(codecs::decode_unicode_escape(thread, input(thread, at, size)?, &policy(errors), true)?.0)
    }
    /// Encode in ASCII with escapes.
    fn PyUnicode_AsUnicodeEscapeString(thread; text: Raw) -> Raw = give {
        bytes(thread, Ok(codecs::encode_unicode_escape(argument(thread, text)?)))
    }
    /// Decode escapes of code points.
    fn PyUnicode_DecodeRawUnicodeEscape(thread; at: *const c_char, size: isize, errors: *const c_char) -> Raw = string {
        Ok(codecs::decode_raw_unicode_escape(thread, input(thread, at, size)?, &policy(errors), true)?.0)
    }
    /// Encode in Latin-1 with escapes of code points.
    fn PyUnicode_AsRawUnicodeEscapeString(thread; text: Raw) -> Raw = give {
        bytes(thread, Ok(codecs::encode_raw_unicode_escape(argument(thread, text)?)))
    }

    /// Decode Latin-1.
    fn PyUnicode_DecodeLatin1(thread; at: *const c_char, size: isize, _errors: *const c_char) -> Raw = string {
        Str::from_latin1(thread, input(thread, at, size)?)
    }
    /// Encode in Latin-1.
    fn PyUnicode_AsLatin1String(thread; text: Raw) -> Raw = give {
        bytes(thread, codecs::encode_latin1(thread, argument(thread, text)?, &Policy::Strict))
    }
    /// Decode ASCII.
    fn PyUnicode_DecodeASCII(thread; at: *const c_char, size: isize, errors: *const c_char) -> Raw = string {
        codecs::decode_ascii(thread, input(thread, at, size)?, &policy(errors))
    }
    /// Encode in ASCII.
    fn PyUnicode_AsASCIIString(thread; text: Raw) -> Raw = give {
        bytes(thread, codecs::encode_ascii(thread, argument(thread, text)?, &Policy::Strict))
    }

    /// Decode by a table; without one, Latin-1.
    fn PyUnicode_DecodeCharmap(thread; at: *const c_char, size: isize, table: Raw, errors: *const c_char) -> Raw = string {
        let bytes = input(thread, at, size)?;
        match Object::from_ptr_or_null(table) {
            Some(table) => codecs::decode_charmap(thread, bytes, &policy(errors), table),
            None => Str::from_latin1(thread, bytes),
        }
    }
    /// Encode by a table.
    fn PyUnicode_AsCharmapString(thread; text: Raw, table: Raw) -> Raw = give {
        let text = argument(thread, text)?;
        match Object::from_ptr_or_null(table) {
            Some(table) => bytes(thread, codecs::encode_charmap(thread, text, &Policy::Strict, table)),
            None => Err(thread.type_error("bad argument type for built-in operation")),
        }
    }
    /// `text.translate(table)`, handling what is mapped to `None`.
    fn PyUnicode_Translate(thread; text: Raw, table: Raw, errors: *const c_char) -> Raw = string {
        let this = operand(thread, text)?;
        let Some(table) = Object::from_ptr_or_null(table) else {
            return Err(thread.type_error("bad argument type for built-in operation"));
        };
        let errors = if errors.is_null() { "strict".into() } else { crate::support::text(errors) };
        this.translated_with(thread, table, &errors)
    }
    /// A table for encoding from the characters of 256 bytes.
    fn PyUnicode_BuildEncodingMap(thread; text: Raw) -> Raw = give {
        let text = argument(thread, text)?;
        let module = pyrox_interpreter::import::import_module(thread, "_codecs")?;
        module.getattr_str(thread, "charmap_build")?.call(thread, &[text])
    }

    /// Decode as the system's names are, up to the NUL.
    fn PyUnicode_DecodeFSDefault(thread; at: *const c_char) -> Raw = string { fs_decode(thread, CStr::from_ptr(at).to_bytes()) }
    /// Decode as the system's names are.
    fn PyUnicode_DecodeFSDefaultAndSize(thread; at: *const c_char, size: isize) -> Raw = string {
        fs_decode(thread, input(thread, at, size)?)
    }
    /// Encode as the system's names are.
    fn PyUnicode_EncodeFSDefault(thread; text: Raw) -> Raw = give { Ok(fs_encode(thread, argument(thread, text)?)?.upcast()) }

    /// Decode by the locale, which is UTF-8, up to the NUL.
    fn PyUnicode_DecodeLocale(thread; at: *const c_char, errors: *const c_char) -> Raw = string {
        decode_locale(thread, CStr::from_ptr(at).to_bytes(), &locale_policy(thread, errors)?)
    }
    /// Decode by the locale, which is UTF-8.
    fn PyUnicode_DecodeLocaleAndSize(thread; at: *const c_char, size: isize, errors: *const c_char) -> Raw = string {
        let bytes = input(thread, at, size)?;
        if *at.offset(size) != 0 || bytes.contains(&0) {
            return Err(thread.value_error("embedded null byte"));
        }
        decode_locale(thread, bytes, &locale_policy(thread, errors)?)
    }
    /// Encode by the locale, which is UTF-8.
    fn PyUnicode_EncodeLocale(thread; text: Raw, errors: *const c_char) -> Raw = give {
        let text = argument(thread, text)?;
        let policy = locale_policy(thread, errors)?;
        if text.chars().any(|c| c == 0) {
            return Err(thread.value_error("embedded null character"));
        }
        if policy == Policy::Strict {
            if let Some(at) = text.chars().position(|c| (0xd800..0xe000).contains(&c)) {
                return Err(exceptions::unicode::unicode_encode_error(thread, "locale", text, at, at + 1, "encoding error"));
            }
        }
        bytes(thread, codecs::encode_utf8(thread, text, &policy))
    }

    /// `os.fspath`.
    fn PyOS_FSPath(thread; path: Raw) -> Raw = give { fs_path(thread, crate::api::present(thread, path)?) }

    /// `O&` converter: a path as bytes, a new reference; null gives it back.
    fn PyUnicode_FSConverter(thread; path: Raw, to: *mut c_void) -> c_int = answer {
        let to = to as *mut Raw;
        let Some(path) = Object::from_ptr_or_null(path) else {
            decref(std::mem::replace(&mut *to, std::ptr::null_mut()));
            return Ok(1);
        };
        let path = fs_path(thread, path)?;
        let encoded = match path.cast::<Str>() {
            Some(text) => fs_encode(thread, text)?,
            None => path.downcast::<Bytes>().map_err(|_| bad_call(thread))?,
        };
        if encoded.as_slice().contains(&0) {
            return Err(thread.value_error("embedded null byte"));
        }
        *to = encoded.into_raw();
        Ok(CLEANUP)
    }

    /// `O&` converter: a path as text, a new reference; null gives it back.
    fn PyUnicode_FSDecoder(thread; path: Raw, to: *mut c_void) -> c_int = answer {
        let to = to as *mut Raw;
        let Some(path) = Object::from_ptr_or_null(path) else {
            decref(std::mem::replace(&mut *to, std::ptr::null_mut()));
            return Ok(1);
        };
        let path = fs_path(thread, path)?;
        let decoded = match path.cast::<Bytes>() {
            Some(bytes) => fs_decode(thread, bytes.as_slice())?,
            None => path.downcast::<Str>().map_err(|_| bad_call(thread))?,
        };
        if decoded.chars().any(|c| c == 0) {
            return Err(thread.value_error("embedded null character"));
        }
        *to = decoded.into_raw();
        Ok(CLEANUP)
    }

    /// Digits and blanks of all scripts as ASCII.
    fn _PyUnicode_TransformDecimalAndSpaceToASCII(thread; text: Raw) -> Raw = string {
        let text: &Str = crate::api::expect(thread, text)?;
        if text.is_ascii() {
            return Ok(text.own_typed());
        }
        let mut ascii = Vec::with_capacity(text.len());
        for c in text.chars() {
            let digit = pyrox_unicode::ctype::decimal(c);
            ascii.push(match digit {
                _ if c < 0x80 => c as u8,
                _ if pyrox_unicode::ctype::is_space(c) => b' ',
                Some(digit) => b'0' + digit as u8,
                None => b'?',
            });
            if c >= 0x80 && digit.is_none() && !pyrox_unicode::ctype::is_space(c) {
                // What is no number ends it.
                break;
            }
        }
        Str::from_latin1(thread, &ascii)
    }
}

fn deprecated(thread: &Thread, name: &str, instead: &str) -> PyResult<()> {
    warn::deprecation(thread, &format!("PyUnicode_{name}() is deprecated and will be removed in 3.15; use {instead}"))
}

unsafe fn must_be_text(thread: &Thread, result: Obj, noun: &str, encoding: *const c_char, instead: &str) -> PyResult<Obj> {
    if result.is_instance::<Str>() {
        return Ok(result);
    }
    // SAFETY: by the API's contract.
    let encoding = if encoding.is_null() { "utf-8".into() } else { unsafe { text(encoding) } };
    Err(thread.type_error(&format!(
        "'{encoding}' {noun} returned '{}' instead of 'str'; use {instead} to arbitrary types",
        result.ty().full_name()
    )))
}
