//! The table of `datetime` for C: types and functions behind the capsule `datetime.datetime_CAPI`.

use std::ffi::c_int;

use pyrox_objects::abi::PyTypeObject;
use pyrox_objects::capsule::Capsule;
use pyrox_objects::native::Raw;
use pyrox_objects::{Dict, Module, Obj, Object, Owned, PyResult, PyType, Thread, Tuple, Type};

use super::calendar::{DAY_MICROS, MICROS, Moment};
use super::date::{self, Date};
use super::delta::Delta;
use super::stamp::DateTime;
use super::time::{self, Time};
use super::zone::{self, TimeZone, TzInfo};

type Types = *mut PyTypeObject;

/// `PyDateTime_CAPI`.
#[repr(C)]
struct Table {
    date_type: Types,
    datetime_type: Types,
    time_type: Types,
    delta_type: Types,
    tzinfo_type: Types,
    utc: Raw,
    date_from_date: unsafe extern "C" fn(c_int, c_int, c_int, Types) -> Raw,
    datetime_from_date_and_time: unsafe extern "C" fn(c_int, c_int, c_int, c_int, c_int, c_int, c_int, Raw, Types) -> Raw,
    time_from_time: unsafe extern "C" fn(c_int, c_int, c_int, c_int, Raw, Types) -> Raw,
    delta_from_delta: unsafe extern "C" fn(c_int, c_int, c_int, c_int, Types) -> Raw,
    timezone_from_timezone: unsafe extern "C" fn(Raw, Raw) -> Raw,
    datetime_from_timestamp: unsafe extern "C" fn(Raw, Raw, Raw) -> Raw,
    date_from_timestamp: unsafe extern "C" fn(Raw, Raw) -> Raw,
    datetime_from_date_and_time_and_fold: unsafe extern "C" fn(c_int, c_int, c_int, c_int, c_int, c_int, c_int, Raw, c_int, Types) -> Raw,
    time_from_time_and_fold: unsafe extern "C" fn(c_int, c_int, c_int, c_int, Raw, c_int, Types) -> Raw,
}

/// Put the table's capsule into the module.
pub fn add(thread: &Thread, module: &Module) -> PyResult<()> {
    let table = Table {
        date_type: Date::TYPE,
        datetime_type: DateTime::TYPE,
        time_type: Time::TYPE,
        delta_type: Delta::TYPE,
        tzinfo_type: TzInfo::TYPE,
        utc: zone::utc(thread)?.into_raw(),
        date_from_date,
        datetime_from_date_and_time,
        time_from_time,
        delta_from_delta,
        timezone_from_timezone,
        datetime_from_timestamp,
        date_from_timestamp,
        datetime_from_date_and_time_and_fold,
        time_from_time_and_fold,
    };
    // Extensions keep its address.
    let table: &'static Table = Box::leak(Box::new(table));
    let capsule = Capsule::new(thread, table as *const Table as *mut _, c"datetime.datetime_CAPI".as_ptr(), None)?;
    module.add(thread, "datetime_CAPI", &capsule)
}

fn give(result: PyResult<Obj>) -> Raw {
    result.map_or(std::ptr::null_mut(), Owned::into_raw)
}

/// A zone as C gives it: `None` is none, anything else must be one.
unsafe fn zone_of<'a>(thread: &Thread, zone: Raw) -> PyResult<Option<&'a Object>> {
    // SAFETY: null or a live object, as its caller says.
    time::check_zone(thread, unsafe { Object::from_ptr_or_null(zone) })
}

unsafe extern "C" fn date_from_date(year: c_int, month: c_int, day: c_int, ty: Types) -> Raw {
    // SAFETY: extensions call with the lock held and valid types.
    unsafe {
        let thread = Thread::current();
        let made = date::check(thread, year, month, day)
            .and_then(|()| Date::allocate(thread, Type::from_ptr(ty), Moment::date(year, month, day).date_bytes()));
        give(made)
    }
}

unsafe extern "C" fn datetime_from_date_and_time(
    year: c_int,
    month: c_int,
    day: c_int,
    hour: c_int,
    minute: c_int,
    second: c_int,
    micro: c_int,
    zone: Raw,
    ty: Types,
) -> Raw {
    // SAFETY: by the contract of the other function.
    unsafe { datetime_from_date_and_time_and_fold(year, month, day, hour, minute, second, micro, zone, 0, ty) }
}

unsafe extern "C" fn datetime_from_date_and_time_and_fold(
    year: c_int,
    month: c_int,
    day: c_int,
    hour: c_int,
    minute: c_int,
    second: c_int,
    micro: c_int,
    zone: Raw,
    fold: c_int,
    ty: Types,
) -> Raw {
    // SAFETY: extensions call with the lock held and valid arguments.
    unsafe {
        let thread = Thread::current();
        let moment = Moment { year, month, day, hour, minute, second, micro };
        let made = (|| {
            date::check(thread, year, month, day)?;
            time::check(thread, &moment, fold)?;
            DateTime::allocate(thread, Type::from_ptr(ty), moment.bytes(), zone_of(thread, zone)?, fold)
        })();
        give(made)
    }
}

unsafe extern "C" fn time_from_time(hour: c_int, minute: c_int, second: c_int, micro: c_int, zone: Raw, ty: Types) -> Raw {
    // SAFETY: by the contract of the other function.
    unsafe { time_from_time_and_fold(hour, minute, second, micro, zone, 0, ty) }
}

unsafe extern "C" fn time_from_time_and_fold(
    hour: c_int,
    minute: c_int,
    second: c_int,
    micro: c_int,
    zone: Raw,
    fold: c_int,
    ty: Types,
) -> Raw {
    // SAFETY: extensions call with the lock held and valid arguments.
    unsafe {
        let thread = Thread::current();
        let moment = Moment { year: 1, month: 1, day: 1, hour, minute, second, micro };
        let made = (|| {
            time::check(thread, &moment, fold)?;
            Time::allocate(thread, Type::from_ptr(ty), moment.time_bytes(), zone_of(thread, zone)?, fold)
        })();
        give(made)
    }
}

unsafe extern "C" fn delta_from_delta(days: c_int, seconds: c_int, micros: c_int, _normalize: c_int, ty: Types) -> Raw {
    // SAFETY: extensions call with the lock held and a valid type. Values that need no normalizing stay as they are.
    unsafe {
        let thread = Thread::current();
        let total = days as i128 * DAY_MICROS as i128 + seconds as i128 * MICROS as i128 + micros as i128;
        give(Delta::of_class(thread, Type::from_ptr(ty), total).map(Owned::upcast))
    }
}

unsafe extern "C" fn timezone_from_timezone(offset: Raw, name: Raw) -> Raw {
    // SAFETY: extensions call with the lock held and valid arguments.
    unsafe {
        let thread = Thread::current();
        let (offset, name) = (Object::from_ptr(offset), Object::from_ptr_or_null(name));
        let made = match offset.cast::<Delta>() {
            Some(delta) if name.is_none() && delta.micros() == 0 => zone::utc(thread),
            Some(delta) => TimeZone::checked(thread, TimeZone::ty(), delta, name),
            None => Err(thread.type_error(&format!("offset must be a timedelta, not {}", offset.ty().full_name()))),
        };
        give(made)
    }
}

unsafe fn from_timestamp(class: Raw, arguments: Raw, keywords: Raw) -> Raw {
    // SAFETY: extensions call with the lock held, a class, a tuple, and a dict or null.
    unsafe {
        let thread = Thread::current();
        let made = Object::from_ptr(class).getattr_str(thread, "fromtimestamp").and_then(|method| {
            let Some(arguments) = Object::from_ptr(arguments).cast::<Tuple>() else {
                return Err(thread.system_error("bad argument to internal function"));
            };
            method.call_tuple(thread, arguments, Object::from_ptr_or_null(keywords).and_then(|k| k.cast::<Dict>()))
        });
        give(made)
    }
}

unsafe extern "C" fn datetime_from_timestamp(class: Raw, arguments: Raw, keywords: Raw) -> Raw {
    // SAFETY: by the contract of the other function.
    unsafe { from_timestamp(class, arguments, keywords) }
}

unsafe extern "C" fn date_from_timestamp(class: Raw, arguments: Raw) -> Raw {
    // SAFETY: by the contract of the other function.
    unsafe { from_timestamp(class, arguments, std::ptr::null_mut()) }
}
