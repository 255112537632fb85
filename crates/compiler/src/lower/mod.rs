//! From the parser library's tree to ours ([`crate::ast`]).
//!
//! The differences that matter: positions become lines and columns, `elif` clauses become nested
//! `if` statements, literals are read from the source again ([`crate::literals`]), implicitly
//! concatenated strings become one.

mod expressions;
mod patterns;
mod statements;
mod strings;

use crate::tables::HashMap;

use ruff_python_ast as ruff;
use ruff_text_size::{Ranged, TextRange};

use crate::ast::*;
use crate::code::Text;
use crate::error::{CompileError, ErrorKind, Result, Warning};

/// Lines of a source text.
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    pub fn new(source: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(source.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at as u32 + 1));
        LineIndex { starts }
    }

    /// Line from 1 and column in bytes from 0 of an offset.
    pub fn position(&self, offset: u32) -> (i32, i32) {
        let line = self.starts.partition_point(|&start| start <= offset);
        let start = line.checked_sub(1).and_then(|at| self.starts.get(at)).copied().unwrap_or(0);
        (line as i32, (offset - start) as i32)
    }

    /// Offset at which a line (from 1) starts.
    pub fn line_start(&self, line: i32) -> Option<u32> {
        usize::try_from(line - 1).ok().and_then(|at| self.starts.get(at)).copied()
    }

    pub fn location(&self, start: u32, end: u32) -> Location {
        let (line, column) = self.position(start);
        let (end_line, end_column) = self.position(end);
        Location { line, end_line, column, end_column }
    }
}

/// State of the conversion.
pub struct Lowering<'s> {
    source: &'s str,
    lines: &'s LineIndex,
    names: HashMap<String, Identifier>,
    warnings: &'s mut Vec<Warning>,
    depth: u32,
    max_depth: u32,
    /// Formatted strings around the current place, the kind of the innermost, and specifications within it.
    string_depth: usize,
    string_letter: char,
    spec_depth: usize,
}

impl<'s> Lowering<'s> {
    pub fn new(source: &'s str, lines: &'s LineIndex, max_depth: u32, warnings: &'s mut Vec<Warning>) -> Self {
        Lowering {
            source,
            lines,
            names: HashMap::default(),
            warnings,
            depth: 0,
            max_depth,
            string_depth: 0,
            string_letter: 'f',
            spec_depth: 0,
        }
    }

    /// Convert a module's statements.
    pub fn module(&mut self, body: &[ruff::Stmt]) -> Result<Vec<Stmt>> {
        self.statements(body)
    }

    fn location(&self, range: TextRange) -> Location {
        self.lines.location(range.start().to_u32(), range.end().to_u32())
    }

    fn at(&self, node: &impl Ranged) -> Location {
        self.location(node.range())
    }

    fn text(&self, start: u32, end: u32) -> &'s str {
        self.source.get(start as usize..end as usize).unwrap_or("")
    }

    fn name(&mut self, name: &str) -> Identifier {
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        let identifier: Identifier = name.into();
        self.names.insert(name.to_owned(), identifier.clone());
        identifier
    }

    fn descend<T>(&mut self, visit: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.depth += 1;
        if self.depth > self.max_depth {
            return Err(CompileError::recursion());
        }
        let result = visit(self);
        self.depth -= 1;
        result
    }

    /// A `SyntaxError` of the parser: its offsets count characters, and it shows the line.
    fn error(&self, message: impl Into<String>, range: TextRange) -> CompileError {
        located_error(self.source, self.lines, ErrorKind::SyntaxError, message.into(), range.start().to_u32(), range.end().to_u32())
    }
}

/// An error of the parser from `start` to `end`.
pub fn located_error(source: &str, lines: &LineIndex, kind: ErrorKind, message: String, start: u32, end: u32) -> CompileError {
    let (lineno, column) = lines.position(start);
    let (end_lineno, end_column) = lines.position(end);
    let characters = |line: i32, column: i32| {
        let from = lines.line_start(line).unwrap_or(0) as usize;
        let to = from + usize::try_from(column).unwrap_or(0);
        let count = source.get(from..to).map_or(0, |text| text.chars().count());
        i32::try_from(count).unwrap_or(i32::MAX).saturating_add(1)
    };
    CompileError {
        kind,
        message,
        lineno,
        offset: characters(lineno, column),
        end_lineno,
        end_offset: characters(end_lineno, end_column),
        text: Some(line_text(source, lines, lineno)),
        last_statement: Some((0, 0)),
    }
}

/// A line of the source with its newline.
pub fn line_text(source: &str, lines: &LineIndex, line: i32) -> Text {
    let start = lines.line_start(line).map_or(source.len(), |start| start as usize);
    let rest = source.get(start..).unwrap_or("");
    let end = rest.find('\n').map_or(rest.len(), |at| at + 1);
    rest.get(..end).unwrap_or("").into()
}
