//! Definitions of native modules and the making of module objects from them.

use std::ffi::c_char;

use pyrox_abi::PyMethodDef;

use crate::builtin_function::BuiltinFunction;
use crate::native::{Table, c_text};
use crate::object::{Object, Owned, PyType};
use crate::{Module, PyResult, Str, Thread};

/// What [`pyrox_macros::pymodule`] yields.
pub struct NativeModule {
    pub name: &'static str,
    doc: *const c_char,
    methods: &'static Table<PyMethodDef>,
    exec: Option<fn(&Thread, &Module) -> PyResult<()>>,
}

// SAFETY: points at static data only.
unsafe impl Sync for NativeModule {}

impl NativeModule {
    pub const fn new(
        name: &'static str,
        _c_name: *const c_char,
        doc: *const c_char,
        methods: &'static Table<PyMethodDef>,
        exec: Option<fn(&Thread, &Module) -> PyResult<()>>,
    ) -> Self {
        NativeModule { name, doc, methods, exec }
    }

    /// Make the module object: functions in place, `exec` not run yet.
    pub fn create(&self, thread: &Thread) -> PyResult<Owned<Module>> {
        let module = Module::new(thread, self.name)?;
        let dict = module.dict();
        let doc = c_text(self.doc);
        if !doc.is_empty() {
            dict.set(thread, crate::intern!("__doc__"), &*Str::from_str(thread, doc)?)?;
        }
        self.add_functions(thread, &module)?;
        Ok(module)
    }

    fn add_functions(&self, thread: &Thread, module: &Module) -> PyResult<()> {
        let name = Str::intern_str(thread, self.name)?;
        for definition in self.methods.0 {
            if definition.ml_name.is_null() {
                break;
            }
            let function = BuiltinFunction::new(thread, definition, Some(module), Some(&name))?;
            module.dict().set_text(thread, c_text(definition.ml_name), &function)?;
        }
        Ok(())
    }

    /// Run the module's `exec`.
    pub fn execute(&self, thread: &Thread, module: &Module) -> PyResult<()> {
        match self.exec {
            Some(exec) => exec(thread, module),
            None => Ok(()),
        }
    }
}

impl Module {
    /// Make a type ready and add it under its name.
    pub fn add_type<T: PyType>(&self, thread: &Thread) -> PyResult<()> {
        let ty = T::ty();
        crate::type_object::ready(thread, ty)?;
        self.dict().set_text(thread, ty.name(), ty)
    }

    /// Add an attribute.
    pub fn add(&self, thread: &Thread, name: &str, value: &Object) -> PyResult<()> {
        self.dict().set_text(thread, name, value)
    }

    pub fn add_int(&self, thread: &Thread, name: &str, value: i64) -> PyResult<()> {
        self.add(thread, name, &crate::Int::from(value))
    }

    pub fn add_str(&self, thread: &Thread, name: &str, value: &str) -> PyResult<()> {
        self.add(thread, name, &*Str::from_str(thread, value)?)
    }
}
