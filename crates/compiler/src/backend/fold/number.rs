//! Arithmetic of ints, floats and bools.

use super::complex::{self, Complex};
use super::{UnaryOperation, operation};
use crate::code::{self, Const};
use pyrox_numeric::int::bigint::compare_f64;
use pyrox_numeric::int::bitwise::BitOperation;
use pyrox_numeric::int::{BigInt, floats};
use std::cmp::Ordering;

/// Results of int operations are not folded beyond this many bits.
const MAX_BITS: u64 = 128;

/// A number among the constants.
#[derive(Clone, Debug)]
pub enum Number {
    /// An int; the flag says that it is a bool.
    Int(BigInt, bool),
    Float(f64),
    Complex(Complex),
}

impl Number {
    pub fn of(value: &Const) -> Option<Number> {
        Some(match value {
            Const::True => Number::Int(BigInt::from(1i64), true),
            Const::False => Number::Int(BigInt::ZERO, true),
            Const::Int(int) => Number::Int(BigInt::new(int.negative, int.digits.clone()), false),
            Const::Float(bits) => Number::Float(f64::from_bits(*bits)),
            Const::Complex(real, imag) => Number::Complex(Complex { real: f64::from_bits(*real), imag: f64::from_bits(*imag) }),
            _ => return None,
        })
    }
}

fn int(value: BigInt) -> Const {
    Const::Int(code::BigInt { negative: value.negative, digits: value.digits })
}

fn float(value: f64) -> Const {
    Const::Float(value.to_bits())
}

fn complex(value: Complex) -> Const {
    Const::Complex(value.real.to_bits(), value.imag.to_bits())
}

/// Equality across the types.
pub fn equal(a: &Number, b: &Number) -> bool {
    match (a, b) {
        (Number::Int(a, _), Number::Int(b, _)) => a == b,
        (Number::Float(a), Number::Float(b)) => a == b,
        (Number::Int(int, _), Number::Float(value)) | (Number::Float(value), Number::Int(int, _)) => {
            compare_f64(int.as_pair(), *value) == Some(Ordering::Equal)
        }
        (Number::Complex(a), Number::Complex(b)) => a.real == b.real && a.imag == b.imag,
        (Number::Complex(a), b) | (b, Number::Complex(a)) => a.imag == 0.0 && equal(&Number::Float(a.real), b),
    }
}

/// The result of an arithmetic unary operation.
pub fn unary(operation: UnaryOperation, operand: Number) -> Option<Const> {
    Some(match (operation, operand) {
        (UnaryOperation::Positive, Number::Int(value, _)) => int(value),
        (UnaryOperation::Positive, Number::Float(value)) => float(value),
        (UnaryOperation::Positive, Number::Complex(value)) => complex(value),
        (UnaryOperation::Negative, Number::Int(value, _)) => int(value.neg()),
        (UnaryOperation::Negative, Number::Float(value)) => float(-value),
        (UnaryOperation::Negative, Number::Complex(value)) => complex(Complex { real: -value.real, imag: -value.imag }),
        (UnaryOperation::Invert, Number::Int(value, _)) => int(value.invert()),
        _ => return None,
    })
}

/// The result of a binary operation.
pub fn binary(op: u32, a: Number, b: Number) -> Option<Const> {
    match (a, b) {
        (Number::Int(a, a_bool), Number::Int(b, b_bool)) => int_binary(op, a, b, a_bool && b_bool),
        (a @ Number::Complex(_), b) | (a, b @ Number::Complex(_)) => complex::binary(op, operand(a)?, operand(b)?).map(complex),
        (a, b) => float_binary(op, to_float(&a)?, to_float(&b)?),
    }
}

fn to_float(value: &Number) -> Option<f64> {
    match value {
        Number::Int(value, _) => value.to_f64(),
        Number::Float(value) => Some(*value),
        Number::Complex(_) => None,
    }
}

fn operand(value: Number) -> Option<complex::Operand> {
    Some(match value {
        Number::Complex(value) => complex::Operand::Complex(value),
        value => complex::Operand::Real(to_float(&value)?),
    })
}

fn int_binary(op: u32, a: BigInt, b: BigInt, bools: bool) -> Option<Const> {
    let bits = |operation| {
        let value = a.bitwise(operation, &b);
        match bools {
            true if value.is_zero() => Const::False,
            true => Const::True,
            false => int(value),
        }
    };
    Some(match op {
        operation::ADD => int(a.add(&b)),
        operation::SUBTRACT => int(a.sub(&b)),
        operation::MULTIPLY => {
            if !a.is_zero() && !b.is_zero() && a.bit_length() + b.bit_length() > MAX_BITS {
                return None;
            }
            int(a.mul(&b))
        }
        operation::FLOOR_DIVIDE => int(a.divmod(&b).ok()?.0),
        operation::REMAINDER => int(a.divmod(&b).ok()?.1),
        operation::TRUE_DIVIDE => {
            let magnitude = floats::true_divide(&a.digits, &b.digits).ok()??;
            let negative = a.negative != b.negative && !a.is_zero();
            float(if negative { -magnitude } else { magnitude })
        }
        operation::POWER => return int_power(a, b),
        operation::LSHIFT => {
            if a.is_zero() {
                return (!b.negative).then(|| int(a));
            }
            let shift = b.to_u64()?;
            if shift > 0 && (shift > MAX_BITS || a.bit_length() > MAX_BITS - shift) {
                return None;
            }
            int(a.shl(shift).ok()?)
        }
        operation::RSHIFT => {
            if b.negative {
                return None;
            }
            int(a.shr(b.to_u64().unwrap_or(u64::MAX)))
        }
        operation::AND => bits(BitOperation::And),
        operation::OR => bits(BitOperation::Or),
        operation::XOR => bits(BitOperation::Xor),
        _ => return None,
    })
}

fn int_power(base: BigInt, exponent: BigInt) -> Option<Const> {
    if exponent.negative {
        return float_binary(operation::POWER, base.to_f64()?, exponent.to_f64()?);
    }
    if !base.is_zero() && !exponent.is_zero() {
        let times = exponent.to_u64()?;
        if base.bit_length() > MAX_BITS / times {
            return None;
        }
    }
    if base.is_zero() && !exponent.is_zero() {
        return Some(int(base));
    }
    Some(int(base.pow(&exponent).ok()?))
}

fn float_binary(op: u32, a: f64, b: f64) -> Option<Const> {
    Some(float(match op {
        operation::ADD => a + b,
        operation::SUBTRACT => a - b,
        operation::MULTIPLY => a * b,
        operation::TRUE_DIVIDE if b != 0.0 => a / b,
        operation::FLOOR_DIVIDE if b != 0.0 => float_divmod(a, b).0,
        operation::REMAINDER if b != 0.0 => float_divmod(a, b).1,
        operation::POWER => return float_power(a, b),
        _ => return None,
    }))
}

/// Floor quotient, and a remainder with the divisor's sign.
fn float_divmod(a: f64, b: f64) -> (f64, f64) {
    let mut remainder = a % b;
    let mut quotient = (a - remainder) / b;
    if remainder != 0.0 {
        if (b < 0.0) != (remainder < 0.0) {
            remainder += b;
            quotient -= 1.0;
        }
    } else {
        remainder = 0.0f64.copysign(b);
    }
    let floor = if quotient != 0.0 {
        let floor = quotient.floor();
        if quotient - floor > 0.5 { floor + 1.0 } else { floor }
    } else {
        0.0f64.copysign(a / b)
    };
    (floor, remainder)
}

fn float_power(a: f64, b: f64) -> Option<Const> {
    if a == 0.0 && b < 0.0 {
        return None;
    }
    if a < 0.0 && a.is_finite() && b.is_finite() && b != b.floor() {
        let operands = [a, b].map(|real| complex::Operand::Complex(Complex { real, imag: 0.0 }));
        return complex::binary(operation::POWER, operands[0], operands[1]).map(complex);
    }
    let result = a.powf(b);
    if result.is_infinite() && a.is_finite() && b.is_finite() {
        return None;
    }
    Some(float(result))
}
