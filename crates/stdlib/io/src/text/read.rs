//! Reading text.

use pyrox_objects::buffer::is_buffer;
use pyrox_objects::text_writer::TextWriter;
use pyrox_objects::{Buffer, Bytes, Int, Obj, Owned, PyResult, Str, Thread, exceptions, intern};

use super::{Side, TextIoWrapper};
use crate::buffered::readable_core;
use crate::util::{self, unsupported};

impl TextIoWrapper {
    fn check_reads(&self, thread: &Thread) -> PyResult<()> {
        if self.decoder.get() == Side::Absent { Err(unsupported(thread, "not readable")) } else { Ok(()) }
    }

    /// Read and decode a chunk; false at the end.
    fn read_chunk(&self, thread: &Thread, hint: usize) -> PyResult<bool> {
        self.check_reads(thread)?;
        let state = if self.telling.get() { Some(self.decoder_state(thread)?) } else { None };
        let mut size = self.chunk_size.get();
        if hint > 0 {
            size = size.max((self.ratio.get().max(1.0) * hint as f64) as isize);
        }
        let Some(buffer) = self.buffer.get() else { return Err(self.not_ready(thread)) };
        let chunk: Obj = match readable_core(&buffer) {
            Some(core) => core.read1(thread, size)?.upcast(),
            None => {
                let name = if self.has_read1.get() { intern!("read1") } else { intern!("read") };
                let chunk = buffer.call_method(thread, name, &[&Int::from(size as i64)])?;
                if !is_buffer(&chunk) {
                    let name = name.to_string_lossy();
                    return Err(thread.type_error(&format!(
                        "underlying {name}() should have returned a bytes-like object, not '{}'",
                        chunk.ty().name()
                    )));
                }
                chunk
            }
        };
        let count = match chunk.cast::<Bytes>() {
            Some(bytes) => bytes.len(),
            None => Buffer::simple(thread, &chunk)?.len(),
        };
        let text = self.decode(thread, &chunk, count == 0)?;
        let characters = text.len();
        self.ratio.set(if characters > 0 { count as f64 / characters as f64 } else { 0.0 });
        self.set_decoded(Some(text));
        if let Some((before, flags)) = state {
            let input = match (before.len(), chunk.downcast::<Bytes>()) {
                (0, Ok(bytes)) => bytes,
                (_, chunk) => {
                    let mut all = before.as_slice().to_vec();
                    match chunk {
                        Ok(bytes) => all.extend_from_slice(bytes.as_slice()),
                        Err(other) => all.extend_from_slice(Buffer::simple(thread, &other)?.as_slice()),
                    }
                    Bytes::from_slice(thread, &all)?
                }
            };
            self.snapshot_flags.set(flags);
            self.snapshot.set(Some(input.upcast()));
        }
        Ok(count > 0 || characters > 0)
    }

    fn next_chunk(&self, thread: &Thread, hint: usize) -> PyResult<bool> {
        loop {
            match self.read_chunk(thread, hint) {
                Err(_) if util::trap_eintr(thread) => util::check_signals(thread)?,
                other => return other,
            }
        }
    }

    /// Take up to `count` characters of what is decoded.
    fn take_decoded(&self, thread: &Thread, count: usize) -> PyResult<Owned<Str>> {
        let Some(text) = self.decoded_text() else { return Ok(Str::empty()) };
        let start = self.used.get().min(text.len());
        let end = start.saturating_add(count).min(text.len());
        self.used.set(end);
        text.substring(thread, start, end)
    }

    /// `read(size)`; negative is all.
    pub fn read_text(&self, thread: &Thread, size: isize) -> PyResult<Owned<Str>> {
        let buffer = self.open_buffer(thread)?;
        self.check_reads(thread)?;
        self.write_pending(thread)?;
        if size < 0 {
            let bytes = match readable_core(&buffer) {
                Some(core) => core.read(thread, -1)?,
                None => buffer.call_method(thread, intern!("read"), &[])?,
            };
            if bytes.is_none() {
                return Err(thread.error(exceptions::blocking_io_error(), "Read returned None."));
            }
            let text = self.decode(thread, &bytes, true)?;
            let first = self.take_decoded(thread, usize::MAX)?;
            let all = first.concat(thread, &text)?;
            self.forget_snapshot();
            return Ok(all);
        }
        let size = size as usize;
        let first = self.take_decoded(thread, size)?;
        let mut remaining = size - first.len();
        if remaining == 0 {
            return Ok(first);
        }
        let mut out: Option<TextWriter> = None;
        let mut only = first;
        while remaining > 0 {
            if !self.next_chunk(thread, remaining)? {
                break;
            }
            let more = self.take_decoded(thread, remaining)?;
            remaining -= more.len();
            if only.len() == 0 && out.is_none() {
                only = more;
            } else {
                out.get_or_insert_with(|| {
                    let mut writer = TextWriter::new();
                    writer.push(&only);
                    writer
                })
                .push(&more);
            }
        }
        match out {
            Some(out) => out.finish(thread),
            None => Ok(only),
        }
    }

    /// `readline(limit)`; negative is no limit.
    pub fn read_line(&self, thread: &Thread, limit: isize) -> PyResult<Owned<Str>> {
        self.open_buffer(thread)?;
        self.check_reads_line(thread)?;
        let ending = self.ending.get();
        let limit = if limit < 0 { usize::MAX } else { limit as usize };
        let mut pieces: Option<TextWriter> = None;
        let mut gathered = 0;
        // The tail of a chunk whose ending is not decided yet: a `\r` that may belong to a `\r\n`.
        let mut tail: Option<Owned<Str>> = None;
        let last = loop {
            while self.decoded.peek().is_none_or(|d| d.cast::<Str>().is_none_or(|d| d.len() == 0)) {
                if !self.next_chunk(thread, 0)? {
                    break;
                }
            }
            let Some(decoded) = self.decoded_text().filter(|d| d.len() > 0) else {
                self.set_decoded(None);
                self.snapshot.take();
                break None;
            };
            let (line, start, offset) = match tail.take() {
                None => (decoded, self.used.get(), 0),
                Some(tail) => {
                    // Only here can the rest begin after what was used.
                    let rest = decoded.substring(thread, self.used.get().min(decoded.len()), decoded.len())?;
                    let skipped = self.used.get();
                    let length = tail.len();
                    (tail.concat(thread, &rest)?, 0, length as isize - skipped as isize)
                }
            };
            let start = start.min(line.len());
            let chars = line.as_chars().slice(start, line.len());
            let found = ending.find(chars);
            let mut end = match found {
                Ok(end) | Err(end) => end,
            };
            let full = gathered + end >= limit;
            if full {
                end = limit - gathered;
            }
            if full || found.is_ok() {
                let end = start + end;
                self.used.set((end as isize - offset).max(0) as usize);
                break Some(line.substring(thread, start, end)?);
            }
            if end > 0 {
                pieces.get_or_insert_with(TextWriter::new).push_chars(line.as_chars().slice(start, start + end));
                gathered += end;
            }
            if start + end < line.len() {
                tail = Some(line.substring(thread, start + end, line.len())?);
            }
            self.set_decoded(None);
        };
        if pieces.is_none() && tail.is_none() {
            return Ok(last.unwrap_or_else(Str::empty));
        }
        let mut out = pieces.unwrap_or_default();
        if let Some(tail) = tail {
            out.push(&tail);
        }
        if let Some(last) = last {
            out.push(&last);
        }
        out.finish(thread)
    }

    fn check_reads_line(&self, thread: &Thread) -> PyResult<()> {
        if self.pending.borrow().is_empty() { Ok(()) } else { self.write_pending(thread) }
    }
}
