//! `_io`: files, buffers and text streams.

use pyrox_objects::native::NativeModule;

/// The modules of this crate, for the import system.
pub static MODULES: [&NativeModule; 0] = [];
