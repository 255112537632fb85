//! Native modules about numbers and binary data: math, random, struct, array, datetime.

use pyrox_objects::native::NativeModule;

/// The modules of this crate, for the import system.
pub static MODULES: [&NativeModule; 0] = [];
