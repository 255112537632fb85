//! The type `str`.

use pyrox_abi as abi;
use pyrox_abi::PyObject;
use pyrox_macros::pyclass;
use pyrox_unicode::{case, ctype};

use super::case::by_width;
use super::pad::fill_character;
use super::split::{limit, list};
use super::{Chars, Str, format_method, percent, search, translate};
use crate::native::{Keywords, Rest};
use crate::object::{Obj, Object, Own, Owned, PyType};
use crate::slice::Range;
use crate::{CompareOp, Dict, List, PyResult, Thread, Tuple, Type};

impl Str {
    /// The order of code points.
    pub fn compare(&self, other: &Str) -> std::cmp::Ordering {
        match (self.as_chars(), other.as_chars()) {
            (Chars::Ascii(a) | Chars::Latin1(a), Chars::Ascii(b) | Chars::Latin1(b)) => a.cmp(b),
            (a, b) => a.iter().cmp(b.iter()),
        }
    }

    /// The part of the text that `start` and `end` leave, and where it begins.
    fn window(&self, thread: &Thread, start: Option<&Object>, end: Option<&Object>) -> PyResult<Option<(Chars<'_>, usize)>> {
        let limits = search::limits(thread, start, end)?;
        Ok(search::clip(limits, self.len()).map(|(start, end)| (self.as_chars().slice(start, end), start)))
    }

    fn slice(&self, thread: &Thread, range: &Range) -> PyResult<Owned<Str>> {
        if range.length == 0 {
            return Ok(Str::empty());
        }
        if range.step == 1 {
            let start = range.start as usize;
            return self.substring(thread, start, start + range.length);
        }
        let chars = self.as_chars();
        let points: Vec<u32> = range.indices().map(|at| chars.at(at)).collect();
        Str::from_code_points(thread, &points)
    }

    fn all(&self, test: impl Fn(u32) -> bool) -> bool {
        self.len() > 0 && self.chars().all(test)
    }

    /// `startswith` and `endswith`.
    fn affix(
        &self,
        thread: &Thread,
        affix: &Object,
        start: Option<&Object>,
        end: Option<&Object>,
        name: &str,
        test: for<'a, 'b> fn(Chars<'a>, Chars<'b>) -> bool,
    ) -> PyResult<bool> {
        let window = self.window(thread, start, end)?;
        let check = |affix: &Str| window.is_some_and(|(text, _)| test(text, affix.as_chars()));
        if let Some(tuple) = affix.cast::<Tuple>() {
            for item in tuple.items() {
                let Some(item) = item.cast::<Str>() else {
                    return Err(thread.type_error(&format!("tuple for {name} must only contain str, not {}", item.ty().full_name())));
                };
                if check(item) {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        match affix.cast::<Str>() {
            Some(affix) => Ok(check(affix)),
            None => Err(thread.type_error(&format!("{name} first arg must be str or a tuple of str, not {}", affix.ty().full_name()))),
        }
    }

    /// The separator of `split`; `None` is white space.
    fn separator<'a>(thread: &Thread, separator: Option<&'a Object>) -> PyResult<Option<&'a Str>> {
        match separator {
            None => Ok(None),
            Some(object) if object.is_none() => Ok(None),
            Some(object) => match object.cast::<Str>() {
                Some(text) if text.len() == 0 => Err(thread.value_error("empty separator")),
                Some(text) => Ok(Some(text)),
                None => Err(thread.type_error(&format!("must be str or None, not {}", object.ty().full_name()))),
            },
        }
    }

    fn repeat(&self, thread: &Thread, count: isize) -> PyResult<Owned<Str>> {
        let Some(count) = usize::try_from(count).ok().filter(|&n| n > 0 && self.len() > 0) else {
            return Ok(Str::empty());
        };
        if count == 1 {
            return self.substring(thread, 0, self.len());
        }
        let Some(length) = self.len().checked_mul(count).filter(|&n| n <= isize::MAX as usize) else {
            return Err(thread.overflow_error("repeated string is too long"));
        };
        let result = Str::uninit(thread, length, self.max_char())?;
        let unit = self.as_chars();
        if let (1, Chars::Ascii(bytes) | Chars::Latin1(bytes)) = (self.len(), unit) {
            // SAFETY: fresh, of that many bytes.
            unsafe { std::ptr::write_bytes(result.data(), bytes[0], length) };
            return Ok(result);
        }
        result.write(0, unit);
        let (data, width) = (result.data(), self.kind() as usize);
        let (mut done, total) = (self.len() * width, length * width);
        while done < total {
            let more = done.min(total - done);
            // SAFETY: fresh, of that many bytes; what is copied lies before what is written.
            unsafe { std::ptr::copy_nonoverlapping(data, data.add(done), more) };
            done += more;
        }
        Ok(result)
    }

    fn index_of(&self, thread: &Thread, sub: &Str, start: Option<&Object>, end: Option<&Object>, last: bool) -> PyResult<Option<usize>> {
        let find = if last { search::rfind } else { search::find };
        Ok(self.window(thread, start, end)?.and_then(|(text, offset)| Some(find(text, sub.as_chars())? + offset)))
    }
}

/// str(object='') -> str
/// str(bytes_or_buffer[, encoding[, errors]]) -> str
///
/// A string made of the given object. With encoding or errors, the object must expose a buffer, which
/// is decoded; otherwise the result is that of object.__str__() (if defined) or repr(object).
/// encoding defaults to 'utf-8', errors to 'strict'.
#[pyclass(name = "str", symbol = "PyUnicode_Type", basicsize = 64,
    flags = abi::Py_TPFLAGS_BASETYPE | abi::Py_TPFLAGS_UNICODE_SUBCLASS | abi::_Py_TPFLAGS_MATCH_SELF)]
impl Str {
    #[new(sig = "(object='', encoding='utf-8', errors='strict')", text = "")]
    fn create(cls: &Type, thread: &Thread, object: Option<&Object>, encoding: Option<&Str>, errors: Option<&Str>) -> PyResult<Obj> {
        let text = match object {
            None => Str::empty(),
            Some(object) if encoding.is_none() && errors.is_none() => object.str(thread)?,
            Some(object) => crate::codecs::decode_object(thread, object, encoding, errors)?,
        };
        if std::ptr::eq(cls, Str::ty()) { Ok(text.upcast()) } else { text.subclass_instance(thread, cls) }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: *mut PyObject) {
        // SAFETY: by contract.
        unsafe { super::dealloc(object) }
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        self.quoted(thread)
    }
    #[slot]
    fn tp_str(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        self.substring(thread, 0, self.len())
    }
    #[slot]
    fn tp_hash(&self) -> isize {
        self.hash_value()
    }
    #[slot]
    fn tp_iter(&self, thread: &Thread) -> PyResult<Obj> {
        Ok(crate::iterators::StrIterator::new(thread, self)?.upcast())
    }
    #[slot]
    fn tp_richcompare(&self, other: &Object, op: CompareOp) -> Obj {
        let Some(other) = other.cast::<Str>() else { return crate::not_implemented() };
        crate::bool_obj(match op {
            CompareOp::Eq => self.same_as(other),
            CompareOp::Ne => !self.same_as(other),
            _ => op.holds(self.compare(other)),
        })
    }
    #[slot]
    fn sq_length(&self) -> usize {
        self.len()
    }
    #[slot]
    fn sq_concat(&self, thread: &Thread, other: &Object) -> PyResult<Owned<Str>> {
        match other.cast::<Str>() {
            Some(other) => self.concat(thread, other),
            None => Err(thread.type_error(&format!("can only concatenate str (not \"{}\") to str", other.ty().full_name()))),
        }
    }
    #[slot]
    fn sq_repeat(&self, thread: &Thread, count: isize) -> PyResult<Owned<Str>> {
        self.repeat(thread, count)
    }
    #[slot]
    fn sq_item(&self, thread: &Thread, index: isize) -> PyResult<Owned<Str>> {
        match usize::try_from(index).ok().filter(|&at| at < self.len()) {
            Some(at) => Ok(Str::from_char(thread, self.at(at))),
            None => Err(thread.index_error("string index out of range")),
        }
    }
    #[slot]
    fn sq_contains(&self, thread: &Thread, value: &Object) -> PyResult<bool> {
        match value.cast::<Str>() {
            Some(text) => Ok(search::find(self.as_chars(), text.as_chars()).is_some()),
            None => Err(thread.type_error(&format!("'in <string>' requires string as left operand, not {}", value.ty().full_name()))),
        }
    }
    #[slot]
    fn mp_length(&self) -> usize {
        self.len()
    }
    #[slot]
    fn mp_subscript(&self, thread: &Thread, key: &Object) -> PyResult<Owned<Str>> {
        if key.has_index() {
            let index = key.as_subscript(thread)?;
            return self.sq_item(thread, if index < 0 { index.saturating_add(self.len() as isize) } else { index });
        }
        match Range::of(thread, key, self.len())? {
            Some(range) => self.slice(thread, &range),
            None => Err(thread.type_error(&format!("string indices must be integers, not '{}'", key.ty().full_name()))),
        }
    }
    #[slot]
    fn nb_remainder(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        match a.cast::<Str>() {
            Some(text) => Ok(percent::format_str(thread, text, b)?.upcast()),
            None => Ok(crate::not_implemented()),
        }
    }

    /// Encode the string with the codec registered for encoding.
    ///
    /// errors names the handler for characters that cannot be encoded: 'strict' (the default) raises
    /// UnicodeEncodeError; others are 'ignore', 'replace', 'xmlcharrefreplace' and any name registered
    /// with codecs.register_error.
    #[method(sig = "(encoding='utf-8', errors='strict')")]
    fn encode(&self, thread: &Thread, encoding: Option<&Str>, errors: Option<&Str>) -> PyResult<Obj> {
        crate::codecs::encode_text(thread, self, encoding, errors)
    }
    /// Return a copy in which substring old is replaced by new: all occurrences, or the first count.
    #[method(sig = "(old, new, /, count=-1)")]
    fn replace(&self, thread: &Thread, old: &Str, new: &Str, count: isize) -> PyResult<Owned<Str>> {
        self.replace_all(thread, old, new, limit(count))
    }
    /// Return a list of the substrings between separators; None separates at runs of white space.
    ///
    /// Splitting starts at the front; maxsplit limits the number of splits, -1 being no limit.
    #[method(sig = "(sep=None, maxsplit=-1)")]
    fn split(&self, thread: &Thread, sep: Option<&Object>, maxsplit: isize) -> PyResult<Owned<List>> {
        list(
            thread,
            match Str::separator(thread, sep)? {
                Some(separator) => self.split_at(thread, separator, limit(maxsplit)),
                None => self.split_space(thread, limit(maxsplit)),
            },
        )
    }
    /// Return a list of the substrings between separators, splitting from the end.
    #[method(sig = "(sep=None, maxsplit=-1)")]
    fn rsplit(&self, thread: &Thread, sep: Option<&Object>, maxsplit: isize) -> PyResult<Owned<List>> {
        list(
            thread,
            match Str::separator(thread, sep)? {
                Some(separator) => self.rsplit_at(thread, separator, limit(maxsplit)),
                None => self.rsplit_space(thread, limit(maxsplit)),
            },
        )
    }
    /// Concatenate strings, this one standing between each two.
    ///
    /// Example: '.'.join(['ab', 'pq', 'rs']) -> 'ab.pq.rs'
    #[method(name = "join", sig = "(iterable, /)")]
    fn join_method(&self, thread: &Thread, iterable: &Object) -> PyResult<Owned<Str>> {
        self.join_items(thread, iterable)
    }
    /// Return a copy with the first character in upper case and the rest in lower case.
    #[method]
    fn capitalize(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        self.to_capitalized(thread)
    }
    /// Return a copy fit for comparisons without regard to case.
    #[method]
    fn casefold(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        self.to_folded(thread)
    }
    /// Return a copy in which each word begins in upper case and goes on in lower case.
    #[method]
    fn title(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        self.to_titled(thread)
    }
    /// Return the string centered in width characters, filled with fillchar.
    #[method(sig = "(width, fillchar=' ', /)")]
    fn center(&self, thread: &Thread, width: isize, fillchar: Option<&Object>) -> PyResult<Owned<Str>> {
        let fill = fill_character(thread, fillchar)?;
        let width = usize::try_from(width).unwrap_or(0);
        let padding = width.saturating_sub(self.len());
        let left = padding / 2 + (padding & width & 1);
        self.padded(thread, left, padding - left, fill)
    }
    /// Count the occurrences of sub in S[start:end] that do not overlap.
    #[method(sig = "(sub, start=None, end=None, /)", text = "($self, sub[, start[, end]], /)")]
    fn count(&self, thread: &Thread, sub: &Str, start: Option<&Object>, end: Option<&Object>) -> PyResult<usize> {
        Ok(self.window(thread, start, end)?.map_or(0, |(text, _)| search::count(text, sub.as_chars())))
    }
    /// Return a copy with tabs replaced by spaces up to the next multiple of tabsize.
    #[method(sig = "(tabsize=8)")]
    fn expandtabs(&self, thread: &Thread, tabsize: i32) -> PyResult<Owned<Str>> {
        self.tabs_expanded(thread, tabsize)
    }
    /// Return the lowest index of sub in S[start:end], or -1.
    #[method(sig = "(sub, start=None, end=None, /)", text = "($self, sub[, start[, end]], /)")]
    fn find(&self, thread: &Thread, sub: &Str, start: Option<&Object>, end: Option<&Object>) -> PyResult<isize> {
        Ok(self.index_of(thread, sub, start, end, false)?.map_or(-1, |at| at as isize))
    }
    /// Split at the first sep: a tuple of what is before it, sep itself, and what is after it.
    ///
    /// Without sep in the string, the tuple holds the string and two empty strings.
    #[method(sig = "(sep, /)")]
    fn partition(&self, thread: &Thread, sep: &Object) -> PyResult<Owned<Tuple>> {
        self.partition_at(thread, sep, false)
    }
    /// Return the lowest index of sub in S[start:end]; ValueError if there is none.
    #[method(sig = "(sub, start=None, end=None, /)", text = "($self, sub[, start[, end]], /)")]
    fn index(&self, thread: &Thread, sub: &Str, start: Option<&Object>, end: Option<&Object>) -> PyResult<usize> {
        self.index_of(thread, sub, start, end, false)?.ok_or_else(|| thread.value_error("substring not found"))
    }
    /// Return the string at the left of width characters, filled with fillchar.
    #[method(sig = "(width, fillchar=' ', /)")]
    fn ljust(&self, thread: &Thread, width: isize, fillchar: Option<&Object>) -> PyResult<Owned<Str>> {
        let fill = fill_character(thread, fillchar)?;
        self.padded(thread, 0, usize::try_from(width).unwrap_or(0).saturating_sub(self.len()), fill)
    }
    /// Return a copy in lower case.
    #[method]
    fn lower(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        self.to_lower(thread)
    }
    /// Return a copy without leading white space, or without leading characters of chars.
    #[method(sig = "(chars=None, /)")]
    fn lstrip(&self, thread: &Thread, chars: Option<&Object>) -> PyResult<Owned<Str>> {
        self.stripped(thread, chars, (true, false), "lstrip")
    }
    /// Return the highest index of sub in S[start:end], or -1.
    #[method(sig = "(sub, start=None, end=None, /)", text = "($self, sub[, start[, end]], /)")]
    fn rfind(&self, thread: &Thread, sub: &Str, start: Option<&Object>, end: Option<&Object>) -> PyResult<isize> {
        Ok(self.index_of(thread, sub, start, end, true)?.map_or(-1, |at| at as isize))
    }
    /// Return the highest index of sub in S[start:end]; ValueError if there is none.
    #[method(sig = "(sub, start=None, end=None, /)", text = "($self, sub[, start[, end]], /)")]
    fn rindex(&self, thread: &Thread, sub: &Str, start: Option<&Object>, end: Option<&Object>) -> PyResult<usize> {
        self.index_of(thread, sub, start, end, true)?.ok_or_else(|| thread.value_error("substring not found"))
    }
    /// Return the string at the right of width characters, filled with fillchar.
    #[method(sig = "(width, fillchar=' ', /)")]
    fn rjust(&self, thread: &Thread, width: isize, fillchar: Option<&Object>) -> PyResult<Owned<Str>> {
        let fill = fill_character(thread, fillchar)?;
        self.padded(thread, usize::try_from(width).unwrap_or(0).saturating_sub(self.len()), 0, fill)
    }
    /// Return a copy without trailing white space, or without trailing characters of chars.
    #[method(sig = "(chars=None, /)")]
    fn rstrip(&self, thread: &Thread, chars: Option<&Object>) -> PyResult<Owned<Str>> {
        self.stripped(thread, chars, (false, true), "rstrip")
    }
    /// Split at the last sep: a tuple of what is before it, sep itself, and what is after it.
    ///
    /// Without sep in the string, the tuple holds two empty strings and the string.
    #[method(sig = "(sep, /)")]
    fn rpartition(&self, thread: &Thread, sep: &Object) -> PyResult<Owned<Tuple>> {
        self.partition_at(thread, sep, true)
    }
    /// Return a list of the lines, with their line breaks if keepends is true.
    #[method(sig = "(keepends=False)")]
    fn splitlines(&self, thread: &Thread, keepends: bool) -> PyResult<Owned<List>> {
        list(thread, self.lines(thread, keepends))
    }
    /// Return a copy without white space, or without characters of chars, at both ends.
    #[method(sig = "(chars=None, /)")]
    fn strip(&self, thread: &Thread, chars: Option<&Object>) -> PyResult<Owned<Str>> {
        self.stripped(thread, chars, (true, true), "strip")
    }
    /// Return a copy in which upper case becomes lower case and lower case upper case.
    #[method]
    fn swapcase(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        self.to_swapped(thread)
    }
    /// Replace each character by what table[ordinal] says: an ordinal, a string, or None to delete it.
    ///
    /// A LookupError from the table leaves the character as it is.
    #[method(sig = "(table, /)")]
    fn translate(&self, thread: &Thread, table: &Object) -> PyResult<Owned<Str>> {
        self.translated(thread, table)
    }
    /// Return a copy in upper case.
    #[method]
    fn upper(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        self.to_upper(thread)
    }
    /// Return whether the string, from start to end, begins with the prefix or one of a tuple of them.
    #[method(sig = "(prefix, start=None, end=None, /)", text = "($self, prefix[, start[, end]], /)")]
    fn startswith(&self, thread: &Thread, prefix: &Object, start: Option<&Object>, end: Option<&Object>) -> PyResult<bool> {
        self.affix(thread, prefix, start, end, "startswith", |text, affix| text.starts_with(affix))
    }
    /// Return whether the string, from start to end, ends with the suffix or one of a tuple of them.
    #[method(sig = "(suffix, start=None, end=None, /)", text = "($self, suffix[, start[, end]], /)")]
    fn endswith(&self, thread: &Thread, suffix: &Object, start: Option<&Object>, end: Option<&Object>) -> PyResult<bool> {
        self.affix(thread, suffix, start, end, "endswith", |text, affix| text.ends_with(affix))
    }
    /// Return the string without the prefix, if it begins with that.
    #[method(sig = "(prefix, /)")]
    fn removeprefix(&self, thread: &Thread, prefix: &Str) -> PyResult<Owned<Str>> {
        let start = if self.as_chars().starts_with(prefix.as_chars()) { prefix.len() } else { 0 };
        self.substring(thread, start, self.len())
    }
    /// Return the string without the suffix, if it ends with that.
    #[method(sig = "(suffix, /)")]
    fn removesuffix(&self, thread: &Thread, suffix: &Str) -> PyResult<Owned<Str>> {
        let gone = if self.as_chars().ends_with(suffix.as_chars()) { suffix.len() } else { 0 };
        self.substring(thread, 0, self.len() - gone)
    }
    /// Return whether all characters are ASCII; those of an empty string are.
    #[method]
    fn isascii(&self) -> bool {
        self.is_ascii()
    }
    /// Return whether there are cased characters and all of them are lower case.
    #[method]
    fn islower(&self) -> bool {
        by_width!(self.as_chars(), s => case::is_lower_text(s))
    }
    /// Return whether there are cased characters and all of them are upper case.
    #[method]
    fn isupper(&self) -> bool {
        by_width!(self.as_chars(), s => case::is_upper_text(s))
    }
    /// Return whether upper case begins every word and nothing else is upper case.
    #[method]
    fn istitle(&self) -> bool {
        by_width!(self.as_chars(), s => case::is_title_text(s))
    }
    /// Return whether the string is not empty and all is white space.
    #[method]
    fn isspace(&self) -> bool {
        self.all(ctype::is_space)
    }
    /// Return whether the string is not empty and all characters are decimal digits.
    #[method]
    fn isdecimal(&self) -> bool {
        self.all(ctype::is_decimal)
    }
    /// Return whether the string is not empty and all characters are digits.
    #[method]
    fn isdigit(&self) -> bool {
        self.all(ctype::is_digit)
    }
    /// Return whether the string is not empty and all characters are numeric.
    #[method]
    fn isnumeric(&self) -> bool {
        self.all(ctype::is_numeric)
    }
    /// Return whether the string is not empty and all characters are letters.
    #[method]
    fn isalpha(&self) -> bool {
        self.all(ctype::is_alpha)
    }
    /// Return whether the string is not empty and all characters are letters or numeric.
    #[method]
    fn isalnum(&self) -> bool {
        self.all(ctype::is_alnum)
    }
    /// Return whether the string is a valid identifier; keyword.iskeyword() tells reserved ones.
    #[method]
    fn isidentifier(&self) -> bool {
        self.is_identifier()
    }
    /// Return whether repr() shows all characters as they are.
    #[method]
    fn isprintable(&self) -> bool {
        self.chars().all(ctype::is_printable)
    }
    /// Pad a number's text with zeros on the left, behind its sign, up to the given width.
    #[method(sig = "(width, /)")]
    fn zfill(&self, thread: &Thread, width: isize) -> PyResult<Owned<Str>> {
        self.zero_filled(thread, width)
    }
    /// Return a copy in which fields in braces are replaced by values from args and kwargs.
    #[method(sig = "(*args, **kwargs)")]
    fn format(&self, thread: &Thread, args: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<Owned<Str>> {
        format_method::format(thread, self, &format_method::Arguments(args, kwargs))
    }
    /// Return a copy in which fields in braces are replaced by values from the mapping.
    #[method(sig = "(mapping, /)")]
    fn format_map(&self, thread: &Thread, mapping: &Object) -> PyResult<Owned<Str>> {
        format_method::format(thread, self, &format_method::Mapping(mapping))
    }
    /// Return the string formatted as format_spec says.
    #[method(sig = "(format_spec, /)")]
    fn __format__(&self, thread: &Thread, format_spec: &Str) -> PyResult<Owned<Str>> {
        crate::formatting::format_str(thread, self, format_spec)
    }
    /// Make a table for str.translate().
    ///
    /// One argument: a dict from ordinals or characters to ordinals, strings or None. Two: strings of
    /// equal length, each character of x becoming the one at the same place in y. A third: characters
    /// to delete.
    #[staticmethod(sig = "(x, y=None, z=None, /)", text = "(x, y=<unrepresentable>, z=<unrepresentable>, /)")]
    fn maketrans(thread: &Thread, x: &Object, y: Option<&Str>, z: Option<&Str>) -> PyResult<Owned<Dict>> {
        translate::make_table(thread, x, y, z)
    }
    /// Return the size in memory, in bytes.
    #[method]
    fn __sizeof__(&self) -> usize {
        let kind = self.kind() as usize;
        if self.is_exact::<Str>() {
            if self.is_ascii() {
                return 40 + self.len() + 1;
            }
            // SAFETY: a compact string that is not ASCII has this head.
            let head = unsafe { &*(self.as_ptr() as *const abi::PyCompactUnicodeObject) };
            let cached = if head.utf8.get().is_null() { 0 } else { head.utf8_length.get() as usize + 1 };
            return 56 + (self.len() + 1) * kind + cached;
        }
        self.ty().raw().tp_basicsize.get() as usize + (self.len() + 1) * kind
    }
    #[method]
    fn __getnewargs__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let plain = if self.is_exact::<Str>() { self.own_typed() } else { Str::from_chars(thread, self.as_chars())? };
        Tuple::from_vec(thread, vec![plain.upcast()])
    }
}
