//! Formatted strings and template strings.

use super::{CodeGen, STACK_USE_GUIDELINE, internal};
use crate::ast::*;
use crate::code::Const;
use crate::error::Result;
use crate::opcode::Opcode;

impl<'a> CodeGen<'a> {
    pub(super) fn formatted_value(
        &mut self,
        location: Location,
        value: &'a Expr,
        conversion: i32,
        format_spec: Option<&'a Expr>,
    ) -> Result<()> {
        self.expression(value)?;
        if conversion != -1 {
            let number = conversion_number(conversion)?;
            self.emit_i(location, Opcode::CONVERT_VALUE, number)?;
        }
        match format_spec {
            Some(spec) => {
                self.expression(spec)?;
                self.emit(location, Opcode::FORMAT_WITH_SPEC)
            }
            None => self.emit(location, Opcode::FORMAT_SIMPLE),
        }
    }

    pub(super) fn joined_string(&mut self, location: Location, values: &'a [Expr]) -> Result<()> {
        let count = values.len();
        if count <= STACK_USE_GUIDELINE {
            self.expressions(values)?;
            if count > 1 {
                return self.emit_i(location, Opcode::BUILD_STRING, count);
            }
            if count == 0 {
                return self.load_const(location, Const::Str("".into()));
            }
            return Ok(());
        }
        self.load_const(location, Const::Str("".into()))?;
        let join = self.name_index(&"join".into())?;
        self.emit_i(location, Opcode::LOAD_ATTR, join << 1 | 1)?;
        self.emit_i(location, Opcode::BUILD_LIST, 0)?;
        for value in values {
            self.expression(value)?;
            self.emit_i(location, Opcode::LIST_APPEND, 1)?;
        }
        self.emit_i(location, Opcode::CALL, 1)
    }

    /// First the tuple of texts, always one more than interpolations, then those.
    pub(super) fn template_string(&mut self, location: Location, values: &'a [Expr]) -> Result<()> {
        let is_interpolation = |value: &Expr| matches!(value.kind, ExprKind::Interpolation { .. });
        let mut texts = 0;
        let mut interpolations = 0;
        let mut need_text = true;
        for value in values {
            if is_interpolation(value) {
                if need_text {
                    self.load_const(location, Const::Str("".into()))?;
                    texts += 1;
                }
                interpolations += 1;
                need_text = true;
            } else {
                self.expression(value)?;
                texts += 1;
                need_text = false;
            }
        }
        if need_text {
            self.load_const(location, Const::Str("".into()))?;
            texts += 1;
        }
        self.emit_i(location, Opcode::BUILD_TUPLE, texts)?;
        for value in values.iter().filter(|value| is_interpolation(value)) {
            self.expression(value)?;
        }
        self.emit_i(location, Opcode::BUILD_TUPLE, interpolations)?;
        self.emit(location, Opcode::BUILD_TEMPLATE)
    }

    pub(super) fn interpolation(
        &mut self,
        location: Location,
        value: &'a Expr,
        text: &Const,
        conversion: i32,
        format_spec: Option<&'a Expr>,
    ) -> Result<()> {
        self.expression(value)?;
        self.load_const(location, text.clone())?;
        let mut arg = 2;
        if let Some(spec) = format_spec {
            arg |= 1;
            self.expression(spec)?;
        }
        if conversion != -1 {
            arg |= conversion_number(conversion)? << 2;
        }
        self.emit_i(location, Opcode::BUILD_INTERPOLATION, arg)
    }
}

fn conversion_number(conversion: i32) -> Result<usize> {
    match u8::try_from(conversion) {
        Ok(b's') => Ok(1),
        Ok(b'r') => Ok(2),
        Ok(b'a') => Ok(3),
        _ => Err(internal("Unrecognized conversion character")),
    }
}
