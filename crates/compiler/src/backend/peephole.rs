//! Improvements within a block: jumps to jumps, redundant tests, operations on constants.

use super::collections;
use super::constants::Constants;
use super::fold::{self, UnaryOperation};
use super::graph::{BlockId, Graph, Instr};
use super::internal;
use super::swaps;
use crate::code::Const;
use crate::error::Result;
use crate::instruction::Location;
use crate::opcode::Opcode;

/// Argument of `CALL_INTRINSIC_1` for unary plus.
const INTRINSIC_UNARY_POSITIVE: u32 = 5;
/// Argument of `CALL_INTRINSIC_1` for making a tuple of a list.
const INTRINSIC_LIST_TO_TUPLE: u32 = 6;
/// In a `COMPARE_OP`'s argument: the result is wanted as a bool.
const COMPARE_TO_BOOL: u32 = 16;

/// Improves each block, then its stack shuffles.
pub fn optimize(graph: &mut Graph, constants: &mut Constants) -> Result<()> {
    for id in graph.order() {
        optimize_block(graph, constants, id)?;
        let instrs = graph[id].instrs_mut();
        let mut index = 0;
        while index < instrs.len() {
            if instrs[index].opcode == Opcode::SWAP {
                index = swaps::shorten_run(instrs, index);
                swaps::apply_statically(instrs, index);
            }
            index += 1;
        }
    }
    Ok(())
}

fn optimize_block(graph: &mut Graph, constants: &mut Constants, id: BlockId) -> Result<()> {
    let mut index = 0;
    while let Some(&instr) = graph[id].instrs().get(index) {
        if instr.opcode.has_jump() {
            // A changed jump is looked at again: the NOP that it became, then the new jump behind it.
            if !thread_jump(graph, id, index, instr) {
                index += 1;
            }
            continue;
        }
        optimize_instruction(graph[id].instrs_mut(), index, constants)?;
        index += 1;
    }
    Ok(())
}

/// Lets a jump to a jump go straight to where that one leads. Returns whether the instruction at `index` is to
/// be looked at again.
fn thread_jump(graph: &mut Graph, id: BlockId, index: usize, jump: Instr) -> bool {
    let Some(block) = jump.target else { return false };
    let Some(&target) = graph[block].instrs().first() else { return false };
    let threaded = match (jump.opcode, target.opcode) {
        (
            Opcode::POP_JUMP_IF_NOT_NONE
            | Opcode::POP_JUMP_IF_NONE
            | Opcode::POP_JUMP_IF_FALSE
            | Opcode::POP_JUMP_IF_TRUE
            | Opcode::JUMP_IF_FALSE
            | Opcode::JUMP_IF_TRUE,
            Opcode::JUMP,
        )
        | (Opcode::JUMP_IF_FALSE, Opcode::JUMP_IF_FALSE)
        | (Opcode::JUMP_IF_TRUE, Opcode::JUMP_IF_TRUE) => jump.opcode,
        (Opcode::JUMP | Opcode::JUMP_NO_INTERRUPT, Opcode::JUMP) => Opcode::JUMP,
        (Opcode::JUMP | Opcode::JUMP_NO_INTERRUPT, Opcode::JUMP_NO_INTERRUPT) => jump.opcode,
        (Opcode::JUMP_IF_FALSE, Opcode::JUMP_IF_TRUE) | (Opcode::JUMP_IF_TRUE, Opcode::JUMP_IF_FALSE) => {
            // The target's condition is known: it will not jump.
            let Some(next) = graph[block].next else { return false };
            graph[id].instrs_mut()[index].target = Some(next);
            return true;
        }
        _ => return false,
    };
    if jump.target == target.target {
        return false;
    }
    graph[id].instrs_mut()[index].make_nop();
    graph[id].append(threaded, 0, target.location, target.target);
    true
}

/// The constants that `instrs[..end]` ends with: the indices of the `count` instructions that load them, leaving
/// out no-ops, if nothing else is between them.
pub(super) fn constant_loads(instrs: &[Instr], end: usize, count: usize) -> Option<Vec<usize>> {
    let mut found = Vec::with_capacity(count);
    for index in (0..end).rev() {
        if found.len() == count {
            break;
        }
        match instrs[index].opcode {
            Opcode::NOP => {}
            Opcode::LOAD_CONST | Opcode::LOAD_SMALL_INT => found.push(index),
            _ => return None,
        }
    }
    if found.len() < count {
        return None;
    }
    found.reverse();
    Some(found)
}

/// The values that the instructions at `places` load.
pub(super) fn loaded_values(instrs: &[Instr], places: &[usize], constants: &Constants) -> Result<Vec<Const>> {
    places.iter().map(|&place| constants.loaded_by(&instrs[place])?.ok_or_else(|| internal("constant expected"))).collect()
}

/// Makes the instructions at `places` do nothing, on no line.
pub(super) fn nop_out(instrs: &mut [Instr], places: &[usize]) {
    for &place in places {
        instrs[place].make_nop();
        instrs[place].location = Location::NONE;
    }
}

fn optimize_instruction(instrs: &mut [Instr], index: usize, constants: &mut Constants) -> Result<()> {
    let Instr { opcode, arg, location, .. } = instrs[index];
    let next = instrs.get(index + 1).copied();
    let next_opcode = next.map(|next| next.opcode);
    match (opcode, next_opcode) {
        (Opcode::BUILD_TUPLE, Some(Opcode::UNPACK_SEQUENCE)) if matches!(arg, 1..=3) && next.is_some_and(|next| next.arg == arg) => {
            instrs[index].make_nop();
            if arg == 1 {
                instrs[index + 1].make_nop();
            } else {
                instrs[index + 1].opcode = Opcode::SWAP;
            }
        }
        (Opcode::BUILD_TUPLE, _) => collections::fold_tuple(instrs, index, constants)?,
        (Opcode::BUILD_LIST | Opcode::BUILD_SET, _) => {
            collections::optimize_list_or_set(instrs, index, next_opcode, constants)?;
        }
        (Opcode::STORE_FAST, Some(Opcode::STORE_FAST))
            if next.is_some_and(|next| next.arg == arg && next.location.line == location.line) =>
        {
            instrs[index].set(Opcode::POP_TOP, 0);
        }
        (Opcode::SWAP, _) if arg == 1 => instrs[index].make_nop(),
        (Opcode::LOAD_GLOBAL, Some(Opcode::PUSH_NULL)) if arg & 1 == 0 => {
            instrs[index].arg |= 1;
            instrs[index + 1].make_nop();
        }
        (Opcode::COMPARE_OP, Some(Opcode::TO_BOOL)) => {
            instrs[index].make_nop();
            instrs[index + 1].set(opcode, arg | COMPARE_TO_BOOL);
        }
        (Opcode::CONTAINS_OP | Opcode::IS_OP, Some(Opcode::TO_BOOL)) => {
            instrs[index].make_nop();
            instrs[index + 1].set(opcode, arg);
        }
        (Opcode::CONTAINS_OP | Opcode::IS_OP, Some(Opcode::UNARY_NOT)) => {
            instrs[index].make_nop();
            instrs[index + 1].set(opcode, arg ^ 1);
        }
        (Opcode::TO_BOOL, Some(Opcode::TO_BOOL)) => instrs[index].make_nop(),
        (Opcode::UNARY_NOT, Some(Opcode::TO_BOOL)) => {
            instrs[index].make_nop();
            instrs[index + 1].set(Opcode::UNARY_NOT, 0);
        }
        (Opcode::UNARY_NOT, Some(Opcode::UNARY_NOT)) => {
            instrs[index].make_nop();
            instrs[index + 1].make_nop();
        }
        (Opcode::UNARY_NOT, _) => fold_unary(instrs, index, UnaryOperation::Not, constants)?,
        (Opcode::UNARY_INVERT, _) => fold_unary(instrs, index, UnaryOperation::Invert, constants)?,
        (Opcode::UNARY_NEGATIVE, _) => fold_unary(instrs, index, UnaryOperation::Negative, constants)?,
        (Opcode::CALL_INTRINSIC_1, _) if arg == INTRINSIC_LIST_TO_TUPLE => {
            collections::fold_list_to_tuple(instrs, index, constants)?;
            // A list does as well for iterating.
            if next_opcode == Some(Opcode::GET_ITER) && instrs[index].opcode == Opcode::CALL_INTRINSIC_1 {
                instrs[index].make_nop();
            }
        }
        (Opcode::CALL_INTRINSIC_1, _) if arg == INTRINSIC_UNARY_POSITIVE => {
            fold_unary(instrs, index, UnaryOperation::Positive, constants)?;
        }
        (Opcode::LIST_APPEND | Opcode::SET_ADD, Some(Opcode::GET_ITER | Opcode::CONTAINS_OP)) if arg == 1 => {
            collections::fold_read_steps(instrs, index, constants)?;
        }
        (Opcode::BINARY_OP, _) => fold_binary(instrs, index, constants)?,
        _ => {}
    }
    Ok(())
}

fn fold_unary(instrs: &mut [Instr], index: usize, operation: UnaryOperation, constants: &mut Constants) -> Result<()> {
    let Some(places) = constant_loads(instrs, index, 1) else { return Ok(()) };
    let operands = loaded_values(instrs, &places, constants)?;
    let [operand] = operands.as_slice() else { return Ok(()) };
    let Some(value) = fold::unary(operation, operand) else { return Ok(()) };
    nop_out(instrs, &places);
    constants.load(&mut instrs[index], value)
}

fn fold_binary(instrs: &mut [Instr], index: usize, constants: &mut Constants) -> Result<()> {
    let Some(places) = constant_loads(instrs, index, 2) else { return Ok(()) };
    let operands = loaded_values(instrs, &places, constants)?;
    let [left, right] = operands.as_slice() else { return Ok(()) };
    let Some(value) = fold::binary(instrs[index].arg, left, right) else { return Ok(()) };
    nop_out(instrs, &places);
    constants.load(&mut instrs[index], value)
}
