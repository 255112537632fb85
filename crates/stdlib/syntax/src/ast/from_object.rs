//! From nodes that Python code made to the compiler's tree.
//!
//! What has the wrong type is refused here; what is well typed but makes no program, in `validate.rs`.

use std::rc::Rc;

use pyrox_compiler::Mode;
use pyrox_compiler::ast::*;
use pyrox_compiler::code::{BigInt, Const, Text};
use pyrox_objects::{Bytes, Complex, Float, FrozenSet, Int, List, Obj, Object, PyResult, Raised, Str, Thread, Tuple, exceptions};

use super::classes::{self, Classes};
use super::schema::{Kind, SUMS};

/// How deeply a tree may nest.
const MAX_DEPTH: usize = pyrox_compiler::MAX_SHARED_TREE_DEPTH as usize;

/// The kind of a root that a mode of compilation takes.
pub fn root_kind(mode: Mode) -> Kind {
    match mode {
        Mode::Exec => Kind::Module,
        Mode::Eval => Kind::Expression,
        Mode::Single => Kind::Interactive,
        Mode::FuncType => Kind::FunctionType,
    }
}

/// Whether `node` is a root of the mode's kind.
pub fn check_root(thread: &Thread, node: &Object, mode: Mode) -> PyResult<Kind> {
    let kind = root_kind(mode);
    if node.ty().is_subtype(classes::get(thread)?.class(kind)) {
        return Ok(kind);
    }
    Err(thread.type_error(&format!("expected {} node, got {}", kind.name(), node.ty().name())))
}

/// The tree and how deeply it nests.
pub fn module(thread: &Thread, node: &Object, mode: Mode) -> PyResult<(Mod, usize)> {
    let kind = check_root(thread, node, mode)?;
    let mut reader = Reader { thread, classes: classes::get(thread)?, depth: 0, deepest: 0 };
    let tree = match kind {
        Kind::Module => {
            let body = reader.body(node, kind, "body")?;
            let type_ignores = reader.list(node, kind, "type_ignores", Reader::type_ignore)?;
            Mod::Module { body, type_ignores }
        }
        Kind::Expression => Mod::Expression { body: reader.expression(node, kind, "body")? },
        Kind::Interactive => Mod::Interactive { body: reader.body(node, kind, "body")? },
        _ => {
            Mod::FunctionType { argtypes: reader.expressions(node, kind, "argtypes")?, returns: reader.expression(node, kind, "returns")? }
        }
    };
    Ok((tree, reader.deepest))
}

struct Reader<'a> {
    thread: &'a Thread,
    classes: &'static Classes,
    depth: usize,
    deepest: usize,
}

/// The kinds of a sum type.
fn kinds(name: &str) -> &'static [Kind] {
    SUMS.iter().find(|sum| sum.name == name).map_or(&[], |sum| sum.kinds)
}

impl Reader<'_> {
    /// The field `name`; none if it is missing or None.
    fn get(&self, node: &Object, name: &str) -> PyResult<Option<Obj>> {
        let name = Str::intern_str(self.thread, name)?;
        Ok(node.lookup_attr(self.thread, &name)?.filter(|value| !value.is_none()))
    }

    /// The field `name`, which must not be missing.
    fn required(&self, node: &Object, kind: &str, name: &str) -> PyResult<Obj> {
        let interned = Str::intern_str(self.thread, name)?;
        match node.lookup_attr(self.thread, &interned)? {
            Some(value) => Ok(value),
            None => Err(self.thread.type_error(&format!("required field \"{name}\" missing from {kind}"))),
        }
    }

    /// The same, and None is refused.
    fn given(&self, node: &Object, kind: Kind, name: &str) -> PyResult<Obj> {
        let value = self.required(node, kind.name(), name)?;
        if value.is_none() {
            return Err(self.thread.value_error(&format!("field '{name}' is required for {}", kind.name())));
        }
        Ok(value)
    }

    fn unexpected(&self, sum: &str, node: &Object) -> Raised {
        match node.repr(self.thread) {
            Ok(text) => self.thread.type_error(&format!("expected some sort of {sum}, but got {text}")),
            Err(raised) => raised,
        }
    }

    /// Go one level down.
    fn descend<T>(&mut self, sum: &str, read: impl FnOnce(&mut Self) -> PyResult<T>) -> PyResult<T> {
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        let place = format!(" while traversing '{sum}' node");
        if self.depth > MAX_DEPTH {
            return Err(self.thread.recursion_error(&format!("maximum recursion depth exceeded{place}")));
        }
        self.thread.check_stack(&place)?;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn integer(&self, value: &Object) -> PyResult<i32> {
        let Some(number) = value.cast::<Int>() else {
            let text = value.repr(self.thread)?;
            return Err(self.thread.value_error(&format!("invalid integer value: {text}")));
        };
        let number = number.to_i64().and_then(|number| i32::try_from(number).ok());
        number.ok_or_else(|| self.thread.overflow_error("Python int too large to convert to C int"))
    }

    fn int_field(&self, node: &Object, kind: Kind, name: &str) -> PyResult<i32> {
        self.integer(&*self.required(node, kind.name(), name)?)
    }

    /// Where a node stands; its end is its start if it is not told, unless `strict`.
    fn location(&self, node: &Object, sum: &str, strict: bool) -> PyResult<Location> {
        let line = self.integer(&*self.required(node, sum, "lineno")?)?;
        let column = self.integer(&*self.required(node, sum, "col_offset")?)?;
        let end = |name: &str, default: i32| -> PyResult<i32> {
            if strict {
                return self.integer(&*self.required(node, sum, name)?);
            }
            self.get(node, name)?.map_or(Ok(default), |value| self.integer(&value))
        };
        let end_line = end("end_lineno", line)?;
        let end_column = end("end_col_offset", column)?;
        Ok(Location { line, end_line, column, end_column })
    }

    fn name(&self, value: &Object) -> PyResult<Identifier> {
        match value.exact::<Str>() {
            Some(text) => Ok(Rc::from(text.to_rust(self.thread)?)),
            None => Err(self.thread.type_error("AST identifier must be of type str")),
        }
    }

    fn identifier(&self, node: &Object, kind: Kind, name: &str) -> PyResult<Identifier> {
        self.name(&*self.given(node, kind, name)?)
    }

    fn optional_identifier(&self, node: &Object, name: &str) -> PyResult<Option<Identifier>> {
        self.get(node, name)?.map(|value| self.name(&value)).transpose()
    }

    fn check_string(&self, node: &Object, name: &str) -> PyResult<Option<Obj>> {
        match self.get(node, name)? {
            Some(value) if !value.is_exact::<Str>() && !value.is_exact::<Bytes>() => {
                Err(self.thread.type_error("AST string must be of type str"))
            }
            value => Ok(value),
        }
    }

    fn list<T>(&mut self, node: &Object, kind: Kind, name: &str, read: impl Fn(&mut Self, &Object) -> PyResult<T>) -> PyResult<Vec<T>> {
        let interned = Str::intern_str(self.thread, name)?;
        let Some(value) = node.lookup_attr(self.thread, &interned)? else { return Ok(Vec::new()) };
        let Some(list) = value.cast::<List>() else {
            return Err(self.thread.type_error(&format!("{} field \"{name}\" must be a list, not a {}", kind.name(), value.ty().name())));
        };
        let length = list.len();
        let mut items = Vec::with_capacity(length);
        for at in 0..length {
            let item = list.get(at);
            if let Some(item) = item {
                items.push(self.descend(kind.name(), |reader| read(reader, &item))?);
            }
            if list.len() != length {
                let message = format!("{} field \"{name}\" changed size during iteration", kind.name());
                return Err(self.thread.runtime_error(&message));
            }
        }
        Ok(items)
    }

    fn body(&mut self, node: &Object, kind: Kind, name: &str) -> PyResult<Vec<Stmt>> {
        self.list(node, kind, name, |reader, item| match item.is_none() {
            true => Err(reader.thread.value_error("None disallowed in statement list")),
            false => reader.stmt(item),
        })
    }

    fn expressions(&mut self, node: &Object, kind: Kind, name: &str) -> PyResult<Vec<Expr>> {
        self.list(node, kind, name, |reader, item| match item.is_none() {
            true => Err(reader.thread.value_error("None disallowed in expression list")),
            false => reader.expr(item),
        })
    }

    fn optional_expressions(&mut self, node: &Object, kind: Kind, name: &str) -> PyResult<Vec<Option<Expr>>> {
        self.list(node, kind, name, |reader, item| if item.is_none() { Ok(None) } else { reader.expr(item).map(Some) })
    }

    fn identifiers(&mut self, node: &Object, kind: Kind, name: &str) -> PyResult<Vec<Identifier>> {
        self.list(node, kind, name, |reader, item| reader.name(item))
    }

    fn patterns(&mut self, node: &Object, kind: Kind, name: &str) -> PyResult<Vec<Pattern>> {
        self.list(node, kind, name, |reader, item| match item.is_none() {
            true => Err(reader.thread.value_error("None disallowed in pattern list")),
            false => reader.pattern(item),
        })
    }

    fn expression(&mut self, node: &Object, kind: Kind, name: &str) -> PyResult<Box<Expr>> {
        let value = self.given(node, kind, name)?;
        Ok(Box::new(self.expr(&value)?))
    }

    fn optional(&mut self, node: &Object, name: &str) -> PyResult<Option<Box<Expr>>> {
        match self.get(node, name)? {
            Some(value) => Ok(Some(Box::new(self.expr(&value)?))),
            None => Ok(None),
        }
    }

    /// The kind of a node without fields.
    fn symbol(&self, node: &Object, sum: &'static str) -> PyResult<Kind> {
        self.classes.kind_of(node, kinds(sum)).ok_or_else(|| self.unexpected(sum, node))
    }

    fn context(&self, node: &Object) -> PyResult<ExprContext> {
        let name = Str::intern_str(self.thread, "ctx")?;
        let Some(value) = node.lookup_attr(self.thread, &name)? else { return Ok(ExprContext::Load) };
        Ok(match self.symbol(&value, "expr_context")? {
            Kind::Store => ExprContext::Store,
            Kind::Del => ExprContext::Del,
            _ => ExprContext::Load,
        })
    }

    fn operator(&self, node: &Object, kind: Kind) -> PyResult<Operator> {
        let value = self.required(node, kind.name(), "op")?;
        Ok(match self.symbol(&value, "operator")? {
            Kind::Add => Operator::Add,
            Kind::Sub => Operator::Sub,
            Kind::Mult => Operator::Mult,
            Kind::MatMult => Operator::MatMult,
            Kind::Div => Operator::Div,
            Kind::Mod => Operator::Mod,
            Kind::Pow => Operator::Pow,
            Kind::LShift => Operator::LShift,
            Kind::RShift => Operator::RShift,
            Kind::BitOr => Operator::BitOr,
            Kind::BitXor => Operator::BitXor,
            Kind::BitAnd => Operator::BitAnd,
            _ => Operator::FloorDiv,
        })
    }

    fn constant(&mut self, value: &Object) -> PyResult<Const> {
        self.descend("Constant", |reader| reader.constant_value(value))
    }

    fn constant_value(&mut self, value: &Object) -> PyResult<Const> {
        let items = |reader: &mut Self, items: Vec<Obj>| -> PyResult<Rc<[Const]>> {
            items.iter().map(|item| reader.constant(item)).collect::<PyResult<Vec<Const>>>().map(Rc::from)
        };
        Ok(if value.is_none() {
            Const::None
        } else if value.is(pyrox_objects::ellipsis_ref()) {
            Const::Ellipsis
        } else if value.is(pyrox_objects::bool_ref(true)) {
            Const::True
        } else if value.is(pyrox_objects::bool_ref(false)) {
            Const::False
        } else if let Some(number) = value.exact::<Int>() {
            let (negative, digits) = number.pair();
            Const::Int(BigInt { negative, digits: if number.is_zero() { Vec::new() } else { digits.to_vec() } })
        } else if let Some(number) = value.exact::<Float>() {
            Const::Float(number.value().to_bits())
        } else if let Some(number) = value.exact::<Complex>() {
            let number = number.value();
            Const::Complex(number.real.to_bits(), number.imag.to_bits())
        } else if let Some(text) = value.exact::<Str>() {
            Const::Str(Text(Rc::from(text.to_wtf8())))
        } else if let Some(bytes) = value.exact::<Bytes>() {
            Const::Bytes(Rc::from(bytes.as_slice()))
        } else if let Some(tuple) = value.exact::<Tuple>() {
            Const::Tuple(items(self, tuple.to_vec())?)
        } else if value.is_exact::<FrozenSet>() {
            Const::FrozenSet(items(self, value.to_items(self.thread)?)?)
        } else {
            return Err(self.thread.type_error(&format!("got an invalid type in Constant: {}", value.ty().full_name())));
        })
    }

    fn stmt(&mut self, node: &Object) -> PyResult<Stmt> {
        self.descend("stmt", |reader| reader.statement(node))
    }

    fn statement(&mut self, node: &Object) -> PyResult<Stmt> {
        let location = self.location(node, "stmt", false)?;
        let Some(kind) = self.classes.kind_of(node, kinds("stmt")) else { return Err(self.unexpected("stmt", node)) };
        let statement = match kind {
            Kind::FunctionDef | Kind::AsyncFunctionDef => {
                let name = self.identifier(node, kind, "name")?;
                let args = self.required(node, kind.name(), "args")?;
                let args = self.arguments(&args)?;
                let body = self.body(node, kind, "body")?;
                let decorator_list = self.expressions(node, kind, "decorator_list")?;
                let returns = self.optional(node, "returns")?;
                self.check_string(node, "type_comment")?;
                let type_params = self.list(node, kind, "type_params", Reader::type_param)?;
                let is_async = kind == Kind::AsyncFunctionDef;
                StmtKind::FunctionDef(Box::new(FunctionDef { is_async, name, args, body, decorator_list, returns, type_params }))
            }
            Kind::ClassDef => StmtKind::ClassDef(Box::new(ClassDef {
                name: self.identifier(node, kind, "name")?,
                bases: self.expressions(node, kind, "bases")?,
                keywords: self.list(node, kind, "keywords", Reader::keyword)?,
                body: self.body(node, kind, "body")?,
                decorator_list: self.expressions(node, kind, "decorator_list")?,
                type_params: self.list(node, kind, "type_params", Reader::type_param)?,
            })),
            Kind::Return => StmtKind::Return(self.optional(node, "value")?),
            Kind::Delete => StmtKind::Delete(self.expressions(node, kind, "targets")?),
            Kind::Assign => {
                let targets = self.expressions(node, kind, "targets")?;
                let value = self.expression(node, kind, "value")?;
                self.check_string(node, "type_comment")?;
                StmtKind::Assign { targets, value }
            }
            Kind::TypeAlias => StmtKind::TypeAlias {
                name: self.expression(node, kind, "name")?,
                type_params: self.list(node, kind, "type_params", Reader::type_param)?,
                value: self.expression(node, kind, "value")?,
            },
            Kind::AugAssign => StmtKind::AugAssign {
                target: self.expression(node, kind, "target")?,
                op: self.operator(node, kind)?,
                value: self.expression(node, kind, "value")?,
            },
            Kind::AnnAssign => StmtKind::AnnAssign {
                target: self.expression(node, kind, "target")?,
                annotation: self.expression(node, kind, "annotation")?,
                value: self.optional(node, "value")?,
                simple: self.int_field(node, kind, "simple")? != 0,
            },
            Kind::For | Kind::AsyncFor => {
                let target = self.expression(node, kind, "target")?;
                let iter = self.expression(node, kind, "iter")?;
                let body = self.body(node, kind, "body")?;
                let orelse = self.body(node, kind, "orelse")?;
                self.check_string(node, "type_comment")?;
                StmtKind::For(Box::new(For { is_async: kind == Kind::AsyncFor, target, iter, body, orelse }))
            }
            Kind::While => StmtKind::While {
                test: self.expression(node, kind, "test")?,
                body: self.body(node, kind, "body")?,
                orelse: self.body(node, kind, "orelse")?,
            },
            Kind::If => StmtKind::If {
                test: self.expression(node, kind, "test")?,
                body: self.body(node, kind, "body")?,
                orelse: self.body(node, kind, "orelse")?,
            },
            Kind::With | Kind::AsyncWith => {
                let items = self.list(node, kind, "items", Reader::with_item)?;
                let body = self.body(node, kind, "body")?;
                self.check_string(node, "type_comment")?;
                StmtKind::With(Box::new(With { is_async: kind == Kind::AsyncWith, items, body }))
            }
            Kind::Match => StmtKind::Match {
                subject: self.expression(node, kind, "subject")?,
                cases: self.list(node, kind, "cases", Reader::match_case)?,
            },
            Kind::Raise => StmtKind::Raise { exc: self.optional(node, "exc")?, cause: self.optional(node, "cause")? },
            Kind::Try | Kind::TryStar => StmtKind::Try(Box::new(Try {
                body: self.body(node, kind, "body")?,
                handlers: self.list(node, kind, "handlers", Reader::handler)?,
                orelse: self.body(node, kind, "orelse")?,
                finalbody: self.body(node, kind, "finalbody")?,
                is_star: kind == Kind::TryStar,
            })),
            Kind::Assert => StmtKind::Assert { test: self.expression(node, kind, "test")?, msg: self.optional(node, "msg")? },
            Kind::Import => StmtKind::Import(self.list(node, kind, "names", Reader::alias)?),
            Kind::ImportFrom => {
                let module = self.optional_identifier(node, "module")?;
                let names = self.list(node, kind, "names", Reader::alias)?;
                let level = self.get(node, "level")?.map_or(Ok(0), |value| self.integer(&value))?;
                let Ok(level) = u32::try_from(level) else {
                    return Err(self.thread.value_error("Negative ImportFrom level"));
                };
                StmtKind::ImportFrom { module, names, level }
            }
            Kind::Global => StmtKind::Global(self.identifiers(node, kind, "names")?),
            Kind::Nonlocal => StmtKind::Nonlocal(self.identifiers(node, kind, "names")?),
            Kind::Expr => StmtKind::Expr(self.expression(node, kind, "value")?),
            Kind::Pass => StmtKind::Pass,
            Kind::Break => StmtKind::Break,
            _ => StmtKind::Continue,
        };
        Ok(Stmt { location, kind: statement })
    }

    fn expr(&mut self, node: &Object) -> PyResult<Expr> {
        self.descend("expr", |reader| reader.expr_inner(node))
    }

    fn expr_inner(&mut self, node: &Object) -> PyResult<Expr> {
        let location = self.location(node, "expr", false)?;
        let Some(kind) = self.classes.kind_of(node, kinds("expr")) else { return Err(self.unexpected("expr", node)) };
        let expression = match kind {
            Kind::BoolOp => {
                let op = self.required(node, kind.name(), "op")?;
                let op = if self.symbol(&op, "boolop")? == Kind::And { BoolOp::And } else { BoolOp::Or };
                ExprKind::BoolOp { op, values: self.expressions(node, kind, "values")? }
            }
            Kind::NamedExpr => {
                ExprKind::NamedExpr { target: self.expression(node, kind, "target")?, value: self.expression(node, kind, "value")? }
            }
            Kind::BinOp => ExprKind::BinOp {
                left: self.expression(node, kind, "left")?,
                op: self.operator(node, kind)?,
                right: self.expression(node, kind, "right")?,
            },
            Kind::UnaryOp => {
                let op = self.required(node, kind.name(), "op")?;
                let op = match self.symbol(&op, "unaryop")? {
                    Kind::Invert => UnaryOp::Invert,
                    Kind::Not => UnaryOp::Not,
                    Kind::UAdd => UnaryOp::UAdd,
                    _ => UnaryOp::USub,
                };
                ExprKind::UnaryOp { op, operand: self.expression(node, kind, "operand")? }
            }
            Kind::Lambda => {
                let args = self.required(node, kind.name(), "args")?;
                ExprKind::Lambda { args: Box::new(self.arguments(&args)?), body: self.expression(node, kind, "body")? }
            }
            Kind::IfExp => ExprKind::IfExp {
                test: self.expression(node, kind, "test")?,
                body: self.expression(node, kind, "body")?,
                orelse: self.expression(node, kind, "orelse")?,
            },
            Kind::Dict => {
                ExprKind::Dict { keys: self.optional_expressions(node, kind, "keys")?, values: self.expressions(node, kind, "values")? }
            }
            Kind::Set => ExprKind::Set(self.expressions(node, kind, "elts")?),
            Kind::ListComp => ExprKind::ListComp {
                elt: self.expression(node, kind, "elt")?,
                generators: self.list(node, kind, "generators", Reader::comprehension)?,
            },
            Kind::SetComp => ExprKind::SetComp {
                elt: self.expression(node, kind, "elt")?,
                generators: self.list(node, kind, "generators", Reader::comprehension)?,
            },
            Kind::DictComp => ExprKind::DictComp {
                key: self.expression(node, kind, "key")?,
                value: self.expression(node, kind, "value")?,
                generators: self.list(node, kind, "generators", Reader::comprehension)?,
            },
            Kind::GeneratorExp => ExprKind::GeneratorExp {
                elt: self.expression(node, kind, "elt")?,
                generators: self.list(node, kind, "generators", Reader::comprehension)?,
            },
            Kind::Await => ExprKind::Await(self.expression(node, kind, "value")?),
            Kind::Yield => ExprKind::Yield(self.optional(node, "value")?),
            Kind::YieldFrom => ExprKind::YieldFrom(self.expression(node, kind, "value")?),
            Kind::Compare => ExprKind::Compare {
                left: self.expression(node, kind, "left")?,
                ops: self.list(node, kind, "ops", Reader::comparison)?,
                comparators: self.expressions(node, kind, "comparators")?,
            },
            Kind::Call => ExprKind::Call {
                func: self.expression(node, kind, "func")?,
                args: self.expressions(node, kind, "args")?,
                keywords: self.list(node, kind, "keywords", Reader::keyword)?,
            },
            Kind::FormattedValue => ExprKind::FormattedValue {
                value: self.expression(node, kind, "value")?,
                conversion: self.int_field(node, kind, "conversion")?,
                format_spec: self.optional(node, "format_spec")?,
            },
            Kind::Interpolation => {
                let value = self.expression(node, kind, "value")?;
                let text = self.required(node, kind.name(), "str")?;
                ExprKind::Interpolation {
                    value,
                    str: self.constant(&text)?,
                    conversion: self.int_field(node, kind, "conversion")?,
                    format_spec: self.optional(node, "format_spec")?,
                }
            }
            Kind::JoinedStr => ExprKind::JoinedStr(self.expressions(node, kind, "values")?),
            Kind::TemplateStr => ExprKind::TemplateStr(self.expressions(node, kind, "values")?),
            Kind::Constant => {
                let value = self.required(node, kind.name(), "value")?;
                let prefix = self.check_string(node, "kind")?;
                let unicode_prefix = prefix.is_some_and(|prefix| prefix.cast::<Str>().is_some_and(|text| text.equals_str("u")));
                ExprKind::Constant { value: self.constant(&value)?, unicode_prefix }
            }
            Kind::Attribute => ExprKind::Attribute {
                value: self.expression(node, kind, "value")?,
                attr: self.identifier(node, kind, "attr")?,
                ctx: self.context(node)?,
            },
            Kind::Subscript => ExprKind::Subscript {
                value: self.expression(node, kind, "value")?,
                slice: self.expression(node, kind, "slice")?,
                ctx: self.context(node)?,
            },
            Kind::Starred => ExprKind::Starred { value: self.expression(node, kind, "value")?, ctx: self.context(node)? },
            Kind::Name => ExprKind::Name { id: self.identifier(node, kind, "id")?, ctx: self.context(node)? },
            Kind::List => ExprKind::List { elts: self.expressions(node, kind, "elts")?, ctx: self.context(node)? },
            Kind::Tuple => ExprKind::Tuple { elts: self.expressions(node, kind, "elts")?, ctx: self.context(node)? },
            _ => ExprKind::Slice {
                lower: self.optional(node, "lower")?,
                upper: self.optional(node, "upper")?,
                step: self.optional(node, "step")?,
            },
        };
        Ok(Expr { location, kind: expression })
    }

    fn comparison(&mut self, node: &Object) -> PyResult<CmpOp> {
        Ok(match self.symbol(node, "cmpop")? {
            Kind::Eq => CmpOp::Eq,
            Kind::NotEq => CmpOp::NotEq,
            Kind::Lt => CmpOp::Lt,
            Kind::LtE => CmpOp::LtE,
            Kind::Gt => CmpOp::Gt,
            Kind::GtE => CmpOp::GtE,
            Kind::Is => CmpOp::Is,
            Kind::IsNot => CmpOp::IsNot,
            Kind::In => CmpOp::In,
            _ => CmpOp::NotIn,
        })
    }

    fn comprehension(&mut self, node: &Object) -> PyResult<Comprehension> {
        let kind = Kind::comprehension;
        Ok(Comprehension {
            target: *self.expression(node, kind, "target")?,
            iter: *self.expression(node, kind, "iter")?,
            ifs: self.expressions(node, kind, "ifs")?,
            is_async: self.int_field(node, kind, "is_async")? != 0,
        })
    }

    fn keyword(&mut self, node: &Object) -> PyResult<Keyword> {
        let arg = self.optional_identifier(node, "arg")?;
        let value = *self.expression(node, Kind::keyword, "value")?;
        Ok(Keyword { location: self.location(node, "keyword", false)?, arg, value })
    }

    fn alias(&mut self, node: &Object) -> PyResult<Alias> {
        let name = self.identifier(node, Kind::alias, "name")?;
        let asname = self.optional_identifier(node, "asname")?;
        Ok(Alias { location: self.location(node, "alias", false)?, name, asname })
    }

    fn with_item(&mut self, node: &Object) -> PyResult<WithItem> {
        let context_expr = *self.expression(node, Kind::withitem, "context_expr")?;
        Ok(WithItem { context_expr, optional_vars: self.optional(node, "optional_vars")? })
    }

    fn arg(&mut self, node: &Object) -> PyResult<Arg> {
        let arg = self.identifier(node, Kind::arg, "arg")?;
        let annotation = self.optional(node, "annotation")?;
        self.check_string(node, "type_comment")?;
        Ok(Arg { location: self.location(node, "arg", false)?, arg, annotation })
    }

    fn optional_arg(&mut self, node: &Object, name: &str) -> PyResult<Option<Box<Arg>>> {
        match self.get(node, name)? {
            Some(arg) => Ok(Some(Box::new(self.descend("arguments", |reader| reader.arg(&arg))?))),
            None => Ok(None),
        }
    }

    fn arguments(&mut self, node: &Object) -> PyResult<Arguments> {
        let kind = Kind::arguments;
        Ok(Arguments {
            posonlyargs: self.list(node, kind, "posonlyargs", Reader::arg)?,
            args: self.list(node, kind, "args", Reader::arg)?,
            vararg: self.optional_arg(node, "vararg")?,
            kwonlyargs: self.list(node, kind, "kwonlyargs", Reader::arg)?,
            kw_defaults: self.optional_expressions(node, kind, "kw_defaults")?,
            kwarg: self.optional_arg(node, "kwarg")?,
            defaults: self.expressions(node, kind, "defaults")?,
        })
    }

    fn handler(&mut self, node: &Object) -> PyResult<ExceptHandler> {
        let location = self.location(node, "excepthandler", false)?;
        let kind = self.symbol(node, "excepthandler")?;
        Ok(ExceptHandler {
            location,
            type_: self.optional(node, "type")?,
            name: self.optional_identifier(node, "name")?,
            body: self.body(node, kind, "body")?,
        })
    }

    fn match_case(&mut self, node: &Object) -> PyResult<MatchCase> {
        let pattern = self.given(node, Kind::match_case, "pattern")?;
        Ok(MatchCase {
            pattern: self.pattern(&pattern)?,
            guard: self.optional(node, "guard")?,
            body: self.body(node, Kind::match_case, "body")?,
        })
    }

    fn pattern(&mut self, node: &Object) -> PyResult<Pattern> {
        self.descend("pattern", |reader| reader.pattern_inner(node))
    }

    fn pattern_inner(&mut self, node: &Object) -> PyResult<Pattern> {
        let location = self.location(node, "pattern", true)?;
        let kind = self.symbol(node, "pattern")?;
        let pattern = match kind {
            Kind::MatchValue => PatternKind::MatchValue(self.expression(node, kind, "value")?),
            Kind::MatchSingleton => {
                let value = self.required(node, kind.name(), "value")?;
                PatternKind::MatchSingleton(self.constant(&value)?)
            }
            Kind::MatchSequence => PatternKind::MatchSequence(self.patterns(node, kind, "patterns")?),
            Kind::MatchMapping => PatternKind::MatchMapping {
                keys: self.expressions(node, kind, "keys")?,
                patterns: self.patterns(node, kind, "patterns")?,
                rest: self.optional_identifier(node, "rest")?,
            },
            Kind::MatchClass => PatternKind::MatchClass {
                cls: self.expression(node, kind, "cls")?,
                patterns: self.patterns(node, kind, "patterns")?,
                kwd_attrs: self.identifiers(node, kind, "kwd_attrs")?,
                kwd_patterns: self.patterns(node, kind, "kwd_patterns")?,
            },
            Kind::MatchStar => PatternKind::MatchStar(self.optional_identifier(node, "name")?),
            Kind::MatchAs => {
                let pattern = match self.get(node, "pattern")? {
                    Some(pattern) => Some(Box::new(self.pattern(&pattern)?)),
                    None => None,
                };
                PatternKind::MatchAs { pattern, name: self.optional_identifier(node, "name")? }
            }
            _ => PatternKind::MatchOr(self.patterns(node, kind, "patterns")?),
        };
        Ok(Pattern { location, kind: pattern })
    }

    fn type_param(&mut self, node: &Object) -> PyResult<TypeParam> {
        let location = self.location(node, "type_param", true)?;
        let kind = self.symbol(node, "type_param")?;
        let name = self.identifier(node, kind, "name")?;
        let param = match kind {
            Kind::TypeVar => {
                let bound = self.optional(node, "bound")?;
                TypeParamKind::TypeVar { name, bound, default: self.optional(node, "default_value")? }
            }
            Kind::ParamSpec => TypeParamKind::ParamSpec { name, default: self.optional(node, "default_value")? },
            _ => TypeParamKind::TypeVarTuple { name, default: self.optional(node, "default_value")? },
        };
        Ok(TypeParam { location, kind: param })
    }

    fn type_ignore(&mut self, node: &Object) -> PyResult<TypeIgnore> {
        let kind = self.symbol(node, "type_ignore")?;
        let lineno = self.int_field(node, kind, "lineno")?;
        let tag = self.given(node, kind, "tag")?;
        match tag.exact::<Str>() {
            Some(text) => Ok(TypeIgnore { lineno, tag: Text(Rc::from(text.to_wtf8())) }),
            None => Err(self.thread.error(exceptions::type_error(), "AST string must be of type str")),
        }
    }
}
