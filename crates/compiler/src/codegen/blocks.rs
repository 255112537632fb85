//! The blocks that are open while a statement is generated, and leaving them.

use super::unit::{BlockKind, FrameBlock};
use super::{CodeGen, internal};
use crate::ast::*;
use crate::error::{CompileError, Result};
use crate::instruction::Label;
use crate::opcode::Opcode;

/// How many blocks may be open at once.
const MAX_BLOCKS: usize = 21;

impl<'a> CodeGen<'a> {
    pub(super) fn push_block(&mut self, block: FrameBlock<'a>) -> Result<()> {
        let location = block.location;
        let unit = self.unit()?;
        if unit.frame_blocks.len() >= MAX_BLOCKS {
            return Err(CompileError::syntax("too many statically nested blocks", location));
        }
        unit.frame_blocks.push(block);
        Ok(())
    }

    pub(super) fn push_simple_block(
        &mut self,
        kind: BlockKind,
        location: Location,
        block: Option<Label>,
        exit: Option<Label>,
    ) -> Result<()> {
        self.push_block(FrameBlock { kind, block, exit, location, finalbody: &[], name: None })
    }

    pub(super) fn pop_block(&mut self) -> Result<()> {
        let popped = self.unit()?.frame_blocks.pop();
        popped.map(|_| ()).ok_or_else(|| internal("no block to leave"))
    }

    /// Call the context manager's exit method, below on the stack, with three `None`s.
    pub(super) fn call_exit_with_nones(&mut self, location: Location) -> Result<()> {
        for _ in 0..3 {
            self.load_none(location)?;
        }
        self.emit_i(location, Opcode::CALL, 3)
    }

    pub(super) fn pop_except_and_reraise(&mut self) -> Result<()> {
        self.emit_i(Location::NONE, Opcode::COPY, 3)?;
        self.emit(Location::NONE, Opcode::POP_EXCEPT)?;
        self.emit_i(Location::NONE, Opcode::RERAISE, 1)
    }

    /// Undo one block on the way out. With `preserve_tos` the value on top of the stack, to be
    /// returned, is kept. Changes `location` where what follows has none of its own.
    fn unwind_block(&mut self, location: &mut Location, block: FrameBlock<'a>, preserve_tos: bool) -> Result<()> {
        match block.kind {
            BlockKind::WhileLoop
            | BlockKind::TryExcept
            | BlockKind::ExceptionHandler
            | BlockKind::ExceptionGroupHandler
            | BlockKind::AsyncComprehensionGenerator
            | BlockKind::StopIteration => {
                if block.kind == BlockKind::TryExcept {
                    self.emit(*location, Opcode::POP_BLOCK)?;
                }
            }
            BlockKind::ForLoop => {
                if preserve_tos {
                    self.emit_i(*location, Opcode::SWAP, 2)?;
                }
                self.emit(*location, Opcode::POP_TOP)?;
            }
            BlockKind::FinallyTry => {
                // This is where the `finally` body runs: as part of the statement that leaves.
                self.emit(*location, Opcode::POP_BLOCK)?;
                if preserve_tos {
                    self.push_simple_block(BlockKind::PopValue, *location, None, None)?;
                }
                self.statements(block.finalbody)?;
                if preserve_tos {
                    self.pop_block()?;
                }
                *location = Location::NONE;
            }
            BlockKind::FinallyEnd => {
                if preserve_tos {
                    self.emit_i(*location, Opcode::SWAP, 2)?;
                }
                self.emit(*location, Opcode::POP_TOP)?;
                if preserve_tos {
                    self.emit_i(*location, Opcode::SWAP, 2)?;
                }
                self.emit(*location, Opcode::POP_BLOCK)?;
                self.emit(*location, Opcode::POP_EXCEPT)?;
            }
            BlockKind::With | BlockKind::AsyncWith => {
                *location = block.location;
                self.emit(*location, Opcode::POP_BLOCK)?;
                if preserve_tos {
                    self.emit_i(*location, Opcode::SWAP, 3)?;
                    self.emit_i(*location, Opcode::SWAP, 2)?;
                }
                self.call_exit_with_nones(*location)?;
                if block.kind == BlockKind::AsyncWith {
                    self.emit_i(*location, Opcode::GET_AWAITABLE, 2)?;
                    self.load_none(*location)?;
                    self.yield_from(*location, true)?;
                }
                self.emit(*location, Opcode::POP_TOP)?;
                *location = Location::NONE;
            }
            BlockKind::HandlerCleanup => {
                if block.name.is_some() {
                    self.emit(*location, Opcode::POP_BLOCK)?;
                }
                if preserve_tos {
                    self.emit_i(*location, Opcode::SWAP, 2)?;
                }
                self.emit(*location, Opcode::POP_BLOCK)?;
                self.emit(*location, Opcode::POP_EXCEPT)?;
                if let Some(name) = block.name {
                    self.unbind_exception(*location, name)?;
                }
            }
            BlockKind::PopValue => {
                if preserve_tos {
                    self.emit_i(*location, Opcode::SWAP, 2)?;
                }
                self.emit(*location, Opcode::POP_TOP)?;
            }
        }
        Ok(())
    }

    /// Set the name of a handled exception to `None` and delete it.
    pub(super) fn unbind_exception(&mut self, location: Location, name: &Identifier) -> Result<()> {
        self.load_none(location)?;
        self.name_op(location, name, ExprContext::Store)?;
        self.name_op(location, name, ExprContext::Del)
    }

    /// Undo all open blocks, or those inside the innermost loop; that loop is returned.
    fn unwind_blocks(&mut self, location: &mut Location, preserve_tos: bool, to_loop: bool) -> Result<Option<FrameBlock<'a>>> {
        let mut undone = Vec::new();
        let mut found = None;
        while let Some(&top) = self.unit_ref()?.frame_blocks.last() {
            if top.kind == BlockKind::ExceptionGroupHandler {
                let message = "'break', 'continue' and 'return' cannot appear in an except* block";
                return Err(CompileError::syntax(message, *location));
            }
            if to_loop && matches!(top.kind, BlockKind::WhileLoop | BlockKind::ForLoop) {
                found = Some(top);
                break;
            }
            self.unit()?.frame_blocks.pop();
            undone.push(top);
            self.unwind_block(location, top, preserve_tos)?;
        }
        self.unit()?.frame_blocks.extend(undone.into_iter().rev());
        Ok(found)
    }

    pub(super) fn return_statement(&mut self, statement: Location, value: Option<&'a Expr>) -> Result<()> {
        let mut location = statement;
        let constant = value.and_then(Expr::as_constant);
        let preserve_tos = value.is_some() && constant.is_none();
        let block = self.table.block(self.unit_ref()?.block);
        if !block.is_function_like() {
            return Err(CompileError::syntax("'return' outside function", location));
        }
        if value.is_some() && block.coroutine && block.generator {
            let message = "'return' with value in async generator";
            return Err(CompileError::syntax(message, location));
        }
        if let Some(value) = value {
            if preserve_tos {
                self.expression(value)?;
            } else {
                location = value.location;
                self.emit(location, Opcode::NOP)?;
            }
        }
        if value.is_none_or(|value| value.location.line != statement.line) {
            location = statement;
            self.emit(location, Opcode::NOP)?;
        }
        self.unwind_blocks(&mut location, preserve_tos, false)?;
        match (value, constant) {
            (None, _) => self.load_none(location)?,
            (Some(_), Some(constant)) => self.load_const(location, constant.clone())?,
            (Some(_), None) => {}
        }
        self.emit(location, Opcode::RETURN_VALUE)
    }

    pub(super) fn break_statement(&mut self, statement: Location) -> Result<()> {
        let mut location = statement;
        self.emit(location, Opcode::NOP)?;
        let Some(outer) = self.unwind_blocks(&mut location, false, true)? else {
            return Err(CompileError::syntax("'break' outside loop", statement));
        };
        self.unwind_block(&mut location, outer, false)?;
        let target = outer.exit.ok_or_else(|| internal("loop without an exit"))?;
        self.emit_jump(location, Opcode::JUMP, target)
    }

    pub(super) fn continue_statement(&mut self, statement: Location) -> Result<()> {
        let mut location = statement;
        self.emit(location, Opcode::NOP)?;
        let Some(outer) = self.unwind_blocks(&mut location, false, true)? else {
            return Err(CompileError::syntax("'continue' not properly in loop", statement));
        };
        let target = outer.block.ok_or_else(|| internal("loop without a start"))?;
        self.emit_jump(location, Opcode::JUMP, target)
    }
}
