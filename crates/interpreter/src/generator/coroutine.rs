//! Coroutines, and what `await` does with other objects.

use std::ffi::c_void;

use pyrox_macros::pyclass;
use pyrox_objects::abi::{self, PyObject};
use pyrox_objects::{Head, Int, Obj, ObjCell, Object, PyResult, PyType, Str, Thread, Tuple, Type, exceptions, intern};

use super::Generator;
use crate::frame::Frame;

type Raw = *mut PyObject;

/// A coroutine.
#[repr(transparent)]
pub struct Coroutine(Generator);

/// `cr_origin`: (file, line, function) of the callers, as many as `sys` says to note.
pub fn origin(thread: &Thread, mut frame: *mut Frame) -> PyResult<Option<Obj>> {
    let depth = crate::sys::origin_depth();
    if depth <= 0 {
        return Ok(None);
    }
    let mut rows = Vec::new();
    // SAFETY: the chain of running frames.
    while let Some(current) = unsafe { frame.as_ref() }.filter(|_| rows.len() < depth as usize) {
        let code = current.code();
        let line = Int::from(code.line_at(current.offset()).unwrap_or(0) as i64).upcast();
        let row = vec![(**code.filename()).own(), line, (**code.name()).own()];
        rows.push(Tuple::from_vec(thread, row)?.upcast());
        frame = current.previous();
    }
    Ok(Some(Tuple::from_vec(thread, rows)?.upcast()))
}

/// Warn of a coroutine that dies before it ran.
pub fn warn_never_awaited(thread: &Thread, coroutine: &Generator) {
    let warn = || -> PyResult<()> {
        if let Ok(warnings) = crate::import::import_module(thread, "warnings") {
            if let Some(function) = warnings.lookup_attr(thread, intern!("_warn_unawaited_coroutine"))? {
                return function.call(thread, &[coroutine]).map(drop);
            }
        }
        thread.set_raised(None);
        let name = coroutine.qualname().unwrap_or_else(pyrox_objects::none).str(thread)?;
        crate::warnings::warn_native(
            thread,
            exceptions::runtime_warning(),
            &format!("coroutine '{}' was never awaited", name.to_string_lossy()),
        )
    };
    if warn().is_err() {
        pyrox_objects::unraisable::write(thread, Some("Exception ignored while finalizing coroutine "), Some(coroutine));
    }
}

/// What `await object` iterates.
///
/// # Errors
/// `TypeError` for what cannot be awaited, and whatever `__await__` raises.
pub fn awaitable_iterator(thread: &Thread, object: &Object) -> PyResult<Obj> {
    if Generator::of(object).is_some_and(Generator::is_awaitable) {
        return Ok(object.own());
    }
    let Some(result) = object.call_special(thread, intern!("__await__"), &[])? else {
        return Err(thread.type_error(&format!("'{}' object can't be awaited", object.ty().full_name())));
    };
    if Generator::of(&result).is_some_and(Generator::is_awaitable) {
        return Err(thread.type_error("__await__() returned a coroutine"));
    }
    if !result.is_iterator() {
        return Err(thread.type_error(&format!("__await__() returned non-iterator of type '{}'", result.ty().full_name())));
    }
    Ok(result)
}

/// `GET_AWAITABLE`; `place` is 1 after `__aenter__`, 2 after `__aexit__`.
pub fn get_awaitable(thread: &Thread, object: &Object, place: u32) -> PyResult<Obj> {
    let iterator = match awaitable_iterator(thread, object) {
        Ok(iterator) => iterator,
        Err(raised) => {
            let lacks = place != 0 && object.ty().lookup(intern!("__await__")).is_none();
            if lacks && thread.take_if(exceptions::type_error()) {
                let method = if place == 1 { "__aenter__" } else { "__aexit__" };
                return Err(thread.type_error(&format!(
                    "'async with' received an object from {method} that does not implement __await__: {}",
                    object.ty().full_name()
                )));
            }
            return Err(raised);
        }
    };
    if let Some(coroutine) = Generator::of(&iterator).filter(|_| iterator.is_exact::<Coroutine>()) {
        if coroutine.is_delegating() {
            return Err(thread.runtime_error("coroutine is being awaited already"));
        }
    }
    Ok(iterator)
}

/// `GET_AITER`.
pub fn get_async_iterator(thread: &Thread, object: &Object) -> PyResult<Obj> {
    let Some(iterator) = object.call_special(thread, intern!("__aiter__"), &[])? else {
        let message = format!("'async for' requires an object with __aiter__ method, got {}", object.ty().full_name());
        return Err(thread.type_error(&message));
    };
    if iterator.ty().lookup(intern!("__anext__")).is_none() {
        return Err(thread.type_error(&format!(
            "'async for' received an object from __aiter__ that does not implement __anext__: {}",
            iterator.ty().full_name()
        )));
    }
    Ok(iterator)
}

/// `GET_ANEXT`.
pub fn get_async_next(thread: &Thread, iterator: &Object) -> PyResult<Obj> {
    let Some(next) = iterator.call_special(thread, intern!("__anext__"), &[])? else {
        let message = format!("'async for' requires an iterator with __anext__ method, got {}", iterator.ty().full_name());
        return Err(thread.type_error(&message));
    };
    if iterator.is_exact::<super::async_generator::AsyncGenerator>() {
        return Ok(next);
    }
    awaitable_iterator(thread, &next).map_err(|_| {
        let message = format!("'async for' received an invalid object from __anext__: {}", next.ty().full_name());
        thread.error_from_cause(exceptions::type_error(), &message)
    })
}

#[pyclass(name = "coroutine", symbol = "PyCoro_Type", gc, basicsize = 152, itemsize = 8, weaklistoffset = 16)]
impl Coroutine {
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe { Generator::deallocate(object) }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
        // SAFETY: by contract.
        unsafe { Generator::visit(object, visit, data) }
    }
    #[slot]
    fn tp_finalize(&self, thread: &Thread) {
        self.0.finalize(thread);
    }
    #[slot]
    fn tp_repr(&self) -> String {
        self.0.shown("coroutine")
    }
    #[slot]
    fn am_await(&self, thread: &Thread) -> PyResult<Obj> {
        let wrapper = Wrapper { head: Head::unset(), coroutine: ObjCell::new(Some((**self).own())) };
        Ok(Wrapper::ty().instantiate(thread, wrapper)?.upcast())
    }
    /// send(arg) -> send 'arg' into coroutine,
    /// return next iterated value or raise StopIteration.
    #[method(sig = "(value, /)", text = "")]
    fn send(&self, thread: &Thread, value: &Object) -> PyResult<Obj> {
        self.0.send_value(thread, value)
    }
    /// throw(value)
    /// throw(type[,value[,traceback]])
    ///
    /// Raise exception in coroutine, return next iterated value or raise StopIteration.
    /// The (type, val, tb) signature is deprecated, and may be removed in a future version of Python.
    #[method(sig = "(type, value=<unset>, traceback=<unset>, /)", text = "")]
    fn throw(&self, thread: &Thread, ty: &Object, value: Option<&Object>, traceback: Option<&Object>) -> PyResult<Obj> {
        super::warn_of_old_throw(thread, value, traceback, "throw")?;
        self.0.throw_arguments(thread, ty, value, traceback, true)
    }
    /// close() -> raise GeneratorExit inside coroutine.
    #[method(text = "")]
    fn close(&self, thread: &Thread) -> PyResult<Obj> {
        self.0.close_frame(thread)
    }
    #[method]
    fn __sizeof__(&self) -> usize {
        self.0.size()
    }
    /// See PEP 585
    #[classmethod(sig = "(object, /)")]
    fn __class_getitem__(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
        pyrox_objects::generic_alias::new(thread, cls, object)
    }
    /// name of the coroutine
    #[getter]
    fn __name__(&self) -> Option<Obj> {
        self.0.name()
    }
    #[setter(name = "__name__")]
    fn set_name(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        self.0.text_field(thread, &self.0.0.gi_name, value, "__name__")
    }
    /// qualified name of the coroutine
    #[getter]
    fn __qualname__(&self) -> Option<Obj> {
        self.0.qualname()
    }
    #[setter(name = "__qualname__")]
    fn set_qualname(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        self.0.text_field(thread, &self.0.0.gi_qualname, value, "__qualname__")
    }
    #[getter]
    fn cr_code(&self) -> Obj {
        self.0.code()
    }
    #[getter]
    fn cr_running(&self) -> bool {
        self.0.is_running()
    }
    #[getter]
    fn cr_suspended(&self) -> bool {
        self.0.is_suspended()
    }
    /// object being awaited on, or None
    #[getter]
    fn cr_await(&self) -> Option<Obj> {
        self.0.delegate()
    }
    #[getter]
    fn cr_frame(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        self.0.frame_object(thread)
    }
    #[getter]
    fn cr_origin(&self) -> Option<Obj> {
        // SAFETY: null or an object that the coroutine owns.
        unsafe { Object::from_ptr_or_null(self.0.0.gi_origin_or_finalizer.get()) }.map(Object::own)
    }
}

/// What `coroutine.__await__()` gives.
#[repr(C)]
pub struct Wrapper {
    head: Head,
    coroutine: ObjCell,
}

impl Wrapper {
    fn with<T>(&self, thread: &Thread, work: impl FnOnce(&Generator) -> PyResult<T>) -> PyResult<T> {
        let coroutine = self.coroutine.get();
        match coroutine.as_ref().and_then(|c| Generator::of(c)) {
            Some(coroutine) => work(coroutine),
            None => Err(thread.runtime_error("cannot reuse already awaited coroutine")),
        }
    }
}

/// A wrapper object implementing __await__ for coroutines.
#[pyclass(name = "coroutine_wrapper", symbol = "_PyCoroWrapper_Type", traverse = [coroutine], dealloc = drop)]
impl Wrapper {
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        self.with(thread, |coroutine| coroutine.send_value(thread, pyrox_objects::none_ref()).map(Some))
    }
    /// send(arg) -> send 'arg' into coroutine
    /// return next iterated value or raise StopIteration.
    #[method(sig = "(value, /)", text = "")]
    fn send(&self, thread: &Thread, value: &Object) -> PyResult<Obj> {
        self.with(thread, |coroutine| coroutine.send_value(thread, value))
    }
    /// throw(value)
    /// throw(type[,value[,traceback]])
    ///
    /// Raise exception in coroutine, return next iterated value or raise StopIteration.
    #[method(sig = "(type, value=<unset>, traceback=<unset>, /)", text = "")]
    fn throw(&self, thread: &Thread, ty: &Object, value: Option<&Object>, traceback: Option<&Object>) -> PyResult<Obj> {
        super::warn_of_old_throw(thread, value, traceback, "throw")?;
        self.with(thread, |coroutine| coroutine.throw_arguments(thread, ty, value, traceback, true))
    }
    /// close() -> raise GeneratorExit inside coroutine.
    #[method(text = "")]
    fn close(&self, thread: &Thread) -> PyResult<Obj> {
        self.with(thread, |coroutine| coroutine.close_frame(thread))
    }
}

/// The text of a name field.
pub(super) fn name_text(name: Option<Obj>) -> String {
    name.and_then(|n| n.downcast::<Str>().ok()).map(|n| n.to_string()).unwrap_or_default()
}
