//! `compile()`.

use pyrox_compiler::code::Text;
use pyrox_compiler::{Mode, Options, Warning, compiler_flags};
use pyrox_macros::pyfunction;
use pyrox_objects::{Bytes, Obj, Object, Owned, PyResult, Str, Thread, Type, exceptions, intern};

use crate::ast_hook::{self, AstHook};
use crate::code::Code;
use crate::frame;

const ONLY_AST: u32 = 0x400;
const OPTIMIZED_AST: u32 = 0x8000 | ONLY_AST;
/// Flags that `compile()` takes beside those of future features; the first once stood for nested scopes.
const KNOWN: u32 = 0x10
    | OPTIMIZED_AST
    | compiler_flags::DONT_IMPLY_DEDENT
    | compiler_flags::TYPE_COMMENTS
    | compiler_flags::ALLOW_TOP_LEVEL_AWAIT
    | compiler_flags::ALLOW_INCOMPLETE_INPUT;

/// The name of a file, as text.
pub fn file_name(thread: &Thread, name: &Object) -> PyResult<Owned<Str>> {
    let path = match name.is_instance::<Str>() || name.is_instance::<Bytes>() {
        true => Some(name.own()),
        false => name.call_special(thread, intern!("__fspath__"), &[])?,
    };
    let refuse = |thread: &Thread, got: &Type| thread.type_error(&format!("expected str, bytes or os.PathLike object, not {}", got.name()));
    let Some(path) = path else { return Err(refuse(thread, name.ty())) };
    let text = match path.is_instance::<Bytes>() {
        true => {
            let (encoding, errors) = (Str::from_str(thread, "utf-8")?, Str::from_str(thread, "surrogateescape")?);
            path.call_method(thread, intern!("decode"), &[&*encoding, &*errors])?
        }
        false => path,
    };
    text.downcast::<Str>().map_err(|other| refuse(thread, other.ty()))
}

/// The level of optimization; -1 stands for the interpreter's own.
pub fn level(thread: &Thread, optimize: i32) -> PyResult<i32> {
    if optimize >= 0 {
        return Ok(optimize);
    }
    match pyrox_objects::hooks::sys(thread, "flags") {
        Some(flags) => Ok(i32::try_from(flags.getattr_str(thread, "optimize")?.as_isize(thread)?).unwrap_or(0)),
        None => Ok(0),
    }
}

/// Compile source into a code object that can be executed by exec() or eval().
///
/// The source code may represent a Python module, statement or expression. The filename will be used
/// for run-time error messages. The mode must be 'exec' to compile a module, 'single' to compile a
/// single (interactive) statement, or 'eval' to compile an expression. The flags argument, if
/// present, controls which future statements influence the compilation of the code. The
/// dont_inherit argument, if true, stops the compilation inheriting the effects of any future
/// statements in effect in the code calling compile; if absent or false these statements do
/// influence the compilation, in addition to any features explicitly specified.
#[pyfunction(sig = "(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)")]
#[allow(clippy::too_many_arguments)]
pub fn compile(
    thread: &Thread,
    source: &Object,
    filename: &Object,
    mode: &Str,
    flags: i32,
    dont_inherit: bool,
    optimize: i32,
    _feature_version: i32,
) -> PyResult<Obj> {
    let filename = file_name(thread, filename)?;
    let mut flags = flags as u32;
    if flags & !(KNOWN | compiler_flags::FUTURE_MASK) != 0 {
        return Err(thread.value_error("compile(): unrecognised flags"));
    }
    if !(-1..=2).contains(&optimize) {
        return Err(thread.value_error("compile(): invalid optimize value"));
    }
    let only_ast = flags & ONLY_AST != 0;
    let mode = match mode.to_string_lossy().as_ref() {
        "exec" => Mode::Exec,
        "eval" => Mode::Eval,
        "single" => Mode::Single,
        "func_type" if only_ast => Mode::FuncType,
        "func_type" => return Err(thread.value_error("compile() mode 'func_type' requires flag PyCF_ONLY_AST")),
        _ if only_ast => {
            return Err(thread.value_error("compile() mode must be 'exec', 'eval', 'single' or 'func_type'"));
        }
        _ => return Err(thread.value_error("compile() mode must be 'exec', 'eval' or 'single'")),
    };
    if !dont_inherit {
        // SAFETY: null or the running frame.
        if let Some(caller) = unsafe { frame::current(thread).as_ref() } {
            flags |= caller.code().flags() & compiler_flags::FUTURE_MASK;
        }
    }
    let mut options = Options { mode, optimize: level(thread, optimize)?, flags, filename: Text(filename.to_wtf8().into()) };
    let filename = filename.to_string_lossy().into_owned();

    if let Some(hook) = ast_hook::get()
        && (hook.is_tree)(source)
    {
        return from_tree(thread, hook, source, &options, &filename);
    }
    options.flags |= compiler_flags::IGNORE_COOKIE;
    let source = super::functions::source_text(thread, source, "compile", &filename)?;
    if only_ast {
        return to_tree(thread, &source, &options, &filename, _feature_version);
    }
    Ok(crate::compile_text(thread, &source, &filename, mode, options.flags, options.optimize)?.upcast())
}

fn raise(thread: &Thread, error: &pyrox_compiler::CompileError, filename: &str, source: &[u8]) -> pyrox_objects::Raised {
    crate::raise_compile_error(thread, error, filename, source)
}

fn show_warnings(thread: &Thread, warnings: &[Warning], filename: &str, source: &[u8]) -> PyResult<()> {
    warnings.iter().try_for_each(|warning| crate::warn_compiling(thread, warning, filename, source))
}

/// What `preprocess` makes of a tree.
fn optimized(thread: &Thread, tree: &mut pyrox_compiler::ast::Mod, options: &Options, filename: &str, source: &[u8]) -> PyResult<()> {
    let mut warnings = Vec::new();
    let result = pyrox_compiler::preprocess::preprocess(tree, options.optimize, &mut warnings);
    show_warnings(thread, &warnings, filename, source)?;
    result.map_err(|error| raise(thread, &error, filename, source))
}

fn from_tree(thread: &Thread, hook: &AstHook, node: &Object, options: &Options, filename: &str) -> PyResult<Obj> {
    if options.flags & OPTIMIZED_AST == ONLY_AST {
        (hook.check_root)(thread, node, options.mode)?;
        return Ok(node.own());
    }
    let (mut tree, depth) = (hook.from_object)(thread, node, options.mode)?;
    if options.flags & ONLY_AST != 0 {
        optimized(thread, &mut tree, options, filename, b"")?;
        return (hook.to_object)(thread, &tree, None);
    }
    let mut warnings = Vec::new();
    let plain = match pyrox_compiler::compile_tree(&mut tree, depth, options, &mut warnings) {
        Ok(plain) => plain,
        Err(error) => return Err(raise(thread, &error, filename, b"")),
    };
    show_warnings(thread, &warnings, filename, b"")?;
    Ok(Code::from_plain(thread, &plain)?.upcast())
}

fn to_tree(thread: &Thread, source: &[u8], options: &Options, filename: &str, version: i32) -> PyResult<Obj> {
    let Some(hook) = ast_hook::get() else {
        return Err(thread.error(exceptions::import_error(), "the module _ast is not part of this program"));
    };
    let mut warnings = Vec::new();
    let mut tree = match pyrox_compiler::parse(source, options, &mut warnings) {
        Ok(tree) => tree,
        Err(error) => {
            show_warnings(thread, &warnings, filename, source)?;
            return Err(raise(thread, &error, filename, source));
        }
    };
    show_warnings(thread, &warnings, filename, source)?;
    if version >= 0
        && let Err(error) = pyrox_compiler::feature_version::check(&tree, version).and_then(|()| {
            let text = pyrox_compiler::source::decode(source, true)?;
            pyrox_compiler::feature_version::check_source(&text, version)
        })
    {
        return Err(raise(thread, &error, filename, source));
    }
    if options.flags & OPTIMIZED_AST == OPTIMIZED_AST {
        optimized(thread, &mut tree, options, filename, source)?;
    }
    let text = match options.flags & compiler_flags::TYPE_COMMENTS != 0 {
        true => pyrox_compiler::source::decode(source, options.flags & compiler_flags::IGNORE_COOKIE != 0).ok(),
        false => None,
    };
    (hook.to_object)(thread, &tree, text.as_deref())
}
