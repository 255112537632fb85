//! `weakref.proxy`: stands for an object without keeping it alive.

use std::ffi::{c_int, c_void};

use pyrox_abi as abi;
use pyrox_abi::PyWeakReference;
use pyrox_macros::pyclass;

use crate::native::Raw;
use crate::object::{Obj, Object, Owned, PyType};
use crate::protocol::number;
use crate::weakref::{WeakRef, references};
use crate::{CompareOp, Dict, Float, Int, PyResult, Str, Thread, Tuple, Type};

/// A proxy of an object that cannot be called.
#[repr(transparent)]
pub struct Proxy(PyWeakReference);

/// A proxy of a callable.
#[repr(transparent)]
pub struct CallableProxy(PyWeakReference);

fn is_proxy(object: &Object) -> bool {
    object.is_exact::<Proxy>() || object.is_exact::<CallableProxy>()
}

/// What a proxy stands for; other objects stand for themselves.
fn target(thread: &Thread, object: &Object) -> PyResult<Obj> {
    if !is_proxy(object) {
        return Ok(object.own());
    }
    // SAFETY: a proxy has the layout of a weak reference.
    let reference = unsafe { &*(object as *const Object as *const WeakRef) };
    reference.referent().ok_or_else(|| thread.reference_error("weakly-referenced object no longer exists"))
}

/// `weakref.proxy(object, callback)`. Proxies without a callback are shared.
pub fn proxy(thread: &Thread, object: &Object, callback: Option<&Object>) -> PyResult<Obj> {
    let class: &Type = if object.is_callable() { CallableProxy::ty() } else { Proxy::ty() };
    let callback = callback.filter(|callback| !callback.is_none());
    if callback.is_none() {
        for known in references(object) {
            // SAFETY: what a referent lists are weak references.
            let plain = unsafe { (*(known.as_ptr() as *const PyWeakReference)).wr_callback.get().is_null() };
            if plain && std::ptr::eq(known.ty(), class) {
                return Ok(known);
            }
        }
    }
    Ok(WeakRef::new(thread, class, object, callback)?.upcast())
}

macro_rules! proxies {
    ($ty:ident $python:literal $symbol:literal, $($call:tt)*) => {
        #[pyclass(name = $python, module = "weakref", symbol = $symbol, gc)]
        impl $ty {
            #[slot]
            unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
                // SAFETY: by contract; the layout is that of a weak reference.
                unsafe {
                    if let Some(function) = WeakRef::ty().raw().tp_dealloc.get() {
                        function(object);
                    }
                }
            }
            #[slot]
            unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut c_void) -> c_int {
                // SAFETY: as above.
                unsafe { WeakRef::ty().raw().tp_traverse.get().map_or(0, |function| function(object, visit, data)) }
            }
            #[slot]
            unsafe extern "C-unwind" fn tp_clear(object: Raw) -> c_int {
                // SAFETY: as above.
                unsafe { WeakRef::ty().raw().tp_clear.get().map_or(0, |function| function(object)) }
            }
            $($call)*
            #[slot]
            fn tp_repr(this: &Object, thread: &Thread) -> PyResult<String> {
                let address = this.as_ptr() as usize;
                Ok(match target(thread, this) {
                    Ok(object) => format!("<weakproxy at {address:#x}; to '{}' at {:#x}>", object.ty().full_name(), object.as_ptr() as usize),
                    Err(_) => {
                        thread.set_raised(None);
                        format!("<weakproxy at {address:#x}; dead>")
                    }
                })
            }
            #[slot]
            fn tp_str(this: &Object, thread: &Thread) -> PyResult<Owned<Str>> {
                target(thread, this)?.str(thread)
            }
            #[slot]
            fn tp_hash(this: &Object, thread: &Thread) -> PyResult<isize> {
                Err(thread.type_error(&format!("unhashable type: '{}'", this.ty().full_name())))
            }
            #[slot]
            fn tp_getattro(this: &Object, thread: &Thread, name: &Object) -> PyResult<Obj> {
                let object = target(thread, this)?;
                match name.cast::<Str>() {
                    Some(name) => object.getattr(thread, name),
                    None => Err(crate::protocol::attribute::bad_name(thread, name)),
                }
            }
            #[slot]
            fn tp_setattro(this: &Object, thread: &Thread, name: &Object, value: Option<&Object>) -> PyResult<()> {
                let object = target(thread, this)?;
                match name.cast::<Str>() {
                    Some(name) => object.setattr(thread, name, value),
                    None => Err(crate::protocol::attribute::bad_name(thread, name)),
                }
            }
            #[slot]
            fn tp_richcompare(this: &Object, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
                let (a, b) = (target(thread, this)?, target(thread, other)?);
                a.richcompare(thread, &b, op)
            }
            #[slot]
            fn tp_iter(this: &Object, thread: &Thread) -> PyResult<Obj> {
                target(thread, this)?.iter(thread)
            }
            #[slot]
            fn tp_iternext(this: &Object, thread: &Thread) -> PyResult<Option<Obj>> {
                let object = target(thread, this)?;
                if !object.is_iterator() {
                    return Err(thread.type_error(&format!("Weakref proxy referenced a non-iterator '{}' object", object.ty().full_name())));
                }
                object.next(thread)
            }
            #[slot]
            fn nb_bool(this: &Object, thread: &Thread) -> PyResult<bool> {
                target(thread, this)?.is_true(thread)
            }
            #[slot]
            fn nb_negative(this: &Object, thread: &Thread) -> PyResult<Obj> {
                target(thread, this)?.negative(thread)
            }
            #[slot]
            fn nb_positive(this: &Object, thread: &Thread) -> PyResult<Obj> {
                target(thread, this)?.positive(thread)
            }
            #[slot]
            fn nb_absolute(this: &Object, thread: &Thread) -> PyResult<Obj> {
                target(thread, this)?.absolute(thread)
            }
            #[slot]
            fn nb_invert(this: &Object, thread: &Thread) -> PyResult<Obj> {
                target(thread, this)?.invert(thread)
            }
            #[slot]
            fn nb_int(this: &Object, thread: &Thread) -> PyResult<Obj> {
                Int::ty().call(thread, &[&*target(thread, this)?])
            }
            #[slot]
            fn nb_float(this: &Object, thread: &Thread) -> PyResult<Obj> {
                Float::ty().call(thread, &[&*target(thread, this)?])
            }
            #[slot]
            fn nb_index(this: &Object, thread: &Thread) -> PyResult<Owned<Int>> {
                target(thread, this)?.index(thread)
            }
            #[slot]
            fn nb_divmod(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                let (a, b) = (target(thread, a)?, target(thread, b)?);
                number::divmod(thread, &a, &b)
            }
            #[slot]
            fn nb_power(a: &Object, b: &Object, modulus: &Object, thread: &Thread) -> PyResult<Obj> {
                let (a, b, modulus) = (target(thread, a)?, target(thread, b)?, target(thread, modulus)?);
                number::power(thread, &a, &b, &modulus)
            }
            #[slot]
            fn nb_inplace_power(a: &Object, b: &Object, _modulus: &Object, thread: &Thread) -> PyResult<Obj> {
                let (a, b) = (target(thread, a)?, target(thread, b)?);
                number::inplace_power(thread, &a, &b)
            }
            #[slot]
            fn nb_add(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                binary(thread, &number::ADD, a, b)
            }
            #[slot]
            fn nb_subtract(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                binary(thread, &number::SUBTRACT, a, b)
            }
            #[slot]
            fn nb_multiply(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                binary(thread, &number::MULTIPLY, a, b)
            }
            #[slot]
            fn nb_remainder(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                binary(thread, &number::REMAINDER, a, b)
            }
            #[slot]
            fn nb_floor_divide(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                binary(thread, &number::FLOOR_DIVIDE, a, b)
            }
            #[slot]
            fn nb_true_divide(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                binary(thread, &number::TRUE_DIVIDE, a, b)
            }
            #[slot]
            fn nb_matrix_multiply(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                binary(thread, &number::MATRIX_MULTIPLY, a, b)
            }
            #[slot]
            fn nb_lshift(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                binary(thread, &number::LSHIFT, a, b)
            }
            #[slot]
            fn nb_rshift(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                binary(thread, &number::RSHIFT, a, b)
            }
            #[slot]
            fn nb_and(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                binary(thread, &number::AND, a, b)
            }
            #[slot]
            fn nb_or(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                binary(thread, &number::OR, a, b)
            }
            #[slot]
            fn nb_xor(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                binary(thread, &number::XOR, a, b)
            }
            #[slot]
            fn nb_inplace_add(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                inplace(thread, &number::ADD, a, b)
            }
            #[slot]
            fn nb_inplace_subtract(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                inplace(thread, &number::SUBTRACT, a, b)
            }
            #[slot]
            fn nb_inplace_multiply(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                inplace(thread, &number::MULTIPLY, a, b)
            }
            #[slot]
            fn nb_inplace_remainder(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                inplace(thread, &number::REMAINDER, a, b)
            }
            #[slot]
            fn nb_inplace_floor_divide(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                inplace(thread, &number::FLOOR_DIVIDE, a, b)
            }
            #[slot]
            fn nb_inplace_true_divide(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                inplace(thread, &number::TRUE_DIVIDE, a, b)
            }
            #[slot]
            fn nb_inplace_matrix_multiply(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                inplace(thread, &number::MATRIX_MULTIPLY, a, b)
            }
            #[slot]
            fn nb_inplace_lshift(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                inplace(thread, &number::LSHIFT, a, b)
            }
            #[slot]
            fn nb_inplace_rshift(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                inplace(thread, &number::RSHIFT, a, b)
            }
            #[slot]
            fn nb_inplace_and(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                inplace(thread, &number::AND, a, b)
            }
            #[slot]
            fn nb_inplace_or(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                inplace(thread, &number::OR, a, b)
            }
            #[slot]
            fn nb_inplace_xor(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                inplace(thread, &number::XOR, a, b)
            }
            #[slot]
            fn sq_length(this: &Object, thread: &Thread) -> PyResult<usize> {
                target(thread, this)?.len(thread)
            }
            #[slot]
            fn sq_contains(this: &Object, thread: &Thread, value: &Object) -> PyResult<bool> {
                target(thread, this)?.contains(thread, value)
            }
            #[slot]
            fn mp_length(this: &Object, thread: &Thread) -> PyResult<usize> {
                target(thread, this)?.len(thread)
            }
            #[slot]
            fn mp_subscript(this: &Object, thread: &Thread, key: &Object) -> PyResult<Obj> {
                target(thread, this)?.get_item(thread, key)
            }
            #[slot]
            fn mp_ass_subscript(this: &Object, thread: &Thread, key: &Object, value: Option<&Object>) -> PyResult<()> {
                target(thread, this)?.set_item(thread, key, value)
            }
            #[method]
            fn __bytes__(this: &Object, thread: &Thread) -> PyResult<Obj> {
                target(thread, this)?.call_method(thread, crate::intern!("__bytes__"), &[])
            }
            #[method]
            fn __reversed__(this: &Object, thread: &Thread) -> PyResult<Obj> {
                target(thread, this)?.call_method(thread, crate::intern!("__reversed__"), &[])
            }
        }
    };
}

fn binary(thread: &Thread, operator: &number::Operator, a: &Object, b: &Object) -> PyResult<Obj> {
    let (a, b) = (target(thread, a)?, target(thread, b)?);
    number::binary(thread, operator, &a, &b)
}

fn inplace(thread: &Thread, operator: &number::Operator, a: &Object, b: &Object) -> PyResult<Obj> {
    let (a, b) = (target(thread, a)?, target(thread, b)?);
    number::inplace(thread, operator, &a, &b)
}

proxies!(Proxy "ProxyType" "_PyWeakref_ProxyType",);
proxies!(CallableProxy "CallableProxyType" "_PyWeakref_CallableProxyType",
    #[slot]
    fn tp_call(this: &Object, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        target(thread, this)?.call_tuple(thread, args, kwargs)
    }
);
