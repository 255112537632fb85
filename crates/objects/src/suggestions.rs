//! "Did you mean": the nearest of some names, by the weighted edit distance that CPython uses.

/// More candidates than this are not searched.
const MOST_CANDIDATES: usize = 750;
/// Longer names (without what both have at their ends) are never similar.
const LONGEST: usize = 40;
const MOVE_COST: usize = 2;
const CASE_COST: usize = 1;

fn substitution_cost(a: u8, b: u8) -> usize {
    if a == b {
        0
    } else if a.eq_ignore_ascii_case(&b) {
        CASE_COST
    } else {
        MOVE_COST
    }
}

/// The edit distance of two names, or more than `most` if it is greater than that.
fn distance(a: &[u8], b: &[u8], most: usize) -> usize {
    let prefix = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[prefix..], &b[prefix..]);
    let suffix = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - suffix], &b[..b.len() - suffix]);
    if a.is_empty() || b.is_empty() {
        return (a.len() + b.len()) * MOVE_COST;
    }
    if a.len() > LONGEST || b.len() > LONGEST {
        return most + 1;
    }
    let (short, long) = if b.len() < a.len() { (b, a) } else { (a, b) };
    if (long.len() - short.len()) * MOVE_COST > most {
        return most + 1;
    }
    let mut row = [0usize; LONGEST];
    for (at, cell) in row.iter_mut().enumerate() {
        *cell = (at + 1) * MOVE_COST;
    }
    let mut result = 0;
    for (position, &code) in long.iter().enumerate() {
        let mut diagonal = position * MOVE_COST;
        result = diagonal;
        let mut least = usize::MAX;
        for (cell, &other) in row.iter_mut().zip(short) {
            let substitute = diagonal + substitution_cost(code, other);
            diagonal = *cell;
            result = substitute.min(result.min(diagonal) + MOVE_COST);
            *cell = result;
            least = least.min(result);
        }
        if least > most {
            return most + 1;
        }
    }
    result
}

/// The candidate that `name` was most likely meant to be.
pub fn nearest<'a>(name: &str, candidates: impl ExactSizeIterator<Item = &'a str>) -> Option<&'a str> {
    if candidates.len() >= MOST_CANDIDATES {
        return None;
    }
    let mut best: Option<(&'a str, usize)> = None;
    for candidate in candidates {
        if candidate == name {
            continue;
        }
        let mut most = (name.len() + candidate.len() + 3) * MOVE_COST / 6;
        if let Some((_, so_far)) = best {
            most = most.min(so_far.saturating_sub(1));
        }
        let found = distance(name.as_bytes(), candidate.as_bytes(), most);
        if found <= most {
            best = Some((candidate, found));
        }
    }
    best.map(|(candidate, _)| candidate)
}
