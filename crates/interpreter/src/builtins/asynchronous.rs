//! `aiter()` and `anext()`.

use pyrox_macros::{pyclass, pyfunction};
use pyrox_objects::native::Rest;
use pyrox_objects::{Head, Obj, ObjCell, Object, PyResult, PyType, Raised, Thread, exceptions, intern};

use crate::generator::coroutine::awaitable_iterator;

/// Return an AsyncIterator for an AsyncIterable object.
#[pyfunction(sig = "(async_iterable, /)")]
pub fn aiter(thread: &Thread, async_iterable: &Object) -> PyResult<Obj> {
    let Some(iterator) = async_iterable.call_special(thread, intern!("__aiter__"), &[])? else {
        return Err(thread.type_error(&format!("'{}' object is not an async iterable", async_iterable.ty().full_name())));
    };
    if iterator.ty().lookup(intern!("__anext__")).is_none() {
        return Err(thread.type_error(&format!("aiter() returned not an async iterator of type '{}'", iterator.ty().full_name())));
    }
    Ok(iterator)
}

/// Return the next item from the async iterator.
///
/// If default is given and the async iterator is exhausted, it is returned instead of raising
/// StopAsyncIteration.
#[pyfunction(sig = "(aiterator, default=<unset>, /)", text = "($module, aiterator, default=<unrepresentable>, /)")]
pub fn anext(thread: &Thread, aiterator: &Object, default: Option<&Object>) -> PyResult<Obj> {
    let Some(awaitable) = aiterator.call_special(thread, intern!("__anext__"), &[])? else {
        return Err(thread.type_error(&format!("'{}' object is not an async iterator", aiterator.ty().full_name())));
    };
    let Some(default) = default else { return Ok(awaitable) };
    let made = AnextAwaitable { head: Head::unset(), wrapped: ObjCell::new(Some(awaitable)), default: ObjCell::new(Some(default.own())) };
    Ok(AnextAwaitable::ty().instantiate(thread, made)?.upcast())
}

/// The awaitable of `anext()` with a default.
#[repr(C)]
pub struct AnextAwaitable {
    head: Head,
    wrapped: ObjCell,
    default: ObjCell,
}

impl AnextAwaitable {
    fn iterator(&self, thread: &Thread) -> PyResult<Obj> {
        let wrapped = self.wrapped.get().unwrap_or_else(pyrox_objects::none);
        let iterator = awaitable_iterator(thread, &wrapped)?;
        if !iterator.is_iterator() {
            return Err(thread.type_error(&format!("'{}' object can't be awaited", wrapped.ty().full_name())));
        }
        Ok(iterator)
    }

    /// At the end of the iterator the default is the result.
    fn settle(&self, thread: &Thread, result: PyResult<Obj>) -> PyResult<Obj> {
        result.map_err(|raised| match thread.take_if(exceptions::stop_async_iteration()) {
            true => stop_with(thread, &self.default.get().unwrap_or_else(pyrox_objects::none)),
            false => raised,
        })
    }
}

/// Raise `StopIteration` with exactly this value.
fn stop_with(thread: &Thread, value: &Object) -> Raised {
    match exceptions::stop_iteration().call(thread, &[value]) {
        Ok(exception) => thread.raise(exception),
        Err(raised) => raised,
    }
}

#[pyclass(name = "anext_awaitable", symbol = "_PyAnextAwaitable_Type", traverse = [wrapped, default], dealloc = drop)]
impl AnextAwaitable {
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
        let iterator = self.iterator(thread)?;
        match iterator.next_keeping_stop(thread) {
            Ok(Some(value)) => Ok(Some(value)),
            Ok(None) => Err(thread.stop_iteration(None)),
            Err(raised) => self.settle(thread, Err(raised)).map(Some),
        }
    }
    #[method(sig = "(*args)", text = "")]
    fn send(&self, thread: &Thread, args: Rest<'_>) -> PyResult<Obj> {
        let iterator = self.iterator(thread)?;
        let arguments: Vec<&Object> = args.iter().collect();
        let result = iterator.call_method(thread, intern!("send"), &arguments);
        self.settle(thread, result)
    }
    #[method(sig = "(*args)", text = "")]
    fn throw(&self, thread: &Thread, args: Rest<'_>) -> PyResult<Obj> {
        let iterator = self.iterator(thread)?;
        let arguments: Vec<&Object> = args.iter().collect();
        let result = iterator.call_method(thread, intern!("throw"), &arguments);
        self.settle(thread, result)
    }
    #[method(text = "")]
    fn close(&self, thread: &Thread) -> PyResult<Obj> {
        let iterator = self.iterator(thread)?;
        let result = iterator.call_method(thread, intern!("close"), &[]);
        self.settle(thread, result)
    }
}
