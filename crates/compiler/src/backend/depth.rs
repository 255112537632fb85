//! The depth of the operand stack: on entry to each block, and the greatest.

use super::graph::{BlockId, Graph};
use super::internal;
use crate::error::{CompileError, ErrorKind, Result};
use crate::opcode::Opcode;

/// Computes [`super::graph::Block::start_depth`] of each block; returns the greatest depth in the graph.
pub fn compute(graph: &mut Graph) -> Result<u32> {
    for id in graph.order() {
        graph[id].start_depth = None;
    }
    let mut greatest = 0;
    let mut todo = Vec::new();
    let entry = graph.entry;
    enter(graph, &mut todo, entry, 0)?;
    while let Some(id) = todo.pop() {
        let mut depth = graph[id].start_depth.unwrap_or(0);
        for index in 0..graph[id].len() {
            let instr = graph[id].instrs()[index];
            let effect = |jump: bool| {
                instr
                    .opcode
                    .stack_effect(instr.arg, jump)
                    .ok_or_else(|| internal(format!("Invalid stack effect for opcode={}, arg={}", instr.opcode.number(), instr.arg)))
            };
            let after = depth + effect(false)?;
            if after < 0 {
                return Err(CompileError::new(ErrorKind::ValueError, "Invalid CFG, stack underflow"));
            }
            greatest = greatest.max(depth);
            // END_ASYNC_FOR's target is where its loop sends from; control does not go there.
            if instr.opcode.has_target() && instr.opcode != Opcode::END_ASYNC_FOR {
                let target = instr.target.ok_or_else(|| internal("jump without a target"))?;
                enter(graph, &mut todo, target, depth + effect(true)?)?;
            }
            depth = after;
        }
        if let (true, Some(next)) = (graph[id].falls_through(), graph[id].next) {
            enter(graph, &mut todo, next, depth)?;
        }
    }
    u32::try_from(greatest).map_err(|_| internal("stack too deep"))
}

fn enter(graph: &mut Graph, todo: &mut Vec<BlockId>, id: BlockId, depth: i64) -> Result<()> {
    match graph[id].start_depth {
        None => {
            graph[id].start_depth = Some(depth);
            todo.push(id);
            Ok(())
        }
        Some(known) if known == depth => Ok(()),
        Some(_) => Err(CompileError::new(ErrorKind::ValueError, "Invalid CFG, inconsistent stackdepth")),
    }
}
