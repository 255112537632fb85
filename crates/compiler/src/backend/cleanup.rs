//! Taking away what does nothing: unreachable blocks, no-ops, jumps to what follows anyway.

use super::graph::{BlockId, Graph};
use super::internal;
use crate::error::Result;
use crate::instruction::Location;
use crate::opcode::Opcode;

/// Blocks that leave the scope are copied to where they are jumped to, up to this many instructions.
const MAX_COPY: usize = 4;

/// Replaces jumps to small blocks that leave the scope, or to blocks without line numbers that do not fall
/// through, by copies of those blocks.
pub fn inline_small_exits(graph: &mut Graph) {
    let order = graph.order();
    loop {
        let mut changed = false;
        for &id in &order {
            changed |= inline_into(graph, id);
        }
        if !changed {
            return;
        }
    }
}

fn inline_into(graph: &mut Graph, id: BlockId) -> bool {
    let Some(&last) = graph[id].last() else { return false };
    let (true, Some(target)) = (last.opcode.is_unconditional_jump(), last.target) else { return false };
    let block = &graph[target];
    let small_exit = block.exits_scope() && block.len() <= MAX_COPY;
    let lineless = block.has_no_line() && !block.falls_through();
    if target == id || !small_exit && !lineless {
        return false;
    }
    let copied = block.instrs().to_vec();
    if let Some(jump) = graph[id].last_mut() {
        jump.make_nop();
    }
    for instr in copied {
        graph[id].append_instr(instr);
    }
    if lineless && last.opcode == Opcode::JUMP {
        // The removed jump checked for signals and the like; one that stays in its place must do so too.
        if let Some(end) = graph[id].last_mut().filter(|end| end.opcode.is_unconditional_jump()) {
            end.opcode = Opcode::JUMP;
        }
    }
    graph[target].predecessors -= 1;
    true
}

/// Empties blocks that cannot be reached and counts the ways into the others.
pub fn remove_unreachable(graph: &mut Graph) {
    let order = graph.order();
    for &id in &order {
        graph[id].predecessors = 0;
    }
    graph.clear_visited();
    let entry = graph.entry;
    graph[entry].predecessors = 1;
    graph.visit(entry);
    let mut todo = vec![entry];
    while let Some(id) = todo.pop() {
        let mut ways = Vec::new();
        if graph[id].falls_through() {
            ways.extend(graph[id].next);
        }
        ways.extend(graph[id].instrs().iter().filter(|instr| instr.opcode.has_target()).filter_map(|instr| instr.target));
        for way in ways {
            if graph.visit(way) {
                todo.push(way);
            }
            graph[way].predecessors += 1;
        }
    }
    for id in order {
        let block = &mut graph[id];
        if block.predecessors == 0 {
            block.truncate(0);
            block.is_handler = false;
        }
    }
}

/// Removes the no-ops of a block that no line event needs; returns how many.
fn remove_nops_in(graph: &mut Graph, id: BlockId) -> usize {
    let following = following_line(graph, id);
    let instrs = graph[id].instrs_mut();
    let mut kept = 0;
    let mut previous_line = -1;
    for index in 0..instrs.len() {
        let instr = instrs[index];
        let line = instr.location.line;
        if instr.opcode == Opcode::NOP {
            if line < 0 || line == previous_line {
                continue;
            }
            match instrs.get_mut(index + 1) {
                Some(next) if next.location.line == line => continue,
                Some(next) if next.location.line < 0 => {
                    next.location = instr.location;
                    continue;
                }
                Some(_) => {}
                None if following == Some(line) => continue,
                None => {}
            }
        }
        instrs[kept] = instr;
        kept += 1;
        previous_line = line;
    }
    let removed = instrs.len() - kept;
    graph[id].truncate(kept);
    removed
}

/// The line of what comes after the block, leaving out no-ops that have none.
fn following_line(graph: &Graph, id: BlockId) -> Option<i32> {
    let next = graph.nonempty_from(graph[id].next)?;
    let lineless_nop = |opcode: Opcode, location: Location| opcode == Opcode::NOP && location.line < 0;
    graph[next].instrs().iter().find(|instr| !lineless_nop(instr.opcode, instr.location)).map(|instr| instr.location.line)
}

/// Removes no-ops that no line event needs; returns how many.
pub fn remove_nops(graph: &mut Graph) -> usize {
    graph.order().into_iter().map(|id| remove_nops_in(graph, id)).sum()
}

/// Removes no-ops, and values that are loaded only to be popped.
pub fn remove_nops_and_pairs(graph: &mut Graph) {
    let order = graph.order();
    let mut done = false;
    while !done {
        done = true;
        let mut last: Option<(BlockId, usize)> = None;
        for &id in &order {
            remove_nops_in(graph, id);
            if graph[id].labelled {
                last = None;
            }
            for index in 0..graph[id].len() {
                let previous = last.replace((id, index));
                let Some((block, at)) = previous else { continue };
                if graph[id].instrs()[index].opcode != Opcode::POP_TOP {
                    continue;
                }
                let before = graph[block].instrs()[at];
                let redundant = matches!(before.opcode, Opcode::LOAD_CONST | Opcode::LOAD_SMALL_INT)
                    || before.opcode == Opcode::COPY && before.arg == 1;
                if redundant {
                    graph[block].instrs_mut()[at].make_nop();
                    graph[id].instrs_mut()[index].make_nop();
                    done = false;
                }
            }
            let jumps = last.is_some_and(|(block, at)| graph[block].instrs()[at].opcode.has_jump());
            if jumps || !graph[id].falls_through() {
                last = None;
            }
        }
    }
}

/// Turns jumps to what follows anyway into no-ops; returns how many.
fn remove_jumps(graph: &mut Graph) -> Result<usize> {
    let mut changes = 0;
    for id in graph.order() {
        let Some(&last) = graph[id].last() else { continue };
        if !last.opcode.is_unconditional_jump() {
            continue;
        }
        let target = graph.nonempty_from(last.target).ok_or_else(|| internal("jump with NULL target"))?;
        if graph.nonempty_from(graph[id].next) == Some(target) {
            changes += 1;
            if let Some(last) = graph[id].last_mut() {
                last.make_nop();
            }
        }
    }
    Ok(changes)
}

/// Removes no-ops and redundant jumps until none is left.
pub fn remove_nops_and_jumps(graph: &mut Graph) -> Result<()> {
    while remove_nops(graph) + remove_jumps(graph)? > 0 {}
    Ok(())
}
