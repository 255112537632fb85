//! Names of characters, and characters by name.
//!
//! Names are sequences of words; the data holds each word once, the frequent ones under one byte. Looking up a name
//! searches the characters in the order of their names, spelling out the names it passes. Names of Hangul syllables, and
//! names that end in the code point, are made, not stored.

use crate::database::Version;
use crate::tables::names::*;
use std::cmp::Ordering;
use std::ops::Range;

static DATA: &[u8] = include_bytes!("../data/names.bin");

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// One character.
    Character(u32),
    /// A named sequence.
    Sequence(&'static [u32]),
}

/// A name no longer than this can exist; longer ones need not be looked up.
pub const LONGEST_NAME: usize = 256;

fn bytes(section: Range<usize>, start: usize, length: usize) -> &'static [u8] {
    DATA.get(section).and_then(|section| section.get(start..start + length)).unwrap_or(&[])
}

fn number(section: Range<usize>, start: usize, length: usize) -> usize {
    bytes(section, start, length).iter().rev().fold(0, |value, &byte| value << 8 | byte as usize)
}

/// Calls `each` with the bytes of the words of a stored name; false if there is none.
fn words(c: u32, mut each: impl FnMut(&'static [u8])) -> bool {
    const PAGE_SIZE: usize = 4 + 32 * 2;
    if c >= 0x110000 {
        return false;
    }
    let page = number(PAGE_INDEX, c as usize / 32 * 2, 2);
    if page == 0xffff {
        return false;
    }
    let page = page * PAGE_SIZE;
    let relative = number(PAGES, page + 4 + c as usize % 32 * 2, 2);
    if relative == 0 {
        return false;
    }
    let mut position = number(PAGES, page, 4) + relative;
    let count = number(PHRASES, position, 1);
    position += 1;
    for _ in 0..count {
        let mut word = number(PHRASES, position, 1);
        position += 1;
        if word >= 0x80 {
            word = ((word & 0x7f) << 8 | number(PHRASES, position, 1)) + 0x80;
            position += 1;
        }
        let start = number(WORD_STARTS, word * 3, 3);
        let end = number(WORD_STARTS, word * 3 + 3, 3);
        each(bytes(LEXICON, start, end - start));
    }
    true
}

/// The stored name of `c` into `out`, which is emptied first.
fn spell(c: u32, out: &mut Vec<u8>) -> bool {
    out.clear();
    words(c, |word| {
        if !out.is_empty() {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    })
}

const HANGUL_PREFIX: &str = "HANGUL SYLLABLE ";
const HANGUL_BASE: u32 = 0xac00;
const LEADS: [&str; 19] = ["G", "GG", "N", "D", "DD", "R", "M", "B", "BB", "S", "SS", "", "J", "JJ", "C", "K", "T", "P", "H"];
const VOWELS: [&str; 21] =
    ["A", "AE", "YA", "YAE", "EO", "E", "YEO", "YE", "O", "WA", "WAE", "OE", "YO", "U", "WEO", "WE", "WI", "YU", "EU", "YI", "I"];
const TAILS: [&str; 28] = [
    "", "G", "GG", "GS", "N", "NJ", "NH", "D", "L", "LG", "LM", "LB", "LS", "LT", "LP", "LH", "M", "B", "BS", "S", "SS", "NG", "J", "C",
    "K", "T", "P", "H",
];

/// The name of `c` (`unicodedata.name`).
pub fn name(version: Version, c: u32) -> Option<String> {
    if version == Version::V3_2 && !version.is_assigned(c) {
        return None;
    }
    let syllable = c.wrapping_sub(HANGUL_BASE) as usize;
    if syllable < LEADS.len() * VOWELS.len() * TAILS.len() {
        let (rest, tail) = (syllable / TAILS.len(), syllable % TAILS.len());
        let (lead, vowel) = (rest / VOWELS.len(), rest % VOWELS.len());
        return Some([HANGUL_PREFIX, LEADS[lead], VOWELS[vowel], TAILS[tail]].concat());
    }
    let mut out = Vec::new();
    if spell(c, &mut out) {
        return String::from_utf8(out).ok();
    }
    let &(_, _, prefix) = PATTERN_NAMES.iter().find(|&&(first, last, _)| (first..=last).contains(&c))?;
    Some(format!("{prefix}{c:04X}"))
}

/// The longest entry of `parts` that `text` starts with: its number and the rest of the text.
fn longest<'a>(parts: &[&str], text: &'a str) -> Option<(u32, &'a str)> {
    let mut best: Option<(u32, &str)> = None;
    for (number, part) in parts.iter().enumerate() {
        if let Some(rest) = text.strip_prefix(part)
            && best.is_none_or(|(_, shorter)| rest.len() < shorter.len())
        {
            best = Some((number as u32, rest));
        }
    }
    best
}

fn hangul(text: &str) -> Option<u32> {
    let (lead, text) = longest(&LEADS, text)?;
    let (vowel, text) = longest(&VOWELS, text)?;
    let (tail, text) = longest(&TAILS, text)?;
    text.is_empty().then(|| HANGUL_BASE + (lead * VOWELS.len() as u32 + vowel) * TAILS.len() as u32 + tail)
}

fn pattern(text: &str) -> Option<u32> {
    let digits = &text[text.rfind('-')? + 1..];
    if !(4..=5).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let c = u32::from_str_radix(digits, 16).ok()?;
    if digits.len() != if c < 0x10000 { 4 } else { 5 } {
        return None;
    }
    let prefix = &text[..text.len() - digits.len()];
    let found = PATTERN_LOOKUPS.iter().any(|&(first, last, known)| (first..=last).contains(&c) && known == prefix);
    found.then_some(c)
}

fn stored(name: &str) -> Option<u32> {
    let at = |place: usize| number(SORTED, place * 3, 3) as u32;
    let (mut low, mut high) = (0, SORTED.len() / 3);
    let mut spelled = Vec::with_capacity(96);
    while low < high {
        let middle = low + (high - low) / 2;
        let c = at(middle);
        spell(c, &mut spelled);
        match spelled.as_slice().cmp(name.as_bytes()) {
            Ordering::Less => low = middle + 1,
            Ordering::Equal => return Some(c),
            Ordering::Greater => high = middle,
        }
    }
    None
}

/// What `name` stands for, in any case. `extended` adds the aliases; named sequences come only `with_sequences`:
/// `unicodedata.lookup` has both, `\N{...}` the aliases, `ucd_3_2_0.lookup` neither.
pub fn lookup(name: &str, extended: bool, with_sequences: bool) -> Option<Named> {
    if name.len() > LONGEST_NAME || !name.is_ascii() {
        return None;
    }
    let name = name.to_ascii_uppercase();
    if let Some(rest) = name.strip_prefix(HANGUL_PREFIX) {
        return hangul(rest).map(Named::Character);
    }
    if let Some(c) = stored(&name).or_else(|| pattern(&name)) {
        return Some(Named::Character(c));
    }
    if extended && let Ok(place) = ALIASES.binary_search_by_key(&name.as_str(), |alias| alias.0) {
        return ALIASES.get(place).map(|alias| Named::Character(alias.1));
    }
    if with_sequences && let Ok(place) = SEQUENCES.binary_search_by_key(&name.as_str(), |sequence| sequence.0) {
        return SEQUENCES.get(place).map(|sequence| Named::Sequence(sequence.1));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use Version::{Current, V3_2};

    #[test]
    fn samples() {
        let find = |name| lookup(name, true, true);
        assert_eq!(name(Current, 'a' as u32).as_deref(), Some("LATIN SMALL LETTER A"));
        assert_eq!(name(Current, 0xac01).as_deref(), Some("HANGUL SYLLABLE GAG"));
        assert_eq!(name(Current, 0x4e00).as_deref(), Some("CJK UNIFIED IDEOGRAPH-4E00"));
        assert_eq!(name(Current, 10), None);
        assert_eq!(name(V3_2, 0x1f600), None);
        assert_eq!(find("latin small letter gha"), Some(Named::Character(0x1a3)));
        assert_eq!(find("hangul syllable gag"), Some(Named::Character(0xac01)));
        assert_eq!(find("HANGUL SYLLABLE "), None);
        assert_eq!(find("cjk unified ideograph-4e00"), Some(Named::Character(0x4e00)));
        assert_eq!(find("CJK UNIFIED IDEOGRAPH-04E00"), None);
        assert_eq!(find("TANGUT IDEOGRAPH-17000"), Some(Named::Character(0x17000)));
        assert_eq!(find("KEYCAP DIGIT ONE"), Some(Named::Sequence(&[0x31, 0xfe0f, 0x20e3])));
        assert_eq!(lookup("KEYCAP DIGIT ONE", true, false), None);
        assert_eq!(find("NULL"), Some(Named::Character(0)));
        assert_eq!(lookup("NULL", false, false), None);
        assert_eq!(find("NO SUCH NAME"), None);
    }

    #[test]
    fn every_name_leads_back() {
        let mut sum = 0u64;
        for c in 0..0x110000u32 {
            if let Some(name) = name(Current, c) {
                assert_eq!(lookup(&name, false, false), Some(Named::Character(c)), "{name}");
                sum += name.bytes().fold(c as u64, |hash, byte| (hash * 31 + byte as u64) % 1_000_000_007);
            }
        }
        assert_eq!(sum, 74337771096613);
    }
}
