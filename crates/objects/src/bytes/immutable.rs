//! The type `bytes`.

use pyrox_abi as abi;
use pyrox_abi::{Py_buffer, PyObject};
use pyrox_macros::pyclass;

use super::common;
use super::shared::byte_string;
use super::storage::{ByteString, Bytes};
use crate::object::{Obj, Object, Own, Owned, PyType};
use crate::{CompareOp, List, PyResult, Str, Thread, Tuple, Type};

byte_string! {
    /// bytes(iterable_of_ints) -> bytes
    /// bytes(string, encoding[, errors]) -> bytes
    /// bytes(bytes_or_buffer) -> immutable copy of bytes_or_buffer
    /// bytes(int) -> bytes object of that many null bytes
    /// bytes() -> empty bytes object
    ///
    /// An immutable array of bytes, made of an iterable of ints in range(256), of a text encoded by the
    /// given encoding, of an object with a buffer, or of an int.
    [name = "bytes", symbol = "PyBytes_Type", basicsize = 33, itemsize = 1,
        flags = abi::Py_TPFLAGS_BASETYPE | abi::Py_TPFLAGS_BYTES_SUBCLASS | abi::_Py_TPFLAGS_MATCH_SELF]
    Bytes {
        #[new(sig = "(source=b'', encoding='utf-8', errors='strict')", text = "")]
        fn create(
            cls: &Type, thread: &Thread, source: Option<&Object>, encoding: Option<&Str>, errors: Option<&Str>,
        ) -> PyResult<Obj> {
            let plain = plain(thread, source, encoding, errors)?;
            if std::ptr::eq(cls, Bytes::ty()) { Ok(plain.upcast()) } else { plain.subclass_instance(thread, cls) }
        }
        #[slot]
        unsafe extern "C-unwind" fn tp_dealloc(object: *mut PyObject) {
            // SAFETY: by contract.
            unsafe { crate::dealloc::free_instance(object, (*object).ob_type.get()) }
        }
        #[slot]
        fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
            Str::from_ascii(thread, &common::quoted(self.as_slice(), false))
        }
        #[slot]
        fn tp_str(&self, thread: &Thread) -> PyResult<Owned<Str>> {
            self.tp_repr(thread)
        }
        #[slot]
        fn tp_hash(&self) -> isize {
            self.hash_value()
        }
        #[slot]
        fn tp_iter(&self, thread: &Thread) -> PyResult<Obj> {
            Ok(crate::iterators::BytesIterator::new(thread, self)?.upcast())
        }
        #[slot]
        fn tp_richcompare(&self, other: &Object, op: CompareOp) -> Obj {
            match other.cast::<Bytes>() {
                Some(other) => crate::bool_obj(op.holds(self.as_slice().cmp(other.as_slice()))),
                None => crate::not_implemented(),
            }
        }
        #[slot]
        fn bf_getbuffer(&self, thread: &Thread, view: &mut Py_buffer, flags: i32) -> PyResult<()> {
            // SAFETY: the bytes live as long as the object, which the view keeps alive.
            unsafe { crate::buffer::fill_info(thread, view, self, self.data(), self.len(), true, flags) }
        }
        /// Convert this value to exact type bytes.
        #[method]
        fn __bytes__(&self, thread: &Thread) -> PyResult<Obj> {
            self.same(thread)
        }
        #[method]
        fn __getnewargs__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
            let plain = if self.is_exact::<Bytes>() { self.own_typed() } else { Bytes::from_slice(thread, self.as_slice())? };
            Tuple::from_vec(thread, vec![plain.upcast()])
        }
        /// Return the size in memory, in bytes.
        #[method]
        fn __sizeof__(&self) -> usize {
            self.ty().raw().tp_basicsize.get() as usize + self.len()
        }
    }
}

fn plain(thread: &Thread, source: Option<&Object>, encoding: Option<&Str>, errors: Option<&Str>) -> PyResult<Owned<Bytes>> {
    if let (Some(source), None, None) = (source, encoding, errors) {
        if let Some(bytes) = source.exact::<Bytes>() {
            return Ok(bytes.own_typed());
        }
        if let Some(result) = source.call_special(thread, crate::intern!("__bytes__"), &[])? {
            return result
                .downcast::<Bytes>()
                .map_err(|other| thread.type_error(&format!("__bytes__ returned non-bytes (type {})", other.ty().full_name())));
        }
    }
    Bytes::from_slice(thread, &common::construct(thread, source, encoding, errors, "bytes")?)
}
