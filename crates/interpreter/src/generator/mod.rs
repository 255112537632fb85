//! Generators: a frame that is suspended and resumed. Layout: `PyGenObject`, the frame within.
//!
//! Coroutines and asynchronous generators have the same layout and share this machinery; their types and the
//! awaitables around them are in `coroutine.rs`, `async_generator.rs` and `awaitables.rs`.

pub mod async_generator;
pub(crate) mod awaitables;
pub mod coroutine;

use std::ffi::c_void;

use pyrox_macros::pyclass;
use pyrox_objects::abi::{self, PyGenObject, PyObject};
use pyrox_objects::exceptions;
use pyrox_objects::object::xdecref;
use pyrox_objects::{Obj, Object, Owned, PyResult, PyType, Raised, Str, Thread};

use pyrox_compiler::code::flags;

use crate::eval;
use crate::frame::{Frame, OWNED_BY_GENERATOR};
use crate::stackref::Ref;

type Raw = *mut PyObject;

/// A generator.
#[repr(transparent)]
pub struct Generator(PyGenObject);

const CREATED: i8 = -3;
const SUSPENDED: i8 = -2;
const SUSPENDED_YIELD_FROM: i8 = -1;
const EXECUTING: i8 = 0;
const COMPLETED: i8 = 1;
const CLEARED: i8 = 4;

/// Which of the three a generator object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Generator,
    Coroutine,
    AsyncGenerator,
}

impl Kind {
    /// What a code object with these flags makes.
    pub fn of_flags(code_flags: u32) -> Kind {
        if code_flags & flags::COROUTINE != 0 {
            Kind::Coroutine
        } else if code_flags & flags::ASYNC_GENERATOR != 0 {
            Kind::AsyncGenerator
        } else {
            Kind::Generator
        }
    }

    /// The word for it in messages.
    pub fn noun(self) -> &'static str {
        match self {
            Kind::Generator => "generator",
            Kind::Coroutine => "coroutine",
            Kind::AsyncGenerator => "async generator",
        }
    }
}

impl Generator {
    /// A generator, coroutine or asynchronous generator.
    #[inline]
    pub fn of(object: &Object) -> Option<&Generator> {
        let ty = object.type_ptr();
        let known = std::ptr::eq(ty, Generator::TYPE)
            || std::ptr::eq(ty, coroutine::Coroutine::TYPE)
            || std::ptr::eq(ty, async_generator::AsyncGenerator::TYPE);
        // SAFETY: the three have one layout.
        known.then(|| unsafe { &*(object.as_ptr() as *const Generator) })
    }

    /// Which of the three this is.
    pub fn kind(&self) -> Kind {
        // SAFETY: a generator's frame keeps its code until the generator dies.
        Kind::of_flags(unsafe { (*self.frame()).code() }.flags())
    }

    /// Whether `await` takes it as it is: a coroutine, or a generator marked by `types.coroutine`.
    pub fn is_awaitable(&self) -> bool {
        // SAFETY: as above.
        unsafe { (*self.frame()).code() }.has_flag(flags::COROUTINE | flags::ITERABLE_COROUTINE)
    }

    /// It is suspended in an `await` or `yield from`.
    pub fn is_delegating(&self) -> bool {
        self.0.gi_frame_state.get() == SUSPENDED_YIELD_FROM
    }

    /// Make a generator of the running frame, which moves into it; the frame's place on the stack is the
    /// caller's to give back.
    ///
    /// # Safety
    /// The frame is not used as a running one afterwards.
    pub unsafe fn from_frame(thread: &Thread, frame: &Frame) -> PyResult<Owned<Generator>> {
        let code = frame.code();
        let kind = Kind::of_flags(code.flags());
        let ty = match kind {
            Kind::Generator => Generator::ty(),
            Kind::Coroutine => coroutine::Coroutine::ty(),
            Kind::AsyncGenerator => async_generator::AsyncGenerator::ty(),
        };
        let origin = match kind {
            Kind::Coroutine => coroutine::origin(thread, frame.previous())?,
            _ => None,
        };
        let made = ty.allocate_untracked(thread, code.local_count() + code.raw().co_stacksize.get() as usize)?;
        // SAFETY: fresh, with room for the frame.
        unsafe {
            let generator: Owned<Generator> = made.cast_unchecked();
            // The allocation counted its items where a generator has its weak references.
            generator.0.gi_weakreflist.set(std::ptr::null_mut());
            let own = generator.frame();
            let words = (frame.raw().stackpointer.get() as usize - frame as *const Frame as usize) / 8;
            std::ptr::copy_nonoverlapping(frame as *const Frame as *const usize, own as *mut usize, words);
            let moved = &*own;
            moved.raw().owner.set(OWNED_BY_GENERATOR as _);
            moved.set_previous(std::ptr::null_mut());
            moved.raw().stackpointer.set(moved.stack_base() as *mut usize);
            let object = moved.raw().frame_obj.get();
            if !object.is_null() {
                (*object).f_frame.set(own as *mut _);
            }
            let raw = &generator.0;
            raw.gi_frame_state.set(CREATED);
            raw.gi_origin_or_finalizer.set(origin.map_or(std::ptr::null_mut(), Obj::into_raw));
            if let Some(function) = moved.function() {
                raw.gi_name.set(function.name().into_raw());
                raw.gi_qualname.set(function.qualname().into_raw());
            }
            pyrox_objects::gc::track(generator.as_ptr());
            Ok(generator)
        }
    }

    #[inline(always)]
    pub fn frame(&self) -> *mut Frame {
        &raw const self.0.gi_iframe as *mut Frame
    }

    /// The generator whose frame this is.
    ///
    /// # Safety
    /// The frame's owner is a generator.
    pub unsafe fn of_frame<'a>(frame: *const Frame) -> &'a Generator {
        // SAFETY: by contract.
        unsafe { &*((frame as *const u8).sub(std::mem::offset_of!(PyGenObject, gi_iframe)) as *const Generator) }
    }

    pub fn suspend(&self, yield_from: bool) {
        self.0.gi_frame_state.set(if yield_from { SUSPENDED_YIELD_FROM } else { SUSPENDED });
        // The handled exception of the generator is its own.
    }

    /// A generator or coroutine, which the evaluation loop resumes itself.
    #[inline(always)]
    pub fn of_plain(object: &Object) -> Option<&Generator> {
        let ty = object.type_ptr();
        // SAFETY: the two have one layout.
        (std::ptr::eq(ty, Generator::TYPE) || std::ptr::eq(ty, coroutine::Coroutine::TYPE))
            .then(|| unsafe { &*(object.as_ptr() as *const Generator) })
    }

    /// It is suspended, or has not begun.
    #[inline(always)]
    pub fn can_be_entered(&self) -> bool {
        self.0.gi_frame_state.get() < EXECUTING
    }

    /// It has not begun.
    pub fn is_fresh(&self) -> bool {
        self.0.gi_frame_state.get() == CREATED
    }

    /// Begin a step in the running loop: gives the frame to go on with, the sent value on its stack.
    ///
    /// # Safety
    /// It can be entered; its reference is held until [`Generator::leave`] or its end.
    #[inline(always)]
    pub unsafe fn enter(&self, thread: &Thread, value: Ref) -> *mut Frame {
        let frame = self.frame();
        // SAFETY: a suspended frame of ours.
        unsafe {
            let sp = (*frame).raw().stackpointer.get() as *mut Ref;
            *sp = value;
            (*frame).raw().stackpointer.set(sp.add(1) as *mut usize);
        }
        self.0.gi_frame_state.set(EXECUTING);
        // The generator's handled exception goes on top of the caller's.
        let item = &self.0.gi_exc_state;
        item.previous_item.set(thread.state.exc_info.get());
        thread.state.exc_info.set(item as *const _ as *mut _);
        frame
    }

    /// End a step in the running loop by a `yield`.
    #[inline(always)]
    pub fn leave(&self, thread: &Thread, yield_from: bool) {
        self.unlink_handled(thread);
        self.suspend(yield_from);
        // SAFETY: a frame of ours.
        unsafe { (*self.frame()).set_previous(std::ptr::null_mut()) };
    }

    /// Take the generator's handled exception off the thread's chain.
    #[inline(always)]
    pub fn unlink_handled(&self, thread: &Thread) {
        thread.state.exc_info.set(self.0.gi_exc_state.previous_item.replace(std::ptr::null_mut()));
    }

    fn is_done(&self) -> bool {
        self.0.gi_frame_state.get() >= COMPLETED
    }

    /// Resume with a value, or with the raised exception if `throw`.
    /// `Ok(Ok(value))` was yielded, `Ok(Err(value))` returned.
    pub fn resume(&self, thread: &Thread, value: Option<&Object>, throw: bool) -> PyResult<Result<Obj, Obj>> {
        let state = self.0.gi_frame_state.get();
        if state == EXECUTING {
            return Err(thread.value_error(&format!("{} already executing", self.kind().noun())));
        }
        if state >= COMPLETED {
            if self.kind() == Kind::Coroutine {
                return Err(thread.runtime_error("cannot reuse already awaited coroutine"));
            }
            if throw {
                return Err(Raised);
            }
            return Ok(Err(pyrox_objects::none()));
        }
        if state == CREATED && value.is_some_and(|v| !v.is_none()) {
            return Err(thread.type_error(&format!("can't send non-None value to a just-started {}", self.kind().noun())));
        }
        let left = thread.state.py_recursion_remaining.get() - 1;
        if left < 0 {
            return Err(thread.recursion_error("maximum recursion depth exceeded"));
        }
        // The loop gives it back when the frame ends.
        thread.state.py_recursion_remaining.set(left);
        let frame = self.frame();
        // SAFETY: a suspended frame of ours; the generator is held by the caller.
        unsafe {
            let _held = (**self).own();
            let sp = (*frame).raw().stackpointer.get() as *mut Ref;
            if !(throw && state == CREATED) {
                *sp = Ref::new(value.map_or_else(pyrox_objects::none, Object::own));
                (*frame).raw().stackpointer.set(sp.add(1) as *mut usize);
            }
            self.0.gi_frame_state.set(EXECUTING);
            // The generator's handled exception goes on top of the caller's.
            let item = &self.0.gi_exc_state;
            item.previous_item.set(thread.state.exc_info.get());
            thread.state.exc_info.set(item as *const _ as *mut _);
            let result = eval::run(thread, frame, throw);
            thread.state.exc_info.set(item.previous_item.replace(std::ptr::null_mut()));
            match result {
                Ok(value) if self.0.gi_frame_state.get() < EXECUTING => {
                    thread.state.py_recursion_remaining.set(thread.state.py_recursion_remaining.get() + 1);
                    Ok(Ok(value))
                }
                Ok(value) => {
                    self.finish();
                    Ok(Err(value))
                }
                Err(raised) => {
                    self.finish();
                    Err(raised)
                }
            }
        }
    }

    /// The frame has been cleared by the evaluation loop.
    pub fn finish(&self) {
        self.0.gi_frame_state.set(CLEARED);
        let item = self.0.gi_exc_state.exc_value.replace(std::ptr::null_mut());
        // SAFETY: the generator owned it.
        unsafe { xdecref(item) };
    }

    /// What `yield from` delegates to.
    fn delegate(&self) -> Option<Obj> {
        if self.0.gi_frame_state.get() != SUSPENDED_YIELD_FROM {
            return None;
        }
        // SAFETY: a suspended frame; the iterator is on top of its stack.
        unsafe {
            let sp = (*self.frame()).raw().stackpointer.get() as *mut Ref;
            Some((*sp.sub(1)).object().own())
        }
    }

    /// Throw the raised exception into the generator. `close_delegate`: a `GeneratorExit` closes what it
    /// delegates to, instead of being thrown into it.
    fn throw_raised(&self, thread: &Thread, close_delegate: bool) -> PyResult<Result<Obj, Obj>> {
        if let Some(inner) = self.delegate() {
            thread.check_stack("")?;
            let exception = thread.take_raised();
            if close_delegate && exception.as_ref().is_some_and(|e| e.is_instance_of(exceptions::generator_exit())) {
                self.0.gi_frame_state.set(EXECUTING);
                let closed = close_iterator(thread, &inner);
                self.0.gi_frame_state.set(SUSPENDED_YIELD_FROM);
                if closed.is_ok() {
                    thread.set_raised(exception);
                }
                return self.resume(thread, None, true);
            }
            let Some(exception) = exception else { return Err(Raised) };
            let outcome = match Generator::of(&inner) {
                Some(generator) => {
                    self.0.gi_frame_state.set(EXECUTING);
                    thread.set_raised(Some(exception));
                    let outcome = generator.throw_raised(thread, close_delegate);
                    self.0.gi_frame_state.set(SUSPENDED_YIELD_FROM);
                    outcome
                }
                None => match inner.lookup_attr(thread, pyrox_objects::intern!("throw"))? {
                    Some(method) => {
                        self.0.gi_frame_state.set(EXECUTING);
                        let result = method.call(thread, &[&exception]);
                        self.0.gi_frame_state.set(SUSPENDED_YIELD_FROM);
                        result.map(Ok)
                    }
                    None => {
                        thread.set_raised(Some(exception));
                        return self.resume(thread, None, true);
                    }
                },
            };
            return match outcome {
                Ok(Ok(value)) => Ok(Ok(value)),
                Ok(Err(value)) => {
                    self.leave_delegate();
                    self.resume(thread, Some(&value), false)
                }
                Err(Raised) => {
                    if thread.raised_is(exceptions::stop_iteration()) {
                        let value = thread.take_raised().map_or_else(pyrox_objects::none, |e| stop_value(&e));
                        self.leave_delegate();
                        return self.resume(thread, Some(&value), false);
                    }
                    self.resume(thread, None, true)
                }
            };
        }
        self.resume(thread, None, true)
    }

    /// The delegate is at its end: go on behind the `SEND` that the frame is suspended in.
    fn leave_delegate(&self) {
        // SAFETY: a suspended frame; behind `YIELD_VALUE` and `RESUME` comes `JUMP_BACKWARD_NO_INTERRUPT` to the
        // SEND, whose argument leads to END_SEND. The stack holds the iterator; the value is pushed by `resume`.
        unsafe {
            let frame = &*self.frame();
            let mut ip = frame.raw().instr_ptr.get();
            // Find the jump back, then the SEND it leads to.
            for _ in 0..8 {
                let unit = *ip;
                if unit as u8 as u16 == pyrox_compiler::opcode::Opcode::JUMP_BACKWARD_NO_INTERRUPT.number() {
                    let send = ip.add(1).sub((unit >> 8) as usize);
                    let argument = (*send >> 8) as usize;
                    frame.raw().instr_ptr.set(send.add(2 + argument));
                    return;
                }
                ip = ip.add(1);
            }
        }
    }
}

/// The value of a `StopIteration`.
pub fn stop_value(exception: &Object) -> Obj {
    match exception.cast::<exceptions::StopIteration>() {
        Some(stop) => stop.value(),
        None => pyrox_objects::none(),
    }
}

fn close_iterator(thread: &Thread, iterator: &Object) -> PyResult<()> {
    if let Some(generator) = Generator::of(iterator) {
        return generator.close_frame(thread).map(drop);
    }
    match iterator.lookup_attr(thread, pyrox_objects::intern!("close"))? {
        Some(method) => method.call(thread, &[]).map(drop),
        None => Ok(()),
    }
}

impl Generator {
    /// # Safety
    /// A destructor's contract.
    unsafe fn deallocate(object: Raw) {
        // SAFETY: by contract.
        unsafe {
            let generator = &*(object as *const Generator);
            if !generator.0.gi_weakreflist.get().is_null() {
                pyrox_objects::weakref::clear_weakrefs(object);
            }
            if !generator.is_done() {
                // An unfinished generator is closed first; it may come back to life.
                if !pyrox_objects::gc::call_finalizer(object) {
                    return;
                }
            }
            pyrox_objects::gc::untrack(object);
            if !generator.is_done() {
                generator.0.gi_frame_state.set(CLEARED);
                Frame::clear(generator.frame());
            }
            xdecref(generator.0.gi_exc_state.exc_value.replace(std::ptr::null_mut()));
            xdecref(generator.0.gi_origin_or_finalizer.replace(std::ptr::null_mut()));
            xdecref((*generator.frame()).raw().f_executable.get() as Raw);
            xdecref(generator.0.gi_name.get());
            xdecref(generator.0.gi_qualname.get());
            pyrox_objects::dealloc::free_instance(object, (*object).ob_type.get());
        }
    }

    /// # Safety
    /// A traverseproc contract.
    unsafe fn visit(object: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
        // SAFETY: by contract.
        unsafe {
            let generator = &*(object as *const Generator);
            if !generator.is_done() && generator.0.gi_frame_state.get() != EXECUTING {
                let status = (*generator.frame()).traverse(visit, data);
                if status != 0 {
                    return status;
                }
            }
            for field in [generator.0.gi_exc_state.exc_value.get(), generator.0.gi_origin_or_finalizer.get()] {
                if !field.is_null() {
                    let status = visit(field, data);
                    if status != 0 {
                        return status;
                    }
                }
            }
        }
        0
    }

    /// What happens to an unfinished generator that nobody refers to any more.
    fn finalize(&self, thread: &Thread) {
        if self.is_done() {
            return;
        }
        thread.aside(|| {
            if self.kind() == Kind::AsyncGenerator && self.0.gi_closed.get() == 0 {
                // SAFETY: null or an object that the generator owns.
                if let Some(finalizer) = unsafe { Object::from_ptr_or_null(self.0.gi_origin_or_finalizer.get()) }.map(Object::own) {
                    if finalizer.call(thread, &[self]).is_err() {
                        pyrox_objects::unraisable::write(thread, Some("Exception ignored while calling finalizer of "), Some(self));
                    }
                    return;
                }
            }
            if self.0.gi_frame_state.get() == CREATED {
                if self.kind() == Kind::Coroutine {
                    coroutine::warn_never_awaited(thread, self);
                }
                return;
            }
            if self.close_frame(thread).is_err() {
                pyrox_objects::unraisable::write(thread, Some("Exception ignored while closing generator "), Some(self));
            }
        });
    }

    /// The raised or returned value of a finished step, as `send` gives it.
    fn step_result(&self, thread: &Thread, outcome: Result<Obj, Obj>) -> PyResult<Obj> {
        match outcome {
            Ok(value) => Ok(value),
            Err(_) if self.kind() == Kind::AsyncGenerator => {
                let stop = exceptions::stop_async_iteration().call(thread, &[])?;
                Err(thread.raise(stop))
            }
            Err(value) => Err(thread.stop_iteration(Some(&value))),
        }
    }

    /// `send`.
    pub fn send_value(&self, thread: &Thread, value: &Object) -> PyResult<Obj> {
        let outcome = self.resume(thread, Some(value), false)?;
        self.step_result(thread, outcome)
    }

    /// `throw`, with the arguments that programs give.
    pub fn throw_arguments(
        &self,
        thread: &Thread,
        ty: &Object,
        value: Option<&Object>,
        traceback: Option<&Object>,
        close_delegate: bool,
    ) -> PyResult<Obj> {
        let exception = thrown_exception(thread, ty, value, traceback)?;
        thread.set_raised(Some(exception));
        let outcome = self.throw_raised(thread, close_delegate)?;
        self.step_result(thread, outcome)
    }

    /// `close`.
    pub fn close_frame(&self, thread: &Thread) -> PyResult<Obj> {
        if self.is_done() {
            return Ok(pyrox_objects::none());
        }
        if self.0.gi_frame_state.get() == CREATED {
            self.0.gi_frame_state.set(CLEARED);
            // SAFETY: a frame that never ran.
            unsafe { Frame::clear(self.frame()) };
            return Ok(pyrox_objects::none());
        }
        let exit = exceptions::generator_exit().call(thread, &[])?;
        thread.set_raised(Some(exit));
        match self.throw_raised(thread, true) {
            Ok(Ok(_)) => Err(thread.runtime_error(&format!("{} ignored GeneratorExit", self.kind().noun()))),
            Ok(Err(value)) => Ok(value),
            Err(Raised) if thread.take_if(exceptions::generator_exit()) => Ok(pyrox_objects::none()),
            Err(Raised) if thread.raised_is(exceptions::stop_iteration()) => {
                Ok(thread.take_raised().map_or_else(pyrox_objects::none, |e| stop_value(&e)))
            }
            Err(raised) => Err(raised),
        }
    }

    /// `frame.clear()` of a generator's frame.
    pub fn clear_frame(&self, thread: &Thread) -> PyResult<()> {
        match self.0.gi_frame_state.get() {
            EXECUTING => Err(thread.runtime_error("cannot clear an executing frame")),
            SUSPENDED | SUSPENDED_YIELD_FROM => Err(thread.runtime_error("cannot clear a suspended frame")),
            _ => {
                self.finalize(thread);
                self.close_frame(thread).map(drop)
            }
        }
    }

    fn text_field(&self, thread: &Thread, field: &std::cell::Cell<Raw>, value: Option<&Object>, name: &str) -> PyResult<()> {
        let Some(value) = value.filter(|v| v.is_instance::<Str>()) else {
            return Err(thread.type_error(&format!("{name} must be set to a string object")));
        };
        let old = field.replace(value.own().into_raw());
        // SAFETY: the generator owned it.
        unsafe { xdecref(old) };
        Ok(())
    }

    fn name(&self) -> Option<Obj> {
        // SAFETY: null or a str.
        unsafe { Object::from_ptr_or_null(self.0.gi_name.get()) }.map(Object::own)
    }

    fn qualname(&self) -> Option<Obj> {
        // SAFETY: null or a str.
        unsafe { Object::from_ptr_or_null(self.0.gi_qualname.get()) }.map(Object::own)
    }

    fn code(&self) -> Obj {
        // SAFETY: a generator's frame keeps its code until the generator dies.
        unsafe { (**(*self.frame()).code()).own() }
    }

    fn frame_object(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        if self.is_done() {
            return Ok(None);
        }
        // SAFETY: a living frame of ours.
        Ok(Some(unsafe { &*self.frame() }.object(thread)?.upcast()))
    }

    fn is_running(&self) -> bool {
        self.0.gi_frame_state.get() == EXECUTING
    }

    fn is_suspended(&self) -> bool {
        matches!(self.0.gi_frame_state.get(), SUSPENDED | SUSPENDED_YIELD_FROM)
    }

    fn shown(&self, kind: &str) -> String {
        let name = self.qualname().and_then(|q| q.downcast::<Str>().ok()).map(|q| q.to_string()).unwrap_or_default();
        format!("<{kind} object {name} at {:#x}>", self.as_ptr() as usize)
    }

    fn size(&self) -> usize {
        // SAFETY: as above.
        let code = unsafe { (*self.frame()).code() };
        size_of::<PyGenObject>() + (code.local_count() + code.raw().co_stacksize.get() as usize) * size_of::<usize>()
    }
}

/// The exception that the arguments of `throw` stand for.
fn thrown_exception(thread: &Thread, ty: &Object, value: Option<&Object>, traceback: Option<&Object>) -> PyResult<Obj> {
    let value = value.filter(|v| !v.is_none());
    let traceback = traceback.filter(|t| !t.is_none());
    if traceback.is_some_and(|t| !t.is_instance::<crate::traceback::Traceback>()) {
        return Err(thread.type_error("throw() third argument must be a traceback object"));
    }
    let is_class = ty.cast::<pyrox_objects::Type>().is_some_and(|t| t.is_subtype(exceptions::base_exception()));
    if !is_class {
        if !ty.is_instance_of(exceptions::base_exception()) {
            let message = format!("exceptions must be classes or instances deriving from BaseException, not {}", ty.ty().full_name());
            return Err(thread.type_error(&message));
        }
        if value.is_some() {
            return Err(thread.type_error("instance exception may not have a separate value"));
        }
    }
    let exception = match (is_class, value) {
        (true, Some(value)) if value.is_instance::<pyrox_objects::Tuple>() => {
            let Some(arguments) = value.cast::<pyrox_objects::Tuple>() else { return Err(Raised) };
            ty.call_tuple(thread, arguments, None)?
        }
        _ => eval::make_exception(thread, ty, value)?,
    };
    if let (Some(traceback), Some(base)) = (traceback, exceptions::BaseException::of(&exception)) {
        base.set_traceback(Some(traceback.own()));
    }
    Ok(exception)
}

/// Warn of the old form of `throw`.
fn warn_of_old_throw(thread: &Thread, value: Option<&Object>, traceback: Option<&Object>, name: &str) -> PyResult<()> {
    if value.is_none() && traceback.is_none() {
        return Ok(());
    }
    let message = format!("the (type, exc, tb) signature of {name}() is deprecated, use the single-arg signature instead.");
    crate::warnings::warn_native(thread, exceptions::deprecation_warning(), &message)
}

#[pyclass(name = "generator", symbol = "PyGen_Type", gc, basicsize = 152, itemsize = 8, weaklistoffset = 16)]
impl Generator {
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
        self.finalize(thread);
    }
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        match self.resume(thread, None, false)? {
            Ok(value) => Ok(Some(value)),
            Err(value) if value.is_none() => Ok(None),
            Err(value) => Err(thread.stop_iteration(Some(&value))),
        }
    }
    #[slot]
    fn tp_repr(&self) -> String {
        self.shown("generator")
    }
    /// send(value) -> send 'value' into generator,
    /// return next yielded value or raise StopIteration.
    #[method(sig = "(value, /)", text = "")]
    fn send(&self, thread: &Thread, value: &Object) -> PyResult<Obj> {
        self.send_value(thread, value)
    }
    /// throw(value)
    /// throw(type[,value[,tb]])
    ///
    /// Raise exception in generator, return next yielded value or raise StopIteration.
    /// The (type, val, tb) signature is deprecated, and may be removed in a future version of Python.
    #[method(sig = "(type, value=<unset>, traceback=<unset>, /)", text = "")]
    fn throw(&self, thread: &Thread, ty: &Object, value: Option<&Object>, traceback: Option<&Object>) -> PyResult<Obj> {
        warn_of_old_throw(thread, value, traceback, "throw")?;
        self.throw_arguments(thread, ty, value, traceback, true)
    }
    /// close() -> raise GeneratorExit inside generator.
    #[method(text = "")]
    fn close(&self, thread: &Thread) -> PyResult<Obj> {
        self.close_frame(thread)
    }
    #[method]
    fn __sizeof__(&self) -> usize {
        self.size()
    }
    /// See PEP 585
    #[classmethod(sig = "(object, /)")]
    fn __class_getitem__(cls: &pyrox_objects::Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
        pyrox_objects::generic_alias::new(thread, cls, object)
    }
    /// name of the generator
    #[getter]
    fn __name__(&self) -> Option<Obj> {
        self.name()
    }
    #[setter(name = "__name__")]
    fn set_name(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        self.text_field(thread, &self.0.gi_name, value, "__name__")
    }
    /// qualified name of the generator
    #[getter]
    fn __qualname__(&self) -> Option<Obj> {
        self.qualname()
    }
    #[setter(name = "__qualname__")]
    fn set_qualname(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        self.text_field(thread, &self.0.gi_qualname, value, "__qualname__")
    }
    #[getter]
    fn gi_code(&self) -> Obj {
        self.code()
    }
    #[getter]
    fn gi_running(&self) -> bool {
        self.is_running()
    }
    #[getter]
    fn gi_suspended(&self) -> bool {
        self.is_suspended()
    }
    /// object being iterated by yield from, or None
    #[getter]
    fn gi_yieldfrom(&self) -> Option<Obj> {
        self.delegate()
    }
    #[getter]
    fn gi_frame(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        self.frame_object(thread)
    }
}
