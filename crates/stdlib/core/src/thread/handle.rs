//! Handles on threads, by which `threading` joins them.

use std::cell::Cell;
use std::time::Duration;

use pyrox_macros::pyclass;
use pyrox_objects::{Dict, Head, Obj, Object, Owned, PyResult, PyType, Thread, Tuple, Type};

use super::ident;
use super::lock::{RawLock, timeout_of};

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    NotStarted,
    Running,
    Done,
}

/// `_thread._ThreadHandle`
#[repr(C)]
pub struct ThreadHandle {
    head: Head,
    ident: Cell<u64>,
    state: Cell<State>,
    /// Held while the thread runs.
    running: RawLock,
}

impl ThreadHandle {
    fn blank(ident: u64, state: State) -> ThreadHandle {
        ThreadHandle { head: Head::unset(), ident: Cell::new(ident), state: Cell::new(state), running: RawLock::default() }
    }

    /// A handle on a thread that runs already.
    pub fn running(thread: &Thread, ident: u64) -> PyResult<Owned<ThreadHandle>> {
        let handle = ThreadHandle::ty().instantiate(thread, ThreadHandle::blank(ident, State::Running))?;
        handle.running.acquire(thread, Some(Duration::ZERO))?;
        Ok(handle)
    }
}

#[pyclass(name = "_ThreadHandle", module = "_thread", dealloc = drop)]
impl ThreadHandle {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, _args: &Tuple, _kwargs: Option<&Dict>) -> PyResult<Obj> {
        Ok(cls.instantiate(thread, ThreadHandle::blank(0, State::NotStarted))?.upcast())
    }
    #[slot]
    fn tp_repr(&self) -> String {
        format!("<{} object: ident={}>", self.ty().full_name(), self.ident.get())
    }
    #[getter]
    fn ident(&self) -> u64 {
        self.ident.get()
    }
    #[method(sig = "(timeout=None, /)", text = "")]
    fn join(&self, thread: &Thread, timeout: Option<&Object>) -> PyResult<()> {
        let timeout = match timeout.filter(|t| !t.is_none()) {
            Some(timeout) => timeout_of(thread, timeout)?,
            None => None,
        };
        match self.state.get() {
            State::NotStarted => Err(thread.runtime_error("thread not started")),
            State::Done => Ok(()),
            State::Running if self.ident.get() == ident() => Err(thread.runtime_error("Cannot join current thread")),
            State::Running => {
                if self.running.acquire(thread, timeout)? {
                    self.state.set(State::Done);
                }
                Ok(())
            }
        }
    }
    #[method]
    fn is_done(&self) -> bool {
        self.state.get() == State::Done
    }
    #[method]
    fn _set_done(&self, thread: &Thread) -> PyResult<()> {
        if self.state.get() == State::NotStarted {
            return Err(thread.runtime_error("thread not started"));
        }
        self.state.set(State::Done);
        Ok(())
    }
}
