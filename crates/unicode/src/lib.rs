//! Unicode 16.0 character properties as CPython 3.14 defines them.
//!
//! Everything works on code points as `u32`, because Python's strings may hold lone surrogates. [`ctype`] answers what
//! `str`'s predicates ask, [`case`] maps case, [`database`] is what `unicodedata` adds (with the Unicode 3.2 data that
//! `stringprep` needs), [`normalize`] has the normalization forms, [`names`] the names.
//!
//! Depends on nothing. The tables are written by `tools/generate.py`, which asks CPython; the tests check samples and
//! sums over all code points, recorded from CPython too.

#![forbid(unsafe_code)]

pub mod case;
pub mod ctype;
pub mod database;
pub mod names;
pub mod normalize;
#[rustfmt::skip]
mod tables;

/// The version of the data.
pub const VERSION: &str = "16.0.0";
