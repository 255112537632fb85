//! The module `builtins`.

mod asynchronous;
mod build_class;
mod compile;
mod functions;
mod terminal;

pub use compile::file_name;
use pyrox_macros::pymodule;
use pyrox_objects::{Module, PyResult, Thread};

pymodule!(
    name = "builtins",
    doc = "Built-in functions, types, exceptions, and other objects.",
    functions = [
        build_class::__build_class__,
        functions::__import__,
        functions::abs,
        functions::all,
        functions::any,
        functions::ascii,
        functions::bin,
        terminal::breakpoint,
        functions::callable,
        functions::chr,
        compile::compile,
        functions::delattr,
        functions::dir,
        functions::divmod,
        functions::eval,
        functions::exec,
        functions::format,
        functions::getattr,
        functions::globals,
        functions::hasattr,
        functions::hash,
        functions::hex,
        functions::id,
        terminal::input,
        functions::isinstance,
        functions::issubclass,
        functions::iter,
        asynchronous::aiter,
        functions::len,
        functions::locals,
        functions::max,
        functions::min,
        functions::next,
        asynchronous::anext,
        functions::oct,
        functions::ord,
        functions::pow,
        functions::print,
        functions::repr,
        functions::round,
        functions::setattr,
        functions::sorted,
        functions::sum,
        functions::vars,
    ],
    exec = exec
);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    for ty in pyrox_objects::builtin_types() {
        const NAMES: &[&str] = &[
            "object",
            "type",
            "int",
            "bool",
            "float",
            "str",
            "bytes",
            "bytearray",
            "tuple",
            "list",
            "dict",
            "set",
            "frozenset",
            "slice",
            "property",
            "super",
            "staticmethod",
            "classmethod",
            "range",
            "enumerate",
            "zip",
            "map",
            "filter",
            "reversed",
            "complex",
            "memoryview",
        ];
        if NAMES.contains(&ty.name()) {
            module.add(thread, ty.name(), ty)?;
        }
    }
    module.add(thread, "None", pyrox_objects::none_ref())?;
    module.add(thread, "True", pyrox_objects::bool_ref(true))?;
    module.add(thread, "False", pyrox_objects::bool_ref(false))?;
    module.add(thread, "Ellipsis", pyrox_objects::ellipsis_ref())?;
    module.add(thread, "NotImplemented", &pyrox_objects::not_implemented())?;
    module.add(thread, "__debug__", pyrox_objects::bool_ref(true))?;
    // Private, but its slots must be filled before the first use.
    pyrox_objects::type_object::ready(thread, <asynchronous::AnextAwaitable as pyrox_objects::PyType>::ty())?;
    pyrox_objects::exceptions::add_all(thread, module)
}
