//! Calls: methods, `super()`, keywords and unpacking.

use super::statements::{attribute_location, common_constant, intrinsic_1};
use super::{CodeGen, STACK_USE_GUIDELINE, str_tuple};
use crate::ast::*;
use crate::code::Const;
use crate::error::{CompileError, Result};
use crate::opcode::Opcode;
use crate::symtable::{BlockKey, Scope, symbol};

impl<'a> CodeGen<'a> {
    pub(super) fn call(&mut self, expression: &'a Expr, func: &'a Expr, args: &'a [Expr], keywords: &'a [Keyword]) -> Result<()> {
        let location = expression.location;
        validate_keywords(keywords)?;
        if let ExprKind::Attribute { value, attr, ctx: ExprContext::Load } = &func.kind
            && self.method_call(location, func, value, attr, args, keywords)?
        {
            return Ok(());
        }
        self.check_caller(location, func);
        self.expression(func)?;
        let end = self.new_label()?;
        self.inlined_builtin(func, args, keywords, end)?;
        self.emit(func.location, Opcode::PUSH_NULL)?;
        self.call_arguments(location, 0, args, None, keywords)?;
        self.use_label(end)
    }

    /// `all`, `any` and `tuple` of a generator expression run the generator in place, if the name
    /// still means the built-in function.
    fn inlined_builtin(&mut self, func: &'a Expr, args: &'a [Expr], keywords: &'a [Keyword], end: crate::instruction::Label) -> Result<()> {
        let (ExprKind::Name { id, .. }, [generator], []) = (&func.kind, args, keywords) else {
            return Ok(());
        };
        if !matches!(generator.kind, ExprKind::GeneratorExp { .. }) {
            return Ok(());
        }
        let block = self.table.lookup(BlockKey::node(generator));
        if block.is_some_and(|block| self.table.block(block).coroutine) {
            return Ok(());
        }
        let (constant, outcome) = match &**id {
            "all" => (common_constant::BUILTIN_ALL, Some(true)),
            "any" => (common_constant::BUILTIN_ANY, Some(false)),
            "tuple" => (common_constant::BUILTIN_TUPLE, None),
            _ => return Ok(()),
        };
        let truth = |value: bool| if value { Const::True } else { Const::False };
        let location = func.location;
        let skip = self.new_label()?;
        let start = self.new_label()?;
        let cleanup = self.new_label()?;
        self.emit_i(location, Opcode::COPY, 1)?;
        self.emit_i(location, Opcode::LOAD_COMMON_CONSTANT, constant)?;
        self.compare_op(location, CmpOp::Is)?;
        self.emit_jump(location, Opcode::POP_JUMP_IF_FALSE, skip)?;
        self.emit(location, Opcode::POP_TOP)?;
        if outcome.is_none() {
            self.emit_i(location, Opcode::BUILD_LIST, 0)?;
        }
        self.expression(generator)?;
        self.use_label(start)?;
        self.emit_jump(location, Opcode::FOR_ITER, cleanup)?;
        match outcome {
            None => {
                self.emit_i(location, Opcode::LIST_APPEND, 2)?;
                self.emit_jump(location, Opcode::JUMP, start)?;
            }
            Some(all) => {
                self.emit(location, Opcode::TO_BOOL)?;
                let opcode = match all {
                    true => Opcode::POP_JUMP_IF_TRUE,
                    false => Opcode::POP_JUMP_IF_FALSE,
                };
                self.emit_jump(location, opcode, start)?;
            }
        }
        self.emit(Location::NONE, Opcode::POP_ITER)?;
        if let Some(all) = outcome {
            self.load_const(location, truth(!all))?;
        }
        self.emit_jump(location, Opcode::JUMP, end)?;
        self.use_label(cleanup)?;
        self.emit(Location::NONE, Opcode::END_FOR)?;
        self.emit(Location::NONE, Opcode::POP_ITER)?;
        match outcome {
            None => {
                let intrinsic = intrinsic_1::LIST_TO_TUPLE;
                self.emit_i(location, Opcode::CALL_INTRINSIC_1, intrinsic)?;
            }
            Some(all) => self.load_const(location, truth(all))?,
        }
        self.emit_jump(location, Opcode::JUMP, end)?;
        self.use_label(skip)
    }

    /// A call of a method by name, without making a bound method. False if the call must take
    /// the general way.
    fn method_call(
        &mut self,
        location: Location,
        method: &'a Expr,
        value: &'a Expr,
        attr: &'a Identifier,
        args: &'a [Expr],
        keywords: &'a [Keyword],
    ) -> Result<bool> {
        // Functions of imported modules are no methods.
        if let ExprKind::Name { id, .. } = &value.kind
            && self.table.top().symbol(id) & symbol::DEF_IMPORT != 0
        {
            return Ok(false);
        }
        let count = args.len() + keywords.len();
        if count + usize::from(!keywords.is_empty()) >= STACK_USE_GUIDELINE || has_unpacking(args, keywords) {
            return Ok(false);
        }
        let mut place = method.location;
        if let Some(zero) = self.super_call(value, attr)? {
            self.load_super_arguments(value)?;
            let index = self.name_index(attr)?;
            let flags = if zero { 1 } else { 3 };
            self.emit_i(place, Opcode::LOAD_SUPER_ATTR, index << 2 | flags)?;
            place = attribute_location(place, method, attr);
            self.emit(place, Opcode::NOP)?;
        } else {
            self.expression(value)?;
            place = attribute_location(place, method, attr);
            let index = self.name_index(attr)?;
            self.emit_i(place, Opcode::LOAD_ATTR, index << 1 | 1)?;
        }
        self.expressions(args)?;
        if keywords.is_empty() {
            let place = attribute_location(location, method, attr);
            self.emit_i(place, Opcode::CALL, args.len())?;
        } else {
            self.keyword_values(place, keywords)?;
            let place = attribute_location(location, method, attr);
            self.emit_i(place, Opcode::CALL_KW, count)?;
        }
        Ok(true)
    }

    /// Push the values of keyword arguments and the tuple of their names.
    fn keyword_values(&mut self, location: Location, keywords: &'a [Keyword]) -> Result<()> {
        for keyword in keywords {
            self.expression(&keyword.value)?;
        }
        let names = str_tuple(keywords.iter().filter_map(|keyword| keyword.arg.as_ref()));
        self.load_const(location, names)
    }

    /// Whether the attribute `attr` of `value` can be loaded by `LOAD_SUPER_ATTR`: `value` must be
    /// a call of the built-in `super`. The result tells the form without arguments.
    pub(super) fn super_call(&self, value: &Expr, attr: &Identifier) -> Result<Option<bool>> {
        let ExprKind::Call { func, args, keywords } = &value.kind else { return Ok(None) };
        let ExprKind::Name { id, .. } = &func.kind else { return Ok(None) };
        if &**id != "super" || !keywords.is_empty() || &**attr == "__class__" {
            return Ok(None);
        }
        let unit = self.unit_ref()?;
        let block = self.table.block(unit.block);
        if block.scope(id) != Scope::GlobalImplicit || self.table.top().scope(id) != Scope::Unknown {
            return Ok(None);
        }
        match args.len() {
            2 => {
                let starred = has_unpacking(args, &[]);
                Ok((!starred).then_some(false))
            }
            0 => {
                let has_self = unit.argcount + unit.posonlyargcount > 0;
                let class_cell = block.scope("__class__") == Scope::Free;
                Ok((has_self && class_cell).then_some(true))
            }
            _ => Ok(None),
        }
    }

    /// Push `super` and its two arguments.
    pub(super) fn load_super_arguments(&mut self, call: &'a Expr) -> Result<()> {
        let ExprKind::Call { func, args, .. } = &call.kind else { return Ok(()) };
        if let ExprKind::Name { id, .. } = &func.kind {
            self.name_op(func.location, id, ExprContext::Load)?;
        }
        if !args.is_empty() {
            return self.expressions(args);
        }
        self.name_op(call.location, &"__class__".into(), ExprContext::Load)?;
        let first = self.unit_ref()?.varnames.names.first().cloned();
        match first {
            Some(name) => self.name_op(call.location, &name, ExprContext::Load),
            None => Ok(()),
        }
    }

    /// Push the arguments and call. `pushed` of them are on the stack already; `injected` names a
    /// last positional one.
    pub(super) fn call_arguments(
        &mut self,
        location: Location,
        pushed: usize,
        args: &'a [Expr],
        injected: Option<&Identifier>,
        keywords: &'a [Keyword],
    ) -> Result<()> {
        validate_keywords(keywords)?;
        let simple = args.len() + keywords.len() * 2 <= STACK_USE_GUIDELINE && !has_unpacking(args, keywords);
        if simple {
            self.expressions(args)?;
            let mut count = pushed + args.len() + keywords.len();
            if let Some(name) = injected {
                self.name_op(location, name, ExprContext::Load)?;
                count += 1;
            }
            if keywords.is_empty() {
                return self.emit_i(location, Opcode::CALL, count);
            }
            self.keyword_values(location, keywords)?;
            return self.emit_i(location, Opcode::CALL_KW, count);
        }
        match args {
            [Expr { kind: ExprKind::Starred { value, .. }, .. }] if pushed == 0 && injected.is_none() => {
                self.expression(value)?;
            }
            _ => {
                let ops = [Opcode::BUILD_LIST, Opcode::LIST_APPEND, Opcode::LIST_EXTEND];
                self.star_unpack(location, args, injected, pushed, ops, true)?;
            }
        }
        if keywords.is_empty() {
            self.emit(location, Opcode::PUSH_NULL)?;
            return self.emit(location, Opcode::CALL_FUNCTION_EX);
        }
        let mut have_dict = false;
        let mut seen = 0;
        for (index, keyword) in keywords.iter().enumerate() {
            if keyword.arg.is_some() {
                seen += 1;
                continue;
            }
            if seen > 0 {
                self.keyword_dict(location, keywords.get(index - seen..index).unwrap_or(&[]))?;
                if have_dict {
                    self.emit_i(location, Opcode::DICT_MERGE, 1)?;
                }
                have_dict = true;
                seen = 0;
            }
            if !have_dict {
                self.emit_i(location, Opcode::BUILD_MAP, 0)?;
                have_dict = true;
            }
            self.expression(&keyword.value)?;
            self.emit_i(location, Opcode::DICT_MERGE, 1)?;
        }
        if seen > 0 {
            let rest = keywords.get(keywords.len() - seen..).unwrap_or(&[]);
            self.keyword_dict(location, rest)?;
            if have_dict {
                self.emit_i(location, Opcode::DICT_MERGE, 1)?;
            }
        }
        self.emit(location, Opcode::CALL_FUNCTION_EX)
    }

    fn keyword_dict(&mut self, location: Location, keywords: &'a [Keyword]) -> Result<()> {
        let big = keywords.len() * 2 > STACK_USE_GUIDELINE;
        if big {
            self.emit_i(Location::NONE, Opcode::BUILD_MAP, 0)?;
        }
        for keyword in keywords {
            if let Some(name) = &keyword.arg {
                self.load_str(location, name)?;
            }
            self.expression(&keyword.value)?;
            if big {
                self.emit_i(Location::NONE, Opcode::MAP_ADD, 1)?;
            }
        }
        if !big {
            self.emit_i(location, Opcode::BUILD_MAP, keywords.len())?;
        }
        Ok(())
    }
}

fn has_unpacking(args: &[Expr], keywords: &[Keyword]) -> bool {
    args.iter().any(|arg| matches!(arg.kind, ExprKind::Starred { .. })) || keywords.iter().any(|keyword| keyword.arg.is_none())
}

fn validate_keywords(keywords: &[Keyword]) -> Result<()> {
    let mut seen = crate::tables::HashSet::with_capacity_and_hasher(keywords.len(), Default::default());
    for keyword in keywords {
        if let Some(name) = &keyword.arg
            && !seen.insert(name)
        {
            let message = format!("keyword argument repeated: {name}");
            return Err(CompileError::syntax(message, keyword.location));
        }
    }
    Ok(())
}
