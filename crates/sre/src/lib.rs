//! The matching engine of the `re` module, over the code that `re._compiler` emits.
//!
//! A [`Pattern`] is made once from a code list, which is validated completely: after that no code list, however hostile,
//! can lead the engine astray. A [`State`] matches it against a [`Subject`], a slice of one-, two- or four-byte units.
//! Backtracking points are frames on a heap stack, never native recursion; the machine is in [`machine`], the choice of
//! starting points in [`search`].
//!
//! Depends on `pyrox-unicode` only. Tests are beside the code; their code lists and results were recorded from CPython.

#![forbid(unsafe_code)]

mod characters;
mod charset;
pub mod constants;
mod filter;
mod machine;
mod pattern;
mod repeat;
mod search;
mod state;
mod validate;

#[cfg(test)]
mod tests;

pub use characters::{LocaleTables, ascii_iscased, ascii_tolower, unicode_iscased, unicode_tolower};
pub use pattern::{InvalidCode, Pattern};
pub use state::{State, Stop, Subject};
