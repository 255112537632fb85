//! `re.Match`.

use pyrox_macros::pyclass;
use pyrox_objects::native::Rest;
use pyrox_objects::object::Own;
use pyrox_objects::{Dict, Head, Int, Obj, ObjCell, Object, Owned, PyResult, PyType, Str, Thread, Tuple, Type, intern};
use pyrox_sre::State;

use super::pattern::{Pattern, join, no_group};
use super::subject::Held;
use super::template::Template;

/// What a pattern found.
#[repr(C)]
pub struct Match {
    head: Head,
    pattern: ObjCell,
    string: ObjCell,
    regs: ObjCell,
    pos: usize,
    endpos: usize,
    lastindex: Option<usize>,
    /// The bounds of each group.
    groups: Box<[Option<(usize, usize)>]>,
}

impl Match {
    pub fn make(thread: &Thread, pattern: &Pattern, string: &Object, state: &State<'_>, pos: usize, endpos: usize) -> PyResult<Obj> {
        let made = Match {
            head: Head::unset(),
            pattern: ObjCell::new(Some(pattern.own_typed().upcast())),
            string: ObjCell::new(Some(string.own())),
            regs: ObjCell::empty(),
            pos,
            endpos,
            lastindex: state.lastindex(),
            groups: (0..=pattern.groups()).map(|number| state.group(number)).collect(),
        };
        Ok(Match::ty().instantiate(thread, made)?.upcast())
    }

    fn pattern(&self, thread: &Thread) -> PyResult<Owned<Pattern>> {
        match self.pattern.get().map(Obj::downcast::<Pattern>) {
            Some(Ok(pattern)) => Ok(pattern),
            _ => Err(thread.runtime_error("the match has no pattern any more")),
        }
    }

    /// The text of a group, or `None` if it took no part.
    pub fn group_text(&self, thread: &Thread, number: usize) -> PyResult<Obj> {
        self.group_or(thread, number, pyrox_objects::none_ref())
    }

    fn group_or(&self, thread: &Thread, number: usize, default: &Object) -> PyResult<Obj> {
        let Some(string) = self.string.get() else { return Ok(default.own()) };
        match self.groups.get(number).copied().flatten() {
            None => Ok(default.own()),
            Some((start, end)) => match string.exact::<Str>() {
                Some(text) if start == 0 && end >= text.len() => Ok(string),
                Some(text) => Ok(text.substring(thread, start.min(text.len()), end.min(text.len()))?.upcast()),
                None => Held::new(thread, &string, None)?.slice(thread, &string, start, end),
            },
        }
    }

    /// The number of a group that is given by number or name.
    fn number(&self, thread: &Thread, group: &Object) -> PyResult<usize> {
        if group.has_index() {
            let number = group.as_isize(thread);
            return match number {
                Ok(number) => match usize::try_from(number).ok().filter(|&n| n < self.groups.len()) {
                    Some(number) => Ok(number),
                    None => Err(no_group(thread)),
                },
                Err(_) => {
                    thread.set_raised(None);
                    Err(no_group(thread))
                }
            };
        }
        if let Some(names) = self.pattern(thread)?.group_names() {
            let found = match names.get(thread, group) {
                Ok(found) => found,
                Err(_) => {
                    thread.set_raised(None);
                    None
                }
            };
            let number = found.and_then(|n| n.cast::<Int>().and_then(Int::to_i64));
            if let Some(number) = number.and_then(|n| usize::try_from(n).ok()).filter(|&n| n < self.groups.len()) {
                return Ok(number);
            }
        }
        Err(no_group(thread))
    }

    fn span_of(&self, thread: &Thread, group: Option<&Object>) -> PyResult<(i64, i64)> {
        let number = match group {
            Some(group) => self.number(thread, group)?,
            None => 0,
        };
        Ok(self.groups[number].map_or((-1, -1), |(start, end)| (start as i64, end as i64)))
    }
}

fn pair(thread: &Thread, (start, end): (i64, i64)) -> PyResult<Obj> {
    Ok(Tuple::from_vec(thread, vec![Int::from(start).upcast(), Int::from(end).upcast()])?.upcast())
}

/// The result of re.match() and re.search().
///
/// Match objects always have a boolean value of True.
#[pyclass(name = "Match", module = "re", traverse = [pattern, string, regs], dealloc = drop,
    flags = pyrox_objects::abi::Py_TPFLAGS_DISALLOW_INSTANTIATION)]
impl Match {
    /// group([group1, ...]) -> str or tuple.
    /// Return subgroup(s) of the match by indices or names.
    /// For 0 returns the entire match.
    #[method(sig = "($self, *args)", text = "")]
    fn group(&self, thread: &Thread, args: Rest<'_>) -> PyResult<Obj> {
        match args.len() {
            0 => self.group_text(thread, 0),
            1 => self.group_text(thread, self.number(thread, args.get(0).unwrap_or(pyrox_objects::none_ref()))?),
            _ => {
                let texts = (0..args.len()).filter_map(|at| args.get(at));
                let texts: PyResult<Vec<Obj>> = texts.map(|group| self.group_text(thread, self.number(thread, group)?)).collect();
                Ok(Tuple::from_vec(thread, texts?)?.upcast())
            }
        }
    }
    /// Return index of the start of the substring matched by group.
    #[method(sig = "($self, group=0, /)")]
    fn start(&self, thread: &Thread, group: Option<&Object>) -> PyResult<i64> {
        Ok(self.span_of(thread, group)?.0)
    }
    /// Return index of the end of the substring matched by group.
    #[method(sig = "($self, group=0, /)")]
    fn end(&self, thread: &Thread, group: Option<&Object>) -> PyResult<i64> {
        Ok(self.span_of(thread, group)?.1)
    }
    /// For match object m, return the 2-tuple (m.start(group), m.end(group)).
    #[method(sig = "($self, group=0, /)")]
    fn span(&self, thread: &Thread, group: Option<&Object>) -> PyResult<Obj> {
        pair(thread, self.span_of(thread, group)?)
    }
    /// Return a tuple containing all the subgroups of the match, from 1.
    ///
    ///   default
    ///     Is used for groups that did not participate in the match.
    #[method(sig = "($self, /, default=None)")]
    fn groups(&self, thread: &Thread, default: Option<&Object>) -> PyResult<Obj> {
        let default = default.unwrap_or(pyrox_objects::none_ref());
        let texts: PyResult<Vec<Obj>> = (1..self.groups.len()).map(|number| self.group_or(thread, number, default)).collect();
        Ok(Tuple::from_vec(thread, texts?)?.upcast())
    }
    /// Return a dictionary containing all the named subgroups of the match, keyed by the subgroup name.
    ///
    ///   default
    ///     Is used for groups that did not participate in the match.
    #[method(sig = "($self, /, default=None)")]
    fn groupdict(&self, thread: &Thread, default: Option<&Object>) -> PyResult<Obj> {
        let default = default.unwrap_or(pyrox_objects::none_ref());
        let result = Dict::new(thread)?;
        if let Some(names) = self.pattern(thread)?.group_names() {
            for (name, _) in names.items_vec() {
                let text = self.group_or(thread, self.number(thread, &name)?, default)?;
                result.set(thread, &name, &text)?;
            }
        }
        Ok(result.upcast())
    }
    /// Return the string obtained by doing backslash substitution on the string template, as done by the sub() method.
    #[method(sig = "($self, /, template)")]
    fn expand(&self, thread: &Thread, template: &Object) -> PyResult<Obj> {
        let pattern = self.pattern(thread)?;
        let re = pyrox_interpreter::import::import_module(thread, "re")?;
        let made = re.call_method(thread, intern!("_compile_template"), &[&pattern, template])?;
        let Some(template) = made.cast::<Template>() else { return Ok(made) };
        let string = self.string.get().unwrap_or_else(pyrox_objects::none);
        join(thread, &Held::new(thread, &string, None)?, template.pieces(thread, self)?)
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
    /// See PEP 585
    #[classmethod(sig = "(object, /)")]
    fn __class_getitem__(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
        pyrox_objects::generic_alias::new(thread, cls, object)
    }
    #[slot]
    fn mp_subscript(&self, thread: &Thread, key: &Object) -> PyResult<Obj> {
        self.group_text(thread, self.number(thread, key)?)
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        let (start, end) = self.span_of(thread, None)?;
        let text = self.group_text(thread, 0)?.repr(thread)?;
        Str::from_str(thread, &format!("<re.Match object; span=({start}, {end}), match={}>", text.to_string_lossy()))
    }
    /// The string passed to match() or search().
    #[getter]
    fn string(&self) -> Option<Obj> {
        self.string.get()
    }
    /// The regular expression object.
    #[getter]
    fn re(&self) -> Option<Obj> {
        self.pattern.get()
    }
    /// The index into the string at which the RE engine started looking for a match.
    #[getter]
    fn pos(&self) -> usize {
        self.pos
    }
    /// The index into the string beyond which the RE engine will not go.
    #[getter]
    fn endpos(&self) -> usize {
        self.endpos
    }
    /// The integer index of the last matched capturing group.
    #[getter]
    fn lastindex(&self) -> Option<Obj> {
        self.lastindex.map(|number| Int::from(number as i64).upcast())
    }
    /// The name of the last matched capturing group.
    #[getter]
    fn lastgroup(&self, thread: &Thread) -> PyResult<Obj> {
        match self.lastindex {
            Some(number) => Ok(self.pattern(thread)?.group_name(number)),
            None => Ok(pyrox_objects::none()),
        }
    }
    #[getter]
    fn regs(&self, thread: &Thread) -> PyResult<Obj> {
        if let Some(regs) = self.regs.get() {
            return Ok(regs);
        }
        let rows: PyResult<Vec<Obj>> =
            self.groups.iter().map(|g| pair(thread, g.map_or((-1, -1), |(start, end)| (start as i64, end as i64)))).collect();
        let regs = Tuple::from_vec(thread, rows?)?.upcast();
        self.regs.set(Some(regs.clone()));
        Ok(regs)
    }
}
