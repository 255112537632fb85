//! The scope's constants, and conditions that they decide.

use super::fold;
use super::graph::{Graph, Instr};
use super::internal;
use crate::code::{BigInt, Const};
use crate::error::{CompileError, ErrorKind, Result};
use crate::opcode::Opcode;
use crate::tables::HashMap;

/// The constants that `LOAD_CONST` refers to; folding adds to them.
#[derive(Clone, Debug)]
pub struct Constants {
    values: Vec<Const>,
    places: HashMap<Const, u32>,
    /// How many of `values` are in `places`: the table is built when folding first asks for it.
    indexed: usize,
}

/// Ints that an instruction can hold itself.
const SMALL_INTS: u32 = 256;

/// The int that `LOAD_SMALL_INT` could load in place of `value`.
fn small_int(value: &Const) -> Option<u32> {
    match value {
        Const::Int(int) if !int.negative => match int.digits.as_slice() {
            [] => Some(0),
            [digit] => Some(*digit).filter(|&digit| digit < SMALL_INTS),
            _ => None,
        },
        _ => None,
    }
}

impl Constants {
    pub fn new(values: Vec<Const>) -> Constants {
        Constants { values, places: HashMap::default(), indexed: 0 }
    }

    pub fn into_vec(self) -> Vec<Const> {
        self.values
    }

    /// What an instruction loads, if it loads a constant.
    pub fn loaded_by(&self, instr: &Instr) -> Result<Option<Const>> {
        match instr.opcode {
            Opcode::LOAD_CONST => {
                let value = self.values.get(instr.arg as usize);
                value.cloned().map(Some).ok_or_else(|| internal("Internal error: failed to get value of a constant"))
            }
            Opcode::LOAD_SMALL_INT => {
                Ok(Some(Const::Int(BigInt { negative: false, digits: if instr.arg == 0 { vec![] } else { vec![instr.arg] } })))
            }
            _ => Ok(None),
        }
    }

    /// The index of `value`, which is added if it is new.
    pub fn add(&mut self, value: Const) -> Result<u32> {
        // A NaN equals nothing, itself included; sets are equal whatever their order.
        if !fold::contains_nan(&value) {
            if let Const::FrozenSet(items) = &value {
                let same = |other: &Const| match other {
                    Const::FrozenSet(others) => items.len() == others.len() && items.iter().all(|item| others.contains(item)),
                    _ => false,
                };
                if let Some(index) = self.values.iter().position(same) {
                    return Ok(index as u32);
                }
            } else {
                while let Some(known) = self.values.get(self.indexed) {
                    // Code objects are never folded to, and expensive to hash.
                    if !matches!(known, Const::Code(_)) {
                        self.places.entry(known.clone()).or_insert(self.indexed as u32);
                    }
                    self.indexed += 1;
                }
                if let Some(&index) = self.places.get(&value) {
                    return Ok(index);
                }
            }
        }
        if self.values.len() >= i32::MAX as usize - 1 {
            return Err(CompileError::new(ErrorKind::OverflowError, "too many constants"));
        }
        self.values.push(value);
        Ok(self.values.len() as u32 - 1)
    }

    /// Makes `instr` load `value`.
    pub fn load(&mut self, instr: &mut Instr, value: Const) -> Result<()> {
        match small_int(&value) {
            Some(int) => instr.set(Opcode::LOAD_SMALL_INT, int),
            None => instr.set(Opcode::LOAD_CONST, self.add(value)?),
        }
        Ok(())
    }

    /// Drops the constants that no instruction loads; the first stays, it may be the docstring.
    pub fn remove_unused(&mut self, graph: &mut Graph) -> Result<()> {
        let Some(last) = self.values.len().checked_sub(1) else { return Ok(()) };
        let order = graph.order();
        let mut used = vec![false; last + 1];
        used[0] = true;
        for &id in &order {
            for instr in graph[id].instrs().iter().filter(|instr| instr.opcode.has_const()) {
                *used.get_mut(instr.arg as usize).ok_or_else(|| internal("constant out of range"))? = true;
            }
        }
        let mut renumbered = Vec::with_capacity(used.len());
        let mut count = 0;
        for &is_used in &used {
            renumbered.push(count);
            count += is_used as u32;
        }
        let mut is_used = used.iter();
        self.values.retain(|_| is_used.next().copied().unwrap_or(false));
        self.places.clear();
        self.indexed = 0;
        for id in order {
            for instr in graph[id].instrs_mut().iter_mut().filter(|instr| instr.opcode.has_const()) {
                instr.arg = renumbered[instr.arg as usize];
            }
        }
        Ok(())
    }
}

/// Small ints move into their instructions; jumps and tests whose condition is a constant are decided.
pub fn fold_conditions(graph: &mut Graph, constants: &mut Constants) -> Result<()> {
    for id in graph.order() {
        fold_conditions_in(graph[id].instrs_mut(), constants)?;
    }
    Ok(())
}

fn fold_conditions_in(instrs: &mut [Instr], constants: &mut Constants) -> Result<()> {
    // The constant on top of the stack; a copy of it leaves the same one on top.
    let mut top: Option<Instr> = None;
    for index in 0..instrs.len() {
        if let Some(int) = constants.loaded_by(&instrs[index])?.as_ref().and_then(small_int) {
            instrs[index].set(Opcode::LOAD_SMALL_INT, int);
        }
        let instr = instrs[index];
        let copies_constant = top.is_some_and(|top| top.opcode == Opcode::LOAD_CONST) && instr.opcode == Opcode::COPY && instr.arg == 1;
        if !copies_constant {
            top = Some(instr);
        }
        let Some(loading) = top else { continue };
        let Some(value) = constants.loaded_by(&loading)? else { continue };
        let Some(next) = instrs.get(index + 1).map(|next| next.opcode) else { continue };
        match next {
            Opcode::POP_JUMP_IF_FALSE | Opcode::POP_JUMP_IF_TRUE | Opcode::JUMP_IF_FALSE | Opcode::JUMP_IF_TRUE => {
                if matches!(next, Opcode::POP_JUMP_IF_FALSE | Opcode::POP_JUMP_IF_TRUE) {
                    instrs[index].make_nop();
                }
                let jump_if = matches!(next, Opcode::POP_JUMP_IF_TRUE | Opcode::JUMP_IF_TRUE);
                if fold::is_true(&value) == jump_if {
                    instrs[index + 1].opcode = Opcode::JUMP;
                } else {
                    instrs[index + 1].make_nop();
                }
            }
            Opcode::IS_OP if value == Const::None => fold_none_test(instrs, index),
            Opcode::TO_BOOL => {
                let truth = if fold::is_true(&value) { Const::True } else { Const::False };
                let place = constants.add(truth)?;
                instrs[index].make_nop();
                instrs[index + 1].set(Opcode::LOAD_CONST, place);
            }
            _ => {}
        }
    }
    Ok(())
}

/// `LOAD_CONST None`, `IS_OP`, perhaps `TO_BOOL`, and a jump become one jump.
fn fold_none_test(instrs: &mut [Instr], index: usize) {
    let mut at = index + 2;
    let Some(jump) = instrs.get_mut(at) else { return };
    if jump.opcode == Opcode::TO_BOOL {
        jump.make_nop();
        at += 1;
    }
    let mut inverted = instrs[index + 1].arg != 0;
    match instrs.get(at).map(|jump| jump.opcode) {
        Some(Opcode::POP_JUMP_IF_FALSE) => inverted = !inverted,
        Some(Opcode::POP_JUMP_IF_TRUE) => {}
        _ => return,
    }
    instrs[index].make_nop();
    instrs[index + 1].make_nop();
    instrs[at].opcode = if inverted { Opcode::POP_JUMP_IF_NOT_NONE } else { Opcode::POP_JUMP_IF_NONE };
}
