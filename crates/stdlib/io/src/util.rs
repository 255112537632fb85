//! What the classes of this crate share: argument conversions, errors, the life cycle of a stream.

use std::cell::Cell;
use std::ffi::c_void;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyrox_abi as abi;
use pyrox_abi::PyObject;
use pyrox_objects::native::{Raw, Traverse, dealloc_drop};
use pyrox_objects::object::Head;
use pyrox_objects::{
    Buffer, Bytes, Dict, Int, Obj, ObjCell, Object, Owned, PyResult, PyType, Raised, Str, Thread, Tuple, Type, exceptions, intern,
};

/// The size of buffers that nobody chose.
pub const DEFAULT_BUFFER_SIZE: usize = 128 * 1024;

/// What every stream object begins with: head, instance dict, weak references.
#[repr(C)]
pub struct Base {
    head: Head,
    pub dict: ObjCell,
    weak: Cell<Raw>,
}

impl Base {
    pub const fn new() -> Base {
        Base { head: Head::unset(), dict: ObjCell::empty(), weak: Cell::new(std::ptr::null_mut()) }
    }
}

/// Where [`Base`] keeps the instance dict.
pub const DICT_OFFSET: isize = 16;
/// Where [`Base`] keeps the weak references.
pub const WEAK_OFFSET: isize = 24;
const _: () = assert!(std::mem::offset_of!(Base, dict) == 16 && std::mem::offset_of!(Base, weak) == 24);

impl Traverse for Base {
    unsafe fn traverse(&self, visit: abi::visitproc, data: *mut c_void) -> i32 {
        // SAFETY: by contract.
        unsafe { self.dict.traverse(visit, data) }
    }

    fn clear(&self) {
        self.dict.take();
    }
}

/// `tp_dealloc` of streams: close by the finalizer, then drop the struct.
///
/// # Safety
/// A `tp_dealloc` contract; `T` is the type's struct.
pub unsafe fn dealloc_stream<T: PyType>(object: Raw) {
    // SAFETY: by contract. A finalizer that already ran (for a subclass) is not run again.
    unsafe {
        if pyrox_objects::gc::call_finalizer(object) {
            dealloc_drop::<T>(object);
        }
    }
}

static UNSUPPORTED: AtomicPtr<PyObject> = AtomicPtr::new(std::ptr::null_mut());

/// The class `io.UnsupportedOperation`, made at the first use.
pub fn unsupported_operation(thread: &Thread) -> PyResult<&'static Object> {
    if UNSUPPORTED.load(Ordering::Acquire).is_null() {
        let bases = Tuple::from_slice(thread, &[exceptions::os_error(), exceptions::value_error()])?;
        let dict = Dict::new(thread)?;
        dict.set_text(thread, "__module__", &*Str::from_str(thread, "io")?)?;
        let class = Type::type_type().call(thread, &[&*Str::from_str(thread, "UnsupportedOperation")?, &bases, &dict])?;
        UNSUPPORTED.store(class.into_raw(), Ordering::Release);
    }
    // SAFETY: made once and kept for ever.
    Ok(unsafe { Object::from_ptr(UNSUPPORTED.load(Ordering::Acquire)) })
}

/// Raise `UnsupportedOperation`.
#[cold]
pub fn unsupported(thread: &Thread, message: &str) -> Raised {
    match unsupported_operation(thread) {
        Ok(class) => match class.cast::<Type>() {
            Some(class) => thread.error(class, message),
            None => thread.value_error(message),
        },
        Err(raised) => raised,
    }
}

#[cold]
pub fn closed_file(thread: &Thread) -> Raised {
    thread.value_error("I/O operation on closed file.")
}

#[cold]
pub fn uninitialized(thread: &Thread) -> Raised {
    thread.value_error("I/O operation on uninitialized object")
}

/// A size that `None` (or nothing) leaves at `default`.
pub fn optional_size(thread: &Thread, size: Option<&Object>, default: isize) -> PyResult<isize> {
    match size {
        None => Ok(default),
        Some(size) if size.is_none() => Ok(default),
        Some(size) if size.has_index() => size.as_isize(thread),
        Some(size) => Err(thread.type_error(&format!("argument should be integer or None, not '{}'", size.ty().name()))),
    }
}

/// A file offset.
pub fn offset(thread: &Thread, object: &Object, error: Option<&Type>) -> PyResult<i64> {
    let value = object.index(thread)?;
    value.to_i64().ok_or_else(|| {
        let error = error.unwrap_or(exceptions::overflow_error());
        thread.error(error, &format!("cannot fit '{}' into an offset-sized integer", object.ty().name()))
    })
}

/// An argument that is a `str` or `None`.
pub fn optional_text<'a>(thread: &Thread, function: &str, name: &str, value: Option<&'a Object>) -> PyResult<Option<&'a Str>> {
    let Some(value) = value.filter(|v| !v.is_none()) else { return Ok(None) };
    let Some(text) = value.cast::<Str>() else {
        return Err(thread.type_error(&format!("{function}() argument '{name}' must be str or None, not {}", type_name(value))));
    };
    if text.chars().any(|c| c == 0) {
        return Err(thread.value_error("embedded null character"));
    }
    Ok(Some(text))
}

/// A type's name as argument errors show it.
pub fn type_name(value: &Object) -> String {
    if value.is_none() { "None".to_string() } else { value.ty().name().to_string() }
}

/// A buffer argument that is written to, with the message of argument parsing.
pub fn writable_argument(thread: &Thread, function: &str, object: &Object) -> PyResult<Buffer> {
    match Buffer::get(thread, object, abi::PyBUF_WRITABLE) {
        Ok(buffer) => Ok(buffer),
        Err(_) => {
            thread.set_raised(None);
            Err(thread.type_error(&format!("{function}() argument 1 must be read-write bytes-like object, not {}", type_name(object))))
        }
    }
}

/// Run what signal handlers wait for; then a call that was interrupted is tried again.
pub fn check_signals(thread: &Thread) -> PyResult<()> {
    if thread.interrupts.get() != 0 { pyrox_interpreter::interrupts::handle(thread) } else { Ok(()) }
}

/// Whether the raised exception is `EINTR`'s, which it then no longer is: the call is to be repeated.
pub fn trap_eintr(thread: &Thread) -> bool {
    let found = thread.raised().and_then(|e| e.cast::<exceptions::OsError>()).and_then(|e| e.errno());
    if found.and_then(|n| n.cast::<Int>().and_then(Int::to_i64)) == Some(libc::EINTR as i64) {
        thread.set_raised(None);
        return true;
    }
    false
}

/// Call a method without arguments, and again while it is interrupted.
pub fn call_retrying(thread: &Thread, object: &Object, name: &Str, arguments: &[&Object]) -> PyResult<Obj> {
    loop {
        match object.call_method(thread, name, arguments) {
            Err(_) if trap_eintr(thread) => check_signals(thread)?,
            other => return other,
        }
    }
}

/// `object.closed` as a truth value.
pub fn is_closed(thread: &Thread, object: &Object) -> PyResult<bool> {
    object.getattr(thread, intern!("closed"))?.is_true(thread)
}

/// `ValueError` if `object.closed` is true.
pub fn check_closed(thread: &Thread, object: &Object) -> PyResult<()> {
    if is_closed(thread, object)? { Err(closed_file(thread)) } else { Ok(()) }
}

fn check_ability(thread: &Thread, object: &Object, name: &Str, message: &str) -> PyResult<()> {
    let result = object.call_method(thread, name, &[])?;
    if result.is(pyrox_objects::bool_ref(true)) { Ok(()) } else { Err(unsupported(thread, message)) }
}

pub fn check_readable(thread: &Thread, object: &Object) -> PyResult<()> {
    check_ability(thread, object, intern!("readable"), "File or stream is not readable.")
}

pub fn check_writable(thread: &Thread, object: &Object) -> PyResult<()> {
    check_ability(thread, object, intern!("writable"), "File or stream is not writable.")
}

pub fn check_seekable(thread: &Thread, object: &Object) -> PyResult<()> {
    check_ability(thread, object, intern!("seekable"), "File or stream is not seekable.")
}

/// The answer to pickling.
#[cold]
pub fn no_pickling(thread: &Thread, object: &Object) -> Raised {
    thread.type_error(&format!("cannot pickle '{}' instances", object.ty().name()))
}

/// `finish` in any case, after `result`; an error of `result` becomes the context of one of `finish`.
pub fn chain(thread: &Thread, first: Option<Obj>, result: PyResult<Obj>) -> PyResult<Obj> {
    let Some(first) = first else { return result };
    match result {
        Ok(_) => Err(thread.reraise(first)),
        Err(raised) => {
            if let Some(second) = thread.take_raised() {
                if !second.is(&first) {
                    exceptions::set_context_without_cycle(&second, &first);
                }
                thread.set_raised(Some(second));
            }
            Err(raised)
        }
    }
}

/// `ResourceWarning: unclosed file ...`, from a finalizer.
pub fn warn_unclosed(thread: &Thread, source: &Object) {
    thread.aside(|| {
        let warned = source.repr(thread).and_then(|repr| {
            let message = format!("unclosed file {}", repr.to_string_lossy());
            pyrox_objects::hooks::warn(thread, exceptions::resource_warning(), &message)
        });
        if warned.is_err() {
            // Warnings that are errors surface where nobody can catch them.
            if thread.raised_is(exceptions::warning()) {
                pyrox_objects::unraisable::write(thread, None, Some(source));
            }
            thread.set_raised(None);
        }
    });
}

/// The bytes of a `bytes` result, or an error that names what came.
pub fn expect_bytes<'a>(thread: &Thread, object: &'a Object, function: &str, error: &Type) -> PyResult<&'a Bytes> {
    object
        .cast::<Bytes>()
        .ok_or_else(|| thread.error(error, &format!("{function} should have returned a bytes object, not '{}'", object.ty().name())))
}

/// An integer object.
pub fn int(value: i64) -> Obj {
    Int::from(value).upcast()
}

/// Text of an owned handle that is known to be a string.
pub fn as_str(object: Obj) -> Option<Owned<Str>> {
    object.downcast::<Str>().ok()
}
