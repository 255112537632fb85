//! `bytes` and `bytearray`.

use std::ffi::{CStr, c_char, c_int};

use pyrox_abi::{self as abi, PyBytesObject};
use pyrox_objects::bytes::common;
use pyrox_objects::object::{PyType, decref, xdecref};
use pyrox_objects::{Buffer, ByteArray, Bytes, List, Obj, Object, Owned, PyResult, Str, Thread, Tuple, codecs};

use crate::api::{bad_call, expect, length, pointer, present};
use crate::support::{Raw, give, status};
use crate::unicode::bytes_at;

fn chars(result: PyResult<*mut c_char>) -> *mut c_char {
    pointer(result)
}

/// The bytes object that an argument must be.
unsafe fn argument<'a>(thread: &Thread, object: Raw) -> PyResult<&'a Bytes> {
    // SAFETY: by the API's contract.
    let object = unsafe { present(thread, object) }?;
    object.cast::<Bytes>().ok_or_else(|| thread.type_error(&format!("expected bytes, {} found", object.ty().full_name())))
}

/// The bytes of what `PyBytes_FromObject` and its kin take.
fn collect(thread: &Thread, object: &Object) -> PyResult<Vec<u8>> {
    if pyrox_objects::buffer::is_buffer(object) {
        return pyrox_objects::buffer::bytes_of(thread, object);
    }
    let iterates = object.is_instance::<List>()
        || object.is_instance::<Tuple>()
        || (!object.is_instance::<Str>() && (object.ty().raw().tp_iter.get().is_some() || object.is_sequence()));
    if !iterates {
        return Err(thread.type_error(&format!("cannot convert '{}' object to bytes", object.ty().full_name())));
    }
    common::collect(thread, object, "bytes", "bytes must be in range(0, 256)")
}

/// The bytes of both, one after the other.
fn joined(thread: &Thread, a: &Object, b: &Object) -> PyResult<Vec<u8>> {
    let part = |object: &Object| match Buffer::simple(thread, object) {
        Ok(buffer) => Ok(buffer.as_slice().to_vec()),
        Err(_) => Err(thread.type_error(&format!("can't concat {} to {}", b.ty().full_name(), a.ty().full_name()))),
    };
    let mut all = part(a)?;
    all.extend(part(b)?);
    Ok(all)
}

unsafe fn concat(thread: &Thread, place: *mut Raw, more: Raw) -> PyResult<()> {
    // SAFETY: by the API's contract.
    unsafe {
        let old = *place;
        if old.is_null() {
            return Ok(());
        }
        let result = match Object::from_ptr_or_null(more) {
            Some(more) => joined(thread, Object::from_ptr(old), more).and_then(|all| Bytes::from_slice(thread, &all)),
            None => Err(pyrox_objects::Raised),
        };
        *place = std::ptr::null_mut();
        xdecref(old);
        *place = result?.into_raw();
        Ok(())
    }
}

crate::api! {
    /// New bytes; without contents the caller writes them.
    fn PyBytes_FromStringAndSize(thread; from: *const c_char, size: isize) -> Raw = give {
        let Ok(size) = usize::try_from(size) else {
            return Err(thread.system_error("Negative size passed to PyBytes_FromStringAndSize"));
        };
        if from.is_null() && size > 0 {
            return Bytes::uninit(thread, size).map(Owned::upcast);
        }
        Bytes::from_slice(thread, bytes_at(from, size)).map(Owned::upcast)
    }

    /// The bytes up to the NUL.
    fn PyBytes_FromString(thread; from: *const c_char) -> Raw = give {
        Bytes::from_slice(thread, CStr::from_ptr(from).to_bytes()).map(Owned::upcast)
    }

    /// Bytes of a buffer or of an iterable of ints.
    fn PyBytes_FromObject(thread; object: Raw) -> Raw = give {
        let Some(object) = Object::from_ptr_or_null(object) else { return Err(bad_call(thread)) };
        if object.is_exact::<Bytes>() {
            return Ok(object.own());
        }
        Bytes::from_slice(thread, &collect(thread, object)?).map(Owned::upcast)
    }

    /// How many bytes there are.
    fn PyBytes_Size(thread; bytes: Raw) -> isize = length { Ok(argument(thread, bytes)?.len() as isize) }
    /// Where the bytes lie.
    fn PyBytes_AsString(thread; bytes: Raw) -> *mut c_char = chars { Ok(argument(thread, bytes)?.data() as *mut c_char) }

    /// Where the bytes lie and how many; without a place for the number there must be no NUL among them.
    fn PyBytes_AsStringAndSize(thread; bytes: Raw, to: *mut *mut c_char, size: *mut isize) -> c_int = status {
        if to.is_null() {
            return Err(bad_call(thread));
        }
        let bytes = argument(thread, bytes)?;
        *to = bytes.data() as *mut c_char;
        if !size.is_null() {
            *size = bytes.len() as isize;
        } else if bytes.as_slice().contains(&0) {
            return Err(thread.value_error("embedded null byte"));
        }
        Ok(())
    }

    /// `repr(bytes)`, preferring single quotes unless `smart` allows others.
    fn PyBytes_Repr(thread; bytes: Raw, smart: c_int) -> Raw = give {
        let bytes = argument(thread, bytes)?.as_slice();
        let mut shown = common::quoted(bytes, false);
        if smart == 0 && shown.get(1) == Some(&b'"') {
            // Only single quotes are in there, which then need a backslash.
            let inner = &shown[2..shown.len() - 1];
            let escaped: Vec<u8> = inner.iter().flat_map(|&c| if c == b'\'' { vec![b'\\', c] } else { vec![c] }).collect();
            shown = [&b"b'"[..], &escaped, b"'"].concat();
        }
        Ok(Str::from_latin1(thread, &shown)?.upcast())
    }

    /// `*place += more`; null after an error.
    fn PyBytes_Concat(thread; place: *mut Raw, more: Raw) {
        let _ = concat(thread, place, more);
    }

    /// `*place += more`, taking the reference to `more`.
    fn PyBytes_ConcatAndDel(thread; place: *mut Raw, more: Raw) {
        let _ = concat(thread, place, more);
        xdecref(more);
    }

    /// `sep.join(iterable)`.
    fn PyBytes_Join(thread; sep: Raw, iterable: Raw) -> Raw = give {
        let sep = match Object::from_ptr_or_null(sep) {
            None => return Err(bad_call(thread)),
            Some(sep) => sep
                .cast::<Bytes>()
                .ok_or_else(|| thread.type_error(&format!("sep: expected bytes, got {}", crate::api::type_text(thread, sep))))?,
        };
        common::join(sep, thread, present(thread, iterable)?)
    }

    /// Change the length of bytes that nobody else has.
    fn _PyBytes_Resize(thread; place: *mut Raw, size: isize) -> c_int = status {
        let old = *place;
        let bytes = match Object::from_ptr_or_null(old).and_then(|object| object.cast::<Bytes>()) {
            Some(bytes) if size >= 0 => bytes,
            _ => {
                *place = std::ptr::null_mut();
                xdecref(old);
                return Err(bad_call(thread));
            }
        };
        let size = size as usize;
        if bytes.len() == size {
            return Ok(());
        }
        if bytes.len() == 0 || size == 0 {
            *place = std::ptr::null_mut();
            decref(old);
            *place = if size == 0 { Bytes::from_slice(thread, &[]) } else { Bytes::uninit(thread, size) }?.into_raw();
            return Ok(());
        }
        let hashed = (*(old as *const PyBytesObject)).ob_shash.get() != -1;
        if hashed || abi::refcnt(old) != 1 || !Object::from_ptr(old).is_exact::<Bytes>() {
            let fresh = Bytes::uninit(thread, size);
            if let Ok(fresh) = &fresh {
                std::ptr::copy_nonoverlapping(bytes.data(), fresh.data(), bytes.len().min(size));
            }
            *place = std::ptr::null_mut();
            decref(old);
            *place = fresh?.into_raw();
            return Ok(());
        }
        let memory = abi::reallocate(old as *mut u8, 33 + size);
        if memory.is_null() {
            *place = std::ptr::null_mut();
            decref(old);
            return Err(thread.no_memory());
        }
        let raw = &*(memory as *const PyBytesObject);
        raw.ob_base.ob_size.set(size as isize);
        raw.ob_shash.set(-1);
        *memory.add(32 + size) = 0;
        *place = memory as Raw;
        Ok(())
    }

    /// Decode the escapes of a bytes literal.
    fn PyBytes_DecodeEscape(
        thread; from: *const c_char, size: isize, errors: *const c_char, _unicode: isize, _encoding: *const c_char
    ) -> Raw = give {
        if size > isize::MAX - 64 {
            return Err(thread.overflow_error("byte string is too large"));
        }
        let errors = if errors.is_null() { None } else { Some(crate::support::text(errors)) };
        let decoded = codecs::decode_bytes_escape(thread, bytes_at(from, size.max(0) as usize), errors.as_deref())?;
        Bytes::from_slice(thread, &decoded).map(Owned::upcast)
    }

    /// Where bytes occur in others, `-1` if they do not; `offset` is added.
    fn _PyBytes_Find(hay: *const c_char, hay_size: isize, needle: *const c_char, size: isize, offset: isize) -> isize {
        let (hay, needle) = (bytes_at(hay, hay_size as usize), bytes_at(needle, size as usize));
        let found = if needle.is_empty() { Some(0) } else { hay.windows(needle.len()).position(|part| part == needle) };
        found.map_or(-1, |at| at as isize + offset)
    }

    /// Where bytes occur last in others, `-1` if they do not; `offset` is added.
    fn _PyBytes_ReverseFind(hay: *const c_char, hay_size: isize, needle: *const c_char, size: isize, offset: isize) -> isize {
        let (hay, needle) = (bytes_at(hay, hay_size as usize), bytes_at(needle, size as usize));
        let found = if needle.is_empty() { Some(hay.len()) } else { hay.windows(needle.len()).rposition(|part| part == needle) };
        found.map_or(-1, |at| at as isize + offset)
    }

    /// Fill memory with copies of bytes.
    fn _PyBytes_Repeat(to: *mut c_char, to_size: isize, from: *const c_char, size: isize) {
        let from = bytes_at(from, size.max(0) as usize);
        if from.is_empty() || to_size <= 0 {
            return;
        }
        let to = std::slice::from_raw_parts_mut(to as *mut u8, to_size as usize);
        to.iter_mut().zip(from.iter().cycle()).for_each(|(to, from)| *to = *from);
    }

    /// A bytearray; without contents the caller writes them.
    fn PyByteArray_FromStringAndSize(thread; from: *const c_char, size: isize) -> Raw = give {
        let Ok(size) = usize::try_from(size) else {
            return Err(thread.system_error("Negative size passed to PyByteArray_FromStringAndSize"));
        };
        if !from.is_null() {
            return ByteArray::from_slice(thread, bytes_at(from, size)).map(Owned::upcast);
        }
        let array = ByteArray::from_slice(thread, &[])?;
        array.resize(thread, size)?;
        Ok(array.upcast())
    }

    /// `bytearray(object)`.
    fn PyByteArray_FromObject(thread; object: Raw) -> Raw = give { ByteArray::ty().call(thread, &[present(thread, object)?]) }
    /// How many bytes there are.
    fn PyByteArray_Size(array: Raw) -> isize { (*(array as *const ByteArray)).len() as isize }
    /// Where the bytes lie.
    fn PyByteArray_AsString(array: Raw) -> *mut c_char { (*(array as *const ByteArray)).data() as *mut c_char }

    /// Change the length.
    fn PyByteArray_Resize(thread; array: Raw, size: isize) -> c_int = status {
        let array: &ByteArray = expect(thread, array)?;
        match usize::try_from(size) {
            Ok(size) => array.resize(thread, size),
            Err(_) => Err(thread.value_error(&format!("Can only resize to positive sizes, got {size}"))),
        }
    }

    /// A bytearray of the bytes of both.
    fn PyByteArray_Concat(thread; a: Raw, b: Raw) -> Raw = give {
        let all: Vec<u8> = joined(thread, present(thread, a)?, present(thread, b)?)?;
        let array: Obj = ByteArray::from_slice(thread, &all)?.upcast();
        Ok(array)
    }
}
