//! `BufferedReader`, `BufferedWriter` and `BufferedRandom`: the Python types over [`Core`].

use pyrox_abi as abi;
use pyrox_macros::pyclass;
use pyrox_objects::native::Raw;
use pyrox_objects::{Buffer, Bytes, Dict, Obj, Object, Owned, PyResult, PyType, Str, Thread, Tuple, Type, exceptions, intern};

use super::Core;
use crate::base::BufferedIoBase;
use crate::file;
use crate::util::{self, DEFAULT_BUFFER_SIZE, dealloc_stream, optional_size};

fn shown(thread: &Thread, this: &Object) -> PyResult<Owned<Str>> {
    let ty = this.ty().full_name();
    let name = match this.lookup_attr(thread, intern!("name")) {
        Ok(name) => name,
        Err(_) if thread.take_if(exceptions::value_error()) => None,
        Err(raised) => return Err(raised),
    };
    let Some(name) = name else { return Str::from_str(thread, &format!("<{ty}>")) };
    let Some(_guard) = pyrox_objects::repr_guard::enter(this) else {
        return Err(thread.runtime_error(&format!("reentrant call inside {ty}.__repr__")));
    };
    let mut out = pyrox_objects::text_writer::TextWriter::new();
    out.push_str(&format!("<{ty} name="));
    out.push(&*name.repr(thread)?);
    out.push_str(">");
    out.finish(thread)
}

fn next_line(thread: &Thread, core: &Core, exact: bool) -> PyResult<Option<Obj>> {
    core.check(thread)?;
    if exact {
        let line = core.read_line(thread, -1)?;
        return Ok(if line.len() == 0 { None } else { Some(line.upcast()) });
    }
    let line = core.object().call_method(thread, intern!("readline"), &[])?;
    let length = util::expect_bytes(thread, &line, "readline()", exceptions::os_error())?.len();
    Ok(if length == 0 { None } else { Some(line) })
}

/// Write the bytes of any object through the buffer.
fn write_object(thread: &Thread, core: &Core, buffer: &Object) -> PyResult<usize> {
    if let Some(bytes) = buffer.exact::<Bytes>() {
        // SAFETY: bytes do not change, and the caller holds them.
        return unsafe { core.write(thread, bytes.data(), bytes.len()) };
    }
    let source = Buffer::simple(thread, buffer)?;
    // SAFETY: the export keeps the memory in place.
    unsafe { core.write(thread, source.as_mut_ptr(), source.len()) }
}

macro_rules! stream_type {
    ($name:ident, $python:literal, $(#[$doc:meta])* { $($methods:tt)* }) => {
        #[doc = concat!("`", $python, "`.")]
        #[repr(C)]
        pub struct $name {
            pub core: Core,
        }

        $(#[$doc])*
        #[pyclass(name = $python, module = "_io", traverse = [core], base = BufferedIoBase::TYPE, flags = abi::Py_TPFLAGS_BASETYPE)]
        impl $name {
            #[slot]
            fn tp_new(cls: &Type, thread: &Thread, _args: &Tuple, _kwargs: Option<&Dict>) -> PyResult<Obj> {
                Ok(cls.instantiate(thread, $name { core: Core::fresh() })?.upcast())
            }
            #[slot]
            unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
                // SAFETY: by contract.
                unsafe { dealloc_stream::<$name>(object) }
            }
            #[slot]
            fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
                shown(thread, self)
            }
            #[method]
            fn close(&self, thread: &Thread) -> PyResult<Obj> {
                self.core.close(thread)
            }
            #[method]
            fn detach(&self, thread: &Thread) -> PyResult<Option<Obj>> {
                self.core.detach(thread)
            }
            #[method]
            fn seekable(&self, thread: &Thread) -> PyResult<Obj> {
                self.core.ask_raw(thread, intern!("seekable"))
            }
            #[method]
            fn fileno(&self, thread: &Thread) -> PyResult<Obj> {
                self.core.ask_raw(thread, intern!("fileno"))
            }
            #[method]
            fn isatty(&self, thread: &Thread) -> PyResult<Obj> {
                self.core.ask_raw(thread, intern!("isatty"))
            }
            #[method(name = "_dealloc_warn", sig = "(source, /)")]
            fn dealloc_warn(&self, thread: &Thread, source: &Object) {
                self.core.warn_unclosed(thread, source);
            }
            #[method(sig = "(target, whence=0, /)")]
            fn seek(&self, thread: &Thread, target: &Object, whence: i32) -> PyResult<i64> {
                self.core.seek(thread, target, whence)
            }
            #[method]
            fn tell(&self, thread: &Thread) -> PyResult<i64> {
                self.core.tell(thread)
            }
            #[method(sig = "(pos=None, /)")]
            fn truncate(&self, thread: &Thread, pos: Option<&Object>) -> PyResult<Obj> {
                self.core.truncate(thread, pos)
            }
            #[method]
            fn __sizeof__(&self) -> usize {
                self.ty().raw().tp_basicsize.get() as usize + self.core.buffer_size().max(0) as usize
            }
            #[method]
            fn __getstate__(&self, thread: &Thread) -> PyResult<Obj> {
                Err(util::no_pickling(thread, self))
            }
            #[getter]
            fn raw(&self) -> Option<Obj> {
                self.core.raw_or_none()
            }
            #[getter]
            fn closed(&self, thread: &Thread) -> PyResult<Obj> {
                if let Some(true) = self.core.known_open(thread) {
                    return Ok(pyrox_objects::bool_obj(false));
                }
                self.core.raw(thread)?.getattr(thread, intern!("closed"))
            }
            #[getter]
            fn name(&self, thread: &Thread) -> PyResult<Obj> {
                self.core.raw(thread)?.getattr(thread, intern!("name"))
            }
            #[getter]
            fn mode(&self, thread: &Thread) -> PyResult<Obj> {
                self.core.raw(thread)?.getattr(thread, intern!("mode"))
            }
            #[getter(name = "_finalizing")]
            fn finalizing(&self) -> bool {
                self.core.finalizing.get()
            }
            #[setter(name = "_finalizing")]
            fn set_finalizing(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
                match value {
                    Some(value) => self.core.finalizing.set(value.is_true(thread)?),
                    None => return Err(thread.type_error("can't delete numeric/char attribute")),
                }
                Ok(())
            }
            $($methods)*
        }
    };
}

impl Core {
    /// Whether the stream is surely open, told without attribute access.
    fn known_open(&self, thread: &Thread) -> Option<bool> {
        if self.fast_closed.get() && self.buffer.is_set() && self.ok.get() { self.is_closed(thread).ok().map(|c| !c) } else { None }
    }
}

fn check_readable(thread: &Thread, raw: &Object) -> PyResult<()> {
    match file::plain(raw) {
        Some(file) if file.is_open() && file.is_readable() => Ok(()),
        _ => util::check_readable(thread, raw),
    }
}

fn check_writable(thread: &Thread, raw: &Object) -> PyResult<()> {
    match file::plain(raw) {
        Some(file) if file.is_open() && file.is_writable() => Ok(()),
        _ => util::check_writable(thread, raw),
    }
}

stream_type!(BufferedReader, "BufferedReader",
    /// Create a new buffered reader using the given readable raw IO object.
{
    #[init(sig = "(raw, buffer_size=DEFAULT_BUFFER_SIZE)")]
    fn init(&self, thread: &Thread, raw: &Object, buffer_size: Option<isize>) -> PyResult<()> {
        self.core.start_reader(thread, raw, buffer_size.unwrap_or(DEFAULT_BUFFER_SIZE as isize), self.is_exact::<BufferedReader>())
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        next_line(thread, &self.core, self.is_exact::<BufferedReader>())
    }
    #[method]
    fn flush(&self, thread: &Thread) -> PyResult<Obj> {
        let raw = self.core.raw(thread)?;
        raw.call_method(thread, intern!("flush"), &[])
    }
    #[method]
    fn readable(&self, thread: &Thread) -> PyResult<Obj> {
        self.core.ask_raw(thread, intern!("readable"))
    }
    #[method(sig = "(size=-1, /)")]
    fn read(&self, thread: &Thread, size: Option<&Object>) -> PyResult<Obj> {
        self.core.read(thread, optional_size(thread, size, -1)?)
    }
    #[method(sig = "(size=0, /)")]
    fn peek(&self, thread: &Thread, _size: isize) -> PyResult<Owned<Bytes>> {
        self.core.peek(thread)
    }
    #[method(sig = "(size=-1, /)")]
    fn read1(&self, thread: &Thread, size: isize) -> PyResult<Owned<Bytes>> {
        self.core.read1(thread, size)
    }
    #[method]
    fn readinto(&self, thread: &Thread, buffer: &Object) -> PyResult<Obj> {
        self.core.read_into(thread, buffer, false)
    }
    #[method]
    fn readinto1(&self, thread: &Thread, buffer: &Object) -> PyResult<Obj> {
        self.core.read_into(thread, buffer, true)
    }
    #[method(sig = "(size=-1, /)")]
    fn readline(&self, thread: &Thread, size: Option<&Object>) -> PyResult<Owned<Bytes>> {
        self.core.check(thread)?;
        self.core.read_line(thread, optional_size(thread, size, -1)?)
    }
});

stream_type!(BufferedWriter, "BufferedWriter",
    /// A buffer for a writeable sequential RawIO object.
    ///
    /// The constructor creates a BufferedWriter for the given writeable raw
    /// stream. If the buffer_size is not given, it defaults to
    /// DEFAULT_BUFFER_SIZE.
{
    #[init(sig = "(raw, buffer_size=DEFAULT_BUFFER_SIZE)")]
    fn init(&self, thread: &Thread, raw: &Object, buffer_size: Option<isize>) -> PyResult<()> {
        self.core.start_writer(thread, raw, buffer_size.unwrap_or(DEFAULT_BUFFER_SIZE as isize), self.is_exact::<BufferedWriter>())
    }
    #[method]
    fn flush(&self, thread: &Thread) -> PyResult<()> {
        self.core.flush(thread)
    }
    #[method]
    fn writable(&self, thread: &Thread) -> PyResult<Obj> {
        self.core.ask_raw(thread, intern!("writable"))
    }
    /// Write the given buffer to the IO stream.
    #[method]
    fn write(&self, thread: &Thread, buffer: &Object) -> PyResult<usize> {
        write_object(thread, &self.core, buffer)
    }
});

stream_type!(BufferedRandom, "BufferedRandom",
    /// A buffered interface to random access streams.
    ///
    /// The constructor creates a reader and writer for a seekable stream,
    /// raw, given in the first argument. If the buffer_size is omitted it
    /// defaults to DEFAULT_BUFFER_SIZE.
{
    #[init(sig = "(raw, buffer_size=DEFAULT_BUFFER_SIZE)")]
    fn init(&self, thread: &Thread, raw: &Object, buffer_size: Option<isize>) -> PyResult<()> {
        self.core.start_random(thread, raw, buffer_size.unwrap_or(DEFAULT_BUFFER_SIZE as isize), self.is_exact::<BufferedRandom>())
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        next_line(thread, &self.core, self.is_exact::<BufferedRandom>())
    }
    #[method]
    fn flush(&self, thread: &Thread) -> PyResult<()> {
        self.core.flush(thread)
    }
    #[method]
    fn readable(&self, thread: &Thread) -> PyResult<Obj> {
        self.core.ask_raw(thread, intern!("readable"))
    }
    #[method]
    fn writable(&self, thread: &Thread) -> PyResult<Obj> {
        self.core.ask_raw(thread, intern!("writable"))
    }
    #[method(sig = "(size=-1, /)")]
    fn read(&self, thread: &Thread, size: Option<&Object>) -> PyResult<Obj> {
        self.core.read(thread, optional_size(thread, size, -1)?)
    }
    #[method(sig = "(size=0, /)")]
    fn peek(&self, thread: &Thread, _size: isize) -> PyResult<Owned<Bytes>> {
        self.core.peek(thread)
    }
    #[method(sig = "(size=-1, /)")]
    fn read1(&self, thread: &Thread, size: isize) -> PyResult<Owned<Bytes>> {
        self.core.read1(thread, size)
    }
    #[method]
    fn readinto(&self, thread: &Thread, buffer: &Object) -> PyResult<Obj> {
        self.core.read_into(thread, buffer, false)
    }
    #[method]
    fn readinto1(&self, thread: &Thread, buffer: &Object) -> PyResult<Obj> {
        self.core.read_into(thread, buffer, true)
    }
    #[method(sig = "(size=-1, /)")]
    fn readline(&self, thread: &Thread, size: Option<&Object>) -> PyResult<Owned<Bytes>> {
        self.core.check(thread)?;
        self.core.read_line(thread, optional_size(thread, size, -1)?)
    }
    /// Write the given buffer to the IO stream.
    #[method]
    fn write(&self, thread: &Thread, buffer: &Object) -> PyResult<usize> {
        write_object(thread, &self.core, buffer)
    }
});

impl Core {
    fn start_reader(&self, thread: &Thread, raw: &Object, size: isize, exact: bool) -> PyResult<()> {
        self.unready();
        check_readable(thread, raw)?;
        self.start(thread, raw, size, true, false, exact)
    }

    fn start_writer(&self, thread: &Thread, raw: &Object, size: isize, exact: bool) -> PyResult<()> {
        self.unready();
        check_writable(thread, raw)?;
        self.start(thread, raw, size, false, true, exact)
    }

    fn start_random(&self, thread: &Thread, raw: &Object, size: isize, exact: bool) -> PyResult<()> {
        self.unready();
        util::check_seekable(thread, raw)?;
        check_readable(thread, raw)?;
        check_writable(thread, raw)?;
        self.start(thread, raw, size, true, true, exact)
    }

    fn unready(&self) {
        self.ok.set(false);
        self.detached.set(false);
    }
}

impl BufferedReader {
    /// `BufferedReader(raw, buffer_size)`.
    pub fn make(thread: &Thread, raw: &Object, size: isize) -> PyResult<Owned<BufferedReader>> {
        let made = BufferedReader::ty().instantiate(thread, BufferedReader { core: Core::fresh() })?;
        made.core.start_reader(thread, raw, size, true)?;
        Ok(made)
    }
}

impl BufferedWriter {
    /// `BufferedWriter(raw, buffer_size)`.
    pub fn make(thread: &Thread, raw: &Object, size: isize) -> PyResult<Owned<BufferedWriter>> {
        let made = BufferedWriter::ty().instantiate(thread, BufferedWriter { core: Core::fresh() })?;
        made.core.start_writer(thread, raw, size, true)?;
        Ok(made)
    }
}

impl BufferedRandom {
    /// `BufferedRandom(raw, buffer_size)`.
    pub fn make(thread: &Thread, raw: &Object, size: isize) -> PyResult<Owned<BufferedRandom>> {
        let made = BufferedRandom::ty().instantiate(thread, BufferedRandom { core: Core::fresh() })?;
        made.core.start_random(thread, raw, size, true)?;
        Ok(made)
    }
}

/// The core of an exact buffered type that can be read.
pub fn readable_core(object: &Object) -> Option<&Core> {
    match (object.exact::<BufferedReader>(), object.exact::<BufferedRandom>()) {
        (Some(reader), _) => Some(&reader.core),
        (_, Some(random)) => Some(&random.core),
        _ => None,
    }
}

/// The core of an exact buffered type that can be written.
pub fn writable_core(object: &Object) -> Option<&Core> {
    match (object.exact::<BufferedWriter>(), object.exact::<BufferedRandom>()) {
        (Some(writer), _) => Some(&writer.core),
        (_, Some(random)) => Some(&random.core),
        _ => None,
    }
}
