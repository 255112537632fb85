//! `typing.TypeVarTuple`.

use pyrox_macros::pyclass;
use pyrox_objects::native::{KeywordSpace, NO_MEMBER, Raw, Spec, object_member};
use pyrox_objects::{Dict, Head, Obj, ObjCell, Object, Owned, PyResult, PyType, Thread, Tuple, Type, intern};

use super::{Default, arguments, call_typing, given, name_argument, set_module, unpack};

/// A variable that stands for any number of types.
#[repr(C)]
pub struct TypeVarTuple {
    head: Head,
    name: ObjCell,
    dict: ObjCell,
    weak_references: Raw,
    pub(super) default: Default,
}

static SPEC: Spec = Spec {
    name: "typevartuple",
    parameters: &["name", "default"],
    required: &[true, false],
    positional_only: 0,
    positional: 1,
    required_positional: 1,
    varargs: false,
    varkeywords: false,
};

impl TypeVarTuple {
    fn with(thread: &Thread, name: Obj, default: Default) -> PyResult<Owned<TypeVarTuple>> {
        let made = TypeVarTuple {
            head: Head::unset(),
            name: ObjCell::new(Some(name)),
            dict: ObjCell::empty(),
            weak_references: std::ptr::null_mut(),
            default,
        };
        TypeVarTuple::ty().instantiate(thread, made)
    }

    /// What `[*Ts]` makes.
    pub(super) fn from_syntax(thread: &Thread, name: Obj) -> PyResult<Obj> {
        Ok(TypeVarTuple::with(thread, name, Default::unset())?.upcast())
    }
}

/// Type variable tuple. A specialized form of type variable that enables
/// variadic generics.
///
/// A single '*' in a type parameter list makes one::
///
///     def move_first_element_to_last[T, *Ts](tup: tuple[T, *Ts]) -> tuple[*Ts, T]:
///         return (*tup[1:], tup[0])
///
/// and it can be constructed: ``Ts = TypeVarTuple('Ts')``, with a default
/// ``DefaultTs = TypeVarTuple('Ts', default=(str, int))``.
///
/// Where a TypeVar stands for one type, it stands for any number: with
/// ``class C[*Ts]``, all of ``C[int]``, ``C[int, str]`` and ``C[()]`` are fine.
///
/// Only those defined in the global scope can be pickled.
#[pyclass(name = "TypeVarTuple", module = "typing", traverse = [name, dict, default], dealloc = drop, dictoffset = 24, weaklistoffset = 32,
    members = &[object_member(c"__name__", 16, true), NO_MEMBER])]
impl TypeVarTuple {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        let _ = cls;
        let (mut space, mut slots) = (KeywordSpace::default(), [std::ptr::null_mut(); 2]);
        arguments(thread, &SPEC, args, kwargs, &mut space, &mut slots)?;
        let name = name_argument(thread, "typevartuple", given(slots[0]))?;
        let made = TypeVarTuple::with(thread, name, Default::known(given(slots[1])))?.upcast();
        set_module(thread, &made)?;
        Ok(made)
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Obj> {
        Ok(self.name.get().unwrap_or_else(pyrox_objects::none).str(thread)?.upcast())
    }
    #[slot]
    fn tp_iter(&self, thread: &Thread) -> PyResult<Obj> {
        Tuple::from_vec(thread, vec![unpack(thread, self)?])?.iter(thread)
    }
    #[method(sig = "(arg, /)")]
    fn __typing_subst__(&self, thread: &Thread, arg: &Object) -> PyResult<Obj> {
        let _ = arg;
        Err(thread.type_error("Substitution of bare TypeVarTuple is not supported"))
    }
    #[method(sig = "(alias, args, /)")]
    fn __typing_prepare_subst__(&self, thread: &Thread, alias: &Object, args: &Object) -> PyResult<Obj> {
        call_typing(thread, intern!("_typevartuple_prepare_subst"), &[self, alias, args])
    }
    #[method]
    fn __reduce__(&self) -> Option<Obj> {
        self.name.get()
    }
    #[method]
    fn has_default(&self) -> bool {
        self.default.exists()
    }
    #[method(sig = "(object, /)")]
    fn __mro_entries__(&self, thread: &Thread, object: &Object) -> PyResult<Obj> {
        let _ = object;
        Err(thread.type_error("Cannot subclass an instance of TypeVarTuple"))
    }
    /// The default value for this TypeVarTuple.
    #[getter]
    fn __default__(&self, thread: &Thread) -> PyResult<Obj> {
        self.default.get(thread)
    }
    #[getter]
    fn evaluate_default(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        self.default.evaluator(thread)
    }
}
