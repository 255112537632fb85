//! `function`: a code object with its globals, defaults and closure.
//!
//! How a function runs is the interpreter's: it installs the vectorcall function of new functions.

use std::cell::Cell as StdCell;

use pyrox_abi as abi;
use pyrox_abi::{PyFunctionObject, PyObject};
use pyrox_macros::pyclass;

use crate::object::{Obj, Object, Owned, PyType, xdecref};
use crate::{Dict, PyResult, Str, Thread, Tuple};

type Raw = *mut PyObject;

/// A Python function.
#[repr(transparent)]
pub struct Function(PyFunctionObject);

thread_local! {
    static VECTORCALL: StdCell<abi::vectorcallfunc> = const { StdCell::new(None) };
    static NEXT_VERSION: StdCell<u32> = const { StdCell::new(1) };
}

/// How functions run; installed by the interpreter at start.
pub fn install_vectorcall(function: abi::vectorcallfunc) {
    VECTORCALL.set(function);
}

fn read(field: &StdCell<Raw>) -> Option<Obj> {
    // SAFETY: the function owns its fields.
    unsafe { Object::from_ptr_or_null(field.get()) }.map(Object::own)
}

fn write(field: &StdCell<Raw>, value: Option<Obj>) {
    let old = field.replace(value.map_or(std::ptr::null_mut(), Obj::into_raw));
    // SAFETY: the function owned it.
    unsafe { xdecref(old) }
}

impl Function {
    /// A function of `code`; name, doc and module come from the code and the globals.
    pub fn new(
        thread: &Thread,
        code: &Object,
        globals: &Dict,
        builtins: &Object,
        name: &Object,
        qualname: &Object,
        doc: &Object,
    ) -> PyResult<Owned<Function>> {
        let made = Function::ty().allocate_untracked(thread, 0)?;
        // SAFETY: fresh, zeroed behind the head.
        unsafe {
            let function: Owned<Function> = made.cast_unchecked();
            let raw = &function.0;
            raw.func_globals.set((**globals).own().into_raw());
            raw.func_builtins.set(builtins.own().into_raw());
            raw.func_name.set(name.own().into_raw());
            raw.func_qualname.set(qualname.own().into_raw());
            raw.func_code.set(code.own().into_raw());
            raw.func_doc.set(doc.own().into_raw());
            raw.func_module.set(globals.get_str(crate::intern!("__name__")).map_or(std::ptr::null_mut(), Obj::into_raw));
            raw.vectorcall.set(VECTORCALL.get());
            crate::gc::track(function.as_ptr());
            Ok(function)
        }
    }

    #[inline(always)]
    pub fn raw(&self) -> &PyFunctionObject {
        &self.0
    }
    #[inline(always)]
    pub fn code(&self) -> &Object {
        // SAFETY: a function has code.
        unsafe { Object::from_ptr(self.0.func_code.get()) }
    }
    #[inline(always)]
    pub fn globals(&self) -> &Dict {
        // SAFETY: a function has globals.
        unsafe { &*(self.0.func_globals.get() as *const Dict) }
    }
    #[inline(always)]
    pub fn builtins(&self) -> &Object {
        // SAFETY: a function has builtins.
        unsafe { Object::from_ptr(self.0.func_builtins.get()) }
    }
    #[inline(always)]
    pub fn defaults(&self) -> Option<&Tuple> {
        // SAFETY: null or a tuple.
        unsafe { (self.0.func_defaults.get() as *const Tuple).as_ref() }
    }
    #[inline(always)]
    pub fn kwdefaults(&self) -> Option<&Dict> {
        // SAFETY: null or a dict.
        unsafe { (self.0.func_kwdefaults.get() as *const Dict).as_ref() }
    }
    #[inline(always)]
    pub fn closure(&self) -> Option<&Tuple> {
        // SAFETY: null or a tuple of cells.
        unsafe { (self.0.func_closure.get() as *const Tuple).as_ref() }
    }
    pub fn name(&self) -> Owned<Str> {
        // SAFETY: the name is a str.
        unsafe { Object::from_ptr(self.0.func_name.get()).own().cast_unchecked() }
    }
    pub fn qualname(&self) -> Owned<Str> {
        // SAFETY: the name is a str.
        unsafe { Object::from_ptr(self.0.func_qualname.get()).own().cast_unchecked() }
    }

    /// One of the attributes that `SET_FUNCTION_ATTRIBUTE` sets: 1 defaults, 2 keyword defaults,
    /// 4 annotations, 8 closure, 16 `__annotate__`.
    pub fn set_attribute(&self, thread: &Thread, which: u32, value: Obj) -> PyResult<()> {
        if which == 16 {
            // The compiler does not know the function's qualified name when it names its annotations.
            if let Some(annotate) = value.exact::<Function>() {
                let qualname = Str::from_str(thread, &format!("{}.__annotate__", self.qualname()))?;
                write(&annotate.0.func_qualname, Some(qualname.upcast()));
            }
        }
        let field = match which {
            1 => &self.0.func_defaults,
            2 => &self.0.func_kwdefaults,
            4 => &self.0.func_annotations,
            8 => &self.0.func_closure,
            _ => &self.0.func_annotate,
        };
        write(field, Some(value));
        Ok(())
    }

    /// A version for the interpreter's caches: it changes when code or defaults do. 0: none left.
    pub fn version(&self) -> u32 {
        if self.0.func_version.get() == 0 {
            let next = NEXT_VERSION.get();
            if next != 0 {
                NEXT_VERSION.set(next.wrapping_add(1));
                self.0.func_version.set(next);
            }
        }
        self.0.func_version.get()
    }

    fn changed(&self) {
        self.0.func_version.set(0);
    }

    fn text<'a>(&self, thread: &Thread, name: &str, value: Option<&'a Object>) -> PyResult<&'a Object> {
        value.filter(|v| v.is_instance::<Str>()).ok_or_else(|| thread.type_error(&format!("{name} must be set to a string object")))
    }
}

unsafe fn clear(object: Raw) {
    // SAFETY: by the callers' contracts.
    unsafe {
        let raw = &*(object as *const PyFunctionObject);
        for field in [
            &raw.func_globals,
            &raw.func_builtins,
            &raw.func_name,
            &raw.func_qualname,
            &raw.func_code,
            &raw.func_defaults,
            &raw.func_kwdefaults,
            &raw.func_closure,
            &raw.func_doc,
            &raw.func_dict,
            &raw.func_module,
            &raw.func_annotations,
            &raw.func_annotate,
            &raw.func_typeparams,
        ] {
            xdecref(field.replace(std::ptr::null_mut()));
        }
    }
}

/// The object is a code object. Its type belongs to the interpreter; a class of a program may have its name.
fn is_code(object: &Object) -> bool {
    !object.ty().is_heap() && object.ty().full_name() == "code"
}

/// The builtins that go with globals.
fn builtins_of(thread: &Thread, globals: &Dict) -> PyResult<Obj> {
    if let Some(found) = globals.get_str(crate::intern!("__builtins__")) {
        return Ok(match found.cast::<crate::Module>() {
            Some(module) => (**module.dict()).own(),
            None => found,
        });
    }
    let modules = crate::hooks::sys(thread, "modules");
    let builtins = modules.as_ref().and_then(|m| m.cast::<Dict>()).and_then(|m| m.get_str(crate::intern!("builtins")));
    match builtins.as_ref().and_then(|b| b.cast::<crate::Module>()) {
        Some(module) => Ok((**module.dict()).own()),
        None => Err(thread.runtime_error("lost builtins module")),
    }
}

/// Create a function object.
///
///   code
///     a code object
///   globals
///     the globals dictionary
///   name
///     a string that overrides the name from the code object
///   argdefs
///     a tuple that specifies the default argument values
///   closure
///     a tuple that supplies the bindings for free variables
///   kwdefaults
///     a dictionary that specifies the default keyword argument values
#[pyclass(name = "function", symbol = "PyFunction_Type", gc, dictoffset = 88, weaklistoffset = 96, vectorcalloffset = 136,
    flags = abi::Py_TPFLAGS_HAVE_VECTORCALL | abi::Py_TPFLAGS_METHOD_DESCRIPTOR)]
impl Function {
    #[new(sig = "(code, globals, name=None, argdefs=None, closure=None, kwdefaults=None)")]
    fn create(
        _cls: &crate::Type,
        thread: &Thread,
        code: &Object,
        globals: &Object,
        name: Option<&Object>,
        argdefs: Option<&Object>,
        closure: Option<&Object>,
        kwdefaults: Option<&Object>,
    ) -> PyResult<Obj> {
        let type_name = crate::protocol::number::type_name_of;
        if !is_code(code) {
            return Err(thread.type_error(&format!("function() argument 'code' must be code, not {}", type_name(code))));
        }
        let Some(globals) = globals.cast::<Dict>() else {
            return Err(thread.type_error(&format!("function() argument 'globals' must be dict, not {}", type_name(globals))));
        };
        let (name, argdefs) = (name.filter(|n| !n.is_none()), argdefs.filter(|d| !d.is_none()));
        if name.is_some_and(|n| !n.is_instance::<Str>()) {
            return Err(thread.type_error("arg 3 (name) must be None or string"));
        }
        if argdefs.is_some_and(|d| !d.is_instance::<Tuple>()) {
            return Err(thread.type_error("arg 4 (defaults) must be None or tuple"));
        }
        let free = code.getattr_str(thread, "co_freevars")?.len(thread)?;
        let closure = closure.filter(|c| !c.is_none());
        let cells = match closure {
            None if free > 0 => return Err(thread.type_error("arg 5 (closure) must be tuple")),
            None => None,
            Some(closure) => match closure.cast::<Tuple>() {
                Some(cells) => Some(cells),
                None => return Err(thread.type_error("arg 5 (closure) must be None or tuple")),
            },
        };
        let given = cells.map_or(0, Tuple::len);
        let own_name = code.getattr_str(thread, "co_name")?;
        if given != free {
            let shown = own_name.str(thread)?;
            let message = format!("{} requires closure of length {free}, not {given}", shown.to_string_lossy());
            return Err(thread.value_error(&message));
        }
        if let Some(wrong) = cells.and_then(|cells| cells.items().iter().find(|c| !c.is_instance::<crate::Cell>()).copied()) {
            return Err(thread.type_error(&format!("arg 5 (closure) expected cell, found {}", wrong.ty().full_name())));
        }
        let kwdefaults = kwdefaults.filter(|k| !k.is_none());
        if kwdefaults.is_some_and(|k| !k.is_instance::<Dict>()) {
            return Err(thread.type_error("arg 6 (kwdefaults) must be None or dict"));
        }
        // The first constant is the doc string where the flag says so.
        const HAS_DOCSTRING: i64 = 0x400_0000;
        let flags = code.getattr_str(thread, "co_flags")?.as_isize(thread)? as i64;
        let doc = match code.getattr_str(thread, "co_consts")?.cast::<Tuple>() {
            Some(consts) if flags & HAS_DOCSTRING != 0 && consts.len() > 0 => consts.get(0).own(),
            _ => crate::none(),
        };
        let qualname = code.getattr_str(thread, "co_qualname")?;
        let builtins = builtins_of(thread, globals)?;
        let function = Function::new(thread, code, globals, &builtins, name.unwrap_or(&own_name), &qualname, &doc)?;
        for (which, value) in [(1, argdefs), (2, kwdefaults), (8, closure)] {
            if let Some(value) = value {
                function.set_attribute(thread, which, value.own())?;
            }
        }
        Ok(function.upcast())
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe {
            crate::gc::untrack(object);
            let raw = &*(object as *const PyFunctionObject);
            if !raw.func_weakreflist.get().is_null() {
                crate::weakref::clear_weakrefs(object);
            }
            clear(object);
            crate::dealloc::free_instance(object, (*object).ob_type.get());
        }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut std::ffi::c_void) -> i32 {
        // SAFETY: by contract.
        unsafe {
            let raw = &*(object as *const PyFunctionObject);
            for field in [
                &raw.func_globals,
                &raw.func_builtins,
                &raw.func_code,
                &raw.func_defaults,
                &raw.func_kwdefaults,
                &raw.func_closure,
                &raw.func_doc,
                &raw.func_dict,
                &raw.func_module,
                &raw.func_annotations,
                &raw.func_annotate,
                &raw.func_typeparams,
            ] {
                if !field.get().is_null() {
                    let status = visit(field.get(), data);
                    if status != 0 {
                        return status;
                    }
                }
            }
        }
        0
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_clear(object: Raw) -> i32 {
        // SAFETY: by contract. What running needs stays until the end.
        unsafe {
            let raw = &*(object as *const PyFunctionObject);
            for field in [
                &raw.func_defaults,
                &raw.func_kwdefaults,
                &raw.func_closure,
                &raw.func_doc,
                &raw.func_dict,
                &raw.func_module,
                &raw.func_annotations,
                &raw.func_annotate,
                &raw.func_typeparams,
            ] {
                xdecref(field.replace(std::ptr::null_mut()));
            }
        }
        0
    }
    #[slot]
    fn tp_call(this: &Object, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        this.call_tuple(thread, args, kwargs)
    }
    #[slot]
    fn tp_descr_get(this: &Object, thread: &Thread, object: Option<&Object>, _ty: Option<&Object>) -> PyResult<Obj> {
        match object {
            Some(object) if !object.is_none() => Ok(crate::Method::new(thread, this, object)?.upcast()),
            _ => Ok(this.own()),
        }
    }
    #[slot]
    fn tp_repr(&self) -> String {
        format!("<function {} at {:#x}>", self.qualname(), self.as_ptr() as usize)
    }
    #[getter]
    fn __name__(&self) -> Obj {
        self.name().upcast()
    }
    #[setter(name = "__name__")]
    fn set_name(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        write(&self.0.func_name, Some(self.text(thread, "__name__", value)?.own()));
        Ok(())
    }
    #[getter]
    fn __qualname__(&self) -> Obj {
        self.qualname().upcast()
    }
    #[setter(name = "__qualname__")]
    fn set_qualname(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        write(&self.0.func_qualname, Some(self.text(thread, "__qualname__", value)?.own()));
        Ok(())
    }
    #[getter]
    fn __code__(&self) -> Obj {
        self.code().own()
    }
    #[setter(name = "__code__")]
    fn set_code(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        let Some(value) = value.filter(|v| is_code(v)) else {
            return Err(thread.type_error("__code__ must be set to a code object"));
        };
        // SAFETY: both are code objects, as their type was checked.
        let free = |code: &Object| unsafe { (*(code.as_ptr() as *const abi::PyCodeObject)).co_nfreevars.get() as usize };
        let closure = self.closure().map_or(0, Tuple::len);
        if free(value) != closure {
            return Err(thread.value_error(&format!(
                "{}() requires a code object with {closure} free vars, not {}",
                self.name(),
                free(value)
            )));
        }
        self.changed();
        write(&self.0.func_code, Some(value.own()));
        Ok(())
    }
    #[getter]
    fn __globals__(&self) -> Obj {
        (**self.globals()).own()
    }
    #[getter]
    fn __builtins__(&self) -> Obj {
        self.builtins().own()
    }
    #[getter]
    fn __closure__(&self) -> Option<Obj> {
        read(&self.0.func_closure)
    }
    #[getter]
    fn __defaults__(&self) -> Option<Obj> {
        read(&self.0.func_defaults)
    }
    #[setter(name = "__defaults__")]
    fn set_defaults(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        let value = value.filter(|v| !v.is_none());
        if value.is_some_and(|v| !v.is_instance::<Tuple>()) {
            return Err(thread.type_error("__defaults__ must be set to a tuple object"));
        }
        self.changed();
        write(&self.0.func_defaults, value.map(Object::own));
        Ok(())
    }
    #[getter]
    fn __kwdefaults__(&self) -> Option<Obj> {
        read(&self.0.func_kwdefaults)
    }
    #[setter(name = "__kwdefaults__")]
    fn set_kwdefaults(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        let value = value.filter(|v| !v.is_none());
        if value.is_some_and(|v| !v.is_instance::<Dict>()) {
            return Err(thread.type_error("__kwdefaults__ must be set to a dict object"));
        }
        self.changed();
        write(&self.0.func_kwdefaults, value.map(Object::own));
        Ok(())
    }
    #[getter]
    fn __doc__(&self) -> Option<Obj> {
        read(&self.0.func_doc)
    }
    #[setter(name = "__doc__")]
    fn set_doc(&self, value: Option<&Object>) -> PyResult<()> {
        write(&self.0.func_doc, value.map(Object::own));
        Ok(())
    }
    #[getter]
    fn __module__(&self) -> Option<Obj> {
        read(&self.0.func_module)
    }
    #[setter(name = "__module__")]
    fn set_module(&self, value: Option<&Object>) -> PyResult<()> {
        write(&self.0.func_module, value.map(Object::own));
        Ok(())
    }
    #[getter]
    fn __dict__(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        Ok(self.instance_dict(thread)?.map(Owned::upcast))
    }
    #[setter(name = "__dict__")]
    fn set_dict(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        crate::managed::replace_dict(thread, self, value)
    }
    #[getter]
    fn __annotate__(&self) -> Option<Obj> {
        read(&self.0.func_annotate)
    }
    #[setter(name = "__annotate__")]
    fn set_annotate(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        let Some(value) = value else { return Err(thread.type_error("__annotate__ cannot be deleted")) };
        if !value.is_none() && !value.is_callable() {
            return Err(thread.type_error("__annotate__ must be callable or None"));
        }
        if !value.is_none() {
            write(&self.0.func_annotations, None);
        }
        write(&self.0.func_annotate, Some(value.own()));
        Ok(())
    }
    #[getter]
    fn __annotations__(&self, thread: &Thread) -> PyResult<Obj> {
        if let Some(annotations) = read(&self.0.func_annotations) {
            // Without the future import the compiler leaves pairs in a tuple.
            if let Some(pairs) = annotations.exact::<Tuple>() {
                let dict = Dict::new(thread)?;
                for pair in pairs.items().chunks_exact(2) {
                    dict.set(thread, pair[0], pair[1])?;
                }
                write(&self.0.func_annotations, Some(dict.clone().upcast()));
                return Ok(dict.upcast());
            }
            return Ok(annotations);
        }
        let annotations = match read(&self.0.func_annotate).filter(|a| !a.is_none()) {
            Some(annotate) => {
                let made = annotate.call(thread, &[&crate::Int::from(1)])?;
                if !made.is_instance::<Dict>() {
                    return Err(thread.type_error(&format!("__annotate__ returned non-dict of type '{}'", made.ty().full_name())));
                }
                made
            }
            None => Dict::new(thread)?.upcast(),
        };
        write(&self.0.func_annotations, Some(annotations.clone()));
        Ok(annotations)
    }
    #[setter(name = "__annotations__")]
    fn set_annotations(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        let value = value.filter(|v| !v.is_none());
        if value.is_some_and(|v| !v.is_instance::<Dict>()) {
            return Err(thread.type_error("__annotations__ must be set to a dict object"));
        }
        write(&self.0.func_annotations, value.map(Object::own));
        write(&self.0.func_annotate, None);
        Ok(())
    }
    #[getter]
    fn __type_params__(&self) -> Obj {
        read(&self.0.func_typeparams).unwrap_or_else(|| Tuple::empty().upcast())
    }
    #[setter(name = "__type_params__")]
    fn set_type_params(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        let Some(value) = value.filter(|v| v.is_instance::<Tuple>()) else {
            return Err(thread.type_error("__type_params__ must be set to a tuple"));
        };
        write(&self.0.func_typeparams, Some(value.own()));
        Ok(())
    }
}
