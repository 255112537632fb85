//! Line numbers for instructions that code generation gave none.
//!
//! A frame's line is computed from the instruction that it is at, also after it has ended. So an instruction that
//! leaves the scope needs a line; one that is shared between several ways in is copied, that each copy can have
//! the line of its way.

use super::graph::{BlockId, Graph};
use crate::instruction::Location;
use crate::opcode::flag;

/// Copies and fills in, as far as each block's ways in allow.
pub fn resolve(graph: &mut Graph) {
    duplicate_exits(graph);
    propagate(graph);
}

/// Leaves the scope or checks for signals, and has no line anywhere.
fn needs_line(graph: &Graph, id: BlockId) -> bool {
    let block = &graph[id];
    let checks = || block.instrs().iter().any(|instr| instr.opcode.flags() & flag::EVAL_BREAK != 0);
    (block.exits_scope() || checks()) && block.has_no_line()
}

fn duplicate_exits(graph: &mut Graph) {
    let mut next = Some(graph.entry);
    while let Some(id) = next {
        let jump = graph[id].last().filter(|last| last.opcode.has_jump()).copied();
        if let Some(jump) = jump {
            let target = graph.nonempty_from(jump.target);
            if let Some(target) = target.filter(|&target| needs_line(graph, target) && graph[target].predecessors > 1) {
                let copy = graph.new_block();
                for instr in graph[target].instrs().to_vec() {
                    graph[copy].append_instr(instr);
                }
                if let Some(first) = graph[copy].instrs_mut().first_mut() {
                    first.location = jump.location;
                }
                if let Some(last) = graph[id].last_mut() {
                    last.target = Some(copy);
                }
                graph[target].predecessors -= 1;
                let after = graph[target].next;
                let block = &mut graph[copy];
                block.predecessors = 1;
                block.next = after;
                block.labelled = true;
                graph[target].next = Some(copy);
            }
        }
        next = graph[id].next;
    }
    // What is left is reached by falling through only, from one block.
    for id in graph.order() {
        let block = &graph[id];
        let (Some(next), Some(last)) = (block.next, block.last()) else { continue };
        if block.falls_through() && needs_line(graph, next) {
            let location = last.location;
            if let Some(first) = graph[next].instrs_mut().first_mut() {
                first.location = location;
            }
        }
    }
}

fn propagate(graph: &mut Graph) {
    for id in graph.order() {
        let mut location = Location::NONE;
        for instr in graph[id].instrs_mut() {
            if instr.location.line == Location::NONE.line {
                instr.location = location;
            } else {
                location = instr.location;
            }
        }
        let block = &graph[id];
        let Some(&last) = block.last() else { continue };
        let fallen_to = block.next.filter(|_| block.falls_through());
        let jumped_to = last.target.filter(|_| last.opcode.has_jump());
        for successor in [fallen_to, jumped_to].into_iter().flatten() {
            if graph[successor].predecessors != 1 {
                continue;
            }
            if let Some(first) = graph[successor].instrs_mut().first_mut()
                && first.location.line == Location::NONE.line
            {
                first.location = location;
            }
        }
    }
}
