//! `typing.TypeVar`.

use std::cell::Cell;

use pyrox_macros::pyclass;
use pyrox_objects::native::{KeywordSpace, NO_MEMBER, Raw, Spec, object_member};
use pyrox_objects::{Dict, Head, Obj, ObjCell, Object, Owned, PyResult, PyType, Thread, Tuple, Type, abi, intern};

use super::{
    Default, Lazy, arguments, call_typing, given, name_argument, no_default, set_module, type_check, union, variance, variance_repr,
};

/// A type variable.
#[repr(C)]
pub struct TypeVar {
    head: Head,
    name: ObjCell,
    covariant: Cell<bool>,
    contravariant: Cell<bool>,
    infer_variance: Cell<bool>,
    dict: ObjCell,
    weak_references: Raw,
    bound: Lazy,
    constraints: Lazy,
    pub(super) default: Default,
}

/// A read-only flag.
pub(super) const fn flag(name: &'static std::ffi::CStr, offset: isize) -> abi::PyMemberDef {
    abi::PyMemberDef { name: name.as_ptr(), r#type: abi::Py_T_BOOL, offset, flags: abi::Py_READONLY, doc: std::ptr::null() }
}

static SPEC: Spec = Spec {
    name: "typevar",
    parameters: &["name", "bound", "default", "covariant", "contravariant", "infer_variance"],
    required: &[true, false, false, false, false, false],
    positional_only: 0,
    positional: 1,
    required_positional: 1,
    varargs: true,
    varkeywords: false,
};

impl TypeVar {
    fn with(thread: &Thread, name: Obj, flags: [bool; 3], bound: Lazy, constraints: Lazy, default: Default) -> PyResult<Owned<TypeVar>> {
        let made = TypeVar {
            head: Head::unset(),
            name: ObjCell::new(Some(name)),
            covariant: Cell::new(flags[0]),
            contravariant: Cell::new(flags[1]),
            infer_variance: Cell::new(flags[2]),
            dict: ObjCell::empty(),
            weak_references: std::ptr::null_mut(),
            bound,
            constraints,
            default,
        };
        TypeVar::ty().instantiate(thread, made)
    }

    /// What `[T]`, `[T: bound]` and `[T: (a, b)]` make.
    pub(super) fn from_syntax(thread: &Thread, name: Obj, bound: Option<Obj>, constraints: Option<Obj>) -> PyResult<Obj> {
        let lazy = |evaluate: Option<Obj>| evaluate.map_or_else(|| Lazy::known(None), Lazy::by);
        Ok(TypeVar::with(thread, name, [false, false, true], lazy(bound), lazy(constraints), Default::unset())?.upcast())
    }

    fn flags(&self) -> [bool; 3] {
        [self.covariant.get(), self.contravariant.get(), self.infer_variance.get()]
    }
}

/// Type variable.
///
/// Usually made by the syntax for type parameters, ``class Sequence[T]: ...``,
/// which takes a bound (``[S: str]``), constraints (``[A: (str, bytes)]``) and a
/// default (``[T = int]``). It can also be constructed::
///
///     T = TypeVar('T')  # Can be anything
///     S = TypeVar('S', bound=str)  # Can be any subtype of str
///     A = TypeVar('A', str, bytes)  # Must be exactly str or bytes
///     D = TypeVar('D', default=int)  # Defaults to int
///
/// Variance is inferred for variables made by the syntax and for those with
/// ``infer_variance=True``; others are invariant unless ``covariant=True`` or
/// ``contravariant=True`` is given.
#[pyclass(name = "TypeVar", module = "typing", traverse = [name, dict, bound, constraints, default], dealloc = drop,
    dictoffset = 32, weaklistoffset = 40,
    members = &[object_member(c"__name__", 16, true), flag(c"__covariant__", 24), flag(c"__contravariant__", 25),
        flag(c"__infer_variance__", 26), NO_MEMBER])]
impl TypeVar {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        let _ = cls;
        let (mut space, mut slots) = (KeywordSpace::default(), [std::ptr::null_mut(); 6]);
        let (rest, _) = arguments(thread, &SPEC, args, kwargs, &mut space, &mut slots)?;
        let name = name_argument(thread, "typevar", given(slots[0]))?;
        let flags = variance(thread, [given(slots[3]), given(slots[4]), given(slots[5])])?;
        let bound = match given(slots[1]).filter(|b| !b.is_none()) {
            Some(bound) => Some(type_check(thread, bound, "Bound must be a type.")?),
            None => None,
        };
        let constraints: Vec<Obj> = (0..rest.len()).filter_map(|at| rest.get(at).map(Object::own)).collect();
        let constraints = match constraints.len() {
            0 => None,
            1 => return Err(thread.type_error("A single constraint is not allowed")),
            _ if bound.is_some() => return Err(thread.type_error("Constraints cannot be combined with bound=...")),
            _ => Some(Tuple::from_vec(thread, constraints)?.upcast()),
        };
        let made =
            TypeVar::with(thread, name, flags, Lazy::known(bound), Lazy::known(constraints), Default::known(given(slots[2])))?.upcast();
        set_module(thread, &made)?;
        Ok(made)
    }
    #[slot]
    fn tp_repr(&self) -> String {
        variance_repr(&self.name.get().unwrap_or_else(pyrox_objects::none), self.flags())
    }
    #[slot]
    fn nb_or(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        union(thread, a, b)
    }
    #[method(sig = "(arg, /)")]
    fn __typing_subst__(&self, thread: &Thread, arg: &Object) -> PyResult<Obj> {
        call_typing(thread, intern!("_typevar_subst"), &[self, arg])
    }
    #[method(sig = "(alias, args, /)")]
    fn __typing_prepare_subst__(&self, thread: &Thread, alias: &Object, args: &Object) -> PyResult<Obj> {
        let parameters = alias.getattr(thread, intern!("__parameters__"))?.to_items(thread)?;
        let count = args.len(thread)?;
        let Some(at) = parameters.iter().position(|p| p.is(self)) else {
            return Err(thread.value_error("sequence.index(x): x not in sequence"));
        };
        if at < count {
            return Ok(args.own());
        }
        let default = self.default.get(thread)?;
        if at > count || default.is(no_default()) {
            return Err(thread.type_error(&format!(
                "Too few arguments for {}; actual {count}, expected at least {}",
                alias.str(thread)?,
                parameters.iter().position(|p| p.is(self)).map_or(0, |at| at + 1)
            )));
        }
        let mut all = args.to_items(thread)?;
        all.push(default);
        Ok(Tuple::from_vec(thread, all)?.upcast())
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
        Err(thread.type_error("Cannot subclass an instance of TypeVar"))
    }
    #[getter]
    fn __bound__(&self, thread: &Thread) -> PyResult<Obj> {
        Ok(self.bound.get(thread)?.unwrap_or_else(pyrox_objects::none))
    }
    #[getter]
    fn __constraints__(&self, thread: &Thread) -> PyResult<Obj> {
        Ok(self.constraints.get(thread)?.unwrap_or_else(|| Tuple::empty().upcast()))
    }
    #[getter]
    fn __default__(&self, thread: &Thread) -> PyResult<Obj> {
        self.default.get(thread)
    }
    #[getter]
    fn evaluate_bound(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        self.bound.evaluator(thread)
    }
    #[getter]
    fn evaluate_constraints(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        self.constraints.evaluator(thread)
    }
    #[getter]
    fn evaluate_default(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        self.default.evaluator(thread)
    }
}

const _: () = assert!(std::mem::offset_of!(TypeVar, dict) == 32 && std::mem::offset_of!(TypeVar, weak_references) == 40);
const _: () = assert!(std::mem::offset_of!(TypeVar, infer_variance) == 26);
