//! CPython's words for programs that do not parse.
//!
//! The parser library finds that a program is wrong; its wording and its places are its own. This pass
//! runs only then: it splits the program into [`tokens`] and reads them ([`machine`]) by a [`grammar`]
//! that knows the common mistakes, as CPython does, in the order in which CPython looks for them.

mod grammar;
mod machine;
mod mistakes;
mod tokens;

use ruff_python_parser::{ParseError, UnsupportedSyntaxError};
use ruff_text_size::Ranged;

use crate::Mode;
use crate::code::Text;
use crate::error::{CompileError, ErrorKind};
use crate::lower::{LineIndex, located_error};
use machine::{Machine, Mistake, Place, Stop};
use tokens::{Kind, Token, TokenError, Tokens, tokenize, tokenize_with};

/// Stack for reading a program by the grammar.
const STACK: usize = 256 * 1024 * 1024;

struct Reporter<'s> {
    source: &'s str,
    lines: &'s LineIndex,
    tokens: Tokens,
    /// Where the parser stopped, and the end of what it points at.
    start: usize,
    end: usize,
    mode: Mode,
}

/// The error that CPython raises where the parser library reports `error`.
pub fn translate(source: &str, lines: &LineIndex, error: &ParseError, mode: Mode) -> CompileError {
    let range = error.range();
    let reporter = Reporter { source, lines, tokens: readable(source), start: range.start().to_usize(), end: range.end().to_usize(), mode };
    reporter.report()
}

/// The error of a text, not bytes, that begins with a byte order mark, which the parser library would pass over.
pub fn byte_order_mark(source: &str, lines: &LineIndex, mode: Mode) -> CompileError {
    Reporter { source, lines, tokens: readable(source), start: 0, end: 3, mode }.report()
}

/// The first number with underscores: start and end.
pub fn number_with_underscore(source: &str) -> Option<(usize, usize)> {
    let tokens = tokenize(source).tokens;
    let written = |token: &&Token| token.kind == Kind::Number && source.get(token.start..token.end).is_some_and(|text| text.contains('_'));
    tokens.iter().find(written).map(|token| (token.start, token.end))
}

/// Refuse type comments where none may stand.
///
/// # Errors
/// The error of a program with such a comment.
pub fn check_type_comments(source: &str, mode: Mode) -> Result<(), CompileError> {
    let tokens = tokenize_with(source, true);
    if tokens.error.is_some() || !tokens.tokens.iter().any(|token| token.kind == Kind::TypeComment) {
        return Ok(());
    }
    check_by_grammar(source, tokens, mode)
}

/// Refuse what is not the signature of a function type.
///
/// # Errors
/// What is wrong with it.
pub fn check_function_type(source: &str) -> Result<(), CompileError> {
    check_by_grammar(source, readable(source), Mode::FuncType)
}

fn check_by_grammar(source: &str, tokens: Tokens, mode: Mode) -> Result<(), CompileError> {
    let right = on_large_stack(|| matches!(Machine::new(source, &tokens).read(rule_of(mode), false), Ok(true) | Err(Stop::TooDeep)));
    if right == Some(true) {
        return Ok(());
    }
    let lines = LineIndex::new(source);
    Err(Reporter { source, lines: &lines, tokens, start: 0, end: 0, mode }.report())
}

/// The tokens that the parser can get: what ends inside a bracket has no end.
fn readable(source: &str) -> Tokens {
    let mut tokens = tokenize(source);
    if tokens.error.is_none() && !tokens.open.is_empty() {
        tokens.tokens.pop();
    }
    tokens
}

/// Whether more input could make the program, which is wrong, right: reading it stops where it ends.
pub fn is_incomplete(source: &str, mode: Mode) -> bool {
    let tokens = readable(source);
    let at_end = |token: &Token| match token.kind {
        // The newline itself is read, but not what is behind it.
        Kind::Newline => token.start >= source.len(),
        _ => token.end >= source.len(),
    };
    let (outcome, fill) = on_large_stack(|| {
        let mut machine = Machine::new(source, &tokens);
        let stopped = matches!(machine.read(rule_of(mode), false), Err(Stop::Tokens));
        (stopped, machine.fill)
    })
    .unwrap_or((false, 0));
    if tokens.tokens.iter().take(fill).any(at_end) {
        return true;
    }
    match (&tokens.error, outcome) {
        (_, false) => false,
        (None, true) => true,
        (Some(problem), true) => {
            let ended = |message: &str| problem.message.starts_with(message);
            let single =
                ended("unterminated string literal") || ended("unterminated f-string literal") || ended("unterminated t-string literal");
            ended("unterminated triple-quoted")
                || problem.message == tokens::END_AFTER_BACKSLASH
                // A line that ends before the literal does is an error; the end of the input is none yet.
                || single && source.get(problem.start..).is_some_and(|rest| !closes_line(rest))
        }
    }
}

/// The plain string literals that are read before a program turns out to be wrong: start and end.
pub fn strings_before_error(source: &str, mode: Mode) -> Vec<(usize, usize)> {
    let tokens = readable(source);
    let fill = on_large_stack(|| {
        let mut machine = Machine::new(source, &tokens);
        drop(machine.read(rule_of(mode), false));
        machine.fill
    });
    let read = tokens.tokens.iter().take(fill.unwrap_or(0));
    read.filter(|token| token.kind == Kind::String).map(|token| (token.start, token.end)).collect()
}

/// The source with `!=` for the `<>` of `from __future__ import barry_as_FLUFL`; None if there is none. With
/// `always` the feature is inherited, otherwise it holds from the import on.
///
/// # Errors
/// `!=` is wrong where the feature holds.
pub fn without_diamonds(source: &str, always: bool) -> Result<Option<String>, CompileError> {
    let tokens = tokenize(source).tokens;
    let text = |token: &Token| source.get(token.start..token.end).unwrap_or("");
    let (mut active, mut importing) = (always, false);
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let before = |back: usize| at.checked_sub(back).and_then(|at| tokens.get(at)).map_or("", text);
        match (token.kind, text(token)) {
            (Kind::Name, "import") => importing = before(1) == "__future__" && before(2) == "from",
            (Kind::Name, "barry_as_FLUFL") => active |= importing,
            (Kind::Newline, _) | (Kind::Operator, ";") => importing = false,
            (Kind::Operator, "<>") if active => found.push(token.start),
            (Kind::Operator, "!=") if active => {
                let lines = LineIndex::new(source);
                let message = "with Barry as BDFL, use '<>' instead of '!='".to_owned();
                let (start, end) = (token.start as u32, token.end as u32);
                return Err(located_error(source, &lines, ErrorKind::SyntaxError, message, start, end));
            }
            _ => {}
        }
    }
    let (Some(_), mut changed) = (found.first(), source.to_owned()) else { return Ok(None) };
    for start in found {
        changed.replace_range(start..start + 2, "!=");
    }
    Ok(Some(changed))
}

/// Whether the line of a string literal ends before the input does. Backslashes continue it.
fn closes_line(text: &str) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => drop(bytes.next()),
            b'\n' => return true,
            _ => {}
        }
    }
    false
}

fn rule_of(mode: Mode) -> &'static str {
    match mode {
        Mode::Single => "interactive",
        Mode::Eval => "eval",
        Mode::FuncType => "func_type",
        Mode::Exec => "file",
    }
}

/// The grammar's rules call each other deeply, on a stack of their own.
fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    std::thread::scope(|scope| std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).ok()?.join().ok())
}

/// Where the first line of statements ends: at its newline or comment, and behind the newline.
pub fn first_line_end(source: &str) -> Option<(usize, usize)> {
    let token = tokenize(source).tokens.into_iter().find(|token| token.kind == Kind::Newline)?;
    let newline = source.get(token.start..)?.find('\n')?;
    Some((token.start, token.start + newline + 1))
}

/// Whether the program ends inside a block, on a line that has no newline yet.
pub fn ends_in_block(source: &str) -> bool {
    let tokens = tokenize(source).tokens;
    if source.ends_with('\n') {
        return false;
    }
    tokens.iter().rev().nth(1).is_some_and(|token| token.kind == Kind::Dedent)
}

/// The same for syntax that only other versions of Python have.
pub fn unsupported(source: &str, lines: &LineIndex, error: &UnsupportedSyntaxError) -> CompileError {
    let range = error.range();
    let reporter = Reporter {
        source,
        lines,
        tokens: readable(source),
        start: range.start().to_usize(),
        end: range.end().to_usize(),
        mode: Mode::Exec,
    };
    reporter.report()
}

impl Reporter<'_> {
    fn error(&self, message: impl Into<String>, start: usize, end: usize) -> CompileError {
        let kind = ErrorKind::SyntaxError;
        let mut error = located_error(self.source, self.lines, kind, message.into(), start as u32, end as u32);
        error.text = Some(self.line(error.lineno));
        error
    }

    /// A line of the source, which ends with a newline where a file is parsed.
    fn line(&self, line: i32) -> Text {
        let text = crate::lower::line_text(self.source, self.lines, line);
        if self.mode == Mode::Exec { ended(text) } else { text }
    }

    fn token_error(&self, error: &TokenError) -> CompileError {
        let at = error.start as u32;
        let message = error.message.clone();
        let mut result = located_error(self.source, self.lines, error.kind, message, at, at);
        if let Some(end) = error.end_offset {
            result.end_offset = end;
        }
        if error.message == tokens::END_AFTER_BACKSLASH && !self.tokens.open.is_empty() {
            return self.unclosed(self.tokens.open.last().copied().unwrap_or(0), self.source.trim_end_matches('\n').len());
        }
        if error.message == tokens::END_AFTER_BACKSLASH {
            if self.mode != Mode::Exec && !self.source.ends_with('\n') {
                result.message = tokens::AFTER_BACKSLASH.to_owned();
                (result.offset, result.end_offset) = (result.offset - 1, 0);
            }
            // The backslash may be the last line's, behind which nothing is.
            result.text = Some(self.line(result.lineno));
        } else if error.kind == ErrorKind::SyntaxError {
            let text = String::from_utf8_lossy(&result.text.take().unwrap_or_else(|| "".into()).0).into_owned();
            result.text = Some(text.trim_end_matches('\n').into());
        }
        result
    }

    /// The line's text without its newline, as it is shown where the tokenizer is further on, at `reached`.
    fn shown(&self, mut error: CompileError, reached: usize) -> CompileError {
        if self.lines.position(reached as u32).0 > error.lineno
            && let Some(text) = &error.text
            && let Some(text) = text.0.strip_suffix(b"\n")
        {
            error.text = Some(String::from_utf8_lossy(text).as_ref().into());
        }
        error
    }

    fn unclosed(&self, opened: usize, reached: usize) -> CompileError {
        let bracket = self.source.get(opened..opened + 1).unwrap_or("(");
        let mut error = self.error(format!("'{bracket}' was never closed"), opened, opened);
        error.end_offset = 0;
        self.shown(error, reached)
    }

    fn report(&self) -> CompileError {
        let rule = rule_of(self.mode);
        let found = on_large_stack(|| {
            let found = self.read(rule)?;
            let text = found.text.map(|text| text.0.to_vec());
            Some((text, found.kind, found.message, [found.lineno, found.offset, found.end_lineno, found.end_offset]))
        });
        let found = found.flatten();
        match found {
            Some((text, kind, message, [lineno, offset, end_lineno, end_offset])) => {
                let text = text.map(|text| Text(std::rc::Rc::from(text)));
                CompileError { kind, message, lineno, offset, end_lineno, end_offset, text, last_statement: Some((0, 0)) }
            }
            None => self.error("invalid syntax", self.start, self.end),
        }
    }

    /// Read the program as CPython does. None if it is right, or too deep for that.
    fn read(&self, rule: &str) -> Option<CompileError> {
        let mut machine = Machine::new(self.source, &self.tokens);
        let mut outcome = machine.read(rule, false);
        let first_fill = machine.fill;
        if matches!(outcome, Ok(true)) {
            return None;
        }
        if matches!(outcome, Ok(_) | Err(Stop::Forced)) {
            outcome = machine.read(rule, true);
        }
        let last = first_fill.saturating_sub(1);
        let error = match outcome {
            Err(Stop::TooDeep | Stop::Forced) => return None,
            Err(Stop::Tokens) => {
                return match (&self.tokens.error, self.tokens.open.last()) {
                    (Some(error), _) => Some(self.token_error(error)),
                    (None, Some(&opened)) => Some(self.unclosed(opened, self.source.trim_end_matches('\n').len())),
                    (None, None) => None,
                };
            }
            Err(Stop::Mistake(mistake)) => self.mistake(&mistake, machine.fill),
            Ok(_) => {
                let kind = self.tokens.tokens.get(last)?.kind;
                let (message, indentation) = match kind {
                    Kind::Indent => ("unexpected indent", true),
                    Kind::Dedent => ("unexpected unindent", true),
                    _ => ("invalid syntax", false),
                };
                let place = if indentation { Place::Token(last) } else { Place::Range(last, last) };
                let error = self.mistake(&Mistake { indentation, message: message.to_owned(), place }, machine.fill);
                if indentation {
                    return Some(error);
                }
                error
            }
        };
        // What is wrong with later tokens comes first.
        match (&self.tokens.error, self.tokens.open.last()) {
            (Some(problem), _) if !problem.only_when_read => Some(self.token_error(problem)),
            (None, Some(&opened)) => {
                let reached = self.tokens.tokens.get(machine.fill.saturating_sub(1)).map_or(0, |token| token.start);
                let line = |at: usize| self.lines.position(at as u32).0;
                Some(if line(reached) > line(opened) { self.unclosed(opened, reached) } else { error })
            }
            _ => Some(error),
        }
    }

    /// Line and column, in characters from 0, where a token starts or ends.
    fn position(&self, token: usize, end: bool) -> (i32, i32) {
        let Some(token) = self.tokens.tokens.get(token) else { return (0, 0) };
        let (mut at, mut more) = (if end { token.end } else { token.start }, 0);
        if end && token.kind == Kind::Newline {
            (at, more) = (token.end, 1);
        }
        let at_end = matches!(token.kind, Kind::End | Kind::Dedent) && at >= self.source.len();
        if at_end && at > 0 {
            // The end lies behind the last newline, on its line.
            let ended = self.source.ends_with('\n');
            (at, more) = (at - usize::from(ended), 1);
        }
        let (line, column) = self.lines.position(at as u32);
        let start = at - usize::try_from(column).unwrap_or(0);
        let characters = self.source.get(start..at).map_or(0, |text| text.chars().count());
        (line, i32::try_from(characters).unwrap_or(i32::MAX - 2) + more)
    }

    fn mistake(&self, mistake: &Mistake, fill: usize) -> CompileError {
        let flat =
            |token: usize| self.tokens.tokens.get(token).is_none_or(|token| matches!(token.kind, Kind::Indent | Kind::Dedent | Kind::End));
        let mut error = self.error(mistake.message.clone(), 0, 0);
        if mistake.indentation {
            error.kind = ErrorKind::IndentationError;
        }
        let (first, last) = match mistake.place {
            Place::Range(first, last) => (first, last),
            Place::Token(token) | Place::From(token) | Place::Last(token) => (token, token),
        };
        let (line, column) = self.position(first, false);
        (error.lineno, error.offset) = (line, column + 1);
        let (line, column) = self.position(last, true);
        (error.end_lineno, error.end_offset) = (line, column + 1);
        match mistake.place {
            Place::Token(token) if flat(token) => {
                (error.lineno, error.offset) = self.position(token, true);
                (error.end_lineno, error.end_offset) = (error.lineno, -1);
            }
            Place::From(_) => (error.end_lineno, error.end_offset) = self.position(fill.saturating_sub(1), true),
            Place::Last(token) => {
                error.offset = self.position(token, true).1;
                error.end_offset = 0;
            }
            Place::Range(first, _) if flat(first) => (error.offset, error.end_offset) = (0, 0),
            _ => {}
        }
        error.text = Some(self.line(error.lineno));
        if error.end_lineno > error.lineno
            && let Some(text) = &error.text
        {
            // Columns are counted on the first line, whatever line they are on.
            let length = String::from_utf8_lossy(&text.0).trim_end_matches('\n').chars().count();
            error.end_offset = error.end_offset.min(i32::try_from(length).unwrap_or(i32::MAX - 1) + 1);
        }
        let at_end = |token: usize| self.tokens.tokens.get(token).is_some_and(|token| token.start >= self.source.len());
        if self.mode != Mode::Exec && !self.source.ends_with('\n') && at_end(first) {
            // The end of a text that no newline was added to is nowhere on its line.
            (error.offset, error.end_offset) = (0, 0);
            if self.source.is_empty() {
                (error.lineno, error.end_lineno) = (0, 0);
            }
        }
        let reached = self.tokens.tokens.get(fill.saturating_sub(1)).map_or(0, |token| token.start);
        self.shown(error, reached)
    }
}

/// A line with a newline.
fn ended(line: Text) -> Text {
    if line.0.ends_with(b"\n") {
        return line;
    }
    let mut text = String::from_utf8_lossy(&line.0).into_owned();
    text.push('\n');
    text.as_str().into()
}
