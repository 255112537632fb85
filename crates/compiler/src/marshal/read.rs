//! Reading. The data may be anything: every length is checked against what is there before memory is taken.

use super::{Error, FLAG_REF, MAX_DEPTH, tag};
use crate::code::{BigInt, Code, Const, Text};
use std::rc::Rc;

/// Reads one object; what follows it is left alone.
pub fn loads(data: &[u8]) -> Result<Const, Error> {
    let mut reader = Reader { data, at: 0, references: Vec::new(), depth: 0 };
    let (value, _) = reader.object()?;
    value.ok_or(Error::Type("NULL object in marshal data for object"))
}

/// An object (`None` for the format's NULL) and how deeply it nests others.
type Object = (Option<Const>, usize);

struct Reader<'a> {
    data: &'a [u8],
    at: usize,
    /// `None` for objects that are still being read.
    references: Vec<Option<(Const, usize)>>,
    depth: usize,
}

fn bad(what: &str) -> Error {
    Error::Value(format!("bad marshal data ({what})"))
}

const TOO_SHORT: Error = Error::Eof("marshal data too short");

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], Error> {
        let bytes = self.data.get(self.at..).and_then(|rest| rest.get(..len)).ok_or(TOO_SHORT)?;
        self.at += len;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn byte(&mut self) -> Result<u8, Error> {
        Ok(self.array::<1>()?[0])
    }

    fn long(&mut self) -> Result<i32, Error> {
        Ok(i32::from_le_bytes(self.array()?))
    }

    fn size(&mut self, what: &str) -> Result<usize, Error> {
        usize::try_from(self.long()?).map_err(|_| bad(&format!("{what} size out of range")))
    }

    fn object(&mut self) -> Result<Object, Error> {
        let Some(&code) = self.data.get(self.at) else {
            return Err(Error::Eof("EOF read where object expected"));
        };
        self.at += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Error::Value("recursion limit exceeded".into()));
        }
        let flagged = code & FLAG_REF != 0;
        let object = match code & !FLAG_REF {
            tag::NULL => (None, 0),
            tag::NONE => (Some(Const::None), 0),
            tag::TRUE => (Some(Const::True), 0),
            tag::FALSE => (Some(Const::False), 0),
            tag::ELLIPSIS => (Some(Const::Ellipsis), 0),
            tag::REF => self.reference()?,
            tag @ (tag::TUPLE | tag::SMALL_TUPLE | tag::FROZENSET | tag::SLICE | tag::CODE) => {
                let place = flagged.then(|| {
                    self.references.push(None);
                    self.references.len() - 1
                });
                let (value, height) = self.compound(tag)?;
                if height > MAX_DEPTH {
                    // References could otherwise build objects whose destruction recurses without end.
                    return Err(Error::Value("recursion limit exceeded".into()));
                }
                if let Some(slot) = place.and_then(|place| self.references.get_mut(place)) {
                    *slot = Some((value.clone(), height));
                }
                (Some(value), height)
            }
            tag => {
                let value = self.simple(tag)?;
                if flagged {
                    self.references.push(Some((value.clone(), 0)));
                }
                (Some(value), 0)
            }
        };
        self.depth -= 1;
        Ok(object)
    }

    fn reference(&mut self) -> Result<Object, Error> {
        let index = usize::try_from(self.long()?).ok();
        match index.and_then(|index| self.references.get(index)) {
            Some(Some((value, height))) => Ok((Some(value.clone()), *height)),
            _ => Err(bad("invalid reference")),
        }
    }

    #[inline(never)]
    fn simple(&mut self, tag: u8) -> Result<Const, Error> {
        Ok(match tag {
            tag::INT => crate::backend::fold::int(i64::from(self.long()?)),
            tag::INT64 => crate::backend::fold::int(i64::from_le_bytes(self.array()?)),
            tag::LONG => Const::Int(self.big_int()?),
            tag::FLOAT => Const::Float(self.text_float()?),
            tag::BINARY_FLOAT => Const::Float(u64::from_le_bytes(self.array()?)),
            tag::COMPLEX => Const::Complex(self.text_float()?, self.text_float()?),
            tag::BINARY_COMPLEX => Const::Complex(u64::from_le_bytes(self.array()?), u64::from_le_bytes(self.array()?)),
            tag::STRING => {
                let len = self.size("bytes object")?;
                Const::Bytes(Rc::from(self.take(len)?))
            }
            tag::UNICODE | tag::INTERNED => {
                let len = self.size("string")?;
                let bytes = self.take(len)?;
                if !is_utf8_with_surrogates(bytes) {
                    return Err(bad("invalid UTF-8"));
                }
                Const::Str(Text(Rc::from(bytes)))
            }
            tag::ASCII | tag::ASCII_INTERNED => {
                let len = self.size("string")?;
                self.latin1(len)?
            }
            tag::SHORT_ASCII | tag::SHORT_ASCII_INTERNED => {
                let len = self.byte()?;
                self.latin1(usize::from(len))?
            }
            tag::STOP_ITERATION => return Err(Error::Unsupported("StopIteration")),
            tag::LIST => return Err(Error::Unsupported("list")),
            tag::DICT => return Err(Error::Unsupported("dict")),
            tag::SET => return Err(Error::Unsupported("set")),
            _ => return Err(bad("unknown type code")),
        })
    }

    /// The "ASCII" forms are read as Latin-1.
    fn latin1(&mut self, len: usize) -> Result<Const, Error> {
        let bytes = self.take(len)?;
        if bytes.is_ascii() {
            return Ok(Const::Str(Text(Rc::from(bytes))));
        }
        let text: String = bytes.iter().copied().map(char::from).collect();
        Ok(Const::Str(Text::from(text.as_str())))
    }

    fn big_int(&mut self) -> Result<BigInt, Error> {
        let count = self.long()?;
        let negative = count < 0;
        let count = count.unsigned_abs() as usize;
        if count > i32::MAX as usize {
            return Err(bad("long size out of range"));
        }
        let bytes = self.take(count * 2)?;
        let mut digits = Vec::with_capacity(count.div_ceil(2));
        for (index, pair) in bytes.chunks_exact(2).enumerate() {
            let half = u32::from(u16::from_le_bytes([pair[0], pair[1]]));
            if half > 0x7fff {
                return Err(bad("digit out of range in long"));
            }
            match digits.last_mut() {
                Some(low) if index % 2 == 1 => *low |= half << 15,
                _ => digits.push(half),
            }
            if index + 1 == count && half == 0 {
                return Err(bad("unnormalized long data"));
            }
        }
        Ok(BigInt { negative: negative && !digits.is_empty(), digits })
    }

    fn text_float(&mut self) -> Result<u64, Error> {
        let len = self.byte()?;
        let bytes = self.take(usize::from(len))?;
        let value = std::str::from_utf8(bytes).ok().and_then(|text| text.parse::<f64>().ok());
        let shown = || String::from_utf8_lossy(bytes).into_owned();
        value.map(f64::to_bits).ok_or_else(|| Error::Value(format!("could not convert string to float: '{}'", shown())))
    }

    #[inline(never)]
    fn compound(&mut self, tag: u8) -> Result<(Const, usize), Error> {
        let (len, missing) = match tag {
            tag::SMALL_TUPLE => (usize::from(self.byte()?), "NULL object in marshal data for tuple"),
            tag::TUPLE => (self.size("tuple")?, "NULL object in marshal data for tuple"),
            tag::FROZENSET => (self.size("set")?, "NULL object in marshal data for set"),
            tag::SLICE => (3, "NULL object in marshal data for object"),
            _ => return self.code(),
        };
        // Each item takes a byte at least.
        let mut items = Vec::with_capacity(len.min(self.data.len().saturating_sub(self.at)));
        let mut height = 0;
        for _ in 0..len {
            let (item, item_height) = self.object()?;
            items.push(item.ok_or(Error::Type(missing))?);
            height = height.max(item_height + 1);
        }
        let value = match tag {
            tag::FROZENSET => Const::FrozenSet(Rc::from(items)),
            tag::SLICE => match <[Const; 3]>::try_from(items) {
                Ok(parts) => Const::Slice(Rc::new(parts)),
                Err(_) => return Err(bad("slice")),
            },
            _ => Const::Tuple(Rc::from(items)),
        };
        Ok((value, height))
    }

    #[inline(never)]
    fn code(&mut self) -> Result<(Const, usize), Error> {
        const BAD: Error = Error::System("bad argument to internal function");
        let mut numbers = [0u32; 5];
        for number in &mut numbers {
            *number = u32::try_from(self.long()?).map_err(|_| BAD)?;
        }
        let [argcount, posonlyargcount, kwonlyargcount, stacksize, flags] = numbers;
        let mut height = 0;
        let mut part = |reader: &mut Self| -> Result<Const, Error> {
            let (value, part_height) = reader.object()?;
            height = height.max(part_height + 1);
            value.ok_or(Error::Type("NULL object in marshal data for code object"))
        };
        let code = bytes(part(self)?).ok_or(BAD)?;
        let consts = tuple(part(self)?).ok_or(BAD)?;
        let names = texts(part(self)?, BAD)?;
        let localsplusnames = texts(part(self)?, BAD)?;
        let localspluskinds = bytes(part(self)?).ok_or(BAD)?;
        let filename = text(part(self)?).ok_or(BAD)?;
        let name = text(part(self)?).ok_or(BAD)?;
        let qualname = text(part(self)?).ok_or(BAD)?;
        let firstlineno = self.long()?;
        let linetable = bytes(part(self)?).ok_or(BAD)?;
        let exceptiontable = bytes(part(self)?).ok_or(BAD)?;
        if argcount < posonlyargcount || localsplusnames.len() != localspluskinds.len() {
            return Err(BAD);
        }
        if code.len() % 2 != 0 {
            return Err(Error::Value("code: co_code is malformed".into()));
        }
        let code = Code {
            argcount,
            posonlyargcount,
            kwonlyargcount,
            stacksize,
            flags,
            code,
            consts,
            names,
            localsplusnames,
            localspluskinds,
            filename,
            name,
            qualname,
            firstlineno,
            linetable,
            exceptiontable,
        };
        Ok((Const::Code(Rc::new(code)), height))
    }
}

fn bytes(value: Const) -> Option<Vec<u8>> {
    match value {
        Const::Bytes(bytes) => Some(bytes.to_vec()),
        _ => None,
    }
}

fn text(value: Const) -> Option<Text> {
    match value {
        Const::Str(text) => Some(text),
        _ => None,
    }
}

fn tuple(value: Const) -> Option<Vec<Const>> {
    match value {
        Const::Tuple(items) => Some(items.to_vec()),
        _ => None,
    }
}

fn texts(value: Const, no_tuple: Error) -> Result<Vec<Text>, Error> {
    let items = tuple(value).ok_or(no_tuple)?;
    items.into_iter().map(|item| text(item).ok_or(Error::System("non-string found in code slot"))).collect()
}

/// UTF-8 in which surrogates are encoded like other code points.
fn is_utf8_with_surrogates(mut bytes: &[u8]) -> bool {
    loop {
        let Err(error) = std::str::from_utf8(bytes) else { return true };
        let rest = bytes.get(error.valid_up_to()..).unwrap_or_default();
        match rest {
            [0xed, 0xa0..=0xbf, 0x80..=0xbf, after @ ..] => bytes = after,
            _ => return false,
        }
    }
}
