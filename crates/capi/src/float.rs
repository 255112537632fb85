//! `float`: conversions, and packing into bytes.

use std::ffi::{c_char, c_int};

use pyrox_objects::buffer::is_buffer;
use pyrox_objects::object::PyType;
use pyrox_objects::{Float, Object, PyResult, Str, Thread, hooks};

use crate::support::{Raw, give, status};

fn or_minus_one(result: PyResult<f64>) -> f64 {
    result.unwrap_or(-1.0)
}

crate::api! {
    /// A new float.
    fn PyFloat_FromDouble(value: f64) -> Raw { Float::new(value).into_raw() }

    /// `float(text)` of a string or of bytes.
    fn PyFloat_FromString(thread; text: Raw) -> Raw = give {
        let text = crate::api::present(thread, text)?;
        let readable = text.is_instance::<Str>() || (is_buffer(text) && pyrox_objects::Buffer::simple(thread, text).is_ok());
        if readable {
            return Float::ty().call(thread, &[text]);
        }
        Err(thread.type_error(&format!("float() argument must be a string or a real number, not '{}'", text.ty().full_name())))
    }

    /// The value of a float, of `__float__` or of `__index__`.
    fn PyFloat_AsDouble(thread; object: Raw) -> f64 = or_minus_one {
        match Object::from_ptr_or_null(object) {
            Some(object) => object.as_f64(thread),
            None => Err(bad_argument(thread)),
        }
    }

    /// The largest finite float.
    fn PyFloat_GetMax() -> f64 { f64::MAX }
    /// The smallest normalized positive float.
    fn PyFloat_GetMin() -> f64 { f64::MIN_POSITIVE }

    /// `sys.float_info`.
    fn PyFloat_GetInfo(thread;) -> Raw = give {
        hooks::sys(thread, "float_info").ok_or_else(|| thread.runtime_error("lost sys.float_info"))
    }

    /// Free a dying exact float.
    fn _PyFloat_ExactDealloc(object: Raw) {
        if let Some(dealloc) = (*<Float as PyType>::TYPE).tp_dealloc.get() {
            dealloc(object);
        }
    }

    /// Write in half precision.
    fn PyFloat_Pack2(thread; value: f64, to: *mut c_char, little: c_int) -> c_int = status {
        let bits = half_bits(value).ok_or_else(|| thread.overflow_error("float too large to pack with e format"))?;
        store(to, if little != 0 { bits.to_le_bytes() } else { bits.to_be_bytes() });
        Ok(())
    }

    /// Write in single precision.
    fn PyFloat_Pack4(thread; value: f64, to: *mut c_char, little: c_int) -> c_int = status {
        let single = value as f32;
        if single.is_infinite() && value.is_finite() {
            return Err(thread.overflow_error("float too large to pack with f format"));
        }
        let mut bits = single.to_bits();
        if value.is_nan() && value.to_bits() & 1 << 51 == 0 && bits & 0x3f_ffff != 0 {
            // A signaling NaN stays one, if its payload does; converting it made it quiet.
            bits &= !(1 << 22);
        }
        store(to, if little != 0 { bits.to_le_bytes() } else { bits.to_be_bytes() });
        Ok(())
    }

    /// Write in double precision.
    fn PyFloat_Pack8(value: f64, to: *mut c_char, little: c_int) -> c_int {
        store(to, if little != 0 { value.to_le_bytes() } else { value.to_be_bytes() });
        0
    }

    /// Read half precision.
    fn PyFloat_Unpack2(from: *const c_char, little: c_int) -> f64 {
        let bytes = load::<2>(from);
        half_value(if little != 0 { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    /// Read single precision.
    fn PyFloat_Unpack4(from: *const c_char, little: c_int) -> f64 {
        let bytes = load::<4>(from);
        let single = if little != 0 { f32::from_le_bytes(bytes) } else { f32::from_be_bytes(bytes) };
        if single.is_nan() && single.to_bits() & 1 << 22 == 0 {
            return f64::from_bits((single as f64).to_bits() & !(1 << 51));
        }
        single as f64
    }

    /// Read double precision.
    fn PyFloat_Unpack8(from: *const c_char, little: c_int) -> f64 {
        let bytes = load::<8>(from);
        if little != 0 { f64::from_le_bytes(bytes) } else { f64::from_be_bytes(bytes) }
    }
}

fn bad_argument(thread: &Thread) -> pyrox_objects::Raised {
    if thread.raised().is_some() { pyrox_objects::Raised } else { thread.type_error("bad argument type for built-in operation") }
}

unsafe fn store<const N: usize>(to: *mut c_char, bytes: [u8; N]) {
    // SAFETY: the caller's buffer has that room.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), to as *mut u8, N) }
}

unsafe fn load<const N: usize>(from: *const c_char) -> [u8; N] {
    // SAFETY: the caller's buffer has that many bytes.
    unsafe { *(from as *const [u8; N]) }
}

/// The bits of the nearest half, ties to even; `None` beyond the range.
fn half_bits(value: f64) -> Option<u16> {
    let bits = value.to_bits();
    let sign = (bits >> 48) as u16 & 0x8000;
    if value.is_nan() {
        let payload = (bits >> 42) as u16 & 0x3ff;
        return Some(sign | 0x7c00 | if payload == 0 { 0x200 } else { payload });
    }
    if value.is_infinite() {
        return Some(sign | 0x7c00);
    }
    let magnitude = value.abs();
    if magnitude < f64::from_bits(0x3e60_0000_0000_0000) {
        // Below half of the smallest subnormal.
        return Some(sign);
    }
    let exponent = ((bits >> 52) as i32 & 0x7ff) - 1023;
    // Scaled so that the half's last bit is the unit; halves below 2**-14 are subnormal.
    let unit = exponent.max(-14) - 10;
    let scaled = magnitude * 2f64.powi(-unit);
    let rounded = scaled.round_ties_even() as u32;
    let result = ((unit + 24) as u32 * 1024) + rounded;
    (result < 0x7c00).then_some(sign | result as u16)
}

fn half_value(bits: u16) -> f64 {
    let sign = if bits & 0x8000 != 0 { -1.0 } else { 1.0 };
    let (exponent, fraction) = ((bits >> 10 & 31) as i32, (bits & 0x3ff) as f64);
    match exponent {
        31 if fraction == 0.0 => sign * f64::INFINITY,
        31 => f64::from_bits((bits as u64 & 0x8000) << 48 | 0x7ff0_0000_0000_0000 | (bits as u64 & 0x3ff) << 42),
        0 => sign * fraction * 2f64.powi(-24),
        _ => sign * (1024.0 + fraction) * 2f64.powi(exponent - 25),
    }
}
