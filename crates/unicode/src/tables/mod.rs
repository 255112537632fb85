//! The tables; see `tools/generate.py`.

pub mod database;
pub mod decomposition;
pub mod flags;
pub mod names;
#[allow(clippy::excessive_precision, clippy::approx_constant)]
pub mod types;
