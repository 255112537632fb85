//! Native modules that the language leans on: itertools, functools, collections, operator, weakref, threads.

use pyrox_objects::native::NativeModule;

/// The modules of this crate, for the import system.
pub static MODULES: [&NativeModule; 0] = [];
