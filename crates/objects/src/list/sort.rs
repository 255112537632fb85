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
    let mut merger = Merger { thread, less, min_gallop: MIN_GALLOP };
    let mut runs: Vec<Run> = Vec::new();
    let mut start = 0;
    while start < length {
        let mut run = merger.count_run(&mut items[start..])?;
        if run < least {
            let end = (start + least).min(length);
            merger.insertion(&mut items[start..end], run)?;
            run = end - start;
        }
        if let Some(last) = runs.last() {
            let power = node_power(last.start, last.length, run, length);
            while runs.len() > 1 && runs[runs.len() - 2].power > power {
                merger.merge_at(items, &mut runs, 2)?;
            }
            if let Some(last) = runs.last_mut() {
                last.power = power;
            }
        }
        runs.push(Run { start, length: run, power: 0 });
        start += run;
    }
    while runs.len() > 1 {
        let count = runs.len();
        let earlier = count > 2 && runs[count - 3].length < runs[count - 1].length;
        merger.merge_at(items, &mut runs, if earlier { 3 } else { 2 })?;
    }
    Ok(())
}

/// A sorted stretch; `power` is that of the boundary behind it.
struct Run {
    start: usize,
    length: usize,
    power: u32,
}

/// So often in a row must one run win before a merge leaps.
const MIN_GALLOP: usize = 7;

/// What merges need to know. The order and number of comparisons are CPython's, which programs can observe.
struct Merger<'a> {
    thread: &'a Thread,
    less: Less,
    /// Adapts to the data: lower where leaping pays.
    min_gallop: usize,
}

impl Merger<'_> {
    #[inline]
    fn lt(&self, a: &Item, b: &Item) -> PyResult<bool> {
        self.less.less(self.thread, a, b)
    }

    /// The length of the run at the start, made ascending. Equal items may stand in a descending run: they are
    /// turned first, so that turning the run puts them back.
    fn count_run(&self, items: &mut [Item]) -> PyResult<usize> {
        let length = items.len();
        let mut n = 1;
        while n < length && !self.lt(&items[n], &items[n - 1])? {
            n += 1;
        }
        if n >= length {
            return Ok(length);
        }
        if n > 1 {
            if self.lt(&items[0], &items[n - 1])? {
                return Ok(n);
            }
            // All equal so far.
            items[..n].reverse();
        }
        n += 1;
        let mut equal = 0;
        let mut failed = None;
        while n < length {
            match self.lt(&items[n], &items[n - 1]) {
                Ok(true) => {
                    if equal > 0 {
                        items[n - equal - 1..n].reverse();
                        equal = 0;
                    }
                }
                Ok(false) => match self.lt(&items[n - 1], &items[n]) {
                    Ok(true) => break,
                    Ok(false) => equal += 1,
                    Err(raised) => failed = Some(raised),
                },
                Err(raised) => failed = Some(raised),
            }
            if let Some(raised) = failed {
                return Err(raised);
            }
            n += 1;
        }
        if equal > 0 {
            items[n - equal - 1..n].reverse();
        }
        items[..n].reverse();
        while n < length && !self.lt(&items[n], &items[n - 1])? {
            n += 1;
        }
        Ok(n)
    }

    /// Binary insertion of everything from `sorted` on.
    fn insertion(&self, items: &mut [Item], sorted: usize) -> PyResult<()> {
        for at in sorted.max(1)..items.len() {
            let (mut low, mut high) = (0, at);
            while low < high {
                let middle = low + (high - low) / 2;
                if self.lt(&items[at], &items[middle])? {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            items[low..=at].rotate_right(1);
        }
        Ok(())
    }

    /// Merge the run `from_top` from the end with the one behind it.
    fn merge_at(&mut self, items: &mut [Item], runs: &mut Vec<Run>, from_top: usize) -> PyResult<()> {
        let at = runs.len() - from_top;
        let second = runs.remove(at + 1);
        let first = &mut runs[at];
        let middle = first.length;
        first.length += second.length;
        first.power = second.power;
        self.merge(&mut items[first.start..second.start + second.length], middle)
    }

    /// The first position of `items` whose item is not less than `key`, searched from `hint` on in leaps.
    fn gallop_left(&self, key: &Item, items: &[Item], hint: usize) -> PyResult<usize> {
        let (mut last, mut offset) = (0, 1);
        let (mut low, mut high) = if self.lt(&items[hint], key)? {
            let most = items.len() - hint;
            while offset < most && self.lt(&items[hint + offset], key)? {
                last = offset;
                offset = 2 * offset + 1;
            }
            (hint + last + 1, hint + offset.min(most))
        } else {
            let most = hint + 1;
            while offset < most && !self.lt(&items[hint - offset], key)? {
                last = offset;
                offset = 2 * offset + 1;
            }
            (hint + 1 - offset.min(most), hint - last)
        };
        while low < high {
            let middle = low + (high - low) / 2;
            if self.lt(&items[middle], key)? {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(high)
    }

    /// The first position of `items` whose item is greater than `key`, searched from `hint` on in leaps.
    fn gallop_right(&self, key: &Item, items: &[Item], hint: usize) -> PyResult<usize> {
        let (mut last, mut offset) = (0, 1);
        let (mut low, mut high) = if self.lt(key, &items[hint])? {
            let most = hint + 1;
            while offset < most && self.lt(key, &items[hint - offset])? {
                last = offset;
                offset = 2 * offset + 1;
            }
            (hint + 1 - offset.min(most), hint - last)
        } else {
            let most = items.len() - hint;
            while offset < most && !self.lt(key, &items[hint + offset])? {
                last = offset;
                offset = 2 * offset + 1;
            }
            (hint + last + 1, hint + offset.min(most))
        };
        while low < high {
            let middle = low + (high - low) / 2;
            if self.lt(key, &items[middle])? {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok(high)
    }

    /// Merge two sorted neighbours. Items stay in place while they are compared; `order` says where they go.
    fn merge(&mut self, items: &mut [Item], middle: usize) -> PyResult<()> {
        // What is in place already needs no move.
        let skip = self.gallop_right(&items[middle], &items[..middle], 0)?;
        if skip == middle {
            return Ok(());
        }
        let second = items.len() - middle;
        let end = middle + self.gallop_left(&items[middle - 1], &items[middle..], second - 1)?;
        if end == middle {
            return Ok(());
        }
        let mut order: Vec<usize> = Vec::with_capacity(end - skip);
        let result = if middle - skip <= end - middle {
            let (mut a, mut b) = (skip, middle);
            let result = self.merge_low(items, &mut a, middle, &mut b, end, &mut order);
            order.extend(a..middle);
            order.extend(b..end);
            result
        } else {
            let (mut a, mut b) = (middle, end);
            let result = self.merge_high(items, skip, &mut a, middle, &mut b, &mut order);
            order.extend((middle..b).rev());
            order.extend((skip..a).rev());
            order.reverse();
            result
        };
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

    /// Merge from the left: `a` up to `middle` with `b` up to `end`. Ends with the last of the first run, which is
    /// the greatest, or the second run used up; the caller adds what is left.
    fn merge_low(
        &mut self,
        items: &[Item],
        a: &mut usize,
        middle: usize,
        b: &mut usize,
        end: usize,
        order: &mut Vec<usize>,
    ) -> PyResult<()> {
        fn take(order: &mut Vec<usize>, at: &mut usize, count: usize) {
            order.extend(*at..*at + count);
            *at += count;
        }
        // The last item of the first run belongs at the end.
        let copy_second = |order: &mut Vec<usize>, b: &mut usize| take(order, b, end - *b);
        take(order, b, 1);
        if *b == end {
            return Ok(());
        }
        if middle - *a == 1 {
            copy_second(order, b);
            return Ok(());
        }
        let mut min_gallop = self.min_gallop;
        loop {
            let (mut wins_a, mut wins_b) = (0, 0);
            loop {
                if self.lt(&items[*b], &items[*a])? {
                    take(order, b, 1);
                    (wins_a, wins_b) = (0, wins_b + 1);
                    if *b == end {
                        return Ok(());
                    }
                    if wins_b >= min_gallop {
                        break;
                    }
                } else {
                    take(order, a, 1);
                    (wins_a, wins_b) = (wins_a + 1, 0);
                    if middle - *a == 1 {
                        copy_second(order, b);
                        return Ok(());
                    }
                    if wins_a >= min_gallop {
                        break;
                    }
                }
            }
            min_gallop += 1;
            loop {
                min_gallop -= (min_gallop > 1) as usize;
                self.min_gallop = min_gallop;
                wins_a = self.gallop_right(&items[*b], &items[*a..middle], 0)?;
                take(order, a, wins_a);
                match middle - *a {
                    1 if wins_a > 0 => {
                        copy_second(order, b);
                        return Ok(());
                    }
                    0 => return Ok(()),
                    _ => {}
                }
                take(order, b, 1);
                if *b == end {
                    return Ok(());
                }
                wins_b = self.gallop_left(&items[*a], &items[*b..end], 0)?;
                take(order, b, wins_b);
                if *b == end {
                    return Ok(());
                }
                take(order, a, 1);
                if middle - *a == 1 {
                    copy_second(order, b);
                    return Ok(());
                }
                if wins_a < MIN_GALLOP && wins_b < MIN_GALLOP {
                    break;
                }
            }
            // Leaving the leaps has its price.
            min_gallop += 1;
            self.min_gallop = min_gallop;
        }
    }

    /// Merge from the right: what is left of `a` above `start` and of `b` above `middle`; `order` is backwards.
    fn merge_high(
        &mut self,
        items: &[Item],
        start: usize,
        a: &mut usize,
        middle: usize,
        b: &mut usize,
        order: &mut Vec<usize>,
    ) -> PyResult<()> {
        fn take(order: &mut Vec<usize>, end: &mut usize, count: usize) {
            order.extend((*end - count..*end).rev());
            *end -= count;
        }
        // The first item of the second run belongs at the front.
        let copy_first = |order: &mut Vec<usize>, a: &mut usize| take(order, a, *a - start);
        take(order, a, 1);
        if *a == start {
            return Ok(());
        }
        if *b - middle == 1 {
            copy_first(order, a);
            return Ok(());
        }
        let mut min_gallop = self.min_gallop;
        loop {
            let (mut wins_a, mut wins_b) = (0, 0);
            loop {
                if self.lt(&items[*b - 1], &items[*a - 1])? {
                    take(order, a, 1);
                    (wins_a, wins_b) = (wins_a + 1, 0);
                    if *a == start {
                        return Ok(());
                    }
                    if wins_a >= min_gallop {
                        break;
                    }
                } else {
                    take(order, b, 1);
                    (wins_a, wins_b) = (0, wins_b + 1);
                    if *b - middle == 1 {
                        copy_first(order, a);
                        return Ok(());
                    }
                    if wins_b >= min_gallop {
                        break;
                    }
                }
            }
            min_gallop += 1;
            loop {
                min_gallop -= (min_gallop > 1) as usize;
                self.min_gallop = min_gallop;
                let left = *a - start;
                wins_a = left - self.gallop_right(&items[*b - 1], &items[start..*a], left - 1)?;
                take(order, a, wins_a);
                if *a == start {
                    return Ok(());
                }
                take(order, b, 1);
                if *b - middle == 1 {
                    copy_first(order, a);
                    return Ok(());
                }
                let left = *b - middle;
                wins_b = left - self.gallop_left(&items[*a - 1], &items[middle..*b], left - 1)?;
                take(order, b, wins_b);
                match *b - middle {
                    1 if wins_b > 0 => {
                        copy_first(order, a);
                        return Ok(());
                    }
                    0 => return Ok(()),
                    _ => {}
                }
                take(order, a, 1);
                if *a == start {
                    return Ok(());
                }
                if wins_a < MIN_GALLOP && wins_b < MIN_GALLOP {
                    break;
                }
            }
            min_gallop += 1;
            self.min_gallop = min_gallop;
        }
    }
}
