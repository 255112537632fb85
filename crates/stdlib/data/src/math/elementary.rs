//! Functions of real numbers.

use pyrox_macros::pyfunction;
use pyrox_numeric::float::repr::repr;
use pyrox_numeric::int::BigInt;
use pyrox_objects::{Float, Int, Obj, Object, Owned, PyResult, Raised, Str, Thread, Tuple, intern};

use super::special::{self, Fault};
use crate::libm;

#[cold]
fn domain(thread: &Thread) -> Raised {
    thread.value_error("math domain error")
}

#[cold]
fn range(thread: &Thread) -> Raised {
    thread.overflow_error("math range error")
}

#[cold]
fn outside(thread: &Thread, expected: &str, x: f64) -> Raised {
    thread.value_error(&format!("expected {expected}, got {}", repr(x)))
}

/// Functions of one number. `overflows`: an infinite result of a finite argument is an overflow, not a pole.
macro_rules! unary {
    ($($name:ident $overflows:literal $expected:literal $doc:literal;)*) => { $(
        #[doc = $doc]
        #[pyfunction(sig = "(x, /)")]
        pub fn $name(thread: &Thread, x: f64) -> PyResult<f64> {
            let r = libm::$name(x);
            if r.is_nan() && !x.is_nan() {
                return Err(if $expected.is_empty() { domain(thread) } else { outside(thread, $expected, x) });
            }
            if r.is_infinite() && x.is_finite() {
                return Err(match ($overflows, $expected.is_empty()) {
                    (true, _) => range(thread),
                    (false, true) => domain(thread),
                    (false, false) => outside(thread, $expected, x),
                });
            }
            Ok(r)
        }
    )* };
}

unary! {
    acos false "a number in range from -1 up to 1" "Return the arc cosine of x in radians, from 0 to pi.";
    acosh false "argument value not less than 1" "Return the inverse hyperbolic cosine of x.";
    asin false "a number in range from -1 up to 1" "Return the arc sine of x in radians, from -pi/2 to pi/2.";
    asinh false "" "Return the inverse hyperbolic sine of x.";
    atan false "" "Return the arc tangent of x in radians, from -pi/2 to pi/2.";
    atanh false "a number between -1 and 1" "Return the inverse hyperbolic tangent of x.";
    cbrt false "" "Return the cube root of x.";
    cos false "a finite input" "Return the cosine of x radians.";
    cosh true "" "Return the hyperbolic cosine of x.";
    erf false "" "Error function at x.";
    erfc false "" "Complementary error function at x: 1.0 - erf(x) without loss for large x.";
    exp true "" "Return e raised to the power of x.";
    exp2 true "" "Return 2 raised to the power of x.";
    expm1 true "" "Return exp(x) - 1 without loss for small x.";
    log1p false "argument value > -1" "Return the natural logarithm of 1 + x, exact also for x near zero.";
    sin false "a finite input" "Return the sine of x radians.";
    sinh true "" "Return the hyperbolic sine of x.";
    tan false "a finite input" "Return the tangent of x radians.";
    tanh false "" "Return the hyperbolic tangent of x.";
}

/// Return the square root of x.
#[pyfunction(sig = "(x, /)")]
pub fn sqrt(thread: &Thread, x: f64) -> PyResult<f64> {
    if x < 0.0 {
        return Err(outside(thread, "a nonnegative input", x));
    }
    Ok(x.sqrt())
}

/// Return the absolute value of the float x.
#[pyfunction(sig = "(x, /)")]
pub fn fabs(x: f64) -> f64 {
    x.abs()
}

fn special_value(thread: &Thread, x: f64, result: Result<f64, Fault>) -> PyResult<f64> {
    result.map_err(|fault| match fault {
        Fault::Domain => outside(thread, "a noninteger or positive integer", x),
        Fault::Range => range(thread),
    })
}

/// Gamma function at x.
#[pyfunction(sig = "(x, /)")]
pub fn gamma(thread: &Thread, x: f64) -> PyResult<f64> {
    special_value(thread, x, special::gamma(x))
}

/// Natural logarithm of the absolute value of the gamma function at x.
#[pyfunction(sig = "(x, /)")]
pub fn lgamma(thread: &Thread, x: f64) -> PyResult<f64> {
    special_value(thread, x, special::log_gamma(x))
}

/// Return the arc tangent of y/x in radians, in the quadrant that the signs tell.
#[pyfunction(sig = "(y, x, /)")]
pub fn atan2(y: f64, x: f64) -> f64 {
    libm::atan2(y, x)
}

/// Return a float with the magnitude of x and the sign of y.
#[pyfunction(sig = "(x, y, /)")]
pub fn copysign(x: f64, y: f64) -> f64 {
    x.copysign(y)
}

/// Convert angle x from radians to degrees.
#[pyfunction(sig = "(x, /)")]
pub fn degrees(x: f64) -> f64 {
    x * (180.0 / std::f64::consts::PI)
}

/// Convert angle x from degrees to radians.
#[pyfunction(sig = "(x, /)")]
pub fn radians(x: f64) -> f64 {
    x * (std::f64::consts::PI / 180.0)
}

/// The result of `round` of the object's own, or of its float value rounded by `round`.
fn rounded(thread: &Thread, x: &Object, name: &Str, round: fn(f64) -> f64) -> PyResult<Obj> {
    if let Some(float) = x.exact::<Float>() {
        return Ok(whole(thread, round(float.value()))?.upcast());
    }
    if let Some(int) = x.exact::<Int>() {
        return Ok((**int).own());
    }
    if let Some(result) = x.call_special(thread, name, &[])? {
        return Ok(result);
    }
    Ok(whole(thread, round(x.as_f64(thread)?))?.upcast())
}

/// The int of a float without a fraction.
fn whole(thread: &Thread, value: f64) -> PyResult<Owned<Int>> {
    if value.abs() < 9.0e18 {
        return Ok(Int::from(value as i64));
    }
    if value.is_nan() {
        return Err(thread.value_error("cannot convert float NaN to integer"));
    }
    if value.is_infinite() {
        return Err(thread.overflow_error("cannot convert float infinity to integer"));
    }
    Ok(Int::from_big(&BigInt::from_f64(value)))
}

/// Return the smallest integer that is not less than x.
#[pyfunction(sig = "(x, /)")]
pub fn ceil(thread: &Thread, x: &Object) -> PyResult<Obj> {
    rounded(thread, x, intern!("__ceil__"), f64::ceil)
}

/// Return the largest integer that is not greater than x.
#[pyfunction(sig = "(x, /)")]
pub fn floor(thread: &Thread, x: &Object) -> PyResult<Obj> {
    rounded(thread, x, intern!("__floor__"), f64::floor)
}

/// Truncate x to the nearest integer toward 0, by its __trunc__ method.
#[pyfunction(sig = "(x, /)")]
pub fn trunc(thread: &Thread, x: &Object) -> PyResult<Obj> {
    if let Some(float) = x.exact::<Float>() {
        return Ok(whole(thread, float.value().trunc())?.upcast());
    }
    match x.call_special(thread, intern!("__trunc__"), &[])? {
        Some(result) => Ok(result),
        None => Err(thread.type_error(&format!("type {} doesn't define __trunc__ method", x.ty().name()))),
    }
}

/// Fused multiply-add: x * y + z with a single rounding.
#[pyfunction(sig = "(x, y, z, /)")]
pub fn fma(thread: &Thread, x: f64, y: f64, z: f64) -> PyResult<f64> {
    let r = x.mul_add(y, z);
    if r.is_finite() {
        return Ok(r);
    }
    if r.is_nan() {
        if !x.is_nan() && !y.is_nan() && !z.is_nan() {
            return Err(thread.value_error("invalid operation in fma"));
        }
    } else if x.is_finite() && y.is_finite() && z.is_finite() {
        return Err(thread.overflow_error("overflow in fma"));
    }
    Ok(r)
}

/// Return fmod(x, y) as C has it: the result's sign is that of x.
#[pyfunction(sig = "(x, y, /)")]
pub fn fmod(thread: &Thread, x: f64, y: f64) -> PyResult<f64> {
    if y.is_infinite() && x.is_finite() {
        return Ok(x);
    }
    let r = libm::fmod(x, y);
    if r.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(domain(thread));
    }
    Ok(r)
}

/// Difference between x and the closest integer multiple of y (the even one of two).
#[pyfunction(sig = "(x, y, /)")]
pub fn remainder(thread: &Thread, x: f64, y: f64) -> PyResult<f64> {
    let r = libm::remainder(x, y);
    if r.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(domain(thread));
    }
    Ok(r)
}

/// Return x**y (x to the power of y) as a float.
#[pyfunction(sig = "(x, y, /)")]
pub fn pow(thread: &Thread, x: f64, y: f64) -> PyResult<f64> {
    let r = libm::pow(x, y);
    if x.is_finite() && y.is_finite() && !r.is_finite() {
        if r.is_nan() || x == 0.0 {
            return Err(domain(thread));
        }
        return Err(range(thread));
    }
    Ok(r)
}

fn pair(thread: &Thread, a: Obj, b: Obj) -> PyResult<Owned<Tuple>> {
    Tuple::from_vec(thread, vec![a, b])
}

/// Return the mantissa and exponent of x as a pair (m, e) with x == m * 2.**e.
#[pyfunction(sig = "(x, /)")]
pub fn frexp(thread: &Thread, x: f64) -> PyResult<Owned<Tuple>> {
    let (mantissa, exponent) = if x.is_finite() && x != 0.0 { libm::frexp(x) } else { (x, 0) };
    pair(thread, Float::new(mantissa).upcast(), Int::from(exponent as i64).upcast())
}

/// Return the fractional and integer parts of x, both with its sign.
#[pyfunction(sig = "(x, /)")]
pub fn modf(thread: &Thread, x: f64) -> PyResult<Owned<Tuple>> {
    let (fraction, whole) = if x.is_infinite() {
        (0f64.copysign(x), x)
    } else if x.is_nan() {
        (x, x)
    } else {
        ((x - x.trunc()).copysign(x), x.trunc())
    };
    pair(thread, Float::new(fraction).upcast(), Float::new(whole).upcast())
}

/// Return x * (2**i), the inverse of frexp.
#[pyfunction(sig = "(x, i, /)")]
pub fn ldexp(thread: &Thread, x: f64, i: &Object) -> PyResult<f64> {
    let Some(exponent) = i.cast::<Int>() else {
        return Err(thread.type_error("Expected an int as second argument to ldexp."));
    };
    let exponent = exponent.to_i64().unwrap_or(if exponent.is_negative() { i64::MIN } else { i64::MAX });
    if x == 0.0 || !x.is_finite() {
        return Ok(x);
    }
    match i32::try_from(exponent) {
        Ok(exponent) => {
            let r = libm::ldexp(x, exponent);
            if r.is_infinite() { Err(range(thread)) } else { Ok(r) }
        }
        Err(_) if exponent > 0 => Err(range(thread)),
        Err(_) => Ok(0f64.copysign(x)),
    }
}

/// A logarithm of an int of any size or of a float.
fn logarithm(thread: &Thread, x: &Object, of: fn(f64) -> f64) -> PyResult<f64> {
    if let Some(int) = x.cast::<Int>() {
        if int.is_negative() || int.is_zero() {
            return Err(thread.value_error("expected a positive input"));
        }
        if int.is_compact() {
            return Ok(of(int.compact_value() as f64));
        }
        return Ok(match pyrox_numeric::int::floats::to_f64(int.digits()) {
            Some(value) => of(value),
            None => {
                // log(m * 2**e) = log(m) + log(2) * e
                let (mantissa, exponent) = pyrox_numeric::int::floats::frexp(int.digits());
                of(mantissa) + of(2.0) * exponent as f64
            }
        });
    }
    let x = x.as_f64(thread)?;
    if x <= 0.0 {
        return Err(outside(thread, "a positive input", x));
    }
    Ok(of(x))
}

/// log(x, [base=math.e])
/// Return the logarithm of x to the given base.
#[pyfunction(sig = "(x, base=None, /)", text = "")]
pub fn log(thread: &Thread, x: &Object, base: Option<&Object>) -> PyResult<f64> {
    let numerator = logarithm(thread, x, libm::log)?;
    let Some(base) = base else { return Ok(numerator) };
    let denominator = logarithm(thread, base, libm::log)?;
    if denominator == 0.0 {
        return Err(thread.zero_division_error("division by zero"));
    }
    Ok(numerator / denominator)
}

/// Return the base 2 logarithm of x.
#[pyfunction(sig = "(x, /)")]
pub fn log2(thread: &Thread, x: &Object) -> PyResult<f64> {
    logarithm(thread, x, libm::log2)
}

/// Return the base 10 logarithm of x.
#[pyfunction(sig = "(x, /)")]
pub fn log10(thread: &Thread, x: &Object) -> PyResult<f64> {
    logarithm(thread, x, libm::log10)
}

/// Return True if x is neither an infinity nor a NaN.
#[pyfunction(sig = "(x, /)")]
pub fn isfinite(x: f64) -> bool {
    x.is_finite()
}

/// Return True if x is a positive or negative infinity.
#[pyfunction(sig = "(x, /)")]
pub fn isinf(x: f64) -> bool {
    x.is_infinite()
}

/// Return True if x is a NaN (not a number).
#[pyfunction(sig = "(x, /)")]
pub fn isnan(x: f64) -> bool {
    x.is_nan()
}

/// Whether two numbers are close, in `math` and `cmath` alike: the distance against the tolerances.
pub fn within(difference: f64, a: f64, b: f64, rel_tol: f64, abs_tol: f64) -> bool {
    difference <= rel_tol * b || difference <= rel_tol * a || difference <= abs_tol
}

/// Determine whether two floating-point numbers are close in value.
///
/// rel_tol bounds the difference relative to the larger magnitude, abs_tol the difference itself.
#[pyfunction(sig = "(a, b, *, rel_tol=1e-09, abs_tol=0.0)")]
pub fn isclose(thread: &Thread, a: f64, b: f64, rel_tol: Option<f64>, abs_tol: Option<f64>) -> PyResult<bool> {
    let (rel_tol, abs_tol) = (rel_tol.unwrap_or(1e-9), abs_tol.unwrap_or(0.0));
    if rel_tol < 0.0 || abs_tol < 0.0 {
        return Err(thread.value_error("tolerances must be non-negative"));
    }
    if a == b {
        return Ok(true);
    }
    if a.is_infinite() || b.is_infinite() {
        return Ok(false);
    }
    Ok(within((b - a).abs(), a.abs(), b.abs(), rel_tol, abs_tol))
}

/// Return the floating-point value the given number of steps after x towards y.
///
/// One step if steps is None.
#[pyfunction(sig = "(x, y, /, *, steps=None)")]
pub fn nextafter(thread: &Thread, x: f64, y: f64, steps: Option<&Object>) -> PyResult<f64> {
    let Some(steps) = steps.filter(|s| !s.is_none()) else { return Ok(libm::nextafter(x, y)) };
    let steps = steps.index(thread)?;
    if steps.is_negative() {
        return Err(thread.value_error("steps must be a non-negative integer"));
    }
    let steps = steps.to_u64().unwrap_or(u64::MAX);
    if steps == 0 || x.is_nan() {
        return Ok(x);
    }
    if y.is_nan() {
        return Ok(y);
    }
    const SIGN: u64 = 1 << 63;
    let (from, to) = (x.to_bits(), y.to_bits());
    if from == to {
        return Ok(x);
    }
    let (a, b) = (from & !SIGN, to & !SIGN);
    let bits = if (from ^ to) & SIGN != 0 {
        if a + b <= steps {
            to
        } else if a < steps {
            to & SIGN | (steps - a)
        } else {
            from - steps
        }
    } else if a > b {
        if a - b >= steps { from - steps } else { to }
    } else if b - a >= steps {
        from + steps
    } else {
        to
    };
    Ok(f64::from_bits(bits))
}

/// Return the value of the least significant bit of the float x.
#[pyfunction(sig = "(x, /)")]
pub fn ulp(x: f64) -> f64 {
    let x = x.abs();
    if !x.is_finite() {
        return x;
    }
    let above = libm::nextafter(x, f64::INFINITY);
    if above.is_infinite() { x - libm::nextafter(x, 0.0) } else { above - x }
}
