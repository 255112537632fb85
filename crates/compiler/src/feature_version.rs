//! Which minor version of Python 3 a program's syntax needs (`ast.parse(..., feature_version=...)`).

use crate::ast::*;
use crate::error::{CompileError, Result};

/// Refuse syntax that came after Python 3.`version`.
pub fn check(module: &Mod, version: i32) -> Result<()> {
    let check = Check { version };
    match module {
        Mod::Module { body, .. } | Mod::Interactive { body } => check.body(body),
        Mod::Expression { body } => check.expr(body),
        Mod::FunctionType { argtypes, returns } => {
            check.exprs(argtypes)?;
            check.expr(returns)
        }
    }
}

/// The same for what the tree does not tell any more.
pub fn check_source(source: &str, version: i32) -> Result<()> {
    if version >= 6 {
        return Ok(());
    }
    match crate::syntax_errors::number_with_underscore(source) {
        None => Ok(()),
        Some((start, end)) => {
            let lines = crate::lower::LineIndex::new(source);
            let message = "Underscores in numeric literals are only supported in Python 3.6 and greater".to_owned();
            let kind = crate::error::ErrorKind::SyntaxError;
            Err(crate::lower::located_error(source, &lines, kind, message, start as u32, end as u32))
        }
    }
}

struct Check {
    version: i32,
}

impl Check {
    fn need(&self, version: i32, what: &str, place: Location) -> Result<()> {
        if self.version >= version {
            return Ok(());
        }
        Err(CompileError::syntax(format!("{what} only supported in Python 3.{version} and greater"), place))
    }

    fn body(&self, body: &[Stmt]) -> Result<()> {
        body.iter().try_for_each(|statement| self.stmt(statement))
    }

    fn exprs(&self, expressions: &[Expr]) -> Result<()> {
        expressions.iter().try_for_each(|expression| self.expr(expression))
    }

    fn optional(&self, expression: &Option<Box<Expr>>) -> Result<()> {
        expression.as_ref().map_or(Ok(()), |expression| self.expr(expression))
    }

    fn arguments(&self, args: &Arguments) -> Result<()> {
        if let Some(first) = args.posonlyargs.first() {
            self.need(8, "Positional-only parameters are", first.location)?;
        }
        let plain = args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs);
        for arg in plain.chain(args.vararg.as_deref()).chain(args.kwarg.as_deref()) {
            self.optional(&arg.annotation)?;
        }
        self.exprs(&args.defaults)?;
        args.kw_defaults.iter().flatten().try_for_each(|default| self.expr(default))
    }

    fn type_params(&self, params: &[TypeParam]) -> Result<()> {
        for param in params {
            self.need(12, "Type parameter lists are", param.location)?;
            if let TypeParamKind::TypeVar { bound, .. } = &param.kind {
                self.optional(bound)?;
            }
            if let Some(default) = param.default() {
                self.need(13, "Type parameter defaults are", default.location)?;
                self.expr(default)?;
            }
        }
        Ok(())
    }

    fn keywords(&self, keywords: &[Keyword]) -> Result<()> {
        keywords.iter().try_for_each(|keyword| self.expr(&keyword.value))
    }

    fn stmt(&self, statement: &Stmt) -> Result<()> {
        let place = statement.location;
        match &statement.kind {
            StmtKind::FunctionDef(node) => {
                if node.is_async {
                    self.need(5, "Async functions are", place)?;
                }
                self.exprs(&node.decorator_list)?;
                self.type_params(&node.type_params)?;
                self.arguments(&node.args)?;
                self.optional(&node.returns)?;
                self.body(&node.body)
            }
            StmtKind::ClassDef(node) => {
                self.exprs(&node.decorator_list)?;
                self.type_params(&node.type_params)?;
                self.exprs(&node.bases)?;
                self.keywords(&node.keywords)?;
                self.body(&node.body)
            }
            StmtKind::Return(value) => self.optional(value),
            StmtKind::Delete(targets) => self.exprs(targets),
            StmtKind::Assign { targets, value } => {
                self.exprs(targets)?;
                self.expr(value)
            }
            StmtKind::TypeAlias { type_params, value, .. } => {
                self.need(12, "Type statement is", place)?;
                self.type_params(type_params)?;
                self.expr(value)
            }
            StmtKind::AugAssign { target, op, value } => {
                if *op == Operator::MatMult {
                    self.need(5, "The '@' operator is", place)?;
                }
                self.expr(target)?;
                self.expr(value)
            }
            StmtKind::AnnAssign { target, annotation, value, .. } => {
                self.need(6, "Variable annotation syntax is", place)?;
                self.expr(target)?;
                self.expr(annotation)?;
                self.optional(value)
            }
            StmtKind::For(node) => {
                if node.is_async {
                    self.need(5, "Async for loops are", place)?;
                }
                self.expr(&node.target)?;
                self.expr(&node.iter)?;
                self.body(&node.body)?;
                self.body(&node.orelse)
            }
            StmtKind::While { test, body, orelse } | StmtKind::If { test, body, orelse } => {
                self.expr(test)?;
                self.body(body)?;
                self.body(orelse)
            }
            StmtKind::With(node) => {
                if node.is_async {
                    self.need(5, "Async with statements are", place)?;
                }
                for item in &node.items {
                    self.expr(&item.context_expr)?;
                    self.optional(&item.optional_vars)?;
                }
                self.body(&node.body)
            }
            StmtKind::Match { subject, cases } => {
                // It is refused where it ends.
                let last = cases.last().and_then(|case| case.body.last());
                self.need(10, "Pattern matching is", last.map_or(place, |statement| statement.location))?;
                self.expr(subject)?;
                cases.iter().try_for_each(|case| {
                    self.optional(&case.guard)?;
                    self.body(&case.body)
                })
            }
            StmtKind::Raise { exc, cause } => {
                self.optional(exc)?;
                self.optional(cause)
            }
            StmtKind::Try(node) => {
                if node.is_star {
                    self.need(11, "Exception groups are", place)?;
                }
                self.body(&node.body)?;
                for handler in &node.handlers {
                    if let Some(type_) = handler.type_.as_deref()
                        && let ExprKind::Tuple { elts, .. } = &type_.kind
                        && elts.first().is_some_and(|first| {
                            (first.location.line, first.location.column) == (type_.location.line, type_.location.column)
                        })
                    {
                        self.need(14, "except expressions without parentheses are", type_.location)?;
                    }
                    self.optional(&handler.type_)?;
                    self.body(&handler.body)?;
                }
                self.body(&node.orelse)?;
                self.body(&node.finalbody)
            }
            StmtKind::Assert { test, msg } => {
                self.expr(test)?;
                self.optional(msg)
            }
            StmtKind::Expr(value) => self.expr(value),
            StmtKind::Import(_)
            | StmtKind::ImportFrom { .. }
            | StmtKind::Global(_)
            | StmtKind::Nonlocal(_)
            | StmtKind::Pass
            | StmtKind::Break
            | StmtKind::Continue => Ok(()),
        }
    }

    fn comprehensions(&self, generators: &[Comprehension]) -> Result<()> {
        for generator in generators {
            if generator.is_async {
                self.need(6, "Async comprehensions are", generator.target.location)?;
            }
            self.expr(&generator.target)?;
            self.expr(&generator.iter)?;
            self.exprs(&generator.ifs)?;
        }
        Ok(())
    }

    fn expr(&self, expression: &Expr) -> Result<()> {
        let place = expression.location;
        match &expression.kind {
            ExprKind::BoolOp { values, .. } | ExprKind::Set(values) | ExprKind::JoinedStr(values) => self.exprs(values),
            ExprKind::NamedExpr { target, value } => {
                self.need(8, "Assignment expressions are", place)?;
                self.expr(target)?;
                self.expr(value)
            }
            ExprKind::BinOp { left, op, right } => {
                if *op == Operator::MatMult {
                    self.need(5, "The '@' operator is", place)?;
                }
                self.expr(left)?;
                self.expr(right)
            }
            ExprKind::UnaryOp { operand, .. } => self.expr(operand),
            ExprKind::Lambda { args, body } => {
                self.arguments(args)?;
                self.expr(body)
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.expr(test)?;
                self.expr(body)?;
                self.expr(orelse)
            }
            ExprKind::Dict { keys, values } => {
                keys.iter().flatten().try_for_each(|key| self.expr(key))?;
                self.exprs(values)
            }
            ExprKind::ListComp { elt, generators } | ExprKind::SetComp { elt, generators } | ExprKind::GeneratorExp { elt, generators } => {
                self.expr(elt)?;
                self.comprehensions(generators)
            }
            ExprKind::DictComp { key, value, generators } => {
                self.expr(key)?;
                self.expr(value)?;
                self.comprehensions(generators)
            }
            ExprKind::Await(value) => {
                self.need(5, "Await expressions are", place)?;
                self.expr(value)
            }
            ExprKind::Yield(value) => self.optional(value),
            ExprKind::YieldFrom(value) => self.expr(value),
            ExprKind::Compare { left, comparators, .. } => {
                self.expr(left)?;
                self.exprs(comparators)
            }
            ExprKind::Call { func, args, keywords } => {
                self.expr(func)?;
                self.exprs(args)?;
                self.keywords(keywords)
            }
            ExprKind::FormattedValue { value, format_spec, .. } | ExprKind::Interpolation { value, format_spec, .. } => {
                self.expr(value)?;
                self.optional(format_spec)
            }
            ExprKind::TemplateStr(values) => {
                self.need(14, "t-strings are", place)?;
                self.exprs(values)
            }
            ExprKind::Constant { .. } | ExprKind::Name { .. } => Ok(()),
            ExprKind::Attribute { value, .. } | ExprKind::Starred { value, .. } => self.expr(value),
            ExprKind::Subscript { value, slice, .. } => {
                self.expr(value)?;
                self.expr(slice)
            }
            ExprKind::List { elts, .. } | ExprKind::Tuple { elts, .. } => self.exprs(elts),
            ExprKind::Slice { lower, upper, step } => {
                self.optional(lower)?;
                self.optional(upper)?;
                self.optional(step)
            }
        }
    }
}
