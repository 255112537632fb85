//! What instructions do when it takes more than a line.

use pyrox_objects::protocol::number::{self, Operator};
use pyrox_objects::{Dict, Function, List, Obj, Object, PyResult, Raised, Str, Super, Thread, Tuple, Type, exceptions};

use crate::code::Code;
use crate::frame::Frame;
use crate::generator::Generator;

/// Operators by `BINARY_OP`'s argument; power and subscript are none.
static BINARY: [Option<&Operator>; 13] = [
    Some(&number::ADD),
    Some(&number::AND),
    Some(&number::FLOOR_DIVIDE),
    Some(&number::LSHIFT),
    Some(&number::MATRIX_MULTIPLY),
    Some(&number::MULTIPLY),
    Some(&number::REMAINDER),
    Some(&number::OR),
    None,
    Some(&number::RSHIFT),
    Some(&number::SUBTRACT),
    Some(&number::TRUE_DIVIDE),
    Some(&number::XOR),
];

pub fn binary_slow(thread: &Thread, arg: u32, a: &Object, b: &Object) -> PyResult<Obj> {
    if arg == 26 {
        return a.get_item(thread, b);
    }
    let inplace = arg >= 13;
    match BINARY[(arg % 13) as usize] {
        Some(operator) if inplace => number::inplace(thread, operator, a, b),
        Some(operator) => number::binary(thread, operator, a, b),
        None if inplace => number::inplace_power(thread, a, b),
        None => number::power(thread, a, b, pyrox_objects::none_ref()),
    }
}

#[cold]
pub fn unbound_local(thread: &Thread, code: &Code, at: u32) -> Raised {
    let name = code.local_names().get(at as usize).str(thread).map(|n| n.to_string()).unwrap_or_default();
    let kind = code.local_kinds().get(at as usize).copied().unwrap_or(0);
    if kind & pyrox_compiler::code::local_kind::FREE != 0 {
        return unbound_deref(thread, code, at);
    }
    thread.unbound_local_error(&format!("cannot access local variable '{name}' where it is not associated with a value"))
}

#[cold]
pub fn unbound_deref(thread: &Thread, code: &Code, at: u32) -> Raised {
    let name = code.local_names().get(at as usize).str(thread).map(|n| n.to_string()).unwrap_or_default();
    let kind = code.local_kinds().get(at as usize).copied().unwrap_or(0);
    if kind & pyrox_compiler::code::local_kind::FREE == 0 {
        return thread.unbound_local_error(&format!("cannot access local variable '{name}' where it is not associated with a value"));
    }
    let raised =
        thread.name_error(&format!("cannot access free variable '{name}' where it is not associated with a value in enclosing scope"));
    set_name(thread, &name);
    raised
}

#[cold]
pub fn name_error(thread: &Thread, name: &Str) -> Raised {
    let raised = thread.name_error(&format!("name '{name}' is not defined"));
    set_name(thread, &name.to_string());
    raised
}

/// The `name` of the raised `NameError`, which suggestions need.
fn set_name(thread: &Thread, name: &str) {
    let Some(exception) = thread.take_raised() else { return };
    if let Ok(text) = Str::from_str(thread, name) {
        if exception.setattr_str(thread, "name", &text).is_err() {
            thread.set_raised(None);
        }
    }
    thread.set_raised(Some(exception));
}

/// `namespace[name]`, `KeyError` being absence.
pub fn lookup_namespace(thread: &Thread, namespace: &Object, name: &Object) -> PyResult<Option<Obj>> {
    if let Some(dict) = namespace.exact::<Dict>() {
        return match name.exact::<Str>() {
            Some(text) => Ok(dict.get_str(text)),
            None => dict.get(thread, name),
        };
    }
    thread.optional(namespace.get_item(thread, name), exceptions::key_error())
}

pub fn builtin(thread: &Thread, frame: &Frame, name: &Str) -> PyResult<Obj> {
    match lookup_namespace(thread, frame.builtins(), name)? {
        Some(value) => Ok(value),
        None => Err(thread.name_error(&format!("{name} not found"))),
    }
}

/// `LOAD_COMMON_CONSTANT`.
pub fn common_constant(thread: &Thread, which: u32) -> PyResult<Obj> {
    Ok(match which {
        0 => (**exceptions::assertion_error()).own(),
        1 => (**exceptions::not_implemented_error()).own(),
        2 => (**<Tuple as pyrox_objects::PyType>::ty()).own(),
        3 => pyrox_objects::hooks::builtin(thread, "all")?,
        _ => pyrox_objects::hooks::builtin(thread, "any")?,
    })
}

/// The methods of `LOAD_SPECIAL`.
pub fn special_name(which: u32) -> &'static Str {
    match which {
        0 => pyrox_objects::intern!("__enter__"),
        1 => pyrox_objects::intern!("__exit__"),
        2 => pyrox_objects::intern!("__aenter__"),
        _ => pyrox_objects::intern!("__aexit__"),
    }
}

#[cold]
pub fn no_special(thread: &Thread, owner: &Object, which: u32) -> Raised {
    let ty = owner.ty();
    let has = |name: &Str| ty.lookup(name).is_some();
    let (protocol, missing, other) = match which {
        0 | 1 => ("context manager", special_name(which), "asynchronous context manager"),
        _ => ("asynchronous context manager", special_name(which), "context manager"),
    };
    let pair = if which < 2 { (special_name(2), special_name(3)) } else { (special_name(0), special_name(1)) };
    let hint = if has(pair.0) && has(pair.1) {
        let with = if which < 2 { "async with" } else { "with" };
        format!(" but it supports the {other} protocol. Did you mean to use '{with}'?")
    } else {
        String::new()
    };
    let detail = format!(" (missed {missing} method){hint}");
    thread.type_error(&format!("'{}' object does not support the {protocol} protocol{detail}", ty.name()))
}

/// `LOAD_SUPER_ATTR`: (a function to be called with the object, none) or the bound value.
pub fn super_attribute(
    thread: &Thread,
    global_super: &Object,
    class: &Object,
    object: &Object,
    name: &Str,
    arg: u32,
) -> PyResult<(Option<Obj>, Obj)> {
    let plain = global_super.is(<Super as pyrox_objects::PyType>::ty());
    let Some(ty) = class.cast::<Type>().filter(|_| plain) else {
        let made = if arg & 2 != 0 { global_super.call(thread, &[class, object])? } else { global_super.call(thread, &[])? };
        return Ok((None, made.getattr(thread, name)?));
    };
    if name.equals_str("__class__") {
        let made = Super::new_object(thread, ty, Some(object))?;
        return Ok((None, made.getattr(thread, name)?));
    }
    Ok((None, Super::lookup(thread, ty, object, name)?))
}

pub fn list_extend(thread: &Thread, list: &List, iterable: &Object) -> PyResult<()> {
    list.extend(thread, iterable).map_err(|raised| {
        let iterable_type = iterable.ty().raw().tp_iter.get().is_some() || iterable.is_sequence();
        if !iterable_type && thread.take_if(exceptions::type_error()) {
            return thread.type_error(&format!("Value after * must be an iterable, not {}", iterable.ty().full_name()));
        }
        raised
    })
}

pub fn dict_update(thread: &Thread, dict: &Dict, other: &Object) -> PyResult<()> {
    let not_mapping = !other.is_instance::<Dict>() && other.lookup_attr(thread, pyrox_objects::intern!("keys"))?.is_none();
    if not_mapping {
        return Err(thread.type_error(&format!("'{}' object is not a mapping", other.ty().full_name())));
    }
    dict.update(thread, other).map_err(|raised| {
        if thread.take_if(exceptions::attribute_error()) {
            return thread.type_error(&format!("'{}' object is not a mapping", other.ty().full_name()));
        }
        raised
    })
}

/// How messages name a callable: `module.f()`.
pub fn function_text(thread: &Thread, callable: &Object) -> String {
    let text = |name: &str| {
        let name = Str::intern_str(thread, name).ok()?;
        let value = callable.lookup_attr(thread, &name).ok().flatten()?;
        value.downcast::<Str>().ok().map(|t| t.to_string())
    };
    match text("__qualname__") {
        Some(qualname) => match text("__module__") {
            Some(module) if module != "builtins" => format!("{module}.{qualname}()"),
            _ => format!("{qualname}()"),
        },
        None => callable.str(thread).map(|t| t.to_string()).unwrap_or_default(),
    }
}

/// `f(**a, **b)`: a key given twice is an error.
pub fn dict_merge(thread: &Thread, dict: &Dict, other: &Object, callable: &Object) -> PyResult<()> {
    let duplicate = |key: &Object| {
        let text = key.str(thread).map(|k| k.to_string()).unwrap_or_default();
        thread.type_error(&format!("{} got multiple values for keyword argument '{text}'", function_text(thread, callable)))
    };
    let no_mapping = || {
        thread.type_error(&format!(
            "{} argument after ** must be a mapping, not {}",
            function_text(thread, callable),
            other.ty().full_name()
        ))
    };
    let merge = |key: Obj, value: Obj| {
        if dict.contains_key(thread, &key)? {
            return Err(duplicate(&key));
        }
        dict.set(thread, &key, &value)
    };
    if let Some(other) = other.cast::<Dict>() {
        for (key, value) in other.items_vec() {
            merge(key, value)?;
        }
        return Ok(());
    }
    let keys = match other.lookup_attr(thread, pyrox_objects::intern!("keys"))? {
        Some(keys) => keys.call(thread, &[])?,
        None => return Err(no_mapping()),
    };
    if keys.ty().raw().tp_iter.get().is_none() && !keys.is_sequence() {
        let (mapping, keys) = (other.ty().full_name(), keys.ty().full_name());
        return Err(thread.type_error(&format!("{mapping}.keys() returned a non-iterable (type {keys})")));
    }
    let merged = keys.for_each(thread, |key| {
        let value = other.get_item(thread, &key)?;
        merge(key, value)
    });
    // As CPython, which tells a key given twice from other failures by the exception's class alone.
    merged.map_err(|raised| {
        if thread.take_if(exceptions::attribute_error()) {
            return no_mapping();
        }
        let twice = thread.raised().filter(|e| e.is_instance_of(exceptions::key_error())).and_then(|e| {
            let args = e.getattr_str(thread, "args").ok()?.downcast::<Tuple>().ok()?;
            (args.len() == 1).then(|| args.get(0).own())
        });
        match twice {
            Some(key) => {
                thread.set_raised(None);
                duplicate(&key)
            }
            None => raised,
        }
    })
}

/// The items of `a, b = ...`; with `after`, `a, *b, c = ...`.
pub fn unpack(thread: &Thread, iterable: &Object, before: usize, after: Option<usize>) -> PyResult<Vec<Obj>> {
    if iterable.ty().raw().tp_iter.get().is_none() && !iterable.is_sequence() {
        return Err(thread.type_error(&format!("cannot unpack non-iterable {} object", iterable.ty().full_name())));
    }
    let exact = match after {
        None => iterable.exact::<Tuple>().map(Tuple::to_vec).or_else(|| iterable.exact::<List>().map(List::to_vec)),
        Some(_) => None,
    };
    if let Some(items) = exact {
        return match items.len() {
            n if n == before => Ok(items),
            n if n < before => Err(thread.value_error(&format!("not enough values to unpack (expected {before}, got {n})"))),
            n => Err(thread.value_error(&format!("too many values to unpack (expected {before}, got {n})"))),
        };
    }
    let iterator = iterable.iter(thread)?;
    let mut items = Vec::with_capacity(before);
    while items.len() < before {
        match iterator.next(thread)? {
            Some(item) => items.push(item),
            None => {
                let at_least = if after.is_some() { "at least " } else { "" };
                let expected = before + after.unwrap_or(0);
                let got = items.len();
                return Err(thread.value_error(&format!("not enough values to unpack (expected {at_least}{expected}, got {got})")));
            }
        }
    }
    match after {
        None => match iterator.next(thread)? {
            None => Ok(items),
            Some(_) => {
                let total = if iterable.is_instance::<Dict>() { format!(", got {}", iterable.len(thread)?) } else { String::new() };
                Err(thread.value_error(&format!("too many values to unpack (expected {before}{total})")))
            }
        },
        Some(after) => {
            let mut rest = Vec::new();
            while let Some(item) = iterator.next(thread)? {
                rest.push(item);
            }
            if rest.len() < after {
                return Err(thread.value_error(&format!(
                    "not enough values to unpack (expected at least {}, got {})",
                    before + after,
                    before + rest.len()
                )));
            }
            let tail = rest.split_off(rest.len() - after);
            items.push(List::from_vec(thread, rest)?.upcast());
            items.extend(tail);
            Ok(items)
        }
    }
}

/// `CALL_INTRINSIC_1`.
pub fn intrinsic_1(thread: &Thread, frame: &Frame, which: u32, value: Obj) -> PyResult<Obj> {
    use crate::typing::intrinsics as type_parameters;
    match which {
        1 => {
            let hook = pyrox_objects::hooks::sys(thread, "displayhook").ok_or_else(|| thread.runtime_error("lost sys.displayhook"))?;
            hook.call(thread, &[&value])
        }
        2 => import_star(thread, frame, &value).map(|()| pyrox_objects::none()),
        3 => Ok(super::stop_iteration_error(thread, frame.code(), value)),
        4 => crate::generator::async_generator::wrap(thread, value),
        5 => value.positive(thread),
        6 => match value.cast::<List>() {
            Some(list) => Ok(Tuple::from_vec(thread, list.to_vec())?.upcast()),
            None => Err(thread.system_error("bad argument of list to tuple")),
        },
        7 => type_parameters::type_var(thread, value),
        8 => type_parameters::param_spec(thread, value),
        9 => type_parameters::type_var_tuple(thread, value),
        10 => type_parameters::subscript_generic(thread, &value),
        11 => type_parameters::type_alias(thread, &value),
        _ => Err(thread.system_error("unknown unary intrinsic")),
    }
}

/// `CALL_INTRINSIC_2`.
pub fn intrinsic_2(thread: &Thread, which: u32, first: Obj, second: Obj) -> PyResult<Obj> {
    use crate::typing::intrinsics as type_parameters;
    match which {
        1 => {
            let raised = second.to_items(thread)?;
            Ok(exceptions::group::prepare_reraise_star(thread, &first, &raised)?.unwrap_or_else(pyrox_objects::none))
        }
        2 => type_parameters::type_var_with_bound(thread, first, second),
        3 => type_parameters::type_var_with_constraints(thread, first, second),
        4 => type_parameters::set_function_parameters(thread, first, second),
        5 => type_parameters::set_default(thread, first, second),
        _ => Err(thread.system_error("unknown binary intrinsic")),
    }
}

/// `except*` takes exception classes that are no groups.
pub fn check_except_star(thread: &Thread, classes: &Object) -> PyResult<()> {
    let list = classes.cast::<Tuple>().map_or_else(|| vec![classes.own()], Tuple::to_vec);
    for class in &list {
        match class.cast::<Type>() {
            Some(ty) if ty.is_subtype(exceptions::base_exception_group()) => {
                return Err(thread.type_error("catching ExceptionGroup with except* is not allowed. Use except instead."));
            }
            Some(ty) if ty.is_subtype(exceptions::base_exception()) => {}
            _ => return Err(thread.type_error("catching classes that do not inherit from BaseException is not allowed")),
        }
    }
    Ok(())
}

fn import_star(thread: &Thread, frame: &Frame, module: &Object) -> PyResult<()> {
    let Some(namespace) = frame.namespace().map(Object::own) else { return Err(thread.system_error("no locals found during 'import *'")) };
    let (names, skip_private) = match module.lookup_attr(thread, pyrox_objects::intern!("__all__"))? {
        Some(all) => (all.to_items(thread)?, false),
        None => match module.lookup_attr(thread, pyrox_objects::intern!("__dict__"))? {
            Some(dict) => (dict.to_items(thread)?, true),
            None => return Err(thread.import_error("from-import-* object has no __dict__ and no __all__")),
        },
    };
    for name in names {
        let Some(text) = name.cast::<Str>() else { return Err(thread.type_error("Item in __all__ must be str")) };
        if skip_private && text.to_string_lossy().starts_with('_') {
            continue;
        }
        let value = module.getattr(thread, text)?;
        namespace.set_item(thread, &name, Some(&value))?;
    }
    Ok(())
}

pub fn make_function(thread: &Thread, frame: &Frame, code: &Object) -> PyResult<Obj> {
    // SAFETY: MAKE_FUNCTION's operand is code.
    let plain = unsafe { &*(code as *const Object as *const Code) };
    let has_doc = plain.has_flag(pyrox_compiler::code::flags::HAS_DOCSTRING);
    let doc = if has_doc { plain.consts().items().first().map_or_else(pyrox_objects::none, |d| d.own()) } else { pyrox_objects::none() };
    Ok(Function::new(thread, code, frame.globals(), frame.builtins(), plain.name(), plain.qualname(), &doc)?.upcast())
}

pub fn setup_annotations(thread: &Thread, namespace: &Object) -> PyResult<()> {
    let name = pyrox_objects::intern!("__annotations__");
    if lookup_namespace(thread, namespace, name)?.is_none() {
        let dict = Dict::new(thread)?;
        namespace.set_item(thread, name, Some(&dict))?;
    }
    Ok(())
}

/// Send a value to a generator or iterator: yielded or returned.
pub fn send(thread: &Thread, receiver: &Object, value: &Object) -> PyResult<Result<Obj, Obj>> {
    if let Some(generator) = Generator::of(receiver).filter(|_| !receiver.is_exact::<crate::generator::async_generator::AsyncGenerator>()) {
        return generator.resume(thread, Some(value), false);
    }
    let result = if value.is_none() && receiver.is_iterator() {
        receiver.next_keeping_stop(thread).map(|item| match item {
            Some(item) => Ok(item),
            None => Err(pyrox_objects::none()),
        })
    } else {
        receiver.call_method(thread, pyrox_objects::intern!("send"), &[value]).map(Ok)
    };
    match result {
        Err(Raised) if thread.raised_is(exceptions::stop_iteration()) => {
            if thread.interrupts.get() & crate::tracing::TRACE != 0 {
                // SAFETY: null or the running frame.
                if let Some(frame) = unsafe { crate::frame::current(thread).as_ref() } {
                    crate::tracing::tell_exception(thread, frame, crate::monitor::STOP_ITERATION, frame.offset())?;
                }
            }
            Ok(Err(thread.take_raised().map_or_else(pyrox_objects::none, |e| crate::generator::stop_value(&e))))
        }
        other => other,
    }
}

/// Whether `except class:` catches an exception.
pub fn exception_matches(thread: &Thread, exception: &Object, class: &Object) -> PyResult<bool> {
    let is_exception = |o: &Object| o.cast::<Type>().is_some_and(|t| t.is_subtype(exceptions::base_exception()));
    let bad = || thread.type_error("catching classes that do not inherit from BaseException is not allowed");
    if let Some(classes) = class.cast::<Tuple>() {
        for class in classes.to_vec() {
            if !is_exception(&class) {
                return Err(bad());
            }
        }
        return Ok(classes.items().iter().any(|c| c.cast::<Type>().is_some_and(|t| exception.is_instance_of(t))));
    }
    match class.cast::<Type>() {
        Some(ty) if is_exception(class) => Ok(exception.is_instance_of(ty)),
        _ => Err(bad()),
    }
}

/// An exception instance of a class or instance.
pub fn make_exception(thread: &Thread, exception: &Object, value: Option<&Object>) -> PyResult<Obj> {
    if let Some(class) = exception.cast::<Type>().filter(|t| t.is_subtype(exceptions::base_exception())) {
        let made = match value {
            None => class.call(thread, &[])?,
            Some(value) if value.is_instance_of(class) => value.own(),
            Some(value) => class.call(thread, &[value])?,
        };
        if !made.is_instance_of(exceptions::base_exception()) {
            return Err(thread.type_error(&format!(
                "calling {} should have returned an instance of BaseException, not {}",
                class.repr(thread)?,
                made.ty().repr(thread)?
            )));
        }
        return Ok(made);
    }
    if exception.is_instance_of(exceptions::base_exception()) {
        return Ok(exception.own());
    }
    Err(thread.type_error("exceptions must derive from BaseException"))
}

/// `raise`, `raise a`, `raise a from b`.
pub fn raise(thread: &Thread, exception: Option<Obj>, cause: Option<Obj>) -> Raised {
    let Some(exception) = exception else {
        return match thread.handled() {
            Some(handled) => thread.reraise(handled),
            None => thread.runtime_error("No active exception to reraise"),
        };
    };
    let made = match make_exception(thread, &exception, None) {
        Ok(made) => made,
        Err(raised) => return raised,
    };
    if let (Some(cause), Some(base)) = (cause, exceptions::BaseException::of(&made)) {
        let cause = if cause.is_none() {
            None
        } else {
            match make_exception(thread, &cause, None) {
                Ok(cause) => Some(cause),
                Err(raised) => {
                    if thread.take_if(exceptions::type_error()) {
                        return thread.type_error("exception causes must derive from BaseException");
                    }
                    return raised;
                }
            }
        };
        base.set_cause(cause);
    }
    thread.raise(made)
}

pub fn import_name(thread: &Thread, frame: &Frame, name: &Str, from_list: &Object, level: &Object) -> PyResult<Obj> {
    let import = builtin(thread, frame, pyrox_objects::intern!("__import__")).map_err(|raised| {
        thread.set_raised(None);
        let _ = raised;
        thread.import_error("__import__ not found")
    })?;
    let namespace = frame.namespace().map_or_else(pyrox_objects::none, Object::own);
    import.call(thread, &[name, frame.globals(), &namespace, from_list, level])
}

/// The values of keys of a mapping, or `None` if one is not there.
pub fn match_keys(thread: &Thread, mapping: &Object, keys: &Object) -> PyResult<Obj> {
    let keys = keys.to_items(thread)?;
    let mut seen: Vec<Obj> = Vec::new();
    let mut values = Vec::new();
    let get = mapping.getattr(thread, pyrox_objects::intern!("get"))?;
    let absent = pyrox_objects::Cell::new(thread, None)?;
    for key in keys {
        for other in &seen {
            if other.eq(thread, &key)? {
                return Err(thread.value_error(&format!("mapping pattern checks duplicate key ({})", key.repr(thread)?)));
            }
        }
        let value = get.call(thread, &[&key, &absent])?;
        if value.is(&absent) {
            return Ok(pyrox_objects::none());
        }
        seen.push(key);
        values.push(value);
    }
    Ok(Tuple::from_vec(thread, values)?.upcast())
}

/// The attributes that a class pattern binds, or `None` if the subject is no instance.
pub fn match_class(thread: &Thread, subject: &Object, class: &Object, positional: usize, names: &Object) -> PyResult<Obj> {
    let Some(ty) = class.cast::<Type>() else {
        return Err(thread.type_error("called match pattern must be a class"));
    };
    if !subject.isinstance(thread, class)? {
        return Ok(pyrox_objects::none());
    }
    let mut seen: Vec<String> = Vec::new();
    let mut values = Vec::new();
    let mut attribute = |name: &Object, values: &mut Vec<Obj>| -> PyResult<bool> {
        let Some(text) = name.cast::<Str>() else {
            return Err(thread.type_error(&format!("__match_args__ elements must be strings (got {})", name.ty().full_name())));
        };
        let plain = text.to_string();
        if seen.contains(&plain) {
            return Err(thread.type_error(&format!("{}() got multiple sub-patterns for attribute '{plain}'", ty.name())));
        }
        seen.push(plain);
        match subject.lookup_attr(thread, text)? {
            Some(value) => {
                values.push(value);
                Ok(true)
            }
            None => Ok(false),
        }
    };
    if positional > 0 {
        let match_args = class.lookup_attr(thread, pyrox_objects::intern!("__match_args__"))?;
        let whole = match_args.is_none() && ty.flags() & pyrox_objects::abi::_Py_TPFLAGS_MATCH_SELF != 0;
        let allowed = match &match_args {
            Some(args) => {
                let Some(args) = args.exact::<Tuple>() else {
                    return Err(thread.type_error(&format!(
                        "{}.__match_args__ must be a tuple (got {})",
                        ty.name(),
                        args.ty().full_name()
                    )));
                };
                args.to_vec()
            }
            None => Vec::new(),
        };
        let count = if whole { 1 } else { allowed.len() };
        if positional > count {
            return Err(thread.type_error(&format!(
                "{}() accepts {count} positional sub-pattern{} ({positional} given)",
                ty.name(),
                if count == 1 { "" } else { "s" }
            )));
        }
        if whole {
            values.push(subject.own());
        } else {
            for name in &allowed[..positional] {
                if !attribute(name, &mut values)? {
                    return Ok(pyrox_objects::none());
                }
            }
        }
    }
    for name in names.to_items(thread)? {
        if !attribute(&name, &mut values)? {
            return Ok(pyrox_objects::none());
        }
    }
    Ok(Tuple::from_vec(thread, values)?.upcast())
}
