//! The table of special methods: for each `__name__` its C slot, the function that fills the slot of
//! a Python class (calling the method), and the wrapper that makes a C slot callable from Python.
//!
//! A slot is identified by its offset in `PyHeapTypeObject`, as CPython does: fields of the main
//! struct at their own offset, fields of the sub-tables at the sub-table's place in the heap type.

use std::ffi::{c_int, c_void};
use std::mem::offset_of;

use pyrox_abi as abi;
use pyrox_abi::{PyHeapTypeObject, PyObject, PyTypeObject};

use crate::object::{Obj, Object, Owned};
use crate::protocol::call::check;
use crate::{CompareOp, Dict, Int, PyResult, Raised, Str, Thread, Tuple, Type};

type Raw = *mut PyObject;

/// How a wrapper descriptor calls its C function.
pub type Wrapper = fn(&Thread, &Object, &Tuple, *mut c_void, Option<&Dict>) -> PyResult<Obj>;

/// One special method.
pub struct SlotDefinition {
    pub name: &'static str,
    /// Offset in `PyHeapTypeObject`.
    pub offset: usize,
    /// The slot's function for classes that define the method in Python.
    pub function: *const (),
    pub wrapper: Option<Wrapper>,
    pub signature: &'static str,
    /// The wrapper takes keywords.
    pub keywords: bool,
}

// SAFETY: function addresses and static text.
unsafe impl Sync for SlotDefinition {}

/// Whether instances of the type are made by a `__new__` that Python code defines.
pub fn makes_by_python(ty: &Type) -> bool {
    ty.raw().tp_new.get().map(|f| f as usize) == Some(slot_new as *const () as usize)
}

/// The address of the slot at `offset` in a type; `None` if the type has no such sub-table.
///
/// # Safety
/// `ty` is a valid type object.
pub unsafe fn slot_pointer(ty: *mut PyTypeObject, offset: usize) -> Option<*mut *mut c_void> {
    const SEQUENCE: usize = offset_of!(PyHeapTypeObject, as_sequence);
    const MAPPING: usize = offset_of!(PyHeapTypeObject, as_mapping);
    const NUMBER: usize = offset_of!(PyHeapTypeObject, as_number);
    const ASYNC: usize = offset_of!(PyHeapTypeObject, as_async);
    const BUFFER: usize = offset_of!(PyHeapTypeObject, as_buffer);
    // SAFETY: by contract.
    unsafe {
        let (table, at) = if offset >= BUFFER {
            ((*ty).tp_as_buffer.get() as *mut u8, offset - BUFFER)
        } else if offset >= SEQUENCE {
            ((*ty).tp_as_sequence.get() as *mut u8, offset - SEQUENCE)
        } else if offset >= MAPPING {
            ((*ty).tp_as_mapping.get() as *mut u8, offset - MAPPING)
        } else if offset >= NUMBER {
            ((*ty).tp_as_number.get() as *mut u8, offset - NUMBER)
        } else if offset >= ASYNC {
            ((*ty).tp_as_async.get() as *mut u8, offset - ASYNC)
        } else {
            (ty as *mut u8, offset)
        };
        if table.is_null() { None } else { Some(table.add(at) as *mut *mut c_void) }
    }
}

// ---- the functions behind a Python class's slots ----

/// Call the special method `name` of `object`; `None` if the type has none.
fn special(thread: &Thread, object: &Object, name: &Str, arguments: &[&Object]) -> PyResult<Option<Obj>> {
    object.call_special(thread, name, arguments)
}

fn required(thread: &Thread, object: &Object, name: &Str, arguments: &[&Object]) -> PyResult<Obj> {
    match special(thread, object, name, arguments)? {
        Some(result) => Ok(result),
        None => Err(crate::protocol::attribute::no_attribute(thread, object, name)),
    }
}

unsafe fn out(result: PyResult<Obj>) -> Raw {
    result.map_or(std::ptr::null_mut(), Obj::into_raw)
}

macro_rules! unary_slots {
    ($($function:ident $name:literal),* $(,)?) => { $(
        unsafe extern "C-unwind" fn $function(this: Raw) -> Raw {
            // SAFETY: a unaryfunc contract.
            unsafe {
                let thread = Thread::current();
                out(required(thread, Object::from_ptr(this), crate::intern!($name), &[]))
            }
        }
    )* };
}
unary_slots!(
    slot_negative "__neg__", slot_positive "__pos__", slot_absolute "__abs__", slot_invert "__invert__",
    slot_int "__int__", slot_float "__float__", slot_index "__index__", slot_await "__await__",
    slot_aiter "__aiter__", slot_anext "__anext__",
);

unsafe extern "C-unwind" fn slot_repr(this: Raw) -> Raw {
    // SAFETY: a reprfunc contract.
    unsafe {
        let (thread, object) = (Thread::current(), Object::from_ptr(this));
        match special(thread, object, crate::intern!("__repr__"), &[]) {
            Ok(None) => {
                out(Str::from_str(thread, &format!("<{} object at {:#x}>", object.ty().full_name(), this as usize)).map(Owned::upcast))
            }
            Ok(Some(result)) => result.into_raw(),
            Err(Raised) => std::ptr::null_mut(),
        }
    }
}

unary_slots!(slot_str "__str__");

unsafe extern "C-unwind" fn slot_iter(this: Raw) -> Raw {
    // SAFETY: a getiterfunc contract.
    unsafe {
        let (thread, object) = (Thread::current(), Object::from_ptr(this));
        let method = match object.special(thread, crate::intern!("__iter__")) {
            Ok(method) => method,
            Err(Raised) => return std::ptr::null_mut(),
        };
        match method {
            Some((method, needs_self)) if !method.is_none() => {
                out(if needs_self { method.call(thread, &[object]) } else { method.call(thread, &[]) })
            }
            None if object.ty().lookup(crate::intern!("__getitem__")).is_some() => {
                out(crate::iterators::SequenceIterator::new(thread, object).map(Owned::upcast))
            }
            _ => {
                thread.type_error(&format!("'{}' object is not iterable", object.ty().full_name()));
                std::ptr::null_mut()
            }
        }
    }
}

unary_slots!(slot_next "__next__");

unsafe extern "C-unwind" fn slot_hash(this: Raw) -> isize {
    // SAFETY: a hashfunc contract.
    unsafe {
        let (thread, object) = (Thread::current(), Object::from_ptr(this));
        let method = match object.special(thread, crate::intern!("__hash__")) {
            Ok(Some((method, needs_self))) if !method.is_none() => (method, needs_self),
            Ok(_) => return hash_not_implemented(this),
            Err(Raised) => return -1,
        };
        let result = if method.1 { method.0.call(thread, &[object]) } else { method.0.call(thread, &[]) };
        let Ok(result) = result else { return -1 };
        let Some(value) = result.cast::<Int>() else {
            thread.type_error("__hash__ method should return an integer");
            return -1;
        };
        let hash = match value.to_i64() {
            Some(value) => value as isize,
            None => value.hash_value(),
        };
        if hash == -1 { -2 } else { hash }
    }
}

/// `tp_hash` of unhashable types (`PyObject_HashNotImplemented`).
///
/// # Safety
/// A hashfunc contract.
#[unsafe(export_name = "PyObject_HashNotImplemented")]
pub unsafe extern "C-unwind" fn hash_not_implemented(this: Raw) -> isize {
    // SAFETY: by contract.
    unsafe {
        let thread = Thread::current();
        thread.type_error(&format!("unhashable type: '{}'", Object::from_ptr(this).ty().full_name()));
    }
    -1
}

/// `tp_iternext` of classes that set `__next__` to `None` (`_PyObject_NextNotImplemented`).
///
/// # Safety
/// An iternextfunc contract.
#[unsafe(export_name = "_PyObject_NextNotImplemented")]
pub unsafe extern "C-unwind" fn next_not_implemented(this: Raw) -> Raw {
    // SAFETY: by contract.
    unsafe {
        let thread = Thread::current();
        thread.type_error(&format!("'{}' object is not iterable", Object::from_ptr(this).ty().full_name()));
    }
    std::ptr::null_mut()
}

unsafe extern "C-unwind" fn slot_call(this: Raw, args: Raw, kwargs: Raw) -> Raw {
    // SAFETY: a ternaryfunc contract.
    unsafe {
        let (thread, object) = (Thread::current(), Object::from_ptr(this));
        let args = &*(args as *const Tuple);
        match object.special(thread, crate::intern!("__call__")) {
            Ok(Some((method, needs_self))) => {
                let arguments = if needs_self { args.prepend(thread, object) } else { Ok(args.own_tuple()) };
                out(arguments.and_then(|arguments| method.call_tuple(thread, &arguments, (kwargs as *const Dict).as_ref())))
            }
            Ok(None) => {
                thread.type_error(&format!("'{}' object is not callable", object.ty().full_name()));
                std::ptr::null_mut()
            }
            Err(Raised) => std::ptr::null_mut(),
        }
    }
}

unsafe extern "C-unwind" fn slot_getattro(this: Raw, name: Raw) -> Raw {
    // SAFETY: a getattrofunc contract.
    unsafe {
        let (thread, object, name) = (Thread::current(), Object::from_ptr(this), Object::from_ptr(name));
        out(getattr_hook(thread, object, name))
    }
}

/// `__getattribute__`, then `__getattr__` if it raised `AttributeError`.
fn getattr_hook(thread: &Thread, object: &Object, name: &Object) -> PyResult<Obj> {
    let ty = object.ty();
    let fallback = ty.lookup(crate::intern!("__getattr__")).map(Object::own);
    let getattribute = ty.lookup(crate::intern!("__getattribute__")).map(Object::own);
    // `object.__getattribute__` itself needs no call through Python.
    let plain = getattribute.as_ref().is_none_or(|f| is_wrapper_of(f, crate::protocol::attribute::generic_getattr as *const ()));
    let first = if plain {
        let Some(text) = name.cast::<Str>() else { return Err(crate::protocol::attribute::bad_name(thread, name)) };
        if fallback.is_some() {
            match crate::protocol::attribute::generic_lookup(thread, object, text)? {
                Some(value) => return Ok(value),
                None => Err(crate::protocol::attribute::no_attribute(thread, object, text)),
            }
        } else {
            // SAFETY: the slot's contract; both are alive.
            unsafe { Owned::from_raw_or_null(crate::protocol::attribute::generic_getattr(object.as_ptr(), name.as_ptr())).ok_or(Raised) }
        }
    } else {
        required(thread, object, crate::intern!("__getattribute__"), &[name])
    };
    match (first, fallback) {
        (Ok(value), _) => Ok(value),
        (Err(Raised), Some(fallback)) if thread.take_if(crate::exceptions::attribute_error()) => {
            if fallback.has_flag(abi::Py_TPFLAGS_METHOD_DESCRIPTOR) {
                fallback.call(thread, &[object, name])
            } else {
                required(thread, object, crate::intern!("__getattr__"), &[name])
            }
        }
        (Err(raised), _) => Err(raised),
    }
}

fn is_wrapper_of(object: &Object, function: *const ()) -> bool {
    object.exact::<crate::descriptors::WrapperDescriptor>().is_some_and(|w| std::ptr::eq(w.wrapped() as *const (), function))
}

unsafe extern "C-unwind" fn slot_setattro(this: Raw, name: Raw, value: Raw) -> c_int {
    // SAFETY: a setattrofunc contract.
    unsafe {
        let (thread, object, name) = (Thread::current(), Object::from_ptr(this), Object::from_ptr(name));
        crate::native::status(match Object::from_ptr_or_null(value) {
            Some(value) => required(thread, object, crate::intern!("__setattr__"), &[name, value]).map(drop),
            None => required(thread, object, crate::intern!("__delattr__"), &[name]).map(drop),
        })
    }
}

unsafe extern "C-unwind" fn slot_richcompare(this: Raw, other: Raw, op: c_int) -> Raw {
    // SAFETY: a richcmpfunc contract.
    unsafe {
        let (thread, object) = (Thread::current(), Object::from_ptr(this));
        let name = match CompareOp::from_raw(op) {
            CompareOp::Lt => crate::intern!("__lt__"),
            CompareOp::Le => crate::intern!("__le__"),
            CompareOp::Eq => crate::intern!("__eq__"),
            CompareOp::Ne => crate::intern!("__ne__"),
            CompareOp::Gt => crate::intern!("__gt__"),
            CompareOp::Ge => crate::intern!("__ge__"),
        };
        match special(thread, object, name, &[Object::from_ptr(other)]) {
            Ok(Some(result)) => result.into_raw(),
            Ok(None) => crate::not_implemented().into_raw(),
            Err(Raised) => std::ptr::null_mut(),
        }
    }
}

unsafe extern "C-unwind" fn slot_descr_get(this: Raw, object: Raw, ty: Raw) -> Raw {
    // SAFETY: a descrgetfunc contract.
    unsafe {
        let (thread, this) = (Thread::current(), Object::from_ptr(this));
        let none = crate::none_ref();
        let (object, ty) = (Object::from_ptr_or_null(object).unwrap_or(none), Object::from_ptr_or_null(ty).unwrap_or(none));
        match special(thread, this, crate::intern!("__get__"), &[object, ty]) {
            Ok(Some(result)) => result.into_raw(),
            Ok(None) => this.own().into_raw(),
            Err(Raised) => std::ptr::null_mut(),
        }
    }
}

unsafe extern "C-unwind" fn slot_descr_set(this: Raw, object: Raw, value: Raw) -> c_int {
    // SAFETY: a descrsetfunc contract.
    unsafe {
        let (thread, this, object) = (Thread::current(), Object::from_ptr(this), Object::from_ptr(object));
        crate::native::status(match Object::from_ptr_or_null(value) {
            Some(value) => half_of_descriptor(thread, this, crate::intern!("__set__"), &[object, value]),
            None => half_of_descriptor(thread, this, crate::intern!("__delete__"), &[object]),
        })
    }
}

/// Call `__set__` or `__delete__`, of which a descriptor may have only the other.
fn half_of_descriptor(thread: &Thread, descriptor: &Object, name: &Str, arguments: &[&Object]) -> PyResult<()> {
    match descriptor.call_special(thread, name, arguments)? {
        Some(_) => Ok(()),
        None => Err(thread.attribute_error(&name.to_string_lossy())),
    }
}

unsafe extern "C-unwind" fn slot_init(this: Raw, args: Raw, kwargs: Raw) -> c_int {
    // SAFETY: an initproc contract.
    unsafe {
        let (thread, object) = (Thread::current(), Object::from_ptr(this));
        let args = &*(args as *const Tuple);
        let work = || {
            let Some((method, needs_self)) = object.special(thread, crate::intern!("__init__"))? else { return Ok(()) };
            let arguments = if needs_self { args.prepend(thread, object)? } else { args.own_tuple() };
            let result = method.call_tuple(thread, &arguments, (kwargs as *const Dict).as_ref())?;
            if !result.is_none() {
                return Err(thread.type_error(&format!("__init__() should return None, not '{}'", result.ty().full_name())));
            }
            Ok(())
        };
        crate::native::status(work())
    }
}

pub(super) unsafe extern "C-unwind" fn slot_new(cls: Raw, args: Raw, kwargs: Raw) -> Raw {
    // SAFETY: a newfunc contract.
    unsafe {
        let thread = Thread::current();
        let class = Object::from_ptr(cls);
        let args = &*(args as *const Tuple);
        let work = || {
            let new = class.getattr(thread, crate::intern!("__new__"))?;
            new.call_tuple(thread, &*args.prepend(thread, class)?, (kwargs as *const Dict).as_ref())
        };
        out(work())
    }
}

unsafe extern "C-unwind" fn slot_finalize(this: Raw) {
    // SAFETY: a destructor contract: the object is alive for the call.
    unsafe {
        let (thread, object) = (Thread::current(), Object::from_ptr(this));
        thread.aside(|| {
            let Ok(Some((method, needs_self))) = object.special(thread, crate::intern!("__del__")) else { return };
            let result = if needs_self { method.call(thread, &[object]) } else { method.call(thread, &[]) };
            if result.is_err() {
                crate::unraisable::write(thread, Some("Exception ignored while calling deallocator "), Some(&method));
            }
        });
    }
}

unsafe extern "C-unwind" fn slot_length(this: Raw) -> isize {
    // SAFETY: a lenfunc contract.
    unsafe {
        let (thread, object) = (Thread::current(), Object::from_ptr(this));
        let work = || {
            let result = required(thread, object, crate::intern!("__len__"), &[])?;
            let length = result.index(thread)?;
            if length.is_negative() {
                return Err(thread.value_error("__len__() should return >= 0"));
            }
            result.as_isize(thread)
        };
        work().unwrap_or(-1)
    }
}

unsafe extern "C-unwind" fn slot_bool(this: Raw) -> c_int {
    // SAFETY: an inquiry contract.
    unsafe {
        let (thread, object) = (Thread::current(), Object::from_ptr(this));
        let work = || match special(thread, object, crate::intern!("__bool__"), &[])? {
            Some(result) => {
                if std::ptr::eq(result.as_ptr(), crate::singletons::true_ptr()) {
                    Ok(true)
                } else if std::ptr::eq(result.as_ptr(), crate::singletons::false_ptr()) {
                    Ok(false)
                } else {
                    Err(thread.type_error(&format!("__bool__ should return bool, returned {}", result.ty().full_name())))
                }
            }
            None => match object.special(thread, crate::intern!("__len__"))? {
                Some(_) => Ok(slot_length_checked(this)? != 0),
                None => Ok(true),
            },
        };
        crate::native::truth(work())
    }
}

unsafe fn slot_length_checked(this: Raw) -> PyResult<isize> {
    // SAFETY: as the caller's.
    match unsafe { slot_length(this) } {
        -1 => Err(Raised),
        length => Ok(length),
    }
}

unsafe extern "C-unwind" fn slot_item(this: Raw, index: isize) -> Raw {
    // SAFETY: a ssizeargfunc contract.
    unsafe {
        let (thread, object) = (Thread::current(), Object::from_ptr(this));
        let index = Int::from(index as i64);
        out(required(thread, object, crate::intern!("__getitem__"), &[&**index]))
    }
}

unsafe extern "C-unwind" fn slot_ass_item(this: Raw, index: isize, value: Raw) -> c_int {
    // SAFETY: a ssizeobjargproc contract.
    unsafe { slot_ass_subscript(this, Int::from(index as i64).as_ptr(), value) }
}

unsafe extern "C-unwind" fn slot_subscript(this: Raw, key: Raw) -> Raw {
    // SAFETY: a binaryfunc contract.
    unsafe {
        let thread = Thread::current();
        out(required(thread, Object::from_ptr(this), crate::intern!("__getitem__"), &[Object::from_ptr(key)]))
    }
}

unsafe extern "C-unwind" fn slot_ass_subscript(this: Raw, key: Raw, value: Raw) -> c_int {
    // SAFETY: an objobjargproc contract.
    unsafe {
        let (thread, object, key) = (Thread::current(), Object::from_ptr(this), Object::from_ptr(key));
        crate::native::status(match Object::from_ptr_or_null(value) {
            Some(value) => required(thread, object, crate::intern!("__setitem__"), &[key, value]).map(drop),
            None => required(thread, object, crate::intern!("__delitem__"), &[key]).map(drop),
        })
    }
}

unsafe extern "C-unwind" fn slot_contains(this: Raw, value: Raw) -> c_int {
    // SAFETY: an objobjproc contract.
    unsafe {
        let (thread, object, value) = (Thread::current(), Object::from_ptr(this), Object::from_ptr(value));
        let work = || {
            match object.special(thread, crate::intern!("__contains__"))? {
                Some((method, _)) if method.is_none() => {
                    return Err(thread.type_error(&format!("'{}' object is not a container", object.ty().full_name())));
                }
                Some((method, needs_self)) => {
                    let result = if needs_self { method.call(thread, &[object, value])? } else { method.call(thread, &[value])? };
                    return result.is_true(thread);
                }
                None => {}
            }
            let iterator = object.iter(thread)?;
            while let Some(item) = iterator.next(thread)? {
                if item.eq(thread, value)? {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        crate::native::truth(work())
    }
}

unsafe extern "C-unwind" fn slot_power(this: Raw, other: Raw, modulus: Raw) -> Raw {
    // SAFETY: a ternaryfunc contract.
    unsafe {
        let modulus = Object::from_ptr(modulus);
        out(operate(
            Thread::current(),
            Object::from_ptr(this),
            Object::from_ptr(other),
            Some(modulus).filter(|m| !m.is_none()),
            offset_of!(PyHeapTypeObject, as_number.nb_power),
            slot_power as *const (),
            crate::intern!("__pow__"),
            crate::intern!("__rpow__"),
        ))
    }
}

unsafe extern "C-unwind" fn slot_inplace_power(this: Raw, other: Raw, _modulus: Raw) -> Raw {
    // SAFETY: a ternaryfunc contract.
    unsafe {
        let thread = Thread::current();
        out(required(thread, Object::from_ptr(this), crate::intern!("__ipow__"), &[Object::from_ptr(other)]))
    }
}

/// A binary operator of a Python class: the left operand's method, then the right operand's
/// reflected one, which goes first if its class is a subclass that overrides it.
fn binary(thread: &Thread, a: &Object, b: &Object, offset: usize, function: *const (), name: &Str, reflected: &Str) -> PyResult<Obj> {
    operate(thread, a, b, None, offset, function, name, reflected)
}

/// [`binary`], for `pow()` with a modulus too.
#[allow(clippy::too_many_arguments)]
fn operate(
    thread: &Thread,
    a: &Object,
    b: &Object,
    modulus: Option<&Object>,
    offset: usize,
    function: *const (),
    name: &Str,
    reflected: &Str,
) -> PyResult<Obj> {
    let ask = |object: &Object, name: &Str, other: &Object| match modulus {
        None => special(thread, object, name, &[other]),
        Some(modulus) => special(thread, object, name, &[other, modulus]),
    };
    let mut ask_right = !std::ptr::eq(a.ty(), b.ty()) && b.ty().slot_is(offset, function);
    if a.ty().slot_is(offset, function) {
        if ask_right && b.ty().is_subtype(a.ty()) && overrides(a, b, reflected) {
            if let Some(result) = ask(b, reflected, a)? {
                if !result.is_not_implemented() {
                    return Ok(result);
                }
            }
            ask_right = false;
        }
        if let Some(result) = ask(a, name, b)? {
            if !result.is_not_implemented() || std::ptr::eq(a.ty(), b.ty()) {
                return Ok(result);
            }
        }
    }
    if ask_right {
        if let Some(result) = ask(b, reflected, a)? {
            return Ok(result);
        }
    }
    Ok(crate::not_implemented())
}

fn overrides(a: &Object, b: &Object, name: &Str) -> bool {
    match (a.ty().lookup(name), b.ty().lookup(name)) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(left), Some(right)) => !left.is(right),
    }
}

macro_rules! binary_slots {
    ($($function:ident $field:ident $name:literal $reflected:literal),* $(,)?) => { $(
        unsafe extern "C-unwind" fn $function(a: Raw, b: Raw) -> Raw {
            // SAFETY: a binaryfunc contract.
            unsafe {
                out(binary(Thread::current(), Object::from_ptr(a), Object::from_ptr(b),
                    offset_of!(PyHeapTypeObject, as_number.$field), $function as *const (),
                    crate::intern!($name), crate::intern!($reflected)))
            }
        }
    )* };
}
binary_slots!(
    slot_add nb_add "__add__" "__radd__", slot_subtract nb_subtract "__sub__" "__rsub__",
    slot_multiply nb_multiply "__mul__" "__rmul__", slot_remainder nb_remainder "__mod__" "__rmod__",
    slot_divmod nb_divmod "__divmod__" "__rdivmod__", slot_lshift nb_lshift "__lshift__" "__rlshift__",
    slot_rshift nb_rshift "__rshift__" "__rrshift__", slot_and nb_and "__and__" "__rand__",
    slot_xor nb_xor "__xor__" "__rxor__", slot_or nb_or "__or__" "__ror__",
    slot_floor_divide nb_floor_divide "__floordiv__" "__rfloordiv__",
    slot_true_divide nb_true_divide "__truediv__" "__rtruediv__",
    slot_matrix_multiply nb_matrix_multiply "__matmul__" "__rmatmul__",
);

macro_rules! inplace_slots {
    ($($function:ident $name:literal),* $(,)?) => { $(
        unsafe extern "C-unwind" fn $function(a: Raw, b: Raw) -> Raw {
            // SAFETY: a binaryfunc contract.
            unsafe { out(required(Thread::current(), Object::from_ptr(a), crate::intern!($name), &[Object::from_ptr(b)])) }
        }
    )* };
}
inplace_slots!(
    slot_iadd "__iadd__", slot_isub "__isub__", slot_imul "__imul__", slot_imod "__imod__", slot_ilshift "__ilshift__",
    slot_irshift "__irshift__", slot_iand "__iand__", slot_ixor "__ixor__", slot_ior "__ior__",
    slot_ifloordiv "__ifloordiv__", slot_itruediv "__itruediv__", slot_imatmul "__imatmul__",
);

unsafe extern "C-unwind" fn slot_getbuffer(this: Raw, view: *mut abi::Py_buffer, flags: c_int) -> c_int {
    // SAFETY: a getbufferproc contract.
    unsafe { crate::native::status(crate::buffer::slot_getbuffer(Thread::current(), Object::from_ptr(this), &mut *view, flags)) }
}

unsafe extern "C-unwind" fn slot_releasebuffer(this: Raw, view: *mut abi::Py_buffer) {
    // SAFETY: a releasebufferproc contract.
    unsafe { crate::buffer::slot_releasebuffer(Thread::current(), Object::from_ptr(this), &mut *view) }
}

// ---- wrappers: C slots as Python callables ----

fn count(thread: &Thread, args: &Tuple, expected: usize) -> PyResult<()> {
    if args.len() == expected {
        return Ok(());
    }
    let plural = if expected == 1 { "" } else { "s" };
    Err(thread.type_error(&format!("expected {expected} argument{plural}, got {}", args.len())))
}

macro_rules! cast_slot {
    ($slot:expr, fn($($arg:ty),*) -> $ret:ty) => {
        // SAFETY: the slot table pairs this wrapper with slots of this signature.
        unsafe { std::mem::transmute::<*mut c_void, unsafe extern "C-unwind" fn($($arg),*) -> $ret>($slot) }
    };
}

fn wrap_unary(thread: &Thread, this: &Object, args: &Tuple, slot: *mut c_void, _: Option<&Dict>) -> PyResult<Obj> {
    count(thread, args, 0)?;
    let function = cast_slot!(slot, fn(Raw) -> Raw);
    // SAFETY: the slot's contract.
    unsafe { check(thread, function(this.as_ptr())) }
}

fn wrap_next(thread: &Thread, this: &Object, args: &Tuple, slot: *mut c_void, _: Option<&Dict>) -> PyResult<Obj> {
    count(thread, args, 0)?;
    let function = cast_slot!(slot, fn(Raw) -> Raw);
    // SAFETY: the slot's contract.
    match unsafe { Owned::from_raw_or_null(function(this.as_ptr())) } {
        Some(item) => Ok(item),
        None if thread.raised().is_some() => Err(Raised),
        None => Err(thread.stop_iteration(None)),
    }
}

fn wrap_binary(thread: &Thread, this: &Object, args: &Tuple, slot: *mut c_void, _: Option<&Dict>) -> PyResult<Obj> {
    count(thread, args, 1)?;
    let function = cast_slot!(slot, fn(Raw, Raw) -> Raw);
    // SAFETY: the slot's contract.
    unsafe { check(thread, function(this.as_ptr(), args.raw_items()[0])) }
}

fn wrap_binary_reflected(thread: &Thread, this: &Object, args: &Tuple, slot: *mut c_void, _: Option<&Dict>) -> PyResult<Obj> {
    count(thread, args, 1)?;
    let function = cast_slot!(slot, fn(Raw, Raw) -> Raw);
    // SAFETY: the slot's contract.
    unsafe { check(thread, function(args.raw_items()[0], this.as_ptr())) }
}

fn ternary(thread: &Thread, args: &Tuple) -> PyResult<(Raw, Raw)> {
    let items = args.raw_items();
    match items.len() {
        1 => Ok((items[0], crate::none_ref().as_ptr())),
        2 => Ok((items[0], items[1])),
        n => Err(thread.type_error(&format!("expected 1 or 2 arguments, got {n}"))),
    }
}

fn wrap_ternary(thread: &Thread, this: &Object, args: &Tuple, slot: *mut c_void, _: Option<&Dict>) -> PyResult<Obj> {
    let (other, third) = ternary(thread, args)?;
    let function = cast_slot!(slot, fn(Raw, Raw, Raw) -> Raw);
    // SAFETY: the slot's contract.
    unsafe { check(thread, function(this.as_ptr(), other, third)) }
}

fn wrap_ternary_reflected(thread: &Thread, this: &Object, args: &Tuple, slot: *mut c_void, _: Option<&Dict>) -> PyResult<Obj> {
    let (other, third) = ternary(thread, args)?;
    let function = cast_slot!(slot, fn(Raw, Raw, Raw) -> Raw);
    // SAFETY: the slot's contract.
    unsafe { check(thread, function(other, this.as_ptr(), third)) }
}

fn wrap_bool(thread: &Thread, this: &Object, args: &Tuple, slot: *mut c_void, _: Option<&Dict>) -> PyResult<Obj> {
    count(thread, args, 0)?;
    let function = cast_slot!(slot, fn(Raw) -> c_int);
    // SAFETY: the slot's contract.
    match unsafe { function(this.as_ptr()) } {
        -1 => Err(Raised),
        status => Ok(crate::bool_obj(status != 0)),
    }
}

fn wrap_length(thread: &Thread, this: &Object, args: &Tuple, slot: *mut c_void, _: Option<&Dict>) -> PyResult<Obj> {
    count(thread, args, 0)?;
    let function = cast_slot!(slot, fn(Raw) -> isize);
    // SAFETY: the slot's contract.
    match unsafe { function(this.as_ptr()) } {
        -1 => Err(Raised),
        length => Ok(Int::from(length as i64).upcast()),
    }
}

fn wrap_index(thread: &Thread, this: &Object, args: &Tuple, slot: *mut c_void, _: Option<&Dict>) -> PyResult<Obj> {
    count(thread, args, 1)?;
    let index = args.get(0).as_isize(thread)?;
    let function = cast_slot!(slot, fn(Raw, isize) -> Raw);
    // SAFETY: the slot's contract.
    unsafe { check(thread, function(this.as_ptr(), index)) }
}

fn item_index(thread: &Thread, this: &Object, index: &Object) -> PyResult<isize> {
    let mut index = index.as_subscript(thread)?;
    if index < 0 {
        // SAFETY: the tables of a type live while it does.
        let sized = unsafe { this.ty().raw().tp_as_sequence.get().as_ref().is_some_and(|t| t.sq_length.is_some()) };
        if sized {
            index += this.len(thread)? as isize;
        }
    }
    Ok(index)
}

fn wrap_item(thread: &Thread, this: &Object, args: &Tuple, slot: *mut c_void, _: Option<&Dict>) -> PyResult<Obj> {
    count(thread, args, 1)?;
    let index = item_index(thread, this, args.get(0))?;
    let function = cast_slot!(slot, fn(Raw, isize) -> Raw);
    // SAFETY: the slot's contract.
    unsafe { check(thread, function(this.as_ptr(), index)) }
}

fn done(status: c_int) -> PyResult<Obj> {
    if status < 0 { Err(Raised) } else { Ok(crate::none()) }
}

/// As [`count`] for the wrappers that name themselves.
fn count_two(thread: &Thread, args: &Tuple, name: &str) -> PyResult<()> {
    match args.len() {
        2 => Ok(()),
        given => Err(thread.type_error(&format!("{name} expected 2 arguments, got {given}"))),
    }
}

fn wrap_set_item(thread: &Thread, this: &Object, args: &Tuple, slot: *mut c_void, _: Option<&Dict>) -> PyResult<Obj> {
    count_two(thread, args, "__setitem__")?;
    let index = item_index(thread, this, args.get(0))?;
    let function = cast_slot!(slot, fn(Raw, isize, Raw) -> c_int);
    // SAFETY: the slot's contract.
    done(unsafe { function(this.as_ptr(), index, args.raw_items()[1]) })
}

fn wrap_delete_item(thread: &Thread, this: &Object, args: &Tuple, slot: *mut c_void, _: Option<&Dict>) -> PyResult<Obj> {
    count(thread, args, 1)?;
    let index = item_index(thread, this, args.get(0))?;
    let function = cast_slot!(slot, fn(Raw, isize, Raw) -> c_int);
    // SAFETY: the slot's contract.
    done(unsafe { function(this.as_ptr(), index, std::ptr::null_mut()) })
}

fn wrap_contains(thread: &Thread, this: &Object, args: &Tuple, slot: *mut c_void, _: Option<&Dict>) -> PyResult<Obj> {
    count(thread, args, 1)?;
    let function = cast_slot!(slot, fn(Raw, Raw) -> c_int);
    // SAFETY: the slot's contract.
    match unsafe { function(this.as_ptr(), args.raw_items()[0]) } {
        -1 => Err(Raised),
        status => Ok(crate::bool_obj(status != 0)),
    }
}

fn wrap_set_key(thread: &Thread, this: &Object, args: &Tuple, slot: *mut c_void, _: Option<&Dict>) -> PyResult<Obj> {
    set_by(thread, this, args, slot, "__setitem__")
}

fn wrap_descr_set(thread: &Thread, this: &Object, args: &Tuple, slot: *mut c_void, _: Option<&Dict>) -> PyResult<Obj> {
    set_by(thread, this, args, slot, "__set__")
}

fn set_by(thread: &Thread, this: &Object, args: &Tuple, slot: *mut c_void, name: &str) -> PyResult<Obj> {
    count_two(thread, args, name)?;
    let function = cast_slot!(slot, fn(Raw, Raw, Raw) -> c_int);
    let items = args.raw_items();
    // SAFETY: the slot's contract.
    done(unsafe { function(this.as_ptr(), items[0], items[1]) })
}

fn wrap_delete_key(thread: &Thread, this: &Object, args: &Tuple, slot: *mut c_void, _: Option<&Dict>) -> PyResult<Obj> {
    count(thread, args, 1)?;
    let function = cast_slot!(slot, fn(Raw, Raw, Raw) -> c_int);
    // SAFETY: the slot's contract.
    done(unsafe { function(this.as_ptr(), args.raw_items()[0], std::ptr::null_mut()) })
}

/// `object.__setattr__` must not be used to get around a built-in type's own `__setattr__`.
fn check_set_attribute(thread: &Thread, this: &Object, slot: *mut c_void, what: &str) -> PyResult<()> {
    let mut ty = this.ty();
    while ty.flags() & abi::Py_TPFLAGS_HEAPTYPE != 0 {
        match ty.base() {
            Some(base) => ty = base,
            None => return Ok(()),
        }
    }
    let own = ty.raw().tp_setattro.get().map_or(std::ptr::null_mut(), |f| f as usize as *mut c_void);
    if own != slot && !std::ptr::eq(ty.as_type_ptr(), Object_TYPE) {
        let metatype = this.cast::<Type>().is_some();
        if metatype || own != slot {
            return Err(thread.type_error(&format!("can't apply this {what} to {} object", this.ty().full_name())));
        }
    }
    Ok(())
}

#[allow(non_upper_case_globals)]
const Object_TYPE: *mut PyTypeObject = crate::base_object::BASE_OBJECT;

fn wrap_setattr(thread: &Thread, this: &Object, args: &Tuple, slot: *mut c_void, _: Option<&Dict>) -> PyResult<Obj> {
    count_two(thread, args, "__setattr__")?;
    check_set_attribute(thread, this, slot, "__setattr__")?;
    let function = cast_slot!(slot, fn(Raw, Raw, Raw) -> c_int);
    let items = args.raw_items();
    // SAFETY: the slot's contract.
    done(unsafe { function(this.as_ptr(), items[0], items[1]) })
}

fn wrap_delattr(thread: &Thread, this: &Object, args: &Tuple, slot: *mut c_void, _: Option<&Dict>) -> PyResult<Obj> {
    count(thread, args, 1)?;
    check_set_attribute(thread, this, slot, "__delattr__")?;
    let function = cast_slot!(slot, fn(Raw, Raw, Raw) -> c_int);
    // SAFETY: the slot's contract.
    done(unsafe { function(this.as_ptr(), args.raw_items()[0], std::ptr::null_mut()) })
}

fn wrap_hash(thread: &Thread, this: &Object, args: &Tuple, slot: *mut c_void, _: Option<&Dict>) -> PyResult<Obj> {
    count(thread, args, 0)?;
    let function = cast_slot!(slot, fn(Raw) -> isize);
    // SAFETY: the slot's contract.
    match unsafe { function(this.as_ptr()) } {
        -1 if thread.raised().is_some() => Err(Raised),
        hash => Ok(Int::from(hash as i64).upcast()),
    }
}

fn wrap_call(thread: &Thread, this: &Object, args: &Tuple, slot: *mut c_void, kwargs: Option<&Dict>) -> PyResult<Obj> {
    let function = cast_slot!(slot, fn(Raw, Raw, Raw) -> Raw);
    // SAFETY: the slot's contract.
    unsafe { check(thread, function(this.as_ptr(), args.as_ptr(), kwargs.map_or(std::ptr::null_mut(), |d| d.as_ptr()))) }
}

fn wrap_init(_: &Thread, this: &Object, args: &Tuple, slot: *mut c_void, kwargs: Option<&Dict>) -> PyResult<Obj> {
    let function = cast_slot!(slot, fn(Raw, Raw, Raw) -> c_int);
    // SAFETY: the slot's contract.
    done(unsafe { function(this.as_ptr(), args.as_ptr(), kwargs.map_or(std::ptr::null_mut(), |d| d.as_ptr())) })
}

fn wrap_delete(thread: &Thread, this: &Object, args: &Tuple, slot: *mut c_void, _: Option<&Dict>) -> PyResult<Obj> {
    count(thread, args, 0)?;
    let function = cast_slot!(slot, fn(Raw) -> ());
    // SAFETY: the slot's contract.
    unsafe { function(this.as_ptr()) };
    Ok(crate::none())
}

fn wrap_descr_get(thread: &Thread, this: &Object, args: &Tuple, slot: *mut c_void, _: Option<&Dict>) -> PyResult<Obj> {
    let items = args.raw_items();
    let null_of_none = |raw: Raw| if raw == crate::none_ref().as_ptr() { std::ptr::null_mut() } else { raw };
    let (object, ty) = match items.len() {
        1 => (null_of_none(items[0]), std::ptr::null_mut()),
        2 => (null_of_none(items[0]), null_of_none(items[1])),
        0 => return Err(thread.type_error("__get__ expected at least 1 argument, got 0")),
        n => return Err(thread.type_error(&format!("__get__ expected at most 2 arguments, got {n}"))),
    };
    if object.is_null() && ty.is_null() {
        return Err(thread.type_error("__get__(None, None) is invalid"));
    }
    let function = cast_slot!(slot, fn(Raw, Raw, Raw) -> Raw);
    // SAFETY: the slot's contract.
    unsafe { check(thread, function(this.as_ptr(), object, ty)) }
}

macro_rules! compare_wrappers {
    ($($name:ident $op:expr),*) => { $(
        fn $name(thread: &Thread, this: &Object, args: &Tuple, slot: *mut c_void, _: Option<&Dict>) -> PyResult<Obj> {
            count(thread, args, 1)?;
            let function = cast_slot!(slot, fn(Raw, Raw, c_int) -> Raw);
            // SAFETY: the slot's contract.
            unsafe { check(thread, function(this.as_ptr(), args.raw_items()[0], $op as c_int)) }
        }
    )* };
}
compare_wrappers!(wrap_lt CompareOp::Lt, wrap_le CompareOp::Le, wrap_eq CompareOp::Eq, wrap_ne CompareOp::Ne,
    wrap_gt CompareOp::Gt, wrap_ge CompareOp::Ge);

macro_rules! table {
    ($($name:literal [$($field:tt)*] $function:expr, $wrapper:expr, $signature:literal $($keywords:ident)?;)*) => {
        &[$(SlotDefinition {
            name: $name, offset: offset_of!(PyHeapTypeObject, $($field)*), function: $function as *const (),
            wrapper: $wrapper, signature: $signature, keywords: table!(@ $($keywords)?),
        }),*]
    };
    (@ keywords) => { true };
    (@) => { false };
}

const NOTHING: *const () = std::ptr::null();

/// All special methods; those of one slot stand together. Where a method can fill several slots
/// (`__len__`, `__getitem__`), it stands once for each.
pub static SLOTS: &[SlotDefinition] = table! {
    "__getattribute__" [ht_type.tp_getattro] slot_getattro, Some(wrap_binary), "($self, name, /)";
    "__getattr__" [ht_type.tp_getattro] slot_getattro, None, "";
    "__setattr__" [ht_type.tp_setattro] slot_setattro, Some(wrap_setattr), "($self, name, value, /)";
    "__delattr__" [ht_type.tp_setattro] slot_setattro, Some(wrap_delattr), "($self, name, /)";
    "__repr__" [ht_type.tp_repr] slot_repr, Some(wrap_unary), "($self, /)";
    "__hash__" [ht_type.tp_hash] slot_hash, Some(wrap_hash), "($self, /)";
    "__call__" [ht_type.tp_call] slot_call, Some(wrap_call), "($self, /, *args, **kwargs)" keywords;
    "__str__" [ht_type.tp_str] slot_str, Some(wrap_unary), "($self, /)";
    "__lt__" [ht_type.tp_richcompare] slot_richcompare, Some(wrap_lt), "($self, value, /)";
    "__le__" [ht_type.tp_richcompare] slot_richcompare, Some(wrap_le), "($self, value, /)";
    "__eq__" [ht_type.tp_richcompare] slot_richcompare, Some(wrap_eq), "($self, value, /)";
    "__ne__" [ht_type.tp_richcompare] slot_richcompare, Some(wrap_ne), "($self, value, /)";
    "__gt__" [ht_type.tp_richcompare] slot_richcompare, Some(wrap_gt), "($self, value, /)";
    "__ge__" [ht_type.tp_richcompare] slot_richcompare, Some(wrap_ge), "($self, value, /)";
    "__iter__" [ht_type.tp_iter] slot_iter, Some(wrap_unary), "($self, /)";
    "__next__" [ht_type.tp_iternext] slot_next, Some(wrap_next), "($self, /)";
    "__get__" [ht_type.tp_descr_get] slot_descr_get, Some(wrap_descr_get), "($self, instance, owner=None, /)";
    "__set__" [ht_type.tp_descr_set] slot_descr_set, Some(wrap_descr_set), "($self, instance, value, /)";
    "__delete__" [ht_type.tp_descr_set] slot_descr_set, Some(wrap_delete_key), "($self, instance, /)";
    "__init__" [ht_type.tp_init] slot_init, Some(wrap_init), "($self, /, *args, **kwargs)" keywords;
    "__new__" [ht_type.tp_new] slot_new, None, "";
    "__del__" [ht_type.tp_finalize] slot_finalize, Some(wrap_delete), "";
    "__buffer__" [as_buffer.bf_getbuffer] slot_getbuffer, Some(crate::buffer::wrap_buffer), "($self, flags, /)";
    "__release_buffer__" [as_buffer.bf_releasebuffer] slot_releasebuffer, Some(crate::buffer::wrap_releasebuffer), "($self, buffer, /)";
    "__await__" [as_async.am_await] slot_await, Some(wrap_unary), "($self, /)";
    "__aiter__" [as_async.am_aiter] slot_aiter, Some(wrap_unary), "($self, /)";
    "__anext__" [as_async.am_anext] slot_anext, Some(wrap_unary), "($self, /)";
    "__add__" [as_number.nb_add] slot_add, Some(wrap_binary), "($self, value, /)";
    "__radd__" [as_number.nb_add] slot_add, Some(wrap_binary_reflected), "($self, value, /)";
    "__sub__" [as_number.nb_subtract] slot_subtract, Some(wrap_binary), "($self, value, /)";
    "__rsub__" [as_number.nb_subtract] slot_subtract, Some(wrap_binary_reflected), "($self, value, /)";
    "__mul__" [as_number.nb_multiply] slot_multiply, Some(wrap_binary), "($self, value, /)";
    "__rmul__" [as_number.nb_multiply] slot_multiply, Some(wrap_binary_reflected), "($self, value, /)";
    "__mod__" [as_number.nb_remainder] slot_remainder, Some(wrap_binary), "($self, value, /)";
    "__rmod__" [as_number.nb_remainder] slot_remainder, Some(wrap_binary_reflected), "($self, value, /)";
    "__divmod__" [as_number.nb_divmod] slot_divmod, Some(wrap_binary), "($self, value, /)";
    "__rdivmod__" [as_number.nb_divmod] slot_divmod, Some(wrap_binary_reflected), "($self, value, /)";
    "__pow__" [as_number.nb_power] slot_power, Some(wrap_ternary), "($self, value, mod=None, /)";
    "__rpow__" [as_number.nb_power] slot_power, Some(wrap_ternary_reflected), "($self, value, mod=None, /)";
    "__neg__" [as_number.nb_negative] slot_negative, Some(wrap_unary), "($self, /)";
    "__pos__" [as_number.nb_positive] slot_positive, Some(wrap_unary), "($self, /)";
    "__abs__" [as_number.nb_absolute] slot_absolute, Some(wrap_unary), "($self, /)";
    "__bool__" [as_number.nb_bool] slot_bool, Some(wrap_bool), "($self, /)";
    "__invert__" [as_number.nb_invert] slot_invert, Some(wrap_unary), "($self, /)";
    "__lshift__" [as_number.nb_lshift] slot_lshift, Some(wrap_binary), "($self, value, /)";
    "__rlshift__" [as_number.nb_lshift] slot_lshift, Some(wrap_binary_reflected), "($self, value, /)";
    "__rshift__" [as_number.nb_rshift] slot_rshift, Some(wrap_binary), "($self, value, /)";
    "__rrshift__" [as_number.nb_rshift] slot_rshift, Some(wrap_binary_reflected), "($self, value, /)";
    "__and__" [as_number.nb_and] slot_and, Some(wrap_binary), "($self, value, /)";
    "__rand__" [as_number.nb_and] slot_and, Some(wrap_binary_reflected), "($self, value, /)";
    "__xor__" [as_number.nb_xor] slot_xor, Some(wrap_binary), "($self, value, /)";
    "__rxor__" [as_number.nb_xor] slot_xor, Some(wrap_binary_reflected), "($self, value, /)";
    "__or__" [as_number.nb_or] slot_or, Some(wrap_binary), "($self, value, /)";
    "__ror__" [as_number.nb_or] slot_or, Some(wrap_binary_reflected), "($self, value, /)";
    "__int__" [as_number.nb_int] slot_int, Some(wrap_unary), "($self, /)";
    "__float__" [as_number.nb_float] slot_float, Some(wrap_unary), "($self, /)";
    "__iadd__" [as_number.nb_inplace_add] slot_iadd, Some(wrap_binary), "($self, value, /)";
    "__isub__" [as_number.nb_inplace_subtract] slot_isub, Some(wrap_binary), "($self, value, /)";
    "__imul__" [as_number.nb_inplace_multiply] slot_imul, Some(wrap_binary), "($self, value, /)";
    "__imod__" [as_number.nb_inplace_remainder] slot_imod, Some(wrap_binary), "($self, value, /)";
    "__ipow__" [as_number.nb_inplace_power] slot_inplace_power, Some(wrap_ternary), "($self, value, mod=None, /)";
    "__ilshift__" [as_number.nb_inplace_lshift] slot_ilshift, Some(wrap_binary), "($self, value, /)";
    "__irshift__" [as_number.nb_inplace_rshift] slot_irshift, Some(wrap_binary), "($self, value, /)";
    "__iand__" [as_number.nb_inplace_and] slot_iand, Some(wrap_binary), "($self, value, /)";
    "__ixor__" [as_number.nb_inplace_xor] slot_ixor, Some(wrap_binary), "($self, value, /)";
    "__ior__" [as_number.nb_inplace_or] slot_ior, Some(wrap_binary), "($self, value, /)";
    "__floordiv__" [as_number.nb_floor_divide] slot_floor_divide, Some(wrap_binary), "($self, value, /)";
    "__rfloordiv__" [as_number.nb_floor_divide] slot_floor_divide, Some(wrap_binary_reflected), "($self, value, /)";
    "__truediv__" [as_number.nb_true_divide] slot_true_divide, Some(wrap_binary), "($self, value, /)";
    "__rtruediv__" [as_number.nb_true_divide] slot_true_divide, Some(wrap_binary_reflected), "($self, value, /)";
    "__ifloordiv__" [as_number.nb_inplace_floor_divide] slot_ifloordiv, Some(wrap_binary), "($self, value, /)";
    "__itruediv__" [as_number.nb_inplace_true_divide] slot_itruediv, Some(wrap_binary), "($self, value, /)";
    "__index__" [as_number.nb_index] slot_index, Some(wrap_unary), "($self, /)";
    "__matmul__" [as_number.nb_matrix_multiply] slot_matrix_multiply, Some(wrap_binary), "($self, value, /)";
    "__rmatmul__" [as_number.nb_matrix_multiply] slot_matrix_multiply, Some(wrap_binary_reflected), "($self, value, /)";
    "__imatmul__" [as_number.nb_inplace_matrix_multiply] slot_imatmul, Some(wrap_binary), "($self, value, /)";
    "__len__" [as_mapping.mp_length] slot_length, Some(wrap_length), "($self, /)";
    "__getitem__" [as_mapping.mp_subscript] slot_subscript, Some(wrap_binary), "($self, key, /)";
    "__setitem__" [as_mapping.mp_ass_subscript] slot_ass_subscript, Some(wrap_set_key), "($self, key, value, /)";
    "__delitem__" [as_mapping.mp_ass_subscript] slot_ass_subscript, Some(wrap_delete_key), "($self, key, /)";
    "__len__" [as_sequence.sq_length] slot_length, Some(wrap_length), "($self, /)";
    "__add__" [as_sequence.sq_concat] NOTHING, Some(wrap_binary), "($self, value, /)";
    "__mul__" [as_sequence.sq_repeat] NOTHING, Some(wrap_index), "($self, value, /)";
    "__rmul__" [as_sequence.sq_repeat] NOTHING, Some(wrap_index), "($self, value, /)";
    "__getitem__" [as_sequence.sq_item] slot_item, Some(wrap_item), "($self, key, /)";
    "__setitem__" [as_sequence.sq_ass_item] slot_ass_item, Some(wrap_set_item), "($self, key, value, /)";
    "__delitem__" [as_sequence.sq_ass_item] slot_ass_item, Some(wrap_delete_item), "($self, key, /)";
    "__contains__" [as_sequence.sq_contains] slot_contains, Some(wrap_contains), "($self, key, /)";
    "__iadd__" [as_sequence.sq_inplace_concat] NOTHING, Some(wrap_binary), "($self, value, /)";
    "__imul__" [as_sequence.sq_inplace_repeat] NOTHING, Some(wrap_index), "($self, value, /)";
};
