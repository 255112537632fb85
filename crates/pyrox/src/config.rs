//! From the command line and the environment to a configuration.

use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use pyrox_interpreter::Config;

/// What the command is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// A script, a folder or a zip file with `__main__.py`.
    File(Vec<u8>),
    /// `-c`: source text.
    Command(String),
    /// `-m`: a module's name.
    Module(String),
    /// `-`, or nothing at all: source text from standard input, or a prompt.
    Input,
}

/// What a command line asks for.
#[derive(Clone, Debug)]
pub enum Request {
    /// Run a program.
    Run(Box<Config>, Program),
    /// Print this on standard output and exit with 0.
    Print(String),
    /// Print this on standard error and exit with 2.
    Fail(String),
}

/// The name under which the command was called, for its messages.
fn program_name(arguments: &[Vec<u8>]) -> String {
    arguments.first().map_or_else(|| "pyrox".into(), |a| String::from_utf8_lossy(a).into_owned())
}

const USAGE: &str = "usage: {} [option] ... [-c cmd | -m mod | file | -] [arg] ...";

/// Read the process's command line and environment.
pub fn from_process() -> Request {
    let arguments: Vec<Vec<u8>> = std::env::args_os().map(OsStringExt::into_vec).collect();
    parse(&arguments, &|name| std::env::var_os(name).map(OsStringExt::into_vec))
}

/// Read a command line; `variable` looks up the environment.
pub fn parse(arguments: &[Vec<u8>], variable: &dyn Fn(&str) -> Option<Vec<u8>>) -> Request {
    let mut config = Config { hash_randomization: true, orig_argv: arguments.to_vec(), ..Config::default() };
    let mut command_warnings = Vec::new();
    let (mut at, mut version, mut skip_first_line) = (1, 0, false);
    let mut program = None;
    let fail = |message: String| {
        let name = program_name(arguments);
        Request::Fail(format!("{message}\n{}\nTry `{name} -h' for more information.\n", USAGE.replace("{}", &name)))
    };
    'options: while let Some(argument) = arguments.get(at) {
        let text = String::from_utf8_lossy(argument).into_owned();
        if !text.starts_with('-') || text == "-" {
            break;
        }
        at += 1;
        match text.as_str() {
            "--help" => return Request::Print(help(&program_name(arguments))),
            "--version" => {
                version += 1;
                continue;
            }
            "--check-hash-based-pycs" => {
                match arguments.get(at).map(|a| String::from_utf8_lossy(a).into_owned()).as_deref() {
                    Some(mode @ ("always" | "never" | "default")) => {
                        config.check_hash_pycs = Some(mode.to_string());
                        at += 1;
                    }
                    _ => return fail("--check-hash-based-pycs must be one of 'default', 'always', or 'never'".into()),
                }
                continue;
            }
            long if long.starts_with("--") && long.len() > 2 => return fail(format!("Unknown option: {long}")),
            "--" => break,
            _ => {}
        }
        let letters: Vec<char> = text.chars().skip(1).collect();
        for (place, letter) in letters.iter().enumerate() {
            // The rest of the word, or the next one, is the option's argument.
            let mut value = || {
                let rest: String = letters[place + 1..].iter().collect();
                if !rest.is_empty() {
                    return Some(rest);
                }
                let next = arguments.get(at).map(|a| String::from_utf8_lossy(a).into_owned());
                at += 1;
                next
            };
            let missing = |letter: char| fail(format!("Argument expected for the -{letter} option"));
            match letter {
                'c' => match value() {
                    Some(command) => {
                        program = Some(Program::Command(command));
                        break 'options;
                    }
                    None => return missing('c'),
                },
                'm' => match value() {
                    Some(module) => {
                        program = Some(Program::Module(module));
                        break 'options;
                    }
                    None => return missing('m'),
                },
                'W' => match value() {
                    Some(filter) => {
                        command_warnings.push(filter);
                        break;
                    }
                    None => return missing('W'),
                },
                'X' => match value() {
                    Some(option) => {
                        config.xoptions.push(option);
                        break;
                    }
                    None => return missing('X'),
                },
                'b' => config.bytes_warning += 1,
                'B' => config.dont_write_bytecode = true,
                'd' => config.debug += 1,
                'E' => config.ignore_environment = true,
                'h' | '?' => return Request::Print(help(&program_name(arguments))),
                'i' => {
                    config.inspect += 1;
                    config.interactive += 1;
                }
                'I' => {
                    config.isolated = true;
                    config.ignore_environment = true;
                    config.no_user_site = true;
                    config.safe_path = true;
                }
                'O' => config.optimize += 1,
                'P' => config.safe_path = true,
                'q' => config.quiet = true,
                'R' => {}
                's' => config.no_user_site = true,
                'S' => config.no_site = true,
                't' => {}
                'u' => config.unbuffered = true,
                'v' => config.verbose += 1,
                'V' => version += 1,
                'x' => skip_first_line = true,
                other => return fail(format!("Unknown option: -{other}")),
            }
        }
    }
    if version > 0 {
        let long = if version > 1 { format!(" (Pyrox {}) [Rust]", env!("CARGO_PKG_VERSION")) } else { String::new() };
        return Request::Print(format!("Python 3.14.10{long}\n"));
    }
    let rest = arguments.get(at..).unwrap_or_default();
    let (program, argv) = match program {
        Some(program) => {
            let name = if matches!(program, Program::Command(_)) { b"-c".to_vec() } else { b"-m".to_vec() };
            (program, [vec![name], rest.to_vec()].concat())
        }
        None => match rest.first() {
            None => (Program::Input, vec![Vec::new()]),
            Some(name) if name == b"-" => (Program::Input, rest.to_vec()),
            Some(file) => (Program::File(file.clone()), rest.to_vec()),
        },
    };
    config.argv = argv;
    config.skip_first_line = skip_first_line;
    if let Err(message) = environment(&mut config, variable, command_warnings) {
        return fail(message);
    }
    Request::Run(Box::new(config), program)
}

/// Apply the `PYTHON*` variables and `-X` options.
fn environment(config: &mut Config, variable: &dyn Fn(&str) -> Option<Vec<u8>>, command_warnings: Vec<String>) -> Result<(), String> {
    let ignore = config.ignore_environment;
    let bytes = |name: &str| if ignore { None } else { variable(name).filter(|v| !v.is_empty()) };
    let text = |name: &str| bytes(name).map(|v| String::from_utf8_lossy(&v).into_owned());
    let level = |name: &str| text(name).map(|v| v.parse::<i32>().ok().filter(|&n| n > 0).unwrap_or(1)).unwrap_or(0);
    let option = |config: &Config, name: &str| {
        config.xoptions.iter().rev().find_map(|o| match o.split_once('=') {
            Some((key, value)) if key == name => Some(value.to_string()),
            None if o == name => Some(String::new()),
            _ => None,
        })
    };
    config.debug = config.debug.max(level("PYTHONDEBUG"));
    config.inspect = config.inspect.max(level("PYTHONINSPECT"));
    config.optimize = config.optimize.max(level("PYTHONOPTIMIZE"));
    config.verbose = config.verbose.max(level("PYTHONVERBOSE"));
    config.dont_write_bytecode |= bytes("PYTHONDONTWRITEBYTECODE").is_some();
    config.no_user_site |= bytes("PYTHONNOUSERSITE").is_some();
    config.unbuffered |= bytes("PYTHONUNBUFFERED").is_some();
    config.safe_path |= bytes("PYTHONSAFEPATH").is_some();
    config.dev_mode = option(config, "dev").is_some() || bytes("PYTHONDEVMODE").is_some();
    config.warn_default_encoding = option(config, "warn_default_encoding").is_some() || bytes("PYTHONWARNDEFAULTENCODING").is_some();
    config.utf8_mode = match option(config, "utf8").or_else(|| text("PYTHONUTF8")) {
        Some(value) if value == "0" => false,
        Some(value) if value.is_empty() || value == "1" => true,
        Some(_) => return Err("Fatal Python error: invalid UTF-8 mode value".into()),
        None => false,
    };
    config.pycache_prefix = option(config, "pycache_prefix").or_else(|| text("PYTHONPYCACHEPREFIX")).filter(|p| !p.is_empty());
    config.no_debug_ranges = option(config, "no_debug_ranges").is_some() || text("PYTHONNODEBUGRANGES").is_some();
    if let Some(value) = option(config, "int_max_str_digits").or_else(|| text("PYTHONINTMAXSTRDIGITS")) {
        match value.parse::<usize>() {
            Ok(limit) if limit == 0 || limit >= 640 => config.int_max_str_digits = Some(limit),
            _ => return Err("-X int_max_str_digits: invalid limit; must be >= 640 or 0 for unlimited.".into()),
        }
    }
    if let Some(encoding) = text("PYTHONIOENCODING") {
        let (name, errors) = encoding.split_once(':').unwrap_or((&encoding, ""));
        config.io_encoding = Some((name.into(), errors.into()));
    }
    if let Some(path) = bytes("PYTHONPATH") {
        config.path = path.split(|&b| b == b':').map(<[u8]>::to_vec).collect();
    }
    if let Some(seed) = text("PYTHONHASHSEED") {
        config.hash_randomization = seed == "random" || seed != "0";
    }
    // Later filters weigh more.
    if config.dev_mode {
        config.warnoptions.push("default".into());
    }
    if let Some(filters) = text("PYTHONWARNINGS") {
        config.warnoptions.extend(filters.split(',').map(String::from));
    }
    config.warnoptions.extend(command_warnings);
    if config.bytes_warning > 1 {
        config.warnoptions.push("error::BytesWarning".into());
    } else if config.bytes_warning > 0 {
        config.warnoptions.push("default::BytesWarning".into());
    }
    places(config);
    Ok(())
}

/// Where the executable and its library are.
fn places(config: &mut Config) {
    let executable = std::env::current_exe().unwrap_or_default();
    // As it was called, so that a link in a virtual environment's `bin` is seen as such.
    let called = config.orig_argv.first().map(|a| PathBuf::from(std::ffi::OsString::from_vec(a.clone())));
    let called = match called {
        Some(path) if path.components().count() > 1 => std::path::absolute(&path).map_or(executable, |path| without_dots(&path)),
        Some(name) => search(&name).unwrap_or(executable),
        None => executable,
    };
    let folder = called.parent().unwrap_or(Path::new("/"));
    let prefix = if folder.file_name().is_some_and(|name| name == "bin") { folder.parent().unwrap_or(folder) } else { folder };
    config.executable = called.to_string_lossy().into_owned();
    config.prefix = prefix.to_string_lossy().into_owned();
    config.stdlib_dir = format!("{}/lib/python3.14", config.prefix.trim_end_matches('/'));
}

/// The path without `..`, as `os.path.normpath` makes it: links are not followed.
fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

/// The command's place on `PATH`.
fn search(name: &Path) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn help(name: &str) -> String {
    format!(
        "{}
Options:
-b     : warn when bytes are converted to or compared with str; -bb: raise errors
-B     : do not write .pyc files on import (also PYTHONDONTWRITEBYTECODE)
-c cmd : run the program text that follows (ends the list of options)
-d     : debugging output of the parser (also PYTHONDEBUG)
-E     : ignore the PYTHON* environment variables
-h     : print this help (also -? or --help)
-i     : go on with a prompt when the program has ended (also PYTHONINSPECT)
-I     : isolated from the environment: implies -E, -P and -s
-m mod : run a module as a program (ends the list of options)
-O     : leave out assert statements and set __debug__ to False (also PYTHONOPTIMIZE)
-OO    : leave out docstrings, too
-P     : do not put the script's folder first on sys.path (also PYTHONSAFEPATH)
-q     : no version and copyright lines at the prompt
-s     : no user site-packages folder (also PYTHONNOUSERSITE)
-S     : do not import the module site
-u     : unbuffered standard output and error (also PYTHONUNBUFFERED)
-v     : tell of imports (also PYTHONVERBOSE)
-V     : print the version (also --version); -VV: more of it
-W arg : warning control, action:message:category:module:lineno (also PYTHONWARNINGS)
-x     : skip the first line of the source
-X opt : options of the implementation: dev, utf8, int_max_str_digits=N, pycache_prefix=PATH, ...
file   : run the program in a file
-      : run the program on standard input; a prompt on a terminal
arg ...: what sys.argv[1:] holds
",
        USAGE.replace("{}", name)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Request {
        let words: Vec<Vec<u8>> = std::iter::once(&"pyrox").chain(words).map(|w| w.as_bytes().to_vec()).collect();
        parse(&words, &|name| (name == "PYTHONOPTIMIZE").then(|| b"2".to_vec()))
    }

    #[test]
    fn options_and_programs() {
        match parsed(&["-Bc", "pass", "-x", "y"]) {
            Request::Run(config, program) => {
                assert_eq!(program, Program::Command("pass".into()));
                assert!(config.dont_write_bytecode);
                assert_eq!(config.optimize, 2);
                assert_eq!(config.argv, [b"-c".to_vec(), b"-x".to_vec(), b"y".to_vec()]);
            }
            other => panic!("{other:?}"),
        }
        match parsed(&["-I", "-W", "error", "-Xdev", "script.py", "-c"]) {
            Request::Run(config, program) => {
                assert_eq!(program, Program::File(b"script.py".to_vec()));
                assert_eq!((config.optimize, config.dev_mode, config.isolated), (0, true, true));
                assert_eq!(config.warnoptions, ["default", "error"]);
            }
            other => panic!("{other:?}"),
        }
        assert!(matches!(parsed(&["-c"]), Request::Fail(_)));
        assert!(matches!(parsed(&["-Z"]), Request::Fail(_)));
        assert!(matches!(parsed(&["-VV"]), Request::Print(_)));
    }
}
