//! What a tree made by a program must keep to, beyond the types of its fields.

use pyrox_compiler::ast::*;
use pyrox_compiler::code::Const;
use pyrox_objects::{PyResult, Raised, Thread};

/// Check a whole tree.
pub fn module(thread: &Thread, tree: &Mod) -> PyResult<()> {
    let check = Validator { thread };
    match tree {
        Mod::Module { body, .. } | Mod::Interactive { body } => check.stmts(body),
        Mod::Expression { body } => check.load(body),
        Mod::FunctionType { argtypes, returns } => {
            check.loads(argtypes)?;
            check.load(returns)
        }
    }
}

struct Validator<'a> {
    thread: &'a Thread,
}

fn context_name(context: ExprContext) -> &'static str {
    match context {
        ExprContext::Load => "Load",
        ExprContext::Store => "Store",
        ExprContext::Del => "Del",
    }
}

impl Validator<'_> {
    fn value_error(&self, message: &str) -> Raised {
        self.thread.value_error(message)
    }

    fn location(&self, place: Location) -> PyResult<()> {
        let Location { line, end_line, column, end_column } = place;
        if line > end_line {
            return Err(self.value_error(&format!("AST node line range ({line}, {end_line}) is not valid")));
        }
        if line < 0 && end_line != line || column < 0 && column != end_column {
            return Err(self
                .value_error(&format!("AST node column range ({column}, {end_column}) for line range ({line}, {end_line}) is not valid")));
        }
        if line == end_line && column > end_column {
            return Err(self.value_error(&format!("line {line}, column {column}-{end_column} is not a valid range")));
        }
        Ok(())
    }

    fn not_empty<T>(&self, items: &[T], what: &str, owner: &str) -> PyResult<()> {
        if items.is_empty() { Err(self.value_error(&format!("empty {what} on {owner}"))) } else { Ok(()) }
    }

    fn name(&self, name: &str) -> PyResult<()> {
        match name {
            "None" | "True" | "False" => Err(self.value_error(&format!("identifier field can't represent '{name}' constant"))),
            _ => Ok(()),
        }
    }

    fn body(&self, body: &[Stmt], owner: &str) -> PyResult<()> {
        self.not_empty(body, "body", owner)?;
        self.stmts(body)
    }

    fn stmts(&self, body: &[Stmt]) -> PyResult<()> {
        body.iter().try_for_each(|statement| self.stmt(statement))
    }

    fn load(&self, expression: &Expr) -> PyResult<()> {
        self.expr(expression, ExprContext::Load)
    }

    fn loads(&self, expressions: &[Expr]) -> PyResult<()> {
        self.exprs(expressions, ExprContext::Load)
    }

    fn optional(&self, expression: &Option<Box<Expr>>) -> PyResult<()> {
        expression.as_ref().map_or(Ok(()), |expression| self.load(expression))
    }

    fn exprs(&self, expressions: &[Expr], context: ExprContext) -> PyResult<()> {
        expressions.iter().try_for_each(|expression| self.expr(expression, context))
    }

    fn keywords(&self, keywords: &[Keyword]) -> PyResult<()> {
        keywords.iter().try_for_each(|keyword| self.load(&keyword.value))
    }

    fn comprehensions(&self, generators: &[Comprehension]) -> PyResult<()> {
        if generators.is_empty() {
            return Err(self.value_error("comprehension with no generators"));
        }
        generators.iter().try_for_each(|generator| {
            self.expr(&generator.target, ExprContext::Store)?;
            self.load(&generator.iter)?;
            self.loads(&generator.ifs)
        })
    }

    fn args(&self, args: &[Arg]) -> PyResult<()> {
        args.iter().try_for_each(|arg| {
            self.location(arg.location)?;
            self.optional(&arg.annotation)
        })
    }

    fn arguments(&self, args: &Arguments) -> PyResult<()> {
        self.args(&args.posonlyargs)?;
        self.args(&args.args)?;
        if let Some(arg) = &args.vararg {
            self.optional(&arg.annotation)?;
        }
        self.args(&args.kwonlyargs)?;
        if let Some(arg) = &args.kwarg {
            self.optional(&arg.annotation)?;
        }
        if args.defaults.len() > args.posonlyargs.len() + args.args.len() {
            return Err(self.value_error("more positional defaults than args on arguments"));
        }
        if args.kw_defaults.len() != args.kwonlyargs.len() {
            return Err(self.value_error("length of kwonlyargs is not the same as kw_defaults on arguments"));
        }
        self.loads(&args.defaults)?;
        args.kw_defaults.iter().flatten().try_for_each(|default| self.load(default))
    }

    fn type_params(&self, params: &[TypeParam]) -> PyResult<()> {
        params.iter().try_for_each(|param| {
            self.location(param.location)?;
            self.name(param.name())?;
            if let TypeParamKind::TypeVar { bound, .. } = &param.kind {
                self.optional(bound)?;
            }
            param.default().map_or(Ok(()), |default| self.load(default))
        })
    }

    fn targets(&self, targets: &[Expr], context: ExprContext, owner: &str) -> PyResult<()> {
        self.not_empty(targets, "targets", owner)?;
        self.exprs(targets, context)
    }

    fn stmt(&self, statement: &Stmt) -> PyResult<()> {
        self.thread.check_stack(" during compilation")?;
        self.location(statement.location)?;
        match &statement.kind {
            StmtKind::FunctionDef(node) => {
                self.name(&node.name)?;
                self.body(&node.body, if node.is_async { "AsyncFunctionDef" } else { "FunctionDef" })?;
                self.type_params(&node.type_params)?;
                self.arguments(&node.args)?;
                self.loads(&node.decorator_list)?;
                self.optional(&node.returns)
            }
            StmtKind::ClassDef(node) => {
                self.name(&node.name)?;
                self.body(&node.body, "ClassDef")?;
                self.type_params(&node.type_params)?;
                self.loads(&node.bases)?;
                self.keywords(&node.keywords)?;
                self.loads(&node.decorator_list)
            }
            StmtKind::Return(value) => self.optional(value),
            StmtKind::Delete(targets) => self.targets(targets, ExprContext::Del, "Delete"),
            StmtKind::Assign { targets, value } => {
                self.targets(targets, ExprContext::Store, "Assign")?;
                self.load(value)
            }
            StmtKind::AugAssign { target, value, .. } => {
                self.expr(target, ExprContext::Store)?;
                self.load(value)
            }
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                if *simple && !matches!(target.kind, ExprKind::Name { .. }) {
                    return Err(self.thread.type_error("AnnAssign with simple non-Name target"));
                }
                self.expr(target, ExprContext::Store)?;
                self.optional(value)?;
                self.load(annotation)
            }
            StmtKind::TypeAlias { name, type_params, value } => {
                if !matches!(name.kind, ExprKind::Name { .. }) {
                    return Err(self.thread.type_error("TypeAlias with non-Name name"));
                }
                self.expr(name, ExprContext::Store)?;
                self.type_params(type_params)?;
                self.load(value)
            }
            StmtKind::For(node) => {
                self.expr(&node.target, ExprContext::Store)?;
                self.load(&node.iter)?;
                self.body(&node.body, if node.is_async { "AsyncFor" } else { "For" })?;
                self.stmts(&node.orelse)
            }
            StmtKind::While { test, body, orelse } => {
                self.load(test)?;
                self.body(body, "While")?;
                self.stmts(orelse)
            }
            StmtKind::If { test, body, orelse } => {
                self.load(test)?;
                self.body(body, "If")?;
                self.stmts(orelse)
            }
            StmtKind::With(node) => {
                let owner = if node.is_async { "AsyncWith" } else { "With" };
                self.not_empty(&node.items, "items", owner)?;
                for item in &node.items {
                    self.load(&item.context_expr)?;
                    if let Some(target) = &item.optional_vars {
                        self.expr(target, ExprContext::Store)?;
                    }
                }
                self.body(&node.body, owner)
            }
            StmtKind::Match { subject, cases } => {
                self.load(subject)?;
                self.not_empty(cases, "cases", "Match")?;
                cases.iter().try_for_each(|case| {
                    self.pattern(&case.pattern, false)?;
                    self.optional(&case.guard)?;
                    self.body(&case.body, "match_case")
                })
            }
            StmtKind::Raise { exc, cause } => {
                if exc.is_none() && cause.is_some() {
                    return Err(self.value_error("Raise with cause but no exception"));
                }
                self.optional(exc)?;
                self.optional(cause)
            }
            StmtKind::Try(node) => self.try_statement(node),
            StmtKind::Assert { test, msg } => {
                self.load(test)?;
                self.optional(msg)
            }
            StmtKind::Import(names) => {
                self.not_empty(names, "names", "Import")?;
                self.aliases(names)
            }
            StmtKind::ImportFrom { names, .. } => {
                self.not_empty(names, "names", "ImportFrom")?;
                self.aliases(names)
            }
            StmtKind::Global(names) => self.not_empty(names, "names", "Global"),
            StmtKind::Nonlocal(names) => self.not_empty(names, "names", "Nonlocal"),
            StmtKind::Expr(value) => self.load(value),
            StmtKind::Pass | StmtKind::Break | StmtKind::Continue => Ok(()),
        }
    }

    fn aliases(&self, names: &[Alias]) -> PyResult<()> {
        names.iter().try_for_each(|alias| {
            self.name(&alias.name)?;
            alias.asname.as_ref().map_or(Ok(()), |name| self.name(name))
        })
    }

    fn try_statement(&self, node: &Try) -> PyResult<()> {
        let owner = if node.is_star { "TryStar" } else { "Try" };
        self.body(&node.body, owner)?;
        if node.handlers.is_empty() && node.finalbody.is_empty() {
            return Err(self.value_error(&format!("{owner} has neither except handlers nor finalbody")));
        }
        if node.handlers.is_empty() && !node.orelse.is_empty() {
            return Err(self.value_error(&format!("{owner} has orelse but no except handlers")));
        }
        for handler in &node.handlers {
            self.location(handler.location)?;
            handler.name.as_ref().map_or(Ok(()), |name| self.name(name))?;
            self.optional(&handler.type_)?;
            self.body(&handler.body, "ExceptHandler")?;
        }
        self.stmts(&node.finalbody)?;
        self.stmts(&node.orelse)
    }

    fn expr(&self, expression: &Expr, context: ExprContext) -> PyResult<()> {
        self.thread.check_stack(" during compilation")?;
        self.location(expression.location)?;
        let own = match &expression.kind {
            ExprKind::Attribute { ctx, .. }
            | ExprKind::Subscript { ctx, .. }
            | ExprKind::Starred { ctx, .. }
            | ExprKind::List { ctx, .. }
            | ExprKind::Tuple { ctx, .. } => Some(*ctx),
            ExprKind::Name { id, ctx } => {
                self.name(id)?;
                Some(*ctx)
            }
            _ => None,
        };
        match own {
            None if context != ExprContext::Load => {
                let name = context_name(context);
                return Err(self.value_error(&format!("expression which can't be assigned to in {name} context")));
            }
            Some(own) if own != context => {
                let (wanted, own) = (context_name(context), context_name(own));
                return Err(self.value_error(&format!("expression must have {wanted} context but has {own} instead")));
            }
            _ => {}
        }
        match &expression.kind {
            ExprKind::BoolOp { values, .. } => {
                if values.len() < 2 {
                    return Err(self.value_error("BoolOp with less than 2 values"));
                }
                self.loads(values)
            }
            ExprKind::NamedExpr { target, value } => {
                if !matches!(target.kind, ExprKind::Name { .. }) {
                    return Err(self.thread.type_error("NamedExpr target must be a Name"));
                }
                self.expr(target, ExprContext::Store)?;
                self.load(value)
            }
            ExprKind::BinOp { left, right, .. } => {
                self.load(left)?;
                self.load(right)
            }
            ExprKind::UnaryOp { operand, .. } => self.load(operand),
            ExprKind::Lambda { args, body } => {
                self.arguments(args)?;
                self.load(body)
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.load(test)?;
                self.load(body)?;
                self.load(orelse)
            }
            ExprKind::Dict { keys, values } => {
                if keys.len() != values.len() {
                    return Err(self.value_error("Dict doesn't have the same number of keys as values"));
                }
                keys.iter().flatten().try_for_each(|key| self.load(key))?;
                self.loads(values)
            }
            ExprKind::Set(elts) | ExprKind::JoinedStr(elts) | ExprKind::TemplateStr(elts) => self.loads(elts),
            ExprKind::ListComp { elt, generators } | ExprKind::SetComp { elt, generators } | ExprKind::GeneratorExp { elt, generators } => {
                self.comprehensions(generators)?;
                self.load(elt)
            }
            ExprKind::DictComp { key, value, generators } => {
                self.comprehensions(generators)?;
                self.load(key)?;
                self.load(value)
            }
            ExprKind::Yield(value) => self.optional(value),
            ExprKind::YieldFrom(value) | ExprKind::Await(value) => self.load(value),
            ExprKind::Compare { left, ops, comparators } => {
                if comparators.is_empty() {
                    return Err(self.value_error("Compare with no comparators"));
                }
                if comparators.len() != ops.len() {
                    return Err(self.value_error("Compare has a different number of comparators and operands"));
                }
                self.loads(comparators)?;
                self.load(left)
            }
            ExprKind::Call { func, args, keywords } => {
                self.load(func)?;
                self.loads(args)?;
                self.keywords(keywords)
            }
            ExprKind::Constant { .. } | ExprKind::Name { .. } => Ok(()),
            ExprKind::FormattedValue { value, format_spec, .. } | ExprKind::Interpolation { value, format_spec, .. } => {
                self.load(value)?;
                self.optional(format_spec)
            }
            ExprKind::Attribute { value, .. } => self.load(value),
            ExprKind::Subscript { value, slice, .. } => {
                self.load(slice)?;
                self.load(value)
            }
            ExprKind::Starred { value, ctx } => self.expr(value, *ctx),
            ExprKind::List { elts, ctx } | ExprKind::Tuple { elts, ctx } => self.exprs(elts, *ctx),
            ExprKind::Slice { lower, upper, step } => {
                self.optional(lower)?;
                self.optional(upper)?;
                self.optional(step)
            }
        }
    }

    /// A pattern's name.
    fn capture(&self, name: &Option<Identifier>) -> PyResult<()> {
        match name.as_deref() {
            Some("_") => Err(self.value_error("can't capture name '_' in patterns")),
            Some(name) => self.name(name),
            None => Ok(()),
        }
    }

    fn pattern_value(&self, value: &Expr) -> PyResult<()> {
        self.load(value)?;
        match &value.kind {
            ExprKind::Constant {
                value: Const::None | Const::True | Const::False | Const::Ellipsis | Const::Tuple(_) | Const::FrozenSet(_),
                ..
            } => Err(self.value_error("unexpected constant inside of a literal pattern")),
            ExprKind::UnaryOp { .. }
            | ExprKind::BinOp { .. }
            | ExprKind::Attribute { .. }
            | ExprKind::Constant { .. }
            | ExprKind::JoinedStr(_)
            | ExprKind::TemplateStr(_) => Ok(()),
            _ => Err(self.value_error("patterns may only match literals and attribute lookups")),
        }
    }

    fn patterns(&self, patterns: &[Pattern], star: bool) -> PyResult<()> {
        patterns.iter().try_for_each(|pattern| self.pattern(pattern, star))
    }

    fn pattern(&self, pattern: &Pattern, star: bool) -> PyResult<()> {
        self.thread.check_stack(" during compilation")?;
        self.location(pattern.location)?;
        match &pattern.kind {
            PatternKind::MatchValue(value) => self.pattern_value(value),
            PatternKind::MatchSingleton(value) => match value {
                Const::None | Const::True | Const::False => Ok(()),
                _ => Err(self.value_error("MatchSingleton can only contain True, False and None")),
            },
            PatternKind::MatchSequence(patterns) => self.patterns(patterns, true),
            PatternKind::MatchMapping { keys, patterns, rest } => {
                if keys.len() != patterns.len() {
                    return Err(self.value_error("MatchMapping doesn't have the same number of keys as patterns"));
                }
                self.capture(rest)?;
                for key in keys {
                    if !matches!(key.kind, ExprKind::Constant { value: Const::None | Const::True | Const::False, .. }) {
                        self.pattern_value(key)?;
                    }
                }
                self.patterns(patterns, false)
            }
            PatternKind::MatchClass { cls, patterns, kwd_attrs, kwd_patterns } => {
                if kwd_attrs.len() != kwd_patterns.len() {
                    return Err(self.value_error("MatchClass doesn't have the same number of keyword attributes as patterns"));
                }
                self.load(cls)?;
                let mut class: &Expr = cls;
                while let ExprKind::Attribute { value, .. } = &class.kind {
                    class = value;
                }
                if !matches!(class.kind, ExprKind::Name { .. }) {
                    return Err(self.value_error("MatchClass cls field can only contain Name or Attribute nodes."));
                }
                kwd_attrs.iter().try_for_each(|name| self.name(name))?;
                self.patterns(patterns, false)?;
                self.patterns(kwd_patterns, false)
            }
            PatternKind::MatchStar(name) => {
                if !star {
                    return Err(self.value_error("can't use MatchStar here"));
                }
                self.capture(name)
            }
            PatternKind::MatchAs { pattern, name } => {
                self.capture(name)?;
                match pattern {
                    Some(_) if name.is_none() => Err(self.value_error("MatchAs must specify a target name if a pattern is given")),
                    Some(pattern) => self.pattern(pattern, false),
                    None => Ok(()),
                }
            }
            PatternKind::MatchOr(patterns) => {
                if patterns.len() < 2 {
                    return Err(self.value_error("MatchOr requires at least 2 patterns"));
                }
                self.patterns(patterns, false)
            }
        }
    }
}
