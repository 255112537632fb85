//! Struct sequences that extensions define.

use std::ffi::{CStr, c_char, c_int};

use pyrox_abi::PyTypeObject;
use pyrox_objects::struct_sequence::{self, Field, StructSequence};
use pyrox_objects::{PyResult, Thread, Type};

use crate::api::pointer;
use crate::constants::PyStructSequence_UnnamedField;
use crate::support::{Raw, give, status};

/// `PyStructSequence_Field`.
#[repr(C)]
pub struct FieldDefinition {
    name: *const c_char,
    doc: *const c_char,
}

/// `PyStructSequence_Desc`.
#[repr(C)]
pub struct Definition {
    name: *const c_char,
    doc: *const c_char,
    fields: *const FieldDefinition,
    in_sequence: c_int,
}

/// A copy of a text that lives for ever.
unsafe fn keep(text: *const c_char) -> &'static CStr {
    if text.is_null() {
        return c"";
    }
    // SAFETY: by the API's contract.
    Box::leak(unsafe { CStr::from_ptr(text) }.to_owned().into_boxed_c_str())
}

type Parts = (&'static CStr, &'static CStr, &'static [Field], usize);

unsafe fn parts(thread: &Thread, definition: *const Definition) -> PyResult<Parts> {
    // SAFETY: by the API's contract; a field without a name ends the list.
    unsafe {
        let definition = &*definition;
        let mut fields = Vec::new();
        let mut at = definition.fields;
        while !(*at).name.is_null() {
            let doc = keep((*at).doc);
            if (*at).name == PyStructSequence_UnnamedField.address() {
                fields.push(struct_sequence::unnamed_field(doc));
            } else {
                fields.push(struct_sequence::field(keep((*at).name), doc));
            }
            at = at.add(1);
        }
        if definition.in_sequence < 0 || definition.in_sequence as usize > fields.len() {
            return Err(thread.system_error("bad argument to internal function"));
        }
        Ok((keep(definition.name), keep(definition.doc), Vec::leak(fields), definition.in_sequence as usize))
    }
}

unsafe fn fill(thread: &Thread, ty: *mut PyTypeObject, definition: *const Definition) -> PyResult<()> {
    // SAFETY: by the API's contract.
    unsafe {
        let (name, doc, fields, visible) = parts(thread, definition)?;
        StructSequence::fill_type(thread, ty, name, doc, fields, visible)
    }
}

fn ty(result: PyResult<*mut PyTypeObject>) -> *mut PyTypeObject {
    pointer(result)
}

crate::api! {
    /// A new type.
    fn PyStructSequence_NewType(thread; definition: *const Definition) -> *mut PyTypeObject = ty {
        let (name, doc, fields, visible) = parts(thread, definition)?;
        Ok(StructSequence::make_new_type(thread, name, doc, fields, visible)?.as_type_ptr())
    }
    /// A new type.
    fn _PyStructSequence_NewType(thread; definition: *const Definition, _flags: std::ffi::c_ulong) -> *mut PyTypeObject = ty {
        let (name, doc, fields, visible) = parts(thread, definition)?;
        Ok(StructSequence::make_new_type(thread, name, doc, fields, visible)?.as_type_ptr())
    }
    /// Make a type object of the caller's a struct sequence's.
    fn PyStructSequence_InitType2(thread; ty: *mut PyTypeObject, definition: *const Definition) -> c_int = status {
        fill(thread, ty, definition)
    }
    /// Make a type object of the caller's a struct sequence's.
    fn PyStructSequence_InitType(thread; ty: *mut PyTypeObject, definition: *const Definition) {
        let _ = fill(thread, ty, definition);
    }
    /// An instance whose fields the caller fills.
    fn PyStructSequence_New(thread; ty: *mut PyTypeObject) -> Raw = give { struct_sequence::build(thread, Type::from_ptr(ty), []) }
    /// Fill a field, taking the reference.
    fn PyStructSequence_SetItem(object: Raw, at: isize, value: Raw) {
        // What is replaced is `None`, which is not counted.
        *struct_sequence::items_of(object).offset(at) = value;
    }
    /// A field, borrowed.
    fn PyStructSequence_GetItem(object: Raw, at: isize) -> Raw { *struct_sequence::items_of(object).offset(at) }
}
