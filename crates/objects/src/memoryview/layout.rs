//! The geometry of views: contiguity, addresses of items, copies in either order.

use pyrox_abi::Py_buffer;

use crate::{PyResult, Thread};

/// A view's dimensions as vectors; what a view leaves out is filled in.
#[derive(Clone, Debug)]
pub struct Layout {
    pub buf: *mut u8,
    pub itemsize: usize,
    pub shape: Vec<isize>,
    pub strides: Vec<isize>,
    pub suboffsets: Option<Vec<isize>>,
}

/// The strides of an array in C order.
pub fn c_strides(shape: &[isize], itemsize: isize) -> Vec<isize> {
    let mut strides = vec![itemsize; shape.len()];
    for at in (0..shape.len().saturating_sub(1)).rev() {
        strides[at] = strides[at + 1].wrapping_mul(shape[at + 1]);
    }
    strides
}

impl Layout {
    /// Read a view.
    pub fn of(view: &Py_buffer) -> Layout {
        let ndim = view.ndim.max(0) as usize;
        let itemsize = view.itemsize.max(1);
        let read = |pointer: *mut isize| {
            // SAFETY: a view's arrays have `ndim` elements.
            (!pointer.is_null() && ndim > 0).then(|| unsafe { std::slice::from_raw_parts(pointer, ndim) }.to_vec())
        };
        let shape = match read(view.shape) {
            Some(shape) => shape,
            None if ndim == 0 => Vec::new(),
            None => vec![view.len / itemsize],
        };
        let strides = read(view.strides).unwrap_or_else(|| c_strides(&shape, itemsize));
        Layout { buf: view.buf as *mut u8, itemsize: itemsize as usize, shape, strides, suboffsets: read(view.suboffsets) }
    }

    /// How many items there are.
    pub fn count(&self) -> usize {
        self.shape.iter().fold(1usize, |n, &d| n.saturating_mul(d.max(0) as usize))
    }

    fn contiguous(&self, order: impl Iterator<Item = usize>) -> bool {
        if self.suboffsets.is_some() {
            return false;
        }
        if self.count() == 0 {
            return true;
        }
        let mut expected = self.itemsize as isize;
        for at in order {
            if self.shape[at] > 1 && self.strides[at] != expected {
                return false;
            }
            expected = expected.wrapping_mul(self.shape[at]);
        }
        true
    }

    pub fn is_c(&self) -> bool {
        self.contiguous((0..self.shape.len()).rev())
    }

    pub fn is_fortran(&self) -> bool {
        self.contiguous(0..self.shape.len())
    }

    /// Where dimension `dim` has its item `index`, beginning at `base`.
    ///
    /// # Safety
    /// The index is within the dimension.
    pub unsafe fn step(&self, base: *mut u8, dim: usize, index: isize) -> *mut u8 {
        // SAFETY: the exporter promises that all items lie in its memory.
        unsafe {
            let mut at = base.offset(self.strides[dim] * index);
            if let Some(&offset) = self.suboffsets.as_ref().and_then(|s| s.get(dim)) {
                if offset >= 0 {
                    at = (*(at as *const *mut u8)).offset(offset);
                }
            }
            at
        }
    }

    /// Call `each` with every item's address, in C or Fortran order.
    pub fn for_each(&self, fortran: bool, mut each: impl FnMut(*mut u8)) {
        let ndim = self.shape.len();
        let mut index = vec![0isize; ndim];
        for _ in 0..self.count() {
            let mut at = self.buf;
            for (dim, &i) in index.iter().enumerate() {
                // SAFETY: the odometer stays within the shape.
                at = unsafe { self.step(at, dim, i) };
            }
            each(at);
            let order: &mut dyn Iterator<Item = usize> = if fortran { &mut (0..ndim) } else { &mut (0..ndim).rev() };
            for dim in order {
                index[dim] += 1;
                if index[dim] < self.shape[dim] {
                    break;
                }
                index[dim] = 0;
            }
        }
    }
}

/// The items' bytes, in C or Fortran order.
pub fn gather(thread: &Thread, view: &Py_buffer, fortran: bool) -> PyResult<Vec<u8>> {
    let layout = Layout::of(view);
    let mut out = Vec::new();
    let total = layout.count().saturating_mul(layout.itemsize);
    out.try_reserve_exact(total).map_err(|_| thread.no_memory())?;
    if total == 0 {
        return Ok(out);
    }
    if if fortran { layout.is_fortran() } else { layout.is_c() } {
        // SAFETY: contiguous memory of that many bytes.
        out.extend_from_slice(unsafe { std::slice::from_raw_parts(layout.buf, total) });
        return Ok(out);
    }
    layout.for_each(fortran, |item| {
        // SAFETY: an item has that many bytes.
        out.extend_from_slice(unsafe { std::slice::from_raw_parts(item, layout.itemsize) });
    });
    Ok(out)
}
