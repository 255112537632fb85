//! The type `type`: its constructor, call, attributes and methods.

use std::ffi::{CStr, c_int, c_void};
use std::mem::offset_of;

use pyrox_abi as abi;
use pyrox_abi::{PyGetSetDef, PyObject, PyTypeObject};
use pyrox_macros::pyclass;

use super::create::{self, new_class, winning_metatype};
use crate::native::{Keywords, Rest};
use crate::object::{Obj, Object, Owned, PyType};
use crate::{Dict, List, PyResult, Raised, Str, Thread, Tuple, Type};

type Raw = *mut PyObject;

/// type(object) -> the object's type
/// type(name, bases, dict, **kwds) -> a new type
/// Fields of the type's structure that programs read as they are.
const TYPE_MEMBERS: &[abi::PyMemberDef] = {
    const fn member(name: &'static CStr, kind: c_int, offset: usize) -> abi::PyMemberDef {
        abi::PyMemberDef { name: name.as_ptr(), r#type: kind, offset: offset as isize, flags: abi::Py_READONLY, doc: std::ptr::null() }
    }
    &[
        member(c"__basicsize__", abi::Py_T_PYSSIZET, offset_of!(PyTypeObject, tp_basicsize)),
        member(c"__itemsize__", abi::Py_T_PYSSIZET, offset_of!(PyTypeObject, tp_itemsize)),
        member(c"__flags__", abi::Py_T_ULONG, offset_of!(PyTypeObject, tp_flags)),
        member(c"__weakrefoffset__", abi::Py_T_PYSSIZET, offset_of!(PyTypeObject, tp_weaklistoffset)),
        member(c"__base__", abi::_Py_T_OBJECT, offset_of!(PyTypeObject, tp_base)),
        member(c"__dictoffset__", abi::Py_T_PYSSIZET, offset_of!(PyTypeObject, tp_dictoffset)),
        crate::native::NO_MEMBER,
    ]
};

#[pyclass(name = "type", symbol = "PyType_Type", gc,
    flags = abi::Py_TPFLAGS_BASETYPE | abi::Py_TPFLAGS_TYPE_SUBCLASS | abi::Py_TPFLAGS_HAVE_VECTORCALL | abi::Py_TPFLAGS_ITEMS_AT_END,
    basicsize = 936, itemsize = 40, dictoffset = 264, weaklistoffset = 368, vectorcalloffset = 400, members = TYPE_MEMBERS)]
impl Type {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        if std::ptr::eq(cls, Type::type_type()) && args.len() == 1 && kwargs.is_none_or(|k| k.len() == 0) {
            return Ok((**args.get(0).ty()).own());
        }
        if args.len() != 3 {
            if std::ptr::eq(cls, Type::type_type()) {
                return Err(thread.type_error("type() takes 1 or 3 arguments"));
            }
            let count = args.len();
            return Err(thread.type_error(&format!("type.__new__() takes exactly 3 arguments ({count} given)")));
        }
        let bad = |position: usize, expected: &str, got: &Object| {
            thread.type_error(&format!("type.__new__() argument {position} must be {expected}, not {}", got.ty().full_name()))
        };
        let name = args.get(0).cast::<Str>().ok_or_else(|| bad(1, "str", args.get(0)))?;
        let bases = args.get(1).cast::<Tuple>().ok_or_else(|| bad(2, "tuple", args.get(1)))?;
        let namespace = args.get(2).cast::<Dict>().ok_or_else(|| bad(3, "dict", args.get(2)))?;
        let base_list = bases.to_vec();
        for base in &base_list {
            if !base.is_instance::<Type>() && base.lookup_attr(thread, crate::intern!("__mro_entries__"))?.is_some() {
                return Err(thread.type_error("type() doesn't support MRO entry resolution; use types.new_class()"));
            }
        }
        let winner = winning_metatype(thread, cls, &base_list)?;
        if !std::ptr::eq(winner, cls) {
            let own_new = winner.raw().tp_new.get().map(|f| f as usize);
            if own_new != Type::type_type().raw().tp_new.get().map(|f| f as usize) {
                if let Some(new) = winner.raw().tp_new.get() {
                    let kwargs = kwargs.map_or(std::ptr::null_mut(), |d| d.as_ptr());
                    // SAFETY: a newfunc contract.
                    return unsafe { Owned::from_raw_or_null(new(winner.as_type_ptr(), args.as_ptr(), kwargs)).ok_or(Raised) };
                }
            }
        }
        let mut keywords = Vec::new();
        for (key, value) in kwargs.map(|k| k.items_vec()).unwrap_or_default() {
            if let Ok(key) = key.downcast::<Str>() {
                keywords.push((key, value));
            }
        }
        Ok(new_class(thread, winner, name, bases, namespace, &keywords)?.upcast())
    }

    #[slot]
    fn tp_init(&self, thread: &Thread, args: &Tuple, _kwargs: Option<&Dict>) -> PyResult<()> {
        if args.len() != 1 && args.len() != 3 {
            return Err(thread.type_error("type.__init__() takes 1 or 3 arguments"));
        }
        Ok(())
    }

    #[slot]
    fn tp_call(&self, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        if std::ptr::eq(self, Type::type_type()) && args.len() == 1 && kwargs.is_none_or(|k| k.len() == 0) {
            return Ok((**args.get(0).ty()).own());
        }
        self.make(thread, args, kwargs)
    }

    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        let module = self.module_name(thread)?;
        let qualname = self.qualname(thread)?.to_string_lossy().into_owned();
        match module.and_then(|m| m.downcast::<Str>().ok()) {
            Some(module) if !module.equals_str("builtins") => {
                Str::from_str(thread, &format!("<class '{}.{qualname}'>", module.to_string_lossy()))
            }
            _ => Str::from_str(thread, &format!("<class '{qualname}'>")),
        }
    }

    #[slot]
    unsafe extern "C-unwind" fn tp_getattro(this: Raw, name: Raw) -> Raw {
        // SAFETY: by contract.
        unsafe { super::getattro(this, name) }
    }

    #[slot]
    fn tp_setattro(&self, thread: &Thread, name: &Object, value: Option<&Object>) -> PyResult<()> {
        let Some(name) = name.cast::<Str>() else { return Err(crate::protocol::attribute::bad_name(thread, name)) };
        if self.flags() & abi::Py_TPFLAGS_IMMUTABLETYPE != 0 {
            return Err(thread.type_error(&format!(
                "cannot set {} attribute of immutable type '{}'",
                name.repr(thread)?.to_string_lossy(),
                self.full_name()
            )));
        }
        let descriptor = self.ty().lookup(name).map(Object::own);
        if let Some(descriptor) = descriptor {
            if let Some(set) = descriptor.ty().raw().tp_descr_set.get() {
                let value = value.map_or(std::ptr::null_mut(), |v| v.as_ptr());
                // SAFETY: a descrsetfunc contract.
                return if unsafe { set(descriptor.as_ptr(), self.as_ptr(), value) } < 0 { Err(Raised) } else { Ok(()) };
            }
        }
        let interned = Str::intern(thread, name);
        self.set_attribute(thread, &interned, value)
    }

    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(this: Raw) {
        // SAFETY: by contract.
        unsafe { create::dealloc(this) }
    }

    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(this: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
        // SAFETY: a traverseproc contract.
        unsafe {
            let ty = Type::from_ptr(this as *mut PyTypeObject);
            if !ty.is_heap() {
                return 0;
            }
            let raw = ty.raw();
            for field in [&raw.tp_dict, &raw.tp_mro, &raw.tp_bases, &ty.heap().ht_module] {
                if !field.get().is_null() {
                    let status = visit(field.get(), data);
                    if status != 0 {
                        return status;
                    }
                }
            }
            if raw.tp_base.get().is_null() { 0 } else { visit(raw.tp_base.get() as Raw, data) }
        }
    }

    #[slot]
    unsafe extern "C-unwind" fn tp_clear(this: Raw) -> i32 {
        // SAFETY: an inquiry contract. The dict goes first; the MRO holds the type itself.
        unsafe {
            let ty = Type::from_ptr(this as *mut PyTypeObject);
            ty.modified();
            if !ty.raw().tp_dict.get().is_null() {
                ty.dict().clear();
            }
            let mro = ty.raw().tp_mro.replace(std::ptr::null_mut());
            crate::object::xdecref(mro);
        }
        0
    }

    #[slot]
    unsafe extern "C-unwind" fn tp_is_gc(this: Raw) -> i32 {
        // SAFETY: a valid type.
        unsafe { Type::from_ptr(this as *mut PyTypeObject).is_heap() as i32 }
    }

    #[slot]
    fn nb_or(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        crate::union_type::or(thread, a, b)
    }

    /// The type's name.
    #[getter]
    fn __name__(&self, thread: &Thread) -> PyResult<Obj> {
        if self.is_heap() {
            // SAFETY: just checked.
            return Ok(unsafe { Object::from_ptr(self.heap().ht_name.get()).own() });
        }
        Ok(Str::from_str(thread, self.name())?.upcast())
    }

    #[setter(name = "__name__")]
    fn set_name(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        let value = self.settable(thread, "__name__", value)?;
        let Some(name) = value.cast::<Str>() else {
            return Err(thread.type_error(&format!(
                "can only assign string to {}.__name__, not '{}'",
                self.full_name(),
                value.ty().full_name()
            )));
        };
        let Ok(c_name) = std::ffi::CString::new(name.to_rust(thread)?) else {
            return Err(thread.value_error("type name must not contain null characters"));
        };
        // SAFETY: settable types are heap types.
        unsafe {
            let heap = self.heap();
            let pointer = c_name.into_raw();
            let old = heap._ht_tpname.replace(pointer);
            self.raw().tp_name.set(pointer);
            if !old.is_null() {
                drop(std::ffi::CString::from_raw(old));
            }
            let old = heap.ht_name.replace(value.own().into_raw());
            crate::object::xdecref(old);
        }
        Ok(())
    }

    /// The dotted path of the type inside its module.
    #[getter]
    fn __qualname__(&self, thread: &Thread) -> PyResult<Obj> {
        Ok(self.qualname(thread)?.upcast())
    }

    #[setter(name = "__qualname__")]
    fn set_qualname(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        let value = self.settable(thread, "__qualname__", value)?;
        if !value.is_instance::<Str>() {
            return Err(thread.type_error(&format!(
                "can only assign string to {}.__qualname__, not '{}'",
                self.full_name(),
                value.ty().full_name()
            )));
        }
        // SAFETY: settable types are heap types.
        unsafe {
            let old = self.heap().ht_qualname.replace(value.own().into_raw());
            crate::object::xdecref(old);
        }
        Ok(())
    }

    /// The name of the module that defines the type.
    #[getter]
    fn __module__(&self, thread: &Thread) -> PyResult<Obj> {
        match self.module_name(thread)? {
            Some(module) => Ok(module),
            None => Err(thread.attribute_error("__module__")),
        }
    }

    #[setter(name = "__module__")]
    fn set_module(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        let value = self.settable(thread, "__module__", value)?;
        self.dict().set(thread, crate::intern!("__module__"), value)?;
        self.modified();
        Ok(())
    }

    #[getter]
    fn __bases__(&self) -> Obj {
        self.bases().map_or_else(|| Tuple::empty().upcast(), |b| (**b).own())
    }

    #[setter(name = "__bases__")]
    fn set_bases(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        let value = self.settable(thread, "__bases__", value)?;
        let Some(bases) = value.cast::<Tuple>() else {
            return Err(thread.type_error(&format!(
                "can only assign tuple to {}.__bases__, not {}",
                self.full_name(),
                value.ty().full_name()
            )));
        };
        if bases.len() == 0 {
            return Err(thread.type_error(&format!("can only assign non-empty tuple to {}.__bases__, not ()", self.full_name())));
        }
        let items = bases.to_vec();
        for item in &items {
            let Some(base) = item.cast::<Type>() else {
                return Err(thread.type_error(&format!(
                    "{}.__bases__ must be tuple of classes, not '{}'",
                    self.full_name(),
                    item.ty().full_name()
                )));
            };
            if base.is_subtype(self) {
                return Err(thread.type_error("a __bases__ item causes an inheritance cycle"));
            }
        }
        let best = super::mro::best_base(thread, &items)?;
        let current = self.base().unwrap_or(<Object as PyType>::ty());
        let frees = |ty: &Type| (ty.raw().tp_free.get().map(|f| f as usize), ty.flags() & abi::Py_TPFLAGS_HAVE_GC);
        if frees(best) != frees(current) {
            return Err(thread.type_error(&format!(
                "__bases__ assignment: '{}' deallocator differs from '{}'",
                best.full_name(),
                current.full_name()
            )));
        }
        if !std::ptr::eq(super::mro::solid_base(best), super::mro::solid_base(current))
            || best.raw().tp_dealloc.get().map(|f| f as usize) != current.raw().tp_dealloc.get().map(|f| f as usize)
        {
            return Err(thread.type_error(&format!(
                "__bases__ assignment: '{}' object layout differs from '{}'",
                best.full_name(),
                current.full_name()
            )));
        }
        super::ready::unlink(self);
        let raw = self.raw();
        let old_bases = raw.tp_bases.replace((**bases).own().into_raw());
        let old_base = raw.tp_base.replace((**best).own().into_raw() as *mut PyTypeObject);
        let relink = |ty: &Type| {
            if let Some(bases) = ty.bases() {
                for base in bases.to_vec() {
                    if let Some(base) = base.cast::<Type>() {
                        base.add_subclass(ty.as_type_ptr());
                    }
                }
            }
        };
        let result = update_mro_below(thread, self);
        if result.is_err() {
            let new_bases = raw.tp_bases.replace(old_bases);
            let new_base = raw.tp_base.replace(old_base);
            // SAFETY: the type owned them.
            unsafe {
                crate::object::xdecref(new_bases);
                crate::object::xdecref(new_base as Raw);
            }
            relink(self);
            return result;
        }
        relink(self);
        // SAFETY: the type owned them.
        unsafe {
            crate::object::xdecref(old_bases);
            crate::object::xdecref(old_base as Raw);
        }
        refresh_slots(thread, self);
        Ok(())
    }

    #[getter]
    fn __mro__(&self) -> Obj {
        self.mro().map_or_else(crate::none, |m| (**m).own())
    }

    #[getter]
    fn __dict__(&self, thread: &Thread) -> PyResult<Obj> {
        Ok(crate::descriptors::MappingProxy::new(thread, self.dict())?.upcast())
    }

    #[getter]
    fn __doc__(&self, thread: &Thread) -> PyResult<Obj> {
        if !self.is_heap() && !self.raw().tp_doc.get().is_null() {
            let text = crate::signature::doc_without_signature(self.name(), crate::native::c_text(self.raw().tp_doc.get()));
            return Ok(Str::from_str(thread, text)?.upcast());
        }
        match self.dict().get_str(crate::intern!("__doc__")) {
            None => Ok(crate::none()),
            Some(doc) => match doc.ty().raw().tp_descr_get.get() {
                // SAFETY: a descrgetfunc contract.
                Some(get) => unsafe { Owned::from_raw_or_null(get(doc.as_ptr(), std::ptr::null_mut(), self.as_ptr())).ok_or(Raised) },
                None => Ok(doc),
            },
        }
    }

    #[setter(name = "__doc__")]
    fn set_doc(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        let value = self.settable(thread, "__doc__", value)?;
        self.dict().set(thread, crate::intern!("__doc__"), value)?;
        self.modified();
        Ok(())
    }

    #[getter]
    fn __text_signature__(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        match crate::signature::text_signature(self.name(), crate::native::c_text(self.raw().tp_doc.get())) {
            Some(text) => Ok(Some(Str::from_str(thread, text)?.upcast())),
            None => Ok(None),
        }
    }

    #[getter]
    fn __abstractmethods__(&self, thread: &Thread) -> PyResult<Obj> {
        let name = crate::intern!("__abstractmethods__");
        if !std::ptr::eq(self, Type::type_type()) {
            if let Some(methods) = self.dict().get_str(name) {
                return Ok(methods);
            }
        }
        Err(thread.attribute_error("__abstractmethods__"))
    }

    #[setter(name = "__abstractmethods__")]
    fn set_abstractmethods(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        let name = crate::intern!("__abstractmethods__");
        let flags = self.flags();
        match value {
            Some(value) => {
                let abstract_ = value.is_true(thread)?;
                self.dict().set(thread, name, value)?;
                self.set_flags(if abstract_ { flags | abi::Py_TPFLAGS_IS_ABSTRACT } else { flags & !abi::Py_TPFLAGS_IS_ABSTRACT });
            }
            None => {
                if !self.dict().remove(thread, name)? {
                    return Err(thread.attribute_error("__abstractmethods__"));
                }
                self.set_flags(flags & !abi::Py_TPFLAGS_IS_ABSTRACT);
            }
        }
        self.modified();
        Ok(())
    }

    #[getter]
    fn __annotations__(&self, thread: &Thread) -> PyResult<Obj> {
        crate::annotations::of_type(thread, self)
    }

    #[setter(name = "__annotations__")]
    fn set_annotations(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        crate::annotations::set_of_type(thread, self, value)
    }

    #[getter]
    fn __annotate__(&self, thread: &Thread) -> PyResult<Obj> {
        crate::annotations::annotate_of_type(thread, self)
    }

    #[setter(name = "__annotate__")]
    fn set_annotate(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        crate::annotations::set_annotate_of_type(thread, self, value)
    }

    #[getter]
    fn __type_params__(&self) -> Obj {
        // Of `type` it is this very attribute.
        if self.is(Type::ty()) {
            return Tuple::empty().upcast();
        }
        self.dict().get_str(crate::intern!("__type_params__")).unwrap_or_else(|| Tuple::empty().upcast())
    }

    #[setter(name = "__type_params__")]
    fn set_type_params(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        let value = self.settable(thread, "__type_params__", value)?;
        self.dict().set(thread, crate::intern!("__type_params__"), value)?;
        self.modified();
        Ok(())
    }

    /// Return a type's method resolution order.
    #[method(name = "mro")]
    fn py_mro(&self, thread: &Thread) -> PyResult<Owned<List>> {
        let mro = super::mro::linearize(thread, self)?;
        List::from_vec(thread, mro.to_vec())
    }

    /// Return a list of immediate subclasses.
    #[method]
    fn __subclasses__(&self, thread: &Thread) -> PyResult<Owned<List>> {
        List::from_vec(thread, self.subclasses().into_iter().map(Owned::upcast).collect())
    }

    /// Create the namespace for the class statement.
    #[classmethod(sig = "(*args, **kwargs)", text = "($cls, name, bases, /, **kwds)")]
    fn __prepare__(_cls: &Type, thread: &Thread, _args: Rest<'_>, _kwargs: Keywords<'_>) -> PyResult<Owned<Dict>> {
        Dict::new(thread)
    }

    /// Check if an object is an instance.
    #[method]
    fn __instancecheck__(&self, thread: &Thread, instance: &Object) -> PyResult<bool> {
        instance.recursive_isinstance(thread, self)
    }

    /// Check if a class is a subclass.
    #[method]
    fn __subclasscheck__(&self, thread: &Thread, subclass: &Object) -> PyResult<bool> {
        subclass.recursive_issubclass(thread, self)
    }

    /// Specialized __dir__ implementation for types.
    #[method]
    fn __dir__(&self, thread: &Thread) -> PyResult<Owned<List>> {
        let names = Dict::new(thread)?;
        for class in self.mro().map(|m| m.to_vec()).unwrap_or_default() {
            if let Some(class) = class.cast::<Type>() {
                for (key, value) in class.dict().items_vec() {
                    names.set(thread, &key, &value)?;
                }
            }
        }
        List::from_vec(thread, names.keys_vec())
    }

    /// Return memory consumption of the type object.
    #[method]
    fn __sizeof__(&self) -> usize {
        if self.is_heap() { size_of::<abi::PyHeapTypeObject>() + crate::dict::shared_keys_size(self) } else { size_of::<PyTypeObject>() }
    }
}

fn update_mro_below(thread: &Thread, ty: &Type) -> PyResult<()> {
    super::mro::install(thread, ty)?;
    for subclass in ty.subclasses() {
        update_mro_below(thread, &subclass)?;
    }
    Ok(())
}

fn refresh_slots(thread: &Thread, ty: &Type) {
    ty.modified();
    super::update::fix_all(thread, ty);
    for subclass in ty.subclasses() {
        refresh_slots(thread, &subclass);
    }
}

impl Type {
    /// `__module__`: what the dict says, or the part of `tp_name` before the last dot.
    pub fn module_name(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        if self.is_heap() {
            return Ok(self.dict().get_str(crate::intern!("__module__")));
        }
        let name = self.full_name();
        let module = name.rsplit_once('.').map_or("builtins", |(module, _)| module);
        Ok(Some(Str::intern_str(thread, module)?.upcast()))
    }

    pub fn qualname(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        if self.is_heap() {
            // SAFETY: a heap type has a qualified name, a str.
            return Ok(unsafe { Object::from_ptr(self.heap().ht_qualname.get()).own().cast_unchecked() });
        }
        Str::from_str(thread, self.name())
    }

    /// Check that an attribute of the type may be set and is not deleted.
    fn settable<'a>(&self, thread: &Thread, name: &str, value: Option<&'a Object>) -> PyResult<&'a Object> {
        if self.flags() & abi::Py_TPFLAGS_IMMUTABLETYPE != 0 {
            return Err(thread.type_error(&format!("cannot set '{name}' attribute of immutable type '{}'", self.full_name())));
        }
        value.ok_or_else(|| thread.type_error(&format!("cannot delete '{name}' attribute of immutable type '{}'", self.full_name())))
    }
}

unsafe extern "C-unwind" fn get_dict(object: Raw, _: *mut c_void) -> Raw {
    // SAFETY: a getter contract.
    unsafe {
        let thread = Thread::current();
        let object = Object::from_ptr(object);
        match object.instance_dict(thread) {
            Ok(Some(dict)) => dict.into_raw(),
            Ok(None) => {
                crate::protocol::attribute::no_attribute(thread, object, crate::intern!("__dict__"));
                std::ptr::null_mut()
            }
            Err(Raised) => std::ptr::null_mut(),
        }
    }
}

unsafe extern "C-unwind" fn set_dict(object: Raw, value: Raw, _: *mut c_void) -> i32 {
    // SAFETY: a setter contract.
    unsafe {
        let thread = Thread::current();
        crate::native::status(crate::managed::replace_dict(thread, Object::from_ptr(object), Object::from_ptr_or_null(value)))
    }
}

unsafe extern "C-unwind" fn get_weakref(object: Raw, _: *mut c_void) -> Raw {
    // SAFETY: a getter contract.
    unsafe { crate::weakref::first_reference(Object::from_ptr(object)).map_or_else(crate::none, Owned::upcast).into_raw() }
}

struct Properties([PyGetSetDef; 2]);

// SAFETY: never written.
unsafe impl Sync for Properties {}

static PROPERTIES: Properties = Properties([
    PyGetSetDef {
        name: c"__dict__".as_ptr(),
        get: Some(get_dict),
        set: Some(set_dict),
        doc: c"dictionary for instance variables".as_ptr(),
        closure: std::ptr::null_mut(),
    },
    PyGetSetDef {
        name: c"__weakref__".as_ptr(),
        get: Some(get_weakref),
        set: None,
        doc: c"list of weak references to the object".as_ptr(),
        closure: std::ptr::null_mut(),
    },
]);

/// The `__dict__` of instances of classes.
pub fn dict_property() -> *const PyGetSetDef {
    &PROPERTIES.0[0]
}

/// The `__weakref__` of instances of classes.
pub fn weakref_property() -> *const PyGetSetDef {
    &PROPERTIES.0[1]
}
