//! Cells, bound methods, functions, and the wrappers of methods.

use std::ffi::c_int;

use pyrox_abi::{PyFunctionObject, vectorcallfunc};
use pyrox_interpreter::code::Code;
use pyrox_interpreter::eval;
use pyrox_objects::descriptors::{ClassMethod, MethodWrapper, StaticMethod, WrapperDescriptor};
use pyrox_objects::instance_method::InstanceMethod;
use pyrox_objects::namespace::Namespace;
use pyrox_objects::object::xdecref;
use pyrox_objects::{Cell, Dict, Function, Method, Obj, Object, Owned, PyResult, Str, Thread, Tuple, generic_alias};

use crate::api::{bad_call, expect, lend, pointer, present};
use crate::support::{Raw, give, status};

/// A field of a function, borrowed.
unsafe fn field(thread: &Thread, function: Raw, read: impl Fn(&PyFunctionObject) -> Raw) -> PyResult<Raw> {
    // SAFETY: by the API's contract.
    Ok(read(unsafe { expect::<Function>(thread, function) }?.raw()))
}

fn borrowed(result: PyResult<Raw>) -> Raw {
    pointer(result)
}

/// Put a reference into a function's field.
fn put(cell: &std::cell::Cell<Raw>, value: Option<&Object>) {
    let old = cell.replace(value.map_or(std::ptr::null_mut(), |value| value.own().into_raw()));
    // SAFETY: the function owned it.
    unsafe { xdecref(old) };
}

/// A value for a field: `None` empties it, otherwise it must be a `T`.
unsafe fn value_of<'a, T: pyrox_objects::object::PyType>(thread: &Thread, value: Raw, wrong: &str) -> PyResult<Option<&'a Object>> {
    // SAFETY: by the API's contract.
    let value = unsafe { Object::from_ptr_or_null(value) };
    match value {
        Some(value) if value.is_none() => Ok(None),
        Some(value) if value.is_instance::<T>() => Ok(Some(value)),
        _ => Err(thread.system_error(&wrong.replace("{}", value.map_or("NULL", |value| value.ty().full_name())))),
    }
}

unsafe fn function(thread: &Thread, code: Raw, globals: Raw, qualname: Raw) -> PyResult<Obj> {
    // SAFETY: by the API's contract.
    unsafe {
        let object = present(thread, code)?;
        let code: &Code = expect(thread, code)?;
        let globals: &Dict = expect(thread, globals)?;
        let builtins = eval::builtins_of(thread, globals)?;
        let doc = match code.consts().items().first() {
            Some(doc) if code.has_flag(pyrox_compiler::code::flags::HAS_DOCSTRING) && doc.is_instance::<Str>() => doc.own(),
            _ => pyrox_objects::none(),
        };
        let own: &Object = code.qualname();
        let qualname = Object::from_ptr_or_null(qualname).unwrap_or(own);
        Function::new(thread, object, globals, &builtins, code.name(), qualname, &doc).map(Owned::upcast)
    }
}

crate::api! {
    /// A cell; null is an empty one.
    fn PyCell_New(thread; content: Raw) -> Raw = give {
        Cell::new(thread, Object::from_ptr_or_null(content).map(Object::own)).map(Owned::upcast)
    }
    /// A cell's content, null if it is empty.
    fn PyCell_Get(thread; cell: Raw) -> Raw {
        match expect::<Cell>(thread, cell) {
            Ok(cell) => cell.get().map_or(std::ptr::null_mut(), Owned::into_raw),
            Err(_) => std::ptr::null_mut(),
        }
    }
    /// Replace a cell's content.
    fn PyCell_Set(thread; cell: Raw, content: Raw) -> c_int = status {
        expect::<Cell>(thread, cell)?.set(Object::from_ptr_or_null(content).map(Object::own));
        Ok(())
    }

    /// A bound method.
    fn PyMethod_New(thread; callable: Raw, object: Raw) -> Raw = give {
        let (Some(callable), Some(object)) = (Object::from_ptr_or_null(callable), Object::from_ptr_or_null(object)) else {
            return Err(bad_call(thread));
        };
        Method::new(thread, callable, object).map(Owned::upcast)
    }
    /// The function of a bound method, borrowed.
    fn PyMethod_Function(thread; method: Raw) -> Raw = borrowed { Ok(expect::<Method>(thread, method)?.function().as_ptr()) }
    /// The object of a bound method, borrowed.
    fn PyMethod_Self(thread; method: Raw) -> Raw = borrowed { Ok(expect::<Method>(thread, method)?.object().as_ptr()) }

    /// A callable that binds like a function.
    fn PyInstanceMethod_New(thread; callable: Raw) -> Raw = give {
        InstanceMethod::new(thread, present(thread, callable)?).map(Owned::upcast)
    }
    /// What it calls, borrowed.
    fn PyInstanceMethod_Function(thread; method: Raw) -> Raw = lend {
        Ok(Some(expect::<InstanceMethod>(thread, method)?.function()))
    }

    /// `staticmethod(callable)`.
    fn PyStaticMethod_New(thread; callable: Raw) -> Raw = give {
        StaticMethod::wrap(thread, present(thread, callable)?).map(Owned::upcast)
    }
    /// `classmethod(callable)`.
    fn PyClassMethod_New(thread; callable: Raw) -> Raw = give {
        ClassMethod::wrap(thread, present(thread, callable)?).map(Owned::upcast)
    }
    /// A slot's wrapper bound to an object.
    fn PyWrapper_New(thread; descriptor: Raw, object: Raw) -> Raw = give {
        let descriptor: &WrapperDescriptor = expect(thread, descriptor)?;
        MethodWrapper::new(thread, descriptor, present(thread, object)?).map(Owned::upcast)
    }

    /// `types.GenericAlias(origin, arguments)`.
    fn Py_GenericAlias(thread; origin: Raw, arguments: Raw) -> Raw = give {
        generic_alias::new(thread, present(thread, origin)?, present(thread, arguments)?)
    }
    /// `types.SimpleNamespace(**attributes)`.
    fn _PyNamespace_New(thread; attributes: Raw) -> Raw = give {
        let attributes = Object::from_ptr_or_null(attributes).and_then(|object| object.cast::<Dict>());
        Namespace::new(thread, attributes).map(Owned::upcast)
    }

    /// A function of code and globals.
    fn PyFunction_New(thread; code: Raw, globals: Raw) -> Raw = give { function(thread, code, globals, std::ptr::null_mut()) }
    /// A function of code and globals.
    fn PyFunction_NewWithQualName(thread; code: Raw, globals: Raw, qualname: Raw) -> Raw = give {
        function(thread, code, globals, qualname)
    }
    /// A function's code, borrowed.
    fn PyFunction_GetCode(thread; function: Raw) -> Raw = borrowed { field(thread, function, |f| f.func_code.get()) }
    /// A function's globals, borrowed.
    fn PyFunction_GetGlobals(thread; function: Raw) -> Raw = borrowed { field(thread, function, |f| f.func_globals.get()) }
    /// A function's module, borrowed.
    fn PyFunction_GetModule(thread; function: Raw) -> Raw = borrowed { field(thread, function, |f| f.func_module.get()) }
    /// A function's defaults, borrowed, or null.
    fn PyFunction_GetDefaults(thread; function: Raw) -> Raw = borrowed { field(thread, function, |f| f.func_defaults.get()) }
    /// A function's keyword defaults, borrowed, or null.
    fn PyFunction_GetKwDefaults(thread; function: Raw) -> Raw = borrowed { field(thread, function, |f| f.func_kwdefaults.get()) }
    /// A function's closure, borrowed, or null.
    fn PyFunction_GetClosure(thread; function: Raw) -> Raw = borrowed { field(thread, function, |f| f.func_closure.get()) }
    /// A function's annotations, borrowed.
    fn PyFunction_GetAnnotations(thread; function: Raw) -> Raw = lend {
        let function: &Function = expect(thread, function)?;
        let raw = function.raw();
        let annotate = Object::from_ptr_or_null(raw.func_annotate.get());
        if raw.func_annotations.get().is_null() && !annotate.is_some_and(Object::is_callable) {
            return Ok(Some(pyrox_objects::none()));
        }
        let object: &Object = function;
        object.getattr(thread, pyrox_objects::intern!("__annotations__")).map(Some)
    }

    /// Set a function's defaults: a tuple or `None`.
    fn PyFunction_SetDefaults(thread; function: Raw, value: Raw) -> c_int = status {
        let function: &Function = expect(thread, function)?;
        let value = value_of::<Tuple>(thread, value, "non-tuple default args")?;
        function.raw().func_version.set(0);
        put(&function.raw().func_defaults, value);
        Ok(())
    }
    /// Set a function's keyword defaults: a dict or `None`.
    fn PyFunction_SetKwDefaults(thread; function: Raw, value: Raw) -> c_int = status {
        let function: &Function = expect(thread, function)?;
        let value = value_of::<Dict>(thread, value, "non-dict keyword only default args")?;
        function.raw().func_version.set(0);
        put(&function.raw().func_kwdefaults, value);
        Ok(())
    }
    /// Set a function's closure: a tuple of cells or `None`.
    fn PyFunction_SetClosure(thread; function: Raw, value: Raw) -> c_int = status {
        let function: &Function = expect(thread, function)?;
        let value = value_of::<Tuple>(thread, value, "expected tuple for closure, got '{}'")?;
        function.raw().func_version.set(0);
        put(&function.raw().func_closure, value);
        Ok(())
    }
    /// Set a function's annotations: a dict or `None`.
    fn PyFunction_SetAnnotations(thread; function: Raw, value: Raw) -> c_int = status {
        let function: &Function = expect(thread, function)?;
        let value = value_of::<Dict>(thread, value, "non-dict annotations")?;
        function.raw().func_version.set(0);
        put(&function.raw().func_annotations, value);
        put(&function.raw().func_annotate, None);
        Ok(())
    }
    /// Set how a function is called.
    fn PyFunction_SetVectorcall(function: *mut PyFunctionObject, call: vectorcallfunc) {
        (*function).func_version.set(0);
        (*function).vectorcall.set(call);
    }
    /// Set a function's version.
    fn _PyFunction_SetVersion(function: *mut PyFunctionObject, version: u32) { (*function).func_version.set(version) }
}
