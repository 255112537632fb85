//! `repr`, `str`, `format`, `dir`, `isinstance`.

use crate::object::{Obj, Object, Owned};
use crate::protocol::call::check;
use crate::{PyResult, Str, Thread, Tuple, Type};

impl Object {
    /// `repr(self)`.
    pub fn repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        thread.check_stack(" while getting the repr of an object")?;
        let Some(function) = self.ty().raw().tp_repr.get() else {
            return Str::from_str(thread, &format!("<{} object at {:#x}>", self.ty().full_name(), self.as_ptr() as usize));
        };
        // SAFETY: a reprfunc contract.
        let result = unsafe { check(thread, function(self.as_ptr()))? };
        result
            .downcast::<Str>()
            .map_err(|other| thread.type_error(&format!("__repr__ returned non-string (type {})", other.ty().full_name())))
    }

    /// `str(self)`.
    pub fn str(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        if self.is_exact::<Str>() {
            // SAFETY: just checked.
            return Ok(unsafe { self.own().cast_unchecked() });
        }
        let Some(function) = self.ty().raw().tp_str.get() else { return self.repr(thread) };
        thread.check_stack(" while getting the str of an object")?;
        // SAFETY: a reprfunc contract.
        let result = unsafe { check(thread, function(self.as_ptr()))? };
        result
            .downcast::<Str>()
            .map_err(|other| thread.type_error(&format!("__str__ returned non-string (type {})", other.ty().full_name())))
    }

    /// `ascii(self)`.
    pub fn ascii(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        let text = self.repr(thread)?;
        if text.is_ascii() {
            return Ok(text);
        }
        let mut out = String::new();
        for c in text.chars() {
            match c {
                0..0x80 => out.push(c as u8 as char),
                0x80..0x100 => out.push_str(&format!("\\x{c:02x}")),
                0x100..0x10000 => out.push_str(&format!("\\u{c:04x}")),
                _ => out.push_str(&format!("\\U{c:08x}")),
            }
        }
        Str::from_str(thread, &out)
    }

    /// `format(self, spec)`.
    pub fn format(&self, thread: &Thread, spec: Option<&Str>) -> PyResult<Owned<Str>> {
        if spec.is_none_or(|s| s.len() == 0) {
            if self.is_exact::<Str>() {
                // SAFETY: just checked.
                return Ok(unsafe { self.own().cast_unchecked() });
            }
            if self.is_exact::<crate::Int>() {
                return self.str(thread);
            }
        }
        let empty;
        let spec: &Object = match spec {
            Some(spec) => spec,
            None => {
                empty = Str::empty();
                &empty
            }
        };
        match self.call_special(thread, crate::intern!("__format__"), &[spec])? {
            Some(result) => result
                .downcast::<Str>()
                .map_err(|other| thread.type_error(&format!("__format__ must return a str, not {}", other.ty().full_name()))),
            None => Err(thread.type_error(&format!("Type {} doesn't define __format__", self.ty().full_name()))),
        }
    }

    /// `isinstance(self, class)`: `class` is a type, a tuple of such, a union, or has
    /// `__instancecheck__`.
    pub fn isinstance(&self, thread: &Thread, class: &Object) -> PyResult<bool> {
        if std::ptr::eq(self.type_ptr() as *const Object, class) {
            return Ok(true);
        }
        if let Some(class) = class.exact::<Type>() {
            return self.recursive_isinstance(thread, class);
        }
        if let Some(union) = class.exact::<crate::union_type::Union>() {
            return self.isinstance(thread, &union.args());
        }
        if let Some(tuple) = class.cast::<Tuple>() {
            thread.check_stack(" in __instancecheck__")?;
            for item in tuple.to_vec() {
                if self.isinstance(thread, &item)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        if let Some((checker, needs_self)) = class.special(thread, crate::intern!("__instancecheck__"))? {
            thread.check_stack(" in __instancecheck__")?;
            let result = if needs_self { checker.call(thread, &[class, self])? } else { checker.call(thread, &[self])? };
            return result.is_true(thread);
        }
        self.recursive_isinstance(thread, class)
    }

    /// `type.__instancecheck__`.
    pub fn recursive_isinstance(&self, thread: &Thread, class: &Object) -> PyResult<bool> {
        if let Some(class) = class.cast::<Type>() {
            if self.ty().is_subtype(class) {
                return Ok(true);
            }
            let Some(said) = self.lookup_attr(thread, crate::intern!("__class__"))? else { return Ok(false) };
            return Ok(match said.cast::<Type>() {
                Some(said) if !std::ptr::eq(said, self.ty()) => said.is_subtype(class),
                _ => false,
            });
        }
        if abstract_bases(thread, class)?.is_none() {
            return Err(thread.type_error("isinstance() arg 2 must be a type, a tuple of types, or a union"));
        }
        match self.lookup_attr(thread, crate::intern!("__class__"))? {
            Some(said) => abstract_issubclass(thread, &said, class),
            None => Ok(false),
        }
    }

    /// `issubclass(self, class)`.
    pub fn issubclass(&self, thread: &Thread, class: &Object) -> PyResult<bool> {
        if class.is_exact::<Type>() {
            if self.is(class) {
                return Ok(true);
            }
            return self.recursive_issubclass(thread, class);
        }
        if let Some(union) = class.exact::<crate::union_type::Union>() {
            return self.issubclass(thread, &union.args());
        }
        if let Some(tuple) = class.cast::<Tuple>() {
            thread.check_stack(" in __subclasscheck__")?;
            for item in tuple.to_vec() {
                if self.issubclass(thread, &item)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        if let Some((checker, needs_self)) = class.special(thread, crate::intern!("__subclasscheck__"))? {
            thread.check_stack(" in __subclasscheck__")?;
            let result = if needs_self { checker.call(thread, &[class, self])? } else { checker.call(thread, &[self])? };
            return result.is_true(thread);
        }
        self.recursive_issubclass(thread, class)
    }

    /// `type.__subclasscheck__`.
    pub fn recursive_issubclass(&self, thread: &Thread, class: &Object) -> PyResult<bool> {
        if let (Some(derived), Some(class)) = (self.cast::<Type>(), class.cast::<Type>()) {
            return Ok(derived.is_subtype(class));
        }
        if abstract_bases(thread, self)?.is_none() {
            return Err(thread.type_error("issubclass() arg 1 must be a class"));
        }
        if abstract_bases(thread, class)?.is_none() {
            return Err(thread.type_error("issubclass() arg 2 must be a class, a tuple of classes, or a union"));
        }
        abstract_issubclass(thread, self, class)
    }

    /// `dir(self)`: a sorted list of names.
    pub fn dir(&self, thread: &Thread) -> PyResult<Obj> {
        match self.call_special(thread, crate::intern!("__dir__"), &[])? {
            Some(names) => {
                let list = crate::List::from_iterable(thread, &names)?;
                list.sort(thread)?;
                Ok(list.upcast())
            }
            None => Err(thread.type_error("object does not provide __dir__")),
        }
    }
}

fn abstract_bases(thread: &Thread, class: &Object) -> PyResult<Option<Obj>> {
    Ok(class.lookup_attr(thread, crate::intern!("__bases__"))?.filter(|bases| bases.is_instance::<Tuple>()))
}

fn abstract_issubclass(thread: &Thread, derived: &Object, class: &Object) -> PyResult<bool> {
    thread.check_stack(" in __issubclass__")?;
    if derived.is(class) {
        return Ok(true);
    }
    let Some(bases) = abstract_bases(thread, derived)? else { return Ok(false) };
    for base in bases.to_items(thread)? {
        if abstract_issubclass(thread, &base, class)? {
            return Ok(true);
        }
    }
    Ok(false)
}
