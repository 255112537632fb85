//! `array`: arrays of numbers or characters, as compact as C's.
//!
//! The items are bytes in a buffer of the array's own. Nothing borrows from it across a call that can run
//! Python code, and it is not resized as long as a buffer is exported.

mod kind;

use std::cell::Cell;
use std::ffi::{c_char, c_void};
use std::mem::offset_of;

use pyrox_macros::{pyclass, pyfunction, pymodule};
use pyrox_objects::native::Raw;
use pyrox_objects::slice::Range;
use pyrox_objects::{
    Buffer, ByteArray, Bytes, CompareOp, Dict, Head, Int, List, Module, Obj, ObjCell, Object, Owned, PyResult, PyType, Raised, Str, Thread,
    Tuple, Type, abi, bool_obj, intern, none_ref, not_implemented, type_object,
};

use kind::{Item, Kind};

/// An array; its layout is the one that extension modules know.
#[repr(C)]
pub struct Array {
    head: Head,
    length: Cell<isize>,
    items: Cell<*mut u8>,
    allocated: Cell<isize>,
    kind: Cell<&'static Kind>,
    weakrefs: Cell<Raw>,
    exports: Cell<isize>,
}

impl Drop for Array {
    fn drop(&mut self) {
        // SAFETY: the array's own memory, or null.
        unsafe { libc::free(self.items.get() as *mut c_void) };
    }
}

impl Array {
    fn make(thread: &Thread, class: &Type, kind: &'static Kind) -> PyResult<Owned<Array>> {
        class.instantiate(
            thread,
            Array {
                head: Head::unset(),
                length: Cell::new(0),
                items: Cell::new(std::ptr::null_mut()),
                allocated: Cell::new(0),
                kind: Cell::new(kind),
                weakrefs: Cell::new(std::ptr::null_mut()),
                exports: Cell::new(0),
            },
        )
    }

    fn of_bytes(thread: &Thread, kind: &'static Kind, bytes: &[u8]) -> PyResult<Owned<Array>> {
        let made = Array::make(thread, Array::ty(), kind)?;
        made.append_bytes(thread, bytes)?;
        Ok(made)
    }

    fn kind(&self) -> &'static Kind {
        self.kind.get()
    }

    fn len(&self) -> usize {
        self.length.get().max(0) as usize
    }

    /// The items' memory. Whoever holds it must not run Python code.
    fn bytes(&self) -> &[u8] {
        if self.items.get().is_null() {
            return &[];
        }
        // SAFETY: so many bytes are allocated.
        unsafe { std::slice::from_raw_parts(self.items.get(), self.len() * self.kind().size) }
    }

    /// Copy `bytes` over the memory from an item on.
    fn write(&self, index: usize, bytes: &[u8]) {
        let start = index * self.kind().size;
        if start + bytes.len() <= self.len() * self.kind().size && !bytes.is_empty() {
            // SAFETY: just checked to be within the memory; `memmove` since they may be its own.
            unsafe { std::ptr::copy(bytes.as_ptr(), self.items.get().add(start), bytes.len()) };
        }
    }

    /// The bytes of an item.
    fn item(&self, index: usize) -> Option<Item> {
        let size = self.kind().size;
        let bytes = self.bytes().get(index * size..(index + 1) * size)?;
        let mut out = [0; 8];
        out[..size].copy_from_slice(bytes);
        Some(out)
    }

    fn value(&self, thread: &Thread, index: usize) -> PyResult<Option<Obj>> {
        match self.item(index) {
            Some(item) => Ok(Some(self.kind().unpack(thread, &item)?)),
            None => Ok(None),
        }
    }

    fn exported(&self, thread: &Thread) -> Raised {
        thread.buffer_error("cannot resize an array that is exporting buffers")
    }

    fn resize(&self, thread: &Thread, length: usize) -> PyResult<()> {
        if self.exports.get() > 0 && length != self.len() {
            return Err(self.exported(thread));
        }
        let allocated = self.allocated.get().max(0) as usize;
        if allocated >= length && self.len() < length + 16 && !self.items.get().is_null() {
            self.length.set(length as isize);
            return Ok(());
        }
        if length == 0 {
            // SAFETY: the array's own memory.
            unsafe { libc::free(self.items.replace(std::ptr::null_mut()) as *mut c_void) };
            self.length.set(0);
            self.allocated.set(0);
            return Ok(());
        }
        let spare = (length >> 4) + if self.len() < 8 { 3 } else { 7 };
        let wanted = length.checked_add(spare).ok_or_else(|| thread.no_memory())?;
        let bytes = wanted.checked_mul(self.kind().size).filter(|&b| b <= isize::MAX as usize).ok_or_else(|| thread.no_memory())?;
        // SAFETY: the array's own memory, or null.
        let memory = unsafe { libc::realloc(self.items.get() as *mut c_void, bytes) } as *mut u8;
        if memory.is_null() {
            return Err(thread.no_memory());
        }
        self.items.set(memory);
        let old = self.len();
        if length > old {
            let size = self.kind().size;
            // SAFETY: within the new memory.
            unsafe { std::ptr::write_bytes(memory.add(old * size), 0, (length - old) * size) };
        }
        self.length.set(length as isize);
        self.allocated.set(wanted as isize);
        Ok(())
    }

    fn append_bytes(&self, thread: &Thread, bytes: &[u8]) -> PyResult<()> {
        let old = self.len();
        self.resize(thread, old + bytes.len() / self.kind().size)?;
        self.write(old, bytes);
        Ok(())
    }

    fn push(&self, thread: &Thread, value: &Object) -> PyResult<()> {
        let item = self.kind().pack(thread, value)?;
        self.append_bytes(thread, &item[..self.kind().size])
    }

    /// Replace the items from `start` to `end` by others.
    fn splice(&self, thread: &Thread, start: usize, end: usize, new: &[u8]) -> PyResult<()> {
        let size = self.kind().size;
        let (old, count) = (self.len(), new.len() / size);
        let tail = self.bytes()[end * size..].to_vec();
        let length = old - (end - start) + count;
        if length != old && self.exports.get() > 0 {
            return Err(self.exported(thread));
        }
        self.resize(thread, length)?;
        self.write(start, new);
        self.write(start + count, &tail);
        Ok(())
    }

    fn extend_from(&self, thread: &Thread, other: &Object) -> PyResult<()> {
        if let Some(array) = other.cast::<Array>() {
            if array.kind() != self.kind() {
                return Err(thread.type_error("can only extend with array of same kind"));
            }
            let bytes = array.bytes().to_vec();
            return self.append_bytes(thread, &bytes);
        }
        let iterator = other.iter(thread)?;
        while let Some(item) = iterator.next(thread)? {
            self.push(thread, &item)?;
        }
        Ok(())
    }

    fn find(&self, thread: &Thread, value: &Object, start: usize, stop: usize) -> PyResult<Option<usize>> {
        let mut at = start;
        while at < stop {
            let Some(item) = self.value(thread, at)? else { break };
            if item.eq(thread, value)? {
                return Ok(Some(at));
            }
            at += 1;
        }
        Ok(None)
    }

    fn remove_at(&self, thread: &Thread, at: usize) -> PyResult<()> {
        self.splice(thread, at, at + 1, &[])
    }

    fn take_bytes(&self, thread: &Thread, bytes: &[u8]) -> PyResult<()> {
        if !bytes.len().is_multiple_of(self.kind().size) {
            return Err(thread.value_error("bytes length not a multiple of item size"));
        }
        self.append_bytes(thread, bytes)
    }

    fn push_text(&self, thread: &Thread, text: &Str) -> PyResult<()> {
        let bytes: Vec<u8> = text.chars().flat_map(|c| c.to_ne_bytes()).collect();
        self.append_bytes(thread, &bytes)
    }

    fn points(&self) -> Vec<u32> {
        self.bytes().chunks_exact(4).map(|c| u32::from_ne_bytes([c[0], c[1], c[2], c[3]])).collect()
    }

    fn repeated(&self, thread: &Thread, count: isize) -> PyResult<Vec<u8>> {
        let count = count.max(0) as usize;
        let bytes = self.bytes();
        let total = bytes.len().checked_mul(count).filter(|&t| t <= isize::MAX as usize).ok_or_else(|| thread.no_memory())?;
        let mut out = Vec::new();
        out.try_reserve_exact(total).map_err(|_| thread.no_memory())?;
        for _ in 0..count {
            out.extend_from_slice(bytes);
        }
        Ok(out)
    }

    fn subscript(&self, thread: &Thread, key: &Object, message: &str) -> PyResult<usize> {
        let index = key.as_subscript(thread)?;
        let index = if index < 0 { index + self.length.get() } else { index };
        usize::try_from(index).ok().filter(|&at| at < self.len()).ok_or_else(|| thread.index_error(message))
    }

    fn to_list(&self, thread: &Thread) -> PyResult<Owned<List>> {
        let mut items = Vec::with_capacity(self.len());
        for at in 0..self.len() {
            items.extend(self.value(thread, at)?);
        }
        List::from_vec(thread, items)
    }
}

fn shown(object: &Object) -> &str {
    if object.is_none() { "None" } else { object.ty().name() }
}

/// array(typecode [, initializer]) -> array
///
/// Return a new array whose items are restricted by typecode, and
/// initialized from the optional initializer value, which must be a list,
/// string or iterable over elements of the appropriate type.
#[pyclass(name = "array", module = "array", dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE | abi::Py_TPFLAGS_SEQUENCE,
    weaklistoffset = offset_of!(Array, weakrefs) as isize)]
impl Array {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        if std::ptr::eq(cls, Array::ty()) && kwargs.is_some_and(|k| k.len() > 0) {
            return Err(thread.type_error("array.array() takes no keyword arguments"));
        }
        let (code, initial) = match args.items() {
            [] => return Err(thread.type_error("array() takes at least 1 argument (0 given)")),
            [code] => (*code, None),
            [code, initial] => (*code, Some(*initial)),
            more => return Err(thread.type_error(&format!("array() takes at most 2 arguments ({} given)", more.len()))),
        };
        let code = match code.cast::<Str>() {
            Some(text) if text.len() == 1 => text.at(0),
            Some(text) => {
                let message = format!("array() argument 1 must be a unicode character, not a string of length {}", text.len());
                return Err(thread.type_error(&message));
            }
            None => return Err(thread.type_error(&format!("array() argument 1 must be a unicode character, not {}", shown(code)))),
        };
        if code == 'u' as u32 {
            pyrox_objects::warn::deprecation(thread, "The 'u' type code is deprecated and will be removed in Python 3.16")?;
        }
        let is_text = code == 'u' as u32 || code == 'w' as u32;
        if let Some(initial) = initial {
            let shown_code = char::from_u32(code).unwrap_or('?');
            if initial.is_instance::<Str>() && !is_text {
                return Err(thread.type_error(&format!("cannot use a str to initialize an array with typecode '{shown_code}'")));
            }
            if let Some(other) = initial.cast::<Array>() {
                if other.kind().is_text() && !is_text {
                    return Err(
                        thread.type_error(&format!("cannot use a unicode array to initialize an array with typecode '{shown_code}'"))
                    );
                }
            }
        }
        let Some(kind) = kind::find(code) else {
            return Err(thread.value_error("bad typecode (must be b, B, u, w, h, H, i, I, l, L, q, Q, f or d)"));
        };
        let made = Array::make(thread, cls, kind)?;
        let Some(initial) = initial else { return Ok(made.upcast()) };
        if let Some(array) = initial.cast::<Array>().filter(|a| a.kind() == kind) {
            let bytes = array.bytes().to_vec();
            made.append_bytes(thread, &bytes)?;
        } else if initial.is_instance::<Bytes>() || initial.is_instance::<ByteArray>() {
            let bytes = Buffer::simple(thread, initial)?;
            made.take_bytes(thread, bytes.as_slice())?;
        } else if let Some(text) = initial.cast::<Str>() {
            made.push_text(thread, text)?;
        } else {
            let iterator = initial.iter(thread)?;
            while let Some(item) = iterator.next(thread)? {
                made.push(thread, &item)?;
            }
        }
        Ok(made.upcast())
    }
    /// the typecode character used to create the array
    #[getter]
    fn typecode(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        Str::from_ascii(thread, &[self.kind().code])
    }
    /// the size, in bytes, of one array item
    #[getter]
    fn itemsize(&self) -> usize {
        self.kind().size
    }
    /// Append new value v to the end of the array.
    #[method(sig = "(v, /)")]
    fn append(&self, thread: &Thread, v: &Object) -> PyResult<()> {
        self.push(thread, v)
    }
    /// Return a tuple (address, length) giving the current memory address and the length in items of the buffer.
    #[method]
    fn buffer_info(&self, thread: &Thread) -> PyResult<Obj> {
        let items = vec![Int::from_u64(self.items.get() as u64).upcast(), Int::from(self.len() as i64).upcast()];
        Ok(Tuple::from_vec(thread, items)?.upcast())
    }
    /// Byteswap all items of the array.
    #[method]
    fn byteswap(&self) {
        let mut bytes = self.bytes().to_vec();
        bytes.chunks_exact_mut(self.kind().size).for_each(<[u8]>::reverse);
        self.write(0, &bytes);
    }
    /// Remove all items from the array.
    #[method]
    fn clear(&self, thread: &Thread) -> PyResult<()> {
        self.resize(thread, 0)
    }
    /// Return a copy of the array.
    #[method]
    fn __copy__(&self, thread: &Thread) -> PyResult<Owned<Array>> {
        let bytes = self.bytes().to_vec();
        Array::of_bytes(thread, self.kind(), &bytes)
    }
    /// Return a copy of the array.
    #[method(sig = "(unused, /)")]
    fn __deepcopy__(&self, thread: &Thread, _unused: &Object) -> PyResult<Owned<Array>> {
        self.__copy__(thread)
    }
    /// Return number of occurrences of v in the array.
    #[method(sig = "(v, /)")]
    fn count(&self, thread: &Thread, v: &Object) -> PyResult<usize> {
        let (mut count, mut from) = (0, 0);
        while let Some(at) = self.find(thread, v, from, self.len())? {
            count += 1;
            from = at + 1;
        }
        Ok(count)
    }
    /// Append items to the end of the array.
    #[method(sig = "(bb, /)")]
    fn extend(&self, thread: &Thread, bb: &Object) -> PyResult<()> {
        self.extend_from(thread, bb)
    }
    /// Appends items from the string, interpreting it as an array of machine values.
    #[method(sig = "(buffer, /)")]
    fn frombytes(&self, thread: &Thread, buffer: &Object) -> PyResult<()> {
        let buffer = Buffer::simple(thread, buffer)?;
        if buffer.view().itemsize != 1 {
            return Err(thread.type_error("a bytes-like object is required"));
        }
        let bytes = buffer.as_slice().to_vec();
        drop(buffer);
        self.take_bytes(thread, &bytes)
    }
    /// Read n objects from the file object f and append them to the end of the array.
    #[method(sig = "(f, n, /)")]
    fn fromfile(&self, thread: &Thread, f: &Object, n: isize) -> PyResult<()> {
        let Ok(count) = usize::try_from(n) else { return Err(thread.value_error("negative count")) };
        let wanted = count.checked_mul(self.kind().size).filter(|&b| b <= isize::MAX as usize).ok_or_else(|| thread.no_memory())?;
        let data = f.call_method(thread, intern!("read"), &[&*Int::from(wanted as i64)])?;
        let Some(bytes) = data.cast::<Bytes>() else { return Err(thread.type_error("read() didn't return bytes")) };
        let complete = bytes.len() == wanted;
        self.take_bytes(thread, bytes.as_slice())?;
        if complete { Ok(()) } else { Err(thread.eof_error("read() didn't return enough bytes")) }
    }
    /// Append items to array from list.
    #[method(sig = "(list, /)")]
    fn fromlist(&self, thread: &Thread, list: &Object) -> PyResult<()> {
        let Some(list) = list.cast::<List>() else { return Err(thread.type_error("arg must be list")) };
        let (size, length) = (self.kind().size, list.len());
        let mut bytes = Vec::new();
        for at in 0..length {
            let changed = || thread.runtime_error("list changed size during iteration");
            let item = list.get(at).ok_or_else(changed)?;
            let item = self.kind().pack(thread, &item)?;
            if list.len() != length {
                return Err(changed());
            }
            bytes.extend_from_slice(&item[..size]);
        }
        self.append_bytes(thread, &bytes)
    }
    /// Extends this array with data from the unicode string ustr.
    #[method(sig = "(ustr, /)")]
    fn fromunicode(&self, thread: &Thread, ustr: &Str) -> PyResult<()> {
        if !self.kind().is_text() {
            return Err(thread.value_error("fromunicode() may only be called on unicode type arrays ('u' or 'w')"));
        }
        self.push_text(thread, ustr)
    }
    /// Return index of first occurrence of v in the array.
    ///
    /// Raise ValueError if the value is not present.
    #[method(sig = "(v, start=0, stop=sys.maxsize, /)")]
    fn index(&self, thread: &Thread, v: &Object, start: Option<&Object>, stop: Option<&Object>) -> PyResult<usize> {
        let bound = |value: Option<&Object>, default: isize| -> PyResult<usize> {
            let value = match value {
                None => default,
                Some(value) if value.has_index() => value.as_isize_clipped(thread)?,
                Some(_) => return Err(thread.type_error("slice indices must be integers or have an __index__ method")),
            };
            Ok(if value < 0 { value.saturating_add(self.length.get()).max(0) } else { value } as usize)
        };
        let (start, stop) = (bound(start, 0)?, bound(stop, isize::MAX)?);
        self.find(thread, v, start, stop)?.ok_or_else(|| thread.value_error("array.index(x): x not in array"))
    }
    /// Insert a new item v into the array before position i.
    #[method(sig = "(i, v, /)")]
    fn insert(&self, thread: &Thread, i: isize, v: &Object) -> PyResult<()> {
        let item = self.kind().pack(thread, v)?;
        let at = if i < 0 { i.saturating_add(self.length.get()).max(0) } else { i.min(self.length.get()) } as usize;
        self.splice(thread, at, at, &item[..self.kind().size])
    }
    /// Return the i-th element and delete it from the array.
    ///
    /// i defaults to -1.
    #[method(sig = "(i=-1, /)")]
    fn pop(&self, thread: &Thread, i: Option<isize>) -> PyResult<Obj> {
        if self.len() == 0 {
            return Err(thread.index_error("pop from empty array"));
        }
        let index = i.unwrap_or(-1);
        let index = if index < 0 { index + self.length.get() } else { index };
        let missing = || thread.index_error("pop index out of range");
        let at = usize::try_from(index).ok().filter(|&at| at < self.len()).ok_or_else(missing)?;
        let value = self.value(thread, at)?.ok_or_else(missing)?;
        self.remove_at(thread, at)?;
        Ok(value)
    }
    /// Remove the first occurrence of v in the array.
    #[method(sig = "(v, /)")]
    fn remove(&self, thread: &Thread, v: &Object) -> PyResult<()> {
        match self.find(thread, v, 0, self.len())?.filter(|&at| at < self.len()) {
            Some(at) => self.remove_at(thread, at),
            None => Err(thread.value_error("array.remove(x): x not in array")),
        }
    }
    /// Reverse the order of the items in the array.
    #[method]
    fn reverse(&self) {
        let size = self.kind().size;
        let reversed: Vec<u8> = self.bytes().chunks_exact(size).rev().flatten().copied().collect();
        self.write(0, &reversed);
    }
    /// Convert the array to an array of machine values and return the bytes representation.
    #[method]
    fn tobytes(&self, thread: &Thread) -> PyResult<Owned<Bytes>> {
        Bytes::from_slice(thread, self.bytes())
    }
    /// Write all items (as machine values) to the file object f.
    #[method(sig = "(f, /)")]
    fn tofile(&self, thread: &Thread, f: &Object) -> PyResult<()> {
        const BLOCK: usize = 64 * 1024;
        let mut at = 0;
        while at < self.bytes().len() {
            let end = (at + BLOCK).min(self.bytes().len());
            let block = Bytes::from_slice(thread, &self.bytes()[at..end])?;
            f.call_method(thread, intern!("write"), &[&*block])?;
            at = end;
        }
        Ok(())
    }
    /// Convert array to an ordinary list with the same items.
    #[method]
    fn tolist(&self, thread: &Thread) -> PyResult<Owned<List>> {
        self.to_list(thread)
    }
    /// Extracts unicode contents from the array.
    #[method]
    fn tounicode(&self, thread: &Thread) -> PyResult<Obj> {
        if !self.kind().is_text() {
            return Err(thread.value_error("tounicode() may only be called on unicode type arrays ('u' or 'w')"));
        }
        kind::text(thread, &self.points())
    }
    /// Return state information for pickling.
    #[method(sig = "(value, /)")]
    fn __reduce_ex__(&self, thread: &Thread, value: &Object) -> PyResult<Obj> {
        if !value.is_int() {
            return Err(thread.type_error("__reduce_ex__ argument should be an integer"));
        }
        let protocol = value.as_isize_clipped(thread)?;
        let dict = self.lookup_attr(thread, intern!("__dict__"))?.unwrap_or_else(|| none_ref().own());
        let class: Obj = (**self.ty()).own();
        let code = self.typecode(thread)?.upcast();
        let (function, arguments) = if protocol < 3 {
            (class, vec![code, self.to_list(thread)?.upcast()])
        } else {
            let module = pyrox_interpreter::import::import_module(thread, "array")?;
            let function = module.getattr(thread, intern!("_array_reconstructor"))?;
            let machine = self.kind().machine as i64 + i64::from(cfg!(target_endian = "big") && self.kind().size > 1);
            (function, vec![class, code, Int::from(machine).upcast(), self.tobytes(thread)?.upcast()])
        };
        let arguments = Tuple::from_vec(thread, arguments)?.upcast();
        Ok(Tuple::from_vec(thread, vec![function, arguments, dict])?.upcast())
    }
    /// Size of the array in memory, in bytes.
    #[method]
    fn __sizeof__(&self) -> usize {
        size_of::<Array>() + self.allocated.get().max(0) as usize * self.kind().size
    }
    /// See PEP 585
    #[classmethod(sig = "(object, /)")]
    fn __class_getitem__(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
        pyrox_objects::generic_alias::new(thread, cls, object)
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        let mut out = pyrox_objects::text_writer::TextWriter::new();
        out.push_str(&format!("{}('{}'", self.ty().name(), self.kind().code as char));
        if self.len() > 0 {
            out.push_str(", ");
            let value = if self.kind().is_text() { self.tounicode(thread)? } else { self.to_list(thread)?.upcast() };
            out.push(&*value.repr(thread)?);
        }
        out.push_str(")");
        out.finish(thread)
    }
    #[slot]
    fn tp_iter(&self, thread: &Thread) -> PyResult<Obj> {
        let made = ArrayIterator { head: Head::unset(), array: ObjCell::new(Some((**self).own())), at: Cell::new(0) };
        Ok(ArrayIterator::ty().instantiate(thread, made)?.upcast())
    }
    #[slot]
    fn tp_richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        let Some(other) = other.cast::<Array>() else { return Ok(not_implemented()) };
        let (left, right) = (self.len(), other.len());
        if left != right && op == CompareOp::Eq {
            return Ok(bool_obj(false));
        }
        if left != right && op == CompareOp::Ne {
            return Ok(bool_obj(true));
        }
        if self.kind() == other.kind() && !self.kind().is_float() && matches!(op, CompareOp::Eq | CompareOp::Ne) {
            return Ok(bool_obj((self.bytes() == other.bytes()) == (op == CompareOp::Eq)));
        }
        let mut at = 0;
        loop {
            match (self.value(thread, at)?, other.value(thread, at)?) {
                (Some(a), Some(b)) => {
                    if !a.richcompare(thread, &b, CompareOp::Eq)?.is_true(thread)? {
                        return match op {
                            CompareOp::Eq => Ok(bool_obj(false)),
                            CompareOp::Ne => Ok(bool_obj(true)),
                            _ => a.richcompare(thread, &b, op),
                        };
                    }
                }
                _ => return Ok(bool_obj(op.holds(self.len().cmp(&other.len())))),
            }
            at += 1;
        }
    }
    #[slot]
    fn sq_length(&self) -> usize {
        self.len()
    }
    #[slot]
    fn sq_item(&self, thread: &Thread, index: isize) -> PyResult<Obj> {
        let value = match usize::try_from(index) {
            Ok(at) => self.value(thread, at)?,
            Err(_) => None,
        };
        value.ok_or_else(|| thread.index_error("array index out of range"))
    }
    #[slot]
    fn sq_contains(&self, thread: &Thread, value: &Object) -> PyResult<bool> {
        Ok(self.find(thread, value, 0, self.len())?.is_some())
    }
    #[slot]
    fn sq_concat(&self, thread: &Thread, other: &Object) -> PyResult<Obj> {
        let Some(array) = other.cast::<Array>() else {
            return Err(thread.type_error(&format!("can only append array (not \"{}\") to array", other.ty().name())));
        };
        if array.kind() != self.kind() {
            return Err(thread.type_error("bad argument type for built-in operation"));
        }
        let bytes = [self.bytes(), array.bytes()].concat();
        Ok(Array::of_bytes(thread, self.kind(), &bytes)?.upcast())
    }
    #[slot]
    fn sq_inplace_concat(&self, thread: &Thread, other: &Object) -> PyResult<Obj> {
        if !other.is_instance::<Array>() {
            return Err(thread.type_error(&format!("can only extend array with array (not \"{}\")", other.ty().name())));
        }
        self.extend_from(thread, other)?;
        Ok((**self).own())
    }
    #[slot]
    fn sq_repeat(&self, thread: &Thread, count: isize) -> PyResult<Obj> {
        let bytes = self.repeated(thread, count)?;
        Ok(Array::of_bytes(thread, self.kind(), &bytes)?.upcast())
    }
    #[slot]
    fn sq_inplace_repeat(&self, thread: &Thread, count: isize) -> PyResult<Obj> {
        if self.len() > 0 && count != 1 {
            let bytes = self.repeated(thread, count)?;
            self.splice(thread, 0, self.len(), &bytes)?;
        }
        Ok((**self).own())
    }
    #[slot]
    fn mp_length(&self) -> usize {
        self.len()
    }
    #[slot]
    fn mp_subscript(&self, thread: &Thread, key: &Object) -> PyResult<Obj> {
        if key.has_index() {
            let at = self.subscript(thread, key, "array index out of range")?;
            return self.value(thread, at)?.ok_or_else(|| thread.index_error("array index out of range"));
        }
        let Some(range) = slice_of(thread, key, self)? else { return Err(thread.type_error("array indices must be integers")) };
        let size = self.kind().size;
        let mut bytes = Vec::with_capacity(range.length * size);
        for at in range.indices() {
            bytes.extend_from_slice(self.bytes().get(at * size..(at + 1) * size).unwrap_or(&[]));
        }
        Ok(Array::of_bytes(thread, self.kind(), &bytes)?.upcast())
    }
    #[slot]
    fn mp_ass_subscript(&self, thread: &Thread, key: &Object, value: Option<&Object>) -> PyResult<()> {
        let message = "array assignment index out of range";
        let size = self.kind().size;
        if key.has_index() {
            let at = self.subscript(thread, key, message)?;
            let Some(value) = value else { return self.remove_at(thread, at) };
            let item = self.kind().pack(thread, value)?;
            if at >= self.len() {
                return Err(thread.index_error(message));
            }
            self.write(at, &item[..size]);
            return Ok(());
        }
        let Some(range) = slice_of(thread, key, self)? else { return Err(thread.type_error("array indices must be integers")) };
        let new = match value {
            None => Vec::new(),
            Some(value) => match value.cast::<Array>() {
                None => {
                    let message = format!("can only assign array (not \"{}\") to array slice", value.ty().name());
                    return Err(thread.type_error(&message));
                }
                Some(array) if array.kind() != self.kind() => {
                    return Err(thread.type_error("bad argument type for built-in operation"));
                }
                Some(array) => array.bytes().to_vec(),
            },
        };
        if range.step == 1 {
            let start = range.start as usize;
            return self.splice(thread, start, start + range.length, &new);
        }
        if value.is_none() {
            let doomed: std::collections::HashSet<usize> = range.indices().collect();
            let kept: Vec<u8> = self
                .bytes()
                .chunks_exact(size)
                .enumerate()
                .filter(|(at, _)| !doomed.contains(at))
                .flat_map(|(_, item)| item.to_vec())
                .collect();
            return self.splice(thread, 0, self.len(), &kept);
        }
        let count = new.len() / size;
        if count != range.length {
            let message = format!("attempt to assign array of size {count} to extended slice of size {}", range.length);
            return Err(thread.value_error(&message));
        }
        for (at, item) in range.indices().zip(new.chunks_exact(size)) {
            self.write(at, item);
        }
        Ok(())
    }
    #[slot]
    fn bf_getbuffer(&self, view: &mut abi::Py_buffer, flags: i32) -> PyResult<()> {
        static NOTHING: [u64; 1] = [0];
        let memory = self.items.get();
        view.buf = if memory.is_null() { NOTHING.as_ptr() as *mut c_void } else { memory as *mut c_void };
        view.obj = (**self).own().into_raw();
        view.len = (self.len() * self.kind().size) as isize;
        view.readonly = 0;
        view.ndim = 1;
        view.itemsize = self.kind().size as isize;
        view.suboffsets = std::ptr::null_mut();
        view.shape = if flags & abi::PyBUF_ND == abi::PyBUF_ND { self.length.as_ptr() } else { std::ptr::null_mut() };
        view.strides = if flags & abi::PyBUF_STRIDES == abi::PyBUF_STRIDES { &raw mut view.itemsize } else { std::ptr::null_mut() };
        view.format = if flags & abi::PyBUF_FORMAT != 0 { self.kind().format.as_ptr() as *mut c_char } else { std::ptr::null_mut() };
        view.internal = std::ptr::null_mut();
        self.exports.set(self.exports.get() + 1);
        Ok(())
    }
    #[slot]
    fn bf_releasebuffer(&self, _view: &mut abi::Py_buffer) {
        self.exports.set(self.exports.get() - 1);
    }
}

fn slice_of(thread: &Thread, key: &Object, array: &Array) -> PyResult<Option<Range>> {
    let Some(slice) = key.exact::<pyrox_objects::Slice>() else { return Ok(None) };
    // The length counts after the slice's own code has run.
    let range = slice.unpack(thread)?;
    Ok(Some(range.adjust(array.len())))
}

/// Iterates over an array by index.
#[repr(C)]
pub struct ArrayIterator {
    head: Head,
    array: ObjCell,
    at: Cell<usize>,
}

#[pyclass(name = "arrayiterator", module = "array", traverse = [array], dealloc = drop)]
impl ArrayIterator {
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let Some(array) = self.array.get() else { return Ok(None) };
        let value = match array.cast::<Array>() {
            Some(array) => array.value(thread, self.at.get())?,
            None => None,
        };
        match value {
            Some(_) => self.at.set(self.at.get() + 1),
            None => self.array.set(None),
        }
        Ok(value)
    }
    /// Return state information for pickling.
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Obj> {
        let iter = pyrox_objects::hooks::builtin(thread, "iter")?;
        let items = match self.array.get() {
            Some(array) => {
                let arguments = Tuple::from_vec(thread, vec![array])?.upcast();
                vec![iter, arguments, Int::from(self.at.get() as i64).upcast()]
            }
            None => vec![iter, Tuple::from_vec(thread, vec![Tuple::empty().upcast()])?.upcast()],
        };
        Ok(Tuple::from_vec(thread, items)?.upcast())
    }
    /// Set state information for unpickling.
    #[method(sig = "(state, /)")]
    fn __setstate__(&self, thread: &Thread, state: &Object) -> PyResult<()> {
        let index = state.as_isize(thread)?;
        if let Some(array) = self.array.get() {
            let length = array.cast::<Array>().map_or(0, Array::len);
            self.at.set((index.max(0) as usize).min(length));
        }
        Ok(())
    }
}

/// Internal. Used for pickling support.
#[pyfunction(
    sig = "(arraytype, typecode, mformat_code, items, /)",
    text = "($module, arraytype, typecode, mformat_code, items,\n                     /)"
)]
fn _array_reconstructor(thread: &Thread, arraytype: &Type, typecode: char, mformat_code: i32, items: &Object) -> PyResult<Obj> {
    if !arraytype.is_subtype(Array::ty()) {
        return Err(thread.type_error(&format!("{} is not a subtype of array.array", arraytype.name())));
    }
    let Some(wanted) = kind::find(typecode as u32) else {
        return Err(thread.value_error("second argument must be a valid type code"));
    };
    let machine = mformat_code as i64;
    if !(0..=kind::MACHINE_FORMATS).contains(&machine) {
        return Err(kind::bad_format(thread));
    }
    let Some(bytes) = items.cast::<Bytes>() else {
        return Err(thread.type_error(&format!("fourth argument should be bytes, not {}", items.ty().name())));
    };
    let native = i64::from(cfg!(target_endian = "big"));
    let size = kind::foreign_size(machine);
    let same = |kind: &Kind| kind.machine as i64 + if kind.size > 1 { native } else { 0 } == machine;
    // The memory as it is, if the layout is that of the kind or else of another one here.
    let found = if same(wanted) {
        Some(wanted)
    } else if wanted.is_text() || wanted.is_float() {
        None
    } else {
        kind::KINDS.iter().find(|k| !k.is_text() && !k.is_float() && same(k))
    };
    if let Some(found) = found {
        let code = Str::from_ascii(thread, &[found.code])?;
        return arraytype.call(thread, &[&*code, items]);
    }
    let code = Str::from_ascii(thread, &[wanted.code])?;
    if machine >= 18 {
        let text = kind::text(thread, &kind::foreign_text(machine, bytes.as_slice()))?;
        return arraytype.call(thread, &[&*code, &text]);
    }
    if bytes.len() % size != 0 {
        return Err(thread.value_error("string length not a multiple of item size"));
    }
    let mut values = Vec::with_capacity(bytes.len() / size);
    for item in bytes.as_slice().chunks_exact(size) {
        values.push(kind::foreign(thread, machine, item)?);
    }
    let list = List::from_vec(thread, values)?;
    arraytype.call(thread, &[&*code, &*list])
}

pymodule!(
    name = "array",
    doc = "This module defines an object type which can efficiently represent an array of basic values: characters, integers, floating-point numbers.",
    functions = [_array_reconstructor],
    exec = exec
);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    module.add_type::<Array>(thread)?;
    type_object::ready(thread, ArrayIterator::ty())?;
    module.add(thread, "ArrayType", Array::ty())?;
    let codes: String = kind::KINDS.iter().map(|kind| kind.code as char).collect();
    module.add_str(thread, "typecodes", &codes)
}
