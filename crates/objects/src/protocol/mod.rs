//! The object protocols, as methods of [`crate::Object`]: attribute access, calls, numbers,
//! sequences and mappings, comparison, iteration, conversion.

pub mod attribute;
pub mod call;
pub mod compare;
pub mod container;
pub mod convert;
pub mod number;
