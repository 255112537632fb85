//! Positions, flushing and closing of buffered streams.

use pyrox_objects::{Obj, Object, PyResult, Thread, exceptions, intern, none};

use super::Core;
use crate::file;
use crate::util::{self, call_retrying, unsupported};

impl Core {
    /// `flush()` of streams that write.
    pub fn flush(&self, thread: &Thread) -> PyResult<()> {
        self.check_open(thread, "flush of closed file")?;
        let _lock = self.enter(thread)?;
        self.flush_and_rewind(thread)
    }

    /// The warning of a stream that nobody closed: the raw stream's business.
    pub fn warn_unclosed(&self, thread: &Thread, source: &Object) {
        if !self.ok.get() {
            return;
        }
        let Some(raw) = self.raw.get() else { return };
        if let Some(file) = file::plain(&raw) {
            file.warn_if_open(thread, source);
            return;
        }
        if raw.call_method(thread, intern!("_dealloc_warn"), &[source]).is_err() {
            thread.set_raised(None);
        }
    }

    /// `close()`.
    pub fn close(&self, thread: &Thread) -> PyResult<Obj> {
        self.check(thread)?;
        {
            let _lock = self.enter(thread)?;
            let closed = if self.buffer.is_set() { self.is_closed(thread)? } else { util::is_closed(thread, &*self.raw(thread)?)? };
            if closed {
                return Ok(none());
            }
            if self.finalizing.get() {
                self.warn_unclosed(thread, self.object());
            }
        }
        let flushed = self.object().call_method(thread, intern!("flush"), &[]);
        let first = if flushed.is_err() { thread.take_raised() } else { None };
        let entered = self.enter(thread);
        let closed = match &entered {
            Ok(_) => self.raw(thread).and_then(|raw| raw.call_method(thread, intern!("close"), &[])),
            Err(raised) => Err(*raised),
        };
        self.free_buffer();
        util::chain(thread, first, closed)
    }

    /// `detach()`.
    pub fn detach(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        self.check(thread)?;
        self.object().call_method(thread, intern!("flush"), &[])?;
        Ok(self.detach_raw())
    }

    /// `tell()`.
    pub fn tell(&self, thread: &Thread) -> PyResult<i64> {
        self.check(thread)?;
        let at = self.raw_tell(thread)?;
        Ok((at - self.raw_offset()).max(0))
    }

    /// `seek(target, whence)`.
    pub fn seek(&self, thread: &Thread, target: &Object, whence: i32) -> PyResult<i64> {
        self.check(thread)?;
        if !(0..=4).contains(&whence) {
            return Err(thread.value_error(&format!("whence value {whence} unsupported")));
        }
        self.check_open(thread, "seek of closed file")?;
        let raw = self.raw(thread)?;
        match file::plain(&raw) {
            Some(file) if file.can_seek(thread)? => {}
            Some(_) => return Err(unsupported(thread, "File or stream is not seekable.")),
            None => util::check_seekable(thread, &raw)?,
        }
        let mut target = util::offset(thread, target, Some(exceptions::value_error()))?;
        if whence <= 1 && self.readable.get() {
            let current = self.raw_tell_cached(thread)?;
            let ahead = self.ahead();
            if ahead > 0 {
                let offset = if whence == 0 { target.checked_sub(current - self.raw_offset()) } else { Some(target) };
                if let Some(offset) = offset.filter(|&o| o >= -self.pos.get() && o <= ahead) {
                    self.pos.set(self.pos.get() + offset);
                    return Ok((current - ahead + offset).max(0));
                }
            }
        }
        let _lock = self.enter(thread)?;
        if self.writable.get() {
            self.flush_unlocked(thread)?;
        }
        if whence == 1 {
            target = target.saturating_sub(self.raw_offset());
        }
        let at = self.raw_seek(thread, target, whence)?;
        self.raw_pos.set(-1);
        if self.readable.get() {
            self.reset_read();
        }
        Ok(at)
    }

    /// `truncate(pos)`.
    pub fn truncate(&self, thread: &Thread, pos: Option<&Object>) -> PyResult<Obj> {
        self.check_open(thread, "truncate of closed file")?;
        if !self.writable.get() {
            return Err(unsupported(thread, "truncate"));
        }
        let _lock = self.enter(thread)?;
        self.flush_and_rewind(thread)?;
        let to = match pos.filter(|p| !p.is_none()) {
            Some(pos) => pos.own(),
            None => util::int(self.raw_tell(thread)?),
        };
        let result = self.raw(thread)?.call_method(thread, intern!("truncate"), &[&to])?;
        if self.raw_tell(thread).is_err() {
            thread.set_raised(None);
        }
        Ok(result)
    }

    /// A method of the raw stream without arguments.
    pub fn ask_raw(&self, thread: &Thread, name: &pyrox_objects::Str) -> PyResult<Obj> {
        call_retrying(thread, &*self.raw(thread)?, name, &[])
    }
}
