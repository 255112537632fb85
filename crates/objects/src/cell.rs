//! `cell`: a variable that closures share.

use pyrox_macros::pyclass;

use crate::object::{Head, Obj, ObjCell, Object, Owned, PyType};
use crate::{CompareOp, PyResult, Thread, Type};

/// A closure's variable. Layout: `PyCellObject`.
#[repr(C)]
pub struct Cell {
    head: Head,
    content: ObjCell,
}

impl Cell {
    pub fn new(thread: &Thread, content: Option<Obj>) -> PyResult<Owned<Cell>> {
        Self::ty().instantiate(thread, Cell { head: Head::unset(), content: ObjCell::new(content) })
    }
    #[inline]
    pub fn get(&self) -> Option<Obj> {
        self.content.get()
    }
    #[inline]
    pub fn set(&self, content: Option<Obj>) {
        self.content.set(content);
    }
}

/// Create a new cell object.
#[pyclass(name = "cell", symbol = "PyCell_Type", traverse = [content], dealloc = drop)]
impl Cell {
    #[new(sig = "(contents=None, /)", text = "([contents])")]
    fn create(_cls: &Type, thread: &Thread, contents: Option<&Object>) -> PyResult<Owned<Cell>> {
        Cell::new(thread, contents.map(Object::own))
    }
    #[slot]
    fn tp_repr(&self) -> String {
        let address = self.as_ptr() as usize;
        match self.get() {
            Some(content) => format!("<cell at {address:#x}: {} object at {:#x}>", content.ty().full_name(), content.as_ptr() as usize),
            None => format!("<cell at {address:#x}: empty>"),
        }
    }
    #[slot]
    fn tp_richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        let Some(other) = other.exact::<Cell>() else { return Ok(crate::not_implemented()) };
        match (self.get(), other.get()) {
            (Some(a), Some(b)) => a.richcompare(thread, &b, op),
            (a, b) => Ok(crate::bool_obj(op.holds(a.is_some().cmp(&b.is_some())))),
        }
    }
    #[getter]
    fn cell_contents(&self, thread: &Thread) -> PyResult<Obj> {
        self.get().ok_or_else(|| thread.value_error("cell is empty"))
    }
    #[setter(name = "cell_contents")]
    fn set_contents(&self, value: Option<&Object>) -> PyResult<()> {
        self.set(value.map(Object::own));
        Ok(())
    }
}
