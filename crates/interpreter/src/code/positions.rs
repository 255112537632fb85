//! The location table: which source positions the instructions came from.
//!
//! The format is described in CPython's `Objects/locations.md`.

use std::sync::atomic::{AtomicBool, Ordering};

use super::Code;

/// Some instructions and where they came from; columns count bytes and are -1 where unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Code units from here...
    pub start: usize,
    /// ...up to here.
    pub end: usize,
    /// (line, end line, column, end column).
    pub position: Option<(i32, i32, i32, i32)>,
}

/// Whether code objects know columns (`-X no_debug_ranges`).
static KEEPS_COLUMNS: AtomicBool = AtomicBool::new(true);

/// Whether new code objects keep columns and end lines.
pub fn keeps_columns() -> bool {
    KEEPS_COLUMNS.load(Ordering::Relaxed)
}

/// Make code objects without columns and end lines from now on, or with them.
pub fn keep_columns(keep: bool) {
    KEEPS_COLUMNS.store(keep, Ordering::Relaxed);
}

/// The location table with lines only.
pub fn without_columns(table: &[u8]) -> Vec<u8> {
    let entries = Entries { table, at: 0, unit: 0, line: 0 };
    let (mut out, mut line) = (Vec::with_capacity(table.len()), 0i32);
    for entry in entries {
        // An entry covers at most eight units.
        let length = (entry.end - entry.start - 1) as u8 & 7;
        let Some((at, ..)) = entry.position else {
            out.push(0x80 | 15 << 3 | length);
            continue;
        };
        out.push(0x80 | 13 << 3 | length);
        let delta = at.wrapping_sub(line);
        line = at;
        let mut value = if delta < 0 { delta.unsigned_abs() << 1 | 1 } else { (delta as u32) << 1 };
        while value >= 64 {
            out.push((value & 63) as u8 | 64);
            value >>= 6;
        }
        out.push(value as u8);
    }
    out
}

/// Goes through a location table.
pub struct Entries<'a> {
    table: &'a [u8],
    at: usize,
    unit: usize,
    line: i32,
}

impl Entries<'_> {
    fn byte(&mut self) -> u8 {
        let byte = self.table.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        byte
    }

    fn varint(&mut self) -> i32 {
        let (mut value, mut shift) = (0u32, 0);
        loop {
            let byte = self.byte();
            value |= ((byte & 63) as u32).checked_shl(shift).unwrap_or(0);
            shift += 6;
            if byte & 64 == 0 {
                return value as i32;
            }
        }
    }

    fn signed(&mut self) -> i32 {
        let value = self.varint() as u32;
        if value & 1 != 0 { -((value >> 1) as i32) } else { (value >> 1) as i32 }
    }
}

impl Iterator for Entries<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        if self.at >= self.table.len() {
            return None;
        }
        let first = self.byte();
        let (kind, length) = (first >> 3 & 15, (first & 7) as usize + 1);
        let position = match kind {
            15 => None,
            14 => {
                self.line = self.line.wrapping_add(self.signed());
                let end = self.line.wrapping_add(self.varint());
                let column = self.varint().wrapping_sub(1);
                Some((self.line, end, column, self.varint().wrapping_sub(1)))
            }
            13 => {
                self.line = self.line.wrapping_add(self.signed());
                Some((self.line, self.line, -1, -1))
            }
            10..=12 => {
                self.line = self.line.wrapping_add(kind as i32 - 10);
                let column = self.byte() as i32;
                Some((self.line, self.line, column, self.byte() as i32))
            }
            _ => {
                let second = self.byte() as i32;
                let column = (kind as i32) << 3 | second >> 4;
                Some((self.line, self.line, column, column + (second & 15)))
            }
        };
        let start = self.unit;
        self.unit += length;
        Some(Entry { start, end: self.unit, position })
    }
}

impl Code {
    /// The entries of the location table, in order.
    pub fn locations(&self) -> Entries<'_> {
        Entries { table: self.line_table(), at: 0, unit: 0, line: self.raw().co_firstlineno.get() }
    }

    /// The line of the instruction at `offset` (in code units); `None` if it has none.
    pub fn line_at(&self, offset: usize) -> Option<i32> {
        self.position_at(offset).map(|p| p.0)
    }

    /// (line, end line, column, end column) of the instruction at `offset`; columns count bytes and are
    /// -1 where unknown.
    pub fn position_at(&self, offset: usize) -> Option<(i32, i32, i32, i32)> {
        self.locations().find(|entry| offset < entry.end).and_then(|entry| entry.position)
    }
}
