//! Strings, bytes and tuples: joining, repeating, items and slices.

use super::number::Number;
use crate::code::{Const, Text};
use pyrox_numeric::int::BigInt;
use std::rc::Rc;

/// Longest repeated tuple.
const MAX_TUPLE: usize = 256;
/// Longest repeated string or bytes.
const MAX_TEXT: usize = 4096;
/// Most items of a repeated tuple, those of tuples in it included.
const MAX_TOTAL_ITEMS: usize = 1024;

/// `a + b`.
pub fn concatenate(a: &Const, b: &Const) -> Option<Const> {
    Some(match (a, b) {
        (Const::Str(a), Const::Str(b)) => Const::Str(Text(Rc::from(join_texts(&a.0, &b.0)))),
        (Const::Bytes(a), Const::Bytes(b)) => Const::Bytes(Rc::from([&a[..], &b[..]].concat())),
        (Const::Tuple(a), Const::Tuple(b)) => Const::Tuple(a.iter().chain(b.iter()).cloned().collect()),
        _ => return None,
    })
}

/// Joins encoded texts. (Each surrogate keeps its own three bytes: Python does not pair them.)
fn join_texts(a: &[u8], b: &[u8]) -> Vec<u8> {
    [a, b].concat()
}

/// Start of each code point, and the end.
fn boundaries(text: &[u8]) -> Vec<usize> {
    let starts = text.iter().enumerate().filter(|(_, byte)| **byte & 0xc0 != 0x80).map(|(index, _)| index);
    starts.chain([text.len()]).collect()
}

/// `value * count`.
pub fn repeat(value: &Const, count: &BigInt) -> Option<Const> {
    let (len, limit) = match value {
        Const::Str(text) => (boundaries(&text.0).len() - 1, MAX_TEXT),
        Const::Bytes(bytes) => (bytes.len(), MAX_TEXT),
        Const::Tuple(items) => (items.len(), MAX_TUPLE),
        _ => return None,
    };
    let times = count.to_i64()?;
    if len == 0 {
        return Some(value.clone());
    }
    let times = usize::try_from(times).ok().filter(|&times| times <= limit / len)?;
    Some(match value {
        Const::Str(text) => Const::Str(Text(Rc::from(text.0.repeat(times)))),
        Const::Bytes(bytes) => Const::Bytes(Rc::from(bytes.repeat(times))),
        Const::Tuple(items) => {
            if let Some(limit) = MAX_TOTAL_ITEMS.checked_div(times) {
                remaining_items(value, limit)?;
            }
            Const::Tuple(std::iter::repeat_n(items, times).flat_map(|items| items.iter().cloned()).collect())
        }
        _ => return None,
    })
}

/// What is left of `limit` after the items of a tuple and of the tuples in it.
fn remaining_items(value: &Const, limit: usize) -> Option<usize> {
    let Const::Tuple(items) = value else { return Some(limit) };
    items.iter().try_fold(limit.checked_sub(items.len())?, |limit, item| remaining_items(item, limit))
}

/// `value[index]`.
pub fn item(value: &Const, index: &Const) -> Option<Const> {
    match value {
        Const::Str(text) => {
            let bounds = boundaries(&text.0);
            let places = places(index, bounds.len() - 1)?;
            let piece = |place: usize| text.0.get(*bounds.get(place)?..*bounds.get(place + 1)?);
            let pieces: Option<Vec<&[u8]>> = places.indices().map(piece).collect();
            Some(Const::Str(Text(Rc::from(pieces?.concat()))))
        }
        Const::Bytes(bytes) => match places(index, bytes.len())? {
            Places::One(place) => Some(super::int(i64::from(*bytes.get(place)?))),
            places => {
                let selected: Option<Vec<u8>> = places.indices().map(|place| bytes.get(place).copied()).collect();
                Some(Const::Bytes(Rc::from(selected?)))
            }
        },
        Const::Tuple(items) => match places(index, items.len())? {
            Places::One(place) => items.get(place).cloned(),
            places => {
                let selected: Option<Vec<Const>> = places.indices().map(|place| items.get(place).cloned()).collect();
                Some(Const::Tuple(Rc::from(selected?)))
            }
        },
        _ => None,
    }
}

/// What an index or slice selects.
enum Places {
    One(usize),
    Many { start: i64, step: i64, count: i64 },
}

impl Places {
    fn indices(self) -> impl Iterator<Item = usize> {
        let (start, step, count) = match self {
            Places::One(place) => (place as i64, 1, 1),
            Places::Many { start, step, count } => (start, step, count),
        };
        (0..count).map(move |nth| (start + nth * step) as usize)
    }
}

/// The places that `index` selects among `len`; `None` if it raises.
fn places(index: &Const, len: usize) -> Option<Places> {
    let len = i64::try_from(len).ok()?;
    if let Const::Slice(parts) = index {
        return slice(parts, len);
    }
    let Some(Number::Int(index, _)) = Number::of(index) else { return None };
    let index = index.to_i64()?;
    let index = if index < 0 { index.checked_add(len)? } else { index };
    (0..len).contains(&index).then_some(Places::One(index as usize))
}

fn slice([start, stop, step]: &[Const; 3], len: i64) -> Option<Places> {
    // `Some(None)` for a bound that is left out; bounds that are too large count as the largest.
    let bound = |value: &Const| match value {
        Const::None => Some(None),
        value => match Number::of(value) {
            Some(Number::Int(int, _)) => {
                let clamped = if int.negative { i64::MIN + 1 } else { i64::MAX };
                Some(Some(int.to_i64().unwrap_or(clamped).max(i64::MIN + 1)))
            }
            _ => None,
        },
    };
    let step = bound(step)?.unwrap_or(1);
    if step == 0 {
        return None;
    }
    let (lowest, highest) = if step < 0 { (-1, len - 1) } else { (0, len) };
    let place = |value: Option<i64>, default: i64| match value {
        None => default,
        Some(value) if value < 0 => value.saturating_add(len).max(lowest),
        Some(value) => value.min(highest),
    };
    let start = place(bound(start)?, if step < 0 { highest } else { lowest });
    let stop = place(bound(stop)?, if step < 0 { lowest } else { highest });
    let count = if step < 0 && stop < start {
        (start - stop - 1) / -step + 1
    } else if step > 0 && start < stop {
        (stop - start - 1) / step + 1
    } else {
        0
    };
    Some(Places::Many { start, step, count })
}
