//! C's variable arguments on x86-64 (System V): a reader of `va_list`, and entry points that build one.
//!
//! Rust cannot define a function with variable arguments, so each is a short piece of assembly that stores the
//! argument registers as the ABI lays them out, makes a `va_list` over them, and calls the form that takes a list.

use std::ffi::{c_char, c_int, c_void};

use pyrox_abi::PyThreadState;
use pyrox_objects::{Obj, Object, Owned, Raised, Str, Tuple};

use crate::support::*;

/// One `va_list`, as the ABI has it.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct VaList {
    gp_offset: u32,
    fp_offset: u32,
    overflow: *mut u8,
    registers: *mut u8,
}

impl VaList {
    /// The next argument of a class that goes in general registers, as a word.
    ///
    /// # Safety
    /// There is one.
    pub unsafe fn word(&mut self) -> u64 {
        // SAFETY: by contract; the areas are laid out by the ABI.
        unsafe {
            if self.gp_offset < 48 {
                let value = *(self.registers.add(self.gp_offset as usize) as *const u64);
                self.gp_offset += 8;
                value
            } else {
                let value = *(self.overflow as *const u64);
                self.overflow = self.overflow.add(8);
                value
            }
        }
    }

    /// The next `int`.
    ///
    /// # Safety
    /// There is one.
    pub unsafe fn int(&mut self) -> c_int {
        // SAFETY: by contract.
        unsafe { self.word() as c_int }
    }

    /// The next pointer.
    ///
    /// # Safety
    /// There is one.
    pub unsafe fn pointer<T>(&mut self) -> *mut T {
        // SAFETY: by contract.
        unsafe { self.word() as usize as *mut T }
    }

    /// The next `double`.
    ///
    /// # Safety
    /// There is one.
    pub unsafe fn double(&mut self) -> f64 {
        // SAFETY: by contract; the areas are laid out by the ABI.
        unsafe {
            if self.fp_offset < 176 {
                let value = *(self.registers.add(self.fp_offset as usize) as *const f64);
                self.fp_offset += 16;
                value
            } else {
                let value = *(self.overflow as *const f64);
                self.overflow = self.overflow.add(8);
                value
            }
        }
    }
}

/// Entry points with variable arguments: `Name count register => function`, where `count` arguments come before the
/// variable ones, and `register` is the one of the argument behind them: the list.
macro_rules! variadic {
    ($($(#[$attribute:meta])* $name:ident $count:literal $register:literal => $target:path;)*) => { $(
        $(#[$attribute])*
        ///
        /// # Safety
        /// As CPython's documentation of the function demands of its caller.
        #[unsafe(no_mangle)]
        #[unsafe(naked)]
        pub unsafe extern "C" fn $name() {
            std::arch::naked_asm!(
                "sub rsp, 216",
                "mov qword ptr [rsp + 32], rdi",
                "mov qword ptr [rsp + 40], rsi",
                "mov qword ptr [rsp + 48], rdx",
                "mov qword ptr [rsp + 56], rcx",
                "mov qword ptr [rsp + 64], r8",
                "mov qword ptr [rsp + 72], r9",
                "test al, al",
                "je 2f",
                "movaps xmmword ptr [rsp + 80], xmm0",
                "movaps xmmword ptr [rsp + 96], xmm1",
                "movaps xmmword ptr [rsp + 112], xmm2",
                "movaps xmmword ptr [rsp + 128], xmm3",
                "movaps xmmword ptr [rsp + 144], xmm4",
                "movaps xmmword ptr [rsp + 160], xmm5",
                "movaps xmmword ptr [rsp + 176], xmm6",
                "movaps xmmword ptr [rsp + 192], xmm7",
                "2:",
                "mov dword ptr [rsp], {used}",
                "mov dword ptr [rsp + 4], 48",
                "lea rax, [rsp + 224]",
                "mov qword ptr [rsp + 8], rax",
                "lea rax, [rsp + 32]",
                "mov qword ptr [rsp + 16], rax",
                concat!("mov ", $register, ", rsp"),
                "call {target}",
                "add rsp, 216",
                "ret",
                used = const $count * 8,
                target = sym $target,
            )
        }
    )* };
}

variadic! {
    /// Take a tuple of arguments apart.
    PyArg_ParseTuple 2 "rdx" => crate::arguments::PyArg_VaParse;
    /// Take a tuple of arguments apart.
    _PyArg_ParseTuple_SizeT 2 "rdx" => crate::arguments::PyArg_VaParse;
    /// Take one argument or a tuple apart, in the old manner.
    PyArg_Parse 2 "rdx" => crate::arguments::parse_old;
    /// Take one argument or a tuple apart, in the old manner.
    _PyArg_Parse_SizeT 2 "rdx" => crate::arguments::parse_old;
    /// Take positional and keyword arguments apart.
    PyArg_ParseTupleAndKeywords 4 "r8" => crate::arguments::PyArg_VaParseTupleAndKeywords;
    /// Take positional and keyword arguments apart.
    _PyArg_ParseTupleAndKeywords_SizeT 4 "r8" => crate::arguments::PyArg_VaParseTupleAndKeywords;
    /// Take vectorcall arguments apart.
    _PyArg_ParseStack 3 "rcx" => crate::arguments::parse_stack;
    /// Store the items of a tuple.
    PyArg_UnpackTuple 4 "r8" => crate::arguments::unpack_tuple;
    /// Take arguments apart by a prepared parser.
    _PyArg_ParseTupleAndKeywordsFast 3 "rcx" => crate::arguments::parse_fast;
    /// Take vectorcall arguments apart by a prepared parser.
    _PyArg_ParseStackAndKeywords 4 "r8" => crate::arguments::parse_stack_fast;
    /// Make an object by a format.
    Py_BuildValue 1 "rsi" => crate::build_value::Py_VaBuildValue;
    /// Make an object by a format.
    _Py_BuildValue_SizeT 1 "rsi" => crate::build_value::Py_VaBuildValue;
    /// Raise with a formatted message.
    PyErr_Format 2 "rdx" => PyErr_FormatV;
    /// Raise with a formatted message.
    _PyErr_Format 3 "rcx" => _PyErr_FormatV;
    /// Raise with a formatted message, the raised exception being the cause.
    _PyErr_FormatFromCause 2 "rdx" => format_from_cause;
    /// Add a formatted note to the raised exception.
    _PyErr_FormatNote 1 "rsi" => format_note;
    /// Report the raised exception with a formatted message.
    PyErr_FormatUnraisable 1 "rsi" => format_unraisable;
    /// Issue a warning with a formatted message.
    PyErr_WarnFormat 3 "rcx" => warn_format;
    /// Issue a `ResourceWarning` with a formatted message.
    PyErr_ResourceWarning 3 "rcx" => resource_warning;
    /// A formatted str.
    PyUnicode_FromFormat 1 "rsi" => crate::format::PyUnicode_FromFormatV;
    /// Formatted bytes.
    PyBytes_FromFormat 1 "rsi" => crate::format::PyBytes_FromFormatV;
    /// Append a formatted str to a writer.
    PyUnicodeWriter_Format 2 "rdx" => writer_format;
    /// Call with arguments made by a format.
    PyObject_CallFunction 2 "rdx" => call_function;
    /// Call with arguments made by a format.
    _PyObject_CallFunction_SizeT 2 "rdx" => call_function;
    /// Call with arguments made by a format.
    PyEval_CallFunction 2 "rdx" => call_function;
    /// Call a method with arguments made by a format.
    PyObject_CallMethod 3 "rcx" => call_method;
    /// Call a method with arguments made by a format.
    _PyObject_CallMethod_SizeT 3 "rcx" => call_method;
    /// Call a method with arguments made by a format.
    PyEval_CallMethod 3 "rcx" => call_method;
    /// Call a method with arguments made by a format, the name being an identifier's.
    _PyObject_CallMethodId 3 "rcx" => call_method_id;
    /// Call a method with arguments made by a format, the name being an identifier's.
    _PyObject_CallMethodId_SizeT 3 "rcx" => call_method_id;
    /// Call with objects up to a null.
    PyObject_CallFunctionObjArgs 1 "rsi" => call_with_objects;
    /// Call a method with objects up to a null.
    PyObject_CallMethodObjArgs 2 "rdx" => call_method_with_objects;
    /// A tuple of objects.
    PyTuple_Pack 1 "rsi" => tuple_pack;
    /// C's `snprintf`, which always ends the text.
    PyOS_snprintf 3 "rcx" => PyOS_vsnprintf;
    /// Write formatted text to `sys.stdout`.
    PySys_WriteStdout 1 "rsi" => write_stdout;
    /// Write formatted text to `sys.stderr`.
    PySys_WriteStderr 1 "rsi" => write_stderr;
    /// Write text formatted as by `PyUnicode_FromFormat` to `sys.stdout`.
    PySys_FormatStdout 1 "rsi" => format_stdout;
    /// Write text formatted as by `PyUnicode_FromFormat` to `sys.stderr`.
    PySys_FormatStderr 1 "rsi" => format_stderr;
    /// Raise an audit event.
    PySys_Audit 2 "rdx" => audit;
    /// End the process with a formatted message.
    _Py_FatalErrorFormat 2 "rdx" => fatal_error_format;
}

crate::api! {
    /// Raise with a formatted message.
    fn PyErr_FormatV(class: Raw, format: *const c_char, list: *mut VaList) -> Raw {
        let thread = thread();
        // Formatting may call Python code, which must not see an exception.
        thread.set_raised(None);
        if let Ok(message) = crate::format::format_list(thread, format, list) {
            crate::errors::set_object(thread, class, message.as_ptr());
        }
        std::ptr::null_mut()
    }
    /// Raise with a formatted message.
    fn _PyErr_FormatV(_state: *mut PyThreadState, class: Raw, format: *const c_char, list: *mut VaList) -> Raw {
        PyErr_FormatV(class, format, list)
    }
    /// C's `vsnprintf`, which always ends the text.
    fn PyOS_vsnprintf(buffer: *mut c_char, size: usize, format: *const c_char, list: *mut VaList) -> c_int {
        if size > c_int::MAX as usize - 512 {
            return -666;
        }
        let written = vsnprintf(buffer, size, format, list);
        if size > 0 {
            *buffer.add(size - 1) = 0;
        }
        written
    }
}

unsafe extern "C" {
    fn vsnprintf(buffer: *mut c_char, size: usize, format: *const c_char, list: *mut VaList) -> c_int;
}

unsafe extern "C" fn format_from_cause(class: Raw, format: *const c_char, list: *mut VaList) -> Raw {
    // SAFETY: as the API demands of its caller.
    unsafe {
        let thread = thread();
        let cause = thread.take_raised();
        PyErr_FormatV(class, format, list);
        if let (Some(cause), Some(raised)) = (cause, thread.raised()) {
            if let Some(base) = pyrox_objects::exceptions::BaseException::of(raised) {
                base.set_cause(Some(cause.clone()));
                base.set_context(Some(cause));
            }
        }
        std::ptr::null_mut()
    }
}

unsafe extern "C" fn format_note(format: *const c_char, list: *mut VaList) {
    // SAFETY: as the API demands of its caller.
    unsafe {
        let thread = thread();
        let Some(exception) = thread.take_raised() else { return };
        if let Ok(note) = crate::format::format_list(thread, format, list) {
            let _ = pyrox_objects::exceptions::add_note(thread, &exception, &note.to_string_lossy());
        }
        thread.set_raised(Some(exception));
    }
}

unsafe extern "C" fn format_unraisable(format: *const c_char, list: *mut VaList) {
    // SAFETY: as the API demands of its caller.
    unsafe {
        let thread = thread();
        let exception = thread.take_raised();
        let message = if format.is_null() { None } else { crate::format::format_list(thread, format, list).ok() };
        thread.set_raised(exception);
        pyrox_objects::unraisable::write(thread, message.as_ref().map(|m| m.to_string_lossy()).as_deref(), None);
    }
}

unsafe extern "C" fn warn_format(category: Raw, level: isize, format: *const c_char, list: *mut VaList) -> c_int {
    // SAFETY: as the API demands of its caller.
    unsafe {
        let thread = thread();
        match crate::format::format_list(thread, format, list) {
            Ok(message) => crate::errors::warn(thread, category, &message.to_string_lossy(), level),
            Err(Raised) => -1,
        }
    }
}

unsafe extern "C" fn resource_warning(source: Raw, level: isize, format: *const c_char, list: *mut VaList) -> c_int {
    let _ = (source, level);
    // SAFETY: as the API demands of its caller.
    unsafe {
        let thread = thread();
        let work = || {
            let message = crate::format::format_list(thread, format, list)?.to_string_lossy().into_owned();
            match borrow_or_null(source) {
                Some(source) => pyrox_interpreter::warnings::warn_resource(thread, source, &message),
                None => pyrox_interpreter::warnings::warn_level(thread, pyrox_objects::exceptions::resource_warning(), &message, level),
            }
        };
        status(work())
    }
}

unsafe extern "C" fn writer_format(writer: *mut c_void, format: *const c_char, list: *mut VaList) -> c_int {
    // SAFETY: as the API demands of its caller.
    unsafe {
        let thread = thread();
        match crate::format::format_list(thread, format, list) {
            Ok(text) => PyUnicodeWriter_WriteStr(writer, text.as_ptr()),
            Err(Raised) => -1,
        }
    }
}

unsafe extern "C" {
    fn PyUnicodeWriter_WriteStr(writer: *mut c_void, text: Raw) -> c_int;
}

/// The arguments that a format makes: a tuple's items, or the one object.
unsafe fn made(format: *const c_char, list: *mut VaList) -> Result<Vec<Obj>, Raised> {
    // SAFETY: as the API demands of its caller.
    unsafe {
        let thread = thread();
        if format.is_null() || *format == 0 {
            return Ok(Vec::new());
        }
        let value = crate::build_value::build(thread, format, list)?;
        Ok(match value.cast::<Tuple>() {
            Some(tuple) => tuple.to_vec(),
            None => vec![value],
        })
    }
}

fn call(callable: &Object, arguments: &[Obj]) -> Raw {
    // SAFETY: extensions hold the lock.
    let thread = unsafe { thread() };
    let borrowed: Vec<&Object> = arguments.iter().map(|a| &**a).collect();
    give(callable.call(thread, &borrowed))
}

fn null_error() -> Raw {
    // SAFETY: extensions hold the lock.
    let thread = unsafe { thread() };
    if thread.raised().is_none() {
        thread.system_error("null argument to internal routine");
    }
    std::ptr::null_mut()
}

unsafe extern "C" fn call_function(callable: Raw, format: *const c_char, list: *mut VaList) -> Raw {
    // SAFETY: as the API demands of its caller.
    unsafe {
        let Some(callable) = borrow_or_null(callable) else { return null_error() };
        match made(format, list) {
            Ok(arguments) => call(callable, &arguments),
            Err(Raised) => std::ptr::null_mut(),
        }
    }
}

unsafe fn call_named(object: Raw, name: *const c_char, format: *const c_char, list: *mut VaList) -> Raw {
    // SAFETY: as the API demands of its caller.
    unsafe {
        let thread = thread();
        let (Some(object), false) = (borrow_or_null(object), name.is_null()) else { return null_error() };
        let Ok(callable) = object.getattr_str(thread, &text(name)) else { return std::ptr::null_mut() };
        if !callable.is_callable() {
            thread.type_error(&format!("attribute of type '{}' is not callable", callable.ty().full_name()));
            return std::ptr::null_mut();
        }
        match made(format, list) {
            Ok(arguments) => call(&callable, &arguments),
            Err(Raised) => std::ptr::null_mut(),
        }
    }
}

unsafe extern "C" fn call_method(object: Raw, name: *const c_char, format: *const c_char, list: *mut VaList) -> Raw {
    // SAFETY: as the API demands of its caller.
    unsafe { call_named(object, name, format, list) }
}

/// `_Py_Identifier`; its index is not used here.
#[repr(C)]
pub struct Identifier {
    pub text: *const c_char,
    index: isize,
}

unsafe extern "C" fn call_method_id(object: Raw, name: *const Identifier, format: *const c_char, list: *mut VaList) -> Raw {
    // SAFETY: as the API demands of its caller.
    unsafe { call_named(object, (*name).text, format, list) }
}

/// Objects up to a null.
unsafe fn objects(list: *mut VaList) -> Vec<Raw> {
    let mut found = Vec::new();
    // SAFETY: as the API demands of its caller.
    unsafe {
        let mut list = *list;
        loop {
            let object: Raw = list.pointer();
            if object.is_null() {
                return found;
            }
            found.push(object);
        }
    }
}

unsafe extern "C" fn call_with_objects(callable: Raw, list: *mut VaList) -> Raw {
    // SAFETY: as the API demands of its caller.
    unsafe {
        let Some(callable) = borrow_or_null(callable) else { return null_error() };
        let arguments = objects(list);
        give(callable.vectorcall(thread(), arguments.as_ptr(), arguments.len(), std::ptr::null_mut()))
    }
}

unsafe extern "C" fn call_method_with_objects(object: Raw, name: Raw, list: *mut VaList) -> Raw {
    // SAFETY: as the API demands of its caller.
    unsafe {
        let thread = thread();
        let (Some(receiver), Some(name)) = (borrow_or_null(object), borrow_or_null(name)) else { return null_error() };
        let Some(name) = name.cast::<Str>() else {
            pyrox_objects::protocol::attribute::bad_name(thread, name);
            return std::ptr::null_mut();
        };
        let mut arguments = vec![object];
        arguments.extend(objects(list));
        match receiver.get_method(thread, name) {
            Ok((function, true)) => give(function.vectorcall(thread, arguments.as_ptr(), arguments.len(), std::ptr::null_mut())),
            Ok((function, false)) => {
                give(function.vectorcall(thread, arguments.as_ptr().add(1), arguments.len() - 1, std::ptr::null_mut()))
            }
            Err(Raised) => std::ptr::null_mut(),
        }
    }
}

unsafe extern "C" fn tuple_pack(count: isize, list: *mut VaList) -> Raw {
    // SAFETY: as the API demands of its caller.
    unsafe {
        let mut list = *list;
        if count < 0 {
            crate::api::bad_call(thread());
            return std::ptr::null_mut();
        }
        if count > isize::MAX / 16 {
            thread().no_memory();
            return std::ptr::null_mut();
        }
        let items: Vec<Raw> = (0..count).map(|_| list.pointer()).collect();
        give(Tuple::from_raw_slice(thread(), &items).map(Owned::upcast))
    }
}

/// Text that C's `printf` makes, at most 1000 bytes of it.
unsafe fn printed(format: *const c_char, list: *mut VaList) -> String {
    let mut buffer = [0 as c_char; 1001];
    // SAFETY: as the API demands of its caller.
    unsafe {
        let written = PyOS_vsnprintf(buffer.as_mut_ptr(), buffer.len(), format, list);
        let mut shown = text(buffer.as_ptr()).into_owned();
        if written < 0 || written as usize >= buffer.len() {
            shown.push_str("... truncated");
        }
        shown
    }
}

/// Write to a stream of `sys`, or to the descriptor if there is none; errors are dropped.
fn write_to(name: &str, shown: &str) {
    // SAFETY: extensions hold the lock.
    let thread = unsafe { thread() };
    thread.aside(|| {
        let done = match pyrox_objects::hooks::sys(thread, name).filter(|s| !s.is_none()) {
            Some(stream) => {
                Str::from_str(thread, shown).and_then(|text| stream.call_method(thread, pyrox_objects::intern!("write"), &[&text])).is_ok()
            }
            None => false,
        };
        if !done {
            thread.set_raised(None);
            if name == "stderr" { eprint!("{shown}") } else { print!("{shown}") }
        }
    });
}

macro_rules! writers {
    ($($function:ident $stream:literal $formatted:literal),*) => { $(
        unsafe extern "C" fn $function(format: *const c_char, list: *mut VaList) {
            // SAFETY: as the API demands of its caller.
            unsafe {
                if $formatted {
                    let thread = thread();
                    let text = thread.aside(|| crate::format::format_list(thread, format, list).map(|t| t.to_string_lossy().into_owned()));
                    if let Ok(text) = text {
                        write_to($stream, &text);
                    }
                } else {
                    write_to($stream, &printed(format, list));
                }
            }
        }
    )* };
}
writers!(write_stdout "stdout" false, write_stderr "stderr" false, format_stdout "stdout" true, format_stderr "stderr" true);

unsafe extern "C" fn audit(event: *const c_char, format: *const c_char, list: *mut VaList) -> c_int {
    // SAFETY: as the API demands of its caller.
    unsafe {
        let thread = thread();
        let work = || {
            let arguments = made(format, list)?;
            let Some(function) = pyrox_objects::hooks::sys(thread, "audit") else { return Ok(()) };
            let event = Str::from_str(thread, &text(event))?;
            let mut all: Vec<&Object> = vec![&event];
            all.extend(arguments.iter().map(|a| &**a));
            function.call(thread, &all).map(drop)
        };
        status(work())
    }
}

unsafe extern "C" fn fatal_error_format(function: *const c_char, format: *const c_char, list: *mut VaList) {
    // SAFETY: as the API demands of its caller.
    unsafe {
        let message = std::ffi::CString::new(printed(format, list)).unwrap_or_default();
        crate::lifecycle::_Py_FatalErrorFunc(function, message.as_ptr())
    }
}

const _: () = assert!(size_of::<VaList>() == 24);
