//! An immutable map from context variables to values: a hash array mapped trie.
//!
//! Changing one entry makes new nodes along one path and shares the rest, so that a copy of a context
//! costs nothing. The nodes are Python objects, for the collector counts references one by one. A
//! variable is known by its address, spread over 64 bits by a multiplication that loses nothing: two
//! variables always part ways at some level.

use pyrox_macros::pyclass;
use pyrox_objects::object::address;
use pyrox_objects::{Head, Obj, Object, PyResult, PyType, Thread};

/// Bits of the hash that one level looks at.
const BITS: u32 = 5;

/// An entry.
#[repr(C)]
pub struct Leaf {
    head: Head,
    variable: Obj,
    value: Obj,
}

#[pyclass(name = "hamt_entry", module = "_contextvars", traverse = [variable, value], dealloc = drop)]
impl Leaf {}

/// Up to 32 children, those that are there named by the bits of `present`.
#[repr(C)]
pub struct Branch {
    head: Head,
    present: u32,
    children: Vec<Obj>,
}

#[pyclass(name = "hamt_bitmap_node", module = "_contextvars", traverse = [children], dealloc = drop)]
impl Branch {}

fn hash_of(variable: &Object) -> u64 {
    (address(variable) as u64 >> 4).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn slot(hash: u64, depth: u32) -> u32 {
    1 << (hash.wrapping_shr(depth * BITS) & 31)
}

impl Branch {
    fn make(thread: &Thread, present: u32, children: Vec<Obj>) -> PyResult<Obj> {
        Ok(Branch::ty().instantiate(thread, Branch { head: Head::unset(), present, children })?.upcast())
    }

    fn place(&self, bit: u32) -> usize {
        (self.present & (bit - 1)).count_ones() as usize
    }
}

fn leaf(thread: &Thread, variable: &Object, value: &Object) -> PyResult<Obj> {
    Ok(Leaf::ty().instantiate(thread, Leaf { head: Head::unset(), variable: variable.own(), value: value.own() })?.upcast())
}

/// The value of a variable in the trie that starts at `root`.
pub fn get(root: Option<&Object>, variable: &Object) -> Option<Obj> {
    let hash = hash_of(variable);
    let (mut node, mut depth) = (root?, 0);
    loop {
        if let Some(found) = node.exact::<Leaf>() {
            return found.variable.is(variable).then(|| found.value.clone());
        }
        let branch = node.exact::<Branch>()?;
        let bit = slot(hash, depth);
        if branch.present & bit == 0 {
            return None;
        }
        node = branch.children.get(branch.place(bit))?;
        depth += 1;
    }
}

/// The trie with a variable set.
pub fn with(thread: &Thread, root: Option<&Object>, variable: &Object, value: &Object) -> PyResult<Obj> {
    match root {
        None => leaf(thread, variable, value),
        Some(root) => insert(thread, root, 0, variable, value),
    }
}

// Recursion here and below is as deep as the hash has digits: 13.
fn insert(thread: &Thread, node: &Object, depth: u32, variable: &Object, value: &Object) -> PyResult<Obj> {
    let bit = slot(hash_of(variable), depth);
    if let Some(branch) = node.exact::<Branch>() {
        let (place, mut children) = (branch.place(bit), branch.children.clone());
        if branch.present & bit == 0 {
            children.insert(place, leaf(thread, variable, value)?);
        } else if let Some(child) = children.get_mut(place) {
            *child = insert(thread, &child.clone(), depth + 1, variable, value)?;
        }
        return Branch::make(thread, branch.present | bit, children);
    }
    let Some(old) = node.exact::<Leaf>().filter(|old| !old.variable.is(variable)) else { return leaf(thread, variable, value) };
    // Two entries in one place: a level between them and it.
    let other = slot(hash_of(&old.variable), depth);
    if other == bit {
        let below = insert(thread, node, depth + 1, variable, value)?;
        return Branch::make(thread, bit, vec![below]);
    }
    let new = leaf(thread, variable, value)?;
    let children = if bit < other { vec![new, node.own()] } else { vec![node.own(), new] };
    Branch::make(thread, bit | other, children)
}

/// The trie without a variable; `None` if nothing is left.
pub fn without(thread: &Thread, root: &Object, variable: &Object) -> PyResult<Option<Obj>> {
    remove(thread, root, 0, variable)
}

fn remove(thread: &Thread, node: &Object, depth: u32, variable: &Object) -> PyResult<Option<Obj>> {
    let Some(branch) = node.exact::<Branch>() else {
        let same = node.exact::<Leaf>().is_some_and(|found| found.variable.is(variable));
        return Ok(if same { None } else { Some(node.own()) });
    };
    let bit = slot(hash_of(variable), depth);
    if branch.present & bit == 0 {
        return Ok(Some(node.own()));
    }
    let (place, mut children, mut present) = (branch.place(bit), branch.children.clone(), branch.present);
    let child = match children.get(place) {
        Some(child) => remove(thread, &child.clone(), depth + 1, variable)?,
        None => None,
    };
    match (child, children.get_mut(place)) {
        (Some(child), Some(old)) => *old = child,
        _ => {
            drop(children.remove(place));
            present &= !bit;
        }
    }
    match children.as_slice() {
        [] => Ok(None),
        // A lone entry needs no level of its own.
        [only] if only.is_exact::<Leaf>() => Ok(Some(only.clone())),
        _ => Branch::make(thread, present, children).map(Some),
    }
}

/// All entries.
pub fn entries(root: Option<Obj>) -> Vec<(Obj, Obj)> {
    let mut found = Vec::new();
    let mut pending: Vec<Obj> = root.into_iter().collect();
    while let Some(node) = pending.pop() {
        if let Some(leaf) = node.exact::<Leaf>() {
            found.push((leaf.variable.clone(), leaf.value.clone()));
        } else if let Some(branch) = node.exact::<Branch>() {
            pending.extend(branch.children.iter().rev().cloned());
        }
    }
    found
}

/// The nodes' types, to be made ready.
pub fn types() -> [&'static pyrox_objects::Type; 2] {
    [Leaf::ty(), Branch::ty()]
}
