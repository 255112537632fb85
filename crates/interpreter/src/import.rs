//! `import`: native modules, and source files on `sys.path`.
//!
//! This is the part that works before `importlib._bootstrap` can run; it is to be replaced by it.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use pyrox_objects::native::NativeModule;
use pyrox_objects::{Dict, List, Module, Obj, Object, Owned, PyResult, Str, Thread, Tuple, exceptions};

static REGISTERED: Mutex<Vec<&'static NativeModule>> = Mutex::new(Vec::new());

/// Add native modules of the crates above to those that `import` finds. Call it before [`crate::start`].
pub fn register(modules: &[&'static NativeModule]) {
    REGISTERED.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(modules);
}

/// Native modules that the binary holds.
pub fn native_modules() -> Vec<&'static NativeModule> {
    let mut modules: Vec<&'static NativeModule> = vec![&crate::builtins::MODULE, &crate::sys::MODULE];
    modules.extend_from_slice(&REGISTERED.lock().unwrap_or_else(PoisonError::into_inner));
    modules
}

#[cold]
fn not_found(thread: &Thread, name: &str) -> pyrox_objects::Raised {
    thread.error(exceptions::module_not_found_error(), &format!("No module named '{name}'"))
}

/// `__import__(name, globals, locals, fromlist, level)`.
pub fn import(thread: &Thread, name: &Str, globals: Option<&Object>, fromlist: Option<&Object>, level: isize) -> PyResult<Obj> {
    let mut full = name.to_string();
    if level > 0 {
        let package = globals.and_then(|g| g.cast::<Dict>()).and_then(|g| g.get_str(pyrox_objects::intern!("__package__")));
        let Some(package) = package.and_then(|p| p.downcast::<Str>().ok()).map(|p| p.to_string()).filter(|p| !p.is_empty()) else {
            return Err(thread.import_error("attempted relative import with no known parent package"));
        };
        let mut parts: Vec<&str> = package.split('.').collect();
        for _ in 1..level {
            if parts.pop().is_none() || parts.is_empty() {
                return Err(thread.import_error("attempted relative import beyond top-level package"));
            }
        }
        full = if full.is_empty() { parts.join(".") } else { format!("{}.{full}", parts.join(".")) };
    } else if full.is_empty() {
        return Err(thread.value_error("Empty module name"));
    }
    let module = load_chain(thread, &full)?;
    let wants = match fromlist.filter(|f| !f.is_none()) {
        Some(list) => list.to_items(thread)?,
        None => Vec::new(),
    };
    if wants.is_empty() {
        if level == 0 {
            let top = full.split('.').next().unwrap_or(&full).to_string();
            return load_chain(thread, &top);
        }
        return Ok(module);
    }
    for item in wants {
        let Some(item) = item.cast::<Str>() else { continue };
        let is_package = module.hasattr(thread, pyrox_objects::intern!("__path__"))?;
        if is_package && !item.equals_str("*") && !module.hasattr(thread, item)? {
            // A submodule of that name; absence shows when the name is taken from the package.
            if load_chain(thread, &format!("{full}.{item}")).is_err() && !thread.take_if(exceptions::module_not_found_error()) {
                return Err(pyrox_objects::Raised);
            }
        }
    }
    Ok(module)
}

fn load_chain(thread: &Thread, full: &str) -> PyResult<Obj> {
    let modules = crate::modules(thread)?;
    let mut parent: Option<Obj> = None;
    let mut path = String::new();
    for part in full.split('.') {
        let parent_name = path.clone();
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(part);
        let module = match modules.get_text(thread, &path)? {
            Some(found) if found.is_none() => {
                return Err(thread.error(exceptions::module_not_found_error(), &format!("import of {path} halted; None in sys.modules")));
            }
            Some(found) => found,
            None => load(thread, &path, part, parent.as_deref(), &parent_name)?,
        };
        if let Some(parent) = parent {
            parent.setattr_str(thread, part, &module)?;
        }
        parent = Some(module);
    }
    parent.ok_or_else(|| not_found(thread, full))
}

fn load(thread: &Thread, full: &str, part: &str, parent: Option<&Object>, parent_name: &str) -> PyResult<Obj> {
    let modules = crate::modules(thread)?;
    if parent.is_none() {
        if let Some(native) = native_modules().iter().find(|m| m.name == full) {
            let module = native.create(thread)?;
            modules.set_text(thread, full, &module)?;
            native.execute(thread, &module)?;
            return Ok(module.upcast());
        }
    }
    let path = match parent {
        None => pyrox_objects::hooks::sys(thread, "path"),
        Some(parent) => match parent.lookup_attr(thread, pyrox_objects::intern!("__path__"))? {
            Some(path) => Some(path),
            None => {
                return Err(thread
                    .error(exceptions::module_not_found_error(), &format!("No module named '{full}'; '{parent_name}' is not a package")));
            }
        },
    };
    for entry in path.map(|p| p.to_items(thread)).transpose()?.unwrap_or_default() {
        let Some(entry) = entry.cast::<Str>() else { continue };
        let text = entry.to_string();
        let base = if text.is_empty() { PathBuf::from(".") } else { PathBuf::from(text) };
        let package = base.join(part).join("__init__.py");
        let (file, is_package) = if package.is_file() { (package, true) } else { (base.join(format!("{part}.py")), false) };
        if !file.is_file() {
            continue;
        }
        let Ok(source) = std::fs::read(&file) else { continue };
        let module = Module::new(thread, full)?;
        let dict = module.dict();
        let shown = file.to_string_lossy().into_owned();
        dict.set_text(thread, "__file__", &*Str::from_str(thread, &shown)?)?;
        let package_name = if is_package { full } else { parent_name };
        dict.set_text(thread, "__package__", &*Str::from_str(thread, package_name)?)?;
        dict.set_text(thread, "__builtins__", &*crate::builtins_dict(thread)?)?;
        if is_package {
            let place = Str::from_str(thread, &base.join(part).to_string_lossy())?;
            dict.set_text(thread, "__path__", &*List::from_vec(thread, vec![place.upcast()])?)?;
        }
        modules.set_text(thread, full, &module)?;
        let result = run_module(thread, &module, &source, &shown);
        if result.is_err() {
            let raised = thread.take_raised();
            modules.remove(thread, &*Str::from_str(thread, full)?)?;
            thread.set_raised(raised);
            return Err(pyrox_objects::Raised);
        }
        // A module may replace itself in sys.modules.
        return modules.get_text(thread, full)?.ok_or_else(|| not_found(thread, full));
    }
    Err(not_found(thread, full))
}

fn run_module(thread: &Thread, module: &Owned<Module>, source: &[u8], file: &str) -> PyResult<()> {
    let code = crate::compile_source(thread, source, file, pyrox_compiler::Mode::Exec, 0, 0)?;
    crate::eval::run_code(thread, &code, module.dict(), module.dict(), None).map(drop)
}

/// A tuple of the native modules' names.
pub fn native_names(thread: &Thread) -> PyResult<Owned<Tuple>> {
    let mut names: Vec<&str> = native_modules().iter().map(|m| m.name).collect();
    names.sort_unstable();
    let names: PyResult<Vec<Obj>> = names.into_iter().map(|n| Ok(Str::intern_str(thread, n)?.upcast())).collect();
    Tuple::from_vec(thread, names?)
}
