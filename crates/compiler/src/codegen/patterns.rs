//! The `match` statement.
//!
//! While a pattern is tested, the stack holds (from the top) values still to be tested
//! ([`Context::on_top`] of them), the values captured so far (one for each of
//! [`Context::stores`]), and a copy of the subject. A failing test must drop all of them but the
//! subject: it jumps into a ladder of `POP_TOP`s ([`Context::fail_pop`]), one label a rung.

use super::{CodeGen, int_const, str_tuple};
use crate::ast::*;
use crate::code::Const;
use crate::error::{CompileError, Result};
use crate::instruction::Label;
use crate::opcode::Opcode;

#[derive(Default)]
struct Context {
    stores: Vec<Identifier>,
    /// Whether a pattern that always matches may stand here.
    allow_irrefutable: bool,
    /// Label `i` drops `i` values.
    fail_pop: Vec<Label>,
    on_top: usize,
}

fn is_wildcard(pattern: &Pattern) -> bool {
    matches!(pattern.kind, PatternKind::MatchAs { name: None, .. })
}

fn is_star_wildcard(pattern: &Pattern) -> bool {
    matches!(pattern.kind, PatternKind::MatchStar(None))
}

impl<'a> CodeGen<'a> {
    pub(super) fn match_statement(&mut self, subject: &'a Expr, cases: &'a [MatchCase]) -> Result<()> {
        self.expression(subject)?;
        let end = self.new_label()?;
        let has_default = cases.len() > 1 && cases.last().is_some_and(|case| is_wildcard(&case.pattern));
        let tested = cases.len() - usize::from(has_default);
        for (index, case) in cases.iter().take(tested).enumerate() {
            let place = case.pattern.location;
            let last = index + 1 == tested;
            if !last {
                self.emit_i(place, Opcode::COPY, 1)?;
            }
            let mut context = Context { allow_irrefutable: case.guard.is_some() || index + 1 == cases.len(), ..Context::default() };
            self.pattern(&case.pattern, &mut context)?;
            for name in std::mem::take(&mut context.stores) {
                self.name_op(place, &name, ExprContext::Store)?;
            }
            if let Some(guard) = &case.guard {
                let fail = self.fail_label(&mut context, 0)?;
                self.jump_if(place, guard, fail, false)?;
            }
            if !last {
                self.emit(Location::NEXT, Opcode::POP_TOP)?;
            }
            self.statements(&case.body)?;
            self.emit_jump(Location::NONE, Opcode::JUMP, end)?;
            self.place_fail_pop(place, &mut context)?;
        }
        if has_default && let Some(case) = cases.last() {
            let place = case.pattern.location;
            let opcode = if cases.len() == 1 { Opcode::POP_TOP } else { Opcode::NOP };
            self.emit(place, opcode)?;
            if let Some(guard) = &case.guard {
                self.jump_if(place, guard, end, false)?;
            }
            self.statements(&case.body)?;
        }
        self.use_label(end)
    }

    /// The label that drops `pops` values.
    fn fail_label(&mut self, context: &mut Context, pops: usize) -> Result<Label> {
        while context.fail_pop.len() <= pops {
            let label = self.new_label()?;
            context.fail_pop.push(label);
        }
        match context.fail_pop.get(pops) {
            Some(label) => Ok(*label),
            None => Err(super::internal("missing label of a pattern")),
        }
    }

    fn jump_to_fail(&mut self, location: Location, context: &mut Context, opcode: Opcode) -> Result<()> {
        let pops = context.on_top + context.stores.len();
        let label = self.fail_label(context, pops)?;
        self.emit_jump(location, opcode, label)
    }

    fn place_fail_pop(&mut self, location: Location, context: &mut Context) -> Result<()> {
        while let Some(label) = context.fail_pop.pop() {
            self.use_label(label)?;
            if !context.fail_pop.is_empty() {
                self.emit(location, Opcode::POP_TOP)?;
            }
        }
        Ok(())
    }

    /// Move the top of the stack below `count - 1` others.
    fn rotate(&mut self, location: Location, count: usize) -> Result<()> {
        for depth in (2..=count).rev() {
            self.emit_i(location, Opcode::SWAP, depth)?;
        }
        Ok(())
    }

    fn capture(&mut self, location: Location, name: Option<&Identifier>, context: &mut Context) -> Result<()> {
        let Some(name) = name else {
            return self.emit(location, Opcode::POP_TOP);
        };
        if context.stores.contains(name) {
            return Err(duplicate_capture(location, name));
        }
        let count = context.on_top + context.stores.len() + 1;
        self.rotate(location, count)?;
        context.stores.push(name.clone());
        Ok(())
    }

    fn subpattern(&mut self, pattern: &'a Pattern, context: &mut Context) -> Result<()> {
        let saved = std::mem::replace(&mut context.allow_irrefutable, true);
        self.pattern(pattern, context)?;
        context.allow_irrefutable = saved;
        Ok(())
    }

    fn pattern(&mut self, pattern: &'a Pattern, context: &mut Context) -> Result<()> {
        self.descend(|codegen| codegen.pattern_inner(pattern, context))
    }

    fn pattern_inner(&mut self, pattern: &'a Pattern, context: &mut Context) -> Result<()> {
        let location = pattern.location;
        match &pattern.kind {
            PatternKind::MatchValue(value) => {
                if !matches!(
                    value.kind,
                    ExprKind::Constant { .. } | ExprKind::Attribute { .. } | ExprKind::UnaryOp { .. } | ExprKind::BinOp { .. }
                ) {
                    let message = "patterns may only match literals and attribute lookups";
                    return Err(CompileError::syntax(message, location));
                }
                self.expression(value)?;
                self.compare_op(location, CmpOp::Eq)?;
                self.emit(location, Opcode::TO_BOOL)?;
                self.jump_to_fail(location, context, Opcode::POP_JUMP_IF_FALSE)
            }
            PatternKind::MatchSingleton(value) => {
                self.load_const(location, value.clone())?;
                self.compare_op(location, CmpOp::Is)?;
                self.jump_to_fail(location, context, Opcode::POP_JUMP_IF_FALSE)
            }
            PatternKind::MatchSequence(patterns) => self.sequence_pattern(location, patterns, context),
            PatternKind::MatchMapping { keys, patterns, rest } => self.mapping_pattern(location, keys, patterns, rest.as_ref(), context),
            PatternKind::MatchClass { cls, patterns, kwd_attrs, kwd_patterns } => {
                self.class_pattern(location, cls, patterns, kwd_attrs, kwd_patterns, context)
            }
            PatternKind::MatchStar(name) => self.capture(location, name.as_ref(), context),
            PatternKind::MatchAs { pattern: None, name } => {
                if !context.allow_irrefutable {
                    let message = match name {
                        Some(name) => {
                            format!("name capture '{name}' makes remaining patterns unreachable")
                        }
                        None => "wildcard makes remaining patterns unreachable".to_owned(),
                    };
                    return Err(CompileError::syntax(message, location));
                }
                self.capture(location, name.as_ref(), context)
            }
            PatternKind::MatchAs { pattern: Some(inner), name } => {
                context.on_top += 1;
                self.emit_i(location, Opcode::COPY, 1)?;
                self.pattern(inner, context)?;
                context.on_top -= 1;
                self.capture(location, name.as_ref(), context)
            }
            PatternKind::MatchOr(patterns) => self.or_pattern(location, patterns, context),
        }
    }

    fn sequence_pattern(&mut self, location: Location, patterns: &'a [Pattern], context: &mut Context) -> Result<()> {
        let size = patterns.len();
        let mut star = None;
        let mut only_wildcard = true;
        let mut star_wildcard = false;
        for (index, pattern) in patterns.iter().enumerate() {
            if matches!(pattern.kind, PatternKind::MatchStar(_)) {
                if star.is_some() {
                    let message = "multiple starred names in sequence pattern";
                    return Err(CompileError::syntax(message, location));
                }
                star_wildcard = is_star_wildcard(pattern);
                only_wildcard &= star_wildcard;
                star = Some(index);
            } else {
                only_wildcard &= is_wildcard(pattern);
            }
        }
        context.on_top += 1;
        self.emit(location, Opcode::MATCH_SEQUENCE)?;
        self.jump_to_fail(location, context, Opcode::POP_JUMP_IF_FALSE)?;
        let length = match star {
            None => Some((size, CmpOp::Eq)),
            Some(_) if size > 1 => Some((size - 1, CmpOp::GtE)),
            Some(_) => None,
        };
        if let Some((length, op)) = length {
            self.emit(location, Opcode::GET_LEN)?;
            self.load_const(location, int_const(length as i64))?;
            self.compare_op(location, op)?;
            self.jump_to_fail(location, context, Opcode::POP_JUMP_IF_FALSE)?;
        }
        context.on_top -= 1;
        if only_wildcard {
            self.emit(location, Opcode::POP_TOP)
        } else if star_wildcard {
            self.sequence_by_index(location, patterns, star.unwrap_or(0), context)
        } else {
            self.sequence_by_unpacking(location, patterns, context)
        }
    }

    fn sequence_by_unpacking(&mut self, location: Location, patterns: &'a [Pattern], context: &mut Context) -> Result<()> {
        let size = patterns.len();
        let star = patterns.iter().position(|pattern| matches!(pattern.kind, PatternKind::MatchStar(_)));
        match star {
            Some(index) => {
                let after = size - index - 1;
                if index >= 1 << 8 || after >= (i32::MAX >> 8) as usize {
                    let message = "too many expressions in star-unpacking sequence pattern";
                    return Err(CompileError::syntax(message, location));
                }
                self.emit_i(location, Opcode::UNPACK_EX, index + (after << 8))?;
            }
            None => self.emit_i(location, Opcode::UNPACK_SEQUENCE, size)?,
        }
        context.on_top += size;
        for pattern in patterns {
            context.on_top -= 1;
            self.subpattern(pattern, context)?;
        }
        Ok(())
    }

    /// With `*_` in it, only the items that are looked at are taken out.
    fn sequence_by_index(&mut self, location: Location, patterns: &'a [Pattern], star: usize, context: &mut Context) -> Result<()> {
        context.on_top += 1;
        let size = patterns.len();
        for (index, pattern) in patterns.iter().enumerate() {
            if is_wildcard(pattern) || index == star {
                continue;
            }
            self.emit_i(location, Opcode::COPY, 1)?;
            if index < star {
                self.load_const(location, int_const(index as i64))?;
            } else {
                // The subject need not support negative indices.
                self.emit(location, Opcode::GET_LEN)?;
                self.load_const(location, int_const((size - index) as i64))?;
                let subtract = super::expressions::operator_number(Operator::Sub);
                self.emit_i(location, Opcode::BINARY_OP, subtract)?;
            }
            self.emit_i(location, Opcode::BINARY_OP, super::expressions::NB_SUBSCR)?;
            self.subpattern(pattern, context)?;
        }
        context.on_top -= 1;
        self.emit(location, Opcode::POP_TOP)
    }

    fn class_pattern(
        &mut self,
        location: Location,
        cls: &'a Expr,
        patterns: &'a [Pattern],
        kwd_attrs: &'a [Identifier],
        kwd_patterns: &'a [Pattern],
        context: &mut Context,
    ) -> Result<()> {
        for (index, name) in kwd_attrs.iter().enumerate() {
            let repeated = kwd_attrs.iter().skip(index + 1).position(|other| other == name);
            if let Some(offset) = repeated {
                let place = kwd_patterns.get(index + 1 + offset).map_or(location, |pattern| pattern.location);
                let message = format!("attribute name repeated in class pattern: {name}");
                return Err(CompileError::syntax(message, place));
            }
        }
        self.expression(cls)?;
        self.load_const(location, str_tuple(kwd_attrs.iter()))?;
        self.emit_i(location, Opcode::MATCH_CLASS, patterns.len())?;
        self.emit_i(location, Opcode::COPY, 1)?;
        self.load_none(location)?;
        self.emit_i(location, Opcode::IS_OP, 1)?;
        context.on_top += 1;
        self.jump_to_fail(location, context, Opcode::POP_JUMP_IF_FALSE)?;
        let count = patterns.len() + kwd_attrs.len();
        self.emit_i(location, Opcode::UNPACK_SEQUENCE, count)?;
        context.on_top = context.on_top + count - 1;
        for pattern in patterns.iter().chain(kwd_patterns) {
            context.on_top -= 1;
            if is_wildcard(pattern) {
                self.emit(location, Opcode::POP_TOP)?;
            } else {
                self.subpattern(pattern, context)?;
            }
        }
        Ok(())
    }

    fn mapping_pattern(
        &mut self,
        location: Location,
        keys: &'a [Expr],
        patterns: &'a [Pattern],
        rest: Option<&'a Identifier>,
        context: &mut Context,
    ) -> Result<()> {
        let size = keys.len();
        context.on_top += 1;
        self.emit(location, Opcode::MATCH_MAPPING)?;
        self.jump_to_fail(location, context, Opcode::POP_JUMP_IF_FALSE)?;
        if size == 0 && rest.is_none() {
            context.on_top -= 1;
            return self.emit(location, Opcode::POP_TOP);
        }
        if size > 0 {
            self.emit(location, Opcode::GET_LEN)?;
            self.load_const(location, int_const(size as i64))?;
            self.compare_op(location, CmpOp::GtE)?;
            self.jump_to_fail(location, context, Opcode::POP_JUMP_IF_FALSE)?;
        }
        let mut seen: Vec<&Const> = Vec::new();
        for key in keys {
            if let Some(value) = key.as_constant() {
                if seen.iter().any(|other| equal_keys(other, value)) {
                    let text = crate::unparse::constant(value)?;
                    let message = format!("mapping pattern checks duplicate key ({text})");
                    return Err(CompileError::syntax(message, location));
                }
                seen.push(value);
            } else if !matches!(key.kind, ExprKind::Attribute { .. }) {
                let message = "mapping pattern keys may only match literals and attribute lookups";
                return Err(CompileError::syntax(message, location));
            }
            self.expression(key)?;
        }
        self.emit_i(location, Opcode::BUILD_TUPLE, size)?;
        self.emit(location, Opcode::MATCH_KEYS)?;
        // Above the subject are now the tuples of keys and of values.
        context.on_top += 2;
        self.emit_i(location, Opcode::COPY, 1)?;
        self.load_none(location)?;
        self.emit_i(location, Opcode::IS_OP, 1)?;
        self.jump_to_fail(location, context, Opcode::POP_JUMP_IF_FALSE)?;
        self.emit_i(location, Opcode::UNPACK_SEQUENCE, size)?;
        context.on_top = context.on_top + size - 1;
        for pattern in patterns {
            context.on_top -= 1;
            self.subpattern(pattern, context)?;
        }
        context.on_top -= 2;
        if let Some(name) = rest {
            // The rest is a copy of the mapping without the matched keys.
            self.emit_i(location, Opcode::BUILD_MAP, 0)?;
            self.emit_i(location, Opcode::SWAP, 3)?;
            self.emit_i(location, Opcode::DICT_UPDATE, 2)?;
            self.emit_i(location, Opcode::UNPACK_SEQUENCE, size)?;
            for left in (1..=size).rev() {
                self.emit_i(location, Opcode::COPY, 1 + left)?;
                self.emit_i(location, Opcode::SWAP, 2)?;
                self.emit(location, Opcode::DELETE_SUBSCR)?;
            }
            self.capture(location, Some(name), context)
        } else {
            self.emit(location, Opcode::POP_TOP)?;
            self.emit(location, Opcode::POP_TOP)
        }
    }

    fn or_pattern(&mut self, location: Location, patterns: &'a [Pattern], context: &mut Context) -> Result<()> {
        let end = self.new_label()?;
        // The names that the first alternative binds, in the order in which all leave them.
        let mut control: Vec<Identifier> = Vec::new();
        let different = || CompileError::syntax("alternative patterns bind different names", location);
        for (index, alternative) in patterns.iter().enumerate() {
            let place = alternative.location;
            let mut inner = Context { allow_irrefutable: index + 1 == patterns.len() && context.allow_irrefutable, ..Context::default() };
            self.emit_i(place, Opcode::COPY, 1)?;
            self.pattern(alternative, &mut inner)?;
            if index == 0 {
                control.clone_from(&inner.stores);
            } else if inner.stores.len() != control.len() {
                return Err(different());
            } else {
                for wanted in (0..control.len()).rev() {
                    let found =
                        control.get(wanted).and_then(|name| inner.stores.iter().position(|store| store == name)).ok_or_else(different)?;
                    if found >= wanted {
                        if found > wanted {
                            return Err(different());
                        }
                        continue;
                    }
                    let rotations = found + 1;
                    let rotated: Vec<Identifier> = inner.stores.drain(..rotations).collect();
                    let at = wanted - found;
                    inner.stores.splice(at..at, rotated);
                    for _ in 0..rotations {
                        self.rotate(place, wanted + 1)?;
                    }
                }
            }
            self.emit_jump(place, Opcode::JUMP, end)?;
            self.place_fail_pop(place, &mut inner)?;
        }
        self.emit(location, Opcode::POP_TOP)?;
        self.jump_to_fail(location, context, Opcode::JUMP)?;
        self.use_label(end)?;
        // Move the captured values below whatever else is on the stack.
        let rotations = control.len() + 1 + context.on_top + context.stores.len();
        for name in control {
            self.rotate(location, rotations)?;
            if context.stores.contains(&name) {
                return Err(duplicate_capture(location, &name));
            }
            context.stores.push(name);
        }
        self.emit(location, Opcode::POP_TOP)
    }
}

fn duplicate_capture(location: Location, name: &Identifier) -> CompileError {
    let message = format!("multiple assignments to name '{name}' in pattern");
    CompileError::syntax(message, location)
}

/// Equality of constants as keys: `1`, `1.0` and `True` are one key.
fn equal_keys(left: &Const, right: &Const) -> bool {
    fn number(value: &Const) -> Option<(f64, f64)> {
        Some(match value {
            Const::True => (1.0, 0.0),
            Const::False => (0.0, 0.0),
            Const::Int(value) => {
                let magnitude = value.digits.iter().rev().fold(0.0, |sum, &digit| sum * 1_073_741_824.0 + f64::from(digit));
                (if value.negative { -magnitude } else { magnitude }, 0.0)
            }
            Const::Float(bits) => (f64::from_bits(*bits), 0.0),
            Const::Complex(real, imag) => (f64::from_bits(*real), f64::from_bits(*imag)),
            _ => return None,
        })
    }
    match (left, right) {
        (Const::Int(left), Const::Int(right)) => left == right,
        _ => match (number(left), number(right)) {
            (Some(left), Some(right)) => left == right,
            _ => left == right,
        },
    }
}
