//! Starting the import system: the frozen `importlib._bootstrap` takes over from here.

use std::cell::RefCell;

use pyrox_objects::{Module, Obj, Owned, PyResult, Str, Thread, intern};

use super::library;

thread_local! {
    static IMPORTLIB: RefCell<Option<Owned<Module>>> = const { RefCell::new(None) };
}

/// `_frozen_importlib`.
pub(super) fn importlib(thread: &Thread) -> PyResult<Owned<Module>> {
    match IMPORTLIB.with_borrow(|module| module.clone()) {
        Some(module) => Ok(module),
        None => Err(thread.import_error("the import system is not started")),
    }
}

/// The interpreter's `__import__`, as `importlib` wants it for nested imports.
pub(super) fn import_function(thread: &Thread) -> PyResult<Obj> {
    pyrox_objects::hooks::builtin(thread, "__import__")
}

/// Run `importlib._bootstrap`, so that native, frozen and library modules and those on `sys.path` can be imported.
///
/// # Errors
/// The library lacks a file, or its code raises.
pub fn bootstrap(thread: &Thread, config: &crate::Config) -> PyResult<()> {
    let module = Module::new(thread, "_frozen_importlib")?;
    let code = library::frozen_code(thread, "_frozen_importlib")?;
    let dict = module.dict();
    dict.set_text(thread, "__builtins__", &*crate::builtins_dict(thread)?)?;
    dict.set_text(thread, "__origname__", &*Str::from_str(thread, "importlib._bootstrap")?)?;
    crate::modules(thread)?.set_text(thread, "_frozen_importlib", &module)?;
    crate::eval::run_code(thread, &code, dict, dict, None)?;
    IMPORTLIB.set(Some(module.clone()));

    let imp = super::imp::MODULE.create(thread)?;
    super::imp::MODULE.execute(thread, &imp)?;
    if let Some(mode) = &config.check_hash_pycs {
        imp.add_str(thread, "check_hash_based_pycs", mode)?;
    }
    let modules = crate::modules(thread)?;
    modules.set_text(thread, "_imp", &imp)?;
    // `_warnings` needs it while the import system is not ready yet; `_install` completes the module.
    if let Some(native) = super::native_module(intern!("_contextvars")) {
        let variables = native.create(thread)?;
        modules.set_text(thread, native.name, &variables)?;
        native.execute(thread, &variables)?;
    }
    let Some(sys) = modules.get_text(thread, "sys")? else { return Err(thread.import_error("lost sys")) };
    module.call_method(thread, intern!("_install"), &[&sys, &imp])?;
    module.call_method(thread, intern!("_install_external_importers"), &[])?;

    // The standard library inside the binary is a folder on `sys.path`, read by an importer of its own.
    super::import_module(thread, "_pyrox_library")?.call_method(thread, intern!("install"), &[])?;
    let zipimport = super::import_module(thread, "zipimport")?;
    let hook = zipimport.getattr(thread, intern!("zipimporter"))?;
    sys.getattr(thread, intern!("path_hooks"))?.call_method(thread, intern!("insert"), &[&pyrox_objects::Int::from(0), &hook])?;
    Ok(())
}
