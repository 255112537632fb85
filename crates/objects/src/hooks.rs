//! What objects need of the floor above: frames, `builtins`, `sys`. The interpreter installs these
//! functions at start; without it they give what is true of a process without frames.

use std::cell::Cell;

use crate::object::Obj;
use crate::{PyResult, Thread};

/// Functions of the interpreter that objects call.
#[derive(Clone, Copy)]
pub struct Hooks {
    /// `__name__` of the running frame's globals.
    pub current_module_name: fn(&Thread) -> Option<Obj>,
    /// The `__class__` cell's content and the first argument of the running function.
    pub super_arguments: fn(&Thread) -> PyResult<(Obj, Obj)>,
    /// An attribute of `builtins`.
    pub builtin: fn(&Thread, &str) -> PyResult<Obj>,
    /// An attribute of `sys`, if it is there.
    pub sys: fn(&Thread, &str) -> Option<Obj>,
    /// `warnings.warn_explicit` for the running frame: category name, message.
    pub warn: fn(&Thread, &crate::Type, &str) -> PyResult<()>,
    /// `sys.unraisablehook` for the raised exception.
    pub unraisable: fn(&Thread, Option<&str>, Option<&crate::Object>),
}

fn no_interpreter(thread: &Thread) -> crate::Raised {
    thread.runtime_error("no interpreter is running")
}

thread_local! {
    static HOOKS: Cell<Hooks> = const { Cell::new(Hooks {
        current_module_name: |_| None,
        super_arguments: |thread| Err(thread.runtime_error("super(): no current frame")),
        builtin: |thread, _| Err(no_interpreter(thread)),
        sys: |_, _| None,
        warn: |_, _, _| Ok(()),
        unraisable: |thread, _, _| thread.set_raised(None),
    }) };
}

pub fn install(hooks: Hooks) {
    HOOKS.set(hooks);
}

pub fn current_module_name(thread: &Thread) -> Option<Obj> {
    (HOOKS.get().current_module_name)(thread)
}

pub fn super_arguments(thread: &Thread) -> PyResult<(Obj, Obj)> {
    (HOOKS.get().super_arguments)(thread)
}

pub fn builtin(thread: &Thread, name: &str) -> PyResult<Obj> {
    (HOOKS.get().builtin)(thread, name)
}

pub fn sys(thread: &Thread, name: &str) -> Option<Obj> {
    (HOOKS.get().sys)(thread, name)
}

pub fn warn(thread: &Thread, category: &crate::Type, message: &str) -> PyResult<()> {
    (HOOKS.get().warn)(thread, category, message)
}

pub fn unraisable(thread: &Thread, message: Option<&str>, object: Option<&crate::Object>) {
    (HOOKS.get().unraisable)(thread, message, object)
}
