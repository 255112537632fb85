//! The built-in functions.

use pyrox_macros::pyfunction;
use pyrox_objects::native::{Keywords, Rest};
use pyrox_objects::protocol::number;
use pyrox_objects::{CompareOp, Dict, Float, Int, List, Obj, Object, Owned, PyResult, Str, Thread, Tuple, exceptions, iterators};

use crate::code::Code;
use crate::frame;

/// Prints the values to a stream, or to sys.stdout by default.
///
/// sep: string inserted between values, default a space. end: string appended after the last value,
/// default a newline. file: a file-like object (stream); defaults to the current sys.stdout. flush:
/// whether to forcibly flush the stream.
#[pyfunction(sig = "(*args, sep=' ', end='\\n', file=None, flush=False)")]
pub fn print(
    thread: &Thread,
    args: Rest<'_>,
    sep: Option<&Object>,
    end: Option<&Object>,
    file: Option<&Object>,
    flush: bool,
) -> PyResult<()> {
    let stream = match file.filter(|f| !f.is_none()) {
        Some(file) => file.own(),
        None => match pyrox_objects::hooks::sys(thread, "stdout") {
            Some(stream) if stream.is_none() => return Ok(()),
            Some(stream) => stream,
            None => return Err(thread.runtime_error("lost sys.stdout")),
        },
    };
    let text = |name: &str, value: Option<&Object>| match value.filter(|v| !v.is_none()) {
        Some(value) if !value.is_instance::<Str>() => {
            Err(thread.type_error(&format!("{name} must be None or a string, not {}", value.ty().full_name())))
        }
        other => Ok(other.map(Object::own)),
    };
    let (sep, end) = (text("sep", sep)?, text("end", end)?);
    let write = stream.getattr(thread, pyrox_objects::intern!("write"))?;
    for (at, value) in args.iter().enumerate() {
        if at > 0 {
            match &sep {
                Some(sep) => write.call(thread, &[sep])?,
                None => write.call(thread, &[pyrox_objects::intern!(" ")])?,
            };
        }
        write.call(thread, &[&*value.str(thread)?])?;
    }
    match &end {
        Some(end) => write.call(thread, &[end])?,
        None => write.call(thread, &[pyrox_objects::intern!("\n")])?,
    };
    if flush {
        stream.call_method(thread, pyrox_objects::intern!("flush"), &[])?;
    }
    Ok(())
}

/// Return the number of items in a container.
#[pyfunction(sig = "(obj, /)")]
pub fn len(thread: &Thread, obj: &Object) -> PyResult<usize> {
    obj.len(thread)
}

/// Return the canonical string representation of the object.
#[pyfunction(sig = "(obj, /)")]
pub fn repr(thread: &Thread, obj: &Object) -> PyResult<Owned<Str>> {
    obj.repr(thread)
}

/// Return an ASCII-only representation of an object.
#[pyfunction(sig = "(obj, /)")]
pub fn ascii(thread: &Thread, obj: &Object) -> PyResult<Owned<Str>> {
    obj.ascii(thread)
}

/// Return the absolute value of the argument.
#[pyfunction(sig = "(number, /)")]
pub fn abs(thread: &Thread, number: &Object) -> PyResult<Obj> {
    number.absolute(thread)
}

/// Return True if bool(x) is True for all values x in the iterable.
#[pyfunction(sig = "(iterable, /)")]
pub fn all(thread: &Thread, iterable: &Object) -> PyResult<bool> {
    let iterator = iterable.iter(thread)?;
    while let Some(item) = iterator.next(thread)? {
        if !item.is_true(thread)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Return True if bool(x) is True for any x in the iterable.
#[pyfunction(sig = "(iterable, /)")]
pub fn any(thread: &Thread, iterable: &Object) -> PyResult<bool> {
    let iterator = iterable.iter(thread)?;
    while let Some(item) = iterator.next(thread)? {
        if item.is_true(thread)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn in_base(thread: &Thread, number: &Object, radix: u32, prefix: &str) -> PyResult<String> {
    let value = number.index(thread)?;
    let digits = pyrox_numeric::int::text::to_text(value.digits(), radix);
    Ok(format!("{}{prefix}{digits}", if value.is_negative() { "-" } else { "" }))
}

/// Return the binary representation of an integer.
#[pyfunction(sig = "(number, /)")]
pub fn bin(thread: &Thread, number: &Object) -> PyResult<String> {
    in_base(thread, number, 2, "0b")
}

/// Return the octal representation of an integer.
#[pyfunction(sig = "(number, /)")]
pub fn oct(thread: &Thread, number: &Object) -> PyResult<String> {
    in_base(thread, number, 8, "0o")
}

/// Return the hexadecimal representation of an integer.
#[pyfunction(sig = "(number, /)")]
pub fn hex(thread: &Thread, number: &Object) -> PyResult<String> {
    in_base(thread, number, 16, "0x")
}

/// Return whether the object is callable (i.e., some kind of function).
#[pyfunction(sig = "(obj, /)")]
pub fn callable(obj: &Object) -> bool {
    obj.is_callable()
}

/// Return a Unicode string of one character with ordinal i; 0 <= i <= 0x10ffff.
#[pyfunction(sig = "(i, /)")]
pub fn chr(thread: &Thread, i: &Object) -> PyResult<Owned<Str>> {
    let value = i.index(thread)?;
    match value.to_i64().and_then(|v| u32::try_from(v).ok()).filter(|&c| c <= 0x10ffff) {
        Some(c) => Ok(Str::from_char(thread, c)),
        None => Err(thread.value_error("chr() arg not in range(0x110000)")),
    }
}

/// Return the ordinal value of a character.
#[pyfunction(sig = "(character, /)")]
pub fn ord(thread: &Thread, character: &Object) -> PyResult<u32> {
    let length = if let Some(text) = character.cast::<Str>() {
        if text.len() == 1 {
            return Ok(text.at(0));
        }
        return Err(thread.type_error(&format!("ord() expected a character, but string of length {} found", text.len())));
    } else if let Some(bytes) = pyrox_objects::buffer::contiguous_bytes(thread, character)? {
        if let [byte] = bytes.as_slice() {
            return Ok(*byte as u32);
        }
        bytes.len()
    } else {
        return Err(thread.type_error(&format!("ord() expected string of length 1, but {} found", character.ty().full_name())));
    };
    Err(thread.type_error(&format!("ord() expected a character, but string of length {length} found")))
}

/// Deletes the named attribute from the given object.
#[pyfunction(sig = "(obj, name, /)")]
pub fn delattr(thread: &Thread, obj: &Object, name: &Object) -> PyResult<()> {
    obj.setattr(thread, attribute_name(thread, name)?, None)
}

fn attribute_name<'a>(thread: &Thread, name: &'a Object) -> PyResult<&'a Str> {
    name.cast::<Str>().ok_or_else(|| thread.type_error(&format!("attribute name must be string, not '{}'", name.ty().full_name())))
}

/// Sets the named attribute on the given object to the specified value.
#[pyfunction(sig = "(obj, name, value, /)")]
pub fn setattr(thread: &Thread, obj: &Object, name: &Object, value: &Object) -> PyResult<()> {
    obj.setattr(thread, attribute_name(thread, name)?, Some(value))
}

/// getattr(object, name[, default]) -> value
///
/// Get a named attribute from an object. When a default argument is given, it is returned when the
/// attribute doesn't exist; without it, an exception is raised in that case.
#[pyfunction(sig = "(object, name, default=None, /)", text = "")]
pub fn getattr(thread: &Thread, object: &Object, name: &Object, default: Option<&Object>) -> PyResult<Obj> {
    let name = attribute_name(thread, name)?;
    match default {
        None => object.getattr(thread, name),
        Some(default) => Ok(object.lookup_attr(thread, name)?.unwrap_or_else(|| default.own())),
    }
}

/// Return whether the object has an attribute with the given name.
#[pyfunction(sig = "(obj, name, /)")]
pub fn hasattr(thread: &Thread, obj: &Object, name: &Object) -> PyResult<bool> {
    obj.hasattr(thread, attribute_name(thread, name)?)
}

/// dir([object]) -> list of strings
///
/// Return an alphabetized list of names comprising (some of) the attributes of the given object, or
/// of the current scope.
#[pyfunction(sig = "(object=None, /)", text = "")]
pub fn dir(thread: &Thread, object: Option<&Object>) -> PyResult<Obj> {
    match object {
        Some(object) => object.dir(thread),
        None => {
            let names = current_locals(thread)?;
            let keys = if names.is_exact::<Dict>() { names } else { names.call_method(thread, pyrox_objects::intern!("keys"), &[])? };
            let list = List::from_iterable(thread, &keys)?;
            list.sort(thread)?;
            Ok(list.upcast())
        }
    }
}

/// Return the tuple (x//y, x%y).
#[pyfunction(sig = "(x, y, /)")]
pub fn divmod(thread: &Thread, x: &Object, y: &Object) -> PyResult<Obj> {
    number::divmod(thread, x, y)
}

/// Return type(value).__format__(value, format_spec).
#[pyfunction(sig = "(value, format_spec='', /)")]
pub fn format(thread: &Thread, value: &Object, format_spec: Option<&Str>) -> PyResult<Owned<Str>> {
    value.format(thread, format_spec)
}

fn current_locals(thread: &Thread) -> PyResult<Obj> {
    let frame = frame::current(thread);
    if frame.is_null() {
        return Err(thread.system_error("frame does not exist"));
    }
    // SAFETY: the running frame.
    unsafe { &*frame }.locals_dict(thread)
}

fn current_globals(thread: &Thread) -> PyResult<Owned<Dict>> {
    let frame = frame::current(thread);
    if frame.is_null() {
        return Err(thread.system_error("globals do not exist"));
    }
    // SAFETY: the running frame.
    Ok(unsafe { &*frame }.globals().own_dict())
}

/// Return the dictionary containing the current scope's global variables.
#[pyfunction]
pub fn globals(thread: &Thread) -> PyResult<Owned<Dict>> {
    current_globals(thread)
}

/// Return a dictionary containing the current scope's local variables.
#[pyfunction]
pub fn locals(thread: &Thread) -> PyResult<Obj> {
    current_locals(thread)
}

/// vars([object]) -> dictionary
///
/// Without arguments, equivalent to locals(). With an argument, equivalent to object.__dict__.
#[pyfunction(sig = "(object=None, /)", text = "")]
pub fn vars(thread: &Thread, object: Option<&Object>) -> PyResult<Obj> {
    match object {
        None => current_locals(thread),
        Some(object) => match object.lookup_attr(thread, pyrox_objects::intern!("__dict__"))? {
            Some(dict) => Ok(dict),
            None => Err(thread.type_error("vars() argument must have __dict__ attribute")),
        },
    }
}

/// Return the hash value for the given object.
#[pyfunction(sig = "(obj, /)")]
pub fn hash(thread: &Thread, obj: &Object) -> PyResult<isize> {
    obj.hash(thread)
}

/// Return the identity of an object.
#[pyfunction(sig = "(obj, /)")]
pub fn id(obj: &Object) -> u64 {
    obj.as_ptr() as u64
}

/// Return whether an object is an instance of a class or of a subclass thereof.
#[pyfunction(sig = "(obj, class_or_tuple, /)")]
pub fn isinstance(thread: &Thread, obj: &Object, class_or_tuple: &Object) -> PyResult<bool> {
    obj.isinstance(thread, class_or_tuple)
}

/// Return whether 'cls' is derived from another class or is the same class.
#[pyfunction(sig = "(cls, class_or_tuple, /)")]
pub fn issubclass(thread: &Thread, cls: &Object, class_or_tuple: &Object) -> PyResult<bool> {
    cls.issubclass(thread, class_or_tuple)
}

/// iter(iterable) -> iterator
/// iter(callable, sentinel) -> iterator
#[pyfunction(sig = "(object, sentinel=None, /)", text = "")]
pub fn iter(thread: &Thread, object: &Object, sentinel: Option<&Object>) -> PyResult<Obj> {
    match sentinel {
        None => object.iter(thread),
        Some(sentinel) => {
            if !object.is_callable() {
                return Err(thread.type_error("iter(v, w): v must be callable"));
            }
            Ok(iterators::CallIterator::new(thread, object, sentinel)?.upcast())
        }
    }
}

/// next(iterator[, default])
///
/// Return the next item from the iterator. If default is given and the iterator is exhausted, it is
/// returned instead of raising StopIteration.
#[pyfunction(sig = "(iterator, default=None, /)", text = "")]
pub fn next(thread: &Thread, iterator: &Object, default: Option<&Object>) -> PyResult<Obj> {
    if !iterator.is_iterator() {
        return Err(thread.type_error(&format!("'{}' object is not an iterator", iterator.ty().full_name())));
    }
    let Some(function) = iterator.ty().raw().tp_iternext.get() else {
        return Err(thread.type_error(&format!("'{}' object is not an iterator", iterator.ty().full_name())));
    };
    // SAFETY: an iternextfunc contract.
    match unsafe { Owned::<Object>::from_raw_or_null(function(iterator.as_ptr())) } {
        Some(item) => Ok(item),
        None => match default {
            Some(default) => {
                if thread.raised().is_some() && !thread.take_if(exceptions::stop_iteration()) {
                    return Err(pyrox_objects::Raised);
                }
                Ok(default.own())
            }
            None if thread.raised().is_some() => Err(pyrox_objects::Raised),
            None => Err(thread.stop_iteration(None)),
        },
    }
}

fn extreme(thread: &Thread, name: &str, op: CompareOp, args: Rest<'_>, key: Option<&Object>, default: Option<&Object>) -> PyResult<Obj> {
    let key = key.filter(|k| !k.is_none());
    let items: Obj = match args.len() {
        0 => return Err(thread.type_error(&format!("{name} expected at least 1 argument, got 0"))),
        1 => args.get(0).map(|a| a.iter(thread)).unwrap_or_else(|| Ok(pyrox_objects::none()))?,
        _ => {
            if default.is_some() {
                return Err(thread.type_error(&format!("Cannot specify a default for {name}() with multiple positional arguments")));
            }
            Tuple::from_vec(thread, args.iter().map(Object::own).collect())?.iter(thread)?
        }
    };
    let mut best: Option<(Obj, Obj)> = None;
    while let Some(item) = items.next(thread)? {
        let value = match key {
            Some(key) => key.call(thread, &[&item])?,
            None => item.clone(),
        };
        match &best {
            Some((_, held)) if !value.compare_bool(thread, held, op)? => {}
            _ => best = Some((item, value)),
        }
    }
    match (best, default) {
        (Some((item, _)), _) => Ok(item),
        (None, Some(default)) => Ok(default.own()),
        (None, None) => Err(thread.value_error(&format!("{name}() iterable argument is empty"))),
    }
}

/// max(iterable, *[, default=obj, key=func]) -> value
/// max(arg1, arg2, *args, *[, key=func]) -> value
#[pyfunction(sig = "(*args, key=None, default=None)", text = "")]
pub fn max(thread: &Thread, args: Rest<'_>, key: Option<&Object>, default: Option<&Object>) -> PyResult<Obj> {
    extreme(thread, "max", CompareOp::Gt, args, key, default)
}

/// min(iterable, *[, default=obj, key=func]) -> value
/// min(arg1, arg2, *args, *[, key=func]) -> value
#[pyfunction(sig = "(*args, key=None, default=None)", text = "")]
pub fn min(thread: &Thread, args: Rest<'_>, key: Option<&Object>, default: Option<&Object>) -> PyResult<Obj> {
    extreme(thread, "min", CompareOp::Lt, args, key, default)
}

/// Equivalent to base**exp with 2 arguments or base**exp % mod with 3 arguments.
#[pyfunction(sig = "(base, exp, mod=None)")]
pub fn pow(thread: &Thread, base: &Object, exp: &Object, r#mod: Option<&Object>) -> PyResult<Obj> {
    number::power(thread, base, exp, r#mod.unwrap_or(pyrox_objects::none_ref()))
}

/// Round a number to a given precision in decimal digits.
///
/// The return value is an integer if ndigits is omitted or None. Otherwise the return value has the
/// same type as the number. ndigits may be negative.
#[pyfunction(sig = "(number, ndigits=None)")]
pub fn round(thread: &Thread, number: &Object, ndigits: Option<&Object>) -> PyResult<Obj> {
    let arguments: &[&Object] = match &ndigits {
        Some(ndigits) if !ndigits.is_none() => &[*ndigits],
        _ => &[],
    };
    match number.call_special(thread, pyrox_objects::intern!("__round__"), arguments)? {
        Some(result) => Ok(result),
        None => Err(thread.type_error(&format!("type {} doesn't define __round__ method", number.ty().full_name()))),
    }
}

/// Return a new list containing all items from the iterable in ascending order.
///
/// A custom key function can be supplied to customize the sort order, and the reverse flag can be
/// set to request the result in descending order.
#[pyfunction(sig = "(*args, **kwargs)", text = "($module, iterable, /, *, key=None, reverse=False)")]
pub fn sorted(thread: &Thread, args: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<Owned<List>> {
    let (Some(iterable), 1) = (args.get(0), args.len()) else {
        return Err(thread.type_error(&format!("sorted expected 1 argument, got {}", args.len())));
    };
    let list = List::from_iterable(thread, iterable)?;
    if kwargs.is_empty() {
        list.sort_by(thread, None, false)?;
        return Ok(list);
    }
    let sort = list.getattr(thread, pyrox_objects::intern!("sort"))?;
    let named: Vec<(String, &Object)> = kwargs.iter().map(|(name, value)| (name.to_string(), value)).collect();
    let named: Vec<(&str, &Object)> = named.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    sort.call_with_keywords(thread, &[], &named)?;
    Ok(list)
}

/// Return the sum of a 'start' value (default: 0) plus an iterable of numbers
///
/// When the iterable is empty, return the start value. This function is intended specifically for
/// use with numeric values and may reject non-numeric types.
#[pyfunction(sig = "(iterable, /, start=0)")]
pub fn sum(thread: &Thread, iterable: &Object, start: Option<&Object>) -> PyResult<Obj> {
    let mut total = start.map_or_else(|| Int::from(0).upcast(), Object::own);
    let refuse = |kind: &str, join: &str| thread.type_error(&format!("sum() can't sum {kind} [use {join}.join(seq) instead]"));
    if total.is_instance::<Str>() {
        return Err(refuse("strings", "''"));
    }
    if total.is_instance::<pyrox_objects::Bytes>() {
        return Err(refuse("bytes", "b''"));
    }
    if total.is_instance::<pyrox_objects::ByteArray>() {
        return Err(refuse("bytearray", "b''"));
    }
    let iterator = iterable.iter(thread)?;
    // Floats are summed with Neumaier's compensation, as CPython does.
    let mut float: Option<(f64, f64)> = total.exact::<Float>().map(|f| (f.value(), 0.0));
    let settle = |float: (f64, f64)| {
        let (sum, correction) = float;
        if correction != 0.0 && correction.is_finite() { sum + correction } else { sum }
    };
    while let Some(item) = iterator.next(thread)? {
        if let Some((sum, correction)) = float {
            if let Some(value) = item.exact::<Float>().map(|f| f.value()) {
                let next = sum + value;
                let lost = if sum.abs() >= value.abs() { (sum - next) + value } else { (value - next) + sum };
                float = Some((next, correction + lost));
                continue;
            }
            if let Some(value) = item.exact::<Int>().and_then(Int::to_i64) {
                float = Some((sum + value as f64, correction));
                continue;
            }
            total = Float::new(settle((sum, correction))).upcast();
        }
        total = number::binary(thread, &number::ADD, &total, &item)?;
        float = total.exact::<Float>().map(|f| (f.value(), 0.0));
    }
    Ok(match float {
        Some(float) => Float::new(settle(float)).upcast(),
        None => total,
    })
}

/// The text, in UTF-8, of a program given as a string or a buffer.
pub(super) fn source_text(thread: &Thread, source: &Object, function: &str, filename: &str) -> PyResult<Vec<u8>> {
    if let Some(text) = source.cast::<Str>() {
        let text = text.to_rust(thread)?.into_bytes();
        return if text.contains(&0) { Err(crate::source::null_bytes(thread)) } else { Ok(text) };
    }
    match pyrox_objects::buffer::contiguous_bytes(thread, source)? {
        Some(bytes) => Ok(crate::source::decode(thread, &bytes, filename, crate::source::Origin::Memory)?.into_owned()),
        None => {
            let what = if function == "compile" { "string, bytes or AST" } else { "string, bytes or code" };
            Err(thread.type_error(&format!("{function}() arg 1 must be a {what} object")))
        }
    }
}

/// `PyMapping_Check`.
fn is_mapping(object: &Object) -> bool {
    // SAFETY: the tables of a type live while it does.
    unsafe { object.ty().raw().tp_as_mapping.get().as_ref().is_some_and(|table| table.mp_subscript.is_some()) }
}

fn run(
    thread: &Thread,
    source: &Object,
    globals: Option<&Object>,
    locals: Option<&Object>,
    closure: Option<&Object>,
    function: &str,
    mode: pyrox_compiler::Mode,
) -> PyResult<Obj> {
    let globals: Owned<Dict> = match globals.filter(|g| !g.is_none()) {
        Some(globals) => match globals.cast::<Dict>() {
            Some(globals) => globals.own_dict(),
            None if function == "eval" && is_mapping(globals) => {
                return Err(thread.type_error("globals must be a real dict; try eval(expr, {}, mapping)"));
            }
            None if function == "eval" => return Err(thread.type_error("globals must be a dict")),
            None => return Err(thread.type_error(&format!("{function}() globals must be a dict, not {}", globals.ty().full_name()))),
        },
        None => current_globals(thread)?,
    };
    let explicit = locals.filter(|l| !l.is_none()).map(Object::own);
    if let Some(locals) = explicit.as_ref().filter(|l| !is_mapping(l)) {
        return Err(match function {
            "eval" => thread.type_error("locals must be a mapping"),
            _ => thread.type_error(&format!("locals must be a mapping or None, not {}", locals.ty().full_name())),
        });
    }
    let namespace = match explicit {
        Some(locals) => locals,
        None => globals.clone().upcast(),
    };
    let builtins = pyrox_objects::intern!("__builtins__");
    if globals.get_str_borrowed(builtins).is_none() {
        globals.set(thread, builtins, &*crate::builtins_dict(thread)?)?;
    }
    if source.is_exact::<Code>() {
        // SAFETY: just checked.
        let code = unsafe { &*(source as *const Object as *const Code) };
        let free = code.raw().co_nfreevars.get() as usize;
        if function == "eval" && free > 0 {
            return Err(thread.type_error("code object passed to eval() may not contain free variables"));
        }
        if free == 0 && closure.is_some() {
            return Err(thread.type_error("cannot use a closure with this code object"));
        }
        let closure = closure.and_then(|c| c.cast::<Tuple>());
        let fits = closure.is_some_and(|c| c.len() == free && c.items().iter().all(|item| item.is_exact::<pyrox_objects::Cell>()));
        if free > 0 && !fits {
            return Err(thread.type_error(&format!("code object requires a closure of exactly length {free}")));
        }
        return crate::eval::run_code(thread, code, &globals, &namespace, closure);
    }
    if closure.is_some() {
        return Err(thread.type_error("closure can only be used when source is a code object"));
    }
    let text = source_text(thread, source, function, "<string>")?;
    let text = match function {
        "eval" => text.get(text.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()..).unwrap_or_default(),
        _ => &text,
    };
    // SAFETY: null or the running frame.
    let inherited = unsafe { frame::current(thread).as_ref() }.map_or(0, |caller| caller.code().flags());
    let flags = inherited & pyrox_compiler::compiler_flags::FUTURE_MASK;
    let code = crate::compile_text(thread, text, "<string>", mode, flags, super::compile::level(thread, -1)?)?;
    crate::eval::run_code(thread, &code, &globals, &namespace, None)
}

/// Evaluate the given source in the context of globals and locals.
#[pyfunction(sig = "(source, /, globals=None, locals=None)")]
pub fn eval(thread: &Thread, source: &Object, globals: Option<&Object>, locals: Option<&Object>) -> PyResult<Obj> {
    let frame_locals = if globals.is_none_or(Object::is_none) { Some(current_locals(thread)?) } else { None };
    let locals = locals.filter(|l| !l.is_none()).or(frame_locals.as_deref());
    run(thread, source, globals, locals, None, "eval", pyrox_compiler::Mode::Eval)
}

/// Execute the given source in the context of globals and locals.
#[pyfunction(sig = "(source, /, globals=None, locals=None, *, closure=None)")]
pub fn exec(thread: &Thread, source: &Object, globals: Option<&Object>, locals: Option<&Object>, closure: Option<&Object>) -> PyResult<()> {
    let frame_locals = if globals.is_none_or(Object::is_none) { Some(current_locals(thread)?) } else { None };
    let locals = locals.filter(|l| !l.is_none()).or(frame_locals.as_deref());
    run(thread, source, globals, locals, closure.filter(|c| !c.is_none()), "exec", pyrox_compiler::Mode::Exec).map(drop)
}

/// Import a module.
///
/// Because this function is meant for use by the Python interpreter and not for general use, it is
/// better to use importlib.import_module() to programmatically import a module.
#[pyfunction(sig = "(name, globals=None, locals=None, fromlist=(), level=0)")]
pub fn __import__(
    thread: &Thread,
    name: &Object,
    globals: Option<&Object>,
    locals: Option<&Object>,
    fromlist: Option<&Object>,
    level: isize,
) -> PyResult<Obj> {
    let _ = locals;
    let Some(name) = name.cast::<Str>() else { return Err(thread.type_error("module name must be a string")) };
    crate::import::import(thread, name, globals, fromlist, level)
}
