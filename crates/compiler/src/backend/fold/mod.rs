//! Operations on constants, with the results that Python would give at run time.
//!
//! An operation that would raise is left for run time, and so is one whose result would be large: a short program
//! must not become a long code object. `None` says so. [`number`] does arithmetic, [`complex`] that of complex
//! numbers, [`sequence`] strings, bytes and tuples.

pub mod complex;
pub mod number;
pub mod sequence;

use crate::code::{BigInt, Const};
use number::Number;

/// A unary operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperation {
    Positive,
    Negative,
    Invert,
    Not,
}

/// Arguments of `BINARY_OP`.
pub mod operation {
    pub const ADD: u32 = 0;
    pub const AND: u32 = 1;
    pub const FLOOR_DIVIDE: u32 = 2;
    pub const LSHIFT: u32 = 3;
    pub const MULTIPLY: u32 = 5;
    pub const REMAINDER: u32 = 6;
    pub const OR: u32 = 7;
    pub const POWER: u32 = 8;
    pub const RSHIFT: u32 = 9;
    pub const SUBTRACT: u32 = 10;
    pub const TRUE_DIVIDE: u32 = 11;
    pub const XOR: u32 = 12;
    pub const SUBSCR: u32 = 26;
}

/// The truth value.
pub fn is_true(value: &Const) -> bool {
    match value {
        Const::None | Const::False => false,
        Const::True | Const::Ellipsis | Const::Slice(_) | Const::Code(_) => true,
        Const::Int(int) => !int.digits.is_empty(),
        Const::Float(bits) => f64::from_bits(*bits) != 0.0,
        Const::Complex(real, imag) => f64::from_bits(*real) != 0.0 || f64::from_bits(*imag) != 0.0,
        Const::Str(text) => !text.0.is_empty(),
        Const::Bytes(bytes) => !bytes.is_empty(),
        Const::Tuple(items) | Const::FrozenSet(items) => !items.is_empty(),
    }
}

/// Has a NaN in it, which makes it different from itself.
pub fn contains_nan(value: &Const) -> bool {
    match value {
        Const::Float(bits) => f64::from_bits(*bits).is_nan(),
        Const::Complex(real, imag) => f64::from_bits(*real).is_nan() || f64::from_bits(*imag).is_nan(),
        Const::Tuple(items) | Const::FrozenSet(items) => items.iter().any(contains_nan),
        Const::Slice(parts) => parts.iter().any(contains_nan),
        _ => false,
    }
}

/// Whether two constants are equal for Python: `1`, `1.0` and `True` are.
pub fn equal(a: &Const, b: &Const) -> bool {
    match (a, b) {
        (Const::Tuple(a), Const::Tuple(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| equal(a, b)),
        _ => match (Number::of(a), Number::of(b)) {
            (Some(a), Some(b)) => number::equal(&a, &b),
            _ => a == b,
        },
    }
}

/// The items without those that equal an earlier one: what a set made of them holds.
pub fn distinct(items: Vec<Const>) -> Vec<Const> {
    let mut kept: Vec<Const> = Vec::with_capacity(items.len());
    for item in items {
        if !kept.iter().any(|other| equal(other, &item)) {
            kept.push(item);
        }
    }
    kept
}

/// The result of a unary operation.
pub fn unary(operation: UnaryOperation, operand: &Const) -> Option<Const> {
    if operation == UnaryOperation::Not {
        return Some(if is_true(operand) { Const::False } else { Const::True });
    }
    if operation == UnaryOperation::Invert && matches!(operand, Const::True | Const::False) {
        // Deprecated: the warning is the run time's.
        return None;
    }
    number::unary(operation, Number::of(operand)?)
}

/// The result of a binary operation, given by its `BINARY_OP` argument.
pub fn binary(operation: u32, left: &Const, right: &Const) -> Option<Const> {
    if operation == operation::SUBSCR {
        return sequence::item(left, right);
    }
    if let (Some(a), Some(b)) = (Number::of(left), Number::of(right)) {
        return number::binary(operation, a, b);
    }
    match operation {
        operation::ADD => sequence::concatenate(left, right),
        operation::MULTIPLY => match (Number::of(left), Number::of(right)) {
            (Some(Number::Int(count, _)), None) => sequence::repeat(right, &count),
            (None, Some(Number::Int(count, _))) => sequence::repeat(left, &count),
            _ => None,
        },
        _ => None,
    }
}

/// The int constant.
pub(crate) fn int(value: i64) -> Const {
    let value = pyrox_numeric::int::BigInt::from(value);
    Const::Int(BigInt { negative: value.negative, digits: value.digits })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Text;
    use std::rc::Rc;

    fn text(text: &str) -> Const {
        Const::Str(Text::from(text))
    }

    fn float(value: f64) -> Const {
        Const::Float(value.to_bits())
    }

    #[test]
    fn arithmetic() {
        assert_eq!(binary(operation::FLOOR_DIVIDE, &int(-7), &int(2)), Some(int(-4)));
        assert_eq!(binary(operation::REMAINDER, &float(-1.0), &float(3.0)), Some(float(2.0)));
        assert_eq!(binary(operation::TRUE_DIVIDE, &int(1), &int(0)), None);
        assert_eq!(binary(operation::POWER, &int(2), &int(-1)), Some(float(0.5)));
        assert_eq!(binary(operation::OR, &Const::True, &Const::False), Some(Const::True));
        assert_eq!(binary(operation::ADD, &Const::True, &Const::True), Some(int(2)));
        assert_eq!(unary(UnaryOperation::Invert, &int(5)), Some(int(-6)));
        assert_eq!(unary(UnaryOperation::Invert, &Const::True), None);
        assert_eq!(unary(UnaryOperation::Negative, &float(0.0)), Some(float(-0.0)));
    }

    #[test]
    fn results_stay_small() {
        assert!(binary(operation::LSHIFT, &int(1), &int(127)).is_some());
        assert_eq!(binary(operation::LSHIFT, &int(1), &int(128)), None);
        assert_eq!(binary(operation::POWER, &int(2), &int(65)), None);
        assert_eq!(binary(operation::MULTIPLY, &text("ab"), &int(2049)), None);
        assert_eq!(binary(operation::MULTIPLY, &text(""), &int(-3)), Some(text("")));
        let nested = Const::Tuple(Rc::from(vec![Const::Tuple(Rc::from(vec![Const::None; 100])); 2]));
        assert!(binary(operation::MULTIPLY, &nested, &int(5)).is_some());
        assert_eq!(binary(operation::MULTIPLY, &nested, &int(6)), None);
    }

    #[test]
    fn items_and_slices() {
        let slice = |start: Const, stop: Const, step: Const| Const::Slice(Rc::new([start, stop, step]));
        let word = text("h\u{e9}llo");
        assert_eq!(binary(operation::SUBSCR, &word, &int(1)), Some(text("\u{e9}")));
        assert_eq!(binary(operation::SUBSCR, &word, &int(-6)), None);
        let backward = slice(Const::None, Const::None, int(-2));
        assert_eq!(binary(operation::SUBSCR, &word, &backward), Some(text("olh")));
        let bytes = Const::Bytes(Rc::from(*b"abc"));
        assert_eq!(binary(operation::SUBSCR, &bytes, &int(0)), Some(int(97)));
        assert_eq!(binary(operation::SUBSCR, &bytes, &slice(int(0), int(1), int(0))), None);
    }

    #[test]
    fn sets_keep_the_first_of_equals() {
        let items = vec![int(1), Const::True, float(1.0), float(2.5), int(2)];
        assert_eq!(distinct(items), vec![int(1), float(2.5), int(2)]);
    }
}
