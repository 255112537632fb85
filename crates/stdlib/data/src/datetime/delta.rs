//! `timedelta`.

use std::cell::Cell;
use std::ffi::c_int;

use pyrox_macros::pyclass;
use pyrox_numeric::int::{BigInt, floats};
use pyrox_objects::abi;
use pyrox_objects::{
    CompareOp, Float, Head, Int, Obj, Object, Owned, PyResult, PyType, Str, Thread, Tuple, Type, bool_obj, not_implemented,
};

use super::calendar::{DAY_MICROS, DAY_SECONDS, MICROS};

/// A duration, with C's layout.
#[repr(C)]
pub struct Delta {
    head: Head,
    hashcode: Cell<isize>,
    days: Cell<c_int>,
    seconds: Cell<c_int>,
    microseconds: Cell<c_int>,
}

const MAX_DAYS: i64 = 999_999_999;

impl Delta {
    pub fn micros(&self) -> i128 {
        (self.days.get() as i128 * DAY_SECONDS as i128 + self.seconds.get() as i128) * MICROS as i128 + self.microseconds.get() as i128
    }

    pub fn parts(&self) -> (i32, i32, i32) {
        (self.days.get(), self.seconds.get(), self.microseconds.get())
    }

    /// A plain `timedelta` of so many microseconds.
    pub fn new(thread: &Thread, micros: i128) -> PyResult<Owned<Delta>> {
        Delta::of_class(thread, Delta::ty(), micros)
    }

    pub fn of_class(thread: &Thread, class: &Type, micros: i128) -> PyResult<Owned<Delta>> {
        let days = micros.div_euclid(DAY_MICROS as i128);
        let rest = micros.rem_euclid(DAY_MICROS as i128) as i64;
        let Ok(days) = i32::try_from(days) else {
            return Err(thread.overflow_error("Python int too large to convert to C int"));
        };
        if (days as i64).abs() > MAX_DAYS {
            return Err(thread.overflow_error(&format!("days={days}; must have magnitude <= {MAX_DAYS}")));
        }
        class.instantiate(
            thread,
            Delta {
                head: Head::unset(),
                hashcode: Cell::new(-1),
                days: Cell::new(days),
                seconds: Cell::new((rest / MICROS) as c_int),
                microseconds: Cell::new((rest % MICROS) as c_int),
            },
        )
    }

    pub fn hash_value(&self) -> isize {
        if self.hashcode.get() == -1 {
            let part = |value: i32| if value == -1 { -2 } else { value as i64 };
            let (days, seconds, micros) = self.parts();
            self.hashcode.set(pyrox_numeric::hash::tuple_hash(&[part(days), part(seconds), part(micros)]) as isize);
        }
        self.hashcode.get()
    }
}

/// `a / b` to the nearest integer, ties to even.
fn divide_nearest(thread: &Thread, a: &BigInt, b: &BigInt) -> PyResult<BigInt> {
    let Ok((quotient, remainder)) = a.divmod(b) else { return Err(thread.zero_division_error("division by zero")) };
    let twice = remainder.add(&remainder).abs();
    let divisor = b.clone().abs();
    let odd = quotient.digits.first().is_some_and(|d| d & 1 == 1);
    let up = twice > divisor || (twice == divisor && odd);
    Ok(if up { quotient.add(&BigInt::from(1i64)) } else { quotient })
}

fn from_big(thread: &Thread, value: &BigInt) -> PyResult<Owned<Delta>> {
    match value.to_i128() {
        Some(micros) => Delta::new(thread, micros),
        None => Err(thread.overflow_error("Python int too large to convert to C int")),
    }
}

/// A float as a ratio of ints.
fn ratio(thread: &Thread, value: f64) -> PyResult<(BigInt, BigInt)> {
    if value.is_nan() {
        return Err(thread.value_error("cannot convert NaN to integer ratio"));
    }
    if value.is_infinite() {
        return Err(thread.overflow_error("cannot convert Infinity to integer ratio"));
    }
    let (numerator, denominator) = pyrox_numeric::float::as_integer_ratio(value);
    Ok((numerator, BigInt::new(false, denominator)))
}

/// The sum of the constructor's components, exact but for fractions of a microsecond.
struct Sum {
    total: BigInt,
    left: f64,
}

impl Sum {
    fn add(&mut self, thread: &Thread, name: &str, value: Option<&Object>, factor: i64) -> PyResult<()> {
        let Some(value) = value else { return Ok(()) };
        let scale = BigInt::from(factor);
        if let Some(int) = value.cast::<Int>() {
            self.total = self.total.add(&int.to_big().mul(&scale));
            return Ok(());
        }
        let Some(float) = value.cast::<Float>() else {
            return Err(thread.type_error(&format!("unsupported type for timedelta {name} component: {}", value.ty().name())));
        };
        let whole = |value: f64| {
            if value.is_nan() {
                Err(thread.value_error("cannot convert float NaN to integer"))
            } else if value.is_infinite() {
                Err(thread.overflow_error("cannot convert float infinity to integer"))
            } else {
                Ok(BigInt::from_f64(value))
            }
        };
        let value = float.value();
        let integral = value.trunc();
        self.total = self.total.add(&whole(integral)?.mul(&scale));
        let fraction = value - integral;
        if fraction != 0.0 {
            let scaled = factor as f64 * fraction;
            self.total = self.total.add(&whole(scaled.trunc())?);
            self.left += scaled - scaled.trunc();
        }
        Ok(())
    }

    fn finish(self) -> BigInt {
        if self.left == 0.0 {
            return self.total;
        }
        let mut whole = self.left.round();
        if (whole - self.left).abs() == 0.5 {
            // A tie goes to the even total.
            let odd = if self.total.digits.first().is_some_and(|d| d & 1 == 1) { 1.0 } else { 0.0 };
            whole = 2.0 * ((self.left + odd) * 0.5).round() - odd;
        }
        self.total.add(&BigInt::from(whole as i64))
    }
}

fn scaled(thread: &Thread, delta: &Delta, number: &Object) -> PyResult<Option<Owned<Delta>>> {
    if let Some(int) = number.cast::<Int>() {
        return Ok(Some(from_big(thread, &BigInt::from(delta.micros()).mul(&int.to_big()))?));
    }
    if let Some(float) = number.cast::<Float>() {
        let (numerator, denominator) = ratio(thread, float.value())?;
        let product = BigInt::from(delta.micros()).mul(&numerator);
        return Ok(Some(from_big(thread, &divide_nearest(thread, &product, &denominator)?)?));
    }
    Ok(None)
}

fn zero_division(thread: &Thread) -> pyrox_objects::Raised {
    thread.zero_division_error("division by zero")
}

/// Difference between two datetime values.
///
/// timedelta(days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0)
///
/// All arguments are optional and default to 0.
/// Arguments may be integers or floats, and may be positive or negative.
#[pyclass(name = "timedelta", module = "datetime", flags = abi::Py_TPFLAGS_BASETYPE)]
impl Delta {
    #[new(sig = "(days=None, seconds=None, microseconds=None, milliseconds=None, minutes=None, hours=None, weeks=None)", text = "")]
    fn create(
        cls: &Type,
        thread: &Thread,
        days: Option<&Object>,
        seconds: Option<&Object>,
        microseconds: Option<&Object>,
        milliseconds: Option<&Object>,
        minutes: Option<&Object>,
        hours: Option<&Object>,
        weeks: Option<&Object>,
    ) -> PyResult<Obj> {
        let mut sum = Sum { total: BigInt::from(0i64), left: 0.0 };
        sum.add(thread, "microseconds", microseconds, 1)?;
        sum.add(thread, "milliseconds", milliseconds, 1000)?;
        sum.add(thread, "seconds", seconds, MICROS)?;
        sum.add(thread, "minutes", minutes, 60 * MICROS)?;
        sum.add(thread, "hours", hours, 3600 * MICROS)?;
        sum.add(thread, "days", days, DAY_MICROS)?;
        sum.add(thread, "weeks", weeks, 7 * DAY_MICROS)?;
        match sum.finish().to_i128() {
            Some(micros) => Ok(Delta::of_class(thread, cls, micros)?.upcast()),
            None => Err(thread.overflow_error("Python int too large to convert to C int")),
        }
    }
    /// Number of days.
    #[getter]
    fn days(&self) -> i32 {
        self.days.get()
    }
    /// Number of seconds (>= 0 and less than 1 day).
    #[getter]
    fn seconds(&self) -> i32 {
        self.seconds.get()
    }
    /// Number of microseconds (>= 0 and less than 1 second).
    #[getter]
    fn microseconds(&self) -> i32 {
        self.microseconds.get()
    }
    #[slot]
    fn nb_add(a: &Object, thread: &Thread, b: &Object) -> PyResult<Obj> {
        match (a.cast::<Delta>(), b.cast::<Delta>()) {
            (Some(a), Some(b)) => Ok(Delta::new(thread, a.micros() + b.micros())?.upcast()),
            _ => Ok(not_implemented()),
        }
    }
    #[slot]
    fn nb_subtract(a: &Object, thread: &Thread, b: &Object) -> PyResult<Obj> {
        match (a.cast::<Delta>(), b.cast::<Delta>()) {
            (Some(a), Some(b)) => Ok(Delta::new(thread, a.micros() - b.micros())?.upcast()),
            _ => Ok(not_implemented()),
        }
    }
    #[slot]
    fn nb_multiply(a: &Object, thread: &Thread, b: &Object) -> PyResult<Obj> {
        let result = match (a.cast::<Delta>(), b.cast::<Delta>()) {
            (Some(delta), _) => scaled(thread, delta, b)?,
            (None, Some(delta)) => scaled(thread, delta, a)?,
            _ => None,
        };
        Ok(result.map_or_else(not_implemented, Owned::upcast))
    }
    #[slot]
    fn nb_true_divide(a: &Object, thread: &Thread, b: &Object) -> PyResult<Obj> {
        let Some(a) = a.cast::<Delta>() else { return Ok(not_implemented()) };
        let micros = BigInt::from(a.micros());
        if let Some(b) = b.cast::<Delta>() {
            let divisor = BigInt::from(b.micros());
            let negative = micros.negative != divisor.negative;
            return match floats::true_divide(&micros.digits, &divisor.digits) {
                Ok(Some(value)) => Ok(Float::new(if negative && value != 0.0 { -value } else { value }).upcast()),
                Ok(None) => Err(thread.overflow_error("integer division result too large for a float")),
                Err(_) => Err(zero_division(thread)),
            };
        }
        if let Some(int) = b.cast::<Int>() {
            return Ok(from_big(thread, &divide_nearest(thread, &micros, &int.to_big())?)?.upcast());
        }
        if let Some(float) = b.cast::<Float>() {
            let (numerator, denominator) = ratio(thread, float.value())?;
            return Ok(from_big(thread, &divide_nearest(thread, &micros.mul(&denominator), &numerator)?)?.upcast());
        }
        Ok(not_implemented())
    }
    #[slot]
    fn nb_floor_divide(a: &Object, thread: &Thread, b: &Object) -> PyResult<Obj> {
        let Some(a) = a.cast::<Delta>() else { return Ok(not_implemented()) };
        let micros = BigInt::from(a.micros());
        if let Some(b) = b.cast::<Delta>() {
            let (quotient, _) = micros.divmod(&BigInt::from(b.micros())).map_err(|_| zero_division(thread))?;
            return Ok(Int::from_big(&quotient).upcast());
        }
        match b.cast::<Int>() {
            Some(int) => {
                let (quotient, _) = micros.divmod(&int.to_big()).map_err(|_| zero_division(thread))?;
                Ok(from_big(thread, &quotient)?.upcast())
            }
            None => Ok(not_implemented()),
        }
    }
    #[slot]
    fn nb_remainder(a: &Object, thread: &Thread, b: &Object) -> PyResult<Obj> {
        match (a.cast::<Delta>(), b.cast::<Delta>()) {
            (Some(a), Some(b)) => {
                let (_, rest) = BigInt::from(a.micros()).divmod(&BigInt::from(b.micros())).map_err(|_| zero_division(thread))?;
                Ok(from_big(thread, &rest)?.upcast())
            }
            _ => Ok(not_implemented()),
        }
    }
    #[slot]
    fn nb_divmod(a: &Object, thread: &Thread, b: &Object) -> PyResult<Obj> {
        match (a.cast::<Delta>(), b.cast::<Delta>()) {
            (Some(a), Some(b)) => {
                let (quotient, rest) = BigInt::from(a.micros()).divmod(&BigInt::from(b.micros())).map_err(|_| zero_division(thread))?;
                let rest = from_big(thread, &rest)?;
                Ok(Tuple::from_vec(thread, vec![Int::from_big(&quotient).upcast(), rest.upcast()])?.upcast())
            }
            _ => Ok(not_implemented()),
        }
    }
    #[slot]
    fn nb_negative(&self, thread: &Thread) -> PyResult<Owned<Delta>> {
        Delta::new(thread, -self.micros())
    }
    #[slot]
    fn nb_positive(&self, thread: &Thread) -> PyResult<Owned<Delta>> {
        Delta::new(thread, self.micros())
    }
    #[slot]
    fn nb_absolute(&self, thread: &Thread) -> PyResult<Owned<Delta>> {
        Delta::new(thread, self.micros().abs())
    }
    #[slot]
    fn nb_bool(&self) -> bool {
        self.micros() != 0
    }
    #[slot]
    fn tp_hash(&self) -> isize {
        self.hash_value()
    }
    #[slot]
    fn tp_richcompare(&self, other: &Object, op: CompareOp) -> Obj {
        match other.cast::<Delta>() {
            Some(other) => bool_obj(op.holds(self.parts().cmp(&other.parts()))),
            None => not_implemented(),
        }
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        let (days, seconds, micros) = self.parts();
        let shown: Vec<String> = [("days", days), ("seconds", seconds), ("microseconds", micros)]
            .iter()
            .filter(|(_, value)| *value != 0)
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let shown = if shown.is_empty() { "0".to_string() } else { shown.join(", ") };
        Str::from_str(thread, &format!("{}({shown})", self.ty().full_name()))
    }
    #[slot]
    fn tp_str(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        let (days, seconds, micros) = self.parts();
        let mut text = String::new();
        if days != 0 {
            text = format!("{days} day{}, ", if days == 1 || days == -1 { "" } else { "s" });
        }
        text.push_str(&format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60));
        if micros != 0 {
            text.push_str(&format!(".{micros:06}"));
        }
        Str::from_str(thread, &text)
    }
    /// Total seconds in the duration.
    #[method]
    fn total_seconds(&self) -> f64 {
        let micros = BigInt::from(self.micros());
        match floats::true_divide(&micros.digits, &BigInt::from(MICROS).digits) {
            Ok(Some(value)) if micros.negative => -value,
            Ok(Some(value)) => value,
            _ => 0.0,
        }
    }
    /// __reduce__() -> (cls, state)
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let (days, seconds, micros) = self.parts();
        let state = [days, seconds, micros].iter().map(|&part| Int::from(part as i64).upcast()).collect();
        Tuple::from_vec(thread, vec![(**self.ty()).own(), Tuple::from_vec(thread, state)?.upcast()])
    }
}

/// `min`, `max` and `resolution`.
pub fn add_constants(thread: &Thread) -> PyResult<()> {
    let dict = Delta::ty().dict();
    let day = DAY_MICROS as i128;
    dict.set_text(thread, "min", &*Delta::new(thread, -(MAX_DAYS as i128) * day)?)?;
    dict.set_text(thread, "max", &*Delta::new(thread, MAX_DAYS as i128 * day + day - 1)?)?;
    dict.set_text(thread, "resolution", &*Delta::new(thread, 1)?)
}
