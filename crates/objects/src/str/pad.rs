//! Padding and stripping: `center`, `ljust`, `rjust`, `zfill`, `expandtabs`, `strip`.

use pyrox_unicode::ctype;

use super::Str;
use crate::object::{Object, Owned};
use crate::{PyResult, Thread};

impl Str {
    /// The text between `left` and `right` fill characters.
    pub(super) fn padded(&self, thread: &Thread, left: usize, right: usize, fill: u32) -> PyResult<Owned<Str>> {
        if left == 0 && right == 0 {
            return self.substring(thread, 0, self.len());
        }
        let length = self.len().saturating_add(left).saturating_add(right);
        if length > isize::MAX as usize {
            return Err(thread.overflow_error("padded string is too long"));
        }
        let result = Str::uninit(thread, length, self.max_char().max(fill))?;
        result.fill_run(0, left, fill);
        result.write(left, self.as_chars());
        result.fill_run(left + self.len(), right, fill);
        Ok(result)
    }

    /// `count` times the same character, from `at` on, in a fresh string.
    fn fill_run(&self, at: usize, count: usize, c: u32) {
        debug_assert!(at + count <= self.len());
        let data = self.data();
        // SAFETY: the string is fresh, long enough and wide enough.
        unsafe {
            match self.kind() {
                1 => std::slice::from_raw_parts_mut(data.add(at), count).fill(c as u8),
                2 => std::slice::from_raw_parts_mut((data as *mut u16).add(at), count).fill(c as u16),
                _ => std::slice::from_raw_parts_mut((data as *mut u32).add(at), count).fill(c),
            }
        }
    }

    pub(super) fn zero_filled(&self, thread: &Thread, width: isize) -> PyResult<Owned<Str>> {
        let padding = usize::try_from(width).unwrap_or(0).saturating_sub(self.len());
        if padding == 0 {
            return self.substring(thread, 0, self.len());
        }
        let length = self.len() + padding;
        let result = Str::uninit(thread, length, self.max_char())?;
        let chars = self.as_chars();
        // A sign stays in front.
        let signed = chars.iter().next().is_some_and(|c| c == '+' as u32 || c == '-' as u32) as usize;
        result.write(0, chars.slice(0, signed));
        result.fill_run(signed, padding, '0' as u32);
        result.write(signed + padding, chars.slice(signed, chars.len()));
        result.shared_if_small(thread)
    }

    pub(super) fn tabs_expanded(&self, thread: &Thread, tab_size: i32) -> PyResult<Owned<Str>> {
        let chars = self.as_chars();
        let tab_size = usize::try_from(tab_size).unwrap_or(0);
        let steps = |mut each: Box<dyn FnMut(u32, usize) + '_>| {
            let mut column = 0usize;
            for c in chars.iter() {
                if c == '\t' as u32 {
                    let count = if tab_size > 0 { tab_size - column % tab_size } else { 0 };
                    column = column.wrapping_add(count);
                    each(' ' as u32, count);
                } else {
                    column = if c == '\n' as u32 || c == '\r' as u32 { 0 } else { column.wrapping_add(1) };
                    each(c, 1);
                }
            }
        };
        if !chars.iter().any(|c| c == '\t' as u32) {
            return self.substring(thread, 0, self.len());
        }
        let mut total = 0usize;
        steps(Box::new(|_, count| total = total.saturating_add(count)));
        if total > isize::MAX as usize {
            return Err(thread.overflow_error("new string is too long"));
        }
        if total == 0 {
            return Ok(Str::empty());
        }
        let result = Str::uninit(thread, total, self.max_char())?;
        let mut at = 0;
        steps(Box::new(|c, count| {
            result.fill_run(at, count, c);
            at += count;
        }));
        result.shared_if_small(thread)
    }

    /// `strip` and its two halves; `name` is for the message.
    pub(super) fn stripped(
        &self,
        thread: &Thread,
        chars: Option<&Object>,
        (left, right): (bool, bool),
        name: &str,
    ) -> PyResult<Owned<Str>> {
        let text = self.as_chars();
        let set = match chars {
            Some(object) if !object.is_none() => match object.cast::<Str>() {
                Some(set) => Some(set.as_chars()),
                None => return Err(thread.type_error(&format!("{name} arg must be None or str"))),
            },
            _ => None,
        };
        let goes = |c: u32| match set {
            Some(set) => set.iter().any(|other| other == c),
            None => ctype::is_space(c),
        };
        let (mut start, mut end) = (0, self.len());
        if left {
            while start < end && goes(text.at(start)) {
                start += 1;
            }
        }
        if right {
            while end > start && goes(text.at(end - 1)) {
                end -= 1;
            }
        }
        self.substring(thread, start, end)
    }
}

/// The fill character of `center` and its like.
pub(super) fn fill_character(thread: &Thread, fill: Option<&Object>) -> PyResult<u32> {
    let Some(fill) = fill else { return Ok(' ' as u32) };
    match fill.cast::<Str>() {
        None => Err(thread.type_error(&format!("The fill character must be a unicode character, not {}", fill.ty().full_name()))),
        Some(text) if text.len() != 1 => Err(thread.type_error("The fill character must be exactly one character long")),
        Some(text) => Ok(text.at(0)),
    }
}
