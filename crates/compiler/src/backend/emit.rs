//! From the graph to bytes: directions and distances of jumps, code units, tables.

use super::exception_table::{self, Handler};
use super::graph::Graph;
use super::internal;
use super::location_table;
use crate::error::Result;
use crate::instruction::Location;
use crate::opcode::Opcode;

/// An instruction in its final order.
pub(super) struct Placed {
    pub opcode: Opcode,
    pub arg: u32,
    pub location: Location,
    pub handler: Option<Handler>,
    /// Index of the jump's target.
    pub target: usize,
    /// Size in code units: prefixes, the instruction, inline caches.
    pub size: usize,
    /// Where it starts, in code units.
    pub offset: usize,
}

/// The parts of a code object that come from its instructions.
pub struct Assembled {
    pub code: Vec<u8>,
    pub linetable: Vec<u8>,
    pub exceptiontable: Vec<u8>,
}

/// Code generation lets `END_ASYNC_FOR` point to the `SEND` of its loop; branch events need the `END_SEND`, which is
/// as many code units further on.
const END_SEND_OFFSET: usize = 5;

/// Number of code units of an instruction.
fn size(opcode: Opcode, arg: u32) -> usize {
    let prefixes = (arg > 0xff_ffff) as usize + (arg > 0xffff) as usize + (arg > 0xff) as usize;
    prefixes + 1 + opcode.caches()
}

/// Writes the graph.
pub fn emit(graph: &Graph, firstlineno: i32) -> Result<Assembled> {
    let mut placed = flatten(graph)?;
    resolve_directions(&mut placed)?;
    resolve_offsets(&mut placed)?;

    for index in (0..placed.len()).rev() {
        if placed[index].location == Location::NEXT {
            let next = placed.get(index + 1).filter(|_| !placed[index].opcode.is_terminator());
            placed[index].location = next.map_or(Location::NONE, |next| next.location);
        }
    }
    Ok(Assembled {
        code: write_code(&placed)?,
        linetable: location_table::write(&placed, firstlineno),
        exceptiontable: exception_table::write(&placed)?,
    })
}

/// The instructions in order, with the indices of their targets.
fn flatten(graph: &Graph) -> Result<Vec<Placed>> {
    let order = graph.order();
    let mut starts = crate::tables::HashMap::with_capacity_and_hasher(order.len(), Default::default());
    let mut count = 0;
    for &id in &order {
        starts.insert(id, count);
        count += graph[id].len();
    }
    let start = |id| starts.get(&id).copied().ok_or_else(|| internal("jump to a block that is not laid out"));
    let mut placed = Vec::with_capacity(count);
    for id in order {
        for instr in graph[id].instrs() {
            let handler = match instr.handler {
                Some(handler) => Some(Handler {
                    start: start(handler)?,
                    depth: graph[handler].start_depth.unwrap_or(0),
                    preserve_lasti: graph[handler].preserve_lasti,
                }),
                None => None,
            };
            let target = match instr.target {
                Some(target) if instr.opcode.has_target() => start(target)?,
                _ if instr.opcode.has_target() => return Err(internal("jump without a target")),
                _ => 0,
            };
            let (opcode, arg, location) = (instr.opcode, instr.arg, instr.location);
            placed.push(Placed { opcode, arg, location, handler, target, size: 0, offset: 0 });
        }
    }
    Ok(placed)
}

/// Chooses the forward or backward form of unconditional jumps.
fn resolve_directions(placed: &mut [Placed]) -> Result<()> {
    for (index, instr) in placed.iter_mut().enumerate() {
        let forward = instr.target > index;
        instr.opcode = match instr.opcode {
            Opcode::JUMP if forward => Opcode::JUMP_FORWARD,
            Opcode::JUMP => Opcode::JUMP_BACKWARD,
            Opcode::JUMP_NO_INTERRUPT if forward => Opcode::JUMP_FORWARD,
            Opcode::JUMP_NO_INTERRUPT => Opcode::JUMP_BACKWARD_NO_INTERRUPT,
            opcode if opcode.is_pseudo() => return Err(internal(format!("{opcode} left for the assembler"))),
            opcode => opcode,
        };
    }
    Ok(())
}

/// Computes the arguments of jumps. They decide the sizes of the jumps, which decide the distances; so this goes
/// on until nothing changes. It starts, as CPython does, with the targets' indices for arguments, which decides
/// between two lengths of a jump that would both be right.
fn resolve_offsets(placed: &mut [Placed]) -> Result<()> {
    for instr in placed.iter_mut().filter(|instr| instr.opcode.has_jump()) {
        instr.arg = u32::try_from(instr.target).map_err(|_| internal("jump too far"))?;
    }
    loop {
        let mut offset = 0;
        for instr in placed.iter_mut() {
            instr.size = size(instr.opcode, instr.arg);
            instr.offset = offset;
            offset += instr.size;
        }
        let mut changed = false;
        for index in 0..placed.len() {
            let instr = &placed[index];
            if !instr.opcode.has_jump() {
                continue;
            }
            let end = instr.offset + instr.size;
            let target = placed.get(instr.target).map(|target| target.offset);
            let target = target.ok_or_else(|| internal("jump out of the code"))?;
            let distance = if instr.opcode == Opcode::END_ASYNC_FOR {
                end.checked_sub(target + END_SEND_OFFSET)
            } else if target < end {
                end.checked_sub(target)
            } else {
                target.checked_sub(end)
            };
            let arg = distance.and_then(|distance| u32::try_from(distance).ok());
            let arg = arg.ok_or_else(|| internal("jump too far"))?;
            changed |= size(instr.opcode, arg) != instr.size;
            placed[index].arg = arg;
        }
        if !changed {
            return Ok(());
        }
    }
}

fn write_code(placed: &[Placed]) -> Result<Vec<u8>> {
    let units: usize = placed.iter().map(|instr| instr.size).sum();
    let mut code = Vec::with_capacity(units * 2);
    for instr in placed {
        let [low, second, third, high] = instr.arg.to_le_bytes();
        for (threshold, byte) in [(0xff_ffff, high), (0xffff, third), (0xff, second)] {
            if instr.arg > threshold {
                code.extend([Opcode::EXTENDED_ARG.number() as u8, byte]);
            }
        }
        let number = u8::try_from(instr.opcode.number());
        code.extend([number.map_err(|_| internal("pseudo instruction in code"))?, low]);
        code.extend(std::iter::repeat_n(0, instr.opcode.caches() * 2));
    }
    Ok(code)
}
