//! The symbol table: which scope every name of the program belongs to.
//!
//! [`build`] walks the tree once and collects, for each block, its names and how they are used;
//! [`analyze`] then resolves each name from the outermost block inwards, decides which
//! comprehensions are inlined, and finds the cells. Code generation looks blocks up by the tree
//! node that opened them ([`BlockKey`]).

mod analyze;
mod build;
mod expressions;

use crate::tables::{HashMap, HashSet};
use std::rc::Rc;

use crate::ast::{Identifier, Location, Mod};
use crate::error::Result;

/// How a name is used in a block, and its scope in the bits from [`SCOPE_OFFSET`] on.
pub mod symbol {
    /// `global` statement.
    pub const DEF_GLOBAL: u32 = 1;
    /// Assigned in the block.
    pub const DEF_LOCAL: u32 = 2;
    /// Formal parameter.
    pub const DEF_PARAM: u32 = 1 << 2;
    /// `nonlocal` statement.
    pub const DEF_NONLOCAL: u32 = 1 << 3;
    /// Name is used.
    pub const USE: u32 = 1 << 4;
    /// Free variable of a method that is also bound in the class.
    pub const DEF_FREE_CLASS: u32 = 1 << 6;
    /// Bound by an import.
    pub const DEF_IMPORT: u32 = 1 << 7;
    /// Annotated.
    pub const DEF_ANNOT: u32 = 1 << 8;
    /// Iteration variable of a comprehension.
    pub const DEF_COMP_ITER: u32 = 1 << 9;
    /// Type parameter.
    pub const DEF_TYPE_PARAM: u32 = 1 << 10;
    /// Cell in an inlined comprehension.
    pub const DEF_COMP_CELL: u32 = 1 << 11;
    pub const DEF_BOUND: u32 = DEF_LOCAL | DEF_PARAM | DEF_IMPORT | DEF_TYPE_PARAM;
    pub const SCOPE_OFFSET: u32 = 12;
    pub const SCOPE_MASK: u32 = 15;
}

/// Scope of a name; the numbers are those of the `_symtable` module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Unknown = 0,
    Local = 1,
    GlobalExplicit = 2,
    GlobalImplicit = 3,
    Free = 4,
    Cell = 5,
}

impl Scope {
    /// The scope in the upper bits of a name's flags.
    pub fn of(flags: u32) -> Scope {
        match (flags >> symbol::SCOPE_OFFSET) & symbol::SCOPE_MASK {
            1 => Scope::Local,
            2 => Scope::GlobalExplicit,
            3 => Scope::GlobalImplicit,
            4 => Scope::Free,
            5 => Scope::Cell,
            _ => Scope::Unknown,
        }
    }
}

/// What opened a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockType {
    Function,
    Class,
    Module,
    /// The lazily evaluated annotations of a function, class or module.
    Annotation,
    /// Bound, constraints or default of a type parameter.
    TypeVariable,
    /// Value of a `type` statement.
    TypeAlias,
    /// Around a generic class, function or alias; holds its type parameters.
    TypeParameters,
}

/// Kind of comprehension that a function block stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comprehension {
    None,
    List,
    Dict,
    Set,
    Generator,
}

/// Names the tree node that opened a block: its kind of use and its address. The tree does not
/// move between the passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BlockKey {
    Module,
    /// A function, class, lambda, comprehension or type alias.
    Node(usize),
    /// Annotations of the function whose parameters these are.
    FunctionAnnotations(usize),
    /// Annotations of a class or module, by the block's index.
    BlockAnnotations(usize),
    /// Type parameters of a statement.
    TypeParams(usize),
    /// Bound or constraints of a type parameter.
    Bound(usize),
    /// Default of a type parameter.
    Default(usize),
}

impl BlockKey {
    /// Key of a tree node.
    pub fn node<T>(node: &T) -> BlockKey {
        BlockKey::Node(std::ptr::from_ref(node).addr())
    }

    /// Address for the other kinds of keys.
    pub fn address<T>(node: &T) -> usize {
        std::ptr::from_ref(node).addr()
    }
}

/// Names of a block in the order of their first mention.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    index: HashMap<Identifier, usize>,
    entries: Vec<(Identifier, u32)>,
}

impl Symbols {
    pub fn get(&self, name: &str) -> Option<u32> {
        self.index.get(name).and_then(|&at| self.entries.get(at)).map(|entry| entry.1)
    }

    pub fn set(&mut self, name: &Identifier, flags: u32) {
        match self.index.get(name) {
            Some(&at) => {
                if let Some(entry) = self.entries.get_mut(at) {
                    entry.1 = flags;
                }
            }
            None => {
                self.index.insert(name.clone(), self.entries.len());
                self.entries.push((name.clone(), flags));
            }
        }
    }

    pub fn remove(&mut self, name: &str) {
        if let Some(at) = self.index.remove(name) {
            self.entries.remove(at);
            for place in self.index.values_mut() {
                if *place > at {
                    *place -= 1;
                }
            }
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Identifier, u32)> {
        self.entries.iter().map(|(name, flags)| (name, *flags))
    }
}

/// Index of a block in [`SymbolTable::blocks`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BlockId(pub usize);

/// One block of the program.
#[derive(Clone, Debug)]
pub struct Block {
    pub name: Identifier,
    pub block_type: BlockType,
    pub symbols: Symbols,
    /// Parameters, in order.
    pub varnames: Vec<Identifier>,
    pub children: Vec<BlockId>,
    /// `global` and `nonlocal` names with their places, for error messages.
    pub directives: Vec<(Identifier, Location)>,
    pub location: Location,
    pub nested: bool,
    pub generator: bool,
    pub coroutine: bool,
    pub is_async_def: bool,
    pub comprehension: Comprehension,
    pub varargs: bool,
    pub varkeywords: bool,
    pub annotations_used: bool,
    pub needs_class_closure: bool,
    pub needs_classdict: bool,
    pub has_conditional_annotations: bool,
    pub comp_inlined: bool,
    pub comp_iter_target: bool,
    pub comp_iter_expr: u32,
    pub can_see_class_scope: bool,
    pub has_docstring: bool,
    pub method: bool,
    pub in_conditional_block: bool,
    pub in_unevaluated_annotation: bool,
    pub annotation_block: Option<BlockId>,
    /// Names that are mangled in a type-parameter block around a class.
    pub mangled_names: Option<Rc<std::cell::RefCell<HashSet<Identifier>>>>,
    /// For the annotations of a function: its name.
    pub function_name: Option<Identifier>,
    /// What a block for a type parameter's expression is, for error messages.
    pub scope_info: Option<&'static str>,
}

impl Block {
    /// Whether names of the block live in fast locals, as in a function.
    pub fn is_function_like(&self) -> bool {
        is_function_like(self.block_type)
    }

    /// Flags of `name`; 0 if the block does not mention it.
    pub fn symbol(&self, name: &str) -> u32 {
        self.symbols.get(name).unwrap_or(0)
    }

    /// Scope of `name`.
    pub fn scope(&self, name: &str) -> Scope {
        Scope::of(self.symbol(name))
    }
}

fn is_function_like(block_type: BlockType) -> bool {
    !matches!(block_type, BlockType::Class | BlockType::Module)
}

/// The analyzed symbol table of a program.
#[derive(Clone, Debug)]
pub struct SymbolTable {
    pub blocks: Vec<Block>,
    keys: HashMap<BlockKey, BlockId>,
}

impl SymbolTable {
    /// The module's block.
    pub fn top(&self) -> &Block {
        &self.blocks[0]
    }

    pub fn block(&self, id: BlockId) -> &Block {
        &self.blocks[id.0]
    }

    pub fn block_mut(&mut self, id: BlockId) -> &mut Block {
        &mut self.blocks[id.0]
    }

    /// The block that the node of `key` opened.
    pub fn lookup(&self, key: BlockKey) -> Option<BlockId> {
        self.keys.get(&key).copied()
    }
}

/// Build and analyze the symbol table of `module`. `future_annotations` tells whether annotations
/// are kept as text; `top_level_await` whether the module itself may await.
pub fn symbol_table(module: &Mod, future_annotations: bool, top_level_await: bool) -> Result<SymbolTable> {
    let mut table = build::build(module, future_annotations, top_level_await)?;
    analyze::analyze(&mut table)?;
    Ok(table)
}

/// The name under which `name`, written in the body of class `class`, is known.
pub fn mangle(class: Option<&str>, name: &Identifier) -> Identifier {
    let Some(class) = class else { return name.clone() };
    if !name.starts_with("__") || name.ends_with("__") || name.contains('.') {
        return name.clone();
    }
    let class = class.trim_start_matches('_');
    if class.is_empty() {
        return name.clone();
    }
    format!("_{class}{name}").into()
}

/// Like [`mangle`], but within a type-parameter block around a class only its type parameters are
/// mangled.
pub fn maybe_mangle(class: Option<&str>, block: &Block, name: &Identifier) -> Identifier {
    if let Some(names) = &block.mangled_names
        && !names.borrow().contains(name)
    {
        return name.clone();
    }
    mangle(class, name)
}
