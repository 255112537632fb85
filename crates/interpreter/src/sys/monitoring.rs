//! `sys.monitoring`: tools, their events and callbacks. `monitor` tells them.

use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::namespace::Namespace;
use pyrox_objects::{Dict, Int, Module, Obj, Object, PyResult, Str, Thread};

use crate::code::Code;
use crate::monitor;

pymodule!(
    name = "sys.monitoring",
    doc = "",
    functions = [
        use_tool_id,
        clear_tool_id,
        free_tool_id,
        get_tool,
        register_callback,
        get_events,
        set_events,
        get_local_events,
        set_local_events,
        restart_events,
        _all_events,
    ],
    exec = exec
);

const TOOLS: i32 = monitor::TOOLS as i32;
const EVENT_COUNT: u32 = monitor::NAMES.len() as u32;

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    let events = Dict::new(thread)?;
    for (at, name) in monitor::NAMES.iter().enumerate() {
        events.set_text(thread, name, &Int::from(1i64 << at))?;
    }
    events.set_text(thread, "NO_EVENTS", &Int::from(0))?;
    module.add(thread, "events", &**Namespace::new(thread, Some(&events))?)?;
    let object = <Object as pyrox_objects::PyType>::ty();
    let (disable, missing) = (object.call(thread, &[])?, object.call(thread, &[])?);
    module.add(thread, "DISABLE", &disable)?;
    module.add(thread, "MISSING", &missing)?;
    monitor::set_marks(disable, missing);
    for (name, number) in [("DEBUGGER_ID", 0), ("COVERAGE_ID", 1), ("PROFILER_ID", 2), ("OPTIMIZER_ID", 5)] {
        module.add_int(thread, name, number)?;
    }
    Ok(())
}

/// The module, filled.
pub(super) fn make(thread: &Thread) -> PyResult<Obj> {
    let module = MODULE.create(thread)?;
    MODULE.execute(thread, &module)?;
    Ok(module.upcast())
}

fn valid(thread: &Thread, tool: i32) -> PyResult<usize> {
    match usize::try_from(tool).ok().filter(|_| tool < TOOLS) {
        Some(tool) => Ok(tool),
        None => Err(thread.value_error(&format!("invalid tool {tool} (must be between 0 and 5)"))),
    }
}

fn in_use(thread: &Thread, tool: i32) -> PyResult<usize> {
    let at = valid(thread, tool)?;
    match monitor::tool(at, |tool| tool.name.is_some()) == Some(true) {
        true => Ok(at),
        false => Err(thread.value_error(&format!("tool {tool} is not in use"))),
    }
}

/// A set of events as it is kept: what native functions do comes with calls, and there are two kinds of branches.
fn event_set(thread: &Thread, events: i32, local: bool) -> PyResult<u32> {
    let what = if local { "local " } else { "" };
    let refuse = || Err(thread.value_error(&format!("invalid {what}event set {events:#x}")));
    let Some(mut events) = u32::try_from(events).ok().filter(|&events| events < 1 << EVENT_COUNT) else { return refuse() };
    let native = 1 << monitor::C_RETURN | 1 << monitor::C_RAISE;
    if events & native != 0 && events & (native | 1 << monitor::CALL) != native | 1 << monitor::CALL {
        return Err(thread.value_error("cannot set C_RETURN or C_RAISE events independently"));
    }
    events &= !native;
    if events & 1 << monitor::BRANCH != 0 {
        events = events & !(1 << monitor::BRANCH) | 1 << monitor::BRANCH_LEFT | 1 << monitor::BRANCH_RIGHT;
    }
    if local && events & !monitor::LOCAL != 0 {
        return refuse();
    }
    Ok(events)
}

fn check_code(thread: &Thread, code: &Object) -> PyResult<()> {
    match code.is_instance::<Code>() {
        true => Ok(()),
        false => Err(thread.type_error("code must be a code object")),
    }
}

#[pyfunction(sig = "(tool_id, name, /)")]
fn use_tool_id(thread: &Thread, tool_id: i32, name: &Object) -> PyResult<()> {
    let at = valid(thread, tool_id)?;
    if !name.is_instance::<Str>() {
        return Err(thread.value_error("tool name must be a str"));
    }
    if monitor::tool(at, |tool| tool.name.is_some()) == Some(true) {
        return Err(thread.value_error(&format!("tool {tool_id} is already in use")));
    }
    monitor::tool(at, |tool| tool.name = Some(name.own()));
    Ok(())
}

#[pyfunction(sig = "(tool_id, /)")]
fn clear_tool_id(thread: &Thread, tool_id: i32) -> PyResult<()> {
    let at = valid(thread, tool_id)?;
    if monitor::tool(at, |tool| tool.name.is_some()) == Some(true) {
        drop(monitor::tool(at, |tool| std::mem::take(&mut tool.callbacks)));
        monitor::clear_events(thread, at);
    }
    Ok(())
}

#[pyfunction(sig = "(tool_id, /)")]
fn free_tool_id(thread: &Thread, tool_id: i32) -> PyResult<()> {
    let at = valid(thread, tool_id)?;
    clear_tool_id(thread, tool_id)?;
    drop(monitor::tool(at, std::mem::take));
    Ok(())
}

#[pyfunction(sig = "(tool_id, /)")]
fn get_tool(thread: &Thread, tool_id: i32) -> PyResult<Option<Obj>> {
    let at = valid(thread, tool_id)?;
    Ok(monitor::tool(at, |tool| tool.name.clone()).flatten())
}

#[pyfunction(sig = "(tool_id, event, func, /)")]
fn register_callback(thread: &Thread, tool_id: i32, event: i32, func: &Object) -> PyResult<Option<Obj>> {
    let at = valid(thread, tool_id)?;
    if event <= 0 || event.count_ones() != 1 {
        return Err(thread.value_error("The callback can only be set for one event at a time"));
    }
    let bit = event.trailing_zeros();
    if bit >= EVENT_COUNT {
        return Err(thread.value_error(&format!("invalid event {event}")));
    }
    let old = monitor::tool(at, |tool| {
        let callbacks = &mut tool.callbacks;
        let old = callbacks.iter().position(|(b, _)| *b == bit).map(|place| callbacks.swap_remove(place).1);
        if !func.is_none() {
            callbacks.push((bit, func.own()));
        }
        old
    });
    Ok(old.flatten())
}

#[pyfunction(sig = "(tool_id, /)")]
fn get_events(thread: &Thread, tool_id: i32) -> PyResult<u32> {
    let at = valid(thread, tool_id)?;
    Ok(monitor::tool(at, |tool| tool.events).unwrap_or(0))
}

#[pyfunction(sig = "(tool_id, event_set, /)", text = "($module, tool_id, event_set, /)")]
fn set_events(thread: &Thread, tool_id: i32, event_set: i32) -> PyResult<()> {
    valid(thread, tool_id)?;
    let events = self::event_set(thread, event_set, false)?;
    monitor::set_events(thread, in_use(thread, tool_id)?, events);
    Ok(())
}

#[pyfunction(sig = "(tool_id, code, /)")]
fn get_local_events(thread: &Thread, tool_id: i32, code: &Object) -> PyResult<u32> {
    check_code(thread, code)?;
    Ok(monitor::local_events(valid(thread, tool_id)?, code))
}

#[pyfunction(sig = "(tool_id, code, event_set, /)", text = "($module, tool_id, code, event_set, /)")]
fn set_local_events(thread: &Thread, tool_id: i32, code: &Object, event_set: i32) -> PyResult<()> {
    check_code(thread, code)?;
    valid(thread, tool_id)?;
    let events = self::event_set(thread, event_set, true)?;
    monitor::set_local_events(thread, in_use(thread, tool_id)?, code, events);
    Ok(())
}

/// Enable again what callbacks have disabled.
#[pyfunction]
fn restart_events() {
    monitor::restart();
}

/// The events in use, each with the bits of the tools that want it.
#[pyfunction]
fn _all_events(thread: &Thread) -> PyResult<Obj> {
    let dict = Dict::new(thread)?;
    for (bit, name) in monitor::NAMES.iter().enumerate().take(monitor::C_RETURN as usize) {
        let tools = (0..monitor::TOOLS).filter(|&at| monitor::tool(at, |tool| tool.events & 1 << bit != 0) == Some(true));
        let tools = tools.fold(0i64, |tools, at| tools | 1 << at);
        if tools != 0 {
            dict.set_text(thread, name, &Int::from(tools))?;
        }
    }
    Ok(dict.upcast())
}
