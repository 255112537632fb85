//! `pickle.PickleBuffer`: a buffer that pickling may pass on out of band.

use std::cell::{Cell, UnsafeCell};
use std::mem::offset_of;

use pyrox_abi as abi;
use pyrox_macros::pyclass;

use crate::buffer;
use crate::object::{Head, Obj, Object, Owned, PyType};
use crate::{MemoryView, PyResult, Str, Thread, Type};

/// A wrapper of an object with a buffer.
#[repr(C)]
pub struct PickleBuffer {
    head: Head,
    /// The view; without an exporter once it is released.
    view: UnsafeCell<abi::Py_buffer>,
    weakrefs: Cell<*mut abi::PyObject>,
}

impl Drop for PickleBuffer {
    fn drop(&mut self) {
        buffer::release(self.view.get_mut());
    }
}

impl PickleBuffer {
    /// A buffer over an object.
    ///
    /// # Errors
    /// `TypeError` if the object has none.
    pub fn new(thread: &Thread, object: &Object) -> PyResult<Owned<PickleBuffer>> {
        Self::of_class(thread, Self::ty(), object)
    }

    fn of_class(thread: &Thread, class: &Type, object: &Object) -> PyResult<Owned<PickleBuffer>> {
        // SAFETY: zeros are an empty view.
        let empty = unsafe { std::mem::zeroed() };
        let made = class.instantiate(
            thread,
            PickleBuffer { head: Head::unset(), view: UnsafeCell::new(empty), weakrefs: Cell::new(std::ptr::null_mut()) },
        )?;
        // SAFETY: the instance keeps its address, and nobody else has it yet.
        buffer::fill_from(thread, object, unsafe { &mut *made.view.get() }, abi::PyBUF_FULL_RO)?;
        Ok(made)
    }

    /// The view of the wrapped object.
    ///
    /// # Errors
    /// `ValueError` once it is released.
    pub fn view(&self, thread: &Thread) -> PyResult<*const abi::Py_buffer> {
        let view = self.view.get();
        // SAFETY: only release writes to it.
        match unsafe { (*view).obj.is_null() } {
            true => Err(thread.value_error("operation forbidden on released PickleBuffer object")),
            false => Ok(view),
        }
    }

    /// Give the view back.
    pub fn give_back(&self) {
        // SAFETY: taken out first, so that releasing may come back here.
        unsafe {
            let mut view = *self.view.get();
            (*self.view.get()).obj = std::ptr::null_mut();
            buffer::release(&mut view);
        }
    }
}

/// Wrapper for potentially out-of-band buffers
#[pyclass(name = "PickleBuffer", module = "pickle", symbol = "PyPickleBuffer_Type", gc, dealloc = drop,
    weaklistoffset = offset_of!(PickleBuffer, weakrefs) as isize)]
impl PickleBuffer {
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: *mut abi::PyObject, visit: abi::visitproc, data: *mut std::ffi::c_void) -> i32 {
        // SAFETY: by contract.
        unsafe {
            let exporter = (*(*(object as *const PickleBuffer)).view.get()).obj;
            if exporter.is_null() { 0 } else { visit(exporter, data) }
        }
    }
    #[new(sig = "(object, /)")]
    fn make(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Owned<PickleBuffer>> {
        Self::of_class(thread, cls, object)
    }
    #[slot]
    fn bf_getbuffer(&self, thread: &Thread, view: &mut abi::Py_buffer, flags: i32) -> PyResult<()> {
        let own = self.view(thread)?;
        // SAFETY: the view's exporter is alive.
        buffer::fill_from(thread, unsafe { Object::from_ptr((*own).obj) }, view, flags)
    }
    /// Return a memoryview of the raw memory underlying this buffer.
    ///
    /// Will raise BufferError is the buffer isn't contiguous.
    #[method]
    fn raw(&self, thread: &Thread) -> PyResult<Obj> {
        let own = self.view(thread)?;
        // SAFETY: the view's exporter is alive.
        let whole = MemoryView::new(thread, unsafe { Object::from_ptr((*own).obj) })?;
        if !whole.getattr_str(thread, "contiguous")?.is_true(thread)? {
            return Err(thread.buffer_error("cannot extract raw buffer from non-contiguous buffer"));
        }
        whole.call_method(thread, crate::intern!("cast"), &[&Str::from_str(thread, "B")?.upcast()])
    }
    /// Release the underlying buffer exposed by the PickleBuffer object.
    #[method]
    fn release(&self) {
        self.give_back();
    }
}
