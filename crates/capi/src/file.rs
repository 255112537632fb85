//! Python's files, and C's.

use std::ffi::{CStr, c_char, c_int, c_void};

use pyrox_interpreter::printer::Printer;
use pyrox_objects::{Bytes, Int, Obj, Object, Owned, PyResult, Str, Thread, exceptions, intern};

use crate::api::{int, present};
use crate::support::{Raw, give, status, text};

/// A function of `io`.
fn io(thread: &Thread, name: &str) -> PyResult<Obj> {
    pyrox_interpreter::import::import_module(thread, "io")?.getattr_str(thread, name)
}

fn stream(result: PyResult<*mut libc::FILE>) -> *mut libc::FILE {
    crate::api::pointer(result)
}

/// A C string or `None`.
unsafe fn optional(thread: &Thread, value: *const c_char) -> PyResult<Obj> {
    if value.is_null() {
        return Ok(pyrox_objects::none());
    }
    // SAFETY: by the API's contract.
    Ok(Str::from_str(thread, &unsafe { text(value) })?.upcast())
}

fn write(thread: &Thread, file: &Object, value: &Str) -> PyResult<()> {
    file.getattr(thread, intern!("write"))?.call(thread, &[value]).map(drop)
}

/// The descriptor of a file: an int, or what `fileno()` gives.
pub(crate) fn descriptor(thread: &Thread, object: &Object) -> PyResult<c_int> {
    let number = if let Some(number) = object.cast::<Int>() {
        if object.is_exact::<pyrox_objects::Bool>() {
            pyrox_objects::hooks::warn(thread, exceptions::runtime_warning(), "bool is used as a file descriptor")?;
        }
        pyrox_objects::object::Own::own_typed(number)
    } else if let Some(method) = object.lookup_attr(thread, intern!("fileno"))? {
        method.call(thread, &[])?.downcast::<Int>().map_err(|_| thread.type_error("fileno() returned a non-integer"))?
    } else {
        return Err(thread.type_error("argument must be an int, or have a fileno() method."));
    };
    let Some(number) = number.to_i64().and_then(|n| c_int::try_from(n).ok()) else {
        return Err(thread.overflow_error("Python int too large to convert to C int"));
    };
    if number < 0 {
        return Err(thread.value_error(&format!("file descriptor cannot be a negative integer ({number})")));
    }
    Ok(number)
}

crate::api! {
    /// `io.open(descriptor, ...)`.
    fn PyFile_FromFd(
        thread; fd: c_int, _name: *const c_char, mode: *const c_char, buffering: c_int, encoding: *const c_char,
        errors: *const c_char, newline: *const c_char, close: c_int
    ) -> Raw = give {
        let mode = if mode.is_null() { Str::from_str(thread, "r")?.upcast() } else { optional(thread, mode)? };
        let arguments: [Obj; 6] = [
            Int::from(fd as i64).upcast(),
            mode,
            Int::from(buffering as i64).upcast(),
            optional(thread, encoding)?,
            optional(thread, errors)?,
            optional(thread, newline)?,
        ];
        let arguments: Vec<&Object> = arguments.iter().map(|argument| &**argument).collect();
        io(thread, "open")?.call_with_keywords(thread, &arguments, &[("closefd", pyrox_objects::bool_ref(close != 0))])
    }

    /// A line of a file; a negative limit takes the line's end away and refuses the file's.
    fn PyFile_GetLine(thread; file: Raw, limit: c_int) -> Raw = give {
        let file = Object::from_ptr_or_null(file).ok_or_else(|| crate::api::bad_call(thread))?;
        let read = file.getattr(thread, intern!("readline"))?;
        let line = if limit <= 0 { read.call(thread, &[])? } else { read.call(thread, &[&*Int::from(limit as i64)])? };
        let end = || thread.error(exceptions::eof_error(), "EOF when reading a line");
        if let Some(bytes) = line.cast::<Bytes>() {
            return match bytes.as_slice() {
                [] if limit < 0 => Err(end()),
                [rest @ .., b'\n'] if limit < 0 => Ok(Bytes::from_slice(thread, rest)?.upcast()),
                _ => Ok(line.clone()),
            };
        }
        let Some(text) = line.cast::<Str>() else { return Err(thread.type_error("object.readline() returned non-string")) };
        if limit < 0 {
            if text.len() == 0 {
                return Err(end());
            }
            if text.at(text.len() - 1) == '\n' as u32 {
                return Ok(text.substring(thread, 0, text.len() - 1)?.upcast());
            }
        }
        Ok(line.clone())
    }

    /// Write `repr(value)` to a file, or `str(value)` if the flags say so.
    fn PyFile_WriteObject(thread; value: Raw, file: Raw, flags: c_int) -> c_int = status {
        let Some(file) = Object::from_ptr_or_null(file) else { return Err(thread.type_error("writeobject with NULL file")) };
        let writer = file.getattr(thread, intern!("write"))?;
        let shown = match Object::from_ptr_or_null(value) {
            Some(value) if flags & 1 != 0 => value.str(thread)?,
            Some(value) => value.repr(thread)?,
            None => Str::from_str(thread, "<NULL>")?,
        };
        writer.call(thread, &[&shown]).map(drop)
    }

    /// Write text to a file.
    fn PyFile_WriteString(thread; value: *const c_char, file: Raw) -> c_int = status {
        if thread.raised().is_some() {
            return Err(pyrox_objects::Raised);
        }
        let Some(file) = Object::from_ptr_or_null(file) else { return Err(thread.system_error("null file for PyFile_WriteString")) };
        let value = crate::unicode::from_utf8(thread, CStr::from_ptr(value).to_bytes())?;
        write(thread, file, &value)
    }

    /// A plain text stream over a descriptor.
    fn PyFile_NewStdPrinter(thread; fd: c_int) -> Raw = give {
        if fd != 1 && fd != 2 {
            return Err(thread.system_error("bad argument to internal function"));
        }
        Printer::new(thread, fd).map(Owned::upcast)
    }

    /// `io.open_code(path)`.
    fn PyFile_OpenCode(thread; path: *const c_char) -> Raw = give {
        let path = crate::unicode::from_utf8(thread, CStr::from_ptr(path).to_bytes())?;
        io(thread, "open_code")?.call(thread, &[&path])
    }
    /// `io.open_code(path)`.
    fn PyFile_OpenCodeObject(thread; path: Raw) -> Raw = give {
        let path = present(thread, path)?;
        if !path.is_instance::<Str>() {
            return Err(thread.type_error(&format!("'path' must be 'str', not '{}'", path.ty().full_name())));
        }
        io(thread, "open_code")?.call(thread, &[path])
    }

    /// `fopen` of a path, which other programs do not inherit; null with the exception set.
    fn Py_fopen(thread; path: Raw, mode: *const c_char) -> *mut libc::FILE = stream {
        let named = present(thread, path)?;
        let found = crate::unicode_codecs::fs_path(thread, named)?;
        let bytes = match (found.cast::<Str>(), found.cast::<Bytes>()) {
            (Some(text), _) => crate::unicode_codecs::fs_encode(thread, text)?.as_slice().to_vec(),
            (_, Some(bytes)) => bytes.as_slice().to_vec(),
            _ => Vec::new(),
        };
        let Ok(name) = std::ffi::CString::new(bytes) else { return Err(thread.value_error("embedded null byte")) };
        loop {
            let file = libc::fopen(name.as_ptr(), mode);
            if !file.is_null() {
                libc::fcntl(libc::fileno(file), libc::F_SETFD, libc::FD_CLOEXEC);
                return Ok(file);
            }
            let number = *libc::__errno_location();
            if number != libc::EINTR {
                return Err(thread.os_error(number, Some(named)));
            }
            pyrox_interpreter::interrupts::check(thread)?;
        }
    }
    /// `fclose`.
    fn Py_fclose(file: *mut libc::FILE) -> c_int { libc::fclose(file) }

    /// The descriptor of a file.
    fn PyObject_AsFileDescriptor(thread; object: Raw) -> c_int = int { descriptor(thread, present(thread, object)?) }

    /// `O&` converter: the descriptor of a file.
    fn _PyLong_FileDescriptor_Converter(thread; object: Raw, to: *mut c_int) -> c_int {
        match present(thread, object).and_then(|object| descriptor(thread, object)) {
            Ok(number) => {
                *to = number;
                1
            }
            Err(_) => 0,
        }
    }

    /// `fgets` for which every line ends in one newline.
    fn Py_UniversalNewlineFgets(buffer: *mut c_char, size: c_int, stream: *mut libc::FILE, _file: *mut c_void) -> *mut c_char {
        let mut at = 0;
        while at + 1 < size.max(0) as usize {
            let mut c = libc::fgetc(stream);
            if c == libc::EOF {
                break;
            }
            if c == b'\r' as c_int {
                let next = libc::fgetc(stream);
                if next != b'\n' as c_int && next != libc::EOF {
                    libc::ungetc(next, stream);
                }
                c = b'\n' as c_int;
            }
            *buffer.add(at) = c as c_char;
            at += 1;
            if c == b'\n' as c_int {
                break;
            }
        }
        if at == 0 {
            return std::ptr::null_mut();
        }
        *buffer.add(at) = 0;
        buffer
    }
}
