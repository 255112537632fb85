//! Sending and receiving bytes, and setting options.

use std::ffi::c_int;

use pyrox_objects::native::Rest;
use pyrox_objects::{Buffer, Bytes, Object, Owned, PyResult, Raised, Thread, exceptions};
use pyrox_stdlib_os::system::check;
use pyrox_stdlib_os::time::monotonic_clock;

use super::address::Address;
use super::wait::{Direction, Failure, deadline};
use super::{Socket, descriptor};

/// Fill up to `size` bytes by `read`, which says how many there are, and give them as `bytes`.
pub fn read_bytes(thread: &Thread, size: usize, read: impl FnOnce(*mut u8) -> PyResult<usize>) -> PyResult<Owned<Bytes>> {
    if size <= 8192 {
        let mut small = [0u8; 8192];
        let count = read(small.as_mut_ptr())?;
        return Bytes::from_slice(thread, small.get(..count).unwrap_or_default());
    }
    let mut buffer: Vec<u8> = Vec::new();
    buffer.try_reserve_exact(size).map_err(|_| thread.no_memory())?;
    let count = read(buffer.as_mut_ptr())?;
    // SAFETY: the call filled that many of the reserved bytes.
    unsafe { buffer.set_len(count.min(size)) };
    Bytes::from_slice(thread, &buffer)
}

/// A buffer to be written to.
pub fn writable(thread: &Thread, function: &str, object: &Object) -> PyResult<Buffer> {
    Buffer::writable(thread, object).map_err(|raised| {
        if thread.take_if(exceptions::type_error()) {
            let name = if object.is_none() { "None" } else { object.ty().name() };
            return thread.type_error(&format!("{function}() argument 1 must be read-write bytes-like object, not {name}"));
        }
        raised
    })
}

fn wrong_count(thread: &Thread, message: &str) -> Raised {
    thread.type_error(message)
}

impl Socket {
    /// Receive into `size` writable bytes at `to`.
    pub fn receive(&self, thread: &Thread, to: *mut u8, size: usize, flags: c_int) -> PyResult<usize> {
        if size == 0 {
            return Ok(0);
        }
        // SAFETY: the caller has that much room.
        let count = self.run(thread, Direction::Read, |fd| unsafe { libc::recv(fd, to.cast(), size, flags) })?;
        Ok(count as usize)
    }

    /// As [`Socket::receive`], with the sender's address.
    pub fn receive_from(&self, thread: &Thread, to: *mut u8, size: usize, flags: c_int, address: &mut Address) -> PyResult<usize> {
        let count = self.run(thread, Direction::Read, |fd| {
            *address = Address::empty();
            // SAFETY: the caller has that much room; there is room for any address.
            unsafe { libc::recvfrom(fd, to.cast(), size, flags, address.raw_mut(), &mut address.len) }
        })?;
        Ok(count as usize)
    }

    pub fn send_some(&self, thread: &Thread, data: &Object, flags: c_int) -> PyResult<usize> {
        let data = Buffer::simple(thread, data)?;
        let (from, size) = (data.as_mut_ptr(), data.len());
        // SAFETY: the export keeps the bytes in place.
        Ok(self.run(thread, Direction::Write, |fd| unsafe { libc::send(fd, from.cast(), size, flags) })? as usize)
    }

    pub fn send_all(&self, thread: &Thread, data: &Object, flags: c_int) -> PyResult<()> {
        let data = Buffer::simple(thread, data)?;
        let timeout = self.timeout.get();
        let end = deadline(timeout);
        let (mut sent, mut left) = (0usize, timeout);
        while sent < data.len() {
            if let (Some(end), true) = (end, sent > 0) {
                left = end.saturating_sub(monotonic_clock());
                if left <= 0 {
                    return Err(Failure::TimedOut.raise(thread));
                }
            }
            let count = self.attempt(thread, Direction::Write, left, |fd| {
                // SAFETY: the export keeps the bytes in place, and `sent` is below their number.
                unsafe { libc::send(fd, data.as_mut_ptr().add(sent).cast(), data.len() - sent, flags) }
            })?;
            sent += count.map_err(|failure| failure.raise(thread))? as usize;
            pyrox_interpreter::interrupts::check(thread)?;
        }
        Ok(())
    }

    /// `sendto(data[, flags], address)`.
    pub fn send_to(&self, thread: &Thread, args: Rest<'_>) -> PyResult<usize> {
        let (data, flags, address) = match (args.len(), args.get(0), args.get(1), args.get(2)) {
            (2, Some(data), Some(address), _) => (data, None, address),
            (3, Some(data), Some(flags), Some(address)) => (data, Some(flags), address),
            (count, ..) => return Err(wrong_count(thread, &format!("sendto() takes 2 or 3 arguments ({count} given)"))),
        };
        let data = Buffer::simple(thread, data)?;
        let flags = flags.map_or(Ok(0), |flags| descriptor(thread, flags))?;
        let address = self.parse_address(thread, address, "sendto")?;
        let count = self.run(thread, Direction::Write, |fd| {
            // SAFETY: the export keeps the bytes in place; an address of that length.
            unsafe { libc::sendto(fd, data.as_mut_ptr().cast(), data.len(), flags, address.raw(), address.len) }
        })?;
        Ok(count as usize)
    }

    /// `setsockopt(level, option, value)` and `setsockopt(level, option, None, length)`.
    pub fn set_option(&self, thread: &Thread, args: Rest<'_>) -> PyResult<()> {
        let (Some(level), Some(option), Some(value)) = (args.get(0), args.get(1), args.get(2)) else {
            return Err(wrong_count(thread, &format!("setsockopt() takes exactly 3 arguments ({} given)", args.len())));
        };
        let fd = self.fd.get();
        let wrong = || wrong_count(thread, &format!("setsockopt() takes exactly 3 arguments ({} given)", args.len()));
        let length = match (args.len(), args.get(3)) {
            (3, _) => None,
            (4, Some(length)) if value.is_none() => Some(length),
            _ => return Err(wrong()),
        };
        let numbers = || {
            let (level, option) = (descriptor(thread, level)?, descriptor(thread, option)?);
            let length = length.map(|length| length.index(thread)).transpose()?;
            // A length of any size counts by its lowest bits.
            Ok((level, option, length.map(|length| length.to_i64().unwrap_or(0) as libc::socklen_t)))
        };
        let (level, option, length) = match numbers() {
            Ok(numbers) => numbers,
            // With a length, whatever is wrong is said so.
            Err(_) if args.len() == 4 && thread.take_if(exceptions::exception()) => return Err(wrong()),
            Err(raised) => return Err(raised),
        };
        if let Some(length) = length {
            // SAFETY: no value, only a length.
            return check(thread, unsafe { libc::setsockopt(fd, level, option, std::ptr::null(), length) }).map(drop);
        }
        if self.family.get() == libc::AF_VSOCK && level == libc::AF_VSOCK {
            if let Some(value) = value.is_int().then(|| value.index(thread)).transpose()?.and_then(|v| v.to_u64()) {
                let size = size_of::<u64>() as libc::socklen_t;
                // SAFETY: a number of that size.
                return check(thread, unsafe { libc::setsockopt(fd, level, option, (&raw const value).cast(), size) }).map(drop);
            }
        }
        if value.has_index() {
            if let Some(number) = value.index(thread)?.to_i64().and_then(|v| c_int::try_from(v).ok()) {
                let size = size_of::<c_int>() as libc::socklen_t;
                // SAFETY: an int.
                return check(thread, unsafe { libc::setsockopt(fd, level, option, (&raw const number).cast(), size) }).map(drop);
            }
        }
        let bytes = Buffer::simple(thread, value)?;
        let size = bytes.len() as libc::socklen_t;
        // SAFETY: the export keeps the bytes in place.
        check(thread, unsafe { libc::setsockopt(fd, level, option, bytes.as_mut_ptr().cast(), size) }).map(drop)
    }
}
