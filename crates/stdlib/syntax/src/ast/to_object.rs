//! From the compiler's tree to nodes that Python code sees.

use pyrox_compiler::ast::*;
use pyrox_compiler::code::Text;
use pyrox_interpreter::code::constant;
use pyrox_objects::{Dict, Int, List, Obj, PyResult, Str, Thread, intern};

use super::base::Ast;
use super::classes::{self, Classes};
use super::comments::Comments;
use super::schema::Kind;

/// The node of a whole tree. `comments` are the source's type comments, if they count.
pub fn module(thread: &Thread, tree: &Mod, comments: Option<Comments>) -> PyResult<Obj> {
    let builder = Builder { thread, classes: classes::get(thread)?, comments };
    match tree {
        Mod::Module { body, .. } => {
            let ignores = match &builder.comments {
                Some(comments) => builder.list(&comments.ignores(), |(line, tag)| {
                    builder.node(Kind::TypeIgnore, None, vec![builder.int(*line), builder.string(tag)?])
                })?,
                None => List::new(thread)?.upcast(),
            };
            builder.node(Kind::Module, None, vec![builder.body(body)?, ignores])
        }
        Mod::Interactive { body } => builder.node(Kind::Interactive, None, vec![builder.body(body)?]),
        Mod::Expression { body } => builder.node(Kind::Expression, None, vec![builder.expr(body)?]),
        Mod::FunctionType { argtypes, returns } => {
            builder.node(Kind::FunctionType, None, vec![builder.exprs(argtypes)?, builder.expr(returns)?])
        }
    }
}

struct Builder<'a> {
    thread: &'a Thread,
    classes: &'static Classes,
    comments: Option<Comments>,
}

/// Where something starts and ends, for the comments between.
fn start(location: Location) -> (i32, i32) {
    (location.line, location.column)
}

fn end(location: Location) -> (i32, i32) {
    (location.end_line, location.end_column)
}

/// Where a block's first statement starts, with its decorators.
fn body_start(body: &[Stmt]) -> (i32, i32) {
    let Some(first) = body.first() else { return (i32::MAX, 0) };
    let decorators = match &first.kind {
        StmtKind::FunctionDef(function) => function.decorator_list.first(),
        StmtKind::ClassDef(class) => class.decorator_list.first(),
        _ => None,
    };
    start(decorators.map_or(first.location, |decorator| decorator.location))
}

impl Builder<'_> {
    fn node(&self, kind: Kind, location: Option<Location>, values: Vec<Obj>) -> PyResult<Obj> {
        let attributes = Dict::new(self.thread)?;
        for (name, value) in self.classes.fields(kind).iter().zip(values) {
            attributes.set(self.thread, name, &value)?;
        }
        if let Some(place) = location {
            attributes.set(self.thread, intern!("lineno"), &Int::from(i64::from(place.line)))?;
            attributes.set(self.thread, intern!("col_offset"), &Int::from(i64::from(place.column)))?;
            attributes.set(self.thread, intern!("end_lineno"), &Int::from(i64::from(place.end_line)))?;
            attributes.set(self.thread, intern!("end_col_offset"), &Int::from(i64::from(place.end_column)))?;
        }
        Ast::make(self.thread, self.classes.class(kind), attributes)
    }

    fn none(&self) -> Obj {
        pyrox_objects::none()
    }

    fn int(&self, value: i32) -> Obj {
        Int::from(i64::from(value)).upcast()
    }

    fn string(&self, text: &Text) -> PyResult<Obj> {
        Ok(Str::from_wtf8(self.thread, &text.0)?.upcast())
    }

    fn identifier(&self, name: &Identifier) -> PyResult<Obj> {
        Ok(Str::intern_str(self.thread, name)?.upcast())
    }

    fn optional_identifier(&self, name: &Option<Identifier>) -> PyResult<Obj> {
        name.as_ref().map_or_else(|| Ok(self.none()), |name| self.identifier(name))
    }

    fn list<T>(&self, items: &[T], convert: impl Fn(&T) -> PyResult<Obj>) -> PyResult<Obj> {
        let items = items.iter().map(convert).collect::<PyResult<Vec<Obj>>>()?;
        Ok(List::from_vec(self.thread, items)?.upcast())
    }

    fn body(&self, body: &[Stmt]) -> PyResult<Obj> {
        self.list(body, |statement| self.stmt(statement))
    }

    fn exprs(&self, expressions: &[Expr]) -> PyResult<Obj> {
        self.list(expressions, |expression| self.expr(expression))
    }

    fn optional(&self, expression: &Option<Box<Expr>>) -> PyResult<Obj> {
        expression.as_ref().map_or_else(|| Ok(self.none()), |expression| self.expr(expression))
    }

    fn identifiers(&self, names: &[Identifier]) -> PyResult<Obj> {
        self.list(names, |name| self.identifier(name))
    }

    /// The type comment between two places of a statement.
    fn comment(&self, from: (i32, i32), to: (i32, i32)) -> PyResult<Obj> {
        match self.comments.as_ref().and_then(|comments| comments.between(from, to, false)) {
            Some(text) => self.string(&text),
            None => Ok(self.none()),
        }
    }

    fn stmt(&self, statement: &Stmt) -> PyResult<Obj> {
        self.thread.check_stack(" during ast construction")?;
        let place = statement.location;
        let (kind, values) = match &statement.kind {
            StmtKind::FunctionDef(function) => {
                let kind = if function.is_async { Kind::AsyncFunctionDef } else { Kind::FunctionDef };
                let args = self.arguments(&function.args)?;
                let header = match &function.returns {
                    Some(returns) => end(returns.location),
                    None => last_argument_end(&function.args).unwrap_or_else(|| start(place)),
                };
                let comment = self.comment(header, body_start(&function.body))?;
                let values = vec![
                    self.identifier(&function.name)?,
                    args,
                    self.body(&function.body)?,
                    self.exprs(&function.decorator_list)?,
                    self.optional(&function.returns)?,
                    comment,
                    self.type_params(&function.type_params)?,
                ];
                (kind, values)
            }
            StmtKind::ClassDef(class) => {
                let values = vec![
                    self.identifier(&class.name)?,
                    self.exprs(&class.bases)?,
                    self.keywords(&class.keywords)?,
                    self.body(&class.body)?,
                    self.exprs(&class.decorator_list)?,
                    self.type_params(&class.type_params)?,
                ];
                (Kind::ClassDef, values)
            }
            StmtKind::Return(value) => (Kind::Return, vec![self.optional(value)?]),
            StmtKind::Delete(targets) => (Kind::Delete, vec![self.exprs(targets)?]),
            StmtKind::Assign { targets, value } => {
                let comment = match self.comments.as_ref().and_then(|comments| comments.behind(end(place))) {
                    Some(text) => self.string(&text)?,
                    None => self.none(),
                };
                (Kind::Assign, vec![self.exprs(targets)?, self.expr(value)?, comment])
            }
            StmtKind::TypeAlias { name, type_params, value } => {
                (Kind::TypeAlias, vec![self.expr(name)?, self.type_params(type_params)?, self.expr(value)?])
            }
            StmtKind::AugAssign { target, op, value } => (Kind::AugAssign, vec![self.expr(target)?, self.operator(*op), self.expr(value)?]),
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                (Kind::AnnAssign, vec![self.expr(target)?, self.expr(annotation)?, self.optional(value)?, self.int(i32::from(*simple))])
            }
            StmtKind::For(node) => {
                let kind = if node.is_async { Kind::AsyncFor } else { Kind::For };
                let comment = self.comment(end(node.iter.location), body_start(&node.body))?;
                let values =
                    vec![self.expr(&node.target)?, self.expr(&node.iter)?, self.body(&node.body)?, self.body(&node.orelse)?, comment];
                (kind, values)
            }
            StmtKind::While { test, body, orelse } => (Kind::While, vec![self.expr(test)?, self.body(body)?, self.body(orelse)?]),
            StmtKind::If { test, body, orelse } => (Kind::If, vec![self.expr(test)?, self.body(body)?, self.body(orelse)?]),
            StmtKind::With(node) => {
                let kind = if node.is_async { Kind::AsyncWith } else { Kind::With };
                let header = node.items.last().map_or(start(place), |item| {
                    end(item.optional_vars.as_ref().map_or(item.context_expr.location, |target| target.location))
                });
                let comment = self.comment(header, body_start(&node.body))?;
                let items = self.list(&node.items, |item| {
                    let values = vec![self.expr(&item.context_expr)?, self.optional(&item.optional_vars)?];
                    self.node(Kind::withitem, None, values)
                })?;
                (kind, vec![items, self.body(&node.body)?, comment])
            }
            StmtKind::Match { subject, cases } => {
                let cases = self.list(cases, |case| {
                    let values = vec![self.pattern(&case.pattern)?, self.optional(&case.guard)?, self.body(&case.body)?];
                    self.node(Kind::match_case, None, values)
                })?;
                (Kind::Match, vec![self.expr(subject)?, cases])
            }
            StmtKind::Raise { exc, cause } => (Kind::Raise, vec![self.optional(exc)?, self.optional(cause)?]),
            StmtKind::Try(node) => {
                let kind = if node.is_star { Kind::TryStar } else { Kind::Try };
                let handlers = self.list(&node.handlers, |handler| {
                    let values = vec![self.optional(&handler.type_)?, self.optional_identifier(&handler.name)?, self.body(&handler.body)?];
                    self.node(Kind::ExceptHandler, Some(handler.location), values)
                })?;
                (kind, vec![self.body(&node.body)?, handlers, self.body(&node.orelse)?, self.body(&node.finalbody)?])
            }
            StmtKind::Assert { test, msg } => (Kind::Assert, vec![self.expr(test)?, self.optional(msg)?]),
            StmtKind::Import(names) => (Kind::Import, vec![self.aliases(names)?]),
            StmtKind::ImportFrom { module, names, level } => {
                let level = self.int(i32::try_from(*level).unwrap_or(i32::MAX));
                (Kind::ImportFrom, vec![self.optional_identifier(module)?, self.aliases(names)?, level])
            }
            StmtKind::Global(names) => (Kind::Global, vec![self.identifiers(names)?]),
            StmtKind::Nonlocal(names) => (Kind::Nonlocal, vec![self.identifiers(names)?]),
            StmtKind::Expr(value) => (Kind::Expr, vec![self.expr(value)?]),
            StmtKind::Pass => (Kind::Pass, Vec::new()),
            StmtKind::Break => (Kind::Break, Vec::new()),
            StmtKind::Continue => (Kind::Continue, Vec::new()),
        };
        self.node(kind, Some(place), values)
    }

    fn expr(&self, expression: &Expr) -> PyResult<Obj> {
        self.thread.check_stack(" during ast construction")?;
        let (kind, values) = match &expression.kind {
            ExprKind::BoolOp { op, values } => {
                let op = match op {
                    BoolOp::And => Kind::And,
                    BoolOp::Or => Kind::Or,
                };
                (Kind::BoolOp, vec![self.classes.singleton(op), self.exprs(values)?])
            }
            ExprKind::NamedExpr { target, value } => (Kind::NamedExpr, vec![self.expr(target)?, self.expr(value)?]),
            ExprKind::BinOp { left, op, right } => (Kind::BinOp, vec![self.expr(left)?, self.operator(*op), self.expr(right)?]),
            ExprKind::UnaryOp { op, operand } => {
                let op = match op {
                    UnaryOp::Invert => Kind::Invert,
                    UnaryOp::Not => Kind::Not,
                    UnaryOp::UAdd => Kind::UAdd,
                    UnaryOp::USub => Kind::USub,
                };
                (Kind::UnaryOp, vec![self.classes.singleton(op), self.expr(operand)?])
            }
            ExprKind::Lambda { args, body } => (Kind::Lambda, vec![self.arguments(args)?, self.expr(body)?]),
            ExprKind::IfExp { test, body, orelse } => (Kind::IfExp, vec![self.expr(test)?, self.expr(body)?, self.expr(orelse)?]),
            ExprKind::Dict { keys, values } => {
                let keys = self.list(keys, |key| key.as_ref().map_or_else(|| Ok(self.none()), |key| self.expr(key)))?;
                (Kind::Dict, vec![keys, self.exprs(values)?])
            }
            ExprKind::Set(elts) => (Kind::Set, vec![self.exprs(elts)?]),
            ExprKind::ListComp { elt, generators } => (Kind::ListComp, vec![self.expr(elt)?, self.generators(generators)?]),
            ExprKind::SetComp { elt, generators } => (Kind::SetComp, vec![self.expr(elt)?, self.generators(generators)?]),
            ExprKind::DictComp { key, value, generators } => {
                (Kind::DictComp, vec![self.expr(key)?, self.expr(value)?, self.generators(generators)?])
            }
            ExprKind::GeneratorExp { elt, generators } => (Kind::GeneratorExp, vec![self.expr(elt)?, self.generators(generators)?]),
            ExprKind::Await(value) => (Kind::Await, vec![self.expr(value)?]),
            ExprKind::Yield(value) => (Kind::Yield, vec![self.optional(value)?]),
            ExprKind::YieldFrom(value) => (Kind::YieldFrom, vec![self.expr(value)?]),
            ExprKind::Compare { left, ops, comparators } => {
                let ops = self.list(ops, |op| Ok(self.classes.singleton(comparison(*op))))?;
                (Kind::Compare, vec![self.expr(left)?, ops, self.exprs(comparators)?])
            }
            ExprKind::Call { func, args, keywords } => (Kind::Call, vec![self.expr(func)?, self.exprs(args)?, self.keywords(keywords)?]),
            ExprKind::FormattedValue { value, conversion, format_spec } => {
                (Kind::FormattedValue, vec![self.expr(value)?, self.int(*conversion), self.optional(format_spec)?])
            }
            ExprKind::Interpolation { value, str, conversion, format_spec } => {
                let text = constant(self.thread, str)?;
                (Kind::Interpolation, vec![self.expr(value)?, text, self.int(*conversion), self.optional(format_spec)?])
            }
            ExprKind::JoinedStr(values) => (Kind::JoinedStr, vec![self.exprs(values)?]),
            ExprKind::TemplateStr(values) => (Kind::TemplateStr, vec![self.exprs(values)?]),
            ExprKind::Constant { value, unicode_prefix } => {
                let prefix = match unicode_prefix {
                    true => Str::intern_str(self.thread, "u")?.upcast(),
                    false => self.none(),
                };
                (Kind::Constant, vec![constant(self.thread, value)?, prefix])
            }
            ExprKind::Attribute { value, attr, ctx } => {
                (Kind::Attribute, vec![self.expr(value)?, self.identifier(attr)?, self.context(*ctx)])
            }
            ExprKind::Subscript { value, slice, ctx } => (Kind::Subscript, vec![self.expr(value)?, self.expr(slice)?, self.context(*ctx)]),
            ExprKind::Starred { value, ctx } => (Kind::Starred, vec![self.expr(value)?, self.context(*ctx)]),
            ExprKind::Name { id, ctx } => (Kind::Name, vec![self.identifier(id)?, self.context(*ctx)]),
            ExprKind::List { elts, ctx } => (Kind::List, vec![self.exprs(elts)?, self.context(*ctx)]),
            ExprKind::Tuple { elts, ctx } => (Kind::Tuple, vec![self.exprs(elts)?, self.context(*ctx)]),
            ExprKind::Slice { lower, upper, step } => {
                (Kind::Slice, vec![self.optional(lower)?, self.optional(upper)?, self.optional(step)?])
            }
        };
        self.node(kind, Some(expression.location), values)
    }

    fn context(&self, context: ExprContext) -> Obj {
        self.classes.singleton(match context {
            ExprContext::Load => Kind::Load,
            ExprContext::Store => Kind::Store,
            ExprContext::Del => Kind::Del,
        })
    }

    fn operator(&self, operator: Operator) -> Obj {
        self.classes.singleton(match operator {
            Operator::Add => Kind::Add,
            Operator::Sub => Kind::Sub,
            Operator::Mult => Kind::Mult,
            Operator::MatMult => Kind::MatMult,
            Operator::Div => Kind::Div,
            Operator::Mod => Kind::Mod,
            Operator::Pow => Kind::Pow,
            Operator::LShift => Kind::LShift,
            Operator::RShift => Kind::RShift,
            Operator::BitOr => Kind::BitOr,
            Operator::BitXor => Kind::BitXor,
            Operator::BitAnd => Kind::BitAnd,
            Operator::FloorDiv => Kind::FloorDiv,
        })
    }

    fn generators(&self, generators: &[Comprehension]) -> PyResult<Obj> {
        self.list(generators, |node| {
            let is_async = self.int(i32::from(node.is_async));
            let values = vec![self.expr(&node.target)?, self.expr(&node.iter)?, self.exprs(&node.ifs)?, is_async];
            self.node(Kind::comprehension, None, values)
        })
    }

    fn keywords(&self, keywords: &[Keyword]) -> PyResult<Obj> {
        self.list(keywords, |keyword| {
            let values = vec![self.optional_identifier(&keyword.arg)?, self.expr(&keyword.value)?];
            self.node(Kind::keyword, Some(keyword.location), values)
        })
    }

    fn aliases(&self, names: &[Alias]) -> PyResult<Obj> {
        self.list(names, |alias| {
            let values = vec![self.identifier(&alias.name)?, self.optional_identifier(&alias.asname)?];
            self.node(Kind::alias, Some(alias.location), values)
        })
    }

    /// An argument; its type comment is that of the line on which it is the last one. `starts` are the places
    /// of all arguments.
    fn argument(&self, arg: &Arg, starts: &[(i32, i32)]) -> PyResult<Obj> {
        let from = end(arg.location);
        let line_end = (arg.location.end_line, i32::MAX);
        let to = starts.iter().copied().filter(|&place| place >= from).min().map_or(line_end, |next| next.min(line_end));
        let comment = match self.comments.as_ref().and_then(|comments| comments.between(from, to, true)) {
            Some(text) => self.string(&text)?,
            None => self.none(),
        };
        let values = vec![self.identifier(&arg.arg)?, self.optional(&arg.annotation)?, comment];
        self.node(Kind::arg, Some(arg.location), values)
    }

    fn arguments(&self, args: &Arguments) -> PyResult<Obj> {
        let starts: Vec<(i32, i32)> = match self.comments {
            Some(_) => all_arguments(args).map(|arg| start(arg.location)).collect(),
            None => Vec::new(),
        };
        let list = |args: &[Arg]| self.list(args, |arg| self.argument(arg, &starts));
        let optional = |arg: &Option<Box<Arg>>| arg.as_ref().map_or_else(|| Ok(self.none()), |arg| self.argument(arg, &starts));
        let kw_defaults =
            self.list(&args.kw_defaults, |default| default.as_ref().map_or_else(|| Ok(self.none()), |default| self.expr(default)))?;
        let values = vec![
            list(&args.posonlyargs)?,
            list(&args.args)?,
            optional(&args.vararg)?,
            list(&args.kwonlyargs)?,
            kw_defaults,
            optional(&args.kwarg)?,
            self.exprs(&args.defaults)?,
        ];
        self.node(Kind::arguments, None, values)
    }

    fn patterns(&self, patterns: &[Pattern]) -> PyResult<Obj> {
        self.list(patterns, |pattern| self.pattern(pattern))
    }

    fn pattern(&self, pattern: &Pattern) -> PyResult<Obj> {
        self.thread.check_stack(" during ast construction")?;
        let (kind, values) = match &pattern.kind {
            PatternKind::MatchValue(value) => (Kind::MatchValue, vec![self.expr(value)?]),
            PatternKind::MatchSingleton(value) => (Kind::MatchSingleton, vec![constant(self.thread, value)?]),
            PatternKind::MatchSequence(patterns) => (Kind::MatchSequence, vec![self.patterns(patterns)?]),
            PatternKind::MatchMapping { keys, patterns, rest } => {
                (Kind::MatchMapping, vec![self.exprs(keys)?, self.patterns(patterns)?, self.optional_identifier(rest)?])
            }
            PatternKind::MatchClass { cls, patterns, kwd_attrs, kwd_patterns } => {
                let values = vec![self.expr(cls)?, self.patterns(patterns)?, self.identifiers(kwd_attrs)?, self.patterns(kwd_patterns)?];
                (Kind::MatchClass, values)
            }
            PatternKind::MatchStar(name) => (Kind::MatchStar, vec![self.optional_identifier(name)?]),
            PatternKind::MatchAs { pattern, name } => {
                let pattern = pattern.as_ref().map_or_else(|| Ok(self.none()), |pattern| self.pattern(pattern))?;
                (Kind::MatchAs, vec![pattern, self.optional_identifier(name)?])
            }
            PatternKind::MatchOr(patterns) => (Kind::MatchOr, vec![self.patterns(patterns)?]),
        };
        self.node(kind, Some(pattern.location), values)
    }

    fn type_params(&self, params: &[TypeParam]) -> PyResult<Obj> {
        self.list(params, |param| {
            let (kind, values) = match &param.kind {
                TypeParamKind::TypeVar { name, bound, default } => {
                    (Kind::TypeVar, vec![self.identifier(name)?, self.optional(bound)?, self.optional(default)?])
                }
                TypeParamKind::ParamSpec { name, default } => (Kind::ParamSpec, vec![self.identifier(name)?, self.optional(default)?]),
                TypeParamKind::TypeVarTuple { name, default } => {
                    (Kind::TypeVarTuple, vec![self.identifier(name)?, self.optional(default)?])
                }
            };
            self.node(kind, Some(param.location), values)
        })
    }
}

fn comparison(operator: CmpOp) -> Kind {
    match operator {
        CmpOp::Eq => Kind::Eq,
        CmpOp::NotEq => Kind::NotEq,
        CmpOp::Lt => Kind::Lt,
        CmpOp::LtE => Kind::LtE,
        CmpOp::Gt => Kind::Gt,
        CmpOp::GtE => Kind::GtE,
        CmpOp::Is => Kind::Is,
        CmpOp::IsNot => Kind::IsNot,
        CmpOp::In => Kind::In,
        CmpOp::NotIn => Kind::NotIn,
    }
}

fn all_arguments(args: &Arguments) -> impl Iterator<Item = &Arg> {
    let plain = args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs);
    plain.chain(args.vararg.as_deref()).chain(args.kwarg.as_deref())
}

/// Where the last argument ends.
fn last_argument_end(args: &Arguments) -> Option<(i32, i32)> {
    all_arguments(args).map(|arg| end(arg.location)).max()
}
