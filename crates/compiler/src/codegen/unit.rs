//! The scope that code is being generated for.

use crate::tables::HashMap;
use std::collections::BTreeSet;

use super::{Settings, to_text};
use crate::ast::*;
use crate::code::Const;
use crate::instruction::{Arg, Instruction, InstructionSequence, Label, Unit};
use crate::opcode::Opcode;
use crate::symtable::symbol::{DEF_COMP_CELL, DEF_FREE_CLASS};
use crate::symtable::{Block, BlockId, Scope};

/// What kind of scope a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeType {
    Module,
    Class,
    Function,
    AsyncFunction,
    Lambda,
    Comprehension,
    Annotations,
    TypeParams,
}

/// What a statement such as `return` must undo on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    WhileLoop,
    ForLoop,
    TryExcept,
    FinallyTry,
    FinallyEnd,
    With,
    AsyncWith,
    HandlerCleanup,
    PopValue,
    ExceptionHandler,
    ExceptionGroupHandler,
    AsyncComprehensionGenerator,
    StopIteration,
}

/// An open block of the scope.
#[derive(Clone, Copy, Debug)]
pub struct FrameBlock<'a> {
    pub kind: BlockKind,
    pub block: Option<Label>,
    pub exit: Option<Label>,
    pub location: Location,
    /// For [`BlockKind::FinallyTry`].
    pub finalbody: &'a [Stmt],
    /// For [`BlockKind::HandlerCleanup`]: the name bound to the exception.
    pub name: Option<&'a Identifier>,
}

/// Names numbered in the order of first use.
#[derive(Debug, Default)]
pub struct NameTable {
    index: HashMap<Identifier, usize>,
    pub names: Vec<Identifier>,
    /// Number of the first name.
    offset: usize,
}

impl NameTable {
    fn new(names: Vec<Identifier>, offset: usize) -> Self {
        let mut table = NameTable { offset, ..NameTable::default() };
        for name in names {
            table.add(&name);
        }
        table
    }

    pub fn add(&mut self, name: &Identifier) -> usize {
        if let Some(&at) = self.index.get(name) {
            return at;
        }
        let at = self.offset + self.names.len();
        self.index.insert(name.clone(), at);
        self.names.push(name.clone());
        at
    }

    pub fn get(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }
}

/// Constants numbered in the order of first use; equal constants of equal type are one.
#[derive(Debug, Default)]
pub struct ConstTable {
    index: HashMap<Const, usize>,
    values: Vec<Const>,
    codes: Vec<usize>,
}

impl ConstTable {
    pub fn add(&mut self, value: Const) -> usize {
        // Hashing code objects would visit whole programs again and again.
        if matches!(value, Const::Code(_)) {
            let found = self.codes.iter().rev().find(|&&at| {
                matches!(
                    (&value, self.values.get(at)),
                    (Const::Code(new), Some(Const::Code(old)))
                        if new.firstlineno == old.firstlineno && new == old
                )
            });
            if let Some(&at) = found {
                return at;
            }
            self.codes.push(self.values.len());
            self.values.push(value);
            return self.values.len() - 1;
        }
        if let Some(&at) = self.index.get(&value) {
            return at;
        }
        self.index.insert(value.clone(), self.values.len());
        self.values.push(value);
        self.values.len() - 1
    }
}

/// An annotation of a class or module, to be evaluated in its `__annotate__`.
#[derive(Clone, Copy, Debug)]
pub struct DeferredAnnotation<'a> {
    pub location: Location,
    pub name: &'a Identifier,
    pub annotation: &'a Expr,
    /// Set if the annotation may not be reached.
    pub condition: Option<usize>,
}

/// State of one scope.
#[derive(Debug)]
pub struct UnitState<'a> {
    pub block: BlockId,
    pub scope_type: ScopeType,
    pub name: Identifier,
    pub qualname: Identifier,
    /// Name of the class around the scope, for mangling.
    pub private: Option<Identifier>,
    pub consts: ConstTable,
    pub names: NameTable,
    pub varnames: NameTable,
    pub cellvars: NameTable,
    pub freevars: NameTable,
    /// Names of inlined comprehensions that are fast locals outside functions, and whether they
    /// are at the moment.
    pub hidden: Vec<(Identifier, bool)>,
    pub argcount: usize,
    pub posonlyargcount: usize,
    pub kwonlyargcount: usize,
    pub firstlineno: i32,
    pub sequence: InstructionSequence,
    /// What takes the place of `ANNOTATIONS_PLACEHOLDER`.
    pub annotations: Option<Vec<Instruction>>,
    pub in_annotation_setup: bool,
    pub frame_blocks: Vec<FrameBlock<'a>>,
    pub static_attributes: BTreeSet<Identifier>,
    pub deferred_annotations: Vec<DeferredAnnotation<'a>>,
    pub next_condition: usize,
    pub in_conditional_block: bool,
    pub in_inlined_comprehension: u32,
}

impl<'a> UnitState<'a> {
    pub fn new(
        name: &str,
        scope_type: ScopeType,
        id: BlockId,
        block: &Block,
        firstlineno: i32,
        private: Option<Identifier>,
        [argcount, posonlyargcount, kwonlyargcount]: [usize; 3],
    ) -> Self {
        let mut cells = sorted(block, Scope::Cell, DEF_COMP_CELL);
        if block.needs_class_closure {
            cells.push("__class__".into());
        }
        if block.needs_classdict {
            cells.push("__classdict__".into());
        }
        if block.has_conditional_annotations {
            cells.push("__conditional_annotations__".into());
        }
        let free = sorted(block, Scope::Free, DEF_FREE_CLASS);
        let name: Identifier = name.into();
        UnitState {
            block: id,
            scope_type,
            qualname: name.clone(),
            name,
            private,
            consts: ConstTable::default(),
            names: NameTable::default(),
            varnames: NameTable::new(block.varnames.clone(), 0),
            freevars: NameTable::new(free, cells.len()),
            cellvars: NameTable::new(cells, 0),
            hidden: Vec::new(),
            argcount,
            posonlyargcount,
            kwonlyargcount,
            firstlineno,
            sequence: InstructionSequence::default(),
            annotations: None,
            in_annotation_setup: false,
            frame_blocks: Vec::new(),
            static_attributes: BTreeSet::new(),
            deferred_annotations: Vec::new(),
            next_condition: 0,
            in_conditional_block: false,
            in_inlined_comprehension: 0,
        }
    }

    /// Whether `name` is at the moment a fast local although the scope is no function.
    pub fn is_hidden(&self, name: &str) -> bool {
        self.hidden.iter().any(|(hidden, active)| *active && **hidden == *name)
    }

    /// What the back end needs of the scope.
    pub fn finish(mut self, block: &Block, settings: &Settings, flags: u32) -> Unit {
        self.splice_annotations();
        let texts = |table: &NameTable| table.names.iter().map(to_text).collect();
        Unit {
            names: texts(&self.names),
            varnames: texts(&self.varnames),
            cellvars: texts(&self.cellvars),
            freevars: texts(&self.freevars),
            hidden: self.hidden.iter().map(|(name, _)| to_text(name)).collect(),
            consts: self.consts.values,
            sequence: self.sequence,
            argcount: (self.argcount + self.posonlyargcount) as u32,
            posonlyargcount: self.posonlyargcount as u32,
            kwonlyargcount: self.kwonlyargcount as u32,
            flags,
            name: to_text(&self.name),
            qualname: to_text(&self.qualname),
            filename: settings.filename.clone(),
            firstlineno: self.firstlineno,
            is_function: block.is_function_like(),
            optimize: settings.optimize,
        }
    }

    /// Put the code that makes the module's `__annotate__` where the placeholder keeps its place:
    /// before the body, although it could only be generated after it.
    fn splice_annotations(&mut self) {
        let instructions = &mut self.sequence.instructions;
        let Some(place) = instructions.iter().position(|instruction| instruction.opcode == Opcode::ANNOTATIONS_PLACEHOLDER) else {
            return;
        };
        let annotations = self.annotations.take().unwrap_or_default();
        let added = annotations.len() as u32;
        instructions.splice(place..=place, annotations);
        for label in &mut self.sequence.labels {
            if *label != u32::MAX && *label > place as u32 {
                *label = *label - 1 + added;
            }
        }
    }

    /// Insert an instruction before all others.
    pub fn insert_first(&mut self, opcode: Opcode, target: Label) {
        let instruction = Instruction { opcode, arg: Arg::Target(target), location: Location::NONE };
        self.sequence.instructions.insert(0, instruction);
        for label in &mut self.sequence.labels {
            // The highest number stands for a label that is not placed.
            *label = label.saturating_add(1);
        }
    }
}

fn sorted(block: &Block, scope: Scope, flag: u32) -> Vec<Identifier> {
    let mut names: Vec<Identifier> =
        block.symbols.iter().filter(|(_, flags)| Scope::of(*flags) == scope || flags & flag != 0).map(|(name, _)| name.clone()).collect();
    names.sort();
    names
}
