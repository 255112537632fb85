//! Contexts and their variables.

use std::ffi::{c_char, c_int};

use pyrox_abi::PyContext;
use pyrox_objects::object::xdecref;
use pyrox_objects::{Obj, Object, PyResult, Raised, Str, Thread, exceptions};

use crate::api::present;
use crate::support::{Raw, give, status, text};

/// A class of the module that has them.
fn class(thread: &Thread, name: &str) -> PyResult<Obj> {
    pyrox_interpreter::import::import_module(thread, "_contextvars")?.getattr_str(thread, name)
}

/// An object that must be an instance of one of the classes.
unsafe fn instance<'a>(thread: &Thread, object: Raw, name: &str) -> PyResult<&'a Object> {
    // SAFETY: by the API's contract.
    let object = unsafe { present(thread, object) }?;
    if object.ty().name() == name && object.isinstance(thread, &*class(thread, name)?)? {
        return Ok(object);
    }
    Err(thread.type_error(&format!("an instance of {name} was expected")))
}

unsafe fn context<'a>(thread: &Thread, object: Raw) -> PyResult<&'a PyContext> {
    // SAFETY: by the API's contract; contexts have this layout.
    unsafe { Ok(&*(instance(thread, object, "Context")?.as_ptr() as *const PyContext)) }
}

fn changed(thread: &Thread) {
    thread.state.context_ver.set(thread.state.context_ver.get().wrapping_add(1));
}

crate::api! {
    /// `Context()`.
    fn PyContext_New(thread;) -> Raw = give { class(thread, "Context")?.call(thread, &[]) }
    /// `context.copy()`.
    fn PyContext_Copy(thread; object: Raw) -> Raw = give {
        instance(thread, object, "Context")?.call_method(thread, pyrox_objects::intern!("copy"), &[])
    }
    /// `copy_context()`.
    fn PyContext_CopyCurrent(thread;) -> Raw = give { class(thread, "copy_context")?.call(thread, &[]) }

    /// Make a context the thread's own.
    fn PyContext_Enter(thread; object: Raw) -> c_int = status {
        let context = context(thread, object)?;
        if context.ctx_entered.get() as u8 != 0 {
            let shown = Object::from_ptr(object).repr(thread)?;
            return Err(thread.runtime_error(&format!("cannot enter context: {shown} is already entered")));
        }
        let own = Object::from_ptr(object).own().into_raw();
        context.ctx_prev.set(thread.state.context.replace(own) as *mut PyContext);
        context.ctx_entered.set(1);
        changed(thread);
        Ok(())
    }

    /// Go back to the context before.
    fn PyContext_Exit(thread; object: Raw) -> c_int = status {
        let context = context(thread, object)?;
        if context.ctx_entered.get() as u8 == 0 {
            let shown = Object::from_ptr(object).repr(thread)?;
            return Err(thread.runtime_error(&format!("cannot exit context: {shown} has not been entered")));
        }
        if thread.state.context.get() != object {
            return Err(thread.runtime_error("cannot exit context: thread state references a different context object"));
        }
        context.ctx_entered.set(0);
        let previous = context.ctx_prev.replace(std::ptr::null_mut()) as Raw;
        changed(thread);
        xdecref(thread.state.context.replace(previous));
        Ok(())
    }

    /// `ContextVar(name, default=default)`.
    fn PyContextVar_New(thread; name: *const c_char, default: Raw) -> Raw = give {
        let name = Str::from_str(thread, &text(name))?;
        let class = class(thread, "ContextVar")?;
        match Object::from_ptr_or_null(default) {
            Some(default) => class.call_with_keywords(thread, &[&name], &[("default", default)]),
            None => class.call(thread, &[&name]),
        }
    }

    /// Store a variable's value, the default, or null.
    fn PyContextVar_Get(thread; variable: Raw, default: Raw, to: *mut Raw) -> c_int = status {
        let variable = match instance(thread, variable, "ContextVar") {
            Ok(variable) => variable,
            Err(raised) => {
                *to = std::ptr::null_mut();
                return Err(raised);
            }
        };
        *to = std::ptr::null_mut();
        let get = pyrox_objects::intern!("get");
        let found = match Object::from_ptr_or_null(default) {
            Some(default) => variable.call_method(thread, get, &[default]),
            None => variable.call_method(thread, get, &[]),
        };
        match found {
            Ok(value) => *to = value.into_raw(),
            Err(Raised) if thread.take_if(exceptions::lookup_error()) => {}
            Err(raised) => return Err(raised),
        }
        Ok(())
    }

    /// `variable.set(value)`: a token.
    fn PyContextVar_Set(thread; variable: Raw, value: Raw) -> Raw = give {
        let value = present(thread, value)?;
        instance(thread, variable, "ContextVar")?.call_method(thread, pyrox_objects::intern!("set"), &[value])
    }

    /// `variable.reset(token)`.
    fn PyContextVar_Reset(thread; variable: Raw, token: Raw) -> c_int = status {
        let token = present(thread, token)?;
        instance(thread, variable, "ContextVar")?.call_method(thread, pyrox_objects::intern!("reset"), &[token]).map(drop)
    }
}
