//! `_imp.create_dynamic` and `exec_dynamic`: shared objects, their init functions, and what is kept of single-phase
//! modules for the next import.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::{CStr, CString, c_int, c_void};

use pyrox_abi::PyModuleDef;
use pyrox_interpreter::import::ExtensionLoader;
use pyrox_objects::{Dict, Module, Obj, Object, Owned, PyResult, PyType, Raised, Str, Thread, exceptions, intern};

use crate::module;
use crate::support::*;

/// What the import system calls.
pub static LOADER: ExtensionLoader = ExtensionLoader { create, execute: module::execute_once };

type Init = unsafe extern "C-unwind" fn() -> Raw;

/// A single-phase module that was imported before.
struct Known {
    definition: *mut PyModuleDef,
    init: Init,
    /// The dict as the first initialization left it, of modules that cannot be initialized twice.
    copy: Option<Owned<Dict>>,
}

thread_local! {
    static KNOWN: RefCell<HashMap<(String, String), Known>> = RefCell::new(HashMap::new());
}

fn fail(thread: &Thread, message: &str, name: &Object, path: &Object) -> Raised {
    thread.import_error_named(exceptions::import_error(), message, Some(name), Some(path))
}

/// The last part of the module's name as the symbol has it, and the symbol's prefix.
fn symbol(name: &Str) -> (String, &'static str) {
    let whole = name.to_string_lossy();
    let last = whole.rsplit('.').next().unwrap_or_default();
    if last.is_ascii() { (last.replace('-', "_"), "PyInit") } else { (punycode(last).replace('-', "_"), "PyInitU") }
}

/// RFC 3492, as the codec of that name does it.
fn punycode(text: &str) -> String {
    let points: Vec<u32> = text.chars().map(u32::from).collect();
    let mut out: String = text.chars().filter(char::is_ascii).collect();
    let mut handled = out.len() as u32;
    let basic = handled;
    if basic > 0 {
        out.push('-');
    }
    let (mut n, mut delta, mut bias) = (128u32, 0u32, 72u32);
    while (handled as usize) < points.len() {
        let next = points.iter().copied().filter(|&p| p >= n).min().unwrap_or(n);
        delta = delta.wrapping_add((next - n).wrapping_mul(handled + 1));
        n = next;
        for &point in &points {
            if point < n {
                delta = delta.wrapping_add(1);
            }
            if point == n {
                let (mut q, mut k) = (delta, 36u32);
                loop {
                    let t = k.saturating_sub(bias).clamp(1, 26);
                    if q < t {
                        break;
                    }
                    let digit = t + (q - t) % (36 - t);
                    out.push(char::from(if digit < 26 { b'a' + digit as u8 } else { b'0' + (digit - 26) as u8 }));
                    q = (q - t) / (36 - t);
                    k += 36;
                }
                out.push(char::from(if q < 26 { b'a' + q as u8 } else { b'0' + (q - 26) as u8 }));
                let mut d = if handled == basic { delta / 700 } else { delta / 2 };
                d += d / (handled + 1);
                let mut k = 0;
                while d > 455 {
                    d /= 35;
                    k += 36;
                }
                bias = k + 36 * d / (d + 38);
                delta = 0;
                handled += 1;
            }
        }
        delta = delta.wrapping_add(1);
        n += 1;
    }
    out
}

fn find_init(thread: &Thread, name: &Str, path: &Str) -> PyResult<(Init, &'static str)> {
    let mut file = path.to_wtf8();
    if !file.contains(&b'/') {
        file.splice(0..0, *b"./");
    }
    let Ok(file) = CString::new(file) else { return Err(thread.value_error("embedded null character")) };
    let flags = match pyrox_objects::hooks::sys(thread, "getdlopenflags") {
        Some(function) => function.call(thread, &[])?.as_isize(thread)? as c_int,
        None => libc::RTLD_NOW,
    };
    // SAFETY: initializers of the library run, as the program asked.
    let handle = unsafe { libc::dlopen(file.as_ptr(), flags) };
    if handle.is_null() {
        // SAFETY: dlerror gives text or null.
        let message = unsafe {
            let error = libc::dlerror();
            if error.is_null() { "unknown dlopen() error".into() } else { CStr::from_ptr(error).to_string_lossy().into_owned() }
        };
        return Err(fail(thread, &message, name, path));
    }
    let (last, prefix) = symbol(name);
    let full = CString::new(format!("{prefix}_{last}")).unwrap_or_default();
    // SAFETY: a loaded library.
    let found = unsafe { libc::dlsym(handle, full.as_ptr()) };
    if found.is_null() {
        let message = format!("dynamic module does not define module export function ({prefix}_{last})");
        return Err(fail(thread, &message, name, path));
    }
    // SAFETY: the symbol of that name is such a function.
    Ok((unsafe { std::mem::transmute::<*mut c_void, Init>(found) }, prefix))
}

fn create(thread: &Thread, spec: &Object) -> PyResult<Obj> {
    let name_object = spec.getattr(thread, intern!("name"))?;
    let path_object = spec.getattr(thread, intern!("origin"))?;
    let (Some(name), Some(path)) = (name_object.cast::<Str>(), path_object.cast::<Str>()) else {
        return Err(thread.type_error("the name and origin of a spec must be strings"));
    };
    let shown = name.to_string_lossy().into_owned();
    let key = (path.to_string_lossy().into_owned(), shown.clone());
    if let Some(module) = again(thread, name, &key)? {
        return Ok(module);
    }
    let (init, prefix) = find_init(thread, name, path)?;
    let object = module::in_context(&shown, || call_init(thread, init, &shown))?;
    if std::ptr::eq(object.type_ptr(), pyrox_objects::ModuleDef::TYPE) {
        let definition = object.as_ptr() as *mut PyModuleDef;
        // The definition is no owned object but the extension's data.
        std::mem::forget(object);
        // SAFETY: the init function said that it is one.
        return unsafe { module::from_definition(thread, definition, spec) };
    }
    if prefix == "PyInitU" {
        return Err(thread.system_error(&format!("initialization of {shown} did not return PyModuleDef")));
    }
    let Some(module) = object.cast::<Module>() else {
        return Err(thread.system_error(&format!("initialization of {shown} did not return an extension module")));
    };
    let definition = module::raw(module).md_def.get() as *mut PyModuleDef;
    if definition.is_null() {
        return Err(thread.system_error(&format!("initialization of {shown} did not return a valid extension module")));
    }
    module.dict().set(thread, intern!("__file__"), path)?;
    // SAFETY: the definition lives as long as the process.
    unsafe {
        (*definition).m_base.m_init = init as *mut c_void;
        module::remember((*definition).m_base.m_index, module);
        let copy = if (*definition).m_size == -1 { Some(module.dict().copy(thread)?) } else { None };
        KNOWN.with_borrow_mut(|known| known.insert(key, Known { definition, init, copy }));
    }
    pyrox_interpreter::modules(thread)?.set(thread, name, &object)?;
    Ok(object)
}

fn call_init(thread: &Thread, init: Init, name: &str) -> PyResult<Obj> {
    // SAFETY: the init function of an extension module, called with the lock held.
    let made = unsafe { init() };
    if made.is_null() {
        if thread.raised().is_none() {
            return Err(thread.system_error(&format!("initialization of {name} failed without raising an exception")));
        }
        return Err(Raised);
    }
    if thread.raised().is_some() {
        let message = format!("initialization of {name} raised unreported exception");
        return Err(thread.error_from_cause(exceptions::system_error(), &message));
    }
    // SAFETY: a pointer to an object, whose type may be missing.
    unsafe {
        if (*made).ob_type.get().is_null() {
            return Err(thread.system_error(&format!("init function of {name} returned uninitialized object")));
        }
        Ok(Owned::from_raw(made))
    }
}

/// A single-phase module that is imported again.
fn again(thread: &Thread, name: &Str, key: &(String, String)) -> PyResult<Option<Obj>> {
    let Some((definition, init, copy)) = KNOWN.with_borrow(|known| known.get(key).map(|k| (k.definition, k.init, k.copy.clone()))) else {
        return Ok(None);
    };
    let modules = pyrox_interpreter::modules(thread)?;
    let module = match copy {
        Some(copy) => {
            let module = match modules.get(thread, name)?.filter(|m| m.is_instance::<Module>()) {
                Some(module) => module,
                None => {
                    let module = Module::new(thread, &key.1)?.upcast();
                    modules.set(thread, name, &module)?;
                    module
                }
            };
            if let Some(module) = module.cast::<Module>() {
                module.dict().update(thread, &copy)?;
                module::raw(module).md_def.set(definition);
            }
            module
        }
        None => {
            let module = module::in_context(&key.1, || call_init(thread, init, &key.1))?;
            modules.set(thread, name, &module)?;
            module
        }
    };
    // SAFETY: the definition lives as long as the process.
    module::remember(unsafe { (*definition).m_base.m_index }, &module);
    Ok(Some(module))
}
