//! `atexit`: functions to be called when the interpreter ends.

use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::native::{Keywords, Rest};
use pyrox_objects::{Dict, Obj, Object, Owned, PyResult, Thread, Tuple};

use crate::global::Global;

pymodule!(
    name = "atexit",
    doc = "allow programmer to define multiple exit functions to be executed\nupon normal program termination.\n\nTwo public functions, register and unregister, are defined.",
    functions = [register, unregister, _clear, _run_exitfuncs, _ncallbacks]
);

#[derive(Clone)]
struct Callback {
    function: Obj,
    args: Owned<Tuple>,
    kwargs: Option<Owned<Dict>>,
}

static CALLBACKS: Global<Vec<Callback>> = Global::new(Vec::new());

/// Call the registered functions, newest first, and forget them: the interpreter does it at its end.
pub fn run_exit_functions(thread: &Thread) {
    // What they register themselves is not called any more.
    let callbacks = CALLBACKS.with(thread, std::mem::take);
    for callback in callbacks.into_iter().rev() {
        if callback.function.call_tuple(thread, &callback.args, callback.kwargs.as_deref()).is_err() {
            pyrox_objects::unraisable::write(thread, Some("Exception ignored in atexit callback "), Some(&callback.function));
        }
    }
    drop(CALLBACKS.with(thread, std::mem::take));
}

/// Register a function to be executed upon normal program termination
///
///     func - function to be called at exit
///     args - optional arguments to pass to func
///     kwargs - optional keyword arguments to pass to func
///
///     func is returned to facilitate usage as a decorator.
#[pyfunction(sig = "(*args, **kwargs)", text = "($module, func, /, *args, **kwargs)")]
pub fn register(thread: &Thread, args: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<Obj> {
    let Some(function) = args.get(0) else {
        return Err(thread.type_error("register() takes at least 1 argument (0 given)"));
    };
    if !function.is_callable() {
        return Err(thread.type_error("the first argument must be callable"));
    }
    let given = Tuple::from_vec(thread, args.iter().skip(1).map(Object::own).collect())?;
    let keywords = if kwargs.is_empty() {
        None
    } else {
        let dict = Dict::new(thread)?;
        for (name, value) in kwargs.iter() {
            dict.set(thread, name, value)?;
        }
        Some(dict)
    };
    let callback = Callback { function: function.own(), args: given, kwargs: keywords };
    CALLBACKS.with(thread, |callbacks| callbacks.push(callback));
    Ok(function.own())
}

/// Unregister an exit function which was previously registered using
/// atexit.register
///
///     func - function to be unregistered
#[pyfunction(sig = "(func, /)")]
pub fn unregister(thread: &Thread, func: &Object) -> PyResult<()> {
    // Comparing can run Python code that changes the list: a callback is removed by identity of its place's content.
    let known = CALLBACKS.with(thread, |callbacks| callbacks.clone());
    for callback in known {
        if callback.function.eq(thread, func)? {
            let gone = CALLBACKS.with(thread, |callbacks| {
                let at = callbacks.iter().position(|c| c.function.is(&callback.function) && c.args.is(&callback.args));
                at.map(|at| callbacks.remove(at))
            });
            drop(gone);
        }
    }
    Ok(())
}

/// Clear the list of previously registered exit functions.
#[pyfunction]
pub fn _clear(thread: &Thread) {
    let old = CALLBACKS.with(thread, std::mem::take);
    drop(old);
}

/// Run all registered exit functions.
///
/// If a callback raises an exception, it is logged with sys.unraisablehook.
#[pyfunction]
pub fn _run_exitfuncs(thread: &Thread) {
    run_exit_functions(thread);
}

/// Return the number of registered exit functions.
#[pyfunction]
pub fn _ncallbacks(thread: &Thread) -> usize {
    CALLBACKS.with(thread, |callbacks| callbacks.len())
}
