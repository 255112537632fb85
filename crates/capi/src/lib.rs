//! CPython 3.14's C API: the functions and data that extension modules find in the process.
//!
//! Every item is `extern "C"` under CPython's name and thin: it turns pointers into handles, calls what the lower
//! crates have, and turns the result back. References, errors and null pointers follow CPython's documentation.
//! Extensions hold the interpreter's lock whenever they call, which is what lets [`support::thread`] give the token.
#![allow(non_snake_case, non_upper_case_globals, non_camel_case_types)]

pub mod support;

#[macro_use]
mod api;
pub mod long;
