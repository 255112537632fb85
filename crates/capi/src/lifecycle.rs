//! The interpreter's life as C sees it: versions, the end of the process, fatal errors.

use std::ffi::{c_char, c_int, c_void};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::*;

/// The version as `PY_VERSION_HEX` has it.
#[unsafe(no_mangle)]
pub static Py_Version: std::ffi::c_ulong = 0x030e_0af0;

/// End the process with a message: what CPython does where a C caller cannot be told of an error.
pub fn fatal(function: &str, message: &str) -> ! {
    eprintln!("Fatal Python error: {function}: {message}");
    // SAFETY: ends the process.
    unsafe { libc::abort() }
}

/// Functions to be called at the end.
static AT_EXIT: Mutex<Vec<(usize, Option<usize>)>> = Mutex::new(Vec::new());
static REGISTERED: AtomicBool = AtomicBool::new(false);

extern "C" fn run_at_exit() {
    let functions = std::mem::take(&mut *AT_EXIT.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    for (function, data) in functions.into_iter().rev() {
        // SAFETY: registered as functions of these kinds.
        unsafe {
            match data {
                None => std::mem::transmute::<usize, extern "C" fn()>(function)(),
                Some(data) => std::mem::transmute::<usize, extern "C" fn(*mut c_void)>(function)(data as *mut c_void),
            }
        }
    }
}

fn at_exit(function: usize, data: Option<usize>) -> c_int {
    if !REGISTERED.swap(true, Ordering::AcqRel) {
        // SAFETY: a function without arguments.
        unsafe { libc::atexit(run_at_exit) };
    }
    let mut functions = AT_EXIT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if data.is_none() && functions.iter().filter(|f| f.1.is_none()).count() >= 32 {
        return -1;
    }
    functions.push((function, data));
    0
}

api! {
    /// The interpreter runs.
    fn Py_IsInitialized() -> c_int { 1 }
    /// Whether the interpreter is coming to its end.
    fn Py_IsFinalizing() -> c_int { pyrox_interpreter::sys::is_finalizing() as c_int }
    /// Whether the interpreter is coming to its end.
    fn _Py_IsInterpreterFinalizing(_interpreter: *mut c_void) -> c_int { Py_IsFinalizing() }
    /// The interpreter runs already.
    fn Py_Initialize() {}
    /// The interpreter runs already.
    fn Py_InitializeEx(_signals: c_int) {}
    /// `sys.version`.
    fn Py_GetVersion() -> *const c_char { concat!("3.14.10 (Pyrox ", env!("CARGO_PKG_VERSION"), ") [Rust]\0").as_ptr() as *const c_char }
    /// `sys.platform`.
    fn Py_GetPlatform() -> *const c_char { c"linux".as_ptr() }
    /// What Pyrox was built with.
    fn Py_GetCompiler() -> *const c_char { c"[Rust]".as_ptr() }
    /// What was built.
    fn Py_GetBuildInfo() -> *const c_char { concat!("Pyrox ", env!("CARGO_PKG_VERSION"), "\0").as_ptr() as *const c_char }
    /// `sys.copyright`.
    fn Py_GetCopyright(thread; ) -> *const c_char {
        // The module keeps its text.
        let text = pyrox_objects::hooks::sys(thread, "copyright");
        let text = text.as_ref().and_then(|t| t.cast::<pyrox_objects::Str>());
        text.and_then(|t| utf8(thread, t).ok()).map_or(c"".as_ptr(), |(data, _)| data)
    }
    /// Call a function when the process ends.
    fn Py_AtExit(function: Option<unsafe extern "C" fn()>) -> c_int { function.map_or(-1, |f| at_exit(f as usize, None)) }
    /// Call a function when the interpreter ends.
    fn PyUnstable_AtExit(_interpreter: *mut c_void, function: Option<unsafe extern "C" fn(*mut c_void)>, data: *mut c_void) -> c_int {
        function.map_or(-1, |f| at_exit(f as usize, Some(data as usize)))
    }
    /// End the process.
    fn Py_Exit(thread; code: c_int) {
        let _ = pyrox_interpreter::flush(thread);
        libc::exit(code)
    }
    /// End the process with a message.
    fn Py_FatalError(message: *const c_char) { fatal("<unknown>", &text(message)) }
    /// End the process with a message.
    fn _Py_FatalErrorFunc(function: *const c_char, message: *const c_char) {
        let function = if function.is_null() { "<unknown>".into() } else { text(function) };
        fatal(&function, &text(message))
    }
    /// End the process because an object is broken.
    fn _PyObject_AssertFailed(object: Raw, expression: *const c_char, message: *const c_char, file: *const c_char, line: c_int, function: *const c_char) {
        let shown = |text_: *const c_char| if text_.is_null() { String::new() } else { text(text_).into_owned() };
        eprintln!("{}:{line}: {}: Assertion \"{}\" failed: {}", shown(file), shown(function), shown(expression), shown(message));
        crate::objects::_PyObject_Dump(object);
        fatal("_PyObject_AssertFailed", "_PyObject_AssertFailed")
    }
}
