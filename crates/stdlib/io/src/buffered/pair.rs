//! `BufferedRWPair`: a reader and a writer as one stream.

use pyrox_abi as abi;
use pyrox_macros::pyclass;
use pyrox_objects::native::{Raw, Rest};
use pyrox_objects::{Dict, Obj, ObjCell, Object, PyResult, PyType, Raised, Str, Thread, Tuple, Type, intern};

use super::types::{BufferedReader, BufferedWriter};
use crate::base::BufferedIoBase;
use crate::util::{self, Base, DEFAULT_BUFFER_SIZE, dealloc_stream};

/// Two streams.
#[repr(C)]
pub struct BufferedRwPair {
    base: Base,
    reader: ObjCell,
    writer: ObjCell,
}

impl BufferedRwPair {
    #[cold]
    fn gone(&self, thread: &Thread) -> Raised {
        util::uninitialized(thread)
    }

    fn forward(&self, thread: &Thread, cell: &ObjCell, name: &Str, args: Rest<'_>) -> PyResult<Obj> {
        let Some(stream) = cell.get() else { return Err(self.gone(thread)) };
        let arguments: Vec<&Object> = args.iter().collect();
        stream.call_method(thread, name, &arguments)
    }

    fn ask(&self, thread: &Thread, cell: &ObjCell, name: &Str) -> PyResult<Obj> {
        let Some(stream) = cell.get() else { return Err(self.gone(thread)) };
        stream.call_method(thread, name, &[])
    }
}

/// A buffered reader and writer object together.
///
/// A buffered reader object and buffered writer object put together to
/// form a sequential IO object that can read and write. This is typically
/// used with a socket or two-way pipe.
#[pyclass(name = "BufferedRWPair", module = "_io", traverse = [base, reader, writer], base = BufferedIoBase::TYPE, flags = abi::Py_TPFLAGS_BASETYPE)]
impl BufferedRwPair {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, _args: &Tuple, _kwargs: Option<&Dict>) -> PyResult<Obj> {
        let fresh = BufferedRwPair { base: Base::new(), reader: ObjCell::empty(), writer: ObjCell::empty() };
        Ok(cls.instantiate(thread, fresh)?.upcast())
    }
    #[init(sig = "(reader, writer, buffer_size=DEFAULT_BUFFER_SIZE, /)")]
    fn init(&self, thread: &Thread, reader: &Object, writer: &Object, buffer_size: Option<isize>) -> PyResult<()> {
        let size = buffer_size.unwrap_or(DEFAULT_BUFFER_SIZE as isize);
        util::check_readable(thread, reader)?;
        util::check_writable(thread, writer)?;
        let reader = BufferedReader::make(thread, reader, size)?;
        let writer = BufferedWriter::make(thread, writer, size)?;
        self.reader.set(Some(reader.upcast()));
        self.writer.set(Some(writer.upcast()));
        Ok(())
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe { dealloc_stream::<BufferedRwPair>(object) }
    }
    #[method(sig = "(*args)", text = "")]
    fn read(&self, thread: &Thread, args: Rest<'_>) -> PyResult<Obj> {
        self.forward(thread, &self.reader, intern!("read"), args)
    }
    #[method(sig = "(*args)", text = "")]
    fn peek(&self, thread: &Thread, args: Rest<'_>) -> PyResult<Obj> {
        self.forward(thread, &self.reader, intern!("peek"), args)
    }
    #[method(sig = "(*args)", text = "")]
    fn read1(&self, thread: &Thread, args: Rest<'_>) -> PyResult<Obj> {
        self.forward(thread, &self.reader, intern!("read1"), args)
    }
    #[method(sig = "(*args)", text = "")]
    fn readinto(&self, thread: &Thread, args: Rest<'_>) -> PyResult<Obj> {
        self.forward(thread, &self.reader, intern!("readinto"), args)
    }
    #[method(sig = "(*args)", text = "")]
    fn readinto1(&self, thread: &Thread, args: Rest<'_>) -> PyResult<Obj> {
        self.forward(thread, &self.reader, intern!("readinto1"), args)
    }
    #[method(sig = "(*args)", text = "")]
    fn write(&self, thread: &Thread, args: Rest<'_>) -> PyResult<Obj> {
        self.forward(thread, &self.writer, intern!("write"), args)
    }
    #[method]
    fn flush(&self, thread: &Thread) -> PyResult<Obj> {
        self.ask(thread, &self.writer, intern!("flush"))
    }
    #[method]
    fn readable(&self, thread: &Thread) -> PyResult<Obj> {
        self.ask(thread, &self.reader, intern!("readable"))
    }
    #[method]
    fn writable(&self, thread: &Thread) -> PyResult<Obj> {
        self.ask(thread, &self.writer, intern!("writable"))
    }
    #[method]
    fn close(&self, thread: &Thread) -> PyResult<Obj> {
        let closed = self.ask(thread, &self.writer, intern!("close"));
        let first = if closed.is_err() { thread.take_raised() } else { None };
        let result = self.ask(thread, &self.reader, intern!("close"));
        util::chain(thread, first, result)
    }
    #[method]
    fn isatty(&self, thread: &Thread) -> PyResult<Obj> {
        let writer = self.ask(thread, &self.writer, intern!("isatty"))?;
        if !writer.is(pyrox_objects::bool_ref(false)) {
            return Ok(writer);
        }
        self.ask(thread, &self.reader, intern!("isatty"))
    }
    #[getter]
    fn closed(&self, thread: &Thread) -> PyResult<Obj> {
        match self.writer.get() {
            Some(writer) => writer.getattr(thread, intern!("closed")),
            None => Err(thread.runtime_error("the BufferedRWPair object is being garbage-collected")),
        }
    }
}
