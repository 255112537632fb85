//! Checks a code list, so that the machine can trust it.
//!
//! The code is a tree of regions: each operation with a body gives the body's bounds by skips. A region must consist of
//! whole operations and end where its parent says; bodies are put on a list and checked in turn, so that depth of nesting
//! costs no native stack.

use crate::charset::Folding;
use crate::constants::{at, category, info, op};
use crate::pattern::InvalidCode;

/// What the walk over the code finds for the pattern to use.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// Sets: the position of the first word of each program, the position behind it, and the folding.
    pub(crate) sets: Vec<(usize, usize, Folding)>,
    /// Choices: where the machine makes one, and where the code starts that it may then enter.
    pub(crate) choices: Vec<(usize, usize)>,
}

struct Validator<'a> {
    code: &'a [u32],
    groups: usize,
    pending: Vec<(usize, usize)>,
    findings: Findings,
}

/// Checks `code`, of a pattern with that many groups.
pub(crate) fn validate(code: &[u32], groups: usize) -> Result<Findings, InvalidCode> {
    let last = code.len().checked_sub(1).ok_or(InvalidCode)?;
    require(code[last] == op::SUCCESS)?;
    let mut validator = Validator { code, groups, pending: vec![(0, last)], findings: Findings::default() };
    while let Some((start, end)) = validator.pending.pop() {
        validator.region(start, end, None)?;
    }
    Ok(validator.findings)
}

fn require(condition: bool) -> Result<(), InvalidCode> {
    if condition { Ok(()) } else { Err(InvalidCode) }
}

/// Whether the operation is one of those that look at one character, and how many words it takes if its size is fixed.
fn unit_size(operation: u32) -> Option<usize> {
    match operation {
        op::ANY | op::ANY_ALL | op::FAILURE => Some(1),
        op::LITERAL
        | op::NOT_LITERAL
        | op::LITERAL_IGNORE
        | op::NOT_LITERAL_IGNORE
        | op::LITERAL_LOC_IGNORE
        | op::NOT_LITERAL_LOC_IGNORE
        | op::LITERAL_UNI_IGNORE
        | op::NOT_LITERAL_UNI_IGNORE
        | op::CATEGORY => Some(2),
        _ => None,
    }
}

impl Validator<'_> {
    fn word(&self, position: usize) -> Result<usize, InvalidCode> {
        self.code.get(position).map(|&word| word as usize).ok_or(InvalidCode)
    }

    fn is(&self, position: usize, operation: u32) -> bool {
        self.code.get(position) == Some(&operation)
    }

    /// Reads the skip at `position`, which leads to at least `least` words further on and not beyond `end`.
    fn target(&self, position: usize, least: usize, end: usize) -> Result<usize, InvalidCode> {
        let skip = self.word(position)?;
        require(skip >= least && position + skip <= end)?;
        Ok(position + skip)
    }

    /// Walks from `start` to `end`. With `jump`, a `JUMP` there ends the walk too; says whether it did.
    fn region(&mut self, start: usize, end: usize, jump: Option<usize>) -> Result<bool, InvalidCode> {
        let mut position = start;
        while position != end {
            require(position < end)?;
            if jump == Some(position) && self.is(position, op::JUMP) {
                return Ok(true);
            }
            let operation = self.code[position];
            let operand = position + 1;
            position = match operation {
                op::SUCCESS | op::FAILURE | op::ANY | op::ANY_ALL => operand,
                op::LITERAL
                | op::NOT_LITERAL
                | op::LITERAL_IGNORE
                | op::NOT_LITERAL_IGNORE
                | op::LITERAL_LOC_IGNORE
                | op::NOT_LITERAL_LOC_IGNORE
                | op::LITERAL_UNI_IGNORE
                | op::NOT_LITERAL_UNI_IGNORE => operand + 1,
                op::MARK => {
                    require(self.word(operand)? < 2 * self.groups)?;
                    operand + 1
                }
                op::AT => {
                    require(self.word(operand)? <= at::UNI_NON_BOUNDARY as usize)?;
                    operand + 1
                }
                op::CATEGORY => {
                    require(self.word(operand)? <= category::UNI_NOT_LINEBREAK as usize)?;
                    operand + 1
                }
                op::GROUPREF | op::GROUPREF_IGNORE | op::GROUPREF_LOC_IGNORE | op::GROUPREF_UNI_IGNORE => {
                    require(self.word(operand)? < self.groups)?;
                    operand + 1
                }
                op::IN | op::IN_IGNORE | op::IN_LOC_IGNORE | op::IN_UNI_IGNORE => self.set_operation(operation, operand, end)?,
                op::INFO => self.info(operand, end)?,
                op::BRANCH => self.branch(operand, end)?,
                op::REPEAT | op::POSSESSIVE_REPEAT => {
                    let target = self.target(operand, 3, end)?;
                    self.bounds(operand)?;
                    if operation == op::REPEAT {
                        require(self.is(target, op::MAX_UNTIL) || self.is(target, op::MIN_UNTIL))?;
                        // At the start is noted what the body can start with, at the end what the tail can.
                        self.findings.choices.push((operand, operand + 3));
                        self.findings.choices.push((target, target + 1));
                    } else {
                        require(self.is(target, op::SUCCESS))?;
                    }
                    self.pending.push((operand + 3, target));
                    target + 1
                }
                op::REPEAT_ONE | op::MIN_REPEAT_ONE | op::POSSESSIVE_REPEAT_ONE => {
                    let target = self.target(operand, 4, end)?;
                    self.bounds(operand)?;
                    require(self.is(target - 1, op::SUCCESS))?;
                    self.unit(operand + 3, target - 1)?;
                    self.findings.choices.push((operand, target));
                    target
                }
                op::ASSERT | op::ASSERT_NOT => {
                    let target = self.target(operand, 3, end)?;
                    require(self.is(target - 1, op::SUCCESS))?;
                    self.pending.push((operand + 2, target - 1));
                    target
                }
                op::ATOMIC_GROUP => {
                    let target = self.target(operand, 2, end)?;
                    require(self.is(target - 1, op::SUCCESS))?;
                    self.pending.push((operand + 1, target - 1));
                    target
                }
                op::GROUPREF_EXISTS => {
                    require(self.word(operand)? < self.groups)?;
                    // This skip counts from the operand before it.
                    let skip = self.word(operand + 1)?;
                    let target = operand + skip;
                    require(skip >= 2 && target <= end)?;
                    if self.region(operand + 2, target, target.checked_sub(2))? {
                        let other = self.target(target - 1, 1, end)?;
                        self.pending.push((target, other));
                        other
                    } else {
                        target
                    }
                }
                _ => return Err(InvalidCode),
            };
        }
        Ok(false)
    }

    fn bounds(&self, operand: usize) -> Result<(), InvalidCode> {
        require(self.word(operand + 1)? <= self.word(operand + 2)?)
    }

    /// Checks that exactly one operation that looks at one character is there.
    fn unit(&mut self, start: usize, end: usize) -> Result<(), InvalidCode> {
        let operation = *self.code.get(start).ok_or(InvalidCode)?;
        if matches!(operation, op::IN | op::IN_IGNORE | op::IN_LOC_IGNORE | op::IN_UNI_IGNORE) {
            let after = self.set_operation(operation, start + 1, end)?;
            return require(after == end);
        }
        let size = unit_size(operation).ok_or(InvalidCode)?;
        if operation == op::CATEGORY {
            require(self.word(start + 1)? <= category::UNI_NOT_LINEBREAK as usize)?;
        }
        require(start + size == end)
    }

    fn set_operation(&mut self, operation: u32, operand: usize, end: usize) -> Result<usize, InvalidCode> {
        let folding = match operation {
            op::IN => Folding::None,
            op::IN_IGNORE => Folding::Ascii,
            op::IN_LOC_IGNORE => Folding::Locale,
            _ => Folding::Unicode,
        };
        let target = self.target(operand, 2, end)?;
        self.charset(operand + 1, target)?;
        self.findings.sets.push((operand + 1, target, folding));
        Ok(target)
    }

    /// Checks a set's program, which ends with `FAILURE` just before `end`.
    fn charset(&self, start: usize, end: usize) -> Result<(), InvalidCode> {
        let last = end.checked_sub(1).ok_or(InvalidCode)?;
        require(start <= last && self.is(last, op::FAILURE))?;
        let mut position = start;
        while position != last {
            require(position < last)?;
            position += match self.code[position] {
                op::NEGATE => 1,
                op::LITERAL => 2,
                op::RANGE | op::RANGE_UNI_IGNORE => 3,
                op::CHARSET => 9,
                op::CATEGORY => {
                    require(self.word(position + 1)? <= category::UNI_NOT_LINEBREAK as usize)?;
                    2
                }
                op::BIGCHARSET => {
                    let blocks = self.word(position + 1)?;
                    require(position + 66 <= last)?;
                    for word in &self.code[position + 2..position + 66] {
                        require(word.to_ne_bytes().iter().all(|&block| (block as usize) < blocks))?;
                    }
                    66 + 8 * blocks
                }
                _ => return Err(InvalidCode),
            };
        }
        Ok(())
    }

    fn branch(&mut self, operand: usize, end: usize) -> Result<usize, InvalidCode> {
        let mut position = operand;
        let mut joint = None;
        loop {
            if self.word(position)? == 0 {
                break;
            }
            let next = self.target(position, 3, end)?;
            require(next < end && self.is(next - 2, op::JUMP))?;
            let target = self.target(next - 1, 1, end)?;
            require(*joint.get_or_insert(target) == target)?;
            self.pending.push((position + 1, next - 2));
            self.findings.choices.push((position, position + 1));
            position = next;
        }
        require(position < end && joint.is_none_or(|joint| joint == position + 1))?;
        Ok(position + 1)
    }

    fn info(&mut self, operand: usize, end: usize) -> Result<usize, InvalidCode> {
        let target = self.target(operand, 4, end)?;
        let flags = self.code[operand + 1];
        require(flags <= 7)?;
        let rest = operand + 4;
        if flags & info::PREFIX != 0 {
            require(flags & info::CHARSET == 0)?;
            let (length, skip) = (self.word(rest)?, self.word(rest + 1)?);
            require(length > 0 && skip <= length && rest + 2 + 2 * length == target)?;
            for index in 0..length {
                require(self.word(rest + 2 + length + index)? <= index)?;
            }
            // A search that has found the prefix starts the machine behind the literals that the skip counts.
            for index in 0..skip {
                let literal = target + 2 * index;
                require(self.is(literal, op::LITERAL) && self.word(literal + 1)? == self.word(rest + 2 + index)?)?;
            }
        } else if flags & info::CHARSET != 0 {
            self.charset(rest, target)?;
        } else {
            require(rest == target)?;
        }
        require(flags & info::LITERAL == 0 || flags & info::PREFIX != 0)?;
        Ok(target)
    }
}
