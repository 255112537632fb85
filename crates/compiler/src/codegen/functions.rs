//! Functions and lambdas.

use super::CodeGen;
use super::statements::{clean_docstring, intrinsic_1, intrinsic_2};
use super::unit::{BlockKind, ScopeType};
use crate::ast::*;
use crate::code::{Code, Const, local_kind};
use crate::error::Result;
use crate::opcode::Opcode;
use crate::symtable::BlockKey;
use std::rc::Rc;

/// `oparg` of `SET_FUNCTION_ATTRIBUTE`.
pub(super) mod function_attribute {
    pub const DEFAULTS: usize = 1;
    pub const KWDEFAULTS: usize = 2;
    pub const ANNOTATIONS: usize = 4;
    pub const CLOSURE: usize = 8;
    pub const ANNOTATE: usize = 16;
}
use function_attribute::*;

/// Line where a decorated definition starts.
pub(super) fn first_line(statement: &Stmt, decorators: &[Expr]) -> i32 {
    decorators.first().map_or(statement.location.line, |decorator| decorator.location.line)
}

impl<'a> CodeGen<'a> {
    pub(super) fn apply_decorators(&mut self, decorators: &'a [Expr]) -> Result<()> {
        for decorator in decorators.iter().rev() {
            self.emit_i(decorator.location, Opcode::CALL, 0)?;
        }
        Ok(())
    }

    /// Push a function made of `code`, with its closure and the attributes in `attributes`, whose
    /// values are on the stack.
    pub(super) fn make_closure(&mut self, location: Location, code: Code, attributes: usize) -> Result<()> {
        let mut attributes = attributes;
        let free: Vec<Identifier> = code
            .localsplusnames
            .iter()
            .zip(&code.localspluskinds)
            .filter(|(_, kind)| **kind & local_kind::FREE != 0)
            .filter_map(|(name, _)| name.as_str().map(Identifier::from))
            .collect();
        if !free.is_empty() {
            for name in &free {
                let index = self.closure_index(name)?;
                self.emit_i(location, Opcode::LOAD_CLOSURE, index)?;
            }
            attributes |= CLOSURE;
            self.emit_i(location, Opcode::BUILD_TUPLE, free.len())?;
        }
        self.load_const(location, Const::Code(Rc::new(code)))?;
        self.emit(location, Opcode::MAKE_FUNCTION)?;
        for attribute in [CLOSURE, ANNOTATIONS, ANNOTATE, KWDEFAULTS, DEFAULTS] {
            if attributes & attribute != 0 {
                self.emit_i(location, Opcode::SET_FUNCTION_ATTRIBUTE, attribute)?;
            }
        }
        Ok(())
    }

    /// Push the default values of parameters.
    fn default_arguments(&mut self, location: Location, args: &'a Arguments) -> Result<usize> {
        let mut attributes = 0;
        if !args.defaults.is_empty() {
            attributes |= DEFAULTS;
            self.expressions(&args.defaults)?;
            self.emit_i(location, Opcode::BUILD_TUPLE, args.defaults.len())?;
        }
        let mut count = 0;
        for (arg, default) in args.kwonlyargs.iter().zip(&args.kw_defaults) {
            if let Some(default) = default {
                self.load_mangled(location, &arg.arg)?;
                self.expression(default)?;
                count += 1;
            }
        }
        if count > 0 {
            attributes |= KWDEFAULTS;
            self.emit_i(location, Opcode::BUILD_MAP, count)?;
        }
        Ok(attributes)
    }

    pub(super) fn function(&mut self, statement: &'a Stmt, function: &'a FunctionDef) -> Result<()> {
        let location = statement.location;
        let line = first_line(statement, &function.decorator_list);
        self.expressions(&function.decorator_list)?;
        let mut attributes = self.default_arguments(location, &function.args)?;
        let generic = !function.type_params.is_empty();
        let given = (attributes & (DEFAULTS | KWDEFAULTS)).count_ones() as usize;
        if generic {
            if given == 2 {
                self.emit_i(location, Opcode::SWAP, 2)?;
            }
            let name = format!("<generic parameters of {}>", function.name);
            let key = BlockKey::TypeParams(function.type_params.as_ptr().addr());
            self.enter_scope(&name, ScopeType::TypeParams, key, line, None, [given, 0, 0])?;
            self.type_params(&function.type_params)?;
            for index in 0..given {
                self.emit_i(location, Opcode::LOAD_FAST, index)?;
            }
        }
        attributes |= self.function_annotations(location, function)?;
        self.function_body(statement, function, attributes, line)?;
        if generic {
            self.emit_i(location, Opcode::SWAP, 2)?;
            let intrinsic = intrinsic_2::SET_FUNCTION_TYPE_PARAMS;
            self.emit_i(location, Opcode::CALL_INTRINSIC_2, intrinsic)?;
            let code = self.assemble(false)?;
            self.make_closure(location, code, 0)?;
            if given > 0 {
                self.emit_i(location, Opcode::SWAP, given + 1)?;
                self.emit_i(location, Opcode::CALL, given - 1)?;
            } else {
                self.emit(location, Opcode::PUSH_NULL)?;
                self.emit_i(location, Opcode::CALL, 0)?;
            }
        }
        self.apply_decorators(&function.decorator_list)?;
        self.name_op(location, &function.name, ExprContext::Store)
    }

    fn function_body(&mut self, statement: &'a Stmt, function: &'a FunctionDef, attributes: usize, line: i32) -> Result<()> {
        let scope_type = match function.is_async {
            true => ScopeType::AsyncFunction,
            false => ScopeType::Function,
        };
        let counts = parameter_counts(&function.args);
        let key = BlockKey::node(statement);
        self.enter_scope(&function.name, scope_type, key, line, None, counts)?;
        let block = self.table.block(self.unit_ref()?.block);
        let wraps = block.coroutine || block.generator;
        let mut body: &'a [Stmt] = &function.body;
        if block.has_docstring
            && let Some((text, _)) = docstring(body)
        {
            self.add_const(Const::Str(clean_docstring(text)))?;
            body = body.get(1..).unwrap_or(&[]);
        }
        let start = self.new_label()?;
        self.use_label(start)?;
        if wraps {
            let kind = BlockKind::StopIteration;
            self.push_simple_block(kind, Location::NONE, Some(start), None)?;
        }
        self.statements(body)?;
        if wraps {
            self.wrap_in_stop_iteration_handler()?;
            self.pop_block()?;
        }
        let code = self.assemble(true)?;
        self.make_closure(statement.location, code, attributes)
    }

    /// Turn a `StopIteration` that leaves the generator into a `RuntimeError`.
    pub(super) fn wrap_in_stop_iteration_handler(&mut self) -> Result<()> {
        let handler = self.new_label()?;
        self.unit()?.insert_first(Opcode::SETUP_CLEANUP, handler);
        self.load_none(Location::NONE)?;
        self.emit(Location::NONE, Opcode::RETURN_VALUE)?;
        self.use_label(handler)?;
        let intrinsic = intrinsic_1::STOPITERATION_ERROR;
        self.emit_i(Location::NONE, Opcode::CALL_INTRINSIC_1, intrinsic)?;
        self.emit_i(Location::NONE, Opcode::RERAISE, 1)
    }

    pub(super) fn lambda(&mut self, expression: &'a Expr, args: &'a Arguments, body: &'a Expr) -> Result<()> {
        let location = expression.location;
        let attributes = self.default_arguments(location, args)?;
        let counts = parameter_counts(args);
        let key = BlockKey::node(expression);
        self.enter_scope("<lambda>", ScopeType::Lambda, key, location.line, None, counts)?;
        self.expression(body)?;
        let generator = self.table.block(self.unit_ref()?.block).generator;
        let code = if generator {
            self.assemble(false)?
        } else {
            self.emit(body.location, Opcode::RETURN_VALUE)?;
            self.assemble(true)?
        };
        self.make_closure(location, code, attributes)
    }
}

fn parameter_counts(args: &Arguments) -> [usize; 3] {
    [args.args.len(), args.posonlyargs.len(), args.kwonlyargs.len()]
}
