//! How `compile()` meets the syntax tree's classes, which a crate above this one makes.

use std::sync::OnceLock;

use pyrox_compiler::Mode;
use pyrox_compiler::ast::Mod;
use pyrox_objects::{Obj, Object, PyResult, Thread};

/// What the module `_ast` does for `compile()`.
pub struct AstHook {
    /// The object is a node.
    pub is_tree: fn(&Object) -> bool,
    /// Refuse a node that is not the root of the mode's kind.
    pub check_root: fn(&Thread, &Object, Mode) -> PyResult<()>,
    /// The nodes of a tree; with the source text, type comments count.
    pub to_object: fn(&Thread, &Mod, Option<&str>) -> PyResult<Obj>,
    /// The tree of a node, checked, and how deeply it nests.
    pub from_object: fn(&Thread, &Object, Mode) -> PyResult<(Mod, usize)>,
}

static HOOK: OnceLock<AstHook> = OnceLock::new();

/// Register the functions. Later calls change nothing.
pub fn install(hook: AstHook) {
    let _ = HOOK.set(hook);
}

/// The registered functions.
pub fn get() -> Option<&'static AstHook> {
    HOOK.get()
}
