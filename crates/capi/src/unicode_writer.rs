//! Building strings piece by piece: `PyUnicodeWriter`, and the private writer beneath it, which may lie in its user's
//! memory: extensions pass one where the other is asked for.

use std::ffi::{CStr, c_char, c_int, c_void};

use pyrox_abi as abi;
use pyrox_objects::codecs::{self, Policy};
use pyrox_objects::object::xdecref;
use pyrox_objects::str::Chars;
use pyrox_objects::{Object, Owned, PyResult, Str, Thread};

use crate::api::{pointer, type_text};
use crate::support::{Raw, status, text};
use crate::unicode::{bytes_at, string, wide_length};

fn address(result: PyResult<*mut Writer>) -> *mut Writer {
    pointer(result)
}

/// How many bytes there are: a negative size means up to the NUL.
unsafe fn input<'a>(at: *const c_char, size: isize) -> &'a [u8] {
    // SAFETY: by the API's contract.
    unsafe { if size < 0 { CStr::from_ptr(at).to_bytes() } else { bytes_at(at, size as usize) } }
}

/// The text to be written for `text[start:end]`.
unsafe fn part<'a>(thread: &Thread, text: Raw, start: isize, end: isize) -> PyResult<Chars<'a>> {
    // SAFETY: by the API's contract.
    let object = unsafe { crate::api::present(thread, text) }?;
    let Some(text) = object.cast::<Str>() else {
        return Err(thread.type_error(&format!("expect str, not {}", type_text(thread, object))));
    };
    if start < 0 || start > end {
        return Err(thread.value_error("invalid start argument"));
    }
    if end as usize > text.len() {
        return Err(thread.value_error("invalid end argument"));
    }
    Ok(text.as_chars().slice(start as usize, end as usize))
}

crate::api! {
    /// A new writer, with room for so many characters.
    fn PyUnicodeWriter_Create(thread; count: isize) -> *mut Writer = address {
        if count < 0 {
            return Err(thread.value_error("length must be positive"));
        }
        let writer = abi::allocate_zeroed(size_of::<Writer>()) as *mut Writer;
        if writer.is_null() {
            return Err(thread.no_memory());
        }
        (*writer).min_char = 127;
        (*writer).overallocate = 1;
        if count > 0 {
            if let Err(raised) = (*writer).prepare(thread, count, 127) {
                abi::free(writer as *mut u8);
                return Err(raised);
            }
        }
        Ok(writer)
    }
    /// Give a writer up.
    fn PyUnicodeWriter_Discard(writer: *mut Writer) {
        if !writer.is_null() {
            _PyUnicodeWriter_Dealloc(writer);
            abi::free(writer as *mut u8);
        }
    }
    /// The text; the writer is gone.
    fn PyUnicodeWriter_Finish(writer: *mut Writer) -> Raw {
        let text = _PyUnicodeWriter_Finish(writer);
        abi::free(writer as *mut u8);
        text
    }

    /// Write a character.
    fn PyUnicodeWriter_WriteChar(thread; writer: *mut Writer, c: u32) -> c_int = status {
        if c > 0x10ffff {
            return Err(thread.value_error("character must be in range(0x110000)"));
        }
        (*writer).write(thread, Chars::Ucs4(&[c]))
    }
    /// Write UTF-8.
    fn PyUnicodeWriter_WriteUTF8(thread; writer: *mut Writer, at: *const c_char, size: isize) -> c_int = status {
        let bytes = input(at, size);
        if bytes.is_ascii() {
            return (*writer).write(thread, Chars::Ascii(bytes));
        }
        (*writer).write(thread, codecs::decode_utf8(thread, bytes, &Policy::Strict, true)?.0.as_chars())
    }
    /// Write ASCII.
    fn PyUnicodeWriter_WriteASCII(thread; writer: *mut Writer, at: *const c_char, size: isize) -> c_int = status {
        if size > crate::unicode::LARGEST {
            return Err(thread.no_memory());
        }
        (*writer).write(thread, Chars::Latin1(input(at, size)))
    }
    /// Write `str(object)`.
    fn PyUnicodeWriter_WriteStr(thread; writer: *mut Writer, object: Raw) -> c_int = status {
        let object = crate::api::present(thread, object)?;
        match object.exact::<Str>() {
            Some(text) => (*writer).write(thread, text.as_chars()),
            None => (*writer).write(thread, object.str(thread)?.as_chars()),
        }
    }
    /// Write `repr(object)`.
    fn PyUnicodeWriter_WriteRepr(thread; writer: *mut Writer, object: Raw) -> c_int = status {
        match Object::from_ptr_or_null(object) {
            Some(object) => (*writer).write(thread, object.repr(thread)?.as_chars()),
            None => (*writer).write(thread, Chars::Ascii(b"<NULL>")),
        }
    }
    /// Write `text[start:end]`.
    fn PyUnicodeWriter_WriteSubstring(thread; writer: *mut Writer, text: Raw, start: isize, end: isize) -> c_int = status {
        (*writer).write(thread, part(thread, text, start, end)?)
    }
    /// Write code points.
    fn PyUnicodeWriter_WriteUCS4(thread; writer: *mut Writer, at: *const u32, count: isize) -> c_int = status {
        if count < 0 {
            return Err(thread.value_error("size must be positive"));
        }
        points(thread, writer, at, count as usize)
    }
    /// Write `wchar_t`; a negative size means up to the NUL.
    fn PyUnicodeWriter_WriteWideChar(thread; writer: *mut Writer, at: *const u32, count: isize) -> c_int = status {
        points(thread, writer, at, if count < 0 { wide_length(at) } else { count as usize })
    }
    /// Write UTF-8 as far as it is complete.
    fn PyUnicodeWriter_DecodeUTF8Stateful(
        thread; writer: *mut Writer, at: *const c_char, size: isize, errors: *const c_char, consumed: *mut isize
    ) -> c_int = status {
        if !consumed.is_null() {
            *consumed = 0;
        }
        let policy = if errors.is_null() { Policy::Strict } else { Policy::named(Some(&text(errors))) };
        let (decoded, taken) = codecs::decode_utf8(thread, input(at, size), &policy, consumed.is_null())?;
        if !consumed.is_null() {
            *consumed = taken as isize;
        }
        (*writer).write(thread, decoded.as_chars())
    }

    /// Begin with an older writer.
    fn _PyUnicodeWriter_Init(writer: *mut Writer) {
        std::ptr::write_bytes(writer, 0, 1);
        (*writer).min_char = 127;
    }
    /// Make room in an older writer.
    fn _PyUnicodeWriter_PrepareInternal(thread; writer: *mut Writer, count: isize, max_char: u32) -> c_int = status {
        (*writer).prepare(thread, count, max_char)
    }
    /// Make an older writer's characters at least so wide.
    fn _PyUnicodeWriter_PrepareKindInternal(thread; writer: *mut Writer, kind: c_int) -> c_int = status {
        (*writer).prepare(thread, 0, match kind { 1 => 0xff, 2 => 0xffff, _ => 0x10ffff })
    }
    /// Write a character.
    fn _PyUnicodeWriter_WriteChar(thread; writer: *mut Writer, c: u32) -> c_int = status {
        (*writer).write(thread, Chars::Ucs4(&[c]))
    }
    /// Write a string.
    fn _PyUnicodeWriter_WriteStr(thread; writer: *mut Writer, object: Raw) -> c_int = status {
        (*writer).write(thread, (*(object as *const Str)).as_chars())
    }
    /// Write `text[start:end]`.
    fn _PyUnicodeWriter_WriteSubstring(thread; writer: *mut Writer, text: Raw, start: isize, end: isize) -> c_int = status {
        (*writer).write(thread, part(thread, text, start, end)?)
    }
    /// Write ASCII; a negative size means up to the NUL.
    fn _PyUnicodeWriter_WriteASCIIString(thread; writer: *mut Writer, at: *const c_char, size: isize) -> c_int = status {
        (*writer).write(thread, Chars::Latin1(input(at, size)))
    }
    /// Write Latin-1.
    fn _PyUnicodeWriter_WriteLatin1String(thread; writer: *mut Writer, at: *const c_char, size: isize) -> c_int = status {
        (*writer).write(thread, Chars::Latin1(input(at, size.max(0))))
    }
    /// The text; the writer is empty again.
    fn _PyUnicodeWriter_Finish(thread; writer: *mut Writer) -> Raw = string {
        let writer = &mut *writer;
        let buffer = std::mem::replace(&mut writer.buffer, std::ptr::null_mut());
        let Some(buffer) = Owned::<Str>::from_raw_or_null(buffer) else { return Ok(Str::empty()) };
        Str::from_chars(thread, buffer.as_chars().slice(0, writer.position as usize))
    }
    /// Give a writer's memory back.
    fn _PyUnicodeWriter_Dealloc(writer: *mut Writer) {
        xdecref(std::mem::replace(&mut (*writer).buffer, std::ptr::null_mut()));
    }
}

unsafe fn points(thread: &Thread, writer: *mut Writer, at: *const u32, count: usize) -> PyResult<()> {
    // SAFETY: by the API's contract.
    unsafe {
        let points = if count == 0 { &[][..] } else { std::slice::from_raw_parts(at, count) };
        if points.iter().any(|&c| c > 0x10ffff) {
            return Err(thread.value_error("character must be in range(0x110000)"));
        }
        (*writer).write(thread, Chars::Ucs4(points))
    }
}

/// `_PyUnicodeWriter`: a string with room, whose fields inline code reads.
#[repr(C)]
pub struct Writer {
    buffer: Raw,
    data: *mut c_void,
    kind: c_int,
    max_char: u32,
    size: isize,
    position: isize,
    min_length: isize,
    min_char: u32,
    overallocate: u8,
    readonly: u8,
}

impl Writer {
    /// Room for more characters of a width; the old contents move.
    fn prepare(&mut self, thread: &Thread, count: isize, max_char: u32) -> PyResult<()> {
        let wide = max_char.max(self.min_char).max(self.max_char);
        let Some(needed) = self.position.checked_add(count).filter(|&n| n < crate::unicode::LARGEST) else {
            return Err(thread.no_memory());
        };
        if !self.buffer.is_null() && needed <= self.size && wide <= self.max_char {
            return Ok(());
        }
        let room = if self.overallocate != 0 && !self.buffer.is_null() { needed.saturating_add(needed / 2) } else { needed };
        let fresh = Str::uninit(thread, room.max(self.min_length).max(1) as usize, wide)?;
        self.readonly = 0;
        // SAFETY: the old buffer is a string of the writer's own, filled as far as the position.
        unsafe {
            if let Some(old) = Owned::<Str>::from_raw_or_null(std::mem::replace(&mut self.buffer, std::ptr::null_mut())) {
                fresh.write(0, old.as_chars().slice(0, self.position as usize));
            }
        }
        self.data = fresh.data() as *mut c_void;
        self.kind = fresh.kind() as c_int;
        self.max_char = fresh.max_char();
        self.size = fresh.len() as isize;
        self.buffer = fresh.into_raw();
        Ok(())
    }

    fn write(&mut self, thread: &Thread, chars: Chars<'_>) -> PyResult<()> {
        if chars.len() == 0 {
            return Ok(());
        }
        // A string that was put in whole is not this writer's to change.
        if self.readonly != 0 {
            self.size = -1;
        }
        self.prepare(thread, chars.len() as isize, chars.max_char())?;
        // SAFETY: the buffer is a string of the writer's own with room.
        unsafe { (*(self.buffer as *const Str)).write(self.position as usize, chars) };
        self.position += chars.len() as isize;
        Ok(())
    }
}
