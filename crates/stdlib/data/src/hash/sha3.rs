//! `_sha3`: SHA-3 and the SHAKE functions, whose digests are as long as is asked for.

use std::cell::RefCell;

use ::sha3::digest::{ExtendableOutput, Update, XofReader};
use ::sha3::{Sha3_224, Sha3_256, Sha3_384, Sha3_512, Shake128, Shake256, digest};
use pyrox_macros::{pyclass, pymodule};
use pyrox_objects::{Bytes, Head, Module, Obj, Object, Owned, PyResult, PyType, Str, Thread, Type};

/// One class: `$fixed` tells the digest's length, or none for an extendable output.
macro_rules! sha3_class {
    ($ty:ident, $state:ty, $name:literal, $rate:literal, $doc:literal) => {
        /// A running hash.
        #[repr(C)]
        pub struct $ty {
            head: Head,
            state: RefCell<$state>,
        }

        impl $ty {
            fn finished(&self) -> impl AsRef<[u8]> {
                let state = self.state.borrow().clone();
                digest::Digest::finalize(state)
            }
        }

        #[doc = $doc]
        #[pyclass(name = $name, module = "_sha3", dealloc = drop)]
        impl $ty {
            #[new(sig = "(data=b'', /, *, usedforsecurity=True, string=None)")]
            fn create(
                cls: &Type,
                thread: &Thread,
                data: Option<&Object>,
                usedforsecurity: Option<bool>,
                string: Option<&Object>,
            ) -> PyResult<Obj> {
                let _ = usedforsecurity;
                let mut state = <$state>::default();
                if let Some(buffer) = super::initial(thread, data, string)? {
                    Update::update(&mut state, buffer.as_slice());
                }
                Ok(cls.instantiate(thread, $ty { head: Head::unset(), state: RefCell::new(state) })?.upcast())
            }
            /// Return a copy of the hash object.
            #[method]
            fn copy(&self, thread: &Thread) -> PyResult<Obj> {
                let state = self.state.borrow().clone();
                Ok(<$ty>::ty().instantiate(thread, $ty { head: Head::unset(), state: RefCell::new(state) })?.upcast())
            }
            /// Return the digest value as a bytes object.
            #[method]
            fn digest(&self, thread: &Thread) -> PyResult<Owned<Bytes>> {
                super::binary(thread, self.finished().as_ref())
            }
            /// Return the digest value as a string of hexadecimal digits.
            #[method]
            fn hexdigest(&self, thread: &Thread) -> PyResult<Owned<Str>> {
                super::hexadecimal(thread, self.finished().as_ref())
            }
            /// Update this hash object's state with the provided bytes-like object.
            #[method(sig = "(data, /)")]
            fn update(&self, thread: &Thread, data: &Object) -> PyResult<()> {
                let buffer = super::bytes_like(thread, data)?;
                Update::update(&mut *self.state.borrow_mut(), buffer.as_slice());
                Ok(())
            }
            #[getter]
            fn block_size(&self) -> usize {
                $rate / 8
            }
            #[getter]
            fn digest_size(&self) -> usize {
                <$state as digest::Digest>::output_size()
            }
            #[getter]
            fn name(&self) -> &'static str {
                $name
            }
            #[getter]
            fn _capacity_bits(&self) -> usize {
                1600 - $rate
            }
            #[getter]
            fn _rate_bits(&self) -> usize {
                $rate
            }
            #[getter]
            fn _suffix(&self, thread: &Thread) -> PyResult<Owned<Bytes>> {
                super::binary(thread, b"\x06")
            }
        }
    };
}

sha3_class!(Sha3224, Sha3_224, "sha3_224", 1152, "Return a new SHA3 hash object with a hashbit length of 28 bytes.");
sha3_class!(Sha3256, Sha3_256, "sha3_256", 1088, "Return a new SHA3 hash object with a hashbit length of 32 bytes.");
sha3_class!(Sha3384, Sha3_384, "sha3_384", 832, "Return a new SHA3 hash object with a hashbit length of 48 bytes.");
sha3_class!(Sha3512, Sha3_512, "sha3_512", 576, "Return a new SHA3 hash object with a hashbit length of 64 bytes.");

const LONGEST: usize = 1 << 29;

macro_rules! shake_class {
    ($ty:ident, $state:ty, $name:literal, $rate:literal) => {
        /// A running hash.
        #[repr(C)]
        pub struct $ty {
            head: Head,
            state: RefCell<$state>,
        }

        impl $ty {
            fn read(&self, thread: &Thread, length: isize) -> PyResult<Vec<u8>> {
                let length = match usize::try_from(length) {
                    Ok(length) if length < LONGEST => length,
                    Ok(_) => return Err(thread.value_error("length is too large")),
                    Err(_) => return Err(thread.value_error("value must be positive")),
                };
                let state = self.state.borrow().clone();
                let mut out = vec![0; length];
                state.finalize_xof().read(&mut out);
                Ok(out)
            }
        }

        /// Return a new SHAKE hash object.
        #[pyclass(name = $name, module = "_sha3", dealloc = drop)]
        impl $ty {
            #[new(sig = "(data=b'', /, *, usedforsecurity=True, string=None)")]
            fn create(
                cls: &Type,
                thread: &Thread,
                data: Option<&Object>,
                usedforsecurity: Option<bool>,
                string: Option<&Object>,
            ) -> PyResult<Obj> {
                let _ = usedforsecurity;
                let mut state = <$state>::default();
                if let Some(buffer) = super::initial(thread, data, string)? {
                    Update::update(&mut state, buffer.as_slice());
                }
                Ok(cls.instantiate(thread, $ty { head: Head::unset(), state: RefCell::new(state) })?.upcast())
            }
            /// Return a copy of the hash object.
            #[method]
            fn copy(&self, thread: &Thread) -> PyResult<Obj> {
                let state = self.state.borrow().clone();
                Ok(<$ty>::ty().instantiate(thread, $ty { head: Head::unset(), state: RefCell::new(state) })?.upcast())
            }
            /// Return the digest value as a bytes object.
            #[method(sig = "(length)")]
            fn digest(&self, thread: &Thread, length: isize) -> PyResult<Owned<Bytes>> {
                super::binary(thread, &self.read(thread, length)?)
            }
            /// Return the digest value as a string of hexadecimal digits.
            #[method(sig = "(length)")]
            fn hexdigest(&self, thread: &Thread, length: isize) -> PyResult<Owned<Str>> {
                super::hexadecimal(thread, &self.read(thread, length)?)
            }
            /// Update this hash object's state with the provided bytes-like object.
            #[method(sig = "(data, /)")]
            fn update(&self, thread: &Thread, data: &Object) -> PyResult<()> {
                let buffer = super::bytes_like(thread, data)?;
                Update::update(&mut *self.state.borrow_mut(), buffer.as_slice());
                Ok(())
            }
            #[getter]
            fn block_size(&self) -> usize {
                $rate / 8
            }
            #[getter]
            fn digest_size(&self) -> usize {
                0
            }
            #[getter]
            fn name(&self) -> &'static str {
                $name
            }
            #[getter]
            fn _capacity_bits(&self) -> usize {
                1600 - $rate
            }
            #[getter]
            fn _rate_bits(&self) -> usize {
                $rate
            }
            #[getter]
            fn _suffix(&self, thread: &Thread) -> PyResult<Owned<Bytes>> {
                super::binary(thread, b"\x1f")
            }
        }
    };
}

shake_class!(Shake128Type, Shake128, "shake_128", 1344);
shake_class!(Shake256Type, Shake256, "shake_256", 1088);

pymodule!(name = "_sha3", doc = "", functions = [], exec = exec);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    module.add_type::<Sha3224>(thread)?;
    module.add_type::<Sha3256>(thread)?;
    module.add_type::<Sha3384>(thread)?;
    module.add_type::<Sha3512>(thread)?;
    module.add_type::<Shake128Type>(thread)?;
    module.add_type::<Shake256Type>(thread)
}
