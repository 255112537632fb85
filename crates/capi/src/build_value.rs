//! `Py_BuildValue`: objects by a format.

use std::ffi::{c_char, c_void};

use pyrox_objects::{Bytes, Complex, Dict, Float, Int, List, Obj, Owned, PyResult, Raised, Str, Thread, Tuple};

use crate::support::*;
use crate::va::VaList;

/// The format as it is being read, and the arguments.
struct Reader<'a> {
    format: *const u8,
    list: &'a mut VaList,
}

impl Reader<'_> {
    fn peek(&self) -> u8 {
        // SAFETY: the format ends in a NUL, beyond which nothing reads.
        unsafe { *self.format }
    }

    fn take(&mut self) -> u8 {
        let c = self.peek();
        if c != 0 {
            // SAFETY: not at the end.
            self.format = unsafe { self.format.add(1) };
        }
        c
    }

    /// Objects up to `end`. All are made, so that references that the format takes over are given back even
    /// if one of them cannot be made.
    unsafe fn items(&mut self, thread: &Thread, end: u8) -> PyResult<Vec<Obj>> {
        let mut items = Vec::new();
        let mut failure: Option<Obj> = None;
        loop {
            while matches!(self.peek(), b',' | b':' | b' ' | b'\t') {
                self.take();
            }
            let c = self.peek();
            if c == end {
                self.take();
                break;
            }
            if c == 0 || matches!(c, b')' | b']' | b'}') {
                thread.set_raised(None);
                return Err(thread.system_error("unmatched paren in format"));
            }
            // SAFETY: by the caller.
            match unsafe { self.value(thread) } {
                Ok(value) => items.push(value),
                Err(Raised) => {
                    let exception = thread.take_raised();
                    let bad_format = matches!(self.peek(), 0) && end != 0;
                    failure = failure.or(exception);
                    if bad_format {
                        break;
                    }
                }
            }
        }
        match failure {
            Some(exception) => Err(thread.reraise(exception)),
            None => Ok(items),
        }
    }

    unsafe fn value(&mut self, thread: &Thread) -> PyResult<Obj> {
        // SAFETY: the arguments are what the format says.
        unsafe {
            let c = self.take();
            match c {
                b'(' => {
                    let items = self.items(thread, b')')?;
                    Ok(Tuple::from_vec(thread, items)?.upcast())
                }
                b'[' => {
                    let items = self.items(thread, b']')?;
                    Ok(List::from_vec(thread, items)?.upcast())
                }
                b'{' => {
                    let items = self.items(thread, b'}')?;
                    if items.len() % 2 != 0 {
                        return Err(thread.system_error("Bad dict format"));
                    }
                    let dict = Dict::new(thread)?;
                    for pair in items.chunks_exact(2) {
                        dict.set(thread, &pair[0], &pair[1])?;
                    }
                    Ok(dict.upcast())
                }
                b'b' | b'B' | b'h' | b'i' => Ok(Int::from(self.list.int() as i64).upcast()),
                b'H' => Ok(Int::from(self.list.int() as u16 as i64).upcast()),
                b'I' => Ok(Int::from(self.list.int() as u32 as i64).upcast()),
                b'n' | b'l' | b'L' => Ok(Int::from(self.list.word() as i64).upcast()),
                b'k' | b'K' => Ok(Int::from_u64(self.list.word()).upcast()),
                b'p' => Ok(pyrox_objects::bool_obj(self.list.int() != 0)),
                b'f' | b'd' => Ok(Float::new(self.list.double()).upcast()),
                b'D' => {
                    let value: *const pyrox_abi::Py_complex = self.list.pointer();
                    Ok(Complex::new(thread, (*value).real, (*value).imag)?.upcast())
                }
                b'c' => {
                    let byte = self.list.int() as u8;
                    Ok(Bytes::from_slice(thread, &[byte])?.upcast())
                }
                b'C' => {
                    let ordinal = self.list.int();
                    if !(0..=0x10ffff).contains(&ordinal) {
                        return Err(thread.value_error("chr() arg not in range(0x110000)"));
                    }
                    Ok(Str::from_char(thread, ordinal as u32).upcast())
                }
                b'u' => {
                    let wide: *const libc::wchar_t = self.list.pointer();
                    let length = self.length();
                    if wide.is_null() {
                        return Ok(pyrox_objects::none());
                    }
                    let length = length.unwrap_or_else(|| libc::wcslen(wide));
                    let points: Vec<u32> = (0..length).map(|at| *wide.add(at) as u32).collect();
                    Ok(Str::from_code_points(thread, &points)?.upcast())
                }
                b's' | b'z' | b'U' | b'y' => {
                    let data: *const c_char = self.list.pointer();
                    let length = self.length();
                    if data.is_null() {
                        return Ok(pyrox_objects::none());
                    }
                    let length = length.unwrap_or_else(|| libc::strlen(data));
                    let bytes = std::slice::from_raw_parts(data as *const u8, length);
                    if c == b'y' {
                        return Ok(Bytes::from_slice(thread, bytes)?.upcast());
                    }
                    decode(thread, bytes)
                }
                b'N' | b'S' | b'O' => {
                    if self.peek() == b'&' {
                        self.take();
                        let convert: *const c_void = self.list.pointer();
                        let argument: *mut c_void = self.list.pointer();
                        let convert: unsafe extern "C-unwind" fn(*mut c_void) -> Raw = std::mem::transmute(convert);
                        return pyrox_objects::protocol::call::check(thread, convert(argument));
                    }
                    let object: Raw = self.list.pointer();
                    if object.is_null() {
                        if thread.raised().is_none() {
                            return Err(thread.system_error("NULL object passed to Py_BuildValue"));
                        }
                        return Err(Raised);
                    }
                    Ok(if c == b'N' { Owned::from_raw(object) } else { borrow(object).own() })
                }
                _ => Err(thread.system_error("bad format char passed to Py_BuildValue")),
            }
        }
    }

    /// The length that `#` asks for.
    unsafe fn length(&mut self) -> Option<usize> {
        if self.peek() != b'#' {
            return None;
        }
        self.take();
        // SAFETY: by the caller.
        Some((unsafe { self.list.word() } as isize).max(0) as usize)
    }
}

/// UTF-8 as a str.
pub fn decode(thread: &Thread, bytes: &[u8]) -> PyResult<Obj> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Str::from_str(thread, text)?.upcast()),
        // The codec words the error.
        Err(_) => {
            let bytes = Bytes::from_slice(thread, bytes)?;
            bytes.call_method(thread, pyrox_objects::intern!("decode"), &[])
        }
    }
}

/// Make what a format says: nothing is `None`, several objects are a tuple.
///
/// # Safety
/// The arguments are what the format says.
pub unsafe fn build(thread: &Thread, format: *const c_char, list: *mut VaList) -> PyResult<Obj> {
    // SAFETY: by contract.
    unsafe {
        let mut copy = *list;
        let mut reader = Reader { format: format as *const u8, list: &mut copy };
        let mut items = reader.items(thread, 0)?;
        match items.len() {
            0 => Ok(pyrox_objects::none()),
            1 => Ok(items.remove(0)),
            _ => Ok(Tuple::from_vec(thread, items)?.upcast()),
        }
    }
}

api! {
    /// Make an object by a format.
    fn Py_VaBuildValue(format: *const c_char, list: *mut VaList) -> Raw { give(build(thread(), format, list)) }
    /// Make an object by a format.
    fn _Py_VaBuildValue_SizeT(format: *const c_char, list: *mut VaList) -> Raw { give(build(thread(), format, list)) }
}
