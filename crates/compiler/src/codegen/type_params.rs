//! Type parameters and the `type` statement (PEP 695, PEP 696).

use super::functions::function_attribute;
use super::statements::{intrinsic_1, intrinsic_2};
use super::unit::ScopeType;
use super::{CodeGen, int_const, internal};
use crate::ast::*;
use crate::code::Const;
use crate::error::{CompileError, Result};
use crate::opcode::Opcode;
use crate::symtable::BlockKey;

impl<'a> CodeGen<'a> {
    /// Push a tuple of the type parameters, each bound to its name.
    pub(super) fn type_params(&mut self, type_params: &'a [TypeParam]) -> Result<()> {
        let Some(first) = type_params.first() else { return Ok(()) };
        let mut seen_default = false;
        for param in type_params {
            let location = param.location;
            let name = param.name();
            self.load_str(location, name)?;
            let address = BlockKey::address(param);
            let intrinsic = match &param.kind {
                TypeParamKind::TypeVar { bound: Some(bound), .. } => {
                    self.type_param_expression(bound, name, BlockKey::Bound(address), false)?;
                    let intrinsic = match &bound.kind {
                        ExprKind::Tuple { .. } => intrinsic_2::TYPEVAR_WITH_CONSTRAINTS,
                        _ => intrinsic_2::TYPEVAR_WITH_BOUND,
                    };
                    self.emit_i(location, Opcode::CALL_INTRINSIC_2, intrinsic)?;
                    None
                }
                TypeParamKind::TypeVar { bound: None, .. } => Some(intrinsic_1::TYPEVAR),
                TypeParamKind::ParamSpec { .. } => Some(intrinsic_1::PARAMSPEC),
                TypeParamKind::TypeVarTuple { .. } => Some(intrinsic_1::TYPEVARTUPLE),
            };
            if let Some(intrinsic) = intrinsic {
                self.emit_i(location, Opcode::CALL_INTRINSIC_1, intrinsic)?;
            }
            if let Some(default) = param.default() {
                seen_default = true;
                let starred = matches!(param.kind, TypeParamKind::TypeVarTuple { .. });
                self.type_param_expression(default, name, BlockKey::Default(address), starred)?;
                let intrinsic = intrinsic_2::SET_TYPEPARAM_DEFAULT;
                self.emit_i(location, Opcode::CALL_INTRINSIC_2, intrinsic)?;
            } else if seen_default {
                let message = format!("non-default type parameter '{name}' follows default type parameter");
                return Err(CompileError::syntax(message, location));
            }
            self.emit_i(location, Opcode::COPY, 1)?;
            self.name_op(location, name, ExprContext::Store)?;
        }
        self.emit_i(first.location, Opcode::BUILD_TUPLE, type_params.len())
    }

    /// Push the function that evaluates a bound, constraints or default.
    fn type_param_expression(&mut self, expression: &'a Expr, name: &Identifier, key: BlockKey, allow_starred: bool) -> Result<()> {
        let location = expression.location;
        self.load_const(location, default_format())?;
        self.enter_annotation_scope(location, key, name)?;
        match &expression.kind {
            ExprKind::Starred { value, .. } if allow_starred => {
                self.expression(value)?;
                self.emit_i(location, Opcode::UNPACK_SEQUENCE, 1)?;
            }
            _ => self.expression(expression)?,
        }
        self.emit(location, Opcode::RETURN_VALUE)?;
        let code = self.assemble(true)?;
        self.make_closure(location, code, function_attribute::DEFAULTS)
    }

    pub(super) fn type_alias(
        &mut self,
        statement: &'a Stmt,
        target: &'a Expr,
        type_params: &'a [TypeParam],
        value: &'a Expr,
    ) -> Result<()> {
        let location = statement.location;
        let ExprKind::Name { id: name, .. } = &target.kind else {
            return Err(internal("type alias with invalid name"));
        };
        let generic = !type_params.is_empty();
        if generic {
            let scope_name = format!("<generic parameters of {name}>");
            let key = BlockKey::TypeParams(type_params.as_ptr().addr());
            let scope = ScopeType::TypeParams;
            self.enter_scope(&scope_name, scope, key, location.line, None, [0; 3])?;
            self.load_str(location, name)?;
            self.type_params(type_params)?;
        } else {
            self.load_str(location, name)?;
            self.load_none(location)?;
        }
        self.load_const(location, default_format())?;
        self.enter_annotation_scope(location, BlockKey::node(statement), name)?;
        self.expression(value)?;
        self.emit(location, Opcode::RETURN_VALUE)?;
        let code = self.assemble(false)?;
        self.make_closure(location, code, function_attribute::DEFAULTS)?;
        self.emit_i(location, Opcode::BUILD_TUPLE, 3)?;
        self.emit_i(location, Opcode::CALL_INTRINSIC_1, intrinsic_1::TYPEALIAS)?;
        if generic {
            let code = self.assemble(false)?;
            self.make_closure(location, code, 0)?;
            self.emit(location, Opcode::PUSH_NULL)?;
            self.emit_i(location, Opcode::CALL, 0)?;
        }
        self.name_op(location, name, ExprContext::Store)
    }
}

/// Default of the `format` parameter of evaluation functions: `Format.VALUE`.
fn default_format() -> Const {
    Const::Tuple([int_const(1)].into())
}
