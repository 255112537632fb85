//! `_sre`: patterns, matches and scanners, over the engine of `pyrox-sre`.

mod matching;
mod pattern;
mod subject;
mod template;

use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::{Dict, List, Module, Obj, Object, PyResult, Thread, Tuple};

use pattern::Pattern;

pymodule!(
    name = "_sre",
    doc = "",
    functions = [compile, template, getcodesize, ascii_iscased, ascii_tolower, unicode_iscased, unicode_tolower],
    exec = exec
);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    for ty in [
        <Pattern as pyrox_objects::PyType>::ty(),
        <matching::Match as pyrox_objects::PyType>::ty(),
        <pattern::Scanner as pyrox_objects::PyType>::ty(),
        <template::Template as pyrox_objects::PyType>::ty(),
    ] {
        pyrox_objects::type_object::ready(thread, ty)?;
    }
    module.add_int(thread, "MAGIC", pyrox_sre::constants::MAGIC as i64)?;
    module.add_int(thread, "CODESIZE", 4)?;
    module.add_int(thread, "MAXREPEAT", pyrox_sre::constants::MAXREPEAT as i64)?;
    module.add_int(thread, "MAXGROUPS", pyrox_sre::constants::MAXGROUPS as i64)?;
    module.add_str(thread, "copyright", " SRE 2.2.2, the engine of Pyrox ")
}

#[pyfunction]
fn getcodesize() -> i32 {
    4
}

#[pyfunction(sig = "(character, /)")]
fn ascii_iscased(character: i32) -> bool {
    pyrox_sre::ascii_iscased(character as u32)
}

#[pyfunction(sig = "(character, /)")]
fn ascii_tolower(character: i32) -> i32 {
    pyrox_sre::ascii_tolower(character as u32) as i32
}

#[pyfunction(sig = "(character, /)")]
fn unicode_iscased(character: i32) -> bool {
    pyrox_sre::unicode_iscased(character as u32)
}

#[pyfunction(sig = "(character, /)")]
fn unicode_tolower(character: i32) -> i32 {
    pyrox_sre::unicode_tolower(character as u32) as i32
}

/// Make a pattern of the code that re's compiler emitted.
#[pyfunction(sig = "(pattern, flags, code, groups, groupindex, indexgroup)")]
fn compile(
    thread: &Thread,
    pattern: &Object,
    flags: i32,
    code: &List,
    groups: isize,
    groupindex: &Dict,
    indexgroup: &Tuple,
) -> PyResult<Obj> {
    let mut words = Vec::with_capacity(code.len());
    for item in code.to_vec() {
        let number = item.index(thread)?;
        if number.is_negative() {
            return Err(thread.overflow_error("can't convert negative value to unsigned int"));
        }
        match number.to_u64().map(u32::try_from) {
            Some(Ok(word)) => words.push(word),
            _ => return Err(thread.overflow_error("regular expression code size limit exceeded")),
        }
    }
    Pattern::make(thread, pattern, flags, words, groups, groupindex, indexgroup)
}

/// Make a replacement template: literals and group numbers in turn.
#[pyfunction(sig = "(pattern, template, /)")]
fn template(thread: &Thread, pattern: &Object, template: &List) -> PyResult<Obj> {
    let Some(pattern) = pattern.cast::<Pattern>() else {
        let message = format!("template() argument 1 must be re.Pattern, not {}", pattern.ty().name());
        return Err(thread.type_error(&message));
    };
    template::Template::make(thread, pattern, template)
}
