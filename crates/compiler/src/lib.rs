//! Python source text to CPython 3.14 code, as plain Rust data.
//!
//! The way of a program: [`source`] decodes it, [`parse`] makes the tree ([`ast`]), [`preprocess`]
//! changes it a little, [`symtable`] finds the scope of every name, [`codegen`] emits instructions,
//! [`backend`] makes a code object of each scope's. [`marshal`] and [`pyc`] read and write those.
//!
//! This crate knows of no Python objects: it also runs while Pyrox is built. Its measure is
//! CPython's own compiler, byte for byte; `examples/compare.rs` compares the two.

pub mod ast;
pub mod backend;
pub mod code;
pub mod codegen;
pub mod error;
pub mod feature_version;
pub mod future;
pub mod instruction;
pub mod literals;
pub mod lower;
pub mod marshal;
pub mod opcode;
pub mod parse;
pub mod preprocess;
pub mod pyc;
pub mod source;
pub mod stack;
pub mod symtable;
pub mod syntax_errors;
pub mod tables;
pub mod unparse;

use code::{Code, Text};
pub use error::{CompileError, ErrorKind, Warning, WarningCategory};

/// How deeply a tree may nest that is compiled.
pub const MAX_TREE_DEPTH: u32 = 30_000;

/// How deeply a tree may nest that [`parse`] hands out, to be used on whatever stack.
pub const MAX_SHARED_TREE_DEPTH: u32 = 5_000;

/// What is compiled: the `mode` argument of `compile()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Exec,
    Eval,
    Single,
    FuncType,
}

/// Bits of [`Options::flags`] beside the code flags of future features (CPython's `PyCF_*`).
pub mod compiler_flags {
    /// The source is UTF-8 whatever it declares.
    pub const IGNORE_COOKIE: u32 = 0x0100;
    /// The end of the input does not end blocks: at the prompt.
    pub const DONT_IMPLY_DEDENT: u32 = 0x0200;
    pub const TYPE_COMMENTS: u32 = 0x1000;
    pub const ALLOW_TOP_LEVEL_AWAIT: u32 = 0x2000;
    pub const ALLOW_INCOMPLETE_INPUT: u32 = 0x4000;
    /// The code flags of future features.
    pub const FUTURE_MASK: u32 = 0x01fe_0000;
}

/// How to compile.
#[derive(Clone, Debug)]
pub struct Options {
    pub mode: Mode,
    /// 0, 1 (`-O`) or 2 (`-OO`).
    pub optimize: i32,
    /// [`compiler_flags`] and inherited features.
    pub flags: u32,
    pub filename: Text,
}

/// Compile source text.
pub fn compile(source: &[u8], options: &Options, warnings: &mut Vec<Warning>) -> Result<Code, CompileError> {
    let ignore_cookie = options.flags & compiler_flags::IGNORE_COOKIE != 0;
    let text = source::decode(source, ignore_cookie)?;
    stack::run(stack::Nesting::measure(&text)?, || {
        let mut module = parse::parse(&text, options.mode, options.flags, MAX_TREE_DEPTH, warnings)?;
        compile_here(&mut module, options, warnings)
    })
}

/// Parse source text, without compiling it.
pub fn parse(source: &[u8], options: &Options, warnings: &mut Vec<Warning>) -> Result<ast::Mod, CompileError> {
    let ignore_cookie = options.flags & compiler_flags::IGNORE_COOKIE != 0;
    let text = source::decode(source, ignore_cookie)?;
    stack::run(stack::Nesting::measure(&text)?, || parse::parse(&text, options.mode, options.flags, MAX_SHARED_TREE_DEPTH, warnings))
}

/// Compile a tree, which is changed by [`preprocess`]. `depth` bounds the nesting of the tree.
pub fn compile_tree(module: &mut ast::Mod, depth: usize, options: &Options, warnings: &mut Vec<Warning>) -> Result<Code, CompileError> {
    let nesting = stack::Nesting { depth, ..stack::Nesting::default() };
    stack::run(nesting, || compile_here(module, options, warnings))
}

fn compile_here(module: &mut ast::Mod, options: &Options, warnings: &mut Vec<Warning>) -> Result<Code, CompileError> {
    let features = options.flags & compiler_flags::FUTURE_MASK | future::future_features(module)?;
    preprocess::preprocess(module, options.optimize, warnings)?;
    let top_level_await = options.flags & compiler_flags::ALLOW_TOP_LEVEL_AWAIT != 0;
    let future_annotations = features & code::flags::FUTURE_ANNOTATIONS != 0;
    let table = symtable::symbol_table(module, future_annotations, top_level_await)?;
    let settings =
        codegen::Settings { filename: options.filename.clone(), optimize: options.optimize, code_flags: features, top_level_await };
    codegen::generate(module, table, &settings, warnings)
}

/// The symbol table of source text (what the `symtable` module shows).
pub fn symbol_table(source: &[u8], options: &Options, warnings: &mut Vec<Warning>) -> Result<symtable::SymbolTable, CompileError> {
    let ignore_cookie = options.flags & compiler_flags::IGNORE_COOKIE != 0;
    let text = source::decode(source, ignore_cookie)?;
    stack::run(stack::Nesting::measure(&text)?, || {
        let module = parse::parse(&text, options.mode, options.flags, MAX_TREE_DEPTH, warnings)?;
        let features = options.flags & compiler_flags::FUTURE_MASK | future::future_features(&module)?;
        symtable::symbol_table(&module, features & code::flags::FUTURE_ANNOTATIONS != 0, false)
    })
}
