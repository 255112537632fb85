//! The backtracking machine.
//!
//! It runs the code forward until an operation fails or succeeds. Where there is a choice, it leaves a [`Frame`] on its
//! stack; a failure goes back to the topmost frame, which says how to go on. Bodies that are matched by themselves
//! (assertions, atomic groups, possessive repetitions) are *scopes*: their frame marks where the stack is cut off when the
//! body succeeds, so that nothing inside is tried again.
//!
//! The order of attempts, what a failure restores and what it leaves are CPython's, because the marks of groups after a
//! match depend on them.

use crate::characters::{LocaleTables, ascii_tolower, in_category, is_linebreak, is_unicode_word, is_word, unicode_tolower};
use crate::constants::{MAXREPEAT, at, op};
use crate::pattern::Pattern;
use crate::repeat::{count, unit_matches};
use crate::state::{Stop, Unit};

/// No position: a mark that is not set, a repetition that has not begun.
const UNSET: usize = usize::MAX;
/// No repetition is active.
const NO_REPEAT: u32 = u32::MAX;
/// Steps between two calls of the interrupt callback.
const STEPS_BETWEEN_INTERRUPTS: u32 = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// An alternative of a branch is being tried; `pc` is at its skip.
    Branch,
    /// The tail behind `count` characters of a greedy repetition is being tried; `pc` is at the skip.
    RepeatOne,
    /// The same for a lazy repetition.
    MinRepeatOne,
    /// The whole of a repetition; failing forgets it.
    Repeat,
    /// A body that must match for the least count.
    UntilLeast,
    /// A body of a greedy repetition that may match.
    MaxUntilBody,
    /// The tail of a repetition; failing makes the repetition current again.
    UntilTail,
    /// The tail of a lazy repetition; then its body may match.
    MinUntilTail,
    /// A body of a lazy repetition.
    MinUntilBody,
    /// Scope: what must match here.
    Assert,
    /// Scope: what must not match here.
    AssertNot,
    /// Scope: an atomic group.
    Atomic,
    /// Scope: a body that a possessive repetition needs for its least count.
    PossessiveLeast,
    /// Scope: a body that a possessive repetition may match.
    PossessiveMore,
}

#[derive(Clone, Copy, Debug)]
struct Frame {
    kind: Kind,
    /// Scopes: whether what is around is the outermost pattern.
    toplevel: bool,
    last_mark: i32,
    last_index: i32,
    /// The repetition it concerns; for scopes, the one that was current.
    repeat: u32,
    pc: u32,
    /// How many marks it has saved.
    saved: u32,
    position: usize,
    /// Repetitions: how many times the body has matched.
    count: usize,
    /// How high the stack of saved marks was.
    marks: usize,
    /// Bodies: the repetition's previous starting point; scopes: how many repetitions there were.
    extra: usize,
}

/// A repetition under way.
#[derive(Clone, Copy, Debug)]
struct Repetition {
    /// At the skip of its operation.
    pc: usize,
    /// How often the body has matched, at the next arrival.
    next: usize,
    previous: u32,
    /// Where the last body began, against bodies that match nothing for ever.
    last_start: usize,
}

/// The machine's registers and stacks.
pub(crate) struct Core<'a> {
    pub(crate) start: usize,
    /// Where the match ends.
    pub(crate) position: usize,
    pub(crate) must_advance: bool,
    must_begin: usize,
    whole: bool,
    /// The character before the start, if that is behind the end, where a match may be asked for too.
    pub(crate) before_start: Option<u32>,
    marks: Vec<usize>,
    last_mark: i32,
    pub(crate) last_index: i32,
    repeat: u32,
    repetitions: Vec<Repetition>,
    frames: Vec<Frame>,
    scopes: Vec<usize>,
    saved_marks: Vec<usize>,
    steps: u32,
    pub(crate) frame_limit: usize,
    pub(crate) interrupt: Option<&'a mut dyn FnMut() -> bool>,
    pub(crate) locale: &'a LocaleTables,
}

impl<'a> Core<'a> {
    pub(crate) fn new(pattern: &Pattern, start: usize, frame_limit: usize, locale: &'a LocaleTables) -> Core<'a> {
        Core {
            start,
            position: start,
            must_advance: false,
            must_begin: start,
            whole: false,
            before_start: None,
            marks: vec![UNSET; 2 * pattern.groups],
            last_mark: -1,
            last_index: -1,
            repeat: NO_REPEAT,
            repetitions: Vec::new(),
            frames: Vec::new(),
            scopes: Vec::new(),
            saved_marks: Vec::new(),
            steps: 0,
            frame_limit,
            interrupt: None,
            locale,
        }
    }

    /// Makes ready for a match from `start`.
    pub(crate) fn reset(&mut self, whole: bool) {
        self.whole = whole;
        self.must_begin = self.start;
        self.forget();
    }

    fn forget(&mut self) {
        self.last_mark = -1;
        self.last_index = -1;
        self.repeat = NO_REPEAT;
        self.repetitions.clear();
        self.frames.clear();
        self.scopes.clear();
        self.saved_marks.clear();
    }

    /// Tries one starting point of a search: the match starts at `start`, the machine at `pc` and `position`.
    pub(crate) fn attempt<T: Unit>(
        &mut self,
        pattern: &Pattern,
        text: &[T],
        pc: usize,
        start: usize,
        position: usize,
        toplevel: bool,
    ) -> Result<bool, Stop> {
        // A failed run leaves its stacks empty.
        self.last_mark = -1;
        self.last_index = -1;
        self.step()?;
        let matched = self.run(pattern, text, pc, position, toplevel)?;
        if matched {
            self.start = start;
        }
        Ok(matched)
    }

    /// The bounds of a group, counted from 0.
    pub(crate) fn group(&self, index: usize) -> Option<(usize, usize)> {
        if i32::try_from(2 * index + 1).ok()? > self.last_mark {
            return None;
        }
        match (self.marks.get(2 * index)?, self.marks.get(2 * index + 1)?) {
            (&start, &end) if start != UNSET && end != UNSET => Some((start, end)),
            _ => None,
        }
    }

    /// As `group`, for a reference inside the pattern: the group must have matched forward.
    fn reference(&self, index: u32) -> Option<(usize, usize)> {
        let first = 2 * index as usize;
        if first as i64 >= self.last_mark as i64 {
            return None;
        }
        let (start, end) = (self.marks[first], self.marks[first + 1]);
        (start != UNSET && end != UNSET && start <= end).then_some((start, end))
    }

    pub(crate) fn equal_in_locale(&self, literal: u32, c: u32) -> bool {
        c == literal || self.locale.lower(c) == literal || self.locale.upper(c) == literal
    }

    #[inline]
    fn step(&mut self) -> Result<(), Stop> {
        self.steps += 1;
        if self.steps >= STEPS_BETWEEN_INTERRUPTS {
            self.steps = 0;
            if self.interrupt.as_mut().is_some_and(|interrupt| interrupt()) {
                return Err(Stop::Interrupted);
            }
        }
        Ok(())
    }

    #[inline]
    fn push(&mut self, frame: Frame) -> Result<(), Stop> {
        if self.frames.len() >= self.frame_limit {
            return Err(Stop::TooDeep);
        }
        self.step()?;
        self.frames.push(frame);
        Ok(())
    }

    /// A frame with the registers as they are.
    #[inline]
    fn frame(&self, kind: Kind, pc: usize, position: usize) -> Frame {
        Frame {
            kind,
            toplevel: false,
            last_mark: self.last_mark,
            last_index: self.last_index,
            repeat: self.repeat,
            pc: pc as u32,
            saved: 0,
            position,
            count: 0,
            marks: self.saved_marks.len(),
            extra: 0,
        }
    }

    /// Saves the marks, and in `frame` how many.
    #[inline]
    fn save_marks(&mut self, frame: &mut Frame) {
        if self.last_mark >= 0 {
            let count = self.last_mark as usize + 1;
            self.saved_marks.extend_from_slice(&self.marks[..count]);
            frame.saved = count as u32;
        }
    }

    /// Puts back what `frame` has saved, and keeps it saved.
    #[inline]
    fn restore_marks(&mut self, frame: &Frame) {
        let saved = frame.saved as usize;
        self.saved_marks.truncate(frame.marks + saved);
        if saved > 0 {
            self.marks[..saved].copy_from_slice(&self.saved_marks[frame.marks..frame.marks + saved]);
        }
        self.last_mark = frame.last_mark;
        self.last_index = frame.last_index;
    }

    /// Enters a scope.
    fn push_scope(&mut self, mut frame: Frame, toplevel: bool) -> Result<(), Stop> {
        frame.toplevel = toplevel;
        frame.extra = self.repetitions.len();
        self.scopes.push(self.frames.len());
        self.push(frame)
    }

    fn at<T: Unit>(&self, kind: u32, text: &[T], position: usize) -> bool {
        let here = text.get(position).map(|&c| c.into());
        let before = match position.checked_sub(1).and_then(|before| text.get(before)) {
            Some(&c) => Some(c.into()),
            None if position == self.must_begin => self.before_start,
            None => None,
        };
        let first = position == 0;
        let last = position == text.len();
        let boundary = |is_word: &dyn Fn(u32) -> bool| before.is_some_and(is_word) != here.is_some_and(is_word);
        match kind {
            at::BEGINNING | at::BEGINNING_STRING => first,
            at::BEGINNING_LINE => first || before.is_some_and(is_linebreak),
            at::END => last || position + 1 == text.len() && here.is_some_and(is_linebreak),
            at::END_LINE => last || here.is_some_and(is_linebreak),
            at::END_STRING => last,
            at::BOUNDARY => boundary(&is_word),
            at::NON_BOUNDARY => !boundary(&is_word),
            at::LOC_BOUNDARY => boundary(&|c| self.locale.is_word(c)),
            at::LOC_NON_BOUNDARY => !boundary(&|c| self.locale.is_word(c)),
            at::UNI_BOUNDARY => boundary(&is_unicode_word),
            at::UNI_NON_BOUNDARY => !boundary(&is_unicode_word),
            _ => false,
        }
    }

    /// Whether the text at `position` repeats a group; then, where it ends.
    fn backreference<T: Unit>(&self, text: &[T], position: usize, index: u32, fold: impl Fn(u32) -> u32) -> Option<usize> {
        let (start, end) = self.reference(index)?;
        if start == end {
            return Some(position);
        }
        let there = text.get(position..position + (end - start))?;
        let same = text.get(start..end)?.iter().zip(there).all(|(&a, &b)| fold(a.into()) == fold(b.into()));
        same.then_some(position + (end - start))
    }

    /// Runs the code at `pc` from `position`. `toplevel` says that the conditions on the whole match apply at its end.
    pub(crate) fn run<T: Unit>(&mut self, pattern: &Pattern, text: &[T], pc: usize, position: usize, toplevel: bool) -> Result<bool, Stop> {
        let code = &pattern.code[..];
        let (mut pc, mut position, mut toplevel) = (pc, position, toplevel);
        'machine: loop {
            let success = 'forward: loop {
                let operand = pc + 1;
                match code[pc] {
                    op::LITERAL => {
                        if position >= text.len() || text[position].into() != code[operand] {
                            break 'forward false;
                        }
                        position += 1;
                        pc += 2;
                    }
                    op::MARK => {
                        let mark = code[operand] as i32;
                        if mark & 1 == 1 {
                            self.last_index = mark / 2 + 1;
                        }
                        if mark > self.last_mark {
                            let between = (self.last_mark + 1) as usize..mark as usize;
                            self.marks[between].fill(UNSET);
                            self.last_mark = mark;
                        }
                        self.marks[mark as usize] = position;
                        pc += 2;
                    }
                    op::IN | op::IN_IGNORE | op::IN_UNI_IGNORE | op::IN_LOC_IGNORE => {
                        if position >= text.len() || !pattern.sets[code[operand + 1] as usize].contains(text[position].into(), self.locale)
                        {
                            break 'forward false;
                        }
                        position += 1;
                        pc = operand + code[operand] as usize;
                    }
                    op::ANY | op::ANY_ALL => {
                        if position >= text.len() || code[pc] == op::ANY && is_linebreak(text[position].into()) {
                            break 'forward false;
                        }
                        position += 1;
                        pc += 1;
                    }
                    op::AT => {
                        if !self.at(code[operand], text, position) {
                            break 'forward false;
                        }
                        pc += 2;
                    }
                    op::JUMP => pc = operand + code[operand] as usize,
                    op::REPEAT_ONE => {
                        let tail = operand + code[operand] as usize;
                        let (least, most) = (code[operand + 1] as usize, bound(code[operand + 2]));
                        if position + least > text.len() {
                            break 'forward false;
                        }
                        let count = count(self, pattern, text, operand + 3, position, most);
                        if count < least {
                            break 'forward false;
                        }
                        position += count;
                        // Long runs count as work, so that they can be interrupted.
                        self.steps += (count >> 6).min(STEPS_BETWEEN_INTERRUPTS as usize) as u32;
                        if count > least && !(code[tail] == op::SUCCESS && position == text.len() && self.may_end(text, position, toplevel))
                        {
                            let mut frame = self.frame(Kind::RepeatOne, operand, position);
                            frame.count = count - least;
                            match back_to_possible(pattern, text, operand, position, frame.count) {
                                Some(back) => {
                                    position -= back;
                                    frame.count -= back;
                                    frame.position = position;
                                }
                                None => break 'forward false,
                            }
                            if frame.count > 0 {
                                if self.repeat != NO_REPEAT {
                                    self.save_marks(&mut frame);
                                }
                                self.push(frame)?;
                            }
                        }
                        pc = tail;
                    }
                    op::MIN_REPEAT_ONE => {
                        let tail = operand + code[operand] as usize;
                        let least = code[operand + 1] as usize;
                        if position + least > text.len() {
                            break 'forward false;
                        }
                        if least > 0 && count(self, pattern, text, operand + 3, position, least) < least {
                            break 'forward false;
                        }
                        position += least;
                        if !(code[tail] == op::SUCCESS && self.may_end(text, position, toplevel)) {
                            let mut frame = self.frame(Kind::MinRepeatOne, operand, position);
                            frame.count = least;
                            if self.repeat != NO_REPEAT {
                                self.save_marks(&mut frame);
                            }
                            self.push(frame)?;
                        }
                        pc = tail;
                    }
                    op::POSSESSIVE_REPEAT_ONE => {
                        let (least, most) = (code[operand + 1] as usize, bound(code[operand + 2]));
                        if position + least > text.len() {
                            break 'forward false;
                        }
                        let count = count(self, pattern, text, operand + 3, position, most);
                        if count < least {
                            break 'forward false;
                        }
                        position += count;
                        pc = operand + code[operand] as usize;
                    }
                    op::BRANCH => {
                        let mut alternative = operand;
                        let next = text.get(position).map(|&c| c.into());
                        // The first alternative that may match, and the frame for those after it.
                        loop {
                            let skip = code[alternative] as usize;
                            if skip == 0 {
                                break 'forward false;
                            }
                            if pattern.filters.admits(alternative, next) {
                                break;
                            }
                            alternative += skip;
                        }
                        if code[alternative + code[alternative] as usize] != 0 {
                            let mut frame = self.frame(Kind::Branch, alternative, position);
                            if self.repeat != NO_REPEAT {
                                self.save_marks(&mut frame);
                            }
                            self.push(frame)?;
                        }
                        pc = alternative + 1;
                    }
                    op::REPEAT => {
                        let number = self.repetitions.len() as u32;
                        self.repetitions.push(Repetition { pc: operand, next: 0, previous: self.repeat, last_start: UNSET });
                        let mut frame = self.frame(Kind::Repeat, operand, position);
                        frame.repeat = number;
                        self.push(frame)?;
                        self.repeat = number;
                        pc = operand + code[operand] as usize;
                    }
                    op::MAX_UNTIL => {
                        let number = self.repeat;
                        let Some(repetition) = self.repetitions.get_mut(number as usize) else {
                            break 'forward false;
                        };
                        let (start, done) = (repetition.pc, repetition.next);
                        let (least, most) = (code[start + 1] as usize, bound(code[start + 2]));
                        let next = text.get(position).map(|&c| c.into());
                        if done < least {
                            repetition.next = done + 1;
                            let mut frame = self.frame(Kind::UntilLeast, pc, position);
                            frame.count = done;
                            self.push(frame)?;
                            pc = start + 3;
                        } else if done < most && position != repetition.last_start && pattern.filters.admits(start, next) {
                            repetition.next = done + 1;
                            let last_start = std::mem::replace(&mut repetition.last_start, position);
                            let mut frame = self.frame(Kind::MaxUntilBody, pc, position);
                            frame.count = done;
                            frame.extra = last_start;
                            self.save_marks(&mut frame);
                            self.push(frame)?;
                            pc = start + 3;
                        } else if !pattern.filters.admits(pc, next) {
                            break 'forward false;
                        } else {
                            let previous = repetition.previous;
                            let frame = self.frame(Kind::UntilTail, pc, position);
                            self.push(frame)?;
                            self.repeat = previous;
                            pc += 1;
                        }
                    }
                    op::MIN_UNTIL => {
                        let number = self.repeat;
                        let Some(repetition) = self.repetitions.get_mut(number as usize) else {
                            break 'forward false;
                        };
                        let (start, done) = (repetition.pc, repetition.next);
                        if done < code[start + 1] as usize {
                            repetition.next = done + 1;
                            let mut frame = self.frame(Kind::UntilLeast, pc, position);
                            frame.count = done;
                            self.push(frame)?;
                            pc = start + 3;
                        } else {
                            let previous = repetition.previous;
                            let mut frame = self.frame(Kind::MinUntilTail, pc, position);
                            frame.count = done;
                            if previous != NO_REPEAT {
                                self.save_marks(&mut frame);
                            }
                            self.push(frame)?;
                            self.repeat = previous;
                            pc += 1;
                        }
                    }
                    op::POSSESSIVE_REPEAT => {
                        let number = self.repetitions.len() as u32;
                        self.repetitions.push(Repetition { pc: operand, next: 0, previous: self.repeat, last_start: UNSET });
                        self.repeat = number;
                        pc = self.possessive(code, position, &mut toplevel)?;
                    }
                    op::ATOMIC_GROUP => {
                        let frame = self.frame(Kind::Atomic, operand + code[operand] as usize, position);
                        self.push_scope(frame, toplevel)?;
                        toplevel = false;
                        pc = operand + 1;
                    }
                    op::ASSERT => {
                        let back = code[operand + 1] as usize;
                        if position < back {
                            break 'forward false;
                        }
                        let frame = self.frame(Kind::Assert, operand + code[operand] as usize, position);
                        self.push_scope(frame, toplevel)?;
                        toplevel = false;
                        position -= back;
                        pc = operand + 2;
                    }
                    op::ASSERT_NOT => {
                        let back = code[operand + 1] as usize;
                        let tail = operand + code[operand] as usize;
                        if position < back {
                            pc = tail;
                        } else {
                            let mut frame = self.frame(Kind::AssertNot, tail, position);
                            if self.repeat != NO_REPEAT {
                                self.save_marks(&mut frame);
                            }
                            self.push_scope(frame, toplevel)?;
                            toplevel = false;
                            position -= back;
                            pc = operand + 2;
                        }
                    }
                    op::SUCCESS => {
                        break 'forward self.may_end(text, position, toplevel);
                    }
                    op::FAILURE => break 'forward false,
                    op::GROUPREF_EXISTS => {
                        pc = match self.reference(code[operand]) {
                            Some(_) => operand + 2,
                            None => operand + code[operand + 1] as usize,
                        };
                    }
                    op::GROUPREF | op::GROUPREF_IGNORE | op::GROUPREF_UNI_IGNORE | op::GROUPREF_LOC_IGNORE => {
                        let index = code[operand];
                        let end = match code[pc] {
                            op::GROUPREF => self.backreference(text, position, index, |c| c),
                            op::GROUPREF_IGNORE => self.backreference(text, position, index, ascii_tolower),
                            op::GROUPREF_UNI_IGNORE => self.backreference(text, position, index, unicode_tolower),
                            _ => self.backreference(text, position, index, |c| self.locale.lower(c)),
                        };
                        match end {
                            Some(end) => position = end,
                            None => break 'forward false,
                        }
                        pc += 2;
                    }
                    op::INFO => {
                        if position <= text.len() && text.len() - position < code[operand + 2] as usize {
                            break 'forward false;
                        }
                        pc = operand + code[operand] as usize;
                    }
                    op::CATEGORY => {
                        if position >= text.len() || !in_category(code[operand], text[position].into(), self.locale) {
                            break 'forward false;
                        }
                        position += 1;
                        pc += 2;
                    }
                    // The other operations look at one character and have one operand.
                    _ => {
                        if position >= text.len() || !unit_matches(self, pattern, pc, text[position].into()) {
                            break 'forward false;
                        }
                        position += 1;
                        pc += 2;
                    }
                }
            };
            if success {
                let Some(scope) = self.scopes.pop() else {
                    self.position = position;
                    return Ok(true);
                };
                let Some(&frame) = self.frames.get(scope) else {
                    return Ok(false);
                };
                // The body is done with: nothing in it is tried again.
                self.frames.truncate(scope);
                self.saved_marks.truncate(frame.marks);
                self.repetitions.truncate(frame.extra);
                self.repeat = frame.repeat;
                toplevel = frame.toplevel;
                pc = frame.pc as usize;
                match frame.kind {
                    Kind::Assert => {
                        position = frame.position;
                        continue 'machine;
                    }
                    Kind::Atomic => continue 'machine,
                    Kind::PossessiveLeast | Kind::PossessiveMore => {
                        if let Some(repetition) = self.repetitions.get_mut(frame.repeat as usize) {
                            repetition.next += 1;
                        }
                        pc = self.possessive(code, position, &mut toplevel)?;
                        continue 'machine;
                    }
                    // What must not match has matched.
                    _ => {}
                }
            }
            // Back to the last choice.
            loop {
                let Some(&frame) = self.frames.last() else {
                    return Ok(false);
                };
                self.step()?;
                match frame.kind {
                    Kind::Branch => {
                        self.restore_marks(&frame);
                        let mut alternative = frame.pc as usize;
                        position = frame.position;
                        let next = text.get(position).map(|&c| c.into());
                        loop {
                            alternative += code[alternative] as usize;
                            if code[alternative] == 0 || pattern.filters.admits(alternative, next) {
                                break;
                            }
                        }
                        let skip = code[alternative] as usize;
                        if skip == 0 {
                            self.pop(&frame);
                            continue;
                        }
                        if code[alternative + skip] == 0 {
                            self.pop(&frame);
                        } else if let Some(top) = self.frames.last_mut() {
                            top.pc = alternative as u32;
                        }
                        pc = alternative + 1;
                        continue 'machine;
                    }
                    Kind::RepeatOne => {
                        self.restore_marks(&frame);
                        let tail = frame.pc as usize + code[frame.pc as usize] as usize;
                        let operand = frame.pc as usize;
                        let Some(more) = back_to_possible(pattern, text, operand, frame.position - 1, frame.count - 1) else {
                            self.pop(&frame);
                            continue;
                        };
                        let back = 1 + more;
                        position = frame.position - back;
                        if frame.count == back {
                            self.pop(&frame);
                        } else if let Some(top) = self.frames.last_mut() {
                            top.position = position;
                            top.count -= back;
                        }
                        pc = tail;
                        continue 'machine;
                    }
                    Kind::MinRepeatOne => {
                        self.restore_marks(&frame);
                        let operand = frame.pc as usize;
                        let tail = operand + code[operand] as usize;
                        let most = bound(code[operand + 2]);
                        let mut count = frame.count;
                        position = frame.position;
                        let mut possible;
                        loop {
                            possible =
                                count < most && text.get(position).is_some_and(|&c| unit_matches(self, pattern, operand + 3, c.into()));
                            if !possible {
                                break;
                            }
                            position += 1;
                            count += 1;
                            // Pass over places where the tail cannot match.
                            if pattern.filters.admits(operand, text.get(position).map(|&c| c.into())) {
                                break;
                            }
                        }
                        if !possible {
                            self.pop(&frame);
                            continue;
                        }
                        if let Some(top) = self.frames.last_mut() {
                            top.position = position;
                            top.count = count;
                        }
                        pc = tail;
                        continue 'machine;
                    }
                    Kind::Repeat => {
                        self.pop(&frame);
                        if let Some(repetition) = self.repetitions.get(frame.repeat as usize) {
                            self.repeat = repetition.previous;
                        }
                        self.repetitions.truncate(frame.repeat as usize);
                    }
                    Kind::UntilLeast => {
                        self.pop(&frame);
                        self.repeat = frame.repeat;
                        if let Some(repetition) = self.repetitions.get_mut(frame.repeat as usize) {
                            repetition.next = frame.count;
                        }
                    }
                    Kind::MaxUntilBody => {
                        self.restore_marks(&frame);
                        self.pop(&frame);
                        let mut previous = NO_REPEAT;
                        if let Some(repetition) = self.repetitions.get_mut(frame.repeat as usize) {
                            repetition.last_start = frame.extra;
                            repetition.next = frame.count;
                            previous = repetition.previous;
                        }
                        self.repeat = frame.repeat;
                        position = frame.position;
                        if !pattern.filters.admits(frame.pc as usize, text.get(position).map(|&c| c.into())) {
                            continue;
                        }
                        let tail = self.frame(Kind::UntilTail, frame.pc as usize, position);
                        self.push(tail)?;
                        self.repeat = previous;
                        pc = frame.pc as usize + 1;
                        continue 'machine;
                    }
                    Kind::UntilTail => {
                        self.pop(&frame);
                        self.repeat = frame.repeat;
                    }
                    Kind::MinUntilTail => {
                        self.restore_marks(&frame);
                        self.pop(&frame);
                        self.repeat = frame.repeat;
                        let Some(repetition) = self.repetitions.get_mut(frame.repeat as usize) else {
                            continue;
                        };
                        let start = repetition.pc;
                        if frame.count >= bound(code[start + 2]) || frame.position == repetition.last_start {
                            continue;
                        }
                        repetition.next = frame.count + 1;
                        let last_start = std::mem::replace(&mut repetition.last_start, frame.position);
                        position = frame.position;
                        let mut body = self.frame(Kind::MinUntilBody, frame.pc as usize, position);
                        body.count = frame.count;
                        body.extra = last_start;
                        self.push(body)?;
                        pc = start + 3;
                        continue 'machine;
                    }
                    Kind::MinUntilBody => {
                        self.pop(&frame);
                        self.repeat = frame.repeat;
                        if let Some(repetition) = self.repetitions.get_mut(frame.repeat as usize) {
                            repetition.last_start = frame.extra;
                            repetition.next = frame.count;
                        }
                    }
                    Kind::Assert | Kind::Atomic => {
                        self.pop_scope(&frame);
                        toplevel = frame.toplevel;
                    }
                    Kind::AssertNot => {
                        self.restore_marks(&frame);
                        self.pop_scope(&frame);
                        toplevel = frame.toplevel;
                        position = frame.position;
                        pc = frame.pc as usize;
                        continue 'machine;
                    }
                    Kind::PossessiveLeast => {
                        self.pop_scope(&frame);
                        toplevel = frame.toplevel;
                        self.leave_possessive(frame.repeat);
                    }
                    Kind::PossessiveMore => {
                        self.restore_marks(&frame);
                        self.pop_scope(&frame);
                        toplevel = frame.toplevel;
                        position = frame.position;
                        pc = self.leave_possessive(frame.repeat).map_or(pc, |start| start + code[start] as usize + 1);
                        continue 'machine;
                    }
                }
            }
        }
    }

    /// Whether the match may end at `position`.
    #[inline]
    fn may_end<T: Unit>(&self, text: &[T], position: usize, toplevel: bool) -> bool {
        let refused = self.whole && toplevel && position != text.len() || self.must_advance && toplevel && position == self.must_begin;
        !refused
    }

    #[inline]
    fn pop(&mut self, frame: &Frame) {
        self.saved_marks.truncate(frame.marks);
        self.frames.pop();
    }

    fn pop_scope(&mut self, frame: &Frame) {
        self.pop(frame);
        self.scopes.pop();
        self.repeat = frame.repeat;
    }

    /// Goes on with the current possessive repetition at `position`: says where, which is its body, in a new scope, or
    /// its tail.
    fn possessive(&mut self, code: &[u32], position: usize, toplevel: &mut bool) -> Result<usize, Stop> {
        let number = self.repeat;
        let Some(repetition) = self.repetitions.get_mut(number as usize) else {
            return Ok(0);
        };
        let (start, done) = (repetition.pc, repetition.next);
        let (least, most) = (code[start + 1] as usize, bound(code[start + 2]));
        if done < least {
            let frame = self.frame(Kind::PossessiveLeast, start, position);
            self.push_scope(frame, *toplevel)?;
        } else if done < most && position != repetition.last_start {
            repetition.last_start = position;
            let mut frame = self.frame(Kind::PossessiveMore, start, position);
            self.save_marks(&mut frame);
            self.push_scope(frame, *toplevel)?;
        } else {
            self.leave_possessive(number);
            return Ok(start + code[start] as usize + 1);
        }
        *toplevel = false;
        Ok(start + 3)
    }

    /// Forgets a possessive repetition; says where its operand is.
    fn leave_possessive(&mut self, number: u32) -> Option<usize> {
        let repetition = *self.repetitions.get(number as usize)?;
        self.repetitions.truncate(number as usize);
        self.repeat = repetition.previous;
        Some(repetition.pc)
    }
}

/// A repetition's upper bound.
#[inline]
fn bound(word: u32) -> usize {
    if word == MAXREPEAT { usize::MAX } else { word as usize }
}

/// How far to go back from `position`, at most `most`, until the tail of the repetition at `operand` can match.
#[inline]
fn back_to_possible<T: Unit>(pattern: &Pattern, text: &[T], operand: usize, position: usize, most: usize) -> Option<usize> {
    match pattern.filters.get(operand) {
        None => Some(0),
        Some(filter) => (0..=most).find(|&back| text.get(position - back).is_some_and(|&c| filter.admits(c.into()))),
    }
}
