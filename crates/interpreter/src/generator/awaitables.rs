//! What the methods of asynchronous generators give to be awaited.

use std::cell::Cell;

use pyrox_macros::pyclass;
use pyrox_objects::object::Own;
use pyrox_objects::{Head, Obj, ObjCell, Object, Owned, PyResult, PyType, Raised, Thread, exceptions};

use super::async_generator::{AsyncGenerator, is_wrapped};
use super::coroutine::name_text;

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// Not awaited yet.
    Initial,
    Iterating,
    Closed,
}

fn generator_of(thread: &Thread, cell: &ObjCell) -> PyResult<Owned<AsyncGenerator>> {
    match cell.get().map(Obj::downcast::<AsyncGenerator>) {
        Some(Ok(generator)) => Ok(generator),
        _ => Err(thread.runtime_error("the asynchronous generator is gone")),
    }
}

fn is_exit(thread: &Thread) -> bool {
    thread.raised_is(exceptions::stop_async_iteration()) || thread.raised_is(exceptions::generator_exit())
}

/// `close()`: throw `GeneratorExit` and take its coming out as the end.
fn close(thread: &Thread, throw: impl FnOnce(&Object) -> PyResult<Obj>) -> PyResult<()> {
    match throw(exceptions::generator_exit()) {
        Ok(_) => Err(thread.runtime_error("coroutine ignored GeneratorExit")),
        Err(Raised) if is_exit(thread) || thread.raised_is(exceptions::stop_iteration()) => {
            thread.set_raised(None);
            Ok(())
        }
        Err(raised) => Err(raised),
    }
}

fn warn_never_awaited(thread: &Thread, generator: &ObjCell, method: &str) {
    thread.aside(|| {
        let Ok(generator) = generator_of(thread, generator) else { return };
        let name = name_text(generator.generator().qualname());
        let message = format!("coroutine method '{method}' of '{name}' was never awaited");
        if crate::warnings::warn_native(thread, exceptions::runtime_warning(), &message).is_err() {
            pyrox_objects::unraisable::write(thread, Some("Exception ignored while finalizing "), Some(&generator));
        }
    });
}

/// The awaitable of `asend` and `__anext__`.
#[repr(C)]
pub struct Asend {
    head: Head,
    generator: ObjCell,
    value: ObjCell,
    state: Cell<State>,
}

impl Asend {
    pub fn make(thread: &Thread, generator: &AsyncGenerator, value: &Object) -> PyResult<Obj> {
        let made = Asend {
            head: Head::unset(),
            generator: ObjCell::new(Some(generator.own_typed().upcast())),
            value: ObjCell::new(Some(value.own())),
            state: Cell::new(State::Initial),
        };
        Ok(Asend::ty().instantiate(thread, made)?.upcast())
    }

    fn begin(&self, thread: &Thread) -> PyResult<Owned<AsyncGenerator>> {
        let generator = generator_of(thread, &self.generator)?;
        match self.state.get() {
            State::Closed => return Err(thread.runtime_error("cannot reuse already awaited __anext__()/asend()")),
            State::Initial => {
                if generator.is_stepping() {
                    self.state.set(State::Closed);
                    return Err(thread.runtime_error("anext(): asynchronous generator is already running"));
                }
                self.state.set(State::Iterating);
                generator.set_stepping(true);
            }
            State::Iterating => {}
        }
        Ok(generator)
    }

    fn end(&self, result: PyResult<Obj>) -> PyResult<Obj> {
        if result.is_err() {
            self.state.set(State::Closed);
        }
        result
    }

    fn step(&self, thread: &Thread, value: &Object) -> PyResult<Obj> {
        let first = self.state.get() == State::Initial;
        let generator = self.begin(thread)?;
        let held = if first && value.is_none() { self.value.get() } else { None };
        let result = generator.generator().send_value(thread, held.as_deref().unwrap_or(value));
        self.end(generator.unwrap(thread, result))
    }

    fn throw_in(&self, thread: &Thread, ty: &Object, value: Option<&Object>, traceback: Option<&Object>) -> PyResult<Obj> {
        let generator = self.begin(thread)?;
        let result = generator.generator().throw_arguments(thread, ty, value, traceback, true);
        self.end(generator.unwrap(thread, result))
    }
}

#[pyclass(name = "async_generator_asend", symbol = "_PyAsyncGenASend_Type", traverse = [generator, value], dealloc = drop)]
impl Asend {
    #[slot]
    fn tp_finalize(&self, thread: &Thread) {
        let closed = generator_of(thread, &self.generator).is_ok_and(|g| g.is_closed());
        if self.state.get() == State::Initial && !closed {
            warn_never_awaited(thread, &self.generator, "asend");
        }
    }
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn am_await(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        self.step(thread, pyrox_objects::none_ref()).map(Some)
    }
    #[method(sig = "(value, /)", text = "")]
    fn send(&self, thread: &Thread, value: &Object) -> PyResult<Obj> {
        self.step(thread, value)
    }
    #[method(sig = "(type, value=<unset>, traceback=<unset>, /)", text = "")]
    fn throw(&self, thread: &Thread, ty: &Object, value: Option<&Object>, traceback: Option<&Object>) -> PyResult<Obj> {
        super::warn_of_old_throw(thread, value, traceback, "throw")?;
        self.throw_in(thread, ty, value, traceback)
    }
    #[method(text = "")]
    fn close(&self, thread: &Thread) -> PyResult<()> {
        if self.state.get() == State::Closed {
            return Ok(());
        }
        close(thread, |exit| self.throw_in(thread, exit, None, None))
    }
}

/// The awaitable of `athrow` and `aclose`.
#[repr(C)]
pub struct Athrow {
    head: Head,
    generator: ObjCell,
    /// What is thrown; nothing for `aclose`.
    thrown: ObjCell,
    value: ObjCell,
    traceback: ObjCell,
    state: Cell<State>,
}

impl Athrow {
    pub fn make(thread: &Thread, generator: &AsyncGenerator, thrown: Option<(&Object, Option<&Object>, Option<&Object>)>) -> PyResult<Obj> {
        let (ty, value, traceback) = thrown.map_or((None, None, None), |(ty, value, traceback)| (Some(ty), value, traceback));
        let made = Athrow {
            head: Head::unset(),
            generator: ObjCell::new(Some(generator.own_typed().upcast())),
            thrown: ObjCell::new(ty.map(Object::own)),
            value: ObjCell::new(value.map(Object::own)),
            traceback: ObjCell::new(traceback.map(Object::own)),
            state: Cell::new(State::Initial),
        };
        Ok(Athrow::ty().instantiate(thread, made)?.upcast())
    }

    fn closes(&self) -> bool {
        !self.thrown.is_set()
    }

    fn name(&self) -> &'static str {
        if self.closes() { "aclose" } else { "athrow" }
    }

    fn begin(&self, thread: &Thread, generator: &AsyncGenerator) -> PyResult<()> {
        if self.state.get() == State::Initial && generator.is_stepping() {
            self.state.set(State::Closed);
            return Err(thread.runtime_error(&format!("{}(): asynchronous generator is already running", self.name())));
        }
        Ok(())
    }

    fn reused(&self, thread: &Thread) -> PyResult<()> {
        match self.state.get() {
            State::Closed => Err(thread.runtime_error("cannot reuse already awaited aclose()/athrow()")),
            _ => Ok(()),
        }
    }

    /// The end of a step in the way of `aclose`, or of a failed first one of `athrow`.
    fn ended(&self, thread: &Thread, generator: &AsyncGenerator) -> Raised {
        generator.set_stepping(false);
        self.state.set(State::Closed);
        if self.closes() && is_exit(thread) {
            thread.set_raised(None);
            return thread.stop_iteration(None);
        }
        Raised
    }

    fn ignored_exit(&self, thread: &Thread, generator: &AsyncGenerator) -> Raised {
        generator.set_stepping(false);
        self.state.set(State::Closed);
        thread.runtime_error("async generator ignored GeneratorExit")
    }

    fn step(&self, thread: &Thread, value: &Object) -> PyResult<Obj> {
        let generator = generator_of(thread, &self.generator)?;
        self.reused(thread)?;
        if generator.has_ended() {
            self.state.set(State::Closed);
            return Err(thread.stop_iteration(None));
        }
        let result = if self.state.get() == State::Initial {
            self.begin(thread, &generator)?;
            if generator.is_closed() {
                self.state.set(State::Closed);
                let stop = exceptions::stop_async_iteration().call(thread, &[])?;
                return Err(thread.raise(stop));
            }
            if !value.is_none() {
                return Err(thread.runtime_error("can't send non-None value to a just-started coroutine"));
            }
            self.state.set(State::Iterating);
            generator.set_stepping(true);
            if self.closes() {
                generator.set_closed();
                generator.generator().throw_arguments(thread, exceptions::generator_exit(), None, None, false)
            } else {
                let thrown = self.thrown.get().unwrap_or_else(pyrox_objects::none);
                let (value, traceback) = (self.value.get(), self.traceback.get());
                let result = generator.generator().throw_arguments(thread, &thrown, value.as_deref(), traceback.as_deref(), false);
                generator.unwrap(thread, result)
            }
        } else {
            let result = generator.generator().send_value(thread, value);
            if !self.closes() {
                return generator.unwrap(thread, result);
            }
            result
        };
        match result {
            Ok(value) if self.closes() && is_wrapped(&value) => Err(self.ignored_exit(thread, &generator)),
            Ok(value) => Ok(value),
            Err(_) => Err(self.ended(thread, &generator)),
        }
    }

    fn throw_in(&self, thread: &Thread, ty: &Object, value: Option<&Object>, traceback: Option<&Object>) -> PyResult<Obj> {
        let generator = generator_of(thread, &self.generator)?;
        self.reused(thread)?;
        if self.state.get() == State::Initial {
            self.begin(thread, &generator)?;
            self.state.set(State::Iterating);
            generator.set_stepping(true);
        }
        let result = generator.generator().throw_arguments(thread, ty, value, traceback, true);
        if !self.closes() {
            let result = generator.unwrap(thread, result);
            if result.is_err() {
                self.state.set(State::Closed);
            }
            return result;
        }
        match result {
            Ok(value) if is_wrapped(&value) => Err(self.ignored_exit(thread, &generator)),
            Ok(value) => Ok(value),
            Err(_) => Err(self.ended(thread, &generator)),
        }
    }
}

#[pyclass(name = "async_generator_athrow", symbol = "_PyAsyncGenAThrow_Type", traverse = [generator, thrown, value, traceback],
    dealloc = drop)]
impl Athrow {
    #[slot]
    fn tp_finalize(&self, thread: &Thread) {
        let closed = generator_of(thread, &self.generator).is_ok_and(|g| g.is_closed());
        if self.state.get() == State::Initial && !closed {
            warn_never_awaited(thread, &self.generator, self.name());
        }
    }
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn am_await(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        self.step(thread, pyrox_objects::none_ref()).map(Some)
    }
    #[method(sig = "(value, /)", text = "")]
    fn send(&self, thread: &Thread, value: &Object) -> PyResult<Obj> {
        self.step(thread, value)
    }
    #[method(sig = "(type, value=<unset>, traceback=<unset>, /)", text = "")]
    fn throw(&self, thread: &Thread, ty: &Object, value: Option<&Object>, traceback: Option<&Object>) -> PyResult<Obj> {
        super::warn_of_old_throw(thread, value, traceback, "throw")?;
        self.throw_in(thread, ty, value, traceback)
    }
    #[method(text = "")]
    fn close(&self, thread: &Thread) -> PyResult<()> {
        if self.state.get() == State::Closed {
            return Ok(());
        }
        close(thread, |exit| self.throw_in(thread, exit, None, None))
    }
}
