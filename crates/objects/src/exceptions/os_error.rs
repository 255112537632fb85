//! `OSError`, which becomes the subclass that its error number asks for.

use std::ffi::{CStr, c_void};

use pyrox_abi as abi;
use pyrox_abi::{PyOSErrorObject, PyObject};
use pyrox_macros::pyclass;

use super::memory::{self, init_args, plain_str, read, write};
use crate::native::{NO_MEMBER, object_member};
use crate::object::{Obj, Object, Own, Owned, PyType};
use crate::{Dict, Int, PyResult, Raised, Str, Thread, Tuple, Type};

type Raw = *mut PyObject;

/// `OSError` and its subclasses.
#[repr(transparent)]
pub struct OsError(PyOSErrorObject);

const FIELDS: &[usize] = &[72, 80, 88, 96];

/// The subclass for an error number.
pub fn class_of_errno(errno: i64) -> Option<&'static Type> {
    let errno = i32::try_from(errno).ok()?;
    Some(match errno {
        libc::EAGAIN | libc::EALREADY | libc::EINPROGRESS => super::blocking_io_error(),
        libc::EPIPE | libc::ESHUTDOWN => super::broken_pipe_error(),
        libc::ECHILD => super::child_process_error(),
        libc::ECONNABORTED => super::connection_aborted_error(),
        libc::ECONNREFUSED => super::connection_refused_error(),
        libc::ECONNRESET => super::connection_reset_error(),
        libc::EEXIST => super::file_exists_error(),
        libc::ENOENT => super::file_not_found_error(),
        libc::EISDIR => super::is_a_directory_error(),
        libc::ENOTDIR => super::not_a_directory_error(),
        libc::EINTR => super::interrupted_error(),
        libc::EACCES | libc::EPERM => super::permission_error(),
        libc::ESRCH => super::process_lookup_error(),
        libc::ETIMEDOUT => super::timeout_error(),
        _ => return None,
    })
}

/// What the system calls an error number.
pub fn strerror(errno: i32) -> String {
    // SAFETY: strerror gives NUL-terminated text, good until the next call; the lock is held.
    unsafe { CStr::from_ptr(libc::strerror(errno)) }.to_string_lossy().into_owned()
}

/// The class leaves all of the work to `__new__`, unless it has an `__init__` of its own and no `__new__`.
fn uses_init(class: &Type) -> bool {
    let (own, base) = (class.raw(), OsError::ty().raw());
    let address = |f: Option<unsafe extern "C-unwind" fn(Raw, Raw, Raw) -> i32>| f.map(|f| f as usize);
    let make = |t: &abi::PyTypeObject| t.tp_new.get().map(|f| f as usize);
    address(own.tp_init.get()) != address(base.tp_init.get()) && make(own) == make(base)
}

impl OsError {
    /// The error number, if it is known.
    pub fn errno(&self) -> Option<Obj> {
        read(&self.0.myerrno)
    }

    pub fn strerror(&self) -> Option<Obj> {
        read(&self.0.strerror)
    }

    pub fn filename(&self) -> Option<Obj> {
        read(&self.0.filename)
    }

    fn fill(&self, thread: &Thread, args: &Tuple) -> PyResult<()> {
        let mut kept = args.own_typed();
        if (2..=5).contains(&args.len()) {
            let item = |at: usize| args.items().get(at).copied().filter(|_| at < args.len());
            if let Some(filename) = item(2).filter(|f| !f.is_none()) {
                if std::ptr::eq(self.ty(), super::blocking_io_error()) && is_number(filename) {
                    self.0.written.set(value_as_size(thread, filename)?);
                } else {
                    write(&self.0.filename, Some(filename.own()));
                    if let Some(second) = item(4).filter(|f| !f.is_none()) {
                        write(&self.0.filename2, Some(second.own()));
                    }
                    kept = Tuple::from_slice(thread, &args.items()[..2])?;
                }
            }
            write(&self.0.myerrno, item(0).map(Object::own));
            write(&self.0.strerror, item(1).map(Object::own));
        }
        init_args(thread, self, &kept, None)
    }
}

/// `PyNumber_Check`.
fn is_number(object: &Object) -> bool {
    // SAFETY: the table lives while the type does.
    unsafe { object.ty().raw().tp_as_number.get().as_ref() }
        .is_some_and(|t| t.nb_index.is_some() || t.nb_int.is_some() || t.nb_float.is_some())
}

/// An index-sized integer, `ValueError` if it does not fit.
fn value_as_size(thread: &Thread, object: &Object) -> PyResult<isize> {
    let value = object.index(thread)?;
    value
        .to_i64()
        .map(|v| v as isize)
        .ok_or_else(|| thread.value_error(&format!("cannot fit '{}' into an index-sized integer", object.ty().full_name())))
}

/// Base class for I/O related errors.
#[pyclass(name = "OSError", symbol = "_PyExc_OSError", gc, base = super::hierarchy::EXCEPTION, flags = abi::Py_TPFLAGS_BASETYPE,
    members = &[object_member(c"errno", 72, false), object_member(c"strerror", 80, false), object_member(c"filename", 88, false),
        object_member(c"filename2", 96, false), NO_MEMBER])]
impl OsError {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        let by_init = uses_init(cls);
        let mut class = cls;
        if !by_init {
            if kwargs.is_some_and(|k| k.len() > 0) {
                return Err(thread.type_error(&format!("{}() takes no keyword arguments", cls.full_name())));
            }
            if std::ptr::eq(cls, OsError::ty()) && (2..=5).contains(&args.len()) {
                if let Some(found) = args.get(0).cast::<Int>().and_then(Int::to_i64).and_then(class_of_errno) {
                    class = found;
                }
            }
        }
        let object = class.allocate(thread, 0)?;
        // SAFETY: instances of the class have this layout.
        let error = unsafe { &*(object.as_ptr() as *const OsError) };
        error.0.written.set(-1);
        if by_init {
            init_args(thread, error, &Tuple::empty(), None)?;
        } else {
            error.fill(thread, args)?;
        }
        Ok(object)
    }
    #[slot]
    fn tp_init(&self, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<()> {
        if !uses_init(self.ty()) {
            return Ok(());
        }
        if kwargs.is_some_and(|k| k.len() > 0) {
            return Err(thread.type_error(&format!("{}() takes no keyword arguments", self.ty().full_name())));
        }
        self.fill(thread, args)
    }
    #[slot]
    fn tp_str(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        let text = |field: Option<Obj>| field.unwrap_or_else(crate::none).str(thread);
        let (errno, message) = (read(&self.0.myerrno), read(&self.0.strerror));
        let mut out = crate::text_writer::TextWriter::new();
        let filename = read(&self.0.filename);
        if filename.is_none() && (errno.is_none() || message.is_none()) {
            return plain_str(thread, self);
        }
        out.push_str("[Errno ");
        out.push(&*text(errno)?);
        out.push_str("] ");
        out.push(&*text(message)?);
        if let Some(filename) = filename {
            out.push_str(": ");
            out.push(&*filename.repr(thread)?);
            if let Some(second) = read(&self.0.filename2) {
                out.push_str(" -> ");
                out.push(&*second.repr(thread)?);
            }
        }
        out.finish(thread)
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe { memory::free(object, FIELDS) }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
        // SAFETY: by contract.
        unsafe { memory::traverse(object, FIELDS, visit, data) }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_clear(object: Raw) -> i32 {
        // SAFETY: by contract.
        unsafe { memory::clear(object, FIELDS) };
        0
    }
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let mut args = super::BaseException::of(self).map_or_else(Tuple::empty, super::BaseException::args);
        if let (2, Some(filename)) = (args.len(), read(&self.0.filename)) {
            let mut items = args.to_vec();
            items.push(filename);
            if let Some(second) = read(&self.0.filename2) {
                items.extend([crate::none(), second]);
            }
            args = Tuple::from_vec(thread, items)?;
        }
        let mut state = vec![(**self.ty()).own(), args.upcast()];
        state.extend(read(&self.0.dict));
        Tuple::from_vec(thread, state)
    }
    #[getter]
    fn characters_written(&self, thread: &Thread) -> PyResult<isize> {
        match self.0.written.get() {
            -1 => Err(thread.attribute_error("characters_written")),
            written => Ok(written),
        }
    }
    #[setter]
    fn set_characters_written(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        match value {
            Some(value) => self.0.written.set(value_as_size(thread, value)?),
            None if self.0.written.get() == -1 => return Err(thread.attribute_error("characters_written")),
            None => self.0.written.set(-1),
        }
        Ok(())
    }
}

impl Thread {
    /// Raise the `OSError` of an error number, with the file it is about.
    #[cold]
    pub fn os_error(&self, errno: i32, filename: Option<&Object>) -> Raised {
        self.os_error_of(errno, filename, None)
    }

    /// As [`Thread::os_error`], about two files.
    #[cold]
    pub fn os_error_of(&self, errno: i32, filename: Option<&Object>, second: Option<&Object>) -> Raised {
        let make = || {
            let (number, text) = (Int::from(errno as i64), Str::from_str(self, &strerror(errno))?);
            let none = crate::none_ref();
            match (filename, second) {
                (Some(first), Some(second)) => OsError::ty().call(self, &[&number, &text, first, none, second]),
                (Some(first), None) => OsError::ty().call(self, &[&number, &text, first]),
                (None, _) => OsError::ty().call(self, &[&number, &text]),
            }
        };
        match make() {
            Ok(exception) => self.raise(exception),
            Err(raised) => raised,
        }
    }

    /// Raise the `OSError` of a failed Rust operation.
    #[cold]
    pub fn os_error_from(&self, error: &std::io::Error, filename: Option<&Object>) -> Raised {
        match error.raw_os_error() {
            Some(errno) => self.os_error(errno, filename),
            None => self.error(OsError::ty(), &error.to_string()),
        }
    }
}
