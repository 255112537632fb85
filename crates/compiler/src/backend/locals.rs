//! Local variables: loads that must check whether the variable is bound, and superinstructions.

use super::cleanup;
use super::graph::{BlockId, Graph, Instr};
use crate::opcode::Opcode;

/// As many locals are followed through the whole graph; the others within a block only, which keeps the time
/// linear.
const TRACKED: usize = 64;

/// Makes loads of locals that may be unbound check for that.
pub fn check_unbound(graph: &mut Graph, locals: usize, parameters: usize) {
    if locals == 0 {
        return;
    }
    if locals > TRACKED {
        check_untracked(graph, locals);
    }
    let tracked = locals.min(TRACKED);
    graph.clear_visited();
    let mut todo = Vec::new();
    let mut unbound = 0u64;
    for local in parameters..tracked {
        unbound |= 1 << local;
    }
    let entry = graph.entry;
    enter(graph, &mut todo, entry, unbound);
    // Each block at least once: it may delete a local.
    for id in graph.order() {
        scan(graph, &mut todo, id);
    }
    while let Some(id) = todo.pop() {
        graph[id].visited = false;
        scan(graph, &mut todo, id);
    }
}

/// Notes that `unbound` may be unbound on entry to a block; `visited` means that the block is in `todo`.
fn enter(graph: &mut Graph, todo: &mut Vec<BlockId>, id: BlockId, unbound: u64) {
    let block = &mut graph[id];
    if block.unbound | unbound != block.unbound {
        block.unbound |= unbound;
        if !std::mem::replace(&mut block.visited, true) {
            todo.push(id);
        }
    }
}

fn scan(graph: &mut Graph, todo: &mut Vec<BlockId>, id: BlockId) {
    let mut unbound = graph[id].unbound;
    for index in 0..graph[id].len() {
        let instr = graph[id].instrs()[index];
        if let Some(handler) = instr.handler {
            enter(graph, todo, handler, unbound);
        }
        if instr.arg as usize >= TRACKED {
            continue;
        }
        let local = 1u64 << instr.arg;
        match instr.opcode {
            Opcode::DELETE_FAST | Opcode::LOAD_FAST_AND_CLEAR | Opcode::STORE_FAST_MAYBE_NULL => unbound |= local,
            Opcode::STORE_FAST | Opcode::LOAD_FAST_CHECK => unbound &= !local,
            Opcode::LOAD_FAST => {
                if unbound & local != 0 {
                    graph[id].instrs_mut()[index].opcode = Opcode::LOAD_FAST_CHECK;
                }
                unbound &= !local;
            }
            _ => {}
        }
    }
    if let (true, Some(next)) = (graph[id].falls_through(), graph[id].next) {
        enter(graph, todo, next, unbound);
    }
    let jump = graph[id].last().filter(|last| last.opcode.has_jump()).and_then(|last| last.target);
    if let Some(target) = jump {
        enter(graph, todo, target, unbound);
    }
}

fn check_untracked(graph: &mut Graph, locals: usize) {
    // The number of the block in which the local is known to be bound; blocks count from 1.
    let mut bound_in = vec![0usize; locals - TRACKED];
    for (number, id) in graph.order().into_iter().enumerate() {
        let number = number + 1;
        for instr in graph[id].instrs_mut() {
            let Some(slot) = (instr.arg as usize).checked_sub(TRACKED).and_then(|local| bound_in.get_mut(local)) else {
                continue;
            };
            match instr.opcode {
                Opcode::DELETE_FAST | Opcode::LOAD_FAST_AND_CLEAR | Opcode::STORE_FAST_MAYBE_NULL => {
                    *slot = number - 1;
                }
                Opcode::STORE_FAST => *slot = number,
                Opcode::LOAD_FAST => {
                    if *slot != number {
                        instr.opcode = Opcode::LOAD_FAST_CHECK;
                    }
                    *slot = number;
                }
                _ => {}
            }
        }
    }
}

/// Joins pairs of loads and stores of locals.
pub fn insert_superinstructions(graph: &mut Graph) {
    for id in graph.order() {
        let instrs = graph[id].instrs_mut();
        for index in 1..instrs.len() {
            let joined = match (instrs[index - 1].opcode, instrs[index].opcode) {
                (Opcode::LOAD_FAST, Opcode::LOAD_FAST) => Opcode::LOAD_FAST_LOAD_FAST,
                (Opcode::STORE_FAST, Opcode::LOAD_FAST) => Opcode::STORE_FAST_LOAD_FAST,
                (Opcode::STORE_FAST, Opcode::STORE_FAST) => Opcode::STORE_FAST_STORE_FAST,
                _ => continue,
            };
            join(instrs, index, joined);
        }
    }
    cleanup::remove_nops(graph);
}

/// Joins the instructions before and at `index`, unless they are on different lines or their locals do not fit
/// in four bits each.
fn join(instrs: &mut [Instr], index: usize, joined: Opcode) {
    let (first, second) = (instrs[index - 1], instrs[index]);
    let (line1, line2) = (first.location.line, second.location.line);
    if line1 >= 0 && line2 >= 0 && line1 != line2 || first.arg >= 16 || second.arg >= 16 {
        return;
    }
    instrs[index - 1].set(joined, first.arg << 4 | second.arg);
    instrs[index].make_nop();
}
