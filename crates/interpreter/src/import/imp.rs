//! The module `_imp`: what `importlib._bootstrap` needs of the interpreter.

use std::cell::Cell;

use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::buffer::Buffer;
use pyrox_objects::{Bytes, List, MemoryView, Module, Obj, Object, Owned, PyResult, Raised, Str, Thread, Tuple, intern};

use super::library;
use crate::code::Code;

pymodule!(
    name = "_imp",
    doc = "(Extremely) low-level import machinery bits as used by importlib.",
    functions = [
        lock_held,
        acquire_lock,
        release_lock,
        extension_suffixes,
        find_frozen,
        get_frozen_object,
        is_frozen_package,
        create_builtin,
        exec_builtin,
        create_dynamic,
        exec_dynamic,
        init_frozen,
        is_builtin,
        is_frozen,
        _frozen_module_names,
        _frozen_source,
        _override_frozen_modules_for_tests,
        _override_multi_interp_extensions_check,
        _fix_co_filename,
        source_hash,
    ],
    exec = exec
);

/// CPython 3.14's magic number of .pyc files, with the newline characters behind it.
const MAGIC: i64 = 3627 | 0x0a0d << 16;

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    module.add_str(thread, "check_hash_based_pycs", "default")?;
    module.add_int(thread, "pyc_magic_number_token", MAGIC)
}

thread_local! {
    /// How often the import lock is held.
    static LOCKED: Cell<u32> = const { Cell::new(0) };
    static FROZEN_OVERRIDE: Cell<i32> = const { Cell::new(0) };
    static MULTI_OVERRIDE: Cell<i32> = const { Cell::new(0) };
}

/// Return True if the import lock is currently held, else False.
#[pyfunction]
fn lock_held() -> bool {
    LOCKED.get() > 0
}

/// Acquires the interpreter's import lock for the current thread.
#[pyfunction]
fn acquire_lock() {
    LOCKED.set(LOCKED.get() + 1);
}

/// Release the interpreter's import lock.
#[pyfunction]
fn release_lock(thread: &Thread) -> PyResult<()> {
    match LOCKED.get() {
        0 => Err(thread.runtime_error("not holding the import lock")),
        held => {
            LOCKED.set(held - 1);
            Ok(())
        }
    }
}

/// Returns the list of file suffixes used to identify extension modules.
#[pyfunction]
fn extension_suffixes(thread: &Thread) -> PyResult<Obj> {
    let triple = format!("{}-linux-gnu", std::env::consts::ARCH);
    let suffixes = [format!(".cpython-314-{triple}.so"), ".abi3.so".into(), format!(".abi3-{triple}.so"), ".so".into()];
    let names: PyResult<Vec<Obj>> = suffixes.iter().map(|n| Ok(Str::from_str(thread, n)?.upcast())).collect();
    Ok(List::from_vec(thread, names?)?.upcast())
}

fn no_frozen(thread: &Thread, name: &Str) -> Raised {
    let make = || -> PyResult<Obj> {
        let message = Str::from_str(thread, &format!("No such frozen object named {name}"))?;
        pyrox_objects::exceptions::import_error().call_with_keywords(thread, &[&**message], &[("name", name)])
    };
    match make() {
        Ok(exception) => thread.raise(exception),
        Err(raised) => raised,
    }
}

fn frozen(thread: &Thread, name: &Str) -> PyResult<Option<library::LibraryModule>> {
    match name.ascii_text() {
        // What the import system itself is made of is frozen always.
        Some(name) if FROZEN_OVERRIDE.get() >= 0 || name.starts_with("_frozen_importlib") || name == "zipimport" => {
            library::frozen(thread, name)
        }
        _ => Ok(None),
    }
}

/// Return info about the corresponding frozen module (if there is one) or None.
///
/// The returned info (a 3-tuple): data, is_package, and the name that it has in the standard library.
#[pyfunction(sig = "(name, /, *, withdata=False)")]
fn find_frozen(thread: &Thread, name: &Str, withdata: bool) -> PyResult<Obj> {
    let Some(module) = frozen(thread, name)? else { return Ok(pyrox_objects::none()) };
    let data = match withdata {
        true => MemoryView::new(thread, &*Bytes::from_slice(thread, module.code)?)?.upcast(),
        false => pyrox_objects::none(),
    };
    let origin = Str::from_str(thread, module.name)?.upcast();
    Ok(Tuple::from_vec(thread, vec![data, pyrox_objects::bool_obj(module.is_package), origin])?.upcast())
}

/// Create a code object for a frozen module.
#[pyfunction(sig = "(name, data=None, /)")]
fn get_frozen_object(thread: &Thread, name: &Str, data: Option<&Object>) -> PyResult<Obj> {
    let object = match data.filter(|d| !d.is_none()) {
        Some(data) => {
            let buffer = Buffer::simple(thread, data)?;
            let bytes = buffer.as_slice().to_vec();
            drop(buffer);
            if bytes.is_empty() {
                return Err(no_frozen(thread, name));
            }
            crate::marshal::load_embedded(thread, &bytes, None)?
        }
        None => match frozen(thread, name)? {
            Some(module) => crate::marshal::load_embedded(thread, module.code, None)?,
            None => return Err(no_frozen(thread, name)),
        },
    };
    match object.is_instance::<Code>() {
        true => Ok(object),
        false => Err(thread.type_error(&format!("frozen object {} is not a code object", name.repr(thread)?))),
    }
}

/// Returns True if the module name is of a frozen package.
#[pyfunction(sig = "(name, /)")]
fn is_frozen_package(thread: &Thread, name: &Str) -> PyResult<bool> {
    match frozen(thread, name)? {
        Some(module) => Ok(module.is_package),
        None => Err(no_frozen(thread, name)),
    }
}

/// Create a built-in module of its spec.
#[pyfunction(sig = "(spec, /)")]
fn create_builtin(thread: &Thread, spec: &Object) -> PyResult<Obj> {
    let name = spec.getattr(thread, intern!("name"))?;
    let Some(name) = name.cast::<Str>() else {
        return Err(thread.type_error(&format!("name must be string, not {}", name.ty().full_name())));
    };
    // There is one each of these.
    for kept in ["builtins", "sys", "_imp"] {
        if name.equals_str(kept) {
            if let Some(module) = crate::modules(thread)?.get_str(name) {
                return Ok(module);
            }
        }
    }
    match super::native_module(name) {
        Some(native) => Ok(native.create(thread)?.upcast()),
        None => Ok(pyrox_objects::none()),
    }
}

/// Initialize a built-in module.
#[pyfunction(sig = "(mod, /)")]
fn exec_builtin(thread: &Thread, r#mod: &Object) -> PyResult<i32> {
    let Some(module) = r#mod.cast::<Module>() else { return Ok(0) };
    let Some(name) = module.dict().get_str(intern!("__name__")).and_then(|n| n.downcast::<Str>().ok()) else { return Ok(0) };
    if ["builtins", "sys", "_imp"].iter().any(|kept| name.equals_str(kept)) {
        return Ok(0);
    }
    if let Some(native) = super::native_module(&name) {
        native.execute(thread, module)?;
    }
    Ok(0)
}

/// Create an extension module.
#[pyfunction(sig = "(spec, file=None, /)", text = "(spec, file=<unrepresentable>, /)")]
fn create_dynamic(thread: &Thread, spec: &Object, file: Option<&Object>) -> PyResult<Obj> {
    let _ = file;
    if let Some(loader) = super::extensions::loader() {
        return (loader.create)(thread, spec);
    }
    let name = spec.getattr(thread, intern!("name"))?;
    let origin = spec.getattr(thread, intern!("origin"))?;
    let message = format!("{}: this program has no C API to load extension modules with", origin.str(thread)?);
    Err(thread.import_error_named(pyrox_objects::exceptions::import_error(), &message, Some(&name), Some(&origin)))
}

/// Initialize an extension module.
#[pyfunction(sig = "(mod, /)")]
fn exec_dynamic(thread: &Thread, r#mod: &Object) -> PyResult<i32> {
    match super::extensions::loader() {
        Some(loader) => (loader.execute)(thread, r#mod).map(|()| 0),
        None => Ok(0),
    }
}

/// Initializes a frozen module.
#[pyfunction(sig = "(name, /)")]
fn init_frozen(thread: &Thread, name: &Str) -> PyResult<Obj> {
    let Some(found) = frozen(thread, name)? else { return Ok(pyrox_objects::none()) };
    let code = library::frozen_code(thread, found.name)?;
    let module = Module::new(thread, &name.to_string())?;
    let dict = module.dict();
    dict.set_text(thread, "__builtins__", &*crate::builtins_dict(thread)?)?;
    dict.set_text(thread, "__origname__", &*Str::from_str(thread, found.name)?)?;
    if found.is_package {
        dict.set_text(thread, "__path__", &*List::new(thread)?)?;
    }
    crate::modules(thread)?.set(thread, name, &module)?;
    crate::eval::run_code(thread, &code, dict, dict, None)?;
    Ok(module.upcast())
}

/// Returns True if the module name corresponds to a built-in module.
#[pyfunction(sig = "(name, /)")]
fn is_builtin(name: &Str) -> i32 {
    match super::native_module(name) {
        // These cannot be initialized again.
        Some(native) if ["builtins", "sys"].contains(&native.name) => -1,
        Some(_) => 1,
        None => 0,
    }
}

/// Returns True if the module name corresponds to a frozen module.
#[pyfunction(sig = "(name, /)")]
fn is_frozen(thread: &Thread, name: &Str) -> PyResult<bool> {
    Ok(frozen(thread, name)?.is_some())
}

/// Returns the list of available frozen modules.
#[pyfunction]
fn _frozen_module_names(thread: &Thread) -> PyResult<Obj> {
    let mut names = vec!["_frozen_importlib", "_frozen_importlib_external"];
    names.extend((library::get(thread)?.frozen)().into_iter().filter(|n| !n.starts_with("importlib._")));
    let names: PyResult<Vec<Obj>> = names.into_iter().map(|n| Ok(Str::from_str(thread, n)?.upcast())).collect();
    Ok(List::from_vec(thread, names?)?.upcast())
}

/// The source text of a frozen module, or None.
#[pyfunction(sig = "(name, /)")]
fn _frozen_source(thread: &Thread, name: &Object) -> PyResult<Obj> {
    library::frozen_source(thread, name)
}

/// (internal-only) Override PyConfig.use_frozen_modules.
///
/// (-1: "off", 1: "on", 0: no override) See frozen_modules() in Lib/test/support/import_helper.py.
#[pyfunction(sig = "(override, /)")]
fn _override_frozen_modules_for_tests(r#override: i32) {
    FROZEN_OVERRIDE.set(r#override);
}

/// (internal-only) Override the check of extension modules in subinterpreters; returns the old value.
#[pyfunction(sig = "(override, /)")]
fn _override_multi_interp_extensions_check(r#override: i32) -> i32 {
    MULTI_OVERRIDE.replace(r#override)
}

/// Changes code.co_filename to specify the passed-in file path.
///
///   code
///     Code object to change.
///   path
///     File path to use.
#[pyfunction(sig = "(code, path, /)")]
fn _fix_co_filename(thread: &Thread, code: &Object, path: &Str) -> PyResult<()> {
    let Some(code) = code.cast::<Code>() else {
        let message = format!("_fix_co_filename() argument 1 must be code, not {}", code.ty().full_name());
        return Err(thread.type_error(&message));
    };
    let old: Owned<Str> = pyrox_objects::object::Own::own_typed(code.filename());
    if !old.same_as(path) {
        code.replace_filename(thread, &old, path)?;
    }
    Ok(())
}

/// The hash of a source file's content that hash-based .pyc files keep.
#[pyfunction(sig = "(key, source)")]
fn source_hash(thread: &Thread, key: i64, source: &Object) -> PyResult<Obj> {
    let buffer = Buffer::simple(thread, source)?;
    let hash = pyrox_numeric::hash::siphash13([key as u64, 0], buffer.as_slice());
    Ok(Bytes::from_slice(thread, &hash.to_le_bytes())?.upcast())
}
