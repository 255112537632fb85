//! `builtin_function_or_method` and the calling of C definitions by their flags.

use std::ffi::c_void;
use std::mem::transmute;

use pyrox_abi as abi;
use pyrox_abi::{PyCFunctionObject, PyCMethodObject, PyMethodDef};
use pyrox_macros::pyclass;

use crate::native::{Raw, c_text};
use crate::object::{Obj, Object, Owned, PyType, xdecref};
use crate::{CompareOp, Dict, PyResult, Str, Thread, Tuple, Type};

/// A C function, perhaps bound to an object or a module.
#[repr(transparent)]
pub struct BuiltinFunction(PyCFunctionObject);

type NoArgs = unsafe extern "C-unwind" fn(Raw, Raw) -> Raw;
type Fast = unsafe extern "C-unwind" fn(Raw, *const Raw, isize) -> Raw;
type FastKeywords = unsafe extern "C-unwind" fn(Raw, *const Raw, isize, Raw) -> Raw;
type WithKeywords = unsafe extern "C-unwind" fn(Raw, Raw, Raw) -> Raw;
type Method = unsafe extern "C-unwind" fn(Raw, Raw, *const Raw, isize, Raw) -> Raw;

/// Call a C definition with `receiver` and vectorcall arguments.
///
/// # Safety
/// A vectorcall's contract; the definition's flags describe its function.
#[inline]
pub unsafe fn call_definition(
    thread: &Thread,
    definition: &PyMethodDef,
    receiver: Raw,
    args: *const Raw,
    nargs: usize,
    kwnames: Raw,
    class: &Type,
) -> Raw {
    const KIND: i32 = abi::METH_VARARGS | abi::METH_FASTCALL | abi::METH_NOARGS | abi::METH_O | abi::METH_KEYWORDS | abi::METH_METHOD;
    const FAST: i32 = abi::METH_FASTCALL;
    const FAST_KEYWORDS: i32 = abi::METH_FASTCALL | abi::METH_KEYWORDS;
    const VARARGS_KEYWORDS: i32 = abi::METH_VARARGS | abi::METH_KEYWORDS;
    const METHOD: i32 = abi::METH_FASTCALL | abi::METH_KEYWORDS | abi::METH_METHOD;
    let Some(function) = definition.ml_meth else {
        thread.system_error("a method definition without a function");
        return std::ptr::null_mut();
    };
    // SAFETY: by contract.
    unsafe {
        if thread.check_stack(" while calling a Python object").is_err() {
            return std::ptr::null_mut();
        }
        let kind = definition.ml_flags & KIND;
        let no_keywords = kwnames.is_null() || (*(kwnames as *const Tuple)).len() == 0;
        if !no_keywords && definition.ml_flags & abi::METH_KEYWORDS == 0 {
            thread.type_error(&format!("{}() takes no keyword arguments", qualified(thread, definition, class, receiver)));
            return std::ptr::null_mut();
        }
        match kind {
            FAST => transmute::<_, Fast>(function)(receiver, args, nargs as isize),
            FAST_KEYWORDS => transmute::<_, FastKeywords>(function)(receiver, args, nargs as isize, kwnames),
            abi::METH_NOARGS => {
                if nargs != 0 {
                    thread.type_error(&format!("{}() takes no arguments ({nargs} given)", qualified(thread, definition, class, receiver)));
                    return std::ptr::null_mut();
                }
                transmute::<_, NoArgs>(function)(receiver, std::ptr::null_mut())
            }
            abi::METH_O => {
                if nargs != 1 {
                    thread.type_error(&format!(
                        "{}() takes exactly one argument ({nargs} given)",
                        qualified(thread, definition, class, receiver)
                    ));
                    return std::ptr::null_mut();
                }
                transmute::<_, NoArgs>(function)(receiver, *args)
            }
            METHOD => transmute::<_, Method>(function)(receiver, class.as_ptr(), args, nargs as isize, kwnames),
            abi::METH_VARARGS | VARARGS_KEYWORDS => {
                let positional: &[Raw] = if nargs == 0 { &[] } else { std::slice::from_raw_parts(args, nargs) };
                let Ok(tuple) = Tuple::from_raw_slice(thread, positional) else { return std::ptr::null_mut() };
                if kind == abi::METH_VARARGS {
                    return transmute::<_, NoArgs>(function)(receiver, tuple.as_ptr());
                }
                let kwargs = if no_keywords {
                    None
                } else {
                    let Ok(dict) = Dict::new(thread) else { return std::ptr::null_mut() };
                    for (at, name) in (*(kwnames as *const Tuple)).raw_items().iter().enumerate() {
                        if dict.set(thread, Object::from_ptr(*name), Object::from_ptr(*args.add(nargs + at))).is_err() {
                            return std::ptr::null_mut();
                        }
                    }
                    Some(dict)
                };
                let kwargs = kwargs.as_ref().map_or(std::ptr::null_mut(), |d| d.as_ptr());
                transmute::<_, WithKeywords>(function)(receiver, tuple.as_ptr(), kwargs)
            }
            _ => {
                thread.system_error(&format!("{}() method: bad call flags", c_text(definition.ml_name)));
                std::ptr::null_mut()
            }
        }
    }
}

/// `list.append` for methods, `len` and `math.sin` for functions.
#[cold]
fn qualified(thread: &Thread, definition: &PyMethodDef, class: &Type, receiver: Raw) -> String {
    let name = c_text(definition.ml_name);
    // SAFETY: null or a valid receiver.
    let module = unsafe { Object::from_ptr_or_null(receiver) }.and_then(|r| r.cast::<crate::Module>());
    if let Some(module) = module {
        let said = module.dict().get_str(crate::intern!("__name__")).and_then(|n| n.cast::<Str>().map(|n| n.to_string()));
        return match said {
            Some(module) if module != "builtins" => format!("{module}.{name}"),
            _ => name.to_string(),
        };
    }
    if definition.ml_flags & abi::METH_STATIC != 0 {
        return name.to_string();
    }
    match class.qualname(thread) {
        Ok(class) => format!("{class}.{name}"),
        Err(_) => name.to_string(),
    }
}

unsafe extern "C-unwind" fn vectorcall(callable: Raw, args: *const Raw, nargsf: usize, kwnames: Raw) -> Raw {
    // SAFETY: a vectorcallfunc contract.
    unsafe {
        let function = &*(callable as *const BuiltinFunction);
        let receiver = function.receiver_raw();
        if let Some(class) = function.class() {
            return call_definition(Thread::current(), function.definition(), receiver, args, nargsf & !(1 << 63), kwnames, class);
        }
        let class = if receiver.is_null() { <Object as PyType>::ty() } else { Type::from_ptr((*receiver).ob_type.get()) };
        let class = match Object::from_ptr_or_null(receiver).and_then(|r| r.cast::<Type>()) {
            Some(ty) if function.definition().ml_flags & abi::METH_METHOD == 0 => ty,
            _ => class,
        };
        call_definition(Thread::current(), function.definition(), receiver, args, nargsf & !(1 << 63), kwnames, class)
    }
}

impl BuiltinFunction {
    /// A function object for a definition that lives for ever; `receiver` is what it is bound to (the
    /// module for functions of modules).
    pub fn new(
        thread: &Thread,
        definition: *const PyMethodDef,
        receiver: Option<&Object>,
        module: Option<&Object>,
    ) -> PyResult<Owned<BuiltinFunction>> {
        let object = Self::ty().allocate_untracked(thread, 0)?;
        // SAFETY: fresh, zeroed behind the head.
        unsafe {
            let raw = &*(object.as_ptr() as *const PyCFunctionObject);
            raw.m_ml.set(definition);
            raw.m_self.set(receiver.map_or(std::ptr::null_mut(), |r| r.own().into_raw()));
            raw.m_module.set(module.map_or(std::ptr::null_mut(), |m| m.own().into_raw()));
            raw.vectorcall.set(Some(vectorcall));
            crate::gc::track(object.as_ptr());
            Ok(object.cast_unchecked())
        }
    }

    /// A method whose function is told the class that defines it (`METH_METHOD`).
    pub fn new_method(
        thread: &Thread,
        definition: *const PyMethodDef,
        receiver: Option<&Object>,
        module: Option<&Object>,
        class: &Type,
    ) -> PyResult<Owned<BuiltinFunction>> {
        let object = CMethod::ty().allocate_untracked(thread, 0)?;
        // SAFETY: fresh, zeroed behind the head.
        unsafe {
            let raw = &*(object.as_ptr() as *const PyCMethodObject);
            raw.func.m_ml.set(definition);
            raw.func.m_self.set(receiver.map_or(std::ptr::null_mut(), |r| r.own().into_raw()));
            raw.func.m_module.set(module.map_or(std::ptr::null_mut(), |m| m.own().into_raw()));
            raw.func.vectorcall.set(Some(vectorcall));
            raw.mm_class.set((**class).own().into_raw() as *mut _);
            crate::gc::track(object.as_ptr());
            Ok(object.cast_unchecked())
        }
    }

    /// The class that a [`BuiltinFunction::new_method`] was made for.
    pub fn class(&self) -> Option<&Type> {
        if !std::ptr::eq((**self).type_ptr(), CMethod::TYPE) {
            return None;
        }
        // SAFETY: the type proves the layout; the method owns a reference to its class.
        unsafe { ((*(self as *const Self as *const PyCMethodObject)).mm_class.get() as *const Type).as_ref() }
    }

    pub fn definition(&self) -> &PyMethodDef {
        // SAFETY: definitions live for ever.
        unsafe { &*self.0.m_ml.get() }
    }

    /// What C code gets as `self`: null for static methods.
    pub fn receiver_raw(&self) -> Raw {
        if self.definition().ml_flags & abi::METH_STATIC != 0 { std::ptr::null_mut() } else { self.0.m_self.get() }
    }

    pub fn receiver(&self) -> Option<&Object> {
        // SAFETY: the function owns a reference to it.
        unsafe { Object::from_ptr_or_null(self.0.m_self.get()) }
    }

    pub fn name(&self) -> &'static str {
        c_text(self.definition().ml_name)
    }

    fn doc(&self) -> (&'static str, &'static str) {
        (self.name(), c_text(self.definition().ml_doc))
    }
}

/// A C function with the class that defines it.
#[repr(transparent)]
pub struct CMethod(PyCMethodObject);

#[pyclass(name = "builtin_method", symbol = "PyCMethod_Type", base = BuiltinFunction::TYPE, new = inherit, gc, vectorcalloffset = 48, weaklistoffset = 40,
    flags = abi::Py_TPFLAGS_HAVE_VECTORCALL)]
impl CMethod {
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe { free(object) }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
        // SAFETY: by contract.
        unsafe { walk(object, visit, data) }
    }
}

/// `tp_dealloc` of both kinds.
unsafe fn free(object: Raw) {
    // SAFETY: by contract of the slot.
    unsafe {
        crate::gc::untrack(object);
        let raw = &*(object as *const PyCFunctionObject);
        if !raw.m_weakreflist.get().is_null() {
            crate::weakref::clear_weakrefs(object);
        }
        if let Some(class) = (*(object as *const BuiltinFunction)).class() {
            xdecref(class.as_ptr());
        }
        xdecref(raw.m_self.get());
        xdecref(raw.m_module.get());
        crate::dealloc::free_instance(object, (*object).ob_type.get());
    }
}

/// `tp_traverse` of both kinds.
unsafe fn walk(object: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
    // SAFETY: by contract of the slot.
    unsafe {
        let raw = &*(object as *const PyCFunctionObject);
        let class = (*(object as *const BuiltinFunction)).class().map_or(std::ptr::null_mut(), |c| c.as_ptr());
        for field in [raw.m_self.get(), raw.m_module.get(), class] {
            if !field.is_null() {
                let status = visit(field, data);
                if status != 0 {
                    return status;
                }
            }
        }
    }
    0
}

#[pyclass(name = "builtin_function_or_method", symbol = "PyCFunction_Type", gc, vectorcalloffset = 48, weaklistoffset = 40,
    flags = abi::Py_TPFLAGS_HAVE_VECTORCALL)]
impl BuiltinFunction {
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe { free(object) }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
        // SAFETY: by contract.
        unsafe { walk(object, visit, data) }
    }
    #[slot]
    fn tp_call(this: &Object, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        this.call_tuple(thread, args, kwargs)
    }
    #[slot]
    fn tp_repr(&self) -> String {
        match self.receiver() {
            Some(receiver) if !receiver.is_instance::<crate::Module>() => {
                format!("<built-in method {} of {} object at {:#x}>", self.name(), receiver.ty().full_name(), receiver.as_ptr() as usize)
            }
            _ => format!("<built-in function {}>", self.name()),
        }
    }
    #[slot]
    fn tp_hash(&self) -> isize {
        let hash = |address: usize| pyrox_numeric::hash::hash_pointer(address) as isize;
        hash(self.0.m_self.get() as usize) ^ hash(self.definition().ml_meth.map_or(0, |f| f as usize))
    }
    #[slot]
    fn tp_richcompare(&self, other: &Object, op: CompareOp) -> Obj {
        let Some(other) = other.cast::<BuiltinFunction>() else { return crate::not_implemented() };
        let same = self.0.m_self.get() == other.0.m_self.get()
            && self.definition().ml_meth.map(|f| f as usize) == other.definition().ml_meth.map(|f| f as usize);
        match op {
            CompareOp::Eq => crate::bool_obj(same),
            CompareOp::Ne => crate::bool_obj(!same),
            _ => crate::not_implemented(),
        }
    }
    #[getter]
    fn __name__(&self) -> &'static str {
        self.name()
    }
    #[getter]
    fn __qualname__(&self, thread: &Thread) -> PyResult<String> {
        let Some(receiver) = self.receiver().filter(|r| !r.is_instance::<crate::Module>()) else {
            return Ok(self.name().to_string());
        };
        let class = receiver.cast::<Type>().unwrap_or(receiver.ty());
        Ok(format!("{}.{}", class.qualname(thread)?, self.name()))
    }
    #[getter]
    fn __self__(&self) -> Option<Obj> {
        if self.definition().ml_flags & abi::METH_STATIC != 0 { None } else { self.receiver().map(Object::own) }
    }
    #[getter]
    fn __module__(&self) -> Option<Obj> {
        // SAFETY: the function owns a reference to it.
        unsafe { Object::from_ptr_or_null(self.0.m_module.get()) }.map(Object::own)
    }
    #[setter(name = "__module__")]
    fn set_module(&self, value: Option<&Object>) -> PyResult<()> {
        let old = self.0.m_module.replace(value.map_or(std::ptr::null_mut(), |v| v.own().into_raw()));
        // SAFETY: the function owned it.
        unsafe { xdecref(old) };
        Ok(())
    }
    #[getter]
    fn __doc__(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let (name, doc) = self.doc();
        if doc.is_empty() {
            return Ok(None);
        }
        Ok(Some(Str::from_str(thread, crate::signature::doc_without_signature(name, doc))?.upcast()))
    }
    #[getter]
    fn __text_signature__(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let (name, doc) = self.doc();
        match crate::signature::text_signature(name, doc) {
            Some(text) => Ok(Some(Str::from_str(thread, text)?.upcast())),
            None => Ok(None),
        }
    }
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Obj> {
        let name = Str::intern_str(thread, self.name())?;
        match self.receiver() {
            Some(receiver) if !receiver.is_instance::<crate::Module>() => {
                let arguments = Tuple::from_vec(thread, vec![receiver.own(), name.upcast()])?;
                Ok(Tuple::from_vec(thread, vec![crate::hooks::builtin(thread, "getattr")?, arguments.upcast()])?.upcast())
            }
            _ => Ok(name.upcast()),
        }
    }
}

/// The `__new__` of a static type: a function bound to the type that checks its class argument.
pub fn new_wrapper(thread: &Thread, ty: &Type) -> PyResult<Owned<BuiltinFunction>> {
    BuiltinFunction::new(thread, &NEW.0, Some(ty), None)
}

struct NewDefinition(PyMethodDef);

// SAFETY: never written.
unsafe impl Sync for NewDefinition {}

static NEW: NewDefinition = NewDefinition(PyMethodDef {
    ml_name: c"__new__".as_ptr(),
    // SAFETY: the flags say what the function takes.
    ml_meth: unsafe { transmute::<WithKeywords, abi::PyCFunction>(call_new) },
    ml_flags: abi::METH_VARARGS | abi::METH_KEYWORDS,
    ml_doc: c"__new__($type, *args, **kwargs)\n--\n\nCreate and return a new object.  See help(type) for accurate signature.".as_ptr(),
});

unsafe extern "C-unwind" fn call_new(ty: Raw, args: Raw, kwargs: Raw) -> Raw {
    // SAFETY: bound to a type by `new_wrapper`.
    unsafe {
        let thread = Thread::current();
        let ty = Type::from_ptr(ty as *mut _);
        let args = &*(args as *const Tuple);
        let fail = |message: String| {
            thread.type_error(&message);
            std::ptr::null_mut()
        };
        if args.len() == 0 {
            return fail(format!("{}.__new__(): not enough arguments", ty.full_name()));
        }
        let Some(class) = args.get(0).cast::<Type>() else {
            return fail(format!("{}.__new__(X): X is not a type object ({})", ty.full_name(), args.get(0).ty().full_name()));
        };
        if !class.is_subtype(ty) {
            return fail(format!("{0}.__new__({1}): {1} is not a subtype of {0}", ty.full_name(), class.full_name()));
        }
        // The nearest native base decides what is safe.
        let mut base = class;
        while crate::type_object::makes_by_python(base) {
            match base.base() {
                Some(next) => base = next,
                None => break,
            }
        }
        if base.raw().tp_new.get().map(|f| f as usize) != ty.raw().tp_new.get().map(|f| f as usize) {
            return fail(format!("{}.__new__({}) is not safe, use {}.__new__()", ty.full_name(), class.full_name(), base.full_name()));
        }
        let Ok(rest) = Tuple::from_slice(thread, &args.items()[1..]) else { return std::ptr::null_mut() };
        match ty.raw().tp_new.get() {
            Some(new) => new(class.as_type_ptr(), rest.as_ptr(), kwargs),
            None => fail(format!("cannot create '{}' instances", ty.full_name())),
        }
    }
}

/// The type whose `tp_new` a `__new__` object stands for.
pub fn new_of(object: &Object) -> Option<&Type> {
    let function = object.exact::<BuiltinFunction>()?;
    if !std::ptr::eq(function.definition(), &NEW.0) {
        return None;
    }
    function.receiver()?.cast::<Type>()
}
