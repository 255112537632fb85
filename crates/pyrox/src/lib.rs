//! Python 3.14 to embed in a Rust program.
//!
//! ```no_run
//! let status = pyrox::run(pyrox::Program::Command("print('hello')".into()), &[]);
//! ```

use pyrox_interpreter as interpreter;
use pyrox_objects::exceptions::{self, SystemExit};
use pyrox_objects::native::NativeModule;
use pyrox_objects::{Int, List, Obj, Object, PyResult, Str, Thread};

/// What to run.
pub enum Program {
    /// A file's path.
    File(String),
    /// `-c`: source text.
    Command(String),
    /// `-`: source text from standard input.
    Input(Vec<u8>),
}

/// Run a program in a new interpreter and give the process's exit status. Call it once a process.
pub fn run(program: Program, arguments: &[String]) -> i32 {
    let thread = Thread::attach();
    if let Some(seed) = hash_seed() {
        pyrox_objects::str::set_hash_secret(seed);
    }
    for modules in native_modules() {
        interpreter::import::register(modules);
    }
    if interpreter::start(thread).is_err() {
        eprintln!("Fatal Python error: the interpreter could not start");
        report(thread);
        return 1;
    }
    let result = run_main(thread, &program, arguments);
    let mut status = match result {
        Ok(()) => 0,
        Err(_) => report(thread),
    };
    if interpreter::flush(thread).is_err() {
        let broken = thread.raised_is(exceptions::broken_pipe_error());
        report_ignored(thread);
        status = if broken || status == 0 { 120 } else { status };
    }
    status
}

/// The native half of the standard library.
fn native_modules() -> [&'static [&'static NativeModule]; 6] {
    [
        &pyrox_stdlib_core::MODULES,
        &pyrox_stdlib_io::MODULES,
        &pyrox_stdlib_os::MODULES,
        &pyrox_stdlib_text::MODULES,
        &pyrox_stdlib_data::MODULES,
        &pyrox_stdlib_syntax::MODULES,
    ]
}

/// The hash key: of `PYTHONHASHSEED`, or random.
fn hash_seed() -> Option<pyrox_numeric::hash::HashSecret> {
    match std::env::var("PYTHONHASHSEED") {
        Ok(text) if text != "random" && !text.is_empty() => text.parse().ok().map(pyrox_numeric::hash::HashSecret::from_seed),
        _ => {
            let mut bytes = [0u8; pyrox_numeric::hash::HashSecret::SIZE];
            let mut file = std::fs::File::open("/dev/urandom").ok()?;
            std::io::Read::read_exact(&mut file, &mut bytes).ok()?;
            Some(pyrox_numeric::hash::HashSecret::from_bytes(&bytes))
        }
    }
}

fn run_main(thread: &Thread, program: &Program, arguments: &[String]) -> PyResult<()> {
    let module = interpreter::main_module(thread)?;
    let (source, filename, first, path) = match program {
        Program::Command(text) => (text.clone().into_bytes(), "<string>".to_string(), "-c".to_string(), String::new()),
        Program::Input(text) => (text.clone(), "<stdin>".to_string(), "-".to_string(), String::new()),
        Program::File(file) => {
            if std::path::Path::new(file).is_dir() {
                let shown = std::env::current_exe().map(|p| p.to_string_lossy().into_owned()).unwrap_or_default();
                eprintln!("{shown}: can't find '__main__' module in '{}'", absolute(file));
                return exit(thread, 1);
            }
            let source = match std::fs::read(file) {
                Ok(source) => source,
                Err(error) => {
                    let shown = std::env::current_exe().map(|p| p.to_string_lossy().into_owned()).unwrap_or_default();
                    let number = error.raw_os_error().unwrap_or(0);
                    let text = error.to_string();
                    let text = text.split(" (os error").next().unwrap_or("");
                    eprintln!("{shown}: can't open file '{}': [Errno {number}] {text}", absolute(file));
                    return exit(thread, 2);
                }
            };
            let folder = std::path::Path::new(file).parent().map(|p| absolute(&p.to_string_lossy())).unwrap_or_default();
            (source, file.clone(), file.clone(), folder)
        }
    };
    if let Some(sys) = interpreter::modules(thread)?.get_text(thread, "sys")? {
        let mut argv: Vec<Obj> = vec![Str::from_str(thread, &first)?.upcast()];
        for argument in arguments {
            argv.push(Str::from_str(thread, argument)?.upcast());
        }
        sys.setattr_str(thread, "argv", &*List::from_vec(thread, argv)?)?;
        sys.setattr_str(thread, "path", &*List::from_vec(thread, vec![Str::from_str(thread, &path)?.upcast()])?)?;
    }
    if let Program::File(_) = program {
        module.add_str(thread, "__file__", &filename)?;
    }
    let code = interpreter::compile_source(thread, &source, &filename, pyrox_compiler::Mode::Exec, 0, 0)?;
    interpreter::eval::run_code(thread, &code, module.dict(), module.dict(), None).map(drop)
}

fn absolute(file: &str) -> String {
    std::path::absolute(if file.is_empty() { "." } else { file }).map(|p| p.to_string_lossy().into_owned()).unwrap_or(file.to_string())
}

fn exit(thread: &Thread, status: i64) -> PyResult<()> {
    let exception = exceptions::system_exit().call(thread, &[&Int::from(status)])?;
    Err(thread.raise(exception))
}

/// Print the raised exception as an uncaught one; the exit status that follows.
fn report(thread: &Thread) -> i32 {
    let Some(exception) = thread.take_raised() else { return 1 };
    // Errors while flushing show at the end.
    let _ = interpreter::flush(thread).is_err() && thread.take_raised().is_some();
    if let Some(exit) = exception.cast::<SystemExit>() {
        return match exit.code() {
            None => 0,
            Some(code) if code.is_none() => 0,
            Some(code) => match code.cast::<Int>() {
                Some(number) => number.to_i64().map_or(-1, |n| n as i32),
                None => {
                    eprintln!("{}", text(thread, &code));
                    1
                }
            },
        };
    }
    eprint!("{}", interpreter::traceback::format_exception(thread, &exception));
    if exception.is_instance_of(exceptions::keyboard_interrupt()) { 130 } else { 1 }
}

fn report_ignored(thread: &Thread) {
    if let Some(exception) = thread.take_raised() {
        eprintln!("Exception ignored while flushing sys.stdout:\n{}", interpreter::traceback::last_line(thread, &exception));
    }
}

fn text(thread: &Thread, object: &Object) -> String {
    match object.str(thread) {
        Ok(text) => text.to_string(),
        Err(_) => {
            thread.set_raised(None);
            String::new()
        }
    }
}
