//! Extension modules in shared objects. The C API sits above this crate and registers what loads them.

use std::sync::OnceLock;

use pyrox_objects::{Obj, Object, PyResult, Thread};

/// Loads extension modules.
pub struct ExtensionLoader {
    /// Make the module of a spec: `_imp.create_dynamic`.
    pub create: fn(&Thread, &Object) -> PyResult<Obj>,
    /// Run what initializes the module: `_imp.exec_dynamic`.
    pub execute: fn(&Thread, &Object) -> PyResult<()>,
}

static LOADER: OnceLock<&'static ExtensionLoader> = OnceLock::new();

/// Let extension modules be loaded. The first loader stays.
pub fn install(loader: &'static ExtensionLoader) {
    let _ = LOADER.set(loader);
}

pub(super) fn loader() -> Option<&'static ExtensionLoader> {
    LOADER.get().copied()
}
