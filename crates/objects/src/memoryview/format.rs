//! Items of native single-character formats: reading and writing them.

use std::ffi::CStr;

use crate::object::{Obj, Object};
use crate::{Bytes, Float, Int, PyResult, Thread};

/// The format character of a native format, `@` before it being allowed.
pub fn native(format: &CStr) -> Option<u8> {
    let bytes = format.to_bytes();
    match bytes.strip_prefix(b"@").unwrap_or(bytes) {
        [c] if size(*c).is_some() => Some(*c),
        _ => None,
    }
}

/// An item's size in bytes.
pub fn size(c: u8) -> Option<usize> {
    Some(match c {
        b'c' | b'b' | b'B' | b'?' => 1,
        b'h' | b'H' | b'e' => 2,
        b'i' | b'I' | b'f' => 4,
        b'l' | b'L' | b'q' | b'Q' | b'n' | b'N' | b'd' | b'P' => 8,
        _ => return None,
    })
}

/// The format as a C string that lives for ever.
pub fn text(c: u8) -> &'static CStr {
    match c {
        b'c' => c"c",
        b'b' => c"b",
        b'h' => c"h",
        b'H' => c"H",
        b'i' => c"i",
        b'I' => c"I",
        b'l' => c"l",
        b'L' => c"L",
        b'q' => c"q",
        b'Q' => c"Q",
        b'n' => c"n",
        b'N' => c"N",
        b'f' => c"f",
        b'd' => c"d",
        b'e' => c"e",
        b'?' => c"?",
        b'P' => c"P",
        _ => c"B",
    }
}

fn half_to_f64(bits: u16) -> f64 {
    let sign = if bits & 0x8000 != 0 { -1.0 } else { 1.0 };
    let (exponent, fraction) = ((bits >> 10 & 0x1f) as i32, (bits & 0x3ff) as f64);
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
    }
}

/// Half precision, rounded half to even; `None` if the value is too large.
fn f64_to_half(value: f64) -> Option<u16> {
    let sign = if value.is_sign_negative() { 0x8000 } else { 0 };
    if value.is_nan() {
        return Some(sign | 0x7e00);
    }
    let magnitude = value.abs();
    if magnitude.is_infinite() {
        return Some(sign | 0x7c00);
    }
    if magnitude < 2f64.powi(-14) {
        return Some(sign | (magnitude * 2f64.powi(24)).round_ties_even() as u16);
    }
    let exponent = ((magnitude.to_bits() >> 52) as i32) - 1023;
    let fraction = (magnitude / 2f64.powi(exponent) * 1024.0).round_ties_even() as i32 - 1024;
    let bits = (exponent + 15) * 1024 + fraction;
    (bits < 0x7c00).then_some(sign | bits as u16)
}

/// The item at `at` as an object.
///
/// # Safety
/// `at` holds an item of the format.
pub unsafe fn unpack(thread: &Thread, at: *const u8, c: u8) -> PyResult<Obj> {
    macro_rules! read {
        ($ty:ty) => {
            // SAFETY: by contract; the read needs no alignment.
            unsafe { std::ptr::read_unaligned(at as *const $ty) }
        };
    }
    Ok(match c {
        b'B' => Int::from(read!(u8) as i64).upcast(),
        b'b' => Int::from(read!(i8) as i64).upcast(),
        b'h' => Int::from(read!(i16) as i64).upcast(),
        b'H' => Int::from(read!(u16) as i64).upcast(),
        b'i' => Int::from(read!(i32) as i64).upcast(),
        b'I' => Int::from(read!(u32) as i64).upcast(),
        b'l' | b'q' | b'n' => Int::from(read!(i64)).upcast(),
        b'L' | b'Q' | b'N' | b'P' => Int::from_u64(read!(u64)).upcast(),
        b'f' => Float::new(read!(f32) as f64).upcast(),
        b'd' => Float::new(read!(f64)).upcast(),
        b'e' => Float::new(half_to_f64(read!(u16))).upcast(),
        b'?' => crate::bool_obj(read!(u8) != 0),
        _ => Bytes::from_slice(thread, &[read!(u8)])?.upcast(),
    })
}

/// The bytes of `value` in the format.
pub fn pack(thread: &Thread, value: &Object, c: u8) -> PyResult<Vec<u8>> {
    let shown = c as char;
    let bad_type = || thread.type_error(&format!("memoryview: invalid type for format '{shown}'"));
    let bad_value = || thread.value_error(&format!("memoryview: invalid value for format '{shown}'"));
    macro_rules! int {
        ($ty:ty, $number:expr) => {
            <$ty>::try_from($number).map_err(|_| bad_value())?.to_ne_bytes().to_vec()
        };
    }
    Ok(match c {
        b'f' | b'd' | b'e' => {
            let number = match value.as_f64(thread) {
                Ok(number) => number,
                Err(raised) => {
                    return Err(if thread.take_if(crate::exceptions::type_error()) { bad_type() } else { raised });
                }
            };
            match c {
                b'd' => number.to_ne_bytes().to_vec(),
                b'f' => (number as f32).to_ne_bytes().to_vec(),
                _ => f64_to_half(number)
                    .ok_or_else(|| thread.overflow_error("float too large to pack with e format"))?
                    .to_ne_bytes()
                    .to_vec(),
            }
        }
        b'?' => vec![value.is_true(thread)? as u8],
        b'c' => match value.cast::<Bytes>().map(Bytes::as_slice) {
            Some([byte]) => vec![*byte],
            Some(_) => return Err(bad_value()),
            None => return Err(bad_type()),
        },
        _ => {
            if !value.has_index() {
                return Err(bad_type());
            }
            let number = value.index(thread)?;
            let number: i128 = match (number.to_i64(), number.to_u64()) {
                (Some(n), _) => n as i128,
                (_, Some(n)) => n as i128,
                _ => return Err(bad_value()),
            };
            match c {
                b'B' => int!(u8, number),
                b'b' => int!(i8, number),
                b'h' => int!(i16, number),
                b'H' => int!(u16, number),
                b'i' => int!(i32, number),
                b'I' => int!(u32, number),
                b'l' | b'q' | b'n' => int!(i64, number),
                _ => int!(u64, number),
            }
        }
    })
}
