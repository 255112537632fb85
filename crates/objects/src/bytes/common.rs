//! What the methods of `bytes` and `bytearray` do, once for both.

use crate::buffer::Buffer;
use crate::object::{Obj, Object, Owned};
use crate::slice::Range;
use crate::str::{Chars, percent, search};
use crate::{Bytes, Int, List, PyResult, Str, Thread, Tuple};

use super::storage::{ByteArray, ByteString};

/// A byte out of an int.
pub fn byte(thread: &Thread, object: &Object) -> PyResult<u8> {
    byte_with(thread, object, "byte must be in range(0, 256)")
}

fn byte_with(thread: &Thread, object: &Object, message: &str) -> PyResult<u8> {
    let number: Owned<Int> = object.index(thread)?;
    number.to_i64().and_then(|n| u8::try_from(n).ok()).ok_or_else(|| thread.value_error(message))
}

/// What is searched for: a single byte or a bytes-like object.
pub enum Sub {
    Byte([u8; 1]),
    Bytes(Buffer),
}

impl Sub {
    pub fn of(thread: &Thread, object: &Object) -> PyResult<Sub> {
        if object.has_index() {
            return Ok(Sub::Byte([byte(thread, object)?]));
        }
        if !crate::buffer::is_buffer(object) {
            return Err(thread.type_error(&format!("argument should be integer or bytes-like object, not '{}'", object.ty().full_name())));
        }
        Ok(Sub::Bytes(Buffer::simple(thread, object)?))
    }

    pub fn chars(&self) -> Chars<'_> {
        match self {
            Sub::Byte(byte) => Chars::Latin1(byte),
            Sub::Bytes(buffer) => Chars::Latin1(buffer.as_slice()),
        }
    }
}

/// `find`, `rfind`, `index` and `rindex`.
pub fn find<T: ByteString>(
    this: &T,
    thread: &Thread,
    sub: &Object,
    start: Option<&Object>,
    end: Option<&Object>,
    last: bool,
) -> PyResult<Option<usize>> {
    let sub = Sub::of(thread, sub)?;
    let limits = search::limits(thread, start, end)?;
    let view = this.view();
    let Some((start, end)) = search::clip(limits, view.len()) else { return Ok(None) };
    let window = Chars::Latin1(&view[start..end]);
    let found = if last { search::rfind(window, sub.chars()) } else { search::find(window, sub.chars()) };
    Ok(found.map(|at| at + start))
}

pub fn count<T: ByteString>(this: &T, thread: &Thread, sub: &Object, start: Option<&Object>, end: Option<&Object>) -> PyResult<usize> {
    let sub = Sub::of(thread, sub)?;
    let limits = search::limits(thread, start, end)?;
    let view = this.view();
    let Some((start, end)) = search::clip(limits, view.len()) else { return Ok(0) };
    Ok(search::count(Chars::Latin1(&view[start..end]), sub.chars()))
}

pub fn contains<T: ByteString>(this: &T, thread: &Thread, value: &Object) -> PyResult<bool> {
    if value.has_index() {
        let wanted = byte(thread, value)?;
        return Ok(memchr::memchr(wanted, &this.view()).is_some());
    }
    let sub = Buffer::simple(thread, value)?;
    Ok(search::find(Chars::Latin1(&this.view()), Chars::Latin1(sub.as_slice())).is_some())
}

/// `startswith` and `endswith`.
pub fn affix<T: ByteString>(
    this: &T,
    thread: &Thread,
    affix: &Object,
    start: Option<&Object>,
    end: Option<&Object>,
    at_end: bool,
) -> PyResult<bool> {
    let limits = search::limits(thread, start, end)?;
    let check = |affix: &Object| {
        let affix = Buffer::simple(thread, affix)?;
        let view = this.view();
        let window = search::clip(limits, view.len()).and_then(|(start, end)| view.get(start..end));
        Ok(window.is_some_and(|w| if at_end { w.ends_with(affix.as_slice()) } else { w.starts_with(affix.as_slice()) }))
    };
    if let Some(tuple) = affix.cast::<Tuple>() {
        for item in tuple.items() {
            if check(item)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    if !crate::buffer::is_buffer(affix) {
        let name = if at_end { "endswith" } else { "startswith" };
        return Err(thread.type_error(&format!("{name} first arg must be bytes or a tuple of bytes, not {}", affix.ty().full_name())));
    }
    check(affix)
}

pub fn replace<T: ByteString>(this: &T, thread: &Thread, old: &Object, new: &Object, count: isize) -> PyResult<Obj> {
    let (old, new) = (Buffer::simple(thread, old)?, Buffer::simple(thread, new)?);
    let (old, new) = (old.as_slice(), new.as_slice());
    let limit = usize::try_from(count).unwrap_or(usize::MAX);
    let view = this.view();
    let positions: Vec<usize> = if limit == 0 || old.len() > view.len() {
        Vec::new()
    } else if old.is_empty() {
        (0..=view.len()).take(limit).collect()
    } else {
        search::positions(Chars::Latin1(&view), Chars::Latin1(old), limit)
    };
    if positions.is_empty() {
        return this.same(thread);
    }
    let total = positions.len().checked_mul(new.len()).and_then(|n| n.checked_add(view.len() - positions.len() * old.len()));
    let mut out = Vec::new();
    match total {
        Some(total) => out.try_reserve_exact(total).map_err(|_| thread.no_memory())?,
        None => return Err(thread.overflow_error("replace bytes is too long")),
    }
    let mut from = 0;
    for at in positions {
        out.extend_from_slice(&view[from..at]);
        out.extend_from_slice(new);
        from = at + old.len();
    }
    out.extend_from_slice(&view[from..]);
    T::make(thread, &out)
}

/// ASCII white space, the vertical tab with it.
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | 9..=13)
}

/// `split` and `rsplit`.
pub fn split<T: ByteString>(this: &T, thread: &Thread, sep: Option<&Object>, limit: isize, from_end: bool) -> PyResult<Owned<List>> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let separator = match sep {
        Some(sep) if !sep.is_none() => Some(Buffer::simple(thread, sep)?),
        _ => None,
    };
    if separator.as_ref().is_some_and(|s| s.is_empty()) {
        return Err(thread.value_error("empty separator"));
    }
    let view = this.view();
    let mut ranges = Vec::new();
    match (separator, from_end) {
        (Some(separator), false) => {
            let mut start = 0;
            for at in search::positions(Chars::Latin1(&view), Chars::Latin1(separator.as_slice()), limit) {
                ranges.push((start, at));
                start = at + separator.len();
            }
            ranges.push((start, view.len()));
        }
        (Some(separator), true) => {
            let mut end = view.len();
            while ranges.len() < limit {
                let Some(at) = search::rfind(Chars::Latin1(&view[..end]), Chars::Latin1(separator.as_slice())) else { break };
                ranges.push((at + separator.len(), end));
                end = at;
            }
            ranges.push((0, end));
            ranges.reverse();
        }
        (None, false) => {
            let (mut at, length) = (0, view.len());
            loop {
                while at < length && is_space(view[at]) {
                    at += 1;
                }
                if at == length {
                    break;
                }
                let start = at;
                if ranges.len() >= limit {
                    ranges.push((start, length));
                    break;
                }
                while at < length && !is_space(view[at]) {
                    at += 1;
                }
                ranges.push((start, at));
            }
        }
        (None, true) => {
            let mut end = view.len();
            loop {
                while end > 0 && is_space(view[end - 1]) {
                    end -= 1;
                }
                if end == 0 {
                    break;
                }
                let stop = end;
                if ranges.len() >= limit {
                    ranges.push((0, stop));
                    break;
                }
                while end > 0 && !is_space(view[end - 1]) {
                    end -= 1;
                }
                ranges.push((end, stop));
            }
            ranges.reverse();
        }
    }
    let parts = ranges.into_iter().map(|(start, end)| T::make(thread, &view[start..end])).collect::<PyResult<Vec<Obj>>>()?;
    drop(view);
    List::from_vec(thread, parts)
}

pub fn lines<T: ByteString>(this: &T, thread: &Thread, keep_ends: bool) -> PyResult<Owned<List>> {
    let view = this.view();
    let (mut parts, mut start) = (Vec::new(), 0);
    while start < view.len() {
        let end = memchr::memchr2(b'\n', b'\r', &view[start..]).map_or(view.len(), |n| start + n);
        let next = match view.get(end..) {
            Some([b'\r', b'\n', ..]) => end + 2,
            Some([_, ..]) => end + 1,
            _ => end,
        };
        parts.push(T::make(thread, &view[start..if keep_ends { next } else { end }])?);
        start = next;
    }
    drop(view);
    List::from_vec(thread, parts)
}

pub fn partition<T: ByteString>(this: &T, thread: &Thread, sep: &Object, last: bool) -> PyResult<Owned<Tuple>> {
    let separator = Buffer::simple(thread, sep)?;
    if separator.is_empty() {
        return Err(thread.value_error("empty separator"));
    }
    let view = this.view();
    let (whole, wanted) = (Chars::Latin1(&view), Chars::Latin1(separator.as_slice()));
    let found = if last { search::rfind(whole, wanted) } else { search::find(whole, wanted) };
    let parts = match found {
        Some(at) => vec![
            T::make(thread, &view[..at])?,
            if sep.is_exact::<T>() && T::NAME == "bytes" { sep.own() } else { T::make(thread, separator.as_slice())? },
            T::make(thread, &view[at + separator.len()..])?,
        ],
        None => {
            let mut parts = vec![this.same(thread)?, T::make(thread, b"")?, T::make(thread, b"")?];
            if last {
                parts.rotate_left(1);
            }
            parts
        }
    };
    drop(view);
    Tuple::from_vec(thread, parts)
}

pub fn join<T: ByteString>(this: &T, thread: &Thread, iterable: &Object) -> PyResult<Obj> {
    if iterable.ty().raw().tp_iter.get().is_none() && !iterable.is_sequence() {
        return Err(thread.type_error("can only join an iterable"));
    }
    let items = iterable.to_items(thread)?;
    if let [only] = items.as_slice() {
        if T::NAME == "bytes" && only.is_exact::<Bytes>() {
            return Ok(only.clone());
        }
    }
    let mut buffers = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        if !crate::buffer::is_buffer(item) {
            return Err(thread.type_error(&format!("sequence item {at}: expected a bytes-like object, {} found", item.ty().full_name())));
        }
        buffers.push(Buffer::simple(thread, item)?);
    }
    let view = this.view();
    let mut total = 0usize;
    for (at, buffer) in buffers.iter().enumerate() {
        let more = buffer.len() + if at > 0 { view.len() } else { 0 };
        total = match total.checked_add(more).filter(|&n| n <= isize::MAX as usize) {
            Some(total) => total,
            None => return Err(thread.overflow_error("join() result is too long")),
        };
    }
    let mut out = Vec::new();
    out.try_reserve_exact(total).map_err(|_| thread.no_memory())?;
    for (at, buffer) in buffers.iter().enumerate() {
        if at > 0 {
            out.extend_from_slice(&view);
        }
        out.extend_from_slice(buffer.as_slice());
    }
    T::make(thread, &out)
}

/// The fill byte of `center` and its like.
pub fn fill(thread: &Thread, fill: Option<&Object>, name: &str) -> PyResult<u8> {
    let Some(fill) = fill else { return Ok(b' ') };
    let given = match (fill.cast::<Bytes>(), fill.cast::<ByteArray>()) {
        (Some(bytes), _) => bytes.as_slice(),
        (_, Some(array)) => array.as_slice(),
        _ => {
            return Err(thread.type_error(&format!("{name}() argument 2 must be a byte string of length 1, not {}", fill.ty().full_name())));
        }
    };
    match given {
        [byte] => Ok(*byte),
        _ => Err(thread.type_error(&format!(
            "{name}(): argument 2 must be a byte string of length 1, not a {} object of length {}",
            if fill.is_instance::<Bytes>() { "bytes" } else { "bytearray" },
            given.len()
        ))),
    }
}

pub fn pad<T: ByteString>(this: &T, thread: &Thread, left: usize, right: usize, fill: u8) -> PyResult<Obj> {
    if left == 0 && right == 0 {
        return this.same(thread);
    }
    let view = this.view();
    let mut out = Vec::new();
    let total = view.len().saturating_add(left).saturating_add(right);
    out.try_reserve_exact(total).map_err(|_| thread.no_memory())?;
    out.resize(left, fill);
    out.extend_from_slice(&view);
    out.resize(total, fill);
    T::make(thread, &out)
}

pub fn zfill<T: ByteString>(this: &T, thread: &Thread, width: isize) -> PyResult<Obj> {
    let view = this.view();
    let padding = usize::try_from(width).unwrap_or(0).saturating_sub(view.len());
    if padding == 0 {
        return this.same(thread);
    }
    let mut out = Vec::new();
    out.try_reserve_exact(view.len() + padding).map_err(|_| thread.no_memory())?;
    let signed = matches!(view.first(), Some(b'+' | b'-')) as usize;
    out.extend_from_slice(&view[..signed]);
    out.resize(signed + padding, b'0');
    out.extend_from_slice(&view[signed..]);
    T::make(thread, &out)
}

pub fn expand_tabs<T: ByteString>(this: &T, thread: &Thread, tab_size: i32) -> PyResult<Obj> {
    let tab_size = usize::try_from(tab_size).unwrap_or(0);
    let view = this.view();
    let (mut out, mut column) = (Vec::new(), 0usize);
    for &byte in view.iter() {
        if byte == b'\t' {
            let count = if tab_size > 0 { tab_size - column % tab_size } else { 0 };
            out.try_reserve(count).map_err(|_| thread.no_memory())?;
            out.resize(out.len() + count, b' ');
            column = column.wrapping_add(count);
        } else {
            column = if matches!(byte, b'\n' | b'\r') { 0 } else { column.wrapping_add(1) };
            out.push(byte);
        }
    }
    T::make(thread, &out)
}

pub fn strip<T: ByteString>(this: &T, thread: &Thread, set: Option<&Object>, left: bool, right: bool) -> PyResult<Obj> {
    let set = match set {
        Some(set) if !set.is_none() => Some(Buffer::simple(thread, set)?),
        _ => None,
    };
    let goes = |byte: u8| match &set {
        Some(set) => set.as_slice().contains(&byte),
        None => is_space(byte),
    };
    let view = this.view();
    let (mut start, mut end) = (0, view.len());
    while left && start < end && goes(view[start]) {
        start += 1;
    }
    while right && end > start && goes(view[end - 1]) {
        end -= 1;
    }
    if start == 0 && end == view.len() {
        return this.same(thread);
    }
    T::make(thread, &view[start..end])
}

pub fn remove_affix<T: ByteString>(this: &T, thread: &Thread, affix: &Object, at_end: bool) -> PyResult<Obj> {
    let affix = Buffer::simple(thread, affix)?;
    let view = this.view();
    let rest = if at_end { view.strip_suffix(affix.as_slice()) } else { view.strip_prefix(affix.as_slice()) };
    match rest {
        Some(rest) if !affix.is_empty() => T::make(thread, rest),
        _ => this.same(thread),
    }
}

pub fn translate<T: ByteString>(this: &T, thread: &Thread, table: &Object, delete: Option<&Object>) -> PyResult<Obj> {
    let table = if table.is_none() { None } else { Some(Buffer::simple(thread, table)?) };
    if table.as_ref().is_some_and(|t| t.len() != 256) {
        return Err(thread.value_error("translation table must be 256 characters long"));
    }
    let mut gone = [false; 256];
    if let Some(delete) = delete {
        for &byte in Buffer::simple(thread, delete)?.as_slice() {
            gone[byte as usize] = true;
        }
    }
    let table = table.as_ref().map(Buffer::as_slice);
    let view = this.view();
    let changed = |byte: u8| table.and_then(|t| t.get(byte as usize).copied()).unwrap_or(byte);
    let out: Vec<u8> = view.iter().filter(|&&b| !gone[b as usize]).map(|&b| changed(b)).collect();
    if out == *view {
        return this.same(thread);
    }
    T::make(thread, &out)
}

pub fn make_table(thread: &Thread, from: &Object, to: &Object) -> PyResult<Owned<Bytes>> {
    let (from, to) = (Buffer::simple(thread, from)?, Buffer::simple(thread, to)?);
    if from.len() != to.len() {
        return Err(thread.value_error("maketrans arguments must have same length"));
    }
    let mut table: [u8; 256] = std::array::from_fn(|n| n as u8);
    for (&from, &to) in from.as_slice().iter().zip(to.as_slice()) {
        table[from as usize] = to;
    }
    Bytes::from_slice(thread, &table)
}

pub fn map<T: ByteString>(this: &T, thread: &Thread, change: impl Fn(usize, u8, &[u8]) -> u8) -> PyResult<Obj> {
    let view = this.view();
    let out: Vec<u8> = view.iter().enumerate().map(|(at, &byte)| change(at, byte, &view)).collect();
    T::make(thread, &out)
}

/// Not empty, and all bytes pass.
pub fn all<T: ByteString>(this: &T, test: impl Fn(&u8) -> bool) -> bool {
    let view = this.view();
    !view.is_empty() && view.iter().all(test)
}

pub fn is_title(bytes: &[u8]) -> bool {
    let (mut cased, mut previous) = (false, false);
    for byte in bytes {
        if byte.is_ascii_uppercase() {
            if previous {
                return false;
            }
            (cased, previous) = (true, true);
        } else if byte.is_ascii_lowercase() {
            if !previous {
                return false;
            }
            (cased, previous) = (true, true);
        } else {
            previous = false;
        }
    }
    cased
}

pub fn repeat<T: ByteString>(this: &T, thread: &Thread, count: isize) -> PyResult<Obj> {
    let count = usize::try_from(count).unwrap_or(0);
    if count == 1 {
        return this.same(thread);
    }
    let view = this.view();
    match view.len().checked_mul(count).filter(|&n| n <= isize::MAX as usize) {
        None => Err(if T::NAME == "bytes" { thread.overflow_error("repeated bytes are too long") } else { thread.no_memory() }),
        Some(0) => T::make(thread, b""),
        Some(total) => {
            let mut out = Vec::new();
            out.try_reserve_exact(total).map_err(|_| thread.no_memory())?;
            if let [byte] = &*view {
                out.resize(total, *byte);
            } else {
                (0..count).for_each(|_| out.extend_from_slice(&view));
            }
            T::make(thread, &out)
        }
    }
}

pub fn concat<T: ByteString>(this: &T, thread: &Thread, other: &Object) -> PyResult<Obj> {
    if !crate::buffer::is_buffer(other) {
        return Err(thread.type_error(&format!("can't concat {} to {}", other.ty().full_name(), T::NAME)));
    }
    let other = Buffer::simple(thread, other)?;
    let view = this.view();
    if other.is_empty() && T::NAME == "bytes" {
        return this.same(thread);
    }
    let mut out = Vec::new();
    out.try_reserve_exact(view.len().saturating_add(other.len())).map_err(|_| thread.no_memory())?;
    out.extend_from_slice(&view);
    out.extend_from_slice(other.as_slice());
    T::make(thread, &out)
}

/// An item or a slice.
pub fn subscript<T: ByteString>(this: &T, thread: &Thread, key: &Object) -> PyResult<Obj> {
    let short = if T::NAME == "bytes" { "byte" } else { "bytearray" };
    if key.has_index() {
        let index = key.as_subscript(thread)?;
        let view = this.view();
        let at = if index < 0 { index.saturating_add(view.len() as isize) } else { index };
        return match usize::try_from(at).ok().and_then(|at| view.get(at)) {
            Some(&byte) => Ok(Int::from(byte as i64).upcast()),
            None if T::NAME == "bytes" => Err(thread.index_error("index out of range")),
            None => Err(thread.index_error("bytearray index out of range")),
        };
    }
    // Indices can run code that changes the length: it is asked for afterwards.
    let Some(slice) = key.exact::<crate::Slice>() else {
        return Err(thread.type_error(&format!("{short} indices must be integers or slices, not {}", key.ty().full_name())));
    };
    let indices: Range = slice.unpack(thread)?;
    let view = this.view();
    let range = indices.adjust(view.len());
    if range.step == 1 {
        let start = range.start.max(0) as usize;
        if range.length == view.len() {
            return this.same(thread);
        }
        return T::make(thread, view.get(start..start + range.length).unwrap_or(&[]));
    }
    let out: Vec<u8> = range.indices().filter_map(|at| view.get(at).copied()).collect();
    T::make(thread, &out)
}

/// `b'...'` with escapes. `always_escape` names a quote that is escaped in any case.
pub fn quoted(bytes: &[u8], always_escape: bool) -> Vec<u8> {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { b'"' } else { b'\'' };
    let mut out = vec![b'b', quote];
    for &byte in bytes {
        match byte {
            _ if byte == quote || byte == b'\\' || (always_escape && byte == b'\'') => out.extend([b'\\', byte]),
            b'\t' => out.extend(b"\\t"),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            0x20..0x7f => out.push(byte),
            _ => crate::str::repr::push_escape(&mut out, byte as u32),
        }
    }
    out.push(quote);
    out
}

/// `hex(sep, bytes_per_sep)`.
pub fn hex(thread: &Thread, bytes: &[u8], sep: Option<&Object>, group: i32) -> PyResult<Owned<Str>> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let separator = match sep {
        None => None,
        Some(sep) => {
            if sep.len(thread)? != 1 {
                return Err(thread.value_error("sep must be length 1."));
            }
            let c = match (sep.cast::<Str>(), sep.cast::<Bytes>()) {
                (Some(text), _) => text.at(0),
                (_, Some(bytes)) => bytes.as_slice()[0] as u32,
                _ => return Err(thread.type_error("sep must be str or bytes.")),
            };
            match u8::try_from(c) {
                Ok(c) if c.is_ascii() => Some(c),
                _ => return Err(thread.value_error("sep must be ASCII.")),
            }
        }
    };
    let size = group.unsigned_abs() as usize;
    let mut out = Vec::new();
    out.try_reserve_exact(bytes.len().saturating_mul(3)).map_err(|_| thread.no_memory())?;
    for (at, &byte) in bytes.iter().enumerate() {
        if let Some(separator) = separator.filter(|_| size > 0 && at > 0) {
            // Positive sizes count from the right.
            let place = if group > 0 { bytes.len() - at } else { at };
            if place % size == 0 {
                out.push(separator);
            }
        }
        out.extend([DIGITS[byte as usize >> 4], DIGITS[byte as usize & 15]]);
    }
    Str::from_ascii(thread, &out)
}

/// `fromhex`.
pub fn from_hex(thread: &Thread, object: &Object) -> PyResult<Vec<u8>> {
    let text: Vec<u32> = if let Some(text) = object.cast::<Str>() {
        text.chars().collect()
    } else if crate::buffer::is_buffer(object) {
        Buffer::simple(thread, object)?.as_slice().iter().map(|&b| b as u32).collect()
    } else {
        return Err(thread.type_error(&format!("fromhex() argument must be str or bytes-like, not {}", object.ty().full_name())));
    };
    let digit = |at: usize| text.get(at).map(|&c| char::from_u32(c).filter(char::is_ascii).and_then(|c| c.to_digit(16)));
    let (mut out, mut at) = (Vec::with_capacity(text.len() / 2), 0);
    while at < text.len() {
        if u8::try_from(text[at]).is_ok_and(is_space) {
            at += 1;
            continue;
        }
        let wrong = |at: usize| thread.value_error(&format!("non-hexadecimal number found in fromhex() arg at position {at}"));
        let high = digit(at).flatten().ok_or_else(|| wrong(at))?;
        let low = match digit(at + 1) {
            None => return Err(thread.value_error("fromhex() arg must contain an even number of hexadecimal digits")),
            Some(low) => low.ok_or_else(|| wrong(at + 1))?,
        };
        out.push((high << 4 | low) as u8);
        at += 2;
    }
    Ok(out)
}

/// The bytes of a buffer, or of an iterable of ints.
pub fn collect(thread: &Thread, object: &Object, target: &str, range_message: &str) -> PyResult<Vec<u8>> {
    if crate::buffer::is_buffer(object) {
        let buffer = Buffer::get(thread, object, pyrox_abi::PyBUF_FULL_RO)?;
        return crate::memoryview::gather(thread, buffer.view(), false);
    }
    let iterates = object.ty().raw().tp_iter.get().is_some() || object.is_sequence();
    if object.is_instance::<Str>() || !iterates {
        return Err(thread.type_error(&format!("cannot convert '{}' object to {target}", object.ty().full_name())));
    }
    let mut out = Vec::new();
    object.for_each(thread, |item| {
        out.push(byte_with(thread, &item, range_message)?);
        Ok(())
    })?;
    Ok(out)
}

/// What both constructors make of their arguments. `kind` names the type.
pub fn construct(thread: &Thread, source: Option<&Object>, encoding: Option<&Str>, errors: Option<&Str>, kind: &str) -> PyResult<Vec<u8>> {
    let text = source.and_then(|s| s.cast::<Str>());
    if encoding.is_some() || errors.is_some() {
        return match text {
            Some(text) if encoding.is_some() => {
                let encoded = crate::codecs::encode_text(thread, text, encoding, errors)?;
                Buffer::simple(thread, &encoded).map(|buffer| buffer.as_slice().to_vec())
            }
            Some(_) => Err(thread.type_error("string argument without an encoding")),
            None if encoding.is_some() => Err(thread.type_error("encoding without a string argument")),
            None => Err(thread.type_error("errors without a string argument")),
        };
    }
    let Some(source) = source else { return Ok(Vec::new()) };
    if text.is_some() {
        return Err(thread.type_error("string argument without an encoding"));
    }
    if source.has_index() {
        match source.as_isize(thread) {
            Ok(count) => {
                let Ok(count) = usize::try_from(count) else { return Err(thread.value_error("negative count")) };
                let mut out = Vec::new();
                out.try_reserve_exact(count).map_err(|_| thread.no_memory())?;
                out.resize(count, 0);
                return Ok(out);
            }
            Err(_) if thread.take_if(crate::exceptions::type_error()) => {}
            Err(raised) => return Err(raised),
        }
    }
    let message = if kind == "bytes" { "bytes must be in range(0, 256)" } else { "byte must be in range(0, 256)" };
    collect(thread, source, kind, message)
}

impl percent::Target for Vec<u8> {
    const KIND: &'static str = "bytes";
    fn push_chars(&mut self, chars: Chars<'_>) {
        match chars {
            Chars::Ascii(s) | Chars::Latin1(s) => self.extend_from_slice(s),
            other => self.extend(other.iter().map(|c| c as u8)),
        }
    }
    fn push_run(&mut self, c: u8, count: usize) -> Result<(), ()> {
        self.try_reserve(count).map_err(drop)?;
        self.resize(self.len() + count, c);
        Ok(())
    }
    fn key(thread: &Thread, key: Chars<'_>) -> PyResult<Obj> {
        Ok(Bytes::from_slice(thread, key.as_bytes())?.upcast())
    }
    fn is_mapping(args: &Object) -> bool {
        percent::has_subscript(args)
            && !args.is_instance::<Tuple>()
            && !args.is_instance::<Str>()
            && !args.is_instance::<Bytes>()
            && !args.is_instance::<ByteArray>()
    }
    fn text(thread: &Thread, conversion: u32, value: &Object) -> PyResult<Option<percent::Converted>> {
        use percent::Converted;
        match char::from_u32(conversion) {
            Some('r' | 'a') => Ok(Some(Converted::Text(value.ascii(thread)?))),
            Some('s' | 'b') => {
                if let Some(bytes) = value.exact::<Bytes>() {
                    return Ok(Some(Converted::Bytes(bytes.as_slice().to_vec())));
                }
                if let Some(result) = value.call_special(thread, crate::intern!("__bytes__"), &[])? {
                    return match result.cast::<Bytes>() {
                        Some(bytes) => Ok(Some(Converted::Bytes(bytes.as_slice().to_vec()))),
                        None => Err(thread.type_error(&format!("__bytes__ returned non-bytes (type {})", result.ty().full_name()))),
                    };
                }
                match crate::buffer::contiguous_bytes(thread, value)? {
                    Some(bytes) => Ok(Some(Converted::Bytes(bytes))),
                    None => Err(thread.type_error(&format!(
                        "%b requires a bytes-like object, or an object that implements __bytes__, not '{}'",
                        value.ty().full_name()
                    ))),
                }
            }
            _ => Ok(None),
        }
    }
    fn character(thread: &Thread, value: &Object) -> PyResult<percent::Converted> {
        let given = match (value.cast::<Bytes>(), value.cast::<ByteArray>()) {
            (Some(bytes), _) => Some(("bytes", bytes.as_slice())),
            (_, Some(array)) => Some(("bytearray", array.as_slice())),
            _ => None,
        };
        match given {
            Some((_, [byte])) => return Ok(percent::Converted::Char(*byte as u32)),
            Some((kind, bytes)) => {
                return Err(thread.type_error(&format!(
                    "%c requires an integer in range(256) or a single byte, not a {kind} object of length {}",
                    bytes.len()
                )));
            }
            None => {}
        }
        if !value.has_index() {
            return Err(
                thread.type_error(&format!("%c requires an integer in range(256) or a single byte, not {}", value.ty().full_name()))
            );
        }
        match value.index(thread)?.to_i64() {
            Some(c @ 0..256) => Ok(percent::Converted::Char(c as u32)),
            _ => Err(thread.overflow_error("%c arg not in range(256)")),
        }
    }
    fn float(thread: &Thread, value: &Object) -> PyResult<f64> {
        match value.as_f64(thread) {
            Ok(value) => Ok(value),
            Err(_) if thread.take_if(crate::exceptions::type_error()) => {
                Err(thread.type_error(&format!("float argument required, not {}", value.ty().full_name())))
            }
            Err(raised) => Err(raised),
        }
    }
}

/// `this % args`.
pub fn remainder<T: ByteString>(this: &T, thread: &Thread, args: &Object) -> PyResult<Obj> {
    let format = this.view();
    let mut out = Vec::new();
    percent::format(thread, &mut out, Chars::Latin1(&format), args)?;
    T::make(thread, &out)
}
