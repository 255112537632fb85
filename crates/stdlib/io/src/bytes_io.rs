//! `BytesIO`: a stream in memory.

use std::cell::{Cell, RefCell};

use pyrox_abi as abi;
use pyrox_abi::Py_buffer;
use pyrox_macros::pyclass;
use pyrox_objects::native::Raw;
use pyrox_objects::object::Head;
use pyrox_objects::{Buffer, Bytes, Dict, List, MemoryView, Obj, ObjCell, Object, Own, Owned, PyResult, PyType, Thread, Tuple, Type, none};

use crate::base::BufferedIoBase;
use crate::util::{self, Base, closed_file, dealloc_stream, int, optional_size};

/// Where the bytes are: an object that others may hold too, or memory of the stream's own.
enum Storage {
    Closed,
    Shared(Owned<Bytes>),
    Own(Vec<u8>),
}

impl Storage {
    fn bytes(&self) -> &[u8] {
        match self {
            Storage::Closed => &[],
            Storage::Shared(bytes) => bytes.as_slice(),
            Storage::Own(bytes) => bytes,
        }
    }

    /// The bytes as memory that can be written to.
    fn own(&mut self) -> &mut Vec<u8> {
        if !matches!(self, Storage::Own(_)) {
            *self = Storage::Own(self.bytes().to_vec());
        }
        match self {
            Storage::Own(bytes) => bytes,
            // Just made so.
            _ => unreachable!("storage is the stream's own"),
        }
    }
}

/// A binary stream in memory.
#[repr(C)]
pub struct BytesIo {
    base: Base,
    storage: RefCell<Storage>,
    position: Cell<usize>,
    /// Views on the memory that keep it in place.
    exports: Cell<usize>,
}

impl BytesIo {
    fn fresh() -> BytesIo {
        let storage = RefCell::new(Storage::Own(Vec::new()));
        BytesIo { base: Base::new(), storage, position: Cell::new(0), exports: Cell::new(0) }
    }

    #[inline]
    fn check_open(&self, thread: &Thread) -> PyResult<()> {
        if matches!(*self.storage.borrow(), Storage::Closed) { Err(closed_file(thread)) } else { Ok(()) }
    }

    #[inline]
    fn check_exports(&self, thread: &Thread) -> PyResult<()> {
        if self.exports.get() > 0 {
            return Err(thread.buffer_error("Existing exports of data: object cannot be re-sized"));
        }
        Ok(())
    }

    fn put(&self, thread: &Thread, bytes: &[u8]) -> PyResult<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let at = self.position.get();
        let Some(end) = at.checked_add(bytes.len()).filter(|&end| end <= isize::MAX as usize) else {
            return Err(thread.overflow_error("new buffer size too large"));
        };
        let mut storage = self.storage.borrow_mut();
        let own = storage.own();
        if end > own.len() {
            if own.try_reserve(end - own.len()).is_err() {
                return Err(thread.no_memory());
            }
            if at >= own.len() {
                own.resize(at, 0);
                own.extend_from_slice(bytes);
            } else {
                own.truncate(at);
                own.extend_from_slice(bytes);
            }
        } else {
            own[at..end].copy_from_slice(bytes);
        }
        self.position.set(end);
        Ok(())
    }

    fn write_object(&self, thread: &Thread, b: &Object) -> PyResult<usize> {
        self.check_open(thread)?;
        self.check_exports(thread)?;
        if let Some(bytes) = b.exact::<Bytes>() {
            self.put(thread, bytes.as_slice())?;
            return Ok(bytes.len());
        }
        let source = Buffer::get(thread, b, abi::PyBUF_CONTIG_RO)?;
        // Asking for the buffer may have run code.
        self.check_open(thread)?;
        self.check_exports(thread)?;
        self.put(thread, source.as_slice())?;
        Ok(source.len())
    }

    /// Take up to `size` bytes from the position on.
    fn take(&self, thread: &Thread, size: usize) -> PyResult<Owned<Bytes>> {
        let storage = self.storage.borrow();
        let bytes = storage.bytes();
        let at = self.position.get();
        if at >= bytes.len() {
            return Bytes::from_slice(thread, &[]);
        }
        let end = at.saturating_add(size).min(bytes.len());
        self.position.set(end);
        if let (0, true, Storage::Shared(shared)) = (at, end == bytes.len(), &*storage) {
            return Ok(shared.clone());
        }
        Bytes::from_slice(thread, &bytes[at..end])
    }

    /// The length of the line at the position, `limit` bytes at most.
    fn line_length(&self, limit: isize) -> usize {
        let storage = self.storage.borrow();
        let rest = storage.bytes().get(self.position.get()..).unwrap_or(&[]);
        let rest = if limit >= 0 { &rest[..rest.len().min(limit as usize)] } else { rest };
        memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1)
    }

    fn shared_value(&self, thread: &Thread) -> PyResult<Owned<Bytes>> {
        if let Storage::Shared(shared) = &*self.storage.borrow() {
            return Ok(shared.clone());
        }
        let value = Bytes::from_slice(thread, self.storage.borrow().bytes())?;
        if self.exports.get() == 0 {
            *self.storage.borrow_mut() = Storage::Shared(value.clone());
        }
        Ok(value)
    }
}

/// Buffered I/O implementation using an in-memory bytes buffer.
#[pyclass(name = "BytesIO", module = "_io", traverse = [base], base = BufferedIoBase::TYPE, flags = abi::Py_TPFLAGS_BASETYPE)]
impl BytesIo {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, _args: &Tuple, _kwargs: Option<&Dict>) -> PyResult<Obj> {
        Ok(cls.instantiate(thread, BytesIo::fresh())?.upcast())
    }
    #[init(sig = "(initial_bytes=b'')")]
    fn init(&self, thread: &Thread, initial_bytes: Option<&Object>) -> PyResult<()> {
        self.check_exports(thread)?;
        self.position.set(0);
        *self.storage.borrow_mut() = Storage::Own(Vec::new());
        match initial_bytes.filter(|b| !b.is_none()) {
            None => {}
            Some(initial) => match initial.exact::<Bytes>() {
                Some(bytes) => *self.storage.borrow_mut() = Storage::Shared(bytes.own_typed()),
                None => {
                    self.write_object(thread, initial)?;
                    self.position.set(0);
                }
            },
        }
        Ok(())
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe { dealloc_stream::<BytesIo>(object) }
    }
    #[slot]
    fn tp_iter(&self, thread: &Thread) -> PyResult<Obj> {
        self.check_open(thread)?;
        Ok(self.own())
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        self.check_open(thread)?;
        match self.line_length(-1) {
            0 => Ok(None),
            length => Ok(Some(self.take(thread, length)?.upcast())),
        }
    }
    /// Returns True if the IO object can be read.
    #[method]
    fn readable(&self, thread: &Thread) -> PyResult<bool> {
        self.check_open(thread).map(|()| true)
    }
    /// Returns True if the IO object can be seeked.
    #[method]
    fn seekable(&self, thread: &Thread) -> PyResult<bool> {
        self.check_open(thread).map(|()| true)
    }
    /// Returns True if the IO object can be written.
    #[method]
    fn writable(&self, thread: &Thread) -> PyResult<bool> {
        self.check_open(thread).map(|()| true)
    }
    /// Disable all I/O operations.
    #[method]
    fn close(&self, thread: &Thread) -> PyResult<()> {
        self.check_exports(thread)?;
        *self.storage.borrow_mut() = Storage::Closed;
        Ok(())
    }
    /// Does nothing.
    #[method]
    fn flush(&self, thread: &Thread) -> PyResult<()> {
        self.check_open(thread)
    }
    /// Always returns False.
    #[method]
    fn isatty(&self, thread: &Thread) -> PyResult<bool> {
        self.check_open(thread).map(|()| false)
    }
    /// Current file position, an integer.
    #[method]
    fn tell(&self, thread: &Thread) -> PyResult<usize> {
        self.check_open(thread)?;
        Ok(self.position.get())
    }
    /// Write bytes to file. Return the number of bytes written.
    #[method]
    pub fn write(&self, thread: &Thread, b: &Object) -> PyResult<usize> {
        self.write_object(thread, b)
    }
    /// Write lines to the file.
    #[method]
    fn writelines(&self, thread: &Thread, lines: &Object) -> PyResult<()> {
        self.check_open(thread)?;
        let iterator = lines.iter(thread)?;
        while let Some(line) = iterator.next(thread)? {
            self.write_object(thread, &line)?;
        }
        Ok(())
    }
    /// Read at most size bytes, returned as a bytes object.
    #[method(sig = "(size=-1, /)")]
    fn read(&self, thread: &Thread, size: Option<&Object>) -> PyResult<Owned<Bytes>> {
        let size = optional_size(thread, size, -1)?;
        self.check_open(thread)?;
        self.take(thread, if size < 0 { usize::MAX } else { size as usize })
    }
    /// Read at most size bytes, returned as a bytes object.
    #[method(sig = "(size=-1, /)")]
    fn read1(&self, thread: &Thread, size: Option<&Object>) -> PyResult<Owned<Bytes>> {
        self.read(thread, size)
    }
    /// Read bytes into buffer.
    #[method]
    fn readinto(&self, thread: &Thread, buffer: &Object) -> PyResult<usize> {
        let target = util::writable_argument(thread, "readinto", buffer)?;
        self.check_open(thread)?;
        let storage = self.storage.borrow();
        let at = self.position.get();
        let rest = storage.bytes().get(at..).unwrap_or(&[]);
        let count = rest.len().min(target.len());
        // SAFETY: within both; they may be the same memory.
        unsafe { std::ptr::copy(rest.as_ptr(), target.as_mut_ptr(), count) };
        self.position.set(at + count);
        Ok(count)
    }
    /// Next line from the file, as a bytes object.
    #[method(sig = "(size=-1, /)")]
    fn readline(&self, thread: &Thread, size: Option<&Object>) -> PyResult<Owned<Bytes>> {
        let limit = optional_size(thread, size, -1)?;
        self.check_open(thread)?;
        self.take(thread, self.line_length(limit))
    }
    /// List of bytes objects, each a line from the file.
    #[method(sig = "(size=None, /)")]
    fn readlines(&self, thread: &Thread, size: Option<&Object>) -> PyResult<Owned<List>> {
        let most = match size.filter(|s| !s.is_none()) {
            None => 0,
            Some(size) if size.is_int() => size.as_isize(thread)?,
            Some(size) => {
                return Err(thread.type_error(&format!("integer argument expected, got '{}'", size.ty().name())));
            }
        };
        self.check_open(thread)?;
        let lines = List::new(thread)?;
        let mut total = 0usize;
        loop {
            let length = self.line_length(-1);
            if length == 0 {
                return Ok(lines);
            }
            lines.append(thread, self.take(thread, length)?.upcast())?;
            total += length;
            if most > 0 && total >= most as usize {
                return Ok(lines);
            }
        }
    }
    /// Get a read-write view over the contents of the BytesIO object.
    #[method]
    fn getbuffer(&self, thread: &Thread) -> PyResult<Owned<MemoryView>> {
        self.check_open(thread)?;
        let source = ObjCell::new(Some(self.own()));
        let exporter = BytesIoBuffer::ty().instantiate(thread, BytesIoBuffer { head: Head::unset(), source })?;
        MemoryView::new(thread, &exporter)
    }
    /// Retrieve the entire contents of the BytesIO object.
    #[method]
    fn getvalue(&self, thread: &Thread) -> PyResult<Owned<Bytes>> {
        self.check_open(thread)?;
        self.shared_value(thread)
    }
    /// Change stream position.
    #[method(sig = "(pos, whence=0, /)")]
    fn seek(&self, thread: &Thread, pos: isize, whence: i32) -> PyResult<usize> {
        self.check_open(thread)?;
        if pos < 0 && whence == 0 {
            return Err(thread.value_error(&format!("negative seek value {pos}")));
        }
        let from = match whence {
            0 => 0,
            1 => self.position.get(),
            2 => self.storage.borrow().bytes().len(),
            _ => return Err(thread.value_error(&format!("invalid whence ({whence}, should be 0, 1 or 2)"))),
        };
        let Some(to) = pos.checked_add(from as isize) else { return Err(thread.overflow_error("new position too large")) };
        let to = to.max(0) as usize;
        self.position.set(to);
        Ok(to)
    }
    /// Truncate the file to at most size bytes.
    #[method(sig = "(size=None, /)")]
    fn truncate(&self, thread: &Thread, size: Option<&Object>) -> PyResult<usize> {
        self.check_open(thread)?;
        self.check_exports(thread)?;
        let size = optional_size(thread, size, self.position.get().min(isize::MAX as usize) as isize)?;
        if size < 0 {
            return Err(thread.value_error(&format!("negative size value {size}")));
        }
        self.check_open(thread)?;
        self.check_exports(thread)?;
        let mut storage = self.storage.borrow_mut();
        if (size as usize) < storage.bytes().len() {
            storage.own().truncate(size as usize);
        }
        Ok(size as usize)
    }
    #[method]
    fn __getstate__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        self.check_open(thread)?;
        let dict = match self.base.dict.get().and_then(|d| d.downcast::<Dict>().ok()) {
            Some(dict) => dict.copy(thread)?.upcast(),
            None => none(),
        };
        Tuple::from_vec(thread, vec![self.shared_value(thread)?.upcast(), int(self.position.get() as i64), dict])
    }
    #[method(sig = "(object, /)")]
    fn __setstate__(&self, thread: &Thread, object: &Object) -> PyResult<()> {
        let Some(state) = object.cast::<Tuple>().filter(|t| t.len() >= 3) else {
            return Err(thread.type_error(&format!(
                "{}.__setstate__ argument should be 3-tuple, got {}",
                self.ty().full_name(),
                object.ty().name()
            )));
        };
        self.check_exports(thread)?;
        self.position.set(0);
        *self.storage.borrow_mut() = Storage::Own(Vec::new());
        self.write_object(thread, state.get(0))?;
        let at = state.get(1);
        if !at.is_int() {
            return Err(thread.type_error(&format!("second item of state must be an integer, not {}", at.ty().name())));
        }
        let at = at.as_isize(thread)?;
        if at < 0 {
            return Err(thread.value_error("position value cannot be negative"));
        }
        self.position.set(at as usize);
        update_dict(thread, self, state.get(2), "third")
    }
    #[method]
    fn __sizeof__(&self) -> usize {
        let more = match &*self.storage.borrow() {
            Storage::Own(bytes) if !bytes.is_empty() => bytes.capacity() + 33,
            _ => 0,
        };
        self.ty().raw().tp_basicsize.get() as usize + more
    }
    /// True if the file is closed.
    #[getter]
    fn closed(&self) -> bool {
        matches!(*self.storage.borrow(), Storage::Closed)
    }
}

/// Put the attributes of a pickled state back.
pub fn update_dict(thread: &Thread, this: &Object, given: &Object, which: &str) -> PyResult<()> {
    if given.is_none() {
        return Ok(());
    }
    if !given.is_instance::<Dict>() {
        return Err(thread.type_error(&format!("{which} item of state should be a dict, got a {}", given.ty().name())));
    }
    match this.instance_dict(thread)? {
        Some(dict) => dict.update(thread, given),
        None => Ok(()),
    }
}

/// What `getbuffer` exports: it keeps the stream alive, and the stream's memory in place.
#[repr(C)]
pub struct BytesIoBuffer {
    head: Head,
    source: ObjCell,
}

#[pyclass(name = "_BytesIOBuffer", module = "_io", traverse = [source], dealloc = drop)]
impl BytesIoBuffer {
    #[slot]
    fn bf_getbuffer(&self, thread: &Thread, view: &mut Py_buffer, flags: i32) -> PyResult<()> {
        let Some(source) = self.source.get().and_then(|s| s.downcast::<BytesIo>().ok()) else {
            return Err(thread.buffer_error("the stream is gone"));
        };
        let (data, length) = {
            let mut storage = source.storage.borrow_mut();
            let own = storage.own();
            (own.as_mut_ptr(), own.len())
        };
        // SAFETY: the memory is neither moved nor freed while there are exports.
        unsafe { pyrox_objects::buffer::fill_info(thread, view, self, data, length, false, flags)? };
        source.exports.set(source.exports.get() + 1);
        Ok(())
    }
    #[slot]
    fn bf_releasebuffer(&self, _view: &mut Py_buffer) {
        if let Some(source) = self.source.get().and_then(|s| s.downcast::<BytesIo>().ok()) {
            source.exports.set(source.exports.get().saturating_sub(1));
        }
    }
}
