//! ISO 8601 text.

use super::calendar::{Moment, from_iso_calendar};

/// What a time of day in text says; the offset in microseconds, if one stands there.
#[derive(Clone, Copy, Debug)]
pub struct ParsedTime {
    pub hour: i32,
    pub minute: i32,
    pub second: i32,
    pub micro: i32,
    pub offset: Option<i128>,
}

type Text<'a> = &'a [u32];

fn digit(c: u32) -> Option<i32> {
    char::from_u32(c).and_then(|c| if c.is_ascii_digit() { c.to_digit(10) } else { None }).map(|d| d as i32)
}

fn number(text: Text<'_>, count: usize) -> Option<(i32, Text<'_>)> {
    let digits = text.get(..count)?;
    let value = digits.iter().try_fold(0, |value, &c| Some(value * 10 + digit(c)?))?;
    Some((value, &text[count..]))
}

fn skip(text: Text<'_>, c: char) -> Option<Text<'_>> {
    match text.split_first() {
        Some((&first, rest)) if first == c as u32 => Some(rest),
        _ => None,
    }
}

/// A whole date, with or without dashes, by month or by week.
pub fn date(text: Text<'_>) -> Option<(i32, i32, i32)> {
    let (year, rest) = number(text, 4)?;
    let dash = skip(rest, '-');
    let rest = dash.unwrap_or(rest);
    if let Some(rest) = skip(rest, 'W') {
        let (week, rest) = number(rest, 2)?;
        let day = if rest.is_empty() {
            1
        } else {
            let rest = if dash.is_some() { skip(rest, '-')? } else { rest };
            let (day, rest) = number(rest, 1)?;
            if !rest.is_empty() {
                return None;
            }
            day
        };
        return from_iso_calendar(year, week, day).ok();
    }
    let (month, rest) = number(rest, 2)?;
    let rest = if dash.is_some() { skip(rest, '-')? } else { rest };
    let (day, rest) = number(rest, 2)?;
    rest.is_empty().then_some((year, month, day))
}

/// `HH[:MM[:SS[.ffffff]]]`, with colons or without: hour, minute, second and microsecond.
fn clock(text: Text<'_>) -> Option<(i32, i32, i32, i32)> {
    let mut parts = [0; 3];
    let separated = text.get(2) == Some(&(':' as u32));
    let mut rest = text;
    for at in 0..3 {
        let (value, more) = number(rest, 2)?;
        parts[at] = value;
        let Some((&c, after)) = more.split_first() else { return Some((parts[0], parts[1], parts[2], 0)) };
        if c == '.' as u32 || c == ',' as u32 {
            if at < 2 || after.is_empty() {
                return None;
            }
            let digits = after.iter().map(|&c| digit(c)).collect::<Option<Vec<_>>>()?;
            let micro = (0..6).fold(0, |value, n| value * 10 + digits.get(n).copied().unwrap_or(0));
            return Some((parts[0], parts[1], parts[2], micro));
        }
        rest = match separated {
            true if c == ':' as u32 && at < 2 => after,
            true => return None,
            false => more,
        };
    }
    None
}

/// A time of day with an optional offset.
pub fn time(text: Text<'_>) -> Option<ParsedTime> {
    let sign = text.iter().position(|&c| c == '+' as u32 || c == '-' as u32 || c == 'Z' as u32);
    let (hour, minute, second, micro) = clock(&text[..sign.unwrap_or(text.len())])?;
    let offset = match sign {
        None => None,
        Some(at) if text[at] == 'Z' as u32 => {
            if at + 1 != text.len() {
                return None;
            }
            Some(0)
        }
        Some(at) => {
            let (h, m, s, us) = clock(&text[at + 1..])?;
            let micros = (h as i128 * 3600 + m as i128 * 60 + s as i128) * 1_000_000 + us as i128;
            Some(if text[at] == '-' as u32 { -micros } else { micros })
        }
    };
    Some(ParsedTime { hour, minute, second, micro, offset })
}

/// Where the date ends in a date with a time.
fn separator(text: Text<'_>) -> Option<usize> {
    let is = |at: usize, c: char| text.get(at) == Some(&(c as u32));
    let is_digit = |at: usize| text.get(at).is_some_and(|&c| digit(c).is_some());
    if text.len() == 7 {
        return Some(7);
    }
    if is(4, '-') {
        if !is(5, 'W') {
            return Some(10);
        }
        if text.len() < 8 {
            return None;
        }
        if text.len() > 8 && is(8, '-') {
            if text.len() == 9 {
                return None;
            }
            // A week and two digits: the dash is what separates.
            return Some(if text.len() > 10 && is_digit(10) { 8 } else { 10 });
        }
        return Some(8);
    }
    if is(4, 'W') {
        let mut at = 7;
        while is_digit(at) {
            at += 1;
        }
        return Some(if at < 9 {
            at
        } else if at % 2 == 0 {
            7
        } else {
            8
        });
    }
    Some(8)
}

/// A date, any one character and a time of day; only the date is needed.
pub fn stamp(text: Text<'_>) -> Option<(Moment, Option<ParsedTime>)> {
    if text.len() < 7 {
        return None;
    }
    let at = separator(text)?.min(text.len());
    let (year, month, day) = date(&text[..at])?;
    let clock = match text.get(at + 1..) {
        None => None,
        Some([]) => return None,
        Some(rest) => Some(time(rest)?),
    };
    Some((Moment::date(year, month, day), clock))
}
