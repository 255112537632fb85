//! A pattern: validated code and what speeds up matching it.

use crate::charset::{Charset, Folding};
use crate::constants::{info, op};
use crate::filter::{Filter, Filters, first};
use crate::validate::validate;
use memchr::memmem::Finder;

/// The code list is not one that `re._compiler` could have made (`RuntimeError: invalid SRE code`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidCode;

impl std::fmt::Display for InvalidCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("invalid SRE code")
    }
}

impl std::error::Error for InvalidCode {}

/// What is known of where a match can start.
#[derive(Debug)]
pub(crate) enum Hint {
    Nothing,
    /// Every match starts with these characters.
    Prefix(Box<Prefix>),
    /// Every match starts with a character of this set.
    First(Charset),
    /// Every match starts with a character that this admits, and in one-byte texts with one of these bytes, if they are
    /// few.
    Start(Filter, Option<Vec<u8>>),
}

#[derive(Debug)]
pub(crate) struct Prefix {
    pub(crate) characters: Box<[u32]>,
    /// For each place, how much of the prefix is matched again when the next character does not fit.
    pub(crate) overlap: Box<[u32]>,
    /// How many of the characters need not be matched again.
    pub(crate) skip: usize,
    /// The prefix is all there is.
    pub(crate) whole: bool,
    /// For one-byte texts: a searcher for the prefix, if all its characters fit.
    pub(crate) finder: Option<Finder<'static>>,
}

/// A compiled pattern, ready to match.
#[derive(Debug)]
pub struct Pattern {
    /// The code; the first word of each set's program is replaced by the set's number.
    pub(crate) code: Box<[u32]>,
    pub(crate) groups: usize,
    pub(crate) sets: Box<[Charset]>,
    pub(crate) filters: Filters,
    /// Where the code starts behind the info block.
    pub(crate) body: usize,
    /// The least number of characters of a match.
    pub(crate) least: usize,
    pub(crate) hint: Hint,
    original: Box<[u32]>,
}

impl Pattern {
    /// Makes a pattern from a code list and the number of its groups.
    pub fn new(code: Vec<u32>, groups: usize) -> Result<Pattern, InvalidCode> {
        if groups > crate::constants::MAXGROUPS {
            return Err(InvalidCode);
        }
        let findings = validate(&code, groups)?;
        let mut body = 0;
        let mut least = 0;
        let mut hint = Hint::Nothing;
        if code[0] == op::INFO {
            body = 1 + code[1] as usize;
            let flags = code[2];
            least = code[3] as usize;
            let operands = &code[5..body];
            if flags & info::PREFIX != 0 {
                let length = operands[0] as usize;
                let (characters, overlap) = operands[2..].split_at(length);
                let bytes: Option<Vec<u8>> = characters.iter().map(|&c| u8::try_from(c).ok()).collect();
                hint = Hint::Prefix(Box::new(Prefix {
                    characters: characters.into(),
                    overlap: overlap.into(),
                    skip: operands[1] as usize,
                    whole: flags & info::LITERAL != 0,
                    finder: bytes.map(|bytes| Finder::new(&bytes).into_owned()),
                }));
            } else if flags & info::CHARSET != 0 {
                hint = Hint::First(Charset::new(operands, Folding::None));
            }
        }
        let mut rewritten = code.clone();
        let mut sets = Vec::with_capacity(findings.sets.len());
        for &(start, end, folding) in &findings.sets {
            rewritten[start] = sets.len() as u32;
            sets.push(Charset::new(&code[start..end], folding));
        }
        let filters = Filters::new(&rewritten, &sets, &findings.choices);
        if matches!(hint, Hint::Nothing)
            && let Some(filter) = first(&rewritten, &sets, body)
        {
            hint = Hint::Start(filter, filter.few_bytes());
        }
        Ok(Pattern { filters, code: rewritten.into(), groups, sets: sets.into(), body, least, hint, original: code.into() })
    }

    /// The code list that the pattern was made from.
    pub fn code_list(&self) -> &[u32] {
        &self.original
    }

    /// How many groups the pattern has, the whole match not counted.
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// Bytes of memory that the pattern takes beyond itself.
    pub fn heap_size(&self) -> usize {
        let code = (self.code.len() + self.original.len()) * size_of::<u32>();
        code + self.sets.len() * size_of::<Charset>()
    }
}
