//! `_functools`: `reduce`, `partial`, `cmp_to_key` and the cache of `lru_cache`.

mod key;
mod lru_cache;
mod partial;

pub(crate) use partial::set_dict;

use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::{Module, Obj, Object, Owned, PyResult, PyType, Thread, exceptions, type_object};

pymodule!(name = "_functools", doc = "Tools that operate on functions.", functions = [reduce, cmp_to_key], exec = exec);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    for ty in [key::KeyWrapper::ty(), lru_cache::Link::ty()] {
        type_object::ready(thread, ty)?;
    }
    module.add_type::<partial::PlaceholderType>(thread)?;
    module.add(thread, "Placeholder", partial::placeholder(thread)?)?;
    module.add_type::<partial::Partial>(thread)?;
    module.add_type::<lru_cache::LruCache>(thread)
}

/// Apply a function of two arguments cumulatively to the items of an iterable, from left to right.
///
/// This effectively reduces the iterable to a single value.  If initial is present,
/// it is placed before the items of the iterable in the calculation, and serves as
/// a default when the iterable is empty.
///
/// For example, reduce(lambda x, y: x+y, [1, 2, 3, 4, 5])
/// calculates ((((1 + 2) + 3) + 4) + 5).
#[pyfunction(sig = "(function, iterable, /, initial=<unrepresentable>)")]
pub fn reduce(thread: &Thread, function: &Object, iterable: &Object, initial: Option<&Object>) -> PyResult<Obj> {
    let iterator = match iterable.iter(thread) {
        Ok(iterator) => iterator,
        Err(_) if thread.take_if(exceptions::type_error()) => {
            return Err(thread.type_error("reduce() arg 2 must support iteration"));
        }
        Err(raised) => return Err(raised),
    };
    let mut result = initial.map(Object::own);
    while let Some(item) = iterator.next(thread)? {
        result = Some(match result {
            None => item,
            Some(sofar) => function.call(thread, &[&sofar, &item])?,
        });
    }
    result.ok_or_else(|| thread.type_error("reduce() of empty iterable with no initial value"))
}

/// Convert a cmp= function into a key= function.
///
///   mycmp
///     Function that compares two objects.
#[pyfunction(sig = "(mycmp)")]
pub fn cmp_to_key(thread: &Thread, mycmp: &Object) -> PyResult<Owned<key::KeyWrapper>> {
    key::KeyWrapper::new(thread, mycmp.own(), None)
}
