//! The buffer protocol and `memoryview`.

use std::ffi::{c_char, c_int, c_void};

use pyrox_abi::{self as abi, Py_buffer};
use pyrox_objects::buffer::{self, Buffer};
use pyrox_objects::memoryview::layout::{self, Layout};
use pyrox_objects::{Bytes, MemoryView, Obj, Object, Owned, PyResult, Str, Thread, exceptions};

use crate::api::{bad_call, length, present};
use crate::support::{Raw, give, status, text};

/// Whether a view is contiguous in an order: C, F, or either.
fn is_contiguous(view: &Py_buffer, order: u8) -> bool {
    if !view.suboffsets.is_null() {
        return false;
    }
    let layout = Layout::of(view);
    match order {
        b'C' => layout.is_c(),
        b'F' => layout.is_fortran(),
        b'A' => layout.is_c() || layout.is_fortran(),
        _ => false,
    }
}

/// Copy an array of bytes over a view's items.
unsafe fn scatter(view: &Py_buffer, from: *const u8, size: usize, fortran: bool) {
    let layout = Layout::of(view);
    let contiguous = if fortran { layout.is_fortran() } else { layout.is_c() };
    // SAFETY: the view's items lie in its memory; at most `size` bytes are read.
    unsafe {
        if contiguous {
            std::ptr::copy(from, view.buf as *mut u8, size);
            return;
        }
        let mut at = 0;
        layout.for_each(fortran, |item| {
            if at + layout.itemsize <= size {
                std::ptr::copy_nonoverlapping(from.add(at), item, layout.itemsize);
                at += layout.itemsize;
            }
        });
    }
}

/// The memory of an object by an old function, whose caller keeps the object.
unsafe fn old_style(thread: &Thread, object: Raw, to: *mut *mut c_void, size: *mut isize, flags: c_int) -> PyResult<()> {
    // SAFETY: by the API's contract.
    unsafe {
        let Some(object) = Object::from_ptr_or_null(object).filter(|_| !to.is_null() && !size.is_null()) else {
            return Err(thread.system_error("null argument to internal routine"));
        };
        if flags & abi::PyBUF_WRITABLE != 0 && !buffer::is_buffer(object) {
            return Err(thread.type_error("expected a writable bytes-like object"));
        }
        let view = Buffer::get(thread, object, flags)?;
        *to = view.view().buf;
        *size = view.view().len;
        Ok(())
    }
}

/// A view of what another shows, one item after the other.
fn contiguous_copy(thread: &Thread, view: &MemoryView, fortran: bool) -> PyResult<Obj> {
    let plain = Bytes::from_slice(thread, &layout::gather(thread, view.view(), fortran)?)?;
    let fresh = MemoryView::new(thread, &plain)?;
    let object: &Object = view;
    let (format, shape) = (object.getattr_str(thread, "format")?, object.getattr_str(thread, "shape")?);
    let fresh: &Object = &fresh;
    let cast = Str::from_str(thread, "cast")?;
    if format.cast::<Str>().is_some_and(|f| f.equals_str("B")) && view.view().ndim == 1 {
        return Ok(fresh.own());
    }
    fresh.call_method(thread, &cast, &[&format, &shape])
}

crate::api! {
    /// Ask an object for its memory.
    fn PyObject_GetBuffer(thread; object: Raw, view: *mut Py_buffer, flags: c_int) -> c_int = status {
        buffer::fill_from(thread, present(thread, object)?, &mut *view, flags)
    }
    /// Whether an object has memory to show.
    fn PyObject_CheckBuffer(object: Raw) -> c_int { buffer::is_buffer(Object::from_ptr(object)) as c_int }
    /// Give a view back.
    fn PyBuffer_Release(view: *mut Py_buffer) { buffer::release(&mut *view) }

    /// Fill a view of plain bytes.
    fn PyBuffer_FillInfo(
        thread; view: *mut Py_buffer, object: Raw, data: *mut c_void, size: isize, readonly: c_int, flags: c_int
    ) -> c_int = status {
        if view.is_null() {
            return Err(thread.buffer_error("PyBuffer_FillInfo: view==NULL argument is obsolete"));
        }
        if flags != abi::PyBUF_SIMPLE && (flags == abi::PyBUF_READ || flags == abi::PyBUF_WRITE) {
            return Err(bad_call(thread));
        }
        let view = &mut *view;
        let owner = Object::from_ptr_or_null(object);
        buffer::fill_info(
            thread, view, owner.unwrap_or(pyrox_objects::none_ref()), data as *mut u8, size.max(0) as usize, readonly != 0, flags
        )?;
        view.len = size;
        if owner.is_none() {
            pyrox_objects::object::xdecref(std::mem::replace(&mut view.obj, std::ptr::null_mut()));
        }
        Ok(())
    }

    /// Whether a view is contiguous in an order.
    fn PyBuffer_IsContiguous(view: *const Py_buffer, order: c_char) -> c_int { is_contiguous(&*view, order as u8) as c_int }

    /// The address of an item.
    fn PyBuffer_GetPointer(view: *const Py_buffer, indices: *const isize) -> *mut c_void {
        let layout = Layout::of(&*view);
        let mut at = layout.buf;
        for dim in 0..layout.shape.len() {
            at = layout.step(at, dim, *indices.add(dim));
        }
        at as *mut c_void
    }

    /// Copy a view's items one after the other.
    fn PyBuffer_ToContiguous(thread; to: *mut c_void, view: *const Py_buffer, size: isize, order: c_char) -> c_int = status {
        let view = &*view;
        if size != view.len {
            return Err(thread.value_error("PyBuffer_ToContiguous: len != view->len"));
        }
        if is_contiguous(view, order as u8) {
            std::ptr::copy(view.buf as *const u8, to as *mut u8, size.max(0) as usize);
            return Ok(());
        }
        let bytes = layout::gather(thread, view, order as u8 == b'F')?;
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), to as *mut u8, bytes.len().min(size.max(0) as usize));
        Ok(())
    }

    /// Copy bytes over a view's items.
    fn PyBuffer_FromContiguous(view: *const Py_buffer, from: *const c_void, size: isize, order: c_char) -> c_int {
        let view = &*view;
        scatter(view, from as *const u8, size.min(view.len).max(0) as usize, order as u8 == b'F');
        0
    }

    /// Fill in the strides of a contiguous array.
    fn PyBuffer_FillContiguousStrides(count: c_int, shape: *mut isize, strides: *mut isize, itemsize: c_int, order: c_char) {
        let count = count.max(0) as usize;
        let mut step = itemsize as isize;
        for at in 0..count {
            let at = if order as u8 == b'F' { at } else { count - 1 - at };
            *strides.add(at) = step;
            step = step.wrapping_mul(*shape.add(at));
        }
    }

    /// The size of an item in a format of `struct`.
    fn PyBuffer_SizeFromFormat(thread; format: *const c_char) -> isize = length {
        let module = pyrox_interpreter::import::import_module(thread, "struct")?;
        let format = Str::from_str(thread, &text(format))?;
        module.getattr_str(thread, "calcsize")?.call(thread, &[&format])?.as_isize(thread)
    }

    /// Copy the memory of an object over that of another.
    fn PyObject_CopyData(thread; to: Raw, from: Raw) -> c_int = status {
        let (to, from) = (present(thread, to)?, present(thread, from)?);
        if !buffer::is_buffer(to) || !buffer::is_buffer(from) {
            return Err(thread.type_error("both destination and source must be bytes-like objects"));
        }
        let to = Buffer::get(thread, to, abi::PyBUF_FULL)?;
        let from = Buffer::get(thread, from, abi::PyBUF_FULL_RO)?;
        if to.view().len < from.view().len {
            return Err(thread.buffer_error("destination is too small to receive data from source"));
        }
        let bytes = layout::gather(thread, from.view(), false)?;
        scatter(to.view(), bytes.as_ptr(), bytes.len(), false);
        Ok(())
    }

    /// Memory for reading, by an old function.
    fn PyObject_AsReadBuffer(thread; object: Raw, to: *mut *mut c_void, size: *mut isize) -> c_int = status {
        old_style(thread, object, to, size, abi::PyBUF_SIMPLE)
    }
    /// Memory for reading, by an old function.
    fn PyObject_AsCharBuffer(thread; object: Raw, to: *mut *mut c_void, size: *mut isize) -> c_int = status {
        old_style(thread, object, to, size, abi::PyBUF_SIMPLE)
    }
    /// Memory for writing, by an old function.
    fn PyObject_AsWriteBuffer(thread; object: Raw, to: *mut *mut c_void, size: *mut isize) -> c_int = status {
        old_style(thread, object, to, size, abi::PyBUF_WRITABLE)
    }
    /// Whether an object gives memory for reading.
    fn PyObject_CheckReadBuffer(thread; object: Raw) -> c_int {
        let readable = Buffer::simple(thread, Object::from_ptr(object)).is_ok();
        thread.set_raised(None);
        readable as c_int
    }

    /// `memoryview(object)`.
    fn PyMemoryView_FromObject(thread; object: Raw) -> Raw = give { MemoryView::new(thread, present(thread, object)?).map(Owned::upcast) }

    /// A view of memory that the caller keeps.
    fn PyMemoryView_FromMemory(thread; memory: *mut c_char, size: isize, flags: c_int) -> Raw = give {
        let mut view = buffer::empty_view();
        view.buf = memory as *mut c_void;
        view.len = size;
        view.itemsize = 1;
        view.ndim = 1;
        view.readonly = (flags != abi::PyBUF_WRITE) as c_int;
        MemoryView::from_view_copy(thread, &view).map(Owned::upcast)
    }

    /// A view of what another shows, which the caller keeps.
    fn PyMemoryView_FromBuffer(thread; view: *const Py_buffer) -> Raw = give {
        if (*view).buf.is_null() {
            return Err(thread.value_error("PyMemoryView_FromBuffer(): info->buf must not be NULL"));
        }
        MemoryView::from_view_copy(thread, &*view).map(Owned::upcast)
    }

    /// A view of an object's memory that is contiguous: a copy, if need be.
    fn PyMemoryView_GetContiguous(thread; object: Raw, access: c_int, order: c_char) -> Raw = give {
        let view = MemoryView::new(thread, present(thread, object)?)?;
        if access == abi::PyBUF_WRITE && view.view().readonly != 0 {
            return Err(thread.error(exceptions::buffer_error(), "underlying buffer is not writable"));
        }
        if is_contiguous(view.view(), order as u8) {
            return Ok(view.upcast());
        }
        if access == abi::PyBUF_WRITE {
            let message = "writable contiguous buffer requested for a non-contiguous object.";
            return Err(thread.error(exceptions::buffer_error(), message));
        }
        contiguous_copy(thread, &view, order as u8 == b'F')
    }
}
