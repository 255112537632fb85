//! Calls. Every call is a vectorcall: arguments are a slice of the caller's memory, keyword values
//! after the positional ones and their names in a tuple.

use pyrox_abi as abi;
use pyrox_abi::PyObject;

use crate::object::{Obj, Object, Owned};
use crate::{Dict, PyResult, Raised, Str, Thread, Tuple, Type};

type Raw = *mut PyObject;

/// Set in `nargsf` when the callee may use the place before the first argument.
pub const ARGUMENTS_OFFSET: usize = 1 << 63;

impl Object {
    pub fn is_callable(&self) -> bool {
        self.ty().raw().tp_call.get().is_some()
    }

    /// Call with positional arguments.
    #[inline]
    pub fn call(&self, thread: &Thread, arguments: &[&Object]) -> PyResult<Obj> {
        // SAFETY: a slice of borrows is a slice of valid pointers, alive for the call.
        unsafe { self.vectorcall(thread, arguments.as_ptr() as *const Raw, arguments.len(), std::ptr::null_mut()) }
    }

    /// Call with positional and keyword arguments.
    pub fn call_with_keywords(&self, thread: &Thread, arguments: &[&Object], keywords: &[(&str, &Object)]) -> PyResult<Obj> {
        let mut all: Vec<Raw> = arguments.iter().map(|o| o.as_ptr()).collect();
        let mut names = Vec::with_capacity(keywords.len());
        for (name, value) in keywords {
            names.push(Str::intern_str(thread, name)?.upcast());
            all.push(value.as_ptr());
        }
        let names = Tuple::from_vec(thread, names)?;
        // SAFETY: as above; the names are a tuple of strings.
        unsafe { self.vectorcall(thread, all.as_ptr(), arguments.len(), names.as_ptr()) }
    }

    /// Call with a tuple and a dict, as `f(*args, **kwargs)`.
    pub fn call_tuple(&self, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        match kwargs {
            Some(kwargs) if kwargs.len() > 0 => {
                let mut all: Vec<Obj> = args.to_vec();
                let mut names = Vec::with_capacity(kwargs.len());
                for (key, value) in kwargs.items_vec() {
                    if !key.is_instance::<Str>() {
                        return Err(thread.type_error("keywords must be strings"));
                    }
                    names.push(key);
                    all.push(value);
                }
                let names = Tuple::from_vec(thread, names)?;
                // SAFETY: `all` owns what the slice points to.
                unsafe { self.vectorcall(thread, all.as_ptr() as *const Raw, args.len(), names.as_ptr()) }
            }
            _ => {
                let items = args.raw_items();
                // SAFETY: the tuple lives for the call.
                unsafe { self.vectorcall(thread, items.as_ptr(), items.len(), std::ptr::null_mut()) }
            }
        }
    }

    /// Call with arguments in C's convention.
    ///
    /// # Safety
    /// `arguments` holds the positional arguments and a value for each of `kwnames` (a tuple of
    /// strings or null); with [`ARGUMENTS_OFFSET`] in `nargsf`, `arguments[-1]` may be overwritten.
    #[inline]
    pub unsafe fn vectorcall(&self, thread: &Thread, arguments: *const Raw, nargsf: usize, kwnames: Raw) -> PyResult<Obj> {
        // SAFETY: by contract.
        unsafe {
            match vectorcall_function(self.as_ptr()) {
                Some(function) => match Owned::from_raw_or_null(function(self.as_ptr(), arguments, nargsf, kwnames)) {
                    Some(result) => Ok(result),
                    None => Err(null_result(thread, self)),
                },
                None => make_call(thread, self, arguments, nargsf & !ARGUMENTS_OFFSET, kwnames),
            }
        }
    }

    /// Call the method `name`.
    pub fn call_method(&self, thread: &Thread, name: &Str, arguments: &[&Object]) -> PyResult<Obj> {
        match self.get_method(thread, name)? {
            (function, true) => {
                let mut all: Vec<&Object> = Vec::with_capacity(arguments.len() + 1);
                all.push(self);
                all.extend_from_slice(arguments);
                function.call(thread, &all)
            }
            (function, false) => function.call(thread, arguments),
        }
    }

    /// Call the special method `name`, looked up on the type; `None` if there is none.
    pub fn call_special(&self, thread: &Thread, name: &Str, arguments: &[&Object]) -> PyResult<Option<Obj>> {
        match self.special(thread, name)? {
            None => Ok(None),
            Some((function, true)) => {
                let mut all: Vec<&Object> = Vec::with_capacity(arguments.len() + 1);
                all.push(self);
                all.extend_from_slice(arguments);
                function.call(thread, &all).map(Some)
            }
            Some((function, false)) => function.call(thread, arguments).map(Some),
        }
    }
}

/// The vectorcall function of a callable, if it has one.
///
/// # Safety
/// `callable` is a valid object.
#[inline(always)]
pub unsafe fn vectorcall_function(callable: Raw) -> Option<unsafe extern "C-unwind" fn(Raw, *const Raw, usize, Raw) -> Raw> {
    // SAFETY: the flag promises that the offset is that of such a field.
    unsafe {
        let ty = (*callable).ob_type.get();
        if (*ty).tp_flags.get() & abi::Py_TPFLAGS_HAVE_VECTORCALL == 0 {
            return None;
        }
        let offset = (*ty).tp_vectorcall_offset.get();
        *((callable as *mut u8).offset(offset) as *const abi::vectorcallfunc)
    }
}

/// A C function's result: null means raised.
///
/// # Safety
/// `result` is a new reference or null.
#[inline(always)]
pub unsafe fn check(thread: &Thread, result: Raw) -> PyResult<Obj> {
    // SAFETY: by contract.
    match unsafe { Owned::from_raw_or_null(result) } {
        Some(object) => Ok(object),
        None => {
            if thread.state.current_exception.get().is_null() {
                thread.system_error("error return without exception set");
            }
            Err(Raised)
        }
    }
}

/// A call gave null, for which it must have raised.
#[cold]
fn null_result(thread: &Thread, callable: &Object) -> Raised {
    if thread.state.current_exception.get().is_null() {
        let shown = callable.repr(thread).map_or_else(|Raised| callable.ty().full_name().to_string(), |r| r.to_string_lossy().into_owned());
        thread.set_raised(None);
        thread.system_error(&format!("{shown} returned NULL without setting an exception"));
    }
    Raised
}

/// `tp_call` with the arguments packed, for types without vectorcall.
#[cold]
unsafe fn make_call(thread: &Thread, callable: &Object, arguments: *const Raw, nargs: usize, kwnames: Raw) -> PyResult<Obj> {
    // SAFETY: by contract of the caller.
    unsafe {
        let Some(function) = callable.ty().raw().tp_call.get() else {
            return Err(thread.type_error(&format!("'{}' object is not callable", callable.ty().full_name())));
        };
        let args = Tuple::from_raw_slice(
            thread,
            std::slice::from_raw_parts(if arguments.is_null() { std::ptr::NonNull::dangling().as_ptr() } else { arguments }, nargs),
        )?;
        let kwargs = if kwnames.is_null() || (*(kwnames as *const Tuple)).len() == 0 {
            None
        } else {
            let dict = Dict::new(thread)?;
            for (at, name) in (*(kwnames as *const Tuple)).raw_items().iter().enumerate() {
                dict.set(thread, Object::from_ptr(*name), Object::from_ptr(*arguments.add(nargs + at)))?;
            }
            Some(dict)
        };
        thread.check_stack(" while calling a Python object")?;
        let raw = kwargs.as_ref().map_or(std::ptr::null_mut(), |d| d.as_ptr());
        match Owned::from_raw_or_null(function(callable.as_ptr(), args.as_ptr(), raw)) {
            Some(result) => Ok(result),
            None => Err(null_result(thread, callable)),
        }
    }
}

/// `tp_call` of types that have a vectorcall function: unpack the tuple and the dict.
///
/// # Safety
/// A `tp_call` contract.
pub unsafe extern "C-unwind" fn vectorcall_call(callable: Raw, args: Raw, kwargs: Raw) -> Raw {
    // SAFETY: by contract.
    unsafe {
        let thread = Thread::current();
        let result = Object::from_ptr(callable).call_tuple(thread, &*(args as *const Tuple), (kwargs as *const Dict).as_ref());
        crate::native::give(thread, result)
    }
}

impl Type {
    /// Call the type with arguments given as a tuple and dict (`type.__call__`): `__new__`, then
    /// `__init__` if an instance came out.
    pub fn make(&self, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        let raw = self.raw();
        let Some(new) = raw.tp_new.get() else {
            return Err(thread.type_error(&format!("cannot create '{}' instances", self.full_name())));
        };
        let kwargs_raw = kwargs.map_or(std::ptr::null_mut(), |d| d.as_ptr());
        // SAFETY: a type's tp_new and tp_init contracts.
        unsafe {
            let object = check(thread, new(self.as_type_ptr(), args.as_ptr(), kwargs_raw))?;
            if object.ty().is_subtype(self) {
                if let Some(init) = object.ty().raw().tp_init.get() {
                    if init(object.as_ptr(), args.as_ptr(), kwargs_raw) < 0 {
                        return Err(Raised);
                    }
                }
            }
            Ok(object)
        }
    }
}
