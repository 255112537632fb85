//! `sys`: its attributes, options and arguments.

use std::ffi::{c_char, c_int, c_void};

use pyrox_abi::PyMethodDef;
use pyrox_objects::builtin_function::BuiltinFunction;
use pyrox_objects::capsule::Capsule;
use pyrox_objects::native::Table;
use pyrox_objects::{Dict, List, Obj, Object, Owned, PyResult, Raised, Str, Thread, Tuple, unraisable};

use crate::api::present;
use crate::support::{Raw, give, status, text, truth};
use crate::unicode::wide_length;

/// The namespace of `sys`.
fn namespace(thread: &Thread) -> PyResult<Owned<Dict>> {
    let module = pyrox_interpreter::import::import_module(thread, "sys")?;
    module.instance_dict(thread)?.ok_or_else(|| thread.runtime_error("lost sys"))
}

fn find(thread: &Thread, name: &str) -> PyResult<Option<Obj>> {
    namespace(thread)?.get_text(thread, name)
}

fn required(thread: &Thread, name: &str) -> PyResult<Obj> {
    find(thread, name)?.ok_or_else(|| thread.runtime_error(&format!("lost sys.{name}")))
}

/// Text of `wchar_t`.
unsafe fn wide(thread: &Thread, text: *const u32) -> PyResult<Owned<Str>> {
    // SAFETY: by the API's contract.
    Str::from_code_points(thread, unsafe { std::slice::from_raw_parts(text, wide_length(text)) })
}

unsafe fn deliver(found: PyResult<Option<Obj>>, to: *mut Raw) -> c_int {
    // SAFETY: by the API's contract.
    truth(found.map(|found| unsafe {
        let there = found.is_some();
        *to = found.map_or(std::ptr::null_mut(), Owned::into_raw);
        there
    }))
}

fn options(thread: &Thread) -> PyResult<Owned<List>> {
    let namespace = namespace(thread)?;
    if let Some(list) = namespace.get_text(thread, "warnoptions")?.and_then(|list| list.downcast::<List>().ok()) {
        return Ok(list);
    }
    let list = List::new(thread)?;
    namespace.set_text(thread, "warnoptions", &list)?;
    Ok(list)
}

unsafe fn set_arguments(thread: &Thread, count: c_int, values: *mut *mut u32, update_path: bool) -> PyResult<()> {
    // SAFETY: by the API's contract.
    unsafe {
        let mut items: Vec<Obj> = Vec::new();
        for at in 0..count.max(0) as usize {
            items.push(wide(thread, *values.add(at))?.upcast());
        }
        if items.is_empty() {
            items.push(Str::empty().upcast());
        }
        let script = items[0].clone();
        let list = List::from_vec(thread, items)?;
        let namespace = namespace(thread)?;
        namespace.set_text(thread, "argv", &list)?;
        if update_path {
            let script = script.str(thread)?.to_string();
            let folder = std::path::Path::new(&script).parent().map(|p| p.to_string_lossy().into_owned()).unwrap_or_default();
            if let Some(path) = namespace.get_text(thread, "path")?.and_then(|path| path.downcast::<List>().ok()) {
                path.insert(thread, 0, Str::from_str(thread, &folder)?.upcast())?;
            }
        }
        Ok(())
    }
}

type AuditHook = unsafe extern "C" fn(*const c_char, Raw, *mut c_void) -> c_int;

/// A C hook and what it is called with.
struct Bridge {
    hook: AuditHook,
    data: *mut c_void,
}

static BRIDGE: Table<PyMethodDef> = Table(&[PyMethodDef {
    ml_name: c"audit_hook".as_ptr(),
    ml_meth: Some(run_hook),
    ml_flags: pyrox_abi::METH_VARARGS,
    ml_doc: std::ptr::null(),
}]);

/// Call the C hook that the capsule holds with an event's name and arguments.
unsafe extern "C-unwind" fn run_hook(capsule: Raw, arguments: Raw) -> Raw {
    // SAFETY: only made by `PySys_AddAuditHook`, and called with an event and a tuple.
    unsafe {
        let thread = crate::support::thread();
        let bridge = &*((*(capsule as *const Capsule)).pointer.get() as *const Bridge);
        let result = (|| {
            let items = Object::from_ptr(arguments).to_items(thread)?;
            let [event, values] = items.as_slice() else { return Err(crate::api::bad_call(thread)) };
            let event: &Str = crate::unicode::operand(thread, event.as_ptr())?;
            let (name, _) = crate::unicode::utf8(thread, event)?;
            match (bridge.hook)(name, values.as_ptr(), bridge.data) {
                0 => Ok(pyrox_objects::none()),
                _ if thread.raised().is_some() => Err(Raised),
                _ => Err(thread.runtime_error("audit hook failed")),
            }
        })();
        give(result)
    }
}

/// `sys._xoptions`, a new dict if it is none.
fn xoptions(thread: &Thread) -> PyResult<Owned<Dict>> {
    let namespace = namespace(thread)?;
    if let Some(options) = namespace.get_text(thread, "_xoptions")?.and_then(|options| options.downcast::<Dict>().ok()) {
        return Ok(options);
    }
    let fresh = Dict::new(thread)?;
    namespace.set_text(thread, "_xoptions", &fresh)?;
    Ok(fresh)
}

/// The name of an attribute.
unsafe fn key(thread: &Thread, name: *const c_char) -> PyResult<Owned<Str>> {
    // SAFETY: by the API's contract.
    let name = crate::unicode::from_utf8(thread, unsafe { std::ffi::CStr::from_ptr(name) }.to_bytes())?;
    Ok(Str::intern(thread, &name))
}

crate::api! {
    /// An attribute of `sys`, borrowed, or null.
    fn PySys_GetObject(thread; name: *const c_char) -> Raw {
        thread.aside(|| match key(thread, name).and_then(|name| namespace(thread)?.get(thread, &name)) {
            Ok(Some(value)) => value.as_ptr(),
            Ok(None) => std::ptr::null_mut(),
            Err(Raised) => {
                unraisable::write(thread, Some("Exception ignored in PySys_GetObject()"), None);
                std::ptr::null_mut()
            }
        })
    }

    /// Set an attribute of `sys`; null removes it.
    fn PySys_SetObject(thread; name: *const c_char, value: Raw) -> c_int = status {
        let name = key(thread, name)?;
        match Object::from_ptr_or_null(value) {
            Some(value) => namespace(thread)?.set(thread, &name, value),
            None => namespace(thread)?.remove(thread, &name).map(drop),
        }
    }

    /// Store an attribute of `sys`, if it is there: 1, 0 or -1.
    fn _PySys_GetOptionalAttr(thread; name: Raw, to: *mut Raw) -> c_int {
        *to = std::ptr::null_mut();
        deliver(namespace(thread).and_then(|sys| sys.get(thread, Object::from_ptr(name))), to)
    }
    /// Store an attribute of `sys`, if it is there: 1, 0 or -1.
    fn _PySys_GetOptionalAttrString(thread; name: *const c_char, to: *mut Raw) -> c_int {
        *to = std::ptr::null_mut();
        deliver(find(thread, &text(name)), to)
    }
    /// An attribute of `sys` that must be there.
    fn _PySys_GetRequiredAttr(thread; name: Raw) -> Raw = give {
        let name: &Str = crate::unicode::operand(thread, name)?;
        required(thread, &name.to_string_lossy())
    }
    /// An attribute of `sys` that must be there.
    fn _PySys_GetRequiredAttrString(thread; name: *const c_char) -> Raw = give { required(thread, &text(name)) }
    /// An attribute of `sys` that must be there.
    fn PySys_GetAttr(thread; name: Raw) -> Raw = give {
        let name: &Str = crate::unicode::operand(thread, name)?;
        required(thread, &name.to_string_lossy())
    }

    /// Tell the audit hooks of an event with a tuple of arguments.
    fn PySys_AuditTuple(thread; event: *const c_char, arguments: Raw) -> c_int = status {
        let arguments = match Object::from_ptr_or_null(arguments) {
            None => Tuple::empty(),
            Some(arguments) => match arguments.cast::<Tuple>() {
                Some(tuple) => tuple.own_tuple(),
                None => return Err(thread.type_error(&format!("args must be tuple, got {}", arguments.ty().full_name()))),
            },
        };
        let event = Str::from_str(thread, &text(event))?;
        let raw = arguments.raw_items().to_vec();
        pyrox_interpreter::sys::hooks::audit(thread, &event, pyrox_objects::native::Rest::new(&raw))
    }

    /// Add a C function to the audit hooks.
    fn PySys_AddAuditHook(thread; hook: AuditHook, data: *mut c_void) -> c_int = status {
        let bridge = Box::leak(Box::new(Bridge { hook, data }));
        let capsule = Capsule::new(thread, bridge as *mut Bridge as *mut c_void, std::ptr::null(), None)?;
        let function = BuiltinFunction::new(thread, &raw const BRIDGE.0[0], Some(&capsule), None)?;
        pyrox_interpreter::sys::hooks::addaudithook(thread, &function)
    }

    /// `sys._xoptions`, borrowed.
    fn PySys_GetXOptions(thread;) -> Raw {
        xoptions(thread).map_or(std::ptr::null_mut(), |options| options.as_ptr())
    }
    /// Add to `sys._xoptions`.
    fn PySys_AddXOption(thread; option: *const u32) {
        let _ = (|| -> PyResult<()> {
            let option = wide(thread, option)?.to_string();
            let options = xoptions(thread)?;
            let (name, value): (&str, Obj) = match option.split_once('=') {
                Some((name, value)) => (name, Str::from_str(thread, value)?.upcast()),
                None => (&option, pyrox_objects::bool_obj(true)),
            };
            options.set(thread, &Str::from_str(thread, name)?.upcast(), &value)
        })().map_err(|Raised| thread.set_raised(None));
    }
    /// Add to `sys.warnoptions`.
    fn PySys_AddWarnOption(thread; option: *const u32) {
        let _ = (|| options(thread)?.append(thread, wide(thread, option)?.upcast()))().map_err(|Raised| thread.set_raised(None));
    }
    /// Add to `sys.warnoptions`.
    fn PySys_AddWarnOptionUnicode(thread; option: Raw) {
        let _ = (|| options(thread)?.append(thread, present(thread, option)?.own()))().map_err(|Raised| thread.set_raised(None));
    }
    /// Empty `sys.warnoptions`.
    fn PySys_ResetWarnOptions(thread;) {
        if let Ok(options) = options(thread) {
            drop(options.take_all());
        }
    }
    /// Whether `sys.warnoptions` has any.
    fn PySys_HasWarnOptions(thread;) -> c_int { options(thread).is_ok_and(|options| options.len() > 0) as c_int }

    /// Set `sys.argv`, and put the script's folder in front of `sys.path`.
    fn PySys_SetArgv(thread; count: c_int, values: *mut *mut u32) {
        let _ = set_arguments(thread, count, values, true).map_err(|Raised| thread.set_raised(None));
    }
    /// Set `sys.argv`.
    fn PySys_SetArgvEx(thread; count: c_int, values: *mut *mut u32, update_path: c_int) {
        let _ = set_arguments(thread, count, values, update_path != 0).map_err(|Raised| thread.set_raised(None));
    }
    /// Set `sys.path` from text with colons.
    fn PySys_SetPath(thread; path: *const u32) {
        let _ = (|| {
            let parts = wide(thread, path)?.to_string();
            let parts: PyResult<Vec<Obj>> = parts.split(':').map(|part| Ok(Str::from_str(thread, part)?.upcast())).collect();
            let list = List::from_vec(thread, parts?)?;
            namespace(thread)?.set_text(thread, "path", &list)
        })().map_err(|Raised| thread.set_raised(None));
    }

    /// `sys.getsizeof`; -1 as a `size_t` for an error.
    fn _PySys_GetSizeOf(thread; object: Raw) -> usize {
        let size = present(thread, object).and_then(|object| {
            pyrox_interpreter::sys::getsizeof(thread, object, None)?.as_isize(thread)
        });
        size.map_or(usize::MAX, |size| size as usize)
    }
}
