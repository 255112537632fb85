//! The errors that the grammar names: when they apply, where they are and what they say.

use super::machine::{Machine, Mistake, Outcome, Place, Stop};

/// Where a target stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Star,
    For,
    Delete,
}

impl Machine<'_> {
    /// The error `kind` of the grammar, for the parts `a` and `b`; `next` is the token behind the alternative.
    /// A node if there is nothing wrong; none if the error does not apply.
    pub fn mistake(&mut self, kind: &str, a: usize, b: usize, message: &str, next: usize) -> Outcome<Option<usize>> {
        let (first, last) = self.range(a);
        let end = self.range(b).1;
        let fail = |message: String, place: Place| Err(Stop::Mistake(Mistake { indentation: false, message, place }));
        let filled = self.fill.saturating_sub(1);
        match kind {
            "at" => fail(self.worded(message, a), Place::Range(first, last)),
            "range" => fail(self.worded(message, a), Place::Range(first, end)),
            "from" => fail(message.to_owned(), Place::From(first)),
            "last" => fail(message.to_owned(), Place::Token(filled)),
            "next" => fail(message.to_owned(), Place::Token(next)),
            "key" => fail(message.to_owned(), Place::Last(last)),
            "block" => {
                let line = self.line_of(first);
                let message = format!("expected an indented block after {message} on line {line}");
                Err(Stop::Mistake(Mistake { indentation: true, message, place: Place::Token(filled) }))
            }
            "indentation" => Err(Stop::Mistake(Mistake { indentation: true, message: message.to_owned(), place: Place::Token(filled) })),
            "star_target" => self.invalid_target(a, Target::Star),
            "for_target" => self.invalid_target(a, Target::For),
            "del_target" => self.invalid_target(a, Target::Delete),
            "constant" => fail(message.replace("%s", self.text(first)), Place::Range(first, end)),
            "bound" => {
                let what = if self.node(b).tag == "tuple" { "constraints" } else { "bound" };
                fail(format!("cannot use {what} with {message}"), Place::From(first))
            }
            "elements" => {
                let end = self.named_parts(b).last().map_or(end, |&part| self.range(part).1);
                fail(message.to_owned(), Place::Range(first, end))
            }
            "generator" => {
                let positional = self.named_parts(a).into_iter().filter(|&part| !matches!(self.node(part).tag, "keyword" | "unpacking"));
                let positional: Vec<usize> = positional.collect();
                match positional.as_slice() {
                    [_, .., argument] => fail(message.to_owned(), Place::Range(self.range(*argument).0, end)),
                    _ => Ok(None),
                }
            }
            "positional" => {
                let unpacking = self.named_parts(a).into_iter().any(|part| self.node(part).tag == "unpacking");
                let what = if unpacking { " unpacking" } else { "" };
                fail(format!("positional argument follows keyword argument{what}"), Place::Token(filled))
            }
            "legacy" if self.is_legacy(a) => fail(message.replace("%s", self.text(first)), Place::Range(first, end)),
            "legacy" => Ok(None),
            "comma" => {
                let level = next.checked_sub(1).and_then(|at| self.tokens.tokens.get(at)).map_or(0, |token| token.level);
                if level == 0 || self.is_legacy(a) { Ok(None) } else { fail(message.to_owned(), Place::Range(first, end)) }
            }
            "strings" => {
                let parts = self.node(a).children.clone();
                let parts = if parts.is_empty() || !self.node(a).tag.is_empty() { vec![a] } else { parts };
                let is_bytes = |part: &usize| {
                    let text = self.text(self.node(*part).first);
                    self.node(*part).tag == "literal" && text.bytes().take_while(u8::is_ascii_alphabetic).any(|letter| letter | 32 == b'b')
                };
                let bytes = parts.iter().filter(|part| is_bytes(part)).count();
                if bytes > 0 && bytes < parts.len() {
                    return fail("cannot mix bytes and nonbytes literals".to_owned(), Place::Token(filled));
                }
                let formatted = parts.iter().find(|part| self.node(**part).tag != "literal");
                let tag = formatted.map_or("literal", |&part| self.node(part).tag);
                let node = super::machine::Node { tag, first, end: last + 1, children: parts };
                self.nodes.push(node);
                Ok(Some(self.nodes.len() - 1))
            }
            "conversion" => {
                let character = self.text(end);
                let place = |token: usize| self.tokens.tokens.get(token);
                if place(first).map(|token| token.end) != place(end).map(|token| token.start) {
                    let message = format!("{message}: conversion type must come right after the exclamation mark");
                    return fail(message, Place::Range(first, end));
                }
                if !matches!(character, "s" | "r" | "a") {
                    let message = format!("{message}: invalid conversion character '{character}': expected 's', 'r', or 'a'");
                    return fail(message, Place::Range(end, end));
                }
                Ok(Some(b))
            }
            "real" | "imaginary" => {
                let imaginary = self.text(first).ends_with(['j', 'J']);
                if imaginary == (kind == "imaginary") { Ok(Some(a)) } else { fail(message.to_owned(), Place::Range(first, last)) }
            }
            _ => Ok(None),
        }
    }

    fn line_of(&self, token: usize) -> usize {
        let start = self.tokens.tokens.get(token).map_or(0, |token| token.start);
        self.source.get(..start).unwrap_or("").matches('\n').count() + 1
    }

    /// `message` with what `node` is.
    fn worded(&self, message: &str, node: usize) -> String {
        message.replace("%s", &self.node(node).tag.replace('_', " "))
    }

    /// Statements of Python 2.
    fn is_legacy(&self, node: usize) -> bool {
        let node = self.node(node);
        node.tag == "name" && matches!(self.text(node.first), "print" | "exec")
    }

    fn invalid_target(&self, node: usize, kind: Target) -> Outcome<Option<usize>> {
        let Some(culprit) = self.culprit(node, kind) else { return Ok(None) };
        let verb = if kind == Target::Delete { "delete" } else { "assign to" };
        let (first, last) = self.range(culprit);
        let message = self.worded(&format!("cannot {verb} %s"), culprit);
        Err(Stop::Mistake(Mistake { indentation: false, message, place: Place::Range(first, last) }))
    }

    /// What in a target cannot be one.
    fn culprit(&self, node: usize, kind: Target) -> Option<usize> {
        let here = self.node(node);
        let inside = || here.children.iter().flat_map(|&child| self.named_parts(child)).collect::<Vec<usize>>();
        match here.tag {
            "name" | "subscript" | "attribute" => None,
            "tuple" | "list" => inside().into_iter().find_map(|part| self.culprit(part, kind)),
            "starred" if kind == Target::Delete => Some(node),
            "starred" => inside().first().and_then(|&part| self.culprit(part, kind)),
            "comparison" if kind == Target::For => {
                let pairs = here.children.get(1).map(|&pairs| self.node(pairs))?;
                let pair = pairs.children.first().map(|&pair| self.node(pair))?;
                let is_in = self.text(pair.first) == "in";
                here.children.first().filter(|_| is_in).and_then(|&left| self.culprit(left, kind))
            }
            _ => Some(node),
        }
    }
}
