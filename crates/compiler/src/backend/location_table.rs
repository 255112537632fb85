//! The location table (`co_linetable`): the place in the source of each code unit.
//!
//! Each entry covers up to eight code units and starts with a byte of bit 7, four bits of form and three of
//! length less one. Lines are told relative to the last entry that had one. Further numbers are little-endian,
//! six bits a byte, bit 6 saying that more follows; signed ones have the sign in the lowest bit.

use super::emit::Placed;
use crate::instruction::Location;

const LONGEST: usize = 8;
/// Forms 0 to 9: same line, start column in form and the next byte's high half, width in its low half.
const SHORT_COLUMNS: i32 = 80;
const SHORT_WIDTH: i32 = 16;
/// Forms 10 to 12: up to two lines on, start and end column in a byte each.
const ONE_LINE: u8 = 10;
const ONE_LINE_COLUMNS: i32 = 128;
const NO_COLUMNS: u8 = 13;
const LONG: u8 = 14;
const NONE: u8 = 15;

pub(super) fn write(placed: &[Placed], firstlineno: i32) -> Vec<u8> {
    let mut writer = Writer { table: Vec::new(), line: firstlineno };
    let mut location = Location::NONE;
    let mut size = 0;
    for instr in placed {
        if instr.location != location {
            writer.range(location, size);
            location = instr.location;
            size = 0;
        }
        size += instr.size;
    }
    writer.range(location, size);
    writer.table
}

struct Writer {
    table: Vec<u8>,
    line: i32,
}

impl Writer {
    fn range(&mut self, location: Location, mut size: usize) {
        while size > LONGEST {
            self.entry(location, LONGEST);
            size -= LONGEST;
        }
        if size > 0 {
            self.entry(location, size);
        }
    }

    fn head(&mut self, form: u8, size: usize) {
        self.table.push(0x80 | form << 3 | (size - 1) as u8);
    }

    fn entry(&mut self, location: Location, size: usize) {
        let Location { line, end_line, column, end_column } = location;
        if line < 0 {
            self.head(NONE, size);
            return;
        }
        let delta = line.wrapping_sub(self.line);
        if column < 0 || end_column < 0 {
            if end_line == line || end_line < 0 {
                self.head(NO_COLUMNS, size);
                self.signed(delta);
                self.line = line;
                return;
            }
        } else if end_line == line {
            let width = end_column.wrapping_sub(column);
            if delta == 0 && column < SHORT_COLUMNS && (0..SHORT_WIDTH).contains(&width) {
                self.head((column >> 3) as u8, size);
                self.table.push(((column & 7) << 4 | width) as u8);
                return;
            }
            if (0..3).contains(&delta) && column < ONE_LINE_COLUMNS && end_column < ONE_LINE_COLUMNS {
                self.head(ONE_LINE + delta as u8, size);
                self.table.extend([column as u8, end_column as u8]);
                self.line = line;
                return;
            }
        }
        self.head(LONG, size);
        self.signed(delta);
        self.unsigned(end_line.wrapping_sub(line) as u32);
        self.unsigned(column.wrapping_add(1) as u32);
        self.unsigned(end_column.wrapping_add(1) as u32);
        self.line = line;
    }

    fn unsigned(&mut self, mut value: u32) {
        while value >= 64 {
            self.table.push(0x40 | (value & 0x3f) as u8);
            value >>= 6;
        }
        self.table.push(value as u8);
    }

    fn signed(&mut self, value: i32) {
        self.unsigned(value.unsigned_abs() << 1 | (value < 0) as u32);
    }
}
