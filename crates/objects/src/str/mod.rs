//! `str`: CPython's compact representations (ASCII, 1, 2 or 4 bytes a character), interning.
//!
//! `methods.rs` is the Python type; the files beside it hold what its methods lean on. All strings are compact except instances of subclasses, whose characters lie elsewhere.

mod case;
pub mod format_method;
mod intern;
mod methods;
mod pad;
pub mod percent;
pub mod repr;
pub mod search;
pub mod split;
mod translate;

use std::borrow::Cow;

use pyrox_abi as abi;
use pyrox_abi::{PyASCIIObject, PyCompactUnicodeObject, PyObject, PyUnicodeObject};

pub use intern::{StaticName, hash_secret, set_hash_secret};

use crate::object::{Own, Owned, PyType};
use crate::{PyResult, Thread, Type};

type Raw = *mut PyObject;

/// A string.
#[repr(transparent)]
pub struct Str(PyASCIIObject);

const KIND_SHIFT: u32 = 2;
const COMPACT: u32 = 1 << 5;
const ASCII: u32 = 1 << 6;
const INTERNED_MASK: u32 = 3;

/// A string's characters. Borrows end before anything that takes the thread token on the owner.
#[derive(Clone, Copy)]
pub enum Chars<'a> {
    /// All below 128.
    Ascii(&'a [u8]),
    Latin1(&'a [u8]),
    Ucs2(&'a [u16]),
    Ucs4(&'a [u32]),
}

impl<'a> Chars<'a> {
    pub fn len(&self) -> usize {
        match self {
            Chars::Ascii(s) | Chars::Latin1(s) => s.len(),
            Chars::Ucs2(s) => s.len(),
            Chars::Ucs4(s) => s.len(),
        }
    }

    #[inline(always)]
    pub fn at(&self, index: usize) -> u32 {
        match self {
            Chars::Ascii(s) | Chars::Latin1(s) => s[index] as u32,
            Chars::Ucs2(s) => s[index] as u32,
            Chars::Ucs4(s) => s[index],
        }
    }

    pub fn slice(&self, start: usize, end: usize) -> Chars<'a> {
        match self {
            Chars::Ascii(s) => Chars::Ascii(&s[start..end]),
            Chars::Latin1(s) => Chars::Latin1(&s[start..end]),
            Chars::Ucs2(s) => Chars::Ucs2(&s[start..end]),
            Chars::Ucs4(s) => Chars::Ucs4(&s[start..end]),
        }
    }

    pub fn iter(self) -> CharIter<'a> {
        CharIter { chars: self, position: 0, end: self.len() }
    }

    /// The highest character's class: 0x7f, 0xff, 0xffff or 0x10ffff.
    pub fn max_char(&self) -> u32 {
        match self {
            Chars::Ascii(_) => 0x7f,
            Chars::Latin1(s) => {
                if s.is_ascii() {
                    0x7f
                } else {
                    0xff
                }
            }
            Chars::Ucs2(s) => class_of(s.iter().fold(0, |a, &c| a | c) as u32),
            Chars::Ucs4(s) => class_of(s.iter().fold(0, |a, &c| a | c)),
        }
    }
}

fn class_of(bits: u32) -> u32 {
    match bits {
        0..0x80 => 0x7f,
        0x80..0x100 => 0xff,
        0x100..0x10000 => 0xffff,
        _ => 0x10ffff,
    }
}

/// Code points of a string.
#[derive(Clone)]
pub struct CharIter<'a> {
    chars: Chars<'a>,
    position: usize,
    end: usize,
}

impl Iterator for CharIter<'_> {
    type Item = u32;
    #[inline]
    fn next(&mut self) -> Option<u32> {
        if self.position >= self.end {
            return None;
        }
        self.position += 1;
        Some(self.chars.at(self.position - 1))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.end - self.position, Some(self.end - self.position))
    }
}

impl DoubleEndedIterator for CharIter<'_> {
    fn next_back(&mut self) -> Option<u32> {
        if self.position >= self.end {
            return None;
        }
        self.end -= 1;
        Some(self.chars.at(self.end))
    }
}

impl ExactSizeIterator for CharIter<'_> {}

/// Whether two objects that are exact strings hold the same text; `hash` is that of `b`.
#[inline(always)]
pub fn same_text(a: Raw, b: Raw, hash: isize) -> bool {
    // SAFETY: exact strings, by the caller's table.
    unsafe {
        let (a, b) = (&*(a as *const Str), &*(b as *const Str));
        a.0.hash.get() == hash && a.same_as(b)
    }
}

impl Str {
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.0.length.get() as usize
    }

    #[inline(always)]
    fn state(&self) -> u32 {
        self.0.state.get()
    }

    #[inline(always)]
    pub fn kind(&self) -> u32 {
        (self.state() >> KIND_SHIFT) & 7
    }

    #[inline(always)]
    pub fn is_ascii(&self) -> bool {
        self.state() & ASCII != 0
    }

    pub fn is_interned(&self) -> bool {
        self.state() & INTERNED_MASK != 0
    }

    /// Where the characters begin.
    #[inline(always)]
    pub fn data(&self) -> *mut u8 {
        let this = self as *const Str as *mut u8;
        // SAFETY: the state says where they are.
        unsafe {
            if self.state() & COMPACT != 0 {
                if self.is_ascii() { this.add(size_of::<PyASCIIObject>()) } else { this.add(size_of::<PyCompactUnicodeObject>()) }
            } else {
                (*(this as *const PyUnicodeObject)).data.get() as *mut u8
            }
        }
    }

    /// The characters, borrowed from the string (which never changes).
    #[inline(always)]
    pub fn as_chars(&self) -> Chars<'_> {
        // SAFETY: the state says how wide they are; strings that others can see do not change.
        unsafe {
            match self.kind() {
                1 if self.is_ascii() => Chars::Ascii(std::slice::from_raw_parts(self.data(), self.len())),
                1 => Chars::Latin1(std::slice::from_raw_parts(self.data(), self.len())),
                2 => Chars::Ucs2(std::slice::from_raw_parts(self.data() as *const u16, self.len())),
                _ => Chars::Ucs4(std::slice::from_raw_parts(self.data() as *const u32, self.len())),
            }
        }
    }

    /// The code points.
    pub fn chars(&self) -> CharIter<'_> {
        self.as_chars().iter()
    }

    /// The code point at `index`, which is within the string.
    #[inline(always)]
    pub fn at(&self, index: usize) -> u32 {
        self.as_chars().at(index)
    }

    /// The text, if it is all ASCII.
    #[inline(always)]
    pub fn ascii_text(&self) -> Option<&str> {
        match self.as_chars() {
            // SAFETY: ASCII is UTF-8.
            Chars::Ascii(bytes) => Some(unsafe { std::str::from_utf8_unchecked(bytes) }),
            _ => None,
        }
    }

    /// The text as Rust has it, lone surrogates replaced by U+FFFD.
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        match self.ascii_text() {
            Some(text) => Cow::Borrowed(text),
            None => Cow::Owned(self.chars().map(|c| char::from_u32(c).unwrap_or('\u{fffd}')).collect()),
        }
    }

    /// The text as Rust has it; `UnicodeEncodeError` for lone surrogates.
    pub fn to_rust(&self, thread: &Thread) -> PyResult<String> {
        if let Some(text) = self.ascii_text() {
            return Ok(text.to_string());
        }
        let mut out = String::with_capacity(self.len() * 2);
        for (at, c) in self.chars().enumerate() {
            match char::from_u32(c) {
                Some(c) => out.push(c),
                None => {
                    return Err(crate::exceptions::unicode_encode_error(thread, "utf-8", self, at, at + 1, "surrogates not allowed"));
                }
            }
        }
        Ok(out)
    }

    /// The text in UTF-8, surrogates encoded like other characters.
    pub fn to_wtf8(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.len());
        for c in self.chars() {
            push_wtf8(&mut out, c);
        }
        out
    }

    /// A new string with room for `length` characters up to `max_char`, to be filled by the caller.
    pub fn uninit(thread: &Thread, length: usize, max_char: u32) -> PyResult<Owned<Str>> {
        let (kind, ascii, head) = match max_char {
            0..0x80 => (1, true, size_of::<PyASCIIObject>()),
            0x80..0x100 => (1, false, size_of::<PyCompactUnicodeObject>()),
            0x100..0x10000 => (2, false, size_of::<PyCompactUnicodeObject>()),
            _ => (4, false, size_of::<PyCompactUnicodeObject>()),
        };
        let Some(size) = (length + 1).checked_mul(kind).and_then(|n| n.checked_add(head)) else {
            return Err(thread.no_memory());
        };
        let memory = abi::allocate(size);
        if memory.is_null() {
            return Err(thread.no_memory());
        }
        // SAFETY: fresh memory of that size.
        unsafe {
            let object = &*(memory as *const PyCompactUnicodeObject);
            object._base.ob_base.ob_refcnt_full.set(1);
            object._base.ob_base.ob_type.set(Str::TYPE);
            object._base.length.set(length as isize);
            object._base.hash.set(-1);
            object._base.state.set((kind as u32) << KIND_SHIFT | COMPACT | if ascii { ASCII } else { 0 });
            if !ascii {
                object.utf8.set(std::ptr::null_mut());
                object.utf8_length.set(0);
            }
            std::ptr::write_bytes(memory.add(head + length * kind), 0, kind);
            Ok(Owned::from_raw(memory as Raw))
        }
    }

    /// The shared empty string.
    pub fn empty() -> Owned<Str> {
        crate::intern!("").own_typed()
    }

    pub fn from_ascii(thread: &Thread, text: &[u8]) -> PyResult<Owned<Str>> {
        debug_assert!(text.is_ascii());
        match text {
            [] => return Ok(Str::empty()),
            [byte] => return Ok(Str::from_char(thread, *byte as u32)),
            _ => {}
        }
        let result = Str::uninit(thread, text.len(), 0x7f)?;
        // SAFETY: fresh and of that length.
        unsafe { std::ptr::copy_nonoverlapping(text.as_ptr(), result.data(), text.len()) };
        Ok(result)
    }

    pub fn from_latin1(thread: &Thread, text: &[u8]) -> PyResult<Owned<Str>> {
        if text.is_ascii() {
            return Str::from_ascii(thread, text);
        }
        if let [byte] = text {
            return Ok(Str::from_char(thread, *byte as u32));
        }
        let result = Str::uninit(thread, text.len(), 0xff)?;
        // SAFETY: as above.
        unsafe { std::ptr::copy_nonoverlapping(text.as_ptr(), result.data(), text.len()) };
        Ok(result)
    }

    pub fn from_str(thread: &Thread, text: &str) -> PyResult<Owned<Str>> {
        if text.is_ascii() {
            return Str::from_ascii(thread, text.as_bytes());
        }
        let (mut count, mut bits) = (0, 0);
        for c in text.chars() {
            count += 1;
            bits |= c as u32;
        }
        let result = Str::uninit(thread, count, class_of(bits))?;
        result.fill(text.chars().map(|c| c as u32));
        Ok(result)
    }

    /// From UTF-8 in which surrogates are encoded like other characters.
    pub fn from_wtf8(thread: &Thread, bytes: &[u8]) -> PyResult<Owned<Str>> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Str::from_str(thread, text),
            Err(_) => Str::from_code_points(thread, &decode_wtf8(bytes)),
        }
    }

    pub fn from_code_points(thread: &Thread, points: &[u32]) -> PyResult<Owned<Str>> {
        Str::from_chars(thread, Chars::Ucs4(points))
    }

    /// A string of these characters, in the narrowest representation.
    pub fn from_chars(thread: &Thread, chars: Chars<'_>) -> PyResult<Owned<Str>> {
        match chars {
            Chars::Ascii(s) => Str::from_ascii(thread, s),
            Chars::Latin1(s) => Str::from_latin1(thread, s),
            _ => {
                if chars.len() == 0 {
                    return Ok(Str::empty());
                }
                if chars.len() == 1 && chars.at(0) < 256 {
                    return Ok(Str::from_char(thread, chars.at(0)));
                }
                let result = Str::uninit(thread, chars.len(), chars.max_char())?;
                result.write(0, chars);
                Ok(result)
            }
        }
    }

    /// A string of one code point.
    pub fn from_char(thread: &Thread, c: u32) -> Owned<Str> {
        if c < 256 {
            return intern::latin1_char(thread, c as u8);
        }
        match Str::uninit(thread, 1, class_of(c)) {
            Ok(result) => {
                result.fill(std::iter::once(c));
                result
            }
            Err(_) => Str::empty(),
        }
    }

    /// Write code points into a fresh string.
    pub fn fill(&self, points: impl Iterator<Item = u32>) {
        let data = self.data();
        // SAFETY: the string is fresh and as long as the iterator.
        unsafe {
            match self.kind() {
                1 => points.enumerate().for_each(|(at, c)| *data.add(at) = c as u8),
                2 => points.enumerate().for_each(|(at, c)| *(data as *mut u16).add(at) = c as u16),
                _ => points.enumerate().for_each(|(at, c)| *(data as *mut u32).add(at) = c),
            }
        }
    }

    /// Copy characters into a fresh string that is wide enough, from `at` on.
    pub fn write(&self, at: usize, chars: Chars<'_>) {
        debug_assert!(at + chars.len() <= self.len());
        let data = self.data();
        // SAFETY: the string is fresh, long enough and wide enough.
        unsafe {
            match (self.kind(), chars) {
                (1, Chars::Ascii(s) | Chars::Latin1(s)) => std::ptr::copy_nonoverlapping(s.as_ptr(), data.add(at), s.len()),
                (2, Chars::Ucs2(s)) => std::ptr::copy_nonoverlapping(s.as_ptr(), (data as *mut u16).add(at), s.len()),
                (4, Chars::Ucs4(s)) => std::ptr::copy_nonoverlapping(s.as_ptr(), (data as *mut u32).add(at), s.len()),
                (1, other) => other.iter().enumerate().for_each(|(i, c)| *data.add(at + i) = c as u8),
                (2, other) => other.iter().enumerate().for_each(|(i, c)| *(data as *mut u16).add(at + i) = c as u16),
                (_, other) => other.iter().enumerate().for_each(|(i, c)| *(data as *mut u32).add(at + i) = c),
            }
        }
    }

    /// The characters from `start` to `end`.
    pub fn substring(&self, thread: &Thread, start: usize, end: usize) -> PyResult<Owned<Str>> {
        if start == 0 && end >= self.len() && self.is_exact::<Str>() {
            return Ok(self.own_typed());
        }
        Str::from_chars(thread, self.as_chars().slice(start, end.max(start)))
    }

    pub fn concat(&self, thread: &Thread, other: &Str) -> PyResult<Owned<Str>> {
        if self.len() == 0 && other.is_exact::<Str>() {
            return Ok(other.own_typed());
        }
        if other.len() == 0 && self.is_exact::<Str>() {
            return Ok(self.own_typed());
        }
        let Some(length) = self.len().checked_add(other.len()).filter(|&n| n <= isize::MAX as usize) else {
            return Err(thread.overflow_error("strings are too large to concat"));
        };
        let max = self.max_char().max(other.max_char());
        let result = Str::uninit(thread, length, max)?;
        result.write(0, self.as_chars());
        result.write(self.len(), other.as_chars());
        Ok(result)
    }

    /// The class of the widest character that the representation holds.
    pub fn max_char(&self) -> u32 {
        match self.kind() {
            1 if self.is_ascii() => 0x7f,
            1 => 0xff,
            2 => 0xffff,
            _ => 0x10ffff,
        }
    }

    /// Equal text.
    #[inline]
    pub fn same_as(&self, other: &Str) -> bool {
        if self.len() != other.len() || self.kind() != other.kind() {
            return false;
        }
        // SAFETY: both have that many bytes.
        unsafe {
            let size = self.len() * self.kind() as usize;
            std::slice::from_raw_parts(self.data(), size) == std::slice::from_raw_parts(other.data(), size)
        }
    }

    /// Whether the text is `text`.
    pub fn equals_str(&self, text: &str) -> bool {
        match self.ascii_text() {
            Some(own) => own == text,
            None => self.chars().eq(text.chars().map(|c| c as u32)),
        }
    }

    /// The hash, computed at the first call.
    #[inline(always)]
    pub fn hash_value(&self) -> isize {
        match self.0.hash.get() {
            -1 => self.compute_hash(),
            hash => hash,
        }
    }

    #[cold]
    fn compute_hash(&self) -> isize {
        // SAFETY: the characters' bytes.
        let bytes = unsafe { std::slice::from_raw_parts(self.data(), self.len() * self.kind() as usize) };
        let hash = hash_secret().hash(bytes) as isize;
        self.0.hash.set(hash);
        hash
    }

    /// `str.isidentifier`.
    pub fn is_identifier(&self) -> bool {
        let mut chars = self.chars();
        match chars.next() {
            None => false,
            Some(first) => {
                (first == '_' as u32 || pyrox_unicode::ctype::is_xid_start(first)) && chars.all(pyrox_unicode::ctype::is_xid_continue)
            }
        }
    }

    /// The one object for this text.
    pub fn intern(thread: &Thread, text: &Str) -> Owned<Str> {
        intern::intern(thread, text)
    }

    pub fn intern_str(thread: &Thread, text: &str) -> PyResult<Owned<Str>> {
        intern::intern_str(thread, text)
    }

    pub fn raw(&self) -> &PyASCIIObject {
        &self.0
    }

    /// An instance of a subclass with this text.
    pub fn subclass_instance(&self, thread: &Thread, class: &Type) -> PyResult<crate::Obj> {
        let object = class.allocate(thread, 0)?;
        let kind = self.kind() as usize;
        let size = (self.len() + 1) * kind;
        let memory = abi::allocate(size);
        if memory.is_null() {
            return Err(thread.no_memory());
        }
        // SAFETY: a fresh instance with the layout of str; the memory holds the characters and a NUL.
        unsafe {
            std::ptr::copy_nonoverlapping(self.data(), memory, size);
            let raw = &*(object.as_ptr() as *const PyUnicodeObject);
            let base = &raw._base._base;
            base.length.set(self.len() as isize);
            base.hash.set(self.0.hash.get());
            base.state.set((kind as u32) << KIND_SHIFT | if self.is_ascii() { ASCII } else { 0 });
            raw.data.set(memory as *mut _);
            if self.is_ascii() {
                raw._base.utf8.set(memory as *mut _);
                raw._base.utf8_length.set(self.len() as isize);
            }
        }
        Ok(object)
    }
}

/// Append a code point in UTF-8 (surrogates too).
pub fn push_wtf8(out: &mut Vec<u8>, c: u32) {
    match c {
        0..0x80 => out.push(c as u8),
        0x80..0x800 => out.extend([0xc0 | (c >> 6) as u8, 0x80 | (c & 0x3f) as u8]),
        0x800..0x10000 => out.extend([0xe0 | (c >> 12) as u8, 0x80 | (c >> 6 & 0x3f) as u8, 0x80 | (c & 0x3f) as u8]),
        _ => out.extend([0xf0 | (c >> 18) as u8, 0x80 | (c >> 12 & 0x3f) as u8, 0x80 | (c >> 6 & 0x3f) as u8, 0x80 | (c & 0x3f) as u8]),
    }
}

/// Code points of well-formed UTF-8 that may hold surrogates.
pub fn decode_wtf8(bytes: &[u8]) -> Vec<u32> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    let tail = |at: usize| bytes.get(at).map_or(0, |b| (b & 0x3f) as u32);
    while let Some(&byte) = bytes.get(at) {
        let (c, width) = match byte {
            0..0x80 => (byte as u32, 1),
            0x80..0xe0 => ((byte as u32 & 0x1f) << 6 | tail(at + 1), 2),
            0xe0..0xf0 => ((byte as u32 & 0xf) << 12 | tail(at + 1) << 6 | tail(at + 2), 3),
            _ => ((byte as u32 & 7) << 18 | tail(at + 1) << 12 | tail(at + 2) << 6 | tail(at + 3), 4),
        };
        out.push(c);
        at += width;
    }
    out
}

/// What a dying string holds besides its own memory.
///
/// # Safety
/// A destructor contract.
unsafe fn dealloc(object: Raw) {
    // SAFETY: by contract.
    unsafe {
        let text = &*(object as *const Str);
        if text.is_interned() {
            intern::forget(text);
        }
        let state = text.state();
        if state & COMPACT == 0 {
            let raw = &*(object as *const PyUnicodeObject);
            let utf8 = raw._base.utf8.get() as *mut u8;
            let data = raw.data.get() as *mut u8;
            if !utf8.is_null() && utf8 != data {
                abi::free(utf8);
            }
            abi::free(data);
        } else if state & ASCII == 0 {
            abi::free((*(object as *const PyCompactUnicodeObject)).utf8.get() as *mut u8);
        }
        crate::dealloc::free_instance(object, (*object).ob_type.get());
    }
}

impl std::fmt::Display for Str {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_string_lossy())
    }
}
