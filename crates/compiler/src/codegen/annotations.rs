//! Annotations: functions that evaluate them when asked (PEP 649, PEP 749).

use super::functions::function_attribute;
use super::statements::common_constant;
use super::unit::ScopeType;
use super::{CodeGen, int_const, internal};
use crate::ast::*;
use crate::error::Result;
use crate::opcode::Opcode;
use crate::symtable::{BlockKey, BlockType};

/// `annotationlib.Format.VALUE_WITH_FAKE_GLOBALS`
const VALUE_WITH_FAKE_GLOBALS: i64 = 2;

impl<'a> CodeGen<'a> {
    /// Begin a function of one positional-only parameter, the format asked for; formats beyond
    /// those it can serve raise `NotImplementedError`.
    pub(super) fn enter_annotation_scope(&mut self, location: Location, key: BlockKey, name: &str) -> Result<()> {
        let scope = ScopeType::Annotations;
        self.enter_scope(name, scope, key, location.line, None, [0, 1, 0])?;
        let body = self.new_label()?;
        self.emit_i(location, Opcode::LOAD_FAST, 0)?;
        self.load_const(location, int_const(VALUE_WITH_FAKE_GLOBALS))?;
        let compare = super::expressions::compare_argument(CmpOp::Gt);
        self.emit_i(location, Opcode::COMPARE_OP, compare)?;
        self.emit_jump(location, Opcode::POP_JUMP_IF_FALSE, body)?;
        let error = common_constant::NOT_IMPLEMENTED_ERROR;
        self.emit_i(location, Opcode::LOAD_COMMON_CONSTANT, error)?;
        self.emit_i(location, Opcode::RAISE_VARARGS, 1)?;
        self.use_label(body)
    }

    /// End it and push the function.
    fn leave_annotation_scope(&mut self, location: Location) -> Result<()> {
        self.emit(location, Opcode::RETURN_VALUE)?;
        let code = self.assemble(true)?;
        self.make_closure(location, code, 0)
    }

    /// Push the `__annotate__` of a function if it has annotations.
    pub(super) fn function_annotations(&mut self, location: Location, function: &'a FunctionDef) -> Result<usize> {
        let args = &function.args;
        let key = BlockKey::FunctionAnnotations(BlockKey::address(args));
        let block = self.table.lookup(key).ok_or_else(|| internal("missing symbol table entry of annotations"))?;
        let block = self.table.block(block);
        if !block.annotations_used {
            return Ok(0);
        }
        let name = block.name.clone();
        self.enter_annotation_scope(location, key, &name)?;
        let parameters =
            args.args.iter().chain(&args.posonlyargs).chain(args.vararg.as_deref()).chain(&args.kwonlyargs).chain(args.kwarg.as_deref());
        let mut count = 0;
        for arg in parameters {
            if let Some(annotation) = &arg.annotation {
                self.function_annotation(location, &arg.arg, annotation)?;
                count += 1;
            }
        }
        if let Some(returns) = &function.returns {
            self.function_annotation(location, &"return".into(), returns)?;
            count += 1;
        }
        self.emit_i(location, Opcode::BUILD_MAP, count)?;
        self.leave_annotation_scope(location)?;
        Ok(function_attribute::ANNOTATE)
    }

    fn function_annotation(&mut self, location: Location, name: &Identifier, annotation: &'a Expr) -> Result<()> {
        self.load_mangled(location, name)?;
        if self.future_annotations() {
            return self.annotation_text(annotation);
        }
        match &annotation.kind {
            // `*args: *Ts` has the single value of the unpacking.
            ExprKind::Starred { value, .. } => {
                self.expression(value)?;
                self.emit_i(location, Opcode::UNPACK_SEQUENCE, 1)
            }
            _ => self.expression(annotation),
        }
    }

    /// Make the `__annotate__` of a module or class out of the annotations met in its body.
    pub(super) fn deferred_annotations(&mut self, location: Location) -> Result<()> {
        let unit = self.unit()?;
        let deferred = std::mem::take(&mut unit.deferred_annotations);
        if deferred.is_empty() {
            return Ok(());
        }
        let scope_type = unit.scope_type;
        let block_id = unit.block;
        let in_module = scope_type == ScopeType::Module;
        if in_module {
            unit.annotations = Some(Vec::new());
            unit.in_annotation_setup = true;
        }
        let block = self.table.block(block_id);
        let is_class = block.block_type == BlockType::Class;
        let key = BlockKey::BlockAnnotations(block_id.0);
        self.enter_annotation_scope(location, key, "__annotate__")?;
        self.emit_i(location, Opcode::BUILD_MAP, 0)?;
        let conditions: Identifier = "__conditional_annotations__".into();
        for annotation in deferred {
            let place = annotation.location;
            let not_set = self.new_label()?;
            let mangled = self.mangled(annotation.name)?;
            if let Some(condition) = annotation.condition {
                self.load_const(place, int_const(condition as i64))?;
                if scope_type == ScopeType::Class {
                    let index = self.unit()?.freevars.add(&conditions);
                    self.emit_i(place, Opcode::LOAD_DEREF, index)?;
                } else {
                    let index = self.unit()?.names.add(&conditions) << 1;
                    self.emit_i(place, Opcode::LOAD_GLOBAL, index)?;
                }
                self.emit_i(place, Opcode::CONTAINS_OP, 0)?;
                self.emit_jump(place, Opcode::POP_JUMP_IF_FALSE, not_set)?;
            }
            self.expression(annotation.annotation)?;
            self.emit_i(place, Opcode::COPY, 2)?;
            self.load_str(place, &mangled)?;
            self.emit(location, Opcode::STORE_SUBSCR)?;
            self.use_label(not_set)?;
        }
        self.leave_annotation_scope(location)?;
        let name = if is_class { "__annotate_func__" } else { "__annotate__" };
        self.name_op(location, &name.into(), ExprContext::Store)?;
        if in_module {
            self.unit()?.in_annotation_setup = false;
        }
        Ok(())
    }
}
