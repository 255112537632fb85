//! Where a search tries to match: everywhere, or only where the pattern's info block says that a match can start.

use crate::constants::{at, op};
use crate::machine::Core;
use crate::pattern::{Hint, Pattern, Prefix};
use crate::state::{Stop, Unit};

/// Looks for the first match from `core.start` on.
pub(crate) fn search<T: Unit>(core: &mut Core<'_>, pattern: &Pattern, text: &[T]) -> Result<bool, Stop> {
    let start = core.start;
    if text.len() - start < pattern.least {
        return Ok(false);
    }
    // The last place where a match can start.
    let last = text.len() - pattern.least;
    match &pattern.hint {
        Hint::Prefix(prefix) => with_prefix(core, pattern, prefix, text, start, last),
        Hint::First(set) => {
            // No match is empty, so it need not be told to advance.
            core.must_advance = false;
            let mut position = start;
            while position <= last && position < text.len() {
                match text[position..].iter().position(|&c| set.contains(c.into(), core.locale)) {
                    Some(distance) if position + distance <= last => position += distance,
                    _ => return Ok(false),
                }
                if core.attempt(pattern, text, pattern.body, position, position, false)? {
                    return Ok(true);
                }
                position += 1;
            }
            Ok(false)
        }
        Hint::Start(filter, bytes) => {
            core.must_advance = false;
            let mut position = start;
            while position <= last && position < text.len() {
                let rest = &text[position..];
                let found = match (T::as_bytes(rest), bytes.as_deref()) {
                    (Some(rest), Some([])) => rest.first().and(None),
                    (Some(rest), Some(&[a])) => memchr::memchr(a, rest),
                    (Some(rest), Some(&[a, b])) => memchr::memchr2(a, b, rest),
                    (Some(rest), Some(&[a, b, c])) => memchr::memchr3(a, b, c, rest),
                    _ => rest.iter().position(|&c| filter.admits(c.into())),
                };
                match found {
                    Some(distance) if position + distance <= last => position += distance,
                    _ => return Ok(false),
                }
                if core.attempt(pattern, text, pattern.body, position, position, false)? {
                    return Ok(true);
                }
                position += 1;
            }
            Ok(false)
        }
        Hint::Nothing => {
            if core.attempt(pattern, text, pattern.body, start, start, true)? {
                return Ok(true);
            }
            core.must_advance = false;
            let code = &pattern.code[pattern.body..];
            if let [op::AT, at::BEGINNING | at::BEGINNING_STRING, ..] = code {
                return Ok(false);
            }
            for position in start + 1..=last {
                if core.attempt(pattern, text, pattern.body, position, position, false)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
    }
}

fn with_prefix<T: Unit>(
    core: &mut Core<'_>,
    pattern: &Pattern,
    prefix: &Prefix,
    text: &[T],
    start: usize,
    last: usize,
) -> Result<bool, Stop> {
    core.must_advance = false;
    let body = pattern.body + 2 * prefix.skip;
    let found = |core: &mut Core<'_>, position: usize| -> Result<bool, Stop> {
        if prefix.whole {
            core.start = position;
            core.position = position + prefix.characters.len();
            return Ok(true);
        }
        core.attempt(pattern, text, body, position, position + prefix.skip, false)
    };
    let mut position = start;
    if let [first] = *prefix.characters {
        while position < text.len() {
            let Some(distance) = T::find(&text[position..], first) else {
                return Ok(false);
            };
            position += distance;
            if position > last {
                return Ok(false);
            }
            if found(core, position)? {
                return Ok(true);
            }
            position += 1;
        }
        return Ok(false);
    }
    if let Some(bytes) = T::as_bytes(text) {
        let Some(finder) = &prefix.finder else {
            return Ok(false);
        };
        while position <= last {
            let Some(distance) = finder.find(&bytes[position..]) else {
                return Ok(false);
            };
            position += distance;
            if position > last {
                return Ok(false);
            }
            if found(core, position)? {
                return Ok(true);
            }
            position += 1;
        }
        return Ok(false);
    }
    // Knuth, Morris and Pratt: `matched` characters of the prefix end just before `position`.
    let characters = &prefix.characters;
    let mut matched = 0;
    while position < text.len() {
        if matched == 0 {
            match T::find(&text[position..], characters[0]) {
                Some(distance) => position += distance,
                None => return Ok(false),
            }
        }
        let c: u32 = text[position].into();
        while matched > 0 && c != characters[matched] {
            matched = prefix.overlap[matched - 1] as usize;
        }
        if c == characters[matched] {
            matched += 1;
        }
        position += 1;
        if matched == characters.len() {
            let begin = position - matched;
            if begin > last {
                return Ok(false);
            }
            if found(core, begin)? {
                return Ok(true);
            }
            matched = prefix.overlap[matched - 1] as usize;
        }
    }
    Ok(false)
}
