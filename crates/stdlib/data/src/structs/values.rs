//! Single values to and from their bytes.

use pyrox_objects::bytes::ByteArray;
use pyrox_objects::complex;
use pyrox_objects::{Bytes, Complex, Float, Int, Obj, Object, Own, Owned, PyResult, Thread, bool_obj};

use super::ERROR;
use super::layout::{Field, Order};
use crate::half;

/// The bytes of a field, least significant first.
fn ordered<const N: usize>(order: Order, mut bytes: [u8; N]) -> [u8; N] {
    if order == Order::Big {
        bytes.reverse();
    }
    bytes
}

/// An integer argument, by `__index__`.
fn integer(thread: &Thread, value: &Object) -> PyResult<Owned<Int>> {
    if let Some(int) = value.cast::<Int>() {
        return Ok(int.own_typed());
    }
    if !value.has_index() {
        return Err(ERROR.raise(thread, "required argument is not an integer"));
    }
    value.index(thread)
}

fn out_of_range(thread: &Thread, field: &Field, signed: bool) -> pyrox_objects::Raised {
    let bits = field.size as u32 * 8;
    let code = field.code as char;
    let message = if signed {
        let high = (i64::MAX >> (64 - bits)) as i128;
        format!("'{code}' format requires {} <= number <= {high}", -high - 1)
    } else {
        format!("'{code}' format requires 0 <= number <= {}", u64::MAX >> (64 - bits))
    };
    ERROR.raise(thread, &message)
}

fn float(thread: &Thread, value: &Object) -> PyResult<f64> {
    if let Some(float) = value.cast::<Float>() {
        return Ok(float.value());
    }
    value.as_f64(thread).map_err(|_| {
        thread.set_raised(None);
        ERROR.raise(thread, "required argument is not a float")
    })
}

/// A float as one of four bytes.
pub fn single(thread: &Thread, value: f64) -> PyResult<[u8; 4]> {
    let narrow = value as f32;
    if narrow.is_infinite() && value.is_finite() {
        return Err(thread.overflow_error("float too large to pack with f format"));
    }
    Ok(narrow.to_le_bytes())
}

/// Write `value` as `field` to `out`, which is as long as the field's size.
///
/// The bytes are handed to `put`, after everything that can run Python code.
pub fn pack(thread: &Thread, field: &Field, order: Order, value: &Object, put: impl FnOnce(&[u8])) -> PyResult<()> {
    match field.code {
        b'b' | b'h' | b'i' | b'l' | b'q' | b'n' => {
            let int = integer(thread, value)?;
            let bits = field.size as u32 * 8;
            let number = int.to_i64().filter(|n| bits == 64 || (*n >> (bits - 1) == 0 || *n >> (bits - 1) == -1));
            let Some(number) = number else { return Err(out_of_range(thread, field, true)) };
            put_low(order, number as u64, field.size, put);
        }
        b'B' | b'H' | b'I' | b'L' | b'Q' | b'N' => {
            let int = integer(thread, value)?;
            let bits = field.size as u32 * 8;
            let number = int.to_u64().filter(|n| bits == 64 || n >> bits == 0);
            let Some(number) = number else { return Err(out_of_range(thread, field, false)) };
            put_low(order, number, field.size, put);
        }
        b'P' => {
            let int = integer(thread, value)?;
            let number = int.to_i64().map(|n| n as u64).or_else(|| int.to_u64());
            let Some(number) = number else { return Err(ERROR.raise(thread, "int too large to convert")) };
            put_low(order, number, 8, put);
        }
        b'?' => {
            let truth = value.is_true(thread)?;
            put(&[truth as u8]);
        }
        b'c' => match value.cast::<Bytes>().map(Bytes::as_slice) {
            Some([byte]) => put(&[*byte]),
            _ => return Err(ERROR.raise(thread, "char format requires a bytes object of length 1")),
        },
        b'e' => {
            let bits =
                half::from_f64(float(thread, value)?).ok_or_else(|| thread.overflow_error("float too large to pack with e format"))?;
            put(&ordered(order, bits.to_le_bytes()));
        }
        b'f' => put(&ordered(order, single(thread, float(thread, value)?)?)),
        b'd' => put(&ordered(order, float(thread, value)?.to_le_bytes())),
        b'F' | b'D' => {
            let number = complex::to_value(thread, value).map_err(|_| {
                thread.set_raised(None);
                ERROR.raise(thread, "required argument is not a complex")
            })?;
            if field.code == b'F' {
                let mut bytes = [0; 8];
                bytes[..4].copy_from_slice(&ordered(order, single(thread, number.real)?));
                bytes[4..].copy_from_slice(&ordered(order, single(thread, number.imag)?));
                put(&bytes);
            } else {
                let mut bytes = [0; 16];
                bytes[..8].copy_from_slice(&ordered(order, number.real.to_le_bytes()));
                bytes[8..].copy_from_slice(&ordered(order, number.imag.to_le_bytes()));
                put(&bytes);
            }
        }
        b's' | b'p' => {
            let text = match (value.cast::<Bytes>(), value.cast::<ByteArray>()) {
                (Some(bytes), _) => bytes.as_slice(),
                (_, Some(bytes)) => bytes.as_slice(),
                _ => return Err(ERROR.raise(thread, &format!("argument for '{}' must be a bytes object", field.code as char))),
            };
            if field.code == b's' {
                put(&text[..text.len().min(field.size)]);
            } else if field.size > 0 {
                let text = &text[..text.len().min(field.size - 1)];
                let mut bytes = Vec::with_capacity(text.len() + 1);
                bytes.push(text.len().min(255) as u8);
                bytes.extend_from_slice(text);
                put(&bytes);
            }
        }
        _ => return Err(thread.system_error("bad struct code")),
    }
    Ok(())
}

fn put_low(order: Order, number: u64, size: usize, put: impl FnOnce(&[u8])) {
    let mut bytes = number.to_le_bytes();
    let bytes = &mut bytes[..size];
    if order == Order::Big {
        bytes.reverse();
    }
    put(bytes);
}

fn take<const N: usize>(order: Order, bytes: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&bytes[..N]);
    ordered(order, out)
}

/// The value of `bytes`, which are as long as the field's size.
pub fn unpack(thread: &Thread, code: u8, order: Order, bytes: &[u8]) -> PyResult<Obj> {
    let unsigned = || {
        let mut wide = [0u8; 8];
        for (at, &byte) in bytes.iter().enumerate().take(8) {
            wide[if order == Order::Big { bytes.len() - 1 - at } else { at }] = byte;
        }
        u64::from_le_bytes(wide)
    };
    Ok(match code {
        b'b' | b'h' | b'i' | b'l' | b'q' | b'n' => {
            let shift = 64 - bytes.len() as u32 * 8;
            Int::from((unsigned() << shift) as i64 >> shift).upcast()
        }
        b'B' | b'H' | b'I' | b'L' | b'Q' | b'N' | b'P' => Int::from_u64(unsigned()).upcast(),
        b'?' => bool_obj(bytes.iter().any(|&b| b != 0)),
        b'c' | b's' => Bytes::from_slice(thread, bytes)?.upcast(),
        b'p' => match bytes.split_first() {
            Some((&length, text)) => Bytes::from_slice(thread, &text[..text.len().min(length as usize)])?.upcast(),
            None => Bytes::from_slice(thread, b"")?.upcast(),
        },
        b'e' => Float::new(half::to_f64(u16::from_le_bytes(take(order, bytes)))).upcast(),
        b'f' => Float::new(f32::from_le_bytes(take(order, bytes)) as f64).upcast(),
        b'd' => Float::new(f64::from_le_bytes(take(order, bytes))).upcast(),
        b'F' => {
            let (real, imag) = (f32::from_le_bytes(take(order, bytes)), f32::from_le_bytes(take(order, &bytes[4..])));
            Complex::new(thread, real as f64, imag as f64)?.upcast()
        }
        b'D' => {
            let (real, imag) = (f64::from_le_bytes(take(order, bytes)), f64::from_le_bytes(take(order, &bytes[8..])));
            Complex::new(thread, real, imag)?.upcast()
        }
        _ => return Err(thread.system_error("bad struct code")),
    })
}
