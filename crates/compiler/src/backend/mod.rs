//! From a scope's instructions to its code object.
//!
//! [`assemble`] builds a control flow graph of the instruction sequence, improves it, lays it out and writes the
//! bytes. The aim is CPython's output to the byte, so each pass does what CPython's does, in the same order; where
//! that has odd consequences (an instruction that a pass adds may lack its neighbours' exception handler), the
//! oddity is kept and named where it arises.
//!
//! The passes, in the order in which [`assemble`] runs them:
//!
//! | module | what |
//! |---|---|
//! | [`graph`] | the graph; building it from instructions and labels |
//! | [`handlers`] | which exception handler covers each instruction |
//! | [`cleanup`] | unreachable blocks, redundant jumps and no-ops, inlined exits |
//! | [`lines`] | line numbers for instructions that have none |
//! | [`constants`] | the constants, conditions on constants, unused constants |
//! | [`peephole`] | jump threading, folding (with [`collections`] and [`fold`]), stack shuffles ([`swaps`]) |
//! | [`locals`] | loads of locals that may be unbound, superinstructions |
//! | [`layout`] | cold blocks to the end, pseudo instructions, direction of conditional jumps |
//! | [`depth`] | stack depth |
//! | [`cells`] | cells, free variables, generator prefix, `localsplus` |
//! | [`borrow`] | loads of locals that need no reference of their own |
//! | [`emit`] | jump offsets, bytes; [`location_table`], [`exception_table`] |

pub mod borrow;
pub mod cells;
pub mod cleanup;
pub mod collections;
pub mod constants;
pub mod depth;
pub mod emit;
pub mod exception_table;
pub mod fold;
pub mod graph;
pub mod handlers;
pub mod layout;
pub mod lines;
pub mod locals;
pub mod location_table;
pub mod peephole;
pub mod swaps;

use crate::code::{Code, flags};
use crate::error::{CompileError, ErrorKind, Result};
use crate::instruction::Unit;
use constants::Constants;
use graph::Graph;

/// An error that only a defect of this crate can cause.
pub(crate) fn internal(message: impl Into<String>) -> CompileError {
    CompileError::new(ErrorKind::SystemError, message)
}

/// Makes the code object of a scope.
pub fn assemble(unit: Unit) -> Result<Code> {
    let mut graph = Graph::from_sequence(&unit.sequence)?;
    let mut constants = Constants::new(unit.consts);
    optimize(&mut graph, &mut constants, unit.varnames.len(), parameter_count(&unit.flags, unit.argcount, unit.kwonlyargcount))?;

    layout::expand_conditional_jumps(&mut graph);
    let stacksize = depth::compute(&mut graph)?;
    let variables = cells::prepare(&mut graph, &unit.varnames, &unit.cellvars, &unit.freevars, unit.flags, unit.firstlineno)?;
    layout::convert_pseudo_instructions(&mut graph)?;
    layout::normalize_jumps(&mut graph)?;
    borrow::optimize_loads(&mut graph)?;

    let assembled = emit::emit(&graph, unit.firstlineno)?;
    let (localsplusnames, localspluskinds) = cells::localsplus(
        variables,
        &unit.varnames,
        &unit.cellvars,
        &unit.freevars,
        &unit.hidden,
        [unit.posonlyargcount, unit.argcount, unit.kwonlyargcount],
        unit.flags,
    );
    Ok(Code {
        argcount: unit.argcount,
        posonlyargcount: unit.posonlyargcount,
        kwonlyargcount: unit.kwonlyargcount,
        // A frame has room for one value at least.
        stacksize: stacksize.max(1),
        flags: unit.flags,
        code: assembled.code,
        consts: constants.into_vec(),
        names: unit.names,
        localsplusnames,
        localspluskinds,
        filename: unit.filename,
        name: unit.name,
        qualname: unit.qualname,
        firstlineno: unit.firstlineno,
        linetable: assembled.linetable,
        exceptiontable: assembled.exceptiontable,
    })
}

/// Parameters come first among the locals and are always bound on entry.
fn parameter_count(code_flags: &u32, argcount: u32, kwonlyargcount: u32) -> usize {
    let starred = (code_flags & flags::VARARGS != 0) as usize + (code_flags & flags::VARKEYWORDS != 0) as usize;
    argcount as usize + kwonlyargcount as usize + starred
}

/// The passes that do not depend on the scope's variables beside their number.
pub fn optimize(graph: &mut Graph, constants: &mut Constants, locals: usize, parameters: usize) -> Result<()> {
    handlers::mark_handlers(graph);
    handlers::label_instructions(graph)?;

    graph.check()?;
    cleanup::inline_small_exits(graph);
    cleanup::remove_unreachable(graph);
    lines::resolve(graph);
    constants::fold_conditions(graph, constants)?;
    peephole::optimize(graph, constants)?;
    cleanup::remove_nops_and_pairs(graph);
    cleanup::remove_unreachable(graph);
    cleanup::remove_nops_and_jumps(graph)?;

    constants.remove_unused(graph)?;
    locals::check_unbound(graph, locals, parameters);
    locals::insert_superinstructions(graph);
    layout::move_cold_blocks(graph)?;
    lines::resolve(graph);
    Ok(())
}
