//! `time`.

use std::cell::Cell;
use std::ffi::c_char;

use pyrox_macros::pyclass;
use pyrox_objects::abi;
use pyrox_objects::{
    Bytes, CompareOp, Head, Int, Obj, ObjCell, Object, Owned, PyResult, PyType, Str, Thread, Tuple, Type, bool_obj, intern, none_ref,
    not_implemented,
};

use super::calendar::{MICROS, Moment};
use super::delta::Delta;
use super::zone::{self, TimeZone, TzInfo};
use super::{field, parse, state_bytes, text};

/// A time of day, with C's layout.
#[repr(C)]
pub struct Time {
    head: Head,
    hashcode: Cell<isize>,
    hastzinfo: Cell<c_char>,
    data: Cell<[u8; 6]>,
    fold: Cell<u8>,
    tzinfo: ObjCell,
}

/// Check the fields of a time of day.
pub fn check(thread: &Thread, m: &Moment, fold: i32) -> PyResult<()> {
    for (name, value, most) in [("hour", m.hour, 23), ("minute", m.minute, 59), ("second", m.second, 59), ("microsecond", m.micro, 999_999)]
    {
        if !(0..=most).contains(&value) {
            return Err(thread.value_error(&format!("{name} must be in 0..{most}, not {value}")));
        }
    }
    if !(0..=1).contains(&fold) {
        return Err(thread.value_error(&format!("fold must be either 0 or 1, not {fold}")));
    }
    Ok(())
}

/// A zone, or none for `None`.
pub fn check_zone<'a>(thread: &Thread, zone: Option<&'a Object>) -> PyResult<Option<&'a Object>> {
    match zone.filter(|zone| !zone.is_none()) {
        Some(zone) if !zone.is_instance::<TzInfo>() => {
            let message = format!("tzinfo argument must be None or of a tzinfo subclass, not type '{}'", zone.ty().name());
            Err(thread.type_error(&message))
        }
        zone => Ok(zone),
    }
}

impl Time {
    pub fn moment(&self) -> Moment {
        let [a, b, c, d, e, f] = self.data.get();
        Moment::from_bytes([0, 0, 0, 0, a, b, c, d, e, f])
    }

    pub fn zone(&self) -> Option<Obj> {
        self.tzinfo.get()
    }

    pub fn fold(&self) -> i32 {
        self.fold.get() as i32
    }

    pub(super) fn allocate(thread: &Thread, class: &Type, data: [u8; 6], zone: Option<&Object>, fold: i32) -> PyResult<Obj> {
        let made = Time {
            head: Head::unset(),
            hashcode: Cell::new(-1),
            hastzinfo: Cell::new(zone.is_some() as c_char),
            data: Cell::new(data),
            fold: Cell::new(fold as u8),
            tzinfo: ObjCell::new(zone.map(Object::own)),
        };
        Ok(class.instantiate(thread, made)?.upcast())
    }

    /// A time of a class, through its constructor if it is not `time` itself.
    pub fn make(thread: &Thread, class: &Type, m: &Moment, zone: Option<&Object>, fold: i32) -> PyResult<Obj> {
        if std::ptr::eq(class, Time::ty()) {
            check(thread, m, fold)?;
            return Time::allocate(thread, class, m.time_bytes(), zone, fold);
        }
        let part = |value: i32| Int::from(value as i64);
        let (hour, minute, second, micro) = (part(m.hour), part(m.minute), part(m.second), part(m.micro));
        let arguments: [&Object; 5] = [&hour, &minute, &second, &micro, zone.unwrap_or(none_ref())];
        let made = if fold == 0 {
            class.call(thread, &arguments)?
        } else {
            class.call_with_keywords(thread, &arguments, &[("fold", &*Int::from(fold as i64))])?
        };
        Ok(made)
    }

    fn offset(&self, thread: &Thread) -> PyResult<Option<i128>> {
        zone::offset_by(thread, self.zone().as_deref(), intern!("utcoffset"), none_ref())
    }

    fn day_micros(&self) -> i128 {
        let moment = self.moment();
        moment.day_seconds() as i128 * MICROS as i128 + moment.micro as i128
    }

    fn state(&self, thread: &Thread, protocol: isize) -> PyResult<Obj> {
        let mut data = self.data.get();
        if protocol > 3 && self.fold.get() != 0 {
            data[0] |= 0x80;
        }
        let mut items = vec![Bytes::from_slice(thread, &data)?.upcast()];
        items.extend(self.zone());
        Ok(Tuple::from_vec(thread, items)?.upcast())
    }
}

/// time([hour[, minute[, second[, microsecond[, tzinfo]]]]]) --> a time object
///
/// All arguments are optional. tzinfo may be None, or an instance of
/// a tzinfo subclass. The remaining arguments may be ints.
#[pyclass(name = "time", module = "datetime", dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE)]
impl Time {
    #[new(sig = "(hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0)", text = "")]
    fn create(
        cls: &Type,
        thread: &Thread,
        hour: Option<&Object>,
        minute: Option<&Object>,
        second: Option<&Object>,
        microsecond: Option<&Object>,
        tzinfo: Option<&Object>,
        fold: Option<&Object>,
    ) -> PyResult<Obj> {
        if let (Some(state), None) = (hour, second) {
            if let Some(mut bytes) = state_bytes::<6>(thread, state)? {
                if bytes[0] & 0x7f < 24 {
                    let fold = (bytes[0] >> 7) as i32;
                    bytes[0] &= 0x7f;
                    let zone = match minute.filter(|zone| !zone.is_none()) {
                        Some(zone) if !zone.is_instance::<TzInfo>() => return Err(thread.type_error("bad tzinfo state arg")),
                        zone => zone,
                    };
                    return Time::allocate(thread, cls, bytes, zone, fold);
                }
            }
        }
        let mut m = Moment::date(1, 1, 1);
        m.hour = field(thread, hour, 0)?;
        m.minute = field(thread, minute, 0)?;
        m.second = field(thread, second, 0)?;
        m.micro = field(thread, microsecond, 0)?;
        let fold = field(thread, fold, 0)?;
        check(thread, &m, fold)?;
        let zone = check_zone(thread, tzinfo)?;
        Time::allocate(thread, cls, m.time_bytes(), zone, fold)
    }
    #[getter]
    fn hour(&self) -> i32 {
        self.moment().hour
    }
    #[getter]
    fn minute(&self) -> i32 {
        self.moment().minute
    }
    #[getter]
    fn second(&self) -> i32 {
        self.moment().second
    }
    #[getter]
    fn microsecond(&self) -> i32 {
        self.moment().micro
    }
    #[getter]
    fn tzinfo(&self) -> Option<Obj> {
        self.zone()
    }
    #[getter(name = "fold")]
    fn get_fold(&self) -> i32 {
        self.fold()
    }
    /// Construct a time from a string in ISO 8601 format.
    #[classmethod(sig = "(object, /)")]
    fn fromisoformat(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
        let letters = text::iso_text(thread, object)?;
        let rest = letters.strip_prefix(&['T' as u32]).unwrap_or(&letters);
        let Some(parsed) = parse::time(rest) else { return Err(text::invalid_iso(thread, object)) };
        let mut m = Moment::date(1, 1, 1);
        (m.hour, m.minute, m.second, m.micro) = (parsed.hour, parsed.minute, parsed.second, parsed.micro);
        if m.hour == 24 {
            if (m.minute, m.second, m.micro) != (0, 0, 0) {
                return Err(thread.value_error("minute, second, and microsecond must be 0 when hour is 24"));
            }
            m.hour = 0;
        }
        let zone = parsed.offset.map(|micros| TimeZone::of_offset(thread, micros)).transpose()?;
        Time::make(thread, cls, &m, zone.as_deref(), 0)
    }
    /// string, format -> new time parsed from a string (like time.strptime()).
    #[classmethod(sig = "(string, format, /)", text = "")]
    fn strptime(cls: &Type, thread: &Thread, string: &Str, format: &Str) -> PyResult<Obj> {
        text::strptime(thread, "_strptime_datetime_time", cls, string, format)
    }
    /// Return string in ISO 8601 format, [HH[:MM[:SS[.mmm[uuu]]]]][+HH:MM].
    #[method(sig = "(timespec='auto')", text = "")]
    fn isoformat(&self, thread: &Thread, timespec: Option<&Str>) -> PyResult<Owned<Str>> {
        let mut out = text::iso_time(thread, &self.moment(), timespec)?;
        if let Some(offset) = self.offset(thread)? {
            out.push_str(&zone::offset_text(offset, ":"));
        }
        Str::from_str(thread, &out)
    }
    /// format -> strftime() style string.
    #[method(sig = "(format)", text = "")]
    fn strftime(&self, thread: &Thread, format: &Object) -> PyResult<Obj> {
        let Some(format) = format.cast::<Str>() else {
            return Err(thread.type_error(&format!("strftime() argument 1 must be str, not {}", super::shown_type(format))));
        };
        let own = self.moment();
        let moment = Moment { year: 1900, month: 1, day: 1, ..own };
        let tuple = text::time_tuple(thread, &moment, -1)?;
        let zone = self.zone();
        let details = text::Details { micro: own.micro, zone: zone.as_deref(), argument: none_ref() };
        text::strftime(thread, format, &moment, &tuple, details)
    }
    /// Formats self with strftime.
    #[method(sig = "(spec, /)", text = "")]
    fn __format__(&self, thread: &Thread, spec: &Object) -> PyResult<Obj> {
        text::format(thread, self, spec)
    }
    /// Return self.tzinfo.utcoffset(self).
    #[method]
    fn utcoffset(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        zone::offset_object(thread, self.zone().as_deref(), intern!("utcoffset"), none_ref())
    }
    /// Return self.tzinfo.tzname(self).
    #[method]
    fn tzname(&self, thread: &Thread) -> PyResult<Obj> {
        zone::name_of(thread, self.zone().as_deref(), none_ref())
    }
    /// Return self.tzinfo.dst(self).
    #[method]
    fn dst(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        zone::offset_object(thread, self.zone().as_deref(), intern!("dst"), none_ref())
    }
    /// Return time with new specified fields.
    #[method(
        sig = "(hour=unchanged, minute=unchanged, second=unchanged, microsecond=unchanged, tzinfo=unchanged, *, fold=unchanged)",
        text = "($self, /, hour=unchanged, minute=unchanged, second=unchanged,\n        microsecond=unchanged, tzinfo=unchanged, *, fold=unchanged)"
    )]
    fn replace(
        &self,
        thread: &Thread,
        hour: Option<&Object>,
        minute: Option<&Object>,
        second: Option<&Object>,
        microsecond: Option<&Object>,
        tzinfo: Option<&Object>,
        fold: Option<&Object>,
    ) -> PyResult<Obj> {
        let mut m = self.moment();
        m.hour = field(thread, hour, m.hour)?;
        m.minute = field(thread, minute, m.minute)?;
        m.second = field(thread, second, m.second)?;
        m.micro = field(thread, microsecond, m.micro)?;
        let fold = field(thread, fold, self.fold())?;
        let own = self.zone();
        let zone = if tzinfo.is_some() { check_zone(thread, tzinfo)? } else { own.as_deref() };
        check(thread, &m, fold)?;
        Time::make(thread, self.ty(), &m, zone, fold)
    }
    /// The same as replace().
    #[method(
        sig = "(*, hour=unchanged, minute=unchanged, second=unchanged, microsecond=unchanged, tzinfo=unchanged, fold=unchanged)",
        text = "($self, /, **changes)"
    )]
    fn __replace__(
        &self,
        thread: &Thread,
        hour: Option<&Object>,
        minute: Option<&Object>,
        second: Option<&Object>,
        microsecond: Option<&Object>,
        tzinfo: Option<&Object>,
        fold: Option<&Object>,
    ) -> PyResult<Obj> {
        self.replace(thread, hour, minute, second, microsecond, tzinfo, fold)
    }
    /// __reduce_ex__(proto) -> (cls, state)
    #[method(sig = "(protocol, /)", text = "")]
    fn __reduce_ex__(&self, thread: &Thread, protocol: isize) -> PyResult<Owned<Tuple>> {
        Tuple::from_vec(thread, vec![(**self.ty()).own(), self.state(thread, protocol)?])
    }
    /// __reduce__() -> (cls, state)
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        self.__reduce_ex__(thread, 2)
    }
    #[slot]
    fn tp_richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        let Some(other) = other.cast::<Time>() else { return Ok(not_implemented()) };
        let plain = || Ok(bool_obj(op.holds(self.data.get().cmp(&other.data.get()))));
        if self.tzinfo.as_raw() == other.tzinfo.as_raw() {
            return plain();
        }
        match (self.offset(thread)?, other.offset(thread)?) {
            (a, b) if a == b => plain(),
            (Some(a), Some(b)) => Ok(bool_obj(op.holds((self.day_micros() - a).cmp(&(other.day_micros() - b))))),
            _ if op == CompareOp::Eq => Ok(bool_obj(false)),
            _ if op == CompareOp::Ne => Ok(bool_obj(true)),
            _ => Err(thread.type_error("can't compare offset-naive and offset-aware times")),
        }
    }
    #[slot]
    fn tp_hash(&self, thread: &Thread) -> PyResult<isize> {
        if self.hashcode.get() == -1 {
            let offset = if self.fold() == 0 {
                self.offset(thread)?
            } else {
                let zone = self.zone();
                let plain = Time::make(thread, Time::ty(), &self.moment(), zone.as_deref(), 0)?;
                match plain.cast::<Time>() {
                    Some(plain) => plain.offset(thread)?,
                    None => None,
                }
            };
            self.hashcode.set(match offset {
                None => Bytes::from_slice(thread, &self.data.get())?.hash_value(),
                Some(offset) => Delta::new(thread, self.day_micros() - offset)?.hash_value(),
            });
        }
        Ok(self.hashcode.get())
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        let m = self.moment();
        let mut out = format!("{}({}, {}", self.ty().full_name(), m.hour, m.minute);
        if m.micro != 0 {
            out.push_str(&format!(", {}, {}", m.second, m.micro));
        } else if m.second != 0 {
            out.push_str(&format!(", {}", m.second));
        }
        super::finish_repr(thread, out, self.zone().as_deref(), self.fold())
    }
    #[slot]
    fn tp_str(&self, thread: &Thread) -> PyResult<Obj> {
        self.call_method(thread, intern!("isoformat"), &[])
    }
}

/// `min`, `max` and `resolution`.
pub fn add_constants(thread: &Thread) -> PyResult<()> {
    let dict = Time::ty().dict();
    let min = Moment::date(1, 1, 1);
    let max = Moment { hour: 23, minute: 59, second: 59, micro: 999_999, ..min };
    dict.set_text(thread, "min", &*Time::make(thread, Time::ty(), &min, None, 0)?)?;
    dict.set_text(thread, "max", &*Time::make(thread, Time::ty(), &max, None, 0)?)?;
    dict.set_text(thread, "resolution", &*Delta::new(thread, 1)?)?;
    Ok(())
}
