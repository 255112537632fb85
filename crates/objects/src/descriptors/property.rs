//! `property`.

use pyrox_abi as abi;
use pyrox_macros::pyclass;

use crate::object::{Head, Obj, ObjCell, Object, Owned};
use crate::{Dict, PyResult, Thread, Tuple, Type};
use std::cell::Cell;

/// Getter, setter, deleter and doc of a computed attribute.
#[repr(C)]
pub struct Property {
    head: Head,
    get: ObjCell,
    set: ObjCell,
    delete: ObjCell,
    doc: ObjCell,
    name: ObjCell,
    doc_from_getter: Cell<bool>,
}

impl Property {
    fn make(thread: &Thread, cls: &Type) -> PyResult<Owned<Property>> {
        let object = cls.allocate(thread, 0)?;
        // SAFETY: an instance of this class or of a subclass; all-zero fields are valid.
        Ok(unsafe { object.cast_unchecked() })
    }

    /// The getter function, for the interpreter's caches.
    pub fn getter(&self) -> Option<Obj> {
        self.get.get()
    }

    fn name_of(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        if let Some(name) = self.name.get() {
            return Ok(Some(name));
        }
        match self.get.get() {
            Some(getter) if !getter.is_none() => getter.lookup_attr(thread, crate::intern!("__name__")),
            _ => Ok(None),
        }
    }

    fn complain(&self, thread: &Thread, object: &Object, what: &str) -> crate::Raised {
        let name = match self.name_of(thread) {
            Ok(name) => name,
            Err(raised) => return raised,
        };
        let owner = match object.ty().qualname(thread) {
            Ok(owner) => owner,
            Err(raised) => return raised,
        };
        let message = match name {
            Some(name) => match name.repr(thread) {
                Ok(name) => format!("property {name} of '{owner}' object has no {what}"),
                Err(raised) => return raised,
            },
            None => format!("property of '{owner}' object has no {what}"),
        };
        thread.attribute_error(&message)
    }

    fn with(&self, thread: &Thread, get: Option<&Object>, set: Option<&Object>, delete: Option<&Object>) -> PyResult<Obj> {
        let none = crate::none();
        let choose = |new: Option<&Object>, cell: &ObjCell| match new {
            Some(new) if !new.is_none() => new.own(),
            _ => cell.get().unwrap_or_else(crate::none),
        };
        let (get, set, delete) = (choose(get, &self.get), choose(set, &self.set), choose(delete, &self.delete));
        let doc = if self.doc_from_getter.get() && !get.is_none() { none } else { self.doc.get().unwrap_or_else(crate::none) };
        let copy = self.ty().call(thread, &[&get, &set, &delete, &doc])?;
        if let (Some(copy), Some(name)) = (copy.cast::<Property>(), self.name.get()) {
            copy.name.set(Some(name));
        }
        Ok(copy)
    }
}

fn present(cell: &ObjCell) -> Option<Obj> {
    cell.get().filter(|o| !o.is_none())
}

/// Property attribute.
///
/// Typical use is as a decorator of the getter, with setter() and deleter() decorating the others.
#[pyclass(name = "property", symbol = "PyProperty_Type", traverse = [get, set, delete, doc, name], dealloc = drop,
    flags = abi::Py_TPFLAGS_BASETYPE)]
impl Property {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, _args: &Tuple, _kwargs: Option<&Dict>) -> PyResult<Owned<Property>> {
        Property::make(thread, cls)
    }
    #[init(sig = "(fget=None, fset=None, fdel=None, doc=None)")]
    fn init(
        &self,
        thread: &Thread,
        fget: Option<&Object>,
        fset: Option<&Object>,
        fdel: Option<&Object>,
        doc: Option<&Object>,
    ) -> PyResult<()> {
        let keep = |o: Option<&Object>| o.filter(|o| !o.is_none()).map(Object::own);
        self.get.set(keep(fget));
        self.set.set(keep(fset));
        self.delete.set(keep(fdel));
        self.name.set(None);
        self.doc_from_getter.set(false);
        let mut text = keep(doc);
        if text.is_none() {
            if let Some(getter) = self.get.get() {
                if let Some(found) = getter.lookup_attr(thread, crate::intern!("__doc__"))? {
                    if !found.is_none() {
                        self.doc_from_getter.set(true);
                        text = Some(found);
                    }
                }
            }
        }
        if self.is_exact::<Property>() {
            self.doc.set(text);
        } else {
            // A subclass keeps its doc in its instance, so that it can be shown.
            let text = text.unwrap_or_else(crate::none);
            let result = self.setattr(thread, crate::intern!("__doc__"), Some(&text));
            if result.is_err() && !(text.is_none() || doc.is_none())
                || (result.is_err() && !thread.take_if(crate::exceptions::attribute_error()))
            {
                return Err(crate::Raised);
            }
        }
        Ok(())
    }
    #[slot]
    fn tp_descr_get(&self, thread: &Thread, object: Option<&Object>, _ty: Option<&Object>) -> PyResult<Obj> {
        let Some(object) = object.filter(|o| !o.is_none()) else { return Ok((**self).own()) };
        match present(&self.get) {
            Some(getter) => getter.call(thread, &[object]),
            None => Err(self.complain(thread, object, "getter")),
        }
    }
    #[slot]
    fn tp_descr_set(&self, thread: &Thread, object: &Object, value: Option<&Object>) -> PyResult<()> {
        match value {
            Some(value) => match present(&self.set) {
                Some(setter) => setter.call(thread, &[object, value]).map(drop),
                None => Err(self.complain(thread, object, "setter")),
            },
            None => match present(&self.delete) {
                Some(deleter) => deleter.call(thread, &[object]).map(drop),
                None => Err(self.complain(thread, object, "deleter")),
            },
        }
    }
    #[getter]
    fn fget(&self) -> Option<Obj> {
        self.get.get()
    }
    #[getter]
    fn fset(&self) -> Option<Obj> {
        self.set.get()
    }
    #[getter]
    fn fdel(&self) -> Option<Obj> {
        self.delete.get()
    }
    #[getter]
    fn __doc__(&self) -> Option<Obj> {
        self.doc.get()
    }
    #[setter(name = "__doc__")]
    fn set_doc(&self, value: Option<&Object>) -> PyResult<()> {
        self.doc.set(value.map(Object::own));
        Ok(())
    }
    #[getter]
    fn __name__(&self, thread: &Thread) -> PyResult<Obj> {
        match self.name_of(thread)? {
            Some(name) => Ok(name),
            None => Err(crate::protocol::attribute::no_attribute(thread, self, crate::intern!("__name__"))),
        }
    }
    #[setter(name = "__name__")]
    fn set_name(&self, value: Option<&Object>) -> PyResult<()> {
        self.name.set(value.map(Object::own));
        Ok(())
    }
    #[getter]
    fn __isabstractmethod__(&self, thread: &Thread) -> PyResult<bool> {
        for cell in [&self.get, &self.set, &self.delete] {
            if let Some(function) = present(cell) {
                if let Some(flag) = function.lookup_attr(thread, crate::intern!("__isabstractmethod__"))? {
                    if flag.is_true(thread)? {
                        return Ok(true);
                    }
                }
            }
        }
        Ok(false)
    }
    /// Descriptor to obtain a copy of the property with a different getter.
    #[method(name = "getter")]
    fn getter_(&self, thread: &Thread, function: &Object) -> PyResult<Obj> {
        self.with(thread, Some(function), None, None)
    }
    /// Descriptor to obtain a copy of the property with a different setter.
    #[method]
    fn setter(&self, thread: &Thread, function: &Object) -> PyResult<Obj> {
        self.with(thread, None, Some(function), None)
    }
    /// Descriptor to obtain a copy of the property with a different deleter.
    #[method]
    fn deleter(&self, thread: &Thread, function: &Object) -> PyResult<Obj> {
        self.with(thread, None, None, Some(function))
    }
    /// Method to set name of a property.
    #[method(sig = "(owner, name, /)")]
    fn __set_name__(&self, _owner: &Object, name: &Object) -> PyResult<()> {
        self.name.set(Some(name.own()));
        Ok(())
    }
}
