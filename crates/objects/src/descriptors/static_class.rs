//! `staticmethod` and `classmethod`.

use pyrox_abi as abi;
use pyrox_macros::pyclass;

use crate::object::{Head, Obj, ObjCell, Object, Owned, PyType};
use crate::{Dict, PyResult, Thread, Tuple, Type};

macro_rules! wrapper_struct {
    ($name:ident) => {
        /// A callable and the attributes copied from it.
        #[repr(C)]
        pub struct $name {
            head: Head,
            callable: ObjCell,
            dict: ObjCell,
        }

        impl $name {
            /// Wrap `callable`.
            pub fn wrap(thread: &Thread, callable: &Object) -> PyResult<Owned<Self>> {
                let object = Self::make(thread, Self::ty())?;
                object.fill(thread, callable)?;
                Ok(object)
            }

            fn make(thread: &Thread, cls: &Type) -> PyResult<Owned<Self>> {
                let object = cls.allocate(thread, 0)?;
                // SAFETY: an instance of this class or of a subclass; all-zero fields are empty cells.
                Ok(unsafe { object.cast_unchecked() })
            }

            fn fill(&self, thread: &Thread, callable: &Object) -> PyResult<()> {
                self.callable.set(Some(callable.own()));
                for name in ["__module__", "__name__", "__qualname__", "__doc__"] {
                    let name = crate::Str::intern_str(thread, name)?;
                    if let Some(value) = callable.lookup_attr(thread, &name)? {
                        self.setattr(thread, &name, Some(&value))?;
                    }
                }
                Ok(())
            }

            /// An attribute that is the callable's until it is kept here.
            fn wrapped_attribute(&self, thread: &Thread, name: &crate::Str) -> PyResult<Obj> {
                let Some(dict) = self.instance_dict(thread)? else { return self.callable(thread)?.getattr(thread, name) };
                if let Some(kept) = dict.get_str(name) {
                    return Ok(kept);
                }
                let value = self.callable(thread)?.getattr(thread, name)?;
                dict.set(thread, name, &value)?;
                Ok(value)
            }

            fn set_wrapped_attribute(&self, thread: &Thread, name: &crate::Str, value: Option<&Object>) -> PyResult<()> {
                let Some(dict) = self.instance_dict(thread)? else { return Ok(()) };
                match value {
                    Some(value) => dict.set(thread, name, value),
                    None if dict.remove(thread, name)? => Ok(()),
                    None => Err(crate::protocol::attribute::no_attribute(thread, self, name)),
                }
            }

            /// What is wrapped.
            pub fn callable(&self, thread: &Thread) -> PyResult<Obj> {
                self.callable.get().ok_or_else(|| thread.runtime_error(concat!("uninitialized ", stringify!($name), " object")))
            }
        }
    };
}
wrapper_struct!(StaticMethod);
wrapper_struct!(ClassMethod);

fn is_abstract(thread: &Thread, callable: Option<Obj>) -> PyResult<bool> {
    match callable {
        Some(callable) => match callable.lookup_attr(thread, crate::intern!("__isabstractmethod__"))? {
            Some(flag) => flag.is_true(thread),
            None => Ok(false),
        },
        None => Ok(false),
    }
}

/// Convert a function to be a static method.
///
/// A static method does not receive an implicit first argument.
#[pyclass(name = "staticmethod", symbol = "PyStaticMethod_Type", traverse = [callable, dict], dealloc = drop, dictoffset = 24,
    flags = abi::Py_TPFLAGS_BASETYPE)]
impl StaticMethod {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, _args: &Tuple, _kwargs: Option<&Dict>) -> PyResult<Owned<StaticMethod>> {
        StaticMethod::make(thread, cls)
    }
    #[init(sig = "(function, /)")]
    fn init(&self, thread: &Thread, function: &Object) -> PyResult<()> {
        self.fill(thread, function)
    }
    #[slot]
    fn tp_descr_get(&self, thread: &Thread, _object: Option<&Object>, _ty: Option<&Object>) -> PyResult<Obj> {
        self.callable(thread)
    }
    #[slot]
    fn tp_call(&self, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        self.callable(thread)?.call_tuple(thread, args, kwargs)
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<String> {
        Ok(format!("<staticmethod({})>", self.callable(thread)?.repr(thread)?))
    }
    #[getter]
    fn __func__(&self) -> Option<Obj> {
        self.callable.get()
    }
    #[getter]
    fn __annotations__(&self, thread: &Thread) -> PyResult<Obj> {
        self.wrapped_attribute(thread, crate::intern!("__annotations__"))
    }
    #[setter(name = "__annotations__")]
    fn set_annotations(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        self.set_wrapped_attribute(thread, crate::intern!("__annotations__"), value)
    }
    #[getter]
    fn __annotate__(&self, thread: &Thread) -> PyResult<Obj> {
        self.wrapped_attribute(thread, crate::intern!("__annotate__"))
    }
    #[setter(name = "__annotate__")]
    fn set_annotate(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        self.set_wrapped_attribute(thread, crate::intern!("__annotate__"), value)
    }
    #[getter]
    fn __wrapped__(&self) -> Option<Obj> {
        self.callable.get()
    }
    #[getter]
    fn __isabstractmethod__(&self, thread: &Thread) -> PyResult<bool> {
        is_abstract(thread, self.callable.get())
    }
    #[getter]
    fn __dict__(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        Ok(self.instance_dict(thread)?.map(Owned::upcast))
    }
    #[setter(name = "__dict__")]
    fn set_dict(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        crate::managed::replace_dict(thread, self, value)
    }
    /// See PEP 585
    #[classmethod(sig = "(object, /)", text = "")]
    fn __class_getitem__(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
        crate::generic_alias::new(thread, cls, object)
    }
}

/// Convert a function to be a class method.
///
/// A class method receives the class as implicit first argument, just like an instance method
/// receives the instance.
#[pyclass(name = "classmethod", symbol = "PyClassMethod_Type", traverse = [callable, dict], dealloc = drop, dictoffset = 24,
    flags = abi::Py_TPFLAGS_BASETYPE)]
impl ClassMethod {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, _args: &Tuple, _kwargs: Option<&Dict>) -> PyResult<Owned<ClassMethod>> {
        ClassMethod::make(thread, cls)
    }
    #[init(sig = "(function, /)")]
    fn init(&self, thread: &Thread, function: &Object) -> PyResult<()> {
        self.fill(thread, function)
    }
    #[slot]
    fn tp_descr_get(&self, thread: &Thread, object: Option<&Object>, ty: Option<&Object>) -> PyResult<Obj> {
        let callable = self.callable(thread)?;
        let class = match (ty, object) {
            (Some(ty), _) => ty.own(),
            (None, Some(object)) => (**object.ty()).own(),
            (None, None) => return Err(thread.type_error("__get__(None, None) is invalid")),
        };
        Ok(crate::Method::new(thread, &callable, &class)?.upcast())
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<String> {
        Ok(format!("<classmethod({})>", self.callable(thread)?.repr(thread)?))
    }
    #[getter]
    fn __func__(&self) -> Option<Obj> {
        self.callable.get()
    }
    #[getter]
    fn __annotations__(&self, thread: &Thread) -> PyResult<Obj> {
        self.wrapped_attribute(thread, crate::intern!("__annotations__"))
    }
    #[setter(name = "__annotations__")]
    fn set_annotations(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        self.set_wrapped_attribute(thread, crate::intern!("__annotations__"), value)
    }
    #[getter]
    fn __annotate__(&self, thread: &Thread) -> PyResult<Obj> {
        self.wrapped_attribute(thread, crate::intern!("__annotate__"))
    }
    #[setter(name = "__annotate__")]
    fn set_annotate(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        self.set_wrapped_attribute(thread, crate::intern!("__annotate__"), value)
    }
    #[getter]
    fn __wrapped__(&self) -> Option<Obj> {
        self.callable.get()
    }
    #[getter]
    fn __isabstractmethod__(&self, thread: &Thread) -> PyResult<bool> {
        is_abstract(thread, self.callable.get())
    }
    #[getter]
    fn __dict__(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        Ok(self.instance_dict(thread)?.map(Owned::upcast))
    }
    #[setter(name = "__dict__")]
    fn set_dict(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        crate::managed::replace_dict(thread, self, value)
    }
    /// See PEP 585
    #[classmethod(sig = "(object, /)", text = "")]
    fn __class_getitem__(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
        crate::generic_alias::new(thread, cls, object)
    }
}
