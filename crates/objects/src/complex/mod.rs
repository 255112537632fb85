//! `complex`. `arithmetic.rs` calculates, `construct.rs` makes numbers of other objects.

pub mod arithmetic;
mod construct;

use pyrox_abi as abi;
use pyrox_abi::PyComplexObject;
use pyrox_macros::pyclass;

use arithmetic::{Fault, Operand, Value, value};
pub use construct::to_value;

use crate::native::{Keywords, NO_MEMBER, Rest};
use crate::object::{Obj, Object, Own, Owned, PyType};
use crate::{CompareOp, Float, Int, PyResult, Raised, Str, Thread, Tuple, Type};

/// A complex number.
#[repr(transparent)]
pub struct Complex(PyComplexObject);

impl Complex {
    #[allow(clippy::new_ret_no_self)]
    pub fn new(thread: &Thread, real: f64, imag: f64) -> PyResult<Owned<Complex>> {
        let object = Complex::of_class(thread, Complex::ty(), value(real, imag))?;
        // SAFETY: an instance of complex.
        Ok(unsafe { object.cast_unchecked() })
    }

    /// An instance of `class`, which is complex or a subclass.
    fn of_class(thread: &Thread, class: &Type, value: Value) -> PyResult<Obj> {
        let object = class.allocate(thread, 0)?;
        // SAFETY: fresh, not yet seen by anyone, of this layout.
        unsafe {
            let raw = object.as_ptr() as *mut PyComplexObject;
            (*raw).cval = abi::Py_complex { real: value.real, imag: value.imag };
        }
        Ok(object)
    }

    #[inline]
    pub fn value(&self) -> Value {
        value(self.0.cval.real, self.0.cval.imag)
    }
}

/// What an operator does with the object; nothing if it is no number of ours.
fn operand(thread: &Thread, object: &Object) -> PyResult<Option<Operand>> {
    if let Some(complex) = object.cast::<Complex>() {
        return Ok(Some(Operand::Complex(complex.value())));
    }
    if let Some(int) = object.cast::<Int>() {
        return Ok(Some(Operand::Real(int.to_f64(thread)?)));
    }
    Ok(object.cast::<Float>().map(|float| Operand::Real(float.value())))
}

macro_rules! operands {
    ($thread:expr, $a:expr, $b:expr) => {
        match (operand($thread, $a)?, operand($thread, $b)?) {
            (Some(a), Some(b)) => (a, b),
            _ => return Ok(crate::not_implemented()),
        }
    };
}

fn give(thread: &Thread, value: Value) -> PyResult<Obj> {
    Complex::of_class(thread, Complex::ty(), value)
}

#[cold]
fn raise_power(thread: &Thread, fault: Fault) -> Raised {
    match fault {
        Fault::Domain => thread.zero_division_error("zero to a negative or complex power"),
        Fault::Range => thread.overflow_error("complex exponentiation"),
    }
}

/// `a ** b` of complex values.
pub fn power(thread: &Thread, a: Value, b: Value) -> PyResult<Obj> {
    match arithmetic::power(a, b) {
        Ok(value) => give(thread, value),
        Err(fault) => Err(raise_power(thread, fault)),
    }
}

const fn part(name: &'static std::ffi::CStr, offset: isize, doc: &'static std::ffi::CStr) -> abi::PyMemberDef {
    abi::PyMemberDef { name: name.as_ptr(), r#type: abi::Py_T_DOUBLE, offset, flags: abi::Py_READONLY, doc: doc.as_ptr() }
}

/// Create a complex number from a string or numbers.
///
/// If a string is given, parse it as a complex number.
/// If a single number is given, convert it to a complex number.
/// If the 'real' or 'imag' arguments are given, create a complex number
/// with the specified real and imaginary components.
#[pyclass(name = "complex", symbol = "PyComplex_Type", flags = abi::Py_TPFLAGS_BASETYPE,
    members = &[part(c"real", 16, c"the real part of a complex number"), part(c"imag", 24, c"the imaginary part of a complex number"), NO_MEMBER])]
impl Complex {
    #[new(sig = "(*args, **kwargs)", text = "(real=0, imag=0)")]
    fn create(cls: &Type, thread: &Thread, args: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<Obj> {
        construct::construct(thread, cls, args, kwargs)
    }
    #[slot]
    fn tp_repr(&self) -> String {
        pyrox_numeric::float::repr::repr_complex(self.0.cval.real, self.0.cval.imag)
    }
    #[slot]
    fn tp_hash(&self) -> isize {
        let part = |part: f64| {
            if part.is_nan() { pyrox_numeric::hash::hash_pointer(self.as_ptr() as usize) } else { pyrox_numeric::float::hash(part) }
        };
        pyrox_numeric::float::hash_complex(part(self.0.cval.real), part(self.0.cval.imag)) as isize
    }
    #[slot]
    fn tp_richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
            return Ok(crate::not_implemented());
        }
        let own = self.value();
        let equal = if let Some(other) = other.cast::<Complex>() {
            own == other.value()
        } else if let Some(float) = other.cast::<Float>() {
            own.imag == 0.0 && own.real == float.value()
        } else if other.is_instance::<Int>() {
            // Exactly, not by way of a float.
            own.imag == 0.0 && Float::new(own.real).eq(thread, other)?
        } else {
            return Ok(crate::not_implemented());
        };
        Ok(crate::bool_obj(equal == (op == CompareOp::Eq)))
    }
    #[slot]
    fn nb_add(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        let (a, b) = operands!(thread, a, b);
        give(thread, arithmetic::add(a, b))
    }
    #[slot]
    fn nb_subtract(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        let (a, b) = operands!(thread, a, b);
        give(thread, arithmetic::subtract(a, b))
    }
    #[slot]
    fn nb_multiply(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        let (a, b) = operands!(thread, a, b);
        give(thread, arithmetic::multiply(a, b))
    }
    #[slot]
    fn nb_true_divide(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        let (a, b) = operands!(thread, a, b);
        match arithmetic::divide(a, b) {
            Ok(value) => give(thread, value),
            Err(_) => Err(thread.zero_division_error("division by zero")),
        }
    }
    #[slot]
    fn nb_power(a: &Object, b: &Object, modulus: &Object, thread: &Thread) -> PyResult<Obj> {
        let (a, b) = operands!(thread, a, b);
        if !modulus.is_none() {
            return Err(thread.value_error("complex modulo"));
        }
        power(thread, a.widen(), b.widen())
    }
    #[slot]
    fn nb_negative(&self, thread: &Thread) -> PyResult<Obj> {
        give(thread, value(-self.0.cval.real, -self.0.cval.imag))
    }
    #[slot]
    fn nb_positive(&self, thread: &Thread) -> PyResult<Obj> {
        if self.is_exact::<Complex>() { Ok((**self).own()) } else { give(thread, self.value()) }
    }
    #[slot]
    fn nb_absolute(&self, thread: &Thread) -> PyResult<f64> {
        arithmetic::absolute(self.value()).map_err(|_| thread.overflow_error("absolute value too large"))
    }
    #[slot]
    fn nb_bool(&self) -> bool {
        self.value() != value(0.0, 0.0)
    }
    /// Convert number to a complex floating-point number.
    #[classmethod(sig = "(number, /)")]
    fn from_number(cls: &Type, thread: &Thread, number: &Object) -> PyResult<Obj> {
        let plain = std::ptr::eq(cls, Complex::ty());
        if plain && number.is_exact::<Complex>() {
            return Ok(number.own());
        }
        let made = give(thread, to_value(thread, number)?)?;
        if plain { Ok(made) } else { cls.call(thread, &[&made]) }
    }
    /// Return the complex conjugate of its argument. (3-4j).conjugate() == 3+4j.
    #[method]
    fn conjugate(&self, thread: &Thread) -> PyResult<Obj> {
        give(thread, value(self.0.cval.real, -self.0.cval.imag))
    }
    /// Convert this value to exact type complex.
    #[method]
    fn __complex__(&self, thread: &Thread) -> PyResult<Obj> {
        if self.is_exact::<Complex>() { Ok(self.own_typed().upcast()) } else { give(thread, self.value()) }
    }
    #[method]
    fn __getnewargs__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let (real, imag) = (Float::new(self.0.cval.real), Float::new(self.0.cval.imag));
        Tuple::from_vec(thread, vec![real.upcast(), imag.upcast()])
    }
    /// Convert to a string according to format_spec.
    #[method(sig = "(format_spec, /)")]
    fn __format__(&self, thread: &Thread, format_spec: &Str) -> PyResult<Owned<Str>> {
        crate::formatting::format_complex(thread, (self.0.cval.real, self.0.cval.imag), format_spec, self)
    }
}
