//! Arithmetic of complex numbers, and of complex with real ones: a real operand is not given an imaginary part,
//! whose zero could change signs and make NaNs.

use super::operation;

/// A complex number.
#[derive(Clone, Copy, Debug)]
pub struct Complex {
    pub real: f64,
    pub imag: f64,
}

/// An operand of an operation, at least one of whose operands is complex.
#[derive(Clone, Copy, Debug)]
pub enum Operand {
    Real(f64),
    Complex(Complex),
}

impl Operand {
    fn widen(self) -> Complex {
        match self {
            Operand::Real(real) => Complex { real, imag: 0.0 },
            Operand::Complex(value) => value,
        }
    }
}

/// The result of a binary operation; `None` if it raises.
pub fn binary(op: u32, a: Operand, b: Operand) -> Option<Complex> {
    use Operand::{Complex as C, Real as R};
    Some(match (op, a, b) {
        (operation::ADD, C(a), C(b)) => Complex { real: a.real + b.real, imag: a.imag + b.imag },
        (operation::ADD, C(a), R(b)) | (operation::ADD, R(b), C(a)) => Complex { real: a.real + b, imag: a.imag },
        (operation::SUBTRACT, C(a), C(b)) => Complex { real: a.real - b.real, imag: a.imag - b.imag },
        (operation::SUBTRACT, C(a), R(b)) => Complex { real: a.real - b, imag: a.imag },
        (operation::SUBTRACT, R(a), C(b)) => Complex { real: a - b.real, imag: -b.imag },
        (operation::MULTIPLY, C(a), C(b)) => multiply(a, b),
        (operation::MULTIPLY, C(a), R(b)) | (operation::MULTIPLY, R(b), C(a)) => Complex { real: a.real * b, imag: a.imag * b },
        (operation::TRUE_DIVIDE, C(a), R(b)) if b != 0.0 => Complex { real: a.real / b, imag: a.imag / b },
        (operation::TRUE_DIVIDE, C(a), C(b)) => divide(a, b)?,
        (operation::TRUE_DIVIDE, R(a), C(b)) => divide_real(a, b)?,
        (operation::POWER, a, b) => power(a.widen(), b.widen())?,
        _ => return None,
    })
}

/// The product, with infinite operands giving infinite results as C's Annex G has it.
fn multiply(z: Complex, w: Complex) -> Complex {
    let (mut a, mut b, mut c, mut d) = (z.real, z.imag, w.real, w.imag);
    let (ac, bd, ad, bc) = (a * c, b * d, a * d, b * c);
    let result = Complex { real: ac - bd, imag: ad + bc };
    if !(result.real.is_nan() && result.imag.is_nan()) {
        return result;
    }
    let boxed = |x: f64| (if x.is_infinite() { 1.0f64 } else { 0.0 }).copysign(x);
    let unsigned_nan = |x: f64| if x.is_nan() { 0.0f64.copysign(x) } else { x };
    let mut recalculate = false;
    if a.is_infinite() || b.is_infinite() {
        (a, b) = (boxed(a), boxed(b));
        (c, d) = (unsigned_nan(c), unsigned_nan(d));
        recalculate = true;
    }
    if c.is_infinite() || d.is_infinite() {
        (c, d) = (boxed(c), boxed(d));
        (a, b) = (unsigned_nan(a), unsigned_nan(b));
        recalculate = true;
    }
    if !recalculate && [ac, bd, ad, bc].iter().any(|part| part.is_infinite()) {
        (a, b, c, d) = (unsigned_nan(a), unsigned_nan(b), unsigned_nan(c), unsigned_nan(d));
        recalculate = true;
    }
    if recalculate {
        return Complex { real: f64::INFINITY * (a * c - b * d), imag: f64::INFINITY * (a * d + b * c) };
    }
    result
}

/// The quotient by scaling with the larger part of the divisor.
fn divide(a: Complex, b: Complex) -> Option<Complex> {
    let (abs_real, abs_imag) = (b.real.abs(), b.imag.abs());
    let mut result = if abs_real >= abs_imag {
        if abs_real == 0.0 {
            return None;
        }
        let ratio = b.imag / b.real;
        let denominator = b.real + b.imag * ratio;
        Complex { real: (a.real + a.imag * ratio) / denominator, imag: (a.imag - a.real * ratio) / denominator }
    } else if abs_imag >= abs_real {
        let ratio = b.real / b.imag;
        let denominator = b.real * ratio + b.imag;
        Complex { real: (a.real * ratio + a.imag) / denominator, imag: (a.imag * ratio - a.real) / denominator }
    } else {
        Complex { real: f64::NAN, imag: f64::NAN }
    };
    if result.real.is_nan() && result.imag.is_nan() {
        let boxed = |x: f64| (if x.is_infinite() { 1.0f64 } else { 0.0 }).copysign(x);
        let infinite = |z: Complex| z.real.is_infinite() || z.imag.is_infinite();
        let finite = |z: Complex| z.real.is_finite() && z.imag.is_finite();
        if infinite(a) && finite(b) {
            let (x, y) = (boxed(a.real), boxed(a.imag));
            result.real = f64::INFINITY * (x * b.real + y * b.imag);
            result.imag = f64::INFINITY * (y * b.real - x * b.imag);
        } else if infinite(b) && finite(a) {
            let (x, y) = (boxed(b.real), boxed(b.imag));
            result.real = 0.0 * (a.real * x + a.imag * y);
            result.imag = 0.0 * (a.imag * x - a.real * y);
        }
    }
    Some(result)
}

/// The quotient of a real number by a complex one.
fn divide_real(a: f64, b: Complex) -> Option<Complex> {
    let (abs_real, abs_imag) = (b.real.abs(), b.imag.abs());
    let mut result = if abs_real >= abs_imag {
        if abs_real == 0.0 {
            return None;
        }
        let ratio = b.imag / b.real;
        let denominator = b.real + b.imag * ratio;
        Complex { real: a / denominator, imag: (-a * ratio) / denominator }
    } else if abs_imag >= abs_real {
        let ratio = b.real / b.imag;
        let denominator = b.real * ratio + b.imag;
        Complex { real: (a * ratio) / denominator, imag: -a / denominator }
    } else {
        Complex { real: f64::NAN, imag: f64::NAN }
    };
    if result.real.is_nan() && result.imag.is_nan() && a.is_finite() && (abs_real.is_infinite() || abs_imag.is_infinite()) {
        let boxed = |x: f64| (if x.is_infinite() { 1.0f64 } else { 0.0 }).copysign(x);
        let (x, y) = (boxed(b.real), boxed(b.imag));
        result = Complex { real: 0.0 * (a * x), imag: 0.0 * (-a * y) };
    }
    Some(result)
}

/// Whole exponents up to this size are computed by multiplying.
const MAX_WHOLE_EXPONENT: f64 = 100.0;

fn power(a: Complex, b: Complex) -> Option<Complex> {
    let whole = b.imag == 0.0 && b.real == b.real.floor() && b.real.abs() <= MAX_WHOLE_EXPONENT;
    let result = if whole { whole_power(a, b.real as i32)? } else { general_power(a, b)? };
    // An infinite part of the result is an OverflowError.
    (!result.real.is_infinite() && !result.imag.is_infinite()).then_some(result)
}

fn whole_power(base: Complex, exponent: i32) -> Option<Complex> {
    const ONE: Complex = Complex { real: 1.0, imag: 0.0 };
    let mut result = ONE;
    let mut square = base;
    let mut rest = exponent.unsigned_abs();
    while rest > 0 {
        if rest & 1 != 0 {
            result = multiply(result, square);
        }
        rest >>= 1;
        square = multiply(square, square);
    }
    if exponent > 0 { Some(result) } else { divide(ONE, result) }
}

fn general_power(a: Complex, b: Complex) -> Option<Complex> {
    if b.real == 0.0 && b.imag == 0.0 {
        return Some(Complex { real: 1.0, imag: 0.0 });
    }
    if a.real == 0.0 && a.imag == 0.0 {
        return (b.imag == 0.0 && b.real >= 0.0).then_some(Complex { real: 0.0, imag: 0.0 });
    }
    let magnitude = a.real.hypot(a.imag);
    let mut length = magnitude.powf(b.real);
    let angle = a.imag.atan2(a.real);
    let mut phase = angle * b.real;
    if b.imag != 0.0 {
        length *= (-angle * b.imag).exp();
        phase += b.imag * magnitude.ln();
    }
    // C's sine reports an infinite angle, and Python makes a ZeroDivisionError of that.
    (!phase.is_infinite()).then(|| Complex { real: length * phase.cos(), imag: length * phase.sin() })
}
