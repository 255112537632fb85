//! Thread-local data: an object whose attributes every thread has for itself.
//!
//! The object holds the dict of the thread that used it last; a thread that comes after another swaps
//! its own in before it looks. Under the interpreter's lock nothing can come between swap and look.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::mem::offset_of;

use pyrox_macros::pyclass;
use pyrox_objects::abi;
use pyrox_objects::native::{Raw, Traverse};
use pyrox_objects::protocol::attribute::{generic_getattr, generic_setattr};
use pyrox_objects::protocol::call::check;
use pyrox_objects::{Dict, Head, Obj, ObjCell, Object, Owned, PyResult, PyType, Raised, Str, Thread, Tuple, Type};

/// The dicts of the threads that are not the last user.
#[derive(Default)]
struct Others(RefCell<HashMap<u64, Owned<Dict>>>);

impl Traverse for Others {
    unsafe fn traverse(&self, visit: abi::visitproc, data: *mut std::ffi::c_void) -> std::ffi::c_int {
        let Ok(others) = self.0.try_borrow() else { return 0 };
        for dict in others.values() {
            // SAFETY: by contract.
            let status = unsafe { visit(dict.as_ptr(), data) };
            if status != 0 {
                return status;
            }
        }
        0
    }

    fn clear(&self) {
        let old = self.0.take();
        drop(old);
    }
}

/// `_thread._local`
#[repr(C)]
pub struct Local {
    head: Head,
    dict: ObjCell,
    /// Whose dict that is.
    user: Cell<u64>,
    others: Others,
    args: ObjCell,
    kwargs: ObjCell,
    weakrefs: Cell<Raw>,
}

fn has_own_init(class: &Type) -> bool {
    let address = |ty: &Type| ty.raw().tp_init.get().map(|f| f as usize);
    address(class) != address(<Object as PyType>::ty())
}

impl Local {
    /// Make the calling thread's dict the one that attributes are looked up in.
    fn switch(&self, thread: &Thread) -> PyResult<()> {
        let me = thread.state.id.get();
        if self.user.get() == me {
            return Ok(());
        }
        let known = self.others.0.borrow_mut().remove(&me);
        let fresh = known.is_none();
        let mine = match known {
            Some(dict) => dict,
            None => Dict::new(thread)?,
        };
        let before = self.dict.take().and_then(|dict| dict.downcast::<Dict>().ok());
        self.dict.set(Some(mine.upcast()));
        if let Some(before) = before {
            self.others.0.borrow_mut().insert(self.user.get(), before);
        }
        self.user.set(me);
        // A subclass's __init__ runs once in every thread.
        if fresh && has_own_init(self.ty()) {
            let args = self.args.get().unwrap_or_else(|| Tuple::empty().upcast());
            let kwargs = self.kwargs.get();
            if let Some(init) = self.ty().raw().tp_init.get() {
                // SAFETY: an initproc contract.
                let status = unsafe { init(self.as_ptr(), args.as_ptr(), kwargs.as_ref().map_or(std::ptr::null_mut(), |k| k.as_ptr())) };
                if status < 0 {
                    self.user.set(0);
                    self.dict.take();
                    return Err(Raised);
                }
            }
        }
        Ok(())
    }
}

/// Thread-local data
#[pyclass(name = "_local", module = "_thread", traverse = [dict, others, args, kwargs], dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE,
    dictoffset = offset_of!(Local, dict) as isize, weaklistoffset = offset_of!(Local, weakrefs) as isize)]
impl Local {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        if !has_own_init(cls) && (args.len() > 0 || kwargs.is_some_and(|k| k.len() > 0)) {
            return Err(thread.type_error("Initialization arguments are not supported"));
        }
        let made = Local {
            head: Head::unset(),
            dict: ObjCell::new(Some(Dict::new(thread)?.upcast())),
            user: Cell::new(thread.state.id.get()),
            others: Others::default(),
            args: ObjCell::new(Some(args.own_tuple().upcast())),
            kwargs: ObjCell::new(kwargs.map(|k| (**k).own())),
            weakrefs: Cell::new(std::ptr::null_mut()),
        };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    #[slot]
    fn tp_getattro(&self, thread: &Thread, name: &Object) -> PyResult<Obj> {
        self.switch(thread)?;
        if name.cast::<Str>().is_some_and(|name| name.equals_str("__dict__")) {
            return self.dict.get().ok_or_else(|| thread.attribute_error("__dict__"));
        }
        // SAFETY: a getattrofunc contract.
        unsafe { check(thread, generic_getattr(self.as_ptr(), name.as_ptr())) }
    }
    #[slot]
    fn tp_setattro(&self, thread: &Thread, name: &Object, value: Option<&Object>) -> PyResult<()> {
        if name.cast::<Str>().is_some_and(|name| name.equals_str("__dict__")) {
            return Err(thread.attribute_error(&format!("'{}' object attribute '__dict__' is read-only", self.ty().name())));
        }
        self.switch(thread)?;
        let value = value.map_or(std::ptr::null_mut(), |v| v.as_ptr());
        // SAFETY: a setattrofunc contract.
        if unsafe { generic_setattr(self.as_ptr(), name.as_ptr(), value) } < 0 { Err(Raised) } else { Ok(()) }
    }
}
