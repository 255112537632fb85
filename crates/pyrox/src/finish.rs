//! The end of a program: what its exception means, and what runs before the process ends.

use pyrox_interpreter as interpreter;
use pyrox_objects::exceptions::{self, SystemExit};
use pyrox_objects::weakref::WeakRef;
use pyrox_objects::{Dict, Int, Module, Obj, PyResult, PyType, Str, Thread, intern};

/// How a program ended.
pub enum Status {
    Code(i32),
    /// By an interrupt that nobody caught: the process is to die of it.
    Interrupted,
}

/// Show the raised exception, if any, and tell the exit status.
pub fn status(thread: &Thread, result: PyResult<()>) -> Status {
    if result.is_ok() {
        return Status::Code(0);
    }
    let Some(exception) = thread.take_raised() else { return Status::Code(1) };
    if let Some(exit) = exception.cast::<SystemExit>() {
        return Status::Code(exit_code(thread, exit.code()));
    }
    interpreter::sys::keep_last(thread, &exception);
    if let Some(exit) = interpreter::sys::print_uncaught(thread, &exception) {
        return Status::Code(exit_code(thread, exit.cast::<SystemExit>().and_then(SystemExit::code)));
    }
    if exception.is_instance_of(exceptions::keyboard_interrupt()) { Status::Interrupted } else { Status::Code(1) }
}

fn exit_code(thread: &Thread, code: Option<Obj>) -> i32 {
    let Some(code) = code.filter(|code| !code.is_none()) else { return 0 };
    if let Some(number) = code.cast::<Int>() {
        return number.to_i64().map_or(-1, |n| n as i32);
    }
    if interpreter::flush(thread).is_err() {
        thread.set_raised(None);
    }
    let written = code.str(thread).and_then(|text| {
        let line = Str::from_str(thread, &format!("{}\n", text.to_string_lossy()))?;
        match pyrox_objects::hooks::sys(thread, "stderr").filter(|stream| !stream.is_none()) {
            Some(stream) => stream.call_method(thread, intern!("write"), &[&**line]).map(drop),
            None => Ok(()),
        }
    });
    if written.is_err() {
        thread.set_raised(None);
    }
    1
}

/// Report the raised exception as one that is ignored here.
fn ignore(thread: &Thread, result: PyResult<()>, what: &str) {
    if result.is_err() {
        pyrox_objects::hooks::unraisable(thread, Some(what), None);
    }
}

/// Wait for threads, run exit functions, flush the streams and let modules go.
pub fn finish(thread: &Thread, status: Status) -> i32 {
    let loaded = |name: &str| interpreter::modules(thread).and_then(|modules| modules.get_text(thread, name)).ok().flatten();
    if let Some(threading) = loaded("threading") {
        let result = threading.call_method(thread, intern!("_shutdown"), &[]).map(drop);
        ignore(thread, result, "Exception ignored on threading shutdown");
    }
    pyrox_stdlib_core::atexit::run_exit_functions(thread);
    let mut code = match status {
        Status::Code(code) => code,
        Status::Interrupted => 130,
    };
    if flush(thread) && code == 0 {
        code = 120;
    }
    clear_modules(thread);
    if flush(thread) && code == 0 {
        code = 120;
    }
    if matches!(status, Status::Interrupted) {
        // SAFETY: the default action of the signal ends this process, as whoever waits for it expects.
        unsafe {
            libc::signal(libc::SIGINT, libc::SIG_DFL);
            libc::kill(libc::getpid(), libc::SIGINT);
        }
    }
    code
}

/// Whether a stream is there and open.
fn is_open(thread: &Thread, name: &str) -> bool {
    let Some(stream) = pyrox_objects::hooks::sys(thread, name).filter(|stream| !stream.is_none()) else { return false };
    match stream.lookup_attr(thread, intern!("closed")).and_then(|closed| closed.map_or(Ok(false), |closed| closed.is_true(thread))) {
        Ok(closed) => !closed,
        Err(_) => {
            thread.set_raised(None);
            true
        }
    }
}

/// Flush the streams; whether that of standard output failed.
fn flush(thread: &Thread) -> bool {
    let mut failed = false;
    if is_open(thread, "stdout") && interpreter::flush(thread).is_err() {
        let stream = pyrox_objects::hooks::sys(thread, "stdout");
        pyrox_objects::hooks::unraisable(thread, Some("Exception ignored while flushing sys.stdout"), stream.as_deref());
        failed = true;
    }
    if let Some(stream) = pyrox_objects::hooks::sys(thread, "stderr").filter(|_| is_open(thread, "stderr")) {
        if stream.call_method(thread, intern!("flush"), &[]).is_err() {
            thread.set_raised(None);
        }
    }
    failed
}

/// Let go of the modules, `__main__` first, so that what they hold dies while the interpreter still works.
fn clear_modules(thread: &Thread) {
    interpreter::tracing::set_tracer(thread, None);
    interpreter::tracing::set_profiler(thread, None);
    let Ok(modules) = interpreter::modules(thread) else { return };
    let mut entries: Vec<(Obj, Obj)> = modules.items_vec();
    // What streams, imports and reports lean on goes last, which here means with the process.
    let kept = ["sys", "builtins", "_io", "io", "_frozen_importlib", "_frozen_importlib_external", "_imp", "_warnings", "warnings"];
    entries.retain(|(name, module)| {
        module.is_instance::<Module>() && !name.cast::<Str>().is_some_and(|name| kept.iter().any(|k| name.equals_str(k)))
    });
    for (name, _) in &entries {
        if modules.set(thread, name, pyrox_objects::none_ref()).is_err() {
            thread.set_raised(None);
        }
    }
    // Modules that nobody else holds go, and with them what only their dicts hold; destructors still find their
    // globals. Then the dicts of those that are left are cleared, the latest first.
    let class = WeakRef::ty();
    let left: Vec<_> = entries.iter().filter_map(|(_, module)| WeakRef::new(thread, class, module, None).ok()).collect();
    thread.set_raised(None);
    entries.clear();
    pyrox_objects::gc::collect(thread, 2);
    let mut cleared = false;
    for module in left.iter().rev() {
        let Some(module) = module.referent() else { continue };
        if let Some(module) = module.cast::<Module>() {
            let file = module.dict().get_str(intern!("__file__")).and_then(|f| f.downcast::<Str>().ok());
            // The library's own modules have nothing to say at the end.
            let library = pyrox_objects::hooks::sys(thread, "_stdlib_dir").and_then(|d| d.downcast::<Str>().ok());
            let is_main =
                module.dict().get_str(intern!("__name__")).is_some_and(|n| n.cast::<Str>().is_some_and(|n| n.equals_str("__main__")));
            let ours = match (&file, &library) {
                (Some(file), Some(library)) => file.to_string_lossy().starts_with(&*library.to_string_lossy()),
                _ => true,
            };
            if !ours || is_main {
                cleared |= clear_dict(thread, module.dict());
            }
        }
    }
    // Nothing else has changed since the last time.
    if cleared {
        pyrox_objects::gc::collect(thread, 2);
    }
}

/// Set a module's names to `None`: those that begin with one underscore first, as CPython does. Whether it
/// had any names of its own.
fn clear_dict(thread: &Thread, dict: &Dict) -> bool {
    let mut cleared = false;
    for private in [true, false] {
        for (key, value) in dict.items_vec() {
            let Some(name) = key.cast::<Str>() else { continue };
            let text = name.to_string_lossy();
            let first_pass = text.starts_with('_') && !text.starts_with("__");
            if value.is_none() || text == "__builtins__" || first_pass != private {
                continue;
            }
            drop(value);
            cleared |= !text.starts_with("__");
            if dict.set(thread, &key, pyrox_objects::none_ref()).is_err() {
                thread.set_raised(None);
            }
        }
    }
    cleared
}
