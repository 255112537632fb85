//! The objects that a compilation makes of a code object, and how often each is referred to.
//!
//! The compiler merges equal constants, tables of names, tables of constants, line and exception tables, and all
//! names are interned. So identity follows from equality, with few exceptions: each code object has its own
//! bytecode and its own kinds of variables, and sets stay apart. (CPython merges equal sets now and then, by luck of
//! hashing.)

use crate::code::{Code, Const, Text, flags};
use crate::tables::{HashMap, HashSet};

/// An object; equal ones are one, `unique` numbers apart.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Node<'a> {
    None,
    True,
    False,
    Ellipsis,
    Int { negative: bool, digits: &'a [u32] },
    Float(u64),
    Complex(u64, u64),
    Str { text: &'a [u8], interned: bool },
    Bytes { bytes: &'a [u8], unique: u32 },
    Tuple { items: Vec<NodeId>, unique: u32 },
    FrozenSet { items: Vec<NodeId>, unique: u32 },
    Slice([NodeId; 3]),
    Code(Box<CodeNode>),
}

/// A code object: its numbers, and its objects in the order in which they are written.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct CodeNode {
    pub numbers: [u32; 5],
    pub before_line: [NodeId; 8],
    pub firstlineno: i32,
    pub after_line: [NodeId; 2],
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct NodeId(u32);

/// The objects, with their reference counts.
#[derive(Default)]
pub(super) struct Graph<'a> {
    nodes: Vec<(Node<'a>, u32)>,
    known: HashMap<Node<'a>, NodeId>,
    /// Collections by address and length: shared ones are visited once, however often they are nested.
    visited: HashMap<(usize, usize), NodeId>,
    uniques: u32,
    /// Qualified names of classes: the constant in the class body is the name itself, and so interned.
    class_names: HashSet<&'a [u8]>,
}

/// Counts as more references than any object needs.
const IMMORTAL: u32 = u32::MAX / 2;

impl<'a> Graph<'a> {
    pub fn node(&self, id: NodeId) -> &Node<'a> {
        // Ids are made by `add` only.
        &self.nodes[id.0 as usize].0
    }

    /// More than one reference to it exists, or it is interned.
    pub fn is_shared(&self, id: NodeId) -> bool {
        let (node, count) = &self.nodes[id.0 as usize];
        *count > 1 || matches!(node, Node::Str { interned: true, .. })
    }

    /// Adds a reference from outside of the graph.
    pub fn hold(&mut self, id: NodeId) {
        self.refer(id, 2);
    }

    fn refer(&mut self, id: NodeId, times: u32) {
        let count = &mut self.nodes[id.0 as usize].1;
        *count = count.saturating_add(times);
    }

    fn add(&mut self, node: Node<'a>) -> NodeId {
        if let Some(&id) = self.known.get(&node) {
            return id;
        }
        let id = NodeId(self.nodes.len() as u32);
        let children: Vec<NodeId> = match &node {
            Node::Tuple { items, .. } | Node::FrozenSet { items, .. } => items.clone(),
            Node::Slice(parts) => parts.to_vec(),
            Node::Code(code) => [&code.before_line[..], &code.after_line[..]].concat(),
            _ => Vec::new(),
        };
        let immortal = match &node {
            // CPython keeps the ints from -5 to 256 and empty and one-byte objects forever.
            Node::Int { negative, digits } => match digits {
                [] => true,
                [digit] => *digit <= if *negative { 5 } else { 256 },
                _ => false,
            },
            Node::Bytes { bytes, unique } => bytes.len() < 2 && *unique == 0,
            Node::Str { text, .. } => text.is_empty(),
            Node::Tuple { items, .. } => items.is_empty(),
            _ => false,
        };
        self.nodes.push((node.clone(), if immortal { IMMORTAL } else { 0 }));
        self.known.insert(node, id);
        for child in children {
            self.refer(child, 1);
        }
        id
    }

    fn bytes(&mut self, bytes: &'a [u8]) -> NodeId {
        self.add(Node::Bytes { bytes, unique: 0 })
    }

    fn unique_bytes(&mut self, bytes: &'a [u8]) -> NodeId {
        if bytes.is_empty() {
            return self.bytes(bytes);
        }
        let unique = self.unique();
        self.add(Node::Bytes { bytes, unique })
    }

    fn name(&mut self, text: &'a Text) -> NodeId {
        self.add(Node::Str { text: &text.0, interned: true })
    }

    fn names(&mut self, names: &'a [Text], unique: u32) -> NodeId {
        let items = names.iter().map(|name| self.name(name)).collect();
        self.add(Node::Tuple { items, unique })
    }

    /// In annotation scopes the parameter `.format` gets its public name after merging, in a tuple of its own.
    fn localsplusnames(&mut self, code: &'a Code) -> NodeId {
        let formats = |name: &Text| &*name.0 == b"format";
        let is_annotation_scope = (code.argcount, code.posonlyargcount) == (1, 1) && code.localsplusnames.first().is_some_and(formats);
        let unique = if is_annotation_scope { self.unique() } else { 0 };
        self.names(&code.localsplusnames, unique)
    }

    fn unique(&mut self) -> u32 {
        self.uniques += 1;
        self.uniques
    }

    fn items(&mut self, items: &'a [Const]) -> Vec<NodeId> {
        items.iter().map(|item| self.constant(item)).collect()
    }

    pub fn constant(&mut self, value: &'a Const) -> NodeId {
        let node = match value {
            Const::None => Node::None,
            Const::True => Node::True,
            Const::False => Node::False,
            Const::Ellipsis => Node::Ellipsis,
            Const::Int(int) => Node::Int { negative: int.negative, digits: &int.digits },
            Const::Float(bits) => Node::Float(*bits),
            Const::Complex(real, imag) => Node::Complex(*real, *imag),
            Const::Str(text) => {
                let interned = is_interned(&text.0) || self.class_names.contains(&*text.0);
                Node::Str { text: &text.0, interned }
            }
            Const::Bytes(bytes) => Node::Bytes { bytes, unique: 0 },
            Const::Tuple(items) | Const::FrozenSet(items) => {
                let place = (items.as_ptr() as usize, items.len());
                if let Some(&id) = self.visited.get(&place).filter(|_| !items.is_empty()) {
                    return id;
                }
                let inner = self.items(items);
                let node = if matches!(value, Const::Tuple(_)) {
                    Node::Tuple { items: inner, unique: 0 }
                } else {
                    Node::FrozenSet { items: inner, unique: self.unique() }
                };
                let id = self.add(node);
                self.visited.insert(place, id);
                return id;
            }
            Const::Slice(parts) => {
                let [start, stop, step] = &**parts;
                Node::Slice([self.constant(start), self.constant(stop), self.constant(step)])
            }
            Const::Code(code) => return self.code(code),
        };
        self.add(node)
    }

    /// Notes the names of the classes in a code object, before it is added.
    fn find_classes(&mut self, code: &'a Code) {
        for value in &code.consts {
            match value {
                Const::Code(inner) => self.find_classes(inner),
                Const::Str(text) if *text == code.qualname && code.flags & flags::OPTIMIZED == 0 => {
                    self.class_names.insert(&text.0);
                }
                _ => {}
            }
        }
    }

    /// Adds a code object and all in it.
    pub fn root(&mut self, code: &'a Code) -> NodeId {
        self.find_classes(code);
        self.code(code)
    }

    fn code(&mut self, code: &'a Code) -> NodeId {
        let bytecode = self.unique_bytes(&code.code);
        // Asking a code object for its bytecode makes it keep the answer.
        self.refer(bytecode, 1);
        let consts = self.items(&code.consts);
        let before_line = [
            bytecode,
            self.add(Node::Tuple { items: consts, unique: 0 }),
            self.names(&code.names, 0),
            self.localsplusnames(code),
            self.unique_bytes(&code.localspluskinds),
            self.name(&code.filename),
            self.name(&code.name),
            self.name(&code.qualname),
        ];
        let after_line = [self.bytes(&code.linetable), self.bytes(&code.exceptiontable)];
        let numbers = [code.argcount, code.posonlyargcount, code.kwonlyargcount, code.stacksize, code.flags];
        self.add(Node::Code(Box::new(CodeNode { numbers, before_line, firstlineno: code.firstlineno, after_line })))
    }
}

/// Constants that look like names are interned, and so are those of one Latin-1 character.
fn is_interned(text: &[u8]) -> bool {
    let is_name = text.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let is_latin1_character = match text {
        [byte] => byte.is_ascii(),
        [first, _] => matches!(first, 0xc2 | 0xc3),
        _ => false,
    };
    is_name || is_latin1_character
}
