//! `tzinfo` and `timezone`.

use pyrox_macros::pyclass;
use pyrox_objects::abi;
use pyrox_objects::{
    CompareOp, Dict, Head, Obj, Object, Owned, PyResult, PyType, Str, Thread, Tuple, Type, bool_obj, intern, none, not_implemented,
};

use super::calendar::{DAY_MICROS, MICROS};
use super::delta::Delta;
use super::stamp::DateTime;

/// The abstract base of time zones.
#[repr(C)]
pub struct TzInfo {
    head: Head,
}

fn abstract_method(thread: &Thread, name: &str) -> pyrox_objects::Raised {
    thread.not_implemented_error(&format!("a tzinfo subclass must implement {name}()"))
}

/// Abstract base class for time zone info objects.
#[pyclass(name = "tzinfo", module = "datetime", flags = abi::Py_TPFLAGS_BASETYPE)]
impl TzInfo {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, _args: &Tuple, _kwargs: Option<&Dict>) -> PyResult<Obj> {
        cls.allocate(thread, 0)
    }
    /// datetime -> string name of time zone.
    #[method(sig = "(object, /)")]
    fn tzname(&self, thread: &Thread, _object: &Object) -> PyResult<Obj> {
        Err(abstract_method(thread, "tzname"))
    }
    /// datetime -> timedelta showing offset from UTC, negative values indicating West of UTC
    #[method(sig = "(object, /)")]
    fn utcoffset(&self, thread: &Thread, _object: &Object) -> PyResult<Obj> {
        Err(abstract_method(thread, "utcoffset"))
    }
    /// datetime -> DST offset as timedelta positive east of UTC.
    #[method(sig = "(object, /)")]
    fn dst(&self, thread: &Thread, _object: &Object) -> PyResult<Obj> {
        Err(abstract_method(thread, "dst"))
    }
    /// datetime in UTC -> datetime in local time.
    #[method(sig = "(object, /)")]
    fn fromutc(&self, thread: &Thread, object: &Object) -> PyResult<Obj> {
        let dt = own_stamp(thread, self, object)?;
        let Some(offset) = offset_by(thread, Some(self), intern!("utcoffset"), dt)? else {
            return Err(thread.value_error("fromutc: non-None utcoffset() result required"));
        };
        let Some(dst) = offset_by(thread, Some(self), intern!("dst"), dt)? else {
            return Err(thread.value_error("fromutc: non-None dst() result required"));
        };
        let moved = dt.plus(thread, offset - dst)?;
        let inconsistent = || thread.value_error("fromutc: tz.dst() gave inconsistent results; cannot convert");
        let Some(stamp) = moved.cast::<DateTime>() else { return Err(inconsistent()) };
        match offset_by(thread, Some(self), intern!("dst"), stamp)? {
            Some(dst) => stamp.plus(thread, dst),
            None => Err(inconsistent()),
        }
    }
    /// -> (cls, state)
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let arguments = match self.lookup_attr(thread, intern!("__getinitargs__"))? {
            Some(method) => method.call(thread, &[])?,
            None => Tuple::empty().upcast(),
        };
        let state = self.call_method(thread, intern!("__getstate__"), &[])?;
        Tuple::from_vec(thread, vec![(**self.ty()).own(), arguments, state])
    }
}

fn own_stamp<'a>(thread: &Thread, zone: &Object, object: &'a Object) -> PyResult<&'a DateTime> {
    let Some(dt) = object.cast::<DateTime>() else {
        return Err(thread.type_error("fromutc: argument must be a datetime"));
    };
    match dt.zone() {
        Some(own) if own.is(zone) => Ok(dt),
        _ => Err(thread.value_error("fromutc: dt.tzinfo is not self")),
    }
}

/// What `zone.name(argument)` gives as microseconds.
pub fn offset_by(thread: &Thread, zone: Option<&Object>, name: &Str, argument: &Object) -> PyResult<Option<i128>> {
    Ok(offset_object(thread, zone, name, argument)?.and_then(|delta| delta.cast::<Delta>().map(Delta::micros)))
}

/// What `zone.name(argument)` gives: a `timedelta` of less than a day, or none.
pub fn offset_object(thread: &Thread, zone: Option<&Object>, name: &Str, argument: &Object) -> PyResult<Option<Obj>> {
    let Some(zone) = zone else { return Ok(None) };
    if let (Some(fixed), true) = (zone.exact::<TimeZone>(), name.equals_str("utcoffset")) {
        return Ok(Some(fixed.offset(thread)?.upcast()));
    }
    let result = zone.call_method(thread, name, &[argument])?;
    if result.is_none() {
        return Ok(None);
    }
    let Some(delta) = result.cast::<Delta>() else {
        let message = format!("tzinfo.{}() must return None or a timedelta, not '{}'", name.to_string_lossy(), result.ty().name());
        return Err(thread.type_error(&message));
    };
    if delta.micros().unsigned_abs() >= DAY_MICROS as u128 {
        return Err(thread.value_error("offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24)."));
    }
    Ok(Some(result))
}

/// What `zone.tzname(argument)` gives.
pub fn name_of(thread: &Thread, zone: Option<&Object>, argument: &Object) -> PyResult<Obj> {
    let Some(zone) = zone else { return Ok(none()) };
    let result = zone.call_method(thread, intern!("tzname"), &[argument])?;
    if result.is_none() || result.is_instance::<Str>() {
        return Ok(result);
    }
    Err(thread.type_error(&format!("tzinfo.tzname() must return None or a string, not '{}'", result.ty().name())))
}

/// A zone of one offset.
#[repr(C)]
pub struct TimeZone {
    head: Head,
    offset: Obj,
    name: Option<Obj>,
}

thread_local! {
    static UTC: std::cell::RefCell<Option<Obj>> = const { std::cell::RefCell::new(None) };
}

/// `timezone.utc`.
pub fn utc(thread: &Thread) -> PyResult<Obj> {
    if let Some(utc) = UTC.with_borrow(Clone::clone) {
        return Ok(utc);
    }
    let made = TimeZone { head: Head::unset(), offset: Delta::new(thread, 0)?.upcast(), name: None };
    let made = TimeZone::ty().instantiate(thread, made)?.upcast();
    UTC.set(Some(made.clone()));
    Ok(made)
}

/// `+01:00`, seconds and microseconds where there are some; `colon` is what stands between.
pub fn offset_text(micros: i128, colon: &str) -> String {
    let sign = if micros < 0 { '-' } else { '+' };
    let micros = micros.unsigned_abs();
    let (seconds, fraction) = (micros / MICROS as u128, micros % MICROS as u128);
    let mut text = format!("{sign}{:02}{colon}{:02}", seconds / 3600, seconds / 60 % 60);
    if seconds % 60 != 0 || fraction != 0 {
        text.push_str(&format!("{colon}{:02}", seconds % 60));
    }
    if fraction != 0 {
        text.push_str(&format!(".{fraction:06}"));
    }
    text
}

impl TimeZone {
    fn delta(&self) -> Option<&Delta> {
        self.offset.cast::<Delta>()
    }

    fn offset(&self, thread: &Thread) -> PyResult<Owned<Delta>> {
        self.offset.clone().downcast::<Delta>().map_err(|_| thread.system_error("timezone without offset"))
    }

    fn micros(&self) -> i128 {
        self.delta().map_or(0, Delta::micros)
    }

    /// A zone of an offset without a name: UTC itself for none.
    pub fn of_offset(thread: &Thread, micros: i128) -> PyResult<Obj> {
        if micros == 0 {
            return utc(thread);
        }
        let delta = Delta::new(thread, micros)?;
        TimeZone::checked(thread, TimeZone::ty(), &delta, None)
    }

    pub fn checked(thread: &Thread, class: &Type, offset: &Delta, name: Option<&Object>) -> PyResult<Obj> {
        if offset.micros().unsigned_abs() >= DAY_MICROS as u128 {
            return Err(thread.value_error(&format!(
                "offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24), not {}",
                offset.repr(thread)?.to_string_lossy()
            )));
        }
        let made = TimeZone { head: Head::unset(), offset: (**offset).own(), name: name.map(Object::own) };
        Ok(class.instantiate(thread, made)?.upcast())
    }

    fn text(&self, thread: &Thread) -> PyResult<Obj> {
        if let Some(name) = &self.name {
            return Ok(name.clone());
        }
        let text = match self.micros() {
            0 => "UTC".to_string(),
            micros => format!("UTC{}", offset_text(micros, ":")),
        };
        Ok(Str::from_str(thread, &text)?.upcast())
    }
}

fn check_argument(thread: &Thread, name: &str, dt: &Object) -> PyResult<()> {
    if dt.is_none() || dt.is_instance::<DateTime>() {
        return Ok(());
    }
    Err(thread.type_error(&format!("{name}(dt) argument must be a datetime instance or None, not {}", dt.ty().name())))
}

/// Fixed offset from UTC implementation of tzinfo.
#[pyclass(name = "timezone", module = "datetime", base = TzInfo::TYPE, dealloc = drop)]
impl TimeZone {
    #[new(sig = "(offset, name=None)", text = "")]
    fn create(cls: &Type, thread: &Thread, offset: &Object, name: Option<&Object>) -> PyResult<Obj> {
        let Some(delta) = offset.cast::<Delta>() else {
            return Err(thread.type_error(&format!("timezone() argument 1 must be datetime.timedelta, not {}", super::shown_type(offset))));
        };
        if let Some(name) = name.filter(|name| !name.is_instance::<Str>()) {
            return Err(thread.type_error(&format!("timezone() argument 2 must be str, not {}", super::shown_type(name))));
        }
        if name.is_none() && delta.micros() == 0 {
            return utc(thread);
        }
        TimeZone::checked(thread, cls, delta, name)
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        if UTC.with_borrow(|utc| utc.as_ref().is_some_and(|utc| utc.is(self))) {
            return Str::from_str(thread, "datetime.timezone.utc");
        }
        let mut text = format!("{}({}", self.ty().full_name(), self.offset.repr(thread)?.to_string_lossy());
        if let Some(name) = &self.name {
            text.push_str(&format!(", {}", name.repr(thread)?.to_string_lossy()));
        }
        text.push(')');
        Str::from_str(thread, &text)
    }
    #[slot]
    fn tp_str(&self, thread: &Thread) -> PyResult<Obj> {
        self.text(thread)
    }
    #[slot]
    fn tp_hash(&self) -> isize {
        self.delta().map_or(0, Delta::hash_value)
    }
    #[slot]
    fn tp_richcompare(&self, other: &Object, op: CompareOp) -> Obj {
        match (other.cast::<TimeZone>(), op) {
            (Some(other), CompareOp::Eq) => bool_obj(self.micros() == other.micros()),
            (Some(other), CompareOp::Ne) => bool_obj(self.micros() != other.micros()),
            _ => not_implemented(),
        }
    }
    /// If name is specified when timezone is created, returns the name.  Otherwise returns offset as 'UTC(+|-)HH:MM'.
    #[method(sig = "(object, /)")]
    fn tzname(&self, thread: &Thread, object: &Object) -> PyResult<Obj> {
        check_argument(thread, "tzname", object)?;
        self.text(thread)
    }
    /// Return fixed offset.
    #[method(sig = "(object, /)")]
    fn utcoffset(&self, thread: &Thread, object: &Object) -> PyResult<Obj> {
        check_argument(thread, "utcoffset", object)?;
        Ok(self.offset.clone())
    }
    /// Return None.
    #[method(sig = "(object, /)")]
    fn dst(&self, thread: &Thread, object: &Object) -> PyResult<()> {
        check_argument(thread, "dst", object)
    }
    /// datetime in UTC -> datetime in local time.
    #[method(sig = "(object, /)")]
    fn fromutc(&self, thread: &Thread, object: &Object) -> PyResult<Obj> {
        own_stamp(thread, self, object)?.plus(thread, self.micros())
    }
    /// pickle support
    #[method]
    fn __getinitargs__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let mut items = vec![self.offset.clone()];
        items.extend(self.name.clone());
        Tuple::from_vec(thread, items)
    }
}

/// `utc`, `min` and `max`.
pub fn add_constants(thread: &Thread) -> PyResult<()> {
    let dict = TimeZone::ty().dict();
    dict.set_text(thread, "utc", &*utc(thread)?)?;
    let most = (DAY_MICROS - 60 * MICROS) as i128;
    dict.set_text(thread, "min", &*TimeZone::of_offset(thread, -most)?)?;
    dict.set_text(thread, "max", &*TimeZone::of_offset(thread, most)?)
}
