//! What `unicodedata` knows of a character, by Unicode 16.0 and by Unicode 3.2.

use crate::ctype;
use crate::tables::database::*;
use crate::tables::decomposition::{DECOMPOSITION_BLOCKS, DECOMPOSITION_INDEX, DECOMPOSITION_SHIFT, DECOMPOSITIONS, TAGS};

/// A character's entry; many characters share one.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    pub(crate) category: u8,
    pub(crate) bidirectional: u8,
    pub(crate) combining: u8,
    pub(crate) width: u8,
    pub(crate) mirrored: bool,
    /// Two bits each for NFD, NFKD, NFC, NFKC.
    pub(crate) check: u8,
}

static NOTHING: Record = Record { category: 0, bidirectional: 0, combining: 0, width: 0, mirrored: false, check: 0 };

#[inline]
pub(crate) fn record(c: u32) -> &'static Record {
    let Some(&block) = DATABASE_INDEX.get((c >> DATABASE_SHIFT) as usize) else {
        return &NOTHING;
    };
    let place = (block as usize) << DATABASE_SHIFT | c as usize & ((1 << DATABASE_SHIFT) - 1);
    DATABASE_BLOCKS.get(place).and_then(|&number| DATABASE_RECORDS.get(number as usize)).unwrap_or(&NOTHING)
}

fn old_record(c: u32) -> &'static Record {
    let Some(&block) = OLD_DATABASE_INDEX.get((c >> OLD_DATABASE_SHIFT) as usize) else {
        return &NOTHING;
    };
    let place = (block as usize) << OLD_DATABASE_SHIFT | c as usize & ((1 << OLD_DATABASE_SHIFT) - 1);
    OLD_DATABASE_BLOCKS.get(place).and_then(|&number| DATABASE_RECORDS.get(number as usize)).unwrap_or(&NOTHING)
}

/// Which version of the data to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// Unicode 16.0.
    Current,
    /// Unicode 3.2 (`unicodedata.ucd_3_2_0`).
    V3_2,
}

impl Version {
    /// `unidata_version`.
    pub fn as_str(self) -> &'static str {
        if self == Version::Current { crate::VERSION } else { "3.2.0" }
    }

    fn record(self, c: u32) -> &'static Record {
        if self == Version::Current { record(c) } else { old_record(c) }
    }

    /// `unicodedata.category`.
    pub fn category(self, c: u32) -> &'static str {
        CATEGORIES.get(self.record(c).category as usize).unwrap_or(&"Cn")
    }

    /// Whether the version has the character.
    pub fn is_assigned(self, c: u32) -> bool {
        self.record(c).category != 0
    }

    /// `unicodedata.bidirectional`.
    pub fn bidirectional(self, c: u32) -> &'static str {
        BIDIRECTIONAL.get(self.record(c).bidirectional as usize).unwrap_or(&"")
    }

    /// `unicodedata.combining`.
    pub fn combining(self, c: u32) -> u8 {
        self.record(c).combining
    }

    /// `unicodedata.mirrored`.
    pub fn mirrored(self, c: u32) -> bool {
        self.record(c).mirrored
    }

    /// `unicodedata.east_asian_width`.
    pub fn east_asian_width(self, c: u32) -> &'static str {
        WIDTHS.get(self.record(c).width as usize).unwrap_or(&"N")
    }

    fn old_numeric(self, c: u32) -> Option<&'static (u32, i8, f64)> {
        if self == Version::Current {
            return None;
        }
        let place = OLD_NUMERIC.binary_search_by_key(&c, |entry| entry.0).ok()?;
        OLD_NUMERIC.get(place)
    }

    fn lacks(self, c: u32) -> bool {
        self == Version::V3_2 && !self.is_assigned(c)
    }

    /// `unicodedata.decimal`.
    pub fn decimal(self, c: u32) -> Option<u32> {
        match self.old_numeric(c) {
            Some(old) => u32::try_from(old.1).ok(),
            None if self.lacks(c) => None,
            None => ctype::decimal(c),
        }
    }

    /// `unicodedata.digit`, which does not depend on the version.
    pub fn digit(self, c: u32) -> Option<u32> {
        ctype::digit(c)
    }

    /// `unicodedata.numeric`.
    pub fn numeric(self, c: u32) -> Option<f64> {
        match self.old_numeric(c) {
            // The only negative value is U+0F33's -1/2.
            Some(old) => (old.2 != -1.0).then_some(old.2),
            None if self.lacks(c) => None,
            None => ctype::numeric(c),
        }
    }

    /// `unicodedata.decomposition`: a tag for compatibility, then code points in hexadecimal; empty if there is none.
    pub fn decomposition(self, c: u32) -> String {
        if let Some((lead, vowel, tail)) = crate::normalize::hangul_parts(c) {
            let tail = tail.map_or(String::new(), |tail| format!(" {tail:04X}"));
            return format!("{lead:04X} {vowel:04X}{tail}");
        }
        let Some((tag, parts)) = (if self.lacks(c) { None } else { decomposition(c) }) else {
            return String::new();
        };
        let mut out = tag.unwrap_or("").to_owned();
        for part in parts {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(&format!("{part:04X}"));
        }
        out
    }
}

/// The character's own decomposition, one step: the tag if it is for compatibility only, and the characters.
#[inline]
pub(crate) fn decomposition(c: u32) -> Option<(Option<&'static str>, &'static [u32])> {
    let &block = DECOMPOSITION_INDEX.get((c >> DECOMPOSITION_SHIFT) as usize)?;
    let place = (block as usize) << DECOMPOSITION_SHIFT | c as usize & ((1 << DECOMPOSITION_SHIFT) - 1);
    let offset = *DECOMPOSITION_BLOCKS.get(place)? as usize;
    if offset == 0 {
        return None;
    }
    let head = *DECOMPOSITIONS.get(offset)?;
    let tag = (head & 0xff).checked_sub(1).and_then(|tag| TAGS.get(tag as usize).copied());
    Some((tag, DECOMPOSITIONS.get(offset + 1..offset + 1 + (head >> 8) as usize)?))
}

#[cfg(test)]
mod tests {
    use super::Version::{Current, V3_2};

    #[test]
    fn samples() {
        assert_eq!(Current.category('a' as u32), "Ll");
        assert_eq!(Current.bidirectional(0x5d0), "R");
        assert_eq!(Current.combining(0x301), 230);
        assert!(Current.mirrored('(' as u32));
        assert_eq!(Current.east_asian_width(0x4e00), "W");
        assert_eq!(Current.decomposition(0xe9), "0065 0301");
        assert_eq!(Current.decomposition(0xbd), "<fraction> 0031 2044 0032");
        assert_eq!(Current.decomposition(0xac00), "1100 1161");
        assert_eq!(Current.decomposition(0xac01), "1100 1161 11A8");
        assert_eq!(V3_2.category(0x1f600), "Cn");
        assert_eq!(V3_2.decomposition(0x1d7a8), "<font> 03A9");
        assert_eq!(Current.numeric(0xf33), Some(-0.5));
        assert_eq!(V3_2.numeric(0xf33), Some(-0.5));
        assert_eq!(Current.category(u32::MAX), "Cn");
    }

    #[test]
    fn sums_over_all_code_points() {
        let sum = |property: &dyn Fn(u32) -> String| -> u64 {
            (0..0x110000u32).map(|c| property(c).bytes().fold(c as u64, |sum, byte| (sum * 31 + byte as u64) % 1_000_000_007)).sum()
        };
        assert_eq!(sum(&|c| Current.category(c).to_owned()), 522889432430857);
        assert_eq!(sum(&|c| Current.bidirectional(c).to_owned()), 6371048457874);
        assert_eq!(sum(&|c| Current.combining(c).to_string()), 19413359641372);
        assert_eq!(sum(&|c| (Current.mirrored(c) as u8).to_string()), 19239342211626);
        assert_eq!(sum(&|c| Current.east_asian_width(c).to_owned()), 19239479444807);
        assert_eq!(sum(&|c| Current.decomposition(c)), 9141949043841);
        assert_eq!(sum(&|c| Current.numeric(c).map_or("None".to_owned(), |x| format!("{x:.6}"))), 556906463586085);
        assert_eq!(sum(&|c| format!("{:?}", Current.digit(c))), 556973043892409);
        assert_eq!(sum(&|c| format!("{:?}", Current.decimal(c))), 556977035252343);
        assert_eq!(sum(&|c| V3_2.category(c).to_owned()), 522889414406659);
        assert_eq!(sum(&|c| V3_2.bidirectional(c).to_owned()), 5256075216117);
        assert_eq!(sum(&|c| V3_2.combining(c).to_string()), 19273363105897);
        assert_eq!(sum(&|c| (V3_2.mirrored(c) as u8).to_string()), 19239342211564);
        assert_eq!(sum(&|c| V3_2.east_asian_width(c).to_owned()), 19239460100795);
        assert_eq!(sum(&|c| V3_2.decomposition(c)), 8785240328138);
        assert_eq!(sum(&|c| V3_2.numeric(c).map_or("None".to_owned(), |x| format!("{x:.6}"))), 556953610589493);
        assert_eq!(sum(&|c| format!("{:?}", V3_2.digit(c))), 556973043892409);
        assert_eq!(sum(&|c| format!("{:?}", V3_2.decimal(c))), 557000887138792);
    }
}
