//! What every function of the API is written with: pointers to handles and back.

use pyrox_abi::PyObject;
use pyrox_objects::{Obj, Object, PyResult, Raised, Thread};
use std::ffi::{CStr, c_char, c_int};

/// A pointer to an object as C passes it.
pub type Raw = *mut PyObject;

/// The calling thread's token.
///
/// # Safety
/// The caller holds the interpreter's lock, as every caller of the C API must.
#[inline(always)]
pub unsafe fn thread<'a>() -> &'a Thread {
    // SAFETY: by contract.
    unsafe { Thread::current() }
}

/// A borrowed object.
///
/// # Safety
/// `pointer` is a live object.
#[inline(always)]
pub unsafe fn borrow<'a>(pointer: Raw) -> &'a Object {
    // SAFETY: by contract.
    unsafe { Object::from_ptr(pointer) }
}

/// A borrowed object, or nothing for a null pointer.
///
/// # Safety
/// `pointer` is null or a live object.
#[inline(always)]
pub unsafe fn borrow_or_null<'a>(pointer: Raw) -> Option<&'a Object> {
    // SAFETY: by contract.
    unsafe { Object::from_ptr_or_null(pointer) }
}

/// A result as a new reference, null with the exception set.
#[inline(always)]
pub fn give(result: PyResult<Obj>) -> Raw {
    match result {
        Ok(object) => object.into_raw(),
        Err(Raised) => std::ptr::null_mut(),
    }
}

/// A result as C's 0 for done and -1 with the exception set.
#[inline(always)]
pub fn status(result: PyResult<()>) -> c_int {
    match result {
        Ok(()) => 0,
        Err(Raised) => -1,
    }
}

/// A result as C's 1, 0 and -1 with the exception set.
#[inline(always)]
pub fn truth(result: PyResult<bool>) -> c_int {
    match result {
        Ok(value) => value as c_int,
        Err(Raised) => -1,
    }
}

/// A C string as text; what is not UTF-8 is replaced.
///
/// # Safety
/// `text` is a NUL-terminated string.
pub unsafe fn text<'a>(text: *const c_char) -> std::borrow::Cow<'a, str> {
    // SAFETY: by contract.
    unsafe { CStr::from_ptr(text) }.to_string_lossy()
}

/// A borrowed object of a layout, if the pointer is one of that type.
///
/// # Safety
/// `pointer` is null or a live object.
#[inline(always)]
pub unsafe fn typed<'a, T: pyrox_objects::PyType>(pointer: Raw) -> Option<&'a T> {
    // SAFETY: by contract.
    unsafe { Object::from_ptr_or_null(pointer) }.and_then(|object| object.cast::<T>())
}

/// A type from a pointer.
///
/// # Safety
/// `pointer` is a live type.
#[inline(always)]
pub unsafe fn type_of<'a>(pointer: *mut pyrox_abi::PyTypeObject) -> &'a pyrox_objects::Type {
    // SAFETY: by contract.
    unsafe { pyrox_objects::Type::from_ptr(pointer) }
}

/// Raise `SystemError` as `PyErr_BadInternalCall` does.
#[cold]
pub fn bad_internal_call(thread: &Thread) -> Raised {
    thread.system_error("bad argument to internal function")
}

/// A length or count as C's, -1 for raised.
#[inline(always)]
pub fn size(result: PyResult<usize>) -> isize {
    match result {
        Ok(value) => value as isize,
        Err(Raised) => -1,
    }
}

/// Bytes that C has passed; none for a null pointer.
///
/// # Safety
/// `data` is null or has `length` bytes, which nothing writes for `'a`.
pub unsafe fn slice<'a>(data: *const u8, length: isize) -> &'a [u8] {
    if data.is_null() || length <= 0 {
        return &[];
    }
    // SAFETY: by contract.
    unsafe { std::slice::from_raw_parts(data, length as usize) }
}

/// A str as UTF-8 with a NUL behind it, kept by the str.
///
/// # Errors
/// `UnicodeEncodeError` for lone surrogates; memory may run out.
pub fn utf8(thread: &Thread, text: &pyrox_objects::Str) -> PyResult<(*const c_char, usize)> {
    if text.is_ascii() {
        return Ok((text.data() as *const c_char, text.len()));
    }
    // SAFETY: a str that is not ASCII has these fields.
    let raw = unsafe { &*(text as *const pyrox_objects::Str as *const pyrox_abi::PyCompactUnicodeObject) };
    if raw.utf8.get().is_null() {
        let encoded = text.to_rust(thread)?;
        let memory = pyrox_abi::allocate(encoded.len() + 1);
        if memory.is_null() {
            return Err(thread.no_memory());
        }
        // SAFETY: fresh memory of that size.
        unsafe {
            std::ptr::copy_nonoverlapping(encoded.as_ptr(), memory, encoded.len());
            *memory.add(encoded.len()) = 0;
        }
        raw.utf8_length.set(encoded.len() as isize);
        raw.utf8.set(memory as *mut c_char);
    }
    Ok((raw.utf8.get(), raw.utf8_length.get() as usize))
}
