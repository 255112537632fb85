//! The tokenizer proper: indentation, names, operators, brackets.
//!
//! It finds the same tokens as CPython's, which differ in two ways from the parser's view: with `extra`
//! tokens comments and insignificant newlines are given out, and mistakes that only a parser minds are not
//! reported. `strings.rs` has the literals, among them the inside of formatted ones, which is tokenized in a
//! mode of its own; `numbers.rs` the numeric literals.

use pyrox_objects::{Object, Str, Thread, exceptions};

use super::source::{Done, EOF, Source};
use super::strings::Formatted;
use super::token::{self, Kind};

const TAB_SIZE: u32 = 8;
const MAX_INDENT: usize = 100;
const MAX_LEVEL: usize = 200;

/// No token: the exception is set, or [`Source::done`] tells which to raise.
pub struct Failed;

/// A token; without text where the parser needs none.
pub struct Token {
    pub kind: Kind,
    pub span: Option<(usize, usize)>,
}

/// What outlives a call: everything but the thread and the `readline` function.
pub struct State {
    pub source: Source,
    /// Columns of the enclosing blocks, with tabs of eight columns and of one.
    indents: Vec<(u32, u32)>,
    /// Indents to be given out, or dedents if negative.
    pending: i32,
    at_line_start: bool,
    comment_newline: bool,
    /// Open brackets with their lines.
    brackets: Vec<(u8, i32)>,
    /// The formatted strings around the position.
    pub strings: Vec<Formatted>,
    /// Line and line start of the beginning of the string at hand.
    pub first_lineno: i32,
    pub string_line_start: usize,
    pub extra: bool,
}

impl State {
    pub fn new(encoding: Option<String>, extra: bool) -> State {
        State {
            source: Source::new(encoding),
            indents: vec![(0, 0)],
            pending: 0,
            at_line_start: true,
            comment_newline: false,
            brackets: Vec::new(),
            strings: Vec::new(),
            first_lineno: 0,
            string_line_start: 0,
            extra,
        }
    }
}

/// The tokenizer at work.
pub struct Lexer<'a> {
    pub state: &'a mut State,
    pub thread: &'a Thread,
    pub readline: &'a Object,
}

impl std::ops::Deref for Lexer<'_> {
    type Target = State;
    fn deref(&self) -> &State {
        self.state
    }
}

impl std::ops::DerefMut for Lexer<'_> {
    fn deref_mut(&mut self) -> &mut State {
        self.state
    }
}

fn is(c: i32, byte: u8) -> bool {
    c == i32::from(byte)
}

fn is_name_start(c: i32) -> bool {
    c >= 128 || u8::try_from(c).is_ok_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
}

/// May stand in a name after its first character.
pub fn is_name_character(c: i32) -> bool {
    c >= 128 || u8::try_from(c).is_ok_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

impl Lexer<'_> {
    #[inline]
    pub fn next(&mut self) -> i32 {
        let (thread, readline) = (self.thread, self.readline);
        self.state.source.next(thread, readline)
    }

    #[inline]
    pub fn back(&mut self, c: i32) {
        self.state.source.back(c);
    }

    #[cold]
    pub fn error(&mut self, message: &str) -> Failed {
        let thread = self.thread;
        self.state.source.syntax_error(thread, message);
        Failed
    }

    #[cold]
    pub fn error_at(&mut self, column: usize, end: usize, message: &str) -> Failed {
        let thread = self.thread;
        self.state.source.syntax_error_at(thread, column, end, message);
        Failed
    }

    /// A `SyntaxWarning`, which may be an error.
    pub fn warn(&mut self, message: &str) -> Result<(), Failed> {
        let line = i64::from(self.source.lineno);
        let category = exceptions::syntax_warning();
        match pyrox_interpreter::warnings::warn_at(self.thread, category, message, "<string>", line) {
            Ok(()) => Ok(()),
            Err(_) if self.thread.take_if(category) => Err(self.error(message)),
            Err(_) => {
                self.source.done = Done::Raised;
                Err(Failed)
            }
        }
    }

    fn fail(&mut self, done: Done) -> Failed {
        if self.source.done != Done::Raised {
            self.source.done = done;
        }
        self.source.cur = self.source.buffer.len();
        Failed
    }

    /// The next token.
    pub fn token(&mut self) -> Result<Token, Failed> {
        let token = match self.strings.last() {
            Some(string) if string.in_text => self.string_part(),
            _ => self.plain_token(),
        };
        self.state.source.in_string = !self.state.strings.is_empty();
        token
    }

    /// The token at hand, as far as it was read.
    pub fn whole(&self, kind: Kind) -> Token {
        Token { kind, span: self.source.start.map(|start| (start, self.source.cur)) }
    }

    /// The rest of a line continuation, behind the backslash.
    fn continuation(&mut self) -> Result<(), Failed> {
        let mut c = self.next();
        if is(c, b'\r') {
            c = self.next();
        }
        if !is(c, b'\n') {
            if self.source.done != Done::Raised {
                self.source.done = Done::LineContinuation;
            }
            return Err(Failed);
        }
        let c = self.next();
        if c == EOF {
            return Err(self.fail(Done::Eof));
        }
        self.back(c);
        Ok(())
    }

    /// Read the blanks that a line starts with and settle its depth. Tells whether the line is blank.
    fn indentation(&mut self) -> Result<bool, Failed> {
        let (mut column, mut alternative, mut continued) = (0u32, 0u32, 0u32);
        let c = loop {
            let c = self.next();
            match u8::try_from(c) {
                Ok(b' ') => {
                    column = column.saturating_add(1);
                    alternative = alternative.saturating_add(1);
                }
                Ok(b'\t') => {
                    column = (column / TAB_SIZE).saturating_add(1).saturating_mul(TAB_SIZE);
                    alternative = alternative.saturating_add(1);
                }
                Ok(b'\x0c') => (column, alternative) = (0, 0),
                Ok(b'\\') => {
                    // The first part of a line broken within its indentation tells the depth.
                    if continued == 0 {
                        continued = column;
                    }
                    self.continuation()?;
                }
                _ => break c,
            }
        };
        self.back(c);
        if is(c, b'#') || is(c, b'\n') || is(c, b'\r') {
            return Ok(true);
        }
        if !self.brackets.is_empty() {
            return Ok(false);
        }
        if continued != 0 {
            (column, alternative) = (continued, continued);
        }
        let (mut top, mut top_alternative) = self.indents.last().copied().unwrap_or((0, 0));
        if column > top {
            if self.indents.len() >= MAX_INDENT {
                return Err(self.fail(Done::TooDeep));
            }
            if alternative <= top_alternative {
                return Err(self.fail(Done::TabSpace));
            }
            self.pending += 1;
            self.indents.push((column, alternative));
            return Ok(false);
        }
        while self.indents.len() > 1 && column < top {
            self.pending -= 1;
            self.indents.pop();
            (top, top_alternative) = self.indents.last().copied().unwrap_or((0, 0));
        }
        if column != top {
            return Err(self.fail(Done::Dedent));
        }
        if alternative != top_alternative {
            return Err(self.fail(Done::TabSpace));
        }
        Ok(false)
    }

    /// A token outside of strings' texts.
    pub fn plain_token(&mut self) -> Result<Token, Failed> {
        'line: loop {
            self.source.start = None;
            let mut blank = false;
            if self.at_line_start {
                self.at_line_start = false;
                blank = self.indentation()?;
            }
            self.source.start = Some(self.source.cur);
            if self.pending < 0 {
                self.pending += 1;
                let here = self.source.cur;
                return Ok(Token { kind: token::DEDENT, span: self.extra.then_some((here, here)) });
            }
            if self.pending > 0 {
                self.pending -= 1;
                let span = (0, self.source.cur);
                return Ok(Token { kind: token::INDENT, span: self.extra.then_some(span) });
            }
            let c = self.next();
            self.back(c);
            loop {
                self.source.start = None;
                let mut c = self.next();
                while is(c, b' ') || is(c, b'\t') || is(c, b'\x0c') {
                    c = self.next();
                }
                self.source.start = Some(self.source.cur.saturating_sub(usize::from(c != EOF || self.source.cur > 0)));
                if is(c, b'#') {
                    while c != EOF && !is(c, b'\n') && !is(c, b'\r') {
                        c = self.next();
                    }
                    if self.extra {
                        self.back(c);
                        self.comment_newline = blank;
                        return Ok(self.whole(token::COMMENT));
                    }
                }
                if c == EOF {
                    if !self.brackets.is_empty() || self.source.done != Done::Eof {
                        return Err(Failed);
                    }
                    return Ok(Token { kind: token::ENDMARKER, span: None });
                }
                if is_name_start(c) {
                    return self.name(c);
                }
                if is(c, b'\r') {
                    c = self.next();
                }
                if is(c, b'\n') {
                    self.at_line_start = true;
                    if blank || !self.brackets.is_empty() {
                        if self.extra {
                            self.comment_newline = false;
                            return Ok(self.whole(token::NL));
                        }
                        continue 'line;
                    }
                    if self.comment_newline && self.extra {
                        self.comment_newline = false;
                        return Ok(self.whole(token::NL));
                    }
                    let span = self.source.start.map(|start| (start, self.source.cur.saturating_sub(1)));
                    return Ok(Token { kind: token::NEWLINE, span });
                }
                if is(c, b'.') {
                    return self.period();
                }
                if (i32::from(b'0')..=i32::from(b'9')).contains(&c) {
                    let kind = self.number(c)?;
                    return Ok(self.whole(kind));
                }
                if is(c, b'\'') || is(c, b'"') {
                    return self.string(c);
                }
                if is(c, b'\\') {
                    self.continuation()?;
                    continue;
                }
                return self.operator(c);
            }
        }
    }

    fn period(&mut self) -> Result<Token, Failed> {
        let c = self.next();
        if (i32::from(b'0')..=i32::from(b'9')).contains(&c) {
            let kind = self.fraction(c)?;
            return Ok(self.whole(kind));
        }
        if is(c, b'.') {
            let c = self.next();
            if is(c, b'.') {
                return Ok(self.whole(token::ELLIPSIS));
            }
            self.back(c);
            self.back(i32::from(b'.'));
        } else {
            self.back(c);
        }
        Ok(self.whole(token::DOT))
    }

    /// A name, or the prefix of a string and the string.
    fn name(&mut self, first: i32) -> Result<Token, Failed> {
        let mut c = first;
        let mut prefix: Vec<u8> = Vec::new();
        while let Ok(byte) = u8::try_from(c) {
            let letter = byte.to_ascii_lowercase();
            if !b"bruft".contains(&letter) || prefix.contains(&letter) {
                break;
            }
            prefix.push(letter);
            c = self.next();
            if is(c, b'"') || is(c, b'\'') {
                self.check_prefix(&prefix)?;
                if prefix.contains(&b'f') || prefix.contains(&b't') {
                    return self.formatted_start(c, prefix.contains(&b'r'), prefix.contains(&b't'));
                }
                return self.string(c);
            }
        }
        let mut non_ascii = false;
        while is_name_character(c) {
            non_ascii |= c >= 128;
            c = self.next();
        }
        self.back(c);
        if non_ascii && !self.extra {
            self.verify_name()?;
        }
        Ok(self.whole(token::NAME))
    }

    fn check_prefix(&mut self, prefix: &[u8]) -> Result<(), Failed> {
        for pair in [b"ub", b"ur", b"uf", b"ut", b"bf", b"bt", b"ft"] {
            if pair.iter().all(|letter| prefix.contains(letter)) {
                let column = (self.source.start.unwrap_or(0) + 1).saturating_sub(self.source.line_start);
                let end = self.source.cur.saturating_sub(self.source.line_start);
                let [a, b] = pair.map(char::from);
                return Err(self.error_at(column, end, &format!("'{a}' and '{b}' prefixes are incompatible")));
            }
        }
        Ok(())
    }

    /// Names are identifiers.
    fn verify_name(&mut self) -> Result<(), Failed> {
        let start = self.source.start.unwrap_or(0);
        let text = self.source.text(start, self.source.cur).into_owned();
        let identifier = |text: &str| Str::from_str(self.thread, text).map(|text| text.is_identifier());
        let mut bad = None;
        if !identifier(&text).unwrap_or(true) {
            for (at, c) in text.char_indices() {
                let end = at + c.len_utf8();
                if !text.get(..end).is_some_and(|part| identifier(part).unwrap_or(true)) {
                    bad = Some((c, end));
                    break;
                }
            }
        }
        let Some((c, end)) = bad else { return Ok(()) };
        self.source.cur = start + end;
        let point = u32::from(c);
        let shown = Str::from_str(self.thread, c.encode_utf8(&mut [0; 4]))
            .and_then(|text| text.call_method(self.thread, pyrox_objects::intern!("isprintable"), &[]))
            .is_ok_and(|answer| answer.is(pyrox_objects::bool_ref(true)));
        Err(match shown {
            true => self.error(&format!("invalid character '{c}' (U+{point:04X})")),
            false => self.error(&format!("invalid non-printable character U+{point:04X}")),
        })
    }

    /// An operator or delimiter, or a character that is none.
    fn operator(&mut self, c: i32) -> Result<Token, Failed> {
        let byte = u8::try_from(c).unwrap_or(0);
        if matches!(byte, b':' | b'}' | b'!' | b'{')
            && let Some(string) = self.strings.last_mut()
            && byte == b':'
            && string.expressions >= 0
            && string.depth - 1 == string.expressions
        {
            string.in_text = true;
            string.in_format_spec = true;
            return Ok(self.whole(token::COLON));
        }
        let second = self.next();
        if let Ok(b) = u8::try_from(second)
            && let Some(kind) = token::operator(&[byte, b])
        {
            let third = self.next();
            if let Ok(c) = u8::try_from(third)
                && let Some(kind) = token::operator(&[byte, b, c])
            {
                return Ok(self.whole(kind));
            }
            self.back(third);
            return Ok(self.whole(kind));
        }
        self.back(second);
        match byte {
            b'(' | b'[' | b'{' => self.open(byte)?,
            b')' | b']' | b'}' => self.close(byte)?,
            _ if !(0x20..0x7f).contains(&byte) => {
                return Err(self.error(&format!("invalid non-printable character U+{c:04X}")));
            }
            _ => {}
        }
        Ok(self.whole(token::operator(&[byte]).unwrap_or(token::OP)))
    }

    fn open(&mut self, byte: u8) -> Result<(), Failed> {
        if self.brackets.len() >= MAX_LEVEL {
            return Err(self.error("too many nested parentheses"));
        }
        let line = self.source.lineno;
        self.brackets.push((byte, line));
        if let Some(string) = self.strings.last_mut() {
            string.depth += 1;
        }
        Ok(())
    }

    fn close(&mut self, byte: u8) -> Result<(), Failed> {
        let c = char::from(byte);
        let string = self.strings.last().map(|string| (string.letter(), string.depth, string.expressions));
        if let Some((letter, 0, _)) = string
            && byte == b'}'
        {
            return Err(self.error(&format!("{letter}-string: single '}}' is not allowed")));
        }
        if self.brackets.is_empty() && !self.extra {
            return Err(self.error(&format!("unmatched '{c}'")));
        }
        if let Some((opening, line)) = self.brackets.pop()
            && !matches!((opening, byte), (b'(', b')') | (b'[', b']') | (b'{', b'}'))
        {
            if let Some((letter, depth, expressions)) = string
                && opening == b'{'
                && depth - 1 == expressions
            {
                return Err(self.error(&format!("{letter}-string: unmatched '{c}'")));
            }
            if self.extra {
                return self.close_in_string(byte);
            }
            let opening = char::from(opening);
            let mut message = format!("closing parenthesis '{c}' does not match opening parenthesis '{opening}'");
            if line != self.source.lineno {
                message.push_str(&format!(" on line {line}"));
            }
            return Err(self.error(&message));
        }
        self.close_in_string(byte)
    }

    /// What a closing bracket means to the formatted string around it.
    fn close_in_string(&mut self, byte: u8) -> Result<(), Failed> {
        let c = char::from(byte);
        if let Some(string) = self.strings.last_mut() {
            string.depth -= 1;
            if string.depth < 0 {
                let letter = string.letter();
                return Err(self.error(&format!("{letter}-string: unmatched '{c}'")));
            }
            if byte == b'}' && string.depth == string.expressions {
                string.expressions -= 1;
                string.in_text = true;
                string.in_format_spec = false;
            }
        }
        Ok(())
    }
}
