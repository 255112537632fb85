//! `_ast`: the syntax tree as objects, and the way from and to the compiler's own.
//!
//! `schema.rs` describes all classes of nodes; `classes.rs` makes them, `base.rs` is their common base.
//! `to_object.rs` turns a parsed program into nodes, `from_object.rs` nodes into what is compiled, which
//! `validate.rs` checks. `compile()` reaches them by the functions that [`install`] registers.

mod base;
mod classes;
mod comments;
mod from_object;
mod schema;
mod to_object;
mod validate;

use pyrox_compiler::Mode;
use pyrox_compiler::ast::Mod;
use pyrox_interpreter::ast_hook::{self, AstHook};
use pyrox_macros::pymodule;
use pyrox_objects::{Module, Obj, Object, PyResult, Thread};

pymodule!(name = "_ast", exec = exec);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    classes::add_to(thread, module)?;
    module.add_int(thread, "PyCF_ALLOW_TOP_LEVEL_AWAIT", 0x2000)?;
    module.add_int(thread, "PyCF_ONLY_AST", 0x400)?;
    module.add_int(thread, "PyCF_OPTIMIZED_AST", 0x8400)?;
    module.add_int(thread, "PyCF_TYPE_COMMENTS", 0x1000)
}

/// Let `compile()` take and give syntax trees.
pub fn install() {
    ast_hook::install(AstHook { is_tree: base::is_node, check_root, to_object, from_object });
}

fn check_root(thread: &Thread, node: &Object, mode: Mode) -> PyResult<()> {
    from_object::check_root(thread, node, mode).map(drop)
}

fn to_object(thread: &Thread, tree: &Mod, commented: Option<&str>) -> PyResult<Obj> {
    to_object::module(thread, tree, commented.map(comments::Comments::of))
}

fn from_object(thread: &Thread, node: &Object, mode: Mode) -> PyResult<(Mod, usize)> {
    let (tree, depth) = from_object::module(thread, node, mode)?;
    validate::module(thread, &tree)?;
    Ok((tree, depth))
}
