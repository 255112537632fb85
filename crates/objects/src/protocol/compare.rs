//! Comparison and hashing.

use crate::object::{Obj, Object};
use crate::{PyResult, Raised, Thread, Type};

/// The six comparisons, numbered as in C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum CompareOp {
    Lt = 0,
    Le = 1,
    Eq = 2,
    Ne = 3,
    Gt = 4,
    Ge = 5,
}

impl CompareOp {
    pub fn from_raw(op: i32) -> CompareOp {
        match op {
            0 => CompareOp::Lt,
            1 => CompareOp::Le,
            2 => CompareOp::Eq,
            3 => CompareOp::Ne,
            4 => CompareOp::Gt,
            _ => CompareOp::Ge,
        }
    }

    /// The comparison with its operands exchanged.
    pub fn swapped(self) -> CompareOp {
        match self {
            CompareOp::Lt => CompareOp::Gt,
            CompareOp::Le => CompareOp::Ge,
            CompareOp::Gt => CompareOp::Lt,
            CompareOp::Ge => CompareOp::Le,
            other => other,
        }
    }

    pub fn symbol(self) -> &'static str {
        ["<", "<=", "==", "!=", ">", ">="][self as usize]
    }

    /// Whether the comparison holds for operands in this order.
    #[inline(always)]
    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            CompareOp::Lt => order.is_lt(),
            CompareOp::Le => order.is_le(),
            CompareOp::Eq => order.is_eq(),
            CompareOp::Ne => order.is_ne(),
            CompareOp::Gt => order.is_gt(),
            CompareOp::Ge => order.is_ge(),
        }
    }
}

impl Object {
    /// `self <op> other`.
    pub fn richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        thread.check_stack(" in comparison")?;
        let (left, right) = (self.ty(), other.ty());
        let mut tried_right = false;
        // SAFETY: tp_richcompare contracts.
        unsafe {
            if !std::ptr::eq(left, right) && right.is_subtype(left) {
                if let Some(function) = right.raw().tp_richcompare.get() {
                    tried_right = true;
                    let result = crate::protocol::call::check(thread, function(other.as_ptr(), self.as_ptr(), op.swapped() as i32))?;
                    if !result.is_not_implemented() {
                        return Ok(result);
                    }
                }
            }
            if let Some(function) = left.raw().tp_richcompare.get() {
                let result = crate::protocol::call::check(thread, function(self.as_ptr(), other.as_ptr(), op as i32))?;
                if !result.is_not_implemented() {
                    return Ok(result);
                }
            }
            if !tried_right {
                if let Some(function) = right.raw().tp_richcompare.get() {
                    let result = crate::protocol::call::check(thread, function(other.as_ptr(), self.as_ptr(), op.swapped() as i32))?;
                    if !result.is_not_implemented() {
                        return Ok(result);
                    }
                }
            }
        }
        match op {
            CompareOp::Eq => Ok(crate::bool_obj(self.is(other))),
            CompareOp::Ne => Ok(crate::bool_obj(!self.is(other))),
            _ => Err(thread.type_error(&format!(
                "'{}' not supported between instances of '{}' and '{}'",
                op.symbol(),
                left.full_name(),
                right.full_name()
            ))),
        }
    }

    /// The truth of a comparison; identical objects are equal (`PyObject_RichCompareBool`).
    #[inline]
    pub fn compare_bool(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<bool> {
        if self.is(other) {
            match op {
                CompareOp::Eq => return Ok(true),
                CompareOp::Ne => return Ok(false),
                _ => {}
            }
        }
        self.richcompare(thread, other, op)?.is_true(thread)
    }

    /// Identical or equal.
    #[inline]
    pub fn eq(&self, thread: &Thread, other: &Object) -> PyResult<bool> {
        self.compare_bool(thread, other, CompareOp::Eq)
    }

    #[inline]
    pub fn lt(&self, thread: &Thread, other: &Object) -> PyResult<bool> {
        self.compare_bool(thread, other, CompareOp::Lt)
    }

    /// `hash(self)`.
    #[inline]
    pub fn hash(&self, thread: &Thread) -> PyResult<isize> {
        // SAFETY: a tp_hash contract.
        match self.ty().raw().tp_hash.get() {
            Some(function) => match unsafe { function(self.as_ptr()) } {
                -1 => Err(Raised),
                hash => Ok(hash),
            },
            None => Err(thread.type_error(&format!("unhashable type: '{}'", self.ty().full_name()))),
        }
    }

    /// `isinstance(self, class)` for a class without `__instancecheck__` of its own.
    #[inline]
    pub fn is_instance_of(&self, class: &Type) -> bool {
        self.ty().is_subtype(class)
    }
}
