//! `reader`: rows of fields out of lines of text.

use std::cell::{Cell, RefCell};
use std::sync::atomic::Ordering;

use pyrox_macros::pyclass;
use pyrox_objects::native::{NO_MEMBER, object_member};
use pyrox_objects::str::Chars;
use pyrox_objects::text_writer::TextWriter;
use pyrox_objects::{Head, List, Obj, ObjCell, Object, Owned, PyResult, PyType, Str, Thread, abi};

use super::dialect::{Dialect, QUOTE_NONE, QUOTE_NONNUMERIC, QUOTE_NOTNULL, QUOTE_STRINGS};
use super::{FIELD_LIMIT, error};

/// Where in a record the parser stands.
#[derive(Clone, Copy, Default, PartialEq)]
enum State {
    #[default]
    StartRecord,
    StartField,
    Escaped,
    InField,
    InQuotedField,
    EscapeInQuotedField,
    QuoteInQuotedField,
    EatNewLine,
    AfterEscapedNewLine,
}

/// The end of a line, as a character.
const END: u32 = u32::MAX - 1;
const CR: u32 = '\r' as u32;
const LF: u32 = '\n' as u32;

/// The record being read. The parser takes it out of the reader while it runs over a line.
#[derive(Default)]
struct Record {
    state: State,
    fields: Vec<Obj>,
    field: TextWriter,
    quoted: bool,
}

impl Record {
    fn add(&mut self, thread: &Thread, c: u32) -> PyResult<()> {
        let limit = FIELD_LIMIT.load(Ordering::Relaxed);
        if self.field.len() as isize >= limit {
            return Err(error(thread, &format!("field larger than field limit ({limit})")));
        }
        self.field.push_char(c);
        Ok(())
    }

    fn save(&mut self, thread: &Thread, dialect: &Dialect) -> PyResult<()> {
        let text = std::mem::take(&mut self.field);
        let quoted = std::mem::replace(&mut self.quoted, false);
        let quoting = dialect.quoting.get();
        let empty = text.len() == 0;
        let field = if empty && !quoted && matches!(quoting, QUOTE_NOTNULL | QUOTE_STRINGS) {
            pyrox_objects::none()
        } else {
            let text = text.finish(thread)?.upcast();
            if !empty && !quoted && matches!(quoting, QUOTE_NONNUMERIC | QUOTE_STRINGS) {
                pyrox_objects::Float::ty().call(thread, &[&text])?
            } else {
                text
            }
        };
        self.fields.push(field);
        Ok(())
    }

    /// Save the field that a line's end closes.
    fn end_field(&mut self, thread: &Thread, dialect: &Dialect, c: u32) -> PyResult<()> {
        self.save(thread, dialect)?;
        self.state = if c == END { State::StartRecord } else { State::EatNewLine };
        Ok(())
    }

    fn feed(&mut self, thread: &Thread, dialect: &Dialect, c: u32) -> PyResult<()> {
        let is_end = c == LF || c == CR || c == END;
        let (delimiter, escape) = (dialect.delimiter.get(), dialect.escapechar.get());
        let is_quote = c == dialect.quotechar.get() && dialect.quoting.get() != QUOTE_NONE;
        if self.state == State::StartRecord {
            match c {
                END => return Ok(()),
                LF | CR => {
                    self.state = State::EatNewLine;
                    return Ok(());
                }
                _ => self.state = State::StartField,
            }
        }
        match self.state {
            State::StartRecord | State::StartField => {
                if is_end {
                    self.end_field(thread, dialect, c)?;
                } else if is_quote {
                    self.quoted = true;
                    self.state = State::InQuotedField;
                } else if c == escape {
                    self.state = State::Escaped;
                } else if c == ' ' as u32 && dialect.skips_space() {
                } else if c == delimiter {
                    self.save(thread, dialect)?;
                } else {
                    self.add(thread, c)?;
                    self.state = State::InField;
                }
            }
            State::Escaped => {
                self.add(thread, if c == END { LF } else { c })?;
                self.state = if c == LF || c == CR { State::AfterEscapedNewLine } else { State::InField };
            }
            State::AfterEscapedNewLine if c == END => {}
            State::AfterEscapedNewLine | State::InField => {
                if is_end {
                    self.end_field(thread, dialect, c)?;
                } else if c == escape {
                    self.state = State::Escaped;
                } else if c == delimiter {
                    self.save(thread, dialect)?;
                    self.state = State::StartField;
                } else {
                    self.add(thread, c)?;
                    self.state = State::InField;
                }
            }
            State::InQuotedField => {
                if c == END {
                } else if c == escape {
                    self.state = State::EscapeInQuotedField;
                } else if is_quote {
                    self.state = if dialect.doubles_quotes() { State::QuoteInQuotedField } else { State::InField };
                } else {
                    self.add(thread, c)?;
                }
            }
            State::EscapeInQuotedField => {
                self.add(thread, if c == END { LF } else { c })?;
                self.state = State::InQuotedField;
            }
            State::QuoteInQuotedField => {
                if is_quote {
                    self.add(thread, c)?;
                    self.state = State::InQuotedField;
                } else if c == delimiter {
                    self.save(thread, dialect)?;
                    self.state = State::StartField;
                } else if is_end {
                    self.end_field(thread, dialect, c)?;
                } else if !dialect.is_strict() {
                    self.add(thread, c)?;
                    self.state = State::InField;
                } else {
                    let shown = |c: u32| char::from_u32(c).unwrap_or(char::REPLACEMENT_CHARACTER);
                    let quote = shown(dialect.quotechar.get());
                    return Err(error(thread, &format!("'{}' expected after '{quote}'", shown(delimiter))));
                }
            }
            State::EatNewLine => match c {
                LF | CR => {}
                END => self.state = State::StartRecord,
                _ => {
                    let message = "new-line character seen in unquoted field - do you need to open the file with newline=''?";
                    return Err(error(thread, message));
                }
            },
        }
        Ok(())
    }

    fn feed_line(&mut self, thread: &Thread, dialect: &Dialect, line: &Str) -> PyResult<()> {
        fn all<T: Copy + Into<u32>>(record: &mut Record, thread: &Thread, dialect: &Dialect, line: &[T]) -> PyResult<()> {
            line.iter().try_for_each(|&c| record.feed(thread, dialect, c.into()))
        }
        match line.as_chars() {
            Chars::Ascii(line) | Chars::Latin1(line) => all(self, thread, dialect, line)?,
            Chars::Ucs2(line) => all(self, thread, dialect, line)?,
            Chars::Ucs4(line) => all(self, thread, dialect, line)?,
        }
        self.feed(thread, dialect, END)
    }
}

/// Iterator over rows.
#[repr(C)]
pub struct Reader {
    head: Head,
    lines: ObjCell,
    dialect: ObjCell,
    line_num: Cell<u64>,
    record: RefCell<Record>,
    /// Rows begun: a source of lines that asks this reader for a row is found out by it.
    turn: Cell<u64>,
}

impl Reader {
    pub fn create(thread: &Thread, lines: Obj, dialect: Owned<Dialect>) -> PyResult<Obj> {
        let made = Reader {
            head: Head::unset(),
            lines: ObjCell::new(Some(lines)),
            dialect: ObjCell::new(Some(dialect.upcast())),
            line_num: Cell::new(0),
            record: RefCell::default(),
            turn: Cell::new(0),
        };
        Ok(Reader::ty().instantiate(thread, made)?.upcast())
    }
}

/// CSV reader
///
/// Reader objects are responsible for reading and parsing tabular data
/// in CSV format.
#[pyclass(name = "reader", module = "_csv", traverse = [lines, dialect], dealloc = drop,
    members = &[object_member(c"dialect", 24, true), abi::PyMemberDef { name: c"line_num".as_ptr(), r#type: abi::Py_T_ULONG, offset: 32,
        flags: abi::Py_READONLY, doc: std::ptr::null() }, NO_MEMBER])]
impl Reader {
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let Some(Ok(dialect)) = self.dialect.get().map(Obj::downcast::<Dialect>) else { return Ok(None) };
        let Some(lines) = self.lines.get() else { return Ok(None) };
        self.record.take();
        let turn = self.turn.get().wrapping_add(1);
        self.turn.set(turn);
        loop {
            let line = lines.next(thread)?;
            if self.turn.get() != turn {
                return Err(error(thread, "iterator has already advanced the reader"));
            }
            let Some(line) = line else {
                let mut record = self.record.take();
                if record.field.len() == 0 && record.state != State::InQuotedField {
                    return Ok(None);
                }
                if dialect.is_strict() {
                    return Err(error(thread, "unexpected end of data"));
                }
                record.save(thread, &dialect)?;
                return Ok(Some(List::from_vec(thread, record.fields)?.upcast()));
            };
            let Some(line) = line.cast::<Str>() else {
                let message =
                    format!("iterator should return strings, not {} (the file should be opened in text mode)", line.ty().full_name());
                return Err(error(thread, &message));
            };
            self.line_num.set(self.line_num.get() + 1);
            let mut record = self.record.take();
            record.feed_line(thread, &dialect, line)?;
            if record.state == State::StartRecord {
                return Ok(Some(List::from_vec(thread, record.fields)?.upcast()));
            }
            self.record.replace(record);
        }
    }
}

const _: () = assert!(std::mem::offset_of!(Reader, line_num) == 32);
