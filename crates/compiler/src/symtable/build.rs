//! Collecting the names of every block from the tree.

use crate::tables::{HashMap, HashSet};
use std::cell::RefCell;
use std::rc::Rc;

use super::symbol::*;
use super::{Block, BlockId, BlockKey, BlockType, Comprehension as Comp, SymbolTable, Symbols, is_function_like, maybe_mangle};
use crate::ast::*;
use crate::error::{CompileError, Result};

pub(super) struct Builder {
    pub(super) table: SymbolTable,
    current: BlockId,
    pub(super) stack: Vec<BlockId>,
    /// Name of the class whose body is visited.
    private: Option<Identifier>,
    future_annotations: bool,
    pub(super) top_level_await: bool,
    depth: u32,
}

/// Collect the blocks of `module`.
pub fn build(module: &Mod, future_annotations: bool, top_level_await: bool) -> Result<SymbolTable> {
    let location = Location { line: 0, end_line: 0, column: 0, end_column: 0 };
    let mut builder = Builder {
        table: SymbolTable { blocks: Vec::new(), keys: HashMap::default() },
        current: BlockId(0),
        stack: Vec::new(),
        private: None,
        future_annotations,
        top_level_await,
        depth: 0,
    };
    let top = builder.new_block("top".into(), BlockType::Module, BlockKey::Module, location);
    builder.stack.push(top);
    match module {
        Mod::Module { body, .. } => {
            if docstring(body).is_some() {
                builder.block().has_docstring = true;
            }
            builder.statements(body)?;
        }
        Mod::Interactive { body } => builder.statements(body)?,
        Mod::Expression { body } => builder.expression(body)?,
        Mod::FunctionType { .. } => {
            return Err(CompileError::new(crate::error::ErrorKind::SystemError, "this compiler does not handle FunctionTypes"));
        }
    }
    Ok(builder.table)
}

impl Builder {
    pub(super) fn block(&mut self) -> &mut Block {
        &mut self.table.blocks[self.current.0]
    }

    fn new_block(&mut self, name: Identifier, block_type: BlockType, key: BlockKey, location: Location) -> BlockId {
        let id = BlockId(self.table.blocks.len());
        let (nested, method) = match self.stack.last() {
            Some(&parent) => {
                let parent = self.table.block(parent);
                (
                    parent.nested || is_function_like(parent.block_type),
                    block_type == BlockType::Function && parent.block_type == BlockType::Class,
                )
            }
            None => (false, false),
        };
        self.table.blocks.push(Block {
            name,
            block_type,
            symbols: Symbols::default(),
            varnames: Vec::new(),
            children: Vec::new(),
            directives: Vec::new(),
            location,
            nested,
            generator: false,
            coroutine: false,
            is_async_def: false,
            comprehension: Comp::None,
            varargs: false,
            varkeywords: false,
            annotations_used: false,
            needs_class_closure: false,
            needs_classdict: false,
            has_conditional_annotations: false,
            comp_inlined: false,
            comp_iter_target: false,
            comp_iter_expr: 0,
            can_see_class_scope: false,
            has_docstring: false,
            method,
            in_conditional_block: false,
            in_unevaluated_annotation: false,
            annotation_block: None,
            mangled_names: None,
            function_name: None,
            scope_info: None,
        });
        self.table.keys.insert(key, id);
        id
    }

    pub(super) fn enter(&mut self, name: &str, block_type: BlockType, key: BlockKey, location: Location) -> Result<BlockId> {
        let id = self.new_block(name.into(), block_type, key, location);
        self.enter_existing(id);
        if matches!(block_type, BlockType::Annotation | BlockType::TypeVariable | BlockType::TypeAlias) {
            let format: Identifier = ".format".into();
            self.define(&format, DEF_PARAM, location)?;
            self.define(&format, USE, location)?;
        }
        Ok(id)
    }

    fn enter_existing(&mut self, id: BlockId) {
        let previous = self.current;
        let parent = self.table.block(previous);
        let comp_iter_expr = parent.comp_iter_expr;
        let mangled = parent.mangled_names.clone();
        let block = self.table.block_mut(id);
        block.comp_iter_expr = comp_iter_expr;
        let block_type = block.block_type;
        if mangled.is_some() && block_type != BlockType::Class {
            block.mangled_names = mangled;
        }
        self.stack.push(id);
        self.current = id;
        // Annotations kept as text resolve no names: their block stays out of the analysis.
        if self.future_annotations && block_type == BlockType::Annotation {
            return;
        }
        let children = &mut self.table.block_mut(previous).children;
        if !children.contains(&id) {
            children.push(id);
        }
    }

    pub(super) fn exit(&mut self) {
        self.stack.pop();
        if let Some(&top) = self.stack.last() {
            self.current = top;
        }
    }

    fn mangle(&self, name: &Identifier) -> Identifier {
        maybe_mangle(self.private.as_deref(), self.table.block(self.current), name)
    }

    pub(super) fn lookup_in(&self, id: BlockId, name: &Identifier) -> u32 {
        let mangled = maybe_mangle(self.private.as_deref(), self.table.block(id), name);
        self.table.block(id).symbol(&mangled)
    }

    fn lookup(&self, name: &Identifier) -> u32 {
        self.lookup_in(self.current, name)
    }

    pub(super) fn define_in(&mut self, name: &Identifier, flag: u32, id: BlockId, location: Location) -> Result<()> {
        let mangled = self.mangle(name);
        let block = self.table.block_mut(id);
        let existing = block.symbols.get(&mangled);
        let mut value = existing.unwrap_or(0);
        if flag & DEF_PARAM != 0 && value & DEF_PARAM != 0 {
            let message = format!("duplicate argument '{name}' in function definition");
            return Err(CompileError::syntax(message, location));
        }
        if flag & DEF_TYPE_PARAM != 0 && value & DEF_TYPE_PARAM != 0 {
            let message = format!("duplicate type parameter '{name}'");
            return Err(CompileError::syntax(message, location));
        }
        value |= flag;
        if block.comp_iter_target {
            if value & (DEF_GLOBAL | DEF_NONLOCAL) != 0 {
                let message = format!("comprehension inner loop cannot rebind assignment expression target '{name}'");
                return Err(CompileError::syntax(message, location));
            }
            value |= DEF_COMP_ITER;
        }
        block.symbols.set(&mangled, value);
        if flag & DEF_PARAM != 0 {
            block.varnames.push(mangled);
        } else if flag & DEF_GLOBAL != 0 {
            let top = self.table.block_mut(BlockId(0));
            let value = top.symbols.get(&mangled).unwrap_or(0) | flag;
            top.symbols.set(&mangled, value);
        }
        Ok(())
    }

    pub(super) fn define(&mut self, name: &Identifier, flag: u32, location: Location) -> Result<()> {
        if flag & DEF_TYPE_PARAM != 0
            && let Some(names) = &self.table.block(self.current).mangled_names
        {
            names.borrow_mut().insert(name.clone());
        }
        self.define_in(name, flag, self.current, location)
    }

    pub(super) fn use_name(&mut self, name: &str, location: Location) -> Result<()> {
        self.define(&name.into(), USE, location)
    }

    pub(super) fn check_name(&self, name: &str, location: Location, ctx: ExprContext) -> Result<()> {
        if name != "__debug__" || ctx == ExprContext::Load {
            return Ok(());
        }
        let message = match ctx {
            ExprContext::Del => "cannot delete __debug__",
            _ => "cannot assign to __debug__",
        };
        Err(CompileError::syntax(message, location))
    }

    pub(super) fn bind(&mut self, name: &Identifier, location: Location) -> Result<()> {
        self.check_name(name, location, ExprContext::Store)?;
        self.define(name, DEF_LOCAL, location)
    }

    fn statements(&mut self, body: &[Stmt]) -> Result<()> {
        body.iter().try_for_each(|statement| self.statement(statement))
    }

    pub(super) fn expressions(&mut self, expressions: &[Expr]) -> Result<()> {
        expressions.iter().try_for_each(|expression| self.expression(expression))
    }

    pub(super) fn optional(&mut self, expression: &Option<Box<Expr>>) -> Result<()> {
        match expression {
            Some(expression) => self.expression(expression),
            None => Ok(()),
        }
    }

    /// Visit what only runs under a condition: annotations there take effect when reached.
    fn conditionally(&mut self, visit: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let saved = std::mem::replace(&mut self.block().in_conditional_block, true);
        visit(self)?;
        self.block().in_conditional_block = saved;
        Ok(())
    }

    pub(super) fn descend<T>(&mut self, visit: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.depth += 1;
        if self.depth > crate::MAX_TREE_DEPTH {
            return Err(CompileError::recursion());
        }
        let result = visit(self);
        self.depth -= 1;
        result
    }

    fn statement(&mut self, statement: &Stmt) -> Result<()> {
        self.descend(|builder| builder.statement_inner(statement))
    }

    fn statement_inner(&mut self, statement: &Stmt) -> Result<()> {
        let location = statement.location;
        match &statement.kind {
            StmtKind::FunctionDef(function) => self.function(statement, function),
            StmtKind::ClassDef(class) => self.class(statement, class),
            StmtKind::TypeAlias { name, type_params, value } => self.type_alias(statement, name, type_params, value),
            StmtKind::Return(value) => self.optional(value),
            StmtKind::Delete(targets) => self.expressions(targets),
            StmtKind::Assign { targets, value } => {
                self.expressions(targets)?;
                self.expression(value)
            }
            StmtKind::AugAssign { target, value, .. } => {
                self.expression(target)?;
                self.expression(value)
            }
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                self.annotated_assignment(location, target, annotation, value, *simple)
            }
            StmtKind::For(node) => {
                if node.is_async {
                    self.allow_module_coroutine();
                    self.require_coroutine("'async for' outside async function", location)?;
                }
                self.expression(&node.target)?;
                self.expression(&node.iter)?;
                self.conditionally(|builder| {
                    builder.statements(&node.body)?;
                    builder.statements(&node.orelse)
                })
            }
            StmtKind::While { test, body, orelse } | StmtKind::If { test, body, orelse } => {
                self.expression(test)?;
                self.conditionally(|builder| {
                    builder.statements(body)?;
                    builder.statements(orelse)
                })
            }
            StmtKind::With(node) => {
                if node.is_async {
                    self.allow_module_coroutine();
                    self.require_coroutine("'async with' outside async function", location)?;
                }
                self.conditionally(|builder| {
                    for item in &node.items {
                        builder.expression(&item.context_expr)?;
                        builder.optional(&item.optional_vars)?;
                    }
                    builder.statements(&node.body)
                })
            }
            StmtKind::Match { subject, cases } => {
                self.expression(subject)?;
                self.conditionally(|builder| {
                    for case in cases {
                        builder.pattern(&case.pattern)?;
                        builder.optional(&case.guard)?;
                        builder.statements(&case.body)?;
                    }
                    Ok(())
                })
            }
            StmtKind::Raise { exc, cause } => {
                self.optional(exc)?;
                self.optional(cause)
            }
            StmtKind::Try(node) => self.conditionally(|builder| {
                builder.statements(&node.body)?;
                for handler in &node.handlers {
                    builder.optional(&handler.type_)?;
                    if let Some(name) = &handler.name {
                        builder.bind(name, handler.location)?;
                    }
                    builder.statements(&handler.body)?;
                }
                builder.statements(&node.orelse)?;
                builder.statements(&node.finalbody)
            }),
            StmtKind::Assert { test, msg } => {
                self.expression(test)?;
                self.optional(msg)
            }
            StmtKind::Import(names) | StmtKind::ImportFrom { names, .. } => names.iter().try_for_each(|alias| self.alias(alias)),
            StmtKind::Global(names) => self.directive(names, location, DEF_GLOBAL, "global"),
            StmtKind::Nonlocal(names) => self.directive(names, location, DEF_NONLOCAL, "nonlocal"),
            StmtKind::Expr(value) => self.expression(value),
            StmtKind::Pass | StmtKind::Break | StmtKind::Continue => Ok(()),
        }
    }

    fn function(&mut self, statement: &Stmt, function: &FunctionDef) -> Result<()> {
        let location = statement.location;
        self.bind(&function.name, location)?;
        let args = &function.args;
        self.expressions(&args.defaults)?;
        for default in args.kw_defaults.iter().flatten() {
            self.expression(default)?;
        }
        self.expressions(&function.decorator_list)?;
        let generic = !function.type_params.is_empty();
        if generic {
            self.enter_type_params(
                &function.name,
                &function.type_params,
                // Also without defaults, as long as it is a function.
                true,
                args.kw_defaults.iter().any(Option::is_some),
                false,
                location,
            )?;
            self.type_params(&function.type_params)?;
        }
        let block = self.new_block(function.name.clone(), BlockType::Function, BlockKey::node(statement), location);
        self.function_annotations(function, location)?;
        let entry = self.table.block_mut(block);
        entry.has_docstring = docstring(&function.body).is_some();
        entry.coroutine = function.is_async;
        entry.is_async_def = function.is_async;
        self.enter_existing(block);
        self.arguments(args)?;
        self.statements(&function.body)?;
        self.exit();
        if generic {
            self.exit();
        }
        Ok(())
    }

    fn class(&mut self, statement: &Stmt, class: &ClassDef) -> Result<()> {
        let location = statement.location;
        self.bind(&class.name, location)?;
        self.expressions(&class.decorator_list)?;
        let saved = self.private.clone();
        let generic = !class.type_params.is_empty();
        if generic {
            self.enter_type_params(&class.name, &class.type_params, false, false, true, location)?;
            self.private = Some(class.name.clone());
            self.block().mangled_names = Some(Rc::new(RefCell::new(HashSet::default())));
            self.type_params(&class.type_params)?;
        }
        self.expressions(&class.bases)?;
        self.keywords(&class.keywords)?;
        self.enter(&class.name, BlockType::Class, BlockKey::node(statement), location)?;
        self.private = Some(class.name.clone());
        if generic {
            self.define(&"__type_params__".into(), DEF_LOCAL, location)?;
            self.use_name(".type_params", location)?;
        }
        self.block().has_docstring = docstring(&class.body).is_some();
        self.statements(&class.body)?;
        self.exit();
        if generic {
            self.exit();
        }
        self.private = saved;
        Ok(())
    }

    fn type_alias(&mut self, statement: &Stmt, name: &Expr, type_params: &[TypeParam], value: &Expr) -> Result<()> {
        self.expression(name)?;
        let ExprKind::Name { id, .. } = &name.kind else {
            return Err(CompileError::syntax("type alias target must be a name", name.location));
        };
        let in_class = self.block().block_type == BlockType::Class;
        if !type_params.is_empty() {
            self.enter_type_params(id, type_params, false, false, false, statement.location)?;
            self.type_params(type_params)?;
        }
        self.enter(id, BlockType::TypeAlias, BlockKey::node(statement), statement.location)?;
        self.block().can_see_class_scope = in_class;
        if in_class {
            self.use_name("__classdict__", value.location)?;
        }
        self.expression(value)?;
        self.exit();
        if !type_params.is_empty() {
            self.exit();
        }
        Ok(())
    }

    fn annotated_assignment(
        &mut self,
        location: Location,
        target: &Expr,
        annotation: &Expr,
        value: &Option<Box<Expr>>,
        simple: bool,
    ) -> Result<()> {
        self.block().annotations_used = true;
        match &target.kind {
            ExprKind::Name { id, .. } => {
                self.check_name(id, target.location, ExprContext::Store)?;
                let flags = self.lookup(id);
                if flags & (DEF_GLOBAL | DEF_NONLOCAL) != 0 && self.current != BlockId(0) && simple {
                    let kind = if flags & DEF_GLOBAL != 0 { "global" } else { "nonlocal" };
                    let message = format!("annotated name '{id}' can't be {kind}");
                    return Err(CompileError::syntax(message, location));
                }
                if simple {
                    self.define(id, DEF_ANNOT | DEF_LOCAL, target.location)?;
                } else if value.is_some() {
                    self.define(id, DEF_LOCAL, target.location)?;
                }
            }
            _ => self.expression(target)?,
        }
        self.annotation(annotation)?;
        self.optional(value)
    }

    fn annotation(&mut self, annotation: &Expr) -> Result<()> {
        let location = annotation.location;
        let parent = self.current;
        let block = self.block();
        let block_type = block.block_type;
        let unevaluated = block_type == BlockType::Function;
        let conditional = block_type == BlockType::Module || (block_type == BlockType::Class && block.in_conditional_block);
        if conditional && !block.has_conditional_annotations {
            block.has_conditional_annotations = true;
            self.use_name("__conditional_annotations__", location)?;
        }
        match self.table.block(parent).annotation_block {
            Some(existing) => self.enter_existing(existing),
            None => {
                let id = self.enter("__annotate__", BlockType::Annotation, BlockKey::BlockAnnotations(parent.0), location)?;
                self.table.block_mut(parent).annotation_block = Some(id);
                if block_type == BlockType::Class {
                    self.block().can_see_class_scope = true;
                    self.use_name("__classdict__", location)?;
                }
            }
        }
        if conditional {
            self.use_name("__conditional_annotations__", location)?;
        }
        self.block().in_unevaluated_annotation = unevaluated;
        self.expression(annotation)?;
        self.block().in_unevaluated_annotation = false;
        self.exit();
        Ok(())
    }

    fn function_annotations(&mut self, function: &FunctionDef, location: Location) -> Result<()> {
        let block = self.block();
        let sees_class = block.can_see_class_scope || block.block_type == BlockType::Class;
        let args = &function.args;
        let key = BlockKey::FunctionAnnotations(BlockKey::address(args));
        self.enter("__annotate__", BlockType::Annotation, key, location)?;
        self.block().function_name = Some(function.name.clone());
        if sees_class {
            self.block().can_see_class_scope = true;
            self.use_name("__classdict__", location)?;
        }
        let annotations = args
            .posonlyargs
            .iter()
            .chain(&args.args)
            .chain(args.vararg.as_deref())
            .chain(args.kwarg.as_deref())
            .chain(&args.kwonlyargs)
            .filter_map(|arg| arg.annotation.as_deref())
            .chain(function.returns.as_deref());
        for annotation in annotations {
            self.block().annotations_used = true;
            self.expression(annotation)?;
        }
        self.exit();
        Ok(())
    }

    fn directive(&mut self, names: &[Identifier], location: Location, flag: u32, kind: &str) -> Result<()> {
        for name in names {
            let flags = self.lookup(name);
            let message = if flags & DEF_PARAM != 0 {
                format!("name '{name}' is parameter and {kind}")
            } else if flags & USE != 0 {
                format!("name '{name}' is used prior to {kind} declaration")
            } else if flags & DEF_ANNOT != 0 {
                format!("annotated name '{name}' can't be {kind}")
            } else if flags & DEF_LOCAL != 0 {
                format!("name '{name}' is assigned to before {kind} declaration")
            } else {
                self.define(name, flag, location)?;
                self.record_directive(name, location);
                continue;
            };
            return Err(CompileError::syntax(message, location));
        }
        Ok(())
    }

    pub(super) fn record_directive(&mut self, name: &Identifier, location: Location) {
        let mangled = self.mangle(name);
        self.block().directives.push((mangled, location));
    }

    fn alias(&mut self, alias: &Alias) -> Result<()> {
        if &*alias.name == "*" {
            if self.block().block_type != BlockType::Module {
                let message = "import * only allowed at module level";
                return Err(CompileError::syntax(message, alias.location));
            }
            return Ok(());
        }
        let name = match &alias.asname {
            Some(name) => name.clone(),
            None => match alias.name.split_once('.') {
                Some((first, _)) => first.into(),
                None => alias.name.clone(),
            },
        };
        self.check_name(&name, alias.location, ExprContext::Store)?;
        self.define(&name, DEF_IMPORT, alias.location)
    }

    fn enter_type_params(
        &mut self,
        name: &Identifier,
        type_params: &[TypeParam],
        has_defaults: bool,
        has_kwdefaults: bool,
        is_class: bool,
        location: Location,
    ) -> Result<()> {
        let in_class = self.block().block_type == BlockType::Class;
        let key = BlockKey::TypeParams(type_params.as_ptr().addr());
        self.enter(name, BlockType::TypeParameters, key, location)?;
        if in_class {
            self.block().can_see_class_scope = true;
            self.use_name("__classdict__", location)?;
        }
        if is_class {
            for name in [".type_params", ".generic_base"] {
                self.define(&name.into(), DEF_LOCAL, location)?;
                self.use_name(name, location)?;
            }
        }
        if has_defaults {
            self.define(&".defaults".into(), DEF_PARAM, location)?;
        }
        if has_kwdefaults {
            self.define(&".kwdefaults".into(), DEF_PARAM, location)?;
        }
        Ok(())
    }

    fn type_params(&mut self, type_params: &[TypeParam]) -> Result<()> {
        for param in type_params {
            let name = param.name();
            let location = param.location;
            if &**name == "__classdict__" {
                let message = "reserved name '__classdict__' cannot be used for type parameter";
                return Err(CompileError::syntax(message, location));
            }
            self.check_name(name, location, ExprContext::Store)?;
            self.define(name, DEF_TYPE_PARAM | DEF_LOCAL, location)?;
            let address = BlockKey::address(param);
            let (bound, default_info) = match &param.kind {
                TypeParamKind::TypeVar { bound, .. } => (bound.as_deref(), "a TypeVar default"),
                TypeParamKind::ParamSpec { .. } => (None, "a ParamSpec default"),
                TypeParamKind::TypeVarTuple { .. } => (None, "a TypeVarTuple default"),
            };
            if let Some(bound) = bound {
                let info = match &bound.kind {
                    ExprKind::Tuple { .. } => "a TypeVar constraint",
                    _ => "a TypeVar bound",
                };
                self.type_param_expression(bound, name, BlockKey::Bound(address), info)?;
            }
            if let Some(default) = param.default() {
                let key = BlockKey::Default(address);
                self.type_param_expression(default, name, key, default_info)?;
            }
        }
        Ok(())
    }

    fn type_param_expression(&mut self, expression: &Expr, name: &Identifier, key: BlockKey, info: &'static str) -> Result<()> {
        let in_class = self.block().can_see_class_scope;
        self.enter(name, BlockType::TypeVariable, key, expression.location)?;
        self.block().can_see_class_scope = in_class;
        if in_class {
            self.use_name("__classdict__", expression.location)?;
        }
        self.block().scope_info = Some(info);
        self.expression(expression)?;
        self.exit();
        Ok(())
    }

    pub(super) fn arguments(&mut self, args: &Arguments) -> Result<()> {
        let positional = args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs);
        for arg in positional {
            self.parameter(arg)?;
        }
        if let Some(arg) = &args.vararg {
            self.parameter(arg)?;
            self.block().varargs = true;
        }
        if let Some(arg) = &args.kwarg {
            self.parameter(arg)?;
            self.block().varkeywords = true;
        }
        Ok(())
    }

    fn parameter(&mut self, arg: &Arg) -> Result<()> {
        self.check_name(&arg.arg, arg.location, ExprContext::Store)?;
        self.define(&arg.arg, DEF_PARAM, arg.location)
    }

    pub(super) fn keywords(&mut self, keywords: &[Keyword]) -> Result<()> {
        for keyword in keywords {
            if let Some(name) = &keyword.arg {
                self.check_name(name, keyword.location, ExprContext::Store)?;
            }
            self.expression(&keyword.value)?;
        }
        Ok(())
    }

    fn pattern(&mut self, pattern: &Pattern) -> Result<()> {
        self.descend(|builder| builder.pattern_inner(pattern))
    }

    fn pattern_inner(&mut self, pattern: &Pattern) -> Result<()> {
        let location = pattern.location;
        match &pattern.kind {
            PatternKind::MatchValue(value) => self.expression(value),
            PatternKind::MatchSingleton(_) => Ok(()),
            PatternKind::MatchSequence(patterns) | PatternKind::MatchOr(patterns) => {
                patterns.iter().try_for_each(|pattern| self.pattern(pattern))
            }
            PatternKind::MatchStar(name) => match name {
                Some(name) => self.bind(name, location),
                None => Ok(()),
            },
            PatternKind::MatchMapping { keys, patterns, rest } => {
                self.expressions(keys)?;
                patterns.iter().try_for_each(|pattern| self.pattern(pattern))?;
                match rest {
                    Some(name) => self.bind(name, location),
                    None => Ok(()),
                }
            }
            PatternKind::MatchClass { cls, patterns, kwd_attrs, kwd_patterns } => {
                self.expression(cls)?;
                patterns.iter().try_for_each(|pattern| self.pattern(pattern))?;
                for (name, pattern) in kwd_attrs.iter().zip(kwd_patterns) {
                    self.check_name(name, pattern.location, ExprContext::Store)?;
                }
                kwd_patterns.iter().try_for_each(|pattern| self.pattern(pattern))
            }
            PatternKind::MatchAs { pattern: inner, name } => {
                if let Some(inner) = inner {
                    self.pattern(inner)?;
                }
                match name {
                    Some(name) => self.bind(name, location),
                    None => Ok(()),
                }
            }
        }
    }
}
