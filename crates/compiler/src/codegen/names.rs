//! Which instruction loads, stores or deletes a name.

use super::unit::ScopeType;
use super::{CodeGen, internal};
use crate::ast::*;
use crate::code::Const;
use crate::error::Result;
use crate::opcode::Opcode;
use crate::symtable::{BlockType, Scope, maybe_mangle};

enum Access {
    Name,
    Fast,
    Global,
    Deref,
}

impl<'a> CodeGen<'a> {
    /// `name` as the scope knows it, within the class around it.
    pub(super) fn mangled(&self, name: &Identifier) -> Result<Identifier> {
        let unit = self.unit_ref()?;
        Ok(maybe_mangle(unit.private.as_deref(), self.table.block(unit.block), name))
    }

    /// Emit the instruction for `name` in `context`.
    pub(super) fn name_op(&mut self, location: Location, name: &Identifier, context: ExprContext) -> Result<()> {
        let mangled = self.mangled(name)?;
        let unit = self.unit_ref()?;
        let block = self.table.block(unit.block);
        let scope = block.scope(&mangled);
        let block_type = block.block_type;
        let function_like = block.is_function_like();
        let sees_class = block.can_see_class_scope;
        let inlined = unit.in_inlined_comprehension > 0;
        let access = match scope {
            Scope::Free | Scope::Cell => Access::Deref,
            Scope::Local if function_like || unit.is_hidden(&mangled) => Access::Fast,
            Scope::GlobalImplicit if function_like => Access::Global,
            Scope::GlobalExplicit => Access::Global,
            _ => Access::Name,
        };
        let unit = self.unit()?;
        let mut arg = match access {
            Access::Fast => unit.varnames.add(&mangled),
            Access::Deref if scope == Scope::Free => unit.freevars.add(&mangled),
            Access::Deref => unit.cellvars.add(&mangled),
            Access::Name | Access::Global => unit.names.add(&mangled),
        };
        use ExprContext::{Del, Load, Store};
        let opcode = match (access, context) {
            (Access::Deref, Load) if block_type == BlockType::Class && !inlined => {
                self.emit(location, Opcode::LOAD_LOCALS)?;
                Opcode::LOAD_FROM_DICT_OR_DEREF
            }
            (Access::Deref, Load) if sees_class => {
                self.load_class_dict(location)?;
                Opcode::LOAD_FROM_DICT_OR_DEREF
            }
            (Access::Deref, Load) => Opcode::LOAD_DEREF,
            (Access::Deref, Store) => Opcode::STORE_DEREF,
            (Access::Deref, Del) => Opcode::DELETE_DEREF,
            (Access::Fast, Load) => Opcode::LOAD_FAST,
            (Access::Fast, Store) => Opcode::STORE_FAST,
            (Access::Fast, Del) => Opcode::DELETE_FAST,
            (Access::Global, Load) if sees_class && scope == Scope::GlobalImplicit => {
                self.load_class_dict(location)?;
                Opcode::LOAD_FROM_DICT_OR_GLOBALS
            }
            (Access::Global, Load) => Opcode::LOAD_GLOBAL,
            (Access::Global, Store) => Opcode::STORE_GLOBAL,
            (Access::Global, Del) => Opcode::DELETE_GLOBAL,
            // A comprehension inlined into a class body does not see the class namespace.
            (Access::Name, Load) if block_type == BlockType::Class && inlined => Opcode::LOAD_GLOBAL,
            (Access::Name, Load) => Opcode::LOAD_NAME,
            (Access::Name, Store) => Opcode::STORE_NAME,
            (Access::Name, Del) => Opcode::DELETE_NAME,
        };
        if opcode == Opcode::LOAD_GLOBAL {
            arg <<= 1;
        }
        self.emit_i(location, opcode, arg)
    }

    fn load_class_dict(&mut self, location: Location) -> Result<()> {
        let arg = self.unit()?.freevars.add(&"__classdict__".into());
        self.emit_i(location, Opcode::LOAD_DEREF, arg)
    }

    /// Emit an instruction whose argument numbers `name` among the scope's `names`.
    pub(super) fn emit_name(&mut self, location: Location, opcode: Opcode, name: &Identifier) -> Result<()> {
        let index = self.name_index(name)?;
        self.emit_i(location, opcode, index)
    }

    /// Number of `name`, mangled, among the scope's `names`.
    pub(super) fn name_index(&mut self, name: &Identifier) -> Result<usize> {
        let mangled = self.mangled(name)?;
        Ok(self.unit()?.names.add(&mangled))
    }

    /// Number of the cell or free variable `name` of the current scope, for the closure of a code
    /// object made in it.
    pub(super) fn closure_index(&self, name: &Identifier) -> Result<usize> {
        let unit = self.unit_ref()?;
        let implicit =
            unit.scope_type == ScopeType::Class && matches!(&**name, "__class__" | "__classdict__" | "__conditional_annotations__");
        let cell = implicit || self.table.block(unit.block).scope(name) == Scope::Cell;
        let table = if cell { &unit.cellvars } else { &unit.freevars };
        table.get(name).ok_or_else(|| internal(&format!("name '{name}' of a closure is not known here")))
    }

    /// Load the text of `name`, mangled.
    pub(super) fn load_mangled(&mut self, location: Location, name: &Identifier) -> Result<()> {
        let mangled = self.mangled(name)?;
        self.load_const(location, Const::Str(super::to_text(&mangled)))
    }
}
