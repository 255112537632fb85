//! `method`: a function bound to an object.

use pyrox_abi as abi;
use pyrox_abi::{PyMethodObject, PyObject};
use pyrox_macros::pyclass;

use crate::object::{Obj, Object, Owned, PyType, xdecref};
use crate::{CompareOp, Dict, PyResult, Str, Thread, Tuple, Type};

type Raw = *mut PyObject;

/// A bound method.
#[repr(transparent)]
pub struct Method(PyMethodObject);

impl Method {
    pub fn new(thread: &Thread, function: &Object, object: &Object) -> PyResult<Owned<Method>> {
        let made = Method::ty().allocate_untracked(thread, 0)?;
        // SAFETY: fresh.
        unsafe {
            let raw = &*(made.as_ptr() as *const PyMethodObject);
            raw.im_func.set(function.own().into_raw());
            raw.im_self.set(object.own().into_raw());
            raw.im_weakreflist.set(std::ptr::null_mut());
            raw.vectorcall.set(Some(vectorcall));
            crate::gc::track(made.as_ptr());
            Ok(made.cast_unchecked())
        }
    }
    #[inline(always)]
    pub fn function(&self) -> &Object {
        // SAFETY: the method owns it.
        unsafe { Object::from_ptr(self.0.im_func.get()) }
    }
    #[inline(always)]
    pub fn object(&self) -> &Object {
        // SAFETY: the method owns it.
        unsafe { Object::from_ptr(self.0.im_self.get()) }
    }
}

unsafe extern "C-unwind" fn vectorcall(callable: Raw, args: *const Raw, nargsf: usize, kwnames: Raw) -> Raw {
    // SAFETY: a vectorcallfunc contract.
    unsafe {
        let thread = Thread::current();
        let method = &*(callable as *const Method);
        let nargs = nargsf & !(1 << 63);
        let object = method.object().as_ptr();
        if nargsf & (1 << 63) != 0 {
            // The place before the arguments is ours for the call.
            let first = args.sub(1) as *mut Raw;
            let saved = *first;
            *first = object;
            let result = method.function().vectorcall(thread, first, nargs + 1, kwnames);
            *first = saved;
            return result.map_or(std::ptr::null_mut(), Obj::into_raw);
        }
        let keywords = if kwnames.is_null() { 0 } else { (*(kwnames as *const Tuple)).len() };
        let mut all: Vec<Raw> = Vec::with_capacity(nargs + keywords + 1);
        all.push(object);
        if !args.is_null() {
            all.extend_from_slice(std::slice::from_raw_parts(args, nargs + keywords));
        }
        method.function().vectorcall(thread, all.as_ptr(), nargs + 1, kwnames).map_or(std::ptr::null_mut(), Obj::into_raw)
    }
}

/// Create a bound instance method object.
#[pyclass(name = "method", symbol = "PyMethod_Type", gc, vectorcalloffset = 40, weaklistoffset = 32,
    flags = abi::Py_TPFLAGS_HAVE_VECTORCALL)]
impl Method {
    #[new(sig = "(function, instance, /)")]
    fn create(_cls: &Type, thread: &Thread, function: &Object, instance: &Object) -> PyResult<Owned<Method>> {
        if !function.is_callable() {
            return Err(thread.type_error("first argument must be callable"));
        }
        if instance.is_none() {
            return Err(thread.type_error("instance must not be None"));
        }
        Method::new(thread, function, instance)
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe {
            crate::gc::untrack(object);
            let raw = &*(object as *const PyMethodObject);
            if !raw.im_weakreflist.get().is_null() {
                crate::weakref::clear_weakrefs(object);
            }
            xdecref(raw.im_func.get());
            xdecref(raw.im_self.get());
            crate::dealloc::free_instance(object, (*object).ob_type.get());
        }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut std::ffi::c_void) -> i32 {
        // SAFETY: by contract.
        unsafe {
            let raw = &*(object as *const PyMethodObject);
            match visit(raw.im_func.get(), data) {
                0 => visit(raw.im_self.get(), data),
                status => status,
            }
        }
    }
    #[slot]
    fn tp_call(this: &Object, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        this.call_tuple(thread, args, kwargs)
    }
    #[slot]
    fn tp_descr_get(this: &Object, _object: Option<&Object>, _ty: Option<&Object>) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<String> {
        let name = match self.function().lookup_attr(thread, crate::intern!("__qualname__"))? {
            Some(name) => Some(name),
            None => self.function().lookup_attr(thread, crate::intern!("__name__"))?,
        };
        let name = name.and_then(|n| n.downcast::<Str>().ok()).map_or("?".to_string(), |n| n.to_string());
        Ok(format!("<bound method {name} of {}>", self.object().repr(thread)?))
    }
    #[slot]
    fn tp_hash(&self, thread: &Thread) -> PyResult<isize> {
        let object = pyrox_numeric::hash::hash_pointer(self.object().as_ptr() as usize) as isize;
        Ok(object ^ self.function().hash(thread)?)
    }
    #[slot]
    fn tp_richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        let Some(other) = other.exact::<Method>().filter(|_| matches!(op, CompareOp::Eq | CompareOp::Ne)) else {
            return Ok(crate::not_implemented());
        };
        let equal = self.object().is(other.object()) && self.function().eq(thread, other.function())?;
        Ok(crate::bool_obj(equal == (op == CompareOp::Eq)))
    }
    #[slot]
    fn tp_getattro(this: &Object, thread: &Thread, name: &Object) -> PyResult<Obj> {
        let Some(text) = name.cast::<Str>() else { return Err(crate::protocol::attribute::bad_name(thread, name)) };
        match crate::protocol::attribute::generic_lookup(thread, this, text)? {
            Some(value) => Ok(value),
            // SAFETY: the slot of this type.
            None => unsafe { this.cast_unchecked::<Method>() }.function().getattr(thread, text),
        }
    }
    /// the function (or other callable) implementing a method
    #[getter]
    fn __func__(&self) -> Obj {
        self.function().own()
    }
    /// the instance to which a method is bound
    #[getter]
    fn __self__(&self) -> Obj {
        self.object().own()
    }
    #[getter]
    fn __doc__(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        self.function().lookup_attr(thread, crate::intern!("__doc__"))
    }
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let name = self.function().getattr(thread, crate::intern!("__name__"))?;
        let arguments = Tuple::from_vec(thread, vec![self.object().own(), name])?;
        Tuple::from_vec(thread, vec![crate::hooks::builtin(thread, "getattr")?, arguments.upcast()])
    }
}
