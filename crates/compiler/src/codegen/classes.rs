//! Classes.

use super::functions::first_line;
use super::statements::intrinsic_1;
use super::unit::ScopeType;
use super::{CodeGen, int_const, internal, str_const, str_tuple};
use crate::ast::*;
use crate::error::Result;
use crate::opcode::Opcode;
use crate::symtable::BlockKey;

impl<'a> CodeGen<'a> {
    pub(super) fn class(&mut self, statement: &'a Stmt, class: &'a ClassDef) -> Result<()> {
        let location = statement.location;
        let line = first_line(statement, &class.decorator_list);
        self.expressions(&class.decorator_list)?;
        let generic = !class.type_params.is_empty();
        if generic {
            let name = format!("<generic parameters of {}>", class.name);
            let key = BlockKey::TypeParams(class.type_params.as_ptr().addr());
            let private = Some(class.name.clone());
            self.enter_scope(&name, ScopeType::TypeParams, key, line, private, [0; 3])?;
            self.type_params(&class.type_params)?;
            self.name_op(location, &".type_params".into(), ExprContext::Store)?;
        }
        self.class_body(statement, class, line)?;
        if generic {
            let base: Identifier = ".generic_base".into();
            self.name_op(location, &".type_params".into(), ExprContext::Load)?;
            let intrinsic = intrinsic_1::SUBSCRIPT_GENERIC;
            self.emit_i(location, Opcode::CALL_INTRINSIC_1, intrinsic)?;
            self.name_op(location, &base, ExprContext::Store)?;
            self.call_arguments(location, 2, &class.bases, Some(&base), &class.keywords)?;
            let code = self.assemble(false)?;
            self.make_closure(location, code, 0)?;
            self.emit(location, Opcode::PUSH_NULL)?;
            self.emit_i(location, Opcode::CALL, 0)?;
        } else {
            self.call_arguments(location, 2, &class.bases, None, &class.keywords)?;
        }
        self.apply_decorators(&class.decorator_list)?;
        self.name_op(location, &class.name, ExprContext::Store)
    }

    /// Push `__build_class__`, the function that runs the body, and the name.
    fn class_body(&mut self, statement: &'a Stmt, class: &'a ClassDef, line: i32) -> Result<()> {
        use ExprContext::{Load, Store};
        let key = BlockKey::node(statement);
        let private = Some(class.name.clone());
        self.enter_scope(&class.name, ScopeType::Class, key, line, private, [0; 3])?;
        let location = Location { line, end_line: line, column: 0, end_column: 0 };
        self.name_op(location, &"__name__".into(), Load)?;
        self.name_op(location, &"__module__".into(), Store)?;
        let qualname = str_const(&self.unit_ref()?.qualname);
        self.load_const(location, qualname)?;
        self.name_op(location, &"__qualname__".into(), Store)?;
        self.load_const(location, int_const(line.into()))?;
        self.name_op(location, &"__firstlineno__".into(), Store)?;
        if !class.type_params.is_empty() {
            self.name_op(location, &".type_params".into(), Load)?;
            self.name_op(location, &"__type_params__".into(), Store)?;
        }
        let block = self.table.block(self.unit_ref()?.block);
        let needs_class_closure = block.needs_class_closure;
        let needs_classdict = block.needs_classdict;
        let conditional = block.has_conditional_annotations;
        if needs_classdict {
            self.emit(location, Opcode::LOAD_LOCALS)?;
            let index = self.class_cell("__classdict__")?;
            self.emit_i(location, Opcode::STORE_DEREF, index)?;
        }
        if conditional {
            self.emit_i(location, Opcode::BUILD_SET, 0)?;
            let index = self.class_cell("__conditional_annotations__")?;
            self.emit_i(location, Opcode::STORE_DEREF, index)?;
        }
        self.body(location, &class.body)?;

        let none = Location::NONE;
        let attributes = str_tuple(self.unit_ref()?.static_attributes.iter());
        self.load_const(none, attributes)?;
        self.name_op(none, &"__static_attributes__".into(), Store)?;
        if needs_classdict {
            let index = self.class_cell("__classdict__")?;
            self.emit_i(none, Opcode::LOAD_CLOSURE, index)?;
            self.name_op(none, &"__classdictcell__".into(), Store)?;
        }
        if needs_class_closure {
            let index = self.class_cell("__class__")?;
            self.emit_i(none, Opcode::LOAD_CLOSURE, index)?;
            self.emit_i(none, Opcode::COPY, 1)?;
            self.name_op(none, &"__classcell__".into(), Store)?;
        } else {
            self.load_none(none)?;
        }
        self.emit(none, Opcode::RETURN_VALUE)?;
        let code = self.assemble(true)?;

        let location = statement.location;
        self.emit(location, Opcode::LOAD_BUILD_CLASS)?;
        self.emit(location, Opcode::PUSH_NULL)?;
        self.make_closure(location, code, 0)?;
        self.load_str(location, &class.name)
    }

    fn class_cell(&self, name: &str) -> Result<usize> {
        self.unit_ref()?.cellvars.get(name).ok_or_else(|| internal("a class body lacks one of its cells"))
    }

    /// Note that `self.attr` is assigned in a method, for `__static_attributes__`.
    pub(super) fn note_static_attribute(&mut self, value: &Expr, attr: &Identifier, context: ExprContext) {
        let is_self = matches!(&value.kind, ExprKind::Name { id, .. } if &**id == "self");
        if context != ExprContext::Store || !is_self {
            return;
        }
        let class = self.units.iter_mut().rev().skip(1).find(|unit| unit.scope_type == ScopeType::Class);
        if let Some(class) = class {
            class.static_attributes.insert(attr.clone());
        }
    }
}
