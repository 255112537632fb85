//! One match in progress, or done: the interface to the machine.

use crate::characters::LocaleTables;
use crate::machine::Core;
use crate::pattern::Pattern;
use crate::search;
use std::sync::LazyLock;

/// The text to match, as units of one of three sizes.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// Bytes, or a str of characters below 256.
    U8(&'a [u8]),
    /// A str of characters below 65,536.
    U16(&'a [u16]),
    /// Any str.
    U32(&'a [u32]),
}

impl Subject<'_> {
    /// How many units there are.
    pub fn len(&self) -> usize {
        match self {
            Subject::U8(text) => text.len(),
            Subject::U16(text) => text.len(),
            Subject::U32(text) => text.len(),
        }
    }

    /// The unit at `index`.
    pub fn get(&self, index: usize) -> Option<u32> {
        match self {
            Subject::U8(text) => text.get(index).map(|&c| c as u32),
            Subject::U16(text) => text.get(index).map(|&c| c as u32),
            Subject::U32(text) => text.get(index).copied(),
        }
    }
}

/// Why matching ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The interrupt callback said so.
    Interrupted,
    /// More backtracking points than the memory limit allows (`MemoryError`).
    TooDeep,
}

/// A unit of text.
pub(crate) trait Unit: Copy + Into<u32> {
    /// Where `c` is first.
    fn find(text: &[Self], c: u32) -> Option<usize>;
    /// The text as bytes, if it is of bytes.
    fn as_bytes(text: &[Self]) -> Option<&[u8]>;
}

impl Unit for u8 {
    #[inline]
    fn find(text: &[u8], c: u32) -> Option<usize> {
        memchr::memchr(u8::try_from(c).ok()?, text)
    }

    #[inline]
    fn as_bytes(text: &[u8]) -> Option<&[u8]> {
        Some(text)
    }
}

impl Unit for u16 {
    #[inline]
    fn find(text: &[u16], c: u32) -> Option<usize> {
        let c = u16::try_from(c).ok()?;
        text.iter().position(|&unit| unit == c)
    }

    fn as_bytes(_: &[u16]) -> Option<&[u8]> {
        None
    }
}

impl Unit for u32 {
    #[inline]
    fn find(text: &[u32], c: u32) -> Option<usize> {
        text.iter().position(|&unit| unit == c)
    }

    fn as_bytes(_: &[u32]) -> Option<&[u8]> {
        None
    }
}

static C_LOCALE: LazyLock<LocaleTables> = LazyLock::new(LocaleTables::c);

/// Frames allowed unless the caller says otherwise: about 2 GiB of them.
const DEFAULT_FRAME_LIMIT: usize = 1 << 25;

/// A pattern applied to a subject.
pub struct State<'a> {
    pattern: &'a Pattern,
    subject: Subject<'a>,
    end: usize,
    core: Core<'a>,
}

macro_rules! with_text {
    ($state:ident, $text:ident => $call:expr) => {
        match $state.subject {
            Subject::U8($text) => {
                let $text = &$text[..$state.end];
                $call
            }
            Subject::U16($text) => {
                let $text = &$text[..$state.end];
                $call
            }
            Subject::U32($text) => {
                let $text = &$text[..$state.end];
                $call
            }
        }
    };
}

impl<'a> State<'a> {
    /// Prepares to match `pattern` between `pos` and `end` (both cut to the subject's length). Looking behind and `^` see
    /// the text before `pos`; nothing sees what is behind `end`.
    pub fn new(pattern: &'a Pattern, subject: Subject<'a>, pos: usize, end: usize) -> State<'a> {
        let end = end.min(subject.len());
        let pos = pos.min(subject.len());
        State { pattern, subject, end, core: Core::new(pattern, pos, DEFAULT_FRAME_LIMIT, &C_LOCALE) }
    }

    /// Has `interrupt` called every few thousand steps; if it returns true, matching stops.
    pub fn set_interrupt(&mut self, interrupt: &'a mut dyn FnMut() -> bool) {
        self.core.interrupt = Some(interrupt);
    }

    /// Sets how many backtracking points there may be at once.
    pub fn set_frame_limit(&mut self, limit: usize) {
        self.core.frame_limit = limit;
    }

    /// Sets the locale for patterns with the flag `LOCALE`.
    pub fn set_locale(&mut self, locale: &'a LocaleTables) {
        self.core.locale = locale;
    }

    /// Looks for the first match at or after the start.
    pub fn search(&mut self) -> Result<bool, Stop> {
        self.core.reset(false);
        if self.core.start > self.end {
            return Ok(false);
        }
        with_text!(self, text => search::search(&mut self.core, self.pattern, text))
    }

    /// Matches at the start.
    pub fn match_(&mut self) -> Result<bool, Stop> {
        self.match_from_start(false)
    }

    /// Matches at the start and up to the end.
    pub fn fullmatch(&mut self) -> Result<bool, Stop> {
        self.match_from_start(true)
    }

    fn match_from_start(&mut self, whole: bool) -> Result<bool, Stop> {
        self.core.reset(whole);
        let start = self.core.start;
        self.core.before_start = if start > self.end { self.subject.get(start - 1) } else { None };
        with_text!(self, text => {
            if start <= text.len() && text.len() - start < self.pattern.least {
                return Ok(false);
            }
            self.core.run(self.pattern, text, self.pattern.body, start, true)
        })
    }

    /// After a match: goes on behind it, as `finditer` and `sub` do. An empty match there is allowed unless this one was
    /// empty.
    pub fn advance(&mut self) {
        self.core.must_advance = self.core.position == self.core.start;
        self.core.start = self.core.position;
    }

    /// After a search without success, or to start anew: sets where the next attempt starts.
    pub fn set_start(&mut self, start: usize) {
        self.core.must_advance = false;
        self.core.start = start.min(self.subject.len());
    }

    /// Forbids (or allows) an empty match at the start: to go on in a new state where another one stopped.
    pub fn set_must_advance(&mut self, must_advance: bool) {
        self.core.must_advance = must_advance;
    }

    /// Where the match starts.
    pub fn start(&self) -> usize {
        self.core.start
    }

    /// Where the match ends.
    pub fn end(&self) -> usize {
        self.core.position
    }

    /// The bounds of a group of the match, 0 for the whole; `None` if it did not take part (or does not exist).
    pub fn group(&self, index: usize) -> Option<(usize, usize)> {
        let Some(index) = index.checked_sub(1) else {
            return Some((self.core.start, self.core.position));
        };
        self.core.group(index)
    }

    /// The number of the last group closed.
    pub fn lastindex(&self) -> Option<usize> {
        usize::try_from(self.core.last_index).ok()
    }
}
