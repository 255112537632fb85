//! Sets of characters.
//!
//! A set is a small program that looks at one character. The answers for the first 256 characters are worked out when the
//! pattern is made, so that nearly every test is a look into 32 bytes.

use crate::characters::{LocaleTables, ascii_tolower, in_category, unicode_tolower, unicode_toupper};
use crate::constants::{category, op};

/// What is done to a character before it is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Folding {
    None,
    Ascii,
    Unicode,
    Locale,
}

#[derive(Debug)]
pub(crate) struct Charset {
    /// The answers for the first 256 characters.
    bitmap: [u32; 8],
    /// The answers hang on the locale: the bitmap is not valid.
    locale: bool,
    folding: Folding,
    program: Box<[u32]>,
}

impl Charset {
    pub(crate) fn new(program: &[u32], folding: Folding) -> Charset {
        let mut set = Charset { bitmap: [0; 8], locale: false, folding, program: program.into() };
        set.locale = folding == Folding::Locale || set.uses_locale();
        if !set.locale {
            let locale = LocaleTables::c();
            for c in 0..256 {
                if set.evaluate(c, &locale) {
                    set.bitmap[c as usize / 32] |= 1 << (c % 32);
                }
            }
        }
        set
    }

    pub(crate) fn depends_on_locale(&self) -> bool {
        self.locale
    }

    fn uses_locale(&self) -> bool {
        let mut rest = &self.program[..];
        while let [operation, tail @ ..] = rest {
            if *operation == op::CATEGORY && matches!(tail.first(), Some(&(category::LOC_WORD | category::LOC_NOT_WORD))) {
                return true;
            }
            let operands = match *operation {
                op::FAILURE => return false,
                op::LITERAL | op::CATEGORY => 1,
                op::RANGE | op::RANGE_UNI_IGNORE => 2,
                op::CHARSET => 8,
                op::BIGCHARSET => 65 + 8 * tail.first().copied().unwrap_or(0) as usize,
                _ => 0,
            };
            rest = tail.get(operands..).unwrap_or(&[]);
        }
        false
    }

    /// Whether the set has `c`.
    #[inline]
    pub(crate) fn contains(&self, c: u32, locale: &LocaleTables) -> bool {
        if c < 256 && !self.locale {
            return self.bitmap[c as usize / 32] >> (c % 32) & 1 != 0;
        }
        self.evaluate(c, locale)
    }

    #[inline(never)]
    fn evaluate(&self, c: u32, locale: &LocaleTables) -> bool {
        match self.folding {
            Folding::None => self.run(c, locale),
            Folding::Ascii => self.run(ascii_tolower(c), locale),
            Folding::Unicode => self.run(unicode_tolower(c), locale),
            Folding::Locale => {
                let (lower, upper) = (locale.lower(c), locale.upper(c));
                self.run(lower, locale) || upper != lower && self.run(upper, locale)
            }
        }
    }

    fn run(&self, c: u32, locale: &LocaleTables) -> bool {
        let mut answer = true;
        let mut rest = &self.program[..];
        loop {
            rest = match *rest {
                [op::NEGATE, ref rest @ ..] => {
                    answer = !answer;
                    rest
                }
                [op::LITERAL, literal, ref rest @ ..] => {
                    if c == literal {
                        return answer;
                    }
                    rest
                }
                [op::RANGE, low, high, ref rest @ ..] => {
                    if (low..=high).contains(&c) {
                        return answer;
                    }
                    rest
                }
                [op::RANGE_UNI_IGNORE, low, high, ref rest @ ..] => {
                    if (low..=high).contains(&c) || (low..=high).contains(&unicode_toupper(c)) {
                        return answer;
                    }
                    rest
                }
                [op::CATEGORY, kind, ref rest @ ..] => {
                    if in_category(kind, c, locale) {
                        return answer;
                    }
                    rest
                }
                [op::CHARSET, ref rest @ ..] if rest.len() >= 8 => {
                    let (bits, rest) = rest.split_at(8);
                    if c < 256 && bits[c as usize / 32] >> (c % 32) & 1 != 0 {
                        return answer;
                    }
                    rest
                }
                [op::BIGCHARSET, count, ref rest @ ..] if rest.len() >= 64 + 8 * count as usize => {
                    let (blocks, rest) = rest.split_at(64);
                    let (bits, rest) = rest.split_at(8 * count as usize);
                    if c < 0x10000 {
                        let block = blocks[c as usize >> 10].to_ne_bytes()[c as usize >> 8 & 3] as usize;
                        let word = bits.get(block * 8 + (c as usize >> 5 & 7)).copied().unwrap_or(0);
                        if word >> (c % 32) & 1 != 0 {
                            return answer;
                        }
                    }
                    rest
                }
                // `FAILURE` ends the program.
                _ => return !answer,
            };
        }
    }
}
