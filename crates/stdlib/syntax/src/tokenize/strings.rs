//! String literals, and the texts of formatted and template strings.

use super::lexer::{Failed, Lexer, Token};
use super::source::{Done, EOF};
use super::token::{self, Kind};

const MAX_STRINGS: usize = 150;
const MAX_NESTING: i32 = 3;

/// A formatted or template string that is being read.
pub struct Formatted {
    quote: u8,
    quotes: usize,
    raw: bool,
    template: bool,
    /// In the literal text or a format specification, not in an expression.
    pub in_text: bool,
    pub in_format_spec: bool,
    /// How many brackets are open within the string.
    pub depth: i32,
    /// How many expressions are open, less one.
    pub expressions: i32,
    start: usize,
    line_start: usize,
    first_line: i32,
}

impl Formatted {
    /// The letter that names the kind of string in messages.
    pub fn letter(&self) -> char {
        if self.template { 't' } else { 'f' }
    }

    fn kind(&self, formatted: Kind) -> Kind {
        if self.template { formatted + (token::TSTRING_START - token::FSTRING_START) } else { formatted }
    }
}

impl Lexer<'_> {
    fn begin_string(&mut self) {
        self.first_lineno = self.source.lineno;
        self.string_line_start = self.source.line_start;
    }

    /// A plain string whose first quote was read.
    pub fn string(&mut self, quote: i32) -> Result<Token, Failed> {
        self.begin_string();
        let (mut quotes, mut ending, mut escaped_quote) = (1, 0, false);
        let mut c = self.next();
        if c == quote {
            c = self.next();
            if c == quote {
                quotes = 3;
            } else {
                ending = 1;
            }
        }
        if c != quote {
            self.back(c);
        }
        while ending != quotes {
            let c = self.next();
            if self.source.done == Done::Raised {
                return Err(Failed);
            }
            if c == EOF || quotes == 1 && c == i32::from(b'\n') {
                return Err(self.unterminated(quote, quotes, escaped_quote));
            }
            if c == quote {
                ending += 1;
                continue;
            }
            ending = 0;
            if c == i32::from(b'\\') {
                let c = self.next();
                escaped_quote |= c == quote;
                if c == i32::from(b'\r') {
                    self.next();
                }
            }
        }
        Ok(self.whole(token::STRING))
    }

    /// The error is reported at the opening quote.
    fn unterminated(&mut self, quote: i32, quotes: usize, escaped_quote: bool) -> Failed {
        let line = self.source.lineno;
        self.source.cur = self.source.start.unwrap_or(0) + 1;
        self.source.line_start = self.string_line_start;
        self.source.lineno = self.first_lineno;
        if let Some(string) = self.strings.last()
            && i32::from(string.quote) == quote
            && string.quotes == quotes
        {
            let letter = string.letter();
            return self.error(&format!("{letter}-string: expecting '}}'"));
        }
        let triple = if quotes == 3 { "triple-quoted " } else { "" };
        let hint = if escaped_quote && quotes == 1 { "; perhaps you escaped the end quote?" } else { "" };
        self.error(&format!("unterminated {triple}string literal (detected at line {line}){hint}"))
    }

    /// The prefix and the quotes of a formatted string whose first quote was read.
    pub fn formatted_start(&mut self, quote: i32, raw: bool, template: bool) -> Result<Token, Failed> {
        self.begin_string();
        let mut quotes = 1;
        let second = self.next();
        if second == quote {
            let third = self.next();
            if third == quote {
                quotes = 3;
            } else {
                self.back(third);
                self.back(second);
            }
        } else {
            self.back(second);
        }
        if self.strings.len() + 1 >= MAX_STRINGS {
            return Err(self.error("too many nested f-strings or t-strings"));
        }
        let string = Formatted {
            quote: u8::try_from(quote).unwrap_or(b'"'),
            quotes,
            raw,
            template,
            in_text: true,
            in_format_spec: false,
            depth: 0,
            expressions: -1,
            start: self.source.start.unwrap_or(0),
            line_start: self.source.line_start,
            first_line: self.source.lineno,
        };
        let kind = string.kind(token::FSTRING_START);
        let token = self.whole(kind);
        self.strings.push(string);
        Ok(token)
    }

    /// Go over to an expression, in front of its bracket.
    fn enter_expression(&mut self) -> Result<(), Failed> {
        let Some(string) = self.strings.last_mut() else { return Ok(()) };
        string.expressions += 1;
        if string.expressions >= MAX_NESTING {
            let letter = string.letter();
            return Err(self.error(&format!("{letter}-string: expressions nested too deeply")));
        }
        string.in_text = false;
        Ok(())
    }

    /// The next piece of a formatted string's text, or its end.
    pub fn string_part(&mut self) -> Result<Token, Failed> {
        let Some(string) = self.strings.last() else { return Err(Failed) };
        let (quote, quotes, raw) = (i32::from(string.quote), string.quotes, string.raw);
        let (middle, end) = (string.kind(token::FSTRING_MIDDLE), string.kind(token::FSTRING_END));
        let in_format_spec = string.in_format_spec && string.expressions >= 0;
        let nested = string.depth != 0;
        let letter = string.letter();

        self.source.start = Some(self.source.cur);
        self.begin_string();
        let first = self.next();
        if first == i32::from(b'{') {
            let second = self.next();
            self.back(second);
            self.back(first);
            if second != i32::from(b'{') {
                self.enter_expression()?;
                return self.plain_token();
            }
        } else {
            self.back(first);
        }
        let mut at_end = true;
        for _ in 0..quotes {
            let c = self.next();
            if c != quote {
                self.back(c);
                at_end = false;
                break;
            }
        }
        if at_end {
            self.strings.pop();
            return Ok(self.whole(end));
        }
        let mut ending = 0;
        let mut named_escape = false;
        while ending != quotes {
            let c = self.next();
            if self.source.done == Done::Raised {
                return Err(Failed);
            }
            if c == EOF || quotes == 1 && c == i32::from(b'\n') {
                if in_format_spec && c != EOF {
                    return Err(self.error(&format!(
                        "{letter}-string: newlines are not allowed in format specifiers for single quoted {letter}-strings"
                    )));
                }
                return Err(self.unterminated_formatted(letter, quotes));
            }
            if c == quote {
                ending += 1;
                continue;
            }
            ending = 0;
            match u8::try_from(c) {
                Ok(b'{') => {
                    let next = self.next();
                    if next == i32::from(b'{') && !in_format_spec {
                        return Ok(self.without_last(middle));
                    }
                    self.back(next);
                    self.back(c);
                    self.enter_expression()?;
                    return Ok(self.whole(middle));
                }
                Ok(b'}') => {
                    if named_escape {
                        return Ok(self.whole(middle));
                    }
                    let next = self.next();
                    if next == i32::from(b'}') && !in_format_spec && !nested {
                        return Ok(self.without_last(middle));
                    }
                    self.back(next);
                    self.back(c);
                    if let Some(string) = self.strings.last_mut() {
                        string.in_text = false;
                    }
                    return Ok(self.whole(middle));
                }
                Ok(b'\\') => {
                    let mut escaped = self.next();
                    if escaped == i32::from(b'\r') {
                        escaped = self.next();
                    }
                    if escaped == i32::from(b'{') || escaped == i32::from(b'}') {
                        if !raw {
                            self.warn_escape(escaped)?;
                        }
                        self.back(escaped);
                    } else if !raw && escaped == i32::from(b'N') {
                        let next = self.next();
                        if next == i32::from(b'{') {
                            named_escape = true;
                        } else {
                            self.back(next);
                        }
                    }
                }
                _ => {}
            }
        }
        // The quotes are the next token.
        for _ in 0..quotes {
            self.back(quote);
        }
        Ok(self.whole(middle))
    }

    fn without_last(&self, kind: Kind) -> Token {
        Token { kind, span: self.source.start.map(|start| (start, self.source.cur.saturating_sub(1))) }
    }

    fn warn_escape(&mut self, c: i32) -> Result<(), Failed> {
        if self.extra {
            return Ok(());
        }
        let c = char::from(u8::try_from(c).unwrap_or(b'?'));
        self.warn(&format!(
            "\"\\{c}\" is an invalid escape sequence. Such sequences will not work in the future. \
             Did you mean \"\\\\{c}\"? A raw string is also an option."
        ))
    }

    fn unterminated_formatted(&mut self, letter: char, quotes: usize) -> Failed {
        let line = self.source.lineno;
        if let Some((start, line_start, first_line)) =
            self.strings.last().map(|string| (string.start, string.line_start, string.first_line))
        {
            self.source.cur = start + 1;
            self.source.line_start = line_start;
            self.source.lineno = first_line;
        }
        let triple = if quotes == 3 { "triple-quoted " } else { "" };
        self.error(&format!("unterminated {triple}{letter}-string literal (detected at line {line})"))
    }
}
