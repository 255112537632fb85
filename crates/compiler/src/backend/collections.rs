//! Tuples, lists and sets of constants.

use super::constants::Constants;
use super::fold;
use super::graph::Instr;
use super::peephole::{constant_loads, loaded_values, nop_out};
use crate::code::Const;
use crate::error::Result;
use crate::opcode::Opcode;
use std::rc::Rc;

/// Larger displays are not looked at. (Code generation builds them step by step anyway.)
const MAX_ITEMS: u32 = 30;
/// A list or set of fewer constants is not worth a detour over a tuple.
const MIN_ITEMS: u32 = 3;

/// Constants and `BUILD_TUPLE` become a constant tuple.
pub(super) fn fold_tuple(instrs: &mut [Instr], index: usize, constants: &mut Constants) -> Result<()> {
    let count = instrs[index].arg;
    if count > MAX_ITEMS {
        return Ok(());
    }
    let Some(places) = constant_loads(instrs, index, count as usize) else { return Ok(()) };
    let items = loaded_values(instrs, &places, constants)?;
    nop_out(instrs, &places);
    constants.load(&mut instrs[index], Const::Tuple(Rc::from(items)))
}

/// A list built step by step from constants only, then made a tuple, becomes a constant tuple.
pub(super) fn fold_list_to_tuple(instrs: &mut [Instr], index: usize, constants: &mut Constants) -> Result<()> {
    let Some(steps) = Steps::before(instrs, index, Opcode::BUILD_LIST, Opcode::LIST_APPEND) else {
        return Ok(());
    };
    let items = loaded_values(instrs, &steps.loads, constants)?;
    nop_out(instrs, &steps.all(instrs, index));
    constants.load(&mut instrs[index], Const::Tuple(Rc::from(items)))
}

/// A list or set built step by step from constants only, whose last step is at `index`, and which is only read,
/// becomes a constant.
pub(super) fn fold_read_steps(instrs: &mut [Instr], index: usize, constants: &mut Constants) -> Result<()> {
    let append = instrs[index].opcode;
    let build = if append == Opcode::SET_ADD { Opcode::BUILD_SET } else { Opcode::BUILD_LIST };
    let Some(steps) = Steps::before(instrs, index + 1, build, append) else { return Ok(()) };
    let items = loaded_values(instrs, &steps.loads, constants)?;
    // The last step too loses its place: the constant gets that of what comes before.
    nop_out(instrs, &steps.all(instrs, index + 1));
    let value = if append == Opcode::SET_ADD { Const::FrozenSet(Rc::from(fold::distinct(items))) } else { Const::Tuple(Rc::from(items)) };
    constants.load(&mut instrs[index], value)
}

/// The building of a list or set of constants, one at a time.
struct Steps {
    start: usize,
    /// Where the constants are loaded.
    loads: Vec<usize>,
}

impl Steps {
    /// The steps that `instrs[..end]` ends with.
    fn before(instrs: &[Instr], end: usize, build: Opcode, append: Opcode) -> Option<Steps> {
        let mut loads = Vec::new();
        let mut expect_append = true;
        for place in (0..end).rev() {
            let instr = instrs[place];
            match instr.opcode {
                Opcode::NOP => continue,
                opcode if opcode == build && instr.arg == 0 && expect_append => {
                    loads.reverse();
                    return Some(Steps { start: place, loads });
                }
                opcode if opcode == append && instr.arg == 1 && expect_append => {}
                Opcode::LOAD_CONST | Opcode::LOAD_SMALL_INT if !expect_append => loads.push(place),
                _ => return None,
            }
            expect_append = !expect_append;
        }
        None
    }

    /// All instructions of the building, which ends before `end`.
    fn all(&self, instrs: &[Instr], end: usize) -> Vec<usize> {
        (self.start..end).filter(|&place| instrs[place].opcode != Opcode::NOP).collect()
    }
}

/// A list or set that is only iterated over or searched becomes a constant, a list of non-constants a tuple; one
/// of at least [`MIN_ITEMS`] constants is filled from a constant.
pub(super) fn optimize_list_or_set(instrs: &mut [Instr], index: usize, next: Option<Opcode>, constants: &mut Constants) -> Result<()> {
    let Instr { opcode, arg: count, location, .. } = instrs[index];
    let only_read = matches!(next, Some(Opcode::GET_ITER | Opcode::CONTAINS_OP));
    if count > MAX_ITEMS || count < MIN_ITEMS && !only_read {
        return Ok(());
    }
    let Some(places) = constant_loads(instrs, index, count as usize) else {
        if only_read && opcode == Opcode::BUILD_LIST {
            instrs[index].opcode = Opcode::BUILD_TUPLE;
        }
        return Ok(());
    };
    let items = loaded_values(instrs, &places, constants)?;
    let value = if opcode == Opcode::BUILD_SET { Const::FrozenSet(Rc::from(fold::distinct(items))) } else { Const::Tuple(Rc::from(items)) };
    let place = constants.add(value)?;
    nop_out(instrs, &places);
    if only_read {
        instrs[index].set(Opcode::LOAD_CONST, place);
        return Ok(());
    }
    let update = if opcode == Opcode::BUILD_LIST { Opcode::LIST_EXTEND } else { Opcode::SET_UPDATE };
    // At least MIN_ITEMS instructions precede, so there is room for two.
    instrs[index - 2].location = location;
    instrs[index - 2].set(opcode, 0);
    instrs[index - 1].set(Opcode::LOAD_CONST, place);
    instrs[index].set(update, 1);
    Ok(())
}
