//! The type `memoryview`.

use std::ffi::{c_int, c_void};

use pyrox_abi as abi;
use pyrox_abi::{Py_buffer, PyObject};
use pyrox_macros::pyclass;

use super::{C_ORDER, FORTRAN_ORDER, INDIRECT, Layout, ManagedBuffer, MemoryIterator, MemoryView, RELEASED, format, gather};
use crate::buffer::Buffer;
use crate::native::{Count, Rest};
use crate::object::{Obj, Object, Owned};
use crate::slice::Range;
use crate::{Bytes, CompareOp, Int, List, PyResult, Raised, Slice, Str, Thread, Tuple, Type};

type Raw = *mut PyObject;

impl MemoryView {
    fn native_format(&self, thread: &Thread) -> PyResult<u8> {
        format::native(self.format())
            .ok_or_else(|| thread.not_implemented_error(&format!("memoryview: format {} not supported", self.format().to_string_lossy())))
    }

    /// Where the item that `key` names lies; several indices for several dimensions.
    fn address(&self, thread: &Thread, indices: &[&Object]) -> PyResult<*mut u8> {
        let numbers = indices.iter().map(|index| index.as_subscript(thread)).collect::<PyResult<Vec<isize>>>()?;
        self.check(thread)?;
        let layout = self.layout();
        let mut at = layout.buf;
        for (dim, index) in numbers.into_iter().enumerate() {
            let length = layout.shape.get(dim).copied().unwrap_or(0);
            let index = if index < 0 { index.saturating_add(length) } else { index };
            if index < 0 || index >= length {
                return Err(thread.index_error(&format!("index out of bounds on dimension {}", dim + 1)));
            }
            // SAFETY: just checked.
            at = unsafe { layout.step(at, dim, index) };
        }
        Ok(at)
    }

    /// The item that a tuple of indices or, for one dimension, an int names.
    fn item(&self, thread: &Thread, indices: &[&Object]) -> PyResult<(*mut u8, u8)> {
        let format = self.native_format(thread)?;
        let ndim = self.view().ndim as usize;
        if indices.len() < ndim {
            return Err(thread.not_implemented_error("sub-views are not implemented"));
        }
        if indices.len() > ndim {
            return Err(thread.type_error(&format!("cannot index {ndim}-dimension view with {}-element tuple", indices.len())));
        }
        Ok((self.address(thread, indices)?, format))
    }

    /// The first dimension cut to a slice.
    fn sliced(&self, thread: &Thread, slice: &Slice) -> PyResult<Layout> {
        let indices = slice.unpack(thread)?;
        self.check(thread)?;
        let mut layout = self.layout();
        let range: Range = indices.adjust(layout.shape.first().copied().unwrap_or(0).max(0) as usize);
        let stride = layout.strides[0];
        match layout.suboffsets.as_mut().and_then(|s| s.first_mut()).filter(|s| **s >= 0) {
            _ if range.length == 0 => {}
            Some(_) => {
                // SAFETY: the start is within the dimension; the pointers are stepped, not the items.
                layout.buf = unsafe { layout.buf.offset(stride * range.start) };
            }
            // SAFETY: as above.
            None => layout.buf = unsafe { layout.buf.offset(stride * range.start) },
        }
        layout.shape[0] = range.length as isize;
        layout.strides[0] = stride.saturating_mul(range.step);
        Ok(layout)
    }

    fn to_list(&self, thread: &Thread) -> PyResult<Obj> {
        let format = self.native_format(thread)?;
        let layout = self.layout();
        // SAFETY: an item of that format lies at each place.
        unsafe { nested(thread, &layout, layout.buf, 0, format) }
    }

    fn integers(thread: &Thread, values: &[isize]) -> PyResult<Obj> {
        let items = values.iter().map(|&n| Int::from(n as i64).upcast()).collect();
        Ok(Tuple::from_vec(thread, items)?.upcast())
    }

    /// The value that is written to all of a slice: same format, same shape.
    fn assign(&self, thread: &Thread, target: &Layout, value: &Object) -> PyResult<()> {
        let source = Buffer::get(thread, value, abi::PyBUF_FULL_RO)?;
        self.check(thread)?;
        let layout = Layout::of(source.view());
        let same_format = crate::buffer::format_of(source.view()).to_bytes() == self.format().to_bytes();
        if !same_format || layout.itemsize != target.itemsize || layout.shape != target.shape {
            return Err(thread.value_error("memoryview assignment: lvalue and rvalue have different structures"));
        }
        // By way of a copy, as the two may overlap.
        let bytes = gather(thread, source.view(), false)?;
        let mut rest = bytes.chunks_exact(target.itemsize);
        target.for_each(false, |item| {
            if let Some(chunk) = rest.next() {
                // SAFETY: an item has that many bytes.
                unsafe { std::ptr::copy_nonoverlapping(chunk.as_ptr(), item, chunk.len()) };
            }
        });
        Ok(())
    }

    fn byte_format(c: u8) -> bool {
        matches!(c, b'b' | b'B' | b'c')
    }

    fn cast_to(&self, thread: &Thread, format: &Str, shape: Option<&Object>) -> PyResult<Owned<MemoryView>> {
        let flags = self.0.flags.get();
        if flags & C_ORDER == 0 {
            return Err(thread.type_error("memoryview: casts are restricted to C-contiguous views"));
        }
        let mut layout = self.layout();
        if (shape.is_some() || layout.shape.len() != 1) && layout.count() == 0 {
            return Err(thread.type_error("memoryview: cannot cast view with zeros in shape or strides"));
        }
        let sizes = match shape {
            None => None,
            Some(shape) => {
                if !shape.is_instance::<List>() && !shape.is_instance::<Tuple>() {
                    return Err(thread.type_error("shape must be a list or a tuple"));
                }
                let sizes = shape.to_items(thread)?;
                if sizes.len() > abi::PyBUF_MAX_NDIM as usize {
                    return Err(thread.value_error("memoryview: number of dimensions must not exceed 64"));
                }
                if layout.shape.len() != 1 && sizes.len() != 1 {
                    return Err(thread.type_error("memoryview: cast must be 1D -> ND or ND -> 1D"));
                }
                Some(sizes)
            }
        };
        let wanted = format.to_string_lossy();
        let to = match wanted.strip_prefix('@').unwrap_or(&wanted).as_bytes() {
            [c] if format::size(*c).is_some() => *c,
            _ => {
                return Err(thread
                    .value_error("memoryview: destination format must be a native single character format prefixed with an optional '@'"));
            }
        };
        let Some(from) = format::native(self.format()) else {
            return Err(
                thread.value_error("memoryview: source format must be a native single character format prefixed with an optional '@'")
            );
        };
        if !MemoryView::byte_format(from) && !MemoryView::byte_format(to) {
            return Err(thread.type_error("memoryview: cannot cast between two non-byte formats"));
        }
        let itemsize = format::size(to).unwrap_or(1);
        let length = self.view().len.max(0) as usize;
        if !length.is_multiple_of(itemsize) {
            return Err(thread.type_error("memoryview: length is not a multiple of itemsize"));
        }
        layout.itemsize = itemsize;
        layout.suboffsets = None;
        layout.shape = vec![(length / itemsize) as isize];
        if let Some(sizes) = sizes {
            let mut shape = Vec::with_capacity(sizes.len());
            let mut product = itemsize;
            for size in &sizes {
                if !size.is_int() {
                    return Err(thread.type_error("memoryview.cast(): elements of shape must be integers"));
                }
                let size = size.as_isize(thread)?;
                if size <= 0 {
                    return Err(thread.value_error("memoryview.cast(): elements of shape must be integers > 0"));
                }
                product = product
                    .checked_mul(size as usize)
                    .ok_or_else(|| thread.value_error("memoryview.cast(): product(shape) > SSIZE_MAX"))?;
                shape.push(size);
            }
            if product != length {
                return Err(thread.type_error("memoryview: product(shape) * itemsize != buffer size"));
            }
            layout.shape = shape;
        }
        layout.strides = super::layout::c_strides(&layout.shape, itemsize as isize);
        self.derive(thread, &layout, format::text(to).as_ptr() as *mut _, self.view().readonly != 0)
    }

    fn equals(&self, thread: &Thread, other: &Object) -> PyResult<Option<bool>> {
        if self.is_released() {
            return Ok(Some(std::ptr::eq(self.as_ptr(), other.as_ptr())));
        }
        if !crate::buffer::is_buffer(other) {
            return Ok(None);
        }
        if other.cast::<MemoryView>().is_some_and(MemoryView::is_released) {
            return Ok(Some(std::ptr::eq(self.as_ptr(), other.as_ptr())));
        }
        let other = match Buffer::get(thread, other, abi::PyBUF_FULL_RO) {
            Ok(buffer) => buffer,
            Err(Raised) => {
                thread.set_raised(None);
                return Ok(None);
            }
        };
        let (a, b) = (self.layout(), Layout::of(other.view()));
        if a.shape != b.shape {
            return Ok(Some(false));
        }
        let (left, right) = (gather(thread, self.view(), false)?, gather(thread, other.view(), false)?);
        let (f, g) = (self.format(), crate::buffer::format_of(other.view()));
        match (format::native(f), format::native(g)) {
            (Some(f), Some(g)) if f == g && !matches!(f, b'f' | b'd' | b'e' | b'?') => Ok(Some(left == right)),
            (Some(f), Some(g)) => {
                for (x, y) in left.chunks_exact(a.itemsize).zip(right.chunks_exact(b.itemsize)) {
                    // SAFETY: the chunks are items of the formats.
                    let (x, y) = unsafe { (format::unpack(thread, x.as_ptr(), f)?, format::unpack(thread, y.as_ptr(), g)?) };
                    // Items are compared by value: a NaN is not equal to itself.
                    if !x.compare_values(thread, &y)? {
                        return Ok(Some(false));
                    }
                }
                Ok(Some(true))
            }
            // Structured items compare by their bytes.
            _ => Ok(Some(f.to_bytes() == g.to_bytes() && left == right)),
        }
    }
}

impl Object {
    /// `==` without the shortcut of identity.
    fn compare_values(&self, thread: &Thread, other: &Object) -> PyResult<bool> {
        self.richcompare(thread, other, CompareOp::Eq)?.is_true(thread)
    }
}

/// # Safety
/// Items of the format lie where the layout says.
unsafe fn nested(thread: &Thread, layout: &Layout, base: *mut u8, dim: usize, format: u8) -> PyResult<Obj> {
    // SAFETY: indices stay within the shape; there are at most 64 dimensions.
    unsafe {
        if dim == layout.shape.len() {
            return format::unpack(thread, base, format);
        }
        let mut items = Vec::new();
        for index in 0..layout.shape[dim] {
            items.push(nested(thread, layout, layout.step(base, dim, index), dim + 1, format)?);
        }
        Ok(List::from_vec(thread, items)?.upcast())
    }
}

/// Create a new memoryview object which references the given object.
#[pyclass(name = "memoryview", symbol = "PyMemoryView_Type", gc, basicsize = 144, itemsize = 8, weaklistoffset = 136,
    flags = abi::Py_TPFLAGS_SEQUENCE)]
impl MemoryView {
    #[new(sig = "(object)")]
    fn create(_cls: &Type, thread: &Thread, object: &Object) -> PyResult<Owned<MemoryView>> {
        MemoryView::new(thread, object)
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: the last reference is gone.
        unsafe {
            crate::gc::untrack(object);
            let this = &*(object as *const MemoryView);
            let owner = this.0.mbuf.replace(std::ptr::null_mut());
            if !owner.is_null() {
                if this.0.flags.get() & RELEASED == 0 {
                    this.0.flags.set(RELEASED);
                    (*owner).exports.set((*owner).exports.get() - 1);
                    if (*owner).exports.get() == 0 {
                        ManagedBuffer::release(owner);
                    }
                }
                crate::object::decref(owner as Raw);
            }
            crate::weakref::clear_weakrefs(object);
            crate::dealloc::free_instance(object, (*object).ob_type.get());
        }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
        // SAFETY: by contract.
        unsafe {
            let owner = (*(object as *const MemoryView)).0.mbuf.get();
            if owner.is_null() { 0 } else { visit(owner as Raw, data) }
        }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_clear(object: Raw) -> i32 {
        // SAFETY: by contract.
        unsafe {
            let thread = Thread::current();
            if (*(object as *const MemoryView)).release_view(thread).is_err() {
                thread.set_raised(None);
            }
        }
        0
    }
    #[slot]
    fn tp_repr(&self) -> String {
        let state = if self.is_released() { "released " } else { "" };
        format!("<{state}memory at {:#x}>", self.as_ptr() as usize)
    }
    #[slot]
    fn tp_hash(&self, thread: &Thread) -> PyResult<isize> {
        if self.0.hash.get() != -1 {
            return Ok(self.0.hash.get());
        }
        self.check(thread)?;
        if self.view().readonly == 0 {
            return Err(thread.value_error("cannot hash writable memoryview object"));
        }
        if !format::native(self.format()).is_some_and(MemoryView::byte_format) {
            return Err(thread.value_error("memoryview: hashing is restricted to formats 'B', 'b' or 'c'"));
        }
        if let Some(exporter) = self.exporter() {
            exporter.hash(thread)?;
        }
        self.check(thread)?;
        let hash = match crate::str::hash_secret().hash(&gather(thread, self.view(), false)?) as isize {
            -1 => -2,
            hash => hash,
        };
        self.0.hash.set(hash);
        Ok(hash)
    }
    #[slot]
    fn tp_richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
            return Ok(crate::not_implemented());
        }
        Ok(match self.equals(thread, other)? {
            Some(equal) => crate::bool_obj(equal == matches!(op, CompareOp::Eq)),
            None => crate::not_implemented(),
        })
    }
    #[slot]
    fn tp_iter(&self, thread: &Thread) -> PyResult<Obj> {
        self.check(thread)?;
        match self.view().ndim {
            0 => Err(thread.type_error("invalid indexing of 0-dim memory")),
            1 => {
                let format = self.native_format(thread)?;
                let length = self.layout().shape[0].max(0) as usize;
                Ok(MemoryIterator::new(thread, self, length, format)?.upcast())
            }
            _ => Err(thread.not_implemented_error("multi-dimensional sub-views are not implemented")),
        }
    }
    #[slot]
    fn bf_getbuffer(&self, thread: &Thread, view: &mut Py_buffer, flags: c_int) -> PyResult<()> {
        self.check(thread)?;
        let has = |bits: c_int| flags & bits == bits;
        let refuse = |message: &str| Err(thread.buffer_error(&format!("memoryview: {message}")));
        let own = self.0.flags.get();
        let mut filled = *self.view();
        filled.obj = std::ptr::null_mut();
        if flags & abi::PyBUF_WRITABLE != 0 && filled.readonly != 0 {
            return refuse("underlying buffer is not writable");
        }
        if !has(abi::PyBUF_FORMAT) {
            filled.format = std::ptr::null_mut();
        }
        if has(abi::PyBUF_C_CONTIGUOUS) && own & C_ORDER == 0 {
            return refuse("underlying buffer is not C-contiguous");
        }
        if has(abi::PyBUF_F_CONTIGUOUS) && own & FORTRAN_ORDER == 0 {
            return refuse("underlying buffer is not Fortran contiguous");
        }
        if has(abi::PyBUF_ANY_CONTIGUOUS) && own & (C_ORDER | FORTRAN_ORDER) == 0 {
            return refuse("underlying buffer is not contiguous");
        }
        if !has(abi::PyBUF_INDIRECT) && own & INDIRECT != 0 {
            return refuse("underlying buffer requires suboffsets");
        }
        if !has(abi::PyBUF_STRIDES) {
            if own & C_ORDER == 0 {
                return refuse("underlying buffer is not C-contiguous");
            }
            filled.strides = std::ptr::null_mut();
        }
        if !has(abi::PyBUF_ND) {
            if !filled.format.is_null() {
                return refuse("cannot cast to unsigned bytes if the format flag is present");
            }
            filled.ndim = 1;
            filled.shape = std::ptr::null_mut();
        }
        filled.obj = (**self).own().into_raw();
        *view = filled;
        self.0.exports.set(self.0.exports.get() + 1);
        Ok(())
    }
    #[slot]
    fn bf_releasebuffer(&self, _view: &mut Py_buffer) {
        self.0.exports.set(self.0.exports.get() - 1);
    }
    #[slot]
    fn sq_length(&self, thread: &Thread) -> PyResult<usize> {
        self.mp_length(thread)
    }
    #[slot]
    fn sq_item(&self, thread: &Thread, index: isize) -> PyResult<Obj> {
        let index = Int::from(index as i64);
        self.check(thread)?;
        if self.view().ndim == 0 {
            return Err(thread.type_error("invalid indexing of 0-dim memory"));
        }
        self.mp_subscript(thread, &index)
    }
    #[slot]
    fn mp_length(&self, thread: &Thread) -> PyResult<usize> {
        self.check(thread)?;
        match self.layout().shape.first() {
            Some(&length) => Ok(length.max(0) as usize),
            None => Err(thread.type_error("0-dim memory has no length")),
        }
    }
    #[slot]
    fn mp_subscript(&self, thread: &Thread, key: &Object) -> PyResult<Obj> {
        self.check(thread)?;
        let ndim = self.view().ndim;
        if ndim == 0 {
            if key.cast::<Tuple>().is_some_and(|t| t.len() == 0) {
                let format = self.native_format(thread)?;
                // SAFETY: the only item.
                return unsafe { format::unpack(thread, self.view().buf as *const u8, format) };
            }
            if key.is(crate::ellipsis_ref()) {
                return Ok((**self).own());
            }
            return Err(thread.type_error("invalid indexing of 0-dim memory"));
        }
        if key.has_index() {
            if ndim > 1 {
                return Err(thread.not_implemented_error("multi-dimensional sub-views are not implemented"));
            }
            let (at, format) = self.item(thread, &[key])?;
            // SAFETY: an item lies there.
            return unsafe { format::unpack(thread, at, format) };
        }
        if let Some(slice) = key.exact::<Slice>() {
            let layout = self.sliced(thread, slice)?;
            return Ok(self.derive(thread, &layout, self.view().format, self.view().readonly != 0)?.upcast());
        }
        if let Some(tuple) = key.cast::<Tuple>() {
            if tuple.items().iter().all(|item| item.has_index()) {
                let (at, format) = self.item(thread, tuple.items())?;
                // SAFETY: an item lies there.
                return unsafe { format::unpack(thread, at, format) };
            }
            if tuple.items().iter().all(|item| item.is_exact::<Slice>()) {
                return Err(thread.not_implemented_error("multi-dimensional slicing is not implemented"));
            }
        }
        Err(thread.type_error("memoryview: invalid slice key"))
    }
    #[slot]
    fn mp_ass_subscript(&self, thread: &Thread, key: &Object, value: Option<&Object>) -> PyResult<()> {
        self.check(thread)?;
        if self.view().readonly != 0 {
            return Err(thread.type_error("cannot modify read-only memory"));
        }
        let Some(value) = value else { return Err(thread.type_error("cannot delete memory")) };
        let ndim = self.view().ndim;
        let put = |indices: &[&Object]| {
            let (_, format) = self.item(thread, indices)?;
            let bytes = format::pack(thread, value, format)?;
            // Making the bytes may have run code: the view is looked at again.
            let at = self.address(thread, indices)?;
            // SAFETY: an item of that size lies there.
            unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), at, bytes.len()) };
            Ok(())
        };
        if ndim == 0 {
            if key.is(crate::ellipsis_ref()) || key.cast::<Tuple>().is_some_and(|t| t.len() == 0) {
                return put(&[]);
            }
            return Err(thread.type_error("invalid indexing of 0-dim memory"));
        }
        if key.has_index() {
            if ndim > 1 {
                return Err(thread.not_implemented_error("sub-views are not implemented"));
            }
            return put(&[key]);
        }
        if let Some(slice) = key.exact::<Slice>() {
            if ndim > 1 {
                return Err(thread.not_implemented_error("memoryview slice assignments are currently restricted to ndim = 1"));
            }
            let target = self.sliced(thread, slice)?;
            return self.assign(thread, &target, value);
        }
        if let Some(tuple) = key.cast::<Tuple>() {
            if tuple.items().iter().all(|item| item.has_index()) {
                return put(tuple.items());
            }
            if tuple.items().iter().all(|item| item.is_exact::<Slice>()) {
                return Err(thread.not_implemented_error("memoryview slice assignments are currently restricted to ndim = 1"));
            }
        }
        Err(thread.type_error("memoryview: invalid slice key"))
    }

    /// Give the exported buffer back.
    #[method]
    fn release(&self, thread: &Thread) -> PyResult<()> {
        self.release_view(thread)
    }
    /// Return the items' bytes, in the order 'C', 'F', or 'A' (as they lie, if that is contiguous).
    #[method(sig = "(order='C')")]
    fn tobytes(&self, thread: &Thread, order: Option<&Object>) -> PyResult<Owned<Bytes>> {
        self.check(thread)?;
        let fortran = match order {
            None => false,
            Some(order) if order.is_none() => false,
            Some(order) => match order.cast::<Str>() {
                Some(text) if text.equals_str("C") => false,
                Some(text) if text.equals_str("F") => true,
                Some(text) if text.equals_str("A") => self.0.flags.get() & FORTRAN_ORDER != 0 && self.0.flags.get() & C_ORDER == 0,
                Some(_) => return Err(thread.value_error("order must be 'C', 'F' or 'A'")),
                None => {
                    return Err(
                        thread.type_error(&format!("tobytes() argument 'order' must be str or None, not {}", order.ty().full_name()))
                    );
                }
            },
        };
        Bytes::from_slice(thread, &gather(thread, self.view(), fortran)?)
    }
    /// Return the bytes as hexadecimal digits, sep standing between groups of bytes_per_sep bytes.
    #[method(sig = "(sep=<unrepresentable>, bytes_per_sep=1)")]
    fn hex(&self, thread: &Thread, sep: Option<&Object>, bytes_per_sep: i32) -> PyResult<Owned<Str>> {
        self.check(thread)?;
        let bytes = gather(thread, self.view(), false)?;
        crate::bytes::hex(thread, &bytes, sep, bytes_per_sep)
    }
    /// Return the items as a list, nested for several dimensions.
    #[method]
    fn tolist(&self, thread: &Thread) -> PyResult<Obj> {
        self.check(thread)?;
        self.to_list(thread)
    }
    /// Return a view of the same bytes with another format or shape.
    #[method(sig = "(format, shape=<unrepresentable>)")]
    fn cast(&self, thread: &Thread, format: &Str, shape: Option<&Object>) -> PyResult<Owned<MemoryView>> {
        self.check(thread)?;
        self.cast_to(thread, format, shape)
    }
    /// Return a view of the same memory that cannot be written to.
    #[method]
    fn toreadonly(&self, thread: &Thread) -> PyResult<Owned<MemoryView>> {
        self.check(thread)?;
        self.derive(thread, &self.layout(), self.view().format, true)
    }
    /// Make a memoryview of the object with these buffer flags.
    #[classmethod(sig = "(object, flags)")]
    fn _from_flags(_cls: &Type, thread: &Thread, object: &Object, flags: i32) -> PyResult<Owned<MemoryView>> {
        MemoryView::with_flags(thread, object, flags)
    }
    /// Count the items that are equal to value.
    #[method(sig = "(value, /)")]
    fn count(&self, thread: &Thread, value: &Object) -> PyResult<usize> {
        let iterator = self.tp_iter(thread)?;
        let mut count = 0;
        while let Some(item) = iterator.next(thread)? {
            count += item.eq(thread, value)? as usize;
        }
        Ok(count)
    }
    /// Return the index of the first item that is equal to value; ValueError if there is none.
    #[method(sig = "(value, start=0, stop=sys.maxsize, /)")]
    fn index(&self, thread: &Thread, value: &Object, start: Count, stop: Option<Count>) -> PyResult<usize> {
        self.check(thread)?;
        match self.view().ndim {
            0 => return Err(thread.type_error("invalid lookup on 0-dim memory")),
            1 => {}
            _ => return Err(thread.not_implemented_error("multi-dimensional lookup is not implemented")),
        }
        let length = self.mp_length(thread)? as isize;
        let clip = |at: isize| if at < 0 { at.saturating_add(length).max(0) } else { at.min(length) };
        for at in clip(start.0)..clip(stop.map_or(isize::MAX, |s| s.0)) {
            if self.sq_item(thread, at)?.eq(thread, value)? {
                return Ok(at as usize);
            }
        }
        Err(thread.value_error("memoryview.index(x): x not found"))
    }
    #[method]
    fn __enter__(&self, thread: &Thread) -> PyResult<Obj> {
        self.check(thread)?;
        Ok((**self).own())
    }
    /// Release the underlying buffer exposed by the memoryview object.
    #[method(sig = "(*exc_info)", text = "($self, /, *exc_info)")]
    fn __exit__(&self, thread: &Thread, exc_info: Rest<'_>) -> PyResult<()> {
        let _ = exc_info;
        self.release_view(thread)
    }
    /// memoryviews are generic over the type of their underlying data
    #[classmethod(sig = "(object, /)")]
    fn __class_getitem__(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
        crate::generic_alias::new(thread, cls, object)
    }
    /// The object whose memory is viewed.
    #[getter]
    fn obj(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        self.check(thread)?;
        Ok(self.exporter())
    }
    /// How many bytes the items take.
    #[getter]
    fn nbytes(&self, thread: &Thread) -> PyResult<i64> {
        self.check(thread)?;
        Ok(self.view().len as i64)
    }
    /// Whether the memory is read only.
    #[getter]
    fn readonly(&self, thread: &Thread) -> PyResult<bool> {
        self.check(thread)?;
        Ok(self.view().readonly != 0)
    }
    /// The size in bytes of an item.
    #[getter]
    fn itemsize(&self, thread: &Thread) -> PyResult<i64> {
        self.check(thread)?;
        Ok(self.view().itemsize as i64)
    }
    /// The format of an item, as the struct module has it.
    #[getter(name = "format")]
    fn get_format(&self, thread: &Thread) -> PyResult<String> {
        self.check(thread)?;
        Ok(self.format().to_string_lossy().into_owned())
    }
    /// How many dimensions the memory has.
    #[getter]
    fn ndim(&self, thread: &Thread) -> PyResult<i64> {
        self.check(thread)?;
        Ok(self.view().ndim as i64)
    }
    /// The number of items along each dimension.
    #[getter]
    fn shape(&self, thread: &Thread) -> PyResult<Obj> {
        self.check(thread)?;
        MemoryView::integers(thread, &self.layout().shape)
    }
    /// How many bytes lie between the items of each dimension.
    #[getter]
    fn strides(&self, thread: &Thread) -> PyResult<Obj> {
        self.check(thread)?;
        MemoryView::integers(thread, &self.layout().strides)
    }
    /// For each dimension, what is added to a pointer that is followed; empty if none are.
    #[getter]
    fn suboffsets(&self, thread: &Thread) -> PyResult<Obj> {
        self.check(thread)?;
        MemoryView::integers(thread, self.layout().suboffsets.as_deref().unwrap_or(&[]))
    }
    /// Whether the items lie in C order without gaps.
    #[getter]
    fn c_contiguous(&self, thread: &Thread) -> PyResult<bool> {
        self.check(thread)?;
        Ok(self.0.flags.get() & C_ORDER != 0)
    }
    /// Whether the items lie in Fortran order without gaps.
    #[getter]
    fn f_contiguous(&self, thread: &Thread) -> PyResult<bool> {
        self.check(thread)?;
        Ok(self.0.flags.get() & FORTRAN_ORDER != 0)
    }
    /// Whether the items lie without gaps.
    #[getter]
    fn contiguous(&self, thread: &Thread) -> PyResult<bool> {
        self.check(thread)?;
        Ok(self.0.flags.get() & (C_ORDER | FORTRAN_ORDER) != 0)
    }
}
