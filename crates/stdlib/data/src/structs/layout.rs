//! Formats: where each value of a packed structure stands.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use pyrox_objects::{Bytes, Object, PyResult, Str, Thread};

use super::ERROR;

/// The order of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Little,
    Big,
}

const NATIVE: Order = if cfg!(target_endian = "big") { Order::Big } else { Order::Little };

/// `count` values of one kind, one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub code: u8,
    pub offset: usize,
    /// Of one value; for `s` and `p`, of the whole text.
    pub size: usize,
    pub count: usize,
}

/// A parsed format.
#[derive(Debug)]
pub struct Layout {
    pub fields: Vec<Field>,
    pub order: Order,
    pub size: usize,
    /// How many values it has.
    pub length: usize,
}

/// Size and alignment of a value; `None` for a letter that is none.
fn measure(code: u8, native: bool) -> Option<(usize, usize)> {
    let (size, aligned) = match code {
        b'x' | b'b' | b'B' | b'c' | b's' | b'p' | b'?' => (1, 1),
        b'h' | b'H' | b'e' => (2, 2),
        b'i' | b'I' | b'f' => (4, 4),
        b'l' | b'L' if native => (8, 8),
        b'l' | b'L' => (4, 4),
        b'q' | b'Q' | b'd' => (8, 8),
        b'n' | b'N' | b'P' if native => (8, 8),
        b'F' => (8, 4),
        b'D' => (16, 8),
        _ => return None,
    };
    Some((size, if native { aligned } else { 1 }))
}

impl Layout {
    pub fn parse(thread: &Thread, format: &[u8]) -> PyResult<Layout> {
        let too_long = || ERROR.raise(thread, "total struct size too long");
        if format.contains(&0) {
            return Err(ERROR.raise(thread, "embedded null character"));
        }
        let (native, order, rest) = match format.split_first() {
            Some((b'@', rest)) => (true, NATIVE, rest),
            Some((b'=', rest)) => (false, NATIVE, rest),
            Some((b'<', rest)) => (false, Order::Little, rest),
            Some((b'>' | b'!', rest)) => (false, Order::Big, rest),
            _ => (true, NATIVE, format),
        };
        let (mut fields, mut size, mut length) = (Vec::new(), 0usize, 0usize);
        let mut letters = rest.iter().copied();
        while let Some(mut code) = letters.next() {
            if matches!(code, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c) {
                continue;
            }
            let mut count = 1usize;
            if code.is_ascii_digit() {
                count = (code - b'0') as usize;
                loop {
                    let Some(next) = letters.next() else {
                        return Err(ERROR.raise(thread, "repeat count given without format specifier"));
                    };
                    if !next.is_ascii_digit() {
                        code = next;
                        break;
                    }
                    let digit = (next - b'0') as usize;
                    count = count
                        .checked_mul(10)
                        .and_then(|c| c.checked_add(digit))
                        .filter(|&c| c <= isize::MAX as usize)
                        .ok_or_else(too_long)?;
                }
            }
            let Some((each, align)) = measure(code, native) else {
                return Err(ERROR.raise(thread, "bad char in struct format"));
            };
            size = size.checked_next_multiple_of(align).ok_or_else(too_long)?;
            let total = each.checked_mul(count).ok_or_else(too_long)?;
            match code {
                b'x' => {}
                b's' | b'p' => {
                    fields.push(Field { code, offset: size, size: count, count: 1 });
                    length += 1;
                }
                _ if count > 0 => {
                    fields.push(Field { code, offset: size, size: each, count });
                    length += count;
                }
                _ => {}
            }
            size = size.checked_add(total).filter(|&s| s <= isize::MAX as usize).ok_or_else(too_long)?;
        }
        Ok(Layout { fields, order, size, length })
    }
}

thread_local! {
    static CACHE: RefCell<HashMap<Box<[u8]>, Rc<Layout>>> = RefCell::new(HashMap::new());
}

const CACHED: usize = 100;

/// Forget all parsed formats.
pub fn clear_cache() {
    CACHE.with_borrow_mut(HashMap::clear);
}

/// Lend the text of a format to `work`.
pub fn with_text<R>(thread: &Thread, format: &Object, work: impl FnOnce(&[u8]) -> PyResult<R>) -> PyResult<R> {
    if let Some(text) = format.cast::<Str>() {
        if let Some(ascii) = text.ascii_text() {
            return work(ascii.as_bytes());
        }
        // Raises what encoding to ASCII raises.
        let bytes = text.call_method(thread, pyrox_objects::intern!("encode"), &[&*Str::from_str(thread, "ascii")?])?;
        return match bytes.cast::<Bytes>() {
            Some(bytes) => work(bytes.as_slice()),
            None => Err(thread.type_error("encode() did not give bytes")),
        };
    }
    match format.cast::<Bytes>() {
        Some(bytes) => work(bytes.as_slice()),
        None => Err(thread.type_error(&format!("Struct() argument 1 must be a str or bytes object, not {}", format.ty().name()))),
    }
}

/// The layout of a format, parsed once.
pub fn cached(thread: &Thread, format: &Object) -> PyResult<Rc<Layout>> {
    with_text(thread, format, |text| {
        if let Some(known) = CACHE.with_borrow(|cache| cache.get(text).cloned()) {
            return Ok(known);
        }
        let layout = Rc::new(Layout::parse(thread, text)?);
        CACHE.with_borrow_mut(|cache| {
            if cache.len() >= CACHED {
                cache.clear();
            }
            cache.insert(text.into(), layout.clone());
        });
        Ok(layout)
    })
}
