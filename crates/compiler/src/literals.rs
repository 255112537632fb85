//! The values of string, bytes and number literals, read from the source text.
//!
//! The parser library's own values will not do: it cannot represent lone surrogates, does not warn
//! of invalid escape sequences, and knows integers only up to 64 bits.

use std::sync::atomic::{AtomicUsize, Ordering};

use std::rc::Rc;

use crate::code::{BigInt, Const};

/// A problem in a literal, at a byte offset from the start of its body.
pub enum Problem {
    /// Message of the `SyntaxError`; it is shown for the whole literal.
    Error(String),
    /// An escape sequence (its text without the backslash) that means nothing.
    InvalidEscape { offset: usize, sequence: String, octal: bool },
}

/// Prefix and quotes of a literal's source text.
pub struct Parts<'s> {
    pub raw: bool,
    pub bytes: bool,
    pub unicode: bool,
    pub body: &'s str,
    /// Where the body starts in the literal.
    pub body_start: usize,
}

/// Split a literal into prefix and body.
pub fn split(literal: &str) -> Parts<'_> {
    let prefix = literal.bytes().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let (letters, rest) = literal.split_at_checked(prefix).unwrap_or(("", literal));
    let triple = rest.len() >= 6 && (rest.starts_with("'''") || rest.starts_with("\"\"\""));
    let quote = if triple { 3 } else { 1 };
    let body = rest.get(quote..rest.len().saturating_sub(quote)).unwrap_or("");
    let has = |letter: u8| letters.bytes().any(|byte| byte.eq_ignore_ascii_case(&letter));
    Parts { raw: has(b'r'), bytes: has(b'b'), unicode: has(b'u'), body, body_start: prefix + quote }
}

/// Append a code point, surrogates included.
pub fn push_code_point(out: &mut Vec<u8>, code: u32) {
    match char::from_u32(code) {
        Some(character) => {
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
        None => {
            out.push(0xe0 | (code >> 12) as u8 & 0x0f);
            out.push(0x80 | (code >> 6) as u8 & 0x3f);
            out.push(0x80 | code as u8 & 0x3f);
        }
    }
}

/// The text that `body` stands for. With `braces`, doubled braces are single ones, as in formatted
/// strings. `interpolated` tells that the text is a part of one, which a backslash may end.
pub fn decode_str(body: &str, raw: bool, braces: bool, interpolated: bool, problems: &mut Vec<Problem>) -> Result<Rc<[u8]>, Problem> {
    let bytes = body.as_bytes();
    if (raw || !bytes.contains(&b'\\')) && !(braces && bytes.iter().any(|b| matches!(b, b'{' | b'}'))) {
        return Ok(Rc::from(bytes));
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    // Offsets in messages count the text as CPython hands it to its decoder: other characters
    // than ASCII as ten-character escapes.
    let mut shown = 0;
    while let Some(&byte) = bytes.get(at) {
        if braces && matches!(byte, b'{' | b'}') && bytes.get(at + 1) == Some(&byte) {
            out.push(byte);
            at += 2;
            shown += 1;
            continue;
        }
        if raw || byte != b'\\' {
            out.push(byte);
            if byte < 0x80 {
                shown += 1;
            } else if byte >= 0xc0 {
                shown += 10;
            }
            at += 1;
            continue;
        }
        let start = at;
        at += 1;
        let Some(&escape) = bytes.get(at) else {
            if interpolated {
                out.push(b'\\');
                let sequence = "{".to_owned();
                problems.push(Problem::InvalidEscape { offset: start, sequence, octal: false });
                break;
            }
            return Err(decode_error(shown, shown, "\\ at end of string"));
        };
        at += 1;
        match escape {
            b'\n' => {}
            b'\\' | b'\'' | b'"' => out.push(escape),
            b'a' => out.push(7),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'v' => out.push(11),
            b'0'..=b'7' => {
                let (value, end) = octal(bytes, at - 1);
                at = end;
                if value > 0o377 {
                    let sequence = String::from_utf8_lossy(bytes.get(start + 1..end).unwrap_or_default()).into_owned();
                    problems.push(Problem::InvalidEscape { offset: start, sequence, octal: true });
                }
                push_code_point(&mut out, value);
            }
            b'x' | b'u' | b'U' => {
                let (width, message) = match escape {
                    b'x' => (2, "truncated \\xXX escape"),
                    b'u' => (4, "truncated \\uXXXX escape"),
                    _ => (8, "truncated \\UXXXXXXXX escape"),
                };
                let digits = bytes.iter().skip(at).take(width).take_while(|byte| byte.is_ascii_hexdigit()).count();
                if digits < width {
                    return Err(decode_error(shown, shown + 1 + digits, message));
                }
                let value = bytes
                    .iter()
                    .skip(at)
                    .take(width)
                    .filter_map(|&byte| char::from(byte).to_digit(16))
                    .fold(0u32, |value, digit| value.wrapping_mul(16).wrapping_add(digit));
                at += width;
                if value > 0x0010_ffff {
                    return Err(decode_error(shown, shown + 9, "illegal Unicode character"));
                }
                push_code_point(&mut out, value);
            }
            b'N' => {
                let rest = body.get(at..).unwrap_or("");
                let name = rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
                match name {
                    Some((name, _)) if !name.is_empty() => {
                        let end = shown + 3 + name.len();
                        match lookup_name(name) {
                            Some(code) => push_code_point(&mut out, code),
                            None => {
                                let message = "unknown Unicode character name";
                                return Err(decode_error(shown, end, message));
                            }
                        }
                        at += name.len() + 2;
                    }
                    Some(_) => {
                        let message = "malformed \\N character escape";
                        return Err(decode_error(shown, shown + 2, message));
                    }
                    None => {
                        let end = if rest.starts_with('{') { shown + 1 + rest.len() } else { shown + 1 };
                        return Err(decode_error(shown, end, "malformed \\N character escape"));
                    }
                }
            }
            _ => {
                out.push(b'\\');
                at = start + 1;
                // CPython does not notice the others.
                if escape.is_ascii() {
                    let sequence = char::from(escape).to_string();
                    problems.push(Problem::InvalidEscape { offset: start, sequence, octal: false });
                }
            }
        }
        shown += at - start;
    }
    Ok(Rc::from(out))
}

fn decode_error(start: usize, end: usize, message: &str) -> Problem {
    Problem::Error(format!(
        "(unicode error) 'unicodeescape' codec can't decode {} in position {}: {message}",
        if start == end { "byte 0x5c" } else { "bytes" },
        if start == end { start.to_string() } else { format!("{start}-{end}") },
    ))
}

/// Value of the octal digits at `start`, at most three, and where they end.
fn octal(bytes: &[u8], start: usize) -> (u32, usize) {
    let mut value = 0;
    let mut at = start;
    while at < start + 3
        && let Some(&digit @ b'0'..=b'7') = bytes.get(at)
    {
        value = value * 8 + u32::from(digit - b'0');
        at += 1;
    }
    (value, at)
}

/// The bytes that `body` stands for.
pub fn decode_bytes(body: &str, raw: bool, problems: &mut Vec<Problem>) -> Result<Rc<[u8]>, Problem> {
    let bytes = body.as_bytes();
    if !body.is_ascii() {
        return Err(Problem::Error("bytes can only contain ASCII literal characters".to_owned()));
    }
    if raw || !bytes.contains(&b'\\') {
        return Ok(Rc::from(bytes));
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let start = at - 1;
        let Some(&escape) = bytes.get(at) else {
            return Err(Problem::Error("(value error) Trailing \\ in string".to_owned()));
        };
        at += 1;
        match escape {
            b'\n' => {}
            b'\\' | b'\'' | b'"' => out.push(escape),
            b'a' => out.push(7),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'v' => out.push(11),
            b'0'..=b'7' => {
                let (value, end) = octal(bytes, at - 1);
                at = end;
                if value > 0o377 {
                    let sequence = body.get(start + 1..end).unwrap_or("").to_owned();
                    problems.push(Problem::InvalidEscape { offset: start, sequence, octal: true });
                }
                out.push(value as u8);
            }
            b'x' => {
                let digit = |at: usize| bytes.get(at).and_then(|&byte| char::from(byte).to_digit(16));
                match (digit(at), digit(at + 1)) {
                    (Some(high), Some(low)) => {
                        out.push((high << 4 | low) as u8);
                        at += 2;
                    }
                    _ => {
                        return Err(Problem::Error(format!("(value error) invalid \\x escape at position {start}")));
                    }
                }
            }
            _ => {
                out.push(b'\\');
                at -= 1;
                let sequence = char::from(escape).to_string();
                problems.push(Problem::InvalidEscape { offset: start, sequence, octal: false });
            }
        }
    }
    Ok(Rc::from(out))
}

/// The character of a Unicode name or alias.
pub fn lookup_name(name: &str) -> Option<u32> {
    match pyrox_unicode::names::lookup(name, true, false) {
        Some(pyrox_unicode::names::Named::Character(code)) => Some(code),
        _ => None,
    }
}

/// How many digits a decimal integer literal may have.
static MAX_DECIMAL_DIGITS: AtomicUsize = AtomicUsize::new(4300);

/// Set how many digits a decimal literal may have; 0: any number of them.
pub fn set_int_max_str_digits(limit: usize) {
    MAX_DECIMAL_DIGITS.store(limit, Ordering::Relaxed);
}

/// The value of a number literal, or the message of the `SyntaxError`.
pub fn number(literal: &str) -> Result<Const, String> {
    let mut text = String::with_capacity(literal.len());
    text.extend(literal.chars().filter(|&character| character != '_'));
    let lower = text.to_ascii_lowercase();
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = lower.strip_prefix(prefix) {
            return Ok(Const::Int(power_of_two_radix(digits, radix)));
        }
    }
    if let Some(digits) = lower.strip_suffix('j') {
        let imaginary: f64 = digits.parse().map_err(|_| "invalid imaginary literal".to_owned())?;
        return Ok(Const::Complex(0f64.to_bits(), imaginary.to_bits()));
    }
    if lower.bytes().all(|byte| byte.is_ascii_digit()) {
        let digits = lower.trim_start_matches('0');
        let limit = MAX_DECIMAL_DIGITS.load(Ordering::Relaxed);
        if limit > 0 && digits.len() > limit {
            return Err(format!(
                "Exceeds the limit ({limit} digits) for integer string conversion: \
                 value has {} digits; use sys.set_int_max_str_digits() to increase the limit - \
                 Consider hexadecimal for huge integer literals to avoid decimal conversion \
                 limits.",
                digits.len()
            ));
        }
        return Ok(Const::Int(decimal(digits)));
    }
    let value: f64 = lower.parse().map_err(|_| "invalid decimal literal".to_owned())?;
    Ok(Const::Float(value.to_bits()))
}

fn power_of_two_radix(digits: &str, radix: u32) -> BigInt {
    let bits = radix.trailing_zeros();
    let mut out = Vec::new();
    let mut pending: u64 = 0;
    let mut filled = 0;
    for digit in digits.chars().rev().filter_map(|digit| digit.to_digit(radix)) {
        pending |= u64::from(digit) << filled;
        filled += bits;
        if filled >= 30 {
            out.push((pending & 0x3fff_ffff) as u32);
            pending >>= 30;
            filled -= 30;
        }
    }
    out.push(pending as u32);
    while out.last() == Some(&0) {
        out.pop();
    }
    BigInt { negative: false, digits: out }
}

fn decimal(digits: &str) -> BigInt {
    let mut out: Vec<u32> = Vec::new();
    for chunk in digits.as_bytes().chunks(9) {
        let scale = 10u64.pow(chunk.len() as u32);
        let mut carry = chunk.iter().fold(0u64, |value, byte| value * 10 + u64::from(byte - b'0'));
        for digit in &mut out {
            let value = u64::from(*digit) * scale + carry;
            *digit = (value & 0x3fff_ffff) as u32;
            carry = value >> 30;
        }
        while carry > 0 {
            out.push((carry & 0x3fff_ffff) as u32);
            carry >>= 30;
        }
    }
    BigInt { negative: false, digits: out }
}
