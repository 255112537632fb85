//! Writing.

use super::graph::{Graph, Node, NodeId};
use super::{Error, FLAG_REF, MAX_DEPTH, tag};
use crate::code::{Code, Const};
use crate::tables::HashMap;

/// The bytes of a code object in the given version of the format.
pub fn dumps(code: &Code, version: u8) -> Result<Vec<u8>, Error> {
    let mut graph = Graph::default();
    let root = graph.root(code);
    dump(graph, root, version)
}

/// The bytes of a constant in the given version of the format.
pub fn dumps_const(value: &Const, version: u8) -> Result<Vec<u8>, Error> {
    let mut graph = Graph::default();
    let root = match value {
        Const::Code(code) => graph.root(code),
        value => graph.constant(value),
    };
    dump(graph, root, version)
}

fn dump(mut graph: Graph<'_>, root: NodeId, version: u8) -> Result<Vec<u8>, Error> {
    graph.hold(root);
    let mut writer = Writer { graph: &graph, version, out: Vec::new(), references: HashMap::default(), depth: 0 };
    writer.object(root, false)?;
    Ok(writer.out)
}

struct Writer<'g, 'a> {
    graph: &'g Graph<'a>,
    version: u8,
    out: Vec<u8>,
    references: HashMap<NodeId, u32>,
    depth: usize,
}

impl Writer<'_, '_> {
    fn long(&mut self, value: i32) {
        self.out.extend(value.to_le_bytes());
    }

    fn size(&mut self, len: usize) -> Result<(), Error> {
        match i32::try_from(len) {
            Ok(len) => {
                self.long(len);
                Ok(())
            }
            Err(_) => Err(Error::Value("unmarshallable object".into())),
        }
    }

    /// Writes an object; `held` says that it counts as shared whatever its count.
    fn object(&mut self, id: NodeId, held: bool) -> Result<(), Error> {
        let single = match self.graph.node(id) {
            Node::None => Some(tag::NONE),
            Node::True => Some(tag::TRUE),
            Node::False => Some(tag::FALSE),
            Node::Ellipsis => Some(tag::ELLIPSIS),
            _ => None,
        };
        if let Some(tag) = single {
            self.out.push(tag);
            return Ok(());
        }
        let mut flag = 0;
        if self.version >= 3 && (held || self.graph.is_shared(id)) {
            if let Some(&index) = self.references.get(&id) {
                self.out.push(tag::REF);
                self.out.extend(index.to_le_bytes());
                return Ok(());
            }
            self.references.insert(id, self.references.len() as u32);
            flag = FLAG_REF;
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Error::Value("object too deeply nested to marshal".into()));
        }
        let graph = self.graph;
        match graph.node(id) {
            Node::None | Node::True | Node::False | Node::Ellipsis => {}
            Node::Int { negative, digits } => self.int(flag, *negative, digits)?,
            Node::Float(bits) => {
                self.out.push(flag | if self.version > 1 { tag::BINARY_FLOAT } else { tag::FLOAT });
                self.float(*bits);
            }
            Node::Complex(real, imag) => {
                self.out.push(flag | if self.version > 1 { tag::BINARY_COMPLEX } else { tag::COMPLEX });
                self.float(*real);
                self.float(*imag);
            }
            Node::Str { text, interned } => self.text(flag, text, *interned)?,
            Node::Bytes { bytes, .. } => {
                self.out.push(flag | tag::STRING);
                self.size(bytes.len())?;
                self.out.extend(*bytes);
            }
            Node::Tuple { items, .. } => {
                match u8::try_from(items.len()) {
                    Ok(len) if self.version >= 4 => self.out.extend([flag | tag::SMALL_TUPLE, len]),
                    _ => {
                        self.out.push(flag | tag::TUPLE);
                        self.size(items.len())?;
                    }
                }
                for &item in items {
                    self.object(item, false)?;
                }
            }
            Node::FrozenSet { items, .. } => self.frozenset(flag, items)?,
            Node::Slice(parts) => {
                if self.version < 5 {
                    return Err(Error::Value("unmarshallable object".into()));
                }
                self.out.push(flag | tag::SLICE);
                for &part in parts {
                    self.object(part, false)?;
                }
            }
            Node::Code(code) => {
                self.out.push(flag | tag::CODE);
                for number in code.numbers {
                    self.out.extend(number.to_le_bytes());
                }
                for &part in &code.before_line {
                    self.object(part, false)?;
                }
                self.long(code.firstlineno);
                for &part in &code.after_line {
                    self.object(part, false)?;
                }
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// The items in the order of their own bytes, so that the output does not depend on hashes.
    fn frozenset(&mut self, flag: u8, items: &[NodeId]) -> Result<(), Error> {
        self.out.push(flag | tag::FROZENSET);
        self.size(items.len())?;
        let mut keyed = Vec::with_capacity(items.len());
        for &item in items {
            let mut writer =
                Writer { graph: self.graph, version: self.version, out: Vec::new(), references: HashMap::default(), depth: self.depth };
            writer.object(item, true)?;
            keyed.push((writer.out, item));
        }
        keyed.sort();
        for (_, item) in keyed {
            // The list that sorts them holds a reference too.
            self.object(item, true)?;
        }
        Ok(())
    }

    fn int(&mut self, flag: u8, negative: bool, digits: &[u32]) -> Result<(), Error> {
        let small = match *digits {
            [] => Some(0),
            [digit] => Some(i64::from(digit)),
            [low, high] => Some(i64::from(low) | i64::from(high) << 30),
            _ => None,
        };
        let small = small.map(|value| if negative { -value } else { value });
        if let Some(value) = small.and_then(|value| i32::try_from(value).ok()) {
            self.out.push(flag | tag::INT);
            self.long(value);
            return Ok(());
        }
        // Digits of 15 bits, the highest not zero; the sign is that of their number.
        let mut halves: Vec<u16> = digits.iter().flat_map(|digit| [(digit & 0x7fff) as u16, (digit >> 15) as u16]).collect();
        while halves.last() == Some(&0) {
            halves.pop();
        }
        self.out.push(flag | tag::LONG);
        let count = i32::try_from(halves.len()).map_err(|_| Error::Value("unmarshallable object".into()))?;
        self.long(if negative { -count } else { count });
        for half in halves {
            self.out.extend(half.to_le_bytes());
        }
        Ok(())
    }

    fn float(&mut self, bits: u64) {
        if self.version > 1 {
            self.out.extend(bits.to_le_bytes());
        } else {
            let text = significant_digits(f64::from_bits(bits));
            self.out.push(text.len() as u8);
            self.out.extend(text.as_bytes());
        }
    }

    fn text(&mut self, flag: u8, text: &[u8], interned: bool) -> Result<(), Error> {
        if self.version >= 4 && text.is_ascii() {
            match u8::try_from(text.len()) {
                Ok(len) => {
                    let tag = if interned { tag::SHORT_ASCII_INTERNED } else { tag::SHORT_ASCII };
                    self.out.extend([flag | tag, len]);
                }
                Err(_) => {
                    self.out.push(flag | if interned { tag::ASCII_INTERNED } else { tag::ASCII });
                    self.size(text.len())?;
                }
            }
        } else {
            self.out.push(flag | if self.version >= 3 && interned { tag::INTERNED } else { tag::UNICODE });
            self.size(text.len())?;
        }
        self.out.extend(text);
        Ok(())
    }
}

/// C's `%.17g`.
fn significant_digits(value: f64) -> String {
    if value.is_nan() {
        return "nan".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.into();
    }
    let scientific = format!("{value:.16e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_end_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    if !(-4..17).contains(&exponent) {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let exponent_sign = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{first}{point}{rest}e{exponent_sign}{:02}", exponent.abs());
    }
    if exponent < 0 {
        return format!("{sign}0.{}{digits}", "0".repeat(-exponent as usize - 1));
    }
    let whole = exponent as usize + 1;
    if digits.len() <= whole {
        return format!("{sign}{digits}{}", "0".repeat(whole - digits.len()));
    }
    let (whole, fraction) = digits.split_at(whole);
    format!("{sign}{whole}.{fraction}")
}
