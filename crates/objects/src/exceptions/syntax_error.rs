//! `SyntaxError` with the place of the fault.

use std::ffi::c_void;

use pyrox_abi as abi;
use pyrox_abi::{PyObject, PySyntaxErrorObject};
use pyrox_macros::pyclass;

use super::memory::{self, init_args, read, write};
use crate::native::{NO_MEMBER, object_member};
use crate::object::{Object, Owned};
use crate::{Dict, Int, PyResult, Str, Thread, Tuple};

type Raw = *mut PyObject;

/// `SyntaxError`, `IndentationError`, `TabError`.
#[repr(transparent)]
pub struct SyntaxError(PySyntaxErrorObject);

const FIELDS: &[usize] = &[72, 80, 88, 96, 104, 112, 120, 128, 136];

/// Invalid syntax.
#[pyclass(name = "SyntaxError", symbol = "_PyExc_SyntaxError", gc, base = super::hierarchy::EXCEPTION, new = inherit,
    flags = abi::Py_TPFLAGS_BASETYPE,
    members = &[object_member(c"msg", 72, false), object_member(c"filename", 80, false), object_member(c"lineno", 88, false),
        object_member(c"offset", 96, false), object_member(c"text", 120, false), object_member(c"end_lineno", 104, false),
        object_member(c"end_offset", 112, false), object_member(c"print_file_and_line", 128, false),
        object_member(c"_metadata", 136, false), NO_MEMBER])]
impl SyntaxError {
    #[slot]
    fn tp_init(&self, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<()> {
        init_args(thread, self, args, kwargs)?;
        if args.len() >= 1 {
            write(&self.0.msg, Some(args.get(0).own()));
        }
        if args.len() != 2 {
            return Ok(());
        }
        let place = Tuple::from_iterable(thread, args.get(1))?;
        let fields =
            [&self.0.filename, &self.0.lineno, &self.0.offset, &self.0.text, &self.0.end_lineno, &self.0.end_offset, &self.0.metadata];
        for field in fields {
            write(field, None);
        }
        if place.len() < 4 {
            return Err(thread.type_error(&format!("function takes at least 4 arguments ({} given)", place.len())));
        }
        if place.len() > 7 {
            return Err(thread.type_error(&format!("function takes at most 7 arguments ({} given)", place.len())));
        }
        for (field, value) in fields.iter().zip(place.items()) {
            write(field, Some(value.own()));
        }
        if place.len() == 5 {
            return Err(thread.type_error("end_offset must be provided when end_lineno is provided"));
        }
        Ok(())
    }
    #[slot]
    fn tp_str(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        let message = read(&self.0.msg).unwrap_or_else(crate::none).str(thread)?;
        let filename = read(&self.0.filename).and_then(|name| name.downcast::<Str>().ok());
        let line = read(&self.0.lineno).and_then(|line| line.exact::<Int>().map(|line| line.to_i64().unwrap_or(-1)));
        let mut out = crate::text_writer::TextWriter::new();
        out.push(&message);
        match (filename, line) {
            (None, None) => return Ok(message),
            (Some(name), line) => {
                // Only the last part of the path.
                let start = (0..name.len()).rev().find(|&at| name.at(at) == '/' as u32).map_or(0, |at| at + 1);
                out.push_str(" (");
                out.push(&*name.substring(thread, start, name.len())?);
                if let Some(line) = line {
                    out.push_str(&format!(", line {line}"));
                }
                out.push_str(")");
            }
            (None, Some(line)) => out.push_str(&format!(" (line {line})")),
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
}

/// The fields as a traceback's printer needs them.
impl SyntaxError {
    pub fn of(object: &Object) -> Option<&SyntaxError> {
        object.cast::<SyntaxError>()
    }
    pub fn message(&self) -> Option<crate::Obj> {
        read(&self.0.msg)
    }
    pub fn filename(&self) -> Option<crate::Obj> {
        read(&self.0.filename)
    }
    pub fn lineno(&self) -> Option<crate::Obj> {
        read(&self.0.lineno)
    }
    pub fn offset(&self) -> Option<crate::Obj> {
        read(&self.0.offset)
    }
    pub fn text(&self) -> Option<crate::Obj> {
        read(&self.0.text)
    }
    pub fn end_lineno(&self) -> Option<crate::Obj> {
        read(&self.0.end_lineno)
    }
    pub fn end_offset(&self) -> Option<crate::Obj> {
        read(&self.0.end_offset)
    }
}
