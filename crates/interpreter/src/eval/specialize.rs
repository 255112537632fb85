//! Rewriting instructions into specialized forms, after PEP 659: what an instruction met is noted in the cache
//! behind it, and the specialized form guards on it.
//!
//! The first unit of a cache counts. In a generic form it counts up to 1 (from a negative number after a
//! failure), when the next execution tries to specialize; in a specialized form it counts misses.

use pyrox_compiler::opcode::Opcode;
use pyrox_objects::abi::{self, PyObject};
use pyrox_objects::descriptors::MemberDescriptor;
use pyrox_objects::managed;
use pyrox_objects::{Dict, Function, Module, Object, Property, Str, Thread, Type};

use crate::frame::Frame;

type Raw = *mut PyObject;

/// Executions of the generic form between two attempts.
const BACKOFF: i16 = -500;
/// Misses after which a specialized form is given up.
const PATIENCE: u16 = 12;

/// Whether the instruction at `here` shall be specialized now.
///
/// # Safety
/// An instruction with a cache.
#[inline(always)]
pub unsafe fn due(here: *mut u16) -> bool {
    // SAFETY: by contract.
    unsafe {
        let count = *here.add(1) as i16;
        if count >= 1 {
            return true;
        }
        *here.add(1) = (count + 1) as u16;
        false
    }
}

/// The attempt failed: wait before the next.
///
/// # Safety
/// As [`due`].
#[cold]
pub unsafe fn failed(here: *mut u16) {
    // SAFETY: by contract.
    unsafe { *here.add(1) = BACKOFF as u16 };
}

/// A guard did not hold; after some of these the generic form comes back.
///
/// # Safety
/// As [`due`].
#[cold]
pub unsafe fn missed(here: *mut u16, generic: Opcode) {
    // SAFETY: by contract.
    unsafe {
        let count = *here.add(1) + 1;
        if count > PATIENCE {
            become_form(here, generic);
            *here.add(1) = BACKOFF as u16;
        } else {
            *here.add(1) = count;
        }
    }
}

unsafe fn become_form(here: *mut u16, form: Opcode) {
    // SAFETY: by the caller.
    unsafe {
        *here = *here & 0xff00 | form.number();
        *here.add(1) = 0;
    }
}

/// # Safety
/// The cache has two units at `at`.
#[inline(always)]
pub unsafe fn read_u32(here: *const u16, at: usize) -> u32 {
    // SAFETY: by contract.
    unsafe { (here.add(at) as *const u32).read_unaligned() }
}

unsafe fn write_u32(here: *mut u16, at: usize, value: u32) {
    // SAFETY: by the caller.
    unsafe { (here.add(at) as *mut u32).write_unaligned(value) }
}

/// # Safety
/// The cache has four units at `at`.
#[inline(always)]
pub unsafe fn read_pointer(here: *const u16, at: usize) -> Raw {
    // SAFETY: by contract.
    unsafe { (here.add(at) as *const Raw).read_unaligned() }
}

unsafe fn write_pointer(here: *mut u16, at: usize, value: Raw) {
    // SAFETY: by the caller.
    unsafe { (here.add(at) as *mut Raw).write_unaligned(value) }
}

/// A version that fits the cache.
fn short_version(dict: &Dict) -> Option<u16> {
    u16::try_from(dict.keys_version()).ok().filter(|&v| v != 0)
}

/// `LOAD_GLOBAL`: counter, index, version of the globals' keys, version of the builtins' keys.
///
/// # Safety
/// `here` is such an instruction of the frame's code.
#[cold]
pub unsafe fn load_global(frame: &Frame, here: *mut u16, name: &Str) {
    // SAFETY: by contract.
    unsafe {
        let globals = frame.globals();
        if !globals.is_exact::<Dict>() {
            failed(here);
            return;
        }
        if let Some(index) = globals.entry_of_str(name).filter(|&at| globals.value_of_entry(at).is_some()) {
            if let (Ok(index), Some(version)) = (u16::try_from(index), short_version(globals)) {
                become_form(here, Opcode::LOAD_GLOBAL_MODULE);
                *here.add(2) = index;
                *here.add(3) = version;
                return;
            }
        } else if let Some(builtins) = frame.builtins().exact::<Dict>() {
            let index = builtins.entry_of_str(name).filter(|&at| builtins.value_of_entry(at).is_some());
            if let (Some(Ok(index)), Some(version), Some(of_builtins)) =
                (index.map(u16::try_from), short_version(globals), short_version(builtins))
            {
                become_form(here, Opcode::LOAD_GLOBAL_BUILTIN);
                *here.add(2) = index;
                *here.add(3) = version;
                *here.add(4) = of_builtins;
                return;
            }
        }
        failed(here);
    }
}

fn version_of(ty: &Type) -> Option<u32> {
    ty.assign_version().then(|| ty.raw().tp_version_tag.get()).filter(|&v| v != 0)
}

/// How a class attribute acts on instances.
fn is_data_descriptor(value: &Object) -> bool {
    value.ty().raw().tp_descr_set.get().is_some()
}

/// `LOAD_ATTR`: counter, type version, then: index; or version of the shared keys and the attribute.
///
/// # Safety
/// `here` is such an instruction; `owner` is what it works on.
#[cold]
pub unsafe fn load_attr(_thread: &Thread, owner: &Object, here: *mut u16, name: &Str, wants_method: bool) {
    // SAFETY: by contract.
    unsafe {
        let done = load_attr_form(owner, here, name, wants_method);
        if done.is_none() {
            failed(here);
        }
    }
}

unsafe fn load_attr_form(owner: &Object, here: *mut u16, name: &Str, wants_method: bool) -> Option<()> {
    // SAFETY: by the caller.
    unsafe {
        let ty = owner.ty();
        if let Some(module) = owner.exact::<Module>() {
            if ty.lookup(name).is_some() {
                return None;
            }
            let dict = module.dict();
            let index = dict.entry_of_str(name).filter(|&at| dict.value_of_entry(at).is_some())?;
            let (index, version) = (u16::try_from(index).ok()?, dict.keys_version());
            if version == 0 {
                return None;
            }
            become_form(here, Opcode::LOAD_ATTR_MODULE);
            write_u32(here, 2, version);
            *here.add(4) = index;
            return Some(());
        }
        if let Some(class) = owner.cast::<Type>() {
            return load_class_attr(class, owner, here, name);
        }
        if !ty.has_generic_getattr() {
            return None;
        }
        let version = version_of(ty)?;
        let found = ty.lookup(name);
        let inline = ty.flags() & abi::Py_TPFLAGS_INLINE_VALUES != 0;
        match found {
            Some(descriptor) if is_data_descriptor(descriptor) => {
                if let Some(member) = descriptor.exact::<MemberDescriptor>() {
                    let offset = member.slot_offset().filter(|_| ty.is_subtype(member.owner()))?;
                    become_form(here, Opcode::LOAD_ATTR_SLOT);
                    write_u32(here, 2, version);
                    *here.add(4) = u16::try_from(offset).ok()?;
                    return Some(());
                }
                if let Some(property) = descriptor.exact::<Property>() {
                    let getter = property.getter()?;
                    let function = getter.exact::<Function>()?;
                    if wants_method || !super::calls::takes_plainly(function, 1) {
                        return None;
                    }
                    become_form(here, Opcode::LOAD_ATTR_PROPERTY);
                    write_u32(here, 2, version);
                    write_pointer(here, 6, property.as_ptr());
                    return Some(());
                }
                None
            }
            None => {
                if !inline || !managed::has_inline_values(owner) {
                    return None;
                }
                let index = managed::shared_index(ty, name)?;
                become_form(here, Opcode::LOAD_ATTR_INSTANCE_VALUE);
                write_u32(here, 2, version);
                *here.add(4) = index;
                Some(())
            }
            Some(attribute) => {
                let is_method = attribute.has_flag(abi::Py_TPFLAGS_METHOD_DESCRIPTOR);
                let plain = attribute.ty().raw().tp_descr_get.get().is_none();
                if !(is_method && wants_method || plain) {
                    return None;
                }
                let has_dict = inline || ty.raw().tp_dictoffset.get() != 0 || ty.flags() & abi::Py_TPFLAGS_MANAGED_DICT != 0;
                let form = if inline {
                    // The instance may hold the name itself only if its class's shared keys do.
                    if !managed::has_inline_values(owner) || managed::shared_index(ty, name).is_some() {
                        return None;
                    }
                    write_u32(here, 4, managed::shared_version(ty).filter(|&v| v != 0)?);
                    if is_method && wants_method {
                        Opcode::LOAD_ATTR_METHOD_WITH_VALUES
                    } else {
                        Opcode::LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES
                    }
                } else if !has_dict {
                    if is_method && wants_method { Opcode::LOAD_ATTR_METHOD_NO_DICT } else { Opcode::LOAD_ATTR_NONDESCRIPTOR_NO_DICT }
                } else {
                    return None;
                };
                become_form(here, form);
                write_u32(here, 2, version);
                write_pointer(here, 6, attribute.as_ptr());
                Some(())
            }
        }
    }
}

/// An attribute of a class that is taken as it stands in its (or a base's) dict.
unsafe fn load_class_attr(class: &Type, owner: &Object, here: *mut u16, name: &Str) -> Option<()> {
    // SAFETY: by the caller.
    unsafe {
        // Only `type` itself is known not to have data descriptors of its own for arbitrary names.
        if owner.type_ptr() != <Type as pyrox_objects::PyType>::TYPE || owner.ty().lookup(name).is_some() {
            return None;
        }
        let attribute = class.lookup(name)?;
        let plain = attribute.ty().raw().tp_descr_get.get().is_none() || attribute.is_exact::<Function>();
        if !plain {
            return None;
        }
        let version = version_of(class)?;
        become_form(here, Opcode::LOAD_ATTR_CLASS);
        write_u32(here, 2, version);
        write_pointer(here, 6, attribute.as_ptr());
        Some(())
    }
}

/// `STORE_ATTR`: counter, type version, index.
///
/// # Safety
/// `here` is such an instruction; `owner` is what it works on.
#[cold]
pub unsafe fn store_attr(owner: &Object, here: *mut u16, name: &Str) {
    // SAFETY: by contract.
    unsafe {
        let attempt = || -> Option<()> {
            let ty = owner.ty();
            if !ty.has_generic_setattr() {
                return None;
            }
            let version = version_of(ty)?;
            match ty.lookup(name) {
                Some(descriptor) => {
                    let member = descriptor.exact::<MemberDescriptor>()?;
                    let offset = member.slot_offset().filter(|_| ty.is_subtype(member.owner()))?;
                    let offset = u16::try_from(offset).ok()?;
                    become_form(here, Opcode::STORE_ATTR_SLOT);
                    *here.add(4) = offset;
                }
                None => {
                    let inline = ty.flags() & abi::Py_TPFLAGS_INLINE_VALUES != 0;
                    if !inline || !managed::has_inline_values(owner) {
                        return None;
                    }
                    let index = managed::shared_index(ty, name)?;
                    become_form(here, Opcode::STORE_ATTR_INSTANCE_VALUE);
                    *here.add(4) = index;
                }
            }
            write_u32(here, 2, version);
            Some(())
        };
        if attempt().is_none() {
            failed(here);
        }
    }
}
