//! The loop over instructions: the frequent ones, with the machine's state in registers.
//!
//! `ip`, `sp`, `locals` and `frame` live in local variables here and are written back to the [`Machine`] before
//! anything that needs them there: errors, and instructions that `step.rs` runs (`cold!`). Specialized forms are
//! chosen by `specialize.rs`.

use pyrox_compiler::opcode::Opcode;
use pyrox_objects::abi::{self, PyObject};
use pyrox_objects::object::{decref, xdecref};
use pyrox_objects::protocol::call::ARGUMENTS_OFFSET;
use pyrox_objects::{
    Bool, Cell, CompareOp, Dict, Float, Function, Int, List, Method, Module, Obj, Object, Property, PyResult, PyType, Raised, Str, Tuple,
    Type, managed,
};

use super::calls::{INIT_FRAME, takes_plainly};
use super::specialize::{self, due, missed, read_pointer, read_u32};
use super::{Flow, Machine, operations as ops};
use crate::code::Code;
use crate::frame::{self, Frame, OWNED_BY_GENERATOR, OWNED_BY_THREAD};
use crate::generator::Generator;
use crate::stackref::Ref;
use crate::tracing::TRACE;

type Raw = *mut PyObject;

macro_rules! numbers {
    ($($name:ident)*) => { $(const $name: u8 = Opcode::$name.number() as u8;)* };
}
numbers! {
    BINARY_OP BUILD_TUPLE CALL COMPARE_OP CONTAINS_OP COPY END_FOR EXTENDED_ARG FOR_ITER GET_ITER IS_OP JUMP_BACKWARD
    JUMP_BACKWARD_NO_INTERRUPT JUMP_FORWARD LIST_APPEND LOAD_ATTR LOAD_ATTR_CLASS LOAD_ATTR_INSTANCE_VALUE
    LOAD_ATTR_METHOD_NO_DICT LOAD_ATTR_METHOD_WITH_VALUES LOAD_ATTR_MODULE LOAD_ATTR_NONDESCRIPTOR_NO_DICT
    LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES LOAD_ATTR_PROPERTY LOAD_ATTR_SLOT LOAD_CONST LOAD_DEREF LOAD_FAST LOAD_FAST_BORROW
    LOAD_FAST_BORROW_LOAD_FAST_BORROW LOAD_FAST_LOAD_FAST LOAD_GLOBAL LOAD_GLOBAL_BUILTIN LOAD_GLOBAL_MODULE LOAD_SMALL_INT
    NOP NOT_TAKEN POP_ITER POP_JUMP_IF_FALSE POP_JUMP_IF_NONE POP_JUMP_IF_NOT_NONE POP_JUMP_IF_TRUE POP_TOP PUSH_NULL RESUME
    RETURN_VALUE SEND STORE_ATTR STORE_ATTR_INSTANCE_VALUE STORE_ATTR_SLOT STORE_DEREF STORE_FAST STORE_FAST_LOAD_FAST
    STORE_FAST_STORE_FAST STORE_SUBSCR SWAP TO_BOOL UNARY_NOT UNPACK_SEQUENCE YIELD_VALUE
}

/// Code units of a call instruction with its cache.
const CALL_UNITS: u16 = 4;
/// Of `FOR_ITER` and `SEND`.
const ITER_UNITS: usize = 2;
/// Of `LOAD_ATTR`.
const ATTR_UNITS: u16 = 10;

/// A field at an offset of an object, null or a reference.
#[inline(always)]
unsafe fn field(object: &Object, offset: u16) -> *mut Raw {
    // SAFETY: by the caller.
    unsafe { (object.as_ptr() as *mut u8).add(offset as usize) as *mut Raw }
}

/// A truth value as a stack entry.
#[inline(always)]
fn truth(value: bool) -> Ref {
    Ref::borrowed(pyrox_objects::bool_ref(value).as_ptr())
}

/// The result of an operation on small ints; `None` for those that are left to the slow path.
#[inline(always)]
fn small_int(arg: usize, x: i64, y: i64) -> Option<Obj> {
    let value = match arg {
        0 | 13 => x + y,
        10 | 23 => x - y,
        // Both have 30 bits.
        5 | 18 => x * y,
        1 | 14 => x & y,
        7 | 20 => x | y,
        12 | 25 => x ^ y,
        2 | 15 if y > 0 => x.div_euclid(y),
        6 | 19 if y > 0 => x.rem_euclid(y),
        3 | 16 if (0..30).contains(&y) => x << y,
        9 | 22 if (0..64).contains(&y) => x >> y,
        11 | 24 if y != 0 => return Some(Float::new(x as f64 / y as f64).upcast()),
        _ => return None,
    };
    Some(Int::from(value).upcast())
}

#[inline(always)]
fn float_result(arg: usize, x: f64, y: f64) -> Option<f64> {
    Some(match arg {
        0 | 13 => x + y,
        10 | 23 => x - y,
        5 | 18 => x * y,
        11 | 24 if y != 0.0 => x / y,
        _ => return None,
    })
}

/// A number as a float, where that is exact.
#[inline(always)]
fn as_float(object: &Object) -> Option<f64> {
    match object.exact::<Float>() {
        Some(float) => Some(float.value()),
        None => object.exact::<Int>().filter(|int| int.is_compact()).map(|int| int.compact_value() as f64),
    }
}

/// `container[key]` for the common containers; `None` leaves it to the slow path.
#[inline(always)]
unsafe fn subscript(container: &Object, key: &Object) -> Option<Obj> {
    if let Some(list) = container.exact::<List>() {
        let index = key.exact::<Int>().filter(|i| i.is_compact())?.compact_value();
        let index = if index < 0 { index + list.len() as i64 } else { index };
        return list.get(usize::try_from(index).ok()?);
    }
    if let Some(tuple) = container.exact::<Tuple>() {
        let index = key.exact::<Int>().filter(|i| i.is_compact())?.compact_value();
        let index = if index < 0 { index + tuple.len() as i64 } else { index };
        let index = usize::try_from(index).ok().filter(|&i| i < tuple.len())?;
        return Some(tuple.get(index).own());
    }
    if let Some(dict) = container.exact::<Dict>() {
        // A string key finds strings without running anything.
        return dict.get_str(key.exact::<Str>()?);
    }
    None
}

impl Machine<'_> {
    /// Run until the entry frame returns or yields; `None` if tracing began or ended, for which there is the other
    /// form of the loop.
    pub(super) unsafe fn run_loop<const TRACED: bool>(&mut self) -> PyResult<Option<Obj>> {
        // SAFETY: the frames' code keeps the compiler's promises about stack and locals; specialized forms are
        // guarded by versions.
        unsafe {
            let thread = self.thread;
            let (mut ip, mut sp, mut locals, mut frame) = (self.ip, self.sp, self.locals, self.frame);

            macro_rules! push {
                ($value:expr) => {{
                    *sp = $value;
                    sp = sp.add(1);
                }};
            }
            macro_rules! push_obj {
                ($value:expr) => {
                    push!(Ref::new($value))
                };
            }
            macro_rules! pop {
                () => {{
                    sp = sp.sub(1);
                    *sp
                }};
            }
            macro_rules! peek {
                ($depth:expr) => {
                    *sp.sub($depth)
                };
            }
            macro_rules! reload {
                () => {{
                    ip = self.ip;
                    sp = self.sp;
                    locals = self.locals;
                    frame = self.frame;
                }};
            }
            macro_rules! fail {
                () => {{
                    self.sp = sp;
                    self.unwind()?;
                    reload!();
                    continue;
                }};
            }
            macro_rules! attempt {
                ($result:expr) => {
                    match $result {
                        Ok(value) => value,
                        Err(Raised) => fail!(),
                    }
                };
            }
            macro_rules! name {
                ($at:expr) => {
                    &*((*frame).code().names().raw_items()[$at] as *const Str)
                };
            }
            // Make `$callee` the running frame.
            macro_rules! enter {
                ($callee:expr) => {{
                    let callee: *mut Frame = $callee;
                    (*callee).set_previous(frame);
                    thread.state.current_frame.set(callee as *mut _);
                    frame = callee;
                    self.frame = frame;
                    locals = (*frame).locals();
                    self.locals = locals;
                    ip = (*frame).raw().instr_ptr.get();
                    sp = (*frame).raw().stackpointer.get() as *mut Ref;
                }};
            }
            // Go back to `$caller`, `$units` behind its instruction.
            macro_rules! go_back {
                ($caller:expr, $units:expr) => {{
                    let caller: *mut Frame = $caller;
                    thread.state.current_frame.set(caller as *mut _);
                    frame = caller;
                    self.frame = frame;
                    locals = (*frame).locals();
                    self.locals = locals;
                    ip = (*frame).raw().instr_ptr.get().add($units);
                    sp = (*frame).raw().stackpointer.get() as *mut Ref;
                }};
            }

            loop {
                let here = ip;
                (*frame).raw().instr_ptr.set(here);
                if TRACED {
                    self.ip = here;
                    self.sp = sp;
                    match self.before_instruction() {
                        Ok(true) => {}
                        Ok(false) => return Ok(None),
                        Err(Raised) => {
                            self.unwind()?;
                            reload!();
                            continue;
                        }
                    }
                    if self.ip != here {
                        reload!();
                        continue;
                    }
                }
                // Tracing may have begun in what was called.
                macro_rules! look_for_tracing {
                    () => {
                        if !TRACED && thread.interrupts.get() & TRACE != 0 {
                            self.ip = ip;
                            self.sp = sp;
                            return Ok(None);
                        }
                    };
                }
                let unit = *here;
                let arg = (unit >> 8) as usize;
                ip = here.add(1);
                macro_rules! cold {
                    () => {{
                        self.ip = here;
                        self.sp = sp;
                        match self.step() {
                            Ok(Flow::Next) => {}
                            Ok(Flow::Leave(value)) => return Ok(Some(value)),
                            Err(Raised) => self.unwind()?,
                        }
                        reload!();
                        look_for_tracing!();
                        continue;
                    }};
                }
                // The guard does not hold: run the generic form this time.
                macro_rules! miss {
                    ($generic:ident) => {{
                        missed(here, Opcode::$generic);
                        cold!();
                    }};
                }
                // An attribute that the guards found takes the owner's place, with room for `self` where a call follows.
                macro_rules! give_attribute {
                    ($owner:ident, $value:expr) => {{
                        let value: Raw = $value;
                        abi::incref(value);
                        peek!(1) = Ref(value as usize);
                        if arg & 1 != 0 {
                            push!(Ref::NULL);
                        }
                        $owner.close();
                        ip = here.add(ATTR_UNITS as usize);
                    }};
                }
                // The method in the cache, to be called with the owner.
                macro_rules! give_method {
                    ($owner:ident) => {{
                        let method = read_pointer(here, 6);
                        abi::incref(method);
                        peek!(1) = Ref(method as usize);
                        push!($owner);
                        ip = here.add(ATTR_UNITS as usize);
                    }};
                }
                match unit as u8 {
                    NOP | NOT_TAKEN => {}
                    RESUME => {
                        if thread.interrupts.get() != 0 {
                            if !TRACED && thread.interrupts.get() & TRACE != 0 {
                                self.ip = here;
                                self.sp = sp;
                                return Ok(None);
                            }
                            attempt!(crate::interrupts::handle(thread));
                        }
                    }
                    EXTENDED_ARG => {
                        self.ip = here;
                        self.sp = sp;
                        loop {
                            match self.step() {
                                Ok(Flow::Next) if self.extended != 0 => continue,
                                Ok(Flow::Next) => {}
                                Ok(Flow::Leave(value)) => return Ok(Some(value)),
                                Err(Raised) => self.unwind()?,
                            }
                            break;
                        }
                        reload!();
                    }
                    LOAD_FAST => push!((*locals.add(arg)).duplicate()),
                    LOAD_FAST_BORROW => push!(Ref::borrowed((*locals.add(arg)).ptr())),
                    LOAD_FAST_BORROW_LOAD_FAST_BORROW => {
                        push!(Ref::borrowed((*locals.add(arg >> 4)).ptr()));
                        push!(Ref::borrowed((*locals.add(arg & 15)).ptr()));
                    }
                    LOAD_FAST_LOAD_FAST => {
                        push!((*locals.add(arg >> 4)).duplicate());
                        push!((*locals.add(arg & 15)).duplicate());
                    }
                    STORE_FAST => {
                        let value = pop!().counted();
                        let old = std::ptr::replace(locals.add(arg), value);
                        old.xclose();
                    }
                    STORE_FAST_LOAD_FAST => {
                        let value = pop!().counted();
                        let old = std::ptr::replace(locals.add(arg >> 4), value);
                        push!((*locals.add(arg & 15)).duplicate());
                        old.xclose();
                    }
                    STORE_FAST_STORE_FAST => {
                        let (first, second) = (pop!().counted(), pop!().counted());
                        let old = std::ptr::replace(locals.add(arg >> 4), first);
                        let other = std::ptr::replace(locals.add(arg & 15), second);
                        old.xclose();
                        other.xclose();
                    }
                    LOAD_CONST => push!(Ref::borrowed((*frame).code().consts().raw_items()[arg])),
                    LOAD_SMALL_INT => push!(Ref::borrowed(Int::from(arg as i64).into_raw())),
                    POP_TOP | END_FOR | POP_ITER => {
                        let value = pop!();
                        value.close();
                    }
                    PUSH_NULL => push!(Ref::NULL),
                    COPY => {
                        let value = peek!(arg);
                        push!(if value.is_null() { value } else { value.duplicate() });
                    }
                    SWAP => std::ptr::swap(sp.sub(1), sp.sub(arg)),
                    LOAD_DEREF => match (*locals.add(arg)).object().cast_unchecked::<Cell>().get() {
                        Some(value) => push_obj!(value),
                        None => cold!(),
                    },
                    STORE_DEREF => {
                        let value = pop!().take();
                        (*locals.add(arg)).object().cast_unchecked::<Cell>().set(Some(value));
                    }
                    LOAD_GLOBAL => {
                        if due(here) {
                            specialize::load_global(&*frame, here, name!(arg >> 1));
                        }
                        cold!();
                    }
                    LOAD_GLOBAL_MODULE => {
                        let globals = (*frame).globals();
                        if globals.known_keys_version() != *here.add(3) as u32 {
                            miss!(LOAD_GLOBAL);
                        }
                        let Some(value) = globals.value_of_entry(*here.add(2) as usize) else { miss!(LOAD_GLOBAL) };
                        push_obj!(value.own());
                        if arg & 1 != 0 {
                            push!(Ref::NULL);
                        }
                        ip = here.add(5);
                    }
                    LOAD_GLOBAL_BUILTIN => {
                        let builtins = (*frame).builtins().cast_unchecked::<Dict>();
                        if (*frame).globals().known_keys_version() != *here.add(3) as u32
                            || builtins.known_keys_version() != *here.add(4) as u32
                        {
                            miss!(LOAD_GLOBAL);
                        }
                        let Some(value) = builtins.value_of_entry(*here.add(2) as usize) else { miss!(LOAD_GLOBAL) };
                        push_obj!(value.own());
                        if arg & 1 != 0 {
                            push!(Ref::NULL);
                        }
                        ip = here.add(5);
                    }
                    LOAD_ATTR => {
                        if due(here) {
                            specialize::load_attr(thread, peek!(1).object(), here, name!(arg >> 1), arg & 1 != 0);
                        }
                        cold!();
                    }
                    LOAD_ATTR_INSTANCE_VALUE => {
                        let owner = peek!(1);
                        let ty = owner.object().ty();
                        if ty.raw().tp_version_tag.get() != read_u32(here, 2) {
                            miss!(LOAD_ATTR);
                        }
                        let Some(values) = managed::values_if_valid(owner.object(), ty) else { miss!(LOAD_ATTR) };
                        let value = values.get(*here.add(4) as usize);
                        if value.is_null() {
                            miss!(LOAD_ATTR);
                        }
                        give_attribute!(owner, value);
                    }
                    LOAD_ATTR_SLOT => {
                        let owner = peek!(1);
                        if owner.object().ty().raw().tp_version_tag.get() != read_u32(here, 2) {
                            miss!(LOAD_ATTR);
                        }
                        let value = *field(owner.object(), *here.add(4));
                        if value.is_null() {
                            miss!(LOAD_ATTR);
                        }
                        give_attribute!(owner, value);
                    }
                    LOAD_ATTR_MODULE => {
                        let owner = peek!(1);
                        let Some(module) = owner.object().exact::<Module>() else { miss!(LOAD_ATTR) };
                        let dict = module.dict();
                        if dict.known_keys_version() != read_u32(here, 2) {
                            miss!(LOAD_ATTR);
                        }
                        let Some(value) = dict.value_of_entry(*here.add(4) as usize) else { miss!(LOAD_ATTR) };
                        let value = value.own();
                        peek!(1) = Ref::new(value);
                        if arg & 1 != 0 {
                            push!(Ref::NULL);
                        }
                        owner.close();
                        ip = here.add(ATTR_UNITS as usize);
                    }
                    LOAD_ATTR_CLASS => {
                        let owner = peek!(1);
                        let is_class = owner.object().type_ptr() == Type::TYPE;
                        if !is_class || owner.object().cast_unchecked::<Type>().raw().tp_version_tag.get() != read_u32(here, 2) {
                            miss!(LOAD_ATTR);
                        }
                        let value = read_pointer(here, 6);
                        give_attribute!(owner, value);
                    }
                    LOAD_ATTR_METHOD_WITH_VALUES => {
                        let owner = peek!(1);
                        let ty = owner.object().ty();
                        if ty.raw().tp_version_tag.get() != read_u32(here, 2)
                            || managed::known_shared_version(ty) != read_u32(here, 4)
                            || managed::values_if_valid(owner.object(), ty).is_none()
                        {
                            miss!(LOAD_ATTR);
                        }
                        give_method!(owner);
                    }
                    LOAD_ATTR_METHOD_NO_DICT => {
                        let owner = peek!(1);
                        if owner.object().ty().raw().tp_version_tag.get() != read_u32(here, 2) {
                            miss!(LOAD_ATTR);
                        }
                        give_method!(owner);
                    }
                    LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES => {
                        let owner = peek!(1);
                        let ty = owner.object().ty();
                        if ty.raw().tp_version_tag.get() != read_u32(here, 2)
                            || managed::known_shared_version(ty) != read_u32(here, 4)
                            || managed::values_if_valid(owner.object(), ty).is_none()
                        {
                            miss!(LOAD_ATTR);
                        }
                        let value = read_pointer(here, 6);
                        give_attribute!(owner, value);
                    }
                    LOAD_ATTR_NONDESCRIPTOR_NO_DICT => {
                        let owner = peek!(1);
                        if owner.object().ty().raw().tp_version_tag.get() != read_u32(here, 2) {
                            miss!(LOAD_ATTR);
                        }
                        let value = read_pointer(here, 6);
                        give_attribute!(owner, value);
                    }
                    LOAD_ATTR_PROPERTY => {
                        let owner = peek!(1);
                        if owner.object().ty().raw().tp_version_tag.get() != read_u32(here, 2) {
                            miss!(LOAD_ATTR);
                        }
                        // The class holds the property, but `__init__` may have given it another getter.
                        let property = Object::from_ptr(read_pointer(here, 6)).cast_unchecked::<Property>();
                        let Some(Ok(getter)) = property.getter().map(Obj::downcast::<Function>) else { miss!(LOAD_ATTR) };
                        if !takes_plainly(&getter, 1) {
                            miss!(LOAD_ATTR);
                        }
                        let function: &Function = &getter;
                        let Some(memory) = self.reserve(function) else { cold!() };
                        let callee = begin(memory, function, (**function).own());
                        sp = sp.sub(1);
                        *(*callee).locals() = owner.counted();
                        (*frame).raw().stackpointer.set(sp as *mut usize);
                        (*frame).raw().return_offset.set(ATTR_UNITS);
                        enter!(callee);
                    }
                    STORE_ATTR => {
                        if due(here) {
                            specialize::store_attr(peek!(1).object(), here, name!(arg));
                        }
                        cold!();
                    }
                    STORE_ATTR_INSTANCE_VALUE => {
                        let owner = peek!(1);
                        let ty = owner.object().ty();
                        if ty.raw().tp_version_tag.get() != read_u32(here, 2) {
                            miss!(STORE_ATTR);
                        }
                        let Some(values) = managed::values_without_dict(owner.object(), ty) else { miss!(STORE_ATTR) };
                        let index = *here.add(4) as usize;
                        if !values.has_room(index) {
                            miss!(STORE_ATTR);
                        }
                        let value = peek!(2).take().into_raw();
                        sp = sp.sub(2);
                        let old = values.get(index);
                        if old.is_null() {
                            values.add(index, value);
                        } else {
                            values.put(index, value);
                            decref(old);
                        }
                        owner.close();
                        ip = here.add(5);
                    }
                    STORE_ATTR_SLOT => {
                        let owner = peek!(1);
                        if owner.object().ty().raw().tp_version_tag.get() != read_u32(here, 2) {
                            miss!(STORE_ATTR);
                        }
                        let value = peek!(2).take().into_raw();
                        sp = sp.sub(2);
                        let old = std::ptr::replace(field(owner.object(), *here.add(4)), value);
                        xdecref(old);
                        owner.close();
                        ip = here.add(5);
                    }
                    BINARY_OP => {
                        let (right, left) = (peek!(1), peek!(2));
                        let (a, b) = (left.object(), right.object());
                        let result = match (a.exact::<Int>(), b.exact::<Int>()) {
                            (Some(x), Some(y)) if x.is_compact() && y.is_compact() => small_int(arg, x.compact_value(), y.compact_value()),
                            _ if arg == 26 => subscript(a, b),
                            (None, _) if a.is_exact::<Float>() => match as_float(b) {
                                Some(y) => {
                                    let float = a.cast_unchecked::<Float>();
                                    match float_result(arg, float.value(), y) {
                                        // Nobody else sees the left operand: its box takes the result.
                                        Some(value) if left.0 & 1 == 0 && a.refcount() == 1 => {
                                            float.set_value(value);
                                            sp = sp.sub(1);
                                            right.close();
                                            ip = here.add(6);
                                            continue;
                                        }
                                        Some(value) => Some(Float::new(value).upcast()),
                                        None => None,
                                    }
                                }
                                None => None,
                            },
                            _ if b.is_exact::<Float>() => match as_float(a) {
                                Some(x) => {
                                    float_result(arg, x, b.cast_unchecked::<Float>().value()).map(|value| Float::new(value).upcast())
                                }
                                None => None,
                            },
                            _ => None,
                        };
                        let result = match result {
                            Some(result) => result,
                            None => attempt!(ops::binary_slow(thread, arg as u32, a, b)),
                        };
                        sp = sp.sub(1);
                        peek!(1) = Ref::new(result);
                        left.close();
                        right.close();
                        ip = here.add(6);
                    }
                    COMPARE_OP => {
                        let (right, left) = (peek!(1), peek!(2));
                        let (a, b) = (left.object(), right.object());
                        let op = CompareOp::from_raw((arg >> 5) as i32);
                        let known = match (a.exact::<Int>(), b.exact::<Int>()) {
                            (Some(x), Some(y)) if x.is_compact() && y.is_compact() => {
                                Some(op.holds(x.compact_value().cmp(&y.compact_value())))
                            }
                            _ => match (a.exact::<Str>(), b.exact::<Str>()) {
                                (Some(x), Some(y)) if op == CompareOp::Eq => Some(x.same_as(y)),
                                (Some(x), Some(y)) if op == CompareOp::Ne => Some(!x.same_as(y)),
                                _ => match (a.exact::<Float>(), b.exact::<Float>()) {
                                    (Some(x), Some(y)) => {
                                        let (x, y) = (x.value(), y.value());
                                        Some(match op {
                                            CompareOp::Lt => x < y,
                                            CompareOp::Le => x <= y,
                                            CompareOp::Eq => x == y,
                                            CompareOp::Ne => x != y,
                                            CompareOp::Gt => x > y,
                                            CompareOp::Ge => x >= y,
                                        })
                                    }
                                    _ => None,
                                },
                            },
                        };
                        let result = match known {
                            Some(holds) => truth(holds),
                            None => {
                                let result = attempt!(a.richcompare(thread, b, op));
                                // Bit 16: the result is wanted as a bool.
                                if arg & 16 != 0 && !result.is_exact::<Bool>() {
                                    truth(attempt!(result.is_true(thread)))
                                } else {
                                    Ref::new(result)
                                }
                            }
                        };
                        sp = sp.sub(1);
                        peek!(1) = result;
                        left.close();
                        right.close();
                        ip = here.add(2);
                    }
                    CONTAINS_OP => {
                        let (container, value) = (peek!(1), peek!(2));
                        let found = attempt!(container.object().contains(thread, value.object()));
                        sp = sp.sub(1);
                        peek!(1) = truth(found != (arg != 0));
                        container.close();
                        value.close();
                        ip = here.add(2);
                    }
                    IS_OP => {
                        let (right, left) = (peek!(1), peek!(2));
                        sp = sp.sub(1);
                        peek!(1) = truth((left.ptr() == right.ptr()) != (arg != 0));
                        left.close();
                        right.close();
                    }
                    TO_BOOL => {
                        let value = peek!(1);
                        if !value.object().is_exact::<Bool>() {
                            let holds = attempt!(value.object().is_true(thread));
                            peek!(1) = truth(holds);
                            value.close();
                        }
                        ip = here.add(4);
                    }
                    UNARY_NOT => {
                        let value = peek!(1);
                        peek!(1) = truth(value.ptr() != pyrox_objects::singletons::true_ptr());
                        value.close();
                    }
                    STORE_SUBSCR => {
                        let (key, container, value) = (peek!(1), peek!(2), peek!(3));
                        let object = container.object();
                        let place = match (object.exact::<List>(), key.object().exact::<Int>()) {
                            (Some(list), Some(index)) if index.is_compact() => {
                                usize::try_from(index.compact_value()).ok().filter(|&i| i < list.len()).map(|index| (list, index))
                            }
                            _ => None,
                        };
                        match place {
                            Some((list, index)) => {
                                let value = value.take();
                                sp = sp.sub(3);
                                drop(list.replace(index, value));
                                container.close();
                                key.close();
                                ip = here.add(2);
                                continue;
                            }
                            None => match object.exact::<Dict>() {
                                Some(dict) => attempt!(dict.set(thread, key.object(), value.object())),
                                None => attempt!(object.set_item(thread, key.object(), Some(value.object()))),
                            },
                        }
                        sp = sp.sub(3);
                        key.close();
                        container.close();
                        value.close();
                        ip = here.add(2);
                    }
                    POP_JUMP_IF_FALSE => {
                        let value = pop!();
                        ip = here.add(2);
                        if value.ptr() != pyrox_objects::singletons::true_ptr() {
                            ip = ip.add(arg);
                        }
                        value.close();
                    }
                    POP_JUMP_IF_TRUE => {
                        let value = pop!();
                        ip = here.add(2);
                        if value.ptr() == pyrox_objects::singletons::true_ptr() {
                            ip = ip.add(arg);
                        }
                        value.close();
                    }
                    POP_JUMP_IF_NONE => {
                        let value = pop!();
                        ip = here.add(2);
                        if value.object().is_none() {
                            ip = ip.add(arg);
                        }
                        value.close();
                    }
                    POP_JUMP_IF_NOT_NONE => {
                        let value = pop!();
                        ip = here.add(2);
                        if !value.object().is_none() {
                            ip = ip.add(arg);
                        }
                        value.close();
                    }
                    JUMP_FORWARD => ip = ip.add(arg),
                    JUMP_BACKWARD => {
                        ip = here.add(2).sub(arg);
                        if thread.interrupts.get() != 0 {
                            attempt!(crate::interrupts::handle(thread));
                            look_for_tracing!();
                        }
                    }
                    JUMP_BACKWARD_NO_INTERRUPT => ip = ip.sub(arg),
                    GET_ITER => {
                        let iterable = peek!(1);
                        if !iterable.object().is_exact::<Generator>() {
                            let iterator = attempt!(iterable.object().iter(thread));
                            peek!(1) = Ref::new(iterator);
                            iterable.close();
                        } else {
                            // The loop holds it, whatever becomes of the variable.
                            peek!(1) = iterable.counted();
                        }
                    }
                    FOR_ITER => {
                        let iterator = peek!(1).object();
                        let next = if let Some(range) = iterator.exact::<pyrox_objects::range::RangeIterator>() {
                            range.advance().map(|number| Int::from(number).upcast())
                        } else if let Some(list) = iterator.exact::<pyrox_objects::iterators::ListIterator>() {
                            list.advance()
                        } else if let Some(tuple) = iterator.exact::<pyrox_objects::iterators::TupleIterator>() {
                            tuple.advance()
                        } else if let Some(generator) = iterator.exact::<Generator>().filter(|g| g.can_be_entered()) {
                            attempt!(self.enter_recursion());
                            (*frame).raw().stackpointer.set(sp as *mut usize);
                            // On its return the generator's value goes to END_FOR, which drops it.
                            (*frame).raw().return_offset.set((ITER_UNITS + arg) as u16);
                            enter!(generator.enter(thread, Ref::borrowed(pyrox_objects::none_ref().as_ptr())));
                            continue;
                        } else {
                            attempt!(iterator.next(thread))
                        };
                        ip = here.add(ITER_UNITS);
                        match next {
                            Some(value) => push_obj!(value),
                            // Over the END_FOR: the iterator stays for POP_ITER.
                            None => ip = ip.add(arg + 1),
                        }
                    }
                    SEND => {
                        let receiver = peek!(2).object();
                        let Some(generator) = Generator::of_plain(receiver).filter(|g| g.can_be_entered()) else { cold!() };
                        if generator.is_fresh() && !peek!(1).object().is_none() {
                            cold!();
                        }
                        attempt!(self.enter_recursion());
                        let value = pop!().counted();
                        (*frame).raw().stackpointer.set(sp as *mut usize);
                        // Its return value goes to END_SEND.
                        (*frame).raw().return_offset.set((ITER_UNITS + arg) as u16);
                        enter!(generator.enter(thread, value));
                    }
                    YIELD_VALUE => {
                        if frame == self.entry {
                            cold!();
                        }
                        let value = pop!().counted();
                        (*frame).raw().stackpointer.set(sp as *mut usize);
                        (*frame).raw().instr_ptr.set(ip);
                        let caller = (*frame).previous();
                        Generator::of_frame(frame).leave(thread, arg == 1);
                        thread.state.py_recursion_remaining.set(thread.state.py_recursion_remaining.get() + 1);
                        go_back!(caller, ITER_UNITS);
                        push!(value);
                    }
                    RETURN_VALUE => {
                        let value = pop!().take();
                        (*frame).raw().stackpointer.set(sp as *mut usize);
                        let owner = (*frame).raw().owner.get() as i8;
                        if frame == self.entry || owner != OWNED_BY_THREAD && owner != OWNED_BY_GENERATOR {
                            self.sp = sp;
                            if self.leave_frame() {
                                return Ok(Some(value));
                            }
                            self.resume_after_call();
                            reload!();
                            push_obj!(value);
                            continue;
                        }
                        let caller = (*frame).previous();
                        thread.state.py_recursion_remaining.set(thread.state.py_recursion_remaining.get() + 1);
                        thread.state.current_frame.set(caller as *mut _);
                        if owner == OWNED_BY_GENERATOR {
                            let generator = Generator::of_frame(frame);
                            generator.unlink_handled(thread);
                            Frame::clear(frame);
                            generator.finish();
                            go_back!(caller, (*caller).raw().return_offset.get() as usize);
                            push_obj!(value);
                            continue;
                        }
                        let of_init = (*frame).raw().visited.get() as u8 == INIT_FRAME;
                        Frame::clear(frame);
                        frame::pop_words(thread, frame);
                        go_back!(caller, (*caller).raw().return_offset.get() as usize);
                        if !of_init {
                            push_obj!(value);
                        } else if !value.is_none() {
                            let message = format!("__init__() should return None, not '{}'", value.ty().full_name());
                            drop(value);
                            thread.type_error(&message);
                            fail!();
                        }
                    }
                    BUILD_TUPLE => {
                        sp = sp.sub(arg);
                        for at in 0..arg {
                            *sp.add(at) = (*sp.add(at)).counted();
                        }
                        let tuple = attempt!(Tuple::from_stolen(thread, sp as *const Raw, arg));
                        push_obj!(tuple.upcast());
                    }
                    LIST_APPEND => {
                        let value = pop!().take();
                        attempt!(peek!(arg).object().cast_unchecked::<List>().append(thread, value));
                    }
                    UNPACK_SEQUENCE => {
                        let sequence = peek!(1);
                        match sequence.object().exact::<Tuple>() {
                            Some(tuple) if tuple.len() == arg => {
                                sp = sp.sub(1);
                                for at in (0..arg).rev() {
                                    push_obj!(tuple.get(at).own());
                                }
                                sequence.close();
                                ip = here.add(2);
                            }
                            _ => cold!(),
                        }
                    }
                    CALL => {
                        let (callable, first) = (peek!(arg + 2), peek!(arg + 1));
                        let object = callable.object();
                        let total = arg + !first.is_null() as usize;
                        if let Some(function) = object.exact::<Function>() {
                            if !takes_plainly(function, total) {
                                cold!();
                            }
                            let Some(memory) = self.reserve(function) else { cold!() };
                            let callee = begin(memory, function, callable.take());
                            let arguments = sp.sub(total);
                            let parameters = (*callee).locals();
                            for at in 0..total {
                                *parameters.add(at) = (*arguments.add(at)).counted();
                            }
                            super::calls::fill_defaults(function, parameters, total);
                            sp = sp.sub(arg + 2);
                            (*frame).raw().stackpointer.set(sp as *mut usize);
                            (*frame).raw().return_offset.set(CALL_UNITS);
                            enter!(callee);
                            continue;
                        }
                        if first.is_null() {
                            if let Some(method) = object.exact::<Method>() {
                                // Called as its function, with the object in front.
                                peek!(arg + 2) = Ref::new(method.function().own());
                                peek!(arg + 1) = Ref::new(method.object().own());
                                callable.close();
                                ip = here;
                                continue;
                            }
                            if !TRACED && object.type_ptr() == Type::TYPE {
                                let class = object.cast_unchecked::<Type>();
                                if let Some(init) = super::calls::plain_init(class, arg + 1) {
                                    let held = init.own();
                                    let function: &Function = (*held).cast_unchecked();
                                    // Room first: an instance that is given up again would run its `__del__`.
                                    let Some(memory) = self.reserve(function) else { cold!() };
                                    let instance = match class.allocate(thread, 0) {
                                        Ok(instance) => instance,
                                        Err(Raised) => {
                                            thread.state.py_recursion_remaining.set(thread.state.py_recursion_remaining.get() + 1);
                                            frame::pop_words(thread, memory as *mut Frame);
                                            fail!();
                                        }
                                    };
                                    let callee = begin(memory, function, held.clone());
                                    let arguments = sp.sub(arg);
                                    let parameters = (*callee).locals();
                                    *parameters = Ref::new(instance.clone());
                                    for at in 0..arg {
                                        *parameters.add(at + 1) = (*arguments.add(at)).counted();
                                    }
                                    super::calls::fill_defaults(function, parameters, arg + 1);
                                    (*callee).raw().visited.set(INIT_FRAME as _);
                                    // The instance waits where the class was.
                                    sp = sp.sub(arg + 1);
                                    peek!(1) = Ref::new(instance);
                                    callable.close();
                                    (*frame).raw().stackpointer.set(sp as *mut usize);
                                    (*frame).raw().return_offset.set(CALL_UNITS);
                                    enter!(callee);
                                    continue;
                                }
                            }
                        }
                        if total > 6 {
                            cold!();
                        }
                        let mut plain: [Raw; 7] = [std::ptr::null_mut(); 7];
                        let arguments = sp.sub(total);
                        for at in 0..total {
                            plain[at + 1] = (*arguments.add(at)).ptr();
                        }
                        let result = object.vectorcall(thread, plain.as_ptr().add(1), total | ARGUMENTS_OFFSET, std::ptr::null_mut());
                        let value = attempt!(result);
                        for _ in 0..total {
                            pop!().close();
                        }
                        sp = if first.is_null() { sp.sub(1) } else { sp };
                        peek!(1) = Ref::new(value);
                        callable.close();
                        ip = here.add(CALL_UNITS as usize);
                        look_for_tracing!();
                    }
                    _ => cold!(),
                }
            }
        }
    }

    /// Room for a frame of `function`, counted against the recursion limit; `None` if there is none, which the
    /// slow path says in words.
    #[inline(always)]
    unsafe fn reserve(&self, function: &Function) -> Option<*mut usize> {
        let thread = self.thread;
        let left = thread.state.py_recursion_remaining.get() - 1;
        if left < 0 {
            return None;
        }
        // SAFETY: a function's code.
        let code = unsafe { &*(function.code() as *const Object as *const Code) };
        let memory = frame::push_words(thread, code.frame_size())?;
        thread.state.py_recursion_remaining.set(left);
        Some(memory)
    }
}

/// A frame of `function`, held by `held`, in reserved memory.
#[inline(always)]
unsafe fn begin(memory: *mut usize, function: &Function, held: Obj) -> *mut Frame {
    // SAFETY: by the caller; a function's code.
    unsafe { Frame::initialize(memory, held, &*(function.code() as *const Object as *const Code), None) }
}
