//! The `marshal` format, over plain data: what `.pyc` files hold.
//!
//! [`dumps`] writes what CPython 3.14 writes for a freshly compiled module, to the byte; [`loads`] reads whatever
//! any version from 0 to 5 can hold of constants and code. (`marshal` the Python module, which also knows lists,
//! dicts and sets, works on objects and lives elsewhere.)
//!
//! An object that is met again is written as a reference to the first time. Which objects are prepared for that
//! (`FLAG_REF`) CPython decides by reference counts, so [`graph`] computes the counts that a fresh compilation
//! would leave. Code that comes from elsewhere than a compilation may be shared differently in CPython, and is
//! then written with other flags there; both forms read back the same.

mod graph;
mod read;
mod write;

pub use read::loads;
pub use write::{dumps, dumps_const};

/// The newest version of the format, and the one that `.pyc` files have.
pub const VERSION: u8 = 5;

/// Set in the type byte of an object that may be referred to.
const FLAG_REF: u8 = 0x80;
/// Objects nested deeper are refused.
const MAX_DEPTH: usize = 2000;

/// The first byte of each object.
pub mod tag {
    pub const NULL: u8 = b'0';
    pub const NONE: u8 = b'N';
    pub const FALSE: u8 = b'F';
    pub const TRUE: u8 = b'T';
    pub const STOP_ITERATION: u8 = b'S';
    pub const ELLIPSIS: u8 = b'.';
    pub const INT: u8 = b'i';
    pub const INT64: u8 = b'I';
    pub const LONG: u8 = b'l';
    pub const FLOAT: u8 = b'f';
    pub const BINARY_FLOAT: u8 = b'g';
    pub const COMPLEX: u8 = b'x';
    pub const BINARY_COMPLEX: u8 = b'y';
    pub const STRING: u8 = b's';
    pub const INTERNED: u8 = b't';
    pub const UNICODE: u8 = b'u';
    pub const ASCII: u8 = b'a';
    pub const ASCII_INTERNED: u8 = b'A';
    pub const SHORT_ASCII: u8 = b'z';
    pub const SHORT_ASCII_INTERNED: u8 = b'Z';
    pub const REF: u8 = b'r';
    pub const TUPLE: u8 = b'(';
    pub const SMALL_TUPLE: u8 = b')';
    pub const LIST: u8 = b'[';
    pub const DICT: u8 = b'{';
    pub const SET: u8 = b'<';
    pub const FROZENSET: u8 = b'>';
    pub const SLICE: u8 = b':';
    pub const CODE: u8 = b'c';
}

/// Why data cannot be read or written; the text is CPython's message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// `EOFError`: the data ends too early.
    Eof(&'static str),
    /// `ValueError`: the data is not marshal data, or nothing that can be marshalled.
    Value(String),
    /// `TypeError`: an object is missing where one must be.
    Type(&'static str),
    /// `SystemError`: a code object whose parts do not fit together.
    System(&'static str),
    /// Objects that are neither constants nor code; the text names their type.
    Unsupported(&'static str),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Eof(message) | Error::Type(message) | Error::System(message) => f.write_str(message),
            Error::Value(message) => f.write_str(message),
            Error::Unsupported(type_name) => write!(f, "a {type_name} is no constant"),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::{BigInt, Const, Text};
    use std::rc::Rc;

    fn int(digits: &[u32], negative: bool) -> Const {
        Const::Int(BigInt { negative, digits: digits.to_vec() })
    }

    /// Values and what CPython 3.14 writes for them.
    fn known() -> Vec<(Const, &'static [u8])> {
        vec![
            (Const::None, b"N"),
            (int(&[], false), b"\xe9\0\0\0\0"),
            (int(&[1 << 20, 1], true), b"\xe9\x00\x00\xf0\xbf"),
            (int(&[0, 2], false), b"\xec\x03\0\0\0\0\0\0\0\x02\0"),
            (Const::Float(1.5f64.to_bits()), b"\xe7\0\0\0\0\0\0\xf8\x3f"),
            (Const::Str(Text::from("ab")), b"\xda\x02ab"),
            (Const::Str(Text::from("a b")), b"\xfa\x03a b"),
            (Const::Str(Text::from("\u{20ac}!")), b"\xf5\x04\0\0\0\xe2\x82\xac!"),
            (Const::Tuple(Rc::from([])), b"\xa9\0"),
            (Const::Slice(Rc::new([Const::None, Const::True, Const::Ellipsis])), b"\xbaNT."),
        ]
    }

    #[test]
    fn written_and_read_as_by_cpython() {
        for (value, bytes) in known() {
            assert_eq!(dumps_const(&value, VERSION).as_deref(), Ok(bytes), "{value:?}");
            assert_eq!(loads(bytes), Ok(value));
        }
    }

    #[test]
    fn floats_as_text_in_old_versions() {
        for (value, text) in [
            (0.1, "0.10000000000000001"),
            (-1e300, "-1.0000000000000001e+300"),
            (100.0, "100"),
            (1e-5, "1.0000000000000001e-05"),
            (f64::INFINITY, "inf"),
        ] {
            let bytes = dumps_const(&Const::Float(value.to_bits()), 1).unwrap();
            assert_eq!(bytes.get(2..), Some(text.as_bytes()));
            assert_eq!(loads(&bytes), Ok(Const::Float(value.to_bits())));
        }
    }

    #[test]
    fn bad_data() {
        let message = |data: &[u8]| loads(data).unwrap_err().to_string();
        assert_eq!(message(b""), "EOF read where object expected");
        assert_eq!(message(b"i\0"), "marshal data too short");
        assert_eq!(message(b"l\x01\0\0\0\0\0"), "bad marshal data (unnormalized long data)");
        assert_eq!(message(b"l\x01\0\0\0\xff\xff"), "bad marshal data (digit out of range in long)");
        assert_eq!(message(b"(\xff\xff\xff\xff"), "bad marshal data (tuple size out of range)");
        assert_eq!(message(b"(\xff\xff\xff\x7f"), "EOF read where object expected");
        assert_eq!(message(b")\x010"), "NULL object in marshal data for tuple");
        assert_eq!(message(b"r\0\0\0\0"), "bad marshal data (invalid reference)");
        assert_eq!(message(b"?"), "bad marshal data (unknown type code)");
        assert_eq!(message(&[b')', 1].repeat(3000)), "recursion limit exceeded");
    }
}
