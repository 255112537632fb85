//! Searching in strings: substrings, prefixes, line ends; no allocation per match.
//!
//! Strings are kept in their narrowest form, so a needle of a wider kind than the haystack cannot occur
//! in it, and a narrower one is widened once. The search itself runs over bytes; with characters of two
//! or four bytes, matches that begin inside a character are passed over.

use std::borrow::Cow;

use memchr::memmem;

use super::Chars;
use crate::object::Object;
use crate::{PyResult, Thread};

/// `start` and `end` of `find` and its like, as given: `None` counts as left out.
pub fn limits(thread: &Thread, start: Option<&Object>, end: Option<&Object>) -> PyResult<(isize, isize)> {
    let index = |object: Option<&Object>, default: isize| match object {
        None => Ok(default),
        Some(object) if object.is_none() => Ok(default),
        Some(object) if object.has_index() => object.as_isize_clipped(thread),
        Some(_) => Err(thread.type_error("slice indices must be integers or None or have an __index__ method")),
    };
    Ok((index(start, 0)?, index(end, isize::MAX)?))
}

/// Limits applied to a length; `None` if nothing, not even an empty text, lies between them.
pub fn clip((start, end): (isize, isize), length: usize) -> Option<(usize, usize)> {
    let length = length as isize;
    let from_end = |at: isize| if at < 0 { at.saturating_add(length).max(0) } else { at };
    let (start, end) = (from_end(start), from_end(end.min(length)));
    (start <= end).then_some((start as usize, end as usize))
}

fn view<T>(items: &[T]) -> &[u8] {
    // SAFETY: plain integers without padding.
    unsafe { std::slice::from_raw_parts(items.as_ptr() as *const u8, size_of_val(items)) }
}

impl<'a> Chars<'a> {
    /// The characters' bytes.
    pub fn as_bytes(self) -> &'a [u8] {
        match self {
            Chars::Ascii(s) | Chars::Latin1(s) => s,
            Chars::Ucs2(s) => view(s),
            Chars::Ucs4(s) => view(s),
        }
    }

    /// Bytes for each character.
    pub fn width(&self) -> usize {
        match self {
            Chars::Ascii(_) | Chars::Latin1(_) => 1,
            Chars::Ucs2(_) => 2,
            Chars::Ucs4(_) => 4,
        }
    }

    /// Equal text.
    pub fn equals(self, other: Chars<'_>) -> bool {
        if self.width() == other.width() {
            return self.as_bytes() == other.as_bytes();
        }
        self.len() == other.len() && self.iter().eq(other.iter())
    }

    pub fn starts_with(self, prefix: Chars<'_>) -> bool {
        prefix.len() <= self.len() && self.slice(0, prefix.len()).equals(prefix)
    }

    pub fn ends_with(self, suffix: Chars<'_>) -> bool {
        suffix.len() <= self.len() && self.slice(self.len() - suffix.len(), self.len()).equals(suffix)
    }
}

/// What is looked for, in the haystack's width.
pub struct Needle<'a> {
    bytes: Cow<'a, [u8]>,
    width: usize,
}

impl<'a> Needle<'a> {
    /// `None` if the needle has characters that the haystack's kind cannot hold.
    pub fn new(needle: Chars<'a>, haystack: &Chars<'_>) -> Option<Needle<'a>> {
        let width = haystack.width();
        let bytes = if needle.width() == width {
            Cow::Borrowed(needle.as_bytes())
        } else if needle.width() > width {
            return None;
        } else if width == 2 {
            Cow::Owned(needle.iter().flat_map(|c| (c as u16).to_ne_bytes()).collect())
        } else {
            Cow::Owned(needle.iter().flat_map(u32::to_ne_bytes).collect())
        };
        Some(Needle { bytes, width })
    }

    fn len(&self) -> usize {
        self.bytes.len() / self.width
    }

    /// Where the needle, which is not empty, occurs: first positions without overlap.
    pub fn each<'h>(&'h self, haystack: Chars<'h>) -> impl Iterator<Item = usize> + 'h {
        let finder = memmem::Finder::new(&*self.bytes);
        let bytes = haystack.as_bytes();
        let (width, length) = (self.width, self.bytes.len());
        let mut at = 0;
        std::iter::from_fn(move || {
            loop {
                let found = at + finder.find(bytes.get(at..)?)?;
                if found % width == 0 {
                    at = found + length;
                    return Some(found / width);
                }
                at = found + 1;
            }
        })
    }
}

/// The first position of `needle`.
pub fn find(haystack: Chars<'_>, needle: Chars<'_>) -> Option<usize> {
    if needle.len() == 0 {
        return Some(0);
    }
    if needle.len() > haystack.len() {
        return None;
    }
    let needle = Needle::new(needle, &haystack)?;
    if needle.width == 1 {
        return memmem::find(haystack.as_bytes(), &needle.bytes);
    }
    needle.each(haystack).next()
}

/// The last position of `needle`.
pub fn rfind(haystack: Chars<'_>, needle: Chars<'_>) -> Option<usize> {
    if needle.len() == 0 {
        return Some(haystack.len());
    }
    if needle.len() > haystack.len() {
        return None;
    }
    let needle = Needle::new(needle, &haystack)?;
    let finder = memmem::FinderRev::new(&*needle.bytes);
    let bytes = haystack.as_bytes();
    let mut end = bytes.len();
    loop {
        let found = finder.rfind(bytes.get(..end)?)?;
        if found % needle.width == 0 {
            return Some(found / needle.width);
        }
        // One byte less is left out of the next match's end.
        end = found + needle.bytes.len() - 1;
    }
}

/// How often `needle` occurs without overlap.
pub fn count(haystack: Chars<'_>, needle: Chars<'_>) -> usize {
    if needle.len() == 0 {
        return haystack.len() + 1;
    }
    match Needle::new(needle, &haystack) {
        Some(needle) if needle.len() == 1 && needle.width == 1 => {
            memchr::memchr_iter(needle.bytes.first().copied().unwrap_or(0), haystack.as_bytes()).count()
        }
        Some(needle) => needle.each(haystack).count(),
        None => 0,
    }
}

/// The first positions of at most `limit` occurrences, none overlapping.
pub fn positions(haystack: Chars<'_>, needle: Chars<'_>, limit: usize) -> Vec<usize> {
    match Needle::new(needle, &haystack) {
        Some(needle) => needle.each(haystack).take(limit).collect(),
        None => Vec::new(),
    }
}
