//! Asynchronous generators.

use std::ffi::c_void;

use pyrox_macros::pyclass;
use pyrox_objects::abi::{self, PyObject};
use pyrox_objects::{Head, Obj, ObjCell, Object, PyResult, PyType, Raised, Thread, Type, exceptions};

use super::Generator;
use super::awaitables::{Asend, Athrow};

type Raw = *mut PyObject;

/// An asynchronous generator.
#[repr(transparent)]
pub struct AsyncGenerator(Generator);

/// A value that an asynchronous generator yields, as its frame hands it out: so that it is told apart from what
/// the awaitables in it yield.
#[repr(C)]
pub struct WrappedValue {
    head: Head,
    value: ObjCell,
}

#[pyclass(name = "async_generator_wrapped_value", symbol = "_PyAsyncGenWrappedValue_Type", traverse = [value], dealloc = drop)]
impl WrappedValue {
    #[slot]
    fn tp_repr(&self) -> String {
        "<async_generator_wrapped_value>".into()
    }
}

/// Wrap a value for [`AsyncGenerator`]'s `yield`.
pub fn wrap(thread: &Thread, value: Obj) -> PyResult<Obj> {
    let made = WrappedValue { head: Head::unset(), value: ObjCell::new(Some(value)) };
    Ok(WrappedValue::ty().instantiate(thread, made)?.upcast())
}

/// What a step of a generator gave is one of its own values.
pub fn is_wrapped(object: &Object) -> bool {
    object.is_exact::<WrappedValue>()
}

impl AsyncGenerator {
    /// Whether an `asend` or `athrow` is under way.
    pub fn is_stepping(&self) -> bool {
        self.0.0.gi_running_async.get() != 0
    }

    pub fn set_stepping(&self, stepping: bool) {
        self.0.0.gi_running_async.set(stepping as _);
    }

    pub fn is_closed(&self) -> bool {
        self.0.0.gi_closed.get() != 0
    }

    pub fn set_closed(&self) {
        self.0.0.gi_closed.set(1);
    }

    pub fn has_ended(&self) -> bool {
        self.0.is_done()
    }

    pub fn generator(&self) -> &Generator {
        &self.0
    }

    /// What a step gave: a value of the generator becomes `StopIteration(value)`.
    pub fn unwrap(&self, thread: &Thread, result: PyResult<Obj>) -> PyResult<Obj> {
        match result {
            Err(Raised) => {
                if thread.raised_is(exceptions::stop_async_iteration()) || thread.raised_is(exceptions::generator_exit()) {
                    self.set_closed();
                }
                self.set_stepping(false);
                Err(Raised)
            }
            Ok(value) => match value.exact::<WrappedValue>() {
                Some(wrapped) => {
                    self.set_stepping(false);
                    let value = wrapped.value.get().unwrap_or_else(pyrox_objects::none);
                    Err(thread.stop_iteration(Some(&value)))
                }
                None => Ok(value),
            },
        }
    }

    /// Tell the hooks of `sys` of the first use.
    fn initialize_hooks(&self, thread: &Thread) -> PyResult<()> {
        let raw = &self.0.0;
        if raw.gi_hooks_inited.replace(1) != 0 {
            return Ok(());
        }
        let (first, finalizer) = crate::sys::asyncgen_hooks();
        if let Some(finalizer) = finalizer {
            let old = raw.gi_origin_or_finalizer.replace(finalizer.into_raw());
            // SAFETY: the generator owned it.
            unsafe { pyrox_objects::object::xdecref(old) };
        }
        match first {
            Some(first) => first.call(thread, &[self]).map(drop),
            None => Ok(()),
        }
    }
}

#[pyclass(name = "async_generator", symbol = "PyAsyncGen_Type", gc, basicsize = 152, itemsize = 8, weaklistoffset = 16)]
impl AsyncGenerator {
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
        self.0.shown("async_generator")
    }
    #[slot]
    fn am_aiter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn am_anext(&self, thread: &Thread) -> PyResult<Obj> {
        self.initialize_hooks(thread)?;
        Asend::make(thread, self, pyrox_objects::none_ref())
    }
    /// asend(v) -> send 'v' in generator.
    #[method(sig = "(value, /)", text = "")]
    fn asend(&self, thread: &Thread, value: &Object) -> PyResult<Obj> {
        self.initialize_hooks(thread)?;
        Asend::make(thread, self, value)
    }
    /// athrow(value)
    /// athrow(type[,value[,tb]])
    ///
    /// raise exception in generator.
    /// The (type, val, tb) signature is deprecated, and may be removed in a future version of Python.
    #[method(sig = "(type, value=<unset>, traceback=<unset>, /)", text = "")]
    fn athrow(&self, thread: &Thread, ty: &Object, value: Option<&Object>, traceback: Option<&Object>) -> PyResult<Obj> {
        super::warn_of_old_throw(thread, value, traceback, "athrow")?;
        self.initialize_hooks(thread)?;
        Athrow::make(thread, self, Some((ty, value, traceback)))
    }
    /// aclose() -> raise GeneratorExit inside generator.
    #[method(text = "")]
    fn aclose(&self, thread: &Thread) -> PyResult<Obj> {
        self.initialize_hooks(thread)?;
        Athrow::make(thread, self, None)
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
    /// name of the async generator
    #[getter]
    fn __name__(&self) -> Option<Obj> {
        self.0.name()
    }
    #[setter(name = "__name__")]
    fn set_name(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        self.0.text_field(thread, &self.0.0.gi_name, value, "__name__")
    }
    /// qualified name of the async generator
    #[getter]
    fn __qualname__(&self) -> Option<Obj> {
        self.0.qualname()
    }
    #[setter(name = "__qualname__")]
    fn set_qualname(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        self.0.text_field(thread, &self.0.0.gi_qualname, value, "__qualname__")
    }
    /// object being awaited on, or None
    #[getter]
    fn ag_await(&self) -> Option<Obj> {
        self.0.delegate()
    }
    #[getter]
    fn ag_code(&self) -> Obj {
        self.0.code()
    }
    #[getter]
    fn ag_running(&self) -> bool {
        self.is_stepping()
    }
    #[getter]
    fn ag_suspended(&self) -> bool {
        self.0.is_suspended()
    }
    #[getter]
    fn ag_frame(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        self.0.frame_object(thread)
    }
}
