//! Buffered binary streams over raw ones.
//!
//! [`Core`] is the state and the work; `reader.rs`, `writer.rs` and `moves.rs` hold its halves, and
//! `types.rs` the Python types over it. The buffer is one stretch of memory that is either read ahead
//! from the raw stream, or waits to be written to it, or (in `BufferedRandom`) both:
//!
//! ```text
//! 0        write_pos      pos       write_end      read_end     size
//! |------------|===========|============|-------------|------------|
//! ```
//!
//! `pos` is where the user is; `raw_pos` is where in the buffer the raw stream is; `abs_pos` where the
//! raw stream is in the file, if known. Methods of the raw stream may run any code, so that nothing
//! borrows the buffer across them, and a lock refuses calls from inside them.

mod moves;
mod pair;
mod reader;
mod types;
mod writer;

use std::cell::Cell;
use std::ffi::c_void;

use pyrox_abi as abi;
use pyrox_objects::native::Traverse;
use pyrox_objects::{ByteArray, Bytes, Int, MemoryView, Obj, ObjCell, Object, Owned, PyResult, Raised, Thread, exceptions, intern};

pub use pair::BufferedRwPair;
pub use types::{BufferedRandom, BufferedReader, BufferedWriter, readable_core, writable_core};

use crate::file::{self, FileIo};
use crate::util::{self, Base};

/// The state of a buffered stream.
#[repr(C)]
pub struct Core {
    pub base: Base,
    raw: ObjCell,
    /// A `bytearray` of fixed size; empty when closed.
    buffer: ObjCell,
    ok: Cell<bool>,
    detached: Cell<bool>,
    readable: Cell<bool>,
    writable: Cell<bool>,
    pub finalizing: Cell<bool>,
    /// Whether `closed` needs no attribute access: exact types on both floors.
    fast_closed: Cell<bool>,
    locked: Cell<usize>,
    abs_pos: Cell<i64>,
    pos: Cell<i64>,
    raw_pos: Cell<i64>,
    read_end: Cell<i64>,
    write_pos: Cell<i64>,
    write_end: Cell<i64>,
    size: Cell<i64>,
}

impl Traverse for Core {
    unsafe fn traverse(&self, visit: abi::visitproc, data: *mut c_void) -> i32 {
        // SAFETY: by contract.
        unsafe {
            match self.base.traverse(visit, data) {
                0 => self.raw.traverse(visit, data),
                status => status,
            }
        }
    }

    fn clear(&self) {
        self.ok.set(false);
        self.raw.take();
        self.base.clear();
    }
}

/// The lock of a stream, given back when dropped.
struct Entered<'a>(&'a Core);

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.0.locked.set(0);
    }
}

/// What a raw operation did: so many bytes, or nothing because it would block.
type Transferred = PyResult<Option<usize>>;

impl Core {
    pub fn fresh() -> Core {
        Core {
            base: Base::new(),
            raw: ObjCell::empty(),
            buffer: ObjCell::empty(),
            ok: Cell::new(false),
            detached: Cell::new(false),
            readable: Cell::new(false),
            writable: Cell::new(false),
            finalizing: Cell::new(false),
            fast_closed: Cell::new(false),
            locked: Cell::new(0),
            abs_pos: Cell::new(-1),
            pos: Cell::new(0),
            raw_pos: Cell::new(-1),
            read_end: Cell::new(-1),
            write_pos: Cell::new(0),
            write_end: Cell::new(-1),
            size: Cell::new(0),
        }
    }

    /// This stream as an object.
    pub fn object(&self) -> &Object {
        // SAFETY: a core is the beginning of a stream object.
        unsafe { &*(self as *const Core as *const Object) }
    }

    /// Begin on a raw stream that was checked to be readable or writable.
    pub fn start(&self, thread: &Thread, raw: &Object, size: isize, readable: bool, writable: bool, exact: bool) -> PyResult<()> {
        self.ok.set(false);
        self.detached.set(false);
        if size <= 0 {
            return Err(thread.value_error("buffer size must be strictly positive"));
        }
        let buffer = ByteArray::from_slice(thread, &[])?;
        buffer.resize(thread, size as usize)?;
        self.raw.set(Some(raw.own()));
        self.buffer.set(Some(buffer.upcast()));
        self.size.set(size as i64);
        self.readable.set(readable);
        self.writable.set(writable);
        self.fast_closed.set(exact && file::plain(raw).is_some());
        self.abs_pos.set(-1);
        if self.raw_tell(thread).is_err() {
            thread.set_raised(None);
        }
        self.pos.set(0);
        self.raw_pos.set(-1);
        self.read_end.set(-1);
        self.write_pos.set(0);
        self.write_end.set(-1);
        self.ok.set(true);
        Ok(())
    }

    #[cold]
    fn not_ready(&self, thread: &Thread) -> Raised {
        if self.detached.get() { thread.value_error("raw stream has been detached") } else { util::uninitialized(thread) }
    }

    #[inline]
    pub fn check(&self, thread: &Thread) -> PyResult<()> {
        if self.ok.get() { Ok(()) } else { Err(self.not_ready(thread)) }
    }

    pub fn raw(&self, thread: &Thread) -> PyResult<Obj> {
        self.check(thread)?;
        self.raw.get().ok_or_else(|| self.not_ready(thread))
    }

    pub fn raw_or_none(&self) -> Option<Obj> {
        self.raw.get()
    }

    pub fn detach_raw(&self) -> Option<Obj> {
        self.detached.set(true);
        self.ok.set(false);
        self.raw.take()
    }

    /// The raw file, if its methods are nobody's but ours.
    #[inline]
    fn file(&self) -> Option<&FileIo> {
        self.raw.peek().and_then(file::plain)
    }

    #[inline]
    pub fn is_closed(&self, thread: &Thread) -> PyResult<bool> {
        if !self.buffer.is_set() {
            return Ok(true);
        }
        if self.fast_closed.get() {
            return Ok(self.file().is_none_or(|file| !file.is_open()));
        }
        util::is_closed(thread, &*self.raw(thread)?)
    }

    #[inline]
    pub fn check_open(&self, thread: &Thread, message: &str) -> PyResult<()> {
        self.check(thread)?;
        if self.is_closed(thread)? { Err(thread.value_error(message)) } else { Ok(()) }
    }

    #[inline]
    fn enter(&self, thread: &Thread) -> PyResult<Entered<'_>> {
        let me = thread as *const Thread as usize;
        match self.locked.get() {
            0 => {
                self.locked.set(me);
                Ok(Entered(self))
            }
            holder => Err(self.refuse(thread, holder == me)),
        }
    }

    #[cold]
    fn refuse(&self, thread: &Thread, reentrant: bool) -> Raised {
        let shown = match self.object().repr(thread) {
            Ok(shown) => shown.to_string_lossy().into_owned(),
            Err(raised) => return raised,
        };
        let what = if reentrant { "reentrant call inside" } else { "could not acquire lock for" };
        thread.runtime_error(&format!("{what} {shown}"))
    }

    /// Where the buffer is. It stays there while the cell holds it; the size never changes.
    #[inline]
    fn data(&self, thread: &Thread) -> PyResult<*mut u8> {
        // SAFETY: the cell only ever holds byte arrays.
        match self.buffer.peek() {
            Some(buffer) => Ok(unsafe { buffer.cast_unchecked::<ByteArray>() }.data()),
            None => Err(thread.value_error("I/O operation on closed file.")),
        }
    }

    /// Copy out of the buffer.
    fn buffered(&self, thread: &Thread, start: i64, length: usize) -> PyResult<Owned<Bytes>> {
        let data = self.data(thread)?;
        debug_assert!(start >= 0 && start as usize + length <= self.size.get() as usize);
        // SAFETY: within the buffer, which no code changes meanwhile.
        Bytes::from_slice(thread, unsafe { std::slice::from_raw_parts(data.add(start as usize), length) })
    }

    /// Copy into the buffer at `at`.
    fn store(&self, thread: &Thread, at: i64, from: *const u8, count: usize) -> PyResult<()> {
        let data = self.data(thread)?;
        debug_assert!(at >= 0 && at as usize + count <= self.size.get() as usize);
        // SAFETY: within the buffer; the source is `count` bytes long.
        unsafe { std::ptr::copy(from, data.add(at as usize), count) };
        Ok(())
    }

    /// Give the buffer's memory back.
    pub fn free_buffer(&self) {
        self.buffer.take();
    }

    pub fn buffer_size(&self) -> i64 {
        self.size.get()
    }

    #[inline]
    fn valid_read(&self) -> bool {
        self.readable.get() && self.read_end.get() != -1
    }

    #[inline]
    fn valid_write(&self) -> bool {
        self.writable.get() && self.write_end.get() != -1
    }

    /// Bytes read ahead.
    #[inline]
    fn ahead(&self) -> i64 {
        if self.valid_read() { self.read_end.get() - self.pos.get() } else { 0 }
    }

    /// How far the raw stream is ahead of the user.
    #[inline]
    fn raw_offset(&self) -> i64 {
        if (self.valid_read() || self.valid_write()) && self.raw_pos.get() >= 0 { self.raw_pos.get() - self.pos.get() } else { 0 }
    }

    #[inline]
    fn adjust(&self, to: i64) {
        self.pos.set(to);
        if self.valid_read() && self.read_end.get() < to {
            self.read_end.set(to);
        }
    }

    fn raw_position(&self, thread: &Thread, result: PyResult<Obj>) -> PyResult<i64> {
        let position = util::offset(thread, &*result?, Some(exceptions::value_error()))?;
        if position < 0 {
            return Err(thread.error(exceptions::os_error(), &format!("Raw stream returned invalid position {position}")));
        }
        self.abs_pos.set(position);
        Ok(position)
    }

    fn raw_tell(&self, thread: &Thread) -> PyResult<i64> {
        if let Some(file) = self.file() {
            let position = file.seek_position(thread, 0, libc::SEEK_CUR)?;
            self.abs_pos.set(position);
            return Ok(position);
        }
        let Some(raw) = self.raw.get() else { return Err(self.not_ready(thread)) };
        let result = raw.call_method(thread, intern!("tell"), &[]);
        self.raw_position(thread, result)
    }

    fn raw_tell_cached(&self, thread: &Thread) -> PyResult<i64> {
        match self.abs_pos.get() {
            -1 => self.raw_tell(thread),
            known => Ok(known),
        }
    }

    fn raw_seek(&self, thread: &Thread, to: i64, whence: i32) -> PyResult<i64> {
        if let Some(file) = self.file() {
            let position = file.seek_position(thread, to, whence)?;
            self.abs_pos.set(position);
            return Ok(position);
        }
        let Some(raw) = self.raw.get() else { return Err(self.not_ready(thread)) };
        let result = raw.call_method(thread, intern!("seek"), &[&Int::from(to), &Int::from(whence as i64)]);
        self.raw_position(thread, result)
    }

    fn advance(&self, count: usize) {
        if count > 0 && self.abs_pos.get() != -1 {
            self.abs_pos.set(self.abs_pos.get().saturating_add(count as i64));
        }
    }

    fn raw_count(&self, thread: &Thread, result: &Object, name: &str, length: usize) -> PyResult<usize> {
        let count = match result.as_isize(thread) {
            Ok(count) => count,
            Err(_) => {
                return Err(thread.error_from_cause(exceptions::os_error(), &format!("raw {name}() failed")));
            }
        };
        if count < 0 || count as usize > length {
            return Err(thread.error(
                exceptions::os_error(),
                &format!("raw {name}() returned invalid length {count} (should have been between 0 and {length})"),
            ));
        }
        self.advance(count as usize);
        Ok(count as usize)
    }

    /// Let the raw stream's `readinto` fill an array of `length` bytes.
    fn call_readinto(&self, thread: &Thread, length: usize) -> PyResult<Option<Owned<ByteArray>>> {
        let Some(raw) = self.raw.get() else { return Err(self.not_ready(thread)) };
        let target = ByteArray::from_slice(thread, &[])?;
        target.resize(thread, length)?;
        // SAFETY: fresh and that long.
        unsafe { std::ptr::write_bytes(target.data(), 0, length) };
        let view = MemoryView::new(thread, &target)?;
        let result = util::call_retrying(thread, &raw, intern!("readinto"), &[&view])?;
        if result.is_none() {
            return Ok(None);
        }
        let count = self.raw_count(thread, &result, "readinto", length)?;
        if view.release_view(thread).is_err() {
            // Somebody looks at the memory through another view.
            thread.set_raised(None);
            return Ok(Some(ByteArray::from_slice(thread, &target.as_slice()[..count])?));
        }
        drop(view);
        match target.resize(thread, count) {
            Ok(()) => Ok(Some(target)),
            Err(_) => {
                thread.set_raised(None);
                Ok(Some(ByteArray::from_slice(thread, &target.as_slice()[..count])?))
            }
        }
    }

    /// Read from the raw stream into the buffer.
    fn raw_read_buffer(&self, thread: &Thread, start: i64, length: usize) -> Transferred {
        if let Some(file) = self.file() {
            let data = self.data(thread)?;
            // SAFETY: within the buffer, which nobody else sees; signal handlers cannot enter the lock.
            let count = unsafe { file.read_raw(thread, data.add(start as usize), length)? };
            self.advance(count.unwrap_or(0));
            return Ok(count);
        }
        let Some(read) = self.call_readinto(thread, length)? else { return Ok(None) };
        self.store(thread, start, read.data(), read.len())?;
        Ok(Some(read.len()))
    }

    /// Read from the raw stream into memory.
    ///
    /// # Safety
    /// `length` bytes from `target` on may be written, also after other code has run.
    unsafe fn raw_read_memory(&self, thread: &Thread, target: *mut u8, length: usize) -> Transferred {
        if let Some(file) = self.file() {
            // SAFETY: by contract.
            let count = unsafe { file.read_raw(thread, target, length)? };
            self.advance(count.unwrap_or(0));
            return Ok(count);
        }
        let Some(read) = self.call_readinto(thread, length)? else { return Ok(None) };
        // SAFETY: by contract; no more than `length` was read.
        unsafe { std::ptr::copy(read.data(), target, read.len()) };
        Ok(Some(read.len()))
    }

    /// Write memory to the raw stream. The error number for would-block comes with `None`.
    ///
    /// # Safety
    /// `length` bytes from `source` on can be read at the time of the call.
    unsafe fn raw_write(&self, thread: &Thread, source: *const u8, length: usize) -> PyResult<Result<usize, i32>> {
        // SAFETY: by contract; used up before other code runs.
        let bytes = unsafe { std::slice::from_raw_parts(source, length) };
        if let Some(file) = self.file() {
            return Ok(match file.write_raw(thread, bytes)? {
                Some(count) => {
                    self.advance(count);
                    Ok(count)
                }
                None => Err(libc::EAGAIN),
            });
        }
        let Some(raw) = self.raw.get() else { return Err(self.not_ready(thread)) };
        let copy = Bytes::from_slice(thread, bytes)?;
        let view = MemoryView::new(thread, &copy)?;
        let result = util::call_retrying(thread, &raw, intern!("write"), &[&view])?;
        if result.is_none() {
            return Ok(Err(0));
        }
        Ok(Ok(self.raw_count(thread, &result, "write", length)?))
    }
}

/// Raise `BlockingIOError` with the number of bytes that were written.
#[cold]
fn would_block(thread: &Thread, errno: i32, written: usize) -> Raised {
    let make = || {
        let text = pyrox_objects::Str::from_str(thread, "write could not complete without blocking")?;
        exceptions::blocking_io_error().call(thread, &[&Int::from(errno as i64), &text, &Int::from(written as i64)])
    };
    match make() {
        Ok(exception) => thread.raise(exception),
        Err(raised) => raised,
    }
}
