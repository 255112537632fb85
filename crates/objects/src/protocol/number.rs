//! Arithmetic: the binary-operator protocol over the `nb_*` slots.

use pyrox_abi as abi;
use pyrox_abi::{PyNumberMethods, PyObject};

use crate::object::{Obj, Object, Owned};
use crate::{Int, PyResult, Raised, Thread};

type Raw = *mut PyObject;
type Binary = unsafe extern "C-unwind" fn(Raw, Raw) -> Raw;

/// A binary operator: its slots and how messages name it.
#[derive(Clone, Copy)]
pub struct Operator {
    slot: fn(&PyNumberMethods) -> Option<Binary>,
    inplace: fn(&PyNumberMethods) -> Option<Binary>,
    symbol: &'static str,
    inplace_symbol: &'static str,
}

macro_rules! operators {
    ($($name:ident $slot:ident $inplace:ident $symbol:literal $inplace_symbol:literal),* $(,)?) => {
        $(pub const $name: Operator = Operator {
            slot: |table| table.$slot, inplace: |table| table.$inplace, symbol: $symbol, inplace_symbol: $inplace_symbol,
        };)*
    };
}
operators! {
    ADD nb_add nb_inplace_add "+" "+=", SUBTRACT nb_subtract nb_inplace_subtract "-" "-=",
    MULTIPLY nb_multiply nb_inplace_multiply "*" "*=", REMAINDER nb_remainder nb_inplace_remainder "%" "%=",
    LSHIFT nb_lshift nb_inplace_lshift "<<" "<<=", RSHIFT nb_rshift nb_inplace_rshift ">>" ">>=",
    AND nb_and nb_inplace_and "&" "&=", OR nb_or nb_inplace_or "|" "|=", XOR nb_xor nb_inplace_xor "^" "^=",
    FLOOR_DIVIDE nb_floor_divide nb_inplace_floor_divide "//" "//=",
    TRUE_DIVIDE nb_true_divide nb_inplace_true_divide "/" "/=",
    MATRIX_MULTIPLY nb_matrix_multiply nb_inplace_matrix_multiply "@" "@=",
}

const DIVMOD: Operator = Operator { slot: |table| table.nb_divmod, inplace: |_| None, symbol: "divmod()", inplace_symbol: "divmod()" };

#[inline(always)]
fn table(object: &Object) -> Option<&PyNumberMethods> {
    // SAFETY: a type's table lives while the type does.
    unsafe { object.ty().raw().tp_as_number.get().as_ref() }
}

/// Try the slots of both operands; `NotImplemented` comes back as `None`.
fn try_binary(thread: &Thread, a: &Object, b: &Object, slot: fn(&PyNumberMethods) -> Option<Binary>) -> PyResult<Option<Obj>> {
    let left = table(a).and_then(slot);
    let mut right = if std::ptr::eq(a.ty(), b.ty()) { None } else { table(b).and_then(slot) };
    if right.map(|f| f as usize) == left.map(|f| f as usize) {
        right = None;
    }
    // SAFETY: binaryfunc contracts.
    unsafe {
        if let Some(function) = left {
            if let Some(other) = right {
                if b.ty().is_subtype(a.ty()) {
                    let result = crate::protocol::call::check(thread, other(a.as_ptr(), b.as_ptr()))?;
                    if !result.is_not_implemented() {
                        return Ok(Some(result));
                    }
                    right = None;
                }
            }
            let result = crate::protocol::call::check(thread, function(a.as_ptr(), b.as_ptr()))?;
            if !result.is_not_implemented() {
                return Ok(Some(result));
            }
        }
        if let Some(function) = right {
            let result = crate::protocol::call::check(thread, function(a.as_ptr(), b.as_ptr()))?;
            if !result.is_not_implemented() {
                return Ok(Some(result));
            }
        }
    }
    Ok(None)
}

#[cold]
fn unsupported(thread: &Thread, symbol: &str, a: &Object, b: &Object) -> Raised {
    let (left, right) = (a.ty().full_name(), b.ty().full_name());
    if symbol == ">>" && a.ty().full_name() == "builtin_function_or_method" {
        return thread.type_error(&format!(
            "unsupported operand type(s) for >>: '{left}' and '{right}'. Did you mean \"print(<message>, file=<output_stream>)\"?"
        ));
    }
    let symbol = if symbol == "**" { "** or pow()" } else { symbol };
    thread.type_error(&format!("unsupported operand type(s) for {symbol}: '{left}' and '{right}'"))
}

/// `a <op> b`.
pub fn binary(thread: &Thread, operator: &Operator, a: &Object, b: &Object) -> PyResult<Obj> {
    if let Some(result) = try_binary(thread, a, b, operator.slot)? {
        return Ok(result);
    }
    sequence_fallback(thread, operator, a, b, false)
}

/// `a <op>= b`, giving the new value of `a`.
pub fn inplace(thread: &Thread, operator: &Operator, a: &Object, b: &Object) -> PyResult<Obj> {
    if let Some(function) = table(a).and_then(operator.inplace) {
        // SAFETY: a binaryfunc contract.
        let result = unsafe { crate::protocol::call::check(thread, function(a.as_ptr(), b.as_ptr()))? };
        if !result.is_not_implemented() {
            return Ok(result);
        }
    }
    if let Some(result) = try_binary(thread, a, b, operator.slot)? {
        return Ok(result);
    }
    sequence_fallback(thread, operator, a, b, true)
}

/// `+` and `*` of sequences, after the number slots had their say.
fn sequence_fallback(thread: &Thread, operator: &Operator, a: &Object, b: &Object, inplace: bool) -> PyResult<Obj> {
    let symbol = if inplace { operator.inplace_symbol } else { operator.symbol };
    // SAFETY: sequence slot contracts.
    unsafe {
        let (left, right) = (a.ty().raw().tp_as_sequence.get().as_ref(), b.ty().raw().tp_as_sequence.get().as_ref());
        if operator.symbol == "+" {
            if let Some(table) = left {
                let function = if inplace { table.sq_inplace_concat.or(table.sq_concat) } else { table.sq_concat };
                if let Some(function) = function {
                    return crate::protocol::call::check(thread, function(a.as_ptr(), b.as_ptr()));
                }
            }
        } else if operator.symbol == "*" {
            let repeat = |table: &abi::PySequenceMethods, inplace: bool| {
                if inplace { table.sq_inplace_repeat.or(table.sq_repeat) } else { table.sq_repeat }
            };
            if let Some(function) = left.and_then(|t| repeat(t, inplace)) {
                return repeat_sequence(thread, function, a, b);
            }
            if let Some(function) = right.and_then(|t| repeat(t, false)) {
                return repeat_sequence(thread, function, b, a);
            }
        }
    }
    Err(unsupported(thread, symbol, a, b))
}

type Repeat = unsafe extern "C-unwind" fn(Raw, isize) -> Raw;

unsafe fn repeat_sequence(thread: &Thread, function: Repeat, sequence: &Object, count: &Object) -> PyResult<Obj> {
    if !count.has_index() {
        return Err(thread.type_error(&format!("can't multiply sequence by non-int of type '{}'", count.ty().full_name())));
    }
    let count = count.as_isize(thread)?;
    // SAFETY: a ssizeargfunc contract.
    unsafe { crate::protocol::call::check(thread, function(sequence.as_ptr(), count)) }
}

/// `divmod(a, b)`.
pub fn divmod(thread: &Thread, a: &Object, b: &Object) -> PyResult<Obj> {
    binary(thread, &DIVMOD, a, b)
}

/// `pow(a, b, modulus)`; with `None` for the modulus `a ** b`.
pub fn power(thread: &Thread, a: &Object, b: &Object, modulus: &Object) -> PyResult<Obj> {
    power_as(thread, a, b, modulus, "**")
}

/// [`power`] for the operator that messages name.
fn power_as(thread: &Thread, a: &Object, b: &Object, modulus: &Object, symbol: &str) -> PyResult<Obj> {
    let slot = |object: &Object| table(object).and_then(|t| t.nb_power);
    let left = slot(a);
    let mut right = if std::ptr::eq(a.ty(), b.ty()) { None } else { slot(b) };
    if right.map(|f| f as usize) == left.map(|f| f as usize) {
        right = None;
    }
    let right_first = right.is_some() && left.is_some() && b.ty().is_subtype(a.ty());
    let order = if right_first { [right, left] } else { [left, right] };
    let third = if modulus.is_none() { None } else { slot(modulus) };
    let third = third.filter(|f| order.iter().flatten().all(|g| *g as usize != *f as usize));
    for function in order.into_iter().chain([third]).flatten() {
        // SAFETY: a ternaryfunc contract.
        let result = unsafe { crate::protocol::call::check(thread, function(a.as_ptr(), b.as_ptr(), modulus.as_ptr()))? };
        if !result.is_not_implemented() {
            return Ok(result);
        }
    }
    if modulus.is_none() {
        return Err(unsupported(thread, symbol, a, b));
    }
    Err(thread.type_error(&format!(
        "unsupported operand type(s) for ** or pow(): '{}', '{}', '{}'",
        a.ty().full_name(),
        b.ty().full_name(),
        modulus.ty().full_name()
    )))
}

/// `a **= b`.
pub fn inplace_power(thread: &Thread, a: &Object, b: &Object) -> PyResult<Obj> {
    if let Some(function) = table(a).and_then(|t| t.nb_inplace_power) {
        // SAFETY: a ternaryfunc contract.
        let result = unsafe { crate::protocol::call::check(thread, function(a.as_ptr(), b.as_ptr(), crate::none_ref().as_ptr()))? };
        if !result.is_not_implemented() {
            return Ok(result);
        }
    }
    power_as(thread, a, b, crate::none_ref(), "**=")
}

macro_rules! unary {
    ($($name:ident $slot:ident $message:literal),*) => { impl Object { $(
        #[doc = concat!("The unary operation of `", stringify!($slot), "`.")]
        pub fn $name(&self, thread: &Thread) -> PyResult<Obj> {
            match table(self).and_then(|t| t.$slot) {
                // SAFETY: a unaryfunc contract.
                Some(function) => unsafe { crate::protocol::call::check(thread, function(self.as_ptr())) },
                None => Err(thread.type_error(&format!(concat!($message, "'{}'"), self.ty().full_name()))),
            }
        }
    )* } };
}
unary!(negative nb_negative "bad operand type for unary -: ", positive nb_positive "bad operand type for unary +: ",
    invert nb_invert "bad operand type for unary ~: ", absolute nb_absolute "bad operand type for abs(): ");

impl Object {
    /// The object can be used as an index.
    #[inline]
    pub fn has_index(&self) -> bool {
        self.is_int() || table(self).is_some_and(|t| t.nb_index.is_some())
    }

    /// The object is an `int` (or of a subtype).
    #[inline(always)]
    pub fn is_int(&self) -> bool {
        self.has_flag(abi::Py_TPFLAGS_LONG_SUBCLASS)
    }

    /// `operator.index(self)`: exactly an int, or of a subtype if the object is one itself.
    #[inline]
    pub fn index(&self, thread: &Thread) -> PyResult<Owned<Int>> {
        if self.is_int() {
            // SAFETY: the flag proves it.
            return Ok(unsafe { self.own().cast_unchecked() });
        }
        let Some(function) = table(self).and_then(|t| t.nb_index) else {
            return Err(thread.type_error(&format!("'{}' object cannot be interpreted as an integer", self.ty().full_name())));
        };
        // SAFETY: a unaryfunc contract.
        let result = unsafe { crate::protocol::call::check(thread, function(self.as_ptr()))? };
        check_int_result(thread, result, "__index__")
    }

    /// The value of `__index__` as a machine word; `OverflowError` if it does not fit.
    #[inline]
    pub fn as_isize(&self, thread: &Thread) -> PyResult<isize> {
        let value = self.index(thread)?;
        value
            .to_i64()
            .map(|v| v as isize)
            .ok_or_else(|| thread.overflow_error(&format!("cannot fit '{}' into an index-sized integer", self.ty().full_name())))
    }

    /// As [`Object::as_isize`], an absent fit being `IndexError` as subscripts have it.
    pub fn as_subscript(&self, thread: &Thread) -> PyResult<isize> {
        let value = self.index(thread)?;
        value
            .to_i64()
            .map(|v| v as isize)
            .ok_or_else(|| thread.index_error(&format!("cannot fit '{}' into an index-sized integer", self.ty().full_name())))
    }

    /// The value of `__index__`, clipped to the range of a machine word.
    pub fn as_isize_clipped(&self, thread: &Thread) -> PyResult<isize> {
        let value = self.index(thread)?;
        Ok(value.to_i64().map(|v| v as isize).unwrap_or(if value.is_negative() { isize::MIN } else { isize::MAX }))
    }

    /// The value of `__float__`, or of `__index__` as a float.
    #[inline]
    pub fn as_f64(&self, thread: &Thread) -> PyResult<f64> {
        if let Some(float) = self.exact::<crate::Float>() {
            return Ok(float.value());
        }
        self.as_f64_slow(thread)
    }

    #[cold]
    fn as_f64_slow(&self, thread: &Thread) -> PyResult<f64> {
        if let Some(float) = self.cast::<crate::Float>() {
            return Ok(float.value());
        }
        if let Some(function) = table(self).and_then(|t| t.nb_float) {
            // SAFETY: a unaryfunc contract.
            let result = unsafe { crate::protocol::call::check(thread, function(self.as_ptr()))? };
            let Some(float) = result.cast::<crate::Float>() else {
                return Err(thread.type_error(&format!(
                    "{}.__float__ returned non-float (type {})",
                    self.ty().full_name(),
                    result.ty().full_name()
                )));
            };
            if !result.is_exact::<crate::Float>() {
                crate::warn::deprecation(
                    thread,
                    &format!(
                        "{}.__float__ returned non-float (type {}).  The ability to return an instance of a strict subclass of float is deprecated, and may not be supported in a future version of Python.",
                        self.ty().full_name(),
                        result.ty().full_name()
                    ),
                )?;
            }
            return Ok(float.value());
        }
        if table(self).is_some_and(|t| t.nb_index.is_some()) {
            return self.index(thread)?.to_f64(thread);
        }
        Err(thread.type_error(&format!("must be real number, not {}", self.ty().full_name())))
    }

    /// `bool(self)`.
    #[inline]
    pub fn is_true(&self, thread: &Thread) -> PyResult<bool> {
        let pointer = self.as_ptr();
        if pointer == crate::singletons::true_ptr() {
            return Ok(true);
        }
        if pointer == crate::singletons::false_ptr() || self.is_none() {
            return Ok(false);
        }
        // SAFETY: inquiry and lenfunc contracts.
        unsafe {
            let ty = self.ty().raw();
            let status = if let Some(function) = table(self).and_then(|t| t.nb_bool) {
                function(pointer) as isize
            } else if let Some(function) = ty.tp_as_mapping.get().as_ref().and_then(|t| t.mp_length) {
                function(pointer)
            } else if let Some(function) = ty.tp_as_sequence.get().as_ref().and_then(|t| t.sq_length) {
                function(pointer)
            } else {
                1
            };
            let _ = thread;
            if status < 0 { Err(Raised) } else { Ok(status != 0) }
        }
    }
}

/// What `__index__` or `__int__` gave must be an int; a strict subclass is deprecated.
pub fn check_int_result(thread: &Thread, result: Obj, method: &str) -> PyResult<Owned<Int>> {
    if !result.is_int() {
        return Err(thread.type_error(&format!("{method} returned non-int (type {})", result.ty().full_name())));
    }
    if !result.is_exact::<Int>() {
        crate::warn::deprecation(
            thread,
            &format!(
                "{method} returned non-int (type {}).  The ability to return an instance of a strict subclass of int is deprecated, and may not be supported in a future version of Python.",
                result.ty().full_name()
            ),
        )?;
    }
    // SAFETY: the flag proves it.
    Ok(unsafe { result.cast_unchecked() })
}

/// A name for messages about the type of an object.
pub fn type_name_of(object: &Object) -> String {
    object.ty().full_name().to_string()
}
