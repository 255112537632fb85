//! `_IOBase` and the abstract classes beneath it.

use pyrox_abi as abi;
use pyrox_macros::pyclass;
use pyrox_objects::native::{Raw, Rest};
use pyrox_objects::{
    Buffer, ByteArray, Bytes, Dict, Int, List, Obj, Object, Owned, PyResult, PyType, Str, Thread, exceptions, intern, none,
};

use crate::util::{self, Base, DICT_OFFSET, WEAK_OFFSET, dealloc_stream, optional_size, unsupported};

/// The base of all streams.
#[repr(C)]
pub struct IoBase {
    base: Base,
}

/// Close a stream that nobody uses any more.
pub fn finalize(thread: &Thread, this: &Object) {
    thread.aside(|| {
        let closed = this.lookup_attr(thread, intern!("closed")).and_then(|closed| match closed {
            Some(closed) => closed.is_true(thread),
            // An object in no usable state is left alone.
            None => Ok(true),
        });
        thread.set_raised(None);
        if closed != Ok(false) {
            return;
        }
        if this.setattr(thread, intern!("_finalizing"), Some(pyrox_objects::bool_ref(true))).is_err() {
            thread.set_raised(None);
        }
        if this.call_method(thread, intern!("close"), &[]).is_err() {
            let failure = thread.take_raised();
            let shown =
                this.repr(thread).map(|r| r.to_string_lossy().into_owned()).unwrap_or_else(|_| format!("<{}>", this.ty().full_name()));
            thread.set_raised(failure);
            pyrox_objects::unraisable::write(thread, Some(&format!("Exception ignored while finalizing file {shown}")), None);
            thread.set_raised(None);
        }
    });
}

/// Read a line from any object with `read` and perhaps `peek`, without methods of its own.
fn read_line(thread: &Thread, this: &Object, limit: isize) -> PyResult<Obj> {
    let peek = this.lookup_attr(thread, intern!("peek"))?;
    let mut line: Vec<u8> = Vec::new();
    while limit < 0 || (line.len() as isize) < limit {
        let mut wanted = 1;
        if let Some(peek) = &peek {
            let ahead = match peek.call(thread, &[&Int::from(1)]) {
                Err(_) if util::trap_eintr(thread) => {
                    util::check_signals(thread)?;
                    continue;
                }
                other => other?,
            };
            let ahead = util::expect_bytes(thread, &ahead, "peek()", exceptions::os_error())?;
            let bytes = ahead.as_slice();
            if !bytes.is_empty() {
                let room = if limit < 0 { bytes.len() } else { bytes.len().min(limit as usize - line.len()) };
                wanted = memchr::memchr(b'\n', &bytes[..room]).map_or(room, |at| at + 1);
            }
        }
        let read = util::call_retrying(thread, this, intern!("read"), &[&Int::from(wanted as i64)])?;
        let read = util::expect_bytes(thread, &read, "read()", exceptions::os_error())?;
        if read.len() == 0 {
            break;
        }
        line.extend_from_slice(read.as_slice());
        if line.last() == Some(&b'\n') {
            break;
        }
    }
    Ok(Bytes::from_slice(thread, &line)?.upcast())
}

/// The lines of `this` until `hint` bytes or characters are reached.
pub fn read_lines(thread: &Thread, this: &Object, hint: isize) -> PyResult<Owned<List>> {
    let lines = List::new(thread)?;
    let iterator = this.iter(thread)?;
    let mut total = 0usize;
    while let Some(line) = iterator.next(thread)? {
        let length = if hint > 0 { line.len(thread)? } else { 0 };
        lines.append(thread, line)?;
        total = total.saturating_add(length);
        if hint > 0 && total > hint as usize {
            break;
        }
    }
    Ok(lines)
}

/// The abstract base class for all I/O classes.
///
/// This class provides dummy implementations for many methods that
/// derived classes can override selectively; the default implementations
/// represent a file that cannot be read, written or seeked.
#[pyclass(name = "_IOBase", module = "_io", traverse = [base], dictoffset = DICT_OFFSET, weaklistoffset = WEAK_OFFSET,
    flags = abi::Py_TPFLAGS_BASETYPE, new = inherit)]
impl IoBase {
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe { dealloc_stream::<IoBase>(object) }
    }
    #[slot]
    fn tp_finalize(&self, thread: &Thread) {
        finalize(thread, self);
    }
    #[slot]
    fn tp_iter(&self, thread: &Thread) -> PyResult<Obj> {
        util::check_closed(thread, self)?;
        Ok(self.own())
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let line = self.call_method(thread, intern!("readline"), &[])?;
        Ok(if line.len(thread)? == 0 { None } else { Some(line) })
    }
    #[getter]
    fn __dict__(&self, thread: &Thread) -> PyResult<Option<Owned<Dict>>> {
        self.instance_dict(thread)
    }
    #[getter]
    fn closed(&self, thread: &Thread) -> PyResult<bool> {
        Ok(self.lookup_attr(thread, intern!("__IOBase_closed"))?.is_some())
    }
    /// Change the stream position to the given byte offset.
    #[method(sig = "(offset, whence=None, /)", text = "($self, offset, whence=os.SEEK_SET, /)")]
    fn seek(&self, thread: &Thread, _offset: &Object, _whence: Option<&Object>) -> PyResult<Obj> {
        Err(unsupported(thread, "seek"))
    }
    /// Return current stream position.
    #[method]
    fn tell(&self, thread: &Thread) -> PyResult<Obj> {
        self.call_method(thread, intern!("seek"), &[&Int::from(0), &Int::from(1)])
    }
    /// Truncate file to size bytes.
    #[method(sig = "(size=None, /)")]
    fn truncate(&self, thread: &Thread, _size: Option<&Object>) -> PyResult<Obj> {
        Err(unsupported(thread, "truncate"))
    }
    /// Flush write buffers, if applicable.
    #[method]
    fn flush(&self, thread: &Thread) -> PyResult<()> {
        if self.closed(thread)? { Err(util::closed_file(thread)) } else { Ok(()) }
    }
    /// Flush and close the IO object.
    #[method]
    fn close(&self, thread: &Thread) -> PyResult<()> {
        if self.closed(thread)? {
            return Ok(());
        }
        let flushed = self.call_method(thread, intern!("flush"), &[]);
        let first = if flushed.is_err() { thread.take_raised() } else { None };
        let set = self.setattr(thread, intern!("__IOBase_closed"), Some(pyrox_objects::bool_ref(true)));
        util::chain(thread, first, set.map(|()| none())).map(drop)
    }
    /// Return whether object supports random access.
    #[method]
    fn seekable(&self) -> bool {
        false
    }
    /// Return whether object was opened for reading.
    #[method]
    fn readable(&self) -> bool {
        false
    }
    /// Return whether object was opened for writing.
    #[method]
    fn writable(&self) -> bool {
        false
    }
    #[method(name = "_checkClosed", text = "($self, /)", sig = "(*args)")]
    fn check_closed(&self, thread: &Thread, _args: Rest<'_>) -> PyResult<()> {
        util::check_closed(thread, self)
    }
    #[method(name = "_checkSeekable", text = "($self, /)", sig = "(*args)")]
    fn check_seekable(&self, thread: &Thread, _args: Rest<'_>) -> PyResult<bool> {
        util::check_seekable(thread, self).map(|()| true)
    }
    #[method(name = "_checkReadable", text = "($self, /)", sig = "(*args)")]
    fn check_readable(&self, thread: &Thread, _args: Rest<'_>) -> PyResult<bool> {
        util::check_readable(thread, self).map(|()| true)
    }
    #[method(name = "_checkWritable", text = "($self, /)", sig = "(*args)")]
    fn check_writable(&self, thread: &Thread, _args: Rest<'_>) -> PyResult<bool> {
        util::check_writable(thread, self).map(|()| true)
    }
    /// Return underlying file descriptor if one exists.
    #[method]
    fn fileno(&self, thread: &Thread) -> PyResult<Obj> {
        Err(unsupported(thread, "fileno"))
    }
    /// Return whether this is an 'interactive' stream.
    #[method]
    fn isatty(&self, thread: &Thread) -> PyResult<bool> {
        util::check_closed(thread, self)?;
        Ok(false)
    }
    #[method]
    fn __enter__(&self, thread: &Thread) -> PyResult<Obj> {
        util::check_closed(thread, self)?;
        Ok(self.own())
    }
    #[method(sig = "(*args)", text = "")]
    fn __exit__(&self, thread: &Thread, _args: Rest<'_>) -> PyResult<Obj> {
        self.call_method(thread, intern!("close"), &[])
    }
    /// Read and return a line from the stream.
    #[method(sig = "(size=-1, /)")]
    fn readline(&self, thread: &Thread, size: Option<&Object>) -> PyResult<Obj> {
        let limit = optional_size(thread, size, -1)?;
        read_line(thread, self, limit)
    }
    /// Return a list of lines from the stream.
    #[method(sig = "(hint=-1, /)")]
    fn readlines(&self, thread: &Thread, hint: Option<&Object>) -> PyResult<Owned<List>> {
        let hint = optional_size(thread, hint, -1)?;
        read_lines(thread, self, hint)
    }
    /// Write a list of lines to stream.
    #[method]
    fn writelines(&self, thread: &Thread, lines: &Object) -> PyResult<()> {
        util::check_closed(thread, self)?;
        let iterator = lines.iter(thread)?;
        while let Some(line) = iterator.next(thread)? {
            util::call_retrying(thread, self, intern!("write"), &[&line])?;
        }
        Ok(())
    }
}

/// The base of unbuffered streams.
#[repr(C)]
pub struct RawIoBase {
    base: Base,
}

/// Base class for raw binary I/O.
#[pyclass(name = "_RawIOBase", module = "_io", traverse = [base], base = IoBase::TYPE, flags = abi::Py_TPFLAGS_BASETYPE, new = inherit)]
impl RawIoBase {
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe { dealloc_stream::<RawIoBase>(object) }
    }
    #[method(sig = "(size=-1, /)")]
    fn read(&self, thread: &Thread, size: Option<&Object>) -> PyResult<Obj> {
        let size = match size {
            Some(size) => size.as_isize(thread)?,
            None => -1,
        };
        if size < 0 {
            return self.call_method(thread, intern!("readall"), &[]);
        }
        let target = ByteArray::from_slice(thread, &[])?;
        let size = size as usize;
        target.resize(thread, size)?;
        // SAFETY: the array is that long, and fresh.
        unsafe { std::ptr::write_bytes(target.data(), 0, size) };
        let result = self.call_method(thread, intern!("readinto"), &[&target])?;
        if result.is_none() {
            return Ok(result);
        }
        let count = result.as_isize(thread)?;
        if count < 0 || count as usize > target.len() {
            return Err(thread.value_error(&format!("readinto returned {count} outside buffer size {}", target.len())));
        }
        Ok(Bytes::from_slice(thread, &target.as_slice()[..count as usize])?.upcast())
    }
    /// Read until EOF, using multiple read() call.
    #[method]
    fn readall(&self, thread: &Thread) -> PyResult<Obj> {
        let mut all: Option<Vec<u8>> = None;
        let size = Int::from(util::DEFAULT_BUFFER_SIZE as i64);
        loop {
            let data = util::call_retrying(thread, self, intern!("read"), &[&size])?;
            if data.is_none() {
                match all {
                    None => return Ok(data),
                    Some(_) => break,
                }
            }
            let Some(bytes) = data.cast::<Bytes>() else { return Err(thread.type_error("read() should return bytes")) };
            let all = all.get_or_insert_with(Vec::new);
            if bytes.len() == 0 {
                break;
            }
            all.extend_from_slice(bytes.as_slice());
        }
        Ok(Bytes::from_slice(thread, all.as_deref().unwrap_or_default())?.upcast())
    }
    #[method(text = "", sig = "(b, /)")]
    fn readinto(&self, thread: &Thread, _b: &Object) -> PyResult<Obj> {
        Err(thread.error_with(exceptions::not_implemented_error(), pyrox_objects::none_ref()))
    }
    #[method(text = "", sig = "(b, /)")]
    fn write(&self, thread: &Thread, _b: &Object) -> PyResult<Obj> {
        Err(thread.error_with(exceptions::not_implemented_error(), pyrox_objects::none_ref()))
    }
}

/// The base of buffered streams.
#[repr(C)]
pub struct BufferedIoBase {
    base: Base,
}

fn read_into(thread: &Thread, this: &Object, buffer: &Object, name: &Str, function: &str) -> PyResult<usize> {
    let target = util::writable_argument(thread, function, buffer)?;
    let data = this.call_method(thread, name, &[&Int::from(target.len() as i64)])?;
    let Some(bytes) = data.cast::<Bytes>() else { return Err(thread.type_error("read() should return bytes")) };
    copy_into(thread, bytes, &target)
}

fn copy_into(thread: &Thread, bytes: &Bytes, target: &Buffer) -> PyResult<usize> {
    if bytes.len() > target.len() {
        return Err(thread.value_error(&format!(
            "read() returned too much data: {} bytes requested, {} returned",
            target.len(),
            bytes.len()
        )));
    }
    // SAFETY: the export is at least that long; the source may not be the target, as bytes are not writable.
    unsafe { std::ptr::copy(bytes.data(), target.as_mut_ptr(), bytes.len()) };
    Ok(bytes.len())
}

/// Base class for buffered IO objects.
///
/// The main difference with RawIOBase is that the read() method
/// supports omitting the size argument, and does not have a default
/// implementation that defers to readinto().
#[pyclass(name = "_BufferedIOBase", module = "_io", traverse = [base], base = IoBase::TYPE, flags = abi::Py_TPFLAGS_BASETYPE, new = inherit)]
impl BufferedIoBase {
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe { dealloc_stream::<BufferedIoBase>(object) }
    }
    /// Disconnect this buffer from its underlying raw stream and return it.
    #[method]
    fn detach(&self, thread: &Thread) -> PyResult<Obj> {
        Err(unsupported(thread, "detach"))
    }
    /// Read and return up to n bytes.
    #[method(sig = "(size=-1, /)")]
    fn read(&self, thread: &Thread, _size: Option<&Object>) -> PyResult<Obj> {
        Err(unsupported(thread, "read"))
    }
    /// Read and return up to size bytes, with at most one read() call to the underlying raw stream.
    #[method(sig = "(size=-1, /)")]
    fn read1(&self, thread: &Thread, _size: Option<&Object>) -> PyResult<Obj> {
        Err(unsupported(thread, "read1"))
    }
    #[method]
    fn readinto(&self, thread: &Thread, buffer: &Object) -> PyResult<usize> {
        read_into(thread, self, buffer, intern!("read"), "readinto")
    }
    #[method]
    fn readinto1(&self, thread: &Thread, buffer: &Object) -> PyResult<usize> {
        read_into(thread, self, buffer, intern!("read1"), "readinto1")
    }
    /// Write buffer b to the IO stream.
    #[method]
    fn write(&self, thread: &Thread, _b: &Object) -> PyResult<Obj> {
        Err(unsupported(thread, "write"))
    }
}

/// The base of text streams.
#[repr(C)]
pub struct TextIoBase {
    base: Base,
}

/// Base class for text I/O.
///
/// This class provides a character and line based interface to stream
/// I/O. There is no readinto method because Python's character strings
/// are immutable.
#[pyclass(name = "_TextIOBase", module = "_io", traverse = [base], base = IoBase::TYPE, flags = abi::Py_TPFLAGS_BASETYPE, new = inherit)]
impl TextIoBase {
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe { dealloc_stream::<TextIoBase>(object) }
    }
    /// Separate the underlying buffer from the TextIOBase and return it.
    #[method]
    fn detach(&self, thread: &Thread) -> PyResult<Obj> {
        Err(unsupported(thread, "detach"))
    }
    /// Read at most size characters from stream.
    #[method(sig = "(size=-1, /)")]
    fn read(&self, thread: &Thread, _size: Option<&Object>) -> PyResult<Obj> {
        Err(unsupported(thread, "read"))
    }
    /// Read until newline or EOF.
    #[method(sig = "(size=-1, /)")]
    fn readline(&self, thread: &Thread, _size: Option<&Object>) -> PyResult<Obj> {
        Err(unsupported(thread, "readline"))
    }
    /// Write string s to stream.
    #[method]
    fn write(&self, thread: &Thread, _s: &Object) -> PyResult<Obj> {
        Err(unsupported(thread, "write"))
    }
    /// Encoding of the text stream.
    #[getter]
    fn encoding(&self) -> Option<Obj> {
        None
    }
    /// Line endings translated so far.
    #[getter]
    fn newlines(&self) -> Option<Obj> {
        None
    }
    /// The error setting of the decoder or encoder.
    #[getter]
    fn errors(&self) -> Option<Obj> {
        None
    }
}
