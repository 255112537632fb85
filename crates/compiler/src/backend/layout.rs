//! The final shape of the graph: cold blocks last, real instructions only, conditional jumps forward only.

use super::cleanup;
use super::graph::{BlockId, Graph, Instr};
use super::internal;
use crate::error::Result;
use crate::instruction::Location;
use crate::opcode::Opcode;

/// Moves the blocks that only exception handlers lead to behind all others.
pub fn move_cold_blocks(graph: &mut Graph) -> Result<()> {
    if graph[graph.entry].next.is_none() {
        return Ok(());
    }
    mark_warm(graph);
    mark_cold(graph);

    // Where a cold block falls through to a warm one, a jump takes over.
    for id in graph.order() {
        let Some(next) = graph[id].next else { break };
        if graph[id].cold && graph[id].falls_through() && graph[next].warm {
            let jump = graph.new_block();
            graph[next].labelled = true;
            let block = &mut graph[jump];
            block.append(Opcode::JUMP_NO_INTERRUPT, 0, Location::NONE, Some(next));
            block.cold = true;
            block.next = Some(next);
            block.predecessors = 1;
            graph[id].next = Some(jump);
        }
    }

    let (cold, warm): (Vec<BlockId>, Vec<BlockId>) = graph.order().into_iter().partition(|&id| graph[id].cold);
    let any_cold = !cold.is_empty();
    let mut order = warm.into_iter().chain(cold);
    let mut previous = order.next();
    for id in order {
        if let Some(previous) = previous {
            graph[previous].next = Some(id);
        }
        previous = Some(id);
    }
    if let Some(last) = previous {
        graph[last].next = None;
    }
    if any_cold {
        cleanup::remove_nops_and_jumps(graph)?;
    }
    Ok(())
}

/// Marks what can be reached without an exception.
fn mark_warm(graph: &mut Graph) {
    graph.clear_visited();
    let entry = graph.entry;
    graph.visit(entry);
    let mut todo = vec![entry];
    while let Some(id) = todo.pop() {
        graph[id].warm = true;
        for successor in successors(graph, id) {
            if graph.visit(successor) {
                todo.push(successor);
            }
        }
    }
}

/// Marks what can be reached from the handlers and is not warm.
fn mark_cold(graph: &mut Graph) {
    graph.clear_visited();
    let mut todo = Vec::new();
    for id in graph.order() {
        if graph[id].is_handler {
            graph.visit(id);
            todo.push(id);
        }
    }
    while let Some(id) = todo.pop() {
        graph[id].cold = true;
        for successor in successors(graph, id) {
            if !graph[successor].warm && graph.visit(successor) {
                todo.push(successor);
            }
        }
    }
}

/// Where control may go on after a block, exceptions aside.
fn successors(graph: &Graph, id: BlockId) -> Vec<BlockId> {
    let block = &graph[id];
    let next = block.next.filter(|_| block.falls_through());
    let jumps = block.instrs().iter().filter(|instr| instr.opcode.has_jump()).filter_map(|instr| instr.target);
    next.into_iter().chain(jumps).collect()
}

/// `JUMP_IF_*`, which keep the tested value, become a copy, a test and a jump that pops.
pub fn expand_conditional_jumps(graph: &mut Graph) {
    for id in graph.order() {
        let Some(&last) = graph[id].last() else { continue };
        let opcode = match last.opcode {
            Opcode::JUMP_IF_FALSE => Opcode::POP_JUMP_IF_FALSE,
            Opcode::JUMP_IF_TRUE => Opcode::POP_JUMP_IF_TRUE,
            _ => continue,
        };
        let place = graph[id].len() - 1;
        let block = &mut graph[id];
        block.insert(place, Instr { handler: last.handler, ..Instr::new(Opcode::COPY, 1, last.location) });
        block.insert(place + 1, Instr { handler: last.handler, ..Instr::new(Opcode::TO_BOOL, 0, last.location) });
        if let Some(last) = block.last_mut() {
            last.opcode = opcode;
        }
    }
}

/// Replaces the pseudo instructions by real ones.
pub fn convert_pseudo_instructions(graph: &mut Graph) -> Result<()> {
    for id in graph.order() {
        for instr in graph[id].instrs_mut() {
            match instr.opcode {
                opcode if opcode.is_block_push() => instr.make_nop(),
                Opcode::ANNOTATIONS_PLACEHOLDER => instr.make_nop(),
                Opcode::LOAD_CLOSURE => instr.opcode = Opcode::LOAD_FAST,
                Opcode::STORE_FAST_MAYBE_NULL => instr.opcode = Opcode::STORE_FAST,
                _ => {}
            }
        }
    }
    cleanup::remove_nops_and_jumps(graph)
}

/// Conditional jumps exist in the forward direction only: one that goes backward is turned around to skip an
/// unconditional jump. Those that stay get the `NOT_TAKEN` that branch events need.
pub fn normalize_jumps(graph: &mut Graph) -> Result<()> {
    graph.clear_visited();
    for id in graph.order() {
        graph.visit(id);
        let Some(&last) = graph[id].last() else { continue };
        if !last.opcode.is_conditional_jump() {
            continue;
        }
        let target = last.target.ok_or_else(|| internal("jump without a target"))?;
        if !graph[target].visited {
            graph[id].append(Opcode::NOT_TAKEN, 0, last.location, None);
            continue;
        }
        let reversed = match last.opcode {
            Opcode::POP_JUMP_IF_NOT_NONE => Opcode::POP_JUMP_IF_NONE,
            Opcode::POP_JUMP_IF_NONE => Opcode::POP_JUMP_IF_NOT_NONE,
            Opcode::POP_JUMP_IF_FALSE => Opcode::POP_JUMP_IF_TRUE,
            _ => Opcode::POP_JUMP_IF_FALSE,
        };
        let backward = graph.new_block();
        let next = graph[id].next;
        let cold = graph[id].cold;
        let start_depth = graph[target].start_depth;
        let block = &mut graph[backward];
        block.append(Opcode::NOT_TAKEN, 0, last.location, None);
        block.append(Opcode::JUMP, 0, last.location, Some(target));
        block.start_depth = start_depth;
        block.cold = cold;
        block.next = next;
        let block = &mut graph[id];
        block.next = Some(backward);
        if let Some(last) = block.last_mut() {
            last.opcode = reversed;
            last.target = next;
        }
    }
    Ok(())
}
