//! One instruction.

use pyrox_compiler::opcode::Opcode;
use pyrox_objects::{Cell, CompareOp, Dict, Float, Function, Int, List, Obj, Object, PyResult, Set, Slice, Str, Thread, Tuple, exceptions};

use pyrox_objects::exceptions::BaseException;
use pyrox_objects::exceptions::group::BaseExceptionGroup;

use super::operations as ops;
use super::{Flow, Machine};
use crate::frame::{self, Frame, OWNED_BY_GENERATOR};
use crate::generator::Generator;
use crate::stackref::Ref;
use crate::traceback::Traceback;

macro_rules! numbers {
    ($($name:ident)*) => { $(#[allow(dead_code)] const $name: u8 = Opcode::$name.number() as u8;)* };
}
numbers! {
    BINARY_SLICE BUILD_TEMPLATE CALL_FUNCTION_EX CHECK_EG_MATCH CHECK_EXC_MATCH CLEANUP_THROW DELETE_SUBSCR END_FOR END_SEND
    EXIT_INIT_CHECK FORMAT_SIMPLE FORMAT_WITH_SPEC GET_AITER GET_ANEXT GET_ITER GET_LEN GET_YIELD_FROM_ITER LOAD_BUILD_CLASS
    LOAD_LOCALS MAKE_FUNCTION MATCH_KEYS MATCH_MAPPING MATCH_SEQUENCE NOP NOT_TAKEN POP_EXCEPT POP_ITER POP_TOP PUSH_EXC_INFO
    PUSH_NULL RETURN_GENERATOR RETURN_VALUE SETUP_ANNOTATIONS STORE_SLICE STORE_SUBSCR TO_BOOL UNARY_INVERT UNARY_NEGATIVE
    UNARY_NOT WITH_EXCEPT_START BINARY_OP BUILD_INTERPOLATION BUILD_LIST BUILD_MAP BUILD_SET BUILD_SLICE BUILD_STRING
    BUILD_TUPLE CALL CALL_INTRINSIC_1 CALL_INTRINSIC_2 CALL_KW COMPARE_OP CONTAINS_OP CONVERT_VALUE COPY COPY_FREE_VARS
    DELETE_ATTR DELETE_DEREF DELETE_FAST DELETE_GLOBAL DELETE_NAME DICT_MERGE DICT_UPDATE END_ASYNC_FOR EXTENDED_ARG FOR_ITER
    GET_AWAITABLE IMPORT_FROM IMPORT_NAME IS_OP JUMP_BACKWARD JUMP_BACKWARD_NO_INTERRUPT JUMP_FORWARD LIST_APPEND LIST_EXTEND
    LOAD_ATTR LOAD_COMMON_CONSTANT LOAD_CONST LOAD_DEREF LOAD_FAST LOAD_FAST_AND_CLEAR LOAD_FAST_BORROW
    LOAD_FAST_BORROW_LOAD_FAST_BORROW LOAD_FAST_CHECK LOAD_FAST_LOAD_FAST LOAD_FROM_DICT_OR_DEREF LOAD_FROM_DICT_OR_GLOBALS
    LOAD_GLOBAL LOAD_NAME LOAD_SMALL_INT LOAD_SPECIAL LOAD_SUPER_ATTR MAKE_CELL MAP_ADD MATCH_CLASS POP_JUMP_IF_FALSE
    POP_JUMP_IF_NONE POP_JUMP_IF_NOT_NONE POP_JUMP_IF_TRUE RAISE_VARARGS RERAISE SEND SET_ADD SET_FUNCTION_ATTRIBUTE
    SET_UPDATE STORE_ATTR STORE_DEREF STORE_FAST STORE_FAST_LOAD_FAST STORE_FAST_STORE_FAST STORE_GLOBAL STORE_NAME SWAP
    UNPACK_EX UNPACK_SEQUENCE YIELD_VALUE RESUME
}

/// The generic form of each opcode.
pub(super) const GENERIC: [u8; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        table[at] = match Opcode::from_u8(at as u8) {
            Some(opcode) => opcode.deopt().number() as u8,
            None => at as u8,
        };
        at += 1;
    }
    table
};

impl Machine<'_> {
    #[inline(always)]
    fn skip(&mut self, units: usize) {
        // SAFETY: an instruction's inline cache follows it.
        self.ip = unsafe { self.ip.add(units) };
    }

    /// Run the next instruction, in its generic form.
    ///
    /// # Safety
    /// The frame's code keeps the compiler's promises about stack and locals.
    #[inline(never)]
    pub(super) unsafe fn step(&mut self) -> PyResult<Flow> {
        // SAFETY: by contract, throughout.
        unsafe {
            let thread = self.thread;
            self.save();
            let unit = *self.ip;
            let arg = (unit >> 8) as u32 | self.extended << 8;
            self.extended = 0;
            self.ip = self.ip.add(1);
            match GENERIC[(unit & 0xff) as usize] {
                NOP | NOT_TAKEN => {}
                RESUME => {
                    if thread.interrupts.get() != 0 {
                        crate::interrupts::handle(thread)?;
                    }
                }
                EXTENDED_ARG => {
                    self.extended = arg;
                    // The next instruction belongs to this one: tracebacks point at it all the same.
                }
                LOAD_FAST => {
                    let value = (*self.locals.add(arg as usize)).duplicate();
                    self.push(value);
                }
                LOAD_FAST_BORROW => {
                    let value = *self.locals.add(arg as usize);
                    self.push(Ref::borrowed(value.ptr()));
                }
                LOAD_FAST_BORROW_LOAD_FAST_BORROW => {
                    let (first, second) = (*self.locals.add((arg >> 4) as usize), *self.locals.add((arg & 15) as usize));
                    self.push(Ref::borrowed(first.ptr()));
                    self.push(Ref::borrowed(second.ptr()));
                }
                LOAD_FAST_LOAD_FAST => {
                    let (first, second) = (*self.locals.add((arg >> 4) as usize), *self.locals.add((arg & 15) as usize));
                    self.push(first.duplicate());
                    self.push(second.duplicate());
                }
                LOAD_FAST_CHECK => {
                    let value = *self.locals.add(arg as usize);
                    if value.is_null() {
                        return Err(ops::unbound_local(thread, self.code(), arg));
                    }
                    self.push(value.duplicate());
                }
                LOAD_FAST_AND_CLEAR => {
                    let value = std::ptr::replace(self.locals.add(arg as usize), Ref::NULL);
                    self.push(value);
                }
                STORE_FAST => {
                    let value = self.pop();
                    self.store_local(arg as usize, value);
                }
                STORE_FAST_LOAD_FAST => {
                    let value = self.pop();
                    self.store_local((arg >> 4) as usize, value);
                    let loaded = (*self.locals.add((arg & 15) as usize)).duplicate();
                    self.push(loaded);
                }
                STORE_FAST_STORE_FAST => {
                    let value = self.pop();
                    self.store_local((arg >> 4) as usize, value);
                    let value = self.pop();
                    self.store_local((arg & 15) as usize, value);
                }
                DELETE_FAST => {
                    let value = std::ptr::replace(self.locals.add(arg as usize), Ref::NULL);
                    if value.is_null() {
                        return Err(ops::unbound_local(thread, self.code(), arg));
                    }
                    value.close();
                }
                LOAD_CONST => {
                    let value = self.code().consts().raw_items()[arg as usize];
                    self.push(Ref::borrowed(value));
                }
                LOAD_SMALL_INT => self.push_obj(Int::from(arg as i64).upcast()),
                LOAD_COMMON_CONSTANT => {
                    let value = ops::common_constant(thread, arg)?;
                    self.push_obj(value);
                }
                POP_TOP | END_FOR => {
                    let value = self.pop();
                    value.close();
                }
                POP_ITER => {
                    let value = self.pop();
                    value.close();
                }
                PUSH_NULL => self.push(Ref::NULL),
                COPY => {
                    let value = self.peek(arg as usize);
                    self.push(if value.is_null() { value } else { value.duplicate() });
                }
                SWAP => {
                    let (top, other) = (self.peek(1), self.peek(arg as usize));
                    self.set_peek(1, other);
                    self.set_peek(arg as usize, top);
                }
                END_SEND => {
                    let value = self.pop();
                    self.pop().close();
                    self.push(value);
                }
                MAKE_CELL => {
                    let slot = self.locals.add(arg as usize);
                    let old = std::ptr::replace(slot, Ref::NULL);
                    let content = if old.is_null() { None } else { Some(old.take()) };
                    *slot = Ref::new(Cell::new(thread, content)?.upcast());
                }
                COPY_FREE_VARS => {
                    let code = self.code();
                    let start = code.local_count() - arg as usize;
                    if let Some(closure) = self.frame().function().and_then(Function::closure) {
                        for (at, cell) in closure.items().iter().enumerate().take(arg as usize) {
                            *self.locals.add(start + at) = Ref::new(cell.own());
                        }
                    }
                }
                LOAD_DEREF => match self.cell(arg).get() {
                    Some(value) => self.push_obj(value),
                    None => return Err(ops::unbound_deref(thread, self.code(), arg)),
                },
                STORE_DEREF => {
                    let value = self.pop_obj();
                    self.cell(arg).set(Some(value));
                }
                DELETE_DEREF => {
                    let cell = self.cell(arg);
                    if cell.get().is_none() {
                        return Err(ops::unbound_deref(thread, self.code(), arg));
                    }
                    cell.set(None);
                }
                LOAD_FROM_DICT_OR_DEREF => {
                    let namespace = self.pop_obj();
                    let name = self.code().local_names().get(arg as usize).own();
                    match ops::lookup_namespace(thread, &namespace, &name)? {
                        Some(value) => self.push_obj(value),
                        None => match self.cell(arg).get() {
                            Some(value) => self.push_obj(value),
                            None => return Err(ops::unbound_deref(thread, self.code(), arg)),
                        },
                    }
                }
                LOAD_LOCALS => match self.frame().namespace() {
                    Some(namespace) => {
                        let namespace = namespace.own();
                        self.push_obj(namespace);
                    }
                    None => return Err(thread.system_error("no locals")),
                },
                LOAD_NAME => {
                    let name = self.name(arg);
                    let found = match self.frame().namespace().map(Object::own) {
                        Some(namespace) => ops::lookup_namespace(thread, &namespace, name)?,
                        None => return Err(thread.system_error("no locals found")),
                    };
                    let value = match found {
                        Some(value) => value,
                        None => self.load_global(name)?,
                    };
                    self.push_obj(value);
                }
                STORE_NAME => {
                    let name = self.name(arg);
                    let Some(namespace) = self.frame().namespace().map(Object::own) else {
                        return Err(thread.system_error(&format!("no locals found when storing '{name}'")));
                    };
                    let value = self.pop_obj();
                    match namespace.exact::<Dict>() {
                        Some(dict) => dict.set(thread, name, &value)?,
                        None => namespace.set_item(thread, name, Some(&value))?,
                    }
                }
                DELETE_NAME => {
                    let name = self.name(arg);
                    let Some(namespace) = self.frame().namespace().map(Object::own) else {
                        return Err(thread.system_error("no locals"));
                    };
                    if namespace.set_item(thread, name, None).is_err() {
                        // Whatever the mapping says.
                        thread.set_raised(None);
                        return Err(ops::name_error(thread, name));
                    }
                }
                LOAD_GLOBAL => {
                    self.skip(4);
                    let value = self.load_global(self.name(arg >> 1))?;
                    self.push_obj(value);
                    if arg & 1 != 0 {
                        self.push(Ref::NULL);
                    }
                }
                LOAD_FROM_DICT_OR_GLOBALS => {
                    let namespace = self.pop_obj();
                    let name = self.name(arg);
                    let value = match ops::lookup_namespace(thread, &namespace, name)? {
                        Some(value) => value,
                        None => self.load_global(name)?,
                    };
                    self.push_obj(value);
                }
                STORE_GLOBAL => {
                    let value = self.pop_obj();
                    self.frame().globals().set(thread, self.name(arg), &value)?;
                }
                DELETE_GLOBAL => {
                    let name = self.name(arg);
                    if !self.frame().globals().remove(thread, name)? {
                        return Err(ops::name_error(thread, name));
                    }
                }
                LOAD_ATTR => {
                    self.skip(9);
                    let name = self.name(arg >> 1);
                    let owner = self.peek(1).object();
                    if arg & 1 != 0 {
                        let (method, needs_self) = owner.get_method(thread, name)?;
                        if needs_self {
                            let owner = self.pop();
                            self.push_obj(method);
                            self.push(owner);
                        } else {
                            self.pop().close();
                            self.push_obj(method);
                            self.push(Ref::NULL);
                        }
                    } else {
                        let value = owner.getattr(thread, name)?;
                        self.pop().close();
                        self.push_obj(value);
                    }
                }
                STORE_ATTR => {
                    self.skip(4);
                    let name = self.name(arg);
                    let (owner, value) = (self.peek(1).object(), self.peek(2).object());
                    owner.setattr(thread, name, Some(value))?;
                    self.pop().close();
                    self.pop().close();
                }
                DELETE_ATTR => {
                    let owner = self.pop_obj();
                    owner.setattr(thread, self.name(arg), None)?;
                }
                LOAD_SUPER_ATTR => {
                    self.skip(1);
                    let name = self.name(arg >> 2);
                    let (object, class, global_super) = (self.pop_obj(), self.pop_obj(), self.pop_obj());
                    let (method, value) = ops::super_attribute(thread, &global_super, &class, &object, name, arg)?;
                    match method {
                        Some(function) => {
                            self.push_obj(function);
                            self.push_obj(object);
                        }
                        None => {
                            self.push_obj(value);
                            if arg & 1 != 0 {
                                self.push(Ref::NULL);
                            }
                        }
                    }
                }
                LOAD_SPECIAL => {
                    let name = ops::special_name(arg);
                    let owner = self.peek(1).object();
                    match owner.special(thread, name)? {
                        Some((method, true)) => {
                            let owner = self.pop();
                            self.push_obj(method);
                            self.push(owner);
                        }
                        Some((method, false)) => {
                            self.pop().close();
                            self.push_obj(method);
                            self.push(Ref::NULL);
                        }
                        None => return Err(ops::no_special(thread, owner, arg)),
                    }
                }
                BINARY_OP => {
                    self.skip(5);
                    return self.binary(arg);
                }
                UNARY_NEGATIVE => return self.unary(Object::negative),
                UNARY_INVERT => return self.unary(Object::invert),
                UNARY_NOT => {
                    let value = self.pop_obj();
                    let truth = value.is_true(thread)?;
                    self.push(Ref::borrowed(pyrox_objects::bool_ref(!truth).as_ptr()));
                }
                TO_BOOL => {
                    self.skip(3);
                    let value = self.peek(1).object();
                    if !value.is_exact::<pyrox_objects::Bool>() {
                        let truth = value.is_true(thread)?;
                        self.pop().close();
                        self.push(Ref::borrowed(pyrox_objects::bool_ref(truth).as_ptr()));
                    }
                }
                COMPARE_OP => {
                    self.skip(1);
                    return self.compare(arg);
                }
                IS_OP => {
                    let (right, left) = (self.pop(), self.pop());
                    let same = (left.ptr() == right.ptr()) != (arg != 0);
                    left.close();
                    right.close();
                    self.push(Ref::borrowed(pyrox_objects::bool_ref(same).as_ptr()));
                }
                CONTAINS_OP => {
                    self.skip(1);
                    let (container, value) = (self.peek(1).object(), self.peek(2).object());
                    let found = container.contains(thread, value)? != (arg != 0);
                    self.pop().close();
                    self.pop().close();
                    self.push(Ref::borrowed(pyrox_objects::bool_ref(found).as_ptr()));
                }
                BINARY_SLICE => {
                    let (stop, start, container) = (self.pop_obj(), self.pop_obj(), self.pop_obj());
                    let slice = Slice::new(thread, &start, &stop, pyrox_objects::none_ref())?;
                    let value = container.get_item(thread, &slice)?;
                    self.push_obj(value);
                }
                STORE_SLICE => {
                    let (stop, start, container, value) = (self.pop_obj(), self.pop_obj(), self.pop_obj(), self.pop_obj());
                    let slice = Slice::new(thread, &start, &stop, pyrox_objects::none_ref())?;
                    container.set_item(thread, &slice, Some(&value))?;
                }
                STORE_SUBSCR => {
                    self.skip(1);
                    let (key, container, value) = (self.peek(1).object(), self.peek(2).object(), self.peek(3).object());
                    container.set_item(thread, key, Some(value))?;
                    for _ in 0..3 {
                        self.pop().close();
                    }
                }
                DELETE_SUBSCR => {
                    let (key, container) = (self.pop_obj(), self.pop_obj());
                    container.set_item(thread, &key, None)?;
                }
                POP_JUMP_IF_FALSE | POP_JUMP_IF_TRUE => {
                    self.skip(1);
                    let value = self.pop();
                    let truth = value.ptr() == pyrox_objects::singletons::true_ptr();
                    value.close();
                    if truth == (unit as u8 == POP_JUMP_IF_TRUE) {
                        self.skip(arg as usize);
                    }
                }
                POP_JUMP_IF_NONE | POP_JUMP_IF_NOT_NONE => {
                    self.skip(1);
                    let value = self.pop();
                    let none = value.object().is_none();
                    value.close();
                    if none == (unit as u8 == POP_JUMP_IF_NONE) {
                        self.skip(arg as usize);
                    }
                }
                JUMP_FORWARD => self.skip(arg as usize),
                JUMP_BACKWARD => {
                    self.skip(1);
                    if thread.interrupts.get() != 0 {
                        crate::interrupts::handle(thread)?;
                    }
                    self.ip = self.ip.sub(arg as usize);
                }
                JUMP_BACKWARD_NO_INTERRUPT => self.ip = self.ip.sub(arg as usize),
                GET_ITER => {
                    let iterable = self.peek(1).object();
                    let iterator = iterable.iter(thread)?;
                    self.pop().close();
                    self.push_obj(iterator);
                }
                GET_YIELD_FROM_ITER => {
                    let iterable = self.peek(1).object();
                    if iterable.is_exact::<crate::generator::coroutine::Coroutine>() {
                        use pyrox_compiler::code::flags;
                        if !self.code().has_flag(flags::COROUTINE | flags::ITERABLE_COROUTINE) {
                            return Err(thread.type_error("cannot 'yield from' a coroutine object in a non-coroutine generator"));
                        }
                    } else if !iterable.is_exact::<Generator>() {
                        let iterator = iterable.iter(thread)?;
                        self.pop().close();
                        self.push_obj(iterator);
                    }
                }
                FOR_ITER => {
                    self.skip(1);
                    let iterator = self.peek(1).object();
                    match iterator.next(thread)? {
                        Some(value) => self.push_obj(value),
                        // Over the END_FOR: the iterator stays for POP_ITER.
                        None => self.skip(arg as usize + 1),
                    }
                }
                GET_LEN => {
                    let length = self.peek(1).object().len(thread)?;
                    self.push_obj(Int::from(length as i64).upcast());
                }
                BUILD_TUPLE => {
                    let items = self.pop_many(arg as usize);
                    self.push_obj(Tuple::from_vec(thread, items)?.upcast());
                }
                BUILD_LIST => {
                    let items = self.pop_many(arg as usize);
                    self.push_obj(List::from_vec(thread, items)?.upcast());
                }
                BUILD_SET => {
                    let items = self.pop_many(arg as usize);
                    let set = Set::new(thread)?;
                    for item in &items {
                        set.add(thread, item)?;
                    }
                    self.push_obj(set.upcast());
                }
                BUILD_MAP => {
                    let items = self.pop_many(arg as usize * 2);
                    let dict = Dict::new(thread)?;
                    for pair in items.chunks_exact(2) {
                        dict.set(thread, &pair[0], &pair[1])?;
                    }
                    self.push_obj(dict.upcast());
                }
                BUILD_SLICE => {
                    let step = if arg == 3 { self.pop_obj() } else { pyrox_objects::none() };
                    let (stop, start) = (self.pop_obj(), self.pop_obj());
                    self.push_obj(Slice::new(thread, &start, &stop, &step)?.upcast());
                }
                BUILD_TEMPLATE => {
                    let (interpolations, strings) = (self.pop_obj(), self.pop_obj());
                    self.push_obj(pyrox_objects::template::Template::new(thread, strings, interpolations)?.upcast());
                }
                BUILD_INTERPOLATION => {
                    let format_spec = if arg & 1 == 1 { Some(self.pop_obj()) } else { None };
                    let (expression, value) = (self.pop_obj(), self.pop_obj());
                    let made = pyrox_objects::template::Interpolation::build(thread, value, expression, arg >> 2, format_spec)?;
                    self.push_obj(made);
                }
                BUILD_STRING => {
                    let parts = self.pop_many(arg as usize);
                    let mut out = pyrox_objects::text_writer::TextWriter::new();
                    for part in &parts {
                        if let Some(text) = part.cast::<Str>() {
                            out.push(text);
                        }
                    }
                    self.push_obj(out.finish(thread)?.upcast());
                }
                CONVERT_VALUE => {
                    let value = self.pop_obj();
                    let text = match arg {
                        1 => value.str(thread)?,
                        2 => value.repr(thread)?,
                        _ => value.ascii(thread)?,
                    };
                    self.push_obj(text.upcast());
                }
                FORMAT_SIMPLE => {
                    if !self.peek(1).object().is_exact::<Str>() {
                        let value = self.pop_obj();
                        self.push_obj(value.format(thread, None)?.upcast());
                    }
                }
                FORMAT_WITH_SPEC => {
                    let (spec, value) = (self.pop_obj(), self.pop_obj());
                    let text = value.format(thread, spec.cast::<Str>())?;
                    self.push_obj(text.upcast());
                }
                LIST_APPEND => {
                    let value = self.pop_obj();
                    let list = self.peek(arg as usize).object();
                    list.cast_unchecked::<List>().append(thread, value)?;
                }
                LIST_EXTEND => {
                    let iterable = self.pop_obj();
                    let list = self.peek(arg as usize).object();
                    ops::list_extend(thread, list.cast_unchecked::<List>(), &iterable)?;
                }
                SET_ADD => {
                    let value = self.pop_obj();
                    let set = self.peek(arg as usize).object();
                    // The set of a module's conditional annotations is a variable that a program can overwrite.
                    match set.cast::<Set>() {
                        Some(set) => set.add(thread, &value)?,
                        None => return Err(thread.type_error(&format!("'{}' object is not a set", set.ty().full_name()))),
                    };
                }
                SET_UPDATE => {
                    let iterable = self.pop_obj();
                    self.peek(arg as usize).object().cast_unchecked::<Set>().update(thread, &iterable)?;
                }
                MAP_ADD => {
                    let (value, key) = (self.pop_obj(), self.pop_obj());
                    self.peek(arg as usize).object().cast_unchecked::<Dict>().set(thread, &key, &value)?;
                }
                DICT_UPDATE => {
                    let other = self.pop_obj();
                    let dict = self.peek(arg as usize).object().cast_unchecked::<Dict>();
                    ops::dict_update(thread, dict, &other)?;
                }
                DICT_MERGE => {
                    let other = self.pop_obj();
                    let dict = self.peek(arg as usize).object().cast_unchecked::<Dict>();
                    let callable = self.peek(3 + arg as usize).object();
                    ops::dict_merge(thread, dict, &other, callable)?;
                }
                UNPACK_SEQUENCE => {
                    self.skip(1);
                    let iterable = self.pop_obj();
                    let items = ops::unpack(thread, &iterable, arg as usize, None)?;
                    for item in items.into_iter().rev() {
                        self.push_obj(item);
                    }
                }
                UNPACK_EX => {
                    let iterable = self.pop_obj();
                    let items = ops::unpack(thread, &iterable, (arg & 0xff) as usize, Some((arg >> 8) as usize))?;
                    for item in items.into_iter().rev() {
                        self.push_obj(item);
                    }
                }
                CALL => {
                    self.skip(3);
                    return self.call(arg as usize);
                }
                CALL_KW => {
                    self.skip(3);
                    return self.call_keywords(arg as usize);
                }
                CALL_FUNCTION_EX => return self.call_unpacked(),
                CALL_INTRINSIC_1 => {
                    let value = self.pop_obj();
                    let result = ops::intrinsic_1(thread, self.frame(), arg, value)?;
                    self.push_obj(result);
                }
                CALL_INTRINSIC_2 => {
                    let (second, first) = (self.pop_obj(), self.pop_obj());
                    let result = ops::intrinsic_2(thread, arg, first, second)?;
                    self.push_obj(result);
                }
                MAKE_FUNCTION => {
                    let code = self.pop_obj();
                    let function = ops::make_function(thread, self.frame(), &code)?;
                    self.push_obj(function);
                }
                SET_FUNCTION_ATTRIBUTE => {
                    let function = self.pop();
                    let value = self.pop_obj();
                    self.push(function);
                    self.peek(1).object().cast_unchecked::<Function>().set_attribute(thread, arg, value)?;
                }
                LOAD_BUILD_CLASS => {
                    let value = ops::builtin(thread, self.frame(), pyrox_objects::intern!("__build_class__"))?;
                    self.push_obj(value);
                }
                SETUP_ANNOTATIONS => {
                    if let Some(namespace) = self.frame().namespace().map(Object::own) {
                        ops::setup_annotations(thread, &namespace)?;
                    }
                }
                RETURN_VALUE => {
                    let value = self.pop_obj();
                    self.save_sp();
                    if self.leave_frame() {
                        return Ok(Flow::Leave(value));
                    }
                    self.resume_after_call();
                    self.push_obj(value);
                }
                RETURN_GENERATOR => {
                    self.save();
                    let frame = self.frame;
                    let generator = Generator::from_frame(thread, &*frame)?;
                    // The frame moved: its place is given back without clearing it.
                    let previous = (*frame).previous();
                    thread.state.py_recursion_remaining.set(thread.state.py_recursion_remaining.get() + 1);
                    thread.state.current_frame.set(previous as *mut _);
                    frame::pop_words(thread, frame);
                    if frame == self.entry {
                        return Ok(Flow::Leave(generator.upcast()));
                    }
                    self.load(previous);
                    self.resume_after_call();
                    self.push_obj(generator.upcast());
                }
                YIELD_VALUE => {
                    let value = self.pop_obj();
                    self.save();
                    debug_assert!((*self.frame).raw().owner.get() as i8 == OWNED_BY_GENERATOR);
                    let generator = Generator::of_frame(self.frame);
                    generator.suspend(arg == 1);
                    return Ok(Flow::Leave(value));
                }
                SEND => {
                    self.skip(1);
                    let value = self.pop_obj();
                    let receiver = self.peek(1).object();
                    match ops::send(thread, receiver, &value)? {
                        Ok(yielded) => self.push_obj(yielded),
                        Err(returned) => {
                            self.push_obj(returned);
                            self.skip(arg as usize);
                        }
                    }
                }
                GET_AWAITABLE => {
                    let awaitable = crate::generator::coroutine::get_awaitable(thread, self.peek(1).object(), arg)?;
                    self.pop().close();
                    self.push_obj(awaitable);
                }
                GET_AITER => {
                    let iterator = crate::generator::coroutine::get_async_iterator(thread, self.peek(1).object())?;
                    self.pop().close();
                    self.push_obj(iterator);
                }
                GET_ANEXT => {
                    let awaitable = crate::generator::coroutine::get_async_next(thread, self.peek(1).object())?;
                    self.push_obj(awaitable);
                }
                END_ASYNC_FOR => {
                    let exception = self.peek(1).object();
                    if !exception.is_instance_of(exceptions::stop_async_iteration()) {
                        let exception = self.pop_obj();
                        return Err(thread.reraise(exception));
                    }
                    self.pop().close();
                    self.pop().close();
                }
                CLEANUP_THROW => {
                    let exception = self.peek(1).object();
                    if exception.is_instance_of(exceptions::stop_iteration()) {
                        let value = crate::generator::stop_value(exception);
                        for _ in 0..3 {
                            self.pop().close();
                        }
                        self.push(Ref::new(pyrox_objects::none()));
                        self.push_obj(value);
                    } else {
                        let exception = exception.own();
                        return Err(thread.reraise(exception));
                    }
                }
                PUSH_EXC_INFO => {
                    let exception = self.pop();
                    let item = &*thread.state.exc_info.get();
                    let previous = item.exc_value.replace(exception.object().own().into_raw());
                    self.push(if previous.is_null() { Ref::new(pyrox_objects::none()) } else { Ref(previous as usize) });
                    self.push(exception);
                }
                POP_EXCEPT => {
                    let previous = self.pop();
                    let item = &*thread.state.exc_info.get();
                    let value = if previous.object().is_none() {
                        previous.close();
                        std::ptr::null_mut()
                    } else {
                        previous.take().into_raw()
                    };
                    let old = item.exc_value.replace(value);
                    pyrox_objects::object::xdecref(old);
                }
                CHECK_EXC_MATCH => {
                    let class = self.pop_obj();
                    let matches = ops::exception_matches(thread, self.peek(1).object(), &class)?;
                    self.push(Ref::borrowed(pyrox_objects::bool_ref(matches).as_ptr()));
                }
                CHECK_EG_MATCH => {
                    let (classes, exception) = (self.pop_obj(), self.pop_obj());
                    ops::check_except_star(thread, &classes)?;
                    let (matched, rest) = exceptions::group::match_star(thread, &exception, &classes)?;
                    if let Some(matched) = &matched {
                        if let Some(group) = BaseException::of(matched).filter(|_| BaseExceptionGroup::wraps(matched, &exception)) {
                            // The group was made here, around an exception that was in none.
                            group.set_traceback(None);
                            thread.set_raised(Some(matched.clone()));
                            Traceback::add_here(thread, self.frame());
                            drop(thread.take_raised());
                        }
                        let item = &*thread.state.exc_info.get();
                        let old = item.exc_value.replace(matched.clone().into_raw());
                        pyrox_objects::object::xdecref(old);
                    }
                    self.push_obj(rest.unwrap_or_else(pyrox_objects::none));
                    self.push_obj(matched.unwrap_or_else(pyrox_objects::none));
                }
                RAISE_VARARGS => {
                    let cause = if arg == 2 { Some(self.pop_obj()) } else { None };
                    let exception = if arg >= 1 { Some(self.pop_obj()) } else { None };
                    if exception.is_none() && thread.handled().is_some() {
                        self.reraise_at = Some(self.frame().offset());
                    }
                    return Err(ops::raise(thread, exception, cause));
                }
                RERAISE => {
                    let exception = self.pop_obj();
                    self.reraise_at = Some(self.frame().offset());
                    if arg > 0 {
                        // The frame shows the line of the original raise.
                        if let Some(offset) = self.peek(arg as usize).object().cast::<Int>().and_then(Int::to_i64) {
                            (*self.frame).raw().instr_ptr.set(self.code().instructions().add(offset as usize));
                        }
                    }
                    return Err(thread.reraise(exception));
                }
                WITH_EXCEPT_START => {
                    // exit_func, self or null, lasti, previous, exception
                    let exception = self.peek(1).object();
                    let (function, receiver) = (self.peek(5).object(), self.peek(4));
                    let traceback =
                        exceptions::BaseException::of(exception).and_then(|e| e.traceback()).unwrap_or_else(pyrox_objects::none);
                    let arguments: [&Object; 3] = [exception.ty(), exception, &traceback];
                    let result = if receiver.is_null() {
                        function.call(thread, &arguments)?
                    } else {
                        function.call(thread, &[receiver.object(), arguments[0], arguments[1], arguments[2]])?
                    };
                    self.push_obj(result);
                }
                IMPORT_NAME => {
                    let (from_list, level) = (self.pop_obj(), self.pop_obj());
                    let module = ops::import_name(thread, self.frame(), self.name(arg), &from_list, &level)?;
                    self.push_obj(module);
                }
                IMPORT_FROM => {
                    let value = crate::import::import_from(thread, self.peek(1).object(), self.name(arg))?;
                    self.push_obj(value);
                }
                MATCH_MAPPING => {
                    let matches = self.peek(1).object().has_flag(pyrox_objects::abi::Py_TPFLAGS_MAPPING);
                    self.push(Ref::borrowed(pyrox_objects::bool_ref(matches).as_ptr()));
                }
                MATCH_SEQUENCE => {
                    let matches = self.peek(1).object().has_flag(pyrox_objects::abi::Py_TPFLAGS_SEQUENCE);
                    self.push(Ref::borrowed(pyrox_objects::bool_ref(matches).as_ptr()));
                }
                MATCH_KEYS => {
                    let values = ops::match_keys(thread, self.peek(2).object(), self.peek(1).object())?;
                    self.push_obj(values);
                }
                MATCH_CLASS => {
                    let (names, class, subject) = (self.pop_obj(), self.pop_obj(), self.pop_obj());
                    let result = ops::match_class(thread, &subject, &class, arg as usize, &names)?;
                    self.push_obj(result);
                }
                other => {
                    let Some(opcode) = Opcode::from_u8(other) else {
                        return Err(thread.system_error(&format!("unknown opcode {other}")));
                    };
                    return Err(thread.not_implemented_error(&format!("the instruction {} is not implemented yet", opcode.name())));
                }
            }
            Ok(Flow::Next)
        }
    }

    #[inline(always)]
    unsafe fn store_local(&mut self, at: usize, value: Ref) {
        // SAFETY: within the locals. A borrowed value gets counted, since it outlives its lender's guarantee.
        unsafe {
            let value = if value.0 & 1 != 0 { value.duplicate() } else { value };
            let old = std::ptr::replace(self.locals.add(at), value);
            old.xclose();
        }
    }

    unsafe fn cell(&self, at: u32) -> &Cell {
        // SAFETY: the compiler put a cell there.
        unsafe { (*self.locals.add(at as usize)).object().cast_unchecked::<Cell>() }
    }

    fn pop_many(&mut self, count: usize) -> Vec<Obj> {
        // SAFETY: the stack holds as many.
        unsafe {
            self.sp = self.sp.sub(count);
            (0..count).map(|at| (*self.sp.add(at)).take()).collect()
        }
    }

    #[inline]
    fn load_global(&self, name: &Str) -> PyResult<Obj> {
        let thread: &Thread = self.thread;
        let frame: &Frame = self.frame();
        let globals = frame.globals();
        // A subclass of dict may have a __missing__ or __getitem__ of its own.
        if let Some(value) = ops::lookup_namespace(thread, globals, name)? {
            return Ok(value);
        }
        match ops::lookup_namespace(thread, frame.builtins(), name)? {
            Some(value) => Ok(value),
            None => Err(ops::name_error(thread, name)),
        }
    }

    #[inline(always)]
    unsafe fn binary(&mut self, arg: u32) -> PyResult<Flow> {
        let thread = self.thread;
        // SAFETY: two operands on the stack.
        unsafe {
            let (right, left) = (self.peek(1), self.peek(2));
            let (a, b) = (left.object(), right.object());
            let result = if let (Some(x), Some(y)) = (a.exact::<Int>(), b.exact::<Int>()) {
                match arg {
                    0 | 13 => x.add(y),
                    10 | 23 => x.subtract(y),
                    5 | 18 => x.multiply(y),
                    _ => ops::binary_slow(thread, arg, a, b)?,
                }
            } else if let (Some(x), Some(y)) = (a.exact::<Float>(), b.exact::<Float>()) {
                let (x, y) = (x.value(), y.value());
                match arg {
                    0 | 13 => Float::new(x + y).upcast(),
                    10 | 23 => Float::new(x - y).upcast(),
                    5 | 18 => Float::new(x * y).upcast(),
                    _ => ops::binary_slow(thread, arg, a, b)?,
                }
            } else if arg == 26 {
                match (a.exact::<List>(), b.exact::<Int>()) {
                    (Some(list), Some(index)) if index.is_compact() && index.compact_value() >= 0 => {
                        match list.get(index.compact_value() as usize) {
                            Some(item) => item,
                            None => return Err(thread.index_error("list index out of range")),
                        }
                    }
                    _ => a.get_item(thread, b)?,
                }
            } else {
                ops::binary_slow(thread, arg, a, b)?
            };
            self.pop().close();
            self.pop().close();
            self.push_obj(result);
        }
        Ok(Flow::Next)
    }

    #[inline(always)]
    unsafe fn compare(&mut self, arg: u32) -> PyResult<Flow> {
        let thread = self.thread;
        let op = CompareOp::from_raw((arg >> 5) as i32);
        // SAFETY: two operands on the stack.
        unsafe {
            let (a, b) = (self.peek(2).object(), self.peek(1).object());
            let known = match (a.exact::<Int>(), b.exact::<Int>()) {
                (Some(x), Some(y)) if x.is_compact() && y.is_compact() => Some(op.holds(x.compact_value().cmp(&y.compact_value()))),
                _ => None,
            };
            let result = match known {
                Some(truth) => pyrox_objects::bool_obj(truth),
                None => {
                    let result = a.richcompare(thread, b, op)?;
                    // Bit 16: the result is wanted as a bool.
                    if arg & 16 != 0 { pyrox_objects::bool_obj(result.is_true(thread)?) } else { result }
                }
            };
            self.pop().close();
            self.pop().close();
            self.push_obj(result);
        }
        Ok(Flow::Next)
    }

    fn unary(&mut self, operation: fn(&Object, &Thread) -> PyResult<Obj>) -> PyResult<Flow> {
        let value = self.pop_obj();
        let result = operation(&value, self.thread)?;
        self.push_obj(result);
        Ok(Flow::Next)
    }
}
