//! What can come next.
//!
//! Much of a backtracking matcher's work is to enter code that fails at its first character. For every place where the
//! machine chooses, this works out once which characters the code behind can start with, so that the choice is made by
//! one look at the text. The answer is a superset: where it cannot be known, there is no filter.

use crate::characters::{LocaleTables, ascii_tolower, is_linebreak, unicode_tolower};
use crate::charset::Charset;
use crate::constants::op;

/// The characters that some code can start with; it matches at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Filter {
    bitmap: [u32; 8],
    /// Whether characters from 256 on can start it.
    wide: bool,
}

impl Filter {
    const NOTHING: Filter = Filter { bitmap: [0; 8], wide: false };

    fn of(wide: bool, test: impl Fn(u32) -> bool) -> Filter {
        let mut filter = Filter { bitmap: [0; 8], wide };
        for c in (0..256).filter(|&c| test(c)) {
            filter.bitmap[c as usize / 32] |= 1 << (c % 32);
        }
        filter
    }

    fn union(self, other: Filter) -> Filter {
        Filter { bitmap: std::array::from_fn(|index| self.bitmap[index] | other.bitmap[index]), wide: self.wide || other.wide }
    }

    /// Whether `c` can start it.
    #[inline]
    pub(crate) fn admits(&self, c: u32) -> bool {
        if c < 256 { self.bitmap[c as usize / 32] >> (c % 32) & 1 != 0 } else { self.wide }
    }

    /// Whether every character can start it, so that asking is idle.
    fn is_idle(&self) -> bool {
        self.wide && self.bitmap.iter().map(|bits| bits.count_ones()).sum::<u32>() > 250
    }

    /// The one-byte characters, if there are at most three.
    pub(crate) fn few_bytes(&self) -> Option<Vec<u8>> {
        let bytes: Vec<u8> = (0..=255).filter(|&c| self.admits(c as u32)).take(4).collect();
        (bytes.len() <= 3).then_some(bytes)
    }
}

/// The filters of a pattern.
#[derive(Debug)]
pub(crate) struct Filters {
    filters: Vec<Filter>,
    /// For each word of the code, one more than the number of the filter for the choice there; or 0.
    notes: Box<[u32]>,
}

impl Filters {
    /// Whether the choice noted at `place` can match where `c` is next.
    #[inline]
    pub(crate) fn admits(&self, place: usize, c: Option<u32>) -> bool {
        let note = self.notes[place];
        if note == 0 {
            return true;
        }
        c.is_some_and(|c| self.filters[note as usize - 1].admits(c))
    }

    /// The filter noted at `place`.
    #[inline]
    pub(crate) fn get(&self, place: usize) -> Option<&Filter> {
        self.filters.get((self.notes[place] as usize).wrapping_sub(1))
    }

    /// Works out the filters for the choices at `places`: where the note goes, and where the code in question starts.
    pub(crate) fn new(code: &[u32], sets: &[Charset], places: &[(usize, usize)]) -> Filters {
        let mut out = Filters { filters: Vec::new(), notes: vec![0; code.len()].into() };
        for &(place, start) in places {
            let Some(filter) = first(code, sets, start) else {
                continue;
            };
            if filter.is_idle() {
                continue;
            }
            // Neighbours often are alike.
            if out.filters.last() != Some(&filter) {
                out.filters.push(filter);
            }
            out.notes[place] = out.filters.len() as u32;
        }
        out
    }
}

/// Operations looked at for one filter, and branches within branches.
const STEPS: u32 = 300;
const DEPTH: u32 = 10;

/// What the code at `start` can start with; `None` if it may match nothing, or it is not known.
pub(crate) fn first(code: &[u32], sets: &[Charset], start: usize) -> Option<Filter> {
    walk(code, sets, start, &mut { STEPS }, DEPTH)
}

fn walk(code: &[u32], sets: &[Charset], start: usize, steps: &mut u32, depth: u32) -> Option<Filter> {
    let mut pc = start;
    let depth = depth.checked_sub(1)?;
    loop {
        *steps = steps.checked_sub(1)?;
        let operand = pc + 1;
        let word = |index: usize| code.get(operand + index).map(|&word| word as usize);
        pc = match *code.get(pc)? {
            op::MARK | op::AT => operand + 1,
            // What is looked at ahead or behind takes nothing away from what must follow.
            op::ASSERT | op::ASSERT_NOT | op::INFO | op::JUMP => operand + word(0)?,
            op::BRANCH => {
                let mut all = Filter::NOTHING;
                let mut alternative = operand;
                while let skip @ 1.. = *code.get(alternative)? as usize {
                    all = all.union(walk(code, sets, alternative + 1, steps, depth)?);
                    alternative += skip;
                }
                return Some(all);
            }
            op::REPEAT_ONE | op::MIN_REPEAT_ONE | op::POSSESSIVE_REPEAT_ONE => {
                let item = unit(code, sets, operand + 3)?;
                if word(1)? > 0 {
                    return Some(item);
                }
                return Some(item.union(walk(code, sets, operand + word(0)?, steps, depth)?));
            }
            op::REPEAT | op::POSSESSIVE_REPEAT => {
                let body = walk(code, sets, operand + 3, steps, depth)?;
                if word(1)? > 0 {
                    return Some(body);
                }
                return Some(body.union(walk(code, sets, operand + word(0)? + 1, steps, depth)?));
            }
            op::ATOMIC_GROUP => operand + 1,
            // The end, the end of a repetition's body, a reference: it may match nothing.
            op::SUCCESS
            | op::MAX_UNTIL
            | op::MIN_UNTIL
            | op::GROUPREF
            | op::GROUPREF_IGNORE
            | op::GROUPREF_UNI_IGNORE
            | op::GROUPREF_LOC_IGNORE
            | op::GROUPREF_EXISTS => return None,
            _ => return unit(code, sets, pc),
        }
    }
}

/// The filter for an operation that looks at one character.
fn unit(code: &[u32], sets: &[Charset], pc: usize) -> Option<Filter> {
    let operand = code.get(pc + 1).copied().unwrap_or(0);
    Some(match code[pc] {
        op::FAILURE => Filter::NOTHING,
        op::ANY_ALL => Filter::of(true, |_| true),
        op::ANY => Filter::of(true, |c| !is_linebreak(c)),
        op::LITERAL => Filter::of(operand >= 256, |c| c == operand),
        op::NOT_LITERAL => Filter::of(true, |c| c != operand),
        op::LITERAL_IGNORE => Filter::of(false, |c| ascii_tolower(c) == operand),
        op::LITERAL_UNI_IGNORE => Filter::of(true, |c| unicode_tolower(c) == operand),
        op::NOT_LITERAL_IGNORE | op::NOT_LITERAL_UNI_IGNORE => return None,
        op::IN | op::IN_IGNORE | op::IN_UNI_IGNORE => {
            let set = sets.get(*code.get(pc + 2)? as usize)?;
            if set.depends_on_locale() {
                return None;
            }
            let locale = LocaleTables::c();
            Filter::of(true, |c| set.contains(c, &locale))
        }
        // Categories by themselves are rare; the others hang on the locale.
        _ => return None,
    })
}
