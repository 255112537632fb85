//! `_blake2`.

use std::cell::RefCell;

use pyrox_macros::{pyclass, pymodule};
use pyrox_objects::{Bytes, Head, Int, Module, Obj, Object, Owned, PyResult, PyType, Str, Thread, Type};

use super::blake2_core::{self as core, Parameters};

/// The size limits of one of the two functions.
struct Limits {
    digest: usize,
    key: usize,
    salt: usize,
    person: usize,
    offset_bits: u32,
}

fn short(thread: &Thread, data: Option<&Object>, name: &str, most: usize) -> PyResult<Vec<u8>> {
    let Some(data) = data else { return Ok(Vec::new()) };
    let buffer = super::bytes_like(thread, data)?;
    if buffer.len() > most {
        return Err(thread.value_error(&format!("maximum {name} length is {most} bytes")));
    }
    Ok(buffer.as_slice().to_vec())
}

fn bounded(thread: &Thread, value: Option<i64>, default: u8, range: std::ops::RangeInclusive<i64>, name: &str) -> PyResult<u8> {
    let value = value.unwrap_or(default as i64);
    if !range.contains(&value) {
        return Err(thread.value_error(&format!("{name} must be between {} and {}", range.start(), range.end())));
    }
    Ok(value as u8)
}

#[allow(clippy::too_many_arguments)]
fn parameters(
    thread: &Thread,
    limits: &Limits,
    digest_size: Option<i64>,
    key: Option<&Object>,
    salt: Option<&Object>,
    person: Option<&Object>,
    fanout: Option<i64>,
    depth: Option<i64>,
    leaf_size: Option<u64>,
    node_offset: Option<u64>,
    node_depth: Option<i64>,
    inner_size: Option<i64>,
    last_node: Option<bool>,
) -> PyResult<Parameters> {
    let most = limits.digest as i64;
    let digest_size = digest_size.unwrap_or(most);
    if !(1..=most).contains(&digest_size) {
        return Err(thread.value_error(&format!(
            "digest_size for {} must be between 1 and {most} bytes, here it is {digest_size}",
            if most == 64 { "Blake2b" } else { "Blake2s" }
        )));
    }
    let salt = short(thread, salt, "salt", limits.salt)?;
    let person = short(thread, person, "person", limits.person)?;
    let fanout = bounded(thread, fanout, 1, 0..=255, "fanout")?;
    let depth = bounded(thread, depth, 1, 1..=255, "depth")?;
    let leaf_size = u32::try_from(leaf_size.unwrap_or(0)).map_err(|_| thread.overflow_error("leaf_size is too large"))?;
    let node_offset = node_offset.unwrap_or(0);
    if limits.offset_bits < 64 && node_offset >> limits.offset_bits != 0 {
        return Err(thread.overflow_error("node_offset is too large"));
    }
    let node_depth = bounded(thread, node_depth, 0, 0..=255, "node_depth")?;
    let inner_size = inner_size.unwrap_or(0);
    if !(0..=most).contains(&inner_size) {
        return Err(thread.value_error(&format!("inner_size must be between 0 and is {most}")));
    }
    let key = short(thread, key, "key", limits.key)?;
    Ok(Parameters {
        digest_size: digest_size as u8,
        key,
        salt,
        person,
        fanout,
        depth,
        leaf_size,
        node_offset,
        node_depth,
        inner_size: inner_size as u8,
        last_node: last_node.unwrap_or(false),
    })
}

macro_rules! blake_class {
    ($ty:ident, $name:literal, $salt:literal, $bits:literal, $doc:literal) => {
        /// A running hash.
        #[repr(C)]
        pub struct $ty {
            head: Head,
            state: RefCell<core::$ty>,
        }

        impl $ty {
            const LIMITS: Limits =
                Limits { digest: core::$ty::MAX, key: core::$ty::MAX, salt: $salt, person: $salt, offset_bits: $bits };

            fn finished(&self) -> Vec<u8> {
                let state = self.state.borrow().clone();
                state.finish()
            }
        }

        #[doc = $doc]
        #[pyclass(name = $name, module = "_blake2", dealloc = drop, flags = pyrox_objects::abi::Py_TPFLAGS_BASETYPE)]
        impl $ty {
            #[new(sig = "(data=b'', /, *, digest_size=64, key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True, string=None)")]
            fn create(
                cls: &Type,
                thread: &Thread,
                data: Option<&Object>,
                digest_size: Option<i64>,
                key: Option<&Object>,
                salt: Option<&Object>,
                person: Option<&Object>,
                fanout: Option<i64>,
                depth: Option<i64>,
                leaf_size: Option<u64>,
                node_offset: Option<u64>,
                node_depth: Option<i64>,
                inner_size: Option<i64>,
                last_node: Option<bool>,
                usedforsecurity: Option<bool>,
                string: Option<&Object>,
            ) -> PyResult<Obj> {
                let _ = usedforsecurity;
                let data = super::initial(thread, data, string)?;
                let parameters = parameters(
                    thread, &$ty::LIMITS, digest_size, key, salt, person, fanout, depth, leaf_size, node_offset, node_depth,
                    inner_size, last_node,
                )?;
                let mut state = core::$ty::new(&parameters);
                if let Some(buffer) = data {
                    state.update(buffer.as_slice());
                }
                Ok(cls.instantiate(thread, $ty { head: Head::unset(), state: RefCell::new(state) })?.upcast())
            }
            /// Return a copy of the hash object.
            #[method]
            fn copy(&self, thread: &Thread) -> PyResult<Obj> {
                let state = self.state.borrow().clone();
                Ok(self.ty().instantiate(thread, $ty { head: Head::unset(), state: RefCell::new(state) })?.upcast())
            }
            /// Return the digest value as a bytes object.
            #[method]
            fn digest(&self, thread: &Thread) -> PyResult<Owned<Bytes>> {
                super::binary(thread, &self.finished())
            }
            /// Return the digest value as a string of hexadecimal digits.
            #[method]
            fn hexdigest(&self, thread: &Thread) -> PyResult<Owned<Str>> {
                super::hexadecimal(thread, &self.finished())
            }
            /// Update this hash object's state with the provided bytes-like object.
            #[method(sig = "(data, /)")]
            fn update(&self, thread: &Thread, data: &Object) -> PyResult<()> {
                let buffer = super::bytes_like(thread, data)?;
                self.state.borrow_mut().update(buffer.as_slice());
                Ok(())
            }
            #[getter]
            fn block_size(&self) -> usize {
                core::$ty::BLOCK
            }
            #[getter]
            fn digest_size(&self) -> usize {
                self.state.borrow().size()
            }
            #[getter]
            fn name(&self) -> &'static str {
                $name
            }
        }
    };
}

blake_class!(Blake2b, "blake2b", 16, 64, "Return a new BLAKE2b hash object.");
blake_class!(Blake2s, "blake2s", 8, 48, "Return a new BLAKE2s hash object.");

pymodule!(name = "_blake2", doc = "_blake2b provides BLAKE2b for hashlib", functions = [], exec = exec);

fn add_sizes(thread: &Thread, class: &Type, prefix: &str, module: &Module, limits: &Limits) -> PyResult<()> {
    for (name, value) in
        [("SALT_SIZE", limits.salt), ("PERSON_SIZE", limits.person), ("MAX_KEY_SIZE", limits.key), ("MAX_DIGEST_SIZE", limits.digest)]
    {
        let value = Int::from(value as i64);
        class.dict().set_text(thread, name, &value)?;
        module.add(thread, &format!("{prefix}_{name}"), &value)?;
    }
    Ok(())
}

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    module.add_type::<Blake2b>(thread)?;
    module.add_type::<Blake2s>(thread)?;
    add_sizes(thread, Blake2b::ty(), "BLAKE2B", module, &Blake2b::LIMITS)?;
    add_sizes(thread, Blake2s::ty(), "BLAKE2S", module, &Blake2s::LIMITS)
}
