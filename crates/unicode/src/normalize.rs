//! The four normalization forms.

use crate::database::{Version, decomposition, record};
use crate::tables::decomposition::{COMPOSITIONS, OLD_CORRECTIONS};

/// A normalization form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Canonical decomposition.
    Nfd,
    /// Compatibility decomposition.
    Nfkd,
    /// Canonical decomposition, then composition.
    Nfc,
    /// Compatibility decomposition, then composition.
    Nfkc,
}

impl Form {
    /// The form of that name.
    pub fn from_name(name: &str) -> Option<Form> {
        Some(match name {
            "NFD" => Form::Nfd,
            "NFKD" => Form::Nfkd,
            "NFC" => Form::Nfc,
            "NFKC" => Form::Nfkc,
            _ => return None,
        })
    }

    fn is_compatibility(self) -> bool {
        matches!(self, Form::Nfkd | Form::Nfkc)
    }

    fn composes(self) -> bool {
        matches!(self, Form::Nfc | Form::Nfkc)
    }
}

/// What looking at each character by itself tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuickCheck {
    /// The text is normalized.
    Yes,
    /// Normalizing will tell.
    Maybe,
    /// The text is not normalized.
    No,
}

const S_BASE: u32 = 0xac00;
const L_BASE: u32 = 0x1100;
const V_BASE: u32 = 0x1161;
const T_BASE: u32 = 0x11a7;
const L_COUNT: u32 = 19;
const V_COUNT: u32 = 21;
const T_COUNT: u32 = 28;
const S_COUNT: u32 = L_COUNT * V_COUNT * T_COUNT;

/// A Hangul syllable's lead, vowel and tail.
pub(crate) fn hangul_parts(c: u32) -> Option<(u32, u32, Option<u32>)> {
    let index = c.wrapping_sub(S_BASE);
    if index >= S_COUNT {
        return None;
    }
    let tail = index % T_COUNT;
    let lead = L_BASE + index / (V_COUNT * T_COUNT);
    let vowel = V_BASE + index % (V_COUNT * T_COUNT) / T_COUNT;
    Some((lead, vowel, (tail != 0).then_some(T_BASE + tail)))
}

/// Whether the text is in `form`, as far as can be told without normalizing it.
pub fn quick_check<T: Copy + Into<u32>>(form: Form, text: &[T]) -> QuickCheck {
    let mut result = QuickCheck::Yes;
    let mut previous = 0;
    for &c in text {
        let c = c.into();
        if c < 0x80 {
            previous = 0;
            continue;
        }
        let record = record(c);
        if record.combining != 0 && previous > record.combining {
            return QuickCheck::No;
        }
        previous = record.combining;
        match record.check >> (2 * form as u32) & 3 {
            0 => {}
            1 => return QuickCheck::No,
            _ => result = QuickCheck::Maybe,
        }
    }
    result
}

/// Whether the text is in `form` (`unicodedata.is_normalized`).
pub fn is_normalized<T: Copy + Into<u32>>(version: Version, form: Form, text: &[T]) -> bool {
    let check = if version == Version::Current { quick_check(form, text) } else { QuickCheck::Maybe };
    match check {
        QuickCheck::Yes => true,
        QuickCheck::No => false,
        QuickCheck::Maybe => {
            let normalized = normalize(version, form, text);
            normalized.len() == text.len() && normalized.iter().zip(text).all(|(&a, &b)| a == b.into())
        }
    }
}

/// The text in `form` (`unicodedata.normalize`).
pub fn normalize<T: Copy + Into<u32>>(version: Version, form: Form, text: &[T]) -> Vec<u32> {
    let decomposed = decompose(version, form.is_compatibility(), text);
    if form.composes() { compose(&decomposed) } else { decomposed }
}

fn decompose<T: Copy + Into<u32>>(version: Version, compatibility: bool, text: &[T]) -> Vec<u32> {
    let mut out: Vec<u32> = Vec::with_capacity(text.len() + text.len() / 4);
    // What is still to be taken apart, the next on top; the data never nest deeper than a few characters.
    let mut stack = Vec::with_capacity(24);
    // Where the run of combining characters at the end of `out` starts, if it is out of order.
    let mut unordered = false;
    for &c in text {
        let c = c.into();
        if c < 0x80 {
            if std::mem::take(&mut unordered) {
                reorder(&mut out);
            }
            out.push(c);
            continue;
        }
        stack.push(c);
        while let Some(c) = stack.pop() {
            if let Some((lead, vowel, tail)) = hangul_parts(c) {
                if std::mem::take(&mut unordered) {
                    reorder(&mut out);
                }
                out.extend([lead, vowel]);
                out.extend(tail);
                continue;
            }
            if version == Version::V3_2
                && let Some(correction) = OLD_CORRECTIONS.iter().find(|correction| correction.0 == c)
            {
                stack.push(correction.1);
                continue;
            }
            if version == Version::Current || version.is_assigned(c) {
                match decomposition(c) {
                    Some((tag, parts)) if compatibility || tag.is_none() => {
                        stack.extend(parts.iter().rev());
                        continue;
                    }
                    _ => {}
                }
            }
            let class = record(c).combining;
            if class == 0 {
                if std::mem::take(&mut unordered) {
                    reorder(&mut out);
                }
            } else if let Some(&last) = out.last() {
                unordered |= record(last).combining > class;
            }
            out.push(c);
        }
    }
    if unordered {
        reorder(&mut out);
    }
    out
}

/// Sorts the combining characters at the end, keeping the order of those of the same class.
fn reorder(out: &mut [u32]) {
    let run = out.iter().rev().take_while(|&&c| record(c).combining != 0).count();
    let start = out.len() - run;
    out[start..].sort_by_key(|&c| record(c).combining);
}

fn composite(first: u32, second: u32) -> Option<u32> {
    let (l, v) = (first.wrapping_sub(L_BASE), second.wrapping_sub(V_BASE));
    if l < L_COUNT && v < V_COUNT {
        return Some(S_BASE + (l * V_COUNT + v) * T_COUNT);
    }
    let (s, t) = (first.wrapping_sub(S_BASE), second.wrapping_sub(T_BASE));
    if s < S_COUNT && s.is_multiple_of(T_COUNT) && t > 0 && t < T_COUNT {
        return Some(first + t);
    }
    let place = COMPOSITIONS.binary_search_by_key(&(first, second), |&(first, second, _)| (first, second)).ok()?;
    COMPOSITIONS.get(place).map(|entry| entry.2)
}

fn compose(text: &[u32]) -> Vec<u32> {
    let mut out: Vec<u32> = Vec::with_capacity(text.len());
    // Where the last starter is in `out`, and the class of the last character kept after it.
    let mut starter = None;
    let mut last_class = 0;
    for &c in text {
        if c < 0x80 {
            starter = Some(out.len());
            last_class = 0;
            out.push(c);
            continue;
        }
        let class = record(c).combining;
        if let Some(place) = starter {
            let adjacent = place + 1 == out.len();
            let blocked = !adjacent && (last_class == 0 || last_class >= class);
            if !blocked && let Some(joined) = composite(out[place], c) {
                out[place] = joined;
                continue;
            }
        }
        if class == 0 {
            starter = Some(out.len());
        }
        last_class = class;
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let show = |form, text: &str| -> String {
            let text: Vec<u32> = text.chars().map(u32::from).collect();
            normalize(Version::Current, form, &text).into_iter().map(|c| char::from_u32(c).unwrap()).collect()
        };
        assert_eq!(show(Form::Nfd, "é"), "e\u{301}");
        assert_eq!(show(Form::Nfc, "e\u{301}"), "é");
        assert_eq!(show(Form::Nfkc, "ﬁ①"), "fi1");
        assert_eq!(show(Form::Nfd, "각"), "\u{1100}\u{1161}\u{11a8}");
        assert_eq!(show(Form::Nfc, "\u{1100}\u{1161}\u{11a8}"), "각");
        assert_eq!(show(Form::Nfc, "a\u{323}\u{307}"), "ạ\u{307}");
        assert_eq!(show(Form::Nfc, "a\u{307}\u{323}"), "ạ\u{307}");
        assert_eq!(show(Form::Nfd, "ṩ"), "s\u{323}\u{307}");
    }

    /// The sum of a hash over pairs of characters that combine in many ways.
    fn sum(version: Version, form: Form) -> u64 {
        let marks = [0x41, 0x61, 0x300, 0x301, 0x307, 0x323, 0x327, 0x345, 0x1161, 0x11a8, 0x3099, 0x9be];
        let mut total = 0u64;
        let mut normal = 0;
        for c in (0..0x110000u32).filter(|c| !(0x30000..0xe0000).contains(c)) {
            let mark = marks[c as usize % marks.len()];
            for text in [vec![c], vec![c, mark], vec![mark, c, 0x323, 0x301]] {
                let hash = normalize(version, form, &text).into_iter().fold(c as u64, |hash, c| (hash * 31 + c as u64) % 1_000_000_007);
                total += hash;
                normal += is_normalized(version, form, &text) as u64;
            }
        }
        total * 3 + normal
    }

    #[test]
    fn sums() {
        use Version::{Current, V3_2};
        assert_eq!(sum(Current, Form::Nfd), 976712979226371);
        assert_eq!(sum(Current, Form::Nfkd), 979831509881271);
        assert_eq!(sum(Current, Form::Nfc), 944764692537186);
        assert_eq!(sum(Current, Form::Nfkc), 947677215135566);
        assert_eq!(sum(V3_2, Form::Nfd), 976674922381179);
        assert_eq!(sum(V3_2, Form::Nfkd), 979354389765705);
        assert_eq!(sum(V3_2, Form::Nfc), 944776634583966);
        assert_eq!(sum(V3_2, Form::Nfkc), 947331721271615);
    }
}
