//! Compiling and running: `PyEval_EvalCode`, `Py_CompileString`, `PyRun_*`.

use std::ffi::{CStr, c_char, c_int, c_void};

use pyrox_interpreter::code::Code;
use pyrox_interpreter::frame;
use pyrox_objects::{Bytes, Dict, Obj, Object, PyResult, Raised, Str, Thread, Tuple};

use crate::support::*;

/// `PyCompilerFlags`.
#[repr(C)]
pub struct PyCompilerFlags {
    flags: c_int,
    feature_version: c_int,
}

/// Run code in globals and locals, which default to the globals.
///
/// # Errors
/// Whatever the code raises.
pub fn evaluate(thread: &Thread, code: &Object, globals: &Dict, locals: Option<&Object>) -> PyResult<Obj> {
    let Some(code) = code.cast::<Code>() else { return Err(bad_internal_call(thread)) };
    pyrox_interpreter::eval::run_code(thread, code, globals, locals.unwrap_or(globals), None)
}

/// Compile by the built-in function.
unsafe fn compile(
    thread: &Thread,
    source: &[u8],
    file: &Object,
    start: c_int,
    flags: *const PyCompilerFlags,
    optimize: c_int,
) -> PyResult<Obj> {
    let mode = match start {
        256 => "single",
        258 => "eval",
        345 => "func_type",
        _ => "exec",
    };
    // SAFETY: null or flags of the caller's.
    let bits = unsafe { flags.as_ref() }.map_or(0, |f| f.flags);
    let source = Bytes::from_slice(thread, source)?;
    let optimize = pyrox_objects::Int::from(optimize as i64);
    let bits = pyrox_objects::Int::from((bits & !0x0100) as i64);
    let inherit = pyrox_objects::bool_obj(true);
    let mode = Str::from_str(thread, mode)?;
    pyrox_objects::hooks::builtin(thread, "compile")?.call(thread, &[&source, file, &mode, &bits, &inherit, &optimize])
}

unsafe fn run(
    thread: &Thread,
    source: &[u8],
    file: &str,
    start: c_int,
    globals: Raw,
    locals: Raw,
    flags: *const PyCompilerFlags,
) -> PyResult<Obj> {
    // SAFETY: by the API's contract.
    unsafe {
        let Some(globals) = typed::<Dict>(globals) else {
            return Err(thread.system_error("PyRun_StringFlags: globals must be a real dict"));
        };
        let code = compile(thread, source, &*Str::from_str(thread, file)?, start, flags, -1)?;
        evaluate(thread, &code, globals, borrow_or_null(locals))
    }
}

/// All of a C stream from where it stands.
unsafe fn read_file(thread: &Thread, file: *mut libc::FILE) -> PyResult<Vec<u8>> {
    let mut source = Vec::new();
    let mut buffer = [0u8; 8192];
    loop {
        // SAFETY: an open stream.
        let count = unsafe { libc::fread(buffer.as_mut_ptr() as *mut c_void, 1, buffer.len(), file) };
        if count == 0 {
            // SAFETY: as above.
            if unsafe { libc::ferror(file) } != 0 {
                return Err(thread.os_error(std::io::Error::last_os_error().raw_os_error().unwrap_or(0), None));
            }
            return Ok(source);
        }
        source.extend_from_slice(&buffer[..count]);
    }
}

/// Run source as `__main__`; -1 after showing what it raised.
unsafe fn simple(thread: &Thread, source: &[u8], file: &str, set_file: bool, flags: *const PyCompilerFlags) -> c_int {
    let work = || {
        let module = pyrox_interpreter::main_module(thread)?;
        let dict = module.dict();
        if set_file && dict.get_text(thread, "__file__")?.is_none() {
            dict.set_text(thread, "__file__", &*Str::from_str(thread, file)?)?;
        }
        // SAFETY: by the caller.
        unsafe { run(thread, source, file, 257, dict.as_ptr(), dict.as_ptr(), flags).map(drop) }
    };
    match work() {
        Ok(()) => 0,
        Err(Raised) => {
            // SAFETY: the lock is held.
            unsafe { crate::errors::PyErr_Print() };
            -1
        }
    }
}

unsafe fn name_or(file: *const c_char, default: &str) -> String {
    // SAFETY: null or NUL-terminated text.
    if file.is_null() { default.to_string() } else { unsafe { text(file) }.into_owned() }
}

/// The running frame.
fn running<'a>(thread: &Thread) -> Option<&'a frame::Frame> {
    // SAFETY: null or the running frame, which lives while this call does.
    unsafe { frame::current(thread).as_ref() }
}

thread_local! {
    /// What `PyEval_GetLocals` lent last.
    static LENT: std::cell::RefCell<Option<Obj>> = const { std::cell::RefCell::new(None) };
}

macro_rules! runners {
    ($($(#[$attribute:meta])* $name:ident ($($argument:ident: $ty:ty),*) -> $result:ty $body:block)*) => {
        api! { $($(#[$attribute])* fn $name($($argument: $ty),*) -> $result $body)* }
    };
}

api! {
    /// Run code.
    fn PyEval_EvalCode(thread; code: Raw, globals: Raw, locals: Raw) -> Raw = give {
        let Some(dict) = typed::<Dict>(globals) else { return Err(thread.system_error("PyEval_EvalCode: globals must be a dict")) };
        evaluate(thread, borrow(code), dict, borrow_or_null(locals))
    }
    /// Run code as a function would.
    fn PyEval_EvalCodeEx(thread; code: Raw, globals: Raw, locals: Raw, arguments: *const Raw, count: c_int, keywords: *const Raw,
        keyword_count: c_int, defaults: *const Raw, default_count: c_int, keyword_defaults: Raw, closure: Raw) -> Raw = give {
        let Some(dict) = typed::<Dict>(globals) else { return Err(bad_internal_call(thread)) };
        let Some(body) = borrow(code).cast::<Code>() else { return Err(bad_internal_call(thread)) };
        if count == 0 && keyword_count == 0 && default_count == 0 && closure.is_null() && !locals.is_null() {
            return evaluate(thread, body, dict, borrow_or_null(locals));
        }
        let items = |list: *const Raw, count: c_int| -> Vec<&Object> { (0..count.max(0) as usize).map(|at| borrow(*list.add(at))).collect() };
        let defaults = match default_count {
            0 => pyrox_objects::none(),
            _ => Tuple::from_slice(thread, &items(defaults, default_count))?.upcast(),
        };
        let none = pyrox_objects::none_ref();
        let function = <pyrox_objects::Function as pyrox_objects::PyType>::ty().call(
            thread,
            &[body, dict, none, &defaults, borrow_or_null(closure).unwrap_or(none)],
        )?;
        if let Some(keyword_defaults) = borrow_or_null(keyword_defaults) {
            function.setattr_str(thread, "__kwdefaults__", keyword_defaults)?;
        }
        let positional = items(arguments, count);
        let pairs = items(keywords, keyword_count * 2);
        let given = Dict::new(thread)?;
        for pair in pairs.chunks_exact(2) {
            given.set(thread, pair[0], pair[1])?;
        }
        function.call_tuple(thread, &*Tuple::from_slice(thread, &positional)?, Some(&given))
    }
    /// The running function's globals, borrowed.
    fn PyEval_GetGlobals(thread; ) -> Raw { running(thread).map_or(std::ptr::null_mut(), |f| f.globals().as_ptr()) }
    /// The builtins of the running function, or the interpreter's; borrowed.
    fn PyEval_GetBuiltins(thread; ) -> Raw {
        match running(thread) {
            Some(frame) => frame.builtins().as_ptr(),
            None => pyrox_interpreter::builtins_dict(thread).map_or(std::ptr::null_mut(), |d| d.as_ptr()),
        }
    }
    /// The running function's locals, borrowed until this is called again.
    fn PyEval_GetLocals(thread; ) -> Raw {
        let Some(frame) = running(thread) else {
            thread.system_error("frame does not exist");
            return std::ptr::null_mut();
        };
        match frame.locals_dict(thread) {
            Ok(locals) => {
                let pointer = locals.as_ptr();
                let old = LENT.replace(Some(locals));
                drop(old);
                pointer
            }
            Err(Raised) => std::ptr::null_mut(),
        }
    }
    /// An attribute of the builtins.
    fn _PyEval_GetBuiltin(thread; name: Raw) -> Raw = give {
        match pyrox_interpreter::builtins_dict(thread)?.get(thread, borrow(name))? {
            Some(value) => Ok(value),
            None => Err(thread.error_with(pyrox_objects::exceptions::attribute_error(), borrow(name))),
        }
    }
    /// The name of a callable.
    fn PyEval_GetFuncName(thread; callable: Raw) -> *const c_char {
        let object = borrow(callable);
        if let Some(method) = object.cast::<pyrox_objects::Method>() {
            return PyEval_GetFuncName(method.function().as_ptr());
        }
        if let Some(function) = object.cast::<pyrox_objects::builtin_function::BuiltinFunction>() {
            return function.definition().ml_name;
        }
        if !object.is_instance::<pyrox_objects::Function>() {
            return object.ty().raw().tp_name.get();
        }
        thread.aside(|| match object.lookup_attr(thread, pyrox_objects::intern!("__name__")) {
            // The function keeps its name.
            Ok(Some(name)) => match name.cast::<Str>() {
                Some(name) => utf8(thread, name).map_or(std::ptr::null(), |(data, _)| data),
                None => object.ty().raw().tp_name.get(),
            },
            _ => object.ty().raw().tp_name.get(),
        })
    }
    /// What follows the name of a callable in messages.
    fn PyEval_GetFuncDesc(callable: Raw) -> *const c_char {
        let object = borrow(callable);
        if object.is_instance::<pyrox_objects::Function>()
            || object.is_instance::<pyrox_objects::Method>()
            || object.is_instance::<pyrox_objects::builtin_function::BuiltinFunction>()
        {
            c"()".as_ptr()
        } else {
            c" object".as_ptr()
        }
    }
    /// The running frame inherits no flags of the compiler that matter to C.
    fn PyEval_MergeCompilerFlags(flags: *mut PyCompilerFlags) -> c_int { ((*flags).flags != 0) as c_int }
    /// Compile source.
    fn Py_CompileStringObject(thread; source: *const c_char, file: Raw, start: c_int, flags: *mut PyCompilerFlags, optimize: c_int) -> Raw = give {
        compile(thread, CStr::from_ptr(source).to_bytes(), borrow(file), start, flags, optimize)
    }
    /// Compile source.
    fn Py_CompileStringExFlags(thread; source: *const c_char, file: *const c_char, start: c_int, flags: *mut PyCompilerFlags, optimize: c_int) -> Raw = give {
        compile(thread, CStr::from_ptr(source).to_bytes(), &*crate::errors::file_name(thread, file)?, start, flags, optimize)
    }
    /// Compile source.
    fn Py_CompileStringFlags(source: *const c_char, file: *const c_char, start: c_int, flags: *mut PyCompilerFlags) -> Raw {
        Py_CompileStringExFlags(source, file, start, flags, -1)
    }
    /// Compile source.
    fn Py_CompileString(source: *const c_char, file: *const c_char, start: c_int) -> Raw {
        Py_CompileStringExFlags(source, file, start, std::ptr::null_mut(), -1)
    }
    /// Run source.
    fn PyRun_StringFlags(thread; source: *const c_char, start: c_int, globals: Raw, locals: Raw, flags: *mut PyCompilerFlags) -> Raw = give {
        run(thread, CStr::from_ptr(source).to_bytes(), "<string>", start, globals, locals, flags)
    }
    /// Run source.
    fn PyRun_String(source: *const c_char, start: c_int, globals: Raw, locals: Raw) -> Raw {
        PyRun_StringFlags(source, start, globals, locals, std::ptr::null_mut())
    }
    /// Run source as `__main__`.
    fn PyRun_SimpleStringFlags(thread; source: *const c_char, flags: *mut PyCompilerFlags) -> c_int {
        simple(thread, CStr::from_ptr(source).to_bytes(), "<string>", false, flags)
    }
    /// Run source as `__main__`.
    fn PyRun_SimpleString(source: *const c_char) -> c_int { PyRun_SimpleStringFlags(source, std::ptr::null_mut()) }
    /// Run a file.
    fn PyRun_FileExFlags(thread; file: *mut libc::FILE, name: *const c_char, start: c_int, globals: Raw, locals: Raw, close: c_int,
        flags: *mut PyCompilerFlags) -> Raw = give {
        let source = read_file(thread, file);
        if close != 0 {
            libc::fclose(file);
        }
        run(thread, &source?, &text(name), start, globals, locals, flags)
    }
}

runners! {
    /// Run a file.
    PyRun_File(file: *mut libc::FILE, name: *const c_char, start: c_int, globals: Raw, locals: Raw) -> Raw {
        PyRun_FileExFlags(file, name, start, globals, locals, 0, std::ptr::null_mut())
    }
    /// Run a file.
    PyRun_FileEx(file: *mut libc::FILE, name: *const c_char, start: c_int, globals: Raw, locals: Raw, close: c_int) -> Raw {
        PyRun_FileExFlags(file, name, start, globals, locals, close, std::ptr::null_mut())
    }
    /// Run a file.
    PyRun_FileFlags(file: *mut libc::FILE, name: *const c_char, start: c_int, globals: Raw, locals: Raw, flags: *mut PyCompilerFlags) -> Raw {
        PyRun_FileExFlags(file, name, start, globals, locals, 0, flags)
    }
    /// Run a file as `__main__`.
    PyRun_SimpleFileExFlags(file: *mut libc::FILE, name: *const c_char, close: c_int, flags: *mut PyCompilerFlags) -> c_int {
        let thread = thread();
        let source = read_file(thread, file);
        if close != 0 {
            libc::fclose(file);
        }
        match source {
            Ok(source) => simple(thread, &source, &name_or(name, "???"), true, flags),
            Err(Raised) => {
                crate::errors::PyErr_Print();
                -1
            }
        }
    }
    /// Run a file as `__main__`.
    PyRun_SimpleFile(file: *mut libc::FILE, name: *const c_char) -> c_int { PyRun_SimpleFileExFlags(file, name, 0, std::ptr::null_mut()) }
    /// Run a file as `__main__`.
    PyRun_SimpleFileEx(file: *mut libc::FILE, name: *const c_char, close: c_int) -> c_int {
        PyRun_SimpleFileExFlags(file, name, close, std::ptr::null_mut())
    }
    /// Run a file that is not a terminal.
    PyRun_AnyFileExFlags(file: *mut libc::FILE, name: *const c_char, close: c_int, flags: *mut PyCompilerFlags) -> c_int {
        PyRun_SimpleFileExFlags(file, name, close, flags)
    }
    /// Run a file that is not a terminal.
    PyRun_AnyFile(file: *mut libc::FILE, name: *const c_char) -> c_int { PyRun_SimpleFileExFlags(file, name, 0, std::ptr::null_mut()) }
    /// Run a file that is not a terminal.
    PyRun_AnyFileEx(file: *mut libc::FILE, name: *const c_char, close: c_int) -> c_int {
        PyRun_SimpleFileExFlags(file, name, close, std::ptr::null_mut())
    }
    /// Run a file that is not a terminal.
    PyRun_AnyFileFlags(file: *mut libc::FILE, name: *const c_char, flags: *mut PyCompilerFlags) -> c_int {
        PyRun_SimpleFileExFlags(file, name, 0, flags)
    }
}
