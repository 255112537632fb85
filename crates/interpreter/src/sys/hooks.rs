//! The hooks of `sys`: for uncaught and unraisable exceptions, breakpoints and audits.

use std::cell::RefCell;

use pyrox_macros::pyfunction;
use pyrox_objects::exceptions::{BaseException, SystemExit};
use pyrox_objects::native::{Keywords, Rest};
use pyrox_objects::struct_sequence::{StructSequence, plain_field};
use pyrox_objects::{Obj, Object, PyResult, Str, Thread, Tuple, intern, none};

static UNRAISABLE_ARGS: StructSequence = StructSequence::new(
    c"UnraisableHookArgs",
    c"Type used to pass arguments to sys.unraisablehook.",
    &[plain_field(c"exc_type"), plain_field(c"exc_value"), plain_field(c"exc_traceback"), plain_field(c"err_msg"), plain_field(c"object")],
    5,
);

thread_local! {
    static AUDIT_HOOKS: RefCell<Vec<Obj>> = const { RefCell::new(Vec::new()) };
}

/// Write to `sys.stderr`, or to the process's if there is none.
fn write_error(thread: &Thread, text: &str) {
    let Some(stream) = pyrox_objects::hooks::sys(thread, "stderr") else {
        eprint!("{text}");
        return;
    };
    if stream.is_none() {
        return;
    }
    let written = Str::from_str(thread, text).and_then(|text| stream.call_method(thread, intern!("write"), &[&**text]));
    let flushed = written.and_then(|_| stream.call_method(thread, intern!("flush"), &[]));
    if flushed.is_err() {
        thread.set_raised(None);
    }
}

/// Show an exception as the library's `traceback` does, or plainly if that cannot be had.
fn display(thread: &Thread, exception: &Object) {
    if pyrox_objects::hooks::sys(thread, "stderr").is_some_and(|stream| stream.is_none()) {
        return;
    }
    let shown = crate::import::import_module(thread, "traceback").and_then(|module| {
        let function = module.getattr(thread, intern!("_print_exception_bltin"))?;
        function.call(thread, &[exception])
    });
    if shown.is_err() {
        thread.set_raised(None);
        write_error(thread, &crate::traceback::format_exception(thread, exception));
    }
}

/// Handle an exception by displaying it with a traceback on sys.stderr.
#[pyfunction(sig = "(exctype, value, traceback, /)")]
pub fn excepthook(thread: &Thread, exctype: &Object, value: &Object, traceback: &Object) -> PyResult<()> {
    let _ = exctype;
    let Some(exception) = BaseException::of(value) else {
        let message = format!("TypeError: print_exception(): Exception expected for value, {} found\n", value.ty().full_name());
        write_error(thread, &message);
        return Ok(());
    };
    if exception.traceback().is_none() && !traceback.is_none() {
        exception.set_traceback(Some(traceback.own()));
    }
    display(thread, value);
    Ok(())
}

/// Keep an exception as `sys.last_exc`, with its parts, for who looks at what went wrong.
pub fn keep_last(thread: &Thread, exception: &Object) {
    let keep = || -> PyResult<()> {
        let Some(sys) = crate::sys_dict() else { return Ok(()) };
        let traceback = BaseException::of(exception).and_then(|e| e.traceback()).unwrap_or_else(none);
        sys.set_text(thread, "last_exc", exception)?;
        sys.set_text(thread, "last_type", exception.ty())?;
        sys.set_text(thread, "last_value", exception)?;
        sys.set_text(thread, "last_traceback", &traceback)
    };
    if keep().is_err() {
        thread.set_raised(None);
    }
}

/// Give an exception that nobody caught to `sys.excepthook`. A `SystemExit` of the hook comes back: the program is
/// to end by it.
pub fn print_uncaught(thread: &Thread, exception: &Object) -> Option<Obj> {
    let flush = |thread: &Thread| {
        if crate::flush(thread).is_err() {
            thread.set_raised(None);
        }
    };
    flush(thread);
    let traceback = BaseException::of(exception).and_then(|e| e.traceback()).unwrap_or_else(none);
    let Some(hook) = pyrox_objects::hooks::sys(thread, "excepthook") else {
        write_error(thread, "sys.excepthook is missing\n");
        display(thread, exception);
        return None;
    };
    if hook.call(thread, &[exception.ty(), exception, &traceback]).is_err() {
        let failure = thread.take_raised();
        if let Some(failure) = failure {
            if failure.cast::<SystemExit>().is_some() {
                return Some(failure);
            }
            write_error(thread, "Error in sys.excepthook:\n");
            display(thread, &failure);
            write_error(thread, "\nOriginal exception was:\n");
        }
        display(thread, exception);
    }
    flush(thread);
    None
}

/// Give the raised exception, which cannot be raised here, to `sys.unraisablehook`.
pub fn report_unraisable(thread: &Thread, message: Option<&str>, object: Option<&Object>) {
    let Some(exception) = thread.take_raised() else { return };
    let report = || -> PyResult<()> {
        let traceback = BaseException::of(&exception).and_then(|e| e.traceback()).unwrap_or_else(none);
        let message = match message {
            Some(message) => Str::from_str(thread, message)?.upcast(),
            None => none(),
        };
        let fields = [(**exception.ty()).own(), exception.clone(), traceback, message, object.map_or_else(none, Object::own)];
        let args = UNRAISABLE_ARGS.make(thread, fields)?;
        match pyrox_objects::hooks::sys(thread, "unraisablehook") {
            Some(hook) => hook.call(thread, &[&args]).map(drop),
            None => unraisablehook(thread, &args),
        }
    };
    if report().is_err() {
        thread.set_raised(None);
        write_error(thread, "Exception ignored in sys.unraisablehook\n");
        display(thread, &exception);
    }
}

/// Handle an unraisable exception.
///
/// The unraisable argument has the attributes exc_type, exc_value, exc_traceback, err_msg and object.
#[pyfunction(sig = "(unraisable, /)")]
pub fn unraisablehook(thread: &Thread, unraisable: &Object) -> PyResult<()> {
    let Some(args) = unraisable.cast::<Tuple>().filter(|args| args.len() == 5) else {
        return Err(thread.type_error("sys.unraisablehook argument type must be UnraisableHookArgs"));
    };
    let fields = args.to_vec();
    let (value, message, object) = (&fields[1], &fields[3], &fields[4]);
    let mut head = String::new();
    if !object.is_none() {
        let shown = match object.repr(thread) {
            Ok(shown) => shown.to_string(),
            Err(_) => {
                thread.set_raised(None);
                "<object repr() failed>".into()
            }
        };
        match message.is_none() {
            true => head.push_str(&format!("Exception ignored in: {shown}\n")),
            false => head.push_str(&format!("{}: {shown}\n", message.str(thread)?)),
        }
    } else if !message.is_none() {
        head.push_str(&format!("{}:\n", message.str(thread)?));
    }
    write_error(thread, &head);
    match BaseException::of(value).is_some() {
        true => display(thread, value),
        false => write_error(thread, &format!("{}\n", fields[0].str(thread)?)),
    }
    Ok(())
}

/// This hook function is called by built-in breakpoint().
#[pyfunction(sig = "(*args, **kwargs)")]
pub fn breakpointhook(thread: &Thread, args: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<Obj> {
    let named = std::env::var("PYTHONBREAKPOINT").unwrap_or_default();
    if named == "0" {
        return Ok(none());
    }
    let named = if named.is_empty() { "pdb.set_trace".to_string() } else { named };
    let (module, name) = named.rsplit_once('.').unwrap_or(("builtins", &named));
    let found = crate::import::import_module(thread, module).and_then(|module| module.getattr_str(thread, name));
    let Ok(hook) = found else {
        let missing =
            thread.take_if(pyrox_objects::exceptions::import_error()) || thread.take_if(pyrox_objects::exceptions::attribute_error());
        if !missing {
            return Err(pyrox_objects::Raised);
        }
        let message = format!("Ignoring unimportable $PYTHONBREAKPOINT: \"{named}\"");
        crate::warnings::warn_native(thread, pyrox_objects::exceptions::runtime_warning(), &message)?;
        return Ok(none());
    };
    let positional: Vec<&Object> = (0..args.len()).filter_map(|at| args.get(at)).collect();
    let names: Vec<(String, &Object)> = kwargs.iter().map(|(name, value)| (name.to_string(), value)).collect();
    let named: Vec<(&str, &Object)> = names.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    hook.call_with_keywords(thread, &positional, &named)
}

/// Passes the event to any hooks that are attached.
#[pyfunction(sig = "(event, /, *args)")]
pub fn audit(thread: &Thread, event: &Str, args: Rest<'_>) -> PyResult<()> {
    let hooks = AUDIT_HOOKS.with_borrow(|hooks| hooks.clone());
    if hooks.is_empty() {
        return Ok(());
    }
    let items: Vec<Obj> = (0..args.len()).filter_map(|at| args.get(at)).map(Object::own).collect();
    let items = Tuple::from_vec(thread, items)?;
    for hook in hooks {
        hook.call(thread, &[event, &items])?;
    }
    Ok(())
}

/// Adds a new audit hook callback.
#[pyfunction(sig = "(hook)")]
pub fn addaudithook(thread: &Thread, hook: &Object) -> PyResult<()> {
    // Hooks that are there may refuse a new one by an exception, which is not passed on if it is a RuntimeError.
    let hooks = AUDIT_HOOKS.with_borrow(|hooks| hooks.clone());
    let event = Str::intern_str(thread, "sys.addaudithook")?;
    let nothing = Tuple::empty();
    for known in hooks {
        if let Err(raised) = known.call(thread, &[&event, &nothing]) {
            return if thread.take_if(pyrox_objects::exceptions::runtime_error()) { Ok(()) } else { Err(raised) };
        }
    }
    AUDIT_HOOKS.with_borrow_mut(|hooks| hooks.push(hook.own()));
    Ok(())
}
