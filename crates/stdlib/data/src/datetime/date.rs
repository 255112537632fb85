//! `date` and the named tuple of its ISO calendar.

use std::cell::Cell;
use std::ffi::c_char;

use pyrox_macros::pyclass;
use pyrox_objects::abi;
use pyrox_objects::{
    Bytes, CompareOp, Head, Int, Obj, Object, Owned, PyResult, PyType, Str, Thread, Tuple, Type, bool_obj, intern, not_implemented,
};

use super::calendar::{self, DAY_MICROS, IsoFault, MAX_YEAR, MIN_YEAR, Moment};
use super::delta::Delta;
use super::stamp::DateTime;
use super::{local, parse, small_int, state_bytes, text};

/// A date, with C's layout.
#[repr(C)]
pub struct Date {
    head: Head,
    hashcode: Cell<isize>,
    hastzinfo: Cell<c_char>,
    data: Cell<[u8; 4]>,
}

/// Check the fields of a date.
pub fn check(thread: &Thread, year: i32, month: i32, day: i32) -> PyResult<()> {
    if !(MIN_YEAR..=MAX_YEAR).contains(&year) {
        return Err(thread.value_error(&format!("year must be in {MIN_YEAR}..{MAX_YEAR}, not {year}")));
    }
    if !(1..=12).contains(&month) {
        return Err(thread.value_error(&format!("month must be in 1..12, not {month}")));
    }
    let days = calendar::days_in_month(year, month);
    if !(1..=days).contains(&day) {
        return Err(thread.value_error(&format!("day {day} must be in range 1..{days} for month {month} in year {year}")));
    }
    Ok(())
}

/// A required argument of a constructor.
pub fn required(thread: &Thread, value: Option<&Object>, name: &str, position: usize) -> PyResult<i32> {
    match value {
        Some(value) => small_int(thread, value),
        None => Err(thread.type_error(&format!("function missing required argument '{name}' (pos {position})"))),
    }
}

impl Date {
    pub fn parts(&self) -> (i32, i32, i32) {
        let [a, b, month, day] = self.data.get();
        ((a as i32) << 8 | b as i32, month as i32, day as i32)
    }

    pub fn moment(&self) -> Moment {
        let (year, month, day) = self.parts();
        Moment::date(year, month, day)
    }

    pub(super) fn allocate(thread: &Thread, class: &Type, data: [u8; 4]) -> PyResult<Obj> {
        let made = Date { head: Head::unset(), hashcode: Cell::new(-1), hastzinfo: Cell::new(0), data: Cell::new(data) };
        Ok(class.instantiate(thread, made)?.upcast())
    }

    /// A date of a class, through its constructor if it is not `date` itself.
    pub fn make(thread: &Thread, class: &Type, year: i32, month: i32, day: i32) -> PyResult<Obj> {
        if std::ptr::eq(class, Date::ty()) {
            check(thread, year, month, day)?;
            return Date::allocate(thread, class, Moment::date(year, month, day).date_bytes());
        }
        class.call(thread, &[&*Int::from(year as i64), &*Int::from(month as i64), &*Int::from(day as i64)])
    }

    fn shifted(&self, thread: &Thread, days: i64) -> PyResult<Obj> {
        let ordinal = self.moment().ordinal() + days;
        if !(1..=calendar::MAX_ORDINAL).contains(&ordinal) {
            return Err(thread.overflow_error("date value out of range"));
        }
        let (year, month, day) = calendar::from_ordinal(ordinal);
        Date::make(thread, self.ty(), year, month, day)
    }
}

/// The days of a `timedelta` alone.
fn whole_days(delta: &Delta) -> i64 {
    delta.parts().0 as i64
}

/// date(year, month, day) --> date object
#[pyclass(name = "date", module = "datetime", flags = abi::Py_TPFLAGS_BASETYPE)]
impl Date {
    #[new(sig = "(year=None, month=None, day=None)", text = "")]
    fn create(cls: &Type, thread: &Thread, year: Option<&Object>, month: Option<&Object>, day: Option<&Object>) -> PyResult<Obj> {
        if let (Some(state), None, None) = (year, month, day) {
            if let Some(bytes) = state_bytes::<4>(thread, state)? {
                if (1..=12).contains(&bytes[2]) {
                    return Date::allocate(thread, cls, bytes);
                }
            }
        }
        let year = required(thread, year, "year", 1)?;
        let month = required(thread, month, "month", 2)?;
        let day = required(thread, day, "day", 3)?;
        check(thread, year, month, day)?;
        Date::allocate(thread, cls, Moment::date(year, month, day).date_bytes())
    }
    #[getter]
    fn year(&self) -> i32 {
        self.parts().0
    }
    #[getter]
    fn month(&self) -> i32 {
        self.parts().1
    }
    #[getter]
    fn day(&self) -> i32 {
        self.parts().2
    }
    /// timestamp -> local date from a POSIX timestamp (like time.time()).
    #[classmethod(sig = "(timestamp, /)")]
    fn fromtimestamp(cls: &Type, thread: &Thread, timestamp: &Object) -> PyResult<Obj> {
        let seconds = match timestamp.cast::<pyrox_objects::Float>() {
            Some(float) if float.value().is_nan() => return Err(thread.value_error("Invalid value NaN (not a number)")),
            Some(float) if !(-9.2e18..9.2e18).contains(&float.value()) => {
                return Err(thread.overflow_error("timestamp out of range for platform time_t"));
            }
            Some(float) => float.value().floor() as i64,
            None => local::whole_timestamp(thread, timestamp)?,
        };
        let moment = local::local(thread, seconds)?.moment;
        Date::make(thread, cls, moment.year, moment.month, moment.day)
    }
    /// int -> date corresponding to a proleptic Gregorian ordinal.
    #[classmethod(sig = "(ordinal, /)", text = "")]
    fn fromordinal(cls: &Type, thread: &Thread, ordinal: &Object) -> PyResult<Obj> {
        let ordinal = small_int(thread, ordinal)?;
        if ordinal < 1 {
            return Err(thread.value_error("ordinal must be >= 1"));
        }
        let (year, month, day) = calendar::from_ordinal(ordinal as i64);
        Date::make(thread, cls, year, month, day)
    }
    /// Construct a date from a string in ISO 8601 format.
    #[classmethod(sig = "(object, /)")]
    fn fromisoformat(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
        let letters = text::iso_text(thread, object)?;
        let parsed = if matches!(letters.len(), 7 | 8 | 10) { parse::date(&letters) } else { None };
        match parsed {
            Some((year, month, day)) => Date::make(thread, cls, year, month, day),
            None => Err(text::invalid_iso(thread, object)),
        }
    }
    /// int, int, int -> Construct a date from the ISO year, week number and weekday.
    #[classmethod(sig = "(year, week, day)", text = "")]
    fn fromisocalendar(cls: &Type, thread: &Thread, year: &Object, week: &Object, day: &Object) -> PyResult<Obj> {
        let part = |value: &Object| -> PyResult<i32> {
            let value = value.index(thread)?;
            let value = value.to_i64().and_then(|v| i32::try_from(v).ok());
            value.ok_or_else(|| thread.value_error("ISO calendar component out of range"))
        };
        let (year, week, day) = (part(year)?, part(week)?, part(day)?);
        match calendar::from_iso_calendar(year, week, day) {
            Ok((year, month, day)) => Date::make(thread, cls, year, month, day),
            Err(IsoFault::Year) => Err(thread.value_error(&format!("year must be in {MIN_YEAR}..{MAX_YEAR}, not {year}"))),
            Err(IsoFault::Week) => Err(thread.value_error(&format!("Invalid week: {week}"))),
            Err(IsoFault::Day) => Err(thread.value_error(&format!("Invalid weekday: {day} (range is [1, 7])"))),
        }
    }
    /// string, format -> new date parsed from a string (like time.strptime()).
    #[classmethod(sig = "(string, format, /)", text = "")]
    fn strptime(cls: &Type, thread: &Thread, string: &Str, format: &Str) -> PyResult<Obj> {
        text::strptime(thread, "_strptime_datetime_date", cls, string, format)
    }
    /// Current date or datetime:  same as self.__class__.fromtimestamp(time.time()).
    #[classmethod]
    fn today(cls: &Type, thread: &Thread) -> PyResult<Obj> {
        if std::ptr::eq(cls, Date::ty()) {
            let moment = local::local(thread, super::now(thread)?.0)?.moment;
            return Date::make(thread, cls, moment.year, moment.month, moment.day);
        }
        let now = pyrox_interpreter::import::import_module(thread, "time")?.call_method(thread, intern!("time"), &[])?;
        cls.call_method(thread, intern!("fromtimestamp"), &[&now])
    }
    /// Return ctime() style string.
    #[method]
    fn ctime(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        text::ctime(thread, &self.moment())
    }
    /// format -> strftime() style string.
    #[method(sig = "(format)", text = "")]
    fn strftime(&self, thread: &Thread, format: &Object) -> PyResult<Obj> {
        let Some(format) = format.cast::<Str>() else {
            return Err(thread.type_error(&format!("strftime() argument 1 must be str, not {}", super::shown_type(format))));
        };
        let tuple = self.call_method(thread, intern!("timetuple"), &[])?;
        let moment = self.moment();
        text::strftime(thread, format, &moment, &tuple, text::Details { micro: 0, zone: None, argument: self })
    }
    /// Formats self with strftime.
    #[method(sig = "(spec, /)", text = "")]
    fn __format__(&self, thread: &Thread, spec: &Object) -> PyResult<Obj> {
        text::format(thread, self, spec)
    }
    /// Return string in ISO 8601 format, YYYY-MM-DD.
    #[method]
    fn isoformat(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        let (year, month, day) = self.parts();
        Str::from_str(thread, &format!("{year:04}-{month:02}-{day:02}"))
    }
    /// Return the day of the week represented by the date.
    /// Monday == 1 ... Sunday == 7
    #[method]
    fn isoweekday(&self) -> i32 {
        let (year, month, day) = self.parts();
        calendar::weekday(year, month, day) + 1
    }
    /// Return the day of the week represented by the date.
    /// Monday == 0 ... Sunday == 6
    #[method]
    fn weekday(&self) -> i32 {
        let (year, month, day) = self.parts();
        calendar::weekday(year, month, day)
    }
    /// Return a named tuple containing ISO year, week number, and weekday.
    #[method]
    fn isocalendar(&self, thread: &Thread) -> PyResult<Obj> {
        let (year, month, day) = self.parts();
        let (year, week, weekday) = calendar::iso_calendar(year, month, day);
        IsoCalendarDate::make(thread, [year, week, weekday])
    }
    /// Return time tuple, compatible with time.localtime().
    #[method]
    fn timetuple(&self, thread: &Thread) -> PyResult<Obj> {
        text::time_tuple(thread, &self.moment(), -1)
    }
    /// Return proleptic Gregorian ordinal.  January 1 of year 1 is day 1.
    #[method]
    fn toordinal(&self) -> i64 {
        self.moment().ordinal()
    }
    /// Return date with new specified fields.
    #[method(sig = "(year=unchanged, month=unchanged, day=unchanged)", text = "($self, /, year=unchanged, month=unchanged, day=unchanged)")]
    fn replace(&self, thread: &Thread, year: Option<&Object>, month: Option<&Object>, day: Option<&Object>) -> PyResult<Obj> {
        let old = self.parts();
        let field = |new: Option<&Object>, old: i32| new.map_or(Ok(old), |new| small_int(thread, new));
        Date::make(thread, self.ty(), field(year, old.0)?, field(month, old.1)?, field(day, old.2)?)
    }
    /// The same as replace().
    #[method(sig = "(*, year=unchanged, month=unchanged, day=unchanged)", text = "($self, /, **changes)")]
    fn __replace__(&self, thread: &Thread, year: Option<&Object>, month: Option<&Object>, day: Option<&Object>) -> PyResult<Obj> {
        self.replace(thread, year, month, day)
    }
    /// __reduce__() -> (cls, state)
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let state = Bytes::from_slice(thread, &self.data.get())?.upcast();
        Tuple::from_vec(thread, vec![(**self.ty()).own(), Tuple::from_vec(thread, vec![state])?.upcast()])
    }
    #[slot]
    fn nb_add(a: &Object, thread: &Thread, b: &Object) -> PyResult<Obj> {
        if a.is_instance::<DateTime>() || b.is_instance::<DateTime>() {
            return Ok(not_implemented());
        }
        match (a.cast::<Date>(), b.cast::<Date>()) {
            (Some(date), None) => match b.cast::<Delta>() {
                Some(delta) => date.shifted(thread, whole_days(delta)),
                None => Ok(not_implemented()),
            },
            (None, Some(date)) => match a.cast::<Delta>() {
                Some(delta) => date.shifted(thread, whole_days(delta)),
                None => Ok(not_implemented()),
            },
            _ => Ok(not_implemented()),
        }
    }
    #[slot]
    fn nb_subtract(a: &Object, thread: &Thread, b: &Object) -> PyResult<Obj> {
        if a.is_instance::<DateTime>() || b.is_instance::<DateTime>() {
            return Ok(not_implemented());
        }
        let Some(date) = a.cast::<Date>() else { return Ok(not_implemented()) };
        if let Some(other) = b.cast::<Date>() {
            let days = date.moment().ordinal() - other.moment().ordinal();
            return Ok(Delta::new(thread, days as i128 * DAY_MICROS as i128)?.upcast());
        }
        match b.cast::<Delta>() {
            Some(delta) => date.shifted(thread, -whole_days(delta)),
            None => Ok(not_implemented()),
        }
    }
    #[slot]
    fn tp_richcompare(&self, other: &Object, op: CompareOp) -> Obj {
        match other.cast::<Date>() {
            Some(date) if !other.is_instance::<DateTime>() => bool_obj(op.holds(self.data.get().cmp(&date.data.get()))),
            _ => not_implemented(),
        }
    }
    #[slot]
    fn tp_hash(&self, thread: &Thread) -> PyResult<isize> {
        if self.hashcode.get() == -1 {
            self.hashcode.set(Bytes::from_slice(thread, &self.data.get())?.hash_value());
        }
        Ok(self.hashcode.get())
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        let (year, month, day) = self.parts();
        Str::from_str(thread, &format!("{}({year}, {month}, {day})", self.ty().full_name()))
    }
    #[slot]
    fn tp_str(&self, thread: &Thread) -> PyResult<Obj> {
        self.call_method(thread, intern!("isoformat"), &[])
    }
}

/// `min`, `max` and `resolution`.
pub fn add_constants(thread: &Thread) -> PyResult<()> {
    let dict = Date::ty().dict();
    dict.set_text(thread, "min", &*Date::make(thread, Date::ty(), 1, 1, 1)?)?;
    dict.set_text(thread, "max", &*Date::make(thread, Date::ty(), 9999, 12, 31)?)?;
    dict.set_text(thread, "resolution", &*Delta::new(thread, DAY_MICROS as i128)?)
}

/// The result of `isocalendar()`: a tuple with names.
#[repr(transparent)]
pub struct IsoCalendarDate(Tuple);

impl IsoCalendarDate {
    fn make(thread: &Thread, parts: [i32; 3]) -> PyResult<Obj> {
        let made = IsoCalendarDate::ty().allocate(thread, 3)?;
        let raw = made.as_ptr() as *mut abi::PyTupleObject;
        for (at, part) in parts.iter().enumerate() {
            let item = Int::from(*part as i64).upcast().into_raw();
            // SAFETY: a fresh tuple with room for three items.
            unsafe { (&raw mut (*raw).ob_item as *mut *mut abi::PyObject).add(at).write(item) };
        }
        Ok(made)
    }

    fn at(&self, index: usize) -> Option<Obj> {
        self.0.items().get(index).map(|item| item.own())
    }
}

/// The result of date.isocalendar() or datetime.isocalendar()
///
/// This object may be accessed either as a tuple of ((year, week, weekday)) or via the object attributes.
#[pyclass(name = "IsoCalendarDate", module = "datetime", base = Tuple::TYPE, new = inherit,
    basicsize = 32, itemsize = 8)]
impl IsoCalendarDate {
    #[getter]
    fn year(&self) -> Option<Obj> {
        self.at(0)
    }
    #[getter]
    fn week(&self) -> Option<Obj> {
        self.at(1)
    }
    #[getter]
    fn weekday(&self) -> Option<Obj> {
        self.at(2)
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        let part = |at: usize| self.at(at).map_or(Ok(String::new()), |item| item.repr(thread).map(|t| t.to_string_lossy().into_owned()));
        let text = format!("{}(year={}, week={}, weekday={})", self.ty().full_name(), part(0)?, part(1)?, part(2)?);
        Str::from_str(thread, &text)
    }
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let plain = Tuple::from_vec(thread, self.0.to_vec())?.upcast();
        Tuple::from_vec(thread, vec![(**Tuple::ty()).own(), Tuple::from_vec(thread, vec![plain])?.upcast()])
    }
}
