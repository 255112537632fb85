//! The exception table: for ranges of code, where exceptions go on.
//!
//! Each entry is start, length, handler (in code units) and `depth << 1 | lasti`, as big-endian numbers of six
//! bits a byte; bit 6 says that more follows, bit 7 marks the first byte of an entry.

use super::emit::Placed;
use super::internal;
use crate::error::Result;

/// The handler of an instruction's exceptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Handler {
    /// Index of its first instruction.
    pub start: usize,
    /// Depth of the stack when it is entered, with what is pushed on entry.
    pub depth: i64,
    pub preserve_lasti: bool,
}

const FIRST: u8 = 1 << 7;
const MORE: u8 = 1 << 6;

pub(super) fn write(placed: &[Placed]) -> Result<Vec<u8>> {
    let mut table = Vec::new();
    let mut current: Option<Handler> = None;
    let mut start = 0;
    let mut end = 0;
    for instr in placed {
        if instr.handler.map(|handler| handler.start) != current.map(|handler| handler.start) {
            if let Some(handler) = current {
                entry(&mut table, placed, start, end, handler)?;
            }
            start = instr.offset;
            current = instr.handler;
        }
        end = instr.offset + instr.size;
    }
    if let Some(handler) = current {
        entry(&mut table, placed, start, end, handler)?;
    }
    Ok(table)
}

fn entry(table: &mut Vec<u8>, placed: &[Placed], start: usize, end: usize, handler: Handler) -> Result<()> {
    let target = placed.get(handler.start).ok_or_else(|| internal("exception handler out of the code"))?;
    // Entering a handler pushes the exception, and where it was raised if asked for.
    let depth = handler.depth - 1 - handler.preserve_lasti as i64;
    let depth = usize::try_from(depth).map_err(|_| internal("exception handler with an empty stack"))?;
    number(table, start, FIRST);
    number(table, end - start, 0);
    number(table, target.offset, 0);
    number(table, depth << 1 | handler.preserve_lasti as usize, 0);
    Ok(())
}

fn number(table: &mut Vec<u8>, value: usize, mut mark: u8) {
    let groups = (usize::BITS - (value | 1).leading_zeros()).div_ceil(6);
    for group in (0..groups).rev() {
        let more = if group > 0 { MORE } else { 0 };
        table.push((value >> (group * 6)) as u8 & 0x3f | more | mark);
        mark = 0;
    }
}
