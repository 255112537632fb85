//! Exported variables that no other file has: the flags of old, and tables.

use std::cell::Cell;
use std::ffi::{c_char, c_int, c_uchar, c_void};

use crate::imports::Shared;

macro_rules! flags {
    ($($name:ident $value:literal,)*) => { $(
        /// A flag of the command line, as it was kept before there were configurations.
        #[unsafe(no_mangle)]
        pub static $name: Shared<Cell<c_int>> = Shared(Cell::new($value));
    )* };
}
flags! {
    Py_BytesWarningFlag 0, Py_DebugFlag 0, Py_DontWriteBytecodeFlag 0, Py_FrozenFlag 0, Py_HasFileSystemDefaultEncoding 1,
    Py_HashRandomizationFlag 1, Py_IgnoreEnvironmentFlag 0, Py_InspectFlag 0, Py_InteractiveFlag 0, Py_IsolatedFlag 0,
    Py_NoSiteFlag 0, Py_NoUserSiteDirectory 0, Py_OptimizeFlag 0, Py_QuietFlag 0, Py_UTF8Mode 1, Py_UnbufferedStdioFlag 0,
    Py_VerboseFlag 0,
}

/// The encoding of file names.
#[unsafe(no_mangle)]
pub static Py_FileSystemDefaultEncoding: Shared<Cell<*const c_char>> = Shared(Cell::new(c"utf-8".as_ptr()));
/// What becomes of bytes in file names that are not in that encoding.
#[unsafe(no_mangle)]
pub static Py_FileSystemDefaultEncodeErrors: Shared<Cell<*const c_char>> = Shared(Cell::new(c"surrogateescape".as_ptr()));
/// The operators with the operands swapped: of `<` that is `>`.
#[unsafe(no_mangle)]
pub static _Py_SwappedOp: [c_int; 6] = [4, 5, 2, 3, 0, 1];
/// What a digit counts in bases up to 36; 37 for what is no digit.
#[unsafe(no_mangle)]
pub static _PyLong_DigitValue: [c_uchar; 256] = {
    let mut table = [37u8; 256];
    let mut at = 0;
    while at < 36 {
        let c = if at < 10 { b'0' + at } else { b'a' + at - 10 };
        table[c as usize] = at;
        table[c.to_ascii_uppercase() as usize] = at;
        at += 1;
    }
    table
};

macro_rules! nothing {
    ($($name:ident,)*) => { $(
        /// There is no such table here: a null pointer.
        #[unsafe(no_mangle)]
        pub static $name: Shared<*const c_void> = Shared(std::ptr::null());
    )* };
}
nothing! {
    _PyImport_FrozenBootstrap, _PyImport_FrozenStdlib, _PyImport_FrozenTest, _PySet_Dummy, _PyOS_ReadlineTState,
}

/// What C code that hashes text itself takes as its key; set when the interpreter starts.
#[unsafe(no_mangle)]
pub static _Py_HashSecret: Shared<Cell<[u64; 3]>> = Shared(Cell::new([0; 3]));

/// The interpreter's inner state, of which C code has but the address.
#[unsafe(no_mangle)]
pub static _PyRuntime: Shared<Cell<[u64; 1024]>> = Shared(Cell::new([0; 1024]));

macro_rules! table {
    ($($name:ident $size:literal,)*) => { $(
        /// A table of the evaluation loop that has no counterpart here: all null.
        #[unsafe(no_mangle)]
        pub static $name: Shared<[*const c_void; $size]> = Shared([std::ptr::null(); $size]);
    )* };
}
table! {
    _PyEval_BinaryOps 32, _PyEval_ConversionFuncs 4, _PyIntrinsics_BinaryFunctions 32, _PyIntrinsics_UnaryFunctions 32,
    _PyParser_TokenNames 80, _Py_FunctionAttributeOffsets 8, _Py_InitCleanup 64, _Py_SpecialMethods 16,
    _Py_trampoline_func_start 1, _Py_trampoline_func_end 1,
}

/// Copy what is known only once the interpreter starts.
pub fn fill() {
    let secret = pyrox_objects::str::hash_secret();
    _Py_HashSecret.0.set([secret.keys[0], secret.keys[1], secret.expat_salt]);
}
