//! Arguments that name files: paths, descriptors, directories to start from.
//!
//! A name goes to the system as UTF-8 with `surrogateescape`, so that every name the system has can
//! come from it and go back. Functions give `bytes` for `bytes` and `str` for all else.

use std::ffi::{CString, c_char, c_int};
use std::ops::Deref;

use pyrox_objects::codecs::{Policy, decode_utf8, encode_utf8};
use pyrox_objects::native::{FromArgument, Place};
use pyrox_objects::{Bool, Bytes, Obj, Object, Owned, PyResult, Str, Thread, intern};

/// A `str` as the bytes that the system knows it by.
pub fn encode_name(thread: &Thread, text: &Str) -> PyResult<Vec<u8>> {
    match text.ascii_text() {
        Some(text) => Ok(text.as_bytes().to_vec()),
        None => encode_utf8(thread, text, &Policy::SurrogateEscape),
    }
}

/// The text of a name that came from the system.
pub fn decode_name(thread: &Thread, name: &[u8]) -> PyResult<Owned<Str>> {
    Ok(decode_utf8(thread, name, &Policy::SurrogateEscape, true)?.0)
}

/// A name as `bytes` or `str`.
pub fn name_object(thread: &Thread, name: &[u8], as_bytes: bool) -> PyResult<Obj> {
    if as_bytes { Ok(Bytes::from_slice(thread, name)?.upcast()) } else { Ok(decode_name(thread, name)?.upcast()) }
}

/// `os.fspath(object)`: the `str` or `bytes` that stands for a path.
pub fn fspath(thread: &Thread, object: &Object) -> PyResult<Obj> {
    if object.is_instance::<Str>() || object.is_instance::<Bytes>() {
        return Ok(object.own());
    }
    match object.call_special(thread, intern!("__fspath__"), &[])? {
        Some(path) if path.is_instance::<Str>() || path.is_instance::<Bytes>() => Ok(path),
        Some(other) => Err(thread.type_error(&format!(
            "expected {}.__fspath__() to return str or bytes, not {}",
            object.ty().name(),
            other.ty().name()
        ))),
        None => Err(thread.type_error(&format!("expected str, bytes or os.PathLike object, not {}", object.ty().name()))),
    }
}

/// A path given to a function that may take descriptors instead: then `fd` is not -1.
pub struct Path {
    /// What errors name: the argument, or what its `__fspath__` gave.
    pub object: Obj,
    /// With a NUL at its end.
    text: Vec<u8>,
    pub fd: c_int,
    pub is_bytes: bool,
    /// `None` was given: the current directory.
    pub is_none: bool,
}

impl Path {
    pub fn c(&self) -> *const c_char {
        self.text.as_ptr() as *const c_char
    }

    /// Without the NUL.
    pub fn as_bytes(&self) -> &[u8] {
        &self.text[..self.text.len().saturating_sub(1)]
    }

    /// An entry's name as the path's own kind.
    pub fn name(&self, thread: &Thread, name: &[u8]) -> PyResult<Obj> {
        name_object(thread, name, self.is_bytes)
    }

    fn from_object(thread: &Thread, value: &Object, place: &Place, or_fd: bool, or_none: bool) -> PyResult<Path> {
        let (function, parameter) = (place.function, place.parameter);
        if value.is_none() && or_none {
            return Ok(Path { object: pyrox_objects::none(), text: b".\0".to_vec(), fd: -1, is_bytes: false, is_none: true });
        }
        let given = if value.is_instance::<Str>() || value.is_instance::<Bytes>() {
            value.own()
        } else if or_fd && value.has_index() {
            let fd = descriptor_number(thread, value)?;
            return Ok(Path { object: value.own(), text: vec![0], fd, is_bytes: false, is_none: false });
        } else if value.ty().lookup(intern!("__fspath__")).is_some() {
            fspath(thread, value)?
        } else {
            let expected = match (or_fd, or_none) {
                (true, true) => "string, bytes, os.PathLike, integer or None",
                (true, false) => "string, bytes, os.PathLike or integer",
                (false, true) => "string, bytes, os.PathLike or None",
                (false, false) => "string, bytes or os.PathLike",
            };
            return Err(thread.type_error(&format!("{function}: {parameter} should be {expected}, not {}", value.ty().name())));
        };
        let (mut text, is_bytes) = match given.cast::<Bytes>() {
            Some(bytes) => (bytes.as_slice().to_vec(), true),
            None => match given.cast::<Str>() {
                Some(text) => (encode_name(thread, text)?, false),
                None => (Vec::new(), false),
            },
        };
        if text.contains(&0) {
            return Err(thread.value_error(&format!("{function}: embedded null character in {parameter}")));
        }
        text.push(0);
        Ok(Path { object: given, text, fd: -1, is_bytes, is_none: false })
    }
}

impl<'a> FromArgument<'a> for Path {
    fn from_argument(thread: &Thread, value: &'a Object, place: &Place) -> PyResult<Self> {
        Path::from_object(thread, value, place, false, false)
    }
}

/// A path or a descriptor.
pub struct PathOrFd(Path);

impl<'a> FromArgument<'a> for PathOrFd {
    fn from_argument(thread: &Thread, value: &'a Object, place: &Place) -> PyResult<Self> {
        Path::from_object(thread, value, place, true, false).map(PathOrFd)
    }
}

impl Deref for PathOrFd {
    type Target = Path;
    fn deref(&self) -> &Path {
        &self.0
    }
}

/// A path, a descriptor, or `None` for the current directory.
pub struct PathFdOrNone(Path);

impl PathFdOrNone {
    pub fn into_path(self) -> Path {
        self.0
    }

    /// What is meant when no argument was given.
    pub fn current() -> PathFdOrNone {
        PathFdOrNone(Path { object: pyrox_objects::none(), text: b".\0".to_vec(), fd: -1, is_bytes: false, is_none: true })
    }
}

impl<'a> FromArgument<'a> for PathFdOrNone {
    fn from_argument(thread: &Thread, value: &'a Object, place: &Place) -> PyResult<Self> {
        Path::from_object(thread, value, place, true, true).map(PathFdOrNone)
    }
}

impl Deref for PathFdOrNone {
    type Target = Path;
    fn deref(&self) -> &Path {
        &self.0
    }
}

/// Names that programs, variables and the like have: `str`, `bytes` or path-like.
pub struct Name(pub CString);

impl Name {
    pub fn from_object(thread: &Thread, value: &Object) -> PyResult<Name> {
        let given = fspath(thread, value)?;
        let text = match given.cast::<Bytes>() {
            Some(bytes) => bytes.as_slice().to_vec(),
            None => match given.cast::<Str>() {
                Some(text) => encode_name(thread, text)?,
                None => Vec::new(),
            },
        };
        CString::new(text).map(Name).map_err(|_| thread.value_error("embedded null byte"))
    }

    pub fn c(&self) -> *const c_char {
        self.0.as_ptr()
    }
}

impl<'a> FromArgument<'a> for Name {
    fn from_argument(thread: &Thread, value: &'a Object, _: &Place) -> PyResult<Self> {
        Name::from_object(thread, value)
    }
}

fn warn_of_bool(thread: &Thread, value: &Object) -> PyResult<()> {
    if value.is_instance::<Bool>() {
        pyrox_objects::warn::runtime(thread, "bool is used as a file descriptor")?;
    }
    Ok(())
}

/// An integer that is a descriptor.
fn descriptor_number(thread: &Thread, value: &Object) -> PyResult<c_int> {
    warn_of_bool(thread, value)?;
    let number = value.index(thread)?;
    match number.to_i64().map(c_int::try_from) {
        Some(Ok(fd)) => Ok(fd),
        _ if number.is_negative() => Err(thread.overflow_error("fd is less than minimum")),
        _ => Err(thread.overflow_error("fd is greater than maximum")),
    }
}

/// The directory that relative paths start from; `None` is the current one.
#[derive(Clone, Copy, PartialEq)]
pub struct DirFd(pub c_int);

impl DirFd {
    pub const CURRENT: DirFd = DirFd(libc::AT_FDCWD);
}

impl<'a> FromArgument<'a> for DirFd {
    fn from_argument(thread: &Thread, value: &'a Object, _: &Place) -> PyResult<Self> {
        if value.is_none() {
            return Ok(DirFd::CURRENT);
        }
        if value.has_index() {
            return Ok(DirFd(descriptor_number(thread, value)?));
        }
        Err(thread.type_error(&format!("argument should be integer or None, not {}", value.ty().name())))
    }
}

/// The argument, or the current directory.
pub fn dir_fd(given: Option<DirFd>) -> c_int {
    given.unwrap_or(DirFd::CURRENT).0
}

/// A descriptor, or an object whose `fileno()` gives it.
#[derive(Clone, Copy)]
pub struct Fileno(pub c_int);

impl Fileno {
    /// `PyObject_AsFileDescriptor`.
    pub fn of(thread: &Thread, value: &Object) -> PyResult<Fileno> {
        let too_large = || thread.overflow_error("Python int too large to convert to C int");
        let fd = if value.is_int() {
            warn_of_bool(thread, value)?;
            value.index(thread)?.to_i64().and_then(|v| c_int::try_from(v).ok()).ok_or_else(too_large)?
        } else {
            match value.lookup_attr(thread, intern!("fileno"))? {
                Some(method) => {
                    let number = method.call(thread, &[])?;
                    if !number.is_int() {
                        return Err(thread.type_error("fileno() returned a non-integer"));
                    }
                    number.index(thread)?.to_i64().and_then(|v| c_int::try_from(v).ok()).ok_or_else(too_large)?
                }
                None => return Err(thread.type_error("argument must be an int, or have a fileno() method.")),
            }
        };
        if fd < 0 {
            return Err(thread.value_error(&format!("file descriptor cannot be a negative integer ({fd})")));
        }
        Ok(Fileno(fd))
    }
}

impl<'a> FromArgument<'a> for Fileno {
    fn from_argument(thread: &Thread, value: &'a Object, _: &Place) -> PyResult<Self> {
        Fileno::of(thread, value)
    }
}

/// A user's or group's number; -1 is "leave it".
macro_rules! identity {
    ($name:ident, $text:literal) => {
        #[doc = concat!("A ", $text, "; -1 is taken too.")]
        #[derive(Clone, Copy)]
        pub struct $name(pub u32);

        impl $name {
            pub fn from_object(thread: &Thread, value: &Object) -> PyResult<$name> {
                if !value.has_index() {
                    return Err(thread.type_error(&format!(concat!($text, " should be integer, not {}"), value.ty().name())));
                }
                let number = value.index(thread)?;
                match number.to_i64() {
                    Some(-1) => Ok($name(u32::MAX)),
                    // So it is worded for a word that is too large, too.
                    Some(value) => {
                        u32::try_from(value).map($name).map_err(|_| thread.overflow_error(concat!($text, " is less than minimum")))
                    }
                    None if number.is_negative() => Err(thread.overflow_error(concat!($text, " is less than minimum"))),
                    None => Err(thread.overflow_error(concat!($text, " is greater than maximum"))),
                }
            }

            /// As Python sees it: -1 for the number that means "leave it".
            pub fn to_object(number: u32) -> i64 {
                if number == u32::MAX { -1 } else { number as i64 }
            }
        }

        impl<'a> FromArgument<'a> for $name {
            fn from_argument(thread: &Thread, value: &'a Object, _: &Place) -> PyResult<Self> {
                $name::from_object(thread, value)
            }
        }
    };
}
identity!(Uid, "uid");
identity!(Gid, "gid");
