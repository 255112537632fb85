//! Iteration over one-dimensional views.

use std::cell::Cell;

use pyrox_macros::pyclass;

use super::MemoryView;
use crate::object::{Head, Obj, ObjCell, Object, Owned, PyType};
use crate::{PyResult, Thread};

/// Iterator over a memoryview.
#[repr(C)]
pub struct MemoryIterator {
    head: Head,
    source: ObjCell,
    position: Cell<usize>,
    length: usize,
    format: u8,
}

impl MemoryIterator {
    pub(super) fn new(thread: &Thread, view: &MemoryView, length: usize, format: u8) -> PyResult<Owned<MemoryIterator>> {
        MemoryIterator::ty().instantiate(
            thread,
            MemoryIterator { head: Head::unset(), source: ObjCell::new(Some((**view).own())), position: Cell::new(0), length, format },
        )
    }
}

#[pyclass(name = "memory_iterator", symbol = "_PyMemoryIter_Type", traverse = [source], dealloc = drop)]
impl MemoryIterator {
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let Some(source) = self.source.get() else { return Ok(None) };
        let at = self.position.get();
        match source.cast::<MemoryView>() {
            Some(view) if at < self.length => {
                view.check(thread)?;
                self.position.set(at + 1);
                let layout = view.layout();
                // SAFETY: the position is within the length, which a view keeps.
                unsafe {
                    let item = layout.step(layout.buf, 0, at as isize);
                    super::format::unpack(thread, item, self.format).map(Some)
                }
            }
            _ => {
                self.source.set(None);
                Ok(None)
            }
        }
    }
}
