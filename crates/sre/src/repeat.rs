//! Repetition of a single character: how often it matches.

use crate::characters::{ascii_tolower, in_category, is_linebreak, unicode_tolower};
use crate::constants::op;
use crate::machine::Core;
use crate::pattern::Pattern;
use crate::state::Unit;

/// How many of the first `limit` units at `position` match the operation at `pc`.
pub(crate) fn count<T: Unit>(core: &Core<'_>, pattern: &Pattern, text: &[T], pc: usize, position: usize, limit: usize) -> usize {
    let code = &pattern.code;
    let rest = &text[position..];
    let rest = &rest[..limit.min(rest.len())];
    let operand = code.get(pc + 1).copied().unwrap_or(0);
    let while_true = |test: &dyn Fn(u32) -> bool| rest.iter().take_while(|&&c| test(c.into())).count();
    match code[pc] {
        op::ANY_ALL => rest.len(),
        op::ANY => T::find(rest, '\n' as u32).unwrap_or(rest.len()),
        op::NOT_LITERAL => T::find(rest, operand).unwrap_or(rest.len()),
        op::LITERAL => rest.iter().take_while(|&&c| c.into() == operand).count(),
        op::IN | op::IN_IGNORE | op::IN_UNI_IGNORE | op::IN_LOC_IGNORE => {
            let set = &pattern.sets[code[pc + 2] as usize];
            rest.iter().take_while(|&&c| set.contains(c.into(), core.locale)).count()
        }
        op::CATEGORY => while_true(&|c| in_category(operand, c, core.locale)),
        op::LITERAL_IGNORE => while_true(&|c| ascii_tolower(c) == operand),
        op::NOT_LITERAL_IGNORE => while_true(&|c| ascii_tolower(c) != operand),
        op::LITERAL_UNI_IGNORE => while_true(&|c| unicode_tolower(c) == operand),
        op::NOT_LITERAL_UNI_IGNORE => while_true(&|c| unicode_tolower(c) != operand),
        op::LITERAL_LOC_IGNORE => while_true(&|c| core.equal_in_locale(operand, c)),
        op::NOT_LITERAL_LOC_IGNORE => while_true(&|c| !core.equal_in_locale(operand, c)),
        // `FAILURE`, the empty set.
        _ => 0,
    }
}

/// Whether the unit `c` matches the operation at `pc`, which looks at one character.
#[inline]
pub(crate) fn unit_matches(core: &Core<'_>, pattern: &Pattern, pc: usize, c: u32) -> bool {
    let code = &pattern.code;
    let operand = code.get(pc + 1).copied().unwrap_or(0);
    match code[pc] {
        op::ANY_ALL => true,
        op::ANY => !is_linebreak(c),
        op::LITERAL => c == operand,
        op::NOT_LITERAL => c != operand,
        op::IN | op::IN_IGNORE | op::IN_UNI_IGNORE | op::IN_LOC_IGNORE => pattern.sets[code[pc + 2] as usize].contains(c, core.locale),
        op::CATEGORY => in_category(operand, c, core.locale),
        op::LITERAL_IGNORE => ascii_tolower(c) == operand,
        op::NOT_LITERAL_IGNORE => ascii_tolower(c) != operand,
        op::LITERAL_UNI_IGNORE => unicode_tolower(c) == operand,
        op::NOT_LITERAL_UNI_IGNORE => unicode_tolower(c) != operand,
        op::LITERAL_LOC_IGNORE => core.equal_in_locale(operand, c),
        op::NOT_LITERAL_LOC_IGNORE => !core.equal_in_locale(operand, c),
        _ => false,
    }
}
