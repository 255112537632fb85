//! `import`: the fast path through `sys.modules`, and the way into the standard library's `importlib._bootstrap`
//! for everything else.

mod extensions;
mod imp;
pub mod library;
mod start;
pub mod unpack;

use std::sync::{Mutex, PoisonError};

use pyrox_objects::native::NativeModule;
use pyrox_objects::{Dict, Module, Obj, Object, Owned, PyResult, Raised, Str, Thread, Tuple, exceptions, intern};

pub use extensions::{ExtensionLoader, install as install_extension_loader};
pub use start::bootstrap;

use crate::traceback::Traceback;

static REGISTERED: Mutex<Vec<&'static NativeModule>> = Mutex::new(Vec::new());

/// Add native modules of the crates above to those that `import` finds. Call it before [`crate::start`].
pub fn register(modules: &[&'static NativeModule]) {
    REGISTERED.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(modules);
}

/// The native modules of this crate.
static OWN: [&NativeModule; 9] = [
    &crate::builtins::MODULE,
    &crate::sys::MODULE,
    &imp::MODULE,
    &library::MODULE,
    &crate::marshal::MODULE,
    &crate::warnings::MODULE,
    &crate::gc_module::MODULE,
    &crate::suggestions_module::MODULE,
    &crate::typing::MODULE,
];

/// Native modules that the binary holds.
pub fn native_modules() -> Vec<&'static NativeModule> {
    let mut modules = OWN.to_vec();
    modules.extend_from_slice(&REGISTERED.lock().unwrap_or_else(PoisonError::into_inner));
    modules
}

/// The native module of that name. Every import asks.
fn native_module(name: &Str) -> Option<&'static NativeModule> {
    let name = name.ascii_text()?;
    let registered = REGISTERED.lock().unwrap_or_else(PoisonError::into_inner);
    OWN.iter().chain(registered.iter()).copied().find(|m| m.name == name)
}

/// A tuple of the native modules' names.
pub fn native_names(thread: &Thread) -> PyResult<Owned<Tuple>> {
    let mut names: Vec<&str> = native_modules().iter().map(|m| m.name).collect();
    names.sort_unstable();
    let names: PyResult<Vec<Obj>> = names.into_iter().map(|n| Ok(Str::intern_str(thread, n)?.upcast())).collect();
    Tuple::from_vec(thread, names?)
}

/// `PyImport_ImportModule`: the module of that full name.
///
/// # Errors
/// Whatever its import raises.
pub fn import_module(thread: &Thread, name: &str) -> PyResult<Obj> {
    let name = Str::intern_str(thread, name)?;
    load(thread, &name)
}

/// `sys.modules`, as `sys` has it now.
fn current_modules(thread: &Thread) -> PyResult<Obj> {
    match pyrox_objects::hooks::sys(thread, "modules") {
        Some(modules) => Ok(modules),
        None => Err(thread.runtime_error("unable to get sys.modules")),
    }
}

/// The entry of `sys.modules`.
fn loaded(thread: &Thread, name: &Str) -> PyResult<Option<Obj>> {
    let modules = current_modules(thread)?;
    if let Some(dict) = modules.exact::<Dict>() {
        return Ok(dict.get_str(name));
    }
    match modules.get_item(thread, name) {
        Ok(found) => Ok(Some(found)),
        Err(_) if thread.take_if(exceptions::key_error()) => Ok(None),
        Err(raised) => Err(raised),
    }
}

/// The module is being initialized, as its `__spec__` tells.
fn is_initializing(thread: &Thread, module: &Object) -> PyResult<bool> {
    let Some(spec) = module.lookup_attr(thread, intern!("__spec__"))?.filter(|s| !s.is_none()) else { return Ok(false) };
    match spec.lookup_attr(thread, intern!("_initializing"))? {
        Some(flag) => flag.is_true(thread),
        None => Ok(false),
    }
}

/// The module of a full name: from `sys.modules`, or found and loaded.
fn load(thread: &Thread, name: &Str) -> PyResult<Obj> {
    let importlib = start::importlib(thread)?;
    if let Some(module) = loaded(thread, name)?.filter(|m| !m.is_none()) {
        if is_initializing(thread, &module)? {
            // Another thread may be loading it: wait for it.
            importlib.call_method(thread, intern!("_lock_unlock_module"), &[name])?;
        }
        return Ok(module);
    }
    let result = importlib.call_method(thread, intern!("_find_and_load"), &[name, &*start::import_function(thread)?]);
    if result.is_err() {
        remove_importlib_frames(thread);
    }
    result
}

/// Take importlib's own frames out of the raised exception's traceback: all of them for an `ImportError`, those
/// up to `_call_with_frames_removed` for others.
fn remove_importlib_frames(thread: &Thread) {
    let Some(raised) = thread.take_raised() else { return };
    let always = raised.is_instance_of(exceptions::import_error());
    if let Some(exception) = exceptions::BaseException::of(&raised) {
        let mut kept: Vec<Obj> = Vec::new();
        let mut run: Vec<Obj> = Vec::new();
        let mut next = exception.traceback();
        let mut changed = false;
        while let Some(entry) = next {
            let Some(traceback) = entry.cast::<Traceback>() else { break };
            next = traceback.next();
            let Some(code) = traceback.code() else { continue };
            let (file, name) = (code.filename(), code.name());
            let ours = file.equals_str("<frozen importlib._bootstrap>") || file.equals_str("<frozen importlib._bootstrap_external>");
            if !ours {
                kept.append(&mut run);
                kept.push(entry.clone());
                continue;
            }
            run.push(entry.clone());
            if always || name.equals_str("_call_with_frames_removed") {
                changed = true;
                run.clear();
            }
        }
        kept.append(&mut run);
        if changed {
            for pair in kept.windows(2) {
                if let Some(traceback) = pair[0].cast::<Traceback>() {
                    traceback.set_next(Some(pair[1].clone()));
                }
            }
            if let Some(last) = kept.last().and_then(|l| l.cast::<Traceback>()) {
                last.set_next(None);
            }
            exception.set_traceback(kept.into_iter().next());
        }
    }
    thread.set_raised(Some(raised));
}

/// The package that relative imports in `globals` start from.
fn package_of(thread: &Thread, globals: &Dict) -> PyResult<Owned<Str>> {
    let package = globals.get_str(intern!("__package__")).filter(|p| !p.is_none());
    let spec = globals.get_str(intern!("__spec__")).filter(|s| !s.is_none());
    let parent = match &spec {
        Some(spec) => spec.lookup_attr(thread, intern!("parent"))?,
        None => None,
    };
    if let Some(package) = package {
        let Some(text) = package.cast::<Str>() else { return Err(thread.type_error("package must be a string")) };
        if let Some(parent) = parent {
            if !package.eq(thread, &parent)? {
                pyrox_objects::hooks::warn(thread, exceptions::deprecation_warning(), "__package__ != __spec__.parent")?;
            }
        }
        return Ok(pyrox_objects::object::Own::own_typed(text));
    }
    if let Some(parent) = parent {
        return parent.downcast::<Str>().map_err(|_| thread.type_error("__spec__.parent must be a string"));
    }
    let message = "can't resolve package from __spec__ or __package__, falling back on __name__ and __path__";
    pyrox_objects::hooks::warn(thread, exceptions::import_warning(), message)?;
    let Some(name) = globals.get_str(intern!("__name__")) else {
        return Err(thread.error(exceptions::key_error(), "'__name__' not in globals"));
    };
    let Ok(name) = name.downcast::<Str>() else { return Err(thread.type_error("__name__ must be a string")) };
    if globals.get_str(intern!("__path__")).is_some() {
        return Ok(name);
    }
    let text = name.to_wtf8();
    let cut = text.iter().rposition(|&b| b == b'.').unwrap_or(0);
    Str::from_wtf8(thread, &text[..cut])
}

/// The full name of `name` at `level` packages up.
fn resolve(thread: &Thread, name: &Str, globals: Option<&Object>, level: isize) -> PyResult<Owned<Str>> {
    let Some(globals) = globals.and_then(|g| g.cast::<Dict>()) else {
        return Err(match globals {
            None => thread.error(exceptions::key_error(), "'__name__' not in globals"),
            Some(_) => thread.type_error("globals must be a dict"),
        });
    };
    let package = package_of(thread, globals)?;
    let text = package.to_wtf8();
    if text.is_empty() {
        return Err(thread.import_error("attempted relative import with no known parent package"));
    }
    let mut base = &text[..];
    for _ in 1..level {
        match base.iter().rposition(|&b| b == b'.') {
            Some(cut) => base = &base[..cut],
            None => return Err(thread.import_error("attempted relative import beyond top-level package")),
        }
    }
    let mut full = base.to_vec();
    if name.len() > 0 {
        full.push(b'.');
        full.extend_from_slice(&name.to_wtf8());
    }
    Ok(Str::intern(thread, &*Str::from_wtf8(thread, &full)?))
}

/// `__import__(name, globals, locals, fromlist, level)`.
///
/// # Errors
/// `ImportError` and whatever the module raises.
pub fn import(thread: &Thread, name: &Str, globals: Option<&Object>, fromlist: Option<&Object>, level: isize) -> PyResult<Obj> {
    if level < 0 {
        return Err(thread.value_error("level must be >= 0"));
    }
    let full = if level > 0 {
        resolve(thread, name, globals, level)?
    } else {
        if name.len() == 0 {
            return Err(thread.value_error("Empty module name"));
        }
        pyrox_objects::object::Own::own_typed(name)
    };
    let module = load(thread, &full)?;
    let wants = match fromlist.filter(|f| !f.is_none()) {
        Some(list) => list.is_true(thread)?,
        None => false,
    };
    if wants {
        if module.lookup_attr(thread, intern!("__path__"))?.is_none() {
            return Ok(module);
        }
        let importlib = start::importlib(thread)?;
        let fromlist = fromlist.unwrap_or(pyrox_objects::none_ref());
        return importlib.call_method(thread, intern!("_handle_fromlist"), &[&module, fromlist, &*start::import_function(thread)?]);
    }
    let text = name.to_wtf8();
    let Some(dot) = text.iter().position(|&b| b == b'.') else {
        return Ok(module);
    };
    if level == 0 {
        return load(thread, &Str::intern(thread, &*Str::from_wtf8(thread, &text[..dot])?));
    }
    // The package that the first part of `name` names.
    let whole = full.to_wtf8();
    let front = &whole[..whole.len() - (text.len() - dot)];
    let front = Str::from_wtf8(thread, front)?;
    match loaded(thread, &front)? {
        Some(found) => Ok(found),
        None => Err(thread.error(exceptions::key_error(), &format!("'{front}' not in sys.modules as expected"))),
    }
}

/// `from module import name`.
///
/// # Errors
/// `ImportError` with the words of CPython.
pub fn import_from(thread: &Thread, module: &Object, name: &Str) -> PyResult<Obj> {
    if let Some(value) = module.lookup_attr(thread, name)? {
        return Ok(value);
    }
    // A circular import: the submodule may be loaded, but not yet an attribute of its package.
    let package = module.lookup_attr(thread, intern!("__name__"))?.and_then(|n| n.downcast::<Str>().ok());
    if let Some(package) = &package {
        let mut full = package.to_wtf8();
        full.push(b'.');
        full.extend_from_slice(&name.to_wtf8());
        if let Some(found) = loaded(thread, &*Str::from_wtf8(thread, &full)?)? {
            return Ok(found);
        }
    }
    Err(cannot_import(thread, module, name, package))
}

#[cold]
fn cannot_import(thread: &Thread, module: &Object, name: &Str, package: Option<Owned<Str>>) -> Raised {
    let make = || -> PyResult<Raised> {
        let shown = package.as_ref().map_or("<unknown module name>".to_string(), |p| p.to_string());
        let spec = module.lookup_attr(thread, intern!("__spec__"))?.filter(|s| !s.is_none());
        let mut origin = None;
        if let Some(spec) = &spec {
            let located = match spec.lookup_attr(thread, intern!("has_location"))? {
                Some(flag) => flag.is_true(thread)?,
                None => false,
            };
            if located {
                origin = spec.lookup_attr(thread, intern!("origin"))?.and_then(|o| o.downcast::<Str>().ok());
            }
        }
        if origin.is_none() {
            origin = module.lookup_attr(thread, intern!("__file__"))?.and_then(|f| f.downcast::<Str>().ok());
        }
        let initializing = is_initializing(thread, module)?;
        let shadowed = match (&package, &origin) {
            (Some(package), Some(origin)) => shadowing(thread, package, origin)?,
            _ => Shadowing::Nothing,
        };
        let message = match (&origin, shadowed) {
            (Some(origin), Shadowing::Standard) => format!(
                "cannot import name '{name}' from '{shown}' (consider renaming '{origin}' since it has the same name as the standard library module named '{shown}' and prevents importing that standard library module)"
            ),
            (Some(origin), Shadowing::Other) if initializing => format!(
                "cannot import name '{name}' from '{shown}' (consider renaming '{origin}' if it has the same name as a library you intended to import)"
            ),
            (Some(origin), _) if initializing => format!(
                "cannot import name '{name}' from partially initialized module '{shown}' (most likely due to a circular import) ({origin})"
            ),
            (None, _) if initializing => format!(
                "cannot import name '{name}' from partially initialized module '{shown}' (most likely due to a circular import) (unknown location)"
            ),
            (Some(origin), _) => format!("cannot import name '{name}' from '{shown}' ({origin})"),
            (None, _) => format!("cannot import name '{name}' from '{shown}' (unknown location)"),
        };
        let module_name = package.as_ref().map_or_else(pyrox_objects::none, |p| p.clone().upcast());
        let path = origin.map_or_else(pyrox_objects::none, |o| o.upcast());
        let message = Str::from_str(thread, &message)?;
        let exception = exceptions::import_error().call_with_keywords(
            thread,
            &[&**message],
            &[("name", &*module_name), ("path", &*path), ("name_from", name)],
        )?;
        Ok(thread.raise(exception))
    };
    make().unwrap_or_else(|raised| raised)
}

/// What a module's file stands before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shadowing {
    Nothing,
    /// A module of the standard library.
    Standard,
    /// Perhaps another module of the name.
    Other,
}

/// What the program put in front of `sys.path` as it started.
static FIRST_PATH: std::sync::OnceLock<String> = std::sync::OnceLock::new();

/// Note what the program puts in front of `sys.path` as it starts.
pub fn set_first_path(path: &str) {
    let _ = FIRST_PATH.set(path.to_owned());
}

/// Whether the module at `origin` came from the script's folder and hides another one.
fn shadowing(thread: &Thread, name: &Str, origin: &Str) -> PyResult<Shadowing> {
    let safe = match pyrox_objects::hooks::sys(thread, "flags") {
        Some(flags) => match flags.lookup_attr(thread, intern!("safe_path"))? {
            Some(flag) => flag.is_true(thread)?,
            None => false,
        },
        None => false,
    };
    let (false, Some(first)) = (safe, FIRST_PATH.get()) else { return Ok(Shadowing::Nothing) };
    let origin = origin.to_string();
    let Some((mut folder, file)) = origin.rsplit_once('/') else { return Ok(Shadowing::Nothing) };
    if file == "__init__.py" {
        folder = folder.rsplit_once('/').map_or("", |p| p.0);
    }
    let first = match first.as_str() {
        "" => std::env::current_dir().map(|d| d.to_string_lossy().into_owned()).unwrap_or_default(),
        first => first.to_owned(),
    };
    if folder != first {
        return Ok(Shadowing::Nothing);
    }
    let standard = match pyrox_objects::hooks::sys(thread, "stdlib_module_names") {
        Some(names) => names.contains(thread, name)?,
        None => false,
    };
    Ok(if standard { Shadowing::Standard } else { Shadowing::Other })
}

/// `AttributeError` of a module, where its being half initialized or its file's name explains it.
pub fn explain_missing_attribute(thread: &Thread, module: &Module, name: &Str) -> PyResult<Option<String>> {
    let dict = module.dict();
    let Some(shown) = dict.get_str(intern!("__name__")).and_then(|n| n.downcast::<Str>().ok()) else { return Ok(None) };
    let origin = dict.get_str(intern!("__file__")).and_then(|f| f.downcast::<Str>().ok());
    let initializing = is_initializing(thread, module)?;
    if let Some(origin) = &origin {
        match shadowing(thread, &shown, origin)? {
            Shadowing::Standard => {
                return Ok(Some(format!(
                    "module '{shown}' has no attribute '{name}' (consider renaming '{origin}' since it has the same name as the standard library module named '{shown}' and prevents importing that standard library module)"
                )));
            }
            Shadowing::Other if initializing => {
                return Ok(Some(format!(
                    "module '{shown}' has no attribute '{name}' (consider renaming '{origin}' if it has the same name as a library you intended to import)"
                )));
            }
            _ => {}
        }
    }
    if initializing {
        let place = origin.map_or(String::new(), |o| format!(" from '{o}'"));
        return Ok(Some(format!(
            "partially initialized module '{shown}'{place} has no attribute '{name}' (most likely due to a circular import)"
        )));
    }
    Ok(None)
}
