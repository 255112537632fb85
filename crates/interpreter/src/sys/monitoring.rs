//! `sys.monitoring`: tools and their callbacks. Events themselves are not implemented yet; asking for some raises.

use std::cell::RefCell;

use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::namespace::Namespace;
use pyrox_objects::{Dict, Int, Module, Obj, Object, PyResult, Str, Thread};

use crate::code::Code;

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

const TOOLS: i32 = 6;
/// Events with a bit of their own; `BRANCH` stands for two of them.
const EVENTS: [(&str, i64); 19] = [
    ("PY_START", 1 << 0),
    ("PY_RESUME", 1 << 1),
    ("PY_RETURN", 1 << 2),
    ("PY_YIELD", 1 << 3),
    ("CALL", 1 << 4),
    ("LINE", 1 << 5),
    ("INSTRUCTION", 1 << 6),
    ("JUMP", 1 << 7),
    ("BRANCH_LEFT", 1 << 8),
    ("BRANCH_RIGHT", 1 << 9),
    ("STOP_ITERATION", 1 << 10),
    ("RAISE", 1 << 11),
    ("EXCEPTION_HANDLED", 1 << 12),
    ("PY_UNWIND", 1 << 13),
    ("PY_THROW", 1 << 14),
    ("RERAISE", 1 << 15),
    ("C_RETURN", 1 << 16),
    ("C_RAISE", 1 << 17),
    ("BRANCH", 1 << 18),
];
const EVENT_COUNT: u32 = 19;

#[derive(Default)]
struct Tool {
    name: Option<Obj>,
    callbacks: Vec<(u32, Obj)>,
}

thread_local! {
    static STATE: RefCell<[Tool; TOOLS as usize]> = RefCell::default();
}

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    let events = Dict::new(thread)?;
    for (name, bit) in EVENTS {
        events.set_text(thread, name, &Int::from(bit))?;
    }
    events.set_text(thread, "NO_EVENTS", &Int::from(0))?;
    module.add(thread, "events", &**Namespace::new(thread, Some(&events))?)?;
    let object = <Object as pyrox_objects::PyType>::ty();
    for name in ["DISABLE", "MISSING"] {
        module.add(thread, name, &*object.call(thread, &[])?)?;
    }
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
    match STATE.with_borrow(|tools| tools[at].name.is_some()) {
        true => Ok(at),
        false => Err(thread.value_error(&format!("tool {tool} is not in use"))),
    }
}

fn check_events(thread: &Thread, events: i32) -> PyResult<()> {
    if !(0..1 << EVENT_COUNT).contains(&events) {
        return Err(thread.value_error(&format!("invalid event set {events:#x}")));
    }
    match events {
        0 => Ok(()),
        _ => Err(thread.not_implemented_error("events of sys.monitoring are not implemented yet")),
    }
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
    if STATE.with_borrow(|tools| tools[at].name.is_some()) {
        return Err(thread.value_error(&format!("tool {tool_id} is already in use")));
    }
    STATE.with_borrow_mut(|tools| tools[at].name = Some(name.own()));
    Ok(())
}

#[pyfunction(sig = "(tool_id, /)")]
fn clear_tool_id(thread: &Thread, tool_id: i32) -> PyResult<()> {
    let at = valid(thread, tool_id)?;
    drop(STATE.with_borrow_mut(|tools| std::mem::take(&mut tools[at].callbacks)));
    Ok(())
}

#[pyfunction(sig = "(tool_id, /)")]
fn free_tool_id(thread: &Thread, tool_id: i32) -> PyResult<()> {
    let at = valid(thread, tool_id)?;
    drop(STATE.with_borrow_mut(|tools| std::mem::take(&mut tools[at])));
    Ok(())
}

#[pyfunction(sig = "(tool_id, /)")]
fn get_tool(thread: &Thread, tool_id: i32) -> PyResult<Option<Obj>> {
    let at = valid(thread, tool_id)?;
    Ok(STATE.with_borrow(|tools| tools[at].name.clone()))
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
    let old = STATE.with_borrow_mut(|tools| {
        let callbacks = &mut tools[at].callbacks;
        let old = callbacks.iter().position(|(b, _)| *b == bit).map(|place| callbacks.swap_remove(place).1);
        if !func.is_none() {
            callbacks.push((bit, func.own()));
        }
        old
    });
    Ok(old)
}

#[pyfunction(sig = "(tool_id, /)")]
fn get_events(thread: &Thread, tool_id: i32) -> PyResult<i32> {
    in_use(thread, tool_id)?;
    Ok(0)
}

#[pyfunction(sig = "(tool_id, event_set, /)")]
fn set_events(thread: &Thread, tool_id: i32, event_set: i32) -> PyResult<()> {
    in_use(thread, tool_id)?;
    check_events(thread, event_set)
}

#[pyfunction(sig = "(tool_id, code, /)")]
fn get_local_events(thread: &Thread, tool_id: i32, code: &Object) -> PyResult<i32> {
    check_code(thread, code)?;
    in_use(thread, tool_id)?;
    Ok(0)
}

#[pyfunction(sig = "(tool_id, code, event_set, /)")]
fn set_local_events(thread: &Thread, tool_id: i32, code: &Object, event_set: i32) -> PyResult<()> {
    check_code(thread, code)?;
    in_use(thread, tool_id)?;
    check_events(thread, event_set)
}

/// No event can have been disabled, as none is delivered yet.
#[pyfunction]
fn restart_events() {}

#[pyfunction]
fn _all_events(thread: &Thread) -> PyResult<Obj> {
    Ok(Dict::new(thread)?.upcast())
}
