//! `_operator`: the operators of the language as functions.

mod getters;

use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::buffer::{Buffer, is_buffer};
use pyrox_objects::native::{Keywords, Rest};
use pyrox_objects::protocol::call::check;
use pyrox_objects::protocol::number;
use pyrox_objects::{CompareOp, Int, Module, Obj, Object, Owned, PyResult, Str, Thread, exceptions};

pymodule!(
    name = "_operator",
    doc = "Operator interface.\n\nThis module exports a set of functions implemented in C corresponding\nto the intrinsic operators of Python.  For example, operator.add(x, y)\nis equivalent to the expression x+y.",
    functions = [
        truth,
        contains,
        indexOf,
        countOf,
        is_,
        is_not,
        is_none,
        is_not_none,
        add,
        sub,
        mul,
        matmul,
        floordiv,
        truediv,
        r#mod,
        neg,
        pos,
        abs,
        inv,
        invert,
        lshift,
        rshift,
        not_,
        and_,
        xor,
        or_,
        iadd,
        isub,
        imul,
        imatmul,
        ifloordiv,
        itruediv,
        r#imod,
        ilshift,
        irshift,
        iand,
        ixor,
        ior,
        concat,
        iconcat,
        getitem,
        setitem,
        delitem,
        pow,
        ipow,
        eq,
        ne,
        lt,
        le,
        gt,
        ge,
        index,
        length_hint,
        call,
        _compare_digest,
    ],
    exec = exec
);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    module.add_type::<getters::ItemGetter>(thread)?;
    module.add_type::<getters::AttrGetter>(thread)?;
    module.add_type::<getters::MethodCaller>(thread)
}

macro_rules! binary {
    ($($name:ident $work:ident $operator:ident $doc:literal),* $(,)?) => { $(
        #[doc = $doc]
        #[pyfunction(sig = "(a, b, /)")]
        pub fn $name(thread: &Thread, a: &Object, b: &Object) -> PyResult<Obj> {
            number::$work(thread, &number::$operator, a, b)
        }
    )* };
}
binary! {
    add binary ADD "Same as a + b.", sub binary SUBTRACT "Same as a - b.", mul binary MULTIPLY "Same as a * b.",
    matmul binary MATRIX_MULTIPLY "Same as a @ b.", floordiv binary FLOOR_DIVIDE "Same as a // b.",
    truediv binary TRUE_DIVIDE "Same as a / b.", r#mod binary REMAINDER "Same as a % b.", lshift binary LSHIFT "Same as a << b.",
    rshift binary RSHIFT "Same as a >> b.", and_ binary AND "Same as a & b.", xor binary XOR "Same as a ^ b.", or_ binary OR "Same as a | b.",
    iadd inplace ADD "Same as a += b.", isub inplace SUBTRACT "Same as a -= b.", imul inplace MULTIPLY "Same as a *= b.",
    imatmul inplace MATRIX_MULTIPLY "Same as a @= b.", ifloordiv inplace FLOOR_DIVIDE "Same as a //= b.",
    itruediv inplace TRUE_DIVIDE "Same as a /= b.", imod inplace REMAINDER "Same as a %= b.", ilshift inplace LSHIFT "Same as a <<= b.",
    irshift inplace RSHIFT "Same as a >>= b.", iand inplace AND "Same as a &= b.", ixor inplace XOR "Same as a ^= b.",
    ior inplace OR "Same as a |= b.",
}

macro_rules! unary {
    ($($name:ident $method:ident $doc:literal),* $(,)?) => { $(
        #[doc = $doc]
        #[pyfunction(sig = "(a, /)")]
        pub fn $name(thread: &Thread, a: &Object) -> PyResult<Obj> {
            a.$method(thread)
        }
    )* };
}
unary! {
    neg negative "Same as -a.", pos positive "Same as +a.", abs absolute "Same as abs(a).", inv invert "Same as ~a.",
    invert invert "Same as ~a.",
}

macro_rules! comparison {
    ($($name:ident $op:ident $doc:literal),* $(,)?) => { $(
        #[doc = $doc]
        #[pyfunction(sig = "(a, b, /)")]
        pub fn $name(thread: &Thread, a: &Object, b: &Object) -> PyResult<Obj> {
            a.richcompare(thread, b, CompareOp::$op)
        }
    )* };
}
comparison! {
    eq Eq "Same as a == b.", ne Ne "Same as a != b.", lt Lt "Same as a < b.", le Le "Same as a <= b.", gt Gt "Same as a > b.",
    ge Ge "Same as a >= b.",
}

/// Return True if a is true, False otherwise.
#[pyfunction(sig = "(a, /)")]
pub fn truth(thread: &Thread, a: &Object) -> PyResult<bool> {
    a.is_true(thread)
}

/// Same as not a.
#[pyfunction(sig = "(a, /)")]
pub fn not_(thread: &Thread, a: &Object) -> PyResult<bool> {
    Ok(!a.is_true(thread)?)
}

/// Same as b in a (note reversed operands).
#[pyfunction(sig = "(a, b, /)")]
pub fn contains(thread: &Thread, a: &Object, b: &Object) -> PyResult<bool> {
    a.contains(thread, b)
}

/// Same as a is b.
#[pyfunction(sig = "(a, b, /)")]
pub fn is_(a: &Object, b: &Object) -> bool {
    a.is(b)
}

/// Same as a is not b.
#[pyfunction(sig = "(a, b, /)")]
pub fn is_not(a: &Object, b: &Object) -> bool {
    !a.is(b)
}

/// Same as a is None.
#[pyfunction(sig = "(a, /)")]
pub fn is_none(a: &Object) -> bool {
    a.is_none()
}

/// Same as a is not None.
#[pyfunction(sig = "(a, /)")]
pub fn is_not_none(a: &Object) -> bool {
    !a.is_none()
}

/// An iterator for a search through `container`.
fn searched(thread: &Thread, container: &Object) -> PyResult<Obj> {
    match container.iter(thread) {
        Err(_) if thread.take_if(exceptions::type_error()) => {
            Err(thread.type_error(&format!("argument of type '{}' is not iterable", container.ty().name())))
        }
        other => other,
    }
}

/// Return the first index of b in a.
#[pyfunction(name = "indexOf", sig = "(a, b, /)")]
#[allow(non_snake_case)]
pub fn indexOf(thread: &Thread, a: &Object, b: &Object) -> PyResult<usize> {
    let iterator = searched(thread, a)?;
    let mut at = 0;
    while let Some(item) = iterator.next(thread)? {
        if item.eq(thread, b)? {
            return Ok(at);
        }
        at += 1;
    }
    Err(thread.value_error("sequence.index(x): x not in sequence"))
}

/// Return the number of items in a which are, or which equal, b.
#[pyfunction(name = "countOf", sig = "(a, b, /)")]
#[allow(non_snake_case)]
pub fn countOf(thread: &Thread, a: &Object, b: &Object) -> PyResult<usize> {
    let iterator = searched(thread, a)?;
    let mut count = 0;
    while let Some(item) = iterator.next(thread)? {
        count += item.eq(thread, b)? as usize;
    }
    Ok(count)
}

fn concatenate(thread: &Thread, a: &Object, b: &Object, inplace: bool) -> PyResult<Obj> {
    // SAFETY: a type's table lives while the type does; a binaryfunc contract.
    unsafe {
        if let Some(table) = a.ty().raw().tp_as_sequence.get().as_ref() {
            let function = if inplace { table.sq_inplace_concat.or(table.sq_concat) } else { table.sq_concat };
            if let Some(function) = function {
                return check(thread, function(a.as_ptr(), b.as_ptr()));
            }
        }
    }
    // A class in Python has its `__add__` among the numbers' slots.
    if a.is_sequence() && b.is_sequence() {
        let result = if inplace { number::inplace(thread, &number::ADD, a, b) } else { number::binary(thread, &number::ADD, a, b) };
        if result.is_ok() || !thread.raised_is(exceptions::type_error()) {
            return result;
        }
        thread.set_raised(None);
    }
    Err(thread.type_error(&format!("'{}' object can't be concatenated", a.ty().name())))
}

/// Same as a + b, for a and b sequences.
#[pyfunction(sig = "(a, b, /)")]
pub fn concat(thread: &Thread, a: &Object, b: &Object) -> PyResult<Obj> {
    concatenate(thread, a, b, false)
}

/// Same as a += b, for a and b sequences.
#[pyfunction(sig = "(a, b, /)")]
pub fn iconcat(thread: &Thread, a: &Object, b: &Object) -> PyResult<Obj> {
    concatenate(thread, a, b, true)
}

/// Same as a[b].
#[pyfunction(sig = "(a, b, /)")]
pub fn getitem(thread: &Thread, a: &Object, b: &Object) -> PyResult<Obj> {
    a.get_item(thread, b)
}

/// Same as a[b] = c.
#[pyfunction(sig = "(a, b, c, /)")]
pub fn setitem(thread: &Thread, a: &Object, b: &Object, c: &Object) -> PyResult<()> {
    a.set_item(thread, b, Some(c))
}

/// Same as del a[b].
#[pyfunction(sig = "(a, b, /)")]
pub fn delitem(thread: &Thread, a: &Object, b: &Object) -> PyResult<()> {
    a.set_item(thread, b, None)
}

/// Same as a ** b.
#[pyfunction(sig = "(a, b, /)")]
pub fn pow(thread: &Thread, a: &Object, b: &Object) -> PyResult<Obj> {
    number::power(thread, a, b, pyrox_objects::none_ref())
}

/// Same as a **= b.
#[pyfunction(sig = "(a, b, /)")]
pub fn ipow(thread: &Thread, a: &Object, b: &Object) -> PyResult<Obj> {
    number::inplace_power(thread, a, b)
}

/// Same as a.__index__()
#[pyfunction(sig = "(a, /)")]
pub fn index(thread: &Thread, a: &Object) -> PyResult<Owned<Int>> {
    a.index(thread)
}

/// Return an estimate of the number of items in obj.
///
/// This is useful for presizing containers when building from an iterable.
///
/// If the object supports len(), the result will be exact.
/// Otherwise, it may over- or under-estimate by an arbitrary amount.
#[pyfunction(sig = "(obj, default=0, /)")]
pub fn length_hint(thread: &Thread, obj: &Object, default: isize) -> PyResult<isize> {
    // A default below zero goes through as a size that no object has.
    Ok(obj.length_hint(thread, default as usize)? as isize)
}

/// Same as obj(*args, **kwargs).
#[pyfunction(sig = "(*args, **kwargs)", text = "($module, obj, /, *args, **kwargs)")]
pub fn call(thread: &Thread, args: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<Obj> {
    let Some(object) = args.get(0) else { return Err(thread.type_error("call expected at least 1 argument, got 0")) };
    let given = &args.as_raw()[1..];
    if kwargs.is_empty() {
        // SAFETY: arguments of the running call.
        return unsafe { object.vectorcall(thread, given.as_ptr(), given.len(), std::ptr::null_mut()) };
    }
    let mut names = Vec::new();
    let mut row = given.to_vec();
    for (name, value) in kwargs.iter() {
        names.push((**name).own());
        row.push(value.as_ptr());
    }
    let names = pyrox_objects::Tuple::from_vec(thread, names)?;
    // SAFETY: arguments of the running call and their names.
    unsafe { object.vectorcall(thread, row.as_ptr(), given.len(), names.as_ptr()) }
}

/// Compare in a time that depends on the length of `b` only.
fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    let mut difference = (a.len() != b.len()) as u8;
    // With lengths that differ, `b` is compared with itself, and differs still.
    let left = if a.len() == b.len() { a } else { b };
    for (x, y) in left.iter().zip(b) {
        difference = std::hint::black_box(difference | (x ^ y));
    }
    difference == 0
}

/// Return 'a == b'.
///
/// This function uses an approach designed to prevent
/// timing analysis, making it appropriate for cryptography.
///
/// a and b must both be of the same type: either str (ASCII only),
/// or any bytes-like object.
///
/// Note: If a and b are of different lengths, or if an error occurs,
/// a timing attack could theoretically reveal information about the
/// types and lengths of a and b--but not their values.
#[pyfunction(sig = "(a, b, /)")]
pub fn _compare_digest(thread: &Thread, a: &Object, b: &Object) -> PyResult<bool> {
    if let (Some(a), Some(b)) = (a.cast::<Str>(), b.cast::<Str>()) {
        let (Some(a), Some(b)) = (a.ascii_text(), b.ascii_text()) else {
            return Err(thread.type_error("comparing strings with non-ASCII characters is not supported"));
        };
        return Ok(same_bytes(a.as_bytes(), b.as_bytes()));
    }
    if !is_buffer(a) && !is_buffer(b) {
        return Err(thread.type_error(&format!(
            "unsupported operand types(s) or combination of types: '{}' and '{}'",
            a.ty().name(),
            b.ty().name()
        )));
    }
    let a = Buffer::simple(thread, a)?;
    let b = Buffer::simple(thread, b)?;
    for view in [&a, &b] {
        if view.view().ndim > 1 {
            return Err(thread.error(exceptions::buffer_error(), "Buffer must be single dimension"));
        }
    }
    Ok(same_bytes(a.as_slice(), b.as_slice()))
}
