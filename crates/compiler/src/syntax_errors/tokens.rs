//! Tokens of a program that does not parse, and what is wrong with them.

use crate::error::ErrorKind;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Name,
    Number,
    String,
    Operator,
    Newline,
    Indent,
    Dedent,
    End,
    /// Formatted strings come in pieces: start, text, the tokens of fields, end.
    FStart,
    FMiddle,
    FEnd,
    TStart,
    TMiddle,
    TEnd,
    /// What follows `# type: `, where type comments count.
    TypeComment,
}

/// One token: its place in bytes, and how many brackets are open around it.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
    pub level: usize,
}

/// What CPython's tokenizer rejects.
#[derive(Clone, Debug)]
pub struct TokenError {
    pub kind: ErrorKind,
    pub message: String,
    pub start: usize,
    /// `end_offset` if it is not the start.
    pub end_offset: Option<i32>,
    /// It counts only where the parser meets it.
    pub only_when_read: bool,
}

/// A program's tokens, up to the first error.
pub struct Tokens {
    pub tokens: Vec<Token>,
    pub error: Option<TokenError>,
    /// Brackets still open at the end.
    pub open: Vec<usize>,
}

struct Tokenizer<'s> {
    source: &'s str,
    bytes: &'s [u8],
    at: usize,
    tokens: Vec<Token>,
    /// Places of the open brackets.
    open: Vec<usize>,
    indents: Vec<(usize, usize)>,
    /// The formatted strings around this place.
    strings: Vec<Formatted>,
    /// Whether type comments are tokens.
    type_comments: bool,
}

/// Where the text of a type comment that starts at `start` begins; `None` for other comments and for those that
/// have a checker ignore the line.
fn type_text(source: &str, start: usize) -> Option<usize> {
    let blank = [' ', '\t'];
    let line = source.get(start..)?.split('\n').next()?;
    let text = line.strip_prefix('#')?.trim_start_matches(blank).strip_prefix("type:")?.trim_start_matches(blank);
    if let Some(tag) = text.strip_prefix("ignore")
        && !tag.bytes().next().is_some_and(|byte| byte >= 128 || byte.is_ascii_alphanumeric())
    {
        return None;
    }
    Some(start + line.len() - text.len())
}

/// A formatted string that has begun.
#[derive(Clone, Copy)]
struct Formatted {
    /// Where its first quote is.
    start: usize,
    quote: u8,
    triple: bool,
    raw: bool,
    /// `f` or `t`.
    letter: char,
    /// Brackets that are open in it, and how many of them when the innermost field began.
    depth: i32,
    field: i32,
    in_text: bool,
    in_spec: bool,
}

impl Formatted {
    fn kinds(self) -> (Kind, Kind, Kind) {
        match self.letter {
            'f' => (Kind::FStart, Kind::FMiddle, Kind::FEnd),
            _ => (Kind::TStart, Kind::TMiddle, Kind::TEnd),
        }
    }
}

/// How many fields of a formatted string may lie in each other.
const MAX_FIELDS: i32 = 3;

/// What is said of a backslash that continues no line.
pub const AFTER_BACKSLASH: &str = "unexpected character after line continuation character";
pub const END_AFTER_BACKSLASH: &str = "unexpected EOF while parsing";

type Outcome<T> = Result<T, TokenError>;

/// Split `source` into tokens.
pub fn tokenize(source: &str) -> Tokens {
    tokenize_with(source, false)
}

/// The same with type comments as tokens, or without.
pub fn tokenize_with(source: &str, type_comments: bool) -> Tokens {
    let mut tokenizer = Tokenizer {
        source,
        bytes: source.as_bytes(),
        at: 0,
        tokens: Vec::new(),
        open: Vec::new(),
        indents: vec![(0, 0)],
        strings: Vec::new(),
        type_comments,
    };
    let error = tokenizer.run().err();
    Tokens { tokens: tokenizer.tokens, error, open: tokenizer.open }
}

fn error(message: impl Into<String>, start: usize) -> TokenError {
    TokenError { kind: ErrorKind::SyntaxError, message: message.into(), start, end_offset: None, only_when_read: false }
}

impl Tokenizer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn line_at(&self, offset: usize) -> usize {
        let before = self.bytes.get(..offset.min(self.bytes.len())).unwrap_or_default();
        before.iter().filter(|&&byte| byte == b'\n').count() + 1
    }

    /// Where the last line ends.
    fn last_line_end(&self) -> usize {
        self.bytes.len() - usize::from(self.bytes.last() == Some(&b'\n'))
    }

    fn push(&mut self, kind: Kind, start: usize) {
        let level = self.open.len();
        self.tokens.push(Token { kind, start, end: self.at, level });
    }

    fn run(&mut self) -> Outcome<()> {
        let mut line_start = true;
        // A line ends where its comment starts.
        let mut comment = None;
        loop {
            if self.strings.last().is_some_and(|string| string.in_text) {
                line_start = false;
                self.formatted_text()?;
                continue;
            }
            if line_start && self.open.is_empty() && self.indentation()? {
                continue;
            }
            line_start = false;
            while matches!(self.peek(0), b' ' | b'\t' | b'\x0c') {
                self.at += 1;
            }
            let start = self.at;
            if start >= self.bytes.len() {
                self.finish(comment);
                return Ok(());
            }
            match self.peek(0) {
                b'\n' => {
                    self.at += 1;
                    if self.open.is_empty() {
                        line_start = true;
                        let token = Token { kind: Kind::Newline, start: comment.take().unwrap_or(start), end: start, level: 0 };
                        self.tokens.push(token);
                    }
                    comment = None;
                }
                b'#' => {
                    let typed = if self.type_comments { type_text(self.source, start) } else { None };
                    comment = Some(start).filter(|_| typed.is_none());
                    while !matches!(self.peek(0), b'\n' | 0) {
                        self.at += 1;
                    }
                    if let Some(start) = typed {
                        self.push(Kind::TypeComment, start);
                    }
                }
                b'\\' => {
                    if self.peek(1) == b'\n' {
                        self.at += 2;
                        if self.at >= self.bytes.len() {
                            let mut error = error(END_AFTER_BACKSLASH, start + 1);
                            error.only_when_read = true;
                            error.end_offset = Some(-1);
                            return Err(error);
                        }
                    } else if start + 1 >= self.bytes.len() {
                        let mut error = error(END_AFTER_BACKSLASH, start + 1);
                        error.end_offset = Some(-1);
                        error.only_when_read = true;
                        return Err(error);
                    } else {
                        let mut error = error(AFTER_BACKSLASH, start + 1);
                        error.end_offset = Some(0);
                        error.only_when_read = true;
                        return Err(error);
                    }
                }
                b'\'' | b'"' => self.string(start)?,
                b'0'..=b'9' => self.number(start)?,
                b'.' if self.peek(1).is_ascii_digit() => self.number(start)?,
                byte if byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80 => {
                    self.name(start)?;
                }
                _ => self.operator(start)?,
            }
        }
    }

    fn finish(&mut self, comment: Option<usize>) {
        let start = self.bytes.len();
        if self.open.is_empty() {
            if self.tokens.last().is_some_and(|last| last.kind != Kind::Newline) {
                self.push(Kind::Newline, comment.unwrap_or(start));
            }
            for _ in 1..self.indents.len() {
                self.push(Kind::Dedent, start);
            }
        }
        self.push(Kind::End, start);
    }

    /// Read a line's indentation. True if the line is blank.
    fn indentation(&mut self) -> Outcome<bool> {
        let start = self.at;
        let (mut width, mut alternate) = (0, 0);
        loop {
            match self.peek(0) {
                b' ' => {
                    width += 1;
                    alternate += 1;
                }
                b'\t' => {
                    width = (width / 8 + 1) * 8;
                    alternate += 1;
                }
                b'\x0c' => (width, alternate) = (0, 0),
                _ => break,
            }
            self.at += 1;
        }
        if self.peek(0) == b'#' {
            if self.type_comments && type_text(self.source, self.at).is_some() {
                return Ok(false);
            }
            while !matches!(self.peek(0), b'\n' | 0) {
                self.at += 1;
            }
        }
        if self.at >= self.bytes.len() {
            return Ok(false);
        }
        if self.peek(0) == b'\n' {
            self.at += 1;
            return Ok(true);
        }
        let tabs = |start| {
            let mut error = error("inconsistent use of tabs and spaces in indentation", start);
            error.kind = ErrorKind::TabError;
            error.end_offset = Some(0);
            error.only_when_read = true;
            error
        };
        let (top, top_alternate) = self.indents.last().copied().unwrap_or((0, 0));
        if width == top {
            if alternate != top_alternate {
                return Err(tabs(start));
            }
        } else if width > top {
            if alternate <= top_alternate {
                return Err(tabs(start));
            }
            self.indents.push((width, alternate));
            self.push(Kind::Indent, start);
        } else {
            while self.indents.len() > 1 && self.indents.last().is_some_and(|top| top.0 > width) {
                self.indents.pop();
                let at = self.at;
                self.push(Kind::Dedent, at);
            }
            let (top, top_alternate) = self.indents.last().copied().unwrap_or((0, 0));
            if top != width {
                let message = "unindent does not match any outer indentation level";
                let rest = self.source.get(self.at..).unwrap_or("");
                let end = self.at + rest.find('\n').unwrap_or(rest.len());
                let mut error = error(message, end);
                error.kind = ErrorKind::IndentationError;
                error.end_offset = Some(-1);
                error.only_when_read = true;
                return Err(error);
            }
            if alternate != top_alternate {
                return Err(tabs(start));
            }
        }
        Ok(false)
    }

    fn name(&mut self, start: usize) -> Outcome<()> {
        let rest = self.source.get(start..).unwrap_or("");
        let length = rest
            .char_indices()
            .find(|(_, c)| !(c.is_ascii_alphanumeric() || *c == '_' || (!c.is_ascii() && pyrox_unicode::ctype::is_xid_continue(*c as u32))))
            .map_or(rest.len(), |(at, _)| at);
        let word = rest.get(..length).unwrap_or("");
        if let Some(bad) = rest.get(length..).and_then(|rest| rest.chars().next())
            && !bad.is_ascii()
        {
            return Err(bad_character(bad, start + length));
        }
        if let Some(first) = word.chars().next()
            && !first.is_ascii()
            && !pyrox_unicode::ctype::is_xid_start(first as u32)
        {
            return Err(bad_character(first, start));
        }
        self.at = start + length;
        let quote = self.peek(0);
        let is_prefix = word.len() <= 2
            && matches!(word.to_ascii_lowercase().as_str(), "r" | "u" | "b" | "f" | "t" | "br" | "rb" | "fr" | "rf" | "tr" | "rt");
        if is_prefix && matches!(quote, b'\'' | b'"') {
            return self.string(start);
        }
        if matches!(quote, b'\'' | b'"')
            && let Some((first, second)) = incompatible_prefixes(word)
        {
            let message = format!("'{first}' and '{second}' prefixes are incompatible");
            let mut error = error(message, start);
            error.end_offset = Some(self.column(self.at) + 1);
            return Err(error);
        }
        self.push(Kind::Name, start);
        Ok(())
    }

    /// A string literal whose prefix has been read.
    fn string(&mut self, start: usize) -> Outcome<()> {
        let prefix = self.source.get(start..self.at).unwrap_or("").to_ascii_lowercase();
        let Some(letter) = prefix.chars().find(|letter| matches!(letter, 'f' | 't')) else {
            self.string_body(start)?;
            self.push(Kind::String, start);
            return Ok(());
        };
        let quote = self.peek(0);
        let triple = self.peek(1) == quote && self.peek(2) == quote;
        self.at += if triple { 3 } else { 1 };
        let raw = prefix.contains('r');
        let string = Formatted { start, quote, triple, raw, letter, depth: 0, field: -1, in_text: true, in_spec: false };
        self.push(string.kinds().0, start);
        self.strings.push(string);
        Ok(())
    }

    fn string_body(&mut self, start: usize) -> Outcome<()> {
        let quote = self.peek(0);
        let triple = self.peek(1) == quote && self.peek(2) == quote;
        self.at += if triple { 3 } else { 1 };
        let mut escaped_quote = false;
        loop {
            let byte = self.peek(0);
            let ended = self.at >= self.bytes.len();
            if ended || (byte == b'\n' && !triple) {
                if let Some(around) = self.strings.last()
                    && (around.quote, around.triple) == (quote, triple)
                {
                    let mut error = error(format!("{}-string: expecting '}}'", around.letter), start);
                    error.only_when_read = true;
                    return Err(error);
                }
                let line = self.line_at(if ended { self.last_line_end() } else { self.at });
                let message = if triple {
                    format!("unterminated triple-quoted string literal (detected at line {line})")
                } else {
                    let hint = if escaped_quote { "; perhaps you escaped the end quote?" } else { "" };
                    format!("unterminated string literal (detected at line {line}){hint}")
                };
                return Err(error(message, start));
            }
            if byte == b'\\' {
                escaped_quote |= self.peek(1) == quote;
                self.at += 2;
                continue;
            }
            if byte == quote && (!triple || (self.peek(1) == quote && self.peek(2) == quote)) {
                self.at += if triple { 3 } else { 1 };
                return Ok(());
            }
            self.at += 1;
        }
    }

    /// The text of a formatted string up to a field, the end of one or its own end.
    fn formatted_text(&mut self) -> Outcome<()> {
        let Some(mut string) = self.strings.last().copied() else { return Ok(()) };
        let letter = string.letter;
        let start = self.at;
        let leave = |this: &mut Self| {
            if let Some(last) = this.strings.last_mut() {
                last.in_text = false;
            }
        };
        loop {
            let byte = self.peek(0);
            let ended = self.at >= self.bytes.len();
            let closes = byte == string.quote && (!string.triple || (self.peek(1) == byte && self.peek(2) == byte));
            if !ended && closes {
                if self.at > start {
                    self.push(string.kinds().1, start);
                }
                let end = self.at;
                self.at += if string.triple { 3 } else { 1 };
                self.strings.pop();
                self.push(string.kinds().2, end);
                return Ok(());
            }
            if ended || (byte == b'\n' && !string.triple) {
                if string.in_spec && !(ended && string.triple) {
                    let message =
                        format!("{letter}-string: newlines are not allowed in format specifiers for single quoted {letter}-strings");
                    return Err(error(message, self.at));
                }
                let line = self.line_at(if ended { self.last_line_end() } else { self.at });
                let what = if string.triple { "triple-quoted " } else { "" };
                let message = format!("unterminated {what}{letter}-string literal (detected at line {line})");
                return Err(error(message, string.start));
            }
            match byte {
                b'{' => {
                    if self.peek(1) == b'{' && !string.in_spec {
                        self.at += 2;
                        continue;
                    }
                    if self.at > start {
                        self.push(string.kinds().1, start);
                    }
                    string.field += 1;
                    if string.field >= MAX_FIELDS {
                        return Err(error(format!("{letter}-string: expressions nested too deeply"), self.at));
                    }
                    string.in_spec = false;
                    string.in_text = false;
                    if let Some(last) = self.strings.last_mut() {
                        *last = string;
                    }
                    return Ok(());
                }
                b'}' => {
                    if self.peek(1) == b'}' && !string.in_spec && string.depth == 0 {
                        self.at += 2;
                        continue;
                    }
                    self.push(string.kinds().1, start);
                    leave(self);
                    return Ok(());
                }
                b'\\' if !string.raw && self.peek(1) == b'N' && self.peek(2) == b'{' => {
                    let rest = self.source.get(self.at..).unwrap_or("");
                    self.at += rest.find(['}', '\n']).map_or(3, |end| end + 1).max(3);
                }
                b'\\' => self.at += if matches!(self.peek(1), b'{' | b'}') { 1 } else { 2 },
                _ => self.at += 1,
            }
        }
    }

    fn digits(&mut self, valid: impl Fn(u8) -> bool, message: &str) -> Outcome<()> {
        loop {
            while valid(self.peek(0)) {
                self.at += 1;
            }
            if self.peek(0) != b'_' {
                return Ok(());
            }
            self.at += 1;
            if !valid(self.peek(0)) {
                return Err(error(message, self.at - 1));
            }
        }
    }

    fn number(&mut self, start: usize) -> Outcome<()> {
        let decimal = "invalid decimal literal";
        let lower = self.peek(1).to_ascii_lowercase();
        let mut what = "decimal";
        if self.peek(0) == b'0' && matches!(lower, b'x' | b'o' | b'b') {
            let (name, radix) = match lower {
                b'x' => ("hexadecimal", 16),
                b'o' => ("octal", 8),
                _ => ("binary", 2),
            };
            what = name;
            self.at += 2;
            let valid = move |byte: u8| char::from(byte).is_digit(radix);
            if self.peek(0) == b'_' {
                self.at += 1;
            }
            if !valid(self.peek(0)) {
                if self.peek(0).is_ascii_digit() {
                    return Err(self.bad_digit(name));
                }
                return Err(error(format!("invalid {name} literal"), self.at - 1));
            }
            if let Err(problem) = self.digits(valid, &format!("invalid {name} literal")) {
                return Err(if self.peek(0).is_ascii_digit() { self.bad_digit(name) } else { problem });
            }
            if self.peek(0).is_ascii_digit() {
                return Err(self.bad_digit(name));
            }
        } else {
            let mut float = false;
            if self.peek(0) != b'.' {
                self.digits(|byte| byte.is_ascii_digit(), decimal)?;
            }
            let integer_end = self.at;
            if self.peek(0) == b'.' {
                float = true;
                self.at += 1;
                if self.peek(0).is_ascii_digit() {
                    self.digits(|byte| byte.is_ascii_digit(), decimal)?;
                }
            }
            if matches!(self.peek(0), b'e' | b'E') {
                let signed = usize::from(matches!(self.peek(1), b'+' | b'-'));
                if self.peek(1 + signed).is_ascii_digit() {
                    float = true;
                    self.at += 1 + signed;
                    self.digits(|byte| byte.is_ascii_digit(), decimal)?;
                } else if signed == 1 {
                    return Err(error(decimal, self.at + 1));
                }
            }
            let imaginary = matches!(self.peek(0), b'j' | b'J');
            if imaginary {
                self.at += 1;
                what = "imaginary";
            }
            let digits = self.source.get(start..integer_end).unwrap_or("");
            if !float && !imaginary && digits.len() > 1 && digits.starts_with('0') && digits.bytes().any(|byte| matches!(byte, b'1'..=b'9'))
            {
                let message = "leading zeros in decimal integer literals are not permitted; use \
                               an 0o prefix for octal integers";
                let mut error = error(message, start);
                let zeros = digits.bytes().take_while(|&byte| byte == b'0' || byte == b'_').count();
                error.end_offset = Some(self.column(start + zeros) + 1);
                return Err(error);
            }
        }
        self.end_of_number(what)?;
        self.push(Kind::Number, start);
        Ok(())
    }

    fn column(&self, offset: usize) -> i32 {
        let line = self.bytes.get(..offset).and_then(|before| before.iter().rposition(|&byte| byte == b'\n')).map_or(0, |at| at + 1);
        let count = self.source.get(line..offset).map_or(offset - line, |text| text.chars().count());
        i32::try_from(count).unwrap_or(i32::MAX - 1)
    }

    fn bad_digit(&self, name: &str) -> TokenError {
        let digit = char::from(self.peek(0));
        error(format!("invalid digit '{digit}' in {name} literal"), self.at)
    }

    /// A keyword may follow a number at once, other names may not.
    fn end_of_number(&self, what: &str) -> Outcome<()> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let keyword = ["and", "else", "for", "if", "in", "is", "not", "or"].iter().any(|keyword| rest.starts_with(keyword.as_bytes()));
        let follows = self.peek(0);
        if !keyword && (follows.is_ascii_alphanumeric() || follows == b'_') {
            return Err(error(format!("invalid {what} literal"), self.at - 1));
        }
        Ok(())
    }

    fn operator(&mut self, start: usize) -> Outcome<()> {
        const LONG: [&str; 25] = [
            "**=", "//=", ">>=", "<<=", "...", "!=", "==", "<=", ">=", "<>", "->", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "@=",
            ":=", "**", "//", "<<", ">>",
        ];
        let rest = self.source.get(start..).unwrap_or("");
        if self.peek(0) == b':'
            && let Some(string) = self.strings.last_mut()
            && string.depth - 1 == string.field
        {
            self.at += 1;
            string.in_text = true;
            string.in_spec = true;
            self.push(Kind::Operator, start);
            return Ok(());
        }
        if let Some(operator) = LONG.iter().find(|operator| rest.starts_with(**operator)) {
            self.at += operator.len();
            self.push(Kind::Operator, start);
            return Ok(());
        }
        let Some(character) = rest.chars().next() else { return Ok(()) };
        self.at += character.len_utf8();
        match character {
            '(' | '[' | '{' => {
                self.push(Kind::Operator, start);
                self.open.push(start);
                if let Some(string) = self.strings.last_mut() {
                    string.depth += 1;
                }
            }
            ')' | ']' | '}' => {
                if let Some(string) = self.strings.last()
                    && string.depth == 0
                    && character == '}'
                {
                    return Err(error(format!("{}-string: single '}}' is not allowed", string.letter), start));
                }
                let Some(opened) = self.open.pop() else {
                    return Err(error(format!("unmatched '{character}'"), start));
                };
                let opening = char::from(self.bytes.get(opened).copied().unwrap_or(0));
                let fits = matches!((opening, character), ('(', ')') | ('[', ']') | ('{', '}'));
                if !fits {
                    if let Some(string) = self.strings.last()
                        && opening == '{'
                        && string.depth - 1 == string.field
                    {
                        return Err(error(format!("{}-string: unmatched '{character}'", string.letter), start));
                    }
                    let (line, here) = (self.line_at(opened), self.line_at(start));
                    let place = if line == here { String::new() } else { format!(" on line {line}") };
                    let message = format!(
                        "closing parenthesis '{character}' does not match opening parenthesis \
                         '{opening}'{place}"
                    );
                    return Err(error(message, start));
                }
                if let Some(string) = self.strings.last_mut() {
                    string.depth -= 1;
                    if string.depth < 0 {
                        return Err(error(format!("{}-string: unmatched '{character}'", string.letter), start));
                    }
                    if character == '}' && string.depth == string.field {
                        string.field -= 1;
                        string.in_text = true;
                        string.in_spec = string.field >= 0;
                    }
                }
                self.push(Kind::Operator, start);
            }
            _ if character.is_ascii() && !character.is_ascii_control() => {
                self.push(Kind::Operator, start);
            }
            _ => return Err(bad_character(character, start)),
        }
        Ok(())
    }
}

/// The letters of a string prefix that do not go together.
fn incompatible_prefixes(word: &str) -> Option<(char, char)> {
    let lower = word.to_ascii_lowercase();
    if !lower.chars().all(|letter| "rubft".contains(letter)) {
        return None;
    }
    [('u', 'b'), ('u', 'r'), ('u', 'f'), ('u', 't'), ('b', 'f'), ('b', 't'), ('f', 't')]
        .into_iter()
        .find(|(first, second)| lower.contains(*first) && lower.contains(*second))
}

fn bad_character(character: char, at: usize) -> TokenError {
    let code = character as u32;
    let message = if pyrox_unicode::ctype::is_printable(code) {
        format!("invalid character '{character}' (U+{code:04X})")
    } else {
        format!("invalid non-printable character U+{code:04X}")
    };
    error(message, at)
}
