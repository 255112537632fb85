//! Code generation: from the tree and the symbol table to one instruction sequence a scope.
//!
//! The sequences are those of CPython's code generator before its flow-graph pass, with the same
//! locations, blocks (`SETUP_FINALLY` and the like), and order of constants and names: the back
//! end ([`crate::backend`]) turns a finished [`Unit`] into a code object, which then is a constant
//! of the scope around it.
//!
//! Files: [`unit`] holds the scope being generated, [`names`] the choice of instruction for a
//! name, `statements`, `expressions`, `calls`, ... what their names say.

mod annotations;
mod blocks;
mod calls;
mod classes;
mod comprehensions;
mod exceptions;
mod expressions;
mod functions;
mod names;
mod patterns;
mod statements;
mod strings;
mod type_params;
mod unit;
mod warn;

use std::rc::Rc;

use crate::ast::*;
use crate::code::{BigInt, Code, Const, Text, flags};
use crate::error::{CompileError, ErrorKind, Result, Warning};
use crate::instruction::{Arg, Label};
use crate::opcode::Opcode;
use crate::symtable::{BlockKey, BlockType, SymbolTable};
use unit::{ScopeType, UnitState};

/// Above this many operands on the stack, displays and calls are built piece by piece.
const STACK_USE_GUIDELINE: usize = 30;

/// How deeply scopes may nest.
const MAX_SCOPES: usize = 1500;

/// What code generation needs to know beside the tree.
pub struct Settings {
    pub filename: Text,
    /// Optimization level: 0, 1 (`-O`) or 2 (`-OO`).
    pub optimize: i32,
    /// Flags that every code object carries: those of `from __future__` imports.
    pub code_flags: u32,
    pub top_level_await: bool,
}

/// The state of code generation.
pub struct CodeGen<'a> {
    settings: &'a Settings,
    table: SymbolTable,
    units: Vec<UnitState<'a>>,
    interactive: bool,
    warnings: &'a mut Vec<Warning>,
    depth: u32,
}

/// Generate the code of `module`.
pub fn generate<'a>(module: &'a Mod, table: SymbolTable, settings: &'a Settings, warnings: &'a mut Vec<Warning>) -> Result<Code> {
    let mut codegen = CodeGen { settings, table, units: Vec::new(), interactive: false, warnings, depth: 0 };
    codegen.enter_scope("<module>", ScopeType::Module, BlockKey::Module, 1, None, [0; 3])?;
    let mut add_none = true;
    match module {
        Mod::Module { body, .. } => codegen.body(start_location(body), body)?,
        Mod::Interactive { body } => {
            codegen.interactive = true;
            codegen.body(start_location(body), body)?;
        }
        Mod::Expression { body } => {
            codegen.expression(body)?;
            add_none = false;
        }
        Mod::FunctionType { .. } => {
            return Err(internal("this compiler does not handle FunctionTypes"));
        }
    }
    codegen.assemble(add_none)
}

fn start_location(body: &[Stmt]) -> Location {
    body.first().map_or(Location { line: 1, end_line: 1, column: 0, end_column: 0 }, |statement| statement.location)
}

/// An error that no program should reach.
fn internal(message: &str) -> CompileError {
    CompileError::new(ErrorKind::SystemError, message)
}

/// An integer constant.
pub fn int_const(value: i64) -> Const {
    let mut magnitude = value.unsigned_abs();
    let mut digits = Vec::new();
    while magnitude > 0 {
        digits.push((magnitude & 0x3fff_ffff) as u32);
        magnitude >>= 30;
    }
    Const::Int(BigInt { negative: value < 0, digits })
}

/// A text constant.
pub fn str_const(text: &Identifier) -> Const {
    Const::Str(to_text(text))
}

/// A name as the code object holds it.
pub fn to_text(name: &Identifier) -> Text {
    Text(Rc::from(name.clone()))
}

/// A tuple of texts.
fn str_tuple<'n>(names: impl Iterator<Item = &'n Identifier>) -> Const {
    Const::Tuple(names.map(str_const).collect())
}

impl<'a> CodeGen<'a> {
    fn unit(&mut self) -> Result<&mut UnitState<'a>> {
        self.units.last_mut().ok_or_else(|| internal("no scope to generate code for"))
    }

    fn unit_ref(&self) -> Result<&UnitState<'a>> {
        self.units.last().ok_or_else(|| internal("no scope to generate code for"))
    }

    fn emit_arg(&mut self, location: Location, opcode: Opcode, arg: Arg) -> Result<()> {
        let unit = self.unit()?;
        let instruction = crate::instruction::Instruction { opcode, arg, location };
        match &mut unit.annotations {
            Some(annotations) if unit.in_annotation_setup => annotations.push(instruction),
            _ => unit.sequence.instructions.push(instruction),
        }
        Ok(())
    }

    fn emit(&mut self, location: Location, opcode: Opcode) -> Result<()> {
        self.emit_arg(location, opcode, Arg::None)
    }

    fn emit_i(&mut self, location: Location, opcode: Opcode, arg: usize) -> Result<()> {
        let arg = u32::try_from(arg).map_err(|_| CompileError::new(ErrorKind::MemoryError, "instruction argument"))?;
        self.emit_arg(location, opcode, Arg::Value(arg))
    }

    fn emit_jump(&mut self, location: Location, opcode: Opcode, target: Label) -> Result<()> {
        self.emit_arg(location, opcode, Arg::Target(target))
    }

    fn new_label(&mut self) -> Result<Label> {
        Ok(self.unit()?.sequence.new_label())
    }

    fn use_label(&mut self, label: Label) -> Result<()> {
        self.unit()?.sequence.use_label(label);
        Ok(())
    }

    fn add_const(&mut self, value: Const) -> Result<usize> {
        Ok(self.unit()?.consts.add(value))
    }

    fn load_const(&mut self, location: Location, value: Const) -> Result<()> {
        let index = self.add_const(value)?;
        self.emit_i(location, Opcode::LOAD_CONST, index)
    }

    fn load_none(&mut self, location: Location) -> Result<()> {
        self.load_const(location, Const::None)
    }

    /// Begin the scope that `key`'s node opened. `counts` are the numbers of positional,
    /// positional-only and keyword-only parameters.
    fn enter_scope(
        &mut self,
        name: &str,
        scope_type: ScopeType,
        key: BlockKey,
        line: i32,
        private: Option<Identifier>,
        counts: [usize; 3],
    ) -> Result<()> {
        // Code objects in code objects are also dropped and marshalled recursively.
        if self.units.len() >= MAX_SCOPES {
            return Err(CompileError::recursion());
        }
        let block = self.table.lookup(key).ok_or_else(|| internal("unknown symbol table entry"))?;
        let private = private.or_else(|| self.units.last().and_then(|unit| unit.private.clone()));
        let mut unit = UnitState::new(name, scope_type, block, self.table.block(block), line, private, counts);
        if scope_type != ScopeType::Module {
            unit.qualname = self.qualname(&unit);
        }
        self.units.push(unit);
        let location = match scope_type {
            ScopeType::Module => Location { line: 0, end_line: 1, column: 0, end_column: 0 },
            _ => Location { line, end_line: line, column: 0, end_column: 0 },
        };
        self.emit_i(location, Opcode::RESUME, 0)?;
        if scope_type == ScopeType::Module {
            self.emit(location, Opcode::ANNOTATIONS_PLACEHOLDER)?;
        }
        Ok(())
    }

    fn qualname(&self, unit: &UnitState<'a>) -> Identifier {
        let mut base: Option<String> = None;
        let depth = self.units.len();
        if depth > 1 {
            let mut parent = self.units.last();
            // These scopes are not part of the name, except of what is two levels inside.
            if parent.is_some_and(|parent| matches!(parent.scope_type, ScopeType::TypeParams | ScopeType::Annotations)) {
                if depth == 2 {
                    return unit.name.clone();
                }
                parent = self.units.get(depth - 2);
            }
            if let Some(parent) = parent {
                let mut force_global = false;
                if matches!(unit.scope_type, ScopeType::Function | ScopeType::AsyncFunction | ScopeType::Class) {
                    let mangled = crate::symtable::mangle(parent.private.as_deref(), &unit.name);
                    let scope = self.table.block(parent.block).scope(&mangled);
                    force_global = scope == crate::symtable::Scope::GlobalExplicit;
                }
                if !force_global {
                    base = Some(match parent.scope_type {
                        ScopeType::Function | ScopeType::AsyncFunction | ScopeType::Lambda => {
                            format!("{}.<locals>", parent.qualname)
                        }
                        _ => parent.qualname.to_string(),
                    });
                }
            }
        }
        match base {
            Some(base) => format!("{base}.{}", unit.name).into(),
            None => unit.name.clone(),
        }
    }

    /// End the current scope: its code object.
    fn assemble(&mut self, add_none: bool) -> Result<Code> {
        if add_none {
            self.load_none(Location::NONE)?;
        }
        self.emit(Location::NONE, Opcode::RETURN_VALUE)?;
        let unit = self.units.pop().ok_or_else(|| internal("no scope to assemble"))?;
        let code_flags = self.code_flags(&unit);
        let is_annotations = unit.scope_type == ScopeType::Annotations;
        let block = self.table.block(unit.block);
        let renames_format = is_annotations && block.block_type == BlockType::Annotation;
        let unit = unit.finish(block, self.settings, code_flags);
        let mut code = crate::backend::assemble(unit)?;
        // The parameter has a name that no annotation can mention; it is shown as `format`.
        if renames_format && let Some(first) = code.localsplusnames.first_mut() {
            *first = "format".into();
        }
        Ok(code)
    }

    fn code_flags(&self, unit: &UnitState<'a>) -> u32 {
        let block = self.table.block(unit.block);
        let mut code_flags = self.settings.code_flags;
        if block.is_function_like() {
            code_flags |= flags::NEWLOCALS | flags::OPTIMIZED;
            if block.nested {
                code_flags |= flags::NESTED;
            }
            code_flags |= match (block.generator, block.coroutine) {
                (true, false) => flags::GENERATOR,
                (false, true) => flags::COROUTINE,
                (true, true) => flags::ASYNC_GENERATOR,
                (false, false) => 0,
            };
            if block.varargs {
                code_flags |= flags::VARARGS;
            }
            if block.varkeywords {
                code_flags |= flags::VARKEYWORDS;
            }
            if block.has_docstring {
                code_flags |= flags::HAS_DOCSTRING;
            }
            if block.method {
                code_flags |= flags::METHOD;
            }
        } else if self.settings.top_level_await && unit.scope_type == ScopeType::Module && block.coroutine {
            code_flags |= flags::COROUTINE;
        }
        code_flags
    }

    fn future_annotations(&self) -> bool {
        self.settings.code_flags & flags::FUTURE_ANNOTATIONS != 0
    }

    /// Guard one level of native recursion.
    fn descend<T>(&mut self, visit: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.depth += 1;
        if self.depth > crate::MAX_TREE_DEPTH {
            return Err(CompileError::recursion());
        }
        let result = visit(self);
        self.depth -= 1;
        result
    }
}
