//! `module`.

use pyrox_abi as abi;
use pyrox_abi::{PyModuleObject, PyObject};
use pyrox_macros::pyclass;

use crate::object::{Obj, Object, Owned, PyType, xdecref};
use crate::{Dict, PyResult, Str, Thread, Tuple, Type};

type Raw = *mut PyObject;

/// A module.
#[repr(transparent)]
pub struct Module(PyModuleObject);

/// What an extension says of its module.
#[repr(transparent)]
pub struct ModuleDef(abi::PyModuleDef);

#[pyclass(name = "moduledef", symbol = "PyModuleDef_Type")]
impl ModuleDef {}

/// Questions to a module's C struct.
trait State {
    fn has_state(&self) -> bool;
}

impl State for PyModuleObject {
    /// The functions of the definition may rely on the state: it is there, or none was asked for.
    fn has_state(&self) -> bool {
        // SAFETY: definitions live as long as the process.
        unsafe { self.md_def.get().as_ref() }.is_none_or(|d| d.m_size <= 0 || !self.md_state.get().is_null())
    }
}

impl Module {
    pub fn new(thread: &Thread, name: &str) -> PyResult<Owned<Module>> {
        let object = Module::ty().allocate(thread, 0)?;
        // SAFETY: a fresh module.
        let module: Owned<Module> = unsafe { object.cast_unchecked() };
        module.0.md_dict.set(Dict::new(thread)?.into_raw());
        module.fill(thread, &*Str::intern_str(thread, name)?, crate::none_ref())?;
        Ok(module)
    }

    fn fill(&self, thread: &Thread, name: &Object, doc: &Object) -> PyResult<()> {
        let dict = self.dict();
        dict.set(thread, crate::intern!("__name__"), name)?;
        dict.set(thread, crate::intern!("__doc__"), doc)?;
        for key in [crate::intern!("__package__"), crate::intern!("__loader__"), crate::intern!("__spec__")] {
            dict.set(thread, key, crate::none_ref())?;
        }
        if name.is_exact::<Str>() {
            let old = self.0.md_name.replace(name.own().into_raw());
            // SAFETY: the module owned it.
            unsafe { xdecref(old) };
        }
        Ok(())
    }

    pub fn dict(&self) -> &Dict {
        // SAFETY: a module has a dict from its making on.
        unsafe { &*(self.0.md_dict.get() as *const Dict) }
    }

    /// `module.name`, from the dict only.
    pub fn get(&self, thread: &Thread, name: &str) -> PyResult<Option<Obj>> {
        self.dict().get_text(thread, name)
    }
}

/// Create a module object.
///
/// The name must be a string; the optional docstring can have any type.
#[pyclass(name = "module", symbol = "PyModule_Type", gc, dictoffset = 16, weaklistoffset = 40, flags = abi::Py_TPFLAGS_BASETYPE)]
impl Module {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, _args: &Tuple, _kwargs: Option<&Dict>) -> PyResult<Obj> {
        let object = cls.allocate(thread, 0)?;
        // SAFETY: an instance of module or of a subclass.
        unsafe { &*(object.as_ptr() as *const Module) }.0.md_dict.set(Dict::new(thread)?.into_raw());
        Ok(object)
    }
    #[init(sig = "(name, doc=None)")]
    fn init(&self, thread: &Thread, name: &Str, doc: Option<&Object>) -> PyResult<()> {
        self.fill(thread, name, doc.unwrap_or(crate::none_ref()))
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe {
            crate::gc::untrack(object);
            let raw = &*(object as *const PyModuleObject);
            if !raw.md_weaklist.get().is_null() {
                crate::weakref::clear_weakrefs(object);
            }
            if let Some(free) = raw.md_def.get().as_ref().and_then(|d| d.m_free) {
                if raw.has_state() {
                    free(object as *mut std::ffi::c_void);
                }
            }
            xdecref(raw.md_dict.replace(std::ptr::null_mut()));
            abi::free(raw.md_state.replace(std::ptr::null_mut()) as *mut u8);
            xdecref(raw.md_name.replace(std::ptr::null_mut()));
            crate::dealloc::free_instance(object, (*object).ob_type.get());
        }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut std::ffi::c_void) -> i32 {
        // SAFETY: by contract.
        unsafe {
            let raw = &*(object as *const PyModuleObject);
            if let Some(traverse) = raw.md_def.get().as_ref().and_then(|d| d.m_traverse) {
                if raw.has_state() {
                    let status = traverse(object, visit, data);
                    if status != 0 {
                        return status;
                    }
                }
            }
            let dict = raw.md_dict.get();
            if dict.is_null() { 0 } else { visit(dict, data) }
        }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_clear(object: Raw) -> i32 {
        // SAFETY: by contract.
        unsafe {
            let raw = &*(object as *const PyModuleObject);
            if let Some(clear) = raw.md_def.get().as_ref().and_then(|d| d.m_clear) {
                if raw.has_state() && clear(object) != 0 {
                    crate::unraisable::write(
                        Thread::current(),
                        Some("Exception ignored in m_clear of module"),
                        Some(Object::from_ptr(object)),
                    );
                }
            }
            // Functions may outlive their module and need their globals: only the module lets go of the dict. It
            // never is without one.
            if let Ok(empty) = Dict::new(Thread::current()) {
                xdecref(raw.md_dict.replace(empty.into_raw()));
            }
        }
        0
    }
    #[slot]
    fn tp_repr(this: &Object, thread: &Thread) -> PyResult<String> {
        // SAFETY: the slot of this type.
        let dict = unsafe { this.cast_unchecked::<Module>() }.dict();
        let text = |key: &Str| dict.get_str(key).and_then(|v| v.downcast::<Str>().ok());
        let name = match dict.get_str(crate::intern!("__name__")) {
            Some(name) => name.repr(thread)?.to_string_lossy().into_owned(),
            None => "'?'".into(),
        };
        if let Some(spec) = dict.get_str(crate::intern!("__spec__")).filter(|s| !s.is_none()) {
            let origin = spec.lookup_attr(thread, crate::intern!("origin"))?.filter(|o| !o.is_none());
            let located = match spec.lookup_attr(thread, crate::intern!("has_location"))? {
                Some(flag) => flag.is_true(thread)?,
                None => false,
            };
            return Ok(match origin {
                Some(origin) if located => format!("<module {name} from {}>", origin.repr(thread)?),
                Some(origin) => format!("<module {name} ({})>", origin.str(thread)?),
                None => match dict.get_str(crate::intern!("__loader__")).filter(|l| !l.is_none()) {
                    Some(loader) => format!("<module {name} ({})>", loader.repr(thread)?),
                    None => format!("<module {name}>"),
                },
            });
        }
        Ok(match text(crate::intern!("__file__")) {
            Some(file) => format!("<module {name} from {}>", file.repr(thread)?),
            None => format!("<module {name}>"),
        })
    }
    #[slot]
    fn tp_getattro(this: &Object, thread: &Thread, name: &Object) -> PyResult<Obj> {
        let Some(text) = name.cast::<Str>() else { return Err(crate::protocol::attribute::bad_name(thread, name)) };
        if let Some(value) = crate::protocol::attribute::generic_lookup(thread, this, text)? {
            return Ok(value);
        }
        // SAFETY: the slot of this type.
        let dict = unsafe { this.cast_unchecked::<Module>() }.dict();
        if let Some(function) = dict.get_str(crate::intern!("__getattr__")) {
            return function.call(thread, &[name]);
        }
        let message = match dict.get_str(crate::intern!("__name__")).and_then(|n| n.downcast::<Str>().ok()) {
            Some(module) => format!("module '{module}' has no attribute '{text}'"),
            None => format!("module has no attribute '{text}'"),
        };
        Err(crate::protocol::attribute::attribute_error(thread, this, text, &message))
    }
    #[getter]
    fn __annotations__(&self, thread: &Thread) -> PyResult<Obj> {
        crate::annotations::of_module(thread, self.dict())
    }
    #[setter(name = "__annotations__")]
    fn set_annotations(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        crate::annotations::set_of_module(thread, self.dict(), value)
    }
    #[getter]
    fn __annotate__(&self, thread: &Thread) -> PyResult<Obj> {
        crate::annotations::annotate_of_module(thread, self.dict())
    }
    #[setter(name = "__annotate__")]
    fn set_annotate(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        crate::annotations::set_annotate_of_module(thread, self.dict(), value)
    }
    #[getter]
    fn __dict__(&self) -> Obj {
        (**self.dict()).own()
    }
    /// __dir__() -> list
    /// specialized dir() implementation
    #[method(text = "")]
    fn __dir__(&self, thread: &Thread) -> PyResult<Obj> {
        if let Some(function) = self.dict().get_str(crate::intern!("__dir__")) {
            return function.call(thread, &[]);
        }
        Ok(crate::List::from_vec(thread, self.dict().keys_vec())?.upcast())
    }
}
