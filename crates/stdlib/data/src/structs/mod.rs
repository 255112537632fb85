//! `_struct`: Python values to and from C structs as bytes.

mod layout;
mod values;

use std::cell::{Cell, RefCell};
use std::mem::offset_of;
use std::rc::Rc;

use pyrox_macros::{pyclass, pyfunction, pymodule};
use pyrox_objects::abi;
use pyrox_objects::native::{Raw, Rest};
use pyrox_objects::{Buffer, Bytes, Head, Module, Obj, Object, Owned, PyResult, PyType, Str, Thread, Tuple, Type, exceptions, type_object};

use crate::global::ExceptionClass;
use layout::Layout;

static ERROR: ExceptionClass = ExceptionClass::new();

impl Layout {
    fn expect(&self, thread: &Thread, name: &str, given: usize) -> PyResult<()> {
        if given == self.length {
            return Ok(());
        }
        Err(ERROR.raise(thread, &format!("{name} expected {} items for packing (got {given})", self.length)))
    }

    /// Write the values to `memory`, which is zeroed where a struct has no bytes of its own.
    ///
    /// # Safety
    /// `memory` has room for the struct and stays where it is, whatever Python code runs.
    unsafe fn pack_to(&self, thread: &Thread, memory: *mut u8, values: &[Raw]) -> PyResult<()> {
        let mut values = values.iter();
        for field in &self.fields {
            for at in 0..field.count {
                let Some(&value) = values.next() else { break };
                // SAFETY: arguments live for the call; fields are within the struct.
                unsafe {
                    let value = Object::from_ptr(value);
                    let to = memory.add(field.offset + at * field.size);
                    values::pack(thread, field, self.order, value, |bytes| {
                        std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len().min(field.size));
                    })?;
                }
            }
        }
        Ok(())
    }

    fn pack(&self, thread: &Thread, values: &[Raw]) -> PyResult<Owned<Bytes>> {
        self.expect(thread, "pack", values.len())?;
        let bytes = Bytes::zeros(thread, self.size)?;
        // SAFETY: fresh memory of that size, which nobody else sees.
        unsafe { self.pack_to(thread, bytes.data(), values)? };
        Ok(bytes)
    }

    fn pack_into(&self, thread: &Thread, arguments: &[Raw]) -> PyResult<()> {
        let (target, offset, values) = match arguments {
            [] => return Err(ERROR.raise(thread, "pack_into expected buffer argument")),
            [_] => return Err(ERROR.raise(thread, "pack_into expected offset argument")),
            [target, offset, values @ ..] => (target, offset, values),
        };
        self.expect(thread, "pack_into", values.len())?;
        // SAFETY: arguments live for the call.
        let (target, offset) = unsafe { (Object::from_ptr(*target), Object::from_ptr(*offset)) };
        let buffer = match Buffer::get(thread, target, abi::PyBUF_WRITABLE) {
            Ok(buffer) => buffer,
            Err(_) => {
                thread.set_raised(None);
                let message = format!("argument must be read-write bytes-like object, not {}", target.ty().name());
                return Err(thread.type_error(&message));
            }
        };
        let offset = offset.as_subscript(thread)?;
        let (length, size) = (buffer.len() as isize, self.size as isize);
        let start = if offset < 0 {
            if offset + size > 0 {
                return Err(ERROR.raise(thread, &format!("no space to pack {size} bytes at offset {offset}")));
            }
            if offset + length < 0 {
                return Err(ERROR.raise(thread, &format!("offset {offset} out of range for {length}-byte buffer")));
            }
            offset + length
        } else {
            offset
        };
        if length - start < size {
            return Err(ERROR.raise(
                thread,
                &format!(
                    "pack_into requires a buffer of at least {} bytes for packing {size} bytes at offset {start} (actual buffer size is {length})",
                    start.saturating_add(size)
                ),
            ));
        }
        // SAFETY: within the export, which keeps the memory in place.
        unsafe {
            let memory = buffer.as_mut_ptr().add(start as usize);
            std::ptr::write_bytes(memory, 0, self.size);
            self.pack_to(thread, memory, values)
        }
    }

    fn unpack_bytes(&self, thread: &Thread, bytes: &[u8]) -> PyResult<Owned<Tuple>> {
        let mut items = Vec::with_capacity(self.length);
        for field in &self.fields {
            for at in 0..field.count {
                let from = field.offset + at * field.size;
                items.push(values::unpack(thread, field.code, self.order, &bytes[from..from + field.size])?);
            }
        }
        Tuple::from_vec(thread, items)
    }

    fn unpack(&self, thread: &Thread, buffer: &Object) -> PyResult<Owned<Tuple>> {
        let check = |length: usize| {
            if length == self.size { Ok(()) } else { Err(ERROR.raise(thread, &format!("unpack requires a buffer of {} bytes", self.size))) }
        };
        if let Some(bytes) = buffer.exact::<Bytes>() {
            check(bytes.len())?;
            return self.unpack_bytes(thread, bytes.as_slice());
        }
        let buffer = Buffer::simple(thread, buffer)?;
        check(buffer.len())?;
        self.unpack_bytes(thread, buffer.as_slice())
    }

    fn unpack_from(&self, thread: &Thread, buffer: &Object, offset: isize) -> PyResult<Owned<Tuple>> {
        let buffer = Buffer::simple(thread, buffer)?;
        let (length, size) = (buffer.len() as isize, self.size as isize);
        let start = if offset < 0 {
            if offset + size > 0 {
                return Err(ERROR.raise(thread, &format!("not enough data to unpack {size} bytes at offset {offset}")));
            }
            if offset + length < 0 {
                return Err(ERROR.raise(thread, &format!("offset {offset} out of range for {length}-byte buffer")));
            }
            offset + length
        } else {
            offset
        };
        if length - start < size {
            return Err(ERROR.raise(
                thread,
                &format!(
                    "unpack_from requires a buffer of at least {} bytes for unpacking {size} bytes at offset {start} (actual buffer size is {length})",
                    start.saturating_add(size)
                ),
            ));
        }
        let start = start as usize;
        self.unpack_bytes(thread, &buffer.as_slice()[start..start + self.size])
    }
}

fn iterate(thread: &Thread, layout: Rc<Layout>, buffer: &Object) -> PyResult<Obj> {
    if layout.size == 0 {
        return Err(ERROR.raise(thread, "cannot iteratively unpack with a struct of length 0"));
    }
    let buffer = Buffer::simple(thread, buffer)?;
    if buffer.len() % layout.size != 0 {
        return Err(ERROR.raise(thread, &format!("iterative unpacking requires a buffer of a multiple of {} bytes", layout.size)));
    }
    let made = UnpackIterator { head: Head::unset(), layout, buffer: RefCell::new(Some(buffer)), at: Cell::new(0) };
    Ok(UnpackIterator::ty().instantiate(thread, made)?.upcast())
}

/// Iterates over the structs of a buffer.
#[repr(C)]
pub struct UnpackIterator {
    head: Head,
    layout: Rc<Layout>,
    buffer: RefCell<Option<Buffer>>,
    at: Cell<usize>,
}

#[pyclass(name = "unpack_iterator", module = "_struct", dealloc = drop)]
impl UnpackIterator {
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let at = self.at.get();
        let bytes = {
            let held = self.buffer.borrow();
            let slice = held.as_ref().and_then(|buffer| buffer.as_slice().get(at..at + self.layout.size));
            slice.map(|slice| slice.to_vec())
        };
        match bytes {
            Some(bytes) => {
                self.at.set(at + self.layout.size);
                Ok(Some(self.layout.unpack_bytes(thread, &bytes)?.upcast()))
            }
            None => {
                let done = self.buffer.take();
                drop(done);
                Ok(None)
            }
        }
    }
    #[method]
    fn __length_hint__(&self) -> usize {
        self.buffer.borrow().as_ref().map_or(0, |buffer| buffer.len().saturating_sub(self.at.get()) / self.layout.size)
    }
}

/// A compiled format.
#[repr(C)]
pub struct Struct {
    head: Head,
    layout: RefCell<Option<Rc<Layout>>>,
    format: RefCell<Vec<u8>>,
    weakrefs: Cell<Raw>,
}

impl Struct {
    fn layout(&self, thread: &Thread) -> PyResult<Rc<Layout>> {
        self.layout.borrow().clone().ok_or_else(|| thread.runtime_error("Struct object is not initialized"))
    }
}

/// Struct(fmt) --> compiled struct object
#[pyclass(name = "Struct", module = "_struct", dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE,
    weaklistoffset = offset_of!(Struct, weakrefs) as isize)]
impl Struct {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, _args: &Tuple, _kwargs: Option<&pyrox_objects::Dict>) -> PyResult<Obj> {
        let made = Struct {
            head: Head::unset(),
            layout: RefCell::new(None),
            format: RefCell::new(Vec::new()),
            weakrefs: Cell::new(std::ptr::null_mut()),
        };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    #[init(sig = "(format)", text = "")]
    fn init(&self, thread: &Thread, format: &Object) -> PyResult<()> {
        let (layout, text) = layout::with_text(thread, format, |text| Ok((Layout::parse(thread, text)?, text.to_vec())))?;
        let old = self.layout.replace(Some(Rc::new(layout)));
        drop(old);
        *self.format.borrow_mut() = text;
        Ok(())
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        self.layout(thread)?;
        let text = String::from_utf8_lossy(&self.format.borrow()).into_owned();
        let shown = Str::from_str(thread, &text)?.repr(thread)?;
        Str::from_str(thread, &format!("{}({})", self.ty().name(), shown.to_string_lossy()))
    }
    /// struct format string
    #[getter]
    fn format(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        self.layout(thread)?;
        Str::from_latin1(thread, &self.format.borrow())
    }
    /// struct size in bytes
    #[getter]
    fn size(&self, thread: &Thread) -> PyResult<usize> {
        Ok(self.layout(thread)?.size)
    }
    /// S.pack(v1, v2, ...) -> bytes
    ///
    /// Return a bytes object with the values packed according to the format.
    #[method(sig = "(*values)", text = "")]
    fn pack(&self, thread: &Thread, values: Rest<'_>) -> PyResult<Owned<Bytes>> {
        self.layout(thread)?.pack(thread, values.as_raw())
    }
    /// S.pack_into(buffer, offset, v1, v2, ...)
    ///
    /// Pack the values according to the format and write them into the buffer from the offset on.
    #[method(sig = "(*arguments)", text = "")]
    fn pack_into(&self, thread: &Thread, arguments: Rest<'_>) -> PyResult<()> {
        self.layout(thread)?.pack_into(thread, arguments.as_raw())
    }
    /// Return a tuple of the values in a buffer of exactly the struct's size.
    #[method(sig = "(buffer, /)")]
    fn unpack(&self, thread: &Thread, buffer: &Object) -> PyResult<Owned<Tuple>> {
        self.layout(thread)?.unpack(thread, buffer)
    }
    /// Return a tuple of the values in the buffer from the offset on.
    #[method(sig = "(buffer, offset=0)")]
    fn unpack_from(&self, thread: &Thread, buffer: &Object, offset: Option<isize>) -> PyResult<Owned<Tuple>> {
        self.layout(thread)?.unpack_from(thread, buffer, offset.unwrap_or(0))
    }
    /// Return an iterator over the structs in a buffer, each a tuple.
    #[method(sig = "(buffer, /)")]
    fn iter_unpack(&self, thread: &Thread, buffer: &Object) -> PyResult<Obj> {
        iterate(thread, self.layout(thread)?, buffer)
    }
    #[method]
    fn __sizeof__(&self) -> usize {
        let fields = self.layout.borrow().as_ref().map_or(0, |layout| layout.fields.len());
        size_of::<Struct>() + (fields + 1) * size_of::<layout::Field>()
    }
}

/// Clear the internal cache.
#[pyfunction(sig = "()")]
fn _clearcache() {
    layout::clear_cache();
}

/// Return size in bytes of the struct described by the format string.
#[pyfunction(sig = "(format, /)")]
fn calcsize(thread: &Thread, format: &Object) -> PyResult<usize> {
    Ok(layout::cached(thread, format)?.size)
}

fn split<'a>(thread: &Thread, arguments: Rest<'a>) -> PyResult<(Rc<Layout>, &'a [Raw])> {
    match (arguments.get(0), arguments.as_raw()) {
        (Some(format), [_, rest @ ..]) => Ok((layout::cached(thread, format)?, rest)),
        _ => Err(thread.type_error("missing format argument")),
    }
}

/// pack(format, v1, v2, ...) -> bytes
///
/// Return a bytes object with the values packed according to the format string.
#[pyfunction(sig = "(*arguments)", text = "")]
fn pack(thread: &Thread, arguments: Rest<'_>) -> PyResult<Owned<Bytes>> {
    let (layout, values) = split(thread, arguments)?;
    layout.pack(thread, values)
}

/// pack_into(format, buffer, offset, v1, v2, ...)
///
/// Pack the values according to the format string and write them into the buffer from the offset on.
#[pyfunction(sig = "(*arguments)", text = "")]
fn pack_into(thread: &Thread, arguments: Rest<'_>) -> PyResult<()> {
    let (layout, rest) = split(thread, arguments)?;
    layout.pack_into(thread, rest)
}

/// Return a tuple of the values unpacked according to the format string.
#[pyfunction(sig = "(format, buffer, /)")]
fn unpack(thread: &Thread, format: &Object, buffer: &Object) -> PyResult<Owned<Tuple>> {
    layout::cached(thread, format)?.unpack(thread, buffer)
}

/// Return a tuple of the values in the buffer from the offset on.
#[pyfunction(sig = "(format, /, buffer, offset=0)")]
fn unpack_from(thread: &Thread, format: &Object, buffer: &Object, offset: Option<isize>) -> PyResult<Owned<Tuple>> {
    layout::cached(thread, format)?.unpack_from(thread, buffer, offset.unwrap_or(0))
}

/// Return an iterator over the structs in a buffer, each a tuple.
#[pyfunction(sig = "(format, buffer, /)")]
fn iter_unpack(thread: &Thread, format: &Object, buffer: &Object) -> PyResult<Obj> {
    iterate(thread, layout::cached(thread, format)?, buffer)
}

pymodule!(
    name = "_struct",
    doc = "Functions to convert between Python values and C structs, which are held in bytes objects.",
    functions = [_clearcache, calcsize, pack, pack_into, unpack, unpack_from, iter_unpack],
    exec = exec
);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    ERROR.add(thread, module, "struct", "error", exceptions::exception())?;
    type_object::ready(thread, UnpackIterator::ty())?;
    module.add_type::<Struct>(thread)
}
