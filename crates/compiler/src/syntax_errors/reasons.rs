//! Reasons that the tokens around the place of an error give.

use super::targets::{describe, is_simple_target};
use super::tokens::{Kind, Token};
use super::{Reporter, ends_expression, starts_expression};
use crate::error::CompileError;

impl Reporter<'_> {
    /// Mistakes in a list of parameters.
    pub(super) fn parameter_error(&self, line: &[Token], index: usize, first: &str) -> Option<CompileError> {
        let tokens = &self.tokens.tokens;
        let token = tokens.get(index)?;
        let previous = index.checked_sub(1).and_then(|at| tokens.get(at))?;
        let (text, before) = (self.text(token), self.text(previous));
        let lambda = line.iter().rposition(|token| self.text(token) == "lambda");
        let open = line.iter().rposition(|other| other.level + 1 == token.level);
        let begin = match (first, lambda, open) {
            (_, Some(lambda), open) if open.is_none_or(|open| open < lambda) => lambda,
            ("def" | "async", _, Some(open)) => open,
            _ if before == "=" && matches!(text, "," | ")") && self.in_call(index - usize::from(text == ")")) => {
                let name = index.checked_sub(2).and_then(|at| tokens.get(at))?;
                let message = "expected argument value expression";
                return Some(self.error(message, name.start, previous.end));
            }
            _ => return None,
        };
        let list = line.get(begin + 1..).unwrap_or(&[]);
        let has = |sign: &str| list.iter().any(|other| other.level == token.level && self.text(other) == sign);
        if before == "=" && matches!(text, "," | ")" | ":") {
            let message = "expected default value expression";
            return Some(self.error(message, previous.start, previous.end));
        }
        if text == "/" {
            let message = if list.is_empty() {
                "at least one argument must precede /"
            } else if has("/") {
                "/ may appear only once"
            } else if has("*") {
                "/ must be ahead of *"
            } else {
                return None;
            };
            return Some(self.error(message, token.start, token.end));
        }
        if text == "*" && before == "/" {
            let message = "expected comma between / and *";
            return Some(self.error(message, token.start, token.end));
        }
        None
    }

    /// `elif` or `else` behind `else`.
    pub(super) fn misplaced_clause(&self, line: &[Token], token: &Token) -> Option<CompileError> {
        let text = self.text(token);
        if !line.is_empty() || text != "elif" {
            return None;
        }
        let column = self.lines.position(token.start as u32).1;
        let mut starts = true;
        let mut last = "";
        for other in &self.tokens.tokens {
            if other.start >= token.start {
                break;
            }
            match other.kind {
                Kind::Newline => starts = true,
                Kind::Indent | Kind::Dedent => {}
                _ => {
                    if std::mem::take(&mut starts) && self.lines.position(other.start as u32).1 == column {
                        last = self.text(other);
                    }
                }
            }
        }
        let message = "'elif' block follows an 'else' block";
        (last == "else").then(|| self.error(message, token.start, token.end))
    }

    /// `[x, y for x, y in z]`
    pub(super) fn comprehension_target(&self, index: usize) -> Option<CompileError> {
        let tokens = &self.tokens.tokens;
        let level = tokens.get(index)?.level;
        let open = tokens.get(..index)?.iter().rposition(|other| other.level + 1 == level)?;
        let elements = tokens.get(open + 1..index)?;
        let comma = elements.iter().any(|other| other.level == level && self.text(other) == ",");
        if !comma || !matches!(self.text(tokens.get(open)?), "[" | "{") {
            return None;
        }
        let message = "did you forget parentheses around the comprehension target?";
        Some(self.error(message, elements.first()?.start, elements.last()?.end))
    }

    /// `a.b := 1`
    pub(super) fn walrus_target(&self, index: usize) -> Option<CompileError> {
        let before = index.checked_sub(1)?;
        let start = self.primary_start(before)?;
        let end = self.tokens.tokens.get(before)?.end;
        let target = self.source.get(start..end)?;
        if is_simple_target(target) {
            return None;
        }
        let (what, _, _) = describe(target)?;
        let message = format!("cannot use assignment expressions with {what}");
        Some(self.error(message, start, end))
    }

    /// `f(a.b=1)`
    pub(super) fn keyword_target(&self, index: usize) -> Option<CompileError> {
        let tokens = &self.tokens.tokens;
        let token = tokens.get(index)?;
        let name = self.text(token);
        let (after, equals) = tokens
            .iter()
            .enumerate()
            .skip(index + 1)
            .take_while(|(_, other)| other.level >= token.level && !(other.level == token.level && matches!(self.text(other), "," | ")")))
            .find(|(_, other)| other.level == token.level && self.text(other) == "=")?;
        let end = tokens.get(after.checked_sub(1)?)?.end;
        if matches!(name, "*" | "**") {
            let what = if name == "*" { "iterable argument" } else { "keyword argument" };
            let message = format!("cannot assign to {what} unpacking");
            return Some(self.error(message, token.start, self.primary_end(after + 1)?));
        }
        let before = index.checked_sub(1).and_then(|at| tokens.get(at));
        if let Some(star) = before.filter(|token| matches!(self.text(token), "*" | "**")) {
            let what = if self.text(star) == "*" { "iterable argument" } else { "keyword argument" };
            let message = format!("cannot assign to {what} unpacking");
            return Some(self.error(message, star.start, self.primary_end(after + 1)?));
        }
        if matches!(name, "True" | "False" | "None") && end == token.end {
            let end = self.primary_end(after + 1)?;
            return Some(self.error(format!("cannot assign to {name}"), token.start, end));
        }
        if is_simple_target(self.source.get(token.start..end)?) {
            return None;
        }
        let message = "expression cannot contain assignment, perhaps you meant \"==\"?";
        Some(self.error(message, token.start, equals.end))
    }

    /// `print x` and `exec x`.
    pub(super) fn old_statement(&self, begin: usize, index: usize) -> Option<CompileError> {
        let tokens = &self.tokens.tokens;
        let first = tokens.get(begin)?;
        let name = self.text(first);
        let second = tokens.get(begin + 1)?;
        if index != begin + 1 || !matches!(name, "print" | "exec") || !starts_expression(second, self.text(second)) {
            return None;
        }
        let last = tokens
            .iter()
            .skip(begin + 1)
            .take_while(|token| token.kind != Kind::Newline && token.kind != Kind::End && !(token.level == 0 && self.text(token) == ";"))
            .last()?;
        let message = format!("Missing parentheses in call to '{name}'. Did you mean {name}(...)?");
        Some(self.error(message, first.start, last.end))
    }

    /// `if x = 1:`
    pub(super) fn assignment_in_condition(&self, line: &[Token], index: usize, first: &str) -> Option<CompileError> {
        if !matches!(first, "if" | "elif" | "while" | "assert" | "return" | "not") {
            return None;
        }
        let start = self.primary_start(index.checked_sub(1)?)?;
        let end = self.primary_end(index + 1)?;
        let target = self.source.get(start..line.last()?.end)?;
        if is_simple_target(target) {
            let message = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?";
            return Some(self.error(message, start, end));
        }
        let (what, _, _) = describe(target)?;
        let message = format!("cannot assign to {what} here. Maybe you meant '==' instead of '='?");
        Some(self.error(message, start, line.last()?.end))
    }

    /// `a if b` without `else`.
    pub(super) fn missing_else(&self, line: &[Token], token: &Token) -> Option<CompileError> {
        let at =
            line.iter().rposition(|other| other.level == token.level.max(other.level.min(token.level + 1)) && self.text(other) == "if")?;
        if at == 0 || line.iter().skip(at).any(|token| self.text(token) == "else") {
            return None;
        }
        let after = line.get(at + 1..)?;
        let (condition, before) = (line.get(at)?, line.get(at - 1)?);
        let same_line = self.lines.position(before.start as u32).0 == self.lines.position(condition.start as u32).0;
        if after.is_empty()
            || !same_line
            || !ends_expression(before, self.text(before))
            || line.iter().any(|token| token.level == condition.level && matches!(self.text(token), "for" | "case"))
        {
            return None;
        }
        let last = line.last()?;
        if !ends_expression(last, self.text(last)) {
            return None;
        }
        let index = self.index_at(before.start)?;
        let start = self.primary_start(index)?;
        Some(self.error("expected 'else' after 'if' expression", start, last.end))
    }

    pub(super) fn in_call(&self, index: usize) -> bool {
        let tokens = &self.tokens.tokens;
        let Some(level) = tokens.get(index).map(|token| token.level) else { return false };
        let Some(open) = tokens.get(..index).and_then(|before| before.iter().rposition(|token| token.level + 1 == level)) else {
            return false;
        };
        let is_paren = tokens.get(open).is_some_and(|token| self.text(token) == "(");
        let callee = open.checked_sub(1).and_then(|at| tokens.get(at));
        is_paren && callee.is_some_and(|token| ends_expression(token, self.text(token)))
    }

    /// Start of the primary (names, attributes, calls, subscripts) that ends at a token.
    pub(super) fn primary_start(&self, index: usize) -> Option<usize> {
        let tokens = &self.tokens.tokens;
        let mut at = index;
        loop {
            let token = tokens.get(at)?;
            match self.text(token) {
                ")" | "]" | "}" => {
                    let level = token.level;
                    at = tokens.get(..at)?.iter().rposition(|other| other.level == level && matches!(self.text(other), "(" | "[" | "{"))?;
                    let callee = at.checked_sub(1).and_then(|before| tokens.get(before));
                    if callee.is_some_and(|token| ends_expression(token, self.text(token))) {
                        at -= 1;
                        continue;
                    }
                    return Some(tokens.get(at)?.start);
                }
                _ => {
                    let dot = at.checked_sub(1).and_then(|before| tokens.get(before));
                    if at >= 2 && dot.is_some_and(|token| self.text(token) == ".") {
                        at -= 2;
                        continue;
                    }
                    return Some(token.start);
                }
            }
        }
    }

    /// End of the primary that starts at a token.
    pub(super) fn primary_end(&self, index: usize) -> Option<usize> {
        let tokens = &self.tokens.tokens;
        let mut at = index;
        let mut end = tokens.get(at)?.end;
        loop {
            let token = tokens.get(at)?;
            if matches!(self.text(token), "(" | "[" | "{") {
                let level = token.level;
                let offset =
                    tokens.get(at + 1..)?.iter().position(|other| other.level == level && matches!(self.text(other), ")" | "]" | "}"));
                let Some(offset) = offset else { return Some(end) };
                at += 1 + offset;
                end = tokens.get(at)?.end;
            }
            let next = tokens.get(at + 1)?;
            match self.text(next) {
                "." => {
                    at += 2;
                    end = tokens.get(at)?.end;
                }
                "(" | "[" => at += 1,
                _ => return Some(end),
            }
        }
    }
}
