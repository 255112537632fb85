//! Writing text.

use pyrox_objects::{Bytes, PyResult, Str, Thread, intern};

use super::{Side, TextIoWrapper};
use crate::buffered::writable_core;
use crate::newline::{Ending, find_char, replace_newlines};
use crate::util::{self, unsupported};

impl TextIoWrapper {
    /// What `\n` becomes, if that is something else.
    fn written_newline(&self) -> Option<&'static str> {
        match self.ending.get() {
            Ending::Cr => Some("\r"),
            Ending::CrLf => Some("\r\n"),
            _ => None,
        }
    }

    /// `write(text)`.
    pub fn write_text(&self, thread: &Thread, text: &Str) -> PyResult<usize> {
        let buffer = self.open_buffer(thread)?;
        let encoder = self.encoder.get();
        if encoder == Side::Absent {
            return Err(unsupported(thread, "not writable"));
        }
        let length = text.len();
        let newline = self.written_newline();
        let line_buffering = self.line_buffering.get();
        let has_newline = (newline.is_some() || line_buffering) && find_char(text.as_chars(), b'\n').is_some();
        let flush = line_buffering && (has_newline || find_char(text.as_chars(), b'\r').is_some());
        let translated;
        let mut text = text;
        if let Some(newline) = newline.filter(|_| has_newline) {
            translated = replace_newlines(thread, text, newline)?;
            text = &translated;
        }
        let out = self.write_through.get() || flush;
        match encoder {
            Side::Native(codec) => {
                let bytes = if text.is_ascii() {
                    // The common case asks for no policy.
                    std::borrow::Cow::Borrowed(text.as_chars().as_bytes())
                } else {
                    let policy = self.policy.borrow().clone();
                    codec.encode(thread, text, &policy)?
                };
                self.queue(thread, &bytes, out)?;
            }
            _ => {
                let Some(object) = self.encoder_object.get() else { return Err(unsupported(thread, "not writable")) };
                let encoded = object.call_method(thread, intern!("encode"), &[text])?;
                let Some(bytes) = encoded.cast::<Bytes>() else {
                    return Err(thread.type_error(&format!("encoder should return a bytes object, not '{}'", encoded.ty().name())));
                };
                self.queue(thread, bytes.as_slice(), out)?;
            }
        }
        if flush {
            match writable_core(&buffer) {
                Some(core) => core.flush(thread)?,
                None => drop(buffer.call_method(thread, intern!("flush"), &[])?),
            }
        }
        self.forget_snapshot();
        if self.decoder.get() != Side::Absent {
            self.reset_decoder(thread)?;
        }
        Ok(length)
    }

    /// Let bytes wait, or write them if there are many or `out` says so. The bytes belong to an object
    /// that does not change, or to the caller.
    fn queue(&self, thread: &Thread, bytes: &[u8], out: bool) -> PyResult<()> {
        let chunk = self.chunk_size.get().max(1) as usize;
        let waiting = self.pending.borrow().len();
        if waiting > 0 && bytes.len() >= chunk {
            self.write_pending(thread)?;
        }
        let waiting = self.pending.borrow().len();
        if waiting == 0 && (out || bytes.len() >= chunk) {
            return self.send(thread, bytes);
        }
        self.pending.borrow_mut().extend_from_slice(bytes);
        if out || waiting + bytes.len() >= chunk { self.write_pending(thread) } else { Ok(()) }
    }

    /// Hand bytes to the buffer.
    fn send(&self, thread: &Thread, bytes: &[u8]) -> PyResult<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let Some(buffer) = self.buffer.get() else { return Err(self.not_ready(thread)) };
        if let Some(core) = writable_core(&buffer) {
            loop {
                // SAFETY: the slice outlives the call, and is not changed by anybody.
                match unsafe { core.write(thread, bytes.as_ptr(), bytes.len()) } {
                    Err(_) if util::trap_eintr(thread) => util::check_signals(thread)?,
                    other => return other.map(drop),
                }
            }
        }
        let object = Bytes::from_slice(thread, bytes)?;
        util::call_retrying(thread, &buffer, intern!("write"), &[&object]).map(drop)
    }

    /// Hand over what waits.
    pub(super) fn write_pending(&self, thread: &Thread) -> PyResult<()> {
        let mut bytes = self.pending.take();
        if bytes.is_empty() {
            return Ok(());
        }
        let sent = self.send(thread, &bytes);
        // The memory is kept for what comes next.
        let mut pending = self.pending.borrow_mut();
        if pending.is_empty() && bytes.capacity() <= 64 << 10 {
            bytes.clear();
            *pending = bytes;
        }
        sent
    }

    /// `flush()`.
    pub fn flush_all(&self, thread: &Thread) -> PyResult<pyrox_objects::Obj> {
        let buffer = self.open_buffer(thread)?;
        self.telling.set(self.seekable.get());
        self.write_pending(thread)?;
        match writable_core(&buffer) {
            Some(core) => core.flush(thread).map(|()| pyrox_objects::none()),
            None => buffer.call_method(thread, intern!("flush"), &[]),
        }
    }
}
