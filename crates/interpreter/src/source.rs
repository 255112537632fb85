//! Source code in whatever encoding it declares, as UTF-8 for the compiler.
//!
//! What the codecs know (all but UTF-8) is asked of them. CPython reads a file that it runs line by line, and
//! the bytes that `compile()` is given at once; what it says of undecodable ones differs, and so it does here.

use std::borrow::Cow;

use pyrox_compiler::source::{BYTE_ORDER_MARK, declaration, lines, normalized_encoding};
use pyrox_objects::{Bytes, Int, Obj, Object, PyResult, Raised, Str, Thread, Tuple, exceptions, intern, none};

/// Where bytes come from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// They are in memory.
    Memory,
    /// They are those of the file that is run.
    File,
}

/// A place that a `SyntaxError` tells: line and offset from 1, and the end's offset.
struct Place<'a> {
    line: usize,
    offset: i64,
    end_offset: i64,
    text: Option<&'a [u8]>,
}

/// The source as UTF-8, without a byte order mark.
///
/// # Errors
/// `SyntaxError` where it cannot be decoded.
pub fn decode<'a>(thread: &Thread, source: &'a [u8], filename: &str, origin: Origin) -> PyResult<Cow<'a, [u8]>> {
    if let Some(at) = source.iter().position(|&byte| byte == 0) {
        if origin == Origin::Memory {
            return Err(null_bytes(thread));
        }
        let before = source.get(..at).unwrap_or_default();
        let line = lines(before).count().max(1) + usize::from(before.ends_with(b"\n"));
        let text = if before.ends_with(b"\n") { b"".as_slice() } else { lines(before).last().unwrap_or_default() };
        let place = Place { line, offset: 0, end_offset: 0, text: Some(text) };
        return Err(syntax_error(thread, "source code cannot contain null bytes", Some(filename), &place));
    }
    let (marked, body) = match source.strip_prefix(BYTE_ORDER_MARK) {
        Some(body) => (true, body),
        None => (false, source),
    };
    let declared = declaration(body);
    let encoding = declared.map(|(name, _)| name).map(|name| match normalized_encoding(name).as_str() {
        usual @ ("utf-8" | "iso-8859-1") => usual.to_owned(),
        _ => name.to_owned(),
    });
    match (encoding, declared) {
        (Some(encoding), Some((_, line))) if encoding != "utf-8" => match marked {
            false => recode(thread, body, &encoding, line, filename, origin).map(Cow::Owned),
            true => {
                let text = lines(body).nth(line - 1).unwrap_or_default();
                let end = (text.len() + line - 1) as i64;
                let filename = Some(filename).filter(|_| origin == Origin::File);
                let place = Place { line, offset: 0, end_offset: end, text: Some(text) };
                Err(syntax_error(thread, &format!("encoding problem: {encoding} with BOM"), filename, &place))
            }
        },
        (encoding, _) => {
            check_utf8(thread, body, filename, origin, marked || encoding.is_some())?;
            Ok(Cow::Borrowed(body))
        }
    }
}

/// The error for sources with null bytes.
pub fn null_bytes(thread: &Thread) -> Raised {
    thread.error(exceptions::syntax_error(), "source code string cannot contain null bytes")
}

fn syntax_error(thread: &Thread, message: &str, filename: Option<&str>, place: &Place<'_>) -> Raised {
    let make = || -> PyResult<Obj> {
        let filename = match filename {
            Some(name) => Str::from_str(thread, name)?.upcast(),
            None => none(),
        };
        let number = |value: i64| -> Obj { Int::from(value).upcast() };
        let text = match place.text {
            Some(text) => Str::from_str(thread, &String::from_utf8_lossy(text))?.upcast(),
            None => none(),
        };
        let mut details = vec![filename, number(place.line as i64), number(place.offset), text];
        if place.text.is_some() {
            details.extend([number(place.line as i64), number(place.end_offset)]);
        }
        let details = Tuple::from_vec(thread, details)?;
        exceptions::syntax_error().call(thread, &[&**Str::from_str(thread, message)?, &details])
    };
    match make() {
        Ok(exception) => thread.raise(exception),
        Err(raised) => raised,
    }
}

/// Refuse what is no UTF-8, with the line where it is.
fn check_utf8(thread: &Thread, body: &[u8], filename: &str, origin: Origin, declared: bool) -> PyResult<()> {
    let Err(error) = std::str::from_utf8(body) else { return Ok(()) };
    let at = error.valid_up_to();
    let byte = body.get(at).copied().unwrap_or(0);
    let mut start = 0;
    let mut found = (1, body);
    for (number, line) in lines(body).enumerate() {
        start = line.as_ptr() as usize - body.as_ptr() as usize;
        found = (number + 1, line);
        if at <= start + line.len() {
            break;
        }
    }
    let (line, text) = found;
    let valid = body.get(start..at).map_or(0, |valid| String::from_utf8_lossy(valid).chars().count()) as i64;
    if origin == Origin::File && declared {
        let what = match error.error_len() {
            _ if byte & 0xc0 == 0x80 || byte >= 0xf5 || matches!(byte, 0xc0 | 0xc1) => "invalid start byte",
            None => "unexpected end of data",
            Some(_) => "invalid continuation byte",
        };
        let position = at.saturating_sub(start);
        let message = format!("(unicode error) 'utf-8' codec can't decode byte {byte:#04x} in position {position}: {what}");
        let place = Place { line, offset: 0, end_offset: 0, text: Some(text) };
        return Err(syntax_error(thread, &message, Some(filename), &place));
    }
    let (place_name, filename) = match origin {
        Origin::File => (format!(" in file {filename}"), Some(filename)),
        Origin::Memory => (String::new(), None),
    };
    let message = format!(
        "Non-UTF-8 code starting with '\\x{byte:02x}'{place_name} on line {line}, but no encoding declared; \
         see https://peps.python.org/pep-0263/ for details"
    );
    let place = Place { line, offset: valid + 1, end_offset: valid + 1, text: Some(text) };
    Err(syntax_error(thread, &message, filename, &place))
}

/// Decode by one of Python's codecs. `line` is the one that declares it.
fn recode(thread: &Thread, body: &[u8], encoding: &str, line: usize, filename: &str, origin: Origin) -> PyResult<Vec<u8>> {
    let decoded = || -> PyResult<Vec<u8>> {
        let text = Bytes::from_slice(thread, body)?.call_method(thread, intern!("decode"), &[&**Str::from_str(thread, encoding)?])?;
        let Some(text) = text.cast::<Str>() else {
            return Err(thread.type_error(&format!("'{encoding}' decoder returned '{}' instead of 'str'", text.ty().name())));
        };
        if text.chars().any(|c| c == 0) {
            return Err(null_bytes(thread));
        }
        Ok(text.to_rust(thread)?.into_bytes())
    };
    let raised = match decoded() {
        Ok(text) => return Ok(text),
        Err(raised) => raised,
    };
    let Some(exception) = thread.take_raised() else { return Err(raised) };
    let ours = [exceptions::lookup_error(), exceptions::value_error(), exceptions::syntax_error()];
    if !ours.iter().any(|class| exception.is_instance_of(class)) {
        return Err(thread.raise(exception));
    }
    if origin == Origin::File && exception.is_instance_of(exceptions::unicode_decode_error()) {
        // The rest of the file is decoded from the newline of the declaring line on.
        let read = lines(body).nth(line).map_or(body.len(), |next| next.as_ptr() as usize - body.as_ptr() as usize);
        shift(thread, &exception, read.saturating_sub(1))?;
    }
    let message = exception.str(thread)?.to_string_lossy().into_owned();
    let message = match (origin, message.split_once("; use codecs.")) {
        (Origin::File, Some((start, _))) if message.contains("is not a text encoding") => start.to_owned(),
        _ => message,
    };
    let place = Place { line: 0, offset: -1, end_offset: 0, text: None };
    Err(syntax_error(thread, &message, Some(filename), &place))
}

/// Count the positions of a decoding error from a later byte.
fn shift(thread: &Thread, exception: &Object, by: usize) -> PyResult<()> {
    let position = |name: &str| -> PyResult<i64> { Ok(exception.getattr_str(thread, name)?.as_isize(thread)? as i64 - by as i64) };
    let (start, end) = (position("start")?, position("end")?);
    let object = exception.getattr_str(thread, "object")?;
    let Some(rest) = object.cast::<Bytes>().and_then(|bytes| bytes.as_slice().get(by..)).filter(|_| start >= 0) else {
        return Ok(());
    };
    let rest = Bytes::from_slice(thread, rest)?;
    exception.setattr_str(thread, "object", &rest)?;
    exception.setattr_str(thread, "start", &Int::from(start))?;
    exception.setattr_str(thread, "end", &Int::from(end))
}
