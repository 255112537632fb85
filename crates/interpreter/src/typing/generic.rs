//! `typing.Generic`: the base of generic classes; its work is done by functions of `typing`.

use pyrox_macros::pyclass;
use pyrox_objects::native::{Keywords, Rest};
use pyrox_objects::{Dict, Head, Obj, Object, PyResult, Str, Thread, Tuple, Type, abi, intern};

/// An instance: nothing but the head.
#[repr(C)]
pub struct Generic {
    _head: Head,
}

/// Call a function of `typing` with the class before all other arguments.
fn forward(thread: &Thread, function: &'static Str, cls: &Type, args: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<Obj> {
    let mut arguments: Vec<Obj> = vec![(**cls).own()];
    for at in 0..args.len() {
        arguments.extend(args.get(at).map(Object::own));
    }
    let keywords = Dict::new(thread)?;
    for (name, value) in kwargs.iter() {
        keywords.set(thread, name, value)?;
    }
    let function = crate::import::import_module(thread, "typing")?.getattr(thread, function)?;
    function.call_tuple(thread, &*Tuple::from_vec(thread, arguments)?, Some(&keywords))
}

/// Abstract base class for generic types.
///
/// A class with a type parameter list inherits from it without saying so:
///
///     class Mapping[KT, VT]:
///         def __getitem__(self, key: KT) -> VT:
///             ...
///
/// Other classes name it among their bases, as in ``class Mapping(Generic[KT, VT])``.
#[pyclass(name = "Generic", module = "typing", new = generic, flags = abi::Py_TPFLAGS_BASETYPE)]
impl Generic {
    /// Parameterizes a generic class.
    ///
    /// It is called for ``Foo[int]``, with ``cls=Foo`` and ``params=int``, and
    /// also for ``Generic[T]`` in the bases of a class.
    #[classmethod(sig = "(*args, **kwargs)", text = "")]
    fn __class_getitem__(cls: &Type, thread: &Thread, args: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<Obj> {
        forward(thread, intern!("_generic_class_getitem"), cls, args, kwargs)
    }
    /// Function to initialize subclasses.
    #[classmethod(sig = "(*args, **kwargs)", text = "")]
    fn __init_subclass__(cls: &Type, thread: &Thread, args: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<Obj> {
        forward(thread, intern!("_generic_init_subclass"), cls, args, kwargs)
    }
}
