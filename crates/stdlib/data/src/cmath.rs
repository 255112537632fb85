//! `cmath`, over the complex functions of the C library, which treat infinities and NaNs as Annex G of C99 says.

use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::{Complex, Float, Module, Obj, Object, Owned, PyResult, Thread, Tuple, intern};

pymodule!(
    name = "cmath",
    doc = "This module provides access to mathematical functions for complex\nnumbers.",
    functions = [
        acos, acosh, asin, asinh, atan, atanh, cos, cosh, exp, log, log10, sin, sinh, sqrt, tan, tanh, phase, polar, rect, isfinite, isinf,
        isnan, isclose,
    ],
    exec = exec
);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    let constants = [
        ("pi", std::f64::consts::PI),
        ("e", std::f64::consts::E),
        ("tau", std::f64::consts::TAU),
        ("inf", f64::INFINITY),
        ("nan", f64::NAN),
    ];
    for (name, value) in constants {
        module.add(thread, name, &Float::new(value))?;
    }
    module.add(thread, "infj", &**Complex::new(thread, 0.0, f64::INFINITY)?)?;
    module.add(thread, "nanj", &**Complex::new(thread, 0.0, f64::NAN)?)
}

/// A C `double complex`: passed and returned in two registers, as two doubles are.
#[derive(Clone, Copy)]
#[repr(C)]
struct Z {
    re: f64,
    im: f64,
}

unsafe extern "C" {
    fn cacos(z: Z) -> Z;
    fn cacosh(z: Z) -> Z;
    fn casin(z: Z) -> Z;
    fn casinh(z: Z) -> Z;
    fn catan(z: Z) -> Z;
    fn catanh(z: Z) -> Z;
    fn ccos(z: Z) -> Z;
    fn ccosh(z: Z) -> Z;
    fn cexp(z: Z) -> Z;
    fn clog(z: Z) -> Z;
    fn csin(z: Z) -> Z;
    fn csinh(z: Z) -> Z;
    fn csqrt(z: Z) -> Z;
    fn ctan(z: Z) -> Z;
    fn ctanh(z: Z) -> Z;
}

impl Z {
    fn is_finite(self) -> bool {
        self.re.is_finite() && self.im.is_finite()
    }

    fn is_infinite(self) -> bool {
        self.re.is_infinite() || self.im.is_infinite()
    }

    fn into_obj(self, thread: &Thread) -> PyResult<Obj> {
        Ok(Complex::new(thread, self.re, self.im)?.upcast())
    }
}

/// A number as a complex one: a complex, by `__complex__`, or a real.
fn complex(thread: &Thread, object: &Object) -> PyResult<Z> {
    if let Some(value) = object.cast::<Complex>() {
        let value = value.value();
        return Ok(Z { re: value.real, im: value.imag });
    }
    if let Some(result) = object.call_special(thread, intern!("__complex__"), &[])? {
        return match result.cast::<Complex>() {
            Some(value) => Ok(Z { re: value.value().real, im: value.value().imag }),
            None => Err(thread.type_error(&format!(
                "{}.__complex__() must return a complex, not {}",
                object.ty().full_name(),
                result.ty().full_name()
            ))),
        };
    }
    Ok(Z { re: object.as_f64(thread)?, im: 0.0 })
}

fn domain_error<T>(thread: &Thread) -> PyResult<T> {
    Err(thread.value_error("math domain error"))
}

/// The result of a function; infinite for a finite argument, it is an overflow.
fn checked(thread: &Thread, argument: Z, result: Z) -> PyResult<Obj> {
    if result.is_infinite() && argument.is_finite() {
        return Err(thread.overflow_error("math range error"));
    }
    result.into_obj(thread)
}

macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident = $function:ident where $refused:expr;)*) => { $(
        $(#[$doc])*
        #[pyfunction(sig = "(z, /)")]
        fn $name(thread: &Thread, z: &Object) -> PyResult<Obj> {
            let z = complex(thread, z)?;
            let refused: fn(Z) -> bool = $refused;
            if refused(z) {
                return domain_error(thread);
            }
            // SAFETY: a function of numbers.
            checked(thread, z, unsafe { $function(z) })
        }
    )* };
}

functions! {
    /// Return the arc cosine of z.
    acos = cacos where |_| false;
    /// Return the inverse hyperbolic cosine of z.
    acosh = cacosh where |_| false;
    /// Return the arc sine of z.
    asin = casin where |_| false;
    /// Return the inverse hyperbolic sine of z.
    asinh = casinh where |_| false;
    /// Return the arc tangent of z.
    atan = catan where |z| z.re == 0.0 && z.im.abs() == 1.0;
    /// Return the inverse hyperbolic tangent of z.
    atanh = catanh where |z| z.im == 0.0 && z.re.abs() == 1.0;
    /// Return the cosine of z.
    cos = ccos where |z| z.re.is_infinite() && !z.im.is_nan();
    /// Return the hyperbolic cosine of z.
    cosh = ccosh where |z| z.im.is_infinite() && !z.re.is_nan();
    /// Return the exponential value e**z.
    exp = cexp where |z| z.im.is_infinite() && (z.re.is_finite() || z.re == f64::INFINITY);
    /// Return the sine of z.
    sin = csin where |z| z.re.is_infinite() && !z.im.is_nan();
    /// Return the hyperbolic sine of z.
    sinh = csinh where |z| z.im.is_infinite() && !z.re.is_nan();
    /// Return the square root of z.
    sqrt = csqrt where |_| false;
    /// Return the tangent of z.
    tan = ctan where |z| z.re.is_infinite() && z.im.is_finite();
    /// Return the hyperbolic tangent of z.
    tanh = ctanh where |z| z.im.is_infinite() && z.re.is_finite();
}

fn logarithm(thread: &Thread, z: Z) -> PyResult<Z> {
    if z.re == 0.0 && z.im == 0.0 {
        return domain_error(thread);
    }
    // SAFETY: a function of numbers.
    Ok(unsafe { clog(z) })
}

/// log(z[, base]) -> the logarithm of z to the given base.
///
/// If the base is not specified, returns the natural logarithm (base e) of z.
#[pyfunction(sig = "(z, base=<unset>, /)", text = "(z, base=<unrepresentable>, /)")]
fn log(thread: &Thread, z: &Object, base: Option<&Object>) -> PyResult<Obj> {
    let value = logarithm(thread, complex(thread, z)?)?;
    let Some(base) = base else { return value.into_obj(thread) };
    let base = logarithm(thread, complex(thread, base)?)?;
    if base.re == 0.0 && base.im == 0.0 {
        return domain_error(thread);
    }
    let (value, base) = (value.into_obj(thread)?, base.into_obj(thread)?);
    pyrox_objects::protocol::number::binary(thread, &pyrox_objects::protocol::number::TRUE_DIVIDE, &value, &base)
}

/// Return the base-10 logarithm of z.
#[pyfunction(sig = "(z, /)")]
fn log10(thread: &Thread, z: &Object) -> PyResult<Obj> {
    let value = logarithm(thread, complex(thread, z)?)?;
    Z { re: value.re / std::f64::consts::LN_10, im: value.im / std::f64::consts::LN_10 }.into_obj(thread)
}

/// Return argument, also known as the phase angle, of a complex.
#[pyfunction(sig = "(z, /)")]
fn phase(thread: &Thread, z: &Object) -> PyResult<f64> {
    let z = complex(thread, z)?;
    Ok(z.im.atan2(z.re))
}

/// Convert a complex from rectangular coordinates to polar coordinates.
///
/// r is the distance from 0 and phi the phase angle.
#[pyfunction(sig = "(z, /)")]
fn polar(thread: &Thread, z: &Object) -> PyResult<Owned<Tuple>> {
    let z = complex(thread, z)?;
    let radius = z.re.hypot(z.im);
    if radius.is_infinite() && z.is_finite() {
        return Err(thread.overflow_error("math range error"));
    }
    Tuple::from_vec(thread, vec![Float::new(radius).upcast(), Float::new(z.im.atan2(z.re)).upcast()])
}

/// Convert from polar coordinates to rectangular coordinates.
#[pyfunction(sig = "(r, phi, /)")]
fn rect(thread: &Thread, r: f64, phi: f64) -> PyResult<Obj> {
    if phi.is_infinite() && r != 0.0 && !r.is_nan() {
        return domain_error(thread);
    }
    let z = if phi == 0.0 {
        // Keeps the sign of a zero angle, also for an infinite radius.
        Z { re: r, im: r * phi }
    } else if r.is_infinite() && phi.is_finite() {
        Z { re: r.copysign(r.signum() * phi.cos()), im: r.copysign(r.signum() * phi.sin()) }
    } else if r == 0.0 && !phi.is_finite() {
        Z { re: 0.0, im: 0.0 }
    } else {
        Z { re: r * phi.cos(), im: r * phi.sin() }
    };
    if phi == 0.0 && r.is_infinite() {
        return Z { re: r, im: phi.copysign(r.signum() * phi) }.into_obj(thread);
    }
    z.into_obj(thread)
}

/// Return True if both the real and imaginary parts of z are finite, else False.
#[pyfunction(sig = "(z, /)")]
fn isfinite(thread: &Thread, z: &Object) -> PyResult<bool> {
    Ok(complex(thread, z)?.is_finite())
}

/// Checks if the real or imaginary part of z is infinite.
#[pyfunction(sig = "(z, /)")]
fn isinf(thread: &Thread, z: &Object) -> PyResult<bool> {
    Ok(complex(thread, z)?.is_infinite())
}

/// Checks if the real or imaginary part of z not a number (NaN).
#[pyfunction(sig = "(z, /)")]
fn isnan(thread: &Thread, z: &Object) -> PyResult<bool> {
    let z = complex(thread, z)?;
    Ok(z.re.is_nan() || z.im.is_nan())
}

/// Determine whether two complex numbers are close in value.
///
///   rel_tol
///     maximum difference for being considered "close", relative to the magnitude of the input values
///   abs_tol
///     maximum difference for being considered "close", regardless of the magnitude of the input values
///
/// Return True if a is close in value to b, and False otherwise.
#[pyfunction(sig = "(a, b, *, rel_tol=1e-09, abs_tol=0.0)")]
fn isclose(thread: &Thread, a: &Object, b: &Object, rel_tol: f64, abs_tol: f64) -> PyResult<bool> {
    let (a, b) = (complex(thread, a)?, complex(thread, b)?);
    if rel_tol < 0.0 || abs_tol < 0.0 {
        return Err(thread.value_error("tolerances must be non-negative"));
    }
    if a.re == b.re && a.im == b.im {
        return Ok(true);
    }
    if a.is_infinite() || b.is_infinite() {
        return Ok(false);
    }
    let difference = (a.re - b.re).hypot(a.im - b.im);
    let (size_a, size_b) = (a.re.hypot(a.im), b.re.hypot(b.im));
    Ok(difference <= rel_tol * size_b || difference <= rel_tol * size_a || difference <= abs_tol)
}
