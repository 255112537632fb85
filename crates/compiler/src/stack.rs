//! Running a pass on a stack that is large enough for the program's nesting.
//!
//! Parser and passes recurse as deeply as the program nests. [`Nesting::measure`] bounds that
//! depth from the text alone, before anything recurses: what nests too deeply is refused, what
//! nests more than usual gets a thread with room for it, and the rest runs where it is called,
//! because a thread costs more than compiling a small file.

use crate::error::{CompileError, ErrorKind, Result};
use crate::lower::{LineIndex, located_error};

/// How many brackets may be open at once.
const MAX_BRACKETS: usize = 200;
/// How many levels of indentation there may be.
const MAX_INDENTS: usize = 100;
/// Bound on the depth of an expression beyond which it is not parsed at all.
const MAX_DEPTH: usize = 30_000;
/// Up to this depth the caller's stack is used.
const INLINE_DEPTH: usize = 60;
/// Up to this many `elif` clauses, counted over the whole program, too.
const INLINE_ELIFS: usize = 200;
/// Stack that one level of an expression needs, generously.
const BYTES_PER_LEVEL: usize = 16 * 1024;
const MIN_STACK: usize = 64 * 1024 * 1024;

/// Bounds on the nesting of a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nesting {
    /// Most levels that an expression may have in the tree.
    pub depth: usize,
    /// Most levels of indentation.
    pub indents: usize,
    /// `elif` clauses: each is a level in the tree.
    pub elifs: usize,
}

impl Nesting {
    /// Bound the nesting of `source`.
    pub fn measure(source: &str) -> Result<Nesting> {
        Scanner {
            bytes: source.as_bytes(),
            source,
            at: 0,
            // One counter for each open bracket, and one for what is outside all.
            counters: vec![0],
            sum: 0,
            prefixes: 0,
            operand: false,
            indents: vec![0],
            nesting: Nesting::default(),
        }
        .run()
    }
}

struct Scanner<'s> {
    bytes: &'s [u8],
    source: &'s str,
    at: usize,
    counters: Vec<usize>,
    sum: usize,
    /// Levels of `sum` at which a parser must recurse before it has read an operand.
    prefixes: usize,
    /// Whether an operand ends here: what follows is no prefix.
    operand: bool,
    indents: Vec<usize>,
    nesting: Nesting,
}

impl Scanner<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn error(&self, kind: ErrorKind, message: &str) -> CompileError {
        let lines = LineIndex::new(self.source);
        let at = self.at as u32;
        located_error(self.source, &lines, kind, message.to_owned(), at, at)
    }

    fn add(&mut self, levels: usize) {
        if let Some(top) = self.counters.last_mut() {
            *top += levels;
        }
        self.sum += levels;
        self.nesting.depth = self.nesting.depth.max(self.sum + self.counters.len() * 2);
    }

    fn reset(&mut self) {
        if let Some(top) = self.counters.last_mut() {
            self.sum -= *top;
            *top = 0;
        }
        self.prefixes = self.prefixes.min(self.sum);
        self.operand = false;
    }

    fn run(mut self) -> Result<Nesting> {
        let mut line_start = true;
        while self.at < self.bytes.len() {
            if line_start && self.counters.len() == 1 {
                self.indentation()?;
            }
            line_start = false;
            let byte = self.peek(0);
            match byte {
                b'\n' => {
                    line_start = true;
                    if self.counters.len() == 1 {
                        self.reset();
                    }
                }
                b'#' => {
                    while !matches!(self.peek(0), b'\n' | 0) {
                        self.at += 1;
                    }
                    continue;
                }
                b'\'' | b'"' => {
                    self.string(byte);
                    self.operand = true;
                    continue;
                }
                b'(' | b'[' | b'{' => {
                    if self.counters.len() > MAX_BRACKETS {
                        return Err(self.error(ErrorKind::SyntaxError, "too many nested parentheses"));
                    }
                    self.counters.push(0);
                    self.add(1);
                    self.operand = false;
                }
                b')' | b']' | b'}' => {
                    if self.counters.len() > 1 {
                        let inner = self.counters.pop().unwrap_or(0);
                        self.sum -= inner;
                        self.add(1);
                    }
                    self.operand = true;
                }
                b',' | b';' => self.reset(),
                b'\\' => self.at += 1,
                _ if byte.is_ascii_alphabetic() || byte == b'_' => {
                    self.word();
                    continue;
                }
                _ if byte.is_ascii_whitespace() => {}
                _ if byte.is_ascii_digit() || byte >= 0x80 => self.operand = true,
                _ => {
                    self.prefixes += !self.operand as usize;
                    self.operand = false;
                    self.add(1);
                }
            }
            self.at += 1;
            if self.nesting.depth > MAX_DEPTH || self.nesting.elifs > MAX_DEPTH {
                // Where operands stand between the operators, CPython's parser has no trouble: its compiler has.
                if self.prefixes < self.sum / 3 && self.nesting.elifs <= MAX_DEPTH {
                    let message = "maximum recursion depth exceeded during compilation";
                    return Err(CompileError::new(ErrorKind::RecursionError, message));
                }
                let message = "Parser stack overflowed - Python source too complex to parse";
                return Err(CompileError::new(ErrorKind::MemoryError, message));
            }
        }
        Ok(self.nesting)
    }

    fn indentation(&mut self) -> Result<()> {
        let mut width = 0;
        loop {
            match self.peek(0) {
                b' ' => width += 1,
                b'\t' => width = (width / 8 + 1) * 8,
                b'\x0c' => width = 0,
                _ => break,
            }
            self.at += 1;
        }
        if matches!(self.peek(0), b'\n' | b'#' | 0) {
            return Ok(());
        }
        while self.indents.last().is_some_and(|&last| last > width) {
            self.indents.pop();
        }
        if self.indents.last().is_none_or(|&last| last < width) {
            self.indents.push(width);
            if self.indents.len() > MAX_INDENTS {
                let message = "too many levels of indentation";
                return Err(self.error(ErrorKind::IndentationError, message));
            }
        }
        self.nesting.indents = self.nesting.indents.max(self.indents.len());
        Ok(())
    }

    fn word(&mut self) {
        let start = self.at;
        while self.peek(0).is_ascii_alphanumeric() || self.peek(0) == b'_' {
            self.at += 1;
        }
        let word = self.bytes.get(start..self.at).unwrap_or_default();
        let nests =
            matches!(word, b"not" | b"and" | b"or" | b"lambda" | b"if" | b"else" | b"await" | b"yield" | b"in" | b"is" | b"for" | b"from");
        if word == b"elif" {
            self.nesting.elifs += 1;
        } else if nests {
            self.add(1);
            // The rest of a conditional expression is within it.
            self.prefixes += (!self.operand || word == b"else") as usize;
        }
        self.operand = !nests;
        // The expressions in formatted strings nest as others do; they are counted by their
        // braces and operators as if the string were none.
        let quote = self.peek(0);
        if word.len() <= 2 && matches!(quote, b'\'' | b'"') {
            let lower = word.to_ascii_lowercase();
            if lower.contains(&b'f') || lower.contains(&b't') {
                let from = self.at;
                self.string(quote);
                let body = self.bytes.get(from..self.at).unwrap_or_default();
                let braces = body.iter().filter(|&&byte| byte == b'{').count();
                if braces > 0 {
                    let levels = longest_expression(body);
                    self.add(levels);
                    self.reset_by(levels);
                }
            } else {
                self.string(quote);
            }
        }
    }

    fn reset_by(&mut self, levels: usize) {
        if let Some(top) = self.counters.last_mut() {
            *top -= levels;
            self.sum -= levels;
        }
    }

    fn string(&mut self, quote: u8) {
        let triple = self.peek(1) == quote && self.peek(2) == quote;
        self.at += if triple { 3 } else { 1 };
        while self.at < self.bytes.len() {
            let byte = self.peek(0);
            if byte == b'\\' {
                self.at += 2;
                continue;
            }
            if byte == quote {
                if !triple {
                    self.at += 1;
                    return;
                }
                if self.peek(1) == quote && self.peek(2) == quote {
                    self.at += 3;
                    return;
                }
            }
            if byte == b'\n' && !triple {
                return;
            }
            self.at += 1;
        }
    }
}

/// Bound on the levels of any expression in the body of a formatted string.
fn longest_expression(body: &[u8]) -> usize {
    body.iter().filter(|byte| byte.is_ascii_punctuation()).count() + body.split(|byte| !byte.is_ascii_alphabetic()).count()
}

struct AssertSend<T>(T);

// SAFETY: a value only crosses to the thread that `run` starts and back, while the starting thread
// waits for it: no two threads ever use it, or what it shares reference counts with, at once.
unsafe impl<T> Send for AssertSend<T> {}

impl<T> AssertSend<T> {
    fn into_inner(self) -> T {
        self.0
    }
}

/// Run `work` with enough stack for a program of this nesting.
pub fn run<T>(nesting: Nesting, work: impl FnOnce() -> Result<T>) -> Result<T> {
    if nesting.depth <= INLINE_DEPTH && nesting.indents <= INLINE_DEPTH / 2 && nesting.elifs <= INLINE_ELIFS {
        return work();
    }
    let size = MIN_STACK.max((nesting.depth + nesting.indents * 4 + nesting.elifs) * BYTES_PER_LEVEL);
    let work = AssertSend(work);
    std::thread::scope(|scope| {
        let started = std::thread::Builder::new().stack_size(size).spawn_scoped(scope, move || AssertSend(work.into_inner()()));
        match started.map(|thread| thread.join()) {
            Ok(Ok(result)) => result.into_inner(),
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(error) => {
                let message = format!("cannot compile a program of this nesting: {error}");
                Err(CompileError::new(ErrorKind::MemoryError, message))
            }
        }
    })
}
