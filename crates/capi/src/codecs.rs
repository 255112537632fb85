//! The registry of codecs and error handlers.

use std::ffi::{c_char, c_int};

use pyrox_objects::codecs::{self, Direction};
use pyrox_objects::{Obj, Object, Owned, PyResult, Raised, Str, Thread, Tuple};

use crate::support::{Raw, give, status, text, truth};

/// A name, `None` for a null pointer.
unsafe fn name<'a>(pointer: *const c_char) -> Option<std::borrow::Cow<'a, str>> {
    // SAFETY: by the API's contract.
    (!pointer.is_null()).then(|| unsafe { text(pointer) })
}

unsafe fn convert(thread: &Thread, object: &Object, encoding: *const c_char, errors: *const c_char, direction: Direction) -> PyResult<Obj> {
    // SAFETY: by the API's contract.
    let (encoding, errors) = unsafe { (name(encoding), name(errors)) };
    codecs::convert(thread, object, encoding.as_deref().unwrap_or("utf-8"), errors.as_deref(), direction, false)
}

/// `codecs.encode`.
pub(crate) unsafe fn encode(thread: &Thread, object: &Object, encoding: *const c_char, errors: *const c_char) -> PyResult<Obj> {
    // SAFETY: by the API's contract.
    unsafe { convert(thread, object, encoding, errors, Direction::Encode) }
}

/// `codecs.decode`.
pub(crate) unsafe fn decode(thread: &Thread, object: &Object, encoding: *const c_char, errors: *const c_char) -> PyResult<Obj> {
    // SAFETY: by the API's contract.
    unsafe { convert(thread, object, encoding, errors, Direction::Decode) }
}

/// Refuse a codec without a name.
fn named(thread: &Thread, encoding: *const c_char) -> PyResult<()> {
    if encoding.is_null() { Err(thread.type_error("bad argument type for built-in operation")) } else { Ok(()) }
}

unsafe fn codec(thread: &Thread, encoding: *const c_char) -> PyResult<Owned<Tuple>> {
    named(thread, encoding)?;
    // SAFETY: by the API's contract.
    codecs::lookup(thread, &unsafe { text(encoding) })
}

/// A part of a codec's registration.
unsafe fn part(thread: &Thread, encoding: *const c_char, index: usize) -> PyResult<Obj> {
    // SAFETY: by the API's contract.
    Ok(unsafe { codec(thread, encoding) }?.get(index).own())
}

unsafe fn incremental(thread: &Thread, encoding: *const c_char, errors: *const c_char, attribute: &str) -> PyResult<Obj> {
    // SAFETY: by the API's contract.
    unsafe {
        let factory = codec(thread, encoding)?.getattr_str(thread, attribute)?;
        match name(errors) {
            Some(errors) => factory.call(thread, &[&*Str::from_str(thread, &errors)?]),
            None => factory.call(thread, &[]),
        }
    }
}

unsafe fn stream(thread: &Thread, encoding: *const c_char, stream: Raw, errors: *const c_char, index: usize) -> PyResult<Obj> {
    // SAFETY: by the API's contract.
    unsafe {
        let factory = part(thread, encoding, index)?;
        let stream = crate::api::present(thread, stream)?;
        match name(errors) {
            Some(errors) => factory.call(thread, &[stream, &*Str::from_str(thread, &errors)?]),
            None => factory.call(thread, &[stream]),
        }
    }
}

/// Call a standard error handler.
unsafe fn handle(thread: &Thread, handler: &str, exception: Raw) -> PyResult<Obj> {
    // SAFETY: by the API's contract.
    let exception = unsafe { crate::api::present(thread, exception) }?;
    codecs::lookup_error(thread, handler)?.call(thread, &[exception])
}

crate::api! {
    /// Add a search function.
    fn PyCodec_Register(thread; search: Raw) -> c_int = status { codecs::register(thread, crate::api::present(thread, search)?) }
    /// Remove a search function.
    fn PyCodec_Unregister(thread; search: Raw) -> c_int = status { codecs::unregister(thread, crate::api::present(thread, search)?) }

    /// Whether a codec of this name is known.
    fn PyCodec_KnownEncoding(thread; encoding: *const c_char) -> c_int {
        match codec(thread, encoding) {
            Ok(_) => 1,
            Err(Raised) => {
                thread.set_raised(None);
                0
            }
        }
    }

    /// `codecs.lookup`.
    fn _PyCodec_Lookup(thread; encoding: *const c_char) -> Raw = give { Ok(codec(thread, encoding)?.upcast()) }

    /// `codecs.encode`.
    fn PyCodec_Encode(thread; object: Raw, encoding: *const c_char, errors: *const c_char) -> Raw = give {
        named(thread, encoding)?;
        encode(thread, crate::api::present(thread, object)?, encoding, errors)
    }
    /// `codecs.decode`.
    fn PyCodec_Decode(thread; object: Raw, encoding: *const c_char, errors: *const c_char) -> Raw = give {
        named(thread, encoding)?;
        decode(thread, crate::api::present(thread, object)?, encoding, errors)
    }

    /// A codec's encoding function.
    fn PyCodec_Encoder(thread; encoding: *const c_char) -> Raw = give { part(thread, encoding, 0) }
    /// A codec's decoding function.
    fn PyCodec_Decoder(thread; encoding: *const c_char) -> Raw = give { part(thread, encoding, 1) }
    /// A codec's incremental encoder.
    fn PyCodec_IncrementalEncoder(thread; encoding: *const c_char, errors: *const c_char) -> Raw = give {
        incremental(thread, encoding, errors, "incrementalencoder")
    }
    /// A codec's incremental decoder.
    fn PyCodec_IncrementalDecoder(thread; encoding: *const c_char, errors: *const c_char) -> Raw = give {
        incremental(thread, encoding, errors, "incrementaldecoder")
    }
    /// A codec's reader over a stream.
    fn PyCodec_StreamReader(thread; encoding: *const c_char, from: Raw, errors: *const c_char) -> Raw = give {
        stream(thread, encoding, from, errors, 2)
    }
    /// A codec's writer over a stream.
    fn PyCodec_StreamWriter(thread; encoding: *const c_char, to: Raw, errors: *const c_char) -> Raw = give {
        stream(thread, encoding, to, errors, 3)
    }

    /// Register an error handler.
    fn PyCodec_RegisterError(thread; handler_name: *const c_char, handler: Raw) -> c_int = status {
        codecs::register_error(thread, &text(handler_name), crate::api::present(thread, handler)?)
    }
    /// Remove an error handler of one's own.
    fn _PyCodec_UnregisterError(thread; handler_name: *const c_char) -> c_int = truth {
        codecs::unregister_error(thread, &text(handler_name))
    }
    /// An error handler; the strict one without a name.
    fn PyCodec_LookupError(thread; handler_name: *const c_char) -> Raw = give {
        codecs::lookup_error(thread, name(handler_name).as_deref().unwrap_or("strict"))
    }

    /// The error handler of this name.
    fn PyCodec_StrictErrors(thread; exception: Raw) -> Raw = give { handle(thread, "strict", exception) }
    /// The error handler of this name.
    fn PyCodec_IgnoreErrors(thread; exception: Raw) -> Raw = give { handle(thread, "ignore", exception) }
    /// The error handler of this name.
    fn PyCodec_ReplaceErrors(thread; exception: Raw) -> Raw = give { handle(thread, "replace", exception) }
    /// The error handler of this name.
    fn PyCodec_XMLCharRefReplaceErrors(thread; exception: Raw) -> Raw = give { handle(thread, "xmlcharrefreplace", exception) }
    /// The error handler of this name.
    fn PyCodec_BackslashReplaceErrors(thread; exception: Raw) -> Raw = give { handle(thread, "backslashreplace", exception) }
    /// The error handler of this name.
    fn PyCodec_NameReplaceErrors(thread; exception: Raw) -> Raw = give { handle(thread, "namereplace", exception) }
}
