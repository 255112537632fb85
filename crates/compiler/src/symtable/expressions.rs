//! Names in expressions, and the scopes that comprehensions and lambdas open.

use super::build::Builder;
use super::symbol::*;
use super::{BlockKey, BlockType, Comprehension as Comp};
use crate::ast::*;
use crate::error::{CompileError, Result};

impl Builder {
    pub(super) fn expression(&mut self, expression: &Expr) -> Result<()> {
        self.descend(|builder| builder.expression_inner(expression))
    }

    fn expression_inner(&mut self, expression: &Expr) -> Result<()> {
        let location = expression.location;
        match &expression.kind {
            ExprKind::NamedExpr { target, value } => {
                self.reject_in_annotation("named expression", location)?;
                if self.block().comp_iter_expr > 0 {
                    let message = "assignment expression cannot be used in a comprehension \
                                   iterable expression";
                    return Err(CompileError::syntax(message, location));
                }
                if self.block().comprehension != Comp::None {
                    self.extend_named_expression_scope(target)?;
                }
                self.expression(value)?;
                self.expression(target)
            }
            ExprKind::BoolOp { values, .. } | ExprKind::Set(values) | ExprKind::JoinedStr(values) | ExprKind::TemplateStr(values) => {
                self.expressions(values)
            }
            ExprKind::BinOp { left, right, .. } => {
                self.expression(left)?;
                self.expression(right)
            }
            ExprKind::UnaryOp { operand, .. } => self.expression(operand),
            ExprKind::Lambda { args, body } => {
                self.expressions(&args.defaults)?;
                for default in args.kw_defaults.iter().flatten() {
                    self.expression(default)?;
                }
                let key = BlockKey::node(expression);
                self.enter("<lambda>", BlockType::Function, key, location)?;
                self.arguments(args)?;
                self.expression(body)?;
                self.exit();
                Ok(())
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.expression(test)?;
                self.expression(body)?;
                self.expression(orelse)
            }
            ExprKind::Dict { keys, values } => {
                for key in keys.iter().flatten() {
                    self.expression(key)?;
                }
                self.expressions(values)
            }
            ExprKind::ListComp { elt, generators } => self.comprehension(expression, "<listcomp>", Comp::List, generators, elt, None),
            ExprKind::SetComp { elt, generators } => self.comprehension(expression, "<setcomp>", Comp::Set, generators, elt, None),
            ExprKind::GeneratorExp { elt, generators } => {
                self.comprehension(expression, "<genexpr>", Comp::Generator, generators, elt, None)
            }
            ExprKind::DictComp { key, value, generators } => {
                self.comprehension(expression, "<dictcomp>", Comp::Dict, generators, key, Some(value))
            }
            ExprKind::Await(value) => {
                self.reject_in_annotation("await expression", location)?;
                if !self.allows_top_level_await() {
                    let block = self.block();
                    if !block.is_function_like() {
                        return Err(CompileError::syntax("'await' outside function", location));
                    }
                    if !block.is_async_def && block.comprehension == Comp::None {
                        let message = "'await' outside async function";
                        return Err(CompileError::syntax(message, location));
                    }
                }
                self.expression(value)?;
                self.block().coroutine = true;
                Ok(())
            }
            ExprKind::Yield(value) => {
                self.reject_in_annotation("yield expression", location)?;
                self.optional(value)?;
                self.block().generator = true;
                self.reject_in_comprehension(location)
            }
            ExprKind::YieldFrom(value) => {
                self.reject_in_annotation("yield expression", location)?;
                self.expression(value)?;
                self.block().generator = true;
                self.reject_in_comprehension(location)
            }
            ExprKind::Compare { left, comparators, .. } => {
                self.expression(left)?;
                self.expressions(comparators)
            }
            ExprKind::Call { func, args, keywords } => {
                self.expression(func)?;
                self.expressions(args)?;
                self.keywords(keywords)
            }
            ExprKind::FormattedValue { value, format_spec, .. } | ExprKind::Interpolation { value, format_spec, .. } => {
                self.expression(value)?;
                self.optional(format_spec)
            }
            ExprKind::Constant { .. } => Ok(()),
            ExprKind::Attribute { value, attr, ctx } => {
                self.check_name(attr, location, *ctx)?;
                self.expression(value)
            }
            ExprKind::Subscript { value, slice, .. } => {
                self.expression(value)?;
                self.expression(slice)
            }
            ExprKind::Starred { value, .. } => self.expression(value),
            ExprKind::Slice { lower, upper, step } => {
                self.optional(lower)?;
                self.optional(upper)?;
                self.optional(step)
            }
            ExprKind::Name { id, ctx } => {
                if self.block().in_unevaluated_annotation {
                    return Ok(());
                }
                self.check_name(id, location, *ctx)?;
                let load = *ctx == ExprContext::Load;
                self.define(id, if load { USE } else { DEF_LOCAL }, location)?;
                // A bare `super` may need the class cell.
                if load && &**id == "super" && self.block().is_function_like() {
                    self.use_name("__class__", location)?;
                }
                Ok(())
            }
            ExprKind::List { elts, .. } | ExprKind::Tuple { elts, .. } => self.expressions(elts),
        }
    }

    fn comprehension(
        &mut self,
        expression: &Expr,
        name: &str,
        kind: Comp,
        generators: &[Comprehension],
        elt: &Expr,
        value: Option<&Expr>,
    ) -> Result<()> {
        let location = expression.location;
        let Some((outermost, inner)) = generators.split_first() else {
            return Err(CompileError::new(crate::error::ErrorKind::ValueError, "comprehension with no generators"));
        };
        let is_generator = kind == Comp::Generator;
        self.block().comp_iter_expr += 1;
        self.expression(&outermost.iter)?;
        self.block().comp_iter_expr -= 1;

        self.enter(name, BlockType::Function, BlockKey::node(expression), location)?;
        let block = self.block();
        block.comprehension = kind;
        if outermost.is_async {
            block.coroutine = true;
        }
        self.define(&".0".into(), DEF_PARAM, location)?;
        self.iteration_target(&outermost.target)?;
        self.expressions(&outermost.ifs)?;
        for generator in inner {
            self.iteration_target(&generator.target)?;
            self.block().comp_iter_expr += 1;
            self.expression(&generator.iter)?;
            self.block().comp_iter_expr -= 1;
            self.expressions(&generator.ifs)?;
            if generator.is_async {
                self.block().coroutine = true;
            }
        }
        if let Some(value) = value {
            self.expression(value)?;
        }
        self.expression(elt)?;
        let block = self.block();
        block.generator = is_generator;
        let is_async = block.coroutine && !is_generator;
        self.exit();
        if is_async {
            let top_level = self.allows_top_level_await();
            let block = self.block();
            if !block.is_async_def && block.comprehension == Comp::None && !top_level {
                let message = "asynchronous comprehension outside of an asynchronous function";
                return Err(CompileError::syntax(message, location));
            }
            block.coroutine = true;
        }
        Ok(())
    }

    fn iteration_target(&mut self, target: &Expr) -> Result<()> {
        self.block().comp_iter_target = true;
        self.expression(target)?;
        self.block().comp_iter_target = false;
        Ok(())
    }

    /// Bind the target of an assignment expression inside a comprehension in the scope that
    /// contains the comprehension.
    fn extend_named_expression_scope(&mut self, target: &Expr) -> Result<()> {
        let location = target.location;
        let ExprKind::Name { id: name, .. } = &target.kind else {
            return Err(CompileError::syntax("invalid syntax", location));
        };
        for &id in self.stack.clone().iter().rev() {
            let block = self.table.block(id);
            if block.comprehension != Comp::None {
                let flags = self.lookup_in(id, name);
                if flags & DEF_COMP_ITER != 0 && flags & (DEF_LOCAL | DEF_GLOBAL) != 0 {
                    let message = format!(
                        "assignment expression cannot rebind comprehension iteration variable \
                         '{name}'"
                    );
                    return Err(CompileError::syntax(message, location));
                }
                continue;
            }
            let place = match block.block_type {
                BlockType::Function => {
                    let global = self.lookup_in(id, name) & DEF_GLOBAL != 0;
                    let flag = if global { DEF_GLOBAL } else { DEF_NONLOCAL };
                    self.define(name, flag, location)?;
                    self.record_directive(name, location);
                    return self.define_in(name, DEF_LOCAL, id, location);
                }
                BlockType::Module => {
                    self.define(name, DEF_GLOBAL, location)?;
                    self.record_directive(name, location);
                    return self.define_in(name, DEF_GLOBAL, id, location);
                }
                BlockType::Class => "in a class body",
                BlockType::TypeParameters => "within the definition of a generic",
                BlockType::TypeAlias => "in a type alias",
                BlockType::TypeVariable => "in a TypeVar bound",
                BlockType::Annotation => continue,
            };
            let message = format!("assignment expression within a comprehension cannot be used {place}");
            return Err(CompileError::syntax(message, location));
        }
        Ok(())
    }

    pub(super) fn allows_top_level_await(&mut self) -> bool {
        self.top_level_await && self.block().block_type == BlockType::Module
    }

    pub(super) fn allow_module_coroutine(&mut self) {
        if self.allows_top_level_await() {
            self.block().coroutine = true;
        }
    }

    pub(super) fn require_coroutine(&mut self, message: &str, location: Location) -> Result<()> {
        if self.block().coroutine {
            return Ok(());
        }
        Err(CompileError::syntax(message, location))
    }

    fn reject_in_annotation(&mut self, what: &str, location: Location) -> Result<()> {
        let block = self.block();
        let place = match block.block_type {
            BlockType::Annotation => "an annotation",
            BlockType::TypeVariable => block.scope_info.unwrap_or("a TypeVar bound"),
            BlockType::TypeAlias => "a type alias",
            BlockType::TypeParameters => "the definition of a generic",
            _ => return Ok(()),
        };
        let message = format!("{what} cannot be used within {place}");
        Err(CompileError::syntax(message, location))
    }

    fn reject_in_comprehension(&mut self, location: Location) -> Result<()> {
        let message = match self.block().comprehension {
            Comp::None => return Ok(()),
            Comp::List => "'yield' inside list comprehension",
            Comp::Set => "'yield' inside set comprehension",
            Comp::Dict => "'yield' inside dict comprehension",
            Comp::Generator => "'yield' inside generator expression",
        };
        Err(CompileError::syntax(message, location))
    }
}
