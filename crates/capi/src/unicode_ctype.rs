//! What kind a character is: functions and tables that inline code of extensions uses.

use std::ffi::{c_int, c_uchar, c_uint};

use pyrox_unicode::{case, ctype};

macro_rules! tests {
    ($($(#[$doc:meta])* $name:ident $test:ident;)*) => { $(
        $(#[$doc])*
        #[unsafe(no_mangle)]
        pub extern "C" fn $name(c: u32) -> c_int {
            ctype::$test(c) as c_int
        }
    )* };
}
tests! {
    /// Blank.
    _PyUnicode_IsWhitespace is_space;
    /// Ends a line.
    _PyUnicode_IsLinebreak is_linebreak;
    /// A letter.
    _PyUnicode_IsAlpha is_alpha;
    /// A decimal digit.
    _PyUnicode_IsDecimalDigit is_decimal;
    /// A digit.
    _PyUnicode_IsDigit is_digit;
    /// A number.
    _PyUnicode_IsNumeric is_numeric;
    /// Printable.
    _PyUnicode_IsPrintable is_printable;
    /// Lower case.
    _PyUnicode_IsLowercase is_lower;
    /// Upper case.
    _PyUnicode_IsUppercase is_upper;
    /// Title case.
    _PyUnicode_IsTitlecase is_title;
    /// Has case.
    _PyUnicode_IsCased is_cased;
    /// Ignored where case is told by neighbours.
    _PyUnicode_IsCaseIgnorable is_case_ignorable;
    /// Can begin an identifier.
    _PyUnicode_IsXidStart is_xid_start;
    /// Can stand in an identifier.
    _PyUnicode_IsXidContinue is_xid_continue;
}

crate::api! {
    /// The lower case of a character, one for one.
    fn _PyUnicode_ToLowercase(c: u32) -> u32 { case::to_lower_simple(c) }
    /// The upper case of a character, one for one.
    fn _PyUnicode_ToUppercase(c: u32) -> u32 { case::to_upper_simple(c) }
    /// The title case of a character, one for one.
    fn _PyUnicode_ToTitlecase(c: u32) -> u32 { case::to_title_simple(c) }
    /// The value of a decimal digit, or -1.
    fn _PyUnicode_ToDecimalDigit(c: u32) -> c_int { ctype::decimal(c).map_or(-1, |digit| digit as c_int) }
    /// The value of a digit, or -1.
    fn _PyUnicode_ToDigit(c: u32) -> c_int { ctype::digit(c).map_or(-1, |digit| digit as c_int) }
    /// The value of a number, or -1.
    fn _PyUnicode_ToNumeric(c: u32) -> f64 { ctype::numeric(c).unwrap_or(-1.0) }
}

/// Which ASCII characters are blank.
#[unsafe(no_mangle)]
pub static _Py_ascii_whitespace: [c_uchar; 128] = {
    let mut table = [0; 128];
    let blanks = [9, 10, 11, 12, 13, 28, 29, 30, 31, 32];
    let mut at = 0;
    while at < blanks.len() {
        table[blanks[at]] = 1;
        at += 1;
    }
    table
};

/// Kinds of ASCII characters: lower 1, upper 2, digit 4, blank 8, hexadecimal 16.
#[unsafe(no_mangle)]
pub static _Py_ctype_table: [c_uint; 256] = {
    let mut table = [0; 256];
    let mut c = 0;
    while c < 128 {
        let byte = c as u8;
        let mut bits = 0;
        if byte.is_ascii_lowercase() {
            bits |= 1;
        }
        if byte.is_ascii_uppercase() {
            bits |= 2;
        }
        if byte.is_ascii_digit() {
            bits |= 4;
        }
        if byte.is_ascii_hexdigit() {
            bits |= 16;
        }
        if byte == b' ' || (byte >= 9 && byte <= 13) {
            bits |= 8;
        }
        table[c] = bits;
        c += 1;
    }
    table
};

/// Lower case of ASCII.
#[unsafe(no_mangle)]
pub static _Py_ctype_tolower: [c_uchar; 256] = {
    let mut table = [0; 256];
    let mut c = 0;
    while c < 256 {
        table[c] = (c as u8).to_ascii_lowercase();
        c += 1;
    }
    table
};

/// Upper case of ASCII.
#[unsafe(no_mangle)]
pub static _Py_ctype_toupper: [c_uchar; 256] = {
    let mut table = [0; 256];
    let mut c = 0;
    while c < 256 {
        table[c] = (c as u8).to_ascii_uppercase();
        c += 1;
    }
    table
};
