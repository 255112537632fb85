//! `instancemethod`: any callable as a class's attribute that binds like a function. Only C makes them.

use pyrox_macros::pyclass;

use crate::object::{Head, Obj, ObjCell, Object, Owned, PyType};
use crate::{CompareOp, Method, PyResult, Str, Thread, Type};

/// A callable that binds. Layout: `PyInstanceMethodObject`.
#[repr(C)]
pub struct InstanceMethod {
    head: Head,
    function: ObjCell,
}

impl InstanceMethod {
    pub fn new(thread: &Thread, function: &Object) -> PyResult<Owned<InstanceMethod>> {
        Self::ty().instantiate(thread, InstanceMethod { head: Head::unset(), function: ObjCell::new(Some(function.own())) })
    }

    /// What is called.
    pub fn function(&self) -> Obj {
        self.function.get().unwrap_or_else(crate::none)
    }
}

/// instancemethod(function)
///
/// Bind a function to a class.
#[pyclass(name = "instancemethod", symbol = "PyInstanceMethod_Type", traverse = [function], dealloc = drop)]
impl InstanceMethod {
    #[new(sig = "(function, /)", text = "")]
    fn create(_cls: &Type, thread: &Thread, function: &Object) -> PyResult<Owned<InstanceMethod>> {
        if !function.is_callable() {
            return Err(thread.type_error("first argument must be callable"));
        }
        InstanceMethod::new(thread, function)
    }
    #[slot]
    fn tp_call(&self, thread: &Thread, args: &crate::Tuple, kwargs: Option<&crate::Dict>) -> PyResult<Obj> {
        self.function().call_tuple(thread, args, kwargs)
    }
    #[slot]
    fn tp_descr_get(&self, thread: &Thread, object: Option<&Object>, _owner: Option<&Object>) -> PyResult<Obj> {
        match object {
            Some(object) => Ok(Method::new(thread, &self.function(), object)?.upcast()),
            None => Ok(self.function()),
        }
    }
    #[slot]
    fn tp_getattro(&self, thread: &Thread, name: &Object) -> PyResult<Obj> {
        let Some(name) = name.cast::<Str>() else { return Err(crate::protocol::attribute::bad_name(thread, name)) };
        if let Some(descriptor) = self.ty().lookup(name).map(Object::own) {
            if let Some(get) = descriptor.ty().raw().tp_descr_get.get() {
                // SAFETY: a descrgetfunc contract.
                return unsafe { crate::protocol::call::check(thread, get(descriptor.as_ptr(), self.as_ptr(), self.type_ptr() as *mut _)) };
            }
            return Ok(descriptor);
        }
        self.function().getattr(thread, name)
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<String> {
        let function = self.function();
        let name = match function.lookup_attr(thread, crate::intern!("__name__"))?.and_then(|name| name.downcast::<Str>().ok()) {
            Some(name) => name.to_string(),
            None => "?".to_string(),
        };
        Ok(format!("<instancemethod {name} at {:#x}>", self.as_ptr() as usize))
    }
    #[slot]
    fn tp_richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        let (Some(other), CompareOp::Eq | CompareOp::Ne) = (other.exact::<InstanceMethod>(), op) else {
            return Ok(crate::not_implemented());
        };
        let equal = self.function().eq(thread, &other.function())?;
        Ok(crate::bool_obj(equal == (op == CompareOp::Eq)))
    }
    /// the function (or other callable) implementing a method
    #[getter]
    fn __func__(&self) -> Obj {
        self.function()
    }
    #[getter]
    fn __doc__(&self, thread: &Thread) -> PyResult<Obj> {
        self.function().getattr(thread, crate::intern!("__doc__"))
    }
}
