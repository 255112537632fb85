//! Writing through the buffer.

use pyrox_objects::{PyResult, Thread, exceptions};

use super::{Core, would_block};
use crate::util;

impl Core {
    fn reset_write(&self) {
        self.write_pos.set(0);
        self.write_end.set(-1);
    }

    /// Write out what waits.
    pub(super) fn flush_unlocked(&self, thread: &Thread) -> PyResult<()> {
        if self.valid_write() && self.write_pos.get() != self.write_end.get() {
            let rewind = self.raw_offset() + (self.pos.get() - self.write_pos.get());
            if rewind != 0 {
                self.raw_seek(thread, -rewind, 1)?;
                self.raw_pos.set(self.raw_pos.get() - rewind);
            }
            while self.write_pos.get() < self.write_end.get() {
                let length = (self.write_end.get() - self.write_pos.get()) as usize;
                let data = self.data(thread)?;
                // SAFETY: within the buffer.
                let written = unsafe { self.raw_write(thread, data.add(self.write_pos.get() as usize), length) }?;
                let count = match written {
                    Ok(count) => count,
                    Err(errno) => return Err(would_block(thread, errno, 0)),
                };
                self.write_pos.set(self.write_pos.get() + count as i64);
                self.raw_pos.set(self.write_pos.get());
                // Signals may have come during a partial write.
                util::check_signals(thread)?;
            }
        }
        self.reset_write();
        Ok(())
    }

    /// Write out what waits, and put the raw stream where the user is.
    pub(super) fn flush_and_rewind(&self, thread: &Thread) -> PyResult<()> {
        self.flush_unlocked(thread)?;
        if self.readable.get() {
            let result = self.raw_seek(thread, -self.raw_offset(), 1);
            self.reset_read();
            result?;
        }
        Ok(())
    }

    /// Write memory that an export, an object or the caller keeps in place.
    ///
    /// # Safety
    /// `length` bytes from `source` on stay readable, also while other code runs.
    pub unsafe fn write(&self, thread: &Thread, source: *const u8, length: usize) -> PyResult<usize> {
        self.check(thread)?;
        let _lock = self.enter(thread)?;
        if self.is_closed(thread)? {
            return Err(thread.value_error("write to closed file"));
        }
        if !self.valid_read() && !self.valid_write() {
            self.pos.set(0);
            self.raw_pos.set(0);
        }
        let size = self.size.get() as usize;
        let room = size.saturating_sub(self.pos.get() as usize);
        if length <= room && length < size {
            self.store(thread, self.pos.get(), source, length)?;
            if !self.valid_write() || self.write_pos.get() > self.pos.get() {
                self.write_pos.set(self.pos.get());
            }
            self.adjust(self.pos.get() + length as i64);
            if self.write_end.get() < self.pos.get() {
                self.write_end.set(self.pos.get());
            }
            return Ok(length);
        }
        if self.flush_unlocked(thread).is_err() {
            return self.keep_unwritten(thread, source, length);
        }
        let ahead = self.raw_offset();
        if ahead != 0 {
            self.raw_seek(thread, -ahead, 1)?;
            self.raw_pos.set(self.raw_pos.get() - ahead);
        }
        let mut written = 0;
        while length - written > size {
            // SAFETY: within the source.
            match unsafe { self.raw_write(thread, source.add(written), length - written) }? {
                Ok(count) => written += count,
                Err(errno) => {
                    // SAFETY: as above; as much as the buffer holds is kept.
                    self.store(thread, 0, unsafe { source.add(written) }, size)?;
                    self.raw_pos.set(0);
                    self.adjust(size as i64);
                    self.write_pos.set(0);
                    self.write_end.set(size as i64);
                    return Err(would_block(thread, errno, written + size));
                }
            }
            util::check_signals(thread)?;
        }
        if self.readable.get() {
            self.reset_read();
        }
        let rest = length - written;
        if rest > 0 {
            // SAFETY: within the source.
            self.store(thread, 0, unsafe { source.add(written) }, rest)?;
        }
        self.write_pos.set(0);
        self.write_end.set(rest as i64);
        self.adjust(rest as i64);
        self.raw_pos.set(0);
        Ok(length)
    }

    /// The buffer could not be written out without blocking: take in as much as it still holds.
    #[cold]
    fn keep_unwritten(&self, thread: &Thread, source: *const u8, length: usize) -> PyResult<usize> {
        if !thread.raised_is(exceptions::blocking_io_error()) {
            return Err(pyrox_objects::Raised);
        }
        let errno = thread
            .raised()
            .and_then(|e| e.cast::<exceptions::OsError>())
            .and_then(|e| e.errno())
            .and_then(|n| n.cast::<pyrox_objects::Int>().and_then(|n| n.to_i64()))
            .unwrap_or(0) as i32;
        if self.readable.get() {
            self.reset_read();
        }
        let (from, waiting) = (self.write_pos.get(), self.write_end.get() - self.write_pos.get());
        let data = self.data(thread)?;
        // SAFETY: both within the buffer.
        unsafe { std::ptr::copy(data.add(from as usize), data, waiting.max(0) as usize) };
        self.write_end.set(waiting);
        self.raw_pos.set(self.raw_pos.get() - from);
        self.pos.set(self.pos.get() - from);
        self.write_pos.set(0);
        let room = (self.size.get() - waiting).max(0) as usize;
        let taken = room.min(length);
        self.store(thread, waiting, source, taken)?;
        self.write_end.set(waiting + taken as i64);
        self.pos.set(self.pos.get() + taken as i64);
        if taken == length {
            thread.set_raised(None);
            return Ok(length);
        }
        Err(would_block(thread, errno, taken))
    }
}
