//! `UnicodeEncodeError`, `UnicodeDecodeError` and `UnicodeTranslateError`: what could not be converted,
//! and where.

use std::cell::Cell;
use std::ffi::c_void;

use pyrox_abi as abi;
use pyrox_abi::{PyMemberDef, PyObject, PyUnicodeErrorObject};
use pyrox_macros::pyclass;

use super::base::{BaseException, clear_fields, traverse_fields};
use crate::native::{NO_MEMBER, object_member};
use crate::object::{Obj, Object, Own, Owned, PyType, xdecref};
use crate::{Bytes, Dict, Int, PyResult, Raised, Str, Thread, Tuple, Type};

type Raw = *mut PyObject;

const fn size_member(name: &'static std::ffi::CStr, offset: isize) -> PyMemberDef {
    PyMemberDef { name: name.as_ptr(), r#type: abi::Py_T_PYSSIZET, offset, flags: 0, doc: std::ptr::null() }
}

const UNICODE_FIELDS: &[PyMemberDef] = &[
    object_member(c"encoding", 72, false),
    object_member(c"object", 80, false),
    size_member(c"start", 88),
    size_member(c"end", 96),
    object_member(c"reason", 104, false),
    NO_MEMBER,
];

/// # Safety
/// A destructor contract.
unsafe fn free(object: Raw) {
    // SAFETY: by contract.
    unsafe {
        crate::gc::untrack(object);
        let raw = &*(object as *const PyUnicodeErrorObject);
        for field in [&raw.encoding, &raw.object, &raw.reason] {
            xdecref(field.replace(std::ptr::null_mut()));
        }
        clear_fields(object);
        crate::dealloc::free_instance(object, (*object).ob_type.get());
    }
}

/// # Safety
/// A traverseproc contract.
unsafe fn walk(object: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
    // SAFETY: by contract.
    unsafe {
        let raw = &*(object as *const PyUnicodeErrorObject);
        for field in [&raw.encoding, &raw.object, &raw.reason] {
            if !field.get().is_null() {
                let status = visit(field.get(), data);
                if status != 0 {
                    return status;
                }
            }
        }
        traverse_fields(object, visit, data)
    }
}

fn read(field: &Cell<Raw>) -> Option<Obj> {
    // SAFETY: the exception owns its fields.
    unsafe { Object::from_ptr_or_null(field.get()) }.map(Object::own)
}

fn write(field: &Cell<Raw>, value: &Object) {
    let old = field.replace(value.own().into_raw());
    // SAFETY: the exception owned it.
    unsafe { xdecref(old) }
}

/// The fields of any of the three, for error handlers.
pub struct Failure {
    pub object: Obj,
    /// Clipped to the object.
    pub start: usize,
    /// Clipped to the object.
    pub end: usize,
    pub encoding: Option<Owned<Str>>,
}

/// Read an exception's fields; `None` if it is none of the three or its object is of the wrong type.
pub fn failure(exception: &Object) -> Option<Failure> {
    let of_bytes = exception.is_instance::<UnicodeDecodeError>();
    let known = of_bytes || exception.is_instance::<UnicodeEncodeError>() || exception.is_instance::<UnicodeTranslateError>();
    if !known {
        return None;
    }
    // SAFETY: the three have this layout.
    let raw = unsafe { &*(exception.as_ptr() as *const PyUnicodeErrorObject) };
    let object = read(&raw.object)?;
    let length = match (object.cast::<Bytes>(), object.cast::<Str>()) {
        (Some(bytes), _) if of_bytes => bytes.len(),
        (_, Some(text)) if !of_bytes => text.len(),
        _ => return None,
    };
    let start = usize::try_from(raw.start.get()).unwrap_or(0).min(length.saturating_sub(1));
    let end = usize::try_from(raw.end.get()).unwrap_or(0).max(1).min(length);
    Some(Failure { object, start, end, encoding: read(&raw.encoding).and_then(|e| e.downcast().ok()) })
}

fn arguments<'a>(thread: &Thread, this: &Object, args: &'a Tuple, kwargs: Option<&Dict>, count: usize) -> PyResult<&'a [&'a Object]> {
    if kwargs.is_some_and(|k| k.len() > 0) {
        return Err(thread.type_error(&format!("{}() takes no keyword arguments", this.ty().full_name())));
    }
    if let Some(exception) = BaseException::of(this) {
        exception.set_args(args.own_typed());
    }
    if args.len() != count {
        return Err(thread.type_error(&format!("function takes exactly {count} arguments ({} given)", args.len())));
    }
    Ok(args.items())
}

fn text(thread: &Thread, items: &[&Object], at: usize) -> PyResult<Obj> {
    let item = items[at];
    if item.is_instance::<Str>() {
        return Ok(item.own());
    }
    Err(thread.type_error(&format!("argument {} must be str, not {}", at + 1, item.ty().full_name())))
}

/// `'\xe9'` and its like, as messages show a character.
fn shown(c: u32) -> String {
    let mut out = Vec::new();
    crate::str::repr::push_escape(&mut out, c);
    String::from_utf8_lossy(&out).into_owned()
}

macro_rules! unicode_error {
    ($(#[$doc:meta])* $name:ident $python:literal $symbol:literal, $init:expr, $str:expr) => {
        $(#[$doc])*
        #[repr(transparent)]
        pub struct $name(PyUnicodeErrorObject);

        $(#[$doc])*
        #[pyclass(name = $python, symbol = $symbol, gc, base = super::hierarchy::UNICODE_ERROR,
            flags = abi::Py_TPFLAGS_BASETYPE, members = UNICODE_FIELDS)]
        impl $name {
            #[slot]
            fn tp_new(cls: &Type, thread: &Thread, args: &Tuple, _kwargs: Option<&Dict>) -> PyResult<Obj> {
                let object = cls.allocate(thread, 0)?;
                if let Some(exception) = BaseException::of(&object) {
                    exception.set_args(args.own_typed());
                }
                Ok(object)
            }
            #[slot]
            fn tp_init(&self, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<()> {
                let initialize: fn(&Thread, &Object, &PyUnicodeErrorObject, &Tuple, Option<&Dict>) -> PyResult<()> = $init;
                initialize(thread, self, &self.0, args, kwargs)
            }
            #[slot]
            fn tp_str(&self, thread: &Thread) -> PyResult<String> {
                let Some(object) = read(&self.0.object) else { return Ok(String::new()) };
                let part = |field: &Cell<Raw>| match read(field) {
                    Some(value) => Ok(value.str(thread)?.to_string()),
                    None => Ok(String::new()),
                };
                let (reason, encoding) = (part(&self.0.reason)?, part(&self.0.encoding)?);
                // Asking for those may have changed it.
                let object = match read(&self.0.object) {
                    Some(now) if now.ty().is(object.ty()) => now,
                    Some(_) => {
                        let kind = if object.is_instance::<Bytes>() { "bytes" } else { "string" };
                        return Err(thread.type_error(&format!("UnicodeError 'object' attribute must be a {kind}")));
                    }
                    None => return Err(thread.type_error("UnicodeError 'object' attribute is not set")),
                };
                let describe: fn(&Object, isize, isize, &str, &str) -> String = $str;
                Ok(describe(&object, self.0.start.get(), self.0.end.get(), &encoding, &reason))
            }
            #[slot]
            unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
                // SAFETY: by contract.
                unsafe { free(object) }
            }
            #[slot]
            unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
                // SAFETY: by contract.
                unsafe { walk(object, visit, data) }
            }
            #[slot]
            unsafe extern "C-unwind" fn tp_clear(object: Raw) -> i32 {
                // SAFETY: by contract.
                unsafe {
                    let raw = &*(object as *const PyUnicodeErrorObject);
                    for field in [&raw.encoding, &raw.object, &raw.reason] {
                        xdecref(field.replace(std::ptr::null_mut()));
                    }
                    clear_fields(object);
                }
                0
            }
        }
    };
}

/// The one item that the range names, if it names one that is there.
fn single(start: isize, end: isize, length: usize) -> Option<usize> {
    let at = usize::try_from(start).ok().filter(|&at| at < length)?;
    (end == start + 1).then_some(at)
}

unicode_error!(
    /// Unicode decoding error.
    UnicodeDecodeError "UnicodeDecodeError" "_PyExc_UnicodeDecodeError",
    |thread, this, raw, args, kwargs| {
        let items = arguments(thread, this, args, kwargs, 5)?;
        let encoding = text(thread, items, 0)?;
        let (start, end) = (items[2].as_isize(thread)?, items[3].as_isize(thread)?);
        let reason = text(thread, items, 4)?;
        let object = if items[1].is_instance::<Bytes>() {
            items[1].own()
        } else {
            let buffer = crate::buffer::Buffer::simple(thread, items[1])?;
            Bytes::from_slice(thread, buffer.as_slice())?.upcast()
        };
        write(&raw.encoding, &encoding);
        write(&raw.object, &object);
        write(&raw.reason, &reason);
        raw.start.set(start);
        raw.end.set(end);
        Ok(())
    },
    |object, start, end, encoding, reason| {
        let bytes = object.cast::<Bytes>().map_or(&[][..], Bytes::as_slice);
        match single(start, end, bytes.len()).and_then(|at| bytes.get(at)) {
            Some(byte) => format!("'{encoding}' codec can't decode byte 0x{byte:02x} in position {start}: {reason}"),
            None => format!("'{encoding}' codec can't decode bytes in position {start}-{}: {reason}", end.saturating_sub(1)),
        }
    }
);

unicode_error!(
    /// Unicode encoding error.
    UnicodeEncodeError "UnicodeEncodeError" "_PyExc_UnicodeEncodeError",
    |thread, this, raw, args, kwargs| {
        let items = arguments(thread, this, args, kwargs, 5)?;
        let (encoding, object) = (text(thread, items, 0)?, text(thread, items, 1)?);
        let (start, end) = (items[2].as_isize(thread)?, items[3].as_isize(thread)?);
        let reason = text(thread, items, 4)?;
        write(&raw.encoding, &encoding);
        write(&raw.object, &object);
        write(&raw.reason, &reason);
        raw.start.set(start);
        raw.end.set(end);
        Ok(())
    },
    |object, start, end, encoding, reason| {
        let one = object.cast::<Str>().and_then(|text| Some(text.at(single(start, end, text.len())?)));
        match one {
            Some(c) => format!("'{encoding}' codec can't encode character '{}' in position {start}: {reason}", shown(c)),
            None => format!("'{encoding}' codec can't encode characters in position {start}-{}: {reason}", end.saturating_sub(1)),
        }
    }
);

unicode_error!(
    /// Unicode translation error.
    UnicodeTranslateError "UnicodeTranslateError" "_PyExc_UnicodeTranslateError",
    |thread, this, raw, args, kwargs| {
        let items = arguments(thread, this, args, kwargs, 4)?;
        let object = text(thread, items, 0)?;
        let (start, end) = (items[1].as_isize(thread)?, items[2].as_isize(thread)?);
        let reason = text(thread, items, 3)?;
        write(&raw.object, &object);
        write(&raw.reason, &reason);
        raw.start.set(start);
        raw.end.set(end);
        Ok(())
    },
    |object, start, end, _, reason| {
        let one = object.cast::<Str>().and_then(|text| Some(text.at(single(start, end, text.len())?)));
        match one {
            Some(c) => format!("can't translate character '{}' in position {start}: {reason}", shown(c)),
            None => format!("can't translate characters in position {start}-{}: {reason}", end.saturating_sub(1)),
        }
    }
);

/// A new encode or decode error over `object`.
pub fn make(thread: &Thread, decode: bool, encoding: &str, object: &Object, start: usize, end: usize, reason: &str) -> PyResult<Obj> {
    let class = if decode { UnicodeDecodeError::ty() } else { UnicodeEncodeError::ty() };
    let (encoding, reason) = (Str::from_str(thread, encoding)?, Str::from_str(thread, reason)?);
    let (start, end) = (Int::from(start as i64), Int::from(end as i64));
    class.call(thread, &[&encoding, object, &start, &end, &reason])
}

/// Raise `UnicodeEncodeError` for the characters from `start` to `end`.
#[cold]
pub fn unicode_encode_error(thread: &Thread, encoding: &str, text: &Str, start: usize, end: usize, reason: &str) -> Raised {
    let plain: Obj = (**text).own();
    match make(thread, false, encoding, &plain, start, end, reason) {
        Ok(exception) => thread.raise(exception),
        Err(raised) => raised,
    }
}
