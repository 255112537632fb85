//! `str.format`: markup, field names and the rendering of fields.
//!
//! [`Markup`] and [`FieldName`] are also what `string.Formatter` reads through `_string`.

use std::ops::Range;

use pyrox_unicode::ctype;

use super::{Chars, Str};
use crate::native::{Keywords, Rest};
use crate::object::{Obj, Object, Own, Owned};
use crate::text_writer::TextWriter;
use crate::{Int, PyResult, Thread};

/// A replacement field in braces.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: Range<usize>,
    pub spec: Range<usize>,
    /// The character after `!`.
    pub conversion: Option<u32>,
    /// The specification has fields of its own.
    pub nested: bool,
}

/// Literal text and the field that follows it, as positions in the format string.
#[derive(Clone, Debug)]
pub struct Piece {
    pub literal: Range<usize>,
    pub field: Option<Field>,
}

/// Reads a format string piece by piece.
pub struct Markup<'a> {
    chars: Chars<'a>,
    at: usize,
    end: usize,
}

impl<'a> Markup<'a> {
    pub fn new(text: &'a Str) -> Markup<'a> {
        Markup::within(text.as_chars(), 0..text.len())
    }

    /// As [`Markup::new`], from a position where an earlier reader stopped.
    pub fn resume(text: &'a Str, at: usize) -> Markup<'a> {
        Markup::within(text.as_chars(), at.min(text.len())..text.len())
    }

    fn within(chars: Chars<'a>, range: Range<usize>) -> Markup<'a> {
        Markup { chars, at: range.start, end: range.end }
    }

    /// Where the next piece begins.
    pub fn position(&self) -> usize {
        self.at
    }

    fn take(&mut self) -> Option<char> {
        if self.at >= self.end {
            return None;
        }
        self.at += 1;
        // Only ASCII characters mean something here.
        Some(char::from_u32(self.chars.at(self.at - 1)).unwrap_or('\u{fffd}'))
    }

    /// The next piece, `None` at the end; the error is a `ValueError`'s message.
    pub fn next(&mut self) -> Result<Option<Piece>, &'static str> {
        if self.at >= self.end {
            return Ok(None);
        }
        let start = self.at;
        let mut brace = None;
        while let Some(c) = self.take() {
            if c == '{' || c == '}' {
                brace = Some(c);
                break;
            }
        }
        let Some(brace) = brace else {
            return Ok(Some(Piece { literal: start..self.end, field: None }));
        };
        let following = (self.at < self.end).then(|| self.chars.at(self.at));
        if following == Some(brace as u32) {
            self.at += 1;
            return Ok(Some(Piece { literal: start..self.at - 1, field: None }));
        }
        if brace == '}' {
            return Err("Single '}' encountered in format string");
        }
        if following.is_none() {
            return Err("Single '{' encountered in format string");
        }
        let literal = start..self.at - 1;
        Ok(Some(Piece { literal, field: Some(self.field()?) }))
    }

    fn field(&mut self) -> Result<Field, &'static str> {
        let start = self.at;
        let closing = loop {
            match self.take() {
                None => return Err("expected '}' before end of string"),
                Some('{') => return Err("unexpected '{' in field name"),
                Some('[') => {
                    while self.at < self.end && self.chars.at(self.at) != ']' as u32 {
                        self.at += 1;
                    }
                }
                Some(c @ ('}' | ':' | '!')) => break c,
                Some(_) => {}
            }
        };
        let name = start..self.at - 1;
        let mut field = Field { name, spec: self.at..self.at, conversion: None, nested: false };
        if closing == '}' {
            return Ok(field);
        }
        if closing == '!' {
            if self.at >= self.end {
                return Err("end of string while looking for conversion specifier");
            }
            field.conversion = Some(self.chars.at(self.at));
            self.at += 1;
            match self.take() {
                Some('}') => return Ok(field),
                None | Some(':') => {}
                Some(_) => return Err("expected ':' after conversion specifier"),
            }
        }
        let spec = self.at;
        let mut depth = 1;
        while let Some(c) = self.take() {
            match c {
                '{' => {
                    field.nested = true;
                    depth += 1;
                }
                '}' => {
                    depth -= 1;
                    if depth == 0 {
                        field.spec = spec..self.at - 1;
                        return Ok(field);
                    }
                }
                _ => {}
            }
        }
        Err("unmatched '{' in format spec")
    }
}

/// A part of a field name: a position or a name.
#[derive(Clone, Debug)]
pub enum Key {
    Index(usize),
    Name(Range<usize>),
}

/// `.name` or `[key]` behind the first part.
#[derive(Clone, Debug)]
pub enum Step {
    Attribute(Range<usize>),
    Item(Key),
}

/// A field name taken apart.
pub struct FieldName<'a> {
    chars: Chars<'a>,
    /// The first part; an empty one asks for the next position.
    pub first: Key,
    at: usize,
    end: usize,
}

/// The number that decimal digits spell; `None` if the text is none.
fn integer(chars: Chars<'_>, range: &Range<usize>) -> Result<Option<usize>, &'static str> {
    if range.is_empty() {
        return Ok(None);
    }
    let mut value = 0isize;
    for at in range.clone() {
        let Some(digit) = ctype::decimal(chars.at(at)) else { return Ok(None) };
        value = match value.checked_mul(10).and_then(|v| v.checked_add(digit as isize)) {
            Some(value) => value,
            None => return Err("Too many decimal digits in format string"),
        };
    }
    Ok(Some(value as usize))
}

impl<'a> FieldName<'a> {
    pub fn new(text: &'a Str) -> Result<FieldName<'a>, &'static str> {
        FieldName::within(text.as_chars(), 0..text.len())
    }

    fn within(chars: Chars<'a>, range: Range<usize>) -> Result<FieldName<'a>, &'static str> {
        let stop = range.clone().find(|&at| [b'.' as u32, b'[' as u32].contains(&chars.at(at))).unwrap_or(range.end);
        let first = range.start..stop;
        let first = match integer(chars, &first)? {
            Some(index) => Key::Index(index),
            None => Key::Name(first),
        };
        Ok(FieldName { chars, first, at: stop, end: range.end })
    }

    /// The next step behind the first part.
    pub fn next(&mut self) -> Result<Option<Step>, &'static str> {
        if self.at >= self.end {
            return Ok(None);
        }
        let kind = self.chars.at(self.at);
        let start = self.at + 1;
        let step = if kind == '.' as u32 {
            let stop = (start..self.end).find(|&at| [b'.' as u32, b'[' as u32].contains(&self.chars.at(at))).unwrap_or(self.end);
            self.at = stop;
            (start..stop, true)
        } else if kind == '[' as u32 {
            let Some(stop) = (start..self.end).find(|&at| self.chars.at(at) == ']' as u32) else {
                return Err("Missing ']' in format string");
            };
            self.at = stop + 1;
            (start..stop, false)
        } else {
            return Err("Only '.' or '[' may follow ']' in format field specifier");
        };
        let (range, attribute) = step;
        let index = if attribute { None } else { integer(self.chars, &range)? };
        if range.is_empty() {
            return Err("Empty attribute in format string");
        }
        Ok(Some(match (attribute, index) {
            (true, _) => Step::Attribute(range),
            (false, Some(index)) => Step::Item(Key::Index(index)),
            (false, None) => Step::Item(Key::Name(range)),
        }))
    }
}

/// Where fields find their values.
pub trait Fields {
    /// A value by position.
    fn position(&self, thread: &Thread, index: usize) -> PyResult<Obj>;
    /// A value by name.
    fn name(&self, thread: &Thread, name: &Str) -> PyResult<Obj>;
}

/// The arguments of `str.format`.
pub struct Arguments<'a>(pub Rest<'a>, pub Keywords<'a>);

impl Fields for Arguments<'_> {
    fn position(&self, thread: &Thread, index: usize) -> PyResult<Obj> {
        match self.0.get(index) {
            Some(value) => Ok(value.own()),
            None => Err(thread.index_error(&format!("Replacement index {index} out of range for positional args tuple"))),
        }
    }
    fn name(&self, thread: &Thread, name: &Str) -> PyResult<Obj> {
        match self.1.iter().find(|(key, _)| key.same_as(name)) {
            Some((_, value)) => Ok(value.own()),
            None => Err(thread.key_error(name)),
        }
    }
}

/// The mapping of `str.format_map`.
pub struct Mapping<'a>(pub &'a Object);

impl Fields for Mapping<'_> {
    fn position(&self, thread: &Thread, _: usize) -> PyResult<Obj> {
        Err(thread.value_error("Format string contains positional fields"))
    }
    fn name(&self, thread: &Thread, name: &Str) -> PyResult<Obj> {
        self.0.get_item(thread, name)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Numbering {
    Unknown,
    Automatic,
    Manual,
}

struct Formatter<'a> {
    fields: &'a dyn Fields,
    numbering: Numbering,
    next: usize,
}

impl Formatter<'_> {
    fn number(&mut self, thread: &Thread, automatic: bool) -> PyResult<()> {
        let wanted = if automatic { Numbering::Automatic } else { Numbering::Manual };
        if self.numbering == Numbering::Unknown {
            self.numbering = wanted;
        }
        if self.numbering != wanted {
            return Err(thread.value_error(if automatic {
                "cannot switch from manual field specification to automatic field numbering"
            } else {
                "cannot switch from automatic field numbering to manual field specification"
            }));
        }
        Ok(())
    }

    fn value(&mut self, thread: &Thread, chars: Chars<'_>, name: Range<usize>) -> PyResult<Obj> {
        let raise = |message: &str| thread.value_error(message);
        let text = |range: &Range<usize>| Str::from_chars(thread, chars.slice(range.start, range.end));
        let mut name = FieldName::within(chars, name).map_err(raise)?;
        let mut value = match &name.first {
            Key::Index(index) => {
                self.number(thread, false)?;
                self.fields.position(thread, *index)?
            }
            Key::Name(range) if range.is_empty() => {
                self.number(thread, true)?;
                self.next += 1;
                self.fields.position(thread, self.next - 1)?
            }
            Key::Name(range) => {
                let key = text(range)?;
                self.fields.name(thread, &key)?
            }
        };
        while let Some(step) = name.next().map_err(raise)? {
            value = match step {
                Step::Attribute(range) => value.getattr(thread, &*text(&range)?)?,
                Step::Item(Key::Index(index)) if value.is_sequence() => value.sequence_item(thread, index as isize)?,
                Step::Item(Key::Index(index)) => value.get_item(thread, &Int::from(index as i64))?,
                Step::Item(Key::Name(range)) => value.get_item(thread, &*text(&range)?)?,
            };
        }
        Ok(value)
    }

    fn write(&mut self, thread: &Thread, out: &mut TextWriter, chars: Chars<'_>, range: Range<usize>, depth: u32) -> PyResult<()> {
        if depth == 0 {
            return Err(thread.value_error("Max string recursion exceeded"));
        }
        let mut markup = Markup::within(chars, range);
        while let Some(piece) = markup.next().map_err(|message| thread.value_error(message))? {
            if !piece.literal.is_empty() {
                out.push_chars(chars.slice(piece.literal.start, piece.literal.end));
            }
            let Some(field) = piece.field else { continue };
            let mut value = self.value(thread, chars, field.name)?;
            if let Some(conversion) = field.conversion {
                value = match char::from_u32(conversion) {
                    Some('r') => value.repr(thread)?.upcast(),
                    Some('s') => value.str(thread)?.upcast(),
                    Some('a') => value.ascii(thread)?.upcast(),
                    Some(c @ '!'..='~') => {
                        return Err(thread.value_error(&format!("Unknown conversion specifier {c}")));
                    }
                    _ => return Err(thread.value_error(&format!("Unknown conversion specifier \\x{conversion:x}"))),
                };
            }
            let spec = if field.nested {
                let mut inner = TextWriter::new();
                self.write(thread, &mut inner, chars, field.spec, depth - 1)?;
                inner.finish(thread)?
            } else {
                Str::from_chars(thread, chars.slice(field.spec.start, field.spec.end))?
            };
            out.push(&*value.format(thread, Some(&spec))?);
        }
        Ok(())
    }
}

/// `text.format(...)` with values from `fields`.
pub fn format(thread: &Thread, text: &Str, fields: &dyn Fields) -> PyResult<Owned<Str>> {
    let text = text.own_typed();
    let mut out = TextWriter::new();
    let mut formatter = Formatter { fields, numbering: Numbering::Unknown, next: 0 };
    formatter.write(thread, &mut out, text.as_chars(), 0..text.len(), 2)?;
    out.finish(thread)
}
