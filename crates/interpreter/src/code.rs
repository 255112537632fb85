//! `code`: compiled code as an object, made of the compiler's plain data.
//!
//! The instructions lie behind the head, as in CPython; this copy is the one that runs and is rewritten,
//! `co_code` gives the original.

use std::ffi::c_int;

use pyrox_compiler::code::{Code as Plain, Const, flags, local_kind};
use pyrox_macros::pyclass;
use pyrox_objects::abi::{PyCodeObject, PyObject};
use pyrox_objects::object::xdecref;
use pyrox_objects::{Bytes, Float, Int, Obj, Object, Owned, PyResult, PyType, Set, Slice, Str, Thread, Tuple};

type Raw = *mut PyObject;

/// A code object.
#[repr(transparent)]
pub struct Code(PyCodeObject);

/// Words that a frame needs besides locals and stack.
const FRAME_HEAD: usize = 10;

/// A constant as an object. Strings that look like names are interned, as CPython does.
pub fn constant(thread: &Thread, value: &Const) -> PyResult<Obj> {
    Ok(match value {
        Const::None => pyrox_objects::none(),
        Const::True => pyrox_objects::bool_obj(true),
        Const::False => pyrox_objects::bool_obj(false),
        Const::Ellipsis => pyrox_objects::ellipsis_ref().own(),
        Const::Int(value) => Int::from_pair((value.negative, &value.digits)).upcast(),
        Const::Float(bits) => Float::new(f64::from_bits(*bits)).upcast(),
        Const::Complex(real, imag) => pyrox_objects::Complex::new(thread, f64::from_bits(*real), f64::from_bits(*imag))?.upcast(),
        Const::Str(text) => {
            let name_like = text.0.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
            let made = Str::from_wtf8(thread, &text.0)?;
            if name_like { Str::intern(thread, &made).upcast() } else { made.upcast() }
        }
        Const::Bytes(bytes) => Bytes::from_slice(thread, bytes)?.upcast(),
        Const::Tuple(items) => Tuple::from_vec(thread, constants(thread, items)?)?.upcast(),
        Const::FrozenSet(items) => Set::frozen(thread, &constants(thread, items)?)?,
        Const::Slice(parts) => {
            Slice::new(thread, &*constant(thread, &parts[0])?, &*constant(thread, &parts[1])?, &*constant(thread, &parts[2])?)?.upcast()
        }
        Const::Code(code) => Code::from_plain(thread, code)?.upcast(),
    })
}

fn constants(thread: &Thread, items: &[Const]) -> PyResult<Vec<Obj>> {
    items.iter().map(|item| constant(thread, item)).collect()
}

fn names(thread: &Thread, items: &[pyrox_compiler::code::Text]) -> PyResult<Owned<Tuple>> {
    let names = items.iter().map(|name| {
        let text = Str::from_wtf8(thread, &name.0)?;
        Ok(Str::intern(thread, &text).upcast())
    });
    Tuple::from_vec(thread, names.collect::<PyResult<Vec<Obj>>>()?)
}

impl Code {
    /// The object of compiled code.
    pub fn from_plain(thread: &Thread, plain: &Plain) -> PyResult<Owned<Code>> {
        let object = Code::ty().allocate_untracked(thread, plain.code.len() / 2)?;
        let text = |t: &pyrox_compiler::code::Text| Str::from_wtf8(thread, &t.0);
        // SAFETY: fresh, zeroed behind the head, with room for the instructions.
        unsafe {
            let code: Owned<Code> = object.cast_unchecked();
            let raw = &code.0;
            raw.co_consts.set(Tuple::from_vec(thread, constants(thread, &plain.consts)?)?.into_raw());
            raw.co_names.set(names(thread, &plain.names)?.into_raw());
            raw.co_exceptiontable.set(Bytes::from_slice(thread, &plain.exceptiontable)?.into_raw());
            raw.co_flags.set(plain.flags as c_int);
            raw.co_argcount.set(plain.argcount as c_int);
            raw.co_posonlyargcount.set(plain.posonlyargcount as c_int);
            raw.co_kwonlyargcount.set(plain.kwonlyargcount as c_int);
            raw.co_stacksize.set(plain.stacksize as c_int);
            raw.co_firstlineno.set(plain.firstlineno);
            let count = plain.localsplusnames.len();
            raw.co_nlocalsplus.set(count as c_int);
            raw.co_framesize.set((count + plain.stacksize as usize + FRAME_HEAD) as c_int);
            let of_kind = |kind: u8| plain.localspluskinds.iter().filter(|&&k| k & kind != 0).count() as c_int;
            raw.co_nlocals.set(of_kind(local_kind::LOCAL));
            raw.co_ncellvars.set(of_kind(local_kind::CELL));
            raw.co_nfreevars.set(of_kind(local_kind::FREE));
            raw.co_localsplusnames.set(names(thread, &plain.localsplusnames)?.into_raw());
            raw.co_localspluskinds.set(Bytes::from_slice(thread, &plain.localspluskinds)?.into_raw());
            raw.co_filename.set(text(&plain.filename)?.into_raw());
            raw.co_name.set(Str::intern(thread, &*text(&plain.name)?).into_raw());
            raw.co_qualname.set(Str::intern(thread, &*text(&plain.qualname)?).into_raw());
            raw.co_linetable.set(Bytes::from_slice(thread, &plain.linetable)?.into_raw());
            std::ptr::copy_nonoverlapping(plain.code.as_ptr(), code.instructions() as *mut u8, plain.code.len());
            Ok(code)
        }
    }

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

    /// The line of the instruction at `offset` (in code units); `None` if it has none.
    pub fn line_at(&self, offset: usize) -> Option<i32> {
        self.position_at(offset).map(|p| p.0)
    }

    /// (line, end line, column, end column) of the instruction at `offset`; columns count bytes and are
    /// -1 where unknown. The format is described in CPython's `Objects/locations.md`.
    pub fn position_at(&self, offset: usize) -> Option<(i32, i32, i32, i32)> {
        let table = self.line_table();
        let (mut at, mut unit, mut line) = (0, 0, self.0.co_firstlineno.get());
        while let Some(&first) = table.get(at) {
            let kind = first >> 3 & 15;
            let length = (first & 7) as usize + 1;
            at += 1;
            let varint = |at: &mut usize| {
                let (mut value, mut shift) = (0u32, 0);
                while let Some(&byte) = table.get(*at) {
                    *at += 1;
                    value |= ((byte & 63) as u32).checked_shl(shift).unwrap_or(0);
                    shift += 6;
                    if byte & 64 == 0 {
                        break;
                    }
                }
                value
            };
            let signed = |value: u32| if value & 1 != 0 { -((value >> 1) as i32) } else { (value >> 1) as i32 };
            let byte = |at: &mut usize| {
                *at += 1;
                table.get(*at - 1).copied().unwrap_or(0) as i32
            };
            let position = match kind {
                15 => None,
                14 => {
                    line += signed(varint(&mut at));
                    let end = line + varint(&mut at) as i32;
                    let column = varint(&mut at) as i32 - 1;
                    Some((line, end, column, varint(&mut at) as i32 - 1))
                }
                13 => {
                    line += signed(varint(&mut at));
                    Some((line, line, -1, -1))
                }
                10..=12 => {
                    line += kind as i32 - 10;
                    let column = byte(&mut at);
                    Some((line, line, column, byte(&mut at)))
                }
                _ => {
                    let second = byte(&mut at);
                    let column = (kind as i32) << 3 | second >> 4;
                    Some((line, line, column, column + (second & 15)))
                }
            };
            unit += length;
            if offset < unit {
                return position;
            }
        }
        None
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

/// Code objects are immutable, hashable, and made by the compiler.
#[pyclass(name = "code", symbol = "PyCode_Type", basicsize = 208, itemsize = 2, weaklistoffset = 144)]
impl Code {
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe {
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
            self.0.co_firstlineno.get()
        )
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
        self.0.co_firstlineno.get()
    }
    #[getter]
    fn co_flags(&self) -> i32 {
        self.0.co_flags.get()
    }
    #[getter]
    fn co_argcount(&self) -> i32 {
        self.0.co_argcount.get()
    }
    #[getter]
    fn co_posonlyargcount(&self) -> i32 {
        self.0.co_posonlyargcount.get()
    }
    #[getter]
    fn co_kwonlyargcount(&self) -> i32 {
        self.0.co_kwonlyargcount.get()
    }
    #[getter]
    fn co_nlocals(&self) -> i32 {
        self.0.co_nlocals.get()
    }
    #[getter]
    fn co_stacksize(&self) -> i32 {
        self.0.co_stacksize.get()
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
        // SAFETY: the instructions are never rewritten yet.
        let bytes = unsafe { std::slice::from_raw_parts(self.instructions() as *const u8, self.len() * 2) };
        Ok(Bytes::from_slice(thread, bytes)?.upcast())
    }
    #[getter]
    fn co_linetable(&self) -> Obj {
        // SAFETY: set for the code's life.
        unsafe { Object::from_ptr(self.0.co_linetable.get()) }.own()
    }
    #[getter]
    fn co_exceptiontable(&self) -> Obj {
        // SAFETY: as above.
        unsafe { Object::from_ptr(self.0.co_exceptiontable.get()) }.own()
    }
}

impl Code {
    fn names_of_kind(&self, thread: &Thread, kind: u8) -> PyResult<Owned<Tuple>> {
        let names = self.local_names().items().iter().zip(self.local_kinds());
        Tuple::from_vec(thread, names.filter(|(_, k)| **k & kind != 0).map(|(name, _)| name.own()).collect())
    }
}
