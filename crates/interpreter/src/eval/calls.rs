//! Calls: Python functions get a frame in the running loop, everything else goes through vectorcall.

use pyrox_objects::abi::{self, PyObject};
use pyrox_objects::protocol::call::ARGUMENTS_OFFSET;
use pyrox_objects::{Dict, Function, Method, Obj, Object, PyResult, PyType, Raised, Tuple, Type};

use super::{Flow, Machine, function_vectorcall};
use crate::code::Code;
use crate::frame::{self, Frame};
use crate::stackref::Ref;

type Raw = *mut PyObject;

impl Machine<'_> {
    /// Go on behind the call instruction that the frame was left at.
    #[inline(always)]
    pub(super) unsafe fn resume_after_call(&mut self) {
        // SAFETY: set by `push_call`.
        unsafe { self.ip = self.ip.add((*self.frame).raw().return_offset.get() as usize) }
    }

    /// A bound method is called as its function with the object as the first argument.
    #[inline(always)]
    unsafe fn open_method(&mut self, depth: usize) {
        // SAFETY: callable and self lie `depth` and `depth - 1` below the top.
        unsafe {
            let callable = self.peek(depth);
            if self.peek(depth - 1).is_null() {
                if let Some(method) = callable.object().exact::<Method>() {
                    let (function, object) = (method.function().own(), method.object().own());
                    self.set_peek(depth, Ref::new(function));
                    self.set_peek(depth - 1, Ref::new(object));
                    callable.close();
                }
            }
        }
    }

    /// `CALL`: callable, self or null, arguments.
    #[inline]
    pub(super) unsafe fn call(&mut self, count: usize) -> PyResult<Flow> {
        // SAFETY: the stack holds them.
        unsafe {
            self.open_method(count + 2);
            let callable = self.peek(count + 2);
            let has_self = !self.peek(count + 1).is_null();
            let total = count + has_self as usize;
            let arguments = self.sp.sub(total);
            if let Some(function) = python_function(callable.object()) {
                return self.push_call(function, callable, count + 2, std::slice::from_raw_parts(arguments, total), None, &[]);
            }
            let result = self.vectorcall(callable, arguments, total, total, None);
            self.drop_call(count + 2);
            let value = result?;
            self.push_obj(value);
            Ok(Flow::Next)
        }
    }

    /// `CALL_KW`: callable, self or null, arguments, names of the last ones.
    pub(super) unsafe fn call_keywords(&mut self, count: usize) -> PyResult<Flow> {
        // SAFETY: the stack holds them.
        unsafe {
            let names = self.pop_obj();
            let names_tuple = names.cast_unchecked::<Tuple>();
            self.open_method(count + 2);
            let callable = self.peek(count + 2);
            let has_self = !self.peek(count + 1).is_null();
            let total = count + has_self as usize;
            let arguments = self.sp.sub(total);
            let positional = total - names_tuple.len();
            if let Some(function) = python_function(callable.object()) {
                let all = std::slice::from_raw_parts(arguments, total);
                return self.push_call(function, callable, count + 2, &all[..positional], Some(&names_tuple), &all[positional..]);
            }
            let result = self.vectorcall(callable, arguments, total, positional, Some(&names_tuple));
            self.drop_call(count + 2);
            let value = result?;
            self.push_obj(value);
            Ok(Flow::Next)
        }
    }

    /// `CALL_FUNCTION_EX`: callable, null, tuple of arguments, dict of keywords or null.
    pub(super) unsafe fn call_unpacked(&mut self) -> PyResult<Flow> {
        let thread = self.thread;
        // SAFETY: the stack holds them.
        unsafe {
            let keywords = self.pop();
            let keywords = if keywords.is_null() { None } else { Some(keywords.take()) };
            let arguments = self.pop_obj();
            self.pop().xclose();
            let callable = self.pop_obj();
            let arguments = match arguments.exact::<Tuple>() {
                Some(tuple) => tuple.own_tuple(),
                None => {
                    if arguments.ty().raw().tp_iter.get().is_none() && !arguments.is_sequence() {
                        return Err(thread.type_error(&format!(
                            "{} argument after * must be an iterable, not {}",
                            super::operations::function_text(thread, &callable),
                            arguments.ty().full_name()
                        )));
                    }
                    Tuple::from_iterable(thread, &arguments)?
                }
            };
            let result = callable.call_tuple(thread, &arguments, keywords.as_ref().and_then(|k| k.cast::<Dict>()))?;
            self.push_obj(result);
        }
        Ok(Flow::Next)
    }

    /// Call native code with stack entries.
    #[inline]
    unsafe fn vectorcall(
        &mut self,
        callable: Ref,
        arguments: *mut Ref,
        total: usize,
        positional: usize,
        names: Option<&Tuple>,
    ) -> PyResult<Obj> {
        // SAFETY: the entries live until the call's end. Marks of borrowing are taken off in a copy.
        unsafe {
            let names = names.map_or(std::ptr::null_mut(), |n| n.as_ptr());
            if total <= 8 {
                let mut plain: [Raw; 9] = [std::ptr::null_mut(); 9];
                for at in 0..total {
                    plain[at + 1] = (*arguments.add(at)).ptr();
                }
                return callable.object().vectorcall(self.thread, plain.as_ptr().add(1), positional | ARGUMENTS_OFFSET, names);
            }
            let mut plain: Vec<Raw> = Vec::with_capacity(total + 1);
            plain.push(std::ptr::null_mut());
            plain.extend((0..total).map(|at| (*arguments.add(at)).ptr()));
            callable.object().vectorcall(self.thread, plain.as_ptr().add(1), positional | ARGUMENTS_OFFSET, names)
        }
    }

    /// Take a call's entries off the stack.
    #[inline(always)]
    unsafe fn drop_call(&mut self, entries: usize) {
        // SAFETY: the stack holds as many.
        unsafe {
            for _ in 0..entries {
                self.pop().xclose();
            }
        }
    }

    /// Begin a Python function's frame; its arguments move from the stack.
    #[inline]
    unsafe fn push_call(
        &mut self,
        function: &Function,
        callable: Ref,
        entries: usize,
        arguments: &[Ref],
        names: Option<&Tuple>,
        values: &[Ref],
    ) -> PyResult<Flow> {
        let thread = self.thread;
        // SAFETY: the slices lie on this frame's stack, which nobody changes before they are bound.
        unsafe {
            let code = &*(function.code() as *const Object as *const Code);
            self.enter_recursion()?;
            let Some(memory) = frame::push_words(thread, code.frame_size()) else {
                thread.state.py_recursion_remaining.set(thread.state.py_recursion_remaining.get() + 1);
                return Err(thread.recursion_error("maximum recursion depth exceeded"));
            };
            let frame = Frame::initialize(memory, callable.object().own(), code, None);
            let bound = crate::arguments::bind(thread, function, code, (*frame).locals(), arguments, names, values);
            // The arguments' references moved; the callable (and an absent self) stay to be dropped.
            self.sp = self.sp.sub(entries);
            (*self.frame).raw().stackpointer.set(self.sp as *mut usize);
            if let Err(Raised) = bound {
                thread.state.py_recursion_remaining.set(thread.state.py_recursion_remaining.get() + 1);
                let raised = thread.take_raised();
                callable.close();
                Frame::clear(frame);
                frame::pop_words(thread, frame);
                thread.set_raised(raised);
                return Err(Raised);
            }
            callable.close();
            let start = (*self.frame).raw().instr_ptr.get();
            (*self.frame).raw().return_offset.set((self.ip.offset_from(start)) as u16);
            (*frame).set_previous(self.frame);
            // Borrowed arguments become the callee's own: their lender may change meanwhile.
            self.load(frame);
            for at in 0..code.parameter_count() {
                let value = *self.locals.add(at);
                if value.0 & 1 != 0 {
                    *self.locals.add(at) = value.duplicate();
                }
            }
        }
        Ok(Flow::Next)
    }
}

/// Marks the frame of an `__init__` that a class call began: the instance waits on the caller's stack.
pub(super) const INIT_FRAME: u8 = 1;

/// A Python function that runs in this loop and takes `count` positional arguments as they are, with defaults
/// for the rest.
#[inline(always)]
pub(super) fn takes_plainly(function: &Function, count: usize) -> bool {
    use pyrox_compiler::code::flags;
    let own = function.raw().vectorcall.get().map(|f| f as usize) == Some(function_vectorcall as *const () as usize);
    // SAFETY: a function's code.
    let code = unsafe { &*(function.code() as *const Object as *const Code) };
    let kinds = code.flags() & (flags::OPTIMIZED | flags::VARARGS | flags::VARKEYWORDS);
    if !own || kinds != flags::OPTIMIZED || code.raw().co_kwonlyargcount.get() != 0 {
        return false;
    }
    let parameters = code.raw().co_argcount.get() as usize;
    count == parameters || count < parameters && parameters - count <= function.defaults().map_or(0, Tuple::len)
}

/// Set the parameters behind the first `given` to their defaults.
///
/// # Safety
/// [`takes_plainly`] said so; `locals` are those of a frame of the function.
#[inline(always)]
pub(super) unsafe fn fill_defaults(function: &Function, locals: *mut Ref, given: usize) {
    // SAFETY: by contract.
    unsafe {
        let code = &*(function.code() as *const Object as *const Code);
        let parameters = code.raw().co_argcount.get() as usize;
        if given == parameters {
            return;
        }
        let Some(defaults) = function.defaults() else { return };
        for at in given..parameters {
            // There may be more defaults than parameters; the last ones count.
            *locals.add(at) = Ref::new(defaults.get(at + defaults.len() - parameters).own());
        }
    }
}

/// The `__init__` of a class whose instances are made by `object.__new__` and initialized by a plain Python
/// function of `count` arguments.
#[inline(always)]
pub(super) fn plain_init(class: &Type, count: usize) -> Option<&Object> {
    let raw = class.raw();
    let object_new = <Object as PyType>::ty().raw().tp_new.get().map(|f| f as usize);
    if raw.tp_new.get().map(|f| f as usize) != object_new || class.flags() & abi::Py_TPFLAGS_IS_ABSTRACT != 0 || !class.is_heap() {
        return None;
    }
    let init = class.lookup(pyrox_objects::intern!("__init__"))?;
    let function = init.exact::<Function>()?;
    takes_plainly(function, count).then_some(init)
}

/// The callable as a Python function that runs in frames of this loop.
#[inline(always)]
fn python_function(callable: &Object) -> Option<&Function> {
    let function = callable.exact::<Function>()?;
    let own = function.raw().vectorcall.get().map(|f| f as usize) == Some(function_vectorcall as *const () as usize);
    // SAFETY: a function's code.
    let code = unsafe { &*(function.code() as *const Object as *const Code) };
    (own && code.has_flag(pyrox_compiler::code::flags::OPTIMIZED)).then_some(function)
}
