//! Ints from text and other objects.

use std::cell::Cell;

use pyrox_numeric::int::text::{ParseIntError, limit_message_parse, parse};

use super::Int;
use crate::object::{Object, Own, Owned};
use crate::protocol::number::check_int_result;
use crate::{PyResult, Str, Thread};

thread_local! {
    static LIMIT: Cell<usize> = const { Cell::new(4300) };
}

/// `sys.get_int_max_str_digits()`; 0 means no limit.
pub fn max_str_digits() -> usize {
    LIMIT.get()
}

pub fn set_max_str_digits(limit: usize) {
    LIMIT.set(limit);
}

/// `int(text, base)`; `shown` is what the message of a failure shows.
pub fn parse_int(thread: &Thread, text: &[u8], base: u32, shown: &Object) -> PyResult<Owned<Int>> {
    match parse(text, base, max_str_digits()) {
        Ok(value) => Ok(Int::from_big(&value)),
        Err(ParseIntError::TooManyDigits(count)) => Err(thread.value_error(&limit_message_parse(max_str_digits(), count))),
        Err(ParseIntError::Invalid) => {
            let shown = shown.repr(thread)?.to_string_lossy().chars().take(200).collect::<String>();
            Err(thread.value_error(&format!("invalid literal for int() with base {base}: {shown}")))
        }
    }
}

/// The text of a `str` with digits and blanks of all scripts turned into ASCII.
pub fn ascii_number_text(text: &Str) -> Vec<u8> {
    if let Some(ascii) = text.ascii_text() {
        return ascii.as_bytes().to_vec();
    }
    text.chars()
        .map(|c| match c {
            0..0x80 => c as u8,
            _ if pyrox_unicode::ctype::is_space(c) => b' ',
            _ => pyrox_unicode::ctype::decimal(c).map_or(b'?', |digit| b'0' + digit as u8),
        })
        .collect()
}

/// `int(object)` without a base.
pub fn int_from_object(thread: &Thread, object: &Object) -> PyResult<Owned<Int>> {
    if let Some(int) = object.exact::<Int>() {
        return Ok(int.own_typed());
    }
    // SAFETY: the table lives while the type does; unaryfunc contracts.
    unsafe {
        if let Some(table) = object.ty().raw().tp_as_number.get().as_ref() {
            if let Some(function) = table.nb_int {
                let result = crate::protocol::call::check(thread, function(object.as_ptr()))?;
                return exact(check_int_result(thread, result, "__int__")?);
            }
            if table.nb_index.is_some() {
                return exact(object.index(thread)?);
            }
        }
    }
    if let Some(text) = object.cast::<Str>() {
        return parse_int(thread, &ascii_number_text(text), 10, object);
    }
    if let Some(bytes) = crate::buffer::contiguous_bytes(thread, object)? {
        return parse_int(thread, &bytes, 10, object);
    }
    Err(thread
        .type_error(&format!("int() argument must be a string, a bytes-like object or a real number, not '{}'", object.ty().full_name())))
}

/// The plain int of an instance of a subclass.
fn exact(int: Owned<Int>) -> PyResult<Owned<Int>> {
    if int.is_exact::<Int>() { Ok(int) } else { Ok(Int::from_pair(int.pair())) }
}
