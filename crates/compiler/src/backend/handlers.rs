//! Exception handlers: which blocks start one, and which one covers each instruction.
//!
//! The pseudo instructions `SETUP_*` and `POP_BLOCK` open and close protected regions. Following the flow of
//! control with the stack of open regions gives each instruction its handler.

use super::graph::{BlockId, Graph};
use super::internal;
use crate::error::Result;
use crate::opcode::Opcode;

/// Marks the blocks where handlers start.
pub fn mark_handlers(graph: &mut Graph) {
    for id in graph.order() {
        for index in 0..graph[id].len() {
            let instr = graph[id].instrs()[index];
            if let (true, Some(target)) = (instr.opcode.is_block_push(), instr.target) {
                graph[target].is_handler = true;
            }
        }
    }
}

/// In a `RESUME`'s argument: the suspension is inside exactly one `try` (the one that every generator has).
const RESUME_DEPTH_1: u32 = 4;

/// Gives each reachable instruction its handler and takes the `POP_BLOCK`s away.
pub fn label_instructions(graph: &mut Graph) -> Result<()> {
    graph.clear_visited();
    graph.visit(graph.entry);
    let mut todo: Vec<(BlockId, Vec<BlockId>)> = vec![(graph.entry, Vec::new())];
    while let Some((id, mut regions)) = todo.pop() {
        let mut depth_at_yield = None;
        for index in 0..graph[id].len() {
            let instr = graph[id].instrs()[index];
            match instr.opcode {
                opcode if opcode.is_block_push() => {
                    let target = instr.target.ok_or_else(|| internal("exception handler without a target"))?;
                    if graph.visit(target) {
                        todo.push((target, regions.clone()));
                    }
                    if opcode != Opcode::SETUP_FINALLY {
                        graph[target].preserve_lasti = true;
                    }
                    regions.push(target);
                }
                Opcode::POP_BLOCK => {
                    regions.pop().ok_or_else(|| internal("POP_BLOCK without an open block"))?;
                    graph[id].instrs_mut()[index].make_nop();
                }
                opcode => {
                    let instr = &mut graph[id].instrs_mut()[index];
                    instr.handler = regions.last().copied();
                    if opcode == Opcode::YIELD_VALUE {
                        depth_at_yield = Some(regions.len());
                    } else if opcode == Opcode::RESUME && instr.arg != 0 {
                        if depth_at_yield == Some(1) {
                            instr.arg |= RESUME_DEPTH_1;
                        }
                        depth_at_yield = None;
                    } else if opcode.has_jump() {
                        let target = instr.target.ok_or_else(|| internal("jump without a target"))?;
                        if graph.visit(target) {
                            todo.push((target, regions.clone()));
                        }
                    }
                }
            }
        }
        if let (true, Some(next)) = (graph[id].falls_through(), graph[id].next)
            && graph.visit(next)
        {
            todo.push((next, regions));
        }
    }
    Ok(())
}
