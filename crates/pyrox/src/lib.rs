//! Python 3.14 to embed in a Rust program.
//!
//! ```no_run
//! let config = pyrox::Config { executable: "host".into(), ..Default::default() };
//! let status = pyrox::run(config, &pyrox::Program::Command("print('hello')".into()));
//! ```

pub mod config;
mod finish;
mod library;
mod program;
mod prompt;

use pyrox_interpreter as interpreter;
use pyrox_objects::native::NativeModule;
use pyrox_objects::{PyResult, Thread, exceptions};

pub use config::Program;
pub use interpreter::Config;
pub use pyrox_abi::Allocator;

/// Run a program in a new interpreter and give the process's exit status. Call it once a process.
pub fn run(config: Config, program: &Program) -> i32 {
    let thread = Thread::attach();
    if let Err(message) = set_hash_seed(&config) {
        eprintln!("Fatal Python error: {message}");
        return 1;
    }
    library::install();
    pyrox_stdlib_syntax::install();
    pyrox_capi::install(thread);
    for modules in native_modules() {
        interpreter::import::register(modules);
    }
    // SAFETY: one thread so far; the locale of the environment decides how C functions read text.
    unsafe { libc::setlocale(libc::LC_CTYPE, c"".as_ptr()) };
    let started = interpreter::start(thread, &config)
        // It sets the handler of interrupts.
        .and_then(|()| interpreter::import::import_module(thread, "_signal").map(drop))
        .and_then(|()| standard_streams(thread, &config));
    if started.is_err() {
        eprintln!("Fatal Python error: the interpreter could not start");
        if let Some(exception) = thread.take_raised() {
            eprint!("{}", interpreter::traceback::format_exception(thread, &exception));
        }
        return 1;
    }
    let result = site(thread, &config).and_then(|()| program::run(thread, &config, program));
    let status = finish::status(thread, result);
    let status = program::prompt_after(thread, &config, program, status);
    finish::finish(thread, status)
}

/// The native half of the standard library.
fn native_modules() -> [&'static [&'static NativeModule]; 7] {
    [
        &pyrox_stdlib_core::MODULES,
        &pyrox_stdlib_io::MODULES,
        &pyrox_stdlib_os::MODULES,
        &pyrox_stdlib_text::MODULES,
        &pyrox_stdlib_data::MODULES,
        &pyrox_stdlib_syntax::MODULES,
        &pyrox_stdlib_net::MODULES,
    ]
}

/// Set the hash key: from `PYTHONHASHSEED`, or at random.
fn set_hash_seed(config: &Config) -> Result<(), String> {
    use pyrox_numeric::hash::HashSecret;
    let given = if config.ignore_environment { None } else { std::env::var("PYTHONHASHSEED").ok() };
    let secret = match given.filter(|text| text != "random" && !text.is_empty()) {
        Some(text) => match text.parse::<u32>() {
            Ok(seed) => HashSecret::from_seed(seed),
            Err(_) => return Err("PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]".into()),
        },
        None => {
            let mut bytes = [0u8; HashSecret::SIZE];
            let read = std::fs::File::open("/dev/urandom").and_then(|mut file| std::io::Read::read_exact(&mut file, &mut bytes));
            read.map_err(|error| format!("failed to get random numbers to initialize Python: {error}"))?;
            HashSecret::from_bytes(&bytes)
        }
    };
    pyrox_objects::str::set_hash_secret(secret);
    Ok(())
}

/// `sys.stdin`, `stdout` and `stderr`, and `open`.
fn standard_streams(thread: &Thread, config: &Config) -> PyResult<()> {
    let io = interpreter::import::import_module(thread, "_io")?;
    interpreter::builtins_dict(thread)?.set_text(thread, "open", &*io.getattr_str(thread, "open")?)?;
    let Some(sys) = interpreter::modules(thread)?.get_text(thread, "sys")? else { return Err(thread.import_error("lost sys")) };
    let errors = config.io_encoding.as_ref().map(|(_, errors)| errors.as_str()).filter(|e| !e.is_empty());
    for (name, descriptor, default) in [("stdin", 0, "strict"), ("stdout", 1, "strict"), ("stderr", 2, "backslashreplace")] {
        // SAFETY: asking after a descriptor has no effect on memory.
        let open = unsafe { libc::fcntl(descriptor, libc::F_GETFD) } >= 0;
        let writable = descriptor > 0;
        let stream = if open {
            // SAFETY: as above.
            let line = descriptor == 2 || unsafe { libc::isatty(descriptor) } == 1;
            let errors = if descriptor == 2 { default } else { errors.unwrap_or(default) };
            pyrox_stdlib_io::make_stdio(thread, descriptor, &format!("<{name}>"), writable, errors, line, config.unbuffered && writable)?
        } else {
            pyrox_objects::none()
        };
        sys.setattr_str(thread, name, &stream)?;
        sys.setattr_str(thread, &format!("__{name}__"), &stream)?;
    }
    Ok(())
}

/// Import `site`, unless told not to.
fn site(thread: &Thread, config: &Config) -> PyResult<()> {
    if !config.no_site {
        interpreter::import::import_module(thread, "site")?;
    }
    // A filter on the command line must be heard from the start.
    if !config.warnoptions.is_empty() && interpreter::import::import_module(thread, "warnings").is_err() {
        let missing = thread.take_if(exceptions::import_error());
        if !missing {
            return Err(pyrox_objects::Raised);
        }
    }
    Ok(())
}
