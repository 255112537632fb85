//! The prompt: statements are read from standard input, one by one, and run in `__main__`.

use std::io::Write;

use pyrox_compiler::code::Text;
use pyrox_compiler::compiler_flags::{ALLOW_INCOMPLETE_INPUT, DONT_IMPLY_DEDENT, FUTURE_MASK, IGNORE_COOKIE};
use pyrox_compiler::{CompileError, ErrorKind, Mode, Options};
use pyrox_interpreter as interpreter;
use pyrox_objects::exceptions::{self, SystemExit};
use pyrox_objects::{Obj, PyResult, Str, Thread, hooks, intern};

use crate::Config;

/// Read and run statements until the input ends.
///
/// # Errors
/// `SystemExit`, and what keeps the prompt from going on.
pub fn run(thread: &Thread, config: &Config) -> PyResult<()> {
    let sys = interpreter::import::import_module(thread, "sys")?;
    for (name, text) in [("ps1", ">>> "), ("ps2", "... ")] {
        if sys.lookup_attr(thread, &*Str::intern_str(thread, name)?)?.is_none() {
            sys.setattr_str(thread, name, &**Str::from_str(thread, text)?)?;
        }
    }
    if !config.quiet {
        let name = env!("CARGO_PKG_VERSION");
        let help = "Type \"help\", \"copyright\", \"credits\" or \"license\" for more information.";
        eprintln!("Python 3.14.10 (Pyrox {name}) on linux\n{help}");
    }
    let mut prompt = Prompt { flags: 0, count: 0 };
    loop {
        match prompt.statement(thread, config) {
            Ok(true) => {}
            Ok(false) => break,
            Err(_) => {
                let Some(exception) = thread.take_raised() else { break };
                if exception.cast::<SystemExit>().is_some() {
                    return Err(thread.raise(exception));
                }
                if exception.is_instance_of(exceptions::keyboard_interrupt()) {
                    eprintln!("\nKeyboardInterrupt");
                } else {
                    interpreter::sys::keep_last(thread, &exception);
                    if let Some(exit) = interpreter::sys::print_uncaught(thread, &exception) {
                        return Err(thread.raise(exit));
                    }
                }
            }
        }
    }
    let _ = writeln!(std::io::stderr());
    Ok(())
}

struct Prompt {
    /// Features that were imported from `__future__`.
    flags: u32,
    /// How many statements there were.
    count: usize,
}

impl Prompt {
    /// Whether the statement is not complete: as it stands, and with its last newline.
    fn goes_on(&self, text: &str, name: &str, config: &Config) -> bool {
        let flags = self.flags | DONT_IMPLY_DEDENT | ALLOW_INCOMPLETE_INPUT | IGNORE_COOKIE;
        let options = Options { mode: Mode::Single, optimize: config.optimize, flags, filename: Text::from(name) };
        let whole = |text: &str| pyrox_compiler::compile(text.as_bytes(), &options, &mut Vec::new());
        let incomplete = |error: &CompileError| error.kind == ErrorKind::IncompleteInput;
        match whole(text.strip_suffix('\n').unwrap_or(text)) {
            // A blank line ends what could go on with a block or another clause.
            Ok(_) => is_compound(text) && !text.ends_with("\n\n"),
            Err(_) => whole(text).map_or_else(|error| incomplete(&error), |_| !text.ends_with("\n\n")),
        }
    }

    /// Read a statement and run it. False at the end of the input.
    fn statement(&mut self, thread: &Thread, config: &Config) -> PyResult<bool> {
        // The name tells statements apart where the lines of a traceback are looked up.
        let name = format!("<stdin-{}>", self.count);
        let mut text = String::new();
        let code = loop {
            let line = read_line(thread, if text.is_empty() { "ps1" } else { "ps2" })?;
            let flags = match &line {
                Some(_) => self.flags | DONT_IMPLY_DEDENT | ALLOW_INCOMPLETE_INPUT,
                None if text.is_empty() => return Ok(false),
                None => self.flags,
            };
            let line = line.unwrap_or_default();
            let blank = line.trim_start();
            if text.is_empty() && (blank.is_empty() || blank.starts_with('#')) {
                return Ok(true);
            }
            text.push_str(&line);
            if flags & ALLOW_INCOMPLETE_INPUT != 0 && self.goes_on(&text, &name, config) {
                continue;
            }
            match interpreter::compile_text(thread, text.as_bytes(), &name, Mode::Single, self.flags, config.optimize) {
                Ok(code) => break code,
                Err(raised) => {
                    let Some(exception) = thread.take_raised() else { return Err(raised) };
                    if exception.is_instance_of(exceptions::syntax_error()) {
                        exception.setattr_str(thread, "filename", &**Str::from_str(thread, "<stdin>")?)?;
                    }
                    return Err(thread.raise(exception));
                }
            }
        };
        self.flags |= code.flags() & FUTURE_MASK;
        self.count += 1;
        register(thread, &code, &text, "<stdin>")?;
        let main = interpreter::main_module(thread)?;
        interpreter::eval::run_code(thread, &code, main.dict(), main.dict(), None).map(|_| true)
    }
}

/// Whether a statement is one that has clauses, by its first word.
fn is_compound(text: &str) -> bool {
    let word: String = text.trim_start().chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '@')).collect();
    matches!(word.as_str(), "if" | "while" | "for" | "try" | "with" | "def" | "class" | "async") || word.starts_with('@')
}

/// A line with its end, after a prompt. None at the end of the input.
fn read_line(thread: &Thread, prompt: &str) -> PyResult<Option<String>> {
    interpreter::flush(thread)?;
    let prompt = match hooks::sys(thread, prompt) {
        Some(prompt) => prompt.str(thread)?,
        None => Str::from_str(thread, "")?,
    };
    // SAFETY: asking after a descriptor has no effect on memory.
    let terminal = unsafe { libc::isatty(0) == 1 && libc::isatty(1) == 1 };
    if terminal {
        let input = hooks::builtin(thread, "input")?;
        return match input.call(thread, &[&**prompt]) {
            Ok(line) => Ok(Some(format!("{}\n", line.str(thread)?.to_string_lossy()))),
            Err(_) if thread.take_if(exceptions::eof_error()) => Ok(None),
            Err(raised) => Err(raised),
        };
    }
    let mut errors = std::io::stderr();
    let _ = errors.write_all(prompt.to_string_lossy().as_bytes()).and_then(|()| errors.flush());
    let Some(stdin) = hooks::sys(thread, "stdin").filter(|stream| !stream.is_none()) else { return Ok(None) };
    let line: Obj = stdin.call_method(thread, intern!("readline"), &[])?;
    let line = line.str(thread)?.to_string_lossy().into_owned();
    Ok((!line.is_empty()).then_some(line))
}

/// Let tracebacks show the lines of code that is in no file.
pub fn register(thread: &Thread, code: &pyrox_objects::Object, text: &str, name: &str) -> PyResult<()> {
    let linecache = interpreter::import::import_module(thread, "linecache")?;
    let register = linecache.getattr_str(thread, "_register_code")?;
    register.call(thread, &[code, &**Str::from_str(thread, text)?, &**Str::from_str(thread, name)?]).map(drop)
}
