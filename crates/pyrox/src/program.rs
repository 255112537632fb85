//! Running the program that the command names: a file, a module, a text, or what is typed.

use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use pyrox_compiler::Mode;
use pyrox_interpreter as interpreter;
use pyrox_objects::{Int, Obj, Object, PyResult, Str, Thread, exceptions, intern};

use crate::finish::Status;
use crate::{Config, Program};

/// Run the program.
///
/// # Errors
/// What it raises; `SystemExit` for a file that cannot be read.
pub fn run(thread: &Thread, config: &Config, program: &Program) -> PyResult<()> {
    let main = interpreter::main_module(thread)?;
    let dict = main.dict();
    match program {
        Program::Command(text) => {
            first_path(thread, config, "")?;
            run_command(thread, config, text)
        }
        Program::Module(name) => {
            let current = std::env::current_dir().map(|d| d.to_string_lossy().into_owned()).unwrap_or_default();
            first_path(thread, config, &current)?;
            run_as_main(thread, name, true)
        }
        Program::Input => {
            first_path(thread, config, "")?;
            // SAFETY: asking after a descriptor has no effect on memory.
            if unsafe { libc::isatty(0) } == 1 || config.interactive > 0 {
                return prompt(thread, config);
            }
            let mut text = Vec::new();
            if let Err(error) = std::io::stdin().read_to_end(&mut text) {
                eprintln!("pyrox: cannot read standard input: {error}");
                return exit(thread, 1);
            }
            run_source(thread, config, &text, "<stdin>")
        }
        Program::File(file) => {
            let path = Path::new(std::ffi::OsStr::from_bytes(file));
            let shown = system_text(thread, file)?;
            if path.is_dir() || is_zip(path) {
                if path.is_dir() && !path.join("__main__.py").is_file() {
                    eprintln!("{}: can't find '__main__' module in '{}'", config.executable, absolute(path));
                    return exit(thread, 1);
                }
                insert_path(thread, &shown)?;
                return run_as_main(thread, "__main__", false);
            }
            let source = match std::fs::read(path) {
                Ok(source) => source,
                Err(error) => {
                    let number = error.raw_os_error().unwrap_or(0);
                    let text = error.to_string();
                    let text = text.split(" (os error").next().unwrap_or("");
                    eprintln!("{}: can't open file '{}': [Errno {number}] {text}", config.executable, absolute(path));
                    return exit(thread, 2);
                }
            };
            // Blank, so that the line numbers stay.
            let source = match source.iter().position(|&b| b == b'\n').filter(|_| config.skip_first_line) {
                Some(end) => source[end..].to_vec(),
                None => source,
            };
            let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
            let folder = real.parent().unwrap_or(Path::new("/"));
            if !config.safe_path {
                insert_path(thread, &*system_text(thread, folder.as_os_str().as_bytes())?)?;
            }
            let file = system_text(thread, absolute_bytes(path).as_bytes())?;
            dict.set_text(thread, "__file__", &file)?;
            dict.set_text(thread, "__cached__", pyrox_objects::none_ref())?;
            let external = interpreter::import::import_module(thread, "_frozen_importlib_external")?;
            if source.starts_with(b"\xf3\x0d\x0d\x0a") || path.extension().is_some_and(|e| e == "pyc") {
                let loader = external.getattr_str(thread, "SourcelessFileLoader")?;
                let loader = loader.call(thread, &[&**Str::from_str(thread, "__main__")?, &file])?;
                dict.set_text(thread, "__loader__", &loader)?;
                let code = loader.call_method(thread, intern!("get_code"), &[&**Str::from_str(thread, "__main__")?])?;
                let exec = pyrox_objects::hooks::builtin(thread, "exec")?;
                return exec.call(thread, &[&code, dict]).map(drop);
            }
            let loader = external.getattr_str(thread, "SourceFileLoader")?;
            dict.set_text(thread, "__loader__", &*loader.call(thread, &[&**Str::from_str(thread, "__main__")?, &file])?)?;
            let name = file.cast::<Str>().map(|f| f.to_string_lossy().into_owned()).unwrap_or_default();
            run_source(thread, config, &source, &name)
        }
    }
}

/// A file that ends in the directory of a zip archive.
fn is_zip(path: &Path) -> bool {
    use std::io::{Seek, SeekFrom};
    let Ok(mut file) = std::fs::File::open(path) else { return false };
    if !file.metadata().is_ok_and(|m| m.is_file()) {
        return false;
    }
    let Ok(size) = file.seek(SeekFrom::End(0)) else { return false };
    let mut tail = Vec::new();
    // The end record is 22 bytes, and a comment may follow it.
    let start = size.saturating_sub(22 + 65_535);
    if file.seek(SeekFrom::Start(start)).is_err() || file.read_to_end(&mut tail).is_err() {
        return false;
    }
    tail.windows(4).rposition(|w| w == b"PK\x05\x06").is_some_and(|at| tail.len() - at >= 22)
}

/// The text of `-c`, less the indentation that all its lines share.
fn run_command(thread: &Thread, config: &Config, text: &str) -> PyResult<()> {
    let text = dedent(text);
    let main = interpreter::main_module(thread)?;
    let code = interpreter::compile_text(thread, text.as_bytes(), "<string>", Mode::Exec, 0, config.optimize)?;
    crate::prompt::register(thread, &code, &text, "<string>")?;
    interpreter::eval::run_code(thread, &code, main.dict(), main.dict(), None).map(drop)
}

/// Take off the blanks with which every line begins that has anything else.
fn dedent(text: &str) -> String {
    let blank = [' ', '\t'];
    let mut margin: Option<&str> = None;
    for line in text.split('\n') {
        let Some(end) = line.find(|c| !blank.contains(&c)) else { continue };
        let indent = line.get(..end).unwrap_or("");
        margin = Some(match margin {
            None => indent,
            Some(known) => {
                let shared = known.bytes().zip(indent.bytes()).take_while(|(a, b)| a == b).count();
                known.get(..shared).unwrap_or("")
            }
        });
    }
    let Some(margin) = margin.filter(|margin| !margin.is_empty()) else { return text.to_owned() };
    let mut lines = Vec::new();
    for line in text.split('\n') {
        lines.push(if line.trim_matches(blank).is_empty() { "" } else { line.strip_prefix(margin).unwrap_or("") });
    }
    lines.join("\n")
}

fn run_source(thread: &Thread, config: &Config, source: &[u8], filename: &str) -> PyResult<()> {
    let main = interpreter::main_module(thread)?;
    let code = interpreter::compile_file(thread, source, filename, config.optimize)?;
    interpreter::eval::run_code(thread, &code, main.dict(), main.dict(), None).map(drop)
}

/// Run a module as `__main__`, through the library's `runpy`.
fn run_as_main(thread: &Thread, name: &str, alter_argv: bool) -> PyResult<()> {
    let runpy = interpreter::import::import_module(thread, "runpy")?;
    let function = runpy.getattr_str(thread, "_run_module_as_main")?;
    function.call(thread, &[&**Str::from_str(thread, name)?, pyrox_objects::bool_ref(alter_argv)]).map(drop)
}

fn first_path(thread: &Thread, config: &Config, path: &str) -> PyResult<()> {
    if config.safe_path { Ok(()) } else { insert_path(thread, &**Str::from_str(thread, path)?) }
}

fn insert_path(thread: &Thread, entry: &Object) -> PyResult<()> {
    if let Some(entry) = entry.cast::<Str>() {
        interpreter::import::set_first_path(&entry.to_string_lossy());
    }
    match pyrox_objects::hooks::sys(thread, "path") {
        Some(path) => path.call_method(thread, intern!("insert"), &[&Int::from(0), entry]).map(drop),
        None => Ok(()),
    }
}

fn system_text(thread: &Thread, bytes: &[u8]) -> PyResult<Obj> {
    use pyrox_objects::codecs::{Policy, decode_utf8};
    Ok(decode_utf8(thread, bytes, &Policy::SurrogateEscape, true)?.0.upcast())
}

fn absolute(path: &Path) -> String {
    absolute_bytes(path).to_string_lossy().into_owned()
}

fn absolute_bytes(path: &Path) -> std::ffi::OsString {
    std::path::absolute(path).map(|p| p.into_os_string()).unwrap_or_else(|_| path.as_os_str().to_owned())
}

fn exit(thread: &Thread, status: i64) -> PyResult<()> {
    let exception = exceptions::system_exit().call(thread, &[&Int::from(status)])?;
    Err(thread.raise(exception))
}

/// The prompt, after the file that `PYTHONSTARTUP` names.
fn prompt(thread: &Thread, config: &Config) -> PyResult<()> {
    if !config.ignore_environment {
        if let Some(file) = std::env::var_os("PYTHONSTARTUP").filter(|f| !f.is_empty()) {
            if let Ok(source) = std::fs::read(&file) {
                run_source(thread, config, &source, &file.to_string_lossy())?;
            }
        }
    }
    crate::prompt::run(thread, config)
}

/// With `-i`, a prompt follows the program.
pub fn prompt_after(thread: &Thread, config: &Config, program: &Program, status: Status) -> Status {
    if config.inspect == 0 || *program == Program::Input {
        return status;
    }
    let result = prompt(thread, &Config { quiet: true, ..config.clone() });
    crate::finish::status(thread, result)
}
