//! Encoding and decoding for text streams.

use pyrox_objects::codecs::{self, Policy};
use pyrox_objects::str::Chars;
use pyrox_objects::{Bytes, Int, Obj, Object, Own, Owned, PyResult, PyType, Str, Thread, Tuple, intern};

use super::TextIoWrapper;
use crate::newline::{Ending, NewlineDecoder};
use crate::util::{self, unsupported};

/// The encodings that are converted natively.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    Utf8,
    Latin1,
    Ascii,
}

/// How one direction is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The buffer does not read, or does not write.
    Absent,
    Native(Codec),
    /// By an incremental codec object.
    Object,
}

impl Codec {
    fn named(name: &str) -> Option<Codec> {
        match codecs::Native::named(name)? {
            codecs::Native::Utf8 => Some(Codec::Utf8),
            codecs::Native::Latin1 => Some(Codec::Latin1),
            codecs::Native::Ascii => Some(Codec::Ascii),
            _ => None,
        }
    }

    /// Encode; `None` if the characters' own bytes are it.
    pub fn encode<'a>(self, thread: &Thread, text: &'a Str, policy: &Policy) -> PyResult<std::borrow::Cow<'a, [u8]>> {
        use std::borrow::Cow;
        match (self, text.as_chars()) {
            (_, Chars::Ascii(bytes)) | (Codec::Latin1, Chars::Latin1(bytes)) => Ok(Cow::Borrowed(bytes)),
            (Codec::Utf8, _) => codecs::encode_utf8(thread, text, policy).map(Cow::Owned),
            (Codec::Latin1, _) => codecs::encode_latin1(thread, text, policy).map(Cow::Owned),
            (Codec::Ascii, _) => codecs::encode_ascii(thread, text, policy).map(Cow::Owned),
        }
    }
}

/// Whether `sys.flags` has this flag set.
pub fn flag(thread: &Thread, name: &str) -> bool {
    let Some(flags) = pyrox_objects::hooks::sys(thread, "flags") else { return false };
    let set = Str::intern_str(thread, name).and_then(|name| flags.lookup_attr(thread, &name)).and_then(|value| match value {
        Some(value) => value.is_true(thread),
        None => Ok(false),
    });
    set.unwrap_or_else(|_| {
        thread.set_raised(None);
        false
    })
}

/// The name of the encoding that is used: none given and `locale` are the locale's.
pub fn resolve(thread: &Thread, encoding: Option<&Str>) -> PyResult<Owned<Str>> {
    if encoding.is_none() && flag(thread, "warn_default_encoding") {
        pyrox_objects::hooks::warn(thread, pyrox_objects::exceptions::encoding_warning(), "'encoding' argument not specified")?;
    }
    match encoding {
        Some(encoding) if !encoding.equals_str("locale") => Ok(encoding.own_typed()),
        _ => Str::from_str(thread, if flag(thread, "utf8_mode") { "utf-8" } else { "UTF-8" }),
    }
}

fn state_error(thread: &Thread, first: Option<&Object>) -> pyrox_objects::Raised {
    thread.type_error(&match first {
        Some(first) => {
            format!("illegal decoder state: the first item should be a bytes object, not '{}'", first.ty().name())
        }
        None => "illegal decoder state".to_string(),
    })
}

impl TextIoWrapper {
    /// Set encoding and error handling, and make the codecs that `buffer` asks for.
    pub(super) fn set_codecs(&self, thread: &Thread, encoding: &Str, errors: &Str, buffer: &Object) -> PyResult<()> {
        let name = encoding.to_rust(thread)?;
        let native = Codec::named(&name);
        let info = match native {
            Some(_) => None,
            None => {
                let info = codecs::lookup(thread, &name)?;
                if let Some(is_text) = info.lookup_attr(thread, intern!("_is_text_encoding"))? {
                    if !is_text.is_true(thread)? {
                        return Err(thread.lookup_error(&format!("'{name}' is not a text encoding")));
                    }
                }
                Some(info)
            }
        };
        let policy = Policy::named(Some(&errors.to_rust(thread)?));
        let ending = self.ending.get();
        let readable = buffer.call_method(thread, intern!("readable"), &[])?.is_true(thread)?;
        let (mut decoder, mut decoder_object) = (Side::Absent, None);
        if readable {
            match (&info, native) {
                (_, Some(codec)) => decoder = Side::Native(codec),
                (Some(info), None) => {
                    let mut made = info.getattr(thread, intern!("incrementaldecoder"))?.call(thread, &[errors])?;
                    if ending.is_universal() {
                        let translate = pyrox_objects::bool_ref(ending == Ending::Translated);
                        made = NewlineDecoder::ty().call(thread, &[&made, translate])?;
                    }
                    (decoder, decoder_object) = (Side::Object, Some(made));
                }
                _ => {}
            }
        }
        let writable = buffer.call_method(thread, intern!("writable"), &[])?.is_true(thread)?;
        let (mut encoder, mut encoder_object) = (Side::Absent, None);
        if writable {
            match (&info, native) {
                (_, Some(codec)) => encoder = Side::Native(codec),
                (Some(info), None) => {
                    encoder_object = Some(info.getattr(thread, intern!("incrementalencoder"))?.call(thread, &[errors])?);
                    encoder = Side::Object;
                }
                _ => {}
            }
        }
        self.partial.borrow_mut().clear();
        self.newlines.reset();
        self.newlines.translate.set(ending == Ending::Translated);
        *self.policy.borrow_mut() = policy;
        self.decoder_object.set(decoder_object);
        self.encoder_object.set(encoder_object);
        self.decoder.set(decoder);
        self.encoder.set(encoder);
        self.encoding.set(Some(encoding.own()));
        self.errors.set(Some(errors.own()));
        Ok(())
    }

    /// An encoder writes no mark in the middle of a stream.
    pub(super) fn fix_encoder(&self, thread: &Thread) -> PyResult<()> {
        if !self.seekable.get() || self.encoder.get() == Side::Absent {
            return Ok(());
        }
        let Some(buffer) = self.buffer.get() else { return Ok(()) };
        let at = buffer.call_method(thread, intern!("tell"), &[])?;
        if !at.eq(thread, &Int::from(0))? {
            if let Some(encoder) = self.encoder_object.get() {
                encoder.call_method(thread, intern!("setstate"), &[&Int::from(0)])?;
            }
        }
        Ok(())
    }

    pub(super) fn reset_encoder(&self, thread: &Thread, at_start: bool) -> PyResult<()> {
        let Some(encoder) = self.encoder_object.get() else { return Ok(()) };
        if at_start {
            encoder.call_method(thread, intern!("reset"), &[])?;
        } else {
            encoder.call_method(thread, intern!("setstate"), &[&Int::from(0)])?;
        }
        Ok(())
    }

    fn decoder(&self, thread: &Thread) -> PyResult<Obj> {
        self.decoder_object.get().ok_or_else(|| unsupported(thread, "not readable"))
    }

    /// Decode the next bytes. `input` is a bytes-like object.
    pub(super) fn decode(&self, thread: &Thread, input: &Object, last: bool) -> PyResult<Owned<Str>> {
        match self.decoder.get() {
            Side::Absent => Err(unsupported(thread, "not readable")),
            Side::Object => {
                let decoded = self.decoder(thread)?.call_method(thread, intern!("decode"), &[input, pyrox_objects::bool_ref(last)])?;
                decoded
                    .downcast::<Str>()
                    .map_err(|other| thread.type_error(&format!("decoder should return a string result, not '{}'", other.ty().name())))
            }
            Side::Native(codec) => {
                let text = match input.cast::<Bytes>() {
                    Some(bytes) => self.decode_native(thread, codec, bytes.as_slice(), last)?,
                    None => {
                        let copy = pyrox_objects::Buffer::simple(thread, input)?.as_slice().to_vec();
                        self.decode_native(thread, codec, &copy, last)?
                    }
                };
                if self.ending.get().is_universal() { self.newlines.process(thread, text, last) } else { Ok(text) }
            }
        }
    }

    fn decode_native(&self, thread: &Thread, codec: Codec, bytes: &[u8], last: bool) -> PyResult<Owned<Str>> {
        let no_partial = self.partial.borrow().is_empty();
        match codec {
            Codec::Latin1 => Str::from_latin1(thread, bytes),
            _ if no_partial && bytes.is_ascii() => Str::from_ascii(thread, bytes),
            Codec::Ascii => {
                let policy = self.policy.borrow().clone();
                codecs::decode_ascii(thread, bytes, &policy)
            }
            Codec::Utf8 => {
                let policy = self.policy.borrow().clone();
                if no_partial {
                    let (text, taken) = codecs::decode_utf8(thread, bytes, &policy, last)?;
                    if taken < bytes.len() {
                        *self.partial.borrow_mut() = bytes[taken..].to_vec();
                    }
                    return Ok(text);
                }
                let mut all = self.partial.borrow().clone();
                all.extend_from_slice(bytes);
                let (text, taken) = codecs::decode_utf8(thread, &all, &policy, last)?;
                all.drain(..taken.min(all.len()));
                *self.partial.borrow_mut() = all;
                Ok(text)
            }
        }
    }

    /// The decoder's state: undecoded bytes and flags.
    pub(super) fn decoder_state(&self, thread: &Thread) -> PyResult<(Owned<Bytes>, i64)> {
        if self.decoder.get() != Side::Object {
            let flags = (self.ending.get().is_universal() && self.newlines.pending_cr.get()) as i64;
            return Ok((Bytes::from_slice(thread, &self.partial.borrow())?, flags));
        }
        let state = self.decoder(thread)?.call_method(thread, intern!("getstate"), &[])?;
        let Some(state) = state.cast::<Tuple>().filter(|t| t.len() == 2) else { return Err(state_error(thread, None)) };
        let buffer = state.get(0).own();
        let flags = state.get(1).cast::<Int>().and_then(Int::to_i64).ok_or_else(|| state_error(thread, None))?;
        match buffer.downcast::<Bytes>() {
            Ok(buffer) => Ok((buffer, flags)),
            Err(other) => Err(state_error(thread, Some(&other))),
        }
    }

    pub(super) fn set_decoder_state(&self, thread: &Thread, buffer: &Bytes, flags: i64) -> PyResult<()> {
        if self.decoder.get() != Side::Object {
            *self.partial.borrow_mut() = buffer.as_slice().to_vec();
            self.newlines.pending_cr.set(self.ending.get().is_universal() && flags & 1 == 1);
            return Ok(());
        }
        let state = Tuple::from_vec(thread, vec![buffer.own(), util::int(flags)])?;
        self.decoder(thread)?.call_method(thread, intern!("setstate"), &[&state]).map(drop)
    }

    pub(super) fn reset_decoder(&self, thread: &Thread) -> PyResult<()> {
        match self.decoder.get() {
            Side::Absent => Ok(()),
            Side::Native(_) => {
                self.partial.borrow_mut().clear();
                if self.ending.get().is_universal() {
                    self.newlines.reset();
                }
                Ok(())
            }
            Side::Object => self.decoder(thread)?.call_method(thread, intern!("reset"), &[]).map(drop),
        }
    }

    pub(super) fn newlines_seen(&self, thread: &Thread) -> PyResult<Obj> {
        match self.decoder.get() {
            Side::Native(_) if self.ending.get().is_universal() => self.newlines.seen(thread),
            Side::Object => Ok(self.decoder(thread)?.lookup_attr(thread, intern!("newlines"))?.unwrap_or_else(pyrox_objects::none)),
            _ => Ok(pyrox_objects::none()),
        }
    }
}
