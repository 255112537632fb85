//! Struct sequences: tuples whose items have names (`sys.version_info`, `os.stat_result`).
//!
//! One is defined as a static:
//!
//! ```ignore
//! static TERMINAL_SIZE: StructSequence = StructSequence::new(
//!     c"os.terminal_size", c"The size of a terminal window.",
//!     &[field(c"columns", c"width"), field(c"lines", c"height")], 2);
//! let size = TERMINAL_SIZE.make(thread, [Int::from(80).upcast(), Int::from(24).upcast()])?;
//! ```
//!
//! An instance is a tuple of the visible fields; the hidden ones lie behind the last of these, where
//! only attributes reach them. The type object is made when it is first asked for and lives for ever.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::{CStr, c_int, c_void};
use std::mem::{offset_of, transmute};
use std::sync::atomic::{AtomicPtr, Ordering};

use pyrox_abi as abi;
use pyrox_abi::{PyMemberDef, PyMethodDef, PyObject, PyStructSequence, PyTypeObject};

use crate::native::{BASE_FLAGS, EMPTY_TYPE, KeywordSpace, NO_MEMBER, NO_METHOD, Spec, Table, c_text, give, parse_tuple, thread};
use crate::object::{Obj, Object, Own, PyType, xdecref};
use crate::text_writer::TextWriter;
use crate::{Dict, Int, List, Module, PyResult, Str, Thread, Tuple, Type};

type Raw = *mut PyObject;

/// Where the fields begin.
const ITEMS: usize = offset_of!(PyStructSequence, ob_item);

/// A field: its name, or none for items that are reached by position only, and what it means.
#[derive(Clone, Copy)]
pub struct Field {
    name: Option<&'static CStr>,
    doc: &'static CStr,
}

/// A named field.
pub const fn field(name: &'static CStr, doc: &'static CStr) -> Field {
    Field { name: Some(name), doc }
}

/// A named field that says nothing of itself.
pub const fn plain_field(name: &'static CStr) -> Field {
    Field { name: Some(name), doc: c"" }
}

/// A field without a name.
pub const fn unnamed_field(doc: &'static CStr) -> Field {
    Field { name: None, doc }
}

/// The definition of a struct sequence and, once made, its type.
pub struct StructSequence {
    name: &'static CStr,
    doc: &'static CStr,
    fields: &'static [Field],
    visible: usize,
    flags: u64,
    fallbacks: &'static [(usize, usize)],
    ty: AtomicPtr<SequenceType>,
}

// SAFETY: static data and an atomic pointer to a type that lives for ever.
unsafe impl Sync for StructSequence {}

/// What instances of a struct sequence look like.
pub struct Shape {
    visible: usize,
    total: usize,
    /// Names of the fields that have one, in order.
    names: Vec<&'static CStr>,
    fallbacks: &'static [(usize, usize)],
}

/// A type object of our own with the shape behind it.
#[repr(C)]
struct SequenceType {
    ty: PyTypeObject,
    shape: Shape,
}

thread_local! {
    /// Shapes of the types whose memory is an extension's.
    static FOREIGN: RefCell<HashMap<usize, &'static Shape>> = RefCell::new(HashMap::new());
}

impl Shape {
    /// The shape of an instance. Struct sequences cannot be subclassed.
    fn of(instance: &Object) -> &Shape {
        // SAFETY: only called for instances of struct sequences.
        unsafe { Shape::of_type(instance.type_ptr()) }
    }

    /// # Safety
    /// The type is a struct sequence's.
    unsafe fn of_type<'a>(ty: *mut PyTypeObject) -> &'a Shape {
        // SAFETY: by contract; only types of our own have the flag.
        unsafe {
            if (*ty).tp_flags.get() as u64 & abi::_Py_TPFLAGS_STATIC_BUILTIN != 0 {
                return &(*(ty as *const SequenceType)).shape;
            }
        }
        match FOREIGN.with_borrow(|known| known.get(&(ty as usize)).copied()) {
            Some(shape) => shape,
            None => &NO_SHAPE,
        }
    }

    /// How many fields there are, hidden ones included.
    pub fn total(&self) -> usize {
        self.total
    }

    fn unnamed(&self) -> usize {
        self.total - self.names.len()
    }
}

impl StructSequence {
    /// `name` has the module before a dot; the first `visible` fields are the tuple's items.
    pub const fn new(name: &'static CStr, doc: &'static CStr, fields: &'static [Field], visible: usize) -> StructSequence {
        StructSequence { name, doc, fields, visible, flags: 0, fallbacks: &[], ty: AtomicPtr::new(std::ptr::null_mut()) }
    }

    /// Programs cannot make or change it, as the types of `sys`.
    pub const fn sealed(self) -> StructSequence {
        StructSequence {
            flags: abi::Py_TPFLAGS_DISALLOW_INSTANTIATION | abi::Py_TPFLAGS_IMMUTABLETYPE,
            ty: AtomicPtr::new(std::ptr::null_mut()),
            ..self
        }
    }

    /// In what the constructor makes, the first field of a pair takes the second's value if it is `None`.
    pub const fn with_fallbacks(self, fallbacks: &'static [(usize, usize)]) -> StructSequence {
        StructSequence { fallbacks, ty: AtomicPtr::new(std::ptr::null_mut()), ..self }
    }

    /// The type.
    pub fn ty(&'static self, thread: &Thread) -> PyResult<&'static Type> {
        let made = self.ty.load(Ordering::Acquire);
        let made = if made.is_null() { self.make_type(thread)? } else { made };
        // SAFETY: it lives for ever.
        Ok(unsafe { Type::from_ptr(made as *mut PyTypeObject) })
    }

    /// Add the type to a module under its own name.
    pub fn add_to(&'static self, thread: &Thread, module: &Module) -> PyResult<()> {
        let ty = self.ty(thread)?;
        module.add(thread, ty.name(), ty)
    }

    /// The shape of instances, and the tables of the type.
    fn prepare(&self, thread: &Thread) -> PyResult<Built> {
        let (total, visible) = (self.fields.len(), self.visible.min(self.fields.len()));
        let names: Vec<&'static CStr> = self.fields.iter().filter_map(|f| f.name).collect();
        let mut members: Vec<PyMemberDef> = Vec::with_capacity(names.len() + 1);
        for (at, field) in self.fields.iter().enumerate() {
            if let Some(name) = field.name {
                members.push(PyMemberDef {
                    name: name.as_ptr(),
                    r#type: abi::_Py_T_OBJECT,
                    offset: (ITEMS + at * size_of::<Raw>()) as isize,
                    flags: abi::Py_READONLY,
                    doc: if field.doc.is_empty() { std::ptr::null() } else { field.doc.as_ptr() },
                });
            }
        }
        members.push(NO_MEMBER);
        let members: &'static [PyMemberDef] = Vec::leak(members);
        let match_args = (self.fields.iter().take(visible).filter_map(|f| f.name))
            .map(|name| Ok(Str::intern_str(thread, c_text(name.as_ptr()))?.upcast()))
            .collect::<PyResult<Vec<Obj>>>()?;
        Ok(Built { shape: Shape { visible, total, names, fallbacks: self.fallbacks }, members, match_args })
    }

    fn make_type(&self, thread: &Thread) -> PyResult<*mut SequenceType> {
        let Built { shape, members, match_args } = self.prepare(thread)?;
        let made: &'static SequenceType = Box::leak(Box::new(SequenceType { ty: EMPTY_TYPE, shape }));
        let pointer = made as *const SequenceType as *mut SequenceType;
        let flags = BASE_FLAGS & !abi::Py_TPFLAGS_IMMUTABLETYPE;
        // SAFETY: it lives for ever.
        unsafe { self.complete(thread, pointer as *mut PyTypeObject, &made.shape, flags, members, match_args)? };
        self.ty.store(pointer, Ordering::Release);
        Ok(pointer)
    }

    /// Make a type of a definition that is not static.
    ///
    /// # Errors
    /// Memory may run out.
    pub fn make_new_type(
        thread: &Thread,
        name: &'static CStr,
        doc: &'static CStr,
        fields: &'static [Field],
        visible: usize,
    ) -> PyResult<&'static Type> {
        let definition: &'static StructSequence = Box::leak(Box::new(StructSequence::new(name, doc, fields, visible)));
        definition.ty(thread)
    }

    /// Make an extension's own type object the type of a definition.
    ///
    /// # Safety
    /// `ty` is zeroed behind its head and lives for ever.
    pub unsafe fn fill_type(
        thread: &Thread,
        ty: *mut PyTypeObject,
        name: &'static CStr,
        doc: &'static CStr,
        fields: &'static [Field],
        visible: usize,
    ) -> PyResult<()> {
        let definition = StructSequence::new(name, doc, fields, visible);
        let Built { shape, members, match_args } = definition.prepare(thread)?;
        let shape: &'static Shape = Box::leak(Box::new(shape));
        FOREIGN.with_borrow_mut(|known| known.insert(ty as usize, shape));
        // SAFETY: by contract.
        unsafe { definition.complete(thread, ty, shape, abi::Py_TPFLAGS_DEFAULT, members, match_args) }
    }

    /// # Safety
    /// The type's memory is zeroed behind its head and lives for ever.
    unsafe fn complete(
        &self,
        thread: &Thread,
        pointer: *mut PyTypeObject,
        shape: &Shape,
        flags: u64,
        members: &'static [PyMemberDef],
        match_args: Vec<Obj>,
    ) -> PyResult<()> {
        // SAFETY: by contract.
        let raw = unsafe { &*pointer };
        raw.tp_name.set(self.name.as_ptr());
        raw.tp_doc.set(self.doc.as_ptr());
        raw.tp_base.set(Tuple::TYPE);
        raw.tp_basicsize.set((ITEMS + (shape.total - shape.visible) * size_of::<Raw>()) as isize);
        raw.tp_itemsize.set(size_of::<Raw>() as isize);
        raw.tp_flags.set((flags | abi::Py_TPFLAGS_HAVE_GC | self.flags) as _);
        raw.tp_members.set(members.as_ptr());
        raw.tp_methods.set(METHODS.0.as_ptr());
        raw.tp_repr.set(Some(repr));
        raw.tp_dealloc.set(Some(dealloc));
        raw.tp_traverse.set(Some(traverse));
        if self.flags & abi::Py_TPFLAGS_DISALLOW_INSTANTIATION == 0 {
            raw.tp_new.set(Some(new));
        }
        // SAFETY: complete, and it lives for ever.
        let ty = unsafe { Type::from_ptr(pointer) };
        crate::type_object::ready(thread, ty)?;
        let dict = ty.dict();
        dict.set_text(thread, "n_sequence_fields", &Int::from(shape.visible as i64))?;
        dict.set_text(thread, "n_fields", &Int::from(shape.total as i64))?;
        dict.set_text(thread, "n_unnamed_fields", &Int::from(shape.unnamed() as i64))?;
        dict.set_text(thread, "__match_args__", &**Tuple::from_vec(thread, match_args)?)?;
        ty.modified();
        Ok(())
    }

    /// An instance of these fields, in order; those that are not given are `None`.
    pub fn make(&'static self, thread: &Thread, fields: impl IntoIterator<Item = Obj>) -> PyResult<Obj> {
        let ty = self.ty(thread)?;
        build(thread, ty, fields)
    }
}

/// What [`StructSequence::prepare`] gives.
struct Built {
    shape: Shape,
    members: &'static [PyMemberDef],
    match_args: Vec<Obj>,
}

/// The shape of what is no struct sequence.
static NO_SHAPE: Shape = Shape { visible: 0, total: 0, names: Vec::new(), fallbacks: &[] };

/// An instance of any struct sequence's type; fields that are not given are `None`.
pub fn build(thread: &Thread, ty: &Type, fields: impl IntoIterator<Item = Obj>) -> PyResult<Obj> {
    // SAFETY: the type is a struct sequence's.
    let layout = unsafe { Shape::of_type(ty.as_type_ptr()) };
    let object = ty.allocate_untracked(thread, layout.total)?;
    let mut fields = fields.into_iter();
    // SAFETY: a fresh instance with room for all fields, not seen by anyone yet.
    unsafe {
        let sequence = &*(object.as_ptr() as *const PyStructSequence);
        sequence.ob_base.ob_size.set(layout.visible as isize);
        sequence.ob_hash.set(-1);
        let items = items_of(object.as_ptr());
        for at in 0..layout.total {
            *items.add(at) = fields.next().unwrap_or_else(crate::none).into_raw();
        }
        crate::gc::track(object.as_ptr());
    }
    Ok(object)
}

/// Where an instance has its fields, hidden ones included.
pub fn items_of(object: Raw) -> *mut Raw {
    object.wrapping_byte_add(ITEMS) as *mut Raw
}

/// The field at `at`, hidden ones included.
fn item(object: &Object, at: usize) -> Obj {
    debug_assert!(at < Shape::of(object).total);
    // SAFETY: in range; the object owns its fields.
    unsafe { Object::from_ptr_or_null(*items_of(object.as_ptr()).add(at)) }.map_or_else(crate::none, Object::own)
}

static SPEC: Spec = Spec {
    name: "structseq",
    parameters: &["sequence", "dict"],
    required: &[true, false],
    positional_only: 0,
    positional: 2,
    required_positional: 1,
    varargs: false,
    varkeywords: false,
};

unsafe extern "C-unwind" fn new(ty: *mut PyTypeObject, args: Raw, kwargs: Raw) -> Raw {
    // SAFETY: a newfunc contract.
    unsafe {
        let thread = thread();
        let mut space = KeywordSpace::default();
        let mut slots = [std::ptr::null_mut(); 2];
        if parse_tuple(thread, &SPEC, args, kwargs, &mut space, &mut slots).is_err() {
            return std::ptr::null_mut();
        }
        let made = construct(thread, Type::from_ptr(ty), Object::from_ptr(slots[0]), Object::from_ptr_or_null(slots[1]));
        give(thread, made)
    }
}

fn construct(thread: &Thread, ty: &Type, sequence: &Object, dict: Option<&Object>) -> PyResult<Obj> {
    // SAFETY: `new` is only the constructor of struct sequences.
    let layout = unsafe { Shape::of_type(ty.as_type_ptr()) };
    let name = ty.full_name();
    let mut items = match sequence.to_items(thread) {
        Ok(items) => items,
        Err(_) if thread.take_if(crate::exceptions::type_error()) => return Err(thread.type_error("constructor requires a sequence")),
        Err(raised) => return Err(raised),
    };
    let dict = match dict.map(|d| d.cast::<Dict>()) {
        Some(None) => return Err(thread.type_error(&format!("{name}() takes a dict as second arg, if any"))),
        Some(Some(dict)) => Some(dict),
        None => None,
    };
    let (least, most, given) = (layout.visible, layout.total, items.len());
    if least == most && given != least {
        return Err(thread.type_error(&format!("{name}() takes a {least}-sequence ({given}-sequence given)")));
    }
    if given < least {
        return Err(thread.type_error(&format!("{name}() takes an at least {least}-sequence ({given}-sequence given)")));
    }
    if given > most {
        return Err(thread.type_error(&format!("{name}() takes an at most {most}-sequence ({given}-sequence given)")));
    }
    if let Some(dict) = dict.filter(|d| d.len() > 0) {
        let mut found = 0;
        for at in given..most {
            let value = match layout.names.get(at.wrapping_sub(layout.unnamed())) {
                Some(field) => dict.get_text(thread, c_text(field.as_ptr()))?,
                None => None,
            };
            found += value.is_some() as usize;
            items.push(value.unwrap_or_else(crate::none));
        }
        if dict.len() > found {
            return Err(thread.type_error(&format!("{name}() got duplicate or unexpected field name(s)")));
        }
    }
    if !layout.fallbacks.is_empty() {
        items.resize_with(most, crate::none);
        for &(field, from) in layout.fallbacks {
            if items.get(field).is_some_and(|item| item.is_none()) {
                items[field] = items[from].clone();
            }
        }
    }
    build(thread, ty, items)
}

unsafe extern "C-unwind" fn repr(object: Raw) -> Raw {
    // SAFETY: a reprfunc contract.
    unsafe {
        let thread = thread();
        give(thread, repr_of(thread, Object::from_ptr(object)))
    }
}

fn repr_of(thread: &Thread, object: &Object) -> PyResult<Obj> {
    let layout = Shape::of(object);
    let mut out = TextWriter::new();
    out.push_str(object.ty().full_name());
    out.push_str("(");
    for at in 0..layout.visible {
        if at > 0 {
            out.push_str(", ");
        }
        let Some(name) = layout.names.get(at) else {
            return Err(thread.system_error(&format!("In structseq_repr(), member {at} name is NULL for type {}", object.ty().full_name())));
        };
        out.push_str(c_text(name.as_ptr()));
        out.push_str("=");
        out.push(&*item(object, at).repr(thread)?);
    }
    out.push_str(")");
    Ok(out.finish(thread)?.upcast())
}

unsafe extern "C-unwind" fn dealloc(object: Raw) {
    // SAFETY: a destructor contract; the fields are owned.
    unsafe {
        crate::gc::untrack(object);
        let ty = (*object).ob_type.get();
        let items = items_of(object);
        for at in 0..Shape::of_type(ty).total {
            xdecref(*items.add(at));
        }
        crate::dealloc::free_instance(object, ty);
    }
}

unsafe extern "C-unwind" fn traverse(object: Raw, visit: abi::visitproc, data: *mut c_void) -> c_int {
    // SAFETY: a traverseproc contract.
    unsafe {
        let items = items_of(object);
        for at in 0..Shape::of_type((*object).ob_type.get()).total {
            let field = *items.add(at);
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

type WithKeywords = unsafe extern "C-unwind" fn(Raw, Raw, Raw) -> Raw;

static METHODS: Table<PyMethodDef> = Table(&[
    PyMethodDef { ml_name: c"__reduce__".as_ptr(), ml_meth: Some(reduce), ml_flags: abi::METH_NOARGS, ml_doc: std::ptr::null() },
    PyMethodDef {
        ml_name: c"__replace__".as_ptr(),
        // SAFETY: the flags say what the function takes.
        ml_meth: unsafe { transmute::<WithKeywords, abi::PyCFunction>(replace) },
        ml_flags: abi::METH_VARARGS | abi::METH_KEYWORDS,
        ml_doc: c"__replace__($self, /, **changes)\n--\n\nReturn a copy of the structure with new values for the specified fields."
            .as_ptr(),
    },
    NO_METHOD,
]);

unsafe extern "C-unwind" fn reduce(object: Raw, _unused: Raw) -> Raw {
    // SAFETY: a method of struct sequences.
    unsafe {
        let thread = thread();
        give(thread, reduced(thread, Object::from_ptr(object)))
    }
}

fn reduced(thread: &Thread, object: &Object) -> PyResult<Obj> {
    let layout = Shape::of(object);
    let visible = Tuple::from_vec(thread, (0..layout.visible).map(|at| item(object, at)).collect())?;
    let hidden = Dict::new(thread)?;
    for at in layout.visible..layout.total {
        if let Some(name) = layout.names.get(at.wrapping_sub(layout.unnamed())) {
            hidden.set_text(thread, c_text(name.as_ptr()), &item(object, at))?;
        }
    }
    let arguments = Tuple::from_vec(thread, vec![visible.upcast(), hidden.upcast()])?;
    Ok(Tuple::from_vec(thread, vec![(**object.ty()).own(), arguments.upcast()])?.upcast())
}

unsafe extern "C-unwind" fn replace(object: Raw, args: Raw, kwargs: Raw) -> Raw {
    // SAFETY: a method of struct sequences.
    unsafe {
        let thread = thread();
        let kwargs = (kwargs as *const Dict).as_ref();
        give(thread, replaced(thread, Object::from_ptr(object), (*(args as *const Tuple)).len(), kwargs))
    }
}

fn replaced(thread: &Thread, object: &Object, positional: usize, changes: Option<&Dict>) -> PyResult<Obj> {
    if positional > 0 {
        return Err(thread.type_error("__replace__() takes no positional arguments"));
    }
    let layout = Shape::of(object);
    if layout.unnamed() > 0 {
        return Err(
            thread.type_error(&format!("__replace__() is not supported for {} because it has unnamed field(s)", object.ty().full_name()))
        );
    }
    let changes = match changes {
        Some(changes) => changes.copy(thread)?,
        None => Dict::new(thread)?,
    };
    let mut items = Vec::with_capacity(layout.total);
    for (at, name) in layout.names.iter().enumerate() {
        let name = Str::intern_str(thread, c_text(name.as_ptr()))?;
        items.push(changes.pop(thread, &name)?.unwrap_or_else(|| item(object, at)));
    }
    if changes.len() > 0 {
        let names = List::from_vec(thread, changes.keys_vec())?;
        return Err(thread.type_error(&format!("Got unexpected field name(s): {}", names.repr(thread)?)));
    }
    let ty = object.ty().own_typed();
    build(thread, &ty, items)
}
