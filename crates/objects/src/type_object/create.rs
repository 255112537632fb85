//! Making classes (`type(name, bases, dict)`), their instances' memory, and its end.

use std::mem::size_of;

use pyrox_abi as abi;
use pyrox_abi::{PyHeapTypeObject, PyMemberDef, PyObject, PyTypeObject};

use crate::descriptors::{GetSetDescriptor, MemberDescriptor};
use crate::object::{Obj, Object, Owned, PyType, decref, xdecref};
use crate::protocol::attribute::{generic_getattr, generic_setattr};
use crate::{Dict, PyResult, Raised, Str, Thread, Tuple, Type};

type Raw = *mut PyObject;

/// Allocate an instance: head, zeroed fields, room for inline values and, in front, for the managed
/// dict, the weak references and the collector.
#[inline]
pub fn allocate_generic(thread: &Thread, ty: &Type, items: usize, track: bool) -> PyResult<Obj> {
    let raw = ty.raw();
    let flags = ty.flags();
    let size = raw.tp_basicsize.get() as usize;
    let size = match raw.tp_itemsize.get() as usize {
        0 => size,
        // One item more is room for a NUL or a sentinel, as CPython has it.
        item => match (items + 1).checked_mul(item).and_then(|n| n.checked_add(size + 7)) {
            Some(total) => total & !7,
            None => return Err(thread.no_memory()),
        },
    };
    let values = if flags & abi::Py_TPFLAGS_INLINE_VALUES != 0 { crate::managed::inline_size(ty) } else { 0 };
    let gc = flags & abi::Py_TPFLAGS_HAVE_GC != 0;
    let front = crate::gc::front_size(flags);
    let memory = crate::gc::allocate_object(front, size + values, gc);
    if memory.is_null() {
        return Err(thread.no_memory());
    }
    // SAFETY: fresh memory of that size.
    unsafe {
        let object = memory as Raw;
        std::ptr::write_bytes(memory.add(16), 0, size.saturating_sub(16));
        (*object).ob_refcnt_full.set(1);
        (*object).ob_type.set(ty.as_type_ptr());
        if flags & abi::Py_TPFLAGS_HEAPTYPE != 0 {
            abi::incref(ty.as_type_ptr() as Raw);
        }
        if raw.tp_itemsize.get() != 0 && flags & abi::Py_TPFLAGS_LONG_SUBCLASS == 0 {
            (*(memory as *mut abi::PyVarObject)).ob_size.set(items as isize);
        }
        if values != 0 {
            crate::managed::init_inline(object, ty);
        }
        if gc && track {
            crate::gc::track(object);
        }
        Ok(Owned::from_raw(object))
    }
}

/// `tp_alloc` of all types (`PyType_GenericAlloc`).
///
/// # Safety
/// An allocfunc contract.
#[unsafe(export_name = "PyType_GenericAlloc")]
pub unsafe extern "C-unwind" fn generic_alloc(ty: *mut PyTypeObject, items: isize) -> Raw {
    // SAFETY: by contract.
    unsafe {
        let thread = Thread::current();
        allocate_generic(thread, Type::from_ptr(ty), items.max(0) as usize, true).map_or(std::ptr::null_mut(), Obj::into_raw)
    }
}

/// The nearest base whose `tp_dealloc` is its own.
fn native_base(ty: &Type) -> &Type {
    let mut base = ty;
    while base.raw().tp_dealloc.get().map(|f| f as usize) == Some(subtype_dealloc as *const () as usize) {
        match base.base() {
            Some(next) => base = next,
            None => break,
        }
    }
    base
}

/// `tp_dealloc` of classes: `__del__`, weak references, slots, the dict, then the native base's part.
///
/// # Safety
/// A destructor contract.
pub unsafe extern "C-unwind" fn subtype_dealloc(object: Raw) {
    // SAFETY: by contract; the order is CPython's.
    unsafe {
        let ty_raw = (*object).ob_type.get();
        let ty = Type::from_ptr(ty_raw);
        let flags = ty.flags();
        let gc = flags & abi::Py_TPFLAGS_HAVE_GC != 0;
        if ty.raw().tp_finalize.get().is_some() && !crate::gc::call_finalizer(object) {
            return;
        }
        if gc {
            crate::gc::untrack(object);
        }
        let base = native_base(ty);
        if flags & abi::Py_TPFLAGS_MANAGED_WEAKREF != 0 || (ty.raw().tp_weaklistoffset.get() > 0 && base.raw().tp_weaklistoffset.get() == 0)
        {
            crate::weakref::clear_weakrefs(object);
        }
        // The slots that classes between this one and the native base added.
        let mut class = ty;
        while !std::ptr::eq(class, base) {
            clear_slots(class, object);
            match class.base() {
                Some(next) => class = next,
                None => break,
            }
        }
        if flags & abi::Py_TPFLAGS_MANAGED_DICT != 0 && base.flags() & abi::Py_TPFLAGS_MANAGED_DICT == 0 {
            crate::managed::clear(object);
        } else if ty.raw().tp_dictoffset.get() > 0 && base.raw().tp_dictoffset.get() == 0 {
            let slot = (object as *mut u8).offset(ty.raw().tp_dictoffset.get()) as *mut Raw;
            let dict = *slot;
            *slot = std::ptr::null_mut();
            xdecref(dict);
        }
        if gc && base.flags() & abi::Py_TPFLAGS_HAVE_GC != 0 {
            crate::gc::track(object);
        }
        if let Some(dealloc) = base.raw().tp_dealloc.get() {
            dealloc(object);
        }
        if !base_gives_back(base) {
            decref(ty_raw as Raw);
        }
    }
}

/// The `tp_dealloc` of heap types that have one of their own gives the type's reference back. That of static types
/// does not, nor where a heap type has it from one.
fn base_gives_back(base: &Type) -> bool {
    base.is_heap() && !has_slot_of_static_base(base, |ty| ty.tp_dealloc.get().map(|f| f as usize))
}

/// Whether the nearest static base of a heap type has the same function in that slot.
pub(crate) fn has_slot_of_static_base(ty: &Type, slot: impl Fn(&PyTypeObject) -> Option<usize>) -> bool {
    let mut base = ty;
    while base.is_heap() {
        match base.base() {
            Some(next) => base = next,
            None => return false,
        }
    }
    slot(ty.raw()) == slot(base.raw())
}

unsafe fn clear_slots(class: &Type, object: Raw) {
    // SAFETY: the members of a heap type describe fields of its instances.
    unsafe {
        for member in own_members(class) {
            if member.r#type == abi::Py_T_OBJECT_EX && member.flags & abi::Py_READONLY == 0 {
                let slot = (object as *mut u8).offset(member.offset) as *mut Raw;
                let value = *slot;
                if !value.is_null() {
                    *slot = std::ptr::null_mut();
                    decref(value);
                }
            }
        }
    }
}

/// Where the members lie in a heap type of that metatype: behind all fields.
pub(crate) fn members_offset(metatype: &Type) -> usize {
    (metatype.raw().tp_basicsize.get() as usize).max(size_of::<PyHeapTypeObject>())
}

/// The members of this class, made by `__slots__` or of an extension's type: they lie behind the heap type.
unsafe fn own_members(class: &Type) -> &[PyMemberDef] {
    if !class.is_heap() {
        return &[];
    }
    let count = class.raw().ob_base.ob_size.get().max(0) as usize;
    // SAFETY: `create` laid them out there.
    unsafe {
        let first = (class.as_type_ptr() as *const u8).add(members_offset(class.ty())) as *const PyMemberDef;
        std::slice::from_raw_parts(first, count)
    }
}

/// `tp_traverse` of classes.
///
/// # Safety
/// A traverseproc contract.
pub unsafe extern "C-unwind" fn subtype_traverse(object: Raw, visit: abi::visitproc, data: *mut std::ffi::c_void) -> i32 {
    // SAFETY: a traverseproc contract.
    unsafe {
        let ty = Type::from_ptr((*object).ob_type.get());
        let mut class = ty;
        while class.raw().tp_traverse.get().map(|f| f as usize) == Some(subtype_traverse as *const () as usize) {
            for member in own_members(class) {
                if member.r#type == abi::Py_T_OBJECT_EX {
                    let value = *((object as *mut u8).offset(member.offset) as *mut Raw);
                    if !value.is_null() {
                        let status = visit(value, data);
                        if status != 0 {
                            return status;
                        }
                    }
                }
            }
            match class.base() {
                Some(next) => class = next,
                None => break,
            }
        }
        let status = crate::managed::traverse(object, ty, class, visit, data);
        if status != 0 {
            return status;
        }
        if ty.is_heap() && (!class.is_heap() || class.raw().tp_traverse.get().is_none()) {
            // Native traverse functions of built-in types do not visit a heap subtype.
            let status = visit(ty.as_ptr(), data);
            if status != 0 {
                return status;
            }
        }
        match class.raw().tp_traverse.get() {
            Some(traverse) => traverse(object, visit, data),
            None => 0,
        }
    }
}

/// `tp_clear` of classes.
///
/// # Safety
/// An inquiry contract.
pub unsafe extern "C-unwind" fn subtype_clear(object: Raw) -> i32 {
    // SAFETY: an inquiry contract.
    unsafe {
        let ty = Type::from_ptr((*object).ob_type.get());
        let mut class = ty;
        while class.raw().tp_clear.get().map(|f| f as usize) == Some(subtype_clear as *const () as usize) {
            clear_slots(class, object);
            match class.base() {
                Some(next) => class = next,
                None => break,
            }
        }
        if ty.flags() & abi::Py_TPFLAGS_MANAGED_DICT != 0 {
            crate::managed::clear(object);
        } else if ty.raw().tp_dictoffset.get() > 0 && class.raw().tp_dictoffset.get() != ty.raw().tp_dictoffset.get() {
            let slot = (object as *mut u8).offset(ty.raw().tp_dictoffset.get()) as *mut Raw;
            let dict = *slot;
            *slot = std::ptr::null_mut();
            xdecref(dict);
        }
        match class.raw().tp_clear.get() {
            Some(clear) => clear(object),
            None => 0,
        }
    }
}

/// What `__slots__` asks for.
struct Slots {
    /// Mangled names of real slots, sorted.
    names: Vec<Owned<Str>>,
    given: Option<Owned<Tuple>>,
    add_dict: bool,
    add_weakref: bool,
}

fn read_slots(thread: &Thread, class_name: &Str, base: &Type, bases: &[Obj], dict: &Dict) -> PyResult<Slots> {
    let base_raw = base.raw();
    let may_add_dict = base_raw.tp_dictoffset.get() == 0;
    let may_add_weakref = base_raw.tp_weaklistoffset.get() == 0 && base_raw.tp_itemsize.get() == 0;
    let Some(slots) = dict.get_str(crate::intern!("__slots__")) else {
        return Ok(Slots { names: Vec::new(), given: None, add_dict: may_add_dict, add_weakref: may_add_weakref });
    };
    let items = if slots.is_instance::<Str>() { vec![slots] } else { slots.to_items(thread)? };
    let variable = base_raw.tp_itemsize.get() != 0 && base.flags() & abi::Py_TPFLAGS_TYPE_SUBCLASS == 0;
    if variable && !items.is_empty() && base_raw.tp_itemsize.get() > 0 {
        return Err(thread.type_error(&format!("nonempty __slots__ not supported for subtype of '{}'", base.full_name())));
    }
    let (mut add_dict, mut add_weakref) = (false, false);
    let mut names = Vec::new();
    for item in items {
        let Some(name) = item.cast::<Str>() else {
            return Err(thread.type_error(&format!("__slots__ items must be strings, not '{}'", item.ty().full_name())));
        };
        if !name.is_identifier() {
            return Err(thread.type_error("__slots__ must be identifiers"));
        }
        if name.equals_str("__dict__") {
            if !may_add_dict || add_dict {
                return Err(thread.type_error("__dict__ slot disallowed: we already got one"));
            }
            add_dict = true;
        } else if name.equals_str("__weakref__") {
            if !may_add_weakref || add_weakref {
                return Err(thread.type_error("__weakref__ slot disallowed: we already got one"));
            }
            add_weakref = true;
        } else {
            let mangled = mangle(thread, class_name, name)?;
            if dict.get_str_borrowed(&mangled).is_some()
                && !["__qualname__", "__classcell__", "__classdictcell__"].iter().any(|n| mangled.equals_str(n))
            {
                return Err(thread.value_error(&format!("'{}' in __slots__ conflicts with class variable", name.to_string_lossy())));
            }
            names.push(mangled);
        }
    }
    // The other bases may bring a dict and weak references, too.
    for other in bases.iter().filter_map(|b| b.cast::<Type>()).filter(|b| !std::ptr::eq(*b, base)) {
        add_dict |= may_add_dict && other.raw().tp_dictoffset.get() != 0;
        add_weakref |= may_add_weakref && other.raw().tp_weaklistoffset.get() != 0;
    }
    names.sort_by(|a, b| a.chars().cmp(b.chars()));
    let given = Tuple::from_vec(thread, names.iter().map(|n| n.clone().upcast()).collect())?;
    Ok(Slots { names, given: Some(given), add_dict, add_weakref })
}

/// `_Class__name` for a private name, else the name.
fn mangle(thread: &Thread, class: &Str, name: &Str) -> PyResult<Owned<Str>> {
    let text = name.to_string_lossy();
    if !text.starts_with("__") || text.ends_with("__") || text.contains('.') {
        return Str::intern_str(thread, &text);
    }
    let class = class.to_string_lossy();
    let class = class.trim_start_matches('_');
    if class.is_empty() { Str::intern_str(thread, &text) } else { Str::intern_str(thread, &format!("_{class}{text}")) }
}

/// The most derived metaclass of `metatype` and the bases' metaclasses.
pub fn winning_metatype<'a>(thread: &Thread, metatype: &'a Type, bases: &'a [Obj]) -> PyResult<&'a Type> {
    let mut winner = metatype;
    for base in bases {
        let candidate = base.ty();
        if winner.is_subtype(candidate) {
            continue;
        }
        if candidate.is_subtype(winner) {
            // SAFETY: the metatype lives as long as the base does.
            winner = unsafe { Type::from_ptr(candidate.as_type_ptr()) };
            continue;
        }
        return Err(thread.type_error(
            "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases",
        ));
    }
    Ok(winner)
}

/// `type.__new__(metatype, name, bases, dict, **keywords)`.
pub(super) fn new_class(
    thread: &Thread,
    metatype: &Type,
    name: &Str,
    bases: &Tuple,
    namespace: &Dict,
    keywords: &[(Owned<Str>, Obj)],
) -> PyResult<Owned<Type>> {
    let base_list: Vec<Obj> = if bases.len() == 0 { vec![(**<Object as PyType>::ty()).own()] } else { bases.to_vec() };
    let base = super::mro::best_base(thread, &base_list)?;
    let dict = namespace.copy(thread)?;
    let slots = read_slots(thread, name, base, &base_list, &dict)?;
    let text = name.to_rust(thread)?;
    if text.contains('\0') {
        return Err(thread.value_error("type name must not contain null characters"));
    }
    let object = metatype.allocate_untracked(thread, slots.names.len())?;
    let ty: Owned<Type> = {
        // SAFETY: the metatype's instances are heap types.
        unsafe { object.cast_unchecked() }
    };
    let raw = ty.raw();
    // SAFETY: a fresh heap type, zeroed behind its head.
    unsafe {
        let heap = &*(ty.as_ptr() as *const PyHeapTypeObject);
        raw.tp_as_async.set(&heap.as_async);
        raw.tp_as_number.set(&heap.as_number);
        raw.tp_as_sequence.set(&heap.as_sequence);
        raw.tp_as_mapping.set(&heap.as_mapping);
        raw.tp_as_buffer.set(&heap.as_buffer);
        heap.ht_name.set((**name).own().into_raw());
        let c_name = std::ffi::CString::new(text).map_err(|_| thread.value_error("type name must not contain null characters"))?;
        let c_name = c_name.into_raw();
        heap._ht_tpname.set(c_name);
        raw.tp_name.set(c_name);
        let qualname = match dict.get_str(crate::intern!("__qualname__")) {
            Some(qualname) => {
                if !qualname.is_instance::<Str>() {
                    return Err(thread.type_error(&format!("type __qualname__ must be a str, not {}", qualname.ty().full_name())));
                }
                dict.remove(thread, crate::intern!("__qualname__"))?;
                qualname
            }
            None => (**name).own(),
        };
        heap.ht_qualname.set(qualname.into_raw());
        if let Some(given) = &slots.given {
            heap.ht_slots.set(given.clone().into_raw());
        }
    }
    let mut flags = abi::Py_TPFLAGS_HEAPTYPE | abi::Py_TPFLAGS_BASETYPE;
    let _base_gc = base.flags() & abi::Py_TPFLAGS_HAVE_GC != 0;
    let mut size = base.raw().tp_basicsize.get();
    let word = size_of::<usize>() as isize;
    // Fields for `__slots__`.
    // SAFETY: `allocate_untracked` made room for the members behind the heap type.
    let members = unsafe {
        std::slice::from_raw_parts_mut((ty.as_ptr() as *mut u8).add(members_offset(metatype)) as *mut PyMemberDef, slots.names.len())
    };
    for (member, slot) in members.iter_mut().zip(&slots.names) {
        let c_name = std::ffi::CString::new(slot.to_rust(thread)?).unwrap_or_default();
        *member = PyMemberDef { name: c_name.into_raw(), r#type: abi::Py_T_OBJECT_EX, offset: size, flags: 0, doc: std::ptr::null() };
        size += word;
    }
    let base_has_dict = base.raw().tp_dictoffset.get() != 0;
    let mut own_weakref = false;
    if slots.add_dict && !base_has_dict {
        flags |= abi::Py_TPFLAGS_MANAGED_DICT;
        raw.tp_dictoffset.set(-1);
    }
    if slots.add_weakref && base.raw().tp_weaklistoffset.get() == 0 {
        flags |= abi::Py_TPFLAGS_MANAGED_WEAKREF;
        raw.tp_weaklistoffset.set(abi::MANAGED_WEAKREF_OFFSET as isize);
        own_weakref = true;
    }
    // Instances of all classes can be part of a cycle: they refer to their class. The managed dict and weak
    // references lie before the collector's words, too.
    flags |= abi::Py_TPFLAGS_HAVE_GC;
    raw.tp_basicsize.set(size);
    raw.tp_itemsize.set(base.raw().tp_itemsize.get());
    raw.tp_base.set(base.as_type_ptr());
    // SAFETY: the type owns its base and bases.
    unsafe { abi::incref(base.as_ptr()) };
    raw.tp_bases.set(Tuple::from_vec(thread, base_list.clone())?.into_raw());
    raw.tp_dict.set(dict.clone().into_raw());
    raw.tp_alloc.set(Some(generic_alloc));
    raw.tp_free.set(Some(crate::gc::free_function(true)));
    raw.tp_dealloc.set(Some(subtype_dealloc));
    raw.tp_traverse.set(Some(subtype_traverse));
    raw.tp_clear.set(Some(subtype_clear));
    // What the base has is inherited; set here, it would count as the class's own.
    if base.raw().tp_getattro.get().is_none() {
        raw.tp_getattro.set(Some(generic_getattr));
    }
    if base.raw().tp_setattro.get().is_none() {
        raw.tp_setattro.set(Some(generic_setattr));
    }
    // Instances of simple layout keep their attributes inline.
    let managed = flags & abi::Py_TPFLAGS_MANAGED_DICT != 0 || base.flags() & abi::Py_TPFLAGS_MANAGED_DICT != 0;
    if managed && raw.tp_itemsize.get() == 0 && base.raw().tp_itemsize.get() == 0 {
        // Inline values lie behind the basic size, so the native base must be plain `object`-like.
        flags |= abi::Py_TPFLAGS_INLINE_VALUES;
    }
    ty.set_flags(flags);
    prepare_dict(thread, &ty, &dict)?;
    for member in members.iter() {
        let name = Str::intern_str(thread, crate::native::c_text(member.name))?;
        dict.set(thread, &name, &**MemberDescriptor::new(thread, &ty, member)?)?;
    }
    if slots.add_dict && !base_has_dict && dict.get_str_borrowed(crate::intern!("__dict__")).is_none() {
        dict.set(thread, crate::intern!("__dict__"), &**GetSetDescriptor::new(thread, &ty, super::properties::dict_property())?)?;
    }
    if own_weakref && dict.get_str_borrowed(crate::intern!("__weakref__")).is_none() {
        dict.set(thread, crate::intern!("__weakref__"), &**GetSetDescriptor::new(thread, &ty, super::properties::weakref_property())?)?;
    }
    if flags & abi::Py_TPFLAGS_INLINE_VALUES != 0 || managed {
        // SAFETY: a heap type.
        unsafe { ty.heap().ht_cached_keys.set(crate::dict::new_shared_keys() as *mut _) };
    }
    super::ready(thread, &ty)?;
    super::update::fix_all(thread, &ty);
    if let Some(cell) = dict.get_str(crate::intern!("__classcell__")) {
        let Some(cell_object) = cell.exact::<crate::Cell>() else {
            return Err(thread.type_error(&format!("__classcell__ must be a nonlocal cell, not <class '{}'>", cell.ty().full_name())));
        };
        cell_object.set(Some((**ty).own()));
        dict.remove(thread, crate::intern!("__classcell__"))?;
    }
    if let Some(cell) = dict.get_str(crate::intern!("__classdictcell__")) {
        let Some(cell_object) = cell.exact::<crate::Cell>() else {
            return Err(thread.type_error(&format!("__classdictcell__ must be a nonlocal cell, not <class '{}'>", cell.ty().full_name())));
        };
        cell_object.set(Some(dict.clone().upcast()));
        dict.remove(thread, crate::intern!("__classdictcell__"))?;
    }
    // SAFETY: complete.
    unsafe { crate::gc::track(ty.as_ptr()) };
    set_names(thread, &ty)?;
    init_subclass(thread, &ty, keywords)?;
    Ok(ty)
}

/// What `type.__new__` adds to the class's dict.
fn prepare_dict(thread: &Thread, ty: &Type, dict: &Dict) -> PyResult<()> {
    if dict.get_str_borrowed(crate::intern!("__module__")).is_none() {
        if let Some(module) = crate::hooks::current_module_name(thread) {
            dict.set(thread, crate::intern!("__module__"), &module)?;
        }
    }
    for (name, kind) in
        [(crate::intern!("__new__"), true), (crate::intern!("__init_subclass__"), false), (crate::intern!("__class_getitem__"), false)]
    {
        if let Some(value) = dict.get_str(name) {
            if value.is_exact::<crate::Function>() {
                let wrapped = if kind {
                    crate::descriptors::StaticMethod::wrap(thread, &value)?.upcast()
                } else {
                    crate::descriptors::ClassMethod::wrap(thread, &value)?.upcast()
                };
                dict.set(thread, name, &wrapped)?;
            }
        }
    }
    if let Some(doc) = dict.get_str(crate::intern!("__doc__")) {
        let _ = (doc, ty);
    } else {
        dict.set(thread, crate::intern!("__doc__"), crate::none_ref())?;
    }
    Ok(())
}

/// Call `__set_name__` of the attributes that have one.
fn set_names(thread: &Thread, ty: &Type) -> PyResult<()> {
    for (name, value) in ty.dict().items_vec() {
        if let Err(Raised) = value.call_special(thread, crate::intern!("__set_name__"), &[ty, &name]) {
            if let Some(exception) = thread.take_raised() {
                let note = format!(
                    "Error calling __set_name__ on '{}' instance {} in '{}'",
                    value.ty().full_name(),
                    name.repr(thread)?.to_string_lossy(),
                    ty.name()
                );
                crate::exceptions::add_note(thread, &exception, &note)?;
                return Err(thread.reraise(exception));
            }
            return Err(Raised);
        }
    }
    Ok(())
}

/// `super(ty, ty).__init_subclass__(**keywords)`.
fn init_subclass(thread: &Thread, ty: &Type, keywords: &[(Owned<Str>, Obj)]) -> PyResult<()> {
    let parent = crate::descriptors::Super::lookup(thread, ty, ty, crate::intern!("__init_subclass__"))?;
    let names: Vec<String> = keywords.iter().map(|(name, _)| name.to_string_lossy().into_owned()).collect();
    let pairs: Vec<(&str, &Object)> = names.iter().zip(keywords).map(|(name, (_, value))| (name.as_str(), &**value)).collect();
    if pairs.is_empty() {
        parent.call(thread, &[])?;
    } else {
        parent.call_with_keywords(thread, &[], &pairs)?;
    }
    Ok(())
}

/// `tp_dealloc` of `type`.
pub(super) unsafe fn dealloc(object: Raw) {
    // SAFETY: a heap type without references.
    unsafe {
        let ty = Type::from_ptr(object as *mut PyTypeObject);
        crate::gc::untrack(object);
        ty.modified();
        super::ready::unlink(ty);
        crate::weakref::clear_weakrefs(object);
        let raw = ty.raw();
        let heap = ty.heap();
        for member in own_members(ty) {
            drop(std::ffi::CString::from_raw(member.name as *mut _));
        }
        for field in [&raw.tp_dict, &raw.tp_bases, &raw.tp_mro, &heap.ht_name, &heap.ht_qualname, &heap.ht_slots, &heap.ht_module] {
            xdecref(field.replace(std::ptr::null_mut()));
        }
        xdecref(raw.tp_base.replace(std::ptr::null_mut()) as Raw);
        crate::dict::release_shared_keys(heap.ht_cached_keys.replace(std::ptr::null_mut()) as *mut _);
        let list = raw.tp_subclasses.replace(std::ptr::null_mut());
        if !list.is_null() {
            drop(Box::from_raw(list as *mut std::cell::UnsafeCell<Vec<*mut PyTypeObject>>));
        }
        let name = heap._ht_tpname.replace(std::ptr::null_mut());
        if !name.is_null() {
            drop(std::ffi::CString::from_raw(name));
        }
        let meta = (*object).ob_type.get();
        crate::dealloc::free_instance(object, meta);
    }
}
