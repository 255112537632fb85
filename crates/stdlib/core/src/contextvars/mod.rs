//! `_contextvars`: variables whose values belong to a context.
//!
//! A thread's current context is in `PyThreadState.context`, which owns its reference.

mod trie;
mod variable;

use std::cell::Cell;
use std::mem::offset_of;

use pyrox_macros::{pyclass, pyfunction, pymodule};
use pyrox_objects::native::Raw;
use pyrox_objects::{CompareOp, Dict, Head, Module, Obj, ObjCell, Object, Own, Owned, PyResult, PyType, Thread, Tuple, Type, type_object};

use variable::{ContextVar, Token};

pymodule!(name = "_contextvars", doc = "Context Variables", functions = [copy_context], exec = exec);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    for ty in trie::types() {
        type_object::ready(thread, ty)?;
    }
    type_object::ready(thread, variable::Missing::ty())?;
    module.add_type::<Context>(thread)?;
    module.add_type::<ContextVar>(thread)?;
    module.add_type::<Token>(thread)?;
    Token::ty().dict().set_text(thread, "MISSING", variable::missing(thread)?)?;
    Token::ty().modified();
    Ok(())
}

/// Return a copy of the current Context object.
#[pyfunction]
pub fn copy_context(thread: &Thread) -> PyResult<Owned<Context>> {
    Context::current(thread)?.duplicate(thread)
}

/// The values of context variables. Layout: `PyContext`, through which extensions enter and leave it.
#[repr(C)]
pub struct Context {
    head: Head,
    /// The context to go back to, while this one is entered.
    previous: ObjCell,
    /// The trie of the values; nothing when it is empty.
    values: ObjCell,
    weakrefs: Cell<Raw>,
    entered: Cell<bool>,
}

impl Context {
    fn blank(values: Option<Obj>) -> Context {
        Context {
            head: Head::unset(),
            values: ObjCell::new(values),
            previous: ObjCell::empty(),
            entered: Cell::new(false),
            weakrefs: Cell::new(std::ptr::null_mut()),
        }
    }

    /// The thread's context, made if it has none yet.
    pub fn current(thread: &Thread) -> PyResult<Owned<Context>> {
        let held = thread.state.context.get();
        if held.is_null() {
            let made = Context::ty().instantiate(thread, Context::blank(None))?;
            thread.state.context.set(made.clone().into_raw());
            return Ok(made);
        }
        // SAFETY: the field owns a reference to its context.
        let held = unsafe { Object::from_ptr(held) };
        held.cast::<Context>().map(Own::own_typed).ok_or_else(|| thread.runtime_error("the thread's context is no Context"))
    }

    fn duplicate(&self, thread: &Thread) -> PyResult<Owned<Context>> {
        Context::ty().instantiate(thread, Context::blank(self.values.get()))
    }

    pub fn value(&self, variable: &Object) -> Option<Obj> {
        trie::get(self.values.peek(), variable)
    }

    /// Set a variable, or take it out.
    pub fn put(&self, thread: &Thread, variable: &Object, value: Option<&Object>) -> PyResult<()> {
        let old = self.values.get();
        let new = match (value, old.as_deref()) {
            (Some(value), old) => Some(trie::with(thread, old, variable, value)?),
            (None, Some(old)) => trie::without(thread, old, variable)?,
            (None, None) => None,
        };
        self.values.set(new);
        Ok(())
    }

    fn enter(&self, thread: &Thread) -> PyResult<()> {
        if self.entered.get() {
            let shown = (**self).repr(thread)?;
            return Err(thread.runtime_error(&format!("cannot enter context: {shown} is already entered")));
        }
        // SAFETY: the field owns its reference, which moves to `previous`.
        let previous = unsafe { Obj::from_raw_or_null(thread.state.context.replace(self.own_typed().into_raw())) };
        self.previous.set(previous);
        self.entered.set(true);
        thread.state.context_ver.set(thread.state.context_ver.get().wrapping_add(1));
        Ok(())
    }

    fn leave(&self, thread: &Thread) {
        let previous = self.previous.take().map_or(std::ptr::null_mut(), Obj::into_raw);
        self.entered.set(false);
        thread.state.context_ver.set(thread.state.context_ver.get().wrapping_add(1));
        // SAFETY: the field owned this context.
        drop(unsafe { Obj::from_raw_or_null(thread.state.context.replace(previous)) });
    }

    fn entries(&self) -> Vec<(Obj, Obj)> {
        trie::entries(self.values.get())
    }
}

fn variable_of<'a>(thread: &Thread, key: &'a Object) -> PyResult<&'a ContextVar> {
    match key.cast::<ContextVar>() {
        Some(variable) => Ok(variable),
        None => Err(thread.type_error(&format!("a ContextVar key was expected, got {}", key.repr(thread)?))),
    }
}

fn iterator(thread: &Thread, items: Vec<Obj>) -> PyResult<Obj> {
    Tuple::from_vec(thread, items)?.iter(thread)
}

#[pyclass(name = "Context", module = "_contextvars", symbol = "PyContext_Type", traverse = [values, previous], dealloc = drop,
    weaklistoffset = offset_of!(Context, weakrefs) as isize)]
impl Context {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        if args.len() > 0 || kwargs.is_some_and(|k| k.len() > 0) {
            return Err(thread.type_error("Context() does not accept any arguments"));
        }
        Ok(cls.instantiate(thread, Context::blank(None))?.upcast())
    }
    #[slot]
    fn tp_iter(&self, thread: &Thread) -> PyResult<Obj> {
        self.keys(thread)
    }
    #[slot]
    fn tp_richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        let Some(other) = other.cast::<Context>().filter(|_| matches!(op, CompareOp::Eq | CompareOp::Ne)) else {
            return Ok(pyrox_objects::not_implemented());
        };
        let (left, right) = (self.entries(), other.entries());
        let mut equal = left.len() == right.len();
        for (variable, value) in left {
            if !equal {
                break;
            }
            equal = match other.value(&variable) {
                Some(theirs) => value.eq(thread, &theirs)?,
                None => false,
            };
        }
        Ok(pyrox_objects::bool_obj(equal == (op == CompareOp::Eq)))
    }
    #[slot]
    fn sq_contains(&self, thread: &Thread, key: &Object) -> PyResult<bool> {
        Ok(self.value(variable_of(thread, key)?).is_some())
    }
    #[slot]
    fn mp_length(&self) -> usize {
        self.entries().len()
    }
    #[slot]
    fn mp_subscript(&self, thread: &Thread, key: &Object) -> PyResult<Obj> {
        self.value(variable_of(thread, key)?).ok_or_else(|| thread.key_error(key))
    }
    /// Return the value for `key` if `key` has the value in the context object.
    ///
    /// If `key` does not exist, return `default`. If `default` is not given,
    /// return None.
    #[method(sig = "(key, default=None, /)")]
    fn get(&self, thread: &Thread, key: &Object, default: Option<&Object>) -> PyResult<Obj> {
        let found = self.value(variable_of(thread, key)?);
        Ok(found.unwrap_or_else(|| default.unwrap_or(pyrox_objects::none_ref()).own()))
    }
    /// Return all variables and their values in the context object.
    ///
    /// The result is returned as a list of 2-tuples (variable, value).
    #[method]
    fn items(&self, thread: &Thread) -> PyResult<Obj> {
        let mut pairs = Vec::new();
        for (variable, value) in self.entries() {
            pairs.push(Tuple::from_vec(thread, vec![variable, value])?.upcast());
        }
        iterator(thread, pairs)
    }
    /// Return a list of all variables in the context object.
    #[method]
    fn keys(&self, thread: &Thread) -> PyResult<Obj> {
        iterator(thread, self.entries().into_iter().map(|(variable, _)| variable).collect())
    }
    /// Return a list of all variables' values in the context object.
    #[method]
    fn values(&self, thread: &Thread) -> PyResult<Obj> {
        iterator(thread, self.entries().into_iter().map(|(_, value)| value).collect())
    }
    /// Return a shallow copy of the context object.
    #[method]
    fn copy(&self, thread: &Thread) -> PyResult<Owned<Context>> {
        self.duplicate(thread)
    }
    #[method(sig = "(*args, **kwargs)", text = "")]
    fn run(&self, thread: &Thread, args: pyrox_objects::native::Rest<'_>, kwargs: pyrox_objects::native::Keywords<'_>) -> PyResult<Obj> {
        let Some(callable) = args.get(0) else { return Err(thread.type_error("run() missing 1 required positional argument")) };
        self.enter(thread)?;
        let mut row = args.as_raw()[1..].to_vec();
        let positional = row.len();
        let mut names = Vec::new();
        for (name, value) in kwargs.iter() {
            names.push((**name).own());
            row.push(value.as_ptr());
        }
        let result = Tuple::from_vec(thread, names).and_then(|names| {
            let names = if names.len() == 0 { std::ptr::null_mut() } else { names.as_ptr() };
            // SAFETY: arguments of the running call and their names, which live for it.
            unsafe { callable.vectorcall(thread, row.as_ptr(), positional, names) }
        });
        self.leave(thread);
        result
    }
}
