//! The instruction sequence: what code generation emits and the flow graph is built from.

use crate::opcode::Opcode;

/// Where an instruction comes from. Lines start at 1, columns at 0 and count UTF-8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Location {
    pub line: i32,
    pub end_line: i32,
    pub column: i32,
    pub end_column: i32,
}

impl Location {
    /// No location: what CPython calls `NO_LOCATION`.
    pub const NONE: Location = Location { line: -1, end_line: -1, column: -1, end_column: -1 };
    /// To be filled from the following instruction: CPython's `NEXT_LOCATION`.
    pub const NEXT: Location = Location { line: -2, end_line: -2, column: -2, end_column: -2 };
}

/// A jump target. Made by [`InstructionSequence::new_label`], placed by
/// [`InstructionSequence::use_label`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label(pub u32);

/// The argument of an instruction before assembly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arg {
    None,
    Value(u32),
    Target(Label),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    pub opcode: Opcode,
    pub arg: Arg,
    pub location: Location,
}

/// Instructions in source order (real and pseudo opcodes), with the places of labels.
#[derive(Clone, Debug, Default)]
pub struct InstructionSequence {
    pub instructions: Vec<Instruction>,
    /// Index into `instructions` for each label; `u32::MAX` until the label is placed.
    pub labels: Vec<u32>,
}

impl InstructionSequence {
    pub fn new_label(&mut self) -> Label {
        self.labels.push(u32::MAX);
        Label(self.labels.len() as u32 - 1)
    }

    /// Place `label` before the next instruction.
    pub fn use_label(&mut self, label: Label) {
        self.labels[label.0 as usize] = self.instructions.len() as u32;
    }

    pub fn push(&mut self, opcode: Opcode, arg: Arg, location: Location) {
        self.instructions.push(Instruction { opcode, arg, location });
    }
}

/// One scope's instructions with all that the back end needs to make a [`crate::code::Code`] of it.
#[derive(Clone, Debug)]
pub struct Unit {
    pub sequence: InstructionSequence,
    /// `consts[i]` is what `LOAD_CONST i` of the sequence loads; in the order of first use.
    pub consts: Vec<crate::code::Const>,
    pub names: Vec<crate::code::Text>,
    pub varnames: Vec<crate::code::Text>,
    /// Sorted as CPython sorts them; their indices in the sequence are those of CPython before
    /// `fix_cell_offsets` (cells after the `varnames`, then free variables).
    pub cellvars: Vec<crate::code::Text>,
    pub freevars: Vec<crate::code::Text>,
    /// Names of `varnames` that hold the hidden locals of inlined comprehensions outside functions
    /// (CPython's `u_fasthidden`).
    pub hidden: Vec<crate::code::Text>,
    pub argcount: u32,
    pub posonlyargcount: u32,
    pub kwonlyargcount: u32,
    pub flags: u32,
    pub name: crate::code::Text,
    pub qualname: crate::code::Text,
    pub filename: crate::code::Text,
    pub firstlineno: i32,
    /// The scope is a function (annotation scopes and the like too): the flow graph's
    /// optimizations of local variables and the superinstructions apply.
    pub is_function: bool,
    /// CPython's `nlocals`-affecting fact: the module scope's `__annotate__` etc. carry none.
    pub optimize: i32,
}
