//! The buffer protocol: asking objects for their memory, and giving it back.
//!
//! [`Buffer`] is what natives use for bytes-like arguments: it holds an export, which keeps the memory
//! in place, and releases it when dropped.

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int, c_void};

use pyrox_abi as abi;
use pyrox_abi::{Py_buffer, PyBufferProcs};
use pyrox_macros::pyclass;

use crate::memoryview::MemoryView;
use crate::object::{Head, Obj, ObjCell, Object, Owned, PyType};
use crate::{Dict, Int, PyResult, Raised, Thread, Tuple};

/// A `Py_buffer` with nothing in it.
pub const fn empty_view() -> Py_buffer {
    Py_buffer {
        buf: std::ptr::null_mut(),
        obj: std::ptr::null_mut(),
        len: 0,
        itemsize: 0,
        readonly: 0,
        ndim: 0,
        format: std::ptr::null_mut(),
        shape: std::ptr::null_mut(),
        strides: std::ptr::null_mut(),
        suboffsets: std::ptr::null_mut(),
        internal: std::ptr::null_mut(),
    }
}

fn procs(object: &Object) -> Option<&PyBufferProcs> {
    // SAFETY: the tables of a type live while it does.
    unsafe { object.ty().raw().tp_as_buffer.get().as_ref() }
}

/// The object exports its memory.
pub fn is_buffer(object: &Object) -> bool {
    procs(object).is_some_and(|table| table.bf_getbuffer.is_some())
}

/// An export of an object's memory, released when dropped.
pub struct Buffer {
    /// On the heap: some exporters let fields point into the structure itself.
    view: Box<Py_buffer>,
}

impl Buffer {
    /// `PyObject_GetBuffer`.
    pub fn get(thread: &Thread, object: &Object, flags: c_int) -> PyResult<Buffer> {
        let mut view = Box::new(empty_view());
        fill_from(thread, object, &mut view, flags)?;
        Ok(Buffer { view })
    }

    /// The contiguous bytes of a bytes-like object.
    pub fn simple(thread: &Thread, object: &Object) -> PyResult<Buffer> {
        Buffer::get(thread, object, abi::PyBUF_SIMPLE)
    }

    /// Contiguous memory that may be written to.
    pub fn writable(thread: &Thread, object: &Object) -> PyResult<Buffer> {
        match Buffer::get(thread, object, abi::PyBUF_WRITABLE) {
            Ok(buffer) => Ok(buffer),
            Err(_) if thread.take_if(crate::exceptions::buffer_error()) || is_buffer(object) => {
                thread.set_raised(None);
                Err(thread.type_error(&format!("read-write bytes-like object expected, not {}", object.ty().full_name())))
            }
            Err(raised) => Err(raised),
        }
    }

    /// The bytes. The export keeps them in place; who holds the slice must not run code that writes to them.
    pub fn as_slice(&self) -> &[u8] {
        if self.view.len <= 0 || self.view.buf.is_null() {
            return &[];
        }
        // SAFETY: the exporter promises `len` contiguous bytes as long as the export lasts.
        unsafe { std::slice::from_raw_parts(self.view.buf as *const u8, self.view.len as usize) }
    }

    /// Where a writable buffer's bytes begin.
    pub fn as_mut_ptr(&self) -> *mut u8 {
        self.view.buf as *mut u8
    }

    pub fn len(&self) -> usize {
        self.view.len.max(0) as usize
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn view(&self) -> &Py_buffer {
        &self.view
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        release(&mut self.view);
    }
}

/// Ask `object` to fill `view`.
pub fn fill_from(thread: &Thread, object: &Object, view: &mut Py_buffer, flags: c_int) -> PyResult<()> {
    if flags != abi::PyBUF_SIMPLE && (flags == abi::PyBUF_READ || flags == abi::PyBUF_WRITE) {
        return Err(thread.system_error("bad argument to internal function"));
    }
    let Some(get) = procs(object).and_then(|table| table.bf_getbuffer) else {
        return Err(thread.type_error(&format!("a bytes-like object is required, not '{}'", object.ty().full_name())));
    };
    // SAFETY: a getbufferproc contract.
    match unsafe { get(object.as_ptr(), view, flags) } {
        0 => Ok(()),
        _ => {
            view.obj = std::ptr::null_mut();
            Err(Raised)
        }
    }
}

/// `PyBuffer_Release`.
pub fn release(view: &mut Py_buffer) {
    let raw = std::mem::replace(&mut view.obj, std::ptr::null_mut());
    // SAFETY: a filled view owns a reference to its exporter.
    unsafe {
        let Some(object) = Owned::<Object>::from_raw_or_null(raw) else { return };
        if let Some(function) = procs(&object).and_then(|table| table.bf_releasebuffer) {
            view.obj = object.as_ptr();
            function(object.as_ptr(), view);
            view.obj = std::ptr::null_mut();
        }
    }
}

/// `PyBuffer_FillInfo`: one-dimensional bytes at `data`.
///
/// # Safety
/// `data` holds `length` bytes for as long as the export lasts.
pub unsafe fn fill_info(
    thread: &Thread,
    view: &mut Py_buffer,
    owner: &Object,
    data: *mut u8,
    length: usize,
    readonly: bool,
    flags: c_int,
) -> PyResult<()> {
    if flags & abi::PyBUF_WRITABLE != 0 && readonly {
        return Err(thread.buffer_error("Object is not writable."));
    }
    view.obj = owner.own().into_raw();
    view.buf = data as *mut c_void;
    view.len = length as isize;
    view.readonly = readonly as c_int;
    view.itemsize = 1;
    view.format = if flags & abi::PyBUF_FORMAT != 0 { c"B".as_ptr() as *mut c_char } else { std::ptr::null_mut() };
    view.ndim = 1;
    view.internal = std::ptr::null_mut();
    view.suboffsets = std::ptr::null_mut();
    view.shape = if flags & abi::PyBUF_ND == abi::PyBUF_ND { &raw mut view.len } else { std::ptr::null_mut() };
    view.strides = if flags & abi::PyBUF_STRIDES == abi::PyBUF_STRIDES { &raw mut view.itemsize } else { std::ptr::null_mut() };
    Ok(())
}

/// A copy of the bytes of a bytes-like object; `None` if it is none.
pub fn contiguous_bytes(thread: &Thread, object: &Object) -> PyResult<Option<Vec<u8>>> {
    if !is_buffer(object) {
        return Ok(None);
    }
    Ok(Some(Buffer::simple(thread, object)?.as_slice().to_vec()))
}

/// The bytes of a bytes-like object or of an iterable of ints, as `bytes(object)` takes them.
pub fn bytes_of(thread: &Thread, object: &Object) -> PyResult<Vec<u8>> {
    if let Some(bytes) = object.exact::<crate::Bytes>() {
        return Ok(bytes.as_slice().to_vec());
    }
    if let Some(result) = object.call_special(thread, crate::intern!("__bytes__"), &[])? {
        return match result.cast::<crate::Bytes>() {
            Some(bytes) => Ok(bytes.as_slice().to_vec()),
            None => Err(thread.type_error(&format!("__bytes__ returned non-bytes (type {})", result.ty().full_name()))),
        };
    }
    crate::bytes::collect(thread, object, "bytes", "bytes must be in range(0, 256)")
}

/// What a Python class's `__buffer__` gave: exports of it go through this object, so that
/// `__release_buffer__` can be called at the end.
#[repr(C)]
pub struct BufferWrapper {
    head: Head,
    view: ObjCell,
    owner: ObjCell,
    released: Cell<bool>,
}

/// Calls a Python class's methods when its exported buffer is released.
#[pyclass(name = "_buffer_wrapper", traverse = [view, owner], dealloc = drop)]
impl BufferWrapper {
    #[slot]
    fn bf_releasebuffer(&self, thread: &Thread, _view: &mut Py_buffer) {
        let (Some(memory), Some(owner)) = (self.view.get(), self.owner.get()) else { return };
        if self.released.replace(true) {
            return;
        }
        thread.aside(|| {
            let called = owner.call_special(thread, crate::intern!("__release_buffer__"), &[&memory]);
            if called.is_err() {
                crate::hooks::unraisable(thread, None, Some(&owner));
            }
            if let Some(memory) = memory.cast::<MemoryView>() {
                if memory.release_view(thread).is_err() {
                    crate::hooks::unraisable(thread, None, Some(&owner));
                }
            }
        });
        self.view.set(None);
    }
}

/// `bf_getbuffer` of classes with `__buffer__`.
pub fn slot_getbuffer(thread: &Thread, object: &Object, view: &mut Py_buffer, flags: i32) -> PyResult<()> {
    let flags_object = Int::from(flags as i64);
    let Some(result) = object.call_special(thread, crate::intern!("__buffer__"), &[&flags_object])? else {
        return Err(thread.type_error(&format!("a bytes-like object is required, not '{}'", object.ty().full_name())));
    };
    if !result.is_instance::<MemoryView>() {
        return Err(thread.type_error("__buffer__ returned non-memoryview object"));
    }
    fill_from(thread, &result, view, flags)?;
    let wrapper = BufferWrapper::ty().instantiate(
        thread,
        BufferWrapper {
            head: Head::unset(),
            view: ObjCell::new(Some(result.clone())),
            owner: ObjCell::new(Some(object.own())),
            released: Cell::new(false),
        },
    );
    match wrapper {
        Ok(wrapper) => {
            // The wrapper keeps the memoryview alive; its own export is counted by the wrapper's release.
            if let Some(memory) = result.cast::<MemoryView>() {
                memory.forget_export();
            }
            // SAFETY: the view owned a reference to the memoryview.
            drop(unsafe { Owned::<Object>::from_raw_or_null(view.obj) });
            view.obj = wrapper.into_raw();
            Ok(())
        }
        Err(raised) => {
            release(view);
            Err(raised)
        }
    }
}

/// `bf_releasebuffer` of classes with `__release_buffer__`: the exporting wrapper has called it.
pub fn slot_releasebuffer(thread: &Thread, object: &Object, view: &mut Py_buffer) {
    if view.obj.is_null() || !std::ptr::eq(view.obj, object.as_ptr()) {
        return;
    }
    thread.aside(|| {
        let memory = MemoryView::from_view_copy(thread, view);
        let called = memory.and_then(|memory| {
            object.call_special(thread, crate::intern!("__release_buffer__"), &[&memory])?;
            memory.release_view(thread)
        });
        if called.is_err() {
            crate::hooks::unraisable(thread, None, Some(object));
        }
    });
}

fn only<'a>(thread: &Thread, args: &'a Tuple, name: &str) -> PyResult<&'a Object> {
    match args.items() {
        [only] => Ok(only),
        items => Err(thread.type_error(&format!("{name}() takes exactly one argument ({} given)", items.len()))),
    }
}

/// `__buffer__` of native types.
pub fn wrap_buffer(thread: &Thread, this: &Object, args: &Tuple, _slot: *mut c_void, _: Option<&Dict>) -> PyResult<Obj> {
    let flags = only(thread, args, "__buffer__")?.as_isize(thread)?;
    match i32::try_from(flags) {
        Ok(flags) => Ok(MemoryView::with_flags(thread, this, flags)?.upcast()),
        Err(_) => Err(thread.overflow_error("buffer flags out of range")),
    }
}

/// `__release_buffer__` of native types.
pub fn wrap_releasebuffer(thread: &Thread, this: &Object, args: &Tuple, _slot: *mut c_void, _: Option<&Dict>) -> PyResult<Obj> {
    let Some(memory) = only(thread, args, "__release_buffer__")?.cast::<MemoryView>() else {
        return Err(thread.type_error("expected a memoryview object"));
    };
    if let Some(exporter) = memory.exporter() {
        if !exporter.is(this) {
            return Err(thread.value_error("memoryview's buffer is not this object"));
        }
        if memory.is_released() {
            return Err(thread.value_error("memoryview's buffer has already been released"));
        }
        memory.release_view(thread)?;
    }
    Ok(crate::none())
}

/// The text of a C format, `B` if there is none.
pub fn format_of(view: &Py_buffer) -> &CStr {
    if view.format.is_null() {
        return c"B";
    }
    // SAFETY: an exporter's format ends in NUL and lives as long as the export.
    unsafe { CStr::from_ptr(view.format) }
}
