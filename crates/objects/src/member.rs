//! Reading and writing C struct fields by `PyMemberDef` (`structmember`).

use pyrox_abi as abi;
use pyrox_abi::{PyMemberDef, PyObject};

use crate::native::c_text;
use crate::object::{Obj, Object, decref, xdecref};
use crate::{Float, Int, PyResult, Str, Thread};

type Raw = *mut PyObject;

/// A C string the object does not own.
const T_STRING: i32 = 5;

fn field<T>(object: &Object, definition: &PyMemberDef) -> *mut T {
    // SAFETY: the definition describes a field of the object's layout.
    unsafe { (object.as_ptr() as *mut u8).offset(definition.offset) as *mut T }
}

/// The value of a member.
pub fn get(thread: &Thread, object: &Object, definition: &PyMemberDef) -> PyResult<Obj> {
    // SAFETY: the definition says what the field holds.
    unsafe {
        macro_rules! int {
            ($ty:ty) => {
                Ok(Int::from(*field::<$ty>(object, definition) as i64).upcast())
            };
        }
        match definition.r#type {
            abi::_Py_T_OBJECT => Ok(Object::from_ptr_or_null(*field::<Raw>(object, definition)).map_or_else(crate::none, Object::own)),
            abi::Py_T_OBJECT_EX => match Object::from_ptr_or_null(*field::<Raw>(object, definition)) {
                Some(value) => Ok(value.own()),
                None => {
                    let name = Str::from_str(thread, c_text(definition.name))?;
                    Err(crate::protocol::attribute::no_attribute(thread, object, &name))
                }
            },
            abi::Py_T_BOOL => Ok(crate::bool_obj(*field::<u8>(object, definition) != 0)),
            abi::Py_T_BYTE => int!(i8),
            abi::Py_T_UBYTE => int!(u8),
            abi::Py_T_SHORT => int!(i16),
            abi::Py_T_USHORT => int!(u16),
            abi::Py_T_INT => int!(i32),
            abi::Py_T_UINT => int!(u32),
            abi::Py_T_LONG | abi::Py_T_LONGLONG | abi::Py_T_PYSSIZET => int!(i64),
            abi::Py_T_ULONG | abi::Py_T_ULONGLONG => Ok(Int::from_u64(*field::<u64>(object, definition)).upcast()),
            abi::Py_T_FLOAT => Ok(Float::new(*field::<f32>(object, definition) as f64).upcast()),
            abi::Py_T_DOUBLE => Ok(Float::new(*field::<f64>(object, definition)).upcast()),
            T_STRING => {
                let text = *field::<*const std::ffi::c_char>(object, definition);
                if text.is_null() { Ok(crate::none()) } else { Ok(Str::from_str(thread, c_text(text))?.upcast()) }
            }
            abi::Py_T_STRING_INPLACE => Ok(Str::from_str(thread, c_text(field::<std::ffi::c_char>(object, definition)))?.upcast()),
            abi::Py_T_CHAR => Ok(Str::from_char(thread, *field::<u8>(object, definition) as u32).upcast()),
            _ => Err(thread.system_error("bad memberdescr type")),
        }
    }
}

/// Set or delete a member.
pub fn set(thread: &Thread, object: &Object, definition: &PyMemberDef, value: Option<&Object>) -> PyResult<()> {
    if definition.flags & abi::Py_READONLY != 0 {
        return Err(thread.attribute_error("readonly attribute"));
    }
    let Some(value) = value else {
        // SAFETY: the definition says that the field holds a reference.
        unsafe {
            match definition.r#type {
                abi::Py_T_OBJECT_EX => {
                    let slot = field::<Raw>(object, definition);
                    let old = *slot;
                    if old.is_null() {
                        return Err(thread.attribute_error(c_text(definition.name)));
                    }
                    *slot = std::ptr::null_mut();
                    decref(old);
                    return Ok(());
                }
                abi::_Py_T_OBJECT => {
                    let slot = field::<Raw>(object, definition);
                    let old = *slot;
                    *slot = std::ptr::null_mut();
                    xdecref(old);
                    return Ok(());
                }
                _ => return Err(thread.type_error("can't delete numeric/char attribute")),
            }
        }
    };
    // SAFETY: the definition says what the field holds.
    unsafe {
        let warn = |message: &str| crate::warn::runtime(thread, message);
        let too_large = |ty: &str| thread.overflow_error(&format!("Python int too large to convert to C {ty}"));
        macro_rules! signed {
            ($ty:ty, $name:literal) => {{
                let number = value.index(thread)?.to_i64().ok_or_else(|| too_large("long"))?;
                *field::<$ty>(object, definition) = number as $ty;
                if number != number as $ty as i64 {
                    warn(concat!("Truncation of value to ", $name))?;
                }
                Ok(())
            }};
        }
        // Negative values have been taken always: with a warning.
        macro_rules! unsigned {
            ($ty:ty, $name:literal) => {{
                let number = value.index(thread)?;
                match (number.to_i64(), number.to_u64()) {
                    (Some(number), _) if number < 0 => {
                        *field::<$ty>(object, definition) = number as $ty;
                        warn("Writing negative value into unsigned field")
                    }
                    (_, Some(number)) => {
                        *field::<$ty>(object, definition) = number as $ty;
                        if number != number as $ty as u64 { warn(concat!("Truncation of value to ", $name)) } else { Ok(()) }
                    }
                    _ => Err(too_large(if number.is_negative() { "long" } else { "unsigned long" })),
                }
            }};
        }
        match definition.r#type {
            abi::Py_T_OBJECT_EX | abi::_Py_T_OBJECT => {
                let slot = field::<Raw>(object, definition);
                let old = *slot;
                *slot = value.own().into_raw();
                xdecref(old);
                Ok(())
            }
            abi::Py_T_BOOL => {
                if !value.is_exact::<crate::Bool>() {
                    return Err(thread.type_error("attribute value type must be bool"));
                }
                *field::<u8>(object, definition) = value.is_true(thread)? as u8;
                Ok(())
            }
            abi::Py_T_BYTE => signed!(i8, "char"),
            abi::Py_T_UBYTE => signed!(u8, "unsigned char"),
            abi::Py_T_SHORT => signed!(i16, "short"),
            abi::Py_T_USHORT => signed!(u16, "unsigned short"),
            abi::Py_T_INT => signed!(i32, "int"),
            abi::Py_T_UINT => unsigned!(u32, "unsigned int"),
            abi::Py_T_LONG | abi::Py_T_LONGLONG => {
                let name = if definition.r#type == abi::Py_T_LONG { "long" } else { "long long" };
                *field::<i64>(object, definition) = value.index(thread)?.to_i64().ok_or_else(|| too_large(name))?;
                Ok(())
            }
            abi::Py_T_ULONG | abi::Py_T_ULONGLONG => unsigned!(u64, "unsigned long"),
            abi::Py_T_PYSSIZET => {
                let Some(number) = value.cast::<Int>() else { return Err(thread.type_error("an integer is required")) };
                *field::<i64>(object, definition) = number.to_i64().ok_or_else(|| too_large("ssize_t"))?;
                Ok(())
            }
            abi::Py_T_CHAR => match value.cast::<Str>().and_then(Str::ascii_text).map(str::as_bytes) {
                Some(&[byte]) => {
                    *field::<u8>(object, definition) = byte;
                    Ok(())
                }
                _ => Err(thread.type_error("bad argument type for built-in operation")),
            },
            abi::Py_T_FLOAT => {
                *field::<f32>(object, definition) = value.as_f64(thread)? as f32;
                Ok(())
            }
            abi::Py_T_DOUBLE => {
                *field::<f64>(object, definition) = value.as_f64(thread)?;
                Ok(())
            }
            T_STRING | abi::Py_T_STRING_INPLACE => Err(thread.type_error("readonly attribute")),
            _ => Err(thread.system_error(&format!("bad memberdescr type for {}", c_text(definition.name)))),
        }
    }
}
