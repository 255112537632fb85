// Written by tools/generate.py from CPython 3.14's Unicode 16.0 data; do not edit.

pub(crate) const ALPHA: u16 = 1 << 0;
pub(crate) const DECIMAL: u16 = 1 << 1;
pub(crate) const DIGIT: u16 = 1 << 2;
pub(crate) const NUMERIC_FLAG: u16 = 1 << 3;
pub(crate) const SPACE: u16 = 1 << 4;
pub(crate) const LINEBREAK: u16 = 1 << 5;
pub(crate) const UPPER: u16 = 1 << 6;
pub(crate) const LOWER: u16 = 1 << 7;
pub(crate) const TITLE: u16 = 1 << 8;
pub(crate) const CASED: u16 = 1 << 9;
pub(crate) const CASE_IGNORABLE: u16 = 1 << 10;
pub(crate) const PRINTABLE: u16 = 1 << 11;
pub(crate) const XID_START: u16 = 1 << 12;
pub(crate) const XID_CONTINUE: u16 = 1 << 13;
pub(crate) const SPECIAL_CASE: u16 = 1 << 14;
