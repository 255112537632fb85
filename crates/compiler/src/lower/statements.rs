//! Statements.

use ruff_python_ast as ruff;
use ruff_text_size::{Ranged, TextRange};

use super::Lowering;
use crate::ast::*;
use crate::error::Result;

impl Lowering<'_> {
    pub(super) fn statements(&mut self, body: &[ruff::Stmt]) -> Result<Vec<Stmt>> {
        body.iter().map(|statement| self.statement(statement)).collect()
    }

    fn statement(&mut self, statement: &ruff::Stmt) -> Result<Stmt> {
        self.descend(|lowering| lowering.statement_inner(statement))
    }

    fn statement_inner(&mut self, statement: &ruff::Stmt) -> Result<Stmt> {
        let location = match statement {
            ruff::Stmt::For(_)
            | ruff::Stmt::While(_)
            | ruff::Stmt::If(_)
            | ruff::Stmt::With(_)
            | ruff::Stmt::Match(_)
            | ruff::Stmt::Try(_) => self.compound_location(statement.range()),
            _ => self.at(statement),
        };
        let kind = match statement {
            ruff::Stmt::FunctionDef(node) => return self.function(node),
            ruff::Stmt::ClassDef(node) => return self.class(node),
            ruff::Stmt::Return(node) => StmtKind::Return(self.optional(node.value.as_deref())?),
            ruff::Stmt::Delete(node) => StmtKind::Delete(self.expressions(&node.targets)?),
            ruff::Stmt::TypeAlias(node) => StmtKind::TypeAlias {
                name: self.boxed(&node.name)?,
                type_params: self.type_params(node.type_params.as_deref())?,
                value: self.boxed(&node.value)?,
            },
            ruff::Stmt::Assign(node) => StmtKind::Assign { targets: self.expressions(&node.targets)?, value: self.boxed(&node.value)? },
            ruff::Stmt::AugAssign(node) => StmtKind::AugAssign {
                target: self.boxed(&node.target)?,
                op: super::expressions::operator(node.op),
                value: self.boxed(&node.value)?,
            },
            ruff::Stmt::AnnAssign(node) => StmtKind::AnnAssign {
                target: self.boxed(&node.target)?,
                annotation: self.boxed(&node.annotation)?,
                value: self.optional(node.value.as_deref())?,
                simple: node.simple,
            },
            ruff::Stmt::For(node) => StmtKind::For(Box::new(For {
                is_async: node.is_async,
                target: self.boxed(&node.target)?,
                iter: self.boxed(&node.iter)?,
                body: self.statements(&node.body)?,
                orelse: self.statements(&node.orelse)?,
            })),
            ruff::Stmt::While(node) => StmtKind::While {
                test: self.boxed(&node.test)?,
                body: self.statements(&node.body)?,
                orelse: self.statements(&node.orelse)?,
            },
            ruff::Stmt::If(node) => StmtKind::If {
                test: self.boxed(&node.test)?,
                body: self.statements(&node.body)?,
                orelse: self.elif_clauses(&node.elif_else_clauses, node.range)?,
            },
            ruff::Stmt::With(node) => StmtKind::With(Box::new(With {
                is_async: node.is_async,
                items: node
                    .items
                    .iter()
                    .map(|item| {
                        Ok(WithItem {
                            context_expr: self.expression(&item.context_expr)?,
                            optional_vars: self.optional(item.optional_vars.as_deref())?,
                        })
                    })
                    .collect::<Result<_>>()?,
                body: self.statements(&node.body)?,
            })),
            ruff::Stmt::Match(node) => StmtKind::Match {
                subject: self.boxed(&node.subject)?,
                cases: node
                    .cases
                    .iter()
                    .map(|case| {
                        Ok(MatchCase {
                            pattern: self.pattern(&case.pattern)?,
                            guard: self.optional(case.guard.as_deref())?,
                            body: self.statements(&case.body)?,
                        })
                    })
                    .collect::<Result<_>>()?,
            },
            ruff::Stmt::Raise(node) => {
                StmtKind::Raise { exc: self.optional(node.exc.as_deref())?, cause: self.optional(node.cause.as_deref())? }
            }
            ruff::Stmt::Try(node) => StmtKind::Try(Box::new(Try {
                body: self.statements(&node.body)?,
                handlers: node
                    .handlers
                    .iter()
                    .map(|handler| {
                        let ruff::ExceptHandler::ExceptHandler(handler) = handler;
                        Ok(ExceptHandler {
                            location: self.compound_location(handler.range),
                            type_: self.optional(handler.type_.as_deref())?,
                            name: handler.name.as_ref().map(|name| self.name(name)),
                            body: self.statements(&handler.body)?,
                        })
                    })
                    .collect::<Result<_>>()?,
                orelse: self.statements(&node.orelse)?,
                finalbody: self.statements(&node.finalbody)?,
                is_star: node.is_star,
            })),
            ruff::Stmt::Assert(node) => StmtKind::Assert { test: self.boxed(&node.test)?, msg: self.optional(node.msg.as_deref())? },
            ruff::Stmt::Import(node) => StmtKind::Import(self.aliases(&node.names)),
            ruff::Stmt::ImportFrom(node) => StmtKind::ImportFrom {
                module: node.module.as_ref().map(|name| self.name(name)),
                names: self.aliases(&node.names),
                level: node.level,
            },
            ruff::Stmt::Global(node) => StmtKind::Global(self.identifiers(&node.names)),
            ruff::Stmt::Nonlocal(node) => StmtKind::Nonlocal(self.identifiers(&node.names)),
            ruff::Stmt::Expr(node) => StmtKind::Expr(self.boxed(&node.value)?),
            ruff::Stmt::Pass(_) => StmtKind::Pass,
            ruff::Stmt::Break(_) => StmtKind::Break,
            ruff::Stmt::Continue(_) => StmtKind::Continue,
            ruff::Stmt::IpyEscapeCommand(node) => {
                return Err(self.error("invalid syntax", node.range));
            }
        };
        Ok(Stmt { location, kind })
    }

    fn elif_clauses(&mut self, clauses: &[ruff::ElifElseClause], whole: TextRange) -> Result<Vec<Stmt>> {
        // From the last clause backwards, so that long chains need no recursion here.
        let mut orelse = Vec::new();
        for clause in clauses.iter().rev() {
            let body = self.statements(&clause.body)?;
            match &clause.test {
                None => orelse = body,
                Some(test) => {
                    let location = self.compound_location(TextRange::new(clause.range.start(), whole.end()));
                    let test = self.boxed(test)?;
                    orelse = vec![Stmt { location, kind: StmtKind::If { test, body, orelse } }];
                }
            }
        }
        Ok(orelse)
    }

    /// Where a compound statement ends: behind the semicolon, if its last line ends with one.
    fn compound_end(&self, range: TextRange) -> u32 {
        let end = range.end().to_u32();
        let rest = self.source.as_bytes().get(end as usize..).unwrap_or(&[]);
        let mut at = 0;
        loop {
            match rest.get(at) {
                Some(b' ' | b'\t' | b'\x0c') => at += 1,
                Some(b'\\') if rest.get(at + 1) == Some(&b'\n') => at += 2,
                Some(b';') => return end + at as u32 + 1,
                _ => return end,
            }
        }
    }

    fn compound_location(&self, range: TextRange) -> Location {
        self.lines.location(range.start().to_u32(), self.compound_end(range))
    }

    /// Where a definition starts behind its decorators.
    fn definition_start(&self, decorators: &[ruff::Decorator], range: TextRange) -> u32 {
        let Some(last) = decorators.last() else { return range.start().to_u32() };
        let bytes = self.source.as_bytes();
        let mut at = last.range.end().to_usize();
        // The decorator's expression may stand in parentheses that are not part of it.
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'#' => {
                    while bytes.get(at).is_some_and(|&byte| byte != b'\n') {
                        at += 1;
                    }
                }
                byte if byte.is_ascii_alphabetic() => break,
                _ => at += 1,
            }
        }
        at as u32
    }

    fn function(&mut self, node: &ruff::StmtFunctionDef) -> Result<Stmt> {
        let start = self.definition_start(&node.decorator_list, node.range);
        let location = self.lines.location(start, self.compound_end(node.range));
        let decorator_list = self.decorators(&node.decorator_list)?;
        let function = FunctionDef {
            is_async: node.is_async,
            name: self.name(&node.name),
            type_params: self.type_params(node.type_params.as_deref())?,
            args: self.parameters(&node.parameters)?,
            returns: self.optional(node.returns.as_deref())?,
            body: self.statements(&node.body)?,
            decorator_list,
        };
        Ok(Stmt { location, kind: StmtKind::FunctionDef(Box::new(function)) })
    }

    fn class(&mut self, node: &ruff::StmtClassDef) -> Result<Stmt> {
        let start = self.definition_start(&node.decorator_list, node.range);
        let location = self.lines.location(start, self.compound_end(node.range));
        let decorator_list = self.decorators(&node.decorator_list)?;
        let (bases, keywords) = match &node.arguments {
            Some(arguments) => (self.expressions(&arguments.args)?, self.keywords(&arguments.keywords)?),
            None => (Vec::new(), Vec::new()),
        };
        let class = ClassDef {
            name: self.name(&node.name),
            type_params: self.type_params(node.type_params.as_deref())?,
            bases,
            keywords,
            body: self.statements(&node.body)?,
            decorator_list,
        };
        Ok(Stmt { location, kind: StmtKind::ClassDef(Box::new(class)) })
    }

    fn decorators(&mut self, decorators: &[ruff::Decorator]) -> Result<Vec<Expr>> {
        decorators.iter().map(|decorator| self.expression(&decorator.expression)).collect()
    }

    fn identifiers(&mut self, names: &[ruff::Identifier]) -> Vec<Identifier> {
        names.iter().map(|name| self.name(name)).collect()
    }

    fn aliases(&mut self, aliases: &[ruff::Alias]) -> Vec<Alias> {
        aliases
            .iter()
            .map(|alias| Alias {
                location: self.at(alias),
                name: self.name(&alias.name),
                asname: alias.asname.as_ref().map(|name| self.name(name)),
            })
            .collect()
    }

    fn type_params(&mut self, params: Option<&ruff::TypeParams>) -> Result<Vec<TypeParam>> {
        let Some(params) = params else { return Ok(Vec::new()) };
        params
            .type_params
            .iter()
            .map(|param| {
                let location = self.location(param.range());
                let kind = match param {
                    ruff::TypeParam::TypeVar(param) => TypeParamKind::TypeVar {
                        name: self.name(&param.name),
                        bound: self.optional(param.bound.as_deref())?,
                        default: self.optional(param.default.as_deref())?,
                    },
                    ruff::TypeParam::ParamSpec(param) => {
                        TypeParamKind::ParamSpec { name: self.name(&param.name), default: self.optional(param.default.as_deref())? }
                    }
                    ruff::TypeParam::TypeVarTuple(param) => {
                        TypeParamKind::TypeVarTuple { name: self.name(&param.name), default: self.optional(param.default.as_deref())? }
                    }
                };
                Ok(TypeParam { location, kind })
            })
            .collect()
    }

    pub(super) fn parameters(&mut self, parameters: &ruff::Parameters) -> Result<Arguments> {
        let mut args = Arguments::default();
        for parameter in &parameters.posonlyargs {
            let arg = self.parameter(&parameter.parameter)?;
            args.posonlyargs.push(arg);
            if let Some(default) = &parameter.default {
                args.defaults.push(self.expression(default)?);
            }
        }
        for parameter in &parameters.args {
            let arg = self.parameter(&parameter.parameter)?;
            args.args.push(arg);
            if let Some(default) = &parameter.default {
                args.defaults.push(self.expression(default)?);
            }
        }
        if let Some(parameter) = &parameters.vararg {
            args.vararg = Some(Box::new(self.parameter(parameter)?));
        }
        for parameter in &parameters.kwonlyargs {
            let arg = self.parameter(&parameter.parameter)?;
            args.kwonlyargs.push(arg);
            args.kw_defaults.push(match &parameter.default {
                Some(default) => Some(self.expression(default)?),
                None => None,
            });
        }
        if let Some(parameter) = &parameters.kwarg {
            args.kwarg = Some(Box::new(self.parameter(parameter)?));
        }
        Ok(args)
    }

    fn parameter(&mut self, parameter: &ruff::Parameter) -> Result<Arg> {
        // The stars of `*args` and `**kwargs` are not part of the argument.
        let range = TextRange::new(parameter.name.range.start(), parameter.range.end());
        Ok(Arg {
            location: self.location(range),
            arg: self.name(&parameter.name),
            annotation: self.optional(parameter.annotation.as_deref())?,
        })
    }
}
