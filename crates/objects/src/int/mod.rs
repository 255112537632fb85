//! `int` and `bool`: CPython's digits of 30 bits with its tag word; arithmetic on large values is
//! `pyrox_numeric`'s.

mod boolean;
mod convert;
mod methods;

use std::cell::Cell;

use pyrox_abi as abi;
use pyrox_abi::{PyLongObject, PyObject};
use pyrox_numeric::int::BigInt;

pub use boolean::Bool;
pub use convert::{ascii_number_text, int_from_object, max_str_digits, parse_int, set_max_str_digits};

use crate::object::{Obj, Owned, PyType};
use crate::{PyResult, Thread};

type Raw = *mut PyObject;

/// An integer of any size.
#[repr(transparent)]
pub struct Int(PyLongObject);

const SIGN_MASK: usize = 3;
const NEGATIVE: usize = 2;
const ZERO: usize = 1;
const DIGITS_SHIFT: u32 = 3;
/// Tag of the preallocated small values.
const SMALL_FLAG: usize = 4;
const SMALL_MIN: i64 = -5;
const SMALL_MAX: i64 = 256;

thread_local! {
    static SMALL: Cell<*mut PyLongObject> = const { Cell::new(std::ptr::null_mut()) };
    static FREE: Cell<Raw> = const { Cell::new(std::ptr::null_mut()) };
    static FREE_COUNT: Cell<usize> = const { Cell::new(0) };
}

fn small_table() -> *mut PyLongObject {
    let table = SMALL.get();
    if table.is_null() { make_small_table() } else { table }
}

#[cold]
fn make_small_table() -> *mut PyLongObject {
    let count = (SMALL_MAX - SMALL_MIN + 1) as usize;
    let table = abi::allocate_zeroed(count * size_of::<PyLongObject>()) as *mut PyLongObject;
    assert!(!table.is_null(), "no memory at start");
    for at in 0..count {
        let value = at as i64 + SMALL_MIN;
        // SAFETY: fresh memory of that size.
        unsafe {
            let int = &*table.add(at);
            int.ob_base.ob_refcnt_full.set(abi::STATIC_REFCNT);
            int.ob_base.ob_type.set(Int::TYPE);
            let sign = if value < 0 {
                NEGATIVE
            } else if value == 0 {
                ZERO
            } else {
                0
            };
            let digits = (value != 0) as usize;
            int.long_value.lv_tag.set(digits << DIGITS_SHIFT | SMALL_FLAG | sign);
            int.long_value.ob_digit.set([value.unsigned_abs() as u32]);
        }
    }
    SMALL.set(table);
    table
}

impl From<i64> for Owned<Int> {
    #[inline]
    fn from(value: i64) -> Self {
        Int::from(value)
    }
}

impl Int {
    /// The int of a machine word.
    #[inline]
    #[allow(clippy::should_implement_trait)]
    pub fn from(value: i64) -> Owned<Int> {
        if (SMALL_MIN..=SMALL_MAX).contains(&value) {
            // SAFETY: within the table of immortals.
            return unsafe { Owned::from_raw(small_table().add((value - SMALL_MIN) as usize) as Raw) };
        }
        let magnitude = value.unsigned_abs();
        if magnitude < 1 << 30 {
            return Int::one_digit(magnitude as u32, value < 0);
        }
        Int::from_magnitude(magnitude, value < 0)
    }

    /// An int of one digit that is not in the small table.
    #[inline]
    fn one_digit(digit: u32, negative: bool) -> Owned<Int> {
        let int = allocate_one();
        // SAFETY: fresh memory for one digit.
        unsafe {
            (*int).long_value.lv_tag.set(1 << DIGITS_SHIFT | if negative { NEGATIVE } else { 0 });
            (*int).long_value.ob_digit.set([digit]);
            Owned::from_raw(int as Raw)
        }
    }

    #[cold]
    fn from_magnitude(magnitude: u64, negative: bool) -> Owned<Int> {
        let digits = [(magnitude & 0x3fff_ffff) as u32, (magnitude >> 30 & 0x3fff_ffff) as u32, (magnitude >> 60) as u32];
        let count = if digits[2] != 0 { 3 } else { 2 };
        Int::from_digits(&digits[..count], negative)
    }

    pub fn from_u64(value: u64) -> Owned<Int> {
        match i64::try_from(value) {
            Ok(value) => Int::from(value),
            Err(_) => Int::from_magnitude(value, false),
        }
    }

    /// An int of normalized digits (more than one, or outside the small table).
    fn from_digits(digits: &[u32], negative: bool) -> Owned<Int> {
        let memory = abi::allocate(24 + digits.len() * 4) as *mut PyLongObject;
        if memory.is_null() {
            // Callers checked the size; running out here is as bad as Rust's own allocations failing.
            std::alloc::handle_alloc_error(std::alloc::Layout::new::<PyLongObject>());
        }
        // SAFETY: fresh memory of that size.
        unsafe {
            (*memory).ob_base.ob_refcnt_full.set(1);
            (*memory).ob_base.ob_type.set(Int::TYPE);
            (*memory).long_value.lv_tag.set(digits.len() << DIGITS_SHIFT | if negative { NEGATIVE } else { 0 });
            std::ptr::copy_nonoverlapping(digits.as_ptr(), &raw mut (*memory).long_value.ob_digit as *mut u32, digits.len());
            Owned::from_raw(memory as Raw)
        }
    }

    /// The int of a sign and digits, which may have zeros on top.
    pub fn from_pair((negative, digits): (bool, &[u32])) -> Owned<Int> {
        let digits = pyrox_numeric::int::digits::trim(digits);
        match digits {
            [] => Int::from(0),
            [digit] => Int::from(if negative { -(*digit as i64) } else { *digit as i64 }),
            _ => Int::from_digits(digits, negative),
        }
    }

    pub fn from_big(value: &BigInt) -> Owned<Int> {
        Int::from_pair((value.negative, &value.digits))
    }

    #[inline(always)]
    fn tag(&self) -> usize {
        self.0.long_value.lv_tag.get()
    }

    /// One digit or none.
    #[inline(always)]
    pub fn is_compact(&self) -> bool {
        self.tag() < 2 << DIGITS_SHIFT
    }

    /// The value of a compact int.
    #[inline(always)]
    pub fn compact_value(&self) -> i64 {
        debug_assert!(self.is_compact());
        let sign = 1 - (self.tag() & SIGN_MASK) as i64;
        sign * self.0.long_value.ob_digit.get()[0] as i64
    }

    #[inline(always)]
    pub fn is_negative(&self) -> bool {
        self.tag() & SIGN_MASK == NEGATIVE
    }

    #[inline(always)]
    pub fn is_zero(&self) -> bool {
        self.tag() & SIGN_MASK == ZERO
    }

    /// The magnitude's digits.
    #[inline]
    pub fn digits(&self) -> &[u32] {
        // SAFETY: the tag says how many there are; ints do not change.
        unsafe { std::slice::from_raw_parts(&raw const self.0.long_value.ob_digit as *const u32, self.tag() >> DIGITS_SHIFT) }
    }

    /// (is negative, magnitude).
    pub fn pair(&self) -> (bool, &[u32]) {
        (self.is_negative(), self.digits())
    }

    pub fn to_big(&self) -> BigInt {
        BigInt::new(self.is_negative(), self.digits().to_vec())
    }

    #[inline]
    pub fn to_i64(&self) -> Option<i64> {
        if self.is_compact() {
            return Some(self.compact_value());
        }
        let magnitude = pyrox_numeric::int::digits::to_u64(self.digits())?;
        if self.is_negative() {
            if magnitude <= 1 << 63 { Some((magnitude as i64).wrapping_neg()) } else { None }
        } else {
            i64::try_from(magnitude).ok()
        }
    }

    pub fn to_u64(&self) -> Option<u64> {
        if self.is_negative() { None } else { pyrox_numeric::int::digits::to_u64(self.digits()) }
    }

    /// The nearest float; `OverflowError` beyond the range.
    pub fn to_f64(&self, thread: &Thread) -> PyResult<f64> {
        if self.is_compact() {
            return Ok(self.compact_value() as f64);
        }
        match pyrox_numeric::int::floats::to_f64(self.digits()) {
            Some(value) => Ok(if self.is_negative() { -value } else { value }),
            None => Err(thread.overflow_error("int too large to convert to float")),
        }
    }

    /// `hash(self)`.
    pub fn hash_value(&self) -> isize {
        if self.is_compact() {
            return match self.compact_value() {
                -1 => -2,
                value => value as isize,
            };
        }
        pyrox_numeric::int::bigint::hash(self.pair()) as isize
    }

    /// An instance of a subclass with this value.
    pub fn subclass_instance(&self, thread: &Thread, class: &crate::Type) -> PyResult<Obj> {
        let digits = self.digits();
        let object = class.allocate(thread, digits.len().max(1))?;
        // SAFETY: a fresh instance with the layout of int and room for the digits.
        unsafe {
            let raw = &*(object.as_ptr() as *const PyLongObject);
            raw.long_value.lv_tag.set(self.tag() & !SMALL_FLAG);
            let to = &raw const raw.long_value.ob_digit as *mut u32;
            *to = 0;
            std::ptr::copy_nonoverlapping(digits.as_ptr(), to, digits.len());
        }
        Ok(object)
    }
}

#[inline]
fn allocate_one() -> *mut PyLongObject {
    let free = FREE.get();
    let memory = if free.is_null() {
        let memory = abi::allocate(32);
        if memory.is_null() {
            std::alloc::handle_alloc_error(std::alloc::Layout::new::<PyLongObject>());
        }
        memory as *mut PyLongObject
    } else {
        // SAFETY: entries of the free list hold the next one in their first word.
        FREE.set(unsafe { *(free as *const Raw) });
        FREE_COUNT.set(FREE_COUNT.get() - 1);
        free as *mut PyLongObject
    };
    // SAFETY: memory for an int of one digit.
    unsafe {
        (*memory).ob_base.ob_refcnt_full.set(1);
        (*memory).ob_base.ob_type.set(Int::TYPE);
    }
    memory
}

/// # Safety
/// A destructor contract.
unsafe fn dealloc(object: Raw) {
    // SAFETY: by contract.
    unsafe {
        let int = &*(object as *const Int);
        if (*object).ob_type.get() == Int::TYPE {
            if int.tag() & SMALL_FLAG != 0 {
                // An extension counted an immortal down.
                (*object).ob_refcnt_full.set(abi::STATIC_REFCNT);
                return;
            }
            if int.is_compact() && FREE_COUNT.get() < 100 {
                *(object as *mut Raw) = FREE.get();
                FREE.set(object);
                FREE_COUNT.set(FREE_COUNT.get() + 1);
                return;
            }
            abi::free(object as *mut u8);
            return;
        }
        crate::dealloc::free_instance(object, (*object).ob_type.get());
    }
}
