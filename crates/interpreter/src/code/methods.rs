//! `code` as Python sees it.

use std::cell::Cell;

use pyrox_compiler::code::local_kind;
use pyrox_macros::pyclass;
use pyrox_objects::abi::{self, PyCodeObject};
use pyrox_objects::native::{Keywords, Rest};
use pyrox_objects::object::{Head, Own, xdecref};
use pyrox_objects::{Bytes, CompareOp, Int, Obj, Object, Owned, PyResult, PyType, Str, Thread, Tuple, Type};

use super::make::Parts;
use super::positions::Entry;
use super::{Code, Raw};

fn argument<T: PyType>(thread: &Thread, value: &Object, place: &str) -> PyResult<Owned<T>> {
    match value.cast::<T>() {
        Some(value) => Ok(value.own_typed()),
        None => Err(thread.type_error(&format!("{place} must be {}, not {}", T::ty().name(), value.ty().full_name()))),
    }
}

fn positive(thread: &Thread, value: i32, name: &str) -> PyResult<i32> {
    match value {
        0.. => Ok(value),
        _ => Err(thread.value_error(&format!("{name} must be a positive integer"))),
    }
}

fn int(thread: &Thread, value: &Object) -> PyResult<i32> {
    let value = value.index(thread)?;
    match value.to_i64().map(i32::try_from) {
        Some(Ok(value)) => Ok(value),
        Some(Err(_)) if value.is_negative() => Err(thread.overflow_error("signed integer is less than minimum")),
        Some(Err(_)) => Err(thread.overflow_error("signed integer is greater than maximum")),
        None => Err(thread.overflow_error("Python int too large to convert to C int")),
    }
}

/// Locals, cells and free variables as one list of names with kinds.
fn join_names(thread: &Thread, parts: &mut Parts, vars: &Tuple, cells: &Tuple, free: &Tuple) -> PyResult<()> {
    let mut names: Vec<Obj> = vars.to_vec();
    let mut kinds = vec![local_kind::LOCAL; names.len()];
    for (list, kind) in [(cells, local_kind::CELL), (free, local_kind::FREE)] {
        for name in list.to_vec() {
            let known = if kind == local_kind::CELL {
                let wanted = name.cast::<Str>();
                names[..vars.len()].iter().position(|n| matches!((n.cast::<Str>(), wanted), (Some(a), Some(b)) if a.same_as(b)))
            } else {
                None
            };
            match known {
                // A parameter or local that is also a cell.
                Some(at) => kinds[at] |= kind,
                None => {
                    names.push(name);
                    kinds.push(kind);
                }
            }
        }
    }
    // Which of them are parameters, as the compiler notes it.
    let (positional, keyword) = (parts.argcount.max(0) as usize, parts.kwonlyargcount.max(0) as usize);
    let only = parts.posonlyargcount.max(0) as usize;
    let mut at = positional + keyword;
    for (index, kind) in kinds.iter_mut().enumerate().take(at) {
        *kind |= if index < only {
            local_kind::ARG_POS
        } else if index < positional {
            local_kind::ARG_POS | local_kind::ARG_KW
        } else {
            local_kind::ARG_KW
        };
    }
    for (flag, kind) in [
        (pyrox_compiler::code::flags::VARARGS, local_kind::ARG_VAR | local_kind::ARG_POS),
        (pyrox_compiler::code::flags::VARKEYWORDS, local_kind::ARG_VAR | local_kind::ARG_KW),
    ] {
        if parts.flags as u32 & flag != 0 {
            if let Some(slot) = kinds.get_mut(at) {
                *slot |= kind;
            }
            at += 1;
        }
    }
    parts.localsplusnames = Tuple::from_vec(thread, names)?;
    parts.localspluskinds = Bytes::from_slice(thread, &kinds)?;
    Ok(())
}

fn check_names(thread: &Thread, names: &Tuple) -> PyResult<()> {
    match names.items().iter().all(|name| name.is_instance::<Str>()) {
        true => Ok(()),
        false => Err(thread.type_error("non-string found in code slot")),
    }
}

impl Code {
    /// A code object whose variables are given by kind, as the constructor takes them.
    pub fn with_names(thread: &Thread, parts: &mut Parts, locals: i32, vars: &Tuple, cells: &Tuple, free: &Tuple) -> PyResult<Owned<Code>> {
        for (value, name) in [
            (parts.argcount, "argcount"),
            (parts.posonlyargcount, "posonlyargcount"),
            (parts.kwonlyargcount, "kwonlyargcount"),
            (locals, "nlocals"),
        ] {
            if value < 0 {
                return Err(thread.value_error(&format!("code: {name} must not be negative")));
            }
        }
        for names in [&*parts.names, vars, free, cells] {
            check_names(thread, names)?;
        }
        if vars.len() != locals as usize {
            return Err(thread.value_error("code: co_nlocals != len(co_varnames)"));
        }
        join_names(thread, parts, vars, cells, free)?;
        Code::from_parts(thread, parts)
    }

    fn names_of_kind(&self, thread: &Thread, kind: u8) -> PyResult<Owned<Tuple>> {
        let names = self.local_names().items().iter().zip(self.local_kinds());
        Tuple::from_vec(thread, names.filter(|(_, k)| **k & kind != 0).map(|(name, _)| name.own()).collect())
    }

    fn same(&self, thread: &Thread, other: &Code) -> PyResult<bool> {
        let (a, b) = (self.raw(), other.raw());
        let numbers = |c: &PyCodeObject| {
            [c.co_argcount.get(), c.co_posonlyargcount.get(), c.co_kwonlyargcount.get(), c.co_flags.get(), c.co_firstlineno.get()]
        };
        let plain = self.name().same_as(other.name())
            && numbers(a) == numbers(b)
            && self.original(thread)?.as_slice() == other.original(thread)?.as_slice()
            && self.line_table() == other.line_table()
            && self.exception_table() == other.exception_table();
        if !plain {
            return Ok(false);
        }
        let (mine, theirs) = (constant_key(thread, self.consts())?, constant_key(thread, other.consts())?);
        Ok(mine.eq(thread, &theirs)? && self.names().eq(thread, other.names())? && self.local_names().eq(thread, other.local_names())?)
    }
}

/// Constants as keys that tell 0, 0.0, -0.0 and False apart.
fn constant_key(thread: &Thread, value: &Object) -> PyResult<Obj> {
    thread.check_stack(" while comparing constants")?;
    let class = (**value.ty()).own();
    let rest = if let Some(items) = value.exact::<Tuple>() {
        let keys: PyResult<Vec<Obj>> = items.to_vec().iter().map(|item| constant_key(thread, item)).collect();
        Tuple::from_vec(thread, keys?)?.upcast()
    } else if let Some(float) = value.exact::<pyrox_objects::Float>() {
        Int::from(float.value().to_bits() as i64).upcast()
    } else if let Some(complex) = value.exact::<pyrox_objects::Complex>() {
        let value = complex.value();
        let (real, imag) = (Int::from(value.real.to_bits() as i64), Int::from(value.imag.to_bits() as i64));
        Tuple::from_vec(thread, vec![real.upcast(), imag.upcast()])?.upcast()
    } else {
        value.own()
    };
    Ok(Tuple::from_vec(thread, vec![class, rest])?.upcast())
}

/// Create a code object.  Not for the faint of heart.
#[pyclass(name = "code", symbol = "PyCode_Type", basicsize = 208, itemsize = 2, weaklistoffset = 144)]
impl Code {
    #[new(sig = "(*args)", text = "")]
    fn create(_cls: &Type, thread: &Thread, args: Rest<'_>) -> PyResult<Obj> {
        let given = args.len();
        if given < 16 {
            return Err(thread.type_error(&format!("code expected at least 16 arguments, got {given}")));
        }
        if given > 18 {
            return Err(thread.type_error(&format!("code expected at most 18 arguments, got {given}")));
        }
        let at = |index: usize| args.get(index).unwrap_or(pyrox_objects::none_ref());
        let place = |index: usize| format!("code() argument {}", index + 1);
        let number = |index: usize| int(thread, at(index));
        let tuple = |index: usize| match index < given {
            true => argument::<Tuple>(thread, at(index), &place(index)),
            false => Ok(Tuple::empty()),
        };
        let bytes = |index: usize| argument::<Bytes>(thread, at(index), &place(index));
        let text = |index: usize| argument::<Str>(thread, at(index), &place(index));
        let mut parts = Parts {
            argcount: number(0)?,
            posonlyargcount: number(1)?,
            kwonlyargcount: number(2)?,
            stacksize: number(4)?,
            flags: number(5)?,
            code: bytes(6)?,
            consts: tuple(7)?,
            names: tuple(8)?,
            localsplusnames: Tuple::empty(),
            localspluskinds: Bytes::from_slice(thread, &[])?,
            filename: text(10)?,
            name: text(11)?,
            qualname: text(12)?,
            firstlineno: number(13)?,
            linetable: bytes(14)?,
            exceptiontable: bytes(15)?,
        };
        let locals = number(3)?;
        let (vars, free, cells) = (tuple(9)?, tuple(16)?, tuple(17)?);
        Ok(Code::with_names(thread, &mut parts, locals, &vars, &cells, &free)?.upcast())
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe {
            pyrox_objects::weakref::clear_weakrefs(object);
            let raw = &*(object as *const PyCodeObject);
            for field in [
                &raw.co_consts,
                &raw.co_names,
                &raw.co_exceptiontable,
                &raw.co_localsplusnames,
                &raw.co_localspluskinds,
                &raw.co_filename,
                &raw.co_name,
                &raw.co_qualname,
                &raw.co_linetable,
            ] {
                xdecref(field.get());
            }
            pyrox_objects::dealloc::free_instance(object, (*object).ob_type.get());
        }
    }
    #[slot]
    fn tp_repr(&self) -> String {
        format!(
            "<code object {} at {:#x}, file \"{}\", line {}>",
            self.name(),
            self.as_ptr() as usize,
            self.filename(),
            self.raw().co_firstlineno.get()
        )
    }
    #[slot]
    fn tp_richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        let (Some(other), CompareOp::Eq | CompareOp::Ne) = (other.cast::<Code>(), op) else {
            return Ok(pyrox_objects::not_implemented());
        };
        Ok(pyrox_objects::bool_obj(self.same(thread, other)? == (op == CompareOp::Eq)))
    }
    #[slot]
    fn tp_hash(&self, thread: &Thread) -> PyResult<isize> {
        let raw = self.raw();
        let parts = vec![
            (**self.name()).own(),
            constant_key(thread, self.consts())?,
            (**self.names()).own(),
            (**self.local_names()).own(),
            self.original(thread)?.upcast(),
            Int::from(raw.co_firstlineno.get() as i64).upcast(),
            Int::from(raw.co_argcount.get() as i64).upcast(),
            Int::from(raw.co_posonlyargcount.get() as i64).upcast(),
            Int::from(raw.co_kwonlyargcount.get() as i64).upcast(),
            Int::from(raw.co_flags.get() as i64).upcast(),
        ];
        Tuple::from_vec(thread, parts)?.hash(thread)
    }
    #[getter]
    fn co_name(&self) -> Obj {
        (**self.name()).own()
    }
    #[getter]
    fn co_qualname(&self) -> Obj {
        (**self.qualname()).own()
    }
    #[getter]
    fn co_filename(&self) -> Obj {
        (**self.filename()).own()
    }
    #[getter]
    fn co_firstlineno(&self) -> i32 {
        self.raw().co_firstlineno.get()
    }
    #[getter]
    fn co_flags(&self) -> i32 {
        self.raw().co_flags.get()
    }
    #[getter]
    fn co_argcount(&self) -> i32 {
        self.raw().co_argcount.get()
    }
    #[getter]
    fn co_posonlyargcount(&self) -> i32 {
        self.raw().co_posonlyargcount.get()
    }
    #[getter]
    fn co_kwonlyargcount(&self) -> i32 {
        self.raw().co_kwonlyargcount.get()
    }
    #[getter]
    fn co_nlocals(&self) -> i32 {
        self.raw().co_nlocals.get()
    }
    #[getter]
    fn co_stacksize(&self) -> i32 {
        self.raw().co_stacksize.get()
    }
    #[getter]
    fn co_consts(&self) -> Obj {
        (**self.consts()).own()
    }
    #[getter]
    fn co_names(&self) -> Obj {
        (**self.names()).own()
    }
    #[getter]
    fn co_varnames(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        self.names_of_kind(thread, local_kind::LOCAL)
    }
    #[getter]
    fn co_cellvars(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        self.names_of_kind(thread, local_kind::CELL)
    }
    #[getter]
    fn co_freevars(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        self.names_of_kind(thread, local_kind::FREE)
    }
    #[getter]
    fn co_code(&self, thread: &Thread) -> PyResult<Obj> {
        Ok(self.original(thread)?.upcast())
    }
    #[getter]
    fn _co_code_adaptive(&self, thread: &Thread) -> PyResult<Obj> {
        // SAFETY: the instructions lie behind the head.
        let bytes = unsafe { std::slice::from_raw_parts(self.instructions() as *const u8, self.len() * 2) };
        Ok(Bytes::from_slice(thread, bytes)?.upcast())
    }
    #[getter]
    fn co_linetable(&self) -> Obj {
        // SAFETY: set for the code's life.
        unsafe { Object::from_ptr(self.raw().co_linetable.get()) }.own()
    }
    #[getter]
    fn co_exceptiontable(&self) -> Obj {
        // SAFETY: as above.
        unsafe { Object::from_ptr(self.raw().co_exceptiontable.get()) }.own()
    }
    #[getter]
    fn co_lnotab(&self, thread: &Thread) -> PyResult<Obj> {
        pyrox_objects::hooks::warn(
            thread,
            pyrox_objects::exceptions::deprecation_warning(),
            "co_lnotab is deprecated, use co_lines instead.",
        )?;
        Ok(Bytes::from_slice(thread, &self.old_line_table())?.upcast())
    }
    #[method]
    fn co_lines(&self, thread: &Thread) -> PyResult<Obj> {
        let ranges = self.line_ranges();
        let made = LineIterator { head: Head::unset(), ranges, at: Cell::new(0) };
        Ok(LineIterator::ty().instantiate(thread, made)?.upcast())
    }
    #[method]
    fn co_positions(&self, thread: &Thread) -> PyResult<Obj> {
        let entries = self.locations().collect();
        let made = PositionsIterator { head: Head::unset(), entries, entry: Cell::new(0), unit: Cell::new(0) };
        Ok(PositionsIterator::ty().instantiate(thread, made)?.upcast())
    }
    #[method]
    fn co_branches(&self, thread: &Thread) -> PyResult<Obj> {
        let branches = self.branches(thread)?;
        pyrox_objects::List::from_vec(thread, branches)?.iter(thread)
    }
    #[method(sig = "($self, /, oparg)")]
    fn _varname_from_oparg(&self, thread: &Thread, oparg: i32) -> PyResult<Obj> {
        let names = self.local_names();
        match usize::try_from(oparg).ok().filter(|&at| at < names.len()) {
            Some(at) => Ok(names.get(at).own()),
            None => Err(thread.index_error("tuple index out of range")),
        }
    }
    #[method(sig = "($self, /, **changes)")]
    fn __replace__(&self, thread: &Thread, changes: Keywords<'_>) -> PyResult<Obj> {
        replace(self, thread, changes)
    }
    /// Return a copy of the code object with new values for the specified fields.
    #[method(sig = "($self, /, **changes)")]
    fn replace(&self, thread: &Thread, changes: Keywords<'_>) -> PyResult<Obj> {
        replace(self, thread, changes)
    }
    #[method]
    fn __sizeof__(&self) -> usize {
        208 + self.len() * 2
    }
}

fn replace(code: &Code, thread: &Thread, changes: Keywords<'_>) -> PyResult<Obj> {
    let mut parts = code.parts(thread)?;
    let mut vars = code.names_of_kind(thread, local_kind::LOCAL)?;
    let mut cells = code.names_of_kind(thread, local_kind::CELL)?;
    let mut free = code.names_of_kind(thread, local_kind::FREE)?;
    let mut locals = parts_locals(code);
    for (name, value) in changes.iter() {
        let field = name.to_string();
        let place = format!("replace() argument '{field}'");
        match field.as_str() {
            "co_argcount" => parts.argcount = positive(thread, int(thread, value)?, &field)?,
            "co_posonlyargcount" => parts.posonlyargcount = positive(thread, int(thread, value)?, &field)?,
            "co_kwonlyargcount" => parts.kwonlyargcount = positive(thread, int(thread, value)?, &field)?,
            "co_nlocals" => locals = positive(thread, int(thread, value)?, &field)?,
            "co_stacksize" => parts.stacksize = positive(thread, int(thread, value)?, &field)?,
            "co_flags" => parts.flags = positive(thread, int(thread, value)?, &field)?,
            "co_firstlineno" => parts.firstlineno = positive(thread, int(thread, value)?, &field)?,
            "co_code" => parts.code = argument(thread, value, &place)?,
            "co_consts" => parts.consts = argument(thread, value, &place)?,
            "co_names" => parts.names = argument(thread, value, &place)?,
            "co_varnames" => vars = argument(thread, value, &place)?,
            "co_freevars" => free = argument(thread, value, &place)?,
            "co_cellvars" => cells = argument(thread, value, &place)?,
            "co_filename" => parts.filename = argument(thread, value, &place)?,
            "co_name" => parts.name = argument(thread, value, &place)?,
            "co_qualname" => parts.qualname = argument(thread, value, &place)?,
            "co_linetable" => parts.linetable = argument(thread, value, &place)?,
            "co_exceptiontable" => parts.exceptiontable = argument(thread, value, &place)?,
            _ => return Err(thread.type_error(&format!("replace() got an unexpected keyword argument '{field}'"))),
        }
    }
    for names in [&parts.names, &vars, &free, &cells] {
        check_names(thread, names)?;
    }
    if vars.len() as i64 != locals as i64 {
        let needed = parts.argcount as i64 + parts.kwonlyargcount as i64;
        let message = if needed > vars.len() as i64 { "code: co_varnames is too small" } else { "code: co_nlocals != len(co_varnames)" };
        return Err(thread.value_error(message));
    }
    let kept = parts.localspluskinds.clone();
    let before = parts.localsplusnames.clone();
    join_names(thread, &mut parts, &vars, &cells, &free)?;
    // Hidden locals (of comprehensions) are known from the old names only.
    if parts.localsplusnames.eq(thread, &before)? {
        parts.localspluskinds = kept;
    }
    Ok(Code::from_parts(thread, &parts)?.upcast())
}

fn parts_locals(code: &Code) -> i32 {
    code.raw().co_nlocals.get()
}

fn number_or_none(value: Option<i32>) -> Obj {
    value.map_or_else(pyrox_objects::none, |n| Int::from(n as i64).upcast())
}

impl Code {
    /// (start byte, end byte, line) of runs of instructions of one line.
    fn line_ranges(&self) -> Vec<(usize, usize, Option<i32>)> {
        let mut ranges: Vec<(usize, usize, Option<i32>)> = Vec::new();
        for Entry { start, end, position } in self.locations() {
            let line = position.map(|p| p.0);
            match ranges.last_mut() {
                Some(last) if last.2 == line => last.1 = end * 2,
                _ => ranges.push((start * 2, end * 2, line)),
            }
        }
        ranges
    }

    /// The line table in the form of Python 3.9: pairs of byte and line increments.
    fn old_line_table(&self) -> Vec<u8> {
        let mut table = Vec::new();
        let (mut line, mut offset) = (self.raw().co_firstlineno.get(), 0usize);
        for (start, _, new_line) in self.line_ranges() {
            let Some(new_line) = new_line else { continue };
            let mut delta = new_line as i64 - line as i64;
            if delta == 0 {
                continue;
            }
            let mut bytes = start - offset;
            while bytes > 255 {
                table.extend([255, 0]);
                bytes -= 255;
            }
            while delta > 127 {
                table.extend([bytes as u8, 127]);
                (bytes, delta) = (0, delta - 127);
            }
            while delta < -128 {
                table.extend([bytes as u8, -128i8 as u8]);
                (bytes, delta) = (0, delta + 128);
            }
            table.extend([bytes as u8, delta as i8 as u8]);
            (line, offset) = (new_line, start);
        }
        table
    }

    /// (instruction, where it goes on, where it jumps to) of the conditional jumps, in bytes.
    fn branches(&self, thread: &Thread) -> PyResult<Vec<Obj>> {
        use pyrox_compiler::opcode::Opcode;
        let code = self.original(thread)?;
        let units: Vec<[u8; 2]> = code.as_slice().as_chunks::<2>().0.to_vec();
        let mut found = Vec::new();
        let (mut at, mut extended) = (0, 0usize);
        let caches = |op: u8| Opcode::from_u8(op).map_or(0, Opcode::caches);
        while let Some(&[op, low]) = units.get(at) {
            let argument = extended << 8 | low as usize;
            let size = 1 + caches(op);
            extended = 0;
            let next = at + size;
            let not_taken = |place: usize| units.get(place).is_some_and(|u| Opcode::from_u8(u[0]) == Some(Opcode::NOT_TAKEN));
            let branch = match Opcode::from_u8(op) {
                Some(Opcode::EXTENDED_ARG) => {
                    extended = argument;
                    None
                }
                Some(Opcode::FOR_ITER) => {
                    // Behind the loop stand END_FOR and POP_ITER.
                    Some((next, next + argument + 2))
                }
                Some(Opcode::POP_JUMP_IF_FALSE | Opcode::POP_JUMP_IF_TRUE | Opcode::POP_JUMP_IF_NONE | Opcode::POP_JUMP_IF_NOT_NONE) => {
                    Some((next, next + argument))
                }
                Some(Opcode::END_ASYNC_FOR) => {
                    // Branches from the SEND that it ends: back by its argument.
                    let source = next.saturating_sub(argument);
                    let other = (source..at).find(|&p| not_taken(p)).map_or(source, |p| p + 1);
                    let row = [source, other, next].map(|n| Int::from(n as i64 * 2).upcast());
                    found.push(Tuple::from_vec(thread, row.to_vec())?.upcast());
                    None
                }
                _ => None,
            };
            if let Some((straight, target)) = branch {
                let straight = if not_taken(straight) { straight + 1 } else { straight };
                let row = [at, straight, target].map(|n| Int::from(n as i64 * 2).upcast());
                found.push(Tuple::from_vec(thread, row.to_vec())?.upcast());
            }
            at = next;
        }
        Ok(found)
    }
}

/// What `co_lines()` gives.
#[repr(C)]
pub struct LineIterator {
    head: Head,
    ranges: Vec<(usize, usize, Option<i32>)>,
    at: Cell<usize>,
}

#[pyclass(name = "line_iterator", dealloc = drop)]
impl LineIterator {
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let Some(&(start, end, line)) = self.ranges.get(self.at.get()) else { return Ok(None) };
        self.at.set(self.at.get() + 1);
        let row = vec![Int::from(start as i64).upcast(), Int::from(end as i64).upcast(), number_or_none(line)];
        Ok(Some(Tuple::from_vec(thread, row)?.upcast()))
    }
}

/// What `co_positions()` gives: one tuple for each code unit.
#[repr(C)]
pub struct PositionsIterator {
    head: Head,
    entries: Vec<Entry>,
    entry: Cell<usize>,
    unit: Cell<usize>,
}

#[pyclass(name = "positions_iterator", dealloc = drop)]
impl PositionsIterator {
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let Some(entry) = self.entries.get(self.entry.get()) else { return Ok(None) };
        self.unit.set(self.unit.get() + 1);
        if self.unit.get() >= entry.end {
            self.entry.set(self.entry.get() + 1);
        }
        let known = |n: i32| Some(n).filter(|&n| n >= 0);
        let fields = match entry.position {
            None => [None; 4],
            Some((line, end, column, end_column)) => [Some(line), Some(end), known(column), known(end_column)],
        };
        Ok(Some(Tuple::from_vec(thread, fields.map(number_or_none).to_vec())?.upcast()))
    }
}

const _: () = assert!(size_of::<PyCodeObject>() >= 208 && abi::Py_READONLY == 1);
