//! `Dialect`: how fields are delimited and quoted.

use std::cell::Cell;

use pyrox_macros::pyclass;
use pyrox_objects::native::{Keywords, NO_MEMBER, Rest};
use pyrox_objects::{Dict, Head, Int, Obj, ObjCell, Object, Own, Owned, PyResult, PyType, Str, Thread, Tuple, Type, abi, exceptions};

/// No character: what a setting of `None` compares with.
pub const NOT_SET: u32 = u32::MAX;

pub const QUOTE_MINIMAL: i64 = 0;
pub const QUOTE_ALL: i64 = 1;
pub const QUOTE_NONNUMERIC: i64 = 2;
pub const QUOTE_NONE: i64 = 3;
pub const QUOTE_STRINGS: i64 = 4;
pub const QUOTE_NOTNULL: i64 = 5;

/// The settings.
#[repr(C)]
pub struct Dialect {
    head: Head,
    skipinitialspace: Cell<bool>,
    doublequote: Cell<bool>,
    strict: Cell<bool>,
    pub delimiter: Cell<u32>,
    pub quotechar: Cell<u32>,
    pub escapechar: Cell<u32>,
    pub quoting: Cell<i64>,
    lineterminator: ObjCell,
}

const NAMES: [&str; 9] =
    ["dialect", "delimiter", "doublequote", "escapechar", "lineterminator", "quotechar", "quoting", "skipinitialspace", "strict"];

impl Dialect {
    /// The dialect of the arguments that `reader`, `writer` and `register_dialect` take.
    pub fn of(thread: &Thread, dialect: Option<&Object>, settings: Keywords<'_>) -> PyResult<Owned<Dialect>> {
        let keywords = Dict::new(thread)?;
        for (name, value) in settings.iter() {
            keywords.set(thread, name, value)?;
        }
        let args = Tuple::from_slice(thread, dialect.as_slice())?;
        let made = Dialect::ty().call_tuple(thread, &args, Some(&keywords))?;
        made.downcast().map_err(|_| thread.type_error("Dialect() gave no dialect"))
    }

    pub fn skips_space(&self) -> bool {
        self.skipinitialspace.get()
    }

    pub fn doubles_quotes(&self) -> bool {
        self.doublequote.get()
    }

    pub fn is_strict(&self) -> bool {
        self.strict.get()
    }

    pub fn terminator(&self) -> Owned<Str> {
        self.lineterminator.peek().and_then(|text| text.cast::<Str>()).map_or_else(Str::empty, Own::own_typed)
    }
}

/// A setting that is one character, or `None` where that is allowed.
fn character(thread: &Thread, name: &str, value: Option<Obj>, default: u32, or_none: bool) -> PyResult<u32> {
    let Some(value) = value else { return Ok(default) };
    if or_none && value.is_none() {
        return Ok(NOT_SET);
    }
    let expected = if or_none { "a unicode character or None" } else { "a unicode character" };
    match value.cast::<Str>() {
        Some(text) if text.len() == 1 => Ok(text.at(0)),
        Some(text) => Err(thread.type_error(&format!("\"{name}\" must be {expected}, not a string of length {}", text.len()))),
        None => Err(thread.type_error(&format!("\"{name}\" must be {expected}, not {}", value.ty().full_name()))),
    }
}

fn truth(thread: &Thread, value: Option<Obj>, default: bool) -> PyResult<bool> {
    value.map_or(Ok(default), |value| value.is_true(thread))
}

fn style(thread: &Thread, value: Option<Obj>) -> PyResult<i64> {
    let Some(value) = value else { return Ok(QUOTE_MINIMAL) };
    let Some(number) = value.exact::<Int>() else {
        return Err(thread.type_error(&format!("\"quoting\" must be an integer, not {}", value.ty().full_name())));
    };
    match number.to_i64() {
        Some(number @ QUOTE_MINIMAL..=QUOTE_NOTNULL) => Ok(number),
        _ => Err(thread.type_error("bad \"quoting\" value")),
    }
}

/// Characters that would not be told apart from the end of a line, or from each other.
fn check_characters(thread: &Thread, delimiter: u32, escape: u32, quote: u32, terminator: &Str, skips_space: bool) -> PyResult<()> {
    for (name, c, space) in [("delimiter", delimiter, true), ("escapechar", escape, !skips_space), ("quotechar", quote, !skips_space)] {
        if c == NOT_SET {
            continue;
        }
        if c == '\r' as u32 || c == '\n' as u32 || c == ' ' as u32 && !space {
            return Err(thread.value_error(&format!("bad {name} value")));
        }
        if terminator.chars().any(|t| t == c) {
            return Err(thread.value_error(&format!("bad {name} or lineterminator value")));
        }
    }
    for (a, b, names) in [
        (delimiter, escape, "delimiter or escapechar"),
        (delimiter, quote, "delimiter or quotechar"),
        (escape, quote, "escapechar or quotechar"),
    ] {
        if a == b && a != NOT_SET {
            return Err(thread.value_error(&format!("bad {names} value")));
        }
    }
    Ok(())
}

const fn flag(name: &'static std::ffi::CStr, offset: isize) -> abi::PyMemberDef {
    abi::PyMemberDef { name: name.as_ptr(), r#type: abi::Py_T_BOOL, offset, flags: abi::Py_READONLY, doc: std::ptr::null() }
}

fn shown(thread: &Thread, c: u32) -> Obj {
    if c == NOT_SET { pyrox_objects::none() } else { Str::from_char(thread, c).upcast() }
}

/// CSV dialect
///
/// The Dialect type records CSV parsing and generation options.
#[pyclass(name = "Dialect", module = "_csv", traverse = [lineterminator], dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE,
    members = &[flag(c"skipinitialspace", 16), flag(c"doublequote", 17), flag(c"strict", 18), NO_MEMBER])]
impl Dialect {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        if args.len() > 9 {
            return Err(thread.type_error(&format!("function takes at most 9 arguments ({} given)", args.len())));
        }
        let mut given: [Option<Obj>; 9] = std::array::from_fn(|at| args.items().get(at).map(|value| value.own()));
        for (name, value) in kwargs.map(Dict::items_vec).unwrap_or_default() {
            let name = name.str(thread)?;
            match NAMES.iter().position(|known| name.equals_str(known)).and_then(|at| given.get_mut(at)) {
                Some(place @ None) => *place = Some(value),
                Some(_) => {
                    return Err(thread.type_error(&format!("argument for function given by name ('{name}') and position")));
                }
                None => return Err(thread.type_error(&format!("this function got an unexpected keyword argument '{name}'"))),
            }
        }
        let [dialect, settings @ ..] = &mut given;
        if let Some(mut dialect) = dialect.take().filter(|d| !d.is_none()) {
            if dialect.is_instance::<Str>() {
                dialect = super::registered(thread, &dialect)?;
            }
            if dialect.is_exact::<Dialect>() && cls.is(Dialect::ty()) && settings.iter().all(Option::is_none) {
                return Ok(dialect);
            }
            for (place, name) in settings.iter_mut().zip(&NAMES[1..]).filter(|(place, _)| place.is_none()) {
                *place = thread.optional(dialect.getattr_str(thread, name), exceptions::attribute_error())?;
            }
        }
        let [delimiter, doublequote, escapechar, lineterminator, quotechar, quoting, skipinitialspace, strict] = settings;
        let delimiter = character(thread, "delimiter", delimiter.take(), ',' as u32, false)?;
        let doublequote = truth(thread, doublequote.take(), true)?;
        let escapechar = character(thread, "escapechar", escapechar.take(), NOT_SET, true)?;
        let terminator = match lineterminator.take() {
            None => Str::from_str(thread, "\r\n")?,
            Some(text) => text
                .downcast::<Str>()
                .map_err(|other| thread.type_error(&format!("\"lineterminator\" must be a string, not {}", other.ty().full_name())))?,
        };
        let quote_is_none = quotechar.as_ref().is_some_and(|q| q.is_none());
        let quotechar = character(thread, "quotechar", quotechar.take(), '"' as u32, true)?;
        let quoting = if quoting.is_none() && quote_is_none { QUOTE_NONE } else { style(thread, quoting.take())? };
        let skipinitialspace = truth(thread, skipinitialspace.take(), false)?;
        let strict = truth(thread, strict.take(), false)?;
        if quoting != QUOTE_NONE && quotechar == NOT_SET {
            return Err(thread.type_error("quotechar must be set if quoting enabled"));
        }
        check_characters(thread, delimiter, escapechar, quotechar, &terminator, skipinitialspace)?;
        let made = Dialect {
            head: Head::unset(),
            skipinitialspace: Cell::new(skipinitialspace),
            doublequote: Cell::new(doublequote),
            strict: Cell::new(strict),
            delimiter: Cell::new(delimiter),
            quotechar: Cell::new(quotechar),
            escapechar: Cell::new(escapechar),
            quoting: Cell::new(quoting),
            lineterminator: ObjCell::new(Some(terminator.upcast())),
        };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    #[getter]
    fn delimiter(&self, thread: &Thread) -> PyResult<Obj> {
        Ok(shown(thread, self.delimiter.get()))
    }
    #[getter]
    fn escapechar(&self, thread: &Thread) -> PyResult<Obj> {
        Ok(shown(thread, self.escapechar.get()))
    }
    #[getter]
    fn lineterminator(&self) -> Owned<Str> {
        self.terminator()
    }
    #[getter]
    fn quotechar(&self, thread: &Thread) -> PyResult<Obj> {
        Ok(shown(thread, self.quotechar.get()))
    }
    #[getter]
    fn quoting(&self) -> i64 {
        self.quoting.get()
    }
    /// raises an exception to avoid pickling
    #[method(sig = "(*args)", text = "")]
    fn __reduce__(&self, thread: &Thread, args: Rest<'_>) -> PyResult<Obj> {
        let _ = args;
        Err(thread.type_error(&format!("cannot pickle '{}' instances", self.ty().name())))
    }
    /// raises an exception to avoid pickling
    #[method(sig = "(*args)", text = "")]
    fn __reduce_ex__(&self, thread: &Thread, args: Rest<'_>) -> PyResult<Obj> {
        self.__reduce__(thread, args)
    }
}
