//! Positional and keyword arguments by a format.

use std::ffi::{CStr, c_char, c_int};

use pyrox_objects::{Dict, Obj, PyResult, Raised, Str, Thread, Tuple};

use super::{Parser, items, plural, yes};
use crate::support::*;
use crate::va::VaList;

/// Names of parameters, as C has them.
unsafe fn names(mut list: *const *const c_char) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    // SAFETY: closed by a null.
    unsafe {
        while !(*list).is_null() {
            found.push(CStr::from_ptr(*list).to_bytes().to_vec());
            list = list.add(1);
        }
    }
    found
}

/// The value of the keyword of that name.
fn value_of(thread: &Thread, keywords: &[(Obj, Obj)], name: &[u8]) -> PyResult<Option<Obj>> {
    let name = crate::build_value::decode(thread, name)?;
    let wanted = name.hash(thread)?;
    for (key, value) in keywords {
        let same = match (key.exact::<Str>(), name.cast::<Str>()) {
            (Some(key), Some(name)) => key.same_as(name),
            // A subclass may say what it is equal to, but as a dict asks: by its hash first.
            _ => key.hash(thread)? == wanted && key.eq(thread, &name)?,
        };
        if same {
            return Ok(Some(value.clone()));
        }
    }
    Ok(None)
}

unsafe fn parse_keywords(
    thread: &Thread,
    positional: &[Raw],
    keywords: &[(Obj, Obj)],
    format: *const c_char,
    list: *const VaList,
    names: &[Vec<u8>],
) -> PyResult<()> {
    // SAFETY: by the API's contract.
    unsafe {
        let whole = CStr::from_ptr(format).to_bytes();
        let colon = whole.iter().position(|&b| b == b':');
        let function = colon.map(|at| String::from_utf8_lossy(&whole[at + 1..]).into_owned());
        let message = match colon {
            Some(_) => None,
            None => whole.iter().position(|&b| b == b';').map(|at| String::from_utf8_lossy(&whole[at + 1..]).into_owned()),
        };
        let shown = function.as_deref().unwrap_or("function");
        let parens = if function.is_some() { "()" } else { "" };
        let only = names.iter().take_while(|n| n.is_empty()).count();
        if names[only..].iter().any(Vec::is_empty) {
            return Err(thread.system_error("Empty keyword parameter name"));
        }
        for (key, _) in keywords {
            if !key.is_instance::<Str>() {
                return Err(thread.type_error("keywords must be strings"));
            }
        }
        let given = positional.len();
        let mut left = keywords.len();
        if given + left > names.len() {
            return Err(thread.type_error(&format!(
                "{shown:.200}{parens} takes at most {} {}argument{} ({} given)",
                names.len(),
                if given == 0 { "keyword " } else { "" },
                plural(names.len()),
                given + left
            )));
        }
        let mut parser = Parser { thread, format: format as *const u8, list: *list, cleanups: Vec::new(), levels: Vec::new() };
        let (mut min, mut max): (Option<usize>, Option<usize>) = (None, None);
        let mut skip = false;
        let mut reached = names.len();
        for (at, name) in names.iter().enumerate() {
            if parser.peek() == b'|' {
                if min.is_some() {
                    parser.undo();
                    return Err(thread.system_error("Invalid format string (| specified twice)"));
                }
                min = Some(at);
                parser.take();
                if max.is_some() {
                    parser.undo();
                    return Err(thread.system_error("Invalid format string ($ before |)"));
                }
            }
            if parser.peek() == b'$' {
                if max.is_some() {
                    parser.undo();
                    return Err(thread.system_error("Invalid format string ($ specified twice)"));
                }
                max = Some(at);
                parser.take();
                if at < only {
                    parser.undo();
                    return Err(thread.system_error("Empty parameter name after $"));
                }
                if skip {
                    reached = at;
                    break;
                }
                if at < given {
                    parser.undo();
                    return Err(thread.type_error(&format!(
                        "{shown:.200}{parens} takes {} {at} positional argument{} ({given} given)",
                        if min.is_some() { "at most" } else { "exactly" },
                        plural(at)
                    )));
                }
            }
            if parser.at_end() {
                parser.undo();
                return Err(thread.system_error(&format!("More keyword list entries ({}) than format specifiers ({at})", names.len())));
            }
            if !skip {
                let argument = if at < given {
                    Some(borrow(positional[at]).own())
                } else if left > 0 && at >= only {
                    match value_of(thread, keywords, name) {
                        Ok(found) => {
                            left -= found.is_some() as usize;
                            found
                        }
                        Err(raised) => {
                            parser.undo();
                            return Err(raised);
                        }
                    }
                } else {
                    None
                };
                if let Some(argument) = argument {
                    if let Err(failure) = parser.item(&argument, false) {
                        let raised = parser.fail(failure, at + 1, function.as_deref(), message.as_deref());
                        parser.undo();
                        return Err(raised);
                    }
                    continue;
                }
                if min.is_none_or(|min| at < min) {
                    if at < only {
                        // How many are wanted at least is not yet known.
                        skip = true;
                    } else {
                        parser.undo();
                        return Err(thread.type_error(&format!(
                            "{shown:.200}{parens} missing required argument '{}' (pos {})",
                            String::from_utf8_lossy(name),
                            at + 1
                        )));
                    }
                }
                if left == 0 && !skip {
                    return Ok(());
                }
            }
            let unit = parser.format;
            if !parser.skip() {
                let rest = text(unit as *const c_char).into_owned();
                parser.undo();
                return Err(thread.system_error(&format!("impossible<bad format char>: '{rest}'")));
            }
        }
        if skip {
            let wanted = only.min(min.unwrap_or(usize::MAX));
            parser.undo();
            return Err(thread.type_error(&format!(
                "{shown:.200}{parens} takes {} {wanted} positional argument{} ({given} given)",
                if wanted < reached { "at least" } else { "exactly" },
                plural(wanted)
            )));
        }
        if !parser.at_end() && !matches!(parser.peek(), b'|' | b'$') {
            let rest = text(parser.format as *const c_char).into_owned();
            parser.undo();
            return Err(thread.system_error(&format!("more argument specifiers than keyword list entries (remaining format:'{rest}')")));
        }
        if left > 0 {
            let raised = excess(thread, keywords, names, only, given, function.as_deref());
            parser.undo();
            return Err(raised.unwrap_or(Raised));
        }
        Ok(())
    }
}

/// Raise for keywords that were not used.
fn excess(
    thread: &Thread,
    keywords: &[(Obj, Obj)],
    names: &[Vec<u8>],
    only: usize,
    given: usize,
    function: Option<&str>,
) -> PyResult<Raised> {
    let shown = function.unwrap_or("function");
    let parens = if function.is_some() { "()" } else { "" };
    for (at, name) in names.iter().enumerate().take(given).skip(only) {
        if value_of(thread, keywords, name)?.is_some() {
            return Ok(thread.type_error(&format!(
                "argument for {shown:.200}{parens} given by name ('{}') and position ({})",
                String::from_utf8_lossy(name),
                at + 1
            )));
        }
    }
    for (key, _) in keywords {
        // By its text: what a subclass says of its equality does not count here.
        if key.cast::<Str>().map(Str::to_wtf8).is_some_and(|text| names[only..].contains(&text)) {
            continue;
        }
        let text = key.str(thread)?;
        let plain = text.to_string_lossy();
        let names: Vec<std::borrow::Cow<'_, str>> = names[only..].iter().map(|n| String::from_utf8_lossy(n)).collect();
        let hint = pyrox_objects::suggestions::nearest(&plain, names.iter().map(|n| &**n));
        let hint = hint.map(|s| format!(". Did you mean '{s}'?")).unwrap_or_default();
        // The name may hold lone surrogates.
        let start = format!("{:.200}{parens} got an unexpected keyword argument '", function.unwrap_or("this function"));
        let message =
            Str::from_str(thread, &start)?.concat(thread, &text)?.concat(thread, &*Str::from_str(thread, &format!("'{hint}"))?)?;
        return Ok(thread.error_with(pyrox_objects::exceptions::type_error(), &message));
    }
    Ok(thread.type_error(&format!("invalid keyword argument for {:.200}{parens}", function.unwrap_or("this function"))))
}

/// `_PyArg_Parser`.
#[repr(C)]
pub struct Prepared {
    format: *const c_char,
    keywords: *const *const c_char,
    fname: *const c_char,
    custom_msg: *const c_char,
    once: u8,
    is_kwtuple_owned: c_int,
    pos: c_int,
    min: c_int,
    max: c_int,
    kwtuple: Raw,
    next: *mut Prepared,
}

unsafe fn prepared_names(parser: *const Prepared) -> Vec<Vec<u8>> {
    // SAFETY: by the caller.
    unsafe {
        if !(*parser).keywords.is_null() {
            return names((*parser).keywords);
        }
        match typed::<Tuple>((*parser).kwtuple) {
            Some(tuple) => {
                let only = (*parser).pos.max(0) as usize;
                let mut all = vec![Vec::new(); only];
                all.extend(tuple.items().iter().filter_map(|n| n.cast::<Str>()).map(Str::to_wtf8));
                all
            }
            None => Vec::new(),
        }
    }
}

/// `_PyArg_ParseTupleAndKeywordsFast`.
pub unsafe extern "C" fn parse_fast(arguments: Raw, keywords: Raw, parser: *mut Prepared, list: *mut VaList) -> c_int {
    // SAFETY: as the API demands of its caller.
    unsafe {
        let thread = thread();
        let work = || {
            let tuple = typed::<Tuple>(arguments).ok_or_else(|| bad_internal_call(thread))?;
            let pairs = typed::<Dict>(keywords).map(Dict::items_vec).unwrap_or_default();
            parse_keywords(thread, tuple.raw_items(), &pairs, (*parser).format, list, &prepared_names(parser))
        };
        yes(work())
    }
}

/// `_PyArg_ParseStackAndKeywords`.
pub unsafe extern "C" fn parse_stack_fast(
    arguments: *const Raw,
    count: isize,
    kwnames: Raw,
    parser: *mut Prepared,
    list: *mut VaList,
) -> c_int {
    // SAFETY: as the API demands of its caller.
    unsafe {
        let thread = thread();
        let work = || {
            let pairs = named(arguments, count, kwnames);
            parse_keywords(thread, items(arguments, count), &pairs, (*parser).format, list, &prepared_names(parser))
        };
        yes(work())
    }
}

/// Keyword arguments of a vectorcall.
unsafe fn named(arguments: *const Raw, count: isize, kwnames: Raw) -> Vec<(Obj, Obj)> {
    // SAFETY: by the caller.
    unsafe {
        match typed::<Tuple>(kwnames) {
            Some(names) => {
                let values = names.raw_items().iter().enumerate();
                values.map(|(at, &name)| (borrow(name).own(), borrow(*arguments.add(count as usize + at)).own())).collect()
            }
            None => Vec::new(),
        }
    }
}

api! {
    /// Take positional and keyword arguments apart.
    fn PyArg_VaParseTupleAndKeywords(
        arguments: Raw, keywords: Raw, format: *const c_char, list_of_names: *const *const c_char, list: *mut VaList,
    ) -> c_int {
        let thread = thread();
        let work = || {
            let tuple = typed::<Tuple>(arguments).ok_or_else(|| bad_internal_call(thread))?;
            let pairs = match borrow_or_null(keywords) {
                None => Vec::new(),
                Some(keywords) => keywords.cast::<Dict>().ok_or_else(|| bad_internal_call(thread))?.items_vec(),
            };
            if format.is_null() || list_of_names.is_null() {
                return Err(bad_internal_call(thread));
            }
            parse_keywords(thread, tuple.raw_items(), &pairs, format, list, &names(list_of_names))
        };
        yes(work())
    }
    /// As above.
    fn _PyArg_VaParseTupleAndKeywords_SizeT(
        arguments: Raw, keywords: Raw, format: *const c_char, list_of_names: *const *const c_char, list: *mut VaList,
    ) -> c_int {
        PyArg_VaParseTupleAndKeywords(arguments, keywords, format, list_of_names, list)
    }
}
