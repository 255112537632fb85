//! `re.Pattern` and its scanner.

use std::cell::{Cell, RefCell};

use pyrox_macros::pyclass;
use pyrox_objects::object::Own;
use pyrox_objects::{
    Buffer, Bytes, CompareOp, Dict, Head, Int, List, MappingProxy, Obj, ObjCell, Object, Owned, PyResult, PyType, Str, Thread, Tuple, Type,
    exceptions, intern,
};
use pyrox_sre::{Pattern as Engine, State};

use super::matching::Match;
use super::subject::{Held, bounds, stopped};
use super::template::Template;

/// A compiled pattern.
#[repr(C)]
pub struct Pattern {
    head: Head,
    weaklist: Cell<*mut pyrox_objects::abi::PyObject>,
    pattern: ObjCell,
    groupindex: ObjCell,
    indexgroup: ObjCell,
    flags: i32,
    /// For text, for bytes, or for both.
    wants_text: Option<bool>,
    engine: Engine,
}

/// How to match.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Match,
    Fullmatch,
    Search,
}

fn attempt(thread: &Thread, state: &mut State<'_>, way: Way) -> PyResult<bool> {
    let result = match way {
        Way::Match => state.match_(),
        Way::Fullmatch => state.fullmatch(),
        Way::Search => state.search(),
    };
    result.map_err(|stop| stopped(thread, stop))
}

impl Pattern {
    pub fn make(
        thread: &Thread,
        pattern: &Object,
        flags: i32,
        code: Vec<u32>,
        groups: isize,
        groupindex: &Dict,
        indexgroup: &Tuple,
    ) -> PyResult<Obj> {
        let wants_text = match pattern.is_none() {
            true => None,
            false => Some(Held::new(thread, pattern, None)?.is_text()),
        };
        let groups = usize::try_from(groups).map_err(|_| thread.runtime_error("invalid SRE code"))?;
        let Ok(engine) = Engine::new(code, groups) else { return Err(thread.runtime_error("invalid SRE code")) };
        let made = Pattern {
            head: Head::unset(),
            weaklist: Cell::new(std::ptr::null_mut()),
            pattern: ObjCell::new(Some(pattern.own())),
            groupindex: ObjCell::new(Some((**groupindex).own())),
            indexgroup: ObjCell::new(Some((**indexgroup).own())),
            flags,
            wants_text,
            engine,
        };
        Ok(Pattern::ty().instantiate(thread, made)?.upcast())
    }

    /// How many groups there are, the whole match not counted.
    pub fn groups(&self) -> usize {
        self.engine.groups()
    }

    /// Names of groups to numbers.
    pub fn group_names(&self) -> Option<Owned<Dict>> {
        self.groupindex.get().and_then(|d| d.downcast::<Dict>().ok())
    }

    /// The name of a group.
    pub fn group_name(&self, number: usize) -> Obj {
        let names = self.indexgroup.get();
        match names.as_ref().and_then(|n| n.cast::<Tuple>()).filter(|n| number < n.len()) {
            Some(names) => names.get(number).own(),
            None => pyrox_objects::none(),
        }
    }

    fn one(&self, thread: &Thread, string: &Object, pos: isize, endpos: isize, way: Way) -> PyResult<Obj> {
        let held = Held::new(thread, string, self.wants_text)?;
        let (pos, endpos) = bounds(held.len(), pos, endpos);
        let mut state = State::new(&self.engine, held.units(), pos, endpos);
        let mut interrupt = || thread.interrupts.get() != 0;
        state.set_interrupt(&mut interrupt);
        if !attempt(thread, &mut state, way)? {
            return Ok(pyrox_objects::none());
        }
        Match::make(thread, self, string, &state, pos, endpos)
    }

    /// Go through all matches; the closure tells whether to go on. It must not hold on to the state.
    fn each(
        &self,
        thread: &Thread,
        held: &Held,
        (pos, endpos): (usize, usize),
        mut found: impl FnMut(&State<'_>) -> PyResult<bool>,
    ) -> PyResult<()> {
        let mut interrupt = || thread.interrupts.get() != 0;
        let mut state = State::new(&self.engine, held.units(), pos, endpos);
        state.set_interrupt(&mut interrupt);
        while state.start() <= endpos && attempt(thread, &mut state, Way::Search)? {
            if !found(&state)? {
                break;
            }
            state.advance();
        }
        Ok(())
    }

    fn substitute(&self, thread: &Thread, repl: &Object, string: &Object, count: isize) -> PyResult<(Obj, i64)> {
        let held = Held::new(thread, string, self.wants_text)?;
        let filter = Filter::new(thread, self, repl)?;
        let bounds = (0, held.len());
        let mut pieces: Vec<Obj> = Vec::new();
        let (mut made, mut last) = (0i64, 0usize);
        self.each(thread, &held, bounds, |state| {
            if count > 0 && made >= count as i64 {
                return Ok(false);
            }
            let (start, end) = (state.start(), state.end());
            if last < start {
                pieces.push(held.slice(thread, string, last, start)?);
            }
            match &filter {
                Filter::Text(text) => pieces.push(text.clone()),
                Filter::Template(template) => {
                    let found = Match::make(thread, self, string, state, bounds.0, bounds.1)?;
                    if let (Some(template), Some(found)) = (template.cast::<Template>(), found.cast::<Match>()) {
                        pieces.extend(template.pieces(thread, found)?);
                    }
                }
                Filter::Function(function) => {
                    let found = Match::make(thread, self, string, state, bounds.0, bounds.1)?;
                    let text = function.call(thread, &[&found])?;
                    if !text.is_none() {
                        pieces.push(text);
                    }
                }
            }
            last = end;
            made += 1;
            Ok(true)
        })?;
        if last < held.len() {
            pieces.push(held.slice(thread, string, last, held.len())?);
        }
        // Nothing to do: the string itself.
        if made == 0 && (string.is_exact::<Str>() || string.is_exact::<Bytes>()) {
            return Ok((string.own(), 0));
        }
        Ok((join(thread, &held, pieces)?, made))
    }
}

/// Join pieces of text or bytes.
pub fn join(thread: &Thread, held: &Held, pieces: Vec<Obj>) -> PyResult<Obj> {
    let list = List::from_vec(thread, pieces)?;
    let empty: Obj = match held.is_text() {
        true => Str::empty().upcast(),
        false => Bytes::from_slice(thread, &[])?.upcast(),
    };
    empty.call_method(thread, intern!("join"), &[&list])
}

/// What stands in a match's place.
enum Filter {
    Text(Obj),
    Template(Obj),
    Function(Obj),
}

impl Filter {
    fn new(thread: &Thread, pattern: &Pattern, repl: &Object) -> PyResult<Filter> {
        if repl.is_callable() {
            return Ok(Filter::Function(repl.own()));
        }
        // A text without a backslash stands for itself.
        let literal = match repl.cast::<Str>() {
            Some(text) => text.chars().all(|c| c != '\\' as u32),
            None => match pyrox_objects::buffer::is_buffer(repl) {
                true => !Buffer::simple(thread, repl)?.as_slice().contains(&b'\\'),
                false => false,
            },
        };
        if literal {
            return Ok(Filter::Text(repl.own()));
        }
        let re = pyrox_interpreter::import::import_module(thread, "re")?;
        let made = re.call_method(thread, intern!("_compile_template"), &[pattern, repl])?;
        match made.cast::<Template>() {
            Some(template) => match template.literal() {
                Some(text) => Ok(Filter::Text(text)),
                None => Ok(Filter::Template(made)),
            },
            None => Ok(if made.is_callable() { Filter::Function(made) } else { Filter::Text(made) }),
        }
    }
}

/// Compiled regular expression object.
#[pyclass(name = "Pattern", module = "re", traverse = [pattern, groupindex, indexgroup], dealloc = drop, weaklistoffset = 16,
    flags = pyrox_objects::abi::Py_TPFLAGS_DISALLOW_INSTANTIATION)]
impl Pattern {
    /// Matches zero or more characters at the beginning of the string.
    #[method(sig = "($self, /, string, pos=0, endpos=sys.maxsize)")]
    fn r#match(&self, thread: &Thread, string: &Object, pos: isize, endpos: isize) -> PyResult<Obj> {
        self.one(thread, string, pos, endpos, Way::Match)
    }
    /// Matches against all of the string.
    #[method(sig = "($self, /, string, pos=0, endpos=sys.maxsize)")]
    fn fullmatch(&self, thread: &Thread, string: &Object, pos: isize, endpos: isize) -> PyResult<Obj> {
        self.one(thread, string, pos, endpos, Way::Fullmatch)
    }
    /// Scan through string looking for a match, and return a corresponding match object instance.
    ///
    /// Return None if no position in the string matches.
    #[method(sig = "($self, /, string, pos=0, endpos=sys.maxsize)")]
    fn search(&self, thread: &Thread, string: &Object, pos: isize, endpos: isize) -> PyResult<Obj> {
        self.one(thread, string, pos, endpos, Way::Search)
    }
    /// Return a list of all non-overlapping matches of pattern in string.
    #[method(sig = "($self, /, string, pos=0, endpos=sys.maxsize)")]
    fn findall(&self, thread: &Thread, string: &Object, pos: isize, endpos: isize) -> PyResult<Obj> {
        let held = Held::new(thread, string, self.wants_text)?;
        let list = List::new(thread)?;
        let groups = self.groups();
        let empty = held.slice(thread, pyrox_objects::none_ref(), 0, 0)?;
        self.each(thread, &held, bounds(held.len(), pos, endpos), |state| {
            let text = |number: usize| match state.group(number) {
                Some((start, end)) => held.slice(thread, string, start, end),
                None => Ok(empty.clone()),
            };
            let item = match groups {
                0 => text(0)?,
                1 => text(1)?,
                _ => Tuple::from_vec(thread, (1..=groups).map(text).collect::<PyResult<Vec<Obj>>>()?)?.upcast(),
            };
            list.append(thread, item)?;
            Ok(true)
        })?;
        Ok(list.upcast())
    }
    /// Return an iterator over all non-overlapping matches for the RE pattern in string.
    ///
    /// For each match, the iterator returns a match object.
    #[method(sig = "($self, /, string, pos=0, endpos=sys.maxsize)")]
    fn finditer(&self, thread: &Thread, string: &Object, pos: isize, endpos: isize) -> PyResult<Obj> {
        let scanner = Scanner::make(thread, self, string, pos, endpos)?;
        let search = scanner.getattr(thread, intern!("search"))?;
        pyrox_objects::iterators::CallIterator::new(thread, &search, pyrox_objects::none_ref()).map(|i| i.upcast())
    }
    #[method(sig = "($self, /, string, pos=0, endpos=sys.maxsize)")]
    fn scanner(&self, thread: &Thread, string: &Object, pos: isize, endpos: isize) -> PyResult<Obj> {
        Scanner::make(thread, self, string, pos, endpos)
    }
    /// Split string by the occurrences of pattern.
    #[method(sig = "($self, /, string, maxsplit=0)")]
    fn split(&self, thread: &Thread, string: &Object, maxsplit: isize) -> PyResult<Obj> {
        let held = Held::new(thread, string, self.wants_text)?;
        let list = List::new(thread)?;
        let (mut count, mut last) = (0, 0);
        self.each(thread, &held, (0, held.len()), |state| {
            if maxsplit > 0 && count >= maxsplit {
                return Ok(false);
            }
            list.append(thread, held.slice(thread, string, last, state.start())?)?;
            for number in 1..=self.groups() {
                let item = match state.group(number) {
                    Some((start, end)) => held.slice(thread, string, start, end)?,
                    None => pyrox_objects::none(),
                };
                list.append(thread, item)?;
            }
            last = state.end();
            count += 1;
            Ok(true)
        })?;
        list.append(thread, held.slice(thread, string, last, held.len())?)?;
        Ok(list.upcast())
    }
    /// Return the string obtained by replacing the leftmost non-overlapping occurrences of pattern in string by the replacement repl.
    #[method(sig = "($self, /, repl, string, count=0)")]
    fn sub(&self, thread: &Thread, repl: &Object, string: &Object, count: isize) -> PyResult<Obj> {
        Ok(self.substitute(thread, repl, string, count)?.0)
    }
    /// Return the tuple (new_string, number_of_subs_made) found by replacing the leftmost non-overlapping occurrences of pattern with the replacement repl.
    #[method(sig = "($self, /, repl, string, count=0)")]
    fn subn(&self, thread: &Thread, repl: &Object, string: &Object, count: isize) -> PyResult<Obj> {
        let (text, made) = self.substitute(thread, repl, string, count)?;
        Ok(Tuple::from_vec(thread, vec![text, Int::from(made).upcast()])?.upcast())
    }
    #[method]
    fn __copy__(this: &Object) -> Obj {
        this.own()
    }
    #[method(sig = "($self, memo, /)")]
    fn __deepcopy__(this: &Object, memo: &Object) -> Obj {
        let _ = memo;
        this.own()
    }
    #[method]
    fn __sizeof__(&self) -> usize {
        size_of::<Pattern>() + self.engine.heap_size()
    }
    /// See PEP 585
    #[classmethod(sig = "(object, /)")]
    fn __class_getitem__(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
        pyrox_objects::generic_alias::new(thread, cls, object)
    }
    /// The pattern string from which the RE object was compiled.
    #[getter]
    fn pattern(&self) -> Option<Obj> {
        self.pattern.get()
    }
    /// The regex matching flags.
    #[getter]
    fn flags(&self) -> i32 {
        self.flags
    }
    /// The number of capturing groups in the pattern.
    #[getter(name = "groups")]
    fn group_count(&self) -> usize {
        self.groups()
    }
    /// A dictionary mapping group names to group numbers.
    #[getter]
    fn groupindex(&self, thread: &Thread) -> PyResult<Obj> {
        match self.groupindex.get() {
            Some(names) => Ok(MappingProxy::new(thread, &names)?.upcast()),
            None => Ok(Dict::new(thread)?.upcast()),
        }
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        const NAMES: [(i32, &str); 8] = [
            (2, "IGNORECASE"),
            (8, "MULTILINE"),
            (16, "DOTALL"),
            (32, "UNICODE"),
            (64, "VERBOSE"),
            (128, "DEBUG"),
            (256, "ASCII"),
            (4, "LOCALE"),
        ];
        let mut left = self.flags;
        // The default of text patterns goes without saying.
        if self.wants_text == Some(true) && left & (256 | 4 | 32) == 32 {
            left &= !32;
        }
        let mut shown: Vec<String> = Vec::new();
        let mut order = NAMES;
        order.sort_by_key(|(flag, _)| *flag);
        for (flag, name) in order {
            if left & flag != 0 {
                shown.push(format!("re.{name}"));
                left &= !flag;
            }
        }
        if left != 0 {
            shown.push(format!("{left:#x}"));
        }
        let pattern = self.pattern.get().unwrap_or_else(pyrox_objects::none).repr(thread)?;
        let cut = pattern.substring(thread, 0, pattern.len().min(200))?;
        let text = match shown.is_empty() {
            true => format!("re.compile({})", cut.to_string_lossy()),
            false => format!("re.compile({}, {})", cut.to_string_lossy(), shown.join("|")),
        };
        Str::from_str(thread, &text)
    }
    #[slot]
    fn tp_hash(&self, thread: &Thread) -> PyResult<isize> {
        let pattern = self.pattern.get().unwrap_or_else(pyrox_objects::none).hash(thread)?;
        let code = self.engine.code_list().iter().fold(0u64, |sum, &word| sum.rotate_left(5) ^ (word as u64).wrapping_mul(0x9e37_79b9));
        let mixed = pattern ^ code as isize ^ self.flags as isize ^ self.groups() as isize ^ self.wants_text.is_some() as isize;
        Ok(if mixed == -1 { -2 } else { mixed })
    }
    #[slot]
    fn tp_richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        let (Some(other), CompareOp::Eq | CompareOp::Ne) = (other.cast::<Pattern>(), op) else {
            return Ok(pyrox_objects::not_implemented());
        };
        let equal = std::ptr::eq(self, other)
            || self.flags == other.flags
                && self.wants_text == other.wants_text
                && self.engine.code_list() == other.engine.code_list()
                && match (self.pattern.get(), other.pattern.get()) {
                    (Some(a), Some(b)) => a.eq(thread, &b)?,
                    _ => false,
                };
        Ok(pyrox_objects::bool_obj(equal == (op == CompareOp::Eq)))
    }
}

/// Finds one match after the other.
#[repr(C)]
pub struct Scanner {
    head: Head,
    pattern: ObjCell,
    string: ObjCell,
    held: Held,
    bounds: (usize, usize),
    /// Where the next attempt starts, and whether an empty match there is forbidden; `None` when done.
    next: Cell<Option<(usize, bool)>>,
    running: RefCell<()>,
}

impl Scanner {
    fn make(thread: &Thread, pattern: &Pattern, string: &Object, pos: isize, endpos: isize) -> PyResult<Obj> {
        let held = Held::new(thread, string, pattern.wants_text)?;
        let bounds = bounds(held.len(), pos, endpos);
        let made = Scanner {
            head: Head::unset(),
            pattern: ObjCell::new(Some(pattern.own_typed().upcast())),
            string: ObjCell::new(Some(string.own())),
            held,
            bounds,
            next: Cell::new(Some((bounds.0, false))),
            running: RefCell::new(()),
        };
        Ok(Scanner::ty().instantiate(thread, made)?.upcast())
    }

    fn step(&self, thread: &Thread, way: Way) -> PyResult<Obj> {
        // A signal handler may come back here while the engine runs.
        let Ok(_running) = self.running.try_borrow_mut() else {
            return Err(thread.value_error("regular expression scanner already executing"));
        };
        let (Some(pattern), Some(string)) = (self.pattern.get(), self.string.get()) else { return Ok(pyrox_objects::none()) };
        let (Some(pattern), Some((start, must_advance))) = (pattern.cast::<Pattern>(), self.next.get()) else {
            return Ok(pyrox_objects::none());
        };
        let mut interrupt = || thread.interrupts.get() != 0;
        let mut state = State::new(&pattern.engine, self.held.units(), start, self.bounds.1);
        state.set_must_advance(must_advance);
        state.set_interrupt(&mut interrupt);
        if start > self.bounds.1 || !attempt(thread, &mut state, way)? {
            self.next.set(None);
            return Ok(pyrox_objects::none());
        }
        let found = Match::make(thread, pattern, &string, &state, self.bounds.0, self.bounds.1)?;
        self.next.set(Some((state.end(), state.end() == state.start())));
        Ok(found)
    }
}

#[pyclass(name = "SRE_Scanner", module = "_sre", traverse = [pattern, string], dealloc = drop,
    flags = pyrox_objects::abi::Py_TPFLAGS_DISALLOW_INSTANTIATION)]
impl Scanner {
    #[method]
    fn r#match(&self, thread: &Thread) -> PyResult<Obj> {
        self.step(thread, Way::Match)
    }
    #[method]
    fn search(&self, thread: &Thread) -> PyResult<Obj> {
        self.step(thread, Way::Search)
    }
    #[getter]
    fn pattern(&self) -> Option<Obj> {
        self.pattern.get()
    }
}

/// `IndexError: no such group`.
pub fn no_group(thread: &Thread) -> pyrox_objects::Raised {
    thread.error(exceptions::index_error(), "no such group")
}
