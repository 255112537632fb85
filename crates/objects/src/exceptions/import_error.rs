//! `ImportError` with the module's name and path.

use std::ffi::c_void;

use pyrox_abi as abi;
use pyrox_abi::{PyImportErrorObject, PyObject};
use pyrox_macros::pyclass;

use super::memory::{self, init_args, plain_str, read, write};
use crate::native::{NO_MEMBER, object_member};
use crate::object::{Obj, Object, Owned};
use crate::{Dict, PyResult, Raised, Str, Thread, Tuple, Type};

type Raw = *mut PyObject;

/// `ImportError` and `ModuleNotFoundError`.
#[repr(transparent)]
pub struct ImportError(PyImportErrorObject);

const FIELDS: &[usize] = &[72, 80, 88, 96];

/// Import can't find module, or can't find name in module.
#[pyclass(name = "ImportError", symbol = "_PyExc_ImportError", gc, base = super::hierarchy::EXCEPTION, new = inherit,
    flags = abi::Py_TPFLAGS_BASETYPE,
    members = &[object_member(c"msg", 72, false), object_member(c"name", 80, false), object_member(c"path", 88, false),
        object_member(c"name_from", 96, false), NO_MEMBER])]
impl ImportError {
    #[slot]
    fn tp_init(&self, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<()> {
        init_args(thread, self, args, None)?;
        let (mut name, mut path, mut name_from) = (None, None, None);
        for (key, value) in kwargs.map(Dict::items_vec).unwrap_or_default() {
            let Some(key) = key.cast::<Str>() else { return Err(thread.type_error("keywords must be strings")) };
            if key.equals_str("name") {
                name = Some(value);
            } else if key.equals_str("path") {
                path = Some(value);
            } else if key.equals_str("name_from") {
                name_from = Some(value);
            } else {
                let key = key.to_string();
                let help = match crate::suggestions::nearest(&key, ["name", "path", "name_from"].into_iter()) {
                    Some(meant) => format!(". Did you mean '{meant}'?"),
                    None => String::new(),
                };
                return Err(thread.type_error(&format!("ImportError() got an unexpected keyword argument '{key}'{help}")));
            }
        }
        write(&self.0.name, name);
        write(&self.0.path, path);
        write(&self.0.name_from, name_from);
        write(&self.0.msg, if args.len() == 1 { Some(args.get(0).own()) } else { None });
        Ok(())
    }
    #[slot]
    fn tp_str(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        match read(&self.0.msg).filter(|message| message.is_exact::<Str>()) {
            Some(message) => message.str(thread),
            None => plain_str(thread, self),
        }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe { memory::free(object, FIELDS) }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
        // SAFETY: by contract.
        unsafe { memory::traverse(object, FIELDS, visit, data) }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_clear(object: Raw) -> i32 {
        // SAFETY: by contract.
        unsafe { memory::clear(object, FIELDS) };
        0
    }
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let args = super::BaseException::of(self).map_or_else(Tuple::empty, super::BaseException::args);
        let mut items = vec![(**self.ty()).own(), args.upcast()];
        let dict = read(&self.0.dict).and_then(|dict| dict.downcast::<Dict>().ok());
        let named = [("name", read(&self.0.name)), ("path", read(&self.0.path)), ("name_from", read(&self.0.name_from))];
        if named.iter().any(|(_, value)| value.is_some()) {
            let state = match dict {
                Some(dict) => dict.copy(thread)?,
                None => Dict::new(thread)?,
            };
            for (key, value) in named {
                if let Some(value) = value {
                    state.set_text(thread, key, &value)?;
                }
            }
            items.push(state.upcast());
        } else {
            items.extend(dict.map(Owned::upcast));
        }
        Tuple::from_vec(thread, items)
    }
}

impl Thread {
    /// Raise `class(message, name=name, path=path)`; the class is `ImportError` or a subclass.
    #[cold]
    pub fn import_error_named(&self, class: &Type, message: &str, name: Option<&Object>, path: Option<&Object>) -> Raised {
        self.import_error_from(class, message, name, path, None)
    }

    /// As [`Thread::import_error_named`], with the name that was to be imported from the module.
    #[cold]
    pub fn import_error_from(
        &self,
        class: &Type,
        message: &str,
        name: Option<&Object>,
        path: Option<&Object>,
        name_from: Option<&Object>,
    ) -> Raised {
        let make = || -> PyResult<Obj> {
            let message = Str::from_str(self, message)?;
            let mut keywords: Vec<(&str, &Object)> = Vec::new();
            keywords.extend(name.map(|value| ("name", value)));
            keywords.extend(path.map(|value| ("path", value)));
            keywords.extend(name_from.map(|value| ("name_from", value)));
            class.call_with_keywords(self, &[&message], &keywords)
        };
        match make() {
            Ok(exception) => self.raise(exception),
            Err(raised) => raised,
        }
    }
}
