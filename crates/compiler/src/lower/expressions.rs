//! Expressions.

use ruff_python_ast as ruff;
use ruff_text_size::{Ranged, TextRange};

use super::Lowering;
use crate::ast::*;
use crate::code::Const;
use crate::error::{CompileError, ErrorKind, Result, Warning, WarningCategory};

impl Lowering<'_> {
    pub(super) fn boxed(&mut self, expression: &ruff::Expr) -> Result<Box<Expr>> {
        self.expression(expression).map(Box::new)
    }

    pub(super) fn optional(&mut self, expression: Option<&ruff::Expr>) -> Result<Option<Box<Expr>>> {
        expression.map(|expression| self.boxed(expression)).transpose()
    }

    pub(super) fn expressions(&mut self, expressions: &[ruff::Expr]) -> Result<Vec<Expr>> {
        expressions.iter().map(|expression| self.expression(expression)).collect()
    }

    /// Convert one expression.
    pub fn expression(&mut self, expression: &ruff::Expr) -> Result<Expr> {
        self.descend(|lowering| lowering.expression_inner(expression))
    }

    fn expression_inner(&mut self, expression: &ruff::Expr) -> Result<Expr> {
        let location = self.location(expression.range());
        let kind = match expression {
            ruff::Expr::BoolOp(node) => ExprKind::BoolOp {
                op: match node.op {
                    ruff::BoolOp::And => BoolOp::And,
                    ruff::BoolOp::Or => BoolOp::Or,
                },
                values: self.expressions(&node.values)?,
            },
            ruff::Expr::Named(node) => ExprKind::NamedExpr { target: self.boxed(&node.target)?, value: self.boxed(&node.value)? },
            ruff::Expr::BinOp(node) => {
                ExprKind::BinOp { left: self.boxed(&node.left)?, op: operator(node.op), right: self.boxed(&node.right)? }
            }
            ruff::Expr::UnaryOp(node) => ExprKind::UnaryOp {
                op: match node.op {
                    ruff::UnaryOp::Invert => UnaryOp::Invert,
                    ruff::UnaryOp::Not => UnaryOp::Not,
                    ruff::UnaryOp::UAdd => UnaryOp::UAdd,
                    ruff::UnaryOp::USub => UnaryOp::USub,
                },
                operand: self.boxed(&node.operand)?,
            },
            ruff::Expr::Lambda(node) => ExprKind::Lambda {
                args: Box::new(match &node.parameters {
                    Some(parameters) => self.parameters(parameters)?,
                    None => Arguments::default(),
                }),
                body: self.boxed(&node.body)?,
            },
            ruff::Expr::If(node) => {
                ExprKind::IfExp { test: self.boxed(&node.test)?, body: self.boxed(&node.body)?, orelse: self.boxed(&node.orelse)? }
            }
            ruff::Expr::Dict(node) => {
                let mut keys = Vec::with_capacity(node.items.len());
                let mut values = Vec::with_capacity(node.items.len());
                for item in &node.items {
                    keys.push(item.key.as_ref().map(|key| self.expression(key)).transpose()?);
                    values.push(self.expression(&item.value)?);
                }
                ExprKind::Dict { keys, values }
            }
            ruff::Expr::Set(node) => ExprKind::Set(self.expressions(&node.elts)?),
            ruff::Expr::ListComp(node) => {
                ExprKind::ListComp { elt: self.boxed(&node.elt)?, generators: self.generators(&node.generators)? }
            }
            ruff::Expr::SetComp(node) => ExprKind::SetComp { elt: self.boxed(&node.elt)?, generators: self.generators(&node.generators)? },
            ruff::Expr::DictComp(node) => {
                let Some(key) = &node.key else {
                    let message = "dict unpacking cannot be used in dict comprehension";
                    return Err(self.error(message, node.value.range()));
                };
                ExprKind::DictComp {
                    key: self.boxed(key)?,
                    value: self.boxed(&node.value)?,
                    generators: self.generators(&node.generators)?,
                }
            }
            ruff::Expr::Generator(node) => {
                ExprKind::GeneratorExp { elt: self.boxed(&node.elt)?, generators: self.generators(&node.generators)? }
            }
            ruff::Expr::Await(node) => ExprKind::Await(self.boxed(&node.value)?),
            ruff::Expr::Yield(node) => ExprKind::Yield(self.optional(node.value.as_deref())?),
            ruff::Expr::YieldFrom(node) => ExprKind::YieldFrom(self.boxed(&node.value)?),
            ruff::Expr::Compare(node) => ExprKind::Compare {
                left: self.boxed(&node.left)?,
                ops: node.ops.iter().map(|op| comparison(*op)).collect(),
                comparators: self.expressions(&node.comparators)?,
            },
            ruff::Expr::Call(node) => return self.call(node, location),
            ruff::Expr::FString(node) => return self.formatted_string(node, location),
            ruff::Expr::TString(node) => return self.template_string(node, location),
            ruff::Expr::StringLiteral(node) => return self.string_literal(node, location),
            ruff::Expr::BytesLiteral(node) => return self.bytes_literal(node, location),
            ruff::Expr::NumberLiteral(node) => {
                let text = self.text(node.range.start().to_u32(), node.range.end().to_u32());
                self.check_number_end(text, node.range.end().to_u32(), location);
                match crate::literals::number(text) {
                    Ok(value) => ExprKind::Constant { value, unicode_prefix: false },
                    Err(message) => {
                        // The whole line is at fault, as CPython has it.
                        let mut error = self.error(message, node.range);
                        (error.offset, error.end_lineno, error.end_offset) = (0, error.lineno, 0);
                        return Err(error);
                    }
                }
            }
            ruff::Expr::BooleanLiteral(node) => constant(if node.value { Const::True } else { Const::False }),
            ruff::Expr::NoneLiteral(_) => constant(Const::None),
            ruff::Expr::EllipsisLiteral(_) => constant(Const::Ellipsis),
            ruff::Expr::Attribute(node) => {
                ExprKind::Attribute { value: self.boxed(&node.value)?, attr: self.name(&node.attr), ctx: context(node.ctx) }
            }
            ruff::Expr::Subscript(node) => {
                ExprKind::Subscript { value: self.boxed(&node.value)?, slice: self.boxed(&node.slice)?, ctx: context(node.ctx) }
            }
            ruff::Expr::Starred(node) => ExprKind::Starred { value: self.boxed(&node.value)?, ctx: context(node.ctx) },
            // A keyword in other letters, which normalization made equal.
            ruff::Expr::Name(node) if matches!(node.id.as_str(), "None" | "True" | "False") => {
                let message = format!("identifier field can't represent '{}' constant", node.id);
                return Err(CompileError::new(ErrorKind::ValueError, message));
            }
            ruff::Expr::Name(node) => ExprKind::Name { id: self.name(&node.id), ctx: context(node.ctx) },
            ruff::Expr::List(node) => ExprKind::List { elts: self.expressions(&node.elts)?, ctx: context(node.ctx) },
            ruff::Expr::Tuple(node) => ExprKind::Tuple { elts: self.expressions(&node.elts)?, ctx: context(node.ctx) },
            ruff::Expr::Slice(node) => ExprKind::Slice {
                lower: self.optional(node.lower.as_deref())?,
                upper: self.optional(node.upper.as_deref())?,
                step: self.optional(node.step.as_deref())?,
            },
            ruff::Expr::IpyEscapeCommand(node) => {
                return Err(self.error("invalid syntax", node.range));
            }
        };
        Ok(Expr { location, kind })
    }

    fn call(&mut self, node: &ruff::ExprCall, location: Location) -> Result<Expr> {
        let func = self.boxed(&node.func)?;
        let mut args = self.expressions(&node.arguments.args)?;
        // The parentheses of a call with a lone generator are the generator's.
        if let ([ruff::Expr::Generator(generator)], [only]) = (&*node.arguments.args, &mut args[..])
            && !generator.parenthesized
        {
            only.location = self.location(node.arguments.range);
        }
        let keywords = self.keywords(&node.arguments.keywords)?;
        Ok(Expr { location, kind: ExprKind::Call { func, args, keywords } })
    }

    pub(super) fn keywords(&mut self, keywords: &[ruff::Keyword]) -> Result<Vec<Keyword>> {
        keywords
            .iter()
            .map(|keyword| {
                Ok(Keyword {
                    location: self.at(keyword),
                    arg: keyword.arg.as_ref().map(|name| self.name(name)),
                    value: self.expression(&keyword.value)?,
                })
            })
            .collect()
    }

    fn generators(&mut self, generators: &[ruff::Comprehension]) -> Result<Vec<Comprehension>> {
        generators
            .iter()
            .map(|generator| {
                Ok(Comprehension {
                    target: self.expression(&generator.target)?,
                    iter: self.expression(&generator.iter)?,
                    ifs: self.expressions(&generator.ifs)?,
                    is_async: generator.is_async,
                })
            })
            .collect()
    }

    /// Warn of a keyword that follows a number without a blank.
    fn check_number_end(&mut self, literal: &str, end: u32, location: Location) {
        let rest = self.source.get(end as usize..).unwrap_or("");
        if !rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return;
        }
        let lower = literal.to_ascii_lowercase();
        let kind = match lower.get(..2) {
            Some("0x") => "hexadecimal",
            Some("0o") => "octal",
            Some("0b") => "binary",
            _ if lower.ends_with('j') => "imaginary",
            _ => "decimal",
        };
        self.warnings.push(Warning {
            category: WarningCategory::SyntaxWarning,
            message: format!("invalid {kind} literal"),
            lineno: location.end_line,
            offset: location.end_column,
            end_lineno: location.end_line,
            end_offset: location.end_column,
        });
    }

    pub(super) fn range_location(&self, range: TextRange) -> Location {
        self.location(range)
    }
}

fn constant(value: Const) -> ExprKind {
    ExprKind::Constant { value, unicode_prefix: false }
}

pub(super) fn context(ctx: ruff::ExprContext) -> ExprContext {
    match ctx {
        ruff::ExprContext::Load | ruff::ExprContext::Invalid => ExprContext::Load,
        ruff::ExprContext::Store => ExprContext::Store,
        ruff::ExprContext::Del => ExprContext::Del,
    }
}

pub(super) fn operator(op: ruff::Operator) -> Operator {
    match op {
        ruff::Operator::Add => Operator::Add,
        ruff::Operator::Sub => Operator::Sub,
        ruff::Operator::Mult => Operator::Mult,
        ruff::Operator::MatMult => Operator::MatMult,
        ruff::Operator::Div => Operator::Div,
        ruff::Operator::Mod => Operator::Mod,
        ruff::Operator::Pow => Operator::Pow,
        ruff::Operator::LShift => Operator::LShift,
        ruff::Operator::RShift => Operator::RShift,
        ruff::Operator::BitOr => Operator::BitOr,
        ruff::Operator::BitXor => Operator::BitXor,
        ruff::Operator::BitAnd => Operator::BitAnd,
        ruff::Operator::FloorDiv => Operator::FloorDiv,
    }
}

fn comparison(op: ruff::CmpOp) -> CmpOp {
    match op {
        ruff::CmpOp::Eq => CmpOp::Eq,
        ruff::CmpOp::NotEq => CmpOp::NotEq,
        ruff::CmpOp::Lt => CmpOp::Lt,
        ruff::CmpOp::LtE => CmpOp::LtE,
        ruff::CmpOp::Gt => CmpOp::Gt,
        ruff::CmpOp::GtE => CmpOp::GtE,
        ruff::CmpOp::Is => CmpOp::Is,
        ruff::CmpOp::IsNot => CmpOp::IsNot,
        ruff::CmpOp::In => CmpOp::In,
        ruff::CmpOp::NotIn => CmpOp::NotIn,
    }
}
