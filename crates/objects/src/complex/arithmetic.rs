//! Arithmetic on pairs of floats, with the corner cases of C's Annex G that CPython keeps.
//!
//! A real operand stays real: `x * z` multiplies both parts, so that signed zeros and infinities survive.

/// A complex value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Value {
    pub real: f64,
    pub imag: f64,
}

/// An operand of a mixed operation.
#[derive(Clone, Copy, Debug)]
pub enum Operand {
    Real(f64),
    Complex(Value),
}

/// Why an operation has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Division by zero, or zero to a power it does not have.
    Domain,
    /// The result is too large.
    Range,
}

pub const fn value(real: f64, imag: f64) -> Value {
    Value { real, imag }
}

const ONE: Value = value(1.0, 0.0);

impl Operand {
    pub fn widen(self) -> Value {
        match self {
            Operand::Real(real) => value(real, 0.0),
            Operand::Complex(value) => value,
        }
    }
}

use Operand::{Complex, Real};

pub fn add(a: Operand, b: Operand) -> Value {
    match (a, b) {
        (Complex(a), Real(b)) => value(a.real + b, a.imag),
        (Real(a), Complex(b)) => value(a + b.real, b.imag),
        _ => {
            let (a, b) = (a.widen(), b.widen());
            value(a.real + b.real, a.imag + b.imag)
        }
    }
}

pub fn subtract(a: Operand, b: Operand) -> Value {
    match (a, b) {
        (Complex(a), Real(b)) => value(a.real - b, a.imag),
        (Real(a), Complex(b)) => value(a - b.real, -b.imag),
        _ => {
            let (a, b) = (a.widen(), b.widen());
            value(a.real - b.real, a.imag - b.imag)
        }
    }
}

/// An infinite part as a signed one, a finite part as a signed zero.
fn unit(part: f64) -> f64 {
    (if part.is_infinite() { 1f64 } else { 0.0 }).copysign(part)
}

fn zero_if_nan(part: f64) -> f64 {
    if part.is_nan() { 0f64.copysign(part) } else { part }
}

fn product(z: Value, w: Value) -> Value {
    let (ac, bd, ad, bc) = (z.real * w.real, z.imag * w.imag, z.real * w.imag, z.imag * w.real);
    let plain = value(ac - bd, ad + bc);
    if !plain.real.is_nan() || !plain.imag.is_nan() {
        return plain;
    }
    // An infinite factor makes an infinite product, whatever NaNs the formula gave.
    let (mut a, mut b, mut c, mut d) = (z.real, z.imag, w.real, w.imag);
    let mut recalculate = false;
    if a.is_infinite() || b.is_infinite() {
        (a, b) = (unit(a), unit(b));
        (c, d) = (zero_if_nan(c), zero_if_nan(d));
        recalculate = true;
    }
    if c.is_infinite() || d.is_infinite() {
        (c, d) = (unit(c), unit(d));
        (a, b) = (zero_if_nan(a), zero_if_nan(b));
        recalculate = true;
    }
    if !recalculate && [ac, bd, ad, bc].iter().any(|part| part.is_infinite()) {
        (a, b, c, d) = (zero_if_nan(a), zero_if_nan(b), zero_if_nan(c), zero_if_nan(d));
        recalculate = true;
    }
    if recalculate { value(f64::INFINITY * (a * c - b * d), f64::INFINITY * (a * d + b * c)) } else { plain }
}

pub fn multiply(a: Operand, b: Operand) -> Value {
    match (a, b) {
        (Complex(z), Real(x)) | (Real(x), Complex(z)) => value(z.real * x, z.imag * x),
        _ => product(a.widen(), b.widen()),
    }
}

/// Smith's method: scale by the larger part of the divisor.
fn quotient(a: Value, b: Value) -> Result<Value, Fault> {
    let (abs_real, abs_imag) = (b.real.abs(), b.imag.abs());
    let plain = if abs_real >= abs_imag {
        if abs_real == 0.0 {
            return Err(Fault::Domain);
        }
        let ratio = b.imag / b.real;
        let denominator = b.real + b.imag * ratio;
        value((a.real + a.imag * ratio) / denominator, (a.imag - a.real * ratio) / denominator)
    } else if abs_imag >= abs_real {
        let ratio = b.real / b.imag;
        let denominator = b.real * ratio + b.imag;
        value((a.real * ratio + a.imag) / denominator, (a.imag * ratio - a.real) / denominator)
    } else {
        value(f64::NAN, f64::NAN)
    };
    if !plain.real.is_nan() || !plain.imag.is_nan() {
        return Ok(plain);
    }
    let infinite = |z: Value| z.real.is_infinite() || z.imag.is_infinite();
    let finite = |z: Value| z.real.is_finite() && z.imag.is_finite();
    if infinite(a) && finite(b) {
        let (x, y) = (unit(a.real), unit(a.imag));
        return Ok(value(f64::INFINITY * (x * b.real + y * b.imag), f64::INFINITY * (y * b.real - x * b.imag)));
    }
    if infinite(b) && finite(a) {
        let (x, y) = (unit(b.real), unit(b.imag));
        return Ok(value(0.0 * (a.real * x + a.imag * y), 0.0 * (a.imag * x - a.real * y)));
    }
    Ok(plain)
}

/// A real number by a complex one.
fn real_quotient(a: f64, b: Value) -> Result<Value, Fault> {
    let (abs_real, abs_imag) = (b.real.abs(), b.imag.abs());
    let plain = if abs_real >= abs_imag {
        if abs_real == 0.0 {
            return Err(Fault::Domain);
        }
        let ratio = b.imag / b.real;
        let denominator = b.real + b.imag * ratio;
        value(a / denominator, (-a * ratio) / denominator)
    } else if abs_imag >= abs_real {
        let ratio = b.real / b.imag;
        let denominator = b.real * ratio + b.imag;
        value((a * ratio) / denominator, (-a) / denominator)
    } else {
        value(f64::NAN, f64::NAN)
    };
    if plain.real.is_nan() && plain.imag.is_nan() && a.is_finite() && (abs_real.is_infinite() || abs_imag.is_infinite()) {
        let (x, y) = (unit(b.real), unit(b.imag));
        return Ok(value(0.0 * (a * x), 0.0 * (-a * y)));
    }
    Ok(plain)
}

pub fn divide(a: Operand, b: Operand) -> Result<Value, Fault> {
    match (a, b) {
        (Complex(_), Real(0.0)) => Err(Fault::Domain),
        (Complex(a), Real(b)) => Ok(value(a.real / b, a.imag / b)),
        (Real(a), Complex(b)) => real_quotient(a, b),
        _ => quotient(a.widen(), b.widen()),
    }
}

/// By repeated squaring.
fn unsigned_power(x: Value, exponent: u32) -> Value {
    let (mut result, mut square, mut left) = (ONE, x, exponent);
    while left > 0 {
        if left & 1 != 0 {
            result = product(result, square);
        }
        left >>= 1;
        square = product(square, square);
    }
    result
}

fn general_power(a: Value, b: Value) -> Result<Value, Fault> {
    if b == value(0.0, 0.0) {
        return Ok(ONE);
    }
    if a == value(0.0, 0.0) {
        return if b.imag != 0.0 || b.real < 0.0 { Err(Fault::Domain) } else { Ok(value(0.0, 0.0)) };
    }
    let size = a.real.hypot(a.imag);
    let angle = a.imag.atan2(a.real);
    let (mut length, mut phase) = (size.powf(b.real), angle * b.real);
    if b.imag != 0.0 {
        length *= (-angle * b.imag).exp();
        phase += b.imag * size.ln();
    }
    Ok(value(length * phase.cos(), length * phase.sin()))
}

/// `a ** b`; small whole exponents are multiplied out, which is more exact.
pub fn power(a: Value, b: Value) -> Result<Value, Fault> {
    let result = if b.imag == 0.0 && b.real == b.real.floor() && b.real.abs() <= 100.0 {
        let size = unsigned_power(a, b.real.abs() as u32);
        if b.real > 0.0 { size } else { quotient(ONE, size)? }
    } else {
        general_power(a, b)?
    };
    if result.real.is_infinite() || result.imag.is_infinite() { Err(Fault::Range) } else { Ok(result) }
}

/// `abs(z)`.
pub fn absolute(z: Value) -> Result<f64, Fault> {
    if !z.real.is_finite() || !z.imag.is_finite() {
        // An infinite part counts more than a NaN.
        let infinite = z.real.is_infinite() || z.imag.is_infinite();
        return Ok(if infinite { f64::INFINITY } else { f64::NAN });
    }
    let size = z.real.hypot(z.imag);
    if size.is_finite() { Ok(size) } else { Err(Fault::Range) }
}
