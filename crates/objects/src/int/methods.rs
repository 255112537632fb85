//! The type `int`: operators and methods.

use std::cmp::Ordering;

use pyrox_abi as abi;
use pyrox_abi::PyObject;
use pyrox_macros::pyclass;
use pyrox_numeric::int::bitwise::{BitOperation, bitwise};
use pyrox_numeric::int::{IntError, bigint, digits, div, floats, mul, pow, text};

use super::{Int, convert, max_str_digits};
use crate::object::{Obj, Object, Own, Owned, PyType};
use crate::{CompareOp, Float, PyResult, Str, Thread, Tuple, Type};

/// Raise what a failed operation means.
fn raise(thread: &Thread, error: IntError, zero: &str) -> crate::Raised {
    match error {
        IntError::TooManyDigits => thread.overflow_error(error.message()),
        IntError::Memory => thread.no_memory(),
        IntError::DivisionByZero => thread.zero_division_error(zero),
        IntError::NotInvertible => thread.value_error(error.message()),
    }
}

/// Both operands as ints, or return `NotImplemented`.
macro_rules! operands {
    ($a:expr, $b:expr) => {
        match ($a.cast::<Int>(), $b.cast::<Int>()) {
            (Some(a), Some(b)) => (a, b),
            _ => return Ok(crate::not_implemented()),
        }
    };
}

fn own(pair: (bool, Vec<u32>)) -> Obj {
    Int::from_pair((pair.0, &pair.1)).upcast()
}

impl Int {
    #[inline]
    pub fn add(&self, other: &Int) -> Obj {
        if self.is_compact() && other.is_compact() {
            return Int::from(self.compact_value() + other.compact_value()).upcast();
        }
        own(bigint::add_signed(self.pair(), other.pair()))
    }

    #[inline]
    pub fn subtract(&self, other: &Int) -> Obj {
        if self.is_compact() && other.is_compact() {
            return Int::from(self.compact_value() - other.compact_value()).upcast();
        }
        let (negative, magnitude) = other.pair();
        own(bigint::add_signed(self.pair(), (!negative, magnitude)))
    }

    #[inline]
    pub fn multiply(&self, other: &Int) -> Obj {
        if self.is_compact() && other.is_compact() {
            return Int::from(self.compact_value() * other.compact_value()).upcast();
        }
        own((self.is_negative() != other.is_negative(), mul::mul(self.digits(), other.digits())))
    }

    fn bits(&self, other: &Int, operation: BitOperation) -> Obj {
        own(bitwise(operation, self.pair(), other.pair()))
    }

    pub fn and(&self, other: &Int) -> Obj {
        if self.is_compact() && other.is_compact() {
            return Int::from(self.compact_value() & other.compact_value()).upcast();
        }
        self.bits(other, BitOperation::And)
    }

    pub fn or(&self, other: &Int) -> Obj {
        if self.is_compact() && other.is_compact() {
            return Int::from(self.compact_value() | other.compact_value()).upcast();
        }
        self.bits(other, BitOperation::Or)
    }

    pub fn xor(&self, other: &Int) -> Obj {
        if self.is_compact() && other.is_compact() {
            return Int::from(self.compact_value() ^ other.compact_value()).upcast();
        }
        self.bits(other, BitOperation::Xor)
    }

    /// Floor quotient and remainder.
    pub fn div_mod(&self, thread: &Thread, other: &Int, zero: &str) -> PyResult<(Obj, Obj)> {
        if self.is_compact() && other.is_compact() {
            let (a, b) = (self.compact_value(), other.compact_value());
            if b == 0 {
                return Err(thread.zero_division_error(zero));
            }
            let (mut quotient, mut remainder) = (a / b, a % b);
            if remainder != 0 && (remainder < 0) != (b < 0) {
                quotient -= 1;
                remainder += b;
            }
            return Ok((Int::from(quotient).upcast(), Int::from(remainder).upcast()));
        }
        match div::divmod_floor(self.pair(), other.pair()) {
            Ok((quotient, remainder)) => Ok((own(quotient), own(remainder))),
            Err(error) => Err(raise(thread, error, zero)),
        }
    }

    pub fn compare(&self, other: &Int) -> Ordering {
        if self.is_compact() && other.is_compact() {
            return self.compact_value().cmp(&other.compact_value());
        }
        bigint::compare_signed(self.pair(), other.pair())
    }

    /// Decimal text.
    pub fn to_decimal(&self, thread: &Thread) -> PyResult<String> {
        if self.is_compact() {
            return Ok(self.compact_value().to_string());
        }
        match text::to_decimal_limited(self.digits(), max_str_digits()) {
            Some(digits) => Ok(if self.is_negative() { format!("-{digits}") } else { digits }),
            None => Err(thread.value_error(&text::limit_message_format(max_str_digits()))),
        }
    }

    fn power(&self, thread: &Thread, exponent: &Int, modulus: &Object) -> PyResult<Obj> {
        let modulus = match modulus.cast::<Int>() {
            Some(modulus) => Some(modulus),
            None if modulus.is_none() => None,
            None => return Ok(crate::not_implemented()),
        };
        if let Some(modulus) = modulus {
            return match pow::pow_mod(&self.to_big(), &exponent.to_big(), &modulus.to_big()) {
                Ok(value) => Ok(Int::from_big(&value).upcast()),
                Err(error) => Err(raise(thread, error, "pow() 3rd argument cannot be 0").also(thread)),
            };
        }
        if exponent.is_negative() {
            let (base, exponent) = (Float::new(self.to_f64(thread)?), Float::new(exponent.to_f64(thread)?));
            return crate::protocol::number::power(thread, &base, &exponent, crate::none_ref());
        }
        match self.to_big().pow(&exponent.to_big()) {
            Ok(value) => Ok(Int::from_big(&value).upcast()),
            Err(error) => Err(raise(thread, error, "")),
        }
    }
}

impl crate::Raised {
    /// `pow(x, y, 0)` is a `ValueError`.
    fn also(self, thread: &Thread) -> crate::Raised {
        if thread.raised_is(crate::exceptions::zero_division_error()) {
            thread.set_raised(None);
            return thread.value_error("pow() 3rd argument cannot be 0");
        }
        self
    }
}

/// int([x]) -> integer
/// int(x, base=10) -> integer
///
/// Convert a number or string to an integer, or return 0 if no arguments are given. If x is a
/// number, return x.__int__(). For floating-point numbers, this truncates towards zero. With a
/// base, x must be a string, bytes, or bytearray instance holding an integer literal in that base.
#[pyclass(name = "int", symbol = "PyLong_Type", basicsize = 24, itemsize = 4,
    flags = abi::Py_TPFLAGS_BASETYPE | abi::Py_TPFLAGS_LONG_SUBCLASS | abi::_Py_TPFLAGS_MATCH_SELF)]
impl Int {
    #[new(sig = "(x=0, /, base=10)", text = "")]
    fn new(cls: &Type, thread: &Thread, x: Option<&Object>, base: Option<&Object>) -> PyResult<Obj> {
        let value = match (x, base) {
            (None, None) => Int::from(0),
            (None, Some(_)) => return Err(thread.type_error("int() missing string argument")),
            (Some(x), None) => convert::int_from_object(thread, x)?,
            (Some(x), Some(base)) => {
                let base = base.as_isize_clipped(thread)?;
                if base != 0 && !(2..=36).contains(&base) {
                    return Err(thread.value_error("int() base must be >= 2 and <= 36, or 0"));
                }
                if let Some(text) = x.cast::<Str>() {
                    convert::parse_int(thread, &convert::ascii_number_text(text), base as u32, x)?
                } else if x.is_instance::<crate::Bytes>() || x.is_instance::<crate::ByteArray>() {
                    let bytes = crate::buffer::contiguous_bytes(thread, x)?.unwrap_or_default();
                    convert::parse_int(thread, &bytes, base as u32, x)?
                } else {
                    return Err(thread.type_error("int() can't convert non-string with explicit base"));
                }
            }
        };
        if std::ptr::eq(cls, Int::ty()) { Ok(value.upcast()) } else { value.subclass_instance(thread, cls) }
    }

    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: *mut PyObject) {
        // SAFETY: by contract.
        unsafe { super::dealloc(object) }
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<String> {
        self.to_decimal(thread)
    }
    #[slot]
    fn tp_hash(&self) -> isize {
        self.hash_value()
    }
    #[slot]
    fn tp_richcompare(&self, other: &Object, op: CompareOp) -> Obj {
        match other.cast::<Int>() {
            Some(other) => crate::bool_obj(op.holds(self.compare(other))),
            None => crate::not_implemented(),
        }
    }
    #[slot]
    fn nb_add(a: &Object, b: &Object) -> PyResult<Obj> {
        let (a, b) = operands!(a, b);
        Ok(a.add(b))
    }
    #[slot]
    fn nb_subtract(a: &Object, b: &Object) -> PyResult<Obj> {
        let (a, b) = operands!(a, b);
        Ok(a.subtract(b))
    }
    #[slot]
    fn nb_multiply(a: &Object, b: &Object) -> PyResult<Obj> {
        let (a, b) = operands!(a, b);
        Ok(a.multiply(b))
    }
    #[slot]
    fn nb_floor_divide(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        let (a, b) = operands!(a, b);
        Ok(a.div_mod(thread, b, "division by zero")?.0)
    }
    #[slot]
    fn nb_remainder(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        let (a, b) = operands!(a, b);
        Ok(a.div_mod(thread, b, "division by zero")?.1)
    }
    #[slot]
    fn nb_divmod(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        let (a, b) = operands!(a, b);
        let (quotient, remainder) = a.div_mod(thread, b, "division by zero")?;
        Ok(Tuple::from_vec(thread, vec![quotient, remainder])?.upcast())
    }
    #[slot]
    fn nb_true_divide(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        let (a, b) = operands!(a, b);
        match floats::true_divide(a.digits(), b.digits()) {
            Ok(Some(value)) => Ok(Float::new(if a.is_negative() != b.is_negative() { -value } else { value }).upcast()),
            Ok(None) => Err(thread.overflow_error("integer division result too large for a float")),
            Err(error) => Err(raise(thread, error, "division by zero")),
        }
    }
    #[slot]
    fn nb_power(a: &Object, b: &Object, modulus: &Object, thread: &Thread) -> PyResult<Obj> {
        let (a, b) = operands!(a, b);
        a.power(thread, b, modulus)
    }
    #[slot]
    fn nb_lshift(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        let (a, b) = operands!(a, b);
        if b.is_negative() {
            return Err(thread.value_error("negative shift count"));
        }
        if a.is_zero() {
            return Ok(Int::from(0).upcast());
        }
        let Some(count) = b.to_u64() else { return Err(thread.overflow_error("too many digits in integer")) };
        if count < 32 && a.is_compact() {
            return Ok(Int::from(a.compact_value() << count).upcast());
        }
        match digits::shl(a.digits(), count) {
            Ok(result) => Ok(own((a.is_negative(), result))),
            Err(error) => Err(raise(thread, error, "")),
        }
    }
    #[slot]
    fn nb_rshift(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        let (a, b) = operands!(a, b);
        if b.is_negative() {
            return Err(thread.value_error("negative shift count"));
        }
        let count = b.to_u64().unwrap_or(u64::MAX);
        if a.is_compact() {
            return Ok(Int::from(a.compact_value() >> count.min(63)).upcast());
        }
        Ok(own(bigint::shr_floor(a.pair(), count)))
    }
    #[slot]
    fn nb_and(a: &Object, b: &Object) -> PyResult<Obj> {
        let (a, b) = operands!(a, b);
        Ok(a.and(b))
    }
    #[slot]
    fn nb_or(a: &Object, b: &Object) -> PyResult<Obj> {
        let (a, b) = operands!(a, b);
        Ok(a.or(b))
    }
    #[slot]
    fn nb_xor(a: &Object, b: &Object) -> PyResult<Obj> {
        let (a, b) = operands!(a, b);
        Ok(a.xor(b))
    }
    #[slot]
    fn nb_negative(&self) -> Owned<Int> {
        if self.is_compact() { Int::from(-self.compact_value()) } else { Int::from_pair((!self.is_negative(), self.digits())) }
    }
    #[slot]
    fn nb_positive(&self) -> Owned<Int> {
        if self.is_exact::<Int>() { self.own_typed() } else { Int::from_pair(self.pair()) }
    }
    #[slot]
    fn nb_absolute(&self) -> Owned<Int> {
        Int::from_pair((false, self.digits()))
    }
    #[slot]
    fn nb_invert(&self) -> Obj {
        if self.is_compact() {
            return Int::from(!self.compact_value()).upcast();
        }
        own(pyrox_numeric::int::bitwise::invert(self.pair()))
    }
    #[slot]
    fn nb_bool(&self) -> bool {
        !self.is_zero()
    }
    #[slot]
    fn nb_int(&self) -> Owned<Int> {
        self.nb_positive()
    }
    #[slot]
    fn nb_index(&self) -> Owned<Int> {
        self.nb_positive()
    }
    #[slot]
    fn nb_float(&self, thread: &Thread) -> PyResult<f64> {
        self.to_f64(thread)
    }

    /// Returns self, the complex conjugate of any int.
    #[method]
    fn conjugate(&self) -> Owned<Int> {
        self.nb_positive()
    }
    /// Number of bits necessary to represent self in binary.
    #[method]
    fn bit_length(&self) -> u64 {
        digits::bit_length(self.digits())
    }
    /// Number of ones in the binary representation of the absolute value of self.
    #[method]
    fn bit_count(&self) -> u64 {
        digits::bit_count(self.digits())
    }
    /// Return a pair of integers, whose ratio is equal to the original int.
    #[method]
    fn as_integer_ratio(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        Tuple::from_vec(thread, vec![self.nb_positive().upcast(), Int::from(1).upcast()])
    }
    /// Returns True. Exists for duck type compatibility with float.is_integer.
    #[method]
    fn is_integer(&self) -> bool {
        true
    }
    /// Truncating an Integral returns itself.
    #[method]
    fn __trunc__(&self) -> Owned<Int> {
        self.nb_positive()
    }
    /// Flooring an Integral returns itself.
    #[method]
    fn __floor__(&self) -> Owned<Int> {
        self.nb_positive()
    }
    /// Ceiling of an Integral returns itself.
    #[method]
    fn __ceil__(&self) -> Owned<Int> {
        self.nb_positive()
    }
    /// Rounding an Integral returns itself. Rounding with an ndigits argument also returns an integer.
    #[method(sig = "(ndigits=None, /)")]
    fn __round__(&self, thread: &Thread, ndigits: Option<&Object>) -> PyResult<Owned<Int>> {
        let Some(ndigits) = ndigits.filter(|n| !n.is_none()) else { return Ok(self.nb_positive()) };
        let ndigits = ndigits.index(thread)?;
        if !ndigits.is_negative() {
            return Ok(self.nb_positive());
        }
        // Round half to even at a power of ten.
        let Some(places) = ndigits.to_i64().and_then(|n| u32::try_from(-n).ok()) else { return Ok(Int::from(0)) };
        let value = self.to_big();
        let ten = pyrox_numeric::int::BigInt::new(false, vec![10]);
        let unit = ten.pow(&pyrox_numeric::int::BigInt::new(false, vec![places])).map_err(|e| raise(thread, e, ""))?;
        let (quotient, remainder) = value.divmod(&unit).map_err(|e| raise(thread, e, ""))?;
        let twice = remainder.add(&remainder);
        let odd = quotient.digits.first().is_some_and(|d| d & 1 == 1);
        let up = match bigint::compare_signed(twice.as_pair(), unit.as_pair()) {
            Ordering::Greater => true,
            Ordering::Equal => odd,
            Ordering::Less => false,
        };
        let one = pyrox_numeric::int::BigInt::new(false, vec![1]);
        let quotient = if up { quotient.add(&one) } else { quotient };
        Ok(Int::from_big(&quotient.mul(&unit)))
    }
    /// Convert to a string according to format_spec.
    #[method(sig = "(format_spec, /)")]
    fn __format__(&self, thread: &Thread, format_spec: &Str) -> PyResult<Owned<Str>> {
        crate::formatting::format_int(thread, self, format_spec)
    }
    /// Returns size in memory, in bytes.
    #[method]
    fn __sizeof__(&self) -> usize {
        24 + 4 * self.digits().len().max(1)
    }
    #[method]
    fn __getnewargs__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        Tuple::from_vec(thread, vec![Int::from_pair(self.pair()).upcast()])
    }
    /// Return an array of bytes representing an integer.
    #[method(sig = "(length=1, byteorder='big', *, signed=False)")]
    fn to_bytes(&self, thread: &Thread, length: isize, byteorder: Option<&Object>, signed: bool) -> PyResult<Obj> {
        let little = byte_order(thread, byteorder)?;
        let Ok(length) = usize::try_from(length) else {
            return Err(thread.value_error("length argument must be non-negative"));
        };
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(length).map_err(|_| thread.no_memory())?;
        bytes.resize(length, 0);
        match pyrox_numeric::int::bytes::to_bytes(self.pair(), &mut bytes, little, signed) {
            Ok(()) => Ok(crate::Bytes::from_slice(thread, &bytes)?.upcast()),
            Err(error) => Err(thread.overflow_error(error.message())),
        }
    }
    /// Return the integer represented by the given array of bytes.
    #[classmethod(sig = "(bytes, byteorder='big', *, signed=False)")]
    fn from_bytes(cls: &Type, thread: &Thread, bytes: &Object, byteorder: Option<&Object>, signed: bool) -> PyResult<Obj> {
        let little = byte_order(thread, byteorder)?;
        let bytes = crate::buffer::bytes_of(thread, bytes)?;
        let value = Int::from_big(&pyrox_numeric::int::bytes::from_bytes(&bytes, little, signed));
        if std::ptr::eq(cls, Int::ty()) { Ok(value.upcast()) } else { cls.call(thread, &[&value]) }
    }
    /// the real part of a complex number
    #[getter]
    fn real(&self) -> Owned<Int> {
        self.nb_positive()
    }
    /// the imaginary part of a complex number
    #[getter]
    fn imag(&self) -> i64 {
        0
    }
    /// the numerator of a rational number in lowest terms
    #[getter]
    fn numerator(&self) -> Owned<Int> {
        self.nb_positive()
    }
    /// the denominator of a rational number in lowest terms
    #[getter]
    fn denominator(&self) -> i64 {
        1
    }
}

/// Whether the order is "little".
fn byte_order(thread: &Thread, order: Option<&Object>) -> PyResult<bool> {
    let Some(order) = order else { return Ok(false) };
    let Some(text) = order.cast::<Str>() else {
        return Err(thread.type_error(&format!("to_bytes() argument 'byteorder' must be str, not {}", order.ty().full_name())));
    };
    if text.equals_str("little") {
        Ok(true)
    } else if text.equals_str("big") {
        Ok(false)
    } else {
        Err(thread.value_error("byteorder must be either 'little' or 'big'"))
    }
}
