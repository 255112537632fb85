//! `PyErr_*` and `PyException_*`: raising, looking at and showing exceptions.

use std::ffi::{CStr, c_char, c_int};

use pyrox_abi as abi;
use pyrox_abi::PyThreadState;
use pyrox_objects::exceptions::{self, BaseException};
use pyrox_objects::object::{decref, xdecref};
use pyrox_objects::{Dict, Int, Obj, Object, Owned, PyResult, PyType, Raised, Str, Thread, Tuple, Type, intern};

use crate::support::*;

/// The class that an exception is to be raised of, if the object is one.
fn exception_class(object: &Object) -> Option<&Type> {
    object.cast::<Type>().filter(|ty| ty.flags() & abi::Py_TPFLAGS_BASE_EXC_SUBCLASS != 0)
}

fn is_exception(object: &Object) -> bool {
    object.has_flag(abi::Py_TPFLAGS_BASE_EXC_SUBCLASS)
}

/// Raise `class(value)`; nothing must be raised while the instance is made.
///
/// # Safety
/// `class` is a live object, `value` that or null.
pub unsafe fn set_object(thread: &Thread, class: Raw, value: Raw) -> Raised {
    // SAFETY: by contract.
    unsafe {
        let Some(class) = borrow_or_null(class) else {
            thread.set_raised(None);
            return Raised;
        };
        let value = borrow_or_null(value).map(Object::own);
        let Some(ty) = exception_class(class) else {
            thread.set_raised(None);
            let shown = class.repr(thread).map(|r| r.to_string_lossy().into_owned()).unwrap_or_default();
            return thread.system_error(&format!("_PyErr_SetObject: exception {shown} is not a BaseException subclass"));
        };
        thread.set_raised(None);
        thread.error_with(ty, value.as_deref().unwrap_or(pyrox_objects::none_ref()))
    }
}

/// Raise `class(message)`.
///
/// # Safety
/// `class` is a live object.
pub unsafe fn set_text(thread: &Thread, class: Raw, message: &str) -> Raised {
    thread.set_raised(None);
    match Str::from_str(thread, message) {
        // SAFETY: by contract.
        Ok(message) => unsafe { set_object(thread, class, message.as_ptr()) },
        Err(raised) => raised,
    }
}

/// An instance for a class and a value as `PyErr_Restore` gets them.
fn instance(thread: &Thread, class: &Object, value: Option<&Object>) -> PyResult<Obj> {
    let Some(ty) = exception_class(class) else {
        return match value.filter(|v| is_exception(v)) {
            Some(value) => Ok(value.own()),
            None if is_exception(class) => Ok(class.own()),
            None => Err(thread.type_error("exceptions must derive from BaseException")),
        };
    };
    let made = match value {
        Some(value) if is_exception(value) && value.ty().is_subtype(ty) => return Ok(value.own()),
        None => ty.call(thread, &[])?,
        Some(value) if value.is_none() => ty.call(thread, &[])?,
        Some(value) => match value.cast::<Tuple>() {
            Some(arguments) => ty.call_tuple(thread, arguments, None)?,
            None => ty.call(thread, &[value])?,
        },
    };
    if !is_exception(&made) {
        return Err(thread.type_error(&format!(
            "calling {} should have returned an instance of BaseException, not {}",
            ty.repr(thread)?,
            made.ty().full_name()
        )));
    }
    Ok(made)
}

fn set_traceback(exception: &Object, traceback: Option<&Object>) {
    if let Some(base) = BaseException::of(exception) {
        // What is no traceback is dropped, as nobody can be told.
        base.set_traceback(traceback.filter(|t| t.is_instance::<pyrox_interpreter::traceback::Traceback>()).map(Object::own));
    }
}

fn matches(error: &Object, wanted: &Object) -> bool {
    if let Some(several) = wanted.cast::<Tuple>() {
        return several.items().iter().any(|one| matches(error, one));
    }
    let class = if is_exception(error) { &**error.ty() } else { error };
    match (exception_class(class), exception_class(wanted)) {
        (Some(class), Some(wanted)) => class.is_subtype(wanted),
        _ => class.is(wanted),
    }
}

fn last_errno() -> c_int {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

unsafe fn from_errno(thread: &Thread, class: Raw, files: &[Raw]) -> Raised {
    let number = last_errno();
    let work = || -> PyResult<Obj> {
        if number == libc::EINTR {
            pyrox_interpreter::interrupts::check(thread)?;
        }
        let message = if number == 0 { "Error".to_string() } else { exceptions::strerror(number) };
        let (code, message) = (Int::from(number as i64), Str::from_str(thread, &message)?);
        // SAFETY: by the caller.
        unsafe {
            let mut arguments: Vec<&Object> = vec![&code, &message];
            let zero = Int::from(0);
            if let Some(first) = files.first() {
                arguments.push(borrow(*first));
            }
            if let Some(second) = files.get(1) {
                arguments.push(&zero);
                arguments.push(borrow(*second));
            }
            borrow(class).call(thread, &arguments)
        }
    };
    match work() {
        Ok(exception) => {
            let class = (**exception.ty()).own();
            // SAFETY: live objects.
            unsafe { set_object(thread, class.as_ptr(), exception.as_ptr()) }
        }
        Err(raised) => raised,
    }
}

fn new_exception(thread: &Thread, name: &str, doc: Option<&str>, base: Option<&Object>, dict: Option<&Object>) -> PyResult<Obj> {
    let Some((module, short)) = name.rsplit_once('.') else {
        return Err(thread.system_error("PyErr_NewException: name must be module.class"));
    };
    let own;
    let dict = match dict {
        Some(dict) => dict.cast::<Dict>().ok_or_else(|| bad_internal_call(thread))?,
        None => {
            own = Dict::new(thread)?;
            &*own
        }
    };
    if !dict.contains_key(thread, intern!("__module__"))? {
        dict.set(thread, intern!("__module__"), &*Str::from_str(thread, module)?)?;
    }
    if let Some(doc) = doc {
        dict.set(thread, intern!("__doc__"), &*Str::from_str(thread, doc)?)?;
    }
    let bases = match base {
        Some(base) if base.is_instance::<Tuple>() => base.own(),
        Some(base) => Tuple::from_slice(thread, &[base])?.upcast(),
        None => Tuple::from_slice(thread, &[exceptions::exception()])?.upcast(),
    };
    Type::type_type().call(thread, &[&**Str::from_str(thread, short)?, &bases, dict])
}

unsafe fn import_error(thread: &Thread, class: Option<&Object>, message: Raw, name: Raw, path: Raw) -> Raised {
    // SAFETY: by the caller.
    unsafe {
        let ty = match class {
            None => exceptions::import_error(),
            Some(class) => match exception_class(class).filter(|c| c.is_subtype(exceptions::import_error())) {
                Some(class) => class,
                None => return thread.type_error("expected a subclass of ImportError"),
            },
        };
        let Some(message) = borrow_or_null(message) else { return thread.type_error("expected a message argument") };
        let none = pyrox_objects::none_ref();
        let (name, path) = (borrow_or_null(name).unwrap_or(none), borrow_or_null(path).unwrap_or(none));
        match ty.call_with_keywords(thread, &[message], &[("name", name), ("path", path)]) {
            Ok(exception) => set_object(thread, ty.as_ptr(), exception.as_ptr()),
            Err(raised) => raised,
        }
    }
}

/// Show the raised exception as the interpreter does with one that nobody caught.
fn print(thread: &Thread, set_last: bool) {
    let Some(exception) = thread.take_raised() else { return };
    if let Some(exit) = exception.cast::<exceptions::SystemExit>() {
        let code = exit.code().filter(|c| !c.is_none());
        let status = match &code {
            None => 0,
            Some(code) => match code.cast::<Int>() {
                Some(number) => number.to_i64().map_or(-1, |n| n as c_int),
                None => {
                    if let Ok(text) = code.str(thread) {
                        eprintln!("{}", text.to_string_lossy());
                    }
                    1
                }
            },
        };
        let _ = pyrox_interpreter::flush(thread);
        // SAFETY: ends the process, as asked.
        unsafe { libc::exit(status) }
    }
    if set_last {
        let work = || -> PyResult<()> {
            let traceback = BaseException::of(&exception).and_then(|e| e.traceback()).unwrap_or_else(pyrox_objects::none);
            let pairs: [(&str, &Object); 4] =
                [("last_exc", &exception), ("last_type", exception.ty()), ("last_value", &exception), ("last_traceback", &traceback)];
            if let Some(sys) = pyrox_interpreter::modules(thread)?.get_text(thread, "sys")? {
                for (name, value) in pairs {
                    sys.setattr_str(thread, name, value)?;
                }
            }
            Ok(())
        };
        if work().is_err() {
            thread.set_raised(None);
        }
    }
    pyrox_interpreter::sys::print_uncaught(thread, &exception);
}

/// A category of a warning; null is `RuntimeWarning`.
unsafe fn category<'a>(thread: &Thread, category: Raw) -> PyResult<&'a Type> {
    // SAFETY: by the caller.
    match unsafe { borrow_or_null(category) } {
        None => Ok(exceptions::runtime_warning()),
        Some(class) => class.cast::<Type>().ok_or_else(|| thread.type_error("category must be a Warning subclass")),
    }
}

/// Issue a warning of that stack level.
///
/// # Safety
/// `class` is null or a live object.
pub unsafe fn warn(thread: &Thread, class: Raw, message: &str, level: isize) -> c_int {
    let work = || {
        // SAFETY: by contract.
        let class = unsafe { category(thread, class) }?;
        pyrox_interpreter::warnings::warn_level(thread, class, message, level)
    };
    status(work())
}

unsafe fn item(thread: &Thread) -> &abi::_PyErr_StackItem {
    // SAFETY: the running frame's or the thread's own item.
    unsafe { &*thread.state.exc_info.get() }
}

fn set_handled(thread: &Thread, exception: Option<Obj>) {
    let new = exception.filter(|e| !e.is_none()).map_or(std::ptr::null_mut(), Obj::into_raw);
    // SAFETY: the item owned the old one.
    unsafe { xdecref(item(thread).exc_value.replace(new)) }
}

api! {
    /// The class of the raised exception, borrowed; null if none is raised.
    fn PyErr_Occurred() -> Raw {
        let exception = thread().state.current_exception.get();
        if exception.is_null() { exception } else { (*exception).ob_type.get() as Raw }
    }
    /// Forget the raised exception.
    fn PyErr_Clear() { thread().set_raised(None) }
    /// Forget the raised exception.
    fn _PyErr_Clear(_state: *mut PyThreadState) { thread().set_raised(None) }
    /// Raise `class(message)`.
    fn PyErr_SetString(class: Raw, message: *const c_char) { set_text(thread(), class, &text(message)); }
    /// Raise `class(message)`.
    fn _PyErr_SetString(_state: *mut PyThreadState, class: Raw, message: *const c_char) { set_text(thread(), class, &text(message)); }
    /// Raise `class(value)`.
    fn PyErr_SetObject(class: Raw, value: Raw) { set_object(thread(), class, value); }
    /// Raise `class()`.
    fn PyErr_SetNone(class: Raw) { set_object(thread(), class, std::ptr::null_mut()); }
    /// Raise `KeyError(key)`.
    fn _PyErr_SetKeyError(key: Raw) { let t = thread(); t.set_raised(None); t.key_error(borrow(key)); }
    /// Raise with a message in the locale's encoding.
    fn _PyErr_SetLocaleString(class: Raw, message: *const c_char) { set_text(thread(), class, &text(message)); }
    /// Raise `MemoryError`.
    fn PyErr_NoMemory() -> Raw { let t = thread(); t.set_raised(None); t.no_memory(); std::ptr::null_mut() }
    /// Raise `TypeError` for a wrong argument.
    fn PyErr_BadArgument() -> c_int { thread().type_error("bad argument type for built-in operation"); 0 }
    /// Raise `SystemError` for a misuse of the API.
    fn PyErr_BadInternalCall() { bad_internal_call(thread()); }
    /// Raise `SystemError` for a misuse of the API, with its place.
    fn _PyErr_BadInternalCall(file: *const c_char, line: c_int) {
        thread().system_error(&format!("{}:{line}: bad argument to internal function", text(file)));
    }
    /// Whether the raised exception is of that class, or of one of a tuple.
    fn PyErr_ExceptionMatches(class: Raw) -> c_int {
        match thread().raised() {
            Some(error) => borrow_or_null(class).is_some_and(|c| matches(error, c)) as c_int,
            None => 0,
        }
    }
    /// As above, for a thread state.
    fn _PyErr_ExceptionMatches(_state: *mut PyThreadState, class: Raw) -> c_int { PyErr_ExceptionMatches(class) }
    /// Whether an exception or class is of that class, or of one of a tuple.
    fn PyErr_GivenExceptionMatches(error: Raw, class: Raw) -> c_int {
        match (borrow_or_null(error), borrow_or_null(class)) {
            (Some(error), Some(class)) => matches(error, class) as c_int,
            _ => 0,
        }
    }
    /// Take the raised exception.
    fn PyErr_GetRaisedException() -> Raw { thread().state.current_exception.replace(std::ptr::null_mut()) }
    /// As above, for a thread state.
    fn _PyErr_GetRaisedException(_state: *mut PyThreadState) -> Raw { PyErr_GetRaisedException() }
    /// Raise an exception anew; the reference is taken over.
    fn PyErr_SetRaisedException(exception: Raw) { thread().set_raised(Owned::from_raw_or_null(exception)) }
    /// As above, for a thread state.
    fn _PyErr_SetRaisedException(_state: *mut PyThreadState, exception: Raw) { PyErr_SetRaisedException(exception) }
    /// Take the raised exception apart.
    fn PyErr_Fetch(class: *mut Raw, value: *mut Raw, traceback: *mut Raw) {
        match thread().take_raised() {
            Some(exception) => {
                *class = (**exception.ty()).own().into_raw();
                *traceback = BaseException::of(&exception).and_then(|e| e.traceback()).map_or(std::ptr::null_mut(), Obj::into_raw);
                *value = exception.into_raw();
            }
            None => {
                *class = std::ptr::null_mut();
                *value = std::ptr::null_mut();
                *traceback = std::ptr::null_mut();
            }
        }
    }
    /// Raise what `PyErr_Fetch` took; the references are taken over.
    fn PyErr_Restore(class: Raw, value: Raw, traceback: Raw) {
        let thread = thread();
        let (class, value, traceback) = (Owned::from_raw_or_null(class), Owned::from_raw_or_null(value), Owned::from_raw_or_null(traceback));
        let Some(class): Option<Obj> = class else {
            thread.set_raised(None);
            return;
        };
        let value: Option<Obj> = value;
        let traceback: Option<Obj> = traceback;
        thread.set_raised(None);
        if let Ok(exception) = instance(thread, &class, value.as_deref()) {
            set_traceback(&exception, traceback.as_deref());
            thread.set_raised(Some(exception));
        }
    }
    /// Make the value of a fetched exception an instance of its class.
    fn PyErr_NormalizeException(class: *mut Raw, value: *mut Raw, traceback: *mut Raw) {
        let thread = thread();
        let Some(ty) = borrow_or_null(*class) else { return };
        if exception_class(ty).is_none() {
            return;
        }
        match instance(thread, ty, borrow_or_null(*value)) {
            Ok(exception) => {
                let new_class = (**exception.ty()).own().into_raw();
                let (old_class, old_value) = (std::mem::replace(&mut *class, new_class), std::mem::replace(&mut *value, exception.into_raw()));
                decref(old_class);
                xdecref(old_value);
            }
            Err(Raised) => {
                let (old_class, old_value) = (*class, *value);
                let mut new_traceback = std::ptr::null_mut();
                PyErr_Fetch(class, value, &mut new_traceback);
                if (*traceback).is_null() {
                    *traceback = new_traceback;
                } else {
                    xdecref(new_traceback);
                }
                decref(old_class);
                xdecref(old_value);
            }
        }
    }
    /// The exception that is being handled.
    fn PyErr_GetHandledException() -> Raw { thread().handled().map_or(std::ptr::null_mut(), Obj::into_raw) }
    /// Set the exception that is being handled.
    fn PyErr_SetHandledException(exception: Raw) { set_handled(thread(), borrow_or_null(exception).map(Object::own)) }
    /// The exception that is being handled, taken apart.
    fn PyErr_GetExcInfo(class: *mut Raw, value: *mut Raw, traceback: *mut Raw) {
        match thread().handled() {
            Some(exception) => {
                *class = (**exception.ty()).own().into_raw();
                *traceback = BaseException::of(&exception).and_then(|e| e.traceback()).unwrap_or_else(pyrox_objects::none).into_raw();
                *value = exception.into_raw();
            }
            None => {
                *class = pyrox_objects::none().into_raw();
                *value = pyrox_objects::none().into_raw();
                *traceback = pyrox_objects::none().into_raw();
            }
        }
    }
    /// Set the exception that is being handled; the references are taken over.
    fn PyErr_SetExcInfo(class: Raw, value: Raw, traceback: Raw) {
        set_handled(thread(), Owned::from_raw_or_null(value));
        xdecref(class);
        xdecref(traceback);
    }
    /// Raise the raised exception in the context of another; both references are taken over.
    fn _PyErr_ChainExceptions1(exception: Raw) {
        let thread = thread();
        let Some(first): Option<Obj> = Owned::from_raw_or_null(exception) else { return };
        match thread.raised() {
            Some(second) => exceptions::set_context_without_cycle(second, &first),
            None => thread.set_raised(Some(first)),
        }
    }
    /// Raise the exception of the C library's `errno`.
    fn PyErr_SetFromErrno(class: Raw) -> Raw { from_errno(thread(), class, &[]); std::ptr::null_mut() }
    /// As above, about a file.
    fn PyErr_SetFromErrnoWithFilenameObject(class: Raw, file: Raw) -> Raw {
        if file.is_null() { from_errno(thread(), class, &[]); } else { from_errno(thread(), class, &[file]); }
        std::ptr::null_mut()
    }
    /// As above, about two files.
    fn PyErr_SetFromErrnoWithFilenameObjects(class: Raw, first: Raw, second: Raw) -> Raw {
        let files: Vec<Raw> = [first, second].into_iter().take_while(|f| !f.is_null()).collect();
        from_errno(thread(), class, &files);
        std::ptr::null_mut()
    }
    /// As above, the file's name as C has it.
    fn PyErr_SetFromErrnoWithFilename(class: Raw, file: *const c_char) -> Raw {
        let thread = thread();
        if file.is_null() {
            from_errno(thread, class, &[]);
            return std::ptr::null_mut();
        }
        let number = last_errno();
        if let Ok(name) = file_name(thread, file) {
            *libc::__errno_location() = number;
            from_errno(thread, class, &[name.as_ptr()]);
        }
        std::ptr::null_mut()
    }
    /// Raise `ImportError`.
    fn PyErr_SetImportError(message: Raw, name: Raw, path: Raw) -> Raw {
        import_error(thread(), None, message, name, path);
        std::ptr::null_mut()
    }
    /// Raise a subclass of `ImportError`.
    fn PyErr_SetImportErrorSubclass(class: Raw, message: Raw, name: Raw, path: Raw) -> Raw {
        import_error(thread(), borrow_or_null(class), message, name, path);
        std::ptr::null_mut()
    }
    /// A new exception class.
    fn PyErr_NewException(name: *const c_char, base: Raw, dict: Raw) -> Raw {
        give(new_exception(thread(), &text(name), None, borrow_or_null(base), borrow_or_null(dict)))
    }
    /// A new exception class with a docstring.
    fn PyErr_NewExceptionWithDoc(name: *const c_char, doc: *const c_char, base: Raw, dict: Raw) -> Raw {
        let doc = if doc.is_null() { None } else { Some(text(doc)) };
        give(new_exception(thread(), &text(name), doc.as_deref(), borrow_or_null(base), borrow_or_null(dict)))
    }
    /// Report the raised exception, which nobody can catch.
    fn PyErr_WriteUnraisable(object: Raw) { pyrox_objects::unraisable::write(thread(), None, borrow_or_null(object)) }
    /// As above, with a message.
    fn _PyErr_WriteUnraisableMsg(message: *const c_char, object: Raw) {
        let message = if message.is_null() { None } else { Some(format!("Exception ignored {}", text(message))) };
        pyrox_objects::unraisable::write(thread(), message.as_deref(), borrow_or_null(object))
    }
    /// Show the raised exception; `SystemExit` ends the process.
    fn PyErr_Print() { print(thread(), true) }
    /// Show the raised exception; `sys.last_exc` and its kin are set if asked for.
    fn PyErr_PrintEx(set_last: c_int) { print(thread(), set_last != 0) }
    /// Show an exception.
    fn PyErr_Display(_class: Raw, value: Raw, traceback: Raw) {
        let thread = thread();
        let Some(value) = borrow_or_null(value) else { return };
        if let Some(base) = BaseException::of(value) {
            if base.traceback().is_none() {
                set_traceback(value, borrow_or_null(traceback));
            }
        }
        PyErr_DisplayException(value.as_ptr());
        let _ = thread;
    }
    /// Show an exception.
    fn PyErr_DisplayException(exception: Raw) {
        let thread = thread();
        let text = pyrox_interpreter::traceback::format_exception(thread, borrow(exception));
        let shown = match pyrox_objects::hooks::sys(thread, "stderr").filter(|s| !s.is_none()) {
            Some(stream) => Str::from_str(thread, &text).and_then(|t| stream.call_method(thread, intern!("write"), &[&t])).is_ok(),
            None => false,
        };
        if !shown {
            thread.set_raised(None);
            eprint!("{text}");
        }
    }
    /// Run the handlers of signals that have arrived.
    fn PyErr_CheckSignals() -> c_int { status(pyrox_interpreter::interrupts::check(thread())) }
    /// As if the interrupt signal had arrived.
    fn PyErr_SetInterrupt() { PyErr_SetInterruptEx(libc::SIGINT); }
    /// As if a signal had arrived.
    fn PyErr_SetInterruptEx(number: c_int) -> c_int {
        if !(1..=64).contains(&number) {
            return -1;
        }
        pyrox_interpreter::interrupts::signal_arrived(number);
        0
    }
    /// Issue a warning.
    fn PyErr_WarnEx(class: Raw, message: *const c_char, level: isize) -> c_int { warn(thread(), class, &text(message), level) }
    /// Issue a warning.
    fn PyErr_Warn(class: Raw, message: *const c_char) -> c_int { warn(thread(), class, &text(message), 1) }
    /// Issue a warning about a place.
    fn PyErr_WarnExplicit(class: Raw, message: *const c_char, file: *const c_char, line: c_int, module: *const c_char, registry: Raw) -> c_int {
        let thread = thread();
        let work = || {
            let message = Str::from_str(thread, &text(message))?;
            let file = file_name(thread, file)?;
            let module = if module.is_null() { None } else { Some(Str::from_str(thread, &text(module))?.upcast()) };
            let class = category(thread, class)?;
            pyrox_interpreter::warnings::warn_explicit_native(thread, class, &message, &file, line as i64, module.as_deref(), borrow_or_null(registry))
        };
        status(work())
    }
    /// Issue a warning about a place.
    fn PyErr_WarnExplicitObject(class: Raw, message: Raw, file: Raw, line: c_int, module: Raw, registry: Raw) -> c_int {
        let thread = thread();
        let work = || {
            let class = category(thread, class)?;
            pyrox_interpreter::warnings::warn_explicit_native(
                thread, class, borrow(message), borrow(file), line as i64, borrow_or_null(module), borrow_or_null(registry))
        };
        status(work())
    }
    /// Tell a raised `SyntaxError` its place.
    fn PyErr_SyntaxLocationObject(file: Raw, line: c_int, column: c_int) { location(thread(), borrow_or_null(file), line, column) }
    /// As above.
    fn PyErr_RangedSyntaxLocationObject(file: Raw, line: c_int, column: c_int, end_line: c_int, end_column: c_int) {
        let thread = thread();
        location(thread, borrow_or_null(file), line, column);
        if let Some(exception) = thread.raised().map(Object::own) {
            thread.aside(|| {
                let _ = exception.setattr_str(thread, "end_lineno", &Int::from(end_line as i64));
                let _ = exception.setattr_str(thread, "end_offset", &Int::from(end_column as i64));
            });
        }
    }
    /// As above.
    fn PyErr_SyntaxLocationEx(file: *const c_char, line: c_int, column: c_int) {
        let thread = thread();
        let name = if file.is_null() { None } else { thread.aside(|| file_name(thread, file).ok()) };
        location(thread, name.as_deref(), line, column)
    }
    /// As above.
    fn PyErr_SyntaxLocation(file: *const c_char, line: c_int) { PyErr_SyntaxLocationEx(file, line, -1) }
    /// A line of a source file; null without an exception if it cannot be read.
    fn PyErr_ProgramText(file: *const c_char, line: c_int) -> Raw { give_line(thread(), &text(file), line) }
    /// A line of a source file; null without an exception if it cannot be read.
    fn PyErr_ProgramTextObject(file: Raw, line: c_int) -> Raw {
        match typed::<Str>(file) {
            Some(file) => give_line(thread(), &file.to_string_lossy(), line),
            None => std::ptr::null_mut(),
        }
    }
    /// `__traceback__`, or null.
    fn PyException_GetTraceback(exception: Raw) -> Raw {
        BaseException::of(borrow(exception)).and_then(|e| e.traceback()).map_or(std::ptr::null_mut(), Obj::into_raw)
    }
    /// Set `__traceback__`.
    fn PyException_SetTraceback(exception: Raw, traceback: Raw) -> c_int {
        let thread = thread();
        status(match borrow_or_null(traceback) {
            Some(traceback) => borrow(exception).setattr(thread, intern!("__traceback__"), Some(traceback)),
            None => Err(thread.type_error("__traceback__ may not be deleted")),
        })
    }
    /// `__cause__`, or null.
    fn PyException_GetCause(exception: Raw) -> Raw {
        BaseException::of(borrow(exception)).and_then(|e| e.cause()).map_or(std::ptr::null_mut(), Obj::into_raw)
    }
    /// Set `__cause__`; the reference is taken over.
    fn PyException_SetCause(exception: Raw, cause: Raw) {
        let cause = Owned::from_raw_or_null(cause);
        if let Some(base) = BaseException::of(borrow(exception)) {
            base.set_cause(cause);
        }
    }
    /// `__context__`, or null.
    fn PyException_GetContext(exception: Raw) -> Raw {
        BaseException::of(borrow(exception)).and_then(|e| e.context()).map_or(std::ptr::null_mut(), Obj::into_raw)
    }
    /// Set `__context__`; the reference is taken over.
    fn PyException_SetContext(exception: Raw, context: Raw) {
        let context = Owned::from_raw_or_null(context);
        if let Some(base) = BaseException::of(borrow(exception)) {
            base.set_context(context);
        }
    }
    /// `args`.
    fn PyException_GetArgs(exception: Raw) -> Raw {
        BaseException::of(borrow(exception)).map_or(std::ptr::null_mut(), |e| e.args().into_raw())
    }
    /// Set `args`.
    fn PyException_SetArgs(exception: Raw, arguments: Raw) {
        if let (Some(base), Some(arguments)) = (BaseException::of(borrow(exception)), typed::<Tuple>(arguments)) {
            base.set_args(arguments.own_tuple());
        }
    }
    /// The name of an exception class.
    fn PyExceptionClass_Name(class: Raw) -> *const c_char { (*(class as *mut abi::PyTypeObject)).tp_name.get() }
    /// What is left of an exception group after `except*` clauses.
    fn PyUnstable_Exc_PrepReraiseStar(original: Raw, exceptions: Raw) -> Raw {
        let thread = thread();
        let Some(original) = borrow_or_null(original).filter(|o| is_exception(o)) else {
            thread.type_error("orig must be an exception");
            return std::ptr::null_mut();
        };
        let Some(list) = typed::<pyrox_objects::List>(exceptions) else {
            thread.type_error("excs must be a list of exceptions");
            return std::ptr::null_mut();
        };
        let items = list.to_vec();
        if items.iter().any(|item| !is_exception(item) && !item.is_none()) {
            thread.type_error("item in excs is not an exception");
            return std::ptr::null_mut();
        }
        give(pyrox_objects::exceptions::group::prepare_reraise_star(thread, original, &items).map(|r| r.unwrap_or_else(pyrox_objects::none)))
    }
}

/// A file's name as C has it, undecodable bytes as surrogates.
///
/// # Safety
/// NUL-terminated text.
pub unsafe fn file_name(thread: &Thread, file: *const c_char) -> PyResult<Obj> {
    // SAFETY: by contract.
    let bytes = unsafe { CStr::from_ptr(file) }.to_bytes();
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Str::from_str(thread, text)?.upcast()),
        Err(_) => {
            let mut points = Vec::with_capacity(bytes.len());
            for chunk in bytes.utf8_chunks() {
                points.extend(chunk.valid().chars().map(u32::from));
                points.extend(chunk.invalid().iter().map(|&b| 0xdc00 + b as u32));
            }
            Ok(Str::from_code_points(thread, &points)?.upcast())
        }
    }
}

fn source_line(file: &str, line: c_int) -> Option<String> {
    let source = std::fs::read_to_string(file).ok()?;
    source.split_inclusive('\n').nth(usize::try_from(line - 1).ok()?).map(str::to_string)
}

fn give_line(thread: &Thread, file: &str, line: c_int) -> Raw {
    match source_line(file, line) {
        Some(line) => give(Str::from_str(thread, &line).map(Owned::upcast)),
        None => std::ptr::null_mut(),
    }
}

fn location(thread: &Thread, file: Option<&Object>, line: c_int, column: c_int) {
    let Some(exception) = thread.raised().map(Object::own) else { return };
    let none = pyrox_objects::none();
    thread.aside(|| {
        let set = |name: &str, value: &Object| {
            if exception.setattr_str(thread, name, value).is_err() {
                thread.set_raised(None);
            }
        };
        set("lineno", &Int::from(line as i64));
        let offset: Obj = if column >= 0 { Int::from(column as i64 + 1).upcast() } else { none.clone() };
        set("offset", &offset);
        if let Some(file) = file {
            set("filename", file);
            if let Some(text) = file.cast::<Str>().and_then(|f| source_line(&f.to_string_lossy(), line)) {
                if let Ok(text) = Str::from_str(thread, &text) {
                    set("text", &text);
                }
            }
        }
        if !exception.is_instance_of(exceptions::syntax_error()) {
            set("print_file_and_line", &none);
        }
    });
}

fn unicode_fields<'a>(thread: &Thread, exception: Raw) -> PyResult<&'a abi::PyUnicodeErrorObject> {
    // SAFETY: a live object, as the API demands; all three classes have the layout.
    unsafe {
        let object = borrow(exception);
        let kinds = [
            <exceptions::unicode::UnicodeDecodeError as PyType>::ty(),
            <exceptions::unicode::UnicodeEncodeError as PyType>::ty(),
            <exceptions::unicode::UnicodeTranslateError as PyType>::ty(),
        ];
        if !kinds.iter().any(|kind| object.is_instance_of(kind)) {
            return Err(thread.type_error(&format!("expecting a UnicodeError object, got {}", object.ty().full_name())));
        }
        Ok(&*(exception as *const abi::PyUnicodeErrorObject))
    }
}

fn unicode_field(thread: &Thread, exception: Raw, name: &str, bytes: bool) -> PyResult<Obj> {
    let fields = unicode_fields(thread, exception)?;
    let field = match name {
        "encoding" => &fields.encoding,
        "object" => &fields.object,
        _ => &fields.reason,
    };
    // SAFETY: the exception owns its fields.
    let Some(value) = (unsafe { borrow_or_null(field.get()) }) else {
        return Err(thread.type_error(&format!("UnicodeError '{name}' attribute is not set")));
    };
    let fits = if bytes { value.is_instance::<pyrox_objects::Bytes>() } else { value.is_instance::<Str>() };
    if !fits {
        let kind = if bytes { "bytes" } else { "string" };
        return Err(thread.type_error(&format!("UnicodeError '{name}' attribute must be a {kind}")));
    }
    Ok(value.own())
}

fn unicode_length(thread: &Thread, exception: Raw, bytes: bool) -> PyResult<isize> {
    let object = unicode_field(thread, exception, "object", bytes)?;
    Ok(match (object.cast::<Str>(), object.cast::<pyrox_objects::Bytes>()) {
        (Some(text), _) => text.len() as isize,
        (_, Some(bytes)) => bytes.len() as isize,
        _ => 0,
    })
}

unsafe fn set_reason(thread: &Thread, exception: Raw, reason: *const c_char) -> PyResult<()> {
    let fields = unicode_fields(thread, exception)?;
    // SAFETY: NUL-terminated text; the exception owns its field.
    unsafe {
        let new = Str::from_str(thread, &text(reason))?.into_raw();
        xdecref(fields.reason.replace(new));
    }
    Ok(())
}

macro_rules! unicode_error {
    ($bytes:literal $object:ident $start:ident $end:ident $reason:ident $set_start:ident $set_end:ident $set_reason:ident) => {
        api! {
            /// `object`.
            fn $object(exception: Raw) -> Raw { give(unicode_field(thread(), exception, "object", $bytes)) }
            /// `start`, within the object.
            fn $start(exception: Raw, start: *mut isize) -> c_int {
                let thread = thread();
                let work = || {
                    let length = unicode_length(thread, exception, $bytes)?;
                    let value = unicode_fields(thread, exception)?.start.get();
                    *start = value.min(length - 1).max(0);
                    Ok(())
                };
                status(work())
            }
            /// `end`, within the object.
            fn $end(exception: Raw, end: *mut isize) -> c_int {
                let thread = thread();
                let work = || {
                    let length = unicode_length(thread, exception, $bytes)?;
                    let value = unicode_fields(thread, exception)?.end.get();
                    *end = value.max(1).min(length);
                    Ok(())
                };
                status(work())
            }
            /// `reason`.
            fn $reason(exception: Raw) -> Raw { give(unicode_field(thread(), exception, "reason", false)) }
            /// Set `start`.
            fn $set_start(exception: Raw, start: isize) -> c_int {
                status(unicode_fields(thread(), exception).map(|fields| fields.start.set(start)))
            }
            /// Set `end`.
            fn $set_end(exception: Raw, end: isize) -> c_int {
                status(unicode_fields(thread(), exception).map(|fields| fields.end.set(end)))
            }
            /// Set `reason`.
            fn $set_reason(exception: Raw, reason: *const c_char) -> c_int { status(set_reason(thread(), exception, reason)) }
        }
    };
}
unicode_error!(true PyUnicodeDecodeError_GetObject PyUnicodeDecodeError_GetStart PyUnicodeDecodeError_GetEnd
    PyUnicodeDecodeError_GetReason PyUnicodeDecodeError_SetStart PyUnicodeDecodeError_SetEnd PyUnicodeDecodeError_SetReason);
unicode_error!(false PyUnicodeEncodeError_GetObject PyUnicodeEncodeError_GetStart PyUnicodeEncodeError_GetEnd
    PyUnicodeEncodeError_GetReason PyUnicodeEncodeError_SetStart PyUnicodeEncodeError_SetEnd PyUnicodeEncodeError_SetReason);
unicode_error!(false PyUnicodeTranslateError_GetObject PyUnicodeTranslateError_GetStart PyUnicodeTranslateError_GetEnd
    PyUnicodeTranslateError_GetReason PyUnicodeTranslateError_SetStart PyUnicodeTranslateError_SetEnd PyUnicodeTranslateError_SetReason);

api! {
    /// `encoding`.
    fn PyUnicodeDecodeError_GetEncoding(exception: Raw) -> Raw { give(unicode_field(thread(), exception, "encoding", false)) }
    /// `encoding`.
    fn PyUnicodeEncodeError_GetEncoding(exception: Raw) -> Raw { give(unicode_field(thread(), exception, "encoding", false)) }
    /// A new `UnicodeDecodeError`.
    fn PyUnicodeDecodeError_Create(encoding: *const c_char, data: *const c_char, length: isize, start: isize, end: isize, reason: *const c_char) -> Raw {
        let thread = thread();
        let work = || {
            let bytes = pyrox_objects::Bytes::from_slice(thread, slice(data as *const u8, length))?;
            let (encoding, reason) = (Str::from_str(thread, &text(encoding))?, Str::from_str(thread, &text(reason))?);
            <exceptions::unicode::UnicodeDecodeError as PyType>::ty().call(thread, &[&encoding, &bytes, &Int::from(start as i64), &Int::from(end as i64), &reason])
        };
        give(work())
    }
}
