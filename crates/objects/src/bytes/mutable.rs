//! The type `bytearray`.

use pyrox_abi as abi;
use pyrox_abi::{Py_buffer, PyObject};
use pyrox_macros::pyclass;

use super::common;
use super::shared::byte_string;
use super::storage::{ByteArray, ByteString};
use crate::buffer::Buffer;
use crate::object::{Obj, Object, Owned, PyType};
use crate::{CompareOp, List, PyResult, Slice, Str, Thread, Tuple, Type};

impl ByteArray {
    /// The bytes that a value assigned to a slice stands for.
    fn assigned(thread: &Thread, value: &Object) -> PyResult<Vec<u8>> {
        if crate::buffer::is_buffer(value) {
            return Ok(Buffer::simple(thread, value)?.as_slice().to_vec());
        }
        let iterates = value.ty().raw().tp_iter.get().is_some() || value.is_sequence();
        if value.has_index() || value.is_instance::<Str>() || !iterates {
            return Err(thread.type_error("can assign only bytes, buffers, or iterables of ints in range(0, 256)"));
        }
        common::collect(thread, value, "bytearray", "byte must be in range(0, 256)")
    }

    fn position(&self, thread: &Thread, index: isize, message: &str) -> PyResult<usize> {
        let at = if index < 0 { index.saturating_add(self.len() as isize) } else { index };
        usize::try_from(at).ok().filter(|&at| at < self.len()).ok_or_else(|| thread.index_error(message))
    }

    fn assign_slice(&self, thread: &Thread, slice: &Slice, value: Option<&Object>) -> PyResult<()> {
        let new = match value {
            Some(value) => ByteArray::assigned(thread, value)?,
            None => Vec::new(),
        };
        let range = slice.unpack(thread)?.adjust(self.len());
        if range.step == 1 {
            let start = range.start.max(0) as usize;
            return self.splice(thread, start, start + range.length, &new);
        }
        if value.is_some() && !new.is_empty() {
            if new.len() != range.length {
                return Err(thread.value_error(&format!(
                    "attempt to assign bytes of size {} to extended slice of size {}",
                    new.len(),
                    range.length
                )));
            }
            range.indices().zip(new).for_each(|(at, byte)| self.put(at, byte));
            return Ok(());
        }
        // An empty value deletes, as `del` does.
        if range.length == 0 {
            return Ok(());
        }
        self.check_resizable(thread)?;
        let mut gone: Vec<usize> = range.indices().collect();
        gone.sort_unstable();
        let mut next = gone.iter().copied().peekable();
        let kept: Vec<u8> =
            self.as_slice().iter().enumerate().filter(|(at, _)| next.next_if_eq(at).is_none()).map(|(_, &byte)| byte).collect();
        self.splice(thread, 0, self.len(), &kept)
    }

    fn reduce(&self, thread: &Thread, protocol: isize) -> PyResult<Owned<Tuple>> {
        let state = crate::reduce::get_state(thread, self)?;
        let arguments = if protocol < 3 {
            let text = Str::from_latin1(thread, self.as_slice())?;
            if self.len() == 0 {
                Tuple::empty()
            } else {
                Tuple::from_vec(thread, vec![text.upcast(), Str::from_str(thread, "latin-1")?.upcast()])?
            }
        } else if self.len() == 0 {
            Tuple::empty()
        } else {
            Tuple::from_vec(thread, vec![crate::Bytes::from_slice(thread, self.as_slice())?.upcast()])?
        };
        Tuple::from_vec(thread, vec![(**self.ty()).own(), arguments.upcast(), state])
    }
}

byte_string! {
    /// bytearray(iterable_of_ints) -> bytearray
    /// bytearray(string, encoding[, errors]) -> bytearray
    /// bytearray(bytes_or_buffer) -> mutable copy of bytes_or_buffer
    /// bytearray(int) -> bytearray of that many null bytes
    /// bytearray() -> empty bytearray
    ///
    /// A mutable array of bytes, made of an iterable of ints in range(256), of a text encoded by the
    /// given encoding, of an object with a buffer, or of an int.
    [name = "bytearray", symbol = "PyByteArray_Type", new = generic,
        flags = abi::Py_TPFLAGS_BASETYPE | abi::_Py_TPFLAGS_MATCH_SELF]
    ByteArray {
        #[init(sig = "(source=b'', encoding='utf-8', errors='strict')", text = "")]
        fn initialize(
            &self, thread: &Thread, source: Option<&Object>, encoding: Option<&Str>, errors: Option<&Str>,
        ) -> PyResult<()> {
            if self.len() > 0 {
                self.resize(thread, 0)?;
            }
            let bytes = common::construct(thread, source, encoding, errors, "bytearray")?;
            self.splice(thread, 0, self.len(), &bytes)
        }
        #[slot]
        unsafe extern "C-unwind" fn tp_dealloc(object: *mut PyObject) {
            // SAFETY: by contract.
            unsafe {
                (*(object as *const ByteArray)).free_memory();
                crate::dealloc::free_instance(object, (*object).ob_type.get())
            }
        }
        #[slot]
        fn tp_repr(&self, thread: &Thread) -> PyResult<String> {
            let _ = thread;
            let quoted = common::quoted(self.as_slice(), true);
            Ok(format!("{}({})", (**self).ty().full_name(), String::from_utf8_lossy(&quoted)))
        }
        #[slot]
        fn tp_str(&self, thread: &Thread) -> PyResult<String> {
            self.tp_repr(thread)
        }
        #[slot]
        fn tp_iter(&self, thread: &Thread) -> PyResult<Obj> {
            Ok(crate::iterators::ByteArrayIterator::new(thread, self)?.upcast())
        }
        #[slot]
        fn tp_richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
            if !crate::buffer::is_buffer(other) {
                return Ok(crate::not_implemented());
            }
            match Buffer::simple(thread, other) {
                Ok(other) => Ok(crate::bool_obj(op.holds(self.as_slice().cmp(other.as_slice())))),
                Err(_) => {
                    thread.set_raised(None);
                    Ok(crate::not_implemented())
                }
            }
        }
        #[slot]
        fn sq_ass_item(&self, thread: &Thread, index: isize, value: Option<&Object>) -> PyResult<()> {
            let byte = value.map(|value| common::byte(thread, value)).transpose()?;
            let at = usize::try_from(index).ok().filter(|&at| at < self.len());
            let at = at.ok_or_else(|| thread.index_error("bytearray index out of range"))?;
            match byte {
                Some(byte) => self.put(at, byte),
                None => self.splice(thread, at, at + 1, b"")?,
            }
            Ok(())
        }
        #[slot]
        fn mp_ass_subscript(&self, thread: &Thread, key: &Object, value: Option<&Object>) -> PyResult<()> {
            if key.has_index() {
                let index = key.as_subscript(thread)?;
                self.position(thread, index, "bytearray index out of range")?;
                let byte = value.map(|value| common::byte(thread, value)).transpose()?;
                // Making an int of the value may have changed the array.
                let at = self.position(thread, index, "bytearray index out of range")?;
                match byte {
                    Some(byte) => self.put(at, byte),
                    None => self.splice(thread, at, at + 1, b"")?,
                }
                return Ok(());
            }
            match key.exact::<Slice>() {
                Some(slice) => self.assign_slice(thread, slice, value),
                None => Err(thread.type_error(&format!(
                    "bytearray indices must be integers or slices, not {}",
                    key.ty().full_name()
                ))),
            }
        }
        #[slot]
        fn sq_inplace_concat(&self, thread: &Thread, other: &Object) -> PyResult<Obj> {
            if !crate::buffer::is_buffer(other) {
                return Err(thread.type_error(&format!("can't concat {} to {}", other.ty().full_name(), (**self).ty().full_name())));
            }
            // The export lasts until the bytes are appended: an array cannot be appended to itself.
            let more = Buffer::simple(thread, other)?;
            self.append_slice(thread, more.as_slice())?;
            Ok((**self).own())
        }
        #[slot]
        fn sq_inplace_repeat(&self, thread: &Thread, count: isize) -> PyResult<Obj> {
            let count = usize::try_from(count).unwrap_or(0);
            if count == 1 {
                return Ok((**self).own());
            }
            let unit = self.as_slice().to_vec();
            let Some(total) = unit.len().checked_mul(count) else { return Err(thread.no_memory()) };
            self.resize(thread, total)?;
            if !unit.is_empty() {
                (0..total).for_each(|at| self.put(at, unit[at % unit.len()]));
            }
            Ok((**self).own())
        }
        #[slot]
        fn bf_getbuffer(&self, thread: &Thread, view: &mut Py_buffer, flags: i32) -> PyResult<()> {
            // SAFETY: an export keeps the memory in place until it is released.
            unsafe { crate::buffer::fill_info(thread, view, self, self.data(), self.len(), false, flags)? };
            self.0.ob_exports.set(self.0.ob_exports.get() + 1);
            Ok(())
        }
        #[slot]
        fn bf_releasebuffer(&self, _view: &mut Py_buffer) {
            self.0.ob_exports.set(self.0.ob_exports.get() - 1);
        }
        /// Return how many bytes are allocated.
        #[method]
        fn __alloc__(&self) -> i64 {
            self.0.ob_alloc.get() as i64
        }
        #[method]
        fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
            self.reduce(thread, 2)
        }
        #[method(sig = "(proto=0, /)")]
        fn __reduce_ex__(&self, thread: &Thread, proto: isize) -> PyResult<Owned<Tuple>> {
            self.reduce(thread, proto)
        }
        /// Return the size in memory, in bytes.
        #[method]
        fn __sizeof__(&self) -> i64 {
            (self.ty().raw().tp_basicsize.get() + self.0.ob_alloc.get()) as i64
        }
        /// Append a byte.
        #[method(sig = "(item, /)")]
        fn append(&self, thread: &Thread, item: &Object) -> PyResult<()> {
            let byte = common::byte(thread, item)?;
            self.append_slice(thread, &[byte])
        }
        /// Remove all bytes.
        #[method]
        fn clear(&self, thread: &Thread) -> PyResult<()> {
            self.resize(thread, 0)
        }
        /// Return a copy.
        #[method]
        fn copy(&self, thread: &Thread) -> PyResult<Obj> {
            self.same(thread)
        }
        /// Append all bytes of an iterable of ints or of a bytes-like object.
        #[method(sig = "(iterable_of_ints, /)")]
        fn extend(&self, thread: &Thread, iterable_of_ints: &Object) -> PyResult<()> {
            if crate::buffer::is_buffer(iterable_of_ints) {
                let more = Buffer::simple(thread, iterable_of_ints)?.as_slice().to_vec();
                return self.append_slice(thread, &more);
            }
            if iterable_of_ints.is_instance::<Str>() {
                return Err(thread.type_error("expected iterable of integers; got: 'str'"));
            }
            if iterable_of_ints.ty().raw().tp_iter.get().is_none() && !iterable_of_ints.is_sequence() {
                return Err(thread.type_error(&format!("can't extend bytearray with {}", iterable_of_ints.ty().full_name())));
            }
            let more = common::collect(thread, iterable_of_ints, "bytearray", "byte must be in range(0, 256)")?;
            self.append_slice(thread, &more)
        }
        /// Insert a byte before the given index.
        #[method(sig = "(index, item, /)")]
        fn insert(&self, thread: &Thread, index: isize, item: &Object) -> PyResult<()> {
            let byte = common::byte(thread, item)?;
            let length = self.len() as isize;
            let at = if index < 0 { index.saturating_add(length).max(0) } else { index.min(length) } as usize;
            self.splice(thread, at, at, &[byte])
        }
        /// Remove and return the byte at index, by default the last.
        #[method(sig = "(index=-1, /)")]
        fn pop(&self, thread: &Thread, index: isize) -> PyResult<i64> {
            if self.len() == 0 {
                return Err(thread.index_error("pop from empty bytearray"));
            }
            let at = self.position(thread, index, "pop index out of range")?;
            let byte = self.get(at).unwrap_or(0);
            self.splice(thread, at, at + 1, b"")?;
            Ok(byte as i64)
        }
        /// Remove the first occurrence of a byte.
        #[method(sig = "(value, /)")]
        fn remove(&self, thread: &Thread, value: &Object) -> PyResult<()> {
            let byte = common::byte(thread, value)?;
            match memchr::memchr(byte, self.as_slice()) {
                Some(at) => self.splice(thread, at, at + 1, b""),
                None => Err(thread.value_error("value not found in bytearray")),
            }
        }
        /// Change the length, new bytes being zero.
        #[method(sig = "(size, /)", name = "resize")]
        fn resize_method(&self, thread: &Thread, size: isize) -> PyResult<()> {
            let Ok(length) = usize::try_from(size) else {
                return Err(thread.value_error(&format!("Can only resize to positive sizes, got {size}")));
            };
            let old = self.len();
            self.resize(thread, length)?;
            (old..length).for_each(|at| self.put(at, 0));
            Ok(())
        }
        /// Reverse the order of the bytes in place.
        #[method]
        fn reverse(&self) {
            let length = self.len();
            for at in 0..length / 2 {
                let (a, b) = (self.get(at).unwrap_or(0), self.get(length - 1 - at).unwrap_or(0));
                self.put(at, b);
                self.put(length - 1 - at, a);
            }
        }
    }
}
