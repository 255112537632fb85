//! `float`.

use std::cell::Cell;

use pyrox_abi as abi;
use pyrox_abi::{PyFloatObject, PyObject};
use pyrox_macros::pyclass;
use pyrox_numeric::float as text;
use pyrox_numeric::int::{BigInt, bigint};

use crate::object::{Obj, Object, Own, Owned, PyType};
use crate::{CompareOp, Int, PyResult, Str, Thread, Tuple, Type};

type Raw = *mut PyObject;

/// A float.
#[repr(transparent)]
pub struct Float(PyFloatObject);

thread_local! {
    static FREE: Cell<Raw> = const { Cell::new(std::ptr::null_mut()) };
    static FREE_COUNT: Cell<usize> = const { Cell::new(0) };
}

impl Float {
    #[inline]
    #[allow(clippy::new_ret_no_self)]
    pub fn new(value: f64) -> Owned<Float> {
        let free = FREE.get();
        let memory = if free.is_null() {
            let memory = abi::allocate(size_of::<PyFloatObject>());
            if memory.is_null() {
                std::alloc::handle_alloc_error(std::alloc::Layout::new::<PyFloatObject>());
            }
            memory as *mut PyFloatObject
        } else {
            // SAFETY: entries of the free list hold the next one in their first word.
            FREE.set(unsafe { *(free as *const Raw) });
            FREE_COUNT.set(FREE_COUNT.get() - 1);
            free as *mut PyFloatObject
        };
        // SAFETY: memory for a float.
        unsafe {
            (*memory).ob_base.ob_refcnt_full.set(1);
            (*memory).ob_base.ob_type.set(Float::TYPE);
            (*memory).ob_fval.set(value);
            Owned::from_raw(memory as Raw)
        }
    }

    #[inline(always)]
    pub fn value(&self) -> f64 {
        self.0.ob_fval.get()
    }

    /// Overwrite the value of a float that nobody else can see.
    ///
    /// # Safety
    /// The caller holds the only reference.
    #[inline(always)]
    pub unsafe fn set_value(&self, value: f64) {
        self.0.ob_fval.set(value);
    }
}

/// The operand as a float: floats and ints count.
#[inline(always)]
fn operand(thread: &Thread, object: &Object) -> PyResult<Option<f64>> {
    if let Some(float) = object.cast::<Float>() {
        return Ok(Some(float.value()));
    }
    match object.cast::<Int>() {
        Some(int) => Ok(Some(int.to_f64(thread)?)),
        None => Ok(None),
    }
}

macro_rules! operands {
    ($thread:expr, $a:expr, $b:expr) => {
        match (operand($thread, $a)?, operand($thread, $b)?) {
            (Some(a), Some(b)) => (a, b),
            _ => return Ok(crate::not_implemented()),
        }
    };
}

fn give(value: f64) -> PyResult<Obj> {
    Ok(Float::new(value).upcast())
}

/// Floor quotient and remainder with the divisor's sign.
pub fn div_mod(a: f64, b: f64) -> (f64, f64) {
    let mut remainder = a % b;
    let mut quotient = (a - remainder) / b;
    if remainder != 0.0 {
        if (b < 0.0) != (remainder < 0.0) {
            remainder += b;
            quotient -= 1.0;
        }
    } else {
        remainder = 0f64.copysign(b);
    }
    let quotient = if quotient != 0.0 {
        let floor = quotient.floor();
        if quotient - floor > 0.5 { floor + 1.0 } else { floor }
    } else {
        0f64.copysign(a / b)
    };
    (quotient, remainder)
}

/// `a ** b` of floats.
pub fn power(thread: &Thread, a: f64, b: f64) -> PyResult<Obj> {
    if a == 0.0 && b < 0.0 {
        return Err(thread.zero_division_error("zero to a negative power"));
    }
    if a < 0.0 && a.is_finite() && b.is_finite() && b != b.floor() {
        let value = crate::complex::arithmetic::value;
        return crate::complex::power(thread, value(a, 0.0), value(b, 0.0));
    }
    let result = a.powf(b);
    if result.is_infinite() && a.is_finite() && b.is_finite() {
        return Err(thread.error_with(
            crate::exceptions::overflow_error(),
            &*Tuple::from_vec(thread, vec![Int::from(34).upcast(), Str::from_str(thread, "Numerical result out of range")?.upcast()])?,
        ));
    }
    give(result)
}

/// Convert a string or number to a floating-point number, if possible.
#[pyclass(name = "float", symbol = "PyFloat_Type", flags = abi::Py_TPFLAGS_BASETYPE | abi::_Py_TPFLAGS_MATCH_SELF)]
impl Float {
    #[new(sig = "(x=0, /)")]
    fn create(cls: &Type, thread: &Thread, x: Option<&Object>) -> PyResult<Obj> {
        let value = match x {
            None => 0.0,
            Some(x) => match x.cast::<Str>() {
                Some(string) if !x.is_instance::<Float>() => match text::parse::parse(crate::int::ascii_number_text(string).trim_ascii()) {
                    Some(value) => value,
                    None => {
                        return Err(thread.value_error(&format!("could not convert string to float: {}", x.repr(thread)?)));
                    }
                },
                _ => from_number_or_bytes(thread, x)?,
            },
        };
        instance(thread, cls, value)
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe {
            if (*object).ob_type.get() == Float::TYPE {
                if FREE_COUNT.get() < 100 {
                    *(object as *mut Raw) = FREE.get();
                    FREE.set(object);
                    FREE_COUNT.set(FREE_COUNT.get() + 1);
                } else {
                    abi::free(object as *mut u8);
                }
            } else {
                crate::dealloc::free_instance(object, (*object).ob_type.get());
            }
        }
    }
    #[slot]
    fn tp_repr(&self) -> String {
        text::repr::repr(self.value())
    }
    #[slot]
    fn tp_hash(&self) -> isize {
        if self.value().is_nan() {
            return pyrox_numeric::hash::hash_pointer(self.as_ptr() as usize) as isize;
        }
        text::hash(self.value()) as isize
    }
    #[slot]
    fn tp_richcompare(&self, other: &Object, op: CompareOp) -> Obj {
        let a = self.value();
        if let Some(other) = other.cast::<Float>() {
            let b = other.value();
            return crate::bool_obj(match op {
                CompareOp::Eq => a == b,
                CompareOp::Ne => a != b,
                CompareOp::Lt => a < b,
                CompareOp::Le => a <= b,
                CompareOp::Gt => a > b,
                CompareOp::Ge => a >= b,
            });
        }
        match other.cast::<Int>() {
            Some(int) => crate::bool_obj(match bigint::compare_f64(int.pair(), a) {
                Some(order) => op.holds(order.reverse()),
                None => op == CompareOp::Ne,
            }),
            None => crate::not_implemented(),
        }
    }
    #[slot]
    fn nb_add(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        let (a, b) = operands!(thread, a, b);
        give(a + b)
    }
    #[slot]
    fn nb_subtract(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        let (a, b) = operands!(thread, a, b);
        give(a - b)
    }
    #[slot]
    fn nb_multiply(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        let (a, b) = operands!(thread, a, b);
        give(a * b)
    }
    #[slot]
    fn nb_true_divide(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        let (a, b) = operands!(thread, a, b);
        if b == 0.0 {
            return Err(thread.zero_division_error("division by zero"));
        }
        give(a / b)
    }
    #[slot]
    fn nb_floor_divide(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        let (a, b) = operands!(thread, a, b);
        if b == 0.0 {
            return Err(thread.zero_division_error("division by zero"));
        }
        give(div_mod(a, b).0)
    }
    #[slot]
    fn nb_remainder(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        let (a, b) = operands!(thread, a, b);
        if b == 0.0 {
            return Err(thread.zero_division_error("division by zero"));
        }
        give(div_mod(a, b).1)
    }
    #[slot]
    fn nb_divmod(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        let (a, b) = operands!(thread, a, b);
        if b == 0.0 {
            return Err(thread.zero_division_error("division by zero"));
        }
        let (quotient, remainder) = div_mod(a, b);
        Ok(Tuple::from_vec(thread, vec![give(quotient)?, give(remainder)?])?.upcast())
    }
    #[slot]
    fn nb_power(a: &Object, b: &Object, modulus: &Object, thread: &Thread) -> PyResult<Obj> {
        if !modulus.is_none() {
            return Err(thread.type_error("pow() 3rd argument not allowed unless all arguments are integers"));
        }
        let (a, b) = operands!(thread, a, b);
        power(thread, a, b)
    }
    #[slot]
    fn nb_negative(&self) -> f64 {
        -self.value()
    }
    #[slot]
    fn nb_positive(&self) -> Owned<Float> {
        if self.is_exact::<Float>() { self.own_typed() } else { Float::new(self.value()) }
    }
    #[slot]
    fn nb_absolute(&self) -> f64 {
        self.value().abs()
    }
    #[slot]
    fn nb_bool(&self) -> bool {
        self.value() != 0.0
    }
    #[slot]
    fn nb_int(&self, thread: &Thread) -> PyResult<Owned<Int>> {
        integer(thread, self.value().trunc())
    }
    #[slot]
    fn nb_float(&self) -> Owned<Float> {
        self.nb_positive()
    }
    /// Return self, the complex conjugate of any float.
    #[method]
    fn conjugate(&self) -> Owned<Float> {
        self.nb_positive()
    }
    /// Return True if the float is an integer.
    #[method]
    fn is_integer(&self) -> bool {
        self.value().is_finite() && self.value() == self.value().trunc()
    }
    /// Return a pair of integers, whose ratio is exactly equal to the original float.
    #[method]
    fn as_integer_ratio(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        if self.value().is_infinite() {
            return Err(thread.overflow_error("cannot convert Infinity to integer ratio"));
        }
        if self.value().is_nan() {
            return Err(thread.value_error("cannot convert NaN to integer ratio"));
        }
        let (numerator, denominator) = text::as_integer_ratio(self.value());
        Tuple::from_vec(thread, vec![Int::from_big(&numerator).upcast(), Int::from_pair((false, &denominator)).upcast()])
    }
    /// Return a hexadecimal representation of a floating-point number.
    #[method]
    fn hex(&self) -> String {
        text::hex::hex(self.value())
    }
    /// Create a floating-point number from a hexadecimal string.
    #[classmethod(sig = "(string, /)")]
    fn fromhex(cls: &Type, thread: &Thread, string: &Str) -> PyResult<Obj> {
        match text::hex::from_hex(string.to_string_lossy().as_bytes()) {
            Ok(value) if std::ptr::eq(cls, Float::ty()) => give(value),
            Ok(value) => cls.call(thread, &[&Float::new(value)]),
            Err(error @ text::hex::HexError::TooLarge) => Err(thread.overflow_error(error.message())),
            Err(error) => Err(thread.value_error(error.message())),
        }
    }
    /// Convert real number to a floating-point number.
    #[classmethod(sig = "(number, /)")]
    fn from_number(cls: &Type, thread: &Thread, number: &Object) -> PyResult<Obj> {
        if number.is_exact::<Float>() && std::ptr::eq(cls, Float::ty()) {
            return Ok(number.own());
        }
        let value = number.as_f64(thread)?;
        if std::ptr::eq(cls, Float::ty()) { give(value) } else { cls.call(thread, &[&Float::new(value)]) }
    }
    /// Return the Integral closest to x between 0 and x.
    #[method]
    fn __trunc__(&self, thread: &Thread) -> PyResult<Owned<Int>> {
        integer(thread, self.value().trunc())
    }
    /// Return the floor as an Integral.
    #[method]
    fn __floor__(&self, thread: &Thread) -> PyResult<Owned<Int>> {
        integer(thread, self.value().floor())
    }
    /// Return the ceiling as an Integral.
    #[method]
    fn __ceil__(&self, thread: &Thread) -> PyResult<Owned<Int>> {
        integer(thread, self.value().ceil())
    }
    /// Return the Integral closest to x, rounding half toward even.
    ///
    /// When an argument is passed, work like built-in round(x, ndigits).
    #[method(sig = "(ndigits=None, /)")]
    fn __round__(&self, thread: &Thread, ndigits: Option<&Object>) -> PyResult<Obj> {
        match ndigits.filter(|n| !n.is_none()) {
            None => Ok(integer(thread, text::round::round_to_integral(self.value()))?.upcast()),
            Some(ndigits) => {
                let ndigits = ndigits.as_isize_clipped(thread)?;
                match text::round::round(self.value(), ndigits as i64) {
                    Some(value) => give(value),
                    None => Err(thread.overflow_error("rounded value too large to represent")),
                }
            }
        }
    }
    /// Formats the float according to format_spec.
    #[method(sig = "(format_spec, /)")]
    fn __format__(&self, thread: &Thread, format_spec: &Str) -> PyResult<Owned<Str>> {
        crate::formatting::format_float(thread, self.value(), format_spec, self)
    }
    #[method]
    fn __getnewargs__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        Tuple::from_vec(thread, vec![Float::new(self.value()).upcast()])
    }
    /// It exists mainly to be used in Python's test suite: 'double' or 'float' gives the format.
    #[classmethod(sig = "(typestr, /)")]
    fn __getformat__(_cls: &Type, thread: &Thread, typestr: &Str) -> PyResult<&'static str> {
        if typestr.equals_str("double") || typestr.equals_str("float") {
            return Ok(if cfg!(target_endian = "little") { "IEEE, little-endian" } else { "IEEE, big-endian" });
        }
        Err(thread.value_error("__getformat__() argument 1 must be 'double' or 'float'"))
    }
    /// the real part of a complex number
    #[getter]
    fn real(&self) -> Owned<Float> {
        self.nb_positive()
    }
    /// the imaginary part of a complex number
    #[getter]
    fn imag(&self) -> f64 {
        0.0
    }
}

fn instance(thread: &Thread, cls: &Type, value: f64) -> PyResult<Obj> {
    if std::ptr::eq(cls, Float::ty()) {
        return give(value);
    }
    let object = cls.allocate(thread, 0)?;
    // SAFETY: a fresh instance with the layout of float.
    unsafe { (*(object.as_ptr() as *const PyFloatObject)).ob_fval.set(value) };
    Ok(object)
}

fn from_number_or_bytes(thread: &Thread, x: &Object) -> PyResult<f64> {
    // SAFETY: the table lives while the type does.
    let numeric = unsafe { x.ty().raw().tp_as_number.get().as_ref() }.is_some_and(|t| t.nb_float.is_some() || t.nb_index.is_some());
    if !numeric {
        if let Some(bytes) = crate::buffer::contiguous_bytes(thread, x)? {
            return match text::parse::parse(bytes.trim_ascii()) {
                Some(value) => Ok(value),
                None => Err(thread.value_error(&format!("could not convert string to float: {}", x.repr(thread)?))),
            };
        }
        return Err(thread.type_error(&format!("float() argument must be a string or a real number, not '{}'", x.ty().full_name())));
    }
    x.as_f64(thread)
}

/// The int of a float without a fraction.
pub fn integer(thread: &Thread, value: f64) -> PyResult<Owned<Int>> {
    if value.abs() < 9.0e18 {
        return Ok(Int::from(value as i64));
    }
    if value.is_infinite() {
        return Err(thread.overflow_error("cannot convert float infinity to integer"));
    }
    if value.is_nan() {
        return Err(thread.value_error("cannot convert float NaN to integer"));
    }
    Ok(Int::from_big(&BigInt::from_f64(value)))
}
