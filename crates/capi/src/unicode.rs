//! `str`: making strings, their characters, UTF-8, comparing, interning.

use std::ffi::{CStr, c_char, c_int, c_void};

use pyrox_abi::{self as abi, PyASCIIObject, PyCompactUnicodeObject};
use pyrox_objects::codecs::{self, Policy};
use pyrox_objects::object::{Own, PyType, xdecref};
use pyrox_objects::str::Chars;
use pyrox_objects::{CompareOp, Object, Owned, PyResult, Raised, Str, Thread};

use crate::api::{bad_call, int, length, pointer, type_text};
use crate::support::{Raw, give, status, truth};

/// A string of valid UTF-8.
pub fn from_utf8(thread: &Thread, bytes: &[u8]) -> PyResult<Owned<Str>> {
    Ok(codecs::decode_utf8(thread, bytes, &Policy::Strict, true)?.0)
}

pub(crate) fn string(result: PyResult<Owned<Str>>) -> Raw {
    give(result.map(Owned::upcast))
}

/// The string that an argument must be, with the message of the older functions.
pub(crate) unsafe fn argument<'a>(thread: &Thread, object: Raw) -> PyResult<&'a Str> {
    // SAFETY: by the API's contract.
    unsafe { Object::from_ptr_or_null(object) }
        .and_then(|object| object.cast::<Str>())
        .ok_or_else(|| thread.type_error("bad argument type for built-in operation"))
}

/// The string that an operand must be.
pub(crate) unsafe fn operand<'a>(thread: &Thread, object: Raw) -> PyResult<&'a Str> {
    // SAFETY: by the API's contract.
    let object = unsafe { crate::api::present(thread, object) }?;
    object.cast::<Str>().ok_or_else(|| thread.type_error(&format!("must be str, not {}", object.ty().full_name())))
}

/// Bytes at an address; none for a null one.
pub(crate) unsafe fn bytes_at<'a>(at: *const c_char, count: usize) -> &'a [u8] {
    if at.is_null() || count == 0 {
        return &[];
    }
    // SAFETY: by the API's contract.
    unsafe { std::slice::from_raw_parts(at as *const u8, count) }
}

/// More bytes than this cannot be there.
pub(crate) const LARGEST: isize = isize::MAX - 64;

const COMPACT: u32 = 1 << 5;

fn is_compact(text: &Str) -> bool {
    text.raw().state.get() & COMPACT != 0
}

/// Whether nobody can tell when the string changes.
unsafe fn is_modifiable(text: &Str) -> bool {
    let object: &Object = text;
    object.refcount() == 1 && text.raw().hash.get() == -1 && !text.is_interned() && object.is_exact::<Str>() && is_compact(text)
}

fn check_modifiable(thread: &Thread, text: &Str) -> PyResult<()> {
    // SAFETY: alive.
    if unsafe { is_modifiable(text) } { Ok(()) } else { Err(thread.system_error("Cannot modify a string currently used")) }
}

unsafe fn put(text: &Str, at: usize, c: u32) {
    // SAFETY: the caller checked the index and the width.
    unsafe {
        match text.kind() {
            1 => *text.data().add(at) = c as u8,
            2 => *(text.data() as *mut u16).add(at) = c as u16,
            _ => *(text.data() as *mut u32).add(at) = c,
        }
    }
}

/// The string in UTF-8, kept with the string.
pub(crate) fn utf8(thread: &Thread, text: &Str) -> PyResult<(*const c_char, usize)> {
    if text.is_ascii() {
        return Ok((text.data() as *const c_char, text.len()));
    }
    // SAFETY: strings that are not ASCII have the fields; what is stored there is freed with the string.
    unsafe {
        let raw = &*(text.as_ptr() as *const PyCompactUnicodeObject);
        if raw.utf8.get().is_null() {
            let bytes = codecs::encode_utf8(thread, text, &Policy::Strict)?;
            let memory = abi::allocate(bytes.len() + 1);
            if memory.is_null() {
                return Err(thread.no_memory());
            }
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), memory, bytes.len());
            *memory.add(bytes.len()) = 0;
            raw.utf8.set(memory as *mut _);
            raw.utf8_length.set(bytes.len() as isize);
        }
        Ok((raw.utf8.get() as *const c_char, raw.utf8_length.get() as usize))
    }
}

fn chars(result: PyResult<*const c_char>) -> *const c_char {
    result.unwrap_or(std::ptr::null())
}

fn code_point(result: PyResult<u32>) -> u32 {
    result.unwrap_or(u32::MAX)
}

fn ucs4(result: PyResult<*mut u32>) -> *mut u32 {
    pointer(result)
}

/// Give a string that nobody else has another length.
unsafe fn resize_in_place(thread: &Thread, text: Raw, count: usize) -> PyResult<Raw> {
    // SAFETY: the string is modifiable, so it is compact and ours alone.
    unsafe {
        let this = &*(text as *const Str);
        let head = if this.is_ascii() { size_of::<PyASCIIObject>() } else { size_of::<PyCompactUnicodeObject>() };
        let kind = this.kind() as usize;
        if !this.is_ascii() {
            let raw = &*(text as *const PyCompactUnicodeObject);
            abi::free(raw.utf8.replace(std::ptr::null_mut()) as *mut u8);
            raw.utf8_length.set(0);
        }
        let Some(size) = count.checked_add(1).and_then(|n| n.checked_mul(kind)).and_then(|n| n.checked_add(head)) else {
            return Err(thread.no_memory());
        };
        let memory = abi::reallocate(text as *mut u8, size);
        if memory.is_null() {
            return Err(thread.no_memory());
        }
        (*(memory as *const PyASCIIObject)).length.set(count as isize);
        std::ptr::write_bytes(memory.add(head + count * kind), 0, kind);
        Ok(memory as Raw)
    }
}

unsafe fn resize(thread: &Thread, place: *mut Raw, count: isize) -> PyResult<()> {
    // SAFETY: by the API's contract.
    unsafe {
        if place.is_null() || count < 0 {
            return Err(bad_call(thread));
        }
        let text: &Str = crate::api::expect(thread, *place)?;
        let count = count as usize;
        if text.len() == count {
            return Ok(());
        }
        if count == 0 {
            xdecref(std::mem::replace(&mut *place, Str::empty().into_raw()));
            return Ok(());
        }
        if is_modifiable(text) {
            *place = resize_in_place(thread, *place, count)?;
            return Ok(());
        }
        let fresh = Str::uninit(thread, count, text.max_char())?;
        let kept = text.len().min(count);
        std::ptr::write_bytes(fresh.data(), 0, count * fresh.kind() as usize);
        fresh.write(0, text.as_chars().slice(0, kept));
        xdecref(std::mem::replace(&mut *place, fresh.into_raw()));
        Ok(())
    }
}

/// `*place += right`, in place where nobody can tell.
unsafe fn append(thread: &Thread, place: *mut Raw, right: Raw) -> PyResult<()> {
    // SAFETY: by the API's contract.
    unsafe {
        let old = *place;
        let (left, more) = match (
            Object::from_ptr_or_null(old).and_then(|o| o.cast::<Str>()),
            Object::from_ptr_or_null(right).and_then(|o| o.cast::<Str>()),
        ) {
            (Some(left), Some(right)) => (left, right),
            _ => {
                let raised = if thread.raised().is_some() { Raised } else { bad_call(thread) };
                *place = std::ptr::null_mut();
                xdecref(old);
                return Err(raised);
            }
        };
        let (count, added) = (left.len(), more.len());
        if added > 0 && count > 0 && is_modifiable(left) && more.max_char() <= left.max_char() && old != right {
            if let Some(total) = count.checked_add(added).filter(|&n| n <= isize::MAX as usize / 4) {
                *place = resize_in_place(thread, old, total)?;
                (*(*place as *const Str)).write(count, more.as_chars());
                return Ok(());
            }
        }
        match left.concat(thread, more) {
            Ok(joined) => {
                *place = joined.into_raw();
                xdecref(old);
                Ok(())
            }
            Err(raised) => {
                *place = std::ptr::null_mut();
                xdecref(old);
                Err(raised)
            }
        }
    }
}

unsafe fn intern(thread: &Thread, place: *mut Raw) {
    // SAFETY: by the API's contract.
    unsafe {
        if place.is_null() {
            return;
        }
        let Some(text) = Object::from_ptr_or_null(*place).and_then(|o| o.exact::<Str>()) else { return };
        if text.is_interned() {
            return;
        }
        let interned = Str::intern(thread, text).into_raw();
        xdecref(std::mem::replace(&mut *place, interned));
    }
}

fn class_name(text: &Str) -> &'static str {
    match text.kind() {
        1 if text.is_ascii() => "ASCII",
        1 => "latin1",
        2 => "UCS2",
        _ => "UCS4",
    }
}

fn order(a: &Str, b: &Str) -> c_int {
    a.compare(b) as c_int
}

/// Whether a string is what these UTF-8 bytes say; what is no UTF-8 is equal to nothing.
fn equals_utf8(text: &Str, bytes: &[u8]) -> bool {
    if let Chars::Ascii(own) = text.as_chars() {
        return own == bytes;
    }
    std::str::from_utf8(bytes).is_ok_and(|other| text.chars().eq(other.chars().map(|c| c as u32)))
}

crate::api! {
    /// A string of UTF-8 up to the NUL.
    fn PyUnicode_FromString(thread; text: *const c_char) -> Raw = string { from_utf8(thread, CStr::from_ptr(text).to_bytes()) }

    /// A string of UTF-8.
    fn PyUnicode_FromStringAndSize(thread; text: *const c_char, size: isize) -> Raw = string {
        if size < 0 {
            return Err(thread.system_error("Negative size passed to PyUnicode_FromStringAndSize"));
        }
        if text.is_null() && size > 0 {
            return Err(thread.system_error("NULL string with positive size with NULL passed to PyUnicode_FromStringAndSize"));
        }
        if size > LARGEST {
            return Err(thread.no_memory());
        }
        from_utf8(thread, bytes_at(text, size as usize))
    }

    /// The interned string of UTF-8 up to the NUL.
    fn PyUnicode_InternFromString(thread; text: *const c_char) -> Raw = string {
        let text = from_utf8(thread, CStr::from_ptr(text).to_bytes())?;
        Ok(Str::intern(thread, &text))
    }

    /// A string with room for so many characters up to one, which the caller writes.
    fn PyUnicode_New(thread; count: isize, max_char: u32) -> Raw = string {
        if count == 0 {
            return Ok(Str::empty());
        }
        if max_char > 0x10ffff {
            return Err(thread.system_error("invalid maximum character passed to PyUnicode_New"));
        }
        if count < 0 {
            return Err(thread.system_error("Negative size passed to PyUnicode_New"));
        }
        Str::uninit(thread, count as usize, max_char)
    }

    /// A string of characters that lie in units of 1, 2 or 4 bytes.
    fn PyUnicode_FromKindAndData(thread; kind: c_int, data: *const c_void, count: isize) -> Raw = string {
        if count < 0 {
            return Err(thread.value_error("size must be positive"));
        }
        let count = count as usize;
        match kind {
            _ if count == 0 && matches!(kind, 1 | 2 | 4) => Ok(Str::empty()),
            1 => Str::from_latin1(thread, bytes_at(data as *const c_char, count)),
            2 => Str::from_chars(thread, Chars::Ucs2(std::slice::from_raw_parts(data as *const u16, count))),
            4 => {
                let points = std::slice::from_raw_parts(data as *const u32, count);
                if points.len() == 1 && points[0] > 0x10ffff {
                    return Err(thread.system_error("invalid maximum character passed to PyUnicode_New"));
                }
                Str::from_chars(thread, Chars::Ucs4(points))
            }
            _ => Err(thread.system_error("invalid kind")),
        }
    }

    /// A string of one character.
    fn PyUnicode_FromOrdinal(thread; ordinal: c_int) -> Raw = string {
        match u32::try_from(ordinal) {
            Ok(c) if c <= 0x10ffff => Ok(Str::from_char(thread, c)),
            _ => Err(thread.value_error("chr() arg not in range(0x110000)")),
        }
    }

    /// An exact string with the text of a string.
    fn PyUnicode_FromObject(thread; object: Raw) -> Raw = string {
        let object = crate::api::present(thread, object)?;
        match object.cast::<Str>() {
            Some(text) if object.is_exact::<Str>() => Ok(text.own_typed()),
            Some(text) => copy(thread, text),
            None => Err(thread.type_error(&format!("Can't convert '{}' object to str implicitly", object.ty().full_name()))),
        }
    }

    /// A fresh string with the same text.
    fn _PyUnicode_Copy(thread; text: Raw) -> Raw = string {
        let text: &Str = crate::api::expect(thread, text)?;
        let fresh = Str::uninit(thread, text.len(), text.max_char())?;
        fresh.write(0, text.as_chars());
        Ok(fresh)
    }

    /// The text in UTF-8, which lives as long as the string, and its length.
    fn PyUnicode_AsUTF8AndSize(thread; text: Raw, size: *mut isize) -> *const c_char = chars {
        match argument(thread, text).and_then(|text| utf8(thread, text)) {
            Ok((bytes, count)) => {
                if !size.is_null() {
                    *size = count as isize;
                }
                Ok(bytes)
            }
            Err(raised) => {
                if !size.is_null() {
                    *size = -1;
                }
                Err(raised)
            }
        }
    }

    /// The text in UTF-8, which lives as long as the string.
    fn PyUnicode_AsUTF8(thread; text: Raw) -> *const c_char = chars { Ok(utf8(thread, argument(thread, text)?)?.0) }

    /// As `PyUnicode_AsUTF8`, for text without NULs.
    fn _PyUnicode_AsUTF8NoNUL(thread; text: Raw) -> *const c_char = chars {
        let (bytes, count) = utf8(thread, argument(thread, text)?)?;
        if CStr::from_ptr(bytes).count_bytes() != count {
            return Err(thread.value_error("embedded null character"));
        }
        Ok(bytes)
    }

    /// How many characters there are.
    fn PyUnicode_GetLength(thread; text: Raw) -> isize = length { Ok(argument(thread, text)?.len() as isize) }

    /// What is left of an old function.
    fn PyUnicode_GetSize(thread; _text: Raw) -> isize = length { Err(thread.runtime_error("PyUnicode_GetSize has been removed.")) }

    /// Where the characters lie.
    fn PyUnicode_DATA(text: Raw) -> *mut c_void { (*(text as *const Str)).data() as *mut c_void }
    /// Bytes of a character: 1, 2 or 4.
    fn PyUnicode_KIND(text: Raw) -> c_int { (*(text as *const Str)).kind() as c_int }

    /// A character.
    fn PyUnicode_ReadChar(thread; text: Raw, at: isize) -> u32 = code_point {
        let text = argument(thread, text)?;
        match usize::try_from(at) {
            Ok(at) if at < text.len() => Ok(text.at(at)),
            _ => Err(thread.index_error("string index out of range")),
        }
    }

    /// Write a character into a string that nobody else has.
    fn PyUnicode_WriteChar(thread; text: Raw, at: isize, c: u32) -> c_int = status {
        let text = argument(thread, text)?;
        if !is_compact(text) {
            return Err(thread.type_error("bad argument type for built-in operation"));
        }
        let at = usize::try_from(at).ok().filter(|&at| at < text.len()).ok_or_else(|| thread.index_error("string index out of range"))?;
        check_modifiable(thread, text)?;
        if c > text.max_char() {
            return Err(thread.value_error("character out of range"));
        }
        put(text, at, c);
        Ok(())
    }

    /// Write a character many times into a string that nobody else has; gives how many were written.
    fn PyUnicode_Fill(thread; text: Raw, start: isize, count: isize, c: u32) -> isize = length {
        let text: &Str = crate::api::expect(thread, text)?;
        check_modifiable(thread, text)?;
        if start < 0 {
            return Err(thread.index_error("string index out of range"));
        }
        if c > text.max_char() {
            return Err(thread.value_error("fill character is bigger than the string maximum character"));
        }
        let count = count.min(text.len() as isize - start);
        if count <= 0 {
            return Ok(0);
        }
        for at in start..start + count {
            put(text, at as usize, c);
        }
        Ok(count)
    }

    /// Copy characters into a string that nobody else has; gives how many were copied.
    fn PyUnicode_CopyCharacters(thread; to: Raw, to_start: isize, from: Raw, from_start: isize, count: isize) -> isize = length {
        let (from, to): (&Str, &Str) = (crate::api::expect(thread, from)?, crate::api::expect(thread, to)?);
        let within = |at: isize, text: &Str| {
            usize::try_from(at).ok().filter(|&at| at <= text.len()).ok_or_else(|| thread.index_error("string index out of range"))
        };
        let (from_start, to_start) = (within(from_start, from)?, within(to_start, to)?);
        let Ok(count) = usize::try_from(count) else { return Err(thread.system_error("how_many cannot be negative")) };
        let count = count.min(from.len() - from_start);
        if to_start + count > to.len() {
            return Err(thread.system_error(&format!(
                "Cannot write {count} characters at {to_start} in a string of {} characters",
                to.len()
            )));
        }
        if count == 0 {
            return Ok(0);
        }
        check_modifiable(thread, to)?;
        let part = from.as_chars().slice(from_start, from_start + count);
        if part.max_char() > to.max_char() {
            return Err(thread.system_error(&format!(
                "Cannot copy {} characters into a string of {} characters",
                class_name(from),
                class_name(to)
            )));
        }
        to.write(to_start, part);
        Ok(count as isize)
    }

    /// Change a string's length.
    fn PyUnicode_Resize(thread; place: *mut Raw, count: isize) -> c_int = status { resize(thread, place, count) }

    /// `*place += right`; null after an error.
    fn PyUnicode_Append(thread; place: *mut Raw, right: Raw) {
        let _ = append(thread, place, right);
    }

    /// `*place += right`, taking the reference to `right`.
    fn PyUnicode_AppendAndDel(thread; place: *mut Raw, right: Raw) {
        let _ = append(thread, place, right);
        xdecref(right);
    }

    /// Put the one object for a text into the place of another.
    fn PyUnicode_InternInPlace(thread; place: *mut Raw) { intern(thread, place) }
    /// Put the one object for a text into the place of another.
    fn PyUnicode_InternImmortal(thread; place: *mut Raw) { intern(thread, place) }
    /// Put the one object for a text into the place of another.
    fn _PyUnicode_InternInPlace(thread; _interpreter: *mut c_void, place: *mut Raw) { intern(thread, place) }
    /// Put the one object for a text into the place of another.
    fn _PyUnicode_InternMortal(thread; _interpreter: *mut c_void, place: *mut Raw) { intern(thread, place) }
    /// Put the one object for a text into the place of another.
    fn _PyUnicode_InternImmortal(thread; _interpreter: *mut c_void, place: *mut Raw) { intern(thread, place) }

    /// The interned string of a static identifier, borrowed.
    fn _PyUnicode_FromId(thread; id: *const Identifier) -> Raw {
        match Str::intern_str(thread, &crate::support::text((*id).string)) {
            // The identifier lives for ever, and so does its name.
            Ok(name) => name.into_raw(),
            Err(Raised) => std::ptr::null_mut(),
        }
    }

    /// Free a dying exact string.
    fn _PyUnicode_ExactDealloc(object: Raw) {
        if let Some(dealloc) = (*<Str as PyType>::TYPE).tp_dealloc.get() {
            dealloc(object);
        }
    }

    /// Whether the state of a string agrees with itself: it always does.
    fn _PyUnicode_CheckConsistency(text: Raw, _content: c_int) -> c_int {
        Object::from_ptr_or_null(text).is_some_and(|object| object.is_instance::<Str>()) as c_int
    }

    /// The order of two strings.
    fn PyUnicode_Compare(thread; a: Raw, b: Raw) -> c_int = int {
        let (a, b) = (crate::api::present(thread, a)?, crate::api::present(thread, b)?);
        match (a.cast::<Str>(), b.cast::<Str>()) {
            (Some(a), Some(b)) => Ok(order(a, b)),
            _ => Err(thread.type_error(&format!("Can't compare {} and {}", a.ty().full_name(), b.ty().full_name()))),
        }
    }

    /// Whether two strings are equal.
    fn PyUnicode_Equal(thread; a: Raw, b: Raw) -> c_int = truth {
        let (a, b) = (crate::api::present(thread, a)?, crate::api::present(thread, b)?);
        let wrong = |which: &str, object: &Object| thread.type_error(&format!("{which} argument must be str, not {}", type_text(thread, object)));
        let a = a.cast::<Str>().ok_or_else(|| wrong("first", a))?;
        let b = b.cast::<Str>().ok_or_else(|| wrong("second", b))?;
        Ok(a.same_as(b))
    }

    /// Whether two strings are equal.
    fn _PyUnicode_Equal(a: Raw, b: Raw) -> c_int { (*(a as *const Str)).same_as(&*(b as *const Str)) as c_int }

    /// The order of a string and a C string of Latin-1.
    fn PyUnicode_CompareWithASCIIString(text: Raw, other: *const c_char) -> c_int {
        let other = CStr::from_ptr(other).to_bytes();
        (*(text as *const Str)).chars().cmp(other.iter().map(|&byte| byte as u32)) as c_int
    }

    /// Whether a string is equal to a C string of ASCII.
    fn _PyUnicode_EqualToASCIIString(text: Raw, other: *const c_char) -> c_int {
        matches!((*(text as *const Str)).as_chars(), Chars::Ascii(own) if own == CStr::from_ptr(other).to_bytes()) as c_int
    }

    /// Whether a string is equal to a C string of UTF-8.
    fn PyUnicode_EqualToUTF8(text: Raw, other: *const c_char) -> c_int {
        equals_utf8(&*(text as *const Str), CStr::from_ptr(other).to_bytes()) as c_int
    }

    /// Whether a string is equal to UTF-8.
    fn PyUnicode_EqualToUTF8AndSize(text: Raw, other: *const c_char, size: isize) -> c_int {
        equals_utf8(&*(text as *const Str), bytes_at(other, size.max(0) as usize)) as c_int
    }

    /// Compare; `NotImplemented` for what are not two strings.
    fn PyUnicode_RichCompare(thread; a: Raw, b: Raw, op: c_int) -> Raw = give {
        let (a, b) = (crate::api::present(thread, a)?, crate::api::present(thread, b)?);
        let (Some(a), Some(b)) = (a.cast::<Str>(), b.cast::<Str>()) else { return Ok(pyrox_objects::not_implemented()) };
        if !(0..=5).contains(&op) {
            return Err(thread.type_error("bad argument type for built-in operation"));
        }
        Ok(pyrox_objects::bool_obj(CompareOp::from_raw(op).holds(a.compare(b))))
    }

    /// The code points, and a NUL if asked for, in memory of the caller.
    fn PyUnicode_AsUCS4(thread; text: Raw, to: *mut u32, size: isize, with_nul: c_int) -> *mut u32 = ucs4 {
        if to.is_null() || size < 0 {
            return Err(bad_call(thread));
        }
        let text = argument(thread, text)?;
        if (size as usize) < text.len() + (with_nul != 0) as usize {
            if with_nul != 0 && size > 0 {
                *to = 0;
            }
            return Err(thread.system_error("string is longer than the buffer"));
        }
        text.chars().enumerate().for_each(|(at, c)| *to.add(at) = c);
        if with_nul != 0 {
            *to.add(text.len()) = 0;
        }
        Ok(to)
    }

    /// The code points and a NUL, in memory for `PyMem_Free`.
    fn PyUnicode_AsUCS4Copy(thread; text: Raw) -> *mut u32 = ucs4 { copy_points(thread, argument(thread, text)?) }

    /// A string of `wchar_t`; a size of -1 means up to the NUL.
    fn PyUnicode_FromWideChar(thread; text: *const u32, count: isize) -> Raw = string {
        if text.is_null() {
            return if count == 0 { Ok(Str::empty()) } else { Err(bad_call(thread)) };
        }
        let count = match count {
            -1 => wide_length(text),
            _ => usize::try_from(count).map_err(|_| bad_call(thread))?,
        };
        let points = std::slice::from_raw_parts(text, count);
        if let Some(bad) = points.iter().find(|&&c| c > 0x10ffff) {
            return Err(thread.value_error(&format!("character U+{bad:x} is not in range [U+0000; U+10ffff]")));
        }
        Str::from_code_points(thread, points)
    }

    /// Copy characters into an array of `wchar_t`, with a NUL if there is room; without an array, the room needed.
    fn PyUnicode_AsWideChar(thread; text: Raw, to: *mut u32, size: isize) -> isize = length {
        if text.is_null() {
            return Err(bad_call(thread));
        }
        let text = argument(thread, text)?;
        if to.is_null() {
            return Ok(text.len() as isize + 1);
        }
        let count = text.len().min(size.max(0) as usize);
        text.as_chars().slice(0, count).iter().enumerate().for_each(|(at, c)| *to.add(at) = c);
        if size > text.len() as isize {
            *to.add(count) = 0;
        }
        Ok(count as isize)
    }

    /// The text as `wchar_t` with a NUL, in memory for `PyMem_Free`.
    fn PyUnicode_AsWideCharString(thread; text: Raw, size: *mut isize) -> *mut u32 = ucs4 {
        if text.is_null() {
            return Err(bad_call(thread));
        }
        let text = argument(thread, text)?;
        if size.is_null() {
            if text.chars().any(|c| c == 0) {
                return Err(thread.value_error("embedded null character"));
            }
        } else {
            *size = text.len() as isize;
        }
        copy_points(thread, text)
    }
}

/// A static name, as `_Py_Identifier` begins.
#[repr(C)]
pub struct Identifier {
    string: *const c_char,
    index: isize,
}

fn copy(thread: &Thread, text: &Str) -> PyResult<Owned<Str>> {
    Str::from_chars(thread, text.as_chars())
}

pub(crate) unsafe fn wide_length(text: *const u32) -> usize {
    let mut count = 0;
    // SAFETY: the caller's text ends in a NUL.
    unsafe {
        while *text.add(count) != 0 {
            count += 1;
        }
    }
    count
}

/// The code points and a NUL in fresh memory.
unsafe fn copy_points(thread: &Thread, text: &Str) -> PyResult<*mut u32> {
    let Some(size) = (text.len() + 1).checked_mul(4) else { return Err(thread.no_memory()) };
    // SAFETY: memory of that size.
    unsafe {
        let memory = abi::allocate(size) as *mut u32;
        if memory.is_null() {
            return Err(thread.no_memory());
        }
        text.chars().enumerate().for_each(|(at, c)| *memory.add(at) = c);
        *memory.add(text.len()) = 0;
        Ok(memory)
    }
}
