//! The module `_warnings`: issuing warnings through the filters.

use std::cell::{Cell, RefCell};

use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::exceptions;
use pyrox_objects::object::Own;
use pyrox_objects::{Dict, Int, List, Module, Obj, Object, Owned, PyResult, Str, Thread, Tuple, Type, intern};

use crate::frame::{self, Frame};

pymodule!(
    name = "_warnings",
    doc = "_warnings provides basic warning filtering support.\nIt is a helper module to speed up interpreter start-up.",
    functions = [warn, warn_explicit, _filters_mutated_lock_held, _acquire_lock, _release_lock],
    exec = exec
);

/// What the module keeps for the interpreter.
struct State {
    filters: Obj,
    once_registry: Obj,
    default_action: Obj,
    /// `_warnings_context`, from the first import of the module on.
    context: Option<Obj>,
}

thread_local! {
    static STATE: RefCell<Option<State>> = const { RefCell::new(None) };
    static FILTERS_VERSION: Cell<i64> = const { Cell::new(1) };
    static LOCKED: Cell<u32> = const { Cell::new(0) };
}

/// CPython's default filters.
fn default_filters(thread: &Thread) -> PyResult<Obj> {
    let main = Str::intern_str(thread, "__main__")?.upcast();
    let row = |action: &str, category: &Type, module: Obj| -> PyResult<Obj> {
        let items =
            vec![Str::intern_str(thread, action)?.upcast(), pyrox_objects::none(), (**category).own(), module, Int::from(0).upcast()];
        Ok(Tuple::from_vec(thread, items)?.upcast())
    };
    let rows = vec![
        row("default", exceptions::deprecation_warning(), main)?,
        row("ignore", exceptions::deprecation_warning(), pyrox_objects::none())?,
        row("ignore", exceptions::pending_deprecation_warning(), pyrox_objects::none())?,
        row("ignore", exceptions::import_warning(), pyrox_objects::none())?,
        row("ignore", exceptions::resource_warning(), pyrox_objects::none())?,
    ];
    Ok(List::from_vec(thread, rows)?.upcast())
}

fn state<T>(thread: &Thread, read: impl FnOnce(&State) -> T) -> PyResult<T> {
    if STATE.with_borrow(|state| state.is_none()) {
        let state = State {
            filters: default_filters(thread)?,
            once_registry: Dict::new(thread)?.upcast(),
            default_action: Str::intern_str(thread, "default")?.upcast(),
            context: None,
        };
        STATE.set(Some(state));
    }
    STATE.with_borrow(|state| state.as_ref().map(read)).ok_or_else(|| thread.runtime_error("warnings are not set up"))
}

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    let (filters, once, action) = state(thread, |s| (s.filters.clone(), s.once_registry.clone(), s.default_action.clone()))?;
    module.add(thread, "filters", &filters)?;
    module.add(thread, "_onceregistry", &once)?;
    module.add(thread, "_defaultaction", &action)?;
    let context = match state(thread, |s| s.context.clone())? {
        Some(context) => context,
        None => {
            // Loaded at the start: see `import::bootstrap`.
            let Some(variables) = crate::modules(thread)?.get_text(thread, "_contextvars")? else {
                return Err(thread.import_error("no built-in module named _contextvars"));
            };
            let made = variables.getattr_str(thread, "ContextVar")?.call(thread, &[&**Str::intern_str(thread, "_warnings_context")?])?;
            STATE.with_borrow_mut(|s| {
                if let Some(s) = s {
                    s.context = Some(made.clone());
                }
            });
            made
        }
    };
    module.add(thread, "_warnings_context", &context)
}

/// Acquire the lock of the warnings' state.
#[pyfunction]
fn _acquire_lock() {
    LOCKED.set(LOCKED.get() + 1);
}

/// Release the lock of the warnings' state.
#[pyfunction]
fn _release_lock(thread: &Thread) -> PyResult<()> {
    match LOCKED.get() {
        0 => Err(thread.runtime_error("cannot release un-acquired lock")),
        held => {
            LOCKED.set(held - 1);
            Ok(())
        }
    }
}

/// Say that the filters were changed, so that registries start anew.
#[pyfunction]
fn _filters_mutated_lock_held(thread: &Thread) -> PyResult<()> {
    if LOCKED.get() == 0 {
        return Err(thread.runtime_error("warnings lock is not held"));
    }
    FILTERS_VERSION.set(FILTERS_VERSION.get() + 1);
    Ok(())
}

/// An attribute of `warnings`, if that module is loaded (or `import` says to load it).
fn warnings_attribute(thread: &Thread, name: &Str, import: bool) -> PyResult<Option<Obj>> {
    let module = if import {
        match crate::import::import_module(thread, "warnings") {
            Ok(module) => module,
            Err(_) if thread.take_if(exceptions::import_error()) => return Ok(None),
            Err(raised) => return Err(raised),
        }
    } else {
        match pyrox_objects::hooks::sys(thread, "modules") {
            Some(modules) => match modules.cast::<Dict>().and_then(|m| m.get_str(intern!("warnings"))) {
                Some(module) => module,
                None => return Ok(None),
            },
            None => return Ok(None),
        }
    };
    module.lookup_attr(thread, name)
}

/// The filters that hold here: of the context, or `warnings.filters`.
fn current_filters(thread: &Thread) -> PyResult<Obj> {
    if let Some(variable) = state(thread, |s| s.context.clone())? {
        let context = variable.call_method(thread, intern!("get"), &[pyrox_objects::none_ref()])?;
        if !context.is_none() {
            return context.getattr(thread, intern!("_filters"));
        }
    }
    match warnings_attribute(thread, intern!("filters"), false)? {
        Some(filters) => Ok(filters),
        None => state(thread, |s| s.filters.clone()),
    }
}

fn matches(thread: &Thread, pattern: &Object, text: &Object) -> PyResult<bool> {
    if pattern.is_none() {
        return Ok(true);
    }
    if pattern.is_exact::<Str>() {
        return pattern.eq(thread, text);
    }
    pattern.call_method(thread, intern!("match"), &[text])?.is_true(thread)
}

/// What the filters say to do, and the filter that says it.
fn find_action(thread: &Thread, category: &Object, text: &Object, line: i64, module: &Object) -> PyResult<(Obj, Obj)> {
    let filters = current_filters(thread)?;
    let Some(filters) = filters.cast::<List>().map(Own::own_typed) else {
        return Err(thread.value_error("warnings.filters must be a list"));
    };
    let mut at = 0;
    // The list may be changed by what is called here.
    while let Some(item) = filters.get(at) {
        let row = match item.cast::<Tuple>() {
            Some(row) if row.len() == 5 => row.to_vec(),
            _ => return Err(thread.value_error(&format!("warnings.filters item {at} isn't a 5-tuple"))),
        };
        if !row[0].is_instance::<Str>() {
            return Err(thread.type_error(&format!("action must be a string, not '{}'", row[0].ty().full_name())));
        }
        if matches(thread, &row[1], text)?
            && matches(thread, &row[3], module)?
            && category.issubclass(thread, &row[2])?
            && [0, line].contains(&(row[4].as_isize(thread)? as i64))
        {
            return Ok((row[0].clone(), item));
        }
        at += 1;
    }
    let action = match warnings_attribute(thread, intern!("defaultaction"), false)? {
        Some(action) => action,
        None => state(thread, |s| s.default_action.clone())?,
    };
    match action.is_instance::<Str>() {
        true => Ok((action, pyrox_objects::none())),
        false => {
            let message = format!("warnings.defaultaction must be a string, not '{}'", action.ty().full_name());
            Err(thread.type_error(&message))
        }
    }
}

/// The registry is for the filters of now; an older one is emptied. Whether it has the key.
fn already_warned(thread: &Thread, registry: &Dict, key: &Object, set: bool) -> PyResult<bool> {
    let version = FILTERS_VERSION.get();
    let known = registry.get_str(intern!("version")).and_then(|v| v.cast::<Int>().and_then(Int::to_i64));
    if known != Some(version) {
        registry.clear();
        registry.set(thread, intern!("version"), &Int::from(version))?;
    } else if let Some(found) = registry.get(thread, key)? {
        if found.is_true(thread)? {
            return Ok(true);
        }
    }
    if set {
        registry.set(thread, key, pyrox_objects::bool_ref(true))?;
    }
    Ok(false)
}

/// Where a warning is from.
struct Place {
    filename: Obj,
    line: i64,
    module: Obj,
    /// A dict, or nothing.
    registry: Option<Owned<Dict>>,
}

fn module_of_file(thread: &Thread, filename: &Object) -> PyResult<Obj> {
    let Some(text) = filename.cast::<Str>() else { return Ok(Str::from_str(thread, "<unknown>")?.upcast()) };
    if text.len() == 0 {
        return Ok(Str::from_str(thread, "<unknown>")?.upcast());
    }
    let bytes = text.to_wtf8();
    let cut = bytes.strip_suffix(b".py").unwrap_or(&bytes);
    Ok(Str::from_wtf8(thread, cut)?.upcast())
}

fn issue(thread: &Thread, category: Option<&Object>, message: &Object, place: &Place, source: Option<&Object>) -> PyResult<()> {
    if place.module.is_none() {
        return Ok(());
    }
    let (text, message, category) = if message.isinstance(thread, exceptions::warning())? {
        (message.str(thread)?.upcast(), message.own(), (**message.ty()).own())
    } else {
        let category = category.unwrap_or(exceptions::user_warning());
        (message.own(), category.call(thread, &[message])?, category.own())
    };
    let line = Int::from(place.line).upcast();
    let key = Tuple::from_vec(thread, vec![text.clone(), category.clone(), line])?;
    if let Some(registry) = &place.registry {
        if already_warned(thread, registry, &key, false)? {
            return Ok(());
        }
    }
    let (action, item) = find_action(thread, &category, &text, place.line, &place.module)?;
    let is = |name: &str| action.cast::<Str>().is_some_and(|a| a.equals_str(name));
    if is("error") {
        return Err(thread.raise(message));
    }
    if is("ignore") {
        return Ok(());
    }
    if !is("always") && !is("all") {
        if let Some(registry) = &place.registry {
            registry.set(thread, &key, pyrox_objects::bool_ref(true))?;
        }
        if is("once") {
            let registry = match &place.registry {
                Some(registry) => registry.clone(),
                None => {
                    let once = match warnings_attribute(thread, intern!("onceregistry"), false)? {
                        Some(once) => once,
                        None => state(thread, |s| s.once_registry.clone())?,
                    };
                    once.downcast::<Dict>().map_err(|other| {
                        thread.type_error(&format!("_warnings.onceregistry must be a dict, not '{}'", other.ty().full_name()))
                    })?
                }
            };
            let short = Tuple::from_vec(thread, vec![text.clone(), category.clone()])?;
            if already_warned(thread, &registry, &short, true)? {
                return Ok(());
            }
        } else if is("module") {
            if let Some(registry) = &place.registry {
                let zero = Tuple::from_vec(thread, vec![text.clone(), category.clone(), Int::from(0).upcast()])?;
                if already_warned(thread, registry, &zero, true)? {
                    return Ok(());
                }
            }
        } else if !is("default") {
            return Err(thread.runtime_error(&format!(
                "Unrecognized action ({}) in warnings.filters:\n {}",
                action.repr(thread)?,
                item.repr(thread)?
            )));
        }
    }
    show(thread, &category, &text, &message, place, source)
}

fn show(thread: &Thread, category: &Object, text: &Object, message: &Object, place: &Place, source: Option<&Object>) -> PyResult<()> {
    let Some(function) = warnings_attribute(thread, intern!("_showwarnmsg"), source.is_some())? else {
        return show_plainly(thread, category, text, place);
    };
    if !function.is_callable() {
        return Err(thread.type_error("warnings._showwarnmsg() must be set to a callable"));
    }
    let Some(class) = warnings_attribute(thread, intern!("WarningMessage"), false)? else {
        return Err(thread.runtime_error("unable to get warnings.WarningMessage"));
    };
    let line = Int::from(place.line);
    let none = pyrox_objects::none_ref();
    let record = class.call(thread, &[message, category, &place.filename, &line, none, none, source.unwrap_or(none)])?;
    function.call(thread, &[&record]).map(drop)
}

/// Without the module `warnings`: one line and the source line on `sys.stderr`.
fn show_plainly(thread: &Thread, category: &Object, text: &Object, place: &Place) -> PyResult<()> {
    let Some(stream) = pyrox_objects::hooks::sys(thread, "stderr").filter(|s| !s.is_none()) else { return Ok(()) };
    let name = category.getattr(thread, intern!("__name__"))?.str(thread)?;
    let file = place.filename.str(thread)?;
    let mut out = format!("{file}:{}: {name}: {}\n", place.line, text.str(thread)?);
    if let Some(line) = crate::traceback::source_line(&file.to_string(), place.line as i32) {
        out.push_str(&format!("  {}\n", line.trim()));
    }
    stream.call_method(thread, intern!("write"), &[&**Str::from_str(thread, &out)?]).map(drop)
}

/// A frame of the import system itself.
fn is_internal(frame: &Frame) -> bool {
    let name = frame.code().filename().to_string_lossy();
    name.contains("importlib") && name.contains("_bootstrap")
}

fn skipped(frame: &Frame, prefixes: &[String]) -> bool {
    let name = frame.code().filename().to_string_lossy();
    prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()))
}

/// The place `level` frames up.
fn place_of_caller(thread: &Thread, level: isize, prefixes: &[String]) -> PyResult<Place> {
    let mut current = frame::current(thread);
    // SAFETY: frames of the running chain, each time.
    let at = |frame: *mut Frame| unsafe { frame.as_ref() };
    let previous = |frame: *mut Frame| at(frame).map_or(std::ptr::null_mut(), Frame::previous);
    let external = |mut frame: *mut Frame| {
        loop {
            frame = previous(frame);
            match at(frame) {
                Some(f) if is_internal(f) || skipped(f, prefixes) => {}
                _ => return frame,
            }
        }
    };
    let plain = level <= 0 || at(current).is_some_and(is_internal);
    for _ in 1..level {
        if current.is_null() {
            break;
        }
        current = if plain { previous(current) } else { external(current) };
    }
    let (globals, filename, line): (Owned<Dict>, Obj, i64) = match at(current) {
        Some(frame) => {
            let code = frame.code();
            (frame.globals().own_typed(), (**code.filename()).own(), code.line_at(frame.offset()).unwrap_or(0) as i64)
        }
        None => match pyrox_objects::hooks::sys(thread, "__dict__").and_then(|d| d.downcast::<Dict>().ok()).or_else(crate::sys_dict) {
            Some(sys) => (sys, Str::from_str(thread, "<sys>")?.upcast(), 0),
            None => (Dict::new(thread)?, Str::from_str(thread, "<sys>")?.upcast(), 0),
        },
    };
    let registry = match globals.get_str(intern!("__warningregistry__")).and_then(|r| r.downcast::<Dict>().ok()) {
        Some(registry) => registry,
        None => {
            let registry = Dict::new(thread)?;
            globals.set(thread, intern!("__warningregistry__"), &registry)?;
            registry
        }
    };
    let module = match globals.get_str(intern!("__name__")) {
        Some(name) if name.is_none() || name.is_instance::<Str>() => name,
        _ => Str::from_str(thread, "<string>")?.upcast(),
    };
    Ok(Place { filename, line, module, registry: Some(registry) })
}

fn checked_category(thread: &Thread, message: &Object, category: Option<&Object>) -> PyResult<Obj> {
    let category = if message.isinstance(thread, exceptions::warning())? {
        (**message.ty()).own()
    } else {
        match category.filter(|c| !c.is_none()) {
            Some(category) => category.own(),
            None => (**exceptions::user_warning()).own(),
        }
    };
    let good = category.is_instance::<Type>() && category.issubclass(thread, exceptions::warning())?;
    if !good {
        return Err(thread.type_error(&format!("category must be a Warning subclass, not '{}'", category.ty().full_name())));
    }
    Ok(category)
}

/// `PyErr_WarnEx`: a warning from native code, blamed on the running Python function.
///
/// # Errors
/// The warning itself, where a filter says so, and whatever showing it raises.
pub fn warn_native(thread: &Thread, category: &Type, message: &str) -> PyResult<()> {
    let message = Str::from_str(thread, message)?;
    let place = place_of_caller(thread, 1, &[])?;
    issue(thread, Some(category), &message, &place, None)
}

/// As [`warn_native`], blamed on the function `level - 1` frames up.
pub fn warn_level(thread: &Thread, category: &Type, message: &str, level: isize) -> PyResult<()> {
    let message = Str::from_str(thread, message)?;
    let category = checked_category(thread, &message, Some(category))?;
    let place = place_of_caller(thread, level, &[])?;
    issue(thread, Some(&category), &message, &place, None)
}

/// `PyErr_WarnExplicitObject`: a warning about a place in a file, with the registry of those that were shown.
pub fn warn_explicit_native(
    thread: &Thread,
    category: &Type,
    message: &Object,
    filename: &Object,
    line: i64,
    module: Option<&Object>,
    registry: Option<&Object>,
) -> PyResult<()> {
    let module = match module {
        Some(module) => module.own(),
        None => module_of_file(thread, filename)?,
    };
    let registry = registry.and_then(|r| r.cast::<Dict>()).map(|r| r.own_typed());
    let place = Place { filename: filename.own(), line, module, registry };
    issue(thread, Some(category), message, &place, None)
}

/// `PyErr_ResourceWarning`: as above, about an object.
pub fn warn_resource(thread: &Thread, source: &Object, message: &str) -> PyResult<()> {
    let message = Str::from_str(thread, message)?;
    let place = place_of_caller(thread, 1, &[])?;
    issue(thread, Some(exceptions::resource_warning()), &message, &place, Some(source))
}

/// `PyErr_WarnExplicit`: a warning about a place in a file.
pub fn warn_at(thread: &Thread, category: &Type, message: &str, filename: &str, line: i64) -> PyResult<()> {
    let message = Str::from_str(thread, message)?;
    let filename = Str::from_str(thread, filename)?.upcast();
    let place = Place { module: module_of_file(thread, &filename)?, filename, line, registry: None };
    issue(thread, Some(category), &message, &place, None)
}

/// Issue a warning, or maybe ignore it or raise an exception.
///
///   message
///     Text of the warning message.
///   category
///     The Warning category subclass. Defaults to UserWarning.
///   stacklevel
///     How far up the call stack to make this warning appear.
///   source
///     If supplied, the destroyed object which emitted a ResourceWarning.
///   skip_file_prefixes
///     An optional tuple of module filename prefixes indicating frames to skip
///     during stacklevel computations for stack frame attribution.
#[pyfunction(sig = "(message, category=None, stacklevel=1, source=None, *, skip_file_prefixes=())")]
fn warn(
    thread: &Thread,
    message: &Object,
    category: Option<&Object>,
    stacklevel: isize,
    source: Option<&Object>,
    skip_file_prefixes: Option<&Object>,
) -> PyResult<()> {
    let category = checked_category(thread, message, category)?;
    let mut prefixes = Vec::new();
    if let Some(given) = skip_file_prefixes {
        let Some(tuple) = given.cast::<Tuple>() else {
            let message = format!("warn() argument 'skip_file_prefixes' must be tuple, not {}", given.ty().full_name());
            return Err(thread.type_error(&message));
        };
        for prefix in tuple.to_vec() {
            let Some(prefix) = prefix.cast::<Str>() else {
                return Err(thread.type_error(&format!("Found non-str '{}' in skip_file_prefixes.", prefix.ty().full_name())));
            };
            prefixes.push(prefix.to_string());
        }
    }
    let level = if prefixes.is_empty() { stacklevel } else { stacklevel.max(2) };
    let place = place_of_caller(thread, level, &prefixes)?;
    issue(thread, Some(&category), message, &place, source.filter(|s| !s.is_none()))
}

/// Issue a warning, or maybe ignore it or raise an exception.
#[pyfunction(
    sig = "(message, category, filename, lineno, module=None, registry=None, module_globals=None, source=None)",
    text = "(message, category, filename, lineno, module=<unrepresentable>, registry=None, module_globals=None, source=None)"
)]
fn warn_explicit(
    thread: &Thread,
    message: &Object,
    category: &Object,
    filename: &Str,
    lineno: i32,
    module: Option<&Object>,
    registry: Option<&Object>,
    module_globals: Option<&Object>,
    source: Option<&Object>,
) -> PyResult<()> {
    let category = checked_category(thread, message, Some(category))?;
    let filename: Obj = (**filename).own();
    let registry = match registry.filter(|r| !r.is_none()) {
        None => None,
        Some(registry) => match registry.cast::<Dict>() {
            Some(dict) => Some(dict.own_typed()),
            None => return Err(thread.type_error(&format!("'registry' must be a dict or None, not '{}'", registry.ty().full_name()))),
        },
    };
    if let Some(globals) = module_globals.filter(|g| !g.is_none()) {
        if !globals.is_instance::<Dict>() {
            return Err(thread.type_error(&format!("module_globals must be a dict, not '{}'", globals.ty().full_name())));
        }
        // The lines may come from the module's loader only: let `linecache` keep them for the report.
        let linecache = crate::import::import_module(thread, "linecache")?;
        linecache.call_method(thread, intern!("lazycache"), &[&filename, globals])?;
    }
    let module = match module.filter(|m| !m.is_none()) {
        Some(module) => module.own(),
        None => module_of_file(thread, &filename)?,
    };
    let place = Place { filename, line: lineno as i64, module, registry };
    issue(thread, Some(&category), message, &place, source.filter(|s| !s.is_none()))
}
