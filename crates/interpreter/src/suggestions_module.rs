//! The module `_suggestions`, by which `traceback` finds the name that was meant.

use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::{List, Obj, Object, Owned, PyResult, Str, Thread};

pymodule!(name = "_suggestions", doc = "Suggestions for misspelled names.", functions = [_generate_suggestions],);

/// Returns the candidate in candidates that's most similar to item
#[pyfunction(sig = "(candidates, item, /)")]
pub fn _generate_suggestions(thread: &Thread, candidates: &Object, item: &Str) -> PyResult<Option<Owned<Str>>> {
    let Some(list) = candidates.exact::<List>() else {
        return Err(thread.type_error("candidates must be a list"));
    };
    let items: Vec<Obj> = list.to_vec();
    let mut names = Vec::with_capacity(items.len());
    for item in &items {
        let Some(name) = item.cast::<Str>() else {
            return Err(thread.type_error("all elements in 'candidates' must be strings"));
        };
        names.push(name.to_string());
    }
    let wanted = item.to_string();
    match pyrox_objects::suggestions::nearest(&wanted, names.iter().map(String::as_str)) {
        Some(found) => Str::from_str(thread, found).map(Some),
        None => Ok(None),
    }
}
