//! `list.sort`: a stable merge sort that takes runs as they are, merged by the powersort policy
//! (Munro and Wild, "Nearly-Optimal Mergesorts", 2018), with binary insertion for short runs.

use crate::list::List;
use crate::object::{Obj, Object};
use crate::{Float, Int, PyResult, Str, Thread};

/// How two keys are compared: by type if all are of one known type.
#[derive(Clone, Copy)]
enum Less {
    Int,
    Float,
    AsciiText,
    Any,
}

struct Item {
    key: Obj,
    value: Option<Obj>,
}

impl Less {
    fn choose(items: &[Item]) -> Less {
        let all = |test: fn(&Object) -> bool| items.iter().all(|item| test(&item.key));
        match items.first() {
            Some(first) if first.key.is_exact::<Int>() => {
                if all(|k| k.exact::<Int>().is_some_and(Int::is_compact)) {
                    Less::Int
                } else {
                    Less::Any
                }
            }
            Some(first) if first.key.is_exact::<Float>() => {
                if all(|k| k.is_exact::<Float>()) {
                    Less::Float
                } else {
                    Less::Any
                }
            }
            Some(first) if first.key.is_exact::<Str>() => {
                if all(|k| k.exact::<Str>().is_some_and(Str::is_ascii)) {
                    Less::AsciiText
                } else {
                    Less::Any
                }
            }
            _ => Less::Any,
        }
    }

    #[inline]
    fn less(self, thread: &Thread, a: &Item, b: &Item) -> PyResult<bool> {
        // SAFETY: `choose` checked all keys.
        unsafe {
            Ok(match self {
                Less::Int => (*a.key).cast_unchecked::<Int>().compact_value() < (*b.key).cast_unchecked::<Int>().compact_value(),
                Less::Float => (*a.key).cast_unchecked::<Float>().value() < (*b.key).cast_unchecked::<Float>().value(),
                Less::AsciiText => (*a.key).cast_unchecked::<Str>().ascii_text() < (*b.key).cast_unchecked::<Str>().ascii_text(),
                Less::Any => return a.key.richcompare(thread, &b.key, crate::CompareOp::Lt)?.is_true(thread),
            })
        }
    }
}

pub fn sort(thread: &Thread, list: &List, key: Option<&Object>, reverse: bool) -> PyResult<()> {
    // The list is empty meanwhile, so that changes are noticed.
    let values = list.take_all();
    let mut items = Vec::with_capacity(values.len());
    let mut failed = None;
    let mut values = values.into_iter();
    for value in values.by_ref() {
        match key {
            None => items.push(Item { key: value, value: None }),
            Some(function) => match function.call(thread, &[&value]) {
                Ok(key) => items.push(Item { key, value: Some(value) }),
                Err(raised) => {
                    failed = Some(raised);
                    items.push(Item { key: value, value: None });
                    break;
                }
            },
        }
    }
    let rest: Vec<Obj> = values.collect();
    let result = match failed {
        Some(raised) => Err(raised),
        None => {
            if reverse {
                items.reverse();
            }
            let less = Less::choose(&items);
            let sorted = merge_sort(thread, &mut items, less);
            if reverse {
                items.reverse();
            }
            sorted
        }
    };
    let mut all: Vec<Obj> = items.into_iter().map(|item| item.value.unwrap_or(item.key)).collect();
    all.extend(rest);
    let changed = list.len() > 0 || !list.items_ptr().is_null();
    let intruders = list.take_all();
    let back = list.extend_vec(thread, all);
    drop(intruders);
    result?;
    back?;
    if changed {
        return Err(thread.value_error("list modified during sort"));
    }
    Ok(())
}

/// The least run length so that the number of runs is a power of two or a little less.
fn least_run(mut length: usize) -> usize {
    let mut odd = 0;
    while length >= 64 {
        odd |= length & 1;
        length >>= 1;
    }
    length + odd
}

/// The power of the boundary between two neighbouring runs (see the paper).
fn node_power(start: usize, first: usize, second: usize, length: usize) -> u32 {
    let (mut a, mut b) = (2 * start + first, 2 * start + 2 * first + second);
    let mut power = 0;
    loop {
        power += 1;
        if a >= length {
            a -= length;
            b -= length;
        } else if b >= length {
            return power;
        }
        a <<= 1;
        b <<= 1;
    }
}

fn merge_sort(thread: &Thread, items: &mut [Item], less: Less) -> PyResult<()> {
    let length = items.len();
    if length < 2 {
        return Ok(());
    }
    let least = least_run(length);
    let mut runs: Vec<(usize, usize, u32)> = Vec::new();
    let mut start = 0;
    while start < length {
        let mut run = count_run(thread, &mut items[start..], less)?;
        if run < least {
            let end = (start + least).min(length);
            insertion(thread, &mut items[start..end], run, less)?;
            run = end - start;
        }
        if let Some(&(last_start, last_length, _)) = runs.last() {
            let power = node_power(last_start, last_length, run, length);
            while runs.len() > 1 && runs[runs.len() - 2].2 > power {
                merge_top(thread, items, &mut runs, less)?;
            }
            if let Some(last) = runs.last_mut() {
                last.2 = power;
            }
        }
        runs.push((start, run, 0));
        start += run;
    }
    while runs.len() > 1 {
        merge_top(thread, items, &mut runs, less)?;
    }
    Ok(())
}

/// The length of the run at the start, made ascending.
fn count_run(thread: &Thread, items: &mut [Item], less: Less) -> PyResult<usize> {
    if items.len() < 2 {
        return Ok(items.len());
    }
    let mut run = 2;
    if less.less(thread, &items[1], &items[0])? {
        while run < items.len() && less.less(thread, &items[run], &items[run - 1])? {
            run += 1;
        }
        items[..run].reverse();
    } else {
        while run < items.len() && !less.less(thread, &items[run], &items[run - 1])? {
            run += 1;
        }
    }
    Ok(run)
}

/// Binary insertion of everything from `sorted` on.
fn insertion(thread: &Thread, items: &mut [Item], sorted: usize, less: Less) -> PyResult<()> {
    for at in sorted.max(1)..items.len() {
        let (mut low, mut high) = (0, at);
        while low < high {
            let middle = low + (high - low) / 2;
            if less.less(thread, &items[at], &items[middle])? {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        items[low..=at].rotate_right(1);
    }
    Ok(())
}

fn merge_top(thread: &Thread, items: &mut [Item], runs: &mut Vec<(usize, usize, u32)>, less: Less) -> PyResult<()> {
    let Some((second_start, second, power)) = runs.pop() else { return Ok(()) };
    let Some(first) = runs.last_mut() else { return Ok(()) };
    let start = first.0;
    let middle = second_start - start;
    first.1 += second;
    first.2 = power;
    merge(thread, &mut items[start..second_start + second], middle, less)
}

/// Merge two sorted neighbours.
fn merge(thread: &Thread, items: &mut [Item], middle: usize, less: Less) -> PyResult<()> {
    // What is in place already needs no move.
    let skip = upper_bound(thread, &items[..middle], &items[middle], less)?;
    if skip == middle {
        return Ok(());
    }
    let end = middle + lower_bound(thread, &items[middle..], &items[middle - 1], less)?;
    let mut order: Vec<usize> = Vec::with_capacity(end - skip);
    let (mut a, mut b) = (skip, middle);
    let mut result = Ok(());
    while a < middle && b < end {
        match less.less(thread, &items[b], &items[a]) {
            Ok(true) => {
                order.push(b);
                b += 1;
            }
            Ok(false) => {
                order.push(a);
                a += 1;
            }
            Err(raised) => {
                result = Err(raised);
                break;
            }
        }
    }
    order.extend(a..middle);
    order.extend(b..end);
    // Nothing runs from here on: move the items into the order found.
    let mut moved: Vec<Option<Item>> = Vec::with_capacity(order.len());
    for slot in &mut items[skip..end] {
        let placeholder = Item { key: crate::none(), value: None };
        moved.push(Some(std::mem::replace(slot, placeholder)));
    }
    for (slot, from) in items[skip..end].iter_mut().zip(order) {
        if let Some(item) = moved.get_mut(from - skip).and_then(Option::take) {
            *slot = item;
        }
    }
    result
}

/// The first position whose item is greater than `item`.
fn upper_bound(thread: &Thread, items: &[Item], item: &Item, less: Less) -> PyResult<usize> {
    let (mut low, mut high) = (0, items.len());
    while low < high {
        let middle = low + (high - low) / 2;
        if less.less(thread, item, &items[middle])? {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(low)
}

/// The first position whose item is not less than `item`.
fn lower_bound(thread: &Thread, items: &[Item], item: &Item, less: Less) -> PyResult<usize> {
    let (mut low, mut high) = (0, items.len());
    while low < high {
        let middle = low + (high - low) / 2;
        if less.less(thread, &items[middle], item)? {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}
