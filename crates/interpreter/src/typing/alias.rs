//! `typing.TypeAliasType`: what the `type` statement makes.

use pyrox_macros::pyclass;
use pyrox_objects::native::{KeywordSpace, NO_MEMBER, Spec, object_member};
use pyrox_objects::{Dict, Function, Head, Obj, ObjCell, Object, Owned, PyResult, PyType, Thread, Tuple, Type, generic_alias, intern};

use super::{Lazy, ParamSpec, TypeVar, TypeVarTuple, arguments, caller, given, name_argument, no_default, union, unpack, unpack_tuples};

/// A named alias of a type.
#[repr(C)]
pub struct TypeAlias {
    head: Head,
    name: ObjCell,
    /// A tuple; nothing if the alias is not generic.
    parameters: ObjCell,
    value: Lazy,
    module: ObjCell,
}

static SPEC: Spec = Spec {
    name: "typealias",
    parameters: &["name", "value", "type_params"],
    required: &[true, true, false],
    positional_only: 0,
    positional: 2,
    required_positional: 2,
    varargs: false,
    varkeywords: false,
};

impl TypeAlias {
    fn with(thread: &Thread, name: Obj, parameters: Option<Obj>, value: Lazy, module: Option<Obj>) -> PyResult<Owned<TypeAlias>> {
        let parameters = parameters.filter(|p| p.cast::<Tuple>().is_some_and(|p| p.len() > 0));
        let made = TypeAlias {
            head: Head::unset(),
            name: ObjCell::new(Some(name)),
            parameters: ObjCell::new(parameters),
            value,
            module: ObjCell::new(module),
        };
        TypeAlias::ty().instantiate(thread, made)
    }

    /// What `type name[parameters] = value` makes.
    pub(super) fn from_syntax(thread: &Thread, name: Obj, parameters: Option<Obj>, evaluate: Obj) -> PyResult<Obj> {
        Ok(TypeAlias::with(thread, name, parameters, Lazy::by(evaluate), None)?.upcast())
    }

    fn type_params(&self) -> Owned<Tuple> {
        self.parameters.get().and_then(|p| p.downcast().ok()).unwrap_or_else(Tuple::empty)
    }
}

/// The parameters are type parameters, those with a default last.
fn check_parameters(thread: &Thread, parameters: &Tuple) -> PyResult<()> {
    let mut seen_default = false;
    for parameter in parameters.items() {
        if !(parameter.is_exact::<TypeVar>() || parameter.is_exact::<ParamSpec>() || parameter.is_exact::<TypeVarTuple>()) {
            return Err(thread.type_error(&format!("Expected a type param, got {}", parameter.repr(thread)?)));
        }
        let has_default = !parameter.getattr(thread, intern!("__default__"))?.is(no_default());
        if seen_default && !has_default {
            return Err(
                thread.type_error(&format!("non-default type parameter '{}' follows default type parameter", parameter.repr(thread)?))
            );
        }
        seen_default |= has_default;
    }
    Ok(())
}

/// Type alias.
///
/// Made by the type statement::
///
///     type Alias = int
///
/// __name__ holds the name of the alias and __value__ what it stands for, which
/// is evaluated when it is first asked for. An alias can be generic; then its
/// type parameters are in __type_params__::
///
///     type ListOrSet[T] = list[T] | set[T]
///
/// See PEP 695 for more information.
#[pyclass(name = "TypeAliasType", module = "typing", traverse = [name, parameters, value, module], dealloc = drop,
    members = &[object_member(c"__name__", 16, true), NO_MEMBER])]
impl TypeAlias {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        let _ = cls;
        let (mut space, mut slots) = (KeywordSpace::default(), [std::ptr::null_mut(); 3]);
        arguments(thread, &SPEC, args, kwargs, &mut space, &mut slots)?;
        let name = name_argument(thread, "typealias", given(slots[0]))?;
        let parameters = given(slots[2]);
        if let Some(parameters) = parameters {
            let Some(parameters) = parameters.cast::<Tuple>() else { return Err(thread.type_error("type_params must be a tuple")) };
            check_parameters(thread, parameters)?;
        }
        let value = given(slots[1]).map(Object::own);
        Ok(TypeAlias::with(thread, name, parameters.map(Object::own), Lazy::known(value), caller(thread))?.upcast())
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Obj> {
        Ok(self.name.get().unwrap_or_else(pyrox_objects::none).str(thread)?.upcast())
    }
    #[slot]
    fn tp_iter(&self, thread: &Thread) -> PyResult<Obj> {
        Tuple::from_vec(thread, vec![unpack(thread, self)?])?.iter(thread)
    }
    #[slot]
    fn nb_or(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        union(thread, a, b)
    }
    #[slot]
    fn mp_subscript(&self, thread: &Thread, item: &Object) -> PyResult<Obj> {
        if !self.parameters.is_set() {
            return Err(thread.type_error("Only generic type aliases are subscriptable"));
        }
        generic_alias::new(thread, self, item)
    }
    #[method]
    fn __reduce__(&self) -> Option<Obj> {
        self.name.get()
    }
    #[getter]
    fn __parameters__(&self, thread: &Thread) -> PyResult<Obj> {
        unpack_tuples(thread, &self.type_params())
    }
    #[getter]
    fn __type_params__(&self) -> Owned<Tuple> {
        self.type_params()
    }
    #[getter]
    fn __value__(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        self.value.get(thread)
    }
    #[getter]
    fn evaluate_value(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        self.value.evaluator(thread)
    }
    #[getter]
    fn __module__(&self, thread: &Thread) -> PyResult<Obj> {
        if let Some(module) = self.module.get() {
            return Ok(module);
        }
        match self.value.evaluate.get() {
            Some(evaluate) if evaluate.is_instance::<Function>() => evaluate.getattr(thread, intern!("__module__")),
            _ => Ok(pyrox_objects::none()),
        }
    }
}
