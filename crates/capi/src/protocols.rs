//! The object protocols: attributes, conversions, comparison, numbers, sequences, mappings, iterators.

use std::ffi::{c_char, c_int, c_void};

use pyrox_abi as abi;
use pyrox_objects::protocol::{attribute, number};
use pyrox_objects::{
    CompareOp, Dict, Int, List, Obj, Object, Owned, PyResult, PyType, Raised, Slice, Str, Thread, Tuple, Type, exceptions, intern,
};

use crate::support::*;

/// The object, or the error of a null argument.
unsafe fn need<'a>(thread: &Thread, object: Raw) -> PyResult<&'a Object> {
    // SAFETY: null or a live object.
    match unsafe { borrow_or_null(object) } {
        Some(object) => Ok(object),
        None if thread.raised().is_some() => Err(Raised),
        None => Err(thread.system_error("null argument to internal routine")),
    }
}

unsafe fn attribute_name<'a>(thread: &Thread, name: Raw) -> PyResult<&'a Str> {
    // SAFETY: null or a live object.
    unsafe {
        let name = need(thread, name)?;
        name.cast::<Str>().ok_or_else(|| attribute::bad_name(thread, name))
    }
}

unsafe fn c_name(thread: &Thread, name: *const c_char) -> PyResult<Owned<Str>> {
    if name.is_null() {
        return Err(thread.system_error("null argument to internal routine"));
    }
    // SAFETY: NUL-terminated text.
    let bytes = unsafe { std::ffi::CStr::from_ptr(name) }.to_bytes();
    match std::str::from_utf8(bytes) {
        Ok(name) => Str::intern_str(thread, name),
        Err(_) => crate::build_value::decode(thread, bytes)?.downcast().map_err(|_| thread.system_error("no str")),
    }
}

/// Store an optional result: 1 for something, 0 for nothing, -1 for raised.
unsafe fn optional(result: PyResult<Option<Obj>>, place: *mut Raw) -> c_int {
    // SAFETY: a place of the caller's.
    unsafe {
        match result {
            Ok(Some(value)) => {
                *place = value.into_raw();
                1
            }
            Ok(None) => {
                *place = std::ptr::null_mut();
                0
            }
            Err(Raised) => {
                *place = std::ptr::null_mut();
                -1
            }
        }
    }
}

/// Report what a function raised that cannot.
fn swallow(thread: &Thread, result: PyResult<bool>, function: &str) -> c_int {
    match result {
        Ok(value) => value as c_int,
        Err(Raised) => {
            let message = format!("Exception ignored in {function}; consider using the function that can report errors");
            pyrox_objects::unraisable::write(thread, Some(&message), None);
            0
        }
    }
}

api! {
    /// `getattr(object, name)`.
    fn PyObject_GetAttr(thread; object: Raw, name: Raw) -> Raw = give { need(thread, object)?.getattr(thread, attribute_name(thread, name)?) }
    /// `getattr(object, name)`.
    fn PyObject_GetAttrString(thread; object: Raw, name: *const c_char) -> Raw = give { need(thread, object)?.getattr(thread, &*c_name(thread, name)?) }
    /// `getattr(object, name)`.
    fn _PyObject_GetAttrId(thread; object: Raw, name: *const crate::va::Identifier) -> Raw = give {
        need(thread, object)?.getattr(thread, &*c_name(thread, (*name).text)?)
    }
    /// An attribute that may be absent.
    fn PyObject_GetOptionalAttr(thread; object: Raw, name: Raw, result: *mut Raw) -> c_int {
        let found = attribute_name(thread, name).and_then(|name| need(thread, object)?.lookup_attr(thread, name));
        optional(found, result)
    }
    /// An attribute that may be absent.
    fn PyObject_GetOptionalAttrString(thread; object: Raw, name: *const c_char, result: *mut Raw) -> c_int {
        let found = c_name(thread, name).and_then(|name| need(thread, object)?.lookup_attr(thread, &name));
        optional(found, result)
    }
    /// `setattr(object, name, value)`; a null value deletes.
    fn PyObject_SetAttr(thread; object: Raw, name: Raw, value: Raw) -> c_int = status {
        need(thread, object)?.setattr(thread, attribute_name(thread, name)?, borrow_or_null(value))
    }
    /// `setattr(object, name, value)`; a null value deletes.
    fn PyObject_SetAttrString(thread; object: Raw, name: *const c_char, value: Raw) -> c_int = status {
        need(thread, object)?.setattr(thread, &*c_name(thread, name)?, borrow_or_null(value))
    }
    /// `delattr(object, name)`.
    fn PyObject_DelAttr(thread; object: Raw, name: Raw) -> c_int = status { need(thread, object)?.setattr(thread, attribute_name(thread, name)?, None) }
    /// `delattr(object, name)`.
    fn PyObject_DelAttrString(thread; object: Raw, name: *const c_char) -> c_int = status { need(thread, object)?.setattr(thread, &*c_name(thread, name)?, None) }
    /// `hasattr(object, name)`.
    fn PyObject_HasAttrWithError(thread; object: Raw, name: Raw) -> c_int = truth { need(thread, object)?.hasattr(thread, attribute_name(thread, name)?) }
    /// `hasattr(object, name)`.
    fn PyObject_HasAttrStringWithError(thread; object: Raw, name: *const c_char) -> c_int = truth { need(thread, object)?.hasattr(thread, &*c_name(thread, name)?) }
    /// `hasattr(object, name)`, errors being reported and otherwise ignored.
    fn PyObject_HasAttr(thread; object: Raw, name: Raw) -> c_int {
        let found = attribute_name(thread, name).and_then(|name| need(thread, object)?.hasattr(thread, name));
        swallow(thread, found, "PyObject_HasAttr()")
    }
    /// `hasattr(object, name)`, errors being reported and otherwise ignored.
    fn PyObject_HasAttrString(thread; object: Raw, name: *const c_char) -> c_int {
        let found = c_name(thread, name).and_then(|name| need(thread, object)?.hasattr(thread, &name));
        swallow(thread, found, "PyObject_HasAttrString()")
    }
    /// As `object.__getattribute__`, with a dict to be used for the object's own; absence may be told by null alone.
    fn _PyObject_GenericGetAttrWithDict(thread; object: Raw, name: Raw, dict: Raw, suppress: c_int) -> Raw {
        let work = || -> PyResult<Option<Obj>> {
            let (object, name) = (borrow(object), attribute_name(thread, name)?);
            let Some(dict) = typed::<Dict>(dict) else { return attribute::generic_lookup(thread, object, name) };
            let descriptor = object.ty().lookup(name).map(Object::own);
            let get = descriptor.as_ref().and_then(|d| d.ty().raw().tp_descr_get.get());
            let bind = |descriptor: &Obj, get: unsafe extern "C-unwind" fn(Raw, Raw, Raw) -> Raw| {
                pyrox_objects::protocol::call::check(thread, get(descriptor.as_ptr(), object.as_ptr(), object.type_ptr() as Raw)).map(Some)
            };
            if let (Some(descriptor), Some(get)) = (&descriptor, get) {
                if descriptor.ty().raw().tp_descr_set.get().is_some() {
                    return bind(descriptor, get);
                }
            }
            if let Some(value) = dict.get(thread, name)? {
                return Ok(Some(value));
            }
            match (descriptor, get) {
                (Some(descriptor), Some(get)) => bind(&descriptor, get),
                (descriptor, _) => Ok(descriptor),
            }
        };
        match work() {
            Ok(Some(value)) => value.into_raw(),
            Ok(None) => {
                if suppress == 0 {
                    if let Some(name) = typed::<Str>(name) {
                        attribute::no_attribute(thread, borrow(object), name);
                    }
                }
                std::ptr::null_mut()
            }
            Err(Raised) => {
                if suppress != 0 {
                    thread.take_if(exceptions::attribute_error());
                }
                std::ptr::null_mut()
            }
        }
    }
    /// As `object.__setattr__`, with a dict to be used for the object's own.
    fn _PyObject_GenericSetAttrWithDict(thread; object: Raw, name: Raw, value: Raw, dict: Raw) -> c_int = status {
        let (object, name) = (need(thread, object)?, attribute_name(thread, name)?);
        let Some(dict) = typed::<Dict>(dict) else { return attribute::generic_set(thread, object, name, borrow_or_null(value)) };
        if let Some(descriptor) = object.ty().lookup(name).map(Object::own) {
            if let Some(set) = descriptor.ty().raw().tp_descr_set.get() {
                return if set(descriptor.as_ptr(), object.as_ptr(), value) < 0 { Err(Raised) } else { Ok(()) };
            }
        }
        match borrow_or_null(value) {
            Some(value) => dict.set(thread, name, value),
            None if dict.remove(thread, name)? => Ok(()),
            None => Err(attribute::no_attribute(thread, object, name)),
        }
    }
    /// The getter of `__dict__`.
    fn PyObject_GenericGetDict(thread; object: Raw, _closure: *mut c_void) -> Raw = give {
        match need(thread, object)?.instance_dict(thread)? {
            Some(dict) => Ok(dict.upcast()),
            None => Err(thread.attribute_error("This object has no __dict__")),
        }
    }
    /// The setter of `__dict__`.
    fn PyObject_GenericSetDict(thread; object: Raw, value: Raw, _closure: *mut c_void) -> c_int = status {
        if value.is_null() {
            return Err(thread.type_error("cannot delete __dict__"));
        }
        pyrox_objects::managed::replace_dict(thread, need(thread, object)?, borrow_or_null(value))
    }
    /// `repr(object)`.
    fn PyObject_Repr(thread; object: Raw) -> Raw = give {
        match borrow_or_null(object) {
            Some(object) => Ok(object.repr(thread)?.upcast()),
            None => Ok(Str::from_str(thread, "<NULL>")?.upcast()),
        }
    }
    /// `str(object)`.
    fn PyObject_Str(thread; object: Raw) -> Raw = give {
        match borrow_or_null(object) {
            Some(object) => Ok(object.str(thread)?.upcast()),
            None => Ok(Str::from_str(thread, "<NULL>")?.upcast()),
        }
    }
    /// `ascii(object)`.
    fn PyObject_ASCII(thread; object: Raw) -> Raw = give { Ok(need(thread, object)?.ascii(thread)?.upcast()) }
    /// `bytes(object)`, but not of an int.
    fn PyObject_Bytes(thread; object: Raw) -> Raw = give {
        let Some(object) = borrow_or_null(object) else { return Ok(pyrox_objects::Bytes::from_slice(thread, b"<NULL>")?.upcast()) };
        if object.is_exact::<pyrox_objects::Bytes>() {
            return Ok(object.own());
        }
        if let Some(made) = object.call_special(thread, intern!("__bytes__"), &[])? {
            return match made.is_instance::<pyrox_objects::Bytes>() {
                true => Ok(made),
                false => Err(thread.type_error(&format!("__bytes__ returned non-bytes (type {})", made.ty().full_name()))),
            };
        }
        if object.is_instance::<Str>() || object.is_instance::<Int>() {
            return Err(thread.type_error(&format!("cannot convert '{}' object to bytes", object.ty().full_name())));
        }
        pyrox_objects::Bytes::ty().call(thread, &[object])
    }
    /// `format(object, spec)`.
    fn PyObject_Format(thread; object: Raw, spec: Raw) -> Raw = give {
        let spec = match borrow_or_null(spec) {
            None => None,
            Some(spec) => match spec.cast::<Str>() {
                Some(spec) => Some(spec),
                None => {
                    let message = format!("Format specifier must be a string, not {}", spec.ty().full_name());
                    return Err(thread.system_error(&message));
                }
            },
        };
        Ok(need(thread, object)?.format(thread, spec)?.upcast())
    }
    /// `hash(object)`.
    fn PyObject_Hash(thread; object: Raw) -> isize { need(thread, object).and_then(|o| o.hash(thread)).unwrap_or(-1) }
    /// The hash by identity.
    fn PyObject_GenericHash(object: Raw) -> isize { pyrox_numeric::hash::hash_pointer(object as usize) as isize }
    /// Whether the object is true.
    fn PyObject_IsTrue(thread; object: Raw) -> c_int = truth { need(thread, object)?.is_true(thread) }
    /// Whether the object is false.
    fn PyObject_Not(thread; object: Raw) -> c_int = truth { need(thread, object)?.is_true(thread).map(|value| !value) }
    /// `type(object)`.
    fn PyObject_Type(thread; object: Raw) -> Raw = give { Ok((**need(thread, object)?.ty()).own()) }
    /// `dir(object)`; the names in the running function for null.
    fn PyObject_Dir(thread; object: Raw) -> Raw = give {
        match borrow_or_null(object) {
            Some(object) => object.dir(thread),
            None => pyrox_objects::hooks::builtin(thread, "dir")?.call(thread, &[]),
        }
    }
    /// The iterator itself.
    fn PyObject_SelfIter(object: Raw) -> Raw { borrow(object).own().into_raw() }
    /// Compare.
    fn PyObject_RichCompare(thread; a: Raw, b: Raw, op: c_int) -> Raw = give {
        if !(0..=5).contains(&op) {
            return Err(bad_internal_call(thread));
        }
        need(thread, a)?.richcompare(thread, need(thread, b)?, CompareOp::from_raw(op))
    }
    /// Compare, identical objects being equal.
    fn PyObject_RichCompareBool(thread; a: Raw, b: Raw, op: c_int) -> c_int = truth {
        if !(0..=5).contains(&op) {
            return Err(bad_internal_call(thread));
        }
        need(thread, a)?.compare_bool(thread, need(thread, b)?, CompareOp::from_raw(op))
    }
    /// `isinstance(object, class)`.
    fn PyObject_IsInstance(thread; object: Raw, class: Raw) -> c_int = truth { need(thread, object)?.isinstance(thread, need(thread, class)?) }
    /// `issubclass(class, other)`.
    fn PyObject_IsSubclass(thread; class: Raw, other: Raw) -> c_int = truth { need(thread, class)?.issubclass(thread, need(thread, other)?) }
    /// `isinstance` without `__instancecheck__`.
    fn _PyObject_RealIsInstance(thread; object: Raw, class: Raw) -> c_int = truth { need(thread, object)?.recursive_isinstance(thread, need(thread, class)?) }
    /// `issubclass` without `__subclasscheck__`.
    fn _PyObject_RealIsSubclass(thread; class: Raw, other: Raw) -> c_int = truth { need(thread, class)?.recursive_issubclass(thread, need(thread, other)?) }
    /// Write an object to a C stream.
    fn PyObject_Print(thread; object: Raw, file: *mut libc::FILE, flags: c_int) -> c_int = status {
        let shown = match borrow_or_null(object) {
            Some(object) if flags & 1 != 0 => object.str(thread)?.to_string_lossy().into_owned(),
            Some(object) => object.repr(thread)?.to_string_lossy().into_owned(),
            None => "<nil>".into(),
        };
        if libc::fwrite(shown.as_ptr() as *const c_void, 1, shown.len(), file) != shown.len() {
            return Err(thread.os_error(std::io::Error::last_os_error().raw_os_error().unwrap_or(0), None));
        }
        Ok(())
    }
    /// How messages call a function.
    fn _PyObject_FunctionStr(thread; object: Raw) -> Raw = give {
        let object = need(thread, object)?;
        let Some(qualname) = object.lookup_attr(thread, intern!("__qualname__"))? else { return Ok(object.str(thread)?.upcast()) };
        let module = object.lookup_attr(thread, intern!("__module__"))?.filter(|m| !m.is_none());
        let shown = match module.as_ref().and_then(|m| m.cast::<Str>()).filter(|m| !m.equals_str("builtins")) {
            Some(module) => format!("{}.{}()", module.to_string_lossy(), qualname.str(thread)?.to_string_lossy()),
            None => format!("{}()", qualname.str(thread)?.to_string_lossy()),
        };
        Ok(Str::from_str(thread, &shown)?.upcast())
    }
    /// `len(object)`.
    fn PyObject_Size(thread; object: Raw) -> isize = size { need(thread, object)?.len(thread) }
    /// `len(object)`.
    fn PyObject_Length(thread; object: Raw) -> isize = size { need(thread, object)?.len(thread) }
    /// A guess at the length.
    fn PyObject_LengthHint(thread; object: Raw, default: isize) -> isize = size { need(thread, object)?.length_hint(thread, default.max(0) as usize) }
    /// `object[key]`.
    fn PyObject_GetItem(thread; object: Raw, key: Raw) -> Raw = give { need(thread, object)?.get_item(thread, need(thread, key)?) }
    /// `object[key] = value`.
    fn PyObject_SetItem(thread; object: Raw, key: Raw, value: Raw) -> c_int = status {
        need(thread, object)?.set_item(thread, need(thread, key)?, Some(need(thread, value)?))
    }
    /// `del object[key]`.
    fn PyObject_DelItem(thread; object: Raw, key: Raw) -> c_int = status { need(thread, object)?.set_item(thread, need(thread, key)?, None) }
    /// `del object[key]`.
    fn PyObject_DelItemString(thread; object: Raw, key: *const c_char) -> c_int = status {
        need(thread, object)?.set_item(thread, &*c_key(thread, key)?, None)
    }
    /// `iter(object)`.
    fn PyObject_GetIter(thread; object: Raw) -> Raw = give { need(thread, object)?.iter(thread) }
    /// `aiter(object)`.
    fn PyObject_GetAIter(thread; object: Raw) -> Raw = give {
        let object = need(thread, object)?;
        let table = object.ty().raw().tp_as_async.get();
        let function = if table.is_null() { None } else { (*table).am_aiter };
        let Some(function) = function else {
            return Err(thread.type_error(&format!("'{}' object is not an async iterable", object.ty().full_name())));
        };
        let iterator = pyrox_objects::protocol::call::check(thread, function(object.as_ptr()))?;
        if !is_async_iterator(&iterator) {
            return Err(thread.type_error(&format!("aiter() returned not an async iterator of type '{}'", iterator.ty().full_name())));
        }
        Ok(iterator)
    }
    /// Whether the object is an iterator.
    fn PyIter_Check(object: Raw) -> c_int { borrow(object).is_iterator() as c_int }
    /// Whether the object is an asynchronous iterator.
    fn PyAIter_Check(object: Raw) -> c_int { is_async_iterator(borrow(object)) as c_int }
    /// The next item; null without an exception at the end.
    fn PyIter_Next(thread; iterator: Raw) -> Raw {
        match borrow(iterator).next(thread) {
            Ok(Some(item)) => item.into_raw(),
            _ => std::ptr::null_mut(),
        }
    }
    /// The next item.
    fn PyIter_NextItem(thread; iterator: Raw, item: *mut Raw) -> c_int {
        let iterator = borrow(iterator);
        if iterator.ty().raw().tp_iternext.get().is_none() {
            *item = std::ptr::null_mut();
            thread.type_error(&format!("expected an iterator, got '{}'", iterator.ty().full_name()));
            return -1;
        }
        optional(iterator.next(thread), item)
    }
    /// Send a value: 0 for a returned one, 1 for a yielded one, -1 for raised.
    fn PyIter_Send(thread; iterator: Raw, value: Raw, result: *mut Raw) -> c_int {
        let (iterator, value) = (borrow(iterator), borrow(value));
        let table = iterator.ty().raw().tp_as_async.get();
        if !table.is_null() {
            if let Some(send) = (*table).am_send {
                return send(iterator.as_ptr(), value.as_ptr(), result);
            }
        }
        let sent = if value.is_none() && iterator.is_iterator() {
            iterator.next_keeping_stop(thread).map(|item| item.ok_or(()))
        } else {
            iterator.call_method(thread, intern!("send"), &[value]).map(Ok)
        };
        match sent {
            Ok(Ok(item)) => {
                *result = item.into_raw();
                1
            }
            Ok(Err(())) => {
                *result = pyrox_objects::none().into_raw();
                0
            }
            Err(Raised) => {
                if thread.raised_is(exceptions::stop_iteration()) {
                    if let Some(stop) = thread.take_raised() {
                        *result = match stop.cast::<exceptions::StopIteration>() {
                            Some(stop) => stop.value().into_raw(),
                            None => pyrox_objects::none().into_raw(),
                        };
                        return 0;
                    }
                }
                *result = std::ptr::null_mut();
                -1
            }
        }
    }
    /// Whether the object can be called.
    fn PyCallable_Check(object: Raw) -> c_int { borrow_or_null(object).is_some_and(Object::is_callable) as c_int }
}

fn is_async_iterator(object: &Object) -> bool {
    // SAFETY: a type's table lives while the type does.
    unsafe { object.ty().raw().tp_as_async.get().as_ref() }.is_some_and(|table| table.am_anext.is_some())
}

macro_rules! binary {
    ($($name:ident $inplace:ident $operator:ident),* $(,)?) => {
        api! { $(
            /// A binary operator.
            fn $name(thread; a: Raw, b: Raw) -> Raw = give { number::binary(thread, &number::$operator, need(thread, a)?, need(thread, b)?) }
            /// An operator in place.
            fn $inplace(thread; a: Raw, b: Raw) -> Raw = give { number::inplace(thread, &number::$operator, need(thread, a)?, need(thread, b)?) }
        )* }
    };
}
binary!(
    PyNumber_Add PyNumber_InPlaceAdd ADD, PyNumber_Subtract PyNumber_InPlaceSubtract SUBTRACT,
    PyNumber_Multiply PyNumber_InPlaceMultiply MULTIPLY, PyNumber_MatrixMultiply PyNumber_InPlaceMatrixMultiply MATRIX_MULTIPLY,
    PyNumber_FloorDivide PyNumber_InPlaceFloorDivide FLOOR_DIVIDE, PyNumber_TrueDivide PyNumber_InPlaceTrueDivide TRUE_DIVIDE,
    PyNumber_Remainder PyNumber_InPlaceRemainder REMAINDER, PyNumber_Lshift PyNumber_InPlaceLshift LSHIFT,
    PyNumber_Rshift PyNumber_InPlaceRshift RSHIFT, PyNumber_And PyNumber_InPlaceAnd AND, PyNumber_Or PyNumber_InPlaceOr OR,
    PyNumber_Xor PyNumber_InPlaceXor XOR,
);

api! {
    /// Whether the object is a number.
    fn PyNumber_Check(object: Raw) -> c_int {
        let Some(object) = borrow_or_null(object) else { return 0 };
        let table = object.ty().raw().tp_as_number.get().as_ref();
        (table.is_some_and(|t| t.nb_index.is_some() || t.nb_int.is_some() || t.nb_float.is_some())
            || object.is_instance::<pyrox_objects::Complex>()) as c_int
    }
    /// Whether the object has `__index__`.
    fn PyIndex_Check(object: Raw) -> c_int { borrow(object).has_index() as c_int }
    /// `operator.index(object)`.
    fn PyNumber_Index(thread; object: Raw) -> Raw = give { Ok(need(thread, object)?.index(thread)?.upcast()) }
    /// `int(object)`.
    fn PyNumber_Long(thread; object: Raw) -> Raw = give { pyrox_objects::int::int_from_object(thread, need(thread, object)?).map(Owned::upcast) }
    /// `float(object)`.
    fn PyNumber_Float(thread; object: Raw) -> Raw = give {
        let object = need(thread, object)?;
        if object.is_exact::<pyrox_objects::Float>() {
            return Ok(object.own());
        }
        pyrox_objects::Float::ty().call(thread, &[object])
    }
    /// An index-sized int; what does not fit raises `error`, or is clipped if that is null.
    fn PyNumber_AsSsize_t(thread; object: Raw, error: Raw) -> isize {
        let work = || {
            let object = need(thread, object)?;
            let Some(error) = typed::<Type>(error) else { return object.as_isize_clipped(thread) };
            let value = object.index(thread)?;
            match value.to_i64() {
                Some(value) => Ok(value as isize),
                None => Err(thread.error(error, &format!("cannot fit '{}' into an index-sized integer", object.ty().full_name()))),
            }
        };
        work().unwrap_or(-1)
    }
    /// The digits of an int in a base.
    fn PyNumber_ToBase(thread; object: Raw, base: c_int) -> Raw = give {
        if !matches!(base, 2 | 8 | 10 | 16) {
            return Err(thread.system_error("PyNumber_ToBase: base must be 2, 8, 10 or 16"));
        }
        let value = need(thread, object)?.index(thread)?;
        let spec = match base {
            2 => "#b",
            8 => "#o",
            16 => "#x",
            _ => "d",
        };
        Ok(value.format(thread, Some(&*Str::from_str(thread, spec)?))?.upcast())
    }
    /// `divmod(a, b)`.
    fn PyNumber_Divmod(thread; a: Raw, b: Raw) -> Raw = give { number::divmod(thread, need(thread, a)?, need(thread, b)?) }
    /// `pow(a, b, modulus)`.
    fn PyNumber_Power(thread; a: Raw, b: Raw, modulus: Raw) -> Raw = give { number::power(thread, need(thread, a)?, need(thread, b)?, need(thread, modulus)?) }
    /// `a **= b`.
    fn PyNumber_InPlacePower(thread; a: Raw, b: Raw, modulus: Raw) -> Raw = give {
        match need(thread, modulus)? {
            modulus if modulus.is_none() => number::inplace_power(thread, need(thread, a)?, need(thread, b)?),
            modulus => number::power(thread, need(thread, a)?, need(thread, b)?, modulus),
        }
    }
    /// `-object`.
    fn PyNumber_Negative(thread; object: Raw) -> Raw = give { need(thread, object)?.negative(thread) }
    /// `+object`.
    fn PyNumber_Positive(thread; object: Raw) -> Raw = give { need(thread, object)?.positive(thread) }
    /// `~object`.
    fn PyNumber_Invert(thread; object: Raw) -> Raw = give { need(thread, object)?.invert(thread) }
    /// `abs(object)`.
    fn PyNumber_Absolute(thread; object: Raw) -> Raw = give { need(thread, object)?.absolute(thread) }
}

/// The sequence table of an object's type.
fn sequence_table(object: &Object) -> Option<&abi::PySequenceMethods> {
    // SAFETY: a type's table lives while the type does.
    unsafe { object.ty().raw().tp_as_sequence.get().as_ref() }
}

/// A sequence has items by position and is no dict.
fn check_sequence(object: &Object) -> bool {
    !object.is_instance::<Dict>() && sequence_table(object).is_some_and(|t| t.sq_item.is_some())
}

fn not_sequence(thread: &Thread, object: &Object, what: &str) -> Raised {
    // SAFETY: a type's table lives while the type does.
    let table = unsafe { object.ty().raw().tp_as_mapping.get().as_ref() };
    let mapping = table.is_some_and(|t| match what {
        "len" => t.mp_length.is_some(),
        "does not support indexing" => t.mp_subscript.is_some(),
        _ => t.mp_ass_subscript.is_some(),
    });
    match what {
        "len" if mapping => thread.type_error(&format!("{} is not a sequence", object.ty().full_name())),
        "len" => thread.type_error(&format!("object of type '{}' has no len()", object.ty().full_name())),
        _ if mapping => thread.type_error(&format!("{} is not a sequence", object.ty().full_name())),
        _ => thread.type_error(&format!("'{}' object {what}", object.ty().full_name())),
    }
}

fn positive_index(thread: &Thread, object: &Object, index: isize) -> PyResult<isize> {
    if index >= 0 {
        return Ok(index);
    }
    match sequence_table(object).and_then(|t| t.sq_length) {
        // SAFETY: a lenfunc contract.
        Some(length) => match unsafe { length(object.as_ptr()) } {
            -1 => Err(Raised),
            length => Ok(index + length),
        },
        None => {
            let _ = thread;
            Ok(index)
        }
    }
}

fn slice_of(thread: &Thread, start: isize, end: isize) -> PyResult<Obj> {
    Ok(Slice::new(thread, &Int::from(start as i64), &Int::from(end as i64), pyrox_objects::none_ref())?.upcast())
}

fn search(thread: &Thread, object: &Object, value: &Object, mut each: impl FnMut(isize) -> bool) -> PyResult<()> {
    let iterator = match object.iter(thread) {
        Ok(iterator) => iterator,
        Err(Raised) if thread.take_if(exceptions::type_error()) => {
            return Err(thread.type_error(&format!("argument of type '{}' is not iterable", object.ty().full_name())));
        }
        Err(raised) => return Err(raised),
    };
    let mut at = 0;
    while let Some(item) = iterator.next(thread)? {
        if item.compare_bool(thread, value, CompareOp::Eq)? && !each(at) {
            return Ok(());
        }
        at += 1;
    }
    Ok(())
}

api! {
    /// Whether the object is a sequence.
    fn PySequence_Check(object: Raw) -> c_int { borrow_or_null(object).is_some_and(check_sequence) as c_int }
    /// The length.
    fn PySequence_Size(thread; object: Raw) -> isize = size {
        let object = need(thread, object)?;
        match sequence_table(object).and_then(|t| t.sq_length) {
            Some(length) => match length(object.as_ptr()) {
                -1 => Err(Raised),
                length => Ok(length as usize),
            },
            None => Err(not_sequence(thread, object, "len")),
        }
    }
    /// The length.
    fn PySequence_Length(object: Raw) -> isize { PySequence_Size(object) }
    /// `a + b` for sequences.
    fn PySequence_Concat(thread; a: Raw, b: Raw) -> Raw = give { concat(thread, need(thread, a)?, need(thread, b)?, false) }
    /// `a += b` for sequences.
    fn PySequence_InPlaceConcat(thread; a: Raw, b: Raw) -> Raw = give { concat(thread, need(thread, a)?, need(thread, b)?, true) }
    /// `object * count`.
    fn PySequence_Repeat(thread; object: Raw, count: isize) -> Raw = give { repeat(thread, need(thread, object)?, count, false) }
    /// `object *= count`.
    fn PySequence_InPlaceRepeat(thread; object: Raw, count: isize) -> Raw = give { repeat(thread, need(thread, object)?, count, true) }
    /// `object[index]`.
    fn PySequence_GetItem(thread; object: Raw, index: isize) -> Raw = give {
        let object = need(thread, object)?;
        match sequence_table(object).and_then(|t| t.sq_item) {
            Some(item) => {
                let index = positive_index(thread, object, index)?;
                pyrox_objects::protocol::call::check(thread, item(object.as_ptr(), index))
            }
            None => Err(not_sequence(thread, object, "does not support indexing")),
        }
    }
    /// `object[index] = value`.
    fn PySequence_SetItem(thread; object: Raw, index: isize, value: Raw) -> c_int = status { assign(thread, need(thread, object)?, index, value, "does not support item assignment") }
    /// `del object[index]`.
    fn PySequence_DelItem(thread; object: Raw, index: isize) -> c_int = status {
        assign(thread, need(thread, object)?, index, std::ptr::null_mut(), "doesn't support item deletion")
    }
    /// `object[start:end]`.
    fn PySequence_GetSlice(thread; object: Raw, start: isize, end: isize) -> Raw = give {
        let object = need(thread, object)?;
        if object.ty().raw().tp_as_mapping.get().as_ref().is_none_or(|t| t.mp_subscript.is_none()) {
            return Err(thread.type_error(&format!("'{}' object is unsliceable", object.ty().full_name())));
        }
        object.get_item(thread, &*slice_of(thread, start, end)?)
    }
    /// `object[start:end] = value`.
    fn PySequence_SetSlice(thread; object: Raw, start: isize, end: isize, value: Raw) -> c_int = status {
        assign_slice(thread, need(thread, object)?, start, end, borrow_or_null(value), "assignment")
    }
    /// `del object[start:end]`.
    fn PySequence_DelSlice(thread; object: Raw, start: isize, end: isize) -> c_int = status {
        assign_slice(thread, need(thread, object)?, start, end, None, "deletion")
    }
    /// `tuple(object)`.
    fn PySequence_Tuple(thread; object: Raw) -> Raw = give {
        let object = need(thread, object)?;
        if object.is_exact::<Tuple>() {
            return Ok(object.own());
        }
        Ok(Tuple::from_iterable(thread, object)?.upcast())
    }
    /// `list(object)`.
    fn PySequence_List(thread; object: Raw) -> Raw = give { Ok(List::from_iterable(thread, need(thread, object)?)?.upcast()) }
    /// The object itself if it is a list or tuple, or a list of its items.
    fn PySequence_Fast(thread; object: Raw, message: *const c_char) -> Raw = give {
        let object = need(thread, object)?;
        if object.is_instance::<List>() || object.is_instance::<Tuple>() {
            return Ok(object.own());
        }
        let iterator = match object.iter(thread) {
            Ok(iterator) => iterator,
            Err(Raised) if thread.take_if(exceptions::type_error()) => return Err(thread.type_error(&text(message))),
            Err(raised) => return Err(raised),
        };
        Ok(List::from_iterable(thread, &iterator)?.upcast())
    }
    /// How often a value is there.
    fn PySequence_Count(thread; object: Raw, value: Raw) -> isize = size {
        let mut count = 0;
        search(thread, need(thread, object)?, need(thread, value)?, |_| { count += 1; true })?;
        Ok(count)
    }
    /// Where a value is first.
    fn PySequence_Index(thread; object: Raw, value: Raw) -> isize = size {
        let mut found = None;
        search(thread, need(thread, object)?, need(thread, value)?, |at| { found = Some(at as usize); false })?;
        found.ok_or_else(|| thread.value_error("sequence.index(x): x not in sequence"))
    }
    /// `value in object`.
    fn PySequence_Contains(thread; object: Raw, value: Raw) -> c_int = truth { need(thread, object)?.contains(thread, need(thread, value)?) }
    /// `value in object`.
    fn PySequence_In(object: Raw, value: Raw) -> c_int { PySequence_Contains(object, value) }
    /// Count, find or look: the operations of `operator`.
    fn _PySequence_IterSearch(object: Raw, value: Raw, operation: c_int) -> isize {
        match operation {
            1 => PySequence_Count(object, value),
            2 => PySequence_Index(object, value),
            _ => PySequence_Contains(object, value) as isize,
        }
    }
    /// Whether the object can be subscripted by keys.
    fn PyMapping_Check(object: Raw) -> c_int {
        borrow_or_null(object).is_some_and(|o| o.ty().raw().tp_as_mapping.get().as_ref().is_some_and(|t| t.mp_subscript.is_some())) as c_int
    }
    /// The number of keys.
    fn PyMapping_Size(thread; object: Raw) -> isize = size {
        let object = need(thread, object)?;
        match object.ty().raw().tp_as_mapping.get().as_ref().and_then(|t| t.mp_length) {
            Some(length) => match length(object.as_ptr()) {
                -1 => Err(Raised),
                length => Ok(length as usize),
            },
            None if sequence_table(object).is_some_and(|t| t.sq_length.is_some()) => {
                Err(thread.type_error(&format!("{} is not a mapping", object.ty().full_name())))
            }
            None => Err(thread.type_error(&format!("object of type '{}' has no len()", object.ty().full_name()))),
        }
    }
    /// The number of keys.
    fn PyMapping_Length(object: Raw) -> isize { PyMapping_Size(object) }
    /// `object[key]`.
    fn PyMapping_GetItemString(thread; object: Raw, key: *const c_char) -> Raw = give { need(thread, object)?.get_item(thread, &*c_key(thread, key)?) }
    /// An item that may be absent.
    fn PyMapping_GetOptionalItem(thread; object: Raw, key: Raw, result: *mut Raw) -> c_int { optional(both(thread, object, key).and_then(|(object, key)| item(thread, object, key)), result) }
    /// An item that may be absent.
    fn PyMapping_GetOptionalItemString(thread; object: Raw, key: *const c_char, result: *mut Raw) -> c_int {
        let found = c_key(thread, key).and_then(|key| item(thread, need(thread, object)?, &key));
        optional(found, result)
    }
    /// `object[key] = value`.
    fn PyMapping_SetItemString(thread; object: Raw, key: *const c_char, value: Raw) -> c_int = status {
        need(thread, object)?.set_item(thread, &*c_key(thread, key)?, Some(need(thread, value)?))
    }
    /// Whether the key is there.
    fn PyMapping_HasKeyWithError(thread; object: Raw, key: Raw) -> c_int = truth { item(thread, need(thread, object)?, need(thread, key)?).map(|i| i.is_some()) }
    /// Whether the key is there.
    fn PyMapping_HasKeyStringWithError(thread; object: Raw, key: *const c_char) -> c_int = truth {
        item(thread, need(thread, object)?, &*c_key(thread, key)?).map(|i| i.is_some())
    }
    /// Whether the key is there, errors being reported and otherwise ignored.
    fn PyMapping_HasKey(thread; object: Raw, key: Raw) -> c_int {
        let found = both(thread, object, key).and_then(|(object, key)| item(thread, object, key)).map(|i| i.is_some());
        swallow(thread, found, "PyMapping_HasKey()")
    }
    /// Whether the key is there, errors being reported and otherwise ignored.
    fn PyMapping_HasKeyString(thread; object: Raw, key: *const c_char) -> c_int {
        let found = c_key(thread, key).and_then(|key| item(thread, need(thread, object)?, &key)).map(|i| i.is_some());
        swallow(thread, found, "PyMapping_HasKeyString()")
    }
    /// A list of the keys.
    fn PyMapping_Keys(thread; object: Raw) -> Raw = give { listed(thread, need(thread, object)?, intern!("keys")) }
    /// A list of the values.
    fn PyMapping_Values(thread; object: Raw) -> Raw = give { listed(thread, need(thread, object)?, intern!("values")) }
    /// A list of the pairs.
    fn PyMapping_Items(thread; object: Raw) -> Raw = give { listed(thread, need(thread, object)?, intern!("items")) }
}

unsafe fn both<'a>(thread: &Thread, a: Raw, b: Raw) -> PyResult<(&'a Object, &'a Object)> {
    // SAFETY: null or live objects.
    unsafe { Ok((need(thread, a)?, need(thread, b)?)) }
}

/// A key as C has it; what is not UTF-8 raises.
unsafe fn c_key(thread: &Thread, key: *const c_char) -> PyResult<Obj> {
    if key.is_null() {
        return Err(thread.system_error("null argument to internal routine"));
    }
    // SAFETY: NUL-terminated text.
    crate::build_value::decode(thread, unsafe { std::ffi::CStr::from_ptr(key) }.to_bytes())
}

fn item(thread: &Thread, object: &Object, key: &Object) -> PyResult<Option<Obj>> {
    if let Some(dict) = object.exact::<Dict>() {
        return dict.get(thread, key);
    }
    thread.optional(object.get_item(thread, key), exceptions::key_error())
}

fn listed(thread: &Thread, object: &Object, name: &Str) -> PyResult<Obj> {
    let made = object.call_method(thread, name, &[])?;
    let iterator = match made.iter(thread) {
        Ok(iterator) => iterator,
        Err(Raised) if thread.take_if(exceptions::type_error()) => {
            return Err(thread.type_error(&format!(
                "{}.{}() returned a non-iterable (type {})",
                object.ty().full_name(),
                name.to_string_lossy(),
                made.ty().full_name()
            )));
        }
        Err(raised) => return Err(raised),
    };
    Ok(List::from_iterable(thread, &iterator)?.upcast())
}

fn concat(thread: &Thread, a: &Object, b: &Object, inplace: bool) -> PyResult<Obj> {
    let table = sequence_table(a);
    let function = table.and_then(|t| if inplace { t.sq_inplace_concat.or(t.sq_concat) } else { t.sq_concat });
    if let Some(function) = function {
        // SAFETY: a binaryfunc contract.
        return unsafe { pyrox_objects::protocol::call::check(thread, function(a.as_ptr(), b.as_ptr())) };
    }
    if check_sequence(a) && check_sequence(b) {
        let result = match inplace {
            true => number::inplace(thread, &number::ADD, a, b),
            false => number::binary(thread, &number::ADD, a, b),
        };
        match result {
            Err(Raised) if thread.take_if(exceptions::type_error()) => {}
            result => return result,
        }
    }
    Err(thread.type_error(&format!("'{}' object can't be concatenated", a.ty().full_name())))
}

fn repeat(thread: &Thread, object: &Object, count: isize, inplace: bool) -> PyResult<Obj> {
    let table = sequence_table(object);
    let function = table.and_then(|t| if inplace { t.sq_inplace_repeat.or(t.sq_repeat) } else { t.sq_repeat });
    if let Some(function) = function {
        // SAFETY: a ssizeargfunc contract.
        return unsafe { pyrox_objects::protocol::call::check(thread, function(object.as_ptr(), count)) };
    }
    if check_sequence(object) {
        let count = Int::from(count as i64);
        let result = match inplace {
            true => number::inplace(thread, &number::MULTIPLY, object, &count),
            false => number::binary(thread, &number::MULTIPLY, object, &count),
        };
        match result {
            Err(Raised) if thread.take_if(exceptions::type_error()) => {}
            result => return result,
        }
    }
    Err(thread.type_error(&format!("'{}' object can't be repeated", object.ty().full_name())))
}

fn assign(thread: &Thread, object: &Object, index: isize, value: Raw, what: &str) -> PyResult<()> {
    match sequence_table(object).and_then(|t| t.sq_ass_item) {
        Some(function) => {
            let index = positive_index(thread, object, index)?;
            // SAFETY: a ssizeobjargproc contract.
            if unsafe { function(object.as_ptr(), index, value) } < 0 { Err(Raised) } else { Ok(()) }
        }
        None => Err(not_sequence(thread, object, what)),
    }
}

fn assign_slice(thread: &Thread, object: &Object, start: isize, end: isize, value: Option<&Object>, what: &str) -> PyResult<()> {
    // SAFETY: a type's table lives while the type does.
    if unsafe { object.ty().raw().tp_as_mapping.get().as_ref() }.is_none_or(|t| t.mp_ass_subscript.is_none()) {
        return Err(thread.type_error(&format!("'{}' object doesn't support slice {what}", object.ty().full_name())));
    }
    object.set_item(thread, &*slice_of(thread, start, end)?, value)
}

/// Vectorcall arguments with the keywords of a dict.
unsafe fn with_dict(thread: &Thread, callable: &Object, arguments: *const Raw, count: usize, keywords: Option<&Dict>) -> PyResult<Obj> {
    // SAFETY: by the API's contract.
    unsafe {
        let Some(keywords) = keywords.filter(|k| k.len() > 0) else {
            return callable.vectorcall(thread, arguments, count, std::ptr::null_mut());
        };
        let mut all: Vec<Raw> = if count == 0 { Vec::new() } else { std::slice::from_raw_parts(arguments, count).to_vec() };
        let pairs = keywords.items_vec();
        let mut names = Vec::with_capacity(pairs.len());
        for (key, value) in &pairs {
            if !key.is_instance::<Str>() {
                return Err(thread.type_error("keywords must be strings"));
            }
            names.push(key.clone());
            all.push(value.as_ptr());
        }
        let names = Tuple::from_vec(thread, names)?;
        callable.vectorcall(thread, all.as_ptr(), count, names.as_ptr())
    }
}

fn check_arguments(thread: &Thread, arguments: &Object) -> PyResult<()> {
    match arguments.is_instance::<Tuple>() {
        true => Ok(()),
        false => Err(thread.type_error("argument list must be a tuple")),
    }
}

const OFFSET: usize = pyrox_objects::protocol::call::ARGUMENTS_OFFSET;

api! {
    /// `callable(*arguments, **keywords)`.
    fn PyObject_Call(thread; callable: Raw, arguments: Raw, keywords: Raw) -> Raw = give {
        let Some(tuple) = typed::<Tuple>(arguments) else { return Err(thread.type_error("argument list must be a tuple")) };
        need(thread, callable)?.call_tuple(thread, tuple, typed::<Dict>(keywords))
    }
    /// `callable(*arguments)`; null for none.
    fn PyObject_CallObject(thread; callable: Raw, arguments: Raw) -> Raw = give {
        let callable = need(thread, callable)?;
        match borrow_or_null(arguments) {
            None => callable.call(thread, &[]),
            Some(arguments) => {
                check_arguments(thread, arguments)?;
                callable.call_tuple(thread, arguments.cast_unchecked::<Tuple>(), None)
            }
        }
    }
    /// `callable()`.
    fn PyObject_CallNoArgs(thread; callable: Raw) -> Raw = give { need(thread, callable)?.call(thread, &[]) }
    /// `callable(argument)`.
    fn PyObject_CallOneArg(thread; callable: Raw, argument: Raw) -> Raw = give { need(thread, callable)?.call(thread, &[need(thread, argument)?]) }
    /// Call by vectorcall.
    fn PyObject_Vectorcall(thread; callable: Raw, arguments: *const Raw, nargsf: usize, names: Raw) -> Raw {
        give(borrow(callable).vectorcall(thread, arguments, nargsf, names))
    }
    /// Call by vectorcall, the keywords in a dict.
    fn PyObject_VectorcallDict(thread; callable: Raw, arguments: *const Raw, nargsf: usize, keywords: Raw) -> Raw {
        match typed::<Dict>(keywords).filter(|k| k.len() > 0) {
            None => give(borrow(callable).vectorcall(thread, arguments, nargsf, std::ptr::null_mut())),
            Some(keywords) => give(with_dict(thread, borrow(callable), arguments, nargsf & !OFFSET, Some(keywords))),
        }
    }
    /// Call a method by vectorcall, the receiver being the first argument.
    fn PyObject_VectorcallMethod(thread; name: Raw, arguments: *const Raw, nargsf: usize, names: Raw) -> Raw = give {
        let name = attribute_name(thread, name)?;
        let count = nargsf & !OFFSET;
        match borrow(*arguments).get_method(thread, name)? {
            (function, true) => function.vectorcall(thread, arguments, count, names),
            // The place of the receiver is free for the callee.
            (function, false) => function.vectorcall(thread, arguments.add(1), (count - 1) | OFFSET, names),
        }
    }
    /// A `tp_call` of types with a vectorcall function.
    fn PyVectorcall_Call(thread; callable: Raw, arguments: Raw, keywords: Raw) -> Raw = give {
        let object = need(thread, callable)?;
        let ty = object.ty();
        let offset = ty.raw().tp_vectorcall_offset.get();
        let function = if offset > 0 { *((callable as *mut u8).offset(offset) as *const abi::vectorcallfunc) } else { None };
        let Some(function) = function else {
            return Err(thread.type_error(&format!("'{}' object does not support vectorcall", ty.full_name())));
        };
        let Some(tuple) = typed::<Tuple>(arguments) else { return Err(thread.type_error("argument list must be a tuple")) };
        let items = tuple.raw_items();
        let Some(keywords) = typed::<Dict>(keywords).filter(|k| k.len() > 0) else {
            return pyrox_objects::protocol::call::check(thread, function(callable, items.as_ptr(), items.len(), std::ptr::null_mut()));
        };
        let mut all = items.to_vec();
        let pairs = keywords.items_vec();
        let mut names = Vec::with_capacity(pairs.len());
        for (key, value) in &pairs {
            if !key.is_instance::<Str>() {
                return Err(thread.type_error("keywords must be strings"));
            }
            names.push(key.clone());
            all.push(value.as_ptr());
        }
        let names = Tuple::from_vec(thread, names)?;
        pyrox_objects::protocol::call::check(thread, function(callable, all.as_ptr(), items.len(), names.as_ptr()))
    }
    /// The vectorcall function of a callable, or null.
    fn PyVectorcall_Function(callable: Raw) -> abi::vectorcallfunc { pyrox_objects::protocol::call::vectorcall_function(callable) }
    /// The number of positional arguments.
    fn PyVectorcall_NARGS(nargsf: usize) -> isize { (nargsf & !OFFSET) as isize }
    /// Call, in the old manner.
    fn PyEval_CallObjectWithKeywords(thread; callable: Raw, arguments: Raw, keywords: Raw) -> Raw = give {
        let callable = need(thread, callable)?;
        if let Some(keywords) = borrow_or_null(keywords) {
            if !keywords.is_instance::<Dict>() {
                return Err(thread.type_error("keyword list must be a dictionary"));
            }
        }
        let empty = Tuple::empty();
        let tuple = match borrow_or_null(arguments) {
            None => &*empty,
            Some(arguments) => {
                check_arguments(thread, arguments)?;
                arguments.cast_unchecked::<Tuple>()
            }
        };
        callable.call_tuple(thread, tuple, typed::<Dict>(keywords))
    }
    /// Keyword arguments of a vectorcall as a dict.
    fn _PyStack_AsDict(thread; values: *const Raw, names: Raw) -> Raw = give {
        let dict = Dict::new(thread)?;
        if let Some(names) = typed::<Tuple>(names) {
            for (at, &name) in names.raw_items().iter().enumerate() {
                dict.set(thread, need(thread, name)?, borrow(*values.add(at)))?;
            }
        }
        Ok(dict.upcast())
    }
    /// What a callable returned, made sure to agree with the raised exception.
    fn _Py_CheckFunctionResult(thread; _state: *mut abi::PyThreadState, callable: Raw, result: Raw, place: *const c_char) -> Raw {
        let shown = || match borrow_or_null(callable) {
            Some(callable) => callable.repr(thread).map(|r| r.to_string_lossy().into_owned()).unwrap_or_default(),
            None => text(place).into_owned(),
        };
        match (result.is_null(), thread.raised().is_some()) {
            (true, false) => {
                thread.system_error(&format!("{} returned NULL without setting an exception", shown()));
                result
            }
            (false, true) => {
                pyrox_objects::object::decref(result);
                let exception = thread.take_raised();
                let message = format!("{} returned a result with an exception set", shown());
                thread.set_raised(exception);
                thread.error_from_cause(exceptions::system_error(), &message);
                std::ptr::null_mut()
            }
            _ => result,
        }
    }
}
