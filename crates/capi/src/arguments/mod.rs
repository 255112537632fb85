//! `PyArg_*`: arguments by a format. `keywords.rs` has those with names.

mod keywords;

pub use keywords::{PyArg_VaParseTupleAndKeywords, parse_fast, parse_stack_fast};

use std::ffi::{CStr, c_char, c_int, c_void};

use pyrox_abi as abi;
use pyrox_abi::{Py_buffer, PyTypeObject};
use pyrox_objects::{ByteArray, Bytes, Dict, Int, Object, PyResult, Raised, Str, Thread, Tuple, buffer};

use crate::support::*;
use crate::va::VaList;

type Converter = unsafe extern "C-unwind" fn(Raw, *mut c_void) -> c_int;

/// What must be undone if a later argument does not convert.
enum Cleanup {
    Memory(*mut *mut c_char),
    Buffer(*mut Py_buffer),
    Converter(Converter, *mut c_void),
}

/// Why an argument does not convert: an exception is raised, or here are the words for one.
enum Failure {
    Raised,
    Message(String),
}

impl From<Raised> for Failure {
    fn from(_: Raised) -> Failure {
        Failure::Raised
    }
}

type Converted = Result<(), Failure>;

fn none_or_type(object: &Object) -> String {
    if object.is_none() { "None".into() } else { object.ty().full_name().to_string() }
}

fn must_be(expected: &str, got: &Object) -> Failure {
    if expected.starts_with('(') {
        return Failure::Message(expected.to_string());
    }
    let shown = none_or_type(got);
    Failure::Message(format!("must be {expected:.50}, not {shown:.50}"))
}

/// The parsing of one set of arguments.
struct Parser<'a> {
    thread: &'a Thread,
    format: *const u8,
    list: VaList,
    cleanups: Vec<Cleanup>,
    /// Where in nested tuples the argument stands that does not convert.
    levels: Vec<usize>,
}

impl Parser<'_> {
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

    /// Whether the next character is `c`, which is then passed.
    fn accept(&mut self, c: u8) -> bool {
        let found = self.peek() == c;
        if found {
            self.take();
        }
        found
    }

    /// Undo what was done, all of it.
    unsafe fn undo(&mut self) {
        for cleanup in self.cleanups.drain(..) {
            // SAFETY: the addresses are the caller's.
            unsafe {
                match cleanup {
                    Cleanup::Memory(at) => {
                        abi::free(*at as *mut u8);
                        *at = std::ptr::null_mut();
                    }
                    Cleanup::Buffer(at) => buffer::release(&mut *at),
                    Cleanup::Converter(convert, address) => {
                        convert(std::ptr::null_mut(), address);
                    }
                }
            }
        }
    }

    /// Raise for a failure of argument `number` (0 for the only one).
    fn fail(&mut self, failure: Failure, number: usize, function: Option<&str>, message: Option<&str>) -> Raised {
        let Failure::Message(words) = failure else { return Raised };
        if self.thread.raised().is_some() {
            return Raised;
        }
        if words.starts_with('(') {
            return self.thread.system_error(&match message {
                Some(message) => message.to_string(),
                None => self.located(&words, number, function),
            });
        }
        match message {
            Some(message) => self.thread.type_error(message),
            None => self.thread.type_error(&self.located(&words, number, function)),
        }
    }

    fn located(&self, words: &str, number: usize, function: Option<&str>) -> String {
        let mut shown = function.map(|f| format!("{f:.200}() ")).unwrap_or_default();
        shown.push_str("argument");
        if number > 0 {
            shown.push_str(&format!(" {number}"));
            for level in self.levels.iter().rev() {
                shown.push_str(&format!(", item {}", level - 1));
            }
        }
        format!("{shown} {words:.256}")
    }

    /// Convert one argument, nested tuples and all.
    unsafe fn item(&mut self, argument: &Object, top: bool) -> Converted {
        self.levels.clear();
        // SAFETY: by the caller.
        unsafe { self.nested(argument, top) }
    }

    unsafe fn nested(&mut self, argument: &Object, top: bool) -> Converted {
        let _ = top;
        if self.peek() != b'(' {
            // SAFETY: by the caller.
            return unsafe { self.simple(argument) };
        }
        self.take();
        let count = self.count_to_close();
        let sequence = argument.is_sequence() && !argument.is_instance::<Bytes>();
        if !sequence {
            return Err(Failure::Message(format!("must be {count}-item tuple, not {:.50}", none_or_type(argument))));
        }
        if !argument.is_instance::<Tuple>() {
            let message = format!("argument must be {count}-item tuple, not {}", argument.ty().full_name());
            let class = pyrox_objects::exceptions::deprecation_warning();
            pyrox_interpreter::warnings::warn_level(self.thread, class, &message, 0)?;
        }
        let length = argument.len(self.thread)?;
        if length != count {
            return Err(Failure::Message(format!(
                "must be {} of length {count}, not {length}",
                if argument.is_instance::<Tuple>() { "tuple" } else { "sequence" }
            )));
        }
        for at in 0..count {
            let item = match argument.cast::<Tuple>() {
                Some(tuple) => tuple.get(at).own(),
                None => argument.sequence_item(self.thread, at as isize)?,
            };
            // SAFETY: the sequence keeps its items, which is what the format's borrowed references rely on.
            if let Err(failure) = unsafe { self.nested(&item, false) } {
                self.levels.push(at + 1);
                return Err(failure);
            }
        }
        self.accept(b')');
        Ok(())
    }

    /// How many items the tuple has whose parenthesis was just passed.
    fn count_to_close(&self) -> usize {
        let (mut level, mut count, mut at) = (0, 0, self.format);
        loop {
            // SAFETY: within the format, which ends in a NUL.
            let c = unsafe { *at };
            match c {
                b'(' => {
                    if level == 0 {
                        count += 1;
                    }
                    level += 1;
                }
                b')' if level == 0 => return count,
                b')' => level -= 1,
                b':' | b';' | 0 => return count,
                // SAFETY: as above; `es` is one unit of two letters.
                b'e' if level == 0 && matches!(unsafe { *at.add(1) }, b's' | b't') => {
                    count += 1;
                    at = unsafe { at.add(1) };
                }
                c if level == 0 && c.is_ascii_alphabetic() => count += 1,
                _ => {}
            }
            // SAFETY: not at the end.
            at = unsafe { at.add(1) };
        }
    }

    fn index(&self, argument: &Object) -> Result<i64, Failure> {
        let value = argument.index(self.thread)?;
        value.to_i64().ok_or_else(|| self.thread.overflow_error("Python int too large to convert to C long").into())
    }

    fn ranged(&self, argument: &Object, low: i64, high: i64, what: &str) -> Result<i64, Failure> {
        let value = self.index(argument)?;
        if value < low {
            return Err(self.thread.overflow_error(&format!("{what} is less than minimum")).into());
        }
        if value > high {
            return Err(self.thread.overflow_error(&format!("{what} is greater than maximum")).into());
        }
        Ok(value)
    }

    /// The low 64 bits.
    fn masked(&self, argument: &Object) -> Result<u64, Failure> {
        let value = argument.index(self.thread)?;
        let low = low_bits(&value);
        Ok(low)
    }

    /// Borrow the bytes of an object that keeps them where they are.
    fn bytes(&self, argument: &Object) -> Result<(*const u8, isize), Failure> {
        // SAFETY: a type's table lives while the type does.
        let table = unsafe { argument.ty().raw().tp_as_buffer.get().as_ref() };
        if table.is_some_and(|t| t.bf_getbuffer.is_some() && t.bf_releasebuffer.is_some()) {
            return Err(must_be("read-only bytes-like object", argument));
        }
        let buffer = buffer::Buffer::simple(self.thread, argument)?;
        // Empty memory has an address too, and a NUL behind it where the type promises one.
        Ok((buffer.view().buf as *const u8, buffer.len() as isize))
    }

    unsafe fn get_buffer(&mut self, argument: &Object, at: *mut Py_buffer, flags: c_int, expected: &str) -> Converted {
        // SAFETY: the caller's struct.
        unsafe {
            std::ptr::write_bytes(at, 0, 1);
            if buffer::fill_from(self.thread, argument, &mut *at, flags).is_err() {
                return Err(match expected {
                    "bytes-like object" => Failure::Raised,
                    _ => {
                        self.thread.set_raised(None);
                        must_be(expected, argument)
                    }
                });
            }
            if !is_c_contiguous(&*at) {
                buffer::release(&mut *at);
                return Err(must_be("contiguous buffer", argument));
            }
        }
        self.cleanups.push(Cleanup::Buffer(at));
        Ok(())
    }

    /// Text of a str for `s`, `z` and `U`-like units.
    fn text(&self, text: &Str) -> Result<(*const c_char, usize), Failure> {
        Ok(crate::support::utf8(self.thread, text)?)
    }

    unsafe fn simple(&mut self, argument: &Object) -> Converted {
        // SAFETY: the arguments are what the format says.
        unsafe {
            macro_rules! store {
                ($ty:ty, $value:expr) => {{
                    let at: *mut $ty = self.list.pointer();
                    let value = $value;
                    *at = value as $ty;
                    Ok(())
                }};
            }
            let c = self.take();
            match c {
                b'b' => store!(u8, self.ranged(argument, 0, 255, "unsigned byte integer")?),
                b'B' => store!(u8, self.masked(argument)?),
                b'h' => store!(i16, self.ranged(argument, i16::MIN as i64, i16::MAX as i64, "signed short integer")?),
                b'H' => store!(u16, self.masked(argument)?),
                b'i' => store!(i32, self.ranged(argument, i32::MIN as i64, i32::MAX as i64, "signed integer")?),
                b'I' => store!(u32, self.masked(argument)?),
                b'n' => {
                    let at: *mut isize = self.list.pointer();
                    let value = argument.index(self.thread)?;
                    *at = match value.to_i64() {
                        Some(value) => value as isize,
                        None => return Err(self.thread.overflow_error("Python int too large to convert to C ssize_t").into()),
                    };
                    Ok(())
                }
                b'l' => store!(i64, self.index(argument)?),
                b'L' => {
                    let at: *mut i64 = self.list.pointer();
                    let value = argument.index(self.thread)?;
                    *at = match value.to_i64() {
                        Some(value) => value,
                        None => return Err(self.thread.overflow_error("Python int too large to convert to C long long").into()),
                    };
                    Ok(())
                }
                b'k' | b'K' => {
                    let at: *mut u64 = self.list.pointer();
                    if !argument.has_index() {
                        return Err(must_be("int", argument));
                    }
                    *at = self.masked(argument)?;
                    Ok(())
                }
                b'f' => store!(f32, argument.as_f64(self.thread)?),
                b'd' => store!(f64, argument.as_f64(self.thread)?),
                b'D' => {
                    let at: *mut abi::Py_complex = self.list.pointer();
                    *at = crate::arguments::complex(self.thread, argument)?;
                    Ok(())
                }
                b'c' => {
                    let at: *mut c_char = self.list.pointer();
                    let (slice, kind): (Vec<u8>, &str) = match (argument.cast::<Bytes>(), argument.cast::<ByteArray>()) {
                        (Some(bytes), _) => (bytes.as_slice().to_vec(), "bytes"),
                        (_, Some(bytes)) => (bytes.as_slice().to_vec(), "bytearray"),
                        _ => return Err(must_be("a byte string of length 1", argument)),
                    };
                    let [byte] = slice[..] else {
                        return Err(Failure::Message(format!(
                            "must be a byte string of length 1, not a {kind} object of length {}",
                            slice.len()
                        )));
                    };
                    *at = byte as c_char;
                    Ok(())
                }
                b'C' => {
                    let at: *mut c_int = self.list.pointer();
                    let Some(text) = argument.cast::<Str>() else { return Err(must_be("a unicode character", argument)) };
                    if text.len() != 1 {
                        return Err(Failure::Message(format!("must be a unicode character, not a string of length {}", text.len())));
                    }
                    *at = text.at(0) as c_int;
                    Ok(())
                }
                b'p' => store!(c_int, argument.is_true(self.thread)?),
                b'y' if self.accept(b'*') => {
                    let at = self.list.pointer();
                    self.get_buffer(argument, at, 0, "bytes-like object")
                }
                b'y' => {
                    let at: *mut *const u8 = self.list.pointer();
                    let (data, length) = self.bytes(argument)?;
                    *at = data;
                    if self.accept(b'#') {
                        *self.list.pointer::<isize>() = length;
                    } else if libc::strlen(data as *const c_char) as isize != length {
                        return Err(self.thread.value_error("embedded null byte").into());
                    }
                    Ok(())
                }
                b's' | b'z' => self.string(argument, c == b'z'),
                b'e' => self.encoded(argument),
                b'S' => self.object_of(argument, argument.is_instance::<Bytes>(), "bytes"),
                b'Y' => self.object_of(argument, argument.is_instance::<ByteArray>(), "bytearray"),
                b'U' => self.object_of(argument, argument.is_instance::<Str>(), "str"),
                b'O' if self.accept(b'!') => {
                    let ty: *mut PyTypeObject = self.list.pointer();
                    let at: *mut Raw = self.list.pointer();
                    let ty = type_of(ty);
                    if !argument.is_instance_of(ty) {
                        return Err(must_be(ty.full_name(), argument));
                    }
                    *at = argument.as_ptr();
                    Ok(())
                }
                b'O' if self.accept(b'&') => {
                    let convert: *const c_void = self.list.pointer();
                    let address: *mut c_void = self.list.pointer();
                    let convert: Converter = std::mem::transmute(convert);
                    match convert(argument.as_ptr(), address) {
                        0 => Err(must_be("(unspecified)", argument)),
                        abi::Py_CLEANUP_SUPPORTED => {
                            self.cleanups.push(Cleanup::Converter(convert, address));
                            Ok(())
                        }
                        _ => Ok(()),
                    }
                }
                b'O' => {
                    let at: *mut Raw = self.list.pointer();
                    *at = argument.as_ptr();
                    Ok(())
                }
                b'w' => {
                    let at = self.list.pointer();
                    if !self.accept(b'*') {
                        return Err(Failure::Message("(invalid use of 'w' format character)".into()));
                    }
                    self.get_buffer(argument, at, abi::PyBUF_WRITABLE, "read-write bytes-like object")
                }
                _ => Err(Failure::Message("(impossible<bad format char>)".into())),
            }
        }
    }

    unsafe fn object_of(&mut self, argument: &Object, fits: bool, name: &str) -> Converted {
        // SAFETY: by the caller.
        unsafe {
            let at: *mut Raw = self.list.pointer();
            if !fits {
                return Err(must_be(name, argument));
            }
            *at = argument.as_ptr();
            Ok(())
        }
    }

    unsafe fn string(&mut self, argument: &Object, or_none: bool) -> Converted {
        // SAFETY: by the caller.
        unsafe {
            if self.accept(b'*') {
                let at: *mut Py_buffer = self.list.pointer();
                if or_none && argument.is_none() {
                    std::ptr::write_bytes(at, 0, 1);
                    (*at).itemsize = 1;
                    (*at).readonly = 1;
                    (*at).ndim = 1;
                    return Ok(());
                }
                if let Some(text) = argument.cast::<Str>() {
                    let (data, length) = self.text(text)?;
                    std::ptr::write_bytes(at, 0, 1);
                    buffer::fill_info(self.thread, &mut *at, argument, data as *mut u8, length, true, 0)?;
                    self.cleanups.push(Cleanup::Buffer(at));
                    return Ok(());
                }
                return self.get_buffer(argument, at, 0, "bytes-like object");
            }
            let at: *mut *const c_char = self.list.pointer();
            if self.accept(b'#') {
                let size: *mut isize = self.list.pointer();
                if or_none && argument.is_none() {
                    *at = std::ptr::null();
                    *size = 0;
                } else if let Some(text) = argument.cast::<Str>() {
                    let (data, length) = self.text(text)?;
                    *at = data;
                    *size = length as isize;
                } else {
                    let (data, length) = self.bytes(argument)?;
                    *at = data as *const c_char;
                    *size = length;
                }
                return Ok(());
            }
            if or_none && argument.is_none() {
                *at = std::ptr::null();
                return Ok(());
            }
            let Some(text) = argument.cast::<Str>() else {
                return Err(must_be(if or_none { "str or None" } else { "str" }, argument));
            };
            let (data, length) = self.text(text)?;
            if libc::strlen(data) != length {
                return Err(self.thread.value_error("embedded null character").into());
            }
            *at = data;
            Ok(())
        }
    }

    /// `es`, `et`, `es#`, `et#`.
    unsafe fn encoded(&mut self, argument: &Object) -> Converted {
        // SAFETY: by the caller.
        unsafe {
            let encoding: *const c_char = self.list.pointer();
            let recode = match self.take() {
                b's' => true,
                b't' => false,
                _ => return Err(Failure::Message("(unknown parser marker combination)".into())),
            };
            let at: *mut *mut c_char = self.list.pointer();
            let sized = self.accept(b'#');
            let size: *mut isize = if sized { self.list.pointer() } else { std::ptr::null_mut() };
            if at.is_null() {
                return Err(Failure::Message("(buffer is NULL)".into()));
            }
            if sized && size.is_null() {
                return Err(Failure::Message("(buffer_len is NULL)".into()));
            }
            let bytes: Vec<u8> = match (argument.cast::<Bytes>(), argument.cast::<ByteArray>(), argument.cast::<Str>()) {
                (Some(bytes), _, _) if !recode => bytes.as_slice().to_vec(),
                (_, Some(bytes), _) if !recode => bytes.as_slice().to_vec(),
                (_, _, Some(text)) => {
                    let name = if encoding.is_null() { "utf-8".into() } else { crate::support::text(encoding) };
                    let name = Str::from_str(self.thread, &name)?;
                    let Ok(made) = text.call_method(self.thread, pyrox_objects::intern!("encode"), &[&name]) else {
                        return Err(Failure::Message("(encoding failed)".into()));
                    };
                    match made.cast::<Bytes>() {
                        Some(bytes) => bytes.as_slice().to_vec(),
                        None => return Err(Failure::Message("(encoder failed to return bytes)".into())),
                    }
                }
                _ => return Err(must_be(if recode { "str" } else { "str, bytes or bytearray" }, argument)),
            };
            let length = bytes.len();
            if !sized && bytes.contains(&0) {
                return Err(must_be("encoded string without null bytes", argument));
            }
            if !sized || (*at).is_null() {
                let memory = abi::allocate(length + 1) as *mut c_char;
                if memory.is_null() {
                    return Err(self.thread.no_memory().into());
                }
                *at = memory;
                self.cleanups.push(Cleanup::Memory(at));
            } else if length as isize + 1 > *size {
                return Err(self.thread.value_error(&format!("encoded string too long ({length}, maximum length {})", *size - 1)).into());
            }
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), *at as *mut u8, length);
            *(*at).add(length) = 0;
            if sized {
                *size = length as isize;
            }
            Ok(())
        }
    }

    /// Pass over one unit and its arguments; false for a bad one.
    unsafe fn skip(&mut self) -> bool {
        // SAFETY: the arguments are what the format says.
        unsafe {
            match self.take() {
                b'b' | b'B' | b'h' | b'H' | b'i' | b'I' | b'l' | b'k' | b'L' | b'K' | b'n' | b'f' | b'd' | b'D' | b'c' | b'C' | b'p'
                | b'S' | b'Y' | b'U' => {
                    self.list.word();
                }
                b'e' => {
                    self.list.word();
                    if !matches!(self.take(), b's' | b't') {
                        return false;
                    }
                    self.list.word();
                    if self.accept(b'#') {
                        self.list.word();
                    }
                }
                b'w' => {
                    self.list.word();
                    return self.accept(b'*');
                }
                b's' | b'z' | b'y' => {
                    self.list.word();
                    if self.accept(b'#') {
                        self.list.word();
                    } else {
                        self.accept(b'*');
                    }
                }
                b'O' => {
                    if self.accept(b'!') || self.accept(b'&') {
                        self.list.word();
                    }
                    self.list.word();
                }
                b'(' => {
                    while self.peek() != b')' {
                        if self.at_end() || !self.skip() {
                            return false;
                        }
                    }
                    self.take();
                }
                _ => return false,
            }
        }
        true
    }

    fn at_end(&self) -> bool {
        matches!(self.peek(), 0 | b':' | b';')
    }
}

/// What `PyComplex_AsCComplex` gives.
pub fn complex(thread: &Thread, argument: &Object) -> PyResult<abi::Py_complex> {
    // SAFETY: a live object.
    let value: abi::Py_complex = unsafe { std::mem::transmute(crate::complex::PyComplex_AsCComplex(argument.as_ptr())) };
    if value.real == -1.0 && thread.raised().is_some() { Err(Raised) } else { Ok(value) }
}

/// The low 64 bits of an int in two's complement.
pub fn low_bits(value: &Int) -> u64 {
    let mut low = 0u64;
    for (at, &digit) in value.digits().iter().take(3).enumerate() {
        low |= (digit as u64).wrapping_shl(30 * at as u32);
    }
    if value.is_negative() { low.wrapping_neg() } else { low }
}

/// Whether a buffer's items lie in order without gaps.
pub fn is_c_contiguous(view: &Py_buffer) -> bool {
    if !view.suboffsets.is_null() {
        return false;
    }
    if view.strides.is_null() || view.len == 0 {
        return true;
    }
    let mut expected = view.itemsize;
    for at in (0..view.ndim as usize).rev() {
        // SAFETY: the arrays have `ndim` elements.
        let (shape, stride) = unsafe { (if view.shape.is_null() { 1 } else { *view.shape.add(at) }, *view.strides.add(at)) };
        if shape > 1 && stride != expected {
            return false;
        }
        expected *= shape;
    }
    true
}

/// What a format says beside its units.
struct Shape {
    min: usize,
    max: usize,
    function: Option<String>,
    message: Option<String>,
}

unsafe fn shape(format: *const c_char) -> Result<Shape, &'static str> {
    // SAFETY: NUL-terminated text.
    let bytes = unsafe { CStr::from_ptr(format) }.to_bytes();
    let (mut min, mut max, mut level, mut at) = (None, 0, 0usize, 0);
    let (mut function, mut message) = (None, None);
    while at < bytes.len() {
        let rest = || String::from_utf8_lossy(&bytes[at + 1..]).into_owned();
        match bytes[at] {
            b'(' => {
                if level == 0 {
                    max += 1;
                }
                level += 1;
                if level >= 30 {
                    return Err("too many tuple nesting levels in argument format string");
                }
            }
            b')' => level = level.checked_sub(1).ok_or("excess ')' in getargs format")?,
            b':' => {
                function = Some(rest());
                break;
            }
            b';' => {
                message = Some(rest());
                break;
            }
            b'|' if level == 0 => min = Some(max),
            b'e' if matches!(bytes.get(at + 1), Some(b's' | b't')) => {
                if level == 0 {
                    max += 1;
                }
                at += 1;
            }
            c if level == 0 && c.is_ascii_alphabetic() => max += 1,
            _ => {}
        }
        at += 1;
    }
    if level != 0 {
        return Err("missing ')' in getargs format");
    }
    Ok(Shape { min: min.unwrap_or(max), max, function, message })
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

unsafe fn parse(thread: &Thread, arguments: &[Raw], format: *const c_char, list: *mut VaList) -> PyResult<()> {
    // SAFETY: by the API's contract.
    unsafe {
        let shape = shape(format).map_err(|message| thread.system_error(message))?;
        let given = arguments.len();
        if given < shape.min || given > shape.max {
            return Err(thread.type_error(&match &shape.message {
                Some(message) => message.clone(),
                None => {
                    let wanted = if given < shape.min { shape.min } else { shape.max };
                    format!(
                        "{:.150}{} takes {} {wanted} argument{} ({given} given)",
                        shape.function.as_deref().unwrap_or("function"),
                        if shape.function.is_some() { "()" } else { "" },
                        if shape.min == shape.max {
                            "exactly"
                        } else if given < shape.min {
                            "at least"
                        } else {
                            "at most"
                        },
                        plural(wanted)
                    )
                }
            }));
        }
        let mut parser = Parser { thread, format: format as *const u8, list: *list, cleanups: Vec::new(), levels: Vec::new() };
        for (at, &argument) in arguments.iter().enumerate() {
            parser.accept(b'|');
            if let Err(failure) = parser.item(borrow(argument), false) {
                let raised = parser.fail(failure, at + 1, shape.function.as_deref(), shape.message.as_deref());
                parser.undo();
                return Err(raised);
            }
        }
        let next = parser.peek();
        if next != 0 && !next.is_ascii_alphabetic() && !matches!(next, b'(' | b'|' | b':' | b';') {
            let shown = text(parser.format as *const c_char).into_owned();
            let raised = thread.system_error(&format!("bad format string: {shown:.200}"));
            parser.undo();
            return Err(raised);
        }
        Ok(())
    }
}

fn yes(result: PyResult<()>) -> c_int {
    result.is_ok() as c_int
}

/// `PyArg_Parse`.
pub unsafe extern "C" fn parse_old(argument: Raw, format: *const c_char, list: *mut VaList) -> c_int {
    // SAFETY: as the API demands of its caller.
    unsafe {
        let thread = thread();
        let work = || {
            let shape = shape(format).map_err(|message| thread.system_error(message))?;
            let name = shape.function.as_deref().unwrap_or("function");
            let parens = if shape.function.is_some() { "()" } else { "" };
            if shape.max == 0 {
                return match argument.is_null() {
                    true => Ok(()),
                    false => Err(thread.type_error(&format!("{name:.200}{parens} takes no arguments"))),
                };
            }
            if shape.min != 1 || shape.max != 1 {
                return Err(thread.system_error("old style getargs format uses new features"));
            }
            let Some(argument) = borrow_or_null(argument) else {
                return Err(thread.type_error(&format!("{name:.200}{parens} takes at least one argument")));
            };
            let mut parser = Parser { thread, format: format as *const u8, list: *list, cleanups: Vec::new(), levels: Vec::new() };
            match parser.item(argument, true) {
                Ok(()) => Ok(()),
                Err(failure) => {
                    let raised = parser.fail(failure, 0, shape.function.as_deref(), shape.message.as_deref());
                    parser.undo();
                    Err(raised)
                }
            }
        };
        yes(work())
    }
}

/// `_PyArg_ParseStack`.
pub unsafe extern "C" fn parse_stack(arguments: *const Raw, count: isize, format: *const c_char, list: *mut VaList) -> c_int {
    // SAFETY: as the API demands of its caller.
    unsafe { yes(parse(thread(), items(arguments, count), format, list)) }
}

unsafe fn items<'a>(arguments: *const Raw, count: isize) -> &'a [Raw] {
    if arguments.is_null() || count <= 0 {
        return &[];
    }
    // SAFETY: by the caller.
    unsafe { std::slice::from_raw_parts(arguments, count as usize) }
}

/// `PyArg_UnpackTuple`.
pub unsafe extern "C" fn unpack_tuple(arguments: Raw, name: *const c_char, min: isize, max: isize, list: *mut VaList) -> c_int {
    // SAFETY: as the API demands of its caller.
    unsafe {
        let thread = thread();
        let Some(tuple) = typed::<Tuple>(arguments) else {
            thread.system_error("PyArg_UnpackTuple() argument list is not a tuple");
            return 0;
        };
        let given = tuple.len() as isize;
        let name = if name.is_null() { None } else { Some(text(name)) };
        if check_positional(thread, name.as_deref(), given, min, max).is_err() {
            return 0;
        }
        let mut list = *list;
        for &item in tuple.raw_items() {
            *list.pointer::<Raw>() = item;
        }
        1
    }
}

fn check_positional(thread: &Thread, name: Option<&str>, given: isize, min: isize, max: isize) -> PyResult<()> {
    for (bad, bound) in [(given < min, min), (given > max, max)] {
        if bad {
            let kind = if min == max {
                ""
            } else if given < min {
                "at least "
            } else {
                "at most "
            };
            let s = plural(bound as usize);
            return Err(thread.type_error(&match name {
                Some(name) => format!("{name:.200} expected {kind}{bound} argument{s}, got {given}"),
                None => {
                    format!("unpacked tuple should have {kind}{bound} element{s}, but has {given}")
                }
            }));
        }
    }
    Ok(())
}

api! {
    /// Take a tuple of arguments apart.
    fn PyArg_VaParse(arguments: Raw, format: *const c_char, list: *mut VaList) -> c_int {
        let thread = thread();
        let Some(tuple) = typed::<Tuple>(arguments) else {
            thread.system_error("new style getargs format but argument is not a tuple");
            return 0;
        };
        yes(parse(thread, tuple.raw_items(), format, list))
    }
    /// As above.
    fn _PyArg_VaParse_SizeT(arguments: Raw, format: *const c_char, list: *mut VaList) -> c_int { PyArg_VaParse(arguments, format, list) }
    /// Whether all keys are strings; raises if not.
    fn PyArg_ValidateKeywordArguments(keywords: Raw) -> c_int {
        let thread = thread();
        let Some(dict) = typed::<Dict>(keywords) else {
            bad_internal_call(thread);
            return 0;
        };
        if dict.keys_vec().iter().all(|key| key.is_instance::<Str>()) {
            return 1;
        }
        thread.type_error("keywords must be strings");
        0
    }
    /// Raise for an argument of a wrong type.
    fn _PyArg_BadArgument(function: *const c_char, shown: *const c_char, expected: *const c_char, argument: Raw) {
        let got = none_or_type(borrow(argument));
        thread().type_error(&format!("{:.200}() {:.200} must be {:.50}, not {got:.50}", text(function), text(shown), text(expected)));
    }
    /// Whether the number of positional arguments is right; raises if not.
    fn _PyArg_CheckPositional(name: *const c_char, given: isize, min: isize, max: isize) -> c_int {
        let name = if name.is_null() { None } else { Some(text(name)) };
        yes(check_positional(thread(), name.as_deref(), given, min, max))
    }
    /// Whether there are no keywords; raises if there are.
    fn _PyArg_NoKeywords(name: *const c_char, keywords: Raw) -> c_int {
        let thread = thread();
        match borrow_or_null(keywords) {
            None => 1,
            Some(keywords) => match keywords.cast::<Dict>() {
                Some(dict) if dict.len() == 0 => 1,
                Some(_) => { thread.type_error(&format!("{:.200}() takes no keyword arguments", text(name))); 0 }
                None => { bad_internal_call(thread); 0 }
            },
        }
    }
    /// Whether there are no positional arguments; raises if there are.
    fn _PyArg_NoPositional(name: *const c_char, arguments: Raw) -> c_int {
        let thread = thread();
        match borrow_or_null(arguments) {
            None => 1,
            Some(arguments) => match arguments.cast::<Tuple>() {
                Some(tuple) if tuple.len() == 0 => 1,
                Some(_) => { thread.type_error(&format!("{:.200}() takes no positional arguments", text(name))); 0 }
                None => { bad_internal_call(thread); 0 }
            },
        }
    }
}
