//! `try` and `with`.

use super::CodeGen;
use super::statements::intrinsic_2;
use super::unit::{BlockKind, FrameBlock};
use crate::ast::*;
use crate::error::{CompileError, Result};
use crate::instruction::Label;
use crate::opcode::Opcode;

/// `oparg` of `LOAD_SPECIAL`.
mod special {
    pub const ENTER: usize = 0;
    pub const EXIT: usize = 1;
    pub const AENTER: usize = 2;
    pub const AEXIT: usize = 3;
}

const NONE: Location = Location::NONE;

impl<'a> CodeGen<'a> {
    pub(super) fn try_statement(&mut self, location: Location, node: &'a Try) -> Result<()> {
        if node.finalbody.is_empty() {
            return self.try_except_any(location, node);
        }
        let body = self.new_label()?;
        let end = self.new_label()?;
        let cleanup = self.new_label()?;
        let exit = self.new_label()?;
        self.emit_jump(location, Opcode::SETUP_FINALLY, end)?;
        self.use_label(body)?;
        self.push_block(FrameBlock {
            kind: BlockKind::FinallyTry,
            block: Some(body),
            exit: Some(end),
            location,
            finalbody: &node.finalbody,
            name: None,
        })?;
        if node.handlers.is_empty() {
            self.statements(&node.body)?;
        } else {
            self.try_except_any(location, node)?;
        }
        self.emit(NONE, Opcode::POP_BLOCK)?;
        self.pop_block()?;
        self.statements(&node.finalbody)?;
        self.emit_jump(NONE, Opcode::JUMP_NO_INTERRUPT, exit)?;

        // The same body again, for exceptions on their way through.
        self.use_label(end)?;
        self.push_simple_block(BlockKind::FinallyEnd, NONE, Some(end), None)?;
        self.emit_jump(NONE, Opcode::SETUP_CLEANUP, cleanup)?;
        self.emit(NONE, Opcode::PUSH_EXC_INFO)?;
        self.statements(&node.finalbody)?;
        self.pop_block()?;
        self.emit_i(NONE, Opcode::RERAISE, 0)?;
        self.use_label(cleanup)?;
        self.pop_except_and_reraise()?;
        self.use_label(exit)
    }

    fn try_except_any(&mut self, location: Location, node: &'a Try) -> Result<()> {
        if node.is_star { self.try_except_star(location, node) } else { self.try_except(location, node) }
    }

    fn try_except(&mut self, location: Location, node: &'a Try) -> Result<()> {
        let body = self.new_label()?;
        let mut except = self.new_label()?;
        let end = self.new_label()?;
        let cleanup = self.new_label()?;
        self.emit_jump(location, Opcode::SETUP_FINALLY, except)?;
        self.use_label(body)?;
        self.push_simple_block(BlockKind::TryExcept, location, Some(body), None)?;
        self.statements(&node.body)?;
        self.pop_block()?;
        self.emit(NONE, Opcode::POP_BLOCK)?;
        self.statements(&node.orelse)?;
        self.emit_jump(NONE, Opcode::JUMP_NO_INTERRUPT, end)?;

        self.use_label(except)?;
        self.emit_jump(NONE, Opcode::SETUP_CLEANUP, cleanup)?;
        self.emit(NONE, Opcode::PUSH_EXC_INFO)?;
        self.push_simple_block(BlockKind::ExceptionHandler, location, None, None)?;
        for (index, handler) in node.handlers.iter().enumerate() {
            let place = handler.location;
            if handler.type_.is_none() && index + 1 < node.handlers.len() {
                return Err(CompileError::syntax("default 'except:' must be last", place));
            }
            except = self.new_label()?;
            if let Some(matched) = &handler.type_ {
                self.expression(matched)?;
                self.emit(place, Opcode::CHECK_EXC_MATCH)?;
                self.emit_jump(place, Opcode::POP_JUMP_IF_FALSE, except)?;
            }
            let cleanup_body = self.new_label()?;
            if let Some(name) = &handler.name {
                let cleanup_end = self.new_label()?;
                self.name_op(place, name, ExprContext::Store)?;
                // The name is unbound whichever way the handler is left.
                self.emit_jump(place, Opcode::SETUP_CLEANUP, cleanup_end)?;
                self.use_label(cleanup_body)?;
                self.push_handler_cleanup(place, cleanup_body, Some(name))?;
                self.statements(&handler.body)?;
                self.pop_block()?;
                self.emit(NONE, Opcode::POP_BLOCK)?;
                self.emit(NONE, Opcode::POP_BLOCK)?;
                self.emit(NONE, Opcode::POP_EXCEPT)?;
                self.unbind_exception(NONE, name)?;
                self.emit_jump(NONE, Opcode::JUMP_NO_INTERRUPT, end)?;
                self.use_label(cleanup_end)?;
                self.unbind_exception(NONE, name)?;
                self.emit_i(NONE, Opcode::RERAISE, 1)?;
            } else {
                self.emit(place, Opcode::POP_TOP)?;
                self.use_label(cleanup_body)?;
                self.push_handler_cleanup(place, cleanup_body, None)?;
                self.statements(&handler.body)?;
                self.pop_block()?;
                self.emit(NONE, Opcode::POP_BLOCK)?;
                self.emit(NONE, Opcode::POP_EXCEPT)?;
                self.emit_jump(NONE, Opcode::JUMP_NO_INTERRUPT, end)?;
            }
            self.use_label(except)?;
        }
        self.emit_i(NONE, Opcode::RERAISE, 0)?;
        self.pop_block()?;
        self.use_label(cleanup)?;
        self.pop_except_and_reraise()?;
        self.use_label(end)
    }

    fn push_handler_cleanup(&mut self, location: Location, body: Label, name: Option<&'a Identifier>) -> Result<()> {
        self.push_block(FrameBlock { kind: BlockKind::HandlerCleanup, block: Some(body), exit: None, location, finalbody: &[], name })
    }

    /// Below the handlers' code the stack holds the original exception group, the list of what
    /// the handlers raised, and what is left unmatched.
    fn try_except_star(&mut self, location: Location, node: &'a Try) -> Result<()> {
        let body = self.new_label()?;
        let mut except = self.new_label()?;
        let orelse = self.new_label()?;
        let end = self.new_label()?;
        let cleanup = self.new_label()?;
        let reraise_star = self.new_label()?;
        self.emit_jump(location, Opcode::SETUP_FINALLY, except)?;
        self.use_label(body)?;
        self.push_simple_block(BlockKind::TryExcept, location, Some(body), None)?;
        self.statements(&node.body)?;
        self.pop_block()?;
        self.emit(NONE, Opcode::POP_BLOCK)?;
        self.emit_jump(NONE, Opcode::JUMP_NO_INTERRUPT, orelse)?;

        self.use_label(except)?;
        self.emit_jump(NONE, Opcode::SETUP_CLEANUP, cleanup)?;
        self.emit(NONE, Opcode::PUSH_EXC_INFO)?;
        self.push_simple_block(BlockKind::ExceptionGroupHandler, location, None, None)?;
        for (index, handler) in node.handlers.iter().enumerate() {
            let place = handler.location;
            except = self.new_label()?;
            let except_with_error = self.new_label()?;
            let no_match = self.new_label()?;
            if index == 0 {
                self.emit_i(place, Opcode::BUILD_LIST, 0)?;
                self.emit_i(place, Opcode::COPY, 2)?;
            }
            if let Some(matched) = &handler.type_ {
                self.expression(matched)?;
                self.emit(place, Opcode::CHECK_EG_MATCH)?;
                self.emit_i(place, Opcode::COPY, 1)?;
                self.emit_jump(place, Opcode::POP_JUMP_IF_NONE, no_match)?;
            }
            let cleanup_end = self.new_label()?;
            let cleanup_body = self.new_label()?;
            match &handler.name {
                Some(name) => self.name_op(place, name, ExprContext::Store)?,
                None => self.emit(place, Opcode::POP_TOP)?,
            }
            self.emit_jump(place, Opcode::SETUP_CLEANUP, cleanup_end)?;
            self.use_label(cleanup_body)?;
            self.push_handler_cleanup(place, cleanup_body, handler.name.as_ref())?;
            self.statements(&handler.body)?;
            self.pop_block()?;
            self.emit(NONE, Opcode::POP_BLOCK)?;
            if let Some(name) = &handler.name {
                self.unbind_exception(NONE, name)?;
            }
            self.emit_jump(NONE, Opcode::JUMP_NO_INTERRUPT, except)?;

            self.use_label(cleanup_end)?;
            if let Some(name) = &handler.name {
                self.unbind_exception(NONE, name)?;
            }
            self.emit_i(NONE, Opcode::LIST_APPEND, 3)?;
            self.emit(NONE, Opcode::POP_TOP)?;
            self.emit_jump(NONE, Opcode::JUMP_NO_INTERRUPT, except_with_error)?;

            self.use_label(except)?;
            self.emit(NONE, Opcode::NOP)?;
            self.emit_jump(NONE, Opcode::JUMP_NO_INTERRUPT, except_with_error)?;

            self.use_label(no_match)?;
            self.emit(place, Opcode::POP_TOP)?;

            self.use_label(except_with_error)?;
            if index + 1 == node.handlers.len() {
                self.emit_i(NONE, Opcode::LIST_APPEND, 1)?;
                self.emit_jump(NONE, Opcode::JUMP_NO_INTERRUPT, reraise_star)?;
            }
        }
        self.pop_block()?;
        let reraise = self.new_label()?;
        self.use_label(reraise_star)?;
        self.emit_i(NONE, Opcode::CALL_INTRINSIC_2, intrinsic_2::PREP_RERAISE_STAR)?;
        self.emit_i(NONE, Opcode::COPY, 1)?;
        self.emit_jump(NONE, Opcode::POP_JUMP_IF_NOT_NONE, reraise)?;
        self.emit(NONE, Opcode::POP_TOP)?;
        self.emit(NONE, Opcode::POP_BLOCK)?;
        self.emit(NONE, Opcode::POP_EXCEPT)?;
        self.emit_jump(NONE, Opcode::JUMP_NO_INTERRUPT, end)?;

        self.use_label(reraise)?;
        self.emit(NONE, Opcode::POP_BLOCK)?;
        self.emit_i(NONE, Opcode::SWAP, 2)?;
        self.emit(NONE, Opcode::POP_EXCEPT)?;
        self.emit_i(NONE, Opcode::RERAISE, 0)?;

        self.use_label(cleanup)?;
        self.pop_except_and_reraise()?;
        self.use_label(orelse)?;
        self.statements(&node.orelse)?;
        self.use_label(end)
    }

    pub(super) fn with(&mut self, node: &'a With, items: &'a [WithItem]) -> Result<()> {
        let Some((item, rest)) = items.split_first() else {
            return self.statements(&node.body);
        };
        let block = self.new_label()?;
        let last = self.new_label()?;
        let exit = self.new_label()?;
        let cleanup = self.new_label()?;
        let location = item.context_expr.location;
        let (enter_method, exit_method, kind) = if node.is_async {
            (special::AENTER, special::AEXIT, BlockKind::AsyncWith)
        } else {
            (special::ENTER, special::EXIT, BlockKind::With)
        };
        self.expression(&item.context_expr)?;
        self.emit_i(location, Opcode::COPY, 1)?;
        self.emit_i(location, Opcode::LOAD_SPECIAL, exit_method)?;
        self.emit_i(location, Opcode::SWAP, 2)?;
        self.emit_i(location, Opcode::SWAP, 3)?;
        self.emit_i(location, Opcode::LOAD_SPECIAL, enter_method)?;
        self.emit_i(location, Opcode::CALL, 0)?;
        if node.is_async {
            self.emit_i(location, Opcode::GET_AWAITABLE, 1)?;
            self.load_none(location)?;
            self.yield_from(location, true)?;
        }
        self.emit_jump(location, Opcode::SETUP_WITH, last)?;
        self.use_label(block)?;
        self.push_simple_block(kind, location, Some(block), Some(last))?;
        match &item.optional_vars {
            Some(target) => self.expression(target)?,
            None => self.emit(location, Opcode::POP_TOP)?,
        }
        if rest.is_empty() {
            self.statements(&node.body)?;
        } else {
            self.with(node, rest)?;
        }
        // The outermost item's block ends where the body does when leaving an asynchronous one.
        let end = if node.is_async { location } else { NONE };
        self.emit(end, Opcode::POP_BLOCK)?;
        self.pop_block()?;

        self.call_exit_with_nones(location)?;
        if node.is_async {
            self.emit_i(location, Opcode::GET_AWAITABLE, 2)?;
            self.load_none(location)?;
            self.yield_from(location, true)?;
        }
        self.emit(location, Opcode::POP_TOP)?;
        self.emit_jump(location, Opcode::JUMP, exit)?;

        self.use_label(last)?;
        self.emit_jump(location, Opcode::SETUP_CLEANUP, cleanup)?;
        self.emit(location, Opcode::PUSH_EXC_INFO)?;
        self.emit(location, Opcode::WITH_EXCEPT_START)?;
        if node.is_async {
            self.emit_i(location, Opcode::GET_AWAITABLE, 2)?;
            self.load_none(location)?;
            self.yield_from(location, true)?;
        }
        let suppress = self.new_label()?;
        self.emit(NONE, Opcode::TO_BOOL)?;
        self.emit_jump(NONE, Opcode::POP_JUMP_IF_TRUE, suppress)?;
        self.emit_i(NONE, Opcode::RERAISE, 2)?;
        self.use_label(suppress)?;
        self.emit(NONE, Opcode::POP_TOP)?;
        self.emit(NONE, Opcode::POP_BLOCK)?;
        self.emit(NONE, Opcode::POP_EXCEPT)?;
        for _ in 0..3 {
            self.emit(NONE, Opcode::POP_TOP)?;
        }
        let after = self.new_label()?;
        self.emit_jump(NONE, Opcode::JUMP_NO_INTERRUPT, after)?;
        self.use_label(cleanup)?;
        self.pop_except_and_reraise()?;
        self.use_label(after)?;
        self.use_label(exit)
    }
}
