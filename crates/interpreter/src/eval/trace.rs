//! The loop while a tracing or profiling function is set: what it tells before each instruction.

use pyrox_compiler::opcode::Opcode;
use pyrox_objects::builtin_function::BuiltinFunction;
use pyrox_objects::{Obj, PyResult, none};

use super::Machine;
use super::step::GENERIC;
use crate::frame::Frame;
use crate::tracing::{self, TRACE};

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

/// What the traced loop remembers of the instruction before.
pub(super) struct Before {
    frame: *mut Frame,
    /// Its line; -1 if it had none, `None` where the next instruction begins a line in any case.
    line: Option<i32>,
    /// It was a jump backward, from this line.
    jumped: Option<i32>,
    /// The native function that it called.
    native: Option<Obj>,
}

impl Before {
    pub const NOTHING: Before = Before { frame: std::ptr::null_mut(), line: None, jumped: None, native: None };
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
                tracing::tell_profiler(thread, frame, "c_return", &native)?;
            }
            let opcode = GENERIC[(*here & 0xff) as usize];
            let argument = (*here >> 8) as usize;
            if self.before.frame != self.frame {
                let line = if at > lines.first { Some(line_of(at - 1)) } else { None };
                self.before = Before { frame: self.frame, line, jumped: None, native: None };
            }
            if at < lines.first {
                return Ok(true);
            }
            if opcode == RESUME {
                tracing::tell_call(thread, frame)?;
                self.before.line = if argument & 3 == 0 { None } else { self.before.line };
                return Ok(true);
            }
            let line = line_of(at);
            let jumped = self.before.jumped.take();
            let begins = match self.before.line {
                None => true,
                Some(before) => before != line || jumped == Some(line),
            };
            if begins && line >= 0 && !matches!(opcode, END_FOR | END_SEND | END_ASYNC_FOR) {
                self.before.line = Some(line);
                tracing::tell_frame(thread, frame, "line", &none())?;
                if self.moved(here) {
                    return Ok(true);
                }
            }
            self.before.line = Some(line);
            tracing::tell_frame(thread, frame, "opcode", &none())?;
            if self.moved(here) {
                return Ok(true);
            }
            match opcode {
                RETURN_VALUE | YIELD_VALUE => {
                    let value = self.peek(1).object().own();
                    tracing::tell_return(thread, frame, &value)?;
                }
                JUMP_BACKWARD => self.before.jumped = Some(line),
                CALL | CALL_KW | CALL_FUNCTION_EX if tracing::profiles() => {
                    if let Some(native) = self.native_callee(opcode, argument)? {
                        tracing::tell_profiler(thread, frame, "c_call", &native)?;
                        self.before.native = Some(native);
                    }
                }
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
            self.before = Before { frame: self.frame, line: None, jumped: None, native: None };
            true
        }
    }

    /// The native function or method that a call instruction is about to call, bound.
    unsafe fn native_callee(&self, opcode: u8, argument: usize) -> PyResult<Option<Obj>> {
        let depth = match opcode {
            CALL => argument + 2,
            CALL_KW => argument + 3,
            _ => 4,
        };
        let mut callable = self.peek(depth).object();
        if let Some(method) = callable.exact::<pyrox_objects::Method>().filter(|_| self.peek(depth - 1).is_null()) {
            callable = method.function();
        }
        if callable.is_instance::<BuiltinFunction>() {
            return Ok(Some(callable.own()));
        }
        if opcode != CALL_FUNCTION_EX && callable.ty().full_name() == "method_descriptor" {
            let first = self.peek(depth - 1);
            let first = if first.is_null() && argument > 0 { self.peek(depth - 2) } else { first };
            if !first.is_null() {
                let owner = first.object();
                let bound = callable.call_method(self.thread, pyrox_objects::intern!("__get__"), &[owner, &**owner.ty()]);
                return bound.map(Some);
            }
        }
        Ok(None)
    }

    /// Tell of the raised exception in the running frame.
    #[cold]
    pub(super) fn tell_exception(&mut self) {
        // SAFETY: the running frame.
        let frame = unsafe { &*self.frame };
        if let Some(native) = self.before.native.take() {
            let raised = self.thread.take_raised();
            if tracing::tell_profiler(self.thread, frame, "c_exception", &native).is_ok() {
                self.thread.set_raised(raised);
            }
        }
        // What the function raises takes the exception's place.
        let _ = tracing::tell_exception(self.thread, frame);
    }

    /// Tell that the raised exception leaves the running frame.
    #[cold]
    pub(super) fn tell_unwound(&mut self) {
        // SAFETY: the running frame.
        let frame = unsafe { &*self.frame };
        let raised = self.thread.take_raised();
        if tracing::tell_return(self.thread, frame, &none()).is_ok() {
            self.thread.set_raised(raised);
        }
        self.before.frame = std::ptr::null_mut();
    }
}
