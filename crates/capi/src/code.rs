//! Code objects.

use std::ffi::{CStr, c_char, c_int};

use pyrox_compiler::opcode::Opcode;
use pyrox_interpreter::code::{Code, Parts};
use pyrox_objects::object::Own;
use pyrox_objects::{Bytes, Object, Owned, PyResult, Str, Thread, Tuple};

use crate::api::{bad_call, expect};
use crate::support::{Raw, give};

/// Code without a body, to show a place in a traceback.
pub(crate) fn empty(thread: &Thread, filename: &Str, name: &Str, line: i32) -> PyResult<Owned<Code>> {
    let body = [Opcode::RESUME.number() as u8, 0, Opcode::LOAD_COMMON_CONSTANT.number() as u8, 0, Opcode::RAISE_VARARGS.number() as u8, 1];
    let name = Str::intern(thread, name);
    let parts = Parts {
        argcount: 0,
        posonlyargcount: 0,
        kwonlyargcount: 0,
        stacksize: 1,
        flags: 0,
        code: Bytes::from_slice(thread, &body)?,
        consts: Tuple::empty(),
        names: Tuple::empty(),
        localsplusnames: Tuple::empty(),
        localspluskinds: Bytes::from_slice(thread, &[])?,
        filename: filename.own_typed(),
        name: name.clone(),
        qualname: name,
        firstlineno: line,
        // All instructions are on the first line, without columns.
        linetable: Bytes::from_slice(thread, &[1 << 7 | 13 << 3 | 2, 0])?,
        exceptiontable: Bytes::from_slice(thread, &[])?,
    };
    Code::from_parts(thread, &parts)
}

unsafe fn held<T: pyrox_objects::object::PyType>(thread: &Thread, object: Raw) -> PyResult<Owned<T>> {
    // SAFETY: by the API's contract.
    unsafe { expect::<T>(thread, object) }.map(Own::own_typed)
}

unsafe fn make(
    thread: &Thread,
    [argcount, posonly, kwonly, locals, stacksize, code_flags, line]: [c_int; 7],
    [code, consts, names, vars, free, cells, filename, name, qualname, linetable, exceptiontable]: [Raw; 11],
) -> PyResult<Owned<Code>> {
    // SAFETY: by the API's contract.
    unsafe {
        let mut parts = Parts {
            argcount,
            posonlyargcount: posonly,
            kwonlyargcount: kwonly,
            stacksize,
            flags: code_flags,
            code: held(thread, code)?,
            consts: held(thread, consts)?,
            names: held(thread, names)?,
            localsplusnames: Tuple::empty(),
            localspluskinds: Bytes::from_slice(thread, &[])?,
            filename: held(thread, filename)?,
            name: held(thread, name)?,
            qualname: held(thread, qualname)?,
            firstlineno: line,
            linetable: held(thread, linetable)?,
            exceptiontable: held(thread, exceptiontable)?,
        };
        let (vars, free, cells) = (held::<Tuple>(thread, vars)?, held::<Tuple>(thread, free)?, held::<Tuple>(thread, cells)?);
        Code::with_names(thread, &mut parts, locals, &vars, &cells, &free)
    }
}

unsafe fn attribute(thread: &Thread, code: Raw, name: &str) -> PyResult<pyrox_objects::Obj> {
    // SAFETY: by the API's contract.
    let object: &Object = unsafe { expect::<Code>(thread, code) }?;
    object.getattr_str(thread, name)
}

crate::api! {
    /// Code without a body for a place in a file.
    fn PyCode_NewEmpty(thread; filename: *const c_char, name: *const c_char, line: c_int) -> Raw = give {
        let filename = crate::unicode_codecs::fs_decode(thread, CStr::from_ptr(filename).to_bytes())?;
        let name = crate::unicode::from_utf8(thread, CStr::from_ptr(name).to_bytes())?;
        empty(thread, &filename, &name, line).map(Owned::upcast)
    }

    /// A code object of its parts.
    fn PyUnstable_Code_NewWithPosOnlyArgs(
        thread; argcount: c_int, posonly: c_int, kwonly: c_int, locals: c_int, stacksize: c_int, code_flags: c_int, code: Raw,
        consts: Raw, names: Raw, vars: Raw, free: Raw, cells: Raw, filename: Raw, name: Raw, qualname: Raw, line: c_int,
        linetable: Raw, exceptiontable: Raw
    ) -> Raw = give {
        let numbers = [argcount, posonly, kwonly, locals, stacksize, code_flags, line];
        let objects = [code, consts, names, vars, free, cells, filename, name, qualname, linetable, exceptiontable];
        make(thread, numbers, objects).map(Owned::upcast)
    }

    /// A code object of its parts.
    fn PyUnstable_Code_New(
        thread; argcount: c_int, kwonly: c_int, locals: c_int, stacksize: c_int, code_flags: c_int, code: Raw, consts: Raw,
        names: Raw, vars: Raw, free: Raw, cells: Raw, filename: Raw, name: Raw, qualname: Raw, line: c_int, linetable: Raw,
        exceptiontable: Raw
    ) -> Raw = give {
        let numbers = [argcount, 0, kwonly, locals, stacksize, code_flags, line];
        let objects = [code, consts, names, vars, free, cells, filename, name, qualname, linetable, exceptiontable];
        make(thread, numbers, objects).map(Owned::upcast)
    }

    /// `co_code`.
    fn PyCode_GetCode(thread; code: Raw) -> Raw = give { attribute(thread, code, "co_code") }
    /// `co_varnames`.
    fn PyCode_GetVarnames(thread; code: Raw) -> Raw = give { attribute(thread, code, "co_varnames") }
    /// `co_cellvars`.
    fn PyCode_GetCellvars(thread; code: Raw) -> Raw = give { attribute(thread, code, "co_cellvars") }
    /// `co_freevars`.
    fn PyCode_GetFreevars(thread; code: Raw) -> Raw = give { attribute(thread, code, "co_freevars") }

    /// The line of the instruction at a byte offset, or -1.
    fn PyCode_Addr2Line(code: Raw, offset: c_int) -> c_int {
        let code = &*(code as *const Code);
        match usize::try_from(offset) {
            Ok(offset) => code.line_at(offset / 2).unwrap_or(-1),
            Err(_) => code.raw().co_firstlineno.get(),
        }
    }

    /// The place of the instruction at a byte offset; 0 if there is none.
    fn PyCode_Addr2Location(
        code: Raw, offset: c_int, line: *mut c_int, column: *mut c_int, end_line: *mut c_int, end_column: *mut c_int
    ) -> c_int {
        let code = &*(code as *const Code);
        let (place, known) = match usize::try_from(offset) {
            Ok(offset) => (code.position_at(offset / 2).unwrap_or((-1, -1, -1, -1)), true),
            Err(_) => ((code.raw().co_firstlineno.get(), code.raw().co_firstlineno.get(), 0, 0), true),
        };
        (*line, *end_line, *column, *end_column) = place;
        known as c_int
    }

    /// Code that is optimized further: it is as good as it gets.
    fn PyCode_Optimize(thread; code: Raw, _consts: Raw, _names: Raw, _lines: Raw) -> Raw = give {
        let code: &Bytes = expect(thread, code).map_err(|_| bad_call(thread))?;
        let object: &Object = code;
        Ok(object.own())
    }
}
