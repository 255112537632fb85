//! The module `sys`, as far as it goes.

use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::{Dict, Int, Module, Obj, Object, Owned, PyResult, Str, Thread, Tuple, exceptions};

use crate::frame;
use crate::printer::Printer;
use pyrox_objects::namespace::Namespace;

pymodule!(
    name = "sys",
    doc = "This module provides access to some objects used or maintained by the interpreter.",
    functions = [
        exit,
        getrefcount,
        getrecursionlimit,
        setrecursionlimit,
        exc_info,
        exception,
        intern,
        getsizeof,
        _getframe,
        displayhook,
        get_int_max_str_digits,
        set_int_max_str_digits,
        getdefaultencoding,
        is_finalizing,
    ],
    exec = exec
);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    module.add_str(thread, "version", concat!("3.14.0 (Pyrox ", env!("CARGO_PKG_VERSION"), ")"))?;
    module.add_int(thread, "hexversion", 0x030e00f0)?;
    module.add_int(thread, "maxsize", i64::MAX)?;
    module.add_int(thread, "maxunicode", 0x10ffff)?;
    module.add_str(thread, "byteorder", if cfg!(target_endian = "little") { "little" } else { "big" })?;
    module.add_str(thread, "platform", "linux")?;
    module.add(thread, "modules", &*crate::modules(thread)?)?;
    module.add(thread, "builtin_module_names", &*crate::import::native_names(thread)?)?;
    let numbers = [3, 14, 0].map(|n| Int::from(n).upcast());
    let mut info = numbers.to_vec();
    info.push(Str::from_str(thread, "final")?.upcast());
    info.push(Int::from(0).upcast());
    module.add(thread, "version_info", &*Tuple::from_vec(thread, info)?)?;
    let about = Dict::new(thread)?;
    about.set_text(thread, "name", &**Str::from_str(thread, "cpython")?)?;
    about.set_text(thread, "cache_tag", &**Str::from_str(thread, "pyrox-314")?)?;
    about.set_text(thread, "hexversion", &Int::from(0x030e00f0))?;
    about.set_text(thread, "pyrox", &**Str::from_str(thread, env!("CARGO_PKG_VERSION"))?)?;
    if let Some(version) = module.get(thread, "version_info")? {
        about.set_text(thread, "version", &version)?;
    }
    module.add(thread, "implementation", &**Namespace::new(thread, Some(&about))?)?;
    pyrox_objects::type_object::ready(thread, <Printer as pyrox_objects::PyType>::ty())?;
    for (name, descriptor) in [("stdout", 1), ("stderr", 2)] {
        let stream = Printer::new(thread, descriptor)?;
        module.add(thread, name, &stream)?;
        module.add(thread, &format!("__{name}__"), &stream)?;
    }
    Ok(())
}

/// Exit the interpreter by raising SystemExit(status).
///
/// If the status is omitted or None, it defaults to zero (i.e., success). If the status is an
/// integer, it will be used as the system exit status. If it is another kind of object, it will be
/// printed and the system exit status will be one (i.e., failure).
#[pyfunction(sig = "(status=None, /)")]
pub fn exit(thread: &Thread, status: Option<&Object>) -> PyResult<()> {
    let exception = match status.filter(|s| !s.is_none()) {
        Some(status) => exceptions::system_exit().call(thread, &[status])?,
        None => exceptions::system_exit().call(thread, &[])?,
    };
    Err(thread.raise(exception))
}

/// Return the reference count of object.
#[pyfunction(sig = "(object, /)")]
pub fn getrefcount(object: &Object) -> u32 {
    object.refcount()
}

/// Return the current value of the recursion limit.
#[pyfunction]
pub fn getrecursionlimit(thread: &Thread) -> i32 {
    thread.state.py_recursion_limit.get()
}

/// Set the maximum depth of the Python interpreter stack to n.
#[pyfunction(sig = "(limit, /)")]
pub fn setrecursionlimit(thread: &Thread, limit: i32) -> PyResult<()> {
    if limit < 1 {
        return Err(thread.value_error("recursion limit must be greater or equal than 1"));
    }
    let state = &thread.state;
    let depth = state.py_recursion_limit.get() - state.py_recursion_remaining.get();
    if depth >= limit {
        return Err(thread
            .recursion_error(&format!("cannot set the recursion limit to {limit} at the recursion depth {depth}: the limit is too low")));
    }
    state.py_recursion_limit.set(limit);
    state.py_recursion_remaining.set(limit - depth);
    Ok(())
}

/// Return information about the exception currently being handled.
#[pyfunction]
pub fn exc_info(thread: &Thread) -> PyResult<Owned<Tuple>> {
    let items = match thread.handled() {
        None => vec![pyrox_objects::none(), pyrox_objects::none(), pyrox_objects::none()],
        Some(exception) => {
            let traceback = exceptions::BaseException::of(&exception).and_then(|e| e.traceback()).unwrap_or_else(pyrox_objects::none);
            vec![(**exception.ty()).own(), exception, traceback]
        }
    };
    Tuple::from_vec(thread, items)
}

/// Return the current exception.
#[pyfunction]
pub fn exception(thread: &Thread) -> Option<Obj> {
    thread.handled()
}

/// "Intern" the given string.
#[pyfunction(sig = "(string, /)")]
pub fn intern(thread: &Thread, string: &Str) -> PyResult<Owned<Str>> {
    if !string.is_exact::<Str>() {
        return Err(thread.type_error(&format!("can't intern {}", string.ty().name())));
    }
    Ok(Str::intern(thread, string))
}

/// getsizeof(object [, default]) -> int
///
/// Return the size of object in bytes.
#[pyfunction(sig = "(object, default=None)", text = "")]
pub fn getsizeof(thread: &Thread, object: &Object, default: Option<&Object>) -> PyResult<Obj> {
    let size = match object.call_special(thread, pyrox_objects::intern!("__sizeof__"), &[]) {
        Ok(Some(size)) => size.as_isize(thread)?,
        Ok(None) => return Err(thread.type_error(&format!("Type {} doesn't define __sizeof__", object.ty().name()))),
        Err(raised) => {
            return match default {
                Some(default) if thread.take_if(exceptions::type_error()) => Ok(default.own()),
                _ => Err(raised),
            };
        }
    };
    if size < 0 {
        return Err(thread.value_error("__sizeof__() should return >= 0"));
    }
    // SAFETY: a valid object.
    let front = if unsafe { pyrox_objects::gc::is_gc(object.as_ptr()) } { pyrox_objects::gc::front_size(object.ty().flags()) } else { 0 };
    Ok(Int::from(size as i64 + front as i64).upcast())
}

/// Return a frame object from the call stack.
#[pyfunction(sig = "(depth=0, /)")]
pub fn _getframe(thread: &Thread, depth: i32) -> PyResult<Obj> {
    let mut current = frame::current(thread);
    for _ in 0..depth.max(0) {
        if current.is_null() {
            break;
        }
        // SAFETY: the chain of running frames.
        current = unsafe { (*current).previous() };
    }
    if current.is_null() {
        return Err(thread.value_error("call stack is not deep enough"));
    }
    // SAFETY: a running frame.
    Ok(unsafe { &*current }.object(thread)?.upcast())
}

/// Print an object to sys.stdout and also save it in builtins._
#[pyfunction(sig = "(object, /)")]
pub fn displayhook(thread: &Thread, object: &Object) -> PyResult<()> {
    if object.is_none() {
        return Ok(());
    }
    let builtins: Owned<Dict> = crate::builtins_dict(thread)?;
    builtins.set_text(thread, "_", pyrox_objects::none_ref())?;
    let text = Str::from_str(thread, &format!("{}\n", object.repr(thread)?))?;
    match pyrox_objects::hooks::sys(thread, "stdout") {
        Some(stream) => stream.call_method(thread, pyrox_objects::intern!("write"), &[&text])?,
        None => return Err(thread.runtime_error("lost sys.stdout")),
    };
    builtins.set_text(thread, "_", object)
}

/// Return the maximum string digits limit for non-binary int<->str conversions.
#[pyfunction]
pub fn get_int_max_str_digits() -> usize {
    pyrox_objects::int::max_str_digits()
}

/// Set the maximum string digits limit for non-binary int<->str conversions.
#[pyfunction(sig = "(maxdigits)")]
pub fn set_int_max_str_digits(thread: &Thread, maxdigits: i32) -> PyResult<()> {
    if maxdigits != 0 && maxdigits < 640 {
        return Err(thread.value_error("maxdigits must be 0 or larger than 640"));
    }
    pyrox_objects::int::set_max_str_digits(maxdigits as usize);
    Ok(())
}

/// Return the current default encoding used by the Unicode implementation.
#[pyfunction]
pub fn getdefaultencoding() -> &'static str {
    "utf-8"
}

/// Return True if Python is exiting.
#[pyfunction]
pub fn is_finalizing() -> bool {
    false
}
