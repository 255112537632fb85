//! Changes to the tree before code generation: `__debug__` becomes a constant, `%` formatting of a
//! literal a formatted string, numbers in patterns constants; with `-OO` docstrings go. Also the
//! warnings of PEP 765, for statements that leave a `finally` block.

use std::rc::Rc;

use crate::ast::*;
use crate::code::{Const, Text};
use crate::error::{CompileError, Result, Warning};

/// Rewrite `module` for the optimization level `optimize`.
pub fn preprocess(module: &mut Mod, optimize: i32, warnings: &mut Vec<Warning>) -> Result<()> {
    let mut pass = Preprocess { optimize, warnings, contexts: Vec::new(), depth: 0 };
    match module {
        Mod::Module { body, .. } => pass.body(body),
        Mod::Interactive { body } => pass.statements(body),
        Mod::Expression { body } => pass.expression(body),
        Mod::FunctionType { .. } => Ok(()),
    }
}

/// What a statement that leaves would leave.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    Finally,
    Function,
    Loop,
}

struct Preprocess<'w> {
    optimize: i32,
    warnings: &'w mut Vec<Warning>,
    contexts: Vec<Context>,
    depth: u32,
}

impl Preprocess<'_> {
    /// A body that may open with a docstring.
    fn body(&mut self, body: &mut Vec<Stmt>) -> Result<()> {
        let mut has_docstring = docstring(body).is_some();
        if has_docstring && self.optimize >= 2 {
            if body.len() > 1 {
                body.remove(0);
            } else if let Some(only) = body.first_mut() {
                let place = &mut only.location;
                place.end_line = place.line;
                place.end_column = place.column + "pass".len() as i32;
                only.kind = StmtKind::Pass;
            }
            has_docstring = false;
        }
        self.statements(body)?;
        // What has only now become a string is no docstring.
        if !has_docstring
            && docstring(body).is_some()
            && let Some(Stmt { kind: StmtKind::Expr(value), .. }) = body.first_mut()
        {
            let location = value.location;
            let placeholder = Expr::constant(location, Const::None);
            let text = std::mem::replace(&mut **value, placeholder);
            **value = Expr { location, kind: ExprKind::JoinedStr(vec![text]) };
        }
        Ok(())
    }

    fn statements(&mut self, body: &mut [Stmt]) -> Result<()> {
        body.iter_mut().try_for_each(|statement| self.statement(statement))
    }

    fn within(&mut self, context: Context, visit: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.contexts.push(context);
        let result = visit(self);
        self.contexts.pop();
        result
    }

    fn descend(&mut self, visit: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.depth += 1;
        if self.depth > crate::MAX_TREE_DEPTH {
            return Err(CompileError::recursion());
        }
        let result = visit(self);
        self.depth -= 1;
        result
    }

    fn statement(&mut self, statement: &mut Stmt) -> Result<()> {
        self.descend(|pass| pass.statement_inner(statement))
    }

    fn leaving(&mut self, what: &str, location: Location) {
        let leaves_finally = match self.contexts.last() {
            Some(Context::Finally) => true,
            // `return` leaves loops too.
            Some(Context::Loop) if what == "return" => {
                self.contexts.iter().rev().find(|context| **context != Context::Loop).is_some_and(|context| *context == Context::Finally)
            }
            _ => false,
        };
        if leaves_finally {
            let message = format!("'{what}' in a 'finally' block");
            self.warnings.push(Warning::syntax(message, location));
        }
    }

    fn statement_inner(&mut self, statement: &mut Stmt) -> Result<()> {
        let location = statement.location;
        match &mut statement.kind {
            StmtKind::FunctionDef(function) => {
                self.type_params(&mut function.type_params)?;
                self.arguments(&mut function.args)?;
                self.within(Context::Function, |pass| pass.body(&mut function.body))?;
                self.expressions(&mut function.decorator_list)?;
                self.optional(&mut function.returns)
            }
            StmtKind::ClassDef(class) => {
                self.type_params(&mut class.type_params)?;
                self.expressions(&mut class.bases)?;
                self.keywords(&mut class.keywords)?;
                self.within(Context::Function, |pass| pass.body(&mut class.body))?;
                self.expressions(&mut class.decorator_list)
            }
            StmtKind::Return(value) => {
                self.leaving("return", location);
                self.optional(value)
            }
            StmtKind::Delete(targets) => self.expressions(targets),
            StmtKind::Assign { targets, value } => {
                self.expressions(targets)?;
                self.expression(value)
            }
            StmtKind::TypeAlias { name, type_params, value } => {
                self.expression(name)?;
                self.type_params(type_params)?;
                self.expression(value)
            }
            StmtKind::AugAssign { target, value, .. } => {
                self.expression(target)?;
                self.expression(value)
            }
            StmtKind::AnnAssign { target, annotation, value, .. } => {
                self.expression(target)?;
                self.expression(annotation)?;
                self.optional(value)
            }
            StmtKind::For(node) => {
                self.expression(&mut node.target)?;
                self.expression(&mut node.iter)?;
                self.within(Context::Loop, |pass| pass.statements(&mut node.body))?;
                self.statements(&mut node.orelse)
            }
            StmtKind::While { test, body, orelse } => {
                self.expression(test)?;
                self.within(Context::Loop, |pass| pass.statements(body))?;
                self.statements(orelse)
            }
            StmtKind::If { test, body, orelse } => {
                self.expression(test)?;
                self.statements(body)?;
                self.statements(orelse)
            }
            StmtKind::With(node) => {
                for item in &mut node.items {
                    self.expression(&mut item.context_expr)?;
                    self.optional(&mut item.optional_vars)?;
                }
                self.statements(&mut node.body)
            }
            StmtKind::Match { subject, cases } => {
                self.expression(subject)?;
                for case in cases {
                    self.pattern(&mut case.pattern)?;
                    self.optional(&mut case.guard)?;
                    self.statements(&mut case.body)?;
                }
                Ok(())
            }
            StmtKind::Raise { exc, cause } => {
                self.optional(exc)?;
                self.optional(cause)
            }
            StmtKind::Try(node) => {
                self.statements(&mut node.body)?;
                for handler in &mut node.handlers {
                    self.optional(&mut handler.type_)?;
                    self.statements(&mut handler.body)?;
                }
                self.statements(&mut node.orelse)?;
                self.within(Context::Finally, |pass| pass.statements(&mut node.finalbody))
            }
            StmtKind::Assert { test, msg } => {
                self.expression(test)?;
                self.optional(msg)
            }
            StmtKind::Expr(value) => self.expression(value),
            StmtKind::Break => {
                self.leaving("break", location);
                Ok(())
            }
            StmtKind::Continue => {
                self.leaving("continue", location);
                Ok(())
            }
            StmtKind::Import(_) | StmtKind::ImportFrom { .. } | StmtKind::Global(_) | StmtKind::Nonlocal(_) | StmtKind::Pass => Ok(()),
        }
    }

    fn type_params(&mut self, params: &mut [TypeParam]) -> Result<()> {
        for param in params {
            match &mut param.kind {
                TypeParamKind::TypeVar { bound, default, .. } => {
                    self.optional(bound)?;
                    self.optional(default)?;
                }
                TypeParamKind::ParamSpec { default, .. } | TypeParamKind::TypeVarTuple { default, .. } => self.optional(default)?,
            }
        }
        Ok(())
    }

    fn arguments(&mut self, args: &mut Arguments) -> Result<()> {
        let all = args
            .posonlyargs
            .iter_mut()
            .chain(&mut args.args)
            .chain(args.vararg.as_deref_mut())
            .chain(&mut args.kwonlyargs)
            .chain(args.kwarg.as_deref_mut());
        for arg in all {
            self.optional(&mut arg.annotation)?;
        }
        for default in args.kw_defaults.iter_mut().flatten() {
            self.expression(default)?;
        }
        self.expressions(&mut args.defaults)
    }

    fn keywords(&mut self, keywords: &mut [Keyword]) -> Result<()> {
        keywords.iter_mut().try_for_each(|keyword| self.expression(&mut keyword.value))
    }

    fn pattern(&mut self, pattern: &mut Pattern) -> Result<()> {
        self.descend(|pass| match &mut pattern.kind {
            PatternKind::MatchValue(value) => pass.pattern_value(value),
            PatternKind::MatchSingleton(_) | PatternKind::MatchStar(_) => Ok(()),
            PatternKind::MatchSequence(patterns) | PatternKind::MatchOr(patterns) => {
                patterns.iter_mut().try_for_each(|pattern| pass.pattern(pattern))
            }
            PatternKind::MatchMapping { keys, patterns, .. } => {
                keys.iter_mut().try_for_each(|key| pass.pattern_value(key))?;
                patterns.iter_mut().try_for_each(|pattern| pass.pattern(pattern))
            }
            PatternKind::MatchClass { cls, patterns, kwd_patterns, .. } => {
                pass.expression(cls)?;
                patterns.iter_mut().chain(kwd_patterns).try_for_each(|pattern| pass.pattern(pattern))
            }
            PatternKind::MatchAs { pattern, .. } => match pattern {
                Some(pattern) => pass.pattern(pattern),
                None => Ok(()),
            },
        })
    }

    /// `-1` and `1 + 2j` are constants in patterns.
    fn pattern_value(&mut self, value: &mut Expr) -> Result<()> {
        self.expression(value)?;
        if let Some(folded) = fold_number(value) {
            *value = Expr::constant(value.location, folded);
        }
        Ok(())
    }

    fn expressions(&mut self, expressions: &mut [Expr]) -> Result<()> {
        expressions.iter_mut().try_for_each(|expression| self.expression(expression))
    }

    fn optional(&mut self, expression: &mut Option<Box<Expr>>) -> Result<()> {
        match expression {
            Some(expression) => self.expression(expression),
            None => Ok(()),
        }
    }

    fn expression(&mut self, expression: &mut Expr) -> Result<()> {
        self.descend(|pass| pass.expression_inner(expression))
    }

    fn comprehensions(&mut self, generators: &mut [Comprehension]) -> Result<()> {
        for generator in generators {
            self.expression(&mut generator.target)?;
            self.expression(&mut generator.iter)?;
            self.expressions(&mut generator.ifs)?;
        }
        Ok(())
    }

    fn expression_inner(&mut self, expression: &mut Expr) -> Result<()> {
        match &mut expression.kind {
            ExprKind::BoolOp { values, .. } | ExprKind::Set(values) | ExprKind::JoinedStr(values) | ExprKind::TemplateStr(values) => {
                self.expressions(values)
            }
            ExprKind::List { elts, .. } | ExprKind::Tuple { elts, .. } => self.expressions(elts),
            ExprKind::NamedExpr { value, .. } => self.expression(value),
            ExprKind::BinOp { left, op, right } => {
                self.expression(left)?;
                self.expression(right)?;
                if *op == Operator::Mod
                    && let Some(format) = left.as_constant()
                    && let Const::Str(format) = format
                    && let ExprKind::Tuple { elts, .. } = &mut right.kind
                    && let Some(parts) = format_parts(format, elts)
                {
                    expression.kind = ExprKind::JoinedStr(parts);
                }
                Ok(())
            }
            ExprKind::UnaryOp { operand, .. } => self.expression(operand),
            ExprKind::Lambda { args, body } => {
                self.arguments(args)?;
                self.expression(body)
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.expression(test)?;
                self.expression(body)?;
                self.expression(orelse)
            }
            ExprKind::Dict { keys, values } => {
                for key in keys.iter_mut().flatten() {
                    self.expression(key)?;
                }
                self.expressions(values)
            }
            ExprKind::ListComp { elt, generators } | ExprKind::SetComp { elt, generators } | ExprKind::GeneratorExp { elt, generators } => {
                self.expression(elt)?;
                self.comprehensions(generators)
            }
            ExprKind::DictComp { key, value, generators } => {
                self.expression(key)?;
                self.expression(value)?;
                self.comprehensions(generators)
            }
            ExprKind::Await(value) | ExprKind::YieldFrom(value) => self.expression(value),
            ExprKind::Yield(value) => self.optional(value),
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
            ExprKind::Attribute { value, .. } | ExprKind::Starred { value, .. } => self.expression(value),
            ExprKind::Subscript { value, slice, .. } => {
                self.expression(value)?;
                self.expression(slice)
            }
            ExprKind::Slice { lower, upper, step } => {
                self.optional(lower)?;
                self.optional(upper)?;
                self.optional(step)
            }
            ExprKind::Name { id, ctx } => {
                if &**id == "__debug__" && *ctx == ExprContext::Load {
                    let value = if self.optimize > 0 { Const::False } else { Const::True };
                    expression.kind = ExprKind::Constant { value, unicode_prefix: false };
                }
                Ok(())
            }
        }
    }
}

/// Value of a signed or complex number written as an expression.
fn fold_number(expression: &Expr) -> Option<Const> {
    match &expression.kind {
        ExprKind::UnaryOp { op: UnaryOp::USub, operand } => negate(operand.as_constant()?),
        ExprKind::BinOp { left, op: op @ (Operator::Add | Operator::Sub), right } => {
            let left = match fold_number(left) {
                Some(left) => left,
                None => left.as_constant()?.clone(),
            };
            let real = match &left {
                Const::Int(value) => {
                    let magnitude = value.digits.iter().rev().fold(0.0, |sum, &digit| sum * 1_073_741_824.0 + f64::from(digit));
                    if value.negative { -magnitude } else { magnitude }
                }
                Const::Float(bits) => f64::from_bits(*bits),
                _ => return None,
            };
            let Const::Complex(other, imaginary) = right.as_constant()? else { return None };
            let other = f64::from_bits(*other);
            let imaginary = f64::from_bits(*imaginary);
            let (real, imaginary) = match op {
                Operator::Add => (real + other, imaginary),
                _ => (real - other, -imaginary),
            };
            Some(Const::Complex(real.to_bits(), imaginary.to_bits()))
        }
        _ => None,
    }
}

fn negate(value: &Const) -> Option<Const> {
    const SIGN: u64 = 1 << 63;
    Some(match value {
        Const::Int(value) => {
            let mut value = value.clone();
            value.negative = !value.negative && !value.digits.is_empty();
            Const::Int(value)
        }
        Const::Float(bits) => Const::Float(bits ^ SIGN),
        Const::Complex(real, imaginary) => Const::Complex(real ^ SIGN, imaginary ^ SIGN),
        _ => return None,
    })
}

/// The parts of the formatted string that `format % (elts)` is, if `format` only holds simple
/// directives, as many as there are values. Takes the values out of `elts` on success.
fn format_parts(format: &Text, elts: &mut Vec<Expr>) -> Option<Vec<Expr>> {
    if elts.iter().any(|elt| matches!(elt.kind, ExprKind::Starred { .. })) {
        return None;
    }
    enum Piece {
        Text(Vec<u8>),
        Value { conversion: u8, spec: String },
    }
    let bytes = &format.0;
    let mut pieces = Vec::new();
    let mut text = Vec::new();
    let mut values = 0;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        if byte != b'%' {
            text.push(byte);
            continue;
        }
        if bytes.get(at) == Some(&b'%') {
            text.push(b'%');
            at += 1;
            continue;
        }
        let mut left = false;
        while let Some(flag @ (b'-' | b'+' | b' ' | b'#' | b'0')) = bytes.get(at) {
            left |= *flag == b'-';
            at += 1;
        }
        let mut number = || -> Option<Option<u32>> {
            let mut value: Option<u32> = None;
            let mut count = 0;
            while let Some(digit @ b'0'..=b'9') = bytes.get(at) {
                value = Some(value.unwrap_or(0) * 10 + u32::from(digit - b'0'));
                at += 1;
                count += 1;
                if count > 2 {
                    return None;
                }
            }
            Some(value)
        };
        let width = number()?;
        let mut precision = None;
        if bytes.get(at) == Some(&b'.') {
            at += 1;
            let mut value = 0;
            let mut count = 0;
            while let Some(digit @ b'0'..=b'9') = bytes.get(at) {
                value = value * 10 + u32::from(digit - b'0');
                at += 1;
                count += 1;
                if count > 2 {
                    return None;
                }
            }
            precision = Some(value);
        }
        let conversion = *bytes.get(at)?;
        at += 1;
        if !matches!(conversion, b's' | b'r' | b'a') {
            return None;
        }
        let mut spec = String::new();
        if !left && width.is_some_and(|width| width > 0) {
            spec.push('>');
        }
        if let Some(width) = width {
            spec.push_str(&width.to_string());
        }
        if let Some(precision) = precision {
            spec.push('.');
            spec.push_str(&precision.to_string());
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut text)));
        }
        pieces.push(Piece::Value { conversion, spec });
        values += 1;
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    if values != elts.len() {
        return None;
    }
    let mut elts = std::mem::take(elts).into_iter();
    let string = |bytes: Vec<u8>| Expr::constant(Location::NONE, Const::Str(Text(Rc::from(bytes))));
    let mut parts = Vec::with_capacity(pieces.len());
    for piece in pieces {
        parts.push(match piece {
            Piece::Text(text) => string(text),
            Piece::Value { conversion, spec } => {
                let value = Box::new(elts.next()?);
                let format_spec = match spec.is_empty() {
                    true => None,
                    false => Some(Box::new(string(spec.into_bytes()))),
                };
                Expr { location: value.location, kind: ExprKind::FormattedValue { value, conversion: conversion.into(), format_spec } }
            }
        });
    }
    Some(parts)
}
