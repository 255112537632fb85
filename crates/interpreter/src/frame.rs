//! Frames: activations of code on a contiguous stack per thread, and the objects that show them.
//!
//! A [`Frame`] is CPython's `_PyInterpreterFrame`; locals, cells and the evaluation stack follow it. A frame
//! object (`sys._getframe`, tracebacks) is made when somebody asks; if it outlives its frame, it takes the
//! frame's memory over.

use std::ffi::c_void;

use pyrox_macros::pyclass;
use pyrox_objects::abi::{self, _PyInterpreterFrame as RawFrame, PyFrameObject, PyObject};
use pyrox_objects::object::{decref, xdecref};
use pyrox_objects::{Dict, Function, Obj, Object, Owned, PyResult, PyType, Str, Thread};

use crate::code::Code;
use crate::frame_locals::FrameLocalsProxy;
use crate::stackref::Ref;

type Raw = *mut PyObject;

/// An activation of a code object.
#[repr(transparent)]
pub struct Frame(RawFrame);

/// Who owns a frame's memory.
pub const OWNED_BY_THREAD: i8 = 0;
pub const OWNED_BY_GENERATOR: i8 = 1;
pub const OWNED_BY_FRAME_OBJECT: i8 = 2;

/// Words before the locals.
const HEAD: usize = 10;

impl Frame {
    #[inline(always)]
    pub fn raw(&self) -> &RawFrame {
        &self.0
    }
    #[inline(always)]
    pub fn code(&self) -> &Code {
        // SAFETY: a frame has code.
        unsafe { &*(self.0.f_executable.get() as *const Code) }
    }
    #[inline(always)]
    pub fn previous(&self) -> *mut Frame {
        self.0.previous.get() as *mut Frame
    }
    pub fn set_previous(&self, frame: *mut Frame) {
        self.0.previous.set(frame as *mut RawFrame);
    }
    #[inline(always)]
    pub fn globals(&self) -> &Dict {
        // SAFETY: a frame has globals.
        unsafe { &*(self.0.f_globals.get() as *const Dict) }
    }
    #[inline(always)]
    pub fn builtins(&self) -> &Object {
        // SAFETY: a frame has builtins.
        unsafe { Object::from_ptr(self.0.f_builtins.get()) }
    }
    /// The namespace of module and class code.
    #[inline(always)]
    pub fn namespace(&self) -> Option<&Object> {
        // SAFETY: null or an object the frame owns.
        unsafe { Object::from_ptr_or_null(self.0.f_locals.get()) }
    }
    pub fn function(&self) -> Option<&Function> {
        // SAFETY: null or a function the frame owns.
        unsafe { (self.0.f_funcobj.get() as *const Function).as_ref() }
    }
    #[inline(always)]
    pub fn locals(&self) -> *mut Ref {
        // SAFETY: the locals follow the head.
        unsafe { (self as *const Frame as *mut Ref).add(HEAD) }
    }
    /// Where the evaluation stack begins.
    #[inline(always)]
    pub fn stack_base(&self) -> *mut Ref {
        // SAFETY: the stack follows the locals.
        unsafe { self.locals().add(self.code().local_count()) }
    }
    /// The offset of the instruction that runs or ran last, in code units.
    pub fn offset(&self) -> usize {
        let at = self.0.instr_ptr.get() as usize;
        at.saturating_sub(self.code().instructions() as usize) / 2
    }

    /// Set up a frame in raw memory; locals are null.
    ///
    /// # Safety
    /// `memory` has room for the code's frame.
    #[inline]
    pub unsafe fn initialize(memory: *mut usize, function: Obj, code: &Code, namespace: Option<Obj>) -> *mut Frame {
        // SAFETY: by contract; `function` is a Function.
        unsafe {
            let frame = &*(memory as *mut Frame);
            let raw = &frame.0;
            let owner = &*(function.as_ptr() as *const Function);
            abi::incref(code.as_ptr());
            raw.f_executable.set(code.as_ptr() as usize);
            raw.f_globals.set(owner.raw().func_globals.get());
            raw.f_builtins.set(owner.raw().func_builtins.get());
            raw.f_funcobj.set(function.into_raw() as usize);
            raw.f_locals.set(namespace.map_or(std::ptr::null_mut(), Obj::into_raw));
            raw.frame_obj.set(std::ptr::null_mut());
            raw.instr_ptr.set(code.instructions());
            raw.return_offset.set(0);
            raw.owner.set(OWNED_BY_THREAD as _);
            raw.visited.set(0);
            let locals = frame.locals();
            for at in 0..code.local_count() {
                *locals.add(at) = Ref::NULL;
            }
            raw.stackpointer.set(locals.add(code.local_count()) as *mut usize);
            memory as *mut Frame
        }
    }

    /// Drop everything the frame holds; a frame object that lives on takes the contents over.
    ///
    /// # Safety
    /// The frame has ended.
    pub unsafe fn clear(this: *mut Frame) {
        // SAFETY: by contract.
        unsafe {
            let frame = &*this;
            let raw = &frame.0;
            let object = raw.frame_obj.replace(std::ptr::null_mut());
            if !object.is_null() {
                if abi::refcnt(object as Raw) > 1 {
                    FrameObject::take_over(object, frame);
                    decref(object as Raw);
                    return;
                }
                decref(object as Raw);
            }
            frame.clear_locals();
            xdecref(raw.f_locals.replace(std::ptr::null_mut()));
            let function = raw.f_funcobj.replace(0);
            xdecref(function as Raw);
            // A generator shows its code to the end.
            if raw.owner.get() as i8 != OWNED_BY_GENERATOR {
                decref(raw.f_executable.get() as Raw);
            }
        }
    }

    unsafe fn clear_locals(&self) {
        // SAFETY: locals and stack entries up to the saved stack pointer.
        unsafe {
            let top = self.0.stackpointer.get() as *mut Ref;
            self.0.stackpointer.set(self.locals() as *mut usize);
            let mut at = self.locals();
            while at < top {
                let value = std::ptr::replace(at, Ref::NULL);
                value.xclose();
                at = at.add(1);
            }
        }
    }

    /// Visit what the frame holds.
    ///
    /// # Safety
    /// A traverseproc contract.
    pub unsafe fn traverse(&self, visit: abi::visitproc, data: *mut c_void) -> i32 {
        // SAFETY: by contract. Borrowed entries are not counted, so not visited.
        unsafe {
            for raw in [self.0.f_locals.get(), self.0.f_funcobj.get() as Raw, self.0.f_executable.get() as Raw] {
                if !raw.is_null() {
                    let status = visit(raw, data);
                    if status != 0 {
                        return status;
                    }
                }
            }
            let top = self.0.stackpointer.get() as *mut Ref;
            let mut at = self.locals();
            while at < top {
                if !(*at).is_null() && (*at).0 & 1 == 0 {
                    let status = visit((*at).ptr(), data);
                    if status != 0 {
                        return status;
                    }
                }
                at = at.add(1);
            }
        }
        0
    }

    /// The value of local variable `at`, cells opened.
    pub fn local_value(&self, at: usize) -> Option<Obj> {
        let kind = *self.code().local_kinds().get(at)?;
        // SAFETY: within the locals.
        unsafe {
            let value = *self.locals().add(at);
            if value.is_null() {
                return None;
            }
            let object = value.object();
            if kind & (pyrox_compiler::code::local_kind::CELL | pyrox_compiler::code::local_kind::FREE) != 0 {
                if let Some(cell) = object.exact::<pyrox_objects::Cell>() {
                    return cell.get();
                }
            }
            Some(object.own())
        }
    }

    /// Whether a comprehension that was inlined into a module or class runs: it has variables of its own.
    fn runs_comprehension(&self) -> bool {
        let kinds = self.code().local_kinds();
        // SAFETY: within the locals.
        let set = |at: usize| unsafe { !(*self.locals().add(at)).is_null() };
        kinds.iter().enumerate().any(|(at, kind)| kind & pyrox_compiler::code::local_kind::HIDDEN != 0 && set(at))
    }

    /// `locals()`: the namespace, or a fresh dict of the local variables.
    pub fn locals_dict(&self, thread: &Thread) -> PyResult<Obj> {
        if let Some(namespace) = self.namespace().filter(|_| !self.runs_comprehension()) {
            return Ok(namespace.own());
        }
        // SAFETY: null or an object that the frame owns.
        if let Some(object) = unsafe { (self.0.frame_obj.get() as *const FrameObject).as_ref() } {
            if object.extra_locals().is_some() {
                return Ok(FrameLocalsProxy::new(thread, object)?.snapshot(thread)?.upcast());
            }
        }
        let dict = Dict::new(thread)?;
        for (at, name) in self.code().local_names().to_vec().iter().enumerate() {
            if let Some(value) = self.local_value(at) {
                dict.set(thread, name, &value)?;
            }
        }
        Ok(dict.upcast())
    }

    /// The frame's object, if there is one.
    pub fn existing_object(&self) -> Option<&FrameObject> {
        // SAFETY: null or the object, which the frame owns.
        unsafe { (self.0.frame_obj.get() as *const FrameObject).as_ref() }
    }

    /// The frame's object, made if there is none yet.
    pub fn object(&self, thread: &Thread) -> PyResult<Owned<FrameObject>> {
        if self.0.frame_obj.get().is_null() {
            let made = FrameObject::ty().allocate_untracked(thread, self.code().frame_size())?;
            // SAFETY: fresh.
            let raw = unsafe { &*(made.as_ptr() as *const PyFrameObject) };
            raw.f_frame.set(self as *const Frame as *mut RawFrame);
            // The allocation counted its items where a frame object has its caller.
            raw.f_back.set(std::ptr::null_mut());
            raw.f_trace_lines.set(1);
            // SAFETY: complete.
            unsafe { pyrox_objects::gc::track(made.as_ptr()) };
            self.0.frame_obj.set(made.into_raw() as *mut PyFrameObject);
        }
        // SAFETY: the frame owns a reference to its object.
        Ok(unsafe { Object::from_ptr(self.0.frame_obj.get() as Raw).own().cast_unchecked() })
    }
}

/// The running frame, or null.
#[inline(always)]
pub fn current(thread: &Thread) -> *mut Frame {
    thread.state.current_frame.get() as *mut Frame
}

/// Room for `words` on the thread's frame stack; `None` when it is used up.
#[inline(always)]
pub fn push_words(thread: &Thread, words: usize) -> Option<*mut usize> {
    let top = thread.state.datastack_top.get() as *mut usize;
    let limit = thread.state.datastack_limit.get() as usize;
    let needed = words * size_of::<usize>();
    if limit.saturating_sub(top as usize) < needed || top.is_null() {
        return more_stack(thread, words);
    }
    // SAFETY: within the region.
    thread.state.datastack_top.set(unsafe { top.add(words) } as *mut Raw);
    Some(top)
}

/// Address space of a thread's frame stack.
const STACK_BYTES: usize = 1 << 30;
/// How much of it is made usable at a time: what is only reserved counts against no limit of the process.
const STACK_STEP: usize = 1 << 20;

thread_local! {
    /// Where the reserved address space ends; 0 before there is any.
    static STACK_END: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Make more of the stack usable, and try again.
#[cold]
fn more_stack(thread: &Thread, words: usize) -> Option<*mut usize> {
    if STACK_END.get() == 0 {
        // SAFETY: a private anonymous mapping that nothing may touch yet.
        let memory = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                STACK_BYTES,
                libc::PROT_NONE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        if memory == libc::MAP_FAILED {
            return None;
        }
        STACK_END.set(memory as usize + STACK_BYTES);
        thread.state.datastack_top.set(memory as *mut Raw);
        thread.state.datastack_limit.set(memory as *mut Raw);
    }
    let limit = thread.state.datastack_limit.get() as usize;
    if limit == 0 {
        return first_chunk(thread, words);
    }
    let step = (words * size_of::<usize>()).next_multiple_of(STACK_STEP);
    if !(STACK_END.get() - STACK_BYTES..=STACK_END.get()).contains(&limit) || STACK_END.get() - limit < step {
        return None;
    }
    // SAFETY: within the reserved mapping, and not used yet.
    if unsafe { libc::mprotect(limit as *mut c_void, step, libc::PROT_READ | libc::PROT_WRITE) } != 0 {
        return None;
    }
    thread.state.datastack_limit.set((limit + step) as *mut Raw);
    push_words(thread, words)
}

/// Bytes of a stack that an extension began.
const CHUNK_BYTES: usize = 2 << 20;

/// The frame stack of a call stack that an extension began (greenlet empties the fields and puts those of another call
/// stack back later): a chunk as CPython has them, which the extension frees by the arena allocator.
#[cold]
fn first_chunk(thread: &Thread, words: usize) -> Option<*mut usize> {
    let chunk = abi::allocate(CHUNK_BYTES) as *mut abi::_PyStackChunk;
    if chunk.is_null() {
        return None;
    }
    // SAFETY: fresh memory of that size, which begins with the chunk's head.
    unsafe {
        (*chunk).previous.set(std::ptr::null_mut());
        (*chunk).size.set(CHUNK_BYTES);
        (*chunk).top.set(0);
        thread.state.datastack_chunk.set(chunk);
        thread.state.datastack_top.set(&raw const (*chunk).data as *mut Raw);
        thread.state.datastack_limit.set((chunk as *mut u8).add(CHUNK_BYTES) as *mut Raw);
    }
    if words * size_of::<usize>() > CHUNK_BYTES / 2 { None } else { push_words(thread, words) }
}

/// Give the frame's words back.
#[inline(always)]
pub fn pop_words(thread: &Thread, frame: *mut Frame) {
    thread.state.datastack_top.set(frame as *mut Raw);
}

/// A frame as Python sees it.
#[repr(transparent)]
pub struct FrameObject(PyFrameObject);

impl FrameObject {
    pub fn frame(&self) -> &Frame {
        // SAFETY: a frame object points at its frame, wherever that lies.
        unsafe { &*(self.0.f_frame.get() as *const Frame) }
    }

    /// What `f_locals` holds besides the function's variables.
    pub fn extra_locals(&self) -> Option<Owned<Dict>> {
        // SAFETY: null or a dict that the frame object owns.
        unsafe { Object::from_ptr_or_null(self.0.f_extra_locals.get()) }.map(|extra| unsafe { extra.own().cast_unchecked() })
    }

    /// The same, made if there is none yet.
    pub fn make_extra_locals(&self, thread: &Thread) -> PyResult<Owned<Dict>> {
        if let Some(extra) = self.extra_locals() {
            return Ok(extra);
        }
        let extra = Dict::new(thread)?;
        self.0.f_extra_locals.set(extra.clone().into_raw());
        Ok(extra)
    }

    /// Keep a variable's former value until the frame object goes.
    pub fn keep_overwritten(&self, thread: &Thread, value: Obj) -> PyResult<()> {
        // SAFETY: null or a list that the frame object owns.
        if let Some(list) = unsafe { (self.0.f_overwritten_fast_locals.get() as *const pyrox_objects::List).as_ref() } {
            return list.append(thread, value);
        }
        let list = pyrox_objects::List::from_vec(thread, vec![value])?;
        self.0.f_overwritten_fast_locals.set(list.into_raw());
        Ok(())
    }

    /// Move an ended frame into its object.
    unsafe fn take_over(object: *mut PyFrameObject, frame: &Frame) {
        // SAFETY: the object was allocated with room for the frame behind its fields.
        unsafe {
            let target = (object as *mut u8).add(72) as *mut Frame;
            let top = frame.0.stackpointer.get() as *const Ref;
            let words = (top as usize - frame as *const Frame as usize) / size_of::<usize>();
            std::ptr::copy_nonoverlapping(frame as *const Frame as *const usize, target as *mut usize, words);
            let moved = &*target;
            if frame.0.owner.get() as i8 == OWNED_BY_GENERATOR {
                abi::incref(moved.0.f_executable.get() as Raw);
            }
            moved.0.owner.set(OWNED_BY_FRAME_OBJECT as _);
            moved.0.stackpointer.set(moved.locals().offset(top.offset_from(frame.locals())) as *mut usize);
            // Borrowed entries lose their lender.
            let mut at = moved.locals();
            while at < moved.0.stackpointer.get() as *mut Ref {
                if (*at).0 & 1 != 0 {
                    *at = (*at).duplicate();
                }
                at = at.add(1);
            }
            moved.0.frame_obj.set(std::ptr::null_mut());
            // The caller's chain ends here; `f_back` keeps an object for it.
            let back = frame.previous();
            if !back.is_null() {
                let thread = Thread::current();
                if let Ok(back) = thread.aside(|| (*back).object(thread)) {
                    (*object).f_back.set(back.into_raw() as *mut PyFrameObject);
                }
            }
            moved.0.previous.set(std::ptr::null_mut());
            (*object).f_frame.set(target as *mut RawFrame);
            pyrox_objects::gc::track(object as Raw);
        }
    }

    /// A frame that never runs, to stand in a traceback for code that is not Python's.
    pub fn unstarted(thread: &Thread, code: &Code, globals: &Dict, namespace: Option<Obj>) -> PyResult<Owned<FrameObject>> {
        let builtins = crate::eval::builtins_of(thread, globals)?;
        let function = Function::new(thread, code, globals, &builtins, code.name(), code.qualname(), pyrox_objects::none_ref())?;
        let made = FrameObject::ty().allocate_untracked(thread, code.frame_size())?;
        // SAFETY: fresh, with room for the code's frame behind the fields.
        unsafe {
            let raw = &*(made.as_ptr() as *const PyFrameObject);
            let frame = Frame::initialize((made.as_ptr() as *mut u8).add(72) as *mut usize, function.upcast(), code, namespace);
            (*frame).0.owner.set(OWNED_BY_FRAME_OBJECT as _);
            (*frame).0.previous.set(std::ptr::null_mut());
            raw.f_frame.set(frame as *mut RawFrame);
            raw.f_back.set(std::ptr::null_mut());
            raw.f_trace_lines.set(1);
            pyrox_objects::gc::track(made.as_ptr());
            Ok(made.cast_unchecked())
        }
    }

    /// The caller's frame.
    pub fn back(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        // SAFETY: null or objects that are alive.
        unsafe {
            if let Some(back) = Object::from_ptr_or_null(self.0.f_back.get() as Raw) {
                return Ok(Some(back.own()));
            }
            if self.frame().0.owner.get() as i8 == OWNED_BY_GENERATOR
                && crate::generator::Generator::of_frame(self.frame()).can_be_entered()
            {
                // Nobody runs it now.
                return Ok(None);
            }
            let previous = self.frame().previous();
            if previous.is_null() { Ok(None) } else { Ok(Some((*previous).object(thread)?.upcast())) }
        }
    }

    /// The generator or coroutine that the frame belongs to.
    pub fn generator(&self) -> Option<Obj> {
        let frame = self.frame();
        if frame.0.owner.get() as i8 != OWNED_BY_GENERATOR {
            return None;
        }
        // SAFETY: the owner says so.
        Some((**unsafe { crate::generator::Generator::of_frame(frame) }).own())
    }

    /// Whether it has a tracing function of its own.
    pub fn has_trace(&self) -> bool {
        !self.0.f_trace.get().is_null()
    }

    /// Its own tracing function.
    pub fn trace(&self) -> Option<Obj> {
        // SAFETY: null or an object that the field owns.
        unsafe { Object::from_ptr_or_null(self.0.f_trace.get()) }.map(Object::own)
    }

    pub fn set_trace(&self, function: Option<Obj>) {
        let old = self.0.f_trace.replace(function.map_or(std::ptr::null_mut(), Obj::into_raw));
        // SAFETY: the field owned it.
        unsafe { xdecref(old) };
    }

    pub fn traces_lines(&self) -> bool {
        self.0.f_trace_lines.get() != 0
    }

    pub fn traces_opcodes(&self) -> bool {
        self.0.f_trace_opcodes.get() != 0
    }

    /// The line that runs or ran last.
    pub fn line(&self) -> Option<i32> {
        if self.0.f_lineno.get() > 0 {
            return Some(self.0.f_lineno.get());
        }
        self.frame().code().line_at(self.frame().offset())
    }
}

#[pyclass(name = "frame", symbol = "PyFrame_Type", gc, basicsize = 152, itemsize = 8)]
impl FrameObject {
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe {
            pyrox_objects::gc::untrack(object);
            let raw = &*(object as *const PyFrameObject);
            let frame = raw.f_frame.get() as *mut Frame;
            if !frame.is_null() && (*frame).0.owner.get() as i8 == OWNED_BY_FRAME_OBJECT {
                Frame::clear(frame);
            }
            xdecref(raw.f_back.get() as Raw);
            xdecref(raw.f_trace.get());
            xdecref(raw.f_extra_locals.get());
            xdecref(raw.f_overwritten_fast_locals.get());
            pyrox_objects::dealloc::free_instance(object, (*object).ob_type.get());
        }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
        // SAFETY: by contract.
        unsafe {
            let raw = &*(object as *const PyFrameObject);
            for field in [raw.f_back.get() as Raw, raw.f_trace.get(), raw.f_extra_locals.get(), raw.f_overwritten_fast_locals.get()] {
                if !field.is_null() {
                    let status = visit(field, data);
                    if status != 0 {
                        return status;
                    }
                }
            }
            let frame = raw.f_frame.get() as *mut Frame;
            if !frame.is_null() && (*frame).0.owner.get() as i8 == OWNED_BY_FRAME_OBJECT {
                return (*frame).traverse(visit, data);
            }
        }
        0
    }
    #[slot]
    fn tp_repr(&self) -> String {
        let code = self.frame().code();
        format!(
            "<frame at {:#x}, file {}, line {}, code {}>",
            self.as_ptr() as usize,
            // SAFETY: reprs are made with the lock held.
            (**code.filename()).repr(unsafe { Thread::current() }).map(|r| r.to_string()).unwrap_or_default(),
            self.line().unwrap_or(0),
            code.name()
        )
    }
    /// Clear all references held by the frame.
    #[method]
    fn clear(&self, thread: &Thread) -> PyResult<()> {
        let frame = self.frame();
        match frame.0.owner.get() as i8 {
            OWNED_BY_FRAME_OBJECT => {
                // SAFETY: an ended frame, whose contents are this object's.
                unsafe {
                    frame.clear_locals();
                    xdecref(self.0.f_extra_locals.replace(std::ptr::null_mut()));
                }
                Ok(())
            }
            OWNED_BY_GENERATOR => {
                // SAFETY: the owner says so.
                let generator = unsafe { crate::generator::Generator::of_frame(frame) };
                generator.clear_frame(thread)
            }
            _ => Err(thread.runtime_error("cannot clear an executing frame")),
        }
    }
    /// Return the generator or coroutine associated with this frame, or None.
    #[getter]
    fn f_generator(&self) -> Option<Obj> {
        self.generator()
    }
    /// Return the trace function for this frame, or None if no trace function is set.
    #[getter]
    fn f_trace(&self) -> Option<Obj> {
        // SAFETY: null or an object that the frame object owns.
        unsafe { Object::from_ptr_or_null(self.0.f_trace.get()) }.map(Object::own)
    }
    #[setter(name = "f_trace")]
    fn assign_trace(&self, value: Option<&Object>) {
        let value = value.filter(|v| !v.is_none()).map_or(std::ptr::null_mut(), |v| v.own().into_raw());
        let old = self.0.f_trace.replace(value);
        // SAFETY: the field owned it.
        unsafe { xdecref(old) };
    }
    #[getter]
    fn f_trace_lines(&self) -> bool {
        self.0.f_trace_lines.get() != 0
    }
    #[setter(name = "f_trace_lines")]
    fn set_trace_lines(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        self.0.f_trace_lines.set(flag(thread, value)? as _);
        Ok(())
    }
    #[getter]
    fn f_trace_opcodes(&self) -> bool {
        self.0.f_trace_opcodes.get() != 0
    }
    #[setter(name = "f_trace_opcodes")]
    fn set_trace_opcodes(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        if value.is_none() {
            return Err(thread.attribute_error("attribute 'f_trace_opcodes' of 'frame' objects cannot be deleted"));
        }
        self.0.f_trace_opcodes.set(flag(thread, value)? as _);
        Ok(())
    }
    #[getter]
    fn f_code(&self) -> Obj {
        (**self.frame().code()).own()
    }
    #[getter]
    fn f_globals(&self) -> Obj {
        (**self.frame().globals()).own()
    }
    #[getter]
    fn f_builtins(&self) -> Obj {
        self.frame().builtins().own()
    }
    #[getter]
    fn f_locals(&self, thread: &Thread) -> PyResult<Obj> {
        let frame = self.frame();
        if let Some(namespace) = frame.namespace().filter(|_| !frame.runs_comprehension()) {
            return Ok(namespace.own());
        }
        Ok(FrameLocalsProxy::new(thread, self)?.upcast())
    }
    #[getter]
    fn f_lineno(&self) -> Option<Obj> {
        self.line().map(|line| pyrox_objects::Int::from(line as i64).upcast())
    }
    #[setter(name = "f_lineno")]
    fn assign_line(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        let line = crate::jump::line_number(thread, value)?;
        crate::jump::jump(thread, self.frame(), self.has_trace(), line)
    }
    #[getter]
    fn f_lasti(&self) -> i64 {
        self.frame().offset() as i64 * 2
    }
    #[getter]
    fn f_back(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        self.back(thread)
    }
}

/// A bool that is assigned to an attribute.
fn flag(thread: &Thread, value: Option<&Object>) -> PyResult<bool> {
    match value.filter(|v| v.is_exact::<pyrox_objects::Bool>()) {
        Some(value) => Ok(value.is(pyrox_objects::bool_ref(true))),
        None if value.is_none() => Err(thread.type_error("can't delete numeric/char attribute")),
        None => Err(thread.type_error("attribute value type must be bool")),
    }
}

/// A function named for messages: `module.f` without the module.
pub fn display_name(code: &Code) -> String {
    let name: &Str = code.qualname();
    name.to_string()
}
