//! `_ast`, `_symtable`, `_tokenize`, `_opcode`: Python source as data.

use pyrox_objects::native::NativeModule;

/// The modules of this crate, for the import system.
pub static MODULES: [&NativeModule; 0] = [];
