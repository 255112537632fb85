//! The loop while a tracing or profiling function is set: what it tells before each instruction.

use pyrox_compiler::opcode::Opcode;
use pyrox_objects::builtin_function::BuiltinFunction;
use pyrox_objects::{Function, Int, Method, Obj, Object, PyResult, Tuple, none};

use super::Machine;
use super::step::GENERIC;
use crate::frame::Frame;
use crate::generator::Generator;
use crate::monitor;
use crate::tracing::{self, TRACE};

const JUMP_FORWARD: u8 = Opcode::JUMP_FORWARD.number() as u8;
const NOT_TAKEN: u8 = Opcode::NOT_TAKEN.number() as u8;
const POP_ITER: u8 = Opcode::POP_ITER.number() as u8;
const POP_JUMP_IF_FALSE: u8 = Opcode::POP_JUMP_IF_FALSE.number() as u8;
const POP_JUMP_IF_TRUE: u8 = Opcode::POP_JUMP_IF_TRUE.number() as u8;
const POP_JUMP_IF_NONE: u8 = Opcode::POP_JUMP_IF_NONE.number() as u8;
const POP_JUMP_IF_NOT_NONE: u8 = Opcode::POP_JUMP_IF_NOT_NONE.number() as u8;
const RESUME: u8 = Opcode::RESUME.number() as u8;
const RETURN_VALUE: u8 = Opcode::RETURN_VALUE.number() as u8;
const YIELD_VALUE: u8 = Opcode::YIELD_VALUE.number() as u8;
const JUMP_BACKWARD: u8 = Opcode::JUMP_BACKWARD.number() as u8;
const CALL: u8 = Opcode::CALL.number() as u8;
const CALL_KW: u8 = Opcode::CALL_KW.number() as u8;
const CALL_FUNCTION_EX: u8 = Opcode::CALL_FUNCTION_EX.number() as u8;
const END_FOR: u8 = Opcode::END_FOR.number() as u8;
const END_ASYNC_FOR: u8 = Opcode::END_ASYNC_FOR.number() as u8;
const END_SEND: u8 = Opcode::END_SEND.number() as u8;

/// How many code units of inline cache follow each opcode.
const CACHES: [u8; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        if let Some(opcode) = Opcode::from_u8(at as u8) {
            table[at] = opcode.caches() as u8;
        }
        at += 1;
    }
    table
};

/// A native function that was called.
struct Native {
    /// What profilers are told of, if they are told of such.
    profiled: Option<Obj>,
    callable: Obj,
    first: Obj,
    at: usize,
}

/// What the traced loop remembers of the instruction before.
pub(super) struct Before {
    frame: *mut Frame,
    /// Its line; -1 if it had none, `None` where the next instruction begins a line in any case.
    line: Option<i32>,
    /// It was a jump backward, from this line.
    jumped: Option<i32>,
    /// It was a conditional jump: where it is and where it may jump to.
    branch: Option<(usize, usize)>,
    native: Option<Native>,
}

impl Before {
    pub const NOTHING: Before = Before { frame: std::ptr::null_mut(), line: None, jumped: None, branch: None, native: None };

    fn at(frame: *mut Frame, line: Option<i32>) -> Before {
        Before { frame, line, ..Before::NOTHING }
    }
}

impl Machine<'_> {
    /// Run until the entry frame returns or yields.
    pub(super) unsafe fn execute(&mut self) -> PyResult<Obj> {
        // SAFETY: by the caller.
        unsafe {
            loop {
                let result = match self.thread.interrupts.get() & TRACE {
                    0 => self.run_loop::<false>()?,
                    _ => self.run_loop::<true>()?,
                };
                if let Some(value) = result {
                    return Ok(value);
                }
            }
        }
    }

    /// Tell of the instruction at `ip`, which runs next. It may be another one afterwards: a debugger can jump.
    /// False if nothing is traced any more.
    #[inline(never)]
    pub(super) unsafe fn before_instruction(&mut self) -> PyResult<bool> {
        let thread = self.thread;
        if thread.interrupts.get() & TRACE == 0 {
            self.before = Before::NOTHING;
            return Ok(false);
        }
        // SAFETY: the running frame.
        unsafe {
            self.save();
            let here = self.ip;
            let frame = &*self.frame;
            let code = frame.code();
            let lines = tracing::lines(code);
            let at = frame.offset();
            let line_of = |at: usize| lines.lines.get(at).copied().unwrap_or(-1);
            if let Some(native) = self.before.native.take() {
                monitor::tell(thread, code, native.at, monitor::C_RETURN, native.at as i64 * 2, &[&native.callable, &native.first])?;
                if let Some(profiled) = &native.profiled {
                    tracing::tell_profiler(thread, frame, "c_return", profiled)?;
                }
            }
            let opcode = GENERIC[(*here & 0xff) as usize];
            let argument = (*here >> 8) as usize;
            if self.before.frame != self.frame {
                let line = if at > lines.first { Some(line_of(at - 1)) } else { None };
                self.before = Before::at(self.frame, line);
            }
            if at < lines.first {
                return Ok(true);
            }
            let event = |event: u32, others: &[&Object]| monitor::tell(thread, code, at, event, at as i64 * 2, others);
            if opcode == RESUME {
                let resumed = argument & 3 != 0;
                tracing::tell_call(thread, frame, if resumed { monitor::PY_RESUME } else { monitor::PY_START })?;
                event(monitor::INSTRUCTION, &[])?;
                self.before.line = if resumed { self.before.line } else { None };
                return Ok(true);
            }
            // Where a branch went shows now.
            let branch = self.before.branch.take();
            if monitor::wants(monitor::BRANCH_LEFT) || monitor::wants(monitor::BRANCH_RIGHT) {
                let went = |event: u32, from: usize, to: usize| {
                    let target = Int::from(to as i64 * 2);
                    monitor::tell(thread, code, from, event, from as i64 * 2, &[&target])
                };
                match (opcode, branch) {
                    (NOT_TAKEN, _) => {
                        if let Some(&from) = lines.left.get(&at) {
                            went(monitor::BRANCH_LEFT, from, at + 1)?;
                        }
                    }
                    (POP_ITER, _) if lines.right.contains_key(&at) => {
                        let from = lines.right.get(&at).copied().unwrap_or(at);
                        went(monitor::BRANCH_RIGHT, from, at + 1)?;
                    }
                    _ if lines.bodies.contains_key(&at) => {
                        let from = lines.bodies.get(&at).copied().unwrap_or(at);
                        went(monitor::BRANCH_LEFT, from, at)?;
                    }
                    (_, Some((from, target))) if target == at => went(monitor::BRANCH_RIGHT, from, target)?,
                    _ => {}
                }
            }
            let line = line_of(at);
            let jumped = self.before.jumped.take();
            let begins = match self.before.line {
                None => true,
                Some(before) => before != line || jumped == Some(line),
            };
            if begins && line >= 0 && !matches!(opcode, END_FOR | END_SEND | END_ASYNC_FOR) {
                let again = jumped == Some(line) && self.before.line == Some(line);
                self.before.line = Some(line);
                if !again {
                    monitor::tell(thread, code, at, monitor::LINE, i64::from(line), &[])?;
                }
                tracing::tell_frame(thread, frame, "line", &none())?;
                if self.moved(here) {
                    return Ok(true);
                }
            }
            self.before.line = Some(line);
            event(monitor::INSTRUCTION, &[])?;
            tracing::tell_frame(thread, frame, "opcode", &none())?;
            if self.moved(here) {
                return Ok(true);
            }
            let next = at + 1 + CACHES[opcode as usize] as usize;
            let jump = |target: usize| event(monitor::JUMP, &[&**Int::from(target as i64 * 2)]);
            match opcode {
                RETURN_VALUE | YIELD_VALUE => {
                    let value = self.peek(1).object().own();
                    event(if opcode == RETURN_VALUE { monitor::PY_RETURN } else { monitor::PY_YIELD }, &[&value])?;
                    tracing::tell_return(thread, frame, &value)?;
                }
                JUMP_BACKWARD => {
                    jump(next.saturating_sub(argument))?;
                    self.before.jumped = Some(line);
                }
                JUMP_FORWARD => jump(next + argument)?,
                POP_JUMP_IF_FALSE | POP_JUMP_IF_TRUE | POP_JUMP_IF_NONE | POP_JUMP_IF_NOT_NONE => {
                    self.before.branch = Some((at, next + argument));
                }
                END_SEND if Generator::of_plain(self.peek(2).object()).is_some() => {
                    // The value came by a StopIteration, in principle.
                    let stop = monitor::stop_iteration(thread, self.peek(1).object())?;
                    thread.set_raised(Some(stop));
                    tracing::tell_exception(thread, frame, monitor::STOP_ITERATION, at)?;
                    drop(thread.take_raised());
                }
                // A generator that ends with a value does so by a StopIteration, too.
                END_FOR if !self.peek(1).object().is_none() => {
                    let stop = monitor::stop_iteration(thread, self.peek(1).object())?;
                    thread.set_raised(Some(stop));
                    tracing::tell_exception(thread, frame, monitor::RAISE, at)?;
                    drop(thread.take_raised());
                }
                CALL | CALL_KW | CALL_FUNCTION_EX => self.tell_callee(opcode, argument, at)?,
                _ => {}
            }
            Ok(true)
        }
    }

    /// Whether a debugger made the frame go on elsewhere.
    unsafe fn moved(&mut self, here: *mut u16) -> bool {
        // SAFETY: the running frame.
        unsafe {
            let now = (*self.frame).raw().instr_ptr.get();
            if now == here {
                return false;
            }
            self.ip = now;
            self.sp = (*self.frame).raw().stackpointer.get() as *mut crate::stackref::Ref;
            self.before = Before::at(self.frame, None);
            true
        }
    }

    /// Tell of what a call instruction is about to call.
    unsafe fn tell_callee(&mut self, opcode: u8, argument: usize, at: usize) -> PyResult<()> {
        let (thread, profiles) = (self.thread, tracing::profiles());
        if !profiles && !monitor::wants(monitor::CALL) {
            return Ok(());
        }
        let depth = match opcode {
            CALL => argument + 2,
            CALL_KW => argument + 3,
            _ => 4,
        };
        // SAFETY: the operands of a call.
        let (mut callable, mut first) = unsafe {
            let first = match opcode {
                CALL_FUNCTION_EX => self.peek(2).object().cast::<Tuple>().filter(|t| t.len() > 0).map(|t| t.get(0).own()),
                _ if !self.peek(depth - 1).is_null() => Some(self.peek(depth - 1).object().own()),
                _ if argument > 0 => Some(self.peek(depth - 2).object().own()),
                _ => None,
            };
            (self.peek(depth).object().own(), first)
        };
        if opcode != CALL_FUNCTION_EX && self.peek(depth - 1).is_null() {
            let parts = callable.exact::<Method>().map(|method| (method.function().own(), method.object().own()));
            if let Some((function, object)) = parts {
                callable = function;
                first = Some(object);
            }
        }
        // SAFETY: the running frame.
        let frame = unsafe { &*self.frame };
        let argument = first.clone().unwrap_or_else(monitor::missing);
        monitor::tell(thread, frame.code(), at, monitor::CALL, at as i64 * 2, &[&callable, &argument])?;
        if callable.is_exact::<Function>() {
            return Ok(());
        }
        let profiled = match &first {
            _ if !profiles => None,
            _ if callable.is_instance::<BuiltinFunction>() => Some(callable.clone()),
            Some(owner) if opcode != CALL_FUNCTION_EX && callable.ty().full_name() == "method_descriptor" => {
                Some(callable.call_method(thread, pyrox_objects::intern!("__get__"), &[&**owner, &**owner.ty()])?)
            }
            _ => None,
        };
        if let Some(profiled) = &profiled {
            tracing::tell_profiler(thread, frame, "c_call", profiled)?;
        }
        self.before.native = Some(Native { profiled, callable, first: argument, at });
        Ok(())
    }

    /// The place of an error for those who watch: the last unit of the instruction that raised, or the one before
    /// where a frame was to go on that the exception came to.
    pub(super) fn place_of_error(&self, reraised: Option<usize>, came: bool) -> usize {
        let frame = self.frame();
        let at = reraised.unwrap_or_else(|| frame.offset());
        if came && reraised.is_none() {
            return at.saturating_sub(1);
        }
        // SAFETY: an instruction of the frame's code.
        let unit = unsafe { *frame.code().instructions().add(at) };
        at + CACHES[GENERIC[(unit & 0xff) as usize] as usize] as usize
    }

    /// Tell of the raised exception in the running frame, at a place.
    #[cold]
    pub(super) fn tell_exception(&mut self, reraised: bool, at: usize) {
        // SAFETY: the running frame.
        let frame = unsafe { &*self.frame };
        if let Some(native) = self.before.native.take().filter(|_| std::ptr::eq(self.before.frame, self.frame)) {
            let raised = self.thread.take_raised();
            let told = monitor::tell(
                self.thread,
                frame.code(),
                native.at,
                monitor::C_RAISE,
                native.at as i64 * 2,
                &[&native.callable, &native.first],
            );
            let told = told.and_then(|()| match &native.profiled {
                Some(profiled) => tracing::tell_profiler(self.thread, frame, "c_exception", profiled),
                None => Ok(()),
            });
            if told.is_ok() {
                self.thread.set_raised(raised);
            }
        }
        // What a function raises takes the exception's place.
        let _ = match reraised {
            true => monitor::tell_raised(self.thread, frame.code(), at, monitor::RERAISE),
            false => tracing::tell_exception(self.thread, frame, monitor::RAISE, at),
        };
    }

    /// Tell that a handler of the running frame, at an instruction, has the exception, which is on the stack.
    #[cold]
    pub(super) fn tell_handled(&mut self, target: usize) -> PyResult<()> {
        if !monitor::wants(monitor::EXCEPTION_HANDLED) {
            return Ok(());
        }
        self.save();
        // SAFETY: the running frame, whose stack's top is the exception.
        let (code, exception) = unsafe { ((*self.frame).code(), self.peek(1).object().own()) };
        monitor::tell(self.thread, code, target, monitor::EXCEPTION_HANDLED, target as i64 * 2, &[&exception])
    }

    /// Tell that the raised exception leaves the running frame.
    #[cold]
    pub(super) fn tell_unwound(&mut self, at: usize) {
        // SAFETY: the running frame.
        let frame = unsafe { &*self.frame };
        let _ = monitor::tell_raised(self.thread, frame.code(), at, monitor::PY_UNWIND);
        let raised = self.thread.take_raised();
        if tracing::tell_return(self.thread, frame, &none()).is_ok() {
            self.thread.set_raised(raised);
        }
        self.before.frame = std::ptr::null_mut();
    }
}
