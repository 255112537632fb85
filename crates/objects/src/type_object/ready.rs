//! `PyType_Ready`: finishing a type: bases, MRO, the dict of its methods, inherited slots.

use std::ffi::c_void;

use pyrox_abi as abi;
use pyrox_abi::{PyMethodDef, PyTypeObject};

use super::slots::{SLOTS, slot_pointer};
use crate::descriptors::{GetSetDescriptor, MemberDescriptor, MethodDescriptor, WrapperDescriptor};
use crate::object::{Object, PyType};
use crate::{Dict, PyResult, Str, Thread, Tuple, Type};

/// Finish `ty`. Does nothing if it is ready.
pub fn ready(thread: &Thread, ty: &Type) -> PyResult<()> {
    if ty.flags() & abi::Py_TPFLAGS_READY != 0 {
        return Ok(());
    }
    let raw = ty.raw();
    let is_object = ty.as_type_ptr() == <Object as PyType>::TYPE;
    if raw.tp_base.get().is_null() && !is_object {
        raw.tp_base.set(<Object as PyType>::TYPE);
    }
    if let Some(base) = ty.base() {
        ready(thread, base)?;
    }
    // The metatype of a static type is that of its base.
    if raw.ob_base.ob_base.ob_type.get().is_null() {
        let meta = ty.base().map_or(Type::TYPE, |base| base.type_ptr());
        raw.ob_base.ob_base.ob_type.set(meta);
    }
    if raw.tp_bases.get().is_null() {
        let bases = match ty.base() {
            Some(base) => Tuple::from_vec(thread, vec![(**base).own()])?,
            None => Tuple::empty(),
        };
        raw.tp_bases.set(bases.into_raw());
    }
    if raw.tp_dict.get().is_null() {
        raw.tp_dict.set(Dict::new(thread)?.into_raw());
    }
    super::mro::install(thread, ty)?;
    if let Some(base) = ty.base() {
        inherit_special(ty, base);
    }
    add_members(thread, ty)?;
    inherit(thread, ty)?;
    // Last, or slots of further bases would get into tables that belong to the first.
    if let Some(base) = ty.base() {
        inherit_tables(raw, base.raw());
    }
    finish(thread, ty)?;
    if let Some(bases) = ty.bases() {
        for base in bases.to_vec() {
            if let Some(base) = base.cast::<Type>() {
                base.add_subclass(ty.as_type_ptr());
            }
        }
    }
    ty.set_flags(ty.flags() | abi::Py_TPFLAGS_READY);
    Ok(())
}

/// What every type inherits by its nature: the collector, sizes, subclass flags.
fn inherit_special(ty: &Type, base: &Type) {
    let (raw, from) = (ty.raw(), base.raw());
    let mut flags = ty.flags();
    let base_flags = base.flags();
    if flags & abi::Py_TPFLAGS_HAVE_GC == 0
        && base_flags & abi::Py_TPFLAGS_HAVE_GC != 0
        && raw.tp_traverse.get().is_none()
        && raw.tp_clear.get().is_none()
    {
        flags |= abi::Py_TPFLAGS_HAVE_GC;
        raw.tp_traverse.set(from.tp_traverse.get());
        raw.tp_clear.set(from.tp_clear.get());
    }
    if raw.tp_basicsize.get() == 0 {
        raw.tp_basicsize.set(from.tp_basicsize.get());
    }
    if raw.tp_itemsize.get() == 0 {
        raw.tp_itemsize.set(from.tp_itemsize.get());
    }
    if raw.tp_weaklistoffset.get() == 0 {
        raw.tp_weaklistoffset.set(from.tp_weaklistoffset.get());
    }
    if raw.tp_dictoffset.get() == 0 {
        raw.tp_dictoffset.set(from.tp_dictoffset.get());
    }
    flags |= base_flags & (abi::Py_TPFLAGS_MANAGED_DICT | abi::Py_TPFLAGS_MANAGED_WEAKREF);
    const SUBCLASS_FLAGS: u64 = abi::Py_TPFLAGS_LONG_SUBCLASS
        | abi::Py_TPFLAGS_LIST_SUBCLASS
        | abi::Py_TPFLAGS_TUPLE_SUBCLASS
        | abi::Py_TPFLAGS_BYTES_SUBCLASS
        | abi::Py_TPFLAGS_UNICODE_SUBCLASS
        | abi::Py_TPFLAGS_DICT_SUBCLASS
        | abi::Py_TPFLAGS_BASE_EXC_SUBCLASS
        | abi::Py_TPFLAGS_TYPE_SUBCLASS
        | abi::Py_TPFLAGS_ITEMS_AT_END
        | abi::_Py_TPFLAGS_MATCH_SELF;
    flags |= base_flags & SUBCLASS_FLAGS;
    ty.set_flags(flags);
}

fn inherit_tables(raw: &PyTypeObject, base: &PyTypeObject) {
    macro_rules! inherit {
        ($($field:ident),*) => { $(if raw.$field.get().is_null() { raw.$field.set(base.$field.get()); })* };
    }
    inherit!(tp_as_async, tp_as_sequence, tp_as_mapping, tp_as_number, tp_as_buffer);
}

/// Put wrappers of the type's own slots, its methods, members and properties into its dict.
fn add_members(thread: &Thread, ty: &Type) -> PyResult<()> {
    let raw = ty.raw();
    let dict = ty.dict();
    for definition in SLOTS {
        let Some(wrapper) = definition.wrapper else { continue };
        // SAFETY: a valid type.
        let slot = unsafe { slot_pointer(ty.as_type_ptr(), definition.offset).map_or(std::ptr::null_mut(), |p| *p) };
        if slot.is_null() || is_inherited_table(ty, definition.offset) {
            continue;
        }
        let name = Str::intern_str(thread, definition.name)?;
        if dict.get_str_borrowed(&name).is_some() {
            continue;
        }
        if std::ptr::eq(slot as *const (), super::hash_not_implemented as *const ()) {
            dict.set(thread, &name, crate::none_ref())?;
        } else {
            let _ = wrapper;
            let descriptor = WrapperDescriptor::new(thread, ty, definition, slot)?;
            dict.set(thread, &name, &descriptor)?;
        }
    }
    if raw.tp_new.get().is_some() {
        let name = crate::intern!("__new__");
        if dict.get_str_borrowed(name).is_none() {
            let function = crate::builtin_function::new_wrapper(thread, ty)?;
            dict.set(thread, name, &function)?;
        }
    }
    // SAFETY: definition tables end in a null name.
    unsafe {
        let mut method: *const PyMethodDef = raw.tp_methods.get();
        while !method.is_null() && !(*method).ml_name.is_null() {
            let name = Str::intern_str(thread, crate::native::c_text((*method).ml_name))?;
            if dict.get_str_borrowed(&name).is_none() || (*method).ml_flags & abi::METH_COEXIST != 0 {
                let descriptor = MethodDescriptor::for_definition(thread, ty, method)?;
                dict.set(thread, &name, &descriptor)?;
            }
            method = method.add(1);
        }
        let mut member = raw.tp_members.get();
        while !member.is_null() && !(*member).name.is_null() {
            let name = Str::intern_str(thread, crate::native::c_text((*member).name))?;
            if dict.get_str_borrowed(&name).is_none() {
                dict.set(thread, &name, &**MemberDescriptor::new(thread, ty, member)?)?;
            }
            member = member.add(1);
        }
        let mut property = raw.tp_getset.get();
        while !property.is_null() && !(*property).name.is_null() {
            let name = Str::intern_str(thread, crate::native::c_text((*property).name))?;
            if dict.get_str_borrowed(&name).is_none() {
                dict.set(thread, &name, &**GetSetDescriptor::new(thread, ty, property)?)?;
            }
            property = property.add(1);
        }
    }
    Ok(())
}

/// Whether the slot at `offset` lives in a table that is the base's own.
fn is_inherited_table(ty: &Type, offset: usize) -> bool {
    let Some(base) = ty.base() else { return false };
    // SAFETY: valid types.
    unsafe {
        let own = slot_pointer(ty.as_type_ptr(), offset);
        let inherited = slot_pointer(base.as_type_ptr(), offset);
        own.is_some() && own == inherited
    }
}

/// Fill empty slots from the types along the MRO.
fn inherit(_thread: &Thread, ty: &Type) -> PyResult<()> {
    let raw = ty.raw();
    let mro = ty.mro().map(|m| m.to_vec()).unwrap_or_default();
    for item in mro.iter().skip(1) {
        let Some(base) = item.cast::<Type>() else { continue };
        inherit_from(ty, base);
    }
    if raw.tp_free.get().is_none() {
        raw.tp_free.set(Some(crate::gc::free_function(ty.flags() & abi::Py_TPFLAGS_HAVE_GC != 0)));
    }
    Ok(())
}

fn inherit_from(ty: &Type, base: &Type) {
    let (raw, from) = (ty.raw(), base.raw());
    let grand = base.base();
    // SAFETY: valid types; slots are word-sized.
    unsafe {
        let mut seen = usize::MAX;
        for definition in SLOTS {
            let offset = definition.offset;
            if offset == seen || matches!(offset, o if is_group(o)) {
                continue;
            }
            seen = offset;
            let (Some(own), Some(theirs)) = (slot_pointer(ty.as_type_ptr(), offset), slot_pointer(base.as_type_ptr(), offset)) else {
                continue;
            };
            copy_slot(own, theirs, grand.and_then(|g| slot_pointer(g.as_type_ptr(), offset)));
        }
        copy_extra(ty, base, grand);
    }
    // Comparison and hash go together: a type that defines one does not inherit the other.
    if raw.tp_richcompare.get().is_none() && raw.tp_hash.get().is_none() && !overrides_hash(ty) {
        raw.tp_richcompare.set(from.tp_richcompare.get());
        raw.tp_hash.set(from.tp_hash.get());
    }
    if raw.tp_getattr.get().is_none() && raw.tp_getattro.get().is_none() {
        raw.tp_getattr.set(from.tp_getattr.get());
        raw.tp_getattro.set(from.tp_getattro.get());
    }
    if raw.tp_setattr.get().is_none() && raw.tp_setattro.get().is_none() {
        raw.tp_setattr.set(from.tp_setattr.get());
        raw.tp_setattro.set(from.tp_setattro.get());
    }
    if raw.tp_dealloc.get().is_none() {
        raw.tp_dealloc.set(from.tp_dealloc.get());
    }
    if raw.tp_vectorcall_offset.get() == 0 {
        raw.tp_vectorcall_offset.set(from.tp_vectorcall_offset.get());
    }
    // A vectorcall function is inherited with the call slot that goes with it.
    let call = |t: &PyTypeObject| t.tp_call.get().map(|f| f as usize);
    if base.flags() & abi::Py_TPFLAGS_HAVE_VECTORCALL != 0 && call(raw) == call(from) {
        ty.set_flags(ty.flags() | abi::Py_TPFLAGS_HAVE_VECTORCALL);
    }
    let get = |t: &PyTypeObject| t.tp_descr_get.get().map(|f| f as usize);
    if base.flags() & abi::Py_TPFLAGS_METHOD_DESCRIPTOR != 0 && get(raw) == get(from) && !ty.is_heap() {
        ty.set_flags(ty.flags() | abi::Py_TPFLAGS_METHOD_DESCRIPTOR);
    }
    if ty.flags() & (abi::Py_TPFLAGS_SEQUENCE | abi::Py_TPFLAGS_MAPPING) == 0 {
        ty.set_flags(ty.flags() | base.flags() & (abi::Py_TPFLAGS_SEQUENCE | abi::Py_TPFLAGS_MAPPING));
    }
    if raw.tp_alloc.get().is_none() {
        raw.tp_alloc.set(from.tp_alloc.get());
    }
    if raw.tp_is_gc.get().is_none() {
        raw.tp_is_gc.set(from.tp_is_gc.get());
    }
    let gc = |t: &Type| t.flags() & abi::Py_TPFLAGS_HAVE_GC != 0;
    if raw.tp_free.get().is_none() {
        if gc(ty) == gc(base) {
            raw.tp_free.set(from.tp_free.get());
        } else if gc(ty) {
            raw.tp_free.set(Some(crate::gc::free_function(true)));
        }
    }
}

/// Slots that are inherited as a group, not one by one.
fn is_group(offset: usize) -> bool {
    use std::mem::offset_of;
    [
        offset_of!(PyTypeObject, tp_hash),
        offset_of!(PyTypeObject, tp_richcompare),
        offset_of!(PyTypeObject, tp_getattro),
        offset_of!(PyTypeObject, tp_setattro),
        offset_of!(PyTypeObject, tp_new),
    ]
    .contains(&offset)
}

unsafe fn copy_slot(own: *mut *mut c_void, theirs: *mut *mut c_void, grand: Option<*mut *mut c_void>) {
    // SAFETY: by the caller.
    unsafe {
        if own != theirs && (*own).is_null() && !(*theirs).is_null() && grand.is_none_or(|g| *g != *theirs) {
            *own = *theirs;
        }
    }
}

/// Slots that no special method stands for.
unsafe fn copy_extra(ty: &Type, base: &Type, grand: Option<&Type>) {
    use std::mem::offset_of;
    let offsets = [
        offset_of!(abi::PyHeapTypeObject, as_async.am_send),
        offset_of!(abi::PyHeapTypeObject, as_sequence.sq_concat),
        offset_of!(abi::PyHeapTypeObject, as_sequence.sq_repeat),
        offset_of!(abi::PyHeapTypeObject, as_sequence.sq_inplace_concat),
        offset_of!(abi::PyHeapTypeObject, as_sequence.sq_inplace_repeat),
        offset_of!(PyTypeObject, tp_init),
        offset_of!(PyTypeObject, tp_finalize),
    ];
    // SAFETY: valid types; these are slots.
    unsafe {
        for offset in offsets {
            if let (Some(own), Some(theirs)) = (slot_pointer(ty.as_type_ptr(), offset), slot_pointer(base.as_type_ptr(), offset)) {
                if own != theirs && (*own).is_null() {
                    *own = *theirs;
                }
            }
        }
    }
    let _ = grand;
}

fn overrides_hash(ty: &Type) -> bool {
    let dict = ty.dict();
    dict.get_str_borrowed(crate::intern!("__eq__")).is_some() || dict.get_str_borrowed(crate::intern!("__hash__")).is_some()
}

/// `__doc__`, the constructor and the hash of types that say nothing of them.
fn finish(thread: &Thread, ty: &Type) -> PyResult<()> {
    let raw = ty.raw();
    let dict = ty.dict();
    let doc = crate::intern!("__doc__");
    if dict.get_str_borrowed(doc).is_none() {
        if raw.tp_doc.get().is_null() {
            dict.set(thread, doc, crate::none_ref())?;
        } else {
            let text = crate::signature::doc_without_signature(ty.name(), crate::native::c_text(raw.tp_doc.get()));
            dict.set(thread, doc, &**Str::from_str(thread, text)?)?;
        }
    }
    if raw.tp_hash.get().is_none() && dict.get_str_borrowed(crate::intern!("__hash__")).is_none() {
        dict.set(thread, crate::intern!("__hash__"), crate::none_ref())?;
        raw.tp_hash.set(Some(super::hash_not_implemented));
    }
    if raw.tp_new.get().is_none() && ty.flags() & abi::Py_TPFLAGS_DISALLOW_INSTANTIATION == 0 {
        if let Some(base) = ty.base() {
            raw.tp_new.set(base.raw().tp_new.get());
        }
    }
    if ty.flags() & abi::Py_TPFLAGS_DISALLOW_INSTANTIATION != 0 {
        raw.tp_new.set(None);
    }
    Ok(())
}

/// Take `ty` out of its bases' lists.
pub(super) fn unlink(ty: &Type) {
    if let Some(bases) = ty.bases() {
        for &base in bases.raw_items() {
            // SAFETY: bases are types.
            unsafe { Type::from_ptr(base as *mut PyTypeObject) }.remove_subclass(ty.as_type_ptr());
        }
    }
}
