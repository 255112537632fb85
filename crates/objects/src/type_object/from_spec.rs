//! Heap types of extensions (`PyType_FromMetaclass`): the object, its members and its name; the C API fills the slots.

use std::ffi::{CString, c_void};

use pyrox_abi as abi;
use pyrox_abi::{PyHeapTypeObject, PyMemberDef};

use super::create::members_offset;
use crate::object::{Obj, Owned};
use crate::{PyResult, Str, Thread, Tuple, Type};

/// What a type is made from.
pub struct FromSpec<'a> {
    pub metatype: &'a Type,
    pub bases: &'a Tuple,
    pub base: &'a Type,
    /// With the module before the last dot.
    pub name: &'a str,
    pub flags: u64,
    pub basicsize: isize,
    pub itemsize: isize,
    pub members: &'a [PyMemberDef],
    pub module: Option<Obj>,
    pub token: *mut c_void,
}

/// The type, not yet ready and without slots.
pub fn from_spec(thread: &Thread, spec: FromSpec<'_>) -> PyResult<Owned<Type>> {
    // The last member is a closing one.
    let object = spec.metatype.allocate_untracked(thread, spec.members.len() + 1)?;
    // SAFETY: the metatype's instances are heap types; fresh, zeroed behind the head, with room for the members.
    unsafe {
        let ty: Owned<Type> = object.cast_unchecked();
        let heap = &*(ty.as_ptr() as *const PyHeapTypeObject);
        let raw = ty.raw();
        (*(ty.as_ptr() as *const abi::PyVarObject)).ob_size.set(spec.members.len() as isize);
        raw.tp_as_async.set(&heap.as_async);
        raw.tp_as_number.set(&heap.as_number);
        raw.tp_as_sequence.set(&heap.as_sequence);
        raw.tp_as_mapping.set(&heap.as_mapping);
        raw.tp_as_buffer.set(&heap.as_buffer);
        let short = spec.name.rsplit('.').next().unwrap_or(spec.name);
        let name = Str::intern_str(thread, short)?;
        heap.ht_qualname.set(name.clone().into_raw());
        heap.ht_name.set(name.into_raw());
        let full = CString::new(spec.name).map_err(|_| thread.value_error("type name must not contain null characters"))?.into_raw();
        heap._ht_tpname.set(full);
        raw.tp_name.set(full);
        if let Some(module) = spec.module {
            heap.ht_module.set(module.into_raw());
        }
        heap.ht_token.set(spec.token);
        raw.tp_base.set(spec.base.as_type_ptr());
        abi::incref(spec.base.as_ptr());
        raw.tp_bases.set(spec.bases.own_tuple().into_raw());
        raw.tp_basicsize.set(spec.basicsize);
        raw.tp_itemsize.set(spec.itemsize);
        let first = (ty.as_ptr() as *mut u8).add(members_offset(spec.metatype)) as *mut PyMemberDef;
        for (at, member) in spec.members.iter().enumerate() {
            let name = CString::new(crate::native::c_text(member.name)).unwrap_or_default().into_raw();
            first.add(at).write(PyMemberDef { name, ..*member });
        }
        if !spec.members.is_empty() {
            raw.tp_members.set(first);
        }
        ty.set_flags(spec.flags);
        if spec.flags & abi::Py_TPFLAGS_MANAGED_DICT != 0 {
            heap.ht_cached_keys.set(crate::dict::new_shared_keys() as *mut _);
        }
        Ok(ty)
    }
}
