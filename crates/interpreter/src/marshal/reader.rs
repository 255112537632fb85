//! Reading. The data may be anything: every length is checked against what is there before memory is taken.

use std::borrow::Cow;

use pyrox_compiler::marshal::tag;
use pyrox_objects::codecs;
use pyrox_objects::object::Own;
use pyrox_objects::{
    ByteArray, Bytes, Complex, Dict, Float, Int, List, MemoryView, Obj, Object, Owned, PyResult, PyType, Raised, Set, Slice, Str, Thread,
    Tuple,
};

use crate::code::{Code, Parts};

const FLAG_REF: u8 = 0x80;
/// How deeply objects may nest.
const MAX_DEPTH: usize = 2000;

/// Where the data comes from.
pub enum Source<'a> {
    Memory(&'a [u8]),
    /// A Python file; exactly what is needed is read from it.
    File(&'a Object),
}

pub struct Reader<'a> {
    thread: &'a Thread,
    source: Source<'a>,
    at: usize,
    /// `None` for immutable objects that are still being read.
    references: Vec<Option<Obj>>,
    depth: usize,
    allow_code: bool,
    filename: Option<&'a Str>,
}

impl<'a> Reader<'a> {
    /// A reader; `filename` replaces the file name of code objects.
    pub fn new(thread: &'a Thread, source: Source<'a>, allow_code: bool, filename: Option<&'a Str>) -> Reader<'a> {
        Reader { thread, source, at: 0, references: Vec::new(), depth: 0, allow_code, filename }
    }

    /// Read one object.
    pub fn read(&mut self) -> PyResult<Obj> {
        match self.object()? {
            Some(object) => Ok(object),
            None => Err(self.thread.type_error("NULL object in marshal data for object")),
        }
    }

    /// How many bytes were read.
    pub fn position(&self) -> usize {
        self.at
    }

    #[cold]
    fn bad(&self, what: &str) -> Raised {
        self.thread.value_error(&format!("bad marshal data ({what})"))
    }

    #[cold]
    fn too_short(&self) -> Raised {
        self.thread.error(pyrox_objects::exceptions::eof_error(), "marshal data too short")
    }

    #[inline]
    fn take(&mut self, len: usize) -> PyResult<Cow<'a, [u8]>> {
        match self.source {
            Source::Memory(data) => match data.get(self.at..).and_then(|rest| rest.get(..len)) {
                Some(bytes) => {
                    self.at += len;
                    Ok(Cow::Borrowed(bytes))
                }
                None => Err(self.too_short()),
            },
            Source::File(file) => self.take_from_file(file, len),
        }
    }

    #[cold]
    fn take_from_file(&self, file: &Object, len: usize) -> PyResult<Cow<'a, [u8]>> {
        let thread = self.thread;
        let mut bytes: Vec<u8> = Vec::new();
        while bytes.len() < len {
            // In pieces, so that a wrong length does not take all memory.
            let wanted = (len - bytes.len()).min(1 << 20);
            let piece = ByteArray::from_slice(thread, &vec![0; wanted])?;
            let view = MemoryView::new(thread, &piece)?;
            let count = file.call_method(thread, pyrox_objects::intern!("readinto"), &[&view])?.as_isize(thread)?;
            let count = usize::try_from(count).unwrap_or(0);
            if count > wanted {
                let message = format!("read() returned too much data: {wanted} bytes requested, {count} returned");
                return Err(thread.value_error(&message));
            }
            if count < wanted {
                return Err(thread.error(pyrox_objects::exceptions::eof_error(), "EOF read where not expected"));
            }
            bytes.extend_from_slice(piece.as_slice());
        }
        Ok(Cow::Owned(bytes))
    }

    fn array<const N: usize>(&mut self) -> PyResult<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(&self.take(N)?);
        Ok(array)
    }

    fn byte(&mut self) -> PyResult<u8> {
        Ok(self.array::<1>()?[0])
    }

    fn long(&mut self) -> PyResult<i32> {
        Ok(i32::from_le_bytes(self.array()?))
    }

    fn size(&mut self, what: &str) -> PyResult<usize> {
        let size = self.long()?;
        usize::try_from(size).map_err(|_| self.bad(&format!("{what} size out of range")))
    }

    /// Capacity for `len` items, each of which takes a byte at least.
    fn room(&self, len: usize) -> usize {
        match self.source {
            Source::Memory(data) => len.min(data.len().saturating_sub(self.at)),
            Source::File(_) => len.min(1024),
        }
    }

    fn reserve(&mut self, flagged: bool) -> Option<usize> {
        flagged.then(|| {
            self.references.push(None);
            self.references.len() - 1
        })
    }

    fn keep(&mut self, place: Option<usize>, object: &Obj) {
        if let Some(slot) = place.and_then(|place| self.references.get_mut(place)) {
            *slot = Some(object.clone());
        }
    }

    fn object(&mut self) -> PyResult<Option<Obj>> {
        let first = match self.source {
            Source::Memory(data) if self.at >= data.len() => {
                return Err(self.thread.error(pyrox_objects::exceptions::eof_error(), "EOF read where object expected"));
            }
            _ => self.byte()?,
        };
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.thread.value_error("recursion limit exceeded"));
        }
        let flagged = first & FLAG_REF != 0;
        let object = match first & !FLAG_REF {
            tag::NULL => None,
            tag::NONE => Some(pyrox_objects::none()),
            tag::TRUE => Some(pyrox_objects::bool_obj(true)),
            tag::FALSE => Some(pyrox_objects::bool_obj(false)),
            tag::ELLIPSIS => Some(pyrox_objects::ellipsis_ref().own()),
            tag::STOP_ITERATION => Some((**pyrox_objects::exceptions::stop_iteration()).own()),
            tag::REF => {
                let index = self.long()?;
                let found = usize::try_from(index).ok().and_then(|index| self.references.get(index).cloned().flatten());
                match found {
                    Some(object) => Some(object),
                    None => return Err(self.bad("invalid reference")),
                }
            }
            tag @ (tag::TUPLE | tag::SMALL_TUPLE | tag::LIST | tag::DICT | tag::SET | tag::FROZENSET | tag::SLICE | tag::CODE) => {
                Some(self.compound(tag, flagged)?)
            }
            tag => {
                let value = self.simple(tag)?;
                if flagged {
                    self.references.push(Some(value.clone()));
                }
                Some(value)
            }
        };
        self.depth -= 1;
        Ok(object)
    }

    fn item(&mut self, kind: &str) -> PyResult<Obj> {
        match self.object()? {
            Some(item) => Ok(item),
            None => Err(self.thread.type_error(&format!("NULL object in marshal data for {kind}"))),
        }
    }

    fn simple(&mut self, tag: u8) -> PyResult<Obj> {
        let thread = self.thread;
        Ok(match tag {
            tag::INT => Int::from(self.long()? as i64).upcast(),
            tag::INT64 => Int::from(i64::from_le_bytes(self.array()?)).upcast(),
            tag::LONG => self.big_int()?.upcast(),
            tag::FLOAT => Float::new(self.text_float()?).upcast(),
            tag::BINARY_FLOAT => Float::new(f64::from_le_bytes(self.array()?)).upcast(),
            tag::COMPLEX => Complex::new(thread, self.text_float()?, self.text_float()?)?.upcast(),
            tag::BINARY_COMPLEX => {
                let (real, imag) = (f64::from_le_bytes(self.array()?), f64::from_le_bytes(self.array()?));
                Complex::new(thread, real, imag)?.upcast()
            }
            tag::STRING => {
                let len = self.size("bytes object")?;
                Bytes::from_slice(thread, &self.take(len)?)?.upcast()
            }
            tag::UNICODE | tag::INTERNED => {
                let len = self.size("string")?;
                let bytes = self.take(len)?;
                let text = codecs::decode_utf8(thread, &bytes, &codecs::Policy::named(Some("surrogatepass")), true)?.0;
                if tag == tag::INTERNED { Str::intern(thread, &text).upcast() } else { text.upcast() }
            }
            tag::ASCII | tag::ASCII_INTERNED => {
                let len = self.size("string")?;
                self.latin1(len, tag == tag::ASCII_INTERNED)?
            }
            tag::SHORT_ASCII | tag::SHORT_ASCII_INTERNED => {
                let len = self.byte()?;
                self.latin1(usize::from(len), tag == tag::SHORT_ASCII_INTERNED)?
            }
            _ => return Err(self.bad("unknown type code")),
        })
    }

    /// The "ASCII" forms are read as Latin-1.
    fn latin1(&mut self, len: usize, intern: bool) -> PyResult<Obj> {
        let text = Str::from_latin1(self.thread, &self.take(len)?)?;
        Ok(if intern { Str::intern(self.thread, &text).upcast() } else { text.upcast() })
    }

    fn big_int(&mut self) -> PyResult<Owned<Int>> {
        let count = self.long()?;
        if count == i32::MIN {
            return Err(self.bad("long size out of range"));
        }
        let negative = count < 0;
        let count = count.unsigned_abs() as usize;
        let bytes = self.take(count * 2)?;
        let mut digits: Vec<u32> = Vec::with_capacity(count.div_ceil(2));
        for (index, pair) in bytes.chunks_exact(2).enumerate() {
            let half = u32::from(u16::from_le_bytes([pair[0], pair[1]]));
            if half > 0x7fff {
                return Err(self.bad("digit out of range in long"));
            }
            match digits.last_mut() {
                Some(low) if index % 2 == 1 => *low |= half << 15,
                _ => digits.push(half),
            }
            if index + 1 == count && half == 0 {
                return Err(self.bad("unnormalized long data"));
            }
        }
        Ok(Int::from_pair((negative && !digits.is_empty(), &digits)))
    }

    fn text_float(&mut self) -> PyResult<f64> {
        let len = self.byte()?;
        let bytes = self.take(usize::from(len))?;
        match std::str::from_utf8(&bytes).ok().and_then(|text| text.parse::<f64>().ok()) {
            Some(value) => Ok(value),
            None => {
                let shown = String::from_utf8_lossy(&bytes).into_owned();
                Err(self.thread.value_error(&format!("could not convert string to float: '{shown}'")))
            }
        }
    }

    fn compound(&mut self, tag: u8, flagged: bool) -> PyResult<Obj> {
        let thread = self.thread;
        match tag {
            tag::TUPLE | tag::SMALL_TUPLE => {
                let len = if tag == tag::SMALL_TUPLE { usize::from(self.byte()?) } else { self.size("tuple")? };
                if flagged && len <= self.room(len) {
                    // Its items may refer to it.
                    let tuple = Tuple::from_vec(thread, vec![pyrox_objects::none(); len])?;
                    let place = self.reserve(true);
                    self.keep(place, &tuple.clone().upcast());
                    for at in 0..len {
                        let item = self.item("tuple")?;
                        tuple.complete(at, item);
                    }
                    return Ok(tuple.upcast());
                }
                let place = self.reserve(flagged);
                let mut items = Vec::with_capacity(self.room(len));
                for _ in 0..len {
                    items.push(self.item("tuple")?);
                }
                let tuple = Tuple::from_vec(thread, items)?.upcast();
                self.keep(place, &tuple);
                Ok(tuple)
            }
            tag::LIST => {
                let len = self.size("list")?;
                let list = List::new(thread)?;
                let place = self.reserve(flagged);
                self.keep(place, &list.clone().upcast());
                for _ in 0..len {
                    let item = self.item("list")?;
                    list.append(thread, item)?;
                }
                Ok(list.upcast())
            }
            tag::DICT => {
                let dict = Dict::new(thread)?;
                let place = self.reserve(flagged);
                self.keep(place, &dict.clone().upcast());
                while let Some(key) = self.object()? {
                    let Some(value) = self.object()? else { break };
                    dict.set(thread, &key, &value)?;
                }
                Ok(dict.upcast())
            }
            tag::SET => {
                let len = self.size("set")?;
                let set = Set::new(thread)?;
                let place = self.reserve(flagged);
                self.keep(place, &set.clone().upcast());
                for _ in 0..len {
                    let item = self.item("set")?;
                    set.add(thread, &item)?;
                }
                Ok(set.upcast())
            }
            tag::FROZENSET => {
                let len = self.size("set")?;
                let place = self.reserve(flagged);
                let mut items = Vec::with_capacity(self.room(len));
                for _ in 0..len {
                    items.push(self.item("set")?);
                }
                let set = Set::frozen(thread, &items)?;
                self.keep(place, &set);
                Ok(set)
            }
            tag::SLICE => {
                let place = self.reserve(flagged);
                let (start, stop, step) = (self.item("object")?, self.item("object")?, self.item("object")?);
                let slice = Slice::new(thread, &start, &stop, &step)?.upcast();
                self.keep(place, &slice);
                Ok(slice)
            }
            _ => {
                if !self.allow_code {
                    return Err(thread.value_error("unmarshalling code objects is disallowed"));
                }
                let place = self.reserve(flagged);
                let code = self.code()?.upcast();
                self.keep(place, &code);
                Ok(code)
            }
        }
    }

    fn part<T: PyType>(&mut self) -> PyResult<Owned<T>> {
        let item = self.item("code object")?;
        item.downcast::<T>().map_err(|_| self.thread.system_error("bad argument to internal function"))
    }

    fn code(&mut self) -> PyResult<Owned<Code>> {
        let parts = Parts {
            argcount: self.long()?,
            posonlyargcount: self.long()?,
            kwonlyargcount: self.long()?,
            stacksize: self.long()?,
            flags: self.long()?,
            code: self.part()?,
            consts: self.part()?,
            names: self.part()?,
            localsplusnames: self.part()?,
            localspluskinds: self.part()?,
            filename: self.part()?,
            name: self.part()?,
            qualname: self.part()?,
            firstlineno: self.long()?,
            linetable: self.part()?,
            exceptiontable: self.part()?,
        };
        let parts = match self.filename {
            Some(filename) => Parts { filename: filename.own_typed(), ..parts },
            None => parts,
        };
        Code::from_parts(self.thread, &parts)
    }
}
