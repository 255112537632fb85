//! The proleptic Gregorian calendar: years 1 to 9999, ordinals from 1.

pub const MIN_YEAR: i32 = 1;
pub const MAX_YEAR: i32 = 9999;
pub const MAX_ORDINAL: i64 = 3_652_059;
pub const DAY_SECONDS: i64 = 86_400;
pub const MICROS: i64 = 1_000_000;
pub const DAY_MICROS: i64 = DAY_SECONDS * MICROS;
/// Seconds from the first day of year 1 (as day 1) to the epoch of Unix.
pub const EPOCH: i64 = 719_163 * DAY_SECONDS;

pub fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub fn days_in_month(year: i32, month: i32) -> i32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

pub fn days_before_year(year: i32) -> i64 {
    let y = year as i64 - 1;
    y * 365 + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400)
}

pub fn days_before_month(year: i32, month: i32) -> i32 {
    (1..month).map(|m| days_in_month(year, m)).sum()
}

/// The ordinal of a date: 1 for the first of January of year 1.
pub fn to_ordinal(year: i32, month: i32, day: i32) -> i64 {
    days_before_year(year) + days_before_month(year, month) as i64 + day as i64
}

/// The date of an ordinal.
pub fn from_ordinal(ordinal: i64) -> (i32, i32, i32) {
    let n = ordinal - 1;
    let (n400, n) = (n.div_euclid(146_097), n.rem_euclid(146_097));
    let (n100, n) = (n / 36_524, n % 36_524);
    let (n4, n) = (n / 1_461, n % 1_461);
    let (n1, n) = (n / 365, n % 365);
    let year = (n400 * 400 + n100 * 100 + n4 * 4 + n1 + 1) as i32;
    if n1 == 4 || n100 == 4 {
        return (year - 1, 12, 31);
    }
    let mut rest = n as i32;
    let mut month = 1;
    while rest >= days_in_month(year, month) {
        rest -= days_in_month(year, month);
        month += 1;
    }
    (year, month, rest + 1)
}

/// Monday is 0.
pub fn weekday(year: i32, month: i32, day: i32) -> i32 {
    ((to_ordinal(year, month, day) + 6).rem_euclid(7)) as i32
}

/// The ordinal of the Monday of a year's first ISO week.
pub fn iso_week1_monday(year: i32) -> i64 {
    let first = to_ordinal(year, 1, 1);
    let day = (first + 6).rem_euclid(7);
    let monday = first - day;
    if day > 3 { monday + 7 } else { monday }
}

/// ISO year, week and weekday (Monday is 1).
pub fn iso_calendar(year: i32, month: i32, day: i32) -> (i32, i32, i32) {
    let today = to_ordinal(year, month, day);
    let mut iso_year = year;
    let mut monday = iso_week1_monday(year);
    let mut week = (today - monday).div_euclid(7);
    if week < 0 {
        iso_year -= 1;
        monday = iso_week1_monday(iso_year);
        week = (today - monday).div_euclid(7);
    } else if week >= 52 && today >= iso_week1_monday(year + 1) {
        iso_year += 1;
        monday = iso_week1_monday(iso_year);
        week = 0;
    }
    (iso_year, week as i32 + 1, ((today - monday).rem_euclid(7) + 1) as i32)
}

/// What an ISO date lacks.
pub enum IsoFault {
    Year,
    Week,
    Day,
}

/// The date of an ISO year, week and weekday.
pub fn from_iso_calendar(year: i32, week: i32, day: i32) -> Result<(i32, i32, i32), IsoFault> {
    if !(MIN_YEAR..=MAX_YEAR).contains(&year) {
        return Err(IsoFault::Year);
    }
    if !(1..53).contains(&week) {
        // Week 53: years that begin with a Thursday, or leap years that begin with a Wednesday.
        let first = weekday(year, 1, 1);
        if week != 53 || !(first == 3 || (first == 2 && is_leap(year))) {
            return Err(IsoFault::Week);
        }
    }
    if !(1..=7).contains(&day) {
        return Err(IsoFault::Day);
    }
    Ok(from_ordinal(iso_week1_monday(year) + (week as i64 - 1) * 7 + day as i64 - 1))
}

/// A date and a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    pub year: i32,
    pub month: i32,
    pub day: i32,
    pub hour: i32,
    pub minute: i32,
    pub second: i32,
    pub micro: i32,
}

impl Moment {
    pub const fn date(year: i32, month: i32, day: i32) -> Moment {
        Moment { year, month, day, hour: 0, minute: 0, second: 0, micro: 0 }
    }

    pub fn ordinal(&self) -> i64 {
        to_ordinal(self.year, self.month, self.day)
    }

    /// Seconds of the day.
    pub fn day_seconds(&self) -> i64 {
        (self.hour as i64 * 60 + self.minute as i64) * 60 + self.second as i64
    }

    /// Seconds since the day before year 1.
    pub fn seconds(&self) -> i64 {
        self.ordinal() * DAY_SECONDS + self.day_seconds()
    }

    pub fn micros(&self) -> i64 {
        self.seconds() * MICROS + self.micro as i64
    }

    /// The moment of a count of microseconds; `None` outside the years.
    pub fn from_micros(micros: i128) -> Option<Moment> {
        let micros = i64::try_from(micros).ok()?;
        let ordinal = micros.div_euclid(DAY_MICROS);
        if !(1..=MAX_ORDINAL).contains(&ordinal) {
            return None;
        }
        let (year, month, day) = from_ordinal(ordinal);
        let rest = micros.rem_euclid(DAY_MICROS);
        let seconds = (rest / MICROS) as i32;
        Some(Moment {
            year,
            month,
            day,
            hour: seconds / 3600,
            minute: seconds / 60 % 60,
            second: seconds % 60,
            micro: (rest % MICROS) as i32,
        })
    }

    pub fn date_bytes(&self) -> [u8; 4] {
        [(self.year >> 8) as u8, self.year as u8, self.month as u8, self.day as u8]
    }

    pub fn time_bytes(&self) -> [u8; 6] {
        let m = self.micro;
        [self.hour as u8, self.minute as u8, self.second as u8, (m >> 16) as u8, (m >> 8) as u8, m as u8]
    }

    pub fn bytes(&self) -> [u8; 10] {
        let ([a, b, c, d], [e, f, g, h, i, j]) = (self.date_bytes(), self.time_bytes());
        [a, b, c, d, e, f, g, h, i, j]
    }

    pub fn from_bytes([a, b, month, day, hour, minute, second, x, y, z]: [u8; 10]) -> Moment {
        Moment {
            year: (a as i32) << 8 | b as i32,
            month: month as i32,
            day: day as i32,
            hour: hour as i32,
            minute: minute as i32,
            second: second as i32,
            micro: (x as i32) << 16 | (y as i32) << 8 | z as i32,
        }
    }
}
