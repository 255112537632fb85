//! `ContextVar` and `Token`.

use std::cell::Cell;
use std::mem::offset_of;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyrox_macros::pyclass;
use pyrox_objects::abi;
use pyrox_objects::native::{NO_MEMBER, Rest, object_member};
use pyrox_objects::{Head, Obj, ObjCell, Object, Own, Owned, PyResult, PyType, Str, Thread, Type, exceptions};

use super::Context;

/// The type of `Token.MISSING`.
#[repr(C)]
pub struct Missing {
    head: Head,
}

#[pyclass(name = "Token.MISSING", module = "_contextvars")]
impl Missing {
    #[slot]
    fn tp_repr(&self) -> &'static str {
        "<Token.MISSING>"
    }
}

/// `Token.MISSING`; it lives for ever.
pub fn missing(thread: &Thread) -> PyResult<&'static Object> {
    static MISSING: AtomicPtr<abi::PyObject> = AtomicPtr::new(std::ptr::null_mut());
    if MISSING.load(Ordering::Acquire).is_null() {
        MISSING.store(Missing::ty().instantiate(thread, Missing { head: Head::unset() })?.into_raw(), Ordering::Release);
    }
    // SAFETY: the reference that made it is never given back.
    Ok(unsafe { Object::from_ptr(MISSING.load(Ordering::Acquire)) })
}

/// A variable.
#[repr(C)]
pub struct ContextVar {
    head: Head,
    name: ObjCell,
    default: ObjCell,
}

#[pyclass(name = "ContextVar", module = "_contextvars", symbol = "PyContextVar_Type", traverse = [name, default], dealloc = drop,
    members = &[object_member(c"name", offset_of!(ContextVar, name), true), NO_MEMBER])]
impl ContextVar {
    #[new(sig = "(name, /, *, default=<unrepresentable>)", text = "")]
    fn create(cls: &Type, thread: &Thread, name: &Object, default: Option<&Object>) -> PyResult<Obj> {
        if !name.is_instance::<Str>() {
            return Err(thread.type_error("context variable name must be a str"));
        }
        let made =
            ContextVar { head: Head::unset(), name: ObjCell::new(Some(name.own())), default: ObjCell::new(default.map(Object::own)) };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<String> {
        let address = self.as_ptr() as usize;
        let name = self.name.get().unwrap_or_else(pyrox_objects::none).repr(thread)?;
        Ok(match self.default.get() {
            Some(default) => format!("<ContextVar name={name} default={} at {address:#x}>", default.repr(thread)?),
            None => format!("<ContextVar name={name} at {address:#x}>"),
        })
    }
    /// Return a value for the context variable for the current context.
    ///
    /// If there is no value for the variable in the current context, the method will:
    ///  * return the value of the default argument of the method, if provided; or
    ///  * return the default value for the context variable, if it was created
    ///    with one; or
    ///  * raise a LookupError.
    #[method(sig = "(default=<unrepresentable>, /)")]
    fn get(&self, thread: &Thread, default: Option<&Object>) -> PyResult<Obj> {
        if !thread.state.context.get().is_null() {
            if let Some(value) = Context::current(thread)?.value(self) {
                return Ok(value);
            }
        }
        match default.map(Object::own).or_else(|| self.default.get()) {
            Some(value) => Ok(value),
            None => Err(thread.error_with(exceptions::lookup_error(), self)),
        }
    }
    /// Call to set a new value for the context variable in the current context.
    ///
    /// The required *value* argument is the new value for the context variable.
    ///
    /// Returns a Token object that can be used to restore the variable to its previous
    /// value via the `ContextVar.reset()` method.
    #[method(sig = "(value, /)")]
    fn set(&self, thread: &Thread, value: &Object) -> PyResult<Owned<Token>> {
        let context = Context::current(thread)?;
        let token = Token {
            head: Head::unset(),
            context: ObjCell::new(Some(context.clone().upcast())),
            variable: ObjCell::new(Some(self.own_typed().upcast())),
            old: ObjCell::new(context.value(self)),
            used: Cell::new(false),
        };
        let token = Token::ty().instantiate(thread, token)?;
        context.put(thread, self, Some(value))?;
        Ok(token)
    }
    /// Reset the context variable.
    ///
    /// The variable is reset to the value it had before the `ContextVar.set()` that
    /// created the token was used.
    #[method(sig = "(token, /)")]
    fn reset(&self, thread: &Thread, token: &Object) -> PyResult<()> {
        match token.cast::<Token>() {
            Some(token) => token.restore(thread, self),
            None => Err(thread.type_error(&format!("expected an instance of Token, got {}", token.repr(thread)?))),
        }
    }
    /// See PEP 585
    #[classmethod(sig = "(object, /)")]
    fn __class_getitem__(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
        pyrox_objects::generic_alias::new(thread, cls, object)
    }
}

/// What a variable was before it was set.
#[repr(C)]
pub struct Token {
    head: Head,
    context: ObjCell,
    variable: ObjCell,
    old: ObjCell,
    used: Cell<bool>,
}

impl Token {
    fn restore(&self, thread: &Thread, variable: &ContextVar) -> PyResult<()> {
        let shown = || (**self).repr(thread);
        if self.used.get() {
            return Err(thread.runtime_error(&format!("{} has already been used once", shown()?)));
        }
        if !self.variable.peek().is_some_and(|own| own.is(variable)) {
            return Err(thread.value_error(&format!("{} was created by a different ContextVar", shown()?)));
        }
        let context = Context::current(thread)?;
        if !self.context.peek().is_some_and(|own| own.is(&context)) {
            return Err(thread.value_error(&format!("{} was created in a different Context", shown()?)));
        }
        self.used.set(true);
        context.put(thread, variable, self.old.get().as_deref())
    }
}

#[pyclass(name = "Token", module = "_contextvars", symbol = "PyContextToken_Type", traverse = [context, variable, old], dealloc = drop)]
impl Token {
    #[slot]
    fn tp_new(_cls: &Type, thread: &Thread, _args: &pyrox_objects::Tuple, _kwargs: Option<&pyrox_objects::Dict>) -> PyResult<Obj> {
        Err(thread.runtime_error("Tokens can only be created by ContextVars"))
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<String> {
        let used = if self.used.get() { " used" } else { "" };
        let variable = self.variable.get().unwrap_or_else(pyrox_objects::none).repr(thread)?;
        Ok(format!("<Token{used} var={variable} at {:#x}>", self.as_ptr() as usize))
    }
    #[getter]
    fn var(&self) -> Option<Obj> {
        self.variable.get()
    }
    #[getter]
    fn old_value(&self, thread: &Thread) -> PyResult<Obj> {
        match self.old.get() {
            Some(old) => Ok(old),
            None => Ok(missing(thread)?.own()),
        }
    }
    /// Enter into Token context manager.
    #[method]
    fn __enter__(&self) -> Owned<Token> {
        self.own_typed()
    }
    /// Exit from Token context manager, restore the linked ContextVar.
    #[method(sig = "(*args)", text = "($self, type, val, tb, /)")]
    fn __exit__(&self, thread: &Thread, args: Rest<'_>) -> PyResult<()> {
        if args.len() != 3 {
            return Err(thread.type_error(&format!("__exit__ expected 3 arguments, got {}", args.len())));
        }
        let variable = self.variable.get().and_then(|v| v.downcast::<ContextVar>().ok());
        match variable {
            Some(variable) => self.restore(thread, &variable),
            None => Ok(()),
        }
    }
    /// See PEP 585
    #[classmethod(sig = "(object, /)")]
    fn __class_getitem__(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
        pyrox_objects::generic_alias::new(thread, cls, object)
    }
}
