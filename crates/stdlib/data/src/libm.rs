//! The C mathematics library: the same results as CPython, which calls it too.

use std::ffi::c_int;

mod c {
    use std::ffi::c_int;

    unsafe extern "C" {
        pub fn acos(x: f64) -> f64;
        pub fn acosh(x: f64) -> f64;
        pub fn asin(x: f64) -> f64;
        pub fn asinh(x: f64) -> f64;
        pub fn atan(x: f64) -> f64;
        pub fn atan2(y: f64, x: f64) -> f64;
        pub fn atanh(x: f64) -> f64;
        pub fn cbrt(x: f64) -> f64;
        pub fn cos(x: f64) -> f64;
        pub fn cosh(x: f64) -> f64;
        pub fn erf(x: f64) -> f64;
        pub fn erfc(x: f64) -> f64;
        pub fn exp(x: f64) -> f64;
        pub fn exp2(x: f64) -> f64;
        pub fn expm1(x: f64) -> f64;
        pub fn fmod(x: f64, y: f64) -> f64;
        pub fn frexp(x: f64, exponent: *mut c_int) -> f64;
        pub fn ldexp(x: f64, exponent: c_int) -> f64;
        pub fn log(x: f64) -> f64;
        pub fn log10(x: f64) -> f64;
        pub fn log1p(x: f64) -> f64;
        pub fn log2(x: f64) -> f64;
        pub fn nextafter(x: f64, y: f64) -> f64;
        pub fn pow(x: f64, y: f64) -> f64;
        pub fn remainder(x: f64, y: f64) -> f64;
        pub fn sin(x: f64) -> f64;
        pub fn sinh(x: f64) -> f64;
        pub fn tan(x: f64) -> f64;
        pub fn tanh(x: f64) -> f64;
    }
}

macro_rules! unary {
    ($($name:ident)*) => { $(
        #[doc = concat!("C's `", stringify!($name), "`.")]
        #[inline]
        pub fn $name(x: f64) -> f64 {
            // SAFETY: a pure function of numbers.
            unsafe { c::$name(x) }
        }
    )* };
}
unary!(acos acosh asin asinh atan atanh cbrt cos cosh erf erfc exp exp2 expm1 log log10 log1p log2 sin sinh tan tanh);

macro_rules! binary {
    ($($name:ident)*) => { $(
        #[doc = concat!("C's `", stringify!($name), "`.")]
        #[inline]
        pub fn $name(x: f64, y: f64) -> f64 {
            // SAFETY: a pure function of numbers.
            unsafe { c::$name(x, y) }
        }
    )* };
}
binary!(atan2 fmod nextafter pow remainder);

/// C's `frexp`: mantissa and exponent.
#[inline]
pub fn frexp(x: f64) -> (f64, i32) {
    let mut exponent: c_int = 0;
    // SAFETY: writes to the local.
    let mantissa = unsafe { c::frexp(x, &mut exponent) };
    (mantissa, exponent)
}

/// C's `ldexp`.
#[inline]
pub fn ldexp(x: f64, exponent: i32) -> f64 {
    // SAFETY: a pure function of numbers.
    unsafe { c::ldexp(x, exponent) }
}
