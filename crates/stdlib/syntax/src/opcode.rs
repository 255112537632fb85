//! `_opcode`: what `dis` asks about instructions, from the compiler's own table.

use pyrox_compiler::opcode::Opcode;
use pyrox_interpreter::code::Code;
use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::{List, Module, Obj, Object, Owned, PyResult, Raised, Str, Thread, Tuple};

pymodule!(
    name = "_opcode",
    doc = "Opcode support module.",
    functions = [
        stack_effect,
        is_valid,
        has_arg,
        has_const,
        has_name,
        has_jump,
        has_free,
        has_local,
        has_exc,
        get_executor,
        get_nb_ops,
        get_special_method_names,
        get_intrinsic1_descs,
        get_intrinsic2_descs,
        get_specialization_stats,
    ],
    exec = exec
);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    module.add_int(thread, "ENABLE_SPECIALIZATION", 1)?;
    module.add_int(thread, "ENABLE_SPECIALIZATION_FT", 0)
}

/// The operators of `BINARY_OP`, by its argument: name and symbol.
const BINARY_OPERATORS: [(&str, &str); 13] = [
    ("ADD", "+"),
    ("AND", "&"),
    ("FLOOR_DIVIDE", "//"),
    ("LSHIFT", "<<"),
    ("MATRIX_MULTIPLY", "@"),
    ("MULTIPLY", "*"),
    ("REMAINDER", "%"),
    ("OR", "|"),
    ("POWER", "**"),
    ("RSHIFT", ">>"),
    ("SUBTRACT", "-"),
    ("TRUE_DIVIDE", "/"),
    ("XOR", "^"),
];

/// The methods of `LOAD_SPECIAL`, by its argument.
const SPECIAL_METHODS: [&str; 4] = ["__enter__", "__exit__", "__aenter__", "__aexit__"];

/// The operations of `CALL_INTRINSIC_1`, by its argument.
const UNARY_INTRINSICS: [&str; 12] = [
    "INTRINSIC_1_INVALID",
    "INTRINSIC_PRINT",
    "INTRINSIC_IMPORT_STAR",
    "INTRINSIC_STOPITERATION_ERROR",
    "INTRINSIC_ASYNC_GEN_WRAP",
    "INTRINSIC_UNARY_POSITIVE",
    "INTRINSIC_LIST_TO_TUPLE",
    "INTRINSIC_TYPEVAR",
    "INTRINSIC_PARAMSPEC",
    "INTRINSIC_TYPEVARTUPLE",
    "INTRINSIC_SUBSCRIPT_GENERIC",
    "INTRINSIC_TYPEALIAS",
];

/// The operations of `CALL_INTRINSIC_2`, by its argument.
const BINARY_INTRINSICS: [&str; 6] = [
    "INTRINSIC_2_INVALID",
    "INTRINSIC_PREP_RERAISE_STAR",
    "INTRINSIC_TYPEVAR_WITH_BOUND",
    "INTRINSIC_TYPEVAR_WITH_CONSTRAINTS",
    "INTRINSIC_SET_FUNCTION_TYPE_PARAMS",
    "INTRINSIC_SET_TYPEPARAM_DEFAULT",
];

fn opcode_of(number: i32) -> Option<Opcode> {
    u16::try_from(number).ok().and_then(Opcode::from_u16)
}

fn is(number: i32, property: impl FnOnce(Opcode) -> bool) -> bool {
    opcode_of(number).is_some_and(property)
}

#[cold]
fn invalid(thread: &Thread) -> Raised {
    thread.value_error("invalid opcode or oparg")
}

/// Compute the stack effect of the opcode.
#[pyfunction(sig = "(opcode, oparg=None, /, *, jump=None)")]
pub fn stack_effect(thread: &Thread, opcode: i32, oparg: Option<&Object>, jump: Option<&Object>) -> PyResult<i32> {
    let argument = match oparg.filter(|given| !given.is_none()) {
        // Wider numbers lose their upper bits, as in a C `int`.
        Some(given) => match given.index(thread)?.to_i64() {
            Some(number) => number as i32,
            None => return Err(thread.overflow_error("Python int too large to convert to C long")),
        },
        None => 0,
    };
    let jump = match jump {
        None => true,
        Some(given) if given.is_none() || given.is(pyrox_objects::bool_ref(true)) => true,
        Some(given) if given.is(pyrox_objects::bool_ref(false)) => false,
        Some(_) => return Err(thread.value_error("stack_effect: jump must be False, True or None")),
    };
    // The effect at the jump target is never the smaller one, so it is also the answer for "either".
    let effect = || {
        let (opcode, argument) = (opcode_of(opcode)?, u32::try_from(argument).ok()?);
        // What overflows a C `int` there is invalid.
        let fits = |count: i64| (0..=i64::from(i32::MAX)).contains(&count);
        if !fits(opcode.pops(argument)) || !fits(opcode.pushes(argument)) {
            return None;
        }
        i32::try_from(opcode.stack_effect(argument, jump)?).ok()
    };
    effect().ok_or_else(|| invalid(thread))
}

/// Return True if opcode is valid, False otherwise.
#[pyfunction(sig = "(opcode)")]
pub fn is_valid(opcode: i32) -> bool {
    is(opcode, |_| true)
}

/// Return True if the opcode uses its oparg, False otherwise.
#[pyfunction(sig = "(opcode)")]
pub fn has_arg(opcode: i32) -> bool {
    is(opcode, Opcode::has_arg)
}

/// Return True if the opcode accesses a constant, False otherwise.
#[pyfunction(sig = "(opcode)")]
pub fn has_const(opcode: i32) -> bool {
    is(opcode, Opcode::has_const)
}

/// Return True if the opcode accesses an attribute by name, False otherwise.
#[pyfunction(sig = "(opcode)")]
pub fn has_name(opcode: i32) -> bool {
    is(opcode, Opcode::has_name)
}

/// Return True if the opcode has a jump target, False otherwise.
#[pyfunction(sig = "(opcode)")]
pub fn has_jump(opcode: i32) -> bool {
    is(opcode, Opcode::has_jump)
}

/// Return True if the opcode accesses a free variable, False otherwise.
///
/// Free variables here are those shared between nested scopes, seen from either side; globals and
/// builtins are not among them.
#[pyfunction(sig = "(opcode)")]
pub fn has_free(opcode: i32) -> bool {
    is(opcode, Opcode::has_free)
}

/// Return True if the opcode accesses a local variable, False otherwise.
#[pyfunction(sig = "(opcode)")]
pub fn has_local(opcode: i32) -> bool {
    is(opcode, Opcode::has_local)
}

/// Return True if the opcode sets an exception handler, False otherwise.
#[pyfunction(sig = "(opcode)")]
pub fn has_exc(opcode: i32) -> bool {
    is(opcode, Opcode::is_block_push)
}

/// Return the executor object at offset in code if exists, None otherwise.
#[pyfunction(sig = "(code, offset)")]
pub fn get_executor(thread: &Thread, code: &Object, offset: i32) -> PyResult<Obj> {
    let _ = offset;
    if !code.is_instance::<Code>() {
        return Err(thread.type_error(&format!("expected a code object, not '{}'", code.ty().name())));
    }
    // Executors belong to another kind of JIT than ours.
    Err(thread.value_error("no executor at given byte offset"))
}

fn names(thread: &Thread, names: &[&str]) -> PyResult<Owned<List>> {
    let items = names.iter().map(|name| Ok(Str::intern_str(thread, name)?.upcast()));
    List::from_vec(thread, items.collect::<PyResult<Vec<Obj>>>()?)
}

/// Return array of symbols of binary ops.
///
/// Indexed by the BINARY_OP oparg value.
#[pyfunction]
pub fn get_nb_ops(thread: &Thread) -> PyResult<Owned<List>> {
    let pair = |name: String, symbol: String| -> PyResult<Obj> {
        Ok(Tuple::from_vec(thread, vec![Str::from_str(thread, &name)?.upcast(), Str::from_str(thread, &symbol)?.upcast()])?.upcast())
    };
    let mut items = Vec::with_capacity(27);
    for (name, symbol) in BINARY_OPERATORS {
        items.push(pair(format!("NB_{name}"), symbol.to_string())?);
    }
    for (name, symbol) in BINARY_OPERATORS {
        items.push(pair(format!("NB_INPLACE_{name}"), format!("{symbol}="))?);
    }
    items.push(pair("NB_SUBSCR".to_string(), "[]".to_string())?);
    List::from_vec(thread, items)
}

/// Return a list of special method names.
#[pyfunction]
pub fn get_special_method_names(thread: &Thread) -> PyResult<Owned<List>> {
    names(thread, &SPECIAL_METHODS)
}

/// Return a list of names of the unary intrinsics.
#[pyfunction]
pub fn get_intrinsic1_descs(thread: &Thread) -> PyResult<Owned<List>> {
    names(thread, &UNARY_INTRINSICS)
}

/// Return a list of names of the binary intrinsics.
#[pyfunction]
pub fn get_intrinsic2_descs(thread: &Thread) -> PyResult<Owned<List>> {
    names(thread, &BINARY_INTRINSICS)
}

/// Return the specialization stats
#[pyfunction]
pub fn get_specialization_stats() -> Option<Obj> {
    None
}
