//! `_md5`, `_sha1`, `_sha2`, `_sha3` and `_blake2`: hash functions.

pub mod blake2;
mod blake2_core;
pub mod md5;
pub mod sha1;
pub mod sha2;
pub mod sha3;

use pyrox_objects::{Buffer, Bytes, Object, Owned, PyResult, Str, Thread};

/// The data of a constructor, given as `data` or as `string`.
pub(crate) fn initial(thread: &Thread, data: Option<&Object>, string: Option<&Object>) -> PyResult<Option<Buffer>> {
    match (data, string) {
        (Some(_), Some(_)) => Err(thread.type_error("'data' and 'string' are mutually exclusive and support for 'string' keyword parameter is slated for removal in a future version.")),
        (Some(data), None) => Ok(Some(bytes_like(thread, data)?)),
        (None, Some(data)) if !data.is_none() => Ok(Some(bytes_like(thread, data)?)),
        (None, _) => Ok(None),
    }
}

/// The memory of what is hashed.
pub(crate) fn bytes_like(thread: &Thread, data: &Object) -> PyResult<Buffer> {
    if data.is_instance::<Str>() {
        return Err(thread.type_error("Strings must be encoded before hashing"));
    }
    if !pyrox_objects::buffer::is_buffer(data) {
        return Err(thread.type_error("object supporting the buffer API required"));
    }
    let buffer = Buffer::simple(thread, data)?;
    if buffer.view().ndim > 1 {
        return Err(thread.buffer_error("Buffer must be single dimension"));
    }
    Ok(buffer)
}

/// A digest as hexadecimal text.
pub(crate) fn hexadecimal(thread: &Thread, digest: &[u8]) -> PyResult<Owned<Str>> {
    let mut text = Vec::with_capacity(digest.len() * 2);
    for byte in digest {
        text.push(b"0123456789abcdef"[(byte >> 4) as usize]);
        text.push(b"0123456789abcdef"[(byte & 15) as usize]);
    }
    Str::from_ascii(thread, &text)
}

/// A digest as bytes.
pub(crate) fn binary(thread: &Thread, digest: &[u8]) -> PyResult<Owned<Bytes>> {
    Bytes::from_slice(thread, digest)
}

/// A hash object over a `Digest`: `$new` is the attribute of its constructor, if it has one.
macro_rules! hash_class {
    ($ty:ident, $state:ty, $class:literal, $module:literal, $name:literal, $block:expr) => {
        /// A running hash.
        #[repr(C)]
        pub struct $ty {
            head: pyrox_objects::Head,
            state: std::cell::RefCell<$state>,
        }

        impl $ty {
            fn make(
                thread: &pyrox_objects::Thread,
                data: Option<&pyrox_objects::Object>,
                string: Option<&pyrox_objects::Object>,
            ) -> pyrox_objects::PyResult<pyrox_objects::Obj> {
                use pyrox_objects::PyType;
                let mut state = <$state>::default();
                if let Some(buffer) = $crate::hash::initial(thread, data, string)? {
                    digest::Digest::update(&mut state, buffer.as_slice());
                }
                let made = $ty { head: pyrox_objects::Head::unset(), state: std::cell::RefCell::new(state) };
                Ok(<$ty>::ty().instantiate(thread, made)?.upcast())
            }
            fn finished(&self) -> impl AsRef<[u8]> {
                let state = self.state.borrow().clone();
                digest::Digest::finalize(state)
            }
        }

        #[pyrox_macros::pyclass(name = $class, module = $module, dealloc = drop)]
        impl $ty {
            /// Return a copy of the hash object.
            #[method]
            fn copy(&self, thread: &pyrox_objects::Thread) -> pyrox_objects::PyResult<pyrox_objects::Obj> {
                use pyrox_objects::PyType;
                let state = self.state.borrow().clone();
                let made = $ty { head: pyrox_objects::Head::unset(), state: std::cell::RefCell::new(state) };
                Ok(<$ty>::ty().instantiate(thread, made)?.upcast())
            }
            /// Return the digest value as a bytes object.
            #[method]
            fn digest(&self, thread: &pyrox_objects::Thread) -> pyrox_objects::PyResult<pyrox_objects::Owned<pyrox_objects::Bytes>> {
                $crate::hash::binary(thread, self.finished().as_ref())
            }
            /// Return the digest value as a string of hexadecimal digits.
            #[method]
            fn hexdigest(&self, thread: &pyrox_objects::Thread) -> pyrox_objects::PyResult<pyrox_objects::Owned<pyrox_objects::Str>> {
                $crate::hash::hexadecimal(thread, self.finished().as_ref())
            }
            /// Update this hash object's state with the provided string.
            #[method(sig = "(obj, /)")]
            fn update(&self, thread: &pyrox_objects::Thread, obj: &pyrox_objects::Object) -> pyrox_objects::PyResult<()> {
                let buffer = $crate::hash::bytes_like(thread, obj)?;
                digest::Digest::update(&mut *self.state.borrow_mut(), buffer.as_slice());
                Ok(())
            }
            #[getter]
            fn block_size(&self) -> usize {
                $block
            }
            #[getter]
            fn digest_size(&self) -> usize {
                <$state as digest::Digest>::output_size()
            }
            #[getter]
            fn name(&self) -> &'static str {
                $name
            }
        }
    };
}
pub(crate) use hash_class;

/// A module's function that makes a hash object.
macro_rules! hash_function {
    ($function:ident, $ty:ident, $doc:literal) => {
        #[doc = $doc]
        #[pyrox_macros::pyfunction(
            sig = "(data=b'', *, usedforsecurity=True, string=None)",
            text = "($module, data=b'', *, usedforsecurity=True, string=None)"
        )]
        fn $function(
            thread: &pyrox_objects::Thread,
            data: Option<&pyrox_objects::Object>,
            usedforsecurity: Option<bool>,
            string: Option<&pyrox_objects::Object>,
        ) -> pyrox_objects::PyResult<pyrox_objects::Obj> {
            let _ = usedforsecurity;
            $ty::make(thread, data, string)
        }
    };
}
pub(crate) use hash_function;
