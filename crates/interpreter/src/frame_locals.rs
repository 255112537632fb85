//! `FrameLocalsProxy`: a frame's local variables as a mapping that writes through (PEP 667).

use pyrox_compiler::code::local_kind;
use pyrox_macros::pyclass;
use pyrox_objects::native::{Keywords, Rest};
use pyrox_objects::object::{Head, ObjCell};
use pyrox_objects::{Cell, CompareOp, Dict, List, Obj, Object, Owned, PyResult, PyType, Str, Thread, Tuple, Type, abi, repr_guard};

use crate::frame::FrameObject;
use crate::stackref::Ref;

/// The locals of a function's frame. What is no variable of the function is kept in the frame object.
#[repr(C)]
pub struct FrameLocalsProxy {
    head: Head,
    frame: ObjCell,
}

/// A variable of a frame, by its number.
struct Variable<'a> {
    frame: &'a FrameObject,
    at: usize,
}

impl Variable<'_> {
    fn get(&self) -> Option<Obj> {
        self.frame.frame().local_value(self.at)
    }

    fn set(&self, thread: &Thread, value: &Object) -> PyResult<()> {
        let frame = self.frame.frame();
        let kind = frame.code().local_kinds().get(self.at).copied().unwrap_or(0);
        // SAFETY: within the locals.
        let place = unsafe { &mut *frame.locals().add(self.at) };
        if kind & (local_kind::CELL | local_kind::FREE) != 0 && !place.is_null() {
            // SAFETY: a live local; a cell variable is a plain value until the function has begun.
            if let Some(cell) = unsafe { place.object() }.exact::<Cell>() {
                cell.set(Some(value.own()));
                return Ok(());
            }
        }
        let old = std::mem::replace(place, Ref::new(value.own()));
        if !old.is_null() {
            // The function's evaluation stack may have borrowed it.
            // SAFETY: taken out of the frame, which owned it if it was counted.
            self.frame.keep_overwritten(thread, unsafe { old.take() })?;
        }
        Ok(())
    }
}

impl FrameLocalsProxy {
    /// The locals of `frame`.
    pub fn new(thread: &Thread, frame: &FrameObject) -> PyResult<Owned<FrameLocalsProxy>> {
        Self::ty().instantiate(thread, FrameLocalsProxy { head: Head::unset(), frame: ObjCell::new(Some(frame.own())) })
    }

    fn frame(&self, thread: &Thread) -> PyResult<Owned<FrameObject>> {
        match self.frame.get().and_then(|frame| frame.downcast().ok()) {
            Some(frame) => Ok(frame),
            None => Err(thread.runtime_error("the frame of these locals is gone")),
        }
    }

    /// The number of the variable called `key`; for reading, one that has a value.
    fn find(&self, thread: &Thread, frame: &FrameObject, key: &Object, read: bool) -> PyResult<Option<usize>> {
        let code = frame.frame().code();
        let hidden = |at: usize| code.local_kinds().get(at).is_some_and(|kind| kind & local_kind::HIDDEN != 0);
        let fits = |at: usize| if read { frame.frame().local_value(at).is_some() } else { !hidden(at) };
        let names = code.local_names().to_vec();
        if let Some(at) = names.iter().enumerate().position(|(at, name)| name.is(key) && fits(at)) {
            return Ok(Some(at));
        }
        // Anything may equal a name.
        let hash = key.hash(thread)?;
        for (at, name) in names.iter().enumerate() {
            if !name.is(key) && name.hash(thread)? == hash && name.eq(thread, key)? && fits(at) {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    fn lookup(&self, thread: &Thread, key: &Object) -> PyResult<Option<Obj>> {
        let frame = self.frame(thread)?;
        if let Some(at) = self.find(thread, &frame, key, true)? {
            return Ok(Variable { frame: &frame, at }.get());
        }
        match frame.extra_locals() {
            Some(extra) => extra.get(thread, key),
            None => Ok(None),
        }
    }

    fn assign(&self, thread: &Thread, key: &Object, value: &Object) -> PyResult<()> {
        let frame = self.frame(thread)?;
        if let Some(at) = self.find(thread, &frame, key, false)? {
            return Variable { frame: &frame, at }.set(thread, value);
        }
        frame.make_extra_locals(thread)?.set(thread, key, value)
    }

    /// Take `key` out, which must not be a variable of the function.
    fn remove(&self, thread: &Thread, key: &Object) -> PyResult<Option<Obj>> {
        let frame = self.frame(thread)?;
        if self.find(thread, &frame, key, false)?.is_some() {
            return Err(thread.value_error("cannot remove local variables from FrameLocalsProxy"));
        }
        match frame.extra_locals() {
            Some(extra) => extra.pop(thread, key),
            None => Ok(None),
        }
    }

    fn pairs(&self, thread: &Thread) -> PyResult<Vec<(Obj, Obj)>> {
        let frame = self.frame(thread)?;
        let names = frame.frame().code().local_names().to_vec();
        let variables = names.into_iter().enumerate();
        let mut pairs: Vec<(Obj, Obj)> = variables.filter_map(|(at, name)| Some((name, frame.frame().local_value(at)?))).collect();
        if let Some(extra) = frame.extra_locals() {
            pairs.extend(extra.items_vec());
        }
        Ok(pairs)
    }

    /// A dict of what is there now.
    pub fn snapshot(&self, thread: &Thread) -> PyResult<Owned<Dict>> {
        let dict = Dict::new(thread)?;
        for (key, value) in self.pairs(thread)? {
            dict.set(thread, &key, &value)?;
        }
        Ok(dict)
    }

    fn merge(&self, thread: &Thread, other: &Object) -> PyResult<()> {
        let pairs = match as_dict(thread, other)? {
            Some(dict) => dict.items_vec(),
            None => Vec::new(),
        };
        pairs.iter().try_for_each(|(key, value)| self.assign(thread, key, value))
    }
}

/// A dict, or the snapshot of locals.
fn as_dict(thread: &Thread, object: &Object) -> PyResult<Option<Owned<Dict>>> {
    match object.cast::<FrameLocalsProxy>() {
        Some(proxy) => proxy.snapshot(thread).map(Some),
        None => Ok(object.cast::<Dict>().map(Dict::own_dict)),
    }
}

/// Create a write-through view of the locals dictionary for a frame.
#[pyclass(name = "FrameLocalsProxy", symbol = "PyFrameLocalsProxy_Type", traverse = [frame], dealloc = drop, flags = abi::Py_TPFLAGS_MAPPING)]
impl FrameLocalsProxy {
    #[slot]
    fn tp_new(_cls: &Type, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        if args.len() != 1 {
            return Err(thread.type_error(&format!("FrameLocalsProxy expected 1 argument, got {}", args.len())));
        }
        let frame = args.get(0);
        let Some(frame) = frame.cast::<FrameObject>() else {
            return Err(thread.type_error(&format!("expect frame, not {}", frame.ty().full_name())));
        };
        if kwargs.is_some_and(|kwargs| kwargs.len() > 0) {
            return Err(thread.type_error("FrameLocalsProxy takes no keyword arguments"));
        }
        Ok(FrameLocalsProxy::new(thread, frame)?.upcast())
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Obj> {
        let Some(_guard) = repr_guard::enter(self) else { return Ok(Str::from_str(thread, "{...}")?.upcast()) };
        Ok(self.snapshot(thread)?.repr(thread)?.upcast())
    }
    #[slot]
    fn tp_richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        let equal = match op {
            CompareOp::Eq | CompareOp::Ne => match other.cast::<FrameLocalsProxy>() {
                Some(other) => self.frame(thread)?.is(&*other.frame(thread)?),
                None if other.is_instance::<Dict>() => self.snapshot(thread)?.eq(thread, other)?,
                None => return Ok(pyrox_objects::not_implemented()),
            },
            _ => return Ok(pyrox_objects::not_implemented()),
        };
        Ok(pyrox_objects::bool_obj(equal == (op == CompareOp::Eq)))
    }
    #[slot]
    fn tp_iter(&self, thread: &Thread) -> PyResult<Obj> {
        self.keys(thread)?.iter(thread)
    }
    #[slot]
    fn mp_length(&self, thread: &Thread) -> PyResult<usize> {
        Ok(self.pairs(thread)?.len())
    }
    #[slot]
    fn mp_subscript(&self, thread: &Thread, key: &Object) -> PyResult<Obj> {
        match self.lookup(thread, key)? {
            Some(value) => Ok(value),
            None => {
                let message = Str::from_str(thread, &format!("local variable '{}' is not defined", key.repr(thread)?))?;
                Err(thread.key_error(&message))
            }
        }
    }
    #[slot]
    fn mp_ass_subscript(&self, thread: &Thread, key: &Object, value: Option<&Object>) -> PyResult<()> {
        match value {
            Some(value) => self.assign(thread, key, value),
            None if self.remove(thread, key)?.is_some() => Ok(()),
            None => Err(thread.key_error(key)),
        }
    }
    #[slot]
    fn sq_contains(&self, thread: &Thread, key: &Object) -> PyResult<bool> {
        Ok(self.lookup(thread, key)?.is_some())
    }
    #[slot]
    fn nb_or(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        let (Some(left), Some(right)) = (as_dict(thread, a)?, as_dict(thread, b)?) else { return Ok(pyrox_objects::not_implemented()) };
        let both = left.copy(thread)?;
        both.update(thread, &right)?;
        Ok(both.upcast())
    }
    #[slot]
    fn nb_inplace_or(&self, thread: &Thread, other: &Object) -> PyResult<Obj> {
        if !other.is_instance::<Dict>() && !other.is_instance::<FrameLocalsProxy>() {
            return Ok(pyrox_objects::not_implemented());
        }
        self.merge(thread, other)?;
        Ok(self.own())
    }
    /// Return the value for key if key is in the mapping, else default.
    #[method(sig = "(*args)", text = "")]
    fn get(&self, thread: &Thread, arguments: Rest<'_>) -> PyResult<Obj> {
        let (key, default) = key_and_default(thread, "get", arguments)?;
        Ok(self.lookup(thread, &key)?.or(default).unwrap_or_else(pyrox_objects::none))
    }
    /// The names, as a list.
    #[method]
    fn keys(&self, thread: &Thread) -> PyResult<Owned<List>> {
        let keys = self.pairs(thread)?.into_iter().map(|(key, _)| key).collect();
        List::from_vec(thread, keys)
    }
    /// The values, as a list.
    #[method]
    fn values(&self, thread: &Thread) -> PyResult<Owned<List>> {
        let values = self.pairs(thread)?.into_iter().map(|(_, value)| value).collect();
        List::from_vec(thread, values)
    }
    /// Names and values, as a list of pairs.
    #[method]
    fn items(&self, thread: &Thread) -> PyResult<Owned<List>> {
        let pairs = self.pairs(thread)?.into_iter().map(|(key, value)| Ok(Tuple::from_vec(thread, vec![key, value])?.upcast()));
        List::from_vec(thread, pairs.collect::<PyResult<Vec<Obj>>>()?)
    }
    /// A dict of what is there now.
    #[method]
    fn copy(&self, thread: &Thread) -> PyResult<Owned<Dict>> {
        self.snapshot(thread)
    }
    /// Set what a dict, or other locals, hold.
    #[method(sig = "(*args, **kwargs)", text = "")]
    fn update(&self, thread: &Thread, arguments: Rest<'_>, keywords: Keywords<'_>) -> PyResult<()> {
        if !keywords.is_empty() {
            return Err(thread.type_error("FrameLocalsProxy.update() takes no keyword arguments"));
        }
        let Some(other) = arguments.get(0).filter(|_| arguments.len() == 1) else {
            let given = arguments.len();
            return Err(thread.type_error(&format!("FrameLocalsProxy.update() takes exactly one argument ({given} given)")));
        };
        if !other.is_instance::<Dict>() && !other.is_instance::<FrameLocalsProxy>() {
            return Err(thread.type_error("update() argument must be dict or another FrameLocalsProxy"));
        }
        self.merge(thread, other)
    }
    /// Return the value for key; set it to default first if it has none.
    #[method(sig = "(*args)", text = "")]
    fn setdefault(&self, thread: &Thread, arguments: Rest<'_>) -> PyResult<Obj> {
        let (key, default) = key_and_default(thread, "setdefault", arguments)?;
        if let Some(found) = self.lookup(thread, &key)? {
            return Ok(found);
        }
        let default = default.unwrap_or_else(pyrox_objects::none);
        self.assign(thread, &key, &default)?;
        Ok(default)
    }
    /// Take out what is no variable of the function.
    #[method(sig = "(*args)", text = "")]
    fn pop(&self, thread: &Thread, arguments: Rest<'_>) -> PyResult<Obj> {
        let (key, default) = key_and_default(thread, "pop", arguments)?;
        match self.remove(thread, &key)?.or(default) {
            Some(value) => Ok(value),
            None => Err(thread.key_error(&key)),
        }
    }
    #[method]
    fn __reversed__(&self, thread: &Thread) -> PyResult<Owned<List>> {
        let keys = self.pairs(thread)?.into_iter().rev().map(|(key, _)| key).collect();
        List::from_vec(thread, keys)
    }
}

fn key_and_default(thread: &Thread, name: &str, arguments: Rest<'_>) -> PyResult<(Obj, Option<Obj>)> {
    match (arguments.get(0), arguments.len()) {
        (Some(key), 1 | 2) => Ok((key.own(), arguments.get(1).map(Object::own))),
        _ => Err(thread.type_error(&format!("{name} expected 1 or 2 arguments"))),
    }
}
