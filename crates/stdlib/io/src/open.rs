//! The functions of the module.

use pyrox_macros::pyfunction;
use pyrox_objects::{Obj, Object, Own, Owned, PyResult, Str, Thread, exceptions, intern};

use crate::buffered::{BufferedRandom, BufferedReader, BufferedWriter};
use crate::file::{self, FileIo};
use crate::text::TextIoWrapper;
use crate::util::{DEFAULT_BUFFER_SIZE, optional_text, type_name};

/// What the characters of a mode ask for.
#[derive(Default)]
struct Mode {
    creating: bool,
    reading: bool,
    writing: bool,
    appending: bool,
    updating: bool,
    text: bool,
    binary: bool,
}

fn parse_mode(thread: &Thread, mode: &str) -> PyResult<Mode> {
    let mut parsed = Mode::default();
    let mut seen = String::new();
    for c in mode.chars() {
        let field = match c {
            'x' => &mut parsed.creating,
            'r' => &mut parsed.reading,
            'w' => &mut parsed.writing,
            'a' => &mut parsed.appending,
            '+' => &mut parsed.updating,
            't' => &mut parsed.text,
            'b' => &mut parsed.binary,
            _ => return Err(thread.value_error(&format!("invalid mode: '{mode}'"))),
        };
        *field = true;
        if seen.contains(c) {
            return Err(thread.value_error(&format!("invalid mode: '{mode}'")));
        }
        seen.push(c);
    }
    if parsed.text && parsed.binary {
        return Err(thread.value_error("can't have text and binary mode at once"));
    }
    if [parsed.creating, parsed.reading, parsed.writing, parsed.appending].iter().filter(|&&f| f).count() > 1 {
        return Err(thread.value_error("must have exactly one of create/read/write/append mode"));
    }
    Ok(parsed)
}

/// Open file and return a stream.  Raise OSError upon failure.
///
/// file is either a text or byte string giving the name (and the path
/// if the file isn't in the current working directory) of the file to
/// be opened or an integer file descriptor of the file to be wrapped.
/// mode says how: 'r' (default), 'w', 'x' or 'a', with '+' for updating,
/// 'b' for binary and 't' (default) for text.
#[pyfunction(
    sig = "(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)",
    text = "($module, /, file, mode='r', buffering=-1, encoding=None,\n     errors=None, newline=None, closefd=True, opener=None)"
)]
pub fn open(
    thread: &Thread,
    file: &Object,
    mode: Option<&Object>,
    buffering: i32,
    encoding: Option<&Object>,
    errors: Option<&Object>,
    newline: Option<&Object>,
    closefd: bool,
    opener: Option<&Object>,
) -> PyResult<Obj> {
    let mode: Owned<Str> = match mode {
        None => intern!("r").own_typed(),
        Some(mode) => match mode.cast::<Str>() {
            Some(mode) => mode.own_typed(),
            None => return Err(thread.type_error(&format!("open() argument 'mode' must be str, not {}", type_name(mode)))),
        },
    };
    let mode_text = mode.to_rust(thread)?;
    if mode_text.contains('\0') {
        return Err(thread.value_error("embedded null character"));
    }
    let encoding = optional_text(thread, "open", "encoding", encoding)?;
    let errors = optional_text(thread, "open", "errors", errors)?;
    let newline = optional_text(thread, "open", "newline", newline)?;
    let path = if file.has_index() { file.own() } else { file::fs_convert(thread, file)? };
    let parsed = parse_mode(thread, &mode_text)?;
    if parsed.binary {
        for (given, name) in [(encoding, "encoding"), (errors, "errors"), (newline, "newline")] {
            if given.is_some() {
                let article = if name == "newline" { "a" } else { "an" };
                return Err(thread.value_error(&format!("binary mode doesn't take {article} {name} argument")));
            }
        }
        if buffering == 1 {
            pyrox_objects::warn::runtime(
                thread,
                "line buffering (buffering=1) isn't supported in binary mode, the default buffer size will be used",
            )?;
        }
    }
    let raw_mode: String = mode_text.chars().filter(|c| "xrwa".contains(*c)).chain(parsed.updating.then_some('+')).collect();
    let raw = FileIo::open(thread, &path, &raw_mode, closefd, opener)?;
    let finished = layers(thread, &raw, &parsed, &mode, buffering, encoding, errors, newline);
    if finished.is_err() {
        // The file is closed, whatever layer failed.
        let failure = thread.take_raised();
        if raw.call_method(thread, intern!("close"), &[]).is_err() {
            thread.set_raised(None);
        }
        thread.set_raised(failure);
    }
    finished
}

fn layers(
    thread: &Thread,
    raw: &FileIo,
    parsed: &Mode,
    mode: &Str,
    buffering: i32,
    encoding: Option<&Str>,
    errors: Option<&Str>,
    newline: Option<&Str>,
) -> PyResult<Obj> {
    let terminal = buffering < 0 && raw.is_terminal_if_device(thread);
    let line_buffering = buffering == 1 || terminal;
    let size = if buffering < 0 || buffering == 1 {
        raw.block_size().clamp(DEFAULT_BUFFER_SIZE as i64, 8 << 20) as isize
    } else {
        buffering as isize
    };
    if size == 0 {
        if !parsed.binary {
            return Err(thread.value_error("can't have unbuffered text I/O"));
        }
        return Ok(raw.own());
    }
    let buffer: Obj = if parsed.updating {
        BufferedRandom::make(thread, raw, size)?.upcast()
    } else if parsed.creating || parsed.writing || parsed.appending {
        BufferedWriter::make(thread, raw, size)?.upcast()
    } else {
        BufferedReader::make(thread, raw, size)?.upcast()
    };
    if parsed.binary {
        return Ok(buffer);
    }
    let text = TextIoWrapper::over(thread, &buffer, encoding, errors, newline, line_buffering)?;
    text.setattr(thread, intern!("mode"), Some(mode))?;
    Ok(text)
}

/// Opens the provided file with the intent to import the contents.
///
/// This may perform extra validation beyond open(), but is otherwise
/// interchangeable with calling open(path, 'rb').
#[pyfunction(sig = "(path)", text = "($module, /, path)")]
pub fn open_code(thread: &Thread, path: &Object) -> PyResult<Obj> {
    if !path.is_instance::<Str>() {
        return Err(thread.type_error(&format!("open_code() argument 'path' must be str, not {}", type_name(path))));
    }
    let raw = FileIo::open(thread, path, "r", true, None)?;
    let parsed = Mode { reading: true, binary: true, ..Mode::default() };
    layers(thread, &raw, &parsed, intern!("rb"), -1, None, None, None)
}

/// A helper function to choose the text encoding.
///
/// When encoding is not None, this function returns it.
/// Otherwise, this function returns the default text encoding
/// (i.e. "locale" or "utf-8" depends on UTF-8 mode).
#[pyfunction(sig = "(encoding, stacklevel=2, /)")]
pub fn text_encoding(thread: &Thread, encoding: &Object, _stacklevel: i32) -> PyResult<Obj> {
    if !encoding.is_none() {
        return Ok(encoding.own());
    }
    if crate::text::flag(thread, "warn_default_encoding") {
        pyrox_objects::hooks::warn(thread, exceptions::encoding_warning(), "'encoding' argument not specified")?;
    }
    Ok(if crate::text::flag(thread, "utf8_mode") { intern!("utf-8").own() } else { intern!("locale").own() })
}
