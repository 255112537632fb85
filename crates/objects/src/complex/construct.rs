//! Making complex numbers of other objects.

use super::Complex;
use super::arithmetic::{Value, value};
use crate::native::{Keywords, Rest};
use crate::object::{Obj, Object, PyType};
use crate::{Float, PyResult, Str, Thread, Type};

/// The type's name with its module, unless that is `builtins`.
fn qualified_name(thread: &Thread, object: &Object) -> PyResult<String> {
    let ty = object.ty();
    let name = ty.qualname(thread)?.to_string_lossy().into_owned();
    Ok(match ty.module_name(thread)?.and_then(|module| module.downcast::<Str>().ok()) {
        Some(module) if !module.equals_str("builtins") => format!("{}.{name}", module.to_string_lossy()),
        _ => name,
    })
}

fn is_real(object: &Object) -> bool {
    // SAFETY: the table lives while the type does.
    unsafe { object.ty().raw().tp_as_number.get().as_ref() }.is_some_and(|t| t.nb_float.is_some() || t.nb_index.is_some())
}

/// The value of `__complex__`, if the object has it.
fn special(thread: &Thread, object: &Object) -> PyResult<Option<Value>> {
    let Some(result) = object.call_special(thread, crate::intern!("__complex__"), &[])? else { return Ok(None) };
    let Some(complex) = result.cast::<Complex>() else {
        return Err(thread.type_error(&format!("__complex__ returned non-complex (type {})", result.ty().full_name())));
    };
    if !complex.is_exact::<Complex>() {
        crate::warn::deprecation(
            thread,
            &format!(
                "__complex__ returned non-complex (type {}).  The ability to return an instance of a strict subclass of complex is deprecated, and may not be supported in a future version of Python.",
                result.ty().full_name()
            ),
        )?;
    }
    Ok(Some(complex.value()))
}

/// The value of any number: a complex, by `__complex__`, or a real one.
pub fn to_value(thread: &Thread, object: &Object) -> PyResult<Value> {
    if let Some(complex) = object.cast::<Complex>() {
        return Ok(complex.value());
    }
    if let Some(float) = object.exact::<Float>() {
        return Ok(value(float.value(), 0.0));
    }
    match special(thread, object)? {
        Some(value) => Ok(value),
        None => Ok(value(object.as_f64(thread)?, 0.0)),
    }
}

/// `complex(object)`.
fn of_one(thread: &Thread, class: &Type, object: &Object) -> PyResult<Obj> {
    if object.is_exact::<Complex>() && std::ptr::eq(class, Complex::ty()) {
        return Ok(object.own());
    }
    if let Some(text) = object.cast::<Str>() {
        return match pyrox_numeric::float::parse::parse_complex(&crate::int::ascii_number_text(text)) {
            Some((real, imag)) => Complex::of_class(thread, class, value(real, imag)),
            None => Err(thread.value_error("complex() arg is a malformed string")),
        };
    }
    let found = match special(thread, object)? {
        Some(found) => found,
        None => match object.cast::<Complex>() {
            Some(complex) => complex.value(),
            None if is_real(object) => value(object.as_f64(thread)?, 0.0),
            None => {
                let name = qualified_name(thread, object)?;
                return Err(thread.type_error(&format!("complex() argument must be a string or a number, not {name}")));
            }
        },
    };
    Complex::of_class(thread, class, found)
}

/// `complex(real, imag)`.
fn of_parts(thread: &Thread, class: &Type, real: Option<&Object>, imag: Option<&Object>) -> PyResult<Obj> {
    let must_be_real = |part: &str, object: &Object| -> PyResult<String> {
        Ok(format!("complex() argument '{part}' must be a real number, not {}", qualified_name(thread, object)?))
    };
    let mut first = value(0.0, 0.0);
    let mut first_is_complex = false;
    if let Some(real) = real {
        let made = match special(thread, real)? {
            Some(made) => Some(made),
            None => real.cast::<Complex>().map(Complex::value),
        };
        if made.is_none() && !is_real(real) {
            return Err(thread.type_error(&must_be_real("real", real)?));
        }
        if let Some(imag) = imag.filter(|imag| !is_real(imag) && !imag.is_instance::<Complex>()) {
            return Err(thread.type_error(&must_be_real("imag", imag)?));
        }
        match made {
            Some(made) => {
                first = made;
                first_is_complex = true;
                if !is_real(real) {
                    crate::warn::deprecation(thread, &must_be_real("real", real)?)?;
                }
            }
            None => first.real = real.as_f64(thread)?,
        }
    }
    let Some(imag) = imag else { return Complex::of_class(thread, class, first) };
    let mut second = value(0.0, 0.0);
    if let Some(complex) = imag.cast::<Complex>() {
        crate::warn::deprecation(thread, &must_be_real("imag", imag)?)?;
        second = complex.value();
        first.real -= second.imag;
    } else if is_real(imag) {
        second.real = imag.as_f64(thread)?;
    } else {
        return Err(thread.type_error(&must_be_real("imag", imag)?));
    }
    if first_is_complex {
        second.real += first.imag;
    }
    Complex::of_class(thread, class, value(first.real, second.real))
}

/// `complex(*args, **kwargs)`.
pub(super) fn construct(thread: &Thread, class: &Type, args: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<Obj> {
    if kwargs.is_empty() && args.len() <= 1 {
        return match args.get(0) {
            Some(object) => of_one(thread, class, object),
            None => Complex::of_class(thread, class, value(0.0, 0.0)),
        };
    }
    let given = args.len() + kwargs.iter().count();
    if given > 2 {
        return Err(thread.type_error(&format!("complex() takes at most 2 arguments ({given} given)")));
    }
    let mut parts = [args.get(0), args.get(1)];
    for (name, value) in kwargs.iter() {
        let Some(at) = ["real", "imag"].iter().position(|part| name.equals_str(part)) else {
            return Err(thread.type_error(&format!("complex() got an unexpected keyword argument '{}'", name.to_string_lossy())));
        };
        if parts[at].is_some() {
            return Err(thread.type_error(&format!(
                "argument for complex() given by name ('{}') and position ({})",
                name.to_string_lossy(),
                at + 1
            )));
        }
        parts[at] = Some(value);
    }
    of_parts(thread, class, parts[0], parts[1])
}
