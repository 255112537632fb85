//! Code objects as plain Rust data: what compiling yields, what `marshal` writes and reads.

use std::rc::Rc;

/// Text as Python has it: UTF-8, in which lone surrogates are encoded as if they were ordinary
/// code points ("surrogatepass").
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Text(pub Rc<[u8]>);

impl Text {
    /// The text as `&str`, unless it holds lone surrogates.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Text(Rc::from(text.as_bytes()))
    }
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&String::from_utf8_lossy(&self.0), f)
    }
}

/// An integer of any size: sign and magnitude in little-endian digits of 30 bits, without leading
/// zeros; zero has no digits and is not negative.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct BigInt {
    pub negative: bool,
    pub digits: Vec<u32>,
}

/// A constant. Floats are held as their bits, so that constants can be compared and hashed exactly
/// (`0.0` and `-0.0` differ, as they do for the compiler).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Const {
    None,
    True,
    False,
    Ellipsis,
    Int(BigInt),
    Float(u64),
    Complex(u64, u64),
    Str(Text),
    Bytes(Rc<[u8]>),
    Tuple(Rc<[Const]>),
    FrozenSet(Rc<[Const]>),
    Slice(Rc<[Const; 3]>),
    Code(Rc<Code>),
}

/// Kinds of the variables in `localsplusnames` (CPython's `CO_FAST_*`).
pub mod local_kind {
    pub const ARG_POS: u8 = 0x02;
    pub const ARG_KW: u8 = 0x04;
    pub const ARG_VAR: u8 = 0x08;
    pub const HIDDEN: u8 = 0x10;
    pub const LOCAL: u8 = 0x20;
    pub const CELL: u8 = 0x40;
    pub const FREE: u8 = 0x80;
}

/// Flags of a code object (CPython's `CO_*`).
pub mod flags {
    pub const OPTIMIZED: u32 = 0x1;
    pub const NEWLOCALS: u32 = 0x2;
    pub const VARARGS: u32 = 0x4;
    pub const VARKEYWORDS: u32 = 0x8;
    pub const NESTED: u32 = 0x10;
    pub const GENERATOR: u32 = 0x20;
    pub const COROUTINE: u32 = 0x80;
    pub const ITERABLE_COROUTINE: u32 = 0x100;
    pub const ASYNC_GENERATOR: u32 = 0x200;
    pub const FUTURE_DIVISION: u32 = 0x20000;
    pub const FUTURE_ABSOLUTE_IMPORT: u32 = 0x40000;
    pub const FUTURE_WITH_STATEMENT: u32 = 0x80000;
    pub const FUTURE_PRINT_FUNCTION: u32 = 0x100000;
    pub const FUTURE_UNICODE_LITERALS: u32 = 0x200000;
    pub const FUTURE_BARRY_AS_BDFL: u32 = 0x400000;
    pub const FUTURE_GENERATOR_STOP: u32 = 0x800000;
    pub const FUTURE_ANNOTATIONS: u32 = 0x1000000;
    pub const HAS_DOCSTRING: u32 = 0x4000000;
    pub const METHOD: u32 = 0x8000000;
}

/// A code object. Field meanings are those of CPython's `code` attributes of the same name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Code {
    pub argcount: u32,
    pub posonlyargcount: u32,
    pub kwonlyargcount: u32,
    pub stacksize: u32,
    pub flags: u32,
    /// Two bytes an instruction: opcode and argument; inline caches are zero.
    pub code: Vec<u8>,
    pub consts: Vec<Const>,
    pub names: Vec<Text>,
    pub localsplusnames: Vec<Text>,
    /// One [`local_kind`] byte for each of `localsplusnames`.
    pub localspluskinds: Vec<u8>,
    pub filename: Text,
    pub name: Text,
    pub qualname: Text,
    pub firstlineno: i32,
    pub linetable: Vec<u8>,
    pub exceptiontable: Vec<u8>,
}
