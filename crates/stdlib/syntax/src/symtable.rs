//! `_symtable`: the compiler's symbol tables.

use pyrox_compiler::code::Text;
use pyrox_compiler::symtable::{Block, BlockId, BlockType, Scope, SymbolTable, symbol};
use pyrox_compiler::{Mode, Options, compiler_flags};
use pyrox_macros::{pyclass, pyfunction, pymodule};
use pyrox_objects::native::{NO_MEMBER, object_member};
use pyrox_objects::object::{Head, ObjCell};
use pyrox_objects::{Dict, Int, List, Module, Obj, Object, Owned, PyResult, PyType, Str, Thread};

pymodule!(name = "_symtable", functions = [symtable], exec = exec);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    pyrox_objects::type_object::ready(thread, Entry::ty())?;
    let numbers = [
        ("USE", symbol::USE),
        ("DEF_GLOBAL", symbol::DEF_GLOBAL),
        ("DEF_NONLOCAL", symbol::DEF_NONLOCAL),
        ("DEF_LOCAL", symbol::DEF_LOCAL),
        ("DEF_PARAM", symbol::DEF_PARAM),
        ("DEF_TYPE_PARAM", symbol::DEF_TYPE_PARAM),
        ("DEF_FREE_CLASS", symbol::DEF_FREE_CLASS),
        ("DEF_IMPORT", symbol::DEF_IMPORT),
        // Without type parameters: they have blocks of their own.
        ("DEF_BOUND", symbol::DEF_LOCAL | symbol::DEF_PARAM | symbol::DEF_IMPORT),
        ("DEF_ANNOT", symbol::DEF_ANNOT),
        ("DEF_COMP_ITER", symbol::DEF_COMP_ITER),
        ("DEF_COMP_CELL", symbol::DEF_COMP_CELL),
        ("TYPE_FUNCTION", type_number(BlockType::Function)),
        ("TYPE_CLASS", type_number(BlockType::Class)),
        ("TYPE_MODULE", type_number(BlockType::Module)),
        ("TYPE_ANNOTATION", type_number(BlockType::Annotation)),
        ("TYPE_TYPE_ALIAS", type_number(BlockType::TypeAlias)),
        ("TYPE_TYPE_PARAMETERS", type_number(BlockType::TypeParameters)),
        ("TYPE_TYPE_VARIABLE", type_number(BlockType::TypeVariable)),
        ("LOCAL", Scope::Local as u32),
        ("GLOBAL_EXPLICIT", Scope::GlobalExplicit as u32),
        ("GLOBAL_IMPLICIT", Scope::GlobalImplicit as u32),
        ("FREE", Scope::Free as u32),
        ("CELL", Scope::Cell as u32),
        ("SCOPE_OFF", symbol::SCOPE_OFFSET),
        ("SCOPE_MASK", symbol::SCOPE_MASK),
    ];
    numbers.into_iter().try_for_each(|(name, value)| module.add_int(thread, name, i64::from(value)))
}

/// The number of a kind of block.
fn type_number(block: BlockType) -> u32 {
    match block {
        BlockType::Function => 0,
        BlockType::Class => 1,
        BlockType::Module => 2,
        BlockType::Annotation => 3,
        BlockType::TypeAlias => 4,
        BlockType::TypeParameters => 5,
        BlockType::TypeVariable => 6,
    }
}

/// One block of a program.
#[repr(C)]
pub struct Entry {
    head: Head,
    id: ObjCell,
    name: ObjCell,
    symbols: ObjCell,
    varnames: ObjCell,
    children: ObjCell,
    nested: ObjCell,
    block_type: ObjCell,
    lineno: ObjCell,
}

#[pyclass(name = "symtable entry", traverse = [symbols, varnames, children], dealloc = drop, members = &[
    object_member(c"id", 16, true),
    object_member(c"name", 24, true),
    object_member(c"symbols", 32, true),
    object_member(c"varnames", 40, true),
    object_member(c"children", 48, true),
    object_member(c"nested", 56, true),
    object_member(c"type", 64, true),
    object_member(c"lineno", 72, true),
    NO_MEMBER,
])]
impl Entry {
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<String> {
        let text =
            |cell: &ObjCell| cell.get().map_or_else(|| Ok(String::new()), |value| Ok(value.str(thread)?.to_string_lossy().into_owned()));
        Ok(format!("<symtable entry {}({}), line {}>", text(&self.name)?, text(&self.id)?, text(&self.lineno)?))
    }
}

const _: () = assert!(size_of::<Entry>() == 80);

fn names<'a>(thread: &Thread, names: impl Iterator<Item = &'a pyrox_compiler::ast::Identifier>) -> PyResult<Owned<List>> {
    let names = names.map(|name| Ok(Str::intern_str(thread, name)?.upcast()));
    List::from_vec(thread, names.collect::<PyResult<Vec<Obj>>>()?)
}

/// The name of a block; lambdas and comprehensions are in angle brackets only as code objects.
fn shown_name(block: &Block) -> &str {
    match &*block.name {
        "<lambda>" => "lambda",
        "<genexpr>" => "genexpr",
        "<listcomp>" => "listcomp",
        "<setcomp>" => "setcomp",
        "<dictcomp>" => "dictcomp",
        name => name,
    }
}

/// The object of a block, with those below it.
fn entry(thread: &Thread, table: &SymbolTable, block: &Block) -> PyResult<Obj> {
    thread.check_stack(" during symbol table construction")?;
    let symbols = Dict::new(thread)?;
    for (name, flags) in block.symbols.iter() {
        symbols.set(thread, &*Str::intern_str(thread, name)?, &Int::from(i64::from(flags)))?;
    }
    let children = block.children.iter().map(|&BlockId(at)| match table.blocks.get(at) {
        Some(child) => entry(thread, table, child),
        None => Err(thread.runtime_error("a block of the symbol table is missing")),
    });
    let children = List::from_vec(thread, children.collect::<PyResult<Vec<Obj>>>()?)?;
    let number = |value: i64| ObjCell::new(Some(Int::from(value).upcast()));
    let made = Entry {
        head: Head::unset(),
        id: ObjCell::new(Some(Int::from_u64(std::ptr::from_ref(block).addr() as u64).upcast())),
        name: ObjCell::new(Some(Str::intern_str(thread, shown_name(block))?.upcast())),
        symbols: ObjCell::new(Some(symbols.upcast())),
        varnames: ObjCell::new(Some(names(thread, block.varnames.iter())?.upcast())),
        children: ObjCell::new(Some(children.upcast())),
        nested: number(i64::from(block.nested)),
        block_type: number(i64::from(type_number(block.block_type))),
        lineno: number(i64::from(block.location.line)),
    };
    Ok(Entry::ty().instantiate(thread, made)?.upcast())
}

/// Return symbol and scope dictionaries used internally by compiler.
#[pyfunction(sig = "(source, filename, startstr, /)")]
pub fn symtable(thread: &Thread, source: &Object, filename: &Object, startstr: &Str) -> PyResult<Obj> {
    let filename = pyrox_interpreter::file_name(thread, filename)?;
    let text = match source.cast::<Str>() {
        Some(text) => text.to_rust(thread)?.into_bytes(),
        None => match pyrox_objects::buffer::contiguous_bytes(thread, source)? {
            Some(bytes) => {
                use pyrox_interpreter::source::{Origin, decode};
                decode(thread, &bytes, &filename.to_string_lossy(), Origin::Memory)?.into_owned()
            }
            None => return Err(thread.type_error("symtable() arg 1 must be a string or bytes object")),
        },
    };
    if text.contains(&0) {
        return Err(thread.error(pyrox_objects::exceptions::syntax_error(), "source code string cannot contain null bytes"));
    }
    let mode = match startstr.to_string_lossy().as_ref() {
        "exec" => Mode::Exec,
        "eval" => Mode::Eval,
        "single" => Mode::Single,
        _ => return Err(thread.value_error("symtable() arg 3 must be 'exec' or 'eval' or 'single'")),
    };
    let options = Options { mode, optimize: 0, flags: compiler_flags::IGNORE_COOKIE, filename: Text(filename.to_wtf8().into()) };
    let filename = filename.to_string_lossy();
    let mut warnings = Vec::new();
    match pyrox_compiler::symbol_table(&text, &options, &mut warnings) {
        Ok(table) => {
            for warning in &warnings {
                pyrox_interpreter::warn_compiling(thread, warning, &filename, &text)?;
            }
            entry(thread, &table, table.top())
        }
        Err(error) => Err(pyrox_interpreter::raise_compile_error(thread, &error, &filename, &text)),
    }
}
