//! `_bisect`: searching and inserting in sorted sequences.

use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::{Int, List, Object, PyResult, Thread, intern};

pymodule!(
    name = "_bisect",
    doc = "Bisection algorithms.\n\nThis module provides support for maintaining a list in sorted order without\nhaving to sort the list after each insertion. For long lists of items with\nexpensive comparison operations, this can be an improvement over the more\ncommon approach.\n",
    functions = [bisect_right, insort_right, bisect_left, insort_left]
);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

struct Search<'a> {
    lo: isize,
    hi: Option<&'a Object>,
    key: Option<&'a Object>,
    side: Side,
}

/// Where `item` (which is a key already, if there is a key function) goes.
fn search(thread: &Thread, list: &Object, item: &Object, search: &Search<'_>) -> PyResult<usize> {
    if search.lo < 0 {
        return Err(thread.value_error("lo must be non-negative"));
    }
    let mut lo = search.lo as usize;
    let mut hi = match search.hi.filter(|hi| !hi.is_none()) {
        Some(hi) => hi.as_isize(thread)?.max(0) as usize,
        None => list.len(thread)?,
    };
    while lo < hi {
        let middle = lo + (hi - lo) / 2;
        let mut probe = match list.exact::<List>().and_then(|list| list.get(middle)) {
            Some(probe) => probe,
            None => list.sequence_item(thread, middle as isize)?,
        };
        if let Some(key) = search.key {
            probe = key.call(thread, &[&probe])?;
        }
        let above = match search.side {
            Side::Right => item.lt(thread, &probe)?,
            Side::Left => !probe.lt(thread, item)?,
        };
        if above { hi = middle } else { lo = middle + 1 }
    }
    Ok(lo)
}

fn insert(thread: &Thread, list: &Object, item: &Object, wanted: &Search<'_>) -> PyResult<()> {
    let at = match wanted.key {
        None => search(thread, list, item, wanted)?,
        Some(key) => search(thread, list, &*key.call(thread, &[item])?, wanted)?,
    };
    match list.exact::<List>() {
        Some(list) => list.insert(thread, at, item.own()),
        None => list.call_method(thread, intern!("insert"), &[&Int::from(at as i64), item]).map(drop),
    }
}

fn wanted<'a>(lo: isize, hi: Option<&'a Object>, key: Option<&'a Object>, side: Side) -> Search<'a> {
    Search { lo, hi, key: key.filter(|key| !key.is_none()), side }
}

/// Return the index where to insert item x in list a, assuming a is sorted.
///
/// The return value i is such that all e in a[:i] have e <= x, and all e in
/// a[i:] have e > x.  So if x already appears in the list, a.insert(i, x) will
/// insert just after the rightmost x already there.
///
/// Optional args lo (default 0) and hi (default len(a)) bound the
/// slice of a to be searched.
///
/// A custom key function can be supplied to customize the sort order.
#[pyfunction(sig = "(a, x, lo=0, hi=None, *, key=None)")]
pub fn bisect_right(thread: &Thread, a: &Object, x: &Object, lo: isize, hi: Option<&Object>, key: Option<&Object>) -> PyResult<usize> {
    search(thread, a, x, &wanted(lo, hi, key, Side::Right))
}

/// Insert item x in list a, and keep it sorted assuming a is sorted.
///
/// If x is already in a, insert it to the right of the rightmost x.
///
/// Optional args lo (default 0) and hi (default len(a)) bound the
/// slice of a to be searched.
///
/// A custom key function can be supplied to customize the sort order.
#[pyfunction(sig = "(a, x, lo=0, hi=None, *, key=None)")]
pub fn insort_right(thread: &Thread, a: &Object, x: &Object, lo: isize, hi: Option<&Object>, key: Option<&Object>) -> PyResult<()> {
    insert(thread, a, x, &wanted(lo, hi, key, Side::Right))
}

/// Return the index where to insert item x in list a, assuming a is sorted.
///
/// The return value i is such that all e in a[:i] have e < x, and all e in
/// a[i:] have e >= x.  So if x already appears in the list, a.insert(i, x) will
/// insert just before the leftmost x already there.
///
/// Optional args lo (default 0) and hi (default len(a)) bound the
/// slice of a to be searched.
///
/// A custom key function can be supplied to customize the sort order.
#[pyfunction(sig = "(a, x, lo=0, hi=None, *, key=None)")]
pub fn bisect_left(thread: &Thread, a: &Object, x: &Object, lo: isize, hi: Option<&Object>, key: Option<&Object>) -> PyResult<usize> {
    search(thread, a, x, &wanted(lo, hi, key, Side::Left))
}

/// Insert item x in list a, and keep it sorted assuming a is sorted.
///
/// If x is already in a, insert it to the left of the leftmost x.
///
/// Optional args lo (default 0) and hi (default len(a)) bound the
/// slice of a to be searched.
///
/// A custom key function can be supplied to customize the sort order.
#[pyfunction(sig = "(a, x, lo=0, hi=None, *, key=None)")]
pub fn insort_left(thread: &Thread, a: &Object, x: &Object, lo: isize, hi: Option<&Object>, key: Option<&Object>) -> PyResult<()> {
    insert(thread, a, x, &wanted(lo, hi, key, Side::Left))
}
