//! The control flow graph: basic blocks in a chain, which is the order in which they will be laid out.
//!
//! A block's `slots` may be longer than the block: the tail keeps what earlier passes left there. CPython reuses
//! such slots when it appends, and an appended instruction then has the exception handler of the slot's former
//! content; [`Block::append`] does the same.

use super::internal;
use crate::error::Result;
use crate::instruction::{Arg, Instruction, InstructionSequence, Location};
use crate::opcode::Opcode;

/// A block of a [`Graph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BlockId(u32);

/// An instruction in the graph.
#[derive(Clone, Copy, Debug)]
pub struct Instr {
    pub opcode: Opcode,
    pub arg: u32,
    pub location: Location,
    /// Where a jump goes, or which handler a pseudo instruction sets up.
    pub target: Option<BlockId>,
    /// The handler of exceptions raised here.
    pub handler: Option<BlockId>,
}

impl Instr {
    pub fn new(opcode: Opcode, arg: u32, location: Location) -> Instr {
        Instr { opcode, arg, location, target: None, handler: None }
    }

    /// Makes it do nothing; the location stays, so that the line is still traced.
    pub fn make_nop(&mut self) {
        self.set(Opcode::NOP, 0);
    }

    pub fn set(&mut self, opcode: Opcode, arg: u32) {
        self.opcode = opcode;
        self.arg = arg;
    }
}

/// A basic block: only its last instruction jumps or leaves the scope.
#[derive(Clone, Debug)]
pub struct Block {
    slots: Vec<Instr>,
    used: usize,
    /// The block laid out after this one.
    pub next: Option<BlockId>,
    /// The block is the target of an instruction of the source sequence, or a copy of one.
    pub labelled: bool,
    /// Number of ways into the block, kept by [`super::cleanup::remove_unreachable`].
    pub predecessors: i32,
    /// Depth of the stack on entry, kept by [`super::depth`]; `None` if unreachable.
    pub start_depth: Option<i64>,
    /// Handler that wants the index of the raising instruction pushed.
    pub preserve_lasti: bool,
    /// The block starts an exception handler.
    pub is_handler: bool,
    pub cold: bool,
    pub warm: bool,
    /// For use within a pass.
    pub visited: bool,
    /// Locals (of the first 64) that may be unbound on entry.
    pub unbound: u64,
}

impl Block {
    fn new() -> Block {
        Block {
            slots: Vec::new(),
            used: 0,
            next: None,
            labelled: false,
            predecessors: 0,
            start_depth: Some(0),
            preserve_lasti: false,
            is_handler: false,
            cold: false,
            warm: false,
            visited: false,
            unbound: 0,
        }
    }

    pub fn instrs(&self) -> &[Instr] {
        self.slots.get(..self.used).unwrap_or_default()
    }

    pub fn instrs_mut(&mut self) -> &mut [Instr] {
        self.slots.get_mut(..self.used).unwrap_or_default()
    }

    pub fn len(&self) -> usize {
        self.used
    }

    pub fn is_empty(&self) -> bool {
        self.used == 0
    }

    pub fn last(&self) -> Option<&Instr> {
        self.instrs().last()
    }

    pub fn last_mut(&mut self) -> Option<&mut Instr> {
        self.instrs_mut().last_mut()
    }

    /// Opcode of the instruction at `index`, if the block has one.
    pub fn opcode_at(&self, index: usize) -> Option<Opcode> {
        self.instrs().get(index).map(|instr| instr.opcode)
    }

    /// Shortens the block; the slots behind keep their content.
    pub fn truncate(&mut self, len: usize) {
        self.used = self.used.min(len);
    }

    /// Appends an instruction; its handler is that of the slot's former content.
    pub fn append(&mut self, opcode: Opcode, arg: u32, location: Location, target: Option<BlockId>) {
        let mut instr = Instr { target, ..Instr::new(opcode, arg, location) };
        match self.slots.get_mut(self.used) {
            Some(slot) => {
                instr.handler = slot.handler;
                *slot = instr;
            }
            None => self.slots.push(instr),
        }
        self.used += 1;
    }

    /// Appends an instruction as it is.
    pub fn append_instr(&mut self, instr: Instr) {
        match self.slots.get_mut(self.used) {
            Some(slot) => *slot = instr,
            None => self.slots.push(instr),
        }
        self.used += 1;
    }

    pub fn insert(&mut self, index: usize, instr: Instr) {
        self.append_instr(instr);
        if let Some(tail) = self.instrs_mut().get_mut(index..) {
            tail.rotate_right(1);
        }
    }

    /// Control may go on to the next block.
    pub fn falls_through(&self) -> bool {
        !self.last().is_some_and(|last| last.opcode.is_scope_exit() || last.opcode.is_unconditional_jump())
    }

    pub fn exits_scope(&self) -> bool {
        self.last().is_some_and(|last| last.opcode.is_scope_exit())
    }

    /// No instruction has a line.
    pub fn has_no_line(&self) -> bool {
        self.instrs().iter().all(|instr| instr.location.line < 0)
    }
}

/// The control flow graph of a scope.
#[derive(Clone, Debug)]
pub struct Graph {
    blocks: Vec<Block>,
    pub entry: BlockId,
}

impl std::ops::Index<BlockId> for Graph {
    type Output = Block;
    // A `BlockId` is only ever made by `new_block`, and blocks are never taken away.
    fn index(&self, id: BlockId) -> &Block {
        &self.blocks[id.0 as usize]
    }
}

impl std::ops::IndexMut<BlockId> for Graph {
    fn index_mut(&mut self, id: BlockId) -> &mut Block {
        &mut self.blocks[id.0 as usize]
    }
}

impl Graph {
    /// Splits the sequence into blocks and resolves its labels.
    pub fn from_sequence(sequence: &InstructionSequence) -> Result<Graph> {
        let count = sequence.instructions.len();
        let place = |arg: Arg| -> Result<usize> {
            let Arg::Target(label) = arg else { return Err(internal("jump without a label")) };
            match sequence.labels.get(label.0 as usize) {
                Some(&index) if (index as usize) < count => Ok(index as usize),
                _ => Err(internal("jump to a label that was never placed")),
            }
        };
        let mut is_target = vec![false; count];
        for instruction in &sequence.instructions {
            if instruction.opcode.has_target() {
                is_target[place(instruction.arg)?] = true;
            }
        }

        let mut graph = Graph { blocks: vec![Block::new()], entry: BlockId(0) };
        let mut block_at: Vec<Option<BlockId>> = vec![None; count];
        let mut current = graph.entry;
        let mut placeholder_is_target = false;
        for (index, instruction) in sequence.instructions.iter().enumerate() {
            let target = is_target[index] || std::mem::take(&mut placeholder_is_target);
            if instruction.opcode == Opcode::ANNOTATIONS_PLACEHOLDER {
                placeholder_is_target = target;
                continue;
            }
            let block = &graph[current];
            let terminated = block.last().is_some_and(|last| last.opcode.is_terminator());
            if terminated || target && (!block.is_empty() || block.labelled) {
                let fresh = graph.new_block();
                graph[current].next = Some(fresh);
                current = fresh;
            }
            if target {
                graph[current].labelled = true;
            }
            block_at[index] = Some(current);
            let arg = match instruction.arg {
                Arg::Value(value) => value,
                Arg::None | Arg::Target(_) => 0,
            };
            graph[current].append(instruction.opcode, arg, instruction.location, None);
        }

        for index in (0..count.saturating_sub(1)).rev() {
            // A label before a placeholder is one before what follows it.
            block_at[index] = block_at[index].or(block_at[index + 1]);
        }

        let real = |instruction: &&Instruction| instruction.opcode != Opcode::ANNOTATIONS_PLACEHOLDER;
        let mut source = sequence.instructions.iter().filter(real);
        let mut next = Some(graph.entry);
        while let Some(id) = next {
            for index in 0..graph[id].len() {
                let Some(instruction) = source.next() else { break };
                if instruction.opcode.has_target() {
                    let target = block_at[place(instruction.arg)?];
                    graph[id].instrs_mut()[index].target = target;
                }
            }
            next = graph[id].next;
        }
        Ok(graph)
    }

    /// A new block, not yet in the chain.
    pub fn new_block(&mut self) -> BlockId {
        self.blocks.push(Block::new());
        BlockId(self.blocks.len() as u32 - 1)
    }

    /// The blocks in their order.
    pub fn order(&self) -> Vec<BlockId> {
        let mut order = Vec::with_capacity(self.blocks.len());
        let mut next = Some(self.entry);
        while let Some(id) = next {
            order.push(id);
            next = self[id].next;
        }
        order
    }

    /// `id` or the first block after it that has instructions.
    pub fn nonempty_from(&self, id: Option<BlockId>) -> Option<BlockId> {
        let mut next = id;
        while let Some(id) = next {
            if !self[id].is_empty() {
                return next;
            }
            next = self[id].next;
        }
        None
    }

    pub fn clear_visited(&mut self) {
        for block in &mut self.blocks {
            block.visited = false;
        }
    }

    /// Marks the block as visited; false if it was already.
    pub fn visit(&mut self, id: BlockId) -> bool {
        !std::mem::replace(&mut self[id].visited, true)
    }

    /// Jumps and exits must end their block.
    pub fn check(&self) -> Result<()> {
        for id in self.order() {
            let instrs = self[id].instrs();
            let inner = instrs.len().saturating_sub(1);
            if instrs.iter().take(inner).any(|instr| instr.opcode.is_terminator()) {
                return Err(internal("malformed control flow graph."));
            }
        }
        Ok(())
    }
}
