//! `sys.settrace` and `sys.setprofile`: who is told of what the evaluation loop does.
//!
//! While a thread has such a function, the bit [`TRACE`] of its `interrupts` is up, and its loops run in the form
//! that looks at every instruction (`eval/trace.rs`). The bit is down while the function itself runs.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::mem::ManuallyDrop;
use std::rc::Rc;

use pyrox_compiler::opcode::Opcode;
use pyrox_objects::exceptions::BaseException;
use pyrox_objects::{Obj, Object, PyResult, Str, Thread, Tuple, none};

use crate::code::Code;
use crate::frame::{Frame, FrameObject};
use crate::monitor;

/// The bit of `thread.interrupts` that has the loops look at every instruction.
pub const TRACE: u32 = 1 << 31;

/// The lines of code objects by address, with the code, which they keep alive.
type KnownLines = HashMap<usize, (Obj, Rc<Lines>)>;

thread_local! {
    static TRACER: ManuallyDrop<RefCell<Option<Obj>>> = const { ManuallyDrop::new(RefCell::new(None)) };
    static PROFILER: ManuallyDrop<RefCell<Option<Obj>>> = const { ManuallyDrop::new(RefCell::new(None)) };
    /// What the innermost running tracing function is told of.
    static EVENT: Cell<Option<Event>> = const { Cell::new(None) };
    /// How many calls of tracing functions are running.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// Kept to the end of the process, when objects can no longer be let go.
    static LINES: ManuallyDrop<RefCell<KnownLines>> = ManuallyDrop::new(RefCell::new(HashMap::new()));
}

/// What a tracing function is told of, as far as it matters for jumps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A frame begins, or goes on.
    Start,
    Resume,
    Line,
    Instruction,
    Return,
    Exception,
    /// A native function is called, has returned or raised.
    Native,
}

/// What the innermost running tracing function is told of.
pub fn event() -> Option<Event> {
    EVENT.get()
}

/// The lines of a code object's instructions.
pub struct Lines {
    /// Of each code unit; -1 where there is none.
    pub lines: Vec<i32>,
    /// The first instruction that is the program's: what is before sets the frame up.
    pub first: usize,
    /// The branch that goes on at an instruction: where it does not jump, where a loop's body begins and where the
    /// loop ends.
    pub left: HashMap<usize, usize>,
    pub bodies: HashMap<usize, usize>,
    pub right: HashMap<usize, usize>,
}

/// How many code objects' lines are kept.
const KEPT: usize = 512;

/// The lines of a code object.
pub fn lines(code: &Code) -> Rc<Lines> {
    let key = code.as_ptr() as usize;
    if let Some(known) = LINES.with(|known| known.borrow().get(&key).map(|(_, lines)| lines.clone())) {
        return known;
    }
    let mut lines = Vec::new();
    for entry in code.locations() {
        lines.resize(entry.end, entry.position.map_or(-1, |position| position.0));
    }
    let resume = Opcode::RESUME.number() as u8;
    // SAFETY: there are as many units as the location table tells.
    let first = (0..lines.len()).find(|&at| unsafe { *code.instructions().add(at) as u8 } == resume).unwrap_or(0);
    let made = Rc::new(branches(code, Lines { lines, first, left: HashMap::new(), bodies: HashMap::new(), right: HashMap::new() }));
    let old = LINES.with(|known| {
        let mut known = known.borrow_mut();
        let old = if known.len() >= KEPT { std::mem::take(&mut *known) } else { HashMap::new() };
        known.insert(key, ((**code).own(), made.clone()));
        old
    });
    // Code objects may die here, and with them what they hold.
    drop(old);
    made
}

/// Find where branches go on.
fn branches(code: &Code, mut found: Lines) -> Lines {
    let (mut at, mut high) = (0, 0);
    while at < found.lines.len() {
        // SAFETY: within the code.
        let unit = unsafe { *code.instructions().add(at) };
        let opcode = Opcode::from_u8(unit as u8).unwrap_or(Opcode::NOP).deopt();
        let argument = high | (unit >> 8) as usize;
        let next = at + 1 + opcode.caches();
        high = if opcode == Opcode::EXTENDED_ARG { argument << 8 } else { 0 };
        if opcode == Opcode::FOR_ITER {
            found.bodies.insert(next, at);
            // Behind the END_FOR.
            found.right.insert(next + argument + 1, at);
        } else if opcode.is_conditional_jump() {
            found.left.insert(next, at);
        }
        at = next;
    }
    found
}

/// Have the loops look at every instruction, or not, as it is wanted now.
pub fn refresh(thread: &Thread) {
    let active = DEPTH.get() == 0
        && (crate::monitor::is_active() || TRACER.with(|t| t.borrow().is_some()) || PROFILER.with(|p| p.borrow().is_some()));
    if active {
        thread.interrupts.raise(TRACE);
    } else {
        thread.interrupts.lower(TRACE);
    }
}

/// Set the function of `sys.settrace`.
pub fn set_tracer(thread: &Thread, function: Option<Obj>) {
    let old = TRACER.with(|t| t.replace(function));
    refresh(thread);
    drop(old);
}

/// Set the function of `sys.setprofile`.
pub fn set_profiler(thread: &Thread, function: Option<Obj>) {
    let old = PROFILER.with(|p| p.replace(function));
    refresh(thread);
    drop(old);
}

/// The function of `sys.settrace`.
pub fn tracer() -> Option<Obj> {
    TRACER.with(|t| t.borrow().clone())
}

/// The function of `sys.setprofile`.
pub fn profiler() -> Option<Obj> {
    PROFILER.with(|p| p.borrow().clone())
}

/// Run something with tracing on, inside a tracing function too.
pub fn with_tracing<T>(thread: &Thread, work: impl FnOnce() -> T) -> T {
    let depth = DEPTH.replace(0);
    refresh(thread);
    let result = work();
    DEPTH.set(depth);
    refresh(thread);
    result
}

/// Run something while nothing is traced.
pub fn without_tracing<T>(thread: &Thread, work: impl FnOnce() -> T) -> T {
    DEPTH.set(DEPTH.get() + 1);
    refresh(thread);
    let result = work();
    DEPTH.set(DEPTH.get() - 1);
    refresh(thread);
    result
}

/// Call a tracing function, while nothing is traced; the raised exception waits.
fn tell(thread: &Thread, function: &Object, frame: &Frame, event: &'static str, argument: &Object) -> PyResult<Obj> {
    let kind = match event {
        "call" if frame.offset() > lines(frame.code()).first => Event::Resume,
        "call" => Event::Start,
        "line" => Event::Line,
        "opcode" => Event::Instruction,
        "return" => Event::Return,
        "exception" => Event::Exception,
        _ => Event::Native,
    };
    let frame = frame.object(thread)?;
    let event = Str::intern_str(thread, event)?;
    let waiting = thread.take_raised();
    DEPTH.set(DEPTH.get() + 1);
    refresh(thread);
    let outer = EVENT.replace(Some(kind));
    let result = function.call(thread, &[&**frame, &**event, argument]);
    EVENT.set(outer);
    DEPTH.set(DEPTH.get() - 1);
    refresh(thread);
    if result.is_ok()
        && let Some(waiting) = waiting
    {
        thread.set_raised(Some(waiting));
    }
    result
}

/// The object of a frame, if it has a tracing function of its own.
fn traced(frame: &Frame) -> Option<&FrameObject> {
    frame.existing_object().filter(|object| object.has_trace())
}

/// Tell the frame's own tracing function.
///
/// # Errors
/// What the function raises; nothing is traced then any more.
pub fn tell_frame(thread: &Thread, frame: &Frame, event: &'static str, argument: &Object) -> PyResult<()> {
    if TRACER.with(|t| t.borrow().is_none()) {
        return Ok(());
    }
    let Some(object) = traced(frame) else { return Ok(()) };
    if event == "line" && !object.traces_lines() || event == "opcode" && !object.traces_opcodes() {
        return Ok(());
    }
    let Some(function) = object.trace() else { return Ok(()) };
    keep(thread, frame, tell(thread, &function, frame, event, argument))
}

/// What a tracing function returns is the frame's from now on.
fn keep(thread: &Thread, frame: &Frame, result: PyResult<Obj>) -> PyResult<()> {
    let object = frame.object(thread);
    match result {
        Ok(result) => {
            if !result.is_none() {
                object?.set_trace(Some(result));
            }
            Ok(())
        }
        Err(raised) => {
            set_tracer(thread, None);
            if let Ok(object) = object {
                object.set_trace(None);
            }
            Err(raised)
        }
    }
}

/// Tell the profiling function.
///
/// # Errors
/// What the function raises; nothing is profiled then any more.
pub fn tell_profiler(thread: &Thread, frame: &Frame, event: &'static str, argument: &Object) -> PyResult<()> {
    let Some(function) = profiler() else { return Ok(()) };
    match tell(thread, &function, frame, event, argument) {
        Ok(_) => Ok(()),
        Err(raised) => {
            set_profiler(thread, None);
            Err(raised)
        }
    }
}

/// A frame begins or goes on.
///
/// # Errors
/// What the functions raise.
pub fn tell_call(thread: &Thread, frame: &Frame, event: u32) -> PyResult<()> {
    let at = frame.offset();
    match event {
        monitor::PY_THROW => monitor::tell_raised(thread, frame.code(), at, event)?,
        _ => monitor::tell(thread, frame.code(), at, event, at as i64 * 2, &[])?,
    }
    let nothing = none();
    tell_profiler(thread, frame, "call", &nothing)?;
    match tracer() {
        Some(function) => keep(thread, frame, tell(thread, &function, frame, "call", &nothing)),
        None => Ok(()),
    }
}

/// A frame returns or yields `value`; None if an exception leaves it.
///
/// # Errors
/// What the functions raise.
pub fn tell_return(thread: &Thread, frame: &Frame, value: &Object) -> PyResult<()> {
    tell_profiler(thread, frame, "return", value)?;
    tell_frame(thread, frame, "return", value)
}

/// The raised exception has come up in a frame, or come to it.
///
/// # Errors
/// What the function raises instead.
pub fn tell_exception(thread: &Thread, frame: &Frame, event: u32, at: usize) -> PyResult<()> {
    monitor::tell_raised(thread, frame.code(), at, event)?;
    if traced(frame).is_none() || TRACER.with(|t| t.borrow().is_none()) {
        return Ok(());
    }
    let Some(exception) = thread.take_raised() else { return Ok(()) };
    let traceback = BaseException::of(&exception).and_then(|e| e.traceback()).unwrap_or_else(none);
    let argument = Tuple::from_vec(thread, vec![(**exception.ty()).own(), exception.clone(), traceback])?;
    tell_frame(thread, frame, "exception", &argument)?;
    thread.set_raised(Some(exception));
    Ok(())
}

/// Whether a profiling function is set.
pub fn profiles() -> bool {
    PROFILER.with(|p| p.borrow().is_some())
}
