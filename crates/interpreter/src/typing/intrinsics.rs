//! What the compiled syntax for type parameters calls.

use pyrox_objects::{Obj, Object, PyResult, Thread, Tuple, intern};

use super::{ParamSpec, TypeAlias, TypeVar, TypeVarTuple, unpack_tuples};

/// `[T]`.
pub fn type_var(thread: &Thread, name: Obj) -> PyResult<Obj> {
    TypeVar::from_syntax(thread, name, None, None)
}

/// `[T: bound]`.
pub fn type_var_with_bound(thread: &Thread, name: Obj, evaluate: Obj) -> PyResult<Obj> {
    TypeVar::from_syntax(thread, name, Some(evaluate), None)
}

/// `[T: (a, b)]`.
pub fn type_var_with_constraints(thread: &Thread, name: Obj, evaluate: Obj) -> PyResult<Obj> {
    TypeVar::from_syntax(thread, name, None, Some(evaluate))
}

/// `[**P]`.
pub fn param_spec(thread: &Thread, name: Obj) -> PyResult<Obj> {
    ParamSpec::from_syntax(thread, name)
}

/// `[*Ts]`.
pub fn type_var_tuple(thread: &Thread, name: Obj) -> PyResult<Obj> {
    TypeVarTuple::from_syntax(thread, name)
}

/// The base that a class with type parameters gets: `Generic[parameters]`.
pub fn subscript_generic(thread: &Thread, parameters: &Object) -> PyResult<Obj> {
    let Some(parameters) = parameters.cast::<Tuple>() else { return Err(thread.system_error("type parameters are no tuple")) };
    let parameters = unpack_tuples(thread, parameters)?;
    super::call_typing(thread, intern!("_GenericAlias"), &[super::generic(thread)?, &parameters])
}

/// The `type` statement, from its name, type parameters or `None`, and evaluate function.
pub fn type_alias(thread: &Thread, parts: &Object) -> PyResult<Obj> {
    let parts = parts.cast::<Tuple>().map(Tuple::to_vec).unwrap_or_default();
    match <[Obj; 3]>::try_from(parts) {
        Ok([name, parameters, evaluate]) => TypeAlias::from_syntax(thread, name, Some(parameters).filter(|p| !p.is_none()), evaluate),
        Err(_) => Err(thread.system_error("bad parts of a type alias")),
    }
}

/// `[T = default]`.
pub fn set_default(thread: &Thread, parameter: Obj, evaluate: Obj) -> PyResult<Obj> {
    let default = if let Some(variable) = parameter.exact::<TypeVar>() {
        &variable.default
    } else if let Some(variable) = parameter.exact::<ParamSpec>() {
        &variable.default
    } else if let Some(variable) = parameter.exact::<TypeVarTuple>() {
        &variable.default
    } else {
        return Err(thread.type_error(&format!("Expected a type param, got {}", parameter.repr(thread)?)));
    };
    default.set(evaluate);
    Ok(parameter)
}

/// Give a generic function its type parameters.
pub fn set_function_parameters(thread: &Thread, function: Obj, parameters: Obj) -> PyResult<Obj> {
    function.setattr(thread, intern!("__type_params__"), Some(&parameters))?;
    Ok(function)
}
