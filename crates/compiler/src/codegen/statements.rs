//! Statements.

use std::rc::Rc;

use super::unit::{BlockKind, DeferredAnnotation, ScopeType};
use super::{CodeGen, int_const, str_const, str_tuple};
use crate::ast::*;
use crate::code::{Const, Text};
use crate::error::{CompileError, Result};
use crate::opcode::Opcode;

/// `oparg` of `LOAD_COMMON_CONSTANT`.
pub(super) mod common_constant {
    pub const ASSERTION_ERROR: usize = 0;
    pub const NOT_IMPLEMENTED_ERROR: usize = 1;
    pub const BUILTIN_TUPLE: usize = 2;
    pub const BUILTIN_ALL: usize = 3;
    pub const BUILTIN_ANY: usize = 4;
}

/// `oparg` of `CALL_INTRINSIC_1`.
pub(super) mod intrinsic_1 {
    pub const PRINT: usize = 1;
    pub const IMPORT_STAR: usize = 2;
    pub const STOPITERATION_ERROR: usize = 3;
    pub const ASYNC_GEN_WRAP: usize = 4;
    pub const UNARY_POSITIVE: usize = 5;
    pub const LIST_TO_TUPLE: usize = 6;
    pub const TYPEVAR: usize = 7;
    pub const PARAMSPEC: usize = 8;
    pub const TYPEVARTUPLE: usize = 9;
    pub const SUBSCRIPT_GENERIC: usize = 10;
    pub const TYPEALIAS: usize = 11;
}

/// `oparg` of `CALL_INTRINSIC_2`.
pub(super) mod intrinsic_2 {
    pub const PREP_RERAISE_STAR: usize = 1;
    pub const TYPEVAR_WITH_BOUND: usize = 2;
    pub const TYPEVAR_WITH_CONSTRAINTS: usize = 3;
    pub const SET_FUNCTION_TYPE_PARAMS: usize = 4;
    pub const SET_TYPEPARAM_DEFAULT: usize = 5;
}

impl<'a> CodeGen<'a> {
    /// The body of a module or class: its docstring, statements and annotations.
    pub(super) fn body(&mut self, location: Location, body: &'a [Stmt]) -> Result<()> {
        let unit = self.unit_ref()?;
        let is_module = unit.scope_type == ScopeType::Module;
        let block = self.table.block(unit.block);
        let has_docstring = block.has_docstring && !self.interactive_scope();
        let annotations_used = block.annotations_used;
        if is_module && block.has_conditional_annotations {
            self.emit_i(location, Opcode::BUILD_SET, 0)?;
            let name = "__conditional_annotations__".into();
            self.name_op(location, &name, ExprContext::Store)?;
        }
        if self.future_annotations() && annotations_used {
            self.emit(location, Opcode::SETUP_ANNOTATIONS)?;
        }
        if body.is_empty() {
            return Ok(());
        }
        let mut rest = body;
        if has_docstring && let Some((text, place)) = docstring(body) {
            self.load_const(place, Const::Str(clean_docstring(text)))?;
            self.name_op(Location::NONE, &"__doc__".into(), ExprContext::Store)?;
            rest = body.get(1..).unwrap_or(&[]);
        }
        self.statements(rest)?;
        if !self.future_annotations() {
            self.deferred_annotations(location)?;
        }
        Ok(())
    }

    fn interactive_scope(&self) -> bool {
        self.interactive && self.units.len() == 1
    }

    pub(super) fn statements(&mut self, body: &'a [Stmt]) -> Result<()> {
        body.iter().try_for_each(|statement| self.statement(statement))
    }

    pub(super) fn statement(&mut self, statement: &'a Stmt) -> Result<()> {
        self.descend(|codegen| codegen.statement_inner(statement))
    }

    fn statement_inner(&mut self, statement: &'a Stmt) -> Result<()> {
        let location = statement.location;
        match &statement.kind {
            StmtKind::FunctionDef(function) => self.function(statement, function),
            StmtKind::ClassDef(class) => self.class(statement, class),
            StmtKind::TypeAlias { name, type_params, value } => self.type_alias(statement, name, type_params, value),
            StmtKind::Return(value) => self.return_statement(location, value.as_deref()),
            StmtKind::Delete(targets) => self.expressions(targets),
            StmtKind::Assign { targets, value } => {
                self.expression(value)?;
                for (index, target) in targets.iter().enumerate() {
                    if index + 1 < targets.len() {
                        self.emit_i(location, Opcode::COPY, 1)?;
                    }
                    self.expression(target)?;
                }
                Ok(())
            }
            StmtKind::AugAssign { target, op, value } => self.augmented_assignment(location, target, *op, value),
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                self.annotated_assignment(location, target, annotation, value.as_deref(), *simple)
            }
            StmtKind::For(node) => self.conditional(|codegen| match node.is_async {
                true => codegen.async_for(location, node),
                false => codegen.for_loop(location, node),
            }),
            StmtKind::While { test, body, orelse } => self.conditional(|codegen| codegen.while_loop(location, test, body, orelse)),
            StmtKind::If { test, body, orelse } => self.conditional(|codegen| codegen.if_statement(location, test, body, orelse)),
            StmtKind::With(node) => self.conditional(|codegen| codegen.with(node, &node.items)),
            StmtKind::Match { subject, cases } => self.conditional(|codegen| codegen.match_statement(subject, cases)),
            StmtKind::Raise { exc, cause } => {
                let mut count = 0;
                for value in [exc, cause].into_iter().flatten() {
                    self.expression(value)?;
                    count += 1;
                }
                self.emit_i(location, Opcode::RAISE_VARARGS, count)
            }
            StmtKind::Try(node) => self.conditional(|codegen| codegen.try_statement(location, node)),
            StmtKind::Assert { test, msg } => self.assert(location, test, msg.as_deref()),
            StmtKind::Import(names) => self.import(location, names),
            StmtKind::ImportFrom { module, names, level } => self.import_from(location, module.as_ref(), names, *level),
            StmtKind::Global(_) | StmtKind::Nonlocal(_) => Ok(()),
            StmtKind::Expr(value) => self.expression_statement(location, value),
            StmtKind::Pass => self.emit(location, Opcode::NOP),
            StmtKind::Break => self.break_statement(location),
            StmtKind::Continue => self.continue_statement(location),
        }
    }

    fn conditional(&mut self, generate: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let saved = std::mem::replace(&mut self.unit()?.in_conditional_block, true);
        generate(self)?;
        self.unit()?.in_conditional_block = saved;
        Ok(())
    }

    fn expression_statement(&mut self, location: Location, value: &'a Expr) -> Result<()> {
        if self.interactive_scope() {
            self.expression(value)?;
            self.emit_i(location, Opcode::CALL_INTRINSIC_1, intrinsic_1::PRINT)?;
            return self.emit(Location::NONE, Opcode::POP_TOP);
        }
        if value.as_constant().is_some() {
            return self.emit(location, Opcode::NOP);
        }
        self.expression(value)?;
        self.emit(Location::NONE, Opcode::POP_TOP)
    }

    fn if_statement(&mut self, location: Location, test: &'a Expr, body: &'a [Stmt], orelse: &'a [Stmt]) -> Result<()> {
        let end = self.new_label()?;
        let next = if orelse.is_empty() { end } else { self.new_label()? };
        self.jump_if(location, test, next, false)?;
        self.statements(body)?;
        if !orelse.is_empty() {
            self.emit_jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, end)?;
            self.use_label(next)?;
            self.statements(orelse)?;
        }
        self.use_label(end)
    }

    fn while_loop(&mut self, location: Location, test: &'a Expr, body: &'a [Stmt], orelse: &'a [Stmt]) -> Result<()> {
        let start = self.new_label()?;
        let end = self.new_label()?;
        let anchor = self.new_label()?;
        self.use_label(start)?;
        self.push_simple_block(BlockKind::WhileLoop, location, Some(start), Some(end))?;
        self.jump_if(location, test, anchor, false)?;
        self.statements(body)?;
        self.emit_jump(Location::NONE, Opcode::JUMP, start)?;
        self.pop_block()?;
        self.use_label(anchor)?;
        self.statements(orelse)?;
        self.use_label(end)
    }

    fn for_loop(&mut self, location: Location, node: &'a For) -> Result<()> {
        let start = self.new_label()?;
        let cleanup = self.new_label()?;
        let end = self.new_label()?;
        self.push_simple_block(BlockKind::ForLoop, location, Some(start), Some(end))?;
        self.expression(&node.iter)?;
        let iter = node.iter.location;
        self.emit(iter, Opcode::GET_ITER)?;
        self.use_label(start)?;
        self.emit_jump(iter, Opcode::FOR_ITER, cleanup)?;
        // For line tracing when target and iterable are on different lines.
        self.emit(node.target.location, Opcode::NOP)?;
        self.expression(&node.target)?;
        self.statements(&node.body)?;
        self.emit_jump(Location::NONE, Opcode::JUMP, start)?;
        self.use_label(cleanup)?;
        self.emit(Location::NONE, Opcode::END_FOR)?;
        self.emit(Location::NONE, Opcode::POP_ITER)?;
        self.pop_block()?;
        self.statements(&node.orelse)?;
        self.use_label(end)
    }

    fn async_for(&mut self, location: Location, node: &'a For) -> Result<()> {
        let start = self.new_label()?;
        let send = self.new_label()?;
        let except = self.new_label()?;
        let end = self.new_label()?;
        self.expression(&node.iter)?;
        let iter = node.iter.location;
        self.emit(iter, Opcode::GET_AITER)?;
        self.use_label(start)?;
        self.push_simple_block(BlockKind::ForLoop, location, Some(start), Some(end))?;
        self.emit_jump(location, Opcode::SETUP_FINALLY, except)?;
        self.emit(location, Opcode::GET_ANEXT)?;
        self.load_none(location)?;
        self.use_label(send)?;
        self.yield_from(location, true)?;
        self.emit(location, Opcode::POP_BLOCK)?;
        self.emit(location, Opcode::NOT_TAKEN)?;
        self.expression(&node.target)?;
        self.statements(&node.body)?;
        self.emit_jump(Location::NONE, Opcode::JUMP, start)?;
        self.pop_block()?;
        self.use_label(except)?;
        self.emit_jump(iter, Opcode::END_ASYNC_FOR, send)?;
        self.statements(&node.orelse)?;
        self.use_label(end)
    }

    fn assert(&mut self, location: Location, test: &'a Expr, message: Option<&'a Expr>) -> Result<()> {
        let nonempty_tuple = match &test.kind {
            ExprKind::Tuple { elts, .. } => !elts.is_empty(),
            ExprKind::Constant { value: Const::Tuple(items), .. } => !items.is_empty(),
            _ => false,
        };
        if nonempty_tuple {
            self.warn("assertion is always true, perhaps remove parentheses?", location);
        }
        if self.settings.optimize > 0 {
            return Ok(());
        }
        let end = self.new_label()?;
        self.jump_if(location, test, end, true)?;
        let constant = common_constant::ASSERTION_ERROR;
        self.emit_i(location, Opcode::LOAD_COMMON_CONSTANT, constant)?;
        if let Some(message) = message {
            self.expression(message)?;
            self.emit_i(location, Opcode::CALL, 0)?;
        }
        self.emit_i(test.location, Opcode::RAISE_VARARGS, 1)?;
        self.use_label(end)
    }

    fn augmented_assignment(&mut self, statement: Location, target: &'a Expr, op: Operator, value: &'a Expr) -> Result<()> {
        let location = target.location;
        use ExprContext::{Load, Store};
        match &target.kind {
            ExprKind::Attribute { value: object, attr, .. } => {
                self.expression(object)?;
                self.emit_i(location, Opcode::COPY, 1)?;
                let place = attribute_location(location, target, attr);
                let index = self.name_index(attr)? << 1;
                self.emit_i(place, Opcode::LOAD_ATTR, index)?;
            }
            ExprKind::Subscript { value: object, slice, .. } => {
                self.expression(object)?;
                if is_two_part_slice(slice) {
                    self.slice_parts(slice)?;
                    for _ in 0..3 {
                        self.emit_i(location, Opcode::COPY, 3)?;
                    }
                    self.emit(location, Opcode::BINARY_SLICE)?;
                } else {
                    self.expression(slice)?;
                    self.emit_i(location, Opcode::COPY, 2)?;
                    self.emit_i(location, Opcode::COPY, 2)?;
                    self.emit_i(location, Opcode::BINARY_OP, super::expressions::NB_SUBSCR)?;
                }
            }
            ExprKind::Name { id, .. } => self.name_op(location, id, Load)?,
            _ => {
                let message = "invalid node type for augmented assignment";
                return Err(CompileError::new(crate::error::ErrorKind::SystemError, message));
            }
        }
        self.expression(value)?;
        let number = super::expressions::operator_number(op) + super::expressions::NB_INPLACE;
        self.emit_i(statement, Opcode::BINARY_OP, number)?;
        match &target.kind {
            ExprKind::Attribute { attr, .. } => {
                let place = attribute_location(location, target, attr);
                self.emit_i(place, Opcode::SWAP, 2)?;
                self.emit_name(place, Opcode::STORE_ATTR, attr)
            }
            ExprKind::Subscript { slice, .. } if is_two_part_slice(slice) => {
                for depth in [4, 3, 2] {
                    self.emit_i(location, Opcode::SWAP, depth)?;
                }
                self.emit(location, Opcode::STORE_SLICE)
            }
            ExprKind::Subscript { .. } => {
                self.emit_i(location, Opcode::SWAP, 3)?;
                self.emit_i(location, Opcode::SWAP, 2)?;
                self.emit(location, Opcode::STORE_SUBSCR)
            }
            ExprKind::Name { id, .. } => self.name_op(location, id, Store),
            _ => Ok(()),
        }
    }

    fn annotated_assignment(
        &mut self,
        location: Location,
        target: &'a Expr,
        annotation: &'a Expr,
        value: Option<&'a Expr>,
        simple: bool,
    ) -> Result<()> {
        if let Some(value) = value {
            self.expression(value)?;
            self.expression(target)?;
        }
        let scope_type = self.unit_ref()?.scope_type;
        match &target.kind {
            ExprKind::Name { id, .. } => {
                if !simple || !matches!(scope_type, ScopeType::Module | ScopeType::Class) {
                    return Ok(());
                }
                if self.future_annotations() {
                    self.annotation_text(annotation)?;
                    self.emit_name(location, Opcode::LOAD_NAME, &"__annotations__".into())?;
                    self.load_mangled(location, id)?;
                    return self.emit(location, Opcode::STORE_SUBSCR);
                }
                let unit = self.unit()?;
                let conditional = unit.in_conditional_block || scope_type == ScopeType::Module;
                let condition = conditional.then_some(unit.next_condition);
                if conditional {
                    unit.next_condition += 1;
                }
                unit.deferred_annotations.push(DeferredAnnotation { location, name: id, annotation, condition });
                if let Some(condition) = condition {
                    let name: Identifier = "__conditional_annotations__".into();
                    if scope_type == ScopeType::Class {
                        let index = self.unit()?.cellvars.add(&name);
                        self.emit_i(location, Opcode::LOAD_DEREF, index)?;
                    } else {
                        self.emit_name(location, Opcode::LOAD_NAME, &name)?;
                    }
                    self.load_const(location, int_const(condition as i64))?;
                    self.emit_i(location, Opcode::SET_ADD, 1)?;
                    self.emit(location, Opcode::POP_TOP)?;
                }
                Ok(())
            }
            ExprKind::Attribute { value: object, .. } => {
                if value.is_none() {
                    self.evaluate_and_drop(object)?;
                }
                Ok(())
            }
            ExprKind::Subscript { value: object, slice, .. } => {
                if value.is_none() {
                    self.evaluate_and_drop(object)?;
                    self.evaluate_subscript(slice)?;
                }
                Ok(())
            }
            _ => Err(CompileError::new(crate::error::ErrorKind::SystemError, "invalid node type for annotated assignment")),
        }
    }

    fn evaluate_and_drop(&mut self, expression: &'a Expr) -> Result<()> {
        self.expression(expression)?;
        self.emit(expression.location, Opcode::POP_TOP)
    }

    fn evaluate_subscript(&mut self, slice: &'a Expr) -> Result<()> {
        match &slice.kind {
            ExprKind::Slice { lower, upper, step } => {
                for part in [lower, upper, step].into_iter().flatten() {
                    self.evaluate_and_drop(part)?;
                }
                Ok(())
            }
            ExprKind::Tuple { elts, .. } => elts.iter().try_for_each(|part| self.evaluate_subscript(part)),
            _ => self.evaluate_and_drop(slice),
        }
    }

    fn import(&mut self, location: Location, names: &'a [Alias]) -> Result<()> {
        for alias in names {
            self.load_const(location, int_const(0))?;
            self.load_none(location)?;
            self.emit_name(location, Opcode::IMPORT_NAME, &alias.name)?;
            match (&alias.asname, alias.name.split_once('.')) {
                (None, None) => self.name_op(location, &alias.name, ExprContext::Store)?,
                (None, Some((first, _))) => {
                    self.name_op(location, &first.into(), ExprContext::Store)?;
                }
                (Some(asname), None) => self.name_op(location, asname, ExprContext::Store)?,
                (Some(asname), Some((_, rest))) => {
                    for (depth, part) in rest.split('.').enumerate() {
                        if depth > 0 {
                            self.emit_i(location, Opcode::SWAP, 2)?;
                            self.emit(location, Opcode::POP_TOP)?;
                        }
                        let index = self.unit()?.names.add(&part.into());
                        self.emit_i(location, Opcode::IMPORT_FROM, index)?;
                    }
                    self.name_op(location, asname, ExprContext::Store)?;
                    self.emit(location, Opcode::POP_TOP)?;
                }
            }
        }
        Ok(())
    }

    fn import_from(&mut self, location: Location, module: Option<&'a Identifier>, names: &'a [Alias], level: u32) -> Result<()> {
        self.load_const(location, int_const(level.into()))?;
        self.load_const(location, str_tuple(names.iter().map(|alias| &alias.name)))?;
        let empty: Identifier = "".into();
        self.emit_name(location, Opcode::IMPORT_NAME, module.unwrap_or(&empty))?;
        for (index, alias) in names.iter().enumerate() {
            if index == 0 && &*alias.name == "*" {
                self.emit_i(location, Opcode::CALL_INTRINSIC_1, intrinsic_1::IMPORT_STAR)?;
                return self.emit(Location::NONE, Opcode::POP_TOP);
            }
            self.emit_name(location, Opcode::IMPORT_FROM, &alias.name)?;
            let store = alias.asname.as_ref().unwrap_or(&alias.name);
            self.name_op(location, store, ExprContext::Store)?;
        }
        self.emit(location, Opcode::POP_TOP)
    }

    /// Load the text of an annotation (`from __future__ import annotations`).
    pub(super) fn annotation_text(&mut self, annotation: &'a Expr) -> Result<()> {
        let text = crate::unparse::expression(annotation)?;
        self.load_const(annotation.location, Const::Str(text))
    }

    /// Load the text of a name as it stands.
    pub(super) fn load_str(&mut self, location: Location, text: &Identifier) -> Result<()> {
        self.load_const(location, str_const(text))
    }
}

/// Whether `x[slice]` uses the instructions for two-part slices.
pub(super) fn is_two_part_slice(slice: &Expr) -> bool {
    matches!(slice.kind, ExprKind::Slice { step: None, .. }) && !is_constant_slice(slice)
}

/// Whether all parts of a slice are constants.
pub(super) fn is_constant_slice(slice: &Expr) -> bool {
    let constant = |part: &Option<Box<Expr>>| part.as_ref().is_none_or(|part| part.as_constant().is_some());
    match &slice.kind {
        ExprKind::Slice { lower, upper, step } => constant(lower) && constant(upper) && constant(step),
        _ => false,
    }
}

/// Where to attribute an access to the attribute `attr`: to the line the name stands on.
pub(super) fn attribute_location(mut location: Location, node: &Expr, attr: &Identifier) -> Location {
    let node = node.location;
    if location.line != node.end_line {
        location.line = node.end_line;
        let length = i32::try_from(attr.chars().count()).unwrap_or(i32::MAX);
        if length <= node.end_column {
            location.column = node.end_column - length;
        } else {
            location.column = -1;
            location.end_column = -1;
        }
        location.end_line = location.end_line.max(node.end_line);
    }
    location
}

/// A docstring without the indentation of its lines, as `inspect.cleandoc` has it but keeping
/// blank lines at both ends.
pub fn clean_docstring(text: &Text) -> Text {
    let doc = &text.0;
    let expand = |line: &[u8]| -> Vec<u8> {
        let mut out = Vec::with_capacity(line.len());
        let mut column = 0usize;
        for &byte in line {
            if byte == b'\t' {
                loop {
                    out.push(b' ');
                    column += 1;
                    if column.is_multiple_of(8) {
                        break;
                    }
                }
            } else {
                out.push(byte);
                // A tab stop counts characters from the start of the line.
                if byte == b'\r' {
                    column = 0;
                } else if byte & 0xc0 != 0x80 {
                    column += 1;
                }
            }
        }
        out
    };
    let expanded: Vec<Vec<u8>> = doc.split(|&byte| byte == b'\n').map(expand).collect();
    let indent = |line: &[u8]| line.iter().take_while(|&&byte| byte == b' ').count();
    let margin = expanded.iter().skip(1).filter(|line| indent(line) < line.len()).map(|line| indent(line)).min().unwrap_or(0);
    let mut out: Vec<u8> = Vec::with_capacity(doc.len());
    for (index, line) in expanded.iter().enumerate() {
        if index == 0 {
            out.extend_from_slice(line.get(indent(line)..).unwrap_or(&[]));
        } else {
            out.push(b'\n');
            out.extend_from_slice(line.get(margin.min(indent(line))..).unwrap_or(&[]));
        }
    }
    Text(Rc::from(out))
}
