//! Codecs.
use crate::object::{Obj, Object, Owned};
use crate::{Bytes, PyResult, Str, Thread};

/// `str(object, encoding, errors)`.
pub fn decode_object(thread: &Thread, object: &Object, _encoding: Option<&Str>, _errors: Option<&Str>) -> PyResult<Owned<Str>> {
    match crate::buffer::contiguous_bytes(thread, object)? {
        Some(bytes) => Str::from_str(thread, &String::from_utf8_lossy(&bytes)),
        None => Err(thread.type_error("decoding to str: need a bytes-like object")),
    }
}

/// `text.encode(encoding, errors)`.
pub fn encode_text(thread: &Thread, text: &Str, _encoding: Option<&Str>, _errors: Option<&Str>) -> PyResult<Obj> {
    Ok(Bytes::from_slice(thread, text.to_rust(thread)?.as_bytes())?.upcast())
}

/// `bytes.decode(encoding, errors)`.
pub fn decode_bytes(thread: &Thread, object: &Object, encoding: Option<&Str>, errors: Option<&Str>) -> PyResult<Obj> {
    Ok(decode_object(thread, object, encoding, errors)?.upcast())
}
