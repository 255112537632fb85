//! Case mapping: of characters, simple and full, and of texts, with the rule for the final sigma.

use crate::ctype::{has, is_case_ignorable, is_cased, is_title, is_upper, record};
use crate::tables::flags::SPECIAL_CASE;
use crate::tables::types::SPECIAL_CASES;

/// Full mappings that differ from the simple ones; unused places are zero.
#[derive(Clone, Copy, Debug)]
pub struct SpecialCase {
    pub(crate) code: u32,
    pub(crate) lower: [u32; 3],
    pub(crate) upper: [u32; 3],
    pub(crate) title: [u32; 3],
    pub(crate) fold: [u32; 3],
}

/// The one to three characters that a character maps to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping {
    characters: [u32; 3],
    length: u8,
}

impl Mapping {
    /// A mapping to one character.
    #[inline]
    pub fn one(c: u32) -> Mapping {
        Mapping { characters: [c, 0, 0], length: 1 }
    }

    fn special(characters: [u32; 3]) -> Mapping {
        let length = if characters[2] != 0 {
            3
        } else if characters[1] != 0 {
            2
        } else {
            1
        };
        Mapping { characters, length }
    }

    /// The characters.
    #[inline]
    pub fn as_slice(&self) -> &[u32] {
        &self.characters[..self.length as usize]
    }
}

fn special(c: u32) -> Option<&'static SpecialCase> {
    if !has(c, SPECIAL_CASE) {
        return None;
    }
    let place = SPECIAL_CASES.binary_search_by_key(&c, |special| special.code).ok()?;
    SPECIAL_CASES.get(place)
}

/// The simple lower case mapping.
#[inline]
pub fn to_lower_simple(c: u32) -> u32 {
    if c < 0x80 {
        return if c.wrapping_sub('A' as u32) < 26 { c + 32 } else { c };
    }
    c.wrapping_add_signed(record(c).lower)
}

/// The simple upper case mapping.
#[inline]
pub fn to_upper_simple(c: u32) -> u32 {
    if c < 0x80 {
        return if c.wrapping_sub('a' as u32) < 26 { c - 32 } else { c };
    }
    c.wrapping_add_signed(record(c).upper)
}

/// The simple title case mapping.
#[inline]
pub fn to_title_simple(c: u32) -> u32 {
    if c < 0x80 {
        return if c.wrapping_sub('a' as u32) < 26 { c - 32 } else { c };
    }
    c.wrapping_add_signed(record(c).title)
}

/// The full lower case mapping, the final sigma apart.
#[inline]
pub fn to_lower(c: u32) -> Mapping {
    if c < 0x80 {
        return Mapping::one(to_lower_simple(c));
    }
    match special(c) {
        Some(special) => Mapping::special(special.lower),
        None => Mapping::one(to_lower_simple(c)),
    }
}

/// The full upper case mapping.
#[inline]
pub fn to_upper(c: u32) -> Mapping {
    if c < 0x80 {
        return Mapping::one(to_upper_simple(c));
    }
    match special(c) {
        Some(special) => Mapping::special(special.upper),
        None => Mapping::one(to_upper_simple(c)),
    }
}

/// The full title case mapping.
#[inline]
pub fn to_title(c: u32) -> Mapping {
    if c < 0x80 {
        return Mapping::one(to_title_simple(c));
    }
    match special(c) {
        Some(special) => Mapping::special(special.title),
        None => Mapping::one(to_title_simple(c)),
    }
}

/// The full case folding.
#[inline]
pub fn to_folded(c: u32) -> Mapping {
    if c < 0x80 {
        return Mapping::one(to_lower_simple(c));
    }
    match special(c) {
        Some(special) => Mapping::special(special.fold),
        None => Mapping::one(to_lower_simple(c)),
    }
}

const CAPITAL_SIGMA: u32 = 0x3a3;
const SMALL_SIGMA: u32 = 0x3c3;
const FINAL_SIGMA: u32 = 0x3c2;

/// The lower case of the character at `index`: a capital sigma is final if a cased letter comes before it and none after,
/// characters that case ignores apart.
pub fn lower_at<T: Copy + Into<u32>>(text: &[T], index: usize) -> Mapping {
    let c: u32 = match text.get(index) {
        Some(&c) => c.into(),
        None => return Mapping::one(0),
    };
    if c != CAPITAL_SIGMA {
        return to_lower(c);
    }
    let significant = |c: &u32| !is_case_ignorable(*c);
    let before = text[..index].iter().rev().map(|&c| c.into()).find(significant);
    let after = text[index + 1..].iter().map(|&c| c.into()).find(significant);
    let last = before.is_some_and(is_cased) && !after.is_some_and(is_cased);
    Mapping::one(if last { FINAL_SIGMA } else { SMALL_SIGMA })
}

/// As `str.lower`.
pub fn lower<T: Copy + Into<u32>>(text: &[T]) -> Vec<u32> {
    let mut out = Vec::with_capacity(text.len());
    for index in 0..text.len() {
        out.extend_from_slice(lower_at(text, index).as_slice());
    }
    out
}

fn mapped<T: Copy + Into<u32>>(text: &[T], map: impl Fn(u32) -> Mapping) -> Vec<u32> {
    let mut out = Vec::with_capacity(text.len());
    for &c in text {
        out.extend_from_slice(map(c.into()).as_slice());
    }
    out
}

/// As `str.upper`.
pub fn upper<T: Copy + Into<u32>>(text: &[T]) -> Vec<u32> {
    mapped(text, to_upper)
}

/// As `str.casefold`.
pub fn casefold<T: Copy + Into<u32>>(text: &[T]) -> Vec<u32> {
    mapped(text, to_folded)
}

/// As `str.capitalize`.
pub fn capitalize<T: Copy + Into<u32>>(text: &[T]) -> Vec<u32> {
    let mut out = Vec::with_capacity(text.len());
    for (index, &c) in text.iter().enumerate() {
        let mapping = if index == 0 { to_title(c.into()) } else { lower_at(text, index) };
        out.extend_from_slice(mapping.as_slice());
    }
    out
}

/// As `str.title`.
pub fn title<T: Copy + Into<u32>>(text: &[T]) -> Vec<u32> {
    let mut out = Vec::with_capacity(text.len());
    let mut inside = false;
    for (index, &c) in text.iter().enumerate() {
        let mapping = if inside { lower_at(text, index) } else { to_title(c.into()) };
        out.extend_from_slice(mapping.as_slice());
        inside = is_cased(c.into());
    }
    out
}

/// As `str.swapcase`.
pub fn swapcase<T: Copy + Into<u32>>(text: &[T]) -> Vec<u32> {
    let mut out = Vec::with_capacity(text.len());
    for (index, &c) in text.iter().enumerate() {
        let c = c.into();
        let mapping = if is_upper(c) {
            lower_at(text, index)
        } else if crate::ctype::is_lower(c) {
            to_upper(c)
        } else {
            Mapping::one(c)
        };
        out.extend_from_slice(mapping.as_slice());
    }
    out
}

/// As `str.isupper`.
pub fn is_upper_text<T: Copy + Into<u32>>(text: &[T]) -> bool {
    let mut cased = false;
    for &c in text {
        let c = c.into();
        if crate::ctype::is_lower(c) || is_title(c) {
            return false;
        }
        cased |= is_upper(c);
    }
    cased
}

/// As `str.islower`.
pub fn is_lower_text<T: Copy + Into<u32>>(text: &[T]) -> bool {
    let mut cased = false;
    for &c in text {
        let c = c.into();
        if is_upper(c) || is_title(c) {
            return false;
        }
        cased |= crate::ctype::is_lower(c);
    }
    cased
}

/// As `str.istitle`.
pub fn is_title_text<T: Copy + Into<u32>>(text: &[T]) -> bool {
    let (mut cased, mut inside) = (false, false);
    for &c in text {
        let c = c.into();
        if is_upper(c) || is_title(c) {
            if inside {
                return false;
            }
            inside = true;
            cased = true;
        } else if crate::ctype::is_lower(c) {
            if !inside {
                return false;
            }
            cased = true;
        } else {
            inside = false;
        }
    }
    cased
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(function: fn(&[u32]) -> Vec<u32>, text: &str) -> String {
        let text: Vec<u32> = text.chars().map(u32::from).collect();
        function(&text).into_iter().map(|c| char::from_u32(c).unwrap()).collect()
    }

    #[test]
    fn texts() {
        assert_eq!(on(lower, "ΑΣ"), "ας");
        assert_eq!(on(lower, "ΑΣΑ"), "ασα");
        assert_eq!(on(lower, "Σ"), "σ");
        assert_eq!(on(lower, "Α'Σ'."), "α'ς'.");
        assert_eq!(on(lower, "İ"), "i\u{307}");
        assert_eq!(on(upper, "straße ﬃ"), "STRASSE FFI");
        assert_eq!(on(casefold, "Straße ς"), "strasse σ");
        assert_eq!(on(capitalize, "ǆABC"), "ǅabc");
        assert_eq!(on(title, "hello wORLD's ΑΣ"), "Hello World'S Ας");
        assert_eq!(on(swapcase, "aBß"), "AbSS");
    }

    #[test]
    fn predicates() {
        assert!(is_title_text(b"Hello World") && !is_title_text(b"Hello world") && !is_title_text(b"1"));
        assert!(is_upper_text(b"A1") && !is_upper_text(b"1") && !is_upper_text(b"Aa"));
        assert!(is_lower_text(b"a1") && !is_lower_text(b"") && !is_lower_text(b"Aa"));
    }

    /// A sum over all code points, weighted by place.
    fn sum(map: fn(u32) -> Mapping) -> u64 {
        (0..0x110000u32)
            .flat_map(|c| map(c).as_slice().iter().enumerate().map(|(i, &c)| c as u64 * (i as u64 + 1)).collect::<Vec<_>>())
            .sum()
    }

    #[test]
    fn sums_over_all_code_points() {
        assert_eq!(sum(to_lower), 620624826429);
        assert_eq!(sum(to_upper), 620618751399);
        assert_eq!(sum(to_title), 620618561321);
        assert_eq!(sum(to_folded), 620617789918);
    }
}
