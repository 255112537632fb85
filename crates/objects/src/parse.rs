//! Binding arguments to the parameters of native functions, with CPython's messages.

use pyrox_abi::PyObject;

use crate::object::Object;
use crate::{Dict, PyResult, Raised, Str, Thread, Tuple};

type Raw = *mut PyObject;

/// What is known of a native function's parameters.
pub struct Spec {
    pub name: &'static str,
    pub parameters: &'static [&'static str],
    pub required: &'static [bool],
    pub positional_only: usize,
    /// Parameters that may be given by position, the positional-only ones included.
    pub positional: usize,
    /// Of these, how many have no default.
    pub required_positional: usize,
    pub varargs: bool,
    pub varkeywords: bool,
}

/// The positional arguments beyond the parameters.
#[derive(Clone, Copy)]
pub struct Rest<'a>(&'a [Raw]);

impl<'a> Rest<'a> {
    pub fn new(arguments: &'a [Raw]) -> Self {
        Rest(arguments)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn as_raw(&self) -> &'a [Raw] {
        self.0
    }

    pub fn get(&self, at: usize) -> Option<&'a Object> {
        // SAFETY: the caller's arguments live for the call.
        self.0.get(at).map(|&raw| unsafe { Object::from_ptr(raw) })
    }

    pub fn iter(&self) -> impl Iterator<Item = &'a Object> + 'a {
        // SAFETY: as above.
        self.0.iter().map(|&raw| unsafe { Object::from_ptr(raw) })
    }
}

/// The keyword arguments that are no parameters.
#[derive(Clone, Copy)]
pub struct Keywords<'a> {
    names: &'a [Raw],
    values: &'a [Raw],
    /// Names that were bound to parameters are left out.
    taken: &'static [&'static str],
}

impl<'a> Keywords<'a> {
    pub fn iter(&self) -> impl Iterator<Item = (&'a Str, &'a Object)> + 'a {
        let taken = self.taken;
        self.names
            .iter()
            .zip(self.values)
            // SAFETY: names are checked to be strings; both live for the call.
            .map(|(&name, &value)| unsafe { (&*(name as *const Str), Object::from_ptr(value)) })
            .filter(move |(name, _)| !taken.iter().any(|t| name.equals_str(t)))
    }

    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

/// Room for the keywords of a call that came as a dict.
#[derive(Default)]
pub struct KeywordSpace {
    names: Vec<Raw>,
    values: Vec<Raw>,
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// Bind a vectorcall's arguments to `slots` (null where nothing was given).
///
/// # Safety
/// `arguments` holds `nargs` values and one for each name of `kwnames` (a tuple or null).
#[inline]
pub unsafe fn parse<'a>(
    thread: &Thread,
    spec: &'static Spec,
    arguments: *const Raw,
    nargs: usize,
    kwnames: Raw,
    slots: &mut [Raw],
) -> PyResult<(Rest<'a>, Keywords<'a>)> {
    // SAFETY: by contract.
    unsafe {
        let names: &[Raw] = if kwnames.is_null() { &[] } else { (*(kwnames as *const Tuple)).raw_items() };
        let (positional, values): (&[Raw], &[Raw]) = if arguments.is_null() {
            (&[], &[])
        } else {
            (std::slice::from_raw_parts(arguments, nargs), std::slice::from_raw_parts(arguments.add(nargs), names.len()))
        };
        bind(thread, spec, positional, names, values, slots)
    }
}

/// Bind a tuple and a dict (or null) of arguments.
///
/// # Safety
/// `args` is a tuple, `kwargs` a dict or null; both live for `'a`.
pub unsafe fn parse_tuple<'a>(
    thread: &Thread,
    spec: &'static Spec,
    args: Raw,
    kwargs: Raw,
    space: &'a mut KeywordSpace,
    slots: &mut [Raw],
) -> PyResult<(Rest<'a>, Keywords<'a>)> {
    // SAFETY: by contract.
    unsafe {
        let positional: &'a [Raw] = (*(args as *const Tuple)).raw_items();
        if !kwargs.is_null() {
            let dict = &*(kwargs as *const Dict);
            let mut position = 0;
            while let Some((key, value)) = dict.next_borrowed(&mut position) {
                if !key.is_instance::<Str>() {
                    return Err(thread.type_error("keywords must be strings"));
                }
                space.names.push(key.as_ptr());
                space.values.push(value.as_ptr());
            }
        }
        bind(thread, spec, positional, &space.names, &space.values, slots)
    }
}

#[inline]
fn bind<'a>(
    thread: &Thread,
    spec: &'static Spec,
    positional: &'a [Raw],
    names: &'a [Raw],
    values: &'a [Raw],
    slots: &mut [Raw],
) -> PyResult<(Rest<'a>, Keywords<'a>)> {
    let given = positional.len();
    let by_position = given.min(spec.positional);
    slots[..by_position].copy_from_slice(&positional[..by_position]);
    let too_many_positional = given > spec.positional && !spec.varargs;
    let too_many_in_all = !spec.varargs && !spec.varkeywords && given + names.len() > spec.parameters.len();
    if too_many_positional || too_many_in_all {
        return Err(too_many(thread, spec, given, names.len()));
    }
    let rest = Rest(&positional[by_position..]);
    // What is wrong with a keyword is told after what is missing.
    let mut wrong: Option<(&Str, Option<usize>)> = None;
    for (&name, &value) in names.iter().zip(values) {
        // SAFETY: keyword names are strings.
        let name = unsafe { &*(name as *const Str) };
        let found = spec.parameters[spec.positional_only..].iter().position(|p| name.equals_str(p));
        match found.map(|at| at + spec.positional_only) {
            Some(at) if slots[at].is_null() => slots[at] = value,
            found if found.is_some() || !spec.varkeywords => wrong = wrong.or(Some((name, found))),
            _ => {}
        }
    }
    for (at, slot) in slots.iter().enumerate().take(spec.parameters.len()).skip(by_position) {
        if spec.required[at] && slot.is_null() {
            return Err(missing(thread, spec, at, given, names.len()));
        }
    }
    if let Some((name, found)) = wrong {
        return Err(wrong_keyword(thread, spec, name, found));
    }
    let taken = &spec.parameters[spec.positional_only..];
    Ok((rest, Keywords { names, values, taken }))
}

/// Purely positional functions are worded as `PyArg_UnpackTuple` does.
fn only_positional(spec: &Spec) -> bool {
    spec.positional_only == spec.parameters.len() && !spec.varkeywords
}

#[cold]
fn too_many(thread: &Thread, spec: &Spec, given: usize, keywords: usize) -> Raised {
    let (most, least) = (spec.positional, spec.required_positional);
    // The constructors of these two count before they look at names.
    let counts_first = keywords == 0 && matches!(spec.name, "int" | "str");
    let message = if only_positional(spec) && keywords > 0 {
        format!("{}() takes no keyword arguments", spec.name)
    } else if only_positional(spec) || counts_first {
        if most == 0 && spec.parameters.is_empty() {
            format!("{}() takes no arguments ({given} given)", spec.name)
        } else {
            let bound = if most == least { "" } else { "at most " };
            format!("{} expected {bound}{most} argument{}, got {given}", spec.name, plural(most))
        }
    } else if given + keywords > spec.parameters.len() && !spec.varkeywords {
        let (count, total) = (spec.parameters.len(), given + keywords);
        let kind = if given == 0 { "keyword " } else { "" };
        format!("{}() takes at most {count} {kind}argument{} ({total} given)", spec.name, plural(count))
    } else if most == 0 {
        format!("{}() takes no positional arguments", spec.name)
    } else {
        let bound = if most == least { "exactly" } else { "at most" };
        format!("{}() takes {bound} {most} positional argument{} ({given} given)", spec.name, plural(most))
    };
    thread.type_error(&message)
}

/// A keyword that names no parameter, or one that was given by position.
#[cold]
fn wrong_keyword(thread: &Thread, spec: &Spec, name: &Str, parameter: Option<usize>) -> Raised {
    if let Some(at) = parameter {
        let (function, name) = (spec.name, spec.parameters[at]);
        return thread.type_error(&format!("argument for {function}() given by name ('{name}') and position ({})", at + 1));
    }
    if only_positional(spec) {
        return thread.type_error(&format!("{}() takes no keyword arguments", spec.name));
    }
    let text = name.to_string_lossy();
    let candidates = spec.parameters[spec.positional_only..].iter().copied();
    let help = match crate::suggestions::nearest(&text, candidates) {
        Some(meant) => format!(". Did you mean '{meant}'?"),
        None => String::new(),
    };
    thread.type_error(&format!("{}() got an unexpected keyword argument '{text}'{help}", spec.name))
}

#[cold]
fn missing(thread: &Thread, spec: &Spec, at: usize, given: usize, keywords: usize) -> Raised {
    let (most, least) = (spec.positional, spec.required_positional);
    if at < spec.positional_only {
        if only_positional(spec) && keywords > 0 {
            return thread.type_error(&format!("{}() takes no keyword arguments", spec.name));
        }
        if only_positional(spec) {
            let bound = if most == least && !spec.varargs { "" } else { "at least " };
            return thread.type_error(&format!("{} expected {bound}{least} argument{}, got {given}", spec.name, plural(least)));
        }
        let count = least.min(spec.positional_only);
        let bound = if spec.positional > count || spec.varargs { "at least" } else { "exactly" };
        return thread.type_error(&format!("{}() takes {bound} {count} positional argument{} ({given} given)", spec.name, plural(count)));
    }
    thread.type_error(&format!("{}() missing required argument '{}' (pos {})", spec.name, spec.parameters[at], at + 1))
}
