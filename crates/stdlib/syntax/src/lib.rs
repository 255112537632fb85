//! `_ast`, `_symtable`, `_tokenize`, `_opcode`: Python source as data.

mod ast;
mod opcode;
mod symtable;
mod tokenize;

pub use ast::install;

use pyrox_objects::native::NativeModule;

/// The modules of this crate, for the import system.
pub static MODULES: [&NativeModule; 4] = [&ast::MODULE, &opcode::MODULE, &symtable::MODULE, &tokenize::MODULE];
