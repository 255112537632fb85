//! `BaseException`: arguments, traceback, cause, context and notes.

use std::cell::Cell;
use std::ffi::c_void;

use pyrox_abi as abi;
use pyrox_abi::{PyBaseExceptionObject, PyObject};
use pyrox_macros::pyclass;

use crate::object::{Obj, Object, Own, Owned, xdecref};
use crate::{Dict, List, PyResult, Str, Thread, Tuple, Type};

type Raw = *mut PyObject;

/// Any exception.
#[repr(transparent)]
pub struct BaseException(PyBaseExceptionObject);

fn read(field: &Cell<Raw>) -> Option<Obj> {
    // SAFETY: the exception owns its fields.
    unsafe { Object::from_ptr_or_null(field.get()) }.map(Object::own)
}

fn write(field: &Cell<Raw>, value: Option<Obj>) {
    let old = field.replace(value.map_or(std::ptr::null_mut(), Obj::into_raw));
    // SAFETY: the exception owned it.
    unsafe { xdecref(old) }
}

impl BaseException {
    pub fn of(object: &Object) -> Option<&BaseException> {
        object.has_flag(abi::Py_TPFLAGS_BASE_EXC_SUBCLASS).then(|| {
            // SAFETY: the flag proves the layout.
            unsafe { &*(object as *const Object as *const BaseException) }
        })
    }
    pub fn args(&self) -> Owned<Tuple> {
        read(&self.0.args).and_then(|a| a.downcast().ok()).unwrap_or_else(Tuple::empty)
    }
    pub fn set_args(&self, args: Owned<Tuple>) {
        write(&self.0.args, Some(args.upcast()));
    }
    pub fn traceback(&self) -> Option<Obj> {
        read(&self.0.traceback)
    }
    pub fn set_traceback(&self, traceback: Option<Obj>) {
        write(&self.0.traceback, traceback);
    }
    pub fn context(&self) -> Option<Obj> {
        read(&self.0.context)
    }
    pub fn set_context(&self, context: Option<Obj>) {
        write(&self.0.context, context);
    }
    pub fn cause(&self) -> Option<Obj> {
        read(&self.0.cause)
    }
    /// Set the cause, which hides the context.
    pub fn set_cause(&self, cause: Option<Obj>) {
        self.0.suppress_context.set(1);
        write(&self.0.cause, cause);
    }
    pub fn suppress_context(&self) -> bool {
        self.0.suppress_context.get() != 0
    }
    pub fn notes(&self) -> Option<Obj> {
        read(&self.0.notes)
    }
}

/// Make `context` the context of `exception`, cutting a cycle that this would close.
pub fn set_context_without_cycle(exception: &Object, context: &Object) {
    let Some(own) = BaseException::of(exception) else { return };
    if exception.is(context) {
        return;
    }
    // Floyd's second pointer stops at cycles that exist already.
    let mut current = context.own();
    let mut slow = context.own();
    let mut step = false;
    while let Some(next) = BaseException::of(&current).and_then(BaseException::context) {
        if next.is(exception) {
            if let Some(link) = BaseException::of(&current) {
                link.set_context(None);
            }
            break;
        }
        current = next;
        if current.is(&slow) {
            break;
        }
        if step {
            if let Some(next) = BaseException::of(&slow).and_then(BaseException::context) {
                slow = next;
            }
        }
        step = !step;
    }
    own.set_context(Some(context.own()));
}

/// `exception.add_note(text)`.
pub fn add_note(thread: &Thread, exception: &Object, text: &str) -> PyResult<()> {
    let note = Str::from_str(thread, text)?;
    exception.call_method(thread, crate::intern!("add_note"), &[&note]).map(drop)
}

/// # Safety
/// The object is an exception.
pub unsafe fn clear_fields(object: Raw) {
    // SAFETY: by contract.
    unsafe {
        let raw = &*(object as *const PyBaseExceptionObject);
        for field in [&raw.dict, &raw.args, &raw.notes, &raw.traceback, &raw.cause, &raw.context] {
            xdecref(field.replace(std::ptr::null_mut()));
        }
    }
}

/// # Safety
/// A traverseproc contract.
pub unsafe fn traverse_fields(object: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
    // SAFETY: by contract.
    unsafe {
        let raw = &*(object as *const PyBaseExceptionObject);
        for field in [&raw.dict, &raw.args, &raw.notes, &raw.traceback, &raw.cause, &raw.context] {
            if !field.get().is_null() {
                let status = visit(field.get(), data);
                if status != 0 {
                    return status;
                }
            }
        }
        0
    }
}

fn exception_or_none(thread: &Thread, value: Option<&Object>, what: &str) -> PyResult<Option<Obj>> {
    match value {
        None => Err(thread.type_error(&format!("__{what}__ may not be deleted"))),
        Some(value) if value.is_none() => Ok(None),
        Some(value) if BaseException::of(value).is_some() => Ok(Some(value.own())),
        Some(_) => Err(thread.type_error(&format!("exception {what} must be None or derive from BaseException"))),
    }
}

/// Common base class for all exceptions
#[pyclass(name = "BaseException", symbol = "_PyExc_BaseException", gc, dictoffset = 16,
    flags = abi::Py_TPFLAGS_BASETYPE | abi::Py_TPFLAGS_BASE_EXC_SUBCLASS)]
impl BaseException {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, args: &Tuple, _kwargs: Option<&Dict>) -> PyResult<Obj> {
        let object = cls.allocate(thread, 0)?;
        // SAFETY: exceptions begin with this layout.
        unsafe { &*(object.as_ptr() as *const BaseException) }.set_args(args.own_typed());
        Ok(object)
    }
    #[slot]
    fn tp_init(&self, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<()> {
        if kwargs.is_some_and(|k| k.len() > 0) {
            return Err(thread.type_error(&format!("{}() takes no keyword arguments", self.ty().full_name())));
        }
        self.set_args(args.own_typed());
        Ok(())
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe {
            crate::gc::untrack(object);
            clear_fields(object);
            crate::dealloc::free_instance(object, (*object).ob_type.get());
        }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
        // SAFETY: by contract.
        unsafe { traverse_fields(object, visit, data) }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_clear(object: Raw) -> i32 {
        // SAFETY: by contract.
        unsafe { clear_fields(object) };
        0
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<String> {
        let args = self.args();
        let name = self.ty().full_name();
        if args.len() == 1 {
            return Ok(format!("{name}({})", args.get(0).repr(thread)?));
        }
        Ok(format!("{name}{}", args.repr(thread)?))
    }
    #[slot]
    fn tp_str(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        let args = self.args();
        match args.len() {
            0 => Ok(Str::empty()),
            1 => args.get(0).str(thread),
            _ => args.str(thread),
        }
    }
    #[getter(name = "args")]
    fn get_args(&self) -> Obj {
        self.args().upcast()
    }
    #[setter(name = "args")]
    fn assign_args(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        let Some(value) = value else { return Err(thread.type_error("args may not be deleted")) };
        self.set_args(Tuple::from_iterable(thread, value)?);
        Ok(())
    }
    #[getter]
    fn __traceback__(&self) -> Option<Obj> {
        self.traceback()
    }
    #[setter(name = "__traceback__")]
    fn assign_traceback(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        let Some(value) = value else { return Err(thread.type_error("__traceback__ may not be deleted")) };
        if !value.is_none() && value.ty().full_name() != "traceback" {
            return Err(thread.type_error("__traceback__ must be a traceback or None"));
        }
        self.set_traceback((!value.is_none()).then(|| value.own()));
        Ok(())
    }
    #[getter]
    fn __context__(&self) -> Option<Obj> {
        self.context()
    }
    #[setter(name = "__context__")]
    fn assign_context(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        self.set_context(exception_or_none(thread, value, "context")?);
        Ok(())
    }
    #[getter]
    fn __cause__(&self) -> Option<Obj> {
        self.cause()
    }
    #[setter(name = "__cause__")]
    fn assign_cause(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        self.set_cause(exception_or_none(thread, value, "cause")?);
        Ok(())
    }
    #[getter]
    fn __suppress_context__(&self) -> bool {
        self.suppress_context()
    }
    #[setter(name = "__suppress_context__")]
    fn assign_suppress(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        let Some(value) = value else { return Err(thread.type_error("can't delete numeric/char attribute")) };
        if !value.is_exact::<crate::Bool>() {
            return Err(thread.type_error("attribute value type must be bool"));
        }
        self.0.suppress_context.set(value.is(crate::bool_ref(true)) as _);
        Ok(())
    }
    #[getter]
    fn __dict__(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        Ok(self.instance_dict(thread)?.map(Owned::upcast))
    }
    #[setter(name = "__dict__")]
    fn assign_dict(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        crate::managed::replace_dict(thread, self, value)
    }
    /// Set self.__traceback__ to tb and return self.
    #[method(sig = "(tb, /)")]
    fn with_traceback(&self, thread: &Thread, tb: &Object) -> PyResult<Obj> {
        self.assign_traceback(thread, Some(tb))?;
        Ok((**self).own())
    }
    /// Add a note to the exception
    #[method(sig = "(note, /)")]
    fn add_note(&self, thread: &Thread, note: &Object) -> PyResult<()> {
        if !note.is_instance::<Str>() {
            let got = if note.is_none() { "None" } else { note.ty().full_name() };
            return Err(thread.type_error(&format!("add_note() argument must be str, not {got}")));
        }
        let name = crate::intern!("__notes__");
        match self.lookup_attr(thread, name)? {
            None => {
                let notes = List::from_vec(thread, vec![note.own()])?;
                self.setattr(thread, name, Some(&notes))
            }
            Some(notes) => match notes.cast::<List>() {
                Some(list) => list.append(thread, note.own()),
                None => Err(thread.type_error("Cannot add note: __notes__ is not a list")),
            },
        }
    }
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let mut items = vec![(**self.ty()).own(), self.args().upcast()];
        if let Some(dict) = read(&self.0.dict) {
            items.push(dict);
        }
        Tuple::from_vec(thread, items)
    }
    #[method(sig = "(state, /)")]
    fn __setstate__(&self, thread: &Thread, state: &Object) -> PyResult<()> {
        if state.is_none() {
            return Ok(());
        }
        let Some(dict) = state.cast::<Dict>() else { return Err(thread.type_error("state is not a dictionary")) };
        for (key, value) in dict.items_vec() {
            if let Some(key) = key.cast::<Str>() {
                self.setattr(thread, key, Some(&value))?;
            }
        }
        Ok(())
    }
}
