//! String, bytes, formatted and template literals, and their implicit concatenation.

use std::rc::Rc;

use ruff_python_ast as ruff;
use ruff_text_size::{Ranged, TextRange};

use super::Lowering;
use crate::ast::*;
use crate::code::{Const, Text};
use crate::error::{CompileError, ErrorKind, Result, Warning, WarningCategory};
use crate::literals::{self, Problem};

/// How many formatted strings may stand in each other.
const MAX_STRINGS: usize = 150;
/// How many replacement fields may stand in each other's format specifications.
const MAX_FIELDS: usize = 3;

impl Lowering<'_> {
    /// Warn of meaningless escape sequences in a literal whose body starts at `start`.
    fn report(&mut self, problems: Vec<Problem>, start: u32) {
        // One a literal, as CPython does.
        let first = problems.into_iter().find_map(|problem| match problem {
            Problem::InvalidEscape { offset, sequence, octal } => Some((offset, sequence, octal)),
            Problem::Error(_) => None,
        });
        let Some((offset, sequence, octal)) = first else { return };
        let (lineno, column) = self.lines.position(start + offset as u32);
        let kind = if octal { "octal escape" } else { "escape" };
        let warning = Warning {
            category: WarningCategory::SyntaxWarning,
            message: format!(
                "\"\\{sequence}\" is an invalid {kind} sequence. Such sequences will not work in \
                 the future. Did you mean \"\\\\{sequence}\"? A raw string is also an option."
            ),
            lineno,
            offset: column + 1,
            end_lineno: lineno,
            end_offset: column + 3,
        };
        self.warnings.push(warning);
    }

    /// Warn of meaningless escape sequences in literals of a program that is wrong further on.
    pub fn warn_of_escapes(&mut self, places: &[(usize, usize)]) {
        for &(start, end) in places {
            let parts = literals::split(self.text(start as u32, end as u32));
            let body = (start + parts.body_start) as u32;
            let text = self.text(body, body + parts.body.len() as u32);
            let mut problems = Vec::new();
            let read = match parts.bytes {
                true => literals::decode_bytes(text, parts.raw, &mut problems).is_ok(),
                false => literals::decode_str(text, parts.raw, false, false, &mut problems).is_ok(),
            };
            if read {
                self.report(problems, body);
            }
        }
    }

    /// The decoded text of the source from `start` to `end`.
    fn decode(&mut self, start: u32, end: u32, raw: bool, braces: bool, interpolated: bool, whole: TextRange) -> Result<Rc<[u8]>> {
        let mut problems = Vec::new();
        let text = self.text(start, end);
        match literals::decode_str(text, raw, braces, interpolated, &mut problems) {
            Ok(value) => {
                self.report(problems, start);
                Ok(value)
            }
            Err(Problem::Error(message)) => Err(self.error(message, whole)),
            Err(Problem::InvalidEscape { .. }) => Err(self.error("invalid escape", whole)),
        }
    }

    /// Value of one plain string literal, and whether it has the prefix `u`.
    fn plain_string(&mut self, literal: &ruff::StringLiteral) -> Result<(Rc<[u8]>, bool)> {
        let (start, end) = (literal.range.start().to_u32(), literal.range.end().to_u32());
        let parts = literals::split(self.text(start, end));
        let body = start + parts.body_start as u32;
        let body_end = body + parts.body.len() as u32;
        let (raw, unicode) = (parts.raw, parts.unicode);
        Ok((self.decode(body, body_end, raw, false, false, literal.range)?, unicode))
    }

    pub(super) fn string_literal(&mut self, node: &ruff::ExprStringLiteral, location: Location) -> Result<Expr> {
        let parts = node.value.as_slice();
        let mut value: Option<Rc<[u8]>> = None;
        let mut unicode_prefix = false;
        let mut joined = Vec::new();
        for part in parts {
            let (text, unicode) = self.plain_string(part)?;
            match &value {
                None => {
                    unicode_prefix = unicode;
                    if parts.len() > 1 {
                        joined.extend_from_slice(&text);
                    }
                    value = Some(text);
                }
                Some(_) => joined.extend_from_slice(&text),
            }
        }
        let value = match value {
            Some(value) if parts.len() == 1 => value,
            _ => Rc::from(joined),
        };
        let kind = ExprKind::Constant { value: Const::Str(Text(value)), unicode_prefix };
        Ok(Expr { location, kind })
    }

    pub(super) fn bytes_literal(&mut self, node: &ruff::ExprBytesLiteral, location: Location) -> Result<Expr> {
        let mut joined = Vec::new();
        for part in node.value.as_slice() {
            let (start, end) = (part.range.start().to_u32(), part.range.end().to_u32());
            let parts = literals::split(self.text(start, end));
            let body = start + parts.body_start as u32;
            let mut problems = Vec::new();
            match literals::decode_bytes(parts.body, parts.raw, &mut problems) {
                Ok(value) => {
                    self.report(problems, body.saturating_sub(1));
                    joined.extend_from_slice(&value);
                }
                Err(Problem::Error(message)) => return Err(self.error(message, part.range)),
                Err(Problem::InvalidEscape { .. }) => {
                    return Err(self.error("invalid escape", part.range));
                }
            }
        }
        Ok(Expr::constant(location, Const::Bytes(Rc::from(joined))))
    }

    pub(super) fn formatted_string(&mut self, node: &ruff::ExprFString, location: Location) -> Result<Expr> {
        let mut values = Vec::new();
        let outside = self.enter_string('f', node.range)?;
        for part in node.value.as_slice() {
            match part {
                ruff::FStringPart::Literal(literal) => {
                    let (text, unicode_prefix) = self.plain_string(literal)?;
                    let kind = ExprKind::Constant { value: Const::Str(Text(text)), unicode_prefix };
                    values.push(Expr { location: self.location(literal.range), kind });
                }
                ruff::FStringPart::FString(string) => {
                    let raw = self.is_raw(string.range);
                    self.elements(&string.elements, raw, true, false, &mut values)?;
                }
            }
        }
        self.leave_string(outside);
        Ok(Expr { location, kind: ExprKind::JoinedStr(merge_texts(values)) })
    }

    /// Count a formatted string; what comes back is what [`Self::leave_string`] restores.
    fn enter_string(&mut self, letter: char, range: TextRange) -> Result<(char, usize)> {
        self.string_depth += 1;
        if self.string_depth >= MAX_STRINGS {
            let start = range.start().to_u32();
            let text = self.text(start, range.end().to_u32());
            let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
            let rest = &text[letters..];
            let quotes = if rest.starts_with("\"\"\"") || rest.starts_with("'''") { 3 } else { 1 };
            let at = start + (letters + quotes) as u32;
            return Err(self.nested_error("too many nested f-strings or t-strings", at));
        }
        Ok((std::mem::replace(&mut self.string_letter, letter), std::mem::take(&mut self.spec_depth)))
    }

    fn leave_string(&mut self, outside: (char, usize)) {
        self.string_depth -= 1;
        (self.string_letter, self.spec_depth) = outside;
    }

    /// An error of the tokens, which CPython places one character further left.
    fn nested_error(&self, message: &str, at: u32) -> CompileError {
        let mut error = super::located_error(self.source, self.lines, ErrorKind::SyntaxError, message.to_owned(), at, at);
        error.offset -= 1;
        error.end_offset = error.offset;
        error
    }

    pub(super) fn template_string(&mut self, node: &ruff::ExprTString, location: Location) -> Result<Expr> {
        let mut values = Vec::new();
        let outside = self.enter_string('t', node.range)?;
        for string in node.value.as_slice() {
            let raw = self.is_raw(string.range);
            self.elements(&string.elements, raw, true, true, &mut values)?;
        }
        self.leave_string(outside);
        Ok(Expr { location, kind: ExprKind::TemplateStr(merge_texts(values)) })
    }

    fn is_raw(&self, range: TextRange) -> bool {
        self.text(range.start().to_u32(), range.end().to_u32())
            .bytes()
            .take_while(u8::is_ascii_alphabetic)
            .any(|byte| byte.eq_ignore_ascii_case(&b'r'))
    }

    fn elements(
        &mut self,
        elements: &[ruff::InterpolatedStringElement],
        raw: bool,
        braces: bool,
        template: bool,
        values: &mut Vec<Expr>,
    ) -> Result<()> {
        for element in elements {
            match element {
                ruff::InterpolatedStringElement::Literal(literal) => {
                    let (start, end) = (literal.range.start().to_u32(), literal.range.end().to_u32());
                    let text = self.decode(start, end, raw, braces, true, literal.range)?;
                    let location = self.location(literal.range);
                    values.push(Expr::constant(location, Const::Str(Text(text))));
                }
                ruff::InterpolatedStringElement::Interpolation(node) => {
                    self.interpolation(node, raw, template, values)?;
                }
            }
        }
        Ok(())
    }

    fn interpolation(&mut self, node: &ruff::InterpolatedElement, raw: bool, template: bool, values: &mut Vec<Expr>) -> Result<()> {
        let location = self.location(node.range);
        let (start, end) = (node.range.start().to_u32(), node.range.end().to_u32());
        if self.spec_depth >= MAX_FIELDS {
            return Err(self.nested_error(&format!("{}-string: expressions nested too deeply", self.string_letter), start));
        }
        let expression_end = node.expression.range().end().to_u32();
        let mut conversion = match node.conversion {
            ruff::ConversionFlag::None => -1,
            ruff::ConversionFlag::Str => i32::from(b's'),
            ruff::ConversionFlag::Ascii => i32::from(b'a'),
            ruff::ConversionFlag::Repr => i32::from(b'r'),
        };
        // Where the expression's text ends: at the `!`, `:` or `}` behind it.
        let mut text_end = match &node.format_spec {
            Some(spec) => spec.range.start().to_u32().saturating_sub(1),
            None => end.saturating_sub(1),
        };
        if conversion != -1
            && let Some(at) = self.text(expression_end, text_end).rfind('!')
        {
            text_end = expression_end + at as u32;
        }
        let text = without_comments(self.text(start + 1, text_end));
        let mut text = &*text;
        if node.debug_text.is_some() {
            let place = self.lines.location(start + 1, text_end);
            values.push(Expr::constant(place, Const::Str(text.into())));
            if conversion == -1 && node.format_spec.is_none() {
                conversion = i32::from(b'r');
            }
            let trimmed = text.trim_end_matches(|c: char| c.is_whitespace() || c == '\\');
            text = trimmed.strip_suffix('=').unwrap_or(text);
        }
        let text = Const::Str(text.into());
        let value = self.boxed(&node.expression)?;
        let format_spec = match &node.format_spec {
            None => None,
            Some(spec) => {
                let colon = spec.range.start().to_u32().saturating_sub(1);
                let place = self.lines.location(colon, spec.range.end().to_u32());
                let mut parts = Vec::new();
                // Template strings, too, have formatted strings as format specifications.
                self.spec_depth += 1;
                self.elements(&spec.elements, raw, false, false, &mut parts)?;
                self.spec_depth -= 1;
                let kind = ExprKind::JoinedStr(merge_texts(parts));
                Some(Box::new(Expr { location: place, kind }))
            }
        };
        let kind = if template {
            ExprKind::Interpolation { value, str: text, conversion, format_spec }
        } else {
            ExprKind::FormattedValue { value, conversion, format_spec }
        };
        values.push(Expr { location, kind });
        Ok(())
    }
}

/// The text of an expression without its comments.
fn without_comments(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains('#') {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let length = match character {
            '#' => {
                rest = rest.find('\n').and_then(|end| rest.get(end..)).unwrap_or("");
                continue;
            }
            '\'' | '"' => string_length(rest, character),
            _ => character.len_utf8(),
        };
        let (piece, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        out.push_str(piece);
        rest = after;
    }
    out.into()
}

/// Length of the string literal that `text` starts with.
fn string_length(text: &str, quote: char) -> usize {
    let triple: String = std::iter::repeat_n(quote, 3).collect();
    let (open, close) = if text.starts_with(&triple) { (3, triple) } else { (1, quote.to_string()) };
    let mut at = open;
    while let Some(rest) = text.get(at..) {
        if rest.is_empty() {
            break;
        }
        if rest.starts_with(&close) {
            return at + close.len();
        }
        let escaped = rest.starts_with('\\');
        let mut characters = rest.chars();
        at += characters.next().map_or(0, char::len_utf8);
        if escaped {
            at += characters.next().map_or(0, char::len_utf8);
        }
    }
    text.len()
}

/// Join neighbouring texts and drop empty ones.
fn merge_texts(values: Vec<Expr>) -> Vec<Expr> {
    let mut out: Vec<Expr> = Vec::with_capacity(values.len());
    for value in values {
        if let (
            Some(Expr { location, kind: ExprKind::Constant { value: Const::Str(last), .. } }),
            ExprKind::Constant { value: Const::Str(text), .. },
        ) = (out.last_mut(), &value.kind)
        {
            let joined: Vec<u8> = last.0.iter().chain(text.0.iter()).copied().collect();
            *last = Text(Rc::from(joined));
            location.end_line = value.location.end_line;
            location.end_column = value.location.end_column;
            continue;
        }
        out.push(value);
    }
    out.retain(|value| !matches!(&value.kind, ExprKind::Constant { value: Const::Str(text), .. } if text.0.is_empty()));
    out
}
