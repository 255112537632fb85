//! Keeping the C slots of classes true to their special methods.

use std::ffi::c_void;

use super::slots::{SLOTS, SlotDefinition, slot_new, slot_pointer};
use crate::object::Object;
use crate::{Str, Thread, Type};

/// Set all slots of a new class from what its MRO defines.
pub fn fix_all(thread: &Thread, ty: &Type) {
    let mut at = 0;
    while at < SLOTS.len() {
        at = update_group(thread, ty, at);
    }
}

/// Set the slots that the special method `name` stands for, in `ty` and in its subclasses.
pub fn update_slot_of_name(thread: &Thread, ty: &Type, name: &Str) {
    let text = name.to_string_lossy();
    if !(text.starts_with("__") && text.ends_with("__")) {
        return;
    }
    let mut groups = Vec::new();
    let mut at = 0;
    while at < SLOTS.len() {
        let end = group_end(at);
        if SLOTS[at..end].iter().any(|d| d.name == text) {
            groups.push(at);
        }
        at = end;
    }
    if !groups.is_empty() {
        update_recursively(thread, ty, name, &groups);
    }
}

fn update_recursively(thread: &Thread, ty: &Type, name: &Str, groups: &[usize]) {
    for &group in groups {
        update_group(thread, ty, group);
    }
    for subclass in ty.subclasses() {
        // A subclass that overrides the method keeps its own.
        if subclass.dict().get_str_borrowed(name).is_none() {
            update_recursively(thread, &subclass, name, groups);
        }
    }
}

fn group_end(start: usize) -> usize {
    let offset = SLOTS[start].offset;
    start + SLOTS[start..].iter().take_while(|d| d.offset == offset).count()
}

/// Decide the function of one slot; gives the index of the next slot's first definition.
///
/// If all methods that were found are wrappers of one and the same C function, and that function
/// belongs to a type that `ty` descends from, the slot holds it directly; otherwise it holds the
/// function that calls the Python methods.
fn update_group(_thread: &Thread, ty: &Type, start: usize) -> usize {
    let end = group_end(start);
    // SAFETY: a valid type.
    let Some(slot) = (unsafe { slot_pointer(ty.as_type_ptr(), SLOTS[start].offset) }) else { return end };
    let mut specific: Option<*mut c_void> = None;
    let mut generic: *const () = std::ptr::null();
    let mut use_generic = false;
    let group = &SLOTS[start..end];
    let is_iternext = group[0].name == "__next__";
    for definition in group {
        let Some(found) = look_up(ty, definition) else { continue };
        if let Some(wrapper) = found.exact::<crate::descriptors::WrapperDescriptor>() {
            if wrapper.is_for(definition) && ty.is_subtype(wrapper.owner()) {
                if !definition.function.is_null() {
                    generic = definition.function;
                }
                let wrapped = wrapper.wrapped();
                if specific.is_none_or(|s| s == wrapped) {
                    specific = Some(wrapped);
                } else {
                    use_generic = true;
                }
                continue;
            }
            // The wrapper of another slot with the same name (`__len__` of the other table).
            if wrapper.name() == definition.name && !definition.function.is_null() && fills_several_slots(definition.name) {
                generic = definition.function;
                use_generic = true;
                continue;
            }
            generic = definition.function;
            use_generic = true;
        } else if definition.name == "__new__" {
            if let Some(native) = crate::builtin_function::new_of(found) {
                let inherited = native.raw().tp_new.get().map_or(std::ptr::null_mut(), |f| f as usize as *mut c_void);
                if !inherited.is_null() {
                    specific = Some(inherited);
                    continue;
                }
            }
            generic = slot_new as *const ();
            use_generic = true;
        } else if found.is_none() && definition.name == "__hash__" {
            specific = Some(super::hash_not_implemented as *const () as *mut c_void);
        } else if found.is_none() && is_iternext {
            specific = Some(super::next_not_implemented as *const () as *mut c_void);
        } else {
            use_generic = true;
            if !definition.function.is_null() {
                generic = definition.function;
            }
        }
    }
    let value = match specific {
        Some(specific) if !use_generic => specific,
        _ => generic as *mut c_void,
    };
    // SAFETY: the slot belongs to the type; the function has the slot's signature.
    unsafe { *slot = value };
    if group[0].name == "__call__" && value == generic as *mut c_void && !generic.is_null() {
        // Called through Python code: an inherited vectorcall function would pass it by.
        ty.set_flags(ty.flags() & !pyrox_abi::Py_TPFLAGS_HAVE_VECTORCALL);
    }
    end
}

fn fills_several_slots(name: &str) -> bool {
    SLOTS.iter().filter(|d| d.name == name).count() > 1
}

fn look_up<'a>(ty: &'a Type, definition: &SlotDefinition) -> Option<&'a Object> {
    // SAFETY: as everywhere in the interpreter, the lock is held.
    let thread = unsafe { Thread::current() };
    let name = Str::intern_str(thread, definition.name).ok()?;
    let found = ty.lookup(&name)?.as_ptr();
    // SAFETY: alive in a dict of the MRO, which nothing changes meanwhile.
    Some(unsafe { Object::from_ptr(found) })
}
