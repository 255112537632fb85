//! `typing.Generic`: the base of generic classes; its work is done by functions of `typing`.
//!
//! It is a class like those that the `class` statement makes: pickling by the old protocols takes any
//! other kind for one with state of its own.

use std::ffi::c_void;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyrox_macros::pyfunction;
use pyrox_objects::builtin_function::BuiltinFunction;
use pyrox_objects::descriptors::ClassMethod;
use pyrox_objects::native::{Keywords, Rest, Table};
use pyrox_objects::{Dict, Obj, Object, PyResult, PyType, Str, Thread, Tuple, Type, abi, intern};

static GENERIC: AtomicPtr<c_void> = AtomicPtr::new(std::ptr::null_mut());

const DOC: &str = "Abstract base class for generic types.

A class with a type parameter list inherits from it without saying so::

    class Mapping[KT, VT]:
        def __getitem__(self, key: KT) -> VT:
            ...

Other classes name it among their bases, as in ``class Mapping(Generic[KT, VT])``.
";

static METHODS: Table<abi::PyMethodDef> = Table(&[__py_class_getitem, __py_init_subclass]);

/// Make the class.
pub fn initialize(thread: &Thread) -> PyResult<()> {
    let dict = Dict::new(thread)?;
    dict.set(thread, intern!("__module__"), intern!("typing"))?;
    dict.set(thread, intern!("__doc__"), &*Str::from_str(thread, DOC)?)?;
    dict.set(thread, intern!("__slots__"), &Tuple::empty())?;
    for (definition, name) in METHODS.0.iter().zip([intern!("__class_getitem__"), intern!("__init_subclass__")]) {
        let function = BuiltinFunction::new(thread, definition, None, None)?;
        dict.set(thread, name, &*ClassMethod::ty().call(thread, &[&function])?)?;
    }
    let made = Type::type_type().call(thread, &[intern!("Generic"), &*Tuple::from_slice(thread, &[<Object as PyType>::ty()])?, &*dict])?;
    if let Some(class) = made.cast::<Type>() {
        class.dict().remove(thread, intern!("__slots__"))?;
        class.set_flags(class.flags() | abi::Py_TPFLAGS_IMMUTABLETYPE);
        class.modified();
    }
    GENERIC.store(made.into_raw() as *mut c_void, Ordering::Relaxed);
    Ok(())
}

/// The class.
pub fn generic(thread: &Thread) -> PyResult<&'static Type> {
    // SAFETY: null or the class that `initialize` made and never gives up.
    unsafe { (GENERIC.load(Ordering::Relaxed) as *const Type).as_ref() }
        .ok_or_else(|| thread.system_error("typing.Generic is not made yet"))
}

/// Call a function of `typing` with the class before all other arguments.
fn forward(thread: &Thread, function: &'static Str, cls: &Object, args: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<Obj> {
    let mut arguments: Vec<Obj> = vec![cls.own()];
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

/// Parameterizes a generic class.
///
/// It is called for ``Foo[int]``, with ``cls=Foo`` and ``params=int``, and
/// also for ``Generic[T]`` in the bases of a class.
#[pyfunction(name = "__class_getitem__", sig = "(cls, /, *args, **kwargs)", text = "")]
fn class_getitem(thread: &Thread, cls: &Object, args: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<Obj> {
    forward(thread, intern!("_generic_class_getitem"), cls, args, kwargs)
}

/// Function to initialize subclasses.
#[pyfunction(name = "__init_subclass__", sig = "(cls, /, *args, **kwargs)", text = "")]
fn init_subclass(thread: &Thread, cls: &Object, args: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<Obj> {
    forward(thread, intern!("_generic_init_subclass"), cls, args, kwargs)
}
