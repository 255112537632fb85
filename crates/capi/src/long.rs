//! `int`: conversions from and to C's integers, bytes and digits.

use std::ffi::{CStr, c_char, c_int, c_long, c_longlong, c_uchar, c_uint, c_ulong, c_ulonglong, c_ushort, c_void};

use pyrox_abi::{self as abi, PyLongObject};
use pyrox_numeric::int::{BigInt, bytes, digits, floats, gcd};
use pyrox_objects::object::PyType;
use pyrox_objects::{Int, Obj, Object, Owned, PyResult, Str, Thread, Tuple, hooks};

use crate::api::{bad_call, int, length, type_text};
use crate::support::{Raw, give, status, truth};

const REJECT_NEGATIVE: c_int = 8;
const ALLOW_INDEX: c_int = 16;
const UNSIGNED_BUFFER: c_int = 4;

fn value(result: PyResult<Owned<Int>>) -> Raw {
    give(result.map(Owned::upcast))
}

/// The int that an object is or that its `__index__` gives.
unsafe fn index(thread: &Thread, object: Raw) -> PyResult<Owned<Int>> {
    // SAFETY: by the API's contract.
    match unsafe { Object::from_ptr_or_null(object) } {
        Some(object) => object.index(thread),
        None => Err(bad_call(thread)),
    }
}

/// The int that an object must be.
unsafe fn strict<'a>(thread: &Thread, object: Raw) -> PyResult<&'a Int> {
    // SAFETY: by the API's contract.
    match unsafe { Object::from_ptr_or_null(object) } {
        Some(object) => object.cast::<Int>().ok_or_else(|| thread.type_error("an integer is required")),
        None => Err(bad_call(thread)),
    }
}

/// As [`strict`], with the message of the newer functions.
unsafe fn expected<'a>(thread: &Thread, object: Raw, verb: &str) -> PyResult<&'a Int> {
    // SAFETY: by the API's contract.
    match unsafe { Object::from_ptr_or_null(object) } {
        Some(object) => object.cast::<Int>().ok_or_else(|| thread.type_error(&format!("{verb} int, got {}", type_text(thread, object)))),
        None => Err(bad_call(thread)),
    }
}

fn too_large(thread: &Thread, target: &str) -> pyrox_objects::Raised {
    thread.overflow_error(&format!("Python int too large to convert to C {target}"))
}

fn or_minus_one<T: From<i8>>(result: PyResult<T>) -> T {
    result.unwrap_or_else(|_| T::from(-1))
}

fn or_max(result: PyResult<u64>) -> u64 {
    result.unwrap_or(u64::MAX)
}

fn or_minus_one_f64(result: PyResult<f64>) -> f64 {
    result.unwrap_or(-1.0)
}

/// The low 64 bits in two's complement.
fn wrapped(int: &Int) -> u64 {
    let low = digits::low_u64(int.digits());
    if int.is_negative() { low.wrapping_neg() } else { low }
}

/// The value within an i64, or which side it lies beyond.
fn bounded(int: &Int) -> (i64, c_int) {
    match int.to_i64() {
        Some(value) => (value, 0),
        None => (-1, if int.is_negative() { -1 } else { 1 }),
    }
}

crate::api! {
    /// A new int.
    fn PyLong_FromLong(number: c_long) -> Raw { Int::from(number).into_raw() }
    /// A new int.
    fn PyLong_FromLongLong(number: c_longlong) -> Raw { Int::from(number).into_raw() }
    /// A new int.
    fn PyLong_FromSsize_t(number: isize) -> Raw { Int::from(number as i64).into_raw() }
    /// A new int.
    fn PyLong_FromSize_t(number: usize) -> Raw { Int::from_u64(number as u64).into_raw() }
    /// A new int.
    fn PyLong_FromUnsignedLong(number: c_ulong) -> Raw { Int::from_u64(number).into_raw() }
    /// A new int.
    fn PyLong_FromUnsignedLongLong(number: c_ulonglong) -> Raw { Int::from_u64(number).into_raw() }
    /// A new int.
    fn PyLong_FromInt32(number: i32) -> Raw { Int::from(number as i64).into_raw() }
    /// A new int.
    fn PyLong_FromUInt32(number: u32) -> Raw { Int::from(number as i64).into_raw() }
    /// A new int.
    fn PyLong_FromInt64(number: i64) -> Raw { Int::from(number).into_raw() }
    /// A new int.
    fn PyLong_FromUInt64(number: u64) -> Raw { Int::from_u64(number).into_raw() }
    /// A new int of an address.
    fn PyLong_FromVoidPtr(address: *mut c_void) -> Raw { Int::from_u64(address as u64).into_raw() }
    /// A new int of a time.
    fn _PyLong_FromTime_t(time: i64) -> Raw { Int::from(time).into_raw() }

    /// The integral part of a float.
    fn PyLong_FromDouble(thread; number: f64) -> Raw = value {
        if number.is_nan() {
            return Err(thread.value_error("cannot convert float NaN to integer"));
        }
        if number.is_infinite() {
            return Err(thread.overflow_error("cannot convert float infinity to integer"));
        }
        Ok(Int::from_big(&BigInt::from_f64(number)))
    }

    /// Parse a C string; `end` is told where parsing stopped.
    fn PyLong_FromString(thread; text: *const c_char, end: *mut *mut c_char, base: c_int) -> Raw = value {
        let bytes = CStr::from_ptr(text).to_bytes();
        if base != 0 && !(2..=36).contains(&base) {
            return Err(thread.value_error("int() arg 2 must be >= 2 and <= 36"));
        }
        let shown = Str::from_wtf8(thread, &String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned().into_bytes())?;
        // A base that the text itself names is the one that messages tell.
        let told = if base == 0 { named_base(bytes) } else { base };
        let result = pyrox_objects::int::parse_int(thread, bytes, told as u32, &shown);
        if !end.is_null() {
            let stop = match result {
                Ok(_) => bytes.len(),
                Err(_) => literal_end(bytes, base as u32),
            };
            *end = text.add(stop) as *mut c_char;
        }
        result
    }

    /// Parse a string.
    fn PyLong_FromUnicodeObject(thread; text: Raw, base: c_int) -> Raw = value {
        let text: &Str = crate::api::expect(thread, text)?;
        if base != 0 && !(2..=36).contains(&base) {
            return Err(thread.value_error("int() arg 2 must be >= 2 and <= 36"));
        }
        pyrox_objects::int::parse_int(thread, &pyrox_objects::int::ascii_number_text(text), base as u32, text)
    }

    /// The value, which must fit.
    fn PyLong_AsLong(thread; object: Raw) -> c_long = or_minus_one {
        index(thread, object)?.to_i64().ok_or_else(|| too_large(thread, "long"))
    }

    /// The value; beyond the range `overflow` gets the sign.
    fn PyLong_AsLongAndOverflow(thread; object: Raw, overflow: *mut c_int) -> c_long = or_minus_one {
        *overflow = 0;
        let (number, beyond) = bounded(&*index(thread, object)?);
        *overflow = beyond;
        Ok(number)
    }

    /// The value; beyond the range `overflow` gets the sign.
    fn PyLong_AsLongLongAndOverflow(thread; object: Raw, overflow: *mut c_int) -> c_longlong = or_minus_one {
        *overflow = 0;
        let (number, beyond) = bounded(&*index(thread, object)?);
        *overflow = beyond;
        Ok(number)
    }

    /// The value, which must fit.
    fn PyLong_AsInt(thread; object: Raw) -> c_int = int {
        index(thread, object)?.to_i64().and_then(|n| i32::try_from(n).ok()).ok_or_else(|| too_large(thread, "int"))
    }

    /// The value, which must fit.
    fn PyLong_AsLongLong(thread; object: Raw) -> c_longlong = or_minus_one {
        index(thread, object)?.to_i64().ok_or_else(|| thread.overflow_error("int too big to convert"))
    }

    /// The value of an int, which must fit.
    fn PyLong_AsSsize_t(thread; object: Raw) -> isize = length {
        strict(thread, object)?.to_i64().map(|n| n as isize).ok_or_else(|| too_large(thread, "ssize_t"))
    }

    /// The value of an int, which must fit.
    fn PyLong_AsUnsignedLong(thread; object: Raw) -> c_ulong = or_max {
        let int = strict(thread, object)?;
        if int.is_negative() {
            return Err(thread.overflow_error("can't convert negative value to unsigned int"));
        }
        int.to_u64().ok_or_else(|| too_large(thread, "unsigned long"))
    }

    /// The value of an int, which must fit.
    fn PyLong_AsSize_t(thread; object: Raw) -> usize {
        let result = strict(thread, object).and_then(|int| {
            if int.is_negative() {
                return Err(thread.overflow_error("can't convert negative value to size_t"));
            }
            int.to_u64().ok_or_else(|| too_large(thread, "size_t"))
        });
        or_max(result) as usize
    }

    /// The value of an int, which must fit.
    fn PyLong_AsUnsignedLongLong(thread; object: Raw) -> c_ulonglong = or_max {
        let int = strict(thread, object)?;
        if int.is_negative() {
            return Err(thread.overflow_error("can't convert negative int to unsigned"));
        }
        int.to_u64().ok_or_else(|| thread.overflow_error("int too big to convert"))
    }

    /// The value modulo the range.
    fn PyLong_AsUnsignedLongMask(thread; object: Raw) -> c_ulong = or_max { Ok(wrapped(&*index(thread, object)?)) }
    /// The value modulo the range.
    fn PyLong_AsUnsignedLongLongMask(thread; object: Raw) -> c_ulonglong = or_max { Ok(wrapped(&*index(thread, object)?)) }

    /// The nearest float to an int.
    fn PyLong_AsDouble(thread; object: Raw) -> f64 = or_minus_one_f64 { strict(thread, object)?.to_f64(thread) }

    /// The address that an int holds.
    fn PyLong_AsVoidPtr(thread; object: Raw) -> *mut c_void = address {
        let int = strict(thread, object)?;
        let found = if int.is_negative() { int.to_i64().map(|n| n as u64) } else { int.to_u64() };
        match found {
            Some(number) => Ok(number as *mut c_void),
            None => Err(too_large(thread, if int.is_negative() { "long" } else { "unsigned long" })),
        }
    }

    /// Store the value, which must fit.
    fn PyLong_AsInt32(thread; object: Raw, to: *mut i32) -> c_int = status {
        *to = index(thread, object)?.to_i64().and_then(|n| n.try_into().ok()).ok_or_else(|| too_large(thread, "int32_t"))?;
        Ok(())
    }
    /// Store the value, which must fit.
    fn PyLong_AsInt64(thread; object: Raw, to: *mut i64) -> c_int = status {
        *to = index(thread, object)?.to_i64().ok_or_else(|| too_large(thread, "int64_t"))?;
        Ok(())
    }
    /// Store the value, which must fit.
    fn PyLong_AsUInt32(thread; object: Raw, to: *mut u32) -> c_int = status {
        *to = unsigned(thread, object)?.and_then(|n| n.try_into().ok()).ok_or_else(|| too_large(thread, "uint32_t"))?;
        Ok(())
    }
    /// Store the value, which must fit.
    fn PyLong_AsUInt64(thread; object: Raw, to: *mut u64) -> c_int = status {
        *to = unsigned(thread, object)?.ok_or_else(|| too_large(thread, "uint64_t"))?;
        Ok(())
    }

    /// A time.
    fn _PyLong_AsTime_t(thread; object: Raw) -> i64 = or_minus_one {
        index(thread, object)?.to_i64().ok_or_else(|| thread.overflow_error("timestamp out of range for platform time_t"))
    }

    /// -1, 0 or 1.
    fn _PyLong_Sign(object: Raw) -> c_int { sign(&*(object as *const Int)) }

    /// Store -1, 0 or 1.
    fn PyLong_GetSign(thread; object: Raw, to: *mut c_int) -> c_int = status {
        *to = sign(expected(thread, object, "expect")?);
        Ok(())
    }
    /// Whether an int is above 0.
    fn PyLong_IsPositive(thread; object: Raw) -> c_int = truth { Ok(sign(expected(thread, object, "expected")?) > 0) }
    /// Whether an int is below 0.
    fn PyLong_IsNegative(thread; object: Raw) -> c_int = truth { Ok(sign(expected(thread, object, "expected")?) < 0) }
    /// Whether an int is 0.
    fn PyLong_IsZero(thread; object: Raw) -> c_int = truth { Ok(sign(expected(thread, object, "expected")?) == 0) }

    /// Bits of the magnitude.
    fn _PyLong_NumBits(object: Raw) -> i64 { digits::bit_length((*(object as *const Int)).digits()) as i64 }

    /// Write the value into bytes.
    fn _PyLong_AsByteArray(thread; object: Raw, to: *mut c_uchar, count: usize, little: c_int, signed: c_int, with_exceptions: c_int) -> c_int {
        let int = &*(object as *const Int);
        let out = bytes_at(to, count);
        if bytes::to_bytes(int.pair(), out, little != 0, signed != 0).is_ok() {
            return 0;
        }
        let message = if signed == 0 && int.is_negative() { "can't convert negative int to unsigned" } else { "int too big to convert" };
        if with_exceptions != 0 {
            thread.overflow_error(message);
        }
        if !(signed == 0 && int.is_negative()) {
            bytes::to_bytes_wrapping(int.pair(), out, little != 0);
        }
        -1
    }

    /// An int of bytes.
    fn _PyLong_FromByteArray(from: *const c_uchar, count: usize, little: c_int, signed: c_int) -> Raw {
        Int::from_big(&bytes::from_bytes(bytes_at(from as *mut u8, count), little != 0, signed != 0)).into_raw()
    }

    /// An int of bytes in the order that the flags tell.
    fn PyLong_FromNativeBytes(thread; from: *const c_void, count: usize, flags: c_int) -> Raw = value {
        if from.is_null() {
            return Err(bad_call(thread));
        }
        let signed = flags == -1 || flags & UNSIGNED_BUFFER == 0;
        Ok(Int::from_big(&bytes::from_bytes(bytes_at(from as *mut u8, count), is_little(flags), signed)))
    }

    /// An int of bytes without a sign.
    fn PyLong_FromUnsignedNativeBytes(thread; from: *const c_void, count: usize, flags: c_int) -> Raw = value {
        if from.is_null() {
            return Err(bad_call(thread));
        }
        Ok(Int::from_big(&bytes::from_bytes(bytes_at(from as *mut u8, count), is_little(flags), false)))
    }

    /// Write the low bytes; gives how many the value needs.
    fn PyLong_AsNativeBytes(thread; object: Raw, to: *mut c_void, count: isize, flags: c_int) -> isize = length {
        let Some(this) = Object::from_ptr_or_null(object).filter(|_| count >= 0) else { return Err(bad_call(thread)) };
        let int = if let Some(int) = this.cast::<Int>() {
            pyrox_objects::object::Own::own_typed(int)
        } else if flags != -1 && flags & ALLOW_INDEX != 0 {
            this.index(thread)?
        } else {
            return Err(thread.type_error(&format!("expect int, got {}", type_text(thread, this))));
        };
        if flags != -1 && flags & REJECT_NEGATIVE != 0 && int.is_negative() {
            return Err(thread.value_error("Cannot convert negative int"));
        }
        Ok(native_bytes(&int, to as *mut u8, count as usize, flags) as isize)
    }

    /// How digits lie in memory.
    fn PyLong_GetNativeLayout() -> *const PyLongLayout {
        static LAYOUT: PyLongLayout = PyLongLayout { bits_per_digit: 30, digit_size: 4, digits_order: -1, digit_endianness: -1 };
        &LAYOUT
    }

    /// Show the value: as an `int64_t`, or its digits.
    fn PyLong_Export(thread; object: Raw, to: *mut PyLongExport) -> c_int = status {
        let int = match expected(thread, object, "expect") {
            Ok(int) => int,
            Err(raised) => {
                std::ptr::write_bytes(to, 0, 1);
                return Err(raised);
            }
        };
        let to = &mut *to;
        match int.to_i64() {
            Some(number) => *to = PyLongExport { value: number, negative: 0, ndigits: 0, digits: std::ptr::null(), reserved: 0 },
            None => {
                let digits = int.digits();
                let held: &Object = int;
                let held = held.own().into_raw();
                *to = PyLongExport {
                    value: 0,
                    negative: int.is_negative() as u8,
                    ndigits: digits.len() as isize,
                    digits: digits.as_ptr() as *const c_void,
                    reserved: held as usize,
                };
            }
        }
        Ok(())
    }

    /// Give back what an export holds.
    fn PyLong_FreeExport(export: *mut PyLongExport) {
        let held = std::mem::take(&mut (*export).reserved) as Raw;
        if !held.is_null() {
            (*export).ndigits = 0;
            (*export).digits = std::ptr::null();
            (*export).negative = 0;
            pyrox_objects::object::decref(held);
        }
    }

    /// Begin an int whose digits the caller writes.
    fn PyLongWriter_Create(thread; negative: c_int, count: isize, to: *mut *mut c_void) -> *mut PyLongObject = writer {
        *to = std::ptr::null_mut();
        if count <= 0 {
            return Err(thread.value_error("ndigits must be positive"));
        }
        let int = blank(thread, count)?;
        (*int).long_value.lv_tag.set((count as usize) << 3 | if negative != 0 { 2 } else { 0 });
        *to = &raw mut (*int).long_value.ob_digit as *mut c_void;
        Ok(int)
    }

    /// The finished int.
    fn PyLongWriter_Finish(writer: *mut PyLongObject) -> Raw { finish(writer) }

    /// Give up an unfinished int.
    fn PyLongWriter_Discard(writer: *mut PyLongObject) {
        if !writer.is_null() {
            abi::free(writer as *mut u8);
        }
    }

    /// An int with room for digits.
    fn _PyLong_New(thread; count: isize) -> *mut PyLongObject = writer {
        let int = blank(thread, count.max(0))?;
        (*int).long_value.lv_tag.set(if count == 0 { 1 } else { (count as usize) << 3 });
        Ok(int)
    }

    /// An int of digits.
    fn _PyLong_FromDigits(negative: c_int, count: isize, from: *const u32) -> Raw {
        let digits = if count <= 0 { &[][..] } else { std::slice::from_raw_parts(from, count as usize) };
        Int::from_pair((negative != 0, digits)).into_raw()
    }

    /// An exact int with the value of an instance.
    fn _PyLong_Copy(object: Raw) -> Raw { Int::from_pair((*(object as *const Int)).pair()).into_raw() }

    /// The sum of two ints.
    fn _PyLong_Add(a: Raw, b: Raw) -> Raw { (*(a as *const Int)).add(&*(b as *const Int)).into_raw() }
    /// The difference of two ints.
    fn _PyLong_Subtract(a: Raw, b: Raw) -> Raw { (*(a as *const Int)).subtract(&*(b as *const Int)).into_raw() }
    /// The product of two ints.
    fn _PyLong_Multiply(a: Raw, b: Raw) -> Raw { (*(a as *const Int)).multiply(&*(b as *const Int)).into_raw() }

    /// The greatest common divisor.
    fn _PyLong_GCD(thread; a: Raw, b: Raw) -> Raw = value {
        let (a, b) = (index(thread, a)?, index(thread, b)?);
        Ok(Int::from_pair((false, &gcd::gcd(a.digits(), b.digits()))))
    }

    /// `a << bits`.
    fn _PyLong_Lshift(thread; a: Raw, bits: i64) -> Raw = value {
        match strict(thread, a)?.to_big().shl(bits.max(0) as u64) {
            Ok(shifted) => Ok(Int::from_big(&shifted)),
            Err(pyrox_numeric::int::IntError::TooManyDigits) => Err(thread.overflow_error("too many digits in integer")),
            Err(_) => Err(thread.no_memory()),
        }
    }

    /// `a >> bits`.
    fn _PyLong_Rshift(thread; a: Raw, bits: i64) -> Raw = value {
        Ok(Int::from_big(&strict(thread, a)?.to_big().shr(bits.max(0) as u64)))
    }

    /// Quotient rounded to even, and the remainder.
    fn _PyLong_DivmodNear(thread; a: Raw, b: Raw) -> Raw = give { divmod_near(thread, a, b) }

    /// A mantissa in [0.5, 1) and an exponent.
    fn _PyLong_Frexp(object: Raw, exponent: *mut i64) -> f64 {
        let int = &*(object as *const Int);
        let (mantissa, power) = floats::frexp(int.digits());
        *exponent = power;
        if int.is_negative() { -mantissa } else { mantissa }
    }

    /// The digits in a base, with its prefix.
    fn _PyLong_Format(thread; object: Raw, base: c_int) -> Raw = give {
        let int: &Int = crate::api::expect(thread, object)?;
        if base == 10 {
            return Ok(Str::from_str(thread, &int.to_decimal(thread)?)?.upcast());
        }
        let prefix = match base {
            2 => "0b",
            8 => "0o",
            16 => "0x",
            _ => return Err(bad_call(thread)),
        };
        let digits = pyrox_numeric::int::text::to_text(int.digits(), base as u32);
        let sign = if int.is_negative() { "-" } else { "" };
        Ok(Str::from_str(thread, &format!("{sign}{prefix}{digits}"))?.upcast())
    }

    /// `sys.int_info`.
    fn PyLong_GetInfo(thread;) -> Raw = give {
        hooks::sys(thread, "int_info").ok_or_else(|| thread.runtime_error("lost sys.int_info"))
    }

    /// Free a dying exact int.
    fn _PyLong_ExactDealloc(object: Raw) {
        if let Some(dealloc) = (*<Int as PyType>::TYPE).tp_dealloc.get() {
            dealloc(object);
        }
    }

    /// `O&` converter.
    fn _PyLong_UnsignedShort_Converter(thread; object: Raw, to: *mut c_ushort) -> c_int {
        convert(thread, object, to, "unsigned short")
    }
    /// `O&` converter.
    fn _PyLong_UnsignedInt_Converter(thread; object: Raw, to: *mut c_uint) -> c_int { convert(thread, object, to, "unsigned int") }
    /// `O&` converter.
    fn _PyLong_UnsignedLong_Converter(thread; object: Raw, to: *mut c_ulong) -> c_int { convert(thread, object, to, "unsigned long") }
    /// `O&` converter.
    fn _PyLong_UnsignedLongLong_Converter(thread; object: Raw, to: *mut c_ulonglong) -> c_int {
        convert(thread, object, to, "unsigned long long")
    }
    /// `O&` converter.
    fn _PyLong_Size_t_Converter(thread; object: Raw, to: *mut usize) -> c_int { convert(thread, object, to, "size_t") }
    /// `O&` converter.
    fn _PyLong_UInt8_Converter(thread; object: Raw, to: *mut u8) -> c_int { convert(thread, object, to, "uint8_t") }
    /// `O&` converter.
    fn _PyLong_UInt16_Converter(thread; object: Raw, to: *mut u16) -> c_int { convert(thread, object, to, "uint16_t") }
    /// `O&` converter.
    fn _PyLong_UInt32_Converter(thread; object: Raw, to: *mut u32) -> c_int { convert(thread, object, to, "uint32_t") }
    /// `O&` converter.
    fn _PyLong_UInt64_Converter(thread; object: Raw, to: *mut u64) -> c_int { convert(thread, object, to, "uint64_t") }

    /// `True` or `False`.
    fn PyBool_FromLong(number: c_long) -> Raw { pyrox_objects::bool_obj(number != 0).into_raw() }

    /// The value of an int of at most one digit.
    fn PyUnstable_Long_CompactValue(int: Raw) -> isize { (*(int as *const Int)).compact_value() as isize }
    /// Whether an int has at most one digit.
    fn PyUnstable_Long_IsCompact(int: Raw) -> c_int { (*(int as *const Int)).is_compact() as c_int }
}

/// How digits lie in memory, as `PyLongLayout`.
#[repr(C)]
pub struct PyLongLayout {
    bits_per_digit: u8,
    digit_size: u8,
    digits_order: i8,
    digit_endianness: i8,
}

/// What `PyLong_Export` fills.
#[repr(C)]
pub struct PyLongExport {
    value: i64,
    negative: u8,
    ndigits: isize,
    digits: *const c_void,
    reserved: usize,
}

fn address(result: PyResult<*mut c_void>) -> *mut c_void {
    crate::api::pointer(result)
}

fn writer(result: PyResult<*mut PyLongObject>) -> *mut PyLongObject {
    crate::api::pointer(result)
}

fn sign(int: &Int) -> c_int {
    if int.is_zero() {
        0
    } else if int.is_negative() {
        -1
    } else {
        1
    }
}

/// The value of an object's index, `None` if it is too large; negative ones are refused.
unsafe fn unsigned(thread: &Thread, object: Raw) -> PyResult<Option<u64>> {
    // SAFETY: by the API's contract.
    let int = unsafe { index(thread, object) }?;
    if int.is_negative() {
        return Err(thread.value_error("Cannot convert negative int"));
    }
    Ok(int.to_u64())
}

unsafe fn convert<T: TryFrom<u64>>(thread: &Thread, object: Raw, to: *mut T, name: &str) -> c_int {
    // SAFETY: by the API's contract.
    unsafe {
        match unsigned(thread, object) {
            Err(_) => 0,
            Ok(number) => match number.and_then(|n| T::try_from(n).ok()) {
                Some(number) => {
                    *to = number;
                    1
                }
                None => {
                    thread.overflow_error(&format!("Python int too large for C {name}"));
                    0
                }
            },
        }
    }
}

unsafe fn bytes_at<'a>(at: *mut u8, count: usize) -> &'a mut [u8] {
    if count == 0 {
        return &mut [];
    }
    // SAFETY: by the API's contract.
    unsafe { std::slice::from_raw_parts_mut(at, count) }
}

/// The byte order that flags ask for; the machine's own unless they say.
fn is_little(flags: c_int) -> bool {
    flags == -1 || flags & 2 != 0 || flags & 1 != 0
}

fn native_bytes(int: &Int, to: *mut u8, count: usize, flags: c_int) -> usize {
    let little = is_little(flags);
    let as_unsigned = flags == -1 || flags & UNSIGNED_BUFFER != 0;
    let bits = digits::bit_length(int.digits());
    if count > 0 && !to.is_null() {
        // SAFETY: the caller's buffer has that many bytes.
        bytes::to_bytes_wrapping(int.pair(), unsafe { bytes_at(to, count) }, little);
    }
    if int.is_compact() {
        let value = int.compact_value();
        let fits = |bits: usize| bits >= 64 || matches!(value >> (bits - 1), 0 | -1);
        let short = count > 0 && count < size_of::<isize>() && !to.is_null();
        if short && fits(count * 8) {
            return count;
        }
        if short && value > 0 && fits(count * 8 + 1) {
            // Only the bit for the sign is missing.
            return if as_unsigned { count } else { count + 1 };
        }
        return size_of::<isize>();
    }
    let needed = (bits / 8) as usize + 1;
    if count > 0 && needed == count + 1 && bits.is_multiple_of(8) {
        // Powers of two below zero need no bit for the sign, nor does what is read as unsigned.
        let power_of_two = digits::trailing_zeros(int.digits()) == Some(bits - 1);
        if if int.is_negative() { power_of_two } else { as_unsigned } {
            return count;
        }
    }
    needed
}

/// Memory for an int of so many digits.
fn blank(thread: &Thread, count: isize) -> PyResult<*mut PyLongObject> {
    if count as u64 > i64::MAX as u64 / 32 {
        return Err(thread.overflow_error("too many digits in integer"));
    }
    let size = (24 + count as usize * 4).max(32);
    let memory = abi::allocate_zeroed(size) as *mut PyLongObject;
    if memory.is_null() {
        return Err(thread.no_memory());
    }
    // SAFETY: fresh memory of that size.
    unsafe {
        (*memory).ob_base.ob_refcnt_full.set(1);
        (*memory).ob_base.ob_type.set(<Int as PyType>::TYPE);
    }
    Ok(memory)
}

/// Normalize an int of which the caller has written the digits.
unsafe fn finish(int: *mut PyLongObject) -> Raw {
    // SAFETY: made by `blank`, and nobody else has it.
    unsafe {
        let this = &*(int as *const Int);
        let trimmed = digits::trim(this.digits());
        if trimmed.len() <= 1 {
            let fresh = Int::from_pair((this.is_negative(), trimmed));
            abi::free(int as *mut u8);
            return fresh.into_raw();
        }
        (*int).long_value.lv_tag.set(trimmed.len() << 3 | if this.is_negative() { 2 } else { 0 });
        int as Raw
    }
}

/// The base that a literal's prefix names; 0 for a leading zero, which only zero may have.
fn named_base(text: &[u8]) -> c_int {
    let text = text.trim_ascii_start();
    let text = text.strip_prefix(b"+").or(text.strip_prefix(b"-")).unwrap_or(text);
    match text {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'o' | b'O', ..] => 8,
        [b'0', b'b' | b'B', ..] => 2,
        [b'0', ..] => 0,
        _ => 10,
    }
}

/// Where in a literal of an int the first character stands that does not belong to it.
fn literal_end(text: &[u8], base: u32) -> usize {
    let mut at = text.iter().take_while(|c| c.is_ascii_whitespace() || **c == 0x0b).count();
    if matches!(text.get(at), Some(b'+' | b'-')) {
        at += 1;
    }
    let mut base = base;
    if text.get(at) == Some(&b'0') {
        let named = match text.get(at + 1) {
            Some(b'x' | b'X') => 16,
            Some(b'o' | b'O') => 8,
            Some(b'b' | b'B') => 2,
            _ => 0,
        };
        if named != 0 && (base == 0 || base == named) {
            base = named;
            at += 2;
        }
    }
    let base = if base == 0 { 10 } else { base };
    let mut last = b'_';
    while let Some(&c) = text.get(at) {
        let digit = (char::from(c).to_digit(36).unwrap_or(37)) < base;
        if !digit && (c != b'_' || last == b'_') {
            break;
        }
        last = c;
        at += 1;
    }
    at
}

/// Quotient rounded to the nearest, ties to even, with the remainder that belongs to it.
unsafe fn divmod_near(thread: &Thread, a: Raw, b: Raw) -> PyResult<Obj> {
    // SAFETY: by the API's contract.
    let (a, b) = unsafe { (strict_operand(thread, a)?, strict_operand(thread, b)?) };
    let (quotient, remainder) = match a.to_big().divmod(&b.to_big()) {
        Ok(pair) => pair,
        Err(_) => return Err(thread.zero_division_error("integer division or modulo by zero")),
    };
    let (mut quotient, mut remainder) = (quotient, remainder);
    let twice = remainder.add(&remainder);
    let order = digits::compare(&twice.digits, &b.to_big().digits);
    let odd = quotient.digits.first().is_some_and(|d| d & 1 == 1);
    if order.is_gt() || (order.is_eq() && odd) {
        quotient = quotient.add(&BigInt::from_f64(1.0));
        remainder = remainder.sub(&b.to_big());
    }
    let items = vec![Int::from_big(&quotient).upcast(), Int::from_big(&remainder).upcast()];
    Ok(Tuple::from_vec(thread, items)?.upcast())
}

unsafe fn strict_operand<'a>(thread: &Thread, object: Raw) -> PyResult<&'a Int> {
    // SAFETY: by the API's contract.
    let object = unsafe { crate::api::present(thread, object) }?;
    object.cast::<Int>().ok_or_else(|| thread.type_error("non-integer arguments in division"))
}
