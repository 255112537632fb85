//! Cells and free variables: their places among the `localsplus`, and the instructions that set them up.
//!
//! Before this pass the instructions count cells and free variables from 0, apart from the locals. A parameter or
//! local that is also a cell has one place only, that of the local.

use super::graph::{Graph, Instr};
use super::internal;
use crate::code::{Text, flags, local_kind};
use crate::error::Result;
use crate::instruction::Location;
use crate::opcode::Opcode;
use crate::tables::HashMap;

/// Inserts what a scope starts with and gives cells and free variables their final places; returns the number of
/// `localsplus`.
pub fn prepare(
    graph: &mut Graph,
    varnames: &[Text],
    cellvars: &[Text],
    freevars: &[Text],
    code_flags: u32,
    firstlineno: i32,
) -> Result<usize> {
    let locals: HashMap<&Text, usize> = varnames.iter().enumerate().map(|(index, name)| (name, index)).collect();
    let total = cellvars.len() + freevars.len();
    let mut places: Vec<usize> = (varnames.len()..varnames.len() + total).collect();
    for (place, name) in places.iter_mut().zip(cellvars) {
        if let Some(&local) = locals.get(name) {
            *place = local;
        }
    }
    insert_prefix(graph, &places, cellvars.len(), freevars.len(), code_flags, firstlineno);

    let mut dropped = 0;
    for (index, place) in places.iter_mut().enumerate() {
        if *place == varnames.len() + index {
            *place -= dropped;
        } else {
            dropped += 1;
        }
    }
    for id in graph.order() {
        for instr in graph[id].instrs_mut() {
            if matches!(
                instr.opcode,
                Opcode::MAKE_CELL
                    | Opcode::LOAD_CLOSURE
                    | Opcode::LOAD_DEREF
                    | Opcode::STORE_DEREF
                    | Opcode::DELETE_DEREF
                    | Opcode::LOAD_FROM_DICT_OR_DEREF
            ) {
                let place = places.get(instr.arg as usize).ok_or_else(|| internal("cell out of range"))?;
                instr.arg = *place as u32;
            }
        }
    }
    Ok(varnames.len() + total - dropped)
}

fn insert_prefix(graph: &mut Graph, places: &[usize], cells: usize, frees: usize, code_flags: u32, firstlineno: i32) {
    let entry = graph.entry;
    let entry = &mut graph[entry];
    if code_flags & (flags::GENERATOR | flags::COROUTINE | flags::ASYNC_GENERATOR) != 0 {
        let location = Location { line: firstlineno, end_line: firstlineno, column: -1, end_column: -1 };
        entry.insert(0, Instr::new(Opcode::RETURN_GENERATOR, 0, location));
        entry.insert(1, Instr::new(Opcode::POP_TOP, 0, location));
    }
    // In the order of their places: those of parameters come first.
    let mut order: Vec<usize> = (0..cells).collect();
    order.sort_by_key(|&cell| places.get(cell).copied());
    for (index, cell) in order.into_iter().enumerate() {
        entry.insert(index, Instr::new(Opcode::MAKE_CELL, cell as u32, Location::NONE));
    }
    if frees > 0 {
        entry.insert(0, Instr::new(Opcode::COPY_FREE_VARS, frees as u32, Location::NONE));
    }
}

/// Names and kinds of the `localsplus`. `counts` are those of positional-only, of all positional and of
/// keyword-only parameters.
pub fn localsplus(
    total: usize,
    varnames: &[Text],
    cellvars: &[Text],
    freevars: &[Text],
    hidden: &[Text],
    [posonly, positional, kwonly]: [u32; 3],
    code_flags: u32,
) -> (Vec<Text>, Vec<u8>) {
    use local_kind::{ARG_KW, ARG_POS, ARG_VAR, CELL, FREE, HIDDEN, LOCAL};
    let mut names = Vec::with_capacity(total);
    let mut kinds = Vec::with_capacity(total);
    let parameters = [
        (posonly as usize, ARG_POS),
        (positional.saturating_sub(posonly) as usize, ARG_POS | ARG_KW),
        (kwonly as usize, ARG_KW),
        ((code_flags & flags::VARARGS != 0) as usize, ARG_VAR | ARG_POS),
        ((code_flags & flags::VARKEYWORDS != 0) as usize, ARG_VAR | ARG_KW),
    ];
    let mut parameter_kinds = parameters.into_iter().flat_map(|(count, kind)| std::iter::repeat_n(kind, count));
    for name in varnames {
        let mut kind = LOCAL | parameter_kinds.next().unwrap_or(0);
        if hidden.contains(name) {
            kind |= HIDDEN;
        }
        if cellvars.contains(name) {
            kind |= CELL;
        }
        names.push(name.clone());
        kinds.push(kind);
    }
    for name in cellvars.iter().filter(|name| !varnames.contains(name)) {
        names.push(name.clone());
        kinds.push(CELL | if hidden.contains(name) { HIDDEN } else { 0 });
    }
    for name in freevars {
        names.push(name.clone());
        kinds.push(FREE);
    }
    (names, kinds)
}
