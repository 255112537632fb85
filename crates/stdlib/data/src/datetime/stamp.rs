//! `datetime`.

use std::cell::Cell;
use std::ffi::c_char;

use pyrox_macros::pyclass;
use pyrox_objects::abi;
use pyrox_objects::{
    Bytes, CompareOp, Head, Int, Obj, ObjCell, Object, Owned, PyResult, PyType, Str, Thread, Tuple, Type, bool_obj, intern, none_ref,
    not_implemented,
};

use super::calendar::{self, DAY_MICROS, EPOCH, MICROS, Moment};
use super::date::{self, Date, required};
use super::delta::Delta;
use super::time::{self, Time, check_zone};
use super::zone::{self, TimeZone, TzInfo};
use super::{field, local, parse, state_bytes, text};

/// A date and time of day, with C's layout.
#[repr(C)]
pub struct DateTime {
    head: Head,
    hashcode: Cell<isize>,
    hastzinfo: Cell<c_char>,
    data: Cell<[u8; 10]>,
    fold: Cell<u8>,
    tzinfo: ObjCell,
}

impl DateTime {
    pub fn moment(&self) -> Moment {
        Moment::from_bytes(self.data.get())
    }

    pub fn zone(&self) -> Option<Obj> {
        self.tzinfo.get()
    }

    pub fn fold(&self) -> i32 {
        self.fold.get() as i32
    }

    pub(super) fn allocate(thread: &Thread, class: &Type, data: [u8; 10], zone: Option<&Object>, fold: i32) -> PyResult<Obj> {
        let made = DateTime {
            head: Head::unset(),
            hashcode: Cell::new(-1),
            hastzinfo: Cell::new(zone.is_some() as c_char),
            data: Cell::new(data),
            fold: Cell::new(fold as u8),
            tzinfo: ObjCell::new(zone.map(Object::own)),
        };
        Ok(class.instantiate(thread, made)?.upcast())
    }

    /// A datetime of a class, through its constructor if it is not `datetime` itself.
    pub fn make(thread: &Thread, class: &Type, m: &Moment, zone: Option<&Object>, fold: i32) -> PyResult<Obj> {
        if std::ptr::eq(class, DateTime::ty()) {
            date::check(thread, m.year, m.month, m.day)?;
            time::check(thread, m, fold)?;
            return DateTime::allocate(thread, class, m.bytes(), zone, fold);
        }
        let parts = [m.year, m.month, m.day, m.hour, m.minute, m.second, m.micro].map(|part| Int::from(part as i64));
        let [year, month, day, hour, minute, second, micro] = &parts;
        let arguments: [&Object; 8] = [year, month, day, hour, minute, second, micro, zone.unwrap_or(none_ref())];
        let made = class.call(thread, &arguments)?;
        if fold != 0 {
            if let Some(stamp) = made.cast::<DateTime>() {
                stamp.fold.set(fold as u8);
            }
        }
        Ok(made)
    }

    /// This and so many microseconds, of the same class.
    pub fn plus(&self, thread: &Thread, micros: i128) -> PyResult<Obj> {
        match Moment::from_micros(self.moment().micros() as i128 + micros) {
            Some(moment) => DateTime::make(thread, self.ty(), &moment, self.zone().as_deref(), 0),
            None => Err(thread.overflow_error("date value out of range")),
        }
    }

    fn offset(&self, thread: &Thread) -> PyResult<Option<i128>> {
        zone::offset_by(thread, self.zone().as_deref(), intern!("utcoffset"), self)
    }

    /// The offset that the other fold would have.
    fn other_offset(&self, thread: &Thread, fold: i32) -> PyResult<Option<i128>> {
        let zone = self.zone();
        let flipped = DateTime::allocate(thread, DateTime::ty(), self.data.get(), zone.as_deref(), fold)?;
        match flipped.cast::<DateTime>() {
            Some(flipped) => flipped.offset(thread),
            None => Ok(None),
        }
    }

    /// Times whose offset hangs on the fold equal none of another zone.
    fn depends_on_fold(&self, thread: &Thread, offset: Option<i128>) -> PyResult<bool> {
        Ok(self.other_offset(thread, 1 - self.fold())? != offset)
    }

    fn state(&self, thread: &Thread, protocol: isize) -> PyResult<Obj> {
        let mut data = self.data.get();
        if protocol > 3 && self.fold.get() != 0 {
            data[2] |= 0x80;
        }
        let mut items = vec![Bytes::from_slice(thread, &data)?.upcast()];
        items.extend(self.zone());
        Ok(Tuple::from_vec(thread, items)?.upcast())
    }

    /// The datetime of a timestamp, in a zone or in local time.
    fn of_timestamp(thread: &Thread, class: &Type, seconds: i64, micro: i32, zone: Option<&Object>) -> PyResult<Obj> {
        let Some(zone) = zone else {
            let moment = Moment { micro, ..local::local(thread, seconds)?.moment };
            let fold = local::is_folded(thread, seconds, &moment)?;
            return DateTime::make(thread, class, &moment, None, fold as i32);
        };
        let stamp = DateTime::of_utc(thread, class, seconds, micro, Some(zone))?;
        zone.call_method(thread, intern!("fromutc"), &[&stamp])
    }

    fn of_utc(thread: &Thread, class: &Type, seconds: i64, micro: i32, zone: Option<&Object>) -> PyResult<Obj> {
        let total = (seconds as i128 + EPOCH as i128) * MICROS as i128 + micro as i128;
        match Moment::from_micros(total) {
            Some(moment) => DateTime::make(thread, class, &moment, zone, 0),
            None => {
                let days = (seconds.div_euclid(calendar::DAY_SECONDS) + 719_163).clamp(-(1 << 40), 1 << 40);
                let year = if days < 1 { 0 } else { (days as f64 / 365.2425) as i64 + 1 };
                Err(thread.value_error(&format!("year must be in 1..9999, not {year}")))
            }
        }
    }

    /// The system's zone at this time.
    fn local_zone(&self, thread: &Thread) -> PyResult<Obj> {
        let seconds = match self.offset(thread)? {
            Some(offset) => ((self.moment().micros() as i128 - offset).div_euclid(MICROS as i128)) as i64 - EPOCH,
            None => local::to_utc(thread, &self.moment(), self.fold() != 0)? - EPOCH,
        };
        let local = local::local(thread, seconds)?;
        let delta = Delta::new(thread, local.offset as i128 * MICROS as i128)?;
        let name = Str::from_str(thread, &local.zone)?;
        TimeZone::checked(thread, TimeZone::ty(), &delta, Some(&name))
    }
}

/// datetime(year, month, day[, hour[, minute[, second[, microsecond[,tzinfo]]]]])
///
/// The year, month and day arguments are required. tzinfo may be None, or an
/// instance of a tzinfo subclass. The remaining arguments may be ints.
#[pyclass(name = "datetime", module = "datetime", base = Date::TYPE, dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE)]
impl DateTime {
    #[new(sig = "(year=None, month=None, day=None, hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0)", text = "")]
    fn create(
        cls: &Type,
        thread: &Thread,
        year: Option<&Object>,
        month: Option<&Object>,
        day: Option<&Object>,
        hour: Option<&Object>,
        minute: Option<&Object>,
        second: Option<&Object>,
        microsecond: Option<&Object>,
        tzinfo: Option<&Object>,
        fold: Option<&Object>,
    ) -> PyResult<Obj> {
        if let (Some(state), None) = (year, day) {
            if let Some(mut bytes) = state_bytes::<10>(thread, state)? {
                if (1..=12).contains(&(bytes[2] & 0x7f)) {
                    let fold = (bytes[2] >> 7) as i32;
                    bytes[2] &= 0x7f;
                    let zone = match month.filter(|zone| !zone.is_none()) {
                        Some(zone) if !zone.is_instance::<TzInfo>() => return Err(thread.type_error("bad tzinfo state arg")),
                        zone => zone,
                    };
                    return DateTime::allocate(thread, cls, bytes, zone, fold);
                }
            }
        }
        let m = Moment {
            year: required(thread, year, "year", 1)?,
            month: required(thread, month, "month", 2)?,
            day: required(thread, day, "day", 3)?,
            hour: field(thread, hour, 0)?,
            minute: field(thread, minute, 0)?,
            second: field(thread, second, 0)?,
            micro: field(thread, microsecond, 0)?,
        };
        let fold = field(thread, fold, 0)?;
        date::check(thread, m.year, m.month, m.day)?;
        time::check(thread, &m, fold)?;
        let zone = check_zone(thread, tzinfo)?;
        DateTime::allocate(thread, cls, m.bytes(), zone, fold)
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
    /// Returns new datetime object representing current time local to tz.
    ///
    /// If no tz is specified, uses local timezone.
    #[classmethod(sig = "(tz=None)", text = "($type, /, tz=None)")]
    fn now(cls: &Type, thread: &Thread, tz: Option<&Object>) -> PyResult<Obj> {
        let zone = check_zone(thread, tz)?;
        let (seconds, micro) = super::now(thread)?;
        DateTime::of_timestamp(thread, cls, seconds, micro, zone)
    }
    /// Return a new datetime representing UTC day and time.
    #[classmethod]
    fn utcnow(cls: &Type, thread: &Thread) -> PyResult<Obj> {
        pyrox_objects::warn::deprecation(
            thread,
            "datetime.datetime.utcnow() is deprecated and scheduled for removal in a future version. Use timezone-aware objects to represent datetimes in UTC: datetime.datetime.now(datetime.UTC).",
        )?;
        let (seconds, micro) = super::now(thread)?;
        DateTime::of_utc(thread, cls, seconds, micro, None)
    }
    /// timestamp[, tz] -> tz's local time from POSIX timestamp.
    #[classmethod(sig = "(timestamp, tz=None)", text = "")]
    fn fromtimestamp(cls: &Type, thread: &Thread, timestamp: &Object, tz: Option<&Object>) -> PyResult<Obj> {
        let zone = check_zone(thread, tz)?;
        let (seconds, micro) = stamp_argument(thread, timestamp)?;
        DateTime::of_timestamp(thread, cls, seconds, micro, zone)
    }
    /// Construct a naive UTC datetime from a POSIX timestamp.
    #[classmethod(sig = "(timestamp, /)", text = "")]
    fn utcfromtimestamp(cls: &Type, thread: &Thread, timestamp: &Object) -> PyResult<Obj> {
        pyrox_objects::warn::deprecation(
            thread,
            "datetime.datetime.utcfromtimestamp() is deprecated and scheduled for removal in a future version. Use timezone-aware objects to represent datetimes in UTC: datetime.datetime.fromtimestamp(timestamp, datetime.UTC).",
        )?;
        let (seconds, micro) = stamp_argument(thread, timestamp)?;
        DateTime::of_utc(thread, cls, seconds, micro, None)
    }
    /// string, format -> new datetime parsed from a string (like time.strptime()).
    #[classmethod(sig = "(string, format, /)", text = "")]
    fn strptime(cls: &Type, thread: &Thread, string: &Str, format: &Str) -> PyResult<Obj> {
        text::strptime(thread, "_strptime_datetime_datetime", cls, string, format)
    }
    /// date, time -> datetime with same date and time fields
    #[classmethod(sig = "(date, time, tzinfo=unchanged)", text = "")]
    fn combine(cls: &Type, thread: &Thread, date: &Object, time: &Object, tzinfo: Option<&Object>) -> PyResult<Obj> {
        let Some(date) = date.cast::<Date>() else {
            return Err(thread.type_error(&format!("combine() argument 1 must be datetime.date, not {}", super::shown_type(date))));
        };
        let Some(time) = time.cast::<Time>() else {
            return Err(thread.type_error(&format!("combine() argument 2 must be datetime.time, not {}", super::shown_type(time))));
        };
        let (year, month, day) = date.parts();
        let own = time.zone();
        let zone = if tzinfo.is_some() { check_zone(thread, tzinfo)? } else { own.as_deref() };
        DateTime::make(thread, cls, &Moment { year, month, day, ..time.moment() }, zone, time.fold())
    }
    /// Construct a date from a string in ISO 8601 format.
    #[classmethod(sig = "(object, /)")]
    fn fromisoformat(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
        let letters = text::iso_text(thread, object)?;
        let Some((mut m, clock)) = parse::stamp(&letters) else { return Err(text::invalid_iso(thread, object)) };
        let mut zone = None;
        let mut next_day = false;
        if let Some(clock) = clock {
            (m.hour, m.minute, m.second, m.micro) = (clock.hour, clock.minute, clock.second, clock.micro);
            zone = clock.offset.map(|micros| TimeZone::of_offset(thread, micros)).transpose()?;
            if m.hour == 24 {
                if (m.minute, m.second, m.micro) != (0, 0, 0) {
                    return Err(thread.value_error("minute, second, and microsecond must be 0 when hour is 24"));
                }
                m.hour = 0;
                next_day = true;
            }
        }
        if next_day {
            date::check(thread, m.year, m.month, m.day)?;
            match Moment::from_micros(m.micros() as i128 + DAY_MICROS as i128) {
                Some(next) => m = next,
                None => return Err(thread.value_error("year must be in 1..9999, not 10000")),
            }
        }
        DateTime::make(thread, cls, &m, zone.as_deref(), 0)
    }
    /// Return date object with same year, month and day.
    #[method]
    fn date(&self, thread: &Thread) -> PyResult<Obj> {
        let m = self.moment();
        Date::make(thread, Date::ty(), m.year, m.month, m.day)
    }
    /// Return time object with same time but with tzinfo=None.
    #[method]
    fn time(&self, thread: &Thread) -> PyResult<Obj> {
        Time::make(thread, Time::ty(), &self.moment(), None, self.fold())
    }
    /// Return time object with same time and tzinfo.
    #[method]
    fn timetz(&self, thread: &Thread) -> PyResult<Obj> {
        Time::make(thread, Time::ty(), &self.moment(), self.zone().as_deref(), self.fold())
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
        let (moment, zone) = (self.moment(), self.zone());
        let details = text::Details { micro: moment.micro, zone: zone.as_deref(), argument: self };
        text::strftime(thread, format, &moment, &tuple, details)
    }
    /// [sep] -> string in ISO 8601 format, YYYY-MM-DDT[HH[:MM[:SS[.mmm[uuu]]]]][+HH:MM].
    #[method(sig = "(sep='T', timespec='auto')", text = "")]
    fn isoformat(&self, thread: &Thread, sep: Option<&Object>, timespec: Option<&Str>) -> PyResult<Owned<Str>> {
        let sep = match sep {
            None => 'T' as u32,
            Some(sep) => match sep.cast::<Str>() {
                Some(text) if text.len() == 1 => text.at(0),
                Some(text) => {
                    let message = format!("isoformat() argument 1 must be a unicode character, not a string of length {}", text.len());
                    return Err(thread.type_error(&message));
                }
                None => {
                    let message = format!("isoformat() argument 1 must be a unicode character, not {}", super::shown_type(sep));
                    return Err(thread.type_error(&message));
                }
            },
        };
        let m = self.moment();
        let mut out = pyrox_objects::text_writer::TextWriter::new();
        out.push_str(&format!("{:04}-{:02}-{:02}", m.year, m.month, m.day));
        out.push_char(sep);
        out.push_str(&text::iso_time(thread, &m, timespec)?);
        if let Some(offset) = self.offset(thread)? {
            out.push_str(&zone::offset_text(offset, ":"));
        }
        out.finish(thread)
    }
    /// Return self.tzinfo.utcoffset(self).
    #[method]
    fn utcoffset(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        zone::offset_object(thread, self.zone().as_deref(), intern!("utcoffset"), self)
    }
    /// Return self.tzinfo.tzname(self).
    #[method]
    fn tzname(&self, thread: &Thread) -> PyResult<Obj> {
        zone::name_of(thread, self.zone().as_deref(), self)
    }
    /// Return self.tzinfo.dst(self).
    #[method]
    fn dst(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        zone::offset_object(thread, self.zone().as_deref(), intern!("dst"), self)
    }
    /// Return time tuple, compatible with time.localtime().
    #[method]
    fn timetuple(&self, thread: &Thread) -> PyResult<Obj> {
        let dst = match zone::offset_by(thread, self.zone().as_deref(), intern!("dst"), self)? {
            None => -1,
            Some(micros) => (micros != 0) as i32,
        };
        text::time_tuple(thread, &self.moment(), dst)
    }
    /// Return UTC time tuple, compatible with time.localtime().
    #[method]
    fn utctimetuple(&self, thread: &Thread) -> PyResult<Obj> {
        let offset = self.offset(thread)?.unwrap_or(0);
        match Moment::from_micros(self.moment().micros() as i128 - offset) {
            Some(moment) => text::time_tuple(thread, &moment, 0),
            None => Err(thread.overflow_error("date value out of range")),
        }
    }
    /// Return POSIX timestamp as float.
    #[method]
    fn timestamp(&self, thread: &Thread) -> PyResult<f64> {
        let m = self.moment();
        if self.zone().is_some() {
            let offset = self.offset(thread)?;
            let Some(offset) = offset else {
                return Err(thread.type_error("can't subtract offset-naive and offset-aware datetimes"));
            };
            let micros = m.micros() as i128 - EPOCH as i128 * MICROS as i128 - offset;
            return Ok(micros as f64 / 1e6);
        }
        let seconds = local::to_utc(thread, &m, self.fold() != 0)?;
        Ok((seconds - EPOCH) as f64 + m.micro as f64 / 1e6)
    }
    /// tz -> convert to local time in new timezone tz
    #[method(sig = "(tz=None)", text = "")]
    fn astimezone(&self, thread: &Thread, tz: Option<&Object>) -> PyResult<Obj> {
        let target = check_zone(thread, tz)?;
        let mut offset = None;
        if let Some(own) = self.zone() {
            if target.is_some_and(|target| target.is(&own)) {
                return Ok((**self).own());
            }
            offset = self.offset(thread)?;
        }
        let offset = match offset {
            Some(offset) => offset,
            None => {
                // Naive: as local time.
                let naive = DateTime::allocate(thread, DateTime::ty(), self.data.get(), None, self.fold())?;
                let zone = match naive.cast::<DateTime>() {
                    Some(naive) => naive.local_zone(thread)?,
                    None => return Err(thread.system_error("no datetime")),
                };
                if target.is_some_and(|target| target.is(&zone)) {
                    return Ok((**self).own());
                }
                zone::offset_by(thread, Some(&zone), intern!("utcoffset"), self)?.unwrap_or(0)
            }
        };
        let Some(moment) = Moment::from_micros(self.moment().micros() as i128 - offset) else {
            return Err(thread.overflow_error("date value out of range"));
        };
        let utc = zone::utc(thread)?;
        let target = match target {
            Some(target) => target.own(),
            None => {
                let stamp = DateTime::make(thread, DateTime::ty(), &moment, Some(&utc), 0)?;
                match stamp.cast::<DateTime>() {
                    Some(stamp) => stamp.local_zone(thread)?,
                    None => return Err(thread.system_error("no datetime")),
                }
            }
        };
        let stamp = DateTime::make(thread, self.ty(), &moment, Some(&target), 0)?;
        target.call_method(thread, intern!("fromutc"), &[&stamp])
    }
    /// Return datetime with new specified fields.
    #[method(
        sig = "(year=unchanged, month=unchanged, day=unchanged, hour=unchanged, minute=unchanged, second=unchanged, microsecond=unchanged, tzinfo=unchanged, *, fold=unchanged)",
        text = "($self, /, year=unchanged, month=unchanged, day=unchanged,\n        hour=unchanged, minute=unchanged, second=unchanged,\n        microsecond=unchanged, tzinfo=unchanged, *, fold=unchanged)"
    )]
    fn replace(
        &self,
        thread: &Thread,
        year: Option<&Object>,
        month: Option<&Object>,
        day: Option<&Object>,
        hour: Option<&Object>,
        minute: Option<&Object>,
        second: Option<&Object>,
        microsecond: Option<&Object>,
        tzinfo: Option<&Object>,
        fold: Option<&Object>,
    ) -> PyResult<Obj> {
        let old = self.moment();
        let m = Moment {
            year: field(thread, year, old.year)?,
            month: field(thread, month, old.month)?,
            day: field(thread, day, old.day)?,
            hour: field(thread, hour, old.hour)?,
            minute: field(thread, minute, old.minute)?,
            second: field(thread, second, old.second)?,
            micro: field(thread, microsecond, old.micro)?,
        };
        let fold = field(thread, fold, self.fold())?;
        if !(0..=1).contains(&fold) {
            return Err(thread.value_error(&format!("fold must be either 0 or 1, not {fold}")));
        }
        let own = self.zone();
        let zone = if tzinfo.is_some() { check_zone(thread, tzinfo)? } else { own.as_deref() };
        DateTime::make(thread, self.ty(), &m, zone, fold)
    }
    /// The same as replace().
    #[method(
        sig = "(*, year=unchanged, month=unchanged, day=unchanged, hour=unchanged, minute=unchanged, second=unchanged, microsecond=unchanged, tzinfo=unchanged, fold=unchanged)",
        text = "($self, /, **changes)"
    )]
    fn __replace__(
        &self,
        thread: &Thread,
        year: Option<&Object>,
        month: Option<&Object>,
        day: Option<&Object>,
        hour: Option<&Object>,
        minute: Option<&Object>,
        second: Option<&Object>,
        microsecond: Option<&Object>,
        tzinfo: Option<&Object>,
        fold: Option<&Object>,
    ) -> PyResult<Obj> {
        self.replace(thread, year, month, day, hour, minute, second, microsecond, tzinfo, fold)
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
    fn nb_add(a: &Object, thread: &Thread, b: &Object) -> PyResult<Obj> {
        match (a.cast::<DateTime>(), b.cast::<Delta>(), a.cast::<Delta>(), b.cast::<DateTime>()) {
            (Some(stamp), Some(delta), _, _) | (_, _, Some(delta), Some(stamp)) => stamp.plus(thread, delta.micros()),
            _ => Ok(not_implemented()),
        }
    }
    #[slot]
    fn nb_subtract(a: &Object, thread: &Thread, b: &Object) -> PyResult<Obj> {
        let Some(stamp) = a.cast::<DateTime>() else { return Ok(not_implemented()) };
        if let Some(delta) = b.cast::<Delta>() {
            return stamp.plus(thread, -delta.micros());
        }
        let Some(other) = b.cast::<DateTime>() else { return Ok(not_implemented()) };
        let difference = (stamp.moment().micros() - other.moment().micros()) as i128;
        let shift = if stamp.tzinfo.as_raw() == other.tzinfo.as_raw() {
            0
        } else {
            match (stamp.offset(thread)?, other.offset(thread)?) {
                (None, None) => 0,
                (Some(a), Some(b)) => b - a,
                _ => return Err(thread.type_error("can't subtract offset-naive and offset-aware datetimes")),
            }
        };
        Ok(Delta::new(thread, difference + shift)?.upcast())
    }
    #[slot]
    fn tp_richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        let Some(other) = other.cast::<DateTime>() else { return Ok(not_implemented()) };
        let plain = || Ok(bool_obj(op.holds(self.data.get().cmp(&other.data.get()))));
        if self.tzinfo.as_raw() == other.tzinfo.as_raw() {
            return plain();
        }
        let (a, b) = (self.offset(thread)?, other.offset(thread)?);
        let equality = matches!(op, CompareOp::Eq | CompareOp::Ne);
        let exception =
            |thread: &Thread| -> PyResult<bool> { Ok(equality && (self.depends_on_fold(thread, a)? || other.depends_on_fold(thread, b)?)) };
        let unequal = || Ok(bool_obj(op == CompareOp::Ne));
        match (a, b) {
            _ if a == b => {
                if exception(thread)? {
                    unequal()
                } else {
                    plain()
                }
            }
            (Some(x), Some(y)) => {
                if exception(thread)? {
                    return unequal();
                }
                let (left, right) = (self.moment().micros() as i128 - x, other.moment().micros() as i128 - y);
                Ok(bool_obj(op.holds(left.cmp(&right))))
            }
            _ if equality => unequal(),
            _ => Err(thread.type_error("can't compare offset-naive and offset-aware datetimes")),
        }
    }
    #[slot]
    fn tp_hash(&self, thread: &Thread) -> PyResult<isize> {
        if self.hashcode.get() == -1 {
            let offset = if self.fold() == 0 { self.offset(thread)? } else { self.other_offset(thread, 0)? };
            self.hashcode.set(match offset {
                None => Bytes::from_slice(thread, &self.data.get())?.hash_value(),
                Some(offset) => Delta::new(thread, self.moment().micros() as i128 - offset)?.hash_value(),
            });
        }
        Ok(self.hashcode.get())
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        let m = self.moment();
        let mut out = format!("{}({}, {}, {}, {}, {}", self.ty().full_name(), m.year, m.month, m.day, m.hour, m.minute);
        if m.micro != 0 {
            out.push_str(&format!(", {}, {}", m.second, m.micro));
        } else if m.second != 0 {
            out.push_str(&format!(", {}", m.second));
        }
        super::finish_repr(thread, out, self.zone().as_deref(), self.fold())
    }
    #[slot]
    fn tp_str(&self, thread: &Thread) -> PyResult<Obj> {
        self.call_method(thread, intern!("isoformat"), &[&*Str::from_str(thread, " ")?])
    }
}

fn stamp_argument(thread: &Thread, value: &Object) -> PyResult<(i64, i32)> {
    if !value.is_instance::<pyrox_objects::Float>() && !value.has_index() {
        return Err(thread.type_error(&format!("argument must be int or float, not {}", value.ty().name())));
    }
    local::timestamp(thread, value)
}

/// `min`, `max` and `resolution`.
pub fn add_constants(thread: &Thread) -> PyResult<()> {
    let dict = DateTime::ty().dict();
    let min = Moment::date(1, 1, 1);
    let max = Moment { year: 9999, month: 12, day: 31, hour: 23, minute: 59, second: 59, micro: 999_999 };
    dict.set_text(thread, "min", &*DateTime::make(thread, DateTime::ty(), &min, None, 0)?)?;
    dict.set_text(thread, "max", &*DateTime::make(thread, DateTime::ty(), &max, None, 0)?)?;
    dict.set_text(thread, "resolution", &*Delta::new(thread, 1)?)
}
