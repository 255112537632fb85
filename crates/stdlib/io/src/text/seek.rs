//! Positions in text: opaque numbers from which the decoder's state can be rebuilt.

use pyrox_objects::{Bytes, CompareOp, Int, Obj, Object, Owned, PyResult, Thread, exceptions, intern};

use super::{Side, TextIoWrapper};
use crate::util::{self, unsupported};

/// A position: where a decoder in a known state starts in the file, and what it is fed from there.
#[derive(Default)]
struct Cookie {
    start: i64,
    flags: i32,
    bytes_to_feed: i32,
    chars_to_skip: i32,
    need_eof: bool,
}

impl Cookie {
    fn pack(&self) -> Owned<Int> {
        let mut bytes = [0u8; 24];
        bytes[..8].copy_from_slice(&self.start.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.flags.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.bytes_to_feed.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.chars_to_skip.to_le_bytes());
        bytes[20] = self.need_eof as u8;
        if bytes[8..].iter().all(|&b| b == 0) {
            return Int::from(self.start);
        }
        // Python's ints have digits of 30 bits.
        let bit = |at: usize| bytes.get(at / 8).is_some_and(|b| b >> (at % 8) & 1 == 1);
        let mut digits: Vec<u32> = (0..7).map(|d| (0..30).fold(0, |sum, i| sum | (bit(d * 30 + i) as u32) << i)).collect();
        while digits.last() == Some(&0) {
            digits.pop();
        }
        Int::from_pair((false, &digits))
    }

    fn unpack(thread: &Thread, number: &Int) -> PyResult<Cookie> {
        let mut bytes = [0u8; 24];
        for (d, &digit) in number.digits().iter().enumerate() {
            for i in (0..30).filter(|i| digit >> i & 1 == 1) {
                let at = d * 30 + i;
                match bytes.get_mut(at / 8).filter(|_| at < 21 * 8) {
                    Some(byte) => *byte |= 1 << (at % 8),
                    None => return Err(thread.overflow_error("int too big to convert")),
                }
            }
        }
        let four = |at: usize| i32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let mut start = [0; 8];
        start.copy_from_slice(&bytes[..8]);
        Ok(Cookie {
            start: i64::from_le_bytes(start),
            flags: four(8),
            bytes_to_feed: four(12),
            chars_to_skip: four(16),
            need_eof: bytes[20] != 0,
        })
    }
}

impl TextIoWrapper {
    fn check_seekable(&self, thread: &Thread) -> PyResult<()> {
        if self.seekable.get() { Ok(()) } else { Err(unsupported(thread, "underlying stream is not seekable")) }
    }

    fn flush_by_name(&self, thread: &Thread) -> PyResult<()> {
        self.object().call_method(thread, intern!("flush"), &[]).map(drop)
    }

    fn decoder_to(&self, thread: &Thread, cookie: &Cookie) -> PyResult<()> {
        if cookie.start == 0 && cookie.flags == 0 {
            return self.reset_decoder(thread);
        }
        let empty = Bytes::from_slice(thread, &[])?;
        self.set_decoder_state(thread, &empty, cookie.flags as i64)
    }

    /// `tell()`.
    pub fn tell_position(&self, thread: &Thread) -> PyResult<Obj> {
        let buffer = self.open_buffer(thread)?;
        self.check_seekable(thread)?;
        if !self.telling.get() {
            return Err(thread.error(exceptions::os_error(), "telling position disabled by next() call"));
        }
        self.write_pending(thread)?;
        self.flush_by_name(thread)?;
        let at = buffer.call_method(thread, intern!("tell"), &[])?;
        let snapshot = self.snapshot.get().and_then(|s| s.downcast::<Bytes>().ok());
        let Some(input) = snapshot.filter(|_| self.decoder.get() != Side::Absent) else { return Ok(at) };
        let at = util::offset(thread, &at, None)?;
        let flags = self.snapshot_flags.get() as i32;
        let mut cookie = Cookie { start: at - input.len() as i64, flags, ..Cookie::default() };
        let used = self.used.get();
        if used == 0 || !self.decoded.is_set() {
            return Ok(cookie.pack().upcast());
        }
        let saved = self.decoder_state(thread)?;
        let found = self.reconstruct(thread, &input, &mut cookie, used);
        let error = if found.is_err() { thread.take_raised() } else { None };
        let restored = self.set_decoder_state(thread, &saved.0, saved.1);
        if let Some(error) = error {
            thread.set_raised(None);
            return Err(thread.reraise(error));
        }
        restored?;
        Ok(cookie.pack().upcast())
    }

    /// Find the state from which decoding a few bytes yields the position.
    fn reconstruct(&self, thread: &Thread, input: &Bytes, cookie: &mut Cookie, used: usize) -> PyResult<()> {
        let mut to_skip = used;
        let mut skip = ((self.ratio.get() * used as f64) as usize).min(input.len());
        let mut back = 1;
        // From a guess by the mean size of characters backwards to a place where the decoder holds nothing.
        let mut settled = false;
        while skip > 0 {
            self.decoder_to(thread, cookie)?;
            let piece = Bytes::from_slice(thread, &input.as_slice()[..skip])?;
            let decoded = self.decode(thread, &piece, false)?.len();
            if decoded <= to_skip {
                let (rest, flags) = self.decoder_state(thread)?;
                if rest.len() == 0 {
                    cookie.flags = flags as i32;
                    to_skip -= decoded;
                    settled = true;
                    break;
                }
                skip = skip.saturating_sub(rest.len());
                back = 1;
            } else {
                skip = skip.saturating_sub(back);
                back = back.saturating_mul(2);
            }
        }
        if !settled {
            skip = 0;
            self.decoder_to(thread, cookie)?;
        }
        cookie.start += skip as i64;
        cookie.chars_to_skip = to_skip as i32;
        if to_skip == 0 {
            return Ok(());
        }
        // One byte at a time, the start moving along to where the decoder holds nothing.
        let mut decoded = 0;
        let mut enough = false;
        for at in skip..input.len() {
            let byte = Bytes::from_slice(thread, &input.as_slice()[at..at + 1])?;
            decoded += self.decode(thread, &byte, false)?.len();
            cookie.bytes_to_feed += 1;
            let (rest, flags) = self.decoder_state(thread)?;
            if rest.len() == 0 && decoded <= to_skip {
                cookie.start += cookie.bytes_to_feed as i64;
                to_skip -= decoded;
                cookie.flags = flags as i32;
                cookie.bytes_to_feed = 0;
                decoded = 0;
            }
            if decoded >= to_skip {
                enough = true;
                break;
            }
        }
        if !enough {
            let empty = Bytes::from_slice(thread, &[])?;
            decoded += self.decode(thread, &empty, true)?.len();
            cookie.need_eof = true;
            if decoded < to_skip {
                return Err(thread.error(exceptions::os_error(), "can't reconstruct logical file position"));
            }
        }
        cookie.chars_to_skip = to_skip as i32;
        Ok(())
    }

    /// `seek(cookie, whence)`.
    pub fn seek_position(&self, thread: &Thread, cookie: &Object, whence: i32) -> PyResult<Obj> {
        let buffer = self.open_buffer(thread)?;
        self.check_seekable(thread)?;
        let zero = Int::from(0);
        let target = match whence {
            0 => cookie.own(),
            1 => {
                if !cookie.eq(thread, &zero)? {
                    return Err(unsupported(thread, "can't do nonzero cur-relative seeks"));
                }
                self.flush_by_name(thread)?;
                self.object().call_method(thread, intern!("tell"), &[])?
            }
            2 => {
                if !cookie.eq(thread, &zero)? {
                    return Err(unsupported(thread, "can't do nonzero end-relative seeks"));
                }
                self.flush_by_name(thread)?;
                self.set_decoded(None);
                self.snapshot.take();
                self.reset_decoder(thread)?;
                let at = buffer.call_method(thread, intern!("seek"), &[&zero, &Int::from(2)])?;
                let start = at.eq(thread, &zero)?;
                self.reset_encoder(thread, start)?;
                return Ok(at);
            }
            _ => return Err(thread.value_error(&format!("invalid whence ({whence}, should be 0, 1 or 2)"))),
        };
        if target.richcompare(thread, &zero, CompareOp::Lt)?.is_true(thread)? {
            let shown = target.repr(thread)?;
            return Err(thread.value_error(&format!("negative seek position {}", shown.to_string_lossy())));
        }
        self.flush_by_name(thread)?;
        let number = target.index(thread)?;
        let place = Cookie::unpack(thread, &number)?;
        buffer.call_method(thread, intern!("seek"), &[&Int::from(place.start)])?;
        self.set_decoded(None);
        self.snapshot.take();
        if self.decoder.get() != Side::Absent {
            self.decoder_to(thread, &place)?;
        }
        self.snapshot_flags.set(place.flags as i64);
        if place.chars_to_skip > 0 {
            let input = buffer.call_method(thread, intern!("read"), &[&Int::from(place.bytes_to_feed as i64)])?;
            let Ok(input) = input.downcast::<Bytes>().map_err(|other| {
                let name = other.ty().name().to_string();
                thread.type_error(&format!("underlying read() should have returned a bytes object, not '{name}'"))
            }) else {
                return Err(pyrox_objects::Raised);
            };
            self.snapshot.set(Some(input.clone().upcast()));
            let text = self.decode(thread, &input, place.need_eof)?;
            let length = text.len();
            self.set_decoded(Some(text));
            if length < place.chars_to_skip as usize {
                return Err(thread.error(exceptions::os_error(), "can't restore logical file position"));
            }
            self.used.set(place.chars_to_skip as usize);
        } else {
            self.snapshot.set(Some(Bytes::from_slice(thread, &[])?.upcast()));
        }
        if self.encoder.get() != Side::Absent {
            self.reset_encoder(thread, place.start == 0 && place.flags == 0)?;
        }
        Ok(target)
    }
}
