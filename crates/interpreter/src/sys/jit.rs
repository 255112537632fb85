//! `sys._jit`: what programs may ask about the just-in-time compiler.

use pyrox_macros::{pyfunction, pymodule};

pymodule!(name = "sys._jit", doc = "Utilities for observing just-in-time compilation.", functions = [is_available, is_enabled, is_active]);

/// Return True if the current Python executable supports JIT compilation, and False otherwise.
#[pyfunction]
fn is_available() -> bool {
    false
}

/// Return True if JIT compilation is enabled for the current Python process, and False otherwise.
#[pyfunction]
fn is_enabled() -> bool {
    false
}

/// Return True if the topmost Python frame is currently executing JIT code, and False otherwise.
#[pyfunction]
fn is_active() -> bool {
    false
}
