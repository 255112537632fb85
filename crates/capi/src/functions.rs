//! C functions and the descriptors of methods, members and properties.

use std::ffi::{c_char, c_int};

use pyrox_abi as abi;
use pyrox_abi::{PyGetSetDef, PyMemberDef, PyMethodDef, PyTypeObject};
use pyrox_objects::builtin_function::BuiltinFunction;
use pyrox_objects::descriptors::{ClassMethodDescriptor, GetSetDescriptor, MemberDescriptor, MethodDescriptor};
use pyrox_objects::{Obj, Owned, PyResult, Thread, member};

use crate::support::*;

/// A function for a definition.
fn new_function(thread: &Thread, definition: *const PyMethodDef, receiver: Raw, module: Raw, class: *mut PyTypeObject) -> PyResult<Obj> {
    const KINDS: [c_int; 7] = [
        abi::METH_VARARGS,
        abi::METH_VARARGS | abi::METH_KEYWORDS,
        abi::METH_FASTCALL,
        abi::METH_FASTCALL | abi::METH_KEYWORDS,
        abi::METH_NOARGS,
        abi::METH_O,
        abi::METH_METHOD | abi::METH_FASTCALL | abi::METH_KEYWORDS,
    ];
    const KIND: c_int = abi::METH_VARARGS | abi::METH_FASTCALL | abi::METH_NOARGS | abi::METH_O | abi::METH_KEYWORDS | abi::METH_METHOD;
    // SAFETY: a definition that lives as long as the function; null or live objects.
    unsafe {
        let flags = (*definition).ml_flags;
        if !KINDS.contains(&(flags & KIND)) {
            return Err(thread.system_error(&format!("{}() method: bad call flags", text((*definition).ml_name))));
        }
        let (receiver, module) = (borrow_or_null(receiver), borrow_or_null(module));
        if flags & abi::METH_METHOD != 0 {
            if class.is_null() {
                return Err(thread.system_error("attempting to create PyCMethod with a METH_METHOD flag but no class"));
            }
            return Ok(BuiltinFunction::new_method(thread, definition, receiver, module, type_of(class))?.upcast());
        }
        if !class.is_null() {
            return Err(thread.system_error("attempting to create PyCFunction with class but no METH_METHOD flag"));
        }
        Ok(BuiltinFunction::new(thread, definition, receiver, module)?.upcast())
    }
}

fn function<'a>(thread: &Thread, object: Raw) -> PyResult<&'a BuiltinFunction> {
    // SAFETY: null or a live object.
    unsafe { typed::<BuiltinFunction>(object) }.ok_or_else(|| bad_internal_call(thread))
}

api! {
    /// A function for a definition.
    fn PyCMethod_New(thread; definition: *mut PyMethodDef, receiver: Raw, module: Raw, class: *mut PyTypeObject) -> Raw = give {
        new_function(thread, definition, receiver, module, class)
    }
    /// A function for a definition.
    fn PyCFunction_NewEx(thread; definition: *mut PyMethodDef, receiver: Raw, module: Raw) -> Raw = give {
        new_function(thread, definition, receiver, module, std::ptr::null_mut())
    }
    /// A function for a definition.
    fn PyCFunction_New(thread; definition: *mut PyMethodDef, receiver: Raw) -> Raw = give {
        new_function(thread, definition, receiver, std::ptr::null_mut(), std::ptr::null_mut())
    }
    /// The C function of a function.
    fn PyCFunction_GetFunction(thread; object: Raw) -> abi::PyCFunction {
        function(thread, object).ok().and_then(|f| f.definition().ml_meth)
    }
    /// What a function is bound to, borrowed; null for static methods.
    fn PyCFunction_GetSelf(thread; object: Raw) -> Raw { function(thread, object).map_or(std::ptr::null_mut(), |f| f.receiver_raw()) }
    /// A function's flags.
    fn PyCFunction_GetFlags(thread; object: Raw) -> c_int { function(thread, object).map_or(-1, |f| f.definition().ml_flags) }
    /// Call a C function.
    fn PyCFunction_Call(callable: Raw, arguments: Raw, keywords: Raw) -> Raw { crate::protocols::PyObject_Call(callable, arguments, keywords) }
    /// A method descriptor.
    fn PyDescr_NewMethod(thread; ty: *mut PyTypeObject, definition: *mut PyMethodDef) -> Raw = give {
        MethodDescriptor::for_definition(thread, type_of(ty), definition)
    }
    /// A class method descriptor.
    fn PyDescr_NewClassMethod(thread; ty: *mut PyTypeObject, definition: *mut PyMethodDef) -> Raw = give {
        ClassMethodDescriptor::new(thread, type_of(ty), definition).map(Owned::upcast)
    }
    /// A member descriptor.
    fn PyDescr_NewMember(thread; ty: *mut PyTypeObject, definition: *mut PyMemberDef) -> Raw = give {
        if (*definition).flags & abi::Py_RELATIVE_OFFSET != 0 {
            return Err(thread.system_error("PyDescr_NewMember used with Py_RELATIVE_OFFSET"));
        }
        MemberDescriptor::new(thread, type_of(ty), definition).map(Owned::upcast)
    }
    /// A property descriptor.
    fn PyDescr_NewGetSet(thread; ty: *mut PyTypeObject, definition: *mut PyGetSetDef) -> Raw = give {
        GetSetDescriptor::new(thread, type_of(ty), definition).map(Owned::upcast)
    }
    /// Whether a descriptor can be assigned through.
    fn PyDescr_IsData(object: Raw) -> c_int { borrow(object).ty().raw().tp_descr_set.get().is_some() as c_int }
    /// Read a C field.
    fn PyMember_GetOne(thread; address: *const c_char, definition: *mut PyMemberDef) -> Raw = give {
        if (*definition).flags & abi::Py_RELATIVE_OFFSET != 0 {
            return Err(thread.system_error("PyMember_GetOne used with Py_RELATIVE_OFFSET"));
        }
        member::get(thread, borrow(address as Raw), &*definition)
    }
    /// Write a C field; a null value deletes.
    fn PyMember_SetOne(thread; address: *mut c_char, definition: *mut PyMemberDef, value: Raw) -> c_int = status {
        if (*definition).flags & abi::Py_RELATIVE_OFFSET != 0 {
            return Err(thread.system_error("PyMember_SetOne used with Py_RELATIVE_OFFSET"));
        }
        member::set(thread, borrow(address as Raw), &*definition, borrow_or_null(value))
    }
}
