//! Writing.

use pyrox_compiler::marshal::tag;
use pyrox_compiler::tables::HashMap;
use pyrox_objects::buffer::{Buffer, is_buffer};
use pyrox_objects::{Bytes, Complex, Dict, Float, FrozenSet, Int, List, Obj, Object, PyResult, Set, Slice, Str, Thread, Tuple};

use crate::code::Code;

const FLAG_REF: u8 = 0x80;
/// How deeply objects may nest.
const MAX_DEPTH: usize = 2000;

struct Writer<'t> {
    thread: &'t Thread,
    out: Vec<u8>,
    version: i32,
    allow_code: bool,
    depth: usize,
    /// Places of objects that were written, by address; they are kept alive meanwhile.
    written: HashMap<usize, u32>,
    /// Immutable objects that are being written: a reference to one of them could not be read again.
    open: Vec<usize>,
    kept: Vec<Obj>,
}

/// The marshalled form of an object.
///
/// # Errors
/// `ValueError` for what cannot be marshalled.
pub fn dumps(thread: &Thread, value: &Object, version: i32, allow_code: bool) -> PyResult<Vec<u8>> {
    let mut writer =
        Writer { thread, out: Vec::new(), version, allow_code, depth: 0, written: HashMap::default(), open: Vec::new(), kept: Vec::new() };
    writer.object(value)?;
    Ok(writer.out)
}

impl Writer<'_> {
    fn long(&mut self, value: i32) {
        self.out.extend(value.to_le_bytes());
    }

    fn size(&mut self, len: usize) -> PyResult<()> {
        match i32::try_from(len) {
            Ok(len) => {
                self.long(len);
                Ok(())
            }
            Err(_) => Err(self.unmarshallable()),
        }
    }

    fn unmarshallable(&self) -> pyrox_objects::Raised {
        self.thread.value_error("unmarshallable object")
    }

    /// Write a reference to an object that was written before; or note it and tell the flag for its tag.
    fn reference(&mut self, object: &Object) -> PyResult<Option<u8>> {
        // An object of one reference cannot come again.
        if self.version < 3 || object.refcount() == 1 {
            return Ok(Some(0));
        }
        let key = object.as_ptr() as usize;
        if let Some(&place) = self.written.get(&key) {
            if self.open.contains(&key) {
                return Err(self.unmarshallable());
            }
            self.out.push(tag::REF);
            self.long(place as i32);
            return Ok(None);
        }
        let place = self.written.len() as u32;
        self.written.insert(key, place);
        self.kept.push(object.own());
        Ok(Some(FLAG_REF))
    }

    fn object(&mut self, value: &Object) -> PyResult<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.thread.value_error("object too deeply nested to marshal"));
        }
        if value.is_none() {
            self.out.push(tag::NONE);
        } else if value.is(pyrox_objects::bool_ref(true)) {
            self.out.push(tag::TRUE);
        } else if value.is(pyrox_objects::bool_ref(false)) {
            self.out.push(tag::FALSE);
        } else if value.is(pyrox_objects::ellipsis_ref()) {
            self.out.push(tag::ELLIPSIS);
        } else if value.is(pyrox_objects::exceptions::stop_iteration()) {
            self.out.push(tag::STOP_ITERATION);
        } else if let Some(flag) = self.reference(value)? {
            self.complex_object(value, flag)?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn complex_object(&mut self, value: &Object, flag: u8) -> PyResult<()> {
        let thread = self.thread;
        if let Some(int) = value.exact::<Int>() {
            return self.int(int, flag);
        }
        if let Some(float) = value.exact::<Float>() {
            let binary = self.version > 1;
            self.out.push(flag | if binary { tag::BINARY_FLOAT } else { tag::FLOAT });
            self.float(float.value(), binary);
        } else if let Some(complex) = value.exact::<Complex>() {
            let binary = self.version > 1;
            self.out.push(flag | if binary { tag::BINARY_COMPLEX } else { tag::COMPLEX });
            let value = complex.value();
            self.float(value.real, binary);
            self.float(value.imag, binary);
        } else if let Some(bytes) = value.exact::<Bytes>() {
            self.out.push(flag | tag::STRING);
            self.size(bytes.len())?;
            self.out.extend_from_slice(bytes.as_slice());
        } else if let Some(text) = value.exact::<Str>() {
            self.text(text, flag)?;
        } else if let Some(items) = value.exact::<Tuple>() {
            match u8::try_from(items.len()) {
                Ok(len) if self.version >= 4 => self.out.extend([flag | tag::SMALL_TUPLE, len]),
                _ => {
                    self.out.push(flag | tag::TUPLE);
                    self.size(items.len())?;
                }
            }
            for item in items.to_vec() {
                self.counted(item)?;
            }
        } else if let Some(items) = value.exact::<List>() {
            self.out.push(flag | tag::LIST);
            let items = items.to_vec();
            self.size(items.len())?;
            for item in items {
                self.counted(item)?;
            }
        } else if let Some(dict) = value.exact::<Dict>() {
            self.out.push(flag | tag::DICT);
            for (key, value) in dict.items_vec() {
                self.counted(key)?;
                self.counted(value)?;
            }
            self.out.push(tag::NULL);
        } else if value.is_exact::<Set>() || value.is_exact::<FrozenSet>() {
            self.out.push(flag | if value.is_exact::<Set>() { tag::SET } else { tag::FROZENSET });
            let items = value.to_items(thread)?;
            let expected = items.len();
            self.size(expected)?;
            // In the order of their marshalled forms, so that equal sets give equal bytes.
            let mut sorted: Vec<(Vec<u8>, Obj)> = Vec::with_capacity(items.len());
            for item in items {
                sorted.push((dumps(thread, &item, self.version, self.allow_code)?, item));
                let changed = |set: &Set| set.len() != expected;
                if value.exact::<Set>().is_some_and(changed) {
                    return Err(thread.runtime_error("set changed size during iteration"));
                }
            }
            sorted.sort_by(|a, b| a.0.cmp(&b.0));
            for (_, item) in sorted {
                self.counted(item)?;
            }
        } else if let Some(code) = value.exact::<Code>() {
            self.open.push(value.as_ptr() as usize);
            self.code(code, flag)?;
            self.open.pop();
        } else if let Some(slice) = value.exact::<Slice>().filter(|_| self.version >= 5) {
            self.out.push(flag | tag::SLICE);
            self.open.push(value.as_ptr() as usize);
            for part in [slice.start(), slice.stop(), slice.step()] {
                self.counted(part)?;
            }
            self.open.pop();
        } else if is_buffer(value) {
            let Ok(buffer) = Buffer::simple(thread, value) else {
                thread.set_raised(None);
                return Err(self.unmarshallable());
            };
            self.out.push(flag | tag::STRING);
            self.size(buffer.len())?;
            self.out.extend_from_slice(buffer.as_slice());
        } else {
            return Err(self.unmarshallable());
        }
        Ok(())
    }

    /// Write an item whose extra reference, held by the caller's copy, does not count.
    fn counted(&mut self, item: Obj) -> PyResult<()> {
        if item.refcount() == 2 && self.version >= 3 && !self.is_plain(&item) {
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return Err(self.thread.value_error("object too deeply nested to marshal"));
            }
            self.complex_object(&item, 0)?;
            self.depth -= 1;
            return Ok(());
        }
        self.object(&item)
    }

    fn is_plain(&self, item: &Object) -> bool {
        item.is_none() || item.is(pyrox_objects::exceptions::stop_iteration())
    }

    fn int(&mut self, value: &Int, flag: u8) -> PyResult<()> {
        if let Some(small) = value.to_i64().and_then(|n| i32::try_from(n).ok()) {
            self.out.push(flag | tag::INT);
            self.long(small);
            return Ok(());
        }
        let (negative, digits) = value.pair();
        self.out.push(flag | tag::LONG);
        let mut halves: Vec<u16> = digits.iter().flat_map(|d| [(d & 0x7fff) as u16, (d >> 15) as u16]).collect();
        while halves.last() == Some(&0) {
            halves.pop();
        }
        let count = i32::try_from(halves.len()).map_err(|_| self.unmarshallable())?;
        self.long(if negative { -count } else { count });
        self.out.extend(halves.iter().flat_map(|half| half.to_le_bytes()));
        Ok(())
    }

    fn float(&mut self, value: f64, binary: bool) {
        if binary {
            self.out.extend(value.to_le_bytes());
            return;
        }
        let text = pyrox_numeric::float::repr::repr(value);
        self.out.push(text.len() as u8);
        self.out.extend_from_slice(text.as_bytes());
    }

    fn text(&mut self, text: &Str, flag: u8) -> PyResult<()> {
        let interned = text.is_interned() && self.version >= 1;
        match text.ascii_text().filter(|_| self.version >= 4) {
            Some(ascii) => {
                match u8::try_from(ascii.len()) {
                    Ok(len) => {
                        let tag = if interned { tag::SHORT_ASCII_INTERNED } else { tag::SHORT_ASCII };
                        self.out.extend([flag | tag, len]);
                    }
                    Err(_) => {
                        self.out.push(flag | if interned { tag::ASCII_INTERNED } else { tag::ASCII });
                        self.size(ascii.len())?;
                    }
                }
                self.out.extend_from_slice(ascii.as_bytes());
            }
            None => {
                let bytes = text.to_wtf8();
                self.out.push(flag | if interned && self.version >= 3 { tag::INTERNED } else { tag::UNICODE });
                self.size(bytes.len())?;
                self.out.extend_from_slice(&bytes);
            }
        }
        Ok(())
    }

    fn code(&mut self, code: &Code, flag: u8) -> PyResult<()> {
        if !self.allow_code {
            return Err(self.thread.value_error("marshalling code objects is disallowed"));
        }
        let parts = code.parts(self.thread)?;
        self.out.push(flag | tag::CODE);
        for number in [parts.argcount, parts.posonlyargcount, parts.kwonlyargcount, parts.stacksize, parts.flags] {
            self.long(number);
        }
        let (consts, names, locals) = (parts.consts.upcast(), parts.names.upcast(), parts.localsplusnames.upcast());
        for part in [parts.code.upcast(), consts, names, locals, parts.localspluskinds.upcast()] {
            self.counted(part)?;
        }
        for part in [parts.filename, parts.name, parts.qualname] {
            self.counted(part.upcast())?;
        }
        self.long(parts.firstlineno);
        self.counted(parts.linetable.upcast())?;
        self.counted(parts.exceptiontable.upcast())
    }
}
