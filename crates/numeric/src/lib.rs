//! Big-integer digit arithmetic, float text conversion, hashing and the random generator: the arithmetic of Python's
//! numbers, free of Python objects.
//!
//! Nothing here raises: a function that can fail returns an error value whose text is CPython's message, and the caller
//! chooses the exception. Magnitudes are CPython's digits, little-endian `u32` words of 30 bits with no zero on top; zero
//! is the empty slice. Functions accept slices with zeros on top and never return them.
//!
//! Depends on nothing of the workspace. Tests sit beside the code; their figures were recorded from CPython 3.14.
//! Read next: [`int`], [`float`], [`format_spec`].

#![forbid(unsafe_code)]

pub mod float;
pub mod format_spec;
pub mod hash;
pub mod int;
pub mod random;
