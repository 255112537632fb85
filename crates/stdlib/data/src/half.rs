//! Floats of two bytes.

/// The nearest one, ties to even; `None` if the number is too large.
pub fn from_f64(value: f64) -> Option<u16> {
    let bits = value.to_bits();
    let sign = ((bits >> 48) & 0x8000) as u16;
    if value.is_nan() {
        return Some(sign | 0x7e00 | ((bits >> 42) & 0x1ff) as u16);
    }
    if value.is_infinite() {
        return Some(sign | 0x7c00);
    }
    let magnitude = value.abs();
    if magnitude < 2f64.powi(-14) {
        // A multiple of the smallest subnormal; the sum rounds to the even one.
        let units = pyrox_numeric::float::round::round_to_integral(magnitude * 2f64.powi(24));
        return Some(sign | units as u16);
    }
    let exponent = ((magnitude.to_bits() >> 52) as i32) - 1023;
    if exponent > 15 {
        return None;
    }
    let units = pyrox_numeric::float::round::round_to_integral(magnitude * 2f64.powi(10 - exponent)) as u32;
    // A carry out of the fraction moves into the exponent by the addition.
    let packed = (((exponent + 15) as u32) << 10) + (units - 1024);
    if packed >= 0x7c00 { None } else { Some(sign | packed as u16) }
}

pub fn to_f64(bits: u16) -> f64 {
    let (exponent, fraction) = ((bits >> 10) & 31, (bits & 0x3ff) as f64);
    let magnitude = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::from_bits(0x7ff0_0000_0000_0000 | ((bits & 0x3ff) as u64) << 42),
        _ => (1024.0 + fraction) * 2f64.powi(exponent as i32 - 25),
    };
    if bits & 0x8000 != 0 { -magnitude } else { magnitude }
}
