//! `__build_class__`: what a class statement calls.

use pyrox_macros::pyfunction;
use pyrox_objects::native::{Keywords, Rest};
use pyrox_objects::{Cell, Dict, Function, Obj, Object, PyResult, Thread, Tuple, Type};

use crate::code::Code;

/// The bases with `__mro_entries__` of those that are no classes applied.
fn resolve_bases(thread: &Thread, bases: &Tuple) -> PyResult<Option<Vec<Obj>>> {
    let mut changed = false;
    let mut resolved = Vec::new();
    for base in bases.to_vec() {
        if base.is_instance::<Type>() {
            resolved.push(base);
            continue;
        }
        match base.lookup_attr(thread, pyrox_objects::intern!("__mro_entries__"))? {
            None => resolved.push(base),
            Some(method) => {
                let entries = method.call(thread, &[bases])?;
                let Some(entries) = entries.cast::<Tuple>() else {
                    return Err(thread.type_error("__mro_entries__ must return a tuple"));
                };
                changed = true;
                resolved.extend(entries.to_vec());
            }
        }
    }
    Ok(changed.then_some(resolved))
}

/// Internal helper function used by the class statement.
#[pyfunction(sig = "(func, name, /, *bases, **kwds)", text = "")]
pub fn __build_class__(thread: &Thread, func: &Object, name: &Object, bases: Rest<'_>, kwds: Keywords<'_>) -> PyResult<Obj> {
    let Some(function) = func.exact::<Function>() else {
        return Err(thread.type_error("__build_class__: func must be a function"));
    };
    if !name.is_instance::<pyrox_objects::Str>() {
        return Err(thread.type_error("__build_class__: name is not a string"));
    }
    let original = Tuple::from_vec(thread, bases.iter().map(Object::own).collect())?;
    let resolved = resolve_bases(thread, &original)?;
    let changed = resolved.is_some();
    let bases = match resolved {
        Some(bases) => Tuple::from_vec(thread, bases)?,
        None => original.clone(),
    };
    let keywords = Dict::new(thread)?;
    for (key, value) in kwds.iter() {
        keywords.set(thread, key, value)?;
    }
    let mut meta = match keywords.pop(thread, pyrox_objects::intern!("metaclass"))? {
        Some(meta) => meta,
        None => match bases.items().first() {
            Some(base) => (**base.ty()).own(),
            None => (**Type::type_type()).own(),
        },
    };
    if meta.is_instance::<Type>() {
        // The most derived metaclass wins.
        let mut winner = meta;
        for base in bases.to_vec() {
            let candidate = (**base.ty()).own();
            let (Some(a), Some(b)) = (winner.cast::<Type>(), candidate.cast::<Type>()) else { continue };
            if a.is_subtype(b) {
                continue;
            }
            if b.is_subtype(a) {
                winner = candidate;
                continue;
            }
            return Err(thread.type_error(
                "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases",
            ));
        }
        meta = winner;
    }
    let keyword_names: Vec<(String, Obj)> =
        keywords.items_vec().into_iter().map(|(key, value)| (key.str(thread).map(|k| k.to_string()).unwrap_or_default(), value)).collect();
    let pairs: Vec<(&str, &Object)> = keyword_names.iter().map(|(name, value)| (name.as_str(), &**value)).collect();
    let namespace: Obj = match meta.lookup_attr(thread, pyrox_objects::intern!("__prepare__"))? {
        Some(prepare) => prepare.call_with_keywords(thread, &[name, &bases], &pairs)?,
        None => Dict::new(thread)?.upcast(),
    };
    // SAFETY: the tables of a type live while it does.
    let is_mapping = unsafe { namespace.ty().raw().tp_as_mapping.get().as_ref().is_some_and(|t| t.mp_subscript.is_some()) };
    if !is_mapping {
        let shown = meta.cast::<Type>().map_or("<metaclass>", Type::name);
        return Err(thread.type_error(&format!("{shown}.__prepare__() must return a mapping, not {}", namespace.ty().full_name())));
    }
    // SAFETY: a function's code.
    let code = unsafe { &*(function.code() as *const Object as *const Code) };
    let cell = crate::eval::run_code(thread, code, function.globals(), &namespace, function.closure())?;
    if changed {
        namespace.set_item(thread, pyrox_objects::intern!("__orig_bases__"), Some(&original))?;
    }
    let class = meta.call_with_keywords(thread, &[name, &bases, &namespace], &pairs)?;
    if let (Some(cell), true) = (cell.exact::<Cell>(), class.is_instance::<Type>()) {
        match cell.get() {
            None => {
                return Err(thread.runtime_error(&format!(
                    "__class__ not set defining {} as {}. Was __classcell__ propagated to type.__new__?",
                    name.repr(thread)?,
                    class.repr(thread)?
                )));
            }
            Some(set) if !set.is(&class) => {
                return Err(thread.type_error(&format!(
                    "__class__ set to {} defining {} as {}",
                    set.repr(thread)?,
                    name.repr(thread)?,
                    class.repr(thread)?
                )));
            }
            _ => {}
        }
    }
    Ok(class)
}
