//! Type parameters and aliases: what the statements `def f[T]`, `class C[T]` and `type A = ...` make,
//! and the native module `_typing` that `typing` builds upon.
//!
//! Bounds, constraints, defaults and values are evaluated when first asked for: the compiler gives a
//! function for each, and [`Lazy`] keeps the function and later its value.

mod alias;
mod evaluator;
mod generic;
pub mod intrinsics;
mod no_default;
mod param_spec;
mod type_var;
mod type_var_tuple;

use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::native::{KeywordSpace, Keywords, Rest, Spec, parse_tuple};
use pyrox_objects::{Dict, Int, Module, Obj, ObjCell, Object, PyResult, PyType, Str, Thread, Tuple, intern};

pub use alias::TypeAlias;
pub use evaluator::ConstEvaluator;
pub use generic::generic;
pub use no_default::{NoDefaultType, no_default};
pub use param_spec::{ParamSpec, ParamSpecArgs, ParamSpecKwargs};
pub use type_var::TypeVar;
pub use type_var_tuple::TypeVarTuple;

pymodule!(name = "_typing", doc = "Primitives and accelerators for the typing module.", functions = [_idfunc], exec = exec);

/// Make the types ready, at start.
///
/// # Errors
/// Memory may run out.
pub fn initialize(thread: &Thread) -> PyResult<()> {
    let classes = [TypeVar::ty(), ParamSpec::ty(), ParamSpecArgs::ty(), ParamSpecKwargs::ty(), TypeVarTuple::ty()];
    for ty in classes {
        pyrox_objects::type_object::ready(thread, ty)?;
        // Instances show it too.
        ty.dict().set(thread, intern!("__module__"), intern!("typing"))?;
        ty.modified();
    }
    generic::initialize(thread)?;
    for ty in [TypeAlias::ty(), NoDefaultType::ty(), ConstEvaluator::ty()] {
        pyrox_objects::type_object::ready(thread, ty)?;
    }
    Ok(())
}

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    module.add_type::<TypeVar>(thread)?;
    module.add_type::<ParamSpec>(thread)?;
    module.add_type::<ParamSpecArgs>(thread)?;
    module.add_type::<ParamSpecKwargs>(thread)?;
    module.add_type::<TypeVarTuple>(thread)?;
    module.add_type::<TypeAlias>(thread)?;
    module.add(thread, "Generic", generic(thread)?)?;
    module.add(thread, "Union", pyrox_objects::union_type::Union::ty())?;
    module.add(thread, "NoDefault", no_default())
}

#[pyfunction(name = "_idfunc", sig = "(x, /)")]
fn _idfunc(x: &Object) -> Obj {
    x.own()
}

/// A function of the module `typing`, called.
fn call_typing(thread: &Thread, function: &'static Str, arguments: &[&Object]) -> PyResult<Obj> {
    crate::import::import_module(thread, "typing")?.call_method(thread, function, arguments)
}

/// `typing._type_check`; `None` stands for its type.
fn type_check(thread: &Thread, value: &Object, message: &str) -> PyResult<Obj> {
    if value.is_none() {
        return Ok((**pyrox_objects::singletons::NoneType::ty()).own());
    }
    call_typing(thread, intern!("_type_check"), &[value, &*Str::from_str(thread, message)?])
}

/// `typing.Unpack[variable]`.
fn unpack(thread: &Thread, variable: &Object) -> PyResult<Obj> {
    crate::import::import_module(thread, "typing")?.getattr(thread, intern!("Unpack"))?.get_item(thread, variable)
}

/// The variables with every `TypeVarTuple` unpacked.
fn unpack_tuples(thread: &Thread, parameters: &Tuple) -> PyResult<Obj> {
    if !parameters.items().iter().any(|p| p.is_exact::<TypeVarTuple>()) {
        return Ok(parameters.own_tuple().upcast());
    }
    let mut out = Vec::with_capacity(parameters.len());
    for parameter in parameters.items() {
        out.push(if parameter.is_exact::<TypeVarTuple>() { unpack(thread, parameter)? } else { parameter.own() });
    }
    Ok(Tuple::from_vec(thread, out)?.upcast())
}

/// `a | b` as `typing.Union` has it, which takes strings as well.
fn union(thread: &Thread, a: &Object, b: &Object) -> PyResult<Obj> {
    pyrox_objects::union_type::from_members(thread, &*Tuple::from_slice(thread, &[a, b])?)
}

/// `__module__` of what the running function makes.
fn set_module(thread: &Thread, object: &Object) -> PyResult<()> {
    match caller(thread) {
        Some(module) => object.setattr(thread, intern!("__module__"), Some(&module)),
        None => Ok(()),
    }
}

/// The name of the running function's module.
fn caller(thread: &Thread) -> Option<Obj> {
    let frame = crate::frame::current(thread);
    // SAFETY: null or the running frame.
    unsafe { frame.as_ref() }?.globals().get_str(intern!("__name__"))
}

/// Parse the arguments of a class whose messages carry another name than the class has.
fn arguments<'a>(
    thread: &Thread,
    spec: &'static Spec,
    args: &'a Tuple,
    kwargs: Option<&'a Dict>,
    space: &'a mut KeywordSpace,
    slots: &mut [pyrox_objects::native::Raw],
) -> PyResult<(Rest<'a>, Keywords<'a>)> {
    let kwargs = kwargs.map_or(std::ptr::null_mut(), |k| k.as_ptr());
    // SAFETY: a tuple, and a dict or null; the slots are as many as the parameters.
    unsafe { parse_tuple(thread, spec, args.as_ptr(), kwargs, space, slots) }
}

/// A parsed argument: given, or left out.
fn given<'a>(slot: pyrox_objects::native::Raw) -> Option<&'a Object> {
    // SAFETY: the parser puts null or an argument, which the caller of the class holds.
    unsafe { Object::from_ptr_or_null(slot) }
}

/// The parameter `name`, a str.
fn name_argument(thread: &Thread, function: &str, value: Option<&Object>) -> PyResult<Obj> {
    match value {
        Some(name) if name.is_instance::<Str>() => Ok(name.own()),
        Some(other) => {
            let got = if other.is_none() { "None" } else { other.ty().full_name() };
            Err(thread.type_error(&format!("{function}() argument 'name' must be str, not {got}")))
        }
        None => Err(thread.type_error(&format!("{function}() missing required argument 'name' (pos 1)"))),
    }
}

/// The three flags of variance, checked against each other.
fn variance(thread: &Thread, flags: [Option<&Object>; 3]) -> PyResult<[bool; 3]> {
    let mut out = [false; 3];
    for (out, flag) in out.iter_mut().zip(flags) {
        *out = flag.map_or(Ok(false), |f| f.is_true(thread))?;
    }
    match out {
        [true, true, _] => Err(thread.value_error("Bivariant types are not supported.")),
        [true, _, true] | [_, true, true] => Err(thread.value_error("Variance cannot be specified with infer_variance.")),
        _ => Ok(out),
    }
}

/// How a variable shows: its name with the sign of its variance.
fn variance_repr(name: &Object, flags: [bool; 3]) -> String {
    let sign = match flags {
        [_, _, true] => "",
        [true, ..] => "+",
        [_, true, _] => "-",
        _ => "~",
    };
    format!("{sign}{}", name.cast::<Str>().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default())
}

/// A value that is known, or computed by a function when first asked for.
struct Lazy {
    value: ObjCell,
    evaluate: ObjCell,
}

impl Lazy {
    fn known(value: Option<Obj>) -> Lazy {
        Lazy { value: ObjCell::new(value), evaluate: ObjCell::empty() }
    }

    fn by(evaluate: Obj) -> Lazy {
        Lazy { value: ObjCell::empty(), evaluate: ObjCell::new(Some(evaluate)) }
    }

    /// The value, computed now if need be; nothing if there is none.
    fn get(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        if let Some(value) = self.value.get() {
            return Ok(Some(value));
        }
        let Some(evaluate) = self.evaluate.get() else { return Ok(None) };
        // Format 1: the value itself.
        let value = evaluate.call(thread, &[&Int::from(1).upcast()])?;
        self.value.set(Some(value.clone()));
        Ok(Some(value))
    }

    /// The function that computes the value, or one that gives it.
    fn evaluator(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        match (self.evaluate.get(), self.value.get()) {
            (Some(evaluate), _) => Ok(Some(evaluate)),
            (None, Some(value)) => Ok(Some(ConstEvaluator::new(thread, value)?)),
            (None, None) => Ok(None),
        }
    }
}

impl pyrox_objects::native::Traverse for Lazy {
    unsafe fn traverse(&self, visit: pyrox_objects::abi::visitproc, data: *mut std::ffi::c_void) -> std::ffi::c_int {
        // SAFETY: by contract.
        unsafe {
            let status = self.value.traverse(visit, data);
            if status != 0 { status } else { self.evaluate.traverse(visit, data) }
        }
    }

    fn clear(&self) {
        self.value.take();
        self.evaluate.take();
    }
}

/// The default of a type parameter.
struct Default(Lazy);

impl Default {
    fn known(value: Option<&Object>) -> Default {
        Default(Lazy::known(Some(value.map_or_else(|| no_default().own(), Object::own))))
    }

    /// None, until [`Default::set`] says otherwise.
    fn unset() -> Default {
        Default(Lazy::known(None))
    }

    fn set(&self, evaluate: Obj) {
        self.0.evaluate.set(Some(evaluate));
    }

    fn get(&self, thread: &Thread) -> PyResult<Obj> {
        Ok(self.0.get(thread)?.unwrap_or_else(|| no_default().own()))
    }

    fn evaluator(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        self.0.evaluator(thread)
    }

    fn exists(&self) -> bool {
        self.0.evaluate.is_set() || self.0.value.peek().is_some_and(|v| !v.is(no_default()))
    }
}

impl pyrox_objects::native::Traverse for Default {
    unsafe fn traverse(&self, visit: pyrox_objects::abi::visitproc, data: *mut std::ffi::c_void) -> std::ffi::c_int {
        // SAFETY: by contract.
        unsafe { self.0.traverse(visit, data) }
    }

    fn clear(&self) {
        self.0.clear();
    }
}
