//! `math`: functions of real numbers and of integers.

mod elementary;
mod integers;
mod special;
mod sums;

use pyrox_macros::pymodule;
use pyrox_objects::{Float, Module, PyResult, Thread};

pymodule!(
    name = "math",
    doc = "Mathematical functions of real numbers, as the C library has them, and of integers.",
    functions = [
        elementary::acos,
        elementary::acosh,
        elementary::asin,
        elementary::asinh,
        elementary::atan,
        elementary::atan2,
        elementary::atanh,
        elementary::cbrt,
        elementary::ceil,
        elementary::copysign,
        elementary::cos,
        elementary::cosh,
        elementary::degrees,
        elementary::erf,
        elementary::erfc,
        elementary::exp,
        elementary::exp2,
        elementary::expm1,
        elementary::fabs,
        elementary::floor,
        elementary::fma,
        elementary::fmod,
        elementary::frexp,
        elementary::gamma,
        elementary::isclose,
        elementary::isfinite,
        elementary::isinf,
        elementary::isnan,
        elementary::ldexp,
        elementary::lgamma,
        elementary::log,
        elementary::log10,
        elementary::log1p,
        elementary::log2,
        elementary::modf,
        elementary::nextafter,
        elementary::pow,
        elementary::radians,
        elementary::remainder,
        elementary::sin,
        elementary::sinh,
        elementary::sqrt,
        elementary::tan,
        elementary::tanh,
        elementary::trunc,
        elementary::ulp,
        integers::comb,
        integers::factorial,
        integers::gcd,
        integers::isqrt,
        integers::lcm,
        integers::perm,
        sums::dist,
        sums::fsum,
        sums::hypot,
        sums::prod,
        sums::sumprod,
    ],
    exec = exec
);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    use std::f64::consts;
    for (name, value) in [("pi", consts::PI), ("e", consts::E), ("tau", consts::TAU), ("inf", f64::INFINITY), ("nan", f64::NAN)] {
        module.add(thread, name, &Float::new(value))?;
    }
    Ok(())
}
