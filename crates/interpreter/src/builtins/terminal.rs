//! `input()` and `breakpoint()`.

use pyrox_macros::pyfunction;
use pyrox_objects::native::{Keywords, Rest};
use pyrox_objects::{Obj, Object, PyResult, Str, Thread, intern};

/// Call breakpoint(*args, **kws).
///
/// Calls sys.breakpointhook() with the arguments, which by default drops you into the pdb debugger.
#[pyfunction(sig = "(*args, **kws)")]
pub fn breakpoint(thread: &Thread, args: Rest<'_>, kws: Keywords<'_>) -> PyResult<Obj> {
    let Some(hook) = pyrox_objects::hooks::sys(thread, "breakpointhook") else {
        return Err(thread.runtime_error("lost sys.breakpointhook"));
    };
    let positional: Vec<&Object> = args.iter().collect();
    let named: Vec<(String, &Object)> = kws.iter().map(|(name, value)| (name.to_string(), value)).collect();
    let named: Vec<(&str, &Object)> = named.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    hook.call_with_keywords(thread, &positional, &named)
}

/// A standard stream of `sys`.
fn stream(thread: &Thread, name: &str) -> PyResult<Obj> {
    match pyrox_objects::hooks::sys(thread, name).filter(|stream| !stream.is_none()) {
        Some(stream) => Ok(stream),
        None => Err(thread.runtime_error(&format!("lost sys.{name}"))),
    }
}

/// Flush; what fails does not matter.
fn flush(thread: &Thread, stream: &Object) {
    if stream.call_method(thread, intern!("flush"), &[]).is_err() {
        thread.set_raised(None);
    }
}

/// Read a string from standard input. The trailing newline is stripped.
///
/// The prompt string, if given, is printed to standard output without a trailing newline before
/// reading input. If the user hits EOF, raise EOFError.
#[pyfunction(sig = "(prompt='', /)")]
pub fn input(thread: &Thread, prompt: Option<&Object>) -> PyResult<Obj> {
    let (reader, writer, errors) = (stream(thread, "stdin")?, stream(thread, "stdout")?, stream(thread, "stderr")?);
    flush(thread, &errors);
    if let Some(prompt) = prompt {
        let text = prompt.str(thread)?;
        writer.call_method(thread, intern!("write"), &[&*text])?;
    }
    flush(thread, &writer);
    let line = reader.call_method(thread, intern!("readline"), &[])?;
    let Some(text) = line.cast::<Str>() else {
        return Err(thread.type_error("object.readline() returned non-string"));
    };
    if text.len() == 0 {
        return Err(thread.eof_error("EOF when reading a line"));
    }
    text.call_method(thread, intern!("removesuffix"), &[intern!("\n")])
}
