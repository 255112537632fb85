//! Modules: their making from definitions, their state, and what is put into them.

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_char, c_int, c_long, c_void};

use pyrox_abi as abi;
use pyrox_abi::{PyMethodDef, PyModuleDef, PyModuleObject, PyTypeObject};
use pyrox_objects::builtin_function::BuiltinFunction;
use pyrox_objects::{Int, Module, Obj, Object, Owned, PyResult, PyType, Raised, Str, Thread, intern};

use crate::support::*;

thread_local! {
    /// The full name of the extension module that is being made, for single-phase ones that know but the last part.
    static PACKAGE_CONTEXT: RefCell<Option<String>> = const { RefCell::new(None) };
    static LAST_INDEX: Cell<isize> = const { Cell::new(0) };
    /// Modules by their definition's index.
    static BY_INDEX: RefCell<Vec<Option<Obj>>> = const { RefCell::new(Vec::new()) };
}

/// Run `work` while a module of that full name is being initialized.
pub fn in_context<T>(name: &str, work: impl FnOnce() -> T) -> T {
    let old = PACKAGE_CONTEXT.replace(Some(name.to_string()));
    let value = work();
    PACKAGE_CONTEXT.set(old);
    value
}

/// The module's C struct.
pub fn raw(module: &Module) -> &PyModuleObject {
    // SAFETY: the handle is transparent over it.
    unsafe { &*(module as *const Module as *const PyModuleObject) }
}

/// Make the definition an object, with an index of its own.
pub fn init_definition(definition: *mut PyModuleDef) {
    // SAFETY: a definition in the extension's data, which nothing else uses meanwhile.
    unsafe {
        let base = &mut (*definition).m_base;
        if base.m_index == 0 {
            LAST_INDEX.set(LAST_INDEX.get() + 1);
            base.m_index = LAST_INDEX.get();
            base.ob_base.ob_type.set(pyrox_objects::ModuleDef::TYPE);
            if base.ob_base.ob_refcnt_full.get() == 0 {
                base.ob_base.ob_refcnt_full.set(1);
            }
        }
    }
}

unsafe fn add_methods(thread: &Thread, module: &Object, name: &Object, mut method: *const PyMethodDef) -> PyResult<()> {
    // SAFETY: the table is closed by a null name.
    unsafe {
        while !method.is_null() && !(*method).ml_name.is_null() {
            if (*method).ml_flags & (abi::METH_CLASS | abi::METH_STATIC) != 0 {
                return Err(thread.value_error("module functions cannot set METH_CLASS or METH_STATIC"));
            }
            let function = BuiltinFunction::new(thread, method, Some(module), Some(name))?;
            module.setattr_str(thread, &text((*method).ml_name), &function)?;
            method = method.add(1);
        }
    }
    Ok(())
}

fn check_api(thread: &Thread, name: &str, version: c_int) -> PyResult<()> {
    if version == 1013 || version == 3 {
        return Ok(());
    }
    let message = format!(
        "Python C API version mismatch for module {name:.100}: This Python has API version 1013, module {name:.100} has version {version}."
    );
    pyrox_objects::hooks::warn(thread, pyrox_objects::exceptions::runtime_warning(), &message)
}

unsafe fn create(thread: &Thread, definition: *mut PyModuleDef, version: c_int) -> PyResult<Owned<Module>> {
    // SAFETY: by the caller.
    unsafe {
        init_definition(definition);
        let own = text((*definition).m_name).into_owned();
        check_api(thread, &own, version)?;
        if !(*definition).m_slots.is_null() {
            return Err(thread.system_error(&format!("module {own}: PyModule_Create is incompatible with m_slots")));
        }
        // The full name, if this is the module that is being imported.
        let context = PACKAGE_CONTEXT.with_borrow_mut(|context| match context {
            Some(full) if full.rsplit('.').next() == Some(own.as_str()) => context.take(),
            _ => None,
        });
        let name = context.unwrap_or(own);
        let module = Module::new(thread, &name)?;
        allocate_state(thread, &module, definition)?;
        let name = Str::from_str(thread, &name)?;
        add_methods(thread, &module, &name, (*definition).m_methods)?;
        set_doc(thread, &module, (*definition).m_doc)?;
        raw(&module).md_def.set(definition);
        Ok(module)
    }
}

unsafe fn set_doc(thread: &Thread, module: &Object, doc: *const c_char) -> PyResult<()> {
    if doc.is_null() {
        return Ok(());
    }
    // SAFETY: NUL-terminated text.
    module.setattr_str(thread, "__doc__", &*Str::from_str(thread, &unsafe { text(doc) })?)
}

unsafe fn allocate_state(thread: &Thread, module: &Module, definition: *const PyModuleDef) -> PyResult<()> {
    // SAFETY: by the caller.
    let size = unsafe { (*definition).m_size };
    if size > 0 {
        let state = abi::allocate_zeroed(size as usize);
        if state.is_null() {
            return Err(thread.no_memory());
        }
        raw(module).md_state.set(state as *mut c_void);
    }
    Ok(())
}

unsafe fn from_spec(thread: &Thread, definition: *mut PyModuleDef, spec: &Object, version: c_int) -> PyResult<Obj> {
    // SAFETY: by the caller.
    unsafe {
        init_definition(definition);
        let name = spec.getattr(thread, intern!("name"))?;
        let Some(name_text) = name.cast::<Str>() else {
            return Err(thread.type_error(&format!("name must be string, not {}", name.ty().full_name())));
        };
        let shown = name_text.to_string_lossy().into_owned();
        check_api(thread, &shown, version)?;
        if (*definition).m_size < 0 {
            return Err(thread.system_error(&format!("module {shown}: m_size may not be negative for multi-phase initialization")));
        }
        let mut make: *mut c_void = std::ptr::null_mut();
        let (mut has_exec, mut has_multiple, mut has_gil) = (false, false, false);
        let mut slot = (*definition).m_slots;
        while !slot.is_null() && (*slot).slot != 0 {
            match (*slot).slot {
                abi::Py_mod_create => {
                    if !make.is_null() {
                        return Err(thread.system_error(&format!("module {shown} has multiple create slots")));
                    }
                    make = (*slot).value;
                }
                abi::Py_mod_exec => has_exec = true,
                abi::Py_mod_multiple_interpreters => {
                    if has_multiple {
                        return Err(thread.system_error(&format!("module {shown} has more than one 'multiple interpreters' slots")));
                    }
                    has_multiple = true;
                }
                abi::Py_mod_gil => {
                    if has_gil {
                        return Err(thread.system_error(&format!("module {shown} has more than one 'gil' slot")));
                    }
                    has_gil = true;
                }
                other => return Err(thread.system_error(&format!("module {shown} uses unknown slot ID {other}"))),
            }
            slot = slot.add(1);
        }
        let object = if make.is_null() {
            Module::new(thread, &shown)?.upcast()
        } else {
            let function: unsafe extern "C-unwind" fn(Raw, *mut PyModuleDef) -> Raw = std::mem::transmute(make);
            let made = function(spec.as_ptr(), definition);
            match Owned::from_raw_or_null(made) {
                None => {
                    if thread.raised().is_none() {
                        return Err(thread.system_error(&format!("creation of module {shown} failed without setting an exception")));
                    }
                    return Err(Raised);
                }
                Some(made) => {
                    if thread.raised().is_some() {
                        return Err(thread.error_from_cause(
                            pyrox_objects::exceptions::system_error(),
                            &format!("creation of module {shown} raised unreported exception"),
                        ));
                    }
                    made
                }
            }
        };
        if let Some(module) = object.cast::<Module>() {
            raw(module).md_state.set(std::ptr::null_mut());
            raw(module).md_def.set(definition);
        } else {
            let refuse = |what: &str| thread.system_error(&format!("module {shown} is not a module object, but {what}"));
            if (*definition).m_size > 0
                || (*definition).m_traverse.is_some()
                || (*definition).m_clear.is_some()
                || (*definition).m_free.is_some()
            {
                return Err(refuse("requests module state"));
            }
            if has_exec {
                return Err(
                    thread.system_error(&format!("module {shown} specifies execution slots, but did not create a ModuleType instance"))
                );
            }
        }
        add_methods(thread, &object, &name, (*definition).m_methods)?;
        set_doc(thread, &object, (*definition).m_doc)?;
        Ok(object)
    }
}

unsafe fn execute(thread: &Thread, module: &Module, definition: *mut PyModuleDef) -> PyResult<()> {
    // SAFETY: by the caller.
    unsafe {
        let name = module_name(thread, module)?.to_string_lossy().into_owned();
        if (*definition).m_size >= 0 && raw(module).md_state.get().is_null() {
            // At least one byte: a module with state is one that was executed.
            let state = abi::allocate_zeroed(((*definition).m_size as usize).max(1));
            if state.is_null() {
                return Err(thread.no_memory());
            }
            raw(module).md_state.set(state as *mut c_void);
        }
        let mut slot = (*definition).m_slots;
        while !slot.is_null() && (*slot).slot != 0 {
            match (*slot).slot {
                abi::Py_mod_exec => {
                    let function: unsafe extern "C-unwind" fn(Raw) -> c_int = std::mem::transmute((*slot).value);
                    if function(module.as_ptr()) != 0 {
                        if thread.raised().is_none() {
                            return Err(thread.system_error(&format!("execution of module {name} failed without setting an exception")));
                        }
                        return Err(Raised);
                    }
                    if thread.raised().is_some() {
                        return Err(thread.error_from_cause(
                            pyrox_objects::exceptions::system_error(),
                            &format!("execution of module {name} raised unreported exception"),
                        ));
                    }
                }
                abi::Py_mod_create | abi::Py_mod_multiple_interpreters | abi::Py_mod_gil => {}
                other => return Err(thread.system_error(&format!("module {name} initialized with unknown slot {other}"))),
            }
            slot = slot.add(1);
        }
        Ok(())
    }
}

/// `exec_dynamic`: run a module's exec slots, once.
pub fn execute_once(thread: &Thread, object: &Object) -> PyResult<()> {
    let Some(module) = object.cast::<Module>() else { return Ok(()) };
    let definition = raw(module).md_def.get();
    if definition.is_null() || !raw(module).md_state.get().is_null() {
        return Ok(());
    }
    // SAFETY: the definition lives as long as the process.
    unsafe { execute(thread, module, definition as *mut PyModuleDef) }
}

/// Make a module of a multi-phase definition.
///
/// # Safety
/// `definition` is a valid one.
pub unsafe fn from_definition(thread: &Thread, definition: *mut PyModuleDef, spec: &Object) -> PyResult<Obj> {
    // SAFETY: by contract.
    unsafe { from_spec(thread, definition, spec, 1013) }
}

fn module_name(thread: &Thread, module: &Module) -> PyResult<Owned<Str>> {
    match module.dict().get_str(intern!("__name__")).and_then(|n| n.downcast::<Str>().ok()) {
        Some(name) => Ok(name),
        None => Err(thread.system_error("nameless module")),
    }
}

/// Remember a module under its definition's index.
pub fn remember(index: isize, module: &Object) {
    BY_INDEX.with_borrow_mut(|list| {
        let at = index.max(0) as usize;
        if list.len() <= at {
            list.resize_with(at + 1, || None);
        }
        list[at] = Some(module.own());
    })
}

fn need_module<'a>(thread: &Thread, object: Raw) -> Result<&'a Module, Raised> {
    // SAFETY: null or a live object.
    unsafe { typed::<Module>(object) }.ok_or_else(|| bad_internal_call(thread))
}

fn add_ref(thread: &Thread, module: Raw, name: &str, value: Raw) -> PyResult<()> {
    // SAFETY: null or live objects.
    unsafe {
        let Some(module) = typed::<Module>(module) else {
            return Err(thread.type_error("PyModule_AddObjectRef() first argument must be a module"));
        };
        let Some(value) = borrow_or_null(value) else {
            if thread.raised().is_none() {
                return Err(thread.system_error("PyModule_AddObjectRef() must be called with an exception raised if value is NULL"));
            }
            return Err(Raised);
        };
        module.dict().set_text(thread, name, value)
    }
}

api! {
    /// Prepare a definition for multi-phase initialization.
    fn PyModuleDef_Init(definition: *mut PyModuleDef) -> Raw {
        init_definition(definition);
        definition as Raw
    }
    /// Make a module of a single-phase definition.
    fn PyModule_Create2(definition: *mut PyModuleDef, version: c_int) -> Raw {
        give(create(thread(), definition, version).map(Owned::upcast))
    }
    /// Make a module of a multi-phase definition and a spec.
    fn PyModule_FromDefAndSpec2(definition: *mut PyModuleDef, spec: Raw, version: c_int) -> Raw {
        give(from_spec(thread(), definition, borrow(spec), version))
    }
    /// Run a definition's exec slots.
    fn PyModule_ExecDef(module: Raw, definition: *mut PyModuleDef) -> c_int {
        let thread = thread();
        status(match need_module(thread, module) {
            Ok(module) => execute(thread, module, definition),
            Err(raised) => Err(raised),
        })
    }
    /// A new module of that name.
    fn PyModule_New(name: *const c_char) -> Raw { give(Module::new(thread(), &text(name)).map(Owned::upcast)) }
    /// A new module of that name.
    fn PyModule_NewObject(name: Raw) -> Raw {
        let thread = thread();
        give(match typed::<Str>(name) {
            Some(name) => Module::new(thread, &name.to_string_lossy()).map(Owned::upcast),
            None => Err(bad_internal_call(thread)),
        })
    }
    /// The module's dict, borrowed.
    fn PyModule_GetDict(module: Raw) -> Raw {
        need_module(thread(), module).map_or(std::ptr::null_mut(), |m| m.dict().as_ptr())
    }
    /// `__name__`.
    fn PyModule_GetNameObject(module: Raw) -> Raw {
        let thread = thread();
        give(match typed::<Module>(module) {
            Some(module) => module_name(thread, module).map(Owned::upcast),
            None => { crate::errors::PyErr_BadArgument(); Err(Raised) }
        })
    }
    /// `__name__` as UTF-8, which the module keeps alive.
    fn PyModule_GetName(module: Raw) -> *const c_char {
        let thread = thread();
        match need_module(thread, module).and_then(|m| module_name(thread, m)) {
            // The name stays alive in the module's dict.
            Ok(name) => crate::support::utf8(thread, &name).map_or(std::ptr::null(), |(data, _)| data),
            Err(Raised) => std::ptr::null(),
        }
    }
    /// `__file__`.
    fn PyModule_GetFilenameObject(module: Raw) -> Raw {
        let thread = thread();
        let Some(module) = typed::<Module>(module) else {
            crate::errors::PyErr_BadArgument();
            return std::ptr::null_mut();
        };
        give(match module.dict().get_str(intern!("__file__")).filter(|f| f.is_instance::<Str>()) {
            Some(file) => Ok(file),
            None => Err(thread.system_error("module filename missing")),
        })
    }
    /// `__file__` as UTF-8, which the module keeps alive.
    fn PyModule_GetFilename(module: Raw) -> *const c_char {
        let file = PyModule_GetFilenameObject(module);
        match Owned::<Object>::from_raw_or_null(file) {
            Some(file) => match (*file).cast::<Str>() {
                Some(file) => crate::support::utf8(thread(), file).map_or(std::ptr::null(), |(data, _)| data),
                None => std::ptr::null(),
            },
            None => std::ptr::null(),
        }
    }
    /// The module's definition.
    fn PyModule_GetDef(module: Raw) -> *mut PyModuleDef {
        match typed::<Module>(module) {
            Some(module) => raw(module).md_def.get() as *mut PyModuleDef,
            None => { crate::errors::PyErr_BadArgument(); std::ptr::null_mut() }
        }
    }
    /// The module's state.
    fn PyModule_GetState(module: Raw) -> *mut c_void {
        match typed::<Module>(module) {
            Some(module) => raw(module).md_state.get(),
            None => { crate::errors::PyErr_BadArgument(); std::ptr::null_mut() }
        }
    }
    /// The module's state; the argument is a module.
    fn _PyModule_GetState(module: Raw) -> *mut c_void { (*(module as *const PyModuleObject)).md_state.get() }
    /// The module's definition; the argument is a module.
    fn _PyModule_GetDef(module: Raw) -> *mut PyModuleDef { (*(module as *const PyModuleObject)).md_def.get() as *mut PyModuleDef }
    /// The module's dict; the argument is a module.
    fn _PyModule_GetDict(module: Raw) -> Raw { (*(module as *const PyModuleObject)).md_dict.get() }
    /// Add an attribute.
    fn PyModule_AddObjectRef(module: Raw, name: *const c_char, value: Raw) -> c_int {
        status(add_ref(thread(), module, &text(name), value))
    }
    /// Add an attribute; the reference is taken over always.
    fn PyModule_Add(module: Raw, name: *const c_char, value: Raw) -> c_int {
        let result = status(add_ref(thread(), module, &text(name), value));
        pyrox_objects::object::xdecref(value);
        result
    }
    /// Add an attribute; the reference is taken over on success.
    fn PyModule_AddObject(module: Raw, name: *const c_char, value: Raw) -> c_int {
        let result = status(add_ref(thread(), module, &text(name), value));
        if result == 0 {
            pyrox_objects::object::xdecref(value);
        }
        result
    }
    /// Add an int.
    fn PyModule_AddIntConstant(module: Raw, name: *const c_char, value: c_long) -> c_int {
        status(add_ref(thread(), module, &text(name), Int::from(value).as_ptr()))
    }
    /// Add a str.
    fn PyModule_AddStringConstant(module: Raw, name: *const c_char, value: *const c_char) -> c_int {
        let thread = thread();
        let work = || add_ref(thread, module, &text(name), Str::from_str(thread, &text(value))?.as_ptr());
        status(work())
    }
    /// Make a type ready and add it under its name.
    fn PyModule_AddType(module: Raw, ty: *mut PyTypeObject) -> c_int {
        if crate::types::PyType_Ready(ty) < 0 {
            return -1;
        }
        let name = CStr::from_ptr((*ty).tp_name.get()).to_string_lossy();
        let name = name.rsplit('.').next().unwrap_or_default();
        status(add_ref(thread(), module, name, ty as Raw))
    }
    /// Add functions.
    fn PyModule_AddFunctions(module: Raw, functions: *const PyMethodDef) -> c_int {
        let thread = thread();
        let work = || {
            let name = module_name(thread, need_module(thread, module)?)?;
            add_methods(thread, borrow(module), &name, functions)
        };
        status(work())
    }
    /// Set `__doc__`.
    fn PyModule_SetDocString(module: Raw, doc: *const c_char) -> c_int {
        status(set_doc(thread(), borrow(module), doc))
    }
    /// Whether the module runs without the lock: noted, and of no consequence here.
    fn PyUnstable_Module_SetGIL(_module: Raw, _gil: *mut c_void) -> c_int { 0 }
    /// The module that was made of a definition, borrowed; null without an exception if there is none.
    fn PyState_FindModule(definition: *mut PyModuleDef) -> Raw {
        if !(*definition).m_slots.is_null() || (*definition).m_base.m_index == 0 {
            return std::ptr::null_mut();
        }
        let index = (*definition).m_base.m_index as usize;
        BY_INDEX.with_borrow(|list| list.get(index).and_then(|m| m.as_ref()).map_or(std::ptr::null_mut(), |m| m.as_ptr()))
    }
    /// Remember the module of a definition.
    fn PyState_AddModule(module: Raw, definition: *mut PyModuleDef) -> c_int {
        let thread = thread();
        if definition.is_null() {
            thread.system_error("module definition is NULL");
            return -1;
        }
        if !(*definition).m_slots.is_null() {
            thread.system_error("PyState_AddModule called on module with slots");
            return -1;
        }
        init_definition(definition);
        remember((*definition).m_base.m_index, borrow(module));
        0
    }
    /// As above, for a thread state.
    fn _PyState_AddModule(_state: *mut abi::PyThreadState, module: Raw, definition: *mut PyModuleDef) -> c_int {
        PyState_AddModule(module, definition)
    }
    /// Forget the module of a definition.
    fn PyState_RemoveModule(definition: *mut PyModuleDef) -> c_int {
        let thread = thread();
        if !(*definition).m_slots.is_null() {
            thread.system_error("PyState_RemoveModule called on module with slots");
            return -1;
        }
        let index = (*definition).m_base.m_index as usize;
        let old = BY_INDEX.with_borrow_mut(|list| list.get_mut(index).and_then(Option::take));
        drop(old);
        0
    }
}
