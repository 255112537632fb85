//! Attribute macros that turn Rust items into CPython types, modules and functions.
//!
//! * [`macro@pyclass`] on an `impl` block: a static type object with its slots, methods, properties
//!   and constructor.
//! * [`macro@pyfunction`] on a free function: a `PyMethodDef`.
//! * [`macro@pymodule`]: a module definition out of functions, classes and an `exec` function.
//!
//! The code they yield calls `pyrox_objects::native`, which holds all of the run-time part; see its
//! documentation for the conversions. `signature.rs` reads text signatures, `function.rs` makes the
//! C entry points, `slots.rs` knows each type slot's C signature.

mod class;
mod function;
mod module;
mod signature;
mod slots;

use proc_macro::TokenStream;

/// Make a type of an `impl` block.
///
/// Arguments: `name = "list"`, `module = "builtins"` (optional; left out for built-ins),
/// `symbol = "PyList_Type"` (the C data symbol), `base = Expr` (a `*mut PyTypeObject`; default
/// `object`), `flags = Expr` (`u64`), `basicsize`, `itemsize`, `dictoffset`, `weaklistoffset`,
/// `vectorcalloffset` (`isize` expressions), `gc` (the collector's head before the object;
/// `traverse = [fields]` derives `tp_traverse` and `tp_clear`), `dealloc = drop` (drop the Rust
/// struct), `members = Expr` (`&'static [PyMemberDef]`, closed by a null entry), `new = none | generic`.
///
/// Functions in the block: `#[method(sig = "(x, /, y=None)", name = "..")]`, `#[classmethod(..)]`,
/// `#[staticmethod(..)]`, `#[new(sig = ..)]`, `#[init(sig = ..)]`, `#[getter(name = ..)]`,
/// `#[setter(name = ..)]`, `#[slot]` (named as CPython names the slot). Their `///` text is `__doc__`.
#[proc_macro_attribute]
pub fn pyclass(arguments: TokenStream, item: TokenStream) -> TokenStream {
    class::expand(arguments.into(), item.into()).unwrap_or_else(|e| e.to_compile_error()).into()
}

/// Make a `PyMethodDef` of a function, named `__py_<function>`, for [`macro@pymodule`].
///
/// Arguments: `sig = "(x, /)"`, `name = ".."`. A first parameter `module: &Module` receives the module.
#[proc_macro_attribute]
pub fn pyfunction(arguments: TokenStream, item: TokenStream) -> TokenStream {
    function::expand_free(arguments.into(), item.into()).unwrap_or_else(|e| e.to_compile_error()).into()
}

/// Define a native module: `pymodule!(name = "math", doc = "..", functions = [sqrt, a::b],
/// exec = exec)`; yields `pub static MODULE: ModuleDef`.
#[proc_macro]
pub fn pymodule(input: TokenStream) -> TokenStream {
    module::expand(input.into()).unwrap_or_else(|e| e.to_compile_error()).into()
}
