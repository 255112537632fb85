//! `complex`, and C's arithmetic on its values.

use pyrox_objects::complex::arithmetic::{Fault, Operand, Value};
use pyrox_objects::complex::{self, arithmetic};
use pyrox_objects::{Complex, Owned, PyResult};

use crate::support::{Raw, give};

/// `Py_complex`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct CComplex {
    real: f64,
    imag: f64,
}

impl From<Value> for CComplex {
    fn from(value: Value) -> Self {
        CComplex { real: value.real, imag: value.imag }
    }
}

impl CComplex {
    fn value(self) -> Value {
        arithmetic::value(self.real, self.imag)
    }

    fn operand(self) -> Operand {
        Operand::Complex(self.value())
    }
}

fn or_minus_one(result: PyResult<f64>) -> f64 {
    result.unwrap_or(-1.0)
}

fn errno(value: libc::c_int) {
    // SAFETY: the location is the thread's own.
    unsafe { *libc::__errno_location() = value }
}

crate::api! {
    /// A new complex.
    fn PyComplex_FromDoubles(thread; real: f64, imag: f64) -> Raw = give { Complex::new(thread, real, imag).map(Owned::upcast) }
    /// A new complex.
    fn PyComplex_FromCComplex(thread; value: CComplex) -> Raw = give { Complex::new(thread, value.real, value.imag).map(Owned::upcast) }

    /// The real part of a number.
    fn PyComplex_RealAsDouble(thread; object: Raw) -> f64 = or_minus_one {
        Ok(complex::to_value(thread, crate::api::present(thread, object)?)?.real)
    }
    /// The imaginary part of a number.
    fn PyComplex_ImagAsDouble(thread; object: Raw) -> f64 = or_minus_one {
        Ok(complex::to_value(thread, crate::api::present(thread, object)?)?.imag)
    }
    /// The value of a number.
    fn PyComplex_AsCComplex(thread; object: Raw) -> CComplex {
        match crate::api::present(thread, object).and_then(|object| complex::to_value(thread, object)) {
            Ok(value) => value.into(),
            Err(_) => CComplex { real: -1.0, imag: 0.0 },
        }
    }

    /// `a + b`.
    fn _Py_c_sum(a: CComplex, b: CComplex) -> CComplex { arithmetic::add(a.operand(), b.operand()).into() }
    /// `a - b`.
    fn _Py_c_diff(a: CComplex, b: CComplex) -> CComplex { arithmetic::subtract(a.operand(), b.operand()).into() }
    /// `a + b`.
    fn _Py_cr_sum(a: CComplex, b: f64) -> CComplex { arithmetic::add(a.operand(), Operand::Real(b)).into() }
    /// `a - b`.
    fn _Py_cr_diff(a: CComplex, b: f64) -> CComplex { arithmetic::subtract(a.operand(), Operand::Real(b)).into() }
    /// `a - b`.
    fn _Py_rc_diff(a: f64, b: CComplex) -> CComplex { arithmetic::subtract(Operand::Real(a), b.operand()).into() }
    /// `a * b`.
    fn _Py_cr_prod(a: CComplex, b: f64) -> CComplex { arithmetic::multiply(a.operand(), Operand::Real(b)).into() }
    /// `a / b`; `EDOM` for a zero divisor.
    fn _Py_cr_quot(a: CComplex, b: f64) -> CComplex { checked(arithmetic::divide(a.operand(), Operand::Real(b))) }
    /// `a / b`; `EDOM` for a zero divisor.
    fn _Py_rc_quot(a: f64, b: CComplex) -> CComplex { checked(arithmetic::divide(Operand::Real(a), b.operand())) }
    /// `-a`.
    fn _Py_c_neg(a: CComplex) -> CComplex { CComplex { real: -a.real, imag: -a.imag } }
    /// `a * b`.
    fn _Py_c_prod(a: CComplex, b: CComplex) -> CComplex { arithmetic::multiply(a.operand(), b.operand()).into() }
    /// `a / b`; `EDOM` for a zero divisor.
    fn _Py_c_quot(a: CComplex, b: CComplex) -> CComplex { checked(arithmetic::divide(a.operand(), b.operand())) }
    /// `a ** b`; `EDOM` for zero to a power that is negative or complex.
    fn _Py_c_pow(a: CComplex, b: CComplex) -> CComplex { checked(arithmetic::power(a.value(), b.value())) }
    /// The absolute value; `ERANGE` beyond the range.
    fn _Py_c_abs(a: CComplex) -> f64 {
        match arithmetic::absolute(a.value()) {
            Ok(value) => {
                errno(0);
                value
            }
            Err(_) => {
                errno(libc::ERANGE);
                f64::INFINITY
            }
        }
    }
}

fn checked(result: Result<Value, Fault>) -> CComplex {
    match result {
        Ok(value) => value.into(),
        Err(Fault::Range) => {
            errno(libc::ERANGE);
            CComplex { real: f64::INFINITY, imag: f64::INFINITY }
        }
        Err(_) => {
            errno(libc::EDOM);
            CComplex { real: 0.0, imag: 0.0 }
        }
    }
}
