//! `object.__reduce_ex__` and `__getstate__`: what pickling and copying ask for.

use crate::object::{Obj, Object, Owned};
use crate::{Dict, List, PyResult, Str, Thread, Tuple, Type};

/// `object.__reduce__`: protocol 0 and 1 go through `copyreg._reduce_ex`.
pub fn reduce(thread: &Thread, object: &Object, protocol: isize) -> PyResult<Obj> {
    if protocol >= 2 {
        return reduce_2(thread, object);
    }
    let function = copyreg(thread, "_reduce_ex")?;
    function.call(thread, &[object, &crate::Int::from(protocol as i64)])
}

/// `object.__reduce_ex__`: an overridden `__reduce__` goes first.
pub fn reduce_ex(thread: &Thread, object: &Object, protocol: isize) -> PyResult<Obj> {
    let name = crate::intern!("__reduce__");
    let own = object.ty().lookup(name).map(|m| m.as_ptr());
    let base = <Object as crate::PyType>::ty().lookup(name).map(|m| m.as_ptr());
    if own != base {
        return object.call_method(thread, name, &[]);
    }
    reduce(thread, object, protocol)
}

fn copyreg(thread: &Thread, name: &str) -> PyResult<Obj> {
    let import = crate::hooks::builtin(thread, "__import__")?;
    let module = import.call(thread, &[&**Str::intern_str(thread, "copyreg")?])?;
    module.getattr_str(thread, name)
}

fn reduce_2(thread: &Thread, object: &Object) -> PyResult<Obj> {
    let class = object.ty();
    if class.raw().tp_new.get().is_none() {
        return Err(thread.type_error(&format!("cannot pickle '{}' object", class.full_name())));
    }
    let (mut args, mut kwargs) = (None, None);
    if let Some(pair) = object.call_special(thread, crate::intern!("__getnewargs_ex__"), &[])? {
        let items = pair.to_items(thread)?;
        let [positional, keywords] = items.as_slice() else {
            return Err(thread.value_error(&format!("__getnewargs_ex__ should return a tuple of length 2, not {}", items.len())));
        };
        args = Some(Tuple::from_iterable(thread, positional)?);
        kwargs = keywords.cast::<Dict>().map(Dict::own_dict).filter(|k| k.len() > 0);
    } else if let Some(positional) = object.call_special(thread, crate::intern!("__getnewargs__"), &[])? {
        let Some(tuple) = positional.cast::<Tuple>() else {
            return Err(thread.type_error(&format!("__getnewargs__ should return a tuple, not '{}'", positional.ty().full_name())));
        };
        args = Some(tuple.own_tuple());
    }
    let has_args = args.is_some();
    let args = args.unwrap_or_else(Tuple::empty);
    let (function, arguments) = match kwargs {
        None => {
            let mut items: Vec<Obj> = vec![(**class).own()];
            items.extend(args.to_vec());
            (copyreg(thread, "__newobj__")?, Tuple::from_vec(thread, items)?)
        }
        Some(kwargs) => {
            let items = vec![(**class).own(), args.upcast(), kwargs.upcast()];
            (copyreg(thread, "__newobj_ex__")?, Tuple::from_vec(thread, items)?)
        }
    };
    let items_given = object.is_instance::<List>() || object.is_instance::<Dict>();
    let state = state_of(thread, object, !(has_args || items_given))?;
    let list_items = match object.cast::<List>() {
        Some(_) => object.iter(thread)?,
        None => crate::none(),
    };
    let dict_items =
        if object.is_instance::<Dict>() { object.call_method(thread, crate::intern!("items"), &[])?.iter(thread)? } else { crate::none() };
    Ok(Tuple::from_vec(thread, vec![function, arguments.upcast(), state, list_items, dict_items])?.upcast())
}

/// `object.__getstate__()`.
pub fn get_state(thread: &Thread, object: &Object) -> PyResult<Obj> {
    default_state(thread, object, false)
}

fn state_of(thread: &Thread, object: &Object, required: bool) -> PyResult<Obj> {
    let name = crate::intern!("__getstate__");
    let own = object.ty().lookup(name).map(|m| m.as_ptr());
    let base = <Object as crate::PyType>::ty().lookup(name).map(|m| m.as_ptr());
    if own != base {
        return object.call_method(thread, name, &[]);
    }
    default_state(thread, object, required)
}

fn default_state(thread: &Thread, object: &Object, required: bool) -> PyResult<Obj> {
    let ty = object.ty();
    let slot_names = slot_names(thread, ty)?;
    if required {
        let raw = ty.raw();
        let mut expected = <Object as crate::PyType>::ty().raw().tp_basicsize.get();
        if raw.tp_dictoffset.get() > 0 {
            expected += 8;
        }
        if raw.tp_weaklistoffset.get() > 0 {
            expected += 8;
        }
        expected += 8 * slot_names.len() as isize;
        if raw.tp_itemsize.get() != 0 || raw.tp_basicsize.get() > expected {
            let name = ty.full_name();
            return Err(thread.type_error(&match raw.tp_itemsize.get() {
                0 => format!("cannot pickle '{name}' object"),
                _ => format!("cannot pickle {name} objects"),
            }));
        }
    }
    let dict: Obj = match object.lookup_attr(thread, crate::intern!("__dict__"))? {
        Some(dict) => match dict.cast::<Dict>() {
            Some(plain) if plain.len() == 0 && slot_names.is_empty() => crate::none(),
            Some(plain) => plain.copy(thread)?.upcast(),
            None => dict,
        },
        None => crate::none(),
    };
    if slot_names.is_empty() {
        return Ok(dict);
    }
    let slots = Dict::new(thread)?;
    for name in slot_names {
        if let Some(value) = object.lookup_attr(thread, &name)? {
            slots.set(thread, &name, &value)?;
        }
    }
    if slots.len() == 0 {
        return Ok(dict);
    }
    let dict = match dict.cast::<Dict>() {
        Some(plain) if plain.len() == 0 => crate::none(),
        _ => dict,
    };
    Ok(Tuple::from_vec(thread, vec![dict, slots.upcast()])?.upcast())
}

/// Names of all slots of a class, `copyreg._slotnames`' way.
fn slot_names(thread: &Thread, ty: &Type) -> PyResult<Vec<Owned<Str>>> {
    let mut names = Vec::new();
    for class in ty.mro().map(|m| m.to_vec()).unwrap_or_default() {
        let Some(class) = class.cast::<Type>().filter(|c| c.is_heap()) else { continue };
        // SAFETY: just checked; null or a tuple of strings.
        if let Some(slots) = unsafe { (class.heap().ht_slots.get() as *const Tuple).as_ref() } {
            for slot in slots.to_vec() {
                if let Ok(name) = slot.downcast::<Str>() {
                    names.push(Str::intern(thread, &name));
                }
            }
        }
    }
    Ok(names)
}
