//! `make_scanner`: reads one JSON value.

use std::cell::Cell;

use pyrox_macros::pyclass;
use pyrox_objects::native::{KeywordSpace, NO_MEMBER, Raw, Spec, object_member, parse_tuple};
use pyrox_objects::str::Chars;
use pyrox_objects::{Dict, Float, Head, Int, List, Obj, ObjCell, Object, PyResult, PyType, Raised, Str, Thread, Tuple, Type, abi, intern};

use super::string::{Unit, scan_string};
use super::{decode_error, text_argument};

/// A scanner with what its decoder wants.
#[repr(C)]
pub struct Scanner {
    head: Head,
    strict: Cell<bool>,
    object_hook: ObjCell,
    object_pairs_hook: ObjCell,
    parse_float: ObjCell,
    parse_int: ObjCell,
    parse_constant: ObjCell,
}

static NEW: Spec = Spec {
    name: "make_scanner",
    parameters: &["context"],
    required: &[true],
    positional_only: 0,
    positional: 1,
    required_positional: 1,
    varargs: false,
    varkeywords: false,
};

static CALL: Spec = Spec {
    name: "scan_once",
    parameters: &["string", "idx"],
    required: &[true, true],
    positional_only: 0,
    positional: 2,
    required_positional: 2,
    varargs: false,
    varkeywords: false,
};

/// One run over a text.
struct Run<'a, T> {
    thread: &'a Thread,
    source: &'a Str,
    text: &'a [T],
    strict: bool,
    object_hook: Option<Obj>,
    object_pairs_hook: Option<Obj>,
    /// Nothing if it is `float` and `int`.
    parse_float: Option<Obj>,
    parse_int: Option<Obj>,
    parse_constant: Obj,
    /// Keys seen, so that equal ones are one object.
    memo: pyrox_objects::Owned<Dict>,
}

impl<T: Unit> Run<'_, T> {
    fn unit(&self, at: usize) -> Option<u32> {
        self.text.get(at).map(|&unit| unit.into())
    }

    fn skip_space(&self, mut at: usize) -> usize {
        while let Some(0x20 | 0x09 | 0x0a | 0x0d) = self.unit(at) {
            at += 1;
        }
        at
    }

    fn follows(&self, at: usize, word: &[u8]) -> bool {
        self.text.get(at..at + word.len()).is_some_and(|text| text.iter().zip(word).all(|(&unit, &byte)| unit.into() == byte as u32))
    }

    #[cold]
    fn stop(&self, at: usize) -> Raised {
        self.thread.stop_iteration(Some(&Int::from(at as i64)))
    }

    #[cold]
    fn error(&self, message: &str, at: usize) -> Raised {
        decode_error(self.thread, message, self.source, at as isize)
    }

    fn value(&self, at: usize) -> PyResult<(Obj, usize)> {
        match self.unit(at) {
            Some(0x22) => {
                let (value, end) = scan_string(self.thread, self.source, self.text, at + 1, self.strict)?;
                Ok((value.upcast(), end))
            }
            Some(0x7b) => {
                self.thread.check_stack(" while decoding a JSON object from a unicode string")?;
                self.object(at + 1)
            }
            Some(0x5b) => {
                self.thread.check_stack(" while decoding a JSON array from a unicode string")?;
                self.array(at + 1)
            }
            Some(0x6e) if self.follows(at, b"null") => Ok((pyrox_objects::none(), at + 4)),
            Some(0x74) if self.follows(at, b"true") => Ok((pyrox_objects::bool_obj(true), at + 4)),
            Some(0x66) if self.follows(at, b"false") => Ok((pyrox_objects::bool_obj(false), at + 5)),
            Some(0x4e) if self.follows(at, b"NaN") => self.constant("NaN", at),
            Some(0x49) if self.follows(at, b"Infinity") => self.constant("Infinity", at),
            Some(0x2d) if self.follows(at, b"-Infinity") => self.constant("-Infinity", at),
            _ => self.number(at),
        }
    }

    fn constant(&self, word: &str, at: usize) -> PyResult<(Obj, usize)> {
        let text = Str::intern_str(self.thread, word)?;
        Ok((self.parse_constant.call(self.thread, &[&text])?, at + word.len()))
    }

    fn array(&self, start: usize) -> PyResult<(Obj, usize)> {
        let list = List::new(self.thread)?;
        let mut at = self.skip_space(start);
        if self.unit(at) == Some(0x5d) {
            return Ok((list.upcast(), at + 1));
        }
        loop {
            let (item, end) = self.value(at)?;
            list.append(self.thread, item)?;
            at = self.skip_space(end);
            match self.unit(at) {
                Some(0x5d) => return Ok((list.upcast(), at + 1)),
                Some(0x2c) => {}
                _ => return Err(self.error("Expecting ',' delimiter", at)),
            }
            let comma = at;
            at = self.skip_space(at + 1);
            if self.unit(at) == Some(0x5d) {
                return Err(self.error("Illegal trailing comma before end of array", comma));
            }
        }
    }

    fn object(&self, start: usize) -> PyResult<(Obj, usize)> {
        let thread = self.thread;
        let pairs = match &self.object_pairs_hook {
            Some(_) => Some(List::new(thread)?),
            None => None,
        };
        let dict = Dict::new(thread)?;
        let mut at = self.skip_space(start);
        if self.unit(at) != Some(0x7d) {
            loop {
                if self.unit(at) != Some(0x22) {
                    return Err(self.error("Expecting property name enclosed in double quotes", at));
                }
                let (key, end) = scan_string(thread, self.source, self.text, at + 1, self.strict)?;
                let key = self.memo.set_default(thread, &key, &key)?;
                at = self.skip_space(end);
                if self.unit(at) != Some(0x3a) {
                    return Err(self.error("Expecting ':' delimiter", at));
                }
                let (value, end) = self.value(self.skip_space(at + 1))?;
                match &pairs {
                    Some(pairs) => pairs.append(thread, Tuple::from_vec(thread, vec![key, value])?.upcast())?,
                    None => dict.set(thread, &key, &value)?,
                }
                at = self.skip_space(end);
                match self.unit(at) {
                    Some(0x7d) => break,
                    Some(0x2c) => {}
                    _ => return Err(self.error("Expecting ',' delimiter", at)),
                }
                let comma = at;
                at = self.skip_space(at + 1);
                if self.unit(at) == Some(0x7d) {
                    return Err(self.error("Illegal trailing comma before end of object", comma));
                }
            }
        }
        let made = match (&self.object_pairs_hook, pairs, &self.object_hook) {
            (Some(hook), Some(pairs), _) => hook.call(thread, &[&pairs])?,
            (_, _, Some(hook)) => hook.call(thread, &[&dict])?,
            _ => dict.upcast(),
        };
        Ok((made, at + 1))
    }

    fn digits(&self, mut at: usize) -> usize {
        while let Some(0x30..=0x39) = self.unit(at) {
            at += 1;
        }
        at
    }

    fn number(&self, start: usize) -> PyResult<(Obj, usize)> {
        let thread = self.thread;
        let negative = self.unit(start) == Some(0x2d);
        let first = start + negative as usize;
        let mut end = match self.unit(first) {
            Some(0x31..=0x39) => self.digits(first + 1),
            Some(0x30) => first + 1,
            _ => return Err(self.stop(start)),
        };
        let whole = end;
        if self.unit(end) == Some(0x2e) && matches!(self.unit(end + 1), Some(0x30..=0x39)) {
            end = self.digits(end + 2);
        }
        if let Some(0x65 | 0x45) = self.unit(end) {
            let sign = matches!(self.unit(end + 1), Some(0x2b | 0x2d)) as usize;
            let exponent = self.digits(end + 1 + sign);
            if exponent > end + 1 + sign {
                end = exponent;
            }
        }
        let is_float = end > whole;
        if let Some(parse) = if is_float { &self.parse_float } else { &self.parse_int } {
            let text = self.source.substring(thread, start, end)?;
            return Ok((parse.call(thread, &[&text])?, end));
        }
        let units = self.text.get(start..end).unwrap_or_default();
        if !is_float && units.len() <= 18 {
            let digits = units.iter().skip(negative as usize);
            let value = digits.fold(0i64, |value, &unit| value * 10 + (unit.into() as i64 - 0x30));
            return Ok((Int::from(if negative { -value } else { value }).upcast(), end));
        }
        let text: Vec<u8> = units.iter().map(|&unit| unit.into() as u8).collect();
        let value = if is_float {
            // Digits, point and exponent as checked above are what Rust reads, rounded correctly.
            let value = std::str::from_utf8(&text).ok().and_then(|text| text.parse::<f64>().ok());
            Float::new(value.ok_or_else(|| self.stop(start))?).upcast()
        } else {
            pyrox_objects::int::parse_int(thread, &text, 10, &*self.source.substring(thread, start, end)?)?.upcast()
        };
        Ok((value, end))
    }
}

impl Scanner {
    fn run<T: Unit>(&self, thread: &Thread, source: &Str, text: &[T], at: usize) -> PyResult<(Obj, usize)> {
        let hook = |cell: &ObjCell| cell.get().filter(|hook| !hook.is_none());
        let run = Run {
            thread,
            source,
            text,
            strict: self.strict.get(),
            object_hook: hook(&self.object_hook),
            object_pairs_hook: hook(&self.object_pairs_hook),
            parse_float: self.parse_float.get().filter(|f| !f.is(Float::ty())),
            parse_int: self.parse_int.get().filter(|f| !f.is(Int::ty())),
            parse_constant: self.parse_constant.get().unwrap_or_else(pyrox_objects::none),
            memo: Dict::new(thread)?,
        };
        run.value(at)
    }
}

/// A read-only member that is an object, with its doc.
pub(super) const fn member(name: &'static std::ffi::CStr, offset: usize) -> abi::PyMemberDef {
    let mut member = object_member(name, offset, true);
    member.doc = name.as_ptr();
    member
}

/// A read-only member that is a flag, with its doc.
pub(super) const fn flag(name: &'static std::ffi::CStr, offset: isize) -> abi::PyMemberDef {
    abi::PyMemberDef { name: name.as_ptr(), r#type: abi::Py_T_BOOL, offset, flags: abi::Py_READONLY, doc: name.as_ptr() }
}

/// JSON scanner object
#[pyclass(name = "Scanner", module = "_json", traverse = [object_hook, object_pairs_hook, parse_float, parse_int, parse_constant],
    dealloc = drop, members = &[flag(c"strict", 16), member(c"object_hook", 24), object_member(c"object_pairs_hook", 32, true),
        member(c"parse_float", 40), member(c"parse_int", 48), member(c"parse_constant", 56), NO_MEMBER])]
impl Scanner {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        let [context] = parsed(thread, &NEW, args, kwargs)?;
        let field = |name: &'static Str| -> PyResult<ObjCell> { Ok(ObjCell::new(Some(context.getattr(thread, name)?))) };
        let made = Scanner {
            head: Head::unset(),
            strict: Cell::new(context.getattr(thread, intern!("strict"))?.is_true(thread)?),
            object_hook: field(intern!("object_hook"))?,
            object_pairs_hook: field(intern!("object_pairs_hook"))?,
            parse_float: field(intern!("parse_float"))?,
            parse_int: field(intern!("parse_int"))?,
            parse_constant: field(intern!("parse_constant"))?,
        };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    #[slot]
    fn tp_call(&self, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        let [string, index] = parsed(thread, &CALL, args, kwargs)?;
        let index = index.as_isize(thread)?;
        let source = text_argument(thread, string)?;
        let Ok(index) = usize::try_from(index) else { return Err(thread.value_error("idx cannot be negative")) };
        let (value, end) = match source.as_chars() {
            Chars::Ascii(text) | Chars::Latin1(text) => self.run(thread, source, text, index)?,
            Chars::Ucs2(text) => self.run(thread, source, text, index)?,
            Chars::Ucs4(text) => self.run(thread, source, text, index)?,
        };
        Ok(Tuple::from_vec(thread, vec![value, Int::from(end as i64).upcast()])?.upcast())
    }
}

/// The arguments of a call whose parameters are all required.
pub(super) fn parsed<'a, const N: usize>(
    thread: &Thread,
    spec: &'static Spec,
    args: &'a Tuple,
    kwargs: Option<&'a Dict>,
) -> PyResult<[&'a Object; N]> {
    let mut slots: [Raw; N] = [std::ptr::null_mut(); N];
    let mut space = KeywordSpace::default();
    let kwargs = kwargs.map_or(std::ptr::null_mut(), |k| k.as_ptr());
    // SAFETY: a tuple, and a dict or null; there is a slot for each of the spec's parameters.
    unsafe { parse_tuple(thread, spec, args.as_ptr(), kwargs, &mut space, &mut slots)? };
    // SAFETY: required parameters are filled, with objects that the caller holds for the call.
    Ok(slots.map(|slot| unsafe { Object::from_ptr(slot) }))
}

const _: () = assert!(size_of::<Scanner>() == 64);
