//! `str`: searching, splitting, joining and replacing.

use std::ffi::c_int;

use pyrox_objects::str::search::{self, clip};
use pyrox_objects::str::{percent, split};
use pyrox_objects::{Object, Owned, PyResult, Str, Thread};

use crate::api::{length, present};
use crate::support::{Raw, give, truth};
use crate::unicode::{operand, string};

/// The separator, `None` for blanks.
unsafe fn separator<'a>(thread: &Thread, sep: Raw) -> PyResult<Option<&'a Str>> {
    if sep.is_null() {
        return Ok(None);
    }
    // SAFETY: by the API's contract.
    let sep = unsafe { operand(thread, sep) }?;
    if sep.len() == 0 { Err(thread.value_error("empty separator")) } else { Ok(Some(sep)) }
}

fn found(result: PyResult<isize>) -> isize {
    result.unwrap_or(-2)
}

crate::api! {
    /// `a + b`.
    fn PyUnicode_Concat(thread; a: Raw, b: Raw) -> Raw = string {
        let a = operand(thread, a)?;
        let b = present(thread, b)?;
        match b.cast::<Str>() {
            Some(b) => a.concat(thread, b),
            None => Err(thread.type_error(&format!("can only concatenate str (not \"{}\") to str", b.ty().full_name()))),
        }
    }

    /// `text[start:end]` of positions that are not negative.
    fn PyUnicode_Substring(thread; text: Raw, start: isize, end: isize) -> Raw = string {
        let text = operand(thread, text)?;
        if start < 0 || end < 0 {
            return Err(thread.index_error("string index out of range"));
        }
        let end = (end as usize).min(text.len());
        if start as usize >= end {
            return Ok(Str::empty());
        }
        text.substring(thread, start as usize, end)
    }

    /// How often a text occurs.
    fn PyUnicode_Count(thread; text: Raw, sub: Raw, start: isize, end: isize) -> isize = length {
        let (text, sub) = (operand(thread, text)?, operand(thread, sub)?);
        Ok(clip((start, end), text.len()).map_or(0, |(a, b)| search::count(text.as_chars().slice(a, b), sub.as_chars()) as isize))
    }

    /// Where a text occurs, from the end if the direction is negative: -1 if it does not, -2 for an error.
    fn PyUnicode_Find(thread; text: Raw, sub: Raw, start: isize, end: isize, direction: c_int) -> isize = found {
        let (text, sub) = (operand(thread, text)?, operand(thread, sub)?);
        let Some((a, b)) = clip((start, end), text.len()) else { return Ok(-1) };
        let part = text.as_chars().slice(a, b);
        let at = if direction > 0 { search::find(part, sub.as_chars()) } else { search::rfind(part, sub.as_chars()) };
        Ok(at.map_or(-1, |at| (at + a) as isize))
    }

    /// Where a character occurs, from the end if the direction is negative: -1 if it does not, -2 for an error.
    fn PyUnicode_FindChar(thread; text: Raw, c: u32, start: isize, end: isize, direction: c_int) -> isize = found {
        let text = operand(thread, text)?;
        let Some((a, b)) = clip((start, end), text.len()) else { return Ok(-1) };
        let mut chars = text.as_chars().slice(a, b).iter();
        let at = if direction > 0 { chars.position(|other| other == c) } else { chars.rposition(|other| other == c) };
        Ok(at.map_or(-1, |at| (at + a) as isize))
    }

    /// Whether the text begins with another, or ends with it if the direction is positive.
    fn PyUnicode_Tailmatch(thread; text: Raw, affix: Raw, start: isize, end: isize, direction: c_int) -> isize = length {
        let (text, affix) = (operand(thread, text)?, operand(thread, affix)?);
        Ok(clip((start, end), text.len()).is_some_and(|(a, b)| {
            let part = text.as_chars().slice(a, b);
            if direction > 0 { part.ends_with(affix.as_chars()) } else { part.starts_with(affix.as_chars()) }
        }) as isize)
    }

    /// `sub in text`.
    fn PyUnicode_Contains(thread; text: Raw, sub: Raw) -> c_int = truth {
        let sub = present(thread, sub)?;
        let Some(sub) = sub.cast::<Str>() else {
            return Err(thread.type_error(&format!("'in <string>' requires string as left operand, not {}", sub.ty().full_name())));
        };
        Ok(search::find(operand(thread, text)?.as_chars(), sub.as_chars()).is_some())
    }

    /// `text.replace(old, new, count)`.
    fn PyUnicode_Replace(thread; text: Raw, old: Raw, new: Raw, count: isize) -> Raw = string {
        let (text, old, new) = (operand(thread, text)?, operand(thread, old)?, operand(thread, new)?);
        text.replace_all(thread, old, new, split::limit(count))
    }

    /// `text.split(sep, count)`.
    fn PyUnicode_Split(thread; text: Raw, sep: Raw, count: isize) -> Raw = give {
        let (text, sep) = (operand(thread, text)?, separator(thread, sep)?);
        let parts = match sep {
            Some(sep) => text.split_at(thread, sep, split::limit(count)),
            None => text.split_space(thread, split::limit(count)),
        };
        split::list(thread, parts).map(Owned::upcast)
    }

    /// `text.rsplit(sep, count)`.
    fn PyUnicode_RSplit(thread; text: Raw, sep: Raw, count: isize) -> Raw = give {
        let (text, sep) = (operand(thread, text)?, separator(thread, sep)?);
        let parts = match sep {
            Some(sep) => text.rsplit_at(thread, sep, split::limit(count)),
            None => text.rsplit_space(thread, split::limit(count)),
        };
        split::list(thread, parts).map(Owned::upcast)
    }

    /// `text.splitlines(keep_ends)`.
    fn PyUnicode_Splitlines(thread; text: Raw, keep_ends: c_int) -> Raw = give {
        split::list(thread, operand(thread, text)?.lines(thread, keep_ends != 0)).map(Owned::upcast)
    }

    /// `text.partition(sep)`.
    fn PyUnicode_Partition(thread; text: Raw, sep: Raw) -> Raw = give {
        let (text, sep) = (operand(thread, text)?, operand(thread, sep)?);
        text.partition_at(thread, sep, false).map(Owned::upcast)
    }

    /// `text.rpartition(sep)`.
    fn PyUnicode_RPartition(thread; text: Raw, sep: Raw) -> Raw = give {
        let (text, sep) = (operand(thread, text)?, operand(thread, sep)?);
        text.partition_at(thread, sep, true).map(Owned::upcast)
    }

    /// `sep.join(iterable)`; null is a blank.
    fn PyUnicode_Join(thread; sep: Raw, iterable: Raw) -> Raw = string {
        let iterable = present(thread, iterable)?;
        joiner(thread, sep)?.join_items(thread, iterable)
    }

    /// `sep.join(items)` of an array.
    fn _PyUnicode_JoinArray(thread; sep: Raw, items: *const Raw, count: isize) -> Raw = string {
        let items: Vec<_> = (0..count.max(0)).map(|at| Object::from_ptr(*items.offset(at)).own()).collect();
        joiner(thread, sep)?.join(thread, &items)
    }

    /// `format % arguments`.
    fn PyUnicode_Format(thread; format: Raw, arguments: Raw) -> Raw = string {
        let (format, arguments) = (operand(thread, format)?, present(thread, arguments)?);
        percent::format_str(thread, format, arguments)
    }

    /// `text.isidentifier()`.
    fn PyUnicode_IsIdentifier(text: Raw) -> c_int { (*(text as *const Str)).is_identifier() as c_int }

    /// How many characters at the beginning make an identifier.
    fn _PyUnicode_ScanIdentifier(text: Raw) -> isize {
        let text = &*(text as *const Str);
        let mut chars = text.chars();
        match chars.next() {
            Some(first) if first == '_' as u32 || pyrox_unicode::ctype::is_xid_start(first) => {
                1 + chars.take_while(|&c| pyrox_unicode::ctype::is_xid_continue(c)).count() as isize
            }
            _ => 0,
        }
    }
}

unsafe fn joiner<'a>(thread: &Thread, sep: Raw) -> PyResult<&'a Str> {
    // SAFETY: by the API's contract.
    match unsafe { Object::from_ptr_or_null(sep) } {
        None => Ok(pyrox_objects::intern!(" ")),
        Some(sep) => {
            sep.cast::<Str>().ok_or_else(|| thread.type_error(&format!("separator: expected str instance, {} found", sep.ty().full_name())))
        }
    }
}
