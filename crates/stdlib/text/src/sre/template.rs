//! Replacement templates of `sub` and `expand`.

use pyrox_macros::pyclass;
use pyrox_objects::{Head, Int, List, Obj, ObjCell, Object, PyResult, PyType, Thread, Tuple};

use super::matching::Match;
use super::pattern::Pattern;

/// Literals and groups in turn.
#[repr(C)]
pub struct Template {
    head: Head,
    /// The literals, for the garbage collector.
    literals: ObjCell,
    /// (literal before, group) for each group, and the last literal.
    parts: Vec<(usize, usize)>,
}

impl Template {
    /// Of `re`'s list: literal, group, literal, ..., literal.
    pub fn make(thread: &Thread, pattern: &Pattern, template: &List) -> PyResult<Obj> {
        let items = template.to_vec();
        let mut literals = Vec::new();
        let mut parts = Vec::new();
        if items.len().is_multiple_of(2) {
            return Err(thread.type_error("invalid template"));
        }
        for pair in items.chunks(2) {
            literals.push(pair[0].clone());
            let Some(group) = pair.get(1) else { continue };
            let Some(number) = group.cast::<Int>() else { return Err(thread.type_error("an integer is required")) };
            match number.to_i64().and_then(|n| usize::try_from(n).ok()).filter(|&n| n <= pattern.groups()) {
                Some(number) => parts.push((literals.len() - 1, number)),
                None => return Err(thread.index_error("invalid template")),
            }
        }
        let literals = Tuple::from_vec(thread, literals)?.upcast();
        let made = Template { head: Head::unset(), literals: ObjCell::new(Some(literals)), parts };
        Ok(Template::ty().instantiate(thread, made)?.upcast())
    }

    /// The text for a match, in pieces that are to be joined; empty ones are left out.
    pub fn pieces(&self, thread: &Thread, found: &Match) -> PyResult<Vec<Obj>> {
        let literals = self.literals.get();
        let Some(literals) = literals.as_ref().and_then(|l| l.cast::<Tuple>()) else { return Ok(Vec::new()) };
        let mut pieces = Vec::with_capacity(literals.len() + self.parts.len());
        let push = |piece: Obj, pieces: &mut Vec<Obj>| -> PyResult<()> {
            if piece.len(thread)? > 0 {
                pieces.push(piece);
            }
            Ok(())
        };
        for &(literal, group) in &self.parts {
            push(literals.get(literal).own(), &mut pieces)?;
            let text = found.group_text(thread, group)?;
            if !text.is_none() {
                push(text, &mut pieces)?;
            }
        }
        if let Some(last) = literals.len().checked_sub(1) {
            push(literals.get(last).own(), &mut pieces)?;
        }
        Ok(pieces)
    }

    /// Whether groups are named, or it is one literal.
    pub fn literal(&self) -> Option<Obj> {
        if !self.parts.is_empty() {
            return None;
        }
        let literals = self.literals.get()?;
        literals.cast::<Tuple>().filter(|l| l.len() == 1).map(|l| l.get(0).own())
    }
}

#[pyclass(name = "SRE_Template", module = "_sre", traverse = [literals], dealloc = drop)]
impl Template {
    #[method]
    fn __copy__(this: &Object) -> Obj {
        this.own()
    }
}
