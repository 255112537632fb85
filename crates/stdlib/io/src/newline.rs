//! Line endings: finding and translating them, and `IncrementalNewlineDecoder`.

use std::cell::Cell;

use pyrox_abi as abi;
use pyrox_macros::pyclass;
use pyrox_objects::object::Head;
use pyrox_objects::str::Chars;
use pyrox_objects::{Bytes, Dict, Int, Obj, ObjCell, Object, Own, Owned, PyResult, Str, Thread, Tuple, Type, intern, none};

use crate::util::int;

const CR: u8 = 1;
const LF: u8 = 2;
const CRLF: u8 = 4;

/// Where the first `wanted` (an ASCII character) is.
pub fn find_char(chars: Chars<'_>, wanted: u8) -> Option<usize> {
    match chars {
        Chars::Ascii(s) | Chars::Latin1(s) => memchr::memchr(wanted, s),
        Chars::Ucs2(s) => s.iter().position(|&c| c == wanted as u16),
        Chars::Ucs4(s) => s.iter().position(|&c| c == wanted as u32),
    }
}

fn find_either(chars: Chars<'_>) -> Option<usize> {
    match chars {
        Chars::Ascii(s) | Chars::Latin1(s) => memchr::memchr2(b'\n', b'\r', s),
        Chars::Ucs2(s) => s.iter().position(|&c| c == 10 || c == 13),
        Chars::Ucs4(s) => s.iter().position(|&c| c == 10 || c == 13),
    }
}

/// How lines end, as the argument `newline` said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All endings, and they are (or become) `\n`: `None`.
    Translated,
    /// All endings, left as they are: `''`.
    Universal,
    Lf,
    Cr,
    CrLf,
}

impl Ending {
    /// What `newline` asks for; `None` if it is no such value.
    pub fn of(newline: Option<&Str>) -> Option<Ending> {
        let Some(newline) = newline else { return Some(Ending::Translated) };
        Some(match newline.ascii_text()? {
            "" => Ending::Universal,
            "\n" => Ending::Lf,
            "\r" => Ending::Cr,
            "\r\n" => Ending::CrLf,
            _ => return None,
        })
    }

    pub fn is_universal(self) -> bool {
        matches!(self, Ending::Translated | Ending::Universal)
    }

    pub fn text(self) -> Option<&'static str> {
        Some(match self {
            Ending::Translated => return None,
            Ending::Universal => "",
            Ending::Lf => "\n",
            Ending::Cr => "\r",
            Ending::CrLf => "\r\n",
        })
    }

    /// The end of the first line of `chars`: `Ok` behind its ending, or `Err` of how much surely holds none.
    pub fn find(self, chars: Chars<'_>) -> Result<usize, usize> {
        match self {
            Ending::Translated | Ending::Lf => find_char(chars, b'\n').map(|at| at + 1).ok_or(chars.len()),
            Ending::Cr => find_char(chars, b'\r').map(|at| at + 1).ok_or(chars.len()),
            Ending::Universal => match find_either(chars) {
                None => Err(chars.len()),
                Some(at) if chars.at(at) == 13 && at + 1 < chars.len() && chars.at(at + 1) == 10 => Ok(at + 2),
                Some(at) => Ok(at + 1),
            },
            Ending::CrLf => {
                let mut from = 0;
                while let Some(at) = find_char(chars.slice(from, chars.len()), b'\r').map(|at| at + from) {
                    if at + 1 >= chars.len() {
                        return Err(at);
                    }
                    if chars.at(at + 1) == 10 {
                        return Ok(at + 2);
                    }
                    from = at + 1;
                }
                Err(chars.len())
            }
        }
    }
}

/// The text with each `\n` replaced.
pub fn replace_newlines(thread: &Thread, text: &Str, with: &str) -> PyResult<Owned<Str>> {
    if find_char(text.as_chars(), b'\n').is_none() {
        return Ok(text.own_typed());
    }
    if let Chars::Ascii(bytes) = text.as_chars() {
        let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 16);
        for &byte in bytes {
            if byte == b'\n' { out.extend_from_slice(with.as_bytes()) } else { out.push(byte) }
        }
        return Str::from_ascii(thread, &out);
    }
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        if c == 10 { out.extend(with.bytes().map(u32::from)) } else { out.push(c) }
    }
    Str::from_code_points(thread, &out)
}

/// The state of newline decoding: a `\r` that waits for what follows, and the kinds seen so far.
#[derive(Debug)]
pub struct Newlines {
    pub translate: Cell<bool>,
    pub pending_cr: Cell<bool>,
    seen: Cell<u8>,
}

impl Newlines {
    pub fn new(translate: bool) -> Newlines {
        Newlines { translate: Cell::new(translate), pending_cr: Cell::new(false), seen: Cell::new(0) }
    }

    pub fn reset(&self) {
        self.seen.set(0);
        self.pending_cr.set(false);
    }

    /// Take a decoded text in.
    pub fn process(&self, thread: &Thread, text: Owned<Str>, last: bool) -> PyResult<Owned<Str>> {
        let mut text = text;
        if self.pending_cr.get() && (last || text.len() > 0) {
            text = intern!("\r").concat(thread, &text)?;
            self.pending_cr.set(false);
        }
        let mut length = text.len();
        // A `\r` at the very end may be half of a `\r\n`.
        if !last && length > 0 && text.at(length - 1) == 13 {
            length -= 1;
            text = text.substring(thread, 0, length)?;
            self.pending_cr.set(true);
        }
        if length == 0 {
            return Ok(Str::empty());
        }
        let seen = self.seen.get();
        let Some(first) = find_char(text.as_chars(), b'\r') else {
            if seen & LF == 0 && find_char(text.as_chars(), b'\n').is_some() {
                self.seen.set(seen | LF);
            }
            return Ok(text);
        };
        if !self.translate.get() {
            self.note(text.as_chars());
            return Ok(text);
        }
        let _ = first;
        self.note(text.as_chars());
        translate(thread, &text)
    }

    fn note(&self, chars: Chars<'_>) {
        let mut seen = self.seen.get();
        let mut from = 0;
        while seen != CR | LF | CRLF {
            let Some(at) = find_either(chars.slice(from, chars.len())).map(|at| at + from) else { break };
            from = at + 1;
            if chars.at(at) == 10 {
                seen |= LF;
            } else if from < chars.len() && chars.at(from) == 10 {
                seen |= CRLF;
                from += 1;
            } else {
                seen |= CR;
            }
        }
        self.seen.set(seen);
    }

    /// The kinds seen so far: `None`, a string or a tuple of them.
    pub fn seen(&self, thread: &Thread) -> PyResult<Obj> {
        let seen = self.seen.get();
        let mut found = Vec::new();
        for (bit, text) in [(CR, "\r"), (LF, "\n"), (CRLF, "\r\n")] {
            if seen & bit != 0 {
                found.push(Str::intern_str(thread, text)?.upcast());
            }
        }
        match found.len() {
            0 => Ok(none()),
            1 => Ok(found.remove(0)),
            _ => Ok(Tuple::from_vec(thread, found)?.upcast()),
        }
    }
}

/// All line endings made `\n`.
fn translate(thread: &Thread, text: &Str) -> PyResult<Owned<Str>> {
    fn squeeze<T: Copy + PartialEq + From<u8>>(chars: &[T]) -> Vec<T> {
        let (cr, lf) = (T::from(b'\r'), T::from(b'\n'));
        let mut out = Vec::with_capacity(chars.len());
        let mut at = 0;
        while at < chars.len() {
            let c = chars[at];
            at += 1;
            if c == cr {
                if at < chars.len() && chars[at] == lf {
                    at += 1;
                }
                out.push(lf);
            } else {
                out.push(c);
            }
        }
        out
    }
    match text.as_chars() {
        Chars::Ascii(s) => Str::from_ascii(thread, &squeeze(s)),
        Chars::Latin1(s) => Str::from_latin1(thread, &squeeze(s)),
        Chars::Ucs2(s) => Str::from_chars(thread, Chars::Ucs2(&squeeze(s))),
        Chars::Ucs4(s) => Str::from_chars(thread, Chars::Ucs4(&squeeze(s))),
    }
}

/// A decoder around another that translates line endings.
#[repr(C)]
pub struct NewlineDecoder {
    head: Head,
    /// The decoder beneath, `None` for text that is decoded already; empty before `__init__`.
    decoder: ObjCell,
    errors: ObjCell,
    state: Newlines,
}

impl NewlineDecoder {
    fn inner(&self, thread: &Thread) -> PyResult<Obj> {
        self.decoder.get().ok_or_else(|| thread.value_error("IncrementalNewlineDecoder.__init__() not called"))
    }
}

/// Codec used when reading a file in universal newlines mode.
///
/// It wraps another incremental decoder, translating \r\n and \r into \n.
/// It also records the types of newlines encountered. When used with
/// translate=False, it ensures that the newline sequence is returned in
/// one piece. When used with decoder=None, it expects unicode strings as
/// decode input and translates newlines without first invoking an external
/// decoder.
#[pyclass(name = "IncrementalNewlineDecoder", module = "_io", traverse = [decoder, errors], dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE)]
impl NewlineDecoder {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, _args: &Tuple, _kwargs: Option<&Dict>) -> PyResult<Obj> {
        let fresh =
            NewlineDecoder { head: Head::unset(), decoder: ObjCell::empty(), errors: ObjCell::empty(), state: Newlines::new(false) };
        Ok(cls.instantiate(thread, fresh)?.upcast())
    }
    #[init(sig = "(decoder, translate, errors='strict')")]
    fn init(&self, _thread: &Thread, decoder: &Object, translate: bool, errors: Option<&Object>) {
        self.decoder.set(Some(decoder.own()));
        self.errors.set(Some(errors.map_or_else(|| intern!("strict").own(), Object::own)));
        self.state.translate.set(translate);
        self.state.reset();
    }
    #[method(sig = "(input, final=False)", text = "($self, /, input, final=False)")]
    fn decode(&self, thread: &Thread, input: &Object, r#final: bool) -> PyResult<Owned<Str>> {
        let decoder = self.inner(thread)?;
        let decoded = if decoder.is_none() {
            input.own()
        } else {
            decoder.call_method(thread, intern!("decode"), &[input, pyrox_objects::bool_ref(r#final)])?
        };
        let text = decoded
            .downcast::<Str>()
            .map_err(|other| thread.type_error(&format!("decoder should return a string result, not '{}'", other.ty().name())))?;
        self.state.process(thread, text, r#final)
    }
    #[method]
    fn getstate(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let decoder = self.inner(thread)?;
        let (buffer, flag) = if decoder.is_none() {
            (Bytes::from_slice(thread, &[])?.upcast(), 0u64)
        } else {
            let state = decoder.call_method(thread, intern!("getstate"), &[])?;
            let Some(state) = state.cast::<Tuple>() else { return Err(thread.type_error("illegal decoder state")) };
            let flag = if state.len() == 2 { state.get(1).cast::<Int>() } else { None };
            let Some(flag) = flag else { return Err(thread.type_error("illegal decoder state")) };
            let number = flag.to_u64().ok_or_else(|| thread.overflow_error("Python int too large to convert to C unsigned long"))?;
            (state.get(0).own(), number)
        };
        let flag = flag << 1 | self.state.pending_cr.get() as u64;
        Tuple::from_vec(thread, vec![buffer, Int::from_u64(flag).upcast()])
    }
    #[method(sig = "(state, /)")]
    fn setstate(&self, thread: &Thread, state: &Object) -> PyResult<Obj> {
        let decoder = self.inner(thread)?;
        let Some(state) = state.cast::<Tuple>() else { return Err(thread.type_error("state argument must be a tuple")) };
        let flag = if state.len() == 2 { state.get(1).cast::<Int>() } else { None };
        let Some(flag) = flag else { return Err(thread.type_error("setstate(): illegal state argument")) };
        let flag = flag.to_u64().ok_or_else(|| thread.overflow_error("Python int too large to convert to C unsigned long"))?;
        self.state.pending_cr.set(flag & 1 == 1);
        if decoder.is_none() {
            return Ok(none());
        }
        let inner = Tuple::from_vec(thread, vec![state.get(0).own(), int((flag >> 1) as i64)])?;
        decoder.call_method(thread, intern!("setstate"), &[&inner])
    }
    #[method]
    fn reset(&self, thread: &Thread) -> PyResult<Obj> {
        let decoder = self.inner(thread)?;
        self.state.reset();
        if decoder.is_none() { Ok(none()) } else { decoder.call_method(thread, intern!("reset"), &[]) }
    }
    #[getter]
    fn newlines(&self, thread: &Thread) -> PyResult<Obj> {
        self.inner(thread)?;
        self.state.seen(thread)
    }
}
