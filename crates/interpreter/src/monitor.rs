//! The events of `sys.monitoring`: which tools want which, and telling them.
//!
//! Events are delivered by the traced form of the evaluation loop (`eval/trace.rs`), which runs while any tool
//! wants any; see `tracing`.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::mem::ManuallyDrop;

use pyrox_objects::{Int, Obj, Object, PyResult, Thread, exceptions};

use crate::code::Code;
use crate::tracing;

/// Tools have numbers below this.
pub const TOOLS: usize = 6;

pub const PY_START: u32 = 0;
pub const PY_RESUME: u32 = 1;
pub const PY_RETURN: u32 = 2;
pub const PY_YIELD: u32 = 3;
pub const CALL: u32 = 4;
pub const LINE: u32 = 5;
pub const INSTRUCTION: u32 = 6;
pub const JUMP: u32 = 7;
pub const BRANCH_LEFT: u32 = 8;
pub const BRANCH_RIGHT: u32 = 9;
pub const STOP_ITERATION: u32 = 10;
pub const RAISE: u32 = 11;
pub const EXCEPTION_HANDLED: u32 = 12;
pub const PY_UNWIND: u32 = 13;
pub const PY_THROW: u32 = 14;
pub const RERAISE: u32 = 15;
pub const C_RETURN: u32 = 16;
pub const C_RAISE: u32 = 17;
pub const BRANCH: u32 = 18;

/// Names of the events, by their bits.
pub const NAMES: [&str; 19] = [
    "PY_START",
    "PY_RESUME",
    "PY_RETURN",
    "PY_YIELD",
    "CALL",
    "LINE",
    "INSTRUCTION",
    "JUMP",
    "BRANCH_LEFT",
    "BRANCH_RIGHT",
    "STOP_ITERATION",
    "RAISE",
    "EXCEPTION_HANDLED",
    "PY_UNWIND",
    "PY_THROW",
    "RERAISE",
    "C_RETURN",
    "C_RAISE",
    "BRANCH",
];

/// Events that belong to an instruction, where they can be switched off.
pub const LOCAL: u32 = (1 << 11) - 1;

/// A tool that watches.
#[derive(Default)]
pub struct Tool {
    pub name: Option<Obj>,
    pub callbacks: Vec<(u32, Obj)>,
    /// The events that it wants of all code.
    pub events: u32,
}

#[derive(Default)]
struct State {
    tools: [Tool; TOOLS],
    /// The events that tools want of some code objects, which are held.
    local: HashMap<usize, (Obj, [u32; TOOLS])>,
    /// What is switched off: tool, code, instruction, event.
    disabled: HashSet<(usize, usize, usize, u32)>,
    /// The marks that callbacks return, and that stands for no argument.
    disable: Option<Obj>,
    missing: Option<Obj>,
}

thread_local! {
    /// Kept to the end of the process, when objects can no longer be let go.
    static STATE: ManuallyDrop<RefCell<State>> = ManuallyDrop::new(RefCell::default());
}

fn with<T>(work: impl FnOnce(&mut State) -> T) -> T {
    STATE.with(|state| work(&mut state.borrow_mut()))
}

/// Set the marks `DISABLE` and `MISSING`.
pub fn set_marks(disable: Obj, missing: Obj) {
    let old = with(|state| (state.disable.replace(disable), state.missing.replace(missing)));
    drop(old);
}

/// The mark that stands for no argument.
pub fn missing() -> Obj {
    with(|state| state.missing.clone()).unwrap_or_else(pyrox_objects::none)
}

/// Look at a tool.
pub fn tool<T>(at: usize, work: impl FnOnce(&mut Tool) -> T) -> Option<T> {
    with(|state| state.tools.get_mut(at).map(work))
}

/// Whether any tool wants any event.
pub fn is_active() -> bool {
    with(|state| state.tools.iter().any(|tool| tool.events != 0) || state.local.values().any(|(_, events)| events.iter().any(|&e| e != 0)))
}

/// The events that a tool wants of all code.
pub fn set_events(thread: &Thread, tool: usize, events: u32) {
    with(|state| {
        if let Some(tool) = state.tools.get_mut(tool) {
            tool.events = events;
        }
    });
    tracing::refresh(thread);
}

/// The events that a tool wants of one code object.
pub fn local_events(tool: usize, code: &Object) -> u32 {
    with(|state| state.local.get(&(code.as_ptr() as usize)).and_then(|(_, events)| events.get(tool)).copied().unwrap_or(0))
}

/// Set the events that a tool wants of one code object.
pub fn set_local_events(thread: &Thread, tool: usize, code: &Object, events: u32) {
    let key = code.as_ptr() as usize;
    let gone = with(|state| {
        let (_, known) = state.local.entry(key).or_insert_with(|| (code.own(), [0; TOOLS]));
        if let Some(known) = known.get_mut(tool) {
            *known = events;
        }
        match known.iter().all(|&events| events == 0) {
            true => state.local.remove(&key),
            false => None,
        }
    });
    drop(gone);
    tracing::refresh(thread);
}

/// Take a tool's events away, of all code and of code objects, and what it switched off.
pub fn clear_events(thread: &Thread, tool: usize) {
    let gone = with(|state| {
        if let Some(tool) = state.tools.get_mut(tool) {
            tool.events = 0;
        }
        let mut gone = Vec::new();
        for (_, events) in state.local.values_mut() {
            if let Some(events) = events.get_mut(tool) {
                *events = 0;
            }
        }
        state.local.retain(|_, (code, events)| {
            let kept = events.iter().any(|&events| events != 0);
            if !kept {
                gone.push(code.clone());
            }
            kept
        });
        state.disabled.retain(|(other, _, _, _)| *other != tool);
        gone
    });
    drop(gone);
    tracing::refresh(thread);
}

/// Switch on again what callbacks have switched off.
pub fn restart() {
    with(|state| state.disabled.clear());
}

/// The bit by which a tool asks for an event: what native functions do comes with calls.
fn wanted_by(event: u32) -> u32 {
    match event {
        C_RETURN | C_RAISE => CALL,
        other => other,
    }
}

/// The callback of a tool for an event of an instruction, if the event is to be told.
fn callback(tool: usize, code: usize, at: usize, event: u32) -> Option<(u32, Obj)> {
    with(|state| {
        let local = state.local.get(&code).and_then(|(_, events)| events.get(tool)).copied().unwrap_or(0);
        let known = state.tools.get(tool)?;
        if (known.events | local) & 1 << wanted_by(event) == 0 || state.disabled.contains(&(tool, code, at, event)) {
            return None;
        }
        let find = |event: u32| known.callbacks.iter().find(|(bit, _)| *bit == event).cloned();
        find(event).or_else(|| if matches!(event, BRANCH_LEFT | BRANCH_RIGHT) { find(BRANCH) } else { None })
    })
}

/// Whether a tool may want an event.
pub fn wants(event: u32) -> bool {
    let bit = 1 << wanted_by(event);
    with(|state| {
        state.tools.iter().any(|tool| tool.events & bit != 0) || state.local.values().any(|(_, events)| events.iter().any(|e| e & bit != 0))
    })
}

/// Tell the tools that want it of an event at an instruction. The callbacks get the code, what `first` makes of
/// the place, and the other arguments.
///
/// # Errors
/// What a callback raises.
pub fn tell(thread: &Thread, code: &Code, at: usize, event: u32, first: i64, others: &[&Object]) -> PyResult<()> {
    if !wants(event) {
        return Ok(());
    }
    let key = code.as_ptr() as usize;
    let code = (**code).own();
    for tool in 0..TOOLS {
        let Some((bit, function)) = callback(tool, key, at, event) else { continue };
        let place: Obj = Int::from(first).upcast();
        let mut arguments: Vec<&Object> = vec![&*code, &*place];
        arguments.extend(others);
        let waiting = thread.take_raised();
        let result = tracing::without_tracing(thread, || function.call(thread, &arguments))?;
        thread.set_raised(waiting);
        if !with(|state| state.disable.as_ref().is_some_and(|mark| mark.is(&result))) {
            continue;
        }
        if 1 << event & LOCAL != 0 {
            with(|state| {
                state.disabled.insert((tool, key, at, event));
                if bit == BRANCH {
                    state.disabled.insert((tool, key, at, BRANCH_LEFT));
                    state.disabled.insert((tool, key, at, BRANCH_RIGHT));
                }
            });
            continue;
        }
        let gone = with(|state| {
            let callbacks = &mut state.tools.get_mut(tool)?.callbacks;
            callbacks.iter().position(|(other, _)| *other == bit).map(|at| callbacks.swap_remove(at))
        });
        drop(gone);
        let name = NAMES.get(event as usize).copied().unwrap_or("");
        return Err(thread.value_error(&format!("Cannot disable {name} events. Callback removed.")));
    }
    Ok(())
}

/// Tell of an event that carries the raised exception, which waits meanwhile.
///
/// # Errors
/// What a callback raises in its place.
pub fn tell_raised(thread: &Thread, code: &Code, at: usize, event: u32) -> PyResult<()> {
    if !wants(event) {
        return Ok(());
    }
    let Some(exception) = thread.take_raised() else { return Ok(()) };
    tell(thread, code, at, event, at as i64 * 2, &[&exception])?;
    thread.set_raised(Some(exception));
    Ok(())
}

/// A `StopIteration` that carries a generator's value.
///
/// # Errors
/// Memory may run out.
pub fn stop_iteration(thread: &Thread, value: &Object) -> PyResult<Obj> {
    match value.is_none() {
        true => exceptions::stop_iteration().call(thread, &[]),
        false => exceptions::stop_iteration().call(thread, &[value]),
    }
}
