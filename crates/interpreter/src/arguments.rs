//! Binding a call's arguments to the parameters of a Python function.

use pyrox_compiler::code::flags;
use pyrox_objects::{Dict, Function, Obj, Object, PyResult, Raised, Str, Thread, Tuple};

use crate::code::Code;
use crate::stackref::Ref;

/// Fill `locals` from positional arguments and keywords, of which it takes the references, also if it fails.
///
/// # Safety
/// `locals` has room for the code's locals, all null; `arguments` and `keyword_values` are owned or borrowed
/// references; `names` holds a str for each of `keyword_values`.
pub unsafe fn bind(
    thread: &Thread,
    function: &Function,
    code: &Code,
    locals: *mut Ref,
    arguments: &[Ref],
    names: Option<&Tuple>,
    keyword_values: &[Ref],
) -> PyResult<()> {
    let raw = code.raw();
    let argcount = raw.co_argcount.get() as usize;
    // SAFETY: by contract.
    unsafe {
        if names.is_none()
            && arguments.len() == argcount
            && code.flags() & (flags::VARARGS | flags::VARKEYWORDS) == 0
            && raw.co_kwonlyargcount.get() == 0
        {
            for (at, argument) in arguments.iter().enumerate() {
                *locals.add(at) = *argument;
            }
            return Ok(());
        }
        bind_slow(thread, function, code, locals, arguments, names, keyword_values)
    }
}

unsafe fn bind_slow(
    thread: &Thread,
    function: &Function,
    code: &Code,
    locals: *mut Ref,
    arguments: &[Ref],
    names: Option<&Tuple>,
    keyword_values: &[Ref],
) -> PyResult<()> {
    let raw = code.raw();
    let argcount = raw.co_argcount.get() as usize;
    let kwonly = raw.co_kwonlyargcount.get() as usize;
    let posonly = raw.co_posonlyargcount.get() as usize;
    let total = argcount + kwonly;
    let varargs = code.has_flag(flags::VARARGS);
    // SAFETY: by the caller's contract. Every reference is either stored or given back.
    unsafe {
        let given = arguments.len();
        let taken = given.min(argcount);
        for (at, argument) in arguments[..taken].iter().enumerate() {
            *locals.add(at) = *argument;
        }
        let mut extra = arguments[taken..].iter();
        let mut keywords = keyword_values.iter().enumerate();
        let mut work = || -> PyResult<()> {
            let kwdict = if code.has_flag(flags::VARKEYWORDS) {
                let dict = Dict::new(thread)?;
                *locals.add(total + varargs as usize) = Ref::new(dict.clone().upcast());
                Some(dict)
            } else {
                None
            };
            if varargs {
                let rest: Vec<Obj> = extra.by_ref().map(|argument| argument.take()).collect();
                *locals.add(total) = Ref::new(Tuple::from_vec(thread, rest)?.upcast());
            }
            for (at, value) in keywords.by_ref() {
                let value = value.take();
                let Some(name) = names.map(|n| n.get(at)) else { continue };
                let Some(name) = name.cast::<Str>() else {
                    return Err(thread.type_error(&format!("{}() keywords must be strings", function.qualname())));
                };
                let found = code.local_names().items()[..total]
                    .iter()
                    .enumerate()
                    .skip(posonly)
                    .find(|(_, parameter)| parameter.is(name) || parameter.cast::<Str>().is_some_and(|p| p.same_as(name)));
                match (found, &kwdict) {
                    (Some((at, _)), _) => {
                        if !(*locals.add(at)).is_null() {
                            return Err(thread.type_error(&format!("{}() got multiple values for argument '{name}'", function.qualname())));
                        }
                        *locals.add(at) = Ref::new(value);
                    }
                    (None, Some(dict)) => dict.set(thread, name, &value)?,
                    (None, None) => return Err(unexpected(thread, function, code, posonly, name, names)),
                }
            }
            if given > argcount && !varargs {
                return Err(too_many(thread, function, code, given, locals));
            }
            fill_defaults(thread, function, code, given, locals)
        };
        let result = work();
        for argument in extra {
            argument.close();
        }
        for (_, value) in keywords {
            value.close();
        }
        result
    }
}

unsafe fn fill_defaults(thread: &Thread, function: &Function, code: &Code, given: usize, locals: *mut Ref) -> PyResult<()> {
    let raw = code.raw();
    let argcount = raw.co_argcount.get() as usize;
    let total = argcount + raw.co_kwonlyargcount.get() as usize;
    // SAFETY: within the locals.
    unsafe {
        if given < argcount {
            let defaults = function.defaults().map_or(&[][..], |d| d.items());
            let required = argcount.saturating_sub(defaults.len());
            let missing: Vec<usize> = (given.min(required)..required).filter(|&at| (*locals.add(at)).is_null()).collect();
            if !missing.is_empty() {
                return Err(missing_arguments(thread, function, code, "positional", &missing));
            }
            for at in required..argcount {
                if (*locals.add(at)).is_null() {
                    *locals.add(at) = Ref::new(defaults[at + defaults.len() - argcount].own());
                }
            }
        }
        let mut missing = Vec::new();
        for at in argcount..total {
            if !(*locals.add(at)).is_null() {
                continue;
            }
            let name = code.local_names().get(at);
            let default = match function.kwdefaults() {
                Some(defaults) => defaults.get(thread, name)?,
                None => None,
            };
            match default {
                Some(value) => *locals.add(at) = Ref::new(value),
                None => missing.push(at),
            }
        }
        if !missing.is_empty() {
            return Err(missing_arguments(thread, function, code, "keyword-only", &missing));
        }
    }
    Ok(())
}

#[cold]
fn missing_arguments(thread: &Thread, function: &Function, code: &Code, kind: &str, missing: &[usize]) -> Raised {
    let names: Vec<String> =
        missing.iter().map(|&at| code.local_names().get(at).repr(thread).map(|n| n.to_string()).unwrap_or_default()).collect();
    let list = match names.as_slice() {
        [only] => only.clone(),
        [first, second] => format!("{first} and {second}"),
        [rest @ .., last] => format!("{}, and {last}", rest.join(", ")),
        [] => String::new(),
    };
    let plural = if names.len() == 1 { "" } else { "s" };
    thread.type_error(&format!("{}() missing {} required {kind} argument{plural}: {list}", function.qualname(), names.len()))
}

#[cold]
unsafe fn too_many(thread: &Thread, function: &Function, code: &Code, given: usize, locals: *mut Ref) -> Raised {
    let argcount = code.raw().co_argcount.get() as usize;
    let kwonly = code.raw().co_kwonlyargcount.get() as usize;
    let defaults = function.defaults().map_or(0, Tuple::len);
    // SAFETY: within the locals.
    let keyword_only_given = (argcount..argcount + kwonly).filter(|&at| unsafe { !(*locals.add(at)).is_null() }).count();
    let (plural, signature) =
        if defaults > 0 { (true, format!("from {} to {argcount}", argcount - defaults)) } else { (argcount != 1, argcount.to_string()) };
    let extra = if keyword_only_given > 0 {
        format!(
            " positional argument{} (and {keyword_only_given} keyword-only argument{})",
            if given == 1 { "" } else { "s" },
            if keyword_only_given == 1 { "" } else { "s" }
        )
    } else {
        String::new()
    };
    thread.type_error(&format!(
        "{}() takes {signature} positional argument{} but {given}{extra} {} given",
        function.qualname(),
        if plural { "s" } else { "" },
        if given == 1 && keyword_only_given == 0 { "was" } else { "were" }
    ))
}

#[cold]
fn unexpected(thread: &Thread, function: &Function, code: &Code, posonly: usize, name: &Str, names: Option<&Tuple>) -> Raised {
    let given = |parameter: &Object| {
        names.is_some_and(|names| {
            names.items().iter().any(|n| n.cast::<Str>().zip(parameter.cast::<Str>()).is_some_and(|(a, b)| a.same_as(b)))
        })
    };
    let wrong: Vec<String> =
        code.local_names().items()[..posonly].iter().filter(|p| given(p)).filter_map(|p| p.cast::<Str>().map(|p| p.to_string())).collect();
    if !wrong.is_empty() {
        return thread.type_error(&format!(
            "{}() got some positional-only arguments passed as keyword arguments: '{}'",
            function.qualname(),
            wrong.join(", ")
        ));
    }
    let total = (code.raw().co_argcount.get() + code.raw().co_kwonlyargcount.get()) as usize;
    let candidates: Vec<String> =
        code.local_names().items()[..total].iter().skip(posonly).filter_map(|p| p.cast::<Str>().map(|p| p.to_string())).collect();
    let text = name.to_string();
    let help = match pyrox_objects::suggestions::nearest(&text, candidates.iter().map(String::as_str)) {
        Some(meant) => format!(". Did you mean '{meant}'?"),
        None => String::new(),
    };
    thread.type_error(&format!("{}() got an unexpected keyword argument '{text}'{help}", function.qualname()))
}
