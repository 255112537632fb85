//! Shuffles of the stack: shorter runs of `SWAP`, and stores reordered instead of values swapped.

use super::graph::Instr;
use crate::opcode::Opcode;

/// Replaces the run of `SWAP`s and no-ops at `start` by a shortest one with the same effect, at the end of the
/// run. Returns the index of the run's last instruction, or `start` if the run is a single swap.
pub(super) fn shorten_run(instrs: &mut [Instr], start: usize) -> usize {
    let run = instrs[start..]
        .iter()
        .position(|instr| !matches!(instr.opcode, Opcode::SWAP | Opcode::NOP))
        .map_or(instrs.len(), |len| start + len);
    let run = &mut instrs[start..run];
    let swaps = || run.iter().filter(|instr| instr.opcode == Opcode::SWAP).map(|instr| instr.arg as usize);
    if swaps().count() < 2 {
        return start;
    }
    let depth = swaps().max().unwrap_or(0);
    // Entry `i` is where the value that ends up `i` below the top came from.
    let mut stack: Vec<Option<usize>> = (0..depth).map(Some).collect();
    for position in swaps() {
        if position > 0 {
            stack.swap(0, position - 1);
        }
    }
    // Undoing the permutation cycle by cycle gives the swaps in reverse order.
    let mut unused = run.len();
    for first in 0..depth {
        if stack[first].is_none() || stack[first] == Some(first) {
            continue;
        }
        let mut at = first;
        loop {
            if at != 0 {
                if unused == 0 {
                    break;
                }
                unused -= 1;
                run[unused].set(Opcode::SWAP, at as u32 + 1);
            }
            match stack[at].take() {
                Some(from) => at = from,
                None => break,
            }
        }
    }
    let len = run.len();
    for instr in &mut run[..unused] {
        instr.make_nop();
    }
    start + len - 1
}

/// The local that an instruction stores to.
fn stored_local(instr: &Instr) -> Option<u32> {
    matches!(instr.opcode, Opcode::STORE_FAST | Opcode::STORE_FAST_MAYBE_NULL).then_some(instr.arg)
}

/// Pops the top of the stack and does nothing else that could be noticed.
fn is_swappable(opcode: Opcode) -> bool {
    matches!(opcode, Opcode::STORE_FAST | Opcode::STORE_FAST_MAYBE_NULL | Opcode::POP_TOP)
}

/// The next swappable instruction after `index` with only no-ops between, and on `line` if given: the names that
/// a line binds must be bound when its line event is over.
fn next_swappable(instrs: &[Instr], index: usize, line: Option<i32>) -> Option<usize> {
    for (place, instr) in instrs.iter().enumerate().skip(index + 1) {
        if line.is_some_and(|line| line >= 0 && instr.location.line != line) {
            return None;
        }
        if instr.opcode != Opcode::NOP {
            return is_swappable(instr.opcode).then_some(place);
        }
    }
    None
}

/// Carries out the swaps up to `end`, from the last to the first, by swapping the instructions that consume the
/// values.
pub(super) fn apply_statically(instrs: &mut [Instr], end: usize) {
    for index in (0..=end).rev() {
        let swap = instrs[index];
        if swap.opcode != Opcode::SWAP {
            if swap.opcode == Opcode::NOP || is_swappable(swap.opcode) {
                continue;
            }
            return;
        }
        let Some(first) = next_swappable(instrs, index, None) else { return };
        let line = instrs[first].location.line;
        let mut second = first;
        for _ in 1..swap.arg {
            match next_swappable(instrs, second, Some(line)) {
                Some(place) => second = place,
                None => return,
            }
        }
        // The last store to a local must stay the last.
        let stores = (stored_local(&instrs[first]), stored_local(&instrs[second]));
        if stores != (None, None) {
            if stores.0 == stores.1 {
                return;
            }
            let between = instrs.get(first + 1..second).unwrap_or_default();
            let conflicts = |local: u32| stores.0 == Some(local) || stores.1 == Some(local);
            if between.iter().filter_map(stored_local).any(conflicts) {
                return;
            }
        }
        instrs[index].make_nop();
        instrs.swap(first, second);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instruction::Location;

    fn instrs(list: &[(Opcode, u32)]) -> Vec<Instr> {
        list.iter().map(|&(opcode, arg)| Instr::new(opcode, arg, Location::NONE)).collect()
    }

    fn shown(instrs: &[Instr]) -> Vec<(Opcode, u32)> {
        instrs.iter().map(|instr| (instr.opcode, instr.arg)).collect()
    }

    #[test]
    fn runs_become_shortest() {
        let mut run =
            instrs(&[(Opcode::SWAP, 2), (Opcode::SWAP, 3), (Opcode::SWAP, 2), (Opcode::SWAP, 3), (Opcode::SWAP, 2), (Opcode::SWAP, 3)]);
        assert_eq!(shorten_run(&mut run, 0), 5);
        assert!(run.iter().all(|instr| instr.opcode == Opcode::NOP));
        let mut run = instrs(&[(Opcode::SWAP, 3), (Opcode::SWAP, 2), (Opcode::SWAP, 3)]);
        shorten_run(&mut run, 0);
        let swaps = run.iter().filter(|instr| instr.opcode == Opcode::SWAP).count();
        assert_eq!(swaps, 3);
    }

    #[test]
    fn stores_are_reordered_instead() {
        let mut block = instrs(&[(Opcode::SWAP, 2), (Opcode::STORE_FAST, 1), (Opcode::STORE_FAST, 2)]);
        apply_statically(&mut block, 0);
        assert_eq!(shown(&block), [(Opcode::NOP, 0), (Opcode::STORE_FAST, 2), (Opcode::STORE_FAST, 1)]);
        let mut same = instrs(&[(Opcode::SWAP, 2), (Opcode::STORE_FAST, 1), (Opcode::STORE_FAST, 1)]);
        apply_statically(&mut same, 0);
        assert_eq!(same[0].opcode, Opcode::SWAP);
    }
}
