//! Expressions other than calls, comprehensions and formatted strings.

use std::rc::Rc;

use super::statements::{attribute_location, intrinsic_1, is_constant_slice, is_two_part_slice};
use super::unit::ScopeType;
use super::{CodeGen, STACK_USE_GUIDELINE};
use crate::ast::*;
use crate::code::Const;
use crate::error::{CompileError, Result};
use crate::instruction::Label;
use crate::opcode::Opcode;

/// `oparg` of `BINARY_OP` for subscripts.
pub(super) const NB_SUBSCR: usize = 26;
/// Distance of the in-place operators from the others.
pub(super) const NB_INPLACE: usize = 13;

/// `oparg` of `BINARY_OP`.
pub(super) fn operator_number(op: Operator) -> usize {
    match op {
        Operator::Add => 0,
        Operator::BitAnd => 1,
        Operator::FloorDiv => 2,
        Operator::LShift => 3,
        Operator::MatMult => 4,
        Operator::Mult => 5,
        Operator::Mod => 6,
        Operator::BitOr => 7,
        Operator::Pow => 8,
        Operator::RShift => 9,
        Operator::Sub => 10,
        Operator::Div => 11,
        Operator::BitXor => 12,
    }
}

/// `oparg` of `COMPARE_OP`: the operator, and which outcomes of a comparison make it true.
pub(super) fn compare_argument(op: CmpOp) -> usize {
    const UNORDERED: usize = 1;
    const LESS: usize = 2;
    const GREATER: usize = 4;
    const EQUAL: usize = 8;
    let (number, mask) = match op {
        CmpOp::Lt => (0, LESS),
        CmpOp::LtE => (1, LESS | EQUAL),
        CmpOp::NotEq => (3, UNORDERED | LESS | GREATER),
        CmpOp::Gt => (4, GREATER),
        CmpOp::GtE => (5, GREATER | EQUAL),
        _ => (2, EQUAL),
    };
    number << 5 | mask
}

impl<'a> CodeGen<'a> {
    pub(super) fn expressions(&mut self, expressions: &'a [Expr]) -> Result<()> {
        expressions.iter().try_for_each(|expression| self.expression(expression))
    }

    pub(super) fn expression(&mut self, expression: &'a Expr) -> Result<()> {
        self.descend(|codegen| codegen.expression_inner(expression))
    }

    fn expression_inner(&mut self, expression: &'a Expr) -> Result<()> {
        let location = expression.location;
        match &expression.kind {
            ExprKind::NamedExpr { target, value } => {
                self.expression(value)?;
                self.emit_i(location, Opcode::COPY, 1)?;
                self.expression(target)
            }
            ExprKind::BoolOp { op, values } => {
                let end = self.new_label()?;
                let opcode = match op {
                    BoolOp::And => Opcode::JUMP_IF_FALSE,
                    BoolOp::Or => Opcode::JUMP_IF_TRUE,
                };
                if let Some((last, first)) = values.split_last() {
                    for value in first {
                        self.expression(value)?;
                        self.emit_jump(location, opcode, end)?;
                        self.emit(location, Opcode::POP_TOP)?;
                    }
                    self.expression(last)?;
                }
                self.use_label(end)
            }
            ExprKind::BinOp { left, op, right } => {
                self.expression(left)?;
                self.expression(right)?;
                self.emit_i(location, Opcode::BINARY_OP, operator_number(*op))
            }
            ExprKind::UnaryOp { op, operand } => {
                self.expression(operand)?;
                match op {
                    UnaryOp::Invert => self.emit(location, Opcode::UNARY_INVERT),
                    UnaryOp::Not => {
                        self.emit(location, Opcode::TO_BOOL)?;
                        self.emit(location, Opcode::UNARY_NOT)
                    }
                    UnaryOp::UAdd => {
                        let intrinsic = intrinsic_1::UNARY_POSITIVE;
                        self.emit_i(location, Opcode::CALL_INTRINSIC_1, intrinsic)
                    }
                    UnaryOp::USub => self.emit(location, Opcode::UNARY_NEGATIVE),
                }
            }
            ExprKind::Lambda { args, body } => self.lambda(expression, args, body),
            ExprKind::IfExp { test, body, orelse } => {
                let end = self.new_label()?;
                let next = self.new_label()?;
                self.jump_if(location, test, next, false)?;
                self.expression(body)?;
                self.emit_jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, end)?;
                self.use_label(next)?;
                self.expression(orelse)?;
                self.use_label(end)
            }
            ExprKind::Dict { keys, values } => self.dict(location, keys, values),
            ExprKind::Set(elts) => {
                let ops = [Opcode::BUILD_SET, Opcode::SET_ADD, Opcode::SET_UPDATE];
                self.star_unpack(location, elts, None, 0, ops, false)
            }
            ExprKind::ListComp { .. } | ExprKind::SetComp { .. } | ExprKind::DictComp { .. } | ExprKind::GeneratorExp { .. } => {
                self.comprehension(expression)
            }
            ExprKind::Yield(value) => {
                let block = self.table.block(self.unit_ref()?.block);
                if !block.is_function_like() {
                    return Err(CompileError::syntax("'yield' outside function", location));
                }
                match value {
                    Some(value) => self.expression(value)?,
                    None => self.load_none(location)?,
                }
                self.yield_value(location)
            }
            ExprKind::YieldFrom(value) => {
                let unit = self.unit_ref()?;
                if !self.table.block(unit.block).is_function_like() {
                    return Err(CompileError::syntax("'yield from' outside function", location));
                }
                if unit.scope_type == ScopeType::AsyncFunction {
                    let message = "'yield from' inside async function";
                    return Err(CompileError::syntax(message, location));
                }
                self.expression(value)?;
                self.emit(location, Opcode::GET_YIELD_FROM_ITER)?;
                self.load_none(location)?;
                self.yield_from(location, false)
            }
            ExprKind::Await(value) => {
                self.expression(value)?;
                self.emit_i(location, Opcode::GET_AWAITABLE, 0)?;
                self.load_none(location)?;
                self.yield_from(location, true)
            }
            ExprKind::Compare { left, ops, comparators } => self.compare(location, left, ops, comparators),
            ExprKind::Call { func, args, keywords } => self.call(expression, func, args, keywords),
            ExprKind::FormattedValue { value, conversion, format_spec } => {
                self.formatted_value(location, value, *conversion, format_spec.as_deref())
            }
            ExprKind::Interpolation { value, str, conversion, format_spec } => {
                self.interpolation(location, value, str, *conversion, format_spec.as_deref())
            }
            ExprKind::JoinedStr(values) => self.joined_string(location, values),
            ExprKind::TemplateStr(values) => self.template_string(location, values),
            ExprKind::Constant { value, .. } => self.load_const(location, value.clone()),
            ExprKind::Attribute { value, attr, ctx } => self.attribute(expression, value, attr, *ctx),
            ExprKind::Subscript { value, slice, ctx } => self.subscript(location, value, slice, *ctx),
            ExprKind::Starred { ctx, .. } => {
                let message = match ctx {
                    ExprContext::Store => "starred assignment target must be in a list or tuple",
                    _ => "can't use starred expression here",
                };
                Err(CompileError::syntax(message, location))
            }
            ExprKind::Slice { lower, upper, step } => {
                if is_constant_slice(expression) {
                    let value = |part: &Option<Box<Expr>>| match part {
                        Some(part) => part.as_constant().cloned().unwrap_or(Const::None),
                        None => Const::None,
                    };
                    let parts = [value(lower), value(upper), value(step)];
                    return self.load_const(location, Const::Slice(Rc::new(parts)));
                }
                self.slice_parts(expression)?;
                let mut count = 2;
                if let Some(step) = step {
                    self.expression(step)?;
                    count += 1;
                }
                self.emit_i(location, Opcode::BUILD_SLICE, count)
            }
            ExprKind::Name { id, ctx } => self.name_op(location, id, *ctx),
            ExprKind::List { elts, ctx } => match ctx {
                ExprContext::Load => {
                    let ops = [Opcode::BUILD_LIST, Opcode::LIST_APPEND, Opcode::LIST_EXTEND];
                    self.star_unpack(location, elts, None, 0, ops, false)
                }
                ExprContext::Store => self.unpack_assignment(location, elts),
                ExprContext::Del => self.expressions(elts),
            },
            ExprKind::Tuple { elts, ctx } => match ctx {
                ExprContext::Load => {
                    let ops = [Opcode::BUILD_LIST, Opcode::LIST_APPEND, Opcode::LIST_EXTEND];
                    self.star_unpack(location, elts, None, 0, ops, true)
                }
                ExprContext::Store => self.unpack_assignment(location, elts),
                ExprContext::Del => self.expressions(elts),
            },
        }
    }

    /// Yield the value on the stack.
    pub(super) fn yield_value(&mut self, location: Location) -> Result<()> {
        let block = self.table.block(self.unit_ref()?.block);
        if block.generator && block.coroutine {
            let intrinsic = intrinsic_1::ASYNC_GEN_WRAP;
            self.emit_i(location, Opcode::CALL_INTRINSIC_1, intrinsic)?;
        }
        self.emit_i(location, Opcode::YIELD_VALUE, 0)?;
        self.emit_i(location, Opcode::RESUME, 1)
    }

    /// Run the iterator below the value on the stack to its end, passing values through.
    pub(super) fn yield_from(&mut self, location: Location, awaiting: bool) -> Result<()> {
        let send = self.new_label()?;
        let fail = self.new_label()?;
        let exit = self.new_label()?;
        self.use_label(send)?;
        self.emit_jump(location, Opcode::SEND, exit)?;
        // A StopIteration may also come out of a `throw` or `close` handed on to the iterator.
        self.emit_jump(location, Opcode::SETUP_FINALLY, fail)?;
        self.emit_i(location, Opcode::YIELD_VALUE, 1)?;
        self.emit(Location::NONE, Opcode::POP_BLOCK)?;
        self.emit_i(location, Opcode::RESUME, if awaiting { 3 } else { 2 })?;
        self.emit_jump(location, Opcode::JUMP_NO_INTERRUPT, send)?;
        self.use_label(fail)?;
        self.emit(location, Opcode::CLEANUP_THROW)?;
        self.use_label(exit)?;
        self.emit(location, Opcode::END_SEND)
    }

    /// Build a sequence of `elts`, and of `injected` if given, on top of `pushed` values that are
    /// already on the stack. `ops` build, add to and extend the sequence.
    pub(super) fn star_unpack(
        &mut self,
        location: Location,
        elts: &'a [Expr],
        injected: Option<&Identifier>,
        pushed: usize,
        [build, add, extend]: [Opcode; 3],
        tuple: bool,
    ) -> Result<()> {
        let total = elts.len() + pushed + usize::from(injected.is_some());
        let big = total > STACK_USE_GUIDELINE;
        let starred = elts.iter().any(|elt| matches!(elt.kind, ExprKind::Starred { .. }));
        if !starred && !big {
            self.expressions(elts)?;
            if let Some(name) = injected {
                self.name_op(location, name, ExprContext::Load)?;
            }
            let opcode = if tuple { Opcode::BUILD_TUPLE } else { build };
            return self.emit_i(location, opcode, total);
        }
        let mut built = false;
        if big {
            self.emit_i(location, build, pushed)?;
            built = true;
        }
        for (index, elt) in elts.iter().enumerate() {
            if let ExprKind::Starred { value, .. } = &elt.kind {
                if !built {
                    self.emit_i(location, build, index + pushed)?;
                    built = true;
                }
                self.expression(value)?;
                self.emit_i(location, extend, 1)?;
            } else {
                self.expression(elt)?;
                if built {
                    self.emit_i(location, add, 1)?;
                }
            }
        }
        if let Some(name) = injected {
            self.name_op(location, name, ExprContext::Load)?;
            self.emit_i(location, add, 1)?;
        }
        if tuple {
            let intrinsic = intrinsic_1::LIST_TO_TUPLE;
            self.emit_i(location, Opcode::CALL_INTRINSIC_1, intrinsic)?;
        }
        Ok(())
    }

    fn unpack_assignment(&mut self, location: Location, elts: &'a [Expr]) -> Result<()> {
        let mut star = None;
        for (index, elt) in elts.iter().enumerate() {
            if !matches!(elt.kind, ExprKind::Starred { .. }) {
                continue;
            }
            if star.is_some() {
                let message = "multiple starred expressions in assignment";
                return Err(CompileError::syntax(message, location));
            }
            let after = elts.len() - index - 1;
            if index >= 1 << 8 || after >= (i32::MAX >> 8) as usize {
                let message = "too many expressions in star-unpacking assignment";
                return Err(CompileError::syntax(message, location));
            }
            self.emit_i(location, Opcode::UNPACK_EX, index + (after << 8))?;
            star = Some(index);
        }
        if star.is_none() {
            self.emit_i(location, Opcode::UNPACK_SEQUENCE, elts.len())?;
        }
        for elt in elts {
            match &elt.kind {
                ExprKind::Starred { value, .. } => self.expression(value)?,
                _ => self.expression(elt)?,
            }
        }
        Ok(())
    }

    fn dict(&mut self, location: Location, keys: &'a [Option<Expr>], values: &'a [Expr]) -> Result<()> {
        let mut have_dict = false;
        let mut elements = 0;
        for (index, (key, value)) in keys.iter().zip(values).enumerate() {
            if key.is_none() {
                if elements > 0 {
                    self.sub_dict(location, keys, values, index - elements, index)?;
                    if have_dict {
                        self.emit_i(location, Opcode::DICT_UPDATE, 1)?;
                    }
                    have_dict = true;
                    elements = 0;
                }
                if !have_dict {
                    self.emit_i(location, Opcode::BUILD_MAP, 0)?;
                    have_dict = true;
                }
                self.expression(value)?;
                self.emit_i(location, Opcode::DICT_UPDATE, 1)?;
            } else if elements * 2 > STACK_USE_GUIDELINE {
                self.sub_dict(location, keys, values, index - elements, index + 1)?;
                if have_dict {
                    self.emit_i(location, Opcode::DICT_UPDATE, 1)?;
                }
                have_dict = true;
                elements = 0;
            } else {
                elements += 1;
            }
        }
        if elements > 0 {
            self.sub_dict(location, keys, values, values.len() - elements, values.len())?;
            if have_dict {
                self.emit_i(location, Opcode::DICT_UPDATE, 1)?;
            }
            have_dict = true;
        }
        if !have_dict {
            self.emit_i(location, Opcode::BUILD_MAP, 0)?;
        }
        Ok(())
    }

    fn sub_dict(&mut self, location: Location, keys: &'a [Option<Expr>], values: &'a [Expr], begin: usize, end: usize) -> Result<()> {
        let count = end - begin;
        let big = count * 2 > STACK_USE_GUIDELINE;
        if big {
            self.emit_i(location, Opcode::BUILD_MAP, 0)?;
        }
        for (key, value) in keys.iter().zip(values).take(end).skip(begin) {
            if let Some(key) = key {
                self.expression(key)?;
            }
            self.expression(value)?;
            if big {
                self.emit_i(location, Opcode::MAP_ADD, 1)?;
            }
        }
        if !big {
            self.emit_i(location, Opcode::BUILD_MAP, count)?;
        }
        Ok(())
    }

    pub(super) fn compare_op(&mut self, location: Location, op: CmpOp) -> Result<()> {
        match op {
            CmpOp::Is => self.emit_i(location, Opcode::IS_OP, 0),
            CmpOp::IsNot => self.emit_i(location, Opcode::IS_OP, 1),
            CmpOp::In => self.emit_i(location, Opcode::CONTAINS_OP, 0),
            CmpOp::NotIn => self.emit_i(location, Opcode::CONTAINS_OP, 1),
            _ => self.emit_i(location, Opcode::COMPARE_OP, compare_argument(op)),
        }
    }

    fn compare(&mut self, location: Location, left: &'a Expr, ops: &'a [CmpOp], comparators: &'a [Expr]) -> Result<()> {
        self.check_compare(location, left, ops, comparators);
        self.expression(left)?;
        let (Some((last_op, ops)), Some((last, comparators))) = (ops.split_last(), comparators.split_last()) else {
            return Ok(());
        };
        if ops.is_empty() {
            self.expression(last)?;
            return self.compare_op(location, *last_op);
        }
        let cleanup = self.new_label()?;
        for (op, comparator) in ops.iter().zip(comparators) {
            self.expression(comparator)?;
            self.emit_i(location, Opcode::SWAP, 2)?;
            self.emit_i(location, Opcode::COPY, 2)?;
            self.compare_op(location, *op)?;
            self.emit_i(location, Opcode::COPY, 1)?;
            self.emit(location, Opcode::TO_BOOL)?;
            self.emit_jump(location, Opcode::POP_JUMP_IF_FALSE, cleanup)?;
            self.emit(location, Opcode::POP_TOP)?;
        }
        self.expression(last)?;
        self.compare_op(location, *last_op)?;
        let end = self.new_label()?;
        self.emit_jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, end)?;
        self.use_label(cleanup)?;
        self.emit_i(location, Opcode::SWAP, 2)?;
        self.emit(location, Opcode::POP_TOP)?;
        self.use_label(end)
    }

    /// Jump to `next` if the truth of `test` is `condition`; else go on.
    pub(super) fn jump_if(&mut self, location: Location, test: &'a Expr, next: Label, condition: bool) -> Result<()> {
        self.descend(|codegen| codegen.jump_if_inner(location, test, next, condition))
    }

    fn jump_if_inner(&mut self, location: Location, test: &'a Expr, next: Label, condition: bool) -> Result<()> {
        let jump = match condition {
            true => Opcode::POP_JUMP_IF_TRUE,
            false => Opcode::POP_JUMP_IF_FALSE,
        };
        let place = test.location;
        match &test.kind {
            ExprKind::UnaryOp { op: UnaryOp::Not, operand } => {
                return self.jump_if(location, operand, next, !condition);
            }
            ExprKind::BoolOp { op, values } => {
                if let Some((last, first)) = values.split_last() {
                    let decides = *op == BoolOp::Or;
                    let target = match decides == condition {
                        true => next,
                        false => self.new_label()?,
                    };
                    for value in first {
                        self.jump_if(location, value, target, decides)?;
                    }
                    self.jump_if(location, last, next, condition)?;
                    if target != next {
                        self.use_label(target)?;
                    }
                }
                return Ok(());
            }
            ExprKind::IfExp { test, body, orelse } => {
                let end = self.new_label()?;
                let otherwise = self.new_label()?;
                self.jump_if(location, test, otherwise, false)?;
                self.jump_if(location, body, next, condition)?;
                self.emit_jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, end)?;
                self.use_label(otherwise)?;
                self.jump_if(location, orelse, next, condition)?;
                return self.use_label(end);
            }
            ExprKind::Compare { left, ops, comparators } if ops.len() > 1 => {
                self.check_compare(place, left, ops, comparators);
                let cleanup = self.new_label()?;
                self.expression(left)?;
                for (index, (op, comparator)) in ops.iter().zip(comparators).enumerate() {
                    self.expression(comparator)?;
                    if index + 1 == ops.len() {
                        self.compare_op(place, *op)?;
                        break;
                    }
                    self.emit_i(place, Opcode::SWAP, 2)?;
                    self.emit_i(place, Opcode::COPY, 2)?;
                    self.compare_op(place, *op)?;
                    self.emit(place, Opcode::TO_BOOL)?;
                    self.emit_jump(place, Opcode::POP_JUMP_IF_FALSE, cleanup)?;
                }
                self.emit(place, Opcode::TO_BOOL)?;
                self.emit_jump(place, jump, next)?;
                let end = self.new_label()?;
                self.emit_jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, end)?;
                self.use_label(cleanup)?;
                self.emit(place, Opcode::POP_TOP)?;
                if !condition {
                    self.emit_jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, next)?;
                }
                return self.use_label(end);
            }
            _ => {}
        }
        self.expression(test)?;
        self.emit(place, Opcode::TO_BOOL)?;
        self.emit_jump(place, jump, next)
    }

    fn attribute(&mut self, expression: &'a Expr, value: &'a Expr, attr: &Identifier, context: ExprContext) -> Result<()> {
        let location = expression.location;
        if context == ExprContext::Load
            && let Some(zero) = self.super_call(value, attr)?
        {
            self.load_super_arguments(value)?;
            let index = self.name_index(attr)?;
            let flags = if zero { 0 } else { 2 };
            self.emit_i(location, Opcode::LOAD_SUPER_ATTR, index << 2 | flags)?;
            let place = attribute_location(location, expression, attr);
            return self.emit(place, Opcode::NOP);
        }
        self.note_static_attribute(value, attr, context);
        self.expression(value)?;
        let place = attribute_location(location, expression, attr);
        match context {
            ExprContext::Load => {
                let index = self.name_index(attr)? << 1;
                self.emit_i(place, Opcode::LOAD_ATTR, index)
            }
            ExprContext::Store => self.emit_name(place, Opcode::STORE_ATTR, attr),
            ExprContext::Del => self.emit_name(place, Opcode::DELETE_ATTR, attr),
        }
    }

    fn subscript(&mut self, location: Location, value: &'a Expr, slice: &'a Expr, context: ExprContext) -> Result<()> {
        if context == ExprContext::Load {
            self.check_subscripter(location, value);
            self.check_index(location, value, slice);
        }
        self.expression(value)?;
        if is_two_part_slice(slice) && context != ExprContext::Del {
            self.slice_parts(slice)?;
            let opcode = match context {
                ExprContext::Load => Opcode::BINARY_SLICE,
                _ => Opcode::STORE_SLICE,
            };
            return self.emit(location, opcode);
        }
        self.expression(slice)?;
        match context {
            ExprContext::Load => self.emit_i(location, Opcode::BINARY_OP, NB_SUBSCR),
            ExprContext::Store => self.emit(location, Opcode::STORE_SUBSCR),
            ExprContext::Del => self.emit(location, Opcode::DELETE_SUBSCR),
        }
    }

    /// Push the bounds of a slice.
    pub(super) fn slice_parts(&mut self, slice: &'a Expr) -> Result<()> {
        let ExprKind::Slice { lower, upper, .. } = &slice.kind else { return Ok(()) };
        for part in [lower, upper] {
            match part {
                Some(part) => self.expression(part)?,
                None => self.load_none(slice.location)?,
            }
        }
        Ok(())
    }
}
