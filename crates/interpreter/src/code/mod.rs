//! `code`: compiled code as an object, made of the compiler's plain data.
//!
//! The instructions lie behind the head, as in CPython; this copy is the one that runs and is rewritten,
//! `co_code` gives the original.

mod make;
mod methods;
pub mod positions;

pub use make::{Parts, constant};
pub use methods::{LineIterator, PositionsIterator};

use pyrox_compiler::code::flags;
use pyrox_objects::abi::{PyCodeObject, PyObject};
use pyrox_objects::{Bytes, Str, Tuple};

type Raw = *mut PyObject;

/// A code object.
#[repr(transparent)]
pub struct Code(PyCodeObject);

impl Code {
    #[inline(always)]
    pub fn raw(&self) -> &PyCodeObject {
        &self.0
    }

    /// The first instruction.
    #[inline(always)]
    pub fn instructions(&self) -> *mut u16 {
        // SAFETY: the instructions lie at offset 208.
        unsafe { (self as *const Code as *mut u8).add(208) as *mut u16 }
    }

    /// How many code units there are.
    pub fn len(&self) -> usize {
        self.0.ob_base.ob_size.get() as usize
    }

    #[inline(always)]
    fn tuple(&self, field: &std::cell::Cell<Raw>) -> &Tuple {
        // SAFETY: set for the code's life.
        unsafe { &*(field.get() as *const Tuple) }
    }

    #[inline(always)]
    pub fn consts(&self) -> &Tuple {
        self.tuple(&self.0.co_consts)
    }
    #[inline(always)]
    pub fn names(&self) -> &Tuple {
        self.tuple(&self.0.co_names)
    }
    pub fn local_names(&self) -> &Tuple {
        self.tuple(&self.0.co_localsplusnames)
    }
    fn bytes(&self, field: &std::cell::Cell<Raw>) -> &Bytes {
        // SAFETY: set for the code's life.
        unsafe { &*(field.get() as *const Bytes) }
    }
    pub fn exception_table(&self) -> &[u8] {
        self.bytes(&self.0.co_exceptiontable).as_slice()
    }
    pub fn line_table(&self) -> &[u8] {
        self.bytes(&self.0.co_linetable).as_slice()
    }
    pub fn local_kinds(&self) -> &[u8] {
        self.bytes(&self.0.co_localspluskinds).as_slice()
    }
    fn text(&self, field: &std::cell::Cell<Raw>) -> &Str {
        // SAFETY: set for the code's life.
        unsafe { &*(field.get() as *const Str) }
    }
    pub fn name(&self) -> &Str {
        self.text(&self.0.co_name)
    }
    pub fn qualname(&self) -> &Str {
        self.text(&self.0.co_qualname)
    }
    pub fn filename(&self) -> &Str {
        self.text(&self.0.co_filename)
    }
    #[inline(always)]
    pub fn flags(&self) -> u32 {
        self.0.co_flags.get() as u32
    }
    pub fn has_flag(&self, flag: u32) -> bool {
        self.flags() & flag != 0
    }
    /// Local variables, cells and free variables.
    #[inline(always)]
    pub fn local_count(&self) -> usize {
        self.0.co_nlocalsplus.get() as usize
    }
    #[inline(always)]
    pub fn frame_size(&self) -> usize {
        self.0.co_framesize.get() as usize
    }
    /// Parameters that hold `*args` and `**kwargs`, and those bound by name or position.
    pub fn parameter_count(&self) -> usize {
        (self.0.co_argcount.get() + self.0.co_kwonlyargcount.get()) as usize
            + self.has_flag(flags::VARARGS) as usize
            + self.has_flag(flags::VARKEYWORDS) as usize
    }

    /// The handler of the instruction at `offset`: (target, stack depth, push the instruction).
    pub fn handler_at(&self, offset: usize) -> Option<(usize, usize, bool)> {
        let table = self.exception_table();
        let mut at = 0;
        let varint = |at: &mut usize| {
            let mut value = 0usize;
            while let Some(&byte) = table.get(*at) {
                *at += 1;
                value = value << 6 | (byte & 63) as usize;
                if byte & 64 == 0 {
                    break;
                }
            }
            value
        };
        while at < table.len() {
            let start = varint(&mut at);
            let length = varint(&mut at);
            let target = varint(&mut at);
            let depth = varint(&mut at);
            if offset < start {
                return None;
            }
            if offset < start + length {
                return Some((target, depth >> 1, depth & 1 != 0));
            }
        }
        None
    }
}
