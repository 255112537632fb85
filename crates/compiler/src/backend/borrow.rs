//! Loads of locals that need no reference of their own.
//!
//! A local outlives a value on the stack that was loaded from it, if the value is consumed in the same block,
//! before the local is assigned or deleted, and is not itself stored in a local. Such loads become
//! `LOAD_FAST_BORROW`. To find them, each block is run over a stack that remembers which instruction pushed each
//! value, and from which local.

use super::graph::{BlockId, Graph};
use super::internal;
use crate::error::Result;
use crate::opcode::Opcode;

/// A value on the stack.
#[derive(Clone, Copy)]
struct Reference {
    /// Index of the instruction that pushed it, if that is in the block.
    pushed_by: Option<usize>,
    local: Option<u32>,
}

const UNKNOWN: Reference = Reference { pushed_by: None, local: None };

/// The stack within one block, and which of the block's instructions cannot borrow.
struct Simulation {
    stack: Vec<Reference>,
    kept: Vec<bool>,
}

impl Simulation {
    fn push(&mut self, pushed_by: usize, local: Option<u32>) {
        self.stack.push(Reference { pushed_by: Some(pushed_by), local });
    }

    fn pop(&mut self) -> Result<Reference> {
        self.stack.pop().ok_or_else(underflow)
    }

    fn keep(&mut self, reference: Reference) {
        if let Some(kept) = reference.pushed_by.and_then(|index| self.kept.get_mut(index)) {
            *kept = true;
        }
    }

    /// The local is about to lose its value: what was loaded from it must own its reference.
    fn kill(&mut self, local: u32) {
        for index in 0..self.stack.len() {
            let reference = self.stack[index];
            if reference.local == Some(local) {
                self.keep(reference);
            }
        }
    }

    fn store(&mut self, local: u32) -> Result<()> {
        let reference = self.pop()?;
        self.kill(local);
        self.keep(reference);
        Ok(())
    }

    /// Index of the value `depth` below the top, counting from 1.
    fn index(&self, depth: u32) -> Result<usize> {
        self.stack.len().checked_sub(depth as usize).filter(|&index| index < self.stack.len()).ok_or_else(underflow)
    }
}

fn underflow() -> crate::error::CompileError {
    internal("stack underflow in the analysis of borrowed references")
}

/// Makes the loads that can borrow do so.
pub fn optimize_loads(graph: &mut Graph) -> Result<()> {
    graph.clear_visited();
    let entry = graph.entry;
    graph.visit(entry);
    graph[entry].start_depth = Some(0);
    let mut todo = vec![entry];
    while let Some(id) = todo.pop() {
        let block = &graph[id];
        let depth = block.start_depth.and_then(|depth| usize::try_from(depth).ok()).unwrap_or(0);
        let mut simulation = Simulation { stack: vec![UNKNOWN; depth], kept: vec![false; block.len()] };
        for index in 0..graph[id].len() {
            if let Some(target) = step(graph, id, index, &mut simulation)?
                && graph.visit(target)
            {
                todo.push(target);
            }
        }
        let block = &graph[id];
        if let (true, false, Some(next)) = (block.falls_through(), block.is_empty(), block.next)
            && graph.visit(next)
        {
            todo.push(next);
        }
        for index in 0..simulation.stack.len() {
            let reference = simulation.stack[index];
            simulation.keep(reference);
        }
        for (instr, kept) in graph[id].instrs_mut().iter_mut().zip(simulation.kept) {
            match instr.opcode {
                Opcode::LOAD_FAST if !kept => instr.opcode = Opcode::LOAD_FAST_BORROW,
                Opcode::LOAD_FAST_LOAD_FAST if !kept => instr.opcode = Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW,
                _ => {}
            }
        }
    }
    Ok(())
}

/// Runs one instruction; returns where it may jump to.
fn step(graph: &Graph, id: BlockId, index: usize, simulation: &mut Simulation) -> Result<Option<BlockId>> {
    let instr = graph[id].instrs()[index];
    let (opcode, arg) = (instr.opcode, instr.arg);
    match opcode {
        Opcode::LOAD_FAST => simulation.push(index, Some(arg)),
        Opcode::LOAD_FAST_AND_CLEAR => {
            simulation.kill(arg);
            simulation.push(index, Some(arg));
        }
        Opcode::DELETE_FAST => simulation.kill(arg),
        Opcode::LOAD_FAST_LOAD_FAST => {
            simulation.push(index, Some(arg >> 4));
            simulation.push(index, Some(arg & 15));
        }
        Opcode::STORE_FAST => simulation.store(arg)?,
        Opcode::STORE_FAST_LOAD_FAST => {
            simulation.store(arg >> 4)?;
            simulation.push(index, Some(arg & 15));
        }
        Opcode::STORE_FAST_STORE_FAST => {
            simulation.store(arg >> 4)?;
            simulation.store(arg & 15)?;
        }
        Opcode::COPY => {
            let copied = simulation.stack[simulation.index(arg)?];
            simulation.stack.push(copied);
        }
        Opcode::SWAP => {
            let (other, top) = (simulation.index(arg)?, simulation.index(1)?);
            simulation.stack.swap(other, top);
        }
        // These leave what they look at on the stack and push more.
        Opcode::GET_ANEXT
        | Opcode::GET_LEN
        | Opcode::IMPORT_FROM
        | Opcode::MATCH_KEYS
        | Opcode::MATCH_MAPPING
        | Opcode::MATCH_SEQUENCE
        | Opcode::WITH_EXCEPT_START => {
            // CPython attributes the new values to the first instructions of the block, by mistake; whether those
            // borrow depends on it.
            for nth in 0..usize::try_from(opcode.pushes(arg) - opcode.pops(arg)).unwrap_or(0) {
                simulation.push(nth, None);
            }
        }
        // These consume the top and leave the rest of what they look at.
        Opcode::DICT_MERGE
        | Opcode::DICT_UPDATE
        | Opcode::LIST_APPEND
        | Opcode::LIST_EXTEND
        | Opcode::MAP_ADD
        | Opcode::RERAISE
        | Opcode::SET_ADD
        | Opcode::SET_UPDATE => {
            for _ in opcode.pushes(arg)..opcode.pops(arg) {
                simulation.pop()?;
            }
        }
        // These may put what they take back onto the stack, above or in place of what they make.
        Opcode::LOAD_SPECIAL | Opcode::PUSH_EXC_INFO => {
            let taken = simulation.pop()?;
            simulation.push(index, None);
            simulation.stack.push(taken);
        }
        Opcode::GET_YIELD_FROM_ITER | Opcode::FORMAT_SIMPLE => {
            let taken = simulation.pop()?;
            simulation.stack.push(taken);
        }
        Opcode::CHECK_EXC_MATCH => {
            simulation.pop()?;
            simulation.push(index, None);
        }
        Opcode::FOR_ITER => {
            simulation.push(index, None);
            return Ok(instr.target);
        }
        Opcode::LOAD_ATTR | Opcode::LOAD_SUPER_ATTR => {
            let receiver = simulation.pop()?;
            if opcode == Opcode::LOAD_SUPER_ATTR {
                simulation.pop()?;
                simulation.pop()?;
            }
            simulation.push(index, None);
            if arg & 1 != 0 {
                // For a method, the receiver goes back onto the stack.
                simulation.stack.push(receiver);
            }
        }
        Opcode::SEND => {
            simulation.pop()?;
            simulation.push(index, None);
            return Ok(instr.target);
        }
        _ => {
            if !opcode.is_block_push() {
                for _ in 0..opcode.pops(arg) {
                    simulation.pop()?;
                }
                for _ in 0..opcode.pushes(arg) {
                    simulation.push(index, None);
                }
            }
            return Ok(instr.target.filter(|_| opcode.has_target()));
        }
    }
    Ok(None)
}
