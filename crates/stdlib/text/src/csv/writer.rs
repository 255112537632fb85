//! `writer`: records out of rows of fields.

use pyrox_macros::pyclass;
use pyrox_objects::native::{NO_MEMBER, object_member};
use pyrox_objects::text_writer::TextWriter;
use pyrox_objects::{Complex, Float, Head, Int, Obj, ObjCell, Object, Owned, PyResult, PyType, Str, Thread, exceptions, intern};

use super::dialect::{Dialect, NOT_SET, QUOTE_ALL, QUOTE_NONE, QUOTE_NONNUMERIC, QUOTE_NOTNULL, QUOTE_STRINGS};
use super::error;

/// Writes each row with one call of a file's `write`.
#[repr(C)]
pub struct Writer {
    head: Head,
    write: ObjCell,
    dialect: ObjCell,
}

/// The record being joined.
struct Record<'a> {
    thread: &'a Thread,
    dialect: &'a Dialect,
    terminator: Owned<Str>,
    out: TextWriter,
    fields: usize,
}

impl Record<'_> {
    fn needs_care(&self, c: u32) -> bool {
        let dialect = self.dialect;
        c == dialect.delimiter.get()
            || c == dialect.escapechar.get()
            || c == dialect.quotechar.get()
            || c == '\n' as u32
            || c == '\r' as u32
            || self.terminator.chars().any(|t| t == c)
    }

    /// Join a field: its text, or none if it is `None`.
    fn append(&mut self, text: Option<&Str>, mut quoted: bool) -> PyResult<()> {
        let (thread, dialect) = (self.thread, self.dialect);
        let (quote, escape, style) = (dialect.quotechar.get(), dialect.escapechar.get(), dialect.quoting.get());
        if self.fields > 0 {
            self.out.push_char(dialect.delimiter.get());
        }
        let mut field = TextWriter::new();
        for c in text.iter().flat_map(|text| text.chars()) {
            if self.needs_care(c) {
                let mut escaped = style == QUOTE_NONE;
                if !escaped {
                    if c == quote {
                        if dialect.doubles_quotes() { field.push_char(quote) } else { escaped = true }
                    } else if c == escape {
                        escaped = true;
                    }
                    quoted |= !escaped;
                }
                if escaped {
                    if escape == NOT_SET {
                        return Err(error(thread, "need to escape, but no escapechar set"));
                    }
                    field.push_char(escape);
                }
            }
            field.push_char(c);
        }
        // Without quotes it would be lost.
        if field.len() == 0 && dialect.delimiter.get() == ' ' as u32 && dialect.skips_space() {
            if style == QUOTE_NONE || text.is_none() && matches!(style, QUOTE_STRINGS | QUOTE_NOTNULL) {
                return Err(error(thread, "empty field must be quoted if delimiter is a space and skipinitialspace is true"));
            }
            quoted = true;
        }
        if quoted {
            self.out.push_char(quote);
        }
        self.out.push(&*field.finish(thread)?);
        if quoted {
            self.out.push_char(quote);
        }
        self.fields += 1;
        Ok(())
    }
}

/// `PyNumber_Check`.
fn is_number(value: &Object) -> bool {
    value.is_instance::<Int>()
        || value.is_instance::<Float>()
        || value.is_instance::<Complex>()
        || [intern!("__index__"), intern!("__int__"), intern!("__float__")].into_iter().any(|name| value.ty().lookup(name).is_some())
}

impl Writer {
    pub fn create(thread: &Thread, write: Obj, dialect: Owned<Dialect>) -> PyResult<Obj> {
        let made = Writer { head: Head::unset(), write: ObjCell::new(Some(write)), dialect: ObjCell::new(Some(dialect.upcast())) };
        Ok(Writer::ty().instantiate(thread, made)?.upcast())
    }

    fn write_row(&self, thread: &Thread, row: &Object) -> PyResult<Obj> {
        let Some(Ok(dialect)) = self.dialect.get().map(Obj::downcast::<Dialect>) else { return Err(thread.type_error("no dialect")) };
        let Some(fields) = thread.optional(row.iter(thread), exceptions::type_error())? else {
            return Err(error(thread, &format!("iterable expected, not {}", row.ty().full_name())));
        };
        let style = dialect.quoting.get();
        let mut record = Record { thread, dialect: &dialect, terminator: dialect.terminator(), out: TextWriter::new(), fields: 0 };
        let mut last_is_none = false;
        while let Some(field) = fields.next(thread)? {
            let quoted = match style {
                QUOTE_NONNUMERIC => !is_number(&field),
                QUOTE_ALL => true,
                QUOTE_STRINGS => field.is_instance::<Str>(),
                QUOTE_NOTNULL => !field.is_none(),
                _ => false,
            };
            last_is_none = field.is_none();
            match field.cast::<Str>() {
                Some(text) => record.append(Some(text), quoted)?,
                None if last_is_none => record.append(None, quoted)?,
                None => record.append(Some(&*field.str(thread)?), quoted)?,
            }
        }
        // A row of one empty field must not look like an empty line.
        if record.fields > 0 && record.out.len() == 0 {
            if style == QUOTE_NONE || last_is_none && matches!(style, QUOTE_STRINGS | QUOTE_NOTNULL) {
                return Err(error(thread, "single empty field record must be quoted"));
            }
            record.fields -= 1;
            record.append(None, true)?;
        }
        let Record { mut out, terminator, .. } = record;
        out.push(&terminator);
        let line = out.finish(thread)?;
        match self.write.get() {
            Some(write) => write.call(thread, &[&line]),
            None => Err(thread.type_error("no file")),
        }
    }
}

/// CSV writer
///
/// Writer objects are responsible for generating tabular data
/// in CSV format from sequence input.
#[pyclass(name = "writer", module = "_csv", traverse = [write, dialect], dealloc = drop,
    members = &[object_member(c"dialect", 24, true), NO_MEMBER])]
impl Writer {
    /// Construct and write a CSV record from an iterable of fields.
    ///
    /// Non-string elements will be converted to string.
    #[method(sig = "(row, /)")]
    fn writerow(&self, thread: &Thread, row: &Object) -> PyResult<Obj> {
        self.write_row(thread, row)
    }
    /// Construct and write a series of iterables to a csv file.
    ///
    /// Non-string elements will be converted to string.
    #[method(sig = "(rows, /)")]
    fn writerows(&self, thread: &Thread, rows: &Object) -> PyResult<()> {
        let rows = rows.iter(thread)?;
        while let Some(row) = rows.next(thread)? {
            self.write_row(thread, &row)?;
        }
        Ok(())
    }
}
