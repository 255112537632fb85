//! The method resolution order: C3 linearization (Barrett et al., OOPSLA 1996).

use pyrox_abi as abi;

use crate::object::{Obj, Owned};
use crate::{PyResult, Thread, Tuple, Type};

/// The C3 linearization of `ty` over its bases.
pub fn linearize(thread: &Thread, ty: &Type) -> PyResult<Owned<Tuple>> {
    let bases = ty.bases().map(|b| b.to_vec()).unwrap_or_default();
    let mut sequences: Vec<Vec<Obj>> = Vec::with_capacity(bases.len() + 1);
    for (at, base) in bases.iter().enumerate() {
        if bases[..at].iter().any(|other| other.is(base)) {
            let name = base.cast::<Type>().map_or("?", |t| t.name()).to_string();
            return Err(thread.type_error(&format!("duplicate base class {name}")));
        }
        let Some(mro) = base.cast::<Type>().and_then(Type::mro) else {
            let name = base.cast::<Type>().map_or("?", |t| t.name()).to_string();
            return Err(thread.type_error(&format!("Cannot extend an incomplete type '{name}'")));
        };
        sequences.push(mro.to_vec());
    }
    sequences.push(bases);
    let mut result: Vec<Obj> = vec![(**ty).own()];
    let mut positions = vec![0usize; sequences.len()];
    loop {
        let mut finished = true;
        let mut chosen = None;
        for (at, sequence) in sequences.iter().enumerate() {
            let Some(candidate) = sequence.get(positions[at]) else { continue };
            finished = false;
            let in_a_tail =
                sequences.iter().zip(&positions).any(|(other, &from)| other.iter().skip(from + 1).any(|item| item.is(candidate)));
            if !in_a_tail {
                chosen = Some(candidate.clone());
                break;
            }
        }
        if finished {
            return Tuple::from_vec(thread, result);
        }
        let Some(chosen) = chosen else { return Err(inconsistent(thread, &sequences, &positions)) };
        for (sequence, position) in sequences.iter().zip(&mut positions) {
            if sequence.get(*position).is_some_and(|item| item.is(&chosen)) {
                *position += 1;
            }
        }
        result.push(chosen);
    }
}

fn inconsistent(thread: &Thread, sequences: &[Vec<Obj>], positions: &[usize]) -> crate::Raised {
    let mut names: Vec<(Obj, String)> = Vec::new();
    for (sequence, &position) in sequences.iter().zip(positions) {
        if let Some(item) = sequence.get(position) {
            if !names.iter().any(|(seen, _)| seen.is(item)) {
                let name = item.cast::<Type>().map_or("?", |t| t.name()).to_string();
                names.push((item.clone(), name));
            }
        }
    }
    let names: Vec<String> = names.into_iter().map(|(_, name)| name).collect();
    thread.type_error(&format!("Cannot create a consistent method resolution order (MRO) for bases {}", names.join(", ")))
}

/// Compute and set `tp_mro`, asking a metaclass's own `mro()`.
pub fn install(thread: &Thread, ty: &Type) -> PyResult<()> {
    let custom = !std::ptr::eq(ty.ty(), Type::type_type())
        && ty.ty().lookup(crate::intern!("mro")).map(|m| m.as_ptr()) != Type::type_type().lookup(crate::intern!("mro")).map(|m| m.as_ptr());
    let mro = if custom {
        let result = ty.call_method(thread, crate::intern!("mro"), &[])?;
        let mut items = Vec::new();
        for item in result.to_items(thread)? {
            let Some(class) = item.cast::<Type>() else {
                return Err(thread.type_error(&format!("mro() returned a non-class ('{}')", item.ty().full_name())));
            };
            if !solid_base(ty).is_subtype(solid_base(class)) {
                return Err(thread.type_error(&format!("mro() returned base with unsuitable layout ('{}')", class.full_name())));
            }
            items.push(item);
        }
        if items.is_empty() {
            return Err(thread.type_error("type MRO must not be empty"));
        }
        Tuple::from_vec(thread, items)?
    } else {
        linearize(thread, ty)?
    };
    let old = ty.raw().tp_mro.replace(mro.into_raw());
    // SAFETY: the type owned it.
    unsafe { crate::object::xdecref(old) };
    ty.modified();
    Ok(())
}

/// The base whose layout `ty` adds to: the nearest with more fields than a dict or weak references.
pub fn solid_base(ty: &Type) -> &Type {
    let mut ty = ty;
    loop {
        let Some(base) = ty.base() else { return ty };
        if adds_fields(ty, base) {
            return ty;
        }
        ty = base;
    }
}

fn adds_fields(ty: &Type, base: &Type) -> bool {
    let (raw, base_raw) = (ty.raw(), base.raw());
    let mut size = raw.tp_basicsize.get();
    if raw.tp_itemsize.get() != base_raw.tp_itemsize.get() {
        return true;
    }
    let word = size_of::<usize>() as isize;
    if ty.flags() & abi::Py_TPFLAGS_HEAPTYPE != 0 {
        if raw.tp_weaklistoffset.get() > 0 && base_raw.tp_weaklistoffset.get() == 0 && raw.tp_weaklistoffset.get() + word == size {
            size -= word;
        }
        if raw.tp_dictoffset.get() > 0 && base_raw.tp_dictoffset.get() == 0 && raw.tp_dictoffset.get() + word == size {
            size -= word;
        }
    }
    size != base_raw.tp_basicsize.get()
}

/// The base whose layout the new class extends; the bases' layouts must lie on one line.
pub fn best_base<'a>(thread: &Thread, bases: &'a [Obj]) -> PyResult<&'a Type> {
    let mut best: Option<(&'a Type, &'a Type)> = None;
    for base in bases {
        let Some(base) = (**base).cast::<Type>() else {
            return Err(thread.type_error("bases must be types"));
        };
        if base.flags() & abi::Py_TPFLAGS_BASETYPE == 0 {
            return Err(thread.type_error(&format!("type '{}' is not an acceptable base type", base.full_name())));
        }
        let solid = solid_base(base);
        match best {
            None => best = Some((base, solid)),
            Some((_, so_far)) if so_far.is_subtype(solid) => {}
            Some((_, so_far)) if solid.is_subtype(so_far) => best = Some((base, solid)),
            Some(_) => return Err(thread.type_error("multiple bases have instance lay-out conflict")),
        }
    }
    best.map(|(base, _)| base).ok_or_else(|| thread.type_error("bases must not be empty"))
}
