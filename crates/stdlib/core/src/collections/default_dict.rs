//! `collections.defaultdict`: a dict with a factory for missing values.

use std::ffi::{c_int, c_void};
use std::mem::offset_of;

use pyrox_macros::pyclass;
use pyrox_objects::abi;
use pyrox_objects::native::{NO_MEMBER, Raw, Traverse, object_member};
use pyrox_objects::protocol::call::check;
use pyrox_objects::{Dict, Obj, ObjCell, Object, Owned, PyResult, PyType, Raised, Str, Thread, Tuple, Type, intern};

/// A dict and its factory.
#[repr(C)]
pub struct DefaultDict {
    dict: abi::PyDictObject,
    default_factory: ObjCell,
}

impl DefaultDict {
    fn as_dict(&self) -> &Dict {
        // SAFETY: the struct begins with a dict's.
        unsafe { &*(self as *const DefaultDict as *const Dict) }
    }

    /// Another of the same class with the same factory, filled from `source`.
    fn similar(&self, thread: &Thread, source: &Object) -> PyResult<Obj> {
        let factory = self.default_factory.get().unwrap_or_else(pyrox_objects::none);
        self.ty().call(thread, &[&factory, source])
    }
}

/// defaultdict(default_factory=None, /, [...]) --> dict with default factory
///
/// The default factory is called without arguments to produce
/// a new value when a key is not present, in __getitem__ only.
/// A defaultdict compares equal to a dict with the same items.
/// All remaining arguments are treated the same as if they were
/// passed to the dict constructor, including keyword arguments.
#[pyclass(name = "defaultdict", module = "collections", base = <Dict as PyType>::TYPE, gc, new = inherit,
    flags = abi::Py_TPFLAGS_BASETYPE | abi::Py_TPFLAGS_MAPPING,
    members = &[object_member(c"default_factory", offset_of!(DefaultDict, default_factory), false), NO_MEMBER])]
impl DefaultDict {
    #[slot]
    fn tp_init(&self, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<()> {
        let (factory, rest) = match args.items() {
            [] => (None, Tuple::empty()),
            [factory, rest @ ..] => {
                if !factory.is_none() && !factory.is_callable() {
                    return Err(thread.type_error("first argument must be callable or None"));
                }
                (Some(factory.own()), Tuple::from_slice(thread, rest)?)
            }
        };
        self.default_factory.set(factory);
        let Some(init) = Dict::ty().raw().tp_init.get() else { return Ok(()) };
        let kwargs = kwargs.map_or(std::ptr::null_mut(), |k| k.as_ptr());
        // SAFETY: an initproc contract.
        if unsafe { init(self.as_ptr(), rest.as_ptr(), kwargs) } < 0 { Err(Raised) } else { Ok(()) }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract; the rest is the dict's to free.
        unsafe {
            pyrox_objects::gc::untrack(object);
            (*(object as *const DefaultDict)).default_factory.take();
            if let Some(dealloc) = Dict::ty().raw().tp_dealloc.get() {
                dealloc(object);
            }
        }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut c_void) -> c_int {
        // SAFETY: by contract.
        unsafe {
            match (*(object as *const DefaultDict)).default_factory.traverse(visit, data) {
                0 => Dict::ty().raw().tp_traverse.get().map_or(0, |traverse| traverse(object, visit, data)),
                status => status,
            }
        }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_clear(object: Raw) -> c_int {
        // SAFETY: by contract.
        unsafe {
            let this = &*(object as *const DefaultDict);
            this.default_factory.take();
            this.as_dict().clear();
        }
        0
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        let plain = match Dict::ty().raw().tp_repr.get() {
            // SAFETY: a reprfunc contract.
            Some(repr) => unsafe { check(thread, repr(self.as_ptr()))? },
            None => Str::empty().upcast(),
        };
        let factory = match self.default_factory.get() {
            None => "None".to_string(),
            Some(factory) => match pyrox_objects::repr_guard::enter(&factory) {
                Some(_guard) => factory.repr(thread)?.to_string_lossy().into_owned(),
                None => "...".to_string(),
            },
        };
        let mut out = pyrox_objects::text_writer::TextWriter::new();
        out.push_str(&format!("{}({factory}, ", self.ty().name()));
        if let Some(plain) = plain.cast::<Str>() {
            out.push(plain);
        }
        out.push_str(")");
        out.finish(thread)
    }
    #[slot]
    fn nb_or(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        let (this, other) = match a.cast::<DefaultDict>() {
            Some(this) => (this, b),
            None => match b.cast::<DefaultDict>() {
                Some(this) => (this, a),
                None => return Ok(pyrox_objects::not_implemented()),
            },
        };
        if !other.is_instance::<Dict>() {
            return Ok(pyrox_objects::not_implemented());
        }
        let made = this.similar(thread, a)?;
        match made.cast::<Dict>() {
            Some(dict) => dict.update(thread, b)?,
            None => return Err(thread.type_error("the class did not make a dict")),
        }
        Ok(made)
    }
    /// __missing__(key) # Called by __getitem__ for missing key; pseudo-code:
    ///   if self.default_factory is None: raise KeyError((key,))
    ///   self[key] = value = self.default_factory()
    ///   return value
    #[method(sig = "(object, /)")]
    fn __missing__(&self, thread: &Thread, object: &Object) -> PyResult<Obj> {
        let Some(factory) = self.default_factory.get().filter(|f| !f.is_none()) else { return Err(thread.key_error(object)) };
        let value = factory.call(thread, &[])?;
        self.set_item(thread, object, Some(&value))?;
        Ok(value)
    }
    /// D.copy() -> a shallow copy of D.
    #[method]
    fn copy(&self, thread: &Thread) -> PyResult<Obj> {
        self.similar(thread, self)
    }
    /// D.copy() -> a shallow copy of D.
    #[method]
    fn __copy__(&self, thread: &Thread) -> PyResult<Obj> {
        self.similar(thread, self)
    }
    /// Return state information for pickling.
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let arguments = match self.default_factory.get().filter(|f| !f.is_none()) {
            Some(factory) => Tuple::from_vec(thread, vec![factory])?,
            None => Tuple::empty(),
        };
        let items = self.call_method(thread, intern!("items"), &[])?.iter(thread)?;
        let none = pyrox_objects::none;
        Tuple::from_vec(thread, vec![(**self.ty()).own(), arguments.upcast(), none(), none(), items])
    }
    /// See PEP 585
    #[classmethod(sig = "(object, /)")]
    fn __class_getitem__(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
        pyrox_objects::generic_alias::new(thread, cls, object)
    }
}
