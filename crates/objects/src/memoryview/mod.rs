//! `memoryview`: views of exported memory, many to one export.
//!
//! The export itself is held by a [`ManagedBuffer`], which all views made from one another share;
//! it is released when the last of them is.

mod format;
mod iterator;
pub mod layout;
mod methods;

use std::ffi::{CStr, c_int, c_void};

use pyrox_abi as abi;
use pyrox_abi::{_PyManagedBufferObject, Py_buffer, PyMemoryViewObject, PyObject};
use pyrox_macros::pyclass;

pub use iterator::MemoryIterator;
pub use layout::{Layout, gather};

use crate::buffer;
use crate::object::{Obj, Object, Owned, PyType};
use crate::{PyResult, Thread};

type Raw = *mut PyObject;

const RELEASED: c_int = 1;
const C_ORDER: c_int = 2;
const FORTRAN_ORDER: c_int = 4;
const SCALAR: c_int = 8;
const INDIRECT: c_int = 16;

/// Where the arrays of a view lie in its object.
const ARRAY_OFFSET: usize = 144;

/// The owner of an export.
#[repr(transparent)]
pub struct ManagedBuffer(_PyManagedBufferObject);

impl ManagedBuffer {
    fn new(thread: &Thread, exporter: &Object, flags: c_int) -> PyResult<Owned<ManagedBuffer>> {
        let object = ManagedBuffer::ty().allocate_untracked(thread, 0)?;
        let raw = object.as_ptr() as *mut _PyManagedBufferObject;
        // SAFETY: a fresh, zeroed object; nobody else sees it.
        unsafe {
            (*raw).flags.set(RELEASED);
            buffer::fill_from(thread, exporter, &mut (*raw).master, flags)?;
            (*raw).flags.set(0);
            abi_track(object.as_ptr());
            Ok(object.cast_unchecked())
        }
    }

    /// Release the export, if it is not yet.
    ///
    /// # Safety
    /// Nobody reads the memory any more.
    unsafe fn release(raw: *mut _PyManagedBufferObject) {
        // SAFETY: by contract.
        unsafe {
            if (*raw).flags.get() & RELEASED != 0 {
                return;
            }
            (*raw).flags.set((*raw).flags.get() | RELEASED);
            buffer::release(&mut (*raw).master);
        }
    }
}

/// # Safety
/// A complete object of a type with the collector's head.
unsafe fn abi_track(object: Raw) {
    // SAFETY: by contract.
    unsafe { crate::gc::track(object) }
}

/// The owner of an export that memoryviews share.
#[pyclass(name = "managedbuffer", symbol = "_PyManagedBuffer_Type", gc)]
impl ManagedBuffer {
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: the last reference is gone.
        unsafe {
            crate::gc::untrack(object);
            ManagedBuffer::release(object as *mut _PyManagedBufferObject);
            crate::dealloc::free_instance(object, (*object).ob_type.get());
        }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
        // SAFETY: by contract.
        unsafe {
            let owner = (*(object as *mut _PyManagedBufferObject)).master.obj;
            if owner.is_null() { 0 } else { visit(owner, data) }
        }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_clear(object: Raw) -> i32 {
        // SAFETY: the collector found it unreachable.
        unsafe { ManagedBuffer::release(object as *mut _PyManagedBufferObject) };
        0
    }
}

/// A view.
#[repr(transparent)]
pub struct MemoryView(PyMemoryViewObject);

impl MemoryView {
    /// `memoryview(object)`.
    pub fn new(thread: &Thread, object: &Object) -> PyResult<Owned<MemoryView>> {
        MemoryView::with_flags(thread, object, abi::PyBUF_FULL_RO)
    }

    /// `memoryview._from_flags(object, flags)`.
    pub fn with_flags(thread: &Thread, object: &Object, flags: c_int) -> PyResult<Owned<MemoryView>> {
        if let Some(view) = object.cast::<MemoryView>() {
            view.check(thread)?;
            return view.derive(thread, &Layout::of(view.view()), view.view().format, view.view().readonly != 0);
        }
        if !buffer::is_buffer(object) {
            return Err(thread.type_error(&format!("memoryview: a bytes-like object is required, not '{}'", object.ty().full_name())));
        }
        let owner = ManagedBuffer::new(thread, object, flags)?;
        let raw = owner.as_ptr() as *mut _PyManagedBufferObject;
        // SAFETY: the owner is alive; its view does not change until it is released.
        let master = unsafe { (*raw).master };
        MemoryView::over(thread, raw, &Layout::of(&master), &master, master.format, master.readonly != 0)
    }

    /// A view of memory that nobody owns: whoever makes it keeps the memory.
    pub fn from_view_copy(thread: &Thread, view: &Py_buffer) -> PyResult<Owned<MemoryView>> {
        let object = ManagedBuffer::ty().allocate_untracked(thread, 0)?;
        let raw = object.as_ptr() as *mut _PyManagedBufferObject;
        // SAFETY: a fresh, zeroed object.
        unsafe {
            (*raw).master = *view;
            (*raw).master.obj = std::ptr::null_mut();
            abi_track(object.as_ptr());
        }
        let readonly = view.readonly != 0;
        MemoryView::over(thread, raw, &Layout::of(view), view, view.format, readonly)
    }

    fn over(
        thread: &Thread,
        owner: *mut _PyManagedBufferObject,
        layout: &Layout,
        base: &Py_buffer,
        format: *mut std::ffi::c_char,
        readonly: bool,
    ) -> PyResult<Owned<MemoryView>> {
        let ndim = layout.shape.len();
        if ndim > abi::PyBUF_MAX_NDIM as usize {
            return Err(thread.value_error("memoryview: number of dimensions must not exceed 64"));
        }
        let object = MemoryView::ty().allocate_untracked(thread, 3 * ndim)?;
        let raw = object.as_ptr() as *mut PyMemoryViewObject;
        // SAFETY: a fresh, zeroed object with room for three arrays; the owner is alive.
        unsafe {
            let arrays = (raw as *mut u8).add(ARRAY_OFFSET) as *mut isize;
            std::ptr::copy_nonoverlapping(layout.shape.as_ptr(), arrays, ndim);
            std::ptr::copy_nonoverlapping(layout.strides.as_ptr(), arrays.add(ndim), ndim);
            if let Some(suboffsets) = &layout.suboffsets {
                std::ptr::copy_nonoverlapping(suboffsets.as_ptr(), arrays.add(2 * ndim), ndim);
            }
            let some = |at: *mut isize, there: bool| if there { at } else { std::ptr::null_mut() };
            (*raw).view = Py_buffer {
                buf: layout.buf as *mut c_void,
                obj: base.obj,
                len: layout.count().saturating_mul(layout.itemsize) as isize,
                itemsize: layout.itemsize as isize,
                readonly: readonly as c_int,
                ndim: ndim as c_int,
                format: if format.is_null() { c"B".as_ptr() as *mut _ } else { format },
                shape: some(arrays, ndim > 0),
                strides: some(arrays.add(ndim), ndim > 0),
                suboffsets: some(arrays.add(2 * ndim), layout.suboffsets.is_some()),
                internal: std::ptr::null_mut(),
            };
            let mut flags = 0;
            for (flag, is) in [
                (C_ORDER, layout.is_c()),
                (FORTRAN_ORDER, layout.is_fortran()),
                (SCALAR, ndim == 0),
                (INDIRECT, layout.suboffsets.is_some()),
            ] {
                flags |= if is { flag } else { 0 };
            }
            (*raw).flags.set(flags);
            (*raw).hash.set(-1);
            abi::incref(owner as Raw);
            (*raw).mbuf.set(owner);
            (*owner).exports.set((*owner).exports.get() + 1);
            abi_track(object.as_ptr());
            Ok(object.cast_unchecked())
        }
    }

    /// Another view of the same export.
    fn derive(&self, thread: &Thread, layout: &Layout, format: *mut std::ffi::c_char, readonly: bool) -> PyResult<Owned<MemoryView>> {
        MemoryView::over(thread, self.0.mbuf.get(), layout, self.view(), format, readonly)
    }

    /// The view; its memory is there only while the view is not released.
    pub fn view(&self) -> &Py_buffer {
        &self.0.view
    }

    fn format(&self) -> &CStr {
        buffer::format_of(self.view())
    }

    fn layout(&self) -> Layout {
        Layout::of(self.view())
    }

    pub fn is_released(&self) -> bool {
        let owner = self.0.mbuf.get();
        // SAFETY: a view holds a reference to its owner.
        self.0.flags.get() & RELEASED != 0 || owner.is_null() || unsafe { (*owner).flags.get() } & RELEASED != 0
    }

    /// Refuse released views.
    pub fn check(&self, thread: &Thread) -> PyResult<()> {
        if self.is_released() {
            return Err(thread.value_error("operation forbidden on released memoryview object"));
        }
        Ok(())
    }

    /// The object whose memory it is, unless that was released.
    pub fn exporter(&self) -> Option<Obj> {
        if self.is_released() {
            return None;
        }
        // SAFETY: an export keeps its object alive.
        unsafe { Object::from_ptr_or_null(self.view().obj) }.map(Object::own)
    }

    /// One export less: whoever took it over counts it elsewhere.
    pub fn forget_export(&self) {
        self.0.exports.set(self.0.exports.get() - 1);
    }

    /// `release()`.
    pub fn release_view(&self, thread: &Thread) -> PyResult<()> {
        if self.0.flags.get() & RELEASED != 0 {
            return Ok(());
        }
        let exports = self.0.exports.get();
        if exports > 0 {
            let plural = if exports == 1 { "" } else { "s" };
            return Err(thread.buffer_error(&format!("memoryview has {exports} exported buffer{plural}")));
        }
        self.0.flags.set(self.0.flags.get() | RELEASED);
        let owner = self.0.mbuf.get();
        // SAFETY: the view holds a reference to its owner.
        unsafe {
            (*owner).exports.set((*owner).exports.get() - 1);
            if (*owner).exports.get() == 0 {
                ManagedBuffer::release(owner);
            }
        }
        Ok(())
    }
}
