//! Descriptors of native types: `wrapper_descriptor`, `method_descriptor`,
//! `classmethod_descriptor`, `member_descriptor`, `getset_descriptor`.

use std::ffi::c_void;

use pyrox_abi as abi;
use pyrox_abi::{
    PyDescrObject, PyGetSetDef, PyGetSetDescrObject, PyMemberDef, PyMemberDescrObject, PyMethodDef, PyMethodDescrObject, PyObject,
    PyWrapperDescrObject,
};
use pyrox_macros::pyclass;

use crate::builtin_function::{BuiltinFunction, call_definition};
use crate::native::c_text;
use crate::object::{Obj, Object, Owned, PyType, xdecref};
use crate::protocol::call::check;
use crate::type_object::SlotDefinition;
use crate::{Dict, PyResult, Raised, Str, Thread, Tuple, Type};

type Raw = *mut PyObject;

macro_rules! descriptor_struct {
    ($name:ident, $raw:ident) => {
        #[doc = concat!("See `", stringify!($raw), "`.")]
        #[repr(transparent)]
        pub struct $name($raw);

        impl $name {
            fn common(&self) -> &PyDescrObject {
                // SAFETY: every descriptor begins with this.
                unsafe { &*(self as *const Self as *const PyDescrObject) }
            }

            /// The type that the descriptor belongs to.
            pub fn owner(&self) -> &Type {
                // SAFETY: the descriptor owns a reference to its type.
                unsafe { Type::from_ptr(self.common().d_type.get()) }
            }

            fn name_text(&self) -> String {
                // SAFETY: the name is a str.
                unsafe { &*(self.common().d_name.get() as *const Str) }.to_string_lossy().into_owned()
            }

            fn name_obj(&self) -> Obj {
                // SAFETY: the descriptor owns it.
                unsafe { Object::from_ptr(self.common().d_name.get()) }.own()
            }

            fn qualified(&self, thread: &Thread) -> PyResult<Owned<Str>> {
                let owner = self.owner().qualname(thread)?;
                Str::from_str(thread, &format!("{owner}.{}", self.name_text()))
            }

            #[allow(dead_code)]
            fn check_instance(&self, thread: &Thread, object: &Object) -> PyResult<()> {
                if object.is_instance_of(self.owner()) {
                    return Ok(());
                }
                Err(thread.type_error(&format!(
                    "descriptor '{}' for '{}' objects doesn't apply to a '{}' object",
                    self.name_text(),
                    self.owner().full_name(),
                    object.ty().full_name()
                )))
            }
        }
    };
}
descriptor_struct!(WrapperDescriptor, PyWrapperDescrObject);
descriptor_struct!(MethodDescriptor, PyMethodDescrObject);
descriptor_struct!(ClassMethodDescriptor, PyMethodDescrObject);
descriptor_struct!(MemberDescriptor, PyMemberDescrObject);
descriptor_struct!(GetSetDescriptor, PyGetSetDescrObject);

unsafe extern "C-unwind" fn dealloc(object: Raw) {
    // SAFETY: a destructor contract of any descriptor.
    unsafe {
        crate::gc::untrack(object);
        let descriptor = &*(object as *const PyDescrObject);
        xdecref(descriptor.d_type.get() as Raw);
        xdecref(descriptor.d_name.get());
        xdecref(descriptor.d_qualname.get());
        crate::dealloc::free_instance(object, (*object).ob_type.get());
    }
}

unsafe extern "C-unwind" fn traverse(object: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
    // SAFETY: a traverseproc contract of any descriptor.
    unsafe { visit((*(object as *const PyDescrObject)).d_type.get() as Raw, data) }
}

fn make<T: PyType>(thread: &Thread, owner: &Type, name: &str) -> PyResult<Owned<T>> {
    let object = T::ty().allocate_untracked(thread, 0)?;
    // SAFETY: a fresh descriptor, zeroed behind its head.
    unsafe {
        let descriptor = &*(object.as_ptr() as *const PyDescrObject);
        descriptor.d_type.set((**owner).own().into_raw() as *mut _);
        descriptor.d_name.set(Str::intern_str(thread, name)?.into_raw());
        crate::gc::track(object.as_ptr());
        Ok(object.cast_unchecked())
    }
}

fn reduce(thread: &Thread, owner: &Type, name: Obj) -> PyResult<Obj> {
    let builtins = crate::hooks::builtin(thread, "getattr")?;
    let arguments = Tuple::from_vec(thread, vec![(**owner).own(), name])?;
    Ok(Tuple::from_vec(thread, vec![builtins, arguments.upcast()])?.upcast())
}

impl WrapperDescriptor {
    pub fn new(thread: &Thread, owner: &Type, definition: &'static SlotDefinition, slot: *mut c_void) -> PyResult<Owned<Self>> {
        let descriptor: Owned<Self> = make(thread, owner, definition.name)?;
        descriptor.0.d_base.set(definition as *const SlotDefinition as *const _);
        descriptor.0.d_wrapped.set(slot);
        Ok(descriptor)
    }

    fn definition(&self) -> &'static SlotDefinition {
        // SAFETY: set by `new`.
        unsafe { &*(self.0.d_base.get() as *const SlotDefinition) }
    }

    /// The C function behind.
    pub fn wrapped(&self) -> *mut c_void {
        self.0.d_wrapped.get()
    }

    pub fn name(&self) -> &'static str {
        self.definition().name
    }

    /// The wrapper calls the slot of `definition`, not another one of the same name.
    pub fn is_for(&self, definition: &SlotDefinition) -> bool {
        let own = self.definition();
        own.name == definition.name
            && own.offset == definition.offset
            && own.wrapper.map(|w| w as usize) == definition.wrapper.map(|w| w as usize)
    }

    /// Call the slot of `object`.
    pub fn invoke(&self, thread: &Thread, object: &Object, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        let definition = self.definition();
        if !definition.keywords && kwargs.is_some_and(|k| k.len() > 0) {
            return Err(thread.type_error(&format!("wrapper {}() takes no keyword arguments", definition.name)));
        }
        match definition.wrapper {
            Some(wrapper) => wrapper(thread, object, args, self.wrapped(), kwargs),
            None => Err(thread.system_error("a slot without a wrapper")),
        }
    }

    pub fn signature(&self) -> &'static str {
        self.definition().signature
    }
}

#[pyclass(name = "wrapper_descriptor", symbol = "PyWrapperDescr_Type", gc, flags = abi::Py_TPFLAGS_METHOD_DESCRIPTOR)]
impl WrapperDescriptor {
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe { dealloc(object) }
    }

    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
        // SAFETY: by contract.
        unsafe { traverse(object, visit, data) }
    }

    #[slot]
    fn tp_repr(&self) -> String {
        format!("<slot wrapper '{}' of '{}' objects>", self.name_text(), self.owner().full_name())
    }

    #[slot]
    fn tp_call(&self, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        if args.len() == 0 {
            return Err(thread.type_error(&format!(
                "descriptor '{}' of '{}' object needs an argument",
                self.name_text(),
                self.owner().full_name()
            )));
        }
        let object = args.get(0);
        if !object.is_instance_of(self.owner()) {
            return Err(thread.type_error(&format!(
                "descriptor '{}' requires a '{}' object but received a '{}'",
                self.name_text(),
                self.owner().full_name(),
                object.ty().full_name()
            )));
        }
        let rest = Tuple::from_slice(thread, &args.items()[1..])?;
        self.invoke(thread, object, &rest, kwargs)
    }

    #[slot]
    fn tp_descr_get(&self, thread: &Thread, object: Option<&Object>, _ty: Option<&Object>) -> PyResult<Obj> {
        let Some(object) = object else { return Ok((**self).own()) };
        self.check_instance(thread, object)?;
        Ok(super::MethodWrapper::new(thread, self, object)?.upcast())
    }

    #[getter]
    fn __name__(&self) -> Obj {
        self.name_obj()
    }
    #[getter]
    fn __qualname__(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        self.qualified(thread)
    }
    #[getter]
    fn __objclass__(&self) -> Obj {
        (**self.owner()).own()
    }
    #[getter]
    fn __doc__(&self) -> String {
        crate::signature::slot_doc(self.name())
    }
    #[getter]
    fn __text_signature__(&self) -> Option<Obj> {
        let signature = self.signature();
        // SAFETY: properties are read with the lock held.
        let thread = unsafe { Thread::current() };
        if signature.is_empty() { None } else { Str::from_str(thread, signature).ok().map(Owned::upcast) }
    }
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Obj> {
        reduce(thread, self.owner(), self.name_obj())
    }
}

impl ClassMethodDescriptor {
    /// A class method for a definition in a type's table.
    pub fn new(thread: &Thread, owner: &Type, definition: *const PyMethodDef) -> PyResult<Owned<Self>> {
        // SAFETY: definitions of types live as long as the types.
        let descriptor: Owned<Self> = make(thread, owner, unsafe { c_text((*definition).ml_name) })?;
        descriptor.0.d_method.set(definition);
        Ok(descriptor)
    }
}

impl MethodDescriptor {
    /// A descriptor, static or class method for a definition in a type's table.
    pub fn for_definition(thread: &Thread, owner: &Type, definition: *const PyMethodDef) -> PyResult<Obj> {
        // SAFETY: definitions of types live as long as the types.
        let flags = unsafe { (*definition).ml_flags };
        let name = unsafe { c_text((*definition).ml_name) };
        if flags & abi::METH_STATIC != 0 {
            let function = BuiltinFunction::new(thread, definition, Some(owner), None)?;
            return Ok(super::StaticMethod::wrap(thread, &function)?.upcast());
        }
        if flags & abi::METH_CLASS != 0 {
            let descriptor: Owned<ClassMethodDescriptor> = make(thread, owner, name)?;
            descriptor.0.d_method.set(definition);
            return Ok(descriptor.upcast());
        }
        let descriptor: Owned<MethodDescriptor> = make(thread, owner, name)?;
        descriptor.0.d_method.set(definition);
        descriptor.0.vectorcall.set(Some(method_vectorcall));
        Ok(descriptor.upcast())
    }

    /// The C definition.
    pub fn definition(&self) -> &PyMethodDef {
        // SAFETY: set by `for_definition`.
        unsafe { &*self.0.d_method.get() }
    }
}

/// Call a method descriptor: the first argument is `self`.
unsafe extern "C-unwind" fn method_vectorcall(callable: Raw, args: *const Raw, nargsf: usize, kwnames: Raw) -> Raw {
    // SAFETY: a vectorcallfunc contract.
    unsafe {
        let descriptor = &*(callable as *const MethodDescriptor);
        let nargs = nargsf & !(1 << 63);
        let thread = Thread::current();
        if nargs == 0 {
            thread.type_error(&format!("unbound method {}.{}() needs an argument", descriptor.owner().name(), descriptor.name_text()));
            return std::ptr::null_mut();
        }
        let object = Object::from_ptr(*args);
        if !object.is_instance_of(descriptor.owner()) {
            let _ = descriptor_mismatch(thread, descriptor, object);
            return std::ptr::null_mut();
        }
        call_definition(thread, descriptor.definition(), *args, args.add(1), nargs - 1, kwnames, descriptor.owner())
    }
}

#[cold]
fn descriptor_mismatch(thread: &Thread, descriptor: &MethodDescriptor, object: &Object) -> Raised {
    thread.type_error(&format!(
        "descriptor '{}' for '{}' objects doesn't apply to a '{}' object",
        descriptor.name_text(),
        descriptor.owner().full_name(),
        object.ty().full_name()
    ))
}

macro_rules! method_properties {
    () => {
        fn doc_and_signature(&self) -> (&'static str, &'static str) {
            // SAFETY: set when made; definitions live for ever.
            unsafe {
                let definition = &*self.0.d_method.get();
                (c_text(definition.ml_name), c_text(definition.ml_doc))
            }
        }
    };
}

impl MethodDescriptor {
    method_properties!();
}
impl ClassMethodDescriptor {
    method_properties!();
}

fn doc_of(thread: &Thread, (name, doc): (&str, &str)) -> PyResult<Option<Obj>> {
    if doc.is_empty() {
        return Ok(None);
    }
    Ok(Some(Str::from_str(thread, crate::signature::doc_without_signature(name, doc))?.upcast()))
}

fn signature_of(thread: &Thread, (name, doc): (&str, &str)) -> PyResult<Option<Obj>> {
    match crate::signature::text_signature(name, doc) {
        Some(text) => Ok(Some(Str::from_str(thread, text)?.upcast())),
        None => Ok(None),
    }
}

#[pyclass(name = "method_descriptor", symbol = "PyMethodDescr_Type", gc, vectorcalloffset = 48,
    flags = abi::Py_TPFLAGS_METHOD_DESCRIPTOR | abi::Py_TPFLAGS_HAVE_VECTORCALL)]
impl MethodDescriptor {
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe { dealloc(object) }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
        // SAFETY: by contract.
        unsafe { traverse(object, visit, data) }
    }
    #[slot]
    fn tp_repr(&self) -> String {
        format!("<method '{}' of '{}' objects>", self.name_text(), self.owner().full_name())
    }
    #[slot]
    fn tp_call(this: &Object, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        this.call_tuple(thread, args, kwargs)
    }
    #[slot]
    fn tp_descr_get(&self, thread: &Thread, object: Option<&Object>, _ty: Option<&Object>) -> PyResult<Obj> {
        let Some(object) = object else { return Ok((**self).own()) };
        self.check_instance(thread, object)?;
        if self.definition().ml_flags & abi::METH_METHOD != 0 {
            return Ok(BuiltinFunction::new_method(thread, self.definition(), Some(object), None, self.owner())?.upcast());
        }
        Ok(BuiltinFunction::new(thread, self.definition(), Some(object), None)?.upcast())
    }
    #[getter]
    fn __name__(&self) -> Obj {
        self.name_obj()
    }
    #[getter]
    fn __qualname__(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        self.qualified(thread)
    }
    #[getter]
    fn __objclass__(&self) -> Obj {
        (**self.owner()).own()
    }
    #[getter]
    fn __doc__(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        doc_of(thread, self.doc_and_signature())
    }
    #[getter]
    fn __text_signature__(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        signature_of(thread, self.doc_and_signature())
    }
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Obj> {
        reduce(thread, self.owner(), self.name_obj())
    }
}

#[pyclass(name = "classmethod_descriptor", symbol = "PyClassMethodDescr_Type", gc)]
impl ClassMethodDescriptor {
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe { dealloc(object) }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
        // SAFETY: by contract.
        unsafe { traverse(object, visit, data) }
    }
    #[slot]
    fn tp_repr(&self) -> String {
        format!("<method '{}' of '{}' objects>", self.name_text(), self.owner().full_name())
    }
    #[slot]
    fn tp_call(&self, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        if args.len() == 0 {
            return Err(thread.type_error(&format!(
                "descriptor '{}' of '{}' object needs an argument",
                self.name_text(),
                self.owner().full_name()
            )));
        }
        let bound = self.tp_descr_get(thread, None, Some(args.get(0)))?;
        bound.call_tuple(thread, &*Tuple::from_slice(thread, &args.items()[1..])?, kwargs)
    }
    #[slot]
    fn tp_descr_get(&self, thread: &Thread, object: Option<&Object>, ty: Option<&Object>) -> PyResult<Obj> {
        let (name, owner) = (self.name_text(), self.owner());
        let ty = match (ty, object) {
            (Some(ty), _) => ty,
            (None, Some(object)) => &**object.ty(),
            (None, None) => {
                return Err(
                    thread.type_error(&format!("descriptor '{name}' for type '{}' needs either an object or a type", owner.full_name()))
                );
            }
        };
        let Some(class) = ty.cast::<Type>() else {
            return Err(thread.type_error(&format!(
                "descriptor '{name}' for type '{}' needs a type, not a '{}' as arg 2",
                owner.full_name(),
                ty.ty().full_name()
            )));
        };
        if !class.is_subtype(owner) {
            return Err(thread.type_error(&format!(
                "descriptor '{name}' requires a subtype of '{}' but received '{}'",
                owner.full_name(),
                class.full_name()
            )));
        }
        // SAFETY: set when made.
        let definition = unsafe { &*self.0.d_method.get() };
        if definition.ml_flags & abi::METH_METHOD != 0 {
            return Ok(BuiltinFunction::new_method(thread, definition, Some(class), None, owner)?.upcast());
        }
        Ok(BuiltinFunction::new(thread, definition, Some(class), None)?.upcast())
    }
    #[getter]
    fn __name__(&self) -> Obj {
        self.name_obj()
    }
    #[getter]
    fn __qualname__(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        self.qualified(thread)
    }
    #[getter]
    fn __objclass__(&self) -> Obj {
        (**self.owner()).own()
    }
    #[getter]
    fn __doc__(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        doc_of(thread, self.doc_and_signature())
    }
    #[getter]
    fn __text_signature__(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        signature_of(thread, self.doc_and_signature())
    }
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Obj> {
        reduce(thread, self.owner(), self.name_obj())
    }
}

impl MemberDescriptor {
    pub fn new(thread: &Thread, owner: &Type, definition: *const PyMemberDef) -> PyResult<Owned<Self>> {
        // SAFETY: definitions live as long as their type.
        let descriptor: Owned<Self> = make(thread, owner, unsafe { c_text((*definition).name) })?;
        descriptor.0.d_member.set(definition);
        Ok(descriptor)
    }

    fn definition(&self) -> &PyMemberDef {
        // SAFETY: set by `new`.
        unsafe { &*self.0.d_member.get() }
    }

    /// The offset of an object member that `__slots__` made, for the interpreter's caches.
    pub fn slot_offset(&self) -> Option<isize> {
        let definition = self.definition();
        (definition.r#type == abi::Py_T_OBJECT_EX && definition.flags & abi::Py_READONLY == 0).then_some(definition.offset)
    }
}

#[pyclass(name = "member_descriptor", symbol = "PyMemberDescr_Type", gc)]
impl MemberDescriptor {
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe { dealloc(object) }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
        // SAFETY: by contract.
        unsafe { traverse(object, visit, data) }
    }
    #[slot]
    fn tp_repr(&self) -> String {
        format!("<member '{}' of '{}' objects>", self.name_text(), self.owner().full_name())
    }
    #[slot]
    fn tp_descr_get(&self, thread: &Thread, object: Option<&Object>, _ty: Option<&Object>) -> PyResult<Obj> {
        let Some(object) = object else { return Ok((**self).own()) };
        self.check_instance(thread, object)?;
        crate::member::get(thread, object, self.definition())
    }
    #[slot]
    fn tp_descr_set(&self, thread: &Thread, object: &Object, value: Option<&Object>) -> PyResult<()> {
        self.check_instance(thread, object)?;
        crate::member::set(thread, object, self.definition(), value)
    }
    #[getter]
    fn __name__(&self) -> Obj {
        self.name_obj()
    }
    #[getter]
    fn __qualname__(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        self.qualified(thread)
    }
    #[getter]
    fn __objclass__(&self) -> Obj {
        (**self.owner()).own()
    }
    #[getter]
    fn __doc__(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        doc_of(thread, ("", c_text(self.definition().doc)))
    }
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Obj> {
        reduce(thread, self.owner(), self.name_obj())
    }
}

impl GetSetDescriptor {
    pub fn new(thread: &Thread, owner: &Type, definition: *const PyGetSetDef) -> PyResult<Owned<Self>> {
        // SAFETY: definitions live as long as their type.
        let descriptor: Owned<Self> = make(thread, owner, unsafe { c_text((*definition).name) })?;
        descriptor.0.d_getset.set(definition);
        Ok(descriptor)
    }

    fn definition(&self) -> &PyGetSetDef {
        // SAFETY: set by `new`.
        unsafe { &*self.0.d_getset.get() }
    }
}

#[pyclass(name = "getset_descriptor", symbol = "PyGetSetDescr_Type", gc)]
impl GetSetDescriptor {
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe { dealloc(object) }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
        // SAFETY: by contract.
        unsafe { traverse(object, visit, data) }
    }
    #[slot]
    fn tp_repr(&self) -> String {
        format!("<attribute '{}' of '{}' objects>", self.name_text(), self.owner().full_name())
    }
    #[slot]
    fn tp_descr_get(&self, thread: &Thread, object: Option<&Object>, _ty: Option<&Object>) -> PyResult<Obj> {
        let Some(object) = object else { return Ok((**self).own()) };
        self.check_instance(thread, object)?;
        let definition = self.definition();
        match definition.get {
            // SAFETY: a getter contract.
            Some(get) => unsafe { check(thread, get(object.as_ptr(), definition.closure)) },
            None => Err(thread.attribute_error(&format!(
                "attribute '{}' of '{}' objects is not readable",
                self.name_text(),
                self.owner().full_name()
            ))),
        }
    }
    #[slot]
    fn tp_descr_set(&self, thread: &Thread, object: &Object, value: Option<&Object>) -> PyResult<()> {
        self.check_instance(thread, object)?;
        let definition = self.definition();
        match definition.set {
            // SAFETY: a setter contract.
            Some(set) => unsafe {
                let value = value.map_or(std::ptr::null_mut(), |v| v.as_ptr());
                if set(object.as_ptr(), value, definition.closure) < 0 { Err(Raised) } else { Ok(()) }
            },
            None => Err(thread.attribute_error(&format!(
                "attribute '{}' of '{}' objects is not writable",
                self.name_text(),
                self.owner().full_name()
            ))),
        }
    }
    #[getter]
    fn __name__(&self) -> Obj {
        self.name_obj()
    }
    #[getter]
    fn __qualname__(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        self.qualified(thread)
    }
    #[getter]
    fn __objclass__(&self) -> Obj {
        (**self.owner()).own()
    }
    #[getter]
    fn __doc__(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        doc_of(thread, ("", c_text(self.definition().doc)))
    }
}
