//! Error handlers: what becomes of characters and bytes that a codec cannot convert.
//!
//! The standard ones work natively; they are also functions that [`lookup_error`] finds, since Python
//! code calls them and registers more beside them.

use std::borrow::Cow;

use pyrox_abi::PyMethodDef;
use pyrox_macros::pyfunction;
use pyrox_unicode::names;

use super::registry;
use crate::builtin_function::BuiltinFunction;
use crate::exceptions::unicode::{Failure, UnicodeDecodeError, UnicodeEncodeError, UnicodeTranslateError, failure, make};
use crate::object::{Obj, Object, Owned};
use crate::{Bytes, Int, PyResult, Raised, Str, Thread, Tuple};

/// A handler by name, found when it is first needed.
#[derive(Clone, Debug, PartialEq)]
pub enum Policy {
    Strict,
    Ignore,
    Replace,
    BackslashReplace,
    XmlCharRefReplace,
    NameReplace,
    SurrogateEscape,
    SurrogatePass,
    Registered(String),
}

impl Policy {
    /// The policy of this name; no name is `strict`.
    pub fn named(name: Option<&str>) -> Policy {
        match name {
            None | Some("strict") => Policy::Strict,
            Some("ignore") => Policy::Ignore,
            Some("replace") => Policy::Replace,
            Some("backslashreplace") => Policy::BackslashReplace,
            Some("xmlcharrefreplace") => Policy::XmlCharRefReplace,
            Some("namereplace") => Policy::NameReplace,
            Some("surrogateescape") => Policy::SurrogateEscape,
            Some("surrogatepass") => Policy::SurrogatePass,
            Some(other) => Policy::Registered(other.to_string()),
        }
    }
}

/// What stands in the place of what could not be encoded.
pub enum Replacement {
    Bytes(Vec<u8>),
    Text(Vec<u32>),
}

/// The unit and byte order of a UTF encoding, by its name; for `surrogatepass`.
#[derive(Clone, Copy, PartialEq)]
enum Utf {
    Eight,
    Sixteen { big: bool },
    ThirtyTwo { big: bool },
}

fn utf(encoding: &str) -> Option<Utf> {
    let plain: String = encoding.to_ascii_lowercase().chars().filter(|c| *c != '-' && *c != '_').collect();
    Some(match plain.as_str() {
        "utf8" | "cp65001" => Utf::Eight,
        "utf16" | "utf16le" => Utf::Sixteen { big: plain == "utf16" && cfg!(target_endian = "big") },
        "utf16be" => Utf::Sixteen { big: true },
        "utf32" | "utf32le" => Utf::ThirtyTwo { big: plain == "utf32" && cfg!(target_endian = "big") },
        "utf32be" => Utf::ThirtyTwo { big: true },
        _ => return None,
    })
}

fn is_surrogate(c: u32) -> bool {
    (0xd800..0xe000).contains(&c)
}

/// The escape of one character as `backslashreplace` writes it.
fn push_backslash(out: &mut Vec<u32>, c: u32) {
    let mut bytes = Vec::new();
    crate::str::repr::push_escape(&mut bytes, c);
    out.extend(bytes.iter().map(|&b| b as u32));
}

/// What a native policy makes of these characters; `None` if it refuses them.
fn encode_natively(policy: &Policy, encoding: &str, points: &[u32]) -> Option<(Replacement, usize)> {
    let mut out: Vec<u32> = Vec::new();
    match policy {
        Policy::Ignore => {}
        Policy::Replace => out.resize(points.len(), '?' as u32),
        Policy::BackslashReplace => points.iter().for_each(|&c| push_backslash(&mut out, c)),
        Policy::XmlCharRefReplace => points.iter().for_each(|c| out.extend(format!("&#{c};").chars().map(|c| c as u32))),
        Policy::NameReplace => points.iter().for_each(|&c| match names::name(pyrox_unicode::database::Version::Current, c) {
            Some(name) => out.extend(format!("\\N{{{name}}}").chars().map(|c| c as u32)),
            None => push_backslash(&mut out, c),
        }),
        Policy::SurrogateEscape => {
            let bytes: Vec<u8> = points.iter().map_while(|&c| (0xdc80..0xdd00).contains(&c).then_some((c & 0xff) as u8)).collect();
            if bytes.is_empty() {
                return None;
            }
            let taken = bytes.len();
            return (taken == points.len()).then_some((Replacement::Bytes(bytes), taken));
        }
        Policy::SurrogatePass => {
            let utf = utf(encoding)?;
            if !points.iter().all(|&c| is_surrogate(c)) {
                return None;
            }
            let mut bytes = Vec::new();
            for &c in points {
                match utf {
                    Utf::Eight => crate::str::push_wtf8(&mut bytes, c),
                    Utf::Sixteen { big: true } => bytes.extend((c as u16).to_be_bytes()),
                    Utf::Sixteen { big: false } => bytes.extend((c as u16).to_le_bytes()),
                    Utf::ThirtyTwo { big: true } => bytes.extend(c.to_be_bytes()),
                    Utf::ThirtyTwo { big: false } => bytes.extend(c.to_le_bytes()),
                }
            }
            return Some((Replacement::Bytes(bytes), points.len()));
        }
        Policy::Strict | Policy::Registered(_) => return None,
    }
    Some((Replacement::Text(out), points.len()))
}

/// What a native policy makes of the bytes at `start`; `None` if it refuses them.
fn decode_natively(policy: &Policy, encoding: &str, bytes: &[u8], start: usize, end: usize) -> Option<(Vec<u32>, usize)> {
    let bad = bytes.get(start..end).unwrap_or(&[]);
    Some(match policy {
        Policy::Ignore => (Vec::new(), end),
        Policy::Replace => (vec![0xfffd], end),
        Policy::BackslashReplace => {
            let mut out = Vec::new();
            bad.iter().for_each(|&byte| push_backslash(&mut out, byte as u32));
            (out, end)
        }
        Policy::SurrogateEscape => {
            let out: Vec<u32> = bad.iter().take(4).map_while(|&b| (b >= 128).then_some(0xdc00 + b as u32)).collect();
            if out.is_empty() {
                return None;
            }
            let taken = out.len();
            (out, start + taken)
        }
        Policy::SurrogatePass => {
            let rest = bytes.get(start..)?;
            let (c, width) = match (utf(encoding)?, rest) {
                (Utf::Eight, [0xed, b @ 0xa0..=0xbf, c @ 0x80..=0xbf, ..]) => (0xd000 | ((*b as u32 & 0x3f) << 6) | (*c as u32 & 0x3f), 3),
                (Utf::Sixteen { big }, [a, b, ..]) => {
                    ((if big { u16::from_be_bytes([*a, *b]) } else { u16::from_le_bytes([*a, *b]) }) as u32, 2)
                }
                (Utf::ThirtyTwo { big }, [a, b, c, d, ..]) => {
                    let unit = [*a, *b, *c, *d];
                    (if big { u32::from_be_bytes(unit) } else { u32::from_le_bytes(unit) }, 4)
                }
                _ => return None,
            };
            if !is_surrogate(c) {
                return None;
            }
            (vec![c], start + width)
        }
        _ => return None,
    })
}

fn call_registered(thread: &Thread, name: &str, exception: &Object, decode: bool) -> PyResult<(Obj, isize)> {
    let handler = lookup_error(thread, name)?;
    let result = handler.call(thread, &[exception])?;
    let kind = if decode { "decoding" } else { "encoding" };
    let wanted = if decode { "(str, int)" } else { "(str/bytes, int)" };
    let wrong = || thread.type_error(&format!("{kind} error handler must return {wanted} tuple"));
    let Some(pair) = result.cast::<Tuple>().filter(|t| t.len() == 2) else { return Err(wrong()) };
    let value = pair.get(0);
    if !(value.is_instance::<Str>() || (!decode && value.is_instance::<Bytes>())) || !pair.get(1).has_index() {
        return Err(wrong());
    }
    Ok((value.own(), pair.get(1).as_isize(thread)?))
}

fn resume(thread: &Thread, position: isize, length: usize) -> PyResult<usize> {
    let at = if position < 0 { position.saturating_add(length as isize) } else { position };
    usize::try_from(at)
        .ok()
        .filter(|&at| at <= length)
        .ok_or_else(|| thread.index_error(&format!("position {position} from error handler out of bounds")))
}

impl Policy {
    /// Handle the characters from `start` to `end`: what replaces them, and where to go on.
    pub fn encode(
        &self,
        thread: &Thread,
        encoding: &str,
        text: &Str,
        start: usize,
        end: usize,
        reason: &str,
    ) -> PyResult<(Replacement, usize)> {
        let points: Vec<u32> = text.as_chars().slice(start, end).iter().collect();
        if let Some((replacement, taken)) = encode_natively(self, encoding, &points) {
            return Ok((replacement, start + taken));
        }
        // Of a run that begins well only the beginning is handled.
        if *self == Policy::SurrogateEscape && points.len() > 1 {
            if let Some((replacement, _)) = encode_natively(self, encoding, &points[..1]) {
                return Ok((replacement, start + 1));
            }
        }
        let plain = Str::from_chars(thread, text.as_chars())?;
        let exception = make(thread, false, encoding, &plain, start, end, reason)?;
        let Policy::Registered(name) = self else { return Err(thread.raise(exception)) };
        let (value, position) = call_registered(thread, name, &exception, false)?;
        let position = resume(thread, position, text.len())?;
        let replacement = match (value.cast::<Str>(), value.cast::<Bytes>()) {
            (Some(text), _) => Replacement::Text(text.chars().collect()),
            (_, Some(bytes)) => Replacement::Bytes(bytes.as_slice().to_vec()),
            _ => Replacement::Text(Vec::new()),
        };
        Ok((replacement, position))
    }

    /// Handle the bytes from `start` to `end`; a handler may put other bytes in the place of all.
    pub fn decode(
        &self,
        thread: &Thread,
        encoding: &str,
        bytes: &mut Cow<'_, [u8]>,
        start: usize,
        end: usize,
        reason: &str,
    ) -> PyResult<(Vec<u32>, usize)> {
        if let Some(handled) = decode_natively(self, encoding, bytes, start, end) {
            return Ok(handled);
        }
        let object = Bytes::from_slice(thread, bytes)?;
        let exception = make(thread, true, encoding, &object, start, end, reason)?;
        let name = match self {
            Policy::Registered(name) => name,
            Policy::XmlCharRefReplace | Policy::NameReplace => return Err(wrong_exception(thread, &exception)),
            _ => return Err(thread.raise(exception)),
        };
        let (value, position) = call_registered(thread, name, &exception, true)?;
        if let Some(Failure { object: now, .. }) = failure(&exception) {
            if let Some(now) = now.cast::<Bytes>().filter(|now| !std::ptr::eq(now.as_ptr(), object.as_ptr())) {
                *bytes = Cow::Owned(now.as_slice().to_vec());
            }
        }
        let position = resume(thread, position, bytes.len())?;
        Ok((value.cast::<Str>().map(|t| t.chars().collect()).unwrap_or_default(), position))
    }
}

fn wrong_exception(thread: &Thread, exception: &Object) -> Raised {
    thread.type_error(&format!("don't know how to handle {} in error callback", exception.ty().full_name()))
}

fn answer(thread: &Thread, text: Owned<Str>, position: usize) -> PyResult<Owned<Tuple>> {
    Tuple::from_vec(thread, vec![text.upcast(), Int::from(position as i64).upcast()])
}

fn reraise(thread: &Thread, exception: &Object) -> Raised {
    thread.raise(exception.own())
}

fn apply(thread: &Thread, policy: Policy, exception: &Object) -> PyResult<Owned<Tuple>> {
    let Some(failure) = failure(exception) else { return Err(wrong_exception(thread, exception)) };
    let Failure { object, start, end, encoding } = failure;
    let encoding = encoding.map(|e| e.to_string()).unwrap_or_default();
    if let Some(bytes) = object.cast::<Bytes>() {
        if matches!(policy, Policy::XmlCharRefReplace | Policy::NameReplace) {
            return Err(wrong_exception(thread, exception));
        }
        return match decode_natively(&policy, &encoding, bytes.as_slice(), start, end) {
            Some((points, position)) => answer(thread, Str::from_code_points(thread, &points)?, position),
            None => Err(reraise(thread, exception)),
        };
    }
    let Some(text) = object.cast::<Str>() else { return Err(wrong_exception(thread, exception)) };
    let points: Vec<u32> = text.as_chars().slice(start, end.max(start)).iter().collect();
    if exception.is_instance::<UnicodeTranslateError>() {
        if !matches!(policy, Policy::Ignore | Policy::Replace | Policy::BackslashReplace) {
            return Err(wrong_exception(thread, exception));
        }
        if policy == Policy::Replace {
            return answer(thread, Str::from_code_points(thread, &vec![0xfffd; points.len()])?, end);
        }
    }
    match encode_natively(&policy, &encoding, &points) {
        Some((Replacement::Text(out), _)) => answer(thread, Str::from_code_points(thread, &out)?, end),
        Some((Replacement::Bytes(out), _)) => {
            let bytes = Bytes::from_slice(thread, &out)?;
            Tuple::from_vec(thread, vec![bytes.upcast(), Int::from(end as i64).upcast()])
        }
        None => Err(reraise(thread, exception)),
    }
}

/// Implements the 'strict' error handling, which raises a UnicodeError on coding errors.
#[pyfunction(sig = "(exception, /)", text = "")]
fn strict_errors(thread: &Thread, exception: &Object) -> PyResult<Obj> {
    if !exception.has_flag(pyrox_abi::Py_TPFLAGS_BASE_EXC_SUBCLASS) {
        return Err(thread.type_error("codec must pass exception instance"));
    }
    Err(reraise(thread, exception))
}

macro_rules! handlers {
    ($($(#[$doc:meta])* $name:ident $policy:ident;)*) => { $(
        $(#[$doc])*
        #[pyfunction(sig = "(exception, /)", text = "")]
        fn $name(thread: &Thread, exception: &Object) -> PyResult<Owned<Tuple>> {
            apply(thread, Policy::$policy, exception)
        }
    )* };
}
handlers! {
    /// Implements the 'ignore' error handling, which ignores malformed data and continues.
    ignore_errors Ignore;
    /// Implements the 'replace' error handling, which puts a replacement marker.
    replace_errors Replace;
    /// Implements the 'xmlcharrefreplace' error handling: XML character references.
    xmlcharrefreplace_errors XmlCharRefReplace;
    /// Implements the 'backslashreplace' error handling: backslashed escape sequences.
    backslashreplace_errors BackslashReplace;
    /// Implements the 'namereplace' error handling: \N{...} escape sequences.
    namereplace_errors NameReplace;
    /// Implements the 'surrogatepass' error handling, which lets surrogates through.
    surrogatepass SurrogatePass;
    /// Implements the 'surrogateescape' error handling, which makes undecodable bytes surrogates.
    surrogateescape SurrogateEscape;
}

static DEFINITIONS: crate::native::Table<PyMethodDef> = crate::native::Table(&[
    __py_strict_errors,
    __py_ignore_errors,
    __py_replace_errors,
    __py_xmlcharrefreplace_errors,
    __py_backslashreplace_errors,
    __py_namereplace_errors,
    __py_surrogatepass,
    __py_surrogateescape,
]);

/// The names of the standard handlers, in the order of their definitions.
const STANDARD: [&str; 8] =
    ["strict", "ignore", "replace", "xmlcharrefreplace", "backslashreplace", "namereplace", "surrogatepass", "surrogateescape"];

/// The handler registered under a name.
pub fn lookup_error(thread: &Thread, name: &str) -> PyResult<Obj> {
    let handlers = registry::error_handlers(thread)?;
    if let Some(handler) = handlers.get_text(thread, name)? {
        return Ok(handler);
    }
    let standard = STANDARD.iter().position(|s| *s == name).and_then(|at| DEFINITIONS.0.get(at));
    let Some(definition) = standard else {
        return Err(thread.lookup_error(&format!("unknown error handler name '{name}'")));
    };
    let function = BuiltinFunction::new(thread, definition, None, None)?;
    handlers.set_text(thread, name, &function)?;
    Ok(function.upcast())
}

/// Register a handler.
pub fn register_error(thread: &Thread, name: &str, handler: &Object) -> PyResult<()> {
    if !handler.is_callable() {
        return Err(thread.type_error("handler must be callable"));
    }
    registry::error_handlers(thread)?.set_text(thread, name, handler)
}

/// Take a registered handler away; whether there was one. The standard ones stay.
pub fn unregister_error(thread: &Thread, name: &str) -> PyResult<bool> {
    if STANDARD.contains(&name) {
        return Err(thread.value_error(&format!("cannot un-register built-in error handler '{name}'")));
    }
    let key = Str::from_str(thread, name)?;
    registry::error_handlers(thread)?.remove(thread, &key)
}

/// Whether the exception is an encode or decode error, for callers outside.
pub fn is_codec_error(exception: &Object) -> bool {
    exception.is_instance::<UnicodeDecodeError>() || exception.is_instance::<UnicodeEncodeError>()
}
