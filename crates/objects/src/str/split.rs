//! `split`, `rsplit`, `splitlines`, `partition`, `join` and `replace`.

use pyrox_unicode::ctype;

use super::Str;
use super::search;
use crate::object::{Obj, Object, Own, Owned};
use crate::{List, PyResult, Thread, Tuple};

/// `maxsplit` as a count: negative is no limit.
pub fn limit(count: isize) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

impl Str {
    fn part(&self, thread: &Thread, start: usize, end: usize) -> PyResult<Obj> {
        Ok(self.substring(thread, start, end)?.upcast())
    }

    pub fn split_at(&self, thread: &Thread, separator: &Str, limit: usize) -> PyResult<Vec<Obj>> {
        let mut parts = Vec::new();
        let mut start = 0;
        for at in search::positions(self.as_chars(), separator.as_chars(), limit) {
            parts.push(self.part(thread, start, at)?);
            start = at + separator.len();
        }
        parts.push(self.part(thread, start, self.len())?);
        Ok(parts)
    }

    pub fn rsplit_at(&self, thread: &Thread, separator: &Str, limit: usize) -> PyResult<Vec<Obj>> {
        let mut parts = Vec::new();
        let chars = self.as_chars();
        let mut end = self.len();
        while parts.len() < limit {
            let Some(at) = search::rfind(chars.slice(0, end), separator.as_chars()) else { break };
            parts.push(self.part(thread, at + separator.len(), end)?);
            end = at;
        }
        parts.push(self.part(thread, 0, end)?);
        parts.reverse();
        Ok(parts)
    }

    pub fn split_space(&self, thread: &Thread, limit: usize) -> PyResult<Vec<Obj>> {
        let chars = self.as_chars();
        let (mut parts, mut at, length) = (Vec::new(), 0, self.len());
        loop {
            while at < length && ctype::is_space(chars.at(at)) {
                at += 1;
            }
            if at == length {
                return Ok(parts);
            }
            let start = at;
            if parts.len() >= limit {
                parts.push(self.part(thread, start, length)?);
                return Ok(parts);
            }
            while at < length && !ctype::is_space(chars.at(at)) {
                at += 1;
            }
            parts.push(self.part(thread, start, at)?);
        }
    }

    pub fn rsplit_space(&self, thread: &Thread, limit: usize) -> PyResult<Vec<Obj>> {
        let chars = self.as_chars();
        let (mut parts, mut end) = (Vec::new(), self.len());
        loop {
            while end > 0 && ctype::is_space(chars.at(end - 1)) {
                end -= 1;
            }
            if end == 0 {
                break;
            }
            if parts.len() >= limit {
                parts.push(self.part(thread, 0, end)?);
                break;
            }
            let stop = end;
            while end > 0 && !ctype::is_space(chars.at(end - 1)) {
                end -= 1;
            }
            parts.push(self.part(thread, end, stop)?);
        }
        parts.reverse();
        Ok(parts)
    }

    pub fn lines(&self, thread: &Thread, keep_ends: bool) -> PyResult<Vec<Obj>> {
        let chars = self.as_chars();
        let (mut parts, mut start, length) = (Vec::new(), 0, self.len());
        let mut at = 0;
        while at < length {
            let c = chars.at(at);
            if !ctype::is_linebreak(c) {
                at += 1;
                continue;
            }
            let end = at;
            at += if c == '\r' as u32 && at + 1 < length && chars.at(at + 1) == '\n' as u32 { 2 } else { 1 };
            parts.push(self.part(thread, start, if keep_ends { at } else { end })?);
            start = at;
        }
        if start < length {
            parts.push(self.part(thread, start, length)?);
        }
        Ok(parts)
    }

    pub fn partition_at(&self, thread: &Thread, separator: &Object, last: bool) -> PyResult<Owned<Tuple>> {
        let Some(separator) = separator.cast::<Str>() else {
            return Err(thread.type_error(&format!("must be str, not {}", separator.ty().full_name())));
        };
        if separator.len() == 0 {
            return Err(thread.value_error("empty separator"));
        }
        let whole = || self.substring(thread, 0, self.len()).map(Owned::upcast);
        let find = if last { search::rfind } else { search::find };
        let parts = match find(self.as_chars(), separator.as_chars()) {
            Some(at) => vec![self.part(thread, 0, at)?, (**separator).own(), self.part(thread, at + separator.len(), self.len())?],
            None if last => vec![Str::empty().upcast(), Str::empty().upcast(), whole()?],
            None => vec![whole()?, Str::empty().upcast(), Str::empty().upcast()],
        };
        Tuple::from_vec(thread, parts)
    }

    /// `self.join(items)`.
    pub fn join_items(&self, thread: &Thread, iterable: &Object) -> PyResult<Owned<Str>> {
        let iterates = iterable.ty().raw().tp_iter.get().is_some() || iterable.is_sequence();
        if !iterates {
            return Err(thread.type_error("can only join an iterable"));
        }
        let items = iterable.to_items(thread)?;
        self.join(thread, &items)
    }

    /// The strings with this one between them.
    pub fn join(&self, thread: &Thread, items: &[Obj]) -> PyResult<Owned<Str>> {
        if let [only] = items {
            if let Some(text) = only.exact::<Str>() {
                return Ok(text.own_typed());
            }
        }
        let (mut total, mut bits) = (0usize, if items.len() > 1 { self.max_char() } else { 0x7f });
        for (at, item) in items.iter().enumerate() {
            let Some(text) = item.cast::<Str>() else {
                return Err(thread.type_error(&format!("sequence item {at}: expected str instance, {} found", item.ty().full_name())));
            };
            let more = text.len() + if at > 0 { self.len() } else { 0 };
            total = match total.checked_add(more).filter(|&n| n <= isize::MAX as usize) {
                Some(total) => total,
                None => return Err(thread.overflow_error("join() result is too long for a Python string")),
            };
            bits |= text.max_char();
        }
        if total == 0 {
            return Ok(Str::empty());
        }
        let result = Str::uninit(thread, total, bits)?;
        let separator = self.as_chars();
        let mut at = 0;
        for (n, item) in items.iter().enumerate() {
            if n > 0 && separator.len() > 0 {
                result.write(at, separator);
                at += separator.len();
            }
            if let Some(text) = item.cast::<Str>() {
                result.write(at, text.as_chars());
                at += text.len();
            }
        }
        result.shared_if_small(thread)
    }

    /// One-character results in Latin-1 are the shared ones.
    pub(super) fn shared_if_small(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        if self.len() == 1 && self.at(0) < 256 {
            return Ok(Str::from_char(thread, self.at(0)));
        }
        Ok(self.own_typed())
    }

    /// `self.replace(old, new, count)`.
    pub fn replace_all(&self, thread: &Thread, old: &Str, new: &Str, limit: usize) -> PyResult<Owned<Str>> {
        let unchanged = || self.substring(thread, 0, self.len());
        if limit == 0 || old.len() > self.len() {
            return unchanged();
        }
        let chars = self.as_chars();
        let positions: Vec<usize> =
            if old.len() == 0 { (0..=self.len()).take(limit).collect() } else { search::positions(chars, old.as_chars(), limit) };
        if positions.is_empty() || old.same_as(new) {
            return unchanged();
        }
        // Matches do not overlap, so what they take is within the text.
        let kept = self.len() - old.len() * positions.len();
        let Some(total) = positions.len().checked_mul(new.len()).and_then(|n| n.checked_add(kept)).filter(|&n| n <= isize::MAX as usize)
        else {
            return Err(thread.overflow_error("replace string is too long"));
        };
        if total == 0 {
            return Ok(Str::empty());
        }
        let result = Str::uninit(thread, total, self.max_char().max(new.max_char()))?;
        let (mut from, mut to) = (0, 0);
        for at in positions {
            result.write(to, chars.slice(from, at));
            to += at - from;
            result.write(to, new.as_chars());
            to += new.len();
            from = at + old.len();
        }
        result.write(to, chars.slice(from, self.len()));
        result.narrowed(thread)
    }

    /// The same text in its narrowest form.
    pub(super) fn narrowed(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        if self.max_char() > 0x7f && self.as_chars().max_char() < self.max_char() {
            return Str::from_chars(thread, self.as_chars());
        }
        self.shared_if_small(thread)
    }
}

/// A list of parts.
pub fn list(thread: &Thread, parts: PyResult<Vec<Obj>>) -> PyResult<Owned<List>> {
    List::from_vec(thread, parts?)
}
