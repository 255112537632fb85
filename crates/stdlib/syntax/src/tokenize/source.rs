//! The characters of a program that comes line by line from a `readline` function.
//!
//! Lines are appended to a buffer as long as the token at hand began in an earlier one, so a token's text is
//! always a slice of it. All positions are byte offsets into that buffer.

use pyrox_objects::{Bytes, Obj, Object, PyResult, Raised, Str, Thread, exceptions};

/// The end of input, among characters.
pub const EOF: i32 = -1;

/// Why no more characters come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    No,
    Eof,
    /// An exception is set.
    Raised,
    Dedent,
    TabSpace,
    TooDeep,
    LineContinuation,
}

/// Read position and what is known of the current line.
pub struct Source {
    pub buffer: Vec<u8>,
    pub cur: usize,
    pub line_start: usize,
    pub lineno: i32,
    /// Start of the token at hand; while it is set the buffer only grows.
    pub start: Option<usize>,
    /// Inside a formatted string the buffer only grows, too.
    pub in_string: bool,
    pub done: Done,
    /// The last line came without a newline and was given one.
    pub implicit_newline: bool,
    /// Of `readline`'s bytes; text if missing.
    pub encoding: Option<String>,
    /// Some line was read.
    pub begun: bool,
}

impl Source {
    pub fn new(encoding: Option<String>) -> Source {
        Source {
            buffer: Vec::new(),
            cur: 0,
            line_start: 0,
            lineno: 0,
            start: None,
            in_string: false,
            done: Done::No,
            implicit_newline: false,
            encoding,
            begun: false,
        }
    }

    fn line(&self, thread: &Thread, readline: &Object) -> PyResult<Option<Vec<u8>>> {
        let line = match readline.call(thread, &[]) {
            Ok(line) => line,
            Err(Raised) if thread.take_if(exceptions::stop_iteration()) => return Ok(None),
            Err(raised) => return Err(raised),
        };
        let line: Obj = match &self.encoding {
            Some(encoding) => {
                if !line.is_instance::<Bytes>() {
                    return Err(thread.type_error("readline() returned a non-bytes object"));
                }
                let errors = Str::from_str(thread, "replace")?;
                line.call_method(thread, pyrox_objects::intern!("decode"), &[&*Str::from_str(thread, encoding)?, &errors])?
            }
            None => line,
        };
        match line.cast::<Str>() {
            Some(text) => Ok(Some(text.to_rust(thread)?.into_bytes())),
            None => Err(thread.type_error("readline() returned a non-string object")),
        }
    }

    fn underflow(&mut self, thread: &Thread, readline: &Object) -> bool {
        if self.start.is_none() && !self.in_string {
            self.buffer.clear();
            self.cur = 0;
        }
        let line = match self.line(thread, readline) {
            Ok(line) => line.unwrap_or_default(),
            Err(Raised) => {
                self.done = Done::Raised;
                return false;
            }
        };
        if line.is_empty() {
            self.done = Done::Eof;
            return false;
        }
        self.begun = true;
        self.buffer.extend_from_slice(&line);
        self.implicit_newline = line.last() != Some(&b'\n');
        if self.implicit_newline {
            self.buffer.push(b'\n');
        }
        self.lineno = self.lineno.saturating_add(1);
        true
    }

    /// The next character (a byte of UTF-8), or [`EOF`].
    pub fn next(&mut self, thread: &Thread, readline: &Object) -> i32 {
        loop {
            if let Some(&byte) = self.buffer.get(self.cur) {
                self.cur += 1;
                return i32::from(byte);
            }
            if self.done != Done::No {
                return EOF;
            }
            if !self.underflow(thread, readline) {
                self.cur = self.buffer.len();
                return EOF;
            }
            self.line_start = self.cur;
            if self.buffer.get(self.line_start..).is_some_and(|line| line.contains(&0)) {
                self.syntax_error(thread, "source code cannot contain null bytes");
                self.cur = self.buffer.len();
                return EOF;
            }
        }
    }

    /// Take a character back that [`Source::next`] gave.
    pub fn back(&mut self, c: i32) {
        if c != EOF {
            self.cur = self.cur.saturating_sub(1);
        }
    }

    /// The text between two offsets.
    pub fn text(&self, start: usize, end: usize) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self.buffer.get(start..end.max(start)).unwrap_or(&[]))
    }

    /// Raise a `SyntaxError` at the read position.
    pub fn syntax_error(&mut self, thread: &Thread, message: &str) {
        let column = self.text(self.line_start, self.cur).chars().count();
        self.syntax_error_at(thread, column, column, message);
    }

    /// Raise a `SyntaxError` from one column of the current line to another, both counted from 1.
    pub fn syntax_error_at(&mut self, thread: &Thread, column: usize, end_column: usize, message: &str) {
        if self.done == Done::Raised {
            return;
        }
        self.done = Done::Raised;
        let line = self.text(self.line_start, self.buffer.len());
        let line = line.split(['\n', '\0']).next().unwrap_or("");
        let lineno = i64::from(self.lineno);
        raise(thread, exceptions::syntax_error(), message, lineno, column as i64, line, Some((lineno, end_column as i64)));
    }

    /// Raise what [`Done`] tells of an input that ended badly.
    pub fn raise_done(&mut self, thread: &Thread) -> Raised {
        let (class, message) = match self.done {
            Done::Raised => return Raised,
            Done::Eof => {
                let raised = thread.error(exceptions::syntax_error(), "unexpected EOF in multi-line statement");
                self.done = Done::Raised;
                return self.locate(thread).err().unwrap_or(raised);
            }
            Done::Dedent => (exceptions::indentation_error(), "unindent does not match any outer indentation level"),
            Done::TabSpace => (exceptions::tab_error(), "inconsistent use of tabs and spaces in indentation"),
            Done::TooDeep => (exceptions::indentation_error(), "too many levels of indentation"),
            Done::LineContinuation => (exceptions::syntax_error(), "unexpected character after line continuation character"),
            Done::No => (exceptions::syntax_error(), "unknown tokenization error"),
        };
        self.done = Done::Raised;
        let text = self.text(0, self.buffer.len());
        let column = text.chars().count();
        raise(thread, class, message, i64::from(self.lineno), column as i64, text.strip_suffix('\n').unwrap_or(&text), None)
    }

    /// Give the raised exception the place where the input ended.
    fn locate(&self, thread: &Thread) -> PyResult<()> {
        let Some(exception) = thread.take_raised() else { return Ok(()) };
        let lineno = pyrox_objects::Int::from(i64::from(self.lineno));
        let offset = pyrox_objects::Int::from(self.buffer.len() as i64);
        exception.setattr_str(thread, "filename", &*Str::from_str(thread, "<string>")?)?;
        exception.setattr_str(thread, "lineno", &lineno)?;
        exception.setattr_str(thread, "offset", &offset)?;
        exception.setattr_str(thread, "end_lineno", &lineno)?;
        thread.set_raised(Some(exception));
        Ok(())
    }
}

fn raise(
    thread: &Thread,
    class: &pyrox_objects::Type,
    message: &str,
    lineno: i64,
    offset: i64,
    line: &str,
    end: Option<(i64, i64)>,
) -> Raised {
    use pyrox_objects::{Int, Tuple};
    let make = || -> PyResult<Obj> {
        let number = |value: i64| Int::from(value).upcast();
        let details = vec![
            Str::from_str(thread, "<string>")?.upcast(),
            number(lineno),
            number(offset),
            Str::from_str(thread, line)?.upcast(),
            end.map_or_else(pyrox_objects::none, |(line, _)| number(line)),
            end.map_or_else(pyrox_objects::none, |(_, column)| number(column)),
        ];
        class.call(thread, &[&*Str::from_str(thread, message)?, &*Tuple::from_vec(thread, details)?])
    };
    match make() {
        Ok(exception) => thread.raise(exception),
        Err(raised) => raised,
    }
}
