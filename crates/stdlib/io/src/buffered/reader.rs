//! Reading through the buffer.

use pyrox_objects::{Bytes, Obj, Object, Owned, PyResult, Thread, intern, none};

use super::{Core, Transferred};
use crate::util;

impl Core {
    pub(super) fn reset_read(&self) {
        self.read_end.set(-1);
    }

    /// Serve from the buffer alone.
    #[inline]
    fn read_fast(&self, thread: &Thread, count: usize) -> PyResult<Option<Owned<Bytes>>> {
        if count as i64 <= self.ahead() {
            let result = self.buffered(thread, self.pos.get(), count)?;
            self.pos.set(self.pos.get() + count as i64);
            return Ok(Some(result));
        }
        Ok(None)
    }

    /// Read ahead behind what is there.
    fn fill(&self, thread: &Thread) -> Transferred {
        let start = if self.valid_read() { self.read_end.get() } else { 0 };
        let length = (self.size.get() - start).max(0) as usize;
        let count = self.raw_read_buffer(thread, start, length)?;
        if let Some(count @ 1..) = count {
            self.read_end.set(start + count as i64);
            self.raw_pos.set(start + count as i64);
        }
        Ok(count)
    }

    /// `read(size)`; -1 is all.
    pub fn read(&self, thread: &Thread, size: isize) -> PyResult<Obj> {
        if size < -1 {
            return Err(thread.value_error("read length must be non-negative or -1"));
        }
        self.check_open(thread, "read of closed file")?;
        if size == -1 {
            let _lock = self.enter(thread)?;
            return self.read_all(thread);
        }
        if let Some(result) = self.read_fast(thread, size as usize)? {
            return Ok(result.upcast());
        }
        let _lock = self.enter(thread)?;
        self.read_count(thread, size as usize)
    }

    fn read_all(&self, thread: &Thread) -> PyResult<Obj> {
        let have = self.ahead().max(0) as usize;
        if !self.writable.get() {
            if let Some(file) = self.file() {
                // Straight into one object.
                let head = self.buffered(thread, self.pos.get().max(0), have)?;
                self.pos.set(self.pos.get() + have as i64);
                self.reset_read();
                let result = file.read_all(thread, head.as_slice())?;
                if let Some(result) = &result {
                    self.advance(result.len() - have);
                }
                return Ok(result.map_or_else(none, Owned::upcast));
            }
        }
        let mut data = self.buffered(thread, self.pos.get().max(0), have)?.as_slice().to_vec();
        self.pos.set(self.pos.get() + have as i64);
        if self.writable.get() {
            self.flush_and_rewind(thread)?;
        }
        self.reset_read();
        let raw = self.raw(thread)?;
        if let Some(readall) = raw.lookup_attr(thread, intern!("readall"))? {
            let more = readall.call(thread, &[])?;
            if more.is_none() {
                return if have == 0 { Ok(more) } else { Ok(Bytes::from_slice(thread, &data)?.upcast()) };
            }
            let Some(bytes) = more.cast::<Bytes>() else { return Err(thread.type_error("readall() should return bytes")) };
            if have == 0 {
                return Ok(more);
            }
            data.extend_from_slice(bytes.as_slice());
            return Ok(Bytes::from_slice(thread, &data)?.upcast());
        }
        loop {
            let more = raw.call_method(thread, intern!("read"), &[])?;
            if !more.is_none() && !more.is_instance::<Bytes>() {
                return Err(thread.type_error("read() should return bytes"));
            }
            match more.cast::<Bytes>() {
                Some(bytes) if bytes.len() > 0 => {
                    data.extend_from_slice(bytes.as_slice());
                    self.advance(bytes.len());
                }
                _ if data.is_empty() => return Ok(more),
                _ => return Ok(Bytes::from_slice(thread, &data)?.upcast()),
            }
        }
    }

    fn read_count(&self, thread: &Thread, size: usize) -> PyResult<Obj> {
        if let Some(result) = self.read_fast(thread, size)? {
            return Ok(result.upcast());
        }
        let have = self.ahead().max(0) as usize;
        let result = Bytes::uninit(thread, size)?;
        let out = result.data();
        let mut written = 0;
        if have > 0 {
            let data = self.data(thread)?;
            // SAFETY: `have` is less than `size`, and read ahead.
            unsafe { std::ptr::copy_nonoverlapping(data.add(self.pos.get() as usize), out, have) };
            self.pos.set(self.pos.get() + have as i64);
            written = have;
        }
        let short = |written: usize, blocked: bool| {
            if blocked && written == 0 {
                return Ok(none());
            }
            // SAFETY: that much of the fresh object was written.
            Ok(Bytes::from_slice(thread, unsafe { std::slice::from_raw_parts(out, written) })?.upcast())
        };
        if self.writable.get() {
            self.flush_and_rewind(thread)?;
        }
        self.reset_read();
        let block = self.size.get().max(1) as usize;
        while written < size {
            // Whole blocks go straight to the result, the last one through the buffer.
            let direct = (size - written) / block * block;
            if direct == 0 {
                break;
            }
            // SAFETY: the rest of the fresh object, which nobody else sees.
            match unsafe { self.raw_read_memory(thread, out.add(written), direct) }? {
                Some(0) => return short(written, false),
                None => return short(written, true),
                Some(count) => written += count,
            }
        }
        self.pos.set(0);
        self.raw_pos.set(0);
        self.read_end.set(0);
        while written < size && self.read_end.get() < self.size.get() {
            let count = match self.fill(thread)? {
                Some(0) => return short(written, false),
                None => return short(written, true),
                Some(count) => count.min(size - written),
            };
            let data = self.data(thread)?;
            // SAFETY: just read ahead; the result has room.
            unsafe { std::ptr::copy_nonoverlapping(data.add(self.pos.get() as usize), out.add(written), count) };
            written += count;
            self.pos.set(self.pos.get() + count as i64);
        }
        if written < size || size < 2 {
            return short(written, false);
        }
        Ok(result.upcast())
    }

    /// `read1(size)`: at most one raw read.
    pub fn read1(&self, thread: &Thread, size: isize) -> PyResult<Owned<Bytes>> {
        self.check(thread)?;
        let size = if size < 0 { self.size.get() as usize } else { size as usize };
        self.check_open(thread, "read of closed file")?;
        if size == 0 {
            return Bytes::from_slice(thread, &[]);
        }
        let have = self.ahead();
        if have > 0 {
            let result = self.buffered(thread, self.pos.get(), size.min(have as usize))?;
            self.pos.set(self.pos.get() + result.len() as i64);
            return Ok(result);
        }
        let result = Bytes::uninit(thread, size)?;
        let _lock = self.enter(thread)?;
        self.reset_read();
        // SAFETY: fresh memory of that size.
        let count = unsafe { self.raw_read_memory(thread, result.data(), size) }?.unwrap_or(0);
        if count == size && size > 1 {
            return Ok(result);
        }
        Bytes::from_slice(thread, &result.as_slice()[..count])
    }

    /// `peek()`.
    pub fn peek(&self, thread: &Thread) -> PyResult<Owned<Bytes>> {
        self.check_open(thread, "peek of closed file")?;
        let _lock = self.enter(thread)?;
        if self.writable.get() {
            self.flush_and_rewind(thread)?;
        }
        let have = self.ahead();
        if have > 0 {
            return self.buffered(thread, self.pos.get(), have as usize);
        }
        self.reset_read();
        let count = self.fill(thread)?.unwrap_or(0);
        self.pos.set(0);
        self.buffered(thread, 0, count)
    }

    /// `readinto(buffer)`, or `readinto1` with `once`.
    pub fn read_into(&self, thread: &Thread, buffer: &Object, once: bool) -> PyResult<Obj> {
        let name = if once { "readinto1" } else { "readinto" };
        let target = util::writable_argument(thread, name, buffer)?;
        self.check_open(thread, "readinto of closed file")?;
        let mut written = 0;
        let have = self.ahead();
        let copy_out = |written: usize, count: usize| -> PyResult<()> {
            let data = self.data(thread)?;
            // SAFETY: read ahead, and the export has room.
            unsafe { std::ptr::copy(data.add(self.pos.get() as usize), target.as_mut_ptr().add(written), count) };
            self.pos.set(self.pos.get() + count as i64);
            Ok(())
        };
        if have > 0 {
            let count = target.len().min(have as usize);
            copy_out(0, count)?;
            written = count;
            if written == target.len() || once {
                return Ok(util::int(written as i64));
            }
        }
        let _lock = self.enter(thread)?;
        if self.writable.get() {
            self.flush_and_rewind(thread)?;
        }
        self.reset_read();
        self.pos.set(0);
        let mut blocked = false;
        while written < target.len() {
            let remaining = target.len() - written;
            let count = if remaining > self.size.get() as usize {
                // SAFETY: the export keeps that much memory.
                unsafe { self.raw_read_memory(thread, target.as_mut_ptr().add(written), remaining) }?
            } else if !(once && written > 0) {
                // More than one raw read is made only to satisfy a plain `readinto`.
                match self.fill(thread)? {
                    Some(count @ 1..) => {
                        let count = count.min(remaining);
                        copy_out(written, count)?;
                        written += count;
                        if once {
                            break;
                        }
                        if written < target.len() {
                            self.reset_read();
                            self.pos.set(0);
                        }
                        continue;
                    }
                    other => other,
                }
            } else {
                Some(0)
            };
            match count {
                Some(0) => break,
                None => {
                    blocked = true;
                    break;
                }
                Some(count) => written += count,
            }
            if once {
                break;
            }
        }
        if blocked && written == 0 {
            return Ok(none());
        }
        Ok(util::int(written as i64))
    }

    /// A line, `limit` bytes at most if that is not negative.
    pub fn read_line(&self, thread: &Thread, limit: isize) -> PyResult<Owned<Bytes>> {
        self.check_open(thread, "readline of closed file")?;
        let mut limit = if limit < 0 { usize::MAX } else { limit as usize };
        let find = |from: i64, count: usize| -> PyResult<Option<usize>> {
            let data = self.data(thread)?;
            // SAFETY: within the buffer; no code runs meanwhile.
            Ok(memchr::memchr(b'\n', unsafe { std::slice::from_raw_parts(data.add(from as usize), count) }))
        };
        let have = (self.ahead().max(0) as usize).min(limit);
        if have > 0 || limit == 0 {
            let end = find(self.pos.get().max(0), have)?;
            if let Some(length) = end.map(|at| at + 1).or(if have == limit { Some(have) } else { None }) {
                let line = self.buffered(thread, self.pos.get().max(0), length)?;
                self.pos.set(self.pos.get() + length as i64);
                return Ok(line);
            }
        }
        let _lock = self.enter(thread)?;
        let mut line: Vec<u8> = Vec::new();
        if have > 0 {
            line.extend_from_slice(self.buffered(thread, self.pos.get(), have)?.as_slice());
            self.pos.set(self.pos.get() + have as i64);
            limit -= have;
        }
        if self.writable.get() {
            self.flush_and_rewind(thread)?;
        }
        loop {
            self.reset_read();
            let Some(count @ 1..) = self.fill(thread)? else { break };
            let room = count.min(limit);
            let end = find(0, room)?.map(|at| at + 1);
            let length = end.unwrap_or(room);
            let piece = self.buffered(thread, 0, length)?;
            self.pos.set(length as i64);
            if line.is_empty() && (end.is_some() || length == limit) {
                return Ok(piece);
            }
            line.extend_from_slice(piece.as_slice());
            limit -= length;
            if end.is_some() || limit == 0 {
                break;
            }
        }
        Bytes::from_slice(thread, &line)
    }
}
