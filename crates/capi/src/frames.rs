//! Frames, tracebacks, generators.

use std::ffi::{CStr, c_char, c_int, c_void};

use pyrox_interpreter::code::Code;
use pyrox_interpreter::frame::{self, FrameObject};
use pyrox_interpreter::generator::coroutine;
use pyrox_interpreter::generator::{Generator, stop_value};
use pyrox_interpreter::traceback::{Traceback, format_traceback};
use pyrox_objects::{Dict, Obj, Object, Owned, PyResult, Raised, Str, Thread, exceptions};

use crate::api::{bad_call, expect, present};
use crate::support::{Raw, give, status};

unsafe fn frame<'a>(object: Raw) -> &'a FrameObject {
    // SAFETY: by the API's contract.
    unsafe { &*(object as *const FrameObject) }
}

/// The running frame's object.
fn running(thread: &Thread) -> PyResult<Option<Owned<FrameObject>>> {
    let current = frame::current(thread);
    // SAFETY: null or the running frame.
    unsafe { current.as_ref() }.map(|current| current.object(thread)).transpose()
}

/// Add a level for a place that is no Python code to the raised exception's traceback.
fn add_level(thread: &Thread, name: &str, filename: &str, line: i32) -> PyResult<()> {
    let exception = thread.take_raised();
    let made = (|| {
        let (filename, name) = (Str::from_str(thread, filename)?, Str::from_str(thread, name)?);
        let code = crate::code::empty(thread, &filename, &name, line)?;
        FrameObject::unstarted(thread, &code, &*Dict::new(thread)?, None)
    })();
    if exception.is_some() {
        thread.set_raised(exception);
    }
    Traceback::add_frame(thread, &*made?);
    Ok(())
}

unsafe fn variable(thread: &Thread, object: Raw, name: &Object) -> PyResult<Obj> {
    // SAFETY: by the API's contract.
    let locals = unsafe { frame(object) }.frame().locals_dict(thread)?;
    let found = match locals.get_item(thread, name) {
        Ok(value) => Some(value),
        Err(Raised) if thread.take_if(exceptions::key_error()) => None,
        Err(raised) => return Err(raised),
    };
    found.ok_or_else(|| match name.repr(thread) {
        Ok(name) => thread.name_error(&format!("variable {name} does not exist")),
        Err(raised) => raised,
    })
}

crate::api! {
    /// A frame that never runs.
    fn PyFrame_New(thread; _state: *mut c_void, code: Raw, globals: Raw, locals: Raw) -> Raw = give {
        let code: &Code = expect(thread, code)?;
        let globals: &Dict = expect(thread, globals)?;
        let optimized = code.has_flag(pyrox_compiler::code::flags::OPTIMIZED);
        let namespace = Object::from_ptr_or_null(locals).filter(|_| !optimized).map(Object::own);
        FrameObject::unstarted(thread, code, globals, namespace).map(Owned::upcast)
    }

    /// The line that runs or ran last.
    fn PyFrame_GetLineNumber(object: Raw) -> c_int { frame(object).line().unwrap_or(-1) }
    /// A frame's code.
    fn PyFrame_GetCode(object: Raw) -> Raw {
        let code: &Object = frame(object).frame().code();
        code.own().into_raw()
    }
    /// The caller's frame, or null.
    fn PyFrame_GetBack(thread; object: Raw) -> Raw {
        match frame(object).back(thread) {
            Ok(Some(back)) => back.into_raw(),
            _ => std::ptr::null_mut(),
        }
    }
    /// A frame's local variables.
    fn PyFrame_GetLocals(thread; object: Raw) -> Raw = give { frame(object).frame().locals_dict(thread) }
    /// A frame's globals.
    fn PyFrame_GetGlobals(object: Raw) -> Raw {
        let globals: &Object = frame(object).frame().globals();
        globals.own().into_raw()
    }
    /// A frame's builtins.
    fn PyFrame_GetBuiltins(object: Raw) -> Raw { frame(object).frame().builtins().own().into_raw() }
    /// The generator of a frame, or null.
    fn PyFrame_GetGenerator(object: Raw) -> Raw { frame(object).generator().map_or(std::ptr::null_mut(), Owned::into_raw) }
    /// The byte offset of the instruction that ran last.
    fn PyFrame_GetLasti(object: Raw) -> c_int { frame(object).frame().offset() as c_int * 2 }
    /// A local variable's value.
    fn PyFrame_GetVar(thread; object: Raw, name: Raw) -> Raw = give {
        let name = present(thread, name)?;
        if !name.is_instance::<Str>() {
            return Err(thread.type_error(&format!("name must be str, not {}", name.ty().full_name())));
        }
        variable(thread, object, name)
    }
    /// A local variable's value.
    fn PyFrame_GetVarString(thread; object: Raw, name: *const c_char) -> Raw = give {
        let name = crate::unicode::from_utf8(thread, CStr::from_ptr(name).to_bytes())?;
        variable(thread, object, &name)
    }
    /// What `locals()` shows is always current.
    fn PyFrame_FastToLocals(_object: Raw) {}
    /// What `locals()` shows is always current.
    fn PyFrame_FastToLocalsWithError(_object: Raw) -> c_int { 0 }
    /// What `locals()` shows is always current.
    fn PyFrame_LocalsToFast(_object: Raw, _clear: c_int) {}

    /// The running frame, borrowed, or null.
    fn PyEval_GetFrame(thread;) -> Raw {
        match running(thread) {
            Ok(Some(frame)) => frame.as_ptr(),
            _ => std::ptr::null_mut(),
        }
    }
    /// The running frame of a thread, borrowed, or null.
    fn PyThreadState_GetFrame(thread; _state: *mut c_void) -> Raw {
        match running(thread) {
            Ok(Some(frame)) => frame.into_raw(),
            _ => std::ptr::null_mut(),
        }
    }
    /// `locals()` of the running frame.
    fn PyEval_GetFrameLocals(thread;) -> Raw = give {
        match running(thread)? {
            Some(frame) => frame.frame().locals_dict(thread),
            None => Err(thread.system_error("frame does not exist")),
        }
    }
    /// `globals()` of the running frame, or null.
    fn PyEval_GetFrameGlobals(thread;) -> Raw {
        match running(thread) {
            Ok(Some(frame)) => {
                let globals: &Object = frame.frame().globals();
                globals.own().into_raw()
            }
            _ => std::ptr::null_mut(),
        }
    }
    /// The builtins of the running frame, or of the interpreter.
    fn PyEval_GetFrameBuiltins(thread;) -> Raw = give {
        match running(thread)? {
            Some(frame) => Ok(frame.frame().builtins().own()),
            None => pyrox_interpreter::builtins_dict(thread).map(Owned::upcast),
        }
    }

    /// Add a level to the raised exception's traceback.
    fn PyTraceBack_Here(thread; object: Raw) -> c_int {
        Traceback::add_frame(thread, frame(object));
        0
    }
    /// Add a level for a place in a file to the raised exception's traceback.
    fn _PyTraceback_Add(thread; name: *const c_char, filename: *const c_char, line: c_int) {
        let _ = add_level(thread, &crate::support::text(name), &crate::support::text(filename), line);
    }
    /// Write a traceback to a file.
    fn PyTraceBack_Print(thread; traceback: Raw, file: Raw) -> c_int = status {
        let Some(traceback) = Object::from_ptr_or_null(traceback) else { return Ok(()) };
        if !traceback.is_instance::<Traceback>() {
            return Err(bad_call(thread));
        }
        let text = Str::from_str(thread, &format_traceback(thread, traceback))?;
        present(thread, file)?.call_method(thread, pyrox_objects::intern!("write"), &[&text])?;
        Ok(())
    }

    /// A generator's code.
    fn PyGen_GetCode(object: Raw) -> Raw {
        let code: &Object = (*(*(object as *const Generator)).frame()).code();
        code.own().into_raw()
    }
    /// Take a raised `StopIteration` away and store its value; `None` if nothing is raised.
    fn _PyGen_FetchStopIterationValue(thread; to: *mut Raw) -> c_int = status {
        *to = std::ptr::null_mut();
        let value = match thread.raised() {
            None => pyrox_objects::none(),
            Some(exception) if exception.is_instance_of(exceptions::stop_iteration()) => {
                let value = stop_value(exception);
                thread.set_raised(None);
                value
            }
            Some(_) => return Err(Raised),
        };
        *to = value.into_raw();
        Ok(())
    }
    /// Raise `StopIteration(value)`.
    fn _PyGen_SetStopIterationValue(thread; value: Raw) -> c_int = status { Err(thread.stop_iteration(Object::from_ptr_or_null(value))) }
    /// What `await` iterates over.
    fn _PyCoro_GetAwaitableIter(thread; object: Raw) -> Raw = give { coroutine::awaitable_iterator(thread, present(thread, object)?) }
    /// The iterator that a generator delegates to, or null.
    fn _PyGen_yf(thread; object: Raw) -> Raw {
        let generator = Object::from_ptr(object);
        match generator.getattr_str(thread, "gi_yieldfrom") {
            Ok(value) if !value.is_none() => value.into_raw(),
            Ok(_) => std::ptr::null_mut(),
            Err(Raised) => {
                thread.set_raised(None);
                std::ptr::null_mut()
            }
        }
    }
}
