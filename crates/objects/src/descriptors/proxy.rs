//! `mappingproxy` and `method-wrapper`.

use pyrox_abi as abi;
use pyrox_macros::pyclass;

use super::WrapperDescriptor;
use crate::object::{Head, Obj, ObjCell, Object, Owned, PyType};
use crate::{CompareOp, Dict, PyResult, Str, Thread, Tuple, Type};

/// A read-only view of a mapping.
#[repr(C)]
pub struct MappingProxy {
    head: Head,
    mapping: ObjCell,
}

impl MappingProxy {
    pub fn new(thread: &Thread, mapping: &Object) -> PyResult<Owned<MappingProxy>> {
        Self::ty().instantiate(thread, MappingProxy { head: Head::unset(), mapping: ObjCell::new(Some(mapping.own())) })
    }

    fn mapping(&self) -> Obj {
        self.mapping.get().unwrap_or_else(crate::none)
    }

    fn forward(&self, thread: &Thread, name: &Str, arguments: &[&Object]) -> PyResult<Obj> {
        self.mapping().call_method(thread, name, arguments)
    }
}

/// Read-only proxy of a mapping.
#[pyclass(name = "mappingproxy", symbol = "PyDictProxy_Type", traverse = [mapping], dealloc = drop, flags = abi::Py_TPFLAGS_MAPPING)]
impl MappingProxy {
    #[new(sig = "(mapping)")]
    fn create(_cls: &Type, thread: &Thread, mapping: &Object) -> PyResult<Owned<MappingProxy>> {
        // SAFETY: the tables of a type live while it does.
        let is_mapping = unsafe { mapping.ty().raw().tp_as_mapping.get().as_ref().is_some_and(|t| t.mp_subscript.is_some()) };
        if !is_mapping || mapping.is_instance::<crate::List>() || mapping.is_instance::<Tuple>() {
            return Err(thread.type_error(&format!("mappingproxy() argument must be a mapping, not {}", mapping.ty().full_name())));
        }
        MappingProxy::new(thread, mapping)
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<String> {
        Ok(format!("mappingproxy({})", self.mapping().repr(thread)?))
    }
    #[slot]
    fn tp_str(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        self.mapping().str(thread)
    }
    #[slot]
    fn tp_hash(&self, thread: &Thread) -> PyResult<isize> {
        self.mapping().hash(thread)
    }
    #[slot]
    fn tp_richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        match other.exact::<MappingProxy>() {
            Some(proxy) => self.mapping().richcompare(thread, &proxy.mapping(), op),
            None => self.mapping().richcompare(thread, other, op),
        }
    }
    #[slot]
    fn tp_iter(&self, thread: &Thread) -> PyResult<Obj> {
        self.mapping().iter(thread)
    }
    #[slot]
    fn mp_length(&self, thread: &Thread) -> PyResult<usize> {
        self.mapping().len(thread)
    }
    #[slot]
    fn mp_subscript(&self, thread: &Thread, key: &Object) -> PyResult<Obj> {
        self.mapping().get_item(thread, key)
    }
    #[slot]
    fn sq_contains(&self, thread: &Thread, key: &Object) -> PyResult<bool> {
        let mapping = self.mapping();
        match mapping.exact::<Dict>() {
            Some(dict) => dict.contains_key(thread, key),
            None => mapping.contains(thread, key),
        }
    }
    #[slot]
    fn nb_or(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        let inner = |o: &Object| o.exact::<MappingProxy>().map_or_else(|| o.own(), |p| p.mapping());
        crate::protocol::number::binary(thread, &crate::protocol::number::OR, &inner(a), &inner(b))
    }
    #[slot]
    fn nb_inplace_or(&self, thread: &Thread, _other: &Object) -> PyResult<Obj> {
        Err(thread.type_error(&format!("'|=' is not supported by {}; use '|' instead", self.ty().full_name())))
    }
    /// Return the value for key if key is in the mapping, else default.
    #[method(sig = "(key, default=None, /)")]
    fn get(&self, thread: &Thread, key: &Object, default: Option<&Object>) -> PyResult<Obj> {
        self.forward(thread, crate::intern!("get"), &[key, default.unwrap_or(crate::none_ref())])
    }
    /// a set-like object providing a view on D's keys
    #[method]
    fn keys(&self, thread: &Thread) -> PyResult<Obj> {
        self.forward(thread, crate::intern!("keys"), &[])
    }
    /// an object providing a view on D's values
    #[method]
    fn values(&self, thread: &Thread) -> PyResult<Obj> {
        self.forward(thread, crate::intern!("values"), &[])
    }
    /// a set-like object providing a view on D's items
    #[method]
    fn items(&self, thread: &Thread) -> PyResult<Obj> {
        self.forward(thread, crate::intern!("items"), &[])
    }
    /// a shallow copy of D
    #[method]
    fn copy(&self, thread: &Thread) -> PyResult<Obj> {
        self.forward(thread, crate::intern!("copy"), &[])
    }
    #[method]
    fn __reversed__(&self, thread: &Thread) -> PyResult<Obj> {
        self.forward(thread, crate::intern!("__reversed__"), &[])
    }
    /// See PEP 585
    #[classmethod(sig = "(object, /)", text = "")]
    fn __class_getitem__(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
        crate::generic_alias::new(thread, cls, object)
    }
}

/// A slot wrapper bound to an object.
#[repr(C)]
pub struct MethodWrapper {
    head: Head,
    descriptor: ObjCell,
    object: ObjCell,
}

impl MethodWrapper {
    pub fn new(thread: &Thread, descriptor: &WrapperDescriptor, object: &Object) -> PyResult<Owned<MethodWrapper>> {
        Self::ty().instantiate(
            thread,
            MethodWrapper {
                head: Head::unset(),
                descriptor: ObjCell::new(Some((**descriptor).own())),
                object: ObjCell::new(Some(object.own())),
            },
        )
    }

    fn parts(&self, thread: &Thread) -> PyResult<(Owned<WrapperDescriptor>, Obj)> {
        match (self.descriptor.get().and_then(|d| d.downcast().ok()), self.object.get()) {
            (Some(descriptor), Some(object)) => Ok((descriptor, object)),
            _ => Err(thread.system_error("method-wrapper without its parts")),
        }
    }
}

#[pyclass(name = "method-wrapper", symbol = "_PyMethodWrapper_Type", traverse = [descriptor, object], dealloc = drop)]
impl MethodWrapper {
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<String> {
        let (descriptor, object) = self.parts(thread)?;
        Ok(format!("<method-wrapper '{}' of {} object at {:#x}>", descriptor.name(), object.ty().full_name(), object.as_ptr() as usize))
    }
    #[slot]
    fn tp_call(&self, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        let (descriptor, object) = self.parts(thread)?;
        descriptor.invoke(thread, &object, args, kwargs)
    }
    #[slot]
    fn tp_hash(&self, thread: &Thread) -> PyResult<isize> {
        let (descriptor, object) = self.parts(thread)?;
        let hash = |address: usize| pyrox_numeric::hash::hash_pointer(address) as isize;
        Ok(hash(object.as_ptr() as usize) ^ hash(descriptor.as_ptr() as usize))
    }
    #[slot]
    fn tp_richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        let Some(other) = other.exact::<MethodWrapper>() else { return Ok(crate::not_implemented()) };
        let (a, b) = (self.parts(thread)?, other.parts(thread)?);
        let equal = a.0.as_ptr() == b.0.as_ptr() && a.1.is(&b.1);
        match op {
            CompareOp::Eq => Ok(crate::bool_obj(equal)),
            CompareOp::Ne => Ok(crate::bool_obj(!equal)),
            _ => Ok(crate::not_implemented()),
        }
    }
    #[getter]
    fn __self__(&self, thread: &Thread) -> PyResult<Obj> {
        Ok(self.parts(thread)?.1)
    }
    #[getter]
    fn __name__(&self, thread: &Thread) -> PyResult<&'static str> {
        Ok(self.parts(thread)?.0.name())
    }
    #[getter]
    fn __qualname__(&self, thread: &Thread) -> PyResult<Obj> {
        self.parts(thread)?.0.getattr_str(thread, "__qualname__")
    }
    #[getter]
    fn __objclass__(&self, thread: &Thread) -> PyResult<Obj> {
        Ok((**self.parts(thread)?.0.owner()).own())
    }
    #[getter]
    fn __doc__(&self, thread: &Thread) -> PyResult<Obj> {
        self.parts(thread)?.0.getattr_str(thread, "__doc__")
    }
    #[getter]
    fn __text_signature__(&self, thread: &Thread) -> PyResult<Obj> {
        self.parts(thread)?.0.getattr_str(thread, "__text_signature__")
    }
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Obj> {
        let (descriptor, object) = self.parts(thread)?;
        let name = Str::intern_str(thread, descriptor.name())?;
        let arguments = Tuple::from_vec(thread, vec![object, name.upcast()])?;
        Ok(Tuple::from_vec(thread, vec![crate::hooks::builtin(thread, "getattr")?, arguments.upcast()])?.upcast())
    }
}
