//! `object`: what every type inherits.

use pyrox_abi as abi;
use pyrox_abi::{PyObject, PyTypeObject};
use pyrox_macros::pyclass;

use crate::object::{Head, Obj, Object, Owned, PyType};
use crate::{CompareOp, Dict, List, PyResult, Raised, Str, Thread, Tuple, Type};

/// The memory of a plain `object()`.
#[repr(C)]
pub struct BaseObject {
    _head: Head,
}

/// The type object of `object`.
pub const BASE_OBJECT: *mut PyTypeObject = BaseObject::TYPE;

/// object()
/// --
///
/// The base class of the class hierarchy.
#[pyclass(name = "object", symbol = "PyBaseObject_Type", basicsize = 16, flags = abi::Py_TPFLAGS_BASETYPE)]
impl BaseObject {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        let excess = args.len() > 0 || kwargs.is_some_and(|k| k.len() > 0);
        if excess {
            let own = |t: &Type| t.raw().tp_new.get().map(|f| f as usize);
            let init = |t: &Type| t.raw().tp_init.get().map(|f| f as usize);
            let object = <Object as PyType>::ty();
            if own(cls) != own(object) {
                return Err(thread.type_error("object.__new__() takes exactly one argument (the type to instantiate)"));
            }
            if init(cls) == init(object) {
                return Err(thread.type_error(&format!("{}() takes no arguments", cls.full_name())));
            }
        }
        if cls.flags() & abi::Py_TPFLAGS_IS_ABSTRACT != 0 {
            return Err(abstract_class(thread, cls));
        }
        cls.allocate(thread, 0)
    }

    #[slot]
    fn tp_init(this: &Object, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<()> {
        if args.len() > 0 || kwargs.is_some_and(|k| k.len() > 0) {
            let ty = this.ty();
            let new = |t: &Type| t.raw().tp_new.get().map(|f| f as usize);
            let init = |t: &Type| t.raw().tp_init.get().map(|f| f as usize);
            let object = <Object as PyType>::ty();
            if init(ty) != init(object) {
                return Err(thread.type_error("object.__init__() takes exactly one argument (the instance to initialize)"));
            }
            if new(ty) == new(object) {
                return Err(
                    thread.type_error(&format!("{}.__init__() takes exactly one argument (the instance to initialize)", ty.full_name()))
                );
            }
        }
        Ok(())
    }

    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: *mut PyObject) {
        // SAFETY: by contract.
        unsafe { crate::dealloc::free_instance(object, (*object).ob_type.get()) }
    }

    #[slot]
    unsafe extern "C-unwind" fn tp_alloc(ty: *mut PyTypeObject, items: isize) -> *mut PyObject {
        // SAFETY: by contract.
        unsafe { crate::type_object::generic_alloc(ty, items) }
    }

    #[slot]
    unsafe extern "C-unwind" fn tp_free(object: *mut std::ffi::c_void) {
        // SAFETY: by contract.
        unsafe { crate::gc::object_free(object) }
    }

    #[slot]
    fn tp_repr(this: &Object, thread: &Thread) -> PyResult<Owned<Str>> {
        let ty = this.ty();
        let qualname = ty.qualname(thread)?;
        let address = this.as_ptr() as usize;
        match ty.module_name(thread)?.and_then(|m| m.downcast::<Str>().ok()) {
            Some(module) if !module.equals_str("builtins") => {
                Str::from_str(thread, &format!("<{module}.{qualname} object at {address:#x}>"))
            }
            _ => Str::from_str(thread, &format!("<{} object at {address:#x}>", ty.name())),
        }
    }

    #[slot]
    fn tp_str(this: &Object, thread: &Thread) -> PyResult<Owned<Str>> {
        this.repr(thread)
    }

    #[slot]
    fn tp_hash(this: &Object) -> isize {
        pyrox_numeric::hash::hash_pointer(this.as_ptr() as usize) as isize
    }

    #[slot]
    fn tp_richcompare(this: &Object, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        match op {
            CompareOp::Eq if this.is(other) => Ok(crate::bool_obj(true)),
            CompareOp::Ne => {
                // By default, the contrary of `__eq__`.
                let Some(function) = this.ty().raw().tp_richcompare.get() else { return Ok(crate::not_implemented()) };
                // SAFETY: a richcmpfunc contract.
                let equal = unsafe {
                    Owned::<Object>::from_raw_or_null(function(this.as_ptr(), other.as_ptr(), CompareOp::Eq as i32)).ok_or(Raised)?
                };
                if equal.is_not_implemented() { Ok(equal) } else { Ok(crate::bool_obj(!equal.is_true(thread)?)) }
            }
            _ => Ok(crate::not_implemented()),
        }
    }

    /// the object's class
    #[getter]
    fn __class__(this: &Object) -> Obj {
        (**this.ty()).own()
    }

    #[setter(name = "__class__")]
    fn set_class(this: &Object, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        let Some(value) = value else {
            return Err(thread.type_error("can't delete __class__ attribute"));
        };
        let Some(new) = value.cast::<Type>() else {
            return Err(thread.type_error(&format!("__class__ must be set to a class, not '{}' object", value.ty().full_name())));
        };
        crate::class_assignment::assign(thread, this, new)
    }

    /// Helper for pickle.
    #[method]
    fn __reduce__(this: &Object, thread: &Thread) -> PyResult<Obj> {
        crate::reduce::reduce(thread, this, 0)
    }

    /// Helper for pickle.
    #[method(sig = "(protocol, /)")]
    fn __reduce_ex__(this: &Object, thread: &Thread, protocol: isize) -> PyResult<Obj> {
        crate::reduce::reduce_ex(thread, this, protocol)
    }

    /// Helper for pickle.
    #[method]
    fn __getstate__(this: &Object, thread: &Thread) -> PyResult<Obj> {
        crate::reduce::get_state(thread, this)
    }

    /// This method is called when a class is subclassed. The default implementation does nothing.
    #[classmethod]
    fn __init_subclass__(_cls: &Type) {}

    /// Abstract classes can override this to customize issubclass(). NotImplemented means that the
    /// normal algorithm is used.
    #[classmethod(sig = "(object, /)", text = "($type, object, /)")]
    fn __subclasshook__(_cls: &Type, _object: &Object) -> Obj {
        crate::not_implemented()
    }

    /// Default object formatter. Return str(self) if format_spec is empty. Raise TypeError otherwise.
    #[method(sig = "(format_spec, /)")]
    fn __format__(this: &Object, thread: &Thread, format_spec: &Str) -> PyResult<Owned<Str>> {
        if format_spec.len() > 0 {
            return Err(thread.type_error(&format!("unsupported format string passed to {}.__format__", this.ty().full_name())));
        }
        this.str(thread)
    }

    /// Size of object in memory, in bytes.
    #[method]
    fn __sizeof__(this: &Object) -> isize {
        let raw = this.ty().raw();
        let mut size = 0;
        if raw.tp_itemsize.get() > 0 {
            // SAFETY: variable-size objects have a size field.
            let count = unsafe { (*(this.as_ptr() as *const abi::PyVarObject)).ob_size.get() }.unsigned_abs() as isize;
            size = count * raw.tp_itemsize.get();
        }
        size + raw.tp_basicsize.get()
    }

    /// Default dir() implementation.
    #[method]
    fn __dir__(this: &Object, thread: &Thread) -> PyResult<Owned<List>> {
        let names = Dict::new(thread)?;
        if let Some(dict) = this.lookup_attr(thread, crate::intern!("__dict__"))? {
            if dict.is_instance::<Dict>() {
                names.update(thread, &dict)?;
            }
        }
        if let Some(class) = this.lookup_attr(thread, crate::intern!("__class__"))? {
            merge_class_names(thread, &names, &class)?;
        }
        List::from_vec(thread, names.keys_vec())
    }
}

fn merge_class_names(thread: &Thread, names: &Dict, class: &Object) -> PyResult<()> {
    thread.check_stack(" in dir()")?;
    if let Some(dict) = class.lookup_attr(thread, crate::intern!("__dict__"))? {
        names.update(thread, &dict)?;
    }
    if let Some(bases) = class.lookup_attr(thread, crate::intern!("__bases__"))? {
        for base in bases.to_items(thread)? {
            merge_class_names(thread, names, &base)?;
        }
    }
    Ok(())
}

#[cold]
fn abstract_class(thread: &Thread, cls: &Type) -> Raised {
    let name = crate::intern!("__abstractmethods__");
    let Ok(methods) = cls.getattr(thread, name) else { return Raised };
    let Ok(list) = List::from_iterable(thread, &methods) else { return Raised };
    if list.sort(thread).is_err() {
        return Raised;
    }
    let names: Vec<String> = list.to_vec().iter().filter_map(|m| m.cast::<Str>().map(|s| format!("'{s}'"))).collect();
    let plural = if names.len() > 1 { "s" } else { "" };
    thread.type_error(&format!(
        "Can't instantiate abstract class {} without an implementation for abstract method{plural} {}",
        cls.name(),
        names.join(", ")
    ))
}
