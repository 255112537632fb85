//! Making code objects: of the compiler's plain data, or of parts that are objects already.

use std::ffi::c_int;

use pyrox_compiler::code::{Code as Plain, Const, Text, local_kind};
use pyrox_compiler::tables::HashMap;
use pyrox_objects::object::Own;
use pyrox_objects::{Bytes, Float, FrozenSet, Int, Obj, Object, Owned, PyResult, PyType, Set, Slice, Str, Thread, Tuple};

use super::Code;

/// Words that a frame needs besides locals and stack.
const FRAME_HEAD: usize = 10;

/// What a code object is made of; names as the attributes `co_*`.
#[derive(Clone)]
pub struct Parts {
    pub argcount: i32,
    pub posonlyargcount: i32,
    pub kwonlyargcount: i32,
    pub stacksize: i32,
    pub flags: i32,
    pub code: Owned<Bytes>,
    pub consts: Owned<Tuple>,
    pub names: Owned<Tuple>,
    pub localsplusnames: Owned<Tuple>,
    /// One byte of the kinds in `pyrox_compiler::code::local_kind` for each of `localsplusnames`.
    pub localspluskinds: Owned<Bytes>,
    pub filename: Owned<Str>,
    pub name: Owned<Str>,
    pub qualname: Owned<Str>,
    pub firstlineno: i32,
    pub linetable: Owned<Bytes>,
    pub exceptiontable: Owned<Bytes>,
}

/// A constant as an object. Strings that look like names are interned, as CPython does.
///
/// # Errors
/// Memory may run out.
pub fn constant(thread: &Thread, value: &Const) -> PyResult<Obj> {
    Maker::new(thread).constant(value)
}

/// Makes the code objects of one compilation, which share equal constants and tables.
struct Maker<'t, 'p> {
    thread: &'t Thread,
    constants: HashMap<&'p Const, Obj>,
    tuples: HashMap<&'p [Const], Owned<Tuple>>,
    names: HashMap<&'p [Text], Owned<Tuple>>,
    bytes: HashMap<&'p [u8], Owned<Bytes>>,
}

fn has_nan(value: &Const) -> bool {
    let is_nan = |bits: &u64| f64::from_bits(*bits).is_nan();
    match value {
        Const::Float(bits) => is_nan(bits),
        Const::Complex(real, imag) => is_nan(real) || is_nan(imag),
        Const::Tuple(items) | Const::FrozenSet(items) => items.iter().any(has_nan),
        Const::Slice(parts) => parts.iter().any(has_nan),
        _ => false,
    }
}

impl<'t, 'p> Maker<'t, 'p> {
    fn new(thread: &'t Thread) -> Self {
        Maker { thread, constants: HashMap::default(), tuples: HashMap::default(), names: HashMap::default(), bytes: HashMap::default() }
    }

    /// A constant as an object. Strings that look like names are interned, as CPython does.
    fn constant(&mut self, value: &'p Const) -> PyResult<Obj> {
        if let Some(known) = self.constants.get(value) {
            return Ok(known.clone());
        }
        let made = self.make_constant(value)?;
        // Code is never equal to other code of the same program, and no two NaNs are.
        if !matches!(value, Const::Code(_)) && !has_nan(value) {
            self.constants.insert(value, made.clone());
        }
        Ok(made)
    }

    fn make_constant(&mut self, value: &'p Const) -> PyResult<Obj> {
        let thread = self.thread;
        Ok(match value {
            Const::None => pyrox_objects::none(),
            Const::True => pyrox_objects::bool_obj(true),
            Const::False => pyrox_objects::bool_obj(false),
            Const::Ellipsis => pyrox_objects::ellipsis_ref().own(),
            Const::Int(value) => Int::from_pair((value.negative, &value.digits)).upcast(),
            Const::Float(bits) => Float::new(f64::from_bits(*bits)).upcast(),
            Const::Complex(real, imag) => pyrox_objects::Complex::new(thread, f64::from_bits(*real), f64::from_bits(*imag))?.upcast(),
            Const::Str(text) => interned_if_name(thread, Str::from_wtf8(thread, &text.0)?).upcast(),
            Const::Bytes(bytes) => Bytes::from_slice(thread, bytes)?.upcast(),
            Const::Tuple(items) => self.tuple(items)?.upcast(),
            Const::FrozenSet(items) => Set::frozen(thread, &self.constants(items)?)?,
            Const::Slice(parts) => {
                let parts = self.constants(&parts[..])?;
                Slice::new(thread, &parts[0], &parts[1], &parts[2])?.upcast()
            }
            Const::Code(code) => self.code(code)?.upcast(),
        })
    }

    fn constants(&mut self, items: &'p [Const]) -> PyResult<Vec<Obj>> {
        items.iter().map(|item| self.constant(item)).collect()
    }

    fn tuple(&mut self, items: &'p [Const]) -> PyResult<Owned<Tuple>> {
        let shared = !items.iter().any(|item| matches!(item, Const::Code(_)) || has_nan(item));
        if let Some(known) = self.tuples.get(items).filter(|_| shared) {
            return Ok(known.clone());
        }
        let made = self.constants(items)?;
        let made = Tuple::from_vec(self.thread, made)?;
        if shared {
            self.tuples.insert(items, made.clone());
        }
        Ok(made)
    }

    fn names(&mut self, items: &'p [Text]) -> PyResult<Owned<Tuple>> {
        if let Some(known) = self.names.get(items) {
            return Ok(known.clone());
        }
        let made = names(self.thread, items)?;
        self.names.insert(items, made.clone());
        Ok(made)
    }

    fn bytes(&mut self, bytes: &'p [u8]) -> PyResult<Owned<Bytes>> {
        if let Some(known) = self.bytes.get(bytes) {
            return Ok(known.clone());
        }
        let made = Bytes::from_slice(self.thread, bytes)?;
        self.bytes.insert(bytes, made.clone());
        Ok(made)
    }

    fn code(&mut self, plain: &'p Plain) -> PyResult<Owned<Code>> {
        let thread = self.thread;
        let text = |t: &Text| Str::from_wtf8(thread, &t.0);
        let parts = Parts {
            argcount: plain.argcount as i32,
            posonlyargcount: plain.posonlyargcount as i32,
            kwonlyargcount: plain.kwonlyargcount as i32,
            stacksize: plain.stacksize as i32,
            flags: plain.flags as i32,
            code: self.bytes(&plain.code)?,
            consts: self.tuple(&plain.consts)?,
            names: self.names(&plain.names)?,
            localsplusnames: self.names(&plain.localsplusnames)?,
            localspluskinds: self.bytes(&plain.localspluskinds)?,
            filename: text(&plain.filename)?,
            name: text(&plain.name)?,
            qualname: text(&plain.qualname)?,
            firstlineno: plain.firstlineno,
            linetable: self.bytes(&plain.linetable)?,
            exceptiontable: self.bytes(&plain.exceptiontable)?,
        };
        Code::from_parts(thread, &parts)
    }
}

fn interned_if_name(thread: &Thread, text: Owned<Str>) -> Owned<Str> {
    let name_like = text.ascii_text().is_some_and(|t| t.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
    if name_like { Str::intern(thread, &text) } else { text }
}

fn names(thread: &Thread, items: &[Text]) -> PyResult<Owned<Tuple>> {
    let names = items.iter().map(|name| {
        let text = Str::from_wtf8(thread, &name.0)?;
        Ok(Str::intern(thread, &text).upcast())
    });
    Tuple::from_vec(thread, names.collect::<PyResult<Vec<Obj>>>()?)
}

/// Names in a tuple, interned.
fn interned_names(thread: &Thread, items: &Tuple) -> PyResult<Owned<Tuple>> {
    if items.items().iter().all(|item| item.exact::<Str>().is_some_and(Str::is_interned)) {
        return Ok(items.own_tuple());
    }
    let names = items.to_vec().into_iter().map(|item| match item.cast::<Str>() {
        Some(name) => Ok(Str::intern(thread, name).upcast()),
        None => Err(thread.type_error(&format!("name tuples must contain only strings, not '{}'", item.ty().full_name()))),
    });
    Tuple::from_vec(thread, names.collect::<PyResult<Vec<Obj>>>()?)
}

/// Constants as `code` keeps them: strings that look like names interned, also those in tuples and frozen sets.
fn interned_constants(thread: &Thread, items: &Tuple) -> PyResult<Owned<Tuple>> {
    let needs = |item: &Object| {
        item.is_exact::<Tuple>() || item.is_exact::<FrozenSet>() || item.exact::<Str>().is_some_and(|text| !text.is_interned())
    };
    if !items.items().iter().any(|item| needs(item)) {
        return Ok(items.own_tuple());
    }
    thread.check_stack(" while interning constants")?;
    let mut changed = false;
    let mut made = Vec::with_capacity(items.len());
    for item in items.to_vec() {
        let new = match item.exact::<Str>() {
            Some(text) => interned_if_name(thread, text.own_typed()).upcast(),
            None => match item.exact::<Tuple>() {
                Some(inner) => interned_constants(thread, inner)?.upcast(),
                None => item.clone(),
            },
        };
        changed |= !new.is(&item);
        made.push(new);
    }
    if changed { Tuple::from_vec(thread, made) } else { Ok(items.own_tuple()) }
}

impl Code {
    /// The object of compiled code.
    ///
    /// # Errors
    /// Memory may run out.
    pub fn from_plain(thread: &Thread, plain: &Plain) -> PyResult<Owned<Code>> {
        Maker::new(thread).code(plain)
    }

    /// A code object of its parts.
    ///
    /// # Errors
    /// `ValueError` and `TypeError` for parts that do not fit together.
    pub fn from_parts(thread: &Thread, parts: &Parts) -> PyResult<Owned<Code>> {
        let kinds = parts.localspluskinds.as_slice();
        let of_kind = |kind: u8| kinds.iter().filter(|&&k| k & kind != 0).count() as c_int;
        let locals = of_kind(local_kind::LOCAL);
        let bytes = parts.code.as_slice();
        if parts.argcount < parts.posonlyargcount
            || parts.posonlyargcount < 0
            || parts.kwonlyargcount < 0
            || parts.stacksize < 0
            || parts.stacksize > i32::MAX / 16
            || parts.flags < 0
        {
            return Err(thread.value_error("code: argument out of range"));
        }
        // Code that is but a name for tracebacks is empty.
        if !bytes.len().is_multiple_of(2) {
            return Err(thread.value_error("code: co_code is malformed"));
        }
        if kinds.len() != parts.localsplusnames.len() {
            return Err(thread.value_error("code: localsplusnames and localspluskinds must have the same length"));
        }
        if parts.argcount as i64 + parts.kwonlyargcount as i64 > locals as i64 {
            return Err(thread.value_error("code: varnames is too small"));
        }
        let object = Code::ty().allocate_untracked(thread, bytes.len() / 2)?;
        // SAFETY: fresh, zeroed behind the head, with room for the instructions.
        unsafe {
            let code: Owned<Code> = object.cast_unchecked();
            let raw = &code.0;
            raw.co_consts.set(interned_constants(thread, &parts.consts)?.into_raw());
            raw.co_names.set(interned_names(thread, &parts.names)?.into_raw());
            raw.co_exceptiontable.set(parts.exceptiontable.clone().into_raw());
            raw.co_flags.set(parts.flags);
            raw.co_argcount.set(parts.argcount);
            raw.co_posonlyargcount.set(parts.posonlyargcount);
            raw.co_kwonlyargcount.set(parts.kwonlyargcount);
            raw.co_stacksize.set(parts.stacksize);
            raw.co_firstlineno.set(parts.firstlineno);
            raw.co_nlocalsplus.set(kinds.len() as c_int);
            raw.co_framesize.set((kinds.len() + parts.stacksize as usize + FRAME_HEAD) as c_int);
            raw.co_nlocals.set(locals);
            raw.co_ncellvars.set(of_kind(local_kind::CELL));
            raw.co_nfreevars.set(of_kind(local_kind::FREE));
            raw.co_localsplusnames.set(interned_names(thread, &parts.localsplusnames)?.into_raw());
            raw.co_localspluskinds.set(parts.localspluskinds.clone().into_raw());
            raw.co_filename.set(Str::intern(thread, &parts.filename).into_raw());
            raw.co_name.set(Str::intern(thread, &parts.name).into_raw());
            raw.co_qualname.set(Str::intern(thread, &parts.qualname).into_raw());
            let linetable = match super::positions::keeps_columns() {
                true => parts.linetable.clone(),
                false => Bytes::from_slice(thread, &super::positions::without_columns(parts.linetable.as_slice()))?,
            };
            raw.co_linetable.set(linetable.into_raw());
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), code.instructions() as *mut u8, bytes.len());
            Ok(code)
        }
    }

    /// What this code object is made of.
    pub fn parts(&self, thread: &Thread) -> PyResult<Parts> {
        let bytes = |field: &std::cell::Cell<super::Raw>| {
            // SAFETY: a bytes object for the code's life.
            unsafe { pyrox_objects::Object::from_ptr(field.get()) }
                .own()
                .downcast::<Bytes>()
                .map_err(|_| thread.system_error("code is damaged"))
        };
        let raw = self.raw();
        Ok(Parts {
            argcount: raw.co_argcount.get(),
            posonlyargcount: raw.co_posonlyargcount.get(),
            kwonlyargcount: raw.co_kwonlyargcount.get(),
            stacksize: raw.co_stacksize.get(),
            flags: raw.co_flags.get(),
            code: self.original(thread)?,
            consts: self.consts().own_tuple(),
            names: self.names().own_tuple(),
            localsplusnames: self.local_names().own_tuple(),
            localspluskinds: bytes(&raw.co_localspluskinds)?,
            filename: self.filename().own_typed(),
            name: self.name().own_typed(),
            qualname: self.qualname().own_typed(),
            firstlineno: raw.co_firstlineno.get(),
            linetable: bytes(&raw.co_linetable)?,
            exceptiontable: bytes(&raw.co_exceptiontable)?,
        })
    }

    /// Replace the file name `old` by `new`, here and in the code objects among the constants.
    pub fn replace_filename(&self, thread: &Thread, old: &Str, new: &Str) -> PyResult<()> {
        thread.check_stack(" while replacing a file name")?;
        if self.filename().same_as(old) {
            let replaced = self.raw().co_filename.replace(new.own_typed().into_raw());
            // SAFETY: the field owned it; strings run no code when they die.
            unsafe { pyrox_objects::object::xdecref(replaced) };
        }
        for item in self.consts().to_vec() {
            if let Some(code) = item.cast::<Code>() {
                code.replace_filename(thread, old, new)?;
            }
        }
        Ok(())
    }

    /// `co_code`: the instructions as the compiler wrote them.
    pub fn original(&self, thread: &Thread) -> PyResult<Owned<Bytes>> {
        use pyrox_compiler::opcode::{CACHES, Opcode};
        // SAFETY: the instructions lie behind the head.
        let units = unsafe { std::slice::from_raw_parts(self.instructions() as *const u16, self.len()) };
        let mut bytes = Vec::with_capacity(units.len() * 2);
        let mut at = 0;
        while let Some(&unit) = units.get(at) {
            let opcode = Opcode::from_u8(unit as u8).map_or(unit as u8, |opcode| opcode.deopt().number() as u8);
            bytes.extend([opcode, (unit >> 8) as u8]);
            // What the caches hold is the interpreter's.
            let caches = CACHES[opcode as usize] as usize;
            bytes.resize((bytes.len() + caches * 2).min(units.len() * 2), 0);
            at += 1 + caches;
        }
        Bytes::from_slice(thread, &bytes)
    }
}
