//! From bytes to source text: encoding declarations (PEP 263), byte order marks, newlines.

use std::borrow::Cow;

use crate::error::{CompileError, ErrorKind, Result};

/// What UTF-8 files may begin with.
pub const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The encoding that a source declares in its first two lines, as it is spelled there.
pub fn declared_encoding(source: &[u8]) -> Option<&str> {
    declaration(source).map(|(name, _)| name)
}

/// The same with the line, from 1, that declares it.
pub fn declaration(source: &[u8]) -> Option<(&str, usize)> {
    for (at, line) in lines(source).take(2).enumerate() {
        let text = line.trim_ascii();
        if text.is_empty() {
            continue;
        }
        if let Some(name) = cookie(text.strip_prefix(b"#")?) {
            return Some((name, at + 1));
        }
    }
    None
}

/// The lines of a source, without their ends: `\n`, `\r\n` or `\r`.
pub fn lines(source: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = source;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
        let (line, ended) = rest.split_at_checked(end)?;
        let skip = if ended.starts_with(b"\r\n") { 2 } else { 1 };
        rest = ended.get(skip..).unwrap_or_default();
        Some(line)
    })
}

fn cookie(comment: &[u8]) -> Option<&str> {
    let mut rest = comment;
    loop {
        let at = rest.windows(6).position(|window| window == b"coding")?;
        rest = rest.get(at + 6..)?;
        let Some(after) = rest.strip_prefix(b":").or_else(|| rest.strip_prefix(b"=")) else {
            continue;
        };
        let blank = after.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let name = after.get(blank..)?;
        let length = name.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte)).count();
        if length > 0 {
            return std::str::from_utf8(name.get(..length)?).ok();
        }
    }
}

/// The usual name of an encoding.
pub fn normalized_encoding(name: &str) -> String {
    let head: String = name.chars().take(12).map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() }).collect();
    if head == "utf-8" || head.starts_with("utf-8-") {
        return "utf-8".to_owned();
    }
    let latin = ["latin-1", "iso-8859-1", "iso-latin-1"];
    if latin.iter().any(|latin| head == *latin || head.starts_with(&format!("{latin}-"))) {
        return "iso-8859-1".to_owned();
    }
    name.to_ascii_lowercase()
}

/// The source text with `\n` for newlines. With `ignore_cookie` it is UTF-8 whatever it declares.
pub fn decode(source: &[u8], ignore_cookie: bool) -> Result<Cow<'_, str>> {
    if source.contains(&0) {
        let message = "source code string cannot contain null bytes";
        return Err(CompileError::new(ErrorKind::SyntaxError, message));
    }
    let (bom, body) = match source.strip_prefix(BYTE_ORDER_MARK) {
        // What is text already has no byte order any more.
        Some(body) if !ignore_cookie => (true, body),
        _ => (false, source),
    };
    let declared = if ignore_cookie { None } else { declared_encoding(body) };
    let encoding = declared.map(normalized_encoding);
    let text = match encoding.as_deref() {
        None | Some("utf-8") => decode_utf8(body)?,
        Some(_) if bom => {
            let message = format!("encoding problem: {} with BOM", declared.unwrap_or_default());
            return Err(CompileError::new(ErrorKind::SyntaxError, message));
        }
        Some("utf8" | "u8" | "utf" | "utf8-ucs2" | "cp65001") => decode_utf8(body)?,
        Some("iso-8859-1" | "latin1" | "latin" | "l1" | "iso8859-1" | "8859" | "cp819") => {
            Cow::Owned(body.iter().map(|&byte| char::from(byte)).collect())
        }
        Some("ascii" | "us-ascii" | "646") => match body.iter().position(|byte| !byte.is_ascii()) {
            None => decode_utf8(body)?,
            Some(at) => {
                let byte = body.get(at).copied().unwrap_or(0);
                let message = format!(
                    "(unicode error) 'ascii' codec can't decode byte {byte:#04x} in position \
                     {at}: ordinal not in range(128)"
                );
                return Err(CompileError::new(ErrorKind::SyntaxError, message));
            }
        },
        Some(name) => {
            // Other codecs are Python's: the caller decodes and passes UTF-8.
            let message = format!("unknown encoding: {name}");
            return Err(CompileError::new(ErrorKind::SyntaxError, message));
        }
    };
    Ok(normalize_newlines(text))
}

fn decode_utf8(source: &[u8]) -> Result<Cow<'_, str>> {
    match std::str::from_utf8(source) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(error) => {
            let at = error.valid_up_to();
            let byte = source.get(at).copied().unwrap_or(0);
            let what = match error.error_len() {
                None => "unexpected end of data",
                Some(_) if byte & 0xc0 == 0x80 || byte >= 0xf5 || matches!(byte, 0xc0 | 0xc1) => "invalid start byte",
                Some(_) => "invalid continuation byte",
            };
            let message = format!(
                "(unicode error) 'utf-8' codec can't decode byte {byte:#04x} in position {at}: \
                 {what}"
            );
            Err(CompileError::new(ErrorKind::SyntaxError, message))
        }
    }
}

fn normalize_newlines(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.contains('\r') {
        return text;
    }
    Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
}
