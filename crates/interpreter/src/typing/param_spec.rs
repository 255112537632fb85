//! `typing.ParamSpec` with its `args` and `kwargs`.

use std::cell::Cell;

use pyrox_macros::pyclass;
use pyrox_objects::native::{KeywordSpace, NO_MEMBER, Raw, Spec, object_member};
use pyrox_objects::{CompareOp, Dict, Head, Obj, ObjCell, Object, Owned, PyResult, PyType, Thread, Tuple, Type, intern};

use super::type_var::flag;
use super::{Default, arguments, call_typing, given, name_argument, set_module, type_check, union, variance, variance_repr};

/// A parameter specification variable.
#[repr(C)]
pub struct ParamSpec {
    head: Head,
    name: ObjCell,
    covariant: Cell<bool>,
    contravariant: Cell<bool>,
    infer_variance: Cell<bool>,
    dict: ObjCell,
    weak_references: Raw,
    bound: ObjCell,
    pub(super) default: Default,
}

static SPEC: Spec = Spec {
    name: "paramspec",
    parameters: &["name", "bound", "default", "covariant", "contravariant", "infer_variance"],
    required: &[true, false, false, false, false, false],
    positional_only: 0,
    positional: 1,
    required_positional: 1,
    varargs: false,
    varkeywords: false,
};

impl ParamSpec {
    fn with(thread: &Thread, name: Obj, flags: [bool; 3], bound: Option<Obj>, default: Default) -> PyResult<Owned<ParamSpec>> {
        let made = ParamSpec {
            head: Head::unset(),
            name: ObjCell::new(Some(name)),
            covariant: Cell::new(flags[0]),
            contravariant: Cell::new(flags[1]),
            infer_variance: Cell::new(flags[2]),
            dict: ObjCell::empty(),
            weak_references: std::ptr::null_mut(),
            bound: ObjCell::new(bound),
            default,
        };
        ParamSpec::ty().instantiate(thread, made)
    }

    /// What `[**P]` makes.
    pub(super) fn from_syntax(thread: &Thread, name: Obj) -> PyResult<Obj> {
        Ok(ParamSpec::with(thread, name, [false, false, true], None, Default::unset())?.upcast())
    }
}

/// Parameter specification variable.
///
/// It forwards the parameter types of one callable to another, in decorators
/// above all. ``**`` in a type parameter list makes one::
///
///     type IntFunc[**P] = Callable[P, int]
///     type IntFuncDefault[**P = [int, str]] = Callable[P, int]
///
/// and it can be constructed: ``P = ParamSpec('P')``, with a default
/// ``DefaultP = ParamSpec('DefaultP', default=[int, str])``.
///
/// It is valid in ``Concatenate``, as the first argument of ``Callable`` and as a
/// parameter of generics. ``P.args`` and ``P.kwargs`` annotate ``*args`` and
/// ``**kwargs``.
#[pyclass(name = "ParamSpec", module = "typing", traverse = [name, dict, bound, default], dealloc = drop, dictoffset = 32, weaklistoffset = 40,
    members = &[object_member(c"__name__", 16, true), object_member(c"__bound__", 48, true), flag(c"__covariant__", 24),
        flag(c"__contravariant__", 25), flag(c"__infer_variance__", 26), NO_MEMBER])]
impl ParamSpec {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        let _ = cls;
        let (mut space, mut slots) = (KeywordSpace::default(), [std::ptr::null_mut(); 6]);
        arguments(thread, &SPEC, args, kwargs, &mut space, &mut slots)?;
        let name = name_argument(thread, "paramspec", given(slots[0]))?;
        let flags = variance(thread, [given(slots[3]), given(slots[4]), given(slots[5])])?;
        let bound = match given(slots[1]).filter(|b| !b.is_none()) {
            Some(bound) => Some(type_check(thread, bound, "Bound must be a type.")?),
            None => None,
        };
        let made = ParamSpec::with(thread, name, flags, bound, Default::known(given(slots[2])))?.upcast();
        set_module(thread, &made)?;
        Ok(made)
    }
    #[slot]
    fn tp_repr(&self) -> String {
        let flags = [self.covariant.get(), self.contravariant.get(), self.infer_variance.get()];
        variance_repr(&self.name.get().unwrap_or_else(pyrox_objects::none), flags)
    }
    #[slot]
    fn nb_or(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        union(thread, a, b)
    }
    #[method(sig = "(arg, /)")]
    fn __typing_subst__(&self, thread: &Thread, arg: &Object) -> PyResult<Obj> {
        call_typing(thread, intern!("_paramspec_subst"), &[self, arg])
    }
    #[method(sig = "(alias, args, /)")]
    fn __typing_prepare_subst__(&self, thread: &Thread, alias: &Object, args: &Object) -> PyResult<Obj> {
        call_typing(thread, intern!("_paramspec_prepare_subst"), &[self, alias, args])
    }
    #[method]
    fn has_default(&self) -> bool {
        self.default.exists()
    }
    #[method]
    fn __reduce__(&self) -> Option<Obj> {
        self.name.get()
    }
    #[method(sig = "(object, /)")]
    fn __mro_entries__(&self, thread: &Thread, object: &Object) -> PyResult<Obj> {
        let _ = object;
        Err(thread.type_error("Cannot subclass an instance of ParamSpec"))
    }
    /// Represents positional arguments.
    #[getter]
    fn args(&self, thread: &Thread) -> PyResult<Obj> {
        let made = ParamSpecArgs { head: Head::unset(), origin: ObjCell::new(Some((**self).own())), weak_references: std::ptr::null_mut() };
        Ok(ParamSpecArgs::ty().instantiate(thread, made)?.upcast())
    }
    /// Represents keyword arguments.
    #[getter]
    fn kwargs(&self, thread: &Thread) -> PyResult<Obj> {
        let made =
            ParamSpecKwargs { head: Head::unset(), origin: ObjCell::new(Some((**self).own())), weak_references: std::ptr::null_mut() };
        Ok(ParamSpecKwargs::ty().instantiate(thread, made)?.upcast())
    }
    /// The default value for this ParamSpec.
    #[getter]
    fn __default__(&self, thread: &Thread) -> PyResult<Obj> {
        self.default.get(thread)
    }
    #[getter]
    fn evaluate_default(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        self.default.evaluator(thread)
    }
}

const _: () = assert!(std::mem::offset_of!(ParamSpec, bound) == 48);

/// `P.args`.
#[repr(C)]
pub struct ParamSpecArgs {
    head: Head,
    origin: ObjCell,
    weak_references: Raw,
}

/// `P.kwargs`.
#[repr(C)]
pub struct ParamSpecKwargs {
    head: Head,
    origin: ObjCell,
    weak_references: Raw,
}

fn part_repr(thread: &Thread, origin: &ObjCell, part: &str) -> PyResult<String> {
    let origin = origin.get().unwrap_or_else(pyrox_objects::none);
    match origin.exact::<ParamSpec>() {
        Some(spec) => Ok(format!("{}.{part}", spec.name.get().unwrap_or_else(pyrox_objects::none).str(thread)?)),
        None => Ok(format!("{}.{part}", origin.repr(thread)?)),
    }
}

fn part_compare(thread: &Thread, a: &ObjCell, b: Option<&ObjCell>, op: CompareOp) -> PyResult<Obj> {
    match (a.get(), b.and_then(ObjCell::get)) {
        (Some(a), Some(b)) if matches!(op, CompareOp::Eq | CompareOp::Ne) => a.richcompare(thread, &b, op),
        _ => Ok(pyrox_objects::not_implemented()),
    }
}

/// Parse `(origin)`.
fn part_origin(thread: &Thread, spec: &'static Spec, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<ObjCell> {
    let (mut space, mut slots) = (KeywordSpace::default(), [std::ptr::null_mut(); 1]);
    arguments(thread, spec, args, kwargs, &mut space, &mut slots)?;
    Ok(ObjCell::new(given(slots[0]).map(Object::own)))
}

const PART: Spec = Spec {
    name: "",
    parameters: &["origin"],
    required: &[true],
    positional_only: 0,
    positional: 1,
    required_positional: 1,
    varargs: false,
    varkeywords: false,
};
static ARGS_SPEC: Spec = Spec { name: "paramspecargs", ..PART };
static KWARGS_SPEC: Spec = Spec { name: "paramspeckwargs", ..PART };

/// The args for a ParamSpec object.
///
/// Given a ParamSpec object P, P.args is an instance of ParamSpecArgs, whose
/// __origin__ is P. It is for introspection at run time and means nothing
/// special to static type checkers.
#[pyclass(name = "ParamSpecArgs", module = "typing", traverse = [origin], dealloc = drop, weaklistoffset = 24,
    members = &[object_member(c"__origin__", 16, true), NO_MEMBER])]
impl ParamSpecArgs {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        let origin = part_origin(thread, &ARGS_SPEC, args, kwargs)?;
        Ok(cls.instantiate(thread, ParamSpecArgs { head: Head::unset(), origin, weak_references: std::ptr::null_mut() })?.upcast())
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<String> {
        part_repr(thread, &self.origin, "args")
    }
    #[slot]
    fn tp_richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        part_compare(thread, &self.origin, other.exact::<ParamSpecArgs>().map(|o| &o.origin), op)
    }
    #[method(sig = "(object, /)")]
    fn __mro_entries__(&self, thread: &Thread, object: &Object) -> PyResult<Obj> {
        let _ = object;
        Err(thread.type_error("Cannot subclass an instance of ParamSpecArgs"))
    }
}

/// The kwargs for a ParamSpec object.
///
/// Given a ParamSpec object P, P.kwargs is an instance of ParamSpecKwargs, whose
/// __origin__ is P. It is for introspection at run time and means nothing
/// special to static type checkers.
#[pyclass(name = "ParamSpecKwargs", module = "typing", traverse = [origin], dealloc = drop, weaklistoffset = 24,
    members = &[object_member(c"__origin__", 16, true), NO_MEMBER])]
impl ParamSpecKwargs {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        let origin = part_origin(thread, &KWARGS_SPEC, args, kwargs)?;
        Ok(cls.instantiate(thread, ParamSpecKwargs { head: Head::unset(), origin, weak_references: std::ptr::null_mut() })?.upcast())
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<String> {
        part_repr(thread, &self.origin, "kwargs")
    }
    #[slot]
    fn tp_richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        part_compare(thread, &self.origin, other.exact::<ParamSpecKwargs>().map(|o| &o.origin), op)
    }
    #[method(sig = "(object, /)")]
    fn __mro_entries__(&self, thread: &Thread, object: &Object) -> PyResult<Obj> {
        let _ = object;
        Err(thread.type_error("Cannot subclass an instance of ParamSpecKwargs"))
    }
}
