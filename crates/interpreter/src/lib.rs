//! Frames, the evaluation loop, generators, import, `sys` and `builtins`.
//!
//! It stands on `objects` (which meets it through `hooks`) and on `compiler`'s plain code. Start at
//! [`start`], then read `eval/mod.rs` with its rules, `frame.rs` and `code.rs`.

mod arguments;
pub mod ast_hook;
mod builtins;
pub mod code;
pub mod config;
pub mod eval;
pub mod frame;
pub mod frame_locals;
mod gc_module;
pub mod generator;
pub mod import;
pub mod interrupts;
mod jump;
pub mod marshal;
pub mod monitor;
pub mod printer;
pub mod source;
pub mod stackref;
mod suggestions_module;
pub mod sys;

pub mod traceback;
pub mod tracing;
pub mod typing;
pub mod warnings;

use std::cell::RefCell;

use pyrox_compiler::error::CompileError;
use pyrox_objects::hooks::{self, Hooks};
use pyrox_objects::{Dict, Module, Obj, Owned, PyResult, Str, Thread, exceptions};

pub use builtins::file_name;
use code::Code;
pub use config::Config;

thread_local! {
    static STATE: RefCell<Option<State>> = const { RefCell::new(None) };
}

/// What there is one of in an interpreter.
struct State {
    modules: Owned<Dict>,
    builtins: Owned<Dict>,
    sys: Owned<Dict>,
}

/// `sys.modules`.
pub fn modules(thread: &Thread) -> PyResult<Owned<Dict>> {
    STATE.with_borrow(|s| s.as_ref().map(|s| s.modules.clone())).ok_or_else(|| thread.runtime_error("the interpreter is not started"))
}

/// The dict of `builtins`.
pub fn builtins_dict(thread: &Thread) -> PyResult<Owned<Dict>> {
    STATE.with_borrow(|s| s.as_ref().map(|s| s.builtins.clone())).ok_or_else(|| thread.runtime_error("the interpreter is not started"))
}

fn sys_dict() -> Option<Owned<Dict>> {
    STATE.with_borrow(|s| s.as_ref().map(|s| s.sys.clone()))
}

/// Make types ready, install the hooks, create `builtins` and `sys`: what a process does once.
///
/// # Errors
/// Memory may run out.
pub fn start(thread: &Thread, config: &Config) -> PyResult<()> {
    hooks::install(Hooks {
        current_module_name: |thread| {
            let frame = frame::current(thread);
            // SAFETY: null or the running frame.
            unsafe { frame.as_ref() }?.globals().get_str(pyrox_objects::intern!("__name__"))
        },
        super_arguments,
        builtin: |thread, name| match builtins_dict(thread)?.get_text(thread, name)? {
            Some(value) => Ok(value),
            None => Err(thread.attribute_error(&format!("module 'builtins' has no attribute '{name}'"))),
        },
        sys: |thread, name| sys_dict()?.get_text(thread, name).ok().flatten(),
        warn: warnings::warn_native,
        unraisable: sys::report_unraisable,
    });
    import::unpack::install(&config.stdlib_dir);
    code::positions::keep_columns(!config.no_debug_ranges);
    pyrox_objects::initialize(thread)?;
    for ty in [
        <Code as pyrox_objects::PyType>::ty(),
        <code::LineIterator as pyrox_objects::PyType>::ty(),
        <code::PositionsIterator as pyrox_objects::PyType>::ty(),
        <frame::FrameObject as pyrox_objects::PyType>::ty(),
        <frame_locals::FrameLocalsProxy as pyrox_objects::PyType>::ty(),
        <generator::Generator as pyrox_objects::PyType>::ty(),
        <generator::coroutine::Coroutine as pyrox_objects::PyType>::ty(),
        <generator::coroutine::Wrapper as pyrox_objects::PyType>::ty(),
        <generator::async_generator::AsyncGenerator as pyrox_objects::PyType>::ty(),
        <generator::async_generator::WrappedValue as pyrox_objects::PyType>::ty(),
        <generator::awaitables::Asend as pyrox_objects::PyType>::ty(),
        <generator::awaitables::Athrow as pyrox_objects::PyType>::ty(),
        <traceback::Traceback as pyrox_objects::PyType>::ty(),
    ] {
        pyrox_objects::type_object::ready(thread, ty)?;
    }
    pyrox_objects::template::initialize(thread)?;
    typing::initialize(thread)?;
    pyrox_objects::function::install_vectorcall(Some(eval::function_vectorcall));
    let modules = Dict::new(thread)?;
    let builtins = builtins::MODULE.create(thread)?;
    let sys = sys::MODULE.create(thread)?;
    STATE.set(Some(State { modules: modules.clone(), builtins: builtins.dict().own_dict(), sys: sys.dict().own_dict() }));
    builtins::MODULE.execute(thread, &builtins)?;
    sys::MODULE.execute(thread, &sys)?;
    sys::configure(thread, sys.dict(), config)?;
    modules.set_text(thread, "builtins", &builtins)?;
    modules.set_text(thread, "sys", &sys)?;
    import::bootstrap(thread, config)
}

/// `super()` without arguments: the `__class__` cell and the first argument of the running function.
fn super_arguments(thread: &Thread) -> PyResult<(Obj, Obj)> {
    let frame = frame::current(thread);
    // SAFETY: null or the running frame.
    let Some(frame) = (unsafe { frame.as_ref() }) else { return Err(thread.runtime_error("super(): no current frame")) };
    let code = frame.code();
    if code.raw().co_argcount.get() == 0 {
        return Err(thread.runtime_error("super(): no arguments"));
    }
    let Some(first) = frame.local_value(0) else { return Err(thread.runtime_error("super(): arg[0] deleted")) };
    for (at, name) in code.local_names().items().iter().enumerate() {
        if name.cast::<Str>().is_some_and(|n| n.equals_str("__class__")) {
            return match frame.local_value(at) {
                Some(class) => Ok((class, first)),
                None => Err(thread.runtime_error("super(): empty __class__ cell")),
            };
        }
    }
    Err(thread.runtime_error("super(): __class__ cell not found"))
}

/// Raise the `SyntaxError` (or its kin) of a failed compilation. `source` is its text, if the error may show it.
pub fn raise_compile_error(thread: &Thread, error: &CompileError, filename: &str, source: &[u8]) -> pyrox_objects::Raised {
    let class = match error.kind.type_name() {
        "_IncompleteInputError" => exceptions::incomplete_input_error(),
        "IndentationError" => exceptions::indentation_error(),
        "TabError" => exceptions::tab_error(),
        "RecursionError" => exceptions::recursion_error(),
        "MemoryError" => exceptions::memory_error(),
        "ValueError" => exceptions::value_error(),
        "OverflowError" => exceptions::overflow_error(),
        "SystemError" => exceptions::system_error(),
        _ => exceptions::syntax_error(),
    };
    if !error.kind.has_location() || error.lineno == 0 && error.text.is_none() {
        return thread.error(class, &error.message);
    }
    let make = || -> PyResult<Obj> {
        let line = match &error.text {
            Some(text) => Str::from_wtf8(thread, &text.0)?.upcast(),
            // Later passes know no source: the line is read from the file, if there is one.
            None => match traceback::line_of_file(filename, error.lineno, source) {
                Some(line) => Str::from_str(thread, &format!("{line}\n"))?.upcast(),
                None => pyrox_objects::none(),
            },
        };
        let number = |n: i32| pyrox_objects::Int::from(n as i64).upcast();
        let details = vec![
            Str::from_str(thread, filename)?.upcast(),
            number(error.lineno),
            number(error.offset),
            line,
            number(error.end_lineno),
            number(error.end_offset),
        ];
        let details = pyrox_objects::Tuple::from_vec(thread, details)?;
        let exception = class.call(thread, &[&Str::from_str(thread, &error.message)?.upcast(), &details])?;
        if let Some((line, column)) = error.last_statement {
            let source = match std::str::from_utf8(source) {
                Ok("") => pyrox_objects::none(),
                Ok(source) if source.ends_with('\n') => Str::from_str(thread, source)?.upcast(),
                Ok(source) => Str::from_str(thread, &format!("{source}\n"))?.upcast(),
                Err(_) => pyrox_objects::none(),
            };
            let metadata = pyrox_objects::Tuple::from_vec(thread, vec![number(line), number(column), source])?;
            exception.setattr_str(thread, "_metadata", &metadata)?;
        }
        Ok(exception)
    };
    match make() {
        Ok(exception) => thread.raise(exception),
        Err(raised) => raised,
    }
}

/// Issue a compiler's warning; as an error it becomes a `SyntaxError` with the place.
pub fn warn_compiling(thread: &Thread, warning: &pyrox_compiler::error::Warning, filename: &str, source: &[u8]) -> PyResult<()> {
    use pyrox_compiler::error::WarningCategory as Category;
    let category = match warning.category {
        Category::SyntaxWarning => exceptions::syntax_warning(),
        Category::DeprecationWarning => exceptions::deprecation_warning(),
    };
    match warnings::warn_at(thread, category, &warning.message, filename, warning.lineno as i64) {
        Err(_) if thread.take_if(category) => {
            let mut error = CompileError::from(warning);
            // An error has no future.
            error.message = error.message.replace("Such sequences will not work in the future. ", "");
            Err(raise_compile_error(thread, &error, filename, source))
        }
        result => result,
    }
}

/// Compile source text, which is UTF-8 whatever it declares, to a code object.
///
/// # Errors
/// `SyntaxError` and whatever else the compiler finds.
pub fn compile_text(
    thread: &Thread,
    text: &[u8],
    filename: &str,
    mode: pyrox_compiler::Mode,
    flags: u32,
    optimize: i32,
) -> PyResult<Owned<Code>> {
    let flags = flags | pyrox_compiler::compiler_flags::IGNORE_COOKIE;
    compile_decoded(thread, text, filename, mode, flags, optimize)
}

/// Compile the bytes of a source, in the encoding that they declare.
///
/// # Errors
/// `SyntaxError` and whatever else the compiler finds.
pub fn compile_bytes(
    thread: &Thread,
    bytes: &[u8],
    filename: &str,
    mode: pyrox_compiler::Mode,
    flags: u32,
    optimize: i32,
) -> PyResult<Owned<Code>> {
    let text = source::decode(thread, bytes, filename, source::Origin::Memory)?;
    compile_text(thread, &text, filename, mode, flags, optimize)
}

/// Compile a file that is run.
///
/// # Errors
/// `SyntaxError` and whatever else the compiler finds.
pub fn compile_file(thread: &Thread, bytes: &[u8], filename: &str, optimize: i32) -> PyResult<Owned<Code>> {
    let text = source::decode(thread, bytes, filename, source::Origin::File)?;
    let flags = pyrox_compiler::compiler_flags::IGNORE_COOKIE;
    let result = compile_decoded(thread, &text, filename, pyrox_compiler::Mode::Exec, flags, optimize);
    if result.is_err()
        && let Some(exception) = thread.take_raised()
    {
        // A file is read by lines: before the end of one that begins with a backslash, nothing has been.
        let text = exception.lookup_attr(thread, pyrox_objects::intern!("text"));
        let blank = matches!(&text, Ok(Some(text)) if text.cast::<Str>().is_some_and(|text| text.to_string_lossy().trim() == "\\"));
        if blank && exception.is_instance_of(exceptions::syntax_error()) {
            exception.setattr_str(thread, "offset", &pyrox_objects::Int::from(0))?;
        }
        return Err(thread.raise(exception));
    }
    result
}

fn compile_decoded(
    thread: &Thread,
    text: &[u8],
    filename: &str,
    mode: pyrox_compiler::Mode,
    flags: u32,
    optimize: i32,
) -> PyResult<Owned<Code>> {
    let options = pyrox_compiler::Options { mode, optimize, flags, filename: pyrox_compiler::code::Text::from(filename) };
    let mut warnings = Vec::new();
    match pyrox_compiler::compile(text, &options, &mut warnings) {
        Ok(plain) => {
            for warning in &warnings {
                warn_compiling(thread, warning, filename, text)?;
            }
            Code::from_plain(thread, &plain)
        }
        Err(error) => {
            // What came before the error has been warned of.
            for warning in &warnings {
                warn_compiling(thread, warning, filename, text)?;
            }
            Err(raise_compile_error(thread, &error, filename, text))
        }
    }
}

/// `__main__`, made at the first call, with its `__builtins__`.
///
/// # Errors
/// Memory may run out.
pub fn main_module(thread: &Thread) -> PyResult<Owned<Module>> {
    if let Some(module) = modules(thread)?.get_text(thread, "__main__")?.and_then(|m| m.downcast::<Module>().ok()) {
        return Ok(module);
    }
    let module = Module::new(thread, "__main__")?;
    module.dict().set_text(thread, "__builtins__", &*builtins_dict(thread)?)?;
    let importlib = import::import_module(thread, "_frozen_importlib")?;
    module.dict().set_text(thread, "__loader__", &*importlib.getattr_str(thread, "BuiltinImporter")?)?;
    modules(thread)?.set_text(thread, "__main__", &module)?;
    Ok(module)
}

/// Flush the standard streams.
pub fn flush(thread: &Thread) -> PyResult<()> {
    if let Some(stream) = hooks::sys(thread, "stdout").filter(|s| !s.is_none()) {
        stream.call_method(thread, pyrox_objects::intern!("flush"), &[])?;
    }
    Ok(())
}
