//! `PyImport_*`.

use std::ffi::{c_char, c_int, c_long, c_void};

use pyrox_interpreter::import;
use pyrox_objects::{Dict, List, Module, Obj, Object, Owned, PyResult, Str, Thread, exceptions, intern};

use crate::support::*;

/// `sys.modules`.
fn modules(thread: &Thread) -> PyResult<Owned<Dict>> {
    match pyrox_objects::hooks::sys(thread, "modules").and_then(|m| m.downcast::<Dict>().ok()) {
        Some(modules) => Ok(modules),
        None => pyrox_interpreter::modules(thread),
    }
}

/// The module of a name, made if there is none.
fn add(thread: &Thread, name: &Object) -> PyResult<Obj> {
    let modules = modules(thread)?;
    if let Some(module) = modules.get(thread, name)?.filter(|m| m.is_instance::<Module>()) {
        return Ok(module);
    }
    let Some(text) = name.cast::<Str>() else { return Err(thread.type_error("module name must be a string")) };
    let module = Module::new(thread, &text.to_string_lossy())?.upcast();
    modules.set(thread, name, &module)?;
    Ok(module)
}

/// Run code as a module.
fn execute(thread: &Thread, name: &str, code: &Object, path: Option<&Object>, cached: Option<&Object>) -> PyResult<Obj> {
    let name = Str::from_str(thread, name)?;
    let module = add(thread, &name)?;
    let Some(dict) = module.cast::<Module>().map(|m| m.dict().own_dict()) else { return Err(thread.import_error("no module")) };
    if !dict.contains_key(thread, intern!("__builtins__"))? {
        dict.set(thread, intern!("__builtins__"), &*pyrox_interpreter::builtins_dict(thread)?)?;
    }
    let own = code.lookup_attr(thread, intern!("co_filename"))?;
    let (path, none) = (path.or(own.as_deref()), pyrox_objects::none());
    let external = import::import_module(thread, "_frozen_importlib_external")?;
    let described =
        external.call_method(thread, intern!("_fix_up_module"), &[&dict, &name, path.unwrap_or(&none), cached.unwrap_or(&none)]);
    described?;
    let result = crate::running::evaluate(thread, code, &dict, Some(&dict));
    if result.is_err() {
        thread.aside(|| modules(thread).and_then(|m| m.remove(thread, &name)).map(drop)).ok();
    }
    result?;
    match modules(thread)?.get(thread, &name)? {
        Some(module) => Ok(module),
        None => Err(thread.import_error(&format!("Loaded module {} not found in sys.modules", name.repr(thread)?))),
    }
}

fn import_of(thread: &Thread, name: &Object) -> PyResult<Obj> {
    // As the running code imports: by the `__import__` of its globals' builtins.
    let function = pyrox_objects::hooks::builtin(thread, "__import__")?;
    let list = List::from_vec(thread, vec![Str::from_str(thread, "__doc__")?.upcast()])?;
    let globals = Dict::new(thread)?;
    function.call(thread, &[name, &globals, &globals, &list, &pyrox_objects::Int::from(0)])?;
    match modules(thread)?.get(thread, name)? {
        Some(module) => Ok(module),
        None => Err(thread.error_with(exceptions::key_error(), name)),
    }
}

fn level(thread: &Thread, name: &Object, globals: Raw, from: Raw, level: c_int) -> PyResult<Obj> {
    let Some(name) = name.cast::<Str>() else { return Err(thread.type_error("module name must be a string")) };
    // SAFETY: null or live objects.
    unsafe { import::import(thread, name, borrow_or_null(globals), borrow_or_null(from), level as isize) }
}

/// `struct _inittab`.
#[repr(C)]
pub struct Builtin {
    name: *const c_char,
    init: Option<unsafe extern "C-unwind" fn() -> Raw>,
}

api! {
    /// Import a module by its full name.
    fn PyImport_ImportModule(thread; name: *const c_char) -> Raw = give { import_of(thread, &*crate::build_value::decode(thread, std::ffi::CStr::from_ptr(name).to_bytes())?) }
    /// Import a module by its full name.
    fn PyImport_ImportModuleNoBlock(thread; name: *const c_char) -> Raw = give { import_of(thread, &*crate::build_value::decode(thread, std::ffi::CStr::from_ptr(name).to_bytes())?) }
    /// Import a module by its full name.
    fn PyImport_Import(thread; name: Raw) -> Raw = give { import_of(thread, crate::api::present(thread, name)?) }
    /// An attribute of a module that is imported.
    fn PyImport_ImportModuleAttr(thread; module: Raw, name: Raw) -> Raw = give {
        let module = import_of(thread, crate::api::present(thread, module)?)?;
        match crate::api::present(thread, name)?.cast::<Str>() {
            Some(text) => module.getattr(thread, text),
            None => Err(pyrox_objects::protocol::attribute::bad_name(thread, borrow(name))),
        }
    }
    /// An attribute of a module that is imported.
    fn PyImport_ImportModuleAttrString(thread; module: *const c_char, name: *const c_char) -> Raw = give {
        import_of(thread, &*crate::build_value::decode(thread, std::ffi::CStr::from_ptr(module).to_bytes())?)?.getattr_str(thread, &text(name))
    }
    /// `__import__`.
    fn PyImport_ImportModuleLevelObject(thread; name: Raw, globals: Raw, _locals: Raw, from: Raw, relative: c_int) -> Raw = give {
        match borrow_or_null(name) {
            Some(name) => level(thread, name, globals, from, relative),
            None => Err(thread.value_error("Empty module name")),
        }
    }
    /// `__import__`.
    fn PyImport_ImportModuleLevel(thread; name: *const c_char, globals: Raw, _locals: Raw, from: Raw, relative: c_int) -> Raw = give {
        level(thread, &*crate::build_value::decode(thread, std::ffi::CStr::from_ptr(name).to_bytes())?, globals, from, relative)
    }
    /// Import a module anew.
    fn PyImport_ReloadModule(thread; module: Raw) -> Raw = give {
        import::import_module(thread, "importlib")?.call_method(thread, intern!("reload"), &[borrow(module)])
    }
    /// `sys.modules`, borrowed.
    fn PyImport_GetModuleDict(thread; ) -> Raw { modules(thread).map_or(std::ptr::null_mut(), |m| m.as_ptr()) }
    /// The module of a name; null without an exception if it was not imported.
    fn PyImport_GetModule(thread; name: Raw) -> Raw {
        match crate::api::present(thread, name).and_then(|name| modules(thread)?.get(thread, name)) {
            Ok(Some(module)) => module.into_raw(),
            _ => std::ptr::null_mut(),
        }
    }
    /// The module of a name, made if there is none.
    fn PyImport_AddModuleRef(thread; name: *const c_char) -> Raw = give { add(thread, &*crate::build_value::decode(thread, std::ffi::CStr::from_ptr(name).to_bytes())?) }
    /// The module of a name, made if there is none; borrowed.
    fn PyImport_AddModule(thread; name: *const c_char) -> Raw {
        match Str::from_str(thread, &text(name)).and_then(|name| add(thread, &name)) {
            Ok(module) => module.as_ptr(),
            Err(_) => std::ptr::null_mut(),
        }
    }
    /// The module of a name, made if there is none; borrowed.
    fn PyImport_AddModuleObject(thread; name: Raw) -> Raw { crate::api::present(thread, name).and_then(|name| add(thread, name)).map_or(std::ptr::null_mut(), |m| m.as_ptr()) }
    /// Run code as a module.
    fn PyImport_ExecCodeModule(thread; name: *const c_char, code: Raw) -> Raw = give { execute(thread, &text(name), borrow(code), None, None) }
    /// Run code as a module of a file.
    fn PyImport_ExecCodeModuleEx(thread; name: *const c_char, code: Raw, path: *const c_char) -> Raw = give {
        let path = if path.is_null() { None } else { Some(crate::errors::file_name(thread, path)?) };
        execute(thread, &text(name), borrow(code), path.as_deref(), None)
    }
    /// Run code as a module of a file.
    fn PyImport_ExecCodeModuleWithPathnames(thread; name: *const c_char, code: Raw, path: *const c_char, cached: *const c_char) -> Raw = give {
        let path = if path.is_null() { None } else { Some(crate::errors::file_name(thread, path)?) };
        let cached = if cached.is_null() { None } else { Some(crate::errors::file_name(thread, cached)?) };
        execute(thread, &text(name), borrow(code), path.as_deref(), cached.as_deref())
    }
    /// Run code as a module of a file.
    fn PyImport_ExecCodeModuleObject(thread; name: Raw, code: Raw, path: Raw, cached: Raw) -> Raw = give {
        let name = crate::api::present(thread, name)?.str(thread)?.to_string_lossy().into_owned();
        execute(thread, &name, borrow(code), borrow_or_null(path), borrow_or_null(cached))
    }
    /// The finder of a place of `sys.path`.
    fn PyImport_GetImporter(thread; path: Raw) -> Raw = give {
        import::import_module(thread, "pkgutil")?.call_method(thread, intern!("get_importer"), &[borrow(path)])
    }
    /// The magic number of .pyc files.
    fn PyImport_GetMagicNumber() -> c_long { 3627 | 0x0a0d << 16 }
    /// The tag in the names of .pyc files.
    fn PyImport_GetMagicTag() -> *const c_char { c"pyrox-314".as_ptr() }
    /// Import a frozen module; 0 if there is none of that name.
    fn PyImport_ImportFrozenModule(thread; name: *const c_char) -> c_int { frozen(thread, Str::from_str(thread, &text(name)).map(Owned::upcast)) }
    /// Import a frozen module; 0 if there is none of that name.
    fn PyImport_ImportFrozenModuleObject(thread; name: Raw) -> c_int { frozen(thread, crate::api::present(thread, name).map(pyrox_objects::Object::own)) }
    /// Built-in modules can be added before the interpreter starts only, and it has started.
    fn PyImport_AppendInittab(thread; name: *const c_char, _init: *mut c_void) -> c_int = status { late(thread, &text(name)) }
    /// As above.
    fn PyImport_ExtendInittab(thread; table: *mut Builtin) -> c_int = status {
        match (*table).name.is_null() {
            true => Ok(()),
            false => late(thread, &text((*table).name)),
        }
    }
}

fn frozen(thread: &Thread, name: PyResult<Obj>) -> c_int {
    let work = || {
        let name = name?;
        let module = import::import_module(thread, "_imp")?.call_method(thread, intern!("init_frozen"), &[&name])?;
        Ok(!module.is_none())
    };
    truth(work())
}

fn late(thread: &Thread, name: &str) -> PyResult<()> {
    Err(thread.runtime_error(&format!("the built-in module '{name}' cannot be added to a running interpreter")))
}

/// A constant that C reads and nobody writes.
#[repr(transparent)]
pub struct Shared<T>(pub T);

// SAFETY: pointers that are never written through.
unsafe impl<T> Sync for Shared<T> {}

/// There is no table of built-in modules that C code could extend.
#[unsafe(no_mangle)]
pub static PyImport_Inittab: Shared<*const c_void> = Shared(std::ptr::null());
/// There is no table of frozen modules that C code could extend.
#[unsafe(no_mangle)]
pub static PyImport_FrozenModules: Shared<*const c_void> = Shared(std::ptr::null());
