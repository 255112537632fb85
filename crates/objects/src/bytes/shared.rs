//! The methods that `bytes` and `bytearray` have alike, as one macro around `#[pyclass]`.

macro_rules! byte_string {
    ($(#[$attribute:meta])* [$($arguments:tt)*] $name:ident { $($own:tt)* }) => {
        $(#[$attribute])*
        #[pyclass($($arguments)*)]
        impl $name {
            $($own)*

            #[slot]
            fn sq_length(&self) -> usize {
                self.len()
            }
            #[slot]
            fn sq_concat(&self, thread: &Thread, other: &Object) -> PyResult<Obj> {
                common::concat(self, thread, other)
            }
            #[slot]
            fn sq_repeat(&self, thread: &Thread, count: isize) -> PyResult<Obj> {
                common::repeat(self, thread, count)
            }
            #[slot]
            fn sq_item(&self, thread: &Thread, index: isize) -> PyResult<i64> {
                match usize::try_from(index).ok().and_then(|at| self.as_slice().get(at).copied()) {
                    Some(byte) => Ok(byte as i64),
                    None if Self::NAME == "bytes" => Err(thread.index_error("index out of range")),
                    None => Err(thread.index_error("bytearray index out of range")),
                }
            }
            #[slot]
            fn sq_contains(&self, thread: &Thread, value: &Object) -> PyResult<bool> {
                common::contains(self, thread, value)
            }
            #[slot]
            fn mp_length(&self) -> usize {
                self.len()
            }
            #[slot]
            fn mp_subscript(&self, thread: &Thread, key: &Object) -> PyResult<Obj> {
                common::subscript(self, thread, key)
            }
            #[slot]
            fn nb_remainder(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                match a.cast::<$name>() {
                    Some(format) => common::remainder(format, thread, b),
                    None => Ok(crate::not_implemented()),
                }
            }

            /// Return a copy with the first byte in upper case and the rest in lower case (ASCII).
            #[method]
            fn capitalize(&self, thread: &Thread) -> PyResult<Obj> {
                common::map(self, thread, |at, c, _| if at == 0 { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
            }
            /// Return a copy centered in width bytes, filled with fillchar.
            #[method(sig = "(width, fillchar=b' ', /)")]
            fn center(&self, thread: &Thread, width: isize, fillchar: Option<&Object>) -> PyResult<Obj> {
                let fill = common::fill(thread, fillchar, "center")?;
                let width = usize::try_from(width).unwrap_or(0);
                let padding = width.saturating_sub(self.len());
                let left = padding / 2 + (padding & width & 1);
                common::pad(self, thread, left, padding - left, fill)
            }
            /// Count the occurrences of sub in B[start:end] that do not overlap.
            #[method(sig = "(sub, start=None, end=None, /)", text = "($self, sub[, start[, end]], /)")]
            fn count(&self, thread: &Thread, sub: &Object, start: Option<&Object>, end: Option<&Object>) -> PyResult<usize> {
                common::count(self, thread, sub, start, end)
            }
            /// Decode the bytes with the codec registered for encoding.
            ///
            /// errors names the handler for bytes that cannot be decoded: 'strict' (the default) raises
            /// UnicodeDecodeError; others are 'ignore', 'replace' and any name registered with
            /// codecs.register_error.
            #[method(sig = "(encoding='utf-8', errors='strict')")]
            fn decode(&self, thread: &Thread, encoding: Option<&Str>, errors: Option<&Str>) -> PyResult<Obj> {
                crate::codecs::decode_bytes(thread, self, encoding, errors)
            }
            /// Return whether the bytes, from start to end, end with the suffix or one of a tuple of them.
            #[method(sig = "(suffix, start=None, end=None, /)", text = "($self, suffix[, start[, end]], /)")]
            fn endswith(&self, thread: &Thread, suffix: &Object, start: Option<&Object>, end: Option<&Object>) -> PyResult<bool> {
                common::affix(self, thread, suffix, start, end, true)
            }
            /// Return a copy with tabs replaced by spaces up to the next multiple of tabsize.
            #[method(sig = "(tabsize=8)")]
            fn expandtabs(&self, thread: &Thread, tabsize: i32) -> PyResult<Obj> {
                common::expand_tabs(self, thread, tabsize)
            }
            /// Return the lowest index of sub in B[start:end], or -1.
            #[method(sig = "(sub, start=None, end=None, /)", text = "($self, sub[, start[, end]], /)")]
            fn find(&self, thread: &Thread, sub: &Object, start: Option<&Object>, end: Option<&Object>) -> PyResult<isize> {
                Ok(common::find(self, thread, sub, start, end, false)?.map_or(-1, |at| at as isize))
            }
            /// Make an object of hexadecimal digits, two for each byte; white space between them is passed over.
            #[classmethod(sig = "(string, /)")]
            fn fromhex(cls: &Type, thread: &Thread, string: &Object) -> PyResult<Obj> {
                let bytes = common::from_hex(thread, string)?;
                let made = Self::make(thread, &bytes)?;
                if std::ptr::eq(cls, Self::ty()) { Ok(made) } else { cls.call(thread, &[&made]) }
            }
            /// Return the bytes as hexadecimal digits.
            ///
            /// sep stands between groups of bytes_per_sep bytes, counted from the right if that is
            /// positive, from the left if negative.
            #[method(sig = "(sep=<unrepresentable>, bytes_per_sep=1)")]
            fn hex(&self, thread: &Thread, sep: Option<&Object>, bytes_per_sep: i32) -> PyResult<Owned<Str>> {
                let view = self.view();
                common::hex(thread, &view, sep, bytes_per_sep)
            }
            /// Return the lowest index of sub in B[start:end]; ValueError if there is none.
            #[method(sig = "(sub, start=None, end=None, /)", text = "($self, sub[, start[, end]], /)")]
            fn index(&self, thread: &Thread, sub: &Object, start: Option<&Object>, end: Option<&Object>) -> PyResult<usize> {
                common::find(self, thread, sub, start, end, false)?.ok_or_else(|| thread.value_error("subsection not found"))
            }
            /// Return whether there are bytes and all are letters or digits (ASCII).
            #[method]
            fn isalnum(&self) -> bool {
                common::all(self, u8::is_ascii_alphanumeric)
            }
            /// Return whether there are bytes and all are letters (ASCII).
            #[method]
            fn isalpha(&self) -> bool {
                common::all(self, u8::is_ascii_alphabetic)
            }
            /// Return whether all bytes are ASCII.
            #[method]
            fn isascii(&self) -> bool {
                self.as_slice().is_ascii()
            }
            /// Return whether there are bytes and all are digits.
            #[method]
            fn isdigit(&self) -> bool {
                common::all(self, u8::is_ascii_digit)
            }
            /// Return whether there are cased bytes and all of them are lower case.
            #[method]
            fn islower(&self) -> bool {
                let view = self.view();
                view.iter().any(u8::is_ascii_lowercase) && !view.iter().any(u8::is_ascii_uppercase)
            }
            /// Return whether there are bytes and all are white space.
            #[method]
            fn isspace(&self) -> bool {
                common::all(self, |&byte| common::is_space(byte))
            }
            /// Return whether upper case begins every word and nothing else is upper case.
            #[method]
            fn istitle(&self) -> bool {
                common::is_title(self.as_slice())
            }
            /// Return whether there are cased bytes and all of them are upper case.
            #[method]
            fn isupper(&self) -> bool {
                let view = self.view();
                view.iter().any(u8::is_ascii_uppercase) && !view.iter().any(u8::is_ascii_lowercase)
            }
            /// Concatenate bytes-like objects, this one standing between each two.
            #[method(sig = "(iterable_of_bytes, /)")]
            fn join(&self, thread: &Thread, iterable_of_bytes: &Object) -> PyResult<Obj> {
                common::join(self, thread, iterable_of_bytes)
            }
            /// Return a copy at the left of width bytes, filled with fillchar.
            #[method(sig = "(width, fillchar=b' ', /)")]
            fn ljust(&self, thread: &Thread, width: isize, fillchar: Option<&Object>) -> PyResult<Obj> {
                let fill = common::fill(thread, fillchar, "ljust")?;
                common::pad(self, thread, 0, usize::try_from(width).unwrap_or(0).saturating_sub(self.len()), fill)
            }
            /// Return a copy in lower case (ASCII).
            #[method]
            fn lower(&self, thread: &Thread) -> PyResult<Obj> {
                common::map(self, thread, |_, c, _| c.to_ascii_lowercase())
            }
            /// Strip leading bytes that are in the argument, or leading white space.
            #[method(sig = "(bytes=None, /)")]
            fn lstrip(&self, thread: &Thread, bytes: Option<&Object>) -> PyResult<Obj> {
                common::strip(self, thread, bytes, true, false)
            }
            /// Make a table for translate(): each byte of frm becomes the one at the same place in to.
            #[staticmethod(sig = "(frm, to, /)")]
            fn maketrans(thread: &Thread, frm: &Object, to: &Object) -> PyResult<Obj> {
                Ok(common::make_table(thread, frm, to)?.upcast())
            }
            /// Split at the first sep: a tuple of what is before it, sep itself, and what is after it.
            #[method(sig = "(sep, /)")]
            fn partition(&self, thread: &Thread, sep: &Object) -> PyResult<Owned<Tuple>> {
                common::partition(self, thread, sep, false)
            }
            /// Return a copy without the prefix, if the bytes begin with that.
            #[method(sig = "(prefix, /)")]
            fn removeprefix(&self, thread: &Thread, prefix: &Object) -> PyResult<Obj> {
                common::remove_affix(self, thread, prefix, false)
            }
            /// Return a copy without the suffix, if the bytes end with that.
            #[method(sig = "(suffix, /)")]
            fn removesuffix(&self, thread: &Thread, suffix: &Object) -> PyResult<Obj> {
                common::remove_affix(self, thread, suffix, true)
            }
            /// Return a copy in which old is replaced by new: all occurrences, or the first count.
            #[method(sig = "(old, new, count=-1, /)")]
            fn replace(&self, thread: &Thread, old: &Object, new: &Object, count: isize) -> PyResult<Obj> {
                common::replace(self, thread, old, new, count)
            }
            /// Return the highest index of sub in B[start:end], or -1.
            #[method(sig = "(sub, start=None, end=None, /)", text = "($self, sub[, start[, end]], /)")]
            fn rfind(&self, thread: &Thread, sub: &Object, start: Option<&Object>, end: Option<&Object>) -> PyResult<isize> {
                Ok(common::find(self, thread, sub, start, end, true)?.map_or(-1, |at| at as isize))
            }
            /// Return the highest index of sub in B[start:end]; ValueError if there is none.
            #[method(sig = "(sub, start=None, end=None, /)", text = "($self, sub[, start[, end]], /)")]
            fn rindex(&self, thread: &Thread, sub: &Object, start: Option<&Object>, end: Option<&Object>) -> PyResult<usize> {
                common::find(self, thread, sub, start, end, true)?.ok_or_else(|| thread.value_error("subsection not found"))
            }
            /// Return a copy at the right of width bytes, filled with fillchar.
            #[method(sig = "(width, fillchar=b' ', /)")]
            fn rjust(&self, thread: &Thread, width: isize, fillchar: Option<&Object>) -> PyResult<Obj> {
                let fill = common::fill(thread, fillchar, "rjust")?;
                common::pad(self, thread, usize::try_from(width).unwrap_or(0).saturating_sub(self.len()), 0, fill)
            }
            /// Split at the last sep: a tuple of what is before it, sep itself, and what is after it.
            #[method(sig = "(sep, /)")]
            fn rpartition(&self, thread: &Thread, sep: &Object) -> PyResult<Owned<Tuple>> {
                common::partition(self, thread, sep, true)
            }
            /// Return a list of the parts between separators, splitting from the end.
            #[method(sig = "(sep=None, maxsplit=-1)")]
            fn rsplit(&self, thread: &Thread, sep: Option<&Object>, maxsplit: isize) -> PyResult<Owned<List>> {
                common::split(self, thread, sep, maxsplit, true)
            }
            /// Strip trailing bytes that are in the argument, or trailing white space.
            #[method(sig = "(bytes=None, /)")]
            fn rstrip(&self, thread: &Thread, bytes: Option<&Object>) -> PyResult<Obj> {
                common::strip(self, thread, bytes, false, true)
            }
            /// Return a list of the parts between separators; None separates at runs of white space.
            #[method(sig = "(sep=None, maxsplit=-1)")]
            fn split(&self, thread: &Thread, sep: Option<&Object>, maxsplit: isize) -> PyResult<Owned<List>> {
                common::split(self, thread, sep, maxsplit, false)
            }
            /// Return a list of the lines, with their line breaks if keepends is true.
            #[method(sig = "(keepends=False)")]
            fn splitlines(&self, thread: &Thread, keepends: bool) -> PyResult<Owned<List>> {
                common::lines(self, thread, keepends)
            }
            /// Return whether the bytes, from start to end, begin with the prefix or one of a tuple of them.
            #[method(sig = "(prefix, start=None, end=None, /)", text = "($self, prefix[, start[, end]], /)")]
            fn startswith(&self, thread: &Thread, prefix: &Object, start: Option<&Object>, end: Option<&Object>) -> PyResult<bool> {
                common::affix(self, thread, prefix, start, end, false)
            }
            /// Strip bytes that are in the argument, or white space, at both ends.
            #[method(sig = "(bytes=None, /)")]
            fn strip(&self, thread: &Thread, bytes: Option<&Object>) -> PyResult<Obj> {
                common::strip(self, thread, bytes, true, true)
            }
            /// Return a copy in which upper case becomes lower case and lower case upper case (ASCII).
            #[method]
            fn swapcase(&self, thread: &Thread) -> PyResult<Obj> {
                common::map(self, thread, |_, c, _| if c.is_ascii_alphabetic() { c ^ 0x20 } else { c })
            }
            /// Return a copy in which each word begins in upper case and goes on in lower case (ASCII).
            #[method]
            fn title(&self, thread: &Thread) -> PyResult<Obj> {
                common::map(self, thread, |at, c, all| {
                    let inside = at > 0 && all[at - 1].is_ascii_alphabetic();
                    if inside { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() }
                })
            }
            /// Return a copy mapped through a table of 256 bytes, without the bytes in delete.
            #[method(sig = "(table, /, delete=b'')")]
            fn translate(&self, thread: &Thread, table: &Object, delete: Option<&Object>) -> PyResult<Obj> {
                common::translate(self, thread, table, delete)
            }
            /// Return a copy in upper case (ASCII).
            #[method]
            fn upper(&self, thread: &Thread) -> PyResult<Obj> {
                common::map(self, thread, |_, c, _| c.to_ascii_uppercase())
            }
            /// Pad a number's text with zeros on the left, behind its sign, up to the given width.
            #[method(sig = "(width, /)")]
            fn zfill(&self, thread: &Thread, width: isize) -> PyResult<Obj> {
                common::zfill(self, thread, width)
            }
        }
    };
}
pub(super) use byte_string;
