//! Assigning to `f_lineno`: a debugger has a frame go on at another line.
//!
//! That is sound only where the evaluation stack has the same shape, so the kinds of the stack's entries are
//! worked out for every instruction first. Entries on top can be dropped; what is missing cannot be made up.

use pyrox_compiler::opcode::Opcode;
use pyrox_objects::{Object, PyResult, Thread, exceptions};

use crate::code::Code;
use crate::frame::Frame;
use crate::stackref::Ref;
use crate::tracing::Event;

/// What an entry of the evaluation stack is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Iterator,
    /// The exception that was handled before.
    Except,
    Object,
    Null,
    /// Where a handler was entered from.
    Lasti,
}

/// Deeper stacks are not analysed.
const DEEPEST: usize = 21;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Stack {
    Unknown,
    TooDeep,
    Known(Vec<Kind>),
}

impl Stack {
    fn push(&mut self, kind: Kind) {
        if let Stack::Known(entries) = self {
            if entries.len() >= DEEPEST {
                *self = Stack::TooDeep;
            } else {
                entries.push(kind);
            }
        }
    }

    fn pop(&mut self) {
        if let Stack::Known(entries) = self {
            entries.pop();
        }
    }

    fn peek(&self, depth: usize) -> Kind {
        match self {
            Stack::Known(entries) => entries.len().checked_sub(depth).and_then(|at| entries.get(at)).copied().unwrap_or(Kind::Object),
            _ => Kind::Object,
        }
    }

    fn swap(&mut self, depth: usize) {
        if let Stack::Known(entries) = self
            && let (Some(top), Some(other)) = (entries.len().checked_sub(1), entries.len().checked_sub(depth))
        {
            entries.swap(top, other);
        }
    }

    fn depth(&self) -> usize {
        match self {
            Stack::Known(entries) => entries.len(),
            _ => 0,
        }
    }
}

/// Whether a stack can be made the other by dropping entries.
fn compatible(from: &Stack, to: &Stack) -> bool {
    let (Stack::Known(from), Stack::Known(to)) = (from, to) else { return false };
    let Some(from) = from.get(..to.len()) else { return false };
    from.iter().zip(to).all(|(from, to)| match to {
        Kind::Object => *from != Kind::Null,
        Kind::Null => true,
        _ => from == to,
    })
}

/// Why a line cannot be jumped to, by the stack that its code needs.
fn explain(to: &Stack) -> &'static str {
    match to {
        Stack::TooDeep => "stack is too deep to analyze",
        Stack::Unknown => "can't jump into an exception handler, or code may be unreachable",
        Stack::Known(entries) => match entries.last() {
            Some(Kind::Except) => "can't jump into an 'except' block as there's no exception",
            Some(Kind::Lasti) => "can't jump into a re-raising block as there's no location",
            Some(Kind::Iterator) => "can't jump into the body of a for loop",
            _ => "incompatible stacks",
        },
    }
}

/// The stack before each instruction.
fn stacks(code: &Code, length: usize) -> Vec<Stack> {
    let mut stacks = vec![Stack::Unknown; length + 1];
    if let Some(first) = stacks.first_mut() {
        *first = Stack::Known(Vec::new());
    }
    // SAFETY: within the code.
    let unit = |at: usize| unsafe { *code.instructions().add(at) };
    let opcode_at = |at: usize| Opcode::from_u8(unit(at) as u8).unwrap_or(Opcode::NOP).deopt();
    let set = |stacks: &mut Vec<Stack>, at: usize, stack: Stack| match stacks.get_mut(at) {
        Some(known) if *known == Stack::Unknown => {
            *known = stack;
            true
        }
        _ => false,
    };
    loop {
        let mut again = false;
        let mut at = 0;
        while at < length {
            let Some(mut stack) = stacks.get(at).cloned() else { break };
            let (mut opcode, mut argument) = (opcode_at(at), 0);
            while opcode == Opcode::EXTENDED_ARG && at + 1 < length {
                argument = (argument | (unit(at) >> 8) as usize) << 8;
                at += 1;
                opcode = opcode_at(at);
                set(&mut stacks, at, stack.clone());
            }
            argument |= (unit(at) >> 8) as usize;
            let next = at + 1 + opcode.caches();
            if stack == Stack::Unknown {
                at = next;
                continue;
            }
            let mut falls = true;
            match opcode {
                Opcode::POP_JUMP_IF_FALSE | Opcode::POP_JUMP_IF_TRUE | Opcode::POP_JUMP_IF_NONE | Opcode::POP_JUMP_IF_NOT_NONE => {
                    stack.pop();
                    set(&mut stacks, next + argument, stack.clone());
                }
                Opcode::SEND => {
                    set(&mut stacks, next + argument, stack.clone());
                }
                Opcode::JUMP_BACKWARD | Opcode::JUMP_BACKWARD_NO_INTERRUPT => {
                    again |= set(&mut stacks, next.saturating_sub(argument), stack.clone());
                    falls = false;
                }
                Opcode::JUMP_FORWARD => {
                    set(&mut stacks, next + argument, stack.clone());
                    falls = false;
                }
                Opcode::GET_ITER | Opcode::GET_AITER => {
                    stack.pop();
                    stack.push(Kind::Iterator);
                }
                Opcode::FOR_ITER => {
                    stack.push(Kind::Object);
                    set(&mut stacks, next + argument, stack.clone());
                }
                Opcode::END_ASYNC_FOR => {
                    stack.pop();
                    stack.pop();
                }
                Opcode::PUSH_EXC_INFO => stack.push(Kind::Except),
                Opcode::POP_EXCEPT => stack.pop(),
                Opcode::RETURN_VALUE | Opcode::RAISE_VARARGS | Opcode::RERAISE => falls = false,
                Opcode::PUSH_NULL => stack.push(Kind::Null),
                Opcode::LOAD_GLOBAL => {
                    stack.push(Kind::Object);
                    if argument & 1 != 0 {
                        stack.push(Kind::Null);
                    }
                }
                Opcode::LOAD_ATTR => {
                    if argument & 1 != 0 {
                        stack.pop();
                        stack.push(Kind::Object);
                        stack.push(Kind::Null);
                    }
                }
                Opcode::SWAP => stack.swap(argument),
                Opcode::COPY => stack.push(stack.peek(argument)),
                _ => {
                    let effect = opcode.stack_effect(argument as u32, false).unwrap_or(0);
                    (effect..0).for_each(|_| stack.pop());
                    (0..effect).for_each(|_| stack.push(Kind::Object));
                }
            }
            if falls {
                set(&mut stacks, next, stack);
            }
            at = next;
        }
        for at in 0..length {
            let Some((target, depth, location)) = code.handler_at(at) else { continue };
            let Some(mut stack @ Stack::Known(_)) = stacks.get(at).cloned() else { continue };
            if stacks.get(target) != Some(&Stack::Unknown) {
                continue;
            }
            while stack.depth() > depth {
                stack.pop();
            }
            if location {
                stack.push(Kind::Lasti);
            }
            stack.push(Kind::Except);
            again |= set(&mut stacks, target, stack);
        }
        if !again {
            return stacks;
        }
    }
}

/// The lines that begin at instructions.
fn line_starts(code: &Code) -> Vec<Option<i32>> {
    let mut starts = Vec::new();
    let mut last = -1;
    for entry in code.locations() {
        starts.resize(entry.end, None);
        let line = entry.position.map_or(-1, |position| position.0);
        if line != -1 && line != last {
            if let Some(start) = starts.get_mut(entry.start) {
                *start = Some(line);
            }
            last = line;
        }
    }
    starts
}

/// Have `frame` go on at `line`, from inside a tracing function.
///
/// # Errors
/// `ValueError` where that is impossible.
pub fn jump(thread: &Thread, frame: &Frame, traced: bool, line: i64) -> PyResult<()> {
    match crate::tracing::event() {
        None => return Err(thread.value_error("f_lineno can only be set in a trace function")),
        Some(Event::Start) => return Err(thread.value_error("can't jump from the 'call' trace event of a new frame")),
        Some(Event::Native) => return Err(thread.value_error("can't jump during a call")),
        Some(Event::Exception | Event::Return) => return Err(thread.value_error("can only jump from a 'line' trace event")),
        Some(Event::Resume | Event::Line | Event::Instruction) => {}
    }
    if !traced {
        return Err(thread.value_error("f_lineno can only be set by a trace function"));
    }
    let code = frame.code();
    if line < i64::from(code.raw().co_firstlineno.get()) {
        return Err(thread.value_error(&format!("line {line} comes before the current code block")));
    }
    let starts = line_starts(code);
    let Some(target_line) = starts.iter().flatten().copied().filter(|&start| i64::from(start) >= line).min() else {
        return Err(thread.value_error(&format!("line {line} comes after the current code block")));
    };
    let stacks = stacks(code, starts.len());
    let here = stacks.get(frame.offset()).cloned().unwrap_or(Stack::Unknown);
    let mut best: Option<(usize, usize)> = None;
    let mut problem = "cannot find bytecode for specified line";
    for (at, start) in starts.iter().enumerate() {
        let (true, Some(stack)) = (*start == Some(target_line), stacks.get(at)) else { continue };
        if compatible(&here, stack) {
            if best.is_none_or(|(_, depth)| stack.depth() > depth) {
                best = Some((at, stack.depth()));
            }
        } else if best.is_none() {
            problem = match here {
                Stack::TooDeep => "stack to deep to analyze",
                Stack::Unknown => "can't jump from unreachable code",
                Stack::Known(_) => explain(stack),
            };
        }
    }
    let Some((target, depth)) = best else { return Err(thread.value_error(problem)) };
    bind_locals(thread, frame)?;
    let Stack::Known(entries) = here else { return Ok(()) };
    for &kind in entries.get(depth..).unwrap_or_default().iter().rev() {
        pop(thread, frame, kind);
    }
    // SAFETY: an instruction of the frame's code.
    frame.raw().instr_ptr.set(unsafe { code.instructions().add(target) });
    Ok(())
}

/// The compiler has proved that locals are bound where it loads them; after a jump that may be wrong.
fn bind_locals(thread: &Thread, frame: &Frame) -> PyResult<()> {
    let count = frame.code().local_count();
    // SAFETY: within the frame's locals.
    let slots = (0..count).map(|at| unsafe { frame.locals().add(at) });
    // SAFETY: as above.
    let unbound: Vec<*mut Ref> = slots.filter(|&slot| unsafe { (*slot).is_null() }).collect();
    if unbound.is_empty() {
        return Ok(());
    }
    let plural = if unbound.len() == 1 { "" } else { "s" };
    let message = format!("assigning None to {} unbound local{plural}", unbound.len());
    crate::warnings::warn_native(thread, exceptions::runtime_warning(), &message)?;
    for slot in unbound {
        // SAFETY: as above; warning may have bound it meanwhile.
        unsafe {
            if (*slot).is_null() {
                *slot = Ref::new(pyrox_objects::none());
            }
        }
    }
    Ok(())
}

/// Drop the top of the evaluation stack; a handled exception is handled no longer.
fn pop(thread: &Thread, frame: &Frame, kind: Kind) {
    // SAFETY: the saved stack of a frame that waits in a tracing function.
    unsafe {
        let top = (frame.raw().stackpointer.get() as *mut Ref).sub(1);
        frame.raw().stackpointer.set(top as *mut usize);
        let value = std::ptr::replace(top, Ref::NULL);
        if kind == Kind::Except && !value.is_null() {
            let item = &*thread.state.exc_info.get();
            let none = value.object().is_none();
            let new = if none { std::ptr::null_mut() } else { value.take().into_raw() };
            let old = item.exc_value.replace(new);
            pyrox_objects::object::xdecref(old);
            if none {
                value.close();
            }
        } else {
            value.xclose();
        }
    }
}

/// The number that is assigned to `f_lineno`.
///
/// # Errors
/// `ValueError` for what is no number.
pub fn line_number(thread: &Thread, value: Option<&Object>) -> PyResult<i64> {
    let Some(value) = value else { return Err(thread.attribute_error("cannot delete attribute")) };
    match value.exact::<pyrox_objects::Int>().map(pyrox_objects::Int::to_i64) {
        Some(Some(line)) if i32::try_from(line).is_ok() => Ok(line),
        Some(_) => Err(thread.value_error("lineno out of range")),
        None => Err(thread.value_error("lineno must be an integer")),
    }
}
