//! Types: making extensions' types ready, making them from specs, and questions to types.

use std::cell::RefCell;
use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::mem::offset_of;

use pyrox_abi as abi;
use pyrox_abi::{PyHeapTypeObject, PyMemberDef, PyModuleDef, PyType_Slot, PyType_Spec, PyTypeObject};
use pyrox_objects::type_object::{self, FromSpec, from_spec, slot_pointer};
use pyrox_objects::{Module, Obj, Object, Owned, PyResult, PyType, Raised, Str, Thread, Tuple, Type, intern};

use crate::support::*;

/// Every slot id with its place in `PyHeapTypeObject`.
macro_rules! slots {
    ($($id:ident $($field:ident).+,)*) => {
        /// Where the slot of an id lies.
        fn slot_offset(id: c_int) -> Option<usize> {
            match id {
                $(abi::$id => Some(offset_of!(PyHeapTypeObject, $($field).+)),)*
                _ => None,
            }
        }
    };
}
slots! {
    Py_am_aiter as_async.am_aiter, Py_am_anext as_async.am_anext, Py_am_await as_async.am_await, Py_am_send as_async.am_send,
    Py_bf_getbuffer as_buffer.bf_getbuffer, Py_bf_releasebuffer as_buffer.bf_releasebuffer,
    Py_mp_ass_subscript as_mapping.mp_ass_subscript, Py_mp_length as_mapping.mp_length, Py_mp_subscript as_mapping.mp_subscript,
    Py_nb_absolute as_number.nb_absolute, Py_nb_add as_number.nb_add, Py_nb_and as_number.nb_and, Py_nb_bool as_number.nb_bool,
    Py_nb_divmod as_number.nb_divmod, Py_nb_float as_number.nb_float, Py_nb_floor_divide as_number.nb_floor_divide,
    Py_nb_index as_number.nb_index, Py_nb_inplace_add as_number.nb_inplace_add, Py_nb_inplace_and as_number.nb_inplace_and,
    Py_nb_inplace_floor_divide as_number.nb_inplace_floor_divide, Py_nb_inplace_lshift as_number.nb_inplace_lshift,
    Py_nb_inplace_matrix_multiply as_number.nb_inplace_matrix_multiply, Py_nb_inplace_multiply as_number.nb_inplace_multiply,
    Py_nb_inplace_or as_number.nb_inplace_or, Py_nb_inplace_power as_number.nb_inplace_power,
    Py_nb_inplace_remainder as_number.nb_inplace_remainder, Py_nb_inplace_rshift as_number.nb_inplace_rshift,
    Py_nb_inplace_subtract as_number.nb_inplace_subtract, Py_nb_inplace_true_divide as_number.nb_inplace_true_divide,
    Py_nb_inplace_xor as_number.nb_inplace_xor, Py_nb_int as_number.nb_int, Py_nb_invert as_number.nb_invert,
    Py_nb_lshift as_number.nb_lshift, Py_nb_matrix_multiply as_number.nb_matrix_multiply, Py_nb_multiply as_number.nb_multiply,
    Py_nb_negative as_number.nb_negative, Py_nb_or as_number.nb_or, Py_nb_positive as_number.nb_positive,
    Py_nb_power as_number.nb_power, Py_nb_remainder as_number.nb_remainder, Py_nb_rshift as_number.nb_rshift,
    Py_nb_subtract as_number.nb_subtract, Py_nb_true_divide as_number.nb_true_divide, Py_nb_xor as_number.nb_xor,
    Py_sq_ass_item as_sequence.sq_ass_item, Py_sq_concat as_sequence.sq_concat, Py_sq_contains as_sequence.sq_contains,
    Py_sq_inplace_concat as_sequence.sq_inplace_concat, Py_sq_inplace_repeat as_sequence.sq_inplace_repeat,
    Py_sq_item as_sequence.sq_item, Py_sq_length as_sequence.sq_length, Py_sq_repeat as_sequence.sq_repeat,
    Py_tp_alloc ht_type.tp_alloc, Py_tp_base ht_type.tp_base, Py_tp_bases ht_type.tp_bases, Py_tp_call ht_type.tp_call,
    Py_tp_clear ht_type.tp_clear, Py_tp_dealloc ht_type.tp_dealloc, Py_tp_del ht_type.tp_del,
    Py_tp_descr_get ht_type.tp_descr_get, Py_tp_descr_set ht_type.tp_descr_set, Py_tp_doc ht_type.tp_doc,
    Py_tp_finalize ht_type.tp_finalize, Py_tp_free ht_type.tp_free, Py_tp_getattr ht_type.tp_getattr,
    Py_tp_getattro ht_type.tp_getattro, Py_tp_getset ht_type.tp_getset, Py_tp_hash ht_type.tp_hash, Py_tp_init ht_type.tp_init,
    Py_tp_is_gc ht_type.tp_is_gc, Py_tp_iter ht_type.tp_iter, Py_tp_iternext ht_type.tp_iternext,
    Py_tp_members ht_type.tp_members, Py_tp_methods ht_type.tp_methods, Py_tp_new ht_type.tp_new, Py_tp_repr ht_type.tp_repr,
    Py_tp_richcompare ht_type.tp_richcompare, Py_tp_setattr ht_type.tp_setattr, Py_tp_setattro ht_type.tp_setattro,
    Py_tp_str ht_type.tp_str, Py_tp_traverse ht_type.tp_traverse, Py_tp_vectorcall ht_type.tp_vectorcall,
    Py_tp_token ht_token,
}

/// A size rounded up as data of a subclass is placed.
fn aligned(size: isize) -> isize {
    (size + 15) & !15
}

/// `module.qualname`, without `builtins` and `__main__`; what static types say themselves.
pub fn full_name(thread: &Thread, ty: &Type) -> PyResult<Owned<Str>> {
    if !ty.is_heap() {
        return Str::from_str(thread, ty.full_name());
    }
    let qualname = ty.qualname(thread)?;
    match ty.module_name(thread)?.and_then(|m| m.downcast::<Str>().ok()) {
        Some(module) if !module.equals_str("builtins") && !module.equals_str("__main__") => {
            Str::from_str(thread, &format!("{}.{}", module.to_string_lossy(), qualname.to_string_lossy()))
        }
        _ => Ok(qualname),
    }
}

/// Make a type of an extension ready.
///
/// # Errors
/// What a bad type raises.
pub fn ready(thread: &Thread, ty: &Type) -> PyResult<()> {
    if ty.flags() & abi::Py_TPFLAGS_READY != 0 {
        return Ok(());
    }
    let raw = ty.raw();
    let flags = ty.flags();
    if raw.tp_name.get().is_null() {
        return Err(thread.system_error("Type does not define the tp_name field."));
    }
    if flags & abi::Py_TPFLAGS_HAVE_GC != 0 && raw.tp_traverse.get().is_none() {
        return Err(thread.system_error(&format!("type {} has the Py_TPFLAGS_HAVE_GC flag but has no traverse function", ty.full_name())));
    }
    // SAFETY: a static type arrives with a count of its own.
    unsafe {
        if abi::refcnt(ty.as_ptr()) == 0 {
            (*ty.as_ptr()).ob_refcnt_full.set(abi::STATIC_REFCNT);
        }
    }
    if flags & abi::Py_TPFLAGS_MANAGED_DICT != 0 && raw.tp_dictoffset.get() == 0 {
        raw.tp_dictoffset.set(-1);
    }
    if flags & abi::Py_TPFLAGS_MANAGED_WEAKREF != 0 && raw.tp_weaklistoffset.get() == 0 {
        raw.tp_weaklistoffset.set(abi::MANAGED_WEAKREF_OFFSET as isize);
    }
    if !ty.is_heap() {
        // Static types of C do not change.
        ty.set_flags(flags | abi::Py_TPFLAGS_IMMUTABLETYPE);
        let base = raw.tp_base.get();
        let plain = base.is_null() || base == <Object as PyType>::TYPE;
        if raw.tp_new.get().is_none() && plain {
            ty.set_flags(ty.flags() | abi::Py_TPFLAGS_DISALLOW_INSTANTIATION);
        }
    }
    // A base may be a static type of another extension that nobody has made ready.
    if let Some(base) = ty.base() {
        ready(thread, base)?;
    }
    type_object::ready(thread, ty)?;
    if flags & abi::Py_TPFLAGS_HEAPTYPE == 0
        && ty.flags() & abi::Py_TPFLAGS_HAVE_GC != 0
        && raw.tp_free.get().map(|f| f as usize) == Some(pyrox_objects::gc::free_plain as *const () as usize)
    {
        // `PyObject_Free` cannot free what has the collector's words in front.
        raw.tp_free.set(Some(pyrox_objects::gc::free_collectable));
    }
    Ok(())
}

/// What the slots of a spec say beside functions.
#[derive(Default)]
struct Said {
    members: Vec<PyMemberDef>,
    weaklist: isize,
    dict: isize,
    vectorcall: isize,
    doc: Option<String>,
    base: Option<*mut PyTypeObject>,
    bases: Option<Raw>,
    token: Option<*mut c_void>,
}

unsafe fn read_slots(thread: &Thread, spec: &PyType_Spec, name: &str) -> PyResult<Said> {
    let mut said = Said::default();
    // SAFETY: tables are closed by zeros.
    unsafe {
        let mut slot = spec.slots;
        while !slot.is_null() && (*slot).slot != 0 {
            let PyType_Slot { slot: id, pfunc } = *slot;
            if !(1..=83).contains(&id) {
                return Err(thread.runtime_error("invalid slot offset"));
            }
            match id {
                abi::Py_tp_members => {
                    let mut member = pfunc as *const PyMemberDef;
                    while !member.is_null() && !(*member).name.is_null() {
                        let name = CStr::from_ptr((*member).name).to_bytes();
                        if (*member).flags & abi::Py_RELATIVE_OFFSET != 0 && spec.basicsize > 0 {
                            return Err(thread.system_error("With Py_RELATIVE_OFFSET, basicsize must be negative."));
                        }
                        match name {
                            b"__weaklistoffset__" => said.weaklist = (*member).offset,
                            b"__dictoffset__" => said.dict = (*member).offset,
                            b"__vectorcalloffset__" => said.vectorcall = (*member).offset,
                            _ => {}
                        }
                        said.members.push(*member);
                        member = member.add(1);
                    }
                }
                abi::Py_tp_doc if !pfunc.is_null() => said.doc = Some(text(pfunc as *const c_char).into_owned()),
                abi::Py_tp_base => said.base = Some(pfunc as *mut PyTypeObject),
                abi::Py_tp_bases => said.bases = Some(pfunc as Raw),
                abi::Py_tp_token => {
                    said.token = Some(if pfunc.is_null() { spec as *const PyType_Spec as *mut c_void } else { pfunc });
                }
                _ => {}
            }
            slot = slot.add(1);
        }
    }
    let _ = name;
    Ok(said)
}

unsafe fn bases_of(thread: &Thread, given: Option<&Object>, said: &Said) -> PyResult<Owned<Tuple>> {
    // SAFETY: live objects.
    unsafe {
        let one = |object: &Object| match object.cast::<Tuple>() {
            Some(tuple) => Ok(tuple.own_tuple()),
            None => Tuple::from_slice(thread, &[object]),
        };
        if let Some(given) = given {
            return one(given);
        }
        if let Some(bases) = said.bases.and_then(|b| borrow_or_null(b)) {
            return one(bases);
        }
        match said.base.and_then(|b| borrow_or_null(b as Raw)) {
            Some(base) => one(base),
            None => one(<Object as PyType>::ty()),
        }
    }
}

unsafe fn make(
    thread: &Thread,
    metatype: Option<&Type>,
    module: Option<&Object>,
    spec: *mut PyType_Spec,
    bases: Option<&Object>,
) -> PyResult<Obj> {
    // SAFETY: by the API's contract.
    unsafe {
        let spec = &*spec;
        if spec.name.is_null() {
            return Err(thread.system_error("Type spec does not define the name field."));
        }
        let name = text(spec.name).into_owned();
        let mut said = read_slots(thread, spec, &name)?;
        let bases = bases_of(thread, bases, &said)?;
        let base_list = bases.to_vec();
        for base in &base_list {
            if let Some(base) = base.cast::<Type>() {
                ready(thread, base)?;
            }
        }
        let winner = type_object::winning_metatype(thread, metatype.unwrap_or(Type::type_type()), &base_list)?;
        if !winner.is_subtype(Type::type_type()) {
            return Err(thread.type_error(&format!("Metaclass '{}' is not a subclass of 'type'.", winner.repr(thread)?.to_string_lossy())));
        }
        let plain_new = Type::type_type().raw().tp_new.get().map(|f| f as usize);
        if winner.raw().tp_new.get().is_some() && winner.raw().tp_new.get().map(|f| f as usize) != plain_new {
            return Err(thread.type_error("Metaclasses with custom tp_new are not supported."));
        }
        let base = type_object::best_base(thread, &base_list)?;
        let from = base.raw().tp_basicsize.get();
        let (mut basicsize, mut data_offset) = (spec.basicsize as isize, None);
        if basicsize == 0 {
            basicsize = from;
        } else if basicsize < 0 {
            let start = aligned(from);
            data_offset = Some(start);
            basicsize = start + aligned(-basicsize);
            if (spec.itemsize != 0 || base.raw().tp_itemsize.get() != 0)
                && base.flags() & abi::Py_TPFLAGS_ITEMS_AT_END == 0
                && spec.flags as u64 & abi::Py_TPFLAGS_ITEMS_AT_END == 0
            {
                return Err(thread.system_error("Cannot extend variable-size class without Py_TPFLAGS_ITEMS_AT_END."));
            }
        } else if basicsize < from {
            return Err(thread.system_error(&format!(
                "tp_basicsize for type '{name}' ({basicsize}) is too small for base '{}' ({from})",
                base.full_name()
            )));
        }
        let itemsize = if spec.itemsize == 0 { base.raw().tp_itemsize.get() } else { spec.itemsize as isize };
        for member in &mut said.members {
            if member.flags & abi::Py_RELATIVE_OFFSET != 0 {
                member.flags &= !abi::Py_RELATIVE_OFFSET;
                member.offset += data_offset.unwrap_or(0);
                match CStr::from_ptr(member.name).to_bytes() {
                    b"__weaklistoffset__" => said.weaklist = member.offset,
                    b"__dictoffset__" => said.dict = member.offset,
                    b"__vectorcalloffset__" => said.vectorcall = member.offset,
                    _ => {}
                }
            }
        }
        let flags = spec.flags as u64 | abi::Py_TPFLAGS_HEAPTYPE;
        if flags & abi::Py_TPFLAGS_IMMUTABLETYPE != 0 {
            check_bases_immutable(thread, &name, &base_list)?;
        }
        let ty = from_spec(
            thread,
            FromSpec {
                metatype: winner,
                bases: &bases,
                base,
                name: &name,
                flags,
                basicsize,
                itemsize,
                members: &said.members,
                module: module.map(Object::own),
                token: said.token.unwrap_or(std::ptr::null_mut()),
            },
        )?;
        let raw = ty.raw();
        let mut slot = spec.slots;
        while !slot.is_null() && (*slot).slot != 0 {
            let PyType_Slot { slot: id, pfunc } = *slot;
            if !matches!(id, abi::Py_tp_members | abi::Py_tp_doc | abi::Py_tp_base | abi::Py_tp_bases | abi::Py_tp_token) {
                let Some(offset) = slot_offset(id) else { return Err(thread.runtime_error("invalid slot offset")) };
                if let Some(place) = slot_pointer(ty.as_type_ptr(), offset) {
                    *place = pfunc;
                }
            }
            slot = slot.add(1);
        }
        if let Some(doc) = &said.doc {
            let copy = std::ffi::CString::new(doc.as_str()).unwrap_or_default();
            raw.tp_doc.set(copy.into_raw());
        }
        if raw.tp_dealloc.get().is_none() {
            raw.tp_dealloc.set(Some(type_object::subtype_dealloc));
        }
        if said.vectorcall != 0 {
            raw.tp_vectorcall_offset.set(said.vectorcall);
        }
        if said.weaklist != 0 {
            raw.tp_weaklistoffset.set(said.weaklist);
        }
        if said.dict != 0 {
            raw.tp_dictoffset.set(said.dict);
        }
        ready(thread, &ty)?;
        let dict = ty.dict();
        match name.rsplit_once('.') {
            Some((module, _)) => {
                if !dict.contains_key(thread, intern!("__module__"))? {
                    dict.set(thread, intern!("__module__"), &*Str::intern_str(thread, module)?)?;
                }
            }
            None => pyrox_objects::warn::deprecation(thread, &format!("builtin type {name:.200} has no __module__ attribute"))?,
        }
        ty.modified();
        pyrox_objects::gc::track(ty.as_ptr());
        Ok(ty.upcast())
    }
}

fn check_bases_immutable(thread: &Thread, name: &str, bases: &[Obj]) -> PyResult<()> {
    for base in bases.iter().filter_map(|b| b.cast::<Type>()) {
        if base.flags() & abi::Py_TPFLAGS_IMMUTABLETYPE == 0 {
            let shown = full_name(thread, base)?;
            return Err(thread.type_error(&format!("Creating immutable type {name} from mutable base {}", shown.to_string_lossy())));
        }
    }
    Ok(())
}

/// The types along the MRO.
fn along(ty: &Type) -> Vec<&Type> {
    match ty.mro() {
        // SAFETY: the MRO holds types, which the type keeps alive.
        Some(mro) => mro.raw_items().iter().map(|&item| unsafe { Type::from_ptr(item as *mut PyTypeObject) }).collect(),
        // Not ready, or taken apart: depth first by the bases.
        None => {
            let mut all = vec![ty];
            for base in ty.bases().map(Tuple::raw_items).unwrap_or_default() {
                // SAFETY: bases are types, which the type keeps alive.
                all.extend(along(unsafe { Type::from_ptr(*base as *mut PyTypeObject) }));
            }
            all
        }
    }
}

fn module_of(thread: &Thread, ty: &Type, function: &str) -> PyResult<Raw> {
    if !ty.is_heap() {
        return Err(thread.type_error(&format!("{function}: Type '{}' is not a heap type", ty.full_name())));
    }
    // SAFETY: just checked.
    let module = unsafe { ty.heap() }.ht_module.get();
    if module.is_null() {
        return Err(thread.type_error(&format!("{function}: Type '{}' has no associated module", ty.full_name())));
    }
    Ok(module)
}

fn look_up(ty: *mut PyTypeObject, name: Raw) -> Option<Obj> {
    // SAFETY: a live type and a str, as the API demands.
    unsafe {
        let name = typed::<Str>(name)?;
        type_of(ty).lookup(name).map(Object::own)
    }
}

type Watcher = unsafe extern "C-unwind" fn(*mut PyTypeObject) -> c_int;

thread_local! {
    static WATCHERS: RefCell<[Option<Watcher>; 8]> = const { RefCell::new([None; 8]) };
}

/// Tell the watchers of a type that it changes.
fn tell(ty: &Type) {
    let watched = ty.raw().tp_watched.get();
    let watchers = WATCHERS.with_borrow(|w| *w);
    for (at, watcher) in watchers.iter().enumerate() {
        if let (true, Some(watcher)) = (watched & (1 << at) != 0, watcher) {
            // SAFETY: a watcher of the extension.
            unsafe {
                if watcher(ty.as_type_ptr()) < 0 {
                    pyrox_objects::unraisable::write(thread(), Some("Exception ignored in type watcher callback for "), Some(ty));
                }
            }
        }
    }
}

fn watcher_exists(thread: &Thread, id: c_int) -> PyResult<usize> {
    let at = usize::try_from(id).ok().filter(|&at| at < 8);
    let Some(at) = at else { return Err(thread.value_error(&format!("Invalid type watcher ID {id}"))) };
    match WATCHERS.with_borrow(|w| w[at].is_some()) {
        true => Ok(at),
        false => Err(thread.value_error(&format!("No type watcher set for ID {id}"))),
    }
}

fn need_type<'a>(thread: &Thread, object: Raw, message: &str) -> PyResult<&'a Type> {
    // SAFETY: null or a live object.
    unsafe { typed::<Type>(object) }.ok_or_else(|| thread.value_error(message))
}

api! {
    /// Finish a type.
    fn PyType_Ready(ty: *mut PyTypeObject) -> c_int { status(ready(thread(), type_of(ty))) }
    /// A type from a spec.
    fn PyType_FromSpec(spec: *mut PyType_Spec) -> Raw { give(make(thread(), None, None, spec, None)) }
    /// A type from a spec, with bases.
    fn PyType_FromSpecWithBases(spec: *mut PyType_Spec, bases: Raw) -> Raw {
        give(make(thread(), None, None, spec, borrow_or_null(bases)))
    }
    /// A type from a spec, of a module.
    fn PyType_FromModuleAndSpec(module: Raw, spec: *mut PyType_Spec, bases: Raw) -> Raw {
        give(make(thread(), None, borrow_or_null(module), spec, borrow_or_null(bases)))
    }
    /// A type from a spec, of a module, with a metaclass.
    fn PyType_FromMetaclass(metaclass: *mut PyTypeObject, module: Raw, spec: *mut PyType_Spec, bases: Raw) -> Raw {
        let metaclass = if metaclass.is_null() { None } else { Some(type_of(metaclass)) };
        give(make(thread(), metaclass, borrow_or_null(module), spec, borrow_or_null(bases)))
    }
    /// The content of a slot.
    fn PyType_GetSlot(ty: *mut PyTypeObject, id: c_int) -> *mut c_void {
        let thread = thread();
        if !(1..=83).contains(&id) {
            bad_internal_call(thread);
            return std::ptr::null_mut();
        }
        let Some(offset) = slot_offset(id) else { return std::ptr::null_mut() };
        if id == abi::Py_tp_token && !type_of(ty).is_heap() {
            return std::ptr::null_mut();
        }
        if id == abi::Py_tp_token {
            return type_of(ty).heap().ht_token.get();
        }
        slot_pointer(ty, offset).map_or(std::ptr::null_mut(), |place| *place)
    }
    /// Whether one type descends from another.
    fn PyType_IsSubtype(ty: *mut PyTypeObject, other: *mut PyTypeObject) -> c_int { type_of(ty).is_subtype(type_of(other)) as c_int }
    /// Forget what was cached about a type.
    fn PyType_Modified(ty: *mut PyTypeObject) { type_of(ty).modified() }
    /// Empty the method cache; gives the newest version tag.
    fn PyType_ClearCache() -> c_uint { type_object::clear_cache(); 0 }
    /// The flags.
    fn PyType_GetFlags(ty: *mut PyTypeObject) -> libc::c_ulong { (*ty).tp_flags.get() }
    /// Whether instances can be referred to weakly.
    fn PyType_SUPPORTS_WEAKREFS(ty: *mut PyTypeObject) -> c_int { ((*ty).tp_weaklistoffset.get() != 0) as c_int }
    /// The dict.
    fn PyType_GetDict(ty: *mut PyTypeObject) -> Raw { borrow_or_null((*ty).tp_dict.get()).map_or(std::ptr::null_mut(), |d| d.own().into_raw()) }
    /// `__name__`.
    fn PyType_GetName(ty: *mut PyTypeObject) -> Raw {
        let ty = type_of(ty);
        if ty.is_heap() {
            return borrow(ty.heap().ht_name.get()).own().into_raw();
        }
        give(Str::intern_str(thread(), ty.name()).map(Owned::upcast))
    }
    /// `__qualname__`.
    fn PyType_GetQualName(ty: *mut PyTypeObject) -> Raw { give(type_of(ty).qualname(thread()).map(Owned::upcast)) }
    /// `__module__`.
    fn PyType_GetModuleName(ty: *mut PyTypeObject) -> Raw {
        let thread = thread();
        give(match type_of(ty).module_name(thread) {
            Ok(Some(module)) => Ok(module),
            Ok(None) => Err(thread.attribute_error("__module__")),
            Err(raised) => Err(raised),
        })
    }
    /// The module and the qualified name.
    fn PyType_GetFullyQualifiedName(ty: *mut PyTypeObject) -> Raw { give(full_name(thread(), type_of(ty)).map(Owned::upcast)) }
    /// The name without the module.
    fn _PyType_Name(ty: *mut PyTypeObject) -> *const c_char {
        let name = (*ty).tp_name.get();
        let dot = libc::strrchr(name, '.' as c_int);
        if dot.is_null() { name } else { dot.add(1) }
    }
    /// The module that the type was made for, borrowed.
    fn PyType_GetModule(ty: *mut PyTypeObject) -> Raw { module_of(thread(), type_of(ty), "PyType_GetModule").unwrap_or(std::ptr::null_mut()) }
    /// The state of that module.
    fn PyType_GetModuleState(ty: *mut PyTypeObject) -> *mut c_void {
        match module_of(thread(), type_of(ty), "PyType_GetModuleState") {
            Ok(module) => crate::module::PyModule_GetState(module),
            Err(Raised) => std::ptr::null_mut(),
        }
    }
    /// The module of a definition that the type or a base of it was made for, borrowed.
    fn PyType_GetModuleByDef(ty: *mut PyTypeObject, definition: *mut PyModuleDef) -> Raw {
        let ty = type_of(ty);
        for class in along(ty) {
            if !class.is_heap() {
                continue;
            }
            let module = class.heap().ht_module.get();
            if typed::<Module>(module).is_some_and(|m| std::ptr::eq(crate::module::raw(m).md_def.get(), definition)) {
                return module;
            }
        }
        thread().type_error(&format!("PyType_GetModuleByDef: No superclass of '{}' has the given module", ty.full_name()));
        std::ptr::null_mut()
    }
    /// The type along the MRO that has a token.
    fn PyType_GetBaseByToken(ty: *mut PyTypeObject, token: *mut c_void, result: *mut *mut PyTypeObject) -> c_int {
        let thread = thread();
        if !result.is_null() {
            *result = std::ptr::null_mut();
        }
        if token.is_null() {
            thread.system_error("PyType_GetBaseByToken called with token=NULL");
            return -1;
        }
        let Some(ty) = typed::<Type>(ty as Raw) else {
            thread.type_error(&format!("expected a type, got a '{}' object", borrow(ty as Raw).ty().full_name()));
            return -1;
        };
        for class in along(ty) {
            if class.is_heap() && class.heap().ht_token.get() == token {
                if !result.is_null() {
                    *result = (**class).own().into_raw() as *mut PyTypeObject;
                }
                return 1;
            }
        }
        0
    }
    /// The size of the data that a type adds to its base.
    fn PyType_GetTypeDataSize(ty: *mut PyTypeObject) -> isize {
        let base = (*ty).tp_base.get();
        let start = if base.is_null() { 0 } else { aligned((*base).tp_basicsize.get()) };
        ((*ty).tp_basicsize.get() - start).max(0)
    }
    /// The data that a type adds to its base.
    fn PyObject_GetTypeData(object: Raw, ty: *mut PyTypeObject) -> *mut c_void {
        (object as *mut u8).offset(aligned((*(*ty).tp_base.get()).tp_basicsize.get())) as *mut c_void
    }
    /// The items at the end of an object.
    fn PyObject_GetItemData(object: Raw) -> *mut c_void {
        let ty = (*object).ob_type.get();
        if (*ty).tp_flags.get() as u64 & abi::Py_TPFLAGS_ITEMS_AT_END == 0 {
            thread().type_error(&format!("type '{}' does not have Py_TPFLAGS_ITEMS_AT_END", type_of(ty).full_name()));
            return std::ptr::null_mut();
        }
        (object as *mut u8).offset((*ty).tp_basicsize.get()) as *mut c_void
    }
    /// Make a type immutable.
    fn PyType_Freeze(ty: *mut PyTypeObject) -> c_int {
        let thread = thread();
        let ty = type_of(ty);
        let work = || {
            let bases: Vec<Obj> = along(ty).iter().skip(1).map(|b| (***b).own()).collect();
            check_bases_immutable(thread, ty.full_name(), &bases)?;
            ty.set_flags(ty.flags() | abi::Py_TPFLAGS_IMMUTABLETYPE);
            ty.modified();
            Ok(())
        };
        status(work())
    }
    /// Look a name up along the MRO, borrowed; null without an exception if it is not there.
    fn _PyType_Lookup(ty: *mut PyTypeObject, name: Raw) -> Raw { look_up(ty, name).map_or(std::ptr::null_mut(), |value| value.as_ptr()) }
    /// As above, a new reference.
    fn _PyType_LookupRef(ty: *mut PyTypeObject, name: Raw) -> Raw { look_up(ty, name).map_or(std::ptr::null_mut(), Obj::into_raw) }
    /// `tp_new` of types that only allocate.
    fn PyType_GenericNew(ty: *mut PyTypeObject, _arguments: Raw, _keywords: Raw) -> Raw { give(type_of(ty).allocate(thread(), 0)) }
    /// Give a type a version tag; whether it has one.
    fn PyUnstable_Type_AssignVersionTag(ty: *mut PyTypeObject) -> c_int { type_of(ty).assign_version() as c_int }
    /// Have a function called when watched types change.
    fn PyType_AddWatcher(watcher: Option<Watcher>) -> c_int {
        type_object::set_watcher(tell);
        let at = WATCHERS.with_borrow_mut(|watchers| {
            let at = watchers.iter().position(Option::is_none)?;
            watchers[at] = watcher;
            Some(at)
        });
        match at {
            Some(at) => at as c_int,
            None => { thread().runtime_error("no more type watcher IDs available"); -1 }
        }
    }
    /// Take a watcher away.
    fn PyType_ClearWatcher(id: c_int) -> c_int {
        status(watcher_exists(thread(), id).map(|at| WATCHERS.with_borrow_mut(|w| w[at] = None)))
    }
    /// Watch a type.
    fn PyType_Watch(id: c_int, ty: Raw) -> c_int {
        let thread = thread();
        let work = || {
            let ty = need_type(thread, ty, "Cannot watch non-type")?;
            let at = watcher_exists(thread, id)?;
            ty.assign_version();
            ty.raw().tp_watched.set(ty.raw().tp_watched.get() | 1 << at);
            Ok(())
        };
        status(work())
    }
    /// Watch a type no more.
    fn PyType_Unwatch(id: c_int, ty: Raw) -> c_int {
        let thread = thread();
        let work = || {
            let ty = need_type(thread, ty, "Cannot watch non-type")?;
            let at = watcher_exists(thread, id)?;
            ty.raw().tp_watched.set(ty.raw().tp_watched.get() & !(1 << at));
            Ok(())
        };
        status(work())
    }
}
