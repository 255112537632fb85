//! Numeric literals.

use super::lexer::{Failed, Lexer};
use super::source::EOF;
use super::token::{Kind, NUMBER};

fn is_digit(c: i32) -> bool {
    (i32::from(b'0')..=i32::from(b'9')).contains(&c)
}

fn is(c: i32, lower: u8) -> bool {
    c == i32::from(lower) || c == i32::from(lower.to_ascii_uppercase())
}

fn in_base(c: i32, base: u32) -> bool {
    u8::try_from(c).is_ok_and(|byte| char::from(byte).is_digit(base))
}

impl Lexer<'_> {
    /// Digits with single underscores between them; gives the character behind.
    fn decimal_tail(&mut self) -> Result<i32, Failed> {
        loop {
            let mut c = self.next();
            while is_digit(c) {
                c = self.next();
            }
            if c != i32::from(b'_') {
                return Ok(c);
            }
            c = self.next();
            if !is_digit(c) {
                self.back(c);
                return Err(self.error("invalid decimal literal"));
            }
        }
    }

    /// A number whose first character `c` was read.
    pub fn number(&mut self, c: i32) -> Result<Kind, Failed> {
        if c != i32::from(b'0') {
            let c = self.decimal_tail()?;
            if c == i32::from(b'.') {
                let c = self.next();
                return self.fraction(c);
            }
            return self.exponent(c);
        }
        let mut c = self.next();
        for (letter, base, kind) in [(b'x', 16, "hexadecimal"), (b'o', 8, "octal"), (b'b', 2, "binary")] {
            if is(c, letter) {
                return self.prefixed(base, kind);
            }
        }
        loop {
            if c == i32::from(b'_') {
                c = self.next();
                if !is_digit(c) {
                    self.back(c);
                    return Err(self.error("invalid decimal literal"));
                }
            }
            if c != i32::from(b'0') {
                break;
            }
            c = self.next();
        }
        let zeros_end = self.source.cur;
        let nonzero = is_digit(c);
        if nonzero {
            c = self.decimal_tail()?;
        }
        if c == i32::from(b'.') {
            let c = self.next();
            return self.fraction(c);
        }
        if is(c, b'e') || is(c, b'j') {
            return self.exponent(c);
        }
        if nonzero && !self.extra {
            self.back(c);
            let column = (self.source.start.unwrap_or(0) + 1).saturating_sub(self.source.line_start);
            let end = zeros_end.saturating_sub(self.source.line_start);
            let message = "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers";
            return Err(self.error_at(column, end, message));
        }
        self.finish(c, "decimal")
    }

    /// The digits behind `0x`, `0o` or `0b`.
    fn prefixed(&mut self, base: u32, kind: &str) -> Result<Kind, Failed> {
        let mut c = self.next();
        loop {
            if c == i32::from(b'_') {
                c = self.next();
            }
            if !in_base(c, base) {
                if is_digit(c) {
                    return Err(self.wrong_digit(c, kind));
                }
                self.back(c);
                return Err(self.error(&format!("invalid {kind} literal")));
            }
            while in_base(c, base) {
                c = self.next();
            }
            if c != i32::from(b'_') {
                break;
            }
        }
        if is_digit(c) {
            return Err(self.wrong_digit(c, kind));
        }
        self.finish(c, kind)
    }

    fn wrong_digit(&mut self, c: i32, kind: &str) -> Failed {
        let digit = char::from(u8::try_from(c).unwrap_or(b'?'));
        self.error(&format!("invalid digit '{digit}' in {kind} literal"))
    }

    /// What follows the decimal point; `c` is the first character behind it.
    pub fn fraction(&mut self, c: i32) -> Result<Kind, Failed> {
        let c = if is_digit(c) { self.decimal_tail()? } else { c };
        self.exponent(c)
    }

    /// An exponent, perhaps, and then the `j` of an imaginary number, perhaps.
    fn exponent(&mut self, c: i32) -> Result<Kind, Failed> {
        let mut c = c;
        if is(c, b'e') {
            let letter = c;
            c = self.next();
            if c == i32::from(b'+') || c == i32::from(b'-') {
                c = self.next();
                if !is_digit(c) {
                    self.back(c);
                    return Err(self.error("invalid decimal literal"));
                }
            } else if !is_digit(c) {
                self.back(c);
                self.verify_end(letter, "decimal")?;
                self.back(letter);
                return Ok(NUMBER);
            }
            c = self.decimal_tail()?;
        }
        if is(c, b'j') {
            let c = self.next();
            return self.finish(c, "imaginary");
        }
        self.finish(c, "decimal")
    }

    fn finish(&mut self, c: i32, kind: &str) -> Result<Kind, Failed> {
        self.verify_end(c, kind)?;
        self.back(c);
        Ok(NUMBER)
    }

    fn lookahead(&mut self, rest: &[u8]) -> bool {
        let mut read = Vec::with_capacity(rest.len());
        let mut same = true;
        for &expected in rest {
            let c = self.next();
            read.push(c);
            if c != i32::from(expected) {
                same = false;
                break;
            }
        }
        if same {
            let c = self.next();
            same = !super::lexer::is_name_character(c);
            read.push(c);
        }
        for c in read.into_iter().rev() {
            self.back(c);
        }
        same
    }

    /// A name must not follow a number at once; the keywords that may in valid programs are warned of.
    fn verify_end(&mut self, c: i32, kind: &str) -> Result<(), Failed> {
        if self.extra || c == EOF {
            return Ok(());
        }
        let keyword = match u8::try_from(c) {
            Ok(b'a') => self.lookahead(b"nd"),
            Ok(b'e') => self.lookahead(b"lse"),
            Ok(b'f') => self.lookahead(b"or"),
            Ok(b'i') => {
                let second = self.next();
                self.back(second);
                [b'f', b'n', b's'].iter().any(|&letter| second == i32::from(letter))
            }
            Ok(b'o') => self.lookahead(b"r"),
            Ok(b'n') => self.lookahead(b"ot"),
            _ => false,
        };
        if keyword {
            self.back(c);
            self.warn(&format!("invalid {kind} literal"))?;
            self.next();
        } else if c < 128 && super::lexer::is_name_character(c) {
            self.back(c);
            return Err(self.error(&format!("invalid {kind} literal")));
        }
        Ok(())
    }
}
