//! `_collections`: `deque`, `defaultdict`, `OrderedDict` and what `Counter` and `namedtuple` lean on.

mod default_dict;
mod deque;
mod ordered_dict;
mod ordered_views;
mod tuple_getter;

use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::protocol::number;
use pyrox_objects::{Dict, Int, Module, Object, PyResult, PyType, Thread, intern, type_object};

pymodule!(
    name = "_collections",
    doc = "High performance data structures.\n- deque:        ordered collection accessible from endpoints only\n- defaultdict:  dict subclass with a default value factory\n",
    functions = [_count_elements],
    exec = exec
);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    module.add_type::<deque::Deque>(thread)?;
    module.add_type::<deque::DequeIterator>(thread)?;
    module.add_type::<deque::DequeReverseIterator>(thread)?;
    module.add_type::<default_dict::DefaultDict>(thread)?;
    module.add_type::<ordered_dict::OrderedDict>(thread)?;
    module.add_type::<tuple_getter::TupleGetter>(thread)?;
    for ty in [
        ordered_dict::Node::ty(),
        ordered_views::OrderedIterator::ty(),
        ordered_views::OrderedKeys::ty(),
        ordered_views::OrderedValues::ty(),
        ordered_views::OrderedItems::ty(),
    ] {
        type_object::ready(thread, ty)?;
    }
    Ok(())
}

/// Count elements in the iterable, updating the mapping
#[pyfunction(sig = "(mapping, iterable, /)")]
pub fn _count_elements(thread: &Thread, mapping: &Object, iterable: &Object) -> PyResult<()> {
    let one = Int::from(1);
    let same = |name| {
        let theirs = mapping.ty().lookup(name);
        theirs.is_some_and(|theirs| Dict::ty().lookup(name).is_some_and(|own| own.is(theirs)))
    };
    let iterator = iterable.iter(thread)?;
    // A dict whose `get` and `__setitem__` are not overridden is reached directly.
    if let Some(dict) = mapping.cast::<Dict>().filter(|_| same(intern!("get")) && same(intern!("__setitem__"))) {
        while let Some(key) = iterator.next(thread)? {
            let hash = key.hash(thread)?;
            let count = match dict.get_known(thread, &key, hash)? {
                None => one.clone().upcast(),
                Some(old) => number::binary(thread, &number::ADD, &old, &one)?,
            };
            dict.set_known(thread, &key, hash, &count)?;
        }
        return Ok(());
    }
    let get = mapping.getattr(thread, intern!("get"))?;
    let zero = Int::from(0);
    while let Some(key) = iterator.next(thread)? {
        let old = get.call(thread, &[&key, &zero])?;
        let count = number::binary(thread, &number::ADD, &old, &one)?;
        mapping.set_item(thread, &key, Some(&count))?;
    }
    Ok(())
}
