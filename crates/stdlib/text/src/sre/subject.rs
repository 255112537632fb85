//! What is matched: the units of a text, or the bytes of a buffer, held while they are looked at.

use pyrox_objects::object::Own;
use pyrox_objects::str::Chars;
use pyrox_objects::{Buffer, Bytes, Obj, Object, Owned, PyResult, Str, Thread};
use pyrox_sre::Subject;

/// A subject that is held.
pub enum Held {
    Text(Owned<Str>),
    Bytes(Owned<Bytes>),
    /// Another bytes-like object, with its export.
    Buffer(Buffer),
}

impl Held {
    /// Hold a subject for a pattern of text, of bytes, or (`None`) of either.
    pub fn new(thread: &Thread, object: &Object, wants_text: Option<bool>) -> PyResult<Held> {
        if let Some(text) = object.cast::<Str>() {
            if wants_text == Some(false) {
                return Err(thread.type_error("cannot use a bytes pattern on a string-like object"));
            }
            return Ok(Held::Text(text.own_typed()));
        }
        if !pyrox_objects::buffer::is_buffer(object) {
            let message = format!("expected string or bytes-like object, got '{}'", object.ty().name());
            return Err(thread.type_error(&message));
        }
        if wants_text == Some(true) {
            return Err(thread.type_error("cannot use a string pattern on a bytes-like object"));
        }
        if let Some(bytes) = object.exact::<Bytes>() {
            return Ok(Held::Bytes(bytes.own_typed()));
        }
        Ok(Held::Buffer(Buffer::simple(thread, object)?))
    }

    /// The units. Valid while `self` is: texts and bytes never change, buffers are exported.
    pub fn units(&self) -> Subject<'_> {
        match self {
            Held::Text(text) => match text.as_chars() {
                Chars::Ascii(units) | Chars::Latin1(units) => Subject::U8(units),
                Chars::Ucs2(units) => Subject::U16(units),
                Chars::Ucs4(units) => Subject::U32(units),
            },
            Held::Bytes(bytes) => Subject::U8(bytes.as_slice()),
            Held::Buffer(buffer) => Subject::U8(buffer.as_slice()),
        }
    }

    pub fn len(&self) -> usize {
        self.units().len()
    }

    /// A part of the subject; `whole` is the object itself, given back where it is a plain one and all is asked for.
    pub fn slice(&self, thread: &Thread, whole: &Object, start: usize, end: usize) -> PyResult<Obj> {
        let end = end.min(self.len());
        let start = start.min(end);
        if start == 0 && end == self.len() && (whole.is_exact::<Str>() || whole.is_exact::<Bytes>()) {
            return Ok(whole.own());
        }
        match self {
            Held::Text(text) => Ok(text.substring(thread, start, end)?.upcast()),
            Held::Bytes(bytes) => Ok(Bytes::from_slice(thread, &bytes.as_slice()[start..end])?.upcast()),
            Held::Buffer(buffer) => {
                let bytes = buffer.as_slice();
                let end = end.min(bytes.len());
                Ok(Bytes::from_slice(thread, &bytes[start.min(end)..end])?.upcast())
            }
        }
    }

    /// The subject is text.
    pub fn is_text(&self) -> bool {
        matches!(self, Held::Text(_))
    }
}

/// Cut `pos` and `endpos` to the subject's length, as the methods of patterns do.
pub fn bounds(len: usize, pos: isize, endpos: isize) -> (usize, usize) {
    let end = usize::try_from(endpos).unwrap_or(0).min(len);
    let start = usize::try_from(pos).unwrap_or(0).min(len);
    (start, end)
}

/// Raise what stopped the engine.
pub fn stopped(thread: &Thread, stop: pyrox_sre::Stop) -> pyrox_objects::Raised {
    match stop {
        pyrox_sre::Stop::Interrupted => match pyrox_interpreter::interrupts::handle(thread) {
            Err(raised) => raised,
            Ok(()) => thread.runtime_error("matching was interrupted"),
        },
        _ => thread.no_memory(),
    }
}
