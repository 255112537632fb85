//! The Python type `TextIOWrapper`.

use pyrox_abi as abi;
use pyrox_macros::pyclass;
use pyrox_objects::native::{Raw, Traverse};
use pyrox_objects::text_writer::TextWriter;
use pyrox_objects::{Dict, Obj, Object, Owned, PyResult, PyType, Str, Thread, Tuple, Type, exceptions, intern, none};

use super::{Side, TextIoWrapper, bad_newline, codec};
use crate::base::TextIoBase;
use crate::newline::Ending;
use crate::util::{self, dealloc_stream, optional_size, optional_text, unsupported};

/// A truth value, `None` (or nothing) leaving what is.
fn optional_bool(thread: &Thread, value: Option<&Object>, now: bool) -> PyResult<bool> {
    match value.filter(|v| !v.is_none()) {
        None => Ok(now),
        Some(value) => Ok(value.as_isize(thread)? != 0),
    }
}

/// Character and line based layer over a BufferedIOBase object, buffer.
///
/// encoding gives the name of the encoding that the stream will be
/// decoded or encoded with. It defaults to locale.getencoding().
///
/// errors determines the strictness of encoding and decoding (see
/// help(codecs.Codec) or the documentation for codecs.register) and
/// defaults to "strict".
///
/// newline controls how line endings are handled. It can be None, '',
/// '\n', '\r', and '\r\n'.
///
/// If line_buffering is True, a call to flush is implied when a call to
/// write contains a newline character.
#[pyclass(name = "TextIOWrapper", module = "_io", gc, base = TextIoBase::TYPE, flags = abi::Py_TPFLAGS_BASETYPE)]
impl TextIoWrapper {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, _args: &Tuple, _kwargs: Option<&Dict>) -> PyResult<Obj> {
        Ok(cls.instantiate(thread, TextIoWrapper::fresh())?.upcast())
    }
    #[init(sig = "(buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)")]
    fn init(
        &self,
        thread: &Thread,
        buffer: &Object,
        encoding: Option<&Object>,
        errors: Option<&Object>,
        newline: Option<&Object>,
        line_buffering: bool,
        write_through: bool,
    ) -> PyResult<()> {
        self.ok.set(false);
        let name = "TextIOWrapper";
        let encoding = optional_text(thread, name, "encoding", encoding)?;
        let errors = optional_text(thread, name, "errors", errors)?;
        let newline = optional_text(thread, name, "newline", newline)?;
        self.start(thread, buffer, encoding, errors, newline, line_buffering, write_through)
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe { dealloc_stream::<TextIoWrapper>(object) }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut std::ffi::c_void) -> i32 {
        // SAFETY: by contract.
        unsafe {
            pyrox_objects::native::visit_type(object, visit, data);
            Traverse::traverse(pyrox_objects::native::cast::<TextIoWrapper>(object), visit, data)
        }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_clear(object: Raw) -> i32 {
        // SAFETY: by contract.
        Traverse::clear(unsafe { pyrox_objects::native::cast::<TextIoWrapper>(object) });
        0
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        if !self.ok.get() && !self.detached.get() {
            return Err(util::uninitialized(thread));
        }
        let ty = self.ty().full_name();
        let Some(_guard) = pyrox_objects::repr_guard::enter(self) else {
            return Err(thread.runtime_error(&format!("reentrant call inside {ty}.__repr__")));
        };
        let mut out = TextWriter::new();
        out.push_str(&format!("<{ty}"));
        for name in [intern!("name"), intern!("mode")] {
            let value = match self.lookup_attr(thread, name) {
                Ok(value) => value,
                Err(_) if thread.take_if(exceptions::value_error()) => None,
                Err(raised) => return Err(raised),
            };
            if let Some(value) = value {
                out.push_str(" ");
                out.push(name);
                out.push_str("=");
                out.push(&*value.repr(thread)?);
            }
        }
        out.push_str(" encoding=");
        out.push(&*self.encoding.get().unwrap_or_else(none).repr(thread)?);
        out.push_str(">");
        out.finish(thread)
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        self.attached(thread)?;
        self.telling.set(false);
        let line = if self.is_exact::<TextIoWrapper>() {
            let line = self.read_line(thread, -1)?;
            if line.len() == 0 { None } else { Some(line.upcast()) }
        } else {
            let line = self.call_method(thread, intern!("readline"), &[])?;
            let Some(text) = line.cast::<Str>() else {
                let message = format!("readline() should have returned a str object, not '{}'", line.ty().name());
                return Err(thread.error(exceptions::os_error(), &message));
            };
            if text.len() == 0 { None } else { Some(line) }
        };
        if line.is_none() {
            self.snapshot.take();
            self.telling.set(self.seekable.get());
        }
        Ok(line)
    }
    #[method]
    fn detach(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        self.attached(thread)?;
        self.call_method(thread, intern!("flush"), &[])?;
        let buffer = self.buffer.take();
        self.detached.set(true);
        self.ok.set(false);
        Ok(buffer)
    }
    /// Reconfigure the text stream with new parameters.
    ///
    /// This also does an implicit stream flush.
    #[method(
        sig = "(*, encoding=None, errors=None, newline=Ellipsis, line_buffering=None, write_through=None)",
        text = "($self, /, *, encoding=None, errors=None, newline=None,\n            line_buffering=None, write_through=None)"
    )]
    fn reconfigure(
        &self,
        thread: &Thread,
        encoding: Option<&Object>,
        errors: Option<&Object>,
        newline: Option<&Object>,
        line_buffering: Option<&Object>,
        write_through: Option<&Object>,
    ) -> PyResult<()> {
        let name = "reconfigure";
        let buffer = self.attached(thread)?;
        let new_encoding = optional_text(thread, name, "encoding", encoding)?;
        let new_errors = optional_text(thread, name, "errors", errors)?;
        let new_newline = optional_text(thread, name, "newline", newline)?;
        let changes = new_encoding.is_some() || new_errors.is_some() || newline.is_some();
        if changes && self.decoded.is_set() {
            return Err(unsupported(thread, "It is not possible to set the encoding or newline of stream after the first read"));
        }
        let mut ending = self.ending.get();
        if newline.is_some() {
            match Ending::of(new_newline) {
                Some(new) => ending = new,
                None => return Err(bad_newline(thread, new_newline)),
            }
        }
        let line_buffering = optional_bool(thread, line_buffering, self.line_buffering.get())?;
        let write_through = optional_bool(thread, write_through, self.write_through.get())?;
        self.call_method(thread, intern!("flush"), &[])?;
        self.ratio.set(0.0);
        self.ending.set(ending);
        if changes {
            let old = |cell: &pyrox_objects::ObjCell| cell.get().and_then(util::as_str);
            let encoding = match new_encoding {
                Some(encoding) => codec::resolve(thread, Some(encoding))?,
                None => match old(&self.encoding) {
                    Some(encoding) => encoding,
                    None => codec::resolve(thread, None)?,
                },
            };
            let kept = if new_encoding.is_none() { old(&self.errors) } else { None };
            let errors: &Str = match (new_errors, &kept) {
                (Some(errors), _) => errors,
                (None, Some(errors)) => errors,
                (None, None) => intern!("strict"),
            };
            self.set_codecs(thread, &encoding, errors, &buffer)?;
            self.fix_encoder(thread)?;
        }
        self.line_buffering.set(line_buffering);
        self.write_through.set(write_through);
        Ok(())
    }
    #[method]
    pub fn write(&self, thread: &Thread, text: &Object) -> PyResult<usize> {
        let Some(text) = text.cast::<Str>() else {
            return Err(thread.type_error(&format!("write() argument must be str, not {}", util::type_name(text))));
        };
        self.write_text(thread, text)
    }
    #[method(sig = "(size=-1, /)")]
    fn read(&self, thread: &Thread, size: Option<&Object>) -> PyResult<Owned<Str>> {
        self.read_text(thread, optional_size(thread, size, -1)?)
    }
    #[method(sig = "(size=-1, /)")]
    fn readline(&self, thread: &Thread, size: Option<&Object>) -> PyResult<Owned<Str>> {
        let limit = match size {
            None => -1,
            Some(size) => size.as_isize(thread)?,
        };
        self.read_line(thread, limit)
    }
    #[method]
    fn flush(&self, thread: &Thread) -> PyResult<Obj> {
        self.flush_all(thread)
    }
    #[method]
    fn close(&self, thread: &Thread) -> PyResult<Obj> {
        let buffer = self.attached(thread)?;
        if util::is_closed(thread, self)? {
            return Ok(none());
        }
        if self.finalizing.get() {
            if let Ok(warn) = buffer.getattr(thread, intern!("_dealloc_warn")) {
                if warn.call(thread, &[self]).is_err() {
                    thread.set_raised(None);
                }
            }
            thread.set_raised(None);
        }
        let flushed = self.call_method(thread, intern!("flush"), &[]);
        let first = if flushed.is_err() { thread.take_raised() } else { None };
        let closed = buffer.call_method(thread, intern!("close"), &[]);
        util::chain(thread, first, closed)
    }
    #[method]
    fn fileno(&self, thread: &Thread) -> PyResult<Obj> {
        self.attached(thread)?.call_method(thread, intern!("fileno"), &[])
    }
    #[method]
    fn seekable(&self, thread: &Thread) -> PyResult<Obj> {
        self.attached(thread)?.call_method(thread, intern!("seekable"), &[])
    }
    #[method]
    fn readable(&self, thread: &Thread) -> PyResult<Obj> {
        self.attached(thread)?.call_method(thread, intern!("readable"), &[])
    }
    #[method]
    fn writable(&self, thread: &Thread) -> PyResult<Obj> {
        self.attached(thread)?.call_method(thread, intern!("writable"), &[])
    }
    #[method]
    fn isatty(&self, thread: &Thread) -> PyResult<Obj> {
        self.attached(thread)?.call_method(thread, intern!("isatty"), &[])
    }
    /// Set the stream position, and return the new stream position.
    #[method(sig = "(cookie, whence=0, /)", text = "($self, cookie, whence=os.SEEK_SET, /)")]
    fn seek(&self, thread: &Thread, cookie: &Object, whence: i32) -> PyResult<Obj> {
        self.seek_position(thread, cookie, whence)
    }
    /// Return the stream position as an opaque number.
    #[method]
    fn tell(&self, thread: &Thread) -> PyResult<Obj> {
        self.tell_position(thread)
    }
    #[method(sig = "(pos=None, /)")]
    fn truncate(&self, thread: &Thread, pos: Option<&Object>) -> PyResult<Obj> {
        let buffer = self.attached(thread)?;
        self.call_method(thread, intern!("flush"), &[])?;
        buffer.call_method(thread, intern!("truncate"), &[pos.unwrap_or(pyrox_objects::none_ref())])
    }
    #[method]
    fn __getstate__(&self, thread: &Thread) -> PyResult<Obj> {
        Err(util::no_pickling(thread, self))
    }
    #[getter]
    fn encoding(&self) -> Option<Obj> {
        self.encoding.get()
    }
    #[getter]
    fn line_buffering(&self) -> bool {
        self.line_buffering.get()
    }
    #[getter]
    fn write_through(&self) -> bool {
        self.write_through.get()
    }
    #[getter(name = "_finalizing")]
    fn finalizing(&self) -> bool {
        self.finalizing.get()
    }
    #[setter(name = "_finalizing")]
    fn set_finalizing(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        match value {
            Some(value) => self.finalizing.set(value.is_true(thread)?),
            None => return Err(thread.type_error("can't delete numeric/char attribute")),
        }
        Ok(())
    }
    #[getter]
    fn name(&self, thread: &Thread) -> PyResult<Obj> {
        self.attached(thread)?.getattr(thread, intern!("name"))
    }
    #[getter]
    fn closed(&self, thread: &Thread) -> PyResult<Obj> {
        if !self.ok.get() && !self.detached.get() {
            return Ok(pyrox_objects::bool_obj(true));
        }
        self.attached(thread)?.getattr(thread, intern!("closed"))
    }
    #[getter]
    fn newlines(&self, thread: &Thread) -> PyResult<Obj> {
        self.attached(thread)?;
        if self.decoder.get() == Side::Absent { Ok(none()) } else { self.newlines_seen(thread) }
    }
    #[getter]
    fn errors(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        if !self.ok.get() && !self.detached.get() {
            return Err(util::uninitialized(thread));
        }
        Ok(self.errors.get())
    }
    #[getter]
    fn buffer(&self, thread: &Thread) -> PyResult<Obj> {
        self.attached(thread)
    }
    #[getter(name = "_CHUNK_SIZE")]
    fn chunk_size(&self, thread: &Thread) -> PyResult<isize> {
        self.attached(thread)?;
        Ok(self.chunk_size.get())
    }
    #[setter(name = "_CHUNK_SIZE")]
    fn set_chunk_size(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        self.attached(thread)?;
        let Some(value) = value else { return Err(thread.attribute_error("cannot delete attribute")) };
        let size = match value.as_isize(thread) {
            Ok(size) => size,
            Err(_) if thread.take_if(exceptions::overflow_error()) => 0,
            Err(raised) => return Err(raised),
        };
        if size <= 0 {
            return Err(thread.value_error("a strictly positive integer is required"));
        }
        self.chunk_size.set(size);
        Ok(())
    }
}
