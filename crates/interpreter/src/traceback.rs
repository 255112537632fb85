//! `traceback` objects, and the text of an uncaught exception.

use std::cell::Cell;

use pyrox_macros::pyclass;
use pyrox_objects::exceptions::BaseException;
use pyrox_objects::exceptions::syntax_error::SyntaxError;
use pyrox_objects::object::Own;
use pyrox_objects::{Head, Int, Obj, ObjCell, Object, Owned, PyResult, PyType, Str, Thread, Type};

use crate::code::Code;
use crate::frame::{Frame, FrameObject};

/// One level of a traceback. Layout: `PyTracebackObject`.
#[repr(C)]
pub struct Traceback {
    head: Head,
    next: ObjCell,
    frame: ObjCell,
    /// Byte offset of the instruction.
    offset: Cell<i32>,
    /// The line; -1 until somebody asks.
    line: Cell<i32>,
}

impl Traceback {
    /// Put `frame` at the head of the raised exception's traceback.
    pub fn add_here(thread: &Thread, frame: &Frame) {
        let Some(exception) = thread.take_raised() else { return };
        if let (Some(base), Ok(object)) = (BaseException::of(&exception), frame.object(thread)) {
            let next = base.traceback();
            let made = Self::ty().instantiate(
                thread,
                Traceback {
                    head: Head::unset(),
                    next: ObjCell::new(next),
                    frame: ObjCell::new(Some(object.upcast())),
                    offset: Cell::new(frame.offset() as i32 * 2),
                    line: Cell::new(-1),
                },
            );
            if let Ok(made) = made {
                base.set_traceback(Some(made.upcast()));
            }
        }
        thread.set_raised(Some(exception));
    }

    /// Put a frame object at the head of the raised exception's traceback.
    pub fn add_frame(thread: &Thread, frame: &FrameObject) {
        let Some(exception) = thread.take_raised() else { return };
        if let Some(base) = BaseException::of(&exception) {
            let made = Traceback {
                head: Head::unset(),
                next: ObjCell::new(base.traceback()),
                frame: ObjCell::new(Some((**frame).own())),
                offset: Cell::new(frame.frame().offset() as i32 * 2),
                line: Cell::new(frame.line().unwrap_or(-1)),
            };
            if let Ok(made) = Self::ty().instantiate(thread, made) {
                base.set_traceback(Some(made.upcast()));
            }
        }
        thread.set_raised(Some(exception));
    }

    fn frame(&self) -> Option<Owned<FrameObject>> {
        self.frame.get().and_then(|f| f.downcast().ok())
    }

    /// The line of the instruction.
    pub fn line(&self) -> i32 {
        if self.line.get() < 0 {
            if let Some(frame) = self.frame() {
                self.line.set(frame.frame().code().line_at(self.offset.get() as usize / 2).unwrap_or(-1));
            }
        }
        self.line.get()
    }
}

impl Traceback {
    /// The code that ran.
    pub fn code(&self) -> Option<Owned<Code>> {
        self.frame().map(|frame| frame.frame().code().own_typed())
    }

    /// The next level: the called function's.
    pub fn next(&self) -> Option<Obj> {
        self.next.get()
    }

    /// Cut the chain, or lead it on elsewhere.
    pub fn set_next(&self, next: Option<Obj>) {
        self.next.set(next);
    }
}

/// Create a new traceback object.
#[pyclass(name = "traceback", symbol = "PyTraceBack_Type", traverse = [next, frame], dealloc = drop, basicsize = 40)]
impl Traceback {
    #[new(sig = "(tb_next, tb_frame, tb_lasti, tb_lineno)")]
    fn create(_cls: &Type, thread: &Thread, tb_next: &Object, tb_frame: &Object, tb_lasti: i32, tb_lineno: i32) -> PyResult<Obj> {
        if !tb_next.is_none() && !tb_next.is_instance::<Traceback>() {
            return Err(thread.type_error(&format!("expected traceback object or None, got '{}'", tb_next.ty().full_name())));
        }
        if !tb_frame.is_instance::<FrameObject>() {
            return Err(thread.type_error(&format!(
                "traceback() argument 'tb_frame' must be frame, not {}",
                pyrox_objects::protocol::number::type_name_of(tb_frame)
            )));
        }
        let made = Traceback {
            head: Head::unset(),
            next: ObjCell::new(Some(tb_next.own()).filter(|n| !n.is_none())),
            frame: ObjCell::new(Some(tb_frame.own())),
            offset: Cell::new(tb_lasti),
            line: Cell::new(tb_lineno),
        };
        Ok(Traceback::ty().instantiate(thread, made)?.upcast())
    }
    #[getter]
    fn tb_next(&self) -> Option<Obj> {
        self.next.get()
    }
    #[setter(name = "tb_next")]
    fn assign_next(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        let Some(value) = value else { return Err(thread.type_error("can't delete tb_next attribute")) };
        if value.is_none() {
            self.next.set(None);
            return Ok(());
        }
        let Some(mut entry) = value.cast::<Traceback>().map(Own::own_typed) else {
            return Err(thread.type_error(&format!("expected traceback object, got '{}'", value.ty().full_name())));
        };
        loop {
            if std::ptr::eq(&*entry, self) {
                return Err(thread.value_error("traceback loop detected"));
            }
            match entry.next.get().and_then(|next| next.downcast::<Traceback>().ok()) {
                Some(next) => entry = next,
                None => break,
            }
        }
        self.next.set(Some(value.own()));
        Ok(())
    }
    #[method]
    fn __dir__(&self, thread: &Thread) -> PyResult<Obj> {
        let names = ["tb_frame", "tb_next", "tb_lasti", "tb_lineno"];
        let names: PyResult<Vec<Obj>> = names.iter().map(|n| Ok(Str::intern_str(thread, n)?.upcast())).collect();
        Ok(pyrox_objects::List::from_vec(thread, names?)?.upcast())
    }
    #[getter]
    fn tb_frame(&self) -> Option<Obj> {
        self.frame.get()
    }
    #[getter]
    fn tb_lasti(&self) -> i32 {
        self.offset.get()
    }
    #[getter]
    fn tb_lineno(&self) -> Option<Obj> {
        match self.line() {
            -1 => None,
            line => Some(Int::from(line as i64).upcast()),
        }
    }
}

/// The text that is printed for an exception that nobody catches: chain, traceback, type and message.
pub fn format_exception(thread: &Thread, exception: &Object) -> String {
    let mut out = String::new();
    let mut seen = Vec::new();
    format_chain(thread, exception, &mut out, &mut seen);
    out
}

/// The text of a traceback alone.
pub fn format_traceback(thread: &Thread, traceback: &Object) -> String {
    let mut out = String::from("Traceback (most recent call last):\n");
    format_levels(thread, traceback.own(), &mut out);
    out
}

fn format_chain(thread: &Thread, exception: &Object, out: &mut String, seen: &mut Vec<usize>) {
    let Some(base) = BaseException::of(exception) else { return };
    seen.push(exception.as_ptr() as usize);
    let fresh = |object: &Obj, seen: &Vec<usize>| !seen.contains(&(object.as_ptr() as usize)) && seen.len() < 1000;
    if let Some(cause) = base.cause() {
        if fresh(&cause, seen) {
            format_chain(thread, &cause, out, seen);
            out.push_str("\nThe above exception was the direct cause of the following exception:\n\n");
        }
    } else if let Some(context) = base.context().filter(|_| !base.suppress_context()) {
        if fresh(&context, seen) {
            format_chain(thread, &context, out, seen);
            out.push_str("\nDuring handling of the above exception, another exception occurred:\n\n");
        }
    }
    if let Some(traceback) = base.traceback() {
        out.push_str("Traceback (most recent call last):\n");
        format_levels(thread, traceback, out);
    }
    match SyntaxError::of(exception) {
        Some(error) => format_syntax_error(thread, error, exception, out),
        None => {
            out.push_str(&last_line(thread, exception));
            out.push('\n');
        }
    }
}

/// The place of a syntax error: file, line, the line's text with the faulty part underlined, the message.
fn format_syntax_error(thread: &Thread, error: &SyntaxError, exception: &Object, out: &mut String) {
    let number = |value: Option<Obj>| value.and_then(|v| v.cast::<Int>().and_then(Int::to_i64));
    let text = |value: Option<Obj>| value.and_then(|v| v.downcast::<Str>().ok()).map(|t| t.to_string());
    let line = number(error.lineno());
    let message = text(error.message());
    let (Some(line), Some(message)) = (line, message) else {
        out.push_str(&last_line(thread, exception));
        out.push('\n');
        return;
    };
    let file = text(error.filename()).unwrap_or_else(|| "<string>".into());
    out.push_str(&format!("  File \"{file}\", line {line}\n"));
    if let Some(source) = text(error.text()) {
        let whole = source.trim_end_matches(['\n', '\r']);
        let shown = whole.trim_start();
        out.push_str(&format!("    {}\n", shown.trim_end()));
        if let Some(offset) = number(error.offset()).filter(|&o| o > 0) {
            let indent = whole.chars().count() - shown.chars().count();
            let end = match (number(error.end_lineno()), number(error.end_offset())) {
                (Some(end_line), Some(end)) if end_line == line && end > offset => end,
                (Some(end_line), _) if end_line > line => whole.chars().count() as i64 + 1,
                _ => offset + 1,
            };
            let start = (offset - 1 - indent as i64).max(0) as usize;
            let width = (end - offset).max(1) as usize;
            out.push_str(&format!("    {}{}\n", " ".repeat(start), "^".repeat(width)));
        }
    }
    out.push_str(&format!("{}: {message}\n", exception.ty().full_name()));
}

fn format_levels(thread: &Thread, first: Obj, out: &mut String) {
    let mut next = Some(first);
    let mut last: Option<(String, i32, String)> = None;
    let mut repeated = 0;
    let flush = |repeated: usize, out: &mut String| {
        if repeated > 3 {
            let more = repeated - 3;
            out.push_str(&format!("  [Previous line repeated {more} more time{}]\n", if more == 1 { "" } else { "s" }));
        }
    };
    while let Some(level) = next {
        let Some(level) = level.cast::<Traceback>() else { break };
        if let Some(frame) = level.frame() {
            let code = frame.frame().code();
            let line = level.line();
            let key = (code.filename().to_string(), line, code.name().to_string());
            if last.as_ref() == Some(&key) {
                repeated += 1;
            } else {
                flush(repeated, out);
                repeated = 1;
            }
            if repeated <= 3 {
                out.push_str(&format!("  File \"{}\", line {line}, in {}\n", key.0, key.2));
                if let Some(text) = source_line(&key.0, line) {
                    out.push_str(&format!("    {}\n", text.trim()));
                    let position = code.position_at(level.offset.get() as usize / 2);
                    if let Some(carets) = position.and_then(|p| carets(&text, p)) {
                        out.push_str(&format!("    {carets}\n"));
                    }
                }
            }
            last = Some(key);
        }
        next = level.next.get();
    }
    flush(repeated, out);
    let _ = thread;
}

/// The underline of a position within one line; none if it would cover the whole line.
fn carets(text: &str, (line, end_line, column, end_column): (i32, i32, i32, i32)) -> Option<String> {
    if line != end_line || column < 0 || end_column <= column {
        return None;
    }
    let start = text.len() - text.trim_start().len();
    let trimmed_end = text.trim_end().len();
    let (column, end_column) = (column as usize, (end_column as usize).min(trimmed_end));
    if column <= start && end_column >= trimmed_end || end_column <= column {
        return None;
    }
    let width = |part: &str| part.chars().count();
    let before = width(text.get(start..column)?);
    Some(format!("{}{}", " ".repeat(before), "^".repeat(width(text.get(column..end_column)?))))
}

/// A line of a file, without its end, if it can be read.
pub(crate) fn source_line(file: &str, line: i32) -> Option<String> {
    let bytes = std::fs::read(file).ok()?;
    let bytes = bytes.strip_prefix(pyrox_compiler::source::BYTE_ORDER_MARK).unwrap_or(&bytes);
    let line = pyrox_compiler::source::lines(bytes).nth(usize::try_from(line).ok()?.checked_sub(1)?)?;
    Some(String::from_utf8_lossy(line).into_owned())
}

/// A line of a file whose decoded text is known, if there is such a file.
pub(crate) fn line_of_file(file: &str, line: i32, text: &[u8]) -> Option<String> {
    if text.is_empty() {
        return source_line(file, line);
    }
    if !std::path::Path::new(file).is_file() {
        return None;
    }
    let line = pyrox_compiler::source::lines(text).nth(usize::try_from(line).ok()?.checked_sub(1)?)?;
    Some(String::from_utf8_lossy(line).into_owned())
}

/// `module.Type: message`.
pub fn last_line(thread: &Thread, exception: &Object) -> String {
    let ty = exception.ty();
    let name = match ty.module_name(thread).ok().flatten().and_then(|m| m.downcast::<Str>().ok()) {
        Some(module) if !module.equals_str("builtins") && !module.equals_str("__main__") => {
            format!("{module}.{}", ty.qualname(thread).map(|n| n.to_string()).unwrap_or_default())
        }
        _ => ty.qualname(thread).map(|n| n.to_string()).unwrap_or_default(),
    };
    match exception.str(thread) {
        Ok(text) if text.len() == 0 => name,
        Ok(text) => format!("{name}: {text}"),
        Err(_) => {
            thread.set_raised(None);
            format!("{name}: <exception str() failed>")
        }
    }
}
