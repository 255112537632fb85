//! The evaluation loop.
//!
//! Rules for whoever adds an instruction:
//! 1. `ip` points behind the instruction and its argument while it runs; it skips its inline cache itself (`skip`).
//! 2. Whatever can raise, call or free finds `ip` and `sp` saved in the frame: `save` is called before each
//!    instruction, and again by instructions that change `sp` before they call out.
//! 3. An operand is owned by the stack until it is popped; a popped [`Ref`] must be stored, taken or closed.
//! 4. A Python function called by Python code gets a frame in this same loop; `run` is entered natively only for
//!    calls that come from native code.
//! 5. `Err(Raised)` means that the thread's exception is set; `unwind` finds the handler.

mod calls;
mod hot;
mod operations;
mod specialize;
mod step;
mod trace;

use pyrox_objects::abi::{self, PyObject};
use pyrox_objects::exceptions;
use pyrox_objects::{Function, Module, Obj, Object, PyResult, Raised, Str, Thread, Tuple, Type};

use crate::code::Code;
use crate::frame::{self, Frame, OWNED_BY_THREAD};
use crate::stackref::Ref;
use crate::traceback::Traceback;
use crate::tracing::TRACE;

pub use operations::make_exception;

type Raw = *mut PyObject;

/// The state of a running loop.
pub(crate) struct Machine<'t> {
    pub thread: &'t Thread,
    /// The running frame.
    pub frame: *mut Frame,
    /// The frame that `run` was entered with: its return ends the loop.
    entry: *mut Frame,
    pub ip: *mut u16,
    pub sp: *mut Ref,
    pub locals: *mut Ref,
    /// Where a re-raise stands: its handler is that of this place, and the traceback has its line already.
    pub(super) reraise_at: Option<usize>,
    /// High bits of the next instruction's argument.
    extended: u32,
    /// While tracing: the instruction before.
    before: trace::Before,
    /// The exception is thrown into the frame.
    thrown: bool,
}

/// What follows an instruction.
pub(crate) enum Flow {
    Next,
    /// The entry frame returned or yielded.
    Leave(Obj),
}

/// Run a frame until it returns or yields; with `throw`, raise the thread's exception in it first.
///
/// # Safety
/// The frame is set up and not running; the caller gives its memory back afterwards (a returned frame has
/// been cleared).
pub unsafe fn run(thread: &Thread, frame: *mut Frame, throw: bool) -> PyResult<Obj> {
    // SAFETY: by contract.
    unsafe {
        let caller = frame::current(thread);
        (*frame).set_previous(caller);
        let mut machine = Machine {
            thread,
            frame,
            entry: frame,
            ip: std::ptr::null_mut(),
            sp: std::ptr::null_mut(),
            locals: std::ptr::null_mut(),
            reraise_at: None,
            extended: 0,
            before: trace::Before::NOTHING,
            thrown: throw,
        };
        machine.load(frame);
        thread.state.current_frame.set(frame as *mut _);
        let mut entered = thread.check_stack("");
        if throw && thread.interrupts.get() & TRACE != 0 && entered.is_ok() {
            entered = crate::tracing::tell_call(thread, &*frame, crate::monitor::PY_THROW);
        }
        let result = if throw || entered.is_err() { machine.unwind() } else { Ok(()) };
        let result = match result {
            Ok(()) => machine.execute(),
            Err(raised) => Err(raised),
        };
        thread.state.current_frame.set(caller as *mut _);
        result
    }
}

impl Machine<'_> {
    /// Make `frame` the running one.
    #[inline(always)]
    pub unsafe fn load(&mut self, frame: *mut Frame) {
        // SAFETY: a set-up frame.
        unsafe {
            self.frame = frame;
            self.ip = (*frame).raw().instr_ptr.get();
            self.sp = (*frame).raw().stackpointer.get() as *mut Ref;
            self.locals = (*frame).locals();
            self.thread.state.current_frame.set(frame as *mut _);
        }
    }

    /// Save where the frame stands.
    #[inline(always)]
    pub fn save(&self) {
        // SAFETY: the running frame.
        unsafe {
            (*self.frame).raw().instr_ptr.set(self.ip);
            (*self.frame).raw().stackpointer.set(self.sp as *mut usize);
        }
    }

    #[inline(always)]
    pub fn frame(&self) -> &Frame {
        // SAFETY: the running frame.
        unsafe { &*self.frame }
    }

    #[inline(always)]
    pub fn code(&self) -> &Code {
        // SAFETY: the running frame's code lives as long as it.
        unsafe { &*((*self.frame).code() as *const Code) }
    }

    /// Find the handler of the raised exception, in this frame or in a caller within this loop.
    pub fn unwind(&mut self) -> PyResult<()> {
        let thread = self.thread;
        self.extended = 0;
        // For who watches: where the error is, and whether it came from another frame or is thrown into this one.
        let (mut place, mut came) = (0, std::mem::take(&mut self.thrown));
        // SAFETY: running frames; handlers come from the compiler.
        unsafe {
            loop {
                let frame = &*self.frame;
                // `save` ran at the instruction's start, so that the frame's offset is that of the instruction.
                let reraised = self.reraise_at.take();
                let offset = reraised.unwrap_or_else(|| frame.offset());
                if thread.raised().is_none() {
                    thread.system_error("error return without exception set");
                }
                if reraised.is_none() {
                    Traceback::add_here(thread, frame);
                }
                if thread.interrupts.get() & TRACE != 0 {
                    self.save_sp();
                    place = self.place_of_error(reraised, std::mem::replace(&mut came, true));
                    self.tell_exception(reraised.is_some(), place);
                }
                if let Some((target, depth, push_instruction)) = frame.code().handler_at(offset) {
                    let base = frame.stack_base().add(depth);
                    while self.sp > base {
                        self.sp = self.sp.sub(1);
                        (*self.sp).xclose();
                    }
                    if push_instruction {
                        // Re-raised, it is still that of the first raise.
                        self.push(Ref::new(pyrox_objects::Int::from(frame.offset() as i64).upcast()));
                    }
                    let exception = thread.take_raised().unwrap_or_else(pyrox_objects::none);
                    self.push(Ref::new(exception));
                    self.ip = frame.code().instructions().add(target);
                    if thread.interrupts.get() & TRACE != 0 && self.tell_handled(target).is_err() {
                        continue;
                    }
                    return Ok(());
                }
                self.save_sp();
                if thread.interrupts.get() & TRACE != 0 {
                    self.tell_unwound(place);
                }
                if self.leave_frame() {
                    return Err(Raised);
                }
            }
        }
    }

    fn save_sp(&self) {
        // SAFETY: the running frame.
        unsafe { (*self.frame).raw().stackpointer.set(self.sp as *mut usize) }
    }

    /// Clear the running frame and go on in its caller; true if it was the entry frame.
    unsafe fn leave_frame(&mut self) -> bool {
        // SAFETY: the frame has ended.
        unsafe {
            let frame = self.frame;
            let previous = (*frame).previous();
            let entry = frame == self.entry;
            let thread = self.thread;
            thread.state.py_recursion_remaining.set(thread.state.py_recursion_remaining.get() + 1);
            thread.state.current_frame.set(previous as *mut _);
            let raised = thread.take_raised();
            let owned = (*frame).raw().owner.get() as i8 == OWNED_BY_THREAD;
            let generator = (!owned && !entry).then(|| crate::generator::Generator::of_frame(frame));
            if let Some(generator) = generator {
                generator.unlink_handled(thread);
            }
            Frame::clear(frame);
            if let Some(generator) = generator {
                generator.finish();
            }
            if raised.is_some() {
                thread.set_raised(raised);
            }
            if owned {
                frame::pop_words(thread, frame);
            }
            if !entry {
                self.load(previous);
            }
            entry
        }
    }

    #[inline(always)]
    pub fn push(&mut self, value: Ref) {
        // SAFETY: the compiler computed the stack's depth.
        unsafe {
            *self.sp = value;
            self.sp = self.sp.add(1);
        }
    }

    #[inline(always)]
    pub fn push_obj(&mut self, value: Obj) {
        self.push(Ref::new(value));
    }

    #[inline(always)]
    pub fn pop(&mut self) -> Ref {
        // SAFETY: as above.
        unsafe {
            self.sp = self.sp.sub(1);
            *self.sp
        }
    }

    #[inline(always)]
    pub fn pop_obj(&mut self) -> Obj {
        // SAFETY: not null where instructions pop objects.
        unsafe { self.pop().take() }
    }

    /// The entry `depth` below the top (1 is the top).
    #[inline(always)]
    pub fn peek(&self, depth: usize) -> Ref {
        // SAFETY: as above.
        unsafe { *self.sp.sub(depth) }
    }

    #[inline(always)]
    pub fn set_peek(&mut self, depth: usize, value: Ref) {
        // SAFETY: as above.
        unsafe { *self.sp.sub(depth) = value }
    }

    /// A name of the code.
    #[inline(always)]
    pub fn name(&self, at: u32) -> &'static Str {
        // SAFETY: names are strings that live as long as the code.
        unsafe { &*(self.code().names().raw_items()[at as usize] as *const Str) }
    }

    /// Begin a frame: it counts against the recursion limit.
    pub fn enter_recursion(&self) -> PyResult<()> {
        let left = self.thread.state.py_recursion_remaining.get() - 1;
        self.thread.state.py_recursion_remaining.set(left);
        if left < 0 {
            self.thread.state.py_recursion_remaining.set(left + 1);
            // Some room for whoever handles the error.
            let result = self.thread.recursion_error("maximum recursion depth exceeded");
            return Err(result);
        }
        Ok(())
    }
}

/// Functions run by this: the vectorcall function of `function` objects.
///
/// # Safety
/// A vectorcallfunc contract.
pub unsafe extern "C-unwind" fn function_vectorcall(callable: Raw, args: *const Raw, nargsf: usize, kwnames: Raw) -> Raw {
    // SAFETY: by contract.
    unsafe {
        let thread = Thread::current();
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            call_function(thread, &*(callable as *const Function), args, nargsf & !(1 << 63), (kwnames as *const Tuple).as_ref())
        }));
        let result = result.unwrap_or_else(|_| Err(thread.system_error("internal error: a native function panicked")));
        result.map_or(std::ptr::null_mut(), Obj::into_raw)
    }
}

unsafe fn call_function(thread: &Thread, function: &Function, args: *const Raw, nargs: usize, names: Option<&Tuple>) -> PyResult<Obj> {
    // SAFETY: by the caller's contract.
    unsafe {
        let code = &*(function.code() as *const Object as *const Code);
        let Some(memory) = frame::push_words(thread, code.frame_size()) else {
            return Err(thread.recursion_error("maximum recursion depth exceeded"));
        };
        let left = thread.state.py_recursion_remaining.get() - 1;
        if left < 0 {
            frame::pop_words(thread, memory as *mut Frame);
            return Err(thread.recursion_error("maximum recursion depth exceeded"));
        }
        thread.state.py_recursion_remaining.set(left);
        let frame = Frame::initialize(memory, (**function).own(), code, namespace_of(thread, function, code)?);
        let keywords = names.map_or(0, Tuple::len);
        let references: Vec<Ref> = (0..nargs + keywords)
            .map(|at| {
                let raw = *args.add(at);
                abi::incref(raw);
                Ref(raw as usize)
            })
            .collect();
        let bound = crate::arguments::bind(thread, function, code, (*frame).locals(), &references[..nargs], names, &references[nargs..]);
        if bound.is_err() {
            thread.state.py_recursion_remaining.set(left + 1);
            let raised = thread.take_raised();
            Frame::clear(frame);
            frame::pop_words(thread, frame);
            thread.set_raised(raised);
            return Err(Raised);
        }
        run(thread, frame, false)
    }
}

/// Code without fast locals (classes made by `exec` of functions) runs in its globals.
fn namespace_of(_thread: &Thread, function: &Function, code: &Code) -> PyResult<Option<Obj>> {
    if code.has_flag(pyrox_compiler::code::flags::OPTIMIZED) { Ok(None) } else { Ok(Some((**function.globals()).own())) }
}

/// Run module or class code in a namespace.
///
/// # Errors
/// Whatever the code raises.
pub fn run_code(thread: &Thread, code: &Code, globals: &pyrox_objects::Dict, namespace: &Object, closure: Option<&Tuple>) -> PyResult<Obj> {
    let builtins = builtins_of(thread, globals)?;
    let doc = pyrox_objects::none();
    let function = Function::new(thread, code, globals, &builtins, code.name(), code.qualname(), &doc)?;
    if let Some(closure) = closure {
        function.set_attribute(thread, 8, (**closure).own())?;
    }
    // SAFETY: a fresh frame of this code.
    unsafe {
        let Some(memory) = frame::push_words(thread, code.frame_size()) else {
            return Err(thread.recursion_error("maximum recursion depth exceeded"));
        };
        let left = thread.state.py_recursion_remaining.get() - 1;
        if left < 0 {
            frame::pop_words(thread, memory as *mut Frame);
            return Err(thread.recursion_error("maximum recursion depth exceeded"));
        }
        thread.state.py_recursion_remaining.set(left);
        let namespace = if code.has_flag(pyrox_compiler::code::flags::OPTIMIZED) { None } else { Some(namespace.own()) };
        let frame = Frame::initialize(memory, function.upcast(), code, namespace);
        run(thread, frame, false)
    }
}

/// The builtins that go with globals: their `__builtins__`, or the interpreter's.
pub fn builtins_of(thread: &Thread, globals: &pyrox_objects::Dict) -> PyResult<Obj> {
    if let Some(found) = globals.get_str(pyrox_objects::intern!("__builtins__")) {
        if let Some(module) = found.cast::<Module>() {
            return Ok((**module.dict()).own());
        }
        return Ok(found);
    }
    let builtins = crate::builtins_dict(thread)?;
    Ok(builtins.upcast())
}

/// A class for `__build_class__` and friends: whether the object is one.
pub fn as_type(object: &Object) -> Option<&Type> {
    object.cast::<Type>()
}

/// `StopIteration` that leaves a generator's body becomes `RuntimeError`.
pub(crate) fn stop_iteration_error(thread: &Thread, code: &Code, exception: Obj) -> Obj {
    let kind = crate::generator::Kind::of_flags(code.flags());
    let name = if exception.is_instance_of(exceptions::stop_iteration()) {
        "StopIteration"
    } else if kind == crate::generator::Kind::AsyncGenerator && exception.is_instance_of(exceptions::stop_async_iteration()) {
        "StopAsyncIteration"
    } else {
        return exception;
    };
    thread.set_raised(Some(exception));
    thread.error_from_cause(exceptions::runtime_error(), &format!("{} raised {name}", kind.noun()));
    thread.take_raised().unwrap_or_else(pyrox_objects::none)
}
